//! `count`, `cycle`, `repeat`, `chain`.

use super::iterator;
use crate::builtins::iterators::push_repr;
use crate::builtins::{sequence, str, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// Payload of `count`.
pub struct Count {
    cur: Slot,
    step: Slot,
}

impl Trace for Count {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.cur);
        t.slot(&self.step);
    }
}

crate::native_type!(
    /// `itertools.count`
    pub COUNT: Count = "itertools.count", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_count
);

fn init_count(t: &mut TypeInit) {
    iterator(t, new_count, next_count);
    t.slots().repr.set(repr_count);
    t.doc("Return a count object whose .__next__() method returns consecutive values.");
}

fn is_number(v: &Val) -> bool {
    let s = &v.ty().slots;
    s.index.get().is_some()
        || s.int.get().is_some()
        || s.float.get().is_some()
        || v.get::<crate::builtins::complex::ComplexObj>().is_some()
}

fn new_count(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [start, step] = sequence::bind(py, "count", ["start", "step"], 0, args)?;
    for v in [&start, &step] {
        if v.given().is_some_and(|v| !is_number(v)) {
            return Err(py.type_error("a number is required"));
        }
    }
    let or = |v: Obj, n: i64| if v.is_unbound() { py.int(n) } else { v };
    Ok(py.alloc_in(
        ty,
        Count {
            cur: Slot::new(or(start, 0)),
            step: Slot::new(or(step, 1)),
        },
    ))
}

fn next_count(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let c = v.cast::<Count>();
    let (cur, step) = (c.cur.obj(), c.step.obj());
    let (a, b) = (cur.word(), step.word());
    // The sum of two 63-bit ints fits an i64.
    let next = if a.is_int() && b.is_int() {
        py.int(a.as_int() + b.as_int())
    } else {
        ops::binary(py, BinOp::Add, &cur, &step)?
    };
    c.cur.set(next);
    Ok(Some(cur))
}

fn repr_count(py: &Py, v: &Val) -> PyResult<Obj> {
    let c = v.cast::<Count>();
    let mut b = str::Builder::new();
    b.push_str(&v.ty().name());
    b.push_str("(");
    push_repr(py, &mut b, &c.cur.obj())?;
    let step = c.step.obj();
    if !(step.word().is_int() && step.word().as_int() == 1) {
        b.push_str(", ");
        push_repr(py, &mut b, &step)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

/// Payload of `cycle`: the iterator while it lasts, then the saved items.
pub struct Cycle {
    it: Slot,
    saved: Mutex<Vec<Obj>>,
    index: AtomicUsize,
}

impl Trace for Cycle {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.it);
        self.saved.lock().iter().for_each(|v| t.obj(v));
    }
    fn clear(&self) {
        self.it.take();
        let saved = std::mem::take(&mut *self.saved.lock());
        drop(saved);
    }
}

crate::native_type!(
    /// `itertools.cycle`
    pub CYCLE: Cycle = "itertools.cycle", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_cycle
);

fn init_cycle(t: &mut TypeInit) {
    iterator(t, new_cycle, next_cycle);
    t.doc("Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.");
}

fn new_cycle(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = sequence::without_keywords(py, &CYCLE, ty, args)?;
    let a = sequence::positional(py, "cycle", 1, 1, args)?;
    let it = ops::iter(py, &a[0])?;
    Ok(py.alloc_in(
        ty,
        Cycle {
            it: Slot::new(it),
            saved: Mutex::new(Vec::new()),
            index: AtomicUsize::new(0),
        },
    ))
}

fn next_cycle(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let c = v.cast::<Cycle>();
    if let Some(it) = c.it.get() {
        if let Some(x) = ops::next(py, &it)? {
            c.saved.lock().push(x.clone());
            return Ok(Some(x));
        }
        c.it.take();
    }
    let saved = c.saved.lock();
    if saved.is_empty() {
        return Ok(None);
    }
    let i = c.index.load(Relaxed) % saved.len();
    c.index.store(i + 1, Relaxed);
    Ok(Some(saved[i].clone()))
}

/// Payload of `repeat`.
pub struct Repeat {
    value: Slot,
    /// Repetitions left; negative: no end.
    left: AtomicIsize,
}

impl Trace for Repeat {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.value);
    }
}

crate::native_type!(
    /// `itertools.repeat`
    pub REPEAT: Repeat = "itertools.repeat", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_repeat
);

fn init_repeat(t: &mut TypeInit) {
    iterator(t, new_repeat, next_repeat);
    t.slots().repr.set(repr_repeat);
    t.doc("Create an iterator which returns the object for the specified number of times, or endlessly.");
    t.method("__length_hint__", "($self, /)", Bound(length_hint_repeat));
}

fn new_repeat(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [value, times] = sequence::bind(py, "repeat", ["object", "times"], 1, args)?;
    let left = match times.given() {
        None => -1,
        Some(n) => ops::to_isize(py, n)?.max(0),
    };
    Ok(py.alloc_in(
        ty,
        Repeat {
            value: Slot::new(value),
            left: AtomicIsize::new(left),
        },
    ))
}

fn next_repeat(_: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let r = v.cast::<Repeat>();
    let n = r.left.load(Relaxed);
    if n == 0 {
        return Ok(None);
    }
    if n > 0 {
        r.left.store(n - 1, Relaxed);
    }
    Ok(Some(r.value.obj()))
}

fn repr_repeat(py: &Py, v: &Val) -> PyResult<Obj> {
    let r = v.cast::<Repeat>();
    let mut b = str::Builder::new();
    b.push_str(&v.ty().name());
    b.push_str("(");
    push_repr(py, &mut b, &r.value.obj())?;
    let n = r.left.load(Relaxed);
    b.push_str(&if n < 0 {
        ")".to_string()
    } else {
        format!(", {n})")
    });
    Ok(b.finish(py))
}

fn length_hint_repeat(py: &Py, a: &[Val]) -> PyResult<Obj> {
    match a[0].cast::<Repeat>().left.load(Relaxed) {
        n if n < 0 => Err(py.type_error("len() of unsized object")),
        n => Ok(py.int(n as i64)),
    }
}

/// Payload of `chain`: iterator over the iterables (empty when exhausted) and the one in use.
pub struct Chain {
    source: Slot,
    active: Slot,
}

impl Trace for Chain {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.source);
        t.slot(&self.active);
    }
    fn clear(&self) {
        self.source.take();
        self.active.take();
    }
}

crate::native_type!(
    /// `itertools.chain`
    pub CHAIN: Chain = "itertools.chain", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_chain
);

fn init_chain(t: &mut TypeInit) {
    iterator(t, new_chain, next_chain);
    t.doc("Return a chain object whose .__next__() method returns elements from the iterables in turn.");
    t.classmethod(
        "from_iterable",
        "($type, iterable, /)",
        Bound(chain_from_iterable),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(crate::builtins::iterators::generic_alias),
    );
}

fn new_chain(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = sequence::without_keywords(py, &CHAIN, ty, args)?;
    let source = ops::iter(py, &tuple::from_slice(py, args.positional()))?;
    Ok(py.alloc_in(
        ty,
        Chain {
            source: Slot::new(source),
            active: Slot::empty(),
        },
    ))
}

fn chain_from_iterable(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let source = ops::iter(py, &a[1])?;
    let Some(ty) = Type::of(&a[0]) else {
        return Err(py.type_error("a type is required"));
    };
    Ok(py.alloc_in(
        ty,
        Chain {
            source: Slot::new(source),
            active: Slot::empty(),
        },
    ))
}

fn next_chain(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let c = v.cast::<Chain>();
    while let Some(source) = c.source.get() {
        let active = match c.active.get() {
            Some(it) => it,
            None => {
                let next = match ops::next(py, &source) {
                    Ok(Some(x)) => ops::iter(py, &x),
                    Ok(None) => {
                        c.source.take();
                        return Ok(None);
                    }
                    Err(e) => Err(e),
                };
                let it = next.inspect_err(|_| drop(c.source.take()))?;
                c.active.set(it.clone());
                it
            }
        };
        if let Some(x) = ops::next(py, &active)? {
            return Ok(Some(x));
        }
        c.active.take();
    }
    Ok(None)
}
