//! Functions on integers.

use crate::builtins::int::{self, IntRef, from_big, from_i64};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use num_bigint::BigInt;
use num_integer::{Integer, Roots};
use num_traits::{One, Zero};

pub fn add(m: &mut ModuleInit) {
    m.function(
        "gcd",
        "(*integers)",
        Bound(|py, a| fold(py, a, 0, |x, y| x.gcd(y), gcd_words)),
    );
    m.function(
        "lcm",
        "(*integers)",
        Bound(|py, a| {
            fold(
                py,
                a,
                1,
                |x, y| {
                    if x.is_zero() || y.is_zero() {
                        BigInt::zero()
                    } else {
                        x.lcm(y)
                    }
                },
                |x, y| {
                    if x == 0 || y == 0 {
                        Some(0)
                    } else {
                        (x / gcd_words(x, y)?).checked_mul(y)
                    }
                },
            )
        }),
    );
    m.function("isqrt", "($module, n, /)", Bound(isqrt));
    m.function("factorial", "($module, n, /)", Bound(factorial));
    m.function(
        "comb",
        "($module, n, k, /)",
        Bound(|py, a| choose(py, &a[0], &a[1], true)),
    );
    m.function(
        "perm",
        "($module, n, k=None, /)",
        Bound(|py, a| match a[1].not_none() {
            Some(k) => choose(py, &a[0], k, false),
            None => factorial(py, &a[..1]),
        }),
    );
}

fn gcd_words(x: u64, y: u64) -> Option<u64> {
    Some(x.gcd(&y))
}

/// Folds the arguments' sizes, in machine words as long as they fit.
fn fold(
    py: &Py,
    args: &[Val],
    start: u64,
    big: fn(&BigInt, &BigInt) -> BigInt,
    small: fn(u64, u64) -> Option<u64>,
) -> PyResult<Obj> {
    let mut total = Ok(start);
    for v in args {
        let n = ops::index(py, v)?;
        let Some(n) = int::view(&n) else { continue };
        let word = match n {
            IntRef::Small(x) => Some(x.unsigned_abs()),
            IntRef::Big(_) => None,
        };
        total = match (total, word) {
            (Ok(t), Some(x)) => small(t, x).ok_or_else(|| big(&t.into(), &x.into())),
            (Ok(t), None) => Err(big(&t.into(), &BigInt::from(n.cow().magnitude().clone()))),
            (Err(t), _) => Err(big(&t, &BigInt::from(n.cow().magnitude().clone()))),
        };
    }
    Ok(match total {
        Ok(n) => int::from_u64(py, n),
        Err(b) => from_big(py, b),
    })
}

fn isqrt(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = ops::index(py, &a[0])?;
    let Some(n) = int::view(&n) else {
        return Err(py.type_error("expected an int"));
    };
    if n.is_negative() {
        return Err(py.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(match n {
        IntRef::Small(n) => from_i64(py, n.sqrt()),
        IntRef::Big(b) => from_big(py, b.sqrt()),
    })
}

/// `from * (from + step) * ...`, `count` factors, by halves so that the large multiplications are balanced.
fn product(from: u64, count: u64) -> BigInt {
    if count <= 16 {
        let mut total = BigInt::one();
        let mut word = 1u64;
        for k in 0..count {
            match word.checked_mul(from + k) {
                Some(w) => word = w,
                None => {
                    total *= word;
                    word = from + k;
                }
            }
        }
        return total * word;
    }
    let half = count / 2;
    product(from, half) * product(from + half, count - half)
}

fn factorial(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = ops::index(py, &a[0])?;
    let Some(n) = int::view(&n) else {
        return Err(py.type_error("expected an int"));
    };
    if n.is_negative() {
        return Err(py.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        return Err(py.overflow_error(format!(
            "factorial() argument should not exceed {}",
            i64::MAX
        )));
    };
    if n > 100_000_000 {
        return Err(py.memory_error());
    }
    Ok(from_big(py, product(1, n as u64)))
}

/// Combinations or arrangements of `k` out of `n`.
fn choose(py: &Py, n: &Val, k: &Val, combinations: bool) -> PyResult<Obj> {
    let (n, k) = (ops::index(py, n)?, ops::index(py, k)?);
    let (Some(n), Some(k)) = (int::view(&n), int::view(&k)) else {
        return Err(py.type_error("expected an int"));
    };
    if n.is_negative() {
        return Err(py.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(py.value_error("k must be a non-negative integer"));
    }
    let (big_n, big_k) = (n.cow(), k.cow());
    if big_k > big_n {
        return Ok(from_i64(py, 0));
    }
    let rest = IntRef::to_big(&n) - big_k.as_ref();
    let count = if combinations && rest < *big_k {
        &rest
    } else {
        big_k.as_ref()
    };
    let Some(count) = num_traits::ToPrimitive::to_u64(count).filter(|&c| c < 1 << 62) else {
        let name = if combinations { "min(n - k, k)" } else { "k" };
        return Err(py.overflow_error(format!("{name} must not exceed {}", i64::MAX)));
    };
    let bits = n.bits().saturating_mul(count);
    if bits > 1 << 33 {
        return Err(py.memory_error());
    }
    let top = match n.to_i64() {
        Some(n) => product(n as u64 - count + 1, count),
        None => (0..count).fold(BigInt::one(), |p, i| p * (big_n.as_ref() - i)),
    };
    Ok(from_big(
        py,
        if combinations {
            top / product(1, count)
        } else {
            top
        },
    ))
}
