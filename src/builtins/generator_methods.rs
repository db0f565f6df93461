//! Methods of generators and coroutines; the awaitables of async generators are in `async_gen`.

use crate::builtins::async_gen;
use crate::builtins::exceptions as exc;
use crate::builtins::frame::FrameObj;
use crate::builtins::generator::{self, GenObj, Resumed, gs};
use crate::builtins::str::{self, StrObj};
use crate::bytecode::code::cf;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::thread::Py;

/// The types `coroutine` and `async_generator` share the payload of generators: one layout each by name.
pub static COROUTINE: crate::object::TypeDef = crate::object::TypeDef::new(
    "coroutine",
    Some(&crate::object::base::OBJECT),
    generator::GENERATOR.layout,
    tf::WEAKREF | tf::NO_NEW,
    init_coroutine,
);
/// See `COROUTINE`.
pub static ASYNC_GENERATOR: crate::object::TypeDef = crate::object::TypeDef::new(
    "async_generator",
    Some(&crate::object::base::OBJECT),
    generator::GENERATOR.layout,
    tf::WEAKREF | tf::NO_NEW,
    async_gen::init,
);

/// What `send` of a generator object gives to its caller: StopIteration at the end.
pub fn outcome(py: &Py, r: Resumed) -> PyResult<Obj> {
    match r {
        Resumed::Yielded(v) => Ok(v),
        Resumed::Returned(v) => Err(stop(py, v)),
    }
}

/// StopIteration with a value.
pub fn stop(py: &Py, v: Obj) -> Raised {
    if v.is_none() {
        py.stop_iteration(None)
    } else {
        stop_with(py, v)
    }
}

fn stop_with(py: &Py, v: Obj) -> Raised {
    // The value is set directly: a tuple or exception must not be taken for the constructor's arguments.
    let e = py.stop_iteration(Some(py.none()));
    if let Some(x) = e.0.get::<exc::ExcObj>() {
        x.args.set(crate::builtins::tuple::new(py, vec![v.clone()]));
        x.extra[0].set(v);
    }
    e
}

/// The exception described by the arguments of `throw(type, value=None, traceback=None)`. An error while the exception
/// is made is thrown in its place.
pub fn thrown(py: &Py, a: &[Val]) -> PyResult<Raised> {
    if a.get(1).and_then(Val::given).is_some() {
        crate::stdlib::warnings::warn(
            py,
            &exc::DEPRECATION_WARNING,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    let optional = |i: usize| a.get(i).and_then(Val::given).and_then(Val::not_none);
    let tb = optional(2);
    if tb.is_some_and(|tb| !crate::builtins::traceback::TRACEBACK.check(tb)) {
        return Err(py.type_error("throw() third argument must be a traceback object"));
    }
    let e = match (crate::object::type_::Type::of(&a[0]), optional(1)) {
        (Some(t), value) if t.has(tf::EXC) => match value {
            None => ops::call0(py, &a[0]),
            Some(v) if v.ty().is_subtype(t) => Ok(v.to_obj()),
            Some(v) => match v.get::<crate::builtins::tuple::TupleObj>() {
                Some(t) => ops::call(py, &a[0], crate::object::Args::pos(t.items())),
                None => ops::call1(py, &a[0], v),
            },
        },
        (None, Some(_)) if a[0].type_has(tf::EXC) => {
            return Err(py.type_error("instance exception may not have a separate value"));
        }
        _ if a[0].type_has(tf::EXC) => Ok(a[0].to_obj()),
        _ => {
            return Err(py.type_error(format!(
                "exceptions must be classes or instances deriving from BaseException, not {}",
                a[0].ty().name()
            )));
        }
    };
    let e = match e {
        Ok(e) if e.type_has(tf::EXC) => e,
        Ok(other) => {
            let text = format!(
                "calling {} should have returned an instance of BaseException, not {}",
                ops::repr_text(py, &a[0])?,
                other.ty().name()
            );
            py.type_error(text).0
        }
        Err(e) => e.0,
    };
    if let Some(tb) = tb
        && let Some(x) = e.get::<exc::ExcObj>()
    {
        x.traceback.set(tb.to_obj());
    }
    Ok(Raised(e))
}

/// Runs at the end of a generator that was not exhausted: closes it, so that `finally` blocks run.
pub fn finalize(py: &Py, v: &Val) {
    let g = v.cast::<GenObj>();
    if g.state() == gs::DONE {
        return;
    }
    if g.code().flags & cf::COROUTINE != 0 && g.state() == gs::CREATED {
        let name = str::lossy(&g.qualname.obj()).into_owned();
        let msg = format!("coroutine '{name}' was never awaited");
        if let Err(e) = crate::stdlib::warnings::warn(py, &exc::RUNTIME_WARNING, &msg, 1) {
            crate::error::unraisable::write_doing(py, e, "while finalizing coroutine", v);
        }
        return;
    }
    if g.code().flags & cf::ASYNC_GENERATOR != 0 && async_gen::call_finalizer(py, v, g) {
        return;
    }
    if let Err(e) = generator::close(py, v) {
        crate::error::unraisable::write_doing(py, e, "while closing generator", v);
    }
}

fn needs_finalize(v: &Val) -> bool {
    let g = v.cast::<GenObj>();
    match g.state() {
        gs::SUSPENDED => {
            g.code().flags & cf::ASYNC_GENERATOR != 0 || !g.ends_quietly(crate::thread::current())
        }
        gs::CREATED => g.code().flags & cf::COROUTINE != 0,
        _ => false,
    }
}

/// What generators, coroutines and async generators have in common.
pub fn init_common(t: &mut TypeInit, prefix: &'static str) {
    t.slots().finalize.set(finalize);
    t.slots().needs_finalize.set(needs_finalize);
    t.slots().repr.set(|py, v| {
        let g = v.cast::<GenObj>();
        let kind = match generator::kind_name(v) {
            "async generator" => "async_generator",
            k => k,
        };
        Ok(py.str(&format!(
            "<{kind} object {} at {:#x}>",
            str::lossy(&g.qualname.obj()),
            v.id()
        )))
    });
    fn set_text(py: &Py, s: &Slot, x: Option<&Val>, what: &str) -> PyResult<()> {
        match x {
            Some(x) if x.get::<StrObj>().is_some() => {
                s.set(x.to_obj());
                Ok(())
            }
            _ => Err(py.type_error(format!("{what} must be set to a string object"))),
        }
    }
    t.getset(
        "__name__",
        |_, v| Ok(v.cast::<GenObj>().name.obj()),
        Some(|py, v, x| set_text(py, &v.cast::<GenObj>().name, x, "__name__")),
    );
    t.getset(
        "__qualname__",
        |_, v| Ok(v.cast::<GenObj>().qualname.obj()),
        Some(|py, v, x| set_text(py, &v.cast::<GenObj>().qualname, x, "__qualname__")),
    );
    let running: crate::object::slots::GetFn =
        |py, v| Ok(py.bool(v.cast::<GenObj>().state() == gs::RUNNING));
    let suspended: crate::object::slots::GetFn =
        |py, v| Ok(py.bool(v.cast::<GenObj>().state() == gs::SUSPENDED));
    let code: crate::object::slots::GetFn = |_, v| Ok(v.cast::<GenObj>().code_obj());
    let delegate: crate::object::slots::GetFn =
        |py, v| Ok(v.cast::<GenObj>().delegate().unwrap_or_else(|| py.none()));
    let leak = |s: String| -> &'static str { Box::leak(s.into_boxed_str()) };
    t.getset(leak(format!("{prefix}_running")), running, None);
    t.getset(leak(format!("{prefix}_suspended")), suspended, None);
    t.getset(leak(format!("{prefix}_code")), code, None);
    t.getset(leak(format!("{prefix}_frame")), frame, None);
    t.getset(
        if prefix == "gi" {
            "gi_yieldfrom"
        } else if prefix == "cr" {
            "cr_await"
        } else {
            "ag_await"
        },
        delegate,
        None,
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(200 + 8 * a[0].cast::<GenObj>().code().slots as i64))),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(crate::builtins::iterators::generic_alias),
    );
}

/// The frame object, None at the end.
fn frame(py: &Py, v: &Val) -> PyResult<Obj> {
    let g = v.cast::<GenObj>();
    Ok(match g.state() {
        gs::DONE => py.none(),
        gs::RUNNING => {
            let f = py.interp.frames().find(|&f| {
                // SAFETY: a live record of this thread.
                unsafe {
                    (*f).aux().identity() == v.word().identity()
                        && (*f).flags & crate::interp::frame::ff::GEN != 0
                }
            });
            f.map_or_else(|| py.none(), |f| crate::builtins::frame::of(py, f))
        }
        _ => match g.frame_object.get() {
            Some(f) => f,
            None => {
                let f = FrameObj::of_generator(py, v, g);
                g.frame_object.set(f.clone());
                f
            }
        },
    })
}

fn send(py: &Py, a: &[Val]) -> PyResult<Obj> {
    generator::resume(py, &a[0], a[1].to_obj()).and_then(|r| outcome(py, r))
}

fn throw(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let e = thrown(py, &a[1..])?;
    generator::throw(py, &a[0], e).and_then(|r| outcome(py, r))
}

fn close(py: &Py, a: &[Val]) -> PyResult<Obj> {
    generator::close(py, &a[0])
}

fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    match generator::resume(py, v, py.none())? {
        Resumed::Yielded(v) => Ok(Some(v)),
        Resumed::Returned(v) if v.is_none() => Ok(None),
        Resumed::Returned(v) => Err(stop(py, v)),
    }
}

/// Called by `ready` for the type `generator`.
pub fn init_generator(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    init_common(t, "gi");
    t.method("send", "($self, value, /)", Bound(send));
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Bound(throw),
    );
    t.method("close", "($self, /)", Bound(close));
}

/// Iterator that `coroutine.__await__()` returns.
pub struct CoroutineWrapper {
    coroutine: Obj,
}

impl Trace for CoroutineWrapper {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.coroutine);
    }
}

crate::native_type!(
    /// See `CoroutineWrapper`.
    pub COROUTINE_WRAPPER: CoroutineWrapper = "coroutine_wrapper", base crate::object::base::OBJECT, flags tf::NO_NEW,
    init init_wrapper
);

fn init_wrapper(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots()
        .next
        .set(|py, v| next(py, &v.cast::<CoroutineWrapper>().coroutine));
    t.method(
        "send",
        "($self, value, /)",
        Bound(|py, a| {
            generator::resume(
                py,
                &a[0].cast::<CoroutineWrapper>().coroutine,
                a[1].to_obj(),
            )
            .and_then(|r| outcome(py, r))
        }),
    );
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Bound(|py, a| {
            let e = thrown(py, &a[1..])?;
            generator::throw(py, &a[0].cast::<CoroutineWrapper>().coroutine, e)
                .and_then(|r| outcome(py, r))
        }),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| generator::close(py, &a[0].cast::<CoroutineWrapper>().coroutine)),
    );
}

fn init_coroutine(t: &mut TypeInit) {
    t.slots().r#await.set(|py, v| {
        Ok(py.alloc(
            &COROUTINE_WRAPPER,
            CoroutineWrapper {
                coroutine: v.to_obj(),
            },
        ))
    });
    init_common(t, "cr");
    t.getset(
        "cr_origin",
        |py, v| Ok(v.cast::<GenObj>().origin.get().unwrap_or_else(|| py.none())),
        None,
    );
    t.method("send", "($self, value, /)", Bound(send));
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Bound(throw),
    );
    t.method("close", "($self, /)", Bound(close));
}

/// SEND to something that is no generator: `__next__` for None, else `send`.
pub fn send_any(py: &Py, recv: &Val, value: &Val) -> PyResult<Resumed> {
    if let Some(w) = recv.get::<CoroutineWrapper>() {
        return generator::resume(py, &w.coroutine, value.to_obj());
    }
    if let Some(r) = async_gen::send(py, recv, value) {
        return r;
    }
    let r = if value.is_none() {
        match recv.ty().slots.next.get() {
            Some(f) => match f(py, recv) {
                Ok(Some(v)) => return Ok(Resumed::Yielded(v)),
                Ok(None) => return Ok(Resumed::Returned(py.none())),
                Err(e) => Err(e),
            },
            None => Err(py.type_error(format!("'{}' object is not an iterator", recv.ty().name()))),
        }
    } else {
        ops::call_method(py, recv, &names::send, &[value])
    };
    match r {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(e) if e.is(&exc::STOP_ITERATION) => {
            Ok(Resumed::Returned(generator::stop_value(py, &e.0)))
        }
        Err(e) => Err(e),
    }
}

/// A value yielded by an async generator, marked as such.
pub fn wrap_yielded(py: &Py, v: Obj) -> Obj {
    async_gen::wrap(py, v)
}
