//! The 24-byte object header; embeds the count word and the lock byte of `pirn_sync`.
//!
//! shape (8) · local count u32, owner u16, flags u8, lock u8 (8) · shared word u32, collector word u32 (8).
//! The payload follows at offset 24. Objects are 16-byte aligned.

use crate::object::shape::Shape;
use crate::object::type_::Type;
use pirn_sync::biased_count::SharedWord;
use pirn_sync::object_lock::ObjectLock;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, Ordering};

/// Bits of the flags byte.
pub mod flags {
    /// Never freed; references carry the borrowed tag.
    pub const IMMORTAL: u8 = 1;
    /// Zero does not free it, only the collector does (types, modules, code, top-level functions).
    pub const DEFERRED: u8 = 2;
    /// Reachable from the heap by more than the frame that made it.
    pub const ESCAPED: u8 = 4;
    /// Has an entry in the weak-reference table.
    pub const HAS_WEAKREF: u8 = 8;
    /// Its finalizer ran (PEP 442: at most once).
    pub const FINALIZED: u8 = 16;
    /// Waits in a queue for its finalizer or its destruction.
    pub const DYING: u8 = 32;
}

/// Size of the header: the payload's offset.
pub const HEADER_SIZE: usize = 24;

/// First part of every heap object.
#[repr(C, align(8))]
pub struct Header {
    shape: AtomicPtr<Shape>,
    pub(crate) local: AtomicU32,
    pub(crate) owner: AtomicU16,
    pub(crate) flags: AtomicU8,
    pub lock: ObjectLock,
    pub(crate) shared: SharedWord,
    pub(crate) gc: AtomicU32,
}

const _: () = assert!(size_of::<Header>() == HEADER_SIZE);

impl Header {
    /// Initializes the header of fresh memory with count one, owned by `owner`.
    ///
    /// # Safety
    /// `p` is writable, exclusive memory of at least `HEADER_SIZE` bytes.
    #[inline(always)]
    pub(crate) unsafe fn init(p: *mut Header, shape: *const Shape, owner: u16) {
        // SAFETY: exclusive memory by the caller's promise.
        unsafe {
            p.write(Header {
                shape: AtomicPtr::new(shape as *mut Shape),
                local: AtomicU32::new(1),
                owner: AtomicU16::new(owner),
                flags: AtomicU8::new(0),
                lock: ObjectLock::new(),
                shared: SharedWord::new(),
                gc: AtomicU32::new(0),
            });
        }
    }
    /// Acquire: pairs with `set_shape`, so a slot that the shape names is initialized.
    #[inline(always)]
    pub fn shape_ptr(&self) -> *const Shape {
        self.shape.load(Ordering::Acquire)
    }
    #[inline(always)]
    pub fn shape(&self) -> &'static Shape {
        // SAFETY: shapes are never freed while an object refers to them.
        unsafe { &*self.shape_ptr() }
    }
    /// Release: values of new attributes are stored before.
    #[inline(always)]
    pub fn set_shape(&self, s: &'static Shape) {
        self.shape
            .store(s as *const Shape as *mut Shape, Ordering::Release);
    }
    #[inline(always)]
    pub fn flags(&self) -> u8 {
        // Relaxed: IMMORTAL and DEFERRED are set before publication, the rest is decided by the owner or under locks.
        self.flags.load(Ordering::Relaxed)
    }
    /// Sets flag bits.
    pub fn set_flags(&self, bits: u8) {
        // Relaxed: see `flags`.
        self.flags.fetch_or(bits, Ordering::Relaxed);
    }
    pub fn clear_flags(&self, bits: u8) {
        // Relaxed: see `flags`.
        self.flags.fetch_and(!bits, Ordering::Relaxed);
    }
    /// The type object.
    #[inline(always)]
    pub fn ty(&self) -> &'static Type {
        self.shape().ty()
    }
    /// The payload, viewed as `T`.
    ///
    /// # Safety
    /// The object's layout is that of `T`.
    #[inline(always)]
    pub unsafe fn payload<T>(&self) -> &T {
        // SAFETY: payloads start right behind the header (caller promises the type).
        unsafe { &*((self as *const Header as *const u8).add(HEADER_SIZE) as *const T) }
    }
}
