//! `typing.TypeAliasType`: what a `type` statement makes.

use super::lazy::Lazy;
use super::{caller_module, init_shared, iterate, params, unpack_type_var_tuples};
use crate::builtins::generic_alias;
use crate::builtins::str::StrObj;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::base::OBJECT;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{FnDef, Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::thread::Py;

/// Payload.
pub struct TypeAliasObj {
    name: Slot,
    /// Tuple; empty if the alias is not generic.
    type_params: Slot,
    value: Lazy,
    module: Slot,
}

impl Trace for TypeAliasObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.name, &self.type_params, &self.module] {
            t.slot(s);
        }
        self.value.trace(t);
    }
    fn clear(&self) {
        self.type_params.take();
        self.value.clear();
    }
}

crate::native_type!(
    /// The type `typing.TypeAliasType`.
    pub TYPE_ALIAS: TypeAliasObj = "typing.TypeAliasType", base OBJECT, flags tf::WEAKREF | tf::IMMUTABLE, init init
);

/// A type alias from the tuple (name, type parameters or None, function that computes the value).
pub fn type_alias(py: &Py, parts: &Val) -> PyResult<Obj> {
    let [name, type_params, compute] = parts.cast::<TupleObj>().items() else {
        return Err(py.system_error("type alias without its three parts"));
    };
    let a = TypeAliasObj {
        name: Slot::new(name.to_obj()),
        type_params: type_params
            .not_none()
            .map_or(Slot::empty(), |p| Slot::new(p.to_obj())),
        value: Lazy::computed(compute.to_obj()),
        module: Slot::empty(),
    };
    Ok(py.alloc(&TYPE_ALIAS, a))
}

fn me(v: &Val) -> &TypeAliasObj {
    v.cast::<TypeAliasObj>()
}

/// Checks that the items are type parameters and that those with defaults come last.
fn check_params(py: &Py, params: &Val) -> PyResult<()> {
    let mut seen_default = false;
    for p in params.cast::<TupleObj>().items() {
        match params::has_default(p) {
            None => {
                return Err(py.type_error(format!(
                    "Expected a type param, got {}",
                    ops::repr_text(py, p)?
                )));
            }
            Some(false) if seen_default => {
                let text = ops::repr_text(py, p)?;
                return Err(py.type_error(format!(
                    "non-default type parameter '{text}' follows default type parameter"
                )));
            }
            Some(d) => seen_default = d,
        }
    }
    Ok(())
}

static NEW: FnDef = FnDef::new(
    "typealias",
    "(name, value, *, type_params=())",
    Bound(|py, _| Ok(py.none())),
);

fn type_params(py: &Py, v: &Val) -> Obj {
    me(v).type_params.get().unwrap_or_else(|| tuple::empty(py))
}

fn init(t: &mut TypeInit) {
    t.doc("A type alias, made by a type statement: type Name[T] = value. The value is computed on first use.");
    init_shared(t, true);
    let s = t.slots();
    s.new.set(|py, ty, args| {
        let bound = NEW.bind(py, args)?;
        let a = Val::from_words(&bound);
        if a[0].get::<StrObj>().is_none() {
            let got = if a[0].is_none() {
                "None".to_string()
            } else {
                a[0].ty().name().into_owned()
            };
            return Err(py.type_error(format!(
                "typealias() argument 'name' must be str, not {got}"
            )));
        }
        let mut params = Slot::empty();
        if let Some(p) = a[2].given() {
            let Some(t) = p.get::<TupleObj>() else {
                return Err(py.type_error("type_params must be a tuple"));
            };
            check_params(py, p)?;
            if !t.is_empty() {
                params = Slot::new(p.to_obj());
            }
        }
        let alias = TypeAliasObj {
            name: Slot::new(a[0].to_obj()),
            type_params: params,
            value: Lazy::of(Some(a[1].to_obj())),
            module: caller_module(py).map_or(Slot::empty(), Slot::new),
        };
        Ok(py.alloc_in(ty, alias))
    });
    s.repr.set(|_, v| Ok(me(v).name.obj()));
    s.iter.set(iterate);
    s.getitem.set(|py, v, item| {
        if me(v).type_params.is_empty() {
            return Err(py.type_error("Only generic type aliases are subscriptable"));
        }
        generic_alias::new(py, v, item)
    });
    t.getset("__name__", |_, v| Ok(me(v).name.obj()), None);
    t.getset("__type_params__", |py, v| Ok(type_params(py, v)), None);
    t.getset(
        "__parameters__",
        |py, v| unpack_type_var_tuples(py, &type_params(py, v)),
        None,
    );
    t.getset(
        "__value__",
        |py, v| Ok(me(v).value.get(py)?.unwrap_or_else(|| py.none())),
        None,
    );
    t.getset(
        "evaluate_value",
        |py, v| Ok(me(v).value.evaluator(py)),
        None,
    );
    t.getset(
        "__module__",
        |py, v| match (me(v).module.get(), me(v).value.function()) {
            (Some(m), _) => Ok(m),
            (None, Some(f)) => ops::getattr(py, &f, &names::__module__),
            (None, None) => Ok(py.none()),
        },
        None,
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|_, a| Ok(me(&a[0]).name.obj())),
    );
}
