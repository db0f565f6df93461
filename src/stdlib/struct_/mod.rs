//! `_struct`: conversion between values and packed binary data. The parser of formats and single values are in `format`.

pub mod format;

use crate::builtins::bytes::{self, data};
use crate::builtins::exceptions as exc;
use crate::builtins::str::StrObj;
use crate::builtins::tuple;
use crate::error::{PyResult, Raised};
use crate::object::buffer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use format::{Format, PackError, pack, unpack};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

crate::native_subtype!(
    /// `struct.error`
    pub ERROR = "struct.error", base exc::EXCEPTION, layout ExcObj, flags tf::BASETYPE, init |_| ()
);

/// Payload of `struct.Struct`.
pub struct StructObj {
    /// Empty until `__init__` ran.
    format: Mutex<Option<(Arc<Format>, String)>>,
}

impl Trace for StructObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `struct.Struct`.
    pub STRUCT: StructObj = "_struct.Struct", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::WEAKREF, init init_struct
);

/// Payload of the iterator of `iter_unpack`.
pub struct UnpackIter {
    format: Arc<Format>,
    data: Slot,
    at: AtomicUsize,
}

impl Trace for UnpackIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.data);
    }
}

crate::native_type!(
    /// Type of `iter_unpack` results.
    pub UNPACK_ITER: UnpackIter = "_struct.unpack_iterator", base crate::object::base::OBJECT, flags tf::NO_NEW, init |t| {
        t.slots().iter.set(|_, v| Ok(v.to_obj()));
        t.slots().next.set(next);
        t.method("__length_hint__", "($self, /)", Bound(|py, a| {
            let it = a[0].cast::<UnpackIter>();
            let len = bytes::view(&it.data.obj()).map_or(0, <[u8]>::len);
            Ok(py.int((len.saturating_sub(it.at.load(Ordering::Relaxed)) / it.format.size) as i64))
        }));
    }
);

fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<UnpackIter>();
    let data = it.data.obj();
    // Relaxed: the position is always clipped to the data.
    let at = it.at.fetch_add(it.format.size, Ordering::Relaxed);
    let part = bytes::view(&data).and_then(|b| b.get(at..at.checked_add(it.format.size)?));
    if part.is_none() {
        it.at.store(usize::MAX / 2, Ordering::Relaxed);
    }
    Ok(part.map(|b| values(py, &it.format, b)))
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_struct");
    m.ty(&STRUCT);
    m.ty(&ERROR);
    m.function(
        "calcsize",
        "($module, format, /)",
        Bound(|py, a| Ok(py.int(cached(py, &a[0])?.size as i64))),
    );
    m.function(
        "pack",
        "(format, /, *values)",
        Bound(|py, a| pack_all(py, &*cached(py, &a[0])?, &a[1..], "pack")),
    );
    m.function(
        "pack_into",
        "(format, buffer, offset, /, *values)",
        Bound(|py, a| pack_into(py, &*cached(py, &a[0])?, &a[1], &a[2], &a[3..])),
    );
    m.function(
        "unpack",
        "($module, format, buffer, /)",
        Bound(|py, a| unpack_all(py, &*cached(py, &a[0])?, &a[1])),
    );
    m.function(
        "unpack_from",
        "($module, format, /, buffer, offset=0)",
        Bound(|py, a| unpack_from(py, &*cached(py, &a[0])?, &a[1], &a[2])),
    );
    m.function(
        "iter_unpack",
        "($module, format, buffer, /)",
        Bound(|py, a| iter_unpack(py, cached(py, &a[0])?, &a[1])),
    );
    m.function(
        "_clearcache",
        "($module, /)",
        Bound(|py, _| {
            *CACHE.lock() = None;
            Ok(py.none())
        }),
    );
    m.finish()
}

static CACHE: Mutex<Option<HashMap<Vec<u8>, Arc<Format>>>> = Mutex::new(None);

/// A format argument as bytes.
fn format_text(py: &Py, v: &Val) -> PyResult<Vec<u8>> {
    let text = match v.get::<StrObj>() {
        Some(_) => {
            crate::builtins::str::codec::encode(py, crate::text::codecs::Codec::Ascii, v, "strict")?
        }
        None => match bytes::view(v) {
            Some(b) => b.to_vec(),
            None => {
                let m = format!(
                    "Struct() argument 1 must be a str or bytes object, not {}",
                    v.ty().full_name()
                );
                return Err(py.type_error(m));
            }
        },
    };
    if text.contains(&0) {
        return Err(py.error(&ERROR, "embedded null character"));
    }
    Ok(text)
}

fn parse(py: &Py, text: &[u8]) -> PyResult<Arc<Format>> {
    Format::parse(text)
        .map(Arc::new)
        .map_err(|m| py.error(&ERROR, m))
}

fn cached(py: &Py, v: &Val) -> PyResult<Arc<Format>> {
    const MAX: usize = 100;
    let text = format_text(py, v)?;
    if let Some(f) = CACHE.lock().as_ref().and_then(|c| c.get(&text)) {
        return Ok(f.clone());
    }
    let f = parse(py, &text)?;
    let mut c = CACHE.lock();
    let c = c.get_or_insert_with(HashMap::new);
    if c.len() >= MAX {
        c.clear();
    }
    c.insert(text, f.clone());
    Ok(f)
}

fn pack_error(py: &Py, code: u8, e: PackError) -> Raised {
    match e {
        PackError::Type(m) => py.error(&ERROR, &m),
        PackError::Range(m) if matches!(code, b'e' | b'f' | b'F') => py.overflow_error(m),
        PackError::Range(m) => py.error(&ERROR, &m),
        PackError::Raised(e) => e,
    }
}

fn packed(py: &Py, f: &Format, args: &[Val], func: &str) -> PyResult<Vec<u8>> {
    if args.len() != f.values {
        let m = format!(
            "{func} expected {} items for packing (got {})",
            f.values,
            args.len()
        );
        return Err(py.error(&ERROR, &m));
    }
    crate::builtins::str::find::check_size(py, Some(f.size))?;
    let mut out = vec![0; f.size];
    let mut args = args.iter();
    for item in &f.items {
        let times = if matches!(item.code, b's' | b'p') {
            1
        } else {
            item.count
        };
        for (i, v) in args.by_ref().take(times).enumerate() {
            let at = item.offset + i * item.size;
            pack(py, item.code, f.layout, v, &mut out[at..at + item.size])
                .map_err(|e| pack_error(py, item.code, e))?;
        }
    }
    Ok(out)
}

fn pack_all(py: &Py, f: &Format, args: &[Val], func: &str) -> PyResult<Obj> {
    Ok(bytes::new(py, &packed(py, f, args, func)?))
}

fn pack_into(py: &Py, f: &Format, target: &Val, offset: &Val, args: &[Val]) -> PyResult<Obj> {
    if args.len() != f.values {
        let m = format!(
            "pack_into expected {} items for packing (got {})",
            f.values,
            args.len()
        );
        return Err(py.error(&ERROR, &m));
    }
    let offset = crate::builtins::str::case::ssize(py, offset)?;
    let out = packed(py, f, args, "pack_into")?;
    let unfit = || {
        let m = format!(
            "argument must be read-write bytes-like object, not {}",
            target.ty().full_name()
        );
        py.type_error(m)
    };
    let mut b = buffer::get(py, target, true).map_err(|e| {
        if e.is(&exc::BUFFER_ERROR) || e.is(&exc::TYPE_ERROR) {
            unfit()
        } else {
            e
        }
    })?;
    let (len, size) = (b.len, f.size);
    if offset < 0 && offset + size as isize > 0 {
        return Err(py.error(
            &ERROR,
            &format!("no space to pack {size} bytes at offset {offset}"),
        ));
    }
    let at = if offset < 0 {
        offset + len as isize
    } else {
        offset
    };
    if at < 0 {
        return Err(py.error(
            &ERROR,
            &format!("offset {offset} out of range for {len}-byte buffer"),
        ));
    }
    let at = at as usize;
    if at > len || len - at < size {
        let m = format!(
            "pack_into requires a buffer of at least {} bytes for packing {size} bytes at offset {at} (actual buffer size is {len})",
            at.saturating_add(size)
        );
        return Err(py.error(&ERROR, &m));
    }
    b.as_mut_slice()[at..at + size].copy_from_slice(&out);
    Ok(py.none())
}

/// The values in a part of exactly the format's size.
fn values(py: &Py, f: &Format, b: &[u8]) -> Obj {
    let mut out = Vec::with_capacity(f.values);
    for item in &f.items {
        let times = if matches!(item.code, b's' | b'p') {
            1
        } else {
            item.count
        };
        for i in 0..times {
            let at = item.offset + i * item.size;
            out.push(unpack(py, item.code, f.layout, &b[at..at + item.size]));
        }
    }
    tuple::new(py, out)
}

fn unpack_all(py: &Py, f: &Format, v: &Val) -> PyResult<Obj> {
    let b = data(py, v)?;
    if b.len() != f.size {
        return Err(py.error(
            &ERROR,
            &format!("unpack requires a buffer of {} bytes", f.size),
        ));
    }
    Ok(values(py, f, &b))
}

fn unpack_from(py: &Py, f: &Format, v: &Val, offset: &Val) -> PyResult<Obj> {
    let offset = match offset.given() {
        Some(o) => crate::builtins::str::case::ssize(py, o)?,
        None => 0,
    };
    let b = data(py, v)?;
    let (len, size) = (b.len(), f.size);
    if offset < 0 && offset + size as isize > 0 {
        return Err(py.error(
            &ERROR,
            &format!("not enough data to unpack {size} bytes at offset {offset}"),
        ));
    }
    let at = if offset < 0 {
        offset + len as isize
    } else {
        offset
    };
    if at < 0 {
        return Err(py.error(
            &ERROR,
            &format!("offset {offset} out of range for {len}-byte buffer"),
        ));
    }
    let at = at as usize;
    if at > len || len - at < size {
        let m = format!(
            "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset {at} (actual buffer size is {len})",
            at.saturating_add(size)
        );
        return Err(py.error(&ERROR, &m));
    }
    Ok(values(py, f, &b[at..at + size]))
}

fn iter_unpack(py: &Py, f: Arc<Format>, v: &Val) -> PyResult<Obj> {
    if f.size == 0 {
        return Err(py.error(
            &ERROR,
            "cannot iteratively unpack with a struct of length 0",
        ));
    }
    let b = crate::stdlib::codecs::to_bytes(py, v)?;
    if bytes::view(&b).is_none_or(|b| b.len() % f.size != 0) {
        let m = format!(
            "iterative unpacking requires a buffer of a multiple of {} bytes",
            f.size
        );
        return Err(py.error(&ERROR, &m));
    }
    Ok(py.alloc(
        &UNPACK_ITER,
        UnpackIter {
            format: f,
            data: Slot::new(b),
            at: AtomicUsize::new(0),
        },
    ))
}

fn of(py: &Py, v: &Val) -> PyResult<Arc<Format>> {
    let f = v
        .cast::<StructObj>()
        .format
        .lock()
        .as_ref()
        .map(|(f, _)| f.clone());
    f.ok_or_else(|| py.runtime_error("Struct object is not initialized"))
}

fn text_of(py: &Py, v: &Val) -> PyResult<String> {
    let t = v
        .cast::<StructObj>()
        .format
        .lock()
        .as_ref()
        .map(|(_, t)| t.clone());
    t.ok_or_else(|| py.runtime_error("Struct object is not initialized"))
}

fn init_struct(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, _| {
        Ok(py.alloc_in(
            ty,
            StructObj {
                format: Mutex::new(None),
            },
        ))
    });
    t.slots().init.set(|py, v, args| {
        let format = match (args.positional(), args.names()) {
            ([f], []) => f,
            ([], [k]) if crate::builtins::str::eq_text(k, "format") => &args.all()[0],
            ([], []) => {
                return Err(py.type_error("Struct() missing required argument 'format' (pos 1)"));
            }
            ([], [k, ..]) => {
                let name = crate::builtins::str::lossy(k);
                return Err(py.type_error(format!(
                    "Struct() got an unexpected keyword argument '{name}'"
                )));
            }
            (many, _) => {
                let m = format!(
                    "Struct() takes at most 1 argument ({} given)",
                    many.len() + args.names().len()
                );
                return Err(py.type_error(m));
            }
        };
        let text = format_text(py, format)?;
        let parsed = parse(py, &text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        *v.cast::<StructObj>().format.lock() = Some((parsed, text));
        Ok(())
    });
    t.slots().repr.set(|py, v| {
        let text = text_of(py, v)?;
        let quoted = ops::repr(py, &py.str(&text))?;
        Ok(py.str(&format!(
            "{}({})",
            v.ty().name(),
            crate::builtins::str::lossy(&quoted)
        )))
    });
    t.method(
        "pack",
        "($self, *values)",
        Bound(|py, a| pack_all(py, &*of(py, &a[0])?, &a[1..], "pack")),
    );
    t.method(
        "pack_into",
        "($self, buffer, offset, /, *values)",
        Bound(|py, a| pack_into(py, &*of(py, &a[0])?, &a[1], &a[2], &a[3..])),
    );
    t.method(
        "unpack",
        "($self, buffer, /)",
        Bound(|py, a| unpack_all(py, &*of(py, &a[0])?, &a[1])),
    );
    t.method(
        "unpack_from",
        "($self, /, buffer, offset=0)",
        Bound(|py, a| unpack_from(py, &*of(py, &a[0])?, &a[1], &a[2])),
    );
    t.method(
        "iter_unpack",
        "($self, buffer, /)",
        Bound(|py, a| iter_unpack(py, of(py, &a[0])?, &a[1])),
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| {
            Ok(py.int((size_of::<StructObj>() + 48 + 32 * of(py, &a[0])?.items.len()) as i64))
        }),
    );
    t.getset(
        "size",
        |py, v| {
            let size = v
                .cast::<StructObj>()
                .format
                .lock()
                .as_ref()
                .map_or(-1, |(f, _)| f.size as i64);
            Ok(py.int(size))
        },
        None,
    );
    t.getset("format", |py, v| Ok(py.str(&text_of(py, v)?)), None);
}
