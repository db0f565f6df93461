//! "Did you mean" suggestions for AttributeError, NameError and ImportError.

use crate::builtins::dict::DictObj;
use crate::builtins::exceptions::{ATTRIBUTE_ERROR, ExcObj, IMPORT_ERROR, NAME_ERROR};
use crate::builtins::frame::FrameObj;
use crate::builtins::str::StrObj;
use crate::builtins::traceback::{self, TracebackObj};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// With more names than this, none is looked for.
const MAX_CANDIDATES: usize = 750;
/// Longest name that is compared.
const MAX_LENGTH: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

/// The text to append to the exception's message, if there is a name that was probably meant.
pub fn suggestion(py: &Py, exc: &Val) -> Option<String> {
    let e = exc.get::<ExcObj>()?;
    let name_error = NAME_ERROR.check(exc);
    let wrong = if IMPORT_ERROR.check(exc) {
        e.extra[3].get()
    } else if name_error || ATTRIBUTE_ERROR.check(exc) {
        e.extra[0].get()
    } else {
        None
    }?;
    let wrong = wrong.get::<StrObj>()?.to_utf8()?.into_owned();
    // Looking for names runs Python code (`__dir__`, attributes), whose errors mean "no suggestion".
    let found = if name_error {
        for_name(py, e, &wrong).ok().flatten()
    } else if ATTRIBUTE_ERROR.check(exc) {
        for_attribute(py, e, &wrong).ok().flatten()
    } else {
        for_import(py, e, &wrong).ok().flatten()
    };
    let mut text = found
        .as_ref()
        .map_or(String::new(), |s| format!(". Did you mean: '{s}'?"));
    if name_error
        && let Some(names) = super::sys_attr(py, "stdlib_module_names")
        && ops::contains(py, &names, &py.str(&wrong)).unwrap_or(false)
    {
        text.push_str(if found.is_some() {
            " Or did you forget to import '"
        } else {
            ". Did you forget to import '"
        });
        text.push_str(&wrong);
        text.push_str("'?");
    }
    (!text.is_empty()).then_some(text)
}

/// The frame in which the exception was raised.
fn last_frame(e: &ExcObj) -> Option<Obj> {
    let tb = e.traceback.get()?;
    traceback::entries(&tb, usize::MAX)
        .last()?
        .cast::<TracebackObj>()
        .frame
        .get()
}

/// What the frame calls `self`.
fn self_of(py: &Py, frame: &FrameObj) -> Option<Obj> {
    ops::getitem(py, &frame.locals(py), &py.str("self")).ok()
}

fn texts(names: &[Obj]) -> Vec<String> {
    names
        .iter()
        .filter_map(|n| Some(n.get::<StrObj>()?.to_utf8()?.into_owned()))
        .collect()
}

/// The result of `__dir__`, sorted.
fn dir(py: &Py, v: &Val) -> PyResult<Vec<String>> {
    let name = crate::builtins::str::intern(py, "__dir__");
    let list = match ops::call_special(py, v, &name, &[])? {
        Some(l) => l,
        None => return Ok(Vec::new()),
    };
    let mut names = texts(&ops::collect(py, &list)?);
    names.sort();
    Ok(names)
}

fn for_attribute(py: &Py, e: &ExcObj, wrong: &str) -> PyResult<Option<String>> {
    let Some(obj) = e.extra[1].get() else {
        return Ok(None);
    };
    let mut names = dir(py, &obj)?;
    let own = || {
        let frame = last_frame(e)?;
        Some(self_of(py, frame.get::<FrameObj>()?)?.is(&obj))
    };
    if !wrong.starts_with('_') && own() != Some(true) {
        names.retain(|n| !n.starts_with('_'));
    }
    Ok(closest(&names, wrong))
}

fn for_import(py: &Py, e: &ExcObj, wrong: &str) -> PyResult<Option<String>> {
    let Some(module) = e.extra[1].get() else {
        return Ok(None);
    };
    let Some(module) = module
        .get::<StrObj>()
        .and_then(|m| m.to_utf8().map(|m| m.into_owned()))
    else {
        return Ok(None);
    };
    let module = crate::import::import(py, &module)?;
    let mut names = dir(py, &module)?;
    if !wrong.starts_with('_') {
        names.retain(|n| !n.starts_with('_'));
    }
    Ok(closest(&names, wrong))
}

fn for_name(py: &Py, e: &ExcObj, wrong: &str) -> PyResult<Option<String>> {
    let Some(frame) = last_frame(e) else {
        return Ok(None);
    };
    let Some(f) = frame.get::<FrameObj>() else {
        return Ok(None);
    };
    let mut names = texts(&ops::collect(py, &f.locals(py))?);
    for d in [&f.globals, &f.builtins] {
        if let Some(d) = d.get::<DictObj>() {
            names.extend(texts(
                &d.items().into_iter().map(|(k, _)| k).collect::<Vec<_>>(),
            ));
        }
    }
    if let Some(this) = self_of(py, f)
        && ops::getattr_opt(py, &this, &crate::builtins::str::intern(py, wrong))?.is_some()
    {
        return Ok(Some(format!("self.{wrong}")));
    }
    Ok(closest(&names, wrong))
}

/// The candidate that is most like `wrong`, if one is like it enough.
pub fn closest(candidates: &[String], wrong: &str) -> Option<String> {
    let wrong_chars: Vec<char> = wrong.chars().collect();
    if candidates.len() >= MAX_CANDIDATES || wrong.len() > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(&String, usize)> = None;
    for c in candidates {
        if c == wrong {
            continue;
        }
        let chars: Vec<char> = c.chars().collect();
        // At most a third of the characters may change.
        let mut max = (chars.len() + wrong_chars.len() + 3) * MOVE_COST / 6;
        max = max.min(
            best.map_or(wrong_chars.len() * MOVE_COST, |b| b.1)
                .saturating_sub(1),
        );
        let d = distance(&wrong_chars, &chars, max);
        if d <= max {
            best = Some((c, d));
        }
    }
    best.map(|b| b.0.clone())
}

fn substitution(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// Edit distance; more than `max` is reported as `max + 1`.
fn distance(a: &[char], b: &[char], max: usize) -> usize {
    let pre = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[pre..], &b[pre..]);
    let post = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - post], &b[..b.len() - post]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH || a.len().abs_diff(b.len()) * MOVE_COST > max {
        return max + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    for (j, &y) in b.iter().enumerate() {
        let mut diagonal = j * MOVE_COST;
        let mut left = (j + 1) * MOVE_COST;
        let mut least = usize::MAX;
        for (i, &x) in a.iter().enumerate() {
            let cost = (diagonal + substitution(x, y)).min(left.min(row[i]) + MOVE_COST);
            diagonal = row[i];
            row[i] = cost;
            left = cost;
            least = least.min(cost);
        }
        if least > max {
            return max + 1;
        }
    }
    row[a.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str], wrong: &str) -> Option<String> {
        closest(
            &names.iter().map(|s| s.to_string()).collect::<Vec<_>>(),
            wrong,
        )
    }

    #[test]
    fn near_names_are_found() {
        assert_eq!(find(&["print", "input"], "pritn").as_deref(), Some("print"));
        assert_eq!(find(&["blech"], "bluch").as_deref(), Some("blech"));
        assert_eq!(find(&["alpha"], "omega"), None);
        assert_eq!(find(&["x"], "y"), None);
    }
}
