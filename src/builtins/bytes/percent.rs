//! The `%` operator of bytes and bytearray.

use super::view::{data, like_vec, recv};
use crate::builtins::bytearray::ByteArrayObj;
use crate::builtins::bytes::BytesObj;
use crate::builtins::int;
use crate::builtins::str::StrObj;
use crate::builtins::str::percent::{Values, is_number, write_number};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::names;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::text::TextSink;
use crate::text::percent::{Directive, Piece, pieces_of_bytes};
use crate::thread::Py;

/// Bytes that grow; only ASCII and Latin-1 reach it.
struct Out(Vec<u8>);

impl TextSink for Out {
    fn push_cp(&mut self, cp: u32) {
        self.0.push(cp as u8);
    }
    fn push_repeated(&mut self, cp: u32, count: usize) {
        self.0.resize(self.0.len() + count, cp as u8);
    }
}

/// `format % args`.
pub fn format(py: &Py, fmt: &Val, args: &Val) -> PyResult<Obj> {
    let text = recv(fmt).to_vec();
    let is_text = |v: &Val| {
        v.get::<StrObj>().is_some()
            || v.get::<BytesObj>().is_some()
            || v.get::<ByteArrayObj>().is_some()
    };
    let mut values = Values::new(args, is_text);
    let mut out = Out(Vec::new());
    for piece in pieces_of_bytes(&text) {
        match piece {
            Ok(Piece::Literal(r)) => out.0.extend_from_slice(&text[r]),
            Ok(Piece::Directive(d)) => directive(py, &text, d, &mut values, &mut out)?,
            Err(e) => return Err(py.value_error(e.0)),
        }
    }
    values.finish(py, "bytes")?;
    like_vec(py, fmt, out.0)
}

fn directive(
    py: &Py,
    text: &[u8],
    mut d: Directive,
    values: &mut Values,
    out: &mut Out,
) -> PyResult<()> {
    if let Some(key) = d.key.clone() {
        values.select(py, &super::new(py, &text[key]))?;
    }
    let (width, precision) = values.amounts(py, &mut d)?;
    let code = d.code as u8;
    if code == b'%' {
        out.0.push(b'%');
        return Ok(());
    }
    let v = values.next(py)?;
    match code {
        b'b' | b's' => d.write_text(&to_bytes(py, &v)?, width, precision, out),
        b'a' | b'r' => {
            let r = ops::ascii(py, &v)?;
            d.write_text(r.cast::<StrObj>().bytes(), width, precision, out);
        }
        b'c' => d.write_text(&[character(py, &v)?], width, None, out),
        _ if is_number(d.code) => write_number(py, &d, &v, width, precision, out)?,
        _ => return Err(py.value_error(d.unsupported())),
    }
    Ok(())
}

fn to_bytes(py: &Py, v: &Val) -> PyResult<Vec<u8>> {
    if super::BYTES.is_exact(v) {
        return Ok(recv(v).to_vec());
    }
    if let Some(r) = ops::call_special(py, v, &names::__bytes__, &[])? {
        return match super::view(&r) {
            Some(b) => Ok(b.to_vec()),
            None => Err(py.type_error(format!(
                "__bytes__ returned non-bytes (type {})",
                r.ty().full_name()
            ))),
        };
    }
    if buffer::supports(v) {
        return Ok(data(py, v)?.to_vec());
    }
    Err(py.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        v.ty().full_name()
    )))
}

fn character(py: &Py, v: &Val) -> PyResult<u8> {
    let one = |b: &[u8]| match b {
        [c] => Ok(*c),
        _ => Err(py.type_error(format!(
            "%c requires an integer in range(256) or a single byte, not a {} object of length {}",
            v.ty().name(),
            b.len()
        ))),
    };
    if v.get::<BytesObj>().is_some() || v.get::<ByteArrayObj>().is_some() {
        return one(&recv(v));
    }
    if int::view(v).is_none() && v.ty().slots.index.get().is_none() {
        let m = format!(
            "%c requires an integer in range(256) or a single byte, not {}",
            v.ty().full_name()
        );
        return Err(py.type_error(m));
    }
    let n = ops::index(py, v)?;
    match int::view(&n).and_then(|n| n.to_i64()) {
        Some(c @ 0..=255) => Ok(c as u8),
        _ => Err(py.overflow_error("%c arg not in range(256)")),
    }
}
