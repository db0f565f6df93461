//! `classmethod` and `staticmethod`.

use crate::error::PyResult;
use crate::object::names;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeDef, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload of a `classmethod`.
pub struct ClassMethodObj {
    pub callable: Slot,
}
/// Payload of a `staticmethod`.
pub struct StaticMethodObj {
    pub callable: Slot,
}

impl Trace for ClassMethodObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.callable);
    }
    fn clear(&self) {
        self.callable.take();
    }
}
impl Trace for StaticMethodObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.callable);
    }
    fn clear(&self) {
        self.callable.take();
    }
}

crate::native_type!(
    /// The type `classmethod`.
    pub CLASSMETHOD: ClassMethodObj = "classmethod", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF, init init_class
);
crate::native_type!(
    /// The type `staticmethod`.
    pub STATICMETHOD: StaticMethodObj = "staticmethod", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF, init init_static
);

/// `staticmethod(func)` of a native function.
pub fn staticmethod(py: &Py, func: Obj) -> Obj {
    py.alloc(
        &STATICMETHOD,
        StaticMethodObj {
            callable: Slot::new(func),
        },
    )
}

/// `classmethod(func)`.
pub fn classmethod(py: &Py, func: Obj) -> Obj {
    py.alloc(
        &CLASSMETHOD,
        ClassMethodObj {
            callable: Slot::new(func),
        },
    )
}

fn callable_of(v: &Val) -> Option<Obj> {
    match v.get::<ClassMethodObj>() {
        Some(c) => c.callable.get(),
        None => v.get::<StaticMethodObj>()?.callable.get(),
    }
}

fn one_argument<'a>(py: &Py, def: &'static TypeDef, args: Args<'a>) -> PyResult<&'a Val> {
    if args.has_keywords() {
        return Err(py.type_error(format!("{}() takes no keyword arguments", def.name)));
    }
    match args.all() {
        [f] => Ok(f),
        a => Err(py.type_error(format!("{} expected 1 argument, got {}", def.name, a.len()))),
    }
}

/// Copies the attributes that identify a function.
fn wrap_attributes(py: &Py, v: &Val, f: &Val) -> PyResult<()> {
    for name in [
        &names::__module__,
        &names::__name__,
        &names::__qualname__,
        &names::__doc__,
    ] {
        if let Some(x) = ops::getattr_opt(py, f, name)? {
            crate::object::instance::set(py, v, name, x);
        }
    }
    Ok(())
}

fn common(t: &mut TypeInit) {
    t.slots().repr.set(|py, v| {
        let f = callable_of(v).unwrap_or_else(|| py.none());
        let kind = if v.get::<ClassMethodObj>().is_some() {
            "classmethod"
        } else {
            "staticmethod"
        };
        Ok(py.str(&format!("<{kind}({})>", ops::repr_text(py, &f)?)))
    });
    t.member("__func__", |py, v| {
        Ok(callable_of(v).unwrap_or_else(|| py.none()))
    });
    t.member("__wrapped__", |py, v| {
        Ok(callable_of(v).unwrap_or_else(|| py.none()))
    });
    t.getset(
        "__isabstractmethod__",
        |py, v| Ok(py.bool(is_abstract(py, callable_of(v))?)),
        None,
    );
    t.getset(
        "__dict__",
        crate::builtins::object_::get_dict,
        Some(crate::builtins::object_::set_dict),
    );
    t.getset(
        "__annotations__",
        |py, v| delegate(py, v, &names::__annotations__),
        Some(|py, v, x| own(py, v, &names::__annotations__, x)),
    );
    t.getset(
        "__annotate__",
        |py, v| delegate(py, v, &names::__annotate__),
        Some(|py, v, x| own(py, v, &names::__annotate__, x)),
    );
}

fn delegate(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    if let Some(x) = crate::object::instance::get(py, v, name) {
        return Ok(x);
    }
    let Some(f) = callable_of(v) else {
        return Err(crate::object::attr::missing(py, v, name));
    };
    let x = ops::getattr(py, &f, name)?;
    crate::object::instance::set(py, v, name, x.clone());
    Ok(x)
}

fn own(py: &Py, v: &Val, name: &Val, value: Option<&Val>) -> PyResult<()> {
    let done = match value {
        Some(x) => crate::object::instance::set(py, v, name, x.to_obj()),
        None => crate::object::instance::delete(py, v, name),
    };
    if done {
        Ok(())
    } else {
        Err(crate::object::attr::missing(py, v, name))
    }
}

/// Whether a function is marked abstract.
pub fn is_abstract(py: &Py, f: Option<Obj>) -> PyResult<bool> {
    let Some(f) = f else { return Ok(false) };
    match ops::getattr_opt(py, &f, &names::__isabstractmethod__)? {
        Some(x) => ops::truth(py, &x),
        None => Ok(false),
    }
}

fn init_class(t: &mut TypeInit) {
    t.doc("Convert a function to be a class method.");
    t.slots().new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            ClassMethodObj {
                callable: Slot::empty(),
            },
        ))
    });
    t.slots().init.set(|py, v, args| {
        let f = one_argument(py, &CLASSMETHOD, args)?;
        v.cast::<ClassMethodObj>().callable.set(f.to_obj());
        wrap_attributes(py, v, f)
    });
    t.slots().descr_get.set(|py, v, obj, ty| {
        let Some(f) = callable_of(v) else {
            return Err(py.runtime_error("uninitialized classmethod object"));
        };
        let cls = match (ty, obj) {
            (Some(t), _) => t.to_obj(),
            (None, Some(o)) => o.ty().to_obj(),
            (None, None) => py.none(),
        };
        Ok(crate::builtins::method::new(py, f, cls))
    });
    common(t);
}

fn init_static(t: &mut TypeInit) {
    t.doc("Convert a function to be a static method.");
    t.slots().new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            StaticMethodObj {
                callable: Slot::empty(),
            },
        ))
    });
    t.slots().init.set(|py, v, args| {
        let f = one_argument(py, &STATICMETHOD, args)?;
        v.cast::<StaticMethodObj>().callable.set(f.to_obj());
        wrap_attributes(py, v, f)
    });
    t.slots().descr_get.set(|py, v, _, _| {
        callable_of(v).ok_or_else(|| py.runtime_error("uninitialized staticmethod object"))
    });
    t.slots().call.set(|py, v, args| match callable_of(v) {
        Some(f) => ops::call(py, &f, args),
        None => Err(py.runtime_error("uninitialized staticmethod object")),
    });
    common(t);
}
