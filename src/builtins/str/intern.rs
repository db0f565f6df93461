//! Interned strings: one immortal object per text; single characters of latin-1.

use super::{STR, StrObj, Units, alloc};
use crate::object::header::flags;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use parking_lot::{Mutex, RwLock};
use std::sync::atomic::{AtomicU64, Ordering};

/// Addresses of the interned strs; 0: free. Open addressing by the strs' own hashes, at most half full.
struct Table {
    slots: Vec<u64>,
    used: usize,
}

static TABLE: RwLock<Table> = RwLock::new(Table {
    slots: Vec::new(),
    used: 0,
});

impl Table {
    /// The str with this hash for which `same` holds.
    fn find(&self, hash: i64, same: impl Fn(&StrObj) -> bool) -> Option<Obj> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            let o = Obj::clone_word(Word(self.slots[at]));
            if o.get::<StrObj>()
                .is_some_and(|s| s.hash() == hash && same(s))
            {
                return Some(o);
            }
            at = (at + 1) & mask;
        }
        None
    }
    fn insert(&mut self, hash: i64, w: Word) {
        if self.used * 2 >= self.slots.len() {
            let size = (self.slots.len() * 2).max(1 << 12);
            let old = std::mem::replace(&mut self.slots, vec![0; size]);
            for w in old.into_iter().filter(|&w| w != 0) {
                if let Some(s) = Val::from_word_ref(&Word(w)).get::<StrObj>() {
                    self.put(s.hash(), w);
                }
            }
        }
        self.put(hash, w.0);
        self.used += 1;
    }
    fn put(&mut self, hash: i64, w: u64) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = w;
    }
}

static CHARS: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];
static EMPTY: AtomicU64 = AtomicU64::new(0);
static MAKE_CHAR: Mutex<()> = Mutex::new(());

/// The interned str of a text.
pub fn intern(py: &Py, s: &str) -> Obj {
    if s.len() > 1 && s.is_ascii() {
        let same = |o: &StrObj| o.bytes() == s.as_bytes() && o.kind == 1;
        if let Some(o) = TABLE.read().find(super::hash_bytes(s.as_bytes()), same) {
            return o;
        }
    }
    intern_obj(py, &super::new(py, s))
}

/// The interned str equal to `v`. A str subclass instance is returned as it is.
pub fn intern_obj(_: &Py, v: &Val) -> Obj {
    let Some(s) = v.get::<StrObj>() else {
        return v.to_obj();
    };
    if s.is_interned() || !STR.is_exact(v) {
        return v.to_obj();
    }
    let hash = s.hash();
    let mut t = TABLE.write();
    if let Some(o) = t.find(hash, |o| o.eq(s)) {
        return o;
    }
    // Immortal from now on; the caller's reference is simply never the last one.
    let h = v.header().expect("a str is a heap object");
    h.set_flags(flags::IMMORTAL | flags::ESCAPED);
    // Relaxed: the flag only saves a look-up.
    s.interned.store(1, Ordering::Relaxed);
    let w = v.word().borrowed();
    t.insert(hash, w);
    Obj::clone_word(w)
}

/// The empty str.
pub fn empty(py: &Py) -> Obj {
    // Acquire: pairs with the Release below.
    let w = EMPTY.load(Ordering::Acquire);
    if w != 0 {
        return Obj::clone_word(Word(w));
    }
    let o = alloc(py, 0, 1, true, |_| ()).unwrap_or_else(|| out_of_memory());
    let o = intern_obj(py, &o);
    // Release: the object is complete. The intern table makes it the only one.
    EMPTY.store(o.word().borrowed().0, Ordering::Release);
    o
}

/// The one-character str of a code point.
#[inline]
pub fn char_obj(py: &Py, c: u32) -> Obj {
    if c < 256 {
        // Acquire: pairs with the Release in `make_char`.
        let w = CHARS[c as usize].load(Ordering::Acquire);
        if w != 0 {
            return Obj::clone_word(Word(w));
        }
        return make_char(py, c as u8);
    }
    let units = if c > 0xffff { 4 } else { 2 };
    // SAFETY: room for one unit.
    alloc(py, 1, units, false, |p| unsafe {
        if units == 4 {
            (p as *mut u32).write(c);
        } else {
            (p as *mut u16).write(c as u16);
        }
    })
    .unwrap_or_else(|| out_of_memory())
}

#[cold]
fn make_char(py: &Py, c: u8) -> Obj {
    let _guard = MAKE_CHAR.lock();
    let w = CHARS[c as usize].load(Ordering::Acquire);
    if w != 0 {
        return Obj::clone_word(Word(w));
    }
    // SAFETY: room for one byte.
    let o = alloc(py, 1, 1, c < 128, |p| unsafe { p.write(c) }).unwrap_or_else(|| out_of_memory());
    let o = intern_obj(py, &o);
    // Release: the object is complete.
    CHARS[c as usize].store(o.word().borrowed().0, Ordering::Release);
    o
}

#[cold]
pub(crate) fn out_of_memory() -> ! {
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<Units>())
}
