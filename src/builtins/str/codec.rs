//! Text to bytes and back: `str.encode`, `bytes.decode`, and the loop over errors that all native codecs share.
//!
//! Codecs that need no table are used directly, without a look-up in the codec registry.

use super::find::str_arg;
use super::{Builder, StrObj, from_latin1};
use crate::builtins::bytes;
use crate::builtins::exceptions as exc;
use crate::error::{PyResult, Raised};
use crate::object::buffer;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::stdlib::codecs::{errors, registry};
use crate::text::codecs::{Codec, DecodeError, EncodeError, Failure, Handler, NATIVE, utf};
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    t.method(
        "encode",
        "($self, /, encoding='utf-8', errors='strict')",
        Bound(|py, a| {
            if let Some(s) = a[0].get::<StrObj>()
                && s.is_ascii()
                && is_ascii_codec(&a[1])
                && is_text(&a[2])
            {
                return bytes::try_new(py, s.bytes());
            }
            let (encoding, errors) = names(py, a, "encode")?;
            encode_any(py, &a[0], &encoding, &errors)
        }),
    );
}

/// The arguments `encoding` and `errors` behind the receiver.
pub fn names(py: &Py, a: &[Val], func: &str) -> PyResult<(String, String)> {
    let text = |v: &Val, what: &str, default: &str| match v.given() {
        None => Ok(default.to_string()),
        Some(v) => match v.get::<StrObj>() {
            Some(s) => Ok(s.lossy().into_owned()),
            None => Err(py.type_error(format!(
                "{func}() argument '{what}' must be str, not {}",
                super::find::type_name(v)
            ))),
        },
    };
    Ok((
        text(&a[1], "encoding", "utf-8")?,
        text(&a[2], "errors", "strict")?,
    ))
}

/// Whether an argument `encoding` names a codec in which ASCII text is its own encoding (by its commonest names).
pub fn is_ascii_codec(v: &Val) -> bool {
    match v.given() {
        None => true,
        Some(v) => v
            .get::<StrObj>()
            .and_then(StrObj::as_ascii)
            .is_some_and(|s| {
                matches!(
                    s,
                    "utf-8" | "utf8" | "UTF-8" | "ascii" | "latin-1" | "latin1" | "iso-8859-1"
                )
            }),
    }
}

/// Whether an optional argument is absent or a str.
pub fn is_text(v: &Val) -> bool {
    v.given().is_none_or(|v| v.get::<StrObj>().is_some())
}

/// A codec that needs no registry; UTF-16 and UTF-32 with a byte order mark are apart.
#[derive(Clone, Copy)]
pub enum Direct {
    Plain(Codec),
    Utf16,
    Utf32,
}

impl Direct {
    pub fn from_name(name: &str) -> Option<Direct> {
        if name.eq_ignore_ascii_case("utf-16")
            || name.eq_ignore_ascii_case("utf16")
            || name.eq_ignore_ascii_case("utf_16")
        {
            return Some(Direct::Utf16);
        }
        if name.eq_ignore_ascii_case("utf-32")
            || name.eq_ignore_ascii_case("utf32")
            || name.eq_ignore_ascii_case("utf_32")
        {
            return Some(Direct::Utf32);
        }
        Codec::from_name(name).map(Direct::Plain)
    }
}

/// `text.encode(encoding, errors)`.
pub fn encode_any(py: &Py, text: &Val, encoding: &str, errors: &str) -> PyResult<Obj> {
    match Direct::from_name(encoding) {
        Some(d) => Ok(bytes::new(py, &encode_direct(py, d, text, errors)?)),
        None => registry::encode_text(py, text, encoding, errors),
    }
}

/// `bytes.decode(encoding, errors)` of a bytes-like object.
pub fn decode_any(py: &Py, v: &Val, encoding: &str, errors: &str) -> PyResult<Obj> {
    let Some(d) = Direct::from_name(encoding) else {
        return registry::decode_text(py, v, encoding, errors);
    };
    if let Some(b) = bytes::view(v) {
        return Ok(decode_direct(py, d, v, b, errors, true)?.0);
    }
    let view = buffer::get(py, v, false)?;
    let copy = bytes::new(py, &view.to_vec());
    Ok(decode_direct(
        py,
        d,
        &copy,
        copy.cast::<bytes::BytesObj>().as_slice(),
        errors,
        true,
    )?
    .0)
}

/// Encodes with a codec that needs no registry.
pub fn encode_direct(py: &Py, d: Direct, text: &Val, errors: &str) -> PyResult<Vec<u8>> {
    match d {
        Direct::Plain(c) => encode(py, c, text, errors),
        Direct::Utf16 => {
            let mut out = 0xfeffu16.to_ne_bytes().to_vec();
            out.extend(encode(py, Codec::Utf16(NATIVE), text, errors)?);
            Ok(out)
        }
        Direct::Utf32 => {
            let mut out = 0xfeffu32.to_ne_bytes().to_vec();
            out.extend(encode(py, Codec::Utf32(NATIVE), text, errors)?);
            Ok(out)
        }
    }
}

/// Decodes with a codec that needs no registry; `obj` is the bytes object that errors show.
pub fn decode_direct(
    py: &Py,
    d: Direct,
    obj: &Val,
    b: &[u8],
    errors: &str,
    last: bool,
) -> PyResult<(Obj, usize)> {
    let (codec, skip) = match d {
        Direct::Plain(c) => (c, 0),
        Direct::Utf16 => {
            let (order, n) = utf::utf16_mark(b);
            (Codec::Utf16(order), n)
        }
        Direct::Utf32 => {
            let (order, n) = utf::utf32_mark(b);
            (Codec::Utf32(order), n)
        }
    };
    decode(py, codec, obj, b, skip, errors, last)
}

/// Decodes `b` from `at`; returns the text and how far it came.
pub fn decode(
    py: &Py,
    codec: Codec,
    obj: &Val,
    b: &[u8],
    at: usize,
    errors: &str,
    last: bool,
) -> PyResult<(Obj, usize)> {
    match codec {
        Codec::Latin1 => return Ok((from_latin1(py, &b[at..]), b.len())),
        Codec::Ascii | Codec::Utf8 if b.is_ascii() => {
            return Ok((from_latin1(py, &b[at..]), b.len()));
        }
        Codec::Utf8 => {
            if let Ok(s) = std::str::from_utf8(&b[at..]) {
                return Ok((super::new(py, s), b.len()));
            }
        }
        _ => {}
    }
    let mut out = Builder::new();
    let end = decode_loop(
        py,
        codec.name(),
        Some(codec),
        obj,
        b,
        at,
        errors,
        &mut out,
        |at, out| codec.decode_from(b, at, last, out),
    )?;
    Ok((out.finish(py), end))
}

/// Calls `step` from each position at which an error handler says to go on.
#[allow(clippy::too_many_arguments)]
pub fn decode_loop(
    py: &Py,
    name: &str,
    codec: Option<Codec>,
    obj: &Val,
    b: &[u8],
    mut at: usize,
    errors: &str,
    out: &mut Builder,
    mut step: impl FnMut(usize, &mut Builder) -> Result<usize, DecodeError>,
) -> PyResult<usize> {
    let mut handler = None;
    loop {
        let e = match step(at, out) {
            Ok(end) => return Ok(end),
            Err(e) => e,
        };
        if handler.is_none() {
            handler = Some(errors::resolve(py, errors)?);
        }
        at = match handler.as_ref() {
            Some(errors::Errors::Native(h)) => {
                let codec = codec.unwrap_or(Codec::Ascii);
                match h.decode(codec, b, e, out) {
                    Ok(at) => at,
                    Err(Failure::Raise(e)) => return Err(decode_error(py, name, obj, e)),
                    Err(Failure::WrongKind) => {
                        return Err(py.type_error(
                            "don't know how to handle UnicodeDecodeError in error callback",
                        ));
                    }
                }
            }
            Some(errors::Errors::Custom(f)) => {
                let exception = decode_error(py, name, obj, e);
                let (text, at) = errors::call_decoder(py, f, &exception.0, b.len())?;
                out.push_obj(text.cast::<StrObj>());
                at
            }
            None => return Err(decode_error(py, name, obj, e)),
        };
    }
}

/// Encodes a str.
pub fn encode(py: &Py, codec: Codec, text: &Val, errors: &str) -> PyResult<Vec<u8>> {
    let s = text.cast::<StrObj>();
    if let (Some(a), Codec::Utf8 | Codec::Ascii | Codec::Latin1) = (s.as_ascii(), codec) {
        return Ok(a.as_bytes().to_vec());
    }
    if let (super::Units::One(b), Codec::Latin1) = (s.units(), codec) {
        return Ok(b.to_vec());
    }
    let put =
        |t: &StrObj, out: &mut Vec<u8>| on_units!(t.units(), u => codec.encode_from(u, 0, out));
    on_units!(s.units(), u => encode_loop(py, codec.name(), text, u, errors, |at, out| codec.encode_from(u, at, out), put))
}

/// Calls `step` from each position at which an error handler says to go on; `put` encodes a handler's replacement.
pub fn encode_loop<C: crate::text::CodeUnit>(
    py: &Py,
    name: &str,
    text: &Val,
    u: &[C],
    errors: &str,
    mut step: impl FnMut(usize, &mut Vec<u8>) -> Result<(), EncodeError>,
    put: impl Fn(&StrObj, &mut Vec<u8>) -> Result<(), EncodeError>,
) -> PyResult<Vec<u8>> {
    let (mut out, mut at, mut handler) = (Vec::new(), 0, None);
    loop {
        let Err(e) = step(at, &mut out) else {
            return Ok(out);
        };
        if handler.is_none() {
            handler = Some(errors::resolve(py, errors)?);
        }
        at = match handler.as_ref() {
            Some(errors::Errors::Native(h)) => {
                let put_ascii = |t: &str, out: &mut Vec<u8>| {
                    let t = py.str(t);
                    put(t.cast::<StrObj>(), out).is_ok()
                };
                match h.encode(name, u, e, &mut out, put_ascii) {
                    Ok(()) => e.end,
                    Err(Failure::Raise(e)) => return Err(encode_error(py, name, text, e)),
                    Err(Failure::WrongKind) => {
                        return Err(py.type_error(
                            "don't know how to handle UnicodeEncodeError in error callback",
                        ));
                    }
                }
            }
            Some(errors::Errors::Custom(f)) => {
                let exception = encode_error(py, name, text, e);
                let (r, at) = errors::call_encoder(py, f, &exception.0, u.len())?;
                match r.get::<StrObj>() {
                    Some(t) => {
                        if put(t, &mut out).is_err() {
                            return Err(exception);
                        }
                    }
                    None => out.extend_from_slice(bytes::view(&r).unwrap_or_default()),
                }
                at
            }
            None => return Err(encode_error(py, name, text, e)),
        };
    }
}

/// UnicodeDecodeError.
pub fn decode_error(py: &Py, name: &str, obj: &Val, e: DecodeError) -> Raised {
    let args = [
        py.str(name),
        obj.to_obj(),
        py.int(e.start as i64),
        py.int(e.end as i64),
        py.str(e.reason),
    ];
    py.error_args(&exc::UNICODE_DECODE_ERROR, &args)
}

/// UnicodeEncodeError.
pub fn encode_error(py: &Py, name: &str, text: &Val, e: EncodeError) -> Raised {
    let args = [
        py.str(name),
        text.to_obj(),
        py.int(e.start as i64),
        py.int(e.end as i64),
        py.str(e.reason),
    ];
    py.error_args(&exc::UNICODE_ENCODE_ERROR, &args)
}

/// A str as UTF-8, for the system's interfaces; UnicodeEncodeError if it has surrogates.
pub fn to_utf8(py: &Py, v: &Val) -> PyResult<String> {
    let s = str_arg(py, v, "encode", 1)?;
    match s.to_utf8() {
        Some(t) => Ok(t.into_owned()),
        None => {
            let at = s
                .chars()
                .position(|c| (0xd800..0xe000).contains(&c))
                .unwrap_or(0);
            let e = EncodeError {
                start: at,
                end: at + 1,
                reason: "surrogates not allowed",
            };
            Err(encode_error(py, "utf-8", v, e))
        }
    }
}

/// Bytes of the system (paths, arguments) as text: UTF-8 with other bytes as lone surrogates.
pub fn fs_decode(py: &Py, b: &[u8]) -> Obj {
    match std::str::from_utf8(b) {
        Ok(s) => super::new(py, s),
        Err(_) => {
            let mut out = Builder::new();
            // Surrogateescape handles every invalid byte.
            let _ = crate::text::codecs::decode(
                Codec::Utf8,
                b,
                Handler::SurrogateEscape,
                true,
                &mut out,
            );
            out.finish(py)
        }
    }
}

/// The inverse of `fs_decode`.
pub fn fs_encode(py: &Py, v: &Val) -> PyResult<Vec<u8>> {
    encode(py, Codec::Utf8, v, "surrogateescape")
}
