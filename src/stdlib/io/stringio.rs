//! `StringIO`: text in memory, as code points.
//!
//! Appending, the usual way to use it, collects narrow text in bytes; the first character above 255 widens the buffer.

use super::base::TEXT_IO_BASE;
use super::newline::{Newline, NewlineState, replace_newlines, seen_value};
use super::util::{closed_error, offset, size};
use crate::builtins::dict::DictObj;
use crate::builtins::int;
use crate::builtins::str::{self, StrObj, Units};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::object::{instance, ops};
use crate::thread::Py;
use parking_lot::Mutex;

/// Payload.
pub struct StringIoObj {
    st: Mutex<State>,
}

/// The text.
enum Text {
    Narrow(Vec<u8>),
    Wide(Vec<u32>),
}

struct State {
    text: Text,
    pos: usize,
    closed: bool,
    newline: Newline,
    newlines: NewlineState,
}

impl Trace for StringIoObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_io.StringIO`.
    pub STRING_IO: StringIoObj = "_io.StringIO", base TEXT_IO_BASE, flags tf::BASETYPE, init init
);

impl Text {
    fn len(&self) -> usize {
        match self {
            Text::Narrow(b) => b.len(),
            Text::Wide(v) => v.len(),
        }
    }
    fn units(&self) -> Units<'_> {
        match self {
            Text::Narrow(b) => Units::One(b),
            Text::Wide(v) => Units::Four(v),
        }
    }
    fn slice(&self, py: &Py, from: usize, to: usize) -> Obj {
        str::from_units(py, self.units().slice(from, to))
    }
    /// Puts text at `pos`, padded with NUL; false when memory is exhausted.
    fn put(&mut self, pos: usize, u: Units) -> bool {
        if let (Text::Narrow(b), Units::Two(_) | Units::Four(_)) = (&*self, u) {
            let mut wide = Vec::new();
            if wide.try_reserve(b.len() + u.len()).is_err() {
                return false;
            }
            wide.extend(b.iter().map(|&c| u32::from(c)));
            *self = Text::Wide(wide);
        }
        let Some(end) = pos.checked_add(u.len()) else {
            return false;
        };
        let more = end.saturating_sub(self.len());
        match self {
            Text::Narrow(b) => {
                let Units::One(new) = u else { return true };
                if b.try_reserve(more).is_err() {
                    return false;
                }
                if pos == b.len() {
                    b.extend_from_slice(new);
                    return true;
                }
                b.resize(b.len().max(end), 0);
                b[pos..end].copy_from_slice(new);
            }
            Text::Wide(v) => {
                if v.try_reserve(more).is_err() {
                    return false;
                }
                v.resize(v.len().max(end), 0);
                for (place, c) in v[pos..end].iter_mut().zip(u.iter()) {
                    *place = c;
                }
            }
        }
        true
    }
}

fn this(v: &Val) -> &StringIoObj {
    v.cast::<StringIoObj>()
}

impl StringIoObj {
    fn with<R>(&self, py: &Py, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
        let mut st = self.st.lock();
        if st.closed {
            drop(st);
            return Err(closed_error(py));
        }
        Ok(f(&mut st))
    }
}

impl State {
    /// Where the line at the position ends, at most `limit` characters on.
    fn line_end(&self, limit: Option<usize>) -> usize {
        let len = self.text.len();
        let start = self.pos.min(len);
        let stop = limit.map_or(len, |n| start.saturating_add(n).min(len));
        self.newline
            .find_end(self.text.units(), start)
            .unwrap_or(len)
            .min(stop)
    }
    fn take_to(&mut self, py: &Py, end: usize) -> Obj {
        let start = self.pos.min(self.text.len());
        if end > start {
            self.pos = end;
        }
        self.text.slice(py, start, end)
    }
}

fn init(t: &mut TypeInit) {
    t.doc("Text I/O implementation using an in-memory buffer.");
    t.slots().new.set(|py, ty, _| {
        let st = State {
            text: Text::Narrow(Vec::new()),
            pos: 0,
            closed: false,
            newline: Newline::Lf,
            newlines: NewlineState::default(),
        };
        Ok(py.alloc_in(ty, StringIoObj { st: Mutex::new(st) }))
    });
    t.slots().init.set(construct);
    for name in ["readable", "writable", "seekable"] {
        t.method(
            name,
            "($self, /)",
            Bound(|py, a| {
                this(&a[0]).with(py, |_| ())?;
                Ok(py.bool(true))
            }),
        );
    }
    t.method(
        "write",
        "($self, s, /)",
        Bound(|py, a| {
            let Some(s) = a[1].get::<StrObj>() else {
                return Err(py.type_error(format!(
                    "string argument expected, got '{}'",
                    a[1].ty().name()
                )));
            };
            write(py, &a[0], &a[1])?;
            Ok(int::from_usize(py, s.len()))
        }),
    );
    t.method(
        "read",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = size(py, &a[1])?;
            this(&a[0]).with(py, |s| {
                let len = s.text.len();
                let end = n
                    .map_or(len, |n| s.pos.saturating_add(n).min(len))
                    .max(s.pos.min(len));
                s.take_to(py, end)
            })
        }),
    );
    t.method(
        "readline",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = size(py, &a[1])?;
            this(&a[0]).with(py, |s| {
                let end = s.line_end(n);
                s.take_to(py, end)
            })
        }),
    );
    t.slots().iter.set(|py, v| {
        this(v).with(py, |_| ())?;
        Ok(v.to_obj())
    });
    t.slots().next.set(|py, v| {
        if v.ty().has(tf::HEAP) {
            let line = ops::call_method(py, v, &crate::object::names::readline, &[])?;
            return Ok((ops::len(py, &line)? != 0).then_some(line));
        }
        this(v).with(py, |s| {
            let end = s.line_end(None);
            (end > s.pos).then(|| s.take_to(py, end))
        })
    });
    t.method(
        "getvalue",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).with(py, |s| {
                let n = s.text.len();
                s.text.slice(py, 0, n)
            })
        }),
    );
    t.method(
        "tell",
        "($self, /)",
        Bound(|py, a| Ok(int::from_usize(py, this(&a[0]).with(py, |s| s.pos)?))),
    );
    t.method("seek", "($self, pos, whence=0, /)", Bound(seek));
    t.method(
        "truncate",
        "($self, pos=None, /)",
        Bound(|py, a| {
            let n = match a[1].not_none() {
                Some(v) => {
                    if !ops::number::has_index(v) {
                        return Err(py.type_error(format!(
                            "argument should be integer or None, not '{}'",
                            v.ty().name()
                        )));
                    }
                    let n = offset(py, v)?;
                    usize::try_from(n)
                        .map_err(|_| py.value_error(format!("Negative size value {n}")))?
                }
                None => this(&a[0]).with(py, |s| s.pos)?,
            };
            this(&a[0]).with(py, |s| match &mut s.text {
                Text::Narrow(b) => b.truncate(n),
                Text::Wide(v) => v.truncate(n),
            })?;
            Ok(int::from_usize(py, n))
        }),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| {
            let mut st = this(&a[0]).st.lock();
            st.closed = true;
            st.text = Text::Narrow(Vec::new());
            Ok(py.none())
        }),
    );
    t.getset(
        "closed",
        |py, v| Ok(py.bool(this(v).st.lock().closed)),
        None,
    );
    t.getset(
        "line_buffering",
        |py, v| {
            this(v).with(py, |_| ())?;
            Ok(py.bool(false))
        },
        None,
    );
    t.getset(
        "newlines",
        |py, v| {
            let seen = this(v).with(py, |s| s.newlines.seen)?;
            Ok(seen_value(py, seen))
        },
        None,
    );
    t.method(
        "__getstate__",
        "($self, /)",
        Bound(|py, a| {
            let (value, pos, newline) = this(&a[0]).with(py, |s| {
                (s.text.slice(py, 0, s.text.len()), s.pos, s.newline)
            })?;
            let d = ops::call1(
                py,
                &crate::builtins::dict::DICT.obj(),
                &instance::dict_of(py, &a[0]),
            )?;
            Ok(tuple::new(
                py,
                vec![
                    value,
                    newline_value(py, newline),
                    int::from_usize(py, pos),
                    d,
                ],
            ))
        }),
    );
    t.method("__setstate__", "($self, state, /)", Bound(set_state));
}

fn newline_value(py: &Py, n: Newline) -> Obj {
    match n {
        Newline::Translate => py.none(),
        Newline::Universal => py.str(""),
        Newline::Lf => py.str("\n"),
        Newline::Cr => py.str("\r"),
        Newline::CrLf => py.str("\r\n"),
    }
}

static INIT: FnDef = FnDef::new(
    "StringIO",
    "(initial_value='', newline='\\n')",
    Bound(|py, _| Ok(py.none())),
);

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    let newline = match a[1].given() {
        Some(n) => Newline::from_arg(py, n, "StringIO")?,
        None => Newline::Lf,
    };
    if let Some(x) = a[0].not_none()
        && x.get::<StrObj>().is_none()
    {
        return Err(py.type_error(format!(
            "initial_value must be str or None, not {}",
            x.ty().name()
        )));
    }
    {
        let mut st = this(v).st.lock();
        st.text = Text::Narrow(Vec::new());
        st.pos = 0;
        st.closed = false;
        st.newline = newline;
        st.newlines = NewlineState::default();
    }
    if let Some(x) = a[0].not_none() {
        write(py, v, x)?;
        this(v).st.lock().pos = 0;
    }
    Ok(())
}

/// Writes text at the position.
pub fn write(py: &Py, v: &Val, text: &Val) -> PyResult<()> {
    let (newline, mut state) = this(v).with(py, |s| (s.newline, s.newlines.clone()))?;
    let text = if newline.is_universal() {
        // In memory there is no later half of "\r\n": the text is final.
        let t = state.feed(py, text.to_obj(), true, newline == Newline::Translate);
        this(v).with(py, |s| s.newlines = state)?;
        t
    } else {
        match newline.written() {
            Some(by) => replace_newlines(py, text, by),
            None => text.to_obj(),
        }
    };
    let s = text.cast::<StrObj>();
    let done = this(v).with(py, |st| {
        let pos = st.pos;
        if s.is_empty() {
            return true;
        }
        let ok = st.text.put(pos, s.units());
        if ok {
            st.pos = pos + s.len();
        }
        ok
    })?;
    if done { Ok(()) } else { Err(py.memory_error()) }
}

fn seek(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let to = offset(py, &a[1])?;
    let whence = a[2].given().map_or(Ok(0), |w| ops::to_i64(py, w))?;
    this(&a[0]).with(py, |_| ())?;
    match whence {
        0 if to < 0 => return Err(py.value_error(format!("Negative seek position {to}"))),
        0..=2 => {}
        _ => return Err(py.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    if whence != 0 && to != 0 {
        return Err(py.error(
            &crate::builtins::exceptions::OS_ERROR,
            "Can't do nonzero cur-relative seeks",
        ));
    }
    let n = this(&a[0]).with(py, |s| {
        s.pos = match whence {
            0 => to as usize,
            1 => s.pos,
            _ => s.text.len(),
        };
        s.pos
    })?;
    Ok(int::from_usize(py, n))
}

fn set_state(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(state) = a[1].get::<TupleObj>().filter(|t| t.len() >= 4) else {
        return Err(py.type_error(format!(
            "{}.__setstate__ argument should be 4-tuple, got {}",
            a[0].ty().name(),
            a[1].ty().name()
        )));
    };
    let s = state.items();
    construct(py, &a[0], Args::pos(&[]))?;
    let newline = Newline::from_arg(py, &s[1], "StringIO")?;
    let text = str::expect(py, &s[0], "initial_value")?;
    let pos = offset(py, &s[2])?;
    let Ok(pos) = usize::try_from(pos) else {
        return Err(py.value_error("position value cannot be negative"));
    };
    this(&a[0]).with(py, |st| {
        // The value is what was stored: no translation.
        st.text = Text::Narrow(Vec::new());
        st.newline = newline;
        let ok = st.text.put(0, text.units());
        st.pos = pos;
        ok
    })?;
    if let Some(d) = s[3].not_none() {
        let Some(d) = d.get::<DictObj>() else {
            return Err(py.type_error(format!(
                "fourth item of state should be a dict, got a {}",
                d.ty().name()
            )));
        };
        for (k, x) in d.items() {
            ops::setattr(py, &a[0], &k, &x)?;
        }
    }
    Ok(py.none())
}
