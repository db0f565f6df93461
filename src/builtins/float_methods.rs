//! Operators and methods of `float`.

use crate::object::native::TypeInit;

pub fn init(_: &mut TypeInit) {}
