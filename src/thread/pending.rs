//! Work that waits for a bytecode boundary: finalizers, weak-reference callbacks, signals, collection.

use super::Py;
use crate::error::PyResult;
use crate::object::header::flags;
use std::sync::atomic::Ordering;

/// Bits of the poll word.
pub const FINALIZERS: u32 = 1;
pub const CALLBACKS: u32 = 2;
pub const SIGNALS: u32 = 4;
pub const COLLECT: u32 = 8;
/// Limbo wants a handshake.
pub const LIMBO: u32 = 32;
/// Another thread asks for an acknowledgement or a stop.
pub const HANDSHAKE: u32 = 64;
/// Somebody outside wants the running code to stop with KeyboardInterrupt.
pub const INTERRUPT: u32 = 16;

/// Does all pending work. Runs Python code; errors of finalizers are reported, an error of a signal handler is raised.
#[cold]
#[inline(never)]
pub fn run(py: &Py) -> PyResult<()> {
    // The request is taken back before the reasons are read, so that one that comes in between (a signal) is not lost.
    if !py.stress.handshake.get() {
        py.interp.clear_pending();
    }
    if !super::is_single_threaded() {
        super::state::run_merge_queue(py);
    }
    // Acquire: pairs with the Release in `set_pending`.
    let why = py.poll.swap(0, Ordering::Acquire);
    if why & HANDSHAKE != 0 {
        super::HANDSHAKES.safepoint(py.seat(), super::convert);
    }
    if why & LIMBO != 0 || py.stress.handshake.get() {
        crate::heap::limbo::handshake(py);
    }
    if (why | py.poll.load(Ordering::Relaxed)) & (FINALIZERS | CALLBACKS) != 0 {
        run_finalizers(py);
    }
    if why & COLLECT != 0 {
        crate::heap::cycle::collect_if_due(py);
    }
    if why & SIGNALS != 0 {
        crate::stdlib::signal::run_handlers(py)?;
    }
    if why & INTERRUPT != 0 {
        return Err(py.error(&crate::builtins::exceptions::KEYBOARD_INTERRUPT, ""));
    }
    Ok(())
}

/// Runs queued finalizers and weak-reference callbacks until none is left, in the order in which their objects died.
pub fn run_finalizers(py: &Py) {
    loop {
        if py.limbo.is_urgent() {
            crate::heap::limbo::handshake(py);
        }
        let finalizers = std::mem::take(&mut *py.finalizers.borrow_mut());
        let callbacks = std::mem::take(&mut *py.callbacks.borrow_mut());
        if finalizers.is_empty() && callbacks.is_empty() {
            return;
        }
        for o in finalizers {
            if let Some(h) = o.header()
                && h.flags() & flags::FINALIZED == 0
            {
                h.set_flags(flags::FINALIZED);
                if let Some(f) = h.ty().slots.finalize.get() {
                    f(py, &o);
                }
            }
        }
        for (r, callback) in callbacks {
            if let Err(e) = crate::object::ops::call1(py, &callback, &r) {
                crate::error::unraisable::write_doing(
                    py,
                    e,
                    "while calling weakref callback",
                    &callback,
                );
            }
        }
    }
}
