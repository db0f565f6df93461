//! Native functions: definition, signature, binding of arguments, and the function object.
//!
//! The parameter list is text in the form of `__text_signature__`, and binding, error messages and `inspect` come from it:
//! `"($self, sep=None, maxsplit=-1)"`, `"(x, /)"`, `"(*args)"`, `"(*args, **kwargs)"`, `"(a, b=<unrepresentable>, /, *, key=None)"`.
//! `$self`, `$module`, `$type` mark the receiver, which counts as an ordinary positional-only argument for methods.
//!
//! A function receives one value for each parameter; a parameter that was not given is UNBOUND (`Val::given` returns `None`).
//! With `*args` it receives the positional arguments as they are (after the receiver); with `**kwargs` it must be `Raw`.

use super::Args;
use super::typedef::{Trace, Tracer};
use crate::error::PyResult;
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use smallvec::SmallVec;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The Rust function behind a native function.
#[derive(Clone, Copy)]
pub enum NativeFnPtr {
    /// One value for each parameter (or all positional ones with `*args`).
    Bound(fn(&Py, &[Val]) -> PyResult<Obj>),
    /// Takes positional and keyword arguments as they come.
    Raw(fn(&Py, Args) -> PyResult<Obj>),
}

impl From<fn(&Py, &[Val]) -> PyResult<Obj>> for NativeFnPtr {
    fn from(f: fn(&Py, &[Val]) -> PyResult<Obj>) -> NativeFnPtr {
        NativeFnPtr::Bound(f)
    }
}

/// A native function as data.
pub struct FnDef {
    pub name: &'static str,
    pub sig: &'static str,
    pub f: NativeFnPtr,
    parsed: OnceLock<Box<Signature>>,
    /// What a call without keywords needs to know of the signature, as `Arity`; 0 until it was parsed.
    arity: AtomicU32,
}

/// How many positional arguments a function takes and how many values it receives for them.
#[derive(Clone, Copy)]
struct Arity(u32);

impl Arity {
    /// Accepts no number of arguments: such calls are bound by the general way.
    const GENERAL: Arity = Arity(0xff);

    fn of(s: &Signature) -> Arity {
        let receiver = s.receiver as usize;
        if s.varargs && !s.varkw && s.params.len() <= receiver {
            // All arguments are passed on as they are.
            return Arity(receiver as u32 | 0xfe << 8);
        }
        let min = s.params.iter().take_while(|p| !p.optional).count();
        if s.varargs
            || s.varkw
            || min != s.required
            || min > s.positional
            || s.params.len() > PADDED
        {
            return Arity::GENERAL;
        }
        Arity(min as u32 | (s.positional as u32) << 8 | (s.params.len() as u32) << 16 | 1 << 24)
    }
    #[inline(always)]
    fn accepts(self, n: usize) -> bool {
        n >= (self.0 & 0xff) as usize && n <= (self.0 >> 8 & 0xff) as usize
    }
    /// Number of values that the function receives; fewer than given: as many as given.
    #[inline(always)]
    fn values(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }
}

/// Most values that are padded on the stack.
const PADDED: usize = 8;

/// Whose method a function is, for messages ("list.append() takes ...").
#[derive(Clone, Copy)]
pub enum Owner<'a> {
    None,
    Name(&'a str),
    /// The type of the first argument, or that argument if it is a type.
    First,
}

/// A parsed parameter list.
pub struct Signature {
    /// Names, receiver included.
    pub params: Vec<Param>,
    /// How many parameters are positional-only (receiver included).
    pub posonly: usize,
    /// How many may be given by position.
    pub positional: usize,
    /// How many must be given by position or keyword.
    pub required: usize,
    pub varargs: bool,
    pub varkw: bool,
    /// The first parameter is the receiver (`$self`, `$type`): not counted in messages.
    pub receiver: bool,
    /// Fixed number of positional-only parameters: arguments are passed through without copying.
    pub simple: bool,
}

/// One parameter.
pub struct Param {
    pub name: &'static str,
    pub optional: bool,
    /// Interned name, to compare keywords by identity.
    pub key: Word,
}

impl FnDef {
    pub const fn new(name: &'static str, sig: &'static str, f: NativeFnPtr) -> FnDef {
        FnDef {
            name,
            sig,
            f,
            parsed: OnceLock::new(),
            arity: AtomicU32::new(0),
        }
    }
    /// A definition that lives forever (types are set up once per process).
    pub fn leak(name: &'static str, sig: &'static str, f: NativeFnPtr) -> &'static FnDef {
        Box::leak(Box::new(FnDef::new(name, sig, f)))
    }
    pub fn signature(&self, py: &Py) -> &Signature {
        let s = self.parsed.get_or_init(|| Box::new(parse(py, self.sig)));
        // Relaxed: the number says everything by itself.
        self.arity.store(Arity::of(s).0, Ordering::Relaxed);
        s
    }

    /// Calls it. `owner` is for messages.
    #[inline]
    pub fn call(&self, py: &Py, owner: Owner, args: Args) -> PyResult<Obj> {
        if !args.has_keywords() {
            return self.call_positional(py, owner, args.all());
        }
        match self.f {
            NativeFnPtr::Raw(f) => f(py, args),
            NativeFnPtr::Bound(f) => self.bind_and_call(py, f, owner, args),
        }
    }

    /// Calls it without keywords.
    #[inline(always)]
    pub fn call_positional(&self, py: &Py, owner: Owner, args: &[Val]) -> PyResult<Obj> {
        let f = match self.f {
            NativeFnPtr::Raw(f) => return f(py, Args::pos(args)),
            NativeFnPtr::Bound(f) => f,
        };
        // Relaxed: as in `signature`. Zero takes no argument, and a call without any then goes the general way.
        let arity = Arity(self.arity.load(Ordering::Relaxed));
        if arity.0 != 0 && arity.accepts(args.len()) {
            if args.len() >= arity.values() {
                return f(py, args);
            }
            return call_padded(py, f, args, arity.values());
        }
        self.bind_and_call(py, f, owner, Args::pos(args))
    }

    #[inline(never)]
    fn bind_and_call(
        &self,
        py: &Py,
        f: fn(&Py, &[Val]) -> PyResult<Obj>,
        owner: Owner,
        args: Args,
    ) -> PyResult<Obj> {
        let sig = self.signature(py);
        let bound = self.bind_with(py, sig, owner, args)?;
        f(py, Val::from_words(&bound))
    }

    /// The (borrowed) value of each parameter, UNBOUND for those not given; for `new` slots and other callers that do not
    /// call through the definition. The values live as long as the arguments do.
    pub fn bind(&self, py: &Py, args: Args) -> PyResult<Bound> {
        self.bind_with(py, self.signature(py), Owner::None, args)
    }

    fn bind_with(&self, py: &Py, sig: &Signature, owner: Owner, args: Args) -> PyResult<Bound> {
        let name = || match (owner, args.all().first()) {
            (Owner::Name(t), _) => format!("{t}.{}", self.name),
            (Owner::First, Some(v)) => format!("{}.{}", v.ty().name_in_messages(v), self.name),
            _ => self.name.to_string(),
        };
        let recv = sig.receiver as usize;
        let pos = args.positional();
        if sig.varargs && sig.params.len() <= recv {
            if args.has_keywords() {
                return Err(py.type_error(format!("{}() takes no keyword arguments", name())));
            }
            return Ok(args.all().iter().map(|v| v.word().borrowed()).collect());
        }
        let given = pos.len() - recv + args.keywords().count();
        let all = sig.params.len();
        if args.has_keywords()
            && given > all - recv
            && !sig.varargs
            && !sig.varkw
            && sig.posonly < all
        {
            let s = if all - recv == 1 { "" } else { "s" };
            let most = if sig.required == all {
                "exactly"
            } else {
                "at most"
            };
            return Err(py.type_error(format!(
                "{}() takes {most} {} argument{s} ({given} given)",
                self.name,
                all - recv
            )));
        }
        if pos.len() > sig.positional && !sig.varargs {
            return Err(py.type_error(too_many(&name(), sig, pos.len() - recv)));
        }
        if args.has_keywords() && sig.posonly == sig.params.len() {
            return Err(py.type_error(format!("{}() takes no keyword arguments", name())));
        }
        let n = sig.params.len();
        let mut bound = Bound::with_capacity(n);
        for v in pos.iter().take(sig.positional) {
            bound.push(v.word().borrowed());
        }
        bound.resize(n, crate::object::value::UNBOUND);
        for (key, v) in args.keywords() {
            let mut hit = None;
            for (i, p) in sig.params.iter().enumerate().skip(sig.posonly) {
                if p.key.identity() == key.word().identity()
                    || crate::builtins::str::eq_text(key, p.name)
                {
                    hit = Some(i);
                    break;
                }
            }
            let Some(i) = hit else {
                return Err(py.type_error(format!(
                    "{}() got an unexpected keyword argument '{}'",
                    self.name,
                    crate::builtins::str::lossy(key)
                )));
            };
            if !bound[i].is_unbound() {
                return Err(py.type_error(format!(
                    "argument for {}() given by name ('{}') and position ({})",
                    self.name,
                    sig.params[i].name,
                    i + 1 - recv
                )));
            }
            bound[i] = v.word().borrowed();
        }
        for (i, p) in sig.params.iter().enumerate() {
            if !p.optional && bound[i].is_unbound() {
                if sig.posonly > i {
                    return Err(py.type_error(too_few(
                        &name(),
                        sig,
                        pos.len().saturating_sub(recv),
                    )));
                }
                return Err(py.type_error(format!(
                    "{}() missing required argument '{}' (pos {})",
                    self.name,
                    p.name,
                    i + 1 - recv
                )));
            }
        }
        if sig.varargs {
            // Named parameters first, then the surplus positional arguments.
            for v in pos.iter().skip(sig.positional) {
                bound.push(v.word().borrowed());
            }
        }
        Ok(bound)
    }
}

/// Bound arguments: borrowed words, viewed with `Val::from_words`.
pub type Bound = SmallVec<[Word; 10]>;

/// Calls with the values that were not given as UNBOUND.
#[inline(never)]
fn call_padded(
    py: &Py,
    f: fn(&Py, &[Val]) -> PyResult<Obj>,
    args: &[Val],
    n: usize,
) -> PyResult<Obj> {
    let mut words = [crate::object::value::UNBOUND; PADDED];
    for (w, v) in words.iter_mut().zip(args) {
        *w = v.word().borrowed();
    }
    f(py, Val::from_words(&words[..n]))
}

fn too_many(name: &str, sig: &Signature, given: usize) -> String {
    count_message(name, sig, given, true)
}

fn too_few(name: &str, sig: &Signature, given: usize) -> String {
    count_message(name, sig, given, false)
}

fn count_message(name: &str, sig: &Signature, given: usize, many: bool) -> String {
    let recv = sig.receiver as usize;
    let max = sig.positional - recv;
    let min = sig
        .params
        .iter()
        .take(sig.positional)
        .skip(recv)
        .filter(|p| !p.optional)
        .count();
    let all_posonly = sig.posonly == sig.params.len();
    if max == 0 && sig.params.len() > sig.positional {
        let short = name.rsplit('.').next().unwrap_or(name);
        return format!("{short}() takes no positional arguments");
    }
    if max == 0 {
        return format!("{name}() takes no arguments ({given} given)");
    }
    if min == max && all_posonly {
        if max == 1 {
            return format!("{name}() takes exactly one argument ({given} given)");
        }
        let short = name.rsplit('.').next().unwrap_or(name);
        return format!("{short} expected {max} arguments, got {given}");
    }
    let (word, n) = if many {
        ("at most", max)
    } else {
        ("at least", min)
    };
    let s = if n == 1 { "" } else { "s" };
    if all_posonly {
        let short = name.rsplit('.').next().unwrap_or(name);
        return format!("{short} expected {word} {n} argument{s}, got {given}");
    }
    let short = name.rsplit('.').next().unwrap_or(name);
    if !many {
        // Only the positional-only ones are counted; others that are missing are named.
        let min = sig
            .params
            .iter()
            .take(sig.posonly)
            .skip(recv)
            .filter(|p| !p.optional)
            .count();
        let (word, s) = (
            if min < max { "at least" } else { "exactly" },
            if min == 1 { "" } else { "s" },
        );
        return format!("{short}() takes {word} {min} positional argument{s} ({given} given)");
    }
    let positional = if sig.params.len() > sig.positional {
        "positional "
    } else {
        ""
    };
    let exactly = if min == max { "exactly" } else { word };
    format!("{short}() takes {exactly} {n} {positional}argument{s} ({given} given)")
}

fn parse(py: &Py, text: &'static str) -> Signature {
    let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
    let mut s = Signature {
        params: Vec::new(),
        posonly: 0,
        positional: 0,
        required: 0,
        varargs: false,
        varkw: false,
        receiver: false,
        simple: false,
    };
    let mut kwonly = false;
    for part in split_params(inner) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        if part == "/" {
            s.posonly = s.params.len();
        } else if part == "*" {
            kwonly = true;
        } else if part.starts_with("**") {
            s.varkw = true;
        } else if part.starts_with('*') {
            s.varargs = true;
            kwonly = true;
        } else if part.starts_with('$') {
            // The module receiver is not passed.
            if part != "$module" {
                s.receiver = true;
                s.params.push(Param {
                    name: "self",
                    optional: false,
                    key: crate::object::value::UNBOUND,
                });
                s.posonly = 1;
                s.positional = 1;
            }
        } else {
            let (name, optional) = match part.split_once('=') {
                Some((n, _)) => (n.trim(), true),
                None => (part, false),
            };
            let key = crate::builtins::str::intern(py, name).word();
            s.params.push(Param {
                name,
                optional,
                key,
            });
            if !kwonly {
                s.positional = s.params.len();
            }
        }
    }
    s.required = s.params.iter().filter(|p| !p.optional).count();
    s.simple =
        s.posonly == s.params.len() && s.required == s.params.len() && !s.varargs && !s.varkw;
    s
}

fn split_params(text: &'static str) -> Vec<&'static str> {
    let (mut out, mut depth, mut start, mut quote) = (Vec::new(), 0i32, 0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '<' | '{') => depth += 1,
            (None, ')' | ']' | '>' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                out.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

/// The function object ("builtin_function_or_method"): a definition with an optional bound receiver.
pub struct NativeFn {
    pub def: &'static FnDef,
    /// Bound receiver, passed as the first argument.
    pub receiver: Slot,
    /// Name of the module, or empty.
    pub module: Slot,
}

impl Trace for NativeFn {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.receiver);
        t.slot(&self.module);
    }
}

impl NativeFn {
    /// A function object.
    pub fn new(py: &Py, def: &'static FnDef, receiver: Option<Obj>, module: Option<Obj>) -> Obj {
        let slot = |v: Option<Obj>| v.map_or(Slot::empty(), Slot::new);
        py.alloc(
            &NATIVE_FN,
            NativeFn {
                def,
                receiver: slot(receiver),
                module: slot(module),
            },
        )
    }
    /// The bound receiver, UNBOUND if there is none.
    #[inline(always)]
    pub fn receiver(&self) -> &Val {
        // SAFETY: the receiver is never replaced after creation.
        unsafe { self.receiver.fixed() }
    }
    #[inline]
    pub fn call(&self, py: &Py, args: Args) -> PyResult<Obj> {
        if self.receiver().is_unbound() {
            return self.def.call(py, Owner::None, args);
        }
        if !args.has_keywords() && args.all().len() < PADDED {
            return self.call_received(py, args.all());
        }
        let mut all: SmallVec<[Word; 8]> = SmallVec::with_capacity(args.all().len() + 1);
        all.push(self.receiver().word().borrowed());
        all.extend(args.all().iter().map(|v| v.word().borrowed()));
        let args = Args::new(Val::from_words(&all), args.names());
        self.def.call(py, Owner::First, args)
    }
    /// Calls it without keywords.
    #[inline(always)]
    pub fn call_positional(&self, py: &Py, args: &[Val]) -> PyResult<Obj> {
        if self.receiver().is_unbound() {
            return self.def.call_positional(py, Owner::None, args);
        }
        if args.len() < PADDED {
            return self.call_received(py, args);
        }
        self.call(py, Args::pos(args))
    }
    /// Calls it with the receiver before fewer than `PADDED` arguments.
    #[inline(never)]
    fn call_received(&self, py: &Py, args: &[Val]) -> PyResult<Obj> {
        let mut words = [crate::object::value::UNBOUND; PADDED];
        words[0] = self.receiver().word().borrowed();
        for (w, v) in words[1..].iter_mut().zip(args) {
            *w = v.word().borrowed();
        }
        let all = Val::from_words(&words[..args.len() + 1]);
        self.def.call_positional(py, Owner::First, all)
    }
}

/// Calls a native function or an unbound native method (its receiver first) without keywords; `None` if `f` is neither.
/// The callee's own recursion checks its stack.
#[inline(always)]
pub fn call_fast(py: &Py, f: &Val, args: &[Val]) -> Option<PyResult<Obj>> {
    let h = f.header()?;
    let shape = h.shape_ptr();
    if std::ptr::eq(shape, crate::builtins::descr::METHOD_DESCR.shape()) {
        // SAFETY: the shape says what the payload is.
        let d = unsafe { h.payload::<crate::builtins::descr::MethodDescr>() };
        return Some(d.call_positional(py, args));
    }
    if std::ptr::eq(shape, NATIVE_FN.shape()) {
        // SAFETY: as above.
        let f = unsafe { h.payload::<NativeFn>() };
        return Some(f.call_positional(py, args));
    }
    None
}

crate::native_type!(
    /// Type of native functions; its attributes are in `builtins::function`.
    pub NATIVE_FN: NativeFn = "builtin_function_or_method", base crate::object::base::OBJECT, flags 0,
    init crate::builtins::function::init_native_fn
);
