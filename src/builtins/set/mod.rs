//! `set` and `frozenset`: one payload, two types.
//!
//! - `table`: the hash table. `methods`: the methods. `operators`: `|`, `&`, comparison and the rest. `iter`: the iterator.
//!
//! **Invariant:** a frozenset's payload is filled before the object exists and never changed.

pub mod iter;
pub mod methods;
pub mod operators;
pub mod table;

use crate::builtins::dict::{DICT, DictObj};
use crate::error::PyResult;
use crate::object::native::TypeDef;
use crate::object::native::typedef::layout_of_def;
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
pub use table::SetObj;

crate::native_type!(
    /// The type `set`.
    pub SET: SetObj = "set", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::WEAKREF | tf::MATCH_SELF,
    init methods::init_set
);

/// The type `frozenset`: the layout of `set`.
pub static FROZENSET: TypeDef = TypeDef::new(
    "frozenset",
    Some(&crate::object::base::OBJECT),
    layout_of_def(&SET),
    tf::BASETYPE | tf::WEAKREF | tf::MATCH_SELF,
    methods::init_frozenset,
);

/// An empty set.
pub fn new(py: &Py) -> Obj {
    py.alloc(&SET, SetObj::default())
}

/// An empty instance of set, frozenset or a subclass.
pub fn new_in(py: &Py, ty: &'static Type) -> Obj {
    py.alloc_in(ty, SetObj::default())
}

/// A set with this content.
pub fn wrap(py: &Py, s: SetObj) -> Obj {
    py.alloc(&SET, s)
}

/// A frozenset of items.
pub fn frozen_from(py: &Py, items: Vec<Obj>) -> PyResult<Obj> {
    let s = SetObj::default();
    for v in items {
        s.add_fresh(py, &v)?;
    }
    Ok(py.alloc_in(FROZENSET.ty(), s))
}

/// The items of an iterable, as a payload that is not part of an object yet.
pub fn collect(py: &Py, v: &Val) -> PyResult<SetObj> {
    if let Some(s) = v.get::<SetObj>()
        && is_plain_iterable(v)
    {
        return s.copy(py);
    }
    let s = SetObj::default();
    add_all_fresh(py, &s, v)?;
    Ok(s)
}

/// Adds the items of an iterable to a payload that is not part of an object yet.
pub(crate) fn add_all_fresh(py: &Py, s: &SetObj, v: &Val) -> PyResult<()> {
    if let Some(o) = v.get::<SetObj>()
        && is_plain_iterable(v)
    {
        for (x, hash) in o.hashed_items() {
            s.add_fresh_hashed(py, &x, hash)?;
        }
        return Ok(());
    }
    if let Some(d) = v.get::<DictObj>()
        && DICT.is_exact(v)
    {
        // The dict knows the hashes.
        let n = d.len();
        let mut i = 0;
        while i < d.positions() {
            if let Some((k, hash, _)) = d.full_at(i) {
                s.add_fresh_hashed(py, &k, hash)?;
                if d.len() != n {
                    return Err(py.runtime_error("dictionary changed size during iteration"));
                }
            }
            i += 1;
        }
        return Ok(());
    }
    ops::for_each(py, v, &mut |x| {
        s.add_fresh(py, &x)?;
        Ok(true)
    })
}

/// Whether a set-like object iterates the way `set` does (no `__iter__` of its own).
fn is_plain_iterable(v: &Val) -> bool {
    v.ty().slots.iter.addr() == SET.ty().slots.iter.addr()
}

/// Whether `v` is a set or frozenset (or of a subclass).
pub fn is_any_set(v: &Val) -> bool {
    v.get::<SetObj>().is_some()
}

/// Whether `v` is a frozenset (or of a subclass).
pub fn is_frozen(v: &Val) -> bool {
    is_any_set(v) && FROZENSET.check(v)
}
