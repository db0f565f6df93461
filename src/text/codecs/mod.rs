//! Codecs between code points and bytes.
//!
//! Each codec is a pair of resumable functions: they work from a position to the first error, which they
//! return as (start, end, reason), and the caller goes on where its error handler says. So handlers
//! written in Python run in the caller, never inside a codec. [`decode`] and [`encode`] are the loops
//! for the handlers that Python has built in.
//!
//! `utf` UTF-8, 16, 32; `utf7`; `single` ASCII, Latin-1 and character maps; `escapes` the two
//! `unicode_escape` codecs.

pub mod escapes;
mod handler;
pub mod single;
pub mod utf;
mod utf7;

use super::{CodeUnit, TextSink};
pub use handler::Handler;

/// Why bytes cannot be decoded: the fields of UnicodeDecodeError.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodeError {
    /// First bad byte.
    pub start: usize,
    /// Past the last bad byte.
    pub end: usize,
    /// Text.
    pub reason: &'static str,
}

/// Why text cannot be encoded: the fields of UnicodeEncodeError.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodeError {
    /// First bad character.
    pub start: usize,
    /// Past the last bad character.
    pub end: usize,
    /// Text.
    pub reason: &'static str,
}

/// Order of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endian {
    /// Least significant first.
    Little,
    /// Most significant first.
    Big,
}

/// The order of this machine.
pub const NATIVE: Endian = if cfg!(target_endian = "big") {
    Endian::Big
} else {
    Endian::Little
};

/// A codec that needs no table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// `utf-8`
    Utf8,
    /// `utf-7`
    Utf7,
    /// `utf-16-le`, `utf-16-be`
    Utf16(Endian),
    /// `utf-32-le`, `utf-32-be`
    Utf32(Endian),
    /// `ascii`
    Ascii,
    /// `latin-1`
    Latin1,
    /// `unicode_escape`
    UnicodeEscape,
    /// `raw_unicode_escape`
    RawUnicodeEscape,
}

impl Codec {
    /// The `encoding` of this codec's exceptions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf7 => "utf7",
            Self::Utf16(Endian::Little) => "utf-16-le",
            Self::Utf16(Endian::Big) => "utf-16-be",
            Self::Utf32(Endian::Little) => "utf-32-le",
            Self::Utf32(Endian::Big) => "utf-32-be",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
            Self::UnicodeEscape => "unicodeescape",
            Self::RawUnicodeEscape => "rawunicodeescape",
        }
    }

    /// The codec with this name in the usual spellings (case, `-` and `_` do not matter). `utf-16` and
    /// `utf-32` without an order are not among them: their byte order mark is the caller's.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, '-' | '_' | ' '))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Some(match plain.as_str() {
            "utf8" | "u8" | "cp65001" => Self::Utf8,
            "utf7" | "u7" => Self::Utf7,
            "utf16le" | "unicodelittleunmarked" => Self::Utf16(Endian::Little),
            "utf16be" | "unicodebigunmarked" => Self::Utf16(Endian::Big),
            "utf32le" => Self::Utf32(Endian::Little),
            "utf32be" => Self::Utf32(Endian::Big),
            "ascii" | "usascii" | "646" => Self::Ascii,
            "latin1" | "latin" | "iso88591" | "8859" | "l1" | "cp819" => Self::Latin1,
            "unicodeescape" => Self::UnicodeEscape,
            "rawunicodeescape" => Self::RawUnicodeEscape,
            _ => return None,
        })
    }

    /// Decode from `at` to the end or the first error. Returns how far it came: less than the end only
    /// when `last` is false and a sequence is incomplete.
    pub fn decode_from(
        self,
        input: &[u8],
        at: usize,
        last: bool,
        out: &mut impl TextSink,
    ) -> Result<usize, DecodeError> {
        match self {
            Self::Utf8 => utf::decode_utf8(input, at, last, out),
            Self::Utf7 => utf7::decode(input, at, last, out),
            Self::Utf16(endian) => utf::decode_utf16(input, at, endian, last, out),
            Self::Utf32(endian) => utf::decode_utf32(input, at, endian, last, out),
            Self::Ascii => single::decode_ascii(input, at, out),
            Self::Latin1 => {
                input[at..].iter().for_each(|b| out.push_cp(u32::from(*b)));
                Ok(input.len())
            }
            Self::UnicodeEscape => escapes::decode(input, at, last, out),
            Self::RawUnicodeEscape => escapes::decode_raw(input, at, last, out),
        }
    }

    /// Encode from `at` to the end or the first error.
    pub fn encode_from<C: CodeUnit>(
        self,
        text: &[C],
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match self {
            Self::Utf8 => utf::encode_utf8(text, at, out),
            Self::Utf7 => {
                utf7::encode(&text[at..], out);
                Ok(())
            }
            Self::Utf16(endian) => utf::encode_utf16(text, at, endian, out),
            Self::Utf32(endian) => utf::encode_utf32(text, at, endian, out),
            Self::Ascii => single::encode_below(text, at, 0x80, "ordinal not in range(128)", out),
            Self::Latin1 => single::encode_below(text, at, 0x100, "ordinal not in range(256)", out),
            Self::UnicodeEscape => {
                escapes::encode(&text[at..], out);
                Ok(())
            }
            Self::RawUnicodeEscape => {
                escapes::encode_raw(&text[at..], out);
                Ok(())
            }
        }
    }
}

/// How a conversion with a built-in handler failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure<E> {
    /// Raise the Unicode error.
    Raise(E),
    /// The handler cannot handle this kind of error: TypeError "don't know how to handle %s in error callback".
    WrongKind,
}

/// Decode with a built-in handler; returns the number of bytes consumed.
pub fn decode(
    codec: Codec,
    input: &[u8],
    handler: Handler,
    last: bool,
    out: &mut impl TextSink,
) -> Result<usize, Failure<DecodeError>> {
    let mut at = 0;
    loop {
        match codec.decode_from(input, at, last, out) {
            Ok(end) => return Ok(end),
            Err(error) => at = handler.decode(codec, input, error, out)?,
        }
    }
}

/// Encode with a built-in handler.
pub fn encode<C: CodeUnit>(
    codec: Codec,
    text: &[C],
    handler: Handler,
    out: &mut Vec<u8>,
) -> Result<(), Failure<EncodeError>> {
    let mut at = 0;
    loop {
        let Err(error) = codec.encode_from(text, at, out) else {
            return Ok(());
        };
        let put_ascii =
            |ascii: &str, out: &mut Vec<u8>| codec.encode_from(ascii.as_bytes(), 0, out).is_ok();
        handler.encode(codec.name(), text, error, out, put_ascii)?;
        at = error.end;
    }
}
