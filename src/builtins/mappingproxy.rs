//! `mappingproxy`: a read-only view of a mapping, as of class namespaces.

use crate::builtins::dict::DICT;
use crate::builtins::list::LIST;
use crate::builtins::tuple::TUPLE;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload.
pub struct MappingProxyObj {
    mapping: Slot,
}

impl Trace for MappingProxyObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.mapping);
    }
}

crate::native_type!(
    /// The type `mappingproxy`.
    pub MAPPINGPROXY: MappingProxyObj = "mappingproxy", base crate::object::base::OBJECT, flags tf::MAPPING, init init
);

/// A proxy of `mapping`.
pub fn new(py: &Py, mapping: Obj) -> Obj {
    py.alloc(
        &MAPPINGPROXY,
        MappingProxyObj {
            mapping: Slot::new(mapping),
        },
    )
}

fn mapping(v: &Val) -> Obj {
    v.cast::<MappingProxyObj>().mapping.obj()
}

/// The mapping behind a proxy; other values as they are.
fn inner(v: &Val) -> Obj {
    v.get::<MappingProxyObj>()
        .map_or_else(|| v.to_obj(), |p| p.mapping.obj())
}

fn delegate(py: &Py, name: &str, args: Args) -> PyResult<Obj> {
    let f = ops::getattr_str(py, &mapping(&args.all()[0]), name)?;
    ops::call(py, &f, args.skip(1))
}

fn init(t: &mut TypeInit) {
    t.doc("Read-only proxy of a mapping.");
    let s = t.slots();
    s.new.set(|py, _, args| {
        let [m] = args.all() else {
            let n = args.all().len();
            return Err(py.type_error(if n == 0 {
                "mappingproxy() missing required argument 'mapping' (pos 1)".to_string()
            } else {
                format!("mappingproxy() takes at most 1 argument ({n} given)")
            }));
        };
        if m.ty().slots.getitem.addr() == 0 || LIST.check(m) || TUPLE.check(m) {
            return Err(py.type_error(format!(
                "mappingproxy() argument must be a mapping, not {}",
                m.ty().full_name()
            )));
        }
        Ok(new(py, m.to_obj()))
    });
    s.repr.set(|py, v| {
        Ok(py.str(&format!(
            "mappingproxy({})",
            ops::repr_text(py, &mapping(v))?
        )))
    });
    s.str.set(|py, v| ops::str(py, &mapping(v)));
    s.hash.set(|py, v| ops::hash(py, &mapping(v)));
    s.len.set(|py, v| ops::len(py, &mapping(v)));
    s.iter.set(|py, v| ops::iter(py, &mapping(v)));
    s.getitem.set(|py, v, k| ops::getitem(py, &mapping(v), k));
    s.contains.set(|py, v, k| ops::contains(py, &mapping(v), k));
    s.compare
        .set(|py, a, b, op| ops::compare(py, &mapping(a), &inner(b), op));
    s.bin(BinOp::Or)
        .set(|py, a, b| ops::binary(py, BinOp::Or, &inner(a), &inner(b)));
    s.inp(BinOp::Or).set(|py, a, b| {
        Err(py.type_error(format!(
            "'|=' is not supported by {}; use '|' instead",
            if a.get::<MappingProxyObj>().is_some() {
                a.ty().full_name()
            } else {
                b.ty().full_name()
            }
        )))
    });
    t.method(
        "get",
        "($self, key, default=None, /)",
        Raw(|py, args| delegate(py, "get", args)),
    );
    t.method(
        "keys",
        "($self, /)",
        Raw(|py, args| delegate(py, "keys", args)),
    );
    t.method(
        "values",
        "($self, /)",
        Raw(|py, args| delegate(py, "values", args)),
    );
    t.method(
        "items",
        "($self, /)",
        Raw(|py, args| delegate(py, "items", args)),
    );
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| {
            let m = mapping(&a[0]);
            if DICT.is_exact(&m) {
                return ops::call1(py, &DICT.obj(), &m);
            }
            ops::call_method(py, &m, &py.str("copy"), &[])
        }),
    );
    t.method(
        "__reversed__",
        "($self, /)",
        Raw(|py, args| delegate(py, "__reversed__", args)),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(|py, a| crate::builtins::generic_alias::new(py, &a[0], &a[1])),
    );
}
