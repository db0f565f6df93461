//! Base64 and uuencoding.

use super::{ascii_data, error, flag};
use crate::builtins::bytes::{self, data};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Registers the functions.
pub fn init(m: &mut ModuleInit) {
    m.function(
        "b2a_base64",
        "($module, data, /, *, newline=True)",
        Bound(|py, a| {
            let mut out = encode(&data(py, &a[0])?);
            if flag(py, &a[1], true)? {
                out.push(b'\n');
            }
            Ok(bytes::new(py, &out))
        }),
    );
    m.function(
        "a2b_base64",
        "($module, data, /, *, strict_mode=False)",
        Bound(|py, a| {
            let strict = flag(py, &a[1], false)?;
            let text = ascii_data(py, &a[0])?;
            Ok(bytes::new(py, &decode(py, &text, strict)?))
        }),
    );
    m.function(
        "b2a_uu",
        "($module, data, /, *, backtick=False)",
        Bound(b2a_uu),
    );
    m.function("a2b_uu", "($module, data, /)", Bound(a2b_uu));
}

fn encode(b: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(b.len().div_ceil(3) * 4 + 1);
    let (whole, rest) = b.as_chunks::<3>();
    out.resize(whole.len() * 4, 0);
    for (to, part) in out.as_chunks_mut::<4>().0.iter_mut().zip(whole) {
        let n = (part[0] as usize) << 16 | (part[1] as usize) << 8 | part[2] as usize;
        let (high, low) = (PAIRS[n >> 12], PAIRS[n & 4095]);
        *to = [high[0], high[1], low[0], low[1]];
    }
    for part in rest.chunks(3) {
        let n = (part[0] as u32) << 16
            | (*part.get(1).unwrap_or(&0) as u32) << 8
            | *part.get(2).unwrap_or(&0) as u32;
        for i in 0..4 {
            out.push(if i <= part.len() {
                ALPHABET[(n >> (18 - 6 * i) & 63) as usize]
            } else {
                b'='
            });
        }
    }
    out
}

/// The digits of twelve bits.
static PAIRS: [[u8; 2]; 4096] = {
    let mut t = [[0; 2]; 4096];
    let mut i = 0;
    while i < 4096 {
        t[i] = [ALPHABET[i >> 6], ALPHABET[i & 63]];
        i += 1;
    }
    t
};

/// The value of a digit.
const VALUES: [u8; 256] = {
    let mut t = [255; 256];
    let mut i = 0;
    while i < 64 {
        t[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    t
};

fn decode(py: &Py, text: &[u8], strict: bool) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    // Groups of four digits, as long as there is nothing else.
    let (groups, _) = text.as_chunks::<4>();
    let mut start = 0;
    for g in groups {
        let v = g.map(|c| VALUES[c as usize]);
        if (v[0] | v[1] | v[2] | v[3]) > 63 {
            break;
        }
        out.extend_from_slice(&[
            v[0] << 2 | v[1] >> 4,
            v[1] << 4 | v[2] >> 2,
            v[2] << 6 | v[3],
        ]);
        start += 4;
    }
    // Digits in the current group of four, padding seen in it, bits that are left.
    let (mut group, mut pads, mut left) = (0u32, 0u32, 0u8);
    for (i, &c) in text.iter().enumerate().skip(start) {
        if c == b'=' {
            pads += 1;
            if strict && group == 0 {
                let m = if i == 0 {
                    "Leading padding not allowed"
                } else {
                    "Excess padding not allowed"
                };
                return Err(error(py, m));
            }
            if strict && group >= 2 && group + pads > 4 {
                return Err(error(py, "Excess padding not allowed"));
            }
            continue;
        }
        let v = VALUES[c as usize];
        if v == 255 {
            if strict {
                return Err(error(py, "Only base64 data is allowed"));
            }
            continue;
        }
        if strict && pads > 0 {
            let complete = group + pads >= 4;
            let m = if complete {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            };
            return Err(error(py, m));
        }
        pads = 0;
        match group {
            0 => left = v,
            1 => {
                out.push(left << 2 | v >> 4);
                left = v & 15;
            }
            2 => {
                out.push(left << 4 | v >> 2);
                left = v & 3;
            }
            _ => out.push(left << 6 | v),
        }
        group = (group + 1) % 4;
    }
    if group == 0 || group >= 2 && group + pads >= 4 {
        return Ok(out);
    }
    if group == 1 {
        let n = out.len() / 3 * 4 + 1;
        let m = format!(
            "Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4"
        );
        return Err(error(py, &m));
    }
    Err(error(py, "Incorrect padding"))
}

fn b2a_uu(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let backtick = flag(py, &a[1], false)?;
    let b = data(py, &a[0])?;
    if b.len() > 45 {
        return Err(error(py, "At most 45 bytes at once"));
    }
    let digit = |n: u32| {
        if n == 0 && backtick {
            b'`'
        } else {
            b' ' + n as u8
        }
    };
    let mut out = vec![digit(b.len() as u32)];
    for part in b.chunks(3) {
        let n = (part[0] as u32) << 16
            | (*part.get(1).unwrap_or(&0) as u32) << 8
            | *part.get(2).unwrap_or(&0) as u32;
        out.extend((0..4).map(|i| digit(n >> (18 - 6 * i) & 63)));
    }
    out.push(b'\n');
    Ok(bytes::new(py, &out))
}

fn a2b_uu(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let text = ascii_data(py, &a[0])?;
    let Some((&first, rest)) = text.split_first() else {
        return Err(error(py, "Missing length byte"));
    };
    let len = (first.wrapping_sub(b' ') & 63) as usize;
    let mut out = Vec::with_capacity(len);
    let (mut bits, mut held) = (0u32, 0u32);
    let mut it = rest.iter();
    while out.len() < len {
        // A short line means zero bits.
        let c = match it.next() {
            None | Some(b'\n' | b'\r') => 0,
            Some(c @ b' '..=b'`') => ((c - b' ') & 63) as u32,
            Some(_) => return Err(error(py, "Illegal char")),
        };
        bits = bits << 6 | c;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    if it.any(|c| !matches!(c, b' ' | b'`' | b'\n' | b'\r')) {
        return Err(error(py, "Trailing garbage"));
    }
    Ok(bytes::new(py, &out))
}
