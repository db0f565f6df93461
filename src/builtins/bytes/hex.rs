//! Hexadecimal text of bytes: `hex` with separators, `fromhex`.

use crate::builtins::bytes::data;
use crate::builtins::str::StrObj;
use crate::builtins::{bytes, str};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// `hex(sep, bytes_per_sep)` of some bytes.
pub fn hex(py: &Py, b: &[u8], sep: &Val, group: &Val) -> PyResult<Obj> {
    let sep = match sep.given() {
        None => None,
        Some(s) => Some(separator(py, s)?),
    };
    let group = match group.given() {
        None => 1,
        Some(g) => str::case::c_int(py, g)?,
    };
    let groups = if b.is_empty() || group == 0 {
        0
    } else {
        (b.len() - 1) / group.unsigned_abs() as usize
    };
    let Some(sep) = sep.filter(|_| groups > 0) else {
        let mut out = Vec::with_capacity(b.len() * 2);
        b.iter().for_each(|c| push(&mut out, *c));
        return Ok(str::from_latin1(py, &out));
    };
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(b.len() * 2 + groups);
    for (i, &c) in b.iter().enumerate() {
        // Positive groups are counted from the right.
        let boundary = if group > 0 {
            (b.len() - i) % size == 0
        } else {
            i % size == 0
        };
        if i > 0 && boundary {
            out.push(sep);
        }
        push(&mut out, c);
    }
    Ok(str::from_latin1(py, &out))
}

fn push(out: &mut Vec<u8>, c: u8) {
    out.push(DIGITS[(c >> 4) as usize]);
    out.push(DIGITS[(c & 15) as usize]);
}

fn separator(py: &Py, v: &Val) -> PyResult<u8> {
    let c = if let Some(s) = v.get::<StrObj>() {
        if s.len() != 1 {
            return Err(py.value_error("sep must be length 1."));
        }
        s.units().at(0)
    } else if let Some(b) = bytes::view(v) {
        match b {
            [c] => *c as u32,
            _ => return Err(py.value_error("sep must be length 1.")),
        }
    } else {
        ops::len(py, v)?;
        return Err(py.type_error("sep must be str or bytes."));
    };
    if c > 127 {
        return Err(py.value_error("sep must be ASCII."));
    }
    Ok(c as u8)
}

/// The bytes of hexadecimal text; white space between bytes is skipped.
pub fn from_hex(py: &Py, v: &Val) -> PyResult<Vec<u8>> {
    if let Some(s) = v.get::<StrObj>() {
        return decode(py, s.chars());
    }
    if !buffer::supports(v) {
        let m = format!(
            "fromhex() argument must be str or bytes-like, not {}",
            v.ty().full_name()
        );
        return Err(py.type_error(m));
    }
    let b = data(py, v)?;
    decode(py, b.iter().map(|&c| c as u32))
}

fn decode(py: &Py, text: impl Iterator<Item = u32>) -> PyResult<Vec<u8>> {
    let digit = |c: u32| char::from_u32(c).and_then(|c| c.to_digit(16));
    let bad = |at: usize| {
        Err(py.value_error(format!(
            "non-hexadecimal number found in fromhex() arg at position {at}"
        )))
    };
    let (mut out, mut high) = (Vec::new(), None);
    for (at, c) in text.enumerate() {
        match (high, digit(c)) {
            (None, None) if c < 128 && bytes::split::space(c as u8) => {}
            (None, Some(d)) => high = Some(d),
            (Some(h), Some(d)) => {
                out.push((h << 4 | d) as u8);
                high = None;
            }
            (_, None) => return bad(at),
        }
    }
    if high.is_some() {
        return Err(
            py.value_error("fromhex() arg must contain an even number of hexadecimal digits")
        );
    }
    Ok(out)
}
