//! Lock-free stacks with push and take-all; used for remote frees (blocks of another thread's pages), merge queues, and
//! references dropped outside the runtime.
//!
//! # State
//!
//! `head`: null, or the newest link; each link points to the one before it.
//!
//! # Who may write what
//!
//! `head`: any thread, by compare-and-swap or swap. A link's `next`: the pusher before the push, afterwards nobody until
//! the chain is taken; then who took it.
//!
//! # Transitions
//!
//! - [`LinkStack::push`]: head -> new link
//! - [`LinkStack::take_all`]: head -> null; the chain belongs to the caller
//!
//! There is no pop of one link, so a head that was seen before and is there again (ABA) is harmless: `push` only needs
//! that its `next` is the head at the moment of its exchange.
//!
//! # Orderings
//!
//! Release in `push` with Acquire in `take_all`: the taker sees the links and what is behind them. Every push is a
//! read-modify-write, so the release sequence of the older pushes goes on.
//!
//! # Reclamation
//!
//! A pushed link is only freed by who took it.
//!
//! # Model
//!
//! `loom-tests/tests/stack.rs`: two pushers and a taker, taker against taker.

use crate::prim::UnsafeCell;
use crate::prim::atomic::{AtomicPtr, Ordering};
use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};

/// The link of one entry, inside the entry.
#[derive(Debug)]
#[repr(transparent)]
pub struct Link {
    next: UnsafeCell<*mut Link>,
}

impl Link {
    const_fn! {
        /// A link that is in no stack.
        #[inline]
        pub fn new() -> Self {
            Self { next: UnsafeCell::new(null_mut()) }
        }
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

/// A stack of links that live in the entries' own memory.
#[derive(Debug)]
#[repr(transparent)]
pub struct LinkStack {
    head: AtomicPtr<Link>,
}

/// A chain taken from a stack, newest first.
#[derive(Debug)]
pub struct Chain {
    next: *mut Link,
}

// SAFETY: a chain is the only way to its links.
unsafe impl Send for Chain {}

impl LinkStack {
    const_fn! {
        /// An empty stack.
        #[inline]
        pub fn new() -> Self {
            Self { head: AtomicPtr::new(null_mut()) }
        }
    }

    /// Pushes an entry; true if the stack was empty, so that its owner may need a hint.
    ///
    /// # Safety
    ///
    /// 1. `link` points to a live link that is in no stack and that nobody else uses.
    /// 2. It stays where it is until it was taken.
    pub unsafe fn push(&self, link: NonNull<Link>) -> bool {
        // Relaxed: only the first guess.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: 1: nobody else uses the link before the exchange below succeeds.
            unsafe { link.as_ref() }
                .next
                .with_mut(|next| unsafe { *next = head });
            // Release: see "Orderings"; Relaxed on failure: the next guess, which is not followed.
            match self.head.compare_exchange_weak(
                head,
                link.as_ptr(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return head.is_null(),
                Err(now) => head = now,
            }
        }
    }

    /// Takes everything.
    pub fn take_all(&self) -> Chain {
        // Relaxed: a look that saves the exchange when there is nothing; nothing is read under it.
        if self.head.load(Ordering::Relaxed).is_null() {
            return Chain { next: null_mut() };
        }
        // Acquire: see "Orderings".
        Chain {
            next: self.head.swap(null_mut(), Ordering::Acquire),
        }
    }

    /// True if there was nothing at the moment of the look.
    pub fn is_empty(&self) -> bool {
        // Relaxed: a hint.
        self.head.load(Ordering::Relaxed).is_null()
    }
}

impl Default for LinkStack {
    fn default() -> Self {
        Self::new()
    }
}

impl Iterator for Chain {
    type Item = NonNull<Link>;

    /// The next link; it and its entry belong to the caller, who may free them at once.
    fn next(&mut self) -> Option<NonNull<Link>> {
        let link = NonNull::new(self.next)?;
        // SAFETY: the link was pushed, so by `push` 2 it lives until it was taken, which is now; the chain is the only
        // way to it.
        self.next = unsafe { link.as_ref() }.next.with(|next| unsafe { *next });
        Some(link)
    }
}

/// An entry with its link first, so that a pointer to the link is one to the entry.
#[repr(C)]
struct Boxed<T> {
    link: Link,
    value: T,
}

/// A stack of values, one box each.
#[derive(Debug)]
pub struct Stack<T> {
    links: LinkStack,
    owns: PhantomData<T>,
}

// SAFETY: values only pass through: pushed by one thread, taken by another.
unsafe impl<T: Send> Sync for Stack<T> {}
// SAFETY: owning the stack is owning the values.
unsafe impl<T: Send> Send for Stack<T> {}

impl<T> Stack<T> {
    const_fn! {
        /// An empty stack.
        pub fn new() -> Self {
            Self { links: LinkStack::new(), owns: PhantomData }
        }
    }

    /// Pushes a value; true if the stack was empty.
    pub fn push(&self, value: T) -> bool {
        let entry = NonNull::from(Box::leak(Box::new(Boxed {
            link: Link::new(),
            value,
        })));
        // SAFETY: 1: the entry is new, and its link comes first. 2: only `take_all` frees it.
        unsafe { self.links.push(entry.cast()) }
    }

    /// Takes all values, newest first.
    pub fn take_all(&self) -> Values<T> {
        Values {
            chain: self.links.take_all(),
            owns: PhantomData,
        }
    }

    /// True if there was nothing at the moment of the look.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

impl<T> Default for Stack<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Stack<T> {
    fn drop(&mut self) {
        self.take_all().for_each(drop);
    }
}

/// Values taken from a [`Stack`]; those not looked at are dropped with it.
#[derive(Debug)]
pub struct Values<T> {
    chain: Chain,
    owns: PhantomData<T>,
}

impl<T> Iterator for Values<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        // SAFETY: every link of a `Stack<T>` is the first field of a leaked `Boxed<T>`, and the chain gives it out once.
        self.chain
            .next()
            .map(|link| unsafe { Box::from_raw(link.cast::<Boxed<T>>().as_ptr()) }.value)
    }
}

impl<T> Drop for Values<T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn newest_first() {
        let stack = Stack::new();
        assert!(stack.is_empty());
        assert!(stack.push(1));
        assert!(!stack.push(2));
        assert_eq!(stack.take_all().collect::<Vec<_>>(), [2, 1]);
        assert_eq!(stack.take_all().next(), None);
    }

    #[test]
    fn what_is_not_taken_is_dropped() {
        let shared = std::sync::Arc::new(());
        let stack = Stack::new();
        stack.push(std::sync::Arc::clone(&shared));
        stack.push(std::sync::Arc::clone(&shared));
        let mut values = stack.take_all();
        drop(values.next());
        drop(values);
        stack.push(std::sync::Arc::clone(&shared));
        drop(stack);
        assert_eq!(std::sync::Arc::strong_count(&shared), 1);
    }

    #[test]
    fn many_pushers() {
        let stack = Stack::new();
        std::thread::scope(|scope| {
            for first in 0..4_u64 {
                let stack = &stack;
                scope.spawn(move || {
                    (0..1000).for_each(|number| _ = stack.push(first * 1000 + number))
                });
            }
        });
        assert_eq!(stack.take_all().sum::<u64>(), (0..4000).sum());
    }
}
