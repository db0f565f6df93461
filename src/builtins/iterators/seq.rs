//! Iterators over list, tuple, anything with `__getitem__`, and calls until a sentinel.

use super::builtin;
use crate::builtins::exceptions as exc;
use crate::builtins::list::{self, ListObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

macro_rules! index_iterator {
    ($(#[$m:meta])* $name:ident { $field:ident }, $def:ident = $text:literal, $next:ident, $len:ident) => {
        $(#[$m])*
        pub struct $name {
            /// Empty when exhausted.
            pub $field: Slot,
            pub index: AtomicUsize,
        }
        impl Trace for $name {
            fn trace(&self, t: &mut Tracer) {
                t.slot(&self.$field);
            }
            fn clear(&self) {
                self.$field.take();
            }
        }
        crate::native_type!(
            $(#[$m])*
            pub $def: $name = $text, base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE,
            init |t| {
                t.slots().iter.set(|_, v| Ok(v.to_obj()));
                t.slots().next.set($next);
                t.method("__length_hint__", "($self, /)", Bound(|py, a| {
                    let it = a[0].cast::<$name>();
                    let Some(seq) = it.$field.get() else { return Ok(py.int(0)) };
                    // A sequence without length gives no estimate.
                    match $len(py, &seq)? {
                        usize::MAX => Ok(py.not_implemented()),
                        n => Ok(py.int(n.saturating_sub(it.index.load(Relaxed)) as i64)),
                    }
                }));
                t.method("__reduce__", "($self, /)", Bound(|py, a| {
                    let it = a[0].cast::<$name>();
                    // Looked up first: the call may run code that moves the iterator.
                    let iter = builtin(py, "iter")?;
                    Ok(match it.$field.get() {
                        Some(seq) => {
                            let i = py.int(it.index.load(Relaxed) as i64);
                            tuple::new(py, vec![iter, tuple::new(py, vec![seq]), i])
                        }
                        None => tuple::new(py, vec![iter, tuple::new(py, vec![tuple::empty(py)])]),
                    })
                }));
                t.method("__setstate__", "($self, object, /)", Bound(|py, a| {
                    let it = a[0].cast::<$name>();
                    let i = ops::to_isize(py, &a[1])?.max(0) as usize;
                    if let Some(seq) = it.$field.get() {
                        it.index.store(i.min($len(py, &seq)?), Relaxed);
                    }
                    Ok(py.none())
                }));
            }
        );
    };
}

index_iterator!(
    /// Iterator over a list.
    ListIter { list }, LIST_ITER = "list_iterator", next_of_list, list_len
);
index_iterator!(
    /// Iterator over a tuple.
    TupleIter { tuple }, TUPLE_ITER = "tuple_iterator", next_of_tuple, tuple_len
);
index_iterator!(
    /// Iterator over an object with `__getitem__`.
    SeqIter { seq }, SEQ_ITER = "iterator", next_of_seq, seq_len
);

fn list_len(_: &Py, v: &Val) -> PyResult<usize> {
    Ok(v.cast::<ListObj>().len())
}

fn tuple_len(_: &Py, v: &Val) -> PyResult<usize> {
    Ok(v.cast::<TupleObj>().len())
}

fn seq_len(py: &Py, v: &Val) -> PyResult<usize> {
    if v.ty().slots.len.get().is_some() {
        ops::len(py, v)
    } else {
        Ok(usize::MAX)
    }
}

fn next_of_list(_: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<ListIter>();
    let Some(l) = it.list.get() else {
        return Ok(None);
    };
    let i = it.index.load(Relaxed);
    match l.cast::<ListObj>().get(i) {
        Some(x) => {
            it.index.store(i + 1, Relaxed);
            Ok(Some(x))
        }
        None => {
            it.list.take();
            Ok(None)
        }
    }
}

fn next_of_tuple(_: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<TupleIter>();
    let Some(t) = it.tuple.get() else {
        return Ok(None);
    };
    let i = it.index.load(Relaxed);
    match t.cast::<TupleObj>().items().get(i) {
        Some(x) => {
            it.index.store(i + 1, Relaxed);
            Ok(Some(x.to_obj()))
        }
        None => {
            it.tuple.take();
            Ok(None)
        }
    }
}

fn next_of_seq(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<SeqIter>();
    let Some(s) = it.seq.get() else {
        return Ok(None);
    };
    let i = it.index.load(Relaxed);
    if i >= isize::MAX as usize {
        return Err(py.overflow_error("iter index too large"));
    }
    match ops::getitem(py, &s, &py.int(i as i64)) {
        Ok(x) => {
            it.index.store(i + 1, Relaxed);
            Ok(Some(x))
        }
        Err(e) if e.is(&exc::INDEX_ERROR) || e.is(&exc::STOP_ITERATION) => {
            it.seq.take();
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Iterator over an object with `__getitem__`.
pub fn seq_iter(py: &Py, seq: &Val) -> Obj {
    py.alloc(
        &SEQ_ITER,
        SeqIter {
            seq: Slot::new(seq.to_obj()),
            index: AtomicUsize::new(0),
        },
    )
}

/// Iterator of `iter(callable, sentinel)`; both empty when exhausted.
pub struct CallableIter {
    pub callable: Slot,
    pub sentinel: Slot,
}

impl Trace for CallableIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.callable);
        t.slot(&self.sentinel);
    }
    fn clear(&self) {
        self.callable.take();
        self.sentinel.take();
    }
}

crate::native_type!(
    /// The type `callable_iterator`.
    pub CALLABLE_ITER: CallableIter = "callable_iterator", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE,
    init init_callable
);

fn init_callable(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next_call);
    t.method("__reduce__", "($self, /)", Bound(reduce_callable));
}

/// `iter(callable, sentinel)`.
pub fn callable_iter(py: &Py, callable: &Val, sentinel: &Val) -> Obj {
    py.alloc(
        &CALLABLE_ITER,
        CallableIter {
            callable: Slot::new(callable.to_obj()),
            sentinel: Slot::new(sentinel.to_obj()),
        },
    )
}

fn next_call(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<CallableIter>();
    let Some(f) = it.callable.get() else {
        return Ok(None);
    };
    match ops::call0(py, &f) {
        Ok(x) => {
            // The call may have exhausted the iterator.
            let Some(sentinel) = it.sentinel.get() else {
                return Ok(None);
            };
            if !ops::eq(py, &sentinel, &x)? {
                return Ok(Some(x));
            }
        }
        Err(e) if e.is(&exc::STOP_ITERATION) => {}
        Err(e) => return Err(e),
    }
    it.clear();
    Ok(None)
}

fn reduce_callable(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let iter = builtin(py, "iter")?;
    let it = a[0].cast::<CallableIter>();
    let args = match (it.callable.get(), it.sentinel.get()) {
        (Some(f), Some(s)) => vec![f, s],
        _ => vec![list::new(py, Vec::new())],
    };
    Ok(tuple::new(py, vec![iter, tuple::new(py, args)]))
}
