//! `array`: compact sequences of numbers or characters.
//!
//! - `kind`: item types
//! - `methods`: methods
//! - `sequence`: indexing, slices, operators, comparison
//!
//! **Invariant:** the bytes are a multiple of the item size, and are neither resized nor moved while exported.

mod kind;
mod methods;
mod sequence;

use super::ModuleInit;
use crate::builtins::bytearray::ByteArrayObj;
use crate::builtins::bytes;
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::object::buffer::Buffer;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use kind::{Item, Kind};
use parking_lot::Mutex;
use std::borrow::Cow;

struct State {
    data: Vec<u8>,
    exports: usize,
}

/// Payload.
pub struct ArrayObj {
    kind: Kind,
    state: Mutex<State>,
}

impl Trace for ArrayObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `array.array`.
    pub ARRAY: ArrayObj = "array.array", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::WEAKREF | tf::SEQUENCE, init init_type
);

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "array");
    m.doc("Arrays: sequences of numbers or characters whose type is fixed by a type code.");
    m.ty(&ARRAY);
    m.add("ArrayType", ARRAY.obj());
    m.str("typecodes", &kind::codes());
    m.function(
        "_array_reconstructor",
        "($module, arraytype, typecode, mformat_code, items, /)",
        Bound(methods::reconstruct),
    );
    let module = m.finish()?;
    // Arrays count as mutable sequences; without the class (during start-up) nothing is registered.
    if let Some(abc) = crate::import::loaded(py, "collections.abc")
        .or_else(|| crate::import::loaded(py, "_collections_abc"))
    {
        let class = ops::getattr_str(py, &abc, "MutableSequence")?;
        let register = ops::getattr_str(py, &class, "register")?;
        ops::call1(py, &register, &ARRAY.obj())?;
    }
    Ok(module)
}

impl ArrayObj {
    fn new(kind: Kind, data: Vec<u8>) -> ArrayObj {
        ArrayObj {
            kind,
            state: Mutex::new(State { data, exports: 0 }),
        }
    }
    fn len(&self) -> usize {
        self.state.lock().data.len() / self.kind.size
    }
    fn item(&self, i: usize) -> Option<Item> {
        let s = self.state.lock();
        let n = self.kind.size;
        let b = s.data.get(i * n..(i + 1) * n)?;
        let mut item = [0; 8];
        item[..n].copy_from_slice(b);
        Some(item)
    }
    fn value(&self, py: &Py, i: usize) -> Option<Obj> {
        self.item(i).map(|b| self.kind.get(py, &b))
    }
    /// A copy of the bytes.
    fn bytes(&self) -> Vec<u8> {
        self.state.lock().data.clone()
    }
    /// All items as values.
    fn values(&self, py: &Py) -> Vec<Obj> {
        self.bytes()
            .chunks_exact(self.kind.size)
            .map(|b| self.kind.get(py, b))
            .collect()
    }
    /// Changes the bytes; refused while they are exported if that could resize them.
    fn edit<R>(&self, py: &Py, f: impl FnOnce(&mut Vec<u8>) -> R) -> PyResult<R> {
        let mut s = self.state.lock();
        if s.exports > 0 {
            return Err(py.buffer_error("cannot resize an array that is exporting buffers"));
        }
        Ok(f(&mut s.data))
    }
    fn push(&self, py: &Py, item: &Item) -> PyResult<()> {
        let n = self.kind.size;
        let ok = self.edit(py, |d| {
            d.try_reserve(n).map(|()| d.extend_from_slice(&item[..n]))
        })?;
        ok.map_err(|_| py.memory_error())
    }
    fn push_bytes(&self, py: &Py, b: &[u8]) -> PyResult<()> {
        let ok = self.edit(py, |d| {
            d.try_reserve(b.len()).map(|()| d.extend_from_slice(b))
        })?;
        ok.map_err(|_| py.memory_error())
    }
}

fn this(v: &Val) -> &ArrayObj {
    v.cast::<ArrayObj>()
}

fn make(py: &Py, kind: Kind, data: Vec<u8>) -> Obj {
    py.alloc(&ARRAY, ArrayObj::new(kind, data))
}

static NEW: FnDef = FnDef::new(
    "array",
    "(typecode, initializer=<unrepresentable>, /)",
    Bound(|py, _| Ok(py.none())),
);

fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = if std::ptr::eq(ty, ARRAY.ty()) {
        args
    } else {
        Args::pos(args.positional())
    };
    let bound = NEW.bind(py, args)?;
    let a = Val::from_words(&bound);
    let kind = typecode(py, &a[0], "array() argument 1")?;
    if kind.code == b'u' {
        crate::stdlib::warnings::warn(
            py,
            &crate::builtins::exceptions::DEPRECATION_WARNING,
            "The 'u' type code is deprecated and will be removed in Python 3.16",
            1,
        )?;
    }
    let array = py.alloc_in(ty, ArrayObj::new(kind, Vec::new()));
    let Some(x) = a[1].given() else {
        return Ok(array);
    };
    let o = this(&array);
    if x.get::<StrObj>().is_some() {
        if !kind.is_text() {
            return Err(py.type_error(format!(
                "cannot use a str to initialize an array with typecode '{}'",
                char::from(kind.code)
            )));
        }
        methods::extend_text(py, o, x)?;
    } else if let Some(other) = x.get::<ArrayObj>() {
        if other.kind.is_text() && !kind.is_text() {
            return Err(py.type_error(format!(
                "cannot use a unicode array to initialize an array with typecode '{}'",
                char::from(kind.code)
            )));
        }
        if other.kind == kind {
            o.push_bytes(py, &other.bytes())?;
        } else {
            for v in other.values(py) {
                o.push(py, &kind.put(py, &v)?)?;
            }
        }
    } else if bytes::view(x).is_some() || x.get::<ByteArrayObj>().is_some() {
        methods::extend_bytes(py, o, x)?;
    } else {
        methods::extend(py, o, x)?;
    }
    Ok(array)
}

/// A type code argument.
fn typecode(py: &Py, v: &Val, what: &str) -> PyResult<Kind> {
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "{what} must be a unicode character, not {}",
            v.ty().name()
        )));
    };
    let (1, Some(c)) = (s.len(), s.chars().next()) else {
        return Err(py.type_error(format!(
            "{what} must be a unicode character, not a string of length {}",
            s.len()
        )));
    };
    Kind::of(c).ok_or_else(|| {
        py.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
    })
}

fn export(_: &Py, v: &Val, _: bool) -> PyResult<Buffer> {
    let a = this(v);
    let mut s = a.state.lock();
    s.exports += 1;
    let (size, len) = (a.kind.size, s.data.len());
    // SAFETY: the bytes are not moved while `exports` is not zero, which `release` counts down.
    let mut b = unsafe {
        Buffer::bytes(
            v.to_obj(),
            s.data.as_mut_ptr(),
            len,
            false,
            Some(|v| this(v).state.lock().exports -= 1),
        )
    };
    b.itemsize = size;
    b.format = Cow::Borrowed(a.kind.format());
    b.shape = vec![(len / size) as isize];
    b.strides = vec![size as isize];
    Ok(b)
}

fn init_type(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(new);
    s.buffer.set(export);
    t.unhashable();
    t.doc(
        "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and \
         initialized from the optional initializer value, which must be a list, string or iterable over elements of the \
         appropriate type.",
    );
    sequence::add(t);
    methods::add(t);
}
