//! `batched`, `groupby`, `zip_longest`.

use super::iterator;
use crate::builtins::{sequence, str, tuple};
use crate::error::PyResult;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Payload of `batched`.
pub struct Batched {
    /// Empty when exhausted.
    it: Slot,
    n: usize,
    strict: bool,
}

impl Trace for Batched {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.it);
    }
    fn clear(&self) {
        self.it.take();
    }
}

crate::native_type!(
    /// `itertools.batched`
    pub BATCHED: Batched = "itertools.batched", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_batched, next_batched);
        t.doc("Batch data into tuples of length n. The last batch may be shorter than n.");
    }
);

fn new_batched(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if args.positional().len() > 2 {
        let n = args.positional().len();
        return Err(py.type_error(format!(
            "batched() takes at most 2 positional arguments ({n} given)"
        )));
    }
    let [iterable, n, strict] =
        sequence::bind(py, "batched", ["iterable", "n", "strict"], 2, args)?;
    let n = ops::to_isize(py, &n)?;
    let strict = match strict.given() {
        None => false,
        Some(v) => ops::truth(py, v)?,
    };
    if n < 1 {
        return Err(py.value_error("n must be at least one"));
    }
    let it = ops::iter(py, &iterable)?;
    Ok(py.alloc_in(
        ty,
        Batched {
            it: Slot::new(it),
            n: n as usize,
            strict,
        },
    ))
}

fn next_batched(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let b = v.cast::<Batched>();
    let Some(it) = b.it.get() else {
        return Ok(None);
    };
    let mut items = Vec::new();
    while items.len() < b.n {
        match ops::next(py, &it) {
            Ok(Some(x)) => items.push(x),
            Ok(None) => {
                b.it.take();
                if items.is_empty() {
                    return Ok(None);
                }
                if b.strict {
                    return Err(py.value_error("batched(): incomplete batch"));
                }
                break;
            }
            Err(e) => {
                b.it.take();
                return Err(e);
            }
        }
    }
    Ok(Some(tuple::new(py, items)))
}

/// Payload of `groupby`.
pub struct Groupby {
    it: Slot,
    /// None: the items themselves.
    key_func: Slot,
    /// Key of the group that was asked for last.
    target_key: Slot,
    /// Key and value of the item that was read last.
    key: Slot,
    value: Slot,
    /// Number of the group that was handed out last: older ones are over.
    group: AtomicU64,
}

impl Trace for Groupby {
    fn trace(&self, t: &mut Tracer) {
        for s in [
            &self.it,
            &self.key_func,
            &self.target_key,
            &self.key,
            &self.value,
        ] {
            t.slot(s);
        }
    }
    fn clear(&self) {
        for s in [&self.target_key, &self.key, &self.value] {
            s.take();
        }
    }
}

crate::native_type!(
    /// `itertools.groupby`
    pub GROUPBY: Groupby = "itertools.groupby", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_groupby, next_groupby);
        t.doc("make an iterator that returns consecutive keys and groups from the iterable");
    }
);

/// Payload of the groups: the `groupby` object, the group's key and number.
pub struct Grouper {
    parent: Slot,
    key: Slot,
    group: u64,
}

impl Trace for Grouper {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.parent);
        t.slot(&self.key);
    }
}

crate::native_type!(
    /// `itertools._grouper`
    pub GROUPER: Grouper = "itertools._grouper", base crate::object::base::OBJECT, flags 0, init |t| {
        iterator(t, new_grouper, next_in_group);
    }
);

fn new_groupby(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [iterable, key] = sequence::bind(py, "groupby", ["iterable", "key"], 1, args)?;
    let it = ops::iter(py, &iterable)?;
    let key = if key.is_unbound() { py.none() } else { key };
    let g = Groupby {
        it: Slot::new(it),
        key_func: Slot::new(key),
        target_key: Slot::empty(),
        key: Slot::empty(),
        value: Slot::empty(),
        group: AtomicU64::new(0),
    };
    Ok(py.alloc_in(ty, g))
}

impl Groupby {
    /// Reads the next item; false at the end.
    fn read(&self, py: &Py) -> PyResult<bool> {
        // SAFETY: both fields are written once, before the object is published.
        let (it, key_func) = unsafe { (self.it.fixed(), self.key_func.fixed()) };
        let Some(x) = ops::next(py, it)? else {
            return Ok(false);
        };
        let key = if key_func.is_none() {
            x.clone()
        } else {
            ops::call1(py, key_func, &x)?
        };
        self.value.set(x);
        self.key.set(key);
        Ok(true)
    }
}

fn next_groupby(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let g = v.cast::<Groupby>();
    // Older groups are over from now on, even while items are skipped.
    let group = g.group.fetch_add(1, Relaxed) + 1;
    loop {
        match (g.key.get(), g.target_key.get()) {
            (Some(key), Some(target)) if !ops::eq(py, &target, &key)? => break,
            (Some(_), None) => break,
            _ => {}
        }
        if !g.read(py)? {
            return Ok(None);
        }
    }
    let Some(key) = g.key.get() else {
        return Ok(None);
    };
    g.target_key.set(key.clone());
    let grouper = py.alloc(
        &GROUPER,
        Grouper {
            parent: Slot::new(v.to_obj()),
            key: Slot::new(key.clone()),
            group,
        },
    );
    Ok(Some(tuple::new(py, vec![key, grouper])))
}

fn new_grouper(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let a = sequence::positional(py, "_grouper", 2, 2, args)?;
    let Some(g) = a[0].get::<Groupby>() else {
        return Err(py.type_error(format!(
            "_grouper() argument 1 must be itertools.groupby, not {}",
            a[0].ty().full_name()
        )));
    };
    let group = g.group.fetch_add(1, Relaxed) + 1;
    Ok(py.alloc_in(
        ty,
        Grouper {
            parent: Slot::new(a[0].to_obj()),
            key: Slot::new(a[1].to_obj()),
            group,
        },
    ))
}

fn next_in_group(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let g = v.cast::<Grouper>();
    let parent = g.parent.obj();
    let p = parent.cast::<Groupby>();
    if p.group.load(Relaxed) != g.group {
        return Ok(None);
    }
    if p.value.is_empty() && !p.read(py)? {
        return Ok(None);
    }
    let (Some(key), false) = (p.key.get(), p.value.is_empty()) else {
        return Ok(None);
    };
    if !ops::eq(py, &g.key.obj(), &key)? {
        return Ok(None);
    }
    Ok(p.value.take())
}

/// Payload of `zip_longest`.
pub struct ZipLongest {
    /// An iterator that ended is emptied.
    its: Vec<Slot>,
    active: AtomicUsize,
    fill: Slot,
}

impl Trace for ZipLongest {
    fn trace(&self, t: &mut Tracer) {
        self.its.iter().for_each(|s| t.slot(s));
        t.slot(&self.fill);
    }
    fn clear(&self) {
        self.its.iter().for_each(|s| drop(s.take()));
    }
}

crate::native_type!(
    /// `itertools.zip_longest`
    pub ZIP_LONGEST: ZipLongest = "itertools.zip_longest", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_zip_longest, next_zip_longest);
        t.doc("Return a zip_longest object whose .__next__() method returns a tuple of the items of all iterables, filled up.");
    }
);

fn new_zip_longest(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let mut fill = py.none();
    for (key, v) in args.keywords() {
        if !str::eq_text(key, "fillvalue") {
            return Err(py.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = v.to_obj();
    }
    let mut its = Vec::with_capacity(args.positional().len());
    for v in args.positional() {
        its.push(Slot::new(ops::iter(py, v)?));
    }
    let active = AtomicUsize::new(its.len());
    Ok(py.alloc_in(
        ty,
        ZipLongest {
            its,
            active,
            fill: Slot::new(fill),
        },
    ))
}

fn next_zip_longest(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let z = v.cast::<ZipLongest>();
    if z.active.load(Relaxed) == 0 {
        return Ok(None);
    }
    let mut row = Vec::with_capacity(z.its.len());
    for slot in &z.its {
        let x = match slot.get() {
            None => None,
            Some(it) => match ops::next(py, &it) {
                Ok(Some(x)) => Some(x),
                Ok(None) => {
                    slot.take();
                    let left = z.active.load(Relaxed).saturating_sub(1);
                    z.active.store(left, Relaxed);
                    if left == 0 {
                        return Ok(None);
                    }
                    None
                }
                Err(e) => {
                    z.active.store(0, Relaxed);
                    return Err(e);
                }
            },
        };
        row.push(x.unwrap_or_else(|| z.fill.obj()));
    }
    Ok(Some(tuple::new(py, row)))
}
