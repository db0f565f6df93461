//! Reading JSON: `scanstring` and the scanner of `JSONDecoder`.
//!
//! The text is scanned in its storage width; positions are those of the str. A failure is kept apart from exceptions that
//! hooks raise: StopIteration with a position means "no value here", which the caller turns into a message.

use super::decode_error;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::{self, Builder, StrObj};
use crate::builtins::{float, int, list, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::on_units;
use crate::text::CodeUnit;
use crate::thread::Py;

/// Payload. The fields are written once, at creation.
pub struct ScannerObj {
    strict: bool,
    object_hook: Slot,
    object_pairs_hook: Slot,
    /// Empty when `float`, `int` are used.
    parse_float: Slot,
    parse_int: Slot,
    parse_constant: Slot,
    /// As given, for the attributes.
    given_float: Slot,
    given_int: Slot,
}

impl Trace for ScannerObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [
            &self.object_hook,
            &self.object_pairs_hook,
            &self.parse_float,
            &self.parse_int,
        ] {
            t.slot(s);
        }
        for s in [&self.parse_constant, &self.given_float, &self.given_int] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type behind `make_scanner`.
    pub SCANNER: ScannerObj = "_json.Scanner", base crate::object::base::OBJECT, flags crate::object::type_::tf::BASETYPE, init init
);

fn init(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, args| {
        let [context] = args.all() else {
            return Err(py.type_error(format!(
                "make_scanner() takes exactly 1 argument ({} given)",
                args.all().len()
            )));
        };
        let get = |name: &str| ops::getattr_str(py, context, name);
        let hook = |name: &str| -> PyResult<Slot> {
            let v = get(name)?;
            Ok(if v.is_none() {
                Slot::empty()
            } else {
                Slot::new(v)
            })
        };
        let (parse_float, parse_int) = (get("parse_float")?, get("parse_int")?);
        let unless = |v: &Obj, usual: Obj| {
            if v.is(&usual) {
                Slot::empty()
            } else {
                Slot::new(v.clone())
            }
        };
        let s = ScannerObj {
            strict: ops::truth(py, &*get("strict")?)?,
            object_hook: hook("object_hook")?,
            object_pairs_hook: hook("object_pairs_hook")?,
            parse_float: unless(&parse_float, float::FLOAT.obj()),
            parse_int: unless(&parse_int, int::INT.obj()),
            parse_constant: Slot::new(get("parse_constant")?),
            given_float: Slot::new(parse_float),
            given_int: Slot::new(parse_int),
        };
        Ok(py.alloc_in(ty, s))
    });
    t.slots().call.set(|py, v, args| {
        let [text, at] = args.all() else {
            return Err(py.type_error(format!("scan_once() takes exactly 2 arguments ({} given)", args.all().len())));
        };
        let Some(s) = text.get::<StrObj>() else {
            return Err(py.type_error(format!("first argument must be a string, not {}", text.ty().full_name())));
        };
        let at = str::case::ssize(py, at)?;
        let Ok(at) = usize::try_from(at) else { return Err(py.value_error("idx cannot be negative")) };
        let memo = dict::new(py);
        let (value, end) = on_units!(s.units(), u => {
            Scan { py, options: v.cast::<ScannerObj>(), doc: text, u, ascii: s.is_ascii(), memo: &memo }.value(at)
        })?;
        Ok(tuple::new(py, vec![value, int::from_usize(py, end)]))
    });
    t.getset(
        "strict",
        |py, v| Ok(py.bool(v.cast::<ScannerObj>().strict)),
        None,
    );
    t.getset(
        "object_hook",
        |py, v| {
            Ok(v.cast::<ScannerObj>()
                .object_hook
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "object_pairs_hook",
        |py, v| {
            Ok(v.cast::<ScannerObj>()
                .object_pairs_hook
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "parse_float",
        |_, v| Ok(v.cast::<ScannerObj>().given_float.obj()),
        None,
    );
    t.getset(
        "parse_int",
        |_, v| Ok(v.cast::<ScannerObj>().given_int.obj()),
        None,
    );
    t.getset(
        "parse_constant",
        |_, v| Ok(v.cast::<ScannerObj>().parse_constant.obj()),
        None,
    );
}

/// `scanstring(text, end, strict)`: the string behind the quote before `end`.
pub fn scanstring(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(s) = a[0].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "first argument must be a string, not {}",
            a[0].ty().full_name()
        )));
    };
    let end = str::case::ssize(py, &a[1])?;
    let strict = a[2].given().map_or(Ok(true), |v| ops::truth(py, v))?;
    let Some(at) = usize::try_from(end).ok().filter(|&n| n <= s.len()) else {
        return Err(py.value_error("end is out of bounds"));
    };
    let (text, end) = on_units!(s.units(), u => string(py, &a[0], u, s.is_ascii(), at, strict))?;
    Ok(tuple::new(py, vec![text, int::from_usize(py, end)]))
}

/// Value of four hexadecimal digits.
fn hex4<T: CodeUnit>(u: &[T]) -> Option<u32> {
    let mut n = 0;
    for c in u.get(..4)? {
        n = n << 4 | char::from_u32(c.cp())?.to_digit(16)?;
    }
    Some(n)
}

/// Characters at which a string is not simply copied.
static SPECIAL: [bool; 128] = {
    let mut t = [false; 128];
    let mut i = 0;
    while i < 128 {
        t[i] = i < 0x20 || i == b'"' as usize || i == b'\\' as usize;
        i += 1;
    }
    t
};

fn string<T: CodeUnit>(
    py: &Py,
    doc: &Val,
    u: &[T],
    ascii: bool,
    start: usize,
    strict: bool,
) -> PyResult<(Obj, usize)> {
    const QUOTE: u32 = b'"' as u32;
    const BACKSLASH: u32 = b'\\' as u32;
    let fail = |m: &str, at: usize| Err(decode_error(py, m, doc, at));
    let unterminated = || fail("Unterminated string starting at", start.saturating_sub(1));
    let mut out: Option<Builder> = None;
    let mut at = start;
    loop {
        let from = at;
        let mut c = 0;
        while let Some(x) = u.get(at) {
            c = x.cp();
            if SPECIAL.get(c as usize).is_some_and(|s| *s) {
                if c == QUOTE || c == BACKSLASH {
                    break;
                }
                if strict {
                    return fail("Invalid control character at", at);
                }
            }
            at += 1;
        }
        if at >= u.len() {
            return unterminated();
        }
        if c == QUOTE {
            let Some(mut b) = out else {
                // Nothing was escaped: a part of the document.
                let text = if ascii {
                    str::slice(py, doc, start, at)
                } else {
                    sub(py, u, start, at)
                };
                return Ok((text, at + 1));
            };
            u[from..at].iter().for_each(|c| b.push(c.cp()));
            return Ok((b.finish(py), at + 1));
        }
        let b = out.get_or_insert_with(Builder::new);
        u[from..at].iter().for_each(|c| b.push(c.cp()));
        at += 1;
        let Some(c) = u.get(at).map(|c| c.cp()) else {
            return unterminated();
        };
        at += 1;
        if c == b'u' as u32 {
            if at + 4 > u.len() {
                return fail("Invalid \\uXXXX escape", at - 1);
            }
            let Some(mut n) = hex4(&u[at..]) else {
                return fail("Invalid \\uXXXX escape", at - 1);
            };
            at += 4;
            let paired = (0xd800..0xdc00).contains(&n)
                && at + 6 <= u.len()
                && u[at].cp() == BACKSLASH
                && u[at + 1].cp() == b'u' as u32;
            if paired {
                let Some(low) = hex4(&u[at + 2..]) else {
                    return fail("Invalid \\uXXXX escape", at + 1);
                };
                if (0xdc00..0xe000).contains(&low) {
                    n = 0x10000 + ((n - 0xd800) << 10) + (low - 0xdc00);
                    at += 6;
                }
            }
            b.push(n);
            continue;
        }
        b.push(match u8::try_from(c) {
            Ok(c @ (b'"' | b'\\' | b'/')) => c as u32,
            Ok(b'b') => 8,
            Ok(b'f') => 12,
            Ok(b'n') => 10,
            Ok(b'r') => 13,
            Ok(b't') => 9,
            _ => return fail("Invalid \\escape", at - 2),
        });
    }
}

fn sub<T: CodeUnit>(py: &Py, u: &[T], from: usize, to: usize) -> Obj {
    let mut b = Builder::new();
    u[from..to].iter().for_each(|c| b.push(c.cp()));
    b.finish(py)
}

struct Scan<'a, T> {
    py: &'a Py,
    options: &'a ScannerObj,
    doc: &'a Val,
    u: &'a [T],
    ascii: bool,
    /// Keys seen so far, so that equal ones are one object.
    memo: &'a Obj,
}

impl<T: CodeUnit> Scan<'_, T> {
    fn at(&self, i: usize) -> Option<u8> {
        self.u.get(i).and_then(|c| u8::try_from(c.cp()).ok())
    }
    fn skip_space(&self, mut i: usize) -> usize {
        while matches!(self.at(i), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            i += 1;
        }
        i
    }
    fn fail<R>(&self, m: &str, at: usize) -> PyResult<R> {
        Err(decode_error(self.py, m, self.doc, at))
    }
    fn nothing(&self, at: usize) -> Raised {
        self.py.stop_iteration(Some(int::from_usize(self.py, at)))
    }
    fn word(&self, at: usize, w: &str) -> bool {
        self.u
            .get(at..at + w.len())
            .is_some_and(|p| p.iter().zip(w.bytes()).all(|(c, b)| c.cp() == b as u32))
    }

    fn value(&self, at: usize) -> PyResult<(Obj, usize)> {
        let py = self.py;
        match self.at(at) {
            Some(b'"') => string(
                py,
                self.doc,
                self.u,
                self.ascii,
                at + 1,
                self.options.strict,
            ),
            Some(b'{') => {
                ops::convert::guard(py, " while decoding a JSON object from a unicode string")?;
                self.object(at + 1)
            }
            Some(b'[') => {
                ops::convert::guard(py, " while decoding a JSON array from a unicode string")?;
                self.array(at + 1)
            }
            Some(b'n') if self.word(at, "null") => Ok((py.none(), at + 4)),
            Some(b't') if self.word(at, "true") => Ok((py.bool(true), at + 4)),
            Some(b'f') if self.word(at, "false") => Ok((py.bool(false), at + 5)),
            Some(b'N') if self.word(at, "NaN") => self.constant("NaN", at),
            Some(b'I') if self.word(at, "Infinity") => self.constant("Infinity", at),
            Some(b'-') if self.word(at, "-Infinity") => self.constant("-Infinity", at),
            Some(b'-' | b'0'..=b'9') => self.number(at),
            _ => Err(self.nothing(at)),
        }
    }

    fn constant(&self, name: &str, at: usize) -> PyResult<(Obj, usize)> {
        let v = ops::call1(
            self.py,
            &self.options.parse_constant.obj(),
            &str::intern(self.py, name),
        )?;
        Ok((v, at + name.len()))
    }

    fn digits(&self, mut i: usize) -> usize {
        while matches!(self.at(i), Some(b'0'..=b'9')) {
            i += 1;
        }
        i
    }

    fn number(&self, start: usize) -> PyResult<(Obj, usize)> {
        let py = self.py;
        let mut i = start;
        if self.at(i) == Some(b'-') {
            i += 1;
        }
        i = match self.at(i) {
            Some(b'0') => i + 1,
            Some(b'1'..=b'9') => self.digits(i),
            _ => return Err(self.nothing(start)),
        };
        let mut is_float = false;
        if self.at(i) == Some(b'.') && matches!(self.at(i + 1), Some(b'0'..=b'9')) {
            is_float = true;
            i = self.digits(i + 1);
        }
        if matches!(self.at(i), Some(b'e' | b'E')) {
            let sign = matches!(self.at(i + 1), Some(b'+' | b'-')) as usize;
            let end = self.digits(i + 1 + sign);
            if end > i + 1 + sign {
                is_float = true;
                i = end;
            }
        }
        if !is_float && i - start < 18 && self.options.parse_int.is_empty() {
            let digits = &self.u[start..i];
            let (sign, digits) = match digits {
                [first, rest @ ..] if first.cp() == b'-' as u32 => (-1, rest),
                all => (1, all),
            };
            let n = digits
                .iter()
                .fold(0i64, |n, c| n * 10 + (c.cp() as i64 - b'0' as i64));
            return Ok((py.int(sign * n), i));
        }
        let text: String = self.u[start..i]
            .iter()
            .map(|c| c.cp() as u8 as char)
            .collect();
        let custom = if is_float {
            &self.options.parse_float
        } else {
            &self.options.parse_int
        };
        let v = match custom.get() {
            Some(f) => ops::call1(py, &f, &py.str(&text))?,
            None if is_float => match fast_float2::parse::<f64, _>(&text) {
                Ok(d) => py.float(d),
                Err(_) => return Err(self.nothing(start)),
            },
            None => match text.parse::<i64>() {
                Ok(n) => py.int(n),
                // The type checks the limit on digits.
                Err(_) => ops::call1(py, &int::INT.obj(), &py.str(&text))?,
            },
        };
        Ok((v, i))
    }

    fn array(&self, mut i: usize) -> PyResult<(Obj, usize)> {
        let mut items = Vec::new();
        i = self.skip_space(i);
        if self.at(i) != Some(b']') {
            loop {
                let (v, next) = self.value(i)?;
                items.push(v);
                i = self.skip_space(next);
                match self.at(i) {
                    Some(b']') => break,
                    Some(b',') => {}
                    _ => return self.fail("Expecting ',' delimiter", i),
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.at(i) == Some(b']') {
                    return self.fail("Illegal trailing comma before end of array", comma);
                }
            }
        }
        Ok((list::new(self.py, items), i + 1))
    }

    fn object(&self, mut i: usize) -> PyResult<(Obj, usize)> {
        let py = self.py;
        let pairs_hook = self.options.object_pairs_hook.get();
        let mut pairs = Vec::new();
        let out = dict::new(py);
        let dict = out.cast::<DictObj>();
        i = self.skip_space(i);
        if self.at(i) != Some(b'}') {
            loop {
                if self.at(i) != Some(b'"') {
                    return self.fail("Expecting property name enclosed in double quotes", i);
                }
                let (key, next) =
                    string(py, self.doc, self.u, self.ascii, i + 1, self.options.strict)?;
                let key = self
                    .memo
                    .cast::<DictObj>()
                    .set_default(py, &key, key.clone())?;
                i = self.skip_space(next);
                if self.at(i) != Some(b':') {
                    return self.fail("Expecting ':' delimiter", i);
                }
                let (v, next) = self.value(self.skip_space(i + 1))?;
                match pairs_hook {
                    Some(_) => pairs.push(tuple::new(py, vec![key, v])),
                    None => dict.set(py, &key, v)?,
                }
                i = self.skip_space(next);
                match self.at(i) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return self.fail("Expecting ',' delimiter", i),
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.at(i) == Some(b'}') {
                    return self.fail("Illegal trailing comma before end of object", comma);
                }
            }
        }
        if let Some(hook) = pairs_hook {
            return Ok((ops::call1(py, &hook, &list::new(py, pairs))?, i + 1));
        }
        match self.options.object_hook.get() {
            Some(hook) => Ok((ops::call1(py, &hook, &out)?, i + 1)),
            None => Ok((out, i + 1)),
        }
    }
}
