//! `memoryview`: typed, possibly strided view of an exported buffer.

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::Slot;

/// Payload.
pub struct MemoryViewObj {
    /// The exporter; empty once released.
    pub(crate) owner: Slot,
}

impl Trace for MemoryViewObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.owner);
    }
}

crate::native_type!(
    /// The type `memoryview`.
    pub MEMORYVIEW: MemoryViewObj = "memoryview", base crate::object::base::OBJECT, flags tf::SEQUENCE | tf::WEAKREF, init init
);

fn init(_: &mut TypeInit) {}
