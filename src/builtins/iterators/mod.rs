//! Iterators that belong to no single container, and the built-in iterator types.
//!
//! - `seq`: over list, tuple, `__getitem__`, calls. `reverse`: `reversed`. `functional`: `map`, `filter`, `zip`, `enumerate`.

pub mod functional;
pub mod reverse;
pub mod seq;

use crate::builtins::dict::DictObj;
use crate::builtins::str::{Builder, StrObj};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
pub use functional::{ENUMERATE, FILTER, MAP, ZIP};
pub use reverse::{LIST_REVERSE_ITER, REVERSED, reversed_list};
pub use seq::{
    CALLABLE_ITER, CallableIter, LIST_ITER, ListIter, SEQ_ITER, SeqIter, TUPLE_ITER, TupleIter,
    callable_iter, seq_iter,
};

/// `cls[item]` of a built-in class: `types.GenericAlias(cls, item)`. `a` is the class and the item.
pub fn generic_alias(py: &Py, a: &[Val]) -> PyResult<Obj> {
    crate::builtins::generic_alias::new(py, &a[0], &a[1])
}

/// A built-in function by name, for `__reduce__`.
pub fn builtin(py: &Py, name: &str) -> PyResult<Obj> {
    // SAFETY: the running frame is a live record; its function keeps its builtins alive.
    let found = match py.interp.frames().next() {
        Some(f) => unsafe { &*(*f).builtins }.get_str(py, name),
        None => crate::runtime::builtins_dict(py)
            .cast::<DictObj>()
            .get_str(py, name),
    };
    found.ok_or_else(|| py.error(&crate::builtins::exceptions::ATTRIBUTE_ERROR, name))
}

/// Adds `repr(v)` to a text.
pub fn push_repr(py: &Py, b: &mut Builder, v: &Val) -> PyResult<()> {
    let r = ops::repr(py, v)?;
    if let Some(s) = r.get::<StrObj>() {
        b.push_obj(s);
    }
    Ok(())
}
