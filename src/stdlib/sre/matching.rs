//! `re.Match`.

use super::pattern::{PatternObj, part};
use super::template;
use super::text::{Found, Span, Text};
use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::Builder;
use crate::builtins::{int, iterators, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use smallvec::SmallVec;

/// Payload. The fields are written once, before publication.
pub struct MatchObj {
    pattern: Slot,
    string: Slot,
    pos: usize,
    endpos: usize,
    last: Option<usize>,
    /// The whole match and the groups.
    spans: SmallVec<[Span; 2]>,
}

impl Trace for MatchObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.pattern);
        t.slot(&self.string);
    }
}

crate::native_type!(
    /// The type `re.Match`.
    pub MATCH: MatchObj = "re.Match", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init
);

impl MatchObj {
    /// A match object.
    pub fn make(py: &Py, pattern: &Val, string: &Val, f: Found, pos: usize, endpos: usize) -> Obj {
        let m = MatchObj {
            pattern: Slot::new(pattern.to_obj()),
            string: Slot::new(string.to_obj()),
            pos,
            endpos,
            last: f.last,
            spans: f.spans,
        };
        py.alloc(&MATCH, m)
    }
    fn pattern(&self) -> &PatternObj {
        // SAFETY: written once, before publication.
        unsafe { self.pattern.fixed() }.cast::<PatternObj>()
    }
    fn string(&self) -> &Val {
        // SAFETY: written once, before publication.
        unsafe { self.string.fixed() }
    }
    /// Spans of the whole match and the groups.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
    /// Text of a span, `default` for a group that took no part.
    fn text(&self, py: &Py, span: Span, default: &Val) -> PyResult<Obj> {
        match span {
            None => Ok(default.to_obj()),
            Some((from, to)) => {
                let text = Text::of(py, self.string())?;
                // A mutable subject may have shrunk.
                let (from, to) = (from.min(text.len()), to.min(text.len()));
                Ok(part(py, self.string(), &text, from, to))
            }
        }
    }
    /// Number of a group given by number or name.
    fn group_number(&self, py: &Py, v: &Val) -> PyResult<usize> {
        let n = if int::view(v).is_some() || v.ty().slots.index.get().is_some() {
            usize::try_from(ops::clamp_index(py, v)?).ok()
        } else {
            let index = self.pattern().groupindex();
            match index.cast::<DictObj>().get(py, v) {
                Ok(Some(n)) => ops::to_i64(py, &n)
                    .ok()
                    .and_then(|n| usize::try_from(n).ok()),
                Ok(None) => None,
                // An unhashable key names no group.
                Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => None,
                Err(e) => return Err(e),
            }
        };
        n.filter(|&n| n < self.spans.len())
            .ok_or_else(|| py.index_error("no such group"))
    }
    fn group(&self, py: &Py, v: &Val) -> PyResult<Obj> {
        let n = self.group_number(py, v)?;
        self.text(py, self.spans[n], &py.none())
    }
    fn span_arg(&self, py: &Py, v: &Val) -> PyResult<(i64, i64)> {
        let n = match v.given() {
            None => 0,
            Some(v) => self.group_number(py, v)?,
        };
        Ok(numbers(self.spans[n]))
    }
}

fn numbers(s: Span) -> (i64, i64) {
    s.map_or((-1, -1), |(from, to)| (from as i64, to as i64))
}

fn pair(py: &Py, (from, to): (i64, i64)) -> Obj {
    tuple::new(py, vec![py.int(from), py.int(to)])
}

fn this(v: &Val) -> &MatchObj {
    v.cast::<MatchObj>()
}

fn init(t: &mut TypeInit) {
    t.method(
        "group",
        "($self, *args)",
        Bound(|py, a| {
            let m = this(&a[0]);
            match &a[1..] {
                [] => m.text(py, m.spans[0], &py.none()),
                [one] => m.group(py, one),
                many => Ok(tuple::new(
                    py,
                    many.iter()
                        .map(|v| m.group(py, v))
                        .collect::<PyResult<_>>()?,
                )),
            }
        }),
    );
    t.slots().getitem.set(|py, v, key| this(v).group(py, key));
    t.method(
        "groups",
        "($self, /, default=None)",
        Bound(|py, a| {
            let m = this(&a[0]);
            let none = py.none();
            let default = a[1].given().unwrap_or(&none);
            let texts = m.spans[1..].iter().map(|s| m.text(py, *s, default));
            Ok(tuple::new(py, texts.collect::<PyResult<_>>()?))
        }),
    );
    t.method(
        "groupdict",
        "($self, /, default=None)",
        Bound(|py, a| {
            let m = this(&a[0]);
            let none = py.none();
            let default = a[1].given().unwrap_or(&none);
            let out = dict::new(py);
            for (name, _) in m.pattern().groupindex().cast::<DictObj>().items() {
                let n = m.group_number(py, &name)?;
                out.cast::<DictObj>()
                    .set(py, &name, m.text(py, m.spans[n], default)?)?;
            }
            Ok(out)
        }),
    );
    t.method(
        "start",
        "($self, group=0, /)",
        Bound(|py, a| Ok(py.int(this(&a[0]).span_arg(py, &a[1])?.0))),
    );
    t.method(
        "end",
        "($self, group=0, /)",
        Bound(|py, a| Ok(py.int(this(&a[0]).span_arg(py, &a[1])?.1))),
    );
    t.method(
        "span",
        "($self, group=0, /)",
        Bound(|py, a| Ok(pair(py, this(&a[0]).span_arg(py, &a[1])?))),
    );
    t.method(
        "expand",
        "($self, /, template)",
        Bound(|py, a| {
            let m = this(&a[0]);
            let text = Text::of(py, m.string())?;
            template::expand(py, &m.pattern.obj(), &a[1], &text, &m.spans)
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
    t.getset("string", |_, v| Ok(this(v).string.obj()), None);
    t.getset("re", |_, v| Ok(this(v).pattern.obj()), None);
    t.getset("pos", |py, v| Ok(py.int(this(v).pos as i64)), None);
    t.getset("endpos", |py, v| Ok(py.int(this(v).endpos as i64)), None);
    t.getset(
        "lastindex",
        |py, v| Ok(this(v).last.map_or_else(|| py.none(), |n| py.int(n as i64))),
        None,
    );
    t.getset(
        "lastgroup",
        |py, v| {
            Ok(this(v)
                .last
                .and_then(|n| this(v).pattern().group_name(n))
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "regs",
        |py, v| {
            Ok(tuple::new(
                py,
                this(v)
                    .spans
                    .iter()
                    .map(|s| pair(py, numbers(*s)))
                    .collect(),
            ))
        },
        None,
    );
    t.slots().repr.set(|py, v| {
        let m = this(v);
        let (from, to) = numbers(m.spans[0]);
        let mut b = Builder::new();
        b.push_str(&format!(
            "<{} object; span=({from}, {to}), match=",
            v.ty().full_name()
        ));
        iterators::push_repr(py, &mut b, &*m.text(py, m.spans[0], &py.none())?)?;
        b.push_str(">");
        Ok(b.finish(py))
    });
}
