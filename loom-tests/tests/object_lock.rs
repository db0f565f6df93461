//! Model of `sync/src/object_lock.rs` (and `mutex.rs`).
//!
//! # Broken on purpose, and what loom reported
//!
//! - `unlock` with Relaxed: all three fail, "Causality violation: Concurrent write accesses to `UnsafeCell`"
//! - `unlock_slow` clears PARKED although others wait: `every_waiter_is_woken`, "deadlock"
//! - no check under the parking queue's lock: all three, "deadlock" (lost wake-up)
#![cfg(loom)]

use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::mutex::Mutex;
use pirn_sync::object_lock::ObjectLock;
use std::sync::Arc;

/// Two threads add under the lock; no addition is lost and nobody sleeps for good.
#[test]
fn two_threads_exclude_each_other() {
    model(5, || {
        let counter = Arc::new(Mutex::new(0));
        let other = {
            let counter = Arc::clone(&counter);
            thread::spawn(move || counter.lock().with(|count| *count += 1))
        };
        counter.lock().with(|count| *count += 1);
        other.join().unwrap();
        counter.lock().with(|count| assert_eq!(*count, 2));
    });
}

/// Three threads: an unlock that wakes one waiter leaves the other one to the next unlock.
#[test]
fn every_waiter_is_woken() {
    model(4, || {
        let counter = Arc::new(Mutex::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let counter = Arc::clone(&counter);
                thread::spawn(move || counter.lock().with(|count| *count += 1))
            })
            .collect();
        counter.lock().with(|count| *count += 1);
        others.into_iter().for_each(|other| other.join().unwrap());
        counter.lock().with(|count| assert_eq!(*count, 3));
    });
}

/// The way a runtime thread waits: it never sleeps holding the lock, and tries again.
#[test]
fn waiting_without_taking() {
    model(5, || {
        let shared = Arc::new((ObjectLock::new(), Memory::new()));
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                while !shared.0.try_lock() {
                    shared.0.wait_unlocked();
                }
                shared.1.write();
                shared.0.unlock();
            })
        };
        shared.0.lock();
        shared.1.write();
        shared.0.unlock();
        other.join().unwrap();
    });
}
