//! The seam to `parking_lot_core`: threads wait on the address of a word; used by `object_lock.rs`, `thread_state.rs`
//! and `handshake.rs`. There are no wait queues of our own.
//!
//! Under loom a stand-in with the same contract: one lock over a list of (address, ticket). The check of `park` and the
//! update of `unpark_one` run under the queue's lock on both sides; that is what excludes a lost wake-up. The stand-in
//! never times out.

use std::time::Duration;

/// How a call of [`park`] ended.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parked {
    /// Another thread woke this one.
    Woken,
    /// The check failed: there was nothing to wait for.
    NotNeeded,
    /// The time ran out (never under loom).
    #[cfg_attr(loom, expect(dead_code, reason = "the stand-in knows no time"))]
    TimedOut,
}

/// Waits on the address of `word` if `check` holds under the queue's lock. `check` must not panic or park.
pub(crate) fn park<T>(word: &T, check: impl FnOnce() -> bool, timeout: Option<Duration>) -> Parked {
    imp::park(std::ptr::from_ref(word) as usize, check, timeout)
}

/// Wakes one thread that waits on `word`. `update` runs under the queue's lock and is told whether others go on waiting.
pub(crate) fn unpark_one<T>(word: &T, update: impl FnOnce(bool)) {
    imp::unpark_one(std::ptr::from_ref(word) as usize, update);
}

/// Wakes every thread that waits on `word`.
pub(crate) fn unpark_all<T>(word: &T) {
    imp::unpark_all(std::ptr::from_ref(word) as usize);
}

#[cfg(not(loom))]
mod imp {
    use super::Parked;
    use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, ParkResult};
    use std::time::{Duration, Instant};

    pub(super) fn park(
        key: usize,
        check: impl FnOnce() -> bool,
        timeout: Option<Duration>,
    ) -> Parked {
        let deadline = timeout.and_then(|time| Instant::now().checked_add(time));
        // SAFETY: the key is the address of a word of this crate, which nobody else parks on; the callbacks are `check`,
        // which does not panic or park by the contract above, and empty closures.
        let result = unsafe {
            parking_lot_core::park(key, check, || {}, |_, _| {}, DEFAULT_PARK_TOKEN, deadline)
        };
        match result {
            ParkResult::Unparked(_) => Parked::Woken,
            ParkResult::Invalid => Parked::NotNeeded,
            ParkResult::TimedOut => Parked::TimedOut,
        }
    }

    pub(super) fn unpark_one(key: usize, update: impl FnOnce(bool)) {
        // SAFETY: as for `park`; the callback stores to an atomic and does not panic or park.
        unsafe {
            parking_lot_core::unpark_one(key, |result| {
                update(result.have_more_threads);
                DEFAULT_UNPARK_TOKEN
            });
        }
    }

    pub(super) fn unpark_all(key: usize) {
        // SAFETY: as for `park`; there is no callback.
        unsafe { parking_lot_core::unpark_all(key, DEFAULT_UNPARK_TOKEN) };
    }
}

#[cfg(loom)]
mod imp {
    use super::Parked;
    use loom::sync::{Condvar, Mutex, MutexGuard};
    use std::time::Duration;

    #[derive(Default)]
    struct Queue {
        next_ticket: u64,
        waiting: Vec<(usize, u64)>,
    }

    struct Lot {
        queue: Mutex<Queue>,
        changed: Condvar,
    }

    loom::lazy_static! {
        static ref LOT: Lot = Lot { queue: Mutex::new(Queue::default()), changed: Condvar::new() };
    }

    fn lock() -> MutexGuard<'static, Queue> {
        LOT.queue.lock().expect("a panic ends the model")
    }

    pub(super) fn park(
        key: usize,
        check: impl FnOnce() -> bool,
        _timeout: Option<Duration>,
    ) -> Parked {
        let mut queue = lock();
        if !check() {
            return Parked::NotNeeded;
        }
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.push((key, ticket));
        while queue.waiting.contains(&(key, ticket)) {
            queue = LOT.changed.wait(queue).expect("a panic ends the model");
        }
        Parked::Woken
    }

    pub(super) fn unpark_one(key: usize, update: impl FnOnce(bool)) {
        let mut queue = lock();
        if let Some(first) = queue.waiting.iter().position(|&(waiter, _)| waiter == key) {
            queue.waiting.remove(first);
        }
        update(queue.waiting.iter().any(|&(waiter, _)| waiter == key));
        LOT.changed.notify_all();
    }

    pub(super) fn unpark_all(key: usize) {
        lock().waiting.retain(|&(waiter, _)| waiter != key);
        LOT.changed.notify_all();
    }
}
