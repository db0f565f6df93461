//! `bytearray`: a mutable byte buffer.
//!
//! **Invariant:** the vector is neither resized nor moved while `exports` is not zero, so exported pointers stay valid.

use crate::builtins::bytes::search::byte;
use crate::builtins::bytes::view::data;
use crate::builtins::bytes::{common, hex};
use crate::builtins::str::find::check_size;
use crate::builtins::str::methods::bind3;
use crate::builtins::{int, slice, str, tuple};
use crate::error::PyResult;
use crate::object::buffer::{self, Buffer};
use crate::object::names;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::text::escape;
use crate::thread::Py;
use parking_lot::{Mutex, MutexGuard};

/// Payload.
pub struct ByteArrayObj {
    pub(crate) state: Mutex<State>,
}

/// The bytes and the number of buffers that refer to them.
pub struct State {
    pub(crate) data: Vec<u8>,
    pub(crate) exports: usize,
}

impl Trace for ByteArrayObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `bytearray`.
    pub BYTEARRAY: ByteArrayObj = "bytearray", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::MATCH_SELF, init init
);

const BYTE_RANGE: &str = "byte must be in range(0, 256)";

/// A bytearray that owns `data`.
pub fn new(py: &Py, data: Vec<u8>) -> Obj {
    py.alloc(
        &BYTEARRAY,
        ByteArrayObj {
            state: Mutex::new(State { data, exports: 0 }),
        },
    )
}

impl ByteArrayObj {
    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.state.lock().data.clone()
    }
    /// The state, to be resized; BufferError while exported.
    fn resizable(&self, py: &Py) -> PyResult<MutexGuard<'_, State>> {
        let g = self.state.lock();
        if g.exports > 0 {
            drop(g);
            return Err(py.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(g)
    }
}

fn this(v: &Val) -> &ByteArrayObj {
    v.cast::<ByteArrayObj>()
}

fn init(t: &mut TypeInit) {
    common::init(t);
    let s = t.slots();
    s.repr.set(|py, v| {
        let name = v.ty().name();
        let mut text = escape::bytes_repr(&this(v).to_vec());
        // Other than in bytes, the single quote is escaped between double quotes, too.
        if text.starts_with("b\"") {
            text = text.replace('\'', "\\'");
        }
        Ok(py.str(&format!("{name}({text})")))
    });
    s.str.set(|py, v| ops::repr(py, v));
    s.setitem.set(setitem);
    s.inp(BinOp::Add).set(|py, a, b| {
        if !buffer::supports(b) {
            return Err(py.type_error(format!(
                "can't concat {} to {}",
                b.ty().full_name(),
                a.ty().full_name()
            )));
        }
        extend_bytes(py, a, &data(py, b)?)?;
        Ok(a.to_obj())
    });
    s.inp(BinOp::Mul).set(|py, a, b| {
        let Some(n) = common::times(py, b)? else {
            return Ok(py.not_implemented());
        };
        let mut g = this(a).resizable(py)?;
        check_size(py, g.data.len().checked_mul(n))?;
        let old = std::mem::take(&mut g.data);
        g.data = old.repeat(n);
        drop(g);
        Ok(a.to_obj())
    });
    s.new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            ByteArrayObj {
                state: Mutex::new(State {
                    data: Vec::new(),
                    exports: 0,
                }),
            },
        ))
    });
    s.init.set(construct);
    s.buffer.set(|_, v, _| {
        let mut g = this(v).state.lock();
        g.exports += 1;
        let (p, n) = (g.data.as_mut_ptr(), g.data.len());
        // SAFETY: the export count keeps the vector in place until `release`.
        Ok(unsafe {
            Buffer::bytes(
                v.to_obj(),
                p,
                n,
                false,
                Some(|v| this(v).state.lock().exports -= 1),
            )
        })
    });
    t.unhashable();
    t.method(
        "append",
        "($self, item, /)",
        Bound(|py, a| {
            let c = byte(py, &a[1], BYTE_RANGE)?;
            this(&a[0]).resizable(py)?.data.push(c);
            Ok(py.none())
        }),
    );
    t.method("extend", "($self, iterable_of_ints, /)", Bound(extend));
    t.method(
        "insert",
        "($self, index, item, /)",
        Bound(|py, a| {
            let at = ops::clamp_index(py, &a[1])?;
            let c = byte(py, &a[2], BYTE_RANGE)?;
            let mut g = this(&a[0]).resizable(py)?;
            let n = g.data.len() as isize;
            let at = if at < 0 {
                at.saturating_add(n).max(0)
            } else {
                at.min(n)
            };
            g.data.insert(at as usize, c);
            Ok(py.none())
        }),
    );
    t.method("pop", "($self, index=-1, /)", Bound(pop));
    t.method(
        "remove",
        "($self, value, /)",
        Bound(|py, a| {
            let c = byte(py, &a[1], BYTE_RANGE)?;
            let mut g = this(&a[0]).resizable(py)?;
            match memchr::memchr(c, &g.data) {
                Some(i) => {
                    g.data.remove(i);
                    Ok(py.none())
                }
                None => Err(py.value_error("value not found in bytearray")),
            }
        }),
    );
    t.method(
        "reverse",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).state.lock().data.reverse();
            Ok(py.none())
        }),
    );
    t.method(
        "clear",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).resizable(py)?.data = Vec::new();
            Ok(py.none())
        }),
    );
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| Ok(new(py, this(&a[0]).to_vec()))),
    );
    t.method("resize", "($self, size, /)", Bound(resize));
    t.method(
        "__alloc__",
        "($self, /)",
        Bound(|py, a| {
            let n = this(&a[0]).state.lock().data.capacity();
            Ok(py.int(if n == 0 { 0 } else { n as i64 + 1 }))
        }),
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(56 + this(&a[0]).state.lock().data.capacity() as i64))),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| reduce(py, &a[0], 2)),
    );
    t.method(
        "__reduce_ex__",
        "($self, proto=0, /)",
        Bound(|py, a| {
            let proto = match a[1].given() {
                Some(p) => ops::to_i64(py, p)?,
                None => 0,
            };
            reduce(py, &a[0], proto)
        }),
    );
    t.classmethod(
        "fromhex",
        "($type, string, /)",
        Bound(|py, a| {
            let b = hex::from_hex(py, &a[1])?;
            if a[0].is(&BYTEARRAY.obj()) {
                return Ok(new(py, b));
            }
            ops::call1(py, &a[0], &crate::builtins::bytes::new(py, &b))
        }),
    );
    t.doc("bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n\
           bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\n\
           bytearray(int) -> bytes array of size given by the parameter initialized with null bytes\n\
           bytearray() -> empty bytes array");
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let given = bind3(py, "bytearray", ["source", "encoding", "errors"], args)?;
    let made = common::construct(py, "bytearray", given)?;
    let mut g = this(v).resizable(py)?;
    g.data = made;
    Ok(())
}

fn reduce(py: &Py, v: &Val, proto: i64) -> PyResult<Obj> {
    let b = this(v).to_vec();
    let args = if proto < 3 {
        tuple::new(py, vec![str::from_latin1(py, &b), py.str("latin-1")])
    } else if b.is_empty() {
        tuple::empty(py)
    } else {
        tuple::new(py, vec![crate::builtins::bytes::new(py, &b)])
    };
    let state = match ops::call_special(py, v, &names::__getstate__, &[])? {
        Some(s) => s,
        None => py.none(),
    };
    Ok(tuple::new(py, vec![v.ty().to_obj(), args, state]))
}

fn extend_bytes(py: &Py, v: &Val, b: &[u8]) -> PyResult<()> {
    let mut g = this(v).resizable(py)?;
    check_size(py, g.data.len().checked_add(b.len()))?;
    g.data.extend_from_slice(b);
    Ok(())
}

fn extend(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if buffer::supports(&a[1]) {
        extend_bytes(py, &a[0], &data(py, &a[1])?)?;
        return Ok(py.none());
    }
    let it = ops::iter(py, &a[1]).map_err(|e| {
        if e.is(&crate::builtins::exceptions::TYPE_ERROR) && a[1].ty().slots.iter.get().is_none() {
            py.type_error(format!(
                "can't extend bytearray with {}",
                a[1].ty().full_name()
            ))
        } else {
            e
        }
    })?;
    if a[1].get::<str::StrObj>().is_some_and(|s| !s.is_empty()) {
        return Err(py.type_error("expected iterable of integers; got: 'str'"));
    }
    let mut items = Vec::new();
    while let Some(v) = ops::next(py, &it)? {
        items.push(byte(py, &v, BYTE_RANGE)?);
    }
    extend_bytes(py, &a[0], &items)?;
    Ok(py.none())
}

fn pop(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let at = match a[1].given() {
        Some(i) => str::case::ssize(py, i)?,
        None => -1,
    };
    let b = this(&a[0]);
    let len = b.state.lock().data.len();
    if len == 0 {
        return Err(py.index_error("pop from empty bytearray"));
    }
    let mut g = b.resizable(py)?;
    let at = if at < 0 {
        at.saturating_add(g.data.len() as isize)
    } else {
        at
    };
    if at < 0 || at as usize >= g.data.len() {
        drop(g);
        return Err(py.index_error("pop index out of range"));
    }
    Ok(py.int(g.data.remove(at as usize) as i64))
}

fn resize(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = str::case::ssize(py, &a[1])?;
    let Ok(n) = usize::try_from(n) else {
        return Err(py.value_error(format!(
            "bytearray.resize(): new size must be >= 0, got {n}"
        )));
    };
    check_size(py, Some(n))?;
    this(&a[0]).resizable(py)?.data.resize(n, 0);
    Ok(py.none())
}

fn setitem(py: &Py, v: &Val, key: &Val, value: Option<&Val>) -> PyResult<()> {
    let b = this(v);
    if slice::SLICE.check(key) {
        let items = match value {
            None => None,
            Some(x) if int::view(x).is_some() || x.get::<str::StrObj>().is_some() => {
                let m = "can assign only bytes, buffers, or iterables of ints in range(0, 256)";
                return Err(py.type_error(m));
            }
            Some(x) => Some(common::construct(py, "bytearray", [Some(x), None, None])?),
        };
        let (start, stop, step) = slice::unpack(py, key)?;
        return assign_slice(py, b, (start, stop, step), items);
    }
    if !key.word().is_int() && key.ty().slots.index.get().is_none() {
        let m = format!(
            "bytearray indices must be integers or slices, not {}",
            key.ty().full_name()
        );
        return Err(py.type_error(m));
    }
    const RANGE: &str = "bytearray index out of range";
    let len = b.state.lock().data.len();
    let at = slice::position(py, key, len, RANGE)?;
    match value {
        Some(x) => {
            let c = byte(py, x, BYTE_RANGE)?;
            match b.state.lock().data.get_mut(at) {
                Some(place) => *place = c,
                None => return Err(py.index_error(RANGE)),
            }
        }
        None => {
            let mut g = b.resizable(py)?;
            if at >= g.data.len() {
                return Err(py.index_error(RANGE));
            }
            g.data.remove(at);
        }
    }
    Ok(())
}

fn assign_slice(
    py: &Py,
    b: &ByteArrayObj,
    parts: (isize, isize, isize),
    items: Option<Vec<u8>>,
) -> PyResult<()> {
    let (start, stop, step) = parts;
    let mut g = b.state.lock();
    let (from, to, n) = slice::adjust(g.data.len(), start, stop, step);
    let at = |i: usize| (from + i as isize * step) as usize;
    if step == 1 {
        let items = items.unwrap_or_default();
        let (from, to) = (from as usize, to.max(from) as usize);
        if items.len() != to - from && g.exports > 0 {
            drop(g);
            return Err(py.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        if items.len() == to - from {
            g.data[from..to].copy_from_slice(&items);
        } else {
            g.data.splice(from..to, items);
        }
        return Ok(());
    }
    match items {
        Some(items) => {
            if items.len() != n {
                drop(g);
                let m = format!(
                    "attempt to assign bytes of size {} to extended slice of size {n}",
                    items.len()
                );
                return Err(py.value_error(m));
            }
            items
                .into_iter()
                .enumerate()
                .for_each(|(i, c)| g.data[at(i)] = c);
        }
        None if n == 0 => {}
        None => {
            if g.exports > 0 {
                drop(g);
                return Err(py.buffer_error("Existing exports of data: object cannot be re-sized"));
            }
            let mut gone = vec![false; g.data.len()];
            (0..n).for_each(|i| gone[at(i)] = true);
            let mut i = 0;
            g.data.retain(|_| {
                i += 1;
                !gone[i - 1]
            });
        }
    }
    Ok(())
}
