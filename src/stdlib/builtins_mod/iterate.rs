//! iter, next, aiter, anext, any, all.

use crate::builtins::exceptions as exc;
use crate::builtins::iterators::seq;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function(
        "all",
        "($module, iterable, /)",
        Bound(|py, a| find(py, &a[0], false).map(|found| py.bool(!found))),
    );
    m.function(
        "any",
        "($module, iterable, /)",
        Bound(|py, a| find(py, &a[0], true).map(|found| py.bool(found))),
    );
    m.function(
        "iter",
        "(object, sentinel=<unrepresentable>, /)",
        Bound(iter),
    );
    m.function(
        "next",
        "(iterator, default=<unrepresentable>, /)",
        Bound(next),
    );
    m.function(
        "aiter",
        "($module, async_iterable, /)",
        Bound(|py, a| aiter(py, &a[0])),
    );
    m.function(
        "anext",
        "($module, aiterator, default=<unrepresentable>, /)",
        Bound(anext),
    );
}

/// Whether some item has this truth value.
fn find(py: &Py, iterable: &Val, wanted: bool) -> PyResult<bool> {
    let mut found = false;
    ops::for_each(py, iterable, &mut |v| {
        found = ops::truth(py, &v)? == wanted;
        Ok(!found)
    })?;
    Ok(found)
}

fn iter(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(sentinel) = a[1].given() else {
        return ops::iter(py, &a[0]);
    };
    if !ops::call::is_callable(&a[0]) {
        return Err(py.type_error("iter(v, w): v must be callable"));
    }
    Ok(seq::callable_iter(py, &a[0], sentinel))
}

fn next(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(f) = a[0].ty().slots.next.get() else {
        return Err(py.type_error(format!(
            "'{}' object is not an iterator",
            a[0].ty().full_name()
        )));
    };
    match (f(py, &a[0]), a[1].given()) {
        (Ok(Some(v)), _) => Ok(v),
        (Ok(None), None) => Err(py.stop_iteration(None)),
        (Ok(None), Some(d)) => Ok(d.to_obj()),
        (Err(e), Some(d)) if e.is(&exc::STOP_ITERATION) => Ok(d.to_obj()),
        (Err(e), _) => Err(e),
    }
}

fn aiter(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(f) = v.ty().slots.aiter.get() else {
        return Err(py.type_error(format!(
            "'{}' object is not an async iterable",
            v.ty().full_name()
        )));
    };
    let it = f(py, v)?;
    if it.ty().slots.anext.get().is_none() {
        return Err(py.type_error(format!(
            "aiter() returned not an async iterator of type '{}'",
            it.ty().full_name()
        )));
    }
    Ok(it)
}

fn anext(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(f) = a[0].ty().slots.anext.get() else {
        return Err(py.type_error(format!(
            "'{}' object is not an async iterator",
            a[0].ty().full_name()
        )));
    };
    let awaitable = f(py, &a[0])?;
    match a[1].given() {
        None => Ok(awaitable),
        Some(default) => Ok(super::anext::new(py, awaitable, default)),
    }
}
