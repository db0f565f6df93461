//! Methods of `dict`.

use crate::object::native::typedef::TypeInit;

/// Fills the type `dict`.
pub fn init(_: &mut TypeInit) {}
