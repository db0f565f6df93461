//! Algorithms on code units of one width that `str` and the bytes types share: search, and the writer of new strings.

use super::{StrObj, Units, alloc};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::text::CodeUnit;
use crate::thread::Py;
use std::borrow::Cow;

/// Runs an expression with the units of any width bound to a slice.
#[macro_export]
macro_rules! on_units {
    ($u:expr, $s:ident => $e:expr) => {
        match $u {
            $crate::builtins::str::Units::One($s) => $e,
            $crate::builtins::str::Units::Two($s) => $e,
            $crate::builtins::str::Units::Four($s) => $e,
        }
    };
}

/// A storage width with its fastest search.
pub trait Unit: CodeUnit + Default {
    fn units(s: &[Self]) -> Units<'_>;
    /// The units as this width without copying, if they have it.
    fn same<'a>(u: Units<'a>) -> Option<&'a [Self]>;
    fn from_cp(cp: u32) -> Self;
    /// The unit of a code point that fits.
    #[inline]
    fn fitting(cp: u32) -> Option<Self> {
        let u = Self::from_cp(cp);
        (u.cp() == cp).then_some(u)
    }
    /// The units as bytes, if they are bytes.
    #[inline(always)]
    fn as_bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
    fn find_one(h: &[Self], n: Self) -> Option<usize> {
        h.iter().position(|&c| c == n)
    }
    fn rfind_one(h: &[Self], n: Self) -> Option<usize> {
        h.iter().rposition(|&c| c == n)
    }
    fn find_many(h: &[Self], n: &[Self]) -> Option<usize>;
    fn rfind_many(h: &[Self], n: &[Self]) -> Option<usize>;
}

impl Unit for u8 {
    fn units(s: &[u8]) -> Units<'_> {
        Units::One(s)
    }
    fn same<'a>(u: Units<'a>) -> Option<&'a [u8]> {
        if let Units::One(s) = u { Some(s) } else { None }
    }
    fn from_cp(cp: u32) -> u8 {
        cp as u8
    }
    #[inline(always)]
    fn as_bytes(s: &[u8]) -> Option<&[u8]> {
        Some(s)
    }
    fn find_one(h: &[u8], n: u8) -> Option<usize> {
        memchr::memchr(n, h)
    }
    fn rfind_one(h: &[u8], n: u8) -> Option<usize> {
        memchr::memrchr(n, h)
    }
    fn find_many(h: &[u8], n: &[u8]) -> Option<usize> {
        memchr::memmem::find(h, n)
    }
    fn rfind_many(h: &[u8], n: &[u8]) -> Option<usize> {
        memchr::memmem::rfind(h, n)
    }
}

macro_rules! wide_unit {
    ($t:ty, $variant:ident) => {
        impl Unit for $t {
            fn units(s: &[$t]) -> Units<'_> {
                Units::$variant(s)
            }
            fn same<'a>(u: Units<'a>) -> Option<&'a [$t]> {
                if let Units::$variant(s) = u {
                    Some(s)
                } else {
                    None
                }
            }
            fn from_cp(cp: u32) -> $t {
                cp as $t
            }
            fn find_many(h: &[$t], n: &[$t]) -> Option<usize> {
                const W: usize = size_of::<$t>();
                let (hay, finder) = (raw(h), memchr::memmem::Finder::new(raw(n)));
                let mut from = 0;
                loop {
                    let at = from + finder.find(&hay[from..])?;
                    if at % W == 0 {
                        return Some(at / W);
                    }
                    // A match across units is none; go on at the next unit.
                    from = at.next_multiple_of(W);
                }
            }
            fn rfind_many(h: &[$t], n: &[$t]) -> Option<usize> {
                const W: usize = size_of::<$t>();
                let (hay, finder) = (raw(h), memchr::memmem::FinderRev::new(raw(n)));
                let mut to = hay.len();
                loop {
                    let at = finder.rfind(&hay[..to])?;
                    if at % W == 0 {
                        return Some(at / W);
                    }
                    to = (at + n.len() * W) / W * W;
                }
            }
        }
    };
}
wide_unit!(u16, Two);
wide_unit!(u32, Four);

fn raw<T: Unit>(s: &[T]) -> &[u8] {
    // SAFETY: units are plain integers without padding.
    unsafe { std::slice::from_raw_parts(s.as_ptr() as *const u8, size_of_val(s)) }
}

/// `n` in units of the width of `_like`; `None` if it has a code point that does not fit.
pub fn convert<'a, T: Unit>(_like: &[T], n: Units<'a>) -> Option<Cow<'a, [T]>> {
    if let Some(s) = T::same(n) {
        return Some(Cow::Borrowed(s));
    }
    let max = if size_of::<T>() == 1 {
        0xff
    } else if size_of::<T>() == 2 {
        0xffff
    } else {
        u32::MAX
    };
    if n.iter().any(|c| c > max) {
        return None;
    }
    Some(Cow::Owned(n.iter().map(T::from_cp).collect()))
}

/// First position of `n` in `h`.
#[inline]
pub fn find<T: Unit>(h: &[T], n: &[T]) -> Option<usize> {
    match n {
        [] => Some(0),
        [c] => T::find_one(h, *c),
        _ if n.len() > h.len() => None,
        _ => T::find_many(h, n),
    }
}

/// Last position of `n` in `h`.
#[inline]
pub fn rfind<T: Unit>(h: &[T], n: &[T]) -> Option<usize> {
    match n {
        [] => Some(h.len()),
        [c] => T::rfind_one(h, *c),
        _ if n.len() > h.len() => None,
        _ => T::rfind_many(h, n),
    }
}

/// Positions of up to `max` occurrences of `n` (not empty) that do not overlap.
pub fn find_all<T: Unit>(h: &[T], n: &[T], max: usize) -> Vec<usize> {
    let (mut out, mut from) = (Vec::new(), 0);
    while out.len() < max
        && let Some(at) = find(&h[from..], n)
    {
        out.push(from + at);
        from += at + n.len();
    }
    out
}

/// Number of occurrences that do not overlap, at most `max`; an empty `n` occurs around each unit.
pub fn count<T: Unit>(h: &[T], n: &[T], max: usize) -> usize {
    if n.is_empty() {
        return (h.len() + 1).min(max);
    }
    let (mut found, mut from) = (0, 0);
    while found < max
        && let Some(at) = find(&h[from..], n)
    {
        found += 1;
        from += at + n.len();
    }
    found
}

/// A bound of a search: any index, `None` or absent for the default.
fn bound(py: &Py, v: &Val, default: isize) -> PyResult<isize> {
    let w = v.word();
    if w.is_int() {
        return Ok(w.as_int() as isize);
    }
    let Some(v) = v.not_none() else {
        return Ok(default);
    };
    if v.ty().slots.index.get().is_none() {
        return Err(
            py.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    ops::clamp_index(py, v)
}

/// The part of a sequence that the optional arguments `start` and `end` of a search name; `None` if it lies behind the end.
pub fn span(py: &Py, start: &Val, end: &Val, len: usize) -> PyResult<Option<(usize, usize)>> {
    let (start, end) = (bound(py, start, 0)?, bound(py, end, isize::MAX)?);
    let len = len as isize;
    let clip = |n: isize| {
        if n < 0 {
            n.saturating_add(len).max(0)
        } else {
            n
        }
    };
    let (start, end) = (clip(start), clip(end).min(len));
    Ok(if start > end {
        None
    } else {
        Some((start as usize, end as usize))
    })
}

/// Writes the units of a new string.
pub struct Writer {
    p: *mut u8,
    kind: u8,
    at: usize,
    len: usize,
}

impl Writer {
    /// Appends units, which must fit the string's kind.
    #[inline]
    pub fn units(&mut self, u: Units) {
        let n = u.len();
        assert!(n <= self.len - self.at, "string writer overflow");
        // SAFETY: the memory has room for `len` units of `kind` bytes, of which `at + n` are at most used.
        unsafe {
            match (u, self.kind) {
                (Units::One(s), 1) => {
                    std::ptr::copy_nonoverlapping(s.as_ptr(), self.p.add(self.at), n)
                }
                (Units::Two(s), 2) => {
                    std::ptr::copy_nonoverlapping(s.as_ptr(), (self.p as *mut u16).add(self.at), n)
                }
                (Units::Four(s), 4) => {
                    std::ptr::copy_nonoverlapping(s.as_ptr(), (self.p as *mut u32).add(self.at), n)
                }
                (u, 1) => {
                    let p = self.p.add(self.at);
                    u.iter()
                        .enumerate()
                        .for_each(|(i, c)| p.add(i).write(c as u8));
                }
                (u, 2) => {
                    let p = (self.p as *mut u16).add(self.at);
                    u.iter()
                        .enumerate()
                        .for_each(|(i, c)| p.add(i).write(c as u16));
                }
                (u, _) => {
                    let p = (self.p as *mut u32).add(self.at);
                    u.iter().enumerate().for_each(|(i, c)| p.add(i).write(c));
                }
            }
        }
        self.at += n;
    }
    pub fn text(&mut self, s: &StrObj) {
        self.units(s.units());
    }
    /// Appends `n` copies of a code point that fits the kind.
    pub fn fill(&mut self, cp: u32, n: usize) {
        assert!(n <= self.len - self.at, "string writer overflow");
        // SAFETY: as in `units`.
        unsafe {
            match self.kind {
                1 => std::ptr::write_bytes(self.p.add(self.at), cp as u8, n),
                2 => (0..n).for_each(|i| (self.p as *mut u16).add(self.at + i).write(cp as u16)),
                _ => (0..n).for_each(|i| (self.p as *mut u32).add(self.at + i).write(cp)),
            }
        }
        self.at += n;
    }
    /// Repeats what was written so far until the string is full.
    pub fn repeat(&mut self) {
        let (width, total) = (self.kind as usize, self.len * self.kind as usize);
        let mut done = self.at * width;
        while done > 0 && done < total {
            let n = done.min(total - done);
            // SAFETY: source and target lie in the memory of `total` bytes and do not overlap.
            unsafe { std::ptr::copy_nonoverlapping(self.p, self.p.add(done), n) };
            done += n;
        }
        self.at = self.len;
    }
}

/// A new string of exactly `len` units of `kind` bytes; `ascii` and `kind` must be exact for the text that `fill` writes.
pub fn build(
    py: &Py,
    len: Option<usize>,
    kind: u8,
    ascii: bool,
    fill: impl FnOnce(&mut Writer),
) -> PyResult<Obj> {
    let Some(len) = len else {
        return Err(py.memory_error());
    };
    if len == 0 {
        return Ok(super::intern::empty(py));
    }
    alloc(py, len, kind, ascii, |p| {
        let mut w = Writer {
            p,
            kind,
            at: 0,
            len,
        };
        fill(&mut w);
        assert_eq!(w.at, len, "string writer underflow");
    })
    .ok_or_else(|| py.memory_error())
}
