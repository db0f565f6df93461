//! Operators and methods of `float`.

use crate::builtins::float::{self, FLOAT, FloatObj};
use crate::builtins::int::convert::{self, HASH_MODULUS};
use crate::builtins::int::text::with_units;
use crate::builtins::int::{self, IntRef};
use crate::builtins::str::{self, StrObj};
use crate::builtins::{complex, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, FnDef, TypeInit};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::Type;
use crate::object::value::{Obj, Val};
use crate::text::{float_repr, format_spec};
use crate::thread::Py;
use num_bigint::BigInt;
use std::cmp::Ordering;

/// Both operands as floats, or return NotImplemented.
macro_rules! operands {
    ($py:ident, $a:ident, $b:ident) => {
        match (operand($py, $a)?, operand($py, $b)?) {
            (Some(x), Some(y)) => (x, y),
            _ => return Ok($py.not_implemented()),
        }
    };
}

pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new);
    s.repr.set(|py, v| Ok(repr(py, value(v))));
    s.hash.set(|_, v| Ok(hash(v)));
    s.compare.set(compare);
    s.bool.set(|_, v| Ok(value(v) != 0.0));
    s.neg.set(|py, v| Ok(py.float(-value(v))));
    s.pos.set(exact);
    s.abs.set(|py, v| Ok(py.float(value(v).abs())));
    s.int.set(|py, v| convert::truncate(py, value(v)));
    s.float.set(exact);
    s.pow3.set(|py, a, b, m| {
        if !m.is_none() {
            return Err(
                py.type_error("pow() 3rd argument not allowed unless all arguments are integers")
            );
        }
        pow(py, a, b)
    });
    for (op, f) in [
        (BinOp::Add, add as fn(&Py, &Val, &Val) -> PyResult<Obj>),
        (BinOp::Sub, sub),
        (BinOp::Mul, mul),
        (BinOp::TrueDiv, truediv),
        (BinOp::FloorDiv, floordiv),
        (BinOp::Mod, rem),
        (BinOp::Pow, pow),
    ] {
        s.bin(op).set(f);
    }
    t.doc("Convert a string or number to a floating-point number, if possible.");
    t.method(
        "__divmod__",
        "($self, value, /)",
        Bound(|py, a| divmod(py, &a[0], &a[1])),
    );
    t.method(
        "__rdivmod__",
        "($self, value, /)",
        Bound(|py, a| divmod(py, &a[1], &a[0])),
    );
    t.method(
        "__trunc__",
        "($self, /)",
        Bound(|py, a| convert::truncate(py, value(&a[0]))),
    );
    t.method(
        "__floor__",
        "($self, /)",
        Bound(|py, a| convert::truncate(py, value(&a[0]).floor())),
    );
    t.method(
        "__ceil__",
        "($self, /)",
        Bound(|py, a| convert::truncate(py, value(&a[0]).ceil())),
    );
    t.method(
        "__round__",
        "($self, ndigits=None, /)",
        Bound(|py, a| round(py, value(&a[0]), a[1].not_none())),
    );
    t.method(
        "__format__",
        "($self, format_spec, /)",
        Bound(|py, a| format(py, &a[0], &a[1])),
    );
    t.method(
        "__getnewargs__",
        "($self, /)",
        Bound(|py, a| Ok(tuple::new(py, vec![exact(py, &a[0])?]))),
    );
    t.method("conjugate", "($self, /)", Bound(|py, a| exact(py, &a[0])));
    t.method(
        "is_integer",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(is_integer(value(&a[0]))))),
    );
    t.method(
        "hex",
        "($self, /)",
        Bound(|py, a| Ok(py.str(&float_repr::hex(value(&a[0]))))),
    );
    t.method(
        "as_integer_ratio",
        "($self, /)",
        Bound(|py, a| as_integer_ratio(py, value(&a[0]))),
    );
    t.classmethod("fromhex", "($type, string, /)", Bound(fromhex));
    t.classmethod("from_number", "($type, number, /)", Bound(from_number));
    t.classmethod("__getformat__", "($type, typestr, /)", Bound(getformat));
    t.getset("real", exact, None);
    t.getset("imag", |py, _| Ok(py.float(0.0)), None);
}

/// The value of a receiver.
fn value(v: &Val) -> f64 {
    float::view(v).unwrap_or(f64::NAN)
}

/// The value as an exact float.
fn exact(py: &Py, v: &Val) -> PyResult<Obj> {
    if FLOAT.is_exact(v) {
        Ok(v.to_obj())
    } else {
        Ok(py.float(value(v)))
    }
}

/// An operand of float arithmetic: a float or an int.
#[inline]
fn operand(py: &Py, v: &Val) -> PyResult<Option<f64>> {
    if let Some(d) = float::view(v) {
        return Ok(Some(d));
    }
    match int::view(v) {
        Some(n) => convert::to_f64(py, &n).map(Some),
        None => Ok(None),
    }
}

/// `repr` of a float.
pub fn repr(py: &Py, d: f64) -> Obj {
    str::from_latin1(py, float_repr::repr(d).as_bytes())
}

static NEW: FnDef = FnDef::new("float", "(x=0, /)", Bound(|py, _| Ok(py.none())));

fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = crate::builtins::sequence::without_keywords(py, &FLOAT, ty, args)?;
    let bound = NEW.bind(py, args)?;
    let d = match Val::from_words(&bound)[0].given() {
        Some(x) => from_object(py, x)?,
        None => 0.0,
    };
    if std::ptr::eq(ty, FLOAT.ty()) {
        return Ok(py.float(d));
    }
    Ok(py.alloc_in(ty, FloatObj { value: d }))
}

/// `float(x)`
pub fn from_object(py: &Py, x: &Val) -> PyResult<f64> {
    if FLOAT.is_exact(x) {
        return Ok(value(x));
    }
    if str::STR.is_exact(x)
        && let Some(d) = parse(py, x)?
    {
        return Ok(d);
    }
    if let Some(d) = from_real(py, x)? {
        return Ok(d);
    }
    if let Some(d) = parse(py, x)? {
        return Ok(d);
    }
    if let Some(b) = crate::object::buffer::bytes_like(py, x)? {
        return float_repr::parse_bytes(&b.to_vec()).ok_or_else(|| malformed(py, x));
    }
    Err(py.type_error(format!(
        "float() argument must be a string or a real number, not '{}'",
        x.ty().full_name()
    )))
}

fn malformed(py: &Py, x: &Val) -> crate::error::Raised {
    match ops::repr_text(py, x) {
        Ok(r) => py.value_error(format!("could not convert string to float: {r}")),
        Err(e) => e,
    }
}

fn parse(py: &Py, x: &Val) -> PyResult<Option<f64>> {
    let parsed = if let Some(s) = x.get::<StrObj>() {
        with_units!(s, u => float_repr::parse(u))
    } else if let Some(b) = int::text::bytes_of(x) {
        float_repr::parse_bytes(&b)
    } else {
        return Ok(None);
    };
    parsed.map(Some).ok_or_else(|| malformed(py, x))
}

/// The value of a number through `__float__` or `__index__`; `None` if it has neither.
pub fn from_real(py: &Py, x: &Val) -> PyResult<Option<f64>> {
    if let Some(d) = float::view(x)
        && FLOAT.is_exact(x)
    {
        return Ok(Some(d));
    }
    if let Some(f) = x.ty().slots.float.get() {
        let r = f(py, x)?;
        return ops::float_result(py, x, &r).map(Some);
    }
    if x.ty().slots.index.get().is_some() {
        let n = ops::index(py, x)?;
        return match int::view(&n) {
            Some(n) => convert::to_f64(py, &n).map(Some),
            None => Ok(None),
        };
    }
    Ok(None)
}

/// Hash of a float object.
pub fn hash(v: &Val) -> i64 {
    let d = value(v);
    if d.is_nan() {
        // NaNs are not equal to each other, so they may have different hashes.
        return ((v.id() >> 4) as i64).max(2);
    }
    hash_f64(d)
}

/// Hash of a float that is not NaN: equal to the hash of an equal int.
pub fn hash_f64(d: f64) -> i64 {
    if d.is_infinite() {
        return if d > 0.0 { 314_159 } else { -314_159 };
    }
    let (m, e) = int_parts(d.abs());
    // 2**61 is 1 modulo the prime, so scaling is a rotation of 61 bits.
    let e = e.rem_euclid(61) as u32;
    let m = m % HASH_MODULUS;
    let h = ((m << e | m >> (61 - e)) & HASH_MODULUS) as i64;
    match if d < 0.0 { -h } else { h } {
        -1 => -2,
        h => h,
    }
}

/// A finite, not negative float as `m * 2**e`.
pub fn int_parts(d: f64) -> (u64, i32) {
    let bits = d.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    }
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let order = match (float::view(a), float::view(b)) {
        (Some(x), Some(y)) => x.partial_cmp(&y),
        (Some(x), None) => match int::view(b) {
            Some(n) => order_with_int(x, &n),
            None => return Ok(py.not_implemented()),
        },
        (None, Some(y)) => match int::view(a) {
            Some(n) => order_with_int(y, &n).map(Ordering::reverse),
            None => return Ok(py.not_implemented()),
        },
        _ => return Ok(py.not_implemented()),
    };
    Ok(py.bool(match order {
        Some(o) => op.of(o),
        None => op == CmpOp::Ne,
    }))
}

/// Order of a float and an int; `None` for NaN.
pub fn order_with_int(d: f64, n: &IntRef) -> Option<Ordering> {
    if d.is_nan() {
        None
    } else {
        Some(convert::order_with_f64(n, d).reverse())
    }
}

pub fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    Ok(py.float(x + y))
}

pub fn sub(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    Ok(py.float(x - y))
}

pub fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    Ok(py.float(x * y))
}

pub fn truediv(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y == 0.0 {
        return Err(int::division::zero_division(py));
    }
    Ok(py.float(x / y))
}

pub fn floordiv(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y == 0.0 {
        return Err(int::division::zero_division(py));
    }
    Ok(py.float(div_mod(x, y).0))
}

pub fn rem(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y == 0.0 {
        return Err(int::division::zero_division(py));
    }
    Ok(py.float(floor_mod(x, y)))
}

fn divmod(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y == 0.0 {
        return Err(int::division::zero_division(py));
    }
    let (q, r) = div_mod(x, y);
    Ok(tuple::new(py, vec![py.float(q), py.float(r)]))
}

/// Remainder with the sign of the divisor, which is not zero.
pub fn floor_mod(x: f64, y: f64) -> f64 {
    let r = x % y;
    if r == 0.0 {
        0.0_f64.copysign(y)
    } else if (r < 0.0) != (y < 0.0) {
        r + y
    } else {
        r
    }
}

fn div_mod(x: f64, y: f64) -> (f64, f64) {
    let raw = x % y;
    let mut q = (x - raw) / y;
    let r = floor_mod(x, y);
    if raw != 0.0 && (raw < 0.0) != (y < 0.0) {
        q -= 1.0;
    }
    // `q` is close to an integer: take the nearest.
    let q = if q == 0.0 {
        0.0_f64.copysign(x / y)
    } else if q - q.floor() > 0.5 {
        q.floor() + 1.0
    } else {
        q.floor()
    };
    (q, r)
}

pub fn pow(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    pow_real(py, x, y)
}

/// `x ** y`; complex for a negative base with a fractional exponent.
pub fn pow_real(py: &Py, x: f64, y: f64) -> PyResult<Obj> {
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(py.zero_division("zero to a negative power"));
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y != y.floor() {
        return complex::pow_parts(py, (x, 0.0), (y, 0.0));
    }
    let r = x.powf(y);
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(out_of_range(py));
    }
    Ok(py.float(r))
}

/// OverflowError as the C library reports it.
pub fn out_of_range(py: &Py) -> crate::error::Raised {
    let args = [
        py.int(i64::from(libc::ERANGE)),
        py.str("Numerical result out of range"),
    ];
    py.error_args(&crate::builtins::exceptions::OVERFLOW_ERROR, &args)
}

/// Whether a float has an integral value.
pub fn is_integer(d: f64) -> bool {
    d.is_finite() && d == d.trunc()
}

/// `round(d, ndigits)`
pub fn round(py: &Py, d: f64, ndigits: Option<&Val>) -> PyResult<Obj> {
    let Some(n) = ndigits else {
        return convert::truncate(py, d.round_ties_even());
    };
    let n = ops::clamp_index(py, n)?;
    if !d.is_finite() || d == 0.0 {
        return Ok(py.float(d));
    }
    let r = float_repr::round_decimal(d, n.clamp(-100_000, 100_000) as i32);
    if r.is_infinite() {
        return Err(py.overflow_error("rounded value too large to represent"));
    }
    Ok(py.float(r))
}

fn format(py: &Py, v: &Val, spec: &Val) -> PyResult<Obj> {
    let Some(s) = spec.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "__format__() argument must be str, not {}",
            spec.ty().name()
        )));
    };
    if s.is_empty() {
        return ops::str(py, v);
    }
    format_with(py, value(v), s)
}

/// `format(d, spec)` with a specification that is not empty.
pub fn format_with(py: &Py, d: f64, spec: &StrObj) -> PyResult<Obj> {
    let mut out: Vec<u32> = Vec::new();
    with_units!(spec, u => format_spec::format_float(d, u, &mut out))
        .map_err(|e| int::text::format_error(py, e))?;
    Ok(str::from_code_points(py, &out))
}

/// Numerator and denominator of a finite float, in lowest terms.
pub fn ratio(d: f64) -> (BigInt, BigInt) {
    let (m, e) = int_parts(d.abs());
    let zeros = if m == 0 { 0 } else { m.trailing_zeros() as i32 };
    let (m, e) = if m == 0 {
        (0, 0)
    } else {
        (m >> zeros, e + zeros)
    };
    let m = if d < 0.0 {
        -BigInt::from(m)
    } else {
        BigInt::from(m)
    };
    if e >= 0 {
        (m << e as u32, 1.into())
    } else {
        (m, BigInt::from(1) << e.unsigned_abs())
    }
}

fn as_integer_ratio(py: &Py, d: f64) -> PyResult<Obj> {
    if d.is_infinite() {
        return Err(py.overflow_error("cannot convert Infinity to integer ratio"));
    }
    if d.is_nan() {
        return Err(py.value_error("cannot convert NaN to integer ratio"));
    }
    let (n, d) = ratio(d);
    Ok(tuple::new(
        py,
        vec![int::from_big(py, n), int::from_big(py, d)],
    ))
}

/// The result of an alternative constructor: through the class if it is a subclass.
fn finish(py: &Py, class: &Val, d: f64) -> PyResult<Obj> {
    if class.is(&FLOAT.obj()) {
        Ok(py.float(d))
    } else {
        ops::call1(py, class, &py.float(d))
    }
}

fn fromhex(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(s) = a[1].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "fromhex() argument must be str, not {}",
            a[1].ty().name()
        )));
    };
    let d = float_repr::from_hex(&s.lossy()).map_err(|e| match e {
        float_repr::HexError::Invalid => {
            py.value_error("invalid hexadecimal floating-point string")
        }
        float_repr::HexError::TooLarge => {
            py.overflow_error("hexadecimal value too large to represent as a float")
        }
    })?;
    finish(py, &a[0], d)
}

fn from_number(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if FLOAT.is_exact(&a[1]) && a[0].is(&FLOAT.obj()) {
        return Ok(a[1].to_obj());
    }
    let d = ops::to_f64(py, &a[1])?;
    finish(py, &a[0], d)
}

fn getformat(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(s) = a[1].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "__getformat__() argument must be str, not {}",
            a[1].ty().name()
        )));
    };
    if s.eq_str("double") || s.eq_str("float") {
        return Ok(py.str(if cfg!(target_endian = "little") {
            "IEEE, little-endian"
        } else {
            "IEEE, big-endian"
        }));
    }
    Err(py.value_error("__getformat__() argument 1 must be 'double' or 'float'"))
}
