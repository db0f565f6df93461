//! Grace periods: lists of things that may be reused after a whole handshake; used by limbo (objects at count zero),
//! by storage that lock-free readers may still look at, and by retired code.
//!
//! # State
//!
//! A [`Grace`] belongs to one thread and has three generations.
//!
//! | generation | meaning |
//! |---|---|
//! | young | came in since the thread's newest acknowledgement |
//! | old, with number n | was young when the thread acknowledged handshake n |
//! | ripe | handshake n+1 is complete |
//!
//! Why a whole handshake after the acknowledgement: when the thread acknowledges n, another one may have acknowledged n
//! already and taken the pointer after that (it was still reachable then). Handshake n+1 cannot begin before n is
//! complete, so it begins after the thing was unlinked, and every thread passes a safepoint in it.
//!
//! # Who may write what
//!
//! The thread that owns the list, or who has claimed or stopped it. There is nothing atomic here: the list changes hands
//! with the thread's state word.
//!
//! # Transitions
//!
//! - [`Grace::retire`]: -> young
//! - [`Grace::acknowledge`] n, in the work of handshake n: young -> old(n)
//! - [`Grace::take_ripe`]: old(n) -> given to the caller if n+1 is complete
//! - [`Grace::take_all`], [`Grace::adopt`]: a thread's end; what is adopted is young again
//!
//! # Orderings
//!
//! `completed` was loaded with Acquire ([`crate::handshake::Handshakes::completed`]): every use of the thing by another
//! thread happens before that thread's acknowledgement, which happens before the completion.
//!
//! # Reclamation
//!
//! This file is the rule for it. Dropping a `Grace` drops what it holds at once: only when no thread runs any more.
//!
//! # Model
//!
//! `loom-tests/tests/qsbr.rs`: unlink, retire and free against a reader that takes the pointer before and after its own
//! acknowledgement; limbo with a parent and a child.

use std::ptr::NonNull;

/// Things of one thread that wait for a handshake.
#[derive(Debug)]
pub struct Grace<T> {
    young: Vec<T>,
    /// Retired before the acknowledgement of `older_number`, at least one handshake before `old`.
    older: Vec<T>,
    older_number: u64,
    old: Vec<T>,
    old_number: u64,
    ripe: Vec<T>,
}

impl<T> Grace<T> {
    /// Nothing waits.
    pub const fn new() -> Self {
        Self {
            young: Vec::new(),
            older: Vec::new(),
            older_number: 0,
            old: Vec::new(),
            old_number: 0,
            ripe: Vec::new(),
        }
    }

    /// Adds a thing that new readers can no longer reach.
    #[inline]
    pub fn retire(&mut self, thing: T) {
        self.young.push(thing);
    }

    /// Part of the work of handshake `number`, for the thread that owns the list.
    pub fn acknowledge(&mut self, number: u64) {
        debug_assert!(number > self.old_number, "handshakes are numbered upward");
        // Handshake number - 1 is complete, so what was retired before the acknowledgement of number - 2 is ripe.
        self.ripe.append(&mut self.older);
        if self.old_number + 2 <= number {
            self.ripe.append(&mut self.old);
        }
        std::mem::swap(&mut self.older, &mut self.old);
        self.older_number = self.old_number;
        std::mem::swap(&mut self.old, &mut self.young);
        self.old_number = number;
    }

    /// Takes what is ripe, given the newest complete handshake.
    pub fn take_ripe(&mut self, completed: u64) -> Vec<T> {
        if self.older_number < completed {
            self.ripe.append(&mut self.older);
        }
        if self.old_number < completed {
            self.ripe.append(&mut self.old);
        }
        std::mem::take(&mut self.ripe)
    }

    /// True if `take_ripe` has something to give.
    pub fn has_ripe(&self, completed: u64) -> bool {
        !self.ripe.is_empty()
            || (self.older_number < completed && !self.older.is_empty())
            || (self.old_number < completed && !self.old.is_empty())
    }

    /// How many things wait, ripe ones included.
    pub fn len(&self) -> usize {
        self.young.len() + self.older.len() + self.old.len() + self.ripe.len()
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything, ripe or not: for the list of orphans, or after a stop-the-world that makes all of it ripe.
    pub fn take_all(&mut self) -> Vec<T> {
        let mut all = std::mem::take(&mut self.ripe);
        self.take_all_into(&mut all);
        all
    }

    /// As [`Self::take_all`], into a list that the caller uses again and again.
    pub fn take_all_into(&mut self, all: &mut Vec<T>) {
        for generation in [
            &mut self.ripe,
            &mut self.older,
            &mut self.old,
            &mut self.young,
        ] {
            if !generation.is_empty() {
                all.append(generation);
            }
        }
    }

    /// Takes over what a thread that ended left behind.
    pub fn adopt(&mut self, mut orphans: Vec<T>) {
        self.young.append(&mut orphans);
    }

    /// Looks at everything that waits: limbo lists are roots of a collection.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.ripe
            .iter()
            .chain(&self.older)
            .chain(&self.old)
            .chain(&self.young)
    }
}

impl<T> Default for Grace<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A piece of memory with the function that frees it, so that one list can hold storage of many types.
#[derive(Debug)]
pub struct Retired {
    memory: NonNull<u8>,
    free: unsafe fn(NonNull<u8>),
    bytes: usize,
}

// SAFETY: the constructor's contract makes the memory free of other users once it is ripe, and `free` callable on any
// thread.
unsafe impl Send for Retired {}

impl Retired {
    /// Takes over memory of about `bytes` bytes.
    ///
    /// # Safety
    ///
    /// 1. `free(memory)` is sound, once, on any thread, when all readers of `memory` have passed a safepoint.
    /// 2. The `Retired` is only dropped when they have.
    pub unsafe fn new(memory: NonNull<u8>, bytes: usize, free: unsafe fn(NonNull<u8>)) -> Self {
        Self {
            memory,
            free,
            bytes,
        }
    }

    /// Takes over a box.
    pub fn boxed<T: Send>(value: Box<T>) -> Self {
        /// # Safety
        ///
        /// `memory` came from `Box<T>::into_raw` and has no other user.
        unsafe fn free<T>(memory: NonNull<u8>) {
            // SAFETY: the contract of this function.
            drop(unsafe { Box::from_raw(memory.cast::<T>().as_ptr()) });
        }
        // SAFETY: a box owns its memory, and `T: Send` lets any thread drop it; readers that still hold a pointer are
        // the business of the list that holds the result.
        unsafe {
            Self::new(
                NonNull::from(Box::leak(value)).cast(),
                size_of::<T>(),
                free::<T>,
            )
        }
    }

    /// About how many bytes become free.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Retired {
    fn drop(&mut self) {
        // SAFETY: the contract of `new`; a `Retired` is dropped once.
        unsafe { (self.free)(self.memory) };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn ripe_one_handshake_after_the_acknowledgement() {
        let mut grace = Grace::new();
        grace.retire('a');
        assert!(!grace.has_ripe(7));
        grace.acknowledge(7);
        assert_eq!(grace.take_ripe(7), []);
        grace.retire('b');
        grace.acknowledge(8);
        // 7 is complete, 8 is not: 'a' waits for it.
        assert_eq!(grace.take_ripe(7), []);
        assert!(grace.has_ripe(8));
        assert_eq!(grace.take_ripe(8), ['a']);
        assert_eq!(grace.len(), 1);
        grace.acknowledge(9);
        assert_eq!(grace.take_ripe(8), []);
        assert_eq!(grace.take_ripe(9), ['b']);
        assert!(grace.is_empty());
    }

    #[test]
    fn nothing_is_lost_when_nobody_takes() {
        let mut grace = Grace::new();
        for number in 1..=5 {
            grace.retire(number);
            grace.acknowledge(number);
        }
        assert_eq!(grace.iter().count(), 5);
        // At the acknowledgement of 5, handshake 4 is complete: what was old at 3 is ripe.
        assert_eq!(grace.take_ripe(4), [1, 2, 3]);
        assert_eq!(grace.take_ripe(6), [4, 5]);
    }

    #[test]
    fn a_gap_in_the_numbers_ripens() {
        let mut grace = Grace::new();
        grace.retire(1);
        grace.acknowledge(1);
        grace.acknowledge(3);
        assert_eq!(grace.take_ripe(2), [1]);
    }

    #[test]
    fn orphans_start_anew() {
        let (mut ended, mut heir) = (Grace::new(), Grace::new());
        ended.retire(1);
        ended.acknowledge(1);
        ended.retire(2);
        heir.adopt(ended.take_all());
        assert!(!heir.has_ripe(100));
        heir.acknowledge(101);
        assert_eq!(heir.take_ripe(102), [1, 2]);
    }

    #[test]
    fn retired_memory_is_freed_once() {
        let shared = Arc::new(());
        let mut grace = Grace::new();
        grace.retire(Retired::boxed(Box::new(Arc::clone(&shared))));
        assert_eq!(grace.iter().map(Retired::bytes).sum::<usize>(), 8);
        grace.acknowledge(1);
        drop(grace.take_ripe(1));
        assert_eq!(Arc::strong_count(&shared), 2);
        drop(grace.take_ripe(2));
        assert_eq!(Arc::strong_count(&shared), 1);
    }
}
