//! Accurate sums and norms: fsum, sumprod, prod, hypot, dist.

use crate::builtins::float::{self, FLOAT};
use crate::builtins::int::{self, INT, IntRef, from_i64};
use crate::builtins::singletons;
use crate::builtins::tuple::TupleObj;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function("fsum", "($module, seq, /)", Bound(fsum));
    m.function(
        "prod",
        "($module, iterable, /, *, start=1)",
        Bound(|py, a| prod(py, &a[0], a[1].given())),
    );
    m.function(
        "sumprod",
        "($module, p, q, /)",
        Bound(|py, a| sumprod(py, &a[0], &a[1])),
    );
    m.function(
        "hypot",
        "(*coordinates)",
        Bound(|py, a| {
            let v: Vec<f64> = a
                .iter()
                .map(|v| ops::to_f64(py, v))
                .collect::<PyResult<_>>()?;
            Ok(py.float(norm(&v)))
        }),
    );
    m.function("dist", "($module, p, q, /)", Bound(dist));
}

/// Sum and rounding error of an addition.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let z = s - a;
    (s, (a - (s - z)) + (b - z))
}

/// Product and rounding error of a multiplication.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let p = a * b;
    (p, a.mul_add(b, -p))
}

/// `math.fsum`: the exact sum as a list of non-overlapping floats of growing size, rounded once at the end.
fn fsum(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0, 0.0);
    ops::for_each(py, &a[0], &mut |v| {
        let start = ops::to_f64(py, &v)?;
        let mut x = start;
        let mut kept = 0;
        for j in 0..partials.len() {
            let mut y = partials[j];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        partials.truncate(kept);
        if x != 0.0 {
            if !x.is_finite() {
                if start.is_finite() {
                    return Err(py.overflow_error("intermediate overflow in fsum"));
                }
                if start.is_infinite() {
                    infinities += start;
                }
                special += start;
                partials.clear();
            } else {
                partials.push(x);
            }
        }
        Ok(true)
    })?;
    if special != 0.0 {
        if f64::is_nan(infinities) {
            return Err(py.value_error("-inf + inf in fsum"));
        }
        return Ok(py.float(special));
    }
    let Some(mut hi) = partials.pop() else {
        return Ok(py.float(0.0));
    };
    let mut lo = 0.0;
    while let Some(y) = partials.pop() {
        let x = hi;
        hi = x + y;
        lo = y - (hi - x);
        if lo != 0.0 {
            break;
        }
    }
    // A tie was rounded to even: what is left decides it.
    if let Some(&next) = partials.last()
        && (lo < 0.0 && next < 0.0 || lo > 0.0 && next > 0.0)
    {
        let y = lo * 2.0;
        let x = hi + y;
        if y == x - hi {
            hi = x;
        }
    }
    Ok(py.float(hi))
}

fn exact_int(v: &Val) -> Option<IntRef<'_>> {
    if INT.is_exact(v) || singletons::as_bool(v).is_some() {
        int::view(v)
    } else {
        None
    }
}

fn exact_float(v: &Val) -> Option<f64> {
    if FLOAT.is_exact(v) {
        float::view(v)
    } else {
        None
    }
}

/// `math.prod`
fn prod(py: &Py, iterable: &Val, start: Option<&Val>) -> PyResult<Obj> {
    let mut total = start.map_or_else(|| from_i64(py, 1), Val::to_obj);
    ops::for_each(py, iterable, &mut |v| {
        total = match (exact_float(&total), exact_float(&v)) {
            (Some(x), Some(y)) => py.float(x * y),
            _ => ops::binary(py, BinOp::Mul, &total, &v)?,
        };
        Ok(true)
    })?;
    Ok(total)
}

/// A sum of products in three floats.
#[derive(Default, Clone, Copy)]
struct Triple {
    hi: f64,
    lo: f64,
    tiny: f64,
}

impl Triple {
    fn add_product(&mut self, x: f64, y: f64) {
        let (p, p_lo) = two_product(x, y);
        let (hi, hi_lo) = two_sum(self.hi, p);
        let (r, r_lo) = two_sum(self.lo, p_lo);
        let (lo, lo_lo) = two_sum(r, hi_lo);
        (self.hi, self.lo, self.tiny) = (hi, lo, self.tiny + r_lo + lo_lo);
    }
    fn value(&self) -> f64 {
        let (lo, tiny) = two_sum(self.lo, self.tiny);
        let (hi, rest) = two_sum(self.hi, lo);
        hi + (rest + tiny)
    }
}

/// `math.sumprod`: ints in words first, then floats in extended precision, then everything by the operators.
/// A path that met other operands is left for good, so that values are added in the order of the inputs.
fn sumprod(py: &Py, p: &Val, q: &Val) -> PyResult<Obj> {
    let (p, q) = (ops::iter(py, p)?, ops::iter(py, q)?);
    let mut total = from_i64(py, 0);
    let (mut int_path, mut float_path) = (true, true);
    let mut ints: Option<i64> = None;
    let mut floats: Option<Triple> = None;
    loop {
        let pair = match (ops::next(py, &p)?, ops::next(py, &q)?) {
            (Some(x), Some(y)) => Some((x, y)),
            (None, None) => None,
            _ => return Err(py.value_error("Inputs are not the same length")),
        };
        if int_path {
            if let Some((x, y)) = &pair
                && let Some(sum) = add_ints(ints.unwrap_or(0), x, y)
            {
                ints = Some(sum);
                continue;
            }
            int_path = false;
            if let Some(n) = ints.take() {
                total = ops::binary(py, BinOp::Add, &total, &from_i64(py, n))?;
            }
        }
        if float_path {
            if let Some((x, y)) = &pair
                && let Some((a, b)) = as_floats(x, y)
            {
                let mut next = floats.unwrap_or_default();
                next.add_product(a, b);
                if next.hi.is_finite() {
                    floats = Some(next);
                    continue;
                }
            }
            float_path = false;
            if let Some(t) = floats.take() {
                total = ops::binary(py, BinOp::Add, &total, &py.float(t.value()))?;
            }
        }
        let Some((x, y)) = pair else {
            return Ok(total);
        };
        let product = ops::binary(py, BinOp::Mul, &x, &y)?;
        total = ops::binary(py, BinOp::Add, &total, &product)?;
    }
}

/// `total + x * y` for ints that fit a word.
fn add_ints(total: i64, x: &Val, y: &Val) -> Option<i64> {
    if !INT.is_exact(x) || !INT.is_exact(y) {
        return None;
    }
    let (a, b) = (int::view(x)?.to_i64()?, int::view(y)?.to_i64()?);
    total.checked_add(a.checked_mul(b)?)
}

/// Two floats, or a float and an int that is a float's value too.
fn as_floats(x: &Val, y: &Val) -> Option<(f64, f64)> {
    let whole = |v: &Val| exact_int(v).and_then(|n| int::convert::nearest_f64(&n));
    match (exact_float(x), exact_float(y)) {
        (Some(a), Some(b)) => Some((a, b)),
        (Some(a), None) => Some((a, whole(y)?)),
        (None, Some(b)) => Some((whole(x)?, b)),
        (None, None) => None,
    }
}

/// The Euclidean norm: squares of values scaled by a power of two are summed in extended precision.
pub fn norm(v: &[f64]) -> f64 {
    if v.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    let max = v.iter().fold(0.0_f64, |m, x| {
        if x.is_nan() {
            f64::NAN
        } else if m.is_nan() {
            m
        } else {
            m.max(x.abs())
        }
    });
    if max == 0.0 || max.is_nan() {
        return max;
    }
    if v.len() == 1 {
        return max;
    }
    let (_, e) = libm::frexp(max);
    let mut sum = Triple::default();
    for &x in v {
        let s = libm::ldexp(x, -e);
        sum.add_product(s, s);
    }
    let square = sum.value();
    let mut h = square.sqrt();
    // One Newton step with the exact residual.
    let (p, p_lo) = two_product(h, h);
    let residual = ((sum.hi - p) - p_lo) + sum.lo + sum.tiny;
    h += residual / (2.0 * h);
    libm::ldexp(h, e)
}

fn dist(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let floats = |v: &Val| -> PyResult<Vec<f64>> {
        match v.get::<TupleObj>() {
            Some(t) => t.items().iter().map(|x| ops::to_f64(py, x)).collect(),
            None => ops::collect(py, v)?
                .iter()
                .map(|x| ops::to_f64(py, x))
                .collect(),
        }
    };
    let (p, q) = (floats(&a[0])?, floats(&a[1])?);
    if p.len() != q.len() {
        return Err(py.value_error("both points must have the same number of dimensions"));
    }
    let diffs: Vec<f64> = p.iter().zip(&q).map(|(x, y)| (x - y).abs()).collect();
    Ok(py.float(norm(&diffs)))
}
