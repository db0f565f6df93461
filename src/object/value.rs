//! The tagged word: immediates and references; used everywhere.
//!
//! | low bits | meaning |
//! |---|---|
//! | `...1` | small int, 63 bits |
//! | `..10` | float stored in the word (rotated exponent) |
//! | `.000` | pointer to a [`Header`], this reference owns one count |
//! | `.100` | pointer, borrowed or immortal: this reference owns no count |
//!
//! Four Rust types wrap the word:
//! [`Word`] is the bare bits (interpreter and heap internals only);
//! [`Obj`] owns what it refers to and gives it back on drop;
//! [`Val`] is the borrowed form, used as `&Val` the way `&str` is the borrowed form of `String`;
//! [`Slot`] is a field of a heap object that owns its content and may be replaced at any time.
//!
//! **Invariant:** an immortal object is referred to with the borrowed tag only, so dropping a reference to it is one test.

use crate::heap::count;
use crate::object::header::{Header, flags};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bit that marks a pointer word as owning no count.
pub const BORROWED_BIT: u64 = 4;
const FLOAT_BIAS: u64 = 0x3000_0000_0000_0000;
/// Largest and smallest int that fits the word.
pub const SMALL_INT_MAX: i64 = i64::MAX >> 1;
pub const SMALL_INT_MIN: i64 = i64::MIN >> 1;

/// The bare bits of a value. Copying it copies no ownership.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Word(pub u64);

/// Absent: an unbound local, an argument that was not given, a deleted attribute.
pub const UNBOUND: Word = Word(BORROWED_BIT);

impl Word {
    /// Encodes an int that fits 63 bits.
    #[inline(always)]
    pub const fn int(n: i64) -> Option<Word> {
        let w = (n as u64) << 1;
        if (w as i64) >> 1 == n {
            Some(Word(w | 1))
        } else {
            None
        }
    }
    /// Encodes a float whose exponent is in the common range; `None` for the others and for +0.0.
    #[inline(always)]
    pub const fn float(d: f64) -> Option<Word> {
        let v = d.to_bits().wrapping_sub(FLOAT_BIAS).rotate_left(3);
        if v & 3 == 0 { Some(Word(v | 2)) } else { None }
    }
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & 1 != 0
    }
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.0 & 3 == 2
    }
    #[inline(always)]
    pub const fn is_ptr(self) -> bool {
        self.0 & 3 == 0
    }
    /// A pointer word that owns a count.
    #[inline(always)]
    pub const fn is_owned_ptr(self) -> bool {
        self.0 & 7 == 0
    }
    #[inline(always)]
    pub const fn is_unbound(self) -> bool {
        self.0 == UNBOUND.0
    }
    /// The int; meaningful only if [`Word::is_int`].
    #[inline(always)]
    pub const fn as_int(self) -> i64 {
        (self.0 as i64) >> 1
    }
    /// The float; meaningful only if [`Word::is_float`].
    #[inline(always)]
    pub const fn as_float(self) -> f64 {
        f64::from_bits((self.0 ^ 2).rotate_right(3).wrapping_add(FLOAT_BIAS))
    }
    /// The object's address; meaningful only if [`Word::is_ptr`] and not unbound.
    #[inline(always)]
    pub const fn ptr(self) -> *mut Header {
        (self.0 & !BORROWED_BIT) as *mut Header
    }
    /// The word without its ownership tag: equal for all references to one object.
    #[inline(always)]
    pub const fn identity(self) -> u64 {
        if self.is_ptr() {
            self.0 & !BORROWED_BIT
        } else {
            self.0
        }
    }
    /// The same reference, owning nothing.
    #[inline(always)]
    pub const fn borrowed(self) -> Word {
        if self.is_ptr() {
            Word(self.0 | BORROWED_BIT)
        } else {
            self
        }
    }
}

/// A borrowed value, always used as `&Val`: a place that keeps its object alive as long as the reference lives.
///
/// The place may be flipped between owned and borrowed tag while it is referred to, hence the atomic.
#[repr(transparent)]
pub struct Val(AtomicU64);

impl Val {
    /// The bits.
    #[inline(always)]
    pub fn word(&self) -> Word {
        // Relaxed: the place belongs to this thread; only its tag may be changed by others, who synchronize by claiming the thread.
        Word(self.0.load(Ordering::Relaxed))
    }
    /// Views a word in memory as a value.
    #[inline(always)]
    pub fn from_word_ref(w: &Word) -> &Val {
        // SAFETY: both are transparent 64-bit wrappers of the same size and alignment; the atomic is only read through `&Val`.
        unsafe { &*(w as *const Word as *const Val) }
    }
    /// Views words in memory as values.
    #[inline(always)]
    pub fn from_words(w: &[Word]) -> &[Val] {
        // SAFETY: as in `from_word_ref`, elementwise.
        unsafe { &*(w as *const [Word] as *const [Val]) }
    }
    /// A new owned reference to the same object.
    #[inline(always)]
    pub fn to_obj(&self) -> Obj {
        Obj::clone_word(self.word())
    }
    #[inline(always)]
    pub fn is(&self, other: &Val) -> bool {
        self.word().identity() == other.word().identity()
    }
    #[inline(always)]
    pub fn is_unbound(&self) -> bool {
        self.word().is_unbound()
    }
    /// `None` for an argument that was not given.
    #[inline(always)]
    pub fn given(&self) -> Option<&Val> {
        if self.is_unbound() { None } else { Some(self) }
    }
    /// The header, if this is a heap object.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        let w = self.word();
        // SAFETY: a pointer word that is not unbound refers to a live object as long as the place that holds it lives.
        if w.is_ptr() && !w.is_unbound() {
            Some(unsafe { &*w.ptr() })
        } else {
            None
        }
    }
    /// Address that identifies the object (`id`), distinct for simultaneously living objects.
    pub fn id(&self) -> u64 {
        self.word().identity()
    }
}

/// An owned reference. Dropping it gives its count back; it belongs to the thread that is attached.
#[repr(transparent)]
pub struct Obj(std::num::NonZeroU64);

// An `Obj` counts in its thread's name, so it must not move to another thread silently: raw pointers make it !Send/!Sync.
const _: () = assert!(size_of::<Option<Obj>>() == 8);

impl Obj {
    /// Takes over the count (if any) that `w` owns.
    ///
    /// # Safety
    /// `w` must be a valid value whose ownership the caller gives away.
    #[inline(always)]
    pub unsafe fn from_word(w: Word) -> Obj {
        // SAFETY: no valid word is zero (ints have bit 0, floats bit 1, pointers are not null, UNBOUND is 4).
        Obj(unsafe { std::num::NonZeroU64::new_unchecked(w.0) })
    }
    /// A new owned reference to what `w` refers to.
    #[inline(always)]
    pub(crate) fn clone_word(w: Word) -> Obj {
        if w.is_ptr() && !w.is_unbound() {
            // SAFETY: `w` comes from a live place, so the object is alive.
            let w = unsafe { count::acquire(w.ptr()) };
            // SAFETY: `acquire` returned a word that owns what it says.
            return unsafe { Obj::from_word(w) };
        }
        // SAFETY: immediates and UNBOUND own nothing.
        unsafe { Obj::from_word(w) }
    }
    /// Gives the count to the caller as bare bits.
    #[inline(always)]
    pub fn into_word(self) -> Word {
        let w = Word(self.0.get());
        std::mem::forget(self);
        w
    }
    /// A small int; `n` must fit 63 bits (use `int::from_i64` for any).
    #[inline(always)]
    pub fn small(n: i64) -> Obj {
        debug_assert!(Word::int(n).is_some());
        // SAFETY: an int word owns nothing.
        unsafe { Obj::from_word(Word(((n as u64) << 1) | 1)) }
    }
    /// An owned reference to a new or already counted object: takes over one count.
    ///
    /// # Safety
    /// The caller owns one count on `p` and gives it away, or `p` is immortal.
    #[inline(always)]
    pub unsafe fn from_ptr(p: *mut Header) -> Obj {
        // SAFETY: `p` is live by the caller's promise.
        let immortal = unsafe { (*p).flags() & flags::IMMORTAL != 0 };
        // SAFETY: the count is handed over, or none is needed.
        unsafe { Obj::from_word(Word(p as u64 | if immortal { BORROWED_BIT } else { 0 })) }
    }
    /// The absent value.
    pub fn unbound() -> Obj {
        // SAFETY: UNBOUND owns nothing.
        unsafe { Obj::from_word(UNBOUND) }
    }
}

impl Deref for Obj {
    type Target = Val;
    #[inline(always)]
    fn deref(&self) -> &Val {
        // SAFETY: `Obj` and `Val` are transparent wrappers of one 64-bit word.
        unsafe { &*(self as *const Obj as *const Val) }
    }
}

impl Clone for Obj {
    #[inline(always)]
    fn clone(&self) -> Obj {
        self.to_obj()
    }
}

impl Drop for Obj {
    #[inline(always)]
    fn drop(&mut self) {
        let w = Word(self.0.get());
        if w.is_owned_ptr() {
            // SAFETY: this handle owns one count.
            unsafe { count::release(w.ptr()) }
        }
    }
}

/// A field of a heap object: owns its content. Readers take no lock; writers of containers hold the object's lock.
#[repr(transparent)]
pub struct Slot(AtomicU64);

impl Slot {
    /// An empty field.
    pub const fn empty() -> Slot {
        Slot(AtomicU64::new(UNBOUND.0))
    }
    #[inline(always)]
    pub fn new(v: Obj) -> Slot {
        let w = v.into_word();
        count::escape(w);
        Slot(AtomicU64::new(w.0))
    }
    /// The bits. Acquire: pairs with the Release store in `set`/`replace`, so the object's fields are seen.
    #[inline(always)]
    pub fn word(&self) -> Word {
        Word(self.0.load(Ordering::Acquire))
    }
    /// The content as a new owned reference; `None` if empty.
    #[inline(always)]
    pub fn get(&self) -> Option<Obj> {
        let w = self.word();
        if w.is_unbound() {
            None
        } else {
            Some(Obj::clone_word(w))
        }
    }
    /// The content, which the caller knows to be present; UNBOUND if it is not.
    #[inline(always)]
    pub fn obj(&self) -> Obj {
        Obj::clone_word(self.word())
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.word().is_unbound()
    }
    /// A borrowed view of a field that is written once, before its object is published (tuple items, function code ...).
    ///
    /// # Safety
    /// The field is never written while the returned reference lives.
    #[inline(always)]
    pub unsafe fn fixed(&self) -> &Val {
        // SAFETY: same representation; not written by the caller's promise.
        unsafe { &*(self as *const Slot as *const Val) }
    }
    /// Replaces the content and returns the old one.
    #[inline(always)]
    pub fn replace(&self, v: Obj) -> Option<Obj> {
        let old = self.swap_word(v.into_word());
        // SAFETY: the field owned the old content, which is ours now.
        if old.is_unbound() {
            None
        } else {
            Some(unsafe { Obj::from_word(old) })
        }
    }
    /// Replaces the content; the old one is dropped.
    #[inline(always)]
    pub fn set(&self, v: Obj) {
        drop(self.replace(v));
    }
    /// Empties the field and returns what it held.
    #[inline(always)]
    pub fn take(&self) -> Option<Obj> {
        let old = self.swap_word(UNBOUND);
        // SAFETY: the field owned the old content, which is ours now.
        if old.is_unbound() {
            None
        } else {
            Some(unsafe { Obj::from_word(old) })
        }
    }
    /// Stores bits whose ownership the caller gives away, returns the old bits with theirs.
    #[inline(always)]
    pub fn swap_word(&self, w: Word) -> Word {
        count::escape(w);
        if crate::thread::is_single_threaded() {
            // Release: publishes the new object's fields to lock-free readers (pairs with `word`).
            let old = Word(self.0.load(Ordering::Relaxed));
            self.0.store(w.0, Ordering::Release);
            return old;
        }
        // AcqRel: as above, and two writers never get the same old content.
        Word(self.0.swap(w.0, Ordering::AcqRel))
    }
    /// Initializes a field in memory that holds no content yet.
    #[inline(always)]
    pub fn init_word(&self, w: Word) {
        count::escape(w);
        self.move_word(w);
    }
    /// As `init_word`, for a word that comes from another field.
    #[inline(always)]
    pub fn move_word(&self, w: Word) {
        // Release: pairs with `word`.
        self.0.store(w.0, Ordering::Release);
    }
}

impl Drop for Slot {
    #[inline(always)]
    fn drop(&mut self) {
        let w = Word(*self.0.get_mut());
        if w.is_owned_ptr() {
            // SAFETY: the field owned one count.
            unsafe { count::release(w.ptr()) }
        }
    }
}
