//! Masks, waiting for signals, sending them.

use super::{NSIG, last_error, number};
use crate::builtins::exceptions::oserror::os_error;
use crate::builtins::set;
use crate::builtins::structseq::SeqDef;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::{Py, pending};
use std::ffi::CStr;

static STRUCT_SIGINFO: SeqDef = SeqDef::new(
    "signal.struct_siginfo",
    "struct_siginfo: Result from sigwaitinfo or sigtimedwait.",
    &[
        "si_signo",
        "si_code",
        "si_errno",
        "si_pid",
        "si_uid",
        "si_status",
        "si_band",
    ],
    &[],
);

pub(super) fn add(m: &mut ModuleInit) {
    for (name, n) in [
        ("SIG_BLOCK", libc::SIG_BLOCK),
        ("SIG_UNBLOCK", libc::SIG_UNBLOCK),
        ("SIG_SETMASK", libc::SIG_SETMASK),
    ] {
        m.int(name, i64::from(n));
    }
    m.add("struct_siginfo", STRUCT_SIGINFO.obj());
    m.function(
        "raise_signal",
        "($module, signalnum, /)",
        Bound(|py, a| {
            let n = ops::to_i64(py, &a[0])?;
            // SAFETY: plain call.
            if unsafe { libc::raise(n as i32) } != 0 {
                return Err(last_error(py));
            }
            pending::run(py)?;
            Ok(py.none())
        }),
    );
    m.function(
        "strsignal",
        "($module, signalnum, /)",
        Bound(|py, a| {
            let n = number(py, &a[0])?;
            // SAFETY: the result is a NUL-terminated text or null.
            unsafe {
                let s = libc::strsignal(n as i32);
                if s.is_null() {
                    Ok(py.none())
                } else {
                    Ok(py.str(&CStr::from_ptr(s).to_string_lossy()))
                }
            }
        }),
    );
    m.function(
        "valid_signals",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: fills the zeroed set.
            let all = unsafe {
                let mut s: libc::sigset_t = std::mem::zeroed();
                libc::sigfillset(&mut s);
                s
            };
            to_set(py, &all)
        }),
    );
    m.function(
        "pthread_kill",
        "($module, thread_id, signalnum, /)",
        Bound(|py, a| {
            let (id, n) = (ops::to_i64(py, &a[0])?, ops::to_i64(py, &a[1])?);
            // SAFETY: the id is the program's responsibility, as everywhere.
            let e = unsafe { libc::pthread_kill(id as libc::pthread_t, n as i32) };
            if e != 0 {
                return Err(os_error(py, e, None));
            }
            pending::run(py)?;
            Ok(py.none())
        }),
    );
    m.function(
        "pthread_sigmask",
        "($module, how, mask, /)",
        Bound(|py, a| {
            let how = ops::to_i64(py, &a[0])? as i32;
            let mask = from_iterable(py, &a[1])?;
            // SAFETY: valid pointers.
            let old = unsafe {
                let mut old: libc::sigset_t = std::mem::zeroed();
                let e = libc::pthread_sigmask(how, &mask, &mut old);
                if e != 0 {
                    return Err(os_error(py, e, None));
                }
                old
            };
            pending::run(py)?;
            to_set(py, &old)
        }),
    );
    m.function(
        "sigpending",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: fills the zeroed set.
            let s = unsafe {
                let mut s: libc::sigset_t = std::mem::zeroed();
                if libc::sigpending(&mut s) != 0 {
                    return Err(last_error(py));
                }
                s
            };
            to_set(py, &s)
        }),
    );
    m.function(
        "sigwait",
        "($module, sigset, /)",
        Bound(|py, a| {
            let mask = from_iterable(py, &a[0])?;
            let mut n = 0;
            let e = py.detached(|| {
                // SAFETY: valid pointers.
                unsafe { libc::sigwait(&mask, &mut n) }
            });
            if e != 0 {
                Err(os_error(py, e, None))
            } else {
                Ok(py.int(i64::from(n)))
            }
        }),
    );
    #[cfg(target_os = "linux")]
    {
        m.function(
            "sigwaitinfo",
            "($module, sigset, /)",
            Bound(|py, a| wait_info(py, &a[0], None)),
        );
        m.function(
            "sigtimedwait",
            "($module, sigset, timeout, /)",
            Bound(|py, a| {
                let ns = crate::stdlib::time::seconds_argument(py, &a[1])?;
                if ns < 0 {
                    return Err(py.value_error("timeout must be non-negative"));
                }
                wait_info(py, &a[0], Some(ns))
            }),
        );
    }
}

fn from_iterable(py: &Py, v: &Val) -> PyResult<libc::sigset_t> {
    // SAFETY: the set is initialized before signals, all in range, are added.
    unsafe {
        let mut s: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut s);
        for item in ops::collect(py, v)? {
            let n = ops::to_i64(py, &item)?;
            if n < 1 || n >= NSIG as i64 {
                return Err(
                    py.value_error(format!("signal number {n} out of range [1; {}]", NSIG - 1))
                );
            }
            libc::sigaddset(&mut s, n as i32);
        }
        Ok(s)
    }
}

fn to_set(py: &Py, s: &libc::sigset_t) -> PyResult<Obj> {
    // SAFETY: an initialized set.
    let items = (1..NSIG as i32)
        .filter(|&n| unsafe { libc::sigismember(s, n) } == 1)
        .map(|n| py.int(i64::from(n)))
        .collect();
    let frozen = set::frozen_from(py, items)?;
    ops::call1(py, &set::SET.obj(), &frozen)
}

#[cfg(target_os = "linux")]
fn wait_info(py: &Py, mask: &Val, timeout: Option<i64>) -> PyResult<Obj> {
    let mask = from_iterable(py, mask)?;
    let end =
        timeout.map(|t| std::time::Instant::now() + std::time::Duration::from_nanos(t as u64));
    loop {
        // SAFETY: zeroed memory is a valid siginfo; the pointers are valid.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let r = py.detached(|| {
            // SAFETY: as above.
            unsafe {
                match end {
                    None => libc::sigwaitinfo(&mask, &mut info),
                    Some(end) => {
                        let left = end.saturating_duration_since(std::time::Instant::now());
                        let t = libc::timespec {
                            tv_sec: left.as_secs() as i64,
                            tv_nsec: i64::from(left.subsec_nanos()),
                        };
                        libc::sigtimedwait(&mask, &mut info, &t)
                    }
                }
            }
        });
        if r >= 0 {
            // SAFETY: these fields are present in every siginfo.
            let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
            let fields = [
                i64::from(info.si_signo),
                i64::from(info.si_code),
                i64::from(info.si_errno),
                i64::from(pid),
                i64::from(uid),
                i64::from(status),
                0,
            ];
            return Ok(STRUCT_SIGINFO.make(py, fields.iter().map(|&n| py.int(n)).collect()));
        }
        match std::io::Error::last_os_error().raw_os_error().unwrap_or(0) {
            libc::EINTR => pending::run(py)?,
            libc::EAGAIN if timeout.is_some() => return Ok(py.none()),
            e => return Err(os_error(py, e, None)),
        }
    }
}
