//! Concurrency protocols of the runtime: one protocol, one file, one loom model.
//!
//! This crate knows no Python and no JIT. Everything that several threads may write at the same time is a small type
//! here, which object headers, thread structures and code objects embed. State changes are named methods that return
//! `#[must_use]` enums; no caller does a compare-and-swap of its own.
//!
//! | file | protocol | users |
//! |---|---|---|
//! | [`prim`] | the seam between std and loom | every other file |
//! | `park` | the seam to `parking_lot_core` | `object_lock`, `thread_state`, `handshake` |
//! | [`object_lock`] | one-byte lock | object headers, [`mutex`] |
//! | [`mutex`] | data behind an object lock | [`handshake`], tables |
//! | [`biased_count`] | local and shared counts, merge queue, limbo | object headers, heap |
//! | [`thread_state`] | attached, detached, claimed, stopped; the poll word | thread structures |
//! | [`handshake`] | numbered handshakes, stop-the-world | heap, collector, thread start and exit |
//! | [`qsbr`] | grace periods: what a handshake makes free to reuse | limbo lists, retired storage |
//! | [`publish`] | write-once and replaceable pointers | caches, code objects, compiled code |
//! | [`code_word`] | instruction words, inline-cache words, hot counts | interpreter |
//! | [`stack`] | push and take-all | remote frees, merge queues |
//!
//! # Lock order
//!
//! The registry lock inside [`handshake::Handshakes`] is taken by detached threads, or by `try_lock`; object locks are
//! leaf scopes without safepoints. While the registry lock is held (a stop-the-world included) object locks may be
//! taken, never the other way round. Parking queues are below everything.

#[macro_use]
pub mod prim;
mod park;

pub mod biased_count;
pub mod code_word;
pub mod handshake;
pub mod mutex;
pub mod object_lock;
pub mod publish;
pub mod qsbr;
pub mod stack;
pub mod thread_state;
