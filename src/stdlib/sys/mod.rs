//! `sys`: the module, the functions; constant data is in `info`.

mod info;
pub mod monitoring;

pub use info::version_text;

use crate::builtins::dict::{self, DictObj};
use crate::builtins::exceptions::ExcObj;
use crate::builtins::str::{self, StrObj};
use crate::builtins::{list, module, tuple};
use crate::error::{PyResult, Raised};
use crate::interp::trace;
use crate::object::names;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::{self, Bound};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val, Word};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static MODULE: AtomicU64 = AtomicU64::new(0);

/// Whether the program has ended and only its objects are being finalized.
pub static FINALIZING: AtomicBool = AtomicBool::new(false);
/// `sys.setswitchinterval`, as bits: threads run at the same time, so it has no effect.
static SWITCH_INTERVAL: AtomicU64 = AtomicU64::new(0x3f74_7ae1_47ae_147b);

/// Attributes that belong to a thread in CPython; one thread for now.
struct Hooks {
    agen_first: Slot,
    agen_last: Slot,
    coroutine_depth: i64,
}

static HOOKS: Mutex<Hooks> = Mutex::new(Hooks {
    agen_first: Slot::empty(),
    agen_last: Slot::empty(),
    coroutine_depth: 0,
});

/// An attribute of the module.
pub fn get(py: &Py, name: &str) -> Option<Obj> {
    // Acquire: pairs with the Release in `init`.
    let w = MODULE.load(Ordering::Acquire);
    if w == 0 {
        return None;
    }
    let m = Obj::clone_word(Word(w));
    module::dict(&m).cast::<DictObj>().get_str(py, name)
}

/// Sets an attribute of the module.
pub fn set(py: &Py, name: &str, v: Obj) {
    let w = MODULE.load(Ordering::Acquire);
    if w != 0 {
        let m = Obj::clone_word(Word(w));
        module::dict(&m).cast::<DictObj>().set_str(py, name, v);
    }
}

/// The event loop's hooks for async generators: (first iteration, finalizer).
pub fn asyncgen_hooks(_: &Py) -> (Option<Obj>, Option<Obj>) {
    let h = HOOKS.lock();
    (h.agen_first.get(), h.agen_last.get())
}

fn os_str(py: &Py, s: &std::ffi::OsStr) -> Obj {
    use std::os::unix::ffi::OsStrExt;
    match s.to_str() {
        Some(t) => py.str(t),
        // PEP 383: bytes that are no UTF-8 become lone surrogates.
        None => {
            let mut v = Vec::new();
            for chunk in s.as_bytes().utf8_chunks() {
                v.extend(chunk.valid().chars().map(|c| c as u32));
                v.extend(chunk.invalid().iter().map(|&b| 0xdc00 + b as u32));
            }
            str::from_code_points(py, &v)
        }
    }
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let c = crate::runtime::config();
    let mut m = ModuleInit::new(py, "sys");
    // Release: pairs with `get`.
    let o = m.module().clone();
    o.header()
        .expect("heap object")
        .set_flags(crate::object::header::flags::IMMORTAL);
    MODULE.store(o.word().borrowed().0, Ordering::Release);
    m.add("modules", crate::import::modules(py));
    info::fill(py, &mut m, c);
    m.add(
        "argv",
        list::new(py, c.argv().iter().map(|a| os_str(py, a)).collect()),
    );
    m.add(
        "orig_argv",
        list::new(py, c.original.iter().map(|a| os_str(py, a)).collect()),
    );
    m.add(
        "warnoptions",
        list::new(py, c.warn_options.iter().map(|w| py.str(w)).collect()),
    );
    let x = dict::new(py);
    for (k, v) in &c.x_options {
        let v = v.as_ref().map_or_else(|| py.bool(true), |v| py.str(v));
        x.cast::<DictObj>().set_str(py, k, v);
    }
    m.add("_xoptions", x);
    m.add(
        "path",
        list::new(py, c.search_path.iter().map(|p| os_str(py, p)).collect()),
    );
    m.add("meta_path", list::new(py, vec![]));
    m.add("path_hooks", list::new(py, vec![]));
    m.add("path_importer_cache", dict::new(py));
    m.add("dont_write_bytecode", py.bool(c.flags.dont_write_bytecode));
    for f in functions() {
        m.function(f.0, f.1, Bound(f.2));
    }
    m.function(
        "breakpointhook",
        "($module, *args, **kws)",
        NativeFnPtr::Raw(breakpointhook),
    );
    m.add("monitoring", monitoring::init(py)?);
    let mut jit = ModuleInit::new(py, "sys._jit");
    for name in ["is_available", "is_enabled", "is_active"] {
        jit.function(name, "($module, /)", Bound(|py, _| Ok(py.bool(false))));
    }
    m.add("_jit", jit.finish()?);
    let m = m.finish()?;
    let d = module::dict(&m);
    let d = d.cast::<DictObj>();
    for name in [
        "displayhook",
        "excepthook",
        "unraisablehook",
        "breakpointhook",
    ] {
        if let Some(f) = d.get_str(py, name) {
            d.set_str(py, &format!("__{name}__"), f);
        }
    }
    Ok(m)
}

type Function = (&'static str, &'static str, fn(&Py, &[Val]) -> PyResult<Obj>);

fn functions() -> Vec<Function> {
    vec![
        ("exit", "($module, status=None, /)", exit),
        ("intern", "($module, string, /)", |py, a| {
            if !str::STR.is_exact(&a[0]) {
                return Err(py.type_error(format!("can't intern {}", a[0].ty().name())));
            }
            Ok(str::intern_obj(py, &a[0]))
        }),
        ("_is_interned", "($module, string, /)", |py, a| {
            match a[0].get::<StrObj>() {
                Some(s) => Ok(py.bool(s.is_interned())),
                None => Err(py.type_error(format!(
                    "_is_interned() argument must be str, not {}",
                    a[0].ty().name()
                ))),
            }
        }),
        ("_is_immortal", "($module, op, /)", |py, a| {
            let immortal = a[0]
                .header()
                .is_none_or(|h| h.flags() & crate::object::header::flags::IMMORTAL != 0);
            Ok(py.bool(immortal))
        }),
        ("getrecursionlimit", "($module, /)", |py, _| {
            Ok(py.int(py.interp.recursion_limit() as i64))
        }),
        ("_get_cpu_count_config", "($module, /)", |py, _| {
            Ok(py.int(-1))
        }),
        ("setrecursionlimit", "($module, limit, /)", |py, a| {
            let n = ops::to_i64(py, &a[0])?;
            if n < 1 {
                return Err(py.value_error("recursion limit must be greater or equal than 1"));
            }
            if py.interp.depth() as i64 >= n {
                return Err(py.recursion_error(format!(
                    "cannot set the recursion limit to {n} at the recursion depth {}: the limit is too low",
                    py.interp.depth()
                )));
            }
            py.interp.set_recursion_limit(n as usize);
            Ok(py.none())
        }),
        ("getrefcount", "($module, object, /)", |py, a| {
            // Afterwards frame slots count what they hold, so that the figure includes them.
            crate::heap::limbo::handshake(py);
            let argument = i64::from(!crate::heap::count::DEFERRED_LOADS);
            Ok(py.int(a[0].header().map_or(i64::from(u32::MAX), |h| {
                if h.flags() & crate::object::header::flags::IMMORTAL != 0 {
                    i64::from(u32::MAX)
                } else {
                    crate::heap::count::total(h) + argument
                }
            })))
        }),
        ("getsizeof", "($module, object, default=None, /)", getsizeof),
        ("_getframe", "($module, depth=0, /)", getframe),
        ("_getframemodulename", "($module, depth=0)", |py, a| {
            let depth = a[0].given().map_or(Ok(0), |d| ops::to_i64(py, d))?;
            let Some(f) = py.interp.frames().nth(depth.max(0) as usize) else {
                return Ok(py.none());
            };
            // SAFETY: a live record; its function keeps its globals.
            let func = unsafe { (*f).func };
            let func = Val::from_word_ref(&func).cast::<crate::builtins::function::FuncObj>();
            Ok(func
                .globals
                .cast::<DictObj>()
                .get_str(py, "__name__")
                .unwrap_or_else(|| py.none()))
        }),
        ("_current_frames", "($module, /)", |py, _| {
            let d = dict::new(py);
            if let Some(f) = py.interp.frames().next() {
                d.cast::<DictObj>().set(
                    py,
                    &py.int(py.id as i64),
                    crate::builtins::frame::of(py, f),
                )?;
            }
            Ok(d)
        }),
        ("_current_exceptions", "($module, /)", |py, _| {
            let d = dict::new(py);
            let e = py.interp.handled().unwrap_or_else(|| py.none());
            d.cast::<DictObj>().set(py, &py.int(py.id as i64), e)?;
            Ok(d)
        }),
        ("exc_info", "($module, /)", |py, _| {
            Ok(match py.interp.handled() {
                Some(e) => {
                    let tb = e
                        .get::<ExcObj>()
                        .and_then(|x| x.traceback.get())
                        .unwrap_or_else(|| py.none());
                    tuple::new(py, vec![e.ty().to_obj(), e, tb])
                }
                None => tuple::new(py, vec![py.none(), py.none(), py.none()]),
            })
        }),
        ("exception", "($module, /)", |py, _| {
            Ok(py.interp.handled().unwrap_or_else(|| py.none()))
        }),
        ("displayhook", "($module, object, /)", displayhook),
        (
            "excepthook",
            "($module, exctype, value, traceback, /)",
            |py, a| {
                if !crate::builtins::exceptions::BASE_EXCEPTION.check(&a[1]) {
                    let text = format!(
                        "TypeError: print_exception(): Exception expected for value, {} found\n",
                        a[1].ty().name()
                    );
                    crate::error::traceback::write_stderr(py, &text);
                    return Ok(py.none());
                }
                // A traceback given apart from the exception is shown with it.
                if let Some(e) = a[1].get::<crate::builtins::exceptions::ExcObj>()
                    && e.traceback.is_empty()
                    && crate::builtins::traceback::TRACEBACK.is_exact(&a[2])
                {
                    e.traceback.set(a[2].to_obj());
                }
                crate::error::traceback::print(py, &a[1]);
                Ok(py.none())
            },
        ),
        ("unraisablehook", "($module, unraisable, /)", |py, a| {
            let field = |n: &str| ops::getattr_str(py, &a[0], n);
            crate::error::unraisable::default_hook(
                py,
                &*field("exc_value")?,
                &*field("err_msg")?,
                &*field("object")?,
            );
            Ok(py.none())
        }),
        ("call_tracing", "($module, func, args, /)", |py, a| {
            let args = ops::collect(py, &a[1])?;
            trace::call_tracing(py, || ops::call_objs(py, &a[0], &args))
        }),
        ("settrace", "($module, function, /)", |py, a| {
            listen(py, &py.interp.trace.trace, &a[0]);
            Ok(py.none())
        }),
        ("gettrace", "($module, /)", |py, _| {
            Ok(py.interp.trace.trace.get().unwrap_or_else(|| py.none()))
        }),
        ("setprofile", "($module, function, /)", |py, a| {
            listen(py, &py.interp.trace.profile, &a[0]);
            Ok(py.none())
        }),
        ("getprofile", "($module, /)", |py, _| {
            Ok(py.interp.trace.profile.get().unwrap_or_else(|| py.none()))
        }),
        ("get_asyncgen_hooks", "($module, /)", |py, _| {
            let (a, b) = asyncgen_hooks(py);
            let values = vec![
                a.unwrap_or_else(|| py.none()),
                b.unwrap_or_else(|| py.none()),
            ];
            Ok(info::ASYNCGEN_HOOKS.make(py, values))
        }),
        (
            "set_asyncgen_hooks",
            "($module, firstiter=None, finalizer=None)",
            |py, a| {
                for (v, name) in [(&a[0], "firstiter"), (&a[1], "finalizer")] {
                    if v.given()
                        .is_some_and(|v| !v.is_none() && !ops::is_callable(v))
                    {
                        return Err(py.type_error(format!(
                            "callable {name} expected, got {}",
                            v.ty().name()
                        )));
                    }
                }
                let h = HOOKS.lock();
                if let Some(v) = a[0].given() {
                    h.agen_first.set(v.to_obj());
                }
                if let Some(v) = a[1].given() {
                    h.agen_last.set(v.to_obj());
                }
                Ok(py.none())
            },
        ),
        (
            "get_coroutine_origin_tracking_depth",
            "($module, /)",
            |py, _| Ok(py.int(HOOKS.lock().coroutine_depth)),
        ),
        (
            "set_coroutine_origin_tracking_depth",
            "($module, depth)",
            |py, a| {
                let n = ops::to_i64(py, &a[0])?;
                if n < 0 {
                    return Err(py.value_error("depth must be >= 0"));
                }
                HOOKS.lock().coroutine_depth = n;
                Ok(py.none())
            },
        ),
        ("getswitchinterval", "($module, /)", |py, _| {
            Ok(py.float(f64::from_bits(SWITCH_INTERVAL.load(Ordering::Relaxed))))
        }),
        ("setswitchinterval", "($module, interval, /)", |py, a| {
            let seconds = ops::to_f64(py, &a[0])?;
            if seconds <= 0.0 {
                return Err(py.value_error("switch interval must be strictly positive"));
            }
            SWITCH_INTERVAL.store(seconds.to_bits(), Ordering::Relaxed);
            Ok(py.none())
        }),
        ("getfilesystemencoding", "($module, /)", |py, _| {
            Ok(py.str("utf-8"))
        }),
        ("getfilesystemencodeerrors", "($module, /)", |py, _| {
            Ok(py.str("surrogateescape"))
        }),
        ("getdefaultencoding", "($module, /)", |py, _| {
            Ok(py.str("utf-8"))
        }),
        ("getallocatedblocks", "($module, /)", |py, _| {
            Ok(py.int(py.heap.growth() as i64))
        }),
        (
            "getunicodeinternedsize",
            "($module, /, *, _only_immortal=False)",
            |py, _| Ok(py.int(0)),
        ),
        ("is_finalizing", "($module, /)", |py, _| {
            Ok(py.bool(FINALIZING.load(Ordering::Relaxed)))
        }),
        ("is_stack_trampoline_active", "($module, /)", |py, _| {
            Ok(py.bool(false))
        }),
        ("is_remote_debug_enabled", "($module, /)", |py, _| {
            Ok(py.bool(false))
        }),
        (
            "_is_gil_enabled",
            "($module, /)",
            |py, _| Ok(py.bool(false)),
        ),
        ("_get_cpu_count_config", "($module, /)", |py, _| {
            Ok(py.int(
                crate::runtime::config()
                    .options
                    .cpu_count
                    .map_or(-1, i64::from),
            ))
        }),
        ("_clear_type_cache", "($module, /)", |py, _| Ok(py.none())),
        ("_clear_internal_caches", "($module, /)", |py, _| {
            Ok(py.none())
        }),
        ("_clear_type_descriptors", "($module, type, /)", |py, a| {
            let Some(ty) = Type::of(&a[0]) else {
                return Err(py.type_error(format!(
                    "_clear_type_descriptors() argument must be type, not {}",
                    a[0].ty().name()
                )));
            };
            if !ty.has(tf::HEAP) {
                return Err(py.type_error("argument is immutable"));
            }
            ty.dict().remove_interned(py, &names::__dict__);
            ty.dict().remove_interned(py, &names::__weakref__);
            ty.modified();
            Ok(py.none())
        }),
        (
            "activate_stack_trampoline",
            "($module, backend, /)",
            |py, _| Err(py.value_error("perf trampoline not available")),
        ),
        ("deactivate_stack_trampoline", "($module, /)", |py, _| {
            Ok(py.none())
        }),
        ("get_int_max_str_digits", "($module, /)", |py, _| {
            Ok(py.int(crate::builtins::int::text::MAX_STR_DIGITS.load(Ordering::Relaxed) as i64))
        }),
        ("set_int_max_str_digits", "($module, maxdigits)", |py, a| {
            let n = ops::to_i64(py, &a[0])?;
            if n != 0 && n < 640 {
                return Err(py.value_error("maxdigits must be 0 or larger than 640"));
            }
            crate::builtins::int::text::MAX_STR_DIGITS.store(n as usize, Ordering::Relaxed);
            Ok(py.none())
        }),
        ("audit", "($module, event, /, *args)", |py, _| Ok(py.none())),
        ("addaudithook", "($module, hook)", |py, _| Ok(py.none())),
        ("__interactivehook__", "($module, /)", |py, _| Ok(py.none())),
    ]
}

/// Calls what `$PYTHONBREAKPOINT` names, `pdb.set_trace` without it; "0" switches breakpoints off.
fn breakpointhook(py: &Py, args: Args) -> PyResult<Obj> {
    let environ = ops::getattr_str(py, &*crate::import::import(py, "os")?, "environ")?;
    let get = ops::getattr_str(py, &environ, "get")?;
    let wanted = ops::call1(py, &get, &py.str("PYTHONBREAKPOINT"))?;
    let wanted = match wanted.get::<StrObj>().map(|s| s.lossy().into_owned()) {
        Some(s) if s == "0" => return Ok(py.none()),
        Some(s) if !s.is_empty() => s,
        _ => "pdb.set_trace".to_string(),
    };
    let (module, name) = match wanted.rsplit_once('.') {
        Some((module, name)) => (module, name),
        None => ("builtins", &*wanted),
    };
    let hook = if module.is_empty() {
        Err(py.value_error("Empty module name"))
    } else {
        crate::import::import_module(py, module).and_then(|m| ops::getattr_str(py, &m, name))
    };
    match hook {
        Ok(f) => ops::call(py, &f, args),
        Err(e)
            if e.is(&crate::builtins::exceptions::IMPORT_ERROR)
                || e.is(&crate::builtins::exceptions::VALUE_ERROR)
                || e.is(&crate::builtins::exceptions::ATTRIBUTE_ERROR) =>
        {
            let text = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{wanted}\"");
            let category = &crate::builtins::exceptions::RUNTIME_WARNING;
            crate::stdlib::warnings::warn(py, category, &text, 1)?;
            Ok(py.none())
        }
        Err(e) => Err(e),
    }
}

/// Sets or removes a trace or profile function of this thread.
fn listen(py: &Py, slot: &Slot, f: &Val) {
    if f.is_none() {
        drop(slot.take());
    } else {
        slot.set(f.to_obj());
    }
    trace::refresh(py);
}

fn exit(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let args: Vec<Obj> = match a[0].given() {
        None => vec![],
        Some(v) => match v.get::<tuple::TupleObj>() {
            Some(t) => t.items().iter().map(Val::to_obj).collect(),
            None => vec![v.to_obj()],
        },
    };
    Err(py.error_args(&crate::builtins::exceptions::SYSTEM_EXIT, &args))
}

fn getsizeof(py: &Py, a: &[Val]) -> PyResult<Obj> {
    match ops::call_method(py, &a[0], &str::intern(py, "__sizeof__"), &[]) {
        Ok(n) => Ok(n),
        Err(e) => match a[1].given() {
            Some(d) => Ok(d.to_obj()),
            None => Err(e),
        },
    }
}

fn getframe(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let depth = a[0].given().map_or(Ok(0), |d| ops::to_i64(py, d))?;
    match py.interp.frames().nth(depth.max(0) as usize) {
        Some(f) => Ok(crate::builtins::frame::of(py, f)),
        None => Err(py.value_error("call stack is not deep enough")),
    }
}

fn displayhook(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let v = &a[0];
    if v.is_none() {
        return Ok(py.none());
    }
    let builtins = crate::runtime::builtins_dict(py);
    let underscore = str::intern(py, "_");
    builtins
        .cast::<DictObj>()
        .set_interned(py, &underscore, py.none());
    let text = ops::repr(py, v)?;
    let out = get(py, "stdout")
        .filter(|o| !o.is_none())
        .ok_or_else(|| py.runtime_error("lost sys.stdout"))?;
    let write = ops::getattr_str(py, &out, "write")?;
    ops::call1(py, &write, &text)?;
    ops::call1(py, &write, &py.str("\n"))?;
    builtins
        .cast::<DictObj>()
        .set_interned(py, &underscore, v.to_obj());
    Ok(py.none())
}

/// Exit code and message of SystemExit; `None` for other exceptions.
pub fn exit_code(py: &Py, e: &Raised) -> Option<i32> {
    if !e.is(&crate::builtins::exceptions::SYSTEM_EXIT) {
        return None;
    }
    let code = ops::getattr_str(py, &e.0, "code").unwrap_or_else(|_| py.none());
    if code.is_none() {
        return Some(0);
    }
    if let Some(n) = crate::builtins::int::view(&code) {
        return Some(n.to_i64().map_or(-1, |n| n as i32));
    }
    let text = ops::str(py, &code)
        .map(|s| str::lossy(&s).into_owned())
        .unwrap_or_default();
    crate::runtime::flush_streams(py);
    crate::error::traceback::write_stderr(py, &format!("{text}\n"));
    Some(1)
}
