//! Concurrency protocols.
