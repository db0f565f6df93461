//! The printf-style format language of `str % args` and `bytes % args`: a parser that yields literal
//! runs and directives, and the padding rules of numbers. Arguments are the caller's business.

use super::{CodeUnit, TextSink};
use std::ops::Range;

/// A width or precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Amount {
    /// Not given.
    #[default]
    None,
    /// `*`: the next argument.
    Argument,
    /// Given in the text.
    Value(usize),
}

/// One `%...` directive.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Directive {
    /// Where the mapping key is, without its parentheses.
    pub key: Option<Range<usize>>,
    /// `-`
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// ` `
    pub blank: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
    /// Minimum width.
    pub width: Amount,
    /// Precision.
    pub precision: Amount,
    /// The conversion character.
    pub code: u32,
    /// Where the conversion character is.
    pub index: usize,
}

/// What the parser yields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Text to copy.
    Literal(Range<usize>),
    /// A directive to fill. `%%` comes as the literal `%`; anything between, as in `%5%`, makes it a directive.
    Directive(Directive),
}

/// A malformed format: the text of the ValueError.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PercentError(pub &'static str);

/// Widths and precisions beyond this are refused.
const MAX_AMOUNT: usize = i64::MAX as usize;
const MAX_PRECISION: usize = i32::MAX as usize;

/// Iterator over the pieces of a format.
pub struct Pieces<'a, C> {
    text: &'a [C],
    at: usize,
    precision_error: &'static str,
}

/// Parse a format of str.
pub fn pieces<C: CodeUnit>(text: &[C]) -> Pieces<'_, C> {
    Pieces {
        text,
        at: 0,
        precision_error: "precision too big",
    }
}

/// Parse a format of bytes: one error text differs.
pub fn pieces_of_bytes(text: &[u8]) -> Pieces<'_, u8> {
    Pieces {
        text,
        at: 0,
        precision_error: "prec too big",
    }
}

impl<C: CodeUnit> Iterator for Pieces<'_, C> {
    type Item = Result<Piece, PercentError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let rest = &self.text[start..];
        let literal = rest
            .iter()
            .position(|c| c.cp() == u32::from(b'%'))
            .unwrap_or(rest.len());
        if literal > 0 {
            self.at += literal;
            return Some(Ok(Piece::Literal(start..self.at)));
        }
        self.at += 1;
        let result = self.directive();
        if result.is_err() {
            self.at = self.text.len();
        }
        Some(result.map(|directive| {
            if directive.code == u32::from(b'%') && directive.index == start + 1 {
                Piece::Literal(directive.index..directive.index + 1)
            } else {
                Piece::Directive(directive)
            }
        }))
    }
}

const INCOMPLETE: PercentError = PercentError("incomplete format");

impl<C: CodeUnit> Pieces<'_, C> {
    fn peek(&self) -> Option<u32> {
        self.text.get(self.at).map(|c| c.cp())
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(u32::from(byte));
        self.at += usize::from(found);
        found
    }

    fn directive(&mut self) -> Result<Directive, PercentError> {
        let mut directive = Directive::default();
        if self.eat(b'(') {
            let start = self.at;
            let mut open = 1_usize;
            while open > 0 {
                let cp = self.peek().ok_or(PercentError("incomplete format key"))?;
                self.at += 1;
                if cp == u32::from(b'(') {
                    open += 1;
                } else if cp == u32::from(b')') {
                    open -= 1;
                }
            }
            directive.key = Some(start..self.at - 1);
        }
        loop {
            match self.peek().and_then(|cp| u8::try_from(cp).ok()) {
                Some(b'-') => directive.left = true,
                Some(b'+') => directive.plus = true,
                Some(b' ') => directive.blank = true,
                Some(b'#') => directive.alternate = true,
                Some(b'0') => directive.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        directive.width = self.amount(MAX_AMOUNT, "width too big")?;
        if self.eat(b'.') {
            directive.precision = match self.amount(MAX_PRECISION, self.precision_error)? {
                Amount::None => Amount::Value(0),
                given => given,
            };
        }
        // C's length modifiers mean nothing.
        if matches!(
            self.peek().and_then(|cp| u8::try_from(cp).ok()),
            Some(b'h' | b'l' | b'L')
        ) {
            self.at += 1;
        }
        directive.code = self.peek().ok_or(INCOMPLETE)?;
        directive.index = self.at;
        self.at += 1;
        Ok(directive)
    }

    fn amount(&mut self, max: usize, too_big: &'static str) -> Result<Amount, PercentError> {
        if self.eat(b'*') {
            return Ok(Amount::Argument);
        }
        let mut value = None;
        while let Some(digit) = self
            .peek()
            .and_then(char::from_u32)
            .and_then(|c| c.to_digit(10))
        {
            let next = value
                .unwrap_or(0_usize)
                .checked_mul(10)
                .and_then(|v| v.checked_add(digit as usize));
            value = Some(next.filter(|v| *v <= max).ok_or(PercentError(too_big))?);
            self.at += 1;
        }
        Ok(value.map_or(Amount::None, Amount::Value))
    }
}

impl Directive {
    /// The text of the ValueError for a conversion character that does not exist.
    #[must_use]
    pub fn unsupported(&self) -> String {
        let shown = match self.code {
            cp @ 32..=126 => char::from(cp as u8),
            _ => '?',
        };
        format!(
            "unsupported format character '{shown}' (0x{:x}) at index {}",
            self.code, self.index
        )
    }

    /// Write a formatted int: `digits` without sign and prefix in the base of `code`, upper-cased for `X`.
    pub fn write_int(
        &self,
        negative: bool,
        digits: &str,
        width: usize,
        precision: Option<usize>,
        out: &mut impl TextSink,
    ) {
        let prefix = match (self.alternate, self.code as u8) {
            (true, b'x') => "0x",
            (true, b'X') => "0X",
            (true, b'o') => "0o",
            _ => "",
        };
        let zeros = precision.unwrap_or(0).saturating_sub(digits.len());
        self.write_number(self.sign(negative), prefix, zeros, digits, width, out);
    }

    /// Write a formatted float: `text` comes from `double_to_string`, sign included.
    pub fn write_float(&self, text: &str, width: usize, out: &mut impl TextSink) {
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        self.write_number(self.sign(negative), "", 0, body, width, out);
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    fn write_number(
        &self,
        sign: &str,
        prefix: &str,
        zeros: usize,
        digits: &str,
        width: usize,
        out: &mut impl TextSink,
    ) {
        let padding = width.saturating_sub(sign.len() + prefix.len() + zeros + digits.len());
        let inside = self.zero && !self.left;
        if !self.left && !inside {
            out.push_repeated(u32::from(b' '), padding);
        }
        out.push_ascii(sign);
        out.push_ascii(prefix);
        out.push_repeated(u32::from(b'0'), zeros + if inside { padding } else { 0 });
        out.push_ascii(digits);
        if self.left {
            out.push_repeated(u32::from(b' '), padding);
        }
    }

    /// Write a text (`%s`, `%r`, `%a`, `%c`), cut to the precision.
    pub fn write_text<C: CodeUnit>(
        &self,
        text: &[C],
        width: usize,
        precision: Option<usize>,
        out: &mut impl TextSink,
    ) {
        let text = &text[..precision.unwrap_or(text.len()).min(text.len())];
        let padding = width.saturating_sub(text.len());
        if !self.left {
            out.push_repeated(u32::from(b' '), padding);
        }
        for c in text {
            out.push_cp(c.cp());
        }
        if self.left {
            out.push_repeated(u32::from(b' '), padding);
        }
    }
}
