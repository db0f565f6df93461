//! `_queue`: `SimpleQueue`, an unbounded queue between threads.
//!
//! **Invariant:** the mutex is never held while Python code runs or while the thread is attached and waits.

use crate::builtins::exceptions::EXCEPTION;
use crate::builtins::iterators::generic_alias;
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Payload of `SimpleQueue`.
pub struct SimpleQueue {
    items: Mutex<VecDeque<Obj>>,
    added: Condvar,
}

impl Trace for SimpleQueue {
    fn trace(&self, t: &mut Tracer) {
        self.items.lock().iter().for_each(|v| t.obj(v));
    }
    fn clear(&self) {
        let old = std::mem::take(&mut *self.items.lock());
        drop(old);
    }
}

crate::native_type!(
    /// `_queue.SimpleQueue`
    pub SIMPLE_QUEUE: SimpleQueue = "_queue.SimpleQueue", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::WEAKREF, init init_queue
);

crate::native_subtype!(
    /// `_queue.Empty`
    pub EMPTY = "_queue.Empty", base EXCEPTION, layout ExcObj, flags tf::BASETYPE | tf::EXC | tf::HAS_DICT, init |t: &mut TypeInit| {
        t.doc("Exception raised by Queue.get(block=0)/get_nowait().");
    }
);

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_queue");
    m.doc("Simple, unbounded queue between threads.");
    m.ty(&SIMPLE_QUEUE).ty(&EMPTY);
    m.finish()
}

fn init_queue(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, args| {
        crate::builtins::sequence::positional(py, "SimpleQueue", 0, 0, args)?;
        Ok(py.alloc_in(
            ty,
            SimpleQueue {
                items: Mutex::new(VecDeque::new()),
                added: Condvar::new(),
            },
        ))
    });
    t.doc("Simple, unbounded, reentrant FIFO queue.");
    t.method("put", "($self, item, block=True, timeout=None)", Bound(put));
    t.method("put_nowait", "($self, item)", Bound(put));
    t.method("get", "($self, block=True, timeout=None)", Bound(get));
    t.method(
        "get_nowait",
        "($self)",
        Bound(|py, a| pop(&a[0]).ok_or_else(|| empty(py))),
    );
    t.method(
        "qsize",
        "($self)",
        Bound(|py, a| Ok(py.int(a[0].cast::<SimpleQueue>().items.lock().len() as i64))),
    );
    t.method(
        "empty",
        "($self)",
        Bound(|py, a| Ok(py.bool(a[0].cast::<SimpleQueue>().items.lock().is_empty()))),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

fn empty(py: &Py) -> crate::error::Raised {
    py.error_args(&EMPTY, &[])
}

fn pop(v: &Val) -> Option<Obj> {
    v.cast::<SimpleQueue>().items.lock().pop_front()
}

/// Never blocks: the queue has no limit.
fn put(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let q = a[0].cast::<SimpleQueue>();
    q.items.lock().push_back(a[1].to_obj());
    q.added.notify_one();
    Ok(py.none())
}

/// Longest wait between two looks for signals.
const SLICE: Duration = Duration::from_millis(50);

fn get(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let block = match a[1].given() {
        None => true,
        Some(b) => ops::truth(py, b)?,
    };
    let mut deadline = None;
    if block && let Some(t) = a[2].not_none() {
        let seconds = ops::to_f64(py, t)?;
        if seconds.is_nan() {
            return Err(py.value_error("Invalid value NaN (not a number)"));
        }
        if seconds < 0.0 {
            return Err(py.value_error("'timeout' must be a non-negative number"));
        }
        let wait = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|d| d.as_nanos() <= i64::MAX as u128);
        let wait = wait.ok_or_else(|| py.overflow_error("timeout value is too large"))?;
        deadline = Instant::now().checked_add(wait);
    }
    let q = a[0].cast::<SimpleQueue>();
    loop {
        if let Some(x) = pop(&a[0]) {
            return Ok(x);
        }
        let wait = match deadline {
            _ if !block => return Err(empty(py)),
            None => SLICE,
            Some(d) => match d.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => left.min(SLICE),
                _ => return Err(empty(py)),
            },
        };
        py.detached(|| {
            let mut items = q.items.lock();
            if items.is_empty() {
                q.added.wait_for(&mut items, wait);
            }
        });
        crate::thread::pending::run(py)?;
    }
}
