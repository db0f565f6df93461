//! Iteration.

use crate::builtins::list::{LIST, ListObj};
use crate::builtins::tuple::{TUPLE, TupleObj};
use crate::error::PyResult;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// `iter(v)`.
pub fn iter(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = v.ty();
    let Some(f) = ty.slots.iter.get() else {
        if ty.slots.getitem.addr() != 0 && !ty.has(tf::DICT) {
            return Ok(crate::builtins::iterators::seq_iter(py, v));
        }
        return Err(py.type_error(format!("'{}' object is not iterable", ty.full_name())));
    };
    let it = f(py, v)?;
    if it.ty().slots.next.addr() == 0 {
        return Err(py.type_error(format!(
            "iter() returned non-iterator of type '{}'",
            it.ty().full_name()
        )));
    }
    Ok(it)
}

/// Whether `iter(v)` could succeed, by its type.
pub fn is_iterable(py: &Py, v: &Val) -> bool {
    let ty = v.ty();
    if ty.slots.iter.addr() != 0 {
        return ty
            .lookup(py, &crate::object::names::__iter__)
            .is_none_or(|f| !f.is_none());
    }
    ty.slots.getitem.addr() != 0 && !ty.has(tf::DICT)
}

/// The next item, `None` at the end.
#[inline]
pub fn next(py: &Py, it: &Val) -> PyResult<Option<Obj>> {
    match it.ty().slots.next.get() {
        Some(f) => match f(py, it) {
            // A generator that returns a value says so with an exception.
            Err(e) if e.is(&crate::builtins::exceptions::STOP_ITERATION) => Ok(None),
            r => r,
        },
        None => Err(py.type_error(format!(
            "'{}' object is not an iterator",
            it.ty().full_name()
        ))),
    }
}

/// All items of an iterable.
pub fn collect(py: &Py, iterable: &Val) -> PyResult<Vec<Obj>> {
    if TUPLE.is_exact(iterable) {
        return Ok(iterable
            .cast::<TupleObj>()
            .items()
            .iter()
            .map(Val::to_obj)
            .collect());
    }
    if LIST.is_exact(iterable) {
        return Ok(iterable.cast::<ListObj>().to_vec());
    }
    let it = iter(py, iterable)?;
    let hint = if iterable.ty().has(tf::HEAP) {
        super::length_hint(py, iterable)?
    } else {
        0
    };
    let mut out = Vec::with_capacity(hint.min(1 << 16));
    while let Some(x) = next(py, &it)? {
        out.push(x);
    }
    Ok(out)
}

/// Calls `f` with each item until it returns false.
pub fn for_each(py: &Py, iterable: &Val, f: &mut dyn FnMut(Obj) -> PyResult<bool>) -> PyResult<()> {
    if TUPLE.is_exact(iterable) {
        for v in iterable.cast::<TupleObj>().items() {
            if !f(v.to_obj())? {
                break;
            }
        }
        return Ok(());
    }
    if LIST.is_exact(iterable) {
        // By position, as the iterator of lists.
        let mut i = 0;
        while let Some(x) = iterable.cast::<ListObj>().get(i) {
            if !f(x)? {
                break;
            }
            i += 1;
        }
        return Ok(());
    }
    let it = iter(py, iterable)?;
    while let Some(x) = next(py, &it)? {
        if !f(x)? {
            break;
        }
    }
    Ok(())
}
