//! The function `open`.

use super::buffered_types::{self, BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use super::fileio;
use super::newline::Newline;
use super::text::{self, Setup};
use super::util::{DEFAULT_BUFFER_SIZE, call};
use crate::builtins::exceptions as exc;
use crate::builtins::{int, str};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::posix::path;
use crate::thread::Py;

/// A mode as the program wrote it.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

impl Mode {
    fn parse(py: &Py, mode: &str) -> PyResult<Mode> {
        let invalid = || py.value_error(format!("invalid mode: '{mode}'"));
        let mut m = Mode::default();
        for c in mode.chars() {
            let bit = match c {
                'x' => &mut m.creating,
                'r' => &mut m.reading,
                'w' => &mut m.writing,
                'a' => &mut m.appending,
                '+' => &mut m.updating,
                't' => &mut m.text,
                'b' => &mut m.binary,
                _ => return Err(invalid()),
            };
            if std::mem::replace(bit, true) {
                return Err(invalid());
            }
        }
        if m.text && m.binary {
            return Err(py.value_error("can't have text and binary mode at once"));
        }
        if [m.creating, m.reading, m.writing, m.appending]
            .iter()
            .filter(|&&b| b)
            .count()
            != 1
        {
            return Err(py.value_error("must have exactly one of create/read/write/append mode"));
        }
        Ok(m)
    }
    fn raw(&self) -> String {
        let mut s = String::new();
        for (bit, c) in [
            (self.creating, 'x'),
            (self.reading, 'r'),
            (self.writing, 'w'),
            (self.appending, 'a'),
            (self.updating, '+'),
        ] {
            if bit {
                s.push(c);
            }
        }
        s
    }
}

/// `open(file, mode, buffering, encoding, errors, newline, closefd, opener)`
pub fn open(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let mode_text = match a[1].given() {
        Some(m) => match m.get::<str::StrObj>() {
            Some(s) => s.lossy().into_owned(),
            None => {
                return Err(py.type_error(format!(
                    "open() argument 'mode' must be str, not {}",
                    m.ty().name()
                )));
            }
        },
        None => "r".to_string(),
    };
    let buffering = match a[2].given() {
        Some(b) => path::c_int(py, b)?,
        None => -1,
    };
    for (i, what) in [(3, "encoding"), (4, "errors"), (5, "newline")] {
        if let Some(x) = a[i].not_none()
            && x.get::<str::StrObj>().is_none()
        {
            return Err(py.type_error(format!(
                "open() argument '{what}' must be str or None, not {}",
                x.ty().name()
            )));
        }
    }
    let closefd = a[6].given().map_or(Ok(true), |c| ops::truth(py, c))?;
    let file = if int::view(&a[0]).is_some() {
        a[0].to_obj()
    } else {
        path::fspath(py, &a[0])?
    };
    let m = Mode::parse(py, &mode_text)?;
    if m.binary {
        for (i, what) in [(3, "an encoding"), (4, "an errors"), (5, "a newline")] {
            if a[i].not_none().is_some() {
                return Err(py.value_error(format!("binary mode doesn't take {what} argument")));
            }
        }
        if buffering == 1 {
            crate::stdlib::warnings::warn(
                py,
                &exc::RUNTIME_WARNING,
                "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
                1,
            )?;
        }
    }
    let raw = fileio::open_new(py, &file, &m.raw(), closefd, a[7].not_none())?;
    match wrap(py, &raw, &m, &mode_text, buffering, a) {
        Ok(f) => Ok(f),
        Err(e) => {
            // The error is the first one's; a failing close adds nothing the program could use.
            let _ = call(py, &raw, "close", &[]);
            Err(e)
        }
    }
}

fn wrap(py: &Py, raw: &Val, m: &Mode, mode_text: &str, buffering: i32, a: &[Val]) -> PyResult<Obj> {
    let mut buffering = buffering;
    let mut line_buffering = false;
    if buffering == 1 && !m.binary {
        buffering = -1;
        line_buffering = true;
    } else if buffering < 0 && !m.binary {
        line_buffering = fileio::is_tty(py, raw)?;
    }
    if buffering == 1 {
        buffering = -1;
    }
    if buffering == 0 {
        if !m.binary {
            return Err(py.value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw.to_obj());
    }
    let size = match usize::try_from(buffering) {
        Ok(n) => n,
        Err(_) => fileio::block_size(py, raw)?.clamp(DEFAULT_BUFFER_SIZE, 8 << 20),
    };
    let def = if m.updating {
        &BUFFERED_RANDOM
    } else if m.reading {
        &BUFFERED_READER
    } else {
        &BUFFERED_WRITER
    };
    let buffer = buffered_types::new(py, def, raw, size)?;
    if m.binary {
        return Ok(buffer);
    }
    let s = Setup {
        encoding: a[3].not_none().map(Val::to_obj),
        errors: a[4].not_none().map(Val::to_obj),
        newline: Newline::from_arg(py, &a[5], "open")?,
        line_buffering,
        write_through: false,
    };
    let t = text::new(py, &buffer, s)?;
    super::util::set_own(py, &t, "mode", py.str(mode_text));
    Ok(t)
}

/// A file opened for reading bytes.
pub fn open_binary(py: &Py, file: &Val) -> PyResult<Obj> {
    let raw = fileio::open_new(py, file, "r", true, None)?;
    buffered_types::new(py, &BUFFERED_READER, &raw, DEFAULT_BUFFER_SIZE)
}
