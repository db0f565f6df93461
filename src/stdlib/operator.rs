//! `_operator`: the operators as functions, and `itemgetter`, `attrgetter`, `methodcaller`.

use crate::builtins::iterators::push_repr;
use crate::builtins::str::{self, StrObj};
use crate::builtins::{int, sequence, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

macro_rules! functions {
    ($m:ident; $($name:literal $sig:literal => $f:expr;)*) => {
        $($m.function($name, $sig, Bound($f));)*
    };
}

macro_rules! binary {
    ($m:ident; $($name:literal $iname:literal $op:ident;)*) => {
        $(
            $m.function($name, "(a, b, /)", Bound(|py, a| ops::binary(py, BinOp::$op, &a[0], &a[1])));
            $m.function($iname, "(a, b, /)", Bound(|py, a| ops::inplace(py, BinOp::$op, &a[0], &a[1])));
        )*
    };
}

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_operator");
    m.doc("Operator interface: functions corresponding to the intrinsic operators of Python.");
    binary! { m;
        "add" "iadd" Add; "sub" "isub" Sub; "mul" "imul" Mul; "matmul" "imatmul" MatMul; "truediv" "itruediv" TrueDiv;
        "floordiv" "ifloordiv" FloorDiv; "mod" "imod" Mod; "pow" "ipow" Pow; "lshift" "ilshift" LShift; "rshift" "irshift" RShift;
        "and_" "iand" And; "or_" "ior" Or; "xor" "ixor" Xor;
    }
    functions! { m;
        "lt" "(a, b, /)" => |py, a| ops::compare(py, &a[0], &a[1], CmpOp::Lt);
        "le" "(a, b, /)" => |py, a| ops::compare(py, &a[0], &a[1], CmpOp::Le);
        "eq" "(a, b, /)" => |py, a| ops::compare(py, &a[0], &a[1], CmpOp::Eq);
        "ne" "(a, b, /)" => |py, a| ops::compare(py, &a[0], &a[1], CmpOp::Ne);
        "gt" "(a, b, /)" => |py, a| ops::compare(py, &a[0], &a[1], CmpOp::Gt);
        "ge" "(a, b, /)" => |py, a| ops::compare(py, &a[0], &a[1], CmpOp::Ge);
        "is_" "(a, b, /)" => |py, a| Ok(py.bool(a[0].is(&a[1])));
        "is_not" "(a, b, /)" => |py, a| Ok(py.bool(!a[0].is(&a[1])));
        "is_none" "(a, /)" => |py, a| Ok(py.bool(a[0].is_none()));
        "is_not_none" "(a, /)" => |py, a| Ok(py.bool(!a[0].is_none()));
        "not_" "(a, /)" => |py, a| Ok(py.bool(!ops::truth(py, &a[0])?));
        "truth" "(a, /)" => |py, a| Ok(py.bool(ops::truth(py, &a[0])?));
        "neg" "(a, /)" => |py, a| ops::neg(py, &a[0]);
        "pos" "(a, /)" => |py, a| ops::pos(py, &a[0]);
        "abs" "(a, /)" => |py, a| ops::abs(py, &a[0]);
        "inv" "(a, /)" => |py, a| ops::invert(py, &a[0]);
        "invert" "(a, /)" => |py, a| ops::invert(py, &a[0]);
        "index" "(a, /)" => index;
        "getitem" "(a, b, /)" => |py, a| ops::getitem(py, &a[0], &a[1]);
        "setitem" "(a, b, c, /)" => |py, a| ops::setitem(py, &a[0], &a[1], &a[2]).map(|()| py.none());
        "delitem" "(a, b, /)" => |py, a| ops::delitem(py, &a[0], &a[1]).map(|()| py.none());
        "contains" "(a, b, /)" => |py, a| Ok(py.bool(ops::contains(py, &a[0], &a[1])?));
        "concat" "(a, b, /)" => |py, a| concat(py, a, false);
        "iconcat" "(a, b, /)" => |py, a| concat(py, a, true);
        "countOf" "(a, b, /)" => count_of;
        "indexOf" "(a, b, /)" => index_of;
        "length_hint" "(obj, default=0, /)" => length_hint;
        "_compare_digest" "(a, b, /)" => compare_digest;
    }
    m.function(
        "call",
        "(obj, /, *args, **kwargs)",
        crate::object::native::function::NativeFnPtr::Raw(|py, args| match args.positional() {
            [f, ..] => ops::call(py, f, args.skip(1)),
            [] => Err(py.type_error("call expected at least 1 argument, got 0")),
        }),
    );
    m.ty(&ITEMGETTER).ty(&ATTRGETTER).ty(&METHODCALLER);
    m.finish()
}

/// Always an exact int.
fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = ops::index(py, &a[0])?;
    if int::INT.is_exact(&n) {
        return Ok(n);
    }
    Ok(int::to_big(&n).map_or(n.clone(), |b| int::from_big(py, b.into_owned())))
}

fn concat(py: &Py, a: &[Val], in_place: bool) -> PyResult<Obj> {
    if a[0].ty().slots.getitem.get().is_none() || a[0].ty().has(tf::DICT) {
        return Err(py.type_error(format!(
            "'{}' object can't be concatenated",
            a[0].ty().full_name()
        )));
    }
    if in_place {
        ops::inplace(py, BinOp::Add, &a[0], &a[1])
    } else {
        ops::binary(py, BinOp::Add, &a[0], &a[1])
    }
}

fn count_of(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let mut n = 0;
    ops::for_each(py, &a[0], &mut |x| {
        n += ops::eq(py, &x, &a[1])? as i64;
        Ok(true)
    })?;
    Ok(py.int(n))
}

fn index_of(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (mut n, mut found) = (0, false);
    ops::for_each(py, &a[0], &mut |x| {
        found = ops::eq(py, &x, &a[1])?;
        n += !found as i64;
        Ok(!found)
    })?;
    if found {
        Ok(py.int(n))
    } else {
        Err(py.value_error("sequence.index(x): x not in sequence"))
    }
}

fn length_hint(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let default = match a[1].given() {
        None => 0,
        Some(d) if int::view(d).is_none() => {
            return Err(py.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                d.ty().full_name()
            )));
        }
        Some(d) => ops::to_isize(py, d)?,
    };
    let s = &a[0].ty().slots;
    if s.len.get().is_none()
        && ops::special(py, &a[0], &crate::object::names::__length_hint__)?.is_none()
    {
        return Ok(py.int(default as i64));
    }
    Ok(py.int(hint(py, &a[0], default)?))
}

/// `len(v)`, else its `__length_hint__`, else the default.
fn hint(py: &Py, v: &Val, default: isize) -> PyResult<i64> {
    if v.ty().slots.len.get().is_some() {
        match ops::len(py, v) {
            Ok(n) => return Ok(n as i64),
            Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {}
            Err(e) => return Err(e),
        }
    }
    let r = match ops::call_special(py, v, &crate::object::names::__length_hint__, &[]) {
        Ok(Some(r)) if !r.is_not_implemented() => r,
        Ok(_) => return Ok(default as i64),
        Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => return Ok(default as i64),
        Err(e) => return Err(e),
    };
    if int::view(&r).is_none() {
        return Err(py.type_error(format!(
            "__length_hint__ must be an integer, not {}",
            r.ty().full_name()
        )));
    }
    match ops::to_isize(py, &r)? {
        n if n < 0 => Err(py.value_error("__length_hint__() should return >= 0")),
        n => Ok(n as i64),
    }
}

/// Comparison whose time does not depend on where the operands differ.
pub fn compare_digest(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let same = |x: &[u8], y: &[u8]| {
        let mut diff = (x.len() != y.len()) as u8;
        for (i, b) in y.iter().enumerate() {
            diff |= b ^ x.get(i).copied().unwrap_or(!b);
        }
        std::hint::black_box(diff) == 0
    };
    if let (Some(x), Some(y)) = (a[0].get::<StrObj>(), a[1].get::<StrObj>()) {
        if !x.is_ascii() || !y.is_ascii() {
            return Err(
                py.type_error("comparing strings with non-ASCII characters is not supported")
            );
        }
        return Ok(py.bool(same(x.bytes(), y.bytes())));
    }
    let (Some(f), Some(g)) = (a[0].ty().slots.buffer.get(), a[1].ty().slots.buffer.get()) else {
        return Err(py.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            a[0].ty().full_name(),
            a[1].ty().full_name()
        )));
    };
    let (x, y) = (f(py, &a[0], false)?, g(py, &a[1], false)?);
    Ok(py.bool(same(&x.to_vec(), &y.to_vec())))
}

/// Payload of `itemgetter` and `attrgetter`, written once: the items or names.
pub struct Getter {
    items: Slot,
}

impl Trace for Getter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.items);
    }
}

crate::native_type!(
    /// `operator.itemgetter`
    pub ITEMGETTER: Getter = "operator.itemgetter", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_itemgetter
);

/// Payload of `attrgetter`.
pub struct AttrGetter {
    /// The names as given.
    names: Slot,
    /// Each name split at its dots: a tuple of tuples of interned strs.
    paths: Slot,
}

impl Trace for AttrGetter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.names);
        t.slot(&self.paths);
    }
}

crate::native_type!(
    /// `operator.attrgetter`
    pub ATTRGETTER: AttrGetter = "operator.attrgetter", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_attrgetter
);

fn init_itemgetter(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new_itemgetter);
    s.call.set(call_itemgetter);
    s.repr
        .set(|py, v| repr(py, v, &v.cast::<Getter>().items.obj(), &[]));
    t.doc("Return a callable object that fetches the given item(s) from its operand.");
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            Ok(tuple::new(
                py,
                vec![a[0].ty().to_obj(), a[0].cast::<Getter>().items.obj()],
            ))
        }),
    );
}

fn no_keywords(py: &Py, name: &str, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        Err(py.type_error(format!("{name}() takes no keyword arguments")))
    } else {
        Ok(())
    }
}

fn new_itemgetter(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if std::ptr::eq(ty, ITEMGETTER.ty()) {
        no_keywords(py, "itemgetter", args)?;
    }
    if args.positional().is_empty() {
        return Err(py.type_error("itemgetter expected 1 argument, got 0"));
    }
    let items = tuple::from_slice(py, args.positional());
    Ok(py.alloc_in(
        ty,
        Getter {
            items: Slot::new(items),
        },
    ))
}

/// The single argument of a getter's call.
fn operand<'a>(py: &Py, name: &str, args: Args<'a>) -> PyResult<&'a Val> {
    no_keywords(py, name, args)?;
    match args.positional() {
        [v] => Ok(v),
        more => Err(py.type_error(format!("{name} expected 1 argument, got {}", more.len()))),
    }
}

fn call_itemgetter(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let x = operand(py, "itemgetter", args)?;
    // SAFETY: the field is written once, before the object is published.
    let items = unsafe { v.cast::<Getter>().items.fixed() }
        .cast::<tuple::TupleObj>()
        .items();
    if let [k] = items {
        return ops::getitem(py, x, k);
    }
    let found: PyResult<Vec<Obj>> = items.iter().map(|k| ops::getitem(py, x, k)).collect();
    Ok(tuple::new(py, found?))
}

/// "module.name(args, key=value)".
fn repr(py: &Py, v: &Val, args: &Val, keywords: &[(Obj, Obj)]) -> PyResult<Obj> {
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str(&format!("{}(...)", sequence::qualified_name(v.ty()))));
    };
    let mut b = str::Builder::new();
    b.push_str(&sequence::qualified_name(v.ty()));
    b.push_str("(");
    let mut first = true;
    for x in args.cast::<tuple::TupleObj>().items() {
        if !first {
            b.push_str(", ");
        }
        first = false;
        push_repr(py, &mut b, x)?;
    }
    for (k, x) in keywords {
        if !first {
            b.push_str(", ");
        }
        first = false;
        b.push_obj(k.cast::<StrObj>());
        b.push_str("=");
        push_repr(py, &mut b, x)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

fn init_attrgetter(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new_attrgetter);
    s.call.set(call_attrgetter);
    s.repr
        .set(|py, v| repr(py, v, &v.cast::<AttrGetter>().names.obj(), &[]));
    t.doc("Return a callable object that fetches the given attribute(s) from its operand.");
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            Ok(tuple::new(
                py,
                vec![a[0].ty().to_obj(), a[0].cast::<AttrGetter>().names.obj()],
            ))
        }),
    );
}

fn new_attrgetter(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if std::ptr::eq(ty, ATTRGETTER.ty()) {
        no_keywords(py, "attrgetter", args)?;
    }
    if args.positional().is_empty() {
        return Err(py.type_error("attrgetter expected 1 argument, got 0"));
    }
    let mut paths = Vec::new();
    for name in args.positional() {
        let Some(s) = name.get::<StrObj>() else {
            return Err(py.type_error("attribute name must be a string"));
        };
        let mut path = Vec::new();
        match s.to_utf8() {
            Some(text) => path.extend(text.split('.').map(|part| str::intern(py, part))),
            None => path.push(name.to_obj()),
        }
        paths.push(tuple::new(py, path));
    }
    let names = tuple::from_slice(py, args.positional());
    Ok(py.alloc_in(
        ty,
        AttrGetter {
            names: Slot::new(names),
            paths: Slot::new(tuple::new(py, paths)),
        },
    ))
}

fn call_attrgetter(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let x = operand(py, "attrgetter", args)?;
    // SAFETY: the field is written once, before the object is published.
    let paths = unsafe { v.cast::<AttrGetter>().paths.fixed() }
        .cast::<tuple::TupleObj>()
        .items();
    let get = |path: &Val| -> PyResult<Obj> {
        let mut x = x.to_obj();
        for name in path.cast::<tuple::TupleObj>().items() {
            x = ops::getattr(py, &x, name)?;
        }
        Ok(x)
    };
    if let [path] = paths {
        return get(path);
    }
    let found: PyResult<Vec<Obj>> = paths.iter().map(get).collect();
    Ok(tuple::new(py, found?))
}

/// Payload of `methodcaller`, written once.
pub struct MethodCaller {
    name: Slot,
    args: Slot,
    kwnames: Vec<Slot>,
    kwvalues: Vec<Slot>,
}

impl Trace for MethodCaller {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.name);
        t.slot(&self.args);
        self.kwnames
            .iter()
            .chain(&self.kwvalues)
            .for_each(|s| t.slot(s));
    }
}

crate::native_type!(
    /// `operator.methodcaller`
    pub METHODCALLER: MethodCaller = "operator.methodcaller", base crate::object::base::OBJECT, flags tf::BASETYPE,
    init init_methodcaller
);

fn init_methodcaller(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new_methodcaller);
    s.call.set(call_methodcaller);
    s.repr.set(repr_methodcaller);
    t.doc("Return a callable object that calls the given method on its operand.");
    t.method("__reduce__", "($self, /)", Bound(reduce_methodcaller));
}

fn new_methodcaller(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let Some((name, rest)) = args.positional().split_first() else {
        return Err(py.type_error("methodcaller needs at least one argument, the method name"));
    };
    if name.get::<StrObj>().is_none() {
        return Err(py.type_error("method name must be a string"));
    }
    let (kwnames, kwvalues) = args
        .keywords()
        .map(|(k, v)| (Slot::new(k.to_obj()), Slot::new(v.to_obj())))
        .unzip();
    let m = MethodCaller {
        name: Slot::new(str::intern_obj(py, name)),
        args: Slot::new(tuple::from_slice(py, rest)),
        kwnames,
        kwvalues,
    };
    Ok(py.alloc_in(ty, m))
}

fn call_methodcaller(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let x = operand(py, "methodcaller", args)?;
    let m = v.cast::<MethodCaller>();
    let stored = m.args.obj();
    let stored = stored.cast::<tuple::TupleObj>().items();
    if m.kwnames.is_empty() {
        return ops::call_method(py, x, &m.name.obj(), &stored.iter().collect::<Vec<_>>());
    }
    let f = ops::getattr(py, x, &m.name.obj())?;
    let mut all: Vec<Obj> = stored.iter().map(|v| v.to_obj()).collect();
    all.extend(m.kwvalues.iter().map(Slot::obj));
    let names: Vec<Obj> = m.kwnames.iter().map(Slot::obj).collect();
    let objs = crate::object::native::args::objs;
    ops::call(py, &f, Args::new(objs(&all), objs(&names)))
}

fn repr_methodcaller(py: &Py, v: &Val) -> PyResult<Obj> {
    let m = v.cast::<MethodCaller>();
    let mut args = vec![m.name.obj()];
    args.extend(
        m.args
            .obj()
            .cast::<tuple::TupleObj>()
            .items()
            .iter()
            .map(|v| v.to_obj()),
    );
    let kw: Vec<(Obj, Obj)> = m
        .kwnames
        .iter()
        .zip(&m.kwvalues)
        .map(|(k, v)| (k.obj(), v.obj()))
        .collect();
    repr(py, v, &tuple::new(py, args), &kw)
}

fn reduce_methodcaller(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let m = a[0].cast::<MethodCaller>();
    let mut args = vec![m.name.obj()];
    let rest = m.args.obj();
    let rest = rest
        .cast::<tuple::TupleObj>()
        .items()
        .iter()
        .map(|v| v.to_obj());
    if m.kwnames.is_empty() {
        args.extend(rest);
        return Ok(tuple::new(
            py,
            vec![a[0].ty().to_obj(), tuple::new(py, args)],
        ));
    }
    // A partial of the type with the keywords, called with the positional arguments.
    let partial = crate::stdlib::functools::PARTIAL.obj();
    let all = [a[0].ty().to_obj(), m.name.obj()];
    let mut all: Vec<Obj> = all.into();
    all.extend(m.kwvalues.iter().map(Slot::obj));
    let names: Vec<Obj> = m.kwnames.iter().map(Slot::obj).collect();
    let objs = crate::object::native::args::objs;
    let f = ops::call(py, &partial, Args::new(objs(&all), objs(&names)))?;
    Ok(tuple::new(py, vec![f, tuple::new(py, rest.collect())]))
}
