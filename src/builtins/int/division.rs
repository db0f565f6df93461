//! Division of ints: floor division and modulo, correctly rounded true division, modular inverse, rounding to tens.

use super::arith::operands;
use super::{IntRef, from_big, from_i64, view};
use crate::builtins::float;
use crate::error::{PyResult, Raised};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

#[cold]
pub(crate) fn zero_division(py: &Py) -> Raised {
    py.zero_division("division by zero")
}

/// `a // b`
pub fn floordiv(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (_, IntRef::Small(0)) => return Err(zero_division(py)),
        (IntRef::Small(x), IntRef::Small(y)) => match x.checked_div(y) {
            Some(q) => from_i64(py, q - (x % y != 0 && (x < 0) != (y < 0)) as i64),
            None => from_big(py, -BigInt::from(x)),
        },
        (IntRef::Small(x), IntRef::Big(y)) => from_i64(
            py,
            if x != 0 && (x < 0) != y.is_negative() {
                -1
            } else {
                0
            },
        ),
        (IntRef::Big(x), IntRef::Small(y)) => {
            if y > 0 && !x.is_negative() {
                return Ok(from_big(py, x / y));
            }
            from_big(py, x.div_floor(&BigInt::from(y)))
        }
        (IntRef::Big(x), IntRef::Big(y)) => from_big(py, x.div_floor(y)),
    })
}

/// `a % b`
pub fn rem(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (_, IntRef::Small(0)) => return Err(zero_division(py)),
        (IntRef::Small(x), IntRef::Small(y)) => from_i64(py, mod_i64(x, y)),
        (IntRef::Small(x), IntRef::Big(y)) => {
            if x == 0 || (x < 0) == y.is_negative() {
                from_i64(py, x)
            } else {
                from_big(py, y + x)
            }
        }
        (IntRef::Big(x), IntRef::Small(y)) => {
            // The sign of the remainder is that of `x`; it fits the word like `y` does.
            let r = (x % y).to_i64().unwrap_or(0);
            from_i64(
                py,
                if r != 0 && (r < 0) != (y < 0) {
                    r + y
                } else {
                    r
                },
            )
        }
        (IntRef::Big(x), IntRef::Big(y)) => from_big(py, x.mod_floor(y)),
    })
}

/// Floored remainder; `y` is not zero.
fn mod_i64(x: i64, y: i64) -> i64 {
    let r = x.wrapping_rem(y);
    if r != 0 && (r < 0) != (y < 0) {
        r + y
    } else {
        r
    }
}

/// Quotient and remainder.
pub(super) fn divmod_big(py: &Py, x: &IntRef, y: &IntRef) -> PyResult<(Obj, Obj)> {
    if let IntRef::Small(0) = y {
        return Err(zero_division(py));
    }
    if let (IntRef::Small(x), IntRef::Small(y)) = (x, y)
        && let Some(q) = x.checked_div(*y)
    {
        let r = mod_i64(*x, *y);
        return Ok((
            from_i64(py, q - (x % y != 0 && (*x < 0) != (*y < 0)) as i64),
            from_i64(py, r),
        ));
    }
    let (q, r) = x.cow().div_mod_floor(y.cow().as_ref());
    Ok((from_big(py, q), from_big(py, r)))
}

/// `a / b`, correctly rounded.
pub fn truediv(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    Ok(float::new(py, true_quotient(py, &x, &y)?))
}

/// The float nearest to `x / y`.
pub fn true_quotient(py: &Py, x: &IntRef, y: &IntRef) -> PyResult<f64> {
    const EXACT: u64 = 1 << 53;
    if let IntRef::Small(0) = y {
        return Err(zero_division(py));
    }
    if let (IntRef::Small(x), IntRef::Small(y)) = (x, y)
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
    {
        return Ok(*x as f64 / *y as f64);
    }
    let (a, b) = (x.cow(), y.cow());
    let negative = a.is_negative() != b.is_negative();
    match ratio(a.magnitude(), b.magnitude()) {
        Some(q) => Ok(if negative { -q } else { q }),
        None => Err(py.overflow_error("integer division result too large for a float")),
    }
}

/// The nearest float to a quotient of positive integers; `None` if it is too large. `b` is not zero.
pub fn ratio(a: &BigUint, b: &BigUint) -> Option<f64> {
    if a.is_zero() {
        return Some(0.0);
    }
    let diff = a.bits() as i64 - b.bits() as i64;
    if diff > 1024 {
        return None;
    }
    if diff < -1080 {
        return Some(0.0);
    }
    // A quotient of at least 55 bits (fewer for subnormal results), whose last bit also says whether anything was cut off.
    let shift = diff.max(-1021) - 55;
    let (numerator, cut) = if shift <= 0 {
        (a << (-shift) as u64, false)
    } else {
        (
            a >> shift as u64,
            a.trailing_zeros().is_some_and(|z| z < shift as u64),
        )
    };
    let (q, r) = numerator.div_rem(b);
    let mut q = q.to_u64().unwrap_or(u64::MAX);
    let sticky = cut || !r.is_zero();
    let bits = 64 - i64::from(q.leading_zeros());
    // Bits below the last one of the result: at least 2, since the quotient has more than 54 bits or is subnormal.
    let extra = bits.max(-1021 - shift) - 53;
    if extra > 0 {
        let extra = extra as u32;
        let half = 1u64 << (extra - 1);
        let low = q & (half * 2 - 1);
        q -= low;
        if low > half || low == half && (sticky || q >> extra & 1 == 1) {
            q += half * 2;
        }
    }
    let d = ldexp(q as f64, shift as i32);
    if d.is_infinite() { None } else { Some(d) }
}

/// `m * 2**e`; exact unless the result is subnormal or too large.
pub fn ldexp(m: f64, e: i32) -> f64 {
    libm::ldexp(m, e)
}

/// `x mod m` in `0..m` for positive `m`.
pub(super) fn rem_euclid_pos(x: &BigInt, m: &BigInt) -> BigInt {
    x.mod_floor(m)
}

/// The inverse of `x` modulo `m` (positive, above 1).
pub(super) fn inverse(py: &Py, x: &BigInt, m: &BigInt) -> PyResult<BigInt> {
    let g = x.mod_floor(m).extended_gcd(m);
    if !g.gcd.is_one() {
        return Err(py.value_error("base is not invertible for the given modulus"));
    }
    Ok(g.x.mod_floor(m))
}

/// `round(x, -n)`: the multiple of `10**n` nearest to `x`, ties to the even one.
pub(super) fn round_to_tens(py: &Py, x: &IntRef, n: u64) -> PyResult<Obj> {
    // A power of ten that is more than twice as large rounds everything away.
    if n > x.bits() / 3 + 2 {
        return Ok(from_i64(py, 0));
    }
    let unit = num_traits::pow(BigInt::from(10), n as usize);
    let x = x.cow();
    let (q, r) = x.div_mod_floor(&unit);
    let twice: BigInt = &r * 2;
    let up = twice > unit || twice == unit && q.is_odd();
    Ok(from_big(py, (q + up as i64) * unit))
}
