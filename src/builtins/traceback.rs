//! Traceback objects: a list of (frame, instruction) entries.

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// One entry of a traceback.
pub struct TracebackObj {
    /// Frame object.
    pub frame: Slot,
    /// Instruction word index.
    pub lasti: u32,
    /// Line as given to the constructor; 0: computed from `lasti`.
    pub line: u32,
    /// Next entry (further from the root), empty for None.
    pub next: Slot,
}

impl Trace for TracebackObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.frame);
        t.slot(&self.next);
    }
    fn clear(&self) {
        self.next.take();
    }
}

crate::native_type!(
    /// The type `traceback`.
    pub TRACEBACK: TracebackObj = "traceback", base crate::object::base::OBJECT, flags 0, init init
);

fn init(_: &mut TypeInit) {}

/// Puts an entry for `frame` at the front of the exception's traceback.
pub fn push(py: &Py, exc: &Val, frame: Obj, lasti: u32) {
    let Some(e) = exc.get::<crate::builtins::exceptions::ExcObj>() else { return };
    let next = e.traceback.take().map_or(Slot::empty(), Slot::new);
    e.traceback.set(py.alloc(&TRACEBACK, TracebackObj { frame: Slot::new(frame), lasti, line: 0, next }));
}
