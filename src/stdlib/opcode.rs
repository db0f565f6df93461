//! `_opcode`: descriptions that the modules `opcode` and `dis` are built from.
//!
//! They describe the published instruction set; programs here run on another one, of which `dis` shows nothing.

use super::ModuleInit;
use crate::builtins::list;
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// First opcode with an argument, and first one that is no real instruction.
const HAVE_ARGUMENT: i64 = 43;
const LIMIT: i64 = 267;

const NB_OPS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

const INTRINSICS_1: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

const INTRINSICS_2: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_opcode");
    m.doc("Opcode support module.");
    m.function(
        "stack_effect",
        "($module, opcode, oparg=None, /, *, jump=None)",
        Bound(|py, a| {
            valid(py, &a[0])?;
            Ok(py.int(0))
        }),
    );
    m.function(
        "is_valid",
        "($module, /, opcode)",
        Bound(|py, a| {
            let n = ops::to_i64(py, &a[0])?;
            Ok(py.bool((0..LIMIT).contains(&n)))
        }),
    );
    m.function(
        "has_arg",
        "($module, /, opcode)",
        Bound(|py, a| Ok(py.bool(ops::to_i64(py, &a[0])? > HAVE_ARGUMENT))),
    );
    macro_rules! never {
        ($($name:literal)*) => {
            $(m.function($name, "($module, /, opcode)", Bound(|py, a| {
                ops::to_i64(py, &a[0])?;
                Ok(py.bool(false))
            }));)*
        };
    }
    never!("has_const" "has_name" "has_jump" "has_free" "has_local" "has_exc");
    m.function(
        "get_executor",
        "($module, /, *, code, offset)",
        Bound(|py, _| Err(py.value_error("no executor exists at address"))),
    );
    m.function(
        "get_specialization_stats",
        "($module, /)",
        Bound(|py, _| Ok(py.none())),
    );
    m.function(
        "get_nb_ops",
        "($module, /)",
        Bound(|py, _| {
            let pairs = NB_OPS
                .iter()
                .map(|(n, s)| tuple::new(py, vec![py.str(n), py.str(s)]))
                .collect();
            Ok(list::new(py, pairs))
        }),
    );
    m.function(
        "get_intrinsic1_descs",
        "($module, /)",
        Bound(|py, _| Ok(texts(py, &INTRINSICS_1))),
    );
    m.function(
        "get_intrinsic2_descs",
        "($module, /)",
        Bound(|py, _| Ok(texts(py, &INTRINSICS_2))),
    );
    m.function(
        "get_special_method_names",
        "($module, /)",
        Bound(|py, _| {
            Ok(texts(
                py,
                &["__enter__", "__exit__", "__aenter__", "__aexit__"],
            ))
        }),
    );
    m.finish()
}

fn texts(py: &Py, items: &[&str]) -> Obj {
    list::new(py, items.iter().map(|s| py.str(s)).collect())
}

fn valid(py: &Py, v: &Val) -> PyResult<()> {
    let n = ops::to_i64(py, v)?;
    if (0..LIMIT).contains(&n) {
        Ok(())
    } else {
        Err(py.value_error("invalid opcode or oparg"))
    }
}
