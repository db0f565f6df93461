//! Descriptors, and operations on paths other than `stat` and listing.

use super::path::{self, Path};
use super::{at_dir, c_int, check, check_path, follow, none};
use crate::builtins::exceptions::os_error2;
use crate::builtins::tuple::{self, TupleObj};
use crate::builtins::{bytes, int};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::{input, output, sys_call, zeroed};
use crate::thread::Py;

pub fn init(m: &mut ModuleInit) {
    descriptors(m);
    transfers(m);
    paths(m);
    names(m);
    times(m);
}

fn descriptors(m: &mut ModuleInit) {
    m.function(
        "open",
        "($module, /, path, flags, mode=0o777, *, dir_fd=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "open", "path", false, false)?;
            let flags = c_int(py, &a[1])? | libc::O_CLOEXEC;
            let mode = a[2].given().map_or(Ok(0o777), |m| c_int(py, m))?;
            let dir = at_dir(py, &a[3])?;
            // SAFETY: the path is terminated.
            let fd = check_path(py, &p, || unsafe {
                libc::openat(dir, p.c().as_ptr(), flags, mode as libc::c_uint) as isize
            })?;
            Ok(py.int(fd as i64))
        }),
    );
    m.function(
        "close",
        "($module, /, fd)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // Not repeated when interrupted: the descriptor is gone then.
            // SAFETY: plain system call on a number.
            let (r, e) =
                py.detached(|| (unsafe { libc::close(fd) }, crate::stdlib::io::util::errno()));
            if r < 0 && e != libc::EINTR {
                return Err(crate::builtins::exceptions::os_error(py, e, None));
            }
            Ok(py.none())
        }),
    );
    m.function(
        "closerange",
        "($module, fd_low, fd_high, /)",
        Bound(|py, a| {
            let (low, high) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            if low < high {
                close_range(low.max(0), high - 1);
            }
            Ok(py.none())
        }),
    );
    m.function(
        "dup",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on numbers.
            Ok(py.int(check(py, || unsafe {
                libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) as isize
            })? as i64))
        }),
    );
    m.function(
        "dup2",
        "($module, /, fd, fd2, inheritable=True)",
        Bound(|py, a| {
            let (fd, to) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            let inherit = a[2].given().map_or(Ok(true), |i| ops::truth(py, i))?;
            if fd < 0 || to < 0 {
                return Err(crate::builtins::exceptions::os_error(py, libc::EBADF, None));
            }
            let flags = if inherit { 0 } else { libc::O_CLOEXEC };
            // SAFETY: plain system calls on numbers.
            check(py, || unsafe {
                (if fd == to || inherit {
                    libc::dup2(fd, to)
                } else {
                    libc::dup3(fd, to, flags)
                }) as isize
            })?;
            Ok(py.int(to as i64))
        }),
    );
    m.function(
        "pipe",
        "($module, /)",
        Bound(|py, _| pipe(py, libc::O_CLOEXEC)),
    );
    m.function(
        "pipe2",
        "($module, flags, /)",
        Bound(|py, a| pipe(py, c_int(py, &a[0])?)),
    );
    m.function(
        "isatty",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.bool(unsafe { libc::isatty(fd) } == 1))
        }),
    );
    m.function(
        "get_inheritable",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            let f = check(py, || unsafe { libc::fcntl(fd, libc::F_GETFD) as isize })?;
            Ok(py.bool(f & libc::FD_CLOEXEC as isize == 0))
        }),
    );
    m.function(
        "set_inheritable",
        "($module, fd, inheritable, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let request = if ops::truth(py, &a[1])? {
                libc::FIONCLEX
            } else {
                libc::FIOCLEX
            };
            // SAFETY: a request without argument.
            check(py, || unsafe { libc::ioctl(fd, request) as isize })?;
            Ok(py.none())
        }),
    );
    m.function(
        "get_blocking",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            let f = check(py, || unsafe { libc::fcntl(fd, libc::F_GETFL) as isize })?;
            Ok(py.bool(f & libc::O_NONBLOCK as isize == 0))
        }),
    );
    m.function(
        "set_blocking",
        "($module, fd, blocking, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let blocking = ops::truth(py, &a[1])?;
            // SAFETY: plain system calls on numbers.
            let f = check(py, || unsafe { libc::fcntl(fd, libc::F_GETFL) as isize })? as i32;
            let f = if blocking {
                f & !libc::O_NONBLOCK
            } else {
                f | libc::O_NONBLOCK
            };
            // SAFETY: as above.
            check(py, || unsafe { libc::fcntl(fd, libc::F_SETFL, f) as isize })?;
            Ok(py.none())
        }),
    );
    m.function("fsync", "($module, /, fd)", Bound(fsync));
    m.function("fdatasync", "($module, /, fd)", Bound(fdatasync));
    m.function(
        "sync",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: plain system call.
            py.detached(|| unsafe { libc::sync() });
            Ok(py.none())
        }),
    );
    m.function(
        "ftruncate",
        "($module, fd, length, /)",
        Bound(|py, a| {
            let (fd, n) = (c_int(py, &a[0])?, ops::to_i64(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            none(py, check(py, || unsafe { libc::ftruncate(fd, n) as isize }))
        }),
    );
    m.function(
        "lockf",
        "($module, fd, command, length, /)",
        Bound(|py, a| {
            let (fd, cmd, n) = (
                c_int(py, &a[0])?,
                c_int(py, &a[1])?,
                ops::to_i64(py, &a[2])?,
            );
            // SAFETY: plain system call on numbers.
            none(
                py,
                check(py, || unsafe { libc::lockf(fd, cmd, n) as isize }),
            )
        }),
    );
    m.function(
        "ttyname",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let mut buf = [0u8; 256];
            // SAFETY: the buffer is valid for its length.
            let e = unsafe { libc::ttyname_r(fd, buf.as_mut_ptr().cast(), buf.len()) };
            if e != 0 {
                return Err(crate::builtins::exceptions::os_error(py, e, None));
            }
            let n = buf.iter().position(|&c| c == 0).unwrap_or(0);
            Ok(path::decode(py, &buf[..n]))
        }),
    );
    m.function(
        "openpty",
        "($module, /)",
        Bound(|py, _| {
            let (mut a, mut b) = (0, 0);
            // SAFETY: valid places for the two descriptors, no name or settings.
            check(py, || unsafe {
                libc::openpty(
                    &mut a,
                    &mut b,
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                ) as isize
            })?;
            Ok(tuple::new(py, vec![py.int(a as i64), py.int(b as i64)]))
        }),
    );
}

fn fsync(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let fd = super::file_descriptor(py, &a[0])?;
    // SAFETY: plain system call on a number.
    none(py, check(py, || unsafe { libc::fsync(fd) as isize }))
}

fn fdatasync(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let fd = super::file_descriptor(py, &a[0])?;
    // SAFETY: plain system call on a number.
    none(py, check(py, || unsafe { libc::fdatasync(fd) as isize }))
}

/// Closes descriptors, errors ignored. Allocates nothing: also used between fork and exec.
pub fn close_range(low: i32, high: i32) {
    if low > high {
        return;
    }
    // SAFETY: plain system calls on numbers.
    unsafe {
        if libc::syscall(
            libc::SYS_close_range,
            low as libc::c_uint,
            high as libc::c_uint,
            0,
        ) == 0
        {
            return;
        }
        let max = libc::sysconf(libc::_SC_OPEN_MAX);
        let high = if max > 0 {
            high.min(i32::try_from(max).unwrap_or(i32::MAX))
        } else {
            high.min(65_536)
        };
        for fd in low..=high {
            libc::close(fd);
        }
    }
}

fn pipe(py: &Py, flags: i32) -> PyResult<Obj> {
    let mut fds = [0; 2];
    // SAFETY: room for the two descriptors.
    check(py, || unsafe {
        libc::pipe2(fds.as_mut_ptr(), flags) as isize
    })?;
    Ok(tuple::new(
        py,
        vec![py.int(fds[0] as i64), py.int(fds[1] as i64)],
    ))
}

fn length(py: &Py, v: &Val) -> PyResult<usize> {
    let n = ops::to_isize(py, v)?;
    usize::try_from(n).map_err(|_| crate::builtins::exceptions::os_error(py, libc::EINVAL, None))
}

fn transfers(m: &mut ModuleInit) {
    m.function(
        "read",
        "($module, /, fd, length)",
        Bound(|py, a| {
            let (fd, n) = (c_int(py, &a[0])?, length(py, &a[1])?);
            let mut out = zeroed(py, n)?;
            // SAFETY: the memory is valid for `n` bytes.
            let k = check(py, || unsafe { libc::read(fd, out.as_mut_ptr().cast(), n) })?;
            Ok(bytes::new(py, &out[..k as usize]))
        }),
    );
    m.function(
        "readinto",
        "($module, fd, buffer, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let mut out = output(py, &a[1], "readinto")?;
            let o = out.as_mut_slice();
            let (p, n) = (o.as_mut_ptr(), o.len());
            // SAFETY: the buffer is exported while `out` lives.
            Ok(py.int(check(py, || unsafe { libc::read(fd, p.cast(), n) })? as i64))
        }),
    );
    m.function(
        "write",
        "($module, fd, data, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let data = input(py, &a[1])?;
            let b = data.as_slice();
            // SAFETY: the memory is valid while `data` lives.
            Ok(py.int(check(py, || unsafe {
                libc::write(fd, b.as_ptr().cast(), b.len())
            })? as i64))
        }),
    );
    m.function(
        "pread",
        "($module, fd, length, offset, /)",
        Bound(|py, a| {
            let (fd, n, at) = (
                c_int(py, &a[0])?,
                length(py, &a[1])?,
                ops::to_i64(py, &a[2])?,
            );
            let mut out = zeroed(py, n)?;
            // SAFETY: the memory is valid for `n` bytes.
            let k = check(py, || unsafe {
                libc::pread(fd, out.as_mut_ptr().cast(), n, at)
            })?;
            Ok(bytes::new(py, &out[..k as usize]))
        }),
    );
    m.function(
        "pwrite",
        "($module, fd, buffer, offset, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let data = input(py, &a[1])?;
            let at = ops::to_i64(py, &a[2])?;
            let b = data.as_slice();
            // SAFETY: the memory is valid while `data` lives.
            Ok(py.int(check(py, || unsafe {
                libc::pwrite(fd, b.as_ptr().cast(), b.len(), at)
            })? as i64))
        }),
    );
    m.function(
        "writev",
        "($module, fd, buffers, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            let mut all = Vec::new();
            for b in ops::collect(py, &a[1])? {
                all.push(input(py, &b)?);
            }
            let iov: Vec<libc::iovec> = all
                .iter()
                .map(|b| libc::iovec {
                    iov_base: b.ptr.cast(),
                    iov_len: b.len,
                })
                .collect();
            // SAFETY: the vectors point to buffers that live as long as `all`.
            Ok(py.int(check(py, || unsafe {
                libc::writev(fd, iov.as_ptr(), iov.len() as i32)
            })? as i64))
        }),
    );
    m.function(
        "lseek",
        "($module, fd, position, whence, /)",
        Bound(|py, a| {
            let (fd, at, whence) = (
                c_int(py, &a[0])?,
                ops::to_i64(py, &a[1])?,
                c_int(py, &a[2])?,
            );
            // SAFETY: plain system call on numbers.
            Ok(py.int(check(py, || unsafe { libc::lseek(fd, at, whence) as isize })? as i64))
        }),
    );
    m.function(
        "sendfile",
        "($module, /, out_fd, in_fd, offset, count)",
        Bound(|py, a| {
            let (out, inp, n) = (c_int(py, &a[0])?, c_int(py, &a[1])?, length(py, &a[3])?);
            let mut at = match a[2].not_none() {
                Some(v) => Some(ops::to_i64(py, v)?),
                None => None,
            };
            // SAFETY: the offset, if any, is a valid place.
            let k = check(py, || unsafe {
                libc::sendfile(
                    out,
                    inp,
                    at.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut),
                    n,
                )
            })?;
            Ok(py.int(k as i64))
        }),
    );
    m.function(
        "copy_file_range",
        "($module, /, src, dst, count, offset_src=None, offset_dst=None)",
        Bound(|py, a| {
            let (src, dst, n) = (c_int(py, &a[0])?, c_int(py, &a[1])?, length(py, &a[2])?);
            let place = |v: &Val| v.not_none().map(|v| ops::to_i64(py, v)).transpose();
            let (mut from, mut to) = (place(&a[3])?, place(&a[4])?);
            // SAFETY: the offsets, if any, are valid places.
            let k = check(py, || unsafe {
                libc::copy_file_range(
                    src,
                    from.as_mut()
                        .map_or(std::ptr::null_mut(), std::ptr::from_mut),
                    dst,
                    to.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut),
                    n,
                    0,
                )
            })?;
            Ok(py.int(k as i64))
        }),
    );
}

fn mode_of(py: &Py, v: &Val, default: u32) -> PyResult<u32> {
    v.given()
        .map_or(Ok(default), |m| c_int(py, m).map(|m| m as u32))
}

fn paths(m: &mut ModuleInit) {
    m.function(
        "access",
        "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "access", "path", false, false)?;
            let (mode, dir) = (c_int(py, &a[1])?, at_dir(py, &a[2])?);
            let mut flags = 0;
            if a[3].given().map_or(Ok(false), |e| ops::truth(py, e))? {
                flags |= libc::AT_EACCESS;
            }
            if !follow(py, &a[4])? {
                flags |= libc::AT_SYMLINK_NOFOLLOW;
            }
            // SAFETY: the path is terminated.
            let r = sys_call(py, || unsafe {
                libc::faccessat(dir, p.c().as_ptr(), mode, flags) as isize
            })?;
            Ok(py.bool(r.is_ok()))
        }),
    );
    m.function(
        "mkdir",
        "($module, /, path, mode=0o777, *, dir_fd=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "mkdir", "path", false, false)?;
            let (mode, dir) = (mode_of(py, &a[1], 0o777)?, at_dir(py, &a[2])?);
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe {
                    libc::mkdirat(dir, p.c().as_ptr(), mode) as isize
                }),
            )
        }),
    );
    m.function(
        "mkfifo",
        "($module, /, path, mode=0o666, *, dir_fd=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "mkfifo", "path", false, false)?;
            let (mode, dir) = (mode_of(py, &a[1], 0o666)?, at_dir(py, &a[2])?);
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe {
                    libc::mkfifoat(dir, p.c().as_ptr(), mode) as isize
                }),
            )
        }),
    );
    m.function(
        "mknod",
        "($module, /, path, mode=0o600, device=0, *, dir_fd=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "mknod", "path", false, false)?;
            let mode = mode_of(py, &a[1], 0o600)?;
            let dev = a[2].given().map_or(Ok(0), |d| ops::to_i64(py, d))? as u64;
            let dir = at_dir(py, &a[3])?;
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe {
                    libc::mknodat(dir, p.c().as_ptr(), mode, dev) as isize
                }),
            )
        }),
    );
    m.function(
        "rmdir",
        "($module, /, path, *, dir_fd=None)",
        Bound(|py, a| unlink(py, a, "rmdir", libc::AT_REMOVEDIR)),
    );
    m.function(
        "unlink",
        "($module, /, path, *, dir_fd=None)",
        Bound(|py, a| unlink(py, a, "unlink", 0)),
    );
    m.function(
        "remove",
        "($module, /, path, *, dir_fd=None)",
        Bound(|py, a| unlink(py, a, "remove", 0)),
    );
    m.function(
        "chmod",
        "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "chmod", "path", true, false)?;
            let (mode, dir, follow) = (
                c_int(py, &a[1])? as u32,
                at_dir(py, &a[2])?,
                follow(py, &a[3])?,
            );
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe {
                    (match p.fd() {
                        Some(fd) => libc::fchmod(fd, mode),
                        None => libc::fchmodat(dir, p.c().as_ptr(), mode, flags),
                    }) as isize
                }),
            )
        }),
    );
    m.function(
        "fchmod",
        "($module, /, fd, mode)",
        Bound(|py, a| {
            let (fd, mode) = (c_int(py, &a[0])?, c_int(py, &a[1])? as u32);
            // SAFETY: plain system call on numbers.
            none(py, check(py, || unsafe { libc::fchmod(fd, mode) as isize }))
        }),
    );
    m.function(
        "chown",
        "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "chown", "path", true, false)?;
            let (uid, gid) = (super::id_arg(py, &a[1])?, super::id_arg(py, &a[2])?);
            let (dir, follow) = (at_dir(py, &a[3])?, follow(py, &a[4])?);
            chown(py, &p, uid, gid, dir, follow)
        }),
    );
    m.function(
        "lchown",
        "($module, /, path, uid, gid)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "lchown", "path", false, false)?;
            chown(
                py,
                &p,
                super::id_arg(py, &a[1])?,
                super::id_arg(py, &a[2])?,
                libc::AT_FDCWD,
                false,
            )
        }),
    );
    m.function(
        "fchown",
        "($module, /, fd, uid, gid)",
        Bound(|py, a| {
            let (fd, uid, gid) = (
                c_int(py, &a[0])?,
                super::id_arg(py, &a[1])?,
                super::id_arg(py, &a[2])?,
            );
            // SAFETY: plain system call on numbers.
            none(
                py,
                check(py, || unsafe { libc::fchown(fd, uid, gid) as isize }),
            )
        }),
    );
    m.function(
        "truncate",
        "($module, /, path, length)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "truncate", "path", true, false)?;
            let n = ops::to_i64(py, &a[1])?;
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe {
                    (match p.fd() {
                        Some(fd) => libc::ftruncate(fd, n),
                        None => libc::truncate(p.c().as_ptr(), n),
                    }) as isize
                }),
            )
        }),
    );
    m.function(
        "chdir",
        "($module, /, path)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "chdir", "path", true, false)?;
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe {
                    (match p.fd() {
                        Some(fd) => libc::fchdir(fd),
                        None => libc::chdir(p.c().as_ptr()),
                    }) as isize
                }),
            )
        }),
    );
    m.function(
        "fchdir",
        "($module, /, fd)",
        Bound(|py, a| {
            let fd = super::file_descriptor(py, &a[0])?;
            // SAFETY: plain system call on a number.
            none(py, check(py, || unsafe { libc::fchdir(fd) as isize }))
        }),
    );
    m.function(
        "chroot",
        "($module, /, path)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "chroot", "path", false, false)?;
            // SAFETY: the path is terminated.
            none(
                py,
                check_path(py, &p, || unsafe { libc::chroot(p.c().as_ptr()) as isize }),
            )
        }),
    );
    m.function(
        "getcwd",
        "($module, /)",
        Bound(|py, _| Ok(path::decode(py, &*current_dir(py)?))),
    );
    m.function(
        "getcwdb",
        "($module, /)",
        Bound(|py, _| Ok(bytes::new(py, &*current_dir(py)?))),
    );
    m.function(
        "umask",
        "($module, mask, /)",
        Bound(|py, a| {
            let mask = c_int(py, &a[0])? as libc::mode_t;
            // SAFETY: plain system call on a number.
            Ok(py.int(i64::from(unsafe { libc::umask(mask) })))
        }),
    );
    m.function(
        "_path_normpath",
        "($module, /, path)",
        Bound(|py, a| {
            let p = path::fspath(py, &a[0])?;
            Ok(match bytes::view(&p) {
                Some(b) => bytes::new(py, &normalize(b)),
                None => path::decode(py, &normalize(&*path::encode(py, &p)?)),
            })
        }),
    );
}

/// A path without empty and "." parts, and ".." applied to the part before it, as text alone.
fn normalize(p: &[u8]) -> Vec<u8> {
    if p.is_empty() {
        return b".".to_vec();
    }
    let root = match p {
        [b'/', b'/', rest @ ..] if rest.first() != Some(&b'/') => 2,
        [b'/', ..] => 1,
        _ => 0,
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in p.split(|&c| c == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|l| *l != b"..") => drop(parts.pop()),
            b".." if root > 0 => {}
            part => parts.push(part),
        }
    }
    let mut out = vec![b'/'; root];
    out.extend(parts.join(&b'/'));
    if out.is_empty() { b".".to_vec() } else { out }
}

fn unlink(py: &Py, a: &[Val], func: &str, flags: i32) -> PyResult<Obj> {
    let p = path::convert(py, &a[0], func, "path", false, false)?;
    let dir = at_dir(py, &a[1])?;
    // SAFETY: the path is terminated.
    none(
        py,
        check_path(py, &p, || unsafe {
            libc::unlinkat(dir, p.c().as_ptr(), flags) as isize
        }),
    )
}

fn chown(py: &Py, p: &Path, uid: u32, gid: u32, dir: i32, follow: bool) -> PyResult<Obj> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path is terminated.
    none(
        py,
        check_path(py, p, || unsafe {
            (match p.fd() {
                Some(fd) => libc::fchown(fd, uid, gid),
                None => libc::fchownat(dir, p.c().as_ptr(), uid, gid, flags),
            }) as isize
        }),
    )
}

fn current_dir(py: &Py) -> PyResult<Vec<u8>> {
    let mut buf = vec![0u8; 512];
    loop {
        // SAFETY: the buffer is valid for its length.
        let p = unsafe { libc::getcwd(buf.as_mut_ptr().cast(), buf.len()) };
        if !p.is_null() {
            buf.truncate(buf.iter().position(|&c| c == 0).unwrap_or(0));
            return Ok(buf);
        }
        let e = crate::stdlib::io::util::errno();
        if e != libc::ERANGE || buf.len() > 1 << 20 {
            return Err(crate::builtins::exceptions::os_error(py, e, None));
        }
        let n = buf.len() * 2;
        buf.resize(n, 0);
    }
}

fn names(m: &mut ModuleInit) {
    m.function(
        "rename",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        Bound(|py, a| rename(py, a, "rename")),
    );
    m.function(
        "replace",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        Bound(|py, a| rename(py, a, "replace")),
    );
    m.function(
        "link",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)",
        Bound(|py, a| {
            let (src, dst) = (
                path::convert(py, &a[0], "link", "src", false, false)?,
                path::convert(py, &a[1], "link", "dst", false, false)?,
            );
            let (from, to) = (at_dir(py, &a[2])?, at_dir(py, &a[3])?);
            let flags = if a[4].given().is_some() && follow(py, &a[4])? {
                libc::AT_SYMLINK_FOLLOW
            } else {
                0
            };
            // SAFETY: the paths are terminated.
            two(py, &src, &dst, || unsafe {
                libc::linkat(from, src.c().as_ptr(), to, dst.c().as_ptr(), flags) as isize
            })
        }),
    );
    m.function(
        "symlink",
        "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)",
        Bound(|py, a| {
            let (src, dst) = (
                path::convert(py, &a[0], "symlink", "src", false, false)?,
                path::convert(py, &a[1], "symlink", "dst", false, false)?,
            );
            let dir = at_dir(py, &a[3])?;
            // SAFETY: the paths are terminated.
            two(py, &src, &dst, || unsafe {
                libc::symlinkat(src.c().as_ptr(), dir, dst.c().as_ptr()) as isize
            })
        }),
    );
    m.function(
        "readlink",
        "($module, /, path, *, dir_fd=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "readlink", "path", false, false)?;
            let dir = at_dir(py, &a[1])?;
            let mut buf = vec![0u8; 4097];
            // SAFETY: the path is terminated, the buffer valid for its length.
            let n = check_path(py, &p, || unsafe {
                libc::readlinkat(dir, p.c().as_ptr(), buf.as_mut_ptr().cast(), buf.len())
            })?;
            Ok(p.result(py, &buf[..n as usize]))
        }),
    );
}

fn two(py: &Py, src: &Path, dst: &Path, f: impl FnMut() -> isize) -> PyResult<Obj> {
    sys_call(py, f)?.map_err(|e| os_error2(py, e, Some(&src.arg), Some(&dst.arg)))?;
    Ok(py.none())
}

fn rename(py: &Py, a: &[Val], func: &str) -> PyResult<Obj> {
    let (src, dst) = (
        path::convert(py, &a[0], func, "src", false, false)?,
        path::convert(py, &a[1], func, "dst", false, false)?,
    );
    let (from, to) = (at_dir(py, &a[2])?, at_dir(py, &a[3])?);
    // SAFETY: the paths are terminated.
    two(py, &src, &dst, || unsafe {
        libc::renameat(from, src.c().as_ptr(), to, dst.c().as_ptr()) as isize
    })
}

fn times(m: &mut ModuleInit) {
    m.function(
        "utime",
        "($module, /, path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "utime", "path", true, false)?;
            let (dir, follow) = (at_dir(py, &a[3])?, follow(py, &a[4])?);
            if a[1].not_none().is_some() && a[2].given().is_some() {
                return Err(py.value_error("utime: you may specify either 'times' or 'ns' but not both"));
            }
            let pair = |v: &Val, message: &str| match v.get::<TupleObj>().map(|t| t.items()) {
                Some([x, y]) => Ok((x.to_obj(), y.to_obj())),
                _ => Err(py.type_error(message)),
            };
            let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
            let ts = if let Some(t) = a[1].not_none() {
                let (x, y) = pair(t, "utime: 'times' must be either a tuple of two ints or None")?;
                [seconds(py, &x)?, seconds(py, &y)?]
            } else if let Some(n) = a[2].given() {
                let (x, y) = pair(n, "utime: 'ns' must be a tuple of two ints")?;
                [nanoseconds(py, &x)?, nanoseconds(py, &y)?]
            } else {
                [now, now]
            };
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            // SAFETY: the path is terminated; two times.
            none(py, check_path(py, &p, || unsafe {
                (match p.fd() {
                    Some(fd) => libc::futimens(fd, ts.as_ptr()),
                    None => libc::utimensat(dir, p.c().as_ptr(), ts.as_ptr(), flags),
                }) as isize
            }))
        }),
    );
}

fn seconds(py: &Py, v: &Val) -> PyResult<libc::timespec> {
    if let Some(d) = crate::builtins::float::view(v) {
        if d.is_nan() {
            return Err(py.value_error("Invalid value NaN (not a number)"));
        }
        let whole = d.floor();
        if whole.abs() > 9.2e18 {
            return Err(py.overflow_error("timestamp out of range for platform time_t"));
        }
        let nanos = (((d - whole) * 1e9).floor() as i64).clamp(0, 999_999_999);
        return Ok(libc::timespec {
            tv_sec: whole as i64,
            tv_nsec: nanos,
        });
    }
    Ok(libc::timespec {
        tv_sec: ops::to_i64(py, v)?,
        tv_nsec: 0,
    })
}

fn nanoseconds(py: &Py, v: &Val) -> PyResult<libc::timespec> {
    let n = ops::index(py, v)?;
    let n = int::view(&n).map_or_else(Default::default, |n| n.to_big());
    use num_integer::Integer;
    use num_traits::ToPrimitive;
    let (sec, nsec) = n.div_mod_floor(&1_000_000_000.into());
    match (sec.to_i64(), nsec.to_i64()) {
        (Some(tv_sec), Some(tv_nsec)) => Ok(libc::timespec { tv_sec, tv_nsec }),
        _ => Err(py.overflow_error("timestamp out of range for platform time_t")),
    }
}
