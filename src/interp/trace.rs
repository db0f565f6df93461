//! Events of running code: `sys.settrace`, `sys.setprofile` and `sys.monitoring`.
//!
//! While a thread has a listener its mode is the TRACE table, whose one handler looks at each instruction before it runs it
//! through EXEC; code without listeners pays nothing. Callbacks run in EXEC mode, so they are not traced themselves.
//! **Invariant:** `entries` has one entry for each frame that has begun under tracing or existed when it was switched on;
//! the entry goes away with the event that ends the frame's run.

use super::abi::Table;
use super::dispatch;
use super::frame::{Frame, ff};
use crate::builtins::exceptions::ExcObj;
use crate::builtins::frame::{self as frame_obj, FrameObj};
use crate::builtins::function::FuncObj;
use crate::builtins::method::MethodObj;
use crate::builtins::tuple;
use crate::bytecode::instr::{Instr, x};
use crate::bytecode::ops::Opcode;
use crate::error::{PyResult, Raised};
use crate::object::native::NativeFn;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::sys::monitoring::{self, ev};
use crate::thread::Py;
use std::cell::{Cell, RefCell};

/// What is known about a frame that runs under tracing.
#[derive(Default)]
struct Entry {
    line: u32,
    index: u32,
    /// Callable and first argument of a native call that is running.
    native: Option<(Obj, Obj)>,
}

/// The listeners of a thread.
#[derive(Default)]
pub struct TraceState {
    /// `sys.settrace`.
    pub(crate) trace: Slot,
    /// `sys.setprofile`.
    pub(crate) profile: Slot,
    busy: Cell<bool>,
    on: Cell<bool>,
    entries: RefCell<Vec<Entry>>,
}

impl TraceState {
    /// Whether events are wanted now.
    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }
}

/// Chooses the thread's mode anew after its listeners have changed.
pub fn refresh(py: &Py) {
    let st = &py.interp.trace;
    let wanted = !st.trace.is_empty() || !st.profile.is_empty() || monitoring::is_active();
    if wanted && st.entries.borrow().is_empty() {
        // Frames that run already have begun before: no event tells of their start.
        let mut known: Vec<Entry> = py
            .interp
            .frames()
            .map(|f| {
                // SAFETY: a live record of this thread.
                let (index, line) = unsafe {
                    let i = (*f).index();
                    (i, (*f).code().position(i as usize).line)
                };
                Entry {
                    line,
                    index,
                    native: None,
                }
            })
            .collect();
        known.reverse();
        *st.entries.borrow_mut() = known;
    }
    if !wanted {
        let old = std::mem::take(&mut *st.entries.borrow_mut());
        drop(old);
    }
    let on = wanted && !st.busy.get();
    st.on.set(on);
    py.interp.set_mode(if on {
        dispatch::trace_table()
    } else {
        py.interp.untraced_mode()
    });
}

/// Runs a callback without events.
fn quietly<R>(py: &Py, f: impl FnOnce() -> R) -> R {
    let st = &py.interp.trace;
    st.busy.set(true);
    refresh(py);
    let r = f();
    st.busy.set(false);
    refresh(py);
    r
}

/// `sys.call_tracing`: runs `f` with events, though a callback is running.
pub fn call_tracing<R>(py: &Py, f: impl FnOnce() -> R) -> R {
    let st = &py.interp.trace;
    let outer = st.busy.replace(false);
    let entries = std::mem::take(&mut *st.entries.borrow_mut());
    refresh(py);
    let r = f();
    let inner = std::mem::replace(&mut *st.entries.borrow_mut(), entries);
    drop(inner);
    st.busy.set(outer);
    refresh(py);
    r
}

/// The handler of every entry of the TRACE table.
pub unsafe extern "C-unwind" fn op_trace(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    w: u64,
) -> u64 {
    // SAFETY: the running frame's state, as in every handler.
    unsafe {
        (*frame).ip = ip;
        if !before(py, frame, w) {
            return super::unwind::op_unwind(ip, base, table, py, frame, w);
        }
        (dispatch::exec_table().0[(w & 0xff) as usize])(ip, base, reload!(py), py, frame, w)
    }
}

#[inline(never)]
fn before(py: &Py, frame: *mut Frame, w: u64) -> bool {
    match step(py, frame, Instr(w)) {
        Ok(()) => true,
        Err(e) => {
            py.interp.set_raised(e);
            false
        }
    }
}

/// Makes the list of entries as long as the stack. True if the running frame has just got its entry.
fn align(py: &Py, index: u32) -> bool {
    let st = &py.interp.trace;
    let depth = py.interp.depth();
    let mut es = st.entries.borrow_mut();
    let gone = if es.len() > depth {
        es.split_off(depth)
    } else {
        Vec::new()
    };
    let new = es.len() < depth;
    while es.len() < depth {
        es.push(Entry {
            index,
            ..Entry::default()
        });
    }
    drop(es);
    drop(gone);
    new
}

fn with_entry<R>(py: &Py, f: impl FnOnce(&mut Entry) -> R) -> Option<R> {
    py.interp.trace.entries.borrow_mut().last_mut().map(f)
}

fn end_entry(py: &Py) {
    let e = py.interp.trace.entries.borrow_mut().pop();
    drop(e);
}

/// Everything there is to tell before the instruction `i` of `frame` runs.
fn step(py: &Py, frame: *mut Frame, i: Instr) -> PyResult<()> {
    if !py.interp.trace.is_on() {
        return Ok(());
    }
    // SAFETY: `frame` is the running frame.
    let (index, code, generator) = unsafe {
        (
            (*frame).index(),
            (*frame).code(),
            (*frame).flags & ff::GEN != 0,
        )
    };
    let op = i.opcode();
    if op == Opcode::LOAD_BODY {
        // The code has not begun: its instructions are being made.
        return Ok(());
    }
    if align(py, index) {
        if op == Opcode::RETURN_GENERATOR {
            end_entry(py);
            return Ok(());
        }
        let resumed = generator && index > 0 && {
            // SAFETY: a generator's frame begins behind the instruction that made it or put it away.
            let before = Instr(unsafe { *(*frame).ip.sub(2) });
            before.opcode() == Opcode::YIELD
        };
        if resumed {
            let line = code.position(index as usize - 1).line;
            with_entry(py, |e| e.line = line);
        }
        begin(
            py,
            frame,
            if resumed { ev::PY_RESUME } else { ev::PY_START },
        )?;
    } else if let Some(Some((callee, arg))) = with_entry(py, |e| e.native.take()) {
        native_event(py, frame, ev::C_RETURN, "c_return", &callee, &arg)?;
    }
    if matches!(
        op,
        Opcode::RESUME | Opcode::MAKE_CELL | Opcode::RETURN_GENERATOR
    ) {
        if op == Opcode::RETURN_GENERATOR {
            end_entry(py);
        }
        return Ok(());
    }
    let line = match code.position(index as usize).line {
        // The way back to a loop's head tells of no line: the head does.
        n if op == Opcode::JUMP_BACK && Some(n) != with_entry(py, |e| e.line) => 0,
        n => n,
    };
    let (old, last) = with_entry(py, |e| {
        let was = (e.line, e.index);
        e.index = index;
        if line != 0 {
            e.line = line;
        }
        was
    })
    .unwrap_or_default();
    if line != 0 && line != old {
        fire(py, frame, ev::LINE, &[py.int(line as i64)])?;
        local_event(py, frame, "line", None)?;
    } else if line != 0 && index < last {
        local_event(py, frame, "line", None)?;
    }
    fire(py, frame, ev::INSTRUCTION, &[])?;
    local_event(py, frame, "opcode", None)?;
    match op {
        Opcode::CALL | Opcode::CALL_KW => native_call(py, frame, i)?,
        Opcode::RETURN | Opcode::RETURN_NONE | Opcode::YIELD => {
            let value = if op == Opcode::RETURN_NONE {
                py.none()
            } else {
                // SAFETY: an operand of the running frame's instruction.
                Obj::clone_word(unsafe { (*frame).slot(i.a() as usize) })
            };
            let event = if op == Opcode::YIELD {
                ev::PY_YIELD
            } else {
                ev::PY_RETURN
            };
            let r = leave(py, frame, event, &value);
            end_entry(py);
            r?;
        }
        _ => {}
    }
    Ok(())
}

/// The frame starts or goes on.
fn begin(py: &Py, frame: *mut Frame, event: u32) -> PyResult<()> {
    fire(py, frame, event, &[])?;
    let st = &py.interp.trace;
    if st.trace.is_empty() && st.profile.is_empty() {
        return Ok(());
    }
    let fo = frame_obj::of(py, frame);
    let f = fo.cast::<FrameObj>();
    // SAFETY: the running frame.
    let first = unsafe { (*frame).code() }.first_line;
    if event == ev::PY_START {
        f.show_line(first);
    }
    let r = (|| {
        if let Some(t) = st.trace.get() {
            let r = call_trace(py, &t, &fo, "call", &py.none())?;
            if !r.is_none() {
                f.trace.set(r);
            }
        }
        profile_event(py, frame, "call", None)
    })();
    f.show_line(0);
    r
}

/// The frame ends or pauses with a value.
fn leave(py: &Py, frame: *mut Frame, event: u32, value: &Val) -> PyResult<()> {
    fire(py, frame, event, &[value.to_obj()])?;
    local_event(py, frame, "return", Some(value))?;
    profile_event(py, frame, "return", Some(value))
}

/// Calls a trace function; an error switches tracing off.
fn call_trace(py: &Py, f: &Val, frame: &Val, what: &str, arg: &Val) -> PyResult<Obj> {
    let what = crate::builtins::str::intern(py, what);
    quietly(py, || {
        ops::call3(py, f, frame, &what, arg).inspect_err(|_| {
            py.interp.trace.trace.take();
            frame.cast::<FrameObj>().trace.take();
        })
    })
}

/// An event for the frame's own trace function.
fn local_event(py: &Py, frame: *mut Frame, what: &str, arg: Option<&Val>) -> PyResult<()> {
    if py.interp.trace.trace.is_empty() {
        return Ok(());
    }
    // SAFETY: the running frame.
    let Some(fo) = (unsafe { (*frame).object() }) else {
        return Ok(());
    };
    let f = fo.cast::<FrameObj>();
    let wanted = match what {
        "line" => f.traces_lines(),
        "opcode" => f.traces_opcodes(),
        _ => true,
    };
    let Some(t) = f.trace.get().filter(|t| wanted && !t.is_none()) else {
        return Ok(());
    };
    let none = py.none();
    let r = call_trace(py, &t, &fo, what, arg.unwrap_or(&none))?;
    if !r.is_none() {
        f.trace.set(r);
    }
    Ok(())
}

fn profile_event(py: &Py, frame: *mut Frame, what: &str, arg: Option<&Val>) -> PyResult<()> {
    let Some(p) = py.interp.trace.profile.get() else {
        return Ok(());
    };
    let fo = frame_obj::of(py, frame);
    let what = crate::builtins::str::intern(py, what);
    let none = py.none();
    quietly(py, || {
        ops::call3(py, &p, &fo, &what, arg.unwrap_or(&none))
            .map(drop)
            .inspect_err(|_| {
                py.interp.trace.profile.take();
            })
    })
}

/// A call of something that is no Python function is about to run.
fn native_call(py: &Py, frame: *mut Frame, i: Instr) -> PyResult<()> {
    if py.interp.trace.profile.is_empty() && monitoring::wanted() & ev::CALL == 0 {
        return Ok(());
    }
    // SAFETY: operands of the running frame's instruction.
    let at = |k: u16| unsafe { (*frame).slot(i.a() as usize + k as usize) };
    let (callee, receiver) = (Obj::clone_word(at(0)), Obj::clone_word(at(1)));
    let method = i.x() & x::OP0 != 0 && !receiver.is_unbound();
    let arg = if method {
        receiver.clone()
    } else if i.c() > 0 {
        Obj::clone_word(at(2))
    } else {
        monitoring::missing(py)
    };
    let python = callee.get::<FuncObj>().is_some()
        || callee
            .get::<MethodObj>()
            .is_some_and(|m| m.func().get::<FuncObj>().is_some());
    fire(py, frame, ev::CALL, &[callee.clone(), arg.clone()])?;
    if python {
        return Ok(());
    }
    let mut shown = callee;
    if method && let Some(get) = shown.ty().slots.descr_get.get() {
        let ty = receiver.ty().to_obj();
        shown = get(py, &shown, Some(&receiver), Some(&ty))?;
    }
    if shown.get::<NativeFn>().is_some() {
        profile_event(py, frame, "c_call", Some(&shown))?;
    }
    with_entry(py, |e| e.native = Some((shown, arg)));
    Ok(())
}

/// A native call has returned or raised.
fn native_event(
    py: &Py,
    frame: *mut Frame,
    event: u32,
    what: &str,
    callee: &Val,
    arg: &Val,
) -> PyResult<()> {
    fire(py, frame, event, &[callee.to_obj(), arg.to_obj()])?;
    if callee.get::<NativeFn>().is_some() {
        profile_event(py, frame, what, Some(callee))?;
    }
    Ok(())
}

/// Calls the tools that listen to `event`. LINE takes its line as argument, the others are told the instruction's offset.
fn fire(py: &Py, frame: *mut Frame, event: u32, args: &[Obj]) -> PyResult<()> {
    if monitoring::wanted() & event == 0 {
        return Ok(());
    }
    // SAFETY: the running frame; its function keeps the code alive.
    let (code, index) = unsafe {
        let h = crate::object::native::typedef::header_of((*frame).code());
        let w = crate::object::value::Word(h as *const _ as u64).borrowed();
        (Obj::clone_word(w), (*frame).index())
    };
    quietly(py, || monitoring::fire(py, event, &code, index, args))
}

/// The exception `e` has come up in `frame`, or is raised again there. Callbacks may replace it.
pub(super) fn raised(py: &Py, frame: *mut Frame, e: Raised, again: bool) -> Raised {
    // SAFETY: `frame` is the running frame.
    let index = unsafe { (*frame).index() };
    let r = (|| {
        if align(py, index) {
            fire(py, frame, ev::PY_THROW, std::slice::from_ref(&e.0))?;
            begin(py, frame, 0)?;
        }
        if let Some(Some((callee, arg))) = with_entry(py, |e| e.native.take()) {
            native_event(py, frame, ev::C_RAISE, "c_exception", &callee, &arg)?;
        }
        if again {
            return fire(py, frame, ev::RERAISE, std::slice::from_ref(&e.0));
        }
        fire(py, frame, ev::RAISE, std::slice::from_ref(&e.0))?;
        if py.interp.trace.trace.is_empty() {
            return Ok(());
        }
        let tb = e.0.get::<ExcObj>().and_then(|x| x.traceback.get());
        let arg = tuple::new(
            py,
            vec![
                e.0.ty().to_obj(),
                e.0.clone(),
                tb.unwrap_or_else(|| py.none()),
            ],
        );
        local_event(py, frame, "exception", Some(&arg))
    })();
    r.err().unwrap_or(e)
}

/// `frame` handles `e`.
pub(super) fn handled(py: &Py, frame: *mut Frame, e: Raised) -> Raised {
    let r = fire(py, frame, ev::EXCEPTION_HANDLED, std::slice::from_ref(&e.0));
    r.err().unwrap_or(e)
}

/// `frame` is left by `e`.
pub(super) fn unwound(py: &Py, frame: *mut Frame, e: Raised) -> Raised {
    let r = (|| {
        fire(py, frame, ev::PY_UNWIND, std::slice::from_ref(&e.0))?;
        local_event(py, frame, "return", None)?;
        profile_event(py, frame, "return", None)
    })();
    end_entry(py);
    r.err().unwrap_or(e)
}
