//! Counting on object headers: owned references, the owner's plain count, everybody else's shared word.
//!
//! # Who may write what
//! `local`: the owner thread, without read-modify-write atomics. `shared`: any thread, by `SharedWord`'s transitions.
//! `owner`: the owner when it merges (to 0).
//!
//! Immortal objects are never counted: their references carry the borrowed tag. Deferred objects are counted like others by
//! heap slots and native handles (frame slots leave them uncounted), but zero does not free them; see `heap::cycle`.
//! Counts saturate: an object whose local count reaches the limit is immortal from then on.

use crate::heap::destroy;
use crate::object::header::{Header, flags};
use crate::object::value::{BORROWED_BIT, Word};
use crate::thread;
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

/// As `acquire`, for a frame slot: deferred objects are not counted.
///
/// # Safety
/// As for `acquire`.
#[inline(always)]
pub unsafe fn acquire_for_frame(p: *mut Header) -> Word {
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
#[cold]
#[inline(never)]
unsafe fn local_zero(p: *mut Header) {
    // SAFETY: the object is alive: its memory is only freed through `destroy`.
    let h = unsafe { &*p };
    if h.flags() & flags::IMMORTAL != 0 {
        return;
    }
    if thread::is_single_threaded() {
        // All counts are local (rule 5 of the ownership rules): zero here is zero.
        // SAFETY: nothing refers to the object any more.
        return unsafe { destroy::zero(p) };
    }
    h.owner.store(0, Ordering::Relaxed);
    match h.shared.merge(0) {
        // SAFETY: the merge found zero, which one thread does only.
        bc::Merged::Zero => unsafe { destroy::zero(p) },
        bc::Merged::Live => {}
    }
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
        bc::Dropped::Zero => unsafe { destroy::zero(p) },
        bc::Dropped::Queue => thread::queue_merge(p),
    }
}

/// The number of counted references, as far as this thread can see.
pub fn total(h: &Header) -> i64 {
    h.local.load(Ordering::Relaxed) as i64 + h.shared.state().count as i64
}

/// Whether the caller's reference is the only one: this thread owns the object, one local and no shared count.
#[inline(always)]
pub fn is_unique(h: &Header) -> bool {
    h.owner.load(Ordering::Relaxed) == thread::current_id()
        && h.local.load(Ordering::Relaxed) == 1
        && h.shared.state().count == 0
}
