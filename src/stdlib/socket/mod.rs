//! `_socket`: sockets of the families INET, INET6 and UNIX, and name look-up.
//!
//! - `addr`: addresses between Python and the system. `object`: the type `socket`. `names`: hosts, services, numbers in
//!   network order. `consts`: numbers.

pub mod addr;
pub mod consts;
pub mod names;
pub mod object;

use super::ModuleInit;
use crate::builtins::dict;
use crate::builtins::exceptions as exc;
use crate::builtins::tuple;
use crate::error::{PyResult, Raised};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

static GAI_ERROR: Slot = Slot::empty();
static HOST_ERROR: Slot = Slot::empty();

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_socket");
    m.doc(
        "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    );
    m.add("error", exc::OS_ERROR.obj());
    m.add("timeout", exc::TIMEOUT_ERROR.obj());
    m.add("gaierror", class(py, &GAI_ERROR, "gaierror")?);
    m.add("herror", class(py, &HOST_ERROR, "herror")?);
    m.ty(&object::SOCKET);
    m.add("SocketType", object::SOCKET.obj());
    m.add("has_ipv6", py.bool(true));
    consts::init(&mut m);
    names::init(&mut m);
    object::functions(&mut m);
    m.finish()
}

/// A subclass of OSError, made on first use.
fn class(py: &Py, place: &Slot, name: &str) -> PyResult<Obj> {
    if let Some(c) = place.get() {
        return Ok(c);
    }
    let ns = dict::new(py);
    ns.cast::<dict::DictObj>()
        .set_str(py, "__module__", py.str("socket"));
    let bases = tuple::new(py, vec![exc::OS_ERROR.obj()]);
    let c = ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str(name),
        &bases,
        &ns,
    )?;
    place.set(c.clone());
    Ok(c)
}

fn raise(py: &Py, class: PyResult<Obj>, code: i32, text: &str) -> Raised {
    let made = class.and_then(|c| ops::call2(py, &c, &py.int(i64::from(code)), &py.str(text)));
    match made {
        Ok(e) => Raised(e),
        Err(e) => e,
    }
}

/// `gaierror` for a result of `getaddrinfo`.
#[cold]
pub fn gai_error(py: &Py, code: i32) -> Raised {
    // SAFETY: the library returns a constant, terminated text.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::gai_strerror(code)) }
        .to_string_lossy()
        .into_owned();
    raise(py, class(py, &GAI_ERROR, "gaierror"), code, &text)
}

/// `herror` for an unknown host.
#[cold]
pub fn host_error(py: &Py) -> Raised {
    raise(py, class(py, &HOST_ERROR, "herror"), 1, "Unknown host")
}

/// A port number.
pub fn port(py: &Py, v: &Val, func: &str) -> PyResult<u16> {
    let n = ops::to_i64(py, v)?;
    u16::try_from(n).map_err(|_| py.overflow_error(format!("{func}: port must be 0-65535.")))
}
