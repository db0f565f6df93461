//! Shapes (hidden classes): type and attribute layout of an object in one pointer.
//!
//! Adding an attribute moves an object along a transition tree. Slots are never reused for another name; deletion and odd
//! cases move the object to dictionary mode. **Invariant:** a version id is never given to two shapes or to one shape before
//! and after a change of its class; 0 means "not cacheable".

use crate::object::address_hash::AddressHash;
use crate::object::header::Header;
use crate::object::native::Layout;
use crate::object::type_::Type;
use crate::object::value::Word;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Longest chain of added attributes before an object goes to dictionary mode.
pub const MAX_ATTRS: usize = 512;
/// Most transitions out of one shape.
const MAX_TRANSITIONS: usize = 256;

/// How instances keep their attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum AttrMode {
    /// No instance attributes.
    None,
    /// Named slots: inline, then the overflow array.
    Slots,
    /// A dict in the extension word.
    Dict,
}

/// Exact built-in types that handlers know by a byte of the shape, whatever attributes the object has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Everything else, subclasses included.
    Other,
    Function,
    NativeFn,
    MethodDescr,
    Method,
    /// A class whose metaclass is `type`.
    Class,
    List,
    Tuple,
    Dict,
    Str,
    Set,
    RangeIter,
    ListIter,
    TupleIter,
    Generator,
    Coroutine,
    Module,
    Cell,
}

/// A hidden class.
pub struct Shape {
    version: AtomicU32,
    kind: AtomicU8,
    pub mode: AttrMode,
    /// Number of attributes held in slots.
    pub len: u32,
    /// Byte offset of the extension word (overflow array or dict); inline slots follow. 0 if the type has none.
    pub ext: u32,
    /// Number of inline slots of instances.
    pub inline: u32,
    ty: *const Type,
    layout: *const Layout,
    /// Previous shape and the attribute that was added to it (an interned str's word).
    parent: Option<&'static Shape>,
    pub name: Word,
    index: OnceLock<HashMap<u64, u32, AddressHash>>,
    next: Mutex<Vec<(u64, &'static Shape)>>,
}

// SAFETY: everything mutable is atomic or under a mutex; types and layouts are themselves shared between threads.
unsafe impl Sync for Shape {}
// SAFETY: as above.
unsafe impl Send for Shape {}

static NEXT_VERSION: AtomicU32 = AtomicU32::new(1);

/// A fresh version id, 0 when they have run out.
pub fn new_version() -> u32 {
    // Relaxed: only uniqueness matters.
    let v = NEXT_VERSION.fetch_add(1, Ordering::Relaxed);
    if v == 0 || v > u32::MAX - 1024 {
        NEXT_VERSION.store(u32::MAX - 512, Ordering::Relaxed);
        return 0;
    }
    v
}

impl Shape {
    /// The root shape of a type's instances. Lives as long as the process.
    pub fn root(
        ty: *const Type,
        layout: *const Layout,
        mode: AttrMode,
        ext: u32,
        inline: u32,
    ) -> &'static Shape {
        Box::leak(Box::new(Shape {
            version: AtomicU32::new(0),
            kind: AtomicU8::new(Kind::Other as u8),
            mode,
            len: 0,
            ext,
            inline,
            ty,
            layout,
            parent: None,
            name: crate::object::value::UNBOUND,
            index: OnceLock::new(),
            next: Mutex::new(Vec::new()),
        }))
    }
    /// Whether instances are exactly of the built-in type that `k` stands for.
    #[inline(always)]
    pub fn is(&self, k: Kind) -> bool {
        // Relaxed: written while the type is made, before it has instances.
        self.kind.load(Ordering::Relaxed) == k as u8
    }
    /// The kind as a number, for tests of several kinds.
    #[inline(always)]
    pub fn kind(&self) -> u8 {
        // Relaxed: as in `is`.
        self.kind.load(Ordering::Relaxed)
    }
    /// Says which built-in type's exact instances have this root shape.
    pub(crate) fn set_kind(&self, k: Kind) {
        self.kind.store(k as u8, Ordering::Relaxed);
    }
    #[inline(always)]
    pub fn ty(&self) -> &'static Type {
        // SAFETY: a type is not freed while a shape that objects use refers to it.
        unsafe { &*self.ty }
    }
    #[inline(always)]
    pub fn layout(&self) -> &'static Layout {
        // SAFETY: layouts are statics.
        unsafe { &*self.layout }
    }
    /// The version id as caches compare it; 0 matches no cache.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        // Relaxed: a stale id only makes a cache miss or hit facts that were true when it was read.
        self.version.load(Ordering::Relaxed)
    }
    /// The version id, given now if there is none. 0: do not cache.
    pub fn assign_version(&self) -> u32 {
        let v = self.version();
        if v != 0 {
            return v;
        }
        let v = new_version();
        self.version.store(v, Ordering::Relaxed);
        v
    }
    /// Forgets the version of this shape and of all that come from it.
    pub fn invalidate(&self) {
        self.version.store(0, Ordering::Relaxed);
        let mut todo: Vec<&'static Shape> = self.next.lock().iter().map(|t| t.1).collect();
        while let Some(s) = todo.pop() {
            s.version.store(0, Ordering::Relaxed);
            todo.extend(s.next.lock().iter().map(|t| t.1));
        }
    }
    /// A root shape of the same type for instances in dictionary mode.
    pub fn in_dict_mode(&self) -> &'static Shape {
        let s = Shape::root(self.ty, self.layout, AttrMode::Dict, self.ext, self.inline);
        s.kind
            .store(self.kind.load(Ordering::Relaxed), Ordering::Relaxed);
        s
    }
    /// The dictionary-mode shape of instances that were made for another class, with `inline` slots in their memory.
    /// `self` is the root shape of their new class.
    pub fn adopted(&'static self, inline: u32) -> &'static Shape {
        // Names of attributes are addresses, so no transition has such a key.
        let key = (inline as u64) << 3 | 4;
        let mut next = self.next.lock();
        if let Some((_, s)) = next.iter().find(|t| t.0 == key) {
            return s;
        }
        let s = Shape::root(self.ty, self.layout, AttrMode::Dict, self.ext, inline);
        next.push((key, s));
        s
    }
    /// Slot of an attribute; `name` is an interned str.
    #[inline]
    pub fn slot_of(&'static self, name: Word) -> Option<u32> {
        if self.mode != AttrMode::Slots {
            return None;
        }
        let id = name.identity();
        if self.len <= 8 {
            let mut s = self;
            while let Some(p) = s.parent {
                if s.name.identity() == id {
                    return Some(p.len);
                }
                s = p;
            }
            return None;
        }
        self.index
            .get_or_init(|| {
                self.names()
                    .into_iter()
                    .enumerate()
                    .map(|(i, w)| (w.identity(), i as u32))
                    .collect()
            })
            .get(&id)
            .copied()
    }
    /// Attribute names in slot order.
    pub fn names(&self) -> Vec<Word> {
        let mut v = Vec::with_capacity(self.len as usize);
        let mut s = self;
        while let Some(p) = s.parent {
            v.push(s.name);
            s = p;
        }
        v.reverse();
        v
    }
    /// The shape after adding attribute `name`; `None` when a cap says dictionary mode.
    pub fn with(&'static self, name: Word) -> Option<&'static Shape> {
        if self.mode != AttrMode::Slots || self.len as usize >= MAX_ATTRS {
            return None;
        }
        let mut next = self.next.lock();
        if let Some((_, s)) = next.iter().find(|t| t.0 == name.identity()) {
            return Some(s);
        }
        if next.len() >= MAX_TRANSITIONS {
            return None;
        }
        let s: &'static Shape = Box::leak(Box::new(Shape {
            version: AtomicU32::new(0),
            kind: AtomicU8::new(self.kind.load(Ordering::Relaxed)),
            mode: AttrMode::Slots,
            len: self.len + 1,
            ext: self.ext,
            inline: self.inline,
            ty: self.ty,
            layout: self.layout,
            parent: Some(self),
            name: name.borrowed(),
            index: OnceLock::new(),
            next: Mutex::new(Vec::new()),
        }));
        next.push((name.identity(), s));
        Some(s)
    }
}

impl Header {
    /// Address of the extension word; meaningful only if the shape has one.
    #[inline(always)]
    pub(crate) fn ext_ptr(&self, s: &Shape) -> *const std::sync::atomic::AtomicU64 {
        // SAFETY: `ext` lies within the object.
        unsafe {
            (self as *const Header as *const u8).add(s.ext as usize)
                as *const std::sync::atomic::AtomicU64
        }
    }
}
