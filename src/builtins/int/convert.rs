//! Ints to and from other values: floats, bytes, hashes, orderings.

use super::{IntRef, from_big, from_i64, view};
use crate::error::PyResult;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_bigint::{BigInt, Sign};
use num_traits::{FromPrimitive, ToPrimitive};
use std::cmp::Ordering;

/// Modulus of numeric hashes, a Mersenne prime.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

/// The nearest float, if it is finite.
pub fn nearest_f64(x: &IntRef) -> Option<f64> {
    let b = match x {
        IntRef::Small(n) => return Some(*n as f64),
        IntRef::Big(b) => b,
    };
    let m = b.magnitude();
    let shift = m.bits().saturating_sub(64);
    if shift > 1024 {
        return None;
    }
    // 64 leading bits, the last of which also stands for the rest, round as the whole does.
    let top = (m >> shift).to_u64().unwrap_or(u64::MAX);
    let sticky = m.trailing_zeros().is_some_and(|z| z < shift);
    let d = super::division::ldexp((top | sticky as u64) as f64, shift as i32);
    if d.is_infinite() {
        return None;
    }
    Some(if b.sign() == Sign::Minus { -d } else { d })
}

/// `float(x)`
pub fn to_f64(py: &Py, x: &IntRef) -> PyResult<f64> {
    nearest_f64(x).ok_or_else(|| py.overflow_error("int too large to convert to float"))
}

/// The int of a float without its fraction; `None` for infinities and NaN.
pub fn from_f64(py: &Py, d: f64) -> Option<Obj> {
    let t = d.trunc();
    if t.abs() < 4e18 {
        return Some(from_i64(py, t as i64));
    }
    Some(from_big(py, BigInt::from_f64(t)?))
}

/// `int(d)`, with the errors for infinities and NaN.
pub fn truncate(py: &Py, d: f64) -> PyResult<Obj> {
    from_f64(py, d).ok_or_else(|| {
        if d.is_nan() {
            py.value_error("cannot convert float NaN to integer")
        } else {
            py.overflow_error("cannot convert float infinity to integer")
        }
    })
}

/// Hash of a value.
pub fn hash(x: &IntRef) -> i64 {
    let size = match x {
        IntRef::Small(n) => n.unsigned_abs() % HASH_MODULUS,
        IntRef::Big(b) => (b.magnitude() % HASH_MODULUS).to_u64().unwrap_or(0),
    } as i64;
    match if x.is_negative() { -size } else { size } {
        -1 => -2,
        h => h,
    }
}

/// Hash of an int (slot).
pub(super) fn hash_slot(py: &Py, v: &Val) -> PyResult<i64> {
    match view(v) {
        Some(x) => Ok(hash(&x)),
        None => Err(py.type_error(format!("unhashable type: '{}'", v.ty().name()))),
    }
}

/// Order of two ints.
pub fn order(a: &IntRef, b: &IntRef) -> Ordering {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => x.cmp(y),
        (IntRef::Big(x), IntRef::Big(y)) => x.cmp(y),
        (IntRef::Big(_), IntRef::Small(_)) => {
            if a.is_negative() {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (IntRef::Small(_), IntRef::Big(_)) => order(b, a).reverse(),
    }
}

/// Comparison (slot).
pub fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    Ok(match (view(a), view(b)) {
        (Some(x), Some(y)) => py.bool(op.of(order(&x, &y))),
        _ => py.not_implemented(),
    })
}

/// Exact order of an int and a float that is not NaN.
pub fn order_with_f64(x: &IntRef, d: f64) -> Ordering {
    if d.is_infinite() {
        return if d > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    let t = d.trunc();
    let whole = match x {
        IntRef::Small(n) if t.abs() < 9e18 => n.cmp(&(t as i64)),
        _ => match BigInt::from_f64(t) {
            Some(t) => x.cow().as_ref().cmp(&t),
            None => Ordering::Equal,
        },
    };
    // Equal integer parts: the fraction decides.
    whole.then_with(|| 0.0.partial_cmp(&(d - t)).unwrap_or(Ordering::Equal))
}

/// Byte order argument.
pub(super) fn is_big_endian(py: &Py, v: &Val) -> PyResult<bool> {
    let Some(v) = v.given() else { return Ok(true) };
    let Some(s) = v.get::<crate::builtins::str::StrObj>() else {
        return Err(py.type_error(format!("byteorder must be str, not {}", v.ty().name())));
    };
    match s.lossy().as_ref() {
        "big" => Ok(true),
        "little" => Ok(false),
        _ => Err(py.value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// `int.from_bytes` of bytes.
pub fn from_bytes(py: &Py, bytes: &[u8], big_endian: bool, signed: bool) -> Obj {
    let value = match (big_endian, signed) {
        (true, true) => BigInt::from_signed_bytes_be(bytes),
        (true, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
        (false, true) => BigInt::from_signed_bytes_le(bytes),
        (false, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
    };
    from_big(py, value)
}

/// `int.to_bytes`.
pub fn to_bytes(
    py: &Py,
    x: &IntRef,
    len: usize,
    big_endian: bool,
    signed: bool,
) -> PyResult<Vec<u8>> {
    if x.is_negative() && !signed {
        return Err(py.overflow_error("can't convert negative int to unsigned"));
    }
    let value = x.cow();
    let mut bytes = if signed {
        value.to_signed_bytes_le()
    } else {
        value.to_bytes_le().1
    };
    if x.bits() == 0 {
        bytes.clear();
    }
    if bytes.len() > len {
        return Err(py.overflow_error("int too big to convert"));
    }
    if bytes.try_reserve_exact(len - bytes.len()).is_err() {
        return Err(py.memory_error());
    }
    bytes.resize(len, if x.is_negative() { 0xff } else { 0 });
    if big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}
