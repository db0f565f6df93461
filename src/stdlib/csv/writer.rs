//! The writer: rows to text.

use super::dialect::{self, ALL, DialectObj, NONE, NONNUMERIC, NOTNULL, STRINGS};
use super::error;
use crate::builtins::str::{self, StrObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::thread::Py;

/// Payload.
pub struct WriterObj {
    dialect: Slot,
    /// The method `write` of the file.
    write: Slot,
}

impl Trace for WriterObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.dialect);
        t.slot(&self.write);
    }
    fn clear(&self) {
        self.write.take();
    }
}

crate::native_type!(
    /// The type of writers.
    pub WRITER: WriterObj = "_csv.Writer", base crate::object::base::OBJECT, flags tf::NO_NEW, init init
);

fn init(t: &mut TypeInit) {
    t.getset(
        "dialect",
        |_, v| Ok(v.cast::<WriterObj>().dialect.obj()),
        None,
    );
    t.method(
        "writerow",
        "($self, row, /)",
        Bound(|py, a| write_row(py, &a[0], &a[1])),
    );
    t.method(
        "writerows",
        "($self, rows, /)",
        Bound(|py, a| {
            ops::for_each(py, &a[1], &mut |row| {
                write_row(py, &a[0], &row)?;
                Ok(true)
            })?;
            Ok(py.none())
        }),
    );
}

/// `writer(file, dialect, **options)`
pub fn make(py: &Py, args: Args) -> PyResult<Obj> {
    let Some(file) = args.positional().first() else {
        return Err(py.type_error("writer expected at least 1 argument, got 0"));
    };
    let dialect = dialect::from_args(py, args)?;
    let write = ops::getattr_opt(py, file, &names::write)?.filter(|w| ops::call::is_callable(w));
    let Some(write) = write else {
        return Err(py.type_error("argument 1 must have a \"write\" method"));
    };
    Ok(py.alloc(
        &WRITER,
        WriterObj {
            dialect: Slot::new(dialect),
            write: Slot::new(write),
        },
    ))
}

/// Adds a field. `None` text is an empty field.
fn append(
    py: &Py,
    d: &DialectObj,
    out: &mut Vec<u32>,
    text: Option<&StrObj>,
    first: bool,
    quoted: bool,
) -> PyResult<()> {
    let mut quoted = quoted;
    let terminator = d.terminator.obj();
    let ends = terminator.cast::<StrObj>();
    let mut body: Vec<u32> = Vec::new();
    for c in text.iter().flat_map(|s| s.chars()) {
        let special = c == d.delimiter
            || d.escape == Some(c)
            || d.quote == Some(c)
            || c == 10
            || c == 13
            || ends.chars().any(|t| t == c);
        if special {
            let mut escape = false;
            if d.quoting == NONE {
                escape = true;
            } else {
                if d.quote == Some(c) {
                    if d.double_quote {
                        body.push(c);
                    } else {
                        escape = true;
                    }
                } else if d.escape == Some(c) {
                    escape = true;
                }
                if !escape {
                    quoted = true;
                }
            }
            if escape {
                match d.escape {
                    Some(e) => body.push(e),
                    None => return Err(error(py, "need to escape, but no escapechar set")),
                }
            }
        }
        body.push(c);
    }
    if body.is_empty() && d.delimiter == 32 && d.skip_space {
        if d.quoting == NONE || (text.is_none() && matches!(d.quoting, STRINGS | NOTNULL)) {
            return Err(error(
                py,
                "empty field must be quoted if delimiter is a space and skipinitialspace is true",
            ));
        }
        quoted = true;
    }
    if !first {
        out.push(d.delimiter);
    }
    let mark = d.quote.filter(|_| quoted);
    out.extend(mark);
    out.append(&mut body);
    out.extend(mark);
    Ok(())
}

fn write_row(py: &Py, v: &Val, row: &Val) -> PyResult<Obj> {
    let w = v.cast::<WriterObj>();
    let dialect = w.dialect.obj();
    let d = dialect.cast::<DialectObj>();
    let fields = match ops::iter(py, row) {
        Ok(it) => it,
        Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {
            return Err(error(
                py,
                &format!("iterable expected, not {}", row.ty().name()),
            ));
        }
        Err(e) => return Err(e),
    };
    let mut out: Vec<u32> = Vec::new();
    let (mut n, mut null) = (0, false);
    while let Some(x) = ops::next(py, &fields)? {
        let is_number = || {
            x.ty().slots.float.addr() != 0
                || x.ty().slots.index.addr() != 0
                || x.ty().slots.int.addr() != 0
        };
        let quoted = match d.quoting {
            NONNUMERIC => !is_number(),
            ALL => true,
            STRINGS => x.get::<StrObj>().is_some(),
            NOTNULL => !x.is_none(),
            _ => false,
        };
        null = x.is_none();
        if null {
            append(py, d, &mut out, None, n == 0, quoted)?;
        } else {
            let s = if x.get::<StrObj>().is_some() {
                x.clone()
            } else {
                ops::str(py, &x)?
            };
            append(py, d, &mut out, Some(s.cast::<StrObj>()), n == 0, quoted)?;
        }
        n += 1;
    }
    if n > 0 && out.is_empty() {
        if d.quoting == NONE || (null && matches!(d.quoting, STRINGS | NOTNULL)) {
            return Err(error(py, "single empty field record must be quoted"));
        }
        append(py, d, &mut out, None, true, true)?;
    }
    let terminator = d.terminator.obj();
    out.extend(terminator.cast::<StrObj>().chars());
    ops::call1(py, &w.write.obj(), &str::from_code_points(py, &out))
}
