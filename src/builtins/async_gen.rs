//! Async generators (PEP 525): the awaitables of `__anext__`, `asend`, `athrow`, `aclose`.
//!
//! The body runs as a generator whose own yields are wrapped (`Wrapped`), so that they differ from values that pass through
//! from awaited objects.

use crate::builtins::exceptions as exc;
use crate::builtins::generator::{self, GenObj, Resumed, gs};
use crate::builtins::generator_methods::{init_common, outcome, thrown};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicU8, Ordering};

/// A value on its way out of an async generator.
pub struct Wrapped {
    value: Obj,
}

impl Trace for Wrapped {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.value);
    }
}

crate::native_type!(
    /// See `Wrapped`.
    pub WRAPPED: Wrapped = "async_generator_wrapped_value", base crate::object::base::OBJECT, flags tf::NO_NEW, init |_| {}
);

/// Marks a value as yielded by the async generator itself.
pub fn wrap(py: &Py, v: Obj) -> Obj {
    py.alloc(&WRAPPED, Wrapped { value: v })
}

mod state {
    pub const INIT: u8 = 0;
    pub const ITER: u8 = 1;
    pub const CLOSED: u8 = 2;
}

/// Awaitable of `__anext__` and `asend`.
pub struct Asend {
    agen: Obj,
    value: Slot,
    state: AtomicU8,
}

impl Trace for Asend {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.agen);
        t.slot(&self.value);
    }
}

crate::native_type!(
    /// See `Asend`.
    pub ASEND: Asend = "async_generator_asend", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_asend
);

/// Awaitable of `athrow` and, without exception, of `aclose`.
pub struct Athrow {
    agen: Obj,
    exception: Slot,
    state: AtomicU8,
}

impl Trace for Athrow {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.agen);
        t.slot(&self.exception);
    }
}

crate::native_type!(
    /// See `Athrow`.
    pub ATHROW: Athrow = "async_generator_athrow", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_athrow
);

/// First use: the event loop's hooks.
fn init_hooks(py: &Py, v: &Val) -> PyResult<()> {
    let g = v.cast::<GenObj>();
    if g.ag_hooks.swap(1, Ordering::Relaxed) != 0 {
        return Ok(());
    }
    let (first, last) = crate::stdlib::sys::asyncgen_hooks(py);
    if let Some(f) = last.filter(|f| !f.is_none()) {
        g.ag_finalizer.set(f);
    }
    if let Some(f) = first.filter(|f| !f.is_none()) {
        ops::call1(py, &f, v)?;
    }
    Ok(())
}

/// Hands a generator that dies unfinished to the event loop; false if there is no loop to do it.
pub fn call_finalizer(py: &Py, v: &Val, g: &GenObj) -> bool {
    if g.ag_closed.load(Ordering::Relaxed) != 0 {
        return false;
    }
    let Some(f) = g.ag_finalizer.get() else {
        return false;
    };
    if let Err(e) = ops::call1(py, &f, v) {
        crate::error::unraisable::write_doing(py, e, "while finalizing generator", v);
    }
    true
}

/// Called by `ready` for the type `async_generator`.
pub fn init(t: &mut TypeInit) {
    t.slots().aiter.set(|_, v| Ok(v.to_obj()));
    t.slots().anext.set(|py, v| asend(py, v, py.none()));
    init_common(t, "ag");
    t.method(
        "asend",
        "($self, value, /)",
        Bound(|py, a| asend(py, &a[0], a[1].to_obj())),
    );
    t.method(
        "athrow",
        "($self, type, value=None, traceback=None, /)",
        Bound(|py, a| {
            init_hooks(py, &a[0])?;
            let e = thrown(py, &a[1..])?;
            Ok(athrow(py, &a[0], Some(e.0)))
        }),
    );
    t.method(
        "aclose",
        "($self, /)",
        Bound(|py, a| {
            init_hooks(py, &a[0])?;
            Ok(athrow(py, &a[0], None))
        }),
    );
}

fn asend(py: &Py, v: &Val, value: Obj) -> PyResult<Obj> {
    init_hooks(py, v)?;
    Ok(py.alloc(
        &ASEND,
        Asend {
            agen: v.to_obj(),
            value: Slot::new(value),
            state: AtomicU8::new(state::INIT),
        },
    ))
}

fn athrow(py: &Py, v: &Val, e: Option<Obj>) -> Obj {
    let exception = e.map_or(Slot::empty(), Slot::new);
    py.alloc(
        &ATHROW,
        Athrow {
            agen: v.to_obj(),
            exception,
            state: AtomicU8::new(state::INIT),
        },
    )
}

/// What the body did, seen by whoever awaits.
fn unwrap(py: &Py, g: &GenObj, r: PyResult<Resumed>) -> PyResult<Resumed> {
    match r {
        Ok(Resumed::Yielded(v)) => match v.get::<Wrapped>() {
            Some(w) => {
                g.ag_running.store(0, Ordering::Relaxed);
                Ok(Resumed::Returned(w.value.clone()))
            }
            None => Ok(Resumed::Yielded(v)),
        },
        Ok(Resumed::Returned(_)) => {
            g.ag_running.store(0, Ordering::Relaxed);
            g.ag_closed.store(1, Ordering::Relaxed);
            Err(py.error_args(&exc::STOP_ASYNC_ITERATION, &[]))
        }
        Err(e) => {
            g.ag_running.store(0, Ordering::Relaxed);
            if e.is(&exc::STOP_ASYNC_ITERATION) || e.is(&exc::GENERATOR_EXIT) {
                g.ag_closed.store(1, Ordering::Relaxed);
            }
            Err(e)
        }
    }
}

fn asend_send(py: &Py, v: &Val, value: &Val) -> PyResult<Resumed> {
    let a = v.cast::<Asend>();
    let g = a.agen.cast::<GenObj>();
    let mut value = value.to_obj();
    match a.state.load(Ordering::Relaxed) {
        state::CLOSED => {
            return Err(py.runtime_error("cannot reuse already awaited __anext__()/asend()"));
        }
        state::INIT => {
            if g.ag_running.load(Ordering::Relaxed) != 0 {
                a.state.store(state::CLOSED, Ordering::Relaxed);
                return Err(py.runtime_error("anext(): asynchronous generator is already running"));
            }
            if value.is_none() {
                value = a.value.get().unwrap_or_else(|| py.none());
            }
            a.state.store(state::ITER, Ordering::Relaxed);
        }
        _ => {}
    }
    g.ag_running.store(1, Ordering::Relaxed);
    let r = unwrap(py, g, generator::resume(py, &a.agen, value));
    if !matches!(r, Ok(Resumed::Yielded(_))) {
        a.state.store(state::CLOSED, Ordering::Relaxed);
    }
    r
}

fn asend_throw(py: &Py, v: &Val, e: Raised) -> PyResult<Resumed> {
    let a = v.cast::<Asend>();
    let g = a.agen.cast::<GenObj>();
    match a.state.load(Ordering::Relaxed) {
        state::CLOSED => {
            return Err(py.runtime_error("cannot reuse already awaited __anext__()/asend()"));
        }
        state::INIT => {
            if g.ag_running.load(Ordering::Relaxed) != 0 {
                a.state.store(state::CLOSED, Ordering::Relaxed);
                return Err(py.runtime_error("anext(): asynchronous generator is already running"));
            }
            a.state.store(state::ITER, Ordering::Relaxed);
            g.ag_running.store(1, Ordering::Relaxed);
        }
        _ => {}
    }
    let r = unwrap(py, g, generator::throw(py, &a.agen, e));
    if !matches!(r, Ok(Resumed::Yielded(_))) {
        a.state.store(state::CLOSED, Ordering::Relaxed);
    }
    r
}

fn init_awaitable(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().r#await.set(|_, v| Ok(v.to_obj()));
}

fn step(py: &Py, r: PyResult<Resumed>) -> PyResult<Option<Obj>> {
    match r? {
        Resumed::Yielded(v) => Ok(Some(v)),
        r => outcome(py, r).map(Some),
    }
}

fn init_asend(t: &mut TypeInit) {
    init_awaitable(t);
    t.slots()
        .next
        .set(|py, v| step(py, asend_send(py, v, &py.none())));
    t.method(
        "send",
        "($self, value, /)",
        Bound(|py, a| asend_send(py, &a[0], &a[1]).and_then(|r| outcome(py, r))),
    );
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Bound(|py, a| {
            let e = thrown(py, &a[1..])?;
            asend_throw(py, &a[0], e).and_then(|r| outcome(py, r))
        }),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| {
            if a[0].cast::<Asend>().state.load(Ordering::Relaxed) == state::CLOSED {
                return Ok(py.none());
            }
            close_with(
                py,
                asend_throw(py, &a[0], py.error_args(&exc::GENERATOR_EXIT, &[])),
            )
        }),
    );
}

fn close_with(py: &Py, r: PyResult<Resumed>) -> PyResult<Obj> {
    match r {
        Ok(Resumed::Yielded(_)) => Err(py.runtime_error("coroutine ignored GeneratorExit")),
        Ok(Resumed::Returned(_)) => Ok(py.none()),
        Err(e)
            if e.is(&exc::STOP_ITERATION)
                || e.is(&exc::STOP_ASYNC_ITERATION)
                || e.is(&exc::GENERATOR_EXIT) =>
        {
            Ok(py.none())
        }
        Err(e) => Err(e),
    }
}

/// The result of a step of `athrow`/`aclose`.
fn athrow_result(py: &Py, a: &Athrow, g: &GenObj, r: PyResult<Resumed>) -> PyResult<Resumed> {
    let closing = a.exception.is_empty();
    let done = |r| {
        a.state.store(state::CLOSED, Ordering::Relaxed);
        g.ag_running.store(0, Ordering::Relaxed);
        r
    };
    if !closing {
        let r = unwrap(py, g, r);
        return if matches!(r, Ok(Resumed::Yielded(_))) {
            r
        } else {
            done(r)
        };
    }
    match r {
        Ok(Resumed::Yielded(v)) if v.get::<Wrapped>().is_some() => done(Err(
            py.runtime_error("async generator ignored GeneratorExit")
        )),
        Ok(Resumed::Yielded(v)) => Ok(Resumed::Yielded(v)),
        Ok(Resumed::Returned(_)) => done(Ok(Resumed::Returned(py.none()))),
        Err(e) if e.is(&exc::STOP_ASYNC_ITERATION) || e.is(&exc::GENERATOR_EXIT) => {
            done(Ok(Resumed::Returned(py.none())))
        }
        Err(e) => done(Err(e)),
    }
}

fn athrow_begin(py: &Py, a: &Athrow, g: &GenObj) -> PyResult<Option<PyResult<Resumed>>> {
    let closing = a.exception.is_empty();
    if g.ag_running.load(Ordering::Relaxed) != 0 {
        a.state.store(state::CLOSED, Ordering::Relaxed);
        let which = if closing { "aclose" } else { "athrow" };
        return Err(py.runtime_error(format!(
            "{which}(): asynchronous generator is already running"
        )));
    }
    if g.ag_closed.load(Ordering::Relaxed) != 0 || (closing && g.state() == gs::DONE) {
        a.state.store(state::CLOSED, Ordering::Relaxed);
        if closing {
            return Ok(Some(Ok(Resumed::Returned(py.none()))));
        }
        return Err(py.error_args(&exc::STOP_ASYNC_ITERATION, &[]));
    }
    a.state.store(state::ITER, Ordering::Relaxed);
    g.ag_running.store(1, Ordering::Relaxed);
    if closing {
        g.ag_closed.store(1, Ordering::Relaxed);
    }
    Ok(None)
}

fn athrow_send(py: &Py, v: &Val, value: &Val) -> PyResult<Resumed> {
    let a = v.cast::<Athrow>();
    let g = a.agen.cast::<GenObj>();
    match a.state.load(Ordering::Relaxed) {
        state::CLOSED => Err(py.runtime_error("cannot reuse already awaited aclose()/athrow()")),
        state::INIT => {
            if !value.is_none() {
                return Err(
                    py.runtime_error("can't send non-None value to a just-started coroutine")
                );
            }
            if let Some(r) = athrow_begin(py, a, g)? {
                return r;
            }
            let e = a
                .exception
                .get()
                .map_or_else(|| py.error_args(&exc::GENERATOR_EXIT, &[]), Raised);
            athrow_result(py, a, g, generator::throw(py, &a.agen, e))
        }
        _ => athrow_result(py, a, g, generator::resume(py, &a.agen, value.to_obj())),
    }
}

fn athrow_throw(py: &Py, v: &Val, e: Raised) -> PyResult<Resumed> {
    let a = v.cast::<Athrow>();
    let g = a.agen.cast::<GenObj>();
    match a.state.load(Ordering::Relaxed) {
        state::CLOSED => {
            return Err(py.runtime_error("cannot reuse already awaited aclose()/athrow()"));
        }
        state::INIT => {
            if let Some(r) = athrow_begin(py, a, g)? {
                return r;
            }
        }
        _ => {}
    }
    athrow_result(py, a, g, generator::throw(py, &a.agen, e))
}

fn init_athrow(t: &mut TypeInit) {
    init_awaitable(t);
    t.slots()
        .next
        .set(|py, v| step(py, athrow_send(py, v, &py.none())));
    t.method(
        "send",
        "($self, value, /)",
        Bound(|py, a| athrow_send(py, &a[0], &a[1]).and_then(|r| outcome(py, r))),
    );
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Bound(|py, a| {
            let e = thrown(py, &a[1..])?;
            athrow_throw(py, &a[0], e).and_then(|r| outcome(py, r))
        }),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| {
            if a[0].cast::<Athrow>().state.load(Ordering::Relaxed) == state::CLOSED {
                return Ok(py.none());
            }
            close_with(
                py,
                athrow_throw(py, &a[0], py.error_args(&exc::GENERATOR_EXIT, &[])),
            )
        }),
    );
}

/// SEND to one of the awaitables; `None` for other objects.
pub fn send(py: &Py, recv: &Val, value: &Val) -> Option<PyResult<Resumed>> {
    if ASEND.is_exact(recv) {
        return Some(asend_send(py, recv, value));
    }
    if ATHROW.is_exact(recv) {
        return Some(athrow_send(py, recv, value));
    }
    None
}

/// Awaitable of `anext(it, default)`.
pub struct AnextDefault {
    awaitable: Obj,
    iter: Slot,
    default: Obj,
}

impl Trace for AnextDefault {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.awaitable);
        t.slot(&self.iter);
        t.obj(&self.default);
    }
}

crate::native_type!(
    /// See `AnextDefault`.
    pub ANEXT_DEFAULT: AnextDefault = "anext_awaitable", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_anext_default
);

/// See `AnextDefault`.
pub fn anext_default(py: &Py, awaitable: Obj, default: Obj) -> Obj {
    py.alloc(
        &ANEXT_DEFAULT,
        AnextDefault {
            awaitable,
            iter: Slot::empty(),
            default,
        },
    )
}

/// The iterator behind the awaitable, made on first use.
fn anext_iter(py: &Py, a: &AnextDefault) -> PyResult<Obj> {
    if let Some(i) = a.iter.get() {
        return Ok(i);
    }
    let i = crate::interp::handlers::generator::awaitable_iter(py, &a.awaitable)?;
    a.iter.set(i.clone());
    Ok(i)
}

fn or_default(py: &Py, a: &AnextDefault, r: PyResult<Obj>) -> PyResult<Obj> {
    r.map_err(|e| {
        if e.is(&exc::STOP_ASYNC_ITERATION) {
            crate::builtins::generator_methods::stop(py, a.default.clone())
        } else {
            e
        }
    })
}

fn init_anext_default(t: &mut TypeInit) {
    init_awaitable(t);
    t.slots().next.set(|py, v| {
        let a = v.cast::<AnextDefault>();
        let i = anext_iter(py, a)?;
        let r = crate::builtins::generator_methods::send_any(py, &i, &py.none())
            .and_then(|r| outcome(py, r));
        or_default(py, a, r).map(Some)
    });
    t.method(
        "send",
        "($self, value, /)",
        Bound(|py, v| {
            let a = v[0].cast::<AnextDefault>();
            let i = anext_iter(py, a)?;
            let r = crate::builtins::generator_methods::send_any(py, &i, &v[1])
                .and_then(|r| outcome(py, r));
            or_default(py, a, r)
        }),
    );
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Bound(|py, v| {
            let a = v[0].cast::<AnextDefault>();
            let i = anext_iter(py, a)?;
            let f = ops::getattr(py, &i, &crate::object::names::throw)?;
            or_default(py, a, ops::call1(py, &f, &v[1]))
        }),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, v| {
            let i = anext_iter(py, v[0].cast::<AnextDefault>())?;
            ops::call0(py, &*ops::getattr(py, &i, &crate::object::names::close)?)
        }),
    );
}
