//! Clocks and sleeping.

use crate::builtins::float;
use crate::builtins::int::{self, IntRef, from_i64};
use crate::builtins::str::StrObj;
use crate::error::{PyResult, Raised};
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

const NANOS: i64 = 1_000_000_000;

pub fn add(m: &mut ModuleInit) {
    use libc::{
        CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID,
    };
    macro_rules! clock {
        ($name:literal, $ns:literal, $id:expr) => {
            m.function(
                $name,
                "($module, /)",
                Bound(|py, _| Ok(py.float(seconds(read(py, $id)?)))),
            );
            m.function(
                $ns,
                "($module, /)",
                Bound(|py, _| Ok(from_i64(py, read(py, $id)?))),
            );
        };
    }
    clock!("time", "time_ns", CLOCK_REALTIME);
    clock!("monotonic", "monotonic_ns", CLOCK_MONOTONIC);
    clock!("perf_counter", "perf_counter_ns", CLOCK_MONOTONIC);
    clock!("process_time", "process_time_ns", CLOCK_PROCESS_CPUTIME_ID);
    clock!("thread_time", "thread_time_ns", CLOCK_THREAD_CPUTIME_ID);
    m.function(
        "clock_gettime",
        "($module, clk_id, /)",
        Bound(|py, a| Ok(py.float(seconds(read(py, id(py, &a[0])?)?)))),
    );
    m.function(
        "clock_gettime_ns",
        "($module, clk_id, /)",
        Bound(|py, a| Ok(from_i64(py, read(py, id(py, &a[0])?)?))),
    );
    m.function(
        "clock_settime",
        "($module, clk_id, time, /)",
        Bound(|py, a| {
            let ns = seconds_argument(py, &a[1])?;
            set_clock(py, id(py, &a[0])?, ns)
        }),
    );
    m.function(
        "clock_settime_ns",
        "($module, clk_id, time, /)",
        Bound(|py, a| set_clock(py, id(py, &a[0])?, ops::to_i64(py, &a[1])?)),
    );
    m.function(
        "clock_getres",
        "($module, clk_id, /)",
        Bound(|py, a| Ok(py.float(seconds(resolution(py, id(py, &a[0])?)?)))),
    );
    m.function(
        "pthread_getcpuclockid",
        "($module, thread_id, /)",
        Bound(|py, a| {
            let thread = ops::to_i64(py, &a[0])?;
            let mut id = 0;
            // SAFETY: `id` is writable; the thread is the program's responsibility, as everywhere.
            let e = unsafe { libc::pthread_getcpuclockid(thread as libc::pthread_t, &mut id) };
            if e != 0 {
                return Err(crate::builtins::exceptions::oserror::os_error(py, e, None));
            }
            Ok(py.int(i64::from(id)))
        }),
    );
    m.function("get_clock_info", "($module, name, /)", Bound(clock_info));
    m.function("sleep", "($module, seconds, /)", Bound(sleep));
    for (name, id) in [
        ("CLOCK_REALTIME", CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", CLOCK_MONOTONIC),
        ("CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID),
    ] {
        m.int(name, i64::from(id));
    }
    #[cfg(target_os = "linux")]
    for (name, id) in [
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ] {
        m.int(name, i64::from(id));
    }
}

fn seconds(ns: i64) -> f64 {
    // The quotient of whole seconds and rest is rounded once.
    if ns % NANOS == 0 {
        (ns / NANOS) as f64
    } else {
        ns as f64 / 1e9
    }
}

fn id(py: &Py, v: &Val) -> PyResult<libc::clockid_t> {
    let n = ops::to_i64(py, v)?;
    libc::clockid_t::try_from(n)
        .map_err(|_| py.overflow_error("signed integer is greater than maximum"))
}

#[cold]
fn last_error(py: &Py) -> Raised {
    crate::builtins::exceptions::oserror::os_error(
        py,
        std::io::Error::last_os_error().raw_os_error().unwrap_or(0),
        None,
    )
}

/// A clock's reading in nanoseconds.
fn read(py: &Py, id: libc::clockid_t) -> PyResult<i64> {
    let mut t = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `t` is writable.
    if unsafe { libc::clock_gettime(id, &mut t) } != 0 {
        return Err(last_error(py));
    }
    Ok(t.tv_sec.saturating_mul(NANOS).saturating_add(t.tv_nsec))
}

fn resolution(py: &Py, id: libc::clockid_t) -> PyResult<i64> {
    let mut t = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `t` is writable.
    if unsafe { libc::clock_getres(id, &mut t) } != 0 {
        return Err(last_error(py));
    }
    Ok(t.tv_sec.saturating_mul(NANOS).saturating_add(t.tv_nsec))
}

fn set_clock(py: &Py, id: libc::clockid_t, ns: i64) -> PyResult<Obj> {
    let t = libc::timespec {
        tv_sec: ns.div_euclid(NANOS),
        tv_nsec: ns.rem_euclid(NANOS),
    };
    // SAFETY: `t` is a valid timespec.
    if unsafe { libc::clock_settime(id, &t) } != 0 {
        return Err(last_error(py));
    }
    Ok(py.none())
}

fn clock_info(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(name) = a[0].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "get_clock_info() argument 1 must be str, not {}",
            a[0].ty().name()
        )));
    };
    let (id, text, monotonic, adjustable) = match name.lossy().as_ref() {
        "time" => (
            libc::CLOCK_REALTIME,
            "clock_gettime(CLOCK_REALTIME)",
            false,
            true,
        ),
        "monotonic" | "perf_counter" => (
            libc::CLOCK_MONOTONIC,
            "clock_gettime(CLOCK_MONOTONIC)",
            true,
            false,
        ),
        "process_time" => (
            libc::CLOCK_PROCESS_CPUTIME_ID,
            "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)",
            true,
            false,
        ),
        "thread_time" => (
            libc::CLOCK_THREAD_CPUTIME_ID,
            "clock_gettime(CLOCK_THREAD_CPUTIME_ID)",
            true,
            false,
        ),
        _ => return Err(py.value_error("unknown clock")),
    };
    let values = [
        py.str(text),
        py.bool(monotonic),
        py.bool(adjustable),
        py.float(seconds(resolution(py, id)?)),
    ];
    let names = ["implementation", "monotonic", "adjustable", "resolution"]
        .map(|n| crate::builtins::str::intern(py, n));
    let namespace = ops::getattr_str(py, &*crate::import::import(py, "types")?, "SimpleNamespace")?;
    let objs = crate::object::native::args::objs;
    ops::call(py, &namespace, Args::new(objs(&values), objs(&names)))
}

/// Nanoseconds of a number of seconds, for timeouts; rounded away from zero so that nothing wakes too early.
pub fn seconds_argument(py: &Py, v: &Val) -> PyResult<i64> {
    let too_large = || py.overflow_error("timestamp too large to convert to C PyTime_t");
    if let Some(d) = float::view(v) {
        if d.is_nan() {
            return Err(py.value_error("Invalid value NaN (not a number)"));
        }
        let ns = d * 1e9;
        let ns = if ns >= 0.0 { ns.ceil() } else { ns.floor() };
        if ns.abs() >= 9.223_372_036_854_775e18 {
            return Err(too_large());
        }
        return Ok(ns as i64);
    }
    let n = ops::index(py, v)?;
    match int::view(&n) {
        Some(IntRef::Small(n)) => n.checked_mul(NANOS).ok_or_else(too_large),
        _ => Err(too_large()),
    }
}

fn sleep(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let ns = seconds_argument(py, &a[0])?;
    if ns < 0 {
        return Err(py.value_error("sleep length must be non-negative"));
    }
    let end = read(py, libc::CLOCK_MONOTONIC)?.saturating_add(ns);
    let t = libc::timespec {
        tv_sec: end / NANOS,
        tv_nsec: end % NANOS,
    };
    loop {
        let r = py.detached(|| {
            // SAFETY: `t` is a valid timespec; an absolute sleep reports no rest.
            unsafe {
                libc::clock_nanosleep(
                    libc::CLOCK_MONOTONIC,
                    libc::TIMER_ABSTIME,
                    &t,
                    std::ptr::null_mut(),
                )
            }
        });
        match r {
            0 => return Ok(py.none()),
            libc::EINTR => crate::thread::pending::run(py)?,
            e => return Err(crate::builtins::exceptions::oserror::os_error(py, e, None)),
        }
    }
}
