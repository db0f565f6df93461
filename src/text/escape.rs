//! `repr()` of str and bytes, and the escapes of bytes literals (`codecs.escape_decode`).
//!
//! The `unicode_escape` codecs are in `codecs::escapes`.

use super::{CodeUnit, DIGITS, TextSink, unicode};

/// The quote `repr` uses: single, unless only single quotes occur.
fn choose_quote(single: bool, double: bool) -> u8 {
    if single && !double { b'"' } else { b'\'' }
}

fn quote_of<C: CodeUnit>(text: &[C]) -> u8 {
    let has = |quote: u8| text.iter().any(|c| c.cp() == u32::from(quote));
    let single = has(b'\'');
    choose_quote(single, single && has(b'"'))
}

/// `repr(str)`.
pub fn str_repr<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    write_repr(text, out, unicode::is_printable);
}

/// `ascii(str)`.
pub fn str_ascii<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    write_repr(text, out, |cp| (0x20..0x7F).contains(&cp));
}

fn write_repr<C: CodeUnit>(text: &[C], out: &mut impl TextSink, printable: impl Fn(u32) -> bool) {
    let quote = u32::from(quote_of(text));
    out.push_cp(quote);
    for c in text {
        let cp = c.cp();
        if cp == quote || cp == u32::from(b'\\') {
            out.push_cp(u32::from(b'\\'));
            out.push_cp(cp);
        } else if printable(cp) {
            out.push_cp(cp);
        } else {
            write_escape(cp, out);
        }
    }
    out.push_cp(quote);
}

/// Whether `repr` of this ASCII text is the text between single quotes.
#[must_use]
pub fn is_plain_ascii(text: &[u8]) -> bool {
    text.iter()
        .all(|c| matches!(c, 0x20..=0x7E) && !matches!(c, b'\'' | b'\\'))
}

/// The escape of one code point: `\n`, `\x07`, `\u20ac`, `\U0001f600`.
pub fn write_escape(cp: u32, out: &mut impl TextSink) {
    match cp {
        0x09 => out.push_ascii("\\t"),
        0x0A => out.push_ascii("\\n"),
        0x0D => out.push_ascii("\\r"),
        _ => write_hex_escape(cp, out),
    }
}

/// As [`write_escape`] without the short forms.
pub fn write_hex_escape(cp: u32, out: &mut impl TextSink) {
    let (letter, width) = match cp {
        0..=0xFF => (b'x', 2),
        0x100..=0xFFFF => (b'u', 4),
        _ => (b'U', 8),
    };
    out.push_cp(u32::from(b'\\'));
    out.push_cp(u32::from(letter));
    for place in (0..width).rev() {
        out.push_cp(u32::from(DIGITS[(cp >> (4 * place) & 15) as usize]));
    }
}

/// `repr(bytes)`: `b'...'`.
#[must_use]
pub fn bytes_repr(bytes: &[u8]) -> String {
    let quote = quote_of(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 3);
    out.extend([u32::from(b'b'), u32::from(quote)]);
    write_bytes(bytes, Some(quote), &mut out);
    out.push(u32::from(quote));
    super::from_cps(&out)
}

/// `codecs.escape_encode`: the inside of `repr(bytes)` between single quotes.
#[must_use]
pub fn escape_encode(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    write_bytes(bytes, Some(b'\''), &mut out);
    super::from_cps(&out)
}

fn write_bytes(bytes: &[u8], quote: Option<u8>, out: &mut Vec<u32>) {
    for byte in bytes {
        let cp = u32::from(*byte);
        if Some(*byte) == quote || *byte == b'\\' {
            out.extend([u32::from(b'\\'), cp]);
        } else if (0x20..0x7F).contains(byte) {
            out.push(cp);
        } else {
            write_escape(cp, out);
        }
    }
}

/// What `escape_decode` found.
#[derive(Debug, PartialEq, Eq)]
pub struct DecodedEscapes {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The first escape that means nothing (`\z`, or an octal value above 0o377): its text after the
    /// backslash. Python warns about it.
    pub invalid: Option<String>,
}

/// Decode the escapes of a bytes literal. `on_bad_hex` answers for each `\x` without two digits: the
/// bytes that replace it, or None to stop; the error is then the position of the backslash (ValueError
/// "invalid \x escape at position %d"). A backslash at the end is `Err` with the length: ValueError
/// "Trailing \ in string".
pub fn escape_decode(
    text: &[u8],
    mut on_bad_hex: impl FnMut(usize) -> Option<&'static [u8]>,
) -> Result<DecodedEscapes, usize> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut invalid = None;
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        at += 1;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some(&kind) = text.get(at) else {
            return Err(text.len());
        };
        at += 1;
        match kind {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => bytes.push(kind),
            b'0'..=b'7' => {
                let digits = text[at - 1..]
                    .iter()
                    .take(3)
                    .take_while(|c| matches!(c, b'0'..=b'7'));
                let value = digits
                    .clone()
                    .fold(0_u32, |value, d| value * 8 + u32::from(d - b'0'));
                let len = digits.count();
                if value > 0o377 && invalid.is_none() {
                    invalid =
                        Some(String::from_utf8_lossy(&text[at - 1..at - 1 + len]).into_owned());
                }
                at += len - 1;
                bytes.push(value as u8);
            }
            b'x' => {
                let digit = |at: usize| text.get(at).and_then(|c| char::from(*c).to_digit(16));
                if let (Some(high), Some(low)) = (digit(at), digit(at + 1)) {
                    bytes.push((high * 16 + low) as u8);
                    at += 2;
                } else {
                    bytes.extend_from_slice(on_bad_hex(at - 2).ok_or(at - 2)?);
                    at += usize::from(digit(at).is_some());
                }
            }
            _ => match simple_escape(kind) {
                Some(value) => bytes.push(value),
                None => {
                    invalid.get_or_insert_with(|| String::from(char::from(kind)));
                    bytes.extend([b'\\', kind]);
                }
            },
        }
    }
    Ok(DecodedEscapes { bytes, invalid })
}

/// The character that a one-letter escape stands for.
pub(crate) fn simple_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        _ => return None,
    })
}
