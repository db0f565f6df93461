//! Slot functions of classes: each looks its dunder up on the type of the receiver and calls it.
//!
//! **Invariant:** a slot holds one of these only while the class (or a base) defines the dunder in Python; a look-up that
//! fails nevertheless met a concurrent change of the class and is reported as a missing attribute.

use crate::builtins::exceptions::{ATTRIBUTE_ERROR, STOP_ITERATION};
use crate::builtins::int;
use crate::error::{PyResult, Raised};
use crate::object::attr::{self, bind};
use crate::object::buffer::Buffer;
use crate::object::names::{self, StaticName};
use crate::object::native::Args;
use crate::object::ops::{self, attr::call_found};
use crate::object::slots::{BIN_OPS, BinOp, BinaryFn, CmpOp, GetAttrFn};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use smallvec::SmallVec;

/// Calls the dunder; `None` if the type has none.
#[inline]
fn try_call(py: &Py, v: &Val, name: &Val, args: &[&Val]) -> PyResult<Option<Obj>> {
    let Some(f) = v.ty().lookup(py, name) else {
        return Ok(None);
    };
    let mut all: SmallVec<[Word; 4]> = SmallVec::with_capacity(args.len() + 1);
    all.push(v.word().borrowed());
    all.extend(args.iter().map(|a| a.word().borrowed()));
    call_found(py, &f, v, Args::pos(Val::from_words(&all))).map(Some)
}

#[inline]
fn call_dunder(py: &Py, v: &Val, name: &Val, args: &[&Val]) -> PyResult<Obj> {
    match try_call(py, v, name, args)? {
        Some(r) => Ok(r),
        None => Err(gone(py, v, name)),
    }
}

#[cold]
fn gone(py: &Py, v: &Val, name: &Val) -> Raised {
    attr::missing(py, v, name)
}

macro_rules! unary {
    ($($f:ident $name:ident)*) => {
        $(pub fn $f(py: &Py, v: &Val) -> PyResult<Obj> {
            call_dunder(py, v, &names::$name, &[])
        })*
    };
}

unary! {
    repr __repr__
    str __str__
    neg __neg__
    pos __pos__
    invert __invert__
    abs __abs__
    int __int__
    float __float__
    index __index__
    r#await __await__
    aiter __aiter__
    anext __anext__
}

pub fn hash(py: &Py, v: &Val) -> PyResult<i64> {
    let r = call_dunder(py, v, &names::__hash__, &[])?;
    let n = match int::view(&r) {
        None => return Err(py.type_error("__hash__ method should return an integer")),
        Some(n) => match n.to_i64() {
            Some(n) => n,
            None => match int::INT.ty().slots.hash.get() {
                Some(f) => f(py, &r)?,
                None => 0,
            },
        },
    };
    Ok(if n == -1 { -2 } else { n })
}

pub fn compare(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let name: &Val = match op {
        CmpOp::Lt => &names::__lt__,
        CmpOp::Le => &names::__le__,
        CmpOp::Eq => &names::__eq__,
        CmpOp::Ne => &names::__ne__,
        CmpOp::Gt => &names::__gt__,
        CmpOp::Ge => &names::__ge__,
    };
    let Some(f) = a.ty().lookup(py, name) else {
        return Ok(py.not_implemented());
    };
    if f.ty().has(tf::METHOD_DESCRIPTOR) {
        let all = [a.word().borrowed(), b.word().borrowed()];
        return call_found(py, &f, a, Args::pos(Val::from_words(&all)));
    }
    // A descriptor without a value counts as a method that is missing.
    match bind(py, f, a) {
        Ok(f) => ops::call1(py, &f, b),
        Err(e) if e.is(&ATTRIBUTE_ERROR) => Ok(py.not_implemented()),
        Err(e) => Err(e),
    }
}

pub fn call(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let Some(f) = v.ty().lookup(py, &names::__call__) else {
        return Err(gone(py, v, &names::__call__));
    };
    if f.ty().has(tf::METHOD_DESCRIPTOR) {
        return ops::call::call_prepend(py, &f, v, args);
    }
    let f = bind(py, f, v)?;
    ops::call(py, &f, args)
}

/// `__getattribute__`, then `__getattr__`.
pub fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    let ty = v.ty();
    let hook = ty.lookup(py, &names::__getattr__);
    let found = match native_getattr(py, ty) {
        Some(f) if f as usize == attr::generic_get as *const () as usize && hook.is_some() => {
            match attr::generic_find(py, v, name) {
                Ok(Some(o)) => return Ok(o),
                Ok(None) => None,
                Err(e) => Some(e),
            }
        }
        Some(f) => match f(py, v, name) {
            Ok(o) => return Ok(o),
            Err(e) => Some(e),
        },
        None => match call_dunder(py, v, &names::__getattribute__, &[name]) {
            Ok(o) => return Ok(o),
            Err(e) => Some(e),
        },
    };
    let Some(hook) = hook else {
        return Err(found.unwrap_or_else(|| attr::missing(py, v, name)));
    };
    match found {
        Some(e) if !e.is(&ATTRIBUTE_ERROR) => return Err(e),
        _ => {}
    }
    let args = ops::call::prepend(v, Args::pos(std::slice::from_ref(name)));
    call_found(py, &hook, v, Args::pos(Val::from_words(&args)))
}

/// The built-in `__getattribute__` of the type, if no class overrides it.
fn native_getattr(py: &Py, ty: &'static Type) -> Option<GetAttrFn> {
    let f = ty.lookup(py, &names::__getattribute__)?;
    f.get::<crate::builtins::descr::WrapperDescr>()?
        .owner()
        .slots
        .getattr
        .get()
}

pub fn setattr(py: &Py, v: &Val, name: &Val, value: Option<&Val>) -> PyResult<()> {
    match value {
        Some(x) => call_dunder(py, v, &names::__setattr__, &[name, x])?,
        None => call_dunder(py, v, &names::__delattr__, &[name])?,
    };
    Ok(())
}

pub fn iter(py: &Py, v: &Val) -> PyResult<Obj> {
    match v.ty().lookup(py, &names::__iter__) {
        Some(f) if !f.is_none() => {
            let w = crate::object::native::words([v]);
            call_found(py, &f, v, Args::pos(Val::from_words(&w)))
        }
        _ => Err(py.type_error(format!("'{}' object is not iterable", v.ty().full_name()))),
    }
}

pub fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    match call_dunder(py, v, &names::__next__, &[]) {
        Ok(o) => Ok(Some(o)),
        // A value (of `return` in a delegate) stays in the exception.
        Err(e)
            if e.is(&STOP_ITERATION)
                && crate::builtins::generator::stop_value(py, &e.0).is_none() =>
        {
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

pub fn len(py: &Py, v: &Val) -> PyResult<usize> {
    let r = call_dunder(py, v, &names::__len__, &[])?;
    let n = ops::index(py, &r)?;
    match int::view(&n) {
        Some(int::IntRef::Small(n)) if n >= 0 => Ok(n as usize),
        Some(int::IntRef::Big(b)) if b.sign() != num_bigint::Sign::Minus => {
            Err(py.overflow_error(format!(
                "cannot fit '{}' into an index-sized integer",
                r.ty().full_name()
            )))
        }
        _ => Err(py.value_error("__len__() should return >= 0")),
    }
}

pub fn bool(py: &Py, v: &Val) -> PyResult<bool> {
    let r = call_dunder(py, v, &names::__bool__, &[])?;
    crate::builtins::singletons::as_bool(&r).ok_or_else(|| {
        py.type_error(format!(
            "__bool__ should return bool, returned {}",
            r.ty().full_name()
        ))
    })
}

pub fn contains(py: &Py, v: &Val, item: &Val) -> PyResult<bool> {
    match v.ty().lookup(py, &names::__contains__) {
        None => ops::item::iter_contains(py, v, item),
        Some(f) if f.is_none() => Err(py.type_error(format!(
            "'{}' object is not a container",
            v.ty().full_name()
        ))),
        Some(f) => {
            let w = crate::object::native::words([v, item]);
            let r = call_found(py, &f, v, Args::pos(Val::from_words(&w)))?;
            ops::truth(py, &r)
        }
    }
}

pub fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    call_dunder(py, v, &names::__getitem__, &[k])
}

pub fn setitem(py: &Py, v: &Val, k: &Val, value: Option<&Val>) -> PyResult<()> {
    match value {
        Some(x) => match try_call(py, v, &names::__setitem__, &[k, x])? {
            Some(_) => Ok(()),
            None => Err(py.type_error(format!(
                "'{}' object does not support item assignment",
                v.ty().full_name()
            ))),
        },
        None => match try_call(py, v, &names::__delitem__, &[k])? {
            Some(_) => Ok(()),
            None => Err(py.type_error(format!(
                "'{}' object does not support item deletion",
                v.ty().full_name()
            ))),
        },
    }
}

pub fn descr_get(py: &Py, d: &Val, obj: Option<&Val>, ty: Option<&Val>) -> PyResult<Obj> {
    let none = py.none();
    match try_call(
        py,
        d,
        &names::__get__,
        &[obj.unwrap_or(&none), ty.unwrap_or(&none)],
    )? {
        Some(r) => Ok(r),
        None => Ok(d.to_obj()),
    }
}

pub fn descr_set(py: &Py, d: &Val, obj: &Val, value: Option<&Val>) -> PyResult<()> {
    let (name, r): (&StaticName, _) = match value {
        Some(x) => (
            &names::__set__,
            try_call(py, d, &names::__set__, &[obj, x])?,
        ),
        None => (
            &names::__delete__,
            try_call(py, d, &names::__delete__, &[obj])?,
        ),
    };
    if r.is_none() {
        return Err(py.error(
            &crate::builtins::exceptions::ATTRIBUTE_ERROR,
            &crate::builtins::str::lossy(name),
        ));
    }
    Ok(())
}

pub fn init(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let Some(f) = v.ty().lookup(py, &names::__init__) else {
        return Err(gone(py, v, &names::__init__));
    };
    let r = if f.ty().has(tf::METHOD_DESCRIPTOR) {
        ops::call::call_prepend(py, &f, v, args)?
    } else {
        let f = bind(py, f, v)?;
        ops::call(py, &f, args)?
    };
    if !r.is_none() {
        return Err(py.type_error(format!(
            "__init__() should return None, not '{}'",
            r.ty().full_name()
        )));
    }
    Ok(())
}

pub fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let cls = ty.to_obj();
    let f = ops::getattr(py, &cls, &names::__new__)?;
    ops::call::call_prepend(py, &f, &cls, args)
}

pub fn finalize(py: &Py, v: &Val) {
    let Some(f) = v.ty().lookup(py, &names::__del__) else {
        return;
    };
    let w = crate::object::native::words([v]);
    if let Err(e) = call_found(py, &f, v, Args::pos(Val::from_words(&w))) {
        crate::error::unraisable::write_doing(py, e, "while calling deallocator", &f);
    }
}

pub fn buffer(py: &Py, v: &Val, writable: bool) -> PyResult<Buffer> {
    // PyBUF_FULL_RO or PyBUF_FULL.
    let flags = Obj::small(if writable { 0x11d } else { 0x11c });
    let m = call_dunder(py, v, &names::__buffer__, &[&flags])?;
    if !crate::builtins::memoryview::MEMORYVIEW.check(&m) {
        return Err(py.type_error("__buffer__ returned non-memoryview object"));
    }
    crate::object::buffer::get(py, &m, writable)
}

/// `__pow__` with three arguments.
pub fn pow3(py: &Py, a: &Val, b: &Val, c: &Val) -> PyResult<Obj> {
    if a.ty().slots.pow3.addr() == pow3 as *const () as usize
        && let Some(r) = try_call(py, a, &names::__pow__, &[b, c])?
        && !r.is_not_implemented()
    {
        return Ok(r);
    }
    if b.ty().slots.pow3.addr() == pow3 as *const () as usize
        && let Some(r) = try_call(py, b, &names::__rpow__, &[a, c])?
    {
        return Ok(r);
    }
    Ok(py.not_implemented())
}

static FORWARD: [&StaticName; BIN_OPS] = [
    &names::__add__,
    &names::__sub__,
    &names::__mul__,
    &names::__matmul__,
    &names::__truediv__,
    &names::__floordiv__,
    &names::__mod__,
    &names::__pow__,
    &names::__lshift__,
    &names::__rshift__,
    &names::__and__,
    &names::__or__,
    &names::__xor__,
];
static REFLECTED: [&StaticName; BIN_OPS] = [
    &names::__radd__,
    &names::__rsub__,
    &names::__rmul__,
    &names::__rmatmul__,
    &names::__rtruediv__,
    &names::__rfloordiv__,
    &names::__rmod__,
    &names::__rpow__,
    &names::__rlshift__,
    &names::__rrshift__,
    &names::__rand__,
    &names::__ror__,
    &names::__rxor__,
];
static IN_PLACE: [&StaticName; BIN_OPS] = [
    &names::__iadd__,
    &names::__isub__,
    &names::__imul__,
    &names::__imatmul__,
    &names::__itruediv__,
    &names::__ifloordiv__,
    &names::__imod__,
    &names::__ipow__,
    &names::__ilshift__,
    &names::__irshift__,
    &names::__iand__,
    &names::__ior__,
    &names::__ixor__,
];

/// The slot function serves either operand: `__add__` of the left one, `__radd__` of the right one.
fn binary<const OP: usize>(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    let me = BINARY[OP] as usize;
    let (ta, tb) = (a.ty(), b.ty());
    let mut other = !std::ptr::eq(ta, tb) && tb.slots.binary[OP].addr() == me;
    if ta.slots.binary[OP].addr() == me {
        if other && tb.is_subtype(ta) && overloaded(py, ta, tb, REFLECTED[OP]) {
            if let Some(r) = try_call(py, b, REFLECTED[OP], &[a])?
                && !r.is_not_implemented()
            {
                return Ok(r);
            }
            other = false;
        }
        if let Some(r) = try_call(py, a, FORWARD[OP], &[b])?
            && !r.is_not_implemented()
        {
            return Ok(r);
        }
    }
    if other && let Some(r) = try_call(py, b, REFLECTED[OP], &[a])? {
        return Ok(r);
    }
    Ok(py.not_implemented())
}

/// Whether `a op b` begins with the left operand's method and ends with it or with a slot of a built-in type: then this is
/// the method, if the class has one.
pub fn left_method(py: &Py, op: BinOp, a: &Val, b: &Val) -> Option<Obj> {
    let n = op as usize;
    let me = BINARY[n] as usize;
    let (ta, tb) = (a.ty(), b.ty());
    if ta.slots.binary[n].addr() != me || !std::ptr::eq(ta, tb) && tb.slots.binary[n].addr() == me {
        return None;
    }
    ta.lookup(py, FORWARD[n])
}

/// Whether the right operand's class has its own reflected method.
fn overloaded(py: &Py, left: &'static Type, right: &'static Type, name: &Val) -> bool {
    match (right.lookup(py, name), left.lookup(py, name)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(r), Some(l)) => !r.is(&l),
    }
}

fn in_place<const OP: usize>(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    match try_call(py, a, IN_PLACE[OP], &[b])? {
        Some(r) => Ok(r),
        None => Ok(py.not_implemented()),
    }
}

macro_rules! table {
    ($f:ident) => {
        [
            $f::<0>, $f::<1>, $f::<2>, $f::<3>, $f::<4>, $f::<5>, $f::<6>, $f::<7>, $f::<8>,
            $f::<9>, $f::<10>, $f::<11>, $f::<12>,
        ]
    };
}

/// By `BinOp`. Slots are compared with these addresses, so they are taken here only.
pub static BINARY: [BinaryFn; BIN_OPS] = table!(binary);
pub static INPLACE: [BinaryFn; BIN_OPS] = table!(in_place);
const _: () = assert!(BinOp::Xor as usize == 12);
