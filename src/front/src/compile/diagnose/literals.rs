//! Bad escapes in string literals, and literals that cannot stand side by side.

use super::grammar::{Case, Found};
use super::lexer::Kind;
use ruff_text_size::TextRange;

/// The token after the adjacent string literals around `location`.
pub(super) fn after_concatenation(case: &Case<'_>, location: TextRange) -> TextRange {
    let end = u32::from(concatenation(case, location).end());
    match case.tokens.iter().find(|tok| tok.start >= end) {
        Some(tok) => tok.range(),
        None => location,
    }
}

/// The range of all adjacent string literals around `location`.
pub(super) fn concatenation(case: &Case<'_>, location: TextRange) -> TextRange {
    let Some(at) = case.token_at(location.start()) else {
        return location;
    };
    let mut depth = 0;
    let mut first = at;
    while first > 0 {
        let before = first - 1;
        match case.kind(before) {
            Kind::FEnd => depth += 1,
            Kind::FStart if depth > 0 => depth -= 1,
            Kind::Str => {}
            _ if depth > 0 => {}
            _ => break,
        }
        first = before;
    }
    let mut last = at;
    let mut depth = i32::from(case.kind(at) == Kind::FStart);
    while last + 1 < case.tokens.len() {
        let next = last + 1;
        match case.kind(next) {
            Kind::FStart => depth += 1,
            Kind::FEnd => depth -= 1,
            Kind::Str => {}
            _ if depth > 0 => {}
            _ => break,
        }
        last = next;
    }
    case.span(first, last)
}

/// The error of the first bad escape in the literal around the error.
pub(super) fn bad_escape(case: &Case<'_>) -> Found {
    let at = case.string_around()?;
    let tok = &case.tokens[at];
    let text = case.text(at);
    let (body_start, is_bytes) = if tok.kind == Kind::Str {
        let quote = text.find(['"', '\''])?;
        let prefix = &text[..quote];
        let triple = text[quote..].starts_with("\"\"\"") || text[quote..].starts_with("'''");
        let width = if triple { 3 } else { 1 };
        (quote + width, prefix.contains(['b', 'B']))
    } else {
        (0, false)
    };
    let body = &text[body_start..];
    let range = if tok.kind == Kind::Str {
        concatenation(case, tok.range())
    } else {
        tok.range()
    };
    let bytes = body.as_bytes();
    // Positions count the bytes of the literal as CPython rewrites it: other characters as \U and eight digits.
    let mut position = 0usize;
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] != b'\\' {
            let width = body[i..].chars().next().map_or(1, char::len_utf8);
            position += if width > 1 && !is_bytes { 10 } else { 1 };
            i += width;
            continue;
        }
        let escape = bytes.get(i + 1).copied().unwrap_or(0);
        let digits = match escape {
            b'x' => 2,
            b'u' if !is_bytes => 4,
            b'U' if !is_bytes => 8,
            b'N' if !is_bytes => {
                let rest = &body[i + 2..];
                if let Some(inner) = rest.strip_prefix('{')
                    && let Some(close) = inner.find('}')
                    && close > 0
                {
                    let length = close + 4;
                    if unicode_names2::character(&inner[..close]).is_none() {
                        return Some((
                            range,
                            format!(
                                "(unicode error) 'unicodeescape' codec can't decode bytes in position {position}-{}: unknown Unicode character name",
                                position + length - 1
                            ),
                        ));
                    }
                    position += length;
                    i += length;
                    continue;
                }
                let length = if rest.starts_with('{') {
                    let inner = &rest[1..];
                    let end = inner.find(['}', '"', '\'']).unwrap_or(inner.len());
                    if inner[..end].is_empty() && inner.starts_with('}') {
                        3
                    } else {
                        end + 3
                    }
                } else {
                    2
                };
                return Some((
                    range,
                    format!(
                        "(unicode error) 'unicodeescape' codec can't decode bytes in position {position}-{}: malformed \\N character escape",
                        position + length - 1
                    ),
                ));
            }
            _ => {
                let width = body[i + 1..].chars().next().map_or(1, char::len_utf8);
                position += 2;
                i += 1 + width;
                continue;
            }
        };
        let found = bytes[i + 2..]
            .iter()
            .take(digits)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if found < digits {
            if is_bytes {
                return Some((
                    range,
                    format!("(value error) invalid \\x escape at position {position}"),
                ));
            }
            let form = match digits {
                2 => "\\xXX",
                4 => "\\uXXXX",
                _ => "\\UXXXXXXXX",
            };
            return Some((
                range,
                format!(
                    "(unicode error) 'unicodeescape' codec can't decode bytes in position {position}-{}: truncated {form} escape",
                    position + 1 + found
                ),
            ));
        }
        if digits == 8 {
            let value = u32::from_str_radix(&body[i + 2..i + 10], 16).unwrap_or(0);
            if value > 0x10ffff {
                return Some((
                    range,
                    format!(
                        "(unicode error) 'unicodeescape' codec can't decode bytes in position {position}-{}: illegal Unicode character",
                        position + 9
                    ),
                ));
            }
        }
        position += 2 + digits;
        i += 2 + digits;
    }
    None
}
