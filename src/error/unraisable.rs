//! Errors that cannot be raised: `sys.unraisablehook`.

use crate::error::Raised;
use crate::object::value::Val;
use crate::thread::Py;

/// Reports `e`, which happened in `what`.
#[cold]
pub fn write(py: &Py, e: Raised, _what: &Val) {
    super::traceback::print(py, &e.0);
}
