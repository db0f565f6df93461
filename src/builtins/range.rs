//! `range`: machine integers where everything fits, big ones otherwise; and its iterators.

use super::int::{self, IntObj};
use super::iterators::{builtin, push_repr};
use super::sequence;
use super::slice::{SLICE, SliceObj};
use super::tuple;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Payload, written once: four ints; `small` has them as machine integers if all fit.
pub struct RangeObj {
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
    pub len: Slot,
    pub small: Option<Small>,
}

/// A range of machine integers: start, step and number of items.
#[derive(Clone, Copy)]
pub struct Small {
    pub start: i64,
    pub step: i64,
    pub len: i64,
}

impl Trace for RangeObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.start, &self.stop, &self.step, &self.len] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type `range`.
    pub RANGE: RangeObj = "range", base crate::object::base::OBJECT, flags tf::SEQUENCE | tf::IMMUTABLE, init init
);

/// Iterator over machine integers: next value, step, values left.
pub struct RangeIter {
    pub cur: AtomicI64,
    pub step: i64,
    pub left: AtomicI64,
}

impl RangeIter {
    /// The next value.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        use std::sync::atomic::Ordering::Relaxed;
        let left = self.left.load(Relaxed);
        if left <= 0 {
            return None;
        }
        let n = self.cur.load(Relaxed);
        self.left.store(left - 1, Relaxed);
        self.cur.store(n.wrapping_add(self.step), Relaxed);
        Some(n)
    }
}

impl Trace for RangeIter {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `range_iterator`.
    pub RANGE_ITER: RangeIter = "range_iterator", base crate::object::base::OBJECT, flags tf::IMMUTABLE | tf::NO_NEW, init init_iter
);

/// Iterator over big integers: (next value, values left), step.
pub struct LongRangeIter {
    state: Mutex<(BigInt, BigInt)>,
    step: BigInt,
}

impl Trace for LongRangeIter {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `longrange_iterator`.
    pub LONG_RANGE_ITER: LongRangeIter = "longrange_iterator", base crate::object::base::OBJECT, flags tf::IMMUTABLE | tf::NO_NEW,
    init init_long_iter
);

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(construct);
    s.repr.set(repr);
    s.hash.set(hash);
    s.compare.set(compare);
    s.iter.set(iter);
    s.len.set(len);
    s.bool.set(|_, v| Ok(!v.cast::<RangeObj>().is_empty()));
    s.contains.set(contains);
    s.getitem.set(getitem);
    t.doc("range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nIntegers from start (inclusive) to stop (exclusive) by step.");
    t.method("count", "($self, value, /)", Bound(count));
    t.method("index", "($self, value, /)", Bound(index));
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| Ok(reversed(py, a[0].cast::<RangeObj>()))),
    );
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.member("start", |_, v| Ok(v.cast::<RangeObj>().start.obj()));
    t.member("stop", |_, v| Ok(v.cast::<RangeObj>().stop.obj()));
    t.member("step", |_, v| Ok(v.cast::<RangeObj>().step.obj()));
}

fn big(v: &Val) -> BigInt {
    int::to_big(v).map(|b| b.into_owned()).unwrap_or_default()
}

/// A range of machine integers; `step` is not 0.
pub fn new(py: &Py, start: i64, stop: i64, step: i64) -> Obj {
    from_big(py, start.into(), stop.into(), step.into())
}

/// A range; `step` is not 0.
pub fn from_big(py: &Py, start: BigInt, stop: BigInt, step: BigInt) -> Obj {
    let len = big_len(&start, &stop, &step);
    // The value behind the last one must fit too: it is the stop of what is left when an iterator is pickled.
    let past = &start + &len * &step;
    let small = match (
        start.to_i64(),
        stop.to_i64(),
        step.to_i64(),
        len.to_i64(),
        past.to_i64(),
    ) {
        (Some(start), Some(_), Some(step), Some(len), Some(_)) => Some(Small { start, step, len }),
        _ => None,
    };
    let slot = |b| Slot::new(int::from_big(py, b));
    py.alloc(
        &RANGE,
        RangeObj {
            start: slot(start),
            stop: slot(stop),
            step: slot(step),
            len: slot(len),
            small,
        },
    )
}

fn big_len(start: &BigInt, stop: &BigInt, step: &BigInt) -> BigInt {
    let (lo, hi) = if step.is_negative() {
        (stop, start)
    } else {
        (start, stop)
    };
    if lo >= hi {
        BigInt::zero()
    } else {
        (hi - lo - 1) / step.abs() + 1
    }
}

fn construct(py: &Py, _: &'static Type, args: Args) -> PyResult<Obj> {
    let a = sequence::positional(py, "range", 1, 3, args)?;
    let at = |i: usize| -> PyResult<Obj> { ops::index(py, &a[i]) };
    let (start, stop, step) = match a.len() {
        1 => (Obj::small(0), at(0)?, Obj::small(1)),
        2 => (at(0)?, at(1)?, Obj::small(1)),
        _ => (at(0)?, at(1)?, at(2)?),
    };
    let (p, q, r) = (start.word(), stop.word(), step.word());
    if p.is_int() && q.is_int() && r.is_int() {
        let (p, q, r) = (p.as_int(), q.as_int(), r.as_int());
        if r == 0 {
            return Err(py.value_error("range() arg 3 must not be zero"));
        }
        return Ok(from_small(py, p, q, r));
    }
    if big(&step).is_zero() {
        return Err(py.value_error("range() arg 3 must not be zero"));
    }
    Ok(from_big(py, big(&start), big(&stop), big(&step)))
}

/// A range of small ints; `r` is not 0.
fn from_small(py: &Py, p: i64, q: i64, r: i64) -> Obj {
    // The difference of two 63-bit ints fits an i64.
    let len = if r > 0 && p < q {
        (q - p - 1) / r + 1
    } else if r < 0 && q < p {
        ((p - q - 1) as u64 / r.unsigned_abs()) as i64 + 1
    } else {
        0
    };
    py.alloc(
        &RANGE,
        RangeObj {
            start: Slot::new(Obj::small(p)),
            stop: Slot::new(Obj::small(q)),
            step: Slot::new(Obj::small(r)),
            len: Slot::new(py.int(len)),
            small: Some(Small {
                start: p,
                step: r,
                len,
            }),
        },
    )
}

impl RangeObj {
    pub fn is_empty(&self) -> bool {
        match self.small {
            Some(s) => s.len == 0,
            None => big(&self.len.obj()).is_zero(),
        }
    }
    /// (start, step, len) as big integers.
    fn parts(&self) -> (BigInt, BigInt, BigInt) {
        (
            big(&self.start.obj()),
            big(&self.step.obj()),
            big(&self.len.obj()),
        )
    }
    /// Position of an int in the range.
    fn find(&self, v: &Val) -> Option<BigInt> {
        if let (Some(s), Some(n)) = (self.small, int::view(v).and_then(|n| n.to_i64())) {
            let d = n as i128 - s.start as i128;
            let i = d / s.step as i128;
            return (d % s.step as i128 == 0 && i >= 0 && i < s.len as i128)
                .then(|| BigInt::from(i));
        }
        let (start, step, len) = self.parts();
        let d = big(v) - start;
        let i = &d / &step;
        ((&d % &step).is_zero() && !i.is_negative() && i < len).then_some(i)
    }
}

/// The value, if `v` is an int (or bool) whose `==` is the built-in one.
fn plain_int(v: &Val) -> bool {
    int::INT.is_exact(v) || super::singletons::as_bool(v).is_some()
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let r = v.cast::<RangeObj>();
    let mut b = super::str::Builder::new();
    b.push_str("range(");
    push_repr(py, &mut b, &r.start.obj())?;
    b.push_str(", ");
    push_repr(py, &mut b, &r.stop.obj())?;
    let step = r.step.obj();
    if !(step.word().is_int() && step.word().as_int() == 1) {
        b.push_str(", ");
        push_repr(py, &mut b, &step)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

/// What equal ranges have in common: length, start unless empty, step unless shorter than 2.
fn essence(py: &Py, r: &RangeObj) -> [Obj; 3] {
    let len = r.len.obj();
    let n = int::view(&len).and_then(|n| n.to_i64()).unwrap_or(i64::MAX);
    let start = if n == 0 { py.none() } else { r.start.obj() };
    let step = if n <= 1 { py.none() } else { r.step.obj() };
    [len, start, step]
}

fn hash(py: &Py, v: &Val) -> PyResult<i64> {
    ops::hash(
        py,
        &tuple::new(py, essence(py, v.cast::<RangeObj>()).to_vec()),
    )
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<RangeObj>(), b.get::<RangeObj>()) else {
        return Ok(py.not_implemented());
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(py.not_implemented());
    }
    let mut same = true;
    for (p, q) in essence(py, x).iter().zip(&essence(py, y)) {
        same = same && ops::eq(py, p, q)?;
    }
    Ok(py.bool(same == (op == CmpOp::Eq)))
}

fn iter(py: &Py, v: &Val) -> PyResult<Obj> {
    let r = v.cast::<RangeObj>();
    Ok(match r.small {
        Some(s) => small_iter(py, s),
        None => {
            let (start, step, len) = r.parts();
            py.alloc(
                &LONG_RANGE_ITER,
                LongRangeIter {
                    state: Mutex::new((start, len)),
                    step,
                },
            )
        }
    })
}

fn small_iter(py: &Py, s: Small) -> Obj {
    py.alloc(
        &RANGE_ITER,
        RangeIter {
            cur: AtomicI64::new(s.start),
            step: s.step,
            left: AtomicI64::new(s.len),
        },
    )
}

fn reversed(py: &Py, r: &RangeObj) -> Obj {
    if let Some(s) = r.small
        && let Some(step) = s.step.checked_neg()
    {
        // For an empty range the start does not matter.
        let last = s.start.wrapping_add(s.step.wrapping_mul(s.len - 1));
        return small_iter(
            py,
            Small {
                start: last,
                step,
                len: s.len,
            },
        );
    }
    let (start, step, len) = r.parts();
    let last = start + &step * (&len - BigInt::one());
    py.alloc(
        &LONG_RANGE_ITER,
        LongRangeIter {
            state: Mutex::new((last, len)),
            step: -step,
        },
    )
}

fn len(py: &Py, v: &Val) -> PyResult<usize> {
    let r = v.cast::<RangeObj>();
    match r.small {
        Some(s) => Ok(s.len as usize),
        None => big(&r.len.obj())
            .to_isize()
            .map(|n| n as usize)
            .ok_or_else(|| py.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn contains(py: &Py, v: &Val, x: &Val) -> PyResult<bool> {
    if plain_int(x) {
        return Ok(v.cast::<RangeObj>().find(x).is_some());
    }
    let mut found = false;
    ops::for_each(py, v, &mut |y| {
        found = ops::eq(py, &y, x)?;
        Ok(!found)
    })?;
    Ok(found)
}

fn count(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if plain_int(&a[1]) {
        return Ok(py.int(a[0].cast::<RangeObj>().find(&a[1]).is_some() as i64));
    }
    let mut n = 0;
    ops::for_each(py, &a[0], &mut |y| {
        n += ops::eq(py, &y, &a[1])? as i64;
        Ok(true)
    })?;
    Ok(py.int(n))
}

fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if plain_int(&a[1]) {
        return match a[0].cast::<RangeObj>().find(&a[1]) {
            Some(i) => Ok(int::from_big(py, i)),
            None => Err(py.value_error("range.index(x): x not in range")),
        };
    }
    let (mut n, mut found) = (0, false);
    ops::for_each(py, &a[0], &mut |y| {
        found = ops::eq(py, &y, &a[1])?;
        n += !found as i64;
        Ok(!found)
    })?;
    if found {
        Ok(py.int(n))
    } else {
        Err(py.value_error("sequence.index(x): x not in sequence"))
    }
}

fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    let r = v.cast::<RangeObj>();
    if SLICE.is_exact(k) {
        return get_slice(py, r, k);
    }
    if !k.word().is_int() && k.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "range indices must be integers or slices, not {}",
            k.ty().name()
        )));
    }
    let i = ops::index(py, k)?;
    if let (Some(s), true) = (r.small, i.word().is_int()) {
        let n = i.word().as_int();
        let at = if n < 0 { n + s.len } else { n };
        if at >= 0 && at < s.len {
            return Ok(py.int(s.start.wrapping_add(at.wrapping_mul(s.step))));
        }
        return Err(py.index_error("range object index out of range"));
    }
    let (start, step, len) = r.parts();
    let i = big(&i);
    let i = if i.is_negative() { i + &len } else { i };
    if i.is_negative() || i >= len {
        return Err(py.index_error("range object index out of range"));
    }
    Ok(int::from_big(py, start + i * step))
}

fn get_slice(py: &Py, r: &RangeObj, k: &Val) -> PyResult<Obj> {
    if let Some(s) = r.small {
        let (from, to, by) = super::slice::unpack(py, k)?;
        let (from, to, _) = super::slice::adjust(s.len as usize, from, to, by);
        let at = |n: isize| s.start as i128 + n as i128 * s.step as i128;
        let parts = (at(from), at(to), s.step as i128 * by as i128);
        let fits = |n: i128| i64::try_from(n).ok().filter(|&n| Word::int(n).is_some());
        if let (Some(p), Some(q), Some(r)) = (fits(parts.0), fits(parts.1), fits(parts.2)) {
            return Ok(from_small(py, p, q, r));
        }
    }
    let (start, step, len) = r.parts();
    let bounds = super::slice::big_indices(py, k.cast::<SliceObj>(), &len)?;
    let [from, to, by] = bounds;
    Ok(from_big(
        py,
        &start + from * &step,
        &start + to * &step,
        step * by,
    ))
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let r = a[0].cast::<RangeObj>();
    let args = tuple::new(py, vec![r.start.obj(), r.stop.obj(), r.step.obj()]);
    Ok(tuple::new(py, vec![RANGE.obj(), args]))
}

fn init_iter(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots()
        .next
        .set(|py, v| Ok(v.cast::<RangeIter>().step_on().map(|n| py.int(n))));
    t.method(
        "__length_hint__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(a[0].cast::<RangeIter>().left.load(Relaxed)))),
    );
    t.method("__reduce__", "($self, /)", Bound(reduce_iter));
    t.method("__setstate__", "($self, object, /)", Bound(set_state));
}

impl RangeIter {
    /// The next value.
    #[inline(always)]
    pub fn step_on(&self) -> Option<i64> {
        let left = self.left.load(Relaxed);
        if left <= 0 {
            return None;
        }
        self.left.store(left - 1, Relaxed);
        let cur = self.cur.load(Relaxed);
        // The value behind the last one is never used, so it may wrap.
        self.cur.store(cur.wrapping_add(self.step), Relaxed);
        Some(cur)
    }
}

fn rest_of(py: &Py, cur: BigInt, left: BigInt, step: BigInt) -> PyResult<Obj> {
    let stop = &cur + left * &step;
    let rest = from_big(py, cur, stop, step);
    Ok(tuple::new(
        py,
        vec![builtin(py, "iter")?, tuple::new(py, vec![rest]), py.none()],
    ))
}

fn reduce_iter(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<RangeIter>();
    rest_of(
        py,
        it.cur.load(Relaxed).into(),
        it.left.load(Relaxed).into(),
        it.step.into(),
    )
}

fn set_state(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<RangeIter>();
    let left = it.left.load(Relaxed);
    let n = (ops::clamp_index(py, &a[1])? as i64).clamp(0, left);
    it.cur.store(
        it.cur.load(Relaxed).wrapping_add(n.wrapping_mul(it.step)),
        Relaxed,
    );
    it.left.store(left - n, Relaxed);
    Ok(py.none())
}

fn init_long_iter(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next_long);
    t.method(
        "__length_hint__",
        "($self, /)",
        Bound(|py, a| {
            Ok(int::from_big(
                py,
                a[0].cast::<LongRangeIter>().state.lock().1.clone(),
            ))
        }),
    );
    t.method("__reduce__", "($self, /)", Bound(reduce_long));
    t.method("__setstate__", "($self, object, /)", Bound(set_state_long));
}

fn next_long(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<LongRangeIter>();
    let mut s = it.state.lock();
    if !s.1.is_positive() {
        return Ok(None);
    }
    let n = s.0.clone();
    s.0 += &it.step;
    s.1 -= 1;
    drop(s);
    Ok(Some(int::from_big(py, n)))
}

fn reduce_long(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<LongRangeIter>();
    let (cur, left) = it.state.lock().clone();
    rest_of(py, cur, left, it.step.clone())
}

fn set_state_long(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<LongRangeIter>();
    if a[1].get::<IntObj>().is_none() && !a[1].word().is_int() {
        return Err(py.type_error(format!("state must be an int, not {}", a[1].ty().name())));
    }
    let mut s = it.state.lock();
    let n = big(&a[1]).max(BigInt::zero()).min(s.1.clone());
    s.0 += &n * &it.step;
    s.1 -= n;
    Ok(py.none())
}
