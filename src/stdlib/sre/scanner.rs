//! `Pattern.scanner`: matches one after the other.

use super::matching::MatchObj;
use super::pattern::{PatternObj, bounds};
use super::text::Mode;
use crate::builtins::bytes;
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::object::buffer::{self, Buffer};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use parking_lot::Mutex;

/// Payload.
pub struct ScannerObj {
    pattern: Slot,
    string: Slot,
    pos: usize,
    endpos: usize,
    /// Keeps a mutable subject from being resized.
    export: Option<Buffer>,
    /// Where to go on, and whether an empty match there does not count; `None` at the end.
    next: Mutex<Option<(usize, bool)>>,
}

impl Trace for ScannerObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.pattern);
        t.slot(&self.string);
        if let Some(b) = &self.export {
            t.obj(&b.owner);
        }
    }
}

crate::native_type!(
    /// Type of scanners.
    pub SCANNER: ScannerObj = "_sre.SRE_Scanner", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init
);

/// A scanner: pattern, string, pos, endpos.
pub fn make(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let text = a[0].cast::<PatternObj>().subject(py, &a[1])?;
    let (pos, endpos) = bounds(py, &a[2], &a[3], text.len())?;
    drop(text);
    let export = match a[1].get::<StrObj>().is_none() && bytes::view(&a[1]).is_none() {
        true => Some(buffer::get(py, &a[1], false)?),
        false => None,
    };
    let s = ScannerObj {
        pattern: Slot::new(a[0].to_obj()),
        string: Slot::new(a[1].to_obj()),
        pos,
        endpos,
        export,
        next: Mutex::new((pos <= endpos).then_some((pos, false))),
    };
    Ok(py.alloc(&SCANNER, s))
}

fn step(py: &Py, v: &Val, mode: Mode) -> PyResult<Obj> {
    let s = v.cast::<ScannerObj>();
    // SAFETY: both fields are written once, at creation.
    let (pattern, string) = unsafe { (s.pattern.fixed(), s.string.fixed()) };
    let Some((from, must_advance)) = *s.next.lock() else {
        return Ok(py.none());
    };
    let p = pattern.cast::<PatternObj>();
    let text = p.subject(py, string)?;
    let to = s.endpos.min(text.len());
    let found = if from > to {
        None
    } else {
        p.run(&text, from, to, mode, must_advance)
    };
    *s.next.lock() = found.as_ref().map(|f| (f.end, f.start == f.end));
    match found {
        Some(f) => Ok(MatchObj::make(py, pattern, string, f, s.pos, s.endpos)),
        None => Ok(py.none()),
    }
}

fn init(t: &mut TypeInit) {
    t.method(
        "match",
        "($self, /)",
        Bound(|py, a| step(py, &a[0], Mode::Match)),
    );
    t.method(
        "search",
        "($self, /)",
        Bound(|py, a| step(py, &a[0], Mode::Search)),
    );
    t.getset(
        "pattern",
        |_, v| Ok(v.cast::<ScannerObj>().pattern.obj()),
        None,
    );
}
