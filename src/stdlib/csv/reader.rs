//! The reader: a state machine over the characters of lines.

use super::dialect::{self, DialectObj, NONE, NONNUMERIC, NOTNULL, STRINGS};
use super::error;
use crate::builtins::list;
use crate::builtins::str::{self, StrObj};
use crate::error::PyResult;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// Payload.
pub struct ReaderObj {
    dialect: Slot,
    input: Slot,
    line_num: AtomicU64,
}

impl Trace for ReaderObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.dialect);
        t.slot(&self.input);
    }
    fn clear(&self) {
        self.input.take();
    }
}

crate::native_type!(
    /// The type of readers.
    pub READER: ReaderObj = "_csv.Reader", base crate::object::base::OBJECT, flags tf::NO_NEW, init init
);

fn init(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.getset(
        "dialect",
        |_, v| Ok(v.cast::<ReaderObj>().dialect.obj()),
        None,
    );
    // Relaxed: an independent number.
    t.getset(
        "line_num",
        |py, v| Ok(py.int(v.cast::<ReaderObj>().line_num.load(Ordering::Relaxed) as i64)),
        None,
    );
}

/// `reader(iterable, dialect, **options)`
pub fn make(py: &Py, args: Args) -> PyResult<Obj> {
    let Some(first) = args.positional().first() else {
        return Err(py.type_error("reader expected at least 1 argument, got 0"));
    };
    let input = ops::iter(py, first)?;
    let dialect = dialect::from_args(py, args)?;
    Ok(py.alloc(
        &READER,
        ReaderObj {
            dialect: Slot::new(dialect),
            input: Slot::new(input),
            line_num: AtomicU64::new(0),
        },
    ))
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuoted,
    EscapeInQuoted,
    QuoteInQuoted,
    EatNewline,
    AfterEscapedNewline,
}

/// A row being read.
struct Row<'a> {
    d: &'a DialectObj,
    state: State,
    field: Vec<u32>,
    unquoted: bool,
    fields: Vec<Obj>,
    limit: i64,
}

/// Stands for the end of a line.
const EOL: u32 = u32::MAX;

impl Row<'_> {
    fn add(&mut self, py: &Py, c: u32) -> PyResult<()> {
        if self.field.len() as i64 >= self.limit {
            return Err(error(
                py,
                &format!("field larger than field limit ({})", self.limit),
            ));
        }
        self.field.push(c);
        Ok(())
    }
    fn save(&mut self, py: &Py) -> PyResult<()> {
        let text = str::from_code_points(py, &self.field);
        let empty = self.field.is_empty();
        self.field.clear();
        let unquoted = std::mem::replace(&mut self.unquoted, true);
        let q = self.d.quoting;
        let value = if unquoted && empty && matches!(q, STRINGS | NOTNULL) {
            py.none()
        } else if unquoted && (q == STRINGS || q == NONNUMERIC && !empty) {
            ops::call1(py, &crate::builtins::float::FLOAT.obj(), &text)?
        } else {
            text
        };
        self.fields.push(value);
        Ok(())
    }
    fn end(&mut self, c: u32) {
        self.state = if c == EOL {
            State::StartRecord
        } else {
            State::EatNewline
        };
    }
    fn step(&mut self, py: &Py, c: u32) -> PyResult<()> {
        let d = self.d;
        let newline = c == 10 || c == 13;
        let ends = newline || c == EOL;
        let quote = d.quoting != NONE && d.quote == Some(c);
        let escape = d.escape == Some(c);
        if self.state == State::StartRecord {
            if c == EOL {
                return Ok(());
            }
            if newline {
                self.state = State::EatNewline;
                return Ok(());
            }
            self.state = State::StartField;
        }
        if self.state == State::AfterEscapedNewline {
            if c == EOL {
                return Ok(());
            }
            self.state = State::InField;
        }
        match self.state {
            State::StartField => {
                if ends {
                    self.save(py)?;
                    self.end(c);
                } else if quote {
                    self.unquoted = false;
                    self.state = State::InQuoted;
                } else if escape {
                    self.state = State::Escaped;
                } else if c == 32 && d.skip_space {
                } else if c == d.delimiter {
                    self.save(py)?;
                } else {
                    self.add(py, c)?;
                    self.state = State::InField;
                }
            }
            State::Escaped => {
                if newline {
                    self.add(py, c)?;
                    self.state = State::AfterEscapedNewline;
                } else {
                    self.add(py, if c == EOL { 10 } else { c })?;
                    self.state = State::InField;
                }
            }
            State::InField => {
                if ends {
                    self.save(py)?;
                    self.end(c);
                } else if escape {
                    self.state = State::Escaped;
                } else if c == d.delimiter {
                    self.save(py)?;
                    self.state = State::StartField;
                } else {
                    self.add(py, c)?;
                }
            }
            State::InQuoted => {
                if c == EOL {
                } else if escape {
                    self.state = State::EscapeInQuoted;
                } else if quote {
                    self.state = if d.double_quote {
                        State::QuoteInQuoted
                    } else {
                        State::InField
                    };
                } else {
                    self.add(py, c)?;
                }
            }
            State::EscapeInQuoted => {
                self.add(py, if c == EOL { 10 } else { c })?;
                self.state = State::InQuoted;
            }
            State::QuoteInQuoted => {
                if quote {
                    self.add(py, c)?;
                    self.state = State::InQuoted;
                } else if c == d.delimiter {
                    self.save(py)?;
                    self.state = State::StartField;
                } else if ends {
                    self.save(py)?;
                    self.end(c);
                } else if !d.strict {
                    self.add(py, c)?;
                    self.state = State::InField;
                } else {
                    let show = |c: u32| char::from_u32(c).unwrap_or('\u{fffd}');
                    let (want, after) = (show(d.delimiter), show(d.quote.unwrap_or(0)));
                    return Err(error(py, &format!("'{want}' expected after '{after}'")));
                }
            }
            State::EatNewline => {
                if c == EOL {
                    self.state = State::StartRecord;
                } else if !newline {
                    return Err(error(
                        py,
                        "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                    ));
                }
            }
            State::StartRecord | State::AfterEscapedNewline => {}
        }
        Ok(())
    }
}

fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let r = v.cast::<ReaderObj>();
    let dialect = r.dialect.obj();
    let Some(input) = r.input.get() else {
        return Ok(None);
    };
    let mut row = Row {
        d: dialect.cast::<DialectObj>(),
        state: State::StartRecord,
        field: Vec::new(),
        unquoted: true,
        fields: Vec::new(),
        limit: super::FIELD_LIMIT.load(Ordering::Relaxed),
    };
    loop {
        let Some(line) = ops::next(py, &input)? else {
            if !row.field.is_empty() || row.state == State::InQuoted {
                if row.d.strict {
                    return Err(error(py, "unexpected end of data"));
                }
                row.save(py)?;
                break;
            }
            return Ok(None);
        };
        let Some(s) = line.get::<StrObj>() else {
            return Err(error(
                py,
                &format!(
                    "iterator should return strings, not {} (the file should be opened in text mode)",
                    line.ty().name()
                ),
            ));
        };
        r.line_num.fetch_add(1, Ordering::Relaxed);
        for c in s.chars() {
            row.step(py, c)?;
        }
        row.step(py, EOL)?;
        if row.state == State::StartRecord {
            break;
        }
    }
    Ok(Some(list::new(py, row.fields)))
}
