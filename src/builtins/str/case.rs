//! Case mapping and character classes of `str`.
