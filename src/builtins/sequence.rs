//! What the sequence types share: concatenation and repetition against foreign operands, hash and comparison of items,
//! index arguments.

use crate::error::{PyResult, Raised};
use crate::object::names;
use crate::object::native::{Args, TypeDef};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// `a + b` where `a` is the sequence and `b` is no operand for it: the other type's operator, else TypeError.
#[cold]
pub fn concat_foreign(py: &Py, a: &Val, b: &Val, what: &str) -> PyResult<Obj> {
    let theirs = b.ty().slots.bin(BinOp::Add);
    if theirs.addr() != a.ty().slots.bin(BinOp::Add).addr()
        && let Some(f) = theirs.get()
    {
        let r = f(py, a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    Err(py.type_error(format!(
        "can only concatenate {what} (not \"{}\") to {what}",
        b.ty().name()
    )))
}

/// How often `seq * n` (or `n * seq`) repeats; `Err(Ok(v))` is the result of the other operand's own operator.
pub fn repeat_count(
    py: &Py,
    seq: &Val,
    n: &Val,
    seq_is_left: bool,
) -> PyResult<Result<usize, Obj>> {
    let w = n.word();
    if w.is_int() {
        return Ok(Ok(w.as_int().max(0) as usize));
    }
    let theirs = n.ty().slots.bin(BinOp::Mul);
    if seq_is_left
        && theirs.addr() != seq.ty().slots.bin(BinOp::Mul).addr()
        && let Some(f) = theirs.get()
    {
        let r = f(py, seq, n)?;
        if !r.is_not_implemented() {
            return Ok(Err(r));
        }
    }
    if n.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            n.ty().name()
        )));
    }
    Ok(Ok(ops::to_isize(py, n)?.max(0) as usize))
}

/// The hash of `len` item hashes in order (never -1).
pub fn hash_of(items: impl Iterator<Item = PyResult<i64>>, len: usize) -> PyResult<i64> {
    const P1: u64 = 11400714785074694791;
    const P2: u64 = 14029467366897019727;
    const P5: u64 = 2870177450012600261;
    let mut acc = P5;
    for h in items {
        acc = acc
            .wrapping_add((h? as u64).wrapping_mul(P2))
            .rotate_left(31)
            .wrapping_mul(P1);
    }
    acc = acc.wrapping_add(len as u64 ^ (P5 ^ 3527539));
    Ok(if acc == u64::MAX {
        1546275796
    } else {
        acc as i64
    })
}

/// Compares two item sequences that do not change.
pub fn compare_items(py: &Py, a: &[Val], b: &[Val], op: CmpOp) -> PyResult<Obj> {
    if a.len() != b.len() && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(py.bool(op == CmpOp::Ne));
    }
    py.check_native_stack()?;
    for (x, y) in a.iter().zip(b) {
        if !ops::eq(py, x, y)? {
            return match op {
                CmpOp::Eq => Ok(py.bool(false)),
                CmpOp::Ne => Ok(py.bool(true)),
                _ => ops::compare(py, x, y, op),
            };
        }
    }
    Ok(py.bool(op.of(a.len().cmp(&b.len()))))
}

/// An optional start or stop argument of `index` methods, as a position in a sequence of `len` items.
pub fn bound_arg(py: &Py, v: &Val, len: usize, absent: usize) -> PyResult<usize> {
    let Some(v) = v.given() else {
        return Ok(absent);
    };
    if v.ty().slots.index.get().is_none() {
        return Err(py.type_error("slice indices must be integers or have an __index__ method"));
    }
    let n = ops::clamp_index(py, v)?;
    Ok(if n < 0 {
        n.saturating_add(len as isize).max(0) as usize
    } else {
        n as usize
    })
}

/// Whether one of `items` is `v` or equal to it.
pub fn contains(py: &Py, items: &[Val], v: &Val) -> PyResult<bool> {
    for x in items {
        if ops::eq(py, x, v)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The optional single positional argument of a container's constructor.
pub fn one_arg<'a>(py: &Py, name: &str, args: Args<'a>) -> PyResult<Option<&'a Val>> {
    if args.has_keywords() {
        return Err(py.type_error(format!("{name}() takes no keyword arguments")));
    }
    match args.positional() {
        [] => Ok(None),
        [v] => Ok(Some(v)),
        more => Err(py.type_error(format!(
            "{name} expected at most 1 argument, got {}",
            more.len()
        ))),
    }
}

/// The TypeError of hashing `key`, worded for its `role`; other errors stay as they are.
#[cold]
pub fn unhashable(py: &Py, e: Raised, key: &Val, role: &str) -> Raised {
    if !crate::builtins::exceptions::TYPE_ERROR.is_exact(&e.0) {
        return e;
    }
    match ops::str(py, &e.0) {
        Ok(text) => py.type_error(format!(
            "cannot use '{}' as a {role} ({})",
            qualified_name(key.ty()),
            crate::builtins::str::lossy(&text)
        )),
        Err(e) => e,
    }
}

/// Module and qualified name of a type, without "builtins" and "__main__".
pub fn qualified_name(ty: &Type) -> String {
    if !ty.has(tf::HEAP) {
        return ty.full_name();
    }
    let name = ty.qualname.get().map_or_else(
        || ty.full_name(),
        |n| crate::builtins::str::lossy(&n).into_owned(),
    );
    match ty
        .dict()
        .get_interned(crate::thread::current(), &names::__module__)
    {
        Some(m)
            if !["builtins", "__main__"]
                .iter()
                .any(|s| crate::builtins::str::eq_text(&m, s))
                && m.get::<crate::builtins::str::StrObj>().is_some() =>
        {
            format!("{}.{name}", crate::builtins::str::lossy(&m))
        }
        _ => name,
    }
}

/// Binds the arguments of a constructor with `N` parameters, of which the first `required` must be given: absent ones are UNBOUND.
pub fn bind<const N: usize>(
    py: &Py,
    name: &str,
    params: [&str; N],
    required: usize,
    args: Args,
) -> PyResult<[Obj; N]> {
    let mut out = [const { None }; N];
    let (pos, given) = (args.positional(), args.all().len());
    if given > N {
        let bound = if required == N { "exactly" } else { "at most" };
        let s = if N == 1 { "" } else { "s" };
        return Err(py.type_error(format!(
            "{name}() takes {bound} {N} argument{s} ({given} given)"
        )));
    }
    for (o, v) in out.iter_mut().zip(pos) {
        *o = Some(v.to_obj());
    }
    for (key, v) in args.keywords() {
        let Some(i) = params
            .iter()
            .position(|p| crate::builtins::str::eq_text(key, p))
        else {
            let key = crate::builtins::str::lossy(key);
            return Err(py.type_error(format!(
                "{name}() got an unexpected keyword argument '{key}'"
            )));
        };
        if out[i].is_some() {
            return Err(py.type_error(format!(
                "argument for {name}() given by name ('{}') and position ({})",
                params[i],
                i + 1
            )));
        }
        out[i] = Some(v.to_obj());
    }
    if let Some(i) = out[..required].iter().position(Option::is_none) {
        return Err(py.type_error(format!(
            "{name}() missing required argument '{}' (pos {})",
            params[i],
            i + 1
        )));
    }
    Ok(out.map(|v| v.unwrap_or_else(Obj::unbound)))
}

/// Positional arguments of a function that takes no keywords, between `min` and `max` of them.
pub fn positional<'a>(
    py: &Py,
    name: &str,
    min: usize,
    max: usize,
    args: Args<'a>,
) -> PyResult<&'a [Val]> {
    if args.has_keywords() {
        return Err(py.type_error(format!("{name}() takes no keyword arguments")));
    }
    let n = args.positional().len();
    if n < min || n > max {
        let (bound, limit) = match (min == max, n < min) {
            (true, _) => ("", min),
            (false, true) => ("at least ", min),
            (false, false) => ("at most ", max),
        };
        let s = if limit == 1 { "" } else { "s" };
        return Err(py.type_error(format!(
            "{name} expected {bound}{limit} argument{s}, got {n}"
        )));
    }
    Ok(args.positional())
}

/// The arguments for a built-in constructor that takes no keywords. A subclass with an `__init__` of its own may take them.
pub fn without_keywords<'a>(
    py: &Py,
    def: &'static TypeDef,
    ty: &'static Type,
    args: Args<'a>,
) -> PyResult<Args<'a>> {
    if !args.has_keywords() {
        return Ok(args);
    }
    if ty.slots.init.addr() == def.ty().slots.init.addr() {
        return Err(py.type_error(format!("{}() takes no keyword arguments", def.ty().name())));
    }
    Ok(Args::pos(args.positional()))
}

/// The same for a built-in `__init__`: a subclass with a `__new__` of its own may take keywords.
pub fn init_without_keywords<'a>(
    py: &Py,
    def: &'static TypeDef,
    v: &Val,
    args: Args<'a>,
) -> PyResult<Args<'a>> {
    if !args.has_keywords() {
        return Ok(args);
    }
    if v.ty().slots.new.addr() == def.ty().slots.new.addr() {
        return Err(py.type_error(format!("{}() takes no keyword arguments", def.ty().name())));
    }
    Ok(Args::pos(args.positional()))
}
