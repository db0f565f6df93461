//! Python exceptions as Rust errors, and back.

use super::{Handle, Python};
use crate::builtins::dict::DictObj;
use crate::builtins::exceptions as exc;
use crate::builtins::str;
use crate::error::{Raised, traceback};
use crate::object::ops;
use crate::object::value::Obj;
use std::fmt;

/// Result of what may raise a Python exception.
pub type Result<T> = std::result::Result<T, Error>;

/// A Python exception, described so that it can leave the scope in which it was raised.
#[derive(Clone)]
pub struct Error {
    type_name: String,
    message: String,
    traceback: String,
    exception: Option<Handle>,
}

impl Error {
    /// An error that becomes the built-in exception `type_name` when it gets into Python (RuntimeError if there is none of that
    /// name).
    pub fn new(type_name: impl Into<String>, message: impl Into<String>) -> Error {
        let (type_name, message) = (type_name.into(), message.into());
        let traceback = format!("{type_name}: {message}\n");
        Error {
            type_name,
            message,
            traceback,
            exception: None,
        }
    }
    /// Name of the exception's class, with its module unless it is a built-in one.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }
    /// `str(exception)`
    pub fn message(&self) -> &str {
        &self.message
    }
    /// What Python would print: causes, traceback, message, notes.
    pub fn traceback(&self) -> &str {
        &self.traceback
    }
    /// The exception object; none if the error never was in Python.
    pub fn exception(&self) -> Option<&Handle> {
        self.exception.as_ref()
    }

    /// Describes a raised exception.
    pub(super) fn of(py: Python<'_>, e: Raised) -> Error {
        let thread = py.thread();
        let message = ops::str(thread, &e.0).map_or_else(
            |_| "<exception str() failed>".to_string(),
            |s| str::lossy(&s).into_owned(),
        );
        Error {
            type_name: traceback::type_text(thread, &e.0),
            message,
            traceback: traceback::format(thread, &e.0),
            exception: Handle::of(py, e.0),
        }
    }

    /// The exception to raise for this error.
    pub(super) fn raise(self, py: Python<'_>) -> Raised {
        if let Some(o) = self.exception.as_ref().and_then(|h| h.value(py))
            && exc::BASE_EXCEPTION.check(&o)
        {
            return Raised(o);
        }
        let thread = py.thread();
        let builtins = crate::runtime::builtins_dict(thread);
        let class = builtins.cast::<DictObj>().get_str(thread, &self.type_name);
        let made: Option<Obj> =
            class.and_then(|c| ops::call1(thread, &c, &thread.str(&self.message)).ok());
        match made {
            Some(e) if exc::BASE_EXCEPTION.check(&e) => Raised(e),
            _ => thread.runtime_error(format!("{}: {}", self.type_name, self.message)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return f.write_str(&self.type_name);
        }
        write!(f, "{}: {}", self.type_name, self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.traceback.trim_end())
    }
}

impl std::error::Error for Error {}
