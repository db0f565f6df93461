//! `resource`: limits and use of resources.

use super::ModuleInit;
use crate::builtins::exceptions::os_error;
use crate::builtins::structseq::SeqDef;
use crate::builtins::{int, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::io::util::errno;
use crate::stdlib::posix::c_int;
use crate::thread::Py;

static USAGE: SeqDef = SeqDef::new(
    "resource.struct_rusage",
    "struct_rusage: Result from getrusage.",
    &[
        "ru_utime",
        "ru_stime",
        "ru_maxrss",
        "ru_ixrss",
        "ru_idrss",
        "ru_isrss",
        "ru_minflt",
        "ru_majflt",
        "ru_nswap",
        "ru_inblock",
        "ru_oublock",
        "ru_msgsnd",
        "ru_msgrcv",
        "ru_nsignals",
        "ru_nvcsw",
        "ru_nivcsw",
    ],
    &[],
);

macro_rules! table {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

const CONSTANTS: &[(&str, i64)] = table! {
    RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_NOFILE RLIMIT_AS RLIMIT_RSS RLIMIT_NPROC RLIMIT_MEMLOCK
    RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RUSAGE_SELF RUSAGE_CHILDREN RUSAGE_THREAD
};

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "resource");
    for (name, n) in CONSTANTS {
        m.int(name, *n);
    }
    m.int("RLIM_INFINITY", -1);
    m.add("error", crate::builtins::exceptions::OS_ERROR.obj());
    m.add("struct_rusage", USAGE.obj());
    m.function(
        "getrusage",
        "($module, who, /)",
        Bound(|py, a| {
            let who = c_int(py, &a[0])?;
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut u: libc::rusage = unsafe { std::mem::zeroed() };
            // SAFETY: the place is valid.
            if unsafe { libc::getrusage(who as _, &mut u) } != 0 {
                return Err(match errno() {
                    libc::EINVAL => py.value_error("invalid who parameter"),
                    e => os_error(py, e, None),
                });
            }
            let seconds = |t: libc::timeval| py.float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
            let mut all = vec![seconds(u.ru_utime), seconds(u.ru_stime)];
            all.extend(
                [
                    u.ru_maxrss,
                    u.ru_ixrss,
                    u.ru_idrss,
                    u.ru_isrss,
                    u.ru_minflt,
                    u.ru_majflt,
                    u.ru_nswap,
                    u.ru_inblock,
                    u.ru_oublock,
                    u.ru_msgsnd,
                    u.ru_msgrcv,
                    u.ru_nsignals,
                    u.ru_nvcsw,
                    u.ru_nivcsw,
                ]
                .iter()
                .map(|&n| py.int(n)),
            );
            Ok(USAGE.make(py, all))
        }),
    );
    m.function(
        "getpagesize",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: a query of a number.
            Ok(py.int(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }))
        }),
    );
    m.function(
        "getrlimit",
        "($module, resource, /)",
        Bound(|py, a| {
            let what = resource(py, &a[0])?;
            let mut l = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            // SAFETY: a valid place for the result.
            if unsafe { libc::getrlimit(what as _, &mut l) } != 0 {
                return Err(os_error(py, errno(), None));
            }
            Ok(pair(py, &l))
        }),
    );
    m.function(
        "setrlimit",
        "($module, resource, limits, /)",
        Bound(|py, a| {
            let what = resource(py, &a[0])?;
            let l = limits(py, &a[1])?;
            // SAFETY: a valid struct.
            set(py, unsafe { libc::setrlimit(what as _, &l) })
        }),
    );
    m.function(
        "prlimit",
        "($module, pid, resource, limits=<unrepresentable>, /)",
        Bound(|py, a| {
            let (pid, what) = (c_int(py, &a[0])?, resource(py, &a[1])?);
            let new = a[2].not_none().map(|v| limits(py, v)).transpose()?;
            let mut old = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            let place = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            // SAFETY: valid places.
            set(py, unsafe {
                libc::prlimit(pid, what as _, place, &mut old)
            })?;
            Ok(pair(py, &old))
        }),
    );
    m.finish()
}

fn resource(py: &Py, v: &Val) -> PyResult<i32> {
    let n = c_int(py, v)?;
    if (0..16).contains(&n) {
        Ok(n)
    } else {
        Err(py.value_error("invalid resource specified"))
    }
}

fn pair(py: &Py, l: &libc::rlimit) -> Obj {
    let value = |n: u64| {
        if n == libc::RLIM_INFINITY {
            py.int(-1)
        } else {
            int::from_u64(py, n)
        }
    };
    tuple::new(py, vec![value(l.rlim_cur), value(l.rlim_max)])
}

fn limits(py: &Py, v: &Val) -> PyResult<libc::rlimit> {
    let items = ops::collect(py, v)?;
    let [soft, hard] = items.as_slice() else {
        return Err(py.value_error("expected a tuple of 2 integers"));
    };
    let number = |v: &Val| ops::to_i64(py, v).map(|n| n as u64);
    Ok(libc::rlimit {
        rlim_cur: number(soft)?,
        rlim_max: number(hard)?,
    })
}

fn set(py: &Py, r: i32) -> PyResult<Obj> {
    if r == 0 {
        return Ok(py.none());
    }
    Err(match errno() {
        libc::EINVAL => py.value_error("current limit exceeds maximum limit"),
        libc::EPERM => py.value_error("not allowed to raise maximum limit"),
        e => os_error(py, e, None),
    })
}
