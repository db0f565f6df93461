//! `stat` and its relatives, and what they return.

use super::path::{self, Path};
use super::{at_dir, check, follow};
use crate::builtins::int;
use crate::builtins::structseq::SeqDef;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::Obj;
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::sys_call;
use crate::thread::Py;
use num_bigint::BigInt;

/// `os.stat_result`
pub static STAT_RESULT: SeqDef = SeqDef::new(
    "os.stat_result",
    "stat_result: Result from stat, fstat, or lstat.",
    &[
        "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "", "", "",
    ],
    &[
        "st_atime",
        "st_mtime",
        "st_ctime",
        "st_atime_ns",
        "st_mtime_ns",
        "st_ctime_ns",
        "st_blksize",
        "st_blocks",
        "st_rdev",
    ],
);

/// `os.statvfs_result`
pub static STATVFS_RESULT: SeqDef = SeqDef::new(
    "os.statvfs_result",
    "statvfs_result: Result from statvfs or fstatvfs.",
    &[
        "f_bsize",
        "f_frsize",
        "f_blocks",
        "f_bfree",
        "f_bavail",
        "f_files",
        "f_ffree",
        "f_favail",
        "f_flag",
        "f_namemax",
    ],
    &["f_fsid"],
);

pub fn init(m: &mut ModuleInit) {
    m.add("stat_result", STAT_RESULT.obj())
        .add("statvfs_result", STATVFS_RESULT.obj());
    m.function(
        "stat",
        "($module, /, path, *, dir_fd=None, follow_symlinks=True)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "stat", "path", true, false)?;
            let follow = follow(py, &a[2])?;
            do_stat(py, &p, at_dir(py, &a[1])?, follow, "stat")
        }),
    );
    m.function(
        "lstat",
        "($module, /, path, *, dir_fd=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "lstat", "path", false, false)?;
            do_stat(py, &p, at_dir(py, &a[1])?, false, "lstat")
        }),
    );
    m.function(
        "fstat",
        "($module, /, fd)",
        Bound(|py, a| {
            let fd = path::fd_of(py, &a[0])?;
            let mut st = zeroed();
            check(py, || {
                // SAFETY: a valid place for the result.
                unsafe { libc::fstat(fd, &mut st) as isize }
            })?;
            Ok(stat_object(py, &st))
        }),
    );
    m.function(
        "statvfs",
        "($module, /, path)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "statvfs", "path", true, false)?;
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut st: libc::statvfs = unsafe { std::mem::zeroed() };
            // SAFETY: the path is terminated; the place is valid.
            let r = sys_call(py, || unsafe {
                (match p.fd() {
                    Some(fd) => libc::fstatvfs(fd, &mut st),
                    None => libc::statvfs(p.c().as_ptr(), &mut st),
                }) as isize
            })?;
            r.map_err(|e| p.error(py, e))?;
            Ok(statvfs_object(py, &st))
        }),
    );
    m.function(
        "fstatvfs",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = path::fd_of(py, &a[0])?;
            // SAFETY: as above.
            let mut st: libc::statvfs = unsafe { std::mem::zeroed() };
            check(py, || {
                // SAFETY: a valid place for the result.
                unsafe { libc::fstatvfs(fd, &mut st) as isize }
            })?;
            Ok(statvfs_object(py, &st))
        }),
    );
}

/// An empty place for a result.
pub fn zeroed() -> libc::stat {
    // SAFETY: all-zero is a valid value of the plain struct.
    unsafe { std::mem::zeroed() }
}

fn do_stat(py: &Py, p: &Path, dir: i32, follow: bool, func: &str) -> PyResult<Obj> {
    if p.fd().is_some() && dir != libc::AT_FDCWD {
        return Err(py.value_error(format!(
            "{func}: can't specify dir_fd without matching path"
        )));
    }
    if p.fd().is_some() && !follow {
        return Err(py.value_error(format!(
            "{func}: cannot use fd and follow_symlinks together"
        )));
    }
    let mut st = zeroed();
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path is terminated; the place is valid.
    let r = sys_call(py, || unsafe {
        (match p.fd() {
            Some(fd) => libc::fstat(fd, &mut st),
            None => libc::fstatat(dir, p.c().as_ptr(), &mut st, flags),
        }) as isize
    })?;
    r.map_err(|e| p.error(py, e))?;
    Ok(stat_object(py, &st))
}

/// The Python form of a result.
pub fn stat_object(py: &Py, st: &libc::stat) -> Obj {
    let times = [
        (st.st_atime, st.st_atime_nsec),
        (st.st_mtime, st.st_mtime_nsec),
        (st.st_ctime, st.st_ctime_nsec),
    ];
    let mut v: Vec<Obj> = vec![
        py.int(i64::from(st.st_mode)),
        int::from_u64(py, st.st_ino),
        int::from_u64(py, st.st_dev),
        int::from_u64(py, st.st_nlink as u64),
        py.int(i64::from(st.st_uid)),
        py.int(i64::from(st.st_gid)),
        py.int(st.st_size),
    ];
    v.extend(times.iter().map(|t| py.int(t.0)));
    v.extend(
        times
            .iter()
            .map(|t| py.float(t.0 as f64 + 1e-9 * t.1 as f64)),
    );
    v.extend(times.iter().map(|t| {
        match t
            .0
            .checked_mul(1_000_000_000)
            .and_then(|n| n.checked_add(t.1))
        {
            Some(n) => py.int(n),
            None => int::from_big(py, BigInt::from(t.0) * 1_000_000_000 + t.1),
        }
    }));
    v.push(py.int(st.st_blksize as i64));
    v.push(py.int(st.st_blocks));
    v.push(int::from_u64(py, st.st_rdev));
    STAT_RESULT.make(py, v)
}

fn statvfs_object(py: &Py, st: &libc::statvfs) -> Obj {
    let all = [
        st.f_bsize,
        st.f_frsize,
        st.f_blocks,
        st.f_bfree,
        st.f_bavail,
        st.f_files,
        st.f_ffree,
        st.f_favail,
        st.f_flag,
        st.f_namemax,
        st.f_fsid,
    ];
    STATVFS_RESULT.make(py, all.iter().map(|&n| int::from_u64(py, n)).collect())
}
