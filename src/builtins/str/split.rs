//! Splitting and stripping. The algorithms work on units of any width and are shared with the bytes types.

use super::find::{find_units, type_name};
use super::unit::{self, Unit, convert};
use super::{StrObj, Units, slice};
use crate::builtins::{list, tuple};
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::text::{CodeUnit, unicode};
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    t.method(
        "split",
        "($self, /, sep=None, maxsplit=-1)",
        Bound(|py, a| split(py, a, false)),
    );
    t.method(
        "rsplit",
        "($self, /, sep=None, maxsplit=-1)",
        Bound(|py, a| split(py, a, true)),
    );
    t.method(
        "splitlines",
        "($self, /, keepends=False)",
        Bound(splitlines),
    );
    t.method(
        "partition",
        "($self, sep, /)",
        Bound(|py, a| partition(py, a, false)),
    );
    t.method(
        "rpartition",
        "($self, sep, /)",
        Bound(|py, a| partition(py, a, true)),
    );
    t.method(
        "strip",
        "($self, chars=None, /)",
        Bound(|py, a| strip(py, a, "strip", true, true)),
    );
    t.method(
        "lstrip",
        "($self, chars=None, /)",
        Bound(|py, a| strip(py, a, "lstrip", true, false)),
    );
    t.method(
        "rstrip",
        "($self, chars=None, /)",
        Bound(|py, a| strip(py, a, "rstrip", false, true)),
    );
}

/// A part of a sequence: from, to.
pub type Part = (usize, usize);

/// Parts between runs of white space, at most `max` splits from the left; the rest keeps its trailing space.
pub fn on_space<T: CodeUnit>(s: &[T], max: usize, space: impl Fn(T) -> bool) -> Vec<Part> {
    let (mut out, mut i, n) = (Vec::new(), 0, s.len());
    loop {
        while i < n && space(s[i]) {
            i += 1;
        }
        if i == n {
            return out;
        }
        let from = i;
        if out.len() == max {
            out.push((from, n));
            return out;
        }
        while i < n && !space(s[i]) {
            i += 1;
        }
        out.push((from, i));
    }
}

/// As `on_space`, from the right; the parts come in their order in the text.
pub fn on_space_right<T: CodeUnit>(s: &[T], max: usize, space: impl Fn(T) -> bool) -> Vec<Part> {
    let (mut out, mut i) = (Vec::new(), s.len());
    loop {
        while i > 0 && space(s[i - 1]) {
            i -= 1;
        }
        if i == 0 {
            break;
        }
        let to = i;
        if out.len() == max {
            out.push((0, to));
            break;
        }
        while i > 0 && !space(s[i - 1]) {
            i -= 1;
        }
        out.push((i, to));
    }
    out.reverse();
    out
}

/// Parts between separators (not empty), at most `max` splits.
pub fn on_separator<T: Unit>(s: &[T], sep: &[T], max: usize, right: bool) -> Vec<Part> {
    let mut out = Vec::new();
    if !right {
        let mut from = 0;
        while out.len() < max
            && let Some(at) = unit::find(&s[from..], sep)
        {
            out.push((from, from + at));
            from += at + sep.len();
        }
        out.push((from, s.len()));
        return out;
    }
    let mut to = s.len();
    while out.len() < max
        && let Some(at) = unit::rfind(&s[..to], sep)
    {
        out.push((at + sep.len(), to));
        to = at;
    }
    out.push((0, to));
    out.reverse();
    out
}

/// Lines; `brk` tells line ends, "\r\n" is one.
pub fn lines<T: CodeUnit>(s: &[T], keep: bool, brk: impl Fn(T) -> bool) -> Vec<Part> {
    let (mut out, mut i, n) = (Vec::new(), 0, s.len());
    while i < n {
        let from = i;
        while i < n && !brk(s[i]) {
            i += 1;
        }
        let mut to = i;
        if i < n {
            let crlf = s[i].cp() == 13 && i + 1 < n && s[i + 1].cp() == 10;
            i += 1 + crlf as usize;
            if keep {
                to = i;
            }
        }
        out.push((from, to));
    }
    out
}

/// The part that is left when units that satisfy `drop` are taken from the ends.
pub fn stripped<T: Copy>(s: &[T], left: bool, right: bool, drop: impl Fn(T) -> bool) -> Part {
    let (mut from, mut to) = (0, s.len());
    if left {
        while from < to && drop(s[from]) {
            from += 1;
        }
    }
    if right {
        while to > from && drop(s[to - 1]) {
            to -= 1;
        }
    }
    (from, to)
}

/// The argument `maxsplit`: negative and absent mean no limit.
pub fn max_arg(py: &Py, v: &Val) -> PyResult<usize> {
    match v.given() {
        Some(v) => Ok(usize::try_from(super::case::ssize(py, v)?).unwrap_or(usize::MAX)),
        None => Ok(usize::MAX),
    }
}

fn parts(py: &Py, v: &Val, parts: Vec<Part>) -> Obj {
    list::from_exact(
        py,
        parts.into_iter().map(|(from, to)| slice(py, v, from, to)),
    )
}

#[inline(always)]
fn is_space(c: u32) -> bool {
    if c < 128 {
        return matches!(c, 9..=13 | 28..=32);
    }
    unicode::is_space(c)
}

fn split(py: &Py, a: &[Val], right: bool) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let max = max_arg(py, &a[2])?;
    let found = match a[1].not_none() {
        None => on_units!(s.units(), u => {
            if right {
                on_space_right(u, max, |c| is_space(c.cp()))
            } else {
                on_space(u, max, |c| is_space(c.cp()))
            }
        }),
        Some(sep) => {
            let Some(sep) = sep.get::<StrObj>() else {
                return Err(py.type_error(format!("must be str or None, not {}", sep.ty().name())));
            };
            if sep.is_empty() {
                return Err(py.value_error("empty separator"));
            }
            on_units!(s.units(), u => match convert(u, sep.units()) {
                Some(sep) => on_separator(u, &sep, max, right),
                None => vec![(0, s.len())],
            })
        }
    };
    Ok(parts(py, &a[0], found))
}

fn splitlines(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let keep = match a[1].given() {
        Some(v) => ops::truth(py, v)?,
        None => false,
    };
    let found = on_units!(a[0].cast::<StrObj>().units(), u => lines(u, keep, |c| unicode::is_linebreak(c.cp())));
    Ok(parts(py, &a[0], found))
}

fn partition(py: &Py, a: &[Val], right: bool) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let Some(sep) = a[1].get::<StrObj>() else {
        return Err(py.type_error(format!("must be str, not {}", type_name(&a[1]))));
    };
    if sep.is_empty() {
        return Err(py.value_error("empty separator"));
    }
    let whole = slice(py, &a[0], 0, s.len());
    Ok(tuple::new(
        py,
        match find_units(s.units(), sep.units(), right) {
            Some(i) => vec![
                slice(py, &a[0], 0, i),
                slice(py, &a[1], 0, sep.len()),
                slice(py, &a[0], i + sep.len(), s.len()),
            ],
            None if right => vec![py.str(""), py.str(""), whole],
            None => vec![whole, py.str(""), py.str("")],
        },
    ))
}

fn strip(py: &Py, a: &[Val], name: &str, left: bool, right: bool) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let (from, to) = match a[1].not_none() {
        None => on_units!(s.units(), u => stripped(u, left, right, |c| is_space(c.cp()))),
        Some(chars) => {
            let Some(chars) = chars.get::<StrObj>() else {
                return Err(py.type_error(format!("{name} arg must be None or str")));
            };
            on_units!(s.units(), u => strip_set(u, chars.units(), left, right))
        }
    };
    Ok(slice(py, &a[0], from, to))
}

fn strip_set<T: CodeUnit>(s: &[T], chars: Units, left: bool, right: bool) -> Part {
    // A bit per low part of a code point refuses most characters at once.
    let mask = chars.iter().fold(0u64, |m, c| m | 1 << (c & 63));
    stripped(s, left, right, |c| {
        mask >> (c.cp() & 63) & 1 != 0 && chars.iter().any(|d| d == c.cp())
    })
}
