//! `bytearray`: a mutable byte buffer.
//!
//! **Invariant:** the vector is never resized while `exports` is not zero, so exported pointers stay valid.

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::Obj;
use crate::thread::Py;
use parking_lot::Mutex;

/// Payload.
pub struct ByteArrayObj {
    pub(crate) state: Mutex<State>,
}

/// The bytes and the number of buffers that refer to them.
pub(crate) struct State {
    pub data: Vec<u8>,
    pub exports: usize,
}

impl Trace for ByteArrayObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `bytearray`.
    pub BYTEARRAY: ByteArrayObj = "bytearray", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::MATCH_SELF, init init
);

/// A bytearray that owns `data`.
pub fn new(py: &Py, data: Vec<u8>) -> Obj {
    py.alloc(&BYTEARRAY, ByteArrayObj { state: Mutex::new(State { data, exports: 0 }) })
}

fn init(t: &mut TypeInit) {
    t.slots().len.set(|_, v| Ok(v.cast::<ByteArrayObj>().state.lock().data.len()));
    t.unhashable();
}
