//! Raising, handlers, `with`.

use super::Slots;
use crate::builtins::exceptions::{self as exc, ExcObj};
use crate::bytecode::instr::Instr;
use crate::error::{PyResult, Raised};
use crate::interp::frame::Frame;
use crate::interp::unwind;
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, UNBOUND, Val};
use crate::thread::Py;
use std::sync::atomic::Ordering;

pub mod op {
    use super::*;

    plain!(PUSH_EXC, push_exc);
    plain!(POP_EXC, pop_exc);
    plain!(EXC_MATCH, exc_match);
    plain!(EXC_GROUP_MATCH, exc_group_match);
    plain!(WITH_EXCEPT, with_except);

    handler!(RAISE(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        match raise(py, Slots(base), Instr(w)) {
            Ok((e, false)) => throw!(e, ip, base, table, py, frame, w),
            Ok((e, true)) => {
                py.interp.set_raised(e);
                return unwind::op_unwind_again(ip, base, table, py, frame, w);
            }
            Err(e) => throw!(e, ip, base, table, py, frame, w),
        }
    });

    handler!(RERAISE(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        let e = Slots(base).take(Instr(w).a());
        py.interp.set_raised(Raised(e));
        return unwind::op_unwind_again(ip, base, table, py, frame, w);
    });

    handler!(END_ASYNC_FOR(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        let i = Instr(w);
        let s = Slots(base);
        let e = s.take(i.a());
        if exc::STOP_ASYNC_ITERATION.check(&e) {
            drop(e);
            s.clear(i.b());
            next!(ip, base, reload!(py), py, frame)
        }
        py.interp.set_raised(Raised(e));
        return unwind::op_unwind_again(ip, base, table, py, frame, w);
    });
}

fn push_exc(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let e = s.get(i.a());
    let old = py.interp.level().value.replace(e);
    match old {
        Some(v) => s.put(i.a() + 1, v),
        None => s.put_word(i.a() + 1, UNBOUND),
    }
    Ok(())
}

fn pop_exc(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let before = s.take(i.a() + 1);
    if before.is_unbound() {
        drop(py.interp.level().value.take());
    } else {
        py.interp.level().value.set(before);
    }
    s.clear(i.a());
    Ok(())
}

// Out of line: inlined, its locals would keep the handler from jumping to the next one.
#[inline(never)]
fn exc_match(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = unwind::matches(py, s.val(i.b()), s.val(i.c()))?;
    s.finish(i, py.bool(r));
    Ok(())
}

fn exc_group_match(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let (hit, rest) = exc::group::match_split(py, s.val(i.b()), s.val(i.c()))?;
    if i.x() & crate::bytecode::instr::x::C_TEMP != 0 {
        s.clear(i.c());
    }
    if !hit.is_none() {
        py.interp.level().value.set(hit.clone());
    }
    s.put(i.a(), hit);
    s.put(i.a() + 1, rest);
    Ok(())
}

// Out of line, as `exc_match`.
#[inline(never)]
fn with_except(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let e = s.val(i.c());
    let ty = e.ty().to_obj();
    let tb = e
        .get::<ExcObj>()
        .and_then(|x| x.traceback.get())
        .unwrap_or_else(|| py.none());
    let f = s.val(i.b());
    let recv = s.val(i.b() + 1).given();
    let r = match recv {
        None => ops::call3(py, f, &ty, e, &tb)?,
        Some(r) => ops::call_objs(py, f, &[r.to_obj(), ty, e.to_obj(), tb])?,
    };
    s.put(i.a(), r);
    Ok(())
}

/// The exception instance of a `raise` operand.
fn instance_of(py: &Py, v: &Val) -> PyResult<Obj> {
    if let Some(t) = Type::of(v)
        && t.has(tf::EXC)
    {
        let e = ops::call0(py, v)?;
        if !e.type_has(tf::EXC) {
            return Err(py.type_error(format!(
                "calling {} should have returned an instance of BaseException, not {}",
                ops::repr_text(py, v)?,
                ops::repr_text(py, &e.ty().to_obj())?
            )));
        }
        return Ok(e);
    }
    if v.type_has(tf::EXC) {
        return Ok(v.to_obj());
    }
    Err(py.type_error("exceptions must derive from BaseException"))
}

/// The exception to raise; true: it is raised again as it is.
fn raise(py: &Py, s: Slots, i: Instr) -> PyResult<(Raised, bool)> {
    if i.c() == 0 {
        return match py.interp.handled() {
            Some(e) => Ok((Raised(e), true)),
            None => Err(py.runtime_error("No active exception to reraise")),
        };
    }
    let e = instance_of(py, s.val(i.a()))?;
    if i.c() == 2 {
        let c = s.val(i.b());
        let x = e.cast::<ExcObj>();
        if c.is_none() {
            x.cause.take();
        } else {
            let cause = match Type::of(c) {
                Some(t) if t.has(tf::EXC) => instance_of(py, c)?,
                _ if c.type_has(tf::EXC) => c.to_obj(),
                _ => return Err(py.type_error("exception causes must derive from BaseException")),
            };
            x.cause.set(cause);
        }
        x.suppress_context.store(true, Ordering::Relaxed);
    }
    s.consume(i);
    let e = Raised(e);
    if py.interp.handled().is_some() {
        unwind::set_context(py, &e);
    }
    Ok((e, false))
}
