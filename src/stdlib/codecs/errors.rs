//! Error handlers of codecs: the built-in ones as functions, registered ones, and how both are called.

use super::registry::root;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::exceptions as exc;
use crate::builtins::str::{Builder, StrObj};
use crate::builtins::{bytes, int, str, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{FnDef, NativeFn};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::stdlib::ModuleInit;
use crate::text::codecs::{Codec, DecodeError, EncodeError, Failure, Handler};
use crate::text::escape;
use crate::thread::Py;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static REGISTERED: AtomicU64 = AtomicU64::new(0);
/// Whether a program registered a handler at all.
static ANY: AtomicBool = AtomicBool::new(false);

fn registered(py: &Py) -> Obj {
    root(&REGISTERED, || dict::new(py))
}

/// A handler to use.
pub enum Errors {
    Native(Handler),
    Custom(Obj),
}

/// The handler with a name.
pub fn resolve(py: &Py, name: &str) -> PyResult<Errors> {
    if ANY.load(Ordering::Relaxed)
        && let Some(f) = registered(py).cast::<DictObj>().get_str(py, name)
    {
        return Ok(Errors::Custom(f));
    }
    match Handler::from_name(name) {
        Some(h) => Ok(Errors::Native(h)),
        None => Err(py.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}

macro_rules! native_handlers {
    ($($name:literal $func:ident $handler:ident;)*) => {
        $(static $func: FnDef = FnDef::new(
            concat!($name, "_errors"), "($module, exc, /)", Bound(|py, a| handle(py, Handler::$handler, &a[0])),
        );)*
        fn native_def(name: &str) -> Option<&'static FnDef> {
            Some(match name {
                $($name => &$func,)*
                _ => return None,
            })
        }
    };
}

native_handlers! {
    "strict" STRICT Strict;
    "ignore" IGNORE Ignore;
    "replace" REPLACE Replace;
    "backslashreplace" BACKSLASH BackslashReplace;
    "xmlcharrefreplace" XML XmlCharRefReplace;
    "namereplace" NAME NameReplace;
    "surrogateescape" ESCAPE SurrogateEscape;
    "surrogatepass" PASS SurrogatePass;
}

/// Registers the functions.
pub fn init(m: &mut ModuleInit) {
    m.function(
        "register_error",
        "($module, errors, handler, /)",
        Bound(|py, a| {
            let name = name_arg(py, &a[0], "register_error() argument 1")?;
            if !ops::is_callable(&a[1]) {
                return Err(py.type_error("handler must be callable"));
            }
            registered(py)
                .cast::<DictObj>()
                .set_str(py, &name, a[1].to_obj());
            ANY.store(true, Ordering::Relaxed);
            Ok(py.none())
        }),
    );
    m.function(
        "_unregister_error",
        "($module, errors, /)",
        Bound(|py, a| {
            let name = name_arg(py, &a[0], "_unregister_error() argument")?;
            let removed = registered(py)
                .cast::<DictObj>()
                .remove(py, &a[0])?
                .is_some();
            if Handler::from_name(&name).is_some() {
                let m = format!("cannot un-register built-in error handler '{name}'");
                return Err(py.value_error(m));
            }
            Ok(py.bool(removed))
        }),
    );
    m.function(
        "lookup_error",
        "($module, name, /)",
        Bound(|py, a| {
            let name = name_arg(py, &a[0], "lookup_error() argument")?;
            match resolve(py, &name)? {
                Errors::Custom(f) => Ok(f),
                Errors::Native(_) => match native_def(&name) {
                    Some(d) => Ok(NativeFn::new(py, d, None, Some(str::intern(py, "_codecs")))),
                    None => Err(py.lookup_error(format!("unknown error handler name '{name}'"))),
                },
            }
        }),
    );
}

fn name_arg(py: &Py, v: &Val, what: &str) -> PyResult<String> {
    match v.get::<StrObj>() {
        Some(s) => Ok(s.lossy().into_owned()),
        None => Err(py.type_error(format!("{what} must be str, not {}", v.ty().name()))),
    }
}

/// The position that a handler returned, within the input.
fn position(py: &Py, v: &Val, len: usize) -> PyResult<usize> {
    let n = ops::to_isize(py, v)?;
    let at = if n < 0 {
        n.saturating_add(len as isize)
    } else {
        n
    };
    match usize::try_from(at) {
        Ok(at) if at <= len => Ok(at),
        _ => Err(py.index_error(format!("position {n} from error handler out of bounds"))),
    }
}

/// Calls a registered handler for a decoding error: (text, where to go on).
pub fn call_decoder(py: &Py, f: &Val, exception: &Val, len: usize) -> PyResult<(Obj, usize)> {
    let r = ops::call1(py, f, exception)?;
    match r.get::<tuple::TupleObj>().map(|t| t.items()) {
        Some([text, at]) if text.get::<StrObj>().is_some() && int::view(at).is_some() => {
            Ok((text.to_obj(), position(py, at, len)?))
        }
        _ => Err(py.type_error("decoding error handler must return (str, int) tuple")),
    }
}

/// Calls a registered handler for an encoding error: (str or bytes, where to go on).
pub fn call_encoder(py: &Py, f: &Val, exception: &Val, len: usize) -> PyResult<(Obj, usize)> {
    let r = ops::call1(py, f, exception)?;
    match r.get::<tuple::TupleObj>().map(|t| t.items()) {
        Some([v, at])
            if (v.get::<StrObj>().is_some() || bytes::view(v).is_some())
                && int::view(at).is_some() =>
        {
            Ok((v.to_obj(), position(py, at, len)?))
        }
        _ => Err(py.type_error("encoding error handler must return (str/bytes, int) tuple")),
    }
}

/// A Unicode error's `object`, `start` and `end`, clipped to the object.
fn fields(py: &Py, e: &Val, len: impl Fn(&Val) -> Option<usize>) -> PyResult<(Obj, usize, usize)> {
    let object = ops::getattr_str(py, e, "object")?;
    let Some(n) = len(&object) else {
        return Err(py.type_error("object attribute must be str or bytes"));
    };
    let start =
        ops::to_isize(py, &*ops::getattr_str(py, e, "start")?)?.clamp(0, n as isize) as usize;
    let end = ops::to_isize(py, &*ops::getattr_str(py, e, "end")?)?.clamp(0, n as isize) as usize;
    Ok((object, start.min(end), end))
}

/// A built-in handler called as a function with an exception.
fn handle(py: &Py, h: Handler, e: &Val) -> PyResult<Obj> {
    if !exc::BASE_EXCEPTION.check(e) {
        return Err(py.type_error("codec must pass exception instance"));
    }
    if h == Handler::Strict {
        return Err(Raised(e.to_obj()));
    }
    let wrong = || {
        py.type_error(format!(
            "don't know how to handle {} in error callback",
            e.ty().name()
        ))
    };
    let result = |v: Obj, at: usize| Ok(tuple::new(py, vec![v, int::from_usize(py, at)]));
    if exc::UNICODE_DECODE_ERROR.check(e) {
        let (object, start, end) = fields(py, e, |o| bytes::view(o).map(<[u8]>::len))?;
        let name = ops::getattr_str(py, e, "encoding")?;
        let codec = Codec::from_name(&str::lossy(&name)).unwrap_or(Codec::Ascii);
        let mut out = Builder::new();
        let error = DecodeError {
            start,
            end,
            reason: "",
        };
        return match h.decode(
            codec,
            bytes::view(&object).unwrap_or_default(),
            error,
            &mut out,
        ) {
            Ok(at) => result(out.finish(py), at),
            Err(Failure::Raise(_)) => Err(Raised(e.to_obj())),
            Err(Failure::WrongKind) => Err(wrong()),
        };
    }
    let translate = exc::UNICODE_TRANSLATE_ERROR.check(e);
    if !translate && !exc::UNICODE_ENCODE_ERROR.check(e) {
        return Err(wrong());
    }
    let (object, start, end) = fields(py, e, |o| o.get::<StrObj>().map(StrObj::len))?;
    let text = object.cast::<StrObj>();
    if translate {
        let mut out = Builder::new();
        match h {
            Handler::Ignore => {}
            Handler::Replace => (start..end).for_each(|_| out.push(0xfffd)),
            Handler::BackslashReplace => {
                text.units()
                    .slice(start, end)
                    .iter()
                    .for_each(|c| escape::write_hex_escape(c, &mut out));
            }
            _ => return Err(wrong()),
        }
        return result(out.finish(py), end);
    }
    let name = ops::getattr_str(py, e, "encoding")?;
    let name = str::lossy(&name);
    let put = |t: &str, out: &mut Vec<u8>| {
        out.extend_from_slice(t.as_bytes());
        true
    };
    let mut out = Vec::new();
    let error = EncodeError {
        start,
        end,
        reason: "",
    };
    match on_units!(text.units(), u => h.encode(&name, u, error, &mut out, put)) {
        Ok(()) if matches!(h, Handler::SurrogateEscape | Handler::SurrogatePass) => {
            result(bytes::new(py, &out), end)
        }
        Ok(()) => result(str::from_latin1(py, &out), end),
        Err(Failure::Raise(_)) => Err(Raised(e.to_obj())),
        Err(Failure::WrongKind) => Err(wrong()),
    }
}
