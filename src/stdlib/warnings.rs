//! Module `_warnings`: issuing warnings, and the filters that decide what becomes of them.
//!
//! Programs may replace `warnings.filters`, `defaultaction`, `onceregistry` and `_showwarnmsg`: once the module `warnings` is
//! loaded, its attributes are used, before that the objects here.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::exceptions as exc;
use crate::builtins::frame::{self, FrameObj};
use crate::builtins::list;
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::{PyResult, Raised, source, sys_attr};
use crate::object::native::TypeDef;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use std::sync::atomic::{AtomicI64, Ordering};

static FILTERS: Slot = Slot::empty();
static ONCE: Slot = Slot::empty();
/// The context variable that holds the filters of `catch_warnings`, and the lock of module `warnings`; absent until made.
static CONTEXT: Slot = Slot::empty();
static LOCK: Slot = Slot::empty();
/// Changes whenever filters change: registries of another version are out of date.
static VERSION: AtomicI64 = AtomicI64::new(1);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_warnings");
    m.doc("_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.");
    m.add("filters", filters_list(py))
        .add("_onceregistry", once_registry(py));
    m.str("_defaultaction", "default");
    let context = crate::import::import(py, "_contextvars")
        .and_then(|c| ops::getattr_str(py, &c, "ContextVar"))
        .and_then(|c| ops::call1(py, &c, &py.str("warnings_context")))?;
    CONTEXT.set(context.clone());
    m.add("_warnings_context", context);
    m.function(
        "warn",
        "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=<unrepresentable>)",
        Bound(warn_function),
    );
    m.function(
        "warn_explicit",
        "(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)",
        Bound(warn_explicit_function),
    );
    m.function(
        "_filters_mutated_lock_held",
        "()",
        Bound(|py, _| {
            // Relaxed: only compared for equality.
            VERSION.fetch_add(1, Ordering::Relaxed);
            Ok(py.none())
        }),
    );
    m.function(
        "_acquire_lock",
        "()",
        Bound(|py, _| call_lock(py, "acquire")),
    );
    m.function(
        "_release_lock",
        "()",
        Bound(|py, _| call_lock(py, "release")),
    );
    m.finish()
}

/// The re-entrant lock of module `warnings`.
fn lock(py: &Py) -> PyResult<Obj> {
    if let Some(l) = LOCK.get() {
        return Ok(l);
    }
    let thread = crate::import::import(py, "_thread")?;
    let class = ops::getattr_str(py, &thread, "RLock")?;
    let l = ops::call0(py, &class)?;
    LOCK.set(l.clone());
    Ok(l)
}

fn call_lock(py: &Py, method: &str) -> PyResult<Obj> {
    let l = lock(py)?;
    ops::call_method(py, &l, &str::intern(py, method), &[])
}

fn filters_list(py: &Py) -> Obj {
    FILTERS.get().unwrap_or_else(|| {
        let filter = |action: &str, category: &'static TypeDef, module: Option<&str>| {
            let module = module.map_or_else(|| py.none(), |m| py.str(m));
            tuple::new(
                py,
                vec![py.str(action), py.none(), category.obj(), module, py.int(0)],
            )
        };
        let l = vec![
            filter("default", &exc::DEPRECATION_WARNING, Some("__main__")),
            filter("ignore", &exc::DEPRECATION_WARNING, None),
            filter("ignore", &exc::PENDING_DEPRECATION_WARNING, None),
            filter("ignore", &exc::IMPORT_WARNING, None),
            filter("ignore", &exc::RESOURCE_WARNING, None),
        ];
        FILTERS.set(list::new(py, l));
        FILTERS.obj()
    })
}

fn once_registry(py: &Py) -> Obj {
    ONCE.get().unwrap_or_else(|| {
        ONCE.set(dict::new(py));
        ONCE.obj()
    })
}

/// Attribute of module `warnings`, if that is loaded.
fn warnings_attr(py: &Py, name: &str) -> PyResult<Option<Obj>> {
    match crate::import::loaded(py, "warnings") {
        Some(w) => ops::getattr_opt(py, &w, &str::intern(py, name)),
        None => Ok(None),
    }
}

/// Issues a warning as `warnings.warn(msg, category, stacklevel)` does in Python code that runs now.
pub fn warn(py: &Py, category: &'static TypeDef, msg: &str, stacklevel: usize) -> PyResult<()> {
    let place = Place::of_caller(py, stacklevel as i64, &[])?;
    issue(py, &py.str(msg), &category.obj(), &place, None)
}

/// Issues a warning about a place in a source file.
pub fn warn_at(
    py: &Py,
    category: &'static TypeDef,
    msg: &str,
    filename: &str,
    lineno: u32,
) -> PyResult<()> {
    let place = Place {
        filename: py.str(filename),
        lineno: lineno as i64,
        module: py.str(module_of(filename)),
        registry: None,
    };
    issue(py, &py.str(msg), &category.obj(), &place, None)
}

/// What a warning is about.
struct Place {
    filename: Obj,
    lineno: i64,
    module: Obj,
    /// `__warningregistry__` of the module.
    registry: Option<Obj>,
}

/// Module name for a file without one.
fn module_of(filename: &str) -> &str {
    match filename
        .len()
        .checked_sub(3)
        .and_then(|n| filename.get(n..).map(|e| (n, e)))
    {
        _ if filename.is_empty() => "<unknown>",
        Some((n, e)) if e.eq_ignore_ascii_case(".py") => &filename[..n],
        _ => filename,
    }
}

fn is_internal(filename: &str) -> bool {
    filename.contains("importlib") && filename.contains("_bootstrap")
}

impl Place {
    /// The Python frame `level` calls up (1: the running one); frames of the import system and of files with one of the
    /// prefixes do not count.
    fn of_caller(py: &Py, level: i64, skip: &[String]) -> PyResult<Place> {
        let frames: Vec<Obj> = py.interp.frames().map(|f| frame::of(py, f)).collect();
        let name = |f: &Obj| {
            f.get::<FrameObj>()
                .map_or(String::new(), FrameObj::filename)
        };
        let mut at = 0;
        let all = level <= 0 || frames.first().is_some_and(|f| is_internal(&name(f)));
        for _ in 1..level {
            if at >= frames.len() {
                break;
            }
            at += 1;
            while !all
                && frames.get(at).is_some_and(|f| {
                    let n = name(f);
                    is_internal(&n) || skip.iter().any(|p| n.starts_with(p.as_str()))
                })
            {
                at += 1;
            }
        }
        let (filename, lineno, globals) = match frames.get(at).and_then(|f| f.get::<FrameObj>()) {
            Some(f) => (py.str(&f.filename()), f.line() as i64, f.globals.clone()),
            None => (
                py.str("<sys>"),
                0,
                sys_attr(py, "__dict__").unwrap_or_else(|| dict::new(py)),
            ),
        };
        let Some(g) = globals.get::<DictObj>() else {
            return Ok(Place {
                filename,
                lineno,
                module: py.str("<string>"),
                registry: None,
            });
        };
        let registry = match g.get_str(py, "__warningregistry__") {
            Some(r) => r,
            None => {
                let r = dict::new(py);
                g.set_str(py, "__warningregistry__", r.clone());
                r
            }
        };
        let module = g
            .get_str(py, "__name__")
            .filter(|m| m.is_none() || m.get::<StrObj>().is_some());
        let module = module.unwrap_or_else(|| py.str("<string>"));
        Ok(Place {
            filename,
            lineno,
            module,
            registry: Some(registry),
        })
    }
}

fn warn_function(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let [message, category, level, source, prefixes] = a else {
        return Ok(py.none());
    };
    let level = level.given().map_or(Ok(1), |l| ops::to_isize(py, l))? as i64;
    let mut skip = Vec::new();
    if let Some(p) = prefixes.given() {
        let Some(t) = p.get::<TupleObj>() else {
            let got = p.ty().name();
            return Err(py.type_error(format!(
                "warn() argument 'skip_file_prefixes' must be tuple, not {got}"
            )));
        };
        for x in t.items() {
            match x.get::<StrObj>() {
                Some(s) => skip.push(s.lossy().into_owned()),
                None => {
                    let got = x.ty().name();
                    return Err(
                        py.type_error(format!("Found non-str '{got}' in skip_file_prefixes."))
                    );
                }
            }
        }
    }
    let level = if skip.is_empty() { level } else { level.max(2) };
    let category = category_of(py, message, category.not_none())?;
    let place = Place::of_caller(py, level, &skip)?;
    issue(py, message, &category, &place, source.not_none())?;
    Ok(py.none())
}

/// The category of a warning: the message's class if it is a warning itself.
fn category_of(py: &Py, message: &Val, category: Option<&Val>) -> PyResult<Obj> {
    if exc::WARNING.check(message) {
        return Ok(message.ty().to_obj());
    }
    let Some(c) = category else {
        return Ok(exc::USER_WARNING.obj());
    };
    if Type::of(c).is_some_and(|t| t.is_subtype(exc::WARNING.ty())) {
        return Ok(c.to_obj());
    }
    Err(py.type_error(format!(
        "category must be a Warning subclass, not '{}'",
        c.ty().name()
    )))
}

fn warn_explicit_function(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let [
        message,
        category,
        filename,
        lineno,
        module,
        registry,
        globals,
        source,
    ] = a
    else {
        return Ok(py.none());
    };
    if filename.get::<StrObj>().is_none() {
        let got = filename.ty().name();
        return Err(py.type_error(format!(
            "warn_explicit() argument 'filename' must be str, not {got}"
        )));
    }
    let lineno = ops::to_i64(py, lineno)?;
    if let Some(g) = globals.not_none()
        && g.get::<DictObj>().is_none()
    {
        return Err(py.type_error(format!(
            "module_globals must be a dict, not '{}'",
            g.ty().name()
        )));
    }
    if let Some(r) = registry.not_none()
        && r.get::<DictObj>().is_none()
    {
        return Err(py.type_error("'registry' must be a dict or None"));
    }
    let module = match module.given() {
        // A module of None means that nothing is to be shown (interpreter shutdown).
        Some(m) if m.is_none() => return Ok(py.none()),
        Some(m) => m.to_obj(),
        None => py.str(module_of(&str::lossy(filename))),
    };
    let category = category_of(py, message, Some(category))?;
    let registry = registry.not_none().map(Val::to_obj);
    let place = Place {
        filename: filename.to_obj(),
        lineno,
        module,
        registry,
    };
    issue(py, message, &category, &place, source.not_none())?;
    Ok(py.none())
}

/// Whether the registry has the key already; sets it if not. A registry of another version is emptied first.
fn seen(py: &Py, registry: &Val, key: &Val, set: bool) -> PyResult<bool> {
    let Some(d) = registry.get::<DictObj>() else {
        return Ok(false);
    };
    let version = VERSION.load(Ordering::Relaxed);
    let current = d
        .get_str(py, "version")
        .and_then(|v| crate::builtins::int::view(&v).and_then(|n| n.to_i64()));
    if current != Some(version) {
        d.clear_all();
        d.set_str(py, "version", py.int(version));
    } else if let Some(v) = d.get(py, key)?
        && ops::truth(py, &v)?
    {
        return Ok(true);
    }
    if set {
        d.set(py, key, py.bool(true))?;
    }
    Ok(false)
}

/// Whether a filter's pattern (None, a str, a compiled regular expression) accepts a text.
fn accepts(py: &Py, pattern: &Val, text: &Val) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if str::STR.is_exact(pattern) {
        return ops::eq(py, pattern, text);
    }
    let m = ops::call_method(py, pattern, &str::intern(py, "match"), &[text])?;
    ops::truth(py, &m)
}

/// The filters in force: those of the running context, of module `warnings`, or the built-in ones.
fn filters(py: &Py) -> PyResult<Obj> {
    if let Some(var) = CONTEXT.get() {
        let c = ops::call_method(py, &var, &str::intern(py, "get"), &[&py.none()])?;
        if !c.is_none() {
            return ops::getattr_str(py, &c, "_filters");
        }
    }
    Ok(warnings_attr(py, "filters")?.unwrap_or_else(|| filters_list(py)))
}

/// The action for a warning, and the filter that gave it.
fn action_for(py: &Py, category: &Val, text: &Val, place: &Place) -> PyResult<(Obj, Option<Obj>)> {
    let all = filters(py)?;
    let all = ops::collect(py, &all)?;
    for (i, item) in all.iter().enumerate() {
        let five = item.get::<TupleObj>().map(TupleObj::items);
        let Some([action, msg, cat, module, line]) = five else {
            return Err(py.value_error(format!("warnings.filters item {i} isn't a 5-tuple")));
        };
        if action.get::<StrObj>().is_none() {
            return Err(py.type_error(format!(
                "action must be a string, not '{}'",
                action.ty().name()
            )));
        }
        if !accepts(py, msg, text)?
            || !ops::is_subclass(py, category, cat)?
            || !accepts(py, module, &place.module)?
        {
            continue;
        }
        let line = ops::to_i64(py, line)?;
        if line == 0 || line == place.lineno {
            return Ok((action.to_obj(), Some(item.clone())));
        }
    }
    let default = warnings_attr(py, "defaultaction")?.unwrap_or_else(|| py.str("default"));
    if default.get::<StrObj>().is_none() {
        let got = default.ty().name();
        return Err(py.type_error(format!(
            "_warnings.defaultaction must be a string, not '{got}'"
        )));
    }
    Ok((default, None))
}

/// Decides about a warning and shows it, raises it, or forgets it.
fn issue(
    py: &Py,
    message: &Val,
    category: &Val,
    place: &Place,
    source: Option<&Val>,
) -> PyResult<()> {
    if place.module.is_none() {
        return Ok(());
    }
    let (text, message) = if exc::WARNING.check(message) {
        (ops::str(py, message)?, message.to_obj())
    } else {
        (message.to_obj(), ops::call1(py, category, message)?)
    };
    let key = tuple::new(
        py,
        vec![text.clone(), category.to_obj(), py.int(place.lineno)],
    );
    if let Some(r) = &place.registry
        && seen(py, r, &key, false)?
    {
        return Ok(());
    }
    let (action, item) = action_for(py, category, &text, place)?;
    let action_text = str::lossy(&action).into_owned();
    let remember = |py: &Py| match &place.registry {
        Some(r) => r.cast::<DictObj>().set(py, &key, py.bool(true)),
        None => Ok(()),
    };
    let again = match action_text.as_str() {
        "error" => return Err(Raised(message)),
        "ignore" => return Ok(()),
        "once" => {
            remember(py)?;
            let registry = warnings_attr(py, "onceregistry")?.unwrap_or_else(|| once_registry(py));
            let key = tuple::new(py, vec![text.clone(), category.to_obj()]);
            seen(py, &registry, &key, true)?
        }
        "module" => {
            remember(py)?;
            let key = tuple::new(py, vec![text.clone(), category.to_obj(), py.int(0)]);
            match &place.registry {
                Some(r) => seen(py, r, &key, true)?,
                None => false,
            }
        }
        "default" => {
            remember(py)?;
            false
        }
        "always" | "all" => false,
        _ => {
            let item = item.unwrap_or_else(|| py.none());
            let (action, item) = (ops::repr_text(py, &action)?, ops::repr_text(py, &item)?);
            return Err(py.runtime_error(format!(
                "Unrecognized action ({action}) in warnings.filters:\n {item}"
            )));
        }
    };
    if again {
        Ok(())
    } else {
        show(py, &message, &text, category, place, source)
    }
}

/// Shows a warning through `warnings._showwarnmsg`, or prints it if that module is not loaded.
fn show(
    py: &Py,
    message: &Val,
    text: &Val,
    category: &Val,
    place: &Place,
    source: Option<&Val>,
) -> PyResult<()> {
    let Some(show) = warnings_attr(py, "_showwarnmsg")? else {
        let name = Type::of(category).map_or_else(
            || category.ty().name().into_owned(),
            |t| t.name().into_owned(),
        );
        let text = ops::str(py, text)?;
        let filename = str::lossy(&place.filename).into_owned();
        let mut out = format!(
            "{filename}:{}: {name}: {}\n",
            place.lineno,
            str::lossy(&text)
        );
        let line = u32::try_from(place.lineno).ok();
        if let Some(l) = line.and_then(|n| {
            source::Lines::default()
                .get(&filename, n)
                .map(|l| l.trim().to_string())
        }) && !l.is_empty()
        {
            out.push_str(&format!("  {l}\n"));
        }
        crate::error::traceback::write_stderr(py, &out);
        return Ok(());
    };
    let Some(class) = warnings_attr(py, "WarningMessage")? else {
        return Err(py.runtime_error("unable to get warnings.WarningMessage"));
    };
    let (line, none) = (py.int(place.lineno), py.none());
    let source = source.map_or_else(|| py.none(), Val::to_obj);
    let args = [
        message.to_obj(),
        category.to_obj(),
        place.filename.clone(),
        line,
        none.clone(),
        none,
        source,
    ];
    let msg = ops::call_objs(py, &class, &args)?;
    ops::call1(py, &show, &msg)?;
    Ok(())
}
