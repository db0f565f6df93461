//! Addresses: `(host, port)`, `(host, port, flow, scope)`, paths; and `sockaddr`.

use super::{gai_error, port};
use crate::builtins::bytes;
use crate::builtins::str::StrObj;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::object::{buffer, ops};
use crate::stdlib::posix::path;
use crate::thread::Py;
use std::ffi::{CStr, CString};

/// A `sockaddr` of any family.
pub struct SockAddr {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl SockAddr {
    /// An empty place.
    pub fn empty() -> SockAddr {
        // SAFETY: all-zero is a valid value of the plain struct.
        SockAddr {
            storage: unsafe { std::mem::zeroed() },
            len: size_of::<libc::sockaddr_storage>() as libc::socklen_t,
        }
    }
    pub fn ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    fn of<T>(value: T, len: usize) -> SockAddr {
        assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>());
        let mut a = SockAddr::empty();
        // SAFETY: the storage is large and aligned enough for every kind of address.
        unsafe { (&raw mut a.storage).cast::<T>().write(value) };
        a.len = len as libc::socklen_t;
        a
    }
    /// # Safety
    /// `p` points to an address of `len` bytes.
    pub unsafe fn copy(p: *const libc::sockaddr, len: libc::socklen_t) -> SockAddr {
        let mut a = SockAddr::empty();
        let n = (len as usize).min(size_of::<libc::sockaddr_storage>());
        // SAFETY: by the caller's promise; the storage has room for `n` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(p.cast::<u8>(), (&raw mut a.storage).cast::<u8>(), n)
        };
        a.len = n as libc::socklen_t;
        a
    }
    /// The Python form.
    pub fn to_obj(&self, py: &Py) -> Obj {
        if self.len == 0 {
            return py.none();
        }
        match i32::from(self.storage.ss_family) {
            libc::AF_INET => {
                // SAFETY: the family says what the storage holds.
                let a = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_in>() };
                let host = std::net::Ipv4Addr::from(u32::from_be(a.sin_addr.s_addr)).to_string();
                tuple::new(
                    py,
                    vec![py.str(&host), py.int(i64::from(u16::from_be(a.sin_port)))],
                )
            }
            libc::AF_INET6 => {
                // SAFETY: the family says what the storage holds.
                let a = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_in6>() };
                let host = std::net::Ipv6Addr::from(a.sin6_addr.s6_addr).to_string();
                let numbers = [
                    i64::from(u16::from_be(a.sin6_port)),
                    i64::from(u32::from_be(a.sin6_flowinfo)),
                    i64::from(a.sin6_scope_id),
                ];
                let mut all = vec![py.str(&host)];
                all.extend(numbers.iter().map(|&n| py.int(n)));
                tuple::new(py, all)
            }
            libc::AF_UNIX => {
                // SAFETY: the family says what the storage holds.
                let a = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_un>() };
                let n = (self.len as usize).saturating_sub(2).min(a.sun_path.len());
                let b: Vec<u8> = a.sun_path[..n].iter().map(|&c| c as u8).collect();
                match b.first() {
                    // The abstract name space: all bytes count.
                    Some(0) => bytes::new(py, &b),
                    _ => path::decode(py, &b[..b.iter().position(|&c| c == 0).unwrap_or(b.len())]),
                }
            }
            family => tuple::new(py, vec![py.int(i64::from(family)), py.none()]),
        }
    }
}

/// A host name as C string, in IDNA for text that is not ASCII.
pub fn host_text(py: &Py, v: &Val) -> PyResult<CString> {
    let b = if let Some(s) = v.get::<StrObj>() {
        match s.as_ascii() {
            Some(t) => t.as_bytes().to_vec(),
            None => {
                let e = crate::builtins::str::codec::encode_any(py, v, "idna", "strict")?;
                bytes::view(&e).map_or_else(Vec::new, <[u8]>::to_vec)
            }
        }
    } else if let Some(b) = buffer::bytes_like(py, v)? {
        b.to_vec()
    } else {
        return Err(py.type_error(format!(
            "str, bytes or bytearray expected, not {}",
            v.ty().name()
        )));
    };
    CString::new(b).map_err(|_| py.type_error("host name must not contain null character"))
}

/// Looks a host up; "" is any address, "<broadcast>" the broadcast one.
pub fn resolve(py: &Py, host: &CStr, family: i32, port: u16) -> PyResult<SockAddr> {
    let text = host.to_bytes();
    let v4 = |a: u32| {
        // SAFETY: all-zero is a valid value of the plain struct.
        let mut s: libc::sockaddr_in = unsafe { std::mem::zeroed() };
        s.sin_family = libc::AF_INET as libc::sa_family_t;
        s.sin_port = port.to_be();
        s.sin_addr.s_addr = a.to_be();
        SockAddr::of(s, size_of::<libc::sockaddr_in>())
    };
    let v6 = |a: [u8; 16]| {
        // SAFETY: as above.
        let mut s: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
        s.sin6_family = libc::AF_INET6 as libc::sa_family_t;
        s.sin6_port = port.to_be();
        s.sin6_addr.s6_addr = a;
        SockAddr::of(s, size_of::<libc::sockaddr_in6>())
    };
    let plain = std::str::from_utf8(text).unwrap_or("");
    match family {
        libc::AF_INET if text.is_empty() => return Ok(v4(0)),
        libc::AF_INET if text == b"<broadcast>" || text == b"255.255.255.255" => {
            return Ok(v4(u32::MAX));
        }
        libc::AF_INET => {
            if let Ok(a) = plain.parse::<std::net::Ipv4Addr>() {
                return Ok(v4(u32::from(a)));
            }
        }
        libc::AF_INET6 if text.is_empty() => return Ok(v6([0; 16])),
        _ => {
            if let Ok(a) = plain.parse::<std::net::Ipv6Addr>() {
                return Ok(v6(a.octets()));
            }
        }
    }
    // SAFETY: all-zero is a valid value of the plain struct.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = family;
    let mut found: *mut libc::addrinfo = std::ptr::null_mut();
    // SAFETY: terminated text, valid places.
    let r = py.detached(|| unsafe {
        libc::getaddrinfo(host.as_ptr(), std::ptr::null(), &hints, &mut found)
    });
    if r != 0 {
        return Err(gai_error(py, r));
    }
    // SAFETY: success gives at least one entry; the list is freed once.
    let a = unsafe {
        let a = SockAddr::copy((*found).ai_addr, (*found).ai_addrlen);
        libc::freeaddrinfo(found);
        a
    };
    Ok(match i32::from(a.storage.ss_family) {
        // SAFETY: the family says what the storage holds.
        libc::AF_INET => v4(u32::from_be(unsafe {
            (*(&raw const a.storage).cast::<libc::sockaddr_in>())
                .sin_addr
                .s_addr
        })),
        // SAFETY: as above.
        _ => v6(unsafe {
            (*(&raw const a.storage).cast::<libc::sockaddr_in6>())
                .sin6_addr
                .s6_addr
        }),
    })
}

/// Reads an address argument for a socket of `family`.
pub fn parse(py: &Py, v: &Val, family: i32, func: &str) -> PyResult<SockAddr> {
    match family {
        libc::AF_INET | libc::AF_INET6 => {
            let name = if family == libc::AF_INET {
                "AF_INET"
            } else {
                "AF_INET6"
            };
            let Some(t) = v.get::<TupleObj>() else {
                return Err(py.type_error(format!(
                    "{func}(): {name} address must be tuple, not {}",
                    v.ty().name()
                )));
            };
            let t = t.items();
            let max = if family == libc::AF_INET { 2 } else { 4 };
            if t.len() < 2 || t.len() > max {
                return Err(py.type_error(if max == 2 {
                    "AF_INET address must be a pair (host, port)"
                } else {
                    "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"
                }));
            }
            let host = host_text(py, &t[0])?;
            let p = port(py, &t[1], &format!("{func}()"))?;
            let mut a = resolve(py, &host, family, p)?;
            if family == libc::AF_INET6 {
                let number = |i: usize| {
                    t.get(i)
                        .map_or(Ok(0), |x| ops::to_i64(py, x))
                        .map(|n| n as u32)
                };
                let (flow, scope) = (number(2)?, number(3)?);
                // SAFETY: the storage holds an address of this family.
                let s = unsafe { &mut *(&raw mut a.storage).cast::<libc::sockaddr_in6>() };
                s.sin6_flowinfo = flow.to_be();
                s.sin6_scope_id = scope;
            }
            Ok(a)
        }
        libc::AF_UNIX => {
            let b = match v.get::<StrObj>() {
                Some(_) => path::encode(py, v)?,
                None => match buffer::bytes_like(py, v)? {
                    Some(b) => b.to_vec(),
                    None => {
                        return Err(py.type_error(format!(
                            "a bytes-like object is required, not '{}'",
                            v.ty().name()
                        )));
                    }
                },
            };
            // SAFETY: all-zero is a valid value of the plain struct.
            let mut s: libc::sockaddr_un = unsafe { std::mem::zeroed() };
            let is_abstract = b.first() == Some(&0);
            if b.len() + !is_abstract as usize > s.sun_path.len() {
                return Err(py.error(
                    &crate::builtins::exceptions::OS_ERROR,
                    "AF_UNIX path too long",
                ));
            }
            s.sun_family = libc::AF_UNIX as libc::sa_family_t;
            for (place, c) in s.sun_path.iter_mut().zip(&b) {
                *place = *c as libc::c_char;
            }
            let len = 2 + b.len() + (!is_abstract && !b.is_empty()) as usize;
            Ok(SockAddr::of(s, len))
        }
        _ => Err(py.error(
            &crate::builtins::exceptions::OS_ERROR,
            &format!("{func}(): bad family"),
        )),
    }
}
