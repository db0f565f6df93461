//! `_codecs`: the codec registry, error handlers, and the native codecs as functions.
//!
//! `registry` finds codecs by name, `errors` the error handlers, `charmap` has the codecs with tables; the codecs themselves
//! are in `text::codecs`, the loop over errors in `builtins::str::codec`.

pub mod charmap;
pub mod errors;
pub mod registry;

use crate::builtins::str::StrObj;
use crate::builtins::str::codec::{Direct, decode, decode_direct, encode, encode_direct};
use crate::builtins::{bytes, int, tuple};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::text::codecs::{Codec, Endian, utf};
use crate::text::escape;
use crate::thread::Py;

const ENCODE: &str = "($module, str, errors=None, /)";
const DECODE: &str = "($module, data, errors=None, final=False, /)";
const DECODE_ALL: &str = "($module, data, errors=None, /)";

/// Encoder and decoder of a codec without state.
macro_rules! pair {
    ($m:expr, $enc:literal, $dec:literal, $codec:expr) => {
        $m.function(
            $enc,
            ENCODE,
            Bound(|py, a| encoded(py, Direct::Plain($codec), a)),
        );
        $m.function(
            $dec,
            DECODE,
            Bound(|py, a| {
                decoded(
                    py,
                    Direct::Plain($codec),
                    &a[0],
                    &a[1],
                    truth(py, &a[2], false)?,
                )
            }),
        );
    };
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_codecs");
    registry::init(&mut m);
    errors::init(&mut m);
    charmap::init(&mut m);
    pair!(m, "utf_8_encode", "utf_8_decode", Codec::Utf8);
    pair!(m, "utf_7_encode", "utf_7_decode", Codec::Utf7);
    pair!(
        m,
        "utf_16_le_encode",
        "utf_16_le_decode",
        Codec::Utf16(Endian::Little)
    );
    pair!(
        m,
        "utf_16_be_encode",
        "utf_16_be_decode",
        Codec::Utf16(Endian::Big)
    );
    pair!(
        m,
        "utf_32_le_encode",
        "utf_32_le_decode",
        Codec::Utf32(Endian::Little)
    );
    pair!(
        m,
        "utf_32_be_encode",
        "utf_32_be_decode",
        Codec::Utf32(Endian::Big)
    );
    m.function(
        "ascii_encode",
        ENCODE,
        Bound(|py, a| encoded(py, Direct::Plain(Codec::Ascii), a)),
    );
    m.function(
        "ascii_decode",
        DECODE_ALL,
        Bound(|py, a| decoded(py, Direct::Plain(Codec::Ascii), &a[0], &a[1], true)),
    );
    m.function(
        "latin_1_encode",
        ENCODE,
        Bound(|py, a| encoded(py, Direct::Plain(Codec::Latin1), a)),
    );
    m.function(
        "latin_1_decode",
        DECODE_ALL,
        Bound(|py, a| decoded(py, Direct::Plain(Codec::Latin1), &a[0], &a[1], true)),
    );
    m.function(
        "unicode_escape_encode",
        ENCODE,
        Bound(|py, a| encoded(py, Direct::Plain(Codec::UnicodeEscape), a)),
    );
    m.function(
        "raw_unicode_escape_encode",
        ENCODE,
        Bound(|py, a| encoded(py, Direct::Plain(Codec::RawUnicodeEscape), a)),
    );
    const ESCAPES: &str = "($module, data, errors=None, final=True, /)";
    m.function(
        "unicode_escape_decode",
        ESCAPES,
        Bound(unicode_escape_decode),
    );
    m.function(
        "raw_unicode_escape_decode",
        ESCAPES,
        Bound(|py, a| {
            let b = text_or_bytes(py, &a[0])?;
            decoded(
                py,
                Direct::Plain(Codec::RawUnicodeEscape),
                &b,
                &a[1],
                truth(py, &a[2], true)?,
            )
        }),
    );
    const ORDER: &str = "($module, str, errors=None, byteorder=0, /)";
    m.function(
        "utf_16_encode",
        ORDER,
        Bound(|py, a| wide_encode(py, a, Direct::Utf16, Codec::Utf16)),
    );
    m.function(
        "utf_32_encode",
        ORDER,
        Bound(|py, a| wide_encode(py, a, Direct::Utf32, Codec::Utf32)),
    );
    m.function(
        "utf_16_decode",
        DECODE,
        Bound(|py, a| decoded(py, Direct::Utf16, &a[0], &a[1], truth(py, &a[2], false)?)),
    );
    m.function(
        "utf_32_decode",
        DECODE,
        Bound(|py, a| decoded(py, Direct::Utf32, &a[0], &a[1], truth(py, &a[2], false)?)),
    );
    const EX: &str = "($module, data, errors=None, byteorder=0, final=False, /)";
    m.function(
        "utf_16_ex_decode",
        EX,
        Bound(|py, a| ex_decode(py, a, Codec::Utf16, utf::utf16_mark)),
    );
    m.function(
        "utf_32_ex_decode",
        EX,
        Bound(|py, a| ex_decode(py, a, Codec::Utf32, utf::utf32_mark)),
    );
    m.function("escape_encode", DECODE_ALL, Bound(escape_encode));
    m.function("escape_decode", DECODE_ALL, Bound(escape_decode));
    m.function(
        "readbuffer_encode",
        DECODE_ALL,
        Bound(|py, a| {
            let b = text_or_bytes(py, &a[0])?;
            let n = bytes::view(&b).map_or(0, <[u8]>::len);
            Ok(tuple::new(py, vec![b, int::from_usize(py, n)]))
        }),
    );
    m.finish()
}

fn truth(py: &Py, v: &Val, default: bool) -> PyResult<bool> {
    v.given().map_or(Ok(default), |v| ops::truth(py, v))
}

/// The name of an error handler; None and absent mean "strict".
pub fn errors_arg(py: &Py, v: &Val) -> PyResult<String> {
    match v.not_none() {
        None => Ok("strict".to_string()),
        Some(v) => match v.get::<StrObj>() {
            Some(s) => Ok(s.lossy().into_owned()),
            None => Err(py.type_error(format!(
                "argument 2 must be str or None, not {}",
                v.ty().name()
            ))),
        },
    }
}

/// A bytes object with the data of a bytes-like one.
pub fn to_bytes(py: &Py, v: &Val) -> PyResult<Obj> {
    if bytes::BYTES.is_exact(v) {
        return Ok(v.to_obj());
    }
    Ok(bytes::new(py, &buffer::get(py, v, false)?.to_vec()))
}

/// As `to_bytes`; a str gives its UTF-8.
pub fn text_or_bytes(py: &Py, v: &Val) -> PyResult<Obj> {
    if v.get::<StrObj>().is_some() {
        return Ok(bytes::new(py, &encode(py, Codec::Utf8, v, "strict")?));
    }
    to_bytes(py, v)
}

/// The str argument of an encoder.
fn str_of<'a>(py: &Py, v: &'a Val) -> PyResult<&'a StrObj> {
    v.get::<StrObj>().ok_or_else(|| {
        py.type_error(format!(
            "encode() argument 1 must be str, not {}",
            v.ty().name()
        ))
    })
}

fn encoded(py: &Py, d: Direct, a: &[Val]) -> PyResult<Obj> {
    let n = str_of(py, &a[0])?.len();
    let out = encode_direct(py, d, &a[0], &errors_arg(py, &a[1])?)?;
    Ok(tuple::new(
        py,
        vec![bytes::new(py, &out), int::from_usize(py, n)],
    ))
}

fn decoded(py: &Py, d: Direct, data: &Val, errors: &Val, last: bool) -> PyResult<Obj> {
    let b = to_bytes(py, data)?;
    let (text, n) = decode_direct(
        py,
        d,
        &b,
        b.cast::<bytes::BytesObj>().as_slice(),
        &errors_arg(py, errors)?,
        last,
    )?;
    Ok(tuple::new(py, vec![text, int::from_usize(py, n)]))
}

fn unicode_escape_decode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let b = text_or_bytes(py, &a[0])?;
    if let Some(bad) =
        crate::text::codecs::escapes::first_invalid(b.cast::<bytes::BytesObj>().as_slice())
    {
        warn_escape(py, &bad)?;
    }
    decoded(
        py,
        Direct::Plain(Codec::UnicodeEscape),
        &b,
        &a[1],
        truth(py, &a[2], true)?,
    )
}

fn warn_escape(py: &Py, bad: &str) -> PyResult<()> {
    let octal = bad.starts_with(|c: char| c.is_ascii_digit());
    let kind = if octal {
        "octal escape sequence"
    } else {
        "escape sequence"
    };
    crate::stdlib::warnings::warn(
        py,
        &crate::builtins::exceptions::DEPRECATION_WARNING,
        &format!("\"\\{bad}\" is an invalid {kind}"),
        1,
    )
}

fn wide_encode(py: &Py, a: &[Val], marked: Direct, codec: fn(Endian) -> Codec) -> PyResult<Obj> {
    let order = match a[2].given() {
        Some(v) => ops::to_i64(py, v)?,
        None => 0,
    };
    let d = match order {
        0 => marked,
        1.. => Direct::Plain(codec(Endian::Big)),
        _ => Direct::Plain(codec(Endian::Little)),
    };
    encoded(py, d, a)
}

/// Decodes and tells the byte order that was found: -1 little, 1 big, 0 not known yet.
fn ex_decode(
    py: &Py,
    a: &[Val],
    codec: fn(Endian) -> Codec,
    mark: fn(&[u8]) -> (Endian, usize),
) -> PyResult<Obj> {
    let order = match a[2].given() {
        Some(v) => ops::to_i64(py, v)?,
        None => 0,
    };
    let last = truth(py, &a[3], false)?;
    let obj = to_bytes(py, &a[0])?;
    let b = obj.cast::<bytes::BytesObj>().as_slice();
    let (endian, skip, told) = match order {
        0 => {
            let (e, n) = mark(b);
            (
                e,
                n,
                if n > 0 {
                    if e == Endian::Little { -1 } else { 1 }
                } else {
                    0
                },
            )
        }
        1.. => (Endian::Big, 0, 1),
        _ => (Endian::Little, 0, -1),
    };
    let (text, n) = decode(
        py,
        codec(endian),
        &obj,
        b,
        skip,
        &errors_arg(py, &a[1])?,
        last,
    )?;
    Ok(tuple::new(
        py,
        vec![text, int::from_usize(py, n), py.int(told)],
    ))
}

fn escape_encode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(b) = bytes::view(&a[0]) else {
        return Err(py.type_error(format!(
            "escape_encode() argument 1 must be bytes, not {}",
            a[0].ty().name()
        )));
    };
    let n = int::from_usize(py, b.len());
    Ok(tuple::new(
        py,
        vec![bytes::new(py, escape::escape_encode(b).as_bytes()), n],
    ))
}

fn escape_decode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let obj = text_or_bytes(py, &a[0])?;
    let b = obj.cast::<bytes::BytesObj>().as_slice();
    let errors = errors_arg(py, &a[1])?;
    let replacement: Option<&'static [u8]> = match errors.as_str() {
        "strict" => None,
        "replace" => Some(b"?"),
        "ignore" => Some(b""),
        _ => None,
    };
    match escape::escape_decode(b, |_| replacement) {
        Ok(d) => {
            if let Some(bad) = d.invalid {
                warn_escape(py, &bad)?;
            }
            Ok(tuple::new(
                py,
                vec![bytes::new(py, &d.bytes), int::from_usize(py, b.len())],
            ))
        }
        Err(at) if at >= b.len() => Err(py.value_error("Trailing \\ in string")),
        Err(_) if errors != "strict" => Err(py.value_error(format!(
            "decoding error; unknown error handling code: {errors}"
        ))),
        Err(at) => Err(py.value_error(format!("invalid \\x escape at position {at}"))),
    }
}
