//! Facts about the system, the user and the process; the environment; random bytes.

use super::path;
use super::{c_int, check, id_arg};
use crate::builtins::dict::{self, DictObj};
use crate::builtins::exceptions::os_error;
use crate::builtins::str::StrObj;
use crate::builtins::structseq::SeqDef;
use crate::builtins::{bytes, int, list, set, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::{errno, zeroed};
use crate::thread::Py;
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;

static UNAME: SeqDef = SeqDef::new(
    "posix.uname_result",
    "uname_result: Result from os.uname().",
    &["sysname", "nodename", "release", "version", "machine"],
    &[],
);
static TIMES: SeqDef = SeqDef::new(
    "posix.times_result",
    "times_result: Result from os.times().",
    &[
        "user",
        "system",
        "children_user",
        "children_system",
        "elapsed",
    ],
    &[],
);
static TERMINAL_SIZE: SeqDef = SeqDef::new(
    "os.terminal_size",
    "A tuple of (columns, lines) for holding terminal window size",
    &["columns", "lines"],
    &[],
);
static SCHED_PARAM: SeqDef = SeqDef::new(
    "posix.sched_param",
    "Currently has only one field: sched_priority",
    &["sched_priority"],
    &[],
);

pub fn init(m: &mut ModuleInit) {
    let py = m.py();
    m.add("uname_result", UNAME.obj())
        .add("times_result", TIMES.obj())
        .add("terminal_size", TERMINAL_SIZE.obj())
        .add("sched_param", SCHED_PARAM.obj());
    m.add("environ", environ(py));
    m.add("sysconf_names", names(py, SYSCONF))
        .add("pathconf_names", names(py, PATHCONF))
        .add("confstr_names", names(py, CONFSTR));
    environment(m);
    identity(m);
    system(m);
    scheduling(m);
}

fn names(py: &Py, table: &[(&str, i32)]) -> Obj {
    let d = dict::new(py);
    for (name, n) in table {
        d.cast::<DictObj>().set_str(py, name, py.int(i64::from(*n)));
    }
    d
}

/// The environment as bytes; of equal names the first counts.
fn environ(py: &Py) -> Obj {
    let d = dict::new(py);
    for (k, v) in std::env::vars_os() {
        // Bytes can always be keys.
        let _ = d.cast::<DictObj>().set_default(
            py,
            &bytes::new(py, k.as_bytes()),
            bytes::new(py, v.as_bytes()),
        );
    }
    d
}

fn fs_bytes(py: &Py, v: &Val) -> PyResult<CString> {
    path::fs_path(py, v)
}

fn environment(m: &mut ModuleInit) {
    m.function(
        "_create_environ",
        "($module, /)",
        Bound(|py, _| Ok(environ(py))),
    );
    m.function(
        "putenv",
        "($module, name, value, /)",
        Bound(|py, a| {
            let (k, v) = (fs_bytes(py, &a[0])?, fs_bytes(py, &a[1])?);
            if k.as_bytes().contains(&b'=') || k.is_empty() {
                return Err(py.value_error("illegal environment variable name"));
            }
            // SAFETY: both texts are terminated; the C library copies them.
            if unsafe { libc::setenv(k.as_ptr(), v.as_ptr(), 1) } != 0 {
                return Err(os_error(py, errno(), None));
            }
            Ok(py.none())
        }),
    );
    m.function(
        "unsetenv",
        "($module, name, /)",
        Bound(|py, a| {
            let k = fs_bytes(py, &a[0])?;
            // SAFETY: the text is terminated.
            if unsafe { libc::unsetenv(k.as_ptr()) } != 0 {
                return Err(os_error(py, errno(), None));
            }
            Ok(py.none())
        }),
    );
    m.function(
        "fspath",
        "($module, /, path)",
        Bound(|py, a| path::fspath(py, &a[0])),
    );
    m.function(
        "strerror",
        "($module, code, /)",
        Bound(|py, a| {
            let n = c_int(py, &a[0])?;
            Ok(py.str(&crate::builtins::exceptions::oserror::strerror(n)))
        }),
    );
    m.function(
        "urandom",
        "($module, size, /)",
        Bound(|py, a| {
            let n = ops::to_isize(py, &a[0])?;
            let Ok(n) = usize::try_from(n) else {
                return Err(py.value_error("negative argument not allowed"));
            };
            random(py, n)
        }),
    );
    m.function(
        "getrandom",
        "($module, /, size, flags=0)",
        Bound(|py, a| {
            let n = ops::to_isize(py, &a[0])?;
            let Ok(n) = usize::try_from(n) else {
                return Err(os_error(py, libc::EINVAL, None));
            };
            let flags = a[1].given().map_or(Ok(0), |f| c_int(py, f))? as libc::c_uint;
            let mut out = zeroed(py, n)?;
            // SAFETY: the memory is valid for `n` bytes.
            let k = check(py, || unsafe {
                libc::getrandom(out.as_mut_ptr().cast(), n, flags)
            })?;
            Ok(bytes::new(py, &out[..k as usize]))
        }),
    );
}

fn random(py: &Py, n: usize) -> PyResult<Obj> {
    let mut out = zeroed(py, n)?;
    if py.detached(|| getrandom::fill(&mut out)).is_err() {
        return Err(os_error(py, libc::EIO, None));
    }
    Ok(bytes::new(py, &out))
}

/// Functions without arguments that give a number and cannot fail.
macro_rules! numbers {
    ($m:expr, $($name:ident)*) => {
        $($m.function(stringify!($name), "($module, /)", Bound(|py, _| {
            // SAFETY: a query without arguments.
            Ok(py.int(i64::from(unsafe { libc::$name() })))
        }));)*
    };
}

fn identity(m: &mut ModuleInit) {
    numbers!(m, getpid getppid getuid geteuid getgid getegid getpgrp);
    m.function(
        "getpgid",
        "($module, /, pid)",
        Bound(|py, a| {
            let pid = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.int(check(py, || unsafe { libc::getpgid(pid) as isize })? as i64))
        }),
    );
    m.function(
        "getsid",
        "($module, pid, /)",
        Bound(|py, a| {
            let pid = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.int(check(py, || unsafe { libc::getsid(pid) as isize })? as i64))
        }),
    );
    m.function(
        "setuid",
        "($module, uid, /)",
        Bound(|py, a| {
            let n = id_arg(py, &a[0])?;
            // SAFETY: plain system call on a number.
            super::none(py, check(py, || unsafe { libc::setuid(n) as isize }))
        }),
    );
    m.function(
        "setgid",
        "($module, gid, /)",
        Bound(|py, a| {
            let n = id_arg(py, &a[0])?;
            // SAFETY: plain system call on a number.
            super::none(py, check(py, || unsafe { libc::setgid(n) as isize }))
        }),
    );
    m.function(
        "getgroups",
        "($module, /)",
        Bound(|py, _| {
            let mut g = vec![0; 65_536];
            // SAFETY: room for the announced number of groups.
            let n = check(py, || unsafe {
                libc::getgroups(g.len() as i32, g.as_mut_ptr()) as isize
            })?;
            Ok(list::new(
                py,
                g[..n as usize]
                    .iter()
                    .map(|&x| py.int(i64::from(x)))
                    .collect(),
            ))
        }),
    );
    m.function(
        "getlogin",
        "($module, /)",
        Bound(|py, _| {
            let file = std::fs::read_to_string("/proc/self/loginuid")
                .ok()
                .and_then(|t| t.trim().parse::<u32>().ok());
            // The id of all ones says that nobody logged in.
            let Some(uid) = file.filter(|&u| u != u32::MAX) else {
                return Err(os_error(py, libc::ENXIO, None));
            };
            match crate::stdlib::pwd::name_of(uid) {
                Some(name) => Ok(path::decode(py, &name)),
                None => Err(os_error(py, libc::ENXIO, None)),
            }
        }),
    );
    m.function(
        "getresuid",
        "($module, /)",
        Bound(|py, _| {
            let (mut r, mut e, mut s) = (0, 0, 0);
            // SAFETY: three valid places.
            check(py, || unsafe {
                libc::getresuid(&mut r, &mut e, &mut s) as isize
            })?;
            Ok(tuple::new(
                py,
                [r, e, s].iter().map(|&x| py.int(i64::from(x))).collect(),
            ))
        }),
    );
}

fn until_nul(b: &[u8]) -> &[u8] {
    &b[..b.iter().position(|&c| c == 0).unwrap_or(b.len())]
}

fn system(m: &mut ModuleInit) {
    m.function(
        "uname",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut u: libc::utsname = unsafe { std::mem::zeroed() };
            // SAFETY: the place is valid.
            check(py, || unsafe { libc::uname(&mut u) as isize })?;
            let text = |f: &[libc::c_char]| {
                // SAFETY: the system terminates each field.
                path::decode(py, unsafe { CStr::from_ptr(f.as_ptr()) }.to_bytes())
            };
            let all = vec![
                text(&u.sysname),
                text(&u.nodename),
                text(&u.release),
                text(&u.version),
                text(&u.machine),
            ];
            Ok(UNAME.make(py, all))
        }),
    );
    m.function(
        "times",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut t: libc::tms = unsafe { std::mem::zeroed() };
            // SAFETY: the place is valid.
            let elapsed = unsafe { libc::times(&mut t) };
            // SAFETY: a query of a number.
            let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as f64;
            let all = [
                t.tms_utime,
                t.tms_stime,
                t.tms_cutime,
                t.tms_cstime,
                elapsed,
            ];
            Ok(TIMES.make(
                py,
                all.iter().map(|&n| py.float(n as f64 / ticks)).collect(),
            ))
        }),
    );
    m.function(
        "get_terminal_size",
        "($module, fd=1, /)",
        Bound(|py, a| {
            let fd = a[0].given().map_or(Ok(1), |f| c_int(py, f))?;
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut w: libc::winsize = unsafe { std::mem::zeroed() };
            // SAFETY: the request writes to the struct.
            check(py, || unsafe {
                libc::ioctl(fd, libc::TIOCGWINSZ, &mut w) as isize
            })?;
            Ok(TERMINAL_SIZE.make(
                py,
                vec![py.int(i64::from(w.ws_col)), py.int(i64::from(w.ws_row))],
            ))
        }),
    );
    m.function(
        "cpu_count",
        "($module, /)",
        Bound(|py, _| {
            if let Some(n) = crate::runtime::config().options.cpu_count {
                return Ok(py.int(i64::from(n)));
            }
            // SAFETY: a query of a number.
            let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
            Ok(if n < 1 { py.none() } else { py.int(n) })
        }),
    );
    m.function(
        "getloadavg",
        "($module, /)",
        Bound(|py, _| {
            let mut l = [0f64; 3];
            // SAFETY: room for three numbers.
            if unsafe { libc::getloadavg(l.as_mut_ptr(), 3) } != 3 {
                return Err(py.error(
                    &crate::builtins::exceptions::OS_ERROR,
                    "Load averages are unobtainable",
                ));
            }
            Ok(tuple::new(py, l.iter().map(|&x| py.float(x)).collect()))
        }),
    );
    m.function(
        "sysconf",
        "($module, name, /)",
        Bound(|py, a| {
            let n = conf_name(py, &a[0], SYSCONF)?;
            // SAFETY: a query of a number; errno tells failure from "no limit".
            let (r, e) = unsafe {
                *libc::__errno_location() = 0;
                (libc::sysconf(n), errno())
            };
            if r == -1 && e != 0 {
                Err(os_error(py, e, None))
            } else {
                Ok(py.int(r))
            }
        }),
    );
    for name in ["pathconf", "fpathconf"] {
        m.function(
            name,
            "($module, /, path, name)",
            Bound(|py, a| {
                let p = path::convert(py, &a[0], "pathconf", "path", true, false)?;
                let n = conf_name(py, &a[1], PATHCONF)?;
                // SAFETY: the path is terminated; errno tells failure from "no limit".
                let (r, e) = unsafe {
                    *libc::__errno_location() = 0;
                    let r = match p.fd() {
                        Some(fd) => libc::fpathconf(fd, n),
                        None => libc::pathconf(p.c().as_ptr(), n),
                    };
                    (r, errno())
                };
                if r == -1 && e != 0 {
                    Err(p.error(py, e))
                } else {
                    Ok(py.int(r))
                }
            }),
        );
    }
    m.function(
        "confstr",
        "($module, name, /)",
        Bound(|py, a| {
            let n = conf_name(py, &a[0], CONFSTR)?;
            let mut buf = vec![0u8; 4096];
            // SAFETY: the buffer is valid for its length.
            let k = unsafe { libc::confstr(n, buf.as_mut_ptr().cast(), buf.len()) };
            if k == 0 {
                return Ok(py.none());
            }
            Ok(path::decode(py, until_nul(&buf)))
        }),
    );
    m.function(
        "memfd_create",
        "($module, /, name, flags=1)",
        Bound(|py, a| {
            let name = fs_bytes(py, &a[0])?;
            let flags = a[1]
                .given()
                .map_or(Ok(libc::MFD_CLOEXEC as i32), |f| c_int(py, f))?
                as libc::c_uint;
            // SAFETY: the name is terminated.
            Ok(py.int(check(py, || unsafe {
                libc::memfd_create(name.as_ptr(), flags) as isize
            })? as i64))
        }),
    );
    m.function(
        "device_encoding",
        "($module, /, fd)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(if unsafe { libc::isatty(fd) } == 1 {
                py.str("UTF-8")
            } else {
                py.none()
            })
        }),
    );
    m.function(
        "major",
        "($module, device, /)",
        Bound(|py, a| {
            let d = ops::to_i64(py, &a[0])? as u64;
            Ok(py.int(i64::from(libc::major(d))))
        }),
    );
    m.function(
        "minor",
        "($module, device, /)",
        Bound(|py, a| {
            let d = ops::to_i64(py, &a[0])? as u64;
            Ok(py.int(i64::from(libc::minor(d))))
        }),
    );
    m.function(
        "makedev",
        "($module, major, minor, /)",
        Bound(|py, a| {
            let (x, y) = (c_int(py, &a[0])? as u32, c_int(py, &a[1])? as u32);
            Ok(int::from_u64(py, libc::makedev(x, y)))
        }),
    );
}

fn conf_name(py: &Py, v: &Val, table: &[(&str, i32)]) -> PyResult<i32> {
    if int::view(v).is_some() {
        return c_int(py, v);
    }
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error("configuration names must be strings or integers"));
    };
    let name = s.lossy();
    table
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, n)| *n)
        .ok_or_else(|| py.value_error("unrecognized configuration name"))
}

fn scheduling(m: &mut ModuleInit) {
    m.function(
        "sched_yield",
        "($module, /)",
        Bound(|py, _| {
            py.detached(std::thread::yield_now);
            Ok(py.none())
        }),
    );
    m.function(
        "sched_getaffinity",
        "($module, pid, /)",
        Bound(|py, a| {
            let pid = c_int(py, &a[0])?;
            // SAFETY: a zeroed set is empty and a valid place for the result.
            let mut cpus: libc::cpu_set_t = unsafe { std::mem::zeroed() };
            // SAFETY: the set is valid for its size.
            check(py, || unsafe {
                libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut cpus) as isize
            })?;
            let all = (0..libc::CPU_SETSIZE as usize)
                // SAFETY: the index is below the set's size.
                .filter(|&i| unsafe { libc::CPU_ISSET(i, &cpus) })
                .map(|i| int::from_usize(py, i))
                .collect();
            ops::call1(py, &set::SET.obj(), &list::new(py, all))
        }),
    );
    m.function(
        "sched_setaffinity",
        "($module, pid, mask, /)",
        Bound(|py, a| {
            let pid = c_int(py, &a[0])?;
            // SAFETY: a zeroed set is empty.
            let mut cpus: libc::cpu_set_t = unsafe { std::mem::zeroed() };
            for cpu in ops::collect(py, &a[1])? {
                let n = c_int(py, &cpu)?;
                match usize::try_from(n) {
                    Err(_) => return Err(py.value_error("negative CPU number")),
                    // SAFETY: the index is below the set's size.
                    Ok(n) if n < libc::CPU_SETSIZE as usize => unsafe {
                        libc::CPU_SET(n, &mut cpus)
                    },
                    Ok(_) => return Err(os_error(py, libc::EINVAL, None)),
                }
            }
            // SAFETY: the set is valid for its size.
            super::none(
                py,
                check(py, || unsafe {
                    libc::sched_setaffinity(pid, size_of::<libc::cpu_set_t>(), &cpus) as isize
                }),
            )
        }),
    );
    m.function(
        "sched_getscheduler",
        "($module, pid, /)",
        Bound(|py, a| {
            let pid = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.int(check(py, || unsafe { libc::sched_getscheduler(pid) as isize })? as i64))
        }),
    );
    m.function(
        "sched_get_priority_max",
        "($module, /, policy)",
        Bound(|py, a| {
            let p = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.int(check(py, || unsafe { libc::sched_get_priority_max(p) as isize })? as i64))
        }),
    );
    m.function(
        "sched_get_priority_min",
        "($module, /, policy)",
        Bound(|py, a| {
            let p = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.int(check(py, || unsafe { libc::sched_get_priority_min(p) as isize })? as i64))
        }),
    );
    m.function(
        "getpriority",
        "($module, /, which, who)",
        Bound(|py, a| {
            let (which, who) = (c_int(py, &a[0])?, c_int(py, &a[1])? as libc::id_t);
            // SAFETY: plain system call on numbers; errno tells failure from -1.
            let (r, e) = unsafe {
                *libc::__errno_location() = 0;
                (libc::getpriority(which as _, who), errno())
            };
            if r == -1 && e != 0 {
                Err(os_error(py, e, None))
            } else {
                Ok(py.int(i64::from(r)))
            }
        }),
    );
    m.function(
        "setpriority",
        "($module, /, which, who, priority)",
        Bound(|py, a| {
            let (which, who, n) = (
                c_int(py, &a[0])?,
                c_int(py, &a[1])? as libc::id_t,
                c_int(py, &a[2])?,
            );
            // SAFETY: plain system call on numbers.
            super::none(
                py,
                check(py, || unsafe {
                    libc::setpriority(which as _, who, n) as isize
                }),
            )
        }),
    );
    m.function(
        "nice",
        "($module, increment, /)",
        Bound(|py, a| {
            let n = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number; errno tells failure from -1.
            let (r, e) = unsafe {
                *libc::__errno_location() = 0;
                (libc::nice(n), errno())
            };
            if r == -1 && e != 0 {
                Err(os_error(py, e, None))
            } else {
                Ok(py.int(i64::from(r)))
            }
        }),
    );
}

macro_rules! conf {
    ($($name:ident)*) => { &[$(((stringify!($name)).split_at(1).1, libc::$name)),*] };
}

const SYSCONF: &[(&str, i32)] = conf! {
    _SC_ARG_MAX _SC_CHILD_MAX _SC_CLK_TCK _SC_NGROUPS_MAX _SC_OPEN_MAX _SC_STREAM_MAX _SC_TZNAME_MAX _SC_JOB_CONTROL
    _SC_SAVED_IDS _SC_VERSION _SC_PAGESIZE _SC_PAGE_SIZE _SC_NPROCESSORS_CONF _SC_NPROCESSORS_ONLN _SC_PHYS_PAGES
    _SC_AVPHYS_PAGES _SC_IOV_MAX _SC_GETGR_R_SIZE_MAX _SC_GETPW_R_SIZE_MAX _SC_LOGIN_NAME_MAX _SC_TTY_NAME_MAX
    _SC_HOST_NAME_MAX _SC_LINE_MAX _SC_THREADS _SC_THREAD_STACK_MIN _SC_THREAD_THREADS_MAX _SC_SEM_NSEMS_MAX
    _SC_SEM_VALUE_MAX _SC_MQ_OPEN_MAX _SC_RTSIG_MAX _SC_SYMLOOP_MAX _SC_MONOTONIC_CLOCK _SC_LEVEL1_DCACHE_LINESIZE
};
const PATHCONF: &[(&str, i32)] = conf! {
    _PC_LINK_MAX _PC_MAX_CANON _PC_MAX_INPUT _PC_NAME_MAX _PC_PATH_MAX _PC_PIPE_BUF _PC_CHOWN_RESTRICTED _PC_NO_TRUNC
    _PC_VDISABLE _PC_SYNC_IO _PC_ASYNC_IO _PC_PRIO_IO _PC_FILESIZEBITS _PC_SYMLINK_MAX
};
const CONFSTR: &[(&str, i32)] = &[
    ("CS_PATH", 0),
    ("CS_GNU_LIBC_VERSION", 2),
    ("CS_GNU_LIBPTHREAD_VERSION", 3),
];
