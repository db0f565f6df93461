//! `BytesIO`.
//!
//! **Invariant:** the vector is not resized while buffers are exported, so exported pointers stay valid.

use super::base::BUFFERED_IO_BASE;
use super::util::{closed_error, input, offset, output, size};
use crate::builtins::dict::DictObj;
use crate::builtins::list::{self, ListObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::builtins::{bytes, int, memoryview};
use crate::error::PyResult;
use crate::object::buffer::Buffer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{instance, ops};
use crate::thread::Py;
use parking_lot::Mutex;

/// Payload.
pub struct BytesIoObj {
    st: Mutex<State>,
}

#[derive(Default)]
struct State {
    data: Vec<u8>,
    pos: usize,
    exports: usize,
    closed: bool,
}

impl Trace for BytesIoObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_io.BytesIO`.
    pub BYTES_IO: BytesIoObj = "_io.BytesIO", base BUFFERED_IO_BASE, flags tf::BASETYPE, init init
);

/// What `getbuffer` exports: the memory of a BytesIO.
pub struct BytesIoBuffer {
    source: Slot,
}

impl Trace for BytesIoBuffer {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.source);
    }
}

crate::native_type!(
    /// The type `_io._BytesIOBuffer`.
    pub BYTES_IO_BUFFER: BytesIoBuffer = "_io._BytesIOBuffer", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_buffer
);

fn this(v: &Val) -> &BytesIoObj {
    v.cast::<BytesIoObj>()
}

impl BytesIoObj {
    /// Works on an open stream.
    fn with<R>(&self, py: &Py, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
        let mut st = self.st.lock();
        if st.closed {
            drop(st);
            return Err(closed_error(py));
        }
        Ok(f(&mut st))
    }
    /// Works on an open stream whose size may change.
    fn resize<R>(&self, py: &Py, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
        let mut st = self.st.lock();
        if st.closed {
            drop(st);
            return Err(closed_error(py));
        }
        if st.exports > 0 {
            drop(st);
            return Err(py.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(f(&mut st))
    }
}

impl State {
    fn rest(&self) -> &[u8] {
        self.data.get(self.pos..).unwrap_or(&[])
    }
    /// Takes at most `n` bytes at the position.
    fn take(&mut self, n: Option<usize>) -> &[u8] {
        let start = self.pos.min(self.data.len());
        let len = n.unwrap_or(usize::MAX).min(self.data.len() - start);
        if len > 0 {
            self.pos = start + len;
        }
        &self.data[start..start + len]
    }
    fn line(&mut self, limit: Option<usize>) -> &[u8] {
        let n = {
            let rest = self.rest();
            let rest = &rest[..limit.unwrap_or(usize::MAX).min(rest.len())];
            memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1)
        };
        self.take(Some(n))
    }
    /// False when memory is exhausted.
    fn write(&mut self, b: &[u8]) -> bool {
        let Some(end) = self
            .pos
            .checked_add(b.len())
            .filter(|&e| e <= isize::MAX as usize)
        else {
            return false;
        };
        if end > self.data.len() {
            if self.data.try_reserve(end - self.data.len()).is_err() {
                return false;
            }
            self.data.resize(self.pos.max(self.data.len()), 0);
            let keep = self.data.len() - self.pos;
            self.data[self.pos..].copy_from_slice(&b[..keep]);
            self.data.extend_from_slice(&b[keep..]);
        } else {
            self.data[self.pos..end].copy_from_slice(b);
        }
        self.pos = end;
        true
    }
}

fn init(t: &mut TypeInit) {
    t.doc("Buffered I/O implementation using an in-memory bytes buffer.");
    t.slots().new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            BytesIoObj {
                st: Mutex::default(),
            },
        ))
    });
    t.slots().init.set(construct);
    t.slots().iter.set(|py, v| {
        this(v).with(py, |_| ())?;
        Ok(v.to_obj())
    });
    t.slots().next.set(|py, v| {
        let mut st = this(v).st.lock();
        if st.closed {
            drop(st);
            return Err(closed_error(py));
        }
        let line = st.line(None);
        Ok((!line.is_empty()).then(|| bytes::new(py, line)))
    });
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
        "isatty",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).with(py, |_| ())?;
            Ok(py.bool(false))
        }),
    );
    t.method(
        "flush",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).with(py, |_| ())?;
            Ok(py.none())
        }),
    );
    t.getset(
        "closed",
        |py, v| Ok(py.bool(this(v).st.lock().closed)),
        None,
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| {
            let mut st = this(&a[0]).st.lock();
            if st.exports > 0 {
                drop(st);
                return Err(py.buffer_error("Existing exports of data: object cannot be re-sized"));
            }
            st.closed = true;
            st.data = Vec::new();
            Ok(py.none())
        }),
    );
    t.method(
        "tell",
        "($self, /)",
        Bound(|py, a| Ok(int::from_usize(py, this(&a[0]).with(py, |s| s.pos)?))),
    );
    t.method(
        "getvalue",
        "($self, /)",
        Bound(|py, a| this(&a[0]).with(py, |s| bytes::new(py, &s.data))),
    );
    t.method(
        "getbuffer",
        "($self, /)",
        Bound(|py, a| {
            this(&a[0]).with(py, |_| ())?;
            let b = py.alloc(
                &BYTES_IO_BUFFER,
                BytesIoBuffer {
                    source: Slot::new(a[0].to_obj()),
                },
            );
            ops::call1(py, &memoryview::MEMORYVIEW.obj(), &b)
        }),
    );
    t.method(
        "read",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = size(py, &a[1])?;
            this(&a[0]).with(py, |s| bytes::new(py, s.take(n)))
        }),
    );
    t.method(
        "read1",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = size(py, &a[1])?;
            this(&a[0]).with(py, |s| bytes::new(py, s.take(n)))
        }),
    );
    t.method(
        "peek",
        "($self, size=0, /)",
        Bound(|py, a| this(&a[0]).with(py, |s| bytes::new(py, s.rest()))),
    );
    t.method(
        "readline",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = size(py, &a[1])?;
            this(&a[0]).with(py, |s| bytes::new(py, s.line(n)))
        }),
    );
    t.method(
        "readlines",
        "($self, size=None, /)",
        Bound(|py, a| {
            let hint = size(py, &a[1])?.filter(|&n| n > 0);
            let lines = list::new(py, Vec::new());
            let mut total = 0;
            loop {
                let line = this(&a[0]).with(py, |s| bytes::new(py, s.line(None)))?;
                let n = bytes::view(&line).map_or(0, <[u8]>::len);
                if n == 0 {
                    return Ok(lines);
                }
                lines.cast::<ListObj>().push(py, line)?;
                total += n;
                if hint.is_some_and(|h| total >= h) {
                    return Ok(lines);
                }
            }
        }),
    );
    t.method(
        "readinto",
        "($self, buffer, /)",
        Bound(|py, a| readinto(py, a, "readinto")),
    );
    t.method(
        "readinto1",
        "($self, buffer, /)",
        Bound(|py, a| readinto(py, a, "readinto1")),
    );
    t.method(
        "write",
        "($self, b, /)",
        Bound(|py, a| {
            this(&a[0]).resize(py, |_| ())?;
            let data = input(py, &a[1])?;
            write_bytes(py, &a[0], data.as_slice())?;
            Ok(int::from_usize(py, data.len))
        }),
    );
    t.method(
        "truncate",
        "($self, size=None, /)",
        Bound(|py, a| {
            let n = match a[1].not_none() {
                Some(n) => {
                    let n = offset(py, n)?;
                    usize::try_from(n)
                        .map_err(|_| py.value_error(format!("negative size value {n}")))?
                }
                None => this(&a[0]).with(py, |s| s.pos)?,
            };
            this(&a[0]).resize(py, |s| s.data.truncate(n))?;
            Ok(int::from_usize(py, n))
        }),
    );
    t.method("seek", "($self, pos, whence=0, /)", Bound(seek));
    t.method(
        "__getstate__",
        "($self, /)",
        Bound(|py, a| {
            let (value, pos) = this(&a[0]).with(py, |s| (bytes::new(py, &s.data), s.pos))?;
            let d = instance::dict_of(py, &a[0]);
            let copy = ops::call1(py, &crate::builtins::dict::DICT.obj(), &d)?;
            Ok(tuple::new(py, vec![value, int::from_usize(py, pos), copy]))
        }),
    );
    t.method("__setstate__", "($self, state, /)", Bound(set_state));
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| {
            let n = this(&a[0]).st.lock().data.capacity();
            Ok(int::from_usize(py, n + a[0].ty().instance_size()))
        }),
    );
}

static INIT: FnDef = FnDef::new(
    "BytesIO",
    "(initial_bytes=b'')",
    Bound(|py, _| Ok(py.none())),
);

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    let data = match a[0].not_none() {
        Some(b) => input(py, b)?.to_vec(),
        None => Vec::new(),
    };
    let mut st = this(v).st.lock();
    if st.exports > 0 {
        drop(st);
        return Err(py.buffer_error("Existing exports of data: object cannot be re-sized"));
    }
    st.data = data;
    st.pos = 0;
    st.closed = false;
    Ok(())
}

fn readinto(py: &Py, a: &[Val], func: &str) -> PyResult<Obj> {
    this(&a[0]).with(py, |_| ())?;
    let mut out = output(py, &a[1], func)?;
    // Copied in between: the output may be this stream's own memory.
    let data = this(&a[0]).with(py, |s| s.take(Some(out.len)).to_vec())?;
    out.as_mut_slice()[..data.len()].copy_from_slice(&data);
    Ok(int::from_usize(py, data.len()))
}

/// Writes at the position.
pub fn write_bytes(py: &Py, v: &Val, b: &[u8]) -> PyResult<()> {
    if b.is_empty() {
        return this(v).with(py, |_| ());
    }
    if this(v).resize(py, |s| s.write(b))? {
        Ok(())
    } else {
        Err(py.memory_error())
    }
}

/// Takes at most `n` bytes.
pub fn read_bytes(py: &Py, v: &Val, n: Option<usize>) -> PyResult<Vec<u8>> {
    this(v).with(py, |s| s.take(n).to_vec())
}

fn seek(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let to = offset(py, &a[1])?;
    let whence = a[2].given().map_or(Ok(0), |w| ops::to_i64(py, w))?;
    let (pos, len) = this(&a[0]).with(py, |s| (s.pos, s.data.len()))?;
    let base = match whence {
        0 if to < 0 => return Err(py.value_error(format!("negative seek value {to}"))),
        0 => 0,
        1 => pos as i64,
        2 => len as i64,
        _ => return Err(py.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(n) = base.checked_add(to) else {
        return Err(py.overflow_error("new position too large"));
    };
    let n = n.max(0);
    this(&a[0]).with(py, |s| s.pos = n as usize)?;
    Ok(py.int(n))
}

fn set_state(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let state = a[1].get::<TupleObj>().filter(|t| t.len() >= 3);
    let Some(state) = state else {
        return Err(py.type_error(format!(
            "{}.__setstate__ argument should be 3-tuple, got {}",
            a[0].ty().name(),
            a[1].ty().name()
        )));
    };
    let s = state.items();
    let data = input(py, &s[0])?.to_vec();
    let pos = offset(py, &s[1])?;
    let Ok(pos) = usize::try_from(pos) else {
        return Err(py.value_error("position value cannot be negative"));
    };
    this(&a[0]).resize(py, |st| {
        st.data = data;
        st.pos = pos;
    })?;
    if let Some(d) = s[2].not_none() {
        let Some(d) = d.get::<DictObj>() else {
            return Err(py.type_error(format!(
                "third item of state should be a dict, got a {}",
                d.ty().name()
            )));
        };
        for (k, x) in d.items() {
            ops::setattr(py, &a[0], &k, &x)?;
        }
    }
    Ok(py.none())
}

fn init_buffer(t: &mut TypeInit) {
    t.slots().buffer.set(|py, v, _| {
        let source = v.cast::<BytesIoBuffer>().source.obj();
        let (ptr, len) = {
            let mut st = source.cast::<BytesIoObj>().st.lock();
            if st.closed {
                drop(st);
                return Err(closed_error(py));
            }
            st.exports += 1;
            (st.data.as_mut_ptr(), st.data.len())
        };
        // SAFETY: the vector is not resized while `exports` counts this view.
        Ok(unsafe { Buffer::bytes(v.to_obj(), ptr, len, false, Some(release)) })
    });
}

fn release(v: &Val) {
    let source = v.cast::<BytesIoBuffer>().source.obj();
    source.cast::<BytesIoObj>().st.lock().exports -= 1;
}
