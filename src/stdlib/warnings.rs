//! Module `_warnings`.

use crate::error::PyResult;
use crate::object::native::TypeDef;
use crate::thread::Py;

/// Issues a warning as `warnings.warn(msg, category, stacklevel)` does.
pub fn warn(_py: &Py, _category: &'static TypeDef, _msg: &str, _stacklevel: usize) -> PyResult<()> {
    Ok(())
}
