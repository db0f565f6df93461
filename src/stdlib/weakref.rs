//! Module `_weakref`: `ref`, the proxies, and the functions that look at them.

use crate::builtins::dict::DictObj;
use crate::builtins::list;
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::heap::weakref::{self, NO_HASH, WeakRefObj};
use crate::object::base::OBJECT;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::layout_of_def;
use crate::object::native::{Args, TypeDef, TypeInit};
use crate::object::slots::{BIN_OPS, BinOp, BinaryFn, CmpOp};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use std::sync::atomic::Ordering;

crate::native_type!(
    /// The type `weakref.ref`.
    pub REF: WeakRefObj = "weakref.ReferenceType", base OBJECT, flags tf::BASETYPE, init init_ref
);
/// The type of proxies for objects that cannot be called. It has the layout of `ref` without being a subclass.
pub static PROXY: TypeDef = TypeDef::new(
    "weakref.ProxyType",
    Some(&OBJECT),
    layout_of_def(&REF),
    0,
    |t| init_proxy(t, false),
);
/// The type of proxies for callable objects.
pub static CALLABLE_PROXY: TypeDef = TypeDef::new(
    "weakref.CallableProxyType",
    Some(&OBJECT),
    layout_of_def(&REF),
    0,
    |t| init_proxy(t, true),
);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_weakref");
    m.doc("Weak-reference support module.");
    m.add("ref", REF.obj()).add("ReferenceType", REF.obj());
    m.add("ProxyType", PROXY.obj())
        .add("CallableProxyType", CALLABLE_PROXY.obj());
    m.function(
        "getweakrefcount",
        "(object, /)",
        Bound(|py, a| Ok(py.int(weakref::refs_of(&a[0]).len() as i64))),
    );
    m.function(
        "getweakrefs",
        "(object, /)",
        Bound(|py, a| {
            let mut refs = weakref::refs_of(&a[0]);
            // The ones that are shared by all who ask for a plain reference or proxy come first, then the newest.
            refs.reverse();
            refs.sort_by_key(|r| {
                let shared = r.cast::<WeakRefObj>().callback.is_empty();
                match shared {
                    true if REF.is_exact(r) => 0,
                    true if is_proxy(r) => 1,
                    _ => 2,
                }
            });
            Ok(list::new(py, refs))
        }),
    );
    m.function(
        "proxy",
        "(object, callback=None, /)",
        Bound(|py, a| proxy(py, &a[0], a[1].not_none())),
    );
    m.function(
        "_remove_dead_weakref",
        "(dct, key, /)",
        Bound(|py, a| remove_dead(py, &a[0], &a[1])),
    );
    m.finish()
}

/// A weak reference to `target`; the existing one if there is one of exactly this type without callback.
pub fn new(py: &Py, ty: &'static Type, target: &Val, callback: Option<&Val>) -> PyResult<Obj> {
    if target.header().is_none() || !target.type_has(tf::WEAKREF) {
        return Err(py.type_error(format!(
            "cannot create weak reference to '{}' object",
            target.ty().name()
        )));
    }
    let plain = callback.is_none() && !ty.has(tf::HEAP);
    if plain {
        for r in weakref::refs_of(target) {
            if std::ptr::eq(r.ty(), ty) && r.cast::<WeakRefObj>().callback.is_empty() {
                return Ok(r);
            }
        }
    }
    let w = py.alloc_in(ty, WeakRefObj::new(callback.map(Val::to_obj)));
    weakref::attach(&w, target);
    Ok(w)
}

fn init_ref(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, args: Args| {
        let a = args.positional();
        match a {
            [] => Err(py.type_error("__new__ expected at least 1 argument, got 0")),
            [o] => new(py, ty, o, None),
            [o, c] => new(py, ty, o, c.not_none()),
            _ => Err(py.type_error(format!(
                "__new__ expected at most 2 arguments, got {}",
                a.len()
            ))),
        }
    });
    s.init.set(|py, _, args| {
        if args.has_keywords() {
            return Err(py.type_error("ref() takes no keyword arguments"));
        }
        let n = args.positional().len();
        if n == 0 {
            return Err(py.type_error("__init__ expected at least 1 argument, got 0"));
        }
        if n > 2 {
            return Err(py.type_error(format!("__init__ expected at most 2 arguments, got {n}")));
        }
        Ok(())
    });
    s.call.set(|py, v, args| {
        if args.has_keywords() {
            return Err(py.type_error("weakref() takes no keyword arguments"));
        }
        if !args.is_empty() {
            return Err(py.type_error(format!(
                "weakref expected 0 arguments, got {}",
                args.all().len()
            )));
        }
        Ok(v.cast::<WeakRefObj>().target().unwrap_or_else(|| py.none()))
    });
    s.repr.set(|py, v| describe(py, v, "weakref"));
    s.hash.set(|py, v| {
        let w = v.cast::<WeakRefObj>();
        // Relaxed: every thread computes the same value.
        let h = w.hash.load(Ordering::Relaxed);
        if h != NO_HASH {
            return Ok(h);
        }
        let Some(o) = w.target() else {
            return Err(py.type_error("weak object has gone away"));
        };
        let h = ops::hash(py, &o)?;
        w.hash.store(h, Ordering::Relaxed);
        Ok(h)
    });
    s.compare.set(|py, a, b, op| {
        let (Some(x), Some(y), true) = (
            a.get::<WeakRefObj>(),
            b.get::<WeakRefObj>(),
            matches!(op, CmpOp::Eq | CmpOp::Ne),
        ) else {
            return Ok(py.not_implemented());
        };
        match (x.target(), y.target()) {
            (Some(x), Some(y)) => ops::compare(py, &x, &y, op),
            _ => Ok(py.bool(a.is(b) == (op == CmpOp::Eq))),
        }
    });
    t.getset(
        "__callback__",
        |py, v| {
            Ok(v.cast::<WeakRefObj>()
                .callback
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(|py, a| crate::builtins::type_obj::generic_alias(py, &a[0], &a[1])),
    );
}

/// `<weakref at 0x...; to 'T' at 0x... (name)>`
fn describe(py: &Py, v: &Val, what: &str) -> PyResult<Obj> {
    let at = v.id();
    let Some(o) = v.cast::<WeakRefObj>().target() else {
        return Ok(py.str(&format!("<{what} at {at:#x}; dead>")));
    };
    let ty = type_name(py, o.ty());
    let mut text = format!("<{what} at {at:#x}; to '{ty}' at {:#x}", o.id());
    if let Some(n) = ops::special(py, &o, &names::__name__)?
        && let Some(n) = n.get::<StrObj>()
        && what == "weakref"
    {
        text.push_str(&format!(" ({})", n.lossy()));
    }
    text.push('>');
    Ok(py.str(&text))
}

/// Module and qualified name; no module for built-in types.
fn type_name(py: &Py, t: &Type) -> String {
    let get = |n: &Val| {
        t.dict()
            .get_interned(py, n)
            .and_then(|v| v.get::<StrObj>().map(|s| s.lossy().into_owned()))
    };
    let name = t.qualname.get().map_or_else(
        || t.name().into_owned(),
        |q| crate::builtins::str::lossy(&q).into_owned(),
    );
    match get(&names::__module__) {
        Some(m) if m != "builtins" && m != "__main__" => format!("{m}.{name}"),
        _ if !t.has(tf::HEAP) => t.full_name(),
        _ => name,
    }
}

fn remove_dead(py: &Py, dict: &Val, key: &Val) -> PyResult<Obj> {
    let Some(d) = dict.get::<DictObj>() else {
        let got = dict.ty().name();
        return Err(py.type_error(format!(
            "_remove_dead_weakref() argument 1 must be dict, not {got}"
        )));
    };
    if let Some(v) = d.get(py, key)? {
        let Some(w) = v.get::<WeakRefObj>() else {
            return Err(py.type_error("not a weakref"));
        };
        if w.is_dead() {
            d.remove(py, key)?;
        }
    }
    Ok(py.none())
}

// --- proxies ---

fn proxy(py: &Py, target: &Val, callback: Option<&Val>) -> PyResult<Obj> {
    let def = if target.ty().slots.call.get().is_some() {
        &CALLABLE_PROXY
    } else {
        &PROXY
    };
    new(py, def.ty(), target, callback)
}

fn is_proxy(v: &Val) -> bool {
    PROXY.is_exact(v) || CALLABLE_PROXY.is_exact(v)
}

/// The object behind a proxy; other values themselves.
fn referent(py: &Py, v: &Val) -> PyResult<Obj> {
    if !is_proxy(v) {
        return Ok(v.to_obj());
    }
    v.cast::<WeakRefObj>()
        .target()
        .ok_or_else(|| py.reference_error("weakly-referenced object no longer exists"))
}

fn binary<const OP: usize>(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    ops::binary(py, BinOp::ALL[OP], &*referent(py, a)?, &*referent(py, b)?)
}

fn inplace<const OP: usize>(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    ops::inplace(py, BinOp::ALL[OP], &*referent(py, a)?, &*referent(py, b)?)
}

const BINARY: [BinaryFn; BIN_OPS] = [
    binary::<0>,
    binary::<1>,
    binary::<2>,
    binary::<3>,
    binary::<4>,
    binary::<5>,
    binary::<6>,
    binary::<7>,
    binary::<8>,
    binary::<9>,
    binary::<10>,
    binary::<11>,
    binary::<12>,
];

const INPLACE: [BinaryFn; BIN_OPS] = [
    inplace::<0>,
    inplace::<1>,
    inplace::<2>,
    inplace::<3>,
    inplace::<4>,
    inplace::<5>,
    inplace::<6>,
    inplace::<7>,
    inplace::<8>,
    inplace::<9>,
    inplace::<10>,
    inplace::<11>,
    inplace::<12>,
];

fn init_proxy(t: &mut TypeInit, callable: bool) {
    let s = t.slots();
    s.repr.set(|py, v| describe(py, v, "weakproxy"));
    s.str.set(|py, v| ops::str(py, &*referent(py, v)?));
    s.hash.set(crate::object::slots::hash_not_implemented);
    s.compare
        .set(|py, a, b, op| ops::compare(py, &*referent(py, a)?, &*referent(py, b)?, op));
    s.getattr
        .set(|py, v, name| ops::getattr(py, &*referent(py, v)?, name));
    s.setattr.set(|py, v, name, value| {
        let o = referent(py, v)?;
        match value {
            Some(x) => ops::setattr(py, &o, name, x),
            None => ops::delattr(py, &o, name),
        }
    });
    s.bool.set(|py, v| ops::truth(py, &*referent(py, v)?));
    s.len.set(|py, v| ops::len(py, &*referent(py, v)?));
    s.contains
        .set(|py, v, x| ops::contains(py, &*referent(py, v)?, x));
    s.getitem
        .set(|py, v, k| ops::getitem(py, &*referent(py, v)?, k));
    s.setitem.set(|py, v, k, value| {
        let o = referent(py, v)?;
        match value {
            Some(x) => ops::setitem(py, &o, k, x),
            None => ops::delitem(py, &o, k),
        }
    });
    s.iter.set(|py, v| ops::iter(py, &*referent(py, v)?));
    s.next.set(|py, v| {
        let o = referent(py, v)?;
        if o.ty().slots.next.get().is_none() {
            return Err(py.type_error(format!(
                "Weakref proxy referenced a non-iterator '{}' object",
                o.ty().full_name()
            )));
        }
        ops::next(py, &o)
    });
    s.neg.set(|py, v| ops::neg(py, &*referent(py, v)?));
    s.pos.set(|py, v| ops::pos(py, &*referent(py, v)?));
    s.invert.set(|py, v| ops::invert(py, &*referent(py, v)?));
    s.abs.set(|py, v| ops::abs(py, &*referent(py, v)?));
    s.int
        .set(|py, v| ops::call1(py, &crate::builtins::int::INT.obj(), &*referent(py, v)?));
    s.float
        .set(|py, v| ops::call1(py, &crate::builtins::float::FLOAT.obj(), &*referent(py, v)?));
    s.index.set(|py, v| ops::index(py, &*referent(py, v)?));
    s.pow3.set(|py, a, b, c| {
        ops::pow3(
            py,
            &*referent(py, a)?,
            &*referent(py, b)?,
            &*referent(py, c)?,
        )
    });
    for i in 0..BIN_OPS {
        s.binary[i].set(BINARY[i]);
        s.inplace[i].set(INPLACE[i]);
    }
    if callable {
        s.call
            .set(|py, v, args| ops::call(py, &*referent(py, v)?, args));
    }
    t.method(
        "__bytes__",
        "($self, /)",
        Bound(|py, a| {
            let o = referent(py, &a[0])?;
            ops::call_method(py, &o, &names::__bytes__, &[])
        }),
    );
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| {
            let o = referent(py, &a[0])?;
            ops::call_method(py, &o, &names::__reversed__, &[])
        }),
    );
    t.attr("__hash__", t.py().none());
}
