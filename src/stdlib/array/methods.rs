//! Methods of arrays.

use super::kind::Kind;
use super::{ArrayObj, make, this, typecode};
use crate::builtins::exceptions as exc;
use crate::builtins::list::{self, ListObj};
use crate::builtins::str::StrObj;
use crate::builtins::{bytes, int, iterators, str, tuple};
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub(super) fn add(t: &mut TypeInit) {
    t.method(
        "append",
        "($self, v, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            o.push(py, &o.kind.put(py, &a[1])?)?;
            Ok(py.none())
        }),
    );
    t.method(
        "extend",
        "($self, bb, /)",
        Bound(|py, a| {
            extend(py, this(&a[0]), &a[1])?;
            Ok(py.none())
        }),
    );
    t.method("insert", "($self, i, v, /)", Bound(insert));
    t.method("pop", "($self, i=-1, /)", Bound(pop));
    t.method(
        "remove",
        "($self, v, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            let i = find(py, o, &a[1], 0, usize::MAX)?
                .ok_or_else(|| py.value_error("array.remove(x): x not in array"))?;
            remove(py, o, i)?;
            Ok(py.none())
        }),
    );
    t.method(
        "index",
        "($self, v, start=0, stop=sys.maxsize, /)",
        Bound(index),
    );
    t.method(
        "count",
        "($self, v, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            let (mut n, mut i) = (0, 0);
            while let Some(item) = o.value(py, i) {
                n += ops::eq(py, &item, &a[1])? as i64;
                i += 1;
            }
            Ok(py.int(n))
        }),
    );
    t.method(
        "clear",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).edit(py, Vec::clear)?;
            Ok(py.none())
        }),
    );
    t.method(
        "reverse",
        "($self, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            let mut s = o.state.lock();
            let turned: Vec<u8> = s
                .data
                .chunks_exact(o.kind.size)
                .rev()
                .flatten()
                .copied()
                .collect();
            s.data.copy_from_slice(&turned);
            Ok(py.none())
        }),
    );
    t.method(
        "byteswap",
        "($self, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            o.state
                .lock()
                .data
                .chunks_exact_mut(o.kind.size)
                .for_each(<[u8]>::reverse);
            Ok(py.none())
        }),
    );
    t.method(
        "buffer_info",
        "($self, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            let address = o.state.lock().data.as_ptr() as u64;
            Ok(tuple::new(
                py,
                vec![int::from_u64(py, address), int::from_usize(py, o.len())],
            ))
        }),
    );
    t.method(
        "tolist",
        "($self, /)",
        Bound(|py, a| Ok(list::new(py, this(&a[0]).values(py)))),
    );
    t.method(
        "tobytes",
        "($self, /)",
        Bound(|py, a| Ok(bytes::new(py, &this(&a[0]).bytes()))),
    );
    t.method(
        "tounicode",
        "($self, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            if !o.kind.is_text() {
                return Err(py.value_error(
                    "tounicode() may only be called on unicode type arrays ('u' or 'w')",
                ));
            }
            text(py, o)
        }),
    );
    t.method(
        "fromlist",
        "($self, list, /)",
        Bound(|py, a| {
            let Some(l) = a[1].get::<ListObj>() else {
                return Err(py.type_error("arg must be list"));
            };
            let o = this(&a[0]);
            let mut data = Vec::new();
            for v in l.to_vec() {
                data.extend_from_slice(&o.kind.put(py, &v)?[..o.kind.size]);
            }
            o.push_bytes(py, &data)?;
            Ok(py.none())
        }),
    );
    t.method(
        "frombytes",
        "($self, buffer, /)",
        Bound(|py, a| {
            extend_bytes(py, this(&a[0]), &a[1])?;
            Ok(py.none())
        }),
    );
    t.method(
        "fromunicode",
        "($self, ustr, /)",
        Bound(|py, a| {
            let o = this(&a[0]);
            if a[1].get::<StrObj>().is_none() {
                return Err(py.type_error(format!(
                    "fromunicode() argument must be str, not {}",
                    a[1].ty().name()
                )));
            }
            if !o.kind.is_text() {
                return Err(py.value_error(
                    "fromunicode() may only be called on unicode type arrays ('u' or 'w')",
                ));
            }
            extend_text(py, o, &a[1])?;
            Ok(py.none())
        }),
    );
    t.method("fromfile", "($self, f, n, /)", Bound(fromfile));
    t.method(
        "tofile",
        "($self, f, /)",
        Bound(|py, a| {
            let data = this(&a[0]).bytes();
            let write = ops::getattr_str(py, &a[1], "write")?;
            for block in data.chunks(64 << 10) {
                ops::call1(py, &write, &bytes::new(py, block))?;
            }
            Ok(py.none())
        }),
    );
    t.method("__copy__", "($self, /)", Bound(copy));
    t.method("__deepcopy__", "($self, unused, /)", Bound(copy));
    t.method("__reduce_ex__", "($self, value, /)", Bound(reduce));
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| Ok(int::from_usize(py, 64 + this(&a[0]).bytes().len()))),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(iterators::generic_alias),
    );
    t.getset(
        "typecode",
        |py, v| Ok(py.str(char::from(this(v).kind.code).encode_utf8(&mut [0; 4]))),
        None,
    );
    t.getset(
        "itemsize",
        |py, v| Ok(py.int(this(v).kind.size as i64)),
        None,
    );
}

pub(super) fn extend(py: &Py, o: &ArrayObj, v: &Val) -> PyResult<()> {
    if let Some(other) = v.get::<ArrayObj>() {
        return extend_array(py, o, other);
    }
    ops::for_each(py, v, &mut |x| {
        o.push(py, &o.kind.put(py, &x)?)?;
        Ok(true)
    })
}

pub(super) fn extend_array(py: &Py, o: &ArrayObj, other: &ArrayObj) -> PyResult<()> {
    if other.kind != o.kind {
        return Err(py.type_error("can only extend with array of same kind"));
    }
    o.push_bytes(py, &other.bytes())
}

pub(super) fn extend_bytes(py: &Py, o: &ArrayObj, v: &Val) -> PyResult<()> {
    let data = crate::object::buffer::get(py, v, false)?.to_vec();
    if !data.len().is_multiple_of(o.kind.size) {
        return Err(py.value_error("bytes length not a multiple of item size"));
    }
    o.push_bytes(py, &data)
}

pub(super) fn extend_text(py: &Py, o: &ArrayObj, v: &Val) -> PyResult<()> {
    let Some(s) = v.get::<StrObj>() else {
        return Ok(());
    };
    let data: Vec<u8> = s.chars().flat_map(u32::to_ne_bytes).collect();
    o.push_bytes(py, &data)
}

/// The characters of a text array.
pub(super) fn text(py: &Py, o: &ArrayObj) -> PyResult<Obj> {
    let units: Vec<u32> = o
        .bytes()
        .chunks_exact(4)
        .map(|b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    if let Some(bad) = units.iter().find(|&&c| c > 0x10_ffff) {
        return Err(py.value_error(format!(
            "character U+{bad:x} is not in range [U+0000; U+10ffff]"
        )));
    }
    Ok(str::from_code_points(py, &units))
}

fn insert(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let o = this(&a[0]);
    let i = ops::to_isize(py, &a[1])?;
    let item = o.kind.put(py, &a[2])?;
    let n = o.kind.size;
    o.edit(py, |d| {
        let len = (d.len() / n) as isize;
        let at = (if i < 0 { (i + len).max(0) } else { i.min(len) }) as usize * n;
        d.splice(at..at, item[..n].iter().copied());
    })?;
    Ok(py.none())
}

/// Takes item `i` out, if it is there.
fn remove(py: &Py, o: &ArrayObj, i: usize) -> PyResult<Option<Obj>> {
    let n = o.kind.size;
    let taken = o.edit(py, |d| {
        if (i + 1) * n <= d.len() {
            Some(d.drain(i * n..(i + 1) * n).collect::<Vec<u8>>())
        } else {
            None
        }
    })?;
    Ok(taken.map(|b| o.kind.get(py, &b)))
}

fn pop(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let o = this(&a[0]);
    let i = a[1].given().map_or(Ok(-1), |v| ops::to_isize(py, v))?;
    let len = o.len() as isize;
    if len == 0 {
        return Err(py.index_error("pop from empty array"));
    }
    let i = if i < 0 { i + len } else { i };
    if i < 0 || i >= len {
        return Err(py.index_error("pop index out of range"));
    }
    remove(py, o, i as usize)?.ok_or_else(|| py.index_error("pop index out of range"))
}

fn find(py: &Py, o: &ArrayObj, x: &Val, from: usize, to: usize) -> PyResult<Option<usize>> {
    let mut i = from;
    while i < to {
        let Some(item) = o.value(py, i) else { break };
        if ops::eq(py, &item, x)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let o = this(&a[0]);
    let len = o.len() as isize;
    let bound = |v: &Val, default: isize| -> PyResult<usize> {
        let i = v.given().map_or(Ok(default), |v| ops::clamp_index(py, v))?;
        Ok(if i < 0 { (i + len).max(0) } else { i } as usize)
    };
    let (from, to) = (bound(&a[2], 0)?, bound(&a[3], isize::MAX)?);
    match find(py, o, &a[1], from, to)? {
        Some(i) => Ok(int::from_usize(py, i)),
        None => Err(py.value_error("array.index(x): x not in array")),
    }
}

fn fromfile(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let o = this(&a[0]);
    let n = ops::to_isize(py, &a[2])?;
    let Ok(n) = usize::try_from(n) else {
        return Err(py.value_error("negative count"));
    };
    let want = n
        .checked_mul(o.kind.size)
        .ok_or_else(|| py.memory_error())?;
    let read = ops::getattr_str(py, &a[1], "read")?;
    let b = ops::call1(py, &read, &int::from_usize(py, want))?;
    let Some(data) = bytes::view(&b) else {
        return Err(py.type_error("read() didn't return bytes"));
    };
    let whole = data.len() / o.kind.size * o.kind.size;
    o.push_bytes(py, &data[..whole])?;
    if data.len() != want {
        return Err(py.error(&exc::EOF_ERROR, "read() didn't return enough bytes"));
    }
    Ok(py.none())
}

fn copy(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let o = this(&a[0]);
    Ok(make(py, o.kind, o.bytes()))
}

/// Machine format codes of pickled arrays: 0 to 21 as the documented numbers of `_array_reconstructor`.
fn machine_format(k: Kind) -> i64 {
    let big = cfg!(target_endian = "big") as i64;
    match (k.code, k.size) {
        (b'B', _) => 0,
        (b'b', _) => 1,
        (b'H', _) => 2 + big,
        (b'h', _) => 4 + big,
        (b'I' | b'L' | b'Q', 4) => 6 + big,
        (b'i' | b'l' | b'q', 4) => 8 + big,
        (b'L' | b'Q' | b'I', _) => 10 + big,
        (b'l' | b'q' | b'i', _) => 12 + big,
        (b'f', _) => 14 + big,
        (b'd', _) => 16 + big,
        _ => 20 + big,
    }
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let o = this(&a[0]);
    let protocol = ops::to_i64(py, &a[1])?;
    let state =
        ops::getattr_opt(py, &a[0], &crate::object::names::__dict__)?.unwrap_or_else(|| py.none());
    let code = py.str(char::from(o.kind.code).encode_utf8(&mut [0; 4]));
    if protocol < 3 {
        let items = if o.kind.is_text() {
            text(py, o)?
        } else {
            list::new(py, o.values(py))
        };
        let args = tuple::new(py, vec![code, items]);
        return Ok(tuple::new(py, vec![a[0].ty().to_obj(), args, state]));
    }
    let module = crate::import::import(py, "array")?;
    let f = ops::getattr_str(py, &module, "_array_reconstructor")?;
    let args = tuple::new(
        py,
        vec![
            a[0].ty().to_obj(),
            code,
            py.int(machine_format(o.kind)),
            bytes::new(py, &o.bytes()),
        ],
    );
    Ok(tuple::new(py, vec![f, args, state]))
}

/// `_array_reconstructor(type, typecode, format, bytes)`: an array from pickled bytes of any machine.
pub(super) fn reconstruct(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let kind = typecode(py, &a[1], "_array_reconstructor() argument 2")?;
    let format = ops::to_i64(py, &a[2])?;
    let Some(data) = bytes::view(&a[3]) else {
        return Err(py.type_error(format!(
            "fourth argument should be bytes, not {}",
            a[3].ty().name()
        )));
    };
    if !(0..=21).contains(&format) {
        return Err(py.value_error("third argument must be a valid machine format code."));
    }
    let native = machine_format(kind);
    let big = format >= 2 && format & 1 == 1;
    let array = ops::call1(py, &a[0], &a[1])?;
    let Some(o) = array.get::<ArrayObj>() else {
        return Err(py.type_error("first argument must be a type object"));
    };
    if format == native {
        extend_bytes(py, o, &a[3])?;
        return Ok(array);
    }
    // Another width or byte order: item by item through values.
    let (size, signed) = match format {
        0 => (1, false),
        1 => (1, true),
        2 | 3 => (2, false),
        4 | 5 => (2, true),
        6 | 7 => (4, false),
        8 | 9 => (4, true),
        10 | 11 => (8, false),
        12 | 13 => (8, true),
        14 | 15 => (4, true),
        16 | 17 => (8, true),
        18 | 19 => (2, false),
        _ => (4, false),
    };
    if data.len() % size != 0 {
        return Err(py.value_error("string length not a multiple of item size"));
    }
    for item in data.chunks_exact(size) {
        let v = if matches!(format, 14..=17) {
            let mut w = item.to_vec();
            if big != cfg!(target_endian = "big") {
                w.reverse();
            }
            Kind::of(u32::from(if size == 4 { b'f' } else { b'd' }))
                .map_or_else(|| py.none(), |k| k.get(py, &w))
        } else {
            int::convert::from_bytes(py, item, big, signed)
        };
        let v = match int::view(&v).and_then(|n| n.to_i64()) {
            Some(c) if kind.is_text() => {
                str::char_obj(py, u32::try_from(c).unwrap_or(0).min(0x10_ffff))
            }
            _ => v,
        };
        o.push(py, &kind.put(py, &v)?)?;
    }
    Ok(array)
}
