//! Subjects of the engine: str of each storage width and bytes-like objects, without copying; searching and matching.

use super::engine::Machine;
use super::prefilter::Prefilter;
use super::program::Program;
use crate::builtins::bytes::{BytesObj, Data};
use crate::builtins::str::{StrObj, Units, unit};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::value::Val;
use crate::thread::Py;
use smallvec::SmallVec;

/// A subject.
pub enum Text<'a> {
    Str(&'a StrObj),
    Bytes(Data<'a>),
}

impl<'a> Text<'a> {
    /// The text of any subject.
    pub fn of(py: &Py, v: &'a Val) -> PyResult<Text<'a>> {
        if let Some(s) = v.get::<StrObj>() {
            return Ok(Text::Str(s));
        }
        if let Some(b) = v.get::<BytesObj>() {
            return Ok(Text::Bytes(Data::Slice(b.as_slice())));
        }
        if !buffer::supports(v) {
            return Err(py.type_error(format!(
                "expected string or bytes-like object, got '{}'",
                v.ty().full_name()
            )));
        }
        let b = buffer::get(py, v, false)?;
        Ok(Text::Bytes(Data::View(b)))
    }
    pub fn len(&self) -> usize {
        match self {
            Text::Str(s) => s.len(),
            Text::Bytes(b) => b.len(),
        }
    }
    fn units(&self) -> Units<'_> {
        match self {
            Text::Str(s) => s.units(),
            Text::Bytes(b) => Units::One(b),
        }
    }
}

/// What to look for.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    Search,
    Match,
    FullMatch,
}

/// Part of a subject; `None` for a group that took no part.
pub type Span = Option<(usize, usize)>;

/// A match.
#[derive(Clone)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    /// Number of the last closed group.
    pub last: Option<usize>,
    /// The whole match and the groups.
    pub spans: SmallVec<[Span; 2]>,
}

impl Found {
    /// Groups 1...
    pub fn groups(&self) -> &[Span] {
        &self.spans[1..]
    }
}

/// One run of the engine.
pub struct Run<'a> {
    pub program: &'a Program,
    pub prefilter: &'a dyn Fn() -> &'a Prefilter,
    pub groups: usize,
    pub from: usize,
    pub to: usize,
    pub mode: Mode,
    /// An empty match at `from` does not count.
    pub must_advance: bool,
}

impl Run<'_> {
    /// The first match.
    pub fn exec(&self, text: &Text) -> Option<Found> {
        let mut first = None;
        self.each(text, |f| {
            first = Some(f);
            false
        });
        first
    }

    /// Calls `f` for each match until it returns false; without `Mode::Search` there is at most one.
    pub fn each(&self, text: &Text, f: impl FnMut(Found) -> bool) {
        match text.units() {
            Units::One(s) => self.with(s, f),
            Units::Two(s) => self.with(s, f),
            Units::Four(s) => self.with(s, f),
        }
    }

    fn with<U: unit::Unit>(&self, units: &[U], mut f: impl FnMut(Found) -> bool) {
        let text = &units[..self.to.min(units.len())];
        if self.from > text.len() {
            return;
        }
        let mut m = Machine::new(
            self.program,
            self.groups,
            text,
            self.mode == Mode::FullMatch,
        );
        let found = |m: &Machine<U>, start: usize, end: usize| {
            let mut spans = SmallVec::with_capacity(self.groups + 1);
            spans.push(Some((start, end)));
            spans.extend((0..self.groups).map(|i| m.group(i)));
            Found {
                start,
                end,
                last: m.last(),
                spans,
            }
        };
        if self.mode != Mode::Search {
            if let Some(end) = m.match_at(self.from, self.must_advance) {
                f(found(&m, self.from, end));
            }
            return;
        }
        let Some(to) = text.len().checked_sub(self.program.min_len) else {
            return;
        };
        let prefilter = (self.prefilter)();
        let (mut at, mut must_advance) = (self.from, self.must_advance);
        while at <= to {
            let Some(start) = prefilter.next(text, at, to) else {
                return;
            };
            if self.program.anchored && start > 0 {
                return;
            }
            match m.match_at(start, must_advance && start == at) {
                Some(end) => {
                    must_advance = start == end;
                    at = end;
                    if !f(found(&m, start, end)) {
                        return;
                    }
                }
                None => {
                    must_advance = false;
                    at = start + 1;
                }
            }
        }
    }
}
