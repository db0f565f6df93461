//! Methods of `set` and `frozenset`.

use super::operators::{self, Algebra, like};
use super::{FROZENSET, SetObj, collect, iter, table};
use crate::builtins::iterators::{generic_alias, push_repr};
use crate::builtins::{sequence, tuple};
use crate::error::PyResult;
use crate::object::names;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::TypeInit;
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::sync::atomic::Ordering;

fn init_both(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(repr);
    s.iter.set(iter::new);
    s.len.set(|_, v| Ok(v.cast::<SetObj>().len()));
    s.contains.set(contains);
    operators::init(t);
    t.method(
        "union",
        "($self, /, *others)",
        Bound(|py, a| many(py, a, operators::union)),
    );
    t.method(
        "intersection",
        "($self, /, *others)",
        Bound(|py, a| many(py, a, operators::intersection)),
    );
    t.method(
        "difference",
        "($self, /, *others)",
        Bound(|py, a| many(py, a, operators::difference)),
    );
    t.method(
        "symmetric_difference",
        "($self, other, /)",
        Bound(|py, a| {
            let s = operators::symmetric_difference(py, a[0].cast::<SetObj>(), &a[1])?;
            Ok(like(py, &a[0], s))
        }),
    );
    t.method("issubset", "($self, other, /)", Bound(issubset));
    t.method("issuperset", "($self, other, /)", Bound(issuperset));
    t.method("isdisjoint", "($self, other, /)", Bound(isdisjoint));
    t.method(
        "__contains__",
        "($self, object, /)",
        Bound(|py, a| Ok(py.bool(contains(py, &a[0], &a[1])?))),
    );
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

/// Fills the type `set`.
pub fn init_set(t: &mut TypeInit) {
    init_both(t);
    operators::init_inplace(t);
    t.slots().new.set(|py, ty, _| Ok(super::new_in(py, ty)));
    t.slots().init.set(construct);
    t.unhashable();
    t.doc("Build an unordered collection of unique elements.");
    t.method("add", "($self, object, /)", Bound(add));
    t.method("discard", "($self, object, /)", Bound(discard));
    t.method("remove", "($self, object, /)", Bound(remove));
    t.method("pop", "($self, /)", Bound(pop));
    t.method("clear", "($self, /)", Bound(clear));
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| Ok(super::wrap(py, a[0].cast::<SetObj>().copy(py)?))),
    );
    t.method(
        "update",
        "($self, /, *others)",
        Bound(|py, a| each(py, a, operators::update)),
    );
    t.method(
        "difference_update",
        "($self, /, *others)",
        Bound(|py, a| each(py, a, operators::difference_update)),
    );
    t.method(
        "intersection_update",
        "($self, /, *others)",
        Bound(|py, a| {
            let new = fold(py, a, operators::intersection)?;
            a[0].cast::<SetObj>().replace_with(new);
            Ok(py.none())
        }),
    );
    t.method(
        "symmetric_difference_update",
        "($self, other, /)",
        Bound(|py, a| each(py, a, operators::symmetric_difference_update)),
    );
}

/// Fills the type `frozenset`.
pub fn init_frozenset(t: &mut TypeInit) {
    init_both(t);
    t.slots().new.set(new_frozen);
    t.slots().hash.set(hash);
    t.doc("Build an immutable unordered collection of unique elements.");
    t.method("copy", "($self, /)", Bound(copy_frozen));
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(py.type_error("set() takes no keyword arguments"));
    }
    let arg = sequence::one_arg(py, "set", args)?;
    let s = v.cast::<SetObj>();
    match arg {
        Some(x) => s.replace_with(collect(py, x)?),
        None if !s.is_empty() => s.clear_all(),
        None => {}
    }
    Ok(())
}

fn new_frozen(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let exact = std::ptr::eq(ty, FROZENSET.ty());
    let args = sequence::without_keywords(py, &FROZENSET, ty, args)?;
    match sequence::one_arg(py, "frozenset", args)? {
        None => Ok(super::new_in(py, ty)),
        Some(v) if exact && FROZENSET.is_exact(v) => Ok(v.to_obj()),
        Some(v) => {
            let s = collect(py, v)?;
            Ok(py.alloc_in(ty, s))
        }
    }
}

fn copy_frozen(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if FROZENSET.is_exact(&a[0]) {
        return Ok(a[0].to_obj());
    }
    let s = a[0].cast::<SetObj>().copy(py)?;
    Ok(py.alloc_in(FROZENSET.ty(), s))
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let s = v.cast::<SetObj>();
    let name = v.ty().name();
    if s.is_empty() {
        return Ok(py.str(&format!("{name}()")));
    }
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str(&format!("{name}(...)")));
    };
    py.check_native_stack()?;
    let plain = super::SET.is_exact(v);
    let mut b = crate::builtins::str::Builder::new();
    if !plain {
        b.push_str(&name);
        b.push_str("(");
    }
    b.push_str("{");
    for (i, x) in s.items().iter().enumerate() {
        if i > 0 {
            b.push_str(", ");
        }
        push_repr(py, &mut b, x)?;
    }
    b.push_str(if plain { "}" } else { "})" });
    Ok(b.finish(py))
}

fn hash(_: &Py, v: &Val) -> PyResult<i64> {
    let s = v.cast::<SetObj>();
    // Relaxed: every thread computes the same value.
    let known = s.hash.load(Ordering::Relaxed);
    if known != -1 {
        return Ok(known);
    }
    let mut h = 0u64;
    for (_, x) in s.hashed_items() {
        h ^= ((x ^ 89869747) ^ (x << 16)).wrapping_mul(3644798167);
    }
    h ^= (s.len() as u64 + 1).wrapping_mul(1927868237);
    h ^= (h >> 11) ^ (h >> 25);
    h = h.wrapping_mul(69069).wrapping_add(907133923);
    let h = if h == u64::MAX { 590923713 } else { h as i64 };
    s.hash.store(h, Ordering::Relaxed);
    Ok(h)
}

/// Calls `f` with the key; a set, which has no hash, is replaced by a frozenset of its items.
fn with_key(py: &Py, key: &Val, f: impl Fn(&Val) -> PyResult<bool>) -> PyResult<bool> {
    match f(key) {
        Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) && super::SET.check(key) => {
            let Some(s) = key.get::<SetObj>() else {
                return Err(e);
            };
            let frozen = py.alloc_in(FROZENSET.ty(), s.copy(py)?);
            f(&frozen)
        }
        r => r,
    }
}

fn contains(py: &Py, v: &Val, key: &Val) -> PyResult<bool> {
    let s = v.cast::<SetObj>();
    with_key(py, key, |k| s.contains(py, k))
}

fn add(py: &Py, a: &[Val]) -> PyResult<Obj> {
    a[0].cast::<SetObj>().add(py, &a[1])?;
    Ok(py.none())
}

fn discard(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<SetObj>();
    with_key(py, &a[1], |k| s.remove(py, k))?;
    Ok(py.none())
}

fn remove(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<SetObj>();
    if with_key(py, &a[1], |k| s.remove(py, k))? {
        Ok(py.none())
    } else {
        Err(py.key_error(&a[1]))
    }
}

fn pop(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let popped = a[0].cast::<SetObj>().pop();
    popped.ok_or_else(|| {
        py.error(
            &crate::builtins::exceptions::KEY_ERROR,
            "pop from an empty set",
        )
    })
}

fn clear(py: &Py, a: &[Val]) -> PyResult<Obj> {
    a[0].cast::<SetObj>().clear_all();
    Ok(py.none())
}

/// The content of `a[0]` combined with each other argument in turn.
fn fold(py: &Py, a: &[Val], f: Algebra) -> PyResult<SetObj> {
    let first = a[0].cast::<SetObj>();
    let Some((v, more)) = a[1..].split_first() else {
        return first.copy(py);
    };
    let mut s = f(py, first, v)?;
    for v in more {
        // An object, so that its lock may be taken.
        let so_far = super::wrap(py, s);
        s = f(py, so_far.cast::<SetObj>(), v)?;
    }
    Ok(s)
}

fn many(py: &Py, a: &[Val], f: Algebra) -> PyResult<Obj> {
    let s = fold(py, a, f)?;
    Ok(like(py, &a[0], s))
}

fn each(py: &Py, a: &[Val], f: fn(&Py, &SetObj, &Val) -> PyResult<()>) -> PyResult<Obj> {
    for v in &a[1..] {
        f(py, a[0].cast::<SetObj>(), v)?;
    }
    Ok(py.none())
}

fn issubset(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<SetObj>();
    Ok(py.bool(match a[1].get::<SetObj>() {
        Some(o) => operators::is_subset(py, s, o)?,
        None => {
            let common = operators::intersection(py, s, &a[1])?;
            common.len() == s.len()
        }
    }))
}

fn issuperset(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<SetObj>();
    if let Some(o) = a[1].get::<SetObj>() {
        return Ok(py.bool(operators::is_subset(py, o, s)?));
    }
    let mut all = true;
    ops::for_each(py, &a[1], &mut |x| {
        all = s.contains(py, &x)?;
        Ok(all)
    })?;
    Ok(py.bool(all))
}

fn isdisjoint(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<SetObj>();
    let mut disjoint = true;
    if let Some(o) = a[1].get::<SetObj>() {
        let (walk, look) = if o.len() > s.len() { (s, o) } else { (o, s) };
        for (x, hash) in walk.hashed_items() {
            if look.contains_hashed(py, &x, hash)? {
                disjoint = false;
                break;
            }
        }
        return Ok(py.bool(disjoint));
    }
    ops::for_each(py, &a[1], &mut |x| {
        let hash = table::key_hash(py, &x)? as u64;
        disjoint = !s.contains_hashed(py, &x, hash)?;
        Ok(disjoint)
    })?;
    Ok(py.bool(disjoint))
}

/// `(type, ([items],), state)`.
fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let items = crate::builtins::list::new(py, a[0].cast::<SetObj>().items());
    let state = ops::call_method(py, &a[0], &names::__getstate__, &[])?;
    Ok(tuple::new(
        py,
        vec![a[0].ty().to_obj(), tuple::new(py, vec![items]), state],
    ))
}
