//! Module `_warnings`.

use crate::error::PyResult;
use crate::object::native::TypeDef;
use crate::thread::Py;

/// Issues a warning as `warnings.warn(msg, category, stacklevel)` does.
pub fn warn(_py: &Py, _category: &'static TypeDef, _msg: &str, _stacklevel: usize) -> PyResult<()> {
    Ok(())
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<crate::object::Obj> {
    crate::stdlib::ModuleInit::new(py, "_warnings").finish()
}
