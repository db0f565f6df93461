//! Iterator over the characters of a `str`.

use super::{StrObj, char_obj};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Payload.
pub struct StrIter {
    text: Slot,
    /// Next position; beyond the end once exhausted.
    at: AtomicUsize,
}

impl Trace for StrIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.text);
    }
}

crate::native_type!(
    /// Type of `iter(str)`.
    pub STR_ITER: StrIter = "str_iterator", base crate::object::base::OBJECT, flags 0, init init
);

/// An iterator over a str.
pub fn new(py: &Py, s: &Val) -> Obj {
    py.alloc(
        &STR_ITER,
        StrIter {
            text: Slot::new(s.to_obj()),
            at: AtomicUsize::new(0),
        },
    )
}

impl StrIter {
    fn left(&self) -> usize {
        // SAFETY: the text is written once, at creation.
        let len = unsafe { self.text.fixed() }.cast::<StrObj>().len();
        len.saturating_sub(self.at.load(Ordering::Relaxed))
    }
}

/// The next character.
#[inline]
pub fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<StrIter>();
    // SAFETY: the text is written once, at creation.
    let s = unsafe { it.text.fixed() }.cast::<StrObj>();
    // Relaxed: threads that share an iterator may see a character twice, never a position out of range.
    let i = it.at.load(Ordering::Relaxed);
    if i >= s.len() {
        return Ok(None);
    }
    it.at.store(i + 1, Ordering::Relaxed);
    Ok(Some(char_obj(py, s.units().at(i))))
}

fn init(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.method(
        "__length_hint__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(a[0].cast::<StrIter>().left() as i64))),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let it = a[0].cast::<StrIter>();
            reduce(py, it.text.obj(), Some(it.at.load(Ordering::Relaxed)))
        }),
    );
    t.method(
        "__setstate__",
        "($self, state, /)",
        Bound(|py, a| {
            let it = a[0].cast::<StrIter>();
            let at = usize::try_from(ops::to_isize(py, &a[1])?).unwrap_or(0);
            it.at.store(at, Ordering::Relaxed);
            Ok(py.none())
        }),
    );
}

/// The reduced form of a sequence iterator at a position, or of an exhausted one.
pub fn reduce(py: &Py, seq: Obj, at: Option<usize>) -> PyResult<Obj> {
    let iter = crate::builtins::iterators::builtin(py, "iter")?;
    match at {
        Some(at) => Ok(tuple::new(
            py,
            vec![iter, tuple::new(py, vec![seq]), py.int(at as i64)],
        )),
        None => Ok(tuple::new(
            py,
            vec![iter, tuple::new(py, vec![tuple::empty(py)])],
        )),
    }
}
