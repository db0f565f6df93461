//! Entering Python code: frames are pushed for handlers and for native callers.

use super::abi::{CONTINUE, DONE, Table};
use super::frame::{Frame, ff};
use super::unwind;
use crate::builtins::code::CodeObj;
use crate::builtins::dict::DictObj;
use crate::builtins::function::{self, FuncObj};
use crate::error::{PyResult, Raised};
use crate::object::native::Args;
use crate::object::value::{Obj, UNBOUND, Val, Word};
use crate::thread::Py;
use smallvec::SmallVec;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Pushes a frame whose parameter slots at `base` are filled; other locals are emptied from `filled` on, closure cells are
/// copied. `func`'s ownership moves into the record.
///
/// # Safety
/// `base` is at or above the running frame's live slots; `func` is a function whose code is `code`.
#[inline(always)]
pub unsafe fn push(
    py: &Py,
    func: Word,
    f: &FuncObj,
    code: &CodeObj,
    base: *mut u64,
    filled: usize,
    dst: u16,
    flags: u16,
) -> Result<*mut Frame, Raised> {
    // SAFETY: by the caller's promise; there is room.
    unsafe {
        let frame = py.interp.frame.get().add(1);
        if !has_room(py, frame, base, code) {
            return Err(py.interp.recursion(py));
        }
        fill(py, frame, func, f, code, base, filled, dst, flags);
        if code.frees != 0 {
            copy_closure(f, code, base);
        }
        Ok(frame)
    }
}

/// Whether the record `frame`, which is the one above the running frame's, and the slots of `code` from `base` on may be used.
///
/// # Safety
/// As for `push`.
#[inline(always)]
pub unsafe fn has_room(py: &Py, frame: *mut Frame, base: *mut u64, code: &CodeObj) -> bool {
    // SAFETY: only compared.
    let end = unsafe { base.add(code.slots as usize) };
    frame < py.interp.frame_limit.get()
        && (end <= py.interp.stack_end.get() || py.interp.grow_stack(end))
}

/// As `has_room`, without making the stack larger.
///
/// # Safety
/// As for `push`.
#[inline(always)]
pub unsafe fn has_room_now(py: &Py, frame: *mut Frame, base: *mut u64, code: &CodeObj) -> bool {
    // SAFETY: only compared.
    let end = unsafe { base.add(code.slots as usize) };
    frame < py.interp.frame_limit.get() && end <= py.interp.stack_end.get()
}

/// Fills the record `frame` and makes it the running frame; see `push`. Closure cells are not copied.
///
/// # Safety
/// As for `push`, and `has_room` said yes.
#[inline(always)]
pub unsafe fn fill(
    py: &Py,
    frame: *mut Frame,
    func: Word,
    f: &FuncObj,
    code: &CodeObj,
    base: *mut u64,
    filled: usize,
    dst: u16,
    flags: u16,
) {
    // SAFETY: record and slots are within the limits.
    unsafe {
        let end = base.add(code.locals as usize);
        let mut p = base.add(filled);
        while p < end {
            *p = UNBOUND.0;
            p = p.add(1);
            // Few steps as a rule: a vectorized loop costs more to set up than it saves.
            std::arch::asm!("", options(nomem, nostack, preserves_flags));
        }
        Frame::fill(frame, func, f, code, base, dst, flags);
        py.interp.frame.set(frame);
    }
}

/// # Safety
/// `base` has room for the code's slots.
#[inline(never)]
pub(super) unsafe fn copy_closure(f: &FuncObj, code: &CodeObj, base: *mut u64) {
    let closure = f.closure.word();
    let Some(t) = Val::from_word_ref(&closure).get::<crate::builtins::tuple::TupleObj>() else {
        return;
    };
    let first = (code.locals - code.frees) as usize;
    for (i, c) in t.items().iter().enumerate().take(code.frees as usize) {
        // SAFETY: free variables are the last locals. The function keeps its closure alive, so the cells are borrowed.
        unsafe { *base.add(first + i) = c.word().borrowed().0 };
    }
}

/// Runs the frame on top, which has ENTRY, until it returns.
pub(crate) fn run(py: &'static Py, frame: *mut Frame) -> PyResult<Obj> {
    drive(py, frame, None)
}

/// As `run`, beginning with an exception at the frame's instruction.
pub(crate) fn run_raising(py: &'static Py, frame: *mut Frame, e: Raised) -> PyResult<Obj> {
    drive(py, frame, Some(e))
}

fn drive(py: &'static Py, frame: *mut Frame, e: Option<Raised>) -> PyResult<Obj> {
    // SAFETY: `frame` is the running frame.
    let mut start = unsafe { ((*frame).ip, (*frame).base, reload!(py), frame) };
    let mut panicked: Option<Raised> = e;
    // The reserve covers the frames down to `enter`, where callee-saved registers of native callers are kept; `enter` says
    // it more exactly.
    const RESERVE: usize = 1024;
    let here = 0u8;
    let outer = py
        .interp
        .entry_sp
        .replace((&raw const here as usize).saturating_sub(RESERVE));
    loop {
        let failed = panicked.take();
        let r = catch_unwind(AssertUnwindSafe(|| match failed {
            // SAFETY: the state describes the running frame.
            None => unsafe { enter(py, start) },
            Some(e) => {
                py.interp.set_raised(e);
                // SAFETY: as above.
                let r = unsafe { unwind::unwind_thrown(py, start.3) };
                if r == CONTINUE {
                    // SAFETY: as above.
                    return unsafe { enter(py, py.interp.resume.get()) };
                }
                r
            }
        }));
        match r {
            Ok(_) => {
                py.interp.entry_sp.set(outer);
                return py.interp.take_outcome(py);
            }
            Err(p) => {
                // A bug in native code: the frames above unwind as for any exception.
                panicked = Some(py.system_error(panic_text(&p)));
                let f = py.interp.frame.get();
                // SAFETY: the running frame is at or above the entry frame.
                start = unsafe { ((*f).ip, (*f).base, reload!(py), f) };
            }
        }
    }
}

fn panic_text(p: &Box<dyn std::any::Any + Send>) -> String {
    let text = p
        .downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| p.downcast_ref::<String>().cloned());
    format!("internal error: {}", text.unwrap_or_default())
}

/// Dispatches until the entry frame returns.
#[inline(never)]
unsafe fn enter(py: &'static Py, start: (*const u64, *mut u64, *const Table, *mut Frame)) -> u64 {
    let (mut ip, mut base, mut table, mut frame) = start;
    // Registers of native callers are saved above this place, or by the first frame below; further below are words of
    // handlers, many of them stale.
    const NEXT_FRAME: usize = 256;
    let here = 0u8;
    let place = (&raw const here as usize).saturating_sub(NEXT_FRAME);
    py.interp.entry_sp.set(place);
    loop {
        // SAFETY: the state describes the running frame.
        let r = unsafe {
            let w = *ip;
            (*table).0[(w & 0xff) as usize](ip.add(1), base, table, py, frame, w)
        };
        if r == DONE {
            return DONE;
        }
        (ip, base, table, frame) = py.interp.resume.get();
    }
}

/// Calls a Python function from native code.
pub fn call_function(py: &Py, func: &Val, args: Args) -> PyResult<Obj> {
    py.check_native_stack()?;
    let py = crate::thread::current_of(py);
    let f = func.cast::<FuncObj>();
    let code = f.code();
    let base = py.interp.top();
    let n = args.all().len();
    // SAFETY: the slots above the running frame are free; limits are checked before they are written.
    unsafe {
        let end = base.add(code.slots as usize + n);
        if end > py.interp.stack_end.get() && !py.interp.grow_stack(end) {
            return Err(py.interp.recursion(py));
        }
        let mut filled = n;
        if code.fast_args as usize == n && !args.has_keywords() {
            for (i, v) in args.all().iter().enumerate() {
                // The caller's places outlive the call, so the copies are borrowed.
                *base.add(i) = v.word().borrowed().0;
            }
        } else {
            let words: SmallVec<[Word; 10]> =
                args.all().iter().map(|v| v.word().borrowed()).collect();
            function::bind(py, f, &words, args.names(), base)?;
            filled = code.locals as usize;
        }
        let frame = match push(
            py,
            func.word().borrowed(),
            f,
            code,
            base,
            filled,
            0,
            ff::ENTRY,
        ) {
            Ok(frame) => frame,
            Err(e) => {
                unwind::clear_slots(base, base.add(filled));
                return Err(e);
            }
        };
        own_namespace(frame, f, code);
        run(py, frame)
    }
}

/// Code of a module or class body that is called as a function has its globals as namespace.
///
/// # Safety
/// `frame` was just pushed for `f`, whose code is `code`.
#[inline(always)]
pub unsafe fn own_namespace(frame: *mut Frame, f: &FuncObj, code: &CodeObj) {
    if code.flags & crate::bytecode::code::cf::OPTIMIZED == 0 {
        // SAFETY: by the caller's promise; the function in the record keeps its globals.
        unsafe { (*frame).set_namespace(f.globals.word().borrowed()) };
    }
}

/// Runs module-level code (or a class body) with a namespace.
pub fn run_code(
    py: &Py,
    code: &Val,
    globals: &Val,
    namespace: &Val,
    closure: Option<Obj>,
) -> PyResult<Obj> {
    py.check_native_stack()?;
    let func = function::new(py, code, globals)?;
    if let Some(c) = closure {
        func.cast::<FuncObj>().closure.set(c);
    }
    run_with_namespace(py, &func, namespace)
}

/// Runs the body of a class statement; returns what it returns (the class cell or None).
pub fn run_class_body(py: &Py, func: &Val, namespace: &Val) -> PyResult<Obj> {
    py.check_native_stack()?;
    run_with_namespace(py, func, namespace)
}

fn run_with_namespace(py: &Py, func: &Val, namespace: &Val) -> PyResult<Obj> {
    let py = crate::thread::current_of(py);
    let f = func.cast::<FuncObj>();
    let code = f.code();
    let base = py.interp.top();
    // SAFETY: as in `call_function`.
    unsafe {
        let frame = push(py, func.word().borrowed(), f, code, base, 0, 0, ff::ENTRY)?;
        if code.flags & crate::bytecode::code::cf::OPTIMIZED == 0 {
            (*frame).set_namespace(namespace.word().borrowed());
        }
        run(py, frame)
    }
}

/// What `super()` without arguments means in the innermost frame: the class cell's content and the first argument.
pub fn super_arguments(py: &Py) -> PyResult<(Obj, Obj)> {
    let Some(f) = py.interp.frames().next() else {
        return Err(py.runtime_error("super(): no current frame"));
    };
    // SAFETY: a live record of this thread.
    let code = unsafe { (*f).code() };
    if code.arg_count == 0 {
        return Err(py.runtime_error("super(): no arguments"));
    }
    let content = |i: usize| {
        // SAFETY: as above; local slots are below the frame's count.
        let w = unsafe { (*f).slot(i) };
        Val::from_word_ref(&w)
            .given()
            .map(|v| match v.get::<crate::builtins::cell::CellObj>() {
                Some(c) => c.value.get(),
                None => Some(v.to_obj()),
            })
    };
    let mut first = content(0).flatten();
    if first.is_none() {
        // The argument was moved into a cell of the same name.
        let cell = (code.nlocals()..code.locals as usize)
            .find(|&i| code.slot_name(i).is(code.slot_name(0)));
        first = cell.and_then(content).flatten();
    }
    let Some(obj) = first else {
        return Err(py.runtime_error("super(): arg[0] deleted"));
    };
    let free = (code.locals - code.frees) as usize..code.locals as usize;
    let Some(i) = free
        .into_iter()
        .find(|&i| code.slot_name(i).is(&crate::object::names::__class__))
    else {
        return Err(py.runtime_error("super(): __class__ cell not found"));
    };
    match content(i).flatten() {
        Some(c) => Ok((c, obj)),
        None => Err(py.runtime_error("super(): empty __class__ cell")),
    }
}

/// The globals of the innermost Python frame.
pub fn current_globals(py: &Py) -> Option<Obj> {
    let f = py.interp.frames().next()?;
    // SAFETY: a live record; the function keeps its globals alive.
    let func = unsafe { (*f).func };
    Some(Val::from_word_ref(&func).get::<FuncObj>()?.globals.clone())
}

/// The locals of the innermost Python frame, as `locals()` gives them.
pub fn current_locals(py: &Py) -> Option<Obj> {
    let f = py.interp.frames().next()?;
    // SAFETY: a live record.
    if let Some(n) = unsafe { (*f).namespace() } {
        return Some(n.to_obj());
    }
    Some(
        crate::builtins::frame::of(py, f)
            .cast::<crate::builtins::frame::FrameObj>()
            .locals(py),
    )
}

/// The globals dict payload behind a frame's pointer.
///
/// # Safety
/// `frame` is a live record.
#[inline(always)]
pub unsafe fn globals<'a>(frame: *mut Frame) -> &'a DictObj {
    // SAFETY: the function in the record keeps its globals alive.
    unsafe { &*(*frame).globals }
}
