//! `Dialect`: delimiter, quotes, escapes. Immutable once made.

use crate::builtins::int;
use crate::builtins::str::{self, StrObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// When fields are quoted.
pub const MINIMAL: i64 = 0;
pub const ALL: i64 = 1;
pub const NONNUMERIC: i64 = 2;
pub const NONE: i64 = 3;
pub const STRINGS: i64 = 4;
pub const NOTNULL: i64 = 5;

/// Payload.
pub struct DialectObj {
    pub delimiter: u32,
    pub quote: Option<u32>,
    pub escape: Option<u32>,
    pub quoting: i64,
    pub double_quote: bool,
    pub skip_space: bool,
    pub strict: bool,
    pub terminator: Slot,
}

impl Trace for DialectObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.terminator);
    }
}

crate::native_type!(
    /// The type `_csv.Dialect`.
    pub DIALECT: DialectObj = "_csv.Dialect", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

fn this(v: &Val) -> &DialectObj {
    v.cast::<DialectObj>()
}

fn char_value(py: &Py, c: Option<u32>) -> Obj {
    c.map_or_else(|| py.none(), |c| str::char_obj(py, c))
}

fn init(t: &mut TypeInit) {
    t.doc("CSV dialect\n\nThe Dialect type records CSV dialect options.");
    t.slots().new.set(new);
    t.slots().init.set(|_, _, _| Ok(()));
    t.getset(
        "delimiter",
        |py, v| Ok(char_value(py, Some(this(v).delimiter))),
        None,
    );
    t.getset("quotechar", |py, v| Ok(char_value(py, this(v).quote)), None);
    t.getset(
        "escapechar",
        |py, v| Ok(char_value(py, this(v).escape)),
        None,
    );
    t.getset("quoting", |py, v| Ok(py.int(this(v).quoting)), None);
    t.getset(
        "doublequote",
        |py, v| Ok(py.bool(this(v).double_quote)),
        None,
    );
    t.getset(
        "skipinitialspace",
        |py, v| Ok(py.bool(this(v).skip_space)),
        None,
    );
    t.getset("strict", |py, v| Ok(py.bool(this(v).strict)), None);
    t.getset("lineterminator", |_, v| Ok(this(v).terminator.obj()), None);
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(
            |py, a| Err(py.type_error(format!("cannot pickle '{}' instances", a[0].ty().name()))),
        ),
    );
}

static NEW: FnDef = FnDef::new(
    "Dialect",
    "(dialect=None, delimiter=None, doublequote=None, escapechar=None, lineterminator=None, quotechar=None, quoting=None, \
     skipinitialspace=None, strict=None)",
    Bound(|py, _| Ok(py.none())),
);
const FIELDS: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

/// The dialect for `reader(x, dialect, **options)`: the first argument is somebody else's.
pub fn from_args(py: &Py, args: Args) -> PyResult<Obj> {
    new(py, DIALECT.ty(), args.skip(1))
}

fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let bound = NEW.bind(py, args)?;
    let a = Val::from_words(&bound);
    let mut base = a[0].not_none().map(Val::to_obj);
    if let Some(b) = &base
        && b.get::<StrObj>().is_some()
    {
        base = Some(super::find(py, b)?);
    }
    if let Some(b) = &base
        && DIALECT.check(b)
        && a[1..].iter().all(|v| v.given().is_none())
    {
        return Ok(b.clone());
    }
    let mut values: Vec<Option<Obj>> = Vec::new();
    for (i, name) in FIELDS.iter().enumerate() {
        values.push(match (a[i + 1].given(), &base) {
            (Some(v), _) => Some(v.to_obj()),
            (None, Some(b)) => ops::getattr_opt(py, b, &str::intern(py, name))?,
            (None, None) => None,
        });
    }
    let d = build(py, &values)?;
    Ok(py.alloc_in(ty, d))
}

/// One character, or None where that is allowed.
fn character(
    py: &Py,
    v: &Option<Obj>,
    name: &str,
    default: Option<u32>,
    none: bool,
) -> PyResult<Option<u32>> {
    let Some(v) = v else { return Ok(default) };
    if none && v.is_none() {
        return Ok(None);
    }
    let or_none = if none { " or None" } else { "" };
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "\"{name}\" must be a unicode character{or_none}, not {}",
            v.ty().name()
        )));
    };
    if s.len() != 1 {
        let n = s.len();
        return Err(py.type_error(format!(
            "\"{name}\" must be a unicode character{or_none}, not a string of length {n}"
        )));
    }
    Ok(Some(s.units().at(0)))
}

fn build(py: &Py, v: &[Option<Obj>]) -> PyResult<DialectObj> {
    let flag =
        |v: &Option<Obj>, default: bool| v.as_ref().map_or(Ok(default), |v| ops::truth(py, v));
    let delimiter =
        character(py, &v[0], "delimiter", Some(u32::from(b',')), false)?.unwrap_or(u32::from(b','));
    let double_quote = flag(&v[1], true)?;
    let escape = character(py, &v[2], "escapechar", None, true)?;
    let terminator = match &v[3] {
        None => py.str("\r\n"),
        Some(t) if t.get::<StrObj>().is_some() => t.clone(),
        Some(t) => {
            return Err(py.type_error(format!(
                "\"lineterminator\" must be a string, not {}",
                t.ty().name()
            )));
        }
    };
    let quote = character(py, &v[4], "quotechar", Some(u32::from(b'"')), true)?;
    let quoting = match &v[5] {
        None if v[4].as_ref().is_some_and(|q| q.is_none()) => NONE,
        None => MINIMAL,
        Some(q) => {
            if !int::INT.is_exact(q) {
                return Err(py.type_error(format!(
                    "\"quoting\" must be an integer, not {}",
                    q.ty().name()
                )));
            }
            let n = ops::to_i64(py, q)?;
            if !(MINIMAL..=NOTNULL).contains(&n) {
                return Err(py.type_error("bad \"quoting\" value"));
            }
            n
        }
    };
    let (skip_space, strict) = (flag(&v[6], false)?, flag(&v[7], false)?);
    if quoting != NONE && quote.is_none() {
        return Err(py.type_error("quotechar must be set if quoting enabled"));
    }
    let d = DialectObj {
        delimiter,
        quote,
        escape,
        quoting,
        double_quote,
        skip_space,
        strict,
        terminator: Slot::new(terminator),
    };
    check(py, &d)?;
    Ok(d)
}

fn check(py: &Py, d: &DialectObj) -> PyResult<()> {
    let space_is_bad = |c: u32| d.skip_space && c == 32;
    let bad = |c: u32, space: bool| c == 10 || c == 13 || space;
    if bad(d.delimiter, false) {
        return Err(py.value_error("bad delimiter value"));
    }
    if d.escape.is_some_and(|c| bad(c, space_is_bad(c))) {
        return Err(py.value_error("bad escapechar value"));
    }
    if d.quote.is_some_and(|c| bad(c, space_is_bad(c))) {
        return Err(py.value_error("bad quotechar value"));
    }
    if d.escape == Some(d.delimiter) {
        return Err(py.value_error("bad delimiter or escapechar value"));
    }
    if d.quote == Some(d.delimiter) {
        return Err(py.value_error("bad delimiter or quotechar value"));
    }
    if d.escape.is_some() && d.escape == d.quote {
        return Err(py.value_error("bad escapechar or quotechar value"));
    }
    Ok(())
}
