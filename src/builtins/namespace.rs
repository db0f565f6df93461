//! `types.SimpleNamespace`.

use crate::builtins::dict::{DICT, DictObj};
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::object::instance;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Payload without fields: everything is an attribute.
pub struct NamespaceObj;

impl Trace for NamespaceObj {
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `types.SimpleNamespace`.
    pub NAMESPACE: NamespaceObj = "types.SimpleNamespace", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF, init init
);

/// An empty namespace.
pub fn new(py: &Py) -> Obj {
    py.alloc_in(NAMESPACE.ty(), NamespaceObj)
}

fn init_namespace(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let d = instance::dict_of(py, v);
    let d = d.cast::<DictObj>();
    match args.positional() {
        [] => {}
        [m] => {
            let copy = if DICT.is_exact(m) {
                m.to_obj()
            } else {
                ops::call1(py, &DICT.obj(), m)?
            };
            for (k, x) in copy.cast::<DictObj>().items() {
                if k.get::<StrObj>().is_none() {
                    return Err(py.type_error("keywords must be strings"));
                }
                d.set(py, &k, x)?;
            }
        }
        p => {
            return Err(py.type_error(format!(
                "{} expected at most 1 argument, got {}",
                v.ty().name(),
                p.len()
            )));
        }
    }
    for (k, x) in args.keywords() {
        d.set(py, k, x.to_obj())?;
    }
    Ok(())
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let name = if NAMESPACE.is_exact(v) {
        "namespace".into()
    } else {
        v.ty().name()
    };
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str(&format!("{name}(...)")));
    };
    let mut parts = Vec::new();
    let d = instance::dict_of(py, v);
    for (k, x) in d.cast::<DictObj>().items() {
        if let Some(k) = k.get::<StrObj>().filter(|k| !k.is_empty()) {
            parts.push(format!("{}={}", k.lossy(), ops::repr_text(py, &x)?));
        }
    }
    Ok(py.str(&format!("{name}({})", parts.join(", "))))
}

fn init(t: &mut TypeInit) {
    t.doc("A simple attribute-based namespace.");
    let s = t.slots();
    s.new.set(|py, ty, _| Ok(py.alloc_in(ty, NamespaceObj)));
    s.init.set(init_namespace);
    s.repr.set(repr);
    s.compare.set(|py, a, b, op| {
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) || !NAMESPACE.check(a) || !NAMESPACE.check(b) {
            return Ok(py.not_implemented());
        }
        ops::compare(py, &instance::dict_of(py, a), &instance::dict_of(py, b), op)
    });
    t.unhashable();
    t.getset("__dict__", |py, v| Ok(instance::dict_of(py, v)), None);
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let empty = crate::builtins::tuple::empty(py);
            Ok(crate::builtins::tuple::new(
                py,
                vec![a[0].ty().to_obj(), empty, instance::dict_of(py, &a[0])],
            ))
        }),
    );
    t.method(
        "__replace__",
        "($self, /, **changes)",
        Raw(|py, args| {
            let [v] = args.positional() else {
                return Err(py.type_error(format!(
                    "__replace__() takes 0 positional arguments but {} were given",
                    args.positional().len().saturating_sub(1)
                )));
            };
            let new = ops::call0(py, &v.ty().to_obj())?;
            let to = instance::dict_of(py, &new);
            let to = to.cast::<DictObj>();
            for (k, x) in instance::dict_of(py, v).cast::<DictObj>().items() {
                to.set(py, &k, x)?;
            }
            for (k, x) in args.keywords() {
                to.set(py, k, x.to_obj())?;
            }
            Ok(new)
        }),
    );
}
