//! Module `_weakref`.
