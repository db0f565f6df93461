//! Generators, coroutines and async generators: frames that are put away at a yield.
//!
//! # Who may write what
//! `state` changes by compare-and-swap; whoever moved it to RUNNING owns all other fields until it leaves RUNNING.
//! **Invariant:** the words in `saved` own their counts (deferred and immortal objects excepted).

use crate::builtins::code::CodeObj;
use crate::builtins::function::FuncObj;
use crate::bytecode::code::cf;
use crate::bytecode::instr::Instr;
use crate::bytecode::ops::Opcode;
use crate::error::{PyResult, Raised};
use crate::heap::count;
use crate::interp::call;
use crate::interp::frame::{Frame, ff};
use crate::interp::state::ExcLevel;
use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, UNBOUND, Val, Word};
use crate::thread::Py;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

/// States.
pub mod gs {
    pub const CREATED: u8 = 0;
    pub const SUSPENDED: u8 = 1;
    pub const RUNNING: u8 = 2;
    pub const DONE: u8 = 3;
}

/// Payload of generators, coroutines and async generators.
pub struct GenObj {
    pub(crate) state: AtomicU8,
    pub func: Obj,
    saved: UnsafeCell<Vec<u64>>,
    ip: AtomicPtr<u64>,
    pub(crate) level: ExcLevel,
    pub name: Slot,
    pub qualname: Slot,
    pub frame_object: Slot,
    /// Namespace of a class body or `exec` code that is a generator expression's frame: always empty in functions.
    pub origin: Slot,
    /// Namespace mapping of module code that awaits.
    namespace: Slot,
    /// Async generators: closed, running anext/asend/athrow, hooks called, finalizer hook.
    pub ag_closed: AtomicU8,
    pub ag_running: AtomicU8,
    pub ag_hooks: AtomicU8,
    pub ag_finalizer: Slot,
}

impl Trace for GenObj {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.func);
        // SAFETY: tracing happens while the world is stopped; a running generator's vector is empty.
        for &w in unsafe { &*self.saved.get() } {
            t.word(Word(w));
        }
        for s in [
            &self.level.value,
            &self.name,
            &self.qualname,
            &self.frame_object,
            &self.origin,
            &self.namespace,
            &self.ag_finalizer,
        ] {
            t.slot(s);
        }
    }
    fn clear(&self) {
        if self.state.load(Ordering::Acquire) != gs::RUNNING {
            self.state.store(gs::DONE, Ordering::Release);
            self.drop_saved();
        }
        self.level.value.take();
        self.frame_object.take();
    }
}

impl Drop for GenObj {
    fn drop(&mut self) {
        self.drop_saved();
    }
}

impl GenObj {
    fn drop_saved(&self) {
        // SAFETY: called by the owner of the generator's fields, or at its end.
        let words = std::mem::take(unsafe { &mut *self.saved.get() });
        for w in words {
            // SAFETY: the vector owned the words.
            drop(unsafe { Obj::from_word(Word(w)) });
        }
    }
    pub fn code(&self) -> &CodeObj {
        self.func.cast::<FuncObj>().code()
    }
    pub fn code_obj(&self) -> Obj {
        self.func.cast::<FuncObj>().code.obj()
    }
    pub fn state(&self) -> u8 {
        self.state.load(Ordering::Acquire)
    }
    /// The sub-iterator of a suspended `yield from` or `await`.
    pub fn delegate(&self) -> Option<Obj> {
        if self.state() != gs::SUSPENDED {
            return None;
        }
        let i = self.yield_instr()?;
        if i.x() & crate::bytecode::instr::x::OP0 == 0 {
            return None;
        }
        // SAFETY: suspended: nobody changes the vector while this thread looks (a racing resume is excluded by the caller's
        // use of the result only as a hint).
        let w = *unsafe { &*self.saved.get() }.get(i.c() as usize)?;
        Some(Obj::clone_word(Word(w)))
    }
    /// Whether an exception at the place of suspension would leave the body without anything noticing: no handler covers it,
    /// no sub-iterator wants it, no frame object shows it.
    pub(crate) fn ends_quietly(&self, py: &Py) -> bool {
        let yielded = self
            .yield_instr()
            .is_some_and(|i| i.x() & crate::bytecode::instr::x::OP0 == 0);
        yielded
            && self.frame_object.is_empty()
            && self.code().handler(self.index()).is_none()
            && !py.interp.trace.is_on()
    }
    fn yield_instr(&self) -> Option<Instr> {
        let ip = self.ip.load(Ordering::Relaxed);
        if ip.is_null() {
            return None;
        }
        // SAFETY: a suspended generator's ip stands behind its YIELD word.
        let i = Instr(unsafe { *ip.sub(1) });
        (i.opcode() == Opcode::YIELD).then_some(i)
    }
    /// Index of the instruction at which it is suspended.
    pub fn index(&self) -> u32 {
        let ip = self.ip.load(Ordering::Relaxed) as *const u64;
        if ip.is_null() {
            0
        } else {
            self.code().index_of(ip)
        }
    }
    /// A local of the suspended frame.
    pub fn saved_local(&self, i: usize) -> Option<Obj> {
        if self.state() == gs::RUNNING {
            return None;
        }
        // SAFETY: as in `delegate`.
        let w = Word(*unsafe { &*self.saved.get() }.get(i)?);
        if w.is_unbound() {
            None
        } else {
            Some(Obj::clone_word(w))
        }
    }
}

impl GenObj {
    /// Writes a local of the suspended frame; the old content.
    pub fn set_saved_local(&self, i: usize, v: Obj) -> Option<Obj> {
        if self.state() == gs::RUNNING {
            return None;
        }
        // SAFETY: as in `delegate`; the vector owns its words.
        unsafe {
            let at = (&mut *self.saved.get()).get_mut(i)?;
            let old = Word(std::mem::replace(at, v.into_word().0));
            Some(Obj::from_word(old))
        }
    }
}

crate::native_type!(
    /// The type `generator`.
    pub GENERATOR: GenObj = "generator", base crate::object::base::OBJECT, flags tf::WEAKREF | tf::NO_NEW,
    init super::generator_methods::init_generator
);

/// What a resumption led to.
pub enum Resumed {
    Yielded(Obj),
    Returned(Obj),
}

/// RETURN_GENERATOR: the generator object of the running frame, whose slots move into it.
///
/// # Safety
/// `frame` is the running frame, at the start of a generator function.
pub unsafe fn from_frame(py: &Py, frame: *mut Frame) -> Obj {
    // SAFETY: by the caller's promise.
    unsafe {
        let flags = (*frame).code().flags;
        let func = Obj::clone_word((*frame).func);
        let f = func.cast::<FuncObj>();
        let (name, qualname) = (f.name.obj(), f.qualname.obj());
        let saved = save_slots(frame, (*frame).code().locals as usize);
        let g = GenObj {
            state: AtomicU8::new(gs::CREATED),
            func,
            saved: UnsafeCell::new(saved),
            ip: AtomicPtr::new((*frame).ip as *mut u64),
            level: ExcLevel::new(),
            name: Slot::new(name),
            qualname: Slot::new(qualname),
            frame_object: Slot::empty(),
            origin: Slot::empty(),
            namespace: (*frame)
                .namespace()
                .map_or(Slot::empty(), |n| Slot::new(n.to_obj())),
            ag_closed: AtomicU8::new(0),
            ag_running: AtomicU8::new(0),
            ag_hooks: AtomicU8::new(0),
            ag_finalizer: Slot::empty(),
        };
        let def = if flags & cf::ASYNC_GENERATOR != 0 {
            &super::generator_methods::ASYNC_GENERATOR
        } else if flags & cf::COROUTINE != 0 {
            &super::generator_methods::COROUTINE
        } else {
            &GENERATOR
        };
        py.alloc_in(def.ty(), g)
    }
}

/// Moves the first `n` slots of the frame out; every word owns its count.
unsafe fn save_slots(frame: *mut Frame, n: usize) -> Vec<u64> {
    // SAFETY: the slots belong to the running frame.
    unsafe {
        let base = (*frame).base;
        (0..n)
            .map(|i| {
                let w = Word(*base.add(i));
                *base.add(i) = UNBOUND.0;
                if w.is_ptr() && !w.is_owned_ptr() && !w.is_unbound() {
                    count::own_for_frame(w.ptr()).0
                } else {
                    w.0
                }
            })
            .collect()
    }
}

/// YIELD: puts the running frame away. The caller delivers the value.
///
/// # Safety
/// `frame` is the running frame of a generator; `ip` stands behind the YIELD.
#[inline]
pub unsafe fn suspend(py: &Py, frame: *mut Frame, ip: *const u64) {
    // SAFETY: by the caller's promise.
    unsafe {
        let g = gen_of(frame);
        (*frame).ip = ip;
        let n = (*frame).slots as usize;
        // SAFETY: this thread runs the generator.
        let saved = &mut *g.saved.get();
        saved.clear();
        saved.reserve(n);
        let base = (*frame).base;
        for i in 0..n {
            let w = Word(*base.add(i));
            if w.is_ptr() {
                *base.add(i) = UNBOUND.0;
                if !w.is_owned_ptr() && !w.is_unbound() {
                    saved.push(count::own_for_frame(w.ptr()).0);
                    continue;
                }
            }
            saved.push(w.0);
        }
        g.ip.store(ip as *mut u64, Ordering::Relaxed);
        leave_level(py, g);
        if (*frame).flags & ff::OBJECT != 0 {
            keep_frame_object(g, frame);
        }
        py.interp.leave(frame);
        (*frame).release();
        // Release: pairs with the Acquire in `start`, so the next runner sees the saved frame.
        g.state.store(gs::SUSPENDED, Ordering::Release);
    }
}

#[cold]
unsafe fn keep_frame_object(g: &GenObj, frame: *mut Frame) {
    // SAFETY: the record's object is ours to move.
    unsafe {
        let Some(o) = (*frame).take_object() else {
            return;
        };
        let f = o.cast::<crate::builtins::frame::FrameObj>();
        f.park((*frame).index());
        g.frame_object.set(o);
    }
}

/// The frame of a generator has ended (return or exception).
///
/// # Safety
/// `frame` is the running frame of a generator.
pub unsafe fn finish(py: &Py, frame: *mut Frame) {
    // SAFETY: by the caller's promise.
    unsafe {
        let g = gen_of(frame);
        leave_level(py, g);
        g.level.value.take();
        g.state.store(gs::DONE, Ordering::Release);
    }
}

unsafe fn gen_of<'a>(frame: *mut Frame) -> &'a GenObj {
    // SAFETY: GEN frames carry their generator, which whoever resumed it keeps alive.
    unsafe { (*(*frame).aux().ptr()).payload::<GenObj>() }
}

fn leave_level(py: &Py, g: &GenObj) {
    py.interp
        .exc_top
        .set(g.level.prev.replace(std::ptr::null()));
}

/// Claims a generator for running and pushes its frame. `None`: it has ended.
///
/// # Safety
/// `base` is free stack at or above the running frame's live slots; `v` outlives the frame.
#[inline]
pub unsafe fn start(
    py: &Py,
    v: &Val,
    g: &GenObj,
    base: *mut u64,
    dst: u16,
    flags: u16,
) -> PyResult<Option<*mut Frame>> {
    let from = g.state.load(Ordering::Relaxed);
    if from == gs::DONE {
        return Ok(None);
    }
    if from == gs::RUNNING {
        return Err(already_running(py, v));
    }
    // Acquire: pairs with the Release in `suspend`.
    if g.state
        .compare_exchange(from, gs::RUNNING, Ordering::Acquire, Ordering::Relaxed)
        .is_err()
    {
        return Err(already_running(py, v));
    }
    let func = g.func.word().borrowed();
    let f = g.func.cast::<FuncObj>();
    let code = f.code();
    // SAFETY: this thread owns the generator's fields now.
    unsafe {
        let saved = &mut *g.saved.get();
        let frame = match call::push(
            py,
            func,
            f,
            code,
            base,
            code.locals as usize,
            dst,
            flags | ff::GEN,
        ) {
            Ok(frame) => frame,
            Err(e) => {
                g.state.store(from, Ordering::Release);
                return Err(e);
            }
        };
        std::ptr::copy_nonoverlapping(saved.as_ptr(), base, saved.len());
        for i in saved.len()..code.slots as usize {
            *base.add(i) = UNBOUND.0;
        }
        saved.clear();
        (*frame).ip = g.ip.load(Ordering::Relaxed);
        (*frame).set_aux(v.word().borrowed());
        if code.flags & cf::OPTIMIZED == 0 {
            // The generator keeps it.
            (*frame).set_namespace(g.namespace.word().borrowed());
        }
        g.level.prev.set(py.interp.exc_top.get());
        py.interp.exc_top.set(&g.level);
        if !g.frame_object.is_empty()
            && let Some(o) = g.frame_object.take()
        {
            o.cast::<crate::builtins::frame::FrameObj>().set_live(frame);
            (*frame).set_object(o);
        }
        Ok(Some(frame))
    }
}

#[cold]
fn already_running(py: &Py, v: &Val) -> Raised {
    py.value_error(format!("{} already executing", kind_name(v)))
}

/// "generator", "coroutine" or "async generator", for messages.
pub fn kind_name(v: &Val) -> &'static str {
    let flags = v.cast::<GenObj>().code().flags;
    if flags & cf::ASYNC_GENERATOR != 0 {
        "async generator"
    } else if flags & cf::COROUTINE != 0 {
        "coroutine"
    } else {
        "generator"
    }
}

/// Gives the value of the yield expression to a frame that `start` has pushed.
///
/// # Safety
/// `frame` is the running frame, just pushed; `value`'s ownership moves.
#[inline]
pub unsafe fn deliver(frame: *mut Frame, value: Word) {
    // SAFETY: ip stands behind the YIELD, or behind RETURN_GENERATOR (then there is no receiver).
    unsafe {
        let i = Instr(*(*frame).ip.sub(1));
        if i.opcode() == Opcode::YIELD {
            let p = (*frame).base.add(i.b() as usize);
            let old = Word(*p);
            *p = value.0;
            drop(Obj::from_word(old));
        } else {
            drop(Obj::from_word(value));
        }
    }
}

/// `send(value)` from native code. `Err` carries what the body raised; a generator that has ended returns None.
pub fn resume(py: &Py, v: &Val, value: Obj) -> PyResult<Resumed> {
    py.check_native_stack()?;
    let g = v.cast::<GenObj>();
    if g.state() == gs::CREATED && !value.is_none() {
        return Err(py.type_error(format!(
            "can't send non-None value to a just-started {}",
            kind_name(v)
        )));
    }
    let py = crate::thread::current_of(py);
    // SAFETY: the stack above the running frame is free; the caller's place keeps the generator alive.
    unsafe {
        let Some(frame) = start(py, v, g, py.interp.top(), 0, ff::ENTRY)? else {
            if g.code().flags & cf::COROUTINE != 0 {
                return Err(py.runtime_error("cannot reuse already awaited coroutine"));
            }
            return Ok(Resumed::Returned(py.none()));
        };
        deliver(frame, value.into_word());
        let out = call::run(py, frame)?;
        Ok(if g.state() == gs::DONE {
            Resumed::Returned(out)
        } else {
            Resumed::Yielded(out)
        })
    }
}

/// `throw(exc)`: raises at the yield.
pub fn throw(py: &Py, v: &Val, exc: Raised) -> PyResult<Resumed> {
    py.check_native_stack()?;
    let g = v.cast::<GenObj>();
    if let Some(sub) = g.delegate() {
        return throw_into_delegate(py, v, g, &sub, exc);
    }
    raise_inside(py, v, g, exc)
}

/// Resumes the frame with the exception raised at its yield.
fn raise_inside(py: &Py, v: &Val, g: &GenObj, exc: Raised) -> PyResult<Resumed> {
    let py = crate::thread::current_of(py);
    // SAFETY: as in `resume`.
    unsafe {
        let Some(frame) = start(py, v, g, py.interp.top(), 0, ff::ENTRY)? else {
            if g.code().flags & cf::COROUTINE != 0 {
                return Err(py.runtime_error("cannot reuse already awaited coroutine"));
            }
            return Err(exc);
        };
        let out = call::run_raising(py, frame, exc)?;
        Ok(if g.state() == gs::DONE {
            Resumed::Returned(out)
        } else {
            Resumed::Yielded(out)
        })
    }
}

/// What the sub-iterator of a `yield from` made of an exception.
enum Passed {
    Yielded(Obj),
    Returned(Obj),
    Raise(Raised),
}

/// `yield from` passes exceptions on to the sub-iterator. Meanwhile the generator's own frame is on the stack, as it is
/// when values are sent.
fn throw_into_delegate(py: &Py, v: &Val, g: &GenObj, sub: &Val, exc: Raised) -> PyResult<Resumed> {
    let py = crate::thread::current_of(py);
    // SAFETY: as in `resume`.
    let Some(frame) = (unsafe { start(py, v, g, py.interp.top(), 0, ff::ENTRY)? }) else {
        return Err(exc);
    };
    let passed = pass_on(py, sub, exc);
    // SAFETY: whatever the sub-iterator did, the pushed frame is the running one again.
    let out = unsafe {
        match passed {
            Passed::Yielded(value) => {
                suspend(py, frame, (*frame).ip);
                return Ok(Resumed::Yielded(value));
            }
            Passed::Returned(value) => {
                end_delegation(frame, value);
                call::run(py, frame)?
            }
            Passed::Raise(e) => call::run_raising(py, frame, e)?,
        }
    };
    Ok(if g.state() == gs::DONE {
        Resumed::Returned(out)
    } else {
        Resumed::Yielded(out)
    })
}

fn pass_on(py: &Py, sub: &Val, exc: Raised) -> Passed {
    use crate::builtins::exceptions as x;
    use crate::object::{names, ops};
    if exc.is(&x::GENERATOR_EXIT) {
        return Passed::Raise(close_delegate(py, sub).err().unwrap_or(exc));
    }
    if is_plain_generator(sub) {
        return match throw(py, sub, exc) {
            Ok(Resumed::Yielded(v)) => Passed::Yielded(v),
            Ok(Resumed::Returned(v)) => Passed::Returned(v),
            Err(e) => Passed::Raise(e),
        };
    }
    let method = match ops::getattr_opt(py, sub, &names::throw) {
        Ok(Some(f)) => f,
        Ok(None) => return Passed::Raise(exc),
        Err(e) => return Passed::Raise(e),
    };
    match ops::call1(py, &method, &exc.0) {
        Ok(v) => Passed::Yielded(v),
        Err(e) if e.is(&x::STOP_ITERATION) => Passed::Returned(stop_value(py, &e.0)),
        Err(e) => Passed::Raise(e),
    }
}

/// The sub-iterator has returned `value` during a throw: the frame goes on behind its SEND.
///
/// # Safety
/// `frame` is the running frame, at the YIELD of a `yield from`, which a jump back to its SEND follows; the target of that
/// is the end of the loop.
unsafe fn end_delegation(frame: *mut Frame, value: Obj) {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut at = (*frame).ip;
        let jump = Instr(*at);
        if matches!(jump.opcode(), Opcode::JUMP | Opcode::JUMP_BACK) {
            at = at.offset(jump.bc() as isize);
        }
        let send = Instr(*at);
        debug_assert!(send.opcode() == Opcode::SEND);
        let set = |slot: u16, w: Word| {
            let p = (*frame).base.add(slot as usize);
            let old = Word(*p);
            *p = w.0;
            drop(Obj::from_word(old));
        };
        set(send.b(), value.into_word());
        set(send.a(), UNBOUND);
        (*frame).ip = at.offset(send.sc() as isize);
    }
}

/// Whether `v` is a generator or coroutine (not an async generator).
#[inline(always)]
pub fn is_plain_generator(v: &Val) -> bool {
    v.get::<GenObj>()
        .is_some_and(|g| g.code().flags & cf::ASYNC_GENERATOR == 0)
}

fn close_delegate(py: &Py, sub: &Val) -> PyResult<()> {
    use crate::object::{names, ops};
    if is_plain_generator(sub) {
        return close(py, sub).map(drop);
    }
    match ops::getattr_opt(py, sub, &names::close) {
        Ok(Some(f)) => ops::call0(py, &f).map(drop),
        Ok(None) => Ok(()),
        Err(e) => {
            crate::error::unraisable::write_doing(py, e, "while closing generator", sub);
            Ok(())
        }
    }
}

/// `close()`: the value that the body returned, or None.
pub fn close(py: &Py, v: &Val) -> PyResult<Obj> {
    use crate::builtins::exceptions as x;
    let g = v.cast::<GenObj>();
    if g.state() == gs::DONE {
        return Ok(py.none());
    }
    if g.state() == gs::CREATED
        && g.state
            .compare_exchange(gs::CREATED, gs::DONE, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    {
        g.drop_saved();
        return Ok(py.none());
    }
    if g.ends_quietly(py)
        && g.state
            .compare_exchange(gs::SUSPENDED, gs::DONE, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    {
        g.drop_saved();
        return Ok(py.none());
    }
    let exit = py.error_args(&x::GENERATOR_EXIT, &[]);
    match throw(py, v, exit) {
        Ok(Resumed::Yielded(_)) => {
            Err(py.runtime_error(format!("{} ignored GeneratorExit", kind_name(v))))
        }
        Ok(Resumed::Returned(v)) => Ok(v),
        Err(e) if e.is(&x::GENERATOR_EXIT) || e.is(&x::STOP_ITERATION) => Ok(py.none()),
        Err(e) => Err(e),
    }
}

/// `anext(it, default)`: an awaitable that gives the default at the end.
pub fn anext_with_default(py: &Py, awaitable: Obj, default: &Val) -> Obj {
    super::async_gen::anext_default(py, awaitable, default.to_obj())
}

/// `StopIteration.value`.
pub fn stop_value(py: &Py, e: &Val) -> Obj {
    e.get::<crate::builtins::exceptions::ExcObj>()
        .and_then(|x| x.extra[0].get())
        .unwrap_or_else(|| py.none())
}
