//! `unicodedata`: facts about characters, on the tables of `text::unicode`.

use crate::builtins::exceptions::KEY_ERROR;
use crate::builtins::str::{StrObj, char_obj, from_code_points};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::stdlib::ModuleInit;
use crate::text::unicode::normalize::{Form, is_normalized, normalize};
use crate::text::unicode::{self, names};
use crate::thread::Py;

/// Payload of `ucd_3_2_0`: only IDNA uses it.
pub struct UcdObj;

impl Trace for UcdObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// Type of `ucd_3_2_0`. Its methods answer from the same tables, with characters that are newer than Unicode 3.2 included.
    pub UCD: UcdObj = "unicodedata.UCD", base crate::object::base::OBJECT, flags tf::NO_NEW, init |t| {
        t.attr("unidata_version", crate::builtins::str::new(t.py(), "3.2.0"));
        for (name, f) in ONE {
            t.method(name, "($self, chr, /)", Bound(*f));
        }
        for (name, f) in WITH_DEFAULT {
            t.method(name, "($self, chr, default=<unrepresentable>, /)", Bound(*f));
        }
        t.method("normalize", "($self, form, unistr, /)", Bound(normal));
        t.method("is_normalized", "($self, form, input, /)", Bound(is_normal));
        t.method("lookup", "($self, name, /)", Bound(lookup));
    }
);

type Function = fn(&Py, &[Val]) -> PyResult<Obj>;

// Functions of one character; the character is the last argument but one if there is a default.
const ONE: &[(&str, Function)] = &[
    ("category", |py, a| {
        Ok(py.str(unicode::category(last(py, a, "category")?)))
    }),
    ("bidirectional", |py, a| {
        Ok(py.str(unicode::bidirectional(last(py, a, "bidirectional")?)))
    }),
    ("combining", |py, a| {
        Ok(py.int(unicode::combining(last(py, a, "combining")?) as i64))
    }),
    ("mirrored", |py, a| {
        Ok(py.int(unicode::is_mirrored(last(py, a, "mirrored")?) as i64))
    }),
    ("east_asian_width", |py, a| {
        Ok(py.str(unicode::east_asian_width(last(py, a, "east_asian_width")?)))
    }),
    ("decomposition", |py, a| {
        Ok(py.str(&unicode::decomposition(last(py, a, "decomposition")?)))
    }),
];

const WITH_DEFAULT: &[(&str, Function)] = &[
    ("decimal", |py, a| {
        let (c, default) = two(py, a, "decimal")?;
        answer(
            py,
            unicode::decimal(c).map(|d| py.int(d as i64)),
            default,
            "not a decimal",
        )
    }),
    ("digit", |py, a| {
        let (c, default) = two(py, a, "digit")?;
        answer(
            py,
            unicode::digit(c).map(|d| py.int(d as i64)),
            default,
            "not a digit",
        )
    }),
    ("numeric", |py, a| {
        let (c, default) = two(py, a, "numeric")?;
        answer(
            py,
            unicode::numeric(c).map(|d| py.float(d)),
            default,
            "not a numeric character",
        )
    }),
    ("name", |py, a| {
        let (c, default) = two(py, a, "name")?;
        answer(
            py,
            names::name(c).map(|n| py.str(&n)),
            default,
            "no such name",
        )
    }),
];

fn answer(py: &Py, v: Option<Obj>, default: &Val, missing: &str) -> PyResult<Obj> {
    match (v, default.given()) {
        (Some(v), _) => Ok(v),
        (None, Some(d)) => Ok(d.to_obj()),
        (None, None) => Err(py.value_error(missing)),
    }
}

fn character(py: &Py, v: &Val, func: &str, many: bool) -> PyResult<u32> {
    let which = if many { "argument 1" } else { "argument" };
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "{func}() {which} must be a unicode character, not {}",
            v.ty().name()
        )));
    };
    if s.len() != 1 {
        let m = format!(
            "{func}(): {which} must be a unicode character, not a string of length {}",
            s.len()
        );
        return Err(py.type_error(m));
    }
    Ok(s.units().at(0))
}

fn last(py: &Py, a: &[Val], func: &str) -> PyResult<u32> {
    character(py, &a[a.len() - 1], func, false)
}

fn two<'a>(py: &Py, a: &'a [Val], func: &str) -> PyResult<(u32, &'a Val)> {
    Ok((character(py, &a[a.len() - 2], func, true)?, &a[a.len() - 1]))
}

fn form(py: &Py, v: &Val, func: &str) -> PyResult<Form> {
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "{func}() argument 1 must be str, not {}",
            v.ty().name()
        )));
    };
    Form::from_name(&s.lossy()).ok_or_else(|| py.value_error("invalid normalization form"))
}

fn text<'a>(py: &Py, v: &'a Val, func: &str) -> PyResult<&'a StrObj> {
    v.get::<StrObj>().ok_or_else(|| {
        py.type_error(format!(
            "{func}() argument 2 must be str, not {}",
            v.ty().name()
        ))
    })
}

fn normal(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (f, v) = (&a[a.len() - 2], &a[a.len() - 1]);
    let form = form(py, f, "normalize")?;
    let s = text(py, v, "normalize")?;
    if s.is_ascii() || on_units!(s.units(), u => is_normalized(form, u)) {
        return Ok(crate::builtins::str::methods::exact(py, v));
    }
    Ok(from_code_points(
        py,
        &on_units!(s.units(), u => normalize(form, u)),
    ))
}

fn is_normal(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (f, v) = (&a[a.len() - 2], &a[a.len() - 1]);
    let form = form(py, f, "is_normalized")?;
    let s = text(py, v, "is_normalized")?;
    Ok(py.bool(s.is_ascii() || on_units!(s.units(), u => is_normalized(form, u))))
}

fn lookup(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let v = &a[a.len() - 1];
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "lookup() argument must be str, not {}",
            v.ty().name()
        )));
    };
    let name = s.lossy();
    match names::lookup(&name) {
        Some(c) => Ok(char_obj(py, c)),
        None => Err(py.error(&KEY_ERROR, &format!("undefined character name '{name}'"))),
    }
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "unicodedata");
    for (name, f) in ONE {
        m.function(name, "($module, chr, /)", Bound(*f));
    }
    for (name, f) in WITH_DEFAULT {
        m.function(
            name,
            "($module, chr, default=<unrepresentable>, /)",
            Bound(*f),
        );
    }
    m.function("normalize", "($module, form, unistr, /)", Bound(normal));
    m.function(
        "is_normalized",
        "($module, form, input, /)",
        Bound(is_normal),
    );
    m.function("lookup", "($module, name, /)", Bound(lookup));
    m.str("unidata_version", unicode::UNIDATA_VERSION);
    m.ty(&UCD);
    m.add("ucd_3_2_0", py.alloc(&UCD, UcdObj));
    m.finish()
}
