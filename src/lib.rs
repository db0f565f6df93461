//! pirn.
