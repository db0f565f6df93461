//! Splitting, stripping and joining of `str`.
