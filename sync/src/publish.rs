//! Pointers through which one thread shows finished data to others; used by caches, code objects and compiled code.
//!
//! # State
//!
//! | type | values |
//! |---|---|
//! | [`WriteOnce`] | empty, then one box for good |
//! | [`Published`] | empty or one pointer, replaceable; the old one is retired by the caller |
//!
//! # Who may write what
//!
//! Anybody may fill a `WriteOnce`; the first wins. A `Published` is replaced by anybody; the exchange hands each old
//! pointer to exactly one caller. What is behind the pointer is written before it is published, never after (except
//! through its own atomics).
//!
//! # Transitions
//!
//! - empty -> set: [`WriteOnce::set`], [`WriteOnce::get_or_make`]
//! - old -> new: [`Published::replace`], [`Published::replace_if`]
//!
//! # Orderings
//!
//! Release in the stores with Acquire in the loads: who sees the pointer sees what is behind it.
//!
//! # Reclamation
//!
//! `WriteOnce` frees its box when it is dropped; nothing is reclaimed before. An old pointer of a `Published` may be in
//! use by readers until a grace period is over ([`crate::qsbr`]).
//!
//! # Model
//!
//! `loom-tests/tests/publish.rs`: two writers and a reader, replacement against a reader.

use crate::prim::atomic::{AtomicPtr, Ordering};
use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};

/// A box that is set once and then read by all threads without locks.
#[derive(Debug)]
pub struct WriteOnce<T> {
    pointer: AtomicPtr<T>,
    owns: PhantomData<Box<T>>,
}

// SAFETY: readers of any thread get `&T`, so T must be Sync; any thread may set it and any thread may drop it, so T must
// be Send.
unsafe impl<T: Send + Sync> Sync for WriteOnce<T> {}
// SAFETY: owning the cell is owning its box.
unsafe impl<T: Send> Send for WriteOnce<T> {}

impl<T> WriteOnce<T> {
    const_fn! {
        /// An empty cell.
        pub fn new() -> Self {
            Self { pointer: AtomicPtr::new(null_mut()), owns: PhantomData }
        }
    }

    /// The value, if it is set.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // Acquire: with the Release of `set`.
        let pointer = self.pointer.load(Ordering::Acquire);
        // SAFETY: null, or a box that `set` leaked and that lives as long as the cell.
        unsafe { pointer.as_ref() }
    }

    /// Sets the value; gives it back if another one was there first.
    pub fn set(&self, value: Box<T>) -> Result<&T, Box<T>> {
        let new = Box::into_raw(value);
        // Release: publishes the box; Relaxed on failure: the winner is not looked at.
        match self
            .pointer
            .compare_exchange(null_mut(), new, Ordering::Release, Ordering::Relaxed)
        {
            // SAFETY: the cell owns the box now and never changes it again.
            Ok(_) => Ok(unsafe { &*new }),
            // SAFETY: the box was not published, so it is still ours.
            Err(_) => Err(unsafe { Box::from_raw(new) }),
        }
    }

    /// The value, made by `make` if none was set. If two threads make one, one result is dropped.
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        match self.set(Box::new(make())) {
            Ok(value) => value,
            Err(_) => self.get().expect("`set` fails only if a value is there"),
        }
    }

    /// The value, through the only reference to the cell.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        // Relaxed: `&mut self` says that no other thread uses the cell.
        let pointer = self.pointer.load(Ordering::Relaxed);
        // SAFETY: null or our box, and `&mut self` is the only way to it.
        unsafe { pointer.as_mut() }
    }
}

impl<T> Default for WriteOnce<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for WriteOnce<T> {
    fn drop(&mut self) {
        // Relaxed: `&mut self`, as in `get_mut`.
        if let Some(pointer) = NonNull::new(self.pointer.load(Ordering::Relaxed)) {
            // SAFETY: the cell owns the box, and is dropped once.
            drop(unsafe { Box::from_raw(pointer.as_ptr()) });
        }
    }
}

/// A replaceable pointer that does not own what is behind it.
#[derive(Debug)]
#[repr(transparent)]
pub struct Published<T>(AtomicPtr<T>);

impl<T> Published<T> {
    const_fn! {
        /// No pointer.
        pub fn new() -> Self {
            Self(AtomicPtr::new(null_mut()))
        }
    }

    /// The pointer; what is behind it is visible to the caller, and stays until the caller's next safepoint if all who
    /// replace it retire the old one.
    #[inline]
    pub fn get(&self) -> Option<NonNull<T>> {
        // Acquire: with the Release of `replace`.
        NonNull::new(self.0.load(Ordering::Acquire))
    }

    /// Publishes another pointer; the caller retires the old one.
    #[must_use = "the old pointer is retired"]
    pub fn replace(&self, new: Option<NonNull<T>>) -> Option<NonNull<T>> {
        // AcqRel: Release publishes the new one; Acquire shows the old one, which the caller will free.
        NonNull::new(
            self.0
                .swap(new.map_or(null_mut(), NonNull::as_ptr), Ordering::AcqRel),
        )
    }

    /// The same if the pointer still is `old`; otherwise fails with what is there, and nothing changed.
    pub fn replace_if(
        &self,
        old: Option<NonNull<T>>,
        new: Option<NonNull<T>>,
    ) -> Result<(), Option<NonNull<T>>> {
        let (old, new) = (
            old.map_or(null_mut(), NonNull::as_ptr),
            new.map_or(null_mut(), NonNull::as_ptr),
        );
        // AcqRel: as in `replace`. Acquire on failure: the caller may look at what is there.
        match self
            .0
            .compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => Ok(()),
            Err(now) => Err(NonNull::new(now)),
        }
    }
}

impl<T> Default for Published<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_stays() {
        let mut cell = WriteOnce::new();
        assert_eq!(cell.get(), None);
        assert_eq!(cell.set(Box::new(1)), Ok(&1));
        assert_eq!(cell.set(Box::new(2)), Err(Box::new(2)));
        assert_eq!(cell.get_or_make(|| 3), &1);
        *cell.get_mut().expect("set above") = 4;
        assert_eq!(cell.get(), Some(&4));
    }

    #[test]
    fn made_on_demand_and_dropped() {
        let shared = std::sync::Arc::new(());
        let cell = WriteOnce::new();
        cell.get_or_make(|| std::sync::Arc::clone(&shared));
        assert_eq!(std::sync::Arc::strong_count(&shared), 2);
        drop(cell);
        assert_eq!(std::sync::Arc::strong_count(&shared), 1);
    }

    #[test]
    fn replaced_pointers_come_back() {
        let (mut first, mut second) = (1, 2);
        let (first, second) = (NonNull::from(&mut first), NonNull::from(&mut second));
        let published = Published::new();
        assert_eq!(published.replace(Some(first)), None);
        assert_eq!(published.replace_if(Some(second), None), Err(Some(first)));
        assert_eq!(published.replace_if(Some(first), Some(second)), Ok(()));
        assert_eq!(published.get(), Some(second));
        assert_eq!(published.replace(None), Some(second));
    }
}
