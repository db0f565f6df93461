//! Views and iterators of `dict`.
//!
//! An iterator goes by entry position. It notices a changed number of items ("changed size") and entries that moved because the
//! table was replaced ("keys changed").

use super::DictObj;
use crate::builtins::iterators::{self, push_repr};
use crate::builtins::set::{self, SetObj};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit, layout_of_def};
use crate::object::native::{Tracer, TypeDef};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Payload of the three views.
pub struct DictView {
    /// Written once.
    pub dict: Slot,
}

impl Trace for DictView {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.dict);
    }
}

/// Payload of all dict iterators.
pub struct DictIter {
    /// Empty when exhausted.
    pub dict: Slot,
    /// Position of the next entry; backward: behind it.
    pub pos: AtomicUsize,
    /// Number of items at the start; usize::MAX after "changed size" was raised.
    pub len: AtomicUsize,
    /// Items left.
    pub left: AtomicUsize,
}

impl Trace for DictIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.dict);
    }
    fn clear(&self) {
        self.dict.take();
    }
}

const ITER_FLAGS: u32 = tf::NO_NEW | tf::IMMUTABLE;

crate::native_type!(
    /// The type `dict_keys`.
    pub DICT_KEYS: DictView = "dict_keys", base crate::object::base::OBJECT, flags ITER_FLAGS, init init_keys
);
crate::native_type!(
    /// Iterator over keys.
    pub DICT_KEY_ITER: DictIter = "dict_keyiterator", base crate::object::base::OBJECT, flags ITER_FLAGS,
    init |t| init_iter(t, |py, v| step(py, v, DictObj::key_at))
);

macro_rules! more_types {
    ($($(#[$m:meta])* $def:ident = $name:literal like $like:ident, $init:expr;)*) => {
        $($(#[$m])* pub static $def: TypeDef =
            TypeDef::new($name, Some(&crate::object::base::OBJECT), layout_of_def(&$like), ITER_FLAGS, $init);)*
    };
}

more_types! {
    /// The type `dict_values`.
    DICT_VALUES = "dict_values" like DICT_KEYS, init_values;
    /// The type `dict_items`.
    DICT_ITEMS = "dict_items" like DICT_KEYS, init_items;
    /// Iterator over values.
    DICT_VALUE_ITER = "dict_valueiterator" like DICT_KEY_ITER, |t| init_iter(t, |py, v| step(py, v, DictObj::value_at));
    /// Iterator over items.
    DICT_ITEM_ITER = "dict_itemiterator" like DICT_KEY_ITER, |t| init_iter(t, next_item);
    /// Backward iterator over keys.
    DICT_REVERSE_KEY_ITER = "dict_reversekeyiterator" like DICT_KEY_ITER, |t| init_iter(t, |py, v| step_back(py, v, DictObj::key_at));
    /// Backward iterator over values.
    DICT_REVERSE_VALUE_ITER = "dict_reversevalueiterator" like DICT_KEY_ITER,
        |t| init_iter(t, |py, v| step_back(py, v, DictObj::value_at));
    /// Backward iterator over items.
    DICT_REVERSE_ITEM_ITER = "dict_reverseitemiterator" like DICT_KEY_ITER,
        |t| init_iter(t, |py, v| Ok(step_back(py, v, DictObj::at)?.map(|(k, x)| tuple::new(py, vec![k, x]))));
}

fn new_iter(py: &Py, def: &'static TypeDef, dict: &Val, back: bool) -> Obj {
    let d = dict.cast::<DictObj>();
    let n = d.len();
    py.alloc_in(
        def.ty(),
        DictIter {
            dict: Slot::new(dict.to_obj()),
            pos: AtomicUsize::new(if back { d.positions() } else { 0 }),
            len: AtomicUsize::new(n),
            left: AtomicUsize::new(n),
        },
    )
}

/// `iter(dict)`.
pub fn key_iter(py: &Py, dict: &Val) -> Obj {
    new_iter(py, &DICT_KEY_ITER, dict, false)
}

/// `reversed(dict)`.
pub fn reverse_key_iter(py: &Py, dict: &Val) -> Obj {
    new_iter(py, &DICT_REVERSE_KEY_ITER, dict, true)
}

impl DictIter {
    /// Raises if the dict has another number of items than at the start.
    #[inline(always)]
    fn check_size(&self, py: &Py, d: &DictObj) -> PyResult<()> {
        if d.len() != self.len.load(Relaxed) {
            self.len.store(usize::MAX, Relaxed);
            return Err(py.runtime_error("dictionary changed size during iteration"));
        }
        Ok(())
    }
    #[inline(always)]
    fn count_down(&self, py: &Py) -> PyResult<()> {
        let left = self.left.load(Relaxed);
        if left == 0 {
            return Err(py.runtime_error("dictionary keys changed during iteration"));
        }
        self.left.store(left - 1, Relaxed);
        Ok(())
    }
}

/// The next entry as `read` sees it.
#[inline(always)]
fn step<T>(py: &Py, v: &Val, read: fn(&DictObj, usize) -> Option<T>) -> PyResult<Option<T>> {
    let it = v.cast::<DictIter>();
    let Some(dict) = it.dict.get() else {
        return Ok(None);
    };
    let d = dict.cast::<DictObj>();
    it.check_size(py, d)?;
    let mut i = it.pos.load(Relaxed);
    while i < d.positions() {
        if let Some(x) = read(d, i) {
            it.count_down(py)?;
            it.pos.store(i + 1, Relaxed);
            return Ok(Some(x));
        }
        i += 1;
    }
    it.dict.take();
    Ok(None)
}

/// The previous entry as `read` sees it.
fn step_back<T>(py: &Py, v: &Val, read: fn(&DictObj, usize) -> Option<T>) -> PyResult<Option<T>> {
    let it = v.cast::<DictIter>();
    let Some(dict) = it.dict.get() else {
        return Ok(None);
    };
    let d = dict.cast::<DictObj>();
    it.check_size(py, d)?;
    let mut i = it.pos.load(Relaxed);
    if i > d.positions() {
        // The entries are others than at the start.
        it.dict.take();
        return Ok(None);
    }
    while i > 0 {
        i -= 1;
        if let Some(x) = read(d, i) {
            it.count_down(py)?;
            it.pos.store(i, Relaxed);
            return Ok(Some(x));
        }
    }
    it.dict.take();
    Ok(None)
}

fn next_item(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    Ok(step(py, v, DictObj::at)?.map(|(k, x)| tuple::from_array(py, [k, x])))
}

/// The next key and value of an item iterator.
#[inline]
pub fn next_pair(py: &Py, v: &Val) -> PyResult<Option<(Obj, Obj)>> {
    step(py, v, DictObj::at)
}

fn init_iter(t: &mut TypeInit, next: crate::object::slots::NextFn) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.method("__length_hint__", "($self, /)", Bound(length_hint));
    t.method("__reduce__", "($self, /)", Bound(reduce));
}

fn length_hint(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<DictIter>();
    let n = match it.dict.get() {
        Some(d) if d.cast::<DictObj>().len() == it.len.load(Relaxed) => it.left.load(Relaxed),
        _ => 0,
    };
    Ok(py.int(n as i64))
}

/// `(iter, (remaining items as a list,))`; the iterator itself does not move.
fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<DictIter>();
    let copy = DictIter {
        dict: it.dict.get().map_or(Slot::empty(), Slot::new),
        pos: AtomicUsize::new(it.pos.load(Relaxed)),
        len: AtomicUsize::new(it.len.load(Relaxed)),
        left: AtomicUsize::new(it.left.load(Relaxed)),
    };
    let copy = py.alloc_in(a[0].ty(), copy);
    let rest = ops::collect(py, &copy)?;
    let list = crate::builtins::list::new(py, rest);
    Ok(tuple::new(
        py,
        vec![iterators::builtin(py, "iter")?, tuple::new(py, vec![list])],
    ))
}

fn init_view(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(view_repr);
    s.len.set(|_, v| Ok(dict_of(v).cast::<DictObj>().len()));
    t.getset(
        "mapping",
        |py, v| Ok(crate::builtins::mappingproxy::new(py, dict_of(v))),
        None,
    );
}

fn init_set_view(t: &mut TypeInit) {
    init_view(t);
    let s = t.slots();
    s.compare.set(compare);
    s.bin(BinOp::Sub).set(sub);
    s.bin(BinOp::And).set(and);
    s.bin(BinOp::Or).set(or);
    s.bin(BinOp::Xor).set(xor);
    t.unhashable();
    t.method("isdisjoint", "($self, other, /)", Bound(isdisjoint));
}

fn init_keys(t: &mut TypeInit) {
    init_set_view(t);
    t.slots()
        .iter
        .set(|py, v| Ok(new_iter(py, &DICT_KEY_ITER, &dict_of(v), false)));
    t.slots()
        .contains
        .set(|py, v, k| dict_of(v).cast::<DictObj>().contains(py, k));
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| Ok(new_iter(py, &DICT_REVERSE_KEY_ITER, &dict_of(&a[0]), true))),
    );
}

fn init_values(t: &mut TypeInit) {
    init_view(t);
    t.slots()
        .iter
        .set(|py, v| Ok(new_iter(py, &DICT_VALUE_ITER, &dict_of(v), false)));
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| {
            Ok(new_iter(
                py,
                &DICT_REVERSE_VALUE_ITER,
                &dict_of(&a[0]),
                true,
            ))
        }),
    );
}

fn init_items(t: &mut TypeInit) {
    init_set_view(t);
    t.slots()
        .iter
        .set(|py, v| Ok(new_iter(py, &DICT_ITEM_ITER, &dict_of(v), false)));
    t.slots().contains.set(items_contain);
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| Ok(new_iter(py, &DICT_REVERSE_ITEM_ITER, &dict_of(&a[0]), true))),
    );
}

fn dict_of(v: &Val) -> Obj {
    v.cast::<DictView>().dict.obj()
}

fn items_contain(py: &Py, v: &Val, item: &Val) -> PyResult<bool> {
    let Some(t) = item.get::<tuple::TupleObj>() else {
        return Ok(false);
    };
    let [k, x] = t.items() else { return Ok(false) };
    match dict_of(v).cast::<DictObj>().get(py, k)? {
        Some(found) => ops::eq(py, &found, x),
        None => Ok(false),
    }
}

fn view_repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("..."));
    };
    let list = crate::builtins::list::new(py, ops::collect(py, v)?);
    let mut b = crate::builtins::str::Builder::new();
    b.push_str(&v.ty().name());
    b.push_str("(");
    push_repr(py, &mut b, &list)?;
    b.push_str(")");
    Ok(b.finish(py))
}

/// Whether `v` is a view that behaves as a set.
fn is_set_view(v: &Val) -> bool {
    DICT_KEYS.is_exact(v) || DICT_ITEMS.is_exact(v)
}

fn all_in(py: &Py, a: &Val, b: &Val) -> PyResult<bool> {
    let mut all = true;
    ops::for_each(py, a, &mut |x| {
        all = ops::contains(py, b, &x)?;
        Ok(all)
    })?;
    Ok(all)
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    if !is_set_view(a) || !(is_set_view(b) || b.get::<SetObj>().is_some()) {
        return Ok(py.not_implemented());
    }
    py.check_native_stack()?;
    let (n, m) = (ops::len(py, a)?, ops::len(py, b)?);
    Ok(py.bool(match op {
        CmpOp::Eq => n == m && all_in(py, a, b)?,
        CmpOp::Ne => !(n == m && all_in(py, a, b)?),
        CmpOp::Lt => n < m && all_in(py, a, b)?,
        CmpOp::Le => n <= m && all_in(py, a, b)?,
        CmpOp::Gt => n > m && all_in(py, b, a)?,
        CmpOp::Ge => n >= m && all_in(py, b, a)?,
    }))
}

fn sub(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let s = set::collect(py, a)?;
    ops::for_each(py, b, &mut |x| {
        s.discard_fresh(py, &x)?;
        Ok(true)
    })?;
    Ok(set::wrap(py, s))
}

fn and(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (a, b) = if is_set_view(a) { (a, b) } else { (b, a) };
    let s = SetObj::default();
    let (walk, look) = if is_set_view(b) && ops::len(py, b)? > ops::len(py, a)? {
        (a, b)
    } else {
        (b, a)
    };
    ops::for_each(py, walk, &mut |x| {
        if ops::contains(py, look, &x)? {
            s.add_fresh(py, &x)?;
        }
        Ok(true)
    })?;
    Ok(set::wrap(py, s))
}

fn or(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let s = set::collect(py, a)?;
    ops::for_each(py, b, &mut |x| {
        s.add_fresh(py, &x)?;
        Ok(true)
    })?;
    Ok(set::wrap(py, s))
}

fn xor(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (s, other) = (set::collect(py, a)?, set::collect(py, b)?);
    for (x, hash) in other.hashed_items() {
        s.toggle_fresh(py, &x, hash)?;
    }
    Ok(set::wrap(py, s))
}

fn isdisjoint(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (x, y) = (&a[0], &a[1]);
    if x.is(y) {
        return Ok(py.bool(ops::len(py, x)? == 0));
    }
    let swap =
        (is_set_view(y) || y.get::<SetObj>().is_some()) && ops::len(py, y)? > ops::len(py, x)?;
    let (walk, look) = if swap { (x, y) } else { (y, x) };
    let mut disjoint = true;
    ops::for_each(py, walk, &mut |v| {
        disjoint = !ops::contains(py, look, &v)?;
        Ok(disjoint)
    })?;
    Ok(py.bool(disjoint))
}
