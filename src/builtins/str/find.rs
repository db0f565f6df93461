//! Searching in `str`: find family, count, prefixes and suffixes, `in`, replace.

use super::unit::{self, build, convert, span};
use super::{Builder, STR, StrObj, Units, slice};
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    const SEARCH: &str = "($self, sub, start=None, end=None, /)";
    t.method(
        "find",
        SEARCH,
        Bound(|py, a| Ok(py.int(search(py, a, "find", false)?.map_or(-1, |i| i as i64)))),
    );
    t.method(
        "rfind",
        SEARCH,
        Bound(|py, a| Ok(py.int(search(py, a, "rfind", true)?.map_or(-1, |i| i as i64)))),
    );
    t.method("index", SEARCH, Bound(|py, a| index(py, a, "index", false)));
    t.method(
        "rindex",
        SEARCH,
        Bound(|py, a| index(py, a, "rindex", true)),
    );
    t.method("count", SEARCH, Bound(count));
    t.method(
        "startswith",
        "($self, prefix, start=None, end=None, /)",
        Bound(|py, a| affix(py, a, "startswith", true)),
    );
    t.method(
        "endswith",
        "($self, suffix, start=None, end=None, /)",
        Bound(|py, a| affix(py, a, "endswith", false)),
    );
    t.method("removeprefix", "($self, prefix, /)", Bound(removeprefix));
    t.method("removesuffix", "($self, suffix, /)", Bound(removesuffix));
    t.method("replace", "($self, old, new, /, count=-1)", Bound(replace));
    t.slots().contains.set(contains);
}

/// The str argument number `n` of a method.
pub fn str_arg<'a>(py: &Py, v: &'a Val, func: &str, n: usize) -> PyResult<&'a StrObj> {
    match v.get::<StrObj>() {
        Some(s) => Ok(s),
        None => Err(py.type_error(format!(
            "{func}() argument {n} must be str, not {}",
            type_name(v)
        ))),
    }
}

/// Type name in "must be str, not X".
pub fn type_name(v: &Val) -> String {
    if v.is_none() {
        "None".to_string()
    } else {
        v.ty().name().into_owned()
    }
}

/// First or last position of `n` in `h`.
pub fn find_units(h: Units, n: Units, last: bool) -> Option<usize> {
    on_units!(h, h => {
        let n = convert(h, n)?;
        if last { unit::rfind(h, &n) } else { unit::find(h, &n) }
    })
}

fn search(py: &Py, a: &[Val], name: &str, last: bool) -> PyResult<Option<usize>> {
    let s = a[0].cast::<StrObj>();
    let sub = str_arg(py, &a[1], name, 1)?;
    let Some((from, to)) = span(py, &a[2], &a[3], s.len())? else {
        return Ok(None);
    };
    Ok(find_units(s.units().slice(from, to), sub.units(), last).map(|i| i + from))
}

fn index(py: &Py, a: &[Val], name: &str, last: bool) -> PyResult<Obj> {
    match search(py, a, name, last)? {
        Some(i) => Ok(py.int(i as i64)),
        None => Err(py.value_error("substring not found")),
    }
}

fn count(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let sub = str_arg(py, &a[1], "count", 1)?;
    let Some((from, to)) = span(py, &a[2], &a[3], s.len())? else {
        return Ok(py.int(0));
    };
    let n = on_units!(s.units().slice(from, to), h => convert(h, sub.units()).map_or(0, |n| unit::count(h, &n, usize::MAX)));
    Ok(py.int(n as i64))
}

/// Whether two texts are equal, whatever their widths.
fn same_text(a: Units, b: Units) -> bool {
    match (a, b) {
        (Units::One(a), Units::One(b)) => a == b,
        (Units::Two(a), Units::Two(b)) => a == b,
        (Units::Four(a), Units::Four(b)) => a == b,
        (a, b) => a.len() == b.len() && a.iter().eq(b.iter()),
    }
}

fn matches_at(u: Units, affix: &StrObj, start: bool) -> bool {
    let (n, k) = (u.len(), affix.len());
    k <= n
        && same_text(
            if start {
                u.slice(0, k)
            } else {
                u.slice(n - k, n)
            },
            affix.units(),
        )
}

fn affix(py: &Py, a: &[Val], name: &str, start: bool) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let part = span(py, &a[2], &a[3], s.len())?;
    let test =
        |p: &StrObj| part.is_some_and(|(from, to)| matches_at(s.units().slice(from, to), p, start));
    if let Some(p) = a[1].get::<StrObj>() {
        return Ok(py.bool(test(p)));
    }
    let Some(t) = a[1].get::<crate::builtins::tuple::TupleObj>() else {
        return Err(py.type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            a[1].ty().name()
        )));
    };
    for p in t.items() {
        let Some(p) = p.get::<StrObj>() else {
            return Err(py.type_error(format!(
                "tuple for {name} must only contain str, not {}",
                p.ty().name()
            )));
        };
        if test(p) {
            return Ok(py.bool(true));
        }
    }
    Ok(py.bool(false))
}

fn removeprefix(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (s, p) = (a[0].cast::<StrObj>(), affix_arg(py, &a[1], "removeprefix")?);
    let from = if matches_at(s.units(), p, true) {
        p.len()
    } else {
        0
    };
    Ok(slice(py, &a[0], from, s.len()))
}

fn removesuffix(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (s, p) = (a[0].cast::<StrObj>(), affix_arg(py, &a[1], "removesuffix")?);
    let cut = if matches_at(s.units(), p, false) {
        p.len()
    } else {
        0
    };
    Ok(slice(py, &a[0], 0, s.len() - cut))
}

fn affix_arg<'a>(py: &Py, v: &'a Val, name: &str) -> PyResult<&'a StrObj> {
    v.get::<StrObj>().ok_or_else(|| {
        py.type_error(format!(
            "{name}() argument must be str, not {}",
            type_name(v)
        ))
    })
}

fn contains(py: &Py, s: &Val, item: &Val) -> PyResult<bool> {
    let Some(sub) = item.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "'in <string>' requires string as left operand, not {}",
            item.ty().name()
        )));
    };
    Ok(find_units(s.cast::<StrObj>().units(), sub.units(), false).is_some())
}

fn replace(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let old = str_arg(py, &a[1], "replace", 1)?;
    let new = str_arg(py, &a[2], "replace", 2)?;
    let max = match a[3].given() {
        Some(n) => usize::try_from(super::case::ssize(py, n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    replaced(py, &a[0], old, new, max)
}

/// `v` (a str) with up to `max` occurrences of `old` replaced.
pub fn replaced(py: &Py, v: &Val, old: &StrObj, new: &StrObj, max: usize) -> PyResult<Obj> {
    let s = v.cast::<StrObj>();
    let unchanged = || {
        Ok(if STR.is_exact(v) {
            v.to_obj()
        } else {
            super::from_units(py, s.units())
        })
    };
    if max == 0 || old.len() > s.len() || old.kind() > s.kind() {
        return unchanged();
    }
    if old.is_empty() {
        return insert_between(py, s, new, max);
    }
    let at = on_units!(s.units(), h => convert(h, old.units()).map_or(Vec::new(), |n| unit::find_all(h, &n, max)));
    if at.is_empty() {
        return unchanged();
    }
    let len = new
        .len()
        .checked_mul(at.len())
        .and_then(|n| n.checked_add(s.len() - at.len() * old.len()));
    let pieces = |put: &mut dyn FnMut(Units)| {
        let mut from = 0;
        for &i in &at {
            put(s.units().slice(from, i));
            put(new.units());
            from = i + old.len();
        }
        put(s.units().slice(from, s.len()));
    };
    // The result's kind is known when nothing wide or non-ASCII can have gone.
    if new.kind() >= s.kind() && (s.is_ascii() || s.kind() > 1) {
        return build(py, len, new.kind(), s.is_ascii() && new.is_ascii(), |w| {
            pieces(&mut |u| w.units(u))
        });
    }
    check_size(py, len)?;
    let mut b = Builder::new();
    pieces(&mut |u| b.push_units(u));
    Ok(b.finish(py))
}

/// MemoryError for sizes that the machine cannot give, before a growing buffer aborts the process.
pub fn check_size(py: &Py, len: Option<usize>) -> PyResult<()> {
    match len {
        Some(n) if crate::heap::alloc::obtainable(n) => Ok(()),
        _ => Err(py.memory_error()),
    }
}

fn insert_between(py: &Py, s: &StrObj, new: &StrObj, max: usize) -> PyResult<Obj> {
    let times = (s.len() + 1).min(max);
    let len = new
        .len()
        .checked_mul(times)
        .and_then(|n| n.checked_add(s.len()));
    let kind = s.kind().max(new.kind());
    build(py, len, kind, s.is_ascii() && new.is_ascii(), |w| {
        for i in 0..times {
            w.text(new);
            if i < s.len() {
                w.units(s.units().slice(i, i + 1));
            }
        }
        if times < s.len() {
            w.units(s.units().slice(times, s.len()));
        }
    })
}
