//! Limbo: escaped objects whose count is zero wait here for a handshake, because a frame may still hold a borrowed word for
//! them. Handshakes end all borrows; what is still at zero afterwards is destroyed.
//!
//! # Who may write what
//! A thread's `Limbo` belongs to it, as its frames do: to the thread while it is attached, to whoever has claimed or stopped
//! it. The counts' own rules are in `pirn_sync::biased_count`, the numbering in `pirn_sync::handshake` and `qsbr`.
//!
//! # Rules
//! - Entering ([`zero`]) runs no Python code, never waits and is no safepoint. It asks for a handshake at the next bytecode
//!   boundary unless the object [`may_wait`]: nothing that a program can notice depends on when it dies.
//! - A handshake ([`handshake`]) happens at safepoints only: all references that are in use are in frame slots, in handles,
//!   or kept by one of them.
//! - A sole thread completes its handshake at once; so does one whose siblings are all detached. Everything that waited when
//!   it began has then seen a whole handshake. Otherwise the generations of `Grace` decide.
//! - While `direct` is set no frame slot is borrowed, so objects at zero are destroyed directly: the cascade of a large
//!   destruction needs no second handshake.

use crate::heap::alloc::Heap;
use crate::heap::{count, destroy};
use crate::object::header::{Header, flags};
use crate::object::instance;
use crate::object::shape::AttrMode;
use crate::object::value::Word;
use crate::thread::{self, Py, pending};
use pirn_sync::biased_count::LimboExit;
use pirn_sync::handshake::Begin;
use pirn_sync::qsbr::Grace;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Waiting objects that bring a handshake about.
const FULL: usize = 256;
/// Attribute slots or tuple items that are looked at when an object dies; one with more never waits.
const FEW: usize = 8;
/// How long a thread waits, detached, for the others to acknowledge.
const PATIENCE: Duration = Duration::from_millis(1);
/// Consecutive handshakes that a cascade of destructions may need before it is finished while the world is stopped.
const CASCADE: u32 = 3;

/// The waiting objects of one thread.
pub(crate) struct Limbo {
    waiting: RefCell<Grace<*mut Header>>,
    /// Number of waiting objects.
    len: Cell<usize>,
    /// No frame slot is borrowed, and no bytecode runs: zero destroys.
    direct: Cell<bool>,
    /// Something waits that a program could notice.
    urgent: Cell<bool>,
    /// Consecutive handshakes after which destroyed objects' children came in.
    rounds: Cell<u32>,
    /// Reused by `sweep`.
    work: Cell<Vec<*mut Header>>,
}

impl Limbo {
    pub fn new() -> Limbo {
        Limbo {
            waiting: RefCell::new(Grace::new()),
            len: Cell::new(0),
            direct: Cell::new(false),
            urgent: Cell::new(false),
            rounds: Cell::new(0),
            work: Cell::new(Vec::new()),
        }
    }
    /// Part of the work of handshake `number`.
    pub fn acknowledge(&self, number: u64) {
        self.waiting.borrow_mut().acknowledge(number);
    }
    /// Whether something waits that a program could notice.
    pub fn is_urgent(&self) -> bool {
        self.urgent.get()
    }
    /// Calls `f` for each waiting object: they are roots of a collection.
    pub fn each(&self, f: &mut dyn FnMut(*mut Header)) {
        self.waiting.borrow().iter().for_each(|&p| f(p));
    }
}

/// The count of an escaped object has become zero; in a process of several threads LIMBO is set already.
///
/// # Safety
/// Nothing owns a count on `p`; called by the finder of this zero.
#[inline(never)]
pub(crate) unsafe fn zero(p: *mut Header) {
    let py = thread::current();
    let limbo = &py.limbo;
    // SAFETY: the object is alive until limbo lets it go.
    let h = unsafe { &*p };
    let sole = thread::is_single_threaded();
    if limbo.direct.get() {
        if !(sole && h.shared.is_in_limbo()) {
            // SAFETY: no borrows exist, see the module documentation. What has an entry is examined in its turn.
            unsafe { destroy::zero(p) };
        }
        return;
    }
    if !may_wait(h) {
        ask(py);
    }
    if sole && !h.shared.sole_enter_limbo() {
        return;
    }
    limbo.waiting.borrow_mut().retire(p);
    limbo.len.set(limbo.len.get() + 1);
    if limbo.len.get() >= FULL {
        py.set_pending(pending::LIMBO);
    }
}

/// Asks for a handshake at the next bytecode boundary.
fn ask(py: &Py) {
    py.limbo.urgent.set(true);
    py.set_pending(pending::LIMBO);
}

/// Something was done to an object in limbo (a weak reference, a new attribute) that may make its end noticeable.
#[cold]
#[inline(never)]
pub(crate) fn noticed() {
    ask(thread::current());
}

/// Whether nothing that a program can notice depends on when the object dies: it has neither finalizer nor weak reference, and
/// all that it refers to lives on or is a leaf of that kind.
#[inline(always)]
fn may_wait(h: &Header) -> bool {
    if h.flags() & (flags::HAS_WEAKREF | destroy::LARGE_FLAG) != 0 {
        return false;
    }
    let s = h.shape();
    let ty = s.ty();
    if ty.slots.finalize.addr() != 0 {
        return false;
    }
    if !Heap::is_tracked(h) {
        return true;
    }
    if std::ptr::eq(s, crate::builtins::tuple::TUPLE.shape()) {
        // SAFETY: the shape tells the layout.
        let items = unsafe { h.payload::<crate::builtins::tuple::TupleObj>() }.items();
        return items.len() <= FEW && items.iter().all(|v| is_leaf(v.word()));
    }
    // The layout of `object` has no payload, so the attribute slots are all that there is.
    ty.layout.size == 0
        && ty.members == 0
        && s.mode == AttrMode::Slots
        && s.len as usize <= FEW
        && (0..s.len).all(|i| is_leaf(instance::slot(h, s, i).word()))
}

/// A child that cannot make its parent's end noticeable.
#[inline(always)]
fn is_leaf(w: Word) -> bool {
    if !w.is_owned_ptr() {
        return true;
    }
    // SAFETY: the parent owns a count.
    let h = unsafe { &*w.ptr() };
    h.flags() & flags::DEFERRED != 0
        || h.flags() & (flags::HAS_WEAKREF | destroy::LARGE_FLAG) == 0
            && !Heap::is_tracked(h)
            && h.ty().slots.finalize.addr() == 0
}

/// Ends all borrows and destroys what is then still at zero, as far as that is possible at once. Must be called at a safepoint;
/// runs no Python code (finalizers are queued).
pub fn handshake(py: &Py) {
    // Without deferred loads a sole thread has nothing to end and nothing that waits.
    if count::DEFERRED_LOADS || !thread::is_single_threaded() {
        let number = thread::HANDSHAKES.alone(py.seat(), |_, _| py.interp.own_borrowed());
        if number.is_some() {
            py.retired.borrow_mut().take_all();
            take_all_and_sweep(py);
        } else {
            among_others(py);
        }
    }
    if py.stress.recount.get() > 0 {
        crate::heap::verify::after_handshake(py);
    }
}

/// All that waits has seen a whole handshake, and no thread holds a borrowed word for it.
fn take_all_and_sweep(py: &Py) {
    let limbo = &py.limbo;
    limbo.urgent.set(false);
    if limbo.len.replace(0) == 0 {
        return;
    }
    let mut work = limbo.work.take();
    limbo.waiting.borrow_mut().take_all_into(&mut work);
    let outer = limbo.direct.replace(thread::is_single_threaded());
    sweep(py, &mut work);
    limbo.direct.set(outer);
    limbo.work.set(work);
}

/// A handshake with other threads: begun or answered here; what is ripe is destroyed.
#[cold]
#[inline(never)]
fn among_others(py: &Py) {
    let limbo = &py.limbo;
    let begun = thread::HANDSHAKES.begin(thread::convert);
    thread::HANDSHAKES.safepoint(py.seat(), thread::convert);
    let number = match begun {
        Begin::Begun(n) => {
            if thread::HANDSHAKES.completed() >= n {
                // All others were detached; what waits came in before it began.
                return take_all_and_sweep(py);
            }
            n
        }
        Begin::InFlight(n) => n,
        Begin::Busy => thread::HANDSHAKES.begun(),
    };
    if limbo.urgent.get() {
        let done = py.detached(|| thread::HANDSHAKES.wait_completed(number, Some(PATIENCE)));
        if !done {
            return py.set_pending(pending::LIMBO);
        }
    }
    let mut work = limbo.work.take();
    let completed = thread::HANDSHAKES.completed();
    drop(py.retired.borrow_mut().take_ripe(completed));
    work.extend(limbo.waiting.borrow_mut().take_ripe(completed));
    limbo.len.set(limbo.len.get().saturating_sub(work.len()));
    let before = limbo.len.get();
    sweep(py, &mut work);
    limbo.work.set(work);
    if limbo.len.get() == 0 {
        limbo.urgent.set(false);
        limbo.rounds.set(0);
        return;
    }
    // Children came in: a long chain must not need a handshake for each of its links.
    let rounds = if limbo.len.get() > before {
        limbo.rounds.get() + 1
    } else {
        0
    };
    limbo.rounds.set(rounds);
    if rounds >= CASCADE {
        limbo.rounds.set(0);
        let world = thread::HANDSHAKES.stop_the_world(Some(py.seat()), thread::convert);
        loop {
            take_all_and_sweep(py);
            if limbo.len.get() == 0 {
                break;
            }
        }
        drop(world);
    } else if limbo.urgent.get() {
        py.set_pending(pending::LIMBO);
    }
}

/// Decides about objects that have seen a whole handshake; those that were touched wait for another one.
fn sweep(py: &Py, work: &mut Vec<*mut Header>) {
    for p in work.drain(..) {
        // SAFETY: an entry of a limbo list keeps the object's memory.
        let h = unsafe { &*p };
        if count::is_zero(h) && h.ty().slots.finalize.addr() != 0 && destroy::finalize_first(py, p)
        {
            continue;
        }
        let exit = if h.shared.is_merged() {
            h.shared.leave_limbo()
        } else {
            h.shared
                .sole_leave_limbo(h.local.load(std::sync::atomic::Ordering::Relaxed))
        };
        match exit {
            // SAFETY: claimed by this thread, and no borrow is left.
            LimboExit::Dead => unsafe { destroy::bury(py, p) },
            LimboExit::Again => {
                py.limbo.waiting.borrow_mut().retire(p);
                py.limbo.len.set(py.limbo.len.get() + 1);
            }
            LimboExit::Lives => {}
        }
    }
}

/// Runs `f` while objects at zero are destroyed directly, as the collector needs it: all borrows have been ended, and `f` runs
/// no Python code.
pub(crate) fn directly<R>(py: &Py, f: impl FnOnce() -> R) -> R {
    let outer = py.limbo.direct.replace(true);
    let r = f();
    py.limbo.direct.set(outer);
    r
}
