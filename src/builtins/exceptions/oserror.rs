//! `OSError`: fields, and the choice of the subclass by errno.

use crate::error::Raised;
use crate::object::native::TypeInit;
use crate::object::value::Val;
use crate::thread::Py;

pub(super) fn init(_: &mut TypeInit) {}

/// The exception for an errno value, of the subclass that belongs to it.
#[cold]
pub fn os_error(py: &Py, errno: i32, _filename: Option<&Val>) -> Raised {
    py.error_args(&super::OS_ERROR, &[py.int(errno as i64)])
}
