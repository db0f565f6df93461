//! alarm, pause, interval timers.

use super::last_error;
use crate::builtins::exceptions as exc;
use crate::builtins::{dict, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::{Py, pending};

static ITIMER_ERROR: Slot = Slot::empty();

pub(super) fn add(m: &mut ModuleInit) -> PyResult<()> {
    let py = m.py();
    let ns = dict::new(py);
    ns.cast::<dict::DictObj>()
        .set_str(py, "__module__", py.str("signal"));
    let bases = tuple::new(py, vec![exc::OS_ERROR.obj()]);
    let error = ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str("itimer_error"),
        &bases,
        &ns,
    )?;
    ITIMER_ERROR.set(error.clone());
    m.add("ItimerError", error);
    for (name, n) in [
        ("ITIMER_REAL", libc::ITIMER_REAL),
        ("ITIMER_VIRTUAL", libc::ITIMER_VIRTUAL),
        ("ITIMER_PROF", libc::ITIMER_PROF),
    ] {
        m.int(name, n as i64);
    }
    m.function(
        "alarm",
        "($module, seconds, /)",
        Bound(|py, a| {
            let n = ops::to_i64(py, &a[0])?;
            // SAFETY: plain call.
            Ok(py.int(i64::from(unsafe { libc::alarm(n as libc::c_uint) })))
        }),
    );
    m.function(
        "pause",
        "($module, /)",
        Bound(|py, _| {
            py.detached(|| {
                // SAFETY: plain call.
                unsafe { libc::pause() }
            });
            pending::run(py)?;
            Ok(py.none())
        }),
    );
    m.function(
        "setitimer",
        "($module, which, seconds, interval=0.0, /)",
        Bound(|py, a| {
            let which = ops::to_i64(py, &a[0])?;
            let new = libc::itimerval {
                it_value: timeval(py, &a[1])?,
                it_interval: match a[2].given() {
                    Some(v) => timeval(py, v)?,
                    None => libc::timeval {
                        tv_sec: 0,
                        tv_usec: 0,
                    },
                },
            };
            // SAFETY: valid pointers; an unknown timer is refused by the system.
            unsafe {
                let mut old: libc::itimerval = std::mem::zeroed();
                if libc::setitimer(which as _, &new, &mut old) != 0 {
                    return itimer_error(py);
                }
                Ok(pair(py, &old))
            }
        }),
    );
    m.function(
        "getitimer",
        "($module, which, /)",
        Bound(|py, a| {
            let which = ops::to_i64(py, &a[0])?;
            // SAFETY: as above.
            unsafe {
                let mut old: libc::itimerval = std::mem::zeroed();
                if libc::getitimer(which as _, &mut old) != 0 {
                    return itimer_error(py);
                }
                Ok(pair(py, &old))
            }
        }),
    );
    Ok(())
}

fn itimer_error(py: &Py) -> PyResult<Obj> {
    let plain = last_error(py);
    let args = ops::getattr_str(py, &plain.0, "args")?;
    let items = ops::collect(py, &args)?;
    Err(crate::error::Raised(ops::call_objs(
        py,
        &ITIMER_ERROR.obj(),
        &items,
    )?))
}

fn timeval(py: &Py, v: &Val) -> PyResult<libc::timeval> {
    let ns = crate::stdlib::time::seconds_argument(py, v)?;
    let us = ns.div_euclid(1000) + (ns.rem_euclid(1000) > 0) as i64;
    Ok(libc::timeval {
        tv_sec: us.div_euclid(1_000_000),
        tv_usec: us.rem_euclid(1_000_000),
    })
}

fn pair(py: &Py, t: &libc::itimerval) -> Obj {
    let seconds = |t: &libc::timeval| py.float(t.tv_sec as f64 + t.tv_usec as f64 / 1e6);
    tuple::new(py, vec![seconds(&t.it_value), seconds(&t.it_interval)])
}
