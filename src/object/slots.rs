//! Type slots: the native entry of each special method.
//!
//! A built-in type sets them in its `init`; a class statement fills them from the dunder methods in its namespace with
//! functions that look the method up and call it. Types inherit the slots of their bases.

use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::type_::Type;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

pub type UnaryFn = fn(&Py, &Val) -> PyResult<Obj>;
pub type BinaryFn = fn(&Py, &Val, &Val) -> PyResult<Obj>;
pub type TernaryFn = fn(&Py, &Val, &Val, &Val) -> PyResult<Obj>;
/// `Ok(None)` is exhaustion.
pub type NextFn = fn(&Py, &Val) -> PyResult<Option<Obj>>;
pub type HashFn = fn(&Py, &Val) -> PyResult<i64>;
pub type LenFn = fn(&Py, &Val) -> PyResult<usize>;
pub type BoolFn = fn(&Py, &Val) -> PyResult<bool>;
pub type ContainsFn = fn(&Py, &Val, &Val) -> PyResult<bool>;
pub type CompareFn = fn(&Py, &Val, &Val, CmpOp) -> PyResult<Obj>;
pub type CallFn = fn(&Py, &Val, Args) -> PyResult<Obj>;
/// Value `None` deletes.
pub type SetItemFn = fn(&Py, &Val, &Val, Option<&Val>) -> PyResult<()>;
pub type GetAttrFn = fn(&Py, &Val, &Val) -> PyResult<Obj>;
/// (descriptor, instance or none, type or none)
pub type DescrGetFn = fn(&Py, &Val, Option<&Val>, Option<&Val>) -> PyResult<Obj>;
/// (descriptor, instance, value or none to delete)
pub type DescrSetFn = fn(&Py, &Val, &Val, Option<&Val>) -> PyResult<()>;
pub type InitFn = fn(&Py, &Val, Args) -> PyResult<()>;
pub type NewFn = fn(&Py, &'static Type, Args) -> PyResult<Obj>;
pub type GetFn = fn(&Py, &Val) -> PyResult<Obj>;
pub type SetFn = fn(&Py, &Val, Option<&Val>) -> PyResult<()>;
/// Runs at the object's end, may resurrect it; must not raise (report with `py.write_unraisable`).
pub type FinalizeFn = fn(&Py, &Val);
/// Whether this instance needs its finalizer (a generator that never started does not).
pub type NeedsFinalizeFn = fn(&Val) -> bool;
/// Exposes memory (see `object::protocol::buffer`).
pub type BufferFn = fn(&Py, &Val, writable: bool) -> PyResult<crate::object::buffer::Buffer>;

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CmpOp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl CmpOp {
    pub const ALL: [CmpOp; 6] = [
        CmpOp::Lt,
        CmpOp::Le,
        CmpOp::Eq,
        CmpOp::Ne,
        CmpOp::Gt,
        CmpOp::Ge,
    ];
    /// The operator with sides exchanged.
    pub fn swapped(self) -> CmpOp {
        match self {
            CmpOp::Lt => CmpOp::Gt,
            CmpOp::Le => CmpOp::Ge,
            CmpOp::Gt => CmpOp::Lt,
            CmpOp::Ge => CmpOp::Le,
            op => op,
        }
    }
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    pub fn dunder(self) -> &'static str {
        ["__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"][self as usize]
    }
    /// The operator's answer for an ordering.
    pub fn of(self, o: std::cmp::Ordering) -> bool {
        match self {
            CmpOp::Lt => o.is_lt(),
            CmpOp::Le => o.is_le(),
            CmpOp::Eq => o.is_eq(),
            CmpOp::Ne => o.is_ne(),
            CmpOp::Gt => o.is_gt(),
            CmpOp::Ge => o.is_ge(),
        }
    }
}

/// Binary operators, in the order of `Slots::binary`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    MatMul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    And,
    Or,
    Xor,
}

/// Number of binary operators.
pub const BIN_OPS: usize = 13;

impl BinOp {
    pub const ALL: [BinOp; BIN_OPS] = [
        BinOp::Add,
        BinOp::Sub,
        BinOp::Mul,
        BinOp::MatMul,
        BinOp::TrueDiv,
        BinOp::FloorDiv,
        BinOp::Mod,
        BinOp::Pow,
        BinOp::LShift,
        BinOp::RShift,
        BinOp::And,
        BinOp::Or,
        BinOp::Xor,
    ];
    pub fn symbol(self) -> &'static str {
        [
            "+",
            "-",
            "*",
            "@",
            "/",
            "//",
            "%",
            "** or pow()",
            "<<",
            ">>",
            "&",
            "|",
            "^",
        ][self as usize]
    }
    pub fn inplace_symbol(self) -> &'static str {
        [
            "+=", "-=", "*=", "@=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=",
        ][self as usize]
    }
    /// Name of the dunder without underscores and prefix: "add" for `__add__`, `__radd__`, `__iadd__`.
    pub fn stem(self) -> &'static str {
        [
            "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift",
            "and", "or", "xor",
        ][self as usize]
    }
}

/// A slot: an optional function, replaced atomically when a class changes.
pub struct FnSlot<F>(AtomicUsize, PhantomData<F>);

impl<F: Copy> FnSlot<F> {
    pub const fn empty() -> FnSlot<F> {
        assert!(size_of::<F>() == size_of::<usize>());
        FnSlot(AtomicUsize::new(0), PhantomData)
    }
    #[inline(always)]
    pub fn get(&self) -> Option<F> {
        // Relaxed: code is immutable; which of two functions a racing reader sees is the program's race.
        let p = self.0.load(Ordering::Relaxed);
        if p == 0 {
            return None;
        }
        // SAFETY: the only non-zero values stored are function pointers of type `F` (see `put`).
        Some(unsafe { std::mem::transmute_copy::<usize, F>(&p) })
    }
    /// Sets the slot. Also accepts a function item through coercion at the call site.
    #[inline(always)]
    pub fn set(&self, f: F) {
        self.put(Some(f));
    }
    pub fn put(&self, f: Option<F>) {
        // SAFETY: `F` is a function pointer, of the size of a usize (asserted in `empty`).
        let p = f.map_or(0, |f| unsafe { std::mem::transmute_copy::<F, usize>(&f) });
        self.0.store(p, Ordering::Relaxed);
    }
    /// Address of the function, 0 if none; to compare slots.
    pub fn addr(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
    /// Copies the other slot if this one is empty.
    pub fn inherit(&self, from: &FnSlot<F>) {
        if self.addr() == 0 {
            self.0.store(from.addr(), Ordering::Relaxed);
        }
    }
    /// Copies the other slot as it is.
    pub fn copy_from(&self, from: &FnSlot<F>) {
        self.0.store(from.addr(), Ordering::Relaxed);
    }
}

macro_rules! slots_struct {
    ($($(#[$doc:meta])* $name:ident : $t:ty),* $(,)?) => {
        /// All slots of a type.
        pub struct Slots {
            $($(#[$doc])* pub $name: FnSlot<$t>,)*
            /// Binary operators by `BinOp`; called with the operands in source order for either operand's type; may
            /// return NotImplemented.
            pub binary: [FnSlot<BinaryFn>; BIN_OPS],
            /// In-place forms by `BinOp`.
            pub inplace: [FnSlot<BinaryFn>; BIN_OPS],
        }
        impl Slots {
            pub const fn new() -> Slots {
                Slots {
                    $($name: FnSlot::empty(),)*
                    binary: [const { FnSlot::empty() }; BIN_OPS],
                    inplace: [const { FnSlot::empty() }; BIN_OPS],
                }
            }
            /// Fills empty slots from a base's.
            pub fn inherit(&self, base: &Slots) {
                $(self.$name.inherit(&base.$name);)*
                for i in 0..BIN_OPS {
                    self.binary[i].inherit(&base.binary[i]);
                    self.inplace[i].inherit(&base.inplace[i]);
                }
            }
        }
        impl Default for Slots {
            fn default() -> Slots { Slots::new() }
        }
    };
}

slots_struct! {
    repr: UnaryFn,
    str: UnaryFn,
    hash: HashFn,
    compare: CompareFn,
    call: CallFn,
    /// `__getattribute__`.
    getattr: GetAttrFn,
    /// `__setattr__` and `__delattr__`.
    setattr: SetItemFn,
    iter: UnaryFn,
    next: NextFn,
    len: LenFn,
    bool: BoolFn,
    contains: ContainsFn,
    getitem: BinaryFn,
    /// `__setitem__` and `__delitem__`.
    setitem: SetItemFn,
    neg: UnaryFn,
    pos: UnaryFn,
    invert: UnaryFn,
    abs: UnaryFn,
    int: UnaryFn,
    float: UnaryFn,
    index: UnaryFn,
    /// Three-argument pow.
    pow3: TernaryFn,
    r#await: UnaryFn,
    aiter: UnaryFn,
    anext: UnaryFn,
    descr_get: DescrGetFn,
    descr_set: DescrSetFn,
    init: InitFn,
    new: NewFn,
    finalize: FinalizeFn,
    needs_finalize: NeedsFinalizeFn,
    buffer: BufferFn,
}

impl Slots {
    #[inline(always)]
    pub fn bin(&self, op: BinOp) -> &FnSlot<BinaryFn> {
        &self.binary[op as usize]
    }
    #[inline(always)]
    pub fn inp(&self, op: BinOp) -> &FnSlot<BinaryFn> {
        &self.inplace[op as usize]
    }
}

/// Hash slot of unhashable types.
pub fn hash_not_implemented(py: &Py, v: &Val) -> PyResult<i64> {
    Err(py.type_error(format!("unhashable type: '{}'", v.ty().full_name())))
}
