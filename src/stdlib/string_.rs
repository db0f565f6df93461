//! `_string`: the parser of format texts for `string.Formatter`.

use crate::builtins::str::format::{Chunks, conversion_obj, decimal_index, first_part, next_part};
use crate::builtins::str::{StrObj, slice};
use crate::builtins::{int, tuple};
use crate::error::PyResult;
use crate::object::native::Tracer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Payload of both iterators: the text and the next position.
pub struct FormatIter {
    text: Slot,
    at: AtomicUsize,
}

impl Trace for FormatIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.text);
    }
}

crate::native_type!(
    /// Type of `formatter_parser` results.
    pub FORMATTER_ITER: FormatIter = "formatteriterator", base crate::object::base::OBJECT, flags tf::NO_NEW, init |t| {
        t.slots().iter.set(|_, v| Ok(v.to_obj()));
        t.slots().next.set(next_chunk);
    }
);

/// As `FormatIter`, for the parts of a field name.
pub struct NameIter(FormatIter);

impl Trace for NameIter {
    fn trace(&self, t: &mut Tracer) {
        self.0.trace(t);
    }
}

crate::native_type!(
    /// Type of the second item of `formatter_field_name_split` results.
    pub NAME_ITER: NameIter = "fieldnameiterator", base crate::object::base::OBJECT, flags tf::NO_NEW, init |t| {
        t.slots().iter.set(|_, v| Ok(v.to_obj()));
        t.slots().next.set(next_name);
    }
);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_string");
    m.doc("string helper module");
    m.function(
        "formatter_parser",
        "($module, string, /)",
        Bound(|py, a| {
            expect(py, &a[0])?;
            Ok(py.alloc(&FORMATTER_ITER, iter(&a[0], 0)))
        }),
    );
    m.function(
        "formatter_field_name_split",
        "($module, string, /)",
        Bound(|py, a| {
            let t = expect(py, &a[0])?.units();
            let first = first_part(t);
            let head = match decimal_index(py, t.slice(0, first))? {
                Some(n) => int::from_usize(py, n),
                None => slice(py, &a[0], 0, first),
            };
            let rest = py.alloc(&NAME_ITER, NameIter(iter(&a[0], first)));
            Ok(tuple::new(py, vec![head, rest]))
        }),
    );
    m.finish()
}

fn iter(text: &Val, at: usize) -> FormatIter {
    FormatIter {
        text: Slot::new(text.to_obj()),
        at: AtomicUsize::new(at),
    }
}

fn expect<'a>(py: &Py, v: &'a Val) -> PyResult<&'a StrObj> {
    v.get::<StrObj>()
        .ok_or_else(|| py.type_error(format!("expected str, got {}", v.ty().name())))
}

fn next_chunk(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<FormatIter>();
    let text = it.text.obj();
    // Relaxed: threads that share an iterator may see a chunk twice.
    let mut chunks = Chunks::resume(text.cast::<StrObj>().units(), it.at.load(Ordering::Relaxed));
    let found = chunks.next_chunk().map_err(|m| py.value_error(m))?;
    it.at.store(chunks.position(), Ordering::Relaxed);
    Ok(found.map(|c| {
        let part = |(from, to)| slice(py, &text, from, to);
        let mut out = vec![part(c.literal)];
        match c.field {
            Some(f) => out.extend([part(f.name), part(f.spec), conversion_obj(py, f.conversion)]),
            None => out.extend([py.none(), py.none(), py.none()]),
        }
        tuple::new(py, out)
    }))
}

fn next_name(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = &v.cast::<NameIter>().0;
    let text = it.text.obj();
    let t = text.cast::<StrObj>().units();
    let mut at = it.at.load(Ordering::Relaxed);
    let found = next_part(py, t, &mut at)?;
    it.at.store(at, Ordering::Relaxed);
    let Some((attr, from, to)) = found else {
        return Ok(None);
    };
    let key = match decimal_index(py, t.slice(from, to))? {
        Some(n) if !attr => int::from_usize(py, n),
        _ => slice(py, &text, from, to),
    };
    Ok(Some(tuple::new(py, vec![py.bool(attr), key])))
}
