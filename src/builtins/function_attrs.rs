//! Attributes and slots of function objects.

use crate::builtins::cell::CellObj;
use crate::builtins::code::{CODE, CodeObj};
use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::function::{self, FuncObj};
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple::{TUPLE, TupleObj};
use crate::error::PyResult;
use crate::object::header::flags;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

fn or_none(py: &Py, s: &Slot) -> Obj {
    s.get().unwrap_or_else(|| py.none())
}

/// Called by `ready` for the type `function`.
pub fn init(t: &mut TypeInit) {
    t.slots().call.set(crate::interp::call_function);
    t.slots().repr.set(|py, v| {
        let f = v.cast::<FuncObj>();
        Ok(py.str(&format!(
            "<function {} at {:#x}>",
            str::lossy(&f.qualname.obj()),
            v.id()
        )))
    });
    t.slots().descr_get.set(|py, f, obj, _| match obj {
        Some(o) => Ok(crate::builtins::method::new(py, f.to_obj(), o.to_obj())),
        None => Ok(f.to_obj()),
    });
    t.slots().new.set(new);
    t.getset(
        "__code__",
        |_, v| Ok(v.cast::<FuncObj>().code.obj()),
        Some(set_code),
    );
    t.member("__globals__", |_, v| {
        Ok(v.cast::<FuncObj>().globals.clone())
    });
    t.member("__builtins__", |_, v| {
        Ok(v.cast::<FuncObj>().builtins.clone())
    });
    t.member("__closure__", |py, v| {
        Ok(or_none(py, &v.cast::<FuncObj>().closure))
    });
    t.getset(
        "__defaults__",
        |py, v| Ok(or_none(py, &v.cast::<FuncObj>().defaults)),
        Some(|py, v, x| {
            checked(
                py,
                &v.cast::<FuncObj>().defaults,
                x,
                |x| TUPLE.check(x),
                "__defaults__ must be set to a tuple object",
            )
        }),
    );
    t.getset(
        "__kwdefaults__",
        |py, v| Ok(or_none(py, &v.cast::<FuncObj>().kwdefaults)),
        Some(|py, v, x| {
            checked(
                py,
                &v.cast::<FuncObj>().kwdefaults,
                x,
                |x| DICT.check(x),
                "__kwdefaults__ must be set to a dict object",
            )
        }),
    );
    t.getset(
        "__name__",
        |_, v| Ok(v.cast::<FuncObj>().name.obj()),
        Some(|py, v, x| text(py, &v.cast::<FuncObj>().name, x, "__name__")),
    );
    t.getset(
        "__qualname__",
        |_, v| Ok(v.cast::<FuncObj>().qualname.obj()),
        Some(|py, v, x| text(py, &v.cast::<FuncObj>().qualname, x, "__qualname__")),
    );
    t.getset(
        "__module__",
        |py, v| Ok(or_none(py, &v.cast::<FuncObj>().module)),
        Some(|_, v, x| any(&v.cast::<FuncObj>().module, x)),
    );
    t.getset(
        "__doc__",
        |py, v| {
            let f = v.cast::<FuncObj>();
            let doc = f.doc.get().or_else(|| f.code().doc());
            Ok(doc.unwrap_or_else(|| py.none()))
        },
        Some(|py, v, x| any(&v.cast::<FuncObj>().doc, Some(x.unwrap_or(&py.none())))),
    );
    t.getset("__annotations__", annotations, Some(set_annotations));
    t.getset(
        "__annotate__",
        |py, v| Ok(or_none(py, &v.cast::<FuncObj>().annotate)),
        Some(set_annotate),
    );
    t.getset(
        "__type_params__",
        |py, v| {
            Ok(v.cast::<FuncObj>()
                .type_params
                .get()
                .unwrap_or_else(|| crate::builtins::tuple::empty(py)))
        },
        Some(|py, v, x| match x {
            Some(x) if TUPLE.check(x) => {
                v.cast::<FuncObj>().type_params.set(x.to_obj());
                Ok(())
            }
            _ => Err(py.type_error("__type_params__ must be set to a tuple")),
        }),
    );
    t.method(
        "__get__",
        "($self, instance, owner=None, /)",
        Bound(|py, a| match a[1].not_none() {
            Some(o) => Ok(crate::builtins::method::new(py, a[0].to_obj(), o.to_obj())),
            None => Ok(a[0].to_obj()),
        }),
    );
}

fn any(s: &Slot, x: Option<&Val>) -> PyResult<()> {
    match x {
        Some(x) => s.set(x.to_obj()),
        None => drop(s.take()),
    }
    Ok(())
}

fn text(py: &Py, s: &Slot, x: Option<&Val>, what: &str) -> PyResult<()> {
    match x {
        Some(x) if x.get::<StrObj>().is_some() => {
            s.set(x.to_obj());
            Ok(())
        }
        _ => Err(py.type_error(format!("{what} must be set to a string object"))),
    }
}

fn checked(py: &Py, s: &Slot, x: Option<&Val>, ok: fn(&Val) -> bool, msg: &str) -> PyResult<()> {
    match x {
        None => drop(s.take()),
        Some(x) if x.is_none() => drop(s.take()),
        Some(x) if ok(x) => s.set(x.to_obj()),
        Some(_) => return Err(py.type_error(msg)),
    }
    Ok(())
}

fn set_code(py: &Py, v: &Val, x: Option<&Val>) -> PyResult<()> {
    let f = v.cast::<FuncObj>();
    let Some(x) = x.filter(|x| CODE.check(x)) else {
        return Err(py.type_error("__code__ must be set to a code object"));
    };
    let have = f
        .closure
        .get()
        .as_deref()
        .and_then(|c| c.get::<TupleObj>().map(|t| t.len()))
        .unwrap_or(0);
    let need = x.cast::<CodeObj>().frees as usize;
    if have != need {
        let name = str::lossy(&f.name.obj()).into_owned();
        return Err(py.value_error(format!(
            "{name}() requires a code object with {have} free vars, not {need}"
        )));
    }
    if f.doc.is_empty() {
        f.doc.set(f.code().doc().unwrap_or_else(|| py.none()));
    }
    // Frames and caches may still use the old code: from now on only the collector frees either.
    for c in [&f.code.obj(), &x.to_obj()] {
        if let Some(h) = c.header() {
            h.set_flags(flags::DEFERRED);
        }
    }
    f.code.set(x.to_obj());
    Ok(())
}

fn annotations(py: &Py, v: &Val) -> PyResult<Obj> {
    let f = v.cast::<FuncObj>();
    if let Some(a) = f.annotations.get() {
        return Ok(a);
    }
    let r = match f.annotate.get().filter(|a| !a.is_none()) {
        Some(a) => {
            let r = ops::call1(py, &a, &py.int(1))?;
            if !DICT.check(&r) {
                return Err(py.type_error(format!(
                    "__annotate__() must return a dict, not {}",
                    r.ty().name()
                )));
            }
            r
        }
        None => dict::new(py),
    };
    f.annotations.set(r.clone());
    Ok(r)
}

fn set_annotations(py: &Py, v: &Val, x: Option<&Val>) -> PyResult<()> {
    let f = v.cast::<FuncObj>();
    checked(
        py,
        &f.annotations,
        x,
        |x| DICT.check(x),
        "__annotations__ must be set to a dict object",
    )?;
    f.annotate.take();
    Ok(())
}

fn set_annotate(py: &Py, v: &Val, x: Option<&Val>) -> PyResult<()> {
    let f = v.cast::<FuncObj>();
    let Some(x) = x else {
        return Err(py.type_error("__annotate__ cannot be deleted"));
    };
    if !x.is_none() {
        if !ops::is_callable(x) {
            return Err(py.type_error("__annotate__ must be callable or None"));
        }
        f.annotations.take();
    }
    f.annotate.set(x.to_obj());
    Ok(())
}

fn new(
    py: &Py,
    _: &'static crate::object::type_::Type,
    args: crate::object::native::Args,
) -> PyResult<Obj> {
    let mut parts: [Option<Obj>; 6] = Default::default();
    const NAMES: [&str; 6] = [
        "code",
        "globals",
        "name",
        "argdefs",
        "closure",
        "kwdefaults",
    ];
    for (i, v) in args.positional().iter().enumerate().take(6) {
        parts[i] = Some(v.to_obj());
    }
    for (k, v) in args.keywords() {
        match NAMES.iter().position(|n| str::eq_text(k, n)) {
            Some(i) => parts[i] = Some(v.to_obj()),
            None => {
                let k = str::lossy(k);
                return Err(py.type_error(format!(
                    "function() got an unexpected keyword argument '{k}'"
                )));
            }
        }
    }
    let [code, globals, name, argdefs, closure, kwdefaults] = parts;
    let Some(code) = code.filter(|c| CODE.check(c)) else {
        return Err(py.type_error("function() argument 'code' must be code"));
    };
    let Some(globals) = globals.filter(|g| g.get::<DictObj>().is_some()) else {
        return Err(py.type_error("function() argument 'globals' must be dict"));
    };
    let frees = code.cast::<CodeObj>().frees as usize;
    let closure = closure.filter(|c| !c.is_none());
    match &closure {
        Some(c) => {
            let Some(t) = c.get::<TupleObj>() else {
                return Err(py.type_error("arg 5 (closure) must be tuple"));
            };
            if t.len() != frees {
                let n = str::lossy(code.cast::<CodeObj>().co_name()).into_owned();
                return Err(py.value_error(format!(
                    "{n} requires closure of length {frees}, not {}",
                    t.len()
                )));
            }
            if let Some(bad) = t.items().iter().find(|c| c.get::<CellObj>().is_none()) {
                return Err(py.type_error(format!(
                    "arg 5 (closure) expected cell, found {}",
                    bad.ty().name()
                )));
            }
        }
        None if frees > 0 => return Err(py.type_error("arg 5 (closure) must be tuple")),
        None => {}
    }
    let o = function::new(py, &code, &globals)?;
    let f = o.cast::<FuncObj>();
    if let Some(n) = name.filter(|n| !n.is_none()) {
        f.name.set(n);
    }
    if let Some(d) = argdefs.filter(|d| !d.is_none()) {
        f.defaults.set(d);
    }
    if let Some(c) = closure {
        f.closure.set(c);
    }
    if let Some(k) = kwdefaults.filter(|k| !k.is_none()) {
        f.kwdefaults.set(k);
    }
    Ok(o)
}
