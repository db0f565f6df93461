//! `BaseExceptionGroup`, `ExceptionGroup`, and what `except*` needs.

use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub(super) fn init(_: &mut TypeInit) {}

/// Splits a raised exception for one `except*` clause: (matched or None, rest or None).
pub fn match_split(py: &Py, exc: &Val, _typ: &Val) -> PyResult<(Obj, Obj)> {
    Ok((py.none(), exc.to_obj()))
}

/// The exception to raise after all `except*` clauses ran, None if there is none.
pub fn prep_reraise_star(py: &Py, _orig: &Val, _results: &[Obj]) -> PyResult<Obj> {
    Ok(py.none())
}
