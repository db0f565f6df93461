//! Model of `sync/src/handshake.rs` and `thread_state.rs`: model 3 of the ownership rules.
//!
//! Each thread has frames (memory) that it uses while attached and that a requester uses while it has claimed or
//! stopped it; loom reports both at once. `done` is the newest handshake whose work was done for the thread.
//!
//! # Broken on purpose, and what loom reported
//!
//! - a thread detaches without acknowledging: four models, "deadlock", or the handshake is not complete at the end
//! - `try_attach` ignores CLAIMED: every model but one, "Causality violation: Concurrent write accesses to `UnsafeCell`"
//! - `try_detach` or `release` with Relaxed: the same
//! - `missing` lowered with Relaxed: `claim_against_attach_and_detach`, a complete handshake whose work is not visible
//! - the requester does not wait for running threads: all models of stop-the-world, "Causality violation"
//! - completion wakes nobody: `waiting_for_completion`, "deadlock"
//! - `try_stop` before the acknowledgement: `acknowledgement_before_stop`, the work of a number done twice
#![cfg(loom)]

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::handshake::{Begin, Handshakes, Participant};
use pirn_sync::thread_state::ThreadWord;
use std::sync::Arc;

struct Thread {
    word: ThreadWord,
    frames: Memory,
    done: AtomicU64,
}

impl Participant for Thread {
    fn word(&self) -> &ThreadWord {
        &self.word
    }
}

impl Thread {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            word: ThreadWord::new(),
            frames: Memory::new(),
            done: AtomicU64::new(0),
        })
    }
}

type Shared = Arc<Handshakes<Thread>>;

/// The work of a handshake, done once per number.
fn convert(thread: &Thread, number: u64) {
    thread.frames.write();
    let before = thread.done.load(Ordering::Relaxed);
    assert!(before < number);
    thread.done.store(number, Ordering::Relaxed);
}

/// Handshakes with `count` registered threads.
fn registered(count: usize) -> (Shared, Vec<Arc<Thread>>) {
    let handshakes = Arc::new(Handshakes::new());
    let threads: Vec<_> = (0..count).map(|_| Thread::new()).collect();
    threads
        .iter()
        .for_each(|thread| _ = handshakes.register(Arc::clone(thread)));
    (handshakes, threads)
}

/// What a Python thread does: attach, run, perhaps a poll, run, detach.
fn run(handshakes: &Handshakes<Thread>, own: &Thread) {
    handshakes.attach(own);
    own.frames.write();
    if own.word.poll() {
        handshakes.safepoint(own, convert);
    }
    own.frames.write();
    handshakes.detach(own, convert);
}

/// A requester against a thread that attaches, polls and detaches: in every order its work is done once, by one of the
/// two, and the handshake completes.
#[test]
fn claim_against_attach_and_detach() {
    model(5, || {
        let (handshakes, threads) = registered(2);
        let other = {
            let (handshakes, own) = (Arc::clone(&handshakes), Arc::clone(&threads[1]));
            thread::spawn(move || run(&handshakes, &own))
        };
        let own = &threads[0];
        handshakes.attach(own);
        assert_eq!(handshakes.begin(convert), Begin::Begun(1));
        handshakes.safepoint(own, convert);
        if handshakes.completed() == 1 {
            // Everybody's work is visible now.
            assert_eq!(threads[1].done.load(Ordering::Relaxed), 1);
        }
        handshakes.detach(own, convert);
        other.join().unwrap();
        assert_eq!(handshakes.completed(), 1);
        assert!(
            threads
                .iter()
                .all(|thread| thread.done.load(Ordering::Relaxed) == 1)
        );
    });
}

/// A waiter is woken by the last acknowledgement.
#[test]
fn waiting_for_completion() {
    model(4, || {
        let (handshakes, threads) = registered(2);
        let other = {
            let (handshakes, own) = (Arc::clone(&handshakes), Arc::clone(&threads[1]));
            thread::spawn(move || run(&handshakes, &own))
        };
        let own = &threads[0];
        handshakes.attach(own);
        assert_eq!(handshakes.begin(convert), Begin::Begun(1));
        handshakes.detach(own, convert);
        assert!(handshakes.wait_completed(1, None));
        assert_eq!(threads[1].done.load(Ordering::Relaxed), 1);
        other.join().unwrap();
    });
}

/// A stop-the-world against a running thread: while the world is stopped its frames are the requester's.
#[test]
fn stop_the_world() {
    model(4, || {
        let (handshakes, threads) = registered(2);
        let other = {
            let (handshakes, own) = (Arc::clone(&handshakes), Arc::clone(&threads[1]));
            thread::spawn(move || run(&handshakes, &own))
        };
        let own = &threads[0];
        handshakes.attach(own);
        let mut world = handshakes.stop_the_world(Some(own), convert);
        world.for_each(|thread| {
            thread.frames.write();
            assert_eq!(thread.done.load(Ordering::Relaxed), 1);
        });
        drop(world);
        handshakes.detach(own, convert);
        other.join().unwrap();
        assert_eq!(handshakes.completed(), 1);
    });
}

/// Two threads stop the world at the same time: one waits detached for the other, is claimed by it, and comes next.
#[test]
fn two_stop_the_world() {
    model(4, || {
        let (handshakes, threads) = registered(2);
        let stop = |handshakes: &Handshakes<Thread>, own: &Thread| {
            handshakes.attach(own);
            own.frames.write();
            handshakes
                .stop_the_world(Some(own), convert)
                .for_each(|thread| thread.frames.write());
            own.frames.write();
            handshakes.detach(own, convert);
        };
        let other = {
            let (handshakes, own) = (Arc::clone(&handshakes), Arc::clone(&threads[1]));
            thread::spawn(move || stop(&handshakes, &own))
        };
        stop(&handshakes, &threads[0]);
        other.join().unwrap();
        assert_eq!(handshakes.completed(), 2);
        assert!(
            threads
                .iter()
                .all(|thread| thread.done.load(Ordering::Relaxed) == 2)
        );
    });
}

/// A handshake in flight when another thread stops the world: it is complete before the world is stopped.
#[test]
fn handshake_against_stop_the_world() {
    model(4, || {
        let (handshakes, threads) = registered(2);
        let other = {
            let (handshakes, own) = (Arc::clone(&handshakes), Arc::clone(&threads[1]));
            thread::spawn(move || {
                handshakes.attach(&own);
                let begun = matches!(handshakes.begin(convert), Begin::Begun(_));
                own.frames.write();
                handshakes.detach(&own, convert);
                u64::from(begun)
            })
        };
        let own = &threads[0];
        handshakes.attach(own);
        drop(handshakes.stop_the_world(Some(own), convert));
        handshakes.detach(own, convert);
        let begun = other.join().unwrap();
        assert_eq!(handshakes.completed(), 1 + begun);
    });
}

/// A thread that is asked for an acknowledgement and to stop at the same time acknowledges first.
#[test]
fn acknowledgement_before_stop() {
    model(4, || {
        let (handshakes, threads) = registered(2);
        let other = {
            let (handshakes, own) = (Arc::clone(&handshakes), Arc::clone(&threads[1]));
            thread::spawn(move || {
                handshakes.attach(&own);
                // A slow path taken for another reason: both requests may come while it runs.
                handshakes.safepoint(&own, convert);
                own.frames.write();
                handshakes.detach(&own, convert);
            })
        };
        let own = &threads[0];
        handshakes.attach(own);
        assert_eq!(handshakes.begin(convert), Begin::Begun(1));
        let mut world = handshakes.stop_the_world(Some(own), convert);
        world.for_each(|thread| assert_eq!(thread.done.load(Ordering::Relaxed), 2));
        drop(world);
        handshakes.detach(own, convert);
        other.join().unwrap();
        assert_eq!(handshakes.completed(), 2);
    });
}

/// A thread that registers during a handshake, and one that leaves: the handshake completes without them or with them.
#[test]
fn registration_and_exit() {
    model(4, || {
        let (handshakes, threads) = registered(1);
        let newcomer = {
            let handshakes = Arc::clone(&handshakes);
            thread::spawn(move || {
                let own = Thread::new();
                handshakes.register(Arc::clone(&own));
                handshakes.attach(&own);
                own.frames.write();
                handshakes.detach(&own, convert);
                handshakes.unregister(&own);
                // Nobody claims it any more.
                own.frames.free();
            })
        };
        let own = &threads[0];
        handshakes.attach(own);
        let begun = matches!(handshakes.begin(convert), Begin::Begun(1));
        handshakes.detach(own, convert);
        newcomer.join().unwrap();
        assert_eq!(handshakes.completed(), u64::from(begun));
        assert_eq!(handshakes.registered(), 1);
    });
}
