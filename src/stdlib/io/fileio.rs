//! `FileIO`: a file descriptor as a raw stream. The layers above call [`read_into`] and [`write_bytes`] directly.

use super::base::{self, RAW_IO_BASE};
use super::util::{
    attr, call, name_text, no_pickle, offset, output, set_own, size, sys_call, then, unsupported,
};
use crate::builtins::exceptions::{self as exc, os_error};
use crate::builtins::{bytes, int};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::stdlib::posix::path;
use crate::thread::Py;
use std::sync::atomic::{AtomicI8, AtomicI32, AtomicU8, Ordering};

/// Payload. The fields are set by `__init__`; later only `fd` changes, to -1.
pub struct FileIoObj {
    fd: AtomicI32,
    mode: AtomicU8,
    /// 1, 0, or -1 while unknown.
    seekable: AtomicI8,
    /// Preferred size of transfers.
    blksize: AtomicI32,
}

const CREATED: u8 = 1;
const READABLE: u8 = 2;
const WRITABLE: u8 = 4;
const APPENDING: u8 = 8;
const CLOSEFD: u8 = 16;

impl Trace for FileIoObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_io.FileIO`.
    pub FILE_IO: FileIoObj = "_io.FileIO", base RAW_IO_BASE, flags tf::BASETYPE, init init
);

impl FileIoObj {
    // Relaxed everywhere: the fields are independent facts; a racing close is the program's race.
    fn fd(&self) -> i32 {
        self.fd.load(Ordering::Relaxed)
    }
    fn has(&self, bits: u8) -> bool {
        self.mode.load(Ordering::Relaxed) & bits != 0
    }
    fn mode_text(&self) -> &'static str {
        match (
            self.has(CREATED),
            self.has(APPENDING),
            self.has(READABLE),
            self.has(WRITABLE),
        ) {
            (true, _, true, _) => "xb+",
            (true, _, false, _) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, false, _) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }
}

fn this(v: &Val) -> &FileIoObj {
    v.cast::<FileIoObj>()
}

/// The descriptor, or ValueError.
pub fn open_fd(py: &Py, v: &Val) -> PyResult<i32> {
    match this(v).fd() {
        fd if fd < 0 => Err(py.value_error("I/O operation on closed file")),
        fd => Ok(fd),
    }
}

fn open_for(py: &Py, v: &Val, bit: u8, what: &str) -> PyResult<i32> {
    let fd = open_fd(py, v)?;
    if !this(v).has(bit) {
        return Err(unsupported(py, &format!("File not open for {what}")));
    }
    Ok(fd)
}

fn fail(py: &Py, e: i32) -> Raised {
    os_error(py, e, None)
}

fn init(t: &mut TypeInit) {
    t.doc("Open a file.");
    t.slots().new.set(new);
    t.slots().init.set(construct);
    t.slots().repr.set(repr);
    t.slots().finalize.set(finalize);
    t.method("read", "($self, size=-1, /)", Bound(read));
    t.method(
        "readall",
        "($self, /)",
        Bound(|py, a| {
            open_for(py, &a[0], READABLE, "reading")?;
            Ok(read_all(py, &a[0])?.map_or_else(|| py.none(), |b| bytes::new(py, &b)))
        }),
    );
    t.method(
        "readinto",
        "($self, buffer, /)",
        Bound(|py, a| {
            open_for(py, &a[0], READABLE, "reading")?;
            let mut out = output(py, &a[1], "readinto")?;
            Ok(read_into(py, &a[0], out.as_mut_slice())?
                .map_or_else(|| py.none(), |n| int::from_usize(py, n)))
        }),
    );
    t.method(
        "write",
        "($self, b, /)",
        Bound(|py, a| {
            open_for(py, &a[0], WRITABLE, "writing")?;
            let data = super::util::input(py, &a[1])?;
            Ok(write_bytes(py, &a[0], data.as_slice())?
                .map_or_else(|| py.none(), |n| int::from_usize(py, n)))
        }),
    );
    t.method(
        "seek",
        "($self, pos, whence=0, /)",
        Bound(|py, a| {
            let fd = open_fd(py, &a[0])?;
            let whence = a[2].given().map_or(Ok(0), |w| ops::to_i64(py, w))?;
            Ok(py.int(seek(py, &a[0], fd, offset(py, &a[1])?, whence)?))
        }),
    );
    t.method(
        "tell",
        "($self, /)",
        Bound(|py, a| {
            let fd = open_fd(py, &a[0])?;
            Ok(py.int(seek(py, &a[0], fd, 0, 1)?))
        }),
    );
    t.method("truncate", "($self, size=None, /)", Bound(truncate));
    t.method("close", "($self, /)", Bound(|py, a| close(py, &a[0])));
    t.method(
        "seekable",
        "($self, /)",
        Bound(|py, a| {
            let fd = open_fd(py, &a[0])?;
            let f = this(&a[0]);
            if f.seekable.load(Ordering::Relaxed) < 0 {
                // The answer is remembered by `seek`.
                let _ = seek(py, &a[0], fd, 0, 1);
            }
            Ok(py.bool(f.seekable.load(Ordering::Relaxed) == 1))
        }),
    );
    t.method(
        "readable",
        "($self, /)",
        Bound(|py, a| {
            open_fd(py, &a[0])?;
            Ok(py.bool(this(&a[0]).has(READABLE)))
        }),
    );
    t.method(
        "writable",
        "($self, /)",
        Bound(|py, a| {
            open_fd(py, &a[0])?;
            Ok(py.bool(this(&a[0]).has(WRITABLE)))
        }),
    );
    t.method(
        "fileno",
        "($self, /)",
        Bound(|py, a| Ok(py.int(open_fd(py, &a[0])? as i64))),
    );
    t.method(
        "isatty",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(is_tty(py, &a[0])?))),
    );
    t.method(
        "_isatty_open_only",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(is_tty(py, &a[0])?))),
    );
    t.method(
        "_dealloc_warn",
        "($self, source, /)",
        Bound(|py, a| {
            warn_unclosed(py, &a[0], &a[1]);
            Ok(py.none())
        }),
    );
    t.method("__getstate__", "($self, /)", Bound(no_pickle));
    t.method("__reduce__", "($self, /)", Bound(no_pickle));
    t.method("__reduce_ex__", "($self, protocol, /)", Bound(no_pickle));
    t.getset("closed", |py, v| Ok(py.bool(this(v).fd() < 0)), None);
    t.getset("closefd", |py, v| Ok(py.bool(this(v).has(CLOSEFD))), None);
    t.getset("mode", |py, v| Ok(py.str(this(v).mode_text())), None);
    t.getset(
        "_blksize",
        |py, v| Ok(py.int(this(v).blksize.load(Ordering::Relaxed) as i64)),
        None,
    );
}

fn new(py: &Py, ty: &'static Type, _: Args) -> PyResult<Obj> {
    Ok(py.alloc_in(
        ty,
        FileIoObj {
            fd: AtomicI32::new(-1),
            mode: AtomicU8::new(CLOSEFD),
            seekable: AtomicI8::new(-1),
            blksize: AtomicI32::new(super::util::DEFAULT_BUFFER_SIZE as i32),
        },
    ))
}

static INIT: FnDef = FnDef::new(
    "FileIO",
    "(file, mode='r', closefd=True, opener=None)",
    Bound(|py, _| Ok(py.none())),
);

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    let mode = match a[1].given() {
        Some(m) => crate::builtins::str::expect(py, m, "FileIO() argument 'mode'")?
            .lossy()
            .into_owned(),
        None => "r".to_string(),
    };
    let closefd = a[2].given().map_or(Ok(true), |c| ops::truth(py, c))?;
    let f = this(v);
    if f.fd() >= 0 {
        if f.has(CLOSEFD) {
            close_fd(py, f)?;
        } else {
            f.fd.store(-1, Ordering::Relaxed);
        }
    }
    open(py, v, &a[0], &mode, closefd, a[3].not_none())
}

/// The flags of a mode, and those of `open(2)`.
fn parse_mode(py: &Py, mode: &str) -> PyResult<(u8, i32)> {
    let bad = || {
        py.value_error(
            "Must have exactly one of create/read/write/append mode and at most one plus",
        )
    };
    let (mut bits, mut flags, mut kinds, mut plus) = (0, 0, 0, 0);
    for c in mode.chars() {
        match c {
            'x' => {
                (bits, flags, kinds) = (
                    bits | CREATED | WRITABLE,
                    flags | libc::O_EXCL | libc::O_CREAT,
                    kinds + 1,
                )
            }
            'r' => (bits, kinds) = (bits | READABLE, kinds + 1),
            'w' => {
                (bits, flags, kinds) = (
                    bits | WRITABLE,
                    flags | libc::O_CREAT | libc::O_TRUNC,
                    kinds + 1,
                )
            }
            'a' => {
                (bits, flags, kinds) = (
                    bits | WRITABLE | APPENDING,
                    flags | libc::O_APPEND | libc::O_CREAT,
                    kinds + 1,
                )
            }
            'b' => {}
            '+' => (bits, plus) = (bits | READABLE | WRITABLE, plus + 1),
            _ => return Err(py.value_error(format!("invalid mode: {mode}"))),
        }
    }
    if kinds != 1 || plus > 1 {
        return Err(bad());
    }
    flags |= match (bits & READABLE != 0, bits & WRITABLE != 0) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok((bits, flags | libc::O_CLOEXEC))
}

/// Opens `file` (a path or a descriptor) into a fresh FileIO.
fn open(
    py: &Py,
    v: &Val,
    file: &Val,
    mode: &str,
    closefd: bool,
    opener: Option<&Val>,
) -> PyResult<()> {
    let f = this(v);
    if crate::builtins::float::view(file).is_some() {
        return Err(py.type_error("integer argument expected, got float"));
    }
    let given = match int::view(file) {
        Some(n) => match n.to_i64().and_then(|n| i32::try_from(n).ok()) {
            Some(n) if n < 0 => return Err(py.value_error("negative file descriptor")),
            Some(n) => Some(n),
            None => return Err(py.overflow_error("Python int too large to convert to C int")),
        },
        None => None,
    };
    let (bits, flags) = parse_mode(py, mode)?;
    let fd = match given {
        Some(fd) => fd,
        None => {
            if !closefd {
                return Err(py.value_error("Cannot use closefd=False with file name"));
            }
            match opener {
                None => {
                    let p = path::fs_path(py, file)?;
                    // SAFETY: the path is terminated and outlives the call.
                    let r = sys_call(py, || unsafe {
                        libc::open(p.as_ptr(), flags, 0o666) as isize
                    })?;
                    r.map_err(|e| os_error(py, e, Some(file)))? as i32
                }
                Some(opener) => {
                    let r = ops::call2(py, opener, file, &py.int(flags as i64))?;
                    let Some(n) = int::view(&r) else {
                        return Err(py.type_error("expected integer from opener"));
                    };
                    match n.to_i64().and_then(|n| i32::try_from(n).ok()) {
                        Some(n) if n >= 0 => {
                            // SAFETY: plain system call on a number.
                            unsafe { libc::ioctl(n, libc::FIOCLEX) };
                            n
                        }
                        Some(n) => return Err(py.value_error(format!("opener returned {n}"))),
                        None => {
                            return Err(
                                py.overflow_error("Python int too large to convert to C int")
                            );
                        }
                    }
                }
            }
        }
    };
    f.mode
        .store(bits | if closefd { CLOSEFD } else { 0 }, Ordering::Relaxed);
    f.seekable.store(-1, Ordering::Relaxed);
    f.fd.store(fd, Ordering::Relaxed);
    let checked = check_opened(py, v, fd, file);
    if checked.is_err() {
        if given.is_some() {
            // The descriptor stays the caller's.
            f.fd.store(-1, Ordering::Relaxed);
        } else {
            close_fd(py, f)?;
        }
    }
    checked
}

fn check_opened(py: &Py, v: &Val, fd: i32, file: &Val) -> PyResult<()> {
    let f = this(v);
    // SAFETY: a zeroed stat is a valid place for the result.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the place is valid for the call.
    if unsafe { libc::fstat(fd, &mut st) } == 0 {
        if st.st_mode & libc::S_IFMT == libc::S_IFDIR {
            return Err(os_error(py, libc::EISDIR, Some(file)));
        }
        if st.st_blksize > 1 {
            f.blksize.store(
                i32::try_from(st.st_blksize).unwrap_or(i32::MAX),
                Ordering::Relaxed,
            );
        }
    } else if super::util::errno() == libc::EBADF {
        return Err(os_error(py, libc::EBADF, None));
    }
    set_own(py, v, "name", file.to_obj());
    if f.has(APPENDING) {
        // As in CPython, a stream that cannot seek is no error here.
        if let Err(e) = seek(py, v, fd, 0, 2)
            && !e.is(&exc::OS_ERROR)
        {
            return Err(e);
        }
    }
    Ok(())
}

/// A FileIO of a path or descriptor.
pub fn open_new(
    py: &Py,
    file: &Val,
    mode: &str,
    closefd: bool,
    opener: Option<&Val>,
) -> PyResult<Obj> {
    let v = new(py, FILE_IO.ty(), Args::pos(&[]))?;
    open(py, &v, file, mode, closefd, opener)?;
    Ok(v)
}

fn close_fd(py: &Py, f: &FileIoObj) -> PyResult<()> {
    let fd = f.fd.swap(-1, Ordering::Relaxed);
    if fd < 0 {
        return Ok(());
    }
    // Not repeated when interrupted: the descriptor is gone then.
    // SAFETY: plain system call on a number.
    let (r, e) = py.detached(|| (unsafe { libc::close(fd) }, super::util::errno()));
    if r < 0 && e != libc::EINTR {
        return Err(fail(py, e));
    }
    Ok(())
}

/// `close()`.
pub fn close(py: &Py, v: &Val) -> PyResult<Obj> {
    let f = this(v);
    let first = base::close(py, v);
    if !f.has(CLOSEFD) {
        f.fd.store(-1, Ordering::Relaxed);
        return first;
    }
    then(first, || close_fd(py, f).map(|()| py.none()))
}

fn finalize(py: &Py, v: &Val) {
    if this(v).fd() < 0 {
        return;
    }
    warn_unclosed(py, v, v);
    if let Err(e) = call(py, v, "close", &[]) {
        py.write_unraisable(e, v);
    }
}

/// ResourceWarning for a file that was not closed.
pub fn warn_unclosed(py: &Py, v: &Val, source: &Val) {
    let f = this(v);
    if f.fd() < 0 || !f.has(CLOSEFD) {
        return;
    }
    let text = ops::repr_text(py, source).unwrap_or_else(|_| "<file>".to_string());
    if let Err(e) = crate::stdlib::warnings::warn(
        py,
        &exc::RESOURCE_WARNING,
        &format!("unclosed file {text}"),
        1,
    ) && e.is(&exc::WARNING)
    {
        py.write_unraisable(e, v);
    }
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let f = this(v);
    let ty = v.ty().full_name();
    let ty = if v.ty().has(tf::HEAP) {
        v.ty().name().into_owned()
    } else {
        ty
    };
    if f.fd() < 0 {
        return Ok(py.str(&format!("<{ty} [closed]>")));
    }
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Err(py.runtime_error(format!("reentrant call inside {ty}.__repr__")));
    };
    let name = match name_text(py, v)? {
        Some(n) => format!("name={n}"),
        None => format!("fd={}", f.fd()),
    };
    let closefd = if f.has(CLOSEFD) { "True" } else { "False" };
    Ok(py.str(&format!(
        "<{ty} {name} mode='{}' closefd={closefd}>",
        f.mode_text()
    )))
}

/// Reads once. `None` if it would block.
pub fn read_into(py: &Py, v: &Val, out: &mut [u8]) -> PyResult<Option<usize>> {
    let fd = open_for(py, v, READABLE, "reading")?;
    let (p, n) = (out.as_mut_ptr(), out.len());
    // SAFETY: the memory is valid for `n` bytes while `out` is borrowed.
    match sys_call(py, || unsafe { libc::read(fd, p.cast(), n) })? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(fail(py, e)),
    }
}

/// Writes once. `None` if it would block.
pub fn write_bytes(py: &Py, v: &Val, data: &[u8]) -> PyResult<Option<usize>> {
    let fd = open_for(py, v, WRITABLE, "writing")?;
    let (p, n) = (data.as_ptr(), data.len().min(isize::MAX as usize));
    // SAFETY: the memory is valid for `n` bytes while `data` is borrowed.
    match sys_call(py, || unsafe { libc::write(fd, p.cast(), n) })? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(fail(py, e)),
    }
}

fn read(py: &Py, a: &[Val]) -> PyResult<Obj> {
    open_for(py, &a[0], READABLE, "reading")?;
    let Some(n) = size(py, &a[1])? else {
        return call(py, &a[0], "readall", &[]);
    };
    let mut out = super::util::zeroed(py, n)?;
    Ok(read_into(py, &a[0], &mut out)?.map_or_else(|| py.none(), |k| bytes::new(py, &out[..k])))
}

/// Everything up to the end. `None` if nothing can be read without blocking.
pub fn read_all(py: &Py, v: &Val) -> PyResult<Option<Vec<u8>>> {
    let fd = open_fd(py, v)?;
    let mut all = super::util::zeroed(py, expected_size(fd).min(1 << 40) + 1)?;
    let mut n = 0;
    loop {
        if n == all.len() {
            let more = (all.len() / 2).max(64 << 10);
            if all.try_reserve(more).is_err() {
                return Err(py.memory_error());
            }
            all.resize(all.len() + more, 0);
        }
        match read_into(py, v, &mut all[n..])? {
            Some(0) => break,
            Some(k) => n += k,
            None if n == 0 => return Ok(None),
            None => break,
        }
    }
    all.truncate(n);
    Ok(Some(all))
}

/// Bytes between the position and the end of a regular file, 0 if unknown.
fn expected_size(fd: i32) -> usize {
    // SAFETY: plain system calls with a valid place for the result.
    unsafe {
        let mut st: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &mut st) != 0 {
            return 0;
        }
        let at = libc::lseek(fd, 0, libc::SEEK_CUR);
        if at < 0 {
            0
        } else {
            usize::try_from(st.st_size - at).unwrap_or(0)
        }
    }
}

fn seek(py: &Py, v: &Val, fd: i32, to: i64, whence: i64) -> PyResult<i64> {
    let Ok(whence) = i32::try_from(whence) else {
        return Err(py.overflow_error("Python int too large to convert to C int"));
    };
    // SAFETY: plain system call on numbers.
    let (r, e) = py.detached(|| (unsafe { libc::lseek(fd, to, whence) }, super::util::errno()));
    let f = this(v);
    if f.seekable.load(Ordering::Relaxed) < 0 {
        f.seekable.store((r >= 0) as i8, Ordering::Relaxed);
    }
    if r < 0 { Err(fail(py, e)) } else { Ok(r) }
}

/// `lseek` on an open FileIO.
pub fn seek_to(py: &Py, v: &Val, to: i64, whence: i64) -> PyResult<i64> {
    let fd = open_fd(py, v)?;
    seek(py, v, fd, to, whence)
}

fn truncate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let fd = open_for(py, &a[0], WRITABLE, "writing")?;
    let n = match a[1].not_none() {
        Some(n) => offset(py, n)?,
        None => seek(py, &a[0], fd, 0, 1)?,
    };
    // SAFETY: plain system call on numbers.
    sys_call(py, || unsafe { libc::ftruncate(fd, n) as isize })?.map_err(|e| fail(py, e))?;
    Ok(py.int(n))
}

/// Whether the descriptor is a terminal.
pub fn is_tty(py: &Py, v: &Val) -> PyResult<bool> {
    let fd = open_fd(py, v)?;
    // SAFETY: plain system call on a number.
    Ok(unsafe { libc::isatty(fd) } == 1)
}

/// The preferred size of transfers of any raw stream.
pub fn block_size(py: &Py, raw: &Val) -> PyResult<usize> {
    match raw.get::<FileIoObj>() {
        Some(f) => Ok(usize::try_from(f.blksize.load(Ordering::Relaxed)).unwrap_or(0)),
        None => match ops::getattr_opt(py, raw, &crate::builtins::str::intern(py, "_blksize"))? {
            Some(n) => Ok(usize::try_from(ops::to_i64(py, &n)?).unwrap_or(0)),
            None => Ok(0),
        },
    }
}

/// `raw.name`, for streams around it.
pub fn name_of(py: &Py, raw: &Val) -> PyResult<Obj> {
    match ops::getattr_opt(py, raw, &names::name)? {
        Some(n) => Ok(n),
        None => attr(py, raw, "name"),
    }
}
