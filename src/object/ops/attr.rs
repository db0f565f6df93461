//! Attribute access by name, and special methods found on the type.

use crate::builtins::exceptions::ATTRIBUTE_ERROR;
use crate::error::PyResult;
use crate::object::attr::{self, bind, name_of};
use crate::object::native::Args;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use smallvec::SmallVec;

/// `v.name`.
pub fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    let name = name_of(py, name)?;
    match v.ty().slots.getattr.get() {
        Some(f) => f(py, v, &name),
        None => attr::generic_get(py, v, &name),
    }
}

/// `v.name`, or `None` where AttributeError would be raised.
pub fn getattr_opt(py: &Py, v: &Val, name: &Val) -> PyResult<Option<Obj>> {
    let name = name_of(py, name)?;
    if let Some(r) = attr::get_quiet(py, v, &name) {
        return r;
    }
    match getattr(py, v, &name) {
        Ok(o) => Ok(Some(o)),
        Err(e) if e.is(&ATTRIBUTE_ERROR) => Ok(None),
        Err(e) => Err(e),
    }
}

/// `v.name` with a name known at compile time.
pub fn getattr_str(py: &Py, v: &Val, name: &str) -> PyResult<Obj> {
    getattr(py, v, &crate::builtins::str::intern(py, name))
}

/// `v.name = val`.
pub fn setattr(py: &Py, v: &Val, name: &Val, val: &Val) -> PyResult<()> {
    set(py, v, name, Some(val))
}

/// `del v.name`.
pub fn delattr(py: &Py, v: &Val, name: &Val) -> PyResult<()> {
    set(py, v, name, None)
}

fn set(py: &Py, v: &Val, name: &Val, val: Option<&Val>) -> PyResult<()> {
    let name = name_of(py, name)?;
    match v.ty().slots.setattr.get() {
        Some(f) => f(py, v, &name, val),
        None => attr::generic_set(py, v, &name, val),
    }
}

/// The special method `name` of `v`, found on its type and bound.
pub fn special(py: &Py, v: &Val, name: &Val) -> PyResult<Option<Obj>> {
    match v.ty().lookup(py, name) {
        Some(f) => bind(py, f, v).map(Some),
        None => Ok(None),
    }
}

/// Calls the special method `name` of `v`, if its type has it.
pub fn call_special(py: &Py, v: &Val, name: &Val, args: &[&Val]) -> PyResult<Option<Obj>> {
    let Some(f) = v.ty().lookup(py, name) else {
        return Ok(None);
    };
    let mut all: SmallVec<[Word; 8]> = SmallVec::with_capacity(args.len() + 1);
    all.push(v.word().borrowed());
    all.extend(args.iter().map(|a| a.word().borrowed()));
    let args = Args::pos(Val::from_words(&all));
    call_found(py, &f, v, args).map(Some)
}

/// Calls `f`, found on the type of `v`, with `args`, whose first is `v`.
pub(crate) fn call_found(py: &Py, f: &Val, v: &Val, args: Args) -> PyResult<Obj> {
    if f.ty().has(tf::METHOD_DESCRIPTOR) {
        return super::call(py, f, args);
    }
    let bound = bind(py, f.to_obj(), v)?;
    super::call(py, &bound, args.skip(1))
}
