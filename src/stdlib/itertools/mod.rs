//! `itertools`.
//!
//! - `filters`: `compress`, `dropwhile`, `takewhile`, `filterfalse`, `starmap`, `islice`, `pairwise`, `accumulate`
//! - `sources`: `count`, `cycle`, `repeat`, `chain`
//! - `combinatoric`: `product`, `permutations`, `combinations`, `combinations_with_replacement`
//! - `groups`: `batched`, `groupby`, `zip_longest`. `tee`: `tee`.
//!
//! **Invariant:** state that several threads may advance is in slots, atomics or mutexes; no lock is held while an inner iterator
//! or a function runs.

pub mod combinatoric;
pub mod filters;
pub mod groups;
pub mod sources;
pub mod tee;

use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::TypeInit;
use crate::object::slots::{NewFn, NextFn};
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "itertools");
    m.doc("Functional tools for creating and using iterators.");
    for def in [
        &filters::ACCUMULATE,
        &groups::BATCHED,
        &sources::CHAIN,
        &combinatoric::COMBINATIONS,
        &combinatoric::COMBINATIONS_WITH_REPLACEMENT,
        &filters::COMPRESS,
        &sources::COUNT,
        &sources::CYCLE,
        &filters::DROPWHILE,
        &filters::FILTERFALSE,
        &groups::GROUPBY,
        &groups::GROUPER,
        &filters::ISLICE,
        &filters::PAIRWISE,
        &combinatoric::PERMUTATIONS,
        &combinatoric::PRODUCT,
        &sources::REPEAT,
        &filters::STARMAP,
        &filters::TAKEWHILE,
        &tee::TEE,
        &tee::TEE_DATA,
        &groups::ZIP_LONGEST,
    ] {
        m.ty(def);
    }
    m.function("tee", "(iterable, n=2, /)", Bound(tee::tee));
    m.finish()
}

/// What all types of this module have.
fn iterator(t: &mut TypeInit, new: NewFn, next: NextFn) {
    t.slots().new.set(new);
    t.slots().iter.set(|_, v: &Val| Ok(v.to_obj()));
    t.slots().next.set(next);
}
