//! Import: the fast path of `import` statements, start-up of importlib.
//!
//! The algorithm itself is importlib's own Python code, kept in the embedded library: `importlib._bootstrap` is loaded as
//! `_frozen_importlib` at start-up and finds built-in modules and the embedded library (as frozen modules) through `_imp`.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::{self, StrObj};
use crate::builtins::{module, tuple};
use crate::error::{PyResult, Raised};
use crate::object::names;
use crate::object::ops;
use crate::object::value::{Obj, Val, Word};
use crate::stdlib::{imp, sys};
use crate::thread::Py;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static MODULES: AtomicU64 = AtomicU64::new(0);
static BOOTSTRAP: AtomicU64 = AtomicU64::new(0);
static BUILTINS: AtomicU64 = AtomicU64::new(0);
/// 1 once importlib works.
static READY: AtomicU64 = AtomicU64::new(0);

fn keep(at: &AtomicU64, o: &Obj) {
    o.header()
        .expect("heap object")
        .set_flags(crate::object::header::flags::IMMORTAL);
    // Release: pairs with the Acquire in `kept`.
    at.store(o.word().borrowed().0, Ordering::Release);
}

fn kept(at: &AtomicU64) -> Option<Obj> {
    let w = at.load(Ordering::Acquire);
    if w == 0 {
        None
    } else {
        Some(Obj::clone_word(Word(w)))
    }
}

/// `sys.modules` as it was at start-up.
pub fn modules(py: &Py) -> Obj {
    kept(&MODULES).unwrap_or_else(|| dict::new(py))
}

/// The module `builtins`.
pub fn builtins_module(py: &Py) -> Obj {
    kept(&BUILTINS).unwrap_or_else(|| py.none())
}

/// importlib's finders work.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// A module that has been imported.
pub fn loaded(py: &Py, name: &str) -> Option<Obj> {
    modules(py)
        .cast::<DictObj>()
        .get_str(py, name)
        .filter(|m| !m.is_none())
}

/// Makes `sys` and `_imp`, loads importlib and installs its finders.
pub(crate) fn start(py: &'static Py, builtins: &Obj) -> PyResult<()> {
    keep(&BUILTINS, builtins);
    let m = dict::new(py);
    keep(&MODULES, &m);
    let modules = m.cast::<DictObj>();
    modules.set_str(py, "builtins", builtins.clone());
    let sys = sys::init(py)?;
    modules.set_str(py, "sys", sys.clone());
    let imp = imp::init(py)?;
    modules.set_str(py, "_imp", imp.clone());
    let boot = module::new(py, "_frozen_importlib");
    modules.set_str(py, "_frozen_importlib", boot.clone());
    let code = imp::frozen_code(py, "_frozen_importlib")?;
    let d = module::dict(&boot);
    d.cast::<DictObj>()
        .set_str(py, "__origname__", py.str("importlib._bootstrap"));
    crate::runtime::exec_code(py, &code, &d, &d, None)?;
    keep(&BOOTSTRAP, &boot);
    let install = ops::getattr_str(py, &boot, "_install")?;
    ops::call2(py, &install, &sys, &imp)?;
    INSTALLED.store(true, Ordering::Release);
    let external = ops::getattr_str(py, &boot, "_install_external_importers")?;
    ops::call0(py, &external)?;
    READY.store(1, Ordering::Release);
    Ok(())
}

/// Drops what the modules hold at the end of the program. False if there was nothing.
pub(crate) fn finish(py: &Py) -> bool {
    let mut dropped = false;
    if let Some(m) = kept(&MODULES) {
        let m = m.cast::<DictObj>();
        if let Some(main) = m.get_str(py, "__main__")
            && let Some(d) = module::dict_of(&main)
        {
            // Values in the order of definition, so that finalizers run in a program's natural order.
            let d = d.cast::<DictObj>();
            for (k, _) in d.items() {
                if !str::lossy(&k).starts_with("__") {
                    dropped = true;
                    let _ = d.set(py, &k, py.none());
                    // A finalizer still finds the globals defined after its object.
                    crate::thread::pending::run_finalizers(py);
                }
            }
        }
        // Then the program's other modules, the newest first. Those of the library have nothing to finalize.
        for (_, module) in m.items().into_iter().rev() {
            let Some(d) = module::dict_of(&module) else {
                continue;
            };
            let d = d.cast::<DictObj>();
            if d.get_interned(py, &names::__file__)
                .is_none_or(|f| f.is_none())
            {
                continue;
            }
            for (k, _) in d.items() {
                if k.get::<StrObj>()
                    .is_some_and(|k| !k.lossy().starts_with("__"))
                {
                    let _ = d.set(py, &k, py.none());
                }
            }
            crate::thread::pending::run_finalizers(py);
        }
    }
    crate::thread::pending::run_finalizers(py);
    dropped
}

fn bootstrap(py: &Py) -> PyResult<Obj> {
    kept(&BOOTSTRAP).ok_or_else(|| py.import_error("the import system is not running", None))
}

impl Py {
    /// ImportError with its `name`.
    #[cold]
    pub fn import_error(&self, msg: &str, name: Option<&Val>) -> Raised {
        let e = self.error(&crate::builtins::exceptions::IMPORT_ERROR, msg);
        if let (Some(n), Some(x)) = (name, e.0.get::<crate::builtins::exceptions::ExcObj>()) {
            x.extra[1].set(n.to_obj());
        }
        e
    }
}

/// IMPORT_NAME: calls `builtins.__import__`, directly if it is ours.
pub fn import_name(
    py: &Py,
    builtins: &Val,
    name: &Val,
    globals: &Val,
    locals: &Val,
    fromlist: &Val,
    level: &Val,
) -> PyResult<Obj> {
    let f = builtins
        .get::<DictObj>()
        .and_then(|d| d.get_interned(py, &names::__import__))
        .ok_or_else(|| py.import_error("__import__ not found", None))?;
    if is_own_import(&f) {
        return import_level(py, name, globals, fromlist, ops::to_i64(py, level)?);
    }
    ops::call_objs(
        py,
        &f,
        &[
            name.to_obj(),
            globals.to_obj(),
            locals.to_obj(),
            fromlist.to_obj(),
            level.to_obj(),
        ],
    )
}

fn is_own_import(f: &Val) -> bool {
    f.get::<crate::object::NativeFn>()
        .is_some_and(|f| f.def.name == "__import__")
}

/// `__import__(name, globals, _, fromlist, level)`.
pub fn import_level(
    py: &Py,
    name: &Val,
    globals: &Val,
    fromlist: &Val,
    level: i64,
) -> PyResult<Obj> {
    let Some(text) = name.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "module name must be a string, not {}",
            name.ty().name()
        )));
    };
    if level < 0 {
        return Err(py.value_error("level must be >= 0"));
    }
    let has_list = !fromlist.is_unbound() && !fromlist.is_none() && ops::truth(py, fromlist)?;
    if level > 0 {
        let f = ops::getattr_str(py, &*bootstrap(py)?, "__import__")?;
        let list = if has_list {
            fromlist.to_obj()
        } else {
            tuple::empty(py)
        };
        return ops::call_objs(
            py,
            &f,
            &[
                name.to_obj(),
                globals.to_obj(),
                py.none(),
                list,
                py.int(level),
            ],
        )
        .inspect_err(|e| trim_traceback(&e.0));
    }
    if text.is_empty() {
        return Err(py.value_error("Empty module name"));
    }
    let m = find(py, name)?;
    if !has_list {
        let t = text.lossy();
        return match t.split_once('.') {
            None => Ok(m),
            Some((top, _)) => find(py, &str::intern(py, top)),
        };
    }
    if ops::getattr_opt(py, &m, &names::__path__)?.is_some() {
        let b = bootstrap(py)?;
        let f = ops::getattr_str(py, &b, "_handle_fromlist")?;
        let g = ops::getattr_str(py, &b, "_gcd_import")?;
        return ops::call3(py, &f, &m, fromlist, &g).inspect_err(|e| trim_traceback(&e.0));
    }
    Ok(m)
}

/// The module by its absolute name: from `sys.modules`, else imported.
fn find(py: &Py, name: &Val) -> PyResult<Obj> {
    let name = str::intern_obj(py, name);
    let table = sys::get(py, "modules").unwrap_or_else(|| modules(py));
    let known = match table.get::<DictObj>() {
        Some(d) => d.get(py, &name)?,
        None => None,
    };
    if let Some(m) = known {
        if m.is_none() {
            let msg = format!(
                "import of {} halted; None in sys.modules",
                str::lossy(&name)
            );
            let e = py.error(&crate::builtins::exceptions::MODULE_NOT_FOUND_ERROR, &msg);
            if let Some(x) = e.0.get::<crate::builtins::exceptions::ExcObj>() {
                x.extra[1].set(name);
            }
            return Err(e);
        }
        if !is_initializing(py, &m) {
            return Ok(m);
        }
    }
    if READY.load(Ordering::Acquire) == 0
        && let Some(init) = crate::stdlib::find(&str::lossy(&name))
    {
        // While importlib starts, native modules that others need are made directly.
        let m = init(py)?;
        modules(py).cast::<DictObj>().set(py, &name, m.clone())?;
        return Ok(m);
    }
    let f = ops::getattr_str(py, &*bootstrap(py)?, "_gcd_import")?;
    ops::call1(py, &f, &name).inspect_err(|e| trim_traceback(&e.0))
}

/// Takes the entries of the import system out of a traceback: all of them for an ImportError, else those that lead to the
/// code of an imported module.
fn trim_traceback(exc: &Val) {
    use crate::builtins::code::CodeObj;
    use crate::builtins::exceptions::{ExcObj, IMPORT_ERROR};
    use crate::builtins::frame::FrameObj;
    use crate::builtins::traceback::TracebackObj;
    if crate::runtime::config().flags.verbose > 0 {
        return;
    }
    let always = IMPORT_ERROR.check(exc);
    let Some(e) = exc.get::<ExcObj>() else { return };
    let mut at = e.traceback.get();
    // The entry before the current part of the import system, and the one before `at`; none is the exception itself.
    let (mut outer, mut before): (Option<Obj>, Option<Obj>) = (None, None);
    let mut inside = false;
    while let Some(tb) = at {
        let Some(t) = tb.get::<TracebackObj>() else {
            return;
        };
        let (ours, last) = match t.frame.get() {
            Some(f) => {
                let code = f.cast::<FrameObj>().code.clone();
                let code = code.cast::<CodeObj>();
                let ours = matches!(
                    &*str::lossy(&code.filename()),
                    "<frozen importlib._bootstrap>" | "<frozen importlib._bootstrap_external>"
                );
                (
                    ours,
                    &*str::lossy(code.co_name()) == "_call_with_frames_removed",
                )
            }
            None => (false, false),
        };
        if ours && !inside {
            outer = before.clone();
        }
        inside = ours;
        let next = t.next.get();
        if inside && (always || last) {
            let slot = match outer.as_deref().and_then(Val::get::<TracebackObj>) {
                Some(o) => &o.next,
                None => &e.traceback,
            };
            match &next {
                Some(n) => slot.set(n.clone()),
                None => drop(slot.take()),
            }
            before = outer.clone();
        } else {
            before = Some(tb.clone());
        }
        at = next;
    }
}

/// Whether another thread is still executing the module.
fn is_initializing(py: &Py, m: &Val) -> bool {
    let Some(d) = module::dict_of(m) else {
        return false;
    };
    let Some(spec) = d.cast::<DictObj>().get_interned(py, &names::__spec__) else {
        return false;
    };
    crate::object::instance::get(py, &spec, &names::_initializing)
        .is_some_and(|v| v.is(&py.bool(true)))
}

/// The function `__import__`.
pub fn builtin_import(
    py: &Py,
    name: &Val,
    globals: Option<&Val>,
    fromlist: Option<&Val>,
    level: i64,
) -> PyResult<Obj> {
    let none = py.none();
    import_level(
        py,
        name,
        globals.unwrap_or(&none),
        fromlist.unwrap_or(&none),
        level,
    )
}

/// Imports a module by its dotted name and returns that module.
pub fn import_module(py: &Py, name: &str) -> PyResult<Obj> {
    import(py, name)
}

/// As `import_module`.
pub fn import(py: &Py, name: &str) -> PyResult<Obj> {
    // Native modules need each other before importlib can find them.
    if !INSTALLED.load(Ordering::Acquire)
        && let Some(init) = crate::stdlib::find(name)
    {
        if let Some(m) = loaded(py, name) {
            return Ok(m);
        }
        let m = init(py)?;
        modules(py).cast::<DictObj>().set_str(py, name, m.clone());
        return Ok(m);
    }
    find(py, &str::intern(py, name))
}

/// IMPORT_FROM: an attribute of the module, else the submodule of that name.
pub fn import_from(py: &Py, m: &Val, name: &Val) -> PyResult<Obj> {
    if let Some(v) = ops::getattr_opt(py, m, name)? {
        return Ok(v);
    }
    let package = ops::getattr_opt(py, m, &names::__name__)?;
    let text = |v: &Option<Obj>| {
        v.as_ref()
            .filter(|v| v.get::<StrObj>().is_some())
            .map(|v| str::lossy(v).into_owned())
    };
    let pkg = text(&package);
    if let Some(p) = &pkg {
        let full = str::intern(py, &format!("{p}.{}", str::lossy(name)));
        let table = sys::get(py, "modules").unwrap_or_else(|| modules(py));
        if let Some(d) = table.get::<DictObj>()
            && let Some(v) = d.get(py, &full)?
        {
            return Ok(v);
        }
    }
    let shown = pkg
        .clone()
        .unwrap_or_else(|| "<unknown module name>".to_string());
    let file = ops::getattr_opt(py, m, &names::__file__)?;
    let place = text(&file).unwrap_or_else(|| "unknown location".to_string());
    let n = str::lossy(name);
    let msg = if is_initializing(py, m) {
        format!(
            "cannot import name '{n}' from partially initialized module '{shown}' (most likely due to a circular import) ({place})"
        )
    } else {
        format!("cannot import name '{n}' from '{shown}' ({place})")
    };
    let e = py.import_error(&msg, package.as_deref());
    if let Some(x) = e.0.get::<crate::builtins::exceptions::ExcObj>() {
        if let Some(f) = file {
            x.extra[2].set(f);
        }
        x.extra[3].set(name.to_obj());
    }
    Err(e)
}

/// `from m import *` into a namespace.
pub fn import_star(py: &Py, m: &Val, namespace: &Val) -> PyResult<()> {
    let all = ops::getattr_opt(py, m, &names::__all__)?;
    let (list, explicit) = match all {
        Some(a) => (ops::collect(py, &a)?, true),
        None => {
            let d = ops::getattr_opt(py, m, &names::__dict__)?.ok_or_else(|| {
                py.import_error("from-import-* object has no __dict__ and no __all__", None)
            })?;
            (ops::collect(py, &d)?, false)
        }
    };
    for name in list {
        let Some(t) = name.get::<StrObj>() else {
            let owner = ops::getattr_opt(py, m, &names::__name__)?
                .map_or_else(|| "?".to_string(), |n| str::lossy(&n).into_owned());
            let what = if explicit {
                format!("Item in {owner}.__all__")
            } else {
                format!("Key in {owner}.__dict__")
            };
            return Err(py.type_error(format!("{what} must be str, not {}", name.ty().name())));
        };
        if !explicit && t.lossy().starts_with('_') {
            continue;
        }
        let v = ops::getattr(py, m, &name)?;
        ops::setitem(py, namespace, &name, &v)?;
    }
    Ok(())
}
