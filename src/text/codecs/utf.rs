//! UTF-8, UTF-16 and UTF-32.

use super::super::{CodeUnit, TextSink};
use super::{DecodeError, EncodeError, Endian, NATIVE};

const NO_SURROGATES: &str = "surrogates not allowed";

/// Decode UTF-8; see [`super::Codec::decode_from`].
pub fn decode_utf8(
    input: &[u8],
    at: usize,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    let rest = &input[at..];
    let (valid, error) = match std::str::from_utf8(rest) {
        Ok(text) => (text, None),
        Err(error) => {
            let text = std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or("");
            (text, Some(error.error_len()))
        }
    };
    for c in valid.chars() {
        out.push_cp(u32::from(c));
    }
    let start = at + valid.len();
    match error {
        None => Ok(input.len()),
        Some(None) if !last => Ok(start),
        // A surrogate cut off: the handler needs all of it.
        Some(Some(_)) if !last && matches!(input[start..], [0xED, 0xA0..=0xBF]) => Ok(start),
        Some(None) => Err(DecodeError {
            start,
            end: input.len(),
            reason: "unexpected end of data",
        }),
        Some(Some(len)) => {
            let starts = matches!(input[start], 0xC2..=0xF4);
            let reason = if starts {
                "invalid continuation byte"
            } else {
                "invalid start byte"
            };
            Err(DecodeError {
                start,
                end: start + len,
                reason,
            })
        }
    }
}

/// Encode UTF-8; surrogates next to each other are one error.
pub fn encode_utf8<C: CodeUnit>(
    text: &[C],
    at: usize,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    out.reserve(text.len() - at);
    for (offset, c) in text[at..].iter().enumerate() {
        let cp = c.cp();
        if cp < 0x80 {
            out.push(cp as u8);
        } else if let Some(c) = char::from_u32(cp) {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            let start = at + offset;
            let run = text[start..]
                .iter()
                .take_while(|c| char::from_u32(c.cp()).is_none())
                .count();
            return Err(EncodeError {
                start,
                end: start + run,
                reason: NO_SURROGATES,
            });
        }
    }
    Ok(())
}

fn unit16(endian: Endian, bytes: &[u8]) -> u32 {
    let bytes = [bytes[0], bytes[1]];
    u32::from(match endian {
        Endian::Little => u16::from_le_bytes(bytes),
        Endian::Big => u16::from_be_bytes(bytes),
    })
}

/// Decode UTF-16 in the given order.
pub fn decode_utf16(
    input: &[u8],
    mut at: usize,
    endian: Endian,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    let fail = |start, end, reason| Err(DecodeError { start, end, reason });
    while input.len() - at >= 2 {
        let unit = unit16(endian, &input[at..]);
        match unit {
            0xD800..=0xDBFF => {
                let Some(next) = input.get(at + 2..at + 4) else {
                    if !last {
                        return Ok(at);
                    }
                    return fail(at, input.len(), "unexpected end of data");
                };
                let low = unit16(endian, next);
                if !(0xDC00..=0xDFFF).contains(&low) {
                    return fail(at, at + 2, "illegal UTF-16 surrogate");
                }
                out.push_cp(0x1_0000 + ((unit & 0x3FF) << 10 | low & 0x3FF));
                at += 4;
            }
            0xDC00..=0xDFFF => return fail(at, at + 2, "illegal encoding"),
            _ => {
                out.push_cp(unit);
                at += 2;
            }
        }
    }
    if at < input.len() && last {
        return fail(at, input.len(), "truncated data");
    }
    Ok(at)
}

/// Encode UTF-16 in the given order, without mark.
pub fn encode_utf16<C: CodeUnit>(
    text: &[C],
    at: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut put = |unit: u16| match endian {
        Endian::Little => out.extend(unit.to_le_bytes()),
        Endian::Big => out.extend(unit.to_be_bytes()),
    };
    for (offset, c) in text[at..].iter().enumerate() {
        let Some(c) = char::from_u32(c.cp()) else {
            let start = at + offset;
            return Err(EncodeError {
                start,
                end: start + 1,
                reason: NO_SURROGATES,
            });
        };
        c.encode_utf16(&mut [0; 2])
            .iter()
            .for_each(|unit| put(*unit));
    }
    Ok(())
}

/// Decode UTF-32 in the given order.
pub fn decode_utf32(
    input: &[u8],
    mut at: usize,
    endian: Endian,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    while let Some(bytes) = input.get(at..at + 4) {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        let cp = match endian {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        };
        if char::from_u32(cp).is_none() {
            let reason = if cp > 0x10_FFFF {
                "code point not in range(0x110000)"
            } else {
                "code point in surrogate code point range(0xd800, 0xe000)"
            };
            return Err(DecodeError {
                start: at,
                end: at + 4,
                reason,
            });
        }
        out.push_cp(cp);
        at += 4;
    }
    if at < input.len() && last {
        return Err(DecodeError {
            start: at,
            end: input.len(),
            reason: "truncated data",
        });
    }
    Ok(at)
}

/// Encode UTF-32 in the given order, without mark.
pub fn encode_utf32<C: CodeUnit>(
    text: &[C],
    at: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    for (offset, c) in text[at..].iter().enumerate() {
        let cp = c.cp();
        if char::from_u32(cp).is_none() {
            let start = at + offset;
            return Err(EncodeError {
                start,
                end: start + 1,
                reason: NO_SURROGATES,
            });
        }
        match endian {
            Endian::Little => out.extend(cp.to_le_bytes()),
            Endian::Big => out.extend(cp.to_be_bytes()),
        }
    }
    Ok(())
}

/// Byte order of UTF-16 data by its mark, and the length of the mark; the native order without one.
#[must_use]
pub fn utf16_mark(input: &[u8]) -> (Endian, usize) {
    match input {
        [0xFF, 0xFE, ..] => (Endian::Little, 2),
        [0xFE, 0xFF, ..] => (Endian::Big, 2),
        _ => (NATIVE, 0),
    }
}

/// Byte order of UTF-32 data by its mark, and the length of the mark; the native order without one.
#[must_use]
pub fn utf32_mark(input: &[u8]) -> (Endian, usize) {
    match input {
        [0xFF, 0xFE, 0, 0, ..] => (Endian::Little, 4),
        [0, 0, 0xFE, 0xFF, ..] => (Endian::Big, 4),
        _ => (NATIVE, 0),
    }
}
