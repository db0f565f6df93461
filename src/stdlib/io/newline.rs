//! Newlines: finding line ends, translating them, and `IncrementalNewlineDecoder`.

use super::util::call;
use crate::builtins::str::{Builder, StrObj, Units};
use crate::builtins::{bytes, int, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use parking_lot::Mutex;

/// Kinds of line ends seen.
pub const SEEN_CR: u8 = 1;
pub const SEEN_LF: u8 = 2;
pub const SEEN_CRLF: u8 = 4;

/// The value of the attribute `newlines`.
pub fn seen_value(py: &Py, seen: u8) -> Obj {
    let mut all: Vec<Obj> = [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")]
        .iter()
        .filter(|(bit, _)| seen & bit != 0)
        .map(|(_, s)| py.str(s))
        .collect();
    match all.len() {
        0 => py.none(),
        1 => all.remove(0),
        _ => tuple::new(py, all),
    }
}

/// The newline argument of text streams.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newline {
    /// None: all kinds are ends of lines, delivered as "\n".
    Translate,
    /// "": all kinds are ends of lines, delivered as they are.
    Universal,
    Lf,
    Cr,
    CrLf,
}

impl Newline {
    /// Reads the argument.
    pub fn from_arg(py: &Py, v: &Val, func: &str) -> PyResult<Newline> {
        let Some(v) = v.not_none() else {
            return Ok(Newline::Translate);
        };
        let Some(s) = v.get::<StrObj>() else {
            return Err(py.type_error(format!(
                "{func}() argument 'newline' must be str or None, not {}",
                v.ty().name()
            )));
        };
        Ok(match s.lossy().as_ref() {
            "" => Newline::Universal,
            "\n" => Newline::Lf,
            "\r" => Newline::Cr,
            "\r\n" => Newline::CrLf,
            _ if func == "StringIO" => {
                return Err(
                    py.value_error(format!("illegal newline value: {}", ops::repr_text(py, v)?))
                );
            }
            other => return Err(py.value_error(format!("illegal newline value: {other}"))),
        })
    }
    /// Whether reading looks for all kinds.
    pub fn is_universal(self) -> bool {
        matches!(self, Newline::Translate | Newline::Universal)
    }
    /// What "\n" becomes when it is written, if not itself.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            _ => None,
        }
    }
    /// Length of the first line in the units from `from`, with its end; `None` if no line ends there.
    pub fn find_end(self, u: Units, from: usize) -> Option<usize> {
        match self {
            Newline::Translate | Newline::Lf => position(u, from, b'\n').map(|i| i + 1),
            Newline::Cr => position(u, from, b'\r').map(|i| i + 1),
            Newline::CrLf => {
                let mut at = from;
                loop {
                    let i = position(u, at, b'\r')?;
                    if i + 1 < u.len() && u.at(i + 1) == u32::from(b'\n') {
                        return Some(i + 2);
                    }
                    at = i + 1;
                }
            }
            Newline::Universal => {
                let i = match u {
                    Units::One(b) => from + memchr::memchr2(b'\n', b'\r', &b[from..])?,
                    _ => (from..u.len()).find(|&i| matches!(u.at(i), 10 | 13))?,
                };
                let pair = u.at(i) == 13 && i + 1 < u.len() && u.at(i + 1) == 10;
                Some(i + 1 + pair as usize)
            }
        }
    }
}

fn position(u: Units, from: usize, c: u8) -> Option<usize> {
    match u {
        Units::One(b) => memchr::memchr(c, &b[from..]).map(|i| i + from),
        Units::Two(s) => s[from..]
            .iter()
            .position(|&x| x == u16::from(c))
            .map(|i| i + from),
        Units::Four(s) => s[from..]
            .iter()
            .position(|&x| x == u32::from(c))
            .map(|i| i + from),
    }
}

/// Whether a text has a character.
pub fn has(s: &StrObj, c: u8) -> bool {
    position(s.units(), 0, c).is_some()
}

/// State of incremental newline handling.
#[derive(Clone, Default)]
pub struct NewlineState {
    /// The last text ended with "\r", which may be half of "\r\n".
    pub pending_cr: bool,
    pub seen: u8,
}

impl NewlineState {
    /// Takes decoded text and gives what may be delivered of it.
    pub fn feed(&mut self, py: &Py, text: Obj, last: bool, translate: bool) -> Obj {
        let s = text.cast::<StrObj>();
        if !self.pending_cr && !has(s, b'\r') {
            if self.seen & SEEN_LF == 0 && has(s, b'\n') {
                self.seen |= SEEN_LF;
            }
            return text;
        }
        let mut u: Vec<u32> = Vec::with_capacity(s.len() + 1);
        if std::mem::take(&mut self.pending_cr) {
            if s.is_empty() && !last {
                self.pending_cr = true;
                return text;
            }
            u.push(13);
        }
        u.extend(s.chars());
        if !last && u.last() == Some(&13) {
            u.pop();
            self.pending_cr = true;
        }
        let mut out = Builder::new();
        let mut i = 0;
        while i < u.len() {
            match u[i] {
                10 => {
                    self.seen |= SEEN_LF;
                    out.push(10);
                }
                13 if u.get(i + 1) == Some(&10) => {
                    self.seen |= SEEN_CRLF;
                    if !translate {
                        out.push(13);
                    }
                    out.push(10);
                    i += 1;
                }
                13 => {
                    self.seen |= SEEN_CR;
                    out.push(if translate { 10 } else { 13 });
                }
                c => out.push(c),
            }
            i += 1;
        }
        out.finish(py)
    }
}

/// Replaces each "\n" by another line end.
pub fn replace_newlines(py: &Py, text: &Val, by: &str) -> Obj {
    let s = text.cast::<StrObj>();
    if !has(s, b'\n') {
        return text.to_obj();
    }
    let mut out = Builder::new();
    for c in s.chars() {
        if c == 10 {
            out.push_str(by)
        } else {
            out.push(c)
        }
    }
    out.finish(py)
}

/// Payload of `IncrementalNewlineDecoder`.
pub struct DecoderObj {
    /// A decoder of bytes, or None when text comes in.
    decoder: Slot,
    translate: std::sync::atomic::AtomicBool,
    st: Mutex<NewlineState>,
}

impl Trace for DecoderObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.decoder);
    }
    fn clear(&self) {
        self.decoder.take();
    }
}

crate::native_type!(
    /// The type `_io.IncrementalNewlineDecoder`.
    pub DECODER: DecoderObj = "_io.IncrementalNewlineDecoder", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

static INIT: FnDef = FnDef::new(
    "IncrementalNewlineDecoder",
    "(decoder, translate, errors='strict')",
    Bound(|py, _| Ok(py.none())),
);

fn this<'a>(py: &Py, v: &'a Val) -> PyResult<(&'a DecoderObj, Obj)> {
    let d = v.cast::<DecoderObj>();
    match d.decoder.get() {
        Some(inner) => Ok((d, inner)),
        None => Err(py.value_error("IncrementalNewlineDecoder.__init__() not called")),
    }
}

fn init(t: &mut TypeInit) {
    t.doc("Codec used when reading a file in universal newlines mode.");
    t.slots().new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            DecoderObj {
                decoder: Slot::empty(),
                translate: false.into(),
                st: Mutex::default(),
            },
        ))
    });
    t.slots().init.set(construct);
    t.method(
        "decode",
        "($self, input, final=False)",
        Bound(|py, a| {
            let last = a[2].given().map_or(Ok(false), |f| ops::truth(py, f))?;
            decode(py, &a[0], &a[1], last)
        }),
    );
    t.method(
        "getstate",
        "($self, /)",
        Bound(|py, a| {
            let (d, inner) = this(py, &a[0])?;
            let pending = d.st.lock().pending_cr as i64;
            if inner.is_none() {
                return Ok(tuple::new(py, vec![bytes::new(py, b""), py.int(pending)]));
            }
            let (buffer, flags) = state_pair(py, &*call(py, &inner, "getstate", &[])?)?;
            let flags = int::view(&flags).map_or_else(Default::default, |f| f.to_big());
            Ok(tuple::new(
                py,
                vec![
                    buffer,
                    int::from_big(py, (flags << 1) | num_bigint::BigInt::from(pending)),
                ],
            ))
        }),
    );
    t.method(
        "setstate",
        "($self, state, /)",
        Bound(|py, a| {
            let (d, inner) = this(py, &a[0])?;
            let (buffer, flags) = state_pair(py, &a[1])?;
            let flags = int::view(&flags).map_or_else(Default::default, |f| f.to_big());
            d.st.lock().pending_cr = flags.bit(0);
            if !inner.is_none() {
                let state = tuple::new(py, vec![buffer, int::from_big(py, flags >> 1)]);
                call(py, &inner, "setstate", &[&state])?;
            }
            Ok(py.none())
        }),
    );
    t.method(
        "reset",
        "($self, /)",
        Bound(|py, a| {
            let (d, inner) = this(py, &a[0])?;
            *d.st.lock() = NewlineState::default();
            if !inner.is_none() {
                call(py, &inner, "reset", &[])?;
            }
            Ok(py.none())
        }),
    );
    t.getset(
        "newlines",
        |py, v| {
            let seen = this(py, v)?.0.st.lock().seen;
            Ok(seen_value(py, seen))
        },
        None,
    );
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    let d = v.cast::<DecoderObj>();
    // Relaxed: set before the object is used.
    d.translate
        .store(ops::truth(py, &a[1])?, std::sync::atomic::Ordering::Relaxed);
    *d.st.lock() = NewlineState::default();
    d.decoder.set(a[0].to_obj());
    Ok(())
}

/// The (bytes, int) of a decoder's state.
pub fn state_pair(py: &Py, state: &Val) -> PyResult<(Obj, Obj)> {
    match state.get::<tuple::TupleObj>().map(|t| t.items()) {
        Some([b, f]) if bytes::view(b).is_some() && int::view(f).is_some() => {
            Ok((b.to_obj(), f.to_obj()))
        }
        Some([b, _]) if bytes::view(b).is_none() => Err(py.type_error(format!(
            "illegal decoder state: the first item should be a bytes object, not '{}'",
            b.ty().name()
        ))),
        Some([_, f]) => Err(py.type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            f.ty().name()
        ))),
        _ => Err(py.type_error("illegal decoder state")),
    }
}

fn decode(py: &Py, v: &Val, data: &Val, last: bool) -> PyResult<Obj> {
    let (d, inner) = this(py, v)?;
    let text = if inner.is_none() {
        data.to_obj()
    } else {
        call(py, &inner, "decode", &[data, &py.bool(last)])?
    };
    if text.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "decoder should return a string result, not '{}'",
            text.ty().name()
        )));
    }
    // Relaxed: set before the object is used.
    let translate = d.translate.load(std::sync::atomic::Ordering::Relaxed);
    let mut st = d.st.lock().clone();
    let out = st.feed(py, text, last, translate);
    *d.st.lock() = st;
    Ok(out)
}
