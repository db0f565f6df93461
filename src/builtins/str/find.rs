//! Searching in `str`.
