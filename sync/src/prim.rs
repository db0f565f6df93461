//! The seam: atomics, cells and threads from std, or from loom under `cfg(loom)`.
//!
//! Protocol files import from here only, so that the same source runs in the program and in a model. Two things differ
//! between the sides and are hidden here: loom's constructors are not `const` ([`const_fn!`]), and loom checks accesses
//! to plain memory through closures ([`UnsafeCell::with`] and [`UnsafeCell::with_mut`]).

#[cfg(loom)]
mod imp {
    pub mod atomic {
        pub use loom::sync::atomic::{
            AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
            Ordering, fence,
        };
    }
    pub use loom::cell::UnsafeCell;
    pub use loom::thread;

    /// Tells the scheduler that this thread waits for another one.
    pub fn spin() {
        loom::thread::yield_now();
    }
}

#[cfg(not(loom))]
mod imp {
    pub mod atomic {
        pub use std::sync::atomic::{
            AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
            Ordering, fence,
        };
    }
    pub use std::thread;

    /// Tells the processor that this thread waits for another one.
    #[inline]
    pub fn spin() {
        std::hint::spin_loop();
    }

    /// `std::cell::UnsafeCell` with loom's interface: every access names its extent and whether it writes.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// A cell that holds `value`.
        #[inline]
        pub const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// The value, taken out.
        #[inline]
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Runs `f` on a pointer for reading. No other thread may write meanwhile.
        #[inline]
        pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        /// Runs `f` on a pointer for writing. No other thread may read or write meanwhile.
        #[inline]
        pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

pub use imp::*;

/// Declares a constructor that is `const` except under loom, whose atomics cannot be built in constants.
#[macro_export]
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $ret:ty $body:block) => {
        #[cfg(not(loom))]
        $(#[$meta])*
        $vis const fn $name($($arg: $ty),*) -> $ret $body

        #[cfg(loom)]
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) -> $ret $body
    };
}
