//! What happens when a count becomes zero: finalizers and weak references first, then a worklist, never recursion.
//!
//! **Invariant:** nothing here runs Python code. Finalizers and weak-reference callbacks are queued and run at the next
//! bytecode boundary (`thread::pending`).

use crate::heap::weakref;
use crate::object::header::{HEADER_SIZE, Header, flags};
use crate::object::instance;
use crate::object::value::Obj;
use crate::thread::{self, Py};
use pirn_sync::biased_count::LimboExit;
use std::sync::atomic::Ordering;

/// Large objects are marked with this flag bit (set at allocation).
pub const LARGE_FLAG: u8 = 64;

/// The count of `p` has become zero.
///
/// # Safety
/// Nothing refers to `p` any more; called once for this zero.
pub unsafe fn zero(p: *mut Header) {
    // SAFETY: the memory is still an object.
    let h = unsafe { &*p };
    if h.flags() & (flags::DEFERRED | flags::IMMORTAL | flags::DYING) != 0 {
        return;
    }
    let py = thread::current();
    if h.ty().slots.finalize.addr() != 0 && finalize_first(py, p) {
        return;
    }
    if h.shared.is_merged() {
        // The zero set LIMBO; from now on weak references fail.
        let exit = h.shared.leave_limbo();
        debug_assert!(exit == LimboExit::Dead);
    }
    // SAFETY: by the caller's promise.
    unsafe { bury(py, p) };
}

/// Destroys an object, now or as part of the destruction that is under way.
///
/// # Safety
/// Nothing refers to `p`, which was claimed for destruction if other threads could look for it.
#[inline]
pub(crate) unsafe fn bury(py: &Py, p: *mut Header) {
    if py.draining.get() {
        py.dead.borrow_mut().push(p);
        return;
    }
    py.draining.set(true);
    // SAFETY: nothing refers to the object.
    unsafe { destroy(py, p) };
    if !py.dead.borrow().is_empty() {
        drain(py);
    }
    py.draining.set(false);
}

/// Hands an object at zero to the queue of finalizers, which owns it until its finalizer has run; false if it needs none. An
/// object in limbo leaves it.
#[inline(never)]
pub(crate) fn finalize_first(py: &Py, p: *mut Header) -> bool {
    // SAFETY: an object at zero is alive until it is buried.
    let h = unsafe { &*p };
    if !needs_finalizer(h) {
        return false;
    }
    if h.shared.is_merged() {
        // The zero set LIMBO; with a reference again, the next zero must be found again.
        h.shared.add();
        let exit = h.shared.leave_limbo();
        debug_assert!(exit == LimboExit::Lives);
    } else {
        h.owner.store(py.id, Ordering::Relaxed);
        h.local.store(1, Ordering::Relaxed);
        if h.shared.is_in_limbo() {
            let exit = h.shared.sole_leave_limbo(1);
            debug_assert!(exit == LimboExit::Lives);
        }
    }
    // SAFETY: the count just set is handed over.
    py.queue_finalizer(unsafe { Obj::from_ptr(p) });
    true
}

/// Whether a finalizer has to run before the object is destroyed.
pub fn needs_finalizer(h: &Header) -> bool {
    if h.flags() & flags::FINALIZED != 0 {
        return false;
    }
    let slots = &h.ty().slots;
    if slots.finalize.addr() == 0 {
        return false;
    }
    match slots.needs_finalize.get() {
        None => true,
        Some(f) => {
            let w = crate::object::value::Word(h as *const Header as u64).borrowed();
            f(crate::object::value::Val::from_word_ref(&w))
        }
    }
}

/// Destroys everything on the thread's list, the children of the object before in the order in which they were dropped.
#[inline(never)]
fn drain(py: &Py) {
    py.dead.borrow_mut().reverse();
    loop {
        let Some(p) = py.dead.borrow_mut().pop() else {
            break;
        };
        let before = py.dead.borrow().len();
        // SAFETY: objects on the list have no references left.
        unsafe { destroy(py, p) };
        let mut dead = py.dead.borrow_mut();
        if dead.len() > before + 1 {
            dead[before..].reverse();
        }
    }
}

/// Destroys one object and frees its memory.
///
/// # Safety
/// Nothing refers to `p` any more.
#[inline]
unsafe fn destroy(py: &Py, p: *mut Header) {
    // SAFETY: `p` is an object without references; its layout describes its payload.
    unsafe {
        let h = &*p;
        if h.flags() & flags::HAS_WEAKREF != 0 {
            weakref::object_dies(py, p);
        }
        let s = h.shape();
        if s.ext != 0 || s.ty().members != 0 {
            instance::drop_attributes(h);
        }
        let layout = h.shape().layout();
        if layout.needs_drop {
            (layout.drop)((p as *mut u8).add(HEADER_SIZE));
        }
        free_memory(py, p);
    }
}

/// # Safety
/// The payload of `p` has been dropped.
pub(crate) unsafe fn free_memory(py: &Py, p: *mut Header) {
    // SAFETY: by the caller's promise.
    unsafe {
        if (*p).flags() & LARGE_FLAG != 0 {
            py.heap.free_large(p);
        } else {
            if cfg!(debug_assertions) {
                // Poison: a use after free meets a shape pointer of zero and an odd word.
                (p as *mut u64).add(2).write(0xdead_dead_dead_dead);
            }
            py.heap.free(p);
        }
    }
}
