//! `SyntaxError`.

use crate::error::Raised;
use crate::object::native::{TypeDef, TypeInit};
use crate::thread::Py;

pub(super) fn init(_: &mut TypeInit) {}

/// Where a syntax error is: lines and offsets count from 1, an end of 0 means "unknown".
pub struct SyntaxSpot<'a> {
    pub filename: &'a str,
    pub lineno: u32,
    /// In characters.
    pub offset: u32,
    /// The source line.
    pub text: Option<&'a str>,
    pub end_lineno: u32,
    pub end_offset: u32,
}

/// A syntax error of class `kind` (SyntaxError, IndentationError, TabError ...).
#[cold]
pub fn syntax_error(py: &Py, kind: &'static TypeDef, msg: &str, _spot: &SyntaxSpot) -> Raised {
    py.error(kind, msg)
}
