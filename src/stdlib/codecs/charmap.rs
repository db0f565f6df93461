//! Codecs with a table: `charmap_encode`, `charmap_decode`, `charmap_build`.

use super::{errors_arg, to_bytes};
use crate::builtins::bytes::BytesObj;
use crate::builtins::exceptions::LOOKUP_ERROR;
use crate::builtins::str::codec::{self, Direct, decode_loop, encode_loop};
use crate::builtins::str::{Builder, StrObj};
use crate::builtins::{bytes, dict, int, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::stdlib::ModuleInit;
use crate::text::codecs::single::{self, EncodingMap};
use crate::text::codecs::{Codec, DecodeError, EncodeError};
use crate::thread::Py;

/// Payload of the result of `charmap_build`.
pub struct EncodingMapObj {
    map: EncodingMap,
}

impl Trace for EncodingMapObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// Type of inverted decoding tables.
    pub ENCODING_MAP: EncodingMapObj = "EncodingMap", base crate::object::base::OBJECT, flags crate::object::type_::tf::NO_NEW,
    init |t| t.method("size", "($self, /)", Bound(|py, _| Ok(py.int(size_of::<EncodingMapObj>() as i64))))
);

const UNDEFINED: &str = "character maps to <undefined>";

/// Registers the functions.
pub fn init(m: &mut ModuleInit) {
    m.function(
        "charmap_build",
        "($module, map, /)",
        Bound(|py, a| {
            let Some(s) = a[0].get::<StrObj>() else {
                return Err(py.type_error(format!(
                    "charmap_build() argument must be str, not {}",
                    a[0].ty().name()
                )));
            };
            if s.len() != 256 {
                let d = dict::new(py);
                for (i, c) in s.chars().enumerate().take(256) {
                    d.cast::<dict::DictObj>()
                        .set(py, &py.int(c as i64), py.int(i as i64))?;
                }
                return Ok(d);
            }
            let map = on_units!(s.units(), u => EncodingMap::new(u));
            Ok(py.alloc(&ENCODING_MAP, EncodingMapObj { map }))
        }),
    );
    m.function(
        "charmap_encode",
        "($module, str, errors=None, mapping=None, /)",
        Bound(encode),
    );
    m.function(
        "charmap_decode",
        "($module, data, errors=None, mapping=None, /)",
        Bound(decode),
    );
}

fn encode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let errors = errors_arg(py, &a[1])?;
    let Some(s) = a[0].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "charmap_encode() argument 1 must be str, not {}",
            a[0].ty().name()
        )));
    };
    let out = match a[2].not_none() {
        None => codec::encode_direct(py, Direct::Plain(Codec::Latin1), &a[0], &errors)?,
        Some(m) => match m.get::<EncodingMapObj>() {
            Some(m) => on_units!(s.units(), u => encode_loop(
                py, "charmap", &a[0], u, &errors,
                |at, out| m.map.encode_from(u, at, out),
                |t, out| on_units!(t.units(), u => m.map.encode_from(u, 0, out)),
            ))?,
            None => encode_mapping(py, &a[0], m, &errors)?,
        },
    };
    Ok(tuple::new(
        py,
        vec![bytes::new(py, &out), int::from_usize(py, s.len())],
    ))
}

/// Encodes through any mapping; an error of the mapping itself ends the loop and is raised.
fn encode_mapping(py: &Py, text: &Val, mapping: &Val, errors: &str) -> PyResult<Vec<u8>> {
    let s = text.cast::<StrObj>();
    let failure: std::cell::RefCell<Option<Raised>> = std::cell::RefCell::new(None);
    let run = |t: &StrObj, from: usize, out: &mut Vec<u8>| -> Result<(), EncodeError> {
        for i in from..t.len() {
            match encode_one(py, mapping, t.units().at(i), out) {
                Ok(true) => {}
                Ok(false) => {
                    return Err(EncodeError {
                        start: i,
                        end: i + 1,
                        reason: UNDEFINED,
                    });
                }
                Err(e) => {
                    *failure.borrow_mut() = Some(e);
                    return Ok(());
                }
            }
        }
        Ok(())
    };
    let out = on_units!(s.units(), u => encode_loop(py, "charmap", text, u, errors, |at, out| run(s, at, out), |t, out| run(t, 0, out)));
    match failure.into_inner() {
        Some(e) => Err(e),
        None => out,
    }
}

/// Adds what the mapping has for a character; false if nothing.
fn encode_one(py: &Py, mapping: &Val, c: u32, out: &mut Vec<u8>) -> PyResult<bool> {
    let v = match ops::getitem(py, mapping, &py.int(c as i64)) {
        Ok(v) => v,
        Err(e) if e.is(&LOOKUP_ERROR) => return Ok(false),
        Err(e) => return Err(e),
    };
    if v.is_none() {
        return Ok(false);
    }
    if let Some(b) = bytes::view(&v) {
        out.extend_from_slice(b);
        return Ok(true);
    }
    match int::view(&v) {
        Some(n) => match n.to_i64() {
            Some(n @ 0..=255) => {
                out.push(n as u8);
                Ok(true)
            }
            _ => Err(py.type_error("character mapping must be in range(256)")),
        },
        None => {
            let m = format!(
                "character mapping must return integer, bytes or None, not {}",
                v.ty().full_name()
            );
            Err(py.type_error(m))
        }
    }
}

fn decode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let errors = errors_arg(py, &a[1])?;
    let obj = to_bytes(py, &a[0])?;
    let b = obj.cast::<BytesObj>().as_slice();
    let n = int::from_usize(py, b.len());
    let Some(mapping) = a[2].not_none() else {
        return Ok(tuple::new(
            py,
            vec![crate::builtins::str::from_latin1(py, b), n],
        ));
    };
    let mut out = Builder::new();
    if let Some(table) = mapping.get::<StrObj>() {
        on_units!(table.units(), t => decode_loop(py, "charmap", None, &obj, b, 0, &errors, &mut out, |at, out| {
            single::decode_charmap(b, at, t, out)
        }))?;
        return Ok(tuple::new(py, vec![out.finish(py), n]));
    }
    let mut failure = None;
    decode_loop(
        py,
        "charmap",
        None,
        &obj,
        b,
        0,
        &errors,
        &mut out,
        |at, out| {
            for (i, &c) in b.iter().enumerate().skip(at) {
                match decode_one(py, mapping, c, out) {
                    Ok(true) => {}
                    Ok(false) => {
                        return Err(DecodeError {
                            start: i,
                            end: i + 1,
                            reason: UNDEFINED,
                        });
                    }
                    Err(e) => {
                        failure = Some(e);
                        break;
                    }
                }
            }
            Ok(b.len())
        },
    )?;
    match failure {
        Some(e) => Err(e),
        None => Ok(tuple::new(py, vec![out.finish(py), n])),
    }
}

fn decode_one(py: &Py, mapping: &Val, c: u8, out: &mut Builder) -> PyResult<bool> {
    let v = match ops::getitem(py, mapping, &py.int(c as i64)) {
        Ok(v) => v,
        Err(e) if e.is(&LOOKUP_ERROR) => return Ok(false),
        Err(e) => return Err(e),
    };
    if v.is_none() {
        return Ok(false);
    }
    if let Some(s) = v.get::<StrObj>() {
        if s.eq_str("\u{fffe}") {
            return Ok(false);
        }
        out.push_obj(s);
        return Ok(true);
    }
    match int::view(&v) {
        Some(n) => match n.to_i64() {
            Some(0xfffe) => Ok(false),
            Some(c @ 0..=0x10ffff) => {
                out.push(c as u32);
                Ok(true)
            }
            _ => Err(py.type_error("character mapping must be in range(0x110000)")),
        },
        None => Err(py.type_error("character mapping must return integer, None or str")),
    }
}
