//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.
//!
//! Fields: 0 encoding, 1 object, 2 start, 3 end, 4 reason (no encoding for translation errors).

use super::{ExcObj, base, fields};
use crate::builtins::bytes::{self, BytesObj};
use crate::builtins::str::{Builder, StrObj};
use crate::error::{PyResult, Raised};
use crate::object::native::{Args, TypeDef, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Encode,
    Decode,
    Translate,
}

fn attributes(t: &mut TypeInit) {
    fields::field::<1>(t, "object");
    t.getset("start", fields::get_field::<2>, Some(set_index::<2>));
    t.getset("end", fields::get_field::<3>, Some(set_index::<3>));
    fields::field::<4>(t, "reason");
    t.slots().str.set(str);
}

pub(super) fn init_encode(t: &mut TypeInit) {
    t.slots()
        .init
        .set(|py, v, args| init(py, v, args, Kind::Encode));
    fields::field::<0>(t, "encoding");
    attributes(t);
}

pub(super) fn init_decode(t: &mut TypeInit) {
    t.slots()
        .init
        .set(|py, v, args| init(py, v, args, Kind::Decode));
    fields::field::<0>(t, "encoding");
    attributes(t);
}

pub(super) fn init_translate(t: &mut TypeInit) {
    t.slots()
        .init
        .set(|py, v, args| init(py, v, args, Kind::Translate));
    attributes(t);
}

fn set_index<const I: usize>(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(x) = value else {
        return Err(py.type_error("can't delete numeric/char attribute"));
    };
    let n = ops::to_isize(py, x)?;
    v.cast::<ExcObj>().extra[I].set(py.int(n as i64));
    Ok(())
}

fn init(py: &Py, v: &Val, args: Args, kind: Kind) -> PyResult<()> {
    base::no_keywords(py, v.ty(), args)?;
    base::set_init_args(py, v, args.positional());
    fill_kind(py, v, args.positional(), kind)
}

fn kind_of(v: &Val) -> Kind {
    if super::UNICODE_ENCODE_ERROR.check(v) {
        Kind::Encode
    } else if super::UNICODE_DECODE_ERROR.check(v) {
        Kind::Decode
    } else {
        Kind::Translate
    }
}

/// Sets the fields from the arguments.
pub(super) fn fill(py: &Py, v: &Val, a: &[Val]) -> PyResult<()> {
    fill_kind(py, v, a, kind_of(v))
}

fn fill_kind(py: &Py, v: &Val, a: &[Val], kind: Kind) -> PyResult<()> {
    let want = if kind == Kind::Translate { 4 } else { 5 };
    if a.len() != want {
        return Err(py.type_error(format!(
            "function takes exactly {want} arguments ({} given)",
            a.len()
        )));
    }
    let text = |i: usize| match a[i].get::<StrObj>() {
        Some(_) => Ok(a[i].to_obj()),
        None => Err(py.type_error(format!(
            "argument {} must be str, not {}",
            i + 1,
            a[i].ty().name()
        ))),
    };
    let first = want - 4;
    let encoding = if kind == Kind::Translate {
        None
    } else {
        Some(text(0)?)
    };
    let object = match kind {
        Kind::Decode => match a[1].get::<BytesObj>() {
            Some(_) => a[1].to_obj(),
            None => match crate::object::buffer::bytes_like(py, &a[1])? {
                Some(b) => bytes::new(py, b.as_slice()),
                None => {
                    let got = a[1].ty().name();
                    return Err(
                        py.type_error(format!("a bytes-like object is required, not '{got}'"))
                    );
                }
            },
        },
        _ => text(first)?,
    };
    let start = ops::to_isize(py, &a[first + 1])?;
    let end = ops::to_isize(py, &a[first + 2])?;
    let reason = text(first + 3)?;
    let e = v.cast::<ExcObj>();
    if let Some(x) = encoding {
        e.extra[0].set(x);
    }
    e.extra[1].set(object);
    e.extra[2].set(py.int(start as i64));
    e.extra[3].set(py.int(end as i64));
    e.extra[4].set(reason);
    Ok(())
}

fn escaped(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn str(py: &Py, v: &Val) -> PyResult<Obj> {
    let e = v.cast::<ExcObj>();
    if e.extra[1].is_empty() {
        return Ok(py.str(""));
    }
    let kind = kind_of(v);
    let text = |i: usize| match e.extra[i].get() {
        Some(x) => ops::str(py, &x),
        None => Ok(py.str("None")),
    };
    let index = |i: usize| {
        e.extra[i]
            .get()
            .and_then(|x| crate::builtins::int::view(&x).and_then(|n| n.to_i64()))
            .unwrap_or(0)
    };
    let (start, end) = (index(2), index(3));
    let encoding = if kind == Kind::Translate {
        None
    } else {
        Some(text(0)?)
    };
    let reason = text(4)?;
    // Those calls may have changed the object.
    let Some(object) = e.extra[1].get() else {
        return Err(py.type_error("UnicodeError 'object' attribute is not set"));
    };
    let (fits, wanted) = if kind == Kind::Decode {
        (object.get::<BytesObj>().is_some(), "bytes")
    } else {
        (object.get::<StrObj>().is_some(), "string")
    };
    if !fits {
        return Err(py.type_error(format!(
            "UnicodeError 'object' attribute must be a {wanted}"
        )));
    }
    let one = usize::try_from(start)
        .ok()
        .filter(|_| end == start.wrapping_add(1));
    let bad = match (kind, one) {
        (_, None) => None,
        (Kind::Decode, Some(i)) => object
            .get::<BytesObj>()
            .and_then(|b| b.as_slice().get(i).map(|&c| c as u32)),
        (_, Some(i)) => object
            .get::<StrObj>()
            .filter(|s| i < s.len())
            .map(|s| s.units().at(i)),
    };
    let last = end.wrapping_sub(1);
    let mut b = Builder::new();
    if let Some(encoding) = encoding {
        b.push_str("'");
        b.push_obj(encoding.cast());
        b.push_str("' codec ");
    }
    b.push_str(&match (kind, bad) {
        (Kind::Encode, Some(c)) => format!(
            "can't encode character '{}' in position {start}: ",
            escaped(c)
        ),
        (Kind::Encode, None) => format!("can't encode characters in position {start}-{last}: "),
        (Kind::Decode, Some(c)) => format!("can't decode byte 0x{c:02x} in position {start}: "),
        (Kind::Decode, None) => format!("can't decode bytes in position {start}-{last}: "),
        (Kind::Translate, Some(c)) => format!(
            "can't translate character '{}' in position {start}: ",
            escaped(c)
        ),
        (Kind::Translate, None) => {
            format!("can't translate characters in position {start}-{last}: ")
        }
    });
    b.push_obj(reason.cast());
    Ok(b.finish(py))
}

fn make(
    py: &Py,
    def: &'static TypeDef,
    encoding: &str,
    object: Obj,
    start: usize,
    end: usize,
    reason: &str,
) -> Raised {
    let (s, e) = (py.int(start as i64), py.int(end as i64));
    py.error_args(def, &[py.str(encoding), object, s, e, py.str(reason)])
}

/// UnicodeEncodeError for characters `start..end` of the str `object`.
#[cold]
pub fn encode_error(
    py: &Py,
    encoding: &str,
    object: &Val,
    start: usize,
    end: usize,
    reason: &str,
) -> Raised {
    make(
        py,
        &super::UNICODE_ENCODE_ERROR,
        encoding,
        object.to_obj(),
        start,
        end,
        reason,
    )
}

/// UnicodeDecodeError for bytes `start..end` of the bytes-like `object`.
#[cold]
pub fn decode_error(
    py: &Py,
    encoding: &str,
    object: &Val,
    start: usize,
    end: usize,
    reason: &str,
) -> Raised {
    make(
        py,
        &super::UNICODE_DECODE_ERROR,
        encoding,
        object.to_obj(),
        start,
        end,
        reason,
    )
}
