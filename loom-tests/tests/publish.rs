//! Model of `sync/src/publish.rs`.
//!
//! # Broken on purpose, and what loom reported
//!
//! - `set` with Relaxed: `write_once`, "Causality violation: Concurrent read and write accesses"
//! - `replace` with Relaxed: `replacement`, the same
#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use pirn_loom_tests::{Memory, model};
use pirn_sync::publish::{Published, WriteOnce};
use std::ptr::NonNull;
use std::sync::Arc;

/// Memory that was written before it is published.
fn written() -> Memory {
    let memory = Memory::new();
    memory.write();
    memory
}

/// Two threads fill a cell, a third one reads it: one value wins, and it is seen complete.
#[test]
fn write_once() {
    model(5, || {
        let cell = Arc::new(WriteOnce::new());
        let others: Vec<_> = (0..2)
            .map(|_| {
                let cell = Arc::clone(&cell);
                thread::spawn(move || cell.get_or_make(written).read())
            })
            .collect();
        if let Some(memory) = cell.get() {
            memory.read();
        }
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(cell.get().is_some());
    });
}

/// A pointer is replaced twice while a reader looks: it sees finished data, and each old pointer comes back once.
#[test]
fn replacement() {
    model(5, || {
        let published = Arc::new(Published::new());
        let reader_done = Arc::new(AtomicBool::new(false));
        let reader = {
            let (published, reader_done) = (Arc::clone(&published), Arc::clone(&reader_done));
            thread::spawn(move || {
                if let Some(memory) = published.get() {
                    let memory: NonNull<Memory> = memory;
                    // SAFETY: pointers are only freed after this thread is done.
                    unsafe { memory.as_ref() }.read();
                }
                reader_done.store(true, Ordering::Release);
            })
        };
        let replacer = {
            let published = Arc::clone(&published);
            thread::spawn(move || {
                let new = NonNull::from(Box::leak(Box::new(written())));
                published
                    .replace(Some(new))
                    .map(|old| old.as_ptr() as usize)
            })
        };
        let new = NonNull::from(Box::leak(Box::new(written())));
        let mut old = Vec::new();
        old.extend(published.replace(Some(new)));
        reader.join().unwrap();
        assert!(reader_done.load(Ordering::Acquire));
        old.extend(
            replacer
                .join()
                .unwrap()
                .and_then(|address| NonNull::new(address as *mut Memory)),
        );
        old.extend(published.replace(None));
        assert_eq!(old.len(), 2);
        for memory in old {
            // SAFETY: each pointer came back once, and nobody else uses it any more.
            let memory = unsafe { Box::from_raw(memory.as_ptr()) };
            memory.free();
        }
    });
}
