//! `str.translate` and `str.maketrans`.
