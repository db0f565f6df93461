//! `_contextvars`: context variables (PEP 567). Each thread has a current context; `Context.run` exchanges it.

use super::ModuleInit;
use crate::builtins::exceptions as exc;
use crate::builtins::iterators;
use crate::builtins::str::{Builder, StrObj};
use crate::builtins::{list, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use parking_lot::Mutex;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// Payload of `Context`: values by variable, in the order of first setting.
pub struct ContextObj {
    vars: Mutex<Vec<(Obj, Obj)>>,
    entered: AtomicBool,
}

impl Trace for ContextObj {
    fn trace(&self, t: &mut Tracer) {
        for (k, v) in self.vars.lock().iter() {
            t.obj(k);
            t.obj(v);
        }
    }
    fn clear(&self) {
        let old = std::mem::take(&mut *self.vars.lock());
        drop(old);
    }
}

crate::native_type!(
    /// The type `contextvars.Context`.
    pub CONTEXT: ContextObj = "_contextvars.Context", base crate::object::base::OBJECT, flags tf::WEAKREF, init init_context
);

/// Payload of `ContextVar`.
pub struct VarObj {
    name: Slot,
    default: Slot,
}

impl Trace for VarObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.name);
        t.slot(&self.default);
    }
    fn clear(&self) {
        self.default.take();
    }
}

crate::native_type!(
    /// The type `contextvars.ContextVar`.
    pub CONTEXT_VAR: VarObj = "_contextvars.ContextVar", base crate::object::base::OBJECT, flags tf::WEAKREF, init init_var
);

/// Payload of `Token`.
pub struct TokenObj {
    context: Slot,
    var: Slot,
    /// Empty: the variable had no value.
    old: Slot,
    used: AtomicBool,
}

impl Trace for TokenObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.context);
        t.slot(&self.var);
        t.slot(&self.old);
    }
    fn clear(&self) {
        self.context.take();
        self.old.take();
    }
}

crate::native_type!(
    /// The type `contextvars.Token`.
    pub TOKEN: TokenObj = "_contextvars.Token", base crate::object::base::OBJECT, flags 0, init init_token
);

/// Payload of `Token.MISSING`.
struct MissingObj;

impl Trace for MissingObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    MISSING_TYPE: MissingObj = "Token.MISSING", base crate::object::base::OBJECT, flags tf::NO_NEW, init |t: &mut TypeInit| {
        t.slots().repr.set(|py, _| Ok(py.str("<Token.MISSING>")));
    }
);

static MISSING: Slot = Slot::empty();

fn missing(py: &Py) -> Obj {
    MISSING.get().unwrap_or_else(|| {
        MISSING.set(py.alloc(&MISSING_TYPE, MissingObj));
        MISSING.obj()
    })
}

thread_local! {
    /// The thread's current context: a word that owns a count, 0 for none yet.
    static CURRENT: Cell<u64> = const { Cell::new(0) };
}

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_contextvars");
    m.doc("Context Variables");
    m.ty(&CONTEXT).ty(&CONTEXT_VAR).ty(&TOKEN);
    m.function(
        "copy_context",
        "($module, /)",
        Bound(|py, _| Ok(copy(py, &current(py)))),
    );
    m.finish()
}

fn new_context(py: &Py, vars: Vec<(Obj, Obj)>) -> Obj {
    py.alloc(
        &CONTEXT,
        ContextObj {
            vars: Mutex::new(vars),
            entered: AtomicBool::new(false),
        },
    )
}

/// The calling thread's current context.
pub fn current(py: &Py) -> Obj {
    let w = CURRENT.get();
    if w != 0 {
        return Val::from_word_ref(&Word(w)).to_obj();
    }
    let c = new_context(py, Vec::new());
    c.cast::<ContextObj>()
        .entered
        .store(true, Ordering::Relaxed);
    CURRENT.set(c.clone().into_word().0);
    c
}

/// Makes `c` current and returns the previous one.
fn exchange(py: &Py, c: Obj) -> Obj {
    let old = current(py);
    let w = CURRENT.replace(c.into_word().0);
    // SAFETY: the thread-local word owned a count, which is given back here.
    drop(unsafe { Obj::from_word(Word(w)) });
    old
}

/// To be called by a thread that ends, while it is attached: gives up its context.
pub fn thread_ended() {
    let w = CURRENT.replace(0);
    if w != 0 {
        // SAFETY: the thread-local word owned a count.
        drop(unsafe { Obj::from_word(Word(w)) });
    }
}

fn copy(py: &Py, c: &Val) -> Obj {
    let vars = c.cast::<ContextObj>().vars.lock().clone();
    new_context(py, vars)
}

impl ContextObj {
    fn get(&self, var: &Val) -> Option<Obj> {
        self.vars
            .lock()
            .iter()
            .find(|(k, _)| k.is(var))
            .map(|(_, v)| v.clone())
    }
    /// Sets or (with `None`) removes a value; returns the old one.
    fn put(&self, var: &Val, value: Option<Obj>) -> Option<Obj> {
        let mut vars = self.vars.lock();
        let at = vars.iter().position(|(k, _)| k.is(var));
        match (at, value) {
            (Some(i), Some(v)) => Some(std::mem::replace(&mut vars[i].1, v)),
            (Some(i), None) => {
                let (key, old) = vars.remove(i);
                drop(vars);
                drop(key);
                Some(old)
            }
            (None, Some(v)) => {
                vars.push((var.to_obj(), v));
                None
            }
            (None, None) => None,
        }
    }
    fn pairs(&self) -> Vec<(Obj, Obj)> {
        self.vars.lock().clone()
    }
}

fn key(py: &Py, v: &Val) -> PyResult<()> {
    if v.get::<VarObj>().is_some() {
        return Ok(());
    }
    Err(py.type_error(format!(
        "a ContextVar key was expected, got {}",
        ops::repr_text(py, v)?
    )))
}

fn init_context(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, _, args| {
        if !args.is_empty() {
            return Err(py.type_error("Context() does not accept any arguments"));
        }
        Ok(new_context(py, Vec::new()))
    });
    s.len
        .set(|_, v| Ok(v.cast::<ContextObj>().vars.lock().len()));
    s.contains.set(|py, v, k| {
        key(py, k)?;
        Ok(v.cast::<ContextObj>().get(k).is_some())
    });
    s.getitem.set(|py, v, k| {
        key(py, k)?;
        v.cast::<ContextObj>().get(k).ok_or_else(|| py.key_error(k))
    });
    s.iter.set(|py, v| {
        let keys = v
            .cast::<ContextObj>()
            .pairs()
            .into_iter()
            .map(|(k, _)| k)
            .collect();
        ops::iter(py, &list::new(py, keys))
    });
    s.compare.set(|py, a, b, op| {
        let (Some(x), Some(y)) = (a.get::<ContextObj>(), b.get::<ContextObj>()) else {
            return Ok(py.not_implemented());
        };
        if op != CmpOp::Eq && op != CmpOp::Ne {
            return Ok(py.not_implemented());
        }
        let (x, y) = (x.pairs(), y);
        let mut equal = x.len() == y.vars.lock().len();
        for (k, v) in &x {
            if !equal {
                break;
            }
            equal = match y.get(k) {
                Some(w) => ops::eq(py, v, &w)?,
                None => false,
            };
        }
        Ok(py.bool(equal == (op == CmpOp::Eq)))
    });
    t.unhashable();
    t.method("copy", "($self, /)", Bound(|py, a| Ok(copy(py, &a[0]))));
    t.method(
        "get",
        "($self, key, default=None, /)",
        Bound(|py, a| {
            key(py, &a[1])?;
            Ok(a[0]
                .cast::<ContextObj>()
                .get(&a[1])
                .unwrap_or_else(|| a[2].given().map_or(py.none(), Val::to_obj)))
        }),
    );
    t.method(
        "keys",
        "($self, /)",
        Bound(|py, a| {
            Ok(list::new(
                py,
                a[0].cast::<ContextObj>()
                    .pairs()
                    .into_iter()
                    .map(|(k, _)| k)
                    .collect(),
            ))
        }),
    );
    t.method(
        "values",
        "($self, /)",
        Bound(|py, a| {
            Ok(list::new(
                py,
                a[0].cast::<ContextObj>()
                    .pairs()
                    .into_iter()
                    .map(|(_, v)| v)
                    .collect(),
            ))
        }),
    );
    t.method(
        "items",
        "($self, /)",
        Bound(|py, a| {
            let pairs = a[0].cast::<ContextObj>().pairs();
            Ok(list::new(
                py,
                pairs
                    .into_iter()
                    .map(|(k, v)| tuple::new(py, vec![k, v]))
                    .collect(),
            ))
        }),
    );
    t.method("run", "($self, callable, /, *args, **kwargs)", Raw(run));
}

fn run(py: &Py, args: Args) -> PyResult<Obj> {
    let [this, f, ..] = args.positional() else {
        return Err(py.type_error("run() missing 1 required positional argument"));
    };
    let c = this.cast::<ContextObj>();
    // AcqRel: entering hands the context from one thread to another.
    if c.entered.swap(true, Ordering::AcqRel) {
        return Err(py.runtime_error(format!(
            "cannot enter context: {} is already entered",
            ops::repr_text(py, this)?
        )));
    }
    let old = exchange(py, this.to_obj());
    let result = ops::call(py, f, args.skip(2));
    drop(exchange(py, old));
    c.entered.store(false, Ordering::Release);
    result
}

static NEW_VAR: FnDef = FnDef::new(
    "ContextVar",
    "(name, /, *, default=<unrepresentable>)",
    Bound(|py, _| Ok(py.none())),
);

fn init_var(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, args| {
        let bound = NEW_VAR.bind(py, args)?;
        let a = Val::from_words(&bound);
        if a[0].get::<StrObj>().is_none() {
            return Err(py.type_error("context variable name must be a str"));
        }
        let default = a[1]
            .given()
            .map_or(Slot::empty(), |d| Slot::new(d.to_obj()));
        Ok(py.alloc_in(
            ty,
            VarObj {
                name: Slot::new(a[0].to_obj()),
                default,
            },
        ))
    });
    s.repr.set(|py, v| {
        let var = v.cast::<VarObj>();
        let mut b = Builder::new();
        b.push_str("<ContextVar name=");
        iterators::push_repr(py, &mut b, &var.name.obj())?;
        if let Some(d) = var.default.get() {
            b.push_str(" default=");
            iterators::push_repr(py, &mut b, &d)?;
        }
        b.push_str(&format!(" at {:#x}>", v.id()));
        Ok(b.finish(py))
    });
    t.getset("name", |_, v| Ok(v.cast::<VarObj>().name.obj()), None);
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(iterators::generic_alias),
    );
    t.method(
        "get",
        "($self, default=<unrepresentable>, /)",
        Bound(|py, a| {
            let found = current(py)
                .cast::<ContextObj>()
                .get(&a[0])
                .or_else(|| a[1].given().map(Val::to_obj));
            found
                .or_else(|| a[0].cast::<VarObj>().default.get())
                .ok_or_else(|| py.error_args(&exc::LOOKUP_ERROR, &[a[0].to_obj()]))
        }),
    );
    t.method(
        "set",
        "($self, value, /)",
        Bound(|py, a| {
            let context = current(py);
            let old = context.cast::<ContextObj>().put(&a[0], Some(a[1].to_obj()));
            Ok(py.alloc(
                &TOKEN,
                TokenObj {
                    context: Slot::new(context),
                    var: Slot::new(a[0].to_obj()),
                    old: old.map_or(Slot::empty(), Slot::new),
                    used: AtomicBool::new(false),
                },
            ))
        }),
    );
    t.method(
        "reset",
        "($self, token, /)",
        Bound(|py, a| {
            if a[1].get::<TokenObj>().is_none() {
                return Err(py.type_error(format!(
                    "expected an instance of Token, got {}",
                    ops::repr_text(py, &a[1])?
                )));
            }
            reset(py, &a[0], &a[1])
        }),
    );
}

fn reset(py: &Py, var: &Val, token: &Val) -> PyResult<Obj> {
    let t = token.cast::<TokenObj>();
    let what = || ops::repr_text(py, token);
    if t.used.load(Ordering::Acquire) {
        return Err(py.runtime_error(format!("{} has already been used once", what()?)));
    }
    if !t.var.obj().is(var) {
        return Err(py.value_error(format!("{} was created by a different ContextVar", what()?)));
    }
    let context = current(py);
    if !t.context.obj().is(&context) {
        return Err(py.value_error(format!("{} was created in a different Context", what()?)));
    }
    t.used.store(true, Ordering::Release);
    context.cast::<ContextObj>().put(var, t.old.get());
    Ok(py.none())
}

fn init_token(t: &mut TypeInit) {
    let s = t.slots();
    s.new
        .set(|py, _, _| Err(py.runtime_error("Tokens can only be created by ContextVars")));
    s.repr.set(|py, v| {
        let token = v.cast::<TokenObj>();
        let mut b = Builder::new();
        b.push_str("<Token");
        if token.used.load(Ordering::Relaxed) {
            b.push_str(" used");
        }
        b.push_str(" var=");
        iterators::push_repr(py, &mut b, &token.var.obj())?;
        b.push_str(&format!(" at {:#x}>", v.id()));
        Ok(b.finish(py))
    });
    t.unhashable();
    t.getset("var", |_, v| Ok(v.cast::<TokenObj>().var.obj()), None);
    t.getset(
        "old_value",
        |py, v| {
            Ok(v.cast::<TokenObj>()
                .old
                .get()
                .unwrap_or_else(|| missing(py)))
        },
        None,
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(iterators::generic_alias),
    );
    t.method("__enter__", "($self, /)", Bound(|_, a| Ok(a[0].to_obj())));
    t.method(
        "__exit__",
        "($self, type, value, traceback, /)",
        Bound(|py, a| reset(py, &a[0].cast::<TokenObj>().var.obj(), &a[0])),
    );
    let py = t.py();
    t.attr("MISSING", missing(py));
}
