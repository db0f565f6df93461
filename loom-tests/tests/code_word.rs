//! Model of `sync/src/code_word.rs`: model 6 of the ownership rules, type mutation against cache fill and look-up.
//!
//! # Broken on purpose, and what loom reported
//!
//! - the look-up reads the value before the version: `no_stale_value_under_a_new_version`, 10 instead of 20
//! - the mutation gives the new version before the store: the same
//! - `replace_opcode` does not compare with what was seen: `one_specialization_wins`, both threads win
#![cfg(loom)]

use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;
use pirn_loom_tests::model;
use pirn_sync::code_word::{CacheWord, InstrWord, Specialized};
use std::sync::Arc;

/// A class with one attribute, whose value is 10 under version 1 and 20 under version 2.
struct Class {
    version: AtomicU32,
    value: AtomicU32,
    cache: CacheWord,
}

impl Class {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            version: AtomicU32::new(1),
            value: AtomicU32::new(10),
            cache: CacheWord::new(),
        })
    }

    /// The order of a mutation: uncacheable, the store, then (lazily) a version that was never used.
    fn mutate(&self) {
        self.version.store(0, Ordering::Release);
        self.value.store(20, Ordering::Release);
        self.version.store(2, Ordering::Release);
    }

    /// A look-up: the version before the value.
    fn look_up(&self) -> u32 {
        let version = self.version.load(Ordering::Acquire);
        if version == 0 {
            return self.value.load(Ordering::Acquire);
        }
        if let Some(value) = self.cache.look_up(version) {
            return value;
        }
        let value = self.value.load(Ordering::Acquire);
        self.cache.fill(version, value);
        value
    }
}

/// Once the mutation is over, no look-up gives the old value, whatever the cache was filled with meanwhile.
#[test]
fn no_stale_value_under_a_new_version() {
    model(3, || {
        let class = Class::new();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let class = Arc::clone(&class);
                thread::spawn(move || assert!(matches!(class.look_up(), 10 | 20)))
            })
            .collect();
        class.mutate();
        assert_eq!(class.look_up(), 20);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(class.look_up(), 20);
    });
}

/// Two fillers under different versions: a look-up gets the payload that belongs to its version, or nothing.
#[test]
fn entries_do_not_mix() {
    model(5, || {
        let cache = Arc::new(CacheWord::new());
        let others: Vec<_> = [(1, 10), (2, 20)]
            .into_iter()
            .map(|(version, payload)| {
                let cache = Arc::clone(&cache);
                thread::spawn(move || cache.fill(version, payload))
            })
            .collect();
        assert!(matches!(cache.look_up(1), None | Some(10)));
        assert!(matches!(cache.look_up(2), None | Some(20)));
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

/// Two threads specialize one instruction: one wins, and the operands stay.
#[test]
fn one_specialization_wins() {
    model(5, || {
        let word = Arc::new(InstrWord::new(0x1200));
        let other = {
            let word = Arc::clone(&word);
            thread::spawn(move || word.replace_opcode(0x1200, 1) == Specialized::Done)
        };
        let won = word.replace_opcode(0x1200, 2) == Specialized::Done;
        assert!(won != other.join().unwrap());
        assert_eq!(word.load(), if won { 0x1202 } else { 0x1201 });
    });
}
