//! Code objects: a code image and one of its records; constants, names and executable words are made when the code first
//! runs.
//!
//! **Invariant:** `words` points to [`STUB`] until the body is there; its one instruction makes the body and goes on with
//! the real words. `consts` is valid whenever `words` is real.

use crate::builtins::{str, tuple};
use crate::bytecode::code::{CodeUnit, Const, ExceptionEntry, Position, cf};
use crate::bytecode::image::{ConstRef, Image};
use crate::bytecode::instr::Instr;
use crate::bytecode::ops::Opcode;
use crate::error::PyResult;
use crate::object::header::flags;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use std::hash::Hasher;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The words of code without a body.
static STUB: AtomicU64 = AtomicU64::new(Instr::new(Opcode::LOAD_BODY, 0, 0, 0, 0).0);

/// Payload. Immutable but for the body, the words' caches and the file name.
pub struct CodeObj {
    words: AtomicPtr<AtomicU64>,
    consts: AtomicPtr<Word>,
    body: AtomicPtr<Body>,
    image: Arc<Image>,
    record: u32,
    pub slots: u32,
    /// Slots before the temporaries.
    pub locals: u32,
    /// Parameters without *args and **kwargs.
    pub params: u32,
    /// Number of positional arguments that makes a call a plain frame push; `u32::MAX` if calls need binding.
    pub fast_args: u32,
    pub frees: u32,
    pub flags: u32,
    pub first_line: u32,
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    /// Numbers of plain locals and of cells.
    vars: u32,
    cells: u32,
    /// Interned.
    name: Word,
    qualname: Word,
    filename: Slot,
}

/// What running code needs.
struct Body {
    words: Box<[AtomicU64]>,
    consts: Box<[Word]>,
    /// Interned names (operand "name").
    names: Box<[Word]>,
    /// Interned names of locals, cells and free variables in slot order.
    slot_names: Box<[Word]>,
    exceptions: Box<[ExceptionEntry]>,
    /// Runs of equal positions, once somebody asked.
    positions: OnceLock<Box<[(u32, Position)]>>,
}

impl Drop for Body {
    fn drop(&mut self) {
        for &w in &self.consts {
            // SAFETY: the body owned its constants.
            drop(unsafe { Obj::from_word(w) });
        }
    }
}

impl Trace for CodeObj {
    fn trace(&self, t: &mut Tracer) {
        if let Some(b) = self.made() {
            b.consts.iter().for_each(|&w| t.word(w));
        }
    }
}

impl Drop for CodeObj {
    fn drop(&mut self) {
        let b = *self.body.get_mut();
        if !b.is_null() {
            // SAFETY: made by `Box::into_raw`; nobody else refers to the code any more.
            drop(unsafe { Box::from_raw(b) });
        }
    }
}

crate::native_type!(
    /// The type `code`.
    pub CODE: CodeObj = "code", base crate::object::base::OBJECT, flags crate::object::type_::tf::WEAKREF, init init
);

/// A code object of a unit.
pub fn new(py: &Py, unit: &CodeUnit) -> Obj {
    debug_assert_eq!(crate::bytecode::verify::verify_all(unit), Ok(()));
    from_image(py, Image::new(unit))
}

/// The outermost code of an image.
pub fn from_image(py: &Py, image: Image) -> Obj {
    let filename = str::intern(py, image.filename());
    let root = image.root();
    of_record(py, &Arc::new(image), root, filename)
}

fn of_record(py: &Py, image: &Arc<Image>, record: u32, filename: Obj) -> Obj {
    let head = image.head(record);
    let simple = head.flags & (cf::VARARGS | cf::VARKEYWORDS) == 0 && head.kwonly_count == 0;
    let [vars, cells, frees] = head.counts;
    let code = CodeObj {
        words: AtomicPtr::new((&raw const STUB).cast_mut()),
        consts: AtomicPtr::default(),
        body: AtomicPtr::default(),
        image: image.clone(),
        record,
        slots: head.slots,
        locals: vars + cells + frees,
        params: head.arg_count + head.kwonly_count,
        fast_args: if simple && head.flags & cf::OPTIMIZED != 0 {
            head.arg_count
        } else {
            u32::MAX
        },
        frees,
        flags: head.flags,
        first_line: head.first_line,
        arg_count: head.arg_count,
        posonly_count: head.posonly_count,
        kwonly_count: head.kwonly_count,
        vars,
        cells,
        name: str::intern(py, head.name).word(),
        qualname: str::intern(py, head.qualname).word(),
        filename: Slot::new(filename),
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
        Const::Code(u) => new(py, u),
    }
}

/// The object of a constant of an image.
fn image_constant(py: &Py, code: &CodeObj, c: ConstRef) -> Obj {
    let all = |v: Vec<ConstRef>| -> Vec<Obj> {
        v.into_iter().map(|c| image_constant(py, code, c)).collect()
    };
    match c {
        ConstRef::Plain(c) => constant(py, &c),
        ConstRef::Str(s) if s.len() <= 4096 => str::intern(py, s),
        ConstRef::Str(s) => str::new(py, s),
        ConstRef::Bytes(b) => crate::builtins::bytes::new(py, b),
        ConstRef::Tuple(v) => tuple::new(py, all(v)),
        ConstRef::FrozenSet(v) => {
            crate::builtins::set::frozen_from(py, all(v)).unwrap_or_else(|_| py.none())
        }
        ConstRef::Slice(v) => {
            let mut v = all(v).into_iter();
            let mut next = || v.next().unwrap_or_else(|| py.none());
            crate::builtins::slice::new(py, next(), next(), next())
        }
        ConstRef::Code(at) => of_record(py, &code.image, at, code.filename.obj()),
    }
}

impl CodeObj {
    #[inline(always)]
    pub fn words_ptr(&self) -> *const u64 {
        // Acquire: pairs with the Release in `body`; whoever sees the words sees `consts` and the body.
        self.words.load(Ordering::Acquire) as *const u64
    }
    #[inline(always)]
    pub fn consts_ptr(&self) -> *const Word {
        // Relaxed: read behind the words, see `words_ptr`.
        self.consts.load(Ordering::Relaxed)
    }
    /// Index of the word before `ip`, which is in the code's words or behind the stub.
    pub fn index_of(&self, ip: *const u64) -> u32 {
        let Some(b) = self.made() else { return 0 };
        let at = (ip as usize).wrapping_sub(b.words.as_ptr() as usize) / 8;
        if at > b.words.len() {
            return 0;
        }
        at.saturating_sub(1) as u32
    }
    fn made(&self) -> Option<&Body> {
        // Acquire: pairs with the exchange in `make_body`.
        let b = self.body.load(Ordering::Acquire);
        // SAFETY: a body stays until the code dies.
        unsafe { b.as_ref() }
    }
    #[inline]
    fn body(&self) -> &Body {
        match self.made() {
            Some(b) => b,
            None => self.make_body(crate::thread::current()),
        }
    }
    /// Makes the body, unless another thread was faster.
    pub(crate) fn load(&self) {
        self.body();
    }
    #[cold]
    #[inline(never)]
    fn make_body(&self, py: &Py) -> &Body {
        let b = self.image.body(self.record);
        let intern = |v: &[&str]| v.iter().map(|s| str::intern(py, s).word()).collect();
        let body = Box::into_raw(Box::new(Body {
            words: b.words.into_iter().map(AtomicU64::new).collect(),
            consts: b
                .consts
                .into_iter()
                .map(|c| {
                    let w = image_constant(py, self, c).into_word();
                    crate::heap::count::escape(w);
                    w
                })
                .collect(),
            names: intern(&b.names),
            slot_names: intern(&b.slot_names),
            exceptions: b.exceptions.into(),
            positions: OnceLock::new(),
        }));
        let empty = std::ptr::null_mut();
        // AcqRel: publishes this body, or takes the one that was faster.
        match self
            .body
            .compare_exchange(empty, body, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => {
                // SAFETY: just made; it stays until the code dies.
                let b = unsafe { &*body };
                self.publish(b);
                b
            }
            Err(other) => {
                // SAFETY: `body` was not published, `other` is a body.
                unsafe {
                    drop(Box::from_raw(body));
                    self.publish(&*other);
                    &*other
                }
            }
        }
    }
    /// Lets frames use the body. Every thread that saw it made does this: the words must be real when `load` returns.
    fn publish(&self, b: &Body) {
        // Relaxed: published by the store of the words.
        self.consts
            .store(b.consts.as_ptr().cast_mut(), Ordering::Relaxed);
        // Release: pairs with the Acquire in `words_ptr`.
        self.words
            .store(b.words.as_ptr().cast_mut(), Ordering::Release);
    }
    /// The instruction and cache words, which may change at any time.
    pub fn words(&self) -> &[AtomicU64] {
        &self.body().words
    }
    pub fn constant(&self, i: usize) -> &Val {
        Val::from_word_ref(&self.body().consts[i])
    }
    #[inline(always)]
    pub fn name(&self, i: usize) -> &Val {
        Val::from_word_ref(&self.body().names[i])
    }
    #[inline(always)]
    pub fn slot_name(&self, i: usize) -> &Val {
        Val::from_word_ref(&self.body().slot_names[i])
    }
    /// Number of plain locals (cells and free variables not included).
    pub fn nlocals(&self) -> usize {
        self.vars as usize
    }
    pub fn is_generator(&self) -> bool {
        self.flags & (cf::GENERATOR | cf::COROUTINE | cf::ASYNC_GENERATOR) != 0
    }
    /// `co_name`.
    pub fn co_name(&self) -> &Val {
        Val::from_word_ref(&self.name)
    }
    /// `co_qualname`.
    pub fn co_qualname(&self) -> &Val {
        Val::from_word_ref(&self.qualname)
    }
    /// `co_filename`.
    pub fn filename(&self) -> Obj {
        self.filename.obj()
    }
    /// The docstring.
    pub fn doc(&self) -> Option<Obj> {
        (self.flags & cf::HAS_DOCSTRING != 0).then(|| self.constant(0).to_obj())
    }
    fn positions(&self) -> &[(u32, Position)] {
        let b = self.body();
        b.positions
            .get_or_init(|| self.image.positions(self.record).into())
    }
    /// Source range of the instruction at word `i`.
    pub fn position(&self, i: usize) -> Position {
        let runs = self.positions();
        let k = runs.partition_point(|r| r.0 as usize <= i);
        k.checked_sub(1).map_or(Position::default(), |k| runs[k].1)
    }
    /// The handler for an exception at word `i`: (handler, depth).
    pub fn handler(&self, i: u32) -> Option<(u32, u16)> {
        // Inner entries come first.
        self.body()
            .exceptions
            .iter()
            .find(|e| e.start <= i && i < e.end)
            .map(|e| (e.handler, e.depth))
    }
    /// The unit that the code was made from.
    pub fn unit(&self) -> CodeUnit {
        let name = self.filename();
        self.image.unit(self.record, &str::lossy(&name).into())
    }
    /// The image of the code alone.
    pub fn image(&self) -> Image {
        Image::new(&self.unit())
    }
    /// Bytes that are equal for equal code; the file name does not count.
    fn content(&self) -> Image {
        Image::new(&self.image.unit(self.record, &"".into()))
    }
    /// Changes the file name of code that had the name `old`, and of the code in it.
    pub(crate) fn rename_file(&self, old: &Val, new: &Val) {
        if str::lossy(&self.filename()) != str::lossy(old) {
            return;
        }
        self.filename.set(new.to_obj());
        if let Some(b) = self.made() {
            for c in Val::from_words(&b.consts) {
                if let Some(c) = c.get::<CodeObj>() {
                    c.rename_file(old, new);
                }
            }
        }
    }
}

fn name_tuple(py: &Py, v: &[Word]) -> Obj {
    tuple::from_slice(py, Val::from_words(v))
}

/// Name of a local, cell or free variable by its number.
fn varname(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let code = a[0].cast::<CodeObj>();
    let i = crate::object::ops::to_isize(py, &a[1])?;
    match usize::try_from(i) {
        Ok(i) if i < code.locals as usize => Ok(code.slot_name(i).to_obj()),
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
            str::lossy(c.co_name()),
            v.id(),
            str::lossy(&c.filename()),
            c.first_line
        )))
    });
    t.slots().hash.set(|_, v| {
        let c = v.cast::<CodeObj>();
        let mut h = std::hash::DefaultHasher::new();
        h.write(str::lossy(c.co_name()).as_bytes());
        for n in [c.first_line, c.flags, c.arg_count, c.locals] {
            h.write_u32(n);
        }
        Ok(h.finish() as i64)
    });
    t.slots().compare.set(|py, a, b, op| {
        let (c, Some(o)) = (a.cast::<CodeObj>(), b.get::<CodeObj>()) else {
            return Ok(py.not_implemented());
        };
        let same = || {
            a.is(b)
                || c.name == o.name
                    && c.first_line == o.first_line
                    && c.content().bytes() == o.content().bytes()
        };
        Ok(match op {
            CmpOp::Eq => py.bool(same()),
            CmpOp::Ne => py.bool(!same()),
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
    get!("co_name", |_py, c| c.co_name().to_obj());
    get!("co_qualname", |_py, c| c.co_qualname().to_obj());
    get!("co_filename", |_py, c| c.filename());
    get!("co_firstlineno", |py, c| py.int(c.first_line as i64));
    get!("co_flags", |py, c| py.int((c.flags & 0x3fff_ffff) as i64));
    get!("co_argcount", |py, c| py.int(c.arg_count as i64));
    get!("co_posonlyargcount", |py, c| py.int(c.posonly_count as i64));
    get!("co_kwonlyargcount", |py, c| py.int(c.kwonly_count as i64));
    get!("co_nlocals", |py, c| py.int(c.vars as i64));
    get!("co_stacksize", |py, c| py
        .int(c.slots as i64 - c.locals as i64));
    get!("co_varnames", |py, c| name_tuple(
        py,
        &c.body().slot_names[..c.nlocals()]
    ));
    get!("co_cellvars", |py, c| name_tuple(
        py,
        &c.body().slot_names[c.nlocals()..(c.vars + c.cells) as usize]
    ));
    get!("co_freevars", |py, c| name_tuple(
        py,
        &c.body().slot_names[(c.vars + c.cells) as usize..]
    ));
    get!("co_names", |py, c| name_tuple(py, &c.body().names));
    get!("co_consts", |py, c| tuple::from_slice(
        py,
        Val::from_words(&c.body().consts)
    ));
    get!("co_code", |py, c| {
        let words = c.image.body(c.record).words;
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
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
    let rows = (0..c.words().len()).map(|i| {
        let p = c.position(i);
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
    let runs = c.positions();
    let lines = runs.chunk_by(|a, b| a.1.line == b.1.line);
    let mut rows = Vec::new();
    let mut at = 0;
    for same in lines {
        at += same.len();
        let end = runs.get(at).map_or(c.words().len(), |r| r.0 as usize);
        let line = match same[0].1.line {
            0 => py.none(),
            n => py.int(n as i64),
        };
        let range = [py.int(same[0].0 as i64 * 2), py.int(end as i64 * 2)];
        let [start, end] = range;
        rows.push(tuple::new(py, vec![start, end, line]));
    }
    let list = crate::builtins::list::new(py, rows);
    crate::object::ops::iter(py, &list)
}

fn replace(py: &Py, args: crate::object::native::Args) -> PyResult<Obj> {
    let mut unit = args.all()[0].cast::<CodeObj>().unit();
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
    Ok(new(py, &unit))
}

/// Marks the code of a module-level function or class: freed by the collector only.
pub fn set_deferred(code: &Val) {
    if let Some(h) = code.header() {
        h.set_flags(flags::DEFERRED);
    }
}
