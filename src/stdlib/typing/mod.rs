//! Module `_typing`: type parameters, type aliases, `Generic`, and the entries that type parameter syntax compiles to.

pub mod alias;
mod lazy;
pub mod params;

use crate::builtins::singletons::NONE_TYPE;
use crate::builtins::tuple::{self, TupleObj};
use crate::builtins::union_::UNION;
use crate::error::PyResult;
use crate::import;
use crate::object::base::OBJECT;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::layout_of_def;
use crate::object::native::{Args, TypeDef, TypeInit};
use crate::object::slots::BinOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::object::{instance, names, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub use alias::type_alias;
pub use params::{param_spec, set_default, type_var, type_var_tuple};

/// The type `typing.Generic`.
pub static GENERIC: TypeDef = TypeDef::new(
    "typing.Generic",
    Some(&OBJECT),
    layout_of_def(&OBJECT),
    tf::BASETYPE,
    init_generic,
);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_typing");
    m.doc("Primitives and accelerators for the typing module.\n");
    m.function("_idfunc", "(x, /)", Bound(|_, a| Ok(a[0].to_obj())));
    m.ty(&params::TYPE_VAR)
        .ty(&params::PARAM_SPEC)
        .ty(&params::TYPE_VAR_TUPLE);
    m.ty(&params::PARAM_SPEC_ARGS)
        .ty(&params::PARAM_SPEC_KWARGS);
    m.ty(&alias::TYPE_ALIAS).ty(&GENERIC);
    m.add("Union", UNION.obj())
        .add("NoDefault", lazy::no_default(py));
    m.finish()
}

/// `Generic[...]` for the tuple of a class statement's type parameters.
pub fn subscript_generic(py: &Py, params: &Val) -> PyResult<Obj> {
    call_typing(
        py,
        "_GenericAlias",
        &[&GENERIC.obj(), &*unpack_type_var_tuples(py, params)?],
    )
}

/// Calls a function of the module `typing`.
fn call_typing(py: &Py, name: &str, args: &[&Val]) -> PyResult<Obj> {
    let f = ops::getattr_str(py, &*import::import(py, "typing")?, name)?;
    let args: Vec<Obj> = args.iter().map(|v| v.to_obj()).collect();
    ops::call_objs(py, &f, &args)
}

/// `typing.Unpack[v]`
fn unpack(py: &Py, v: &Val) -> PyResult<Obj> {
    let unpack = ops::getattr_str(py, &*import::import(py, "typing")?, "Unpack")?;
    ops::getitem(py, &unpack, v)
}

/// The parameters with each TypeVarTuple wrapped in `Unpack`.
fn unpack_type_var_tuples(py: &Py, params: &Val) -> PyResult<Obj> {
    let Some(t) = params.get::<TupleObj>() else {
        return Err(py.type_error(format!(
            "Expected a tuple, got {}",
            ops::repr_text(py, params)?
        )));
    };
    if !t.items().iter().any(|p| params::TYPE_VAR_TUPLE.is_exact(p)) {
        return Ok(params.to_obj());
    }
    let mut out = Vec::with_capacity(t.len());
    for p in t.items() {
        out.push(if params::TYPE_VAR_TUPLE.is_exact(p) {
            unpack(py, p)?
        } else {
            p.to_obj()
        });
    }
    Ok(tuple::new(py, out))
}

/// The iterator of `*v` in a type argument list: yields `Unpack[v]`.
fn iterate(py: &Py, v: &Val) -> PyResult<Obj> {
    ops::iter(py, &tuple::new(py, vec![unpack(py, v)?]))
}

/// The operator `|` with a type parameter or alias on either side.
fn or(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    ops::getitem(
        py,
        &UNION.obj(),
        &tuple::new(py, vec![a.to_obj(), b.to_obj()]),
    )
}

/// The name of the module whose code runs.
fn caller_module(py: &Py) -> Option<Obj> {
    let frame = py.interp.frames().next()?;
    // SAFETY: a record of a running frame, whose function keeps its globals.
    let func = unsafe { (*frame).func };
    let func = Val::from_word_ref(&func).get::<crate::builtins::function::FuncObj>()?;
    func.globals
        .cast::<crate::builtins::dict::DictObj>()
        .get_interned(py, &names::__name__)
}

/// Remembers in the instance which module made it, for pickling by name.
fn set_module(py: &Py, v: &Val) {
    if let Some(m) = caller_module(py) {
        instance::set(py, v, &names::__module__, m);
    }
}

/// What type parameters have in common with other types of the module: `|`, pickling by name, no subclasses of instances.
fn init_shared(t: &mut TypeInit, has_or: bool) {
    if has_or {
        t.slots().bin(BinOp::Or).set(or);
    }
    let module = t.py().str("typing");
    t.attr("__module__", module);
}

/// The name of a native type as messages say it: without module.
fn short_name(v: &Val) -> String {
    v.ty().name().into_owned()
}

fn mro_entries(py: &Py, a: &[Val]) -> PyResult<Obj> {
    Err(py.type_error(format!(
        "Cannot subclass an instance of {}",
        short_name(&a[0])
    )))
}

fn init_generic(t: &mut TypeInit) {
    t.doc(
        "Base class of generic classes.\n\nA class statement with type parameters (class C[T]: ...) has it as a base implicitly;\nbefore Python 3.12 it was named: class C(Generic[T]): ...",
    );
    let module = t.py().str("typing");
    t.attr("__module__", module);
    t.classmethod(
        "__class_getitem__",
        "($type, /, *args, **kwargs)",
        Raw(|py, a| forward(py, "_generic_class_getitem", a)),
    );
    t.classmethod(
        "__init_subclass__",
        "($type, /, *args, **kwargs)",
        Raw(|py, a| forward(py, "_generic_init_subclass", a)),
    );
}

fn forward(py: &Py, name: &str, args: Args) -> PyResult<Obj> {
    let f = ops::getattr_str(py, &*import::import(py, "typing")?, name)?;
    ops::call(py, &f, args)
}

/// The text of a type in annotations of the STRING format.
fn type_text(py: &Py, out: &mut String, v: &Val) -> PyResult<()> {
    if v.is(&NONE_TYPE.obj()) || v.is_none() {
        out.push_str("None");
        return Ok(());
    }
    let Some(t) = v.get::<TupleObj>() else {
        return crate::builtins::generic_alias::push_type(py, out, v);
    };
    out.push('(');
    for (i, x) in t.items().iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        py.check_native_stack()?;
        type_text(py, out, x)?;
    }
    if t.len() == 1 {
        out.push(',');
    }
    out.push(')');
    Ok(())
}

/// Checks a type argument with `typing._type_check`.
fn type_check(py: &Py, v: &Val, msg: &str) -> PyResult<Obj> {
    if v.is_none() {
        return Ok(NONE_TYPE.obj());
    }
    call_typing(py, "_type_check", &[v, &py.str(msg)])
}
