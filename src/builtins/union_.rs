//! `typing.Union`: `X | Y`.

use crate::builtins::generic_alias::{GenericAliasObj, collect_parameters, push_type, substitute};
use crate::builtins::singletons::NONE_TYPE;
use crate::builtins::str::StrObj;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload. The members are written once.
pub struct UnionObj {
    /// Tuple of distinct members, at least two.
    args: Slot,
    parameters: Slot,
}

impl Trace for UnionObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.args);
        t.slot(&self.parameters);
    }
}

crate::native_type!(
    /// The type `typing.Union`.
    pub UNION: UnionObj = "typing.Union", base crate::object::base::OBJECT, flags tf::WEAKREF, init init
);

/// The members of a union, `None` for other values.
pub fn args_of(v: &Val) -> Option<Vec<Obj>> {
    Some(
        v.get::<UnionObj>()?
            .args
            .obj()
            .cast::<TupleObj>()
            .items()
            .iter()
            .map(Val::to_obj)
            .collect(),
    )
}

/// Whether `|` makes a union of this value.
fn is_unionable(v: &Val) -> bool {
    v.is_none()
        || Type::of(v).is_some()
        || v.get::<GenericAliasObj>().is_some()
        || v.get::<UnionObj>().is_some()
        || matches!(v.ty().full_name().as_str(), "typing.TypeAliasType")
}

/// The operator `|` of types.
pub fn or(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(py.not_implemented());
    }
    make(py, &[a.to_obj(), b.to_obj()])
}

/// The union of some members: flattened, without repetitions. One member is returned as it is.
pub fn make(py: &Py, members: &[Obj]) -> PyResult<Obj> {
    let mut out: Vec<Obj> = Vec::new();
    for m in members {
        let parts = match args_of(m) {
            Some(p) => p,
            None if m.is_none() => vec![NONE_TYPE.obj()],
            None => vec![m.clone()],
        };
        for p in parts {
            let mut known = false;
            for o in &out {
                if o.is(&p)
                    || (Type::of(o).is_none() || Type::of(&p).is_none()) && ops::eq(py, o, &p)?
                {
                    known = true;
                    break;
                }
            }
            if !known {
                out.push(p);
            }
        }
    }
    if out.len() == 1
        && let Some(only) = out.pop()
    {
        return Ok(only);
    }
    Ok(py.alloc(
        &UNION,
        UnionObj {
            args: Slot::new(tuple::new(py, out)),
            parameters: Slot::empty(),
        },
    ))
}

/// `Union[item]`.
fn class_getitem(py: &Py, item: &Val) -> PyResult<Obj> {
    let items: Vec<Obj> = match item.get::<TupleObj>() {
        Some(t) => t.items().iter().map(Val::to_obj).collect(),
        None => vec![item.to_obj()],
    };
    if items.is_empty() {
        return Err(py.type_error("Cannot take a Union of no types."));
    }
    let mut members = Vec::new();
    for i in items {
        // Strings stand for forward references.
        if i.get::<StrObj>().is_some() {
            let typing = crate::import::import_module(py, "annotationlib")?;
            let f = ops::getattr_str(py, &typing, "ForwardRef")?;
            members.push(ops::call1(py, &f, &i)?);
        } else if i.get::<TupleObj>().is_none() {
            members.push(i);
        } else {
            return Err(py.type_error(format!(
                "Union[arg, ...]: each arg must be a type. Got {}.",
                ops::repr_text(py, &i)?
            )));
        }
    }
    make(py, &members)
}

fn parameters(py: &Py, v: &Val) -> PyResult<Obj> {
    let u = v.cast::<UnionObj>();
    if let Some(p) = u.parameters.get() {
        return Ok(p);
    }
    let p = tuple::new(
        py,
        collect_parameters(py, u.args.obj().cast::<TupleObj>().items())?,
    );
    u.parameters.set(p.clone());
    Ok(p)
}

fn check(py: &Py, v: &Val, f: impl Fn(&Val) -> PyResult<bool>, what: &str) -> PyResult<Obj> {
    let args = args_of(v).unwrap_or_default();
    for a in &args {
        if a.get::<GenericAliasObj>().is_some() {
            return Err(py.type_error(format!(
                "{what} argument 2 cannot be a parameterized generic"
            )));
        }
    }
    for a in &args {
        if f(a)? {
            return Ok(py.bool(true));
        }
    }
    Ok(py.bool(false))
}

fn init(t: &mut TypeInit) {
    t.doc("Represent a union type\n\nE.g. for int | str");
    let s = t.slots();
    s.repr.set(|py, v| {
        let mut out = String::new();
        for (i, a) in args_of(v).unwrap_or_default().iter().enumerate() {
            if i > 0 {
                out.push_str(" | ");
            }
            if a.is(&NONE_TYPE.obj()) {
                out.push_str("None");
            } else {
                push_type(py, &mut out, a)?;
            }
        }
        Ok(py.str(&out))
    });
    s.hash.set(|py, v| {
        // Order does not matter.
        let mut h: i64 = 0;
        for a in args_of(v).unwrap_or_default() {
            let x = ops::hash(py, &a)?;
            h ^= x
                .wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64)
                .rotate_left(17)
                ^ x;
        }
        Ok(if h == -1 { -2 } else { h })
    });
    s.compare.set(|py, a, b, op| {
        let (Some(x), Some(y)) = (args_of(a), args_of(b)) else {
            return Ok(py.not_implemented());
        };
        let want = match op {
            CmpOp::Eq => true,
            CmpOp::Ne => false,
            _ => return Ok(py.not_implemented()),
        };
        let mut same = x.len() == y.len();
        for p in &x {
            let mut found = false;
            for q in &y {
                if ops::eq(py, p, q)? {
                    found = true;
                    break;
                }
            }
            same &= found;
        }
        Ok(py.bool(same == want))
    });
    s.bin(BinOp::Or).set(or);
    s.getitem.set(|py, v, item| {
        let params = parameters(py, v)?;
        let args = args_of(v).unwrap_or_default();
        let new = substitute(
            py,
            v,
            crate::object::native::args::objs(&args),
            params.cast::<TupleObj>().items(),
            item,
        )?;
        make(py, &new)
    });
    t.member("__args__", |_, v| Ok(v.cast::<UnionObj>().args.obj()));
    t.getset("__parameters__", parameters, None);
    t.getset("__origin__", |_, _| Ok(UNION.obj()), None);
    t.getset("__name__", |py, _| Ok(py.str("Union")), None);
    t.getset("__qualname__", |py, _| Ok(py.str("Union")), None);
    t.method(
        "__instancecheck__",
        "($self, instance, /)",
        Bound(|py, a| {
            check(
                py,
                &a[0],
                |c| ops::is_instance(py, &a[1], c),
                "isinstance()",
            )
        }),
    );
    t.method(
        "__subclasscheck__",
        "($self, cls, /)",
        Bound(|py, a| {
            check(
                py,
                &a[0],
                |c| ops::is_subclass(py, &a[1], c),
                "issubclass()",
            )
        }),
    );
    t.method(
        "__mro_entries__",
        "($self, bases, /)",
        Bound(
            |py, a| Err(py.type_error(format!("Cannot subclass {}", ops::repr_text(py, &a[0])?))),
        ),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(|py, a| class_getitem(py, &a[1])),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let operator = crate::import::import_module(py, "operator")?;
            let f = ops::getattr_str(py, &operator, "getitem")?;
            let args = tuple::new(py, vec![UNION.obj(), a[0].cast::<UnionObj>().args.obj()]);
            Ok(tuple::new(py, vec![f, args]))
        }),
    );
}
