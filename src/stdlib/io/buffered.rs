//! The buffers of `BufferedReader`, `BufferedWriter` and `BufferedRandom`: state and operations. The types are in
//! `buffered_types`.
//!
//! # Locking
//! `lock` is held by the thread whose operation runs, also while the raw stream's Python code runs; a call from within that
//! code raises RuntimeError. `st` is held for moments only and never while anything else runs.
//! **Invariant:** at most one of read-ahead and pending writes is not empty.

use super::fileio::{self, FILE_IO};
use super::util::{IoGuard, IoLock, attr, attr_true, blocking_error, call, scratch};
use crate::builtins::bytearray::ByteArrayObj;
use crate::builtins::exceptions as exc;
use crate::builtins::{bytes, int};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Payload of the three types.
pub struct BufferedObj {
    pub(super) raw: Slot,
    pub(super) lock: IoLock,
    pub(super) st: Mutex<State>,
    pub(super) detached: AtomicBool,
    pub readable: bool,
    pub writable: bool,
}

/// Read-ahead and pending writes.
#[derive(Default)]
pub struct State {
    pub(super) size: usize,
    /// Bytes read from the raw stream; those from `at` on are still to be delivered.
    pub(super) ahead: Vec<u8>,
    pub(super) at: usize,
    /// Bytes to be written to the raw stream.
    pub(super) pending: Vec<u8>,
}

impl State {
    fn rest(&self) -> &[u8] {
        &self.ahead[self.at..]
    }
    fn take(&mut self, n: usize) -> &[u8] {
        let from = self.at;
        self.at += n;
        &self.ahead[from..self.at]
    }
    fn drop_ahead(&mut self) {
        self.ahead.clear();
        self.at = 0;
    }
}

impl Trace for BufferedObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.raw);
    }
    fn clear(&self) {
        self.raw.take();
    }
}

impl BufferedObj {
    pub fn new(readable: bool, writable: bool) -> BufferedObj {
        BufferedObj {
            raw: Slot::empty(),
            lock: IoLock::new(),
            st: Mutex::default(),
            detached: AtomicBool::new(false),
            readable,
            writable,
        }
    }
    /// The raw stream, or ValueError.
    pub fn raw(&self, py: &Py) -> PyResult<Obj> {
        self.raw.get().ok_or_else(|| {
            // Relaxed: only chooses the message.
            if self.detached.load(Ordering::Relaxed) {
                py.value_error("raw stream has been detached")
            } else {
                py.value_error("I/O operation on uninitialized object")
            }
        })
    }
}

pub(super) fn this(v: &Val) -> &BufferedObj {
    v.cast::<BufferedObj>()
}

/// Whether the raw stream is closed.
pub fn is_closed(py: &Py, raw: &Val) -> PyResult<bool> {
    if FILE_IO.is_exact(raw) {
        return Ok(fileio::open_fd(py, raw).is_err());
    }
    attr_true(py, raw, "closed")
}

/// The raw stream if it is open, and the stream's lock.
pub fn enter<'a>(py: &Py, v: &'a Val, what: &str) -> PyResult<(Obj, IoGuard<'a>)> {
    let b = this(v);
    let raw = b.raw(py)?;
    if is_closed(py, &raw)? && b.st.lock().rest().is_empty() {
        return Err(py.value_error(format!("{what} closed file")));
    }
    let guard = b.lock.enter(py, v)?;
    Ok((raw, guard))
}

/// One read of the raw stream. `None` if it would block.
fn raw_read(py: &Py, raw: &Val, out: &mut [u8]) -> PyResult<Option<usize>> {
    if FILE_IO.is_exact(raw) {
        return fileio::read_into(py, raw, out);
    }
    let (view, array) = scratch(py, out.len())?;
    let r = call(py, raw, "readinto", &[&view]);
    let released = call(py, &view, "release", &[]);
    let r = r?;
    released?;
    if r.is_none() {
        return Ok(None);
    }
    let n = match ops::to_isize(py, &r) {
        Ok(n) => n,
        Err(e) => {
            let outer = py.error(&exc::OS_ERROR, "raw readinto() failed");
            exc::put_cause(&outer.0, &e.0);
            return Err(outer);
        }
    };
    match usize::try_from(n) {
        Ok(k) if k <= out.len() => {
            out[..k].copy_from_slice(&array.cast::<ByteArrayObj>().state.lock().data[..k]);
            Ok(Some(k))
        }
        _ => Err(py.error(
            &exc::OS_ERROR,
            &format!(
                "raw readinto() returned invalid length {n} (should have been between 0 and {})",
                out.len()
            ),
        )),
    }
}

/// One write to the raw stream. `None` if it would block.
fn raw_write(py: &Py, raw: &Val, data: &[u8]) -> PyResult<Option<usize>> {
    if FILE_IO.is_exact(raw) {
        return fileio::write_bytes(py, raw, data);
    }
    let view = ops::call1(
        py,
        &crate::builtins::memoryview::MEMORYVIEW.obj(),
        &bytes::new(py, data),
    )?;
    let r = call(py, raw, "write", &[&view])?;
    if r.is_none() {
        return Ok(None);
    }
    let n = ops::to_isize(py, &r)?;
    match usize::try_from(n) {
        Ok(k) if k <= data.len() => Ok(Some(k)),
        _ => Err(py.error(
            &exc::OS_ERROR,
            &format!(
                "raw write() returned invalid length {n} (should have been between 0 and {})",
                data.len()
            ),
        )),
    }
}

/// `raw.seek`, with the position it returned.
pub fn raw_seek(py: &Py, raw: &Val, to: i64, whence: i64) -> PyResult<i64> {
    let n = if FILE_IO.is_exact(raw) {
        fileio::seek_to(py, raw, to, whence)?
    } else {
        let r = call(py, raw, "seek", &[&py.int(to), &py.int(whence)])?;
        ops::to_i64(py, &r)?
    };
    if n < 0 {
        return Err(py.error(
            &exc::OS_ERROR,
            &format!("Raw stream returned invalid position {n}"),
        ));
    }
    Ok(n)
}

fn raw_tell(py: &Py, raw: &Val) -> PyResult<i64> {
    if FILE_IO.is_exact(raw) {
        return fileio::seek_to(py, raw, 0, 1);
    }
    let n = ops::to_i64(py, &*call(py, raw, "tell", &[])?)?;
    if n < 0 {
        return Err(py.error(
            &exc::OS_ERROR,
            &format!("Raw stream returned invalid position {n}"),
        ));
    }
    Ok(n)
}

/// Fills the read-ahead, which is empty, with one raw read. `None` if it would block.
fn fill(py: &Py, b: &BufferedObj, raw: &Val) -> PyResult<Option<usize>> {
    let (mut buf, size) = {
        let mut st = b.st.lock();
        st.at = 0;
        (std::mem::take(&mut st.ahead), st.size)
    };
    buf.clear();
    if buf.try_reserve_exact(size).is_err() {
        return Err(py.memory_error());
    }
    buf.resize(size, 0);
    let r = raw_read(py, raw, &mut buf);
    buf.truncate(match r {
        Ok(Some(n)) => n,
        _ => 0,
    });
    b.st.lock().ahead = buf;
    r
}

/// Before a read: pending writes go out.
fn flush_for_read(py: &Py, b: &BufferedObj, raw: &Val) -> PyResult<()> {
    if b.writable {
        flush_pending(py, b, raw)
    } else {
        Ok(())
    }
}

/// Reads `n` bytes, or all. `None`: nothing available without blocking.
pub fn read(py: &Py, v: &Val, n: Option<usize>) -> PyResult<Option<Vec<u8>>> {
    let b = this(v);
    if let Some(n) = n {
        // Enough read ahead: no raw stream is needed.
        let mut st = b.st.lock();
        if n > 0 && n <= st.rest().len() {
            return Ok(Some(st.take(n).to_vec()));
        }
    }
    let (raw, _guard) = enter(py, v, "read of")?;
    flush_for_read(py, b, &raw)?;
    let mut out = {
        let mut st = b.st.lock();
        let k = n.unwrap_or(usize::MAX).min(st.rest().len());
        st.take(k).to_vec()
    };
    let Some(n) = n else {
        return read_rest(py, &raw, out);
    };
    while out.len() < n {
        let missing = n - out.len();
        let size = b.st.lock().size;
        let got = if missing >= size.max(1) {
            // Whole blocks go past the buffer.
            let from = out.len();
            let whole = (missing / size.max(1) * size.max(1)).min(1 << 26);
            if out.try_reserve(whole).is_err() {
                return Err(py.memory_error());
            }
            out.resize(from + whole, 0);
            let r = raw_read(py, &raw, &mut out[from..]);
            out.truncate(from + r.as_ref().ok().copied().flatten().unwrap_or(0));
            r?
        } else {
            let r = fill(py, b, &raw)?;
            let mut st = b.st.lock();
            let k = missing.min(st.rest().len());
            out.extend_from_slice(st.take(k));
            r
        };
        match got {
            Some(0) => break,
            None if out.is_empty() => return Ok(None),
            None => break,
            Some(_) => {}
        }
    }
    Ok(Some(out))
}

fn read_rest(py: &Py, raw: &Val, mut out: Vec<u8>) -> PyResult<Option<Vec<u8>>> {
    if FILE_IO.is_exact(raw) {
        return Ok(match fileio::read_all(py, raw)? {
            Some(b) if out.is_empty() => Some(b),
            Some(b) => {
                out.extend_from_slice(&b);
                Some(out)
            }
            None if out.is_empty() => None,
            None => Some(out),
        });
    }
    if let Some(f) = ops::getattr_opt(py, raw, &crate::builtins::str::intern(py, "readall"))? {
        let r = ops::call0(py, &f)?;
        if r.is_none() {
            return Ok((!out.is_empty()).then_some(out));
        }
        let Some(data) = bytes::view(&r) else {
            return Err(py.type_error("readall() should return bytes"));
        };
        out.extend_from_slice(data);
        return Ok(Some(out));
    }
    loop {
        let r = ops::call_method(py, raw, &crate::object::names::read, &[])?;
        if r.is_none() {
            return Ok((!out.is_empty()).then_some(out));
        }
        let Some(data) = bytes::view(&r) else {
            return Err(py.type_error("read() should return bytes"));
        };
        if data.is_empty() {
            return Ok(Some(out));
        }
        out.extend_from_slice(data);
    }
}

/// At most `n` bytes with at most one raw read.
pub fn read1(py: &Py, v: &Val, n: Option<usize>) -> PyResult<Vec<u8>> {
    let b = this(v);
    let (raw, _guard) = enter(py, v, "read of")?;
    let n = n.unwrap_or_else(|| b.st.lock().size);
    if n == 0 {
        return Ok(Vec::new());
    }
    {
        let mut st = b.st.lock();
        let k = n.min(st.rest().len());
        if k > 0 {
            return Ok(st.take(k).to_vec());
        }
    }
    flush_for_read(py, b, &raw)?;
    b.st.lock().drop_ahead();
    let mut out = super::util::zeroed(py, n)?;
    let k = raw_read(py, &raw, &mut out)?.unwrap_or(0);
    out.truncate(k);
    Ok(out)
}

/// What is read ahead, at least one byte unless the stream ends.
pub fn peek(py: &Py, v: &Val) -> PyResult<Vec<u8>> {
    let b = this(v);
    let (raw, _guard) = enter(py, v, "peek of")?;
    flush_for_read(py, b, &raw)?;
    if b.st.lock().rest().is_empty() {
        fill(py, b, &raw)?;
    }
    Ok(b.st.lock().rest().to_vec())
}

/// Reads into memory: until it is full, or with at most one raw read.
pub fn read_into(py: &Py, v: &Val, out: &mut [u8], once: bool) -> PyResult<Option<usize>> {
    let b = this(v);
    let (raw, _guard) = enter(py, v, "readinto of")?;
    flush_for_read(py, b, &raw)?;
    let mut n = {
        let mut st = b.st.lock();
        let k = out.len().min(st.rest().len());
        out[..k].copy_from_slice(st.take(k));
        k
    };
    while n < out.len() {
        if once && n > 0 {
            break;
        }
        let size = b.st.lock().size;
        let got = if out.len() - n >= size {
            let r = raw_read(py, &raw, &mut out[n..])?;
            n += r.unwrap_or(0);
            r
        } else {
            let r = fill(py, b, &raw)?;
            let mut st = b.st.lock();
            let k = (out.len() - n).min(st.rest().len());
            out[n..n + k].copy_from_slice(st.take(k));
            n += k;
            r
        };
        match got {
            Some(0) => break,
            None if n == 0 => return Ok(None),
            None => break,
            Some(_) => {}
        }
    }
    Ok(Some(n))
}

/// A line, at most `limit` bytes of it.
pub fn read_line(py: &Py, v: &Val, limit: Option<usize>) -> PyResult<Vec<u8>> {
    let b = this(v);
    let max = limit.unwrap_or(usize::MAX);
    {
        let mut st = b.st.lock();
        let rest = st.rest();
        let rest = &rest[..max.min(rest.len())];
        let end = memchr::memchr(b'\n', rest)
            .map(|i| i + 1)
            .or((rest.len() == max).then_some(max));
        if let Some(n) = end {
            return Ok(st.take(n).to_vec());
        }
    }
    let (raw, _guard) = enter(py, v, "readline of")?;
    flush_for_read(py, b, &raw)?;
    let mut line = Vec::new();
    loop {
        {
            let mut st = b.st.lock();
            let rest = st.rest();
            let rest = &rest[..(max - line.len()).min(rest.len())];
            let found = memchr::memchr(b'\n', rest);
            let n = found.map_or(rest.len(), |i| i + 1);
            line.extend_from_slice(st.take(n));
            if found.is_some() || line.len() >= max {
                return Ok(line);
            }
        }
        if fill(py, b, &raw)?.unwrap_or(0) == 0 {
            return Ok(line);
        }
    }
}

/// Writes out what is pending. The lock is held.
fn flush_pending(py: &Py, b: &BufferedObj, raw: &Val) -> PyResult<()> {
    loop {
        let data = std::mem::take(&mut b.st.lock().pending);
        if data.is_empty() {
            return Ok(());
        }
        let r = raw_write(py, raw, &data);
        let n = match &r {
            Ok(Some(n)) => *n,
            _ => 0,
        };
        {
            // What was not written is pending again, before anything added meanwhile.
            let mut st = b.st.lock();
            let mut data = data;
            data.drain(..n);
            data.append(&mut st.pending);
            st.pending = data;
        }
        if r?.is_none() {
            return Err(blocking_error(
                py,
                "write could not complete without blocking",
                0,
            ));
        }
        crate::stdlib::signal::run_handlers(py)?;
    }
}

/// Moves the raw position back to where the program is. The lock is held.
fn rewind(py: &Py, b: &BufferedObj, raw: &Val) -> PyResult<()> {
    let n = b.st.lock().rest().len();
    if n > 0 {
        raw_seek(py, raw, -(n as i64), 1)?;
    }
    b.st.lock().drop_ahead();
    Ok(())
}

/// Writes bytes: to the buffer while they fit, else to the raw stream.
pub fn write(py: &Py, v: &Val, data: &[u8]) -> PyResult<()> {
    let b = this(v);
    let (raw, _guard) = enter(py, v, "write to")?;
    if b.readable {
        rewind(py, b, &raw)?;
    }
    let size = {
        let mut st = b.st.lock();
        if st.pending.len() + data.len() <= st.size {
            st.pending.extend_from_slice(data);
            return Ok(());
        }
        st.size
    };
    match flush_pending(py, b, &raw) {
        Ok(()) => {}
        Err(e) if e.is(&exc::BLOCKING_IO_ERROR) => {
            let mut st = b.st.lock();
            let room = st.size.saturating_sub(st.pending.len());
            let n = room.min(data.len());
            st.pending.extend_from_slice(&data[..n]);
            if n == data.len() {
                return Ok(());
            }
            drop(st);
            return Err(blocking_error(
                py,
                "write could not complete without blocking",
                n,
            ));
        }
        Err(e) => return Err(e),
    }
    let mut rest = data;
    while rest.len() > size {
        match raw_write(py, &raw, rest)? {
            Some(n) => rest = &rest[n..],
            None => {
                let n = size.min(rest.len());
                b.st.lock().pending.extend_from_slice(&rest[..n]);
                if n == rest.len() {
                    return Ok(());
                }
                let done = data.len() - rest.len() + n;
                return Err(blocking_error(
                    py,
                    "write could not complete without blocking",
                    done,
                ));
            }
        }
        crate::stdlib::signal::run_handlers(py)?;
    }
    b.st.lock().pending.extend_from_slice(rest);
    Ok(())
}

/// Writes out what is pending and brings the raw position to the program's.
pub fn flush(py: &Py, v: &Val) -> PyResult<()> {
    let b = this(v);
    let (raw, _guard) = enter(py, v, "flush of")?;
    flush_pending(py, b, &raw)?;
    if b.readable && b.writable {
        rewind(py, b, &raw)?;
    }
    Ok(())
}

/// The program's position.
pub fn tell(py: &Py, v: &Val) -> PyResult<i64> {
    let b = this(v);
    let raw = b.raw(py)?;
    let _guard = b.lock.enter(py, v)?;
    let n = raw_tell(py, &raw)?;
    let st = b.st.lock();
    Ok(n - st.rest().len() as i64 + st.pending.len() as i64)
}

/// Moves the position.
pub fn seek(py: &Py, v: &Val, to: i64, whence: i64) -> PyResult<i64> {
    let b = this(v);
    if !(0..=2).contains(&whence)
        && whence != libc::SEEK_DATA as i64
        && whence != libc::SEEK_HOLE as i64
    {
        return Err(py.value_error(format!("whence value {whence} unsupported")));
    }
    let (raw, _guard) = enter(py, v, "seek of")?;
    if !attr_seekable(py, &raw)? {
        return Err(super::util::unsupported(
            py,
            "File or stream is not seekable.",
        ));
    }
    flush_pending(py, b, &raw)?;
    let ahead = b.st.lock().rest().len() as i64;
    if b.readable && ahead > 0 && whence <= 1 {
        // Inside the read-ahead no raw seek is needed.
        let here = raw_tell(py, &raw)? - ahead;
        let target = if whence == 0 {
            to
        } else {
            here.saturating_add(to)
        };
        let mut st = b.st.lock();
        let delta = target.saturating_sub(here);
        if delta >= -(st.at as i64) && delta <= ahead && target >= 0 {
            st.at = (st.at as i64 + delta) as usize;
            return Ok(target);
        }
    }
    let to = if whence == 1 { to - ahead } else { to };
    let n = raw_seek(py, &raw, to, whence)?;
    b.st.lock().drop_ahead();
    Ok(n)
}

fn attr_seekable(py: &Py, raw: &Val) -> PyResult<bool> {
    super::util::call_true(py, raw, "seekable")
}

/// Cuts the file at `size`, or at the position.
pub fn truncate(py: &Py, v: &Val, size: &Val) -> PyResult<Obj> {
    let b = this(v);
    let (raw, _guard) = enter(py, v, "truncate of")?;
    flush_pending(py, b, &raw)?;
    let at = match size.not_none() {
        Some(n) => n.to_obj(),
        None => {
            let ahead = b.st.lock().rest().len() as i64;
            py.int(raw_tell(py, &raw)? - ahead)
        }
    };
    if b.readable {
        rewind(py, b, &raw)?;
    }
    call(py, &raw, "truncate", &[&at])
}

/// Flushes and closes the raw stream, once.
pub fn close(py: &Py, v: &Val) -> PyResult<Obj> {
    let b = this(v);
    let raw = b.raw(py)?;
    if is_closed(py, &raw)? {
        return Ok(py.none());
    }
    if super::util::own(py, v, "_finalizing").is_some() {
        if FILE_IO.check(&raw) {
            fileio::warn_unclosed(py, &raw, v);
        } else {
            let _ = call(py, &raw, "_dealloc_warn", &[v]);
        }
    }
    let flushed = ops::call_method(py, v, &crate::object::names::flush, &[]);
    let r = super::util::then(flushed, || call(py, &raw, "close", &[]));
    let mut st = b.st.lock();
    st.pending = Vec::new();
    st.ahead = Vec::new();
    st.at = 0;
    drop(st);
    r
}

/// Takes the raw stream away.
pub fn detach(py: &Py, v: &Val) -> PyResult<Obj> {
    let b = this(v);
    b.raw(py)?;
    ops::call_method(py, v, &crate::object::names::flush, &[])?;
    // Relaxed: only chooses a message.
    b.detached.store(true, Ordering::Relaxed);
    b.raw
        .take()
        .ok_or_else(|| py.value_error("raw stream has been detached"))
}

/// Sets up a stream around `raw`; a negative size is refused.
pub fn setup(py: &Py, v: &Val, raw: &Val, size: &Val) -> PyResult<()> {
    let b = this(v);
    let size = match size.given() {
        Some(n) => ops::to_isize(py, n)?,
        None => super::util::DEFAULT_BUFFER_SIZE as isize,
    };
    if b.readable && b.writable {
        super::base::check(py, raw, "seekable")?;
    }
    if b.readable {
        super::base::check(py, raw, "readable")?;
    }
    if b.writable {
        super::base::check(py, raw, "writable")?;
    }
    if size <= 0 {
        return Err(py.value_error("buffer size must be strictly positive"));
    }
    // Relaxed: only chooses a message.
    b.detached.store(false, Ordering::Relaxed);
    *b.st.lock() = State {
        size: size as usize,
        ..State::default()
    };
    b.raw.set(raw.to_obj());
    Ok(())
}

/// `raw.X` of the wrapped stream.
pub fn raw_attr(py: &Py, v: &Val, name: &str) -> PyResult<Obj> {
    attr(py, &*this(v).raw(py)?, name)
}

/// `raw.X()` of the wrapped stream.
pub fn raw_call(py: &Py, v: &Val, name: &str) -> PyResult<Obj> {
    call(py, &*this(v).raw(py)?, name, &[])
}

/// The number of bytes as an int.
pub fn count(py: &Py, n: usize) -> Obj {
    int::from_usize(py, n)
}
