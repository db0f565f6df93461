//! `termios`: settings of terminals.

use super::ModuleInit;
use crate::builtins::list::{self, ListObj};
use crate::builtins::tuple;
use crate::builtins::{bytes, dict};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::io::util::{errno, sys_call};
use crate::stdlib::posix::{c_int, file_descriptor};
use crate::thread::Py;

macro_rules! table {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

const CONSTANTS: &[(&str, i64)] = table! {
    B0 B50 B75 B110 B134 B150 B200 B300 B600 B1200 B1800 B2400 B4800 B9600 B19200 B38400 B57600 B115200 B230400
    CSIZE CS5 CS6 CS7 CS8 CSTOPB CREAD PARENB PARODD HUPCL CLOCAL CRTSCTS
    IGNBRK BRKINT IGNPAR PARMRK INPCK ISTRIP INLCR IGNCR ICRNL IXON IXANY IXOFF IUTF8 IMAXBEL
    OPOST ONLCR OCRNL ONOCR ONLRET OFILL OFDEL
    ISIG ICANON ECHO ECHOE ECHOK ECHONL NOFLSH TOSTOP ECHOCTL ECHOPRT ECHOKE FLUSHO PENDIN IEXTEN
    VINTR VQUIT VERASE VKILL VEOF VTIME VMIN VSTART VSTOP VSUSP VEOL VREPRINT VDISCARD VWERASE VLNEXT VEOL2
    TCSANOW TCSADRAIN TCSAFLUSH TCIFLUSH TCOFLUSH TCIOFLUSH TCOOFF TCOON TCIOFF TCION
    TIOCGWINSZ TIOCSWINSZ TIOCGPGRP TIOCSPGRP TIOCSCTTY TIOCNOTTY TIOCINQ TIOCOUTQ TIOCSTI TIOCEXCL TIOCNXCL FIONREAD FIONBIO
    FIOCLEX FIONCLEX
};

static ERROR: Slot = Slot::empty();

fn error_class(py: &Py) -> PyResult<Obj> {
    if let Some(c) = ERROR.get() {
        return Ok(c);
    }
    let ns = dict::new(py);
    ns.cast::<dict::DictObj>()
        .set_str(py, "__module__", py.str("termios"));
    let bases = tuple::new(py, vec![crate::builtins::exceptions::EXCEPTION.obj()]);
    let c = ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str("error"),
        &bases,
        &ns,
    )?;
    ERROR.set(c.clone());
    Ok(c)
}

#[cold]
fn fail(py: &Py, e: i32) -> Raised {
    let text = crate::builtins::exceptions::oserror::strerror(e);
    match error_class(py).and_then(|c| ops::call2(py, &c, &py.int(i64::from(e)), &py.str(&text))) {
        Ok(x) => Raised(x),
        Err(x) => x,
    }
}

fn check(py: &Py, f: impl FnMut() -> isize) -> PyResult<Obj> {
    sys_call(py, f)?.map_err(|e| fail(py, e))?;
    Ok(py.none())
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "termios");
    for (name, n) in CONSTANTS {
        m.int(name, *n);
    }
    m.int("NCCS", libc::NCCS as i64);
    m.add("error", error_class(py)?);
    m.function("tcgetattr", "($module, fd, /)", Bound(get));
    m.function(
        "tcsetattr",
        "($module, fd, when, attributes, /)",
        Bound(set),
    );
    m.function(
        "tcsendbreak",
        "($module, fd, duration, /)",
        Bound(|py, a| {
            let (fd, n) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            check(py, || unsafe { libc::tcsendbreak(fd, n) as isize })
        }),
    );
    m.function(
        "tcdrain",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = file_descriptor(py, &a[0])?;
            // SAFETY: plain system call on a number.
            check(py, || unsafe { libc::tcdrain(fd) as isize })
        }),
    );
    m.function(
        "tcflush",
        "($module, fd, queue, /)",
        Bound(|py, a| {
            let (fd, n) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            check(py, || unsafe { libc::tcflush(fd, n) as isize })
        }),
    );
    m.function(
        "tcflow",
        "($module, fd, action, /)",
        Bound(|py, a| {
            let (fd, n) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            check(py, || unsafe { libc::tcflow(fd, n) as isize })
        }),
    );
    m.function(
        "tcgetwinsize",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = file_descriptor(py, &a[0])?;
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut w: libc::winsize = unsafe { std::mem::zeroed() };
            // SAFETY: the request writes to the struct.
            check(py, || unsafe {
                libc::ioctl(fd, libc::TIOCGWINSZ, &mut w) as isize
            })?;
            Ok(tuple::new(
                py,
                vec![py.int(i64::from(w.ws_row)), py.int(i64::from(w.ws_col))],
            ))
        }),
    );
    m.finish()
}

fn current(py: &Py, fd: i32) -> PyResult<libc::termios> {
    // SAFETY: a zeroed struct is a valid place for the result.
    let mut t: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the place is valid.
    if unsafe { libc::tcgetattr(fd, &mut t) } != 0 {
        return Err(fail(py, errno()));
    }
    Ok(t)
}

fn get(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let t = current(py, file_descriptor(py, &a[0])?)?;
    let raw = t.c_lflag & libc::ICANON == 0;
    let chars = t.c_cc.iter().enumerate().map(|(i, &c)| {
        if raw && (i == libc::VMIN || i == libc::VTIME) {
            py.int(i64::from(c))
        } else {
            bytes::new(py, &[c])
        }
    });
    let chars = list::new(py, chars.collect());
    // SAFETY: plain reads of the struct.
    let (input, output) = unsafe { (libc::cfgetispeed(&t), libc::cfgetospeed(&t)) };
    let numbers = [t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, input, output];
    let mut all: Vec<Obj> = numbers.iter().map(|&n| py.int(i64::from(n))).collect();
    all.push(chars);
    Ok(list::new(py, all))
}

fn set(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (fd, when) = (file_descriptor(py, &a[0])?, c_int(py, &a[1])?);
    let wrong = || py.type_error("tcsetattr, arg 3: must be 7 element list");
    let items = a[2].get::<ListObj>().ok_or_else(wrong)?.to_vec();
    let [i, o, c, l, ispeed, ospeed, chars] = items.as_slice() else {
        return Err(wrong());
    };
    let mut t = current(py, fd)?;
    let number = |v: &Val| ops::to_i64(py, v).map(|n| n as libc::tcflag_t);
    (t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag) = (number(i)?, number(o)?, number(c)?, number(l)?);
    let (input, output) = (number(ispeed)?, number(ospeed)?);
    let chars = chars
        .get::<ListObj>()
        .map(ListObj::to_vec)
        .filter(|c| c.len() == libc::NCCS);
    let Some(chars) = chars else {
        return Err(py.type_error(format!(
            "tcsetattr: attributes[6] must be {} element list",
            libc::NCCS
        )));
    };
    for (place, v) in t.c_cc.iter_mut().zip(&chars) {
        *place = match bytes::view(v) {
            Some([b]) => *b,
            _ if crate::builtins::int::view(v).is_some() => ops::to_i64(py, v)? as u8,
            _ => {
                return Err(py.type_error(
                    "tcsetattr: elements of attributes must be characters or integers",
                ));
            }
        };
    }
    // SAFETY: plain writes to the struct.
    if unsafe { libc::cfsetispeed(&mut t, input) } != 0
        || unsafe { libc::cfsetospeed(&mut t, output) } != 0
    {
        return Err(fail(py, errno()));
    }
    // SAFETY: a valid struct.
    check(py, || unsafe { libc::tcsetattr(fd, when, &t) as isize })
}
