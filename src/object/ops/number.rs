//! Operators: dispatch to the operands' slots, reflected operands, in-place forms, messages.

use crate::builtins::int;
use crate::error::{PyResult, Raised};
use crate::object::slots::{BinOp, BinaryFn, FnSlot, UnaryFn};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// `a op b`.
#[inline]
pub fn binary(py: &Py, op: BinOp, a: &Val, b: &Val) -> PyResult<Obj> {
    let r = try_binary(py, op, a, b)?;
    if r.is_not_implemented() {
        Err(unsupported(py, op, a, b, op.symbol()))
    } else {
        Ok(r)
    }
}

/// `a op b`, or NotImplemented.
pub fn try_binary(py: &Py, op: BinOp, a: &Val, b: &Val) -> PyResult<Obj> {
    let (ta, tb) = (a.ty(), b.ty());
    let fa = ta.slots.bin(op);
    if std::ptr::eq(ta, tb) {
        return match fa.get() {
            Some(f) => f(py, a, b),
            None => Ok(py.not_implemented()),
        };
    }
    let fb = tb.slots.bin(op);
    if fa.addr() == fb.addr() {
        return match fa.get() {
            Some(f) => f(py, a, b),
            None => Ok(py.not_implemented()),
        };
    }
    // A subclass's own implementation goes first, even on the right.
    if let (Some(f), Some(g)) = (fa.get(), fb.get())
        && tb.is_subtype(ta)
    {
        let r = g(py, a, b)?;
        return if r.is_not_implemented() {
            f(py, a, b)
        } else {
            Ok(r)
        };
    }
    for f in [fa, fb] {
        if let Some(f) = f.get() {
            let r = f(py, a, b)?;
            if !r.is_not_implemented() {
                return Ok(r);
            }
        }
    }
    Ok(py.not_implemented())
}

/// The rest of `a op b` after the left operand's method has returned NotImplemented (see `slot_generic::left_method`).
pub fn binary_refused(py: &Py, op: BinOp, inplace: bool, a: &Val, b: &Val) -> PyResult<Obj> {
    let (ta, tb) = (a.ty(), b.ty());
    if !std::ptr::eq(ta, tb)
        && let Some(g) = tb.slots.bin(op).get()
    {
        let r = g(py, a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    let symbol = if inplace {
        op.inplace_symbol()
    } else {
        op.symbol()
    };
    Err(unsupported(py, op, a, b, symbol))
}

/// `a op= b`.
pub fn inplace(py: &Py, op: BinOp, a: &Val, b: &Val) -> PyResult<Obj> {
    if let Some(f) = a.ty().slots.inp(op).get() {
        let r = f(py, a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    let r = try_binary(py, op, a, b)?;
    if r.is_not_implemented() {
        Err(unsupported(py, op, a, b, op.inplace_symbol()))
    } else {
        Ok(r)
    }
}

/// `pow(a, b, c)`.
pub fn pow3(py: &Py, a: &Val, b: &Val, c: &Val) -> PyResult<Obj> {
    if c.is_none() {
        return binary(py, BinOp::Pow, a, b);
    }
    let (ta, tb, tc) = (a.ty(), b.ty(), c.ty());
    let mut slots: Vec<&FnSlot<crate::object::slots::TernaryFn>> = Vec::with_capacity(3);
    if tb.is_subtype(ta) && tb.slots.pow3.addr() != ta.slots.pow3.addr() {
        slots.push(&tb.slots.pow3);
    }
    for t in [ta, tb, tc] {
        if slots.iter().all(|s| s.addr() != t.slots.pow3.addr()) {
            slots.push(&t.slots.pow3);
        }
    }
    for f in slots.into_iter().filter_map(FnSlot::get) {
        let r = f(py, a, b, c)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    Err(py.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        ta.full_name(),
        tb.full_name(),
        tc.full_name()
    )))
}

/// The TypeError of an operator that neither operand implements.
#[cold]
pub(crate) fn unsupported(py: &Py, op: BinOp, a: &Val, b: &Val, symbol: &str) -> Raised {
    match op {
        BinOp::Add => {
            if let Some(e) = concat_error(py, a, b) {
                return e;
            }
        }
        BinOp::Mul => {
            let (sa, sb) = (is_sequence(a), is_sequence(b));
            if sa || sb {
                let other = if sa { b } else { a };
                return py.type_error(format!(
                    "can't multiply sequence by non-int of type '{}'",
                    other.ty().full_name()
                ));
            }
        }
        _ => {}
    }
    py.type_error(format!(
        "unsupported operand type(s) for {symbol}: '{}' and '{}'",
        a.ty().full_name(),
        b.ty().full_name()
    ))
}

fn is_sequence(v: &Val) -> bool {
    v.type_has(tf::LIST | tf::TUPLE | tf::STR | tf::BYTES)
        || matches!(v.ty().layout.name, "bytearray" | "collections.deque")
}

/// The message of a sequence on the left of `+`.
pub(crate) fn concat_error(py: &Py, a: &Val, b: &Val) -> Option<Raised> {
    let other = b.ty().full_name();
    let kind = if a.type_has(tf::LIST) {
        "list"
    } else if a.type_has(tf::TUPLE) {
        "tuple"
    } else if a.type_has(tf::STR) {
        "str"
    } else if a.type_has(tf::BYTES) || a.ty().layout.name == "bytearray" {
        return Some(py.type_error(format!("can't concat {other} to {}", a.ty().full_name())));
    } else if a.ty().layout.name == "collections.deque" {
        "deque"
    } else {
        return None;
    };
    Some(py.type_error(format!(
        "can only concatenate {kind} (not \"{other}\") to {kind}"
    )))
}

fn unary(py: &Py, v: &Val, f: &FnSlot<UnaryFn>, what: &str) -> PyResult<Obj> {
    match f.get() {
        Some(f) => f(py, v),
        None => Err(py.type_error(format!(
            "bad operand type for {what}: '{}'",
            v.ty().full_name()
        ))),
    }
}

pub fn neg(py: &Py, v: &Val) -> PyResult<Obj> {
    unary(py, v, &v.ty().slots.neg, "unary -")
}
pub fn pos(py: &Py, v: &Val) -> PyResult<Obj> {
    unary(py, v, &v.ty().slots.pos, "unary +")
}
pub fn invert(py: &Py, v: &Val) -> PyResult<Obj> {
    unary(py, v, &v.ty().slots.invert, "unary ~")
}
pub fn abs(py: &Py, v: &Val) -> PyResult<Obj> {
    unary(py, v, &v.ty().slots.abs, "abs()")
}

/// `operator.index`: an int (possibly of a subclass).
#[inline]
pub fn index(py: &Py, v: &Val) -> PyResult<Obj> {
    if v.word().is_int() || v.type_has(tf::INT) {
        return Ok(v.to_obj());
    }
    index_slow(py, v)
}

fn index_slow(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(f) = v.ty().slots.index.get() else {
        return Err(py.type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            v.ty().full_name()
        )));
    };
    let r = f(py, v)?;
    if int::view(&r).is_none() {
        return Err(py.type_error(format!(
            "__index__ returned non-int (type {})",
            r.ty().full_name()
        )));
    }
    if !int::INT.is_exact(&r) {
        super::convert::warn_of_subclass(py, "__index__", "int", &r)?;
    }
    Ok(r)
}

/// Whether `index` would succeed by type.
pub fn has_index(v: &Val) -> bool {
    v.word().is_int() || v.ty().slots.index.addr() != 0
}

/// Calls a binary slot of `v`'s type, NotImplemented if it has none.
pub(crate) fn call_slot(py: &Py, f: &FnSlot<BinaryFn>, a: &Val, b: &Val) -> PyResult<Obj> {
    match f.get() {
        Some(f) => f(py, a, b),
        None => Ok(py.not_implemented()),
    }
}
