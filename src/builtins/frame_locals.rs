//! `FrameLocalsProxy`: `frame.f_locals` of functions, a mapping that reads and writes the frame's variables.
//!
//! Names that the code does not have go to a dict of the frame object.

use crate::builtins::cell::CellObj;
use crate::builtins::code::CodeObj;
use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::frame::{FRAME, FrameObj};
use crate::builtins::str::StrObj;
use crate::builtins::{list, str, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Payload.
pub struct FrameLocalsObj {
    frame: Obj,
}

impl Trace for FrameLocalsObj {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.frame);
    }
}

crate::native_type!(
    /// The type `FrameLocalsProxy`.
    pub FRAME_LOCALS: FrameLocalsObj = "FrameLocalsProxy", base crate::object::base::OBJECT, flags tf::MAPPING, init init
);

/// The proxy of a frame object.
pub fn new(py: &Py, frame: &Val) -> Obj {
    py.alloc(
        &FRAME_LOCALS,
        FrameLocalsObj {
            frame: frame.to_obj(),
        },
    )
}

fn frame(v: &Val) -> &FrameObj {
    v.cast::<FrameLocalsObj>().frame.cast::<FrameObj>()
}

/// Content of slot `i`, through its cell.
fn content(f: &FrameObj, code: &CodeObj, i: usize) -> Option<Obj> {
    let v = f.slot(i)?;
    if i >= code.nlocals()
        && let Some(c) = v.get::<CellObj>()
    {
        return c.value.get();
    }
    Some(v)
}

/// The slots that have the name `key`: parameters that are cells have two.
fn slots_of(py: &Py, code: &CodeObj, key: &Val) -> PyResult<Vec<usize>> {
    let all = 0..code.locals as usize;
    if str::STR.is_exact(key) {
        let key = str::intern_obj(py, key);
        return Ok(all.filter(|&i| code.slot_name(i).is(&key)).collect());
    }
    ops::hash(py, key)?;
    let mut found = Vec::new();
    for i in all {
        if ops::eq(py, code.slot_name(i), key)? {
            found.push(i);
        }
    }
    Ok(found)
}

fn visible(name: &Val) -> bool {
    !name
        .get::<StrObj>()
        .is_some_and(|s| s.lossy().starts_with('.'))
}

fn find(py: &Py, v: &Val, key: &Val) -> PyResult<Option<Obj>> {
    let f = frame(v);
    let code = f.code.cast::<CodeObj>();
    let slots = slots_of(py, code, key)?;
    if let Some(found) = slots.iter().find_map(|&i| content(f, code, i)) {
        return Ok(Some(found));
    }
    match f.extra.get() {
        Some(d) => d.cast::<DictObj>().get(py, key),
        None => Ok(None),
    }
}

fn store(py: &Py, v: &Val, key: &Val, value: &Val) -> PyResult<()> {
    let f = frame(v);
    let code = f.code.cast::<CodeObj>();
    let slots = slots_of(py, code, key)?;
    for &i in slots.iter().rev() {
        // The cell, once it exists, is what the code reads.
        if i >= code.nlocals() {
            if let Some(cell) = f.slot(i) {
                if let Some(c) = cell.get::<CellObj>() {
                    c.value.set(value.to_obj());
                    return Ok(());
                }
            }
        } else {
            f.set_slot(i, value.to_obj());
            return Ok(());
        }
    }
    let d = match f.extra.get() {
        Some(d) => d,
        None => {
            let d = dict::new(py);
            f.extra.set(d.clone());
            d
        }
    };
    d.cast::<DictObj>().set(py, key, value.to_obj())
}

/// Takes out a variable that is not the code's own.
fn remove(py: &Py, v: &Val, key: &Val) -> PyResult<Option<Obj>> {
    let f = frame(v);
    if !slots_of(py, f.code.cast::<CodeObj>(), key)?.is_empty() {
        return Err(py.value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    match f.extra.get() {
        Some(d) => {
            let found = d.cast::<DictObj>().get(py, key)?;
            if found.is_some() {
                ops::delitem(py, &d, key)?;
            }
            Ok(found)
        }
        None => Ok(None),
    }
}

/// Everything as a dict of its own.
fn snapshot(py: &Py, v: &Val) -> Obj {
    let f = frame(v);
    let code = f.code.cast::<CodeObj>();
    let d = dict::new(py);
    for i in 0..code.locals as usize {
        let name = code.slot_name(i);
        if visible(name)
            && let Some(x) = content(f, code, i)
        {
            d.cast::<DictObj>().set_interned(py, name, x);
        }
    }
    if let Some(extra) = f.extra.get() {
        for (k, x) in extra.cast::<DictObj>().items() {
            // Keys that were hashable once; an error of a key's `__eq__` leaves that key out.
            let _ = d.cast::<DictObj>().set(py, &k, x);
        }
    }
    d
}

fn items(py: &Py, v: &Val) -> Vec<(Obj, Obj)> {
    snapshot(py, v).cast::<DictObj>().items()
}

fn merge(py: &Py, v: &Val, other: &Val) -> PyResult<()> {
    let all = if FRAME_LOCALS.is_exact(other) {
        items(py, other)
    } else {
        ops::call1(py, &DICT.obj(), other)?
            .cast::<DictObj>()
            .items()
    };
    for (k, x) in all {
        store(py, v, &k, &x)?;
    }
    Ok(())
}

fn mergeable(v: &Val) -> bool {
    DICT.check(v) || FRAME_LOCALS.is_exact(v)
}

fn default_args<'a>(py: &Py, name: &str, args: &'a [Val]) -> PyResult<(&'a Val, Option<&'a Val>)> {
    match args {
        [k] => Ok((k, None)),
        [k, d] => Ok((k, Some(d))),
        _ => Err(py.type_error(format!("{name} expected 1 or 2 arguments"))),
    }
}

fn no_keywords(py: &Py, name: &str, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(py.type_error(format!(
            "FrameLocalsProxy.{name}() takes no keyword arguments"
        )));
    }
    Ok(())
}

fn get(py: &Py, args: Args) -> PyResult<Obj> {
    no_keywords(py, "get", args)?;
    let a = args.positional();
    let (k, d) = default_args(py, "get", &a[1..])?;
    Ok(match find(py, &a[0], k)? {
        Some(x) => x,
        None => d.map_or_else(|| py.none(), Val::to_obj),
    })
}

fn setdefault(py: &Py, args: Args) -> PyResult<Obj> {
    no_keywords(py, "setdefault", args)?;
    let a = args.positional();
    let (k, d) = default_args(py, "setdefault", &a[1..])?;
    if let Some(x) = find(py, &a[0], k)? {
        return Ok(x);
    }
    let d = d.map_or_else(|| py.none(), Val::to_obj);
    store(py, &a[0], k, &d)?;
    Ok(d)
}

fn pop(py: &Py, args: Args) -> PyResult<Obj> {
    no_keywords(py, "pop", args)?;
    let a = args.positional();
    let (k, d) = default_args(py, "pop", &a[1..])?;
    match (remove(py, &a[0], k)?, d) {
        (Some(x), _) => Ok(x),
        (None, Some(d)) => Ok(d.to_obj()),
        (None, None) => Err(py.key_error(k)),
    }
}

fn update(py: &Py, args: Args) -> PyResult<Obj> {
    no_keywords(py, "update", args)?;
    let [v, other] = args.positional() else {
        return Err(py.type_error(format!(
            "FrameLocalsProxy.update() takes exactly one argument ({} given)",
            args.positional().len() - 1
        )));
    };
    if !mergeable(other) {
        return Err(py.type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    merge(py, v, other)?;
    Ok(py.none())
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, _, args| match args.all() {
        [f] if FRAME.is_exact(f) => Ok(new(py, f)),
        [f] => Err(py.type_error(format!("expect frame, not {}", f.ty().name()))),
        a => Err(py.type_error(format!(
            "FrameLocalsProxy expected 1 argument, got {}",
            a.len()
        ))),
    });
    s.repr.set(|py, v| {
        let Some(_guard) = ops::repr_enter(py, v) else {
            return Ok(py.str("{...}"));
        };
        ops::repr(py, &snapshot(py, v))
    });
    s.len.set(|py, v| Ok(items(py, v).len()));
    s.iter.set(|py, v| {
        let keys = items(py, v).into_iter().map(|i| i.0).collect();
        ops::iter(py, &list::new(py, keys))
    });
    s.getitem.set(|py, v, k| match find(py, v, k)? {
        Some(x) => Ok(x),
        None => Err(py.error(
            &crate::builtins::exceptions::KEY_ERROR,
            &format!("local variable '{}' is not defined", ops::repr_text(py, k)?),
        )),
    });
    s.setitem.set(|py, v, k, x| match x {
        Some(x) => store(py, v, k, x),
        None => match remove(py, v, k)? {
            Some(_) => Ok(()),
            None => Err(py.key_error(k)),
        },
    });
    s.contains.set(|py, v, k| Ok(find(py, v, k)?.is_some()));
    s.compare.set(|py, a, b, op| {
        let negated = match op {
            CmpOp::Eq => false,
            CmpOp::Ne => true,
            _ => return Ok(py.not_implemented()),
        };
        let same = if let Some(o) = b.get::<FrameLocalsObj>() {
            a.cast::<FrameLocalsObj>().frame.is(&o.frame)
        } else if DICT.check(b) {
            ops::eq(py, &snapshot(py, a), b)?
        } else {
            return Ok(py.not_implemented());
        };
        Ok(py.bool(same != negated))
    });
    s.bin(BinOp::Or).set(|py, a, b| {
        if !mergeable(a) || !mergeable(b) {
            return Ok(py.not_implemented());
        }
        let plain = |v: &Val| {
            if FRAME_LOCALS.is_exact(v) {
                snapshot(py, v)
            } else {
                v.to_obj()
            }
        };
        let d = ops::call1(py, &DICT.obj(), &plain(a))?;
        for (k, x) in plain(b).cast::<DictObj>().items() {
            d.cast::<DictObj>().set(py, &k, x)?;
        }
        Ok(d)
    });
    s.inp(BinOp::Or).set(|py, a, b| {
        if a.get::<FrameLocalsObj>().is_none() || !mergeable(b) {
            return Ok(py.not_implemented());
        }
        merge(py, a, b)?;
        Ok(a.to_obj())
    });
    t.method("get", "($self, *args, **kwargs)", Raw(get));
    t.method("setdefault", "($self, *args, **kwargs)", Raw(setdefault));
    t.method("pop", "($self, *args, **kwargs)", Raw(pop));
    t.method("update", "($self, *args, **kwargs)", Raw(update));
    t.method("copy", "($self, /)", Bound(|py, a| Ok(snapshot(py, &a[0]))));
    t.method(
        "keys",
        "($self, /)",
        Bound(|py, a| {
            let all = items(py, &a[0]);
            Ok(list::new(py, all.into_iter().map(|i| i.0).collect()))
        }),
    );
    t.method(
        "values",
        "($self, /)",
        Bound(|py, a| {
            let all = items(py, &a[0]);
            Ok(list::new(py, all.into_iter().map(|i| i.1).collect()))
        }),
    );
    t.method(
        "items",
        "($self, /)",
        Bound(|py, a| {
            let pairs = items(py, &a[0]).into_iter();
            let pairs = pairs.map(|(k, x)| tuple::new(py, vec![k, x])).collect();
            Ok(list::new(py, pairs))
        }),
    );
    t.method(
        "__reversed__",
        "($self, /)",
        Bound(|py, a| {
            let mut keys: Vec<Obj> = items(py, &a[0]).into_iter().map(|i| i.0).collect();
            keys.reverse();
            ops::iter(py, &list::new(py, keys))
        }),
    );
}
