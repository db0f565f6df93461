//! The iterator of sets.

use super::SetObj;
use crate::builtins::{iterators, list, tuple};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Payload.
pub struct SetIter {
    /// Empty when exhausted.
    pub set: Slot,
    /// Table position to look at next.
    pub pos: AtomicUsize,
    /// Number of items at the start; usize::MAX after "changed size" was raised.
    pub len: AtomicUsize,
    pub left: AtomicUsize,
}

impl Trace for SetIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.set);
    }
    fn clear(&self) {
        self.set.take();
    }
}

crate::native_type!(
    /// The type `set_iterator`.
    pub SET_ITER: SetIter = "set_iterator", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init
);

fn init(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.method("__length_hint__", "($self, /)", Bound(length_hint));
    t.method("__reduce__", "($self, /)", Bound(reduce));
}

/// `iter(set)`.
pub fn new(py: &Py, set: &Val) -> PyResult<Obj> {
    let n = set.cast::<SetObj>().len();
    let it = SetIter {
        set: Slot::new(set.to_obj()),
        pos: AtomicUsize::new(0),
        len: AtomicUsize::new(n),
        left: AtomicUsize::new(n),
    };
    Ok(py.alloc(&SET_ITER, it))
}

fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<SetIter>();
    let Some(set) = it.set.get() else {
        return Ok(None);
    };
    let s = set.cast::<SetObj>();
    if s.len() != it.len.load(Relaxed) {
        it.len.store(usize::MAX, Relaxed);
        return Err(py.runtime_error("Set changed size during iteration"));
    }
    match s.next_from(it.pos.load(Relaxed)) {
        Some((at, key, _)) => {
            it.pos.store(at + 1, Relaxed);
            it.left
                .store(it.left.load(Relaxed).saturating_sub(1), Relaxed);
            Ok(Some(key))
        }
        None => {
            it.set.take();
            Ok(None)
        }
    }
}

fn length_hint(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<SetIter>();
    let n = match it.set.get() {
        Some(s) if s.cast::<SetObj>().len() == it.len.load(Relaxed) => it.left.load(Relaxed),
        _ => 0,
    };
    Ok(py.int(n as i64))
}

/// `(iter, (remaining items as a list,))`; the iterator itself does not move.
fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<SetIter>();
    let copy = SetIter {
        set: it.set.get().map_or(Slot::empty(), Slot::new),
        pos: AtomicUsize::new(it.pos.load(Relaxed)),
        len: AtomicUsize::new(it.len.load(Relaxed)),
        left: AtomicUsize::new(it.left.load(Relaxed)),
    };
    let rest = ops::collect(py, &py.alloc(&SET_ITER, copy))?;
    let list = list::new(py, rest);
    Ok(tuple::new(
        py,
        vec![iterators::builtin(py, "iter")?, tuple::new(py, vec![list])],
    ))
}
