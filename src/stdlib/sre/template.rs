//! Replacement templates: `_sre.template`, and what `sub` and `expand` do with a replacement.

use super::matching::MatchObj;
use super::pattern::{Output, PatternObj};
use super::text::{Found, Span, Text};
use crate::builtins::bytes;
use crate::builtins::list::ListObj;
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload: a literal, then groups, each followed by a literal.
pub struct TemplateObj {
    head: Slot,
    tail: Vec<(usize, Slot)>,
}

impl Trace for TemplateObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.head);
        self.tail.iter().for_each(|(_, s)| t.slot(s));
    }
}

crate::native_type!(
    /// Type of compiled templates.
    pub TEMPLATE: TemplateObj = "_sre.SRE_Template", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE,
    init |_| ()
);

/// `_sre.template(pattern, parsed)`
pub fn make(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let invalid = || py.type_error("invalid template");
    let Some(l) = a[1].get::<ListObj>() else {
        return Err(invalid());
    };
    let items = l.to_vec();
    if items.len() % 2 == 0 || a[0].get::<PatternObj>().is_none() {
        return Err(invalid());
    }
    let mut it = items.into_iter();
    let head = it.next().ok_or_else(invalid)?;
    let mut tail = Vec::new();
    while let (Some(group), Some(literal)) = (it.next(), it.next()) {
        let n = usize::try_from(ops::to_isize(py, &group)?)
            .map_err(|_| py.value_error("invalid template"))?;
        tail.push((n, Slot::new(literal)));
    }
    Ok(py.alloc(
        &TEMPLATE,
        TemplateObj {
            head: Slot::new(head),
            tail,
        },
    ))
}

/// What a match is replaced with.
pub enum Replacement {
    Call(Obj),
    Literal(Obj),
    Template(Obj),
}

impl Replacement {
    /// The replacement `repl` of a call of `sub` of `pattern`.
    pub fn new(py: &Py, pattern: &Val, repl: &Val) -> PyResult<Replacement> {
        if ops::is_callable(repl) {
            return Ok(Replacement::Call(repl.to_obj()));
        }
        let literal = match repl.get::<StrObj>() {
            Some(s) => !s.chars().any(|c| c == b'\\' as u32),
            None if buffer::supports(repl) => {
                memchr::memchr(b'\\', &bytes::data(py, repl)?).is_none()
            }
            None => false,
        };
        if literal {
            return Ok(Replacement::Literal(repl.to_obj()));
        }
        compiled(py, pattern, repl).map(Replacement::Template)
    }

    /// Adds the replacement of a match; false if it is nothing. `number` is the position in messages.
    #[allow(clippy::too_many_arguments)]
    pub fn write(
        &self,
        py: &Py,
        pattern: &Val,
        string: &Val,
        text: &Text,
        m: &Found,
        out: &mut Output,
        number: usize,
    ) -> PyResult<bool> {
        match self {
            Replacement::Literal(v) => out.value(py, v, number)?,
            Replacement::Template(t) => {
                let span = |n: usize| m.spans.get(n).copied().flatten();
                fill(py, t, text, span, out)?;
            }
            Replacement::Call(f) => {
                let found = MatchObj::make(py, pattern, string, m.clone(), 0, text.len());
                let r = ops::call1(py, f, &found)?;
                if r.is_none() {
                    return Ok(false);
                }
                out.value(py, &r, number)?;
            }
        }
        Ok(true)
    }
}

/// The compiled form of a template text, from the cache of `re`.
fn compiled(py: &Py, pattern: &Val, repl: &Val) -> PyResult<Obj> {
    let re = crate::import::import_module(py, "re")?;
    let f = ops::getattr_str(py, &re, "_compile_template")?;
    // An unhashable template cannot be in the cache: its text decides.
    let key = if repl.get::<StrObj>().is_some() || !buffer::supports(repl) {
        repl.to_obj()
    } else {
        bytes::new(py, &bytes::data(py, repl)?)
    };
    let t = ops::call2(py, &f, pattern, &key)?;
    if t.get::<TemplateObj>().is_none() {
        return Err(py.runtime_error("the result of compiling a replacement string is invalid"));
    }
    Ok(t)
}

fn fill(
    py: &Py,
    t: &Val,
    text: &Text,
    span: impl Fn(usize) -> Span,
    out: &mut Output,
) -> PyResult<()> {
    let t = t.cast::<TemplateObj>();
    out.value(py, &t.head.obj(), 0)?;
    for (n, literal) in &t.tail {
        if let Some((from, to)) = span(*n) {
            out.part(text, from, to);
        }
        out.value(py, &literal.obj(), 0)?;
    }
    Ok(())
}

/// `Match.expand`
pub fn expand(
    py: &Py,
    pattern: &Val,
    template: &Val,
    text: &Text,
    spans: &[Span],
) -> PyResult<Obj> {
    let t = compiled(py, pattern, template)?;
    let mut out = Output::like(text);
    fill(py, &t, text, |n| spans.get(n).copied().flatten(), &mut out)?;
    Ok(out.finish(py))
}
