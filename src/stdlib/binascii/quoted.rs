//! Quoted-printable.

use super::{ascii_data, flag};
use crate::builtins::bytes::{self, data};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// Registers the functions.
pub fn init(m: &mut ModuleInit) {
    m.function("a2b_qp", "($module, /, data, header=False)", Bound(decode));
    m.function(
        "b2a_qp",
        "($module, /, data, quotetabs=False, istext=True, header=False)",
        Bound(encode),
    );
}

fn decode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let header = flag(py, &a[1], false)?;
    let b = ascii_data(py, &a[0])?;
    let hex = |i: usize| b.get(i).and_then(|c| (*c as char).to_digit(16));
    let mut out = Vec::with_capacity(b.len());
    let mut i = 0;
    while i < b.len() {
        match b[i] {
            b'=' => {
                i += 1;
                match b.get(i) {
                    None => break,
                    // A soft line break: everything up to the line's end goes.
                    Some(b'\n' | b'\r') => {
                        while i < b.len() && b[i] != b'\n' {
                            i += 1;
                        }
                        i += 1;
                    }
                    Some(b'=') => {
                        out.push(b'=');
                        i += 1;
                    }
                    Some(_) => match (hex(i), hex(i + 1)) {
                        (Some(h), Some(l)) => {
                            out.push((h << 4 | l) as u8);
                            i += 2;
                        }
                        _ => out.push(b'='),
                    },
                }
            }
            b'_' if header => {
                out.push(b' ');
                i += 1;
            }
            c => {
                out.push(c);
                i += 1;
            }
        }
    }
    Ok(bytes::new(py, &out))
}

fn encode(py: &Py, a: &[Val]) -> PyResult<Obj> {
    const MAX_LINE: usize = 76;
    let quotetabs = flag(py, &a[1], false)?;
    let istext = flag(py, &a[2], true)?;
    let header = flag(py, &a[3], false)?;
    let b = data(py, &a[0])?;
    // Line ends are written as the data has them first.
    let first_end = memchr::memchr(b'\n', &b);
    let crlf = first_end.is_some_and(|i| i > 0 && b[i - 1] == b'\r');
    let mut out = Vec::with_capacity(b.len());
    let (mut line, mut i) = (0, 0);
    while i < b.len() {
        let c = b[i];
        let next = b.get(i + 1).copied();
        let quote = c > 126
            || c == b'='
            || header && c == b'_'
            || c == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0))
            || !istext && matches!(c, b'\r' | b'\n')
            || matches!(c, b'\t' | b' ') && next.is_none()
            || c < 33 && !matches!(c, b'\r' | b'\n' | b'\t' | b' ')
            || c < 33 && !matches!(c, b'\r' | b'\n') && quotetabs;
        if quote {
            if line + 3 >= MAX_LINE {
                soft_break(&mut out, crlf);
                line = 0;
            }
            out.push(b'=');
            out.extend(format!("{c:02X}").bytes());
            i += 1;
            line += 3;
            continue;
        }
        let line_end = istext && (c == b'\n' || c == b'\r' && next == Some(b'\n'));
        if line_end {
            line = 0;
            // White space before a line's end would get lost.
            if let Some(&last) = out.last()
                && matches!(last, b' ' | b'\t')
            {
                out.pop();
                out.extend(format!("={last:02X}").bytes());
            }
            if crlf {
                out.push(b'\r');
            }
            out.push(b'\n');
            i += if c == b'\r' { 2 } else { 1 };
            continue;
        }
        if next.is_some() && next != Some(b'\n') && line + 1 >= MAX_LINE {
            soft_break(&mut out, crlf);
            line = 0;
        }
        line += 1;
        out.push(if header && c == b' ' { b'_' } else { c });
        i += 1;
    }
    Ok(bytes::new(py, &out))
}

fn soft_break(out: &mut Vec<u8>, crlf: bool) {
    out.push(b'=');
    if crlf {
        out.push(b'\r');
    }
    out.push(b'\n');
}
