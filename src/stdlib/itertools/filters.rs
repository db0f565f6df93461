//! Iterators that pass on some items of another iterator, or something made of them.

use super::iterator;
use crate::builtins::{bool_, sequence, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeDef};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// A function and an iterator, written once, and whether the function has decided.
pub struct Predicate {
    func: Slot,
    it: Slot,
    done: AtomicBool,
}

impl Trace for Predicate {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.func);
        t.slot(&self.it);
    }
}

impl Predicate {
    fn func(&self) -> &Val {
        // SAFETY: written once, before the object is published.
        unsafe { self.func.fixed() }
    }
    fn it(&self) -> &Val {
        // SAFETY: written once, before the object is published.
        unsafe { self.it.fixed() }
    }
    fn holds(&self, py: &Py, x: &Val) -> PyResult<bool> {
        ops::truth(py, &*ops::call1(py, self.func(), x)?)
    }
}

fn new_predicate(py: &Py, ty: &'static Type, args: Args, def: &'static TypeDef) -> PyResult<Obj> {
    let name = def.ty().name();
    let args = sequence::without_keywords(py, def, ty, args)?;
    let a = sequence::positional(py, &name, 2, 2, args)?;
    let it = ops::iter(py, &a[1])?;
    Ok(py.alloc_in(
        ty,
        Predicate {
            func: Slot::new(a[0].to_obj()),
            it: Slot::new(it),
            done: AtomicBool::new(false),
        },
    ))
}

crate::native_type!(
    /// `itertools.dropwhile`
    pub DROPWHILE: Predicate = "itertools.dropwhile", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, |py, ty, args| new_predicate(py, ty, args, &DROPWHILE), next_dropwhile);
        t.doc("Drop items from the iterable while predicate(item) is true. Afterwards, return every element.");
    }
);

macro_rules! predicates {
    ($($(#[$m:meta])* $def:ident = $name:literal, $next:ident, $doc:literal;)*) => {
        $($(#[$m])* pub static $def: TypeDef = TypeDef::new(
            concat!("itertools.", $name),
            Some(&crate::object::base::OBJECT),
            crate::object::native::typedef::layout_of_def(&DROPWHILE),
            tf::BASETYPE,
            |t| {
                iterator(t, |py, ty, args| new_predicate(py, ty, args, &$def), $next);
                t.doc($doc);
            },
        );)*
    };
}

predicates! {
    /// `itertools.takewhile`
    TAKEWHILE = "takewhile", next_takewhile, "Return successive entries from an iterable as long as the predicate evaluates to true for each.";
    /// `itertools.filterfalse`
    FILTERFALSE = "filterfalse", next_filterfalse, "Return those items of iterable for which function(item) is false.";
    /// `itertools.starmap`
    STARMAP = "starmap", next_starmap, "Return values of the function evaluated with arguments taken from the given sequence.";
}

fn next_dropwhile(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let p = v.cast::<Predicate>();
    while let Some(x) = ops::next(py, p.it())? {
        if p.done.load(Relaxed) {
            return Ok(Some(x));
        }
        if !p.holds(py, &x)? {
            p.done.store(true, Relaxed);
            return Ok(Some(x));
        }
    }
    Ok(None)
}

fn next_takewhile(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let p = v.cast::<Predicate>();
    if p.done.load(Relaxed) {
        return Ok(None);
    }
    let Some(x) = ops::next(py, p.it())? else {
        return Ok(None);
    };
    if p.holds(py, &x)? {
        return Ok(Some(x));
    }
    p.done.store(true, Relaxed);
    Ok(None)
}

fn next_filterfalse(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let p = v.cast::<Predicate>();
    let plain = p.func().is_none() || bool_::BOOL.ty().to_obj().is(p.func());
    while let Some(x) = ops::next(py, p.it())? {
        let there = if plain {
            ops::truth(py, &x)?
        } else {
            p.holds(py, &x)?
        };
        if !there {
            return Ok(Some(x));
        }
    }
    Ok(None)
}

fn next_starmap(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let p = v.cast::<Predicate>();
    let Some(x) = ops::next(py, p.it())? else {
        return Ok(None);
    };
    if tuple::TUPLE.is_exact(&x) {
        return ops::call(py, p.func(), Args::pos(x.cast::<tuple::TupleObj>().items())).map(Some);
    }
    let args = ops::collect(py, &x)?;
    ops::call_objs(py, p.func(), &args).map(Some)
}

/// Payload of `compress`, written once.
pub struct Compress {
    data: Slot,
    selectors: Slot,
}

impl Trace for Compress {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.data);
        t.slot(&self.selectors);
    }
}

crate::native_type!(
    /// `itertools.compress`
    pub COMPRESS: Compress = "itertools.compress", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_compress, next_compress);
        t.doc("Return data elements corresponding to true selector elements.");
    }
);

fn new_compress(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [data, selectors] = sequence::bind(py, "compress", ["data", "selectors"], 2, args)?;
    let (data, selectors) = (ops::iter(py, &data)?, ops::iter(py, &selectors)?);
    Ok(py.alloc_in(
        ty,
        Compress {
            data: Slot::new(data),
            selectors: Slot::new(selectors),
        },
    ))
}

fn next_compress(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let c = v.cast::<Compress>();
    // SAFETY: both fields are written once, before the object is published.
    let (data, selectors) = unsafe { (c.data.fixed(), c.selectors.fixed()) };
    loop {
        let Some(x) = ops::next(py, data)? else {
            return Ok(None);
        };
        let Some(keep) = ops::next(py, selectors)? else {
            return Ok(None);
        };
        if ops::truth(py, &keep)? {
            return Ok(Some(x));
        }
    }
}

/// Payload of `islice`.
pub struct Islice {
    /// Empty when exhausted.
    it: Slot,
    /// Number of the next item to pass on; items consumed so far.
    next: AtomicUsize,
    consumed: AtomicUsize,
    stop: Option<usize>,
    step: usize,
}

impl Trace for Islice {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.it);
    }
    fn clear(&self) {
        self.it.take();
    }
}

crate::native_type!(
    /// `itertools.islice`
    pub ISLICE: Islice = "itertools.islice", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_islice, next_islice);
        t.doc("islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object");
    }
);

/// An index argument: None is absent.
fn islice_index(py: &Py, v: &Val, error: &dyn Fn() -> Raised) -> PyResult<Option<usize>> {
    if v.is_none() {
        return Ok(None);
    }
    match ops::to_isize(py, v) {
        Ok(n) if n >= 0 => Ok(Some(n as usize)),
        _ => Err(error()),
    }
}

fn new_islice(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = sequence::without_keywords(py, &ISLICE, ty, args)?;
    let a = sequence::positional(py, "islice", 2, 4, args)?;
    let stop_error = || {
        py.value_error(
            "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
        )
    };
    let index_error = || {
        py.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    };
    let (start, stop) = match a {
        [_, stop] => (0, islice_index(py, stop, &stop_error)?),
        [_, start, stop, ..] => {
            let start = islice_index(py, start, &index_error)?.unwrap_or(0);
            (start, islice_index(py, stop, &stop_error)?)
        }
        _ => (0, None),
    };
    let step_error = || py.value_error("Step for islice() must be a positive integer or None.");
    let step = match a.get(3) {
        None => 1,
        Some(v) => match islice_index(py, v, &step_error)? {
            None => 1,
            Some(0) => return Err(step_error()),
            Some(n) => n,
        },
    };
    let it = ops::iter(py, &a[0])?;
    let i = Islice {
        it: Slot::new(it),
        next: AtomicUsize::new(start),
        consumed: AtomicUsize::new(0),
        stop,
        step,
    };
    Ok(py.alloc_in(ty, i))
}

fn next_islice(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let s = v.cast::<Islice>();
    let Some(it) = s.it.get() else {
        return Ok(None);
    };
    let next = s.next.load(Relaxed);
    let want = s.stop.map_or(next, |stop| next.min(stop));
    let mut consumed = s.consumed.load(Relaxed);
    while consumed < want {
        if ops::next(py, &it)?.is_none() {
            s.it.take();
            return Ok(None);
        }
        consumed += 1;
        s.consumed.store(consumed, Relaxed);
    }
    if s.stop.is_some_and(|stop| consumed >= stop) {
        s.it.take();
        return Ok(None);
    }
    let Some(x) = ops::next(py, &it)? else {
        s.it.take();
        return Ok(None);
    };
    s.consumed.store(consumed + 1, Relaxed);
    let after = next.saturating_add(s.step);
    s.next
        .store(s.stop.map_or(after, |stop| after.min(stop)), Relaxed);
    Ok(Some(x))
}

/// Payload of `pairwise`: iterator (empty when exhausted) and the last item.
pub struct Pairwise {
    it: Slot,
    old: Slot,
}

impl Trace for Pairwise {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.it);
        t.slot(&self.old);
    }
    fn clear(&self) {
        self.it.take();
        self.old.take();
    }
}

crate::native_type!(
    /// `itertools.pairwise`
    pub PAIRWISE: Pairwise = "itertools.pairwise", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_pairwise, next_pairwise);
        t.doc("Return an iterator of overlapping pairs taken from the input iterator.");
    }
);

fn new_pairwise(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = sequence::without_keywords(py, &PAIRWISE, ty, args)?;
    let a = sequence::positional(py, "pairwise", 1, 1, args)?;
    let it = ops::iter(py, &a[0])?;
    Ok(py.alloc_in(
        ty,
        Pairwise {
            it: Slot::new(it),
            old: Slot::empty(),
        },
    ))
}

fn next_pairwise(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let p = v.cast::<Pairwise>();
    let Some(it) = p.it.get() else {
        return Ok(None);
    };
    let old = match p.old.get() {
        Some(x) => x,
        None => match ops::next(py, &it) {
            Ok(Some(x)) => {
                p.old.set(x.clone());
                // Getting the first item may have exhausted this iterator.
                if p.it.is_empty() {
                    p.old.take();
                    return Ok(None);
                }
                x
            }
            r => {
                p.it.take();
                return r;
            }
        },
    };
    match ops::next(py, &it) {
        Ok(Some(x)) => {
            p.old.set(x.clone());
            Ok(Some(tuple::new(py, vec![old, x])))
        }
        r => {
            p.clear();
            r.map(|_| None)
        }
    }
}

/// Payload of `accumulate`.
pub struct Accumulate {
    it: Slot,
    /// Empty for addition.
    func: Slot,
    /// Running total; empty before the first item.
    total: Slot,
    /// Value to begin with, not yet passed on.
    initial: Slot,
}

impl Trace for Accumulate {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.it, &self.func, &self.total, &self.initial] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// `itertools.accumulate`
    pub ACCUMULATE: Accumulate = "itertools.accumulate", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_accumulate, next_accumulate);
        t.doc("Return series of accumulated sums (or other binary function results).");
    }
);

fn new_accumulate(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if args.positional().len() > 2 {
        let n = args.positional().len();
        return Err(py.type_error(format!(
            "accumulate() takes at most 2 positional arguments ({n} given)"
        )));
    }
    let [iterable, func, initial] =
        sequence::bind(py, "accumulate", ["iterable", "func", "initial"], 1, args)?;
    let it = ops::iter(py, &iterable)?;
    let slot = |v: Obj| {
        if v.not_none().is_some() {
            Slot::new(v)
        } else {
            Slot::empty()
        }
    };
    Ok(py.alloc_in(
        ty,
        Accumulate {
            it: Slot::new(it),
            func: slot(func),
            total: Slot::empty(),
            initial: slot(initial),
        },
    ))
}

fn next_accumulate(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let a = v.cast::<Accumulate>();
    if let Some(x) = a.initial.take() {
        a.total.set(x.clone());
        return Ok(Some(x));
    }
    // SAFETY: both fields are written once, before the object is published.
    let (it, func) = unsafe { (a.it.fixed(), a.func.fixed()) };
    let Some(x) = ops::next(py, it)? else {
        return Ok(None);
    };
    let total = match (a.total.get(), func.given()) {
        (None, _) => x,
        (Some(t), None) => ops::binary(py, BinOp::Add, &t, &x)?,
        (Some(t), Some(f)) => ops::call2(py, f, &t, &x)?,
    };
    a.total.set(total.clone());
    Ok(Some(total))
}
