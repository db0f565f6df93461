//! CPython's texts and positions for what the parser rejects, and the limits that the parser does not have.

mod comma;
mod fields;
mod grammar;
mod lexer;
mod literals;
mod targets;

use super::error::{SyntaxError, SyntaxErrorKind};
use super::parse::Mode;
use super::source::Source;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::{Expr, Mod, Stmt};
use ruff_python_parser::{Parsed, UnsupportedSyntaxError, UnsupportedSyntaxErrorKind};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Deepest nesting of brackets that the tokenizer accepts.
const MAX_BRACKETS: usize = 200;
/// Longest decimal literal, in digits (`sys.int_info.default_max_str_digits`).
const MAX_INT_DIGITS: usize = 4300;
/// Deepest indentation that the tokenizer accepts.
const MAX_INDENTS: usize = 100;

/// Checks the tokenizer's limits.
pub(super) fn limits(source: &Source, tokens: &Tokens) -> Option<SyntaxError> {
    let mut brackets = 0usize;
    let mut indents = 0usize;
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                if brackets > MAX_BRACKETS {
                    let at = TextRange::empty(token.start());
                    return Some(SyntaxError::at(source, at, "too many nested parentheses"));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                brackets = brackets.saturating_sub(1);
            }
            TokenKind::Indent => {
                indents += 1;
                if indents >= MAX_INDENTS {
                    let (line, _) = source.line_char(token.end().into());
                    return Some(SyntaxError {
                        kind: SyntaxErrorKind::Indentation,
                        lineno: Some(i64::from(line)),
                        offset: Some(1),
                        end_lineno: Some(i64::from(line)),
                        end_offset: Some(0),
                        text: Some(source.line_text(line).to_owned()),
                        ..SyntaxError::without_position("too many levels of indentation")
                    });
                }
            }
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            TokenKind::Int if token.range().len() > TextSize::from(MAX_INT_DIGITS as u32) => {
                let literal = &source.text()[token.range()];
                let is_decimal = !matches!(
                    literal.as_bytes(),
                    [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]
                );
                let digits = literal.bytes().filter(u8::is_ascii_digit).count();
                if is_decimal && digits > MAX_INT_DIGITS {
                    return Some(SyntaxError::at(
                        source,
                        token.range(),
                        format!(
                            "Exceeds the limit ({MAX_INT_DIGITS} digits) for integer string conversion: \
                             value has {digits} digits; use sys.set_int_max_str_digits() to increase the limit \
                             - Consider hexadecimal for huge integer literals to avoid decimal conversion limits."
                        ),
                    ));
                }
            }
            _ => {}
        }
    }
    None
}

/// The error that CPython reports for a text that the parser rejected.
pub(super) fn parse_error(source: &Source, parsed: &Parsed<Mod>, mode: Mode) -> SyntaxError {
    let lexed = lexer::lex(source);
    if let Some(error) = lexed.error {
        return error;
    }
    let Some(error) = parsed
        .errors()
        .iter()
        .min_by_key(|error| error.location.start())
    else {
        return SyntaxError::without_position("invalid syntax");
    };
    let at = u32::from(error.location.start());
    if let Some(&(bracket, offset)) = lexed.open.last() {
        let (line, column) = source.line_char(offset);
        let at_end = source.text()[at as usize..].trim().is_empty();
        if at_end || source.line_char(at).0 > line {
            return SyntaxError {
                lineno: Some(i64::from(line)),
                offset: Some(i64::from(column)),
                end_lineno: Some(i64::from(line)),
                end_offset: Some(0),
                text: Some(source.line_text(line).to_owned()),
                ..SyntaxError::without_position(&format!(
                    "'{}' was never closed",
                    char::from(bracket)
                ))
            };
        }
    }
    grammar::explain(source, &lexed.tokens, parsed.syntax(), error, mode)
}

/// True if a text was rejected only because it ends too early.
pub(super) fn is_incomplete(source: &Source, parsed: &Parsed<Mod>) -> bool {
    let lexed = lexer::lex(source);
    if let Some(error) = lexed.error {
        return error.msg.starts_with("unterminated triple-quoted")
            || error.msg == "unexpected EOF while parsing";
    }
    let first = parsed
        .errors()
        .iter()
        .map(|error| error.location.start())
        .min();
    let Some(first) = first else {
        return false;
    };
    let rest = &source.text()[first.to_usize().min(source.text().len())..];
    !lexed.open.is_empty() && rest.trim().is_empty()
        || rest.trim().is_empty()
            && lexed
                .tokens
                .iter()
                .rev()
                .take(3)
                .any(|tok| u32::from(first) >= tok.start)
}

/// The error for syntax of another version of the language.
pub(super) fn unsupported(source: &Source, error: &UnsupportedSyntaxError) -> SyntaxError {
    let msg = match error.kind {
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) => {
            if source.text()[error.range].starts_with("**") {
                "dict unpacking cannot be used in dict comprehension"
            } else {
                "iterable unpacking cannot be used in comprehension"
            }
        }
        _ => "invalid syntax",
    };
    SyntaxError::at(source, error.range, msg)
}

/// What the parser accepts and CPython's grammar does not.
pub(super) fn accepted_too_much(source: &Source, module: &Mod) -> Option<SyntaxError> {
    let Mod::Module(module) = module else {
        return None;
    };
    for stmt in &module.body {
        if let Stmt::Expr(stmt) = stmt
            && let Expr::IpyEscapeCommand(command) = &*stmt.value
        {
            let at = TextRange::at(command.range.start(), TextSize::from(1));
            return Some(SyntaxError::at(source, at, "invalid syntax"));
        }
    }
    None
}
