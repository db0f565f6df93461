//! Views and iterators of `dict`.
