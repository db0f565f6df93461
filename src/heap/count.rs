//! Counting on object headers: owned references, the owner's plain count, everybody else's shared word.
//!
//! # Who may write what
//! `local`: the owner thread, without read-modify-write atomics. `shared`: any thread, by `SharedWord`'s transitions.
//! `owner`: the owner when it merges (to 0).
//!
//! # Two modes
//! With the feature `deferred-loads` a load of a reference from the heap into a frame slot stores the borrowed word and counts
//! nothing ([`acquire_for_frame`]); an object that was ever stored into the heap is ESCAPED and waits in [`limbo`] when its
//! count becomes zero. Without it every load owns a count, and zero destroys at once. Handlers are the same in both modes: they
//! say with the function that they call what kind of copy they make.
//!
//! | copy | function |
//! |---|---|
//! | from a field (`Slot`) or constant into a frame slot | [`acquire_for_frame`] |
//! | of an owned frame slot, or beyond the frame | [`own_for_frame`] |
//! | result of a frame, into its caller's slot | [`for_return`] |
//! | into a field of an object, or a handle | [`acquire`] |
//!
//! Immortal objects are never counted: their references carry the borrowed tag. Deferred objects are counted like others by
//! heap slots and native handles (frame slots leave them uncounted), but zero does not free them; see `heap::cycle`.
//! Counts saturate: an object whose local count reaches the limit is immortal from then on.

use crate::heap::{destroy, limbo};
use crate::object::header::{Header, flags};
use crate::object::value::{BORROWED_BIT, Word};
use crate::thread::{self, Py};
use pirn_sync::biased_count as bc;
use std::sync::atomic::Ordering;

/// A new reference to a live object, in the form that says whether it owns a count.
///
/// # Safety
/// `p` is a live object that stays alive during the call.
#[inline(always)]
pub unsafe fn acquire(p: *mut Header) -> Word {
    // SAFETY: live by the caller's promise.
    unsafe {
        if (*p).flags() & flags::IMMORTAL != 0 {
            return Word(p as u64 | BORROWED_BIT);
        }
        increment(p);
    }
    Word(p as u64)
}

/// Whether loads into frame slots are left uncounted; the other functions of this file follow from it.
pub const DEFERRED_LOADS: bool = cfg!(feature = "deferred-loads");

/// The word for a frame slot that receives the content of a field of an object, or a constant.
///
/// # Safety
/// `p` is a live object, read from a `Slot` or a constant, so that it is ESCAPED. The word goes into a slot of the running frame
/// before the next safepoint.
#[inline(always)]
pub unsafe fn acquire_for_frame(p: *mut Header) -> Word {
    if DEFERRED_LOADS {
        return Word(p as u64 | BORROWED_BIT);
    }
    // SAFETY: by the caller's promise.
    unsafe { own_for_frame(p) }
}

/// As [`acquire_for_frame`]; `dying` says that the container is a temporary that is dropped next, so that a borrowed word would
/// send the object to limbo.
///
/// # Safety
/// As for [`acquire_for_frame`].
#[inline(always)]
pub unsafe fn acquire_from(p: *mut Header, dying: bool) -> Word {
    if DEFERRED_LOADS && !dying {
        return Word(p as u64 | BORROWED_BIT);
    }
    // SAFETY: by the caller's promise.
    unsafe { own_for_frame(p) }
}

/// As [`acquire_from`], for any content of a field.
///
/// # Safety
/// As for [`acquire_from`] if `w` is a pointer word.
#[inline(always)]
pub unsafe fn load(w: Word, dying: bool) -> Word {
    if w.is_owned_ptr() {
        // SAFETY: by the caller's promise.
        return unsafe { acquire_from(w.ptr(), dying) };
    }
    w
}

/// The result `w` (not owned) of a frame, for its caller's slot: what is not ESCAPED may be kept by the ending frame's callers
/// only, so it gets a count of its own.
///
/// # Safety
/// `w` is a pointer word for a live object.
#[inline(always)]
pub unsafe fn for_return(w: Word) -> Word {
    // SAFETY: live by the caller's promise.
    unsafe {
        if DEFERRED_LOADS && (*w.ptr()).flags() & flags::ESCAPED != 0 {
            return w;
        }
        own_for_frame(w.ptr())
    }
}

/// As `w`, but owned if it is a borrowed word for an object that frames count.
///
/// # Safety
/// If `w` is a pointer word, it is UNBOUND or the object is alive.
#[inline(always)]
pub unsafe fn owned(w: Word) -> Word {
    if w.is_ptr() && !w.is_owned_ptr() && !w.is_unbound() {
        // SAFETY: by the caller's promise.
        return unsafe { own_for_frame(w.ptr()) };
    }
    w
}

/// Marks the object that `w` owns as reachable from the heap. To be called before the store that publishes it.
#[inline(always)]
pub fn escape(w: Word) {
    if DEFERRED_LOADS && w.is_owned_ptr() {
        // SAFETY: the word owns a count.
        let h = unsafe { &*w.ptr() };
        let f = h.flags();
        if f & flags::ESCAPED == 0 {
            // Relaxed, and no read-modify-write: until the store that follows, one thread knows the object.
            h.flags.store(f | flags::ESCAPED, Ordering::Relaxed);
        }
    }
}

/// To be called when an attribute of `h` was set: an object that waits in limbo may refer to something noticeable now.
#[inline(always)]
pub fn stored_into(h: &Header) {
    if DEFERRED_LOADS && h.shared.is_in_limbo() {
        limbo::noticed();
    }
}

/// A counted reference for a frame slot or a suspended frame: deferred objects are not counted.
///
/// # Safety
/// As for `acquire`.
#[inline(always)]
pub unsafe fn own_for_frame(p: *mut Header) -> Word {
    // SAFETY: live by the caller's promise.
    unsafe {
        if (*p).flags() & (flags::IMMORTAL | flags::DEFERRED) != 0 {
            return Word(p as u64 | BORROWED_BIT);
        }
        increment(p);
    }
    Word(p as u64)
}

/// Adds one count to an object that is not immortal.
///
/// # Safety
/// `p` is a live object that stays alive during the call.
#[inline(always)]
pub unsafe fn increment(p: *mut Header) {
    // SAFETY: live by the caller's promise.
    let h = unsafe { &*p };
    // Relaxed: only the owner passes the test, and only the owner writes `local`.
    if h.owner.load(Ordering::Relaxed) == thread::current_id() {
        let n = h.local.load(Ordering::Relaxed);
        h.local.store(n.wrapping_add(1), Ordering::Relaxed);
        if n > LOCAL_LIMIT {
            saturate(h);
        }
    } else {
        h.shared.add();
    }
}

/// The word of a field for a frame slot ([`load`]), if that takes no more than a plain increment. `None`: the field is empty,
/// or the caller's slow path has to do it.
///
/// # Safety
/// As for [`load`].
#[inline(always)]
pub unsafe fn quick_load(py: &Py, w: Word, dying: bool) -> Option<Word> {
    if DEFERRED_LOADS && !dying && w.is_owned_ptr() {
        return Some(w.borrowed());
    }
    // SAFETY: by the caller's promise.
    unsafe { quick_for_frame(py, w) }
}

/// [`for_return`] of a borrowed word under the same conditions.
///
/// # Safety
/// As for [`for_return`].
#[inline(always)]
pub unsafe fn quick_return(py: &Py, w: Word) -> Option<Word> {
    // SAFETY: by the caller's promise.
    unsafe {
        if DEFERRED_LOADS && (*w.ptr()).flags() & flags::ESCAPED != 0 {
            return Some(w);
        }
        quick_for_frame(py, Word(w.0 & !BORROWED_BIT))
    }
}

/// An owned word with a count of its own for a frame slot ([`own_for_frame`]), under the same conditions; other words but
/// UNBOUND as they are.
///
/// # Safety
/// `w` was read from a live place and its object stays alive during the call.
#[inline(always)]
pub unsafe fn quick_for_frame(py: &Py, w: Word) -> Option<Word> {
    if !w.is_owned_ptr() {
        return if w.is_unbound() { None } else { Some(w) };
    }
    // SAFETY: by the caller's promise.
    unsafe {
        if (*w.ptr()).flags() & (flags::IMMORTAL | flags::DEFERRED) != 0 {
            return Some(w.borrowed());
        }
        if quick_increment(py, w.ptr()) {
            Some(w)
        } else {
            None
        }
    }
}

/// The word of a frame slot as a heap slot may hold it, with a count of its own, under the same conditions.
///
/// # Safety
/// As for `quick_for_frame`.
#[inline(always)]
pub unsafe fn quick_for_heap(py: &Py, w: Word) -> Option<Word> {
    if !w.is_ptr() {
        return Some(w);
    }
    if w.is_unbound() {
        return None;
    }
    // SAFETY: by the caller's promise.
    unsafe {
        if (*w.ptr()).flags() & flags::IMMORTAL != 0 {
            return Some(w.borrowed());
        }
        if quick_increment(py, w.ptr()) {
            Some(Word(w.0 & !BORROWED_BIT))
        } else {
            None
        }
    }
}

/// Adds a count if this thread owns the object and the count is far from saturation.
///
/// # Safety
/// `p` is a live object.
#[inline(always)]
pub unsafe fn quick_increment(py: &Py, p: *mut Header) -> bool {
    // SAFETY: by the caller's promise.
    let h = unsafe { &*p };
    // Relaxed: as in `increment`.
    let n = h.local.load(Ordering::Relaxed);
    if h.owner.load(Ordering::Relaxed) != py.id || n > LOCAL_LIMIT {
        return false;
    }
    h.local.store(n + 1, Ordering::Relaxed);
    true
}

/// Gives a count back if this thread owns the object and others remain.
///
/// # Safety
/// The caller owns a count on `p`, which it has given up if the answer is true.
#[inline(always)]
pub unsafe fn quick_release(py: &Py, p: *mut Header) -> bool {
    // SAFETY: by the caller's promise.
    let h = unsafe { &*p };
    // Relaxed: as in `increment`.
    let n = h.local.load(Ordering::Relaxed);
    if h.owner.load(Ordering::Relaxed) != py.id || n <= 1 {
        return false;
    }
    h.local.store(n - 1, Ordering::Relaxed);
    true
}

const LOCAL_LIMIT: u32 = u32::MAX - 1024;

#[cold]
fn saturate(h: &Header) {
    h.set_flags(flags::IMMORTAL);
    h.local.store(LOCAL_LIMIT, Ordering::Relaxed);
}

/// Gives one count back; the object may be destroyed or queued for it, no Python code runs.
///
/// # Safety
/// The caller owns a count on `p` and gives it up.
#[inline(always)]
pub unsafe fn release(p: *mut Header) {
    // SAFETY: the caller's count keeps the object alive until the decrement.
    let h = unsafe { &*p };
    // Relaxed: as in `increment`.
    if h.owner.load(Ordering::Relaxed) == thread::current_id() {
        let n = h.local.load(Ordering::Relaxed).wrapping_sub(1);
        h.local.store(n, Ordering::Relaxed);
        if n == 0 {
            // SAFETY: handed on.
            unsafe { local_zero(p) }
        }
    } else {
        // SAFETY: handed on.
        unsafe { release_shared(p) }
    }
}

/// The owner's count is zero.
#[inline(never)]
unsafe fn local_zero(p: *mut Header) {
    // SAFETY: the object is alive: its memory is only freed through `destroy`.
    let h = unsafe { &*p };
    if h.flags() & flags::IMMORTAL != 0 {
        return;
    }
    if !thread::is_single_threaded() {
        h.owner.store(0, Ordering::Relaxed);
        match h.shared.merge(0) {
            bc::Merged::Zero => {}
            bc::Merged::Live => return,
        }
    }
    // With one thread all counts are local (rule 5 of the ownership rules): zero here is zero.
    // SAFETY: a merge finds zero once only.
    unsafe { found_zero(p) }
}

/// No reference is counted any more.
///
/// # Safety
/// Called by the finder of this zero.
#[inline(always)]
pub(crate) unsafe fn found_zero(p: *mut Header) {
    // SAFETY: the memory is that of an object until `destroy` frees it.
    unsafe {
        if DEFERRED_LOADS && (*p).flags() & (flags::ESCAPED | flags::DEFERRED) == flags::ESCAPED {
            limbo::zero(p)
        } else {
            destroy::zero(p)
        }
    }
}

/// Whether no reference is counted; exact for a thread that has found zero.
#[inline(always)]
pub fn is_zero(h: &Header) -> bool {
    total(h) == 0
}

/// A thread that is not the owner gives a count back.
#[cold]
#[inline(never)]
unsafe fn release_shared(p: *mut Header) {
    // SAFETY: our count keeps the object alive until the subtraction.
    let h = unsafe { &*p };
    match h.shared.subtract() {
        bc::Dropped::Live => {}
        // SAFETY: found by one thread only.
        bc::Dropped::Zero => unsafe { found_zero(p) },
        bc::Dropped::Queue => thread::queue_merge(p),
    }
}

/// The number of counted references, as far as this thread can see.
pub fn total(h: &Header) -> i64 {
    h.local.load(Ordering::Relaxed) as i64 + h.shared.state().count as i64
}

/// Whether the caller's reference is the only one: this thread owns the object, one local and no shared count, and no frame
/// slot can hold a borrowed word for it.
#[inline(always)]
pub fn is_unique(h: &Header) -> bool {
    (!DEFERRED_LOADS || h.flags() & flags::ESCAPED == 0)
        && h.owner.load(Ordering::Relaxed) == thread::current_id()
        && h.local.load(Ordering::Relaxed) == 1
        && h.shared.state().count == 0
}
