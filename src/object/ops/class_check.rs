//! `isinstance` and `issubclass`.

use crate::builtins::tuple::TupleObj;
use crate::builtins::union_;
use crate::error::PyResult;
use crate::object::attr;
use crate::object::names;
use crate::object::type_::{TYPE, Type};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Deepest nesting of tuples of classes.
const MAX_NESTING: usize = 50_000;

/// `isinstance(v, cls)`.
pub fn is_instance(py: &Py, v: &Val, cls: &Val) -> PyResult<bool> {
    nested_instance(py, v, cls, 0)
}

fn nested_instance(py: &Py, v: &Val, cls: &Val, depth: usize) -> PyResult<bool> {
    if let Some(t) = Type::of(cls) {
        if std::ptr::eq(v.ty(), t) {
            return Ok(true);
        }
        if std::ptr::eq(cls.ty(), TYPE.ty()) {
            return real_instance(py, v, cls);
        }
    }
    super::convert::guard(py, " in __instancecheck__")?;
    if let Some(t) = cls.get::<TupleObj>() {
        check_nesting(py, depth, " in __instancecheck__")?;
        return any(t.items(), |c| nested_instance(py, v, c, depth + 1));
    }
    if let Some(u) = union_::args_of(cls) {
        return any(crate::object::native::args::objs(&u), |c| {
            is_instance(py, v, c)
        });
    }
    if let Some(r) = super::call_special(py, cls, &names::__instancecheck__, &[v])? {
        return super::truth(py, &r);
    }
    real_instance(py, v, cls)
}

fn any<'a>(
    items: impl IntoIterator<Item = &'a Val>,
    mut f: impl FnMut(&Val) -> PyResult<bool>,
) -> PyResult<bool> {
    for c in items {
        if f(c)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `type.__instancecheck__`: by type, then by `__class__`.
pub fn real_instance(py: &Py, v: &Val, cls: &Val) -> PyResult<bool> {
    if let Some(t) = Type::of(cls) {
        if v.ty().is_subtype(t) {
            return Ok(true);
        }
        // An object that takes `__class__` from `object` has no other class than its type.
        if attr::is_generic(v.ty()) && crate::builtins::object_::has_plain_class(py, v.ty()) {
            return Ok(false);
        }
        if let Some(c) = super::getattr_opt(py, v, &names::__class__)?
            && let Some(c) = Type::of(&c)
            && !std::ptr::eq(c, v.ty())
        {
            return Ok(c.is_subtype(t));
        }
        return Ok(false);
    }
    check_class(
        py,
        cls,
        "isinstance() arg 2 must be a type, a tuple of types, or a union",
    )?;
    match super::getattr_opt(py, v, &names::__class__)? {
        Some(c) => abstract_subclass(py, &c, cls),
        None => Ok(false),
    }
}

fn check_nesting(py: &Py, depth: usize, where_: &str) -> PyResult<()> {
    if depth < MAX_NESTING {
        return Ok(());
    }
    Err(py.recursion_error(format!("maximum recursion depth exceeded{where_}")))
}

/// `issubclass(c, cls)`.
pub fn is_subclass(py: &Py, c: &Val, cls: &Val) -> PyResult<bool> {
    nested_subclass(py, c, cls, 0)
}

fn nested_subclass(py: &Py, c: &Val, cls: &Val, depth: usize) -> PyResult<bool> {
    if Type::of(cls).is_some() && std::ptr::eq(cls.ty(), TYPE.ty()) {
        if c.is(cls) {
            return Ok(true);
        }
        return real_subclass(py, c, cls);
    }
    super::convert::guard(py, " in __subclasscheck__")?;
    if let Some(u) = union_::args_of(cls) {
        return any(crate::object::native::args::objs(&u), |x| {
            is_subclass(py, c, x)
        });
    }
    if let Some(t) = cls.get::<TupleObj>() {
        check_nesting(py, depth, " in __subclasscheck__")?;
        return any(t.items(), |x| nested_subclass(py, c, x, depth + 1));
    }
    if let Some(r) = super::call_special(py, cls, &names::__subclasscheck__, &[c])? {
        return super::truth(py, &r);
    }
    real_subclass(py, c, cls)
}

/// `type.__subclasscheck__`: by MRO, or by `__bases__` for objects that only look like classes.
pub fn real_subclass(py: &Py, c: &Val, cls: &Val) -> PyResult<bool> {
    if let (Some(a), Some(b)) = (Type::of(c), Type::of(cls)) {
        return Ok(a.is_subtype(b));
    }
    check_class(py, c, "issubclass() arg 1 must be a class")?;
    check_class(
        py,
        cls,
        "issubclass() arg 2 must be a class, a tuple of classes, or a union",
    )?;
    abstract_subclass(py, c, cls)
}

fn bases(py: &Py, c: &Val) -> PyResult<Option<Obj>> {
    Ok(super::getattr_opt(py, c, &names::__bases__)?.filter(|b| b.get::<TupleObj>().is_some()))
}

fn check_class(py: &Py, c: &Val, message: &str) -> PyResult<()> {
    match bases(py, c)? {
        Some(_) => Ok(()),
        None => Err(py.type_error(message)),
    }
}

fn abstract_subclass(py: &Py, c: &Val, cls: &Val) -> PyResult<bool> {
    super::convert::guard(py, " in __issubclass__")?;
    if c.is(cls) {
        return Ok(true);
    }
    let Some(b) = bases(py, c)? else {
        return Ok(false);
    };
    any(b.cast::<TupleObj>().items(), |x| {
        abstract_subclass(py, x, cls)
    })
}
