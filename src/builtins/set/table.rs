//! The payload of sets: an open-addressing table of keys with their hashes.
//!
//! # Who may write what
//! All writes under the set's lock. Readers take no lock: an entry's hash is written before the release store of its key, and
//! an entry is filled once; a deleted one is never used again, so hash and key belong together. A full table is replaced
//! by a new one, and the old one is retired.
//! **Invariant:** at least one entry of a table is free, so probing ends. `__eq__` is never called with the lock held.

use crate::builtins::str::{STR, StrObj};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::typedef::{Trace, header_of};
use crate::object::ops;
use crate::object::value::{Obj, UNBOUND, Val, Word};
use crate::thread::{self, Py};
use std::alloc::Layout;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// Payload of `set` and `frozenset`.
pub struct SetObj {
    table: AtomicPtr<Table>,
    len: AtomicUsize,
    /// Hash of a frozenset; -1: not computed yet.
    pub(super) hash: AtomicI64,
}

/// One key. `key` is 0 while free, UNBOUND when deleted, else the word of the key, which the entry owns.
#[repr(C)]
struct Entry {
    hash: AtomicU64,
    key: AtomicU64,
}

/// Table header; the entries follow.
#[repr(C, align(8))]
struct Table {
    mask: usize,
    /// Entries that are not free.
    used: AtomicUsize,
    /// Where `pop` looks first.
    finger: AtomicUsize,
}

const FREE: u64 = 0;

impl Table {
    fn layout(size: usize) -> Option<Layout> {
        let bytes = size
            .checked_mul(size_of::<Entry>())?
            .checked_add(size_of::<Table>())?;
        Layout::from_size_align(bytes, 8).ok()
    }
    /// An empty table of `size` (a power of two) entries; null when memory is exhausted.
    fn alloc(size: usize) -> *mut Table {
        let Some(layout) = Table::layout(size) else {
            return std::ptr::null_mut();
        };
        // SAFETY: the layout is not empty; zeroed entries are free.
        unsafe {
            let p = std::alloc::alloc_zeroed(layout) as *mut Table;
            if !p.is_null() {
                (*p).mask = size - 1;
            }
            p
        }
    }
    #[inline(always)]
    fn entry(&self, i: usize) -> &Entry {
        debug_assert!(i <= self.mask);
        // SAFETY: `mask + 1` entries follow the header.
        unsafe { &*((self as *const Table).add(1) as *const Entry).add(i) }
    }
    /// Adds a key that is absent. The lock is held and the table is not full.
    fn push(&self, hash: u64, key: Word) {
        let mut probe = Probe::new(self, hash);
        // Relaxed: only holders of the lock write.
        while self.entry(probe.at).key.load(Ordering::Relaxed) != FREE {
            probe.next();
        }
        let e = self.entry(probe.at);
        e.hash.store(hash, Ordering::Relaxed);
        // Release: pairs with the Acquire in `key`, so hash and object are seen.
        e.key.store(key.0, Ordering::Release);
        self.used.fetch_add(1, Ordering::Relaxed);
    }
}

impl Entry {
    /// The key's word, or FREE.
    #[inline(always)]
    fn key(&self) -> u64 {
        // Acquire: pairs with the Release in `push`.
        self.key.load(Ordering::Acquire)
    }
}

struct Probe {
    at: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    fn new(t: &Table, hash: u64) -> Probe {
        Probe {
            at: hash as usize & t.mask,
            perturb: hash,
            mask: t.mask,
        }
    }
    #[inline(always)]
    fn next(&mut self) {
        self.perturb >>= 5;
        self.at = self
            .at
            .wrapping_mul(5)
            .wrapping_add(self.perturb as usize)
            .wrapping_add(1)
            & self.mask;
    }
}

impl Default for SetObj {
    fn default() -> SetObj {
        SetObj {
            table: AtomicPtr::new(std::ptr::null_mut()),
            len: AtomicUsize::new(0),
            hash: AtomicI64::new(-1),
        }
    }
}

impl Trace for SetObj {
    fn trace(&self, t: &mut Tracer) {
        for i in 0..self.positions() {
            if let Some(w) = self.word_at(i) {
                t.word(w);
            }
        }
    }
    fn clear(&self) {
        self.clear_all();
    }
}

impl Drop for SetObj {
    fn drop(&mut self) {
        free_table(*self.table.get_mut(), true);
    }
}

/// Frees a table nobody can reach any more; `drop_content` gives its references back.
fn free_table(p: *mut Table, drop_content: bool) {
    if p.is_null() {
        return;
    }
    // SAFETY: the table is unlinked, its entries are initialized.
    unsafe {
        if drop_content {
            for i in 0..=(*p).mask {
                let w = (*p).entry(i).key.swap(UNBOUND.0, Ordering::AcqRel);
                if w != FREE {
                    drop(Obj::from_word(Word(w)));
                }
            }
        }
        if let Some(layout) = Table::layout((*p).mask + 1) {
            thread::retire(p as *mut u8, layout);
        }
    }
}

/// The hash of a key; the TypeError of an unhashable one says that it was to be a set element.
#[inline]
pub(super) fn key_hash(py: &Py, key: &Val) -> PyResult<i64> {
    ops::hash(py, key).map_err(|e| crate::builtins::sequence::unhashable(py, e, key, "set element"))
}

/// Holds the set's lock (nothing to hold while one thread exists).
struct Guard<'a>(Option<&'a SetObj>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(s) = self.0 {
            header_of(s).lock.unlock();
        }
    }
}

/// Where a look-up ended.
struct Found {
    table: *mut Table,
    used: usize,
    at: Option<usize>,
}

impl SetObj {
    #[inline(always)]
    fn table(&self) -> Option<&Table> {
        // Acquire: pairs with the Release in `grow` and `clear_all`.
        let p = self.table.load(Ordering::Acquire);
        // SAFETY: tables are retired, not freed, while readers may look at them.
        if p.is_null() {
            None
        } else {
            Some(unsafe { &*p })
        }
    }
    #[inline(always)]
    fn lock(&self, fresh: bool) -> Guard<'_> {
        if fresh || thread::is_single_threaded() {
            return Guard(None);
        }
        header_of(self).lock.lock();
        Guard(Some(self))
    }
    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(&self, py: &Py, key: &Val, hash: u64) -> PyResult<Found> {
        loop {
            let Some(t) = self.table() else {
                return Ok(Found {
                    table: std::ptr::null_mut(),
                    used: 0,
                    at: None,
                });
            };
            let table = t as *const Table as *mut Table;
            let used = t.used.load(Ordering::Relaxed);
            if let Some(at) = self.find_in(py, t, key, hash)? {
                return Ok(Found { table, used, at });
            }
        }
    }

    /// `None`: the table changed during a comparison, look again.
    #[allow(clippy::option_option)]
    fn find_in(&self, py: &Py, t: &Table, key: &Val, hash: u64) -> PyResult<Option<Option<usize>>> {
        let id = key.word().identity();
        let key_str = if STR.is_exact(key) {
            key.get::<StrObj>()
        } else {
            None
        };
        let mut probe = Probe::new(t, hash);
        loop {
            let e = t.entry(probe.at);
            let w = e.key();
            if w == FREE {
                return Ok(Some(None));
            }
            let w = Word(w);
            if !w.is_unbound() {
                if w.identity() == id {
                    return Ok(Some(Some(probe.at)));
                }
                if e.hash.load(Ordering::Relaxed) == hash {
                    if let Some(s) = key_str
                        && STR.is_exact(Val::from_word_ref(&w))
                        && let Some(other) = Val::from_word_ref(&w).get::<StrObj>()
                    {
                        if other.eq(s) {
                            return Ok(Some(Some(probe.at)));
                        }
                    } else {
                        let k = Obj::clone_word(w);
                        let same = ops::eq(py, &k, key)?;
                        let p = self.table.load(Ordering::Acquire) as *const Table;
                        if !std::ptr::eq(p, t) || Word(e.key()).identity() != w.identity() {
                            return Ok(None);
                        }
                        if same {
                            return Ok(Some(Some(probe.at)));
                        }
                    }
                }
            }
            probe.next();
        }
    }

    #[inline(always)]
    fn unchanged(&self, f: &Found) -> bool {
        let p = self.table.load(Ordering::Acquire);
        if p != f.table {
            return false;
        }
        if p.is_null() {
            return true;
        }
        // SAFETY: the current table.
        unsafe {
            (*p).used.load(Ordering::Relaxed) == f.used
                && f.at.is_none_or(|i| (*p).entry(i).key() != UNBOUND.0)
        }
    }

    pub fn contains(&self, py: &Py, key: &Val) -> PyResult<bool> {
        let hash = key_hash(py, key)? as u64;
        self.contains_hashed(py, key, hash)
    }
    /// As `contains`, with the key's hash.
    #[inline]
    pub fn contains_hashed(&self, py: &Py, key: &Val, hash: u64) -> PyResult<bool> {
        Ok(self.find(py, key, hash)?.at.is_some())
    }
    /// Adds a key; true if it was absent.
    pub fn add(&self, py: &Py, key: &Val) -> PyResult<bool> {
        let hash = key_hash(py, key)? as u64;
        self.insert(py, key, hash, false)
    }
    /// As `add`, with the key's hash.
    pub fn add_hashed(&self, py: &Py, key: &Val, hash: u64) -> PyResult<bool> {
        self.insert(py, key, hash, false)
    }
    /// `add` to a payload that is not part of an object yet.
    pub fn add_fresh(&self, py: &Py, key: &Val) -> PyResult<bool> {
        let hash = key_hash(py, key)? as u64;
        self.insert(py, key, hash, true)
    }
    fn insert(&self, py: &Py, key: &Val, hash: u64, fresh: bool) -> PyResult<bool> {
        loop {
            let f = self.find(py, key, hash)?;
            let _guard = self.lock(fresh);
            if !self.unchanged(&f) {
                continue;
            }
            if f.at.is_some() {
                return Ok(false);
            }
            let t = match self.table() {
                Some(t) if t.used.load(Ordering::Relaxed) * 5 < t.mask * 3 => t,
                _ => self.grow(py, self.len() + 1)?,
            };
            t.push(hash, key.to_obj().into_word());
            self.len.fetch_add(1, Ordering::Relaxed);
            return Ok(true);
        }
    }
    /// Removes a key; false if absent.
    pub fn remove(&self, py: &Py, key: &Val) -> PyResult<bool> {
        let hash = key_hash(py, key)? as u64;
        self.remove_hashed(py, key, hash)
    }
    /// As `remove`, with the key's hash.
    pub fn remove_hashed(&self, py: &Py, key: &Val, hash: u64) -> PyResult<bool> {
        self.take(py, key, hash, false)
    }
    /// `remove` from a payload that is not part of an object yet.
    pub fn discard_fresh(&self, py: &Py, key: &Val) -> PyResult<bool> {
        let hash = key_hash(py, key)? as u64;
        self.take(py, key, hash, true)
    }
    /// Removes a key from a payload that is not part of an object yet, or adds it if it is absent.
    pub fn toggle_fresh(&self, py: &Py, key: &Val, hash: u64) -> PyResult<()> {
        if !self.take(py, key, hash, true)? {
            self.insert(py, key, hash, true)?;
        }
        Ok(())
    }
    /// As `add_fresh`, with the key's hash.
    pub fn add_fresh_hashed(&self, py: &Py, key: &Val, hash: u64) -> PyResult<bool> {
        self.insert(py, key, hash, true)
    }
    fn take(&self, py: &Py, key: &Val, hash: u64, fresh: bool) -> PyResult<bool> {
        loop {
            let f = self.find(py, key, hash)?;
            let guard = self.lock(fresh);
            if !self.unchanged(&f) {
                continue;
            }
            let Some(at) = f.at else { return Ok(false) };
            let old = self.delete_at(at);
            drop(guard);
            drop(old);
            return Ok(true);
        }
    }
    /// Deletes a filled entry. The lock is held.
    fn delete_at(&self, at: usize) -> Option<Obj> {
        let w = self
            .table()?
            .entry(at)
            .key
            .swap(UNBOUND.0, Ordering::AcqRel);
        self.len.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the entry owned the key, whose word has left it.
        Some(unsafe { Obj::from_word(Word(w)) })
    }
    /// Removes and returns some item.
    pub fn pop(&self) -> Option<Obj> {
        let _guard = self.lock(false);
        if self.is_empty() {
            return None;
        }
        let t = self.table()?;
        let from = t.finger.load(Ordering::Relaxed) & t.mask;
        for k in 0..=t.mask {
            let i = (from + k) & t.mask;
            let w = t.entry(i).key();
            if w != FREE && w != UNBOUND.0 {
                t.finger.store(i + 1, Ordering::Relaxed);
                return self.delete_at(i);
            }
        }
        None
    }
    /// A new table with room for `need` items and some more. The lock is held.
    fn grow(&self, py: &Py, need: usize) -> PyResult<&Table> {
        let old = self.table.load(Ordering::Relaxed);
        let want = if need > 50_000 {
            need.saturating_mul(2)
        } else {
            need.saturating_mul(4)
        };
        let mut size = 8usize;
        while size <= want {
            size = size.checked_mul(2).ok_or_else(|| py.memory_error())?;
        }
        let new = Table::alloc(size);
        if new.is_null() {
            return Err(py.memory_error());
        }
        // SAFETY: the new table is private; keys of the old one are moved bitwise, and it is freed without dropping them.
        unsafe {
            if !old.is_null() {
                for i in 0..=(*old).mask {
                    let e = (*old).entry(i);
                    let w = e.key();
                    if w != FREE && w != UNBOUND.0 {
                        (*new).push(e.hash.load(Ordering::Relaxed), Word(w));
                    }
                }
            }
            // Release: pairs with the Acquire in `table`.
            self.table.store(new, Ordering::Release);
            free_table(old, false);
            Ok(&*new)
        }
    }
    /// Removes everything.
    pub fn clear_all(&self) {
        let guard = self.lock(false);
        self.len.store(0, Ordering::Relaxed);
        // AcqRel: unlinked before its content is dropped.
        let old = self.table.swap(std::ptr::null_mut(), Ordering::AcqRel);
        drop(guard);
        free_table(old, true);
    }
    /// Takes over the items of a payload that is not part of an object; the old ones are dropped.
    pub fn replace_with(&self, other: SetObj) {
        let guard = self.lock(false);
        let n = other.len.swap(0, Ordering::Relaxed);
        let new = other.table.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // AcqRel: publishes the new table, unlinks the old one.
        let old = self.table.swap(new, Ordering::AcqRel);
        self.len.store(n, Ordering::Relaxed);
        drop(guard);
        free_table(old, true);
    }
    /// A copy of the items, not part of an object yet.
    pub fn copy(&self, py: &Py) -> PyResult<SetObj> {
        let new = SetObj::default();
        if self.is_empty() {
            return Ok(new);
        }
        let t = new.grow(py, self.len())?;
        let mut n = 0;
        let mut i = 0;
        // The source may grow meanwhile; what does not fit is added one by one.
        while let Some((at, key, hash)) = self.next_from(i) {
            i = at + 1;
            if n * 2 > t.mask {
                new.insert(py, &key, hash, true)?;
                continue;
            }
            t.push(hash, key.into_word());
            n += 1;
            new.len.store(n, Ordering::Relaxed);
        }
        Ok(new)
    }
    /// Number of positions for iteration.
    pub fn positions(&self) -> usize {
        self.table().map_or(0, |t| t.mask + 1)
    }
    fn word_at(&self, i: usize) -> Option<Word> {
        let t = self.table()?;
        if i > t.mask {
            return None;
        }
        let w = t.entry(i).key();
        if w == FREE || w == UNBOUND.0 {
            None
        } else {
            Some(Word(w))
        }
    }
    /// The first item at or behind position `i`: position, key, hash.
    #[inline]
    pub fn next_from(&self, mut i: usize) -> Option<(usize, Obj, u64)> {
        let t = self.table()?;
        while i <= t.mask {
            let e = t.entry(i);
            let w = e.key();
            if w != FREE && w != UNBOUND.0 {
                return Some((i, Obj::clone_word(Word(w)), e.hash.load(Ordering::Relaxed)));
            }
            i += 1;
        }
        None
    }
    /// The items at this moment.
    pub fn items(&self) -> Vec<Obj> {
        let mut out = Vec::with_capacity(self.len());
        let mut i = 0;
        while let Some((at, key, _)) = self.next_from(i) {
            out.push(key);
            i = at + 1;
        }
        out
    }
    /// The items with their hashes.
    pub fn hashed_items(&self) -> Vec<(Obj, u64)> {
        let mut out = Vec::with_capacity(self.len());
        let mut i = 0;
        while let Some((at, key, hash)) = self.next_from(i) {
            out.push((key, hash));
            i = at + 1;
        }
        out
    }
}
