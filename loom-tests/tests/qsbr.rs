//! Model of `sync/src/qsbr.rs` on `handshake.rs` and `biased_count.rs`: model 2 of the ownership rules, handshake numbers
//! with young and old, and borrows taken after an acknowledgement.
//!
//! # Broken on purpose, and what loom reported
//!
//! - old is ripe when the acknowledged handshake itself is complete: `retired_storage_outlives_its_readers`, "Causality
//!   violation: Concurrent read and write accesses to `UnsafeCell`"
//! - the object leaves its slot after the handshake has begun: `what_waited_before_a_handshake_that_completes_at_once`, the same
//! - the child is freed with its parent: `a_child_of_a_destroyed_parent_waits_anew`, the same
#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::biased_count::{Dropped, LimboExit, SharedWord};
use pirn_sync::handshake::{Begin, Handshakes};
use pirn_sync::publish::Published;
use pirn_sync::qsbr::Grace;
use pirn_sync::thread_state::ThreadWord;
use std::ptr::NonNull;
use std::sync::Arc;

fn two_threads() -> (Arc<Handshakes<ThreadWord>>, [Arc<ThreadWord>; 2]) {
    let handshakes = Arc::new(Handshakes::new());
    let words = [(); 2].map(|()| Arc::new(ThreadWord::new()));
    words
        .iter()
        .for_each(|word| _ = handshakes.register(Arc::clone(word)));
    (handshakes, words)
}

/// Begins a handshake and acknowledges it, moving the young generation of `grace`.
fn handshake<T>(handshakes: &Handshakes<ThreadWord>, own: &ThreadWord, grace: &mut Grace<T>) {
    if let Begin::Begun(_) = handshakes.begin(|_, _| {}) {
        handshakes.safepoint(own, |_, number| grace.acknowledge(number));
    }
}

/// Storage that a lock-free reader looks at, unlinked and freed: the reader takes the pointer before or after its own
/// acknowledgement of the first handshake, and uses it until the next safepoint.
#[test]
fn retired_storage_outlives_its_readers() {
    model(4, || {
        let (handshakes, [own, other]) = two_threads();
        let memory = Arc::new(Memory::new());
        let published = Arc::new(Published::new());
        _ = published.replace(Some(NonNull::from(&*memory)));
        handshakes.attach(&own);
        handshakes.attach(&other);
        let reader = {
            let (handshakes, published) = (Arc::clone(&handshakes), Arc::clone(&published));
            // Owns the memory too: what is freed here is only marked.
            let _memory = Arc::clone(&memory);
            thread::spawn(move || {
                for _ in 0..2 {
                    if let Some(memory) = published.get() {
                        // SAFETY: the model keeps the memory; the protocol must keep it unmarked.
                        let memory: &Memory = unsafe { memory.as_ref() };
                        memory.read();
                    }
                    if other.poll() {
                        handshakes.safepoint(&other, |_, _| {});
                    }
                }
                handshakes.detach(&other, |_, _| {});
                drop(_memory);
            })
        };
        let mut grace = Grace::new();
        // A handshake that begins before the storage is unlinked: the reader may acknowledge it early.
        let first = handshakes.begin(|_, _| {});
        assert_eq!(first, Begin::Begun(1));
        grace.retire(published.replace(None));
        handshakes.safepoint(&own, |_, number| grace.acknowledge(number));
        let free_ripe = |grace: &mut Grace<_>| {
            grace
                .take_ripe(handshakes.completed())
                .into_iter()
                .for_each(|_| memory.free());
        };
        free_ripe(&mut grace);
        if handshakes.completed() == 1 {
            handshake(&handshakes, &own, &mut grace);
            free_ripe(&mut grace);
        }
        handshakes.detach(&own, |_, number| grace.acknowledge(number));
        reader.join().unwrap();
    });
}

/// A handshake that is complete when its requester has acknowledged, since the other thread was detached or was faster: what
/// came into limbo before it began is destroyed at once (`heap::limbo::handshake`), while the other thread attaches, borrows
/// what it finds, and may have been claimed before or after its borrow.
#[test]
fn what_waited_before_a_handshake_that_completes_at_once() {
    struct Object {
        word: SharedWord,
        memory: Memory,
        slot: AtomicBool,
    }
    model(5, || {
        let (handshakes, [own, other]) = two_threads();
        let object = Arc::new(Object {
            word: SharedWord::merged(1),
            memory: Memory::new(),
            slot: AtomicBool::new(true),
        });
        handshakes.attach(&own);
        let borrower = {
            let (handshakes, object) = (Arc::clone(&handshakes), Arc::clone(&object));
            thread::spawn(move || {
                let look = || {
                    if object.slot.load(Ordering::Acquire) {
                        object.memory.read();
                    }
                };
                handshakes.attach(&other);
                look();
                if other.poll() {
                    // A borrow ends here: its slot becomes owned, or it was dropped.
                    handshakes.safepoint(&other, |_, _| {});
                }
                look();
                handshakes.detach(&other, |_, _| {});
            })
        };
        let mut grace = Grace::new();
        object.slot.store(false, Ordering::Release);
        assert_eq!(object.word.subtract(), Dropped::Zero);
        grace.retire(());
        if let Begin::Begun(number) = handshakes.begin(|_, _| {}) {
            handshakes.safepoint(&own, |_, number| grace.acknowledge(number));
            if handshakes.completed() >= number {
                let mut all = Vec::new();
                grace.take_all_into(&mut all);
                for () in all {
                    assert_eq!(object.word.leave_limbo(), LimboExit::Dead);
                    object.memory.free();
                }
            }
        }
        handshakes.detach(&own, |_, _| {});
        borrower.join().unwrap();
    });
}

/// A parent in limbo is destroyed and drops its child to zero, which was also stored elsewhere until just now: a thread
/// that borrowed it there after its acknowledgement still uses it, so the child waits for a handshake of its own.
#[test]
fn a_child_of_a_destroyed_parent_waits_anew() {
    model(5, || {
        struct Child {
            word: SharedWord,
            memory: Memory,
            slot: AtomicBool,
            next_acknowledged: AtomicBool,
        }
        // One reference from the parent, one from the slot.
        let child = Arc::new(Child {
            word: SharedWord::merged(2),
            memory: Memory::new(),
            slot: AtomicBool::new(true),
            next_acknowledged: AtomicBool::new(false),
        });
        let borrower = {
            let child = Arc::clone(&child);
            thread::spawn(move || {
                if child.slot.load(Ordering::Acquire) {
                    child.memory.read();
                }
                child.next_acknowledged.store(true, Ordering::Release);
            })
        };
        let remover = {
            let child = Arc::clone(&child);
            thread::spawn(move || {
                child.slot.store(false, Ordering::Release);
                child.word.subtract() == Dropped::Zero
            })
        };
        // The handshake of the parent is complete; its destruction drops the child.
        let zero = child.word.subtract() == Dropped::Zero;
        if zero && child.next_acknowledged.load(Ordering::Acquire) {
            assert_eq!(child.word.leave_limbo(), LimboExit::Dead);
            child.memory.free();
        }
        borrower.join().unwrap();
        assert!(zero != remover.join().unwrap());
    });
}
