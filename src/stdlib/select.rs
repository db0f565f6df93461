//! `select`: waiting for many descriptors with select, poll and epoll.

use super::ModuleInit;
use crate::builtins::exceptions::os_error;
use crate::builtins::{list, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::stdlib::io::util::errno;
use crate::stdlib::posix::{c_int, check, file_descriptor, none};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

macro_rules! table {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

const CONSTANTS: &[(&str, i64)] = table! {
    POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND POLLRDHUP
    EPOLLIN EPOLLOUT EPOLLPRI EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLET EPOLLONESHOT EPOLLEXCLUSIVE EPOLLRDNORM EPOLLRDBAND
    EPOLLWRNORM EPOLLWRBAND EPOLLMSG EPOLL_CLOEXEC EPOLLWAKEUP
};

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "select");
    m.doc("This module supports asynchronous I/O on multiple file descriptors.");
    for (name, n) in CONSTANTS {
        // Flags beyond 31 bits are positive.
        m.int(name, i64::from(*n as u32));
    }
    m.int("PIPE_BUF", 4096);
    m.int("POLLMSG", 0x400);
    m.add("error", crate::builtins::exceptions::OS_ERROR.obj());
    m.ty(&EPOLL);
    m.function(
        "select",
        "($module, rlist, wlist, xlist, timeout=None, /)",
        Bound(select),
    );
    m.function(
        "poll",
        "($module, /)",
        Bound(|py, _| {
            Ok(py.alloc(
                &POLL,
                PollObj {
                    fds: Mutex::default(),
                },
            ))
        }),
    );
    m.finish()
}

/// Waits in `call(milliseconds left)` until it is not interrupted any more or the time is over.
fn wait(
    py: &Py,
    limit: Option<Duration>,
    mut call: impl FnMut(i32) -> i32,
) -> PyResult<Result<i32, i32>> {
    let end = limit.map(|d| Instant::now() + d);
    loop {
        let ms = match end {
            None => -1,
            Some(e) => {
                let left = e.saturating_duration_since(Instant::now());
                i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
            }
        };
        let (r, e) = py.detached(|| (call(ms), errno()));
        if r >= 0 {
            return Ok(Ok(r));
        }
        if e != libc::EINTR {
            return Ok(Err(e));
        }
        crate::stdlib::signal::run_handlers(py)?;
    }
}

/// A time-out of at most about a century.
fn duration(py: &Py, seconds: f64) -> PyResult<Duration> {
    if seconds.is_nan() {
        return Err(py.value_error("Invalid value NaN (not a number)"));
    }
    if seconds > 4e9 {
        return Err(py.overflow_error("timeout is too large"));
    }
    Ok(Duration::from_secs_f64(seconds.max(0.0)))
}

fn select(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let limit = match a[3].not_none() {
        None => None,
        Some(t) => {
            if crate::builtins::float::view(t).is_none() && !ops::number::has_index(t) {
                return Err(py.type_error("timeout must be a float or None"));
            }
            let t = ops::to_f64(py, t)?;
            if t < 0.0 {
                return Err(py.value_error("timeout must be non-negative"));
            }
            Some(duration(py, t)?)
        }
    };
    // As poll entries: the meaning is select's, without its limit of descriptors.
    let kinds = [
        (
            libc::POLLIN,
            libc::POLLIN | libc::POLLHUP | libc::POLLERR | libc::POLLRDHUP,
        ),
        (libc::POLLOUT, libc::POLLOUT | libc::POLLERR),
        (libc::POLLPRI, libc::POLLPRI),
    ];
    let mut objects = Vec::new();
    let mut fds = Vec::new();
    for (i, (ask, _)) in kinds.iter().enumerate() {
        for o in ops::collect(py, &a[i]).map_err(|e| {
            if e.is(&crate::builtins::exceptions::TYPE_ERROR) {
                py.type_error("arguments 1-3 must be sequences")
            } else {
                e
            }
        })? {
            let fd = file_descriptor(py, &o)?;
            if fd >= libc::FD_SETSIZE as i32 {
                return Err(py.value_error("filedescriptor out of range in select()"));
            }
            fds.push(libc::pollfd {
                fd,
                events: *ask,
                revents: 0,
            });
            objects.push((i, o));
        }
    }
    // SAFETY: the entries are valid for their number.
    let r = wait(py, limit, |ms| unsafe {
        libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, ms)
    })?;
    r.map_err(|e| os_error(py, e, None))?;
    if fds.iter().any(|f| f.revents & libc::POLLNVAL != 0) {
        return Err(os_error(py, libc::EBADF, None));
    }
    let mut out = [Vec::new(), Vec::new(), Vec::new()];
    for ((i, o), f) in objects.into_iter().zip(&fds) {
        if f.revents & kinds[i].1 != 0 {
            out[i].push(o);
        }
    }
    Ok(tuple::new(
        py,
        out.into_iter().map(|v| list::new(py, v)).collect(),
    ))
}

/// Payload of a poll object: the registered descriptors in order.
pub struct PollObj {
    fds: Mutex<Vec<(i32, i16)>>,
}

impl Trace for PollObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// Type of poll objects.
    pub POLL: PollObj = "select.poll", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_poll
);

fn events(py: &Py, v: &Val) -> PyResult<i16> {
    match v.given() {
        None => Ok(libc::POLLIN | libc::POLLPRI | libc::POLLOUT),
        Some(v) => {
            let n = ops::to_i64(py, v)?;
            if n < 0 {
                return Err(py.value_error("value must be positive"));
            }
            u16::try_from(n)
                .map(|n| n as i16)
                .map_err(|_| py.overflow_error("Python int too large for C unsigned short"))
        }
    }
}

fn init_poll(t: &mut TypeInit) {
    t.method(
        "register",
        "($self, fd, eventmask=7, /)",
        Bound(|py, a| {
            let (fd, e) = (file_descriptor(py, &a[1])?, events(py, &a[2])?);
            let mut fds = a[0].cast::<PollObj>().fds.lock();
            match fds.iter_mut().find(|f| f.0 == fd) {
                Some(f) => f.1 = e,
                None => fds.push((fd, e)),
            }
            Ok(py.none())
        }),
    );
    t.method(
        "modify",
        "($self, fd, eventmask, /)",
        Bound(|py, a| {
            let (fd, e) = (file_descriptor(py, &a[1])?, events(py, &a[2])?);
            let found = a[0]
                .cast::<PollObj>()
                .fds
                .lock()
                .iter_mut()
                .find(|f| f.0 == fd)
                .map(|f| f.1 = e)
                .is_some();
            if found {
                Ok(py.none())
            } else {
                Err(os_error(py, libc::ENOENT, None))
            }
        }),
    );
    t.method(
        "unregister",
        "($self, fd, /)",
        Bound(|py, a| {
            let fd = file_descriptor(py, &a[1])?;
            let mut fds = a[0].cast::<PollObj>().fds.lock();
            let at = fds.iter().position(|f| f.0 == fd);
            if let Some(i) = at {
                fds.remove(i);
            }
            drop(fds);
            if at.is_some() {
                Ok(py.none())
            } else {
                Err(py.key_error(&py.int(i64::from(fd))))
            }
        }),
    );
    t.method(
        "poll",
        "($self, timeout=None, /)",
        Bound(|py, a| {
            let limit = match a[1].not_none() {
                None => None,
                Some(t) => {
                    let ms = ops::to_f64(py, t)?;
                    if ms < 0.0 {
                        None
                    } else {
                        Some(duration(py, ms / 1000.0)?)
                    }
                }
            };
            let mut fds: Vec<libc::pollfd> = a[0]
                .cast::<PollObj>()
                .fds
                .lock()
                .iter()
                .map(|&(fd, events)| libc::pollfd {
                    fd,
                    events,
                    revents: 0,
                })
                .collect();
            // SAFETY: the entries are valid for their number.
            let r = wait(py, limit, |ms| unsafe {
                libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, ms)
            })?;
            r.map_err(|e| os_error(py, e, None))?;
            let ready = fds.iter().filter(|f| f.revents != 0);
            let pairs = ready
                .map(|f| {
                    tuple::new(
                        py,
                        vec![py.int(i64::from(f.fd)), py.int(i64::from(f.revents as u16))],
                    )
                })
                .collect();
            Ok(list::new(py, pairs))
        }),
    );
}

/// Payload of `epoll`: its descriptor, -1 when closed.
pub struct EpollObj {
    fd: AtomicI32,
}

impl Trace for EpollObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

impl Drop for EpollObj {
    fn drop(&mut self) {
        let fd = *self.fd.get_mut();
        if fd >= 0 {
            // SAFETY: the descriptor is this object's.
            unsafe { libc::close(fd) };
        }
    }
}

crate::native_type!(
    /// The type `select.epoll`.
    pub EPOLL: EpollObj = "select.epoll", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_epoll
);

fn epoll_fd(py: &Py, v: &Val) -> PyResult<i32> {
    // Relaxed: a racing close is the program's race.
    match v.cast::<EpollObj>().fd.load(Ordering::Relaxed) {
        fd if fd < 0 => Err(py.value_error("I/O operation on closed epoll object")),
        fd => Ok(fd),
    }
}

static NEW: FnDef = FnDef::new(
    "epoll",
    "(sizehint=-1, flags=0)",
    Bound(|py, _| Ok(py.none())),
);

fn epoll_new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let bound = NEW.bind(py, args)?;
    let a = Val::from_words(&bound);
    let hint = a[0].given().map_or(Ok(-1), |h| c_int(py, h))?;
    if hint == -1 || hint > 0 {
        let flags = a[1].given().map_or(Ok(0), |f| c_int(py, f))?;
        if flags != 0 && flags != libc::EPOLL_CLOEXEC {
            return Err(os_error(py, libc::EINVAL, None));
        }
        // SAFETY: plain system call on a number.
        let fd = check(py, || unsafe {
            libc::epoll_create1(libc::EPOLL_CLOEXEC) as isize
        })?;
        return Ok(py.alloc_in(
            ty,
            EpollObj {
                fd: AtomicI32::new(fd as i32),
            },
        ));
    }
    Err(py.value_error("negative sizehint"))
}

fn control(py: &Py, v: &Val, op: i32, fd: &Val, events: u32) -> PyResult<Obj> {
    let ep = epoll_fd(py, v)?;
    let fd = file_descriptor(py, fd)?;
    let mut e = libc::epoll_event {
        events,
        u64: fd as u64,
    };
    // SAFETY: a valid event.
    none(
        py,
        check(py, || unsafe {
            libc::epoll_ctl(ep, op, fd, &mut e) as isize
        }),
    )
}

fn mask(py: &Py, v: &Val) -> PyResult<u32> {
    v.given().map_or(
        Ok((libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32),
        |v| Ok(ops::to_i64(py, v)? as u32),
    )
}

fn close(py: &Py, a: &[Val]) -> PyResult<Obj> {
    // AcqRel: only one caller closes the descriptor.
    let fd = a[0].cast::<EpollObj>().fd.swap(-1, Ordering::AcqRel);
    if fd >= 0 {
        // SAFETY: the descriptor was this object's.
        unsafe { libc::close(fd) };
    }
    Ok(py.none())
}

fn init_epoll(t: &mut TypeInit) {
    t.slots().new.set(epoll_new);
    t.classmethod(
        "fromfd",
        "($type, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[1])?;
            let ty = Type::of(&a[0]).unwrap_or_else(|| EPOLL.ty());
            Ok(py.alloc_in(
                ty,
                EpollObj {
                    fd: AtomicI32::new(fd),
                },
            ))
        }),
    );
    t.method("close", "($self, /)", Bound(close));
    t.getset(
        "closed",
        |py, v| Ok(py.bool(v.cast::<EpollObj>().fd.load(Ordering::Relaxed) < 0)),
        None,
    );
    t.method(
        "fileno",
        "($self, /)",
        Bound(|py, a| Ok(py.int(i64::from(epoll_fd(py, &a[0])?)))),
    );
    t.method(
        "register",
        "($self, fd, eventmask=7)",
        Bound(|py, a| control(py, &a[0], libc::EPOLL_CTL_ADD, &a[1], mask(py, &a[2])?)),
    );
    t.method(
        "modify",
        "($self, fd, eventmask)",
        Bound(|py, a| control(py, &a[0], libc::EPOLL_CTL_MOD, &a[1], mask(py, &a[2])?)),
    );
    t.method(
        "unregister",
        "($self, fd)",
        Bound(|py, a| control(py, &a[0], libc::EPOLL_CTL_DEL, &a[1], 0)),
    );
    t.method(
        "__enter__",
        "($self, /)",
        Bound(|py, a| {
            epoll_fd(py, &a[0])?;
            Ok(a[0].to_obj())
        }),
    );
    t.method(
        "__exit__",
        "($self, exc_type=None, exc_value=None, exc_tb=None, /)",
        Bound(close),
    );
    t.method("poll", "($self, timeout=None, maxevents=-1)", Bound(|py, a| {
        let ep = epoll_fd(py, &a[0])?;
        let limit = match a[1].not_none() {
            None => None,
            Some(t) => {
                let s = ops::to_f64(py, t)?;
                if s < 0.0 { None } else { Some(duration(py, s)?) }
            }
        };
        let max = a[2].given().map_or(Ok(-1), |m| c_int(py, m))?;
        let max = match max {
            -1 => libc::FD_SETSIZE - 1,
            n if n < 1 => return Err(py.value_error(format!("maxevents must be greater than 0, got {n}"))),
            n => (n as usize).min(65_536),
        };
        let mut found = vec![libc::epoll_event { events: 0, u64: 0 }; max];
        // SAFETY: room for `max` events.
        let r = wait(py, limit, |ms| unsafe { libc::epoll_wait(ep, found.as_mut_ptr(), max as i32, ms) })?;
        let n = r.map_err(|e| os_error(py, e, None))?;
        let pairs = found[..n as usize].iter().map(|e| {
            let (fd, events) = (e.u64 as i32, e.events);
            tuple::new(py, vec![py.int(i64::from(fd)), py.int(i64::from(events))])
        });
        Ok(list::new(py, pairs.collect()))
    }));
}
