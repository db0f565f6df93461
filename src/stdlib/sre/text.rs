//! Subjects of the engine: str of each storage width and bytes-like objects, without copying.
//!
//! The engine's cursor has a private byte pointer, so wide units are reached through the crate's own byte cursor: a unit is two
//! or four byte steps, after which the position is set right.

use crate::builtins::bytes::{BytesObj, Data};
use crate::builtins::str::{StrObj, Units, unit};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::value::Val;
use crate::thread::Py;
use rustpython_sre_engine::{Request, SreInfo, SreOpcode, State, StrDrive, StringCursor};
use smallvec::SmallVec;

type Bytes<'a> = &'a [u8];

/// Units of `W` bytes.
#[derive(Clone, Copy)]
struct Drive<'a, const W: usize>(Bytes<'a>);

impl<const W: usize> Drive<'_, W> {
    #[inline(always)]
    fn forth(c: &mut StringCursor, n: usize) {
        let at = c.position;
        Bytes::skip(c, n * W);
        c.position = at.wrapping_add(n);
    }
    #[inline(always)]
    fn back(c: &mut StringCursor, n: usize) {
        let at = c.position;
        c.position = n * W;
        Bytes::back_skip(c, n * W);
        c.position = at.wrapping_sub(n);
    }
    #[inline(always)]
    fn read(c: &StringCursor) -> u32 {
        let mut c = *c;
        let mut next = || {
            let b = Bytes::peek(&c) as u8;
            c.position = 0;
            Bytes::skip(&mut c, 1);
            b
        };
        match W {
            1 => next() as u32,
            2 => u16::from_ne_bytes([next(), next()]) as u32,
            _ => u32::from_ne_bytes([next(), next(), next(), next()]),
        }
    }
}

impl<const W: usize> StrDrive for Drive<'_, W> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.len() / W
    }
    #[inline(always)]
    fn create_cursor(&self, n: usize) -> StringCursor {
        let mut c = self.0.create_cursor(n * W);
        c.position = n;
        c
    }
    #[inline(always)]
    fn adjust_cursor(&self, cursor: &mut StringCursor, n: usize) {
        *cursor = self.create_cursor(n);
    }
    #[inline(always)]
    fn advance(cursor: &mut StringCursor) -> u32 {
        let c = Self::read(cursor);
        Self::forth(cursor, 1);
        c
    }
    #[inline(always)]
    fn peek(cursor: &StringCursor) -> u32 {
        Self::read(cursor)
    }
    #[inline(always)]
    fn skip(cursor: &mut StringCursor, n: usize) {
        Self::forth(cursor, n);
    }
    #[inline(always)]
    fn back_advance(cursor: &mut StringCursor) -> u32 {
        Self::back(cursor, 1);
        Self::read(cursor)
    }
    #[inline(always)]
    fn back_peek(cursor: &StringCursor) -> u32 {
        let mut c = *cursor;
        Self::back(&mut c, 1);
        Self::read(&c)
    }
    #[inline(always)]
    fn back_skip(cursor: &mut StringCursor, n: usize) {
        Self::back(cursor, n);
    }
}

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
pub struct Found {
    pub start: usize,
    pub end: usize,
    /// Number of the last closed group.
    pub last: Option<usize>,
    /// Groups 1...
    pub groups: SmallVec<[Span; 4]>,
}

/// One run of the engine.
pub struct Run<'a> {
    pub codes: &'a [u32],
    pub groups: usize,
    pub from: usize,
    pub to: usize,
    pub mode: Mode,
    /// An empty match at `from` does not count.
    pub must_advance: bool,
}

impl Run<'_> {
    pub fn exec(&self, text: &Text) -> Option<Found> {
        match text.units() {
            Units::One(s) => self.with(Drive::<1>(s), s),
            Units::Two(s) => self.with(Drive::<2>(raw(s)), s),
            Units::Four(s) => self.with(Drive::<4>(raw(s)), s),
        }
    }

    fn with<S: StrDrive, T: unit::Unit>(&self, drive: S, units: &[T]) -> Option<Found> {
        let mut from = self.from;
        if self.mode == Mode::Search && from <= self.to {
            from += self.first_candidate(units.get(from..self.to)?)?;
        }
        let mut req = Request::new(
            drive,
            from,
            self.to,
            self.codes,
            self.mode == Mode::FullMatch,
        );
        req.must_advance = self.must_advance;
        let mut state = State::default();
        state.reset(&req, req.start);
        let hit = if self.mode == Mode::Search {
            state.search(req)
        } else {
            state.py_match(&req)
        };
        if !hit {
            return None;
        }
        let mark = |i: usize| match state.marks.get(i) {
            (a, b) if a.is_some() && b.is_some() && a.unpack() <= b.unpack() => {
                Some((a.unpack(), b.unpack()))
            }
            _ => None,
        };
        Some(Found {
            start: state.start,
            end: state.cursor.position,
            last: usize::try_from(state.marks.last_index())
                .ok()
                .filter(|&n| n > 0),
            groups: (0..self.groups).map(mark).collect(),
        })
    }

    /// Where the literal prefix of the pattern first occurs; 0 if it has none.
    fn first_candidate<T: unit::Unit>(&self, part: &[T]) -> Option<usize> {
        let c = self.codes;
        let info = c.len() > 7 && c[0] == SreOpcode::INFO as u32;
        if !info || c[2] & SreInfo::PREFIX.bits() == 0 {
            return Some(0);
        }
        let Some(prefix) = c.get(7..7 + c[5] as usize) else {
            return Some(0);
        };
        let prefix = unit::convert(part, Units::Four(prefix))?;
        unit::find(part, &prefix)
    }
}

fn raw<T: unit::Unit>(s: &[T]) -> &[u8] {
    // SAFETY: units are plain integers without padding.
    unsafe { std::slice::from_raw_parts(s.as_ptr() as *const u8, size_of_val(s)) }
}
