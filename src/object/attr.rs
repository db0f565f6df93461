//! Generic attribute access: the descriptor protocol over instance attributes and the type's MRO.
//!
//! Order of a look-up: data descriptor on the type, instance attribute, other attribute of the type.
//! `classify` says how a look-up ended, for inline caches.

use crate::builtins::descr::{MEMBER_DESCR, MemberDescr};
use crate::builtins::module::ModuleObj;
use crate::builtins::property::{PROPERTY, PropertyObj};
use crate::builtins::str::{self, STR, StrObj};
use crate::error::{PyResult, Raised};
use crate::object::instance;
use crate::object::shape::AttrMode;
use crate::object::type_::{TYPE, Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// An attribute name as an interned exact str.
#[inline]
pub fn name_of(py: &Py, name: &Val) -> PyResult<Obj> {
    match name.get::<StrObj>() {
        Some(s) if s.is_interned() => Ok(name.to_obj()),
        Some(_) if STR.is_exact(name) => Ok(str::intern_obj(py, name)),
        Some(s) => Ok(str::intern_obj(py, &str::from_units(py, s.units()))),
        None => Err(py.type_error(format!(
            "attribute name must be string, not '{}'",
            name.ty().full_name()
        ))),
    }
}

/// Whether attribute reads of the type's instances are `object.__getattribute__`.
#[inline(always)]
pub fn is_generic(ty: &Type) -> bool {
    ty.slots.getattr.addr() == generic_get as *const () as usize
}

/// The attribute that the object itself holds.
#[inline]
pub fn own(py: &Py, v: &Val, name: &Val) -> Option<Obj> {
    match v.header()?.shape().mode {
        AttrMode::None => v.get::<ModuleObj>()?.dict().get_interned(py, name),
        _ => instance::get(py, v, name),
    }
}

/// `object.__getattribute__`.
pub fn generic_get(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    match generic_find(py, v, name)? {
        Some(o) => Ok(o),
        None => Err(missing(py, v, name)),
    }
}

/// As `generic_get`; `None` if there is no such attribute. Errors of descriptors are passed on, AttributeError included.
pub fn generic_find(py: &Py, v: &Val, name: &Val) -> PyResult<Option<Obj>> {
    let ty = v.ty();
    let Some(d) = ty.lookup(py, name) else {
        return Ok(own(py, v, name));
    };
    let slots = &d.ty().slots;
    let get = slots.descr_get.get();
    if let Some(get) = get
        && slots.descr_set.addr() != 0
    {
        return get(py, &d, Some(v), Some(&ty.to_obj())).map(Some);
    }
    if let Some(o) = own(py, v, name) {
        return Ok(Some(o));
    }
    match get {
        Some(get) => get(py, &d, Some(v), Some(&ty.to_obj())).map(Some),
        None => Ok(Some(d)),
    }
}

/// Reads an attribute without making an AttributeError, where the type's access is built in; `None`: it is not.
pub fn get_quiet(py: &Py, v: &Val, name: &Val) -> Option<PyResult<Option<Obj>>> {
    let r = if is_generic(v.ty()) {
        generic_find(py, v, name)
    } else if v.ty().slots.getattr.addr()
        == crate::builtins::type_obj::getattr as *const () as usize
    {
        crate::builtins::type_obj::find(py, v, name)
    } else {
        return None;
    };
    Some(match r {
        Err(e) if e.is(&crate::builtins::exceptions::ATTRIBUTE_ERROR) => Ok(None),
        r => r,
    })
}

/// The AttributeError for an absent attribute.
#[cold]
pub fn missing(py: &Py, v: &Val, name: &Val) -> Raised {
    let n = str::lossy(name);
    let msg = match Type::of(v) {
        Some(t) => format!("type object '{}' has no attribute '{n}'", t.full_name()),
        None => format!("'{}' object has no attribute '{n}'", v.ty().full_name()),
    };
    py.attribute_error(&msg, v, name)
}

/// `object.__setattr__` and, without value, `object.__delattr__`.
pub fn generic_set(py: &Py, v: &Val, name: &Val, value: Option<&Val>) -> PyResult<()> {
    let ty = v.ty();
    let d = ty.lookup(py, name);
    if let Some(d) = &d
        && let Some(set) = d.ty().slots.descr_set.get()
    {
        return set(py, d, v, value);
    }
    match own_set(py, v, name, value) {
        OwnSet::Done => Ok(()),
        OwnSet::Absent => Err(missing(py, v, name)),
        OwnSet::NoAttributes => {
            let (t, n) = (ty.full_name(), str::lossy(name));
            let msg = if d.is_some() {
                format!("'{t}' object attribute '{n}' is read-only")
            } else if ty.slots.setattr.addr() == generic_set as *const () as usize {
                format!(
                    "'{t}' object has no attribute '{n}' and no __dict__ for setting new attributes"
                )
            } else {
                format!("'{t}' object has no attribute '{n}'")
            };
            Err(py.attribute_error(&msg, v, name))
        }
    }
}

enum OwnSet {
    Done,
    Absent,
    NoAttributes,
}

fn own_set(py: &Py, v: &Val, name: &Val, value: Option<&Val>) -> OwnSet {
    let Some(h) = v.header() else {
        return OwnSet::NoAttributes;
    };
    if h.shape().mode == AttrMode::None {
        let Some(m) = v.get::<ModuleObj>() else {
            return OwnSet::NoAttributes;
        };
        return match value {
            Some(x) => {
                m.dict().set_interned(py, name, x.to_obj());
                OwnSet::Done
            }
            None if m.dict().remove_interned(py, name).is_some() => OwnSet::Done,
            None => OwnSet::Absent,
        };
    }
    match value {
        Some(x) if instance::set(py, v, name, x.to_obj()) => OwnSet::Done,
        Some(_) => OwnSet::NoAttributes,
        None if instance::delete(py, v, name) => OwnSet::Done,
        None => OwnSet::Absent,
    }
}

/// Binds what was found on the type of `v` to `v`.
#[inline]
pub fn bind(py: &Py, f: Obj, v: &Val) -> PyResult<Obj> {
    match f.ty().slots.descr_get.get() {
        Some(get) => get(py, &f, Some(v), Some(&v.ty().to_obj())),
        None => Ok(f),
    }
}

/// What a method call has to call.
pub enum Callee {
    /// With the receiver as first argument.
    Unbound(Obj),
    /// Without the receiver.
    Bound(Obj),
}

/// Resolves `v.name` for a call, without making a bound method where possible.
pub fn method_of(py: &Py, v: &Val, name: &Val) -> PyResult<Callee> {
    let name = name_of(py, name)?;
    let ty = v.ty();
    if is_generic(ty)
        && let Some(f) = ty.lookup(py, &name)
        && f.ty().has(tf::METHOD_DESCRIPTOR)
    {
        return match own(py, v, &name) {
            Some(o) => Ok(Callee::Bound(o)),
            None => Ok(Callee::Unbound(f)),
        };
    }
    crate::object::ops::getattr(py, v, &name).map(Callee::Bound)
}

/// How `v.name` resolves; what an inline cache may keep.
pub enum Access {
    /// Instance attribute in this slot of the shape. Guard: shape version.
    Slot(u32),
    /// `__slots__` member at this byte offset (raises if empty). Guard: shape version.
    Member(u32),
    /// Function or method descriptor on the type, not shadowed: bind to the receiver. Guard: shape version.
    Method(Obj),
    /// Plain value on the type, not shadowed. Guard: shape version.
    ClassConst(Obj),
    /// Property with this getter, to be called with the receiver. Guard: shape version.
    Property(Obj),
    /// `v` is a class (of metaclass `type`) and this is the attribute. Guard: identity of the class and its version.
    TypeConst(Obj),
    /// Module attribute: keys version of the module's dict and position in it.
    Module(u32, u32),
    /// Anything else: not cacheable.
    Other,
}

/// Classifies an attribute read. `name` is an interned str. Runs no Python code.
pub fn classify(py: &Py, v: &Val, name: &Val) -> Access {
    let ty = v.ty();
    if let Some(m) = v.get::<ModuleObj>() {
        if ty.slots.getattr.addr() != crate::builtins::module::getattr as *const () as usize
            || ty
                .lookup(py, name)
                .is_some_and(|d| d.ty().slots.descr_set.addr() != 0)
        {
            return Access::Other;
        }
        return match m.dict().cache_position(name) {
            (version, Some(n)) if version != 0 => Access::Module(version, n),
            _ => Access::Other,
        };
    }
    if let Some(t) = Type::of(v) {
        if !std::ptr::eq(ty, TYPE.ty())
            || TYPE
                .ty()
                .lookup(py, name)
                .is_some_and(|d| d.ty().slots.descr_set.addr() != 0)
        {
            return Access::Other;
        }
        return match t.lookup(py, name) {
            Some(d)
                if d.ty().slots.descr_get.addr() == 0
                    || crate::builtins::function::FUNCTION.is_exact(&d) =>
            {
                if t.assign_version() == 0 {
                    Access::Other
                } else {
                    Access::TypeConst(d)
                }
            }
            _ => Access::Other,
        };
    }
    if !is_generic(ty) {
        return Access::Other;
    }
    let Some(h) = v.header() else {
        return match ty.lookup(py, name) {
            Some(d) if d.ty().has(tf::METHOD_DESCRIPTOR) => Access::Method(d),
            _ => Access::Other,
        };
    };
    let shape = h.shape();
    let d = ty.lookup(py, name);
    if let Some(d) = &d
        && d.ty().slots.descr_set.addr() != 0
    {
        if let Some(m) = d.get::<MemberDescr>()
            && MEMBER_DESCR.is_exact(d)
            && m.is_fixed()
        {
            return Access::Member(m.offset);
        }
        if let Some(p) = d.get::<PropertyObj>()
            && PROPERTY.is_exact(d)
            && let Some(f) = p.fget.get()
            && crate::builtins::function::FUNCTION.is_exact(&f)
        {
            return Access::Property(f);
        }
        return Access::Other;
    }
    match shape.mode {
        AttrMode::Dict => return Access::Other,
        AttrMode::Slots => {
            if let Some(i) = shape.slot_of(name.word()) {
                return Access::Slot(i);
            }
        }
        AttrMode::None => {}
    }
    match d {
        None => Access::Other,
        Some(d) if d.ty().has(tf::METHOD_DESCRIPTOR) => Access::Method(d),
        Some(d) if d.ty().slots.descr_get.addr() == 0 => Access::ClassConst(d),
        Some(_) => Access::Other,
    }
}

/// The place in instances of `ty` that `v.name = x` stores into, if `name` is a member (`__slots__`) of the class.
pub fn stores_member(py: &Py, ty: &Type, name: &Val) -> Option<u32> {
    if ty.slots.setattr.addr() != generic_set as *const () as usize {
        return None;
    }
    let d = ty.lookup(py, name)?;
    let m = d.get::<MemberDescr>()?;
    (MEMBER_DESCR.is_exact(&d) && m.is_fixed()).then_some(m.offset)
}

/// Whether `v.name = x` on instances of `ty` is a plain store into the instance.
pub fn stores_plainly(py: &Py, ty: &Type, name: &Val) -> bool {
    ty.slots.setattr.addr() == generic_set as *const () as usize
        && ty
            .lookup(py, name)
            .is_none_or(|d| d.ty().slots.descr_set.addr() == 0)
}
