//! "Did you mean" suggestions for AttributeError, NameError and ImportError.

use crate::object::value::Val;
use crate::thread::Py;

/// The text to append to the exception's message, if there is a name that was probably meant.
pub fn suggestion(_py: &Py, _exc: &Val) -> Option<String> {
    None
}
