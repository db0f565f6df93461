//! Writing JSON: quoting of strings and the encoder of `JSONEncoder`.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::list::{self, ListObj};
use crate::builtins::str::{self, Builder, StrObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::builtins::{float, int, singletons};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{FnDef, NativeFn, Tracer, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// `encode_basestring`
pub static PLAIN: FnDef = FnDef::new(
    "encode_basestring",
    "($module, string, /)",
    Bound(|py, a| quoted(py, &a[0], false)),
);
/// `encode_basestring_ascii`
pub static ASCII: FnDef = FnDef::new(
    "encode_basestring_ascii",
    "($module, string, /)",
    Bound(|py, a| quoted(py, &a[0], true)),
);

fn quoted(py: &Py, v: &Val, ascii: bool) -> PyResult<Obj> {
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "first argument must be a string, not {}",
            v.ty().full_name()
        )));
    };
    let mut out = Builder::new();
    quote(s, ascii, &mut out);
    Ok(out.finish(py))
}

/// Adds a string in quotes; with `ascii` other characters are escaped.
fn quote(s: &StrObj, ascii: bool, out: &mut Builder) {
    out.push(b'"' as u32);
    // No early end, so that many characters are tested at once.
    let special = |b: &[u8]| {
        b.iter().fold(false, |found, &c| {
            found | (c < 0x20) | (c == b'"') | (c == b'\\') | (c == 0x7f)
        })
    };
    if let Some(t) = s.as_ascii()
        && !special(t.as_bytes())
    {
        out.push_ascii_bytes(t.as_bytes());
    } else {
        s.chars().for_each(|c| quote_char(c, ascii, out));
    }
    out.push(b'"' as u32);
}

fn quote_char(c: u32, ascii: bool, out: &mut Builder) {
    match u8::try_from(c) {
        Ok(b'"') => out.push_str("\\\""),
        Ok(b'\\') => out.push_str("\\\\"),
        Ok(b'\n') => out.push_str("\\n"),
        Ok(b'\r') => out.push_str("\\r"),
        Ok(b'\t') => out.push_str("\\t"),
        Ok(8) => out.push_str("\\b"),
        Ok(12) => out.push_str("\\f"),
        Ok(c @ 0..=0x1f) => out.push_str(&format!("\\u{c:04x}")),
        Ok(c @ 0x20..=0x7e) => out.push(c as u32),
        Ok(0x7f) if ascii => out.push_str("\\u007f"),
        _ if !ascii => out.push(c),
        _ if c > 0xffff => {
            let n = c - 0x10000;
            out.push_str(&format!(
                "\\u{:04x}\\u{:04x}",
                0xd800 + (n >> 10),
                0xdc00 + (n & 0x3ff)
            ));
        }
        _ => out.push_str(&format!("\\u{c:04x}")),
    }
}

/// How strings are written.
#[derive(Clone, Copy, PartialEq)]
enum Quoting {
    Plain,
    Ascii,
    /// By calling the encoder.
    Call,
}

/// Payload. The fields are written once, at creation.
pub struct EncoderObj {
    markers: Slot,
    default: Slot,
    encoder: Slot,
    indent: Slot,
    key_separator: Slot,
    item_separator: Slot,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    quoting: Quoting,
}

impl Trace for EncoderObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [
            &self.markers,
            &self.default,
            &self.encoder,
            &self.indent,
            &self.key_separator,
            &self.item_separator,
        ] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type behind `make_encoder`.
    pub ENCODER: EncoderObj = "_json.Encoder", base crate::object::base::OBJECT, flags crate::object::type_::tf::BASETYPE, init init
);

fn init(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, args| {
        let [
            markers,
            default,
            encoder,
            indent,
            key_separator,
            item_separator,
            sort_keys,
            skipkeys,
            allow_nan,
        ] = args.all()
        else {
            return Err(py.type_error(format!(
                "make_encoder() takes exactly 9 arguments ({} given)",
                args.all().len()
            )));
        };
        if !markers.is_none() && markers.get::<DictObj>().is_none() {
            let m = format!(
                "make_encoder() argument 1 must be dict or None, not {}",
                markers.ty().name()
            );
            return Err(py.type_error(m));
        }
        for v in [key_separator, item_separator] {
            if v.get::<StrObj>().is_none() {
                return Err(py.type_error(format!(
                    "make_encoder() separators must be str, not {}",
                    v.ty().name()
                )));
            }
        }
        let quoting = match encoder.get::<NativeFn>() {
            Some(f) if std::ptr::eq(f.def, &ASCII) => Quoting::Ascii,
            Some(f) if std::ptr::eq(f.def, &PLAIN) => Quoting::Plain,
            _ => Quoting::Call,
        };
        let slot = |v: &Val| Slot::new(v.to_obj());
        let e = EncoderObj {
            markers: slot(markers),
            default: slot(default),
            encoder: slot(encoder),
            indent: slot(indent),
            key_separator: slot(key_separator),
            item_separator: slot(item_separator),
            sort_keys: ops::truth(py, sort_keys)?,
            skipkeys: ops::truth(py, skipkeys)?,
            allow_nan: ops::truth(py, allow_nan)?,
            quoting,
        };
        Ok(py.alloc_in(ty, e))
    });
    t.slots().call.set(|py, v, args| {
        let [object, level] = args.all() else {
            return Err(py.type_error(format!(
                "_iterencode() takes exactly 2 arguments ({} given)",
                args.all().len()
            )));
        };
        let level = usize::try_from(str::case::ssize(py, level)?).unwrap_or(0);
        let e = v.cast::<EncoderObj>();
        let indent = e.indent.get().filter(|i| i.get::<StrObj>().is_some());
        let mut w = Write {
            py,
            e,
            key_separator: e.key_separator.obj(),
            item_separator: e.item_separator.obj(),
            check: !e.markers.obj().is_none(),
            indent,
            open: Vec::new(),
            out: Builder::new(),
        };
        w.value(object, level)?;
        Ok(tuple::new(py, vec![w.out.finish(py)]))
    });
    t.getset(
        "markers",
        |_, v| Ok(v.cast::<EncoderObj>().markers.obj()),
        None,
    );
    t.getset(
        "default",
        |_, v| Ok(v.cast::<EncoderObj>().default.obj()),
        None,
    );
    t.getset(
        "encoder",
        |_, v| Ok(v.cast::<EncoderObj>().encoder.obj()),
        None,
    );
    t.getset(
        "indent",
        |_, v| Ok(v.cast::<EncoderObj>().indent.obj()),
        None,
    );
    t.getset(
        "key_separator",
        |_, v| Ok(v.cast::<EncoderObj>().key_separator.obj()),
        None,
    );
    t.getset(
        "item_separator",
        |_, v| Ok(v.cast::<EncoderObj>().item_separator.obj()),
        None,
    );
    t.getset(
        "sort_keys",
        |py, v| Ok(py.bool(v.cast::<EncoderObj>().sort_keys)),
        None,
    );
    t.getset(
        "skipkeys",
        |py, v| Ok(py.bool(v.cast::<EncoderObj>().skipkeys)),
        None,
    );
}

struct Write<'a> {
    py: &'a Py,
    e: &'a EncoderObj,
    key_separator: Obj,
    item_separator: Obj,
    /// Look for containers that contain themselves.
    check: bool,
    indent: Option<Obj>,
    /// Identities of the containers around the current value.
    open: Vec<u64>,
    out: Builder,
}

impl Write<'_> {
    fn text(&mut self, v: &Val) {
        if let Some(s) = v.get::<StrObj>() {
            self.out.push_obj(s);
        }
    }

    fn newline(&mut self, level: usize) {
        if let Some(indent) = self.indent.clone() {
            self.out.push(b'\n' as u32);
            for _ in 0..level {
                self.text(&indent);
            }
        }
    }

    fn separator(&mut self, level: usize) {
        if let Some(s) = self.item_separator.get::<StrObj>() {
            self.out.push_obj(s);
        }
        self.newline(level);
    }

    /// Writes the commonest values that are no container and no string; false for others.
    fn plain(&mut self, v: &Val) -> bool {
        let w = v.word();
        if w.is_int() {
            let mut buffer = [0; 20];
            self.out
                .push_ascii_bytes(int::text::small(w.as_int(), &mut buffer));
        } else if w.is_float() && w.as_float().is_finite() {
            let mut text = String::new();
            crate::text::float_repr::write_repr(w.as_float(), &mut text);
            self.out.push_ascii_bytes(text.as_bytes());
        } else if v.is_none() {
            self.out.push_ascii_bytes(b"null");
        } else if let Some(b) = singletons::as_bool(v) {
            self.out
                .push_ascii_bytes(if b { b"true" } else { b"false" });
        } else {
            return false;
        }
        true
    }

    fn string(&mut self, v: &Val) -> PyResult<()> {
        let quoting = self.e.quoting;
        if quoting != Quoting::Call {
            quote(v.cast::<StrObj>(), quoting == Quoting::Ascii, &mut self.out);
            return Ok(());
        }
        let r = ops::call1(self.py, &self.e.encoder.obj(), v)?;
        if r.get::<StrObj>().is_none() {
            return Err(self.py.type_error(format!(
                "encoder() must return a string, not {}",
                r.ty().full_name()
            )));
        }
        self.text(&r);
        Ok(())
    }

    /// The text of a value that is no container and no string.
    fn simple(&self, v: &Val) -> PyResult<Option<Obj>> {
        let py = self.py;
        if v.is_none() {
            return Ok(Some(py.str("null")));
        }
        if let Some(b) = singletons::as_bool(v) {
            return Ok(Some(py.str(if b { "true" } else { "false" })));
        }
        if int::view(v).is_some() {
            // Subclasses are written as plain ints.
            let n = int::to_big(v)
                .map(|b| int::from_big(py, b.into_owned()))
                .unwrap_or_else(|| v.to_obj());
            return ops::repr(py, &n).map(Some);
        }
        if let Some(d) = float::view(v) {
            if d.is_finite() {
                return ops::repr(py, &py.float(d)).map(Some);
            }
            if !self.e.allow_nan {
                let m = format!(
                    "Out of range float values are not JSON compliant: {}",
                    ops::repr_text(py, v)?
                );
                return Err(py.value_error(m));
            }
            return Ok(Some(py.str(if d.is_nan() {
                "NaN"
            } else if d > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })));
        }
        Ok(None)
    }

    fn enter(&mut self, v: &Val) -> PyResult<()> {
        ops::convert::guard(self.py, " while encoding a JSON object")?;
        if self.check {
            if self.open.contains(&v.id()) {
                return Err(self.py.value_error("Circular reference detected"));
            }
            self.open.push(v.id());
        }
        Ok(())
    }

    fn leave(&mut self) {
        if self.check {
            self.open.pop();
        }
    }

    fn value(&mut self, v: &Val, level: usize) -> PyResult<()> {
        if v.get::<StrObj>().is_some() {
            return self.string(v);
        }
        if self.plain(v) {
            return Ok(());
        }
        if v.get::<DictObj>().is_some() {
            self.enter(v)?;
            self.mapping(v, level)?;
            self.leave();
            return Ok(());
        }
        if let Some(l) = v.get::<ListObj>() {
            self.enter(v)?;
            // Hooks may change the list meanwhile.
            self.sequence(v, &|i| l.get(i), level)?;
            self.leave();
            return Ok(());
        }
        if let Some(t) = v.get::<TupleObj>() {
            self.enter(v)?;
            self.sequence(v, &|i| t.items().get(i).map(Val::to_obj), level)?;
            self.leave();
            return Ok(());
        }
        if let Some(t) = self.simple(v)? {
            self.text(&t);
            return Ok(());
        }
        self.enter(v)?;
        let other = ops::call1(self.py, &self.e.default.obj(), v)?;
        self.value(&other, level).map_err(|e| {
            note(
                self.py,
                e,
                &format!("when serializing {} object", type_name(self.py, v)),
            )
        })?;
        self.leave();
        Ok(())
    }

    fn sequence(
        &mut self,
        v: &Val,
        get: &dyn Fn(usize) -> Option<Obj>,
        level: usize,
    ) -> PyResult<()> {
        let mut next = get(0);
        if next.is_none() {
            self.out.push_ascii_bytes(b"[]");
            return Ok(());
        }
        self.out.push(b'[' as u32);
        let mut i = 0;
        while let Some(item) = next {
            if i > 0 {
                self.separator(level + 1);
            } else {
                self.newline(level + 1);
            }
            self.value(&item, level + 1).map_err(|e| {
                note(
                    self.py,
                    e,
                    &format!("when serializing {} item {i}", type_name(self.py, v)),
                )
            })?;
            i += 1;
            next = get(i);
        }
        self.newline(level);
        self.out.push(b']' as u32);
        Ok(())
    }

    fn items(&self, v: &Val) -> PyResult<Vec<(Obj, Obj)>> {
        let py = self.py;
        if dict::DICT.is_exact(v) && !self.e.sort_keys {
            return Ok(v.cast::<DictObj>().items());
        }
        let pairs = if dict::DICT.is_exact(v) {
            let pairs = v.cast::<DictObj>().items();
            list::new(
                py,
                pairs
                    .into_iter()
                    .map(|(k, v)| tuple::new(py, vec![k, v]))
                    .collect(),
            )
        } else {
            let items = ops::call_method(py, v, &str::intern(py, "items"), &[])?;
            list::new(py, ops::collect(py, &items)?)
        };
        if self.e.sort_keys {
            ops::call_method(py, &pairs, &str::intern(py, "sort"), &[])?;
        }
        pairs
            .cast::<ListObj>()
            .to_vec()
            .iter()
            .map(|p| match p.get::<TupleObj>().map(TupleObj::items) {
                Some([k, v]) => Ok((k.to_obj(), v.to_obj())),
                _ => Err(py.value_error("items must return 2-tuples")),
            })
            .collect()
    }

    fn mapping(&mut self, v: &Val, level: usize) -> PyResult<()> {
        let py = self.py;
        let items = self.items(v)?;
        if items.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.out.push(b'{' as u32);
        let mut first = true;
        for (key, value) in items {
            let text = if key.get::<StrObj>().is_some() {
                key.clone()
            } else {
                match self.simple(&key)? {
                    Some(t) => t,
                    None if self.e.skipkeys => continue,
                    None => {
                        let m = format!(
                            "keys must be str, int, float, bool or None, not {}",
                            key.ty().full_name()
                        );
                        return Err(py.type_error(m));
                    }
                }
            };
            if first {
                self.newline(level + 1);
            } else {
                self.separator(level + 1);
            }
            first = false;
            self.string(&text)?;
            if let Some(s) = self.key_separator.get::<StrObj>() {
                self.out.push_obj(s);
            }
            if let Err(e) = self.value(&value, level + 1) {
                let shown = ops::repr_text(py, &key)?;
                return Err(note(
                    py,
                    e,
                    &format!("when serializing {} item {shown}", type_name(py, v)),
                ));
            }
        }
        if !first {
            self.newline(level);
        }
        self.out.push(b'}' as u32);
        Ok(())
    }
}

/// Name of the type with its module, as notes show it.
fn type_name(py: &Py, v: &Val) -> String {
    let t = v.ty();
    let module = ops::getattr_str(py, &t.to_obj(), "__module__");
    match module.as_ref().map(|m| str::lossy(m)) {
        Ok(m) if m != "builtins" && m != "__main__" => {
            format!("{m}.{}", str::lossy(&t.qualname.obj()))
        }
        _ => t.name().into_owned(),
    }
}

fn note(py: &Py, e: Raised, text: &str) -> Raised {
    // The note is an extra: an error on the way does not replace the exception.
    let _ = ops::call_method(py, &e.0, &str::intern(py, "add_note"), &[&py.str(text)]);
    e
}
