//! Calls the parser, and turns its errors into CPython's.

use super::Options as CompileOptions;
use super::diagnose;
use super::error::{CompileError, Result, SyntaxError, SyntaxErrorKind};
use super::source::Source;
use ruff_python_ast::{Mod, PythonVersion, Stmt};
use ruff_python_parser::{Mode as RuffMode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// What a source text is compiled as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A module (`exec`).
    Exec,
    /// One expression (`eval`).
    Eval,
    /// One interactive statement (`single`).
    Single,
}

/// Parses `source`.
pub fn parse(source: &Source, mode: Mode, compile: &CompileOptions) -> Result<Parsed<Mod>> {
    let ruff_mode = match mode {
        Mode::Eval => RuffMode::Expression,
        Mode::Exec | Mode::Single => RuffMode::Module,
    };
    if u32::try_from(source.text().len()).is_err() {
        return Err(CompileError::Memory("source text is too large"));
    }
    let options = ParseOptions::from(ruff_mode).with_target_version(PythonVersion::PY314);
    let parsed = parse_unchecked(source.text(), options);
    if let Some(error) = diagnose::limits(source, parsed.tokens(), parsed.errors().is_empty()) {
        return Err(error.into());
    }
    if !parsed.errors().is_empty() {
        if compile.allow_incomplete && diagnose::is_incomplete(source, &parsed) {
            return Err(incomplete(source).into());
        }
        return Err(diagnose::parse_error(source, &parsed, mode).into());
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        return Err(diagnose::unsupported(source, error).into());
    }
    if let Some(error) = diagnose::accepted_too_much(source, parsed.syntax()) {
        return Err(error.into());
    }
    if mode == Mode::Single
        && let Mod::Module(module) = parsed.syntax()
    {
        check_single(source, &module.body, compile)?;
    }
    Ok(parsed)
}

/// Interactive mode takes one compound statement, or simple statements on one line.
fn check_single(source: &Source, body: &[Stmt], compile: &CompileOptions) -> Result<()> {
    let Some(first) = body.first() else {
        if compile.allow_incomplete {
            return Err(incomplete(source).into());
        }
        return Err(SyntaxError {
            lineno: Some(0),
            offset: Some(0),
            end_lineno: Some(0),
            end_offset: Some(0),
            text: Some(String::new()),
            ..SyntaxError::without_position("invalid syntax")
        }
        .into());
    };
    let first_line = source.line_col(first.end().into()).line;
    for (before, stmt) in body.iter().zip(&body[1..]) {
        if source.line_col(stmt.start().into()).line != first_line {
            if is_compound(first) {
                return Err(SyntaxError::at(
                    source,
                    first_token(source, stmt.start()),
                    "invalid syntax",
                )
                .into());
            }
            let end = before.end();
            return Err(SyntaxError::at(
                source,
                TextRange::at(end, TextSize::from(1)),
                "multiple statements found while compiling a single statement",
            )
            .into());
        }
    }
    if let Some(last) = body.last()
        && is_compound(last)
    {
        // A block on the line of its head ends with an empty line; others end with the text, unless the
        // caller wants an empty line there too.
        let one_line =
            source.line_col(last.end().into()).line == source.line_col(last.start().into()).line;
        let rest = &source.text()[last.end().to_usize()..];
        let newlines = rest.bytes().filter(|&byte| byte == b'\n').count();
        if (newlines < 2 && compile.dont_imply_dedent) || (newlines < 1 && one_line) {
            if compile.allow_incomplete {
                return Err(incomplete(source).into());
            }
            let line = i64::from(source.line_col(last.end().into()).line);
            return Err(SyntaxError {
                lineno: Some(line),
                offset: Some(0),
                end_lineno: Some(line),
                end_offset: Some(0),
                text: Some(String::new()),
                ..SyntaxError::without_position("invalid syntax")
            }
            .into());
        }
    }
    Ok(())
}

/// The error that asks an interactive reader for more lines.
fn incomplete(source: &Source) -> SyntaxError {
    let end = TextRange::empty(TextSize::from(source.text().len() as u32));
    SyntaxError {
        kind: SyntaxErrorKind::IncompleteInput,
        ..SyntaxError::at(source, end, "incomplete input")
    }
}

/// True for statements that contain blocks.
pub fn is_compound(stmt: &Stmt) -> bool {
    matches!(
        stmt,
        Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::If(_)
            | Stmt::With(_)
            | Stmt::Match(_)
            | Stmt::Try(_)
    )
}

/// The identifier or single character that starts at `at`.
fn first_token(source: &Source, at: TextSize) -> TextRange {
    let text = &source.text()[at.to_usize()..];
    let length = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
        .max(1);
    TextRange::at(at, TextSize::from(length as u32))
}
