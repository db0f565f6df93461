//! Case mapping, character classes, and padding of `str`.

use super::unit::build;
use super::{Builder, STR, StrObj, from_latin1};
use crate::builtins::int;
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::text::CodeUnit;
use crate::text::unicode::{self, case};
use crate::thread::Py;

/// A mapping of whole texts: ASCII bytes in place, or units of any width.
macro_rules! mapping {
    ($t:expr, $name:literal, $f:path, $ascii:expr) => {
        $t.method($name, "($self, /)", Bound(|py, a| {
            let s = a[0].cast::<StrObj>();
            if s.is_ascii() {
                let mut v = s.bytes().to_vec();
                let change: fn(&mut [u8]) = $ascii;
                change(&mut v);
                return Ok(from_latin1(py, &v));
            }
            let mut b = Builder::new();
            on_units!(s.units(), u => $f(u, &mut b));
            Ok(b.finish(py))
        }));
    };
}

/// A test of all characters; false for the empty text.
macro_rules! class {
    ($t:expr, $name:literal, $f:path) => {
        $t.method($name, "($self, /)", Bound(|py, a| {
            let s = a[0].cast::<StrObj>();
            Ok(py.bool(!s.is_empty() && on_units!(s.units(), u => u.iter().all(|c| $f(c.cp())))))
        }));
    };
}

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    mapping!(t, "upper", case::upper, |b| b.make_ascii_uppercase());
    mapping!(t, "lower", case::lower, |b| b.make_ascii_lowercase());
    mapping!(t, "casefold", case::casefold, |b| b.make_ascii_lowercase());
    mapping!(t, "swapcase", case::swapcase, ascii_swapcase);
    mapping!(t, "capitalize", case::capitalize, ascii_capitalize);
    mapping!(t, "title", case::title, ascii_title);
    class!(t, "isalpha", unicode::is_alpha);
    class!(t, "isalnum", unicode::is_alnum);
    class!(t, "isdecimal", unicode::is_decimal);
    class!(t, "isdigit", unicode::is_digit);
    class!(t, "isnumeric", unicode::is_numeric);
    class!(t, "isspace", unicode::is_space);
    t.method("isprintable", "($self, /)", Bound(|py, a| {
        Ok(py.bool(on_units!(a[0].cast::<StrObj>().units(), u => u.iter().all(|c| unicode::is_printable(c.cp())))))
    }));
    t.method(
        "isascii",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(a[0].cast::<StrObj>().is_ascii()))),
    );
    t.method(
        "isupper",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.bool(on_units!(a[0].cast::<StrObj>().units(), u => unicode::is_upper_text(u))))
        }),
    );
    t.method(
        "islower",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.bool(on_units!(a[0].cast::<StrObj>().units(), u => unicode::is_lower_text(u))))
        }),
    );
    t.method(
        "istitle",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.bool(on_units!(a[0].cast::<StrObj>().units(), u => unicode::is_title_text(u))))
        }),
    );
    t.method(
        "isidentifier",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.bool(on_units!(a[0].cast::<StrObj>().units(), u => unicode::is_identifier(u))))
        }),
    );
    t.method(
        "center",
        "($self, width, fillchar=' ', /)",
        Bound(|py, a| pad(py, a, |pad, width| pad / 2 + (pad & width & 1))),
    );
    t.method(
        "ljust",
        "($self, width, fillchar=' ', /)",
        Bound(|py, a| pad(py, a, |_, _| 0)),
    );
    t.method(
        "rjust",
        "($self, width, fillchar=' ', /)",
        Bound(|py, a| pad(py, a, |pad, _| pad)),
    );
    t.method("zfill", "($self, width, /)", Bound(zfill));
    t.method("expandtabs", "($self, /, tabsize=8)", Bound(expandtabs));
}

/// Exchanges the case of ASCII letters.
pub fn ascii_swapcase(b: &mut [u8]) {
    for c in b {
        if c.is_ascii_alphabetic() {
            *c ^= 0x20;
        }
    }
}

/// First letter upper case, the rest lower case.
pub fn ascii_capitalize(b: &mut [u8]) {
    b.make_ascii_lowercase();
    if let Some(c) = b.first_mut() {
        c.make_ascii_uppercase();
    }
}

/// Upper case at the start of each word.
pub fn ascii_title(b: &mut [u8]) {
    let mut inside = false;
    for c in b {
        if inside {
            c.make_ascii_lowercase();
        } else {
            c.make_ascii_uppercase();
        }
        inside = c.is_ascii_alphabetic();
    }
}

/// An exact str with the text of `v`.
fn exact(py: &Py, v: &Val) -> Obj {
    if STR.is_exact(v) {
        v.to_obj()
    } else {
        super::from_units(py, v.cast::<StrObj>().units())
    }
}

/// Pads to a width; `left` gives the part of the padding that goes to the left.
fn pad(py: &Py, a: &[Val], left: impl Fn(usize, usize) -> usize) -> PyResult<Obj> {
    let width = ssize(py, &a[1])?;
    let fill = match a[2].given() {
        None => b' ' as u32,
        Some(f) => {
            let Some(f) = f.get::<StrObj>() else {
                return Err(py.type_error(format!(
                    "The fill character must be a unicode character, not {}",
                    f.ty().name()
                )));
            };
            if f.len() != 1 {
                return Err(py.type_error("The fill character must be exactly one character long"));
            }
            f.units().at(0)
        }
    };
    let s = a[0].cast::<StrObj>();
    let width = usize::try_from(width).unwrap_or(0);
    if width <= s.len() {
        return Ok(exact(py, &a[0]));
    }
    let pad = width - s.len();
    let left = left(pad, width);
    let kind = s.kind().max(kind_of(fill));
    build(py, Some(width), kind, s.is_ascii() && fill < 128, |w| {
        w.fill(fill, left);
        w.text(s);
        w.fill(fill, pad - left);
    })
}

/// Width of the storage of a code point.
pub fn kind_of(cp: u32) -> u8 {
    match cp {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    }
}

fn zfill(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let width = usize::try_from(ssize(py, &a[1])?).unwrap_or(0);
    if width <= s.len() {
        return Ok(exact(py, &a[0]));
    }
    let sign = !s.is_empty() && matches!(s.units().at(0), 0x2b | 0x2d);
    build(py, Some(width), s.kind(), s.is_ascii(), |w| {
        w.units(s.units().slice(0, sign as usize));
        w.fill(b'0' as u32, width - s.len());
        w.units(s.units().slice(sign as usize, s.len()));
    })
}

fn expandtabs(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let tab = match a[1].given() {
        Some(v) => c_int(py, v)?,
        None => 8,
    };
    if !s.chars().any(|c| c == 9) {
        return Ok(exact(py, &a[0]));
    }
    let tab = usize::try_from(tab).unwrap_or(0);
    let mut len = Some(0usize);
    let mut column = 0;
    for c in s.chars() {
        let n = if c == 9 {
            if tab > 0 { tab - column % tab } else { 0 }
        } else {
            1
        };
        column = if c == 10 || c == 13 { 0 } else { column + n };
        len = len
            .and_then(|l| l.checked_add(n))
            .filter(|&l| l <= isize::MAX as usize);
        if len.is_none() {
            return Err(py.overflow_error("new string is too long"));
        }
    }
    let mut column = 0;
    build(py, len, s.kind(), s.is_ascii(), |w| {
        for i in 0..s.len() {
            let u = s.units().slice(i, i + 1);
            let c = u.at(0);
            if c == 9 {
                let n = if tab > 0 { tab - column % tab } else { 0 };
                w.fill(b' ' as u32, n);
                column += n;
            } else {
                w.units(u);
                column = if c == 10 || c == 13 { 0 } else { column + 1 };
            }
        }
    })
}

/// An argument that is a size or a count.
pub fn ssize(py: &Py, v: &Val) -> PyResult<isize> {
    let n = ops::index(py, v)?;
    match int::view(&n).and_then(|n| n.to_i64()) {
        Some(n) => Ok(n as isize),
        None => Err(py.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// An argument that must fit a C int.
pub fn c_int(py: &Py, v: &Val) -> PyResult<i32> {
    i32::try_from(ops::to_i64(py, v)?)
        .map_err(|_| py.overflow_error("Python int too large to convert to C int"))
}
