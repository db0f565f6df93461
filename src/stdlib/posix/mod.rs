//! `posix`: the system calls behind `os`.
//!
//! - `path`: path arguments. `stat`, `files`, `dir`: the file system. `process`: processes and signals to them.
//! - `info`: users, times, limits, the environment. `consts`: numbers. `subprocess`: `_posixsubprocess`.

pub mod consts;
pub mod dir;
pub mod files;
pub mod info;
pub mod path;
pub mod process;
pub mod stat;
pub mod subprocess;

use super::ModuleInit;
use crate::builtins::exceptions::os_error;
use crate::builtins::{int, list};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::io::util::sys_call;
use crate::thread::Py;
use path::Path;

pub use path::c_int;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "posix");
    m.doc("This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard.");
    m.add("error", crate::builtins::exceptions::OS_ERROR.obj());
    consts::init(&mut m);
    stat::init(&mut m);
    files::init(&mut m);
    dir::init(&mut m);
    process::init(&mut m);
    info::init(&mut m);
    let have = FUNCTIONS.iter().map(|f| py.str(f)).collect();
    m.add("_have_functions", list::new(py, have));
    m.finish()
}

/// What the system has, in the names that `os` asks for.
const FUNCTIONS: &[&str] = &[
    "HAVE_FACCESSAT",
    "HAVE_FCHDIR",
    "HAVE_FCHMOD",
    "HAVE_FCHMODAT",
    "HAVE_FCHOWN",
    "HAVE_FCHOWNAT",
    "HAVE_FDOPENDIR",
    "HAVE_FEXECVE",
    "HAVE_FPATHCONF",
    "HAVE_FSTATAT",
    "HAVE_FSTATVFS",
    "HAVE_FTRUNCATE",
    "HAVE_FUTIMENS",
    "HAVE_LCHOWN",
    "HAVE_LINKAT",
    "HAVE_LSTAT",
    "HAVE_MEMFD_CREATE",
    "HAVE_MKDIRAT",
    "HAVE_MKFIFOAT",
    "HAVE_MKNODAT",
    "HAVE_OPENAT",
    "HAVE_READLINKAT",
    "HAVE_RENAMEAT",
    "HAVE_SYMLINKAT",
    "HAVE_UNLINKAT",
    "HAVE_UTIMENSAT",
];

/// A system call without a path: its result, or OSError.
pub fn check(py: &Py, f: impl FnMut() -> isize) -> PyResult<isize> {
    sys_call(py, f)?.map_err(|e| os_error(py, e, None))
}

/// As `check`; the error names the path.
pub fn check_path(py: &Py, p: &Path, f: impl FnMut() -> isize) -> PyResult<isize> {
    sys_call(py, f)?.map_err(|e| p.error(py, e))
}

/// None for success.
pub fn none(py: &Py, r: PyResult<isize>) -> PyResult<Obj> {
    r.map(|_| py.none())
}

/// The argument `dir_fd`.
pub fn at_dir(py: &Py, v: &Val) -> PyResult<i32> {
    let Some(v) = v.not_none() else {
        return Ok(libc::AT_FDCWD);
    };
    if !ops::number::has_index(v) {
        return Err(py.type_error(format!(
            "argument should be integer or None, not {}",
            v.ty().name()
        )));
    }
    c_int(py, v)
}

/// The argument `follow_symlinks`.
pub fn follow(py: &Py, v: &Val) -> PyResult<bool> {
    v.given().map_or(Ok(true), |v| ops::truth(py, v))
}

/// A descriptor, or the one of an object with `fileno()`.
pub fn file_descriptor(py: &Py, v: &Val) -> PyResult<i32> {
    if int::view(v).is_some() {
        let fd = c_int(py, v)?;
        if fd < 0 {
            return Err(py.value_error(format!(
                "file descriptor cannot be a negative integer ({fd})"
            )));
        }
        return Ok(fd);
    }
    let Some(f) = ops::getattr_opt(py, v, &crate::builtins::str::intern(py, "fileno"))? else {
        return Err(py.type_error("argument must be an int, or have a fileno() method."));
    };
    let r = ops::call0(py, &f)?;
    if int::view(&r).is_none() {
        return Err(py.type_error("fileno() returned a non-integer"));
    }
    let fd = c_int(py, &r)?;
    if fd < 0 {
        return Err(py.value_error(format!(
            "file descriptor cannot be a negative integer ({fd})"
        )));
    }
    Ok(fd)
}

/// A user or group id; -1 means "no change".
pub fn id_arg(py: &Py, v: &Val) -> PyResult<u32> {
    if !ops::number::has_index(v) {
        return Err(py.type_error(format!("uid should be integer, not {}", v.ty().name())));
    }
    match ops::to_i64(py, &*ops::index(py, v)?)? {
        -1 => Ok(u32::MAX),
        n if n < 0 => Err(py.overflow_error("uid is less than minimum")),
        n => u32::try_from(n).map_err(|_| py.overflow_error("uid is greater than maximum")),
    }
}
