//! Methods and attributes of `int`.

use crate::object::native::TypeInit;

pub fn init(_: &mut TypeInit) {}
