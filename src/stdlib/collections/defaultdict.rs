//! `defaultdict`: a dict that makes missing values.
//!
//! **Invariant:** the layout is that of `dict`, so that all code for dicts applies; the factory is an instance attribute, reached
//! through the descriptor `default_factory`.

use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::iterators::{generic_alias, push_repr};
use crate::builtins::str::{self, intern};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::instance;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{TypeInit, layout_of_def};
use crate::object::native::{Args, TypeDef};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// The type `collections.defaultdict`.
pub static DEFAULTDICT: TypeDef = TypeDef::new(
    "collections.defaultdict",
    Some(&DICT),
    layout_of_def(&DICT),
    tf::BASETYPE | tf::HAS_DICT | tf::DICT | tf::MAPPING | tf::MATCH_SELF,
    init,
);

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, _| Ok(dict::new_in(py, ty)));
    s.init.set(construct);
    s.repr.set(repr);
    s.bin(BinOp::Or).set(or);
    t.doc("defaultdict(default_factory=None, /, [...]) --> dict with default factory");
    t.getset(
        "default_factory",
        |py, v| Ok(factory(py, v)),
        Some(|py, v, f| {
            set_factory(py, v, f.map_or_else(|| py.none(), Val::to_obj));
            Ok(())
        }),
    );
    t.method("__missing__", "($self, key, /)", Bound(missing));
    t.method("copy", "($self, /)", Bound(copy));
    t.method("__copy__", "($self, /)", Bound(copy));
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

/// The attribute that holds the factory: a name that no program can mean.
fn slot_name(py: &Py) -> Obj {
    intern(py, "<default factory>")
}

fn factory(py: &Py, v: &Val) -> Obj {
    instance::get(py, v, &slot_name(py)).unwrap_or_else(|| py.none())
}

fn set_factory(py: &Py, v: &Val, f: Obj) {
    instance::set(py, v, &slot_name(py), f);
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let mut rest = args;
    let mut f = py.none();
    if let Some(first) = args.positional().first() {
        if !first.is_none() && first.ty().slots.call.get().is_none() {
            return Err(py.type_error("first argument must be callable or None"));
        }
        f = first.to_obj();
        rest = args.skip(1);
    }
    set_factory(py, v, f);
    match DICT.ty().slots.init.get() {
        Some(init) => init(py, v, rest),
        None => Ok(()),
    }
}

fn missing(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let f = factory(py, &a[0]);
    if f.is_none() {
        return Err(py.key_error(&a[1]));
    }
    let value = ops::call0(py, &f)?;
    a[0].cast::<DictObj>().set_default(py, &a[1], value)
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let mut b = str::Builder::new();
    b.push_str(&v.ty().name());
    b.push_str("(");
    let f = factory(py, v);
    match ops::repr_enter(py, &f) {
        Some(_guard) => push_repr(py, &mut b, &f)?,
        None => b.push_str("..."),
    }
    b.push_str(", ");
    let base = match DICT.ty().slots.repr.get() {
        Some(r) => r(py, v)?,
        None => py.str(""),
    };
    if let Some(s) = base.get::<str::StrObj>() {
        b.push_obj(s);
    }
    b.push_str(")");
    Ok(b.finish(py))
}

/// A new instance of the same type, with the same factory and items.
fn copy(py: &Py, a: &[Val]) -> PyResult<Obj> {
    ops::call2(py, &a[0].ty().to_obj(), &factory(py, &a[0]), &a[0])
}

fn or(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<DictObj>(), b.get::<DictObj>()) else {
        return Ok(py.not_implemented());
    };
    let model = if DEFAULTDICT.check(a) { a } else { b };
    let new = ops::call1(py, &Type::to_obj(model.ty()), &factory(py, model))?;
    let Some(d) = new.get::<DictObj>() else {
        return Ok(py.not_implemented());
    };
    dict::methods::merge(py, d, x)?;
    dict::methods::merge(py, d, y)?;
    Ok(new)
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let f = factory(py, &a[0]);
    let args = if f.is_none() {
        tuple::empty(py)
    } else {
        tuple::new(py, vec![f])
    };
    let items = ops::call_method(py, &a[0], &crate::object::names::items, &[])?;
    let items = ops::iter(py, &items)?;
    Ok(tuple::new(
        py,
        vec![a[0].ty().to_obj(), args, py.none(), py.none(), items],
    ))
}
