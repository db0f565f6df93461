//! `OSError`: fields, and the choice of the subclass by errno.
//!
//! Fields: 0 errno, 1 strerror, 2 filename, 3 filename2, 4 characters_written (BlockingIOError).
//!
//! As in CPython, `__new__` does the work, so that the subclass can depend on the arguments; `__init__` does it only for
//! classes that define `__init__` but not `__new__`.

use super::{ExcObj, OS_ERROR, base, fields};
use crate::builtins::str::Builder;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, TypeDef, TypeInit};
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub(super) fn init(t: &mut TypeInit) {
    t.slots().new.set(new);
    t.slots().init.set(init_instance);
    t.slots().str.set(str);
    fields::field::<0>(t, "errno");
    fields::field::<1>(t, "strerror");
    fields::field::<2>(t, "filename");
    fields::field::<3>(t, "filename2");
    t.getset("characters_written", written, Some(set_written));
    t.method("__reduce__", "($self, /)", Bound(|py, a| reduce(py, &a[0])));
}

/// Whether the class defines `__init__` and inherits `__new__`.
fn uses_init(ty: &Type) -> bool {
    let own = OS_ERROR.ty();
    ty.slots.init.addr() != own.slots.init.addr() && ty.slots.new.addr() == own.slots.new.addr()
}

fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    if uses_init(ty) {
        return Ok(py.alloc_in(ty, ExcObj::with_args(tuple::empty(py))));
    }
    base::no_keywords(py, ty, args)?;
    let a = args.positional();
    let mut ty = ty;
    if (2..=5).contains(&a.len())
        && std::ptr::eq(ty, OS_ERROR.ty())
        && let Some(n) = crate::builtins::int::view(&a[0]).and_then(|n| n.to_i64())
        && let Some(def) = class_of_errno(n)
    {
        ty = def.ty();
    }
    let e = py.alloc_in(ty, ExcObj::with_args(tuple::from_slice(py, a)));
    fill(py, &e, a)?;
    Ok(e)
}

fn init_instance(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    if !uses_init(v.ty()) {
        return Ok(());
    }
    base::no_keywords(py, v.ty(), args)?;
    let a = args.positional();
    v.cast::<ExcObj>().args.set(tuple::from_slice(py, a));
    fill(py, v, a)
}

/// Sets the fields from `(errno, strerror[, filename[, winerror[, filename2]]])`.
pub(super) fn fill(py: &Py, v: &Val, a: &[Val]) -> PyResult<()> {
    if !(2..=5).contains(&a.len()) {
        return Ok(());
    }
    let e = v.cast::<ExcObj>();
    e.extra[0].set(a[0].to_obj());
    e.extra[1].set(a[1].to_obj());
    let Some(filename) = a.get(2).and_then(|f| f.not_none()) else {
        return Ok(());
    };
    let is_number =
        filename.ty().slots.index.get().is_some() || filename.ty().slots.float.get().is_some();
    if std::ptr::eq(v.ty(), super::BLOCKING_IO_ERROR.ty()) && is_number {
        let n = ops::to_isize(py, filename).map_err(|e| {
            if e.is(&super::OVERFLOW_ERROR) {
                py.value_error("cannot fit 'int' into an index-sized integer")
            } else {
                e
            }
        })?;
        e.extra[4].set(py.int(n as i64));
        return Ok(());
    }
    e.extra[2].set(filename.to_obj());
    if let Some(second) = a.get(4).and_then(|f| f.not_none()) {
        e.extra[3].set(second.to_obj());
    }
    e.args.set(tuple::from_slice(py, &a[..2]));
    Ok(())
}

fn str(py: &Py, v: &Val) -> PyResult<Obj> {
    let e = v.cast::<ExcObj>();
    let [errno, strerror, filename, second] = [0, 1, 2, 3].map(|i| e.extra[i].get());
    if filename.is_none() && (errno.is_none() || strerror.is_none()) {
        return base::str(py, v);
    }
    let mut b = Builder::new();
    let add = |b: &mut Builder, x: &Option<Obj>, repr: bool| -> PyResult<()> {
        let none = py.none();
        let x = x.as_ref().unwrap_or(&none);
        let s = if repr {
            ops::repr(py, x)?
        } else {
            ops::str(py, x)?
        };
        b.push_obj(s.cast());
        Ok(())
    };
    b.push_str("[Errno ");
    add(&mut b, &errno, false)?;
    b.push_str("] ");
    add(&mut b, &strerror, false)?;
    if filename.is_some() {
        b.push_str(": ");
        add(&mut b, &filename, true)?;
        if second.is_some() {
            b.push_str(" -> ");
            add(&mut b, &second, true)?;
        }
    }
    Ok(b.finish(py))
}

fn written(py: &Py, v: &Val) -> PyResult<Obj> {
    v.cast::<ExcObj>().extra[4].get().ok_or_else(|| {
        py.attribute_error(
            "characters_written",
            v,
            &crate::builtins::str::intern(py, "characters_written"),
        )
    })
}

fn set_written(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let slot = &v.cast::<ExcObj>().extra[4];
    match value {
        Some(x) => slot.set(py.int(ops::to_isize(py, x)? as i64)),
        None => {
            if slot.take().is_none() {
                return Err(py.attribute_error(
                    "characters_written",
                    v,
                    &crate::builtins::str::intern(py, "characters_written"),
                ));
            }
        }
    }
    Ok(())
}

fn reduce(py: &Py, v: &Val) -> PyResult<Obj> {
    let e = v.cast::<ExcObj>();
    let mut args = e.args.obj();
    if args.cast::<TupleObj>().len() == 2
        && let Some(filename) = e.extra[2].get()
    {
        let mut items: Vec<Obj> = args
            .cast::<TupleObj>()
            .items()
            .iter()
            .map(Val::to_obj)
            .collect();
        items.push(filename);
        if let Some(second) = e.extra[3].get() {
            items.push(py.none());
            items.push(second);
        }
        args = tuple::new(py, items);
    }
    base::reduce_with(py, v, args, base::dict_if_any(py, v))
}

/// The subclass for an errno value.
fn class_of_errno(n: i64) -> Option<&'static TypeDef> {
    Some(match i32::try_from(n).ok()? {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => &super::BLOCKING_IO_ERROR,
        libc::EPIPE | libc::ESHUTDOWN => &super::BROKEN_PIPE_ERROR,
        libc::ECHILD => &super::CHILD_PROCESS_ERROR,
        libc::ECONNABORTED => &super::CONNECTION_ABORTED_ERROR,
        libc::ECONNREFUSED => &super::CONNECTION_REFUSED_ERROR,
        libc::ECONNRESET => &super::CONNECTION_RESET_ERROR,
        libc::EEXIST => &super::FILE_EXISTS_ERROR,
        libc::ENOENT => &super::FILE_NOT_FOUND_ERROR,
        libc::EISDIR => &super::IS_A_DIRECTORY_ERROR,
        libc::ENOTDIR => &super::NOT_A_DIRECTORY_ERROR,
        libc::EINTR => &super::INTERRUPTED_ERROR,
        libc::EACCES | libc::EPERM => &super::PERMISSION_ERROR,
        libc::ESRCH => &super::PROCESS_LOOKUP_ERROR,
        libc::ETIMEDOUT => &super::TIMEOUT_ERROR,
        _ => return None,
    })
}

/// The system's text for an errno value.
pub fn strerror(errno: i32) -> String {
    let mut buf = [0u8; 256];
    // SAFETY: the buffer is valid for its length; the result is terminated within it.
    let ok = unsafe { libc::strerror_r(errno, buf.as_mut_ptr().cast(), buf.len()) } == 0;
    let end = buf.iter().position(|&c| c == 0).unwrap_or(0);
    if !ok && end == 0 {
        return format!("Unknown error {errno}");
    }
    String::from_utf8_lossy(&buf[..end]).into_owned()
}

/// The exception for an errno value, of the subclass that belongs to it.
#[cold]
pub fn os_error(py: &Py, errno: i32, filename: Option<&Val>) -> Raised {
    os_error2(py, errno, filename, None)
}

/// As [`os_error`], for operations on two paths.
#[cold]
pub fn os_error2(py: &Py, errno: i32, filename: Option<&Val>, second: Option<&Val>) -> Raised {
    let mut args = vec![py.int(errno as i64), py.str(&strerror(errno))];
    args.extend(filename.map(Val::to_obj));
    if let Some(s) = second {
        args.push(py.none());
        args.push(s.to_obj());
    }
    py.error_args(class_of_errno(errno as i64).unwrap_or(&OS_ERROR), &args)
}

/// The exception for a failed I/O operation of the Rust library.
#[cold]
pub fn io_error(py: &Py, e: &std::io::Error, filename: Option<&Val>) -> Raised {
    match e.raw_os_error() {
        Some(n) => os_error(py, n, filename),
        None => py.error(&OS_ERROR, &e.to_string()),
    }
}
