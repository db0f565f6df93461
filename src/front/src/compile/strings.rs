//! Decoding of string literals that hold surrogate escapes, which the parser's text type cannot represent.

use ruff_python_ast::StringLiteral;
use ruff_python_ast::str_prefix::StringLiteralPrefix;

/// Code points of a string literal, from its source.
pub fn literal(node: &StringLiteral, source: &str) -> Vec<u32> {
    let body = &source[node.content_range()];
    let raw = matches!(node.flags.prefix(), StringLiteralPrefix::Raw { .. });
    decode(body, raw, false)
}

/// Code points of the literal text between replacement fields.
pub fn middle(body: &str, raw: bool) -> Vec<u32> {
    decode(body, raw, true)
}

fn decode(body: &str, raw: bool, braces: bool) -> Vec<u32> {
    let mut out = Vec::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if braces && (c == '{' || c == '}') && chars.peek() == Some(&c) {
            chars.next();
        }
        if c != '\\' || raw {
            out.push(u32::from(c));
            continue;
        }
        let Some(escape) = chars.next() else {
            out.push(u32::from('\\'));
            break;
        };
        let simple = match escape {
            '\n' => continue,
            '\\' | '\'' | '"' => escape,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => {
                out.push(hex(&mut chars, 2));
                continue;
            }
            'u' => {
                out.push(hex(&mut chars, 4));
                continue;
            }
            'U' => {
                out.push(hex(&mut chars, 8));
                continue;
            }
            'N' => {
                let name: String = chars.by_ref().skip(1).take_while(|&c| c != '}').collect();
                out.push(unicode_names2::character(&name).map_or(0xfffd, u32::from));
                continue;
            }
            '0'..='7' => {
                let mut value = escape as u32 - '0' as u32;
                for _ in 0..2 {
                    match chars.peek().and_then(|c| c.to_digit(8)) {
                        Some(digit) => {
                            value = value * 8 + digit;
                            chars.next();
                        }
                        None => break,
                    }
                }
                out.push(value);
                continue;
            }
            other => {
                out.push(u32::from('\\'));
                other
            }
        };
        out.push(u32::from(simple));
    }
    out
}

fn hex(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, digits: usize) -> u32 {
    let mut value = 0;
    for _ in 0..digits {
        if let Some(digit) = chars.next().and_then(|c| c.to_digit(16)) {
            value = value * 16 + digit;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_and_escapes() {
        assert_eq!(
            decode(r"a\ud800\n\x41\101", false, false),
            [97, 0xd800, 10, 65, 65]
        );
        assert_eq!(decode(r"{{\ud800}}", false, true), [123, 0xd800, 125]);
        assert_eq!(decode(r"\ud800", true, false).len(), 6);
    }
}
