//! `range`: with machine integers where they fit, big ones otherwise; and its iterators.

use crate::object::native::Tracer;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::type_::tf;
use crate::object::value::Slot;
use std::sync::atomic::AtomicI64;

/// Payload. `start`, `stop`, `step`, `len` are ints; `small` has them as machine integers if all fit.
pub struct RangeObj {
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
    pub len: Slot,
    pub small: Option<Small>,
}

/// A range of machine integers: start, step and number of items.
#[derive(Clone, Copy)]
pub struct Small {
    pub start: i64,
    pub step: i64,
    pub len: i64,
}

impl Trace for RangeObj {
    const LEAF: bool = false;
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.start, &self.stop, &self.step, &self.len] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type `range`.
    pub RANGE: RangeObj = "range", base crate::object::base::OBJECT, flags tf::SEQUENCE | tf::IMMUTABLE, init init
);

/// Iterator over machine integers: next value, step, values left.
pub struct RangeIter {
    pub cur: AtomicI64,
    pub step: i64,
    pub left: AtomicI64,
}

impl Trace for RangeIter {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `range_iterator`.
    pub RANGE_ITER: RangeIter = "range_iterator", base crate::object::base::OBJECT, flags tf::IMMUTABLE | tf::NO_NEW, init init_iter
);

fn init(_: &mut TypeInit) {}
fn init_iter(_: &mut TypeInit) {}
