//! The methods and attributes of `type`.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::list;
use crate::builtins::str::{StrObj, lossy};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::attr;
use crate::object::class;
use crate::object::names::{self, StaticName};
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::{Args, TypeInit};
use crate::object::ops;
use crate::object::slot_update;
use crate::object::slots::BinOp;
use crate::object::type_::{TYPE, Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{header::HEADER_SIZE, mro};
use crate::thread::Py;

/// `cls[item]` of a built-in class.
pub fn generic_alias(py: &Py, cls: &Val, item: &Val) -> PyResult<Obj> {
    crate::builtins::generic_alias::new(py, cls, item)
}

fn me(v: &Val) -> &'static Type {
    Type::of(v).expect("the receiver is a class")
}

/// `type.__call__`: `__new__`, then `__init__` of what it made.
fn call(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let ty = me(v);
    if std::ptr::eq(ty, TYPE.ty()) {
        match args.all() {
            [x] if !args.has_keywords() => return Ok(x.ty().to_obj()),
            _ if args.positional().len() != 3 => {
                return Err(py.type_error("type() takes 1 or 3 arguments"));
            }
            _ => {}
        }
    }
    let Some(new) = ty.slots.new.get() else {
        return Err(py.type_error(format!("cannot create '{}' instances", ty.full_name())));
    };
    let o = new(py, ty, args)?;
    let made = o.ty();
    if !made.is_subtype(ty) {
        return Ok(o);
    }
    if let Some(init) = made.slots.init.get() {
        init(py, &o, args)?;
    }
    Ok(o)
}

/// `type.__new__`.
fn new(py: &Py, meta: &'static Type, args: Args) -> PyResult<Obj> {
    let [name, bases, ns] = args.positional() else {
        return Err(py.type_error(format!(
            "type.__new__() takes exactly 3 arguments ({} given)",
            args.positional().len()
        )));
    };
    if name.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "type.__new__() argument 1 must be str, not {}",
            name.ty().full_name()
        )));
    }
    let Some(b) = bases.get::<TupleObj>() else {
        return Err(py.type_error(format!(
            "type.__new__() argument 2 must be tuple, not {}",
            bases.ty().full_name()
        )));
    };
    class::check_namespace(py, ns)?;
    let list: Vec<Obj> = b.items().iter().map(Val::to_obj).collect();
    for x in &list {
        if Type::of(x).is_none() && ops::getattr_opt(py, x, &names::__mro_entries__)?.is_some() {
            return Err(
                py.type_error("type() doesn't support MRO entry resolution; use types.new_class()")
            );
        }
    }
    let win = class::winner(py, meta, &list)?;
    if !std::ptr::eq(win, meta)
        && win.slots.new.addr() != meta.slots.new.addr()
        && let Some(f) = win.slots.new.get()
    {
        return f(py, win, args);
    }
    class::new_class(py, win, name, &list, ns, args.skip(3))
}

fn init_type(py: &Py, _: &Val, args: Args) -> PyResult<()> {
    let n = args.positional().len();
    if n == 1 && args.has_keywords() {
        return Err(py.type_error("type.__init__() takes no keyword arguments"));
    }
    if n != 1 && n != 3 {
        return Err(py.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

/// `type.__getattribute__`, `None` if there is no such attribute.
pub fn find(py: &Py, v: &Val, name: &Val) -> PyResult<Option<Obj>> {
    let ty = me(v);
    let meta = v.ty();
    let on_meta = meta.lookup(py, name);
    let get = on_meta.as_ref().and_then(|d| d.ty().slots.descr_get.get());
    if let (Some(d), Some(get)) = (&on_meta, get)
        && d.ty().slots.descr_set.addr() != 0
    {
        return get(py, d, Some(v), Some(&meta.to_obj())).map(Some);
    }
    if let Some(x) = ty.lookup(py, name) {
        return match x.ty().slots.descr_get.get() {
            Some(get) => get(py, &x, None, Some(v)).map(Some),
            None => Ok(Some(x)),
        };
    }
    match (on_meta, get) {
        (Some(d), Some(get)) => get(py, &d, Some(v), Some(&meta.to_obj())).map(Some),
        (d, _) => Ok(d),
    }
}

/// The slot `type.__getattribute__`.
pub fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    match find(py, v, name)? {
        Some(o) => Ok(o),
        None => Err(attr::missing(py, v, name)),
    }
}

/// The slot `type.__setattr__`.
pub fn setattr(py: &Py, v: &Val, name: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    if !ty.has(tf::HEAP) {
        return Err(py.type_error(format!(
            "cannot {} '{}' attribute of immutable type '{}'",
            "set",
            lossy(name),
            ty.full_name()
        )));
    }
    if let Some(d) = v.ty().lookup(py, name)
        && let Some(set) = d.ty().slots.descr_set.get()
    {
        return set(py, &d, v, value);
    }
    store(py, ty, name, value)
}

/// Changes the namespace of a class and what depends on it.
fn store(py: &Py, ty: &'static Type, name: &Val, value: Option<&Val>) -> PyResult<()> {
    // The old value must outlive the entries of method caches that refer to it.
    let old = ty.dict().get_interned(py, name);
    match value {
        Some(x) => ty.dict().set_interned(py, name, x.to_obj()),
        None => {
            if ty.dict().remove_interned(py, name).is_none() {
                return Err(attr::missing(py, &ty.to_obj(), name));
            }
        }
    }
    ty.modified();
    slot_update::update_name(ty, name);
    drop(old);
    Ok(())
}

/// The value of `__module__`.
pub fn module_of(py: &Py, ty: &Type) -> Option<Obj> {
    if ty.has(tf::HEAP) {
        return ty.dict().get_interned(py, &names::__module__);
    }
    let full = ty.full_name();
    Some(crate::builtins::str::intern(
        py,
        full.rsplit_once('.').map_or("builtins", |p| p.0),
    ))
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(py.str(&format!(
        "<class '{}'>",
        crate::builtins::object_::display_name(py, me(v))
    )))
}

fn immutable(py: &Py, ty: &Type, name: &str) -> PyResult<()> {
    if ty.has(tf::HEAP) {
        return Ok(());
    }
    Err(py.type_error(format!(
        "cannot set '{name}' attribute of immutable type '{}'",
        ty.full_name()
    )))
}

fn required<'a>(py: &Py, ty: &Type, name: &str, value: Option<&'a Val>) -> PyResult<&'a Val> {
    immutable(py, ty, name)?;
    value.ok_or_else(|| {
        py.type_error(format!(
            "cannot delete '{name}' attribute of immutable type '{}'",
            ty.full_name()
        ))
    })
}

fn set_name(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    let value = required(py, ty, "__name__", value)?;
    let Some(s) = value.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            ty.full_name(),
            value.ty().full_name()
        )));
    };
    class::check_name(py, s)?;
    ty.name.set(value.to_obj());
    Ok(())
}

fn set_qualname(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    let value = required(py, ty, "__qualname__", value)?;
    if value.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            ty.full_name(),
            value.ty().full_name()
        )));
    }
    ty.qualname.set(value.to_obj());
    Ok(())
}

fn set_bases(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    let value = required(py, ty, "__bases__", value)?;
    let n = ty.full_name();
    let Some(t) = value.get::<TupleObj>() else {
        return Err(py.type_error(format!(
            "can only assign tuple to {n}.__bases__, not {}",
            value.ty().full_name()
        )));
    };
    if t.is_empty() {
        return Err(py.type_error(format!(
            "can only assign non-empty tuple to {n}.__bases__, not ()"
        )));
    }
    let list: Vec<Obj> = t.items().iter().map(Val::to_obj).collect();
    for b in &list {
        let Some(b) = Type::of(b) else {
            return Err(py.type_error(format!(
                "{n}.__bases__ must be tuple of classes, not '{}'",
                b.ty().full_name()
            )));
        };
        // The bases' own chain counts as well: their linearization may be in the making.
        let mut base = Some(b);
        let mut cycle = b.is_subtype(ty);
        while let Some(b) = base.filter(|_| !cycle) {
            cycle = std::ptr::eq(b, ty);
            base = b.base();
        }
        if cycle {
            return Err(py.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let base = class::best_base(py, &list)?;
    if !std::ptr::eq(base.layout, ty.layout)
        || base.members > ty.members
        || (base.ext != 0 && ty.ext == 0)
    {
        let what = if base.layout.leaf {
            "deallocator"
        } else {
            "object layout"
        };
        return Err(py.type_error(format!(
            "__bases__ assignment: '{}' {what} differs from '{}'",
            base.full_name(),
            ty.base().map_or("object".into(), |b| b.full_name())
        )));
    }
    let (old_bases, old_base) = (ty.bases.obj(), ty.base.obj());
    ty.bases.set(value.to_obj());
    ty.base.set(base.to_obj());
    if let Err(e) = update_mro(py, ty) {
        ty.bases.set(old_bases);
        ty.base.set(old_base);
        update_mro(py, ty)?;
        return Err(e);
    }
    for b in old_bases
        .cast::<TupleObj>()
        .items()
        .iter()
        .filter_map(Type::of)
    {
        b.subclasses.lock().retain(|s| !std::ptr::eq(*s, ty));
    }
    for b in mro::bases_of(ty) {
        b.subclasses.lock().push(ty);
    }
    ty.modified();
    slot_update::update_subtree(ty);
    Ok(())
}

fn update_mro(py: &Py, ty: &'static Type) -> PyResult<()> {
    mro::set(py, ty)?;
    for s in subclasses(ty) {
        update_mro(py, s)?;
    }
    ty.modified();
    Ok(())
}

fn subclasses(ty: &Type) -> Vec<&'static Type> {
    // SAFETY: dying classes remove themselves from the list first.
    ty.subclasses
        .lock()
        .iter()
        .map(|t| unsafe { &**t })
        .collect()
}

fn get_doc(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = me(v);
    if std::ptr::eq(ty, TYPE.ty()) {
        return Ok(py.str(
            "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
        ));
    }
    match ty.lookup(py, &names::__doc__) {
        // Found on the class itself or, for classes, nowhere: `__doc__` is not inherited.
        Some(_) => match ty.dict().get_interned(py, &names::__doc__) {
            Some(d) => match d.ty().slots.descr_get.get() {
                Some(get) => get(py, &d, None, Some(v)),
                None => Ok(d),
            },
            None => Ok(py.none()),
        },
        None => Ok(py.none()),
    }
}

fn get_abstract(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = me(v);
    let own = if std::ptr::eq(ty, TYPE.ty()) {
        None
    } else {
        ty.dict().get_interned(py, &names::__abstractmethods__)
    };
    own.ok_or_else(|| attr::missing(py, v, &names::__abstractmethods__))
}

fn set_abstract(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    immutable(py, ty, "__abstractmethods__")?;
    match value {
        Some(x) => {
            let on = ops::truth(py, x)?;
            ty.dict()
                .set_interned(py, &names::__abstractmethods__, x.to_obj());
            ty.set_flag(tf::ABSTRACT, on);
        }
        None => {
            if ty
                .dict()
                .remove_interned(py, &names::__abstractmethods__)
                .is_none()
            {
                return Err(attr::missing(py, v, &names::__abstractmethods__));
            }
            ty.set_flag(tf::ABSTRACT, false);
        }
    }
    ty.modified();
    Ok(())
}

/// A value of the class's own namespace, bound as an attribute of the class.
fn own_bound(py: &Py, v: &Val, name: &Val) -> PyResult<Option<Obj>> {
    let Some(x) = me(v).dict().get_interned(py, name) else {
        return Ok(None);
    };
    match x.ty().slots.descr_get.get() {
        Some(get) => get(py, &x, None, Some(v)).map(Some),
        None => Ok(Some(x)),
    }
}

fn get_annotate(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = me(v);
    if !ty.has(tf::HEAP) {
        return Err(attr::missing(py, v, &names::__annotate__));
    }
    for n in [&names::__annotate__, &names::__annotate_func__] {
        if let Some(f) = own_bound(py, v, n)? {
            return Ok(f);
        }
    }
    ty.dict()
        .set_interned(py, &names::__annotate_func__, py.none());
    ty.modified();
    Ok(py.none())
}

fn set_annotate(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    let Some(x) = value else {
        return Err(py.type_error("cannot delete __annotate__ attribute"));
    };
    immutable(py, ty, "__annotate__")?;
    if !x.is_none() && !ops::call::is_callable(x) {
        return Err(py.type_error("__annotate__ must be callable or None"));
    }
    ty.dict()
        .set_interned(py, &names::__annotate_func__, x.to_obj());
    if !x.is_none() {
        ty.dict().remove_interned(py, &names::__annotations_cache__);
    }
    ty.modified();
    Ok(())
}

fn get_annotations(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = me(v);
    if !ty.has(tf::HEAP) {
        return Err(attr::missing(py, v, &names::__annotations__));
    }
    for n in [&names::__annotations__, &names::__annotations_cache__] {
        if let Some(a) = own_bound(py, v, n)? {
            return Ok(a);
        }
    }
    let f = get_annotate(py, v)?;
    let made = if ops::call::is_callable(&f) {
        let r = ops::call1(py, &f, &py.int(1))?;
        if r.get::<DictObj>().is_none() {
            return Err(py.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                r.ty().full_name()
            )));
        }
        r
    } else {
        dict::new(py)
    };
    ty.dict()
        .set_interned(py, &names::__annotations_cache__, made.clone());
    ty.modified();
    Ok(made)
}

fn set_annotations(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = me(v);
    immutable(py, ty, "__annotations__")?;
    let plain = ty
        .dict()
        .get_interned_word(&names::__annotations__)
        .is_some();
    match value {
        Some(x) => {
            let n: &StaticName = if plain {
                &names::__annotations__
            } else {
                &names::__annotations_cache__
            };
            ty.dict().set_interned(py, n, x.to_obj());
        }
        None => {
            let a = ty.dict().remove_interned(py, &names::__annotations__);
            let b = ty.dict().remove_interned(py, &names::__annotations_cache__);
            if a.is_none() && b.is_none() && value.is_none() {
                ty.modified();
                return Err(attr::missing(py, v, &names::__annotations__));
            }
        }
    }
    ty.dict().remove_interned(py, &names::__annotate_func__);
    ty.dict().remove_interned(py, &names::__annotate__);
    ty.modified();
    Ok(())
}

/// `__flags__`, in CPython's bits as far as Python code looks at them.
fn flags(ty: &Type) -> i64 {
    const MAP: [(u32, u32); 16] = [
        (tf::SEQUENCE, 5),
        (tf::MAPPING, 6),
        (tf::NO_NEW, 7),
        (tf::HEAP, 9),
        (tf::BASETYPE, 10),
        (tf::METHOD_DESCRIPTOR, 17),
        (tf::ABSTRACT, 20),
        (tf::MATCH_SELF, 22),
        (tf::INT, 24),
        (tf::LIST, 25),
        (tf::TUPLE, 26),
        (tf::BYTES, 27),
        (tf::STR, 28),
        (tf::DICT, 29),
        (tf::EXC, 30),
        (tf::TYPE, 31),
    ];
    let mut f = 1 << 12;
    if !ty.has(tf::HEAP) {
        f |= 1 << 8;
    }
    if !ty.layout.leaf || ty.ext != 0 || ty.members != 0 {
        f |= 1 << 14;
    }
    if ty.has(tf::HEAP) && ty.ext != 0 {
        // The dict is made on demand; plain instances keep their attributes inside.
        f |= 1 << 4;
        if ty.members == 0 && std::ptr::eq(ty.layout, crate::object::base::OBJECT.layout) {
            f |= 1 << 2;
        }
    }
    MAP.iter()
        .filter(|m| ty.has(m.0))
        .fold(f, |f, m| f | 1 << m.1)
}

fn subclass_list(py: &Py, v: &Val) -> Obj {
    list::new(
        py,
        subclasses(me(v)).into_iter().map(Type::to_obj).collect(),
    )
}

fn dir(py: &Py, v: &Val) -> PyResult<Obj> {
    let all = dict::new(py);
    crate::builtins::object_::merge_class_dict(py, all.cast::<DictObj>(), v)?;
    Ok(list::new(
        py,
        all.cast::<DictObj>()
            .items()
            .into_iter()
            .map(|(k, _)| k)
            .collect(),
    ))
}

/// Fills the type `type`.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.call.set(call);
    s.new.set(new);
    s.init.set(init_type);
    s.getattr.set(getattr);
    s.setattr.set(setattr);
    s.repr.set(repr);
    s.bin(BinOp::Or).set(crate::builtins::union_::or);
    t.getset(
        "__name__",
        |py, v| {
            let ty = me(v);
            if ty.has(tf::HEAP) {
                Ok(ty.name.obj())
            } else {
                Ok(crate::builtins::str::intern(py, &ty.name()))
            }
        },
        Some(set_name),
    );
    t.getset(
        "__qualname__",
        |_, v| Ok(me(v).qualname.obj()),
        Some(set_qualname),
    );
    t.getset("__bases__", |_, v| Ok(me(v).bases.obj()), Some(set_bases));
    t.member("__base__", |py, v| {
        Ok(me(v).base.get().unwrap_or_else(|| py.none()))
    });
    t.getset(
        "__mro__",
        |py, v| Ok(me(v).mro.get().unwrap_or_else(|| py.none())),
        None,
    );
    t.getset(
        "__module__",
        |py, v| module_of(py, me(v)).ok_or_else(|| attr::missing(py, v, &names::__module__)),
        Some(|py, v, x| {
            let ty = me(v);
            let x = required(py, ty, "__module__", x)?;
            ty.dict().set_interned(py, &names::__module__, x.to_obj());
            ty.dict().remove_interned(py, &names::__firstlineno__);
            ty.modified();
            Ok(())
        }),
    );
    t.getset(
        "__dict__",
        |py, v| Ok(crate::builtins::mappingproxy::new(py, me(v).dict_obj())),
        None,
    );
    t.getset(
        "__doc__",
        get_doc,
        Some(|py, v, x| {
            let ty = me(v);
            let x = required(py, ty, "__doc__", x)?;
            store(py, ty, &names::__doc__, Some(x))
        }),
    );
    t.getset("__abstractmethods__", get_abstract, Some(set_abstract));
    t.getset("__annotate__", get_annotate, Some(set_annotate));
    t.getset("__annotations__", get_annotations, Some(set_annotations));
    t.getset(
        "__type_params__",
        |py, v| {
            let ty = me(v);
            Ok(ty
                .dict()
                .get_interned(py, &names::__type_params__)
                .filter(|_| ty.has(tf::HEAP))
                .unwrap_or_else(|| tuple::empty(py)))
        },
        Some(|py, v, x| {
            let ty = me(v);
            let x = required(py, ty, "__type_params__", x)?;
            ty.dict()
                .set_interned(py, &names::__type_params__, x.to_obj());
            ty.modified();
            Ok(())
        }),
    );
    t.getset("__text_signature__", |py, _| Ok(py.none()), None);
    t.member("__basicsize__", |py, v| {
        Ok(py.int(me(v).instance_size() as i64))
    });
    t.member("__itemsize__", |py, v| {
        let ty = me(v);
        Ok(py.int(if ty.has(tf::TUPLE) {
            8
        } else if ty.has(tf::INT) {
            4
        } else {
            ty.has(tf::BYTES) as i64
        }))
    });
    t.member("__flags__", |py, v| Ok(py.int(flags(me(v)))));
    t.member("__dictoffset__", |py, v| {
        Ok(py.int(if me(v).ext == 0 {
            0
        } else {
            HEADER_SIZE as i64
        }))
    });
    t.member("__weakrefoffset__", |py, v| {
        Ok(py.int(if me(v).has(tf::WEAKREF) { 8 } else { 0 }))
    });
    t.method(
        "mro",
        "($self, /)",
        Bound(|py, a| {
            let ty = me(&a[0]);
            let l = mro::linearize(py, ty, &mro::bases_of(ty))?;
            Ok(list::new(py, l.into_iter().map(Type::to_obj).collect()))
        }),
    );
    t.method(
        "__subclasses__",
        "($self, /)",
        Bound(|py, a| Ok(subclass_list(py, &a[0]))),
    );
    t.classmethod(
        "__prepare__",
        "($type, /, *args, **kwargs)",
        Raw(|py, _| Ok(dict::new(py))),
    );
    t.method(
        "__instancecheck__",
        "($self, instance, /)",
        Bound(|py, a| Ok(py.bool(ops::class_check::real_instance(py, &a[1], &a[0])?))),
    );
    t.method(
        "__subclasscheck__",
        "($self, subclass, /)",
        Bound(|py, a| Ok(py.bool(ops::class_check::real_subclass(py, &a[1], &a[0])?))),
    );
    t.method("__dir__", "($self, /)", Bound(|py, a| dir(py, &a[0])));
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, _| Ok(py.int(size_of::<Type>() as i64))),
    );
}
