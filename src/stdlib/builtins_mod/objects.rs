//! Functions on any object: attributes, type tests, representation, identity.

use crate::builtins::str::StrObj;
use crate::builtins::{dict, list};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function(
        "ascii",
        "($module, obj, /)",
        Bound(|py, a| ops::ascii(py, &a[0])),
    );
    m.function(
        "callable",
        "($module, obj, /)",
        Bound(|py, a| Ok(py.bool(ops::call::is_callable(&a[0])))),
    );
    m.function(
        "delattr",
        "($module, obj, name, /)",
        Bound(|py, a| {
            ops::delattr(py, &a[0], attribute_name(py, &a[1])?)?;
            Ok(py.none())
        }),
    );
    m.function(
        "format",
        "($module, value, format_spec='', /)",
        Bound(format),
    );
    m.function(
        "getattr",
        "(object, name, default=<unrepresentable>, /)",
        Bound(getattr),
    );
    m.function(
        "hasattr",
        "($module, obj, name, /)",
        Bound(|py, a| {
            Ok(py.bool(ops::getattr_opt(py, &a[0], attribute_name(py, &a[1])?)?.is_some()))
        }),
    );
    m.function(
        "hash",
        "($module, obj, /)",
        Bound(|py, a| Ok(py.int(ops::hash(py, &a[0])?))),
    );
    m.function(
        "id",
        "($module, obj, /)",
        Bound(|py, a| Ok(crate::builtins::int::from_u64(py, a[0].id()))),
    );
    m.function(
        "isinstance",
        "($module, obj, class_or_tuple, /)",
        Bound(|py, a| Ok(py.bool(ops::is_instance(py, &a[0], &a[1])?))),
    );
    m.function(
        "issubclass",
        "($module, cls, class_or_tuple, /)",
        Bound(|py, a| Ok(py.bool(ops::is_subclass(py, &a[0], &a[1])?))),
    );
    m.function(
        "len",
        "($module, obj, /)",
        Bound(|py, a| Ok(crate::builtins::int::from_usize(py, ops::len(py, &a[0])?))),
    );
    m.function(
        "repr",
        "($module, obj, /)",
        Bound(|py, a| ops::repr(py, &a[0])),
    );
    m.function(
        "setattr",
        "($module, obj, name, value, /)",
        Bound(|py, a| {
            ops::setattr(py, &a[0], attribute_name(py, &a[1])?, &a[2])?;
            Ok(py.none())
        }),
    );
    m.function("dir", "(object=<unrepresentable>, /)", Bound(dir));
    m.function("vars", "(object=<unrepresentable>, /)", Bound(vars));
}

fn attribute_name<'a>(py: &Py, v: &'a Val) -> PyResult<&'a Val> {
    if v.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "attribute name must be string, not '{}'",
            v.ty().full_name()
        )));
    }
    Ok(v)
}

fn format(py: &Py, a: &[Val]) -> PyResult<Obj> {
    match a[1].given() {
        None => ops::format(py, &a[0], &py.str("")),
        Some(s) if s.get::<StrObj>().is_some() => ops::format(py, &a[0], s),
        Some(s) => Err(py.type_error(format!(
            "format() argument 2 must be str, not {}",
            s.ty().name()
        ))),
    }
}

fn getattr(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let name = attribute_name(py, &a[1])?;
    match a[2].given() {
        None => ops::getattr(py, &a[0], name),
        Some(d) => Ok(ops::getattr_opt(py, &a[0], name)?.unwrap_or_else(|| d.to_obj())),
    }
}

fn dir(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let found = match a[0].given() {
        Some(v) => match ops::call_special(py, v, &names::__dir__, &[])? {
            Some(r) => r,
            None => return Err(py.type_error("object does not provide __dir__")),
        },
        None => match crate::interp::current_locals(py) {
            Some(l) => match l.get::<dict::DictObj>().filter(|_| dict::DICT.is_exact(&l)) {
                Some(d) => list::new(py, d.items().into_iter().map(|(k, _)| k).collect()),
                None => ops::call_method(py, &l, &names::keys, &[])?,
            },
            None => return Err(py.system_error("frame does not exist")),
        },
    };
    let l = list::new(py, ops::collect(py, &found)?);
    list::sort::sort(py, &l, None, false)?;
    Ok(l)
}

fn vars(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(v) = a[0].given() else {
        return super::code::locals(py);
    };
    ops::getattr_opt(py, v, &names::__dict__)?
        .ok_or_else(|| py.type_error("vars() argument must have __dict__ attribute"))
}
