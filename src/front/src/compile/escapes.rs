//! Warnings about the spelling of literals: invalid escape sequences, numbers that run into keywords.

use super::error::{Warning, WarningKind};
use super::source::Source;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The warnings of a program.
pub(super) fn check(source: &Source, tokens: &Tokens) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let text = source.text();
    let has_escapes = memchr::memchr(b'\\', text.as_bytes()).is_some();
    for token in tokens.iter() {
        let bytes_literal = match token.kind() {
            TokenKind::Int | TokenKind::Float | TokenKind::Complex => {
                number(source, token.range(), &mut warnings);
                continue;
            }
            _ if !has_escapes => continue,
            TokenKind::String => {
                let Some(flags) = token.string_flags() else {
                    continue;
                };
                if flags.is_raw_string() {
                    continue;
                }
                flags.is_byte_string()
            }
            TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
                if token
                    .string_flags()
                    .is_some_and(|flags| flags.is_raw_string())
                {
                    continue;
                }
                false
            }
            _ => continue,
        };
        let before = warnings.len();
        scan(source, token.range(), bytes_literal, &mut warnings);
        // Text between replacement fields is judged when it has been read.
        if token.kind() != TokenKind::String && warnings.len() > before {
            let line = source.line_col(token.range().end().into()).line;
            warnings[before].lineno = line;
        }
    }
    warnings
}

/// `1if x else y`: a number that a keyword follows directly.
fn number(source: &Source, range: TextRange, warnings: &mut Vec<Warning>) {
    let text = source.text();
    let end = range.end().to_usize();
    if !text
        .as_bytes()
        .get(end)
        .is_some_and(u8::is_ascii_alphabetic)
    {
        return;
    }
    let literal = text[range].as_bytes();
    let kind = match (literal, literal.last()) {
        ([b'0', b'x' | b'X', ..], _) => "hexadecimal",
        ([b'0', b'o' | b'O', ..], _) => "octal",
        ([b'0', b'b' | b'B', ..], _) => "binary",
        (_, Some(b'j' | b'J')) => "imaginary",
        _ => "decimal",
    };
    warnings.push(Warning {
        kind: WarningKind::Syntax,
        msg: format!("invalid {kind} literal"),
        range,
        lineno: source.line_col(range.start().into()).line,
    });
}

/// Reports the first invalid escape of one literal, as CPython does.
fn scan(source: &Source, range: TextRange, bytes_literal: bool, warnings: &mut Vec<Warning>) {
    let text = &source.text()[range];
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let escape = at + found + 1;
        // A replacement field may follow the backslash.
        let whole = &source.text()[range.start().to_usize() + escape..];
        let Some(c) = whole.chars().next() else {
            return;
        };
        at = (escape + c.len_utf8()).min(bytes.len());
        let msg = match c {
            '\n' | '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' => continue,
            'N' | 'u' | 'U' if !bytes_literal => continue,
            '4'..='7'
                if bytes.get(at).is_some_and(|c| (b'0'..=b'7').contains(c))
                    && bytes.get(at + 1).is_some_and(|c| (b'0'..=b'7').contains(c)) =>
            {
                let digits = &text[escape..escape + 3];
                format!(
                    "\"\\{digits}\" is an invalid octal escape sequence. Such sequences will not work in the \
                     future. Did you mean \"\\\\{digits}\"? A raw string is also an option."
                )
            }
            '0'..='7' => continue,
            _ => format!(
                "\"\\{c}\" is an invalid escape sequence. Such sequences will not work in the future. Did you \
                 mean \"\\\\{c}\"? A raw string is also an option."
            ),
        };
        let start = range.start() + TextSize::from(escape as u32 - 1);
        let end = range.start() + TextSize::from((escape + c.len_utf8()) as u32);
        warnings.push(Warning {
            kind: WarningKind::Syntax,
            msg,
            range: TextRange::new(start, end),
            lineno: source.line_col(start.into()).line,
        });
        return;
    }
}
