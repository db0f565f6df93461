//! Writing text: encode, collect, pass on in large pieces.

use super::buffered;
use super::buffered_types::{BUFFERED_RANDOM, BUFFERED_WRITER};
use super::bytesio::{self, BYTES_IO};
use super::newline::replace_newlines;
use super::text::{CHUNK, TextObj, this};
use super::util::{call, unsupported};
use crate::builtins::str::{StrObj, Units, codec};
use crate::builtins::{bytes, int};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::text::codecs::Codec;
use crate::thread::Py;

/// `write(text)`
pub fn write(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(s) = a[1].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "write() argument must be str, not {}",
            a[1].ty().name()
        )));
    };
    write_text(py, &a[0], &a[1])?;
    Ok(int::from_usize(py, s.len()))
}

/// Writes a str.
pub fn write_text(py: &Py, v: &Val, text: &Val) -> PyResult<()> {
    let x = this(v);
    let buffer = x.open_buffer(py)?;
    let s = text.cast::<StrObj>();
    let _guard = x.lock.lock(py);
    let (codec, newline, line_buffering, write_through, foreign) = {
        let st = x.st.lock();
        (
            st.codec,
            st.newline,
            st.line_buffering,
            st.write_through,
            st.codec.is_none() && x.encoder.is_empty(),
        )
    };
    if foreign || not_writable(&buffer) {
        return Err(unsupported(py, "not writable"));
    }
    let translated;
    let (text, s) = match newline.written() {
        Some(by) => {
            translated = replace_newlines(py, text, by);
            (&*translated, translated.cast::<StrObj>())
        }
        None => (text, s),
    };
    let direct = match codec {
        Some(Codec::Utf8 | Codec::Ascii) => s.as_ascii().map(str::as_bytes),
        Some(Codec::Latin1) => match s.units() {
            Units::One(b) => Some(b),
            _ => None,
        },
        _ => None,
    };
    let encoded;
    let data = match (direct, codec) {
        (Some(b), _) => b,
        (None, Some(c)) => {
            encoded = codec::encode(py, c, text, &x.errors_text())?;
            &encoded[..]
        }
        (None, None) => {
            let b = call(py, &x.encoder.obj(), "encode", &[text])?;
            let Some(b) = bytes::view(&b) else {
                return Err(py.type_error(format!(
                    "encoder should return a bytes object, not '{}'",
                    b.ty().name()
                )));
            };
            encoded = b.to_vec();
            &encoded[..]
        }
    };
    let ends_line = line_buffering && has_line_end(s);
    let full = {
        let mut st = x.st.lock();
        st.at_start = false;
        st.pending.extend_from_slice(data);
        // Text that was read ahead is no longer what comes next.
        st.used = 0;
        st.snapshot = None;
        st.partial.clear();
        st.pending.len() > CHUNK
    };
    if !x.decoded.is_empty() {
        x.decoded.take();
    }
    if full || write_through || ends_line {
        flush_pending(py, x, &buffer)?;
    }
    if ends_line {
        flush_buffer(py, &buffer)?;
    }
    Ok(())
}

fn has_line_end(s: &StrObj) -> bool {
    match s.units() {
        Units::One(b) => memchr::memchr2(b'\n', b'\r', b).is_some(),
        _ => s.chars().any(|c| c == 10 || c == 13),
    }
}

fn not_writable(buffer: &Val) -> bool {
    buffer
        .get::<buffered::BufferedObj>()
        .is_some_and(|b| !b.writable)
}

fn flush_buffer(py: &Py, buffer: &Val) -> PyResult<()> {
    if BUFFERED_WRITER.is_exact(buffer) {
        return buffered::flush(py, buffer);
    }
    ops::call_method(py, buffer, &names::flush, &[])?;
    Ok(())
}

/// Passes encoded text to the stream below.
pub fn flush_pending(py: &Py, x: &TextObj, buffer: &Val) -> PyResult<()> {
    let data = std::mem::take(&mut x.st.lock().pending);
    if data.is_empty() {
        return Ok(());
    }
    if BUFFERED_WRITER.is_exact(buffer) || BUFFERED_RANDOM.is_exact(buffer) {
        buffered::write(py, buffer, &data)?;
        // The vector's memory is used again.
        let mut st = x.st.lock();
        if st.pending.is_empty() {
            let mut data = data;
            data.clear();
            st.pending = data;
        }
        return Ok(());
    }
    if BYTES_IO.is_exact(buffer) {
        return bytesio::write_bytes(py, buffer, &data);
    }
    let b = bytes::new(py, &data);
    loop {
        match ops::call_method(py, buffer, &names::write, &[&b]) {
            Err(e)
                if e.0
                    .ty()
                    .is_subtype(crate::builtins::exceptions::INTERRUPTED_ERROR.ty()) => {}
            r => return r.map(|_| ()),
        }
    }
}

/// `flush()`
pub fn flush(py: &Py, v: &Val) -> PyResult<Obj> {
    let x = this(v);
    let buffer = x.open_buffer(py)?;
    let _guard = x.lock.lock(py);
    {
        let mut st = x.st.lock();
        st.telling = st.seekable;
    }
    flush_pending(py, x, &buffer)?;
    flush_buffer(py, &buffer)?;
    Ok(py.none())
}
