//! `str.format`, `format_map`, `__format__`, and the parser of replacement fields.

use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// `format(v, "")`.
pub fn format_simple(py: &Py, v: &Val) -> PyResult<Obj> {
    crate::object::ops::format(py, v, &py.str(""))
}
