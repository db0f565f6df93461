//! Model 4 of the ownership rules: publication of ESCAPED against the zero check. The flags byte is that of object
//! headers; the counts are `sync/src/biased_count.rs`.
//!
//! An object whose count is zero is destroyed at once if it is not ESCAPED. So whoever finds zero must see the flag if
//! anybody ever reached the object through the heap.
//!
//! # Broken on purpose, and what loom reported
//!
//! - the flag after the release store: both models, "Causality violation: Concurrent read and write accesses"
//! - the taker's exchange with Relaxed: `another_thread_finds_zero`, the same
#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::biased_count::{Dropped, LimboExit, LocalCount, LocalDrop, Merged, SharedWord};
use std::sync::Arc;

const ESCAPED: u8 = 1;
const OTHER: u8 = 2;

/// An object with one reference of its owner, and a heap slot that it is stored into.
struct Scene {
    local: LocalCount,
    shared: SharedWord,
    flags: AtomicU8,
    memory: Memory,
    slot: AtomicBool,
    reader_acknowledged: AtomicBool,
    destroyed: AtomicUsize,
}

impl Scene {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            local: LocalCount::new(1),
            shared: SharedWord::new(),
            flags: AtomicU8::new(0),
            memory: Memory::new(),
            slot: AtomicBool::new(false),
            reader_acknowledged: AtomicBool::new(false),
            destroyed: AtomicUsize::new(0),
        })
    }

    /// The owner stores its reference into the heap: the flag first, then the release store.
    fn store(&self) {
        self.memory.write();
        self.flags.store(
            self.flags.load(Ordering::Relaxed) | ESCAPED,
            Ordering::Relaxed,
        );
        self.slot.store(true, Ordering::Release);
    }

    /// Takes the reference out of the heap, if it is there.
    fn take(&self) -> bool {
        self.slot.swap(false, Ordering::AcqRel)
    }

    /// A borrow by a thread that counts nothing, up to its next acknowledgement.
    fn borrow(&self) {
        if self.slot.load(Ordering::Acquire) {
            self.memory.read();
            // Rule 9: other bits of an ESCAPED object change by read-modify-writes.
            self.flags.fetch_or(OTHER, Ordering::Relaxed);
        }
        self.reader_acknowledged.store(true, Ordering::Release);
    }

    /// What the finder of zero does.
    fn zero(&self) {
        let limbo = self.flags.load(Ordering::Relaxed) & ESCAPED != 0;
        if !limbo || self.reader_acknowledged.load(Ordering::Acquire) {
            assert_eq!(self.shared.leave_limbo(), LimboExit::Dead);
            self.memory.free();
            self.destroyed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The owner stores, removes and drops, while another thread borrows.
#[test]
fn owner_finds_zero() {
    model(5, || {
        let scene = Scene::new();
        let reader = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.borrow())
        };
        scene.store();
        assert!(scene.take());
        assert_eq!(scene.local.subtract(), LocalDrop::LocalZero);
        if scene.shared.merge(0) == Merged::Zero {
            scene.zero();
        }
        reader.join().unwrap();
    });
}

/// A third thread takes the owner's reference out of the heap and drops it.
#[test]
fn another_thread_finds_zero() {
    model(5, || {
        let scene = Scene::new();
        // The owner has merged the object before: its one reference is the one in the heap slot.
        assert_eq!(scene.shared.merge(1), Merged::Live);
        let reader = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.borrow())
        };
        let taker = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                if scene.take() && scene.shared.subtract() == Dropped::Zero {
                    scene.zero();
                }
            })
        };
        scene.store();
        reader.join().unwrap();
        taker.join().unwrap();
        assert!(scene.destroyed.load(Ordering::Relaxed) <= 1);
    });
}
