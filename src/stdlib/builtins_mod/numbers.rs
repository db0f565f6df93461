//! Functions on numbers.

use crate::builtins::complex::{self, COMPLEX};
use crate::builtins::float::{self, FLOAT};
use crate::builtins::int::{self, INT, IntRef, text};
use crate::builtins::str::{self, StrObj};
use crate::builtins::{bytearray, bytes, singletons};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::slots::BinOp;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function(
        "abs",
        "($module, number, /)",
        Bound(|py, a| ops::abs(py, &a[0])),
    );
    m.function(
        "bin",
        "($module, number, /)",
        Bound(|py, a| based(py, &a[0], 2)),
    );
    m.function(
        "oct",
        "($module, number, /)",
        Bound(|py, a| based(py, &a[0], 8)),
    );
    m.function(
        "hex",
        "($module, number, /)",
        Bound(|py, a| based(py, &a[0], 16)),
    );
    m.function("chr", "($module, i, /)", Bound(chr));
    m.function("ord", "($module, character, /)", Bound(ord));
    m.function(
        "divmod",
        "($module, x, y, /)",
        Bound(|py, a| divmod(py, &a[0], &a[1])),
    );
    m.function("pow", "($module, base, exp, mod=None)", Bound(pow));
    m.function("round", "($module, number, ndigits=None)", Bound(round));
    m.function(
        "sum",
        "($module, iterable, /, start=0)",
        Bound(|py, a| sum(py, &a[0], a[1].given())),
    );
}

fn based(py: &Py, v: &Val, base: u32) -> PyResult<Obj> {
    let n = ops::index(py, v)?;
    match int::view(&n) {
        Some(n) => Ok(py.str(&text::prefixed(py, &n, base)?)),
        None => Err(py.type_error("expected an int")),
    }
}

fn chr(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = ops::clamp_index(py, &a[0])?;
    match u32::try_from(n) {
        Ok(c) if c < 0x11_0000 => Ok(str::char_obj(py, c)),
        _ => Err(py.value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let v = &a[0];
    let (c, n) = if let Some(s) = v.get::<StrObj>() {
        (s.chars().next(), s.len())
    } else if let Some(b) = bytes::view(v) {
        (b.first().map(|&c| u32::from(c)), b.len())
    } else if let Some(b) = v.get::<bytearray::ByteArrayObj>() {
        let state = b.state.lock();
        (state.data.first().map(|&c| u32::from(c)), state.data.len())
    } else {
        return Err(py.type_error(format!(
            "ord() expected string of length 1, but {} found",
            v.ty().full_name()
        )));
    };
    match c {
        Some(c) if n == 1 => Ok(py.int(i64::from(c))),
        _ => Err(py.type_error(format!(
            "ord() expected a character, but string of length {n} found"
        ))),
    }
}

/// `divmod(a, b)`: `__divmod__` and `__rdivmod__` have no slots, so they are looked up.
pub fn divmod(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    if INT.is_exact(a) && INT.is_exact(b) {
        return int::arith::divmod(py, a, b);
    }
    let (ta, tb) = (a.ty(), b.ty());
    let reflected = || -> PyResult<Option<Obj>> {
        match ops::call_special(py, b, &names::__rdivmod__, &[a])? {
            Some(r) if !r.is_not_implemented() => Ok(Some(r)),
            _ => Ok(None),
        }
    };
    let same = std::ptr::eq(ta, tb);
    // A subclass that has its own reflected method goes first.
    let first = !same && tb.is_subtype(ta) && !same_attribute(py, ta, tb);
    if first && let Some(r) = reflected()? {
        return Ok(r);
    }
    if let Some(r) = ops::call_special(py, a, &names::__divmod__, &[b])?
        && !r.is_not_implemented()
    {
        return Ok(r);
    }
    if !same
        && !first
        && let Some(r) = reflected()?
    {
        return Ok(r);
    }
    Err(py.type_error(format!(
        "unsupported operand type(s) for divmod(): '{}' and '{}'",
        ta.full_name(),
        tb.full_name()
    )))
}

fn same_attribute(py: &Py, a: &crate::object::type_::Type, b: &crate::object::type_::Type) -> bool {
    match (
        a.lookup(py, &names::__rdivmod__),
        b.lookup(py, &names::__rdivmod__),
    ) {
        (Some(x), Some(y)) => x.is(&y),
        (None, None) => true,
        _ => false,
    }
}

fn pow(py: &Py, a: &[Val]) -> PyResult<Obj> {
    match a[2].not_none() {
        Some(m) => ops::pow3(py, &a[0], &a[1], m),
        None => ops::binary(py, BinOp::Pow, &a[0], &a[1]),
    }
}

fn round(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let v = &a[0];
    if FLOAT.is_exact(v)
        && let Some(d) = float::view(v)
    {
        return crate::builtins::float_methods::round(py, d, a[1].not_none());
    }
    let r = match a[1].not_none() {
        Some(n) => ops::call_special(py, v, &names::__round__, &[n])?,
        None => ops::call_special(py, v, &names::__round__, &[])?,
    };
    r.ok_or_else(|| {
        py.type_error(format!(
            "type {} doesn't define __round__ method",
            v.ty().full_name()
        ))
    })
}

/// A sum of floats with the error of each addition kept apart (Neumaier).
#[derive(Clone, Copy)]
struct Compensated {
    hi: f64,
    lo: f64,
}

impl Compensated {
    fn new(d: f64) -> Compensated {
        Compensated { hi: d, lo: 0.0 }
    }
    fn add(&mut self, x: f64) {
        let t = self.hi + x;
        self.lo += if self.hi.abs() >= x.abs() {
            (self.hi - t) + x
        } else {
            (x - t) + self.hi
        };
        self.hi = t;
    }
    fn value(self) -> f64 {
        // The compensation is not a number when the sum overflowed.
        if self.lo != 0.0 && self.lo.is_finite() {
            self.hi + self.lo
        } else {
            self.hi
        }
    }
}

/// The running total of `sum`.
enum Total {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Any(Obj),
}

impl Total {
    fn of(v: Obj) -> Total {
        if INT.is_exact(&v)
            && let Some(IntRef::Small(n)) = int::view(&v)
        {
            return Total::Int(n);
        }
        if FLOAT.is_exact(&v)
            && let Some(d) = float::view(&v)
        {
            return Total::Float(Compensated::new(d));
        }
        if COMPLEX.is_exact(&v)
            && let Some((re, im)) = complex::view(&v)
        {
            return Total::Complex(Compensated::new(re), Compensated::new(im));
        }
        Total::Any(v)
    }
    fn value(self, py: &Py) -> Obj {
        match self {
            Total::Int(n) => int::from_i64(py, n),
            Total::Float(d) => py.float(d.value()),
            Total::Complex(re, im) => complex::new(py, re.value(), im.value()),
            Total::Any(v) => v,
        }
    }
    /// Adds in place if the item's type allows that.
    fn add_fast(&mut self, v: &Val) -> bool {
        let exact_int = || INT.is_exact(v) || singletons::as_bool(v).is_some();
        match self {
            Total::Int(n) => {
                if exact_int()
                    && let Some(IntRef::Small(x)) = int::view(v)
                    && let Some(s) = n.checked_add(x)
                {
                    *n = s;
                    return true;
                }
                false
            }
            Total::Float(d) => {
                if FLOAT.is_exact(v)
                    && let Some(x) = float::view(v)
                {
                    d.add(x);
                    return true;
                }
                if let Some(x) = exact_int()
                    .then(|| int::view(v))
                    .flatten()
                    .and_then(|n| int::convert::nearest_f64(&n))
                {
                    d.add(x);
                    return true;
                }
                false
            }
            Total::Complex(re, im) => {
                if COMPLEX.is_exact(v)
                    && let Some((x, y)) = complex::view(v)
                {
                    re.add(x);
                    im.add(y);
                    return true;
                }
                let x = if FLOAT.is_exact(v) {
                    float::view(v)
                } else {
                    exact_int()
                        .then(|| int::view(v))
                        .flatten()
                        .and_then(|n| int::convert::nearest_f64(&n))
                };
                if let Some(x) = x {
                    re.add(x);
                    return true;
                }
                false
            }
            Total::Any(_) => false,
        }
    }
}

/// `sum(iterable, start)`
pub fn sum(py: &Py, iterable: &Val, start: Option<&Val>) -> PyResult<Obj> {
    if let Some(s) = start {
        if s.get::<StrObj>().is_some() {
            return Err(py.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
        }
        if bytes::view(s).is_some() {
            return Err(py.type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
        }
        if s.get::<bytearray::ByteArrayObj>().is_some() {
            return Err(py.type_error("sum() can't sum bytearray [use b''.join(seq) instead]"));
        }
    }
    let mut total = start.map_or(Total::Int(0), |s| Total::of(s.to_obj()));
    ops::for_each(py, iterable, &mut |item| {
        if !total.add_fast(&item) {
            let generic = matches!(total, Total::Any(_));
            let so_far = std::mem::replace(&mut total, Total::Int(0)).value(py);
            let next = ops::binary(py, BinOp::Add, &so_far, &item)?;
            // Once the total is of another kind, everything is added by the operator.
            total = if generic {
                Total::Any(next)
            } else {
                Total::of(next)
            };
        }
        Ok(true)
    })?;
    Ok(total.value(py))
}
