//! Calls and returns. A call of a Python function pushes a frame over the arguments where they stand.

use super::Slots;
use crate::builtins::function::{self, FuncObj};
use crate::builtins::method::MethodObj;
use crate::builtins::{code::CodeObj, generator};
use crate::bytecode::instr::{Instr, x};
use crate::bytecode::ops::Opcode;
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::abi::{DONE, Table};
use crate::interp::cache::{self, kind};
use crate::interp::frame::{Frame, ff};
use crate::interp::{call, unwind};
use crate::object::header::flags;
use crate::object::native::{self, Args};
use crate::object::shape::Kind;
use crate::object::type_::Type;
use crate::object::value::{Obj, UNBOUND, Val, Word};
use crate::object::{names, ops};
use crate::thread::Py;
use smallvec::SmallVec;

pub mod op {
    use super::*;

    handler!(CALL(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let window = base.add(i.a() as usize);
        let f = Word(*window);
        if f.is_ptr() && (*(*f.ptr()).shape_ptr()).is(Kind::Function) {
            let func = (*f.ptr()).payload::<FuncObj>();
            let code: &CodeObj = func.code();
            let has_self = (i.x() & x::OP0 != 0 && *window.add(1) != UNBOUND.0) as usize;
            let n = i.c() as usize + has_self;
            let new_base = window.add(2 - has_self);
            if code.fast_args as usize == n && code.frees == 0 && call::has_room_now(py, frame.add(1), new_base, code) {
                (*frame).ip = ip.add(1);
                call::fill(py, frame.add(1), f, func, code, new_base, n, i.b(), 0);
                *window = UNBOUND.0;
                next!(code.words_ptr(), new_base, table, py, frame.add(1))
            }
        }
        return call_other(ip, base, table, py, frame, w);
    });

    handler!(CALL_KW(ip, base, table, py, frame, w) {
        (*frame).ip = ip.add(2);
        let names = (*frame).code().constant(*ip as usize);
        let names = names.cast::<crate::builtins::tuple::TupleObj>().items();
        match call_any(py, base, w, names) {
            CALL_RAISED => return unwind::op_unwind(ip, base, table, py, frame, w),
            CALL_DONE => next!(ip.add(2), base, reload!(py), py, frame),
            callee => {
                let callee = callee as *mut Frame;
                next!((*callee).ip, (*callee).base, reload!(py), py, callee)
            }
        }
    });

    out_of_line!(CALL_EX, 0, |py, s, i, frame, at| call_ex(py, s, i));

    handler!(RETURN(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let p = base.add(i.a() as usize);
        let mut v = Word(*p);
        if v.is_ptr() && !v.is_owned_ptr() {
            // A borrowed result must not outlive what keeps it.
            match count::quick_return(py, v) {
                Some(own) => v = own,
                None => return return_borrowed(ip, base, table, py, frame, w),
            }
        }
        *p = UNBOUND.0;
        return finish_return(ip, base, table, py, frame, v.0);
    });

    handler!(#[inline(never)] return_borrowed(ip, base, table, py, frame, w) {
        let p = base.add(Instr(w).a() as usize);
        let v = count::for_return(Word(*p));
        *p = UNBOUND.0;
        return return_slow(ip, base, table, py, frame, v.0);
    });

    handler!(RETURN_NONE(ip, base, table, py, frame, w) {
        return finish_return(ip, base, table, py, frame, crate::builtins::singletons::NONE.word().0);
    });
}

/// Ends the running frame with the result `v`, whose ownership moves.
///
/// # Safety
/// As for handlers.
#[inline(always)]
unsafe fn finish_return(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    v: u64,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        if (*frame).flags != 0 {
            return return_special(ip, base, table, py, frame, v);
        }
        // From the last local down, as `clear_slots`; what this cannot drop is left to `return_slow`.
        let mut p = base.add((*(*frame).code).locals as usize);
        while p > base {
            p = p.sub(1);
            let w = Word(*p);
            if w.is_ptr() {
                if w.is_owned_ptr() && !count::quick_release(py, w.ptr()) {
                    return return_slow(ip, base, table, py, frame, v);
                }
                *p = UNBOUND.0;
            }
        }
        let func = (*frame).func;
        if func.is_owned_ptr() && !count::quick_release(py, func.ptr()) {
            return return_slow(ip, base, table, py, frame, v);
        }
        #[cfg(debug_assertions)]
        unwind::assert_clean(frame);
        let caller = frame.sub(1);
        py.interp.frame.set(caller);
        let base = (*caller).base;
        let p = base.add((*frame).dst as usize);
        let old = Word(*p);
        *p = v;
        drop_next!(old, (*caller).ip, base, table, py, caller)
    }
}

/// As `finish_return` where something that the frame held dies. No flag is set.
#[inline(never)]
unsafe extern "C-unwind" fn return_slow(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    v: u64,
) -> u64 {
    // SAFETY: the running frame.
    unsafe {
        if (*frame).flags != 0 {
            return return_special(ip, base, table, py, frame, v);
        }
        unwind::clear_slots(base, base.add((*(*frame).code).locals as usize));
        #[cfg(debug_assertions)]
        unwind::assert_clean(frame);
        let caller = frame.sub(1);
        py.interp.frame.set(caller);
        let func = (*frame).func;
        if func.is_owned_ptr() {
            count::release(func.ptr());
        }
        let base = (*caller).base;
        let p = base.add((*frame).dst as usize);
        let old = Word(*p);
        *p = v;
        drop_next!(old, (*caller).ip, base, reload!(py), py, caller)
    }
}

/// Returns to native code, from a generator, from `__init__`, or with a frame object.
#[inline(never)]
unsafe extern "C-unwind" fn return_special(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    v: u64,
) -> u64 {
    // SAFETY: the running frame.
    unsafe {
        if (*frame).flags & ff::INIT != 0 {
            if v != crate::builtins::singletons::NONE.word().0 {
                return init_returned_value(ip, base, table, py, frame, v);
            }
            let instance = (*frame).take_aux();
            (*frame).flags &= !ff::INIT;
            if (*frame).flags == 0 {
                return return_again(ip, base, table, py, frame, instance.0);
            }
            return return_special(ip, base, table, py, frame, instance.0);
        }
        if (*frame).flags & ff::OPERATOR != 0 {
            return super::operator::operator_returned(ip, base, table, py, frame, v);
        }
        let flags = (*frame).flags;
        let dst = (*frame).dst;
        let v = if flags & (ff::GEN | ff::ENTRY) != 0 {
            count::owned(Word(v)).0
        } else {
            v
        };
        end_frame(py, frame);
        if flags & ff::ENTRY != 0 {
            py.interp.outcome.set(v);
            return DONE;
        }
        let caller = frame.sub(1);
        let base = (*caller).base;
        if flags & ff::GEN != 0 {
            return generator_returned(ip, base, table, py, caller, v);
        }
        let p = base.add(dst as usize);
        let old = Word(*p);
        *p = v;
        drop_next!(old, (*caller).ip, base, reload!(py), py, caller)
    }
}

/// `finish_return` as a function.
#[inline(never)]
unsafe extern "C-unwind" fn return_again(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    v: u64,
) -> u64 {
    // SAFETY: the running frame.
    unsafe { finish_return(ip, base, table, py, frame, v) }
}

/// Ends a frame that may be a generator's.
///
/// # Safety
/// `frame` is the running frame.
#[inline(never)]
unsafe fn end_frame(py: &Py, frame: *mut Frame) {
    // SAFETY: by the caller's promise.
    unsafe {
        if (*frame).flags & ff::GEN != 0 {
            generator::finish(py, frame);
        }
        unwind::pop(py, frame);
    }
}

/// `__init__` has returned something else than None.
#[cold]
unsafe extern "C-unwind" fn init_returned_value(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    v: u64,
) -> u64 {
    #[inline(never)]
    fn raise(py: &Py, v: u64) {
        // SAFETY: the result's ownership was handed on.
        let o = unsafe { Obj::from_word(Word(v)) };
        let ty = o.ty().name();
        py.interp
            .set_raised(py.type_error(format!("__init__() should return None, not '{ty}'")));
    }
    // SAFETY: the running frame.
    unsafe {
        (*frame).ip = ip;
        raise(py, v);
        unwind::op_unwind(ip, base, table, py, frame, 0)
    }
}

/// A generator resumed by FOR_ITER or SEND has returned `v`. `caller` is the running frame.
#[inline(never)]
unsafe extern "C-unwind" fn generator_returned(
    _ip: *const u64,
    base: *mut u64,
    _table: *const Table,
    py: &'static Py,
    caller: *mut Frame,
    v: u64,
) -> u64 {
    // SAFETY: the caller's ip stands behind the instruction that resumed the generator.
    unsafe {
        let at = (*caller).ip.sub(1);
        let i = Instr(*at);
        let s = Slots(base);
        if i.opcode() == Opcode::SEND {
            s.put_word(i.b(), Word(v));
            s.clear(i.a());
        } else {
            debug_assert!(i.opcode() == Opcode::FOR_ITER);
            drop(Obj::from_word(Word(v)));
            s.clear(i.b());
        }
        next!(at.offset(i.sc() as isize), base, reload!(py), py, caller)
    }
}

// Calls of what CALL does not push a frame for: closures, native functions, classes.
handler!(#[inline(never)] call_other(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let window = base.add(i.a() as usize);
    let f = Word(*window);
    if !f.is_ptr() {
        return call_slow(ip, base, table, py, frame, w);
    }
    let kind = (*(*f.ptr()).shape_ptr()).kind();
    let has_self = (i.x() & x::OP0 != 0 && *window.add(1) != UNBOUND.0) as usize;
    let n = i.c() as usize + has_self;
    if kind == Kind::MethodDescr as u8 || kind == Kind::NativeFn as u8 {
        (*frame).ip = ip.add(1);
        if !call_native(py, base, w, n) {
            return unwind::op_unwind(ip, base, table, py, frame, w);
        }
        next!(ip.add(1), base, reload!(py), py, frame)
    }
    if kind == Kind::Function as u8 {
        let func = (*f.ptr()).payload::<FuncObj>();
        let code: &CodeObj = func.code();
        let new_base = window.add(2 - has_self);
        if code.fast_args as usize == n && call::has_room(py, frame.add(1), new_base, code) {
            (*frame).ip = ip.add(1);
            call::fill(py, frame.add(1), f, func, code, new_base, n, i.b(), 0);
            if code.frees != 0 {
                call::copy_closure(func, code, new_base);
            }
            *window = UNBOUND.0;
            next!(code.words_ptr(), new_base, table, py, frame.add(1))
        }
    }
    if kind == Kind::Class as u8 && has_self == 0 {
        let c = cache::read(ip);
        let ty = (*f.ptr()).payload::<Type>();
        if cache::kind_of(c) == kind::INIT && cache::version(c) == ty.version() {
            return call_class(ip, base, table, py, frame, w);
        }
    }
    return call_slow(ip, base, table, py, frame, w);
});

/// Calls the native function or method descriptor in the window with `n` arguments; false: raised.
#[inline(never)]
fn call_native(py: &Py, base: *mut u64, w: u64, n: usize) -> bool {
    let (s, i) = (Slots(base), Instr(w));
    let args = s.vals(i.a() + 2 + i.c() - n as u16, n);
    match native::call_fast(py, s.val(i.a()), args) {
        Some(Ok(r)) => {
            s.clear_window(i.a(), i.c() as usize + 2);
            s.put(i.b(), r);
            true
        }
        Some(Err(e)) => {
            py.interp.set_raised(e);
            false
        }
        None => {
            py.interp
                .set_raised(py.system_error("not a native function"));
            false
        }
    }
}

// A class with a cached `__init__`, a Python function that takes what is passed: the instance is made and `__init__`'s frame
// is pushed, marked so that it returns the instance.
handler!(#[inline(never)] call_class(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let window = base.add(i.a() as usize);
    let class = Word(*window);
    let init = cache::record_word(cache::payload(cache::read(ip)));
    let func = (*init.ptr()).payload::<FuncObj>();
    let code: &CodeObj = func.code();
    let n = i.c() as usize + 1;
    let new_base = window.add(1);
    if code.fast_args as usize != n
        || !(*(*init.ptr()).shape_ptr()).is(Kind::Function)
        || (*init.ptr()).flags() & flags::DEFERRED == 0
        || code.frees != 0
        || !call::has_room(py, frame.add(1), new_base, code)
    {
        return call_slow(ip, base, table, py, frame, w);
    }
    (*frame).ip = ip.add(1);
    let instance = py.alloc_plain((*class.ptr()).payload::<Type>());
    // The record's reference keeps the instance, so that of the receiver's slot is borrowed.
    *new_base = instance.borrowed().0;
    call::fill(py, frame.add(1), init.borrowed(), func, code, new_base, n, i.b(), ff::INIT);
    (*frame.add(1)).set_aux(instance);
    *window = UNBOUND.0;
    drop_next!(class, code.words_ptr(), new_base, table, py, frame.add(1))
});

handler!(#[inline(never)] call_slow(ip, base, table, py, frame, w) {
    (*frame).ip = ip.add(1);
    match call_any(py, base, w, &[]) {
        CALL_RAISED => return unwind::op_unwind(ip, base, table, py, frame, w),
        CALL_DONE => next!(ip.add(1), base, reload!(py), py, frame),
        callee => {
            let callee = callee as *mut Frame;
            next!((*callee).ip, (*callee).base, reload!(py), py, callee)
        }
    }
});

// Answers of `call_any` that are no frame.
const CALL_RAISED: usize = 0;
const CALL_DONE: usize = 1;

/// `dispatch` with its answer in one register, so that handlers keep nothing whose address is taken.
#[inline(never)]
fn call_any(py: &'static Py, base: *mut u64, w: u64, kwnames: &[Val]) -> usize {
    match dispatch(py, Slots(base), Instr(w), kwnames) {
        Ok(None) => CALL_DONE,
        Ok(Some(callee)) => callee as usize,
        Err(e) => {
            py.interp.set_raised(e);
            CALL_RAISED
        }
    }
}

/// Calls whatever the window holds: done at once (`None`), or the pushed frame of a Python function.
fn dispatch(py: &'static Py, s: Slots, i: Instr, kwnames: &[Val]) -> PyResult<Option<*mut Frame>> {
    let f = s.val(i.a());
    let has_self = i.x() & x::OP0 != 0 && !s.word(i.a() + 1).is_unbound();
    let n = i.c() as usize + has_self as usize;
    let first = i.a() + 2 - has_self as u16;
    if let Some(func) = f.get::<FuncObj>() {
        return push_python(py, s, i, f, func, first, n, kwnames, None).map(Some);
    }
    if !has_self
        && let Some(m) = f.get::<MethodObj>()
        && let Some(func) = m.func().get::<FuncObj>()
    {
        // The receiver takes the free slot before the arguments; function and receiver get counts of their own.
        let (callee, recv) = (m.func().to_obj(), m.receiver().to_obj());
        s.put(i.a() + 1, recv);
        s.put(i.a(), callee);
        return push_python(
            py,
            s,
            i,
            s.val(i.a()),
            func_of(s, i, func),
            i.a() + 1,
            n + 1,
            kwnames,
            None,
        )
        .map(Some);
    }
    if let Some(ty) = Type::of(f)
        && !has_self
        && let Some(init) = crate::object::class::plain_init(py, ty)
    {
        // A class whose instances are made by object.__new__ and initialized by a Python function.
        let instance = crate::object::class::new_instance(py, ty);
        if kwnames.is_empty() {
            remember_init(py, ty, &init);
        }
        s.put(i.a() + 1, instance.clone());
        let func = init.clone();
        s.put(i.a(), init);
        let frame = push_python(
            py,
            s,
            i,
            s.val(i.a()),
            func.cast::<FuncObj>(),
            i.a() + 1,
            n + 1,
            kwnames,
            Some(instance),
        )?;
        return Ok(Some(frame));
    }
    let args = s.vals(first, n);
    let r = match kwnames.is_empty() {
        true => native::call_fast(py, f, args),
        false => None,
    };
    let r = match r {
        Some(r) => r?,
        None => ops::call(py, f, Args::new(args, kwnames))?,
    };
    s.clear_window(i.a(), i.c() as usize + 2);
    s.put(i.b(), r);
    Ok(None)
}

/// Caches the `__init__` of a class that CALL instantiates.
fn remember_init(py: &Py, ty: &'static Type, init: &Val) {
    let version = ty.assign_version();
    // SAFETY: the running frame's ip stands behind CALL's cache word.
    let ip = unsafe { (*py.interp.frame.get()).ip.sub(1) };
    if version != 0
        && let Some(r) = cache::add_record(init.word().borrowed().0)
    {
        // SAFETY: as above.
        unsafe { cache::write(ip, cache::word(version, kind::INIT, r)) };
    }
}

/// The function payload again, after the slot that kept it was replaced by the function itself.
fn func_of<'a>(s: Slots, i: Instr, _: &FuncObj) -> &'a FuncObj {
    s.val(i.a()).cast::<FuncObj>()
}

/// Pushes a frame for a Python function over its arguments, binding them if needed.
#[allow(clippy::too_many_arguments)]
fn push_python(
    py: &'static Py,
    s: Slots,
    i: Instr,
    f: &Val,
    func: &FuncObj,
    first: u16,
    n: usize,
    kwnames: &[Val],
    instance: Option<Obj>,
) -> PyResult<*mut Frame> {
    let code = func.code();
    // SAFETY: the window and everything above it is free for the callee; limits are checked before slots are written.
    unsafe {
        let base = s.0.add(first as usize);
        let mut filled = n;
        if code.fast_args as usize != n || !kwnames.is_empty() {
            let end = base.add(code.slots as usize + n);
            if end > py.interp.stack_end.get() && !py.interp.grow_stack(end) {
                return Err(py.interp.recursion(py));
            }
            let words: SmallVec<[Word; 10]> = (0..n)
                .map(|k| {
                    let p = base.add(k);
                    let w = Word(*p);
                    *p = UNBOUND.0;
                    w
                })
                .collect();
            function::bind(py, func, &words, kwnames, base)?;
            filled = code.locals as usize;
        }
        let flags = if instance.is_some() { ff::INIT } else { 0 };
        let callee = match call::push(py, f.word(), func, code, base, filled, i.b(), flags) {
            Ok(c) => c,
            Err(e) => {
                unwind::clear_slots(base, base.add(filled));
                return Err(e);
            }
        };
        call::own_namespace(callee, func, code);
        // The record owns the function now.
        *s.0.add(i.a() as usize) = UNBOUND.0;
        if let Some(o) = instance {
            (*callee).set_aux(o.into_word());
        }
        Ok(callee)
    }
}

fn call_ex(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let a = i.a();
    let f = s.val(a);
    let recv = s.val(a + 1).given();
    let list = s.val(a + 2);
    let items = match list.get::<crate::builtins::tuple::TupleObj>() {
        Some(t) => t.items().iter().map(Val::to_obj).collect(),
        None => match list.get::<crate::builtins::list::ListObj>() {
            Some(l) => l.to_vec(),
            None => ops::collect(py, list).map_err(|e| {
                if e.is(&crate::builtins::exceptions::TYPE_ERROR)
                    && list.ty().lookup(py, &names::__iter__).is_none()
                {
                    py.type_error(format!(
                        "{}() argument after * must be an iterable, not {}",
                        callable_name(py, f),
                        list.ty().name()
                    ))
                } else {
                    e
                }
            })?,
        },
    };
    let mut all: SmallVec<[Obj; 8]> = recv.map(Val::to_obj).into_iter().collect();
    all.extend(items);
    let mut kw: SmallVec<[Obj; 8]> = SmallVec::new();
    if let Some(d) = s.val(a + 3).given() {
        if let Some(d) = d.get::<crate::builtins::dict::DictObj>() {
            for (k, v) in d.items() {
                if k.get::<crate::builtins::str::StrObj>().is_none() {
                    return Err(py.type_error("keywords must be strings"));
                }
                kw.push(k);
                all.push(v);
            }
        }
    }
    let args = Args::new(
        crate::object::native::args::objs(&all),
        crate::object::native::args::objs(&kw),
    );
    let r = ops::call(py, f, args)?;
    s.clear_window(a, 4);
    s.put(i.b(), r);
    Ok(())
}

/// The callable in messages: its qualified name with "()" added by the caller.
pub fn callable_name(py: &Py, f: &Val) -> String {
    match ops::getattr_opt(py, f, &names::__qualname__) {
        Ok(Some(q)) => {
            let q = crate::builtins::str::lossy(&q).into_owned();
            match ops::getattr_opt(py, f, &names::__module__) {
                Ok(Some(m)) if !m.is_none() && !crate::builtins::str::eq_text(&m, "builtins") => {
                    format!("{}.{q}", crate::builtins::str::lossy(&m))
                }
                _ => q,
            }
        }
        _ => f.ty().name().into_owned(),
    }
}
