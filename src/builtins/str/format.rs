//! `str.format`, `format_map`, `__format__`, and the parser of replacement fields (also behind `string.Formatter`).

use super::find::check_size;
use super::{Builder, STR, StrObj, Units, char_obj, slice};
use crate::builtins::dict::DictObj;
use crate::builtins::int;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::{Args, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::text::format_spec::{self, FormatError};
use crate::text::unicode;
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    t.method(
        "format",
        "($self, /, *args, **kwargs)",
        Raw(|py, args| {
            let all = args.positional();
            let Some(fmt) = all.first() else {
                return Err(py.type_error("unbound method str.format() needs an argument"));
            };
            let mut r = Render {
                args: Some(args.skip(1)),
                mapping: None,
                numbering: Numbering::None,
            };
            r.all(py, fmt)
        }),
    );
    t.method(
        "format_map",
        "($self, mapping, /)",
        Bound(|py, a| {
            let mut r = Render {
                args: None,
                mapping: Some(&a[1]),
                numbering: Numbering::None,
            };
            r.all(py, &a[0])
        }),
    );
    t.method(
        "__format__",
        "($self, format_spec, /)",
        Bound(|py, a| {
            let Some(spec) = a[1].get::<StrObj>() else {
                return Err(py.type_error(format!(
                    "__format__() argument must be str, not {}",
                    super::find::type_name(&a[1])
                )));
            };
            format_str(py, &a[0], spec)
        }),
    );
}

/// The error of the format mini-language as an exception.
pub fn format_error(py: &Py, e: FormatError) -> Raised {
    match e {
        FormatError::Value(m) => py.value_error(m),
        FormatError::Overflow(m) => py.overflow_error(m),
    }
}

/// MemoryError if a number in the specification asks for more characters than memory can hold.
pub fn check_spec(py: &Py, spec: &StrObj) -> PyResult<()> {
    let mut n = 0usize;
    for c in spec.chars() {
        match unicode::decimal(c) {
            Some(d) => n = n.saturating_mul(10).saturating_add(d as usize),
            None => n = 0,
        }
        // Larger numbers than this are errors of the parser.
        if n > 1 << 24 && n <= isize::MAX as usize {
            check_size(py, Some(n))?;
        }
    }
    Ok(())
}

/// `str.__format__`.
pub fn format_str(py: &Py, v: &Val, spec: &StrObj) -> PyResult<Obj> {
    let s = v.cast::<StrObj>();
    if spec.is_empty() {
        return if STR.is_exact(v) {
            Ok(v.to_obj())
        } else {
            ops::str(py, v)
        };
    }
    check_spec(py, spec)?;
    let mut out = Builder::new();
    on_units!(s.units(), u => on_units!(spec.units(), f => format_spec::format_str(u, f, &mut out)))
        .map_err(|e| format_error(py, e))?;
    Ok(out.finish(py))
}

/// `format(v, "")`.
#[inline]
pub fn format_simple(py: &Py, v: &Val) -> PyResult<Obj> {
    if STR.is_exact(v) {
        return Ok(v.to_obj());
    }
    if v.word().is_int() {
        return ops::str(py, v);
    }
    ops::format(py, v, &super::intern::empty(py))
}

#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    None,
    Auto(usize),
    Manual,
}

/// One replacement field.
pub struct Field {
    /// Range of the name.
    pub name: (usize, usize),
    pub conversion: Option<u32>,
    /// Range of the format specification.
    pub spec: (usize, usize),
    /// The specification contains fields itself.
    pub nested: bool,
}

/// Literal text (a range) and the field behind it, if any.
pub struct Chunk {
    pub literal: (usize, usize),
    pub field: Option<Field>,
}

/// Parser of a format text.
pub struct Chunks<'a> {
    text: Units<'a>,
    at: usize,
}

const OPEN: u32 = b'{' as u32;
const CLOSE: u32 = b'}' as u32;

impl<'a> Chunks<'a> {
    pub fn new(text: Units<'a>) -> Chunks<'a> {
        Chunks { text, at: 0 }
    }
    /// A parser that goes on at a position.
    pub fn resume(text: Units<'a>, at: usize) -> Chunks<'a> {
        Chunks { text, at }
    }
    pub fn position(&self) -> usize {
        self.at
    }
    /// The next chunk; errors are texts of ValueErrors.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, &'static str> {
        let (t, n) = (self.text, self.text.len());
        if self.at >= n {
            return Ok(None);
        }
        let from = self.at;
        let mut brace = 0;
        while self.at < n {
            let c = t.at(self.at);
            self.at += 1;
            if c == OPEN || c == CLOSE {
                brace = c;
                break;
            }
        }
        if brace == 0 {
            return Ok(Some(Chunk {
                literal: (from, n),
                field: None,
            }));
        }
        let doubled = self.at < n && t.at(self.at) == brace;
        if brace == CLOSE && !doubled {
            return Err("Single '}' encountered in format string");
        }
        if self.at >= n {
            return Err("Single '{' encountered in format string");
        }
        if doubled {
            self.at += 1;
            return Ok(Some(Chunk {
                literal: (from, self.at - 1),
                field: None,
            }));
        }
        let literal = (from, self.at - 1);
        Ok(Some(Chunk {
            literal,
            field: Some(self.field()?),
        }))
    }
    fn field(&mut self) -> Result<Field, &'static str> {
        let (t, n) = (self.text, self.text.len());
        let from = self.at;
        let mut c = 0;
        while self.at < n {
            c = t.at(self.at);
            self.at += 1;
            match u8::try_from(c) {
                Ok(b'{') => return Err("unexpected '{' in field name"),
                Ok(b'[') => {
                    while self.at < n && t.at(self.at) != b']' as u32 {
                        self.at += 1;
                    }
                }
                Ok(b'}' | b':' | b'!') => break,
                _ => {}
            }
        }
        let ended = c == CLOSE || c == b':' as u32 || c == b'!' as u32;
        if !ended {
            return Err("expected '}' before end of string");
        }
        let mut f = Field {
            name: (from, self.at - 1),
            conversion: None,
            spec: (self.at, self.at),
            nested: false,
        };
        if c == CLOSE {
            f.spec = (self.at - 1, self.at - 1);
            return Ok(f);
        }
        if c == b'!' as u32 {
            if self.at >= n {
                return Err("end of string while looking for conversion specifier");
            }
            f.conversion = Some(t.at(self.at));
            self.at += 1;
            if self.at < n {
                c = t.at(self.at);
                self.at += 1;
                if c == CLOSE {
                    f.spec = (self.at - 1, self.at - 1);
                    return Ok(f);
                }
                if c != b':' as u32 {
                    return Err("expected ':' after conversion specifier");
                }
            }
        }
        let spec = self.at;
        let mut open = 1;
        while self.at < n {
            let c = t.at(self.at);
            self.at += 1;
            if c == OPEN {
                f.nested = true;
                open += 1;
            } else if c == CLOSE {
                open -= 1;
                if open == 0 {
                    f.spec = (spec, self.at - 1);
                    return Ok(f);
                }
            }
        }
        Err("unmatched '{' in format spec")
    }
}

/// Position of the end of the first part of a field name.
pub fn first_part(t: Units) -> usize {
    t.iter()
        .position(|c| c == b'.' as u32 || c == b'[' as u32)
        .unwrap_or(t.len())
}

/// A text of decimal digits as a number; `Ok(None)` if it is something else.
pub fn decimal_index(py: &Py, t: Units) -> PyResult<Option<usize>> {
    if t.is_empty() {
        return Ok(None);
    }
    let mut n = 0usize;
    for c in t.iter() {
        let Some(d) = unicode::decimal(c) else {
            return Ok(None);
        };
        n = match n.checked_mul(10).and_then(|n| n.checked_add(d as usize)) {
            Some(n) if n <= isize::MAX as usize => n,
            _ => return Err(py.value_error("Too many decimal digits in format string")),
        };
    }
    Ok(Some(n))
}

/// One `.name` or `[key]` of a field name: (is attribute, from, to); moves `at` behind it.
pub fn next_part(py: &Py, t: Units, at: &mut usize) -> PyResult<Option<(bool, usize, usize)>> {
    if *at >= t.len() {
        return Ok(None);
    }
    let kind = t.at(*at);
    *at += 1;
    let from = *at;
    let (attr, to) = if kind == b'.' as u32 {
        while *at < t.len() && t.at(*at) != b'.' as u32 && t.at(*at) != b'[' as u32 {
            *at += 1;
        }
        (true, *at)
    } else if kind == b'[' as u32 {
        while *at < t.len() && t.at(*at) != b']' as u32 {
            *at += 1;
        }
        if *at >= t.len() {
            return Err(py.value_error("Missing ']' in format string"));
        }
        *at += 1;
        (false, *at - 1)
    } else {
        return Err(py.value_error("Only '.' or '[' may follow ']' in format field specifier"));
    };
    if from == to {
        return Err(py.value_error("Empty attribute in format string"));
    }
    Ok(Some((attr, from, to)))
}

struct Render<'a> {
    /// Arguments of `format`; none for `format_map`.
    args: Option<Args<'a>>,
    mapping: Option<&'a Val>,
    numbering: Numbering,
}

impl Render<'_> {
    fn all(&mut self, py: &Py, fmt: &Val) -> PyResult<Obj> {
        let mut out = Builder::new();
        self.text(py, fmt, 2, &mut out)?;
        Ok(out.finish(py))
    }

    fn text(&mut self, py: &Py, fmt: &Val, depth: u32, out: &mut Builder) -> PyResult<()> {
        if depth == 0 {
            return Err(py.value_error("Max string recursion exceeded"));
        }
        let t = fmt.cast::<StrObj>().units();
        let mut chunks = Chunks::new(t);
        while let Some(c) = chunks.next_chunk().map_err(|m| py.value_error(m))? {
            out.push_units(t.slice(c.literal.0, c.literal.1));
            if let Some(f) = c.field {
                self.field(py, fmt, &f, depth, out)?;
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        py: &Py,
        fmt: &Val,
        f: &Field,
        depth: u32,
        out: &mut Builder,
    ) -> PyResult<()> {
        let mut v = self.value(py, fmt, f.name)?;
        if let Some(c) = f.conversion {
            v = match u8::try_from(c).unwrap_or(0) {
                b'r' => ops::repr(py, &v)?,
                b's' => ops::str(py, &v)?,
                b'a' => ops::ascii(py, &v)?,
                _ if c > 32 && c < 127 => {
                    return Err(
                        py.value_error(format!("Unknown conversion specifier {}", c as u8 as char))
                    );
                }
                _ => return Err(py.value_error(format!("Unknown conversion specifier \\x{c:x}"))),
            };
        }
        let shown = if f.spec.0 == f.spec.1 {
            format_simple(py, &v)?
        } else {
            let mut spec = slice(py, fmt, f.spec.0, f.spec.1);
            if f.nested {
                let mut b = Builder::new();
                self.text(py, &spec, depth - 1, &mut b)?;
                spec = b.finish(py);
            }
            ops::format(py, &v, &spec)?
        };
        out.push_obj(shown.cast::<StrObj>());
        Ok(())
    }

    fn value(&mut self, py: &Py, fmt: &Val, name: (usize, usize)) -> PyResult<Obj> {
        let t = fmt.cast::<StrObj>().units().slice(name.0, name.1);
        let first = first_part(t);
        let mut index = decimal_index(py, t.slice(0, first))?;
        if first == 0 || index.is_some() {
            self.numbering = match (self.numbering, first == 0) {
                (Numbering::None, true) => Numbering::Auto(0),
                (Numbering::None, false) => Numbering::Manual,
                (Numbering::Manual, true) => {
                    return Err(py.value_error("cannot switch from manual field specification to automatic field numbering"));
                }
                (Numbering::Auto(_), false) => {
                    return Err(py.value_error("cannot switch from automatic field numbering to manual field specification"));
                }
                (n, _) => n,
            };
            if let Numbering::Auto(n) = &mut self.numbering {
                index = Some(*n);
                *n += 1;
            }
        }
        let mut v = match index {
            Some(i) => {
                let Some(args) = self.args else {
                    return Err(py.value_error("Format string contains positional fields"));
                };
                match args.positional().get(i) {
                    Some(v) => v.to_obj(),
                    None => {
                        let m =
                            format!("Replacement index {i} out of range for positional args tuple");
                        return Err(py.index_error(m));
                    }
                }
            }
            None => self.named(py, &slice(py, fmt, name.0, name.0 + first))?,
        };
        let mut at = first;
        while let Some((attr, from, to)) = next_part(py, t, &mut at)? {
            let key = slice(py, fmt, name.0 + from, name.0 + to);
            v = if attr {
                ops::getattr(py, &v, &super::intern_obj(py, &key))?
            } else {
                match decimal_index(py, t.slice(from, to))? {
                    Some(i) => ops::getitem(py, &v, &int::from_usize(py, i))?,
                    None => ops::getitem(py, &v, &key)?,
                }
            };
        }
        Ok(v)
    }

    fn named(&self, py: &Py, key: &Val) -> PyResult<Obj> {
        if let Some(m) = self.mapping {
            return match m.get::<DictObj>() {
                Some(d) if crate::builtins::dict::DICT.is_exact(m) => {
                    d.get(py, key)?.ok_or_else(|| py.key_error(key))
                }
                _ => ops::getitem(py, m, key),
            };
        }
        let k = key.cast::<StrObj>();
        let found = self.args.and_then(|a| {
            a.keywords()
                .find(|(n, _)| n.get::<StrObj>().is_some_and(|n| n.eq(k)))
        });
        found
            .map(|(_, v)| v.to_obj())
            .ok_or_else(|| py.key_error(key))
    }
}

/// The character of a conversion as an object, None if there is none (for `_string`).
pub fn conversion_obj(py: &Py, c: Option<u32>) -> Obj {
    c.map_or_else(|| py.none(), |c| char_obj(py, c))
}
