//! Iterators over the values of bytes and bytearray.

use super::view::recv;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Payload.
pub struct BytesIter {
    seq: Slot,
    /// Next position; `usize::MAX` once exhausted.
    at: AtomicUsize,
}

impl Trace for BytesIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.seq);
    }
}

crate::native_type!(
    /// Type of `iter(bytes)`.
    pub BYTES_ITER: BytesIter = "bytes_iterator", base crate::object::base::OBJECT, flags 0, init init
);

/// As `BytesIter`, for the other type's name.
pub struct ArrayIter(BytesIter);

impl Trace for ArrayIter {
    fn trace(&self, t: &mut Tracer) {
        self.0.trace(t);
    }
}

crate::native_type!(
    /// Type of `iter(bytearray)`.
    pub BYTEARRAY_ITER: ArrayIter = "bytearray_iterator", base crate::object::base::OBJECT, flags 0, init init
);

/// An iterator over a bytes or bytearray object.
pub fn new(py: &Py, v: &Val) -> Obj {
    let it = BytesIter {
        seq: Slot::new(v.to_obj()),
        at: AtomicUsize::new(0),
    };
    if v.get::<super::BytesObj>().is_some() {
        py.alloc(&BYTES_ITER, it)
    } else {
        py.alloc(&BYTEARRAY_ITER, ArrayIter(it))
    }
}

fn payload(v: &Val) -> &BytesIter {
    match v.get::<BytesIter>() {
        Some(it) => it,
        None => &v.cast::<ArrayIter>().0,
    }
}

fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = payload(v);
    // Relaxed: threads that share an iterator may see a byte twice, never a position out of range.
    let i = it.at.load(Ordering::Relaxed);
    // SAFETY: the sequence is written once, at creation.
    let found = recv(unsafe { it.seq.fixed() }).get(i).copied();
    it.at.store(
        if found.is_some() { i + 1 } else { usize::MAX },
        Ordering::Relaxed,
    );
    Ok(found.map(|c| py.int(c as i64)))
}

fn init(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.method(
        "__length_hint__",
        "($self, /)",
        Bound(|py, a| {
            let it = payload(&a[0]);
            // SAFETY: the sequence is written once, at creation.
            let len = recv(unsafe { it.seq.fixed() }).len();
            Ok(py.int(len.saturating_sub(it.at.load(Ordering::Relaxed)) as i64))
        }),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let it = payload(&a[0]);
            let at = it.at.load(Ordering::Relaxed);
            crate::builtins::str::iter::reduce(py, it.seq.obj(), (at != usize::MAX).then_some(at))
        }),
    );
    t.method(
        "__setstate__",
        "($self, state, /)",
        Bound(|py, a| {
            let at = usize::try_from(ops::to_isize(py, &a[1])?).unwrap_or(0);
            payload(&a[0]).at.store(at, Ordering::Relaxed);
            Ok(py.none())
        }),
    );
}
