//! Calls.

use crate::error::PyResult;
use crate::object::attr::{self, Callee};
use crate::object::native::Args;
use crate::object::native::args::{objs, words};
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use smallvec::SmallVec;

/// `f(*args, **kwargs)`.
#[inline]
pub fn call(py: &Py, f: &Val, args: Args) -> PyResult<Obj> {
    super::convert::guard(py, " while calling a Python object")?;
    match f.ty().slots.call.get() {
        Some(c) => c(py, f, args),
        None => Err(py.type_error(format!("'{}' object is not callable", f.ty().full_name()))),
    }
}
pub fn call0(py: &Py, f: &Val) -> PyResult<Obj> {
    call(py, f, Args::pos(&[]))
}
pub fn call1(py: &Py, f: &Val, a: &Val) -> PyResult<Obj> {
    call(py, f, Args::pos(Val::from_words(&words([a]))))
}
pub fn call2(py: &Py, f: &Val, a: &Val, b: &Val) -> PyResult<Obj> {
    call(py, f, Args::pos(Val::from_words(&words([a, b]))))
}
pub fn call3(py: &Py, f: &Val, a: &Val, b: &Val, c: &Val) -> PyResult<Obj> {
    call(py, f, Args::pos(Val::from_words(&words([a, b, c]))))
}
/// Positional arguments that the caller owns.
pub fn call_objs(py: &Py, f: &Val, args: &[Obj]) -> PyResult<Obj> {
    call(py, f, Args::pos(objs(args)))
}

/// Calls with `first` put before the other arguments.
pub fn call_prepend(py: &Py, f: &Val, first: &Val, args: Args) -> PyResult<Obj> {
    let all = prepend(first, args);
    call(py, f, Args::new(Val::from_words(&all), args.names()))
}

/// Argument words with one more in front; pass on with the same keyword names.
pub fn prepend(first: &Val, args: Args) -> SmallVec<[Word; 8]> {
    let mut all: SmallVec<[Word; 8]> = SmallVec::with_capacity(args.all().len() + 1);
    all.push(first.word().borrowed());
    all.extend(args.all().iter().map(|v| v.word().borrowed()));
    all
}

/// `obj.name(*args)` without making a bound method.
pub fn call_method(py: &Py, obj: &Val, name: &Val, args: &[&Val]) -> PyResult<Obj> {
    let mut all: SmallVec<[Word; 8]> = SmallVec::with_capacity(args.len() + 1);
    all.push(obj.word().borrowed());
    all.extend(args.iter().map(|v| v.word().borrowed()));
    call_method_args(py, name, Args::pos(Val::from_words(&all)))
}

/// `obj.name(...)`, where `obj` is the first of `args`.
pub fn call_method_args(py: &Py, name: &Val, args: Args) -> PyResult<Obj> {
    match attr::method_of(py, &args.all()[0], name)? {
        Callee::Unbound(f) => call(py, &f, args),
        Callee::Bound(f) => call(py, &f, args.skip(1)),
    }
}

/// `callable(v)`.
pub fn is_callable(v: &Val) -> bool {
    v.ty().slots.call.addr() != 0
}
