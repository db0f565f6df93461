//! `math`: functions of C's math library with Python's errors.
//!
//! - `ints`: gcd, lcm, isqrt, factorial, comb, perm
//! - `sums`: fsum, sumprod, prod, hypot, dist

mod ints;
mod sums;

use super::ModuleInit;
use crate::builtins::float::{self, FLOAT};
use crate::builtins::int::convert::truncate;
use crate::builtins::int::{self, IntRef};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::text::float_repr;
use crate::thread::Py;

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "math");
    m.doc("Mathematical functions defined by the C standard, and functions on integers.");
    m.float("pi", std::f64::consts::PI);
    m.float("e", std::f64::consts::E);
    m.float("tau", std::f64::consts::TAU);
    m.float("inf", f64::INFINITY);
    m.float("nan", f64::NAN);
    elementary(&mut m);
    logarithms(&mut m);
    rounding(&mut m);
    representation(&mut m);
    ints::add(&mut m);
    sums::add(&mut m);
    m.finish()
}

/// The text after "got" in domain errors.
fn got(x: f64) -> String {
    float_repr::repr(x)
}

/// Checks the result of a function of one argument; `what` says what is expected ("" for no particular message).
fn checked(py: &Py, x: f64, r: f64, can_overflow: bool, what: &str) -> PyResult<Obj> {
    let domain = r.is_nan() && !x.is_nan() || r.is_infinite() && x.is_finite() && !can_overflow;
    if domain {
        return Err(if what.is_empty() {
            py.value_error("math domain error")
        } else {
            py.value_error(format!("{what}, got {}", got(x)))
        });
    }
    if r.is_infinite() && x.is_finite() {
        return Err(py.overflow_error("math range error"));
    }
    Ok(py.float(r))
}

fn domain_error(py: &Py) -> crate::error::Raised {
    py.value_error("math domain error")
}

fn range_error(py: &Py) -> crate::error::Raised {
    py.overflow_error("math range error")
}

fn elementary(m: &mut ModuleInit) {
    const FINITE: &str = "expected a finite input";
    const UNIT: &str = "expected a number in range from -1 up to 1";
    const GAMMA: &str = "expected a noninteger or positive integer";
    macro_rules! one {
        ($name:literal, $f:expr, $overflow:expr, $what:expr) => {
            m.function(
                $name,
                "($module, x, /)",
                Bound(|py, a| {
                    let x = ops::to_f64(py, &a[0])?;
                    let f: fn(f64) -> f64 = $f;
                    checked(py, x, f(x), $overflow, $what)
                }),
            );
        };
    }
    one!("acos", f64::acos, false, UNIT);
    one!("asin", f64::asin, false, UNIT);
    one!("atan", f64::atan, false, "");
    one!("cos", f64::cos, false, FINITE);
    one!("sin", f64::sin, false, FINITE);
    one!("tan", f64::tan, false, FINITE);
    one!(
        "acosh",
        libm::acosh,
        false,
        "expected argument value not less than 1"
    );
    one!("asinh", libm::asinh, false, "");
    one!(
        "atanh",
        libm::atanh,
        false,
        "expected a number between -1 and 1"
    );
    one!("cosh", f64::cosh, true, "");
    one!("sinh", f64::sinh, true, "");
    one!("tanh", f64::tanh, false, "");
    one!("exp", f64::exp, true, "");
    one!("exp2", f64::exp2, true, "");
    one!("expm1", f64::exp_m1, true, "");
    one!("cbrt", f64::cbrt, false, "");
    one!("sqrt", f64::sqrt, false, "expected a nonnegative input");
    one!("log1p", f64::ln_1p, false, "expected argument value > -1");
    one!("erf", libm::erf, false, "");
    one!("erfc", libm::erfc, false, "");
    one!("fabs", f64::abs, false, "");
    one!("degrees", |x| x * (180.0 / std::f64::consts::PI), false, "");
    one!("radians", |x| x * (std::f64::consts::PI / 180.0), false, "");
    m.function(
        "gamma",
        "($module, x, /)",
        Bound(|py, a| {
            let x = ops::to_f64(py, &a[0])?;
            let pole = x == f64::NEG_INFINITY || x <= 0.0 && x == x.floor();
            if pole {
                return Err(py.value_error(format!("{GAMMA}, got {}", got(x))));
            }
            checked(py, x, gamma(x), true, GAMMA)
        }),
    );
    m.function(
        "lgamma",
        "($module, x, /)",
        Bound(|py, a| {
            let x = ops::to_f64(py, &a[0])?;
            if x.is_finite() && x <= 0.0 && x == x.floor() {
                return Err(py.value_error(format!("{GAMMA}, got {}", got(x))));
            }
            checked(
                py,
                x,
                if x.is_infinite() {
                    f64::INFINITY
                } else {
                    libm::lgamma(x)
                },
                true,
                GAMMA,
            )
        }),
    );
    m.function(
        "atan2",
        "($module, y, x, /)",
        Bound(|py, a| Ok(py.float(ops::to_f64(py, &a[0])?.atan2(ops::to_f64(py, &a[1])?)))),
    );
    m.function(
        "copysign",
        "($module, x, y, /)",
        Bound(|py, a| Ok(py.float(ops::to_f64(py, &a[0])?.copysign(ops::to_f64(py, &a[1])?)))),
    );
    m.function("pow", "($module, x, y, /)", Bound(pow));
    m.function(
        "fmod",
        "($module, x, y, /)",
        Bound(|py, a| {
            let (x, y) = (ops::to_f64(py, &a[0])?, ops::to_f64(py, &a[1])?);
            if y.is_infinite() && x.is_finite() {
                return Ok(py.float(x));
            }
            let r = x % y;
            if r.is_nan() && !x.is_nan() && !y.is_nan() {
                return Err(domain_error(py));
            }
            Ok(py.float(r))
        }),
    );
    m.function(
        "remainder",
        "($module, x, y, /)",
        Bound(|py, a| {
            let (x, y) = (ops::to_f64(py, &a[0])?, ops::to_f64(py, &a[1])?);
            if x.is_finite() && y.is_infinite() {
                return Ok(py.float(x));
            }
            if !x.is_nan() && !y.is_nan() && (x.is_infinite() || y == 0.0) {
                return Err(domain_error(py));
            }
            Ok(py.float(libm::remainder(x, y)))
        }),
    );
    m.function(
        "fma",
        "($module, x, y, z, /)",
        Bound(|py, a| {
            let (x, y, z) = (
                ops::to_f64(py, &a[0])?,
                ops::to_f64(py, &a[1])?,
                ops::to_f64(py, &a[2])?,
            );
            let r = x.mul_add(y, z);
            if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
                return Err(py.value_error("invalid operation in fma"));
            }
            if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
                return Err(py.overflow_error("overflow in fma"));
            }
            Ok(py.float(r))
        }),
    );
}

/// The gamma function, exact where its value is a factorial that a float holds.
fn gamma(x: f64) -> f64 {
    if (1.0..=23.0).contains(&x) && x == x.floor() {
        return (2..x as u32).fold(1.0, |p, k| p * f64::from(k));
    }
    libm::tgamma(x)
}

fn pow(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (x, y) = (ops::to_f64(py, &a[0])?, ops::to_f64(py, &a[1])?);
    let r = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if r.is_nan() || r.is_infinite() && x == 0.0 {
            return Err(domain_error(py));
        }
        if r.is_infinite() {
            return Err(range_error(py));
        }
    }
    Ok(py.float(r))
}

/// Logarithm of a number, also of ints that are too large for a float.
fn log_of(py: &Py, v: &Val, f: fn(f64) -> f64) -> PyResult<f64> {
    if let Some(n) = int::view(v) {
        if n.bits() == 0 || n.is_negative() {
            return Err(py.value_error("expected a positive input"));
        }
        if let Some(d) = int::convert::nearest_f64(&n) {
            return Ok(f(d));
        }
        let IntRef::Big(b) = n else {
            return Ok(f64::INFINITY);
        };
        let shift = b.bits() - 64;
        let top = int::convert::nearest_f64(&IntRef::Big(&(b >> shift))).unwrap_or(f64::INFINITY);
        return Ok(f(top) + f(2.0) * shift as f64);
    }
    let x = ops::to_f64(py, v)?;
    if x <= 0.0 {
        return Err(py.value_error(format!("expected a positive input, got {}", got(x))));
    }
    Ok(f(x))
}

fn logarithms(m: &mut ModuleInit) {
    m.function(
        "log",
        "(x, base=math.e, /)",
        Bound(|py, a| {
            let x = log_of(py, &a[0], f64::ln)?;
            let Some(base) = a[1].given() else {
                return Ok(py.float(x));
            };
            let b = log_of(py, base, f64::ln)?;
            if b == 0.0 {
                return Err(int::division::zero_division(py));
            }
            Ok(py.float(x / b))
        }),
    );
    m.function(
        "log2",
        "($module, x, /)",
        Bound(|py, a| Ok(py.float(log_of(py, &a[0], f64::log2)?))),
    );
    m.function(
        "log10",
        "($module, x, /)",
        Bound(|py, a| Ok(py.float(log_of(py, &a[0], f64::log10)?))),
    );
}

fn rounding(m: &mut ModuleInit) {
    m.function(
        "ceil",
        "($module, x, /)",
        Bound(|py, a| directed(py, &a[0], &names::__ceil__, f64::ceil)),
    );
    m.function(
        "floor",
        "($module, x, /)",
        Bound(|py, a| directed(py, &a[0], &names::__floor__, f64::floor)),
    );
    m.function(
        "trunc",
        "($module, x, /)",
        Bound(|py, a| {
            if FLOAT.is_exact(&a[0])
                && let Some(d) = float::view(&a[0])
            {
                return truncate(py, d);
            }
            ops::call_special(py, &a[0], &names::__trunc__, &[])?.ok_or_else(|| {
                py.type_error(format!(
                    "type {} doesn't define __trunc__ method",
                    a[0].ty().full_name()
                ))
            })
        }),
    );
    m.function(
        "modf",
        "($module, x, /)",
        Bound(|py, a| {
            let x = ops::to_f64(py, &a[0])?;
            let (fraction, whole) = if x.is_infinite() {
                (0.0_f64.copysign(x), x)
            } else {
                ((x - x.trunc()).copysign(x), x.trunc())
            };
            Ok(tuple::new(py, vec![py.float(fraction), py.float(whole)]))
        }),
    );
}

fn directed(py: &Py, v: &Val, name: &Val, f: fn(f64) -> f64) -> PyResult<Obj> {
    if FLOAT.is_exact(v)
        && let Some(d) = float::view(v)
    {
        return truncate(py, f(d));
    }
    if let Some(r) = ops::call_special(py, v, name, &[])? {
        return Ok(r);
    }
    truncate(py, f(ops::to_f64(py, v)?))
}

fn representation(m: &mut ModuleInit) {
    m.function(
        "isfinite",
        "($module, x, /)",
        Bound(|py, a| Ok(py.bool(ops::to_f64(py, &a[0])?.is_finite()))),
    );
    m.function(
        "isinf",
        "($module, x, /)",
        Bound(|py, a| Ok(py.bool(ops::to_f64(py, &a[0])?.is_infinite()))),
    );
    m.function(
        "isnan",
        "($module, x, /)",
        Bound(|py, a| Ok(py.bool(ops::to_f64(py, &a[0])?.is_nan()))),
    );
    m.function(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        Bound(|py, a| {
            let (x, y) = (ops::to_f64(py, &a[0])?, ops::to_f64(py, &a[1])?);
            let tolerance =
                |v: &Val, default| v.given().map_or(Ok(default), |v| ops::to_f64(py, v));
            let (rel, abs) = (tolerance(&a[2], 1e-9)?, tolerance(&a[3], 0.0)?);
            if rel < 0.0 || abs < 0.0 {
                return Err(py.value_error("tolerances must be non-negative"));
            }
            let diff = (y - x).abs();
            let close = x == y
                || !x.is_infinite()
                    && !y.is_infinite()
                    && (diff <= (rel * y).abs() || diff <= (rel * x).abs() || diff <= abs);
            Ok(py.bool(close))
        }),
    );
    m.function(
        "frexp",
        "($module, x, /)",
        Bound(|py, a| {
            let x = ops::to_f64(py, &a[0])?;
            let (m, e) = if x == 0.0 || !x.is_finite() {
                (x, 0)
            } else {
                libm::frexp(x)
            };
            Ok(tuple::new(py, vec![py.float(m), py.int(i64::from(e))]))
        }),
    );
    m.function("ldexp", "($module, x, i, /)", Bound(ldexp));
    m.function(
        "ulp",
        "($module, x, /)",
        Bound(|py, a| Ok(py.float(ulp(ops::to_f64(py, &a[0])?)))),
    );
    m.function(
        "nextafter",
        "($module, x, y, /, *, steps=None)",
        Raw(nextafter),
    );
}

fn ldexp(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let x = ops::to_f64(py, &a[0])?;
    let Some(e) = int::view(&a[1]) else {
        return Err(py.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(py.float(x));
    }
    let limit = if e.is_negative() { -100_000 } else { 100_000 };
    let e = e.to_i64().map_or(limit, |e| e.clamp(-100_000, 100_000));
    let r = libm::ldexp(x, e as i32);
    if r.is_infinite() {
        return Err(range_error(py));
    }
    Ok(py.float(r))
}

fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let up = x.next_up();
    if up.is_infinite() {
        x - x.next_down()
    } else {
        up - x
    }
}

/// Floats in order as integers: adjacent floats are adjacent numbers, both zeros are 0.
fn rank(x: f64) -> i64 {
    let bits = x.to_bits() as i64;
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

fn nextafter(py: &Py, args: Args) -> PyResult<Obj> {
    let [x, y] = args.positional() else {
        return Err(py.type_error(format!(
            "nextafter() takes exactly 2 positional arguments ({} given)",
            args.positional().len()
        )));
    };
    let mut steps = None;
    for (k, v) in args.keywords() {
        if !crate::builtins::str::eq_text(k, "steps") {
            return Err(py.type_error(format!(
                "nextafter() got an unexpected keyword argument '{}'",
                crate::builtins::str::lossy(k)
            )));
        }
        steps = v.not_none();
    }
    let (x, y) = (ops::to_f64(py, x)?, ops::to_f64(py, y)?);
    let counted = steps.is_some();
    let steps = match steps {
        None => 1,
        Some(s) => {
            let s = ops::index(py, s)?;
            match int::view(&s) {
                Some(n) if n.is_negative() => {
                    return Err(py.value_error("steps must be a non-negative integer"));
                }
                Some(IntRef::Small(n)) => n as u64,
                _ => u64::MAX,
            }
        }
    };
    if steps == 0 || x.is_nan() {
        return Ok(py.float(x));
    }
    if y.is_nan() || x == y {
        return Ok(py.float(y));
    }
    let (from, to) = (i128::from(rank(x)), i128::from(rank(y)));
    let distance = (to - from).unsigned_abs();
    // A single step to zero keeps the sign of `x`, counted steps end at `y` itself.
    if u128::from(steps) >= distance && (counted || y != 0.0) {
        return Ok(py.float(y));
    }
    let at = if to > from {
        from + i128::from(steps)
    } else {
        from - i128::from(steps)
    } as i64;
    let r = if at < 0 {
        -f64::from_bits(at.unsigned_abs())
    } else {
        f64::from_bits(at as u64)
    };
    // A step to zero keeps the sign of where it came from.
    Ok(py.float(if r == 0.0 { r.copysign(x) } else { r }))
}
