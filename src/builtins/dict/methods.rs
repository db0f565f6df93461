//! Methods of `dict`.

use super::views::{self, DICT_ITEMS, DICT_KEYS, DICT_VALUES, DictView};
use super::{DICT, DictObj};
use crate::builtins::iterators::{generic_alias, push_repr};
use crate::builtins::set;
use crate::error::PyResult;
use crate::object::names;
use crate::object::native::Args;
use crate::object::native::TypeDef;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::TypeInit;
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Fills the type `dict`.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, _| Ok(super::new_in(py, ty)));
    s.init.set(|py, v, args| update_from(py, v, "dict", args));
    s.repr.set(repr);
    s.compare.set(compare);
    s.iter.set(|py, v| Ok(views::key_iter(py, v)));
    s.len.set(|_, v| Ok(v.cast::<DictObj>().len()));
    s.contains
        .set(|py, v, k| v.cast::<DictObj>().contains(py, k));
    s.getitem.set(getitem);
    s.setitem.set(setitem);
    s.bin(BinOp::Or).set(or);
    s.inp(BinOp::Or).set(|py, a, b| {
        update(py, a.cast::<DictObj>(), b)?;
        Ok(a.to_obj())
    });
    t.unhashable();
    t.doc("dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs");
    t.method("get", "($self, key, default=None, /)", Bound(get));
    t.method(
        "setdefault",
        "($self, key, default=None, /)",
        Bound(setdefault),
    );
    t.method(
        "pop",
        "($self, key, default=<unrepresentable>, /)",
        Bound(pop),
    );
    t.method("popitem", "($self, /)", Bound(popitem));
    t.method(
        "keys",
        "($self, /)",
        Bound(|py, a| Ok(view(py, &DICT_KEYS, &a[0]))),
    );
    t.method(
        "values",
        "($self, /)",
        Bound(|py, a| Ok(view(py, &DICT_VALUES, &a[0]))),
    );
    t.method(
        "items",
        "($self, /)",
        Bound(|py, a| Ok(view(py, &DICT_ITEMS, &a[0]))),
    );
    t.method("update", "($self, *args, **kwargs)", Raw(update_method));
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| copy(py, a[0].cast::<DictObj>())),
    );
    t.method("clear", "($self, /)", Bound(clear));
    t.method(
        "__contains__",
        "($self, key, /)",
        Bound(|py, a| Ok(py.bool(a[0].cast::<DictObj>().contains(py, &a[1])?))),
    );
    t.method(
        "__getitem__",
        "($self, key, /)",
        Bound(|py, a| getitem(py, &a[0], &a[1])),
    );
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| Ok(views::reverse_key_iter(py, &a[0]))),
    );
    t.classmethod(
        "fromkeys",
        "($type, iterable, value=None, /)",
        Bound(fromkeys),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(generic_alias),
    );
}

fn view(py: &Py, def: &'static TypeDef, dict: &Val) -> Obj {
    py.alloc_in(
        def.ty(),
        DictView {
            dict: Slot::new(dict.to_obj()),
        },
    )
}

/// `update(mapping_or_pairs, **kwargs)` for the constructor and the method, by `what` in messages.
fn update_from(py: &Py, v: &Val, what: &str, args: Args) -> PyResult<()> {
    let d = v.cast::<DictObj>();
    match args.positional() {
        [] => {}
        [other] => update(py, d, other)?,
        more => {
            return Err(py.type_error(format!(
                "{what} expected at most 1 argument, got {}",
                more.len()
            )));
        }
    }
    for (k, x) in args.keywords() {
        d.set(py, k, x.to_obj())?;
    }
    Ok(())
}

fn update_method(py: &Py, args: Args) -> PyResult<Obj> {
    let all = args.all();
    update_from(py, &all[0], "update", args.skip(1))?;
    Ok(py.none())
}

/// Adds the items of a mapping or of a sequence of pairs.
pub fn update(py: &Py, d: &DictObj, other: &Val) -> PyResult<()> {
    if let Some(o) = other.get::<DictObj>()
        && other.ty().slots.iter.addr() == DICT.ty().slots.iter.addr()
    {
        return merge(py, d, o);
    }
    if let Some(keys) = ops::getattr_opt(py, other, &names::keys)? {
        let keys = ops::call0(py, &keys)?;
        return ops::for_each(py, &keys, &mut |k| {
            let v = ops::getitem(py, other, &k)?;
            d.set(py, &k, v)?;
            Ok(true)
        });
    }
    update_pairs(py, d, other)
}

/// Adds the items of a real dict.
pub fn merge(py: &Py, d: &DictObj, o: &DictObj) -> PyResult<()> {
    if std::ptr::eq(d, o) || o.is_empty() {
        return Ok(());
    }
    if d.is_empty() {
        d.reserve(py, o.len())?;
    }
    let n = o.len();
    let mut i = 0;
    while i < o.positions() {
        if let Some((k, hash, v)) = o.full_at(i) {
            d.set_hashed(py, &k, hash, v)?;
            if o.len() != n {
                return Err(py.runtime_error("dict mutated during update"));
            }
        }
        i += 1;
    }
    Ok(())
}

fn update_pairs(py: &Py, d: &DictObj, pairs: &Val) -> PyResult<()> {
    let mut i = 0usize;
    ops::for_each(py, pairs, &mut |pair| {
        let parts = items_of(py, &pair).map_err(|e| {
            if e.is(&crate::builtins::exceptions::TYPE_ERROR) {
                let note = py.str(&format!(
                    "Cannot convert dictionary update sequence element #{i} to a sequence"
                ));
                if let Err(other) = crate::builtins::exceptions::base::add_note(py, &e.0, &note) {
                    return other;
                }
            }
            e
        })?;
        let [k, v] = &parts[..] else {
            let n = parts.len();
            return Err(py.value_error(format!(
                "dictionary update sequence element #{i} has length {n}; 2 is required"
            )));
        };
        d.set(py, k, v.clone())?;
        i += 1;
        Ok(true)
    })
}

fn items_of(py: &Py, pair: &Val) -> PyResult<Vec<Obj>> {
    let s = &pair.ty().slots;
    if s.iter.get().is_none() && s.getitem.get().is_none() {
        return Err(py.type_error("object is not iterable"));
    }
    ops::collect(py, pair)
}

/// A plain dict with the same items.
pub fn copy(py: &Py, d: &DictObj) -> PyResult<Obj> {
    let new = super::new(py);
    merge(py, new.cast::<DictObj>(), d)?;
    Ok(new)
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let d = v.cast::<DictObj>();
    if d.is_empty() {
        return Ok(py.str("{}"));
    }
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Ok(py.str("{...}"));
    };
    py.check_native_stack()?;
    let mut b = crate::builtins::str::Builder::new();
    b.push_str("{");
    let (mut i, mut first) = (0, true);
    while i < d.positions() {
        if let Some((k, x)) = d.at(i) {
            if !first {
                b.push_str(", ");
            }
            first = false;
            push_repr(py, &mut b, &k)?;
            b.push_str(": ");
            push_repr(py, &mut b, &x)?;
        }
        i += 1;
    }
    b.push_str("}");
    Ok(b.finish(py))
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<DictObj>(), b.get::<DictObj>()) else {
        return Ok(py.not_implemented());
    };
    match op {
        CmpOp::Eq => Ok(py.bool(equal(py, x, y)?)),
        CmpOp::Ne => Ok(py.bool(!equal(py, x, y)?)),
        _ => Ok(py.not_implemented()),
    }
}

fn equal(py: &Py, x: &DictObj, y: &DictObj) -> PyResult<bool> {
    if x.len() != y.len() {
        return Ok(false);
    }
    py.check_native_stack()?;
    let mut i = 0;
    while i < x.positions() {
        if let Some((k, hash, v)) = x.full_at(i) {
            match y.get_hashed(py, &k, hash)? {
                Some(w) if ops::eq(py, &v, &w)? => {}
                _ => return Ok(false),
            }
        }
        i += 1;
    }
    Ok(true)
}

fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    if let Some(x) = v.cast::<DictObj>().get(py, k)? {
        return Ok(x);
    }
    if !DICT.is_exact(v)
        && let Some(x) = ops::call_special(py, v, &names::__missing__, &[k])?
    {
        return Ok(x);
    }
    Err(py.key_error(k))
}

fn setitem(py: &Py, v: &Val, k: &Val, x: Option<&Val>) -> PyResult<()> {
    let d = v.cast::<DictObj>();
    match x {
        Some(x) => d.set(py, k, x.to_obj()),
        None => match d.remove(py, k)? {
            Some(_) => Ok(()),
            None => Err(py.key_error(k)),
        },
    }
}

fn or(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<DictObj>(), b.get::<DictObj>()) else {
        return Ok(py.not_implemented());
    };
    let new = copy(py, x)?;
    merge(py, new.cast::<DictObj>(), y)?;
    Ok(new)
}

fn get(py: &Py, a: &[Val]) -> PyResult<Obj> {
    Ok(match a[0].cast::<DictObj>().get(py, &a[1])? {
        Some(v) => v,
        None => a[2].given().map_or_else(|| py.none(), Val::to_obj),
    })
}

fn setdefault(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let default = a[2].given().map_or_else(|| py.none(), Val::to_obj);
    a[0].cast::<DictObj>().set_default(py, &a[1], default)
}

fn pop(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let d = a[0].cast::<DictObj>();
    if let Some(v) = d.remove(py, &a[1])? {
        return Ok(v);
    }
    a[2].given()
        .map(Val::to_obj)
        .ok_or_else(|| py.key_error(&a[1]))
}

fn popitem(py: &Py, a: &[Val]) -> PyResult<Obj> {
    match a[0].cast::<DictObj>().pop_last() {
        Some((k, v)) => Ok(crate::builtins::tuple::new(py, vec![k, v])),
        None => Err(py.error(
            &crate::builtins::exceptions::KEY_ERROR,
            "popitem(): dictionary is empty",
        )),
    }
}

fn clear(py: &Py, a: &[Val]) -> PyResult<Obj> {
    a[0].cast::<DictObj>().clear_all();
    Ok(py.none())
}

fn fromkeys(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let value = a[2].given().map_or_else(|| py.none(), Val::to_obj);
    let new = ops::call0(py, &a[0])?;
    let plain = if DICT.is_exact(&new) {
        new.get::<DictObj>()
    } else {
        None
    };
    // Sets know the hashes of their items, and so do dicts.
    if let Some(d) = plain
        && let Some(keys) = hashed_keys(&a[1])
    {
        for (k, hash) in keys {
            d.set_hashed(py, &k, hash, value.clone())?;
        }
        return Ok(new);
    }
    ops::for_each(py, &a[1], &mut |k| {
        match plain {
            Some(d) => d.set(py, &k, value.clone())?,
            None => ops::setitem(py, &new, &k, &value)?,
        }
        Ok(true)
    })?;
    Ok(new)
}

/// The keys with their hashes, of an exact dict, set or frozenset.
fn hashed_keys(v: &Val) -> Option<Vec<(Obj, u64)>> {
    if DICT.is_exact(v) {
        let d = v.cast::<DictObj>();
        return Some(
            (0..d.positions())
                .filter_map(|i| d.full_at(i))
                .map(|(k, hash, _)| (k, hash))
                .collect(),
        );
    }
    if set::SET.is_exact(v) || set::FROZENSET.is_exact(v) {
        return Some(v.cast::<set::SetObj>().hashed_items());
    }
    None
}
