//! `fcntl`: control of descriptors, and locks of files.

use super::ModuleInit;
use crate::builtins::str::StrObj;
use crate::builtins::{bytes, int};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::object::{buffer, ops};
use crate::stdlib::posix::{c_int, check, file_descriptor, none};
use crate::thread::Py;

macro_rules! table {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

const CONSTANTS: &[(&str, i64)] = table! {
    LOCK_SH LOCK_EX LOCK_NB LOCK_UN F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_GETOWN
    F_SETOWN F_RDLCK F_WRLCK F_UNLCK FD_CLOEXEC F_SETLEASE F_GETLEASE F_NOTIFY F_ADD_SEALS F_GET_SEALS F_SEAL_SEAL
    F_SEAL_SHRINK F_SEAL_GROW F_SEAL_WRITE F_GETPIPE_SZ F_SETPIPE_SZ F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW
};

/// Largest argument that is passed through a copy.
const COPY: usize = 1024;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "fcntl");
    m.doc("This module performs file control and I/O control on file\ndescriptors.");
    for (name, n) in CONSTANTS {
        m.int(name, *n);
    }
    m.int("FASYNC", i64::from(libc::O_ASYNC));
    m.int("FICLONE", 0x4004_9409);
    m.function("fcntl", "($module, fd, cmd, arg=0, /)", Bound(fcntl));
    m.function(
        "ioctl",
        "($module, fd, request, arg=0, mutate_flag=True, /)",
        Bound(ioctl),
    );
    m.function(
        "flock",
        "($module, fd, operation, /)",
        Bound(|py, a| {
            let (fd, op) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            none(py, check(py, || unsafe { libc::flock(fd, op) as isize }))
        }),
    );
    m.function(
        "lockf",
        "($module, fd, cmd, len=0, start=0, whence=0, /)",
        Bound(|py, a| {
            let (fd, code) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
            let number = |v: &Val| v.given().map_or(Ok(0), |v| ops::to_i64(py, v));
            let kind = if code == libc::LOCK_UN {
                libc::F_UNLCK
            } else if code & libc::LOCK_SH != 0 {
                libc::F_RDLCK
            } else if code & libc::LOCK_EX != 0 {
                libc::F_WRLCK
            } else {
                return Err(py.value_error("unrecognized lockf argument"));
            };
            // SAFETY: all-zero is a valid value of the plain struct.
            let mut l: libc::flock = unsafe { std::mem::zeroed() };
            l.l_type = kind as libc::c_short;
            l.l_len = number(&a[2])?;
            l.l_start = number(&a[3])?;
            l.l_whence = number(&a[4])? as libc::c_short;
            let cmd = if code & libc::LOCK_NB != 0 {
                libc::F_SETLK
            } else {
                libc::F_SETLKW
            };
            // SAFETY: the struct is valid for the call.
            none(
                py,
                check(py, || unsafe { libc::fcntl(fd, cmd, &l) as isize }),
            )
        }),
    );
    m.finish()
}

/// The bytes of an argument that is not a number.
fn data(py: &Py, v: &Val) -> PyResult<Option<Vec<u8>>> {
    if let Some(s) = v.get::<StrObj>() {
        return Ok(Some(s.lossy().as_bytes().to_vec()));
    }
    Ok(buffer::bytes_like(py, v)?.map(|b| b.to_vec()))
}

/// A number argument, of 32 bits with or without sign.
fn number(py: &Py, v: &Val) -> PyResult<libc::c_long> {
    match v.given() {
        None => Ok(0),
        Some(v) => Ok(ops::to_i64(py, &*ops::index(py, v)?)? as i32 as libc::c_long),
    }
}

fn fcntl(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (fd, cmd) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
    if let Some(v) = a[2].given()
        && int::view(v).is_none()
        && let Some(d) = data(py, v)?
    {
        if d.len() > COPY {
            return Err(py.value_error("fcntl argument 3 is too long"));
        }
        let mut buf = [0u8; COPY];
        buf[..d.len()].copy_from_slice(&d);
        // SAFETY: the buffer is larger than any struct that the call knows.
        check(py, || unsafe {
            libc::fcntl(fd, cmd, buf.as_mut_ptr()) as isize
        })?;
        return Ok(bytes::new(py, &buf[..d.len()]));
    }
    let n = number(py, &a[2])?;
    // SAFETY: a command with a number.
    Ok(py.int(check(py, || unsafe { libc::fcntl(fd, cmd, n) as isize })? as i64))
}

fn ioctl(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let fd = file_descriptor(py, &a[0])?;
    let request = ops::to_i64(py, &a[1])? as libc::c_ulong;
    if let Some(v) = a[2].given()
        && int::view(v).is_none()
        && let Some(d) = data(py, v)?
    {
        let mut buf = [0u8; COPY];
        if d.len() > COPY {
            return Err(py.value_error("ioctl argument 3 is too long"));
        }
        buf[..d.len()].copy_from_slice(&d);
        // SAFETY: the buffer is larger than the structs of usual requests, whose sizes are the caller's business as in C.
        let r = check(py, || unsafe {
            libc::ioctl(fd, request, buf.as_mut_ptr()) as isize
        })?;
        let mutate = a[3].given().map_or(Ok(true), |f| ops::truth(py, f))?;
        let writable =
            v.get::<StrObj>().is_none() && buffer::get(py, v, false).is_ok_and(|b| !b.readonly);
        if mutate && writable {
            let mut out = buffer::get(py, v, true)?;
            let n = out.len.min(d.len());
            out.as_mut_slice()[..n].copy_from_slice(&buf[..n]);
            return Ok(py.int(r as i64));
        }
        return Ok(bytes::new(py, &buf[..d.len()]));
    }
    let n = number(py, &a[2])?;
    // SAFETY: a request with a number.
    Ok(py.int(check(py, || unsafe { libc::ioctl(fd, request, n) as isize })? as i64))
}
