//! `bytes`: slots and registration of the methods.

use super::BytesObj;
use crate::object::native::TypeInit;

/// Fills the type.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.hash.set(|_, v| Ok(v.cast::<BytesObj>().hash()));
    s.len.set(|_, v| Ok(v.cast::<BytesObj>().len()));
}
