//! Code objects: a `CodeUnit` with its constants and names on the heap and its words executable.

use crate::builtins::{str, tuple};
use crate::bytecode::code::{CodeUnit, Const, Position, cf};
use crate::error::PyResult;
use crate::object::header::flags;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Payload. Immutable but for the words' caches.
pub struct CodeObj {
    pub unit: Arc<CodeUnit>,
    words: Box<[AtomicU64]>,
    consts: Box<[Word]>,
    /// Interned names (operand "name").
    names: Box<[Word]>,
    /// Interned names of locals, cells and free variables in slot order.
    slot_names: Box<[Word]>,
    pub slots: u32,
    /// Slots before the temporaries.
    pub locals: u32,
    /// Parameters without *args and **kwargs.
    pub params: u32,
    /// Number of positional arguments that makes a call a plain frame push; `u32::MAX` if calls need binding.
    pub fast_args: u32,
    pub frees: u32,
    pub flags: u32,
}

impl Trace for CodeObj {
    fn trace(&self, t: &mut Tracer) {
        self.consts.iter().for_each(|&w| t.word(w));
    }
}

impl Drop for CodeObj {
    fn drop(&mut self) {
        for &w in &self.consts {
            // SAFETY: the code owned its constants.
            drop(unsafe { Obj::from_word(w) });
        }
    }
}

crate::native_type!(
    /// The type `code`.
    pub CODE: CodeObj = "code", base crate::object::base::OBJECT, flags crate::object::type_::tf::WEAKREF, init init
);

/// A code object of a unit.
pub fn new(py: &Py, unit: Arc<CodeUnit>) -> Obj {
    let consts = unit
        .consts
        .iter()
        .map(|c| {
            let w = constant(py, c).into_word();
            crate::heap::count::escape(w);
            w
        })
        .collect();
    let intern = |s: &str| str::intern(py, s).word();
    let slot_names: Box<[Word]> = unit
        .varnames
        .iter()
        .chain(&unit.cellvars)
        .chain(&unit.freevars)
        .map(|s| intern(s))
        .collect();
    let simple = unit.flags & (cf::VARARGS | cf::VARKEYWORDS) == 0 && unit.kwonly_count == 0;
    let code = CodeObj {
        words: unit.words.iter().map(|&w| AtomicU64::new(w)).collect(),
        consts,
        names: unit.names.iter().map(|s| intern(s)).collect(),
        slots: unit.slots,
        locals: slot_names.len() as u32,
        slot_names,
        params: unit.arg_count + unit.kwonly_count,
        fast_args: if simple { unit.arg_count } else { u32::MAX },
        frees: unit.freevars.len() as u32,
        flags: unit.flags,
        unit,
    };
    py.alloc(&CODE, code)
}

/// The object of a constant. Strings are interned, so they are immortal.
pub fn constant(py: &Py, c: &Const) -> Obj {
    match c {
        Const::None => py.none(),
        Const::True => py.bool(true),
        Const::False => py.bool(false),
        Const::Ellipsis => py.ellipsis(),
        Const::Int(n) => py.int(*n),
        Const::BigInt(b) => crate::builtins::int::from_big(py, b.clone()),
        Const::Float(d) => py.float(*d),
        Const::Complex(re, im) => crate::builtins::complex::new(py, *re, *im),
        Const::Str(s) if s.len() <= 4096 => str::intern(py, s),
        Const::Str(s) => str::new(py, s),
        Const::Wide(v) => str::from_code_points(py, v),
        Const::Bytes(b) => crate::builtins::bytes::new(py, b),
        Const::Tuple(v) => tuple::new(py, v.iter().map(|c| constant(py, c)).collect()),
        Const::FrozenSet(v) => {
            crate::builtins::set::frozen_from(py, v.iter().map(|c| constant(py, c)).collect())
                .unwrap_or_else(|_| py.none())
        }
        Const::Slice(s) => {
            let [a, b, c] = &**s;
            crate::builtins::slice::new(py, constant(py, a), constant(py, b), constant(py, c))
        }
        Const::Code(u) => new(py, u.clone()),
    }
}

impl CodeObj {
    #[inline(always)]
    pub fn words_ptr(&self) -> *const u64 {
        self.words.as_ptr() as *const u64
    }
    /// The instruction and cache words, which may change at any time.
    pub fn words(&self) -> &[AtomicU64] {
        &self.words
    }
    #[inline(always)]
    pub fn consts_ptr(&self) -> *const Word {
        self.consts.as_ptr()
    }
    #[inline(always)]
    pub fn constant(&self, i: usize) -> &Val {
        Val::from_word_ref(&self.consts[i])
    }
    #[inline(always)]
    pub fn name(&self, i: usize) -> &Val {
        Val::from_word_ref(&self.names[i])
    }
    #[inline(always)]
    pub fn slot_name(&self, i: usize) -> &Val {
        Val::from_word_ref(&self.slot_names[i])
    }
    /// Number of plain locals (cells and free variables not included).
    pub fn nlocals(&self) -> usize {
        self.unit.varnames.len()
    }
    pub fn is_generator(&self) -> bool {
        self.flags & (cf::GENERATOR | cf::COROUTINE | cf::ASYNC_GENERATOR) != 0
    }
    /// Source range of the instruction at word `i`.
    pub fn position(&self, i: usize) -> Position {
        self.unit.positions.get(i).copied().unwrap_or_default()
    }
    /// The handler for an exception at word `i`: (handler, depth).
    pub fn handler(&self, i: u32) -> Option<(u32, u16)> {
        // Inner entries come first.
        self.unit
            .exceptions
            .iter()
            .find(|e| e.start <= i && i < e.end)
            .map(|e| (e.handler, e.depth))
    }
}

fn strs(py: &Py, v: &[Box<str>]) -> Obj {
    tuple::new(py, v.iter().map(|s| str::intern(py, s)).collect())
}

/// Name of a local, cell or free variable by its number.
fn varname(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let code = a[0].cast::<CodeObj>();
    let i = crate::object::ops::to_isize(py, &a[1])?;
    match usize::try_from(i) {
        Ok(i) if i < code.slot_names.len() => Ok(code.slot_name(i).to_obj()),
        _ => Err(py.error(
            &crate::builtins::exceptions::INDEX_ERROR,
            "tuple index out of range",
        )),
    }
}

fn init(t: &mut TypeInit) {
    t.slots().repr.set(|py, v| {
        let c = v.cast::<CodeObj>();
        Ok(py.str(&format!(
            "<code object {} at {:#x}, file \"{}\", line {}>",
            c.unit.name,
            v.id(),
            c.unit.filename,
            c.unit.first_line
        )))
    });
    t.slots()
        .hash
        .set(|_, v| Ok((Arc::as_ptr(&v.cast::<CodeObj>().unit) as usize >> 4) as i64));
    t.slots().compare.set(|py, a, b, op| {
        let Some(o) = b.get::<CodeObj>() else {
            return Ok(py.not_implemented());
        };
        let same = Arc::ptr_eq(&a.cast::<CodeObj>().unit, &o.unit);
        Ok(match op {
            CmpOp::Eq => py.bool(same),
            CmpOp::Ne => py.bool(!same),
            _ => py.not_implemented(),
        })
    });
    macro_rules! get {
        ($name:literal, |$py:ident, $c:ident| $e:expr) => {
            t.getset(
                $name,
                |$py, v| {
                    let $c = v.cast::<CodeObj>();
                    Ok($e)
                },
                None,
            )
        };
    }
    get!("co_name", |py, c| py.str(&c.unit.name));
    get!("co_qualname", |py, c| py.str(&c.unit.qualname));
    get!("co_filename", |py, c| py.str(&c.unit.filename));
    get!("co_firstlineno", |py, c| py.int(c.unit.first_line as i64));
    get!("co_flags", |py, c| py
        .int((c.unit.flags & 0x3fff_ffff) as i64));
    get!("co_argcount", |py, c| py.int(c.unit.arg_count as i64));
    get!("co_posonlyargcount", |py, c| py
        .int(c.unit.posonly_count as i64));
    get!("co_kwonlyargcount", |py, c| py
        .int(c.unit.kwonly_count as i64));
    get!("co_nlocals", |py, c| py.int(c.unit.varnames.len() as i64));
    get!("co_stacksize", |py, c| py
        .int(c.unit.slots as i64 - c.unit.first_temp() as i64));
    get!("co_varnames", |py, c| strs(py, &c.unit.varnames));
    get!("co_cellvars", |py, c| strs(py, &c.unit.cellvars));
    get!("co_freevars", |py, c| strs(py, &c.unit.freevars));
    get!("co_names", |py, c| strs(py, &c.unit.names));
    get!("co_consts", |py, c| tuple::from_slice(
        py,
        Val::from_words(&c.consts)
    ));
    get!("co_code", |py, c| {
        let bytes: Vec<u8> = c.unit.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        crate::builtins::bytes::new(py, &bytes)
    });
    t.method("co_positions", "($self, /)", Bound(co_positions));
    t.method("co_lines", "($self, /)", Bound(co_lines));
    t.method("_varname_from_oparg", "($self, /, oparg)", Bound(varname));
    t.method("replace", "($self, **kwargs)", Raw(replace));
    t.attr(
        "__replace__",
        t.ty().dict().get_str(t.py(), "replace").expect("just set"),
    );
}

fn co_positions(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let c = a[0].cast::<CodeObj>();
    let rows = c.unit.positions.iter().map(|p| {
        let n = |x: u32| {
            if p.line == 0 {
                py.none()
            } else {
                py.int(x as i64)
            }
        };
        tuple::new(py, vec![n(p.line), n(p.end_line), n(p.col), n(p.end_col)])
    });
    let list = crate::builtins::list::new(py, rows.collect());
    crate::object::ops::iter(py, &list)
}

fn co_lines(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let c = a[0].cast::<CodeObj>();
    let (mut rows, mut start) = (Vec::new(), 0usize);
    let p = &c.unit.positions;
    for i in 1..=p.len() {
        if i == p.len() || p[i].line != p[start].line {
            let line = if p[start].line == 0 {
                py.none()
            } else {
                py.int(p[start].line as i64)
            };
            rows.push(tuple::new(
                py,
                vec![py.int(start as i64 * 2), py.int(i as i64 * 2), line],
            ));
            start = i;
        }
    }
    let list = crate::builtins::list::new(py, rows);
    crate::object::ops::iter(py, &list)
}

fn replace(py: &Py, args: crate::object::native::Args) -> PyResult<Obj> {
    let mut unit = (*args.all()[0].cast::<CodeObj>().unit).clone();
    for (k, v) in args.keywords() {
        let text = || v.get::<str::StrObj>().map(|s| s.lossy().into_owned());
        let number = || crate::object::ops::to_i64(py, v).map(|n| n as u32);
        match str::lossy(k).as_ref() {
            "co_name" => unit.name = text().unwrap_or_default().into(),
            "co_qualname" => unit.qualname = text().unwrap_or_default().into(),
            "co_filename" => unit.filename = text().unwrap_or_default().into(),
            "co_firstlineno" => unit.first_line = number()?,
            "co_flags" => unit.flags = number()? | unit.flags & cf::USES_NAMESPACE,
            other => {
                return Err(py.type_error(format!(
                    "replace() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    Ok(new(py, Arc::new(unit)))
}

/// Marks the code of a module-level function or class: freed by the collector only.
pub fn set_deferred(code: &Val) {
    if let Some(h) = code.header() {
        h.set_flags(flags::DEFERRED);
    }
}
