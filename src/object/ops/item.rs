//! Length, subscripts, membership.

use super::number::has_index;
use crate::builtins::int;
use crate::error::PyResult;
use crate::object::names;
use crate::object::type_::{TYPE, Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// `len(v)`.
pub fn len(py: &Py, v: &Val) -> PyResult<usize> {
    match v.ty().slots.len.get() {
        Some(f) => f(py, v),
        None => Err(py.type_error(format!(
            "object of type '{}' has no len()",
            v.ty().full_name()
        ))),
    }
}

/// An estimate of the number of items, 0 if unknown.
pub fn length_hint(py: &Py, v: &Val) -> PyResult<usize> {
    if let Some(f) = v.ty().slots.len.get() {
        match f(py, v) {
            Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {}
            r => return r,
        }
    }
    let r = match super::call_special(py, v, &names::__length_hint__, &[]) {
        Ok(Some(r)) => r,
        Ok(None) => return Ok(0),
        Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => return Ok(0),
        Err(e) => return Err(e),
    };
    if r.is_not_implemented() {
        return Ok(0);
    }
    match int::view(&r) {
        None => Err(py.type_error(format!(
            "__length_hint__ must be an integer, not {}",
            r.ty().full_name()
        ))),
        Some(n) => match n.to_i64() {
            Some(n) if n >= 0 => Ok(n as usize),
            Some(_) => Err(py.value_error("__length_hint__() should return >= 0")),
            None => Err(py.overflow_error("Python int too large to convert to C ssize_t")),
        },
    }
}

/// `v[k]`.
#[inline]
pub fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    match v.ty().slots.getitem.get() {
        Some(f) => f(py, v, k),
        None => getitem_class(py, v, k),
    }
}

#[inline(never)]
fn getitem_class(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    if let Some(t) = Type::of(v) {
        if std::ptr::eq(t, TYPE.ty()) {
            return crate::builtins::generic_alias::new(py, v, k);
        }
        if let Some(f) = super::getattr_opt(py, v, &names::__class_getitem__)?
            && !f.is_none()
        {
            return super::call1(py, &f, k);
        }
        return Err(py.type_error(format!("type '{}' is not subscriptable", t.full_name())));
    }
    Err(py.type_error(format!(
        "'{}' object is not subscriptable",
        v.ty().full_name()
    )))
}

/// `v[k] = val`.
#[inline]
pub fn setitem(py: &Py, v: &Val, k: &Val, val: &Val) -> PyResult<()> {
    match v.ty().slots.setitem.get() {
        Some(f) => f(py, v, k, Some(val)),
        None => Err(py.type_error(format!(
            "'{}' object does not support item assignment",
            v.ty().full_name()
        ))),
    }
}

/// `del v[k]`.
pub fn delitem(py: &Py, v: &Val, k: &Val) -> PyResult<()> {
    let ty = v.ty();
    if let Some(f) = ty.slots.setitem.get() {
        return f(py, v, k, None);
    }
    let sequence = ty.has(tf::HEAP | tf::SEQUENCE | tf::TUPLE | tf::STR | tf::BYTES);
    let not = if sequence && has_index(k) {
        "doesn't"
    } else {
        "does not"
    };
    Err(py.type_error(format!(
        "'{}' object {not} support item deletion",
        ty.full_name()
    )))
}

/// `item in container`.
pub fn contains(py: &Py, container: &Val, item: &Val) -> PyResult<bool> {
    if let Some(f) = container.ty().slots.contains.get() {
        return f(py, container, item);
    }
    iter_contains(py, container, item)
}

/// Membership by iteration.
pub fn iter_contains(py: &Py, container: &Val, item: &Val) -> PyResult<bool> {
    let it = match super::iter(py, container) {
        Ok(it) => it,
        Err(e)
            if e.is(&crate::builtins::exceptions::TYPE_ERROR)
                && container.ty().slots.iter.addr() == 0 =>
        {
            return Err(py.type_error(format!(
                "argument of type '{}' is not a container or iterable",
                container.ty().full_name()
            )));
        }
        Err(e) => return Err(e),
    };
    while let Some(x) = super::next(py, &it)? {
        if super::eq(py, &x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
