//! The hash table of dicts: an index of small integers and an append-only array of entries.
//!
//! # Who may write what
//! All writes under the dict's lock. Readers take no lock: an entry is filled before the release store of its index; a
//! deleted entry is never used again, so key and value of an entry always belong together. A full table is replaced by a
//! new one, and the old one is retired.

use crate::object::value::{Slot, Word};
use std::alloc::Layout;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering};

/// One key with its value. A deleted entry has an empty key.
#[repr(C)]
pub struct Entry {
    pub hash: u64,
    pub key: Slot,
    pub value: Slot,
}

/// Table header; the index and the entries follow.
#[repr(C, align(8))]
pub struct Table {
    log2: u8,
    /// All keys are exact strs.
    pub str_only: AtomicU8,
    /// Entries that fit.
    pub capacity: u32,
    /// Entries handed out, deleted ones included.
    used: AtomicUsize,
}

/// Not used yet.
pub const FREE: u32 = u32::MAX;
/// Its entry was deleted.
pub const DELETED: u32 = u32::MAX - 1;

/// Most entries of a table.
pub const MAX_ENTRIES: usize = 1 << 30;

impl Table {
    fn width(log2: u8) -> usize {
        match log2 {
            0..=7 => 1,
            8..=15 => 2,
            _ => 4,
        }
    }
    fn layout(log2: u8, capacity: usize) -> (Layout, usize) {
        let index = (Table::width(log2) << log2).next_multiple_of(8);
        let size = size_of::<Table>() + index + capacity * size_of::<Entry>();
        (
            Layout::from_size_align(size, 8).expect("bounded by MAX_ENTRIES"),
            size_of::<Table>() + index,
        )
    }
    /// A table with room for at least `entries`; null when memory is exhausted or the number is too large.
    pub fn alloc(entries: usize) -> *mut Table {
        if entries > MAX_ENTRIES {
            return std::ptr::null_mut();
        }
        let mut log2 = 3u8;
        while (1usize << log2) * 2 / 3 < entries {
            log2 += 1;
        }
        let capacity = (1usize << log2) * 2 / 3;
        let (layout, entries_at) = Table::layout(log2, capacity);
        // SAFETY: the layout is not empty; header and index are initialized here, entries before they are indexed.
        unsafe {
            let p = std::alloc::alloc(layout) as *mut Table;
            if p.is_null() {
                return p;
            }
            p.write(Table {
                log2,
                str_only: AtomicU8::new(1),
                capacity: capacity as u32,
                used: AtomicUsize::new(0),
            });
            std::ptr::write_bytes(
                (p as *mut u8).add(size_of::<Table>()),
                0xff,
                entries_at - size_of::<Table>(),
            );
            p
        }
    }
    pub fn memory(&self) -> Layout {
        Table::layout(self.log2, self.capacity as usize).0
    }
    #[inline(always)]
    pub fn mask(&self) -> usize {
        (1 << self.log2) - 1
    }
    /// Number of entries handed out.
    #[inline(always)]
    pub fn used(&self) -> usize {
        // Acquire: pairs with the Release in `push`, for iteration by position.
        self.used.load(Ordering::Acquire)
    }
    #[inline(always)]
    fn index_at(&self) -> *const u8 {
        // SAFETY: the index follows the header.
        unsafe { (self as *const Table).add(1) as *const u8 }
    }
    #[inline(always)]
    fn entries(&self) -> *const Entry {
        let index = (Table::width(self.log2) << self.log2).next_multiple_of(8);
        // SAFETY: the entries follow the index.
        unsafe { self.index_at().add(index) as *const Entry }
    }
    /// Index position `i`: entry number, FREE or DELETED.
    #[inline(always)]
    pub fn index(&self, i: usize) -> u32 {
        debug_assert!(i <= self.mask());
        // Acquire: pairs with the Release in `set_index`, so the entry's words are seen.
        // SAFETY: `i` is masked by the callers.
        unsafe {
            match Table::width(self.log2) {
                1 => widen(
                    (*(self.index_at() as *const AtomicU8).add(i)).load(Ordering::Acquire) as i8
                        as i32,
                ),
                2 => widen(
                    (*(self.index_at() as *const AtomicU16).add(i)).load(Ordering::Acquire) as i16
                        as i32,
                ),
                _ => (*(self.index_at() as *const AtomicU32).add(i)).load(Ordering::Acquire),
            }
        }
    }
    fn set_index(&self, i: usize, n: u32) {
        // Release: pairs with the Acquire in `index`.
        // SAFETY: as in `index`.
        unsafe {
            match Table::width(self.log2) {
                1 => {
                    (*(self.index_at() as *const AtomicU8).add(i)).store(n as u8, Ordering::Release)
                }
                2 => (*(self.index_at() as *const AtomicU16).add(i))
                    .store(n as u16, Ordering::Release),
                _ => (*(self.index_at() as *const AtomicU32).add(i)).store(n, Ordering::Release),
            }
        }
    }
    /// Entry `n`, which has been handed out.
    #[inline(always)]
    pub fn entry(&self, n: u32) -> &Entry {
        debug_assert!((n as usize) < self.capacity as usize);
        // SAFETY: entry numbers come from the index or are below `used`.
        unsafe { &*self.entries().add(n as usize) }
    }
    /// Adds an entry for a key that is not in the table. The dict's lock is held and there is room.
    pub fn push(&self, hash: u64, key: Word, value: Word, is_str: bool) -> u32 {
        let n = self.used.load(Ordering::Relaxed);
        debug_assert!(n < self.capacity as usize);
        // SAFETY: the entry is not in use yet.
        unsafe {
            let e = self.entries().add(n) as *mut Entry;
            (&raw mut (*e).hash).write(hash);
            (*e).key.init_word(key);
            (*e).value.init_word(value);
        }
        if !is_str {
            self.str_only.store(0, Ordering::Relaxed);
        }
        let mut probe = Probe::new(self, hash);
        while self.index(probe.at) != FREE {
            probe.next();
        }
        self.set_index(probe.at, n as u32);
        // Release: pairs with `used`.
        self.used.store(n + 1, Ordering::Release);
        n as u32
    }
    /// Takes entry `n` out of the index and returns its key's and value's words. The dict's lock is held.
    pub fn remove(&self, n: u32) -> (Word, Word) {
        let e = self.entry(n);
        let mut probe = Probe::new(self, e.hash);
        while self.index(probe.at) != n {
            probe.next();
        }
        self.set_index(probe.at, DELETED);
        let v = e.value.swap_word(crate::object::value::UNBOUND);
        (e.key.swap_word(crate::object::value::UNBOUND), v)
    }
    #[inline(always)]
    pub fn has_only_strs(&self) -> bool {
        self.str_only.load(Ordering::Relaxed) != 0
    }
}

#[inline(always)]
fn widen(n: i32) -> u32 {
    n as u32
}

/// The probe sequence of a hash: every position is visited.
pub struct Probe {
    pub at: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    pub fn new(t: &Table, hash: u64) -> Probe {
        Probe {
            at: hash as usize & t.mask(),
            perturb: hash,
            mask: t.mask(),
        }
    }
    #[inline(always)]
    pub fn next(&mut self) {
        self.perturb >>= 5;
        self.at = (self.at.wrapping_mul(5))
            .wrapping_add(self.perturb as usize)
            .wrapping_add(1)
            & self.mask;
    }
}
