//! One byte per character: ASCII, Latin-1 and tables of 256 characters.

use super::super::{CodeUnit, TextSink};
use super::{DecodeError, EncodeError, Failure, Handler};
use std::collections::HashMap;

/// What a table holds for a byte without a character.
pub const UNDEFINED: u32 = 0xFFFE;

const UNDEFINED_REASON: &str = "character maps to <undefined>";

/// Decode ASCII.
pub(super) fn decode_ascii(
    input: &[u8],
    at: usize,
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    for (offset, byte) in input[at..].iter().enumerate() {
        if *byte >= 0x80 {
            let start = at + offset;
            return Err(DecodeError {
                start,
                end: start + 1,
                reason: "ordinal not in range(128)",
            });
        }
        out.push_cp(u32::from(*byte));
    }
    Ok(input.len())
}

/// Encode characters below `limit` as one byte; others next to each other are one error.
pub(super) fn encode_below<C: CodeUnit>(
    text: &[C],
    at: usize,
    limit: u32,
    reason: &'static str,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    out.reserve(text.len() - at);
    for (offset, c) in text[at..].iter().enumerate() {
        if c.cp() >= limit {
            let start = at + offset;
            let run = text[start..].iter().take_while(|c| c.cp() >= limit).count();
            return Err(EncodeError {
                start,
                end: start + run,
                reason,
            });
        }
        out.push(c.cp() as u8);
    }
    Ok(())
}

/// Decode with a table of characters, [`UNDEFINED`] (or past its end) for none.
pub fn decode_charmap<T: CodeUnit>(
    input: &[u8],
    at: usize,
    table: &[T],
    out: &mut impl TextSink,
) -> Result<usize, DecodeError> {
    for (offset, byte) in input[at..].iter().enumerate() {
        match table.get(usize::from(*byte)) {
            Some(c) if c.cp() != UNDEFINED => out.push_cp(c.cp()),
            _ => {
                let start = at + offset;
                return Err(DecodeError {
                    start,
                    end: start + 1,
                    reason: UNDEFINED_REASON,
                });
            }
        }
    }
    Ok(input.len())
}

/// The inverse of a decoding table, as `codecs.charmap_build` makes it.
pub struct EncodingMap {
    bytes: HashMap<u32, u8>,
}

impl EncodingMap {
    /// Invert a table of at most 256 characters.
    #[must_use]
    pub fn new<T: CodeUnit>(table: &[T]) -> Self {
        let pairs = table
            .iter()
            .take(256)
            .enumerate()
            .filter(|(_, c)| c.cp() != UNDEFINED);
        Self {
            bytes: pairs.map(|(byte, c)| (c.cp(), byte as u8)).collect(),
        }
    }

    /// The byte of a character.
    #[must_use]
    pub fn get(&self, cp: u32) -> Option<u8> {
        self.bytes.get(&cp).copied()
    }

    /// Encode from `at` to the end or the first error.
    pub fn encode_from<C: CodeUnit>(
        &self,
        text: &[C],
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        for (offset, c) in text[at..].iter().enumerate() {
            let Some(byte) = self.get(c.cp()) else {
                let start = at + offset;
                let run = text[start..]
                    .iter()
                    .take_while(|c| self.get(c.cp()).is_none())
                    .count();
                return Err(EncodeError {
                    start,
                    end: start + run,
                    reason: UNDEFINED_REASON,
                });
            };
            out.push(byte);
        }
        Ok(())
    }

    /// Encode with a built-in handler.
    pub fn encode<C: CodeUnit>(
        &self,
        text: &[C],
        handler: Handler,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure<EncodeError>> {
        let mut at = 0;
        loop {
            let Err(error) = self.encode_from(text, at, out) else {
                return Ok(());
            };
            let put_ascii =
                |ascii: &str, out: &mut Vec<u8>| self.encode_from(ascii.as_bytes(), 0, out).is_ok();
            handler.encode("charmap", text, error, out, put_ascii)?;
            at = error.end;
        }
    }
}
