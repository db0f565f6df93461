//! Memory management.
//!
//! Objects live in size-class pages of their thread's heap (`page`, `alloc`). References are counted with a bias to the
//! owner thread (`count`); zero leads to `destroy`, which queues finalizers and weak-reference callbacks for the next
//! bytecode boundary and destroys by a worklist. Cycles are found by `cycle`. `weakref` holds the table of weak references.

pub mod alloc;
pub mod count;
pub mod cycle;
pub mod destroy;
pub mod limbo;
pub mod page;
pub mod verify;
pub mod weakref;
