//! `functools.partial` and `functools.Placeholder`.

use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::iterators::{generic_alias, push_repr};
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple::{self, TUPLE, TupleObj};
use crate::builtins::{method, sequence};
use crate::error::PyResult;
use crate::object::instance;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::shape::AttrMode;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use smallvec::SmallVec;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Payload of `partial`. Replaced as a whole by `__setstate__` only.
pub struct Partial {
    func: Slot,
    args: Slot,
    keywords: Slot,
    /// Number of placeholders among `args`.
    placeholders: AtomicUsize,
}

impl Trace for Partial {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.func, &self.args, &self.keywords] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// `functools.partial`
    pub PARTIAL: Partial = "functools.partial", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF | tf::METHOD_DESCRIPTOR, init init
);

/// Payload of the placeholder.
pub struct Placeholder;

impl Trace for Placeholder {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// Type of `functools.Placeholder`.
    pub PLACEHOLDER_TYPE: Placeholder = "functools._PlaceholderType", base crate::object::base::OBJECT, flags tf::IMMUTABLE, init |t| {
        t.slots().repr.set(|py, _| Ok(py.str("Placeholder")));
        t.slots().new.set(|py, _, args| {
            if !args.is_empty() {
                return Err(py.type_error("_PlaceholderType takes no arguments"));
            }
            Ok(placeholder(py))
        });
        t.doc("The type of the Placeholder singleton.");
        t.method("__reduce__", "($self, /)", Bound(|py, _| Ok(py.str("Placeholder"))));
    }
);

/// The placeholder.
pub fn placeholder(py: &Py) -> Obj {
    static OBJECT: OnceLock<Word> = OnceLock::new();
    let w = OBJECT.get_or_init(|| {
        let o = py.alloc(&PLACEHOLDER_TYPE, Placeholder);
        if let Some(h) = o.header() {
            h.set_flags(
                crate::object::header::flags::IMMORTAL | crate::object::header::flags::ESCAPED,
            );
        }
        o.into_word().borrowed()
    });
    Obj::clone_word(*w)
}

fn is_placeholder(v: &Val) -> bool {
    v.get::<Placeholder>().is_some()
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(construct);
    s.call.set(call);
    s.repr.set(repr);
    s.descr_get.set(|py, v, obj, _| match obj {
        Some(o) if !o.is_none() => Ok(method::new(py, v.to_obj(), o.to_obj())),
        _ => Ok(v.to_obj()),
    });
    t.doc("Create a new function with partial application of the given arguments and keywords.");
    t.getset("func", |_, v| Ok(v.cast::<Partial>().func.obj()), None);
    t.getset("args", |_, v| Ok(v.cast::<Partial>().args.obj()), None);
    t.getset(
        "keywords",
        |_, v| Ok(v.cast::<Partial>().keywords.obj()),
        None,
    );
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.method("__setstate__", "($self, object, /)", Bound(set_state));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

/// The attributes of a partial object, if it has a dictionary or could have one.
fn has_attributes(v: &Val) -> bool {
    v.header()
        .is_some_and(|h| h.shape().mode == AttrMode::Dict || h.shape().len > 0)
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let Some((func, given)) = args.positional().split_first() else {
        return Err(py.type_error("type 'partial' takes at least one argument"));
    };
    if func.ty().slots.call.get().is_none() {
        return Err(py.type_error("the first argument must be callable"));
    }
    if given.last().is_some_and(is_placeholder) {
        return Err(py.type_error("trailing Placeholders are not allowed"));
    }
    if args.keywords().any(|(_, v)| is_placeholder(v)) {
        return Err(py.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    let keywords = dict::new(py);
    let kw = keywords.cast::<DictObj>();
    let (mut func, mut all) = (func.to_obj(), Vec::new());
    // A partial of a partial is made into one.
    let inner = func.clone();
    match inner.get::<Partial>() {
        Some(p)
            if !has_attributes(&inner)
                && inner.ty().slots.call.addr() == PARTIAL.ty().slots.call.addr() =>
        {
            func = p.func.obj();
            let mut rest = given.iter();
            for x in p.args.obj().cast::<TupleObj>().items() {
                let filled = if is_placeholder(x) { rest.next() } else { None };
                all.push(filled.unwrap_or(x).to_obj());
            }
            all.extend(rest.map(Val::to_obj));
            dict::methods::merge(py, kw, p.keywords.obj().cast::<DictObj>())?;
        }
        _ => all.extend(given.iter().map(Val::to_obj)),
    }
    for (k, v) in args.keywords() {
        kw.set(py, k, v.to_obj())?;
    }
    let placeholders = all.iter().filter(|v| is_placeholder(v)).count();
    let p = Partial {
        func: Slot::new(func),
        args: Slot::new(tuple::new(py, all)),
        keywords: Slot::new(keywords),
        placeholders: AtomicUsize::new(placeholders),
    };
    Ok(py.alloc_in(ty, p))
}

fn call(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let p = v.cast::<Partial>();
    let (func, stored, keywords) = (p.func.obj(), p.args.obj(), p.keywords.obj());
    let n = p.placeholders.load(Relaxed);
    let given = args.positional();
    if given.len() < n {
        let got = given.len();
        return Err(py.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {n}, got {got}"
        )));
    }
    let mut all: SmallVec<[Word; 12]> = SmallVec::new();
    let mut rest = given.iter();
    for x in stored.cast::<TupleObj>().items() {
        let x = if n > 0 && is_placeholder(x) {
            rest.next().unwrap_or(x)
        } else {
            x
        };
        all.push(x.word().borrowed());
    }
    all.extend(rest.map(|v| v.word().borrowed()));
    let kw = keywords.cast::<DictObj>();
    if kw.is_empty() {
        all.extend(args.keywords().map(|(_, v)| v.word().borrowed()));
        return ops::call(py, &func, Args::new(Val::from_words(&all), args.names()));
    }
    let merged = dict::methods::copy(py, kw)?;
    for (k, v) in args.keywords() {
        merged.cast::<DictObj>().set(py, k, v.to_obj())?;
    }
    let items = merged.cast::<DictObj>().items();
    let mut names: SmallVec<[Word; 8]> = SmallVec::new();
    for (k, v) in &items {
        if k.get::<StrObj>().is_none() {
            return Err(py.type_error("keywords must be strings"));
        }
        names.push(k.word().borrowed());
        all.push(v.word().borrowed());
    }
    ops::call(
        py,
        &func,
        Args::new(Val::from_words(&all), Val::from_words(&names)),
    )
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("..."));
    };
    let p = v.cast::<Partial>();
    let (func, args, keywords) = (p.func.obj(), p.args.obj(), p.keywords.obj());
    let mut b = str::Builder::new();
    b.push_str(&sequence::qualified_name(v.ty()));
    b.push_str("(");
    push_repr(py, &mut b, &func)?;
    for x in args.cast::<TupleObj>().items() {
        b.push_str(", ");
        push_repr(py, &mut b, x)?;
    }
    for (k, x) in keywords.cast::<DictObj>().items() {
        b.push_str(", ");
        let k = ops::str(py, &k)?;
        if let Some(k) = k.get::<StrObj>() {
            b.push_obj(k);
        }
        b.push_str("=");
        push_repr(py, &mut b, &x)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let p = a[0].cast::<Partial>();
    let attrs = if has_attributes(&a[0]) {
        instance::dict_of(py, &a[0])
    } else {
        py.none()
    };
    let state = tuple::new(
        py,
        vec![p.func.obj(), p.args.obj(), p.keywords.obj(), attrs],
    );
    Ok(tuple::new(
        py,
        vec![
            a[0].ty().to_obj(),
            tuple::new(py, vec![p.func.obj()]),
            state,
        ],
    ))
}

fn set_state(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let invalid = || py.type_error("invalid partial state");
    let state = a[1].get::<TupleObj>().ok_or_else(invalid)?;
    let [func, args, keywords, attrs] = state.items() else {
        return Err(invalid());
    };
    let plain_kw = keywords.is_none() || keywords.get::<DictObj>().is_some();
    if func.ty().slots.call.get().is_none() || args.get::<TupleObj>().is_none() || !plain_kw {
        return Err(invalid());
    }
    let items = args.cast::<TupleObj>().items();
    if items.last().is_some_and(is_placeholder) {
        return Err(py.type_error("trailing Placeholders are not allowed"));
    }
    let p = a[0].cast::<Partial>();
    let kw = match keywords.get::<DictObj>() {
        None => dict::new(py),
        Some(_) if DICT.is_exact(keywords) => keywords.to_obj(),
        Some(d) => dict::methods::copy(py, d)?,
    };
    p.placeholders
        .store(items.iter().filter(|v| is_placeholder(v)).count(), Relaxed);
    p.func.set(func.to_obj());
    p.args.set(if TUPLE.is_exact(args) {
        args.to_obj()
    } else {
        tuple::from_slice(py, items)
    });
    p.keywords.set(kw);
    if attrs.is_none() {
        if has_attributes(&a[0]) {
            instance::replace_dict(py, &a[0], dict::new(py));
        }
    } else {
        if attrs.get::<DictObj>().is_none() {
            return Err(py.type_error("__dict__ must be set to a dictionary"));
        }
        instance::replace_dict(py, &a[0], attrs.to_obj());
    }
    Ok(py.none())
}
