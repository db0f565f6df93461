//! `unicode_escape` (the escapes of string literals) and `raw_unicode_escape` (only `\u` and `\U`).

use super::super::escape::{simple_escape, write_escape, write_hex_escape};
use super::super::{CodeUnit, TextSink, unicode};
use super::DecodeError;

/// Hexadecimal digits from `at`: the value, or where they stop too early (the end, or the bad byte).
fn hex(input: &[u8], at: usize, count: usize) -> Result<u32, usize> {
    let mut value = 0_u32;
    for place in at..at + count {
        let digit = input
            .get(place)
            .and_then(|b| char::from(*b).to_digit(16))
            .ok_or(place)?;
        value = value << 4 | digit;
    }
    Ok(value)
}

/// Decode `unicode_escape`; see [`super::Codec::decode_from`].
pub(super) fn decode(
    input: &[u8],
    mut at: usize,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    while let Some(&byte) = input.get(at) {
        if byte != b'\\' {
            out.push_cp(u32::from(byte));
            at += 1;
            continue;
        }
        let start = at;
        let fail = |end: usize, reason| {
            // At the end of the input more may come.
            if end >= input.len() && !last {
                Ok(start)
            } else {
                Err(DecodeError { start, end, reason })
            }
        };
        let Some(&kind) = input.get(at + 1) else {
            return fail(at + 1, "\\ at end of string");
        };
        at += 2;
        let (count, truncated) = match kind {
            b'x' => (2, "truncated \\xXX escape"),
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => {
                out.push_cp(u32::from(kind));
                continue;
            }
            b'0'..=b'7' => {
                let digits = input[at - 1..]
                    .iter()
                    .take(3)
                    .take_while(|b| matches!(b, b'0'..=b'7'));
                let value = digits
                    .clone()
                    .fold(0, |value, d| value * 8 + u32::from(d - b'0'));
                at += digits.count() - 1;
                out.push_cp(value);
                continue;
            }
            b'N' => {
                const MALFORMED: &str = "malformed \\N character escape";
                if input.get(at) != Some(&b'{') {
                    return fail(at, MALFORMED);
                }
                let name_start = at + 1;
                let Some(len) = input[name_start..].iter().position(|b| *b == b'}') else {
                    return fail(input.len(), MALFORMED);
                };
                if len == 0 {
                    return Err(DecodeError {
                        start,
                        end: name_start,
                        reason: MALFORMED,
                    });
                }
                at = name_start + len + 1;
                let name = std::str::from_utf8(&input[name_start..name_start + len]).ok();
                match name.and_then(unicode::names::lookup) {
                    Some(cp) => out.push_cp(cp),
                    None => {
                        return Err(DecodeError {
                            start,
                            end: at,
                            reason: "unknown Unicode character name",
                        });
                    }
                }
                continue;
            }
            _ => {
                match simple_escape(kind) {
                    Some(value) => out.push_cp(u32::from(value)),
                    None => {
                        out.push_cp(u32::from(b'\\'));
                        out.push_cp(u32::from(kind));
                    }
                }
                continue;
            }
        };
        match hex(input, at, count) {
            Ok(cp) if cp <= 0x10_FFFF => out.push_cp(cp),
            Ok(_) => {
                return Err(DecodeError {
                    start,
                    end: at + count,
                    reason: "illegal Unicode character",
                });
            }
            Err(end) => return fail(end, truncated),
        }
        at += count;
    }
    Ok(at)
}

/// The first escape without meaning in `unicode_escape` data, of which Python warns: `z` of `\z`, or the
/// digits of an octal value above 0o377.
#[must_use]
pub fn first_invalid(input: &[u8]) -> Option<String> {
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' {
            at += 1;
            continue;
        }
        let kind = *input.get(at + 1)?;
        if (b'4'..=b'7').contains(&kind)
            && input[at + 1..]
                .iter()
                .take(3)
                .filter(|b| matches!(b, b'0'..=b'7'))
                .count()
                == 3
        {
            return Some(String::from_utf8_lossy(&input[at + 1..at + 4]).into_owned());
        }
        let known = matches!(
            kind,
            b'\n' | b'\\' | b'\'' | b'"' | b'0'..=b'7' | b'x' | b'u' | b'U' | b'N'
        );
        if !known && simple_escape(kind).is_none() {
            return Some(String::from(char::from(kind)));
        }
        at += 2;
    }
    None
}

/// Decode `raw_unicode_escape`; see [`super::Codec::decode_from`].
pub(super) fn decode_raw(
    input: &[u8],
    mut at: usize,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    while let Some(&byte) = input.get(at) {
        if byte != b'\\' {
            out.push_cp(u32::from(byte));
            at += 1;
            continue;
        }
        let start = at;
        let (count, truncated) = match input.get(at + 1) {
            None if !last => return Ok(start),
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            other => {
                out.push_cp(u32::from(b'\\'));
                other.iter().for_each(|b| out.push_cp(u32::from(**b)));
                at += 1 + usize::from(other.is_some());
                continue;
            }
        };
        at += 2;
        match hex(input, at, count) {
            Ok(cp) if cp <= 0x10_FFFF => out.push_cp(cp),
            Ok(_) => {
                return Err(DecodeError {
                    start,
                    end: at + count,
                    reason: "\\Uxxxxxxxx out of range",
                });
            }
            Err(end) if end >= input.len() && !last => return Ok(start),
            Err(end) => {
                return Err(DecodeError {
                    start,
                    end,
                    reason: truncated,
                });
            }
        }
        at += count;
    }
    Ok(at)
}

fn put_escape(write: impl Fn(u32, &mut Vec<u32>), cp: u32, out: &mut Vec<u8>) {
    let mut escape = Vec::with_capacity(10);
    write(cp, &mut escape);
    out.extend(escape.iter().map(|cp| *cp as u8));
}

/// Encode `unicode_escape`; every text can be.
pub(super) fn encode<C: CodeUnit>(text: &[C], out: &mut Vec<u8>) {
    for c in text {
        match c.cp() {
            0x5C => out.extend(b"\\\\"),
            cp @ 0x20..=0x7E => out.push(cp as u8),
            cp => put_escape(write_escape, cp, out),
        }
    }
}

/// Encode `raw_unicode_escape`; every text can be.
pub(super) fn encode_raw<C: CodeUnit>(text: &[C], out: &mut Vec<u8>) {
    for c in text {
        match c.cp() {
            cp @ 0..=0xFF => out.push(cp as u8),
            cp => put_escape(write_hex_escape, cp, out),
        }
    }
}
