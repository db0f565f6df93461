//! Inline-cache words: version id in the upper half, kind and payload in the lower. A word proves itself: whoever reads it
//! compares the id with that of the shape, type or dict at hand before using the rest.
//!
//! Values that do not fit (functions, class constants) stand in a process-wide table of records; a record is written before
//! the cache word that names it and never changes. **Invariant:** a record's value is alive as long as the version id that
//! it was made for is current, because the class that has that id holds it.

use crate::object::value::Word;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What a cache word says; the payload is in the upper 28 bits of the lower half.
pub mod kind {
    /// Attribute in an inline slot, or `__slots__` member: payload is the byte offset in the object.
    pub const SLOT: u32 = 1;
    /// Attribute in the overflow array: payload is the slot number.
    pub const OVERFLOW: u32 = 2;
    /// Method found on the type, instances have no attribute of that name: payload is a record.
    pub const METHOD: u32 = 3;
    /// Value found on the type that is no descriptor: payload is a record.
    pub const CLASS_CONST: u32 = 4;
    /// Module attribute: the id is that of the module dict's keys, payload the entry's position.
    pub const MODULE: u32 = 5;
    /// Attribute of a class object: the id is the class's version, payload a record.
    pub const TYPE_ATTR: u32 = 6;
    /// STORE_ATTR that adds an inline slot: payload is a record holding the next shape's address and the slot's offset.
    pub const ADD_SLOT: u32 = 7;
    /// Property whose getter is a Python function: payload is a record.
    pub const PROPERTY: u32 = 9;
    /// Class whose `__init__` is a Python function and whose `__new__` is object's: payload is a record.
    pub const INIT: u32 = 10;
}

/// Largest payload.
pub const MAX_PAYLOAD: u32 = (1 << 28) - 1;

/// A cache word.
#[inline(always)]
pub const fn word(version: u32, kind: u32, payload: u32) -> u64 {
    (version as u64) << 32 | (payload as u64) << 4 | kind as u64
}
#[inline(always)]
pub const fn version(w: u64) -> u32 {
    (w >> 32) as u32
}
#[inline(always)]
pub const fn kind_of(w: u64) -> u32 {
    w as u32 & 15
}
#[inline(always)]
pub const fn payload(w: u64) -> u32 {
    w as u32 >> 4
}

/// Reads a cache word that other threads may replace.
///
/// # Safety
/// `p` is a cache word of live code.
#[inline(always)]
pub unsafe fn read(p: *const u64) -> u64 {
    // Relaxed: the word proves itself.
    // SAFETY: by the caller's promise.
    unsafe { (*(p as *const AtomicU64)).load(Ordering::Relaxed) }
}

/// Replaces a cache word.
///
/// # Safety
/// `p` is a cache word of live code.
#[inline(always)]
pub unsafe fn write(p: *const u64, w: u64) {
    // Release: records that the word names are written before; pairs with the address dependency of readers.
    // SAFETY: by the caller's promise.
    unsafe { (*(p as *const AtomicU64)).store(w, Ordering::Release) }
}

const RECORDS: usize = 1 << 24;
static NEXT: AtomicU32 = AtomicU32::new(1);
static TABLE: OnceLock<usize> = OnceLock::new();

fn table() -> *const AtomicU64 {
    *TABLE.get_or_init(|| {
        // SAFETY: a fresh mapping, committed lazily.
        let m = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                RECORDS * 8,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert!(m != libc::MAP_FAILED, "no address space for cache records");
        m as usize
    }) as *const AtomicU64
}

/// Writes a record; `None` when the table is full.
pub fn add_record(value: u64) -> Option<u32> {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    if n as usize >= RECORDS {
        NEXT.store(RECORDS as u32, Ordering::Relaxed);
        return None;
    }
    // SAFETY: below RECORDS.
    unsafe { (*table().add(n as usize)).store(value, Ordering::Relaxed) };
    Some(n)
}

/// The value of a record.
#[inline(always)]
pub fn record(n: u32) -> u64 {
    // SAFETY: record numbers come from `add_record`, so the table exists and `n` is in range.
    unsafe {
        (*(*TABLE.get().unwrap_unchecked() as *const AtomicU64).add(n as usize))
            .load(Ordering::Relaxed)
    }
}

/// A record's value as a borrowed word.
#[inline(always)]
pub fn record_word(n: u32) -> Word {
    Word(record(n)).borrowed()
}
