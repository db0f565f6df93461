//! `types.GenericAlias`: `list[int]` and the like.

use crate::builtins::str::{StrObj, lossy};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::attr;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicBool, Ordering};

/// Payload. Origin and arguments are written once.
pub struct GenericAliasObj {
    pub origin: Slot,
    /// Tuple.
    pub args: Slot,
    /// Type variables among the arguments; computed on first use.
    parameters: Slot,
    /// Made by iteration of an alias: `*tuple[int]`.
    pub starred: AtomicBool,
}

impl Trace for GenericAliasObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.origin, &self.args, &self.parameters] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type `types.GenericAlias`.
    pub GENERIC_ALIAS: GenericAliasObj = "types.GenericAlias", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::WEAKREF, init init
);

fn payload(py: &Py, origin: &Val, item: &Val) -> GenericAliasObj {
    let args = if item.get::<TupleObj>().is_some() {
        item.to_obj()
    } else {
        tuple::from_slice(py, std::slice::from_ref(item))
    };
    GenericAliasObj {
        origin: Slot::new(origin.to_obj()),
        args: Slot::new(args),
        parameters: Slot::empty(),
        starred: AtomicBool::new(false),
    }
}

/// `GenericAlias(origin, item)`: `item` is the tuple of arguments, or the only argument.
pub fn new(py: &Py, origin: &Val, item: &Val) -> PyResult<Obj> {
    Ok(py.alloc(&GENERIC_ALIAS, payload(py, origin, item)))
}

/// Adds the text of one type argument, as aliases and unions print it.
pub fn push_type(py: &Py, out: &mut String, v: &Val) -> PyResult<()> {
    if v.is(&py.ellipsis()) {
        out.push_str("...");
        return Ok(());
    }
    if v.get::<GenericAliasObj>().is_none()
        && let Some(t) = Type::of(v)
    {
        let q = ops::getattr(py, v, &names::__qualname__)?;
        let m = ops::getattr_opt(py, v, &names::__module__)?;
        match m.as_deref().and_then(|m| m.get::<StrObj>()) {
            Some(m) if !m.eq_str("builtins") => {
                out.push_str(&format!("{}.{}", m.lossy(), lossy(&q)))
            }
            _ if q.get::<StrObj>().is_some() => out.push_str(&lossy(&q)),
            _ => out.push_str(&t.name()),
        }
        return Ok(());
    }
    out.push_str(&ops::repr_text(py, v)?);
    Ok(())
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let a = v.cast::<GenericAliasObj>();
    let mut out = String::new();
    if a.starred.load(Ordering::Relaxed) {
        out.push('*');
    }
    push_type(py, &mut out, &a.origin.obj())?;
    out.push('[');
    let args = a.args.obj();
    let items = args.cast::<TupleObj>().items();
    if items.is_empty() {
        out.push_str("()");
    }
    for (i, x) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        match x.get::<crate::builtins::list::ListObj>() {
            // Parameter lists (`Callable[[int], str]` style arguments).
            Some(l) => {
                out.push('[');
                for (j, y) in l.to_vec().iter().enumerate() {
                    if j > 0 {
                        out.push_str(", ");
                    }
                    push_type(py, &mut out, y)?;
                }
                out.push(']');
            }
            None => push_type(py, &mut out, x)?,
        }
    }
    out.push(']');
    Ok(py.str(&out))
}

fn add_unique(out: &mut Vec<Obj>, v: Obj) {
    if !out.iter().any(|x| x.is(&v)) {
        out.push(v);
    }
}

/// The type variables among `args`, each once.
pub fn collect_parameters(py: &Py, args: &[Val]) -> PyResult<Vec<Obj>> {
    ops::convert::guard(py, "")?;
    let mut out = Vec::new();
    for a in args {
        if Type::of(a).is_some() && a.get::<GenericAliasObj>().is_none() {
            continue;
        }
        if ops::getattr_opt(py, a, &py.str("__typing_subst__"))?.is_some() {
            add_unique(&mut out, a.to_obj());
            continue;
        }
        let nested = if let Some(t) = a.get::<TupleObj>() {
            collect_parameters(py, t.items())?
        } else if let Some(l) = a.get::<crate::builtins::list::ListObj>() {
            collect_parameters(py, crate::object::native::args::objs(&l.to_vec()))?
        } else {
            match ops::getattr_opt(py, a, &names::__parameters__)? {
                Some(p) if p.get::<TupleObj>().is_some() => p
                    .cast::<TupleObj>()
                    .items()
                    .iter()
                    .map(Val::to_obj)
                    .collect(),
                _ => Vec::new(),
            }
        };
        nested.into_iter().for_each(|v| add_unique(&mut out, v));
    }
    Ok(out)
}

fn parameters(py: &Py, v: &Val) -> PyResult<Obj> {
    let a = v.cast::<GenericAliasObj>();
    if let Some(p) = a.parameters.get() {
        return Ok(p);
    }
    let p = tuple::new(
        py,
        collect_parameters(py, a.args.obj().cast::<TupleObj>().items())?,
    );
    a.parameters.set(p.clone());
    Ok(p)
}

/// `alias[item]`: replaces type variables. `params` are the variables of `args`; the result are the new arguments.
pub fn substitute(
    py: &Py,
    v: &Val,
    args: &[Val],
    params: &[Val],
    item: &Val,
) -> PyResult<Vec<Obj>> {
    if params.is_empty() {
        return Err(py.type_error(format!("{} is not a generic class", ops::repr_text(py, v)?)));
    }
    // Starred tuples in the subscript are spread first.
    let mut items: Vec<Obj> = Vec::new();
    let given: Vec<Obj> = match item.get::<TupleObj>() {
        Some(t) => t.items().iter().map(Val::to_obj).collect(),
        None => vec![item.to_obj()],
    };
    for g in given {
        match unpacked(py, &g)? {
            Some(list) => items.extend(list),
            None => items.push(g),
        }
    }
    let mut prepared = tuple::new(py, items);
    for p in params {
        if let Some(f) =
            ops::getattr_opt(py, p, &py.str("__typing_prepare_subst__"))?.filter(|f| !f.is_none())
        {
            let r = ops::call2(py, &f, v, &prepared)?;
            prepared = if r.get::<TupleObj>().is_some() {
                r
            } else {
                tuple::new(py, vec![r])
            };
        }
    }
    let values = prepared.cast::<TupleObj>().items();
    if values.len() != params.len() {
        return Err(py.type_error(format!(
            "Too {} arguments for {}; actual {}, expected {}",
            if values.len() > params.len() {
                "many"
            } else {
                "few"
            },
            ops::repr_text(py, v)?,
            values.len(),
            params.len()
        )));
    }
    let mut out = Vec::new();
    for a in args {
        substitute_one(py, a, params, values, &mut out)?;
    }
    Ok(out)
}

fn unpacked(py: &Py, v: &Val) -> PyResult<Option<Vec<Obj>>> {
    if Type::of(v).is_some() {
        return Ok(None);
    }
    let Some(t) = ops::getattr_opt(py, v, &py.str("__typing_unpacked_tuple_args__"))? else {
        return Ok(None);
    };
    let Some(t) = t.get::<TupleObj>() else {
        return Ok(None);
    };
    if t.items().last().is_some_and(|l| l.is(&py.ellipsis())) {
        return Ok(None);
    }
    Ok(Some(t.items().iter().map(Val::to_obj).collect()))
}

fn substitute_one(
    py: &Py,
    a: &Val,
    params: &[Val],
    values: &[Val],
    out: &mut Vec<Obj>,
) -> PyResult<()> {
    ops::convert::guard(py, "")?;
    if Type::of(a).is_some() && a.get::<GenericAliasObj>().is_none() {
        out.push(a.to_obj());
        return Ok(());
    }
    if a.get::<TupleObj>().is_some() || a.get::<crate::builtins::list::ListObj>().is_some() {
        let mut inner = Vec::new();
        for x in ops::collect(py, a)? {
            substitute_one(py, &x, params, values, &mut inner)?;
        }
        out.push(if a.get::<TupleObj>().is_some() {
            tuple::new(py, inner)
        } else {
            crate::builtins::list::new(py, inner)
        });
        return Ok(());
    }
    let value_of = |p: &Val| {
        params
            .iter()
            .position(|x| x.is(p))
            .map(|i| values[i].to_obj())
    };
    let made = if let Some(f) = ops::getattr_opt(py, a, &py.str("__typing_subst__"))? {
        match value_of(a) {
            Some(x) => ops::call1(py, &f, &x)?,
            None => a.to_obj(),
        }
    } else {
        let sub = ops::getattr_opt(py, a, &names::__parameters__)?;
        match sub
            .as_deref()
            .and_then(|s| s.get::<TupleObj>())
            .filter(|s| !s.is_empty())
        {
            None => a.to_obj(),
            Some(sub) => {
                let mut list = Vec::new();
                for p in sub.items() {
                    match value_of(p) {
                        Some(x) => match x.get::<TupleObj>() {
                            // A ParamSpec or TypeVarTuple stands for several arguments.
                            Some(t) => list.extend(t.items().iter().map(Val::to_obj)),
                            None => list.push(x),
                        },
                        None => list.push(p.to_obj()),
                    }
                }
                ops::getitem(py, a, &tuple::new(py, list))?
            }
        }
    };
    // A type variable tuple is replaced by several arguments.
    let spread = ops::getattr_opt(py, a, &py.str("__typing_is_unpacked_typevartuple__"))?;
    if let Some(s) = spread
        && Type::of(a).is_none()
        && ops::truth(py, &s)?
        && let Some(t) = made.get::<TupleObj>()
    {
        out.extend(t.items().iter().map(Val::to_obj));
        return Ok(());
    }
    out.push(made);
    Ok(())
}

fn getitem(py: &Py, v: &Val, item: &Val) -> PyResult<Obj> {
    let a = v.cast::<GenericAliasObj>();
    let args = a.args.obj();
    let params = parameters(py, v)?;
    let new_args = substitute(
        py,
        v,
        args.cast::<TupleObj>().items(),
        params.cast::<TupleObj>().items(),
        item,
    )?;
    let t = tuple::new(py, new_args);
    let made = new(py, &a.origin.obj(), &t)?;
    made.cast::<GenericAliasObj>()
        .starred
        .store(a.starred.load(Ordering::Relaxed), Ordering::Relaxed);
    Ok(made)
}

/// Attributes that belong to the alias and not to its origin.
const OWN: [&str; 13] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
    "__bases__",
    "__dir__",
];

fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    let n = lossy(name);
    let own = OWN[..11].contains(&&*n)
        || &*n == "__dir__"
        || &*n == "__instancecheck__"
        || &*n == "__subclasscheck__";
    if !own && (!(n.starts_with("__") && n.ends_with("__")) || !is_blocked(&n)) {
        return ops::getattr(py, &v.cast::<GenericAliasObj>().origin.obj(), name);
    }
    attr::generic_get(py, v, name)
}

/// Dunders that are answered by the alias itself.
fn is_blocked(n: &str) -> bool {
    matches!(n, "__bases__" | "__copy__" | "__deepcopy__") || OWN.contains(&n)
}

fn call(py: &Py, v: &Val, args: crate::object::native::Args) -> PyResult<Obj> {
    let made = ops::call(py, &v.cast::<GenericAliasObj>().origin.obj(), args)?;
    match ops::setattr(py, &made, &names::__orig_class__, v) {
        Ok(()) => Ok(made),
        Err(e)
            if e.is(&crate::builtins::exceptions::ATTRIBUTE_ERROR)
                || e.is(&crate::builtins::exceptions::TYPE_ERROR) =>
        {
            Ok(made)
        }
        Err(e) => Err(e),
    }
}

fn init(t: &mut TypeInit) {
    t.doc("Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).");
    let s = t.slots();
    s.new.set(|py, ty, args| {
        if args.has_keywords() {
            return Err(py.type_error("GenericAlias() takes no keyword arguments"));
        }
        let [o, i] = args.all() else {
            return Err(py.type_error(format!(
                "GenericAlias expected 2 arguments, got {}",
                args.all().len()
            )));
        };
        Ok(py.alloc_in(ty, payload(py, o, i)))
    });
    s.repr.set(repr);
    s.call.set(call);
    s.getattr.set(getattr);
    s.getitem.set(getitem);
    s.bin(BinOp::Or).set(crate::builtins::union_::or);
    s.hash.set(|py, v| {
        let a = v.cast::<GenericAliasObj>();
        let h = ops::hash(py, &a.origin.obj())? ^ ops::hash(py, &a.args.obj())?;
        Ok(if h == -1 { -2 } else { h })
    });
    s.compare.set(|py, a, b, op| {
        let (Some(x), Some(y)) = (a.get::<GenericAliasObj>(), b.get::<GenericAliasObj>()) else {
            return Ok(py.not_implemented());
        };
        let want = match op {
            CmpOp::Eq => true,
            CmpOp::Ne => false,
            _ => return Ok(py.not_implemented()),
        };
        let same = x.starred.load(Ordering::Relaxed) == y.starred.load(Ordering::Relaxed)
            && ops::eq(py, &x.origin.obj(), &y.origin.obj())?
            && ops::eq(py, &x.args.obj(), &y.args.obj())?;
        Ok(py.bool(same == want))
    });
    s.iter.set(|py, v| {
        let a = v.cast::<GenericAliasObj>();
        let star = new(py, &a.origin.obj(), &a.args.obj())?;
        star.cast::<GenericAliasObj>()
            .starred
            .store(true, Ordering::Relaxed);
        ops::iter(py, &tuple::new(py, vec![star]))
    });
    t.member("__origin__", |_, v| {
        Ok(v.cast::<GenericAliasObj>().origin.obj())
    });
    t.member("__args__", |_, v| {
        Ok(v.cast::<GenericAliasObj>().args.obj())
    });
    t.getset("__parameters__", parameters, None);
    t.member("__unpacked__", |py, v| {
        Ok(py.bool(v.cast::<GenericAliasObj>().starred.load(Ordering::Relaxed)))
    });
    t.getset(
        "__typing_unpacked_tuple_args__",
        |py, v| {
            let a = v.cast::<GenericAliasObj>();
            if a.starred.load(Ordering::Relaxed)
                && a.origin.obj().is(&crate::builtins::tuple::TUPLE.obj())
            {
                return Ok(a.args.obj());
            }
            Ok(py.none())
        },
        None,
    );
    t.method(
        "__mro_entries__",
        "($self, bases, /)",
        Bound(|py, a| {
            Ok(tuple::new(
                py,
                vec![a[0].cast::<GenericAliasObj>().origin.obj()],
            ))
        }),
    );
    t.method(
        "__instancecheck__",
        "($self, instance, /)",
        Bound(|py, _| {
            Err(py.type_error("isinstance() argument 2 cannot be a parameterized generic"))
        }),
    );
    t.method(
        "__subclasscheck__",
        "($self, cls, /)",
        Bound(|py, _| {
            Err(py.type_error("issubclass() argument 2 cannot be a parameterized generic"))
        }),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let g = a[0].cast::<GenericAliasObj>();
            let args = tuple::new(py, vec![g.origin.obj(), g.args.obj()]);
            if g.starred.load(Ordering::Relaxed) {
                let next = crate::builtins::builtin(py, "next")?;
                let plain = new(py, &g.origin.obj(), &g.args.obj())?;
                let it = ops::iter(py, &plain)?;
                return Ok(tuple::new(py, vec![next, tuple::new(py, vec![it])]));
            }
            Ok(tuple::new(py, vec![GENERIC_ALIAS.obj(), args]))
        }),
    );
    t.method(
        "__dir__",
        "($self, /)",
        Bound(|py, a| {
            let dir = crate::builtins::builtin(py, "dir")?;
            let list = ops::call1(py, &dir, &a[0].cast::<GenericAliasObj>().origin.obj())?;
            let mut names = ops::collect(py, &list)?;
            for n in OWN {
                if !names.iter().any(|x| crate::builtins::str::eq_text(x, n)) {
                    names.push(py.str(n));
                }
            }
            Ok(crate::builtins::list::new(py, names))
        }),
    );
}
