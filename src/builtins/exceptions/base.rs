//! `BaseException`: construction, text forms, attributes, notes, pickling.

use super::{BASE_EXCEPTION, ExcObj};
use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::list::{self, ListObj};
use crate::builtins::str::StrObj;
use crate::builtins::traceback::TRACEBACK;
use crate::builtins::tuple::{self, TUPLE, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, TypeInit};
use crate::object::shape::AttrMode;
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{instance, names, ops};
use crate::thread::Py;
use std::sync::atomic::Ordering;

/// Fills `BaseException`.
pub fn init_base(t: &mut TypeInit) {
    t.doc("Common base class for all exceptions");
    let s = t.slots();
    s.new.set(new);
    s.init.set(init);
    s.repr.set(repr);
    s.str.set(str);
    t.getset(
        "args",
        |_, v| Ok(v.cast::<ExcObj>().args.obj()),
        Some(set_args),
    );
    t.getset(
        "__traceback__",
        |py, v| {
            Ok(v.cast::<ExcObj>()
                .traceback
                .get()
                .unwrap_or_else(|| py.none()))
        },
        Some(set_traceback),
    );
    t.getset(
        "__context__",
        |py, v| {
            Ok(v.cast::<ExcObj>()
                .context
                .get()
                .unwrap_or_else(|| py.none()))
        },
        Some(set_context),
    );
    t.getset(
        "__cause__",
        |py, v| Ok(v.cast::<ExcObj>().cause.get().unwrap_or_else(|| py.none())),
        Some(set_cause),
    );
    t.getset(
        "__suppress_context__",
        |py, v| Ok(py.bool(v.cast::<ExcObj>().suppresses_context())),
        Some(set_suppress),
    );
    t.getset(
        "__dict__",
        |py, v| Ok(instance::dict_of(py, v)),
        Some(set_dict),
    );
    t.method("__reduce__", "($self, /)", Bound(|py, a| reduce(py, &a[0])));
    t.method(
        "__setstate__",
        "($self, state, /)",
        Bound(|py, a| set_state(py, &a[0], &a[1])),
    );
    t.method("with_traceback", "($self, tb, /)", Bound(with_traceback));
    t.method(
        "add_note",
        "($self, note, /)",
        Bound(|py, a| add_note(py, &a[0], &a[1])),
    );
}

/// Makes an instance whose `args` are the positional arguments; keywords are left to `__init__`.
pub(super) fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    Ok(py.alloc_in(
        ty,
        ExcObj::with_args(tuple::from_slice(py, args.positional())),
    ))
}

fn init(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    no_keywords(py, v.ty(), args)?;
    set_init_args(py, v, args.positional());
    Ok(())
}

/// TypeError if there are keyword arguments.
pub(super) fn no_keywords(py: &Py, ty: &Type, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(py.type_error(format!("{}() takes no keyword arguments", ty.name())));
    }
    Ok(())
}

/// Sets `args` unless they are these already (the usual case: `__new__` just stored them).
pub(super) fn set_init_args(py: &Py, v: &Val, args: &[Val]) {
    let e = v.cast::<ExcObj>();
    let old = e.args.obj();
    let old = old.cast::<TupleObj>().items();
    if old.len() != args.len() || !old.iter().zip(args).all(|(a, b)| a.is(b)) {
        e.args.set(tuple::from_slice(py, args));
    }
}

/// `Name(args)`.
pub(super) fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let args = v.cast::<ExcObj>().args.obj();
    let items = args.cast::<TupleObj>().items();
    let mut b = crate::builtins::str::Builder::new();
    b.push_str(&v.ty().name());
    if let [one] = items {
        let r = ops::repr(py, one)?;
        b.push_str("(");
        b.push_obj(r.cast::<StrObj>());
        b.push_str(")");
    } else {
        let r = ops::repr(py, &args)?;
        b.push_obj(r.cast::<StrObj>());
    }
    Ok(b.finish(py))
}

/// The text of the arguments.
pub(super) fn str(py: &Py, v: &Val) -> PyResult<Obj> {
    let args = v.cast::<ExcObj>().args.obj();
    match args.cast::<TupleObj>().items() {
        [] => Ok(py.str("")),
        [one] => ops::str(py, one),
        _ => ops::str(py, &args),
    }
}

fn set_args(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("args may not be deleted"));
    };
    let t = if TUPLE.is_exact(value) {
        value.to_obj()
    } else {
        tuple::new(py, ops::collect(py, value)?)
    };
    v.cast::<ExcObj>().args.set(t);
    Ok(())
}

fn put(slot: &Slot, value: &Val) {
    if value.is_none() {
        slot.take();
    } else {
        slot.set(value.to_obj());
    }
}

fn set_traceback(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("__traceback__ may not be deleted"));
    };
    if !value.is_none() && !TRACEBACK.is_exact(value) {
        return Err(py.type_error("__traceback__ must be a traceback or None"));
    }
    put(&v.cast::<ExcObj>().traceback, value);
    Ok(())
}

fn set_context(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("__context__ may not be deleted"));
    };
    if !value.is_none() && !BASE_EXCEPTION.check(value) {
        return Err(py.type_error("exception context must be None or derive from BaseException"));
    }
    put(&v.cast::<ExcObj>().context, value);
    Ok(())
}

fn set_cause(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("__cause__ may not be deleted"));
    };
    if !value.is_none() && !BASE_EXCEPTION.check(value) {
        return Err(py.type_error("exception cause must be None or derive from BaseException"));
    }
    put_cause(v, value);
    Ok(())
}

/// Sets `__cause__` (an exception or None) as `raise ... from` does: the context is suppressed from then on.
pub fn put_cause(exc: &Val, cause: &Val) {
    let e = exc.cast::<ExcObj>();
    put(&e.cause, cause);
    // Relaxed: an independent fact about the exception.
    e.suppress_context.store(true, Ordering::Relaxed);
}

fn set_suppress(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("can't delete numeric/char attribute"));
    };
    let Some(b) = crate::builtins::singletons::as_bool(value) else {
        return Err(py.type_error("attribute value type must be bool"));
    };
    // Relaxed: an independent fact about the exception.
    v.cast::<ExcObj>()
        .suppress_context
        .store(b, Ordering::Relaxed);
    Ok(())
}

fn set_dict(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("cannot delete __dict__"));
    };
    if value.get::<DictObj>().is_none() {
        return Err(py.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{}'",
            value.ty().name()
        )));
    }
    instance::replace_dict(py, v, value.to_obj());
    Ok(())
}

/// The instance's `__dict__`, if it has any attribute.
pub(super) fn dict_if_any(py: &Py, v: &Val) -> Option<Obj> {
    let s = v.header()?.shape();
    if s.mode == AttrMode::Slots && s.len == 0 {
        return None;
    }
    Some(instance::dict_of(py, v))
}

pub(super) fn reduce(py: &Py, v: &Val) -> PyResult<Obj> {
    reduce_with(py, v, v.cast::<ExcObj>().args.obj(), dict_if_any(py, v))
}

/// `(type, args[, state])`
pub(super) fn reduce_with(py: &Py, v: &Val, args: Obj, state: Option<Obj>) -> PyResult<Obj> {
    let mut items = vec![v.ty().to_obj(), args];
    items.extend(state);
    Ok(tuple::new(py, items))
}

fn set_state(py: &Py, v: &Val, state: &Val) -> PyResult<Obj> {
    if !state.is_none() {
        let Some(d) = state.get::<DictObj>() else {
            return Err(py.type_error("state is not a dictionary"));
        };
        for (k, x) in d.items() {
            ops::setattr(py, v, &k, &x)?;
        }
    }
    Ok(py.none())
}

fn with_traceback(py: &Py, a: &[Val]) -> PyResult<Obj> {
    set_traceback(py, &a[0], Some(&a[1]))?;
    Ok(a[0].to_obj())
}

/// Appends to `__notes__`.
pub fn add_note(py: &Py, v: &Val, note: &Val) -> PyResult<Obj> {
    if note.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "add_note() argument must be str, not {}",
            note.ty().name()
        )));
    }
    match ops::getattr_opt(py, v, &names::__notes__)? {
        None => ops::setattr(
            py,
            v,
            &names::__notes__,
            &list::new(py, vec![note.to_obj()]),
        )?,
        Some(l) => match l.get::<ListObj>() {
            Some(l) => l.push(py, note.to_obj())?,
            None => return Err(py.type_error("Cannot add note: __notes__ is not a list")),
        },
    }
    Ok(py.none())
}

/// A copy of the instance's attributes with further entries, for the state of `__reduce__`; `None` if there are none.
pub(super) fn state_with(py: &Py, v: &Val, more: &[(&str, Option<Obj>)]) -> PyResult<Option<Obj>> {
    let own = dict_if_any(py, v);
    if more.iter().all(|m| m.1.is_none()) {
        return Ok(own);
    }
    let d = dict::new(py);
    let t = d.cast::<DictObj>();
    debug_assert!(DICT.is_exact(&d));
    if let Some(own) = own {
        for (k, x) in own.cast::<DictObj>().items() {
            t.set(py, &k, x)?;
        }
    }
    for (k, x) in more {
        if let Some(x) = x {
            t.set_str(py, k, x.clone());
        }
    }
    Ok(Some(d))
}

/// Whether `exc` is matched by `typ`, an exception class or a tuple of such (nested tuples included); other things match
/// nothing.
pub fn matches(exc: &Val, typ: &Val) -> bool {
    let ty = exc.ty();
    let mut todo: Vec<Obj> = Vec::new();
    let one = |t: &Val, todo: &mut Vec<Obj>| match Type::of(t) {
        Some(t) => ty.is_subtype(t),
        None => {
            if let Some(t) = t.get::<TupleObj>() {
                todo.extend(t.items().iter().rev().map(Val::to_obj));
            }
            false
        }
    };
    if one(typ, &mut todo) {
        return true;
    }
    while let Some(t) = todo.pop() {
        if one(&t, &mut todo) {
            return true;
        }
    }
    false
}
