//! The error handlers that are built in.

use super::super::{CodeUnit, TextSink, escape, unicode};
use super::{Codec, DecodeError, EncodeError, Endian, Failure};

/// A built-in error handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handler {
    /// Raise.
    Strict,
    /// Leave out.
    Ignore,
    /// `?`, or U+FFFD when decoding.
    Replace,
    /// `\xNN`, `\uNNNN`, `\UNNNNNNNN`.
    BackslashReplace,
    /// `&#NNN;`, only when encoding.
    XmlCharRefReplace,
    /// `\N{...}`, only when encoding.
    NameReplace,
    /// Bytes above 127 as lone surrogates and back.
    SurrogateEscape,
    /// Surrogates as if they were characters.
    SurrogatePass,
}

fn is_surrogate(cp: u32) -> bool {
    (0xD800..0xE000).contains(&cp)
}

impl Handler {
    /// The handler with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "strict" => Self::Strict,
            "ignore" => Self::Ignore,
            "replace" => Self::Replace,
            "backslashreplace" => Self::BackslashReplace,
            "xmlcharrefreplace" => Self::XmlCharRefReplace,
            "namereplace" => Self::NameReplace,
            "surrogateescape" => Self::SurrogateEscape,
            "surrogatepass" => Self::SurrogatePass,
            _ => return None,
        })
    }

    /// Handle a decoding error: writes the replacement and returns where to go on.
    pub fn decode(
        self,
        codec: Codec,
        input: &[u8],
        error: DecodeError,
        out: &mut impl TextSink,
    ) -> Result<usize, Failure<DecodeError>> {
        let bad = &input[error.start..error.end];
        match self {
            Self::Strict => return Err(Failure::Raise(error)),
            Self::Ignore => {}
            Self::Replace => out.push_cp(0xFFFD),
            Self::BackslashReplace => bad
                .iter()
                .for_each(|b| escape::write_hex_escape(u32::from(*b), out)),
            Self::XmlCharRefReplace | Self::NameReplace => return Err(Failure::WrongKind),
            Self::SurrogateEscape => {
                let count = bad.iter().take(4).take_while(|b| **b >= 0x80).count();
                if count == 0 {
                    return Err(Failure::Raise(error));
                }
                bad[..count]
                    .iter()
                    .for_each(|b| out.push_cp(0xDC00 + u32::from(*b)));
                return Ok(error.start + count);
            }
            Self::SurrogatePass => {
                let found = encoded_surrogate(codec, &input[error.start..]);
                let (cp, len) = found.ok_or(Failure::Raise(error))?;
                out.push_cp(cp);
                return Ok(error.start + len);
            }
        }
        Ok(error.end)
    }

    /// Handle an encoding error for the codec called `name`; `put_ascii` encodes a replacement and answers
    /// false if the codec has no such characters.
    pub fn encode<C: CodeUnit>(
        self,
        name: &str,
        text: &[C],
        error: EncodeError,
        out: &mut Vec<u8>,
        put_ascii: impl Fn(&str, &mut Vec<u8>) -> bool,
    ) -> Result<(), Failure<EncodeError>> {
        let raise = Err(Failure::Raise(error));
        for (offset, c) in text[error.start..error.end].iter().enumerate() {
            let cp = c.cp();
            let replacement = match self {
                Self::Strict => return raise,
                Self::Ignore => continue,
                Self::Replace => "?".to_owned(),
                Self::BackslashReplace => backslash(cp),
                Self::XmlCharRefReplace => format!("&#{cp};"),
                Self::NameReplace => match unicode::names::name(cp) {
                    Some(name) => format!("\\N{{{name}}}"),
                    None => backslash(cp),
                },
                Self::SurrogateEscape => {
                    // A single byte is no unit of the wide codecs.
                    let wide = matches!(
                        Codec::from_name(name),
                        Some(Codec::Utf16(_) | Codec::Utf32(_))
                    );
                    if wide || !(0xDC80..=0xDCFF).contains(&cp) {
                        let handled = if name == "charmap" { 0 } else { offset };
                        return Err(Failure::Raise(EncodeError {
                            start: error.start + handled,
                            ..error
                        }));
                    }
                    out.push(cp as u8);
                    continue;
                }
                Self::SurrogatePass => {
                    let Some(codec) = Codec::from_name(name).filter(|_| is_surrogate(cp)) else {
                        return raise;
                    };
                    match codec {
                        Codec::Utf8 => out.extend([
                            0xE0 | (cp >> 12) as u8,
                            0x80 | (cp >> 6 & 63) as u8,
                            0x80 | (cp & 63) as u8,
                        ]),
                        Codec::Utf16(Endian::Little) => out.extend((cp as u16).to_le_bytes()),
                        Codec::Utf16(Endian::Big) => out.extend((cp as u16).to_be_bytes()),
                        Codec::Utf32(Endian::Little) => out.extend(cp.to_le_bytes()),
                        Codec::Utf32(Endian::Big) => out.extend(cp.to_be_bytes()),
                        _ => return raise,
                    }
                    continue;
                }
            };
            if !put_ascii(&replacement, out) {
                return raise;
            }
        }
        Ok(())
    }
}

fn backslash(cp: u32) -> String {
    let mut out = Vec::new();
    escape::write_hex_escape(cp, &mut out);
    super::super::from_cps(&out)
}

/// A surrogate encoded as if it were a character, and its length.
fn encoded_surrogate(codec: Codec, input: &[u8]) -> Option<(u32, usize)> {
    let found = match (codec, input) {
        (Codec::Utf8, [a @ 0xE0..=0xEF, b @ 0x80..=0xBF, c @ 0x80..=0xBF, ..]) => (
            (u32::from(*a) & 15) << 12 | (u32::from(*b) & 63) << 6 | u32::from(*c) & 63,
            3,
        ),
        (Codec::Utf16(Endian::Little), [a, b, ..]) => (u32::from(u16::from_le_bytes([*a, *b])), 2),
        (Codec::Utf16(Endian::Big), [a, b, ..]) => (u32::from(u16::from_be_bytes([*a, *b])), 2),
        (Codec::Utf32(Endian::Little), [a, b, c, d, ..]) => {
            (u32::from_le_bytes([*a, *b, *c, *d]), 4)
        }
        (Codec::Utf32(Endian::Big), [a, b, c, d, ..]) => (u32::from_be_bytes([*a, *b, *c, *d]), 4),
        _ => return None,
    };
    is_surrogate(found.0).then_some(found)
}
