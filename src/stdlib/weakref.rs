//! Module `_weakref`.

use crate::error::PyResult;
use crate::object::value::Obj;
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    ModuleInit::new(py, "_weakref").finish()
}
