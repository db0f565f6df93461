//! The codec registry: search functions, the cache of found codecs, and coding through a found codec.

use crate::builtins::bytes::BytesObj;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::list::{self, ListObj};
use crate::builtins::str::StrObj;
use crate::builtins::tuple::TupleObj;
use crate::error::{PyResult, Raised};
use crate::object::header::flags;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val, Word};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static SEARCH: AtomicU64 = AtomicU64::new(0);
static CACHE: AtomicU64 = AtomicU64::new(0);
static STARTED: AtomicBool = AtomicBool::new(false);

/// An immortal container kept in `place`, made on first use.
pub(super) fn root(place: &AtomicU64, make: impl FnOnce() -> Obj) -> Obj {
    // Acquire: pairs with the Release below.
    let w = place.load(Ordering::Acquire);
    if w != 0 {
        return Obj::clone_word(Word(w));
    }
    let o = make();
    o.header()
        .expect("heap object")
        .set_flags(flags::IMMORTAL | flags::ESCAPED);
    let w = o.word().borrowed();
    // Release: the object is complete. The loser of a race uses the winner's.
    match place.compare_exchange(0, w.0, Ordering::Release, Ordering::Acquire) {
        Ok(_) => Obj::clone_word(w),
        Err(old) => Obj::clone_word(Word(old)),
    }
}

fn search_path(py: &Py) -> Obj {
    root(&SEARCH, || list::new(py, Vec::new()))
}

fn cache(py: &Py) -> Obj {
    root(&CACHE, || dict::new(py))
}

/// Registers the functions.
pub fn init(m: &mut ModuleInit) {
    m.function(
        "register",
        "($module, search_function, /)",
        Bound(|py, a| {
            if !ops::is_callable(&a[0]) {
                return Err(py.type_error("argument must be callable"));
            }
            STARTED.store(true, Ordering::Relaxed);
            search_path(py).cast::<ListObj>().push(py, a[0].to_obj())?;
            Ok(py.none())
        }),
    );
    m.function(
        "unregister",
        "($module, search_function, /)",
        Bound(|py, a| {
            let path = search_path(py);
            let path = path.cast::<ListObj>();
            if let Some(i) = path.to_vec().iter().position(|f| f.is(&a[0])) {
                path.remove(i);
                cache(py).cast::<DictObj>().clear_all();
            }
            Ok(py.none())
        }),
    );
    m.function(
        "lookup",
        "($module, encoding, /)",
        Bound(|py, a| {
            let name = text_arg(py, &a[0], "lookup() argument")?;
            lookup(py, &name)
        }),
    );
    const CODE: &str = "($module, /, obj, encoding='utf-8', errors='strict')";
    m.function("encode", CODE, Bound(|py, a| code(py, a, true)));
    m.function("decode", CODE, Bound(|py, a| code(py, a, false)));
}

fn text_arg(py: &Py, v: &Val, what: &str) -> PyResult<String> {
    match v.get::<StrObj>() {
        Some(s) => Ok(s.lossy().into_owned()),
        None => Err(py.type_error(format!("{what} must be str, not {}", v.ty().name()))),
    }
}

/// Lower case, runs of other characters than letters, digits and points as one underscore.
fn normalize(name: &str) -> String {
    let (mut out, mut gap) = (String::new(), false);
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// The codec tuple of an encoding.
pub fn lookup(py: &Py, encoding: &str) -> PyResult<Obj> {
    if encoding.contains('\0') {
        return Err(py.value_error("embedded null character"));
    }
    let key = crate::builtins::str::intern(py, &normalize(encoding));
    let known = cache(py);
    let known = known.cast::<DictObj>();
    if let Some(c) = known.get(py, &key)? {
        return Ok(c);
    }
    // The package `encodings` registers the standard search function when it is imported.
    if !STARTED.swap(true, Ordering::Relaxed) {
        crate::import::import_module(py, "encodings")?;
    }
    for f in search_path(py).cast::<ListObj>().to_vec() {
        let found = ops::call1(py, &f, &key)?;
        if found.is_none() {
            continue;
        }
        if found.get::<TupleObj>().is_none_or(|t| t.len() != 4) {
            return Err(py.type_error("codec search functions must return 4-tuples"));
        }
        known.set(py, &key, found.clone())?;
        return Ok(found);
    }
    Err(py.lookup_error(format!("unknown encoding: {encoding}")))
}

/// Calls encoder or decoder of a codec and returns the first item of its result.
fn call_codec(
    py: &Py,
    codec: &Val,
    v: &Val,
    encoding: &str,
    errors: &str,
    encode: bool,
) -> PyResult<Obj> {
    let f = &codec.cast::<TupleObj>().items()[!encode as usize];
    let r = if errors == "strict" {
        ops::call1(py, f, v)
    } else {
        ops::call2(py, f, v, &py.str(errors))
    };
    let r = r.map_err(|e| add_note(py, e, encoding, encode))?;
    match r.get::<TupleObj>() {
        Some(t) if t.len() == 2 => Ok(t.items()[0].to_obj()),
        _ if encode => Err(py.type_error("encoder must return a tuple (object, integer)")),
        _ => Err(py.type_error("decoder must return a tuple (object,integer)")),
    }
}

fn add_note(py: &Py, e: Raised, encoding: &str, encode: bool) -> Raised {
    let operation = if encode { "encoding" } else { "decoding" };
    let note = py.str(&format!("{operation} with '{encoding}' codec failed"));
    let name = crate::builtins::str::intern(py, "add_note");
    // The note is an extra: an error on the way does not replace the exception.
    let _ = ops::call_method(py, &e.0, &name, &[&note]);
    e
}

fn code(py: &Py, a: &[Val], encode: bool) -> PyResult<Obj> {
    let func = if encode { "encode" } else { "decode" };
    let (encoding, errors) = crate::builtins::str::codec::names(py, a, func)?;
    let codec = lookup(py, &encoding)?;
    call_codec(py, &codec, &a[0], &encoding, &errors, encode)
}

/// The codec, which must be one between text and bytes.
fn text_codec(py: &Py, encoding: &str, instead: &str) -> PyResult<Obj> {
    let codec = lookup(py, encoding)?;
    if !crate::builtins::tuple::TUPLE.is_exact(&codec)
        && let Some(flag) = ops::getattr_opt(
            py,
            &codec,
            &crate::builtins::str::intern(py, "_is_text_encoding"),
        )?
        && !ops::truth(py, &flag)?
    {
        let m = format!(
            "'{encoding}' is not a text encoding; use {instead} to handle arbitrary codecs"
        );
        return Err(py.lookup_error(m));
    }
    Ok(codec)
}

/// `str.encode` with a codec of the registry.
pub fn encode_text(py: &Py, v: &Val, encoding: &str, errors: &str) -> PyResult<Obj> {
    let codec = text_codec(py, encoding, "codecs.encode()")?;
    let r = call_codec(py, &codec, v, encoding, errors, true)?;
    if r.get::<BytesObj>().is_some() {
        return Ok(r);
    }
    if let Some(b) = r.get::<crate::builtins::bytearray::ByteArrayObj>() {
        return Ok(crate::builtins::bytes::new(py, &b.to_vec()));
    }
    Err(py.type_error(format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        r.ty().full_name()
    )))
}

/// `bytes.decode` with a codec of the registry.
pub fn decode_text(py: &Py, v: &Val, encoding: &str, errors: &str) -> PyResult<Obj> {
    let codec = text_codec(py, encoding, "codecs.decode()")?;
    let r = call_codec(py, &codec, v, encoding, errors, false)?;
    if r.get::<StrObj>().is_some() {
        return Ok(r);
    }
    Err(py.type_error(format!(
        "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
        r.ty().full_name()
    )))
}
