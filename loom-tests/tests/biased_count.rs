//! Model of `sync/src/biased_count.rs`: model 1 of the ownership rules.
//!
//! Where no frame borrows the object, a finder of zero may claim it at once; that is how the models check the orderings
//! of drop and claim without a handshake (which has its own models).
//!
//! # Broken on purpose, and what loom reported
//!
//! - `subtract` with Relaxed: `one_finder_of_zero`, "Causality violation: Concurrent read and write accesses"
//! - `leave_limbo` without Acquire: the same, and `queue_against_local_zero`
//! - `add` does not set TOUCHED: `touched_protects_a_late_borrow`, "Causality violation" (freed under the late borrow)
//! - `try_upgrade` ignores DEAD: `weak_upgrade_against_claim`, "Causality violation"
//! - `subtract` to zero ignores LIMBO: `weak_upgrade_against_claim`, three entries of limbo lists instead of one
//! - the queue's entry does not keep its reference: `one_of_two_droppers_queues`, no zero is found
#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::biased_count::{Dropped, LimboExit, LocalCount, LocalDrop, Merged, SharedWord};
use pirn_sync::stack::Stack;
use std::sync::Arc;

struct Object {
    local: LocalCount,
    shared: SharedWord,
    memory: Memory,
    zeros: AtomicUsize,
}

impl Object {
    fn new(local: u32, foreign: u32) -> Arc<Self> {
        let object = Self {
            local: LocalCount::new(local),
            shared: SharedWord::new(),
            memory: Memory::new(),
            zeros: AtomicUsize::new(0),
        };
        (0..foreign).for_each(|_| object.shared.add());
        Arc::new(object)
    }

    /// A thread that is not the owner uses the object and drops its reference; true if it must go to the queue.
    fn use_and_drop(&self) -> bool {
        self.memory.read();
        match self.shared.subtract() {
            Dropped::Live => false,
            Dropped::Queue => true,
            Dropped::Zero => {
                self.claim();
                false
            }
        }
    }

    /// The owner uses the object and drops a local reference.
    fn use_and_drop_local(&self) {
        self.memory.read();
        if self.local.subtract() == LocalDrop::LocalZero {
            self.finish(self.shared.merge(0));
        }
    }

    fn finish(&self, merged: Merged) {
        if merged == Merged::Zero {
            self.claim();
        }
    }

    /// The finder of zero, when nothing borrows.
    fn claim(&self) {
        self.zeros.fetch_add(1, Ordering::Relaxed);
        assert_eq!(self.shared.leave_limbo(), LimboExit::Dead);
        self.memory.free();
    }

    fn assert_dead_once(&self) {
        assert_eq!(self.zeros.load(Ordering::Relaxed), 1);
        assert!(!self.shared.try_upgrade());
    }
}

/// Two droppers and the owner's local zero: one of the three finds zero, after the others' uses.
#[test]
fn one_finder_of_zero() {
    model(5, || {
        let object = Object::new(1, 2);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let object = Arc::clone(&object);
                thread::spawn(move || assert!(!object.use_and_drop()))
            })
            .collect();
        object.use_and_drop_local();
        others.into_iter().for_each(|other| other.join().unwrap());
        object.assert_dead_once();
    });
}

/// References of the owner dropped by two others: one is queued, and the owner folds its count in.
#[test]
fn one_of_two_droppers_queues() {
    model(5, || {
        let object = Object::new(2, 0);
        let queue = Arc::new(Stack::new());
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (object, queue) = (Arc::clone(&object), Arc::clone(&queue));
                thread::spawn(move || {
                    if object.use_and_drop() {
                        queue.push(());
                    }
                })
            })
            .collect();
        let drain = || {
            queue.take_all().for_each(|()| {
                let local = if object.shared.is_merged() {
                    0
                } else {
                    object.local.get()
                };
                object.local.set(0);
                object.finish(object.shared.merge_queued(local));
            });
        };
        drain();
        others.into_iter().for_each(|other| other.join().unwrap());
        drain();
        object.assert_dead_once();
    });
}

/// The owner's own last drop against the queue's entry: the entry's reference keeps the object until it is merged.
#[test]
fn queue_against_local_zero() {
    model(5, || {
        // Of the owner's two references one was handed over; the other thread has one of its own too.
        let object = Object::new(2, 1);
        let queue = Arc::new(Stack::new());
        let other = {
            let (object, queue) = (Arc::clone(&object), Arc::clone(&queue));
            thread::spawn(move || {
                assert!(!object.use_and_drop());
                if object.use_and_drop() {
                    queue.push(());
                }
            })
        };
        // The end of the owner: it drops its reference, and merges what it still counts.
        object.memory.read();
        assert_eq!(object.local.subtract(), LocalDrop::Live);
        let rest = object.local.get();
        object.local.set(0);
        object.finish(object.shared.merge(rest));
        other.join().unwrap();
        queue
            .take_all()
            .for_each(|()| object.finish(object.shared.merge_queued(0)));
        object.assert_dead_once();
    });
}

/// Weak references called while the object is claimed: either the upgrade fails, or the object lives.
#[test]
fn weak_upgrade_against_claim() {
    model(5, || {
        let object = Arc::new(Object {
            local: LocalCount::new(0),
            shared: SharedWord::merged(1),
            memory: Memory::new(),
            zeros: AtomicUsize::new(0),
        });
        assert_eq!(object.shared.subtract(), Dropped::Zero);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let object = Arc::clone(&object);
                thread::spawn(move || {
                    if object.shared.try_upgrade() {
                        object.memory.read();
                        match object.shared.subtract() {
                            Dropped::Live => {}
                            // Into this thread's limbo list.
                            Dropped::Zero => _ = object.zeros.fetch_add(1, Ordering::Relaxed),
                            Dropped::Queue => panic!("merged"),
                        }
                    }
                })
            })
            .collect();
        let exit = object.shared.leave_limbo();
        if exit == LimboExit::Dead {
            object.memory.free();
        }
        others.into_iter().for_each(|other| other.join().unwrap());
        if exit != LimboExit::Dead {
            // It is in one list: still in that of this thread, or anew in one of another thread.
            let entries =
                object.zeros.load(Ordering::Relaxed) + usize::from(exit == LimboExit::Again);
            assert_eq!(entries, 1);
            while object.shared.leave_limbo() == LimboExit::Again {}
            object.memory.free();
        }
        assert!(!object.shared.try_upgrade());
    });
}

/// Store and removal during limbo: thread A, which has not acknowledged, stores its borrow; B, which has, borrows it
/// from there; A removes it and acknowledges. The handshake is complete, the count is zero, and B still borrows.
#[test]
fn touched_protects_a_late_borrow() {
    model(5, || {
        struct Scene {
            word: SharedWord,
            memory: Memory,
            slot: AtomicBool,
            a_acknowledged: AtomicBool,
            b_acknowledged_next: AtomicBool,
        }
        let scene = Arc::new(Scene {
            word: SharedWord::merged(1),
            memory: Memory::new(),
            slot: AtomicBool::new(false),
            a_acknowledged: AtomicBool::new(false),
            b_acknowledged_next: AtomicBool::new(false),
        });
        assert_eq!(scene.word.subtract(), Dropped::Zero);
        let a = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                scene.word.add();
                scene.slot.store(true, Ordering::Release);
                scene.slot.store(false, Ordering::Release);
                assert_eq!(scene.word.subtract(), Dropped::Live);
                scene.a_acknowledged.store(true, Ordering::Release);
            })
        };
        let b = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                if scene.slot.load(Ordering::Acquire) {
                    scene.memory.read();
                }
                scene.b_acknowledged_next.store(true, Ordering::Release);
            })
        };
        if scene.a_acknowledged.load(Ordering::Acquire) {
            match scene.word.leave_limbo() {
                LimboExit::Dead => scene.memory.free(),
                LimboExit::Lives => panic!("nobody refers to it"),
                LimboExit::Again => {
                    if scene.b_acknowledged_next.load(Ordering::Acquire) {
                        assert_eq!(scene.word.leave_limbo(), LimboExit::Dead);
                        scene.memory.free();
                    }
                }
            }
        }
        a.join().unwrap();
        b.join().unwrap();
    });
}
