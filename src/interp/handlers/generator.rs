//! Generators, coroutines, async iteration.

use super::Slots;
use crate::builtins::generator::{self, GenObj, Resumed, gs};
use crate::builtins::generator_methods as gm;
use crate::bytecode::code::cf;
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::abi::DONE;
use crate::interp::frame::{Frame, ff};
use crate::interp::unwind;
use crate::object::ops;
use crate::object::value::{Obj, UNBOUND, Val, Word};
use crate::thread::Py;

pub mod op {
    use super::*;

    handler!(RETURN_GENERATOR(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        let g = generator::from_frame(py, frame).into_word();
        let flags = (*frame).flags;
        let dst = (*frame).dst;
        unwind::pop(py, frame);
        if flags & ff::ENTRY != 0 {
            py.interp.outcome.set(g.0);
            return DONE;
        }
        let caller = frame.sub(1);
        let base = (*caller).base;
        Slots(base).put_word(dst, g);
        next!((*caller).ip, base, reload!(py), py, caller)
    });

    handler!(YIELD(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let p = base.add(i.a() as usize);
        let mut v = Word(*p);
        let moved = i.x() & x::A_TEMP != 0;
        if moved {
            *p = UNBOUND.0;
        }
        if v.is_ptr() && !(moved && v.is_owned_ptr()) {
            v = count::own_for_frame(v.ptr());
        }
        if i.x() & x::OP1 != 0 {
            v = gm::wrap_yielded(py, Obj::from_word(v)).into_word();
        }
        let flags = (*frame).flags;
        let dst = (*frame).dst;
        generator::suspend(py, frame, ip);
        if flags & ff::ENTRY != 0 {
            py.interp.outcome.set(v.0);
            return DONE;
        }
        let caller = frame.sub(1);
        let base = (*caller).base;
        Slots(base).put_word(dst, v);
        next!((*caller).ip, base, reload!(py), py, caller)
    });

    handler!(SEND(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        match send(py, Slots(base), Instr(w), frame) {
            SEND_RAISED => return unwind::op_unwind(ip, base, table, py, frame, w),
            SEND_YIELDED => next!(ip, base, reload!(py), py, frame),
            SEND_RETURNED => next!(ip.offset(Instr(w).sc() as isize - 1), base, reload!(py), py, frame),
            callee => {
                let callee = callee as *mut Frame;
                next!((*callee).ip, (*callee).base, reload!(py), py, callee)
            }
        }
    });

    plain!(GET_YIELD_FROM_ITER, yield_from_iter);
    plain!(GET_AWAITABLE, get_awaitable);
    plain!(GET_AITER, get_aiter);
    plain!(GET_ANEXT, get_anext);
}

// Answers of `send` that are no frame.
const SEND_RAISED: usize = 0;
const SEND_YIELDED: usize = 1;
const SEND_RETURNED: usize = 2;

/// One step of SEND: the frame of a generator that goes on, or what the step gave. Out of line, so that none of its locals
/// keeps the handler from jumping.
#[inline(never)]
fn send(py: &'static Py, s: Slots, i: Instr, frame: *mut Frame) -> usize {
    match send_step(py, s, i, frame) {
        Ok(r) => r,
        Err(e) => {
            py.interp.set_raised(e);
            SEND_RAISED
        }
    }
}

fn send_step(py: &'static Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<usize> {
    let recv = s.val(i.a());
    if let Some(g) = recv.get::<GenObj>()
        && g.code().flags & cf::ASYNC_GENERATOR == 0
        && (g.state() == gs::SUSPENDED || (g.state() == gs::CREATED && s.val(i.b()).is_none()))
    {
        // SAFETY: `frame` is the running frame; the started one is above it.
        unsafe {
            if let Some(callee) = generator::start(py, recv, g, (*frame).top(), i.b(), 0)? {
                generator::deliver(callee, s.take(i.b()).into_word());
                return Ok(callee as usize);
            }
        }
    }
    let r = if recv.get::<GenObj>().is_some() && generator::is_plain_generator(recv) {
        generator::resume(py, recv, s.get(i.b()))?
    } else {
        gm::send_any(py, recv, s.val(i.b()))?
    };
    match r {
        Resumed::Yielded(v) => {
            s.put(i.b(), v);
            Ok(SEND_YIELDED)
        }
        Resumed::Returned(v) => {
            s.put(i.b(), v);
            s.clear(i.a());
            Ok(SEND_RETURNED)
        }
    }
}

fn yield_from_iter(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let r = if let Some(g) = v.get::<GenObj>() {
        // SAFETY: the running frame.
        let flags = unsafe { (*frame).code() }.flags;
        if g.code().flags & cf::COROUTINE != 0
            && flags & (cf::COROUTINE | cf::ITERABLE_COROUTINE) == 0
        {
            return Err(py.type_error(
                "cannot 'yield from' a coroutine object in a non-coroutine generator",
            ));
        }
        v.to_obj()
    } else {
        ops::iter(py, v)?
    };
    s.finish(i, r);
    Ok(())
}

/// The iterator behind an awaitable.
pub fn awaitable_iter(py: &Py, v: &Val) -> PyResult<Obj> {
    if let Some(g) = v.get::<GenObj>()
        && g.code().flags & (cf::COROUTINE | cf::ITERABLE_COROUTINE) != 0
    {
        if g.delegate().is_some() && g.code().flags & cf::COROUTINE != 0 {
            return Err(py.runtime_error("coroutine is being awaited already"));
        }
        return Ok(v.to_obj());
    }
    let Some(f) = v.ty().slots.r#await.get() else {
        return Err(py.type_error(format!("'{}' object can't be awaited", v.ty().name())));
    };
    let r = f(py, v)?;
    if r.get::<GenObj>()
        .is_some_and(|g| g.code().flags & cf::COROUTINE != 0)
    {
        return Err(py.type_error("__await__() returned a coroutine"));
    }
    if r.ty().slots.next.get().is_none() {
        return Err(py.type_error(format!(
            "__await__() returned non-iterator of type '{}'",
            r.ty().name()
        )));
    }
    Ok(r)
}

fn get_awaitable(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let r = awaitable_iter(py, v).map_err(|e| {
        if i.c() == 0 || v.ty().slots.r#await.get().is_some() || v.get::<GenObj>().is_some() {
            return e;
        }
        let which = if i.c() == 1 {
            "__aenter__"
        } else {
            "__aexit__"
        };
        py.type_error(format!(
            "'async with' received an object from {which} that does not implement __await__: {}",
            v.ty().name()
        ))
    })?;
    s.finish(i, r);
    Ok(())
}

fn get_aiter(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let Some(f) = v.ty().slots.aiter.get() else {
        return Err(py.type_error(format!(
            "'async for' requires an object with __aiter__ method, got {}",
            v.ty().name()
        )));
    };
    let r = f(py, v)?;
    if r.ty().slots.anext.get().is_none() {
        return Err(py.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            r.ty().name()
        )));
    }
    s.finish(i, r);
    Ok(())
}

// Out of line: inlined, its locals would keep the handler from jumping to the next one.
#[inline(never)]
fn get_anext(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let Some(f) = v.ty().slots.anext.get() else {
        return Err(py.type_error(format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            v.ty().name()
        )));
    };
    let a = f(py, v)?;
    let r = awaitable_iter(py, &a).map_err(|e| {
        let n = py.type_error(format!(
            "'async for' received an invalid object from __anext__: {}",
            a.ty().name()
        ));
        if let Some(x) = n.0.get::<crate::builtins::exceptions::ExcObj>() {
            x.cause.set(e.0.clone());
            x.context.set(e.0);
        }
        n
    })?;
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    s.put(i.a(), r);
    Ok(())
}
