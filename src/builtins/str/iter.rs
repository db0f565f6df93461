//! Iterator over the characters of a `str`.
