//! `property`.

use crate::builtins::str::lossy;
use crate::error::{PyResult, Raised};
use crate::object::instance;
use crate::object::names;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicBool, Ordering};

/// Payload; an absent function is an empty field.
#[derive(Default)]
pub struct PropertyObj {
    pub fget: Slot,
    pub fset: Slot,
    pub fdel: Slot,
    doc: Slot,
    name: Slot,
    /// The docstring came from the getter, so a copy with another getter takes its docstring.
    getter_doc: AtomicBool,
}

impl Default for Slot {
    fn default() -> Slot {
        Slot::empty()
    }
}

impl PropertyObj {
    fn slots(&self) -> [&Slot; 5] {
        [&self.fget, &self.fset, &self.fdel, &self.doc, &self.name]
    }
}

impl Trace for PropertyObj {
    fn trace(&self, t: &mut Tracer) {
        self.slots().into_iter().for_each(|s| t.slot(s));
    }
    fn clear(&self) {
        self.slots().into_iter().for_each(|s| drop(s.take()));
    }
}

crate::native_type!(
    /// The type `property`.
    pub PROPERTY: PropertyObj = "property", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

/// `property(fget, fset, fdel)`.
pub fn new(py: &Py, fget: Obj) -> Obj {
    py.alloc(
        &PROPERTY,
        PropertyObj {
            fget: Slot::new(fget),
            ..PropertyObj::default()
        },
    )
}

#[cold]
fn cannot(py: &Py, v: &Val, obj: &Val, what: &str) -> Raised {
    let ty = obj.ty().qualname.obj();
    let ty = lossy(&ty).into_owned();
    let name = name_of(py, v).ok().flatten();
    let msg = match &name {
        Some(n) => {
            let n = ops::repr_text(py, n).unwrap_or_default();
            format!("property {n} of '{ty}' object has no {what}")
        }
        None => format!("property of '{ty}' object has no {what}"),
    };
    let none = py.none();
    py.attribute_error(&msg, obj, name.as_deref().unwrap_or(&none))
}

/// The name given by `__set_name__`, else that of the getter.
fn name_of(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let p = v.cast::<PropertyObj>();
    if let Some(n) = p.name.get() {
        return Ok(Some(n));
    }
    match p.fget.get() {
        Some(f) => ops::getattr_opt(py, &f, &names::__name__),
        None => Ok(None),
    }
}

fn fill(
    py: &Py,
    v: &Val,
    fget: Option<&Val>,
    fset: Option<&Val>,
    fdel: Option<&Val>,
    doc: Option<&Val>,
) -> PyResult<()> {
    let p = v.cast::<PropertyObj>();
    let put = |s: &Slot, x: Option<&Val>| match x.and_then(Val::not_none) {
        Some(x) => s.set(x.to_obj()),
        None => drop(s.take()),
    };
    put(&p.fget, fget);
    put(&p.fset, fset);
    put(&p.fdel, fdel);
    p.name.take();
    p.getter_doc.store(false, Ordering::Relaxed);
    let mut text = doc.and_then(Val::not_none).map(Val::to_obj);
    if text.is_none()
        && let Some(f) = fget.and_then(Val::not_none)
    {
        text = ops::getattr_opt(py, f, &names::__doc__)?.filter(|d| !d.is_none());
        if text.is_some() {
            p.getter_doc.store(true, Ordering::Relaxed);
        }
    }
    if PROPERTY.is_exact(v) {
        match text {
            Some(d) => p.doc.set(d),
            None => drop(p.doc.take()),
        }
        return Ok(());
    }
    // A subclass has its own `__doc__` in the class, which hides the field.
    let value = text.unwrap_or_else(|| py.none());
    if !instance::set(py, v, &names::__doc__, value.clone()) {
        p.doc.set(value);
    }
    Ok(())
}

fn init_property(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let pos = args.positional();
    if pos.len() > 4 {
        return Err(py.type_error(format!(
            "property() takes at most 4 arguments ({} given)",
            args.all().len()
        )));
    }
    const NAMES: [&str; 4] = ["fget", "fset", "fdel", "doc"];
    let mut got: [Option<&Val>; 4] = [None; 4];
    for (g, p) in got.iter_mut().zip(pos) {
        *g = Some(p);
    }
    for (k, x) in args.keywords() {
        let Some(i) = NAMES
            .iter()
            .position(|n| crate::builtins::str::eq_text(k, n))
        else {
            return Err(py.type_error(format!(
                "property() got an unexpected keyword argument '{}'",
                lossy(k)
            )));
        };
        if got[i].is_some() {
            return Err(py.type_error(format!(
                "argument for property() given by name ('{}') and position ({})",
                NAMES[i],
                i + 1
            )));
        }
        got[i] = Some(x);
    }
    fill(py, v, got[0], got[1], got[2], got[3])
}

/// A copy with some functions replaced; UNBOUND or None keeps the old one.
fn copy(py: &Py, v: &Val, which: usize, f: &Val) -> PyResult<Obj> {
    let p = v.cast::<PropertyObj>();
    let mut parts: [Obj; 3] =
        [&p.fget, &p.fset, &p.fdel].map(|s| s.get().unwrap_or_else(|| py.none()));
    if let Some(f) = f.not_none() {
        parts[which] = f.to_obj();
    }
    let keep = p
        .doc
        .get()
        .filter(|_| !(p.getter_doc.load(Ordering::Relaxed) && !parts[0].is_none()));
    let doc = keep.unwrap_or_else(|| py.none());
    let [a, b, c] = parts;
    let new = ops::call_objs(py, &v.ty().to_obj(), &[a, b, c, doc])?;
    if let (Some(q), Some(n)) = (new.get::<PropertyObj>(), p.name.get()) {
        q.name.set(n);
    }
    Ok(new)
}

fn init(t: &mut TypeInit) {
    t.slots()
        .new
        .set(|py, ty, _| Ok(py.alloc_in(ty, PropertyObj::default())));
    t.slots().init.set(init_property);
    t.slots().descr_get.set(|py, v, obj, _| {
        let Some(obj) = obj else {
            return Ok(v.to_obj());
        };
        match v.cast::<PropertyObj>().fget.get() {
            Some(f) => ops::call1(py, &f, obj),
            None => Err(cannot(py, v, obj, "getter")),
        }
    });
    t.slots().descr_set.set(|py, v, obj, value| {
        let p = v.cast::<PropertyObj>();
        match value {
            Some(x) => match p.fset.get() {
                Some(f) => ops::call2(py, &f, obj, x).map(drop),
                None => Err(cannot(py, v, obj, "setter")),
            },
            None => match p.fdel.get() {
                Some(f) => ops::call1(py, &f, obj).map(drop),
                None => Err(cannot(py, v, obj, "deleter")),
            },
        }
    });
    t.member("fget", |py, v| {
        Ok(v.cast::<PropertyObj>()
            .fget
            .get()
            .unwrap_or_else(|| py.none()))
    });
    t.member("fset", |py, v| {
        Ok(v.cast::<PropertyObj>()
            .fset
            .get()
            .unwrap_or_else(|| py.none()))
    });
    t.member("fdel", |py, v| {
        Ok(v.cast::<PropertyObj>()
            .fdel
            .get()
            .unwrap_or_else(|| py.none()))
    });
    t.getset(
        "__doc__",
        |py, v| {
            Ok(v.cast::<PropertyObj>()
                .doc
                .get()
                .unwrap_or_else(|| py.none()))
        },
        Some(|_, v, x| {
            let p = v.cast::<PropertyObj>();
            match x {
                Some(x) => p.doc.set(x.to_obj()),
                None => drop(p.doc.take()),
            }
            Ok(())
        }),
    );
    t.getset(
        "__name__",
        |py, v| match name_of(py, v)? {
            Some(n) => Ok(n),
            None => Err(py.attribute_error(
                "'property' object has no attribute '__name__'",
                v,
                &names::__name__,
            )),
        },
        Some(|_, v, x| {
            let p = v.cast::<PropertyObj>();
            match x {
                Some(x) => p.name.set(x.to_obj()),
                None => drop(p.name.take()),
            }
            Ok(())
        }),
    );
    t.getset(
        "__isabstractmethod__",
        |py, v| {
            let p = v.cast::<PropertyObj>();
            for f in [&p.fget, &p.fset, &p.fdel] {
                if crate::builtins::classmethod::is_abstract(py, f.get())? {
                    return Ok(py.bool(true));
                }
            }
            Ok(py.bool(false))
        },
        None,
    );
    t.method(
        "getter",
        "($self, object, /)",
        Bound(|py, a| copy(py, &a[0], 0, &a[1])),
    );
    t.method(
        "setter",
        "($self, object, /)",
        Bound(|py, a| copy(py, &a[0], 1, &a[1])),
    );
    t.method(
        "deleter",
        "($self, object, /)",
        Bound(|py, a| copy(py, &a[0], 2, &a[1])),
    );
    t.method(
        "__set_name__",
        "($self, /, *args)",
        Bound(|py, a| {
            if a.len() != 3 {
                return Err(py.type_error(format!(
                    "__set_name__() takes 2 positional arguments but {} were given",
                    a.len() - 1
                )));
            }
            a[0].cast::<PropertyObj>().name.set(a[2].to_obj());
            Ok(py.none())
        }),
    );
}
