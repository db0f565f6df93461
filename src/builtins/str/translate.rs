//! `str.translate` and `str.maketrans`.

use super::find::type_name;
use super::{Builder, STR, StrObj};
use crate::builtins::exceptions::LOOKUP_ERROR;
use crate::builtins::{dict, int};
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    t.method("translate", "($self, table, /)", Bound(translate));
    t.staticmethod(
        "maketrans",
        "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
        Bound(maketrans),
    );
}

/// What a table says about one character.
enum Mapped {
    Keep,
    Delete,
    Char(u32),
    Text(Obj),
}

fn look_up(py: &Py, table: &Val, c: u32) -> PyResult<Mapped> {
    let v = match ops::getitem(py, table, &py.int(c as i64)) {
        Ok(v) => v,
        Err(e) if e.is(&LOOKUP_ERROR) => return Ok(Mapped::Keep),
        Err(e) => return Err(e),
    };
    if v.is_none() {
        return Ok(Mapped::Delete);
    }
    if v.get::<StrObj>().is_some() {
        return Ok(Mapped::Text(v));
    }
    match int::view(&v) {
        Some(n) => match n.to_i64() {
            Some(n @ 0..=0x10ffff) => Ok(Mapped::Char(n as u32)),
            _ => Err(py.value_error("character mapping must be in range(0x110000)")),
        },
        None => Err(py.type_error("character mapping must return integer, None or str")),
    }
}

fn translate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = a[0].cast::<StrObj>();
    let mut b = Builder::new();
    // ASCII characters are looked up once each: 0 unknown, 1..=128 the character plus one, 255 deleted, 254 otherwise.
    let mut known = [0u8; 128];
    for c in s.chars() {
        if c < 128 {
            match known[c as usize] {
                0 | 254 => {}
                255 => continue,
                n => {
                    b.push(n as u32 - 1);
                    continue;
                }
            }
        }
        let note = match look_up(py, &a[1], c)? {
            Mapped::Keep => {
                b.push(c);
                (c as u8).wrapping_add(1)
            }
            Mapped::Delete => 255,
            Mapped::Char(d) => {
                b.push(d);
                if d < 128 { d as u8 + 1 } else { 254 }
            }
            Mapped::Text(t) => {
                b.push_obj(t.cast::<StrObj>());
                254
            }
        };
        if c < 128 {
            known[c as usize] = note;
        }
    }
    if b.is_empty() && s.is_empty() && STR.is_exact(&a[0]) {
        return Ok(a[0].to_obj());
    }
    Ok(b.finish(py))
}

fn maketrans(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let out = dict::new(py);
    let Some(y) = a[1].given() else {
        let Some(d) = a[0].get::<dict::DictObj>() else {
            return Err(
                py.type_error("if you give only one argument to maketrans it must be a dict")
            );
        };
        for (k, v) in d.items() {
            if let Some(s) = k.get::<StrObj>() {
                if s.len() != 1 {
                    return Err(py.value_error("string keys in translatetable must be of length 1"));
                }
                ops::setitem(py, &out, &py.int(s.units().at(0) as i64), &v)?;
            } else if int::view(&k).is_some() {
                ops::setitem(py, &out, &k, &v)?;
            } else {
                return Err(py.type_error("keys in translate table must be strings or integers"));
            }
        }
        return Ok(out);
    };
    let Some(x) = a[0].get::<StrObj>() else {
        return Err(py.type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    };
    let text = |v: &Val, n: usize| {
        py.type_error(format!(
            "maketrans() argument {n} must be str, not {}",
            type_name(v)
        ))
    };
    let Some(y) = y.get::<StrObj>() else {
        return Err(text(&a[1], 2));
    };
    if x.len() != y.len() {
        return Err(py.value_error("the first two maketrans arguments must have equal length"));
    }
    for (c, d) in x.chars().zip(y.chars()) {
        ops::setitem(py, &out, &py.int(c as i64), &py.int(d as i64))?;
    }
    if let Some(z) = a[2].given() {
        let Some(z) = z.get::<StrObj>() else {
            return Err(text(&a[2], 3));
        };
        for c in z.chars() {
            ops::setitem(py, &out, &py.int(c as i64), &py.none())?;
        }
    }
    Ok(out)
}
