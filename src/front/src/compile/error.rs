//! Errors and warnings of the front end as plain data; the runtime turns them into Python exceptions.

use super::source::Source;
use ruff_text_size::TextRange;

/// Which exception class a [`SyntaxError`] becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `_IncompleteInputError`: the interactive reader asks for more lines.
    IncompleteInput,
}

/// A syntax error with CPython's text and position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Exception class.
    pub kind: SyntaxErrorKind,
    /// Message.
    pub msg: String,
    /// Line, from 1; `None` when the error has no position.
    pub lineno: Option<i64>,
    /// Column in characters, from 1.
    pub offset: Option<i64>,
    /// Last line.
    pub end_lineno: Option<i64>,
    /// Column after the end, in characters, from 1.
    pub end_offset: Option<i64>,
    /// The source line.
    pub text: Option<String>,
}

impl SyntaxError {
    /// An error that is not tied to a place.
    pub fn without_position(msg: &str) -> Self {
        SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: msg.to_owned(),
            lineno: None,
            offset: None,
            end_lineno: None,
            end_offset: None,
            text: None,
        }
    }

    /// An error at a byte range of `source`.
    pub fn at(source: &Source, range: TextRange, msg: impl Into<String>) -> Self {
        let (line, column) = source.line_char(range.start().into());
        let (end_line, end_column) = source.line_char(range.end().into());
        SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: msg.into(),
            lineno: Some(i64::from(line)),
            offset: Some(i64::from(column)),
            end_lineno: Some(i64::from(end_line)),
            end_offset: Some(i64::from(end_column)),
            text: Some(source.line_text(line).to_owned()),
        }
    }
}

impl SyntaxError {
    /// An error that the compiler, not the parser, finds: its columns count UTF-8 bytes, as CPython's do.
    pub fn at_node(source: &Source, range: TextRange, msg: impl Into<String>) -> Self {
        let start = source.line_col(range.start().into());
        let end = source.line_col(range.end().into());
        SyntaxError {
            lineno: Some(i64::from(start.line)),
            offset: Some(i64::from(start.col) + 1),
            end_lineno: Some(i64::from(end.line)),
            end_offset: Some(i64::from(end.col) + 1),
            text: Some(source.line_text(start.line).to_owned()),
            ..SyntaxError::without_position(&msg.into())
        }
    }
}

/// Why a compilation failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CompileError {
    /// The program is wrong.
    Syntax(Box<SyntaxError>),
    /// `MemoryError` with this text: the parser's limits.
    Memory(&'static str),
    /// `RecursionError` with this text: nested too deeply to compile.
    Recursion(String),
    /// `OverflowError` with this text: a function too large for the instruction format.
    Overflow(&'static str),
}

impl From<SyntaxError> for CompileError {
    fn from(error: SyntaxError) -> Self {
        CompileError::Syntax(Box::new(error))
    }
}

/// Result of a stage of the compiler.
pub type Result<T> = std::result::Result<T, CompileError>;

/// Category of a [`Warning`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WarningKind {
    /// `SyntaxWarning`
    Syntax,
    /// `DeprecationWarning`
    Deprecation,
}

/// A warning that the runtime issues through the `warnings` machinery; when the filters make it an error,
/// it becomes a `SyntaxError` with the same text and position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Category.
    pub kind: WarningKind,
    /// Text.
    pub msg: String,
    /// Position.
    pub range: TextRange,
    /// Line of the position, from 1.
    pub lineno: u32,
}
