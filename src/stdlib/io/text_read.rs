//! Reading text: pieces of bytes become text, lines are cut from it.

use super::buffered;
use super::bytesio::{self, BYTES_IO};
use super::newline::state_pair;
use super::text::{CHUNK, Snapshot, TEXT_IO_WRAPPER, TextObj, is_native_buffered, this};
use super::text_write;
use super::util::{call, size, unsupported};
use crate::builtins::str::{self, Builder, StrObj, codec};
use crate::builtins::{bytes, int};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::text::codecs::Codec;
use crate::thread::Py;

/// The stream below, if it can be read; pending writes are passed on.
fn readable(py: &Py, v: &Val) -> PyResult<Obj> {
    let x = this(v);
    let buffer = x.open_buffer(py)?;
    let (ok, has_decoder, pending) = {
        let st = x.st.lock();
        (
            st.readable,
            st.codec.is_some() || !x.decoder.is_empty(),
            !st.pending.is_empty(),
        )
    };
    if !ok || !has_decoder {
        return Err(unsupported(py, "not readable"));
    }
    if pending {
        text_write::flush_pending(py, x, &buffer)?;
    }
    Ok(buffer)
}

/// At most one piece of the stream below.
fn read_piece(py: &Py, x: &TextObj, buffer: &Val, want: usize) -> PyResult<Vec<u8>> {
    if is_native_buffered(buffer) {
        return buffered::read1(py, buffer, Some(want));
    }
    if BYTES_IO.is_exact(buffer) {
        return bytesio::read_bytes(py, buffer, Some(want));
    }
    let method = if x.st.lock().has_read1 {
        "read1"
    } else {
        "read"
    };
    let r = call(py, buffer, method, &[&int::from_usize(py, want)])?;
    bytes_of(py, &r, method)
}

fn bytes_of(py: &Py, r: &Val, method: &str) -> PyResult<Vec<u8>> {
    match crate::object::buffer::bytes_like(py, r)? {
        Some(b) => Ok(b.to_vec()),
        None => Err(py.type_error(format!(
            "underlying {method}() should have returned a bytes-like object, not '{}'",
            r.ty().name()
        ))),
    }
}

/// Decodes bytes with the stream's decoder, newlines included.
pub fn decode(py: &Py, x: &TextObj, data: &[u8], last: bool) -> PyResult<Obj> {
    let (codec, newline) = {
        let st = x.st.lock();
        (st.codec, st.newline)
    };
    let text = match codec {
        Some(c) => decode_native(py, x, c, data, last)?,
        None => {
            let t = call(
                py,
                &x.decoder.obj(),
                "decode",
                &[&bytes::new(py, data), &py.bool(last)],
            )?;
            if t.get::<StrObj>().is_none() {
                return Err(py.type_error(format!(
                    "decoder should return a string result, not '{}'",
                    t.ty().name()
                )));
            }
            t
        }
    };
    if !newline.is_universal() {
        return Ok(text);
    }
    let mut state = x.st.lock().newlines.clone();
    let out = state.feed(
        py,
        text,
        last,
        newline == super::newline::Newline::Translate,
    );
    x.st.lock().newlines = state;
    Ok(out)
}

fn decode_native(py: &Py, x: &TextObj, c: Codec, data: &[u8], last: bool) -> PyResult<Obj> {
    let partial = std::mem::take(&mut x.st.lock().partial);
    if partial.is_empty() {
        match c {
            Codec::Latin1 => return Ok(str::from_latin1(py, data)),
            _ if data.is_ascii() => return Ok(str::from_latin1(py, data)),
            _ => {}
        }
    }
    let mut all = partial;
    all.extend_from_slice(data);
    if c == Codec::Utf8
        && let Ok(s) = std::str::from_utf8(&all)
    {
        return Ok(py.str(s));
    }
    let b = bytes::new(py, &all);
    let (text, end) = codec::decode(py, c, &b, &all, 0, &x.errors_text(), last)?;
    all.drain(..end.min(all.len()));
    x.st.lock().partial = all;
    Ok(text)
}

/// The state in which the next piece will be decoded, kept for `tell`.
fn take_snapshot(py: &Py, x: &TextObj) -> PyResult<Snapshot> {
    let mut s = {
        let st = x.st.lock();
        Snapshot {
            pending_cr: st.newlines.pending_cr,
            partial: st.partial.clone(),
            flags: 0,
            input: Vec::new(),
        }
    };
    if let Some(d) = x.decoder.get() {
        let (b, flags) = state_pair(py, &*call(py, &d, "getstate", &[])?)?;
        s.partial = bytes::view(&b).map_or_else(Vec::new, <[u8]>::to_vec);
        s.flags = int::view(&flags)
            .and_then(|f| f.to_i64())
            .and_then(|f| u64::try_from(f).ok())
            .unwrap_or(0);
    }
    Ok(s)
}

/// Reads and decodes one more piece, whose text replaces the delivered one. False at the end of the stream.
fn more(py: &Py, x: &TextObj, buffer: &Val, hint: usize) -> PyResult<bool> {
    let telling = x.st.lock().telling;
    let mut snapshot = if telling {
        Some(take_snapshot(py, x)?)
    } else {
        None
    };
    let data = read_piece(py, x, buffer, hint.max(CHUNK))?;
    let end = data.is_empty();
    let text = decode(py, x, &data, end)?;
    if let Some(s) = &mut snapshot {
        s.input = data;
    }
    let any = !text.cast::<StrObj>().is_empty();
    {
        let mut st = x.st.lock();
        st.used = 0;
        st.snapshot = snapshot;
    }
    x.decoded.set(text);
    Ok(any || !end)
}

/// The decoded text that waits, from where on, and its length.
fn waiting(x: &TextObj) -> Option<(Obj, usize, usize)> {
    let text = x.decoded.get()?;
    let n = text.get::<StrObj>()?.len();
    let used = x.st.lock().used.min(n);
    (used < n).then_some((text, used, n))
}

/// `read(n)`
pub fn read(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = size(py, &a[1])?;
    let x = this(&a[0]);
    let _guard = x.lock.lock(py);
    let buffer = readable(py, &a[0])?;
    let Some(n) = n else {
        return read_all(py, x, &buffer);
    };
    let mut out: Option<Builder> = None;
    let mut have = 0;
    loop {
        if let Some((text, used, len)) = waiting(x) {
            let k = (n - have).min(len - used);
            x.st.lock().used = used + k;
            if have == 0 && k == n {
                return Ok(str::slice(py, &text, used, used + k));
            }
            out.get_or_insert_default()
                .push_units(text.cast::<StrObj>().units().slice(used, used + k));
            have += k;
        }
        if have >= n || !more(py, x, &buffer, n - have)? {
            break;
        }
    }
    Ok(out.map_or_else(|| py.str(""), |b| b.finish(py)))
}

fn read_all(py: &Py, x: &TextObj, buffer: &Val) -> PyResult<Obj> {
    let data = if is_native_buffered(buffer) {
        match buffered::read(py, buffer, None)? {
            Some(b) => b,
            None => {
                return Err(py.error_args(
                    &crate::builtins::exceptions::BLOCKING_IO_ERROR,
                    &[py.int(libc::EAGAIN as i64), py.str("Read returned None.")],
                ));
            }
        }
    } else if BYTES_IO.is_exact(buffer) {
        bytesio::read_bytes(py, buffer, None)?
    } else {
        bytes_of(
            py,
            &*ops::call_method(py, buffer, &names::read, &[])?,
            "read",
        )?
    };
    let text = decode(py, x, &data, true)?;
    let result = match waiting(x) {
        Some((before, used, len)) => {
            let mut b = Builder::new();
            b.push_units(before.cast::<StrObj>().units().slice(used, len));
            b.push_obj(text.cast::<StrObj>());
            b.finish(py)
        }
        None => text,
    };
    x.decoded.take();
    let mut st = x.st.lock();
    st.used = 0;
    st.snapshot = None;
    drop(st);
    Ok(result)
}

/// `readline(limit)`
pub fn readline(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let limit = size(py, &a[1])?;
    line(py, &a[0], limit)
}

/// The next line, empty at the end.
fn line(py: &Py, v: &Val, limit: Option<usize>) -> PyResult<Obj> {
    let x = this(v);
    let _guard = x.lock.lock(py);
    let buffer = readable(py, v)?;
    let newline = x.st.lock().newline;
    let mut out: Option<Builder> = None;
    loop {
        let mut hold = false;
        if let Some((text, used, len)) = waiting(x) {
            let s = text.cast::<StrObj>();
            let have = out.as_ref().map_or(0, Builder::len);
            let stop = limit.map_or(len, |n| used.saturating_add(n - have).min(len));
            // Half of "\r\n" at the end of a piece: the other half decides.
            hold = newline == super::newline::Newline::CrLf && s.units().at(len - 1) == 13;
            if let Some(b) = &mut out
                && newline == super::newline::Newline::CrLf
                && std::mem::take(&mut x.st.lock().newlines.pending_cr)
                && s.units().at(used) == 10
            {
                b.push(10);
                x.st.lock().used = used + 1;
                return Ok(out.map_or_else(|| py.str(""), |b| b.finish(py)));
            }
            let found = newline.find_end(s.units(), used).filter(|&e| e <= stop);
            let end = found.unwrap_or(stop);
            x.st.lock().used = end;
            let full = found.is_some() || limit.is_some_and(|n| have + (end - used) >= n);
            match &mut out {
                None if full => return Ok(str::slice(py, &text, used, end)),
                None => out
                    .get_or_insert_default()
                    .push_units(s.units().slice(used, end)),
                Some(b) => b.push_units(s.units().slice(used, end)),
            }
            if full {
                break;
            }
        } else if limit == Some(0) {
            return Ok(py.str(""));
        }
        if hold {
            x.st.lock().newlines.pending_cr = true;
        }
        if !more(py, x, &buffer, 0)? {
            x.decoded.take();
            let mut st = x.st.lock();
            st.used = 0;
            st.snapshot = None;
            if newline == super::newline::Newline::CrLf {
                st.newlines.pending_cr = false;
            }
            break;
        }
    }
    Ok(out.map_or_else(|| py.str(""), |b| b.finish(py)))
}

/// Iteration over lines. Positions cannot be told meanwhile.
pub fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let x = this(v);
    x.buffer(py)?;
    x.st.lock().telling = false;
    let l = if TEXT_IO_WRAPPER.is_exact(v) {
        line(py, v, None)?
    } else {
        let l = ops::call_method(py, v, &names::readline, &[])?;
        if l.get::<StrObj>().is_none() {
            return Err(py.error(
                &crate::builtins::exceptions::OS_ERROR,
                &format!(
                    "readline() should have returned a str object, not '{}'",
                    l.ty().name()
                ),
            ));
        }
        l
    };
    if l.cast::<StrObj>().is_empty() {
        let mut st = x.st.lock();
        st.snapshot = None;
        st.telling = st.seekable;
        return Ok(None);
    }
    Ok(Some(l))
}
