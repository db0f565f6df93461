//! Model of `sync/src/stack.rs`.
//!
//! # Broken on purpose, and what loom reported
//!
//! - `push` or `take_all` with Relaxed: both, "Causality violation: Concurrent read and write accesses"
//! - `take_all` as a load and a store: an entry is taken twice, loom aborts on its freed cell
#![cfg(loom)]

use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::stack::Stack;
use std::sync::Arc;

fn pusher(stack: &Arc<Stack<Memory>>) -> thread::JoinHandle<()> {
    let stack = Arc::clone(stack);
    thread::spawn(move || {
        let memory = Memory::new();
        memory.write();
        stack.push(memory);
    })
}

/// Takes everything, and writes to it as its new owner.
fn take(stack: &Stack<Memory>) -> usize {
    stack.take_all().inspect(Memory::free).count()
}

/// Two pushers and a taker: nothing is lost or taken twice, and the taker sees what was pushed.
#[test]
fn push_push_take() {
    model(5, || {
        let stack = Arc::new(Stack::new());
        let pushers = [pusher(&stack), pusher(&stack)];
        let early = take(&stack);
        pushers
            .into_iter()
            .for_each(|pusher| pusher.join().unwrap());
        assert_eq!(early + take(&stack), 2);
    });
}

/// Two takers and a pusher share the entries.
#[test]
fn push_take_take() {
    model(5, || {
        let stack = Arc::new(Stack::new());
        stack.push(Memory::new());
        let pusher = pusher(&stack);
        let taker = {
            let stack = Arc::clone(&stack);
            thread::spawn(move || take(&stack))
        };
        let early = take(&stack);
        pusher.join().unwrap();
        let taken = taker.join().unwrap();
        assert_eq!(early + taken + take(&stack), 2);
    });
}
