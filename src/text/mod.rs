//! Text algorithms on plain data: numbers to and from text, Unicode facts, escapes, codecs.
//!
//! Nothing here knows objects, so all of it is tested without an interpreter. A Python string is
//! seen as a slice of [`CodeUnit`]s, one per code point (its 1-, 2- or 4-byte storage), and results
//! with arbitrary code points go to a [`TextSink`], which the string builder implements. Code
//! points are `u32` because Python strings may hold surrogates.

pub mod codecs;
pub mod escape;
pub mod float_repr;
pub mod format_spec;
pub mod int_text;
pub mod percent;
pub mod template;
#[cfg(test)]
mod tests;
pub mod unicode;

/// One element of a string's storage: every unit is one code point.
pub trait CodeUnit: Copy + Eq + 'static {
    /// The code point.
    fn cp(self) -> u32;
    /// The text as bytes, if it is ASCII and stored that way.
    fn ascii(_: &[Self]) -> Option<&[u8]> {
        None
    }
}

impl CodeUnit for u8 {
    fn ascii(text: &[u8]) -> Option<&[u8]> {
        text.is_ascii().then_some(text)
    }
    #[inline(always)]
    fn cp(self) -> u32 {
        u32::from(self)
    }
}

impl CodeUnit for u16 {
    #[inline(always)]
    fn cp(self) -> u32 {
        u32::from(self)
    }
}

impl CodeUnit for u32 {
    #[inline(always)]
    fn cp(self) -> u32 {
        self
    }
}

/// Where code points are written to.
pub trait TextSink {
    /// Append one code point (surrogates allowed).
    fn push_cp(&mut self, cp: u32);

    /// Append ASCII text.
    fn push_ascii(&mut self, text: &str) {
        for byte in text.bytes() {
            self.push_cp(u32::from(byte));
        }
    }

    /// Append `count` copies of a code point.
    fn push_repeated(&mut self, cp: u32, count: usize) {
        for _ in 0..count {
            self.push_cp(cp);
        }
    }
}

impl TextSink for Vec<u32> {
    #[inline]
    fn push_cp(&mut self, cp: u32) {
        self.push(cp);
    }

    fn push_repeated(&mut self, cp: u32, count: usize) {
        self.resize(self.len() + count, cp);
    }
}

/// The digits of a base up to 36, in lower case.
pub(crate) const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Text to code points, for tests and constant texts.
#[must_use]
pub fn to_cps(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

/// Code points to text; a surrogate becomes U+FFFD. For messages and tests.
#[must_use]
pub fn from_cps<C: CodeUnit>(text: &[C]) -> String {
    text.iter()
        .map(|c| char::from_u32(c.cp()).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
