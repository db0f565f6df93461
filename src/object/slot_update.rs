//! Where dunder methods and slots meet; both directions come from one table.
//!
//! Native slot -> `slot wrapper` in the type's namespace (`add_wrappers`). Dunder in a class statement -> slot
//! (`update_all`, `update_name`): the native function itself if the MRO leads to a built-in type, else a function of
//! `slot_generic` that looks the dunder up and calls it.

use crate::builtins::descr::{self, WrapperDescr};
use crate::error::PyResult;
use crate::object::names::{self, StaticName};
use crate::object::native::Args;
use crate::object::slot_generic as generic;
use crate::object::slots::{BIN_OPS, BinOp, CmpOp, FnSlot, Slots};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Calls a native slot the way its dunder is called: (slots of the wrapper's type, receiver, further arguments).
pub type WrapFn = fn(&Py, &Slots, &Val, Args, &'static SlotDef) -> PyResult<Obj>;

/// One dunder of one slot.
pub struct SlotDef {
    pub slot: Id,
    pub name: &'static str,
    pub key: &'static StaticName,
    pub sig: &'static str,
    pub doc: &'static str,
    pub wrap: WrapFn,
}

macro_rules! slots {
    ($($id:ident $field:ident $generic:path;)*) => {
        /// A slot.
        #[allow(missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Id { $($id,)* Bin(BinOp), Inp(BinOp) }
        impl Id {
            /// Every slot that has dunders.
            fn all() -> Vec<Id> {
                let mut v = vec![$(Id::$id),*];
                v.extend(BinOp::ALL.map(Id::Bin));
                v.extend(BinOp::ALL.map(Id::Inp));
                v
            }
            /// Address of the function in the slot, 0 if empty.
            pub fn addr(self, s: &Slots) -> usize {
                match self {
                    $(Id::$id => s.$field.addr(),)*
                    Id::Bin(op) => s.bin(op).addr(),
                    Id::Inp(op) => s.inp(op).addr(),
                }
            }
            fn copy(self, to: &Slots, from: &Slots) {
                match self {
                    $(Id::$id => to.$field.copy_from(&from.$field),)*
                    Id::Bin(op) => to.bin(op).copy_from(from.bin(op)),
                    Id::Inp(op) => to.inp(op).copy_from(from.inp(op)),
                }
                if self == Id::Bin(BinOp::Pow) {
                    to.pow3.copy_from(&from.pow3);
                }
            }
            fn set_generic(self, to: &Slots) {
                match self {
                    $(Id::$id => to.$field.set($generic),)*
                    Id::Bin(op) => to.bin(op).set(generic::BINARY[op as usize]),
                    Id::Inp(op) => to.inp(op).set(generic::INPLACE[op as usize]),
                }
                if self == Id::Bin(BinOp::Pow) {
                    to.pow3.set(generic::pow3);
                }
            }
            fn clear(self, to: &Slots) {
                match self {
                    $(Id::$id => to.$field.put(None),)*
                    Id::Bin(op) => to.bin(op).put(None),
                    Id::Inp(op) => to.inp(op).put(None),
                }
                if self == Id::Bin(BinOp::Pow) {
                    to.pow3.put(None);
                }
            }
        }
    };
}

slots! {
    Repr repr generic::repr;
    Str str generic::str;
    Hash hash generic::hash;
    Compare compare generic::compare;
    Call call generic::call;
    GetAttr getattr generic::getattr;
    SetAttr setattr generic::setattr;
    Iter iter generic::iter;
    Next next generic::next;
    Len len generic::len;
    Bool bool generic::bool;
    Contains contains generic::contains;
    GetItem getitem generic::getitem;
    SetItem setitem generic::setitem;
    Neg neg generic::neg;
    Pos pos generic::pos;
    Invert invert generic::invert;
    Abs abs generic::abs;
    Int int generic::int;
    Float float generic::float;
    Index index generic::index;
    Await r#await generic::r#await;
    Aiter aiter generic::aiter;
    Anext anext generic::anext;
    DescrGet descr_get generic::descr_get;
    DescrSet descr_set generic::descr_set;
    Init init generic::init;
    New new generic::new;
    Finalize finalize generic::finalize;
    Buffer buffer generic::buffer;
}

fn need<F: Copy>(py: &Py, f: &FnSlot<F>, d: &SlotDef) -> PyResult<F> {
    f.get()
        .ok_or_else(|| py.type_error(format!("'{}' is not implemented", d.name)))
}

fn exactly<'a>(py: &Py, a: Args<'a>, n: usize, d: &SlotDef) -> PyResult<&'a [Val]> {
    if a.has_keywords() {
        return Err(py.type_error(format!("wrapper {}() takes no keyword arguments", d.name)));
    }
    let got = a.all().len();
    if got != n {
        let s = if n == 1 { "" } else { "s" };
        let name = if n == 2 {
            format!("{} ", d.name)
        } else {
            String::new()
        };
        return Err(py.type_error(format!("{name}expected {n} argument{s}, got {got}")));
    }
    Ok(a.all())
}

/// One or two arguments.
fn one_or_two<'a>(py: &Py, a: Args<'a>, d: &SlotDef) -> PyResult<&'a [Val]> {
    if a.has_keywords() {
        return Err(py.type_error(format!("wrapper {}() takes no keyword arguments", d.name)));
    }
    let got = a.all().len();
    if (1..=2).contains(&got) {
        return Ok(a.all());
    }
    Err(py.type_error(match (d.slot, got) {
        (Id::DescrGet, 0) => "__get__ expected at least 1 argument, got 0".to_string(),
        (Id::DescrGet, _) => format!("__get__ expected at most 2 arguments, got {got}"),
        _ => format!("expected 1 or 2 arguments, got {got}"),
    }))
}

macro_rules! unary {
    ($field:ident) => {
        |py, s, v, a, d| {
            exactly(py, a, 0, d)?;
            need(py, &s.$field, d)?(py, v)
        }
    };
}

fn forward(py: &Py, s: &Slots, v: &Val, a: Args, d: &'static SlotDef) -> PyResult<Obj> {
    let a = exactly(py, a, 1, d)?;
    let (Id::Bin(op) | Id::Inp(op)) = d.slot else {
        return Ok(py.not_implemented());
    };
    let f = if matches!(d.slot, Id::Bin(_)) {
        s.bin(op)
    } else {
        s.inp(op)
    };
    let r = need(py, f, d)?(py, v, &a[0])?;
    // Concatenation is not an operator that the other side may take over when called by name.
    if r.is_not_implemented()
        && op == BinOp::Add
        && let Some(e) = crate::object::ops::number::concat_error(py, v, &a[0])
    {
        return Err(e);
    }
    Ok(r)
}

fn reflected(py: &Py, s: &Slots, v: &Val, a: Args, d: &'static SlotDef) -> PyResult<Obj> {
    let a = exactly(py, a, 1, d)?;
    let Id::Bin(op) = d.slot else {
        return Ok(py.not_implemented());
    };
    need(py, s.bin(op), d)?(py, &a[0], v)
}

fn pow(py: &Py, s: &Slots, v: &Val, a: Args, d: &'static SlotDef) -> PyResult<Obj> {
    let a = one_or_two(py, a, d)?;
    match (a.get(1).and_then(Val::not_none), s.pow3.get()) {
        (Some(m), Some(f)) => f(py, v, &a[0], m),
        (Some(_), None) => Ok(py.not_implemented()),
        (None, _) => need(py, s.bin(BinOp::Pow), d)?(py, v, &a[0]),
    }
}

fn rpow(py: &Py, s: &Slots, v: &Val, a: Args, d: &'static SlotDef) -> PyResult<Obj> {
    let a = one_or_two(py, a, d)?;
    match (a.get(1).and_then(Val::not_none), s.pow3.get()) {
        (Some(m), Some(f)) => f(py, &a[0], v, m),
        (Some(_), None) => Ok(py.not_implemented()),
        (None, _) => need(py, s.bin(BinOp::Pow), d)?(py, &a[0], v),
    }
}

fn compare(py: &Py, s: &Slots, v: &Val, a: Args, d: &'static SlotDef) -> PyResult<Obj> {
    let a = exactly(py, a, 1, d)?;
    let op = CmpOp::ALL
        .into_iter()
        .find(|op| op.dunder() == d.name)
        .unwrap_or(CmpOp::Eq);
    need(py, &s.compare, d)?(py, v, &a[0], op)
}

/// `type.__setattr__(C, ...)` must not be reachable through `object.__setattr__`, which would bypass the class's checks.
fn check_setattr(py: &Py, s: &Slots, v: &Val, d: &SlotDef) -> PyResult<()> {
    let mut t = Some(v.ty());
    while let Some(x) = t {
        if !x.has(tf::HEAP) {
            if x.slots.setattr.addr() != s.setattr.addr() {
                let what = if d.name == "__setattr__" {
                    "__setattr__"
                } else {
                    "__delattr__"
                };
                return Err(py.type_error(format!(
                    "can't apply this {what} to {} object",
                    x.full_name()
                )));
            }
            break;
        }
        t = x.base();
    }
    Ok(())
}

macro_rules! def {
    ($id:expr, $name:ident, $sig:expr, $doc:expr, $wrap:expr) => {
        SlotDef {
            slot: $id,
            name: stringify!($name),
            key: &names::$name,
            sig: $sig,
            doc: $doc,
            wrap: $wrap,
        }
    };
}

macro_rules! binary_defs {
    ($($op:ident $name:ident $rname:ident $iname:ident $symbol:literal;)*) => {
        [$(
            def!(Id::Bin(BinOp::$op), $name, "($self, value, /)", concat!("Return self", $symbol, "value."), forward),
            def!(Id::Bin(BinOp::$op), $rname, "($self, value, /)", concat!("Return value", $symbol, "self."), reflected),
            def!(Id::Inp(BinOp::$op), $iname, "($self, value, /)", concat!("Return self", $symbol, "=value."), forward),
        )*]
    };
}

static BINARY_DEFS: [SlotDef; 3 * (BIN_OPS - 1)] = binary_defs! {
    Add __add__ __radd__ __iadd__ "+";
    Sub __sub__ __rsub__ __isub__ "-";
    Mul __mul__ __rmul__ __imul__ "*";
    MatMul __matmul__ __rmatmul__ __imatmul__ "@";
    TrueDiv __truediv__ __rtruediv__ __itruediv__ "/";
    FloorDiv __floordiv__ __rfloordiv__ __ifloordiv__ "//";
    Mod __mod__ __rmod__ __imod__ "%";
    LShift __lshift__ __rlshift__ __ilshift__ "<<";
    RShift __rshift__ __rrshift__ __irshift__ ">>";
    And __and__ __rand__ __iand__ "&";
    Or __or__ __ror__ __ior__ "|";
    Xor __xor__ __rxor__ __ixor__ "^";
};

static DEFS: [SlotDef; 42] = [
    def!(
        Id::Bin(BinOp::Pow),
        __pow__,
        "($self, value, mod=None, /)",
        "Return pow(self, value, mod).",
        pow
    ),
    def!(
        Id::Bin(BinOp::Pow),
        __rpow__,
        "($self, value, mod=None, /)",
        "Return pow(value, self, mod).",
        rpow
    ),
    def!(
        Id::Inp(BinOp::Pow),
        __ipow__,
        "($self, value, /)",
        "Return self**=value.",
        forward
    ),
    def!(
        Id::Repr,
        __repr__,
        "($self, /)",
        "Return repr(self).",
        unary!(repr)
    ),
    def!(
        Id::Str,
        __str__,
        "($self, /)",
        "Return str(self).",
        unary!(str)
    ),
    def!(
        Id::Hash,
        __hash__,
        "($self, /)",
        "Return hash(self).",
        |py, s, v, a, d| {
            exactly(py, a, 0, d)?;
            Ok(py.int(need(py, &s.hash, d)?(py, v)?))
        }
    ),
    def!(
        Id::Compare,
        __lt__,
        "($self, value, /)",
        "Return self<value.",
        compare
    ),
    def!(
        Id::Compare,
        __le__,
        "($self, value, /)",
        "Return self<=value.",
        compare
    ),
    def!(
        Id::Compare,
        __eq__,
        "($self, value, /)",
        "Return self==value.",
        compare
    ),
    def!(
        Id::Compare,
        __ne__,
        "($self, value, /)",
        "Return self!=value.",
        compare
    ),
    def!(
        Id::Compare,
        __gt__,
        "($self, value, /)",
        "Return self>value.",
        compare
    ),
    def!(
        Id::Compare,
        __ge__,
        "($self, value, /)",
        "Return self>=value.",
        compare
    ),
    def!(
        Id::Call,
        __call__,
        "($self, /, *args, **kwargs)",
        "Call self as a function.",
        |py, s, v, a, d| { need(py, &s.call, d)?(py, v, a) }
    ),
    def!(
        Id::GetAttr,
        __getattribute__,
        "($self, name, /)",
        "Return getattr(self, name).",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            let name = crate::object::attr::name_of(py, &a[0])?;
            need(py, &s.getattr, d)?(py, v, &name)
        }
    ),
    def!(
        Id::GetAttr,
        __getattr__,
        "($self, name, /)",
        "",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            need(py, &s.getattr, d)?(py, v, &a[0])
        }
    ),
    def!(
        Id::SetAttr,
        __setattr__,
        "($self, name, value, /)",
        "Implement setattr(self, name, value).",
        |py, s, v, a, d| {
            let a = exactly(py, a, 2, d)?;
            check_setattr(py, s, v, d)?;
            let name = crate::object::attr::name_of(py, &a[0])?;
            need(py, &s.setattr, d)?(py, v, &name, Some(&a[1]))?;
            Ok(py.none())
        }
    ),
    def!(
        Id::SetAttr,
        __delattr__,
        "($self, name, /)",
        "Implement delattr(self, name).",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            check_setattr(py, s, v, d)?;
            let name = crate::object::attr::name_of(py, &a[0])?;
            need(py, &s.setattr, d)?(py, v, &name, None)?;
            Ok(py.none())
        }
    ),
    def!(
        Id::Iter,
        __iter__,
        "($self, /)",
        "Implement iter(self).",
        unary!(iter)
    ),
    def!(
        Id::Next,
        __next__,
        "($self, /)",
        "Implement next(self).",
        |py, s, v, a, d| {
            exactly(py, a, 0, d)?;
            need(py, &s.next, d)?(py, v)?.ok_or_else(|| py.stop_iteration(None))
        }
    ),
    def!(
        Id::Len,
        __len__,
        "($self, /)",
        "Return len(self).",
        |py, s, v, a, d| {
            exactly(py, a, 0, d)?;
            Ok(crate::builtins::int::from_usize(
                py,
                need(py, &s.len, d)?(py, v)?,
            ))
        }
    ),
    def!(
        Id::Bool,
        __bool__,
        "($self, /)",
        "True if self else False",
        |py, s, v, a, d| {
            exactly(py, a, 0, d)?;
            Ok(py.bool(need(py, &s.bool, d)?(py, v)?))
        }
    ),
    def!(
        Id::Contains,
        __contains__,
        "($self, key, /)",
        "Return bool(key in self).",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            Ok(py.bool(need(py, &s.contains, d)?(py, v, &a[0])?))
        }
    ),
    def!(
        Id::GetItem,
        __getitem__,
        "($self, key, /)",
        "Return self[key].",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            need(py, &s.getitem, d)?(py, v, &a[0])
        }
    ),
    def!(
        Id::SetItem,
        __setitem__,
        "($self, key, value, /)",
        "Set self[key] to value.",
        |py, s, v, a, d| {
            let a = exactly(py, a, 2, d)?;
            need(py, &s.setitem, d)?(py, v, &a[0], Some(&a[1]))?;
            Ok(py.none())
        }
    ),
    def!(
        Id::SetItem,
        __delitem__,
        "($self, key, /)",
        "Delete self[key].",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            need(py, &s.setitem, d)?(py, v, &a[0], None)?;
            Ok(py.none())
        }
    ),
    def!(Id::Neg, __neg__, "($self, /)", "-self", unary!(neg)),
    def!(Id::Pos, __pos__, "($self, /)", "+self", unary!(pos)),
    def!(
        Id::Invert,
        __invert__,
        "($self, /)",
        "~self",
        unary!(invert)
    ),
    def!(Id::Abs, __abs__, "($self, /)", "abs(self)", unary!(abs)),
    def!(Id::Int, __int__, "($self, /)", "int(self)", unary!(int)),
    def!(
        Id::Float,
        __float__,
        "($self, /)",
        "float(self)",
        unary!(float)
    ),
    def!(
        Id::Index,
        __index__,
        "($self, /)",
        "Return self converted to an integer, if self is suitable for use as an index into a list.",
        unary!(index)
    ),
    def!(
        Id::Await,
        __await__,
        "($self, /)",
        "Return an iterator to be used in await expression.",
        unary!(r#await)
    ),
    def!(
        Id::Aiter,
        __aiter__,
        "($self, /)",
        "Return an awaitable, that resolves in asynchronous iterator.",
        unary!(aiter)
    ),
    def!(
        Id::Anext,
        __anext__,
        "($self, /)",
        "Return a value or raise StopAsyncIteration.",
        unary!(anext)
    ),
    def!(
        Id::DescrGet,
        __get__,
        "($self, instance, owner=None, /)",
        "Return an attribute of instance, which is of type owner.",
        |py, s, v, a, d| {
            let a = one_or_two(py, a, d)?;
            let (obj, ty) = (a[0].not_none(), a.get(1).and_then(Val::not_none));
            if obj.is_none() && ty.is_none() {
                return Err(py.type_error("__get__(None, None) is invalid"));
            }
            need(py, &s.descr_get, d)?(py, v, obj, ty)
        }
    ),
    def!(
        Id::DescrSet,
        __set__,
        "($self, instance, value, /)",
        "Set an attribute of instance to value.",
        |py, s, v, a, d| {
            let a = exactly(py, a, 2, d)?;
            need(py, &s.descr_set, d)?(py, v, &a[0], Some(&a[1]))?;
            Ok(py.none())
        }
    ),
    def!(
        Id::DescrSet,
        __delete__,
        "($self, instance, /)",
        "Delete an attribute of instance.",
        |py, s, v, a, d| {
            let a = exactly(py, a, 1, d)?;
            need(py, &s.descr_set, d)?(py, v, &a[0], None)?;
            Ok(py.none())
        }
    ),
    def!(
        Id::Init,
        __init__,
        "($self, /, *args, **kwargs)",
        "Initialize self.  See help(type(self)) for accurate signature.",
        |py, s, v, a, d| {
            need(py, &s.init, d)?(py, v, a)?;
            Ok(py.none())
        }
    ),
    def!(
        Id::Finalize,
        __del__,
        "($self, /)",
        "Called when the instance is about to be destroyed.",
        |py, s, v, a, d| {
            exactly(py, a, 0, d)?;
            need(py, &s.finalize, d)?(py, v);
            Ok(py.none())
        }
    ),
    def!(
        Id::Buffer,
        __buffer__,
        "($self, flags, /)",
        "Return a buffer object that exposes the underlying memory of the object.",
        |py, _, v, a, d| {
            exactly(py, a, 1, d)?;
            crate::object::ops::call1(py, &crate::builtins::memoryview::MEMORYVIEW.obj(), v)
        }
    ),
    def!(Id::New, __new__, "", "", |py, _, _, _, _| Ok(
        py.not_implemented()
    )),
];

/// Every dunder of every slot.
fn defs() -> impl Iterator<Item = &'static SlotDef> {
    DEFS.iter().chain(BINARY_DEFS.iter())
}

/// Slot and dunders by slot, for classes.
struct Group {
    id: Id,
    defs: Vec<&'static SlotDef>,
}

fn groups() -> &'static [Group] {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        Id::all()
            .into_iter()
            .map(|id| Group {
                id,
                defs: defs().filter(|d| d.slot == id).collect(),
            })
            .collect()
    })
}

/// Group of a dunder name (an interned str).
fn group_of(name: &Val) -> Option<&'static Group> {
    static INDEX: OnceLock<HashMap<u64, usize>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let all = groups().iter().enumerate();
        all.flat_map(|(i, g)| g.defs.iter().map(move |d| (d.key.word().identity(), i)))
            .collect()
    });
    index.get(&name.word().identity()).map(|&i| &groups()[i])
}

/// Adds the slot wrappers of a built-in type whose own slots are set and whose inherited ones are not yet.
pub fn add_wrappers(py: &Py, ty: &'static Type) {
    let sequence = ty.has(tf::LIST | tf::TUPLE | tf::STR | tf::BYTES | tf::SEQUENCE)
        || ty.layout.name == "bytearray";
    for d in defs() {
        if d.slot.addr(&ty.slots) == 0 || ty.dict().get_interned_word(d.key).is_some() {
            continue;
        }
        let made = match d.name {
            // Concatenation has no reflected form; `__getattr__` is for classes only.
            "__radd__" if sequence => continue,
            "__getattr__" => continue,
            "__new__" => descr::new_function(py, ty),
            _ => descr::wrapper(py, ty, d),
        };
        ty.dict().set_interned(py, d.key, made);
    }
    if ty.has(tf::HAS_DICT)
        && ty.base().is_none_or(|b| !b.has(tf::HAS_DICT))
        && ty.dict().get_interned_word(&names::__dict__).is_none()
    {
        let d = descr::getset_descriptor(
            py,
            ty,
            "__dict__",
            crate::builtins::object_::get_dict,
            Some(crate::builtins::object_::set_dict),
        );
        ty.dict().set_interned(py, &names::__dict__, d);
    }
}

/// Fills empty slots of a built-in type from its base.
pub fn inherit_slots(ty: &'static Type, base: &'static Type) {
    let py = crate::thread::current();
    let s = &ty.slots;
    if s.compare.addr() != 0 && s.hash.addr() == 0 {
        s.hash.set(crate::object::slots::hash_not_implemented);
        if ty.dict().get_interned_word(&names::__hash__).is_none() {
            ty.dict().set_interned(py, &names::__hash__, py.none());
        }
    }
    let no_new = s.new.addr() == 0
        && (ty.has(tf::NO_NEW) || std::ptr::eq(base, crate::object::base::OBJECT.ty()));
    s.inherit(&base.slots);
    if no_new {
        s.new.put(None);
    }
}

/// Sets every slot of a class from its MRO.
pub fn update_all(ty: &'static Type) {
    for g in groups() {
        update(ty, g);
    }
    if let Some(b) = ty.base() {
        ty.slots.needs_finalize.copy_from(&b.slots.needs_finalize);
        if ty.slots.finalize.addr() != b.slots.finalize.addr() {
            ty.slots.needs_finalize.put(None);
        }
    }
}

/// Sets again, in a class and its subclasses, the slot that depends on an attribute which was set or deleted.
pub fn update_name(ty: &'static Type, name: &Val) {
    if let Some(g) = group_of(name) {
        update_tree(ty, &|t| update(t, g));
    }
}

/// Sets again every slot of a class and its subclasses (after a change of bases).
pub fn update_subtree(ty: &'static Type) {
    update_tree(ty, &|t| update_all(t));
}

fn update_tree(ty: &'static Type, f: &dyn Fn(&'static Type)) {
    f(ty);
    let subs: Vec<*const Type> = ty.subclasses.lock().clone();
    for t in subs {
        // SAFETY: dying classes remove themselves from the list first.
        update_tree(unsafe { &*t }, f);
    }
}

/// Decides one slot of a class.
fn update(ty: &'static Type, g: &Group) {
    if !ty.has(tf::HEAP) {
        return;
    }
    let mut native: Option<&'static Type> = None;
    let mut only_native = true;
    let mut any = false;
    for d in &g.defs {
        let Some((owner, value)) = find(ty, d.key) else {
            continue;
        };
        any = true;
        if g.id == Id::Hash && value.is_none() {
            ty.slots
                .hash
                .set(crate::object::slots::hash_not_implemented);
            return;
        }
        let source = if !owner.has(tf::HEAP) {
            Some(owner)
        } else if g.id == Id::New {
            descr::new_function_owner(&value).filter(|t| ty.is_subtype(t))
        } else {
            value
                .get::<WrapperDescr>()
                .filter(|w| std::ptr::eq(w.def, *d) && ty.is_subtype(w.owner()))
                .map(WrapperDescr::owner)
        };
        match (source, native) {
            (Some(s), None) if g.id.addr(&s.slots) != 0 => native = Some(s),
            (Some(s), Some(n)) if g.id.addr(&s.slots) == g.id.addr(&n.slots) => {}
            _ => only_native = false,
        }
    }
    match native {
        _ if !any => g.id.clear(&ty.slots),
        Some(n) if only_native => g.id.copy(&ty.slots, &n.slots),
        _ => g.id.set_generic(&ty.slots),
    }
}

fn find(ty: &Type, name: &Val) -> Option<(&'static Type, Obj)> {
    ty.mro_iter().find_map(|t| {
        t.dict()
            .get_interned(crate::thread::current(), name)
            .map(|v| (t, v))
    })
}
