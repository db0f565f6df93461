//! `marshal`: values and code objects as bytes, in a form of our own (the magic number of cached files says so).
//!
//! A tag byte, then the content: numbers as little-endian, sizes as u32, text as UTF-8 or, with surrogates, code points.

use crate::builtins::code::{self, CODE, CodeObj};
use crate::builtins::dict::{self, DictObj};
use crate::builtins::list::{self, LIST, ListObj};
use crate::builtins::set::{self, FROZENSET, SET};
use crate::builtins::slice::{self, SLICE, SliceObj};
use crate::builtins::str::{self, STR, StrObj, Units};
use crate::builtins::tuple::{self, TUPLE, TupleObj};
use crate::builtins::{bytes, complex, float, int};
use crate::bytecode::code::Const;
use crate::bytecode::image::Image;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use num_bigint::BigInt;

/// Deepest nesting that is read or written.
const MAX_DEPTH: usize = 2000;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "marshal");
    m.int("version", 5);
    m.function(
        "dumps",
        "($module, value, version=5, /, *, allow_code=True)",
        Bound(|py, a| {
            let mut out = Vec::new();
            write(py, &mut out, &a[0], allow(py, &a[2])?, 0)?;
            Ok(bytes::new(py, &out))
        }),
    );
    m.function(
        "dump",
        "($module, value, file, version=5, /, *, allow_code=True)",
        Bound(|py, a| {
            let mut out = Vec::new();
            write(py, &mut out, &a[0], allow(py, &a[3])?, 0)?;
            ops::call_method(
                py,
                &a[1],
                &crate::object::names::write,
                &[&bytes::new(py, &out)],
            )
        }),
    );
    m.function(
        "loads",
        "($module, bytes, /, *, allow_code=True)",
        Bound(|py, a| {
            let b = crate::object::buffer::get(py, &a[0], false)?.to_vec();
            Reader {
                data: &b,
                at: 0,
                allow_code: allow(py, &a[1])?,
            }
            .value(py, 0)
        }),
    );
    m.function(
        "load",
        "($module, file, /, *, allow_code=True)",
        Bound(|py, a| {
            let b = ops::call_method(py, &a[0], &crate::object::names::read, &[])?;
            let b = crate::object::buffer::get(py, &b, false)?.to_vec();
            Reader {
                data: &b,
                at: 0,
                allow_code: allow(py, &a[1])?,
            }
            .value(py, 0)
        }),
    );
    m.finish()
}

fn allow(py: &Py, v: &Val) -> PyResult<bool> {
    v.given().map_or(Ok(true), |v| ops::truth(py, v))
}

fn size(py: &Py, out: &mut Vec<u8>, n: usize) -> PyResult<()> {
    let n = u32::try_from(n).map_err(|_| py.value_error("unmarshallable object"))?;
    out.extend(n.to_le_bytes());
    Ok(())
}

fn write(py: &Py, out: &mut Vec<u8>, v: &Val, allow_code: bool, depth: usize) -> PyResult<()> {
    if depth > MAX_DEPTH {
        return Err(py.value_error("object too deeply nested to marshal"));
    }
    let bad = || Err(py.value_error("unmarshallable object"));
    if v.is_none() {
        out.push(b'N');
    } else if let Some(b) = crate::builtins::singletons::as_bool(v) {
        out.push(if b { b'T' } else { b'F' });
    } else if v.is(&py.ellipsis()) {
        out.push(b'.');
    } else if int::INT.is_exact(v) {
        let b = int::to_big(v).unwrap_or_default().to_signed_bytes_le();
        out.push(b'i');
        size(py, out, b.len())?;
        out.extend(b);
    } else if float::FLOAT.is_exact(v) {
        out.push(b'f');
        out.extend(float::view(v).unwrap_or(0.0).to_le_bytes());
    } else if let Some((re, im)) = complex::view(v).filter(|_| complex::COMPLEX.is_exact(v)) {
        out.push(b'c');
        out.extend(re.to_le_bytes());
        out.extend(im.to_le_bytes());
    } else if let Some(s) = v.get::<StrObj>().filter(|_| STR.is_exact(v)) {
        write_str(py, out, s)?;
    } else if let Some(b) = bytes::view(v).filter(|_| bytes::BYTES.is_exact(v)) {
        out.push(b'b');
        size(py, out, b.len())?;
        out.extend(b);
    } else if TUPLE.is_exact(v) {
        let items = v.cast::<TupleObj>().items();
        sequence(py, out, b'(', items, allow_code, depth)?;
    } else if LIST.is_exact(v) {
        let items = v.cast::<ListObj>().to_vec();
        sequence(
            py,
            out,
            b'[',
            crate::object::native::args::objs(&items),
            allow_code,
            depth,
        )?;
    } else if SET.is_exact(v) || FROZENSET.is_exact(v) {
        let items = ops::collect(py, v)?;
        let tag = if SET.is_exact(v) { b'<' } else { b'>' };
        sequence(
            py,
            out,
            tag,
            crate::object::native::args::objs(&items),
            allow_code,
            depth,
        )?;
    } else if dict::DICT.is_exact(v) {
        let items = v.cast::<DictObj>().items();
        out.push(b'{');
        size(py, out, items.len())?;
        for (k, x) in items {
            write(py, out, &k, allow_code, depth + 1)?;
            write(py, out, &x, allow_code, depth + 1)?;
        }
    } else if SLICE.is_exact(v) {
        let parts = v.cast::<SliceObj>().parts();
        sequence(
            py,
            out,
            b':',
            crate::object::native::args::objs(&parts),
            allow_code,
            depth,
        )?;
    } else if CODE.is_exact(v) {
        if !allow_code {
            return Err(py.value_error("marshalling code objects is disallowed"));
        }
        let image = v.cast::<CodeObj>().image();
        out.push(b'C');
        size(py, out, image.bytes().len())?;
        out.extend(image.bytes());
    } else if let Ok(b) = crate::object::buffer::get(py, v, false) {
        let b = b.to_vec();
        out.push(b'b');
        size(py, out, b.len())?;
        out.extend(b);
    } else {
        return bad();
    }
    Ok(())
}

fn write_str(py: &Py, out: &mut Vec<u8>, s: &StrObj) -> PyResult<()> {
    match s.to_utf8() {
        Some(t) => {
            out.push(if s.is_interned() { b'n' } else { b's' });
            size(py, out, t.len())?;
            out.extend(t.as_bytes());
        }
        None => {
            let v: Vec<u32> = match s.units() {
                Units::Four(u) => u.to_vec(),
                u => u.to_vec(),
            };
            out.push(b'w');
            size(py, out, v.len())?;
            v.iter().for_each(|c| out.extend(c.to_le_bytes()));
        }
    }
    Ok(())
}

fn sequence(
    py: &Py,
    out: &mut Vec<u8>,
    tag: u8,
    items: &[Val],
    allow_code: bool,
    depth: usize,
) -> PyResult<()> {
    out.push(tag);
    size(py, out, items.len())?;
    for v in items {
        write(py, out, v, allow_code, depth + 1)?;
    }
    Ok(())
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    allow_code: bool,
}

impl Reader<'_> {
    fn take(&mut self, py: &Py, n: usize) -> PyResult<&[u8]> {
        let end = self
            .at
            .checked_add(n)
            .filter(|&e| e <= self.data.len())
            .ok_or_else(|| short(py))?;
        let s = &self.data[self.at..end];
        self.at = end;
        Ok(s)
    }
    fn u32(&mut self, py: &Py) -> PyResult<u32> {
        let b = self.take(py, 4)?;
        Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
    fn u64(&mut self, py: &Py) -> PyResult<u64> {
        let (lo, hi) = (self.u32(py)?, self.u32(py)?);
        Ok(lo as u64 | (hi as u64) << 32)
    }
    /// A count of things that take at least `each` bytes.
    fn count(&mut self, py: &Py, each: usize) -> PyResult<usize> {
        let n = self.u32(py)? as usize;
        if n.saturating_mul(each) > self.data.len() - self.at {
            return Err(short(py));
        }
        Ok(n)
    }
    fn text(&mut self, py: &Py) -> PyResult<String> {
        let n = self.u32(py)? as usize;
        let b = self.take(py, n)?.to_vec();
        String::from_utf8(b).map_err(|_| bad(py, "invalid text"))
    }
    fn value(&mut self, py: &Py, depth: usize) -> PyResult<Obj> {
        match self.constant(py, depth)? {
            Item::Const(c) => Ok(code::constant(py, &c)),
            Item::Obj(o) => Ok(o),
        }
    }
    fn objects(&mut self, py: &Py, depth: usize) -> PyResult<Vec<Obj>> {
        let n = self.count(py, 1)?;
        (0..n).map(|_| self.value(py, depth + 1)).collect()
    }
    fn constant(&mut self, py: &Py, depth: usize) -> PyResult<Item> {
        if depth > MAX_DEPTH {
            return Err(bad(py, "recursion limit exceeded"));
        }
        let tag = self.take(py, 1)?[0];
        Ok(Item::Const(match tag {
            b'N' => Const::None,
            b'T' => Const::True,
            b'F' => Const::False,
            b'.' => Const::Ellipsis,
            b'i' => {
                let n = self.u32(py)? as usize;
                let b = BigInt::from_signed_bytes_le(self.take(py, n)?);
                match i64::try_from(&b) {
                    Ok(n) => Const::Int(n),
                    Err(_) => Const::BigInt(b),
                }
            }
            b'f' => Const::Float(f64::from_bits(self.u64(py)?)),
            b'c' => Const::Complex(f64::from_bits(self.u64(py)?), f64::from_bits(self.u64(py)?)),
            b'n' => Const::Str(self.text(py)?.into()),
            b's' if depth == 0 => {
                let t = self.text(py)?;
                return Ok(Item::Obj(str::new(py, &t)));
            }
            b's' => Const::Str(self.text(py)?.into()),
            b'w' => {
                let n = self.count(py, 4)?;
                let v: PyResult<Vec<u32>> = (0..n).map(|_| self.u32(py)).collect();
                let v = v?;
                if v.iter().any(|&c| c > 0x10_ffff) {
                    return Err(bad(py, "invalid text"));
                }
                Const::Wide(v.into())
            }
            b'b' => {
                let n = self.u32(py)? as usize;
                Const::Bytes(self.take(py, n)?.into())
            }
            b'(' => return Ok(Item::Obj(tuple::new(py, self.objects(py, depth)?))),
            b'[' => return Ok(Item::Obj(list::new(py, self.objects(py, depth)?))),
            b'>' => return Ok(Item::Obj(set::frozen_from(py, self.objects(py, depth)?)?)),
            b'<' => {
                let o = set::new(py);
                for v in self.objects(py, depth)? {
                    o.cast::<set::SetObj>().add(py, &v)?;
                }
                return Ok(Item::Obj(o));
            }
            b'{' => {
                let n = self.count(py, 2)?;
                let d = dict::new(py);
                for _ in 0..n {
                    let k = self.value(py, depth + 1)?;
                    let v = self.value(py, depth + 1)?;
                    d.cast::<DictObj>().set(py, &k, v)?;
                }
                return Ok(Item::Obj(d));
            }
            b':' => {
                let v = self.objects(py, depth)?;
                let [a, b, c] = v.as_slice() else {
                    return Err(bad(py, "invalid slice"));
                };
                return Ok(Item::Obj(slice::new(py, a.clone(), b.clone(), c.clone())));
            }
            b'C' => {
                if !self.allow_code {
                    return Err(py.value_error("unmarshalling code objects is disallowed"));
                }
                let n = self.u32(py)? as usize;
                let bytes = self.take(py, n)?.to_vec();
                let image = Image::checked(bytes).ok_or_else(|| bad(py, "invalid code"))?;
                return Ok(Item::Obj(code::from_image(py, image)));
            }
            _ => return Err(bad(py, "unknown type code")),
        }))
    }
}

enum Item {
    Const(Const),
    Obj(Obj),
}

fn short(py: &Py) -> Raised {
    py.eof_error("marshal data too short")
}

fn bad(py: &Py, what: &str) -> Raised {
    py.value_error(format!("bad marshal data ({what})"))
}
