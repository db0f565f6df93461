//! Data behind an [`ObjectLock`]; used by [`crate::handshake`] and by tables that are locked for short scopes.
//!
//! # State
//!
//! The lock, and the value that only its holder touches.
//!
//! # Who may write what
//!
//! The value: the holder, through the guard.
//!
//! # Orderings, Reclamation, Model
//!
//! Those of `object_lock.rs`. The model `loom-tests/tests/object_lock.rs` uses this type, so that loom sees each access
//! to the value.

use crate::object_lock::ObjectLock;
use crate::prim::UnsafeCell;

/// A value that one thread at a time may touch.
#[derive(Debug, Default)]
pub struct Mutex<T> {
    lock: ObjectLock,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached through `&mut self`, or by the one thread that holds the lock, so sharing the mutex
// moves the value between threads but never shares it.
unsafe impl<T: Send> Sync for Mutex<T> {}
// SAFETY: owning the mutex is owning the value.
unsafe impl<T: Send> Send for Mutex<T> {}

/// The right to touch the value, until dropped.
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    /// Raw pointers are not Send: the guard stays on the thread that locked.
    not_send: std::marker::PhantomData<*mut T>,
}

impl<T> Mutex<T> {
    const_fn! {
        /// An unlocked value.
        pub fn new(value: T) -> Self {
            Self { lock: ObjectLock::new(), value: UnsafeCell::new(value) }
        }
    }

    /// Locks, sleeping until the lock is free. Only for threads that no handshake waits for.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.lock.lock();
        MutexGuard {
            mutex: self,
            not_send: std::marker::PhantomData,
        }
    }

    /// Locks if the lock is free.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.lock.try_lock().then(|| MutexGuard {
            mutex: self,
            not_send: std::marker::PhantomData,
        })
    }
}

impl<T> MutexGuard<'_, T> {
    /// Runs `f` on the value.
    pub fn with<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the guard proves that this thread holds the lock, and `&mut self` that `f` is the only user here.
        self.mutex.value.with_mut(|value| f(unsafe { &mut *value }))
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.mutex.lock.unlock();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn guards() {
        let mutex = Mutex::new(vec![1]);
        let mut guard = mutex.lock();
        guard.with(|list| list.push(2));
        assert!(mutex.try_lock().is_none());
        drop(guard);
        assert_eq!(
            mutex
                .try_lock()
                .map(|mut guard| guard.with(|list| list.len())),
            Some(2)
        );
    }
}
