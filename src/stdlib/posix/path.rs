//! Path arguments: str in the file system encoding, bytes, path-like objects, descriptors.

use crate::builtins::str::StrObj;
use crate::builtins::{bytes, int, str};
use crate::error::{PyResult, Raised};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use std::ffi::{CStr, CString};

/// Encodes text in the file system encoding (UTF-8, undecodable bytes as lone surrogates).
pub fn encode(py: &Py, v: &Val) -> PyResult<Vec<u8>> {
    let s = str::expect(py, v, "path")?;
    if let Some(t) = s.as_ascii() {
        return Ok(t.as_bytes().to_vec());
    }
    crate::builtins::str::codec::encode(py, crate::text::codecs::Codec::Utf8, v, "surrogateescape")
}

/// Decodes bytes of the system in the file system encoding.
pub fn decode(py: &Py, b: &[u8]) -> Obj {
    match std::str::from_utf8(b) {
        Ok(s) => str::new(py, s),
        Err(_) => {
            let mut out: Vec<u32> = Vec::with_capacity(b.len());
            for part in b.utf8_chunks() {
                out.extend(part.valid().chars().map(u32::from));
                out.extend(part.invalid().iter().map(|&c| 0xdc00 + u32::from(c)));
            }
            str::from_code_points(py, &out)
        }
    }
}

/// `os.fspath`.
pub fn fspath(py: &Py, v: &Val) -> PyResult<Obj> {
    if v.get::<StrObj>().is_some() || bytes::view(v).is_some() {
        return Ok(v.to_obj());
    }
    let refuse = || {
        py.type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            v.ty().name()
        ))
    };
    let Some(method) = ops::special(py, v, &names::__fspath__)? else {
        return Err(refuse());
    };
    if method.is_none() {
        return Err(refuse());
    }
    let r = ops::call0(py, &method)?;
    if r.get::<StrObj>().is_some() || bytes::view(&r).is_some() {
        return Ok(r);
    }
    Err(py.type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        v.ty().name(),
        r.ty().name()
    )))
}

/// The path of an argument as a C string, as `open` takes it.
pub fn fs_path(py: &Py, v: &Val) -> PyResult<CString> {
    let p = fspath(py, v)?;
    let b = match bytes::view(&p) {
        Some(b) => b.to_vec(),
        None => encode(py, &p)?,
    };
    CString::new(b).map_err(|_| py.value_error("embedded null byte"))
}

/// A path argument of a `posix` function.
pub struct Path {
    /// The argument, for error messages and to decide between str and bytes results.
    pub arg: Obj,
    pub target: Target,
    /// Results are bytes.
    pub bytes: bool,
}

/// What a path argument names.
pub enum Target {
    Path(CString),
    Fd(i32),
}

impl Path {
    /// The C string; descriptors were refused when the argument was read.
    pub fn c(&self) -> &CStr {
        match &self.target {
            Target::Path(p) => p,
            Target::Fd(_) => c"",
        }
    }
    pub fn fd(&self) -> Option<i32> {
        match self.target {
            Target::Fd(fd) => Some(fd),
            Target::Path(_) => None,
        }
    }
    /// OSError with this path as file name.
    pub fn error(&self, py: &Py, errno: i32) -> Raised {
        crate::builtins::exceptions::os_error(py, errno, Some(&self.arg))
    }
    /// A result in the argument's kind.
    pub fn result(&self, py: &Py, b: &[u8]) -> Obj {
        if self.bytes {
            bytes::new(py, b)
        } else {
            decode(py, b)
        }
    }
}

/// Reads a path argument; `fd` allows descriptors, `none` makes None mean ".".
pub fn convert(py: &Py, v: &Val, func: &str, what: &str, fd: bool, none: bool) -> PyResult<Path> {
    if none && v.not_none().is_none() {
        return Ok(Path {
            arg: py.str("."),
            target: Target::Path(c".".to_owned()),
            bytes: false,
        });
    }
    if fd && v.get::<StrObj>().is_none() && ops::number::has_index(v) {
        return Ok(Path {
            arg: v.to_obj(),
            target: Target::Fd(fd_of(py, v)?),
            bytes: false,
        });
    }
    let allowed = match (fd, none) {
        (true, true) => "string, bytes, os.PathLike, integer or None",
        (true, false) => "string, bytes, os.PathLike or integer",
        (false, true) => "string, bytes, os.PathLike or None",
        (false, false) => "string, bytes or os.PathLike",
    };
    let p = if v.get::<StrObj>().is_some() || bytes::view(v).is_some() {
        v.to_obj()
    } else {
        match ops::special(py, v, &names::__fspath__)? {
            Some(_) => fspath(py, v)?,
            None => {
                return Err(py.type_error(format!(
                    "{func}: {what} should be {allowed}, not {}",
                    v.ty().name()
                )));
            }
        }
    };
    let (raw, is_bytes) = match bytes::view(&p) {
        Some(b) => (b.to_vec(), true),
        None => (encode(py, &p)?, false),
    };
    let target = match CString::new(raw) {
        Ok(c) => Target::Path(c),
        Err(_) => return Err(py.value_error(format!("{func}: embedded null character in {what}"))),
    };
    Ok(Path {
        arg: v.to_obj(),
        target,
        bytes: is_bytes,
    })
}

/// A descriptor argument.
pub fn fd_of(py: &Py, v: &Val) -> PyResult<i32> {
    let n = ops::index(py, v)?;
    c_int(py, &n)
}

/// An int that fits a C int.
pub fn c_int(py: &Py, v: &Val) -> PyResult<i32> {
    let i = ops::index(py, v)?;
    let n = int::view(&i).and_then(|n| n.to_i64());
    let small = n.is_some_and(|n| n < 0);
    n.and_then(|n| i32::try_from(n).ok()).ok_or_else(|| {
        py.overflow_error(if small {
            "signed integer is less than minimum"
        } else {
            "signed integer is greater than maximum"
        })
    })
}
