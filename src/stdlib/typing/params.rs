//! Type parameters: TypeVar, ParamSpec (with its `args` and `kwargs`), TypeVarTuple.

use super::lazy::{Lazy, no_default};
use super::{call_typing, init_shared, mro_entries, set_module, type_check};
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::base::OBJECT;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{FnDef, Native, Tracer, TypeInit};
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::thread::Py;

/// Which subtypes a generic class accepts for a parameter.
#[derive(Clone, Copy, PartialEq)]
enum Variance {
    Invariant,
    Co,
    Contra,
    Inferred,
}

/// Payload of a TypeVar.
pub struct TypeVarObj {
    name: Slot,
    variance: Variance,
    bound: Lazy,
    constraints: Lazy,
    default: Lazy,
}

/// Payload of a ParamSpec.
pub struct ParamSpecObj {
    name: Slot,
    variance: Variance,
    bound: Slot,
    default: Lazy,
}

/// Payload of a TypeVarTuple.
pub struct TypeVarTupleObj {
    name: Slot,
    default: Lazy,
}

/// What the three kinds share.
trait Parameter: Native {
    fn name(&self) -> &Slot;
    fn variance(&self) -> Variance;
    fn default(&self) -> &Lazy;
    fn lazies(&self) -> Vec<&Lazy>;
}

macro_rules! parameter {
    ($t:ty, $variance:expr, [$($lazy:ident)*], [$($slot:ident)*]) => {
        impl Parameter for $t {
            fn name(&self) -> &Slot { &self.name }
            fn variance(&self) -> Variance { let f: fn(&$t) -> Variance = $variance; f(self) }
            fn default(&self) -> &Lazy { &self.default }
            fn lazies(&self) -> Vec<&Lazy> { vec![$(&self.$lazy),*] }
        }
        impl Trace for $t {
            fn trace(&self, t: &mut Tracer) {
                t.slot(&self.name);
                $(t.slot(&self.$slot);)*
                $(self.$lazy.trace(t);)*
            }
            fn clear(&self) {
                self.lazies().iter().for_each(|l| l.clear());
            }
        }
    };
}

parameter!(TypeVarObj, |p| p.variance, [bound constraints default], []);
parameter!(ParamSpecObj, |p| p.variance, [default], [bound]);
parameter!(TypeVarTupleObj, |_| Variance::Inferred, [default], []);

crate::native_type!(
    /// The type `typing.TypeVar`.
    pub TYPE_VAR: TypeVarObj = "typing.TypeVar", base OBJECT, flags tf::HAS_DICT | tf::WEAKREF | tf::IMMUTABLE, init init_type_var
);
crate::native_type!(
    /// The type `typing.ParamSpec`.
    pub PARAM_SPEC: ParamSpecObj = "typing.ParamSpec", base OBJECT, flags tf::HAS_DICT | tf::WEAKREF | tf::IMMUTABLE,
    init init_param_spec
);
crate::native_type!(
    /// The type `typing.TypeVarTuple`.
    pub TYPE_VAR_TUPLE: TypeVarTupleObj = "typing.TypeVarTuple", base OBJECT,
    flags tf::HAS_DICT | tf::WEAKREF | tf::IMMUTABLE, init init_type_var_tuple
);

/// The type variable of type parameter syntax, with functions that compute its bound or its constraints.
pub fn type_var(
    py: &Py,
    name: &Val,
    bound: Option<&Val>,
    constraints: Option<&Val>,
) -> PyResult<Obj> {
    let lazy = |f: Option<&Val>| f.map_or_else(|| Lazy::of(None), |f| Lazy::computed(f.to_obj()));
    let v = TypeVarObj {
        name: Slot::new(name.to_obj()),
        variance: Variance::Inferred,
        bound: lazy(bound),
        constraints: lazy(constraints),
        default: Lazy::of(None),
    };
    let v = py.alloc(&TYPE_VAR, v);
    set_module(py, &v);
    Ok(v)
}

/// `**P` in type parameter syntax.
pub fn param_spec(py: &Py, name: &Val) -> PyResult<Obj> {
    let v = ParamSpecObj {
        name: Slot::new(name.to_obj()),
        variance: Variance::Inferred,
        bound: Slot::empty(),
        default: Lazy::of(None),
    };
    let v = py.alloc(&PARAM_SPEC, v);
    set_module(py, &v);
    Ok(v)
}

/// `*Ts` in type parameter syntax.
pub fn type_var_tuple(py: &Py, name: &Val) -> PyResult<Obj> {
    let v = py.alloc(
        &TYPE_VAR_TUPLE,
        TypeVarTupleObj {
            name: Slot::new(name.to_obj()),
            default: Lazy::of(None),
        },
    );
    set_module(py, &v);
    Ok(v)
}

/// Gives a parameter the function that computes its default; returns the parameter.
pub fn set_default(py: &Py, param: &Val, f: &Val) -> PyResult<Obj> {
    default_of(param)
        .ok_or_else(|| py.type_error(expected_param(param)))?
        .set_function(f.to_obj());
    Ok(param.to_obj())
}

fn expected_param(v: &Val) -> String {
    format!("Expected a type param, got {}", v.ty().name())
}

fn default_of(v: &Val) -> Option<&Lazy> {
    if let Some(p) = v.get::<TypeVarObj>() {
        return Some(&p.default);
    }
    if let Some(p) = v.get::<ParamSpecObj>() {
        return Some(&p.default);
    }
    Some(&v.get::<TypeVarTupleObj>()?.default)
}

/// Whether the parameter has a default; `None` if it is no type parameter.
pub fn has_default(v: &Val) -> Option<bool> {
    default_of(v).map(Lazy::is_given)
}

fn name_argument(py: &Py, v: &Val, function: &str) -> PyResult<Slot> {
    if v.get::<StrObj>().is_none() {
        let got = if v.is_none() {
            "None".to_string()
        } else {
            v.ty().name().into_owned()
        };
        return Err(py.type_error(format!(
            "{function}() argument 'name' must be str, not {got}"
        )));
    }
    Ok(Slot::new(v.to_obj()))
}

/// The default argument: `NoDefault` counts as none.
fn default_argument(py: &Py, v: &Val) -> Lazy {
    Lazy::of(
        v.given()
            .filter(|v| !v.is(&no_default(py)))
            .map(Val::to_obj),
    )
}

fn variance_argument(py: &Py, co: &Val, contra: &Val, infer: &Val) -> PyResult<Variance> {
    let flag = |v: &Val| v.given().map_or(Ok(false), |v| ops::truth(py, v));
    let (co, contra, infer) = (flag(co)?, flag(contra)?, flag(infer)?);
    match (co, contra, infer) {
        (true, true, _) => Err(py.value_error("Bivariant types are not supported.")),
        (_, _, true) if co || contra => {
            Err(py.value_error("Variance cannot be specified with infer_variance."))
        }
        (_, _, true) => Ok(Variance::Inferred),
        (true, ..) => Ok(Variance::Co),
        (_, true, _) => Ok(Variance::Contra),
        _ => Ok(Variance::Invariant),
    }
}

static TYPE_VAR_NEW: FnDef = FnDef::new(
    "typevar",
    "(name, *constraints, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)",
    Bound(|py, _| Ok(py.none())),
);
static PARAM_SPEC_NEW: FnDef = FnDef::new(
    "paramspec",
    "(name, *, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)",
    Bound(|py, _| Ok(py.none())),
);
static TYPE_VAR_TUPLE_NEW: FnDef = FnDef::new(
    "typevartuple",
    "(name, *, default=NoDefault)",
    Bound(|py, _| Ok(py.none())),
);

fn init_parameter<T: Parameter>(t: &mut TypeInit, has_or: bool) {
    init_shared(t, has_or);
    t.slots().repr.set(|_, v| {
        let p = v.cast::<T>();
        let sign = match p.variance() {
            Variance::Inferred => return Ok(p.name().obj()),
            Variance::Co => "+",
            Variance::Contra => "-",
            Variance::Invariant => "~",
        };
        let mut text = str::Builder::new();
        text.push_str(sign);
        let name = p.name().obj();
        text.push_obj(name.cast::<StrObj>());
        Ok(text.finish(crate::thread::current()))
    });
    t.getset("__name__", |_, v| Ok(v.cast::<T>().name().obj()), None);
    t.getset(
        "__default__",
        |py, v| {
            Ok(v.cast::<T>()
                .default()
                .get(py)?
                .unwrap_or_else(|| no_default(py)))
        },
        None,
    );
    t.getset(
        "evaluate_default",
        |py, v| Ok(v.cast::<T>().default().evaluator(py)),
        None,
    );
    t.method(
        "has_default",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(a[0].cast::<T>().default().is_given()))),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|_, a| Ok(a[0].cast::<T>().name().obj())),
    );
    t.method("__mro_entries__", "($self, object, /)", Bound(mro_entries));
}

fn init_variance<T: Parameter>(t: &mut TypeInit) {
    t.getset(
        "__covariant__",
        |py, v| Ok(py.bool(v.cast::<T>().variance() == Variance::Co)),
        None,
    );
    t.getset(
        "__contravariant__",
        |py, v| Ok(py.bool(v.cast::<T>().variance() == Variance::Contra)),
        None,
    );
    t.getset(
        "__infer_variance__",
        |py, v| Ok(py.bool(v.cast::<T>().variance() == Variance::Inferred)),
        None,
    );
}

fn init_type_var(t: &mut TypeInit) {
    t.doc("A type variable: stands for one type in the signature of a generic function, class or type alias.");
    init_parameter::<TypeVarObj>(t, true);
    init_variance::<TypeVarObj>(t);
    t.slots().new.set(|py, ty, args| {
        let bound = TYPE_VAR_NEW.bind(py, args)?;
        let a = Val::from_words(&bound);
        let name = name_argument(py, &a[0], "typevar")?;
        let variance = variance_argument(py, &a[3], &a[4], &a[5])?;
        let bound = match a[1].not_none() {
            Some(b) => Some(type_check(py, b, "Bound must be a type.")?),
            None => None,
        };
        let constraints = &a[6..];
        if constraints.len() == 1 {
            return Err(py.type_error("A single constraint is not allowed"));
        }
        if !constraints.is_empty() && bound.is_some() {
            return Err(py.type_error("Constraints cannot be combined with bound=..."));
        }
        let constraints = (!constraints.is_empty()).then(|| tuple::from_slice(py, constraints));
        let v = TypeVarObj {
            name,
            variance,
            bound: Lazy::of(bound),
            constraints: Lazy::of(constraints),
            default: default_argument(py, &a[2]),
        };
        let v = py.alloc_in(ty, v);
        set_module(py, &v);
        Ok(v)
    });
    t.getset(
        "__bound__",
        |py, v| {
            Ok(v.cast::<TypeVarObj>()
                .bound
                .get(py)?
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "__constraints__",
        |py, v| {
            Ok(v.cast::<TypeVarObj>()
                .constraints
                .get(py)?
                .unwrap_or_else(|| tuple::empty(py)))
        },
        None,
    );
    t.getset(
        "evaluate_bound",
        |py, v| Ok(v.cast::<TypeVarObj>().bound.evaluator(py)),
        None,
    );
    t.getset(
        "evaluate_constraints",
        |py, v| Ok(v.cast::<TypeVarObj>().constraints.evaluator(py)),
        None,
    );
    t.method(
        "__typing_subst__",
        "($self, arg, /)",
        Bound(|py, a| call_typing(py, "_typevar_subst", &[&a[0], &a[1]])),
    );
    t.method(
        "__typing_prepare_subst__",
        "($self, alias, args, /)",
        Bound(type_var_prepare),
    );
}

/// Completes the arguments of an alias with this variable's default.
fn type_var_prepare(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let params = ops::getattr(py, &a[1], &names::__parameters__)?;
    let given = ops::len(py, &a[2])?;
    let index = ops::collect(py, &params)?.iter().position(|p| p.is(&a[0]));
    let Some(index) = index else {
        return Err(py.value_error("sequence.index(x): x not in sequence"));
    };
    if index < given {
        return Ok(a[2].to_obj());
    }
    if index == given
        && let Some(d) = a[0].cast::<TypeVarObj>().default.get(py)?
    {
        return ops::binary(py, BinOp::Add, &a[2], &tuple::new(py, vec![d]));
    }
    // Whoever asked counts the arguments.
    Ok(a[2].to_obj())
}

fn init_param_spec(t: &mut TypeInit) {
    t.doc("A parameter specification: stands for the parameters of a callable.");
    init_parameter::<ParamSpecObj>(t, true);
    init_variance::<ParamSpecObj>(t);
    t.slots().new.set(|py, ty, args| {
        let bound = PARAM_SPEC_NEW.bind(py, args)?;
        let a = Val::from_words(&bound);
        let name = name_argument(py, &a[0], "paramspec")?;
        let variance = variance_argument(py, &a[3], &a[4], &a[5])?;
        let bound = match a[1].not_none() {
            Some(b) => Slot::new(type_check(py, b, "Bound must be a type.")?),
            None => Slot::empty(),
        };
        let v = ParamSpecObj {
            name,
            variance,
            bound,
            default: default_argument(py, &a[2]),
        };
        let v = py.alloc_in(ty, v);
        set_module(py, &v);
        Ok(v)
    });
    t.getset(
        "__bound__",
        |py, v| {
            Ok(v.cast::<ParamSpecObj>()
                .bound
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "args",
        |py, v| {
            Ok(py.alloc(
                &PARAM_SPEC_ARGS,
                ParamSpecArgsObj {
                    origin: Slot::new(v.to_obj()),
                },
            ))
        },
        None,
    );
    t.getset(
        "kwargs",
        |py, v| {
            Ok(py.alloc(
                &PARAM_SPEC_KWARGS,
                ParamSpecKwargsObj {
                    origin: Slot::new(v.to_obj()),
                },
            ))
        },
        None,
    );
    t.method(
        "__typing_subst__",
        "($self, arg, /)",
        Bound(|py, a| call_typing(py, "_paramspec_subst", &[&a[0], &a[1]])),
    );
    t.method(
        "__typing_prepare_subst__",
        "($self, alias, args, /)",
        Bound(|py, a| call_typing(py, "_paramspec_prepare_subst", &[&a[0], &a[1], &a[2]])),
    );
}

fn init_type_var_tuple(t: &mut TypeInit) {
    t.doc("A type variable tuple: stands for any number of types.");
    init_parameter::<TypeVarTupleObj>(t, false);
    t.slots().iter.set(super::iterate);
    t.slots().new.set(|py, ty, args| {
        let bound = TYPE_VAR_TUPLE_NEW.bind(py, args)?;
        let a = Val::from_words(&bound);
        let name = name_argument(py, &a[0], "typevartuple")?;
        let v = py.alloc_in(
            ty,
            TypeVarTupleObj {
                name,
                default: default_argument(py, &a[1]),
            },
        );
        set_module(py, &v);
        Ok(v)
    });
    t.method(
        "__typing_subst__",
        "($self, arg, /)",
        Bound(|py, _| Err(py.type_error("Substitution of bare TypeVarTuple is not supported"))),
    );
    t.method(
        "__typing_prepare_subst__",
        "($self, alias, args, /)",
        Bound(|py, a| call_typing(py, "_typevartuple_prepare_subst", &[&a[0], &a[1], &a[2]])),
    );
}

macro_rules! spec_part {
    ($payload:ident, $def:ident, $name:literal, $suffix:literal, $function:literal, $static:ident, $doc:literal) => {
        #[doc = concat!("Payload of `P", $suffix, "`.")]
        pub struct $payload {
            origin: Slot,
        }
        impl Trace for $payload {
            fn trace(&self, t: &mut Tracer) {
                t.slot(&self.origin);
            }
        }
        crate::native_type!(
            #[doc = concat!("The type `", $name, "`.")]
            pub $def: $payload = $name, base OBJECT, flags tf::WEAKREF | tf::IMMUTABLE, init |t| {
                t.doc($doc);
                init_shared(t, false);
                t.slots().new.set(|py, ty, args| {
                    static $static: FnDef = FnDef::new($function, "(origin)", Bound(|py, _| Ok(py.none())));
                    let bound = $static.bind(py, args)?;
                    Ok(py.alloc_in(ty, $payload { origin: Slot::new(Val::from_words(&bound)[0].to_obj()) }))
                });
                t.slots().repr.set(|py, v| {
                    let o = v.cast::<$payload>().origin.obj();
                    let mut text = str::Builder::new();
                    match o.get::<ParamSpecObj>() {
                        Some(p) => text.push_obj(p.name.obj().cast::<StrObj>()),
                        None => text.push_str(&ops::repr_text(py, &o)?),
                    }
                    text.push_str($suffix);
                    Ok(text.finish(py))
                });
                t.slots().compare.set(|py, a, b, op| {
                    let (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) = (a.get::<$payload>(), b.get::<$payload>(), op) else {
                        return Ok(py.not_implemented());
                    };
                    ops::compare(py, &x.origin.obj(), &y.origin.obj(), op)
                });
                t.unhashable();
                t.getset("__origin__", |_, v| Ok(v.cast::<$payload>().origin.obj()), None);
                t.method("__mro_entries__", "($self, object, /)", Bound(mro_entries));
            }
        );
    };
}

spec_part!(
    ParamSpecArgsObj,
    PARAM_SPEC_ARGS,
    "typing.ParamSpecArgs",
    ".args",
    "paramspecargs",
    ARGS_NEW,
    "The positional parameters of a ParamSpec, as annotation of *args."
);
spec_part!(
    ParamSpecKwargsObj,
    PARAM_SPEC_KWARGS,
    "typing.ParamSpecKwargs",
    ".kwargs",
    "paramspeckwargs",
    KWARGS_NEW,
    "The keyword parameters of a ParamSpec, as annotation of **kwargs."
);
