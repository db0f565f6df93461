//! `errno`: the system's error numbers by name.

use super::ModuleInit;
use crate::builtins::dict::{self, DictObj};
use crate::error::PyResult;
use crate::object::value::Obj;
use crate::thread::Py;

macro_rules! codes {
    ($($name:ident)*) => {
        const CODES: &[(&str, i32)] = &[$((stringify!($name), libc::$name)),*];
    };
}

codes! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV
    ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK
    ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP EWOULDBLOCK ENOMSG EIDRM EBADMSG EILSEQ ENOTSOCK EDESTADDRREQ EMSGSIZE
    EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP ENOTSUP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE
    EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS
    ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EDQUOT ECANCELED EOWNERDEAD ENOTRECOVERABLE
    EMULTIHOP ENOLINK EOVERFLOW EPROTO EUSERS EREMOTE ENODATA ENOSTR ENOSR ETIME
}

#[cfg(target_os = "linux")]
const LINUX: &[(&str, i32)] = &[
    ("EADV", libc::EADV),
    ("EBADE", libc::EBADE),
    ("EBADFD", libc::EBADFD),
    ("EBADR", libc::EBADR),
    ("EBADRQC", libc::EBADRQC),
    ("EBADSLT", libc::EBADSLT),
    ("EBFONT", libc::EBFONT),
    ("ECHRNG", libc::ECHRNG),
    ("ECOMM", libc::ECOMM),
    ("EDEADLOCK", libc::EDEADLOCK),
    ("EDOTDOT", libc::EDOTDOT),
    ("EHWPOISON", libc::EHWPOISON),
    ("EISNAM", libc::EISNAM),
    ("EKEYEXPIRED", libc::EKEYEXPIRED),
    ("EKEYREJECTED", libc::EKEYREJECTED),
    ("EKEYREVOKED", libc::EKEYREVOKED),
    ("EL2HLT", libc::EL2HLT),
    ("EL2NSYNC", libc::EL2NSYNC),
    ("EL3HLT", libc::EL3HLT),
    ("EL3RST", libc::EL3RST),
    ("ELIBACC", libc::ELIBACC),
    ("ELIBBAD", libc::ELIBBAD),
    ("ELIBEXEC", libc::ELIBEXEC),
    ("ELIBMAX", libc::ELIBMAX),
    ("ELIBSCN", libc::ELIBSCN),
    ("ELNRNG", libc::ELNRNG),
    ("EMEDIUMTYPE", libc::EMEDIUMTYPE),
    ("ENAVAIL", libc::ENAVAIL),
    ("ENOANO", libc::ENOANO),
    ("ENOCSI", libc::ENOCSI),
    ("ENOKEY", libc::ENOKEY),
    ("ENOMEDIUM", libc::ENOMEDIUM),
    ("ENONET", libc::ENONET),
    ("ENOPKG", libc::ENOPKG),
    ("ENOTNAM", libc::ENOTNAM),
    ("ENOTUNIQ", libc::ENOTUNIQ),
    ("EREMCHG", libc::EREMCHG),
    ("EREMOTEIO", libc::EREMOTEIO),
    ("ERESTART", libc::ERESTART),
    ("ERFKILL", libc::ERFKILL),
    ("ESRMNT", libc::ESRMNT),
    ("ESTRPIPE", libc::ESTRPIPE),
    ("EUCLEAN", libc::EUCLEAN),
    ("EUNATCH", libc::EUNATCH),
    ("EXFULL", libc::EXFULL),
];
#[cfg(not(target_os = "linux"))]
const LINUX: &[(&str, i32)] = &[];

/// Second names of a number, which `errorcode` does not list.
const ALIASES: [&str; 3] = ["EWOULDBLOCK", "ENOTSUP", "EDEADLOCK"];

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "errno");
    m.doc("Numbers of system errors by their symbolic names.\n\nThe dictionary errorcode maps the numbers to the names.");
    let names = dict::new(py);
    for &(name, code) in CODES.iter().chain(LINUX) {
        m.int(name, i64::from(code));
        if !ALIASES.contains(&name) {
            names
                .cast::<DictObj>()
                .set(py, &py.int(i64::from(code)), py.str(name))?;
        }
    }
    m.add("errorcode", names);
    m.finish()
}
