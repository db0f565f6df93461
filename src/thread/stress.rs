//! Stress options: what makes ownership mistakes show early.

use std::cell::Cell;

/// Settings of one thread.
pub(crate) struct Stress {
    /// A handshake before every instruction.
    pub handshake: Cell<bool>,
    /// References are recounted after every n-th handshake; 0 for never.
    pub recount: Cell<u32>,
    /// Handshakes since the last recount.
    pub since: Cell<u32>,
}

impl Stress {
    /// As the runtime's options say.
    pub fn new() -> Stress {
        let o = &crate::runtime::config().options;
        Stress {
            handshake: Cell::new(o.stress_handshake),
            recount: Cell::new(o.recount),
            since: Cell::new(0),
        }
    }
}
