//! What the I/O types share: system calls, errors, calls of Python-level streams, the lock of a stream.

use crate::builtins::exceptions as exc;
use crate::builtins::{bytearray, bytes, dict, memoryview, str, tuple};
use crate::error::{PyResult, Raised};
use crate::object::buffer::{self, Buffer};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{instance, names};
use crate::thread::Py;
use parking_lot::RawMutex;
use parking_lot::lock_api::RawMutex as _;
use std::sync::atomic::{AtomicU32, Ordering};

/// Size of buffers and of the pieces that text is read in.
pub const DEFAULT_BUFFER_SIZE: usize = 128 << 10;

/// The last error of the C library.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// A system call that may block: repeated when a signal interrupts it, after the signal's handlers ran.
/// `Ok(Err(errno))` if it fails.
pub fn sys_call(py: &Py, mut f: impl FnMut() -> isize) -> PyResult<Result<isize, i32>> {
    loop {
        let (r, e) = py.detached(|| {
            let r = f();
            (r, if r < 0 { errno() } else { 0 })
        });
        if r >= 0 {
            return Ok(Ok(r));
        }
        if e != libc::EINTR {
            return Ok(Err(e));
        }
        crate::stdlib::signal::run_handlers(py)?;
    }
}

static UNSUPPORTED: Slot = Slot::empty();

/// The class `io.UnsupportedOperation`.
pub fn unsupported_class(py: &Py) -> PyResult<Obj> {
    if let Some(c) = UNSUPPORTED.get() {
        return Ok(c);
    }
    let bases = tuple::new(py, vec![exc::OS_ERROR.obj(), exc::VALUE_ERROR.obj()]);
    let ns = dict::new(py);
    ns.cast::<dict::DictObj>()
        .set_str(py, "__module__", py.str("io"));
    let class = ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str("UnsupportedOperation"),
        &bases,
        &ns,
    )?;
    UNSUPPORTED.set(class.clone());
    Ok(class)
}

/// `UnsupportedOperation(msg)`.
#[cold]
pub fn unsupported(py: &Py, msg: &str) -> Raised {
    match unsupported_class(py).and_then(|c| ops::call1(py, &c, &py.str(msg))) {
        Ok(e) => Raised(e),
        Err(e) => e,
    }
}

#[cold]
pub fn closed_error(py: &Py) -> Raised {
    py.value_error("I/O operation on closed file.")
}

/// `obj.name(*args)`
pub fn call(py: &Py, obj: &Val, name: &str, args: &[&Val]) -> PyResult<Obj> {
    ops::call_method(py, obj, &str::intern(py, name), args)
}

/// `obj.name`
pub fn attr(py: &Py, obj: &Val, name: &str) -> PyResult<Obj> {
    ops::getattr(py, obj, &str::intern(py, name))
}

/// Truth of `obj.name`.
pub fn attr_true(py: &Py, obj: &Val, name: &str) -> PyResult<bool> {
    ops::truth(py, &*attr(py, obj, name)?)
}

/// Truth of `obj.name()`.
pub fn call_true(py: &Py, obj: &Val, name: &str) -> PyResult<bool> {
    ops::truth(py, &*call(py, obj, name, &[])?)
}

/// An instance attribute, without the type's.
pub fn own(py: &Py, v: &Val, name: &str) -> Option<Obj> {
    instance::get(py, v, &str::intern(py, name))
}

pub fn set_own(py: &Py, v: &Val, name: &str, value: Obj) {
    instance::set(py, v, &str::intern(py, name), value);
}

/// A memoryview of a new bytearray of `n` bytes, and the bytearray.
pub fn scratch(py: &Py, n: usize) -> PyResult<(Obj, Obj)> {
    let array = bytearray::new(py, zeroed(py, n)?);
    let view = ops::call1(py, &memoryview::MEMORYVIEW.obj(), &array)?;
    Ok((view, array))
}

/// `n` zero bytes; MemoryError instead of an abort.
pub fn zeroed(py: &Py, n: usize) -> PyResult<Vec<u8>> {
    let mut v = Vec::new();
    if v.try_reserve_exact(n).is_err() {
        return Err(py.memory_error());
    }
    v.resize(n, 0);
    Ok(v)
}

/// The buffer of an argument to be written.
pub fn input(py: &Py, v: &Val) -> PyResult<Buffer> {
    let b = buffer::get(py, v, false)?;
    if !b.is_contiguous() {
        return Err(py.buffer_error("memoryview: underlying buffer is not C-contiguous"));
    }
    Ok(b)
}

/// The buffer of an argument to be read into.
pub fn output(py: &Py, v: &Val, func: &str) -> PyResult<Buffer> {
    let refuse = || {
        py.type_error(format!(
            "{func}() argument must be read-write bytes-like object, not {}",
            v.ty().name()
        ))
    };
    if !buffer::supports(v) {
        return Err(refuse());
    }
    match buffer::get(py, v, true) {
        Ok(b) if b.readonly => Err(refuse()),
        Ok(b) if !b.is_contiguous() => {
            Err(py.buffer_error("memoryview: underlying buffer is not C-contiguous"))
        }
        Ok(b) => Ok(b),
        Err(e) if e.is(&exc::BUFFER_ERROR) || e.is(&exc::TYPE_ERROR) => Err(refuse()),
        Err(e) => Err(e),
    }
}

/// A size argument: None, absent and negative give `None`.
pub fn size(py: &Py, v: &Val) -> PyResult<Option<usize>> {
    let Some(v) = v.not_none() else {
        return Ok(None);
    };
    if !ops::number::has_index(v) {
        return Err(py.type_error(format!(
            "argument should be integer or None, not '{}'",
            v.ty().name()
        )));
    }
    Ok(usize::try_from(ops::to_isize(py, v)?).ok())
}

/// A file position.
pub fn offset(py: &Py, v: &Val) -> PyResult<i64> {
    ops::to_i64(py, &*ops::index(py, v)?)
}

/// The bytes that a `read` of another stream returned.
pub fn expect_bytes<'a>(py: &Py, v: &'a Val, what: &str) -> PyResult<&'a [u8]> {
    bytes::view(v).ok_or_else(|| {
        py.type_error(format!(
            "{what} should have returned a bytes object, not '{}'",
            v.ty().name()
        ))
    })
}

/// TypeError of `__getstate__` and `__reduce__`.
pub fn no_pickle(py: &Py, a: &[Val]) -> PyResult<Obj> {
    Err(py.type_error(format!("cannot pickle '{}' instances", a[0].ty().name())))
}

/// A BlockingIOError for a write that wrote `n` bytes.
#[cold]
pub fn blocking_error(py: &Py, msg: &str, n: usize) -> Raised {
    let args = [py.int(libc::EAGAIN as i64), py.str(msg), py.int(n as i64)];
    match ops::call_objs(py, &exc::BLOCKING_IO_ERROR.obj(), &args) {
        Ok(e) => Raised(e),
        Err(e) => e,
    }
}

/// Runs the second step whether or not the first failed; an error of the second has the first's as context.
pub fn then<T>(first: PyResult<T>, second: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    match (first, second()) {
        (Ok(_), r) => r,
        (Err(a), Ok(_)) => Err(a),
        (Err(a), Err(b)) => {
            if let Some(x) = b.0.get::<exc::ExcObj>()
                && x.context.is_empty()
                && !a.0.is(&b.0)
            {
                x.context.set(a.0);
            }
            Err(b)
        }
    }
}

/// The lock of a stream: held while Python code of the layers below runs, so the owner is known.
pub struct IoLock {
    raw: RawMutex,
    owner: AtomicU32,
    depth: AtomicU32,
}

/// Holds an [`IoLock`].
pub struct IoGuard<'a>(&'a IoLock);

impl IoLock {
    pub const fn new() -> IoLock {
        IoLock {
            raw: RawMutex::INIT,
            owner: AtomicU32::new(0),
            depth: AtomicU32::new(0),
        }
    }
    /// Whether the calling thread holds it.
    fn is_mine(&self, py: &Py) -> bool {
        // Relaxed: only this thread stores its own id.
        self.owner.load(Ordering::Relaxed) == u32::from(py.id)
    }
    /// Waits for the lock; the holder may take it again.
    pub fn lock(&self, py: &Py) -> IoGuard<'_> {
        if !self.is_mine(py) {
            if !self.raw.try_lock() {
                py.detached(|| self.raw.lock());
            }
            // Relaxed: see `is_mine`.
            self.owner.store(u32::from(py.id), Ordering::Relaxed);
        }
        // Relaxed: changed by the holder only.
        self.depth.fetch_add(1, Ordering::Relaxed);
        IoGuard(self)
    }
    /// Waits for the lock; RuntimeError if the calling thread holds it.
    pub fn enter(&self, py: &Py, owner: &Val) -> PyResult<IoGuard<'_>> {
        if self.is_mine(py) {
            let text = ops::repr_text(py, owner)?;
            return Err(py.runtime_error(format!("reentrant call inside {text}")));
        }
        Ok(self.lock(py))
    }
}

impl Drop for IoGuard<'_> {
    fn drop(&mut self) {
        // Relaxed: changed by the holder only.
        if self.0.depth.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.owner.store(0, Ordering::Relaxed);
            // SAFETY: the guard of the outermost `lock` ends, which took the raw lock on this thread.
            unsafe { self.0.raw.unlock() };
        }
    }
}

/// Sets `name` of a stream's repr: `<_io.X name='...'`.
pub fn name_text(py: &Py, v: &Val) -> PyResult<Option<String>> {
    match ops::getattr_opt(py, v, &names::name) {
        Ok(Some(n)) => ops::repr_text(py, &n).map(Some),
        Ok(None) => Ok(None),
        Err(e) if e.is(&exc::VALUE_ERROR) => Ok(None),
        Err(e) => Err(e),
    }
}
