//! Methods of `list`.

use crate::object::native::typedef::TypeInit;

/// Fills the type `list`.
pub fn init(_: &mut TypeInit) {}
