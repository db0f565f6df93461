//! `tee`: several iterators over one, connected by a list of blocks of items that is read by all of them.
//!
//! **Invariant:** a block is filled before its successor is made; blocks nobody can reach any more die with the slowest reader.

use super::iterator;
use crate::builtins::{sequence, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Items of a block.
const BLOCK: usize = 57;

/// Payload of `itertools._tee_dataobject`.
pub struct TeeData {
    it: Slot,
    items: Mutex<Vec<Obj>>,
    next: Slot,
    /// Some reader is getting an item.
    running: AtomicBool,
}

impl Trace for TeeData {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.it);
        self.items.lock().iter().for_each(|v| t.obj(v));
        t.slot(&self.next);
    }
    fn clear(&self) {
        self.next.take();
        let items = std::mem::take(&mut *self.items.lock());
        drop(items);
    }
}

impl Drop for TeeData {
    fn drop(&mut self) {
        // A long chain of blocks that only its head keeps alive is taken apart here, not by recursion.
        let mut next = self.next.take();
        while let Some(block) = next {
            let alone = block.header().is_some_and(crate::heap::count::is_unique);
            next = if alone {
                block.get::<TeeData>().and_then(|d| d.next.take())
            } else {
                None
            };
        }
    }
}

crate::native_type!(
    /// `itertools._tee_dataobject`
    pub TEE_DATA: TeeData = "itertools._tee_dataobject", base crate::object::base::OBJECT, flags crate::object::type_::tf::NO_NEW,
    init |_| {}
);

/// Payload of `itertools._tee`: block, and position in it.
pub struct Tee {
    data: Slot,
    index: AtomicUsize,
}

impl Trace for Tee {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.data);
    }
}

crate::native_type!(
    /// `itertools._tee`
    pub TEE: Tee = "itertools._tee", base crate::object::base::OBJECT, flags crate::object::type_::tf::WEAKREF, init |t| {
        iterator(t, new_tee, next_tee);
        t.doc("Iterator wrapped to make it copyable.");
        t.method("__copy__", "($self, /)", Bound(|py, a| Ok(copy(py, a[0].cast::<Tee>()))));
    }
);

fn block(py: &Py, it: Obj) -> Obj {
    let items = Mutex::new(Vec::with_capacity(BLOCK));
    py.alloc(
        &TEE_DATA,
        TeeData {
            it: Slot::new(it),
            items,
            next: Slot::empty(),
            running: AtomicBool::new(false),
        },
    )
}

fn copy(py: &Py, t: &Tee) -> Obj {
    py.alloc(
        &TEE,
        Tee {
            data: Slot::new(t.data.obj()),
            index: AtomicUsize::new(t.index.load(Relaxed)),
        },
    )
}

fn from_iterable(py: &Py, v: &Val) -> PyResult<Obj> {
    let it = ops::iter(py, v)?;
    if let Some(t) = it.get::<Tee>() {
        return Ok(copy(py, t));
    }
    let data = block(py, it);
    Ok(py.alloc(
        &TEE,
        Tee {
            data: Slot::new(data),
            index: AtomicUsize::new(0),
        },
    ))
}

fn new_tee(py: &Py, _: &'static Type, args: Args) -> PyResult<Obj> {
    from_iterable(py, &sequence::positional(py, "_tee", 1, 1, args)?[0])
}

fn next_tee(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let t = v.cast::<Tee>();
    let mut data = t.data.obj();
    let mut i = t.index.load(Relaxed);
    if i >= BLOCK {
        let d = data.cast::<TeeData>();
        let next = match d.next.get() {
            Some(n) => n,
            None => {
                let n = block(py, d.it.obj());
                d.next.set(n.clone());
                n
            }
        };
        t.data.set(next.clone());
        (data, i) = (next, 0);
        t.index.store(0, Relaxed);
    }
    let d = data.cast::<TeeData>();
    let known = d.items.lock().get(i).cloned();
    if let Some(x) = known {
        t.index.store(i + 1, Relaxed);
        return Ok(Some(x));
    }
    if d.running.swap(true, Relaxed) {
        return Err(py.runtime_error("cannot re-enter the tee iterator"));
    }
    let r = ops::next(py, &d.it.obj());
    d.running.store(false, Relaxed);
    let Some(x) = r? else { return Ok(None) };
    d.items.lock().push(x.clone());
    t.index.store(i + 1, Relaxed);
    Ok(Some(x))
}

/// `tee(iterable, n=2)`.
pub fn tee(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = match a[1].given() {
        None => 2,
        Some(n) => ops::to_isize(py, n)?,
    };
    if n < 0 {
        return Err(py.value_error("n must be >= 0"));
    }
    if n == 0 {
        return Ok(tuple::empty(py));
    }
    let first = from_iterable(py, &a[0])?;
    let mut all = Vec::new();
    all.try_reserve_exact(n as usize)
        .map_err(|_| py.memory_error())?;
    all.push(first);
    for _ in 1..n {
        let again = copy(py, all[0].cast::<Tee>());
        all.push(again);
    }
    Ok(tuple::new(py, all))
}
