//! The abstract bases: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`, with their mixin methods.
//!
//! They add no fields: a stream is closed when the instance attribute `__IOBase_closed` exists, as programs that derive from
//! them expect.

use super::util::{attr_true, call, closed_error, expect_bytes, own, set_own, size};
use crate::builtins::list::{self, ListObj};
use crate::builtins::{bytearray, bytes, int};
use crate::error::PyResult;
use crate::object::base::OBJECT;
use crate::object::native::function::NativeFnPtr::{self, Bound};
use crate::object::native::{TypeDef, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;

const FLAGS: u32 = tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF;

crate::native_subtype!(
    /// The type `_io._IOBase`.
    pub IO_BASE = "_io._IOBase", base OBJECT, layout PlainObj, flags FLAGS, init init_base
);
crate::native_subtype!(
    /// The type `_io._RawIOBase`.
    pub RAW_IO_BASE = "_io._RawIOBase", base IO_BASE, layout PlainObj, flags FLAGS, init init_raw
);
crate::native_subtype!(
    /// The type `_io._BufferedIOBase`.
    pub BUFFERED_IO_BASE = "_io._BufferedIOBase", base IO_BASE, layout PlainObj, flags FLAGS, init init_buffered
);
crate::native_subtype!(
    /// The type `_io._TextIOBase`.
    pub TEXT_IO_BASE = "_io._TextIOBase", base IO_BASE, layout PlainObj, flags FLAGS, init init_text
);

/// A method that raises UnsupportedOperation with its own name.
macro_rules! unsupported_methods {
    ($t:expr, $($name:literal $sig:literal)*) => {
        $({
            fn refuse(py: &Py, _: &[Val]) -> PyResult<Obj> {
                Err($crate::stdlib::io::util::unsupported(py, $name))
            }
            $t.method($name, $sig, Bound(refuse));
        })*
    };
}
pub(super) use unsupported_methods;

fn init_base(t: &mut TypeInit) {
    t.doc("The abstract base class for all I/O classes.");
    unsupported_methods!(t, "seek" "($self, offset, whence=0, /)" "truncate" "($self, size=None, /)" "fileno" "($self, /)");
    t.method(
        "tell",
        "($self, /)",
        Bound(|py, a| call(py, &a[0], "seek", &[&py.int(0), &py.int(1)])),
    );
    t.method(
        "flush",
        "($self, /)",
        Bound(|py, a| {
            if own(py, &a[0], CLOSED).is_some() {
                return Err(closed_error(py));
            }
            Ok(py.none())
        }),
    );
    t.method("close", "($self, /)", Bound(|py, a| close(py, &a[0])));
    t.getset(
        "closed",
        |py, v| Ok(py.bool(own(py, v, CLOSED).is_some())),
        None,
    );
    for name in ["seekable", "readable", "writable", "isatty"] {
        let f: NativeFnPtr = if name == "isatty" {
            Bound(not_a_tty)
        } else {
            Bound(answer_false)
        };
        t.method(name, "($self, /)", f);
    }
    t.method(
        "_checkClosed",
        "($self, /)",
        Bound(|py, a| {
            check_closed(py, &a[0])?;
            Ok(py.none())
        }),
    );
    t.method(
        "_checkSeekable",
        "($self, /)",
        Bound(|py, a| check(py, &a[0], "seekable")),
    );
    t.method(
        "_checkReadable",
        "($self, /)",
        Bound(|py, a| check(py, &a[0], "readable")),
    );
    t.method(
        "_checkWritable",
        "($self, /)",
        Bound(|py, a| check(py, &a[0], "writable")),
    );
    t.method(
        "__enter__",
        "($self, /)",
        Bound(|py, a| {
            check_closed(py, &a[0])?;
            Ok(a[0].to_obj())
        }),
    );
    t.method(
        "__exit__",
        "($self, /, *args)",
        Bound(|py, a| call(py, &a[0], "close", &[])),
    );
    t.slots().iter.set(|py, v| {
        check_closed(py, v)?;
        Ok(v.to_obj())
    });
    t.slots().next.set(|py, v| {
        let line = ops::call_method(py, v, &names::readline, &[])?;
        Ok((ops::len(py, &line)? != 0).then_some(line))
    });
    t.slots().finalize.set(finalize);
    t.method("readline", "($self, size=-1, /)", Bound(readline));
    t.method("readlines", "($self, hint=-1, /)", Bound(readlines));
    t.method(
        "writelines",
        "($self, lines, /)",
        Bound(|py, a| {
            check_closed(py, &a[0])?;
            ops::for_each(py, &a[1], &mut |line| {
                ops::call_method(py, &a[0], &names::write, &[&line])?;
                Ok(true)
            })?;
            Ok(py.none())
        }),
    );
}

/// The instance attribute that says "closed".
pub const CLOSED: &str = "__IOBase_closed";

fn answer_false(py: &Py, _: &[Val]) -> PyResult<Obj> {
    Ok(py.bool(false))
}

fn not_a_tty(py: &Py, a: &[Val]) -> PyResult<Obj> {
    check_closed(py, &a[0])?;
    Ok(py.bool(false))
}

/// ValueError if the attribute `closed` is true.
pub fn check_closed(py: &Py, v: &Val) -> PyResult<()> {
    if attr_true(py, v, "closed")? {
        Err(closed_error(py))
    } else {
        Ok(())
    }
}

/// UnsupportedOperation unless the stream's predicate `what` holds.
pub fn check(py: &Py, v: &Val, what: &str) -> PyResult<Obj> {
    let r = call(py, v, what, &[])?;
    if !r.is(&py.bool(true)) {
        return Err(super::util::unsupported(
            py,
            &format!("File or stream is not {what}."),
        ));
    }
    Ok(r)
}

/// `_IOBase.close`: flushes once.
pub fn close(py: &Py, v: &Val) -> PyResult<Obj> {
    if own(py, v, CLOSED).is_some() {
        return Ok(py.none());
    }
    let r = ops::call_method(py, v, &names::flush, &[]);
    set_own(py, v, CLOSED, py.bool(true));
    r.map(|_| py.none())
}

/// Closes a stream that nobody refers to any more.
fn finalize(py: &Py, v: &Val) {
    let closed = match attr_true(py, v, "closed") {
        Ok(c) => c,
        // Never fully made: nothing to close.
        Err(_) => return,
    };
    if closed {
        return;
    }
    // `closed` and `close` of wrapped streams look at this to decide whether to warn.
    let _ = ops::setattr(
        py,
        v,
        &crate::builtins::str::intern(py, "_finalizing"),
        &py.bool(true),
    );
    if let Err(e) = call(py, v, "close", &[]) {
        py.write_unraisable(e, v);
    }
}

fn readline(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let v = &a[0];
    let limit = size(py, &a[1])?;
    let peek = ops::getattr_opt(py, v, &crate::builtins::str::intern(py, "peek"))?;
    let mut line: Vec<u8> = Vec::new();
    while limit.is_none_or(|n| line.len() < n) {
        let mut want = 1;
        if let Some(peek) = &peek {
            let seen = ops::call1(py, peek, &py.int(1))?;
            let Some(b) = bytes::view(&seen) else {
                return Err(py.error(
                    &crate::builtins::exceptions::OS_ERROR,
                    &format!(
                        "peek() should have returned a bytes object, not '{}'",
                        seen.ty().name()
                    ),
                ));
            };
            if !b.is_empty() {
                let n = limit.map_or(b.len(), |l| b.len().min(l - line.len()));
                want = memchr::memchr(b'\n', &b[..n]).map_or(n, |i| i + 1);
            }
        }
        let got = ops::call_method(py, v, &names::read, &[&int::from_usize(py, want)])?;
        let Some(b) = bytes::view(&got) else {
            return Err(py.error(
                &crate::builtins::exceptions::OS_ERROR,
                &format!(
                    "read() should have returned a bytes object, not '{}'",
                    got.ty().name()
                ),
            ));
        };
        if b.is_empty() {
            break;
        }
        line.extend_from_slice(b);
        if b.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(bytes::new(py, &line))
}

fn readlines(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let hint = size(py, &a[1])?.filter(|&n| n > 0);
    let lines = list::new(py, Vec::new());
    let mut total = 0;
    ops::for_each(py, &a[0], &mut |line| {
        if hint.is_some() {
            total += ops::len(py, &line)?;
        }
        lines.cast::<ListObj>().push(py, line)?;
        Ok(hint.is_none_or(|n| total < n))
    })?;
    Ok(lines)
}

fn init_raw(t: &mut TypeInit) {
    t.doc("Base class for raw binary I/O.");
    unsupported_methods!(t, "readinto" "($self, buffer, /)" "write" "($self, b, /)");
    t.method(
        "read",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let Some(n) = size(py, &a[1])? else {
                return call(py, &a[0], "readall", &[]);
            };
            let array = bytearray::new(py, super::util::zeroed(py, n)?);
            let got = ops::call_method(py, &a[0], &names::readinto, &[&array])?;
            if got.is_none() {
                return Ok(got);
            }
            let got = ops::to_isize(py, &got)?;
            let data = array
                .cast::<bytearray::ByteArrayObj>()
                .state
                .lock()
                .data
                .clone();
            match usize::try_from(got) {
                Ok(k) if k <= data.len() => Ok(bytes::new(py, &data[..k])),
                _ => {
                    Err(py.value_error(format!("readinto returned {got} outside buffer size {n}")))
                }
            }
        }),
    );
    t.method(
        "readall",
        "($self, /)",
        Bound(|py, a| {
            let mut all: Vec<u8> = Vec::new();
            loop {
                let part = ops::call_method(
                    py,
                    &a[0],
                    &names::read,
                    &[&int::from_usize(py, super::util::DEFAULT_BUFFER_SIZE)],
                )?;
                if part.is_none() {
                    if all.is_empty() {
                        return Ok(part);
                    }
                    break;
                }
                let b = expect_bytes(py, &part, "read()")?;
                if b.is_empty() {
                    break;
                }
                all.extend_from_slice(b);
            }
            Ok(bytes::new(py, &all))
        }),
    );
}

fn init_buffered(t: &mut TypeInit) {
    t.doc("Base class for buffered IO objects.");
    unsupported_methods!(t, "detach" "($self, /)" "read" "($self, size=-1, /)" "read1" "($self, size=-1, /)" "write" "($self, b, /)");
    t.method(
        "readinto",
        "($self, buffer, /)",
        Bound(|py, a| readinto(py, a, "read", "readinto")),
    );
    t.method(
        "readinto1",
        "($self, buffer, /)",
        Bound(|py, a| readinto(py, a, "read1", "readinto1")),
    );
}

fn readinto(py: &Py, a: &[Val], method: &str, func: &str) -> PyResult<Obj> {
    let mut out = super::util::output(py, &a[1], func)?;
    let data = call(py, &a[0], method, &[&int::from_usize(py, out.len)])?;
    let b = expect_bytes(py, &data, "read()")?;
    if b.len() > out.len {
        return Err(py.value_error(format!(
            "read() returned too much data: {} bytes requested, {} returned",
            out.len,
            b.len()
        )));
    }
    out.as_mut_slice()[..b.len()].copy_from_slice(b);
    Ok(int::from_usize(py, b.len()))
}

fn init_text(t: &mut TypeInit) {
    t.doc("Base class for text I/O.");
    unsupported_methods!(t, "detach" "($self, /)" "read" "($self, size=-1, /)" "readline" "($self, size=-1, /)" "write" "($self, s, /)");
    t.getset("encoding", |py, _| Ok(py.none()), None);
    t.getset("newlines", |py, _| Ok(py.none()), None);
    t.getset("errors", |py, _| Ok(py.none()), None);
}

/// The definitions, for the module's table.
pub static ALL: [&TypeDef; 4] = [&IO_BASE, &RAW_IO_BASE, &BUFFERED_IO_BASE, &TEXT_IO_BASE];
