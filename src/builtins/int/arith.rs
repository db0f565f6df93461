//! Arithmetic of `int` except division: machine words first, big integers when they overflow.
//!
//! The functions take operands in source order and answer NotImplemented unless both are ints. Results whose size alone
//! would exhaust memory are refused before anything is computed.

use super::division::{divmod_big, inverse, rem_euclid_pos};
use super::{IntRef, from_big, from_i64, view};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Results longer than this are MemoryError.
const MAX_BITS: u64 = 1 << 34;
/// From this size on the memory for a result is tried before it is computed.
const PROBE_BITS: u64 = 1 << 24;

/// MemoryError if an int of `bits` bits cannot be made.
pub(super) fn check_size(py: &Py, bits: u64) -> PyResult<()> {
    if bits < PROBE_BITS {
        return Ok(());
    }
    // Intermediate values need about twice the room of the result.
    if bits > MAX_BITS
        || Vec::<u64>::new()
            .try_reserve_exact((bits / 32) as usize)
            .is_err()
    {
        return Err(py.memory_error());
    }
    Ok(())
}

/// Both operands' values, or return NotImplemented.
macro_rules! operands {
    ($py:ident, $a:ident, $b:ident) => {
        match (view($a), view($b)) {
            (Some(x), Some(y)) => (x, y),
            _ => return Ok($py.not_implemented()),
        }
    };
}
pub(super) use operands;

/// `a + b`
pub fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => add_i64(py, x, y),
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => {
            from_big(py, x + y)
        }
        (IntRef::Big(x), IntRef::Big(y)) => from_big(py, x + y),
    })
}

/// `a - b`
pub fn sub(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => sub_i64(py, x, y),
        (IntRef::Big(x), IntRef::Small(y)) => from_big(py, x - y),
        (IntRef::Small(x), IntRef::Big(y)) => from_big(py, x - y),
        (IntRef::Big(x), IntRef::Big(y)) => from_big(py, x - y),
    })
}

/// `a * b`
pub fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => mul_i64(py, x, y),
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => {
            from_big(py, x * y)
        }
        (IntRef::Big(x), IntRef::Big(y)) => {
            check_size(py, x.bits() + y.bits())?;
            from_big(py, x * y)
        }
    })
}

/// `a + b` of machine words, also when the sum does not fit one.
#[inline]
pub fn add_i64(py: &Py, a: i64, b: i64) -> Obj {
    a.checked_add(b)
        .map_or_else(|| from_big(py, BigInt::from(a) + b), |n| from_i64(py, n))
}

/// `a - b` of machine words, also when the difference does not fit one.
#[inline]
pub fn sub_i64(py: &Py, a: i64, b: i64) -> Obj {
    a.checked_sub(b)
        .map_or_else(|| from_big(py, BigInt::from(a) - b), |n| from_i64(py, n))
}

/// `a * b` of machine words, also when the product does not fit one.
#[inline]
pub fn mul_i64(py: &Py, a: i64, b: i64) -> Obj {
    a.checked_mul(b).map_or_else(
        || from_big(py, BigInt::from(i128::from(a) * i128::from(b))),
        |n| from_i64(py, n),
    )
}

/// `a & b`
pub fn and(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => from_i64(py, x & y),
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => {
            and_small(py, x, y)
        }
        (IntRef::Big(x), IntRef::Big(y)) => from_big(py, x & y),
    })
}

fn and_small(py: &Py, x: &BigInt, y: i64) -> Obj {
    if y < 0 {
        return from_big(py, x & BigInt::from(y));
    }
    // Only the lowest word of the two's complement counts.
    let low = x.iter_u64_digits().next().unwrap_or(0);
    let low = if x.is_negative() {
        low.wrapping_neg()
    } else {
        low
    };
    from_i64(py, (low & y as u64) as i64)
}

/// `a | b`
pub fn or(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => from_i64(py, x | y),
        (x, y) => from_big(py, x.cow().as_ref() | y.cow().as_ref()),
    })
}

/// `a ^ b`
pub fn xor(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    Ok(match operands!(py, a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => from_i64(py, x ^ y),
        (x, y) => from_big(py, x.cow().as_ref() ^ y.cow().as_ref()),
    })
}

/// `a << b`
pub fn lshift(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y.is_negative() {
        return Err(py.value_error("negative shift count"));
    }
    if let IntRef::Small(0) = x {
        return Ok(from_i64(py, 0));
    }
    let IntRef::Small(n) = y else {
        return Err(py.overflow_error("too many digits in integer"));
    };
    if let IntRef::Small(x) = x
        && n < 63
        && (x << n) >> n == x
    {
        return Ok(from_i64(py, x << n));
    }
    check_size(py, x.bits().saturating_add(n as u64))?;
    Ok(from_big(py, x.cow().into_owned() << n))
}

/// `a >> b`
pub fn rshift(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y.is_negative() {
        return Err(py.value_error("negative shift count"));
    }
    let all_out = if x.is_negative() { -1 } else { 0 };
    let IntRef::Small(n) = y else {
        return Ok(from_i64(py, all_out));
    };
    Ok(match x {
        IntRef::Small(x) => from_i64(py, if n > 63 { all_out } else { x >> n }),
        IntRef::Big(x) if n as u64 > x.bits() => from_i64(py, all_out),
        IntRef::Big(x) => from_big(py, x >> n),
    })
}

/// `-a`
pub fn neg(py: &Py, a: &Val) -> PyResult<Obj> {
    Ok(match view(a) {
        Some(IntRef::Small(x)) => sub_i64(py, 0, x),
        Some(IntRef::Big(x)) => from_big(py, -x),
        None => py.not_implemented(),
    })
}

/// `abs(a)`
pub fn abs(py: &Py, a: &Val) -> PyResult<Obj> {
    match view(a) {
        Some(x) if x.is_negative() => neg(py, a),
        _ => exact(py, a),
    }
}

/// `~a`
pub fn invert(py: &Py, a: &Val) -> PyResult<Obj> {
    Ok(match view(a) {
        Some(IntRef::Small(x)) => from_i64(py, !x),
        Some(IntRef::Big(x)) => from_big(py, !x),
        None => py.not_implemented(),
    })
}

/// The value as an exact int: `+a`, `int(a)` of bools and subclasses.
pub fn exact(py: &Py, a: &Val) -> PyResult<Obj> {
    if super::INT.is_exact(a) {
        return Ok(a.to_obj());
    }
    Ok(match view(a) {
        Some(IntRef::Small(x)) => from_i64(py, x),
        Some(IntRef::Big(x)) => from_big(py, x.clone()),
        None => py.not_implemented(),
    })
}

/// `a ** b`
pub fn pow(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    if y.is_negative() {
        let (x, y) = (
            super::convert::to_f64(py, &x)?,
            super::convert::to_f64(py, &y)?,
        );
        return crate::builtins::float_methods::pow_real(py, x, y);
    }
    match x {
        IntRef::Small(0) => return Ok(from_i64(py, (y.bits() == 0) as i64)),
        IntRef::Small(1) => return Ok(from_i64(py, 1)),
        IntRef::Small(-1) => return Ok(from_i64(py, if y.is_odd() { -1 } else { 1 })),
        _ => {}
    }
    let IntRef::Small(n) = y else {
        return Err(py.memory_error());
    };
    if let IntRef::Small(x) = x
        && let Ok(n) = u32::try_from(n)
        && let Some(p) = x.checked_pow(n)
    {
        return Ok(from_i64(py, p));
    }
    if let IntRef::Small(2) = x {
        return lshift(py, &from_i64(py, 1), b);
    }
    check_size(py, (x.bits() - 1).saturating_mul(n as u64))?;
    let base = x.cow();
    let mut result = BigInt::one();
    for bit in (0..64 - n.leading_zeros()).rev() {
        poll(py, &result)?;
        result = &result * &result;
        if n >> bit & 1 == 1 {
            result *= base.as_ref();
        }
    }
    Ok(from_big(py, result))
}

/// Lets a signal interrupt a long computation.
fn poll(py: &Py, size: &BigInt) -> PyResult<()> {
    // Relaxed: `pending::run` synchronizes.
    if size.bits() > PROBE_BITS && py.poll.load(std::sync::atomic::Ordering::Relaxed) != 0 {
        crate::thread::pending::run(py)?;
    }
    Ok(())
}

/// `pow(a, b, c)`; `c` may be None.
pub fn pow_mod(py: &Py, a: &Val, b: &Val, c: &Val) -> PyResult<Obj> {
    if c.is_none() {
        return pow(py, a, b);
    }
    let (x, y) = operands!(py, a, b);
    let Some(m) = view(c) else {
        return Ok(py.not_implemented());
    };
    if m.bits() == 0 {
        return Err(py.value_error("pow() 3rd argument cannot be 0"));
    }
    let modulus = BigInt::from(m.cow().magnitude().clone());
    if modulus.is_one() {
        return Ok(from_i64(py, 0));
    }
    let (mut base, mut exponent) = (x.cow(), y.cow());
    if exponent.is_negative() {
        base = std::borrow::Cow::Owned(inverse(py, &base, &modulus)?);
        exponent = std::borrow::Cow::Owned(-exponent.into_owned());
    }
    let result = match (modulus.to_u64(), exponent.to_u64()) {
        (Some(m), Some(e)) => BigInt::from(pow_mod_u64(
            rem_euclid_pos(&base, &modulus).to_u64().unwrap_or(0),
            e,
            m,
        )),
        _ => rem_euclid_pos(&base, &modulus).modpow(&exponent, &modulus),
    };
    // The result has the modulus's sign.
    if m.is_negative() && !result.is_zero() {
        return Ok(from_big(py, result - modulus));
    }
    Ok(from_big(py, result))
}

fn pow_mod_u64(base: u64, mut e: u64, m: u64) -> u64 {
    let m = u128::from(m);
    let (mut base, mut result) = (u128::from(base) % m, 1 % m);
    while e != 0 {
        if e & 1 == 1 {
            result = result * base % m;
        }
        base = base * base % m;
        e >>= 1;
    }
    result as u64
}

/// `divmod(a, b)`
pub fn divmod(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (x, y) = operands!(py, a, b);
    let (q, r) = divmod_big(py, &x, &y)?;
    Ok(crate::builtins::tuple::new(py, vec![q, r]))
}

pub use super::division::{floordiv, rem, truediv};

/// Number of one bits of the absolute value.
pub(super) fn bit_count(x: &IntRef) -> u64 {
    match x {
        IntRef::Small(n) => u64::from(n.unsigned_abs().count_ones()),
        IntRef::Big(b) => b.magnitude().count_ones(),
    }
}
