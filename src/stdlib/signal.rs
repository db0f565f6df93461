//! `_signal`: an OS handler only sets a flag; the Python handler runs in the main thread at a bytecode boundary.

use super::ModuleInit;
use crate::error::PyResult;
use crate::object::value::Obj;
use crate::thread::Py;

/// Runs the Python handlers of signals that arrived.
pub fn run_handlers(_: &Py) -> PyResult<()> {
    Ok(())
}

pub fn init(py: &Py) -> PyResult<Obj> {
    ModuleInit::new(py, "_signal").finish()
}
