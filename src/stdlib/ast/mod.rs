//! Module `_ast`: the classes of syntax tree nodes, made from the table in `nodes`.

pub mod convert;
pub mod lower;
mod lower_expr;
mod nodes;

use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::{self, StrObj};
use crate::builtins::{list, tuple};
use crate::error::PyResult;
use crate::object::base::OBJECT;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::layout_of_def;
use crate::object::native::{Args, TypeDef, TypeInit};
use crate::object::type_::{TYPE, tf};
use crate::object::value::{Obj, Val};
use crate::object::{instance, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// The base class of all nodes.
pub static AST: TypeDef = TypeDef::new(
    "ast.AST",
    Some(&OBJECT),
    layout_of_def(&OBJECT),
    tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF,
    init_base,
);

/// Flags of `compile()`.
const ONLY_AST: i64 = 0x400;
const TYPE_COMMENTS: i64 = 0x1000;
const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_ast");
    m.add("AST", AST.obj());
    m.int("PyCF_ONLY_AST", ONLY_AST)
        .int("PyCF_TYPE_COMMENTS", TYPE_COMMENTS);
    m.int("PyCF_ALLOW_TOP_LEVEL_AWAIT", ALLOW_TOP_LEVEL_AWAIT)
        .int("PyCF_OPTIMIZED_AST", OPTIMIZED_AST);
    let classes = dict::new(py);
    let table = classes.cast::<DictObj>();
    for line in nodes::TABLE.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(base)) = (words.next(), words.next()) else {
            continue;
        };
        let base = table.get_str(py, base).unwrap_or_else(|| AST.obj());
        let class = make_class(py, name, &base, &words.collect::<Vec<_>>())?;
        table.set_str(py, name, class.clone());
        m.add(name, class);
    }
    m.finish()
}

/// What stands at the end of a field's name in the table.
fn split_field(word: &str) -> (&str, Option<char>) {
    match word.chars().last() {
        Some(c @ ('*' | '?' | '!')) => (&word[..word.len() - 1], Some(c)),
        _ => (word, None),
    }
}

fn make_class(py: &Py, name: &str, base: &Obj, fields: &[&str]) -> PyResult<Obj> {
    let ns = dict::new(py);
    let d = ns.cast::<DictObj>();
    let (own, attributes): (Vec<&str>, Vec<&str>) =
        fields.iter().partition(|f| !f.starts_with('@'));
    let text = |f: &str| str::intern(py, split_field(f.trim_start_matches('@')).0);
    let fields = tuple::new(py, own.iter().map(|f| text(f)).collect());
    d.set_str(py, "__module__", py.str("ast"));
    d.set_str(py, "__match_args__", fields.clone());
    d.set_str(py, "_fields", fields);
    let (kinds, types) = (dict::new(py), dict::new(py));
    let object = OBJECT.obj();
    let lists =
        crate::builtins::type_obj::generic_alias(py, &crate::builtins::list::LIST.obj(), &object)?;
    for f in &own {
        let (n, kind) = split_field(f);
        let shown = kind.map_or_else(|| py.str(""), |c| py.str(&c.to_string()));
        kinds.cast::<DictObj>().set_str(py, n, shown);
        types.cast::<DictObj>().set_str(
            py,
            n,
            if kind == Some('*') {
                lists.clone()
            } else {
                object.clone()
            },
        );
        if kind == Some('?') {
            d.set_str(py, n, py.none());
        }
    }
    d.set_str(py, "_field_kinds", kinds);
    d.set_str(py, "_field_types", types);
    if !attributes.is_empty() {
        for a in attributes.iter().filter(|a| a.ends_with('?')) {
            d.set_str(py, split_field(&a[1..]).0, py.none());
        }
        d.set_str(
            py,
            "_attributes",
            tuple::new(py, attributes.iter().map(|a| text(a)).collect()),
        );
    }
    ops::call3(
        py,
        &TYPE.obj(),
        &str::intern(py, name),
        &tuple::new(py, vec![base.clone()]),
        &ns,
    )
}

fn names_of(py: &Py, v: &Val, attribute: &str) -> PyResult<Vec<Obj>> {
    match ops::getattr_opt(py, v, &str::intern(py, attribute))? {
        Some(f) => ops::collect(py, &f),
        None => Ok(Vec::new()),
    }
}

/// `Node(*fields, **fields_and_attributes)`: lists that are not given are empty, contexts are `Load()`.
fn init_node(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let fields = names_of(py, v, "_fields")?;
    let given = args.positional();
    let name = v.ty().name();
    if given.len() > fields.len() {
        let s = if fields.len() == 1 { "" } else { "s" };
        return Err(py.type_error(format!(
            "{name} constructor takes at most {} positional argument{s}",
            fields.len()
        )));
    }
    for (f, x) in fields.iter().zip(given) {
        ops::setattr(py, v, f, x)?;
    }
    for (key, x) in args.keywords() {
        if let Some(i) = fields.iter().position(|f| str::lossy(f) == str::lossy(key))
            && i < given.len()
        {
            let shown = ops::repr_text(py, key)?;
            return Err(py.type_error(format!("{name} got multiple values for argument {shown}")));
        }
        ops::setattr(py, v, key, x)?;
    }
    let Some(kinds) = ops::getattr_opt(py, v, &str::intern(py, "_field_kinds"))? else {
        return Ok(());
    };
    for f in fields.iter().skip(given.len()) {
        if instance::get(py, v, f).is_some() {
            continue;
        }
        let Some(kind) = kinds
            .get::<DictObj>()
            .map(|d| d.get(py, f))
            .transpose()?
            .flatten()
        else {
            continue;
        };
        match &*str::lossy(&kind) {
            "*" => ops::setattr(py, v, f, &list::new(py, Vec::new()))?,
            "!" => {
                let module = crate::import::import(py, "_ast")?;
                let load = ops::getattr_str(py, &module, "Load")?;
                let context = ops::call0(py, &load)?;
                ops::setattr(py, v, f, &context)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("..."));
    };
    py.check_native_stack()?;
    let mut text = str::Builder::new();
    text.push_str(&v.ty().name());
    text.push_str("(");
    let mut first = true;
    for f in names_of(py, v, "_fields")? {
        let Some(x) = ops::getattr_opt(py, v, &f)? else {
            continue;
        };
        if !first {
            text.push_str(", ");
        }
        first = false;
        text.push_obj(str::expect(py, &f, "field name")?);
        text.push_str("=");
        let shown = ops::repr(py, &x)?;
        if let Some(s) = shown.get::<StrObj>() {
            text.push_obj(s);
        }
    }
    text.push_str(")");
    Ok(text.finish(py))
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let state = instance::dict_of(py, &a[0]);
    Ok(tuple::new(
        py,
        vec![a[0].ty().to_obj(), tuple::empty(py), state],
    ))
}

/// `copy.replace(node, **changes)`
fn replace(py: &Py, args: Args) -> PyResult<Obj> {
    let [v] = args.positional() else {
        return Err(py.type_error("__replace__() takes no positional arguments"));
    };
    let new = ops::call0(py, &v.ty().to_obj())?;
    for n in names_of(py, v, "_fields")?
        .iter()
        .chain(&names_of(py, v, "_attributes")?)
    {
        if let Some(x) = ops::getattr_opt(py, v, n)? {
            ops::setattr(py, &new, n, &x)?;
        }
    }
    for (k, x) in args.keywords() {
        ops::setattr(py, &new, k, x)?;
    }
    Ok(new)
}

fn init_base(t: &mut TypeInit) {
    let py = t.py();
    for n in ["_fields", "_attributes", "__match_args__"] {
        t.attr(n, tuple::empty(py));
    }
    t.slots().init.set(init_node);
    t.slots().repr.set(repr);
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.method("__replace__", "($self, /, **fields)", Raw(replace));
}
