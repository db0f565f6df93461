//! UTF-7 (RFC 2152): runs of base64-coded UTF-16 between `+` and `-`.

use super::super::{CodeUnit, TextSink};
use super::DecodeError;

fn from_base64(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn to_base64(value: u32) -> u8 {
    match (value & 63) as u8 {
        v @ 0..=25 => b'A' + v,
        v @ 26..=51 => b'a' + v - 26,
        v @ 52..=61 => b'0' + v - 52,
        62 => b'+',
        _ => b'/',
    }
}

/// Whether a character is written as itself.
fn is_direct(cp: u32) -> bool {
    matches!(cp, 0x09 | 0x0A | 0x0D | 0x20..=0x7D) && !matches!(cp, 0x2B | 0x5C)
}

/// A run of base64: bits not yet used and a high surrogate that waits for its other half.
#[derive(Default)]
struct Shift {
    bits: u32,
    buffer: u32,
    surrogate: u32,
}

impl Shift {
    fn add(&mut self, value: u32, out: &mut Vec<u32>) {
        self.buffer = self.buffer << 6 | value;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits;
        self.buffer &= (1 << self.bits) - 1;
        if self.surrogate != 0 {
            let high = std::mem::take(&mut self.surrogate);
            if (0xDC00..0xE000).contains(&unit) {
                out.push(0x1_0000 + ((high & 0x3FF) << 10 | unit & 0x3FF));
                return;
            }
            out.push(high);
        }
        if (0xD800..0xDC00).contains(&unit) {
            self.surrogate = unit;
        } else {
            out.push(unit);
        }
    }
}

/// Decode from `at`; see [`super::Codec::decode_from`].
pub(super) fn decode(
    input: &[u8],
    mut at: usize,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    let fail = |start, end, reason| Err(DecodeError { start, end, reason });
    while let Some(&byte) = input.get(at) {
        if byte != b'+' {
            if byte >= 0x80 {
                return fail(at, at + 1, "unexpected special character");
            }
            out.push_cp(u32::from(byte));
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        match input.get(at) {
            Some(b'-') => {
                out.push_cp(u32::from(b'+'));
                at += 1;
                continue;
            }
            Some(next) if from_base64(*next).is_none() => {
                return fail(start, at + 1, "ill-formed sequence");
            }
            _ => {}
        }
        // The run is only delivered when it is complete, so that an incomplete one can be read again.
        let mut run = Vec::new();
        let mut shift = Shift::default();
        while let Some(value) = input.get(at).and_then(|b| from_base64(*b)) {
            shift.add(value, &mut run);
            at += 1;
        }
        let Some(&end) = input.get(at) else {
            if !last {
                return Ok(start);
            }
            run.iter().for_each(|cp| out.push_cp(*cp));
            if shift.surrogate != 0 || shift.bits >= 6 || shift.bits > 0 && shift.buffer != 0 {
                return fail(start, input.len(), "unterminated shift sequence");
            }
            return Ok(at);
        };
        run.iter().for_each(|cp| out.push_cp(*cp));
        if shift.bits >= 6 {
            return fail(start, at + 1, "partial character in shift sequence");
        }
        if shift.bits > 0 && shift.buffer != 0 {
            return fail(start, at + 1, "non-zero padding bits in shift sequence");
        }
        if shift.surrogate != 0 && end < 0x80 {
            out.push_cp(shift.surrogate);
        }
        at += usize::from(end == b'-');
    }
    Ok(at)
}

/// Encode; every text can be.
pub(super) fn encode<C: CodeUnit>(text: &[C], out: &mut Vec<u8>) {
    let (mut shifted, mut bits, mut buffer) = (false, 0_u32, 0_u32);
    for c in text {
        let cp = c.cp();
        if is_direct(cp) {
            if shifted {
                if bits > 0 {
                    out.push(to_base64(buffer << (6 - bits)));
                }
                (shifted, bits, buffer) = (false, 0, 0);
                if cp == u32::from(b'-') || from_base64(cp as u8).is_some() {
                    out.push(b'-');
                }
            }
            out.push(cp as u8);
            continue;
        }
        if !shifted {
            out.push(b'+');
            if cp == u32::from(b'+') {
                out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let mut put = |unit: u32| {
            buffer = buffer << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(to_base64(buffer >> bits));
            }
            buffer &= (1 << bits) - 1;
        };
        if cp >= 0x1_0000 {
            put(0xD800 + ((cp - 0x1_0000) >> 10));
            put(0xDC00 + ((cp - 0x1_0000) & 0x3FF));
        } else {
            put(cp);
        }
    }
    if bits > 0 {
        out.push(to_base64(buffer << (6 - bits)));
    }
    if shifted {
        out.push(b'-');
    }
}
