//! Operators of `set` and `frozenset`, and the set algebra that operators and methods share.
//!
//! Results are built as payloads outside of objects, so no lock is needed while elements compare themselves.

use super::{FROZENSET, SetObj, add_all_fresh, collect, is_any_set, is_frozen, table};
use crate::builtins::dict::{DICT, DictObj};
use crate::error::PyResult;
use crate::object::native::typedef::TypeInit;
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Operators of both types.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.compare.set(compare);
    s.bin(BinOp::Or).set(|py, a, b| binary(py, a, b, union));
    s.bin(BinOp::And)
        .set(|py, a, b| binary(py, a, b, intersection));
    s.bin(BinOp::Sub)
        .set(|py, a, b| binary(py, a, b, difference));
    s.bin(BinOp::Xor)
        .set(|py, a, b| binary(py, a, b, symmetric_difference));
}

/// In-place operators of `set`.
pub fn init_inplace(t: &mut TypeInit) {
    let s = t.slots();
    s.inp(BinOp::Or).set(|py, a, b| in_place(py, a, b, update));
    s.inp(BinOp::And)
        .set(|py, a, b| in_place(py, a, b, |py, s, v| replace(py, s, v, intersection)));
    s.inp(BinOp::Sub)
        .set(|py, a, b| in_place(py, a, b, difference_update));
    s.inp(BinOp::Xor)
        .set(|py, a, b| in_place(py, a, b, symmetric_difference_update));
}

/// A new content from a set and an iterable.
pub type Algebra = fn(&Py, &SetObj, &Val) -> PyResult<SetObj>;

fn binary(py: &Py, a: &Val, b: &Val, f: Algebra) -> PyResult<Obj> {
    match (a.get::<SetObj>(), b.get::<SetObj>()) {
        (Some(x), Some(_)) => {
            let s = f(py, x, b)?;
            Ok(like(py, a, s))
        }
        _ => Ok(py.not_implemented()),
    }
}

fn in_place(py: &Py, a: &Val, b: &Val, f: fn(&Py, &SetObj, &Val) -> PyResult<()>) -> PyResult<Obj> {
    if !is_any_set(b) {
        return Ok(py.not_implemented());
    }
    f(py, a.cast::<SetObj>(), b)?;
    Ok(a.to_obj())
}

/// A set or frozenset of this content, whichever `model` is.
pub fn like(py: &Py, model: &Val, s: SetObj) -> Obj {
    if is_frozen(model) {
        py.alloc_in(FROZENSET.ty(), s)
    } else {
        super::wrap(py, s)
    }
}

/// Replaces the content of `s` by a computed one.
pub fn replace(py: &Py, s: &SetObj, v: &Val, f: Algebra) -> PyResult<()> {
    let new = f(py, s, v)?;
    s.replace_with(new);
    Ok(())
}

pub fn union(py: &Py, s: &SetObj, v: &Val) -> PyResult<SetObj> {
    let new = s.copy(py)?;
    add_all_fresh(py, &new, v)?;
    Ok(new)
}

pub fn intersection(py: &Py, s: &SetObj, v: &Val) -> PyResult<SetObj> {
    let new = SetObj::default();
    if let Some(o) = v.get::<SetObj>() {
        let (walk, look) = if o.len() > s.len() { (s, o) } else { (o, s) };
        for (x, hash) in walk.hashed_items() {
            if look.contains_hashed(py, &x, hash)? {
                new.add_fresh_hashed(py, &x, hash)?;
            }
        }
        return Ok(new);
    }
    ops::for_each(py, v, &mut |x| {
        let hash = table::key_hash(py, &x)? as u64;
        if s.contains_hashed(py, &x, hash)? {
            new.add_fresh_hashed(py, &x, hash)?;
        }
        Ok(true)
    })?;
    Ok(new)
}

pub fn difference(py: &Py, s: &SetObj, v: &Val) -> PyResult<SetObj> {
    let in_dict = if DICT.is_exact(v) {
        v.get::<DictObj>()
    } else {
        None
    };
    if v.get::<SetObj>().is_none() && in_dict.is_none()
        || v.get::<SetObj>().is_some_and(|o| o.len() < s.len() / 4)
    {
        let new = s.copy(py)?;
        ops::for_each(py, v, &mut |x| {
            new.discard_fresh(py, &x)?;
            Ok(true)
        })?;
        return Ok(new);
    }
    let new = SetObj::default();
    for (x, hash) in s.hashed_items() {
        let there = match (v.get::<SetObj>(), in_dict) {
            (Some(o), _) => o.contains_hashed(py, &x, hash)?,
            (None, Some(d)) => d.get_hashed(py, &x, hash)?.is_some(),
            (None, None) => false,
        };
        if !there {
            new.add_fresh_hashed(py, &x, hash)?;
        }
    }
    Ok(new)
}

pub fn symmetric_difference(py: &Py, s: &SetObj, v: &Val) -> PyResult<SetObj> {
    let other = collect(py, v)?;
    for (x, hash) in s.hashed_items() {
        other.toggle_fresh(py, &x, hash)?;
    }
    Ok(other)
}

/// Adds the items of an iterable.
pub fn update(py: &Py, s: &SetObj, v: &Val) -> PyResult<()> {
    if DICT.is_exact(v) {
        for (x, hash) in collect(py, v)?.hashed_items() {
            s.add_hashed(py, &x, hash)?;
        }
        return Ok(());
    }
    if let Some(o) = v.get::<SetObj>() {
        if std::ptr::eq(s, o) {
            return Ok(());
        }
        for (x, hash) in o.hashed_items() {
            s.add_hashed(py, &x, hash)?;
        }
        return Ok(());
    }
    ops::for_each(py, v, &mut |x| {
        s.add(py, &x)?;
        Ok(true)
    })
}

pub fn difference_update(py: &Py, s: &SetObj, v: &Val) -> PyResult<()> {
    if let Some(o) = v.get::<SetObj>() {
        if std::ptr::eq(s, o) {
            s.clear_all();
            return Ok(());
        }
        for (x, hash) in o.hashed_items() {
            s.remove_hashed(py, &x, hash)?;
        }
        return Ok(());
    }
    ops::for_each(py, v, &mut |x| {
        s.remove(py, &x)?;
        Ok(true)
    })
}

pub fn symmetric_difference_update(py: &Py, s: &SetObj, v: &Val) -> PyResult<()> {
    let other = collect(py, v)?;
    for (x, hash) in other.hashed_items() {
        if !s.remove_hashed(py, &x, hash)? {
            s.add_hashed(py, &x, hash)?;
        }
    }
    Ok(())
}

/// Whether all items of `a` are in `b`.
pub fn is_subset(py: &Py, a: &SetObj, b: &SetObj) -> PyResult<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    let mut i = 0;
    while let Some((at, x, hash)) = a.next_from(i) {
        if !b.contains_hashed(py, &x, hash)? {
            return Ok(false);
        }
        i = at + 1;
    }
    Ok(true)
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<SetObj>(), b.get::<SetObj>()) else {
        return Ok(py.not_implemented());
    };
    py.check_native_stack()?;
    Ok(py.bool(match op {
        CmpOp::Eq => x.len() == y.len() && is_subset(py, x, y)?,
        CmpOp::Ne => x.len() != y.len() || !is_subset(py, x, y)?,
        CmpOp::Lt => x.len() < y.len() && is_subset(py, x, y)?,
        CmpOp::Le => is_subset(py, x, y)?,
        CmpOp::Gt => y.len() < x.len() && is_subset(py, y, x)?,
        CmpOp::Ge => is_subset(py, y, x)?,
    }))
}
