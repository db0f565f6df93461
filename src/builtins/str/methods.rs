//! `str`: slots, constructor and registration of all methods; the families are in the sibling files.

use super::unit::build;
use super::{Builder, STR, StrObj, Units, char_obj, codec, concat, copy_units, slice};
use crate::builtins::slice as slices;
use crate::builtins::{int, tuple};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, TypeInit};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::Type;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::text::escape;
use crate::thread::Py;
use std::cmp::Ordering;
use std::sync::atomic::{AtomicU8, AtomicU64};

/// Fills the type.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.hash.set(|_, v| Ok(v.cast::<StrObj>().hash()));
    s.len.set(|_, v| Ok(v.cast::<StrObj>().len()));
    s.repr.set(repr);
    s.str.set(|py, v| Ok(exact(py, v)));
    s.compare.set(compare);
    s.iter.set(|py, v| Ok(super::iter::new(py, v)));
    s.getitem.set(subscript);
    s.bin(BinOp::Add).set(add);
    s.bin(BinOp::Mul).set(mul);
    s.bin(BinOp::Mod).set(|py, a, b| match a.get::<StrObj>() {
        Some(_) => super::percent::format(py, a, b),
        None => Ok(py.not_implemented()),
    });
    s.new.set(construct);
    t.method(
        "__getnewargs__",
        "($self, /)",
        Bound(|py, a| Ok(tuple::new(py, vec![exact_copy(py, &a[0])]))),
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| {
            let s = a[0].cast::<StrObj>();
            let head = if s.is_ascii() { 40 } else { 56 };
            Ok(py.int((head + (s.len() + 1) * s.kind() as usize) as i64))
        }),
    );
    super::find::init(t);
    super::split::init(t);
    super::join::init(t);
    super::case::init(t);
    super::translate::init(t);
    super::format::init(t);
    codec::init(t);
    t.doc(
        "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n\
           Make a new string object from the given object, or decode bytes with an encoding.",
    );
}

/// The text as an exact str.
pub fn exact(py: &Py, v: &Val) -> Obj {
    if STR.is_exact(v) {
        v.to_obj()
    } else {
        exact_copy(py, v)
    }
}

fn exact_copy(py: &Py, v: &Val) -> Obj {
    super::from_units(py, v.cast::<StrObj>().units())
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let s = v.cast::<StrObj>();
    if s.is_ascii() && escape::is_plain_ascii(s.bytes()) {
        return build(py, s.len().checked_add(2), 1, true, |w| {
            w.fill(39, 1);
            w.text(s);
            w.fill(39, 1);
        });
    }
    let mut b = Builder::new();
    on_units!(s.units(), u => escape::str_repr(u, &mut b));
    Ok(b.finish(py))
}

/// Order of two texts by code points.
pub fn order(a: &StrObj, b: &StrObj) -> Ordering {
    match (a.units(), b.units()) {
        (Units::One(a), Units::One(b)) => a.cmp(b),
        (Units::Two(a), Units::Two(b)) => a.cmp(b),
        (Units::Four(a), Units::Four(b)) => a.cmp(b),
        (a, b) => a.iter().cmp(b.iter()),
    }
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<StrObj>(), b.get::<StrObj>()) else {
        return Ok(py.not_implemented());
    };
    Ok(py.bool(match op {
        CmpOp::Eq => x.eq(y),
        CmpOp::Ne => !x.eq(y),
        op => op.of(order(x, y)),
    }))
}

fn subscript(py: &Py, v: &Val, key: &Val) -> PyResult<Obj> {
    let s = v.cast::<StrObj>();
    if slices::SLICE.check(key) {
        let (from, step, n) = slices::indices(py, key, s.len())?;
        if n == 0 {
            return Ok(super::intern::empty(py));
        }
        if step == 1 {
            return Ok(slice(py, v, from, from + n));
        }
        let at = |i: usize| (from as isize + i as isize * step) as usize;
        return Ok(match s.units() {
            Units::One(u) => super::from_latin1(py, &(0..n).map(|i| u[at(i)]).collect::<Vec<_>>()),
            Units::Two(u) => super::from_units(
                py,
                Units::Two(&(0..n).map(|i| u[at(i)]).collect::<Vec<_>>()),
            ),
            Units::Four(u) => super::from_units(
                py,
                Units::Four(&(0..n).map(|i| u[at(i)]).collect::<Vec<_>>()),
            ),
        });
    }
    if !key.word().is_int() && key.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "string indices must be integers, not '{}'",
            key.ty().full_name()
        )));
    }
    let i = slices::position(py, key, s.len(), "string index out of range")?;
    Ok(char_obj(py, s.units().at(i)))
}

/// The character at `i`, counted from the end if negative.
#[inline]
pub fn getitem(py: &Py, s: &StrObj, i: isize) -> PyResult<Obj> {
    let n = if i < 0 {
        i.wrapping_add(s.len() as isize)
    } else {
        i
    };
    if n < 0 || n as usize >= s.len() {
        return Err(py.index_error("string index out of range"));
    }
    Ok(char_obj(py, s.units().at(n as usize)))
}

fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<StrObj>(), b.get::<StrObj>()) else {
        return Ok(py.not_implemented());
    };
    if y.is_empty() && STR.is_exact(a) {
        return Ok(a.to_obj());
    }
    if x.is_empty() && STR.is_exact(b) {
        return Ok(b.to_obj());
    }
    concat(py, x, y)
}

fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (v, n) = if a.get::<StrObj>().is_some() {
        (a, b)
    } else {
        (b, a)
    };
    if int::view(n).is_none() && n.ty().slots.index.get().is_none() {
        return Ok(py.not_implemented());
    }
    let n = usize::try_from(ops::to_isize(py, n)?).unwrap_or(0);
    let s = v.cast::<StrObj>();
    if n == 1 {
        return Ok(exact(py, v));
    }
    if n == 0 || s.is_empty() {
        return Ok(super::intern::empty(py));
    }
    let Some(len) = s.len().checked_mul(n).filter(|&l| l <= isize::MAX as usize) else {
        return Err(py.overflow_error("repeated string is too long"));
    };
    build(py, Some(len), s.kind(), s.is_ascii(), |w| {
        w.text(s);
        w.repeat();
    })
}

/// The values of up to three parameters of a constructor, by position or name.
pub fn bind3<'a>(
    py: &Py,
    name: &str,
    params: [&str; 3],
    args: Args<'a>,
) -> PyResult<[Option<&'a Val>; 3]> {
    let pos = args.positional();
    if pos.len() > 3 {
        return Err(py.type_error(format!(
            "{name} expected at most 3 arguments, got {}",
            pos.len()
        )));
    }
    let mut out = [pos.first(), pos.get(1), pos.get(2)];
    for (key, v) in args.keywords() {
        let Some(i) = params.iter().position(|p| super::eq_text(key, p)) else {
            return Err(py.type_error(format!(
                "{name}() got an unexpected keyword argument '{}'",
                super::lossy(key)
            )));
        };
        if out[i].is_some() {
            let m = format!(
                "argument for {name}() given by name ('{}') and position ({})",
                params[i],
                i + 1
            );
            return Err(py.type_error(m));
        }
        out[i] = Some(v);
    }
    Ok(out)
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [object, encoding, errors] = bind3(py, "str", ["object", "encoding", "errors"], args)?;
    let text = match (object, encoding, errors) {
        (None, ..) => super::intern::empty(py),
        (Some(v), None, None) => ops::str(py, v)?,
        (Some(v), ..) => decode_object(py, v, encoding, errors)?,
    };
    if std::ptr::eq(ty, STR.ty()) {
        return Ok(text);
    }
    new_in(py, ty, text.cast::<StrObj>())
}

fn decode_object(py: &Py, v: &Val, encoding: Option<&Val>, errors: Option<&Val>) -> PyResult<Obj> {
    let name = |v: Option<&Val>, what: &str, default: &str| match v {
        None => Ok(default.to_string()),
        Some(v) => match v.get::<StrObj>() {
            Some(s) => Ok(s.lossy().into_owned()),
            None => Err(py.type_error(format!(
                "str() argument '{what}' must be str, not {}",
                super::find::type_name(v)
            ))),
        },
    };
    let (encoding, errors) = (
        name(encoding, "encoding", "utf-8")?,
        name(errors, "errors", "strict")?,
    );
    if v.get::<StrObj>().is_some() {
        return Err(py.type_error("decoding str is not supported"));
    }
    if !buffer::supports(v) {
        return Err(py.type_error(format!(
            "decoding to str: need a bytes-like object, {} found",
            v.ty().full_name()
        )));
    }
    codec::decode_any(py, v, &encoding, &errors)
}

/// An instance of a subclass with the text of `s`.
pub fn new_in(py: &Py, ty: &'static Type, s: &StrObj) -> PyResult<Obj> {
    let payload = StrObj {
        hash: AtomicU64::new(0),
        len_low: s.len_low,
        len_high: s.len_high,
        kind: s.kind(),
        ascii: s.is_ascii(),
        interned: AtomicU8::new(0),
    };
    py.alloc_var(ty, payload, s.bytes().len(), |p| copy_units(s, p, s.kind()))
        .ok_or_else(|| py.memory_error())
}
