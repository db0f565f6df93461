//! Methods of `tuple`.

use super::iterators::{TUPLE_ITER, TupleIter, generic_alias, push_repr};
use super::sequence;
use super::slice::{self, SLICE};
use super::tuple::{self, TUPLE, TupleObj};
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::TypeInit;
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fills the type `tuple`.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(construct);
    s.repr.set(repr);
    s.hash.set(hash);
    s.compare.set(compare);
    s.iter.set(iter);
    s.len.set(|_, v| Ok(v.cast::<TupleObj>().len()));
    s.contains
        .set(|py, v, x| sequence::contains(py, v.cast::<TupleObj>().items(), x));
    s.getitem.set(getitem);
    s.bin(BinOp::Add).set(add);
    s.bin(BinOp::Mul).set(mul);
    t.doc("Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.");
    t.method("count", "($self, value, /)", Bound(count));
    t.method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        Bound(index),
    );
    t.method("__getnewargs__", "($self, /)", Bound(getnewargs));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let exact = std::ptr::eq(ty, TUPLE.ty());
    let args = sequence::without_keywords(py, &TUPLE, ty, args)?;
    let Some(v) = sequence::one_arg(py, "tuple", args)? else {
        return Ok(tuple::new_in(py, ty, &[]));
    };
    if exact && TUPLE.is_exact(v) {
        return Ok(v.to_obj());
    }
    let items = ops::collect(py, v)?;
    if exact {
        Ok(tuple::new(py, items))
    } else {
        Ok(tuple::new_in(
            py,
            ty,
            crate::object::native::args::objs(&items),
        ))
    }
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let items = v.cast::<TupleObj>().items();
    if items.is_empty() {
        return Ok(py.str("()"));
    }
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("(...)"));
    };
    py.check_native_stack()?;
    let mut b = super::str::Builder::new();
    b.push_str("(");
    for (i, x) in items.iter().enumerate() {
        if i > 0 {
            b.push_str(", ");
        }
        push_repr(py, &mut b, x)?;
    }
    b.push_str(if items.len() == 1 { ",)" } else { ")" });
    Ok(b.finish(py))
}

fn hash(py: &Py, v: &Val) -> PyResult<i64> {
    let t = v.cast::<TupleObj>();
    // Relaxed: every thread computes the same value.
    let known = t.hash.load(Ordering::Relaxed);
    if known != 0 {
        return Ok(known as i64);
    }
    ops::convert::guard(py, " while hashing a tuple")?;
    let h = sequence::hash_of(t.items().iter().map(|x| ops::hash(py, x)), t.len())?;
    t.hash.store(h as u64, Ordering::Relaxed);
    Ok(h)
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    match (a.get::<TupleObj>(), b.get::<TupleObj>()) {
        (Some(x), Some(y)) => sequence::compare_items(py, x.items(), y.items(), op),
        _ => Ok(py.not_implemented()),
    }
}

fn iter(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(py.alloc(
        &TUPLE_ITER,
        TupleIter {
            tuple: Slot::new(v.to_obj()),
            index: AtomicUsize::new(0),
        },
    ))
}

fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    let items = v.cast::<TupleObj>().items();
    if SLICE.is_exact(k) {
        let (start, step, n) = slice::indices(py, k, items.len())?;
        if n == items.len() && step == 1 && TUPLE.is_exact(v) {
            return Ok(v.to_obj());
        }
        if step == 1 {
            return Ok(tuple::from_slice(py, &items[start..start + n]));
        }
        return Ok(tuple::new(
            py,
            (0..n)
                .map(|i| items[(start as isize + i as isize * step) as usize].to_obj())
                .collect(),
        ));
    }
    if !k.word().is_int() && k.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "tuple indices must be integers or slices, not {}",
            k.ty().name()
        )));
    }
    Ok(items[slice::position(py, k, items.len(), "tuple index out of range")?].to_obj())
}

fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let Some(x) = a.get::<TupleObj>() else {
        return Ok(py.not_implemented());
    };
    let Some(y) = b.get::<TupleObj>() else {
        return sequence::concat_foreign(py, a, b, "tuple");
    };
    if y.is_empty() && TUPLE.is_exact(a) {
        return Ok(a.to_obj());
    }
    if x.is_empty() && TUPLE.is_exact(b) {
        return Ok(b.to_obj());
    }
    Ok(tuple::new(
        py,
        x.items()
            .iter()
            .chain(y.items())
            .map(|v| v.to_obj())
            .collect(),
    ))
}

fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (seq, n, left) = if a.get::<TupleObj>().is_some() {
        (a, b, true)
    } else {
        (b, a, false)
    };
    let Some(t) = seq.get::<TupleObj>() else {
        return Ok(py.not_implemented());
    };
    let n = match sequence::repeat_count(py, seq, n, left)? {
        Ok(n) => n,
        Err(other) => return Ok(other),
    };
    if n == 1 && TUPLE.is_exact(seq) || t.is_empty() && TUPLE.is_exact(seq) {
        return Ok(seq.to_obj());
    }
    let total = t
        .len()
        .checked_mul(n)
        .filter(|&m| m <= super::list::MAX_LEN)
        .ok_or_else(|| py.memory_error())?;
    let mut out: Vec<Obj> = Vec::new();
    out.try_reserve_exact(total)
        .map_err(|_| py.memory_error())?;
    for _ in 0..n {
        out.extend(t.items().iter().map(|v| v.to_obj()));
    }
    Ok(tuple::new(py, out))
}

fn count(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let mut n = 0;
    for x in a[0].cast::<TupleObj>().items() {
        n += ops::eq(py, x, &a[1])? as i64;
    }
    Ok(py.int(n))
}

fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let items = a[0].cast::<TupleObj>().items();
    let start = sequence::bound_arg(py, &a[2], items.len(), 0)?;
    let stop = sequence::bound_arg(py, &a[3], items.len(), usize::MAX)?.min(items.len());
    for (i, x) in items.iter().enumerate().take(stop).skip(start) {
        if ops::eq(py, x, &a[1])? {
            return Ok(py.int(i as i64));
        }
    }
    Err(py.value_error("tuple.index(x): x not in tuple"))
}

fn getnewargs(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let items = tuple::from_slice(py, a[0].cast::<TupleObj>().items());
    Ok(tuple::new(py, vec![items]))
}
