//! `cmath`: functions of complex numbers, with the special values of C's Annex G.

use super::ModuleInit;
use crate::builtins::complex::{self, Parts};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, LN_10, PI};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
/// Above this, squares overflow or sums lose everything that matters.
const LARGE: f64 = f64::MAX / 4.0;

/// Why a function has no value.
enum Fail {
    Domain,
    Range,
}

type Result = std::result::Result<Parts, Fail>;

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "cmath");
    m.doc("Mathematical functions for complex numbers.");
    m.float("pi", PI);
    m.float("e", std::f64::consts::E);
    m.float("tau", std::f64::consts::TAU);
    m.float("inf", INF);
    m.float("nan", NAN);
    m.add("infj", complex::new(py, 0.0, INF));
    m.add("nanj", complex::new(py, 0.0, NAN));
    macro_rules! functions {
        ($($name:literal $f:expr;)*) => {
            $(m.function($name, "($module, z, /)", Bound(|py, a| {
                let f: fn(Parts) -> Result = $f;
                finish(py, f(argument(py, &a[0])?))
            }));)*
        };
    }
    functions! {
        "sqrt" |z| Ok(sqrt(z));
        "exp" exp;
        "log10" |z| log(z).map(|(r, i)| (r / LN_10, i / LN_10));
        "sin" |z| sinh(times_i(z)).map(over_i);
        "cos" |z| cosh(times_i(z));
        "tan" |z| tanh(times_i(z)).map(over_i);
        "sinh" sinh;
        "cosh" cosh;
        "tanh" tanh;
        "asin" |z| Ok(over_i(asinh(times_i(z))));
        "acos" |z| Ok(acos(z));
        "atan" |z| atanh(times_i(z)).map(over_i);
        "asinh" |z| Ok(asinh(z));
        "acosh" |z| Ok(acosh(z));
        "atanh" atanh;
    }
    m.function(
        "log",
        "($module, z, base=<unrepresentable>, /)",
        Bound(|py, a| {
            let x = log(argument(py, &a[0])?);
            let Some(base) = a[1].given() else {
                return finish(py, x);
            };
            let b = log(argument(py, base)?);
            match (x, b) {
                (Ok(x), Ok(b)) if b != (0.0, 0.0) => finish(py, Ok(complex::quotient(x, b))),
                (Ok(_), Ok(_)) => finish(py, Err(Fail::Domain)),
                (Err(e), _) | (_, Err(e)) => finish(py, Err(e)),
            }
        }),
    );
    m.function(
        "phase",
        "($module, z, /)",
        Bound(|py, a| {
            let (re, im) = argument(py, &a[0])?;
            Ok(py.float(im.atan2(re)))
        }),
    );
    m.function(
        "polar",
        "($module, z, /)",
        Bound(|py, a| {
            let (re, im) = argument(py, &a[0])?;
            let r = re.hypot(im);
            if r.is_infinite() && re.is_finite() && im.is_finite() {
                return Err(py.overflow_error("math range error"));
            }
            Ok(tuple::new(py, vec![py.float(r), py.float(im.atan2(re))]))
        }),
    );
    m.function(
        "rect",
        "($module, r, phi, /)",
        Bound(|py, a| finish(py, rect(ops::to_f64(py, &a[0])?, ops::to_f64(py, &a[1])?))),
    );
    macro_rules! tests {
        ($($name:literal $f:expr;)*) => {
            $(m.function($name, "($module, z, /)", Bound(|py, a| {
                let f: fn(Parts) -> bool = $f;
                Ok(py.bool(f(argument(py, &a[0])?)))
            }));)*
        };
    }
    tests! {
        "isfinite" |z| z.0.is_finite() && z.1.is_finite();
        "isinf" |z| z.0.is_infinite() || z.1.is_infinite();
        "isnan" |z| z.0.is_nan() || z.1.is_nan();
    }
    m.function(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        Bound(isclose),
    );
    m.finish()
}

fn argument(py: &Py, v: &Val) -> PyResult<Parts> {
    complex::from_object(py, v)?
        .ok_or_else(|| py.type_error(format!("must be real number, not {}", v.ty().name())))
}

fn finish(py: &Py, r: Result) -> PyResult<Obj> {
    match r {
        Ok((re, im)) => Ok(complex::new(py, re, im)),
        Err(Fail::Domain) => Err(py.value_error("math domain error")),
        Err(Fail::Range) => Err(py.overflow_error("math range error")),
    }
}

fn isclose(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (x, y) = (argument(py, &a[0])?, argument(py, &a[1])?);
    let tolerance = |v: &Val, default| v.given().map_or(Ok(default), |v| ops::to_f64(py, v));
    let (rel, abs) = (tolerance(&a[2], 1e-9)?, tolerance(&a[3], 0.0)?);
    if rel < 0.0 || abs < 0.0 {
        return Err(py.value_error("tolerances must be non-negative"));
    }
    if x == y {
        return Ok(py.bool(true));
    }
    let size = |z: Parts| z.0.hypot(z.1);
    if [x.0, x.1, y.0, y.1].iter().any(|d| d.is_infinite()) {
        return Ok(py.bool(false));
    }
    let diff = size((x.0 - y.0, x.1 - y.1));
    Ok(py.bool(diff <= rel * size(y) || diff <= rel * size(x) || diff <= abs))
}

fn times_i((re, im): Parts) -> Parts {
    (-im, re)
}

fn over_i((re, im): Parts) -> Parts {
    (im, -re)
}

fn finite(z: Parts) -> bool {
    z.0.is_finite() && z.1.is_finite()
}

/// The result of finite operands: infinities are overflows.
fn in_range(r: Parts) -> Result {
    if r.0.is_infinite() || r.1.is_infinite() {
        Err(Fail::Range)
    } else {
        Ok(r)
    }
}

fn sqrt((re, im): Parts) -> Parts {
    if im.is_infinite() {
        return (INF, im);
    }
    if re.is_infinite() {
        return if re > 0.0 {
            (
                INF,
                if im.is_nan() {
                    NAN
                } else {
                    0.0_f64.copysign(im)
                },
            )
        } else if im.is_nan() {
            (NAN, INF)
        } else {
            (0.0, INF.copysign(im))
        };
    }
    if re.is_nan() || im.is_nan() {
        return (NAN, NAN);
    }
    if re == 0.0 && im == 0.0 {
        return (0.0, im);
    }
    let (ax, ay) = (re.abs(), im.abs());
    // Scaled so that neither the sum overflows nor the parts vanish.
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE && (ax > 0.0 || ay > 0.0) {
        let ax = libm::ldexp(ax, 54);
        libm::ldexp(((ax + ax.hypot(libm::ldexp(ay, 54))) / 2.0).sqrt(), -27)
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    if re >= 0.0 {
        (s, d.copysign(im))
    } else {
        (d, s.copysign(im))
    }
}

fn exp((re, im): Parts) -> Result {
    if !finite((re, im)) {
        if re.is_infinite() && im.is_finite() && im != 0.0 {
            let (s, c) = im.sin_cos();
            let r = if re > 0.0 { INF } else { 0.0 };
            return Ok((r.copysign(c), r.copysign(s)));
        }
        if im.is_infinite() && (re.is_finite() || re == INF) {
            return Err(Fail::Domain);
        }
        return Ok(match (re, im) {
            (re, 0.0) => (if re.is_nan() { NAN } else { re.exp() }, im),
            (re, _) if re == -INF => (0.0, 0.0_f64.copysign(if im.is_nan() { 1.0 } else { im })),
            (re, _) if re == INF => (INF, NAN),
            _ => (NAN, NAN),
        });
    }
    let (s, c) = im.sin_cos();
    if re > 709.0 {
        let l = (re - 1.0).exp();
        let e = std::f64::consts::E;
        return in_range((l * c * e, l * s * e));
    }
    let l = re.exp();
    in_range((l * c, l * s))
}

fn log((re, im): Parts) -> Result {
    if !finite((re, im)) {
        let size = if re.is_infinite() || im.is_infinite() {
            INF
        } else {
            NAN
        };
        return Ok((size, im.atan2(re)));
    }
    if re == 0.0 && im == 0.0 {
        return Err(Fail::Domain);
    }
    let (ax, ay) = (re.abs(), im.abs());
    let size = if ax > LARGE || ay > LARGE {
        (ax / 2.0).hypot(ay / 2.0).ln() + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        libm::ldexp(ax, 53).hypot(libm::ldexp(ay, 53)).ln() - 53.0 * LN_2
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            // Near one the logarithm is computed from the small difference.
            let (a, b) = if ax > ay { (ax, ay) } else { (ay, ax) };
            ((a - 1.0) * (a + 1.0) + b * b).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    Ok((size, im.atan2(re)))
}

fn rect(r: f64, phi: f64) -> Result {
    if !r.is_finite() || !phi.is_finite() {
        if r.is_infinite() && phi.is_finite() && phi != 0.0 {
            let (s, c) = phi.sin_cos();
            return Ok((r * c.signum(), r * s.signum()));
        }
        if phi.is_infinite() && r != 0.0 && !r.is_nan() {
            return Err(Fail::Domain);
        }
        return Ok(match (r, phi) {
            (r, 0.0) => (r, if r.is_nan() { NAN } else { r.signum() * phi }),
            (0.0, _) => (0.0, 0.0),
            (r, _) if r.is_infinite() => (INF, NAN),
            _ => (NAN, NAN),
        });
    }
    if phi == 0.0 {
        return Ok((r, r * phi));
    }
    let (s, c) = phi.sin_cos();
    Ok((r * c, r * s))
}

fn sinh((re, im): Parts) -> Result {
    if !finite((re, im)) {
        if re.is_infinite() && im.is_finite() && im != 0.0 {
            let (s, c) = im.sin_cos();
            let i = INF.copysign(s);
            return Ok((
                if re > 0.0 {
                    INF.copysign(c)
                } else {
                    -INF.copysign(c)
                },
                i,
            ));
        }
        if im.is_infinite() && !re.is_nan() && re != 0.0 {
            return Err(Fail::Domain);
        }
        return Ok(match (re, im) {
            (re, 0.0) => (re, im),
            (0.0, im) if im.is_infinite() => return Err(Fail::Domain),
            (0.0, _) => (0.0, NAN),
            (re, _) if re.is_infinite() => (re, NAN),
            _ => (NAN, NAN),
        });
    }
    let (s, c) = im.sin_cos();
    if re.abs() > 708.0 {
        let shifted = re - 1.0_f64.copysign(re);
        let e = std::f64::consts::E;
        return in_range((c * shifted.sinh() * e, s * shifted.cosh() * e));
    }
    in_range((c * re.sinh(), s * re.cosh()))
}

fn cosh((re, im): Parts) -> Result {
    if !finite((re, im)) {
        if re.is_infinite() && im.is_finite() && im != 0.0 {
            let (s, c) = im.sin_cos();
            let i = INF.copysign(s);
            return Ok((INF.copysign(c), if re > 0.0 { i } else { -i }));
        }
        if im.is_infinite() && !re.is_nan() {
            return Err(Fail::Domain);
        }
        return Ok(match (re, im) {
            (re, 0.0) if re.is_infinite() => (INF, im * re.signum()),
            (re, 0.0) => (re.abs(), 0.0),
            (0.0, _) => (NAN, 0.0),
            (re, _) if re.is_infinite() => (INF, NAN),
            _ => (NAN, NAN),
        });
    }
    let (s, c) = im.sin_cos();
    if re.abs() > 708.0 {
        let shifted = re - 1.0_f64.copysign(re);
        let e = std::f64::consts::E;
        return in_range((c * shifted.cosh() * e, s * shifted.sinh() * e));
    }
    in_range((c * re.cosh(), s * re.sinh()))
}

fn tanh((re, im): Parts) -> Result {
    if !finite((re, im)) {
        if re.is_infinite() && im.is_finite() && im != 0.0 {
            let (s, c) = im.sin_cos();
            return Ok((1.0_f64.copysign(re), 0.0_f64.copysign(2.0 * s * c)));
        }
        if im.is_infinite() && re.is_finite() {
            return Err(Fail::Domain);
        }
        return Ok(match (re, im) {
            (re, _) if re.is_infinite() => (
                1.0_f64.copysign(re),
                if im.is_nan() {
                    0.0
                } else {
                    0.0_f64.copysign(im)
                },
            ),
            (re, 0.0) => (re, im),
            _ => (NAN, NAN),
        });
    }
    if re.abs() > 708.0 {
        let (s, c) = im.sin_cos();
        return Ok((1.0_f64.copysign(re), 4.0 * s * c * (-2.0 * re.abs()).exp()));
    }
    let (tx, ty) = (re.tanh(), im.tan());
    let cx = 1.0 / re.cosh();
    let txty = tx * ty;
    let denominator = 1.0 + txty * txty;
    Ok((
        tx * (1.0 + ty * ty) / denominator,
        ((ty / denominator) * cx) * cx,
    ))
}

fn acos((re, im): Parts) -> Parts {
    if !finite((re, im)) {
        return match (re, im) {
            (re, im) if re.is_infinite() && im.is_infinite() => {
                (if re > 0.0 { FRAC_PI_4 } else { 3.0 * FRAC_PI_4 }, -im)
            }
            (re, im) if re.is_infinite() && !im.is_nan() => {
                (if re > 0.0 { 0.0 } else { PI }, -INF.copysign(im))
            }
            (re, _) if re.is_infinite() => (NAN, INF),
            (re, im) if im.is_infinite() => (if re.is_nan() { NAN } else { FRAC_PI_2 }, -im),
            (0.0, _) => (FRAC_PI_2, NAN),
            _ => (NAN, NAN),
        };
    }
    if re.abs() > LARGE || im.abs() > LARGE {
        let r = im.abs().atan2(re);
        let size = (re / 2.0).hypot(im / 2.0).ln() + LN_2 * 2.0;
        return (
            r,
            if re < 0.0 {
                -size.copysign(im)
            } else {
                size.copysign(-im)
            },
        );
    }
    let s1 = sqrt((1.0 - re, -im));
    let s2 = sqrt((1.0 + re, im));
    (
        2.0 * s1.0.atan2(s2.0),
        libm::asinh(s2.0 * s1.1 - s2.1 * s1.0),
    )
}

fn acosh((re, im): Parts) -> Parts {
    if !finite((re, im)) {
        let size = if re.is_infinite() || im.is_infinite() {
            INF
        } else {
            NAN
        };
        let angle = if size.is_nan() && re == 0.0 {
            FRAC_PI_2
        } else {
            im.atan2(re)
        };
        return (size, angle);
    }
    if re.abs() > LARGE || im.abs() > LARGE {
        return ((re / 2.0).hypot(im / 2.0).ln() + LN_2 * 2.0, im.atan2(re));
    }
    let s1 = sqrt((re - 1.0, im));
    let s2 = sqrt((re + 1.0, im));
    (
        libm::asinh(s1.0 * s2.0 + s1.1 * s2.1),
        2.0 * s1.1.atan2(s2.0),
    )
}

fn asinh((re, im): Parts) -> Parts {
    if !finite((re, im)) {
        return match (re, im) {
            (re, im) if re.is_infinite() && im.is_infinite() => (re, FRAC_PI_4.copysign(im)),
            (re, im) if re.is_infinite() => (
                re,
                if im.is_nan() {
                    NAN
                } else {
                    0.0_f64.copysign(im)
                },
            ),
            (re, im) if im.is_infinite() => (
                INF.copysign(re),
                if re.is_nan() {
                    NAN
                } else {
                    FRAC_PI_2.copysign(im)
                },
            ),
            (re, 0.0) => (re, im),
            _ => (NAN, NAN),
        };
    }
    if re.abs() > LARGE || im.abs() > LARGE {
        let size = (re / 2.0).hypot(im / 2.0).ln() + LN_2 * 2.0;
        return (size.copysign(re), im.atan2(re.abs()));
    }
    let s1 = sqrt((1.0 + im, -re));
    let s2 = sqrt((1.0 - im, re));
    (
        libm::asinh(s1.0 * s2.1 - s2.0 * s1.1),
        im.atan2(s1.0 * s2.0 - s1.1 * s2.1),
    )
}

fn atanh(z: Parts) -> Result {
    let (re, im) = z;
    if !finite(z) {
        return Ok(match (re, im) {
            (re, im) if re.is_infinite() && im.is_nan() => (0.0_f64.copysign(re), NAN),
            (re, im) if im.is_infinite() => (0.0_f64.copysign(re), FRAC_PI_2.copysign(im)),
            (re, im) if re.is_infinite() => (0.0_f64.copysign(re), FRAC_PI_2.copysign(im)),
            (0.0, _) => (re, NAN),
            _ => (NAN, NAN),
        });
    }
    // Odd: computed in the right half plane.
    if re < 0.0 || re == 0.0 && re.is_sign_negative() {
        return atanh((-re, -im)).map(|(r, i)| (-r, -i));
    }
    let ay = im.abs();
    if re > LARGE.sqrt() || ay > LARGE.sqrt() {
        let h = (re / 2.0).hypot(im / 2.0);
        return Ok((re / 4.0 / h / h, FRAC_PI_2.copysign(im)));
    }
    if re == 1.0 && ay < f64::MIN_POSITIVE.sqrt() {
        if ay == 0.0 {
            return Err(Fail::Domain);
        }
        return Ok((
            -(ay.sqrt() / ay.hypot(2.0).sqrt()).ln(),
            (2.0_f64.atan2(-ay) / 2.0).copysign(im),
        ));
    }
    let r = (4.0 * re / ((1.0 - re) * (1.0 - re) + ay * ay)).ln_1p() / 4.0;
    let i = -(-2.0 * im).atan2((1.0 - re) * (1.0 + re) - ay * ay) / 2.0;
    Ok((r, i))
}
