//! Methods, attributes and slots of `int`.

use super::{IntObj, IntRef, arith, convert, division, from_i64, from_u64, text, view};
use crate::builtins::str::StrObj;
use crate::builtins::{bytes, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, FnDef, TypeInit};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::Type;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new);
    s.repr.set(text::repr);
    s.hash.set(convert::hash_slot);
    s.compare.set(convert::compare);
    s.bool
        .set(|_, v| Ok(!matches!(view(v), Some(IntRef::Small(0)))));
    s.neg.set(arith::neg);
    s.pos.set(arith::exact);
    s.abs.set(arith::abs);
    s.invert.set(arith::invert);
    s.int.set(arith::exact);
    s.index.set(arith::exact);
    s.float
        .set(|py, v| Ok(py.float(convert::to_f64(py, &value(v))?)));
    s.pow3.set(arith::pow_mod);
    for (op, f) in [
        (
            BinOp::Add,
            arith::add as fn(&Py, &Val, &Val) -> PyResult<Obj>,
        ),
        (BinOp::Sub, arith::sub),
        (BinOp::Mul, arith::mul),
        (BinOp::FloorDiv, arith::floordiv),
        (BinOp::TrueDiv, arith::truediv),
        (BinOp::Mod, arith::rem),
        (BinOp::Pow, arith::pow),
        (BinOp::LShift, arith::lshift),
        (BinOp::RShift, arith::rshift),
        (BinOp::And, arith::and),
        (BinOp::Or, arith::or),
        (BinOp::Xor, arith::xor),
    ] {
        s.bin(op).set(f);
    }
    t.doc(
        "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or text to an integer. A float is truncated \
         towards zero.\nWith a base (2 to 36, or 0 to take it from the prefix), x must be text.",
    );
    t.method(
        "__divmod__",
        "($self, value, /)",
        Bound(|py, a| arith::divmod(py, &a[0], &a[1])),
    );
    t.method(
        "__rdivmod__",
        "($self, value, /)",
        Bound(|py, a| arith::divmod(py, &a[1], &a[0])),
    );
    t.method(
        "__trunc__",
        "($self, /)",
        Bound(|py, a| arith::exact(py, &a[0])),
    );
    t.method(
        "__floor__",
        "($self, /)",
        Bound(|py, a| arith::exact(py, &a[0])),
    );
    t.method(
        "__ceil__",
        "($self, /)",
        Bound(|py, a| arith::exact(py, &a[0])),
    );
    t.method("__round__", "($self, ndigits=None, /)", Bound(round));
    t.method(
        "__format__",
        "($self, format_spec, /)",
        Bound(|py, a| text::format(py, &a[0], &a[1])),
    );
    t.method(
        "__getnewargs__",
        "($self, /)",
        Bound(|py, a| Ok(tuple::new(py, vec![arith::exact(py, &a[0])?]))),
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| {
            Ok(from_u64(
                py,
                24 + value(&a[0]).bits().div_ceil(30).max(1) * 4,
            ))
        }),
    );
    t.method(
        "conjugate",
        "($self, /)",
        Bound(|py, a| arith::exact(py, &a[0])),
    );
    t.method(
        "bit_length",
        "($self, /)",
        Bound(|py, a| Ok(from_u64(py, value(&a[0]).bits()))),
    );
    t.method(
        "bit_count",
        "($self, /)",
        Bound(|py, a| Ok(from_u64(py, arith::bit_count(&value(&a[0]))))),
    );
    t.method("is_integer", "($self, /)", Bound(|py, _| Ok(py.bool(true))));
    t.method(
        "as_integer_ratio",
        "($self, /)",
        Bound(|py, a| {
            Ok(tuple::new(
                py,
                vec![arith::exact(py, &a[0])?, from_i64(py, 1)],
            ))
        }),
    );
    t.method(
        "to_bytes",
        "($self, /, length=1, byteorder='big', *, signed=False)",
        Bound(to_bytes),
    );
    t.classmethod(
        "from_bytes",
        "($type, /, bytes, byteorder='big', *, signed=False)",
        Bound(from_bytes),
    );
    t.getset("real", |py, v| arith::exact(py, v), None);
    t.getset("imag", |py, _| Ok(from_i64(py, 0)), None);
    t.getset("numerator", |py, v| arith::exact(py, v), None);
    t.getset("denominator", |py, _| Ok(from_i64(py, 1)), None);
}

/// The value of a receiver.
pub(super) fn value(v: &Val) -> IntRef<'_> {
    view(v).unwrap_or(IntRef::Small(0))
}

static NEW: FnDef = FnDef::new("int", "(x, /, base=10)", Bound(|py, _| Ok(py.none())));
static NO_ARG: FnDef = FnDef::new("int", "(x=0, /, base=10)", Bound(|py, _| Ok(py.none())));

/// `int.__new__`
fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if let ([x], false) = (args.all(), args.has_keywords())
        && std::ptr::eq(ty, super::INT.ty())
    {
        if x.word().is_int() {
            return Ok(x.to_obj());
        }
        if crate::builtins::str::STR.is_exact(x)
            && let Some(s) = x.get::<StrObj>().and_then(StrObj::as_ascii)
            && let Some(n) = text::parse_small(s.as_bytes())
        {
            return Ok(from_i64(py, n));
        }
        return from_object(py, x);
    }
    if args.positional().len() > 2 && !args.has_keywords() {
        let given = args.positional().len();
        return Err(py.type_error(format!("int expected at most 2 arguments, got {given}")));
    }
    let bound = if args.is_empty() || args.has_keywords() {
        NO_ARG.bind(py, args)?
    } else {
        NEW.bind(py, args)?
    };
    let a = Val::from_words(&bound);
    let v = match (a[0].given(), a[1].given()) {
        (None, None) => from_i64(py, 0),
        (None, Some(_)) => return Err(py.type_error("int() missing string argument")),
        (Some(x), None) => from_object(py, x)?,
        (Some(x), Some(base)) => {
            let base = ops::clamp_index(py, base)?;
            if base != 0 && !(2..=36).contains(&base) {
                return Err(py.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            text::parse(py, x, base as i64)?
                .ok_or_else(|| py.type_error("int() can't convert non-string with explicit base"))?
        }
    };
    if std::ptr::eq(ty, super::INT.ty()) {
        return Ok(v);
    }
    Ok(py.alloc_in(
        ty,
        IntObj {
            value: value(&v).to_big(),
        },
    ))
}

/// `int(x)`
pub fn from_object(py: &Py, x: &Val) -> PyResult<Obj> {
    if super::INT.is_exact(x) {
        return Ok(x.to_obj());
    }
    if let Some(f) = x.ty().slots.int.get() {
        let r = f(py, x)?;
        if super::INT.is_exact(&r) {
            return Ok(r);
        }
        if view(&r).is_none() {
            return Err(py.type_error(format!(
                "__int__ returned non-int (type {})",
                r.ty().full_name()
            )));
        }
        ops::warn_of_subclass(py, "__int__", "int", &r)?;
        return arith::exact(py, &r);
    }
    if x.ty().slots.index.get().is_some() {
        return arith::exact(py, &*ops::index(py, x)?);
    }
    if let Some(v) = text::parse(py, x, 10)? {
        return Ok(v);
    }
    if let Some(b) = crate::object::buffer::bytes_like(py, x)? {
        let copy = bytes::new(py, &b.to_vec());
        if let Some(v) = text::parse(py, &copy, 10)? {
            return Ok(v);
        }
    }
    Err(py.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        x.ty().full_name()
    )))
}

fn round(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(n) = a[1].not_none() else {
        return arith::exact(py, &a[0]);
    };
    let n = ops::index(py, n)?;
    match value(&n) {
        IntRef::Small(n) if n < 0 => division::round_to_tens(py, &value(&a[0]), n.unsigned_abs()),
        IntRef::Big(n) if n.sign() == num_bigint::Sign::Minus => Ok(from_i64(py, 0)),
        _ => arith::exact(py, &a[0]),
    }
}

fn flag(py: &Py, v: &Val) -> PyResult<bool> {
    v.given().map_or(Ok(false), |v| ops::truth(py, v))
}

fn to_bytes(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let len = match a[1].given() {
        Some(n) => ops::to_isize(py, n)?,
        None => 1,
    };
    let big_endian = convert::is_big_endian(py, &a[2])?;
    let signed = flag(py, &a[3])?;
    let Ok(len) = usize::try_from(len) else {
        return Err(py.value_error("length argument must be non-negative"));
    };
    Ok(bytes::new(
        py,
        &convert::to_bytes(py, &value(&a[0]), len, big_endian, signed)?,
    ))
}

fn from_bytes(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let big_endian = convert::is_big_endian(py, &a[2])?;
    let signed = flag(py, &a[3])?;
    let n = match crate::object::buffer::bytes_like(py, &a[1])? {
        Some(b) => convert::from_bytes(py, &b.to_vec(), big_endian, signed),
        None => {
            let b = ops::call1(py, &bytes::BYTES.obj(), &a[1])?;
            convert::from_bytes(py, bytes::view(&b).unwrap_or(&[]), big_endian, signed)
        }
    };
    if a[0].is(&super::INT.obj()) {
        return Ok(n);
    }
    ops::call1(py, &a[0], &n)
}
