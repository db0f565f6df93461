//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.

use crate::object::native::TypeInit;

pub(super) fn init_encode(_: &mut TypeInit) {}
pub(super) fn init_decode(_: &mut TypeInit) {}
pub(super) fn init_translate(_: &mut TypeInit) {}
