//! Methods of `list`.

use super::{LIST, ListObj, MAX_LEN, sort};
use crate::builtins::iterators::{LIST_ITER, ListIter, generic_alias, push_repr, reversed_list};
use crate::builtins::sequence;
use crate::builtins::slice::{self, SLICE};
use crate::builtins::tuple::{TUPLE, TupleObj};
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::TypeInit;
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::value::{Obj, Slot, UNBOUND, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fills the type `list`.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, _| Ok(super::new_in(py, ty)));
    s.init.set(construct);
    s.repr.set(repr);
    s.compare.set(compare);
    s.iter.set(iter);
    s.len.set(|_, v| Ok(v.cast::<ListObj>().len()));
    s.contains.set(contains);
    s.getitem.set(getitem);
    s.setitem.set(setitem);
    s.bin(BinOp::Add).set(add);
    s.bin(BinOp::Mul).set(mul);
    s.inp(BinOp::Add).set(inplace_add);
    s.inp(BinOp::Mul).set(inplace_mul);
    t.unhashable();
    t.doc("Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.");
    t.method("append", "($self, object, /)", Bound(append));
    t.method("insert", "($self, index, object, /)", Bound(insert));
    t.method("extend", "($self, iterable, /)", Bound(extend_method));
    t.method("pop", "($self, index=-1, /)", Bound(pop));
    t.method("remove", "($self, value, /)", Bound(remove));
    t.method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        Bound(index),
    );
    t.method("count", "($self, value, /)", Bound(count));
    t.method("reverse", "($self, /)", Bound(reverse));
    t.method(
        "sort",
        "($self, /, *, key=None, reverse=False)",
        Bound(sort_method),
    );
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| {
            let out = super::new(py, Vec::new());
            let items = a[0].cast::<ListObj>().slots();
            appended(py, out.cast::<ListObj>().append_slots(items))?;
            Ok(out)
        }),
    );
    t.method("clear", "($self, /)", Bound(clear));
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| Ok(reversed_list(py, &a[0]))),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let args = sequence::init_without_keywords(py, &LIST, v, args)?;
    let arg = sequence::one_arg(py, "list", args)?;
    let l = v.cast::<ListObj>();
    if !l.is_empty() {
        l.clear_all();
    }
    match arg {
        Some(x) => extend(py, l, x),
        None => Ok(()),
    }
}

/// Appends the items of an iterable.
pub fn extend(py: &Py, l: &ListObj, v: &Val) -> PyResult<()> {
    if LIST.is_exact(v) {
        let other = v.cast::<ListObj>();
        if std::ptr::eq(l, other) {
            return append_all(py, l, other.to_vec());
        }
        return appended(py, l.append_slots(other.slots()));
    }
    if TUPLE.is_exact(v) {
        return appended(py, l.append_slots(v.cast::<TupleObj>().slots()));
    }
    let it = ops::iter(py, v)?;
    let hint = ops::length_hint(py, v)?;
    {
        let _guard = l.lock();
        // An estimate beyond all memory is none.
        let wanted = l.len() + hint;
        if hint > 0 && isize::try_from(wanted).is_ok() && !l.grow(wanted) {
            return Err(py.memory_error());
        }
    }
    while let Some(x) = ops::next(py, &it)? {
        l.push(py, x)?;
    }
    Ok(())
}

fn appended(py: &Py, ok: bool) -> PyResult<()> {
    if ok { Ok(()) } else { Err(py.memory_error()) }
}

fn append_all(py: &Py, l: &ListObj, items: Vec<Obj>) -> PyResult<()> {
    if !items.is_empty() {
        l.splice(py, usize::MAX, usize::MAX, items)?;
    }
    Ok(())
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let l = v.cast::<ListObj>();
    if l.is_empty() {
        return Ok(py.str("[]"));
    }
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("[...]"));
    };
    py.check_native_stack()?;
    let mut b = crate::builtins::str::Builder::new();
    b.push_str("[");
    let mut i = 0;
    while let Some(x) = l.get(i) {
        if i > 0 {
            b.push_str(", ");
        }
        push_repr(py, &mut b, &x)?;
        i += 1;
    }
    b.push_str("]");
    Ok(b.finish(py))
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<ListObj>(), b.get::<ListObj>()) else {
        return Ok(py.not_implemented());
    };
    if x.len() != y.len() && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(py.bool(op == CmpOp::Ne));
    }
    py.check_native_stack()?;
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
        if !ops::eq(py, &p, &q)? {
            // The comparison may have shortened a list.
            if i >= x.len() || i >= y.len() {
                break;
            }
            return match op {
                CmpOp::Eq => Ok(py.bool(false)),
                CmpOp::Ne => Ok(py.bool(true)),
                _ => ops::compare(py, &p, &q, op),
            };
        }
        i += 1;
    }
    Ok(py.bool(op.of(x.len().cmp(&y.len()))))
}

fn iter(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(py.alloc(
        &LIST_ITER,
        ListIter {
            list: Slot::new(v.to_obj()),
            index: AtomicUsize::new(0),
        },
    ))
}

fn contains(py: &Py, v: &Val, x: &Val) -> PyResult<bool> {
    let l = v.cast::<ListObj>();
    let mut i = 0;
    while let Some(item) = l.get(i) {
        if ops::eq(py, &item, x)? {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}

fn check_index(py: &Py, k: &Val) -> PyResult<()> {
    if !k.word().is_int() && k.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "list indices must be integers or slices, not {}",
            k.ty().name()
        )));
    }
    Ok(())
}

fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    let l = v.cast::<ListObj>();
    if SLICE.is_exact(k) {
        let (start, stop, step) = slice::unpack(py, k)?;
        let slots = l.slots();
        let (start, _, n) = slice::adjust(slots.len(), start, stop, step);
        if step == 1 {
            return super::from_slots(py, &slots[start as usize..start as usize + n]);
        }
        if crate::thread::is_single_threaded() {
            return super::build(py, n, |i| {
                slots[(start + i as isize * step) as usize]
                    .obj()
                    .into_word()
            });
        }
        let items = (0..n as isize)
            .filter_map(|i| slots[(start + i * step) as usize].get())
            .collect();
        return Ok(super::new(py, items));
    }
    check_index(py, k)?;
    let i = slice::position(py, k, l.len(), "list index out of range")?;
    l.get(i)
        .ok_or_else(|| py.index_error("list index out of range"))
}

fn setitem(py: &Py, v: &Val, k: &Val, x: Option<&Val>) -> PyResult<()> {
    let l = v.cast::<ListObj>();
    if SLICE.is_exact(k) {
        return match x {
            Some(x) => assign_slice(py, l, k, x),
            None => delete_slice(py, l, k),
        };
    }
    check_index(py, k)?;
    let i = slice::position(py, k, l.len(), "list assignment index out of range")?;
    let done = match x {
        Some(x) => l.set(i, x.to_obj()),
        None => l.remove(i).is_some(),
    };
    if done {
        Ok(())
    } else {
        Err(py.index_error("list assignment index out of range"))
    }
}

fn assign_slice(py: &Py, l: &ListObj, k: &Val, x: &Val) -> PyResult<()> {
    let (start, stop, step) = slice::unpack(py, k)?;
    if !is_iterable(x) {
        return Err(py.type_error("must assign iterable to extended slice"));
    }
    let mut items = ops::collect(py, x)?;
    if step == 1 {
        let guard = l.lock();
        let slots = l.slots();
        let (from, _, n) = slice::adjust(slots.len(), start, stop, 1);
        if n == items.len() {
            // As many as there were: each takes the place of an old one, which is dropped after the lock.
            for (slot, v) in slots[from as usize..].iter().zip(&mut items) {
                if let Some(old) = slot.replace(std::mem::replace(v, Obj::unbound())) {
                    *v = old;
                }
            }
            drop(guard);
            return Ok(());
        }
        drop(guard);
        let (start, stop, _) = slice::adjust(l.len(), start, stop, 1);
        l.splice(py, start as usize, stop.max(start) as usize, items)?;
        return Ok(());
    }
    let guard = l.lock();
    let slots = l.slots();
    let (start, _, n) = slice::adjust(slots.len(), start, stop, step);
    if n != items.len() {
        drop(guard);
        return Err(py.value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {n}",
            items.len()
        )));
    }
    let old: Vec<Option<Obj>> = items
        .into_iter()
        .enumerate()
        .map(|(i, x)| slots[(start + i as isize * step) as usize].replace(x))
        .collect();
    drop(guard);
    drop(old);
    Ok(())
}

fn is_iterable(v: &Val) -> bool {
    let s = &v.ty().slots;
    s.iter.get().is_some() || s.getitem.get().is_some()
}

fn delete_slice(py: &Py, l: &ListObj, k: &Val) -> PyResult<()> {
    let (start, stop, step) = slice::unpack(py, k)?;
    if step == 1 {
        let (start, stop, _) = slice::adjust(l.len(), start, stop, 1);
        l.splice(py, start as usize, stop.max(start) as usize, Vec::new())?;
        return Ok(());
    }
    let guard = l.lock();
    let slots = l.slots();
    let (start, _, n) = slice::adjust(slots.len(), start, stop, step);
    if n == 0 {
        return Ok(());
    }
    let (first, step) = if step > 0 {
        (start as usize, step as usize)
    } else {
        (
            (start + (n as isize - 1) * step) as usize,
            step.unsigned_abs(),
        )
    };
    let mut old = Vec::with_capacity(n);
    let mut to = first;
    for i in first..slots.len() {
        if (i - first) % step == 0 && old.len() < n {
            old.push(slots[i].take());
        } else {
            slots[to].move_word(slots[i].word());
            to += 1;
        }
    }
    for s in &slots[to..] {
        s.init_word(UNBOUND);
    }
    // Release: the words are moved before.
    l.len.store(to, Ordering::Release);
    drop(guard);
    drop(old);
    Ok(())
}

fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let Some(x) = a.get::<ListObj>() else {
        return Ok(py.not_implemented());
    };
    let Some(y) = b.get::<ListObj>() else {
        return sequence::concat_foreign(py, a, b, "list");
    };
    let mut items = x.to_vec();
    items.extend(y.to_vec());
    Ok(super::new(py, items))
}

fn repeated(py: &Py, items: Vec<Obj>, n: usize) -> PyResult<Vec<Obj>> {
    let total = items
        .len()
        .checked_mul(n)
        .filter(|&m| m <= MAX_LEN)
        .ok_or_else(|| py.memory_error())?;
    let mut out = Vec::new();
    out.try_reserve_exact(total)
        .map_err(|_| py.memory_error())?;
    for _ in 0..n {
        out.extend(items.iter().cloned());
    }
    Ok(out)
}

fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (seq, n, left) = if a.get::<ListObj>().is_some() {
        (a, b, true)
    } else {
        (b, a, false)
    };
    let Some(l) = seq.get::<ListObj>() else {
        return Ok(py.not_implemented());
    };
    match sequence::repeat_count(py, seq, n, left)? {
        Ok(n) => Ok(super::new(py, repeated(py, l.to_vec(), n)?)),
        Err(other) => Ok(other),
    }
}

fn inplace_add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    extend(py, a.cast::<ListObj>(), b)?;
    Ok(a.to_obj())
}

fn inplace_mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let l = a.cast::<ListObj>();
    match sequence::repeat_count(py, a, b, true)? {
        Ok(0) => l.clear_all(),
        Ok(1) => {}
        Ok(n) => {
            let items = repeated(py, l.to_vec(), n)?;
            if !l.set_items(items) {
                return Err(py.memory_error());
            }
        }
        Err(other) => return Ok(other),
    }
    Ok(a.to_obj())
}

fn append(py: &Py, a: &[Val]) -> PyResult<Obj> {
    a[0].cast::<ListObj>().push(py, a[1].to_obj())?;
    Ok(py.none())
}

fn insert(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let i = ops::to_isize(py, &a[1])?;
    let l = a[0].cast::<ListObj>();
    let i = if i < 0 {
        i.saturating_add(l.len() as isize).max(0)
    } else {
        i
    };
    l.insert(py, i as usize, a[2].to_obj())?;
    Ok(py.none())
}

fn extend_method(py: &Py, a: &[Val]) -> PyResult<Obj> {
    extend(py, a[0].cast::<ListObj>(), &a[1])?;
    Ok(py.none())
}

fn pop(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<ListObj>();
    let i = match a[1].given() {
        None => -1,
        Some(i) => ops::to_isize(py, i)?,
    };
    if i == -1
        && let Some(v) = l.pop()
    {
        return Ok(v);
    }
    if l.is_empty() {
        return Err(py.index_error("pop from empty list"));
    }
    let at = if i < 0 {
        i.saturating_add(l.len() as isize)
    } else {
        i
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| l.remove(at))
        .ok_or_else(|| py.index_error("pop index out of range"))
}

fn remove(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<ListObj>();
    let mut i = 0;
    while let Some(x) = l.get(i) {
        if ops::eq(py, &x, &a[1])? {
            drop(l.remove(i));
            return Ok(py.none());
        }
        i += 1;
    }
    Err(py.value_error("list.remove(x): x not in list"))
}

fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<ListObj>();
    let mut i = sequence::bound_arg(py, &a[2], l.len(), 0)?;
    let stop = sequence::bound_arg(py, &a[3], l.len(), usize::MAX)?;
    while i < stop
        && let Some(x) = l.get(i)
    {
        if ops::eq(py, &x, &a[1])? {
            return Ok(py.int(i as i64));
        }
        i += 1;
    }
    Err(py.value_error("list.index(x): x not in list"))
}

fn count(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<ListObj>();
    let (mut n, mut i) = (0, 0);
    while let Some(x) = l.get(i) {
        n += ops::eq(py, &x, &a[1])? as i64;
        i += 1;
    }
    Ok(py.int(n))
}

fn reverse(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<ListObj>();
    let _guard = l.lock();
    let s = l.slots();
    for i in 0..s.len() / 2 {
        let j = s.len() - 1 - i;
        let (x, y) = (s[i].word(), s[j].word());
        s[i].move_word(y);
        s[j].move_word(x);
    }
    Ok(py.none())
}

fn sort_method(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let reverse = match a[2].given() {
        None => false,
        Some(r) => ops::truth(py, r)?,
    };
    sort::sort(py, &a[0], a[1].not_none(), reverse)?;
    Ok(py.none())
}

fn clear(py: &Py, a: &[Val]) -> PyResult<Obj> {
    a[0].cast::<ListObj>().clear_all();
    Ok(py.none())
}
