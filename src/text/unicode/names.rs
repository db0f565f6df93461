//! Names of characters. The data comes from `unicode_names2` (also Unicode 16); which characters
//! have a name at all is decided by our own table.

use super::table::{flag, flags};

/// `unicodedata.name`.
#[must_use]
pub fn name(cp: u32) -> Option<String> {
    if flags(cp) & flag::HAS_NAME == 0 {
        return None;
    }
    Some(unicode_names2::name(char::from_u32(cp)?)?.to_string())
}

/// The character with this name or alias, upper and lower case alike: `\N{...}`.
#[must_use]
pub fn lookup(name: &str) -> Option<u32> {
    const IDEOGRAPH: &[u8] = b"CJK UNIFIED IDEOGRAPH-0";
    if name.len() >= IDEOGRAPH.len()
        && name.as_bytes()[..IDEOGRAPH.len()].eq_ignore_ascii_case(IDEOGRAPH)
    {
        // The crate would skip leading zeros.
        return None;
    }
    unicode_names2::character(name).map(u32::from)
}
