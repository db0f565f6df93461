//! `enumerate`, `zip`, `map`, `filter`.

use crate::builtins::{int, sequence, str, tuple};
use crate::error::PyResult;
use crate::object::native::args::objs;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

fn self_iter(_: &Py, v: &Val) -> PyResult<Obj> {
    Ok(v.to_obj())
}

/// Payload of `enumerate`.
pub struct Enumerate {
    pub it: Slot,
    pub index: AtomicI64,
    /// The count instead of `index`, once it is too large for that.
    big: Mutex<Option<BigInt>>,
}

impl Trace for Enumerate {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.it);
    }
}

crate::native_type!(
    /// The type `enumerate`.
    pub ENUMERATE: Enumerate = "enumerate", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_enumerate
);

fn init_enumerate(t: &mut TypeInit) {
    t.slots().new.set(new_enumerate);
    t.slots().iter.set(self_iter);
    t.slots().next.set(next_enumerate);
    t.doc(
        "Return an enumerate object: pairs of a count (from start, which defaults to zero) and a value yielded by the iterable.",
    );
    t.method("__reduce__", "($self, /)", Bound(reduce_enumerate));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(super::generic_alias),
    );
}

fn new_enumerate(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [iterable, start] = sequence::bind(py, "enumerate", ["iterable", "start"], 0, args)?;
    if iterable.is_unbound() {
        return Err(py.type_error("enumerate() missing required argument 'iterable'"));
    }
    let start = match start.given() {
        None => BigInt::default(),
        Some(s) => int::to_big(&*ops::index(py, s)?)
            .map(|b| b.into_owned())
            .unwrap_or_default(),
    };
    let it = ops::iter(py, &iterable)?;
    let (index, big) = match start.to_i64() {
        Some(n) if n < i64::MAX => (n, None),
        _ => (i64::MAX, Some(start)),
    };
    Ok(py.alloc_in(
        ty,
        Enumerate {
            it: Slot::new(it),
            index: AtomicI64::new(index),
            big: Mutex::new(big),
        },
    ))
}

impl Enumerate {
    fn count(&self, py: &Py) -> Obj {
        let n = self.index.load(Relaxed);
        if n == i64::MAX {
            return int::from_big(
                py,
                self.big.lock().clone().unwrap_or_else(|| BigInt::from(n)),
            );
        }
        py.int(n)
    }
    /// The number of the next item, counted on.
    #[inline(always)]
    pub fn take_count(&self, py: &Py) -> Obj {
        let n = self.index.load(Relaxed);
        if n == i64::MAX {
            return self.take_big(py);
        }
        self.index.store(n + 1, Relaxed);
        py.int(n)
    }
    #[cold]
    fn take_big(&self, py: &Py) -> Obj {
        let mut big = self.big.lock();
        let n = big.clone().unwrap_or_else(|| BigInt::from(i64::MAX));
        *big = Some(&n + 1);
        drop(big);
        int::from_big(py, n)
    }
}

fn next_enumerate(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let e = v.cast::<Enumerate>();
    // SAFETY: the field is written once, before the object is published.
    let it = unsafe { e.it.fixed() };
    Ok(match ops::next(py, it)? {
        Some(x) => Some(tuple::from_array(py, [e.take_count(py), x])),
        None => None,
    })
}

fn reduce_enumerate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let e = a[0].cast::<Enumerate>();
    let args = tuple::new(py, vec![e.it.obj(), e.count(py)]);
    Ok(tuple::new(py, vec![a[0].ty().to_obj(), args]))
}

/// Iterators that are advanced together; `zip` and, with a function in front, `map`.
pub struct Parallel {
    /// Function of `map`; empty for `zip`.
    func: Slot,
    its: Vec<Slot>,
    strict: AtomicBool,
}

impl Trace for Parallel {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.func);
        self.its.iter().for_each(|s| t.slot(s));
    }
}

/// Payload of `zip`.
pub struct Zip(Parallel);
/// Payload of `map`.
pub struct Map(Parallel);

impl Trace for Zip {
    fn trace(&self, t: &mut Tracer) {
        self.0.trace(t);
    }
}
impl Trace for Map {
    fn trace(&self, t: &mut Tracer) {
        self.0.trace(t);
    }
}

crate::native_type!(
    /// The type `zip`.
    pub ZIP: Zip = "zip", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_zip
);
crate::native_type!(
    /// The type `map`.
    pub MAP: Map = "map", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_map
);

/// The value of the keyword `strict`, the only one allowed.
fn strict_arg(py: &Py, name: &str, args: Args) -> PyResult<bool> {
    let mut strict = false;
    for (key, v) in args.keywords() {
        if !str::eq_text(key, "strict") {
            let key = str::lossy(key);
            return Err(py.type_error(format!(
                "{name}() got an unexpected keyword argument '{key}'"
            )));
        }
        strict = ops::truth(py, v)?;
    }
    Ok(strict)
}

impl Parallel {
    fn new(py: &Py, func: Option<&Val>, iterables: &[Val], strict: bool) -> PyResult<Parallel> {
        let mut its = Vec::with_capacity(iterables.len());
        for v in iterables {
            its.push(Slot::new(ops::iter(py, v)?));
        }
        let func = func.map_or(Slot::empty(), |f| Slot::new(f.to_obj()));
        Ok(Parallel {
            func,
            its,
            strict: AtomicBool::new(strict),
        })
    }
    fn it(&self, i: usize) -> &Val {
        // SAFETY: the iterators are written once, before the object is published.
        unsafe { self.its[i].fixed() }
    }
    /// One item of each iterator.
    fn row(&self, py: &Py, name: &str) -> PyResult<Option<SmallVec<[Obj; 4]>>> {
        let mut row = SmallVec::with_capacity(self.its.len());
        for i in 0..self.its.len() {
            match ops::next(py, self.it(i))? {
                Some(x) => row.push(x),
                None if self.strict.load(Relaxed) => {
                    self.check_ends(py, name, i)?;
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
        Ok(if self.its.is_empty() { None } else { Some(row) })
    }
    /// Iterator `ended` is the first without an item: an error, unless it is the very first and the others end too.
    fn check_ends(&self, py: &Py, name: &str, ended: usize) -> PyResult<()> {
        let others = |i: usize| {
            if i == 1 {
                " 1".to_string()
            } else {
                format!("s 1-{i}")
            }
        };
        if ended > 0 {
            return Err(py.value_error(format!(
                "{name}() argument {} is shorter than argument{}",
                ended + 1,
                others(ended)
            )));
        }
        for i in 1..self.its.len() {
            if ops::next(py, self.it(i))?.is_some() {
                return Err(py.value_error(format!(
                    "{name}() argument {} is longer than argument{}",
                    i + 1,
                    others(i)
                )));
            }
        }
        Ok(())
    }
    /// `(type, iterators, [True])`.
    fn reduce(&self, py: &Py, v: &Val) -> PyResult<Obj> {
        let mut args: Vec<Obj> = self.func.get().into_iter().collect();
        args.extend(self.its.iter().map(Slot::obj));
        let mut out = vec![v.ty().to_obj(), tuple::new(py, args)];
        if self.strict.load(Relaxed) {
            out.push(py.bool(true));
        }
        Ok(tuple::new(py, out))
    }
    fn set_state(&self, py: &Py, v: &Val) -> PyResult<Obj> {
        self.strict.store(ops::truth(py, v)?, Relaxed);
        Ok(py.none())
    }
}

fn init_zip(t: &mut TypeInit) {
    t.slots().new.set(new_zip);
    t.slots().iter.set(self_iter);
    t.slots().next.set(next_zip);
    t.doc("Yield tuples of the items of several iterables, until an iterable is exhausted.");
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| a[0].cast::<Zip>().0.reduce(py, &a[0])),
    );
    t.method(
        "__setstate__",
        "($self, object, /)",
        Bound(|py, a| a[0].cast::<Zip>().0.set_state(py, &a[1])),
    );
}

fn new_zip(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let strict = strict_arg(py, "zip", args)?;
    let zip = Zip(Parallel::new(py, None, args.positional(), strict)?);
    Ok(py.alloc_in(ty, zip))
}

fn next_zip(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let row = v.cast::<Zip>().0.row(py, "zip")?;
    Ok(row.map(|row| {
        let words = row.into_iter().map(Obj::into_word);
        tuple::from_words(py, tuple::TUPLE.ty(), words)
    }))
}

fn init_map(t: &mut TypeInit) {
    t.slots().new.set(new_map);
    t.slots().iter.set(self_iter);
    t.slots().next.set(next_map);
    t.doc(
        "Make an iterator that computes the function using arguments from each of the iterables.",
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| a[0].cast::<Map>().0.reduce(py, &a[0])),
    );
    t.method(
        "__setstate__",
        "($self, object, /)",
        Bound(|py, a| a[0].cast::<Map>().0.set_state(py, &a[1])),
    );
}

fn new_map(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let strict = strict_arg(py, "map", args)?;
    let [func, iterables @ ..] = args.positional() else {
        return Err(py.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(py.type_error("map() must have at least two arguments."));
    }
    let map = Map(Parallel::new(py, Some(func), iterables, strict)?);
    Ok(py.alloc_in(ty, map))
}

fn next_map(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let m = &v.cast::<Map>().0;
    // SAFETY: the function is written once, before the object is published.
    let func = unsafe { m.func.fixed() };
    if m.its.len() == 1 {
        return match ops::next(py, m.it(0))? {
            Some(x) => ops::call1(py, func, &x).map(Some),
            None => Ok(None),
        };
    }
    match m.row(py, "map")? {
        Some(row) => ops::call(py, func, Args::pos(objs(&row))).map(Some),
        None => Ok(None),
    }
}

/// Payload of `filter`.
pub struct Filter {
    func: Slot,
    it: Slot,
}

impl Trace for Filter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.func);
        t.slot(&self.it);
    }
}

crate::native_type!(
    /// The type `filter`.
    pub FILTER: Filter = "filter", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_filter
);

fn init_filter(t: &mut TypeInit) {
    t.slots().new.set(new_filter);
    t.slots().iter.set(self_iter);
    t.slots().next.set(next_filter);
    t.doc("Return an iterator yielding those items of iterable for which function(item) is true.");
    t.method("__reduce__", "($self, /)", Bound(reduce_filter));
}

fn new_filter(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = sequence::without_keywords(py, &FILTER, ty, args)?;
    let a = sequence::positional(py, "filter", 2, 2, args)?;
    let it = ops::iter(py, &a[1])?;
    Ok(py.alloc_in(
        ty,
        Filter {
            func: Slot::new(a[0].to_obj()),
            it: Slot::new(it),
        },
    ))
}

fn next_filter(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let f = v.cast::<Filter>();
    // SAFETY: both fields are written once, before the object is published.
    let (func, it) = unsafe { (f.func.fixed(), f.it.fixed()) };
    let plain = func.is_none() || crate::builtins::bool_::BOOL.ty().to_obj().is(func);
    while let Some(x) = ops::next(py, it)? {
        let keep = if plain {
            ops::truth(py, &x)?
        } else {
            ops::truth(py, &*ops::call1(py, func, &x)?)?
        };
        if keep {
            return Ok(Some(x));
        }
    }
    Ok(None)
}

fn reduce_filter(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let f = a[0].cast::<Filter>();
    let args = tuple::new(py, vec![f.func.obj(), f.it.obj()]);
    Ok(tuple::new(py, vec![a[0].ty().to_obj(), args]))
}
