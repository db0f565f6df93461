//! `super`.

use crate::builtins::str::lossy;
use crate::error::PyResult;
use crate::object::attr::{self, name_of};
use crate::object::names;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload: `__thisclass__`, `__self__`, `__self_class__`; the last two are empty for an unbound one.
#[derive(Default)]
pub struct SuperObj {
    this: Slot,
    obj: Slot,
    obj_type: Slot,
}

impl Trace for SuperObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.this, &self.obj, &self.obj_type] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type `super`.
    pub SUPER: SuperObj = "super", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

/// The type whose MRO is searched: that of the object, or the object itself if it is a class.
fn start_type(py: &Py, cls: &Val, obj: &Val) -> PyResult<&'static Type> {
    let Some(c) = Type::of(cls) else {
        return Err(py.type_error(format!(
            "super() argument 1 must be a type, not {}",
            cls.ty().full_name()
        )));
    };
    if let Some(t) = Type::of(obj)
        && t.is_subtype(c)
    {
        return Ok(t);
    }
    if obj.ty().is_subtype(c) {
        return Ok(obj.ty());
    }
    if let Some(k) = ops::getattr_opt(py, obj, &names::__class__)?
        && let Some(t) = Type::of(&k)
        && !std::ptr::eq(t, obj.ty())
        && t.is_subtype(c)
    {
        return Ok(t);
    }
    let (what, name) = match Type::of(obj) {
        Some(t) => ("type", t.full_name()),
        None => ("instance of", obj.ty().full_name()),
    };
    let what = if what == "type" {
        format!("type {name}")
    } else {
        format!("{what} {name}")
    };
    Err(py.type_error(format!(
        "super(type, obj): obj ({what}) is not an instance or subtype of type ({}).",
        c.full_name()
    )))
}

/// What the classes behind `cls` in the MRO of `start` have under `name`, unbound.
fn find(py: &Py, start: &'static Type, cls: &Val, name: &Val) -> Option<Obj> {
    let mut mro = start.mro_iter();
    mro.find(|t| t.as_word().identity() == cls.word().identity())?;
    mro.find_map(|t| t.dict().get_interned(py, name))
}

/// `super(cls, obj).name`, bound; `None` if no class behind `cls` has it. `name` is an interned str.
pub fn lookup(py: &Py, cls: &Val, obj: &Val, name: &Val) -> PyResult<Option<Obj>> {
    if name.is(&names::__class__) {
        return Ok(None);
    }
    let start = start_type(py, cls, obj)?;
    lookup_from(py, start, cls, obj, name)
}

/// As `lookup`, but a function is returned unbound, with true: call it with the receiver first.
pub fn lookup_method(py: &Py, cls: &Val, obj: &Val, name: &Val) -> PyResult<Option<(Obj, bool)>> {
    if name.is(&names::__class__) {
        return Ok(None);
    }
    let start = start_type(py, cls, obj)?;
    match find(py, start, cls, name) {
        Some(f)
            if f.ty().has(tf::METHOD_DESCRIPTOR)
                && !std::ptr::eq(start.header(), header_addr(obj)) =>
        {
            Ok(Some((f, true)))
        }
        _ => Ok(lookup_from(py, start, cls, obj, name)?.map(|f| (f, false))),
    }
}

fn header_addr(v: &Val) -> *const crate::object::header::Header {
    v.header().map_or(std::ptr::null(), |h| h)
}

fn lookup_from(
    py: &Py,
    start: &'static Type,
    cls: &Val,
    obj: &Val,
    name: &Val,
) -> PyResult<Option<Obj>> {
    let Some(d) = find(py, start, cls, name) else {
        return Ok(None);
    };
    match d.ty().slots.descr_get.get() {
        Some(get) => {
            let t = start.to_obj();
            // For a class method call on the class itself there is no instance.
            let instance = if t.is(obj) { None } else { Some(obj) };
            get(py, &d, instance, Some(&t)).map(Some)
        }
        None => Ok(Some(d)),
    }
}

/// The object `super(cls, obj)`.
pub fn new(py: &Py, cls: &Val, obj: &Val) -> PyResult<Obj> {
    let s = py.alloc(&SUPER, SuperObj::default());
    fill(py, &s, cls, Some(obj))?;
    Ok(s)
}

fn fill(py: &Py, v: &Val, cls: &Val, obj: Option<&Val>) -> PyResult<()> {
    let s = v.cast::<SuperObj>();
    match obj.and_then(Val::not_none) {
        Some(o) => {
            let t = start_type(py, cls, o)?;
            s.obj.set(o.to_obj());
            s.obj_type.set(t.to_obj());
        }
        None => {
            s.obj.take();
            s.obj_type.take();
        }
    }
    s.this.set(cls.to_obj());
    Ok(())
}

fn init_super(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(py.type_error("super() takes no keyword arguments"));
    }
    match args.all() {
        [] => {
            let (cls, obj) = crate::interp::super_arguments(py)?;
            fill(py, v, &cls, Some(&obj))
        }
        [cls, rest @ ..] if rest.len() <= 1 => {
            if Type::of(cls).is_none() {
                return Err(py.type_error(format!(
                    "super() argument 1 must be a type, not {}",
                    cls.ty().full_name()
                )));
            }
            fill(py, v, cls, rest.first())
        }
        a => Err(py.type_error(format!(
            "super() expected at most 2 arguments, got {}",
            a.len()
        ))),
    }
}

fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    let name = name_of(py, name)?;
    let s = v.cast::<SuperObj>();
    if let (Some(this), Some(obj), Some(t)) = (
        s.this.get(),
        s.obj.get(),
        s.obj_type.get().as_deref().and_then(Type::of),
    ) && !name.is(&names::__class__)
        && let Some(r) = lookup_from(py, t, &this, &obj, &name)?
    {
        return Ok(r);
    }
    attr::generic_get(py, v, &name)
}

fn type_name(o: &Option<Obj>) -> String {
    o.as_deref()
        .and_then(Type::of)
        .map_or("NULL".into(), |t| t.full_name())
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new
        .set(|py, ty, _| Ok(py.alloc_in(ty, SuperObj::default())));
    s.init.set(init_super);
    s.getattr.set(getattr);
    s.repr.set(|py, v| {
        let s = v.cast::<SuperObj>();
        let this = type_name(&s.this.get());
        let t = s.obj_type.get();
        Ok(py.str(&match t {
            Some(_) => format!("<super: <class '{this}'>, <{} object>>", type_name(&t)),
            None => format!("<super: <class '{this}'>, NULL>"),
        }))
    });
    s.descr_get.set(|py, v, obj, _| {
        let s = v.cast::<SuperObj>();
        let (Some(obj), None, Some(this)) =
            (obj.and_then(Val::not_none), s.obj.get(), s.this.get())
        else {
            return Ok(v.to_obj());
        };
        if !SUPER.is_exact(v) {
            return ops::call2(py, &v.ty().to_obj(), &this, obj);
        }
        new(py, &this, obj)
    });
    t.member("__thisclass__", |py, v| {
        Ok(v.cast::<SuperObj>().this.get().unwrap_or_else(|| py.none()))
    });
    t.member("__self__", |py, v| {
        Ok(v.cast::<SuperObj>().obj.get().unwrap_or_else(|| py.none()))
    });
    t.member("__self_class__", |py, v| {
        Ok(v.cast::<SuperObj>()
            .obj_type
            .get()
            .unwrap_or_else(|| py.none()))
    });
}

/// AttributeError of `super().name` where no class has it.
#[cold]
pub fn missing(py: &Py, obj: &Val, name: &Val) -> crate::error::Raised {
    py.attribute_error(
        &format!("'super' object has no attribute '{}'", lossy(name)),
        obj,
        name,
    )
}
