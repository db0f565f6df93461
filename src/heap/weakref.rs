//! The table of weak references: for each object with some, the addresses of its weak-reference objects, oldest first.
//!
//! The table is sharded by address; the header flag HAS_WEAKREF says whether an object has an entry.
//!
//! # Rules
//! - An entry exists as long as at least one living weak-reference object refers to the target. A weak reference that dies
//!   leaves its entry before its memory is freed; a target that dies takes its entry away before its memory is freed. So
//!   every address found under a shard's lock is the address of an object whose memory is intact.
//! - Whether that object is alive is decided by [`upgrade`]: it fails once the count has been found to be zero.
//! - Under a shard's lock nothing is dropped and no Python code runs.

use crate::heap::count;
use crate::object::address_hash::AddressHash;
use crate::object::header::{Header, flags};
use crate::object::native::Tracer;
use crate::object::native::typedef::{Trace, header_of};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::{self, Py, pending};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// Payload of `weakref.ref` and of the proxies.
pub struct WeakRefObj {
    /// Address of the target, 0 once it is dead. Written under the lock of the target's shard.
    target: AtomicUsize,
    /// Called with the weak reference when the target dies; empty for None.
    pub callback: Slot,
    /// Hash of the target, `NO_HASH` if it was never asked for.
    pub hash: AtomicI64,
}

/// Not a hash value.
pub const NO_HASH: i64 = -1;

impl Trace for WeakRefObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.callback);
    }
    fn clear(&self) {
        self.callback.take();
    }
}

impl Drop for WeakRefObj {
    fn drop(&mut self) {
        detach(self);
    }
}

const SHARDS: usize = 64;

type Shard = Mutex<HashMap<usize, Vec<usize>, AddressHash>>;

static TABLE: LazyLock<Vec<Shard>> =
    LazyLock::new(|| (0..SHARDS).map(|_| Mutex::default()).collect());

fn shard(target: usize) -> &'static Shard {
    &TABLE[(target >> 4 ^ target >> 12) % SHARDS]
}

/// A new reference to an object that the caller knows to have intact memory; `None` if it is dying.
///
/// # Safety
/// `p` is an object whose memory is not freed during the call (it is in the table, and its shard is locked).
unsafe fn upgrade(p: *mut Header) -> Option<Obj> {
    // SAFETY: by the caller's promise.
    let h = unsafe { &*p };
    let fl = h.flags();
    if fl & flags::IMMORTAL == 0 {
        // Relaxed: `owner` and `local` are exact for the owner only, who is the one to use them.
        let mine = h.owner.load(Ordering::Relaxed) == thread::current_id();
        if fl & flags::DEFERRED != 0
            || mine && (h.local.load(Ordering::Relaxed) > 0 || h.shared.is_in_limbo())
        {
            // SAFETY: deferred objects live until the collector has removed them from the table; the others have a reference.
            unsafe { count::increment(p) };
        } else if mine || thread::is_single_threaded() || !try_upgrade(h) {
            return None;
        }
    }
    // SAFETY: one count was just added.
    Some(unsafe { Obj::from_ptr(p) })
}

/// Adds a reference by the shared word. An object in limbo may be borrowed by a frame, so it is alive until it is claimed.
fn try_upgrade(h: &Header) -> bool {
    if count::DEFERRED_LOADS {
        h.shared.try_upgrade()
    } else {
        h.shared.try_upgrade_live()
    }
}

impl WeakRefObj {
    /// A weak reference that is not yet in the table.
    pub fn new(callback: Option<Obj>) -> WeakRefObj {
        WeakRefObj {
            target: AtomicUsize::new(0),
            callback: callback.map_or(Slot::empty(), Slot::new),
            hash: AtomicI64::new(NO_HASH),
        }
    }
    /// The target, if it is alive.
    pub fn target(&self) -> Option<Obj> {
        // Relaxed: decided under the lock.
        let at = self.target.load(Ordering::Relaxed);
        if at == 0 {
            return None;
        }
        let _guard = shard(at).lock();
        if self.target.load(Ordering::Relaxed) != at {
            return None;
        }
        // SAFETY: the entry exists and the shard is locked.
        unsafe { upgrade(at as *mut Header) }
    }
    /// Whether the target is dead or dying.
    pub fn is_dead(&self) -> bool {
        self.target().is_none()
    }
}

/// Enters a new weak-reference object into the table.
pub fn attach(weak: &Val, target: &Val) {
    let (Some(w), Some(t)) = (weak.header(), target.header()) else {
        return;
    };
    let at = t as *const Header as usize;
    let mut s = shard(at).lock();
    s.entry(at).or_default().push(w as *const Header as usize);
    t.set_flags(flags::HAS_WEAKREF | flags::ESCAPED);
    count::stored_into(t);
    // Relaxed: under the lock.
    weak.cast::<WeakRefObj>()
        .target
        .store(at, Ordering::Relaxed);
}

/// Takes a weak reference out of the table.
fn detach(w: &WeakRefObj) {
    // Relaxed: decided under the lock.
    let at = w.target.load(Ordering::Relaxed);
    if at == 0 {
        return;
    }
    let me = header_of(w) as *const Header as usize;
    let mut s = shard(at).lock();
    if w.target.swap(0, Ordering::Relaxed) == 0 {
        return;
    }
    if let Some(refs) = s.get_mut(&at) {
        refs.retain(|&r| r != me);
        if refs.is_empty() {
            s.remove(&at);
            // SAFETY: the entry existed, so the target's memory is intact.
            unsafe { (*(at as *mut Header)).clear_flags(flags::HAS_WEAKREF) };
        }
    }
}

/// The living weak-reference objects of a target, oldest first.
pub fn refs_of(target: &Val) -> Vec<Obj> {
    let Some(h) = target.header() else {
        return Vec::new();
    };
    if h.flags() & flags::HAS_WEAKREF == 0 {
        return Vec::new();
    }
    let at = h as *const Header as usize;
    let s = shard(at).lock();
    let Some(refs) = s.get(&at) else {
        return Vec::new();
    };
    // SAFETY: weak references in an entry have intact memory while the shard is locked.
    refs.iter()
        .filter_map(|&r| unsafe { upgrade(r as *mut Header) })
        .collect()
}

/// Takes weak references (all, or those with a callback) out of the entry of `p`, marks them dead and returns those that have
/// a callback to run, with it.
///
/// # Safety
/// The memory of `p` is intact.
unsafe fn take_entry(
    p: *mut Header,
    with_callback_only: bool,
    skip: &dyn Fn(*mut Header) -> bool,
) -> Vec<(Obj, Obj)> {
    let at = p as usize;
    let mut s = shard(at).lock();
    let (mut calls, mut left) = (Vec::new(), Vec::new());
    for r in s.remove(&at).unwrap_or_default() {
        let r = r as *mut Header;
        // SAFETY: weak references in an entry have intact memory while the shard is locked, and their payload is this.
        unsafe {
            let w = (*r).payload::<WeakRefObj>();
            if with_callback_only && w.callback.is_empty() {
                left.push(r as usize);
                continue;
            }
            w.target.store(0, Ordering::Relaxed);
            if !w.callback.is_empty()
                && !skip(r)
                && let Some(o) = upgrade(r)
                && let Some(c) = w.callback.take()
            {
                calls.push((o, c));
            }
        }
    }
    if left.is_empty() {
        // SAFETY: by the caller's promise.
        unsafe { (*p).clear_flags(flags::HAS_WEAKREF) };
    } else {
        s.insert(at, left);
    }
    calls
}

fn queue(py: &Py, calls: Vec<(Obj, Obj)>) {
    if !calls.is_empty() {
        // The newest reference's callback runs first.
        py.callbacks.borrow_mut().extend(calls.into_iter().rev());
        py.set_pending(pending::CALLBACKS);
    }
}

/// An object with weak references is destroyed: they are cleared, their callbacks queued. Runs no Python code.
///
/// # Safety
/// Nothing refers to `p`, whose memory is still intact.
pub unsafe fn object_dies(py: &Py, p: *mut Header) {
    // SAFETY: by the caller's promise.
    queue(py, unsafe { take_entry(p, false, &|_| false) });
}

/// As `object_dies`, for an object that the collector found unreachable: weak references that are garbage themselves
/// (`garbage`) run no callback.
///
/// # Safety
/// `p` is an object; the world is stopped, or the caller is the only thread.
pub(crate) unsafe fn clear_garbage(
    py: &Py,
    p: *mut Header,
    with_callback_only: bool,
    garbage: &dyn Fn(*mut Header) -> bool,
) {
    // SAFETY: by the caller's promise.
    queue(py, unsafe { take_entry(p, with_callback_only, garbage) });
}
