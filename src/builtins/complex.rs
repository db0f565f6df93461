//! `complex`: arithmetic by the rules of C's Annex G for infinities and for operands that are real.

use crate::builtins::float_methods as fm;
use crate::builtins::int::text::with_units;
use crate::builtins::int::{self, IntRef};
use crate::builtins::str::{self, StrObj};
use crate::builtins::{float, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::text::{float_repr, format_spec};
use crate::thread::Py;

/// Payload.
pub struct ComplexObj {
    pub re: f64,
    pub im: f64,
}

impl Trace for ComplexObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `complex`.
    pub COMPLEX: ComplexObj = "complex", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

/// Real and imaginary part.
pub type Parts = (f64, f64);

/// A complex number.
pub fn new(py: &Py, re: f64, im: f64) -> Obj {
    py.alloc(&COMPLEX, ComplexObj { re, im })
}

/// The parts, if `v` is a complex (or of a subclass).
pub fn view(v: &Val) -> Option<Parts> {
    v.get::<ComplexObj>().map(|c| (c.re, c.im))
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(make);
    s.repr.set(|py, v| {
        let (re, im) = value(v);
        Ok(py.str(&float_repr::complex_repr(re, im)))
    });
    s.hash.set(|_, v| Ok(hash(v)));
    s.compare.set(compare);
    s.bool.set(|_, v| Ok(value(v) != (0.0, 0.0)));
    s.neg.set(|py, v| {
        let (re, im) = value(v);
        Ok(new(py, -re, -im))
    });
    s.pos.set(exact);
    s.abs.set(|py, v| {
        let (re, im) = value(v);
        let d = re.hypot(im);
        if d.is_infinite() && re.is_finite() && im.is_finite() {
            return Err(py.overflow_error("absolute value too large"));
        }
        Ok(py.float(d))
    });
    s.pow3.set(|py, a, b, m| {
        if !m.is_none() {
            return Err(py.value_error("complex modulo"));
        }
        pow(py, a, b)
    });
    for (op, f) in [
        (BinOp::Add, add as fn(&Py, &Val, &Val) -> PyResult<Obj>),
        (BinOp::Sub, sub),
        (BinOp::Mul, mul),
        (BinOp::TrueDiv, div),
        (BinOp::Pow, pow),
    ] {
        s.bin(op).set(f);
    }
    t.doc(
        "Create a complex number from a string or numbers.\n\nA string is parsed; a single number is converted; two numbers \
         are real and imaginary part.",
    );
    t.method(
        "conjugate",
        "($self, /)",
        Bound(|py, a| {
            let (re, im) = value(&a[0]);
            Ok(new(py, re, -im))
        }),
    );
    t.method("__complex__", "($self, /)", Bound(|py, a| exact(py, &a[0])));
    t.method(
        "__getnewargs__",
        "($self, /)",
        Bound(|py, a| {
            let (re, im) = value(&a[0]);
            Ok(tuple::new(py, vec![py.float(re), py.float(im)]))
        }),
    );
    t.method("__format__", "($self, format_spec, /)", Bound(format));
    t.classmethod("from_number", "($type, number, /)", Bound(from_number));
    t.member("real", |py, v| Ok(py.float(value(v).0)));
    t.member("imag", |py, v| Ok(py.float(value(v).1)));
}

fn value(v: &Val) -> Parts {
    view(v).unwrap_or((f64::NAN, f64::NAN))
}

fn exact(py: &Py, v: &Val) -> PyResult<Obj> {
    if COMPLEX.is_exact(v) {
        return Ok(v.to_obj());
    }
    let (re, im) = value(v);
    Ok(new(py, re, im))
}

fn make_in(py: &Py, ty: &'static Type, (re, im): Parts) -> Obj {
    py.alloc_in(ty, ComplexObj { re, im })
}

static NEW: FnDef = FnDef::new("complex", "(real=0, imag=0)", Bound(|py, _| Ok(py.none())));

fn make(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let bound = NEW.bind(py, args)?;
    let a = Val::from_words(&bound);
    let Some(im) = a[1].given() else {
        let Some(x) = a[0].given() else {
            return Ok(make_in(py, ty, (0.0, 0.0)));
        };
        if !args.has_keywords() {
            if COMPLEX.is_exact(x) && std::ptr::eq(ty, COMPLEX.ty()) {
                return Ok(x.to_obj());
            }
            if let Some(s) = x.get::<StrObj>() {
                let Some(p) = with_units!(s, u => float_repr::parse_complex(u)) else {
                    return Err(py.value_error("complex() arg is a malformed string"));
                };
                return Ok(make_in(py, ty, p));
            }
            let Some(p) = from_object(py, x)? else {
                return Err(py.type_error(format!(
                    "complex() argument must be a string or a number, not {}",
                    x.ty().full_name()
                )));
            };
            return Ok(make_in(py, ty, p));
        }
        return Ok(make_in(py, ty, part(py, x, "real")?));
    };
    let (mut re, mut im_of_real) = (0.0, 0.0);
    if let Some(x) = a[0].given() {
        (re, im_of_real) = part(py, x, "real")?;
    }
    let (i_re, i_im) = part(py, im, "imag")?;
    // real + imag * 1j, where either may (still) be complex.
    let re = if view(im).is_some() { re - i_im } else { re };
    let im = if a[0].given().is_some_and(|r| view(r).is_some()) {
        i_re + im_of_real
    } else {
        i_re
    };
    Ok(make_in(py, ty, (re, im)))
}

/// A real or imaginary part argument; complex values are deprecated.
fn part(py: &Py, v: &Val, which: &str) -> PyResult<Parts> {
    let message = || {
        format!(
            "complex() argument '{which}' must be a real number, not {}",
            v.ty().full_name()
        )
    };
    if view(v).is_some()
        || v.get::<StrObj>().is_none() && ops::special(py, v, &names::__complex__)?.is_some()
    {
        crate::stdlib::warnings::warn(
            py,
            &crate::builtins::exceptions::DEPRECATION_WARNING,
            &message(),
            1,
        )?;
        if let Some(p) = from_object(py, v)? {
            return Ok(p);
        }
    }
    match fm::from_real(py, v)? {
        Some(d) => Ok((d, 0.0)),
        None => Err(py.type_error(message())),
    }
}

/// The value of any number: `__complex__`, `__float__`, `__index__`; `None` for other objects.
pub fn from_object(py: &Py, v: &Val) -> PyResult<Option<Parts>> {
    if COMPLEX.is_exact(v) {
        return Ok(view(v));
    }
    if let Some(r) = ops::call_special(py, v, &names::__complex__, &[])? {
        let Some(p) = view(&r) else {
            return Err(py.type_error(format!(
                "__complex__ returned non-complex (type {})",
                r.ty().full_name()
            )));
        };
        if !COMPLEX.is_exact(&r) {
            ops::warn_of_subclass(py, "__complex__", "complex", &r)?;
        }
        return Ok(Some(p));
    }
    Ok(fm::from_real(py, v)?.map(|d| (d, 0.0)))
}

fn from_number(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if COMPLEX.is_exact(&a[1]) && a[0].is(&COMPLEX.obj()) {
        return Ok(a[1].to_obj());
    }
    let Some((re, im)) = from_object(py, &a[1])? else {
        return Err(py.type_error(format!("must be real number, not {}", a[1].ty().name())));
    };
    let c = new(py, re, im);
    if a[0].is(&COMPLEX.obj()) {
        Ok(c)
    } else {
        ops::call1(py, &a[0], &c)
    }
}

fn hash(v: &Val) -> i64 {
    let (re, im) = value(v);
    let part = |d: f64| {
        if d.is_nan() {
            ((v.id() >> 4) as i64).max(2)
        } else {
            fm::hash_f64(d)
        }
    };
    match part(re).wrapping_add(part(im).wrapping_mul(1_000_003)) {
        -1 => -2,
        h => h,
    }
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    if op != CmpOp::Eq && op != CmpOp::Ne {
        return Ok(py.not_implemented());
    }
    let (c, other) = if view(a).is_some() {
        (value(a), b)
    } else {
        (value(b), a)
    };
    let equal = if let Some(o) = view(other) {
        c == o
    } else if let Some(d) = float::view(other) {
        c.1 == 0.0 && c.0 == d
    } else if let Some(n) = int::view(other) {
        c.1 == 0.0 && fm::order_with_int(c.0, &n) == Some(std::cmp::Ordering::Equal)
    } else {
        return Ok(py.not_implemented());
    };
    Ok(py.bool(equal == (op == CmpOp::Eq)))
}

/// An operand: complex, or real without imaginary part.
enum Operand {
    Complex(Parts),
    Real(f64),
}

fn operand(py: &Py, v: &Val) -> PyResult<Option<Operand>> {
    if let Some(c) = view(v) {
        return Ok(Some(Operand::Complex(c)));
    }
    if let Some(d) = float::view(v) {
        return Ok(Some(Operand::Real(d)));
    }
    match int::view(v) {
        Some(n @ IntRef::Small(_)) | Some(n @ IntRef::Big(_)) => {
            Ok(Some(Operand::Real(int::convert::to_f64(py, &n)?)))
        }
        None => Ok(None),
    }
}

macro_rules! binary {
    ($name:ident, $cc:expr, $cr:expr, $rc:expr) => {
        fn $name(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
            use Operand::{Complex, Real};
            let (Some(x), Some(y)) = (operand(py, a)?, operand(py, b)?) else {
                return Ok(py.not_implemented());
            };
            let (re, im) = match (x, y) {
                (Complex(x), Complex(y)) => $cc(x, y),
                (Complex(x), Real(y)) => $cr(x, y),
                (Real(x), Complex(y)) => $rc(x, y),
                (Real(_), Real(_)) => return Ok(py.not_implemented()),
            };
            Ok(new(py, re, im))
        }
    };
}

binary!(
    add,
    |x: Parts, y: Parts| (x.0 + y.0, x.1 + y.1),
    |x: Parts, y: f64| (x.0 + y, x.1),
    |x: f64, y: Parts| (x + y.0, y.1)
);
binary!(
    sub,
    |x: Parts, y: Parts| (x.0 - y.0, x.1 - y.1),
    |x: Parts, y: f64| (x.0 - y, x.1),
    |x: f64, y: Parts| (x - y.0, -y.1)
);
binary!(
    mul,
    product,
    |x: Parts, y: f64| (x.0 * y, x.1 * y),
    |x: f64, y: Parts| (x * y.0, x * y.1)
);

fn div(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    use Operand::{Complex, Real};
    let (Some(x), Some(y)) = (operand(py, a)?, operand(py, b)?) else {
        return Ok(py.not_implemented());
    };
    let zero = match y {
        Complex(y) => y == (0.0, 0.0),
        Real(y) => y == 0.0,
    };
    if zero {
        return Err(int::division::zero_division(py));
    }
    let (re, im) = match (x, y) {
        (Complex(x), Complex(y)) => quotient(x, y),
        (Complex(x), Real(y)) => (x.0 / y, x.1 / y),
        (Real(x), Complex(y)) => real_quotient(x, y),
        (Real(_), Real(_)) => return Ok(py.not_implemented()),
    };
    Ok(new(py, re, im))
}

/// 1 with the sign of `d` for infinities, 0 with it otherwise.
fn boxed_infinity(d: f64) -> f64 {
    (if d.is_infinite() { 1.0_f64 } else { 0.0 }).copysign(d)
}

fn signed_zero_for_nan(d: f64) -> f64 {
    if d.is_nan() { 0.0_f64.copysign(d) } else { d }
}

/// `x * y`; a result of two NaNs that has to be infinite is recomputed from the operands' directions.
pub fn product(x: Parts, y: Parts) -> Parts {
    let ((mut a, mut b), (mut c, mut d)) = (x, y);
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let r = (ac - bd, ad + bc);
    if !r.0.is_nan() || !r.1.is_nan() {
        return r;
    }
    let mut recalc = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b) = (boxed_infinity(a), boxed_infinity(b));
        (c, d) = (signed_zero_for_nan(c), signed_zero_for_nan(d));
        recalc = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d) = (boxed_infinity(c), boxed_infinity(d));
        (a, b) = (signed_zero_for_nan(a), signed_zero_for_nan(b));
        recalc = true;
    }
    if !recalc && (ac.is_infinite() || bd.is_infinite() || ad.is_infinite() || bc.is_infinite()) {
        (a, b) = (signed_zero_for_nan(a), signed_zero_for_nan(b));
        (c, d) = (signed_zero_for_nan(c), signed_zero_for_nan(d));
        recalc = true;
    }
    if recalc {
        (
            f64::INFINITY * (a * c - b * d),
            f64::INFINITY * (a * d + b * c),
        )
    } else {
        r
    }
}

/// `x / y` by scaling with the larger part of the divisor (Smith); the divisor is not zero.
pub fn quotient(x: Parts, y: Parts) -> Parts {
    let r = if y.0.abs() >= y.1.abs() {
        let ratio = y.1 / y.0;
        let denominator = y.0 + y.1 * ratio;
        (
            (x.0 + x.1 * ratio) / denominator,
            (x.1 - x.0 * ratio) / denominator,
        )
    } else if y.1.abs() >= y.0.abs() {
        let ratio = y.0 / y.1;
        let denominator = y.0 * ratio + y.1;
        (
            (x.0 * ratio + x.1) / denominator,
            (x.1 * ratio - x.0) / denominator,
        )
    } else {
        (f64::NAN, f64::NAN)
    };
    if !r.0.is_nan() || !r.1.is_nan() {
        return r;
    }
    if (x.0.is_infinite() || x.1.is_infinite()) && y.0.is_finite() && y.1.is_finite() {
        let (a, b) = (boxed_infinity(x.0), boxed_infinity(x.1));
        return (
            f64::INFINITY * (a * y.0 + b * y.1),
            f64::INFINITY * (b * y.0 - a * y.1),
        );
    }
    if (y.0.is_infinite() || y.1.is_infinite()) && x.0.is_finite() && x.1.is_finite() {
        let (c, d) = (boxed_infinity(y.0), boxed_infinity(y.1));
        return (0.0 * (x.0 * c + x.1 * d), 0.0 * (x.1 * c - x.0 * d));
    }
    r
}

/// A real number divided by a complex one.
fn real_quotient(x: f64, y: Parts) -> Parts {
    let r = if y.0.abs() >= y.1.abs() {
        let ratio = y.1 / y.0;
        let denominator = y.0 + y.1 * ratio;
        (x / denominator, (-x * ratio) / denominator)
    } else if y.1.abs() >= y.0.abs() {
        let ratio = y.0 / y.1;
        let denominator = y.0 * ratio + y.1;
        ((x * ratio) / denominator, (-x) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if r.0.is_nan() && r.1.is_nan() && x.is_finite() && (y.0.is_infinite() || y.1.is_infinite()) {
        let (c, d) = (boxed_infinity(y.0), boxed_infinity(y.1));
        return (0.0 * (x * c), 0.0 * (-x * d));
    }
    r
}

fn pow(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (operand(py, a)?, operand(py, b)?) else {
        return Ok(py.not_implemented());
    };
    let parts = |o: Operand| match o {
        Operand::Complex(c) => c,
        Operand::Real(d) => (d, 0.0),
    };
    pow_parts(py, parts(x), parts(y))
}

/// `x ** y`
pub fn pow_parts(py: &Py, x: Parts, y: Parts) -> PyResult<Obj> {
    if y == (0.0, 0.0) {
        return Ok(new(py, 1.0, 0.0));
    }
    if x == (0.0, 0.0) {
        if y.1 != 0.0 || y.0 < 0.0 {
            return Err(py.zero_division("zero to a negative or complex power"));
        }
        return Ok(new(py, 0.0, 0.0));
    }
    let r = if y.1 == 0.0 && y.0 == y.0.floor() && y.0.abs() <= 100.0 {
        let n = y.0.abs() as u32;
        let p = pow_unsigned(x, n);
        if y.0 < 0.0 {
            quotient((1.0, 0.0), p)
        } else {
            p
        }
    } else {
        let size = x.0.hypot(x.1);
        let angle = x.1.atan2(x.0);
        let (mut len, mut phase) = (size.powf(y.0), angle * y.0);
        if y.1 != 0.0 {
            len *= (-angle * y.1).exp();
            phase += y.1 * size.ln();
        }
        (len * phase.cos(), len * phase.sin())
    };
    let finite = |p: Parts| p.0.is_finite() && p.1.is_finite();
    if (r.0.is_infinite() || r.1.is_infinite()) && finite(x) && finite(y) {
        return Err(py.overflow_error("complex exponentiation"));
    }
    Ok(new(py, r.0, r.1))
}

fn pow_unsigned(x: Parts, n: u32) -> Parts {
    let (mut result, mut power, mut n) = ((1.0, 0.0), x, n);
    while n != 0 {
        if n & 1 == 1 {
            result = product(result, power);
        }
        n >>= 1;
        if n != 0 {
            power = product(power, power);
        }
    }
    result
}

fn format(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(s) = a[1].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "__format__() argument must be str, not {}",
            a[1].ty().name()
        )));
    };
    if s.is_empty() {
        return ops::str(py, &a[0]);
    }
    let (re, im) = value(&a[0]);
    let mut out: Vec<u32> = Vec::new();
    with_units!(s, u => format_spec::format_complex(re, im, u, &mut out))
        .map_err(|e| int::text::format_error(py, e))?;
    Ok(str::from_code_points(py, &out))
}
