//! Positions in text: `tell` gives a number that `seek` understands.
//!
//! The number is the position of the bytes below when everything decoded is delivered. Else it also says in what state the
//! decoder was there, how many bytes it must be fed and how many characters to skip: five fields of 64 bits.

use super::text::{Snapshot, TextObj, reset_encoder, this};
use super::util::{call, unsupported};
use super::{text_read, text_write};
use crate::builtins::str::StrObj;
use crate::builtins::{bytes, int, tuple};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;

/// The fields of a position.
#[derive(Default)]
struct Cookie {
    start: u64,
    flags: u64,
    feed: u64,
    skip: u64,
    eof: bool,
}

impl Cookie {
    fn pack(&self) -> BigInt {
        let mut n = BigInt::from(self.eof as u8);
        for part in [self.skip, self.feed, self.flags, self.start] {
            n = (n << 64) | BigInt::from(part);
        }
        n
    }
    fn unpack(n: &BigInt) -> Option<Cookie> {
        if n.sign() == Sign::Minus || n.bits() > 264 {
            return None;
        }
        let mask = BigInt::from(u64::MAX);
        let part = |i: u32| ((n >> (64 * i)) & &mask).to_u64();
        Some(Cookie {
            start: part(0)?,
            flags: part(1)?,
            feed: part(2)?,
            skip: part(3)?,
            eof: part(4)? != 0,
        })
    }
}

/// Puts the decoder into a state; the start of the stream is not the state of flags 0 for codecs with a byte order mark.
fn set_decoder(py: &Py, x: &TextObj, s: &Snapshot, at_start: bool) -> PyResult<()> {
    {
        let mut st = x.st.lock();
        st.newlines.pending_cr = s.pending_cr;
        if st.codec.is_some() {
            st.partial = s.partial.clone();
        }
    }
    if let Some(d) = x.decoder.get() {
        if at_start {
            call(py, &d, "reset", &[])?;
        } else {
            let state = tuple::new(
                py,
                vec![bytes::new(py, &s.partial), int::from_u64(py, s.flags)],
            );
            call(py, &d, "setstate", &[&state])?;
        }
    }
    Ok(())
}

/// The decoder's state.
fn get_decoder(py: &Py, x: &TextObj) -> PyResult<Snapshot> {
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
        let (b, f) = super::newline::state_pair(py, &*call(py, &d, "getstate", &[])?)?;
        s.partial = bytes::view(&b).map_or_else(Vec::new, <[u8]>::to_vec);
        s.flags = int::view(&f)
            .and_then(|f| f.to_i64())
            .and_then(|f| u64::try_from(f).ok())
            .unwrap_or(0);
    }
    Ok(s)
}

/// `tell()`
pub fn tell(py: &Py, v: &Val) -> PyResult<Obj> {
    let x = this(v);
    let buffer = x.open_buffer(py)?;
    let _guard = x.lock.lock(py);
    let (seekable, telling) = {
        let st = x.st.lock();
        (st.seekable, st.telling)
    };
    if !seekable {
        return Err(unsupported(py, "underlying stream is not seekable"));
    }
    if !telling {
        return Err(py.error(
            &crate::builtins::exceptions::OS_ERROR,
            "telling position disabled by next() call",
        ));
    }
    text_write::flush_pending(py, x, &buffer)?;
    ops::call_method(py, v, &names::flush, &[])?;
    let here = call(py, &buffer, "tell", &[])?;
    let (snapshot, used) = {
        let st = x.st.lock();
        (st.snapshot.clone(), st.used)
    };
    let Some(snapshot) = snapshot else {
        return Ok(here);
    };
    let start =
        ops::to_i64(py, &here)? - snapshot.input.len() as i64 - snapshot.partial.len() as i64;
    let mut cookie = Cookie {
        start: start.max(0) as u64,
        ..Cookie::default()
    };
    let flags = |s: &Snapshot| s.flags << 1 | s.pending_cr as u64;
    cookie.flags = flags(&snapshot);
    if used == 0 && snapshot.partial.is_empty() {
        return Ok(int::from_big(py, cookie.pack()));
    }
    // Feeds the bytes one by one to find the last place before the position where the decoder holds nothing back.
    let saved = get_decoder(py, x)?;
    let seen = x.st.lock().newlines.seen;
    let found = search(py, x, &snapshot, used, &mut cookie, flags);
    set_decoder(py, x, &saved, false)?;
    x.st.lock().newlines.seen = seen;
    found?;
    Ok(int::from_big(py, cookie.pack()))
}

fn search(
    py: &Py,
    x: &TextObj,
    snapshot: &Snapshot,
    used: usize,
    cookie: &mut Cookie,
    flags: impl Fn(&Snapshot) -> u64,
) -> PyResult<()> {
    set_decoder(py, x, snapshot, false)?;
    let base = cookie.start;
    let native = x.decoder.is_empty();
    // What the decoder already held counts as fed; it is part of the start state for decoder objects.
    let mut fed = snapshot.partial.len() as u64;
    let mut chars = 0;
    if !snapshot.partial.is_empty() {
        // Start again before the held bytes.
        let mut clean = snapshot.clone();
        clean.partial.clear();
        set_decoder(py, x, &clean, false)?;
        let held = text_read::decode(py, x, &snapshot.partial, false)?;
        chars += held.cast::<StrObj>().len();
    }
    cookie.feed = fed;
    cookie.skip = used as u64;
    for byte in &snapshot.input {
        if chars >= used {
            break;
        }
        let text = text_read::decode(py, x, std::slice::from_ref(byte), false)?;
        chars += text.cast::<StrObj>().len();
        fed += 1;
        let clean = if native {
            x.st.lock().partial.is_empty()
        } else {
            true
        };
        if clean && chars <= used {
            let now = get_decoder(py, x)?;
            if now.partial.is_empty() {
                cookie.start = base + fed;
                cookie.flags = flags(&now);
                cookie.feed = 0;
                cookie.skip = (used - chars) as u64;
                continue;
            }
        }
        cookie.feed = base + fed - cookie.start;
    }
    if chars < used {
        let text = text_read::decode(py, x, b"", true)?;
        cookie.eof = true;
        cookie.feed = base + fed - cookie.start;
        if chars + text.cast::<StrObj>().len() < used {
            return Err(py.error(
                &crate::builtins::exceptions::OS_ERROR,
                "can't reconstruct logical file position",
            ));
        }
    }
    if cookie.skip == 0 {
        cookie.feed = 0;
        cookie.eof = false;
    }
    Ok(())
}

fn forget(x: &TextObj) {
    x.decoded.take();
    let mut st = x.st.lock();
    st.used = 0;
    st.snapshot = None;
    st.partial.clear();
    st.newlines.pending_cr = false;
}

/// `seek(cookie, whence)`
pub fn seek(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let v = &a[0];
    let x = this(v);
    let buffer = x.open_buffer(py)?;
    let _guard = x.lock.lock(py);
    if !x.st.lock().seekable {
        return Err(unsupported(py, "underlying stream is not seekable"));
    }
    let whence = a[2].given().map_or(Ok(0), |w| ops::to_i64(py, w))?;
    let mut target = ops::index(py, &a[1])?;
    let zero = int::view(&target).is_some_and(|n| n.to_i64() == Some(0));
    match whence {
        0 => {}
        1 => {
            if !zero {
                return Err(unsupported(py, "can't do nonzero cur-relative seeks"));
            }
            target = call(py, v, "tell", &[])?;
        }
        2 => {
            if !zero {
                return Err(unsupported(py, "can't do nonzero end-relative seeks"));
            }
            ops::call_method(py, v, &names::flush, &[])?;
            forget(x);
            set_decoder(py, x, &empty(), true)?;
            let at = call(py, &buffer, "seek", &[&py.int(0), &py.int(2)])?;
            reset_encoder(py, x, !ops::truth(py, &at)?)?;
            return Ok(at);
        }
        _ => return Err(py.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    let n = int::view(&target).map_or_else(BigInt::default, |n| n.to_big());
    if n.sign() == Sign::Minus {
        return Err(py.value_error(format!("negative seek position {n}")));
    }
    let Some(c) = Cookie::unpack(&n) else {
        return Err(py.overflow_error("int too big to convert"));
    };
    ops::call_method(py, v, &names::flush, &[])?;
    call(py, &buffer, "seek", &[&int::from_u64(py, c.start)])?;
    forget(x);
    let mut snapshot = Snapshot {
        pending_cr: c.flags & 1 != 0,
        flags: c.flags >> 1,
        ..empty()
    };
    set_decoder(py, x, &snapshot, c.start == 0 && c.flags == 0)?;
    if c.skip > 0 {
        let data = ops::call_method(py, &buffer, &names::read, &[&int::from_u64(py, c.feed)])?;
        let Some(b) = bytes::view(&data) else {
            return Err(py.type_error(format!(
                "underlying read() should have returned a bytes object, not '{}'",
                data.ty().name()
            )));
        };
        let text = text_read::decode(py, x, b, c.eof)?;
        if (text.cast::<StrObj>().len() as u64) < c.skip {
            return Err(py.error(
                &crate::builtins::exceptions::OS_ERROR,
                "can't restore logical file position",
            ));
        }
        snapshot.input = b.to_vec();
        x.decoded.set(text);
        let mut st = x.st.lock();
        st.used = c.skip as usize;
    }
    if x.st.lock().readable {
        x.st.lock().snapshot = Some(snapshot);
    }
    reset_encoder(py, x, c.start == 0 && c.flags == 0)?;
    Ok(target)
}

fn empty() -> Snapshot {
    Snapshot {
        pending_cr: false,
        partial: Vec::new(),
        flags: 0,
        input: Vec::new(),
    }
}
