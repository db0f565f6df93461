//! The iterators of `deque`.

use super::deque::{self, Deque};
use crate::builtins::{sequence, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit, layout_of_def};
use crate::object::native::{Args, Tracer, TypeDef};
use crate::object::ops;
use crate::object::slots::{NewFn, NextFn};
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Payload of both directions.
pub struct DequeIter {
    deque: Slot,
    /// Items passed.
    index: AtomicUsize,
    /// Items left; 0 after an error.
    left: AtomicUsize,
    /// The deque's state at the start.
    state: usize,
}

impl Trace for DequeIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.deque);
    }
}

crate::native_type!(
    /// `_collections._deque_iterator`
    pub DEQUE_ITER: DequeIter = "_collections._deque_iterator", base crate::object::base::OBJECT, flags 0,
    init |t| init(t, |py, ty, args| construct(py, ty, args, "_deque_iterator"), next_forward)
);

/// `_collections._deque_reverse_iterator`
pub static DEQUE_REVERSE_ITER: TypeDef = TypeDef::new(
    "_collections._deque_reverse_iterator",
    Some(&crate::object::base::OBJECT),
    layout_of_def(&DEQUE_ITER),
    0,
    |t| {
        init(
            t,
            |py, ty, args| construct(py, ty, args, "_deque_reverse_iterator"),
            next_backward,
        )
    },
);

fn init(t: &mut TypeInit, new: NewFn, next: NextFn) {
    t.slots().new.set(new);
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.method(
        "__length_hint__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(a[0].cast::<DequeIter>().left.load(Relaxed) as i64))),
    );
    t.method("__reduce__", "($self, /)", Bound(reduce));
}

fn new(py: &Py, ty: &'static Type, v: &Val, skip: usize) -> Obj {
    let d = v.cast::<Deque>();
    let n = d.items.lock().len();
    let skip = skip.min(n);
    let it = DequeIter {
        deque: Slot::new(v.to_obj()),
        index: AtomicUsize::new(skip),
        left: AtomicUsize::new(n - skip),
        state: d.state.load(Relaxed),
    };
    py.alloc_in(ty, it)
}

/// `iter(deque)`, without the first `skip` items.
pub fn forward(py: &Py, v: &Val, skip: usize) -> Obj {
    new(py, DEQUE_ITER.ty(), v, skip)
}

/// `reversed(deque)`, without the first `skip` items.
pub fn backward(py: &Py, v: &Val, skip: usize) -> Obj {
    new(py, DEQUE_REVERSE_ITER.ty(), v, skip)
}

fn construct(py: &Py, ty: &'static Type, args: Args, name: &str) -> PyResult<Obj> {
    let a = sequence::positional(py, name, 1, 2, args)?;
    deque::expect(py, name, &a[0])?;
    let skip = match a.get(1) {
        None => 0,
        Some(n) => ops::to_isize(py, n)?.max(0) as usize,
    };
    Ok(new(py, ty, &a[0], skip))
}

fn advance(py: &Py, v: &Val, back: bool) -> PyResult<Option<Obj>> {
    let it = v.cast::<DequeIter>();
    let left = it.left.load(Relaxed);
    // SAFETY: the field is written once, before the object is published.
    let d = unsafe { it.deque.fixed() }.cast::<Deque>();
    if d.state.load(Relaxed) != it.state {
        it.left.store(0, Relaxed);
        return Err(py.runtime_error("deque mutated during iteration"));
    }
    if left == 0 {
        return Ok(None);
    }
    let i = it.index.load(Relaxed);
    it.index.store(i + 1, Relaxed);
    it.left.store(left - 1, Relaxed);
    // Backward the items left are those in front.
    Ok(d.get(if back { left - 1 } else { i }))
}

fn next_forward(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    advance(py, v, false)
}

fn next_backward(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    advance(py, v, true)
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<DequeIter>();
    let args = tuple::new(
        py,
        vec![it.deque.obj(), py.int(it.index.load(Relaxed) as i64)],
    );
    Ok(tuple::new(py, vec![a[0].ty().to_obj(), args]))
}
