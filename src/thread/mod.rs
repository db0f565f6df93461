//! Threads: the state of an attached thread and how to find it.

pub mod pending;
pub mod state;
pub mod stress;

pub use state::Py;
pub(crate) use state::Seat;

use crate::object::header::Header;
use pirn_sync::handshake::Handshakes;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

thread_local! {
    static CURRENT: Cell<*const Py> = const { Cell::new(std::ptr::null()) };
    static CURRENT_ID: Cell<u16> = const { Cell::new(0) };
}

/// The threads of the process and their handshakes.
pub(crate) static HANDSHAKES: Handshakes<Seat> = Handshakes::new();

/// The work of handshake `number` on one thread, by itself or by whoever has claimed it: its borrows end, what waits for
/// handshakes grows older.
pub(crate) fn convert(seat: &Seat, number: u64) {
    let py = seat.state();
    py.interp.own_borrowed();
    py.limbo.acknowledge(number);
    py.retired.borrow_mut().acknowledge(number);
}

/// Number of Python threads that exist (attached or not).
static THREADS: AtomicU32 = AtomicU32::new(0);

/// Id of the attached thread, 0 if this OS thread is not attached.
#[inline(always)]
pub fn current_id() -> u16 {
    CURRENT_ID.get()
}

/// The attached thread's state.
///
/// # Panics
/// If the calling OS thread is not attached.
#[inline(always)]
pub fn current() -> &'static Py {
    let p = CURRENT.get();
    assert!(!p.is_null(), "not attached to the runtime");
    // SAFETY: the state outlives the attachment.
    unsafe { &*p }
}

/// Makes `py` this OS thread's state, or detaches with `None`.
pub(crate) fn set_current(py: Option<&'static Py>) {
    CURRENT.set(py.map_or(std::ptr::null(), |p| p as *const Py));
    CURRENT_ID.set(py.map_or(0, |p| p.id));
}

/// Whether at most one Python thread exists.
#[inline(always)]
pub fn is_single_threaded() -> bool {
    // Relaxed: changes only before a thread starts or after it ended, both of which synchronize.
    THREADS.load(Ordering::Relaxed) <= 1
}

/// Counts threads up or down.
pub(crate) fn count_threads(delta: i32) {
    THREADS.fetch_add(delta as u32, Ordering::SeqCst);
}

/// Number of Python threads.
pub fn thread_count() -> u32 {
    THREADS.load(Ordering::Relaxed)
}

/// Hands an object to its owner, which merges its counts; the entry owns the reference whose drop led here.
pub(crate) fn queue_merge(p: *mut Header) {
    state::queue_merge(p);
}

/// Frees memory that other threads may still look at, once they no longer can.
///
/// # Safety
/// `p` was allocated with `layout` and is unreachable for new readers.
pub(crate) unsafe fn retire(p: *mut u8, layout: std::alloc::Layout) {
    let storage = state::Storage(p, layout);
    if is_single_threaded() {
        // No other thread exists that could look at it.
        drop(storage);
    } else {
        state::retire(current(), storage);
    }
}

/// The same state with the lifetime it really has.
#[inline(always)]
pub(crate) fn current_of(py: &Py) -> &'static Py {
    // SAFETY: thread states live as long as the process.
    unsafe { &*(py as *const Py) }
}
