//! Frame objects: a view of a running frame, or what is left of one that has ended.
//!
//! **Invariant:** `live` is the frame record while it runs; `detach` (called when the record is popped) copies the locals
//! and clears it. Only the frame's own thread reads through `live`.

use crate::builtins::bool_::BOOL;
use crate::builtins::code::CodeObj;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::frame_locals;
use crate::builtins::generator::{GenObj, gs};
use crate::error::PyResult;
use crate::interp::frame::Frame;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// Payload.
pub struct FrameObj {
    pub code: Obj,
    pub globals: Obj,
    pub builtins: Obj,
    /// Namespace mapping of module and class frames.
    namespace: Slot,
    live: AtomicPtr<Frame>,
    /// Word index of the last instruction, when no longer live.
    last: AtomicU32,
    back: Slot,
    /// Locals of a frame that has ended, in slot order.
    saved: Mutex<Vec<Slot>>,
    /// Set by tracing functions.
    pub trace: Slot,
    trace_lines: AtomicBool,
    trace_opcodes: AtomicBool,
    /// Line to show instead of the instruction's, 0 for none.
    line_shown: AtomicU32,
    pub generator: Slot,
    /// Variables that `f_locals` got beside the code's own: a dict.
    pub(super) extra: Slot,
    /// Values of locals that `f_locals` replaced. Running callees may have borrowed them.
    replaced: Mutex<Vec<Slot>>,
}

impl Trace for FrameObj {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.code);
        t.obj(&self.globals);
        t.obj(&self.builtins);
        for s in [
            &self.namespace,
            &self.back,
            &self.trace,
            &self.generator,
            &self.extra,
        ] {
            t.slot(s);
        }
        self.saved.lock().iter().for_each(|s| t.slot(s));
        self.replaced.lock().iter().for_each(|s| t.slot(s));
    }
    fn clear(&self) {
        let old = (
            std::mem::take(&mut *self.saved.lock()),
            std::mem::take(&mut *self.replaced.lock()),
        );
        drop(old);
        for s in [
            &self.namespace,
            &self.back,
            &self.trace,
            &self.generator,
            &self.extra,
        ] {
            s.take();
        }
    }
}

crate::native_type!(
    /// The type `frame`.
    pub FRAME: FrameObj = "frame", base crate::object::base::OBJECT, flags 0, init init
);

/// The frame object of a running frame, made on first use.
pub fn of(py: &Py, frame: *mut Frame) -> Obj {
    // SAFETY: the caller's frame is a live record of this thread.
    let fr = unsafe { &mut *frame };
    if let Some(o) = fr.object() {
        return o;
    }
    // SAFETY: records above the sentinel have code; the function keeps globals and builtins alive.
    let (code, func) = unsafe { (fr.code(), Val::from_word_ref(&fr.func)) };
    let f = func.cast::<crate::builtins::function::FuncObj>();
    let h = crate::object::native::typedef::header_of(code);
    let o = py.alloc(
        &FRAME,
        FrameObj {
            code: Obj::clone_word(Word(h as *const _ as u64).borrowed()),
            globals: f.globals.clone(),
            builtins: f.builtins.clone(),
            namespace: fr
                .namespace()
                .map_or(Slot::empty(), |n| Slot::new(n.to_obj())),
            live: AtomicPtr::new(frame),
            last: AtomicU32::new(0),
            back: Slot::empty(),
            saved: Mutex::new(Vec::new()),
            trace: Slot::empty(),
            trace_lines: AtomicBool::new(true),
            trace_opcodes: AtomicBool::new(false),
            line_shown: AtomicU32::new(0),
            generator: Slot::empty(),
            extra: Slot::empty(),
            replaced: Mutex::new(Vec::new()),
        },
    );
    fr.set_object(o.clone());
    o
}

/// The frame record is being popped: keeps what the object still needs. The record's reference is dropped.
///
/// # Safety
/// `frame` is a live record whose slots are intact.
#[cold]
#[inline(never)]
pub unsafe fn detach(py: &Py, frame: *mut Frame) {
    // SAFETY: by the caller's promise.
    unsafe {
        let Some(o) = (*frame).object() else { return };
        let f = o.cast::<FrameObj>();
        f.last.store((*frame).index(), Ordering::Relaxed);
        // Two references are the record's and `o`: anything more may look at the locals later.
        let shared = o.header().is_some_and(|h| {
            crate::heap::count::total(h) > 2
                || h.flags() & crate::object::header::flags::ESCAPED != 0
        });
        if shared {
            let n = (*frame).code().locals as usize;
            *f.saved.lock() = (0..n)
                .map(|i| {
                    let w = (*frame).slot(i);
                    if w.is_unbound() {
                        Slot::empty()
                    } else {
                        Slot::new(Obj::clone_word(w))
                    }
                })
                .collect();
            let prev = frame.sub(1);
            let in_generator = (*frame).flags & crate::interp::frame::ff::GEN != 0;
            if !in_generator && !(*prev).code.is_null() {
                f.back.set(of(py, prev));
            }
        }
        f.live.store(std::ptr::null_mut(), Ordering::Relaxed);
        let replaced = std::mem::take(&mut *f.replaced.lock());
        drop(replaced);
        drop((*frame).take_object());
    }
}

impl FrameObj {
    /// The record, while the frame runs.
    pub fn live(&self) -> Option<*mut Frame> {
        let p = self.live.load(Ordering::Relaxed);
        if p.is_null() { None } else { Some(p) }
    }
    /// A generator's frame object follows its frame from resumption to resumption.
    pub(crate) fn set_live(&self, f: *mut Frame) {
        self.live.store(f, Ordering::Relaxed);
    }
    /// A frame object for a generator that is not running.
    pub fn of_generator(py: &Py, v: &Val, g: &crate::builtins::generator::GenObj) -> Obj {
        let f = g.func.cast::<crate::builtins::function::FuncObj>();
        py.alloc(
            &FRAME,
            FrameObj {
                code: g.code_obj(),
                globals: f.globals.clone(),
                builtins: f.builtins.clone(),
                namespace: Slot::empty(),
                live: AtomicPtr::new(std::ptr::null_mut()),
                last: AtomicU32::new(g.index()),
                back: Slot::empty(),
                saved: Mutex::new(Vec::new()),
                trace: Slot::empty(),
                trace_lines: AtomicBool::new(true),
                trace_opcodes: AtomicBool::new(false),
                line_shown: AtomicU32::new(0),
                generator: Slot::new(v.to_obj()),
                extra: Slot::empty(),
                replaced: Mutex::new(Vec::new()),
            },
        )
    }
    /// The generator is suspended at word `index`.
    pub(crate) fn park(&self, index: u32) {
        self.last.store(index, Ordering::Relaxed);
        self.live.store(std::ptr::null_mut(), Ordering::Relaxed);
    }
    /// Word index of the running or last instruction.
    pub fn index(&self) -> u32 {
        match self.live() {
            // SAFETY: `live` is a record of this thread that still runs.
            Some(f) => unsafe { (*f).index() },
            None => self.last.load(Ordering::Relaxed),
        }
    }
    pub fn filename(&self) -> String {
        crate::builtins::str::lossy(&self.code.cast::<CodeObj>().filename()).into_owned()
    }
    pub fn line(&self) -> u32 {
        let shown = self.line_shown.load(Ordering::Relaxed);
        if shown != 0 {
            return shown;
        }
        // Instructions that belong to no line (an implicit return) count to the one before.
        let code = self.code.cast::<CodeObj>();
        let lines = (0..=self.index() as usize).rev();
        let mut lines = lines.map(|i| code.position(i).line);
        lines.find(|&n| n != 0).unwrap_or(code.first_line)
    }
    /// The calling frame's object.
    pub fn back(&self, py: &Py) -> Option<Obj> {
        match self.live() {
            // SAFETY: as in `index`; the record below exists, at least the sentinel.
            Some(f) => unsafe {
                let prev = f.sub(1);
                if (*prev).code.is_null() {
                    None
                } else {
                    Some(of(py, prev))
                }
            },
            None => self.back.get(),
        }
    }
    /// Makes `f_lineno` show another line than the instruction's; 0 ends that.
    pub(crate) fn show_line(&self, line: u32) {
        self.line_shown.store(line, Ordering::Relaxed);
    }
    /// `f_trace_lines`.
    pub(crate) fn traces_lines(&self) -> bool {
        self.trace_lines.load(Ordering::Relaxed)
    }
    /// `f_trace_opcodes`.
    pub(crate) fn traces_opcodes(&self) -> bool {
        self.trace_opcodes.load(Ordering::Relaxed)
    }
    /// The namespace mapping of module and class frames.
    pub fn namespace(&self) -> Option<Obj> {
        self.namespace.get()
    }
    /// Content of slot `i` (a local, or the cell of one).
    pub(super) fn slot(&self, i: usize) -> Option<Obj> {
        if let Some(f) = self.live() {
            // SAFETY: as in `index`.
            let w = unsafe { (*f).slot(i) };
            return Val::from_word_ref(&w).given().map(Val::to_obj);
        }
        match self.generator.get() {
            Some(g) => g.cast::<GenObj>().saved_local(i),
            None => self.saved.lock().get(i).and_then(Slot::get),
        }
    }
    /// Writes slot `i`.
    pub(super) fn set_slot(&self, i: usize, v: Obj) {
        let old = if let Some(f) = self.live() {
            // SAFETY: as in `index`; the old word goes to `replaced`, so whoever borrowed it keeps it.
            unsafe {
                let p = (*f).base.add(i);
                let old = Word(*p);
                *p = v.into_word().0;
                if old.is_owned_ptr() {
                    Obj::from_word(old)
                } else {
                    Obj::clone_word(old)
                }
            }
        } else if let Some(g) = self.generator.get() {
            match g.cast::<GenObj>().set_saved_local(i, v) {
                Some(old) => old,
                None => return,
            }
        } else {
            let mut saved = self.saved.lock();
            if saved.len() <= i {
                saved.resize_with(i + 1, Slot::empty);
            }
            let old = saved[i].replace(v);
            drop(saved);
            drop(old);
            return;
        };
        self.replaced.lock().push(Slot::new(old));
    }
    /// The locals as `locals()` gives them: the namespace of module and class frames, a new dict for functions.
    pub fn locals(&self, py: &Py) -> Obj {
        if let Some(n) = self.namespace.get() {
            return n;
        }
        let code = self.code.cast::<CodeObj>();
        let d = dict::new(py);
        for i in 0..code.locals as usize {
            add_local(py, d.cast::<DictObj>(), code, i, self.slot(i));
        }
        d
    }
}

/// Adds local `i`, looking through cells; hidden names (comprehension iterators) are left out.
fn add_local(py: &Py, d: &DictObj, code: &CodeObj, i: usize, v: Option<Obj>) {
    let Some(mut v) = v else { return };
    if i >= code.nlocals() {
        match v
            .get::<crate::builtins::cell::CellObj>()
            .map(|c| c.value.get())
        {
            Some(Some(content)) => v = content,
            Some(None) => return,
            None => {}
        }
    }
    let name = code.slot_name(i);
    if !crate::builtins::str::lossy(name).starts_with('.') {
        d.set_interned(py, name, v);
    }
}

fn set_flag(py: &Py, flag: &AtomicBool, value: Option<&Val>) -> PyResult<()> {
    let Some(v) = value.filter(|v| BOOL.is_exact(v)) else {
        return Err(py.type_error("attribute value type must be bool"));
    };
    flag.store(ops::truth(py, v)?, Ordering::Relaxed);
    Ok(())
}

fn init(t: &mut TypeInit) {
    t.slots().repr.set(|py, v| {
        let f = v.cast::<FrameObj>();
        let c = f.code.cast::<CodeObj>();
        Ok(py.str(&format!(
            "<frame at {:#x}, file '{}', line {}, code {}>",
            v.id(),
            crate::builtins::str::lossy(&c.filename()),
            f.line(),
            crate::builtins::str::lossy(c.co_name())
        )))
    });
    t.getset("f_code", |_, v| Ok(v.cast::<FrameObj>().code.clone()), None);
    t.getset(
        "f_globals",
        |_, v| Ok(v.cast::<FrameObj>().globals.clone()),
        None,
    );
    t.getset(
        "f_builtins",
        |_, v| Ok(v.cast::<FrameObj>().builtins.clone()),
        None,
    );
    t.getset(
        "f_locals",
        |py, v| {
            let f = v.cast::<FrameObj>();
            Ok(f.namespace().unwrap_or_else(|| frame_locals::new(py, v)))
        },
        None,
    );
    t.getset(
        "f_back",
        |py, v| Ok(v.cast::<FrameObj>().back(py).unwrap_or_else(|| py.none())),
        None,
    );
    t.getset(
        "f_lasti",
        |py, v| Ok(py.int(v.cast::<FrameObj>().index() as i64 * 2)),
        None,
    );
    t.getset(
        "f_generator",
        |py, v| {
            Ok(v.cast::<FrameObj>()
                .generator
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "f_lineno",
        |py, v| {
            let n = v.cast::<FrameObj>().line();
            Ok(if n == 0 { py.none() } else { py.int(n as i64) })
        },
        None,
    );
    fn set_trace(_: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
        let f = v.cast::<FrameObj>();
        match value.filter(|v| !v.is_none()) {
            Some(v) => f.trace.set(v.to_obj()),
            None => drop(f.trace.take()),
        }
        Ok(())
    }
    fn set_trace_lines(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
        set_flag(py, &v.cast::<FrameObj>().trace_lines, value)
    }
    fn set_trace_opcodes(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
        set_flag(py, &v.cast::<FrameObj>().trace_opcodes, value)
    }
    t.getset(
        "f_trace_lines",
        |py, v| Ok(py.bool(v.cast::<FrameObj>().traces_lines())),
        Some(set_trace_lines),
    );
    t.getset(
        "f_trace_opcodes",
        |py, v| Ok(py.bool(v.cast::<FrameObj>().traces_opcodes())),
        Some(set_trace_opcodes),
    );
    t.getset(
        "f_trace",
        |py, v| {
            Ok(v.cast::<FrameObj>()
                .trace
                .get()
                .unwrap_or_else(|| py.none()))
        },
        Some(set_trace),
    );
    fn clear(py: &Py, a: &[Val]) -> PyResult<Obj> {
        let f = a[0].cast::<FrameObj>();
        if f.live().is_some() {
            return Err(py.runtime_error("cannot clear an executing frame"));
        }
        if let Some(g) = f.generator.get() {
            match g.cast::<GenObj>().state() {
                gs::SUSPENDED => return Err(py.runtime_error("cannot clear a suspended frame")),
                gs::CREATED => {
                    ops::call_method(py, &g, &crate::builtins::str::intern(py, "close"), &[])?;
                }
                _ => {}
            }
        }
        let old = std::mem::take(&mut *f.saved.lock());
        drop(old);
        Ok(py.none())
    }
    t.method("clear", "($self, /)", Bound(clear));
}
