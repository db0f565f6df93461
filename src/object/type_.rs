//! Type objects: the payload, readying of built-in types, attribute look-up along the MRO.
//!
//! Class statements are in `object::class`; dunder methods and slots meet in `object::slot_update`.
//! **Invariant:** `Type` references are `'static` because built-in types are immortal and classes are deferred objects,
//! which only the collector frees, when no instance and no frame refers to them.

use crate::builtins::dict::DictObj;
use crate::object::header::{HEADER_SIZE, Header, flags};
use crate::object::native::typedef::{Trace, header_of};
use crate::object::native::{Layout, Tracer, TypeDef, TypeInit};
use crate::object::shape::{AttrMode, Kind, Shape};
use crate::object::slots::Slots;
use crate::object::value::{Obj, Slot, UNBOUND, Val, Word};
use crate::thread::Py;
use parking_lot::Mutex;
use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Type flags.
pub mod tf {
    /// Made by a class statement.
    pub const HEAP: u32 = 1;
    /// May be a base class.
    pub const BASETYPE: u32 = 1 << 1;
    /// Instances have a `__dict__` (slots, then dictionary mode).
    pub const HAS_DICT: u32 = 1 << 2;
    /// Instances can be weakly referenced.
    pub const WEAKREF: u32 = 1 << 3;
    /// Has abstract methods left (ABCMeta).
    pub const ABSTRACT: u32 = 1 << 4;
    /// `match` treats instances as sequences / mappings.
    pub const SEQUENCE: u32 = 1 << 5;
    pub const MAPPING: u32 = 1 << 6;
    /// `case T(x)` matches the subject itself.
    pub const MATCH_SELF: u32 = 1 << 7;
    /// Attributes cannot be set.
    pub const IMMUTABLE: u32 = 1 << 8;
    /// `T()` is refused ("cannot create 'x' instances").
    pub const NO_NEW: u32 = 1 << 9;
    /// Functions and similar: `LOAD_METHOD` may pass the receiver separately.
    pub const METHOD_DESCRIPTOR: u32 = 1 << 10;
    pub const INT: u32 = 1 << 16;
    pub const STR: u32 = 1 << 17;
    pub const BYTES: u32 = 1 << 18;
    pub const LIST: u32 = 1 << 19;
    pub const TUPLE: u32 = 1 << 20;
    pub const DICT: u32 = 1 << 21;
    pub const EXC: u32 = 1 << 22;
    pub const TYPE: u32 = 1 << 23;
    pub const FLOAT: u32 = 1 << 24;
    /// Flags that subclasses get from their bases.
    pub const INHERITED: u32 = HAS_DICT | WEAKREF | SEQUENCE | MAPPING | MATCH_SELF | 0xfff << 16;
}

/// Payload of a type object.
pub struct Type {
    pub slots: Slots,
    flags: AtomicU32,
    version: AtomicU32,
    pub layout: &'static Layout,
    /// Offset of the first `__slots__` member and number of members (bases' included).
    pub member_off: u32,
    pub members: u32,
    /// Offset of the extension word, 0 if instances have no `__dict__`.
    pub ext: u32,
    /// Inline attribute slots behind the extension word.
    pub inline: u32,
    shape: AtomicPtr<Shape>,
    dict_shape: OnceLock<&'static Shape>,
    /// Full name for built-in types ("collections.deque"), plain name for classes.
    pub name: Slot,
    pub qualname: Slot,
    /// Direct bases, MRO (tuples) and the base whose layout is used.
    pub bases: Slot,
    pub mro: Slot,
    pub base: Slot,
    dict: Slot,
    /// Weak: addresses of direct subclasses; an entry is removed when the subclass dies.
    pub subclasses: Mutex<Vec<*const Type>>,
}

impl Trace for Type {
    fn trace(&self, t: &mut Tracer) {
        for s in [
            &self.name,
            &self.qualname,
            &self.bases,
            &self.mro,
            &self.base,
            &self.dict,
        ] {
            t.slot(s);
        }
    }
    fn clear(&self) {
        if let Some(d) = self.dict.get()
            && let Some(d) = d.get::<DictObj>()
        {
            d.clear_all();
        }
        for s in [&self.bases, &self.mro] {
            s.take();
        }
    }
}

crate::native_type!(
    /// The type `type`.
    pub TYPE: Type = "type", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::TYPE | tf::WEAKREF,
    init crate::builtins::type_obj::init
);

/// What a new type is made from.
pub struct NewType {
    pub layout: &'static Layout,
    pub flags: u32,
    pub member_off: u32,
    pub members: u32,
    pub ext: u32,
    pub inline: u32,
}

impl Type {
    /// Allocates a type object with empty slots and namespace `dict`; `meta` is its type.
    pub fn alloc(py: &Py, meta: &'static Type, n: NewType, dict: Obj) -> &'static Type {
        let payload = Type {
            slots: Slots::new(),
            flags: AtomicU32::new(n.flags),
            version: AtomicU32::new(0),
            layout: n.layout,
            member_off: n.member_off,
            members: n.members,
            ext: n.ext,
            inline: n.inline,
            shape: AtomicPtr::new(std::ptr::null_mut()),
            dict_shape: OnceLock::new(),
            name: Slot::empty(),
            qualname: Slot::empty(),
            bases: Slot::empty(),
            mro: Slot::empty(),
            base: Slot::empty(),
            dict: Slot::new(dict),
            subclasses: Mutex::new(Vec::new()),
        };
        let o = py.alloc_in(meta, payload);
        let h = o.header().expect("a type is a heap object");
        h.set_flags(flags::DEFERRED | flags::ESCAPED);
        // SAFETY: a deferred object is not freed by counts; the collector frees it when nothing refers to it.
        unsafe { &*(h.payload::<Type>() as *const Type) }
    }
    #[inline(always)]
    pub fn header(&self) -> &Header {
        header_of(self)
    }
    pub fn to_obj(&self) -> Obj {
        Obj::clone_word(self.as_word())
    }
    /// The type as a borrowed word.
    #[inline(always)]
    pub fn as_word(&self) -> Word {
        Word(self.header() as *const Header as u64).borrowed()
    }
    /// A type object's payload.
    #[inline(always)]
    pub fn of(v: &Val) -> Option<&'static Type> {
        // SAFETY: see the module's invariant.
        v.get::<Type>().map(|t| unsafe { &*(t as *const Type) })
    }
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        // Relaxed: flags are set while the class is made, later changes (ABSTRACT) are independent facts.
        self.flags.load(Ordering::Relaxed)
    }
    #[inline(always)]
    pub fn has(&self, bits: u32) -> bool {
        self.flags() & bits != 0
    }
    pub fn set_flag(&self, bits: u32, on: bool) {
        if on {
            self.flags.fetch_or(bits, Ordering::Relaxed);
        } else {
            self.flags.fetch_and(!bits, Ordering::Relaxed);
        }
    }
    /// The class namespace.
    #[inline(always)]
    pub fn dict(&self) -> &DictObj {
        // SAFETY: the field is written once, in `alloc`, and lives as long as the type.
        unsafe { self.dict.fixed() }.cast::<DictObj>()
    }
    pub fn dict_obj(&self) -> Obj {
        self.dict.obj()
    }
    /// Shape of new instances.
    #[inline(always)]
    pub fn shape(&'static self) -> &'static Shape {
        // Acquire: pairs with the Release below.
        let p = self.shape.load(Ordering::Acquire);
        if !p.is_null() {
            // SAFETY: shapes live as long as the process.
            return unsafe { &*p };
        }
        let mode = match (self.ext, self.inline) {
            (0, _) => AttrMode::None,
            (VAR_EXT, _) => AttrMode::Dict,
            _ => AttrMode::Slots,
        };
        let s = Shape::root(self, self.layout, mode, self.ext, self.inline);
        let s = s as *const Shape as *mut Shape;
        // Release: the shape is complete. The loser of a race leaks one shape.
        match self.shape.compare_exchange(
            std::ptr::null_mut(),
            s,
            Ordering::Release,
            Ordering::Acquire,
        ) {
            // SAFETY: as above.
            Ok(_) => unsafe { &*s },
            // SAFETY: as above.
            Err(p) => unsafe { &*p },
        }
    }
    /// The shape of instances in dictionary mode.
    pub(crate) fn dict_shape(&self, make: impl FnOnce() -> &'static Shape) -> &'static Shape {
        self.dict_shape.get_or_init(make)
    }
    /// Bytes of an instance without trailing items.
    #[inline(always)]
    pub fn instance_size(&self) -> usize {
        HEADER_SIZE
            + self.layout.size
            + 8 * (self.members + if self.ext != 0 { 1 + self.inline } else { 0 }) as usize
    }
    /// The last part of the name, as `__name__`.
    pub fn name(&self) -> Cow<'_, str> {
        // SAFETY: replaced only by assignment to `__name__`; see `Slot::obj` otherwise.
        let n = self.name.obj();
        let s = crate::builtins::str::lossy(&n).into_owned();
        if self.has(tf::HEAP) {
            return Cow::Owned(s);
        }
        Cow::Owned(s.rsplit('.').next().unwrap_or(&s).to_string())
    }
    /// As CPython's messages print `tp_name`: with module for built-in types that have one.
    pub fn full_name(&self) -> String {
        crate::builtins::str::lossy(&self.name.obj()).into_owned()
    }
    /// Owner name in "x.append() takes ..." messages when `recv` is the bound receiver.
    pub fn name_in_messages(&self, recv: &Val) -> String {
        match Type::of(recv) {
            Some(t) => t.name().into_owned(),
            None => self.name().into_owned(),
        }
    }
    /// The method resolution order.
    #[inline(always)]
    pub fn mro_iter(&self) -> impl Iterator<Item = &'static Type> {
        let m = self.mro.obj();
        let n = m
            .get::<crate::builtins::tuple::TupleObj>()
            .map_or(0, |t| t.len());
        (0..n).filter_map(move |i| {
            m.get::<crate::builtins::tuple::TupleObj>()
                .and_then(|t| Type::of(&t.items()[i]))
        })
    }
    /// Whether `self` is `other` or a subclass of it.
    #[inline]
    pub fn is_subtype(&self, other: &Type) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        self.inherits(other)
    }
    #[inline(never)]
    fn inherits(&self, other: &Type) -> bool {
        let id = header_of(other) as *const Header as u64;
        let mro = self.mro.obj();
        mro.get::<crate::builtins::tuple::TupleObj>()
            .is_some_and(|t| t.items().iter().any(|v| v.word().identity() == id))
    }
    pub fn base(&self) -> Option<&'static Type> {
        self.base.get().as_deref().and_then(Type::of)
    }
    /// Version id for the per-thread method cache; 0 means not cacheable.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.load(Ordering::Relaxed)
    }
    /// Gives the type a version id if it has none.
    pub fn assign_version(&self) -> u32 {
        let v = self.version();
        if v != 0 {
            return v;
        }
        let v = crate::object::shape::new_version();
        self.version.store(v, Ordering::Relaxed);
        v
    }
    /// To be called after every change of the namespace or the MRO: cached look-ups on this type, its subclasses and
    /// their instances' shapes miss from now on.
    pub fn modified(&self) {
        self.version.store(0, Ordering::Relaxed);
        // Acquire: pairs with the Release in `shape`.
        let s = self.shape.load(Ordering::Acquire);
        if !s.is_null() {
            // SAFETY: shapes live as long as the process.
            unsafe { (*s).invalidate() };
        }
        if let Some(s) = self.dict_shape.get() {
            s.invalidate();
        }
        let subs: Vec<*const Type> = self.subclasses.lock().clone();
        for t in subs {
            // SAFETY: dying classes remove themselves from the list first.
            unsafe { (*t).modified() };
        }
    }
    /// Attribute along the MRO, through the thread's method cache. `name` must be an interned str.
    #[inline]
    pub fn lookup(&self, py: &Py, name: &Val) -> Option<Obj> {
        let w = self.lookup_word(py, name);
        if w.is_unbound() {
            None
        } else {
            Some(Obj::clone_word(w))
        }
    }
    /// As `lookup`, without taking a count: valid until the next safepoint; UNBOUND if absent.
    #[inline]
    pub(crate) fn lookup_word(&self, py: &Py, name: &Val) -> Word {
        let v = self.version();
        let key = name.word().identity();
        let e = py.method_cache.entry(v, key);
        if v != 0 && e.version.get() == v && e.name.get() == key {
            return Word(e.value.get());
        }
        self.lookup_slow(py, name)
    }
    #[inline(never)]
    fn lookup_slow(&self, py: &Py, name: &Val) -> Word {
        // The id is read before the value: a change in between makes the entry one that never matches again.
        let v = self.assign_version();
        let mut found = UNBOUND;
        for t in self.mro_iter() {
            if let Some(w) = t.dict().get_interned_word(name) {
                found = w.borrowed();
                break;
            }
        }
        if v != 0 {
            let key = name.word().identity();
            let e = py.method_cache.entry(v, key);
            e.version.set(v);
            e.name.set(key);
            e.value.set(found.0);
        }
        found
    }
}

/// Value of `ext` for layouts with trailing items: the extension word stands behind the items.
pub const VAR_EXT: u32 = u32::MAX;

impl Val {
    /// The type.
    #[inline(always)]
    pub fn ty(&self) -> &'static Type {
        let w = self.word();
        if w.is_int() {
            return crate::builtins::int::INT.ty();
        }
        if w.is_float() {
            return crate::builtins::float::FLOAT.ty();
        }
        debug_assert!(!w.is_unbound());
        // SAFETY: a pointer word refers to a live object.
        unsafe { (*w.ptr()).ty() }
    }
    #[inline(always)]
    pub fn type_has(&self, bits: u32) -> bool {
        self.ty().has(bits)
    }
}

/// Makes the type object of a definition. Idempotent; the base is readied first.
#[cold]
pub fn ready(def: &'static TypeDef) -> &'static Type {
    static READY: parking_lot::ReentrantMutex<()> = parking_lot::ReentrantMutex::new(());
    let _guard = READY.lock();
    let p = def.ty.load(Ordering::Acquire);
    if !p.is_null() {
        // SAFETY: built-in types are immortal.
        return unsafe { &*p };
    }
    let py = crate::thread::current();
    let base = def.base.map(|b| b.ty());
    let p = def.ty.load(Ordering::Acquire);
    if !p.is_null() {
        // SAFETY: as above (readied while the base was).
        return unsafe { &*p };
    }
    let shell = Shell::alloc(py, def, base.map_or(0, |b| b.flags()));
    let ty = shell.fill(py);
    finish(py, def, ty, base);
    ty
}

/// The kind of a built-in type's exact instances.
fn kind_of(def: &'static TypeDef) -> Kind {
    use crate::builtins as b;
    let kinds: [(&'static TypeDef, Kind); 17] = [
        (&b::function::FUNCTION, Kind::Function),
        (&crate::object::native::function::NATIVE_FN, Kind::NativeFn),
        (&b::descr::METHOD_DESCR, Kind::MethodDescr),
        (&b::method::METHOD, Kind::Method),
        (&TYPE, Kind::Class),
        (&b::list::LIST, Kind::List),
        (&b::tuple::TUPLE, Kind::Tuple),
        (&b::dict::DICT, Kind::Dict),
        (&b::str::STR, Kind::Str),
        (&b::set::SET, Kind::Set),
        (&b::range::RANGE_ITER, Kind::RangeIter),
        (&b::iterators::LIST_ITER, Kind::ListIter),
        (&b::iterators::TUPLE_ITER, Kind::TupleIter),
        (&b::generator::GENERATOR, Kind::Generator),
        (&b::generator_methods::COROUTINE, Kind::Coroutine),
        (&b::module::MODULE, Kind::Module),
        (&b::cell::CELL, Kind::Cell),
    ];
    kinds
        .iter()
        .find(|k| std::ptr::eq(k.0, def))
        .map_or(Kind::Other, |k| k.1)
}

/// Memory of a built-in type object with its address already published, so that types can be made in cycles
/// (`type` is a type, its namespace is a dict, a dict's keys are strs).
struct Shell {
    def: &'static TypeDef,
    memory: *mut Header,
    flags: u32,
}

impl Shell {
    fn alloc(py: &Py, def: &'static TypeDef, base_flags: u32) -> Shell {
        let flags = def.flags | base_flags & tf::INHERITED;
        let memory = py.alloc_memory(HEADER_SIZE + size_of::<Type>(), false);
        // SAFETY: the payload lies behind the header of the fresh memory.
        let ty = unsafe { (memory as *mut u8).add(HEADER_SIZE) as *mut Type };
        let ext = Shell::ext(def, flags);
        let mode = match ext {
            0 => AttrMode::None,
            VAR_EXT => AttrMode::Dict,
            _ => AttrMode::Slots,
        };
        let shape = Shape::root(ty, def.layout, mode, ext, 0);
        shape.set_kind(kind_of(def));
        // Release: pairs with the loads in `TypeDef::{ty, shape}`. The payload is written by `fill` under the same lock.
        def.shape
            .store(shape as *const Shape as *mut Shape, Ordering::Release);
        def.ty.store(ty, Ordering::Release);
        Shell { def, memory, flags }
    }
    fn ext(def: &TypeDef, flags: u32) -> u32 {
        if flags & tf::HAS_DICT == 0 {
            return 0;
        }
        // Behind the items for layouts that have some.
        if flags & (tf::TUPLE | tf::STR | tf::BYTES) != 0 {
            VAR_EXT
        } else {
            (HEADER_SIZE + def.layout.size) as u32
        }
    }
    fn fill(self, py: &Py) -> &'static Type {
        let def = self.def;
        let proto = Type {
            slots: Slots::new(),
            flags: AtomicU32::new(self.flags),
            version: AtomicU32::new(0),
            layout: def.layout,
            member_off: (HEADER_SIZE + def.layout.size) as u32,
            members: 0,
            ext: Shell::ext(def, self.flags),
            inline: 0,
            shape: AtomicPtr::new(def.shape.load(Ordering::Acquire)),
            dict_shape: OnceLock::new(),
            name: Slot::empty(),
            qualname: Slot::empty(),
            bases: Slot::empty(),
            mro: Slot::empty(),
            base: Slot::empty(),
            dict: Slot::new(crate::builtins::dict::new(py)),
            subclasses: Mutex::new(Vec::new()),
        };
        // SAFETY: exclusive memory of the right size; `TYPE.shape()` exists since the core shells are allocated first.
        unsafe {
            Header::init(self.memory, TYPE.shape(), py.id);
            ((self.memory as *mut u8).add(HEADER_SIZE) as *mut Type).write(proto);
            (*self.memory).set_flags(flags::DEFERRED | flags::ESCAPED | flags::IMMORTAL);
            &*(*self.memory).payload::<Type>()
        }
    }
}

fn finish(py: &'static Py, def: &'static TypeDef, ty: &'static Type, base: Option<&'static Type>) {
    crate::object::class::finish_builtin(py, def, ty, base);
    let mut init = TypeInit { py, ty };
    (def.init)(&mut init);
    crate::object::slot_update::add_wrappers(py, ty);
    if let Some(b) = base {
        crate::object::slot_update::inherit_slots(ty, b);
    }
}

/// Makes the types that every other type needs. Called once, before any other object is made.
pub(crate) fn bootstrap(py: &'static Py) {
    use crate::builtins::singletons::{ELLIPSIS_TYPE, NONE_TYPE, NOT_IMPLEMENTED_TYPE};
    use crate::builtins::{bool_::BOOL, dict::DICT, int::INT, str::STR, tuple::TUPLE};
    let object = &crate::object::base::OBJECT;
    // Every object that is needed to finish a type is an instance of one of these; bases come first.
    let core: [(&'static TypeDef, Option<&'static TypeDef>); 10] = [
        (object, None),
        (&TYPE, Some(object)),
        (&DICT, Some(object)),
        (&STR, Some(object)),
        (&TUPLE, Some(object)),
        (&INT, Some(object)),
        (&BOOL, Some(&INT)),
        (&NONE_TYPE, Some(object)),
        (&NOT_IMPLEMENTED_TYPE, Some(object)),
        (&ELLIPSIS_TYPE, Some(object)),
    ];
    let shells: Vec<Shell> = core
        .iter()
        .map(|(d, b)| Shell::alloc(py, d, b.map_or(0, |b| b.flags)))
        .collect();
    let types: Vec<&'static Type> = shells.into_iter().map(|s| s.fill(py)).collect();
    crate::object::names::init(py);
    crate::builtins::singletons::init(py);
    for ((def, base), ty) in core.iter().zip(types) {
        finish(py, def, ty, base.map(|b| b.ty()));
    }
}

/// A dying class leaves its bases' lists.
pub(crate) fn forget_subclass(t: &Type) {
    if let Some(b) = t.bases.get()
        && let Some(b) = b.get::<crate::builtins::tuple::TupleObj>()
    {
        for base in b.items().iter().filter_map(Type::of) {
            base.subclasses.lock().retain(|s| !std::ptr::eq(*s, t));
        }
    }
}
