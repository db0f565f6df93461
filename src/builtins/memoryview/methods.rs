//! `memoryview`: slots, attributes and methods.

use super::{MEMORYVIEW, MemoryViewObj, State, derive, native_code, native_size};
use crate::builtins::bytes;
use crate::builtins::str::StrObj;
use crate::builtins::str::methods::bind3;
use crate::builtins::{int, iterators, list, tuple};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::borrow::Cow;
use std::sync::atomic::Ordering;

fn this(v: &Val) -> &MemoryViewObj {
    v.cast::<MemoryViewObj>()
}

/// Fills the type.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, _, args| {
        let [object, _, _] = bind3(py, "memoryview", ["object", "", ""], args)?;
        match object {
            Some(v) if args.all().len() == 1 => super::new(py, v),
            Some(_) => Err(py.type_error(format!(
                "memoryview() takes at most 1 argument ({} given)",
                args.all().len()
            ))),
            None => Err(py.type_error("memoryview() missing required argument 'object' (pos 1)")),
        }
    });
    s.buffer.set(super::lend);
    s.getitem.set(super::index::get);
    s.setitem.set(super::index::set);
    s.len.set(|py, v| {
        let s = this(v).state(py)?;
        match s.shape.first() {
            Some(&n) => Ok(n as usize),
            None => Err(py.type_error("0-dim memory has no length")),
        }
    });
    s.iter.set(|py, v| {
        let s = this(v).state(py)?;
        match s.ndim() {
            0 => Err(py.type_error("invalid indexing of 0-dim memory")),
            1 => {
                s.code(py)?;
                Ok(iterators::seq_iter(py, v))
            }
            _ => Err(py.not_implemented_error("multi-dimensional sub-views are not implemented")),
        }
    });
    s.repr.set(|py, v| {
        let released = this(v).state.lock().released;
        let word = if released {
            "released memory"
        } else {
            "memory"
        };
        Ok(py.str(&format!("<{word} at {:#x}>", v.id())))
    });
    s.hash.set(hash);
    s.compare.set(compare);
    attributes(t);
    t.method("release", "($self, /)", Bound(release));
    t.method(
        "__enter__",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).state(py)?;
            Ok(a[0].to_obj())
        }),
    );
    t.method("__exit__", "($self, *args)", Bound(release));
    t.method("tobytes", "($self, /, order='C')", Bound(tobytes));
    t.method(
        "tolist",
        "($self, /)",
        Bound(|py, a| {
            let s = this(&a[0]).state(py)?;
            let code = s.code(py)?;
            Ok(nested(py, &s, code, 0, s.ptr))
        }),
    );
    t.method(
        "toreadonly",
        "($self, /)",
        Bound(|py, a| {
            let mut s = this(&a[0]).state(py)?;
            s.readonly = true;
            Ok(derive(py, this(&a[0]), s))
        }),
    );
    t.method(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        Bound(|py, a| {
            let b = this(&a[0]).state(py)?.bytes();
            let _keep = super::lend(py, &a[0], false)?;
            bytes::hex::hex(py, &b, &a[1], &a[2])
        }),
    );
    t.method(
        "cast",
        "($self, /, format, shape=<unrepresentable>)",
        Bound(cast),
    );
    t.method(
        "count",
        "($self, value, /)",
        Bound(|py, a| {
            let mut n = 0;
            search(py, a, |_| {
                n += 1;
                true
            })?;
            Ok(py.int(n))
        }),
    );
    t.method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        Bound(index),
    );
    t.classmethod(
        "_from_flags",
        "($type, /, object, flags)",
        Bound(|py, a| {
            const WRITABLE: i64 = 1;
            let flags = ops::to_i64(py, &a[2])?;
            if flags & WRITABLE != 0 {
                buffer::get_any(py, &a[1], true)?;
            }
            super::new(py, &a[1])
        }),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, object, /)",
        Bound(iterators::generic_alias),
    );
    t.doc("Create a new memoryview object which references the given object.");
}

fn numbers(py: &Py, v: &[isize]) -> Obj {
    tuple::new(py, v.iter().map(|&n| py.int(n as i64)).collect())
}

fn attributes(t: &mut TypeInit) {
    t.getset(
        "obj",
        |py, v| {
            this(v).state(py)?;
            Ok(this(v).owner().unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "nbytes",
        |py, v| Ok(int::from_usize(py, this(v).state(py)?.nbytes())),
        None,
    );
    t.getset(
        "itemsize",
        |py, v| Ok(int::from_usize(py, this(v).state(py)?.itemsize)),
        None,
    );
    t.getset(
        "readonly",
        |py, v| Ok(py.bool(this(v).state(py)?.readonly)),
        None,
    );
    t.getset(
        "format",
        |py, v| Ok(py.str(&this(v).state(py)?.format)),
        None,
    );
    t.getset(
        "ndim",
        |py, v| Ok(int::from_usize(py, this(v).state(py)?.ndim())),
        None,
    );
    t.getset(
        "shape",
        |py, v| Ok(numbers(py, &this(v).state(py)?.shape)),
        None,
    );
    t.getset(
        "strides",
        |py, v| Ok(numbers(py, &this(v).state(py)?.strides)),
        None,
    );
    t.getset(
        "suboffsets",
        |py, v| {
            this(v).state(py)?;
            Ok(tuple::empty(py))
        },
        None,
    );
    t.getset(
        "c_contiguous",
        |py, v| Ok(py.bool(this(v).state(py)?.c_contiguous())),
        None,
    );
    t.getset(
        "f_contiguous",
        |py, v| Ok(py.bool(this(v).state(py)?.f_contiguous())),
        None,
    );
    t.getset(
        "contiguous",
        |py, v| {
            let s = this(v).state(py)?;
            Ok(py.bool(s.c_contiguous() || s.f_contiguous()))
        },
        None,
    );
}

fn release(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let m = this(&a[0]);
    if !m.state.lock().released {
        match m.exports.load(Ordering::Relaxed) {
            0 => {}
            n => {
                let s = if n == 1 { "" } else { "s" };
                return Err(py.buffer_error(format!("memoryview has {n} exported buffer{s}")));
            }
        }
    }
    m.end();
    Ok(py.none())
}

fn tobytes(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let s = this(&a[0]).state(py)?;
    let order = match a[1].not_none() {
        None => 'C',
        Some(o) => match o.get::<StrObj>() {
            Some(o) => match o.as_ascii() {
                Some("C") => 'C',
                Some("F") => 'F',
                Some("A") => 'A',
                _ => return Err(py.value_error("order must be 'C', 'F' or 'A'")),
            },
            None => {
                let m = format!(
                    "tobytes() argument 'order' must be str or None, not {}",
                    o.ty().name()
                );
                return Err(py.type_error(m));
            }
        },
    };
    let fortran = order == 'F' || order == 'A' && s.f_contiguous() && !s.c_contiguous();
    if !fortran {
        return bytes::try_new(py, &s.bytes());
    }
    // The first index runs fastest: the dimensions in reverse.
    let mut turned = s.clone();
    turned.shape.reverse();
    turned.strides.reverse();
    bytes::try_new(py, &turned.bytes())
}

fn nested(py: &Py, s: &State, code: u8, dim: usize, at: *mut u8) -> Obj {
    if dim == s.ndim() {
        return s.read(py, code, at);
    }
    let items = (0..s.shape[dim])
        .map(|i| nested(py, s, code, dim + 1, at.wrapping_offset(i * s.strides[dim])));
    list::new(py, items.collect())
}

fn cast(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let m = this(&a[0]);
    let s = m.state(py)?;
    let Some(format) = a[1].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "cast() argument 'format' must be str, not {}",
            a[1].ty().name()
        )));
    };
    let format = format.lossy().into_owned();
    if !s.c_contiguous() {
        return Err(py.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let shape = match a[2].not_none() {
        None => None,
        Some(v) => Some(shape_arg(py, v)?),
    };
    let new_dims = shape.as_ref().map_or(1, Vec::len);
    if (shape.is_some() || s.ndim() != 1) && (s.shape.contains(&0) || s.strides.contains(&0)) {
        return Err(py.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    if s.ndim() != 1 && new_dims != 1 {
        return Err(py.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let Some(size) = native_size(&format) else {
        return Err(py.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let byte = |f: &str| matches!(native_code(f), Some(b'b' | b'B' | b'c'));
    if !byte(&s.format) && !byte(&format) {
        return Err(py.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let len = s.nbytes();
    if len % size != 0 {
        return Err(py.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = match shape {
        None => vec![(len / size) as isize],
        Some(shape) => {
            let total = shape
                .iter()
                .try_fold(size as isize, |n, &k| n.checked_mul(k));
            if total != Some(len as isize) {
                return Err(py.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
            shape
        }
    };
    let mut strides = vec![0; shape.len()];
    let mut step = size as isize;
    for (stride, n) in strides.iter_mut().zip(&shape).rev() {
        *stride = step;
        step *= n;
    }
    Ok(derive(
        py,
        m,
        State {
            itemsize: size,
            format: Cow::Owned(format),
            shape,
            strides,
            ..s
        },
    ))
}

fn shape_arg(py: &Py, v: &Val) -> PyResult<Vec<isize>> {
    if v.get::<list::ListObj>().is_none() && v.get::<tuple::TupleObj>().is_none() {
        return Err(py.type_error("shape must be a list or a tuple"));
    }
    let items = ops::collect(py, v)?;
    const MAX_DIMS: usize = 64;
    if items.len() > MAX_DIMS {
        return Err(py.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    items
        .iter()
        .map(|v| {
            if int::view(v).is_none() {
                return Err(py.type_error("memoryview.cast(): elements of shape must be integers"));
            }
            match ops::to_isize(py, v)? {
                n @ 1.. => Ok(n),
                _ => {
                    Err(py.value_error("memoryview.cast(): elements of shape must be integers > 0"))
                }
            }
        })
        .collect()
}

/// Calls `hit` with the position of each item equal to the argument, until it returns false.
fn search(py: &Py, a: &[Val], mut hit: impl FnMut(isize) -> bool) -> PyResult<()> {
    let s = this(&a[0]).state(py)?;
    match s.ndim() {
        0 => return Err(py.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => {
            return Err(py.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
    }
    let code = s.code(py)?;
    for i in 0..s.shape[0] {
        this(&a[0]).state(py)?;
        let item = s.read(py, code, s.ptr.wrapping_offset(i * s.strides[0]));
        if ops::eq(py, &item, &a[1])? && !hit(i) {
            break;
        }
    }
    Ok(())
}

fn index(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = this(&a[0]).state(py)?.shape.first().copied().unwrap_or(0);
    let clip = |v: &Val, default: isize| match v.given() {
        None => Ok(default),
        Some(v) => {
            ops::clamp_index(py, v).map(|i| if i < 0 { i.saturating_add(n).max(0) } else { i })
        }
    };
    let (start, stop) = (clip(&a[2], 0)?, clip(&a[3], isize::MAX)?);
    let mut found = None;
    search(py, a, |i| {
        if i >= start && i < stop {
            found = Some(i);
        }
        found.is_none() && i < stop
    })?;
    match found {
        Some(i) => Ok(py.int(i as i64)),
        None => Err(py.value_error("memoryview.index(x): x not found")),
    }
}

fn hash(py: &Py, v: &Val) -> PyResult<i64> {
    if let Some(h) = this(v).hash.get() {
        return Ok(*h);
    }
    let s = this(v).state(py)?;
    if !s.readonly {
        return Err(py.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(native_code(&s.format), Some(b'B' | b'b' | b'c')) {
        return Err(py.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    if let Some(o) = this(v).owner() {
        // The owner's hash may run Python code, which must not release the view.
        let _keep = super::lend(py, v, false)?;
        ops::hash(py, &o)?;
    }
    let h = crate::builtins::str::hash_bytes(&s.bytes());
    Ok(*this(v).hash.get_or_init(|| h))
}

fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    if op != CmpOp::Eq && op != CmpOp::Ne {
        return Ok(py.not_implemented());
    }
    match equal(py, a, b)? {
        Some(same) => Ok(py.bool(same == (op == CmpOp::Eq))),
        None => Ok(py.not_implemented()),
    }
}

/// Whether two exporters show equal items; `None` if the other is none.
fn equal(py: &Py, a: &Val, b: &Val) -> PyResult<Option<bool>> {
    let (a, b) = if MEMORYVIEW.check(a) { (a, b) } else { (b, a) };
    if this(a).state.lock().released {
        return Ok(Some(a.is(b)));
    }
    if let Some(m) = b.get::<MemoryViewObj>() {
        if m.state.lock().released {
            return Ok(Some(a.is(b)));
        }
    } else if !buffer::supports(b) {
        return Ok(None);
    }
    let other = super::new(py, b)?;
    let (x, y) = (this(a).state(py)?, this(&other).state(py)?);
    if x.shape != y.shape {
        return Ok(Some(false));
    }
    let (Some(c), Some(d)) = (native_code(&x.format), native_code(&y.format)) else {
        // Other formats compare as bytes if they are the same.
        return Ok(Some(x.format == y.format && x.bytes() == y.bytes()));
    };
    // Equal values of these may have other bytes.
    let float = matches!(c, b'e' | b'f' | b'd' | b'F' | b'D' | b'?');
    if c == d && !float {
        return Ok(Some(x.bytes() == y.bytes()));
    }
    let mut left = Vec::new();
    x.each(&mut |at| left.push(x.read(py, c, at)));
    let mut right = Vec::new();
    y.each(&mut |at| right.push(y.read(py, d, at)));
    for (l, r) in left.iter().zip(&right) {
        // Equal objects that are not equal to themselves (nan) make the views differ.
        if !ops::truth(py, &*ops::compare(py, l, r, CmpOp::Eq)?)? {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}
