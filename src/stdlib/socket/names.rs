//! Names of hosts and services, addresses as text, numbers in network order.

use super::addr::{self, SockAddr, host_text};
use super::{gai_error, host_error};
use crate::builtins::exceptions::{self as exc, os_error};
use crate::builtins::str::StrObj;
use crate::builtins::tuple::{self, TupleObj};
use crate::builtins::{bytes, int, list};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::object::{buffer, ops};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::errno;
use crate::stdlib::posix::{c_int, check, path};
use crate::thread::Py;
use parking_lot::Mutex;
use std::ffi::{CStr, CString};

/// Held while the C library's static answer is read.
static DATABASE: Mutex<()> = Mutex::new(());

pub fn init(m: &mut ModuleInit) {
    hosts(m);
    services(m);
    numbers(m);
    texts(m);
    interfaces(m);
}

/// One answer of `getaddrinfo`.
struct Found {
    family: i32,
    kind: i32,
    proto: i32,
    name: Vec<u8>,
    addr: SockAddr,
}

fn look_up(
    host: Option<&CStr>,
    service: Option<&CStr>,
    hints: &libc::addrinfo,
) -> Result<Vec<Found>, i32> {
    let text = |t: Option<&CStr>| t.map_or(std::ptr::null(), CStr::as_ptr);
    let mut first: *mut libc::addrinfo = std::ptr::null_mut();
    // SAFETY: terminated texts, valid places; the list is read and freed once.
    unsafe {
        let r = libc::getaddrinfo(text(host), text(service), hints, &mut first);
        if r != 0 {
            return Err(r);
        }
        let mut all = Vec::new();
        let mut p = first;
        while !p.is_null() {
            let i = &*p;
            let name = if i.ai_canonname.is_null() {
                Vec::new()
            } else {
                CStr::from_ptr(i.ai_canonname).to_bytes().to_vec()
            };
            let addr = SockAddr::copy(i.ai_addr, i.ai_addrlen);
            all.push(Found {
                family: i.ai_family,
                kind: i.ai_socktype,
                proto: i.ai_protocol,
                name,
                addr,
            });
            p = i.ai_next;
        }
        libc::freeaddrinfo(first);
        Ok(all)
    }
}

fn hosts(m: &mut ModuleInit) {
    m.function(
        "getaddrinfo",
        "($module, /, host, port, family=0, type=0, proto=0, flags=0)",
        Bound(|py, a| {
            let host = match a[0].not_none() {
                Some(h) => Some(host_text(py, h).map_err(|e| {
                    if e.is(&exc::TYPE_ERROR) {
                        py.type_error("getaddrinfo() argument 1 must be string or None")
                    } else {
                        e
                    }
                })?),
                None => None,
            };
            let service = match a[1].not_none() {
                None => None,
                Some(p) if int::view(p).is_some() => {
                    let text = crate::builtins::str::lossy(&*ops::str(py, p)?).into_owned();
                    Some(CString::new(text).unwrap_or_default())
                }
                Some(p) if p.get::<StrObj>().is_some() || bytes::view(p).is_some() => {
                    Some(path::fs_path(py, p)?)
                }
                Some(_) => return Err(py.error(&exc::OS_ERROR, "Int or String expected")),
            };
            let number = |v: &Val| v.given().map_or(Ok(0), |v| c_int(py, v));
            // SAFETY: all-zero is a valid value of the plain struct.
            let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
            (hints.ai_family, hints.ai_socktype) = (number(&a[2])?, number(&a[3])?);
            (hints.ai_protocol, hints.ai_flags) = (number(&a[4])?, number(&a[5])?);
            let all = py
                .detached(|| look_up(host.as_deref(), service.as_deref(), &hints))
                .map_err(|e| gai_error(py, e))?;
            let rows = all.iter().map(|f| {
                let n = [f.family, f.kind, f.proto].map(|n| py.int(i64::from(n)));
                let mut row: Vec<Obj> = n.into_iter().collect();
                row.push(path::decode(py, &f.name));
                row.push(f.addr.to_obj(py));
                tuple::new(py, row)
            });
            Ok(list::new(py, rows.collect()))
        }),
    );
    m.function(
        "getnameinfo",
        "($module, sockaddr, flags, /)",
        Bound(|py, a| {
            let Some(t) = a[0].get::<TupleObj>() else {
                return Err(py.type_error("getnameinfo() argument 1 must be a tuple"));
            };
            let flags = c_int(py, &a[1])?;
            let family = if t.len() > 2
                || t.items()
                    .first()
                    .is_some_and(|h| crate::builtins::str::lossy(h).contains(':'))
            {
                libc::AF_INET6
            } else {
                libc::AF_INET
            };
            let at = addr::parse(py, &a[0], family, "getnameinfo")?;
            let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
            // SAFETY: a valid address; both buffers are valid for their lengths.
            let r = py.detached(|| unsafe {
                let (h, s) = (host.as_mut_ptr().cast(), service.as_mut_ptr().cast());
                libc::getnameinfo(
                    at.ptr(),
                    at.len,
                    h,
                    host.len() as u32,
                    s,
                    service.len() as u32,
                    flags,
                )
            });
            if r != 0 {
                return Err(gai_error(py, r));
            }
            Ok(tuple::new(py, vec![text(py, &host), text(py, &service)]))
        }),
    );
    m.function(
        "gethostname",
        "($module, /)",
        Bound(|py, _| {
            let mut buf = [0u8; 1024];
            // SAFETY: the buffer is valid for its length.
            check(py, || unsafe {
                libc::gethostname(buf.as_mut_ptr().cast(), buf.len() - 1) as isize
            })?;
            Ok(text(py, &buf))
        }),
    );
    m.function(
        "gethostbyname",
        "($module, hostname, /)",
        Bound(|py, a| {
            let host = host_text(py, &a[0])?;
            let at = addr::resolve(py, &host, libc::AF_INET, 0)?;
            ops::getitem(py, &at.to_obj(py), &py.int(0))
        }),
    );
    m.function(
        "gethostbyname_ex",
        "($module, hostname, /)",
        Bound(|py, a| {
            let host = host_text(py, &a[0])?;
            // SAFETY: all-zero is a valid value of the plain struct.
            let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
            (hints.ai_family, hints.ai_socktype, hints.ai_flags) =
                (libc::AF_INET, libc::SOCK_STREAM, libc::AI_CANONNAME);
            let all = py
                .detached(|| look_up(Some(&host), None, &hints))
                .map_err(|e| gai_error(py, e))?;
            let name = all.first().map_or(Vec::new(), |f| f.name.clone());
            let mut addresses = Vec::new();
            for f in &all {
                addresses.push(ops::getitem(py, &f.addr.to_obj(py), &py.int(0))?);
            }
            let rows = vec![
                path::decode(py, &name),
                list::new(py, Vec::new()),
                list::new(py, addresses),
            ];
            Ok(tuple::new(py, rows))
        }),
    );
    m.function(
        "gethostbyaddr",
        "($module, ip_address, /)",
        Bound(|py, a| {
            let host = host_text(py, &a[0])?;
            let family = if host.to_bytes().contains(&b':') {
                libc::AF_INET6
            } else {
                libc::AF_INET
            };
            let at = addr::resolve(py, &host, family, 0)?;
            let mut name = [0u8; 1025];
            // SAFETY: a valid address; the buffer is valid for its length.
            let r = py.detached(|| unsafe {
                let n = name.as_mut_ptr().cast();
                libc::getnameinfo(
                    at.ptr(),
                    at.len,
                    n,
                    name.len() as u32,
                    std::ptr::null_mut(),
                    0,
                    libc::NI_NAMEREQD,
                )
            });
            if r != 0 {
                return Err(host_error(py));
            }
            let own = ops::getitem(py, &at.to_obj(py), &py.int(0))?;
            Ok(tuple::new(
                py,
                vec![
                    text(py, &name),
                    list::new(py, Vec::new()),
                    list::new(py, vec![own]),
                ],
            ))
        }),
    );
}

/// The text up to the first NUL.
fn text(py: &Py, b: &[u8]) -> Obj {
    path::decode(py, &b[..b.iter().position(|&c| c == 0).unwrap_or(b.len())])
}

fn services(m: &mut ModuleInit) {
    m.function(
        "getservbyname",
        "($module, servicename, protocolname=<unrepresentable>, /)",
        Bound(|py, a| {
            let name = path::fs_path(py, &a[0])?;
            let proto = a[1].given().map(|p| path::fs_path(py, p)).transpose()?;
            let port = {
                let _guard = DATABASE.lock();
                // SAFETY: terminated texts; the answer is read under the lock.
                unsafe {
                    let s = libc::getservbyname(
                        name.as_ptr(),
                        proto.as_ref().map_or(std::ptr::null(), |p| p.as_ptr()),
                    );
                    if s.is_null() {
                        None
                    } else {
                        Some(u16::from_be((*s).s_port as u16))
                    }
                }
            };
            port.map(|p| py.int(i64::from(p)))
                .ok_or_else(|| py.error(&exc::OS_ERROR, "service/proto not found"))
        }),
    );
    m.function(
        "getservbyport",
        "($module, port, protocolname=<unrepresentable>, /)",
        Bound(|py, a| {
            let port = super::port(py, &a[0], "getservbyport")?;
            let proto = a[1].given().map(|p| path::fs_path(py, p)).transpose()?;
            let name = {
                let _guard = DATABASE.lock();
                // SAFETY: as above.
                unsafe {
                    let proto = proto.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
                    let s = libc::getservbyport(i32::from(port.to_be()), proto);
                    if s.is_null() {
                        None
                    } else {
                        Some(CStr::from_ptr((*s).s_name).to_bytes().to_vec())
                    }
                }
            };
            name.map(|n| path::decode(py, &n))
                .ok_or_else(|| py.error(&exc::OS_ERROR, "port/proto not found"))
        }),
    );
    m.function(
        "getprotobyname",
        "($module, protocolname, /)",
        Bound(|py, a| {
            let name = path::fs_path(py, &a[0])?;
            let n = {
                let _guard = DATABASE.lock();
                // SAFETY: as above.
                unsafe {
                    let p = libc::getprotobyname(name.as_ptr());
                    if p.is_null() {
                        None
                    } else {
                        Some((*p).p_proto)
                    }
                }
            };
            n.map(|n| py.int(i64::from(n)))
                .ok_or_else(|| py.error(&exc::OS_ERROR, "protocol not found"))
        }),
    );
}

fn short(py: &Py, v: &Val, func: &str) -> PyResult<u16> {
    let n = ops::to_i64(py, v)?;
    if n < 0 {
        return Err(py.overflow_error(format!(
            "{func}: can't convert negative Python int to C 16-bit unsigned integer"
        )));
    }
    u16::try_from(n).map_err(|_| {
        py.overflow_error(format!(
            "{func}: Python int too large to convert to C 16-bit unsigned integer"
        ))
    })
}

fn long(py: &Py, v: &Val) -> PyResult<u32> {
    let n = ops::to_i64(py, v)?;
    if n < 0 {
        return Err(py.overflow_error("can't convert negative value to unsigned int"));
    }
    u32::try_from(n).map_err(|_| py.overflow_error("int larger than 32 bits"))
}

fn numbers(m: &mut ModuleInit) {
    m.function(
        "htons",
        "($module, integer, /)",
        Bound(|py, a| Ok(py.int(i64::from(short(py, &a[0], "htons")?.to_be())))),
    );
    m.function(
        "ntohs",
        "($module, integer, /)",
        Bound(|py, a| Ok(py.int(i64::from(short(py, &a[0], "ntohs")?.to_be())))),
    );
    m.function(
        "htonl",
        "($module, integer, /)",
        Bound(|py, a| Ok(py.int(i64::from(long(py, &a[0])?.to_be())))),
    );
    m.function(
        "ntohl",
        "($module, integer, /)",
        Bound(|py, a| Ok(py.int(i64::from(long(py, &a[0])?.to_be())))),
    );
}

fn texts(m: &mut ModuleInit) {
    m.function(
        "inet_aton",
        "($module, ip_addr, /)",
        Bound(|py, a| {
            let t = path::fs_path(py, &a[0])?;
            let mut at = libc::in_addr { s_addr: 0 };
            // SAFETY: a terminated text and a valid place.
            let ok = unsafe { inet_aton(t.as_ptr(), &mut at) } != 0;
            if !ok {
                return Err(py.error(
                    &exc::OS_ERROR,
                    "illegal IP address string passed to inet_aton",
                ));
            }
            Ok(bytes::new(py, &at.s_addr.to_ne_bytes()))
        }),
    );
    m.function(
        "inet_ntoa",
        "($module, packed_ip, /)",
        Bound(|py, a| {
            let b = buffer::get(py, &a[0], false)?.to_vec();
            match <[u8; 4]>::try_from(b) {
                Ok(b) => Ok(py.str(&std::net::Ipv4Addr::from(b).to_string())),
                Err(_) => Err(py.error(&exc::OS_ERROR, "packed IP wrong length")),
            }
        }),
    );
    m.function(
        "inet_pton",
        "($module, address_family, ip_string, /)",
        Bound(|py, a| {
            let family = c_int(py, &a[0])?;
            let t = crate::builtins::str::expect(py, &a[1], "inet_pton() argument 2")?
                .lossy()
                .into_owned();
            let packed = match family {
                libc::AF_INET => t
                    .parse::<std::net::Ipv4Addr>()
                    .ok()
                    .map(|i| i.octets().to_vec()),
                libc::AF_INET6 => t
                    .parse::<std::net::Ipv6Addr>()
                    .ok()
                    .map(|i| i.octets().to_vec()),
                _ => return Err(os_error(py, libc::EAFNOSUPPORT, None)),
            };
            match packed {
                Some(b) => Ok(bytes::new(py, &b)),
                None => Err(py.error(
                    &exc::OS_ERROR,
                    "illegal IP address string passed to inet_pton",
                )),
            }
        }),
    );
    m.function(
        "inet_ntop",
        "($module, address_family, packed_ip, /)",
        Bound(|py, a| {
            let family = c_int(py, &a[0])?;
            let b = buffer::get(py, &a[1], false)?.to_vec();
            let wrong = |_| py.value_error("invalid length of packed IP address string");
            Ok(py.str(&match family {
                libc::AF_INET => {
                    std::net::Ipv4Addr::from(<[u8; 4]>::try_from(b).map_err(wrong)?).to_string()
                }
                libc::AF_INET6 => {
                    std::net::Ipv6Addr::from(<[u8; 16]>::try_from(b).map_err(wrong)?).to_string()
                }
                n => return Err(py.value_error(format!("unknown address family {n}"))),
            }))
        }),
    );
}

unsafe extern "C" {
    fn inet_aton(text: *const libc::c_char, place: *mut libc::in_addr) -> libc::c_int;
}

fn interfaces(m: &mut ModuleInit) {
    m.function(
        "if_nameindex",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: the list ends with index 0 and is freed once.
            let found = unsafe {
                let first = libc::if_nameindex();
                if first.is_null() {
                    return Err(os_error(py, errno(), None));
                }
                let mut all = Vec::new();
                let mut p = first;
                while (*p).if_index != 0 && !(*p).if_name.is_null() {
                    all.push((
                        (*p).if_index,
                        CStr::from_ptr((*p).if_name).to_bytes().to_vec(),
                    ));
                    p = p.add(1);
                }
                libc::if_freenameindex(first);
                all
            };
            let rows = found
                .iter()
                .map(|(i, n)| tuple::new(py, vec![py.int(i64::from(*i)), path::decode(py, n)]));
            Ok(list::new(py, rows.collect()))
        }),
    );
    m.function(
        "if_nametoindex",
        "($module, oname, /)",
        Bound(|py, a| {
            let name = path::fs_path(py, &a[0])?;
            // SAFETY: a terminated text.
            match unsafe { libc::if_nametoindex(name.as_ptr()) } {
                0 => Err(py.error(&exc::OS_ERROR, "no interface with this name")),
                n => Ok(py.int(i64::from(n))),
            }
        }),
    );
    m.function(
        "if_indextoname",
        "($module, if_index, /)",
        Bound(|py, a| {
            let n = long(py, &a[0])?;
            let mut buf = [0u8; 32];
            // SAFETY: room for a name.
            if unsafe { libc::if_indextoname(n, buf.as_mut_ptr().cast()) }.is_null() {
                return Err(os_error(py, errno(), None));
            }
            Ok(text(py, &buf))
        }),
    );
}
