//! A tokenizer that reports what CPython's reports. It runs only on texts that the parser has rejected.

use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::parse::Mode;
use super::super::source::Source;
use ruff_text_size::{TextRange, TextSize};

/// Kind of a [`Tok`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Name,
    Number,
    Str,
    /// Start of an f-string or t-string.
    FStart,
    /// Literal text of an f-string or t-string.
    FMiddle,
    FEnd,
    /// `{` of a replacement field.
    Field,
    Op,
    Newline,
    Indent,
    Dedent,
    End,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tok {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Open brackets around it.
    pub(super) level: u32,
}

impl Tok {
    pub(super) fn range(&self) -> TextRange {
        TextRange::new(
            TextSize::from(self.start),
            TextSize::from(self.end.max(self.start)),
        )
    }
}

/// What the tokenizer found.
pub(super) struct Lexed {
    pub(super) tokens: Vec<Tok>,
    /// The first error.
    pub(super) error: Option<SyntaxError>,
    /// Whether that, or the end of the text, is inside an f-string or t-string.
    pub(super) in_string: bool,
    /// Brackets that are open at the end, with their offsets.
    pub(super) open: Vec<(u8, u32)>,
}

struct StringMode {
    quote: u8,
    triple: bool,
    raw: bool,
    is_t: bool,
    start: u32,
    /// For every replacement field that is open: the bracket level in it, and whether its format is being read.
    fields: Vec<(usize, bool)>,
}

struct Lexer<'a> {
    source: &'a Source,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Tok>,
    brackets: Vec<(u8, u32)>,
    indents: Vec<(u32, u32)>,
    strings: Vec<StringMode>,
    ends_line: bool,
}

type Lex<T> = Result<T, Box<SyntaxError>>;

const MAX_BRACKETS: usize = 200;
const MAX_INDENTS: usize = 100;

/// Tokenizes the whole text, up to the first error. Only a module's last line ends with a newline by itself.
pub(super) fn lex(source: &Source, mode: Mode) -> Lexed {
    let text = source.text();
    let mut lexer = Lexer {
        source,
        text,
        bytes: text.as_bytes(),
        at: 0,
        tokens: Vec::new(),
        brackets: Vec::new(),
        indents: vec![(0, 0)],
        strings: Vec::new(),
        ends_line: mode == Mode::Exec,
    };
    let error = lexer.run().err().map(|error| {
        let mut error = *error;
        if let Some(text) = &mut error.text
            && !error.msg.starts_with("unexpected EOF")
        {
            text.truncate(text.trim_end_matches('\n').len());
        }
        error
    });
    Lexed {
        tokens: lexer.tokens,
        error,
        in_string: !lexer.strings.is_empty(),
        open: lexer.brackets,
    }
}

impl Lexer<'_> {
    /// An error whose column is the number of characters of the line read up to `at`.
    fn error<T>(&self, at: usize, msg: impl Into<String>) -> Lex<T> {
        let (line, column) = self.source.line_char(at as u32);
        let column = i64::from(column) - 1;
        Err(Box::new(SyntaxError {
            lineno: Some(i64::from(line)),
            offset: Some(column),
            end_lineno: Some(i64::from(line)),
            end_offset: Some(column),
            text: Some(self.source.line_text(line).to_owned()),
            ..SyntaxError::without_position(&msg.into())
        }))
    }

    fn error_range<T>(&self, start: usize, end: usize, msg: impl Into<String>) -> Lex<T> {
        let range = TextRange::new(TextSize::from(start as u32), TextSize::from(end as u32));
        Err(Box::new(SyntaxError::at(self.source, range, msg)))
    }

    fn line_error<T>(
        &self,
        at: usize,
        column: i64,
        end: i64,
        kind: SyntaxErrorKind,
        msg: &str,
    ) -> Lex<T> {
        let (line, _) = self.source.line_char(at as u32);
        Err(Box::new(SyntaxError {
            kind,
            lineno: Some(i64::from(line)),
            offset: Some(column),
            end_lineno: Some(i64::from(line)),
            end_offset: Some(end),
            text: Some(self.source.line_text(line).to_owned()),
            ..SyntaxError::without_position(msg)
        }))
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.tokens.push(Tok {
            kind,
            start: start as u32,
            end: end as u32,
            level: self.brackets.len() as u32,
        });
    }

    fn run(&mut self) -> Lex<()> {
        let mut line_start = true;
        loop {
            if let Some(mode) = self.strings.last()
                && mode
                    .fields
                    .last()
                    .is_none_or(|&(level, format)| format && self.brackets.len() == level)
            {
                self.string_middle()?;
                continue;
            }
            if line_start && self.brackets.is_empty() {
                line_start = false;
                if !self.indentation()? {
                    line_start = true;
                    if self.at >= self.bytes.len() {
                        break;
                    }
                    continue;
                }
            }
            while matches!(self.peek(0), b' ' | b'\t' | b'\x0c') && self.at < self.bytes.len() {
                self.at += 1;
            }
            if self.at >= self.bytes.len() {
                break;
            }
            match self.bytes[self.at] {
                b'#' => {
                    self.at = memchr::memchr(b'\n', &self.bytes[self.at..])
                        .map_or(self.bytes.len(), |newline| self.at + newline);
                }
                b'\n' => {
                    if self.brackets.is_empty() {
                        let significant = self.tokens.last().is_some_and(|tok| {
                            !matches!(tok.kind, Kind::Newline | Kind::Indent | Kind::Dedent)
                        });
                        if significant {
                            self.push(Kind::Newline, self.at, self.at + 1);
                        }
                        line_start = true;
                    }
                    self.at += 1;
                }
                b'\\' => self.continuation()?,
                _ => self.token()?,
            }
        }
        if let Some(mode) = self.strings.last() {
            if mode.fields.is_empty() {
                return self.unterminated_f_string();
            }
            return Ok(());
        }
        if self.brackets.is_empty() {
            let end = self.bytes.len();
            if self
                .tokens
                .last()
                .is_some_and(|tok| !matches!(tok.kind, Kind::Newline | Kind::Dedent))
            {
                self.push(Kind::Newline, end, end + 1);
            }
            for _ in 1..self.indents.len() {
                self.push(Kind::Dedent, end, end);
            }
            self.push(Kind::End, end, end);
        }
        Ok(())
    }

    fn continuation(&mut self) -> Lex<()> {
        if self.peek(1) != b'\n' || self.at + 1 >= self.bytes.len() {
            if self.at + 1 >= self.bytes.len() && self.ends_line {
                let (_, column) = self.source.line_char(self.at as u32);
                return self.line_error(
                    self.at,
                    i64::from(column) + 1,
                    -1,
                    SyntaxErrorKind::Syntax,
                    "unexpected EOF while parsing",
                );
            }
            let (_, column) = self.source.line_char(self.at as u32);
            let behind = i64::from(self.at + 1 < self.bytes.len());
            return self.line_error(
                self.at,
                i64::from(column) + behind,
                0,
                SyntaxErrorKind::Syntax,
                "unexpected character after line continuation character",
            );
        }
        if self.at + 2 >= self.bytes.len() {
            let (_, column) = self.source.line_char(self.at as u32);
            return self.line_error(
                self.at,
                i64::from(column) + 1,
                -1,
                SyntaxErrorKind::Syntax,
                "unexpected EOF while parsing",
            );
        }
        self.at += 2;
        Ok(())
    }

    /// Reads the blanks at the start of a line; false if there is nothing else on it.
    fn indentation(&mut self) -> Lex<bool> {
        let start = self.at;
        let (mut column, mut alternative) = (0u32, 0u32);
        loop {
            match self.peek(0) {
                b' ' => {
                    column += 1;
                    alternative += 1;
                }
                b'\t' => {
                    column = (column / 8 + 1) * 8;
                    alternative += 1;
                }
                b'\x0c' => {
                    column = 0;
                    alternative = 0;
                }
                b'\\' if self.peek(1) == b'\n' => {
                    self.continuation()?;
                    while matches!(self.peek(0), b' ' | b'\t') {
                        self.at += 1;
                    }
                    break;
                }
                _ => break,
            }
            self.at += 1;
        }
        match self.peek(0) {
            b'#' => {
                self.at = memchr::memchr(b'\n', &self.bytes[self.at..])
                    .map_or(self.bytes.len(), |newline| self.at + newline);
                if self.at < self.bytes.len() {
                    self.at += 1;
                }
                return Ok(false);
            }
            b'\n' => {
                self.at += 1;
                return Ok(false);
            }
            _ if self.at >= self.bytes.len() => return Ok(false),
            _ => {}
        }
        let (top, top_alternative) = self.indents.last().copied().unwrap_or((0, 0));
        let tab_error = |this: &Self| {
            this.line_error(
                start,
                1,
                0,
                SyntaxErrorKind::Tab,
                "inconsistent use of tabs and spaces in indentation",
            )
        };
        if column == top {
            if alternative != top_alternative {
                return tab_error(self);
            }
        } else if column > top {
            if self.indents.len() >= MAX_INDENTS {
                return self.line_error(
                    self.at,
                    1,
                    0,
                    SyntaxErrorKind::Indentation,
                    "too many levels of indentation",
                );
            }
            if alternative <= top_alternative {
                return tab_error(self);
            }
            self.indents.push((column, alternative));
            self.push(Kind::Indent, start, self.at);
        } else {
            while self.indents.len() > 1 && column < self.indents.last().map_or(0, |top| top.0) {
                self.indents.pop();
                self.push(Kind::Dedent, self.at, self.at);
            }
            let (top, top_alternative) = self.indents.last().copied().unwrap_or((0, 0));
            if column != top {
                let (line, _) = self.source.line_char(start as u32);
                let text = self.source.line_text(line).trim_end_matches('\n');
                return self.line_error(
                    start,
                    text.chars().count() as i64 + 1,
                    -1,
                    SyntaxErrorKind::Indentation,
                    "unindent does not match any outer indentation level",
                );
            }
            if alternative != top_alternative {
                return tab_error(self);
            }
        }
        Ok(true)
    }

    fn token(&mut self) -> Lex<()> {
        let start = self.at;
        let byte = self.bytes[start];
        if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 {
            return self.name();
        }
        if byte.is_ascii_digit() || (byte == b'.' && self.peek(1).is_ascii_digit()) {
            return self.number();
        }
        if byte == b'"' || byte == b'\'' {
            return self.string(start);
        }
        if byte < 0x20 || byte == 0x7f {
            return self.error(
                start + 1,
                format!("invalid non-printable character U+{byte:04X}"),
            );
        }
        self.operator()
    }

    fn name(&mut self) -> Lex<()> {
        let start = self.at;
        let (mut b, mut u, mut r, mut f, mut t) = (false, false, false, false, false);
        loop {
            match self.peek(0) {
                b'b' | b'B' if !b => b = true,
                b'u' | b'U' if !u => u = true,
                b'r' | b'R' if !r => r = true,
                b'f' | b'F' if !f => f = true,
                b't' | b'T' if !t => t = true,
                _ => break,
            }
            self.at += 1;
        }
        if matches!(self.peek(0), b'"' | b'\'') && self.at > start {
            let pairs = [
                (u && b, 'u', 'b'),
                (u && r, 'u', 'r'),
                (u && f, 'u', 'f'),
                (u && t, 'u', 't'),
                (b && f, 'b', 'f'),
                (b && t, 'b', 't'),
                (f && t, 'f', 't'),
            ];
            for (clash, first, second) in pairs {
                if clash {
                    return self.error_range(
                        start,
                        self.at,
                        format!("'{first}' and '{second}' prefixes are incompatible"),
                    );
                }
            }
            if f || t {
                return self.interpolated(start, r, t);
            }
            return self.string(start);
        }
        self.at = start;
        for c in self.text[start..].chars() {
            if c.is_ascii() {
                if !(c.is_ascii_alphanumeric() || c == '_') {
                    break;
                }
            } else if !(c.is_alphabetic() || self.at > start && (c.is_numeric() || is_mark(c))) {
                let at = self.at + c.len_utf8();
                if is_printable(c) {
                    return self.error(
                        at,
                        format!("invalid character '{c}' (U+{:04X})", u32::from(c)),
                    );
                }
                return self.error(
                    at,
                    format!("invalid non-printable character U+{:04X}", u32::from(c)),
                );
            }
            self.at += c.len_utf8();
        }
        self.push(Kind::Name, start, self.at);
        Ok(())
    }

    fn digits(&mut self, valid: impl Fn(u8) -> bool, kind: &str) -> Lex<()> {
        loop {
            while valid(self.peek(0)) && self.at < self.bytes.len() {
                self.at += 1;
            }
            if self.peek(0) != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !valid(self.peek(0)) {
                return self.error(self.at, format!("invalid {kind} literal"));
            }
        }
    }

    fn number(&mut self) -> Lex<()> {
        let start = self.at;
        let radix = (self.peek(0), self.peek(1).to_ascii_lowercase());
        let special = match radix {
            (b'0', b'x') => Some(("hexadecimal", 16)),
            (b'0', b'o') => Some(("octal", 8)),
            (b'0', b'b') => Some(("binary", 2)),
            _ => None,
        };
        if let Some((kind, base)) = special {
            let valid = move |byte: u8| char::from(byte).is_digit(base);
            self.at += 2;
            if self.peek(0) == b'_' {
                self.at += 1;
            }
            if !valid(self.peek(0)) {
                if base < 16 && self.peek(0).is_ascii_digit() {
                    let digit = char::from(self.peek(0));
                    return self.error(
                        self.at + 1,
                        format!("invalid digit '{digit}' in {kind} literal"),
                    );
                }
                return self.error(self.at, format!("invalid {kind} literal"));
            }
            loop {
                while valid(self.peek(0)) {
                    self.at += 1;
                }
                if self.peek(0) != b'_' {
                    break;
                }
                self.at += 1;
                if !valid(self.peek(0)) {
                    if base < 16 && self.peek(0).is_ascii_digit() {
                        let digit = char::from(self.peek(0));
                        return self.error(
                            self.at + 1,
                            format!("invalid digit '{digit}' in {kind} literal"),
                        );
                    }
                    return self.error(self.at, format!("invalid {kind} literal"));
                }
            }
            if base < 16 && self.peek(0).is_ascii_digit() {
                let digit = char::from(self.peek(0));
                return self.error(
                    self.at + 1,
                    format!("invalid digit '{digit}' in {kind} literal"),
                );
            }
            self.end_of_number(kind)?;
            self.push(Kind::Number, start, self.at);
            return Ok(());
        }
        let mut kind = "decimal";
        let mut is_int = true;
        if self.peek(0) != b'.' {
            self.digits(|byte| byte.is_ascii_digit(), "decimal")?;
        }
        let digits_end = self.at;
        if self.peek(0) == b'.' {
            is_int = false;
            self.at += 1;
            if self.peek(0).is_ascii_digit() {
                self.digits(|byte| byte.is_ascii_digit(), "decimal")?;
            }
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                is_int = false;
                self.at += 1 + sign;
                self.digits(|byte| byte.is_ascii_digit(), "decimal")?;
            } else if sign == 1 {
                return self.error(self.at + 2, "invalid decimal literal");
            }
        }
        if matches!(self.peek(0), b'j' | b'J') {
            self.at += 1;
            is_int = false;
            kind = "imaginary";
        }
        let digits = &self.text[start..digits_end];
        if is_int
            && digits.starts_with('0')
            && digits.bytes().any(|byte| !matches!(byte, b'0' | b'_'))
        {
            let zeros = digits
                .bytes()
                .take_while(|byte| matches!(byte, b'0' | b'_'))
                .count();
            return self.error_range(
                start,
                start + zeros,
                "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
            );
        }
        self.end_of_number(kind)?;
        self.push(Kind::Number, start, self.at);
        Ok(())
    }

    /// A number may be followed directly by a keyword, but not by another name.
    fn end_of_number(&self, kind: &str) -> Lex<()> {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else {
            return Ok(());
        };
        if !(c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()) {
            return Ok(());
        }
        for word in ["and", "else", "for", "if", "in", "is", "not", "or"] {
            if rest.starts_with(word) {
                return Ok(());
            }
        }
        if !c.is_ascii() {
            if c.is_alphanumeric() {
                return self.error(self.at, format!("invalid {kind} literal"));
            }
            return Ok(());
        }
        self.error(self.at, format!("invalid {kind} literal"))
    }

    fn string(&mut self, start: usize) -> Lex<()> {
        let quote = self.bytes[self.at];
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        let width = if triple { 3 } else { 1 };
        self.at += width;
        let mut escaped_quote = false;
        loop {
            if self.at >= self.bytes.len() || (!triple && self.bytes[self.at] == b'\n') {
                if let Some(mode) = self.strings.last()
                    && mode.quote == quote
                    && mode.triple == triple
                {
                    // The quote was meant to end the f-string.
                    let letter = if mode.is_t { 't' } else { 'f' };
                    return self.error(start + 1, format!("{letter}-string: expecting '}}'"));
                }
                let (last, _) = self.source.line_char(self.at.min(self.bytes.len()) as u32);
                let last = if triple && self.text.ends_with('\n') {
                    last - 1
                } else {
                    last
                };
                let mut msg = if triple {
                    format!("unterminated triple-quoted string literal (detected at line {last})")
                } else {
                    format!("unterminated string literal (detected at line {last})")
                };
                if escaped_quote && !triple {
                    msg.push_str("; perhaps you escaped the end quote?");
                }
                return self.error(start + 1, msg);
            }
            let byte = self.bytes[self.at];
            if byte == b'\\' {
                escaped_quote = self.peek(1) == quote;
                self.at += 2;
                continue;
            }
            if byte == quote && (!triple || self.bytes[self.at..].starts_with(&[quote; 3])) {
                self.at += width;
                break;
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        self.push(Kind::Str, start, self.at);
        Ok(())
    }

    fn interpolated(&mut self, start: usize, raw: bool, is_t: bool) -> Lex<()> {
        let quote = self.bytes[self.at];
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        if self.strings.len() >= super::MAX_STRINGS {
            return self.error(self.at, "too many nested f-strings or t-strings");
        }
        self.push(Kind::FStart, start, self.at);
        self.strings.push(StringMode {
            quote,
            triple,
            raw,
            is_t,
            start: start as u32,
            fields: Vec::new(),
        });
        Ok(())
    }

    fn unterminated_f_string<T>(&self) -> Lex<T> {
        let Some(mode) = self.strings.last() else {
            return self.error(self.at, "unterminated f-string literal");
        };
        let letter = if mode.is_t { 't' } else { 'f' };
        let (mut line, _) = self.source.line_char(self.at.min(self.bytes.len()) as u32);
        if mode.triple && self.text.ends_with('\n') {
            line -= 1;
        }
        let kind = if mode.triple { "triple-quoted " } else { "" };
        self.error(
            mode.start as usize + 1,
            format!("unterminated {kind}{letter}-string literal (detected at line {line})"),
        )
    }

    /// Literal text of an f-string, up to a replacement field or its end.
    fn string_middle(&mut self) -> Lex<()> {
        let start = self.at;
        let Some(mode) = self.strings.last() else {
            return Ok(());
        };
        let (quote, triple, raw, is_t) = (mode.quote, mode.triple, mode.raw, mode.is_t);
        let in_format = !mode.fields.is_empty();
        let letter = if is_t { 't' } else { 'f' };
        loop {
            if self.at >= self.bytes.len() {
                if in_format {
                    return self.error_range(
                        self.at,
                        self.at + 1,
                        format!("{letter}-string: expecting '}}', or format specs"),
                    );
                }
                return self.unterminated_f_string();
            }
            let byte = self.bytes[self.at];
            match byte {
                b'\n' if !triple => {
                    if in_format {
                        return self.error(
                            self.at + 1,
                            format!(
                                "{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings"
                            ),
                        );
                    }
                    return self.unterminated_f_string();
                }
                b'\\' if !raw && self.peek(1) == b'N' && self.peek(2) == b'{' => {
                    self.at += 3;
                    while self.at < self.bytes.len()
                        && !matches!(self.bytes[self.at], b'}' | b'\n')
                        && self.bytes[self.at] != quote
                    {
                        self.at += 1;
                    }
                    if self.peek(0) == b'}' {
                        self.at += 1;
                    }
                    continue;
                }
                b'\\' => {
                    if matches!(self.peek(1), b'{' | b'}') {
                        self.at += 1;
                    } else {
                        self.at += 2;
                    }
                    continue;
                }
                b'{' if !in_format && self.peek(1) == b'{' => self.at += 1,
                b'}' if !in_format => {
                    if self.peek(1) != b'}' {
                        return self.error(
                            self.at + 1,
                            format!("{letter}-string: single '}}' is not allowed"),
                        );
                    }
                    self.at += 1;
                }
                b'{' => {
                    if self.at > start {
                        self.push(Kind::FMiddle, start, self.at);
                    }
                    let offset = self.at as u32;
                    self.push(Kind::Field, self.at, self.at + 1);
                    self.at += 1;
                    if self.brackets.len() >= MAX_BRACKETS {
                        return self.error(self.at, "too many nested parentheses");
                    }
                    self.brackets.push((b'{', offset));
                    let level = self.brackets.len();
                    if let Some(mode) = self.strings.last_mut() {
                        if mode.fields.len() >= 3 {
                            return self.error(
                                self.at - 1,
                                format!("{letter}-string: expressions nested too deeply"),
                            );
                        }
                        mode.fields.push((level, false));
                    }
                    return Ok(());
                }
                b'}' => {
                    if self.at > start {
                        self.push(Kind::FMiddle, start, self.at);
                    }
                    if let Some(mode) = self.strings.last_mut() {
                        mode.fields.pop();
                    }
                    self.brackets.pop();
                    self.push(Kind::Op, self.at, self.at + 1);
                    self.at += 1;
                    return Ok(());
                }
                _ if byte == quote
                    && (!triple || self.bytes[self.at..].starts_with(&[quote; 3])) =>
                {
                    if in_format {
                        return self.error_range(
                            self.at,
                            self.at + 1,
                            format!("{letter}-string: expecting '}}', or format specs"),
                        );
                    }
                    if self.at > start {
                        self.push(Kind::FMiddle, start, self.at);
                    }
                    let width = if triple { 3 } else { 1 };
                    self.push(Kind::FEnd, self.at, self.at + width);
                    self.at += width;
                    self.strings.pop();
                    return Ok(());
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn operator(&mut self) -> Lex<()> {
        let start = self.at;
        let byte = self.bytes[start];
        let rest = &self.bytes[start..];
        let width = if rest.starts_with(b"**=")
            || rest.starts_with(b"//=")
            || rest.starts_with(b">>=")
            || rest.starts_with(b"<<=")
            || rest.starts_with(b"...")
        {
            3
        } else if matches!(
            rest.get(..2),
            Some(
                b"**"
                    | b"//"
                    | b">>"
                    | b"<<"
                    | b"=="
                    | b"!="
                    | b"<="
                    | b">="
                    | b"->"
                    | b":="
                    | b"+="
                    | b"-="
                    | b"*="
                    | b"/="
                    | b"%="
                    | b"&="
                    | b"|="
                    | b"^="
                    | b"@="
                    | b"<>"
            )
        ) {
            2
        } else {
            1
        };
        let at_field_level = self.strings.last().and_then(|mode| {
            let &(level, _) = mode.fields.last()?;
            (self.brackets.len() == level).then_some(())
        });
        let width = if at_field_level.is_some() && byte == b':' {
            1
        } else {
            width
        };
        match byte {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_BRACKETS {
                    return self.error(start + 1, "too many nested parentheses");
                }
                self.push(Kind::Op, start, start + 1);
                self.brackets.push((byte, start as u32));
                self.at += 1;
                return Ok(());
            }
            b')' | b']' | b'}' => {
                self.close(start, byte)?;
                return Ok(());
            }
            b':' if at_field_level.is_some() => {
                if let Some(mode) = self.strings.last_mut()
                    && let Some(field) = mode.fields.last_mut()
                {
                    field.1 = true;
                }
            }
            _ => {}
        }
        self.push(Kind::Op, start, start + width);
        self.at += width;
        Ok(())
    }

    fn close(&mut self, start: usize, byte: u8) -> Lex<()> {
        let c = char::from(byte);
        let letter = match self.strings.last() {
            Some(mode) if mode.is_t => 't',
            _ => 'f',
        };
        if let Some(mode) = self.strings.last()
            && let Some(&(level, _)) = mode.fields.last()
            && self.brackets.len() == level
        {
            if byte != b'}' {
                return self.error(start + 1, format!("{letter}-string: unmatched '{c}'"));
            }
            self.brackets.pop();
            if let Some(mode) = self.strings.last_mut() {
                mode.fields.pop();
            }
            self.push(Kind::Op, start, start + 1);
            self.at += 1;
            return Ok(());
        }
        let Some((open, offset)) = self.brackets.pop() else {
            return self.error(start + 1, format!("unmatched '{c}'"));
        };
        let matches = matches!((open, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
        if !matches {
            let open_char = char::from(open);
            let (open_line, _) = self.source.line_char(offset);
            let (line, _) = self.source.line_char(start as u32);
            let msg = if open_line == line {
                format!(
                    "closing parenthesis '{c}' does not match opening parenthesis '{open_char}'"
                )
            } else {
                format!(
                    "closing parenthesis '{c}' does not match opening parenthesis '{open_char}' on line {open_line}"
                )
            };
            return self.error(start + 1, msg);
        }
        self.push(Kind::Op, start, start + 1);
        self.at += 1;
        Ok(())
    }
}

fn is_mark(c: char) -> bool {
    // Combining marks continue identifiers; the exact property is the parser's business.
    matches!(u32::from(c), 0x300..=0x36f | 0x483..=0x487 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f
        | 0x900..=0x903 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f | 0xb7 | 0x387)
}

fn is_printable(c: char) -> bool {
    !(c.is_control()
        || c.is_whitespace()
        || matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe000..=0xf8ff))
}
