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
use ruff_python_parser::{
    ParseErrorType, Parsed, UnsupportedSyntaxError, UnsupportedSyntaxErrorKind,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Deepest nesting of brackets that the tokenizer accepts.
const MAX_BRACKETS: usize = 200;
/// Longest decimal literal, in digits (`sys.int_info.default_max_str_digits`).
const MAX_INT_DIGITS: usize = 4300;
/// Deepest nesting of f-strings and t-strings.
const MAX_STRINGS: usize = 149;
/// Deepest indentation that the tokenizer accepts.
const MAX_INDENTS: usize = 100;

/// Checks the tokenizer's limits; `valid`: the parser has found no error.
pub(super) fn limits(source: &Source, tokens: &Tokens, valid: bool) -> Option<SyntaxError> {
    let mut brackets = 0usize;
    let mut indents = 0usize;
    // Open strings with replacement fields: the brackets around them and their deepest nesting of brackets.
    let mut strings: Vec<usize> = Vec::new();
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                if brackets > MAX_BRACKETS {
                    let at = TextRange::empty(token.start());
                    return Some(SyntaxError::at(source, at, "too many nested parentheses"));
                }
                // Four brackets deep in a string, fields may be nested too deeply; the tokenizer knows.
                if strings.last().is_some_and(|outside| brackets > outside + 3)
                    && let Some(error) = lexer::lex(source, Mode::Exec).error
                    && error.msg.ends_with("expressions nested too deeply")
                {
                    return Some(error);
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                brackets = brackets.saturating_sub(1);
            }
            TokenKind::FStringStart | TokenKind::TStringStart => {
                strings.push(brackets);
                if strings.len() > MAX_STRINGS
                    && valid
                    && let Some(error) = lexer::lex(source, Mode::Exec).error
                {
                    return Some(error);
                }
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                strings.pop();
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
    let lexed = lexer::lex(source, mode);
    let first = parsed
        .errors()
        .iter()
        .min_by_key(|error| (is_about_mixing(&error.error), error.location.start()));
    let Some(error) = first else {
        return lexed
            .error
            .unwrap_or_else(|| SyntaxError::without_position("invalid syntax"));
    };
    let at = u32::from(error.location.start());
    if let Some(lexical) = lexed.error {
        // What the tokenizer does not understand counts before what the parser does not, except in a replacement field,
        // as long as the parser did not ask for the bad token.
        let found = lexed.tokens.iter().any(|tok| tok.start >= at);
        if lexed.in_string && found {
            let found = grammar::explain(source, &lexed.tokens, parsed.syntax(), error, mode);
            if found.reach < lexed.tokens.len() {
                return found.error;
            }
        }
        return lexical;
    }
    let found = grammar::explain(source, &lexed.tokens, parsed.syntax(), error, mode);
    if let Some(&(bracket, offset)) = lexed.open.last() {
        let (line, column) = source.line_char(offset);
        let at_end = source.text()[at as usize..].trim().is_empty();
        let reached = lexed.tokens.get(found.reach);
        if at_end || reached.is_none_or(|tok| source.line_char(tok.start).0 > line) {
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
    found.error
}

/// Whether an error says that literals of different kinds stand side by side. A string that does not end, and so is no
/// literal, leads to such errors too.
fn is_about_mixing(error: &ParseErrorType) -> bool {
    matches!(error, ParseErrorType::OtherError(text)
        if text.starts_with("Cannot mix t-string") || text.starts_with("Bytes literal cannot be mixed"))
}

/// True if a text was rejected only because it ends too early.
pub(super) fn is_incomplete(source: &Source, parsed: &Parsed<Mod>) -> bool {
    let lexed = lexer::lex(source, Mode::Exec);
    if let Some(error) = lexed.error {
        return error.msg.starts_with("unterminated triple-quoted")
            || error.msg == "unexpected EOF while parsing";
    }
    if lexed.in_string {
        return true;
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
