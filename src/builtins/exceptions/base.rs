//! `BaseException`: construction, text forms, attributes, notes, pickling.

use crate::object::native::TypeInit;

/// Fills `BaseException`.
pub fn init_base(t: &mut TypeInit) {
    t.doc("Common base class for all exceptions.");
}
