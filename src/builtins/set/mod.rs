//! `set` and `frozenset`.

pub mod table;

use crate::error::PyResult;
use crate::object::native::TypeDef;
use crate::object::native::typedef::{TypeInit, layout_of_def};
use crate::object::type_::tf;
use crate::object::value::Obj;
use crate::thread::Py;
pub use table::SetObj;

crate::native_type!(
    /// The type `set`.
    pub SET: SetObj = "set", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::WEAKREF | tf::MATCH_SELF, init init
);
/// The type `frozenset`: the layout of `set`.
pub static FROZENSET: TypeDef = TypeDef::new(
    "frozenset",
    Some(&crate::object::base::OBJECT),
    layout_of_def(&SET),
    tf::BASETYPE | tf::WEAKREF | tf::MATCH_SELF,
    init,
);

fn init(_: &mut TypeInit) {}

/// An empty set.
pub fn new(py: &Py) -> Obj {
    py.alloc(&SET, SetObj::default())
}

/// A frozenset of items.
pub fn frozen_from(py: &Py, items: Vec<Obj>) -> PyResult<Obj> {
    let s = SetObj::default();
    for v in items {
        s.add(py, &v)?;
    }
    Ok(py.alloc_in(FROZENSET.ty(), s))
}
