//! `module`.

use crate::builtins::dict::{DICT, DictObj};
use crate::builtins::str::{StrObj, lossy};
use crate::error::PyResult;
use crate::object::attr;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload. The dict is written once; it also holds the attributes of instances of subclasses.
pub struct ModuleObj {
    dict: Slot,
}

impl ModuleObj {
    #[inline(always)]
    pub fn dict(&self) -> &DictObj {
        // SAFETY: written at creation only.
        unsafe { self.dict.fixed() }.cast::<DictObj>()
    }
    pub fn dict_obj(&self) -> Obj {
        self.dict.obj()
    }
}

impl Trace for ModuleObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.dict);
    }
    fn clear(&self) {
        self.dict().clear_all();
    }
}

crate::native_type!(
    /// The type `module`.
    pub MODULE: ModuleObj = "module", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::WEAKREF, init init
);

/// A module with the usual attributes.
pub fn new(py: &Py, name: &str) -> Obj {
    let d = crate::builtins::dict::new(py);
    fill(py, d.cast::<DictObj>(), &py.str(name), None);
    py.alloc(&MODULE, ModuleObj { dict: Slot::new(d) })
}

fn fill(py: &Py, d: &DictObj, name: &Val, doc: Option<&Val>) {
    d.set_interned(py, &names::__name__, name.to_obj());
    d.set_interned(
        py,
        &names::__doc__,
        doc.map_or_else(|| py.none(), Val::to_obj),
    );
    for n in [&names::__package__, &names::__loader__, &names::__spec__] {
        d.set_interned(py, n, py.none());
    }
}

/// The namespace of a module; `None` for other objects.
pub fn dict_of(v: &Val) -> Option<Obj> {
    v.get::<ModuleObj>().map(ModuleObj::dict_obj)
}

/// Whether `v` is a module.
pub fn is_module(v: &Val) -> bool {
    v.get::<ModuleObj>().is_some()
}

/// The dict of a module.
///
/// # Panics
/// If `module` is no module.
pub fn dict(module: &Val) -> Obj {
    module.cast::<ModuleObj>().dict_obj()
}

fn str_of(o: Option<Obj>) -> Option<Obj> {
    o.filter(|n| n.get::<StrObj>().is_some())
}

/// `module.__getattribute__`: the module's `__getattr__` comes last.
pub fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    let m = v.cast::<ModuleObj>();
    let original = match attr::generic_find(py, v, name) {
        Ok(Some(o)) => return Ok(o),
        Ok(None) => None,
        Err(e) if e.is(&crate::builtins::exceptions::ATTRIBUTE_ERROR) => Some(e),
        Err(e) => return Err(e),
    };
    if let Some(f) = m.dict().get_interned(py, &names::__getattr__) {
        return ops::call1(py, &f, name);
    }
    if let Some(e) = original {
        return Err(e);
    }
    let n = lossy(name);
    let Some(module) = str_of(m.dict().get_interned(py, &names::__name__)) else {
        return Err(py.attribute_error(&format!("module has no attribute '{n}'"), v, name));
    };
    let module = lossy(&module).into_owned();
    let mut msg = format!("module '{module}' has no attribute '{n}'");
    if let Some(spec) = m
        .dict()
        .get_interned(py, &names::__spec__)
        .filter(|s| !s.is_none())
        && let Some(busy) = ops::getattr_opt(py, &spec, &names::_initializing)?
        && ops::truth(py, &busy)?
    {
        msg = format!(
            "partially initialized module '{module}' has no attribute '{n}' (most likely due to a circular import)"
        );
    }
    Err(py.attribute_error(&msg, v, name))
}

fn init_module(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let (mut name, mut doc) = (args.positional().first(), args.positional().get(1));
    if args.positional().len() > 2 {
        return Err(py.type_error(format!(
            "module() takes at most 2 arguments ({} given)",
            args.all().len()
        )));
    }
    for (k, x) in args.keywords() {
        match &*lossy(k) {
            "name" if name.is_none() => name = Some(x),
            "doc" if doc.is_none() => doc = Some(x),
            other => {
                return Err(py.type_error(format!(
                    "module() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    let Some(name) = name else {
        return Err(py.type_error("module() missing required argument 'name' (pos 1)"));
    };
    if name.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "module() argument 'name' must be str, not {}",
            name.ty().full_name()
        )));
    }
    fill(py, v.cast::<ModuleObj>().dict(), name, doc);
    Ok(())
}

fn init(t: &mut TypeInit) {
    t.doc("Create a module object.\n\nThe name must be a string; the optional docstring can have any type.");
    let s = t.slots();
    s.new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            ModuleObj {
                dict: Slot::new(crate::builtins::dict::new(py)),
            },
        ))
    });
    s.init.set(init_module);
    s.getattr.set(getattr);
    s.repr.set(repr);
    t.member("__dict__", |_, v| Ok(dict(v)));
    t.getset("__annotations__", annotations, Some(set_annotations));
    t.getset(
        "__annotate__",
        |py, v| {
            let m = v.cast::<ModuleObj>();
            if let Some(x) = m.dict().get_interned(py, &names::__annotate__) {
                return Ok(x);
            }
            m.dict().set_interned(py, &names::__annotate__, py.none());
            Ok(py.none())
        },
        Some(|py, v, x| {
            let m = v.cast::<ModuleObj>();
            let Some(x) = x else {
                return Err(py.type_error("cannot delete __annotate__ attribute"));
            };
            if !x.is_none() && !ops::call::is_callable(x) {
                return Err(py.type_error("__annotate__ must be callable or None"));
            }
            m.dict().set_interned(py, &names::__annotate__, x.to_obj());
            if !x.is_none() {
                m.dict().remove_interned(py, &names::__annotations__);
            }
            Ok(())
        }),
    );
    t.method("__dir__", "($self, /)", Bound(|py, a| dir(py, &a[0])));
}

fn annotations(py: &Py, v: &Val) -> PyResult<Obj> {
    let d = v.cast::<ModuleObj>().dict();
    if let Some(x) = d.get_interned(py, &names::__annotations__) {
        return Ok(x);
    }
    let made = match d
        .get_interned(py, &names::__annotate__)
        .filter(|f| ops::call::is_callable(f))
    {
        Some(f) => {
            let r = ops::call1(py, &f, &py.int(1))?;
            if r.get::<DictObj>().is_none() {
                return Err(py.type_error(format!(
                    "__annotate__ returned non-dict of type '{}'",
                    r.ty().full_name()
                )));
            }
            r
        }
        None => crate::builtins::dict::new(py),
    };
    d.set_interned(py, &names::__annotations__, made.clone());
    Ok(made)
}

fn set_annotations(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let d = v.cast::<ModuleObj>().dict();
    match value {
        Some(x) => d.set_interned(py, &names::__annotations__, x.to_obj()),
        None if d.remove_interned(py, &names::__annotations__).is_some() => {}
        None => return Err(attr::missing(py, v, &names::__annotations__)),
    }
    d.remove_interned(py, &names::__annotate__);
    Ok(())
}

fn dir(py: &Py, v: &Val) -> PyResult<Obj> {
    let d = ops::getattr(py, v, &names::__dict__)?;
    if !DICT.check(&d) {
        return Err(py.type_error("<module>.__dict__ is not a dictionary"));
    }
    if let Some(f) = d.cast::<DictObj>().get_interned(py, &names::__dir__) {
        return ops::call0(py, &f);
    }
    let keys = d
        .cast::<DictObj>()
        .items()
        .into_iter()
        .map(|(k, _)| k)
        .collect();
    Ok(crate::builtins::list::new(py, keys))
}

/// `<module 'x' from 'y'>`, in the order of importlib's rules: spec, loader, file.
fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let d = v.cast::<ModuleObj>().dict();
    if let Some(spec) = d
        .get_interned(py, &names::__spec__)
        .filter(|s| !s.is_none())
    {
        let part = |n: &str| match ops::getattr_opt(py, &spec, &py.str(n)) {
            Ok(x) => Ok(x.filter(|x| !x.is_none())),
            Err(e) => Err(e),
        };
        let name = part("name")?.map_or(Ok("'?'".to_string()), |n| ops::repr_text(py, &n))?;
        let has_location = match part("has_location")? {
            Some(x) => ops::truth(py, &x)?,
            None => false,
        };
        return Ok(py.str(&match (part("origin")?, has_location) {
            (Some(o), true) => format!("<module {name} from {}>", ops::repr_text(py, &o)?),
            (Some(o), false) => {
                let o = ops::str(py, &o)?;
                format!("<module {name} ({})>", lossy(&o))
            }
            (None, _) => match part("loader")? {
                None => format!("<module {name}>"),
                Some(l) => format!("<module {name} ({})>", ops::repr_text(py, &l)?),
            },
        }));
    }
    let name = match d.get_interned(py, &names::__name__) {
        Some(n) => ops::repr_text(py, &n)?,
        None => "'?'".to_string(),
    };
    if let Some(f) = d.get_interned(py, &names::__file__) {
        return Ok(py.str(&format!("<module {name} from {}>", ops::repr_text(py, &f)?)));
    }
    Ok(py.str(&match d
        .get_interned(py, &names::__loader__)
        .filter(|l| !l.is_none())
    {
        Some(l) => format!("<module {name} ({})>", ops::repr_text(py, &l)?),
        None => format!("<module {name}>"),
    }))
}
