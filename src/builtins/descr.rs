//! Descriptors of built-in types: methods, class methods, computed attributes, `__slots__` members, slot wrappers.
//!
//! **Invariant:** each checks that its receiver is an instance of its owner before native code sees it.

use crate::builtins::str::lossy;
use crate::error::PyResult;
use crate::object::header::Header;
use crate::object::instance;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::function::Owner;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, NativeFn, Tracer, TypeInit};
use crate::object::slot_update::SlotDef;
use crate::object::slots::{CmpOp, GetFn, SetFn};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

pub use crate::builtins::classmethod::staticmethod;

/// The owner held by a descriptor's field.
fn owner_of(s: &Slot) -> &'static Type {
    // SAFETY: written once, at creation; a type outlives what its namespace holds.
    Type::of(unsafe { s.fixed() }).expect("descriptors belong to a type")
}

macro_rules! owned {
    ($t:ty) => {
        impl $t {
            /// The type whose instances it serves.
            #[inline(always)]
            pub fn owner(&self) -> &'static Type {
                owner_of(&self.owner)
            }
        }
        impl Trace for $t {
            fn trace(&self, t: &mut Tracer) {
                t.slot(&self.owner);
            }
        }
    };
}

/// A method of a built-in type.
pub struct MethodDescr {
    owner: Slot,
    /// The owner: a built-in type lives forever.
    ty: &'static Type,
    pub def: &'static FnDef,
    /// Owner's name, for messages of argument binding.
    owner_name: Box<str>,
}
owned!(MethodDescr);

impl MethodDescr {
    /// Calls it without keywords, the receiver first.
    #[inline(always)]
    pub fn call_positional(&self, py: &Py, args: &[Val]) -> PyResult<Obj> {
        if let Some(recv) = args.first()
            && std::ptr::eq(recv.ty(), self.ty)
        {
            return self
                .def
                .call_positional(py, Owner::Name(&self.owner_name), args);
        }
        self.call_checked(py, Args::pos(args))
    }
    #[inline(never)]
    fn call_checked(&self, py: &Py, args: Args) -> PyResult<Obj> {
        let Some(recv) = args.positional().first() else {
            return Err(py.type_error(format!(
                "unbound method {}.{}() needs an argument",
                self.owner_name, self.def.name
            )));
        };
        check(py, recv, self.def.name, self.ty)?;
        self.def.call(py, Owner::Name(&self.owner_name), args)
    }
}

/// A class method of a built-in type.
pub struct ClassMethodDescr {
    owner: Slot,
    pub def: &'static FnDef,
}
owned!(ClassMethodDescr);

/// A computed attribute.
pub struct GetSetDescr {
    owner: Slot,
    name: &'static str,
    get: GetFn,
    set: Option<SetFn>,
}
owned!(GetSetDescr);

/// A slot wrapper.
pub struct WrapperDescr {
    owner: Slot,
    pub def: &'static SlotDef,
}
owned!(WrapperDescr);

/// A slot wrapper bound to its receiver.
pub struct MethodWrapper {
    descr: Slot,
    receiver: Slot,
}

impl Trace for MethodWrapper {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.descr);
        t.slot(&self.receiver);
    }
}

/// A `__slots__` member.
pub struct MemberDescr {
    owner: Slot,
    /// Attribute name (mangled).
    name: Slot,
    /// Byte offset in instances; 0: kept with the instance's other attributes (layouts with trailing items).
    pub offset: u32,
    /// Reads a field of a built-in type, which cannot be written.
    get: Option<GetFn>,
}

impl MemberDescr {
    pub fn owner(&self) -> &'static Type {
        owner_of(&self.owner)
    }
    /// Whether the member has a place at `offset`.
    pub fn is_fixed(&self) -> bool {
        self.offset != 0
    }
    fn slot<'a>(&self, h: &'a Header) -> &'a Slot {
        instance::member(h, self.offset)
    }
}

impl Trace for MemberDescr {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.owner);
        t.slot(&self.name);
    }
}

crate::native_type!(
    /// The type `method_descriptor`.
    pub METHOD_DESCR: MethodDescr = "method_descriptor", base crate::object::base::OBJECT, flags tf::METHOD_DESCRIPTOR,
    init init_method
);
crate::native_type!(
    /// The type `classmethod_descriptor`.
    pub CLASSMETHOD_DESCR: ClassMethodDescr = "classmethod_descriptor", base crate::object::base::OBJECT, flags 0,
    init init_classmethod
);
crate::native_type!(
    /// The type `getset_descriptor`.
    pub GETSET_DESCR: GetSetDescr = "getset_descriptor", base crate::object::base::OBJECT, flags 0, init init_getset
);
crate::native_type!(
    /// The type `member_descriptor`.
    pub MEMBER_DESCR: MemberDescr = "member_descriptor", base crate::object::base::OBJECT, flags 0, init init_member
);
crate::native_type!(
    /// The type `wrapper_descriptor`.
    pub WRAPPER_DESCR: WrapperDescr = "wrapper_descriptor", base crate::object::base::OBJECT, flags tf::METHOD_DESCRIPTOR,
    init init_wrapper
);
crate::native_type!(
    /// The type `method-wrapper`.
    pub METHOD_WRAPPER: MethodWrapper = "method-wrapper", base crate::object::base::OBJECT, flags 0,
    init init_method_wrapper
);

/// A method descriptor of `ty`.
pub fn method_descriptor(py: &Py, ty: &'static Type, def: &'static FnDef) -> Obj {
    let owner_name = ty.name().into_owned().into_boxed_str();
    py.alloc(
        &METHOD_DESCR,
        MethodDescr {
            owner: Slot::new(ty.to_obj()),
            ty,
            def,
            owner_name,
        },
    )
}

/// A class method descriptor of `ty`.
pub fn classmethod_descriptor(py: &Py, ty: &'static Type, def: &'static FnDef) -> Obj {
    py.alloc(
        &CLASSMETHOD_DESCR,
        ClassMethodDescr {
            owner: Slot::new(ty.to_obj()),
            def,
        },
    )
}

/// A computed attribute of `ty`.
pub fn getset_descriptor(
    py: &Py,
    ty: &'static Type,
    name: &'static str,
    get: GetFn,
    set: Option<SetFn>,
) -> Obj {
    py.alloc(
        &GETSET_DESCR,
        GetSetDescr {
            owner: Slot::new(ty.to_obj()),
            name,
            get,
            set,
        },
    )
}

/// A `__slots__` member of `ty`.
pub fn member(py: &Py, ty: &'static Type, name: Obj, offset: u32) -> Obj {
    py.alloc(
        &MEMBER_DESCR,
        MemberDescr {
            owner: Slot::new(ty.to_obj()),
            name: Slot::new(name),
            offset,
            get: None,
        },
    )
}

/// A read-only field of a built-in type.
pub fn field(py: &Py, ty: &'static Type, name: &str, get: GetFn) -> Obj {
    let name = crate::builtins::str::intern(py, name);
    py.alloc(
        &MEMBER_DESCR,
        MemberDescr {
            owner: Slot::new(ty.to_obj()),
            name: Slot::new(name),
            offset: 0,
            get: Some(get),
        },
    )
}

/// The slot wrapper of `ty` for one dunder.
pub fn wrapper(py: &Py, ty: &'static Type, def: &'static SlotDef) -> Obj {
    py.alloc(
        &WRAPPER_DESCR,
        WrapperDescr {
            owner: Slot::new(ty.to_obj()),
            def,
        },
    )
}

/// The function `__new__` of a built-in type.
pub fn new_function(py: &Py, ty: &'static Type) -> Obj {
    static DEF: FnDef = FnDef::new("__new__", "($type, /, *args, **kwargs)", Raw(call_new));
    NativeFn::new(py, &DEF, Some(ty.to_obj()), None)
}

/// The built-in type whose `__new__` this is.
pub fn new_function_owner(v: &Val) -> Option<&'static Type> {
    let f = v.get::<NativeFn>().filter(|f| matches!(f.def.f, Raw(g) if std::ptr::fn_addr_eq(g, call_new as fn(&Py, Args) -> PyResult<Obj>)))?;
    f.receiver.get().as_deref().and_then(Type::of)
}

/// `T.__new__(cls, ...)`; the first argument is `T`, the receiver of the function.
fn call_new(py: &Py, args: Args) -> PyResult<Obj> {
    let all = args.positional();
    let Some(owner) = all.first().and_then(Type::of) else {
        return Err(py.type_error("__new__() called with non-type 'self'"));
    };
    let name = owner.full_name();
    let Some(first) = all.get(1) else {
        return Err(py.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(cls) = Type::of(first) else {
        return Err(py.type_error(format!(
            "{name}.__new__(X): X is not a type object ({})",
            first.ty().full_name()
        )));
    };
    if !cls.is_subtype(owner) {
        let c = cls.full_name();
        return Err(py.type_error(format!(
            "{name}.__new__({c}): {c} is not a subtype of {name}"
        )));
    }
    // The most derived built-in base must be made by its own function, else its payload would be missing.
    let mut solid = Some(cls);
    while let Some(t) = solid {
        // Built-in types that only add methods have no function of their own.
        if !t.has(tf::HEAP) && t.slots.new.addr() != 0 {
            break;
        }
        solid = t.base();
    }
    if let Some(t) = solid
        && t.slots.new.addr() != owner.slots.new.addr()
    {
        let (c, s) = (cls.full_name(), t.full_name());
        return Err(py.type_error(format!(
            "{name}.__new__({c}) is not safe, use {s}.__new__()"
        )));
    }
    match owner.slots.new.get() {
        Some(f) => f(py, cls, args.skip(2)),
        None => Err(py.type_error(format!("cannot create '{name}' instances"))),
    }
}

fn quoted(name: &str, owner: &Type) -> String {
    format!("'{name}' for '{}' objects", owner.full_name())
}

fn check(py: &Py, v: &Val, name: &str, owner: &'static Type) -> PyResult<()> {
    if v.ty().is_subtype(owner) {
        return Ok(());
    }
    Err(py.type_error(format!(
        "descriptor {} doesn't apply to a '{}' object",
        quoted(name, owner),
        v.ty().full_name()
    )))
}

/// `__objclass__`, `__name__`, `__qualname__`, `__doc__`, `__reduce__` of a descriptor type.
macro_rules! common {
    ($t:expr, $payload:ty, $name:expr, $doc:expr) => {{
        let t: &mut TypeInit = $t;
        fn name(py: &Py, v: &Val) -> Obj {
            let f: fn(&Py, &$payload) -> Obj = $name;
            f(py, v.cast::<$payload>())
        }
        t.member("__objclass__", |_, v| {
            Ok(v.cast::<$payload>().owner().to_obj())
        });
        t.getset("__name__", |py, v| Ok(name(py, v)), None);
        t.getset(
            "__qualname__",
            |py, v| {
                let q = v.cast::<$payload>().owner().qualname.obj();
                Ok(py.str(&format!("{}.{}", lossy(&q), lossy(&name(py, v)))))
            },
            None,
        );
        t.getset(
            "__doc__",
            |py, v| {
                let f: fn(&Py, &$payload) -> Obj = $doc;
                Ok(f(py, v.cast::<$payload>()))
            },
            None,
        );
        t.method(
            "__reduce__",
            "($self, /)",
            Bound(|py, a| {
                let getattr = crate::builtins::builtin(py, "getattr")?;
                let d = a[0].cast::<$payload>();
                let args =
                    crate::builtins::tuple::new(py, vec![d.owner().to_obj(), name(py, &a[0])]);
                Ok(crate::builtins::tuple::new(py, vec![getattr, args]))
            }),
        );
    }};
}

/// `__text_signature__` from a parameter list, None if it has none.
pub(crate) fn text_signature(py: &Py, sig: &str) -> Obj {
    if sig.is_empty() {
        py.none()
    } else {
        py.str(sig)
    }
}

fn init_method(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(|py, v| {
        let d = v.cast::<MethodDescr>();
        Ok(py.str(&format!(
            "<method '{}' of '{}' objects>",
            d.def.name,
            d.owner().full_name()
        )))
    });
    s.call.set(call_method_descr);
    s.descr_get.set(|py, v, obj, _| {
        let d = v.cast::<MethodDescr>();
        let Some(obj) = obj else {
            return Ok(v.to_obj());
        };
        check(py, obj, d.def.name, d.owner())?;
        Ok(NativeFn::new(py, d.def, Some(obj.to_obj()), None))
    });
    common!(t, MethodDescr, |py, d| py.str(d.def.name), |py, _| py
        .none());
    t.getset(
        "__text_signature__",
        |py, v| Ok(text_signature(py, v.cast::<MethodDescr>().def.sig)),
        None,
    );
}

#[inline]
fn call_method_descr(py: &Py, f: &Val, args: Args) -> PyResult<Obj> {
    let d = f.cast::<MethodDescr>();
    if !args.has_keywords() {
        return d.call_positional(py, args.all());
    }
    d.call_checked(py, args)
}

fn init_classmethod(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(|py, v| {
        let d = v.cast::<ClassMethodDescr>();
        Ok(py.str(&format!(
            "<method '{}' of '{}' objects>",
            d.def.name,
            d.owner().full_name()
        )))
    });
    s.descr_get.set(|py, v, obj, ty| {
        let d = v.cast::<ClassMethodDescr>();
        let cls = match (ty, obj) {
            (Some(t), _) => t.to_obj(),
            (None, Some(o)) => o.ty().to_obj(),
            (None, None) => {
                return Err(py.type_error(format!(
                    "descriptor {} needs either an object or a type",
                    quoted(d.def.name, d.owner())
                )));
            }
        };
        bind_class(py, d, &cls)
    });
    s.call.set(|py, v, args| {
        let d = v.cast::<ClassMethodDescr>();
        let Some(cls) = args.positional().first() else {
            return Err(py.type_error(format!(
                "descriptor '{}' of '{}' object needs an argument",
                d.def.name,
                d.owner().full_name()
            )));
        };
        let f = bind_class(py, d, cls)?;
        crate::object::ops::call(py, &f, args.skip(1))
    });
    common!(t, ClassMethodDescr, |py, d| py.str(d.def.name), |py, _| py
        .none());
    t.getset(
        "__text_signature__",
        |py, v| Ok(text_signature(py, v.cast::<ClassMethodDescr>().def.sig)),
        None,
    );
}

fn bind_class(py: &Py, d: &ClassMethodDescr, cls: &Val) -> PyResult<Obj> {
    let Some(t) = Type::of(cls) else {
        return Err(py.type_error(format!(
            "descriptor {} needs a type, not '{}' as arg 2",
            quoted(d.def.name, d.owner()),
            cls.ty().full_name()
        )));
    };
    if !t.is_subtype(d.owner()) {
        return Err(py.type_error(format!(
            "descriptor '{}' requires a subtype of '{}' but received '{}'",
            d.def.name,
            d.owner().full_name(),
            t.full_name()
        )));
    }
    Ok(NativeFn::new(py, d.def, Some(cls.to_obj()), None))
}

fn init_getset(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(|py, v| {
        let d = v.cast::<GetSetDescr>();
        Ok(py.str(&format!(
            "<attribute '{}' of '{}' objects>",
            d.name,
            d.owner().full_name()
        )))
    });
    s.descr_get.set(|py, v, obj, _| {
        let d = v.cast::<GetSetDescr>();
        let Some(obj) = obj else {
            return Ok(v.to_obj());
        };
        check(py, obj, d.name, d.owner())?;
        (d.get)(py, obj)
    });
    s.descr_set.set(|py, v, obj, value| {
        let d = v.cast::<GetSetDescr>();
        check(py, obj, d.name, d.owner())?;
        match d.set {
            Some(f) => f(py, obj, value),
            None => Err(py.attribute_error(
                &format!(
                    "attribute '{}' of '{}' objects is not writable",
                    d.name,
                    d.owner().full_name()
                ),
                obj,
                &py.str(d.name),
            )),
        }
    });
    common!(t, GetSetDescr, |py, d| py.str(d.name), |py, _| py.none());
}

#[cold]
fn unset(py: &Py, obj: &Val, name: &Val) -> crate::error::Raised {
    let ty = crate::builtins::sequence::qualified_name(obj.ty());
    py.attribute_error(
        &format!("'{ty}' object has no attribute '{}'", lossy(name)),
        obj,
        name,
    )
}

fn init_member(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(|py, v| {
        let d = v.cast::<MemberDescr>();
        Ok(py.str(&format!(
            "<member '{}' of '{}' objects>",
            lossy(&d.name.obj()),
            d.owner().full_name()
        )))
    });
    s.descr_get.set(|py, v, obj, _| {
        let d = v.cast::<MemberDescr>();
        let Some(obj) = obj else {
            return Ok(v.to_obj());
        };
        let name = d.name.obj();
        check(py, obj, &lossy(&name), d.owner())?;
        if let Some(get) = d.get {
            return get(py, obj);
        }
        let found = match obj.header() {
            Some(h) if d.is_fixed() => d.slot(h).get(),
            _ => instance::get(py, obj, &name),
        };
        found.ok_or_else(|| unset(py, obj, &name))
    });
    s.descr_set.set(|py, v, obj, value| {
        let d = v.cast::<MemberDescr>();
        let name = d.name.obj();
        check(py, obj, &lossy(&name), d.owner())?;
        if d.get.is_some() {
            return Err(py.attribute_error("readonly attribute", obj, &name));
        }
        let done = match (obj.header(), value) {
            (Some(h), Some(x)) if d.is_fixed() => {
                d.slot(h).set(x.to_obj());
                true
            }
            (Some(h), None) if d.is_fixed() => d.slot(h).take().is_some(),
            (_, Some(x)) => instance::set(py, obj, &name, x.to_obj()),
            (_, None) => instance::delete(py, obj, &name),
        };
        if done {
            Ok(())
        } else if value.is_none() {
            Err(py.attribute_error(&lossy(&name), obj, &name))
        } else {
            Err(unset(py, obj, &name))
        }
    });
    common!(t, MemberDescr, |_, d| d.name.obj(), |py, _| py.none());
}

fn init_wrapper(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(|py, v| {
        let d = v.cast::<WrapperDescr>();
        Ok(py.str(&format!(
            "<slot wrapper '{}' of '{}' objects>",
            d.def.name,
            d.owner().full_name()
        )))
    });
    s.call.set(|py, v, args| {
        let d = v.cast::<WrapperDescr>();
        let owner = d.owner();
        let Some(recv) = args.positional().first() else {
            return Err(py.type_error(format!(
                "descriptor '{}' of '{}' object needs an argument",
                d.def.name,
                owner.full_name()
            )));
        };
        if !recv.ty().is_subtype(owner) {
            return Err(py.type_error(format!(
                "descriptor '{}' requires a '{}' object but received a '{}'",
                d.def.name,
                owner.full_name(),
                recv.ty().full_name()
            )));
        }
        (d.def.wrap)(py, &owner.slots, recv, args.skip(1), d.def)
    });
    s.descr_get.set(|py, v, obj, _| {
        let d = v.cast::<WrapperDescr>();
        let Some(obj) = obj else {
            return Ok(v.to_obj());
        };
        check(py, obj, d.def.name, d.owner())?;
        Ok(py.alloc(
            &METHOD_WRAPPER,
            MethodWrapper {
                descr: Slot::new(v.to_obj()),
                receiver: Slot::new(obj.to_obj()),
            },
        ))
    });
    common!(t, WrapperDescr, |py, d| py.str(d.def.name), |py, d| py
        .str(d.def.doc));
    t.getset(
        "__text_signature__",
        |py, v| Ok(text_signature(py, v.cast::<WrapperDescr>().def.sig)),
        None,
    );
}

fn init_method_wrapper(t: &mut TypeInit) {
    fn def(v: &Val) -> &'static SlotDef {
        v.cast::<MethodWrapper>()
            .descr
            .obj()
            .cast::<WrapperDescr>()
            .def
    }
    let s = t.slots();
    s.repr.set(|py, v| {
        let r = v.cast::<MethodWrapper>().receiver.obj();
        Ok(py.str(&format!(
            "<method-wrapper '{}' of {} object at {:#x}>",
            def(v).name,
            r.ty().full_name(),
            r.id()
        )))
    });
    s.hash.set(|_, v| {
        let w = v.cast::<MethodWrapper>();
        let h = crate::object::ops::convert::hash_identity(&w.receiver.obj())
            ^ crate::object::ops::convert::hash_identity(&w.descr.obj());
        Ok(if h == -1 { -2 } else { h })
    });
    s.compare.set(|py, a, b, op| {
        let (Some(x), Some(y)) = (a.get::<MethodWrapper>(), b.get::<MethodWrapper>()) else {
            return Ok(py.not_implemented());
        };
        let same = x.receiver.obj().is(&y.receiver.obj()) && x.descr.obj().is(&y.descr.obj());
        Ok(match op {
            CmpOp::Eq => py.bool(same),
            CmpOp::Ne => py.bool(!same),
            _ => py.not_implemented(),
        })
    });
    s.call.set(|py, v, args| {
        let w = v.cast::<MethodWrapper>();
        let descr = w.descr.obj();
        let d = descr.cast::<WrapperDescr>();
        (d.def.wrap)(py, &d.owner().slots, &w.receiver.obj(), args, d.def)
    });
    t.getset(
        "__self__",
        |_, v| Ok(v.cast::<MethodWrapper>().receiver.obj()),
        None,
    );
    t.getset("__name__", |py, v| Ok(py.str(def(v).name)), None);
    t.getset("__doc__", |py, v| Ok(py.str(def(v).doc)), None);
    t.getset(
        "__text_signature__",
        |py, v| Ok(text_signature(py, def(v).sig)),
        None,
    );
    t.member("__objclass__", |_, v| {
        Ok(v.cast::<MethodWrapper>()
            .descr
            .obj()
            .cast::<WrapperDescr>()
            .owner()
            .to_obj())
    });
    t.getset(
        "__qualname__",
        |py, v| {
            let d = v.cast::<MethodWrapper>().descr.obj();
            crate::object::ops::getattr(py, &d, &names::__qualname__)
        },
        None,
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let getattr = crate::builtins::builtin(py, "getattr")?;
            let args = vec![
                a[0].cast::<MethodWrapper>().receiver.obj(),
                py.str(def(&a[0]).name),
            ];
            let args = crate::builtins::tuple::new(py, args);
            Ok(crate::builtins::tuple::new(py, vec![getattr, args]))
        }),
    );
}
