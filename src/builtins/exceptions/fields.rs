//! Exceptions with fields of their own.

use crate::object::native::TypeInit;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Fills the fields of the specific class from the constructor's arguments, for exceptions made by native code.
pub fn fill_extra(_py: &Py, _exc: &Obj, _args: &[Val]) {}

pub(super) fn init_system_exit(_: &mut TypeInit) {}
pub(super) fn init_stop_iteration(_: &mut TypeInit) {}
pub(super) fn init_import_error(_: &mut TypeInit) {}
pub(super) fn init_name_error(_: &mut TypeInit) {}
pub(super) fn init_attribute_error(_: &mut TypeInit) {}
pub(super) fn init_key_error(_: &mut TypeInit) {}
