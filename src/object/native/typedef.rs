//! `TypeDef`: a built-in type as data; `Layout`: what the heap must know of a payload; `TypeInit`: fills a type at start-up.
//!
//! A native type is a Rust struct (the payload) that implements [`Native`] through [`native_type!`](crate::native_type):
//!
//! ```ignore
//! pub struct CellObj { pub value: Slot }
//! native_type!(pub CELL: CellObj = "cell", base OBJECT, flags 0, init init);
//! fn init(t: &mut TypeInit) { t.slots().repr.set(cell_repr); t.getset("cell_contents", get, Some(set)); }
//! ```

use crate::object::header::Header;
use crate::object::native::function::{FnDef, NativeFn, NativeFnPtr};
use crate::object::shape::Shape;
use crate::object::slots::{GetFn, SetFn, Slots};
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Visits the references of an object for the cycle collector.
pub struct Tracer<'a>(pub &'a mut dyn FnMut(Word));

impl Tracer<'_> {
    #[inline]
    pub fn slot(&mut self, s: &Slot) {
        self.word(s.word());
    }
    #[inline]
    pub fn obj(&mut self, v: &Val) {
        self.word(v.word());
    }
    #[inline]
    pub fn word(&mut self, w: Word) {
        if w.is_ptr() && !w.is_unbound() {
            (self.0)(w);
        }
    }
}

/// What the heap knows of a payload. One static per native layout; its address identifies the layout.
pub struct Layout {
    pub name: &'static str,
    /// Bytes of the payload, a multiple of 8 (without header and trailing items).
    pub size: usize,
    /// Holds no references: never visited by the collector.
    pub leaf: bool,
    /// `drop` has something to do.
    pub needs_drop: bool,
    pub trace: unsafe fn(*const u8, &mut Tracer),
    pub drop: unsafe fn(*mut u8),
    pub clear: unsafe fn(*const u8),
}

/// A Rust struct that is the payload of a native type. Implemented by `native_type!`.
///
/// # Safety
/// `layout()` describes exactly this struct, whose alignment is at most 8.
pub unsafe trait Native: Trace + 'static {
    fn layout() -> &'static Layout;
    fn def() -> &'static TypeDef;
}

/// The references that a payload holds. Payloads without references implement it with `LEAF = true` and an empty `trace`.
pub trait Trace {
    const LEAF: bool = false;
    /// Visits each counted reference once. Runs while the world is stopped; may lock the payload's own mutexes.
    fn trace(&self, t: &mut Tracer);
    /// Gives up the references that can be part of a cycle (called on garbage only).
    fn clear(&self) {}
}

/// # Safety
/// `p` points to a live `T`.
pub unsafe fn trace_fn<T: Trace>(p: *const u8, t: &mut Tracer) {
    // SAFETY: by the caller's promise.
    unsafe { (*(p as *const T)).trace(t) }
}
/// # Safety
/// `p` points to a live `T` that nobody uses afterwards.
pub unsafe fn drop_fn<T>(p: *mut u8) {
    // SAFETY: by the caller's promise.
    unsafe { std::ptr::drop_in_place(p as *mut T) }
}
/// # Safety
/// `p` points to a live `T`.
pub unsafe fn clear_fn<T: Trace>(p: *const u8) {
    // SAFETY: by the caller's promise.
    unsafe { (*(p as *const T)).clear() }
}

/// A built-in type as data; `ready` makes the type object at start-up or on first use.
pub struct TypeDef {
    /// Name with module prefix, as CPython's `tp_name`: "list", "collections.deque".
    pub name: &'static str,
    pub base: Option<&'static TypeDef>,
    pub layout: &'static Layout,
    /// `object::type_::tf` bits.
    pub flags: u32,
    pub init: fn(&mut TypeInit),
    pub(crate) ty: AtomicPtr<Type>,
    pub(crate) shape: AtomicPtr<Shape>,
}

impl TypeDef {
    pub const fn new(
        name: &'static str,
        base: Option<&'static TypeDef>,
        layout: &'static Layout,
        flags: u32,
        init: fn(&mut TypeInit),
    ) -> TypeDef {
        TypeDef {
            name,
            base,
            layout,
            flags,
            init,
            ty: AtomicPtr::new(std::ptr::null_mut()),
            shape: AtomicPtr::new(std::ptr::null_mut()),
        }
    }
    /// The type object, made on first use.
    #[inline(always)]
    pub fn ty(&'static self) -> &'static Type {
        // Acquire: pairs with the Release in `type_::ready`.
        let p = self.ty.load(Ordering::Acquire);
        if p.is_null() {
            return crate::object::type_::ready(self);
        }
        // SAFETY: built-in types are immortal.
        unsafe { &*p }
    }
    /// The type as a value.
    #[inline(always)]
    pub fn obj(&'static self) -> Obj {
        self.ty().to_obj()
    }
    /// The shape of exact instances.
    #[inline(always)]
    pub fn shape(&'static self) -> &'static Shape {
        // Acquire: as in `ty`.
        let p = self.shape.load(Ordering::Acquire);
        if p.is_null() {
            self.ty();
            return self.shape();
        }
        // SAFETY: shapes of built-in types live forever.
        unsafe { &*p }
    }
    /// Whether `v` is an instance of exactly this type (immediates: see `Val::ty`).
    #[inline(always)]
    pub fn is_exact(&'static self, v: &Val) -> bool {
        match v.header() {
            // Acquire: as in `ty`; a null shape matches no object.
            Some(h) => {
                std::ptr::eq(h.shape_ptr(), self.shape.load(Ordering::Acquire))
                    || std::ptr::eq(h.ty(), self.ty())
            }
            None => std::ptr::eq(v.ty(), self.ty()),
        }
    }
    /// `isinstance(v, self)` by real type (no `__instancecheck__`).
    #[inline]
    pub fn check(&'static self, v: &Val) -> bool {
        v.ty().is_subtype(self.ty())
    }
}

impl Val {
    /// The payload, if this is an instance of `T`'s native type or of a subclass of it.
    #[inline(always)]
    pub fn get<T: Native>(&self) -> Option<&T> {
        let h = self.header()?;
        if std::ptr::eq(h.shape().layout(), T::layout()) {
            // SAFETY: the layout says that the payload is a `T`.
            Some(unsafe { h.payload::<T>() })
        } else {
            None
        }
    }
    /// The payload of a receiver whose type was checked by the caller (method receivers are checked by the descriptor).
    ///
    /// # Panics
    /// If it is no `T`: a bug in the runtime, which becomes SystemError.
    #[inline(always)]
    pub fn cast<T: Native>(&self) -> &T {
        match self.get::<T>() {
            Some(t) => t,
            None => cast_failed(T::layout().name),
        }
    }
}

#[cold]
#[inline(never)]
fn cast_failed(want: &str) -> ! {
    panic!("receiver is not a {want}")
}

/// The header of a payload.
#[inline(always)]
pub fn header_of<T: Native>(t: &T) -> &Header {
    // SAFETY: `&T` of a native type is only obtained from heap objects, whose header stands right before the payload.
    unsafe {
        &*((t as *const T as *const u8).sub(crate::object::header::HEADER_SIZE) as *const Header)
    }
}

/// Fills a type during `ready`. Every method is a description; nothing here runs Python code.
pub struct TypeInit {
    pub(crate) py: &'static Py,
    pub(crate) ty: &'static Type,
}

impl TypeInit {
    pub fn py(&self) -> &'static Py {
        self.py
    }
    pub fn ty(&self) -> &'static Type {
        self.ty
    }
    /// The native slots, to be set here; dunder wrappers are made from them afterwards.
    pub fn slots(&self) -> &'static Slots {
        &self.ty.slots
    }
    pub fn doc(&mut self, text: &'static str) {
        self.attr("__doc__", crate::builtins::str::new(self.py, text));
    }
    /// A class attribute.
    pub fn attr(&mut self, name: &str, v: Obj) {
        self.ty.dict().set_str(self.py, name, v);
    }
    /// A method. `sig` is the parameter list with the receiver first, e.g. `"($self, x, /)"`; see [`FnDef`].
    pub fn method(&mut self, name: &'static str, sig: &'static str, f: NativeFnPtr) {
        let def = FnDef::leak(name, sig, f);
        let m = crate::builtins::descr::method_descriptor(self.py, self.ty, def);
        self.attr(name, m);
    }
    /// A class method: the class comes first (`$type`).
    pub fn classmethod(&mut self, name: &'static str, sig: &'static str, f: NativeFnPtr) {
        let def = FnDef::leak(name, sig, f);
        let m = crate::builtins::descr::classmethod_descriptor(self.py, self.ty, def);
        self.attr(name, m);
    }
    /// A static method.
    pub fn staticmethod(&mut self, name: &'static str, sig: &'static str, f: NativeFnPtr) {
        let def = FnDef::leak(name, sig, f);
        let g = NativeFn::new(self.py, def, None, None);
        let m = crate::builtins::descr::staticmethod(self.py, g);
        self.attr(name, m);
    }
    /// A computed attribute; without `set` it is read-only.
    pub fn getset(&mut self, name: &'static str, get: GetFn, set: Option<SetFn>) {
        let d = crate::builtins::descr::getset_descriptor(self.py, self.ty, name, get, set);
        self.attr(name, d);
    }
    /// A read-only field (a `member_descriptor`).
    pub fn member(&mut self, name: &'static str, get: GetFn) {
        let d = crate::builtins::descr::field(self.py, self.ty, name, get);
        self.attr(name, d);
    }
    /// Takes `__hash__` away (`__hash__ = None`).
    pub fn unhashable(&mut self) {
        self.ty
            .slots
            .hash
            .set(crate::object::slots::hash_not_implemented);
        self.attr("__hash__", self.py.none());
    }
}

/// Declares a native type: its layout, its `TypeDef` static and the `Native` impl of the payload struct.
#[macro_export]
macro_rules! native_type {
    ($(#[$m:meta])* $vis:vis $def:ident : $t:ty = $name:literal, base $base:expr, flags $flags:expr, init $init:expr) => {
        $(#[$m])*
        $vis static $def: $crate::object::native::TypeDef = {
            static LAYOUT: $crate::object::native::Layout = $crate::object::native::Layout {
                name: $name,
                // Whole words: extension word and members follow.
                size: size_of::<$t>().next_multiple_of(8),
                leaf: <$t as $crate::object::native::typedef::Trace>::LEAF,
                needs_drop: std::mem::needs_drop::<$t>(),
                trace: $crate::object::native::typedef::trace_fn::<$t>,
                drop: $crate::object::native::typedef::drop_fn::<$t>,
                clear: $crate::object::native::typedef::clear_fn::<$t>,
            };
            const _: () = assert!(align_of::<$t>() <= 8);
            // SAFETY: LAYOUT is made from the struct itself.
            unsafe impl $crate::object::native::Native for $t {
                #[inline(always)]
                fn layout() -> &'static $crate::object::native::Layout { &LAYOUT }
                #[inline(always)]
                fn def() -> &'static $crate::object::native::TypeDef { &$def }
            }
            $crate::object::native::TypeDef::new($name, Some(&$base), &LAYOUT, $flags, $init)
        };
    };
}

/// A type that adds no fields to its base's layout (most exceptions, `bool`).
#[macro_export]
macro_rules! native_subtype {
    ($(#[$m:meta])* $vis:vis $def:ident = $name:literal, base $base:expr, layout $t:ty, flags $flags:expr, init $init:expr) => {
        $(#[$m])*
        $vis static $def: $crate::object::native::TypeDef =
            $crate::object::native::TypeDef::new($name, Some(&$base), $crate::object::native::typedef::layout_of_def(&$base), $flags, $init);
    };
}

/// The layout of another definition, for use in constants.
pub const fn layout_of_def(d: &'static TypeDef) -> &'static Layout {
    d.layout
}
