//! `TextIOWrapper`: construction, attributes and life. Reading is in `text_read`, writing in `text_write`, positions in
//! `text_seek`.
//!
//! # Locking
//! `lock` (which its holder may take again) orders whole operations; `st` is held for moments and never while other code
//! runs, so re-entrant calls at worst interleave text.
//! UTF-8, ASCII and Latin-1 are decoded and encoded here; other encodings use the incremental codecs of `codecs`.

use super::base::TEXT_IO_BASE;
use super::buffered_types::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use super::bytesio::BYTES_IO;
use super::newline::{Newline, NewlineState, seen_value};
use super::util::{
    IoLock, attr, attr_true, call, call_true, closed_error, name_text, no_pickle, own, then,
};
use super::{text_read, text_seek, text_write};
use crate::builtins::str::{self, StrObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::text::codecs::Codec;
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Payload.
pub struct TextObj {
    pub(super) buffer: Slot,
    /// Texts.
    pub(super) encoding: Slot,
    pub(super) errors: Slot,
    /// Incremental codecs, for encodings that are not decoded here.
    pub(super) decoder: Slot,
    pub(super) encoder: Slot,
    /// Decoded text of which the part before `State::used` was delivered.
    pub(super) decoded: Slot,
    pub(super) lock: IoLock,
    pub(super) st: Mutex<State>,
    pub(super) detached: AtomicBool,
}

/// Everything that holds no objects.
pub struct State {
    pub codec: Option<Codec>,
    pub newline: Newline,
    pub readable: bool,
    pub seekable: bool,
    /// Whether positions can be told (not while the stream is iterated).
    pub telling: bool,
    pub line_buffering: bool,
    pub write_through: bool,
    pub has_read1: bool,
    /// Encoded text that waits to be written to the buffer.
    pub pending: Vec<u8>,
    pub used: usize,
    pub newlines: NewlineState,
    /// Bytes of an unfinished character (native codecs).
    pub partial: Vec<u8>,
    /// Decoder flags and the bytes from which `decoded` was made: where `tell` starts.
    pub snapshot: Option<Snapshot>,
    /// The encoder has written nothing yet, so a byte order mark comes first.
    pub at_start: bool,
}

/// What was before the last piece was decoded.
#[derive(Clone)]
pub struct Snapshot {
    pub pending_cr: bool,
    pub partial: Vec<u8>,
    /// Flags of the decoder object.
    pub flags: u64,
    pub input: Vec<u8>,
}

/// Bytes that are read and decoded at once.
pub const CHUNK: usize = 8192;

impl Trace for TextObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [
            &self.buffer,
            &self.encoding,
            &self.errors,
            &self.decoder,
            &self.encoder,
            &self.decoded,
        ] {
            t.slot(s);
        }
    }
    fn clear(&self) {
        for s in [&self.buffer, &self.decoder, &self.encoder] {
            s.take();
        }
    }
}

crate::native_type!(
    /// The type `_io.TextIOWrapper`.
    pub TEXT_IO_WRAPPER: TextObj = "_io.TextIOWrapper", base TEXT_IO_BASE, flags tf::BASETYPE, init init
);

pub(super) fn this(v: &Val) -> &TextObj {
    v.cast::<TextObj>()
}

impl TextObj {
    fn new() -> TextObj {
        TextObj {
            buffer: Slot::empty(),
            encoding: Slot::empty(),
            errors: Slot::empty(),
            decoder: Slot::empty(),
            encoder: Slot::empty(),
            decoded: Slot::empty(),
            lock: IoLock::new(),
            st: Mutex::new(State {
                codec: None,
                newline: Newline::Translate,
                readable: false,
                seekable: false,
                telling: false,
                line_buffering: false,
                write_through: false,
                has_read1: false,
                pending: Vec::new(),
                used: 0,
                newlines: NewlineState::default(),
                partial: Vec::new(),
                snapshot: None,
                at_start: true,
            }),
            detached: AtomicBool::new(false),
        }
    }
    /// The stream below, or ValueError.
    pub fn buffer(&self, py: &Py) -> PyResult<Obj> {
        self.buffer.get().ok_or_else(|| {
            // Relaxed: only chooses the message.
            if self.detached.load(Ordering::Relaxed) {
                py.value_error("underlying buffer has been detached")
            } else {
                py.value_error("I/O operation on uninitialized object")
            }
        })
    }
    /// The stream below, if it is open.
    pub fn open_buffer(&self, py: &Py) -> PyResult<Obj> {
        let b = self.buffer(py)?;
        if is_closed(py, &b)? {
            Err(closed_error(py))
        } else {
            Ok(b)
        }
    }
    pub fn errors_text(&self) -> String {
        self.errors
            .get()
            .map_or_else(|| "strict".to_string(), |e| str::lossy(&e).into_owned())
    }
}

/// Whether a stream is one of the native buffered ones.
pub fn is_native_buffered(b: &Val) -> bool {
    BUFFERED_WRITER.is_exact(b) || BUFFERED_READER.is_exact(b) || BUFFERED_RANDOM.is_exact(b)
}

fn is_closed(py: &Py, b: &Val) -> PyResult<bool> {
    if is_native_buffered(b)
        && let Some(raw) = b
            .get::<super::buffered::BufferedObj>()
            .and_then(|x| x.raw.get())
    {
        return super::buffered::is_closed(py, &raw);
    }
    attr_true(py, b, "closed")
}

fn init(t: &mut TypeInit) {
    t.doc("Character and line based layer over a BufferedIOBase object, buffer.");
    t.slots()
        .new
        .set(|py, ty, _| Ok(py.alloc_in(ty, TextObj::new())));
    t.slots().init.set(construct);
    t.slots().repr.set(repr);
    t.slots().iter.set(|py, v| {
        this(v).open_buffer(py)?;
        Ok(v.to_obj())
    });
    t.slots().next.set(text_read::next);
    t.method("write", "($self, text, /)", Bound(text_write::write));
    t.method(
        "flush",
        "($self, /)",
        Bound(|py, a| text_write::flush(py, &a[0])),
    );
    t.method("read", "($self, size=-1, /)", Bound(text_read::read));
    t.method(
        "readline",
        "($self, size=-1, /)",
        Bound(text_read::readline),
    );
    t.method(
        "tell",
        "($self, /)",
        Bound(|py, a| text_seek::tell(py, &a[0])),
    );
    t.method(
        "seek",
        "($self, cookie, whence=0, /)",
        Bound(text_seek::seek),
    );
    t.method(
        "truncate",
        "($self, pos=None, /)",
        Bound(|py, a| {
            let b = this(&a[0]).buffer(py)?;
            ops::call_method(py, &a[0], &names::flush, &[])?;
            match a[1].given() {
                Some(pos) => call(py, &b, "truncate", &[pos]),
                None => call(py, &b, "truncate", &[]),
            }
        }),
    );
    t.method("close", "($self, /)", Bound(|py, a| close(py, &a[0])));
    t.method(
        "detach",
        "($self, /)",
        Bound(|py, a| {
            let x = this(&a[0]);
            x.buffer(py)?;
            ops::call_method(py, &a[0], &names::flush, &[])?;
            // Relaxed: only chooses a message.
            x.detached.store(true, Ordering::Relaxed);
            x.buffer
                .take()
                .ok_or_else(|| py.value_error("underlying buffer has been detached"))
        }),
    );
    t.method(
        "reconfigure",
        "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
        Bound(reconfigure),
    );
    for name in ["readable", "writable", "seekable", "fileno", "isatty"] {
        let f = match name {
            "readable" => |py: &Py, a: &[Val]| below(py, a, "readable"),
            "writable" => |py: &Py, a: &[Val]| below(py, a, "writable"),
            "seekable" => |py: &Py, a: &[Val]| below(py, a, "seekable"),
            "fileno" => |py: &Py, a: &[Val]| below(py, a, "fileno"),
            _ => |py: &Py, a: &[Val]| below(py, a, "isatty"),
        };
        t.method(name, "($self, /)", Bound(f));
    }
    t.method("__getstate__", "($self, /)", Bound(no_pickle));
    t.method("__reduce__", "($self, /)", Bound(no_pickle));
    t.method("__reduce_ex__", "($self, protocol, /)", Bound(no_pickle));
    t.getset(
        "buffer",
        |py, v| Ok(this(v).buffer.get().unwrap_or_else(|| py.none())),
        None,
    );
    t.getset(
        "encoding",
        |py, v| Ok(this(v).encoding.get().unwrap_or_else(|| py.none())),
        None,
    );
    t.getset(
        "errors",
        |py, v| {
            this(v).buffer(py)?;
            Ok(this(v).errors.get().unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "line_buffering",
        |py, v| Ok(py.bool(this(v).st.lock().line_buffering)),
        None,
    );
    t.getset(
        "write_through",
        |py, v| Ok(py.bool(this(v).st.lock().write_through)),
        None,
    );
    t.getset(
        "closed",
        |py, v| Ok(py.bool(is_closed(py, &*this(v).buffer(py)?)?)),
        None,
    );
    t.getset(
        "name",
        |py, v| attr(py, &*this(v).buffer(py)?, "name"),
        None,
    );
    t.getset(
        "newlines",
        |py, v| {
            this(v).buffer(py)?;
            let seen = this(v).st.lock().newlines.seen;
            Ok(seen_value(py, seen))
        },
        None,
    );
    t.getset(
        "_CHUNK_SIZE",
        |py, v| {
            this(v).buffer(py)?;
            Ok(py.int(CHUNK as i64))
        },
        Some(|py, v, n| {
            // The size of pieces is fixed; the value is checked as the program expects.
            this(v).buffer(py)?;
            let Some(n) = n else {
                return Err(py.attribute_error(
                    "cannot delete attribute",
                    v,
                    &str::intern(py, "_CHUNK_SIZE"),
                ));
            };
            if ops::to_isize(py, n)? <= 0 {
                return Err(py.value_error("a strictly positive integer is required"));
            }
            Ok(())
        }),
    );
}

fn below(py: &Py, a: &[Val], name: &str) -> PyResult<Obj> {
    call(py, &*this(&a[0]).buffer(py)?, name, &[])
}

static INIT: FnDef = FnDef::new(
    "TextIOWrapper",
    "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
    Bound(|py, _| Ok(py.none())),
);

/// How a text stream is set up.
pub struct Setup {
    pub encoding: Option<Obj>,
    pub errors: Option<Obj>,
    pub newline: Newline,
    pub line_buffering: bool,
    pub write_through: bool,
}

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    this(v).buffer.take();
    for (i, what) in [(1, "encoding"), (2, "errors")] {
        if let Some(x) = a[i].not_none()
            && x.get::<StrObj>().is_none()
        {
            return Err(py.type_error(format!(
                "TextIOWrapper() argument '{what}' must be str or None, not {}",
                x.ty().name()
            )));
        }
    }
    let s = Setup {
        encoding: a[1].not_none().map(Val::to_obj),
        errors: a[2].not_none().map(Val::to_obj),
        newline: Newline::from_arg(py, &a[3], "TextIOWrapper")?,
        line_buffering: a[4].given().map_or(Ok(false), |x| ops::truth(py, x))?,
        write_through: a[5].given().map_or(Ok(false), |x| ops::truth(py, x))?,
    };
    setup(py, v, &a[0], s)
}

/// A text stream around a buffered one, for `open`.
pub fn new(py: &Py, buffer: &Val, s: Setup) -> PyResult<Obj> {
    let v = py.alloc_in(TEXT_IO_WRAPPER.ty(), TextObj::new());
    setup(py, &v, buffer, s)?;
    Ok(v)
}

/// The encodings that are handled here.
fn native_codec(encoding: &str) -> Option<Codec> {
    Codec::from_name(encoding).filter(|c| matches!(c, Codec::Utf8 | Codec::Ascii | Codec::Latin1))
}

fn setup(py: &Py, v: &Val, buffer: &Val, s: Setup) -> PyResult<()> {
    let x = this(v);
    let encoding = match s.encoding {
        Some(e) if !str::eq_text(&e, "locale") => e,
        // The file system and locale encoding of this runtime is UTF-8.
        _ => py.str("UTF-8"),
    };
    let name = str::lossy(&encoding).into_owned();
    if name.contains('\0') {
        return Err(py.value_error("embedded null character"));
    }
    let errors = s.errors.unwrap_or_else(|| py.str("strict"));
    // As in CPython, unknown handlers are found out early in development mode only.
    if crate::runtime::config().options.dev
        && crate::text::codecs::Handler::from_name(&str::lossy(&errors)).is_none()
    {
        crate::stdlib::codecs::errors::resolve(py, &str::lossy(&errors))?;
    }
    let codec = native_codec(&name);
    let (readable, writable, seekable) = if is_native_buffered(buffer) {
        let b = buffer.cast::<super::buffered::BufferedObj>();
        (b.readable, b.writable, call_true(py, buffer, "seekable")?)
    } else {
        (
            call_true(py, buffer, "readable")?,
            call_true(py, buffer, "writable")?,
            call_true(py, buffer, "seekable")?,
        )
    };
    x.decoder.take();
    x.encoder.take();
    x.decoded.take();
    if codec.is_none() {
        make_codecs(py, x, &encoding, &errors, readable, writable)?;
    }
    let has_read1 = is_native_buffered(buffer)
        || BYTES_IO.is_exact(buffer)
        || ops::getattr_opt(py, buffer, &str::intern(py, "read1"))?.is_some();
    {
        let mut st = x.st.lock();
        st.codec = codec;
        st.newline = s.newline;
        st.readable = readable;
        st.seekable = seekable;
        st.telling = seekable;
        st.line_buffering = s.line_buffering;
        st.write_through = s.write_through;
        st.has_read1 = has_read1;
        st.pending.clear();
        st.used = 0;
        st.newlines = NewlineState::default();
        st.partial.clear();
        st.snapshot = None;
        st.at_start = true;
    }
    x.encoding.set(encoding);
    x.errors.set(errors);
    // Relaxed: only chooses a message.
    x.detached.store(false, Ordering::Relaxed);
    x.buffer.set(buffer.to_obj());
    if seekable && writable && codec.is_none() {
        let at = ops::call_method(py, buffer, &str::intern(py, "tell"), &[])?;
        if ops::truth(py, &at)? {
            reset_encoder(py, x, false)?;
        }
    }
    Ok(())
}

/// Tells the encoder object whether it is at the start of the stream (where a byte order mark belongs).
pub fn reset_encoder(py: &Py, x: &TextObj, at_start: bool) -> PyResult<()> {
    x.st.lock().at_start = at_start;
    let Some(e) = x.encoder.get() else {
        return Ok(());
    };
    if at_start {
        call(py, &e, "reset", &[])?;
    } else {
        call(py, &e, "setstate", &[&py.int(0)])?;
    }
    Ok(())
}

fn make_codecs(
    py: &Py,
    x: &TextObj,
    encoding: &Val,
    errors: &Val,
    readable: bool,
    writable: bool,
) -> PyResult<()> {
    let info = crate::stdlib::codecs::registry::lookup(py, &str::lossy(encoding))?;
    if let Some(flag) = ops::getattr_opt(py, &info, &str::intern(py, "_is_text_encoding"))?
        && !ops::truth(py, &flag)?
    {
        return Err(py.error(
            &crate::builtins::exceptions::LOOKUP_ERROR,
            &format!(
                "'{}' is not a text encoding; use codecs.open() to handle arbitrary codecs",
                str::lossy(encoding)
            ),
        ));
    }
    if readable {
        x.decoder
            .set(call(py, &info, "incrementaldecoder", &[errors])?);
    }
    if writable {
        x.encoder
            .set(call(py, &info, "incrementalencoder", &[errors])?);
    }
    Ok(())
}

fn reconfigure(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let x = this(&a[0]);
    x.buffer(py)?;
    let has_decoded = x.decoded.get().is_some() || x.st.lock().snapshot.is_some();
    let (encoding, errors) = (a[1].not_none(), a[2].not_none());
    let newline = a[3].given();
    if has_decoded && (encoding.is_some() || errors.is_some() || newline.is_some()) {
        return Err(super::util::unsupported(
            py,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    for (e, what) in [(encoding, "encoding"), (errors, "errors")] {
        if let Some(e) = e
            && e.get::<StrObj>().is_none()
        {
            return Err(py.type_error(format!(
                "reconfigure() argument '{what}' must be str or None, not {}",
                e.ty().name()
            )));
        }
    }
    let newline = newline
        .map(|n| Newline::from_arg(py, n, "reconfigure"))
        .transpose()?;
    let flag =
        |v: &Val| -> PyResult<Option<bool>> { v.not_none().map(|v| ops::truth(py, v)).transpose() };
    let (line_buffering, write_through) = (flag(&a[4])?, flag(&a[5])?);
    ops::call_method(py, &a[0], &names::flush, &[])?;
    if encoding.is_some() || errors.is_some() {
        let errors = match (errors, encoding) {
            (Some(e), _) => e.to_obj(),
            (None, Some(_)) => py.str("strict"),
            _ => x.errors.obj(),
        };
        let encoding = match encoding {
            Some(e) if str::eq_text(e, "locale") => py.str("UTF-8"),
            Some(e) => e.to_obj(),
            None => x.encoding.obj(),
        };
        let codec = native_codec(&str::lossy(&encoding));
        x.decoder.take();
        x.encoder.take();
        if codec.is_none() {
            let readable = x.st.lock().readable;
            make_codecs(
                py,
                x,
                &encoding,
                &errors,
                readable,
                !readable || call_true(py, &*x.buffer(py)?, "writable")?,
            )?;
        }
        x.st.lock().codec = codec;
        x.encoding.set(encoding);
        x.errors.set(errors);
    }
    let mut st = x.st.lock();
    if let Some(n) = newline {
        st.newline = n;
    }
    if let Some(b) = line_buffering {
        st.line_buffering = b;
    }
    if let Some(b) = write_through {
        st.write_through = b;
    }
    drop(st);
    Ok(py.none())
}

/// Flushes and closes the stream below, once.
fn close(py: &Py, v: &Val) -> PyResult<Obj> {
    let b = this(v).buffer(py)?;
    if is_closed(py, &b)? {
        return Ok(py.none());
    }
    if own(py, v, "_finalizing").is_some() {
        // A missing method of a foreign stream is no error.
        let _ = call(py, &b, "_dealloc_warn", &[v]);
    }
    let flushed = ops::call_method(py, v, &names::flush, &[]);
    then(flushed, || call(py, &b, "close", &[]))
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = v.ty();
    let ty = if ty.has(tf::HEAP) {
        ty.name().into_owned()
    } else {
        ty.full_name()
    };
    let x = this(v);
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Err(py.runtime_error(format!("reentrant call inside {ty}.__repr__")));
    };
    let mut out = format!("<{ty}");
    if let Some(n) = name_text(py, v)? {
        out.push_str(&format!(" name={n}"));
    }
    if let Some(m) = ops::getattr_opt(py, v, &str::intern(py, "mode"))? {
        out.push_str(&format!(" mode={}", ops::repr_text(py, &m)?));
    }
    let encoding = x.encoding.get().unwrap_or_else(|| py.none());
    out.push_str(&format!(" encoding={}>", ops::repr_text(py, &encoding)?));
    Ok(py.str(&out))
}
