//! `dict`: payload, look-up, insertion, deletion. Methods are in `methods`, views and iterators in `views`.
//!
//! **Invariant:** a `__eq__` written in Python is never called with the dict's lock held: the look-up runs without it and is
//! repeated if the table changed meanwhile.

pub mod methods;
pub mod table;
pub mod views;

use crate::builtins::str::{STR, StrObj};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::typedef::{Trace, header_of};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::{self, Py};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use table::{DELETED, FREE, Probe, Table};

/// Payload.
pub struct DictObj {
    table: AtomicPtr<Table>,
    len: AtomicUsize,
    /// Id of the set of keys, for caches of global variables; 0: none given since the keys last changed.
    version: AtomicU32,
}

impl Trace for DictObj {
    fn trace(&self, t: &mut Tracer) {
        let Some(table) = self.table() else { return };
        for n in 0..table.used() as u32 {
            let e = table.entry(n);
            t.slot(&e.key);
            t.slot(&e.value);
        }
    }
    fn clear(&self) {
        self.clear_all();
    }
}

impl Drop for DictObj {
    fn drop(&mut self) {
        free_table(*self.table.get_mut(), true);
    }
}

crate::native_type!(
    /// The type `dict`.
    pub DICT: DictObj = "dict", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::DICT | tf::MAPPING | tf::MATCH_SELF, init methods::init
);

/// Frees a table nobody can reach any more; `drop_content` gives its references back.
fn free_table(p: *mut Table, drop_content: bool) {
    if p.is_null() {
        return;
    }
    // SAFETY: the table is unlinked; entries below `used` are initialized.
    unsafe {
        if drop_content {
            for n in 0..(*p).used() as u32 {
                let e = (*p).entry(n);
                if e.key.word().is_owned_ptr() {
                    e.key.take();
                }
                if e.value.word().is_owned_ptr() {
                    e.value.take();
                }
            }
        }
        let layout = (*p).memory();
        thread::retire(p as *mut u8, layout);
    }
}

/// An empty dict.
pub fn new(py: &Py) -> Obj {
    py.alloc(&DICT, DictObj::default())
}

/// An empty instance of dict or a subclass.
pub fn new_in(py: &Py, ty: &'static Type) -> Obj {
    py.alloc_in(ty, DictObj::default())
}

impl Default for DictObj {
    fn default() -> DictObj {
        DictObj {
            table: AtomicPtr::new(std::ptr::null_mut()),
            len: AtomicUsize::new(0),
            version: AtomicU32::new(0),
        }
    }
}

/// The hash of a key; the TypeError of an unhashable one says that it was to be a dict key.
#[inline]
fn key_hash(py: &Py, key: &Val) -> PyResult<i64> {
    ops::hash(py, key).map_err(|e| crate::builtins::sequence::unhashable(py, e, key, "dict key"))
}

/// Holds the dict's lock (nothing to hold while one thread exists).
struct Guard<'a>(Option<&'a DictObj>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(d) = self.0 {
            header_of(d).lock.unlock();
        }
    }
}

/// Where a look-up ended.
struct Found {
    table: *mut Table,
    used: usize,
    entry: Option<u32>,
}

impl DictObj {
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
    fn lock(&self) -> Guard<'_> {
        if thread::is_single_threaded() {
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

    /// Entry number of an exact str key.
    #[inline(always)]
    fn find_str(&self, t: &Table, key: &Val, hash: u64) -> Option<u32> {
        let id = key.word().identity();
        let mut probe = Probe::new(t, hash);
        loop {
            let n = t.index(probe.at);
            if n == FREE {
                return None;
            }
            if n != DELETED {
                let e = t.entry(n);
                let k = e.key.word();
                if k.identity() == id && !k.is_unbound() {
                    return Some(n);
                }
                if e.hash == hash && !k.is_unbound() && k.is_ptr() {
                    let k = Val::from_word_ref(&k);
                    if let (Some(a), Some(b)) = (k.get::<StrObj>(), key.get::<StrObj>())
                        && STR.is_exact(k)
                        && a.eq(b)
                    {
                        return Some(n);
                    }
                }
            }
            probe.next();
        }
    }

    /// Looks a key up; may call `__eq__`.
    fn find(&self, py: &Py, key: &Val, hash: u64) -> PyResult<Found> {
        loop {
            let Some(t) = self.table() else {
                return Ok(Found {
                    table: std::ptr::null_mut(),
                    used: 0,
                    entry: None,
                });
            };
            let table = t as *const Table as *mut Table;
            let used = t.used();
            if t.has_only_strs() && STR.is_exact(key) {
                return Ok(Found {
                    table,
                    used,
                    entry: self.find_str(t, key, hash),
                });
            }
            match self.find_any(py, t, key, hash)? {
                Some(entry) => return Ok(Found { table, used, entry }),
                None => continue,
            }
        }
    }

    /// `None`: the table changed during a comparison, look again.
    #[allow(clippy::option_option)]
    fn find_any(&self, py: &Py, t: &Table, key: &Val, hash: u64) -> PyResult<Option<Option<u32>>> {
        let id = key.word().identity();
        let mut probe = Probe::new(t, hash);
        loop {
            let n = t.index(probe.at);
            if n == FREE {
                return Ok(Some(None));
            }
            if n != DELETED {
                let e = t.entry(n);
                let k = e.key.word();
                if !k.is_unbound() {
                    if k.identity() == id {
                        return Ok(Some(Some(n)));
                    }
                    if e.hash == hash {
                        let k = e.key.obj();
                        let same = ops::eq(py, &k, key)?;
                        let p = self.table.load(Ordering::Acquire) as *const Table;
                        if !std::ptr::eq(p, t) || e.key.word().identity() != k.word().identity() {
                            return Ok(None);
                        }
                        if same {
                            return Ok(Some(Some(n)));
                        }
                    }
                }
            }
            probe.next();
        }
    }

    /// The value of a key.
    pub fn get(&self, py: &Py, key: &Val) -> PyResult<Option<Obj>> {
        let hash = key_hash(py, key)? as u64;
        self.get_hashed(py, key, hash)
    }
    /// As `get`, with the key's hash.
    pub fn get_hashed(&self, py: &Py, key: &Val, hash: u64) -> PyResult<Option<Obj>> {
        self.read(py, key, hash, Slot::get)
    }
    /// As `get`, for a slot of the running frame; `dying` as in `count::acquire_from`.
    pub(crate) fn get_for_frame(&self, py: &Py, key: &Val, dying: bool) -> PyResult<Option<Word>> {
        let hash = key_hash(py, key)? as u64;
        self.read(py, key, hash, |slot| {
            let w = slot.word();
            if w.is_unbound() {
                return None;
            }
            // SAFETY: the field has just been read, and the dict keeps its content.
            Some(unsafe { crate::heap::count::load(w, dying) })
        })
    }
    #[inline(always)]
    fn read<T>(
        &self,
        py: &Py,
        key: &Val,
        hash: u64,
        take: impl Fn(&Slot) -> Option<T>,
    ) -> PyResult<Option<T>> {
        loop {
            let f = self.find(py, key, hash)?;
            let Some(n) = f.entry else { return Ok(None) };
            // SAFETY: retired tables stay readable until the next safepoint.
            let v = take(&unsafe { (*f.table).entry(n) }.value);
            if v.is_some() {
                return Ok(v);
            }
            // Deleted since: look again.
            if self.table.load(Ordering::Acquire) == f.table && self.is_gone(f.table, n) {
                return Ok(None);
            }
        }
    }
    fn is_gone(&self, t: *mut Table, n: u32) -> bool {
        // SAFETY: as in `get_hashed`.
        unsafe { (*t).entry(n) }.key.is_empty()
    }
    pub fn contains(&self, py: &Py, key: &Val) -> PyResult<bool> {
        let hash = key_hash(py, key)? as u64;
        Ok(self.find(py, key, hash)?.entry.is_some())
    }
    /// Sets a key.
    pub fn set(&self, py: &Py, key: &Val, value: Obj) -> PyResult<()> {
        let hash = key_hash(py, key)? as u64;
        self.set_hashed(py, key, hash, value)
    }
    /// As `set`, with the key's hash.
    pub fn set_hashed(&self, py: &Py, key: &Val, hash: u64, value: Obj) -> PyResult<()> {
        let mut value = Some(value);
        loop {
            let f = self.find(py, key, hash)?;
            let guard = self.lock();
            if !self.unchanged(&f) {
                continue;
            }
            let v = value.take().expect("set once");
            let Some(n) = f.entry else {
                let r = self.insert_locked(py, key, hash, v);
                drop(guard);
                return r;
            };
            // SAFETY: the table is current and locked.
            let old = unsafe { (*f.table).entry(n) }.value.replace(v);
            drop(guard);
            drop(old);
            return Ok(());
        }
    }
    /// The value of `key`; if absent, `default` is inserted and returned.
    pub fn set_default(&self, py: &Py, key: &Val, default: Obj) -> PyResult<Obj> {
        let hash = key_hash(py, key)? as u64;
        loop {
            let f = self.find(py, key, hash)?;
            let _guard = self.lock();
            if !self.unchanged(&f) {
                continue;
            }
            if let Some(n) = f.entry {
                // SAFETY: the table is current and locked.
                if let Some(v) = unsafe { (*f.table).entry(n) }.value.get() {
                    return Ok(v);
                }
            }
            self.insert_locked(py, key, hash, default.clone())?;
            return Ok(default);
        }
    }
    /// Removes a key and returns its value.
    pub fn remove(&self, py: &Py, key: &Val) -> PyResult<Option<Obj>> {
        let hash = key_hash(py, key)? as u64;
        loop {
            let f = self.find(py, key, hash)?;
            let guard = self.lock();
            if !self.unchanged(&f) {
                continue;
            }
            let Some(n) = f.entry else { return Ok(None) };
            let (k, v) = self.remove_locked(n);
            drop(guard);
            drop(k);
            return Ok(Some(v));
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
        unsafe { (*p).used() == f.used && f.entry.is_none_or(|n| !(*p).entry(n).key.is_empty()) }
    }
    /// Adds a key that is absent. The lock is held.
    fn insert_locked(&self, py: &Py, key: &Val, hash: u64, value: Obj) -> PyResult<()> {
        let t = match self.table() {
            Some(t) if t.used() < t.capacity as usize => t,
            _ => self.grow(py, self.len() + 1)?,
        };
        self.version.store(0, Ordering::Relaxed);
        t.push(
            hash,
            key.to_obj().into_word(),
            value.into_word(),
            STR.is_exact(key),
        );
        // Relaxed: writers hold the lock.
        self.len.store(self.len() + 1, Ordering::Relaxed);
        Ok(())
    }
    fn remove_locked(&self, n: u32) -> (Obj, Obj) {
        self.version.store(0, Ordering::Relaxed);
        let t = self.table().expect("an entry implies a table");
        let (k, v) = t.remove(n);
        self.len.store(self.len() - 1, Ordering::Relaxed);
        // SAFETY: the entry owned both.
        unsafe { (Obj::from_word(k), Obj::from_word(v)) }
    }
    /// A new table with room for `need` items and some more. The lock is held.
    fn grow(&self, py: &Py, need: usize) -> PyResult<&Table> {
        let old = self.table.load(Ordering::Relaxed);
        let room = if need <= 5 { 5 } else { need.saturating_mul(2) };
        let new = Table::alloc(room);
        if new.is_null() {
            return Err(py.memory_error());
        }
        // SAFETY: the new table is private; entries of the old one are moved bitwise and then forgotten with it.
        unsafe {
            if !old.is_null() {
                (*new)
                    .str_only
                    .store((*old).has_only_strs() as u8, Ordering::Relaxed);
                for n in 0..(*old).used() as u32 {
                    let e = (*old).entry(n);
                    let k = e.key.word();
                    if !k.is_unbound() {
                        (*new).push(e.hash, k, e.value.word(), true);
                    }
                }
                (*new)
                    .str_only
                    .store((*old).has_only_strs() as u8, Ordering::Relaxed);
            }
            self.version.store(0, Ordering::Relaxed);
            // Release: pairs with the Acquire in `table`.
            self.table.store(new, Ordering::Release);
            free_table(old, false);
            Ok(&*new)
        }
    }
    /// Makes room for `n` items in total.
    pub fn reserve(&self, py: &Py, n: usize) -> PyResult<()> {
        let _guard = self.lock();
        if self.table().is_none_or(|t| (t.capacity as usize) < n) {
            self.grow(py, n.div_ceil(2).max(self.len()))?;
        }
        Ok(())
    }
    /// Removes everything.
    pub fn clear_all(&self) {
        let guard = self.lock();
        self.version.store(0, Ordering::Relaxed);
        self.len.store(0, Ordering::Relaxed);
        // AcqRel: unlinked before its content is dropped.
        let old = self.table.swap(std::ptr::null_mut(), Ordering::AcqRel);
        drop(guard);
        free_table(old, true);
    }
    /// Removes and returns the last item.
    pub fn pop_last(&self) -> Option<(Obj, Obj)> {
        let _guard = self.lock();
        let t = self.table()?;
        let n = (0..t.used() as u32)
            .rev()
            .find(|&n| !t.entry(n).key.is_empty())?;
        Some(self.remove_locked(n))
    }
    /// Number of positions for iteration with `at`.
    #[inline(always)]
    pub fn positions(&self) -> usize {
        self.table().map_or(0, |t| t.used())
    }
    /// Key and value at a position; `None` if deleted.
    #[inline]
    pub fn at(&self, i: usize) -> Option<(Obj, Obj)> {
        let t = self.table()?;
        if i >= t.used() {
            return None;
        }
        let e = t.entry(i as u32);
        Some((e.key.get()?, e.value.get()?))
    }
    /// Key at a position.
    #[inline]
    pub fn key_at(&self, i: usize) -> Option<Obj> {
        let t = self.table()?;
        if i >= t.used() {
            None
        } else {
            t.entry(i as u32).key.get()
        }
    }
    /// Value at a position.
    #[inline]
    pub fn value_at(&self, i: usize) -> Option<Obj> {
        let t = self.table()?;
        if i >= t.used() {
            None
        } else {
            t.entry(i as u32).value.get()
        }
    }
    /// Key, hash and value at a position.
    pub fn full_at(&self, i: usize) -> Option<(Obj, u64, Obj)> {
        let t = self.table()?;
        if i >= t.used() {
            return None;
        }
        let e = t.entry(i as u32);
        Some((e.key.get()?, e.hash, e.value.get()?))
    }
    /// All items now.
    pub fn items(&self) -> Vec<(Obj, Obj)> {
        (0..self.positions()).filter_map(|i| self.at(i)).collect()
    }

    // Look-ups by interned str, which run no Python code.

    /// The value word of an interned str key, valid until the next safepoint.
    #[inline]
    pub(crate) fn get_interned_word(&self, name: &Val) -> Option<Word> {
        let t = self.table()?;
        let n = self.find_str(t, name, name.cast::<StrObj>().hash() as u64)?;
        let w = t.entry(n).value.word();
        if w.is_unbound() { None } else { Some(w) }
    }
    #[inline]
    pub fn get_interned(&self, _: &Py, name: &Val) -> Option<Obj> {
        self.get_interned_word(name).map(Obj::clone_word)
    }
    /// Sets an exact str key.
    pub fn set_interned(&self, py: &Py, name: &Val, value: Obj) {
        let hash = name.cast::<StrObj>().hash() as u64;
        let guard = self.lock();
        if let Some(t) = self.table()
            && let Some(n) = self.find_str(t, name, hash)
        {
            let old = t.entry(n).value.replace(value);
            drop(guard);
            drop(old);
            return;
        }
        if self.insert_locked(py, name, hash, value).is_err() {
            drop(guard);
            crate::builtins::str::intern::out_of_memory();
        }
    }
    pub fn remove_interned(&self, _: &Py, name: &Val) -> Option<Obj> {
        let hash = name.cast::<StrObj>().hash() as u64;
        let guard = self.lock();
        let n = self.find_str(self.table()?, name, hash)?;
        let (k, v) = self.remove_locked(n);
        drop(guard);
        drop(k);
        Some(v)
    }
    /// The value of a str key given as Rust text.
    pub fn get_str(&self, py: &Py, name: &str) -> Option<Obj> {
        self.get_interned(py, &crate::builtins::str::intern(py, name))
    }
    /// Sets a str key given as Rust text.
    pub fn set_str(&self, py: &Py, name: &str, value: Obj) {
        self.set_interned(py, &crate::builtins::str::intern(py, name), value);
    }

    // For caches of global variables.

    /// Id of the current set of keys and entry positions, 0 if none was given.
    #[inline(always)]
    pub(crate) fn keys_version(&self) -> u32 {
        self.version.load(Ordering::Relaxed)
    }
    /// Gives an id to the current set of keys and finds the entry of `name`: (id, position).
    pub(crate) fn cache_position(&self, name: &Val) -> (u32, Option<u32>) {
        let mut v = self.keys_version();
        if v == 0 {
            v = crate::object::shape::new_version();
            self.version.store(v, Ordering::Relaxed);
        }
        let n = self
            .table()
            .and_then(|t| self.find_str(t, name, name.cast::<StrObj>().hash() as u64));
        (v, n)
    }
    /// The value field at the position `n` that was cached with the id `version` (not 0).
    #[inline(always)]
    pub(crate) fn cached_slot(&self, version: u32, n: u32) -> Option<&Slot> {
        // The table first: whoever replaces it has taken the id away before (Release in `grow` and `clear_all`), so an id
        // that still matches belongs to the table that was loaded or to an older one with the same entries.
        let t = self.table()?;
        if self.version.load(Ordering::Relaxed) == version {
            Some(&t.entry(n).value)
        } else {
            None
        }
    }
}
