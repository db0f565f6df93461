//! Exceptions: the search for a handler, frame by frame; tracebacks; the end of frames.

use super::abi::{DONE, Table};
use super::frame::{Frame, ff};
use super::trace;
use crate::builtins::exceptions::ExcObj;
use crate::builtins::{frame as frame_obj, generator, traceback};
use crate::error::Raised;
use crate::object::value::{UNBOUND, Val, Word};
use crate::thread::Py;

/// Handles the exception that `InterpState::set_raised` holds: goes on in a handler, or leaves to native code.
#[cold]
#[inline(never)]
pub unsafe extern "C-unwind" fn op_unwind(
    _ip: *const u64,
    _base: *mut u64,
    _table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    _w: u64,
) -> u64 {
    let e = py.interp.take_raised(py);
    add_context(py, &e);
    // SAFETY: `frame` is the running frame.
    unsafe { unwind_from(py, frame, e, true) }
}

/// As `op_unwind`, for an exception thrown into a generator: only what the generator itself is handling becomes its
/// context.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn unwind_thrown(py: &'static Py, frame: *mut Frame) -> u64 {
    let e = py.interp.take_raised(py);
    if py.interp.level().value.get().is_some_and(|v| !v.is_none()) {
        set_context(py, &e);
    }
    // SAFETY: by the caller's promise.
    unsafe { unwind_from(py, frame, e, true) }
}

/// As `op_unwind`, for an exception that keeps its traceback in this frame (RERAISE).
pub unsafe extern "C-unwind" fn op_unwind_again(
    _ip: *const u64,
    _base: *mut u64,
    _table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    _w: u64,
) -> u64 {
    let e = py.interp.take_raised(py);
    // SAFETY: `frame` is the running frame.
    unsafe { unwind_from(py, frame, e, false) }
}

/// The exception being handled becomes the context of a new one.
fn add_context(py: &Py, e: &Raised) {
    if e.0.get::<ExcObj>().is_some_and(|x| x.context.is_empty()) {
        set_context(py, e);
    }
}

/// Makes the exception being handled the context of `e`, whatever that had before.
pub(crate) fn set_context(py: &Py, e: &Raised) {
    let Some(x) = e.0.get::<ExcObj>() else { return };
    let Some(handled) = py.interp.handled() else {
        return;
    };
    if handled.is(&e.0) {
        return;
    }
    // A chain that already contains the new exception must not become a cycle.
    let mut at = handled.clone();
    // Half as fast as `at`: they meet if a program has made a cycle.
    let mut slow = handled.clone();
    let mut steps = 0usize;
    loop {
        let Some(next) = at.get::<ExcObj>().and_then(|x| x.context.get()) else {
            break;
        };
        if next.is(&e.0) {
            if let Some(x) = at.get::<ExcObj>() {
                x.context.take();
            }
            break;
        }
        at = next;
        steps += 1;
        if at.is(&slow) {
            break;
        }
        if steps % 2 == 0
            && let Some(next) = slow.get::<ExcObj>().and_then(|x| x.context.get())
        {
            slow = next;
        }
    }
    x.context.set(handled);
}

/// # Safety
/// `frame` is the running frame.
unsafe fn unwind_from(py: &'static Py, frame: *mut Frame, e: Raised, add_tb: bool) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        let (ip, frame) = search(py, frame, e, add_tb);
        if ip.is_null() {
            return DONE;
        }
        // The handler's frame is the running one now.
        let base = (*frame).base;
        let table = reload!(py);
        next!(ip, base, table, py, frame)
    }
}

/// The handler and its frame, whose address is in no place of the caller's, so that the caller ends in a jump; null when native
/// code called the frames that ended.
#[inline(never)]
unsafe fn search(
    py: &'static Py,
    mut frame: *mut Frame,
    mut e: Raised,
    mut add_tb: bool,
) -> (*const u64, *mut Frame) {
    // SAFETY: frames from the running one down to the entry frame are live records of this thread.
    unsafe {
        loop {
            let index = (*frame).index();
            if add_tb {
                let line = line_of(frame, index);
                traceback::push(py, &e.0, frame_obj::of(py, frame), index, line);
            }
            if add_tb || (*frame).code().position(index as usize).line != 0 {
                py.interp.raised_at.set((frame, index));
            }
            let traced = py.interp.trace.is_on();
            if traced {
                e = trace::raised(py, frame, e, !add_tb);
            }
            add_tb = true;
            if let Some((handler, depth)) = (*frame).code().handler(index) {
                if traced {
                    e = trace::handled(py, frame, e);
                }
                clear_slots((*frame).base.add(depth as usize), (*frame).top());
                *(*frame).base.add(depth as usize) = e.0.into_word().0;
                let ip = (*frame).code().words_ptr().add(handler as usize);
                (*frame).ip = ip;
                return (ip, frame);
            }
            if (*frame).object().is_some() && (*frame).code().position(index as usize).line == 0 {
                // Clean-up without a line of its own: the frame ends where the exception was raised last.
                let (at, i) = py.interp.raised_at.get();
                let last = if std::ptr::eq(at, frame) {
                    Some(i)
                } else {
                    (*frame)
                        .object()
                        .and_then(|o| traceback::lasti_in(&e.0, &o))
                };
                if let Some(i) = last {
                    (*frame).ip = (*frame).code().words_ptr().add(i as usize + 1);
                }
            }
            if traced {
                e = trace::unwound(py, frame, e);
            }
            let entry = (*frame).flags & ff::ENTRY != 0;
            if (*frame).flags & ff::GEN != 0 {
                generator::finish(py, frame);
            }
            pop(py, frame);
            if entry {
                py.interp.set_raised(e);
                py.interp.outcome.set(0);
                return (std::ptr::null(), frame);
            }
            frame = frame.sub(1);
        }
    }
}

/// Drops and empties a range of slots.
///
/// # Safety
/// The range holds valid words of this thread's stack.
#[inline(always)]
pub unsafe fn clear_slots(p: *mut u64, end: *mut u64) {
    // SAFETY: by the caller's promise. From the last slot down, which is the order in which CPython ends locals.
    unsafe {
        let mut at = end;
        while at > p {
            at = at.sub(1);
            let w = Word(*at);
            if w.is_ptr() {
                *at = UNBOUND.0;
                if w.is_owned_ptr() {
                    crate::heap::count::release(w.ptr());
                }
            }
        }
    }
}

/// The slots of a frame that has ended hold no pointer to a mortal object, owned or borrowed: handshakes and the collector look
/// at all slots below the running frame's end.
///
/// # Safety
/// `frame` is a record whose slots were emptied.
#[cfg(debug_assertions)]
pub unsafe fn assert_clean(frame: *mut Frame) {
    use crate::object::header::flags;
    // SAFETY: by the caller's promise; what is a pointer refers to a live object.
    unsafe {
        for i in 0..(*frame).slots as usize {
            let w = (*frame).slot(i);
            if w.is_ptr() && !w.is_unbound() && w.0 != 0 {
                let h = &*w.ptr();
                assert!(
                    !h.shape_ptr().is_null() && h.flags() & flags::IMMORTAL != 0,
                    "slot {i} of {} keeps {w:?} at word {}",
                    (*frame).code().unit().name,
                    (*frame).index()
                );
            }
        }
    }
}

/// Ends a frame: detaches its frame object, drops its slots and what the record owns, and makes the caller the running frame.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn pop(py: &Py, frame: *mut Frame) {
    // SAFETY: by the caller's promise; the record's words are given back once.
    unsafe {
        if (*frame).flags & ff::OBJECT != 0 {
            frame_obj::detach(py, frame);
        }
        clear_slots((*frame).base, (*frame).top());
        #[cfg(debug_assertions)]
        assert_clean(frame);
        py.interp.leave(frame);
        (*frame).release();
    }
}

/// Whether the exception matches a class or tuple of classes, for `except`.
pub fn matches(py: &Py, exc: &Val, class: &Val) -> crate::error::PyResult<bool> {
    use crate::builtins::tuple::TupleObj;
    use crate::object::type_::{Type, tf};
    let check = |c: &Val| -> crate::error::PyResult<bool> {
        match Type::of(c) {
            Some(t) if t.has(tf::EXC) => Ok(exc.ty().is_subtype(t)),
            _ => Err(py.type_error(
                "catching classes that do not inherit from BaseException is not allowed",
            )),
        }
    };
    if let Some(t) = class.get::<TupleObj>() {
        let mut hit = false;
        for c in t.items() {
            hit |= check(c)?;
        }
        return Ok(hit);
    }
    check(class)
}

/// Line of an instruction; those before the body of a generator belong to its first line.
///
/// # Safety
/// `frame` is a live record.
unsafe fn line_of(frame: *mut Frame, index: u32) -> u32 {
    // SAFETY: by the caller's promise.
    let code = unsafe { (*frame).code() };
    match code.position(index as usize).line {
        0 => code.unit().first_line,
        line => line,
    }
}
