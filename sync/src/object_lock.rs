//! One-byte lock of an object; used by object headers, [`crate::mutex`] and every table behind it.
//!
//! # State
//!
//! | PARKED | LOCKED | meaning |
//! |---|---|---|
//! | 0 | 0 | free |
//! | 0 | 1 | held, nobody waits in the parking lot |
//! | 1 | 1 | held, someone waits (or is about to) |
//! | 1 | 0 | free, someone waits: only between an unlock that woke one of several waiters and the next lock |
//!
//! # Who may write what
//!
//! LOCKED is set by the thread that takes the lock and cleared by that thread. PARKED is set by waiters, and cleared by
//! the unlocking thread under the parking queue's lock.
//!
//! # Transitions
//!
//! - free -> held: [`ObjectLock::try_lock`], [`ObjectLock::lock`], one compare-and-swap
//! - held -> held, PARKED: a waiter that is going to sleep
//! - held -> free: [`ObjectLock::unlock`]; if PARKED, the slow half wakes one waiter
//!
//! The lock is not fair: a running thread may take it before a woken one. Scopes are short and contain no safepoint, so
//! a waiter loses a few rounds at most.
//!
//! A thread that waits must not be one that a handshake waits for. A runtime thread that finds the lock held therefore
//! detaches, calls [`ObjectLock::wait_unlocked`], attaches, and tries again: it never *holds* an object lock while it
//! attaches, which may wait for a stop-the-world.
//!
//! # Orderings
//!
//! Release in `unlock` with Acquire in `lock`/`try_lock`: what was written under the lock is seen by the next holder.
//! Setting PARKED is Relaxed: it guards no data, and the parking queue's lock orders it against the unlock.
//!
//! # Reclamation
//!
//! `unlock` does not touch the byte after the store that frees it, except through the parking lot when someone waits; a
//! waiter keeps the object alive by its own reference.
//!
//! # Model
//!
//! `loom-tests/tests/object_lock.rs`: exclusion, wake-up of one and of two waiters, `wait_unlocked`. Left out: spinning
//! and time.

use crate::park::{self, Parked};
use crate::prim::atomic::{AtomicU8, Ordering};

/// The lock is held.
const LOCKED_BIT: u8 = 0b01;
/// Threads wait in the parking lot.
const PARKED_BIT: u8 = 0b10;

/// How often a thread looks again before it sleeps; a critical section is tens of instructions.
#[cfg(not(loom))]
const SPINS: u32 = 40;
#[cfg(loom)]
const SPINS: u32 = 0;

/// One-byte mutual exclusion.
#[derive(Debug)]
#[repr(transparent)]
pub struct ObjectLock(AtomicU8);

impl ObjectLock {
    const_fn! {
        /// A free lock.
        #[inline]
        pub fn new() -> Self {
            Self(AtomicU8::new(0))
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    #[must_use]
    pub fn try_lock(&self) -> bool {
        // Acquire: with the Release of `unlock`. Relaxed on failure and for the first look: nothing is read under them.
        self.0
            .compare_exchange(0, LOCKED_BIT, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
            || self.try_lock_parked()
    }

    /// `try_lock` for a free lock that others wait for.
    #[cold]
    fn try_lock_parked(&self) -> bool {
        // Relaxed: only a hint for the compare-and-swap that follows.
        let mut state = self.0.load(Ordering::Relaxed);
        while state & LOCKED_BIT == 0 {
            // Acquire, Relaxed: as in `try_lock`.
            match self.0.compare_exchange_weak(
                state,
                state | LOCKED_BIT,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Takes the lock, sleeping until it is free. Only for threads that no handshake waits for.
    #[inline]
    pub fn lock(&self) {
        // Acquire, Relaxed: as in `try_lock`.
        if self
            .0
            .compare_exchange_weak(0, LOCKED_BIT, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.lock_slow();
        }
    }

    #[cold]
    fn lock_slow(&self) {
        while !self.try_lock() {
            self.wait_unlocked();
        }
    }

    /// Gives the lock back. The calling thread holds it.
    #[inline]
    pub fn unlock(&self) {
        debug_assert!(self.is_locked());
        // Release: with the Acquire of the next `lock`. Relaxed on failure: the slow half stores again.
        if self
            .0
            .compare_exchange(LOCKED_BIT, 0, Ordering::Release, Ordering::Relaxed)
            .is_err()
        {
            self.unlock_slow();
        }
    }

    #[cold]
    fn unlock_slow(&self) {
        park::unpark_one(self, |others_wait| {
            // Release: as in `unlock`. The queue's lock is held, so no waiter sets PARKED and sleeps in between.
            self.0
                .store(if others_wait { PARKED_BIT } else { 0 }, Ordering::Release);
        });
    }

    /// Sleeps until the lock was free at some moment (or the thread was woken for no reason). Does not take it; the
    /// caller must try to, because an unlock wakes one waiter only, and the next one is woken by that waiter's unlock.
    #[cold]
    pub fn wait_unlocked(&self) {
        for _ in 0..SPINS {
            // Relaxed: the caller locks by an acquiring compare-and-swap.
            if self.0.load(Ordering::Relaxed) & LOCKED_BIT == 0 {
                return;
            }
            crate::prim::spin();
        }
        // Relaxed: see "Orderings".
        let mut state = self.0.load(Ordering::Relaxed);
        while state & PARKED_BIT == 0 {
            if state & LOCKED_BIT == 0 {
                return;
            }
            // Relaxed: see "Orderings".
            match self.0.compare_exchange_weak(
                state,
                state | PARKED_BIT,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        // Relaxed: see "Orderings".
        let check = || self.0.load(Ordering::Relaxed) == LOCKED_BIT | PARKED_BIT;
        match park::park(self, check, None) {
            Parked::Woken | Parked::NotNeeded | Parked::TimedOut => {}
        }
    }

    /// True while some thread holds the lock.
    #[inline]
    pub fn is_locked(&self) -> bool {
        // Relaxed: for assertions and statistics.
        self.0.load(Ordering::Relaxed) & LOCKED_BIT != 0
    }
}

impl Default for ObjectLock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn is_one_byte() {
        assert_eq!(size_of::<ObjectLock>(), 1);
    }

    #[test]
    fn excludes() {
        let lock = ObjectLock::new();
        assert!(lock.try_lock());
        assert!(!lock.try_lock());
        lock.unlock();
        assert!(!lock.is_locked());
        lock.lock();
        lock.unlock();
    }

    #[test]
    fn counts_under_contention() {
        static LOCK: ObjectLock = ObjectLock::new();
        let mut total = 0_u64;
        let address = &raw mut total as usize;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    for _ in 0..20_000 {
                        LOCK.lock();
                        // SAFETY: the lock is held, and `total` outlives the scope.
                        unsafe { *(address as *mut u64) += 1 };
                        LOCK.unlock();
                    }
                });
            }
        });
        assert_eq!(total, 80_000);
    }
}
