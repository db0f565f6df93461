//! `slice`: the slice object, and the arithmetic of slices that sequences share.
//!
//! **Invariant:** the three fields are written once, before the slice is published.

use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::Tracer;
use crate::object::native::args::objs;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// Payload; absent parts are None.
pub struct SliceObj {
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
}

impl Trace for SliceObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.start);
        t.slot(&self.stop);
        t.slot(&self.step);
    }
}

crate::native_type!(
    /// The type `slice`.
    pub SLICE: SliceObj = "slice", base crate::object::base::OBJECT, flags tf::IMMUTABLE, init init
);

/// A slice object.
pub fn new(py: &Py, start: Obj, stop: Obj, step: Obj) -> Obj {
    py.alloc(
        &SLICE,
        SliceObj {
            start: Slot::new(start),
            stop: Slot::new(stop),
            step: Slot::new(step),
        },
    )
}

impl SliceObj {
    /// Start, stop and step.
    pub fn parts(&self) -> [Obj; 3] {
        [self.start.obj(), self.stop.obj(), self.step.obj()]
    }
}

fn bound(py: &Py, v: &Val) -> PyResult<isize> {
    let w = v.word();
    if w.is_int() {
        return Ok(w.as_int() as isize);
    }
    if v.ty().slots.index.get().is_none() {
        return Err(
            py.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    ops::clamp_index(py, v)
}

/// Start, stop and step of a slice object as machine integers, saturated; absent ones are the extremes for the step's sign.
///
/// # Panics
/// If `v` is no slice.
pub fn unpack(py: &Py, v: &Val) -> PyResult<(isize, isize, isize)> {
    let [start, stop, step] = v.cast::<SliceObj>().parts();
    let step = match step.not_none() {
        None => 1,
        Some(s) => match bound(py, s)? {
            0 => return Err(py.value_error("slice step cannot be zero")),
            // -step must be representable.
            n => n.max(-isize::MAX),
        },
    };
    let start = match start.not_none() {
        None if step < 0 => isize::MAX,
        None => 0,
        Some(s) => bound(py, s)?,
    };
    let stop = match stop.not_none() {
        None if step < 0 => isize::MIN,
        None => isize::MAX,
        Some(s) => bound(py, s)?,
    };
    Ok((start, stop, step))
}

/// Clips the bounds to a sequence of `len` items: (start, stop, number of items). `step` is not 0.
pub fn adjust(len: usize, start: isize, stop: isize, step: isize) -> (isize, isize, usize) {
    let len = len as isize;
    let clip = |n: isize| {
        if n < 0 {
            let n = n.saturating_add(len);
            if n < 0 {
                if step < 0 { -1 } else { 0 }
            } else {
                n
            }
        } else if n >= len {
            if step < 0 { len - 1 } else { len }
        } else {
            n
        }
    };
    let (start, stop) = (clip(start), clip(stop));
    let count = if step < 0 {
        if stop < start {
            (start - stop - 1) as usize / step.unsigned_abs() + 1
        } else {
            0
        }
    } else if start < stop {
        (stop - start - 1) as usize / step as usize + 1
    } else {
        0
    };
    (start, stop, count)
}

/// The positions of a slice in a sequence of `len` items: (first, step, number of items).
pub fn indices(py: &Py, v: &Val, len: usize) -> PyResult<(usize, isize, usize)> {
    let (start, stop, step) = unpack(py, v)?;
    let (start, _, n) = adjust(len, start, stop, step);
    Ok((start.max(0) as usize, step, n))
}

/// Index `v` of a sequence of `len` items as a position; IndexError with `message` if out of range.
#[inline]
pub fn position(py: &Py, v: &Val, len: usize, message: &str) -> PyResult<usize> {
    let w = v.word();
    let i = if w.is_int() {
        w.as_int()
    } else {
        ops::to_isize(py, v).map_err(|e| {
            if e.is(&crate::builtins::exceptions::OVERFLOW_ERROR) {
                py.index_error(format!(
                    "cannot fit '{}' into an index-sized integer",
                    v.ty().name()
                ))
            } else {
                e
            }
        })? as i64
    };
    let at = if i < 0 { i + len as i64 } else { i };
    if at < 0 || at >= len as i64 {
        return Err(py.index_error(message));
    }
    Ok(at as usize)
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(construct);
    s.repr.set(repr);
    s.hash.set(hash);
    s.compare.set(compare);
    t.doc("slice(stop)\nslice(start, stop[, step])\n\nA set of positions, as used for extended slicing (a[0:10:2]).");
    t.method("indices", "($self, object, /)", Bound(indices_method));
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(|py, a| crate::builtins::iterators::generic_alias(py, a)),
    );
    t.member("start", |_, v| Ok(v.cast::<SliceObj>().start.obj()));
    t.member("stop", |_, v| Ok(v.cast::<SliceObj>().stop.obj()));
    t.member("step", |_, v| Ok(v.cast::<SliceObj>().step.obj()));
}

fn construct(py: &Py, _: &'static Type, args: Args) -> PyResult<Obj> {
    if args.has_keywords() {
        return Err(py.type_error("slice() takes no keyword arguments"));
    }
    let none = py.none();
    Ok(match args.positional() {
        [] => return Err(py.type_error("slice expected at least 1 argument, got 0")),
        [stop] => new(py, none.clone(), stop.to_obj(), none),
        [start, stop] => new(py, start.to_obj(), stop.to_obj(), none),
        [start, stop, step] => new(py, start.to_obj(), stop.to_obj(), step.to_obj()),
        more => {
            return Err(py.type_error(format!(
                "slice expected at most 3 arguments, got {}",
                more.len()
            )));
        }
    })
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let mut b = crate::builtins::str::Builder::new();
    b.push_str("slice(");
    for (i, part) in v.cast::<SliceObj>().parts().iter().enumerate() {
        if i > 0 {
            b.push_str(", ");
        }
        crate::builtins::iterators::push_repr(py, &mut b, part)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

fn hash(py: &Py, v: &Val) -> PyResult<i64> {
    let [a, b, c] = v.cast::<SliceObj>().parts();
    super::sequence::hash_of([&a, &b, &c].into_iter().map(|x| ops::hash(py, x)), 3)
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<SliceObj>(), b.get::<SliceObj>()) else {
        return Ok(py.not_implemented());
    };
    let (x, y) = (x.parts(), y.parts());
    super::sequence::compare_items(py, objs(&x), objs(&y), op)
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let parts = crate::builtins::tuple::new(py, a[0].cast::<SliceObj>().parts().to_vec());
    Ok(crate::builtins::tuple::new(py, vec![SLICE.obj(), parts]))
}

/// Start, stop and step of a slice of a sequence of `len` items, of any size.
pub fn big_indices(py: &Py, s: &SliceObj, len: &BigInt) -> PyResult<[BigInt; 3]> {
    let big = |v: &Val| -> PyResult<BigInt> {
        if v.ty().slots.index.get().is_none() {
            return Err(
                py.type_error("slice indices must be integers or None or have an __index__ method")
            );
        }
        let i = ops::index(py, v)?;
        Ok(super::int::to_big(&i)
            .map(|b| b.into_owned())
            .unwrap_or_default())
    };
    let [start, stop, step] = s.parts();
    let step = match step.not_none() {
        None => BigInt::one(),
        Some(s) => big(s)?,
    };
    if step.is_zero() {
        return Err(py.value_error("slice step cannot be zero"));
    }
    let back = step.is_negative();
    let (lower, upper) = if back {
        (BigInt::from(-1), len - 1)
    } else {
        (BigInt::zero(), len.clone())
    };
    let clip = |v: &Obj, absent: &BigInt| -> PyResult<BigInt> {
        let Some(v) = v.not_none() else {
            return Ok(absent.clone());
        };
        let n = big(v)?;
        Ok(if n.is_negative() {
            (n + len).max(lower.clone())
        } else {
            n.min(upper.clone())
        })
    };
    let start = clip(&start, if back { &upper } else { &lower })?;
    let stop = clip(&stop, if back { &lower } else { &upper })?;
    Ok([start, stop, step])
}

fn indices_method(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let len = ops::index(py, &a[1])?;
    let len = super::int::to_big(&len)
        .map(|b| b.into_owned())
        .unwrap_or_default();
    if len.is_negative() {
        return Err(py.value_error("length should not be negative"));
    }
    let bounds = big_indices(py, a[0].cast::<SliceObj>(), &len)?;
    Ok(super::tuple::new(
        py,
        bounds
            .into_iter()
            .map(|b| super::int::from_big(py, b))
            .collect(),
    ))
}
