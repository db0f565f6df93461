//! Comparison operators.

use crate::builtins::int;
use crate::error::PyResult;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// The answer for exact ints, floats and strs, without any call; `None` for everything else.
#[inline]
pub fn quick_compare(a: &Val, b: &Val, op: CmpOp) -> Option<bool> {
    use crate::builtins::str::{STR, StrObj};
    let (wa, wb) = (a.word(), b.word());
    if wa.is_int() && wb.is_int() {
        return Some(op.of(wa.as_int().cmp(&wb.as_int())));
    }
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && STR.is_exact(a) && STR.is_exact(b) {
        let same = a.is(b) || a.cast::<StrObj>().eq(b.cast::<StrObj>());
        return Some(same == (op == CmpOp::Eq));
    }
    None
}

/// `a op b` as Python sees it (any object may result).
pub fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (wa, wb) = (a.word(), b.word());
    if wa.is_int() && wb.is_int() {
        return Ok(py.bool(op.of(wa.as_int().cmp(&wb.as_int()))));
    }
    super::convert::guard(py, " in comparison")?;
    let (ta, tb) = (a.ty(), b.ty());
    let mut reflected_done = false;
    if !std::ptr::eq(ta, tb)
        && let Some(f) = tb.slots.compare.get()
        && tb.is_subtype(ta)
    {
        reflected_done = true;
        let r = f(py, b, a, op.swapped())?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if let Some(f) = ta.slots.compare.get() {
        let r = f(py, a, b, op)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if !reflected_done && let Some(f) = tb.slots.compare.get() {
        let r = f(py, b, a, op.swapped())?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    match op {
        CmpOp::Eq => Ok(py.bool(a.is(b))),
        CmpOp::Ne => Ok(py.bool(!a.is(b))),
        _ => Err(py.type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            ta.full_name(),
            tb.full_name()
        ))),
    }
}

/// The truth of `a op b`; identical objects count as equal.
pub fn compare_bool(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<bool> {
    if a.is(b) {
        match op {
            CmpOp::Eq => return Ok(true),
            CmpOp::Ne => return Ok(false),
            _ => {}
        }
    }
    let (wa, wb) = (a.word(), b.word());
    if wa.is_int() && wb.is_int() {
        return Ok(op.of(wa.as_int().cmp(&wb.as_int())));
    }
    let r = compare(py, a, b, op)?;
    super::truth(py, &r)
}

/// Identity or `==`.
#[inline]
pub fn eq(py: &Py, a: &Val, b: &Val) -> PyResult<bool> {
    if a.is(b) {
        return Ok(true);
    }
    if a.word().is_int() && b.word().is_int() {
        return Ok(false);
    }
    if let (Some(x), Some(y)) = (exact_str(a), exact_str(b)) {
        return Ok(x.eq(y));
    }
    let r = compare(py, a, b, CmpOp::Eq)?;
    super::truth(py, &r)
}

#[inline(always)]
fn exact_str(v: &Val) -> Option<&crate::builtins::str::StrObj> {
    if crate::builtins::str::STR.is_exact(v) {
        v.get()
    } else {
        None
    }
}

/// The three-way order of two ints, if both are.
pub fn int_order(a: &Val, b: &Val) -> Option<std::cmp::Ordering> {
    Some(match (int::view(a)?, int::view(b)?) {
        (int::IntRef::Small(x), int::IntRef::Small(y)) => x.cmp(&y),
        (x, y) => x.to_big().cmp(&y.to_big()),
    })
}
