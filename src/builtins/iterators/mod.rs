//! Iterators that belong to no single container, and the built-in iterator functions.

pub mod seq;

use crate::builtins::str::{Builder, StrObj};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
pub use seq::{
    CALLABLE_ITER, CallableIter, LIST_ITER, ListIter, SEQ_ITER, SeqIter, TUPLE_ITER, TupleIter,
    callable_iter, seq_iter,
};

/// `cls[item]` of a built-in class: `types.GenericAlias(cls, item)`. `a` is the class and the item.
pub fn generic_alias(py: &Py, a: &[Val]) -> PyResult<Obj> {
    crate::builtins::type_obj::generic_alias(py, &a[0], &a[1])
}

/// Adds `repr(v)` to a text.
pub fn push_repr(py: &Py, b: &mut Builder, v: &Val) -> PyResult<()> {
    let r = ops::repr(py, v)?;
    if let Some(s) = r.get::<StrObj>() {
        b.push_obj(s);
    }
    Ok(())
}
