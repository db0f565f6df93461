//! `re.Pattern`.

use super::matching::MatchObj;
use super::prefilter::Prefilter;
use super::program::{self, Program};
use super::template;
use super::text::{Found, Mode, Run, Text};
use super::{scanner, validate};
use crate::builtins::bytes::{self, BytesObj};
use crate::builtins::dict::DictObj;
use crate::builtins::str::{self, Builder, StrObj};
use crate::builtins::{iterators, list, tuple};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::OnceLock;

/// Payload. The fields are written once, before publication.
pub struct PatternObj {
    codes: Box<[u32]>,
    program: Program,
    /// Made by the first search.
    prefilter: OnceLock<Prefilter>,
    flags: i64,
    groups: usize,
    pattern: Slot,
    groupindex: Slot,
    indexgroup: Slot,
    /// Kind of subjects: `None` if the pattern has no text.
    bytes: Option<bool>,
}

impl Trace for PatternObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.pattern);
        t.slot(&self.groupindex);
        t.slot(&self.indexgroup);
    }
}

crate::native_type!(
    /// The type `re.Pattern`.
    pub PATTERN: PatternObj = "re.Pattern", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::WEAKREF | tf::IMMUTABLE,
    init init
);

/// `_sre.compile`
pub fn compile(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let flags = ops::to_i64(py, &a[1])?;
    let Some(code) = a[2].get::<list::ListObj>() else {
        return Err(py.type_error(format!(
            "compile() argument 'code' must be list, not {}",
            a[2].ty().name()
        )));
    };
    let groups = usize::try_from(ops::to_isize(py, &a[3])?)
        .map_err(|_| py.runtime_error("invalid SRE code"))?;
    if a[4].get::<DictObj>().is_none() {
        return Err(py.type_error(format!(
            "compile() argument 'groupindex' must be dict, not {}",
            a[4].ty().name()
        )));
    }
    let Some(names) = a[5].get::<tuple::TupleObj>() else {
        return Err(py.type_error(format!(
            "compile() argument 'indexgroup' must be tuple, not {}",
            a[5].ty().name()
        )));
    };
    let codes = code.to_vec().into_iter().map(|v| {
        u32::try_from(ops::to_i64(py, &v)?)
            .map_err(|_| py.overflow_error("regular expression code size limit exceeded"))
    });
    let codes = codes.collect::<PyResult<Box<[u32]>>>()?;
    if !validate::valid(&codes, groups) || (names.len() != groups + 1 && !names.is_empty()) {
        return Err(py.runtime_error("invalid SRE code"));
    }
    let Some(program) = program::translate(&codes) else {
        return Err(py.runtime_error("invalid SRE code"));
    };
    let pattern = &a[0];
    let bytes = if pattern.is_none() {
        None
    } else if pattern.get::<StrObj>().is_some() {
        Some(false)
    } else {
        Text::of(py, pattern)?;
        Some(true)
    };
    Ok(py.alloc(
        &PATTERN,
        PatternObj {
            codes,
            program,
            prefilter: OnceLock::new(),
            flags,
            groups,
            pattern: Slot::new(pattern.to_obj()),
            groupindex: Slot::new(a[4].to_obj()),
            indexgroup: Slot::new(a[5].to_obj()),
            bytes,
        },
    ))
}

impl PatternObj {
    pub fn groups(&self) -> usize {
        self.groups
    }
    pub fn groupindex(&self) -> Obj {
        self.groupindex.obj()
    }
    /// Name of a group.
    pub fn group_name(&self, i: usize) -> Option<Obj> {
        let names = self.indexgroup.obj();
        names
            .get::<tuple::TupleObj>()
            .and_then(|t| t.items().get(i).map(Val::to_obj))
            .filter(|n| !n.is_none())
    }
    /// The subject, which must be of the pattern's kind.
    pub fn subject<'a>(&self, py: &Py, v: &'a Val) -> PyResult<Text<'a>> {
        let t = Text::of(py, v)?;
        match (&t, self.bytes) {
            (Text::Bytes(_), Some(false)) => {
                Err(py.type_error("cannot use a string pattern on a bytes-like object"))
            }
            (Text::Str(_), Some(true)) => {
                Err(py.type_error("cannot use a bytes pattern on a string-like object"))
            }
            _ => Ok(t),
        }
    }
    /// The first match.
    pub fn run(
        &self,
        text: &Text,
        from: usize,
        to: usize,
        mode: Mode,
        must_advance: bool,
    ) -> Option<Found> {
        Run {
            program: &self.program,
            prefilter: &|| self.prefilter(),
            groups: self.groups,
            from,
            to,
            mode,
            must_advance,
        }
        .exec(text)
    }
    fn prefilter(&self) -> &Prefilter {
        self.prefilter.get_or_init(|| Prefilter::new(&self.program))
    }
}

/// The optional arguments `pos` and `endpos`, clipped to the subject.
pub fn bounds(py: &Py, pos: &Val, endpos: &Val, len: usize) -> PyResult<(usize, usize)> {
    let clip = |v: &Val, default: usize| match v.given() {
        None => Ok(default),
        Some(v) => Ok(str::case::ssize(py, v)?.clamp(0, len as isize) as usize),
    };
    Ok((clip(pos, 0)?, clip(endpos, len)?))
}

/// A part of a subject: str or bytes.
pub fn part(py: &Py, v: &Val, text: &Text, from: usize, to: usize) -> Obj {
    match text {
        Text::Str(_) => str::slice(py, v, from, to),
        Text::Bytes(b) => match v.get::<BytesObj>() {
            Some(_) if from == 0 && to == b.len() && bytes::BYTES.is_exact(v) => v.to_obj(),
            _ => bytes::new(py, &b[from.min(b.len())..to.min(b.len())]),
        },
    }
}

fn one(py: &Py, a: &[Val], mode: Mode) -> PyResult<Obj> {
    let p = a[0].cast::<PatternObj>();
    let text = p.subject(py, &a[1])?;
    let (from, to) = bounds(py, &a[2], &a[3], text.len())?;
    if from > to {
        return Ok(py.none());
    }
    match p.run(&text, from, to, mode, false) {
        Some(f) => Ok(MatchObj::make(py, &a[0], &a[1], f, from, to)),
        None => Ok(py.none()),
    }
}

/// Calls `f` for each match; it returns false to stop.
pub fn each(
    p: &PatternObj,
    text: &Text,
    from: usize,
    to: usize,
    mut f: impl FnMut(&Found) -> PyResult<bool>,
) -> PyResult<()> {
    let mut result = Ok(());
    Run {
        program: &p.program,
        prefilter: &|| p.prefilter(),
        groups: p.groups,
        from,
        to,
        mode: Mode::Search,
        must_advance: false,
    }
    .each(text, |m| match f(&m) {
        Ok(more) => more,
        Err(e) => {
            result = Err(e);
            false
        }
    });
    result
}

fn findall(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let p = a[0].cast::<PatternObj>();
    let text = p.subject(py, &a[1])?;
    let (from, to) = bounds(py, &a[2], &a[3], text.len())?;
    let cut = |span: Option<(usize, usize)>| {
        let (from, to) = span.unwrap_or((0, 0));
        part(py, &a[1], &text, from, to)
    };
    let mut out = Vec::new();
    each(p, &text, from, to, |m| {
        out.push(match m.groups() {
            [] => cut(Some((m.start, m.end))),
            [one] => cut(*one),
            groups => tuple::new(py, groups.iter().map(|g| cut(*g)).collect()),
        });
        Ok(true)
    })?;
    Ok(list::new(py, out))
}

fn split(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let p = a[0].cast::<PatternObj>();
    let text = p.subject(py, &a[1])?;
    let max = count_arg(py, &a[2])?;
    let (mut out, mut last, mut n) = (Vec::new(), 0, 0);
    if max > 0 {
        each(p, &text, 0, text.len(), |m| {
            out.push(part(py, &a[1], &text, last, m.start));
            for g in m.groups() {
                out.push(
                    g.map_or_else(|| py.none(), |(from, to)| part(py, &a[1], &text, from, to)),
                );
            }
            last = m.end;
            n += 1;
            Ok(n < max)
        })?;
    }
    out.push(part(py, &a[1], &text, last, text.len()));
    Ok(list::new(py, out))
}

/// `count` and `maxsplit`: 0 means no limit, negative ones none at all.
fn count_arg(py: &Py, v: &Val) -> PyResult<usize> {
    match v.given() {
        None => Ok(usize::MAX),
        Some(v) => Ok(match str::case::ssize(py, v)? {
            0 => usize::MAX,
            n => usize::try_from(n).unwrap_or(0),
        }),
    }
}

/// Collects text of the subject's kind.
pub enum Output {
    Str(Builder),
    Bytes(Vec<u8>),
}

impl Output {
    pub fn like(text: &Text) -> Output {
        match text {
            Text::Str(_) => Output::Str(Builder::new()),
            Text::Bytes(_) => Output::Bytes(Vec::new()),
        }
    }
    /// Adds a part of a subject.
    pub fn part(&mut self, text: &Text, from: usize, to: usize) {
        match (self, text) {
            (Output::Str(b), Text::Str(s)) => b.push_units(s.units().slice(from, to)),
            (Output::Bytes(v), Text::Bytes(b)) => {
                v.extend_from_slice(&b[from.min(b.len())..to.min(b.len())])
            }
            _ => {}
        }
    }
    /// Adds a replacement; `number` is its position in messages.
    pub fn value(&mut self, py: &Py, v: &Val, number: usize) -> PyResult<()> {
        match self {
            Output::Str(b) => match v.get::<StrObj>() {
                Some(s) => b.push_obj(s),
                None => {
                    let m = format!(
                        "sequence item {number}: expected str instance, {} found",
                        v.ty().name()
                    );
                    return Err(py.type_error(m));
                }
            },
            Output::Bytes(out) => {
                if !buffer::supports(v) {
                    let m = format!(
                        "sequence item {number}: expected a bytes-like object, {} found",
                        v.ty().name()
                    );
                    return Err(py.type_error(m));
                }
                out.extend_from_slice(&bytes::data(py, v)?);
            }
        }
        Ok(())
    }
    pub fn finish(self, py: &Py) -> Obj {
        match self {
            Output::Str(b) => b.finish(py),
            Output::Bytes(v) => bytes::new(py, &v),
        }
    }
}

/// The result of `sub` and the number of replacements.
fn replace(py: &Py, a: &[Val]) -> PyResult<(Obj, usize)> {
    let p = a[0].cast::<PatternObj>();
    let text = p.subject(py, &a[2])?;
    let max = count_arg(py, &a[3])?;
    let by = template::Replacement::new(py, &a[0], &a[1])?;
    let mut out = Output::like(&text);
    let (mut last, mut n, mut pieces) = (0, 0, 0);
    if max > 0 {
        each(p, &text, 0, text.len(), |m| {
            if last < m.start {
                out.part(&text, last, m.start);
                pieces += 1;
            }
            if by.write(py, &a[0], &a[2], &text, m, &mut out, pieces)? {
                pieces += 1;
            }
            last = m.end;
            n += 1;
            Ok(n < max)
        })?;
    }
    if n == 0 {
        return Ok((part(py, &a[2], &text, 0, text.len()), 0));
    }
    out.part(&text, last, text.len());
    Ok((out.finish(py), n))
}

fn init(t: &mut TypeInit) {
    const ONE: &str = "($self, /, string, pos=0, endpos=sys.maxsize)";
    t.method("match", ONE, Bound(|py, a| one(py, a, Mode::Match)));
    t.method("fullmatch", ONE, Bound(|py, a| one(py, a, Mode::FullMatch)));
    t.method("search", ONE, Bound(|py, a| one(py, a, Mode::Search)));
    t.method("findall", ONE, Bound(findall));
    t.method(
        "finditer",
        ONE,
        Bound(|py, a| {
            let s = scanner::make(py, a)?;
            let search = ops::getattr_str(py, &s, "search")?;
            Ok(iterators::callable_iter(py, &search, &py.none()))
        }),
    );
    t.method("scanner", ONE, Bound(scanner::make));
    t.method("split", "($self, /, string, maxsplit=0)", Bound(split));
    t.method(
        "sub",
        "($self, /, repl, string, count=0)",
        Bound(|py, a| Ok(replace(py, a)?.0)),
    );
    t.method(
        "subn",
        "($self, /, repl, string, count=0)",
        Bound(|py, a| {
            let (r, n) = replace(py, a)?;
            Ok(tuple::new(py, vec![r, py.int(n as i64)]))
        }),
    );
    t.method("__copy__", "($self, /)", Bound(|_, a| Ok(a[0].to_obj())));
    t.method(
        "__deepcopy__",
        "($self, memo, /)",
        Bound(|_, a| Ok(a[0].to_obj())),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(iterators::generic_alias),
    );
    t.getset(
        "pattern",
        |_, v| Ok(v.cast::<PatternObj>().pattern.obj()),
        None,
    );
    t.getset(
        "flags",
        |py, v| Ok(py.int(v.cast::<PatternObj>().flags)),
        None,
    );
    t.getset(
        "groups",
        |py, v| Ok(py.int(v.cast::<PatternObj>().groups as i64)),
        None,
    );
    t.getset(
        "groupindex",
        |py, v| {
            Ok(crate::builtins::mappingproxy::new(
                py,
                v.cast::<PatternObj>().groupindex(),
            ))
        },
        None,
    );
    let s = t.slots();
    s.repr.set(repr);
    s.compare.set(compare);
    s.hash.set(|py, v| {
        let p = v.cast::<PatternObj>();
        let mix = p.codes.iter().fold(p.flags as u64, |h, c| {
            h.rotate_left(5) ^ (*c as u64).wrapping_mul(0x9e37_79b9)
        });
        Ok(match ops::hash(py, &p.pattern.obj())? ^ mix as i64 {
            -1 => -2,
            h => h,
        })
    });
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<PatternObj>(), b.get::<PatternObj>()) else {
        return Ok(py.not_implemented());
    };
    if op != CmpOp::Eq && op != CmpOp::Ne {
        return Ok(py.not_implemented());
    }
    let same = a.is(b)
        || x.flags == y.flags
            && x.bytes == y.bytes
            && x.codes == y.codes
            && ops::eq(py, &x.pattern.obj(), &y.pattern.obj())?;
    Ok(py.bool(same == (op == CmpOp::Eq)))
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    const NAMES: [(i64, &str); 7] = [
        (2, "re.IGNORECASE"),
        (4, "re.LOCALE"),
        (8, "re.MULTILINE"),
        (16, "re.DOTALL"),
        (64, "re.VERBOSE"),
        (128, "re.DEBUG"),
        (256, "re.ASCII"),
    ];
    let p = v.cast::<PatternObj>();
    let mut flags = p.flags;
    // Unicode matching is the default of str patterns.
    if p.bytes == Some(false) && flags & (4 | 32 | 256) == 32 {
        flags &= !32;
    }
    let mut names = Vec::new();
    for (bit, name) in NAMES {
        if flags & bit != 0 {
            names.push(name.to_string());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("0x{flags:x}"));
    }
    let text = ops::repr(py, &p.pattern.obj())?;
    let text = text.cast::<StrObj>();
    let mut b = Builder::new();
    b.push_str("re.compile(");
    b.push_units(text.units().slice(0, text.len().min(200)));
    if !names.is_empty() {
        b.push_str(", ");
        b.push_str(&names.join("|"));
    }
    b.push_str(")");
    Ok(b.finish(py))
}
