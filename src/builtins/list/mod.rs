//! `list`: storage that carries its capacity, length, basic operations. Methods are in `methods`, sorting in `sort`.
//!
//! # Who may write what
//! Everything under the list's lock. Readers take no lock: storage pointer, then length bounded by the storage's capacity,
//! then the item. Items are stored before the length grows; storage is never reallocated in place but replaced and retired.

pub mod methods;
pub mod sort;

use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::typedef::{Trace, header_of};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, UNBOUND, Val, Word};
use crate::thread::{self, Py};
use std::alloc::Layout;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Payload.
pub struct ListObj {
    pub(crate) storage: AtomicPtr<Storage>,
    pub(crate) len: AtomicUsize,
}

/// Item array: capacity, then the slots.
#[repr(C)]
pub struct Storage {
    cap: usize,
}

/// Most items of a list.
pub const MAX_LEN: usize = isize::MAX as usize / 8 - 8;

impl Storage {
    fn layout(cap: usize) -> Layout {
        Layout::array::<u64>(cap + 1).expect("bounded by MAX_LEN")
    }
    /// Null when memory is exhausted.
    fn alloc(cap: usize) -> *mut Storage {
        if cap > MAX_LEN {
            return std::ptr::null_mut();
        }
        // SAFETY: the layout is not empty.
        unsafe {
            let p = std::alloc::alloc(Storage::layout(cap)) as *mut Storage;
            if !p.is_null() {
                (*p).cap = cap;
            }
            p
        }
    }
    #[inline(always)]
    fn items(&self) -> *const Slot {
        // SAFETY: the slots follow the capacity.
        unsafe { (self as *const Storage).add(1) as *const Slot }
    }
}

impl Trace for ListObj {
    fn trace(&self, t: &mut Tracer) {
        self.slots().iter().for_each(|s| t.slot(s));
    }
    fn clear(&self) {
        self.clear_all();
    }
}

impl Drop for ListObj {
    fn drop(&mut self) {
        let p = *self.storage.get_mut();
        if !p.is_null() {
            // SAFETY: the list dies with its storage, whose slots below `len` are initialized.
            unsafe { free_storage(p, *self.len.get_mut()) };
        }
    }
}

/// Drops the first `n` items of an unlinked storage, the last one first, and retires it.
///
/// # Safety
/// The storage is reachable for readers only that began before it was unlinked; `n` slots are initialized.
unsafe fn free_storage(p: *mut Storage, n: usize) {
    // SAFETY: by the caller's promise.
    unsafe {
        for s in std::slice::from_raw_parts((*p).items(), n.min((*p).cap))
            .iter()
            .rev()
        {
            if s.word().is_owned_ptr() {
                s.take();
            }
        }
        thread::retire(p as *mut u8, Storage::layout((*p).cap));
    }
}

crate::native_type!(
    /// The type `list`.
    pub LIST: ListObj = "list", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::LIST | tf::SEQUENCE | tf::MATCH_SELF, init methods::init
);

impl Default for ListObj {
    fn default() -> ListObj {
        ListObj {
            storage: AtomicPtr::new(std::ptr::null_mut()),
            len: AtomicUsize::new(0),
        }
    }
}

/// A list of owned items.
pub fn new(py: &Py, items: Vec<Obj>) -> Obj {
    from_exact(py, items.into_iter())
}

/// A list of as many items as the iterator says.
pub fn from_exact(py: &Py, items: impl ExactSizeIterator<Item = Obj>) -> Obj {
    let n = items.len();
    let mut l = ListObj::default();
    if n > 0 {
        let p = Storage::alloc(n);
        if p.is_null() {
            crate::builtins::str::intern::out_of_memory();
        }
        *l.storage.get_mut() = p;
        for (i, v) in items.take(n).enumerate() {
            // SAFETY: the storage has room for `n` items.
            unsafe { (*(*p).items().add(i)).init_word(v.into_word()) };
            *l.len.get_mut() = i + 1;
        }
    }
    py.alloc(&LIST, l)
}

/// A list of `n` items; `item(k)` gives words whose ownership moves into the list.
pub fn build(py: &Py, n: usize, mut item: impl FnMut(usize) -> Word) -> PyResult<Obj> {
    let storage = if n == 0 {
        std::ptr::null_mut()
    } else {
        let p = Storage::alloc(n);
        if p.is_null() {
            return Err(py.memory_error());
        }
        // SAFETY: the storage is private and has room.
        unsafe {
            for k in 0..n {
                (*(*p).items().add(k)).init_word(item(k));
            }
        }
        p
    };
    let l = ListObj {
        storage: AtomicPtr::new(storage),
        len: AtomicUsize::new(n),
    };
    Ok(py.alloc(&LIST, l))
}

/// A list of the items in `from`, which other threads may be changing: emptied fields are left out.
pub fn from_slots(py: &Py, from: &[Slot]) -> PyResult<Obj> {
    if thread::is_single_threaded() {
        return build(py, from.len(), |k| from[k].obj().into_word());
    }
    let items: Vec<Obj> = from.iter().filter_map(Slot::get).collect();
    let mut items = items.into_iter();
    build(py, items.len(), |_| {
        items.next().map_or(UNBOUND, Obj::into_word)
    })
}

/// An empty instance of list or a subclass.
pub fn new_in(py: &Py, ty: &'static Type) -> Obj {
    py.alloc_in(ty, ListObj::default())
}

/// Holds the list's lock (nothing to hold while one thread exists).
pub struct Guard<'a>(Option<&'a ListObj>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(l) = self.0 {
            header_of(l).lock.unlock();
        }
    }
}

impl ListObj {
    /// Locks the list: no Python code, no waiting, no other lock until the guard is dropped. Dropping `Obj`s is allowed.
    #[inline(always)]
    pub fn lock(&self) -> Guard<'_> {
        if thread::is_single_threaded() {
            return Guard(None);
        }
        header_of(self).lock.lock();
        Guard(Some(self))
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The item fields at this moment.
    #[inline(always)]
    pub fn slots(&self) -> &[Slot] {
        let n = self.len();
        // Acquire: pairs with the Release in `grow`.
        let p = self.storage.load(Ordering::Acquire);
        if p.is_null() {
            return &[];
        }
        // SAFETY: slots below `len` are initialized; the storage is retired, not freed, while readers may look at it.
        unsafe { std::slice::from_raw_parts((*p).items(), n.min((*p).cap)) }
    }
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Obj> {
        self.slots().get(i)?.get()
    }
    /// Replaces item `i`; false if out of range.
    #[inline]
    pub fn set(&self, i: usize, v: Obj) -> bool {
        let guard = self.lock();
        let Some(s) = self.slots().get(i) else {
            return false;
        };
        let old = s.replace(v);
        drop(guard);
        drop(old);
        true
    }
    /// Room for `n` items. The lock is held. False when memory is exhausted.
    #[inline(never)]
    fn grow(&self, n: usize) -> bool {
        let old = self.storage.load(Ordering::Relaxed);
        // SAFETY: the storage is current.
        let cap = if old.is_null() {
            0
        } else {
            unsafe { (*old).cap }
        };
        if n <= cap {
            return true;
        }
        // What is not written of a large block takes no memory, while each replaced block takes some for a while.
        let want = match cap {
            0 => n.max(4),
            1..0x1_0000 => n.max(cap + cap / 8 + 6),
            _ => n.max(cap.saturating_mul(2).min(MAX_LEN)),
        };
        let mut new = Storage::alloc(want);
        if new.is_null() {
            new = Storage::alloc(n);
        }
        if new.is_null() {
            return false;
        }
        // SAFETY: items are moved bitwise; the old storage is forgotten without dropping them.
        unsafe {
            if !old.is_null() {
                std::ptr::copy_nonoverlapping(
                    (*old).items() as *const u64,
                    (*new).items() as *mut u64,
                    self.len.load(Ordering::Relaxed),
                );
            }
            // Release: pairs with the Acquire in `slots`.
            self.storage.store(new, Ordering::Release);
            if !old.is_null() {
                thread::retire(old as *mut u8, Storage::layout(cap));
            }
        }
        true
    }
    /// Appends; MemoryError when memory is exhausted.
    #[inline]
    pub fn push(&self, py: &Py, v: Obj) -> PyResult<()> {
        let _guard = self.lock();
        let n = self.len.load(Ordering::Relaxed);
        let p = self.storage.load(Ordering::Relaxed);
        // SAFETY: the storage is current.
        if (p.is_null() || unsafe { n >= (*p).cap }) && !self.grow(n + 1) {
            return Err(py.memory_error());
        }
        self.init_slot(n, v.into_word());
        // Release: the item is stored before.
        self.len.store(n + 1, Ordering::Release);
        Ok(())
    }
    fn init_slot(&self, i: usize, w: Word) {
        let p = self.storage.load(Ordering::Relaxed);
        // SAFETY: `i` is below the capacity (callers grew the storage) and the lock is held.
        unsafe { (*(*p).items().add(i)).init_word(w) };
    }
    /// Removes and returns the last item.
    pub fn pop(&self) -> Option<Obj> {
        let _guard = self.lock();
        let n = self.len.load(Ordering::Relaxed);
        let s = self.slots().get(n.checked_sub(1)?)?;
        self.len.store(n - 1, Ordering::Release);
        s.take()
    }
    /// Inserts before position `i` (at most the length).
    pub fn insert(&self, py: &Py, i: usize, v: Obj) -> PyResult<()> {
        let _guard = self.lock();
        let n = self.len.load(Ordering::Relaxed);
        if !self.grow(n + 1) {
            return Err(py.memory_error());
        }
        let i = i.min(n);
        self.init_slot(n, UNBOUND);
        self.len.store(n + 1, Ordering::Release);
        let s = self.slots();
        for k in (i..n).rev() {
            s[k + 1].move_word(s[k].word());
        }
        s[i].init_word(v.into_word());
        Ok(())
    }
    /// Removes and returns item `i`.
    pub fn remove(&self, i: usize) -> Option<Obj> {
        let _guard = self.lock();
        let s = self.slots();
        let old = s.get(i)?.word();
        for k in i + 1..s.len() {
            s[k - 1].move_word(s[k].word());
        }
        s[s.len() - 1].init_word(UNBOUND);
        self.len.store(s.len() - 1, Ordering::Release);
        // SAFETY: the list owned the item, whose word has left it.
        Some(unsafe { Obj::from_word(old) })
    }
    /// The items as owned references.
    pub fn to_vec(&self) -> Vec<Obj> {
        self.slots().iter().filter_map(Slot::get).collect()
    }
    /// Takes all items out.
    pub fn take_all(&self) -> Vec<Obj> {
        let _guard = self.lock();
        let v = self.slots().iter().filter_map(Slot::take).collect();
        self.len.store(0, Ordering::Release);
        v
    }
    /// Replaces all items; the old ones are dropped.
    pub fn set_items(&self, items: Vec<Obj>) -> bool {
        let guard = self.lock();
        let old: Vec<Obj> = match self.is_empty() {
            true => Vec::new(),
            false => self.slots().iter().filter_map(Slot::take).collect(),
        };
        self.len.store(0, Ordering::Release);
        let ok = items.is_empty() || self.grow(items.len());
        if ok {
            let n = items.len();
            for (i, v) in items.into_iter().enumerate() {
                self.init_slot(i, v.into_word());
            }
            self.len.store(n, Ordering::Release);
        }
        drop(guard);
        drop(old);
        ok
    }
    /// Whether there is room for items.
    pub(super) fn has_storage(&self) -> bool {
        !self.storage.load(Ordering::Relaxed).is_null()
    }
    /// Removes everything and gives the storage back.
    pub fn clear_all(&self) {
        let guard = self.lock();
        let n = self.len.load(Ordering::Relaxed);
        self.len.store(0, Ordering::Release);
        // AcqRel: unlinked before its content is dropped.
        let p = self.storage.swap(std::ptr::null_mut(), Ordering::AcqRel);
        drop(guard);
        if !p.is_null() {
            // SAFETY: the storage is unlinked.
            unsafe { free_storage(p, n) };
        }
    }
    /// Appends new references to items of another container; false when memory is exhausted.
    pub(crate) fn append_slots(&self, items: &[Slot]) -> bool {
        let _guard = self.lock();
        let mut n = self.len.load(Ordering::Relaxed);
        if !self.grow(n + items.len()) {
            return false;
        }
        for s in items {
            // An item that went meanwhile leaves no gap.
            if let Some(v) = s.get() {
                self.init_slot(n, v.into_word());
                n += 1;
                // Release: the item is stored before.
                self.len.store(n, Ordering::Release);
            }
        }
        true
    }
    /// Replaces items `from..to` by `items` and returns the old ones.
    pub fn splice(&self, py: &Py, from: usize, to: usize, items: Vec<Obj>) -> PyResult<Vec<Obj>> {
        let _guard = self.lock();
        let n = self.len.load(Ordering::Relaxed);
        let (from, to) = (from.min(n), to.clamp(from.min(n), n));
        let new_len = n - (to - from) + items.len();
        if !self.grow(new_len) {
            return Err(py.memory_error());
        }
        let old = self.slots()[from..to]
            .iter()
            .filter_map(Slot::take)
            .collect();
        let p = self.storage.load(Ordering::Relaxed);
        if !p.is_null() {
            // SAFETY: both ranges lie below the capacity; words are moved and the emptied range is overwritten below.
            unsafe {
                let base = (*p).items() as *mut u64;
                std::ptr::copy(base.add(to), base.add(from + items.len()), n - to);
                for (i, v) in items.into_iter().enumerate() {
                    (*(base.add(from + i) as *const Slot)).init_word(v.into_word());
                }
                for i in new_len..n {
                    base.add(i).write(UNBOUND.0);
                }
            }
        }
        self.len.store(new_len, Ordering::Release);
        Ok(old)
    }
}

/// The list payload of an argument.
pub fn expect<'a>(py: &Py, v: &'a Val) -> PyResult<&'a ListObj> {
    v.get::<ListObj>()
        .ok_or_else(|| py.type_error(format!("expected a list, got '{}'", v.ty().name())))
}
