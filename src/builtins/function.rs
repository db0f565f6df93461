//! Function objects and binding of arguments to parameters; attributes of native functions.

use crate::builtins::code::CodeObj;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::{str, tuple};
use crate::bytecode::code::cf;
use crate::error::PyResult;
use crate::object::header::flags;
use crate::object::names;
use crate::object::native::args::Args;
use crate::object::native::typedef::Trace;
use crate::object::native::{NativeFn, Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, UNBOUND, Val, Word};
use crate::thread::Py;

/// Payload.
pub struct FuncObj {
    /// Replaced by assignment to `__code__` only.
    pub code: Slot,
    pub globals: Obj,
    pub builtins: Obj,
    /// The payloads of `globals` and `builtins`, which live as long as those.
    namespaces: [*const DictObj; 2],
    /// Tuple, or empty.
    pub defaults: Slot,
    /// Dict, or empty.
    pub kwdefaults: Slot,
    /// Tuple of cells, or empty.
    pub closure: Slot,
    pub name: Slot,
    pub qualname: Slot,
    pub module: Slot,
    /// Empty: the docstring of the code.
    pub doc: Slot,
    pub annotations: Slot,
    pub annotate: Slot,
    pub type_params: Slot,
}

impl Trace for FuncObj {
    fn trace(&self, t: &mut Tracer) {
        t.obj(&self.globals);
        t.obj(&self.builtins);
        for s in self.slots() {
            t.slot(s);
        }
    }
    fn clear(&self) {
        for s in self.slots().into_iter().skip(1) {
            s.take();
        }
    }
}

impl FuncObj {
    fn slots(&self) -> [&Slot; 11] {
        [
            &self.code,
            &self.defaults,
            &self.kwdefaults,
            &self.closure,
            &self.name,
            &self.qualname,
            &self.module,
            &self.doc,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ]
    }
    /// The code. A function keeps every code it ever had alive (see `set_code`), so the reference stays valid.
    #[inline(always)]
    pub fn code(&self) -> &CodeObj {
        // SAFETY: the word is a code object; codes replaced by assignment are made deferred.
        unsafe { (*self.code.word().ptr()).payload::<CodeObj>() }
    }
    #[inline(always)]
    pub fn globals(&self) -> *const DictObj {
        self.namespaces[0]
    }
    #[inline(always)]
    pub fn builtins(&self) -> *const DictObj {
        self.namespaces[1]
    }
}

// SAFETY: the pointers say what the two owned references say.
unsafe impl Send for FuncObj {}
// SAFETY: as above; they are never written after creation.
unsafe impl Sync for FuncObj {}

crate::native_type!(
    /// The type `function`.
    pub FUNCTION: FuncObj = "function", base crate::object::base::OBJECT,
    flags tf::HAS_DICT | tf::WEAKREF | tf::METHOD_DESCRIPTOR, init super::function_attrs::init
);

/// A function of a code object and its globals.
pub fn new(py: &Py, code: &Val, globals: &Val) -> PyResult<Obj> {
    let c = code.cast::<CodeObj>();
    let g = globals.cast::<DictObj>();
    let builtins = builtins_of(py, g)?;
    let module = g.get_interned(py, &names::__name__);
    let f = FuncObj {
        code: Slot::new(code.to_obj()),
        globals: globals.to_obj(),
        namespaces: [g, builtins.cast::<DictObj>()],
        builtins,
        defaults: Slot::empty(),
        kwdefaults: Slot::empty(),
        closure: Slot::empty(),
        name: Slot::new(c.co_name().to_obj()),
        qualname: Slot::new(c.co_qualname().to_obj()),
        module: module.map_or(Slot::empty(), Slot::new),
        doc: Slot::empty(),
        annotations: Slot::empty(),
        annotate: Slot::empty(),
        type_params: Slot::empty(),
    };
    let o = py.alloc(&FUNCTION, f);
    if c.flags & cf::NESTED == 0 && c.frees == 0 {
        // Top-level functions are shared by all threads: their frames leave them uncounted.
        let h = o.header().expect("heap object");
        h.set_flags(flags::DEFERRED);
        crate::builtins::code::set_deferred(code);
    }
    Ok(o)
}

/// The builtins namespace that `globals` selects with `__builtins__`.
pub fn builtins_of(py: &Py, globals: &DictObj) -> PyResult<Obj> {
    match globals.get_interned(py, &names::__builtins__) {
        Some(b) if b.get::<DictObj>().is_some() => Ok(b),
        Some(m) => match crate::builtins::module::dict_of(&m) {
            Some(d) => Ok(d),
            None => {
                // Any mapping will do; its names are taken once.
                if m.ty().slots.getitem.get().is_none() {
                    return Err(py.type_error(format!(
                        "'{}' object is not subscriptable",
                        m.ty().full_name()
                    )));
                }
                crate::object::ops::call1(py, &dict::DICT.obj(), &m)
            }
        },
        None => Ok(crate::runtime::builtins_dict(py)),
    }
}

/// Writes the arguments of a call into the parameter slots at `dest` and empties the other locals.
///
/// `words` are positional values, then keyword values named by `kwnames`; their ownership moves into the frame. On error
/// they are dropped and the slots are empty.
///
/// # Safety
/// `dest` has room for the code's slots, which hold no owned pointers.
pub unsafe fn bind(
    py: &Py,
    f: &FuncObj,
    words: &[Word],
    kwnames: &[Val],
    dest: *mut u64,
) -> PyResult<()> {
    let code = f.code();
    let locals = code.locals as usize;
    for i in 0..locals {
        // SAFETY: room for all slots.
        unsafe { *dest.add(i) = UNBOUND.0 };
    }
    let r = bind_into(py, f, code, words, kwnames, dest);
    if r.is_err() {
        for i in 0..locals {
            // SAFETY: as above; the slots own what was moved into them.
            unsafe {
                drop(Obj::from_word(Word(*dest.add(i))));
                *dest.add(i) = UNBOUND.0;
            }
        }
    }
    r
}

/// The word with a count of its own.
fn owned(w: Word) -> Word {
    if w.is_owned_ptr() {
        w
    } else {
        Obj::clone_word(w).into_word()
    }
}

/// Owns words until they are moved into the frame.
struct Pending<'a>(&'a [Word], usize);

impl Pending<'_> {
    fn take(&mut self) -> Word {
        self.1 += 1;
        self.0[self.1 - 1]
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        for &w in &self.0[self.1..] {
            // SAFETY: not moved yet, so still owned here.
            drop(unsafe { Obj::from_word(w) });
        }
    }
}

fn bind_into(
    py: &Py,
    f: &FuncObj,
    code: &CodeObj,
    words: &[Word],
    kwnames: &[Val],
    dest: *mut u64,
) -> PyResult<()> {
    let mut args = Pending(words, 0);
    let u = code;
    let npos_params = u.arg_count as usize;
    let nparams = code.params as usize;
    let npos = words.len() - kwnames.len();
    let varargs = u.flags & cf::VARARGS != 0;
    let varkw = u.flags & cf::VARKEYWORDS != 0;
    // SAFETY: callers give room for all slots.
    let slot = |i: usize| unsafe { &mut *(dest.add(i) as *mut Word) };
    for i in 0..npos.min(npos_params) {
        *slot(i) = args.take();
    }
    if npos > npos_params {
        if varargs {
            let rest: Vec<Word> = (npos_params..npos).map(|_| owned(args.take())).collect();
            *slot(nparams) = tuple::from_words(py, tuple::TUPLE.ty(), rest.into_iter()).into_word();
        } else {
            // Wrong keywords are reported first.
            for k in kwnames {
                let posonly = u.posonly_count as usize;
                match (posonly..nparams).find(|&i| same_name(code.slot_name(i), k)) {
                    Some(i) if i < npos_params => return Err(twice(py, f, k)),
                    None if !varkw => return Err(unexpected_keyword(py, f, code, k, kwnames)),
                    _ => {}
                }
            }
            return Err(too_many_positional(py, f, code, npos, kwnames));
        }
    } else if varargs {
        *slot(nparams) = tuple::empty(py).into_word();
    }
    let mut extra: Option<Obj> = None;
    if varkw {
        let d = dict::new(py);
        *slot(nparams + varargs as usize) = d.clone().into_word();
        extra = Some(d);
    }
    for k in kwnames {
        let v = args.take();
        // SAFETY: the word was owned by `args` and is ours now.
        let v = unsafe { Obj::from_word(owned(v)) };
        let posonly = u.posonly_count as usize;
        let hit = (posonly..nparams).find(|&i| same_name(code.slot_name(i), k));
        match hit {
            Some(i) if slot(i).is_unbound() => *slot(i) = v.into_word(),
            Some(_) => return Err(twice(py, f, k)),
            None => match &extra {
                Some(d) => d.cast::<DictObj>().set(py, k, v)?,
                None => return Err(unexpected_keyword(py, f, code, k, kwnames)),
            },
        }
    }
    if npos < npos_params {
        let defaults = f.defaults.get();
        let defaults = defaults.as_deref().and_then(|d| d.get::<tuple::TupleObj>());
        let ndef = defaults.map_or(0, |d| d.len());
        let first = npos_params - ndef.min(npos_params);
        let mut missing = Vec::new();
        for i in npos..npos_params {
            if slot(i).is_unbound() {
                match defaults {
                    Some(d) if i >= first => {
                        *slot(i) = d.items()[i - first + (ndef - ndef.min(npos_params))]
                            .to_obj()
                            .into_word()
                    }
                    _ => missing.push(i),
                }
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(py, f, code, &missing, "positional"));
        }
    }
    if nparams > npos_params {
        let kwdefaults = f.kwdefaults.get();
        let mut missing = Vec::new();
        for i in npos_params..nparams {
            if slot(i).is_unbound() {
                let d = kwdefaults.as_deref().and_then(|d| d.get::<DictObj>());
                match d.and_then(|d| d.get_interned(py, code.slot_name(i))) {
                    Some(v) => *slot(i) = v.into_word(),
                    None => missing.push(i),
                }
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(py, f, code, &missing, "keyword-only"));
        }
    }
    Ok(())
}

fn same_name(a: &Val, b: &Val) -> bool {
    a.is(b)
        || matches!((a.get::<str::StrObj>(), b.get::<str::StrObj>()), (Some(a), Some(b)) if a.eq(b))
}

#[cold]
fn twice(py: &Py, f: &FuncObj, k: &Val) -> crate::error::Raised {
    py.type_error(format!(
        "{}() got multiple values for argument '{}'",
        str::lossy(&f.qualname.obj()),
        str::lossy(k)
    ))
}

#[cold]
fn unexpected_keyword(
    py: &Py,
    f: &FuncObj,
    code: &CodeObj,
    k: &Val,
    kwnames: &[Val],
) -> crate::error::Raised {
    let name = str::lossy(&f.qualname.obj()).into_owned();
    let posonly: Vec<String> = (0..code.posonly_count as usize)
        .filter(|&i| kwnames.iter().any(|k| same_name(code.slot_name(i), k)))
        .map(|i| str::lossy(code.slot_name(i)).into_owned())
        .collect();
    if !posonly.is_empty() {
        return py.type_error(format!(
            "{name}() got some positional-only arguments passed as keyword arguments: '{}'",
            posonly.join(", ")
        ));
    }
    let wrong = str::lossy(k);
    let known: Vec<String> = (code.posonly_count as usize..code.params as usize)
        .map(|i| str::lossy(code.slot_name(i)).into_owned())
        .collect();
    let hint = crate::error::suggest::closest(&known, &wrong)
        .map_or_else(std::string::String::new, |n| {
            format!(". Did you mean '{n}'?")
        });
    py.type_error(format!(
        "{name}() got an unexpected keyword argument '{wrong}'{hint}"
    ))
}

#[cold]
fn missing_arguments(
    py: &Py,
    f: &FuncObj,
    code: &CodeObj,
    missing: &[usize],
    kind: &str,
) -> crate::error::Raised {
    let quoted: Vec<String> = missing
        .iter()
        .map(|&i| format!("'{}'", str::lossy(code.slot_name(i))))
        .collect();
    let list = match quoted.as_slice() {
        [a] => a.clone(),
        [a, b] => format!("{a} and {b}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
        [] => String::new(),
    };
    let s = if missing.len() == 1 { "" } else { "s" };
    py.type_error(format!(
        "{}() missing {} required {kind} argument{s}: {list}",
        str::lossy(&f.qualname.obj()),
        missing.len()
    ))
}

#[cold]
fn too_many_positional(
    py: &Py,
    f: &FuncObj,
    code: &CodeObj,
    given: usize,
    kwnames: &[Val],
) -> crate::error::Raised {
    let u = code;
    let max = u.arg_count as usize;
    let ndef = f
        .defaults
        .get()
        .as_deref()
        .and_then(|d| d.get::<tuple::TupleObj>())
        .map_or(0, |d| d.len());
    let takes = if ndef > 0 {
        format!("from {} to {max}", max - ndef.min(max))
    } else {
        max.to_string()
    };
    let plural = if (ndef > 0) || max != 1 { "s" } else { "" };
    let kwonly = (max..code.params as usize)
        .filter(|&i| kwnames.iter().any(|k| same_name(code.slot_name(i), k)))
        .count();
    let also = if kwonly > 0 {
        format!(
            " positional argument{} (and {kwonly} keyword-only argument{})",
            if given != 1 { "s" } else { "" },
            if kwonly != 1 { "s" } else { "" }
        )
    } else {
        String::new()
    };
    let verb = if given == 1 && kwonly == 0 {
        "was"
    } else {
        "were"
    };
    py.type_error(format!(
        "{}() takes {takes} positional argument{plural} but {given}{also} {verb} given",
        str::lossy(&f.qualname.obj())
    ))
}

/// Slot functions and attributes of native functions.
pub fn init_native_fn(t: &mut TypeInit) {
    t.slots()
        .call
        .set(|py, v, args: Args| v.cast::<NativeFn>().call(py, args));
    t.slots().repr.set(|py, v| {
        let f = v.cast::<NativeFn>();
        Ok(py.str(&match f.receiver.get() {
            Some(r) if !crate::builtins::module::is_module(&r) => {
                format!(
                    "<built-in method {} of {} object at {:#x}>",
                    f.def.name,
                    r.ty().name(),
                    r.id()
                )
            }
            _ => format!("<built-in function {}>", f.def.name),
        }))
    });
    // Functions of modules are pickled by name, methods by receiver and name.
    t.method(
        "__reduce__",
        "($self, /)",
        crate::object::native::function::NativeFnPtr::Bound(|py, a| {
            let f = a[0].cast::<NativeFn>();
            let name = py.str(f.def.name);
            match f.receiver.get() {
                Some(r) if !crate::builtins::module::is_module(&r) => {
                    let getattr = crate::builtins::iterators::builtin(py, "getattr")?;
                    let args = crate::builtins::tuple::new(py, vec![r, name]);
                    Ok(crate::builtins::tuple::new(py, vec![getattr, args]))
                }
                _ => Ok(name),
            }
        }),
    );
    t.getset(
        "__name__",
        |py, v| Ok(py.str(v.cast::<NativeFn>().def.name)),
        None,
    );
    t.getset(
        "__qualname__",
        |py, v| {
            let f = v.cast::<NativeFn>();
            Ok(py.str(&match f.receiver.get() {
                Some(r) if !crate::builtins::module::is_module(&r) => {
                    match crate::object::type_::Type::of(&r) {
                        Some(ty) => format!("{}.{}", ty.name(), f.def.name),
                        None => format!("{}.{}", r.ty().name(), f.def.name),
                    }
                }
                _ => f.def.name.to_string(),
            }))
        },
        None,
    );
    t.getset(
        "__module__",
        |py, v| {
            Ok(v.cast::<NativeFn>()
                .module
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "__self__",
        |py, v| {
            let f = v.cast::<NativeFn>();
            let module = || {
                let name = f.module.get()?;
                let modules = crate::import::modules(py);
                let found = modules.get::<DictObj>()?.get(py, &name);
                found.ok().flatten()
            };
            Ok(f.receiver
                .get()
                .or_else(module)
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "__doc__",
        |py, v| {
            let f = v.cast::<NativeFn>();
            let of_builtins = f.module.get().is_some_and(|m| str::eq_text(&m, "builtins"));
            let text = crate::stdlib::builtins_mod::docs::of(f.def.name).filter(|_| of_builtins);
            Ok(text.map_or_else(|| py.none(), |text| py.str(text)))
        },
        None,
    );
    t.getset(
        "__text_signature__",
        |py, v| {
            let s = v.cast::<NativeFn>().def.sig;
            if s.contains("**") {
                Ok(py.none())
            } else {
                Ok(py.str(s))
            }
        },
        None,
    );
    t.slots().compare.set(|py, a, b, op| {
        let (x, Some(y)) = (a.cast::<NativeFn>(), b.get::<NativeFn>()) else {
            return Ok(py.not_implemented());
        };
        let same = std::ptr::eq(x.def, y.def)
            && x.receiver.word().identity() == y.receiver.word().identity();
        Ok(match op {
            crate::object::CmpOp::Eq => py.bool(same),
            crate::object::CmpOp::Ne => py.bool(!same),
            _ => py.not_implemented(),
        })
    });
    t.slots().hash.set(|_, v| {
        let f = v.cast::<NativeFn>();
        Ok((std::ptr::from_ref(f.def) as usize >> 4) as i64
            ^ (f.receiver.word().identity() >> 4) as i64)
    });
}
