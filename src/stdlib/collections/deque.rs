//! `deque`: a double-ended queue with optional maximal length.
//!
//! **Invariant:** `state` counts the changes of the content other than replacing an item; iterators and searches compare it. The mutex
//! is never held while Python code runs.

use super::deque_iter;
use crate::builtins::exceptions::INDEX_ERROR;
use crate::builtins::iterators::{generic_alias, push_repr};
use crate::builtins::list::MAX_LEN;
use crate::builtins::{int, sequence, str, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Payload.
pub struct Deque {
    pub items: Mutex<VecDeque<Obj>>,
    /// usize::MAX: no limit.
    pub max: AtomicUsize,
    pub state: AtomicUsize,
}

impl Trace for Deque {
    fn trace(&self, t: &mut Tracer) {
        self.items.lock().iter().for_each(|v| t.obj(v));
    }
    fn clear(&self) {
        self.clear_all();
    }
}

crate::native_type!(
    /// The type `collections.deque`.
    pub DEQUE: Deque = "collections.deque", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::WEAKREF | tf::SEQUENCE, init init
);

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, _| Ok(py.alloc_in(ty, Deque::new())));
    s.init.set(construct);
    s.repr.set(repr);
    s.compare.set(compare);
    s.iter.set(|py, v| Ok(deque_iter::forward(py, v, 0)));
    s.len.set(|_, v| Ok(v.cast::<Deque>().items.lock().len()));
    s.contains
        .set(|py, v, x| Ok(find(py, v.cast::<Deque>(), x, 0, usize::MAX)?.is_some()));
    s.getitem.set(getitem);
    s.setitem.set(setitem);
    s.bin(BinOp::Add).set(add);
    s.bin(BinOp::Mul).set(mul);
    s.inp(BinOp::Add).set(|py, a, b| {
        extend(py, a, b, false)?;
        Ok(a.to_obj())
    });
    s.inp(BinOp::Mul).set(inplace_mul);
    t.unhashable();
    t.doc("A list-like sequence optimized for data accesses near its endpoints.");
    t.method(
        "append",
        "($self, item, /)",
        Bound(|py, a| Ok(a[0].cast::<Deque>().push_back(py, a[1].to_obj()))),
    );
    t.method(
        "appendleft",
        "($self, item, /)",
        Bound(|py, a| Ok(a[0].cast::<Deque>().push_front(py, a[1].to_obj()))),
    );
    t.method(
        "pop",
        "($self, /)",
        Bound(|py, a| a[0].cast::<Deque>().pop(py, VecDeque::pop_back)),
    );
    t.method(
        "popleft",
        "($self, /)",
        Bound(|py, a| a[0].cast::<Deque>().pop(py, VecDeque::pop_front)),
    );
    t.method(
        "extend",
        "($self, iterable, /)",
        Bound(|py, a| extend(py, &a[0], &a[1], false).map(|()| py.none())),
    );
    t.method(
        "extendleft",
        "($self, iterable, /)",
        Bound(|py, a| extend(py, &a[0], &a[1], true).map(|()| py.none())),
    );
    t.method("rotate", "($self, n=1, /)", Bound(rotate));
    t.method("clear", "($self, /)", Bound(clear));
    t.method("copy", "($self, /)", Bound(|py, a| copy(py, &a[0])));
    t.method("__copy__", "($self, /)", Bound(|py, a| copy(py, &a[0])));
    t.method("count", "($self, value, /)", Bound(count));
    t.method(
        "index",
        "($self, value, start=0, stop=<unrepresentable>, /)",
        Bound(index),
    );
    t.method("insert", "($self, index, value, /)", Bound(insert));
    t.method("remove", "($self, value, /)", Bound(remove));
    t.method("reverse", "($self, /)", Bound(reverse));
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| Ok(deque_iter::backward(py, &a[0], 0))),
    );
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
    t.getset("maxlen", |py, v| Ok(v.cast::<Deque>().max_obj(py)), None);
}

impl Deque {
    fn new() -> Deque {
        Deque {
            items: Mutex::new(VecDeque::new()),
            max: AtomicUsize::new(usize::MAX),
            state: AtomicUsize::new(0),
        }
    }
    fn max(&self) -> usize {
        self.max.load(Relaxed)
    }
    fn max_obj(&self, py: &Py) -> Obj {
        if self.max() == usize::MAX {
            py.none()
        } else {
            int::from_usize(py, self.max())
        }
    }
    fn changed(&self) {
        self.state.fetch_add(1, Relaxed);
    }
    /// Item `i` at this moment.
    pub fn get(&self, i: usize) -> Option<Obj> {
        self.items.lock().get(i).cloned()
    }
    fn snapshot(&self) -> Vec<Obj> {
        self.items.lock().iter().cloned().collect()
    }
    fn push_back(&self, py: &Py, v: Obj) -> Obj {
        let mut items = self.items.lock();
        items.push_back(v);
        let old = if items.len() > self.max() {
            items.pop_front()
        } else {
            None
        };
        self.changed();
        drop(items);
        drop(old);
        py.none()
    }
    fn push_front(&self, py: &Py, v: Obj) -> Obj {
        let mut items = self.items.lock();
        items.push_front(v);
        let old = if items.len() > self.max() {
            items.pop_back()
        } else {
            None
        };
        self.changed();
        drop(items);
        drop(old);
        py.none()
    }
    fn pop(&self, py: &Py, take: fn(&mut VecDeque<Obj>) -> Option<Obj>) -> PyResult<Obj> {
        let popped = take(&mut self.items.lock());
        match popped {
            Some(v) => {
                self.changed();
                Ok(v)
            }
            None => Err(py.index_error("pop from an empty deque")),
        }
    }
    fn clear_all(&self) {
        let old = std::mem::take(&mut *self.items.lock());
        self.changed();
        drop(old);
    }
    /// Replaces the content.
    fn replace(&self, new: VecDeque<Obj>) {
        let old = std::mem::replace(&mut *self.items.lock(), new);
        self.changed();
        drop(old);
    }
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let [iterable, maxlen] = sequence::bind(py, "deque", ["iterable", "maxlen"], 0, args)?;
    let max = match maxlen.not_none() {
        None => usize::MAX,
        Some(m) => {
            if int::view(m).is_none() {
                return Err(py.type_error("an integer is required"));
            }
            usize::try_from(ops::to_isize(py, m)?)
                .map_err(|_| py.value_error("maxlen must be non-negative"))?
        }
    };
    let d = v.cast::<Deque>();
    d.max.store(max, Relaxed);
    d.clear_all();
    match iterable.not_none() {
        Some(x) => extend(py, v, x, false),
        None => Ok(()),
    }
}

fn extend(py: &Py, v: &Val, iterable: &Val, left: bool) -> PyResult<()> {
    let d = v.cast::<Deque>();
    let mut add = |x: Obj| {
        if left {
            d.push_front(py, x)
        } else {
            d.push_back(py, x)
        };
        Ok(true)
    };
    if v.is(iterable) {
        for x in d.snapshot() {
            add(x)?;
        }
        return Ok(());
    }
    ops::for_each(py, iterable, &mut add)
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("[...]"));
    };
    let d = v.cast::<Deque>();
    let mut b = str::Builder::new();
    b.push_str(&v.ty().name());
    b.push_str("([");
    for (i, x) in d.snapshot().iter().enumerate() {
        if i > 0 {
            b.push_str(", ");
        }
        push_repr(py, &mut b, x)?;
    }
    b.push_str("]");
    if d.max() != usize::MAX {
        b.push_str(&format!(", maxlen={}", d.max()));
    }
    b.push_str(")");
    Ok(b.finish(py))
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<Deque>(), b.get::<Deque>()) else {
        return Ok(py.not_implemented());
    };
    if a.is(b) {
        return Ok(py.bool(op.of(std::cmp::Ordering::Equal)));
    }
    let (n, m) = (x.items.lock().len(), y.items.lock().len());
    if n != m && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(py.bool(op == CmpOp::Ne));
    }
    py.check_native_stack()?;
    let (sx, sy) = (x.state.load(Relaxed), y.state.load(Relaxed));
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
        let same = ops::eq(py, &p, &q)?;
        if x.state.load(Relaxed) != sx || y.state.load(Relaxed) != sy {
            return Err(py.runtime_error("deque mutated during iteration"));
        }
        if !same {
            return match op {
                CmpOp::Eq => Ok(py.bool(false)),
                CmpOp::Ne => Ok(py.bool(true)),
                _ => ops::compare(py, &p, &q, op),
            };
        }
        i += 1;
    }
    Ok(py.bool(op.of(n.cmp(&m))))
}

/// Position of the first item from `start` to `stop` that equals `x`.
fn find(py: &Py, d: &Deque, x: &Val, start: usize, stop: usize) -> PyResult<Option<usize>> {
    let state = d.state.load(Relaxed);
    let mut i = start;
    while i < stop
        && let Some(item) = d.get(i)
    {
        let same = ops::eq(py, &item, x)?;
        if d.state.load(Relaxed) != state {
            return Err(py.runtime_error("deque mutated during iteration"));
        }
        if same {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

/// An index, which must be an int (or have `__index__`).
fn position(py: &Py, d: &Deque, k: &Val) -> PyResult<usize> {
    if k.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "sequence index must be integer, not '{}'",
            k.ty().full_name()
        )));
    }
    let n = d.items.lock().len();
    crate::builtins::slice::position(py, k, n, "deque index out of range")
}

fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    let d = v.cast::<Deque>();
    let i = position(py, d, k)?;
    d.get(i)
        .ok_or_else(|| py.index_error("deque index out of range"))
}

fn setitem(py: &Py, v: &Val, k: &Val, x: Option<&Val>) -> PyResult<()> {
    let d = v.cast::<Deque>();
    let i = position(py, d, k)?;
    let mut items = d.items.lock();
    let old = match x {
        Some(x) => items
            .get_mut(i)
            .map(|slot| std::mem::replace(slot, x.to_obj())),
        None => {
            d.changed();
            items.remove(i)
        }
    };
    drop(items);
    if old.is_none() {
        Err(py.error(&INDEX_ERROR, "deque index out of range"))
    } else {
        Ok(())
    }
}

/// A new deque of the same type with the same items and limit.
fn copy(py: &Py, v: &Val) -> PyResult<Obj> {
    let d = v.cast::<Deque>();
    if DEQUE.is_exact(v) {
        let new = Deque::new();
        new.max.store(d.max(), Relaxed);
        *new.items.lock() = d.items.lock().clone();
        return Ok(py.alloc(&DEQUE, new));
    }
    let ty = v.ty().to_obj();
    if d.max() == usize::MAX {
        ops::call1(py, &ty, v)
    } else {
        ops::call2(py, &ty, v, &d.max_obj(py))
    }
}

fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    if a.get::<Deque>().is_none() {
        return Ok(py.not_implemented());
    }
    if b.get::<Deque>().is_none() {
        return match sequence::concat_foreign(py, a, b, "deque") {
            Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {
                Err(py.type_error(format!(
                    "can only concatenate deque (not \"{}\") to deque",
                    b.ty().full_name()
                )))
            }
            r => r,
        };
    }
    let new = copy(py, a)?;
    extend(py, &new, b, false)?;
    Ok(new)
}

fn repeated(py: &Py, d: &Deque, n: usize) -> PyResult<VecDeque<Obj>> {
    let items = d.snapshot();
    let total = items.len().checked_mul(n).filter(|&t| t <= MAX_LEN);
    // With a limit only the last items are needed.
    let keep = match total {
        _ if d.max() < MAX_LEN => total.unwrap_or(usize::MAX).min(d.max()),
        Some(t) => t,
        None => return Err(py.memory_error()),
    };
    let mut out = VecDeque::new();
    out.try_reserve_exact(keep).map_err(|_| py.memory_error())?;
    if items.is_empty() {
        return Ok(out);
    }
    let skip = (items.len() - keep % items.len()) % items.len();
    out.extend(items.iter().cycle().skip(skip).take(keep).cloned());
    Ok(out)
}

fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (seq, n, left) = if a.get::<Deque>().is_some() {
        (a, b, true)
    } else {
        (b, a, false)
    };
    if seq.get::<Deque>().is_none() {
        return Ok(py.not_implemented());
    }
    let n = match sequence::repeat_count(py, seq, n, left)? {
        Ok(n) => n,
        Err(other) => return Ok(other),
    };
    let new = copy(py, seq)?;
    if let Some(d) = new.get::<Deque>() {
        let items = repeated(py, d, n)?;
        d.replace(items);
    }
    Ok(new)
}

fn inplace_mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let d = a.cast::<Deque>();
    match sequence::repeat_count(py, a, b, true)? {
        Ok(n) => {
            let items = repeated(py, d, n)?;
            d.replace(items);
            Ok(a.to_obj())
        }
        Err(other) => Ok(other),
    }
}

fn rotate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = match a[1].given() {
        None => 1,
        Some(n) => ops::to_isize(py, n)?,
    };
    let d = a[0].cast::<Deque>();
    let mut items = d.items.lock();
    if items.len() > 1 {
        let k = n.rem_euclid(items.len() as isize) as usize;
        items.rotate_right(k);
        d.changed();
    }
    Ok(py.none())
}

fn clear(py: &Py, a: &[Val]) -> PyResult<Obj> {
    a[0].cast::<Deque>().clear_all();
    Ok(py.none())
}

fn count(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let d = a[0].cast::<Deque>();
    let (mut n, mut from) = (0, 0);
    while let Some(i) = find(py, d, &a[1], from, usize::MAX)? {
        n += 1;
        from = i + 1;
    }
    Ok(py.int(n))
}

fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let d = a[0].cast::<Deque>();
    let n = d.items.lock().len();
    let start = sequence::bound_arg(py, &a[2], n, 0)?;
    let stop = sequence::bound_arg(py, &a[3], n, usize::MAX)?;
    match find(py, d, &a[1], start, stop)? {
        Some(i) => Ok(py.int(i as i64)),
        None => Err(py.value_error("deque.index(x): x not in deque")),
    }
}

fn insert(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let i = ops::to_isize(py, &a[1])?;
    let d = a[0].cast::<Deque>();
    let mut items = d.items.lock();
    if items.len() >= d.max() {
        return Err(py.index_error("deque already at its maximum size"));
    }
    let n = items.len() as isize;
    let at = if i < 0 {
        i.saturating_add(n).max(0)
    } else {
        i.min(n)
    };
    items.insert(at as usize, a[2].to_obj());
    d.changed();
    Ok(py.none())
}

fn remove(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let d = a[0].cast::<Deque>();
    let found = find(py, d, &a[1], 0, usize::MAX).map_err(|e| {
        // A change during the search is reported as a stale position.
        if e.is(&crate::builtins::exceptions::RUNTIME_ERROR) {
            py.index_error("deque mutated during remove().")
        } else {
            e
        }
    })?;
    let Some(i) = found else {
        return Err(py.value_error("deque.remove(x): x not in deque"));
    };
    let old = d.items.lock().remove(i);
    d.changed();
    drop(old);
    Ok(py.none())
}

fn reverse(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let d = a[0].cast::<Deque>();
    d.items.lock().make_contiguous().reverse();
    d.changed();
    Ok(py.none())
}

/// `(type, ((), maxlen) or (), state, iterator)`.
fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let d = a[0].cast::<Deque>();
    let state = ops::call_method(py, &a[0], &names::__getstate__, &[])?;
    let it = ops::iter(py, &a[0])?;
    let args = match d.max() {
        usize::MAX => tuple::empty(py),
        _ => tuple::new(py, vec![tuple::empty(py), d.max_obj(py)]),
    };
    Ok(tuple::new(py, vec![a[0].ty().to_obj(), args, state, it]))
}

/// The receiver of an iterator's constructor.
pub(super) fn expect<'a>(py: &Py, name: &str, v: &'a Val) -> PyResult<&'a Deque> {
    v.get::<Deque>().ok_or_else(|| {
        py.type_error(format!(
            "{name}() argument 1 must be collections.deque, not {}",
            Type::full_name(v.ty())
        ))
    })
}
