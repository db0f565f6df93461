//! The type `socket` and the functions that make sockets.
//!
//! With a time-out the descriptor is non-blocking, and operations wait for readiness with `poll` first.

use super::addr::{self, SockAddr};
use crate::builtins::exceptions::{self as exc, os_error};
use crate::builtins::{bytes, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::{errno, input, output, zeroed};
use crate::stdlib::posix::{c_int, check, none};
use crate::thread::Py;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Payload. Relaxed throughout: independent facts; a racing close is the program's race.
pub struct SockObj {
    fd: AtomicI32,
    family: AtomicI32,
    kind: AtomicI32,
    proto: AtomicI32,
    /// Nanoseconds; -1 to wait for ever.
    timeout: AtomicI64,
}

impl Trace for SockObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_socket.socket`.
    pub SOCKET: SockObj = "_socket.socket", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(-1);

fn this(v: &Val) -> &SockObj {
    v.cast::<SockObj>()
}

impl SockObj {
    fn fd(&self) -> i32 {
        self.fd.load(Ordering::Relaxed)
    }
    fn family(&self) -> i32 {
        self.family.load(Ordering::Relaxed)
    }
    fn timeout(&self) -> i64 {
        self.timeout.load(Ordering::Relaxed)
    }
}

/// Nanoseconds of a time-out argument; None is -1.
fn timeout_arg(py: &Py, v: &Val) -> PyResult<i64> {
    let Some(v) = v.not_none() else { return Ok(-1) };
    let d = ops::to_f64(py, v)?;
    if d.is_nan() {
        return Err(py.value_error("Invalid value NaN (not a number)"));
    }
    if d < 0.0 {
        return Err(py.value_error("Timeout value out of range"));
    }
    if d > 9.2e9 {
        return Err(py.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    Ok((d * 1e9).ceil() as i64)
}

fn timeout_value(py: &Py, n: i64) -> Obj {
    if n < 0 {
        py.none()
    } else {
        py.float(n as f64 * 1e-9)
    }
}

fn set_blocking(py: &Py, fd: i32, blocking: bool) -> PyResult<()> {
    // SAFETY: plain system calls on numbers.
    check(py, || unsafe {
        let f = libc::fcntl(fd, libc::F_GETFL);
        let new = if blocking {
            f & !libc::O_NONBLOCK
        } else {
            f | libc::O_NONBLOCK
        };
        (if f < 0 || new == f {
            f.min(0)
        } else {
            libc::fcntl(fd, libc::F_SETFL, new)
        }) as isize
    })?;
    Ok(())
}

#[cold]
fn timed_out(py: &Py) -> Raised {
    py.error(&exc::TIMEOUT_ERROR, "timed out")
}

/// Runs an operation; waits for `events` first if there is a time-out.
fn io(py: &Py, s: &SockObj, events: i16, mut f: impl FnMut(i32) -> isize) -> PyResult<isize> {
    let limit = s.timeout();
    let end = (limit > 0).then(|| Instant::now() + Duration::from_nanos(limit as u64));
    loop {
        if let Some(e) = end {
            wait_ready(py, s.fd(), events, e)?;
        }
        let fd = s.fd();
        let (r, e) = py.detached(|| {
            let r = f(fd);
            (r, if r < 0 { errno() } else { 0 })
        });
        match e {
            _ if r >= 0 => return Ok(r),
            libc::EINTR => crate::stdlib::signal::run_handlers(py)?,
            libc::EAGAIN if end.is_some() => {}
            e => return Err(os_error(py, e, None)),
        }
    }
}

/// Waits until the descriptor is ready or the time is over.
fn wait_ready(py: &Py, fd: i32, events: i16, end: Instant) -> PyResult<()> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let ms = i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX);
        let mut p = libc::pollfd {
            fd,
            events,
            revents: 0,
        };
        // SAFETY: one valid entry.
        let (r, e) = py.detached(|| (unsafe { libc::poll(&mut p, 1, ms) }, errno()));
        match r {
            0 => return Err(timed_out(py)),
            r if r > 0 => return Ok(()),
            _ if e == libc::EINTR => crate::stdlib::signal::run_handlers(py)?,
            _ => return Err(os_error(py, e, None)),
        }
    }
}

fn new(py: &Py, ty: &'static Type, _: Args) -> PyResult<Obj> {
    Ok(py.alloc_in(
        ty,
        SockObj {
            fd: AtomicI32::new(-1),
            family: AtomicI32::new(-1),
            kind: AtomicI32::new(-1),
            proto: AtomicI32::new(-1),
            timeout: AtomicI64::new(-1),
        },
    ))
}

static INIT: FnDef = FnDef::new(
    "socket",
    "(family=-1, type=-1, proto=-1, fileno=None)",
    Bound(|py, _| Ok(py.none())),
);

fn option(py: &Py, fd: i32, name: i32) -> PyResult<i32> {
    let mut n = 0i32;
    let mut len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: a valid place of the stated size.
    check(py, || unsafe {
        libc::getsockopt(fd, libc::SOL_SOCKET, name, (&raw mut n).cast(), &mut len) as isize
    })?;
    Ok(n)
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    let number = |v: &Val| v.given().map_or(Ok(-1), |v| c_int(py, v));
    let (mut family, mut kind, mut proto) = (number(&a[0])?, number(&a[1])?, number(&a[2])?);
    let fd = match a[3].not_none() {
        Some(fd) => {
            if crate::builtins::float::view(fd).is_some() {
                return Err(py.type_error("integer argument expected, got float"));
            }
            let fd = c_int(py, fd)?;
            if fd < 0 {
                return Err(py.value_error("negative file descriptor"));
            }
            let mut at = SockAddr::empty();
            // SAFETY: a valid place for the address.
            let r = unsafe { libc::getsockname(fd, at.mut_ptr(), &mut at.len) };
            if r < 0 {
                let e = errno();
                if family == -1 || e == libc::EBADF || e == libc::ENOTSOCK {
                    return Err(os_error(py, e, None));
                }
            } else if family == -1 {
                family = i32::from(at.storage.ss_family);
            }
            if kind == -1 {
                kind = option(py, fd, libc::SO_TYPE)?;
            }
            if proto == -1 {
                proto = option(py, fd, libc::SO_PROTOCOL)?;
            }
            fd
        }
        None => {
            family = if family == -1 { libc::AF_INET } else { family };
            kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
            proto = if proto == -1 { 0 } else { proto };
            // SAFETY: plain system call on numbers.
            check(py, || unsafe {
                libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) as isize
            })? as i32
        }
    };
    fill(py, v, fd, family, kind, proto)
}

fn fill(py: &Py, v: &Val, fd: i32, family: i32, kind: i32, proto: i32) -> PyResult<()> {
    let s = this(v);
    s.fd.store(fd, Ordering::Relaxed);
    s.family.store(family, Ordering::Relaxed);
    s.kind.store(
        kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC),
        Ordering::Relaxed,
    );
    s.proto.store(proto, Ordering::Relaxed);
    if kind & libc::SOCK_NONBLOCK != 0 {
        s.timeout.store(0, Ordering::Relaxed);
    } else {
        let t = DEFAULT_TIMEOUT.load(Ordering::Relaxed);
        s.timeout.store(t, Ordering::Relaxed);
        if t >= 0 {
            set_blocking(py, fd, false)?;
        }
    }
    Ok(())
}

fn finalize(py: &Py, v: &Val) {
    let s = this(v);
    if s.fd() < 0 {
        return;
    }
    let text = ops::repr_text(py, v).unwrap_or_else(|_| "<socket>".to_string());
    if let Err(e) =
        crate::stdlib::warnings::warn(py, &exc::RESOURCE_WARNING, &format!("unclosed {text}"), 1)
    {
        py.write_unraisable(e, v);
    }
    let fd = s.fd.swap(-1, Ordering::Relaxed);
    if fd >= 0 {
        // SAFETY: the descriptor was this object's.
        unsafe { libc::close(fd) };
    }
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let s = this(v);
    let n = |a: &AtomicI32| a.load(Ordering::Relaxed);
    Ok(py.str(&format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        s.fd(),
        s.family(),
        n(&s.kind),
        n(&s.proto)
    )))
}

fn init(t: &mut TypeInit) {
    t.slots().new.set(new);
    t.slots().init.set(construct);
    t.slots().repr.set(repr);
    t.slots().finalize.set(finalize);
    t.slots().needs_finalize.set(|v| this(v).fd() >= 0);
    t.getset(
        "family",
        |py, v| Ok(py.int(i64::from(this(v).family()))),
        None,
    );
    t.getset(
        "type",
        |py, v| Ok(py.int(i64::from(this(v).kind.load(Ordering::Relaxed)))),
        None,
    );
    t.getset(
        "proto",
        |py, v| Ok(py.int(i64::from(this(v).proto.load(Ordering::Relaxed)))),
        None,
    );
    t.getset(
        "timeout",
        |py, v| Ok(timeout_value(py, this(v).timeout())),
        None,
    );
    t.method(
        "fileno",
        "($self, /)",
        Bound(|py, a| Ok(py.int(i64::from(this(&a[0]).fd())))),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| {
            let fd = this(&a[0]).fd.swap(-1, Ordering::Relaxed);
            if fd >= 0 {
                // SAFETY: the descriptor was this object's.
                let (r, e) = py.detached(|| (unsafe { libc::close(fd) }, errno()));
                if r < 0 && e != libc::ECONNRESET {
                    return Err(os_error(py, e, None));
                }
            }
            Ok(py.none())
        }),
    );
    t.method(
        "detach",
        "($self, /)",
        Bound(|py, a| Ok(py.int(i64::from(this(&a[0]).fd.swap(-1, Ordering::Relaxed))))),
    );
    t.method(
        "settimeout",
        "($self, timeout, /)",
        Bound(|py, a| {
            let n = timeout_arg(py, &a[1])?;
            this(&a[0]).timeout.store(n, Ordering::Relaxed);
            set_blocking(py, this(&a[0]).fd(), n < 0)?;
            Ok(py.none())
        }),
    );
    t.method(
        "gettimeout",
        "($self, /)",
        Bound(|py, a| Ok(timeout_value(py, this(&a[0]).timeout()))),
    );
    t.method(
        "setblocking",
        "($self, flag, /)",
        Bound(|py, a| {
            let b = ops::truth(py, &a[1])?;
            this(&a[0])
                .timeout
                .store(if b { -1 } else { 0 }, Ordering::Relaxed);
            set_blocking(py, this(&a[0]).fd(), b)?;
            Ok(py.none())
        }),
    );
    t.method(
        "getblocking",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(this(&a[0]).timeout() != 0))),
    );
    connecting(t);
    transfers(t);
    t.method(
        "getsockopt",
        "($self, level, optname, buflen=0, /)",
        Bound(getsockopt),
    );
    t.method(
        "setsockopt",
        "($self, level, optname, value, optlen=0, /)",
        Bound(setsockopt),
    );
}

fn connecting(t: &mut TypeInit) {
    t.method(
        "bind",
        "($self, address, /)",
        Bound(|py, a| {
            let s = this(&a[0]);
            let at = addr::parse(py, &a[1], s.family(), "bind")?;
            // SAFETY: a valid address.
            none(
                py,
                check(py, || unsafe {
                    libc::bind(s.fd(), at.ptr(), at.len) as isize
                }),
            )
        }),
    );
    t.method(
        "listen",
        "($self, backlog=128, /)",
        Bound(|py, a| {
            let n = a[1].given().map_or(Ok(128), |n| c_int(py, n))?.max(0);
            // SAFETY: plain system call on numbers.
            none(
                py,
                check(py, || unsafe { libc::listen(this(&a[0]).fd(), n) as isize }),
            )
        }),
    );
    t.method(
        "_accept",
        "($self, /)",
        Bound(|py, a| {
            let mut at = SockAddr::empty();
            let fd = io(py, this(&a[0]), libc::POLLIN, |fd| {
                at = SockAddr::empty();
                // SAFETY: a valid place for the address.
                unsafe { libc::accept4(fd, at.mut_ptr(), &mut at.len, libc::SOCK_CLOEXEC) as isize }
            })?;
            Ok(tuple::new(py, vec![py.int(fd as i64), at.to_obj(py)]))
        }),
    );
    t.method(
        "connect",
        "($self, address, /)",
        Bound(|py, a| match connect(py, &a[0], &a[1], "connect")? {
            0 => Ok(py.none()),
            libc::ETIMEDOUT if this(&a[0]).timeout() > 0 => Err(timed_out(py)),
            e => Err(os_error(py, e, None)),
        }),
    );
    t.method(
        "connect_ex",
        "($self, address, /)",
        Bound(|py, a| {
            let e = connect(py, &a[0], &a[1], "connect_ex")?;
            let timed = e == libc::ETIMEDOUT && this(&a[0]).timeout() > 0;
            Ok(py.int(i64::from(if timed { libc::EAGAIN } else { e })))
        }),
    );
    t.method(
        "shutdown",
        "($self, how, /)",
        Bound(|py, a| {
            let how = c_int(py, &a[1])?;
            // SAFETY: plain system call on numbers.
            none(
                py,
                check(py, || unsafe {
                    libc::shutdown(this(&a[0]).fd(), how) as isize
                }),
            )
        }),
    );
    t.method(
        "getsockname",
        "($self, /)",
        Bound(|py, a| {
            let mut at = SockAddr::empty();
            // SAFETY: a valid place for the address.
            check(py, || unsafe {
                libc::getsockname(this(&a[0]).fd(), at.mut_ptr(), &mut at.len) as isize
            })?;
            Ok(at.to_obj(py))
        }),
    );
    t.method(
        "getpeername",
        "($self, /)",
        Bound(|py, a| {
            let mut at = SockAddr::empty();
            // SAFETY: a valid place for the address.
            check(py, || unsafe {
                libc::getpeername(this(&a[0]).fd(), at.mut_ptr(), &mut at.len) as isize
            })?;
            Ok(at.to_obj(py))
        }),
    );
}

/// Connects; the errno, 0 for success.
fn connect(py: &Py, v: &Val, address: &Val, func: &str) -> PyResult<i32> {
    let s = this(v);
    let at = addr::parse(py, address, s.family(), func)?;
    let fd = s.fd();
    // SAFETY: a valid address.
    let (r, e) = py.detached(|| (unsafe { libc::connect(fd, at.ptr(), at.len) }, errno()));
    if r == 0 {
        return Ok(0);
    }
    let limit = s.timeout();
    let wait = e == libc::EINTR && limit != 0 || e == libc::EINPROGRESS && limit > 0;
    if !wait {
        return Ok(e);
    }
    if e == libc::EINTR {
        crate::stdlib::signal::run_handlers(py)?;
    }
    let left = if limit > 0 {
        Duration::from_nanos(limit as u64)
    } else {
        Duration::from_secs(86_400 * 365)
    };
    match wait_ready(py, fd, libc::POLLOUT, Instant::now() + left) {
        Ok(()) => option(py, fd, libc::SO_ERROR),
        Err(e) if e.is(&exc::TIMEOUT_ERROR) => Ok(libc::ETIMEDOUT),
        Err(e) => Err(e),
    }
}

fn flags(py: &Py, v: &Val) -> PyResult<i32> {
    v.given().map_or(Ok(0), |f| c_int(py, f))
}

fn size(py: &Py, v: &Val, func: &str) -> PyResult<usize> {
    usize::try_from(ops::to_isize(py, v)?)
        .map_err(|_| py.value_error(format!("negative buffersize in {func}")))
}

fn transfers(t: &mut TypeInit) {
    t.method(
        "recv",
        "($self, bufsize, flags=0, /)",
        Bound(|py, a| {
            let (n, f) = (size(py, &a[1], "recv")?, flags(py, &a[2])?);
            let mut out = zeroed(py, n)?;
            // SAFETY: the memory is valid for `n` bytes.
            let k = io(py, this(&a[0]), libc::POLLIN, |fd| unsafe {
                libc::recv(fd, out.as_mut_ptr().cast(), n, f)
            })?;
            Ok(bytes::new(py, &out[..k as usize]))
        }),
    );
    t.method(
        "recv_into",
        "($self, buffer, nbytes=0, flags=0)",
        Bound(|py, a| {
            let mut out = output(py, &a[1], "recv_into")?;
            let n = a[2].given().map_or(Ok(0), |n| size(py, n, "recv_into"))?;
            let f = flags(py, &a[3])?;
            let o = out.as_mut_slice();
            if n > o.len() {
                return Err(py.value_error("buffer too small for requested bytes"));
            }
            let n = if n == 0 { o.len() } else { n };
            let p = o.as_mut_ptr();
            // SAFETY: the buffer is exported while `out` lives.
            Ok(py.int(io(py, this(&a[0]), libc::POLLIN, |fd| unsafe {
                libc::recv(fd, p.cast(), n, f)
            })? as i64))
        }),
    );
    t.method(
        "recvfrom",
        "($self, bufsize, flags=0, /)",
        Bound(|py, a| {
            let (n, f) = (size(py, &a[1], "recvfrom")?, flags(py, &a[2])?);
            let mut out = zeroed(py, n)?;
            let mut at = SockAddr::empty();
            // SAFETY: the memory is valid for `n` bytes; a valid place for the address.
            let k = io(py, this(&a[0]), libc::POLLIN, |fd| unsafe {
                libc::recvfrom(fd, out.as_mut_ptr().cast(), n, f, at.mut_ptr(), &mut at.len)
            })?;
            Ok(tuple::new(
                py,
                vec![bytes::new(py, &out[..k as usize]), at.to_obj(py)],
            ))
        }),
    );
    t.method(
        "recvfrom_into",
        "($self, buffer, nbytes=0, flags=0)",
        Bound(|py, a| {
            let mut out = output(py, &a[1], "recvfrom_into")?;
            let n = a[2]
                .given()
                .map_or(Ok(0), |n| size(py, n, "recvfrom_into"))?;
            let f = flags(py, &a[3])?;
            let o = out.as_mut_slice();
            if n > o.len() {
                return Err(py.value_error("nbytes is greater than the length of the buffer"));
            }
            let n = if n == 0 { o.len() } else { n };
            let p = o.as_mut_ptr();
            let mut at = SockAddr::empty();
            // SAFETY: the buffer is exported while `out` lives; a valid place for the address.
            let k = io(py, this(&a[0]), libc::POLLIN, |fd| unsafe {
                libc::recvfrom(fd, p.cast(), n, f, at.mut_ptr(), &mut at.len)
            })?;
            Ok(tuple::new(py, vec![py.int(k as i64), at.to_obj(py)]))
        }),
    );
    t.method(
        "send",
        "($self, data, flags=0, /)",
        Bound(|py, a| {
            let (data, f) = (input(py, &a[1])?, flags(py, &a[2])?);
            let b = data.as_slice();
            // SAFETY: the memory is valid while `data` lives.
            let k = io(py, this(&a[0]), libc::POLLOUT, |fd| unsafe {
                libc::send(fd, b.as_ptr().cast(), b.len(), f)
            })?;
            Ok(py.int(k as i64))
        }),
    );
    t.method(
        "sendall",
        "($self, data, flags=0, /)",
        Bound(|py, a| {
            let (data, f) = (input(py, &a[1])?, flags(py, &a[2])?);
            let mut b = data.as_slice();
            while !b.is_empty() {
                // SAFETY: the memory is valid while `data` lives.
                let k = io(py, this(&a[0]), libc::POLLOUT, |fd| unsafe {
                    libc::send(fd, b.as_ptr().cast(), b.len(), f)
                })?;
                b = &b[k as usize..];
                crate::stdlib::signal::run_handlers(py)?;
            }
            Ok(py.none())
        }),
    );
    t.method(
        "sendto",
        "($self, data, flags_or_address, address=<unrepresentable>, /)",
        Bound(|py, a| {
            let data = input(py, &a[1])?;
            let (f, address) = match a[3].given() {
                Some(address) => (c_int(py, &a[2])?, address),
                None => (0, &a[2]),
            };
            let s = this(&a[0]);
            let at = addr::parse(py, address, s.family(), "sendto")?;
            let b = data.as_slice();
            // SAFETY: the memory is valid while `data` lives; a valid address.
            let k = io(py, s, libc::POLLOUT, |fd| unsafe {
                libc::sendto(fd, b.as_ptr().cast(), b.len(), f, at.ptr(), at.len)
            })?;
            Ok(py.int(k as i64))
        }),
    );
}

fn getsockopt(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (fd, level, name) = (this(&a[0]).fd(), c_int(py, &a[1])?, c_int(py, &a[2])?);
    let n = a[3].given().map_or(Ok(0), |n| c_int(py, n))?;
    let mut buf = [0u8; 1024];
    let want = if n == 0 { size_of::<i32>() } else { n as usize };
    if n < 0 || want > buf.len() {
        return Err(py.error(&exc::OS_ERROR, "getsockopt buflen out of range"));
    }
    let mut len = want as libc::socklen_t;
    // SAFETY: the buffer is valid for `want` bytes.
    check(py, || unsafe {
        libc::getsockopt(fd, level, name, buf.as_mut_ptr().cast(), &mut len) as isize
    })?;
    if n == 0 {
        return Ok(py.int(i64::from(i32::from_ne_bytes([
            buf[0], buf[1], buf[2], buf[3],
        ]))));
    }
    Ok(bytes::new(py, &buf[..(len as usize).min(buf.len())]))
}

fn setsockopt(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (fd, level, name) = (this(&a[0]).fd(), c_int(py, &a[1])?, c_int(py, &a[2])?);
    let data = if ops::number::has_index(&a[3]) {
        c_int(py, &a[3])?.to_ne_bytes().to_vec()
    } else if a[3].is_none() {
        let n = a[4].given().map_or(Ok(0), |n| c_int(py, n))?;
        // SAFETY: no memory is passed, only a size, as the option demands.
        return none(
            py,
            check(py, || unsafe {
                libc::setsockopt(fd, level, name, std::ptr::null(), n as libc::socklen_t) as isize
            }),
        );
    } else {
        input(py, &a[3])?.to_vec()
    };
    // SAFETY: the memory is valid for its length.
    none(
        py,
        check(py, || unsafe {
            libc::setsockopt(
                fd,
                level,
                name,
                data.as_ptr().cast(),
                data.len() as libc::socklen_t,
            ) as isize
        }),
    )
}

/// Functions of the module that make and close sockets.
pub fn functions(m: &mut ModuleInit) {
    m.function(
        "socketpair",
        "($module, family=1, type=1, proto=0, /)",
        Bound(|py, a| {
            let number = |v: &Val, d: i32| v.given().map_or(Ok(d), |v| c_int(py, v));
            let (family, kind, proto) = (
                number(&a[0], libc::AF_UNIX)?,
                number(&a[1], libc::SOCK_STREAM)?,
                number(&a[2], 0)?,
            );
            let mut fds = [0; 2];
            // SAFETY: room for two descriptors.
            check(py, || unsafe {
                libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, fds.as_mut_ptr())
                    as isize
            })?;
            let make = |fd: i32| -> PyResult<Obj> {
                let v = new(py, SOCKET.ty(), Args::pos(&[]))?;
                fill(py, &v, fd, family, kind, proto)?;
                Ok(v)
            };
            let (x, y) = (make(fds[0])?, make(fds[1])?);
            Ok(tuple::new(py, vec![x, y]))
        }),
    );
    m.function(
        "close",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            none(py, check(py, || unsafe { libc::close(fd) as isize }))
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
        "getdefaulttimeout",
        "($module, /)",
        Bound(|py, _| Ok(timeout_value(py, DEFAULT_TIMEOUT.load(Ordering::Relaxed)))),
    );
    m.function(
        "setdefaulttimeout",
        "($module, timeout, /)",
        Bound(|py, a| {
            DEFAULT_TIMEOUT.store(timeout_arg(py, &a[0])?, Ordering::Relaxed);
            Ok(py.none())
        }),
    );
}
