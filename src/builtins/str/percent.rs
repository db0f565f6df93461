//! The `%` operator of `str`.
