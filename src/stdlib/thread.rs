//! `_thread`: locks, thread-local storage, identities.
//!
//! A lock is a flag under a mutex with a condition variable. Whoever waits is outside of any other lock.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::structseq::SeqDef;
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::object::{attr, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// Payload of `lock`.
pub struct LockObj {
    locked: Mutex<bool>,
    freed: Condvar,
}

impl Trace for LockObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_thread.lock`.
    pub LOCK: LockObj = "_thread.lock", base crate::object::base::OBJECT, flags tf::WEAKREF, init init_lock
);

/// Payload of `RLock`: owner (0: nobody) and depth.
pub struct RLockObj {
    state: Mutex<(u64, u64)>,
    freed: Condvar,
}

impl Trace for RLockObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_thread.RLock`.
    pub RLOCK: RLockObj = "_thread.RLock", base crate::object::base::OBJECT, flags tf::WEAKREF | tf::BASETYPE, init init_rlock
);

/// The calling thread's identity.
fn ident() -> u64 {
    // SAFETY: a plain query.
    unsafe { libc::pthread_self() as u64 }
}

/// Largest time-out in seconds.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// How long `acquire(blocking, timeout)` waits: `None` for ever.
fn wait_time(py: &Py, blocking: &Val, timeout: &Val) -> PyResult<Option<Duration>> {
    let blocking = blocking.given().map_or(Ok(true), |b| ops::truth(py, b))?;
    let t = timeout.given().map_or(Ok(-1.0), |t| ops::to_f64(py, t))?;
    if !blocking {
        if t != -1.0 {
            return Err(py.value_error("can't specify a timeout for a non-blocking call"));
        }
        return Ok(Some(Duration::ZERO));
    }
    if t == -1.0 {
        return Ok(None);
    }
    if t < 0.0 {
        return Err(py.value_error("timeout value must be a non-negative number"));
    }
    if t > TIMEOUT_MAX {
        return Err(py.overflow_error("timeout value is too large"));
    }
    Ok(Some(Duration::from_secs_f64(t)))
}

/// Waits for `ready` on a condition variable, in slices after which pending work (signals) runs.
fn wait<T>(
    py: &Py,
    m: &Mutex<T>,
    c: &Condvar,
    limit: Option<Duration>,
    ready: impl Fn(&mut T) -> bool,
) -> PyResult<bool> {
    let end = limit.map(|d| Instant::now() + d);
    loop {
        {
            let mut g = m.lock();
            if ready(&mut g) {
                return Ok(true);
            }
            let slice = Duration::from_millis(50);
            let slice = match end {
                Some(e) => match e.checked_duration_since(Instant::now()) {
                    Some(left) if !left.is_zero() => left.min(slice),
                    _ => return Ok(false),
                },
                None => slice,
            };
            c.wait_for(&mut g, slice);
            if ready(&mut g) {
                return Ok(true);
            }
        }
        crate::thread::pending::run(py)?;
    }
}

fn acquire(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<LockObj>();
    let limit = wait_time(py, &a[1], &a[2])?;
    let got = wait(py, &l.locked, &l.freed, limit, |locked| {
        !std::mem::replace(locked, true)
    })?;
    Ok(py.bool(got))
}

fn release(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<LockObj>();
    let was = std::mem::replace(&mut *l.locked.lock(), false);
    if !was {
        return Err(py.runtime_error("release unlocked lock"));
    }
    l.freed.notify_one();
    Ok(py.none())
}

/// A new lock.
pub fn new_lock(py: &Py) -> Obj {
    py.alloc(
        &LOCK,
        LockObj {
            locked: Mutex::new(false),
            freed: Condvar::new(),
        },
    )
}

fn init_lock(t: &mut TypeInit) {
    t.slots().new.set(|py, _, args| {
        if !args.is_empty() {
            return Err(py.type_error("lock() takes no arguments"));
        }
        Ok(new_lock(py))
    });
    t.slots().repr.set(|py, v| {
        let state = if *v.cast::<LockObj>().locked.lock() {
            "locked"
        } else {
            "unlocked"
        };
        Ok(py.str(&format!("<{state} _thread.lock object at {:#x}>", v.id())))
    });
    for name in ["acquire", "acquire_lock"] {
        t.method(name, "($self, blocking=True, timeout=-1)", Bound(acquire));
    }
    t.method(
        "__enter__",
        "($self, /)",
        Bound(|py, a| {
            let none = Obj::unbound();
            acquire(
                py,
                crate::object::native::args::objs(&[a[0].to_obj(), none.clone(), none]),
            )
        }),
    );
    for name in ["release", "release_lock"] {
        t.method(name, "($self, /)", Bound(release));
    }
    t.method(
        "__exit__",
        "($self, /, *args)",
        Bound(|py, a| release(py, &a[..1])),
    );
    for name in ["locked", "locked_lock"] {
        t.method(
            name,
            "($self, /)",
            Bound(|py, a| Ok(py.bool(*a[0].cast::<LockObj>().locked.lock()))),
        );
    }
    t.method(
        "_at_fork_reinit",
        "($self, /)",
        Bound(|py, a| {
            *a[0].cast::<LockObj>().locked.lock() = false;
            Ok(py.none())
        }),
    );
}

fn racquire(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<RLockObj>();
    let limit = wait_time(py, &a[1], &a[2])?;
    let me = ident();
    let got = wait(py, &l.state, &l.freed, limit, |s| {
        if s.1 == 0 || s.0 == me {
            *s = (me, s.1 + 1);
            return true;
        }
        false
    })?;
    Ok(py.bool(got))
}

fn rrelease(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = a[0].cast::<RLockObj>();
    let mut s = l.state.lock();
    if s.1 == 0 || s.0 != ident() {
        drop(s);
        return Err(py.runtime_error("cannot release un-acquired lock"));
    }
    s.1 -= 1;
    if s.1 == 0 {
        s.0 = 0;
        l.freed.notify_one();
    }
    Ok(py.none())
}

fn init_rlock(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            RLockObj {
                state: Mutex::new((0, 0)),
                freed: Condvar::new(),
            },
        ))
    });
    t.slots().init.set(|_, _, _| Ok(()));
    t.slots().repr.set(|py, v| {
        let s = *v.cast::<RLockObj>().state.lock();
        let state = if s.1 > 0 { "locked" } else { "unlocked" };
        Ok(py.str(&format!(
            "<{state} {} object owner={} count={} at {:#x}>",
            v.ty().full_name(),
            s.0,
            s.1,
            v.id()
        )))
    });
    t.method(
        "acquire",
        "($self, blocking=True, timeout=-1)",
        Bound(racquire),
    );
    t.method(
        "__enter__",
        "($self, /)",
        Bound(|py, a| {
            let none = Obj::unbound();
            racquire(
                py,
                crate::object::native::args::objs(&[a[0].to_obj(), none.clone(), none]),
            )
        }),
    );
    t.method("release", "($self, /)", Bound(rrelease));
    t.method(
        "__exit__",
        "($self, /, *args)",
        Bound(|py, a| rrelease(py, &a[..1])),
    );
    t.method(
        "locked",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(a[0].cast::<RLockObj>().state.lock().1 > 0))),
    );
    t.method(
        "_is_owned",
        "($self, /)",
        Bound(|py, a| {
            let s = *a[0].cast::<RLockObj>().state.lock();
            Ok(py.bool(s.1 > 0 && s.0 == ident()))
        }),
    );
    t.method(
        "_recursion_count",
        "($self, /)",
        Bound(|py, a| {
            let s = *a[0].cast::<RLockObj>().state.lock();
            Ok(py.int(if s.0 == ident() { s.1 as i64 } else { 0 }))
        }),
    );
    t.method(
        "_release_save",
        "($self, /)",
        Bound(|py, a| {
            let l = a[0].cast::<RLockObj>();
            let old = std::mem::replace(&mut *l.state.lock(), (0, 0));
            if old.1 == 0 {
                return Err(py.runtime_error("cannot release un-acquired lock"));
            }
            l.freed.notify_one();
            Ok(crate::builtins::tuple::new(
                py,
                vec![py.int(old.1 as i64), py.int(old.0 as i64)],
            ))
        }),
    );
    t.method(
        "_acquire_restore",
        "($self, state, /)",
        Bound(|py, a| {
            let l = a[0].cast::<RLockObj>();
            let parts = ops::collect(py, &a[1])?;
            let [count, owner] = parts.as_slice() else {
                return Err(py.type_error("invalid lock state"));
            };
            let (count, owner) = (
                ops::to_i64(py, count)? as u64,
                ops::to_i64(py, owner)? as u64,
            );
            wait(py, &l.state, &l.freed, None, |s| {
                if s.1 == 0 {
                    *s = (owner, count);
                    return true;
                }
                false
            })?;
            Ok(py.none())
        }),
    );
    t.method(
        "_at_fork_reinit",
        "($self, /)",
        Bound(|py, a| {
            *a[0].cast::<RLockObj>().state.lock() = (0, 0);
            Ok(py.none())
        }),
    );
}

/// Payload of `_local`: one dict for each thread that used it, and the arguments of `__init__`.
pub struct LocalObj {
    dicts: Mutex<Vec<(u16, Obj)>>,
    args: Vec<Obj>,
    names: Vec<Obj>,
}

impl Trace for LocalObj {
    fn trace(&self, t: &mut Tracer) {
        self.dicts.lock().iter().for_each(|d| t.obj(&d.1));
        self.args.iter().chain(&self.names).for_each(|v| t.obj(v));
    }
    fn clear(&self) {
        let old = std::mem::take(&mut *self.dicts.lock());
        drop(old);
    }
}

crate::native_type!(
    /// The type `_thread._local`.
    pub LOCAL: LocalObj = "_thread._local", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::WEAKREF, init init_local
);

/// This thread's namespace; made, and initialized by `__init__`, on first use.
fn local_dict(py: &Py, v: &Val) -> PyResult<Obj> {
    let l = v.cast::<LocalObj>();
    if let Some(d) = l.dicts.lock().iter().find(|d| d.0 == py.id) {
        return Ok(d.1.clone());
    }
    let d = dict::new(py);
    l.dicts.lock().push((py.id, d.clone()));
    let first = l.dicts.lock().len() == 1;
    if !first && let Some(init) = v.ty().slots.init.get() {
        let objs = crate::object::native::args::objs;
        init(py, v, Args::new(objs(&l.args), objs(&l.names)))?;
    }
    Ok(d)
}

fn init_local(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, args| {
        let plain = ty.slots.init.addr() == crate::object::base::OBJECT.ty().slots.init.addr();
        if plain && !args.is_empty() {
            return Err(py.type_error("Initialization arguments are not supported"));
        }
        let o = py.alloc_in(
            ty,
            LocalObj {
                dicts: Mutex::new(vec![(py.id, dict::new(py))]),
                args: args.all().iter().map(Val::to_obj).collect(),
                names: args.names().iter().map(Val::to_obj).collect(),
            },
        );
        Ok(o)
    });
    t.slots().getattr.set(|py, v, name| {
        let d = local_dict(py, v)?;
        let name = attr::name_of(py, name)?;
        if name.is(&crate::object::names::__dict__) {
            return Ok(d);
        }
        let on_type = v.ty().lookup(py, &name);
        let is_data = on_type
            .as_ref()
            .is_some_and(|o| o.ty().slots.descr_set.addr() != 0);
        if !is_data && let Some(x) = d.cast::<DictObj>().get_interned(py, &name) {
            return Ok(x);
        }
        attr::generic_get(py, v, &name)
    });
    t.slots().setattr.set(|py, v, name, value| {
        let d = local_dict(py, v)?;
        let name = attr::name_of(py, name)?;
        if name.is(&crate::object::names::__dict__) {
            let t = v.ty().full_name();
            return Err(py.attribute_error(
                &format!("'{t}' object attribute '__dict__' is read-only"),
                v,
                &name,
            ));
        }
        if v.ty()
            .lookup(py, &name)
            .is_some_and(|o| o.ty().slots.descr_set.addr() != 0)
        {
            return attr::generic_set(py, v, &name, value);
        }
        match value {
            Some(x) => {
                d.cast::<DictObj>().set_interned(py, &name, x.to_obj());
                Ok(())
            }
            None => match d.cast::<DictObj>().remove_interned(py, &name) {
                Some(_) => Ok(()),
                None => attr::generic_get(py, v, &name).map(drop),
            },
        }
    });
}

/// Payload of `_ThreadHandle`.
pub struct HandleObj {
    state: Mutex<(u64, bool)>,
}

impl Trace for HandleObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_thread._ThreadHandle`.
    pub HANDLE: HandleObj = "_thread._ThreadHandle", base crate::object::base::OBJECT, flags tf::WEAKREF, init init_handle
);

fn init_handle(t: &mut TypeInit) {
    t.slots().new.set(|py, _, _| {
        Ok(py.alloc(
            &HANDLE,
            HandleObj {
                state: Mutex::new((0, false)),
            },
        ))
    });
    t.getset(
        "ident",
        |py, v| {
            let n = v.cast::<HandleObj>().state.lock().0;
            Ok(if n == 0 {
                py.none()
            } else {
                crate::builtins::int::from_u64(py, n)
            })
        },
        None,
    );
    t.method(
        "is_done",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(a[0].cast::<HandleObj>().state.lock().1))),
    );
    t.method(
        "_set_done",
        "($self, /)",
        Bound(|py, a| {
            a[0].cast::<HandleObj>().state.lock().1 = true;
            Ok(py.none())
        }),
    );
    t.method(
        "join",
        "($self, timeout=None, /)",
        Bound(|py, _| Ok(py.none())),
    );
}

static EXCEPT_HOOK_ARGS: SeqDef = SeqDef::new(
    "_thread._ExceptHookArgs",
    "Type used to pass arguments to threading.excepthook.",
    &["exc_type", "exc_value", "exc_traceback", "thread"],
    &[],
);

/// Threads beside the main one cannot run Python code yet.
fn no_thread(py: &Py, _: Args) -> PyResult<Obj> {
    Err(py.runtime_error("can't start new thread"))
}

fn excepthook(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let e = ops::getattr_str(py, &a[0], "exc_value")?;
    if !crate::builtins::exceptions::SYSTEM_EXIT.check(&e) {
        let thread = ops::getattr_str(py, &a[0], "thread")?;
        let name = ops::getattr_str(py, &thread, "name").map_or_else(
            |_| ident().to_string(),
            |n| crate::builtins::str::lossy(&n).into_owned(),
        );
        crate::error::traceback::write_stderr(py, &format!("Exception in thread {name}:\n"));
        crate::error::traceback::print(py, &e);
    }
    Ok(py.none())
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_thread");
    m.ty(&LOCK).ty(&RLOCK).ty(&LOCAL).ty(&HANDLE);
    m.add("LockType", LOCK.obj());
    m.add("error", crate::builtins::exceptions::RUNTIME_ERROR.obj());
    m.add("_ExceptHookArgs", EXCEPT_HOOK_ARGS.obj());
    m.float("TIMEOUT_MAX", TIMEOUT_MAX);
    for name in ["allocate_lock", "allocate"] {
        m.function(name, "($module, /)", Bound(|py, _| Ok(new_lock(py))));
    }
    m.function(
        "get_ident",
        "($module, /)",
        Bound(|py, _| Ok(crate::builtins::int::from_u64(py, ident()))),
    );
    m.function(
        "_get_main_thread_ident",
        "($module, /)",
        Bound(|py, _| Ok(crate::builtins::int::from_u64(py, ident()))),
    );
    // SAFETY: a plain query.
    m.function(
        "get_native_id",
        "($module, /)",
        Bound(|py, _| Ok(py.int(unsafe { libc::gettid() } as i64))),
    );
    m.function(
        "_count",
        "($module, /)",
        Bound(|py, _| Ok(py.int(crate::thread::thread_count() as i64 - 1))),
    );
    m.function(
        "stack_size",
        "($module, size=0, /)",
        Bound(|py, _| Ok(py.int(0))),
    );
    m.function(
        "daemon_threads_allowed",
        "($module, /)",
        Bound(|py, _| Ok(py.bool(true))),
    );
    m.function(
        "_is_main_interpreter",
        "($module, /)",
        Bound(|py, _| Ok(py.bool(true))),
    );
    m.function("_shutdown", "($module, /)", Bound(|py, _| Ok(py.none())));
    m.function("set_name", "($module, name)", Bound(|py, _| Ok(py.none())));
    m.function(
        "interrupt_main",
        "($module, signum=2, /)",
        Bound(|py, a| {
            let n = a[0].given().map_or(Ok(2), |n| ops::to_i64(py, n))?;
            // SAFETY: sends a signal to this process.
            unsafe { libc::raise(n as i32) };
            Ok(py.none())
        }),
    );
    m.function(
        "_make_thread_handle",
        "($module, ident, /)",
        Bound(|py, a| {
            let n = ops::to_i64(py, &a[0])? as u64;
            Ok(py.alloc(
                &HANDLE,
                HandleObj {
                    state: Mutex::new((n, false)),
                },
            ))
        }),
    );
    m.function(
        "start_new_thread",
        "($module, function, args, kwargs={}, /)",
        Raw(no_thread),
    );
    m.function(
        "start_new",
        "($module, function, args, kwargs={}, /)",
        Raw(no_thread),
    );
    m.function(
        "start_joinable_thread",
        "($module, function, handle=None, daemon=True)",
        Raw(no_thread),
    );
    m.function(
        "exit",
        "($module, /)",
        Bound(|py, _| Err(py.error_args(&crate::builtins::exceptions::SYSTEM_EXIT, &[]))),
    );
    m.function("_excepthook", "($module, args, /)", Bound(excepthook));
    m.finish()
}
