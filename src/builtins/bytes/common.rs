//! Slots and methods that bytes and bytearray share: operators, comparison, case, character classes, padding, codecs.

use super::view::{data, like, like_vec, recv, unchanged};
use crate::builtins::str::case::{ascii_capitalize, ascii_swapcase, ascii_title, c_int};
use crate::builtins::str::codec;
use crate::builtins::str::find::check_size;
use crate::builtins::{bytearray, int, slice};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// A mapping of ASCII letters on a copy.
macro_rules! mapping {
    ($t:expr, $name:literal, $f:expr) => {
        $t.method(
            $name,
            "($self, /)",
            Bound(|py, a| {
                let mut v = recv(&a[0]).to_vec();
                let change: fn(&mut [u8]) = $f;
                change(&mut v);
                like_vec(py, &a[0], v)
            }),
        );
    };
}

/// A test of all bytes; false for no bytes.
macro_rules! class {
    ($t:expr, $name:literal, $f:expr) => {
        $t.method(
            $name,
            "($self, /)",
            Bound(|py, a| {
                let test: fn(&u8) -> bool = $f;
                let b = recv(&a[0]);
                Ok(py.bool(!b.is_empty() && b.iter().all(test)))
            }),
        );
    };
}

/// Registers everything shared.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.len.set(|_, v| Ok(recv(v).len()));
    s.iter.set(|py, v| Ok(super::iter::new(py, v)));
    s.getitem.set(subscript);
    s.compare.set(compare);
    s.bin(BinOp::Add).set(add);
    s.bin(BinOp::Mul).set(mul);
    s.bin(BinOp::Mod).set(|py, a, b| {
        if is_ours(a) {
            super::percent::format(py, a, b)
        } else {
            Ok(py.not_implemented())
        }
    });
    super::search::init(t);
    super::split::init(t);
    mapping!(t, "upper", |b| b.make_ascii_uppercase());
    mapping!(t, "lower", |b| b.make_ascii_lowercase());
    mapping!(t, "swapcase", ascii_swapcase);
    mapping!(t, "capitalize", ascii_capitalize);
    mapping!(t, "title", ascii_title);
    class!(t, "isalpha", u8::is_ascii_alphabetic);
    class!(t, "isalnum", u8::is_ascii_alphanumeric);
    class!(t, "isdigit", u8::is_ascii_digit);
    class!(t, "isspace", |c| super::split::space(*c));
    t.method(
        "isascii",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(recv(&a[0]).is_ascii()))),
    );
    t.method(
        "isupper",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.bool(only_case(
                &recv(&a[0]),
                u8::is_ascii_uppercase,
                u8::is_ascii_lowercase,
            )))
        }),
    );
    t.method(
        "islower",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.bool(only_case(
                &recv(&a[0]),
                u8::is_ascii_lowercase,
                u8::is_ascii_uppercase,
            )))
        }),
    );
    t.method(
        "istitle",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(is_title(&recv(&a[0]))))),
    );
    const PAD: &str = "($self, width, fillchar=b' ', /)";
    t.method(
        "center",
        PAD,
        Bound(|py, a| pad(py, a, "center", |pad, width| pad / 2 + (pad & width & 1))),
    );
    t.method("ljust", PAD, Bound(|py, a| pad(py, a, "ljust", |_, _| 0)));
    t.method(
        "rjust",
        PAD,
        Bound(|py, a| pad(py, a, "rjust", |pad, _| pad)),
    );
    t.method("zfill", "($self, width, /)", Bound(zfill));
    t.method("expandtabs", "($self, /, tabsize=8)", Bound(expandtabs));
    t.method(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        Bound(|py, a| {
            let b = recv(&a[0]).to_vec();
            super::hex::hex(py, &b, &a[1], &a[2])
        }),
    );
    t.method(
        "decode",
        "($self, /, encoding='utf-8', errors='strict')",
        Bound(|py, a| {
            if let Some(b) = super::view(&a[0])
                && codec::is_ascii_codec(&a[1])
                && codec::is_text(&a[2])
                && b.is_ascii()
            {
                return Ok(crate::builtins::str::from_latin1(py, b));
            }
            let (encoding, errors) = codec::names(py, a, "decode")?;
            codec::decode_any(py, &a[0], &encoding, &errors)
        }),
    );
}

fn is_ours(v: &Val) -> bool {
    v.get::<super::BytesObj>().is_some() || v.get::<bytearray::ByteArrayObj>().is_some()
}

fn only_case(b: &[u8], want: fn(&u8) -> bool, refuse: fn(&u8) -> bool) -> bool {
    b.iter().any(want) && !b.iter().any(refuse)
}

fn is_title(b: &[u8]) -> bool {
    let (mut found, mut inside) = (false, false);
    for c in b {
        if c.is_ascii_uppercase() && inside || c.is_ascii_lowercase() && !inside {
            return false;
        }
        inside = c.is_ascii_alphabetic();
        found |= inside;
    }
    found
}

fn subscript(py: &Py, v: &Val, key: &Val) -> PyResult<Obj> {
    let array = v.get::<super::BytesObj>().is_none();
    if slice::SLICE.check(key) {
        let (start, stop, step) = slice::unpack(py, key)?;
        let b = recv(v);
        let (from, _, n) = slice::adjust(b.len(), start, stop, step);
        if step == 1 && n == b.len() {
            drop(b);
            return unchanged(py, v);
        }
        let out: Vec<u8> = if step == 1 && n > 0 {
            b[from as usize..from as usize + n].to_vec()
        } else {
            (0..n)
                .map(|i| b[(from + i as isize * step) as usize])
                .collect()
        };
        drop(b);
        return like_vec(py, v, out);
    }
    if !key.word().is_int() && key.ty().slots.index.get().is_none() {
        let what = if array { "bytearray" } else { "byte" };
        return Err(py.type_error(format!(
            "{what} indices must be integers or slices, not {}",
            key.ty().full_name()
        )));
    }
    let message = if array {
        "bytearray index out of range"
    } else {
        "index out of range"
    };
    let len = recv(v).len();
    let i = slice::position(py, key, len, message)?;
    match recv(v).get(i) {
        Some(&c) => Ok(py.int(c as i64)),
        None => Err(py.index_error(message)),
    }
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    if let (Some(x), Some(y)) = (super::view(a), super::view(b)) {
        return Ok(py.bool(match op {
            CmpOp::Eq => x == y,
            CmpOp::Ne => x != y,
            op => op.of(x.cmp(y)),
        }));
    }
    let array = |v: &Val| v.get::<bytearray::ByteArrayObj>().is_some();
    if !(array(a) || array(b)) || !buffer::supports(a) || !buffer::supports(b) {
        return Ok(py.not_implemented());
    }
    let (x, y) = (data(py, a)?, data(py, b)?);
    Ok(py.bool(op.of(x.cmp(&y))))
}

fn add(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    if !is_ours(a) || !buffer::supports(b) {
        return Ok(py.not_implemented());
    }
    let tail = data(py, b)?;
    if tail.is_empty() && super::BYTES.is_exact(a) {
        return Ok(a.to_obj());
    }
    let head = recv(a);
    if let super::view::Recv::Bytes(head) = head {
        if head.is_empty() && super::BYTES.is_exact(b) {
            return Ok(b.to_obj());
        }
        let len = head
            .len()
            .checked_add(tail.len())
            .ok_or_else(|| py.memory_error())?;
        return super::build(py, len, |out| {
            out[..head.len()].copy_from_slice(head);
            out[head.len()..].copy_from_slice(&tail);
        });
    }
    check_size(py, head.len().checked_add(tail.len()))?;
    let out = [&head[..], &tail[..]].concat();
    drop(head);
    like_vec(py, a, out)
}

/// A count to repeat with; `None` if `v` is no integer.
pub fn times(py: &Py, v: &Val) -> PyResult<Option<usize>> {
    if int::view(v).is_none() && v.ty().slots.index.get().is_none() {
        return Ok(None);
    }
    Ok(Some(usize::try_from(ops::to_isize(py, v)?).unwrap_or(0)))
}

fn mul(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let (v, n) = if is_ours(a) { (a, b) } else { (b, a) };
    let Some(n) = times(py, n)? else {
        return Ok(py.not_implemented());
    };
    if n == 1 {
        return unchanged(py, v);
    }
    let b = recv(v);
    let len = b.len().checked_mul(n).filter(|&l| l <= isize::MAX as usize);
    if let super::view::Recv::Bytes(b) = b {
        let Some(len) = len else {
            return Err(py.overflow_error("repeated bytes are too long"));
        };
        if len == 0 {
            return Ok(super::new(py, b""));
        }
        return super::build(py, len, |out| {
            out.chunks_mut(b.len()).for_each(|c| c.copy_from_slice(b))
        });
    }
    check_size(py, len)?;
    let out = b.repeat(n);
    drop(b);
    like_vec(py, v, out)
}

fn pad(py: &Py, a: &[Val], name: &str, left: impl Fn(usize, usize) -> usize) -> PyResult<Obj> {
    let width = usize::try_from(crate::builtins::str::case::ssize(py, &a[1])?).unwrap_or(0);
    let fill = match a[2].given() {
        None => b' ',
        Some(f) if is_ours(f) => {
            let f = recv(f);
            match *f {
                [c] => c,
                _ => {
                    let m = format!(
                        "{name}(): argument 2 must be a byte string of length 1, not a bytes object of length {}",
                        f.len()
                    );
                    return Err(py.type_error(m));
                }
            }
        }
        Some(f) => {
            let m = format!(
                "{name}() argument 2 must be a byte string of length 1, not {}",
                f.ty().full_name()
            );
            return Err(py.type_error(m));
        }
    };
    let b = recv(&a[0]);
    if width <= b.len() {
        drop(b);
        return unchanged(py, &a[0]);
    }
    check_size(py, Some(width))?;
    let left = left(width - b.len(), width);
    let mut out = vec![fill; width];
    out[left..left + b.len()].copy_from_slice(&b);
    drop(b);
    like_vec(py, &a[0], out)
}

fn zfill(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let width = usize::try_from(crate::builtins::str::case::ssize(py, &a[1])?).unwrap_or(0);
    let b = recv(&a[0]);
    if width <= b.len() {
        drop(b);
        return unchanged(py, &a[0]);
    }
    check_size(py, Some(width))?;
    let sign = matches!(b.first(), Some(b'+' | b'-')) as usize;
    let mut out = b[..sign].to_vec();
    out.resize(width - b.len() + sign, b'0');
    out.extend_from_slice(&b[sign..]);
    drop(b);
    like_vec(py, &a[0], out)
}

fn expandtabs(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let tab = match a[1].given() {
        Some(v) => usize::try_from(c_int(py, v)?).unwrap_or(0),
        None => 8,
    };
    let (mut out, mut column) = (Vec::new(), 0usize);
    for &c in recv(&a[0]).iter() {
        if c == b'\t' {
            let n = if tab > 0 { tab - column % tab } else { 0 };
            check_size(py, out.len().checked_add(n))?;
            out.resize(out.len() + n, b' ');
            column += n;
        } else {
            out.push(c);
            column = if c == b'\n' || c == b'\r' {
                0
            } else {
                column + 1
            };
        }
    }
    like(py, &a[0], &out)
}

/// The bytes that a constructor makes of its arguments: count, text with encoding, buffer, or iterable of ints.
pub fn construct(py: &Py, name: &str, args: [Option<&Val>; 3]) -> PyResult<Vec<u8>> {
    use crate::builtins::str::StrObj;
    let [source, encoding, errors] = args;
    let text = |v: &Val, what: &str| match v.get::<StrObj>() {
        Some(s) => Ok(s.lossy().into_owned()),
        None => {
            let m = format!(
                "{name}() argument '{what}' must be str, not {}",
                crate::builtins::str::find::type_name(v)
            );
            Err(py.type_error(m))
        }
    };
    let enc = encoding.map(|e| text(e, "encoding")).transpose()?;
    let err = errors.map(|e| text(e, "errors")).transpose()?;
    let Some(v) = source else {
        return match (enc, err) {
            (Some(_), _) => Err(py.type_error("encoding without a string argument")),
            (None, Some(_)) => Err(py.type_error("errors without a string argument")),
            _ => Ok(Vec::new()),
        };
    };
    if v.get::<StrObj>().is_some() {
        let Some(enc) = enc else {
            return Err(py.type_error("string argument without an encoding"));
        };
        let b = codec::encode_any(py, v, &enc, err.as_deref().unwrap_or("strict"))?;
        return Ok(super::view(&b).unwrap_or_default().to_vec());
    }
    if enc.is_some() {
        return Err(py.type_error("encoding without a string argument"));
    }
    if err.is_some() {
        return Err(py.type_error("errors without a string argument"));
    }
    from_object(py, v, name)
}

/// The bytes of a count, buffer or iterable.
fn from_object(py: &Py, v: &Val, name: &str) -> PyResult<Vec<u8>> {
    if v.word().is_int() || (!buffer::supports(v) && v.ty().slots.index.get().is_some()) {
        match ops::to_isize(py, v) {
            Ok(n) if n < 0 => return Err(py.value_error("negative count")),
            Ok(n) => {
                check_size(py, Some(n as usize))?;
                return Ok(vec![0; n as usize]);
            }
            Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {}
            Err(e) => return Err(e),
        }
    }
    if buffer::supports(v) {
        return Ok(buffer::get_any(py, v, false)?.to_vec());
    }
    let range = if name == "bytes" {
        "bytes must be in range(0, 256)"
    } else {
        "byte must be in range(0, 256)"
    };
    let it = ops::iter(py, v).map_err(|e| {
        if e.is(&crate::builtins::exceptions::TYPE_ERROR) && v.ty().slots.iter.get().is_none() {
            py.type_error(format!(
                "cannot convert '{}' object to {name}",
                v.ty().full_name()
            ))
        } else {
            e
        }
    })?;
    let mut out = Vec::new();
    while let Some(item) = ops::next(py, &it)? {
        out.push(super::search::byte(py, &item, range)?);
    }
    Ok(out)
}
