//! The methods of `object`.

use crate::builtins::descr::GETSET_DESCR;
use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::list::{self, ListObj};
use crate::builtins::str::{StrObj, lossy};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::attr;
use crate::object::base::{OBJECT, PlainObj};
use crate::object::instance;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::{Args, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::{Type, VAR_EXT, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// The slot `object.__new__`.
pub fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if !args.is_empty() {
        if ty.slots.new.addr() != new as *const () as usize {
            return Err(py.type_error(
                "object.__new__() takes exactly one argument (the type to instantiate)",
            ));
        }
        if ty.slots.init.addr() == init_object as *const () as usize {
            return Err(py.type_error(format!("{}() takes no arguments", ty.full_name())));
        }
    }
    if ty.has(tf::ABSTRACT) {
        return Err(abstract_error(py, ty)?);
    }
    if !std::ptr::eq(ty.layout, OBJECT.layout) {
        let n = ty.full_name();
        return Err(py.type_error(format!(
            "object.__new__({n}) is not safe, use {n}.__new__()"
        )));
    }
    Ok(py.alloc_in(ty, PlainObj))
}

#[cold]
fn abstract_error(py: &Py, ty: &'static Type) -> PyResult<crate::error::Raised> {
    let set = ops::getattr(py, &ty.to_obj(), &names::__abstractmethods__)?;
    let mut list: Vec<String> = ops::collect(py, &set)?
        .iter()
        .map(|n| lossy(n).into_owned())
        .collect();
    list.sort();
    let s = if list.len() == 1 { "" } else { "s" };
    let quoted: Vec<String> = list.iter().map(|n| format!("'{n}'")).collect();
    Ok(py.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{s} {}",
        ty.full_name(),
        quoted.join(", ")
    )))
}

/// The slot `object.__init__`.
pub fn init_object(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    if args.is_empty() {
        return Ok(());
    }
    let ty = v.ty();
    if ty.slots.init.addr() != init_object as *const () as usize {
        return Err(py.type_error(
            "object.__init__() takes exactly one argument (the instance to initialize)",
        ));
    }
    if ty.slots.new.addr() == new as *const () as usize {
        return Err(py.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            ty.full_name()
        )));
    }
    Ok(())
}

/// `<module.QualName object at 0x...>`
fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(py.str(&format!(
        "<{} object at {:#x}>",
        display_name(py, v.ty()),
        v.id()
    )))
}

/// Name with module, as default reprs print it.
pub fn display_name(py: &Py, ty: &'static Type) -> String {
    let q = lossy(&ty.qualname.obj()).into_owned();
    match crate::builtins::type_obj::module_of(py, ty) {
        Some(m) if m.get::<StrObj>().is_some_and(|m| !m.eq_str("builtins")) => {
            format!("{}.{q}", lossy(&m))
        }
        _ => q,
    }
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    match op {
        CmpOp::Eq if a.is(b) => Ok(py.bool(true)),
        // By default `!=` is the opposite of `==`.
        CmpOp::Ne => {
            let Some(f) = a.ty().slots.compare.get() else {
                return Ok(py.not_implemented());
            };
            let r = f(py, a, b, CmpOp::Eq)?;
            if r.is_not_implemented() {
                return Ok(r);
            }
            Ok(py.bool(!ops::truth(py, &r)?))
        }
        _ => Ok(py.not_implemented()),
    }
}

/// Whether instances take `__class__` from `object`.
pub fn has_plain_class(py: &Py, ty: &Type) -> bool {
    // Identity of the descriptor, which lives as long as `object`; 0 until it was looked up.
    static PLAIN: AtomicU64 = AtomicU64::new(0);
    let Some(found) = ty.lookup(py, &names::__class__) else {
        return false;
    };
    let plain = PLAIN.load(Ordering::Relaxed);
    if plain != 0 {
        return found.id() == plain;
    }
    match OBJECT.ty().dict().get_interned(py, &names::__class__) {
        Some(d) if GETSET_DESCR.is_exact(&d) => {
            PLAIN.store(d.id(), Ordering::Relaxed);
            found.is(&d)
        }
        _ => false,
    }
}

/// Whether the object has a place for attributes of its own (which `__dict__` descriptors of mixed-in classes do not know).
fn has_attributes(v: &Val) -> bool {
    v.header()
        .is_some_and(|h| h.shape().mode != crate::object::shape::AttrMode::None)
}

/// Getter of `__dict__`.
pub fn get_dict(py: &Py, v: &Val) -> PyResult<Obj> {
    if has_attributes(v) {
        return Ok(instance::dict_of(py, v));
    }
    if let Some(t) = Type::of(v) {
        return Ok(crate::builtins::mappingproxy::new(py, t.dict_obj()));
    }
    crate::builtins::module::dict_of(v)
        .ok_or_else(|| py.attribute_error("This object has no __dict__", v, &names::__dict__))
}

/// Setter of `__dict__`.
pub fn set_dict(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    if !has_attributes(v) {
        let base = if Type::of(v).is_some() {
            "type"
        } else {
            "module"
        };
        let msg = format!("attribute '__dict__' of '{base}' objects is not writable");
        return Err(py.attribute_error(&msg, v, &names::__dict__));
    }
    let Some(d) = value else {
        if v.ty()
            .mro_iter()
            .any(|t| !t.has(tf::HEAP) && t.has(tf::HAS_DICT))
        {
            return Err(py.type_error("cannot delete __dict__"));
        }
        instance::replace_dict(py, v, dict::new(py));
        return Ok(());
    };
    if !DICT.check(d) {
        return Err(py.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{}'",
            d.ty().full_name()
        )));
    }
    instance::replace_dict(py, v, d.to_obj());
    Ok(())
}

/// The ancestor that gave instances of a class what they hold.
fn layout_source(ty: &'static Type) -> &'static Type {
    let mut t = ty;
    while let Some(b) = t.base() {
        let mask = tf::HAS_DICT | tf::WEAKREF;
        if !std::ptr::eq(t.layout, b.layout)
            || t.members != b.members
            || t.flags() & mask != b.flags() & mask
        {
            break;
        }
        t = b;
    }
    t
}

/// Instances of one class can become instances of the other: the same base is extended by the same things.
fn same_layout(a: &'static Type, b: &'static Type) -> bool {
    let (x, y) = (layout_source(a), layout_source(b));
    if std::ptr::eq(x, y) {
        return (a.ext == VAR_EXT) == (b.ext == VAR_EXT);
    }
    let same_base = match (x.base(), y.base()) {
        (Some(p), Some(q)) => std::ptr::eq(p, q),
        _ => false,
    };
    same_base
        && std::ptr::eq(x.layout, y.layout)
        && x.members == y.members
        && (a.ext != 0) == (b.ext != 0)
        && a.has(tf::WEAKREF) == b.has(tf::WEAKREF)
        && members_of(x) == members_of(y)
}

/// Names and places of the members that a class itself adds.
fn members_of(t: &'static Type) -> Vec<(u32, u64)> {
    let mut v = Vec::new();
    for (k, d) in t.dict().items() {
        if let Some(m) = d
            .get::<crate::builtins::descr::MemberDescr>()
            .filter(|m| m.is_fixed())
        {
            v.push((m.offset, k.word().identity()));
        }
    }
    v.sort_unstable();
    v
}

fn set_class(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(py.type_error("can't delete __class__ attribute"));
    };
    let Some(new) = Type::of(value) else {
        return Err(py.type_error(format!(
            "__class__ must be set to a class, not '{}' object",
            value.ty().full_name()
        )));
    };
    let old = v.ty();
    let module = &crate::builtins::module::MODULE;
    let both_modules = new.is_subtype(module.ty()) && old.is_subtype(module.ty());
    if !both_modules && (!new.has(tf::HEAP) || !old.has(tf::HEAP)) {
        return Err(py.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    if !same_layout(old, new) {
        return Err(py.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.full_name(),
            old.full_name()
        )));
    }
    if !instance::change_type(py, v, new) {
        return Err(py.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.full_name(),
            old.full_name()
        )));
    }
    if let Some(h) = v.header() {
        crate::heap::count::stored_into(h);
    }
    Ok(())
}

/// `__getstate__` of objects without their own.
pub fn getstate(py: &Py, v: &Val, required: bool) -> PyResult<Obj> {
    let ty = v.ty();
    let d = ops::getattr_opt(py, v, &names::__dict__)?;
    let slotnames = slotnames(py, ty)?;
    let has_names = slotnames.get::<ListObj>().is_some_and(|l| !l.is_empty());
    if required
        && !std::ptr::eq(ty.layout, OBJECT.layout)
        && ty.slots.getitem.addr() == 0
        && !is_simple_state(ty)
    {
        return Err(py.type_error(format!("cannot pickle '{}' object", ty.full_name())));
    }
    let state = match d {
        Some(d) if d.get::<DictObj>().is_none_or(|d| !d.is_empty()) => d,
        Some(_) | None => py.none(),
    };
    if !has_names {
        return Ok(match attr_dict_given(&state) {
            true => state,
            false => py.none(),
        });
    }
    let slots = dict::new(py);
    for n in ops::collect(py, &slotnames)? {
        if let Some(x) = ops::getattr_opt(py, v, &n)? {
            slots.cast::<DictObj>().set(py, &n, x)?;
        }
    }
    if slots.cast::<DictObj>().is_empty() {
        return Ok(state);
    }
    Ok(tuple::new(py, vec![state, slots]))
}

fn attr_dict_given(state: &Val) -> bool {
    !state.is_none()
}

/// Built-in layouts whose content `__reduce_ex__` saves through `__getnewargs__` or item iterators, or which have none.
fn is_simple_state(ty: &Type) -> bool {
    ty.has(tf::INT | tf::FLOAT | tf::STR | tf::BYTES | tf::TUPLE | tf::LIST | tf::DICT | tf::EXC)
        || matches!(
            ty.layout.name,
            "types.SimpleNamespace" | "object" | "complex" | "set" | "frozenset"
        )
}

fn slotnames(py: &Py, ty: &'static Type) -> PyResult<Obj> {
    if let Some(x) = ty.dict().get_interned(py, &names::__slotnames__) {
        return Ok(x);
    }
    if !ty.has(tf::HEAP) {
        return Ok(py.none());
    }
    let copyreg = crate::import::import_module(py, "copyreg")?;
    let f = ops::getattr_str(py, &copyreg, "_slotnames")?;
    let r = ops::call1(py, &f, &ty.to_obj())?;
    if !r.is_none() && r.get::<ListObj>().is_none() {
        return Err(py.type_error("copyreg._slotnames didn't return a list or None"));
    }
    Ok(r)
}

fn call_getstate(py: &Py, v: &Val, required: bool) -> PyResult<Obj> {
    let f = ops::getattr(py, v, &names::__getstate__)?;
    // The default method knows whether a state is required.
    let default = OBJECT.ty().dict().get_interned(py, &names::__getstate__);
    if let (Some(default), Some(found)) = (default, v.ty().lookup(py, &names::__getstate__))
        && found.is(&default)
        && f.get::<crate::object::NativeFn>()
            .is_some_and(|n| n.receiver.obj().is(v))
    {
        return getstate(py, v, required);
    }
    ops::call0(py, &f)
}

fn reduce_2(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = v.ty();
    let cls = ty.to_obj();
    if ty.slots.new.addr() == 0 {
        return Err(py.type_error(format!("cannot pickle '{}' object", ty.full_name())));
    }
    let (mut args, mut kwargs) = (None, None);
    if let Some(f) = ops::special(py, v, &names::__getnewargs_ex__)? {
        let r = ops::call0(py, &f)?;
        let Some(t) = r.get::<TupleObj>() else {
            return Err(py.type_error(format!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                r.ty().full_name()
            )));
        };
        let [a, k] = t.items() else {
            return Err(py.value_error(format!(
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                t.len()
            )));
        };
        if a.get::<TupleObj>().is_none() {
            return Err(py.type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                a.ty().full_name()
            )));
        }
        if k.get::<DictObj>().is_none() {
            return Err(py.type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                k.ty().full_name()
            )));
        }
        (args, kwargs) = (Some(a.to_obj()), Some(k.to_obj()));
    } else if let Some(f) = ops::special(py, v, &names::__getnewargs__)? {
        let r = ops::call0(py, &f)?;
        if r.get::<TupleObj>().is_none() {
            return Err(py.type_error(format!(
                "__getnewargs__ should return a tuple, not '{}'",
                r.ty().full_name()
            )));
        }
        args = Some(r);
    }
    let copyreg = crate::import::import_module(py, "copyreg")?;
    let required = args.is_none() && !ty.has(tf::LIST | tf::DICT);
    let (maker, new_args) = match kwargs {
        Some(k) if !k.cast::<DictObj>().is_empty() => {
            let a = args.clone().unwrap_or_else(|| tuple::empty(py));
            (
                ops::getattr_str(py, &copyreg, "__newobj_ex__")?,
                tuple::new(py, vec![cls, a, k]),
            )
        }
        _ => {
            let mut all = vec![cls];
            if let Some(a) = &args {
                all.extend(a.cast::<TupleObj>().items().iter().map(Val::to_obj));
            }
            (
                ops::getattr_str(py, &copyreg, "__newobj__")?,
                tuple::new(py, all),
            )
        }
    };
    let state = call_getstate(py, v, required)?;
    let list_items = if ty.has(tf::LIST) {
        ops::iter(py, v)?
    } else {
        py.none()
    };
    let dict_items = if ty.has(tf::DICT) {
        let items = ops::call_method(py, v, &names::items, &[])?;
        ops::iter(py, &items)?
    } else {
        py.none()
    };
    Ok(tuple::new(
        py,
        vec![maker, new_args, state, list_items, dict_items],
    ))
}

fn reduce(py: &Py, v: &Val, protocol: i64) -> PyResult<Obj> {
    if protocol >= 2 {
        return reduce_2(py, v);
    }
    let copyreg = crate::import::import_module(py, "copyreg")?;
    let f = ops::getattr_str(py, &copyreg, "_reduce_ex")?;
    ops::call2(py, &f, v, &py.int(protocol))
}

fn reduce_ex(py: &Py, v: &Val, protocol: i64) -> PyResult<Obj> {
    // A `__reduce__` of the class's own goes first.
    let own = v.ty().lookup(py, &names::__reduce__);
    let default = OBJECT.ty().dict().get_interned(py, &names::__reduce__);
    if let (Some(a), Some(b)) = (&own, &default)
        && !a.is(b)
    {
        let f = ops::getattr(py, v, &names::__reduce__)?;
        return ops::call0(py, &f);
    }
    reduce(py, v, protocol)
}

/// Names of attributes, unsorted: the object's, its class's and its bases'.
fn dir(py: &Py, v: &Val) -> PyResult<Obj> {
    let all = dict::new(py);
    if let Some(d) = ops::getattr_opt(py, v, &names::__dict__)?
        && let Some(d) = d.get::<DictObj>()
    {
        for (k, x) in d.items() {
            all.cast::<DictObj>().set(py, &k, x)?;
        }
    }
    if let Some(c) = ops::getattr_opt(py, v, &names::__class__)? {
        merge_class_dict(py, all.cast::<DictObj>(), &c)?;
    }
    Ok(list::new(
        py,
        all.cast::<DictObj>()
            .items()
            .into_iter()
            .map(|(k, _)| k)
            .collect(),
    ))
}

/// Adds the names of a class and its bases.
pub fn merge_class_dict(py: &Py, to: &DictObj, cls: &Val) -> PyResult<()> {
    ops::convert::guard(py, "")?;
    if let Some(d) = ops::getattr_opt(py, cls, &names::__dict__)? {
        let keys = ops::collect(py, &d)?;
        for k in keys {
            to.set(py, &k, py.none())?;
        }
    }
    if let Some(b) = ops::getattr_opt(py, cls, &names::__bases__)? {
        for b in ops::collect(py, &b)? {
            merge_class_dict(py, to, &b)?;
        }
    }
    Ok(())
}

/// Fills the type `object`. Slots come first: descriptor types made on the way inherit them.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new);
    s.init.set(init_object);
    s.repr.set(repr);
    s.str.set(|py, v| ops::repr(py, v));
    s.hash.set(|_, v| Ok(ops::convert::hash_identity(v)));
    s.compare.set(compare);
    s.getattr.set(attr::generic_get);
    s.setattr.set(attr::generic_set);
    t.doc(
        "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    );
    t.getset("__class__", |_, v| Ok(v.ty().to_obj()), Some(set_class));
    t.method(
        "__format__",
        "($self, format_spec, /)",
        Bound(|py, a| {
            let Some(spec) = a[1].get::<StrObj>() else {
                return Err(py.type_error(format!(
                    "__format__() argument must be str, not {}",
                    a[1].ty().full_name()
                )));
            };
            if !spec.is_empty() {
                return Err(py.type_error(format!(
                    "unsupported format string passed to {}.__format__",
                    a[0].ty().full_name()
                )));
            }
            ops::str(py, &a[0])
        }),
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(a[0].ty().instance_size() as i64))),
    );
    t.method("__dir__", "($self, /)", Bound(|py, a| dir(py, &a[0])));
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| reduce(py, &a[0], 0)),
    );
    t.method(
        "__reduce_ex__",
        "($self, protocol, /)",
        Bound(|py, a| reduce_ex(py, &a[0], ops::to_i64(py, &a[1])?)),
    );
    t.method(
        "__getstate__",
        "($self, /)",
        Bound(|py, a| getstate(py, &a[0], false)),
    );
    t.classmethod(
        "__init_subclass__",
        "($type, /, *args, **kwargs)",
        Raw(|py, args| {
            let name = args
                .all()
                .first()
                .and_then(Type::of)
                .map_or("object".into(), |t| t.full_name());
            if args.has_keywords() {
                return Err(py.type_error(format!(
                    "{name}.__init_subclass__() takes no keyword arguments"
                )));
            }
            match args.all().len() {
                0 | 1 => Ok(py.none()),
                n => Err(py.type_error(format!(
                    "{name}.__init_subclass__() takes no arguments ({} given)",
                    n - 1
                ))),
            }
        }),
    );
    t.classmethod(
        "__subclasshook__",
        "($type, /, *args)",
        Raw(|py, _| Ok(py.not_implemented())),
    );
}
