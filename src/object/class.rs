//! Making classes: layout of instances, namespace, hooks (`__set_name__`, `__init_subclass__`), and the class statement.

use crate::builtins::cell::CellObj;
use crate::builtins::dict::{self, DICT, DictObj};
use crate::builtins::function::FUNCTION;
use crate::builtins::module::MODULE;
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::header::HEADER_SIZE;
use crate::object::names;
use crate::object::native::{Args, TypeDef};
use crate::object::ops;
use crate::object::slot_update;
use crate::object::type_::{NewType, TYPE, Type, VAR_EXT, tf};
use crate::object::value::{Obj, Val, Word};
use crate::object::{class_slots, mro};
use crate::thread::Py;
use smallvec::SmallVec;

/// Most inline attribute slots that a class gets from its attribute names.
const MAX_INLINE: usize = 30;
/// Inline slots of a class whose attributes are unknown.
const DEFAULT_INLINE: u32 = 4;

/// Names, bases and MRO of a built-in type.
pub fn finish_builtin(
    py: &Py,
    def: &'static TypeDef,
    ty: &'static Type,
    base: Option<&'static Type>,
) {
    let short = def.name.rsplit('.').next().unwrap_or(def.name);
    ty.name.set(str::intern(py, def.name));
    ty.qualname.set(str::intern(py, short));
    let mut order = vec![ty.to_obj()];
    match base {
        Some(b) => {
            ty.base.set(b.to_obj());
            ty.bases.set(tuple::new(py, vec![b.to_obj()]));
            order.extend(b.mro_iter().map(Type::to_obj));
            b.subclasses.lock().push(ty);
        }
        None => ty.bases.set(tuple::empty(py)),
    }
    ty.mro.set(tuple::new(py, order));
}

/// Instances have items behind their payload, so neither members nor inline attributes.
pub fn is_var(ty: &Type) -> bool {
    ty.has(tf::STR | tf::BYTES | tf::TUPLE)
}

/// The payload itself holds an attribute dict (modules; classes, whose namespace it is).
fn has_native_dict(ty: &Type) -> bool {
    ty.has(tf::TYPE) || std::ptr::eq(ty.layout, MODULE.layout)
}

/// The ancestor that gave instances their layout.
fn solid_base(ty: &'static Type) -> &'static Type {
    let mut t = ty;
    while let Some(b) = t.base() {
        if !std::ptr::eq(t.layout, b.layout) || t.members != b.members {
            break;
        }
        t = b;
    }
    t
}

/// The base whose layout the class takes over.
pub fn best_base(py: &Py, bases: &[Obj]) -> PyResult<&'static Type> {
    let mut best: Option<(&'static Type, &'static Type)> = None;
    for b in bases {
        let Some(t) = Type::of(b) else {
            return Err(py.type_error("bases must be types"));
        };
        if !t.has(tf::BASETYPE) {
            return Err(py.type_error(format!(
                "type '{}' is not an acceptable base type",
                t.full_name()
            )));
        }
        let solid = solid_base(t);
        best = match best {
            None => Some((t, solid)),
            Some((_, s)) if s.is_subtype(solid) => best,
            Some((_, s)) if solid.is_subtype(s) => Some((t, solid)),
            Some(_) => return Err(py.type_error("multiple bases have instance lay-out conflict")),
        };
    }
    best.map(|b| b.0)
        .ok_or_else(|| py.type_error("a new-style class can't have only classic bases"))
}

/// The most derived metaclass among `meta` and the bases' types.
pub fn winner(py: &Py, meta: &'static Type, bases: &[Obj]) -> PyResult<&'static Type> {
    let mut win = meta;
    for b in bases {
        let t = b.ty();
        if win.is_subtype(t) {
            continue;
        }
        if t.is_subtype(win) {
            win = t;
            continue;
        }
        return Err(py.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(win)
}

/// Checks a class name.
pub fn check_name(py: &Py, name: &StrObj) -> PyResult<()> {
    if name.chars().any(|c| c == 0) {
        return Err(py.value_error("type name must not contain null characters"));
    }
    encodable(py, name)
}

/// Raises UnicodeEncodeError if the text has surrogates.
fn encodable(py: &Py, text: &StrObj) -> PyResult<()> {
    if text.to_utf8().is_none() {
        let v = crate::object::native::typedef::header_of(text);
        let v = Obj::clone_word(crate::object::value::Word(v as *const _ as u64).borrowed());
        ops::call_method(py, &v, &crate::builtins::str::intern(py, "encode"), &[])?;
    }
    Ok(())
}

/// `type.__new__(meta, name, bases, ns, **kwargs)` after its arguments were checked and `meta` won.
pub fn new_class(
    py: &Py,
    meta: &'static Type,
    name: &Val,
    bases: &[Obj],
    ns: &Val,
    kwargs: Args,
) -> PyResult<Obj> {
    let object;
    let bases = if bases.is_empty() {
        object = [crate::object::base::OBJECT.obj()];
        &object[..]
    } else {
        bases
    };
    let name_text = name.cast::<StrObj>();
    check_name(py, name_text)?;
    let base = best_base(py, bases)?;
    let d = dict::new(py);
    let dict = d.cast::<DictObj>();
    if ns.ty().has(tf::HEAP) {
        // A subclass may have an order of its own.
        for k in ops::collect(py, ns)? {
            let v = ops::getitem(py, ns, &k)?;
            dict.set(py, &k, v)?;
        }
    } else {
        for (k, v) in ns.cast::<DictObj>().items() {
            dict.set(py, &k, v)?;
        }
    }
    if dict
        .items()
        .iter()
        .any(|(k, _)| k.get::<StrObj>().is_none())
    {
        let text = format!(
            "non-string key in the __dict__ of class {}",
            name_text.lossy()
        );
        crate::stdlib::warnings::warn(py, &crate::builtins::exceptions::RUNTIME_WARNING, &text, 1)?;
    }
    if let Some(doc) = dict.get_interned(py, &names::__doc__)
        && let Some(text) = doc.get::<StrObj>()
    {
        encodable(py, text)?;
    }
    let layout = class_slots::layout(py, name_text, base, bases, dict)?;
    let qualname = match dict.remove_interned(py, &names::__qualname__) {
        Some(q) if q.get::<StrObj>().is_some() => q,
        Some(q) => {
            return Err(py.type_error(format!(
                "type __qualname__ must be a str, not {}",
                q.ty().full_name()
            )));
        }
        None => name.to_obj(),
    };
    complete_namespace(py, dict);
    let cells = [
        dict.remove_interned(py, &names::__classcell__),
        dict.remove_interned(py, &names::__classdictcell__),
    ];
    check_cells(py, &cells)?;
    let (inherited, patma) = inherited_flags(base, bases);
    let mut flags = tf::HEAP | tf::BASETYPE | inherited | patma;
    if layout.add_dict {
        flags |= tf::HAS_DICT;
    }
    if layout.add_weak {
        flags |= tf::WEAKREF;
    }
    let members = base.members + layout.members.len() as u32;
    let member_off = (HEADER_SIZE + base.layout.size) as u32;
    let (ext, inline) = if flags & tf::HAS_DICT == 0 || has_native_dict(base) {
        (0, 0)
    } else if is_var(base) {
        (VAR_EXT, 0)
    } else {
        (member_off + 8 * members, inline_slots(py, dict, base))
    };
    let ty = Type::alloc(
        py,
        meta,
        NewType {
            layout: base.layout,
            flags,
            member_off,
            members,
            ext,
            inline,
        },
        d.clone(),
    );
    ty.name.set(str::intern_obj(py, name));
    ty.qualname.set(qualname);
    ty.bases.set(tuple::new(py, bases.to_vec()));
    ty.base.set(base.to_obj());
    // Before the metaclass's code runs: its methods may use `__class__`.
    set_cells(cells, &ty.to_obj(), &d);
    mro::set(py, ty)?;
    class_slots::add_descriptors(py, ty, &layout, member_off + 8 * base.members);
    if dict.get_interned_word(&names::__doc__).is_none() {
        dict.set_interned(py, &names::__doc__, py.none());
    }
    for b in mro::bases_of(ty) {
        b.subclasses.lock().push(ty);
    }
    slot_update::update_all(ty);
    let cls = ty.to_obj();
    set_names(py, ty, &cls)?;
    init_subclass(py, &cls, kwargs)?;
    Ok(cls)
}

fn inherited_flags(base: &Type, bases: &[Obj]) -> (u32, u32) {
    let mut patma = 0;
    for b in bases.iter().filter_map(|b| Type::of(b)) {
        patma = b.flags() & (tf::SEQUENCE | tf::MAPPING);
        if patma != 0 {
            break;
        }
    }
    (
        base.flags() & tf::INHERITED & !(tf::SEQUENCE | tf::MAPPING),
        patma,
    )
}

/// How many attributes get a place in the object itself.
fn inline_slots(py: &Py, dict: &DictObj, base: &Type) -> u32 {
    let known = dict.get_interned(py, &names::__static_attributes__);
    let own = known
        .as_deref()
        .and_then(|k| k.get::<TupleObj>())
        .map_or(0, TupleObj::len)
        .min(MAX_INLINE) as u32;
    // Attributes that the base's methods set come first.
    let n = own + if base.has(tf::HEAP) { base.inline } else { 0 };
    n.clamp(DEFAULT_INLINE, MAX_INLINE as u32)
}

/// What the namespace gets beyond what the class body wrote.
fn complete_namespace(py: &Py, dict: &DictObj) {
    if dict.get_interned_word(&names::__module__).is_none()
        && let Some(g) = crate::interp::current_globals(py)
        && let Some(m) = g
            .get::<DictObj>()
            .and_then(|g| g.get_interned(py, &names::__name__))
    {
        dict.set_interned(py, &names::__module__, m);
    }
    if let Some(f) = dict
        .get_interned(py, &names::__new__)
        .filter(|f| FUNCTION.is_exact(f))
    {
        dict.set_interned(
            py,
            &names::__new__,
            crate::builtins::classmethod::staticmethod(py, f),
        );
    }
    for n in [&names::__init_subclass__, &names::__class_getitem__] {
        if let Some(f) = dict.get_interned(py, n).filter(|f| FUNCTION.is_exact(f)) {
            dict.set_interned(py, n, crate::builtins::classmethod::classmethod(py, f));
        }
    }
    if dict.get_interned_word(&names::__eq__).is_some()
        && dict.get_interned_word(&names::__hash__).is_none()
    {
        dict.set_interned(py, &names::__hash__, py.none());
    }
}

/// What the body left under `__classcell__` and `__classdictcell__`.
type Cells = [Option<Obj>; 2];

fn check_cells(py: &Py, cells: &Cells) -> PyResult<()> {
    for (n, c) in ["__classcell__", "__classdictcell__"].iter().zip(cells) {
        if let Some(c) = c
            && c.get::<CellObj>().is_none()
        {
            let ty = ops::repr_text(py, &c.ty().to_obj())?;
            return Err(py.type_error(format!("{n} must be a nonlocal cell, not {ty}")));
        }
    }
    Ok(())
}

/// Fills `__class__` and the class namespace into the cells that the body made.
fn set_cells(cells: Cells, cls: &Val, namespace: &Val) {
    for (cell, value) in cells.into_iter().zip([cls, namespace]) {
        if let Some(c) = cell
            && let Some(c) = c.get::<CellObj>()
        {
            c.value.set(value.to_obj());
        }
    }
}

fn set_names(py: &Py, ty: &'static Type, cls: &Val) -> PyResult<()> {
    for (k, v) in ty.dict().items() {
        if let Err(e) = ops::call_special(py, &v, &names::__set_name__, &[cls, &k]) {
            let key = ops::repr_text(py, &k)?;
            let note = format!(
                "Error calling __set_name__ on '{}' instance {key} in '{}'",
                v.ty().full_name(),
                ty.full_name()
            );
            ops::call_method(py, e.value(), &py.str("add_note"), &[&py.str(&note)])?;
            return Err(e);
        }
    }
    Ok(())
}

fn init_subclass(py: &Py, cls: &Val, kwargs: Args) -> PyResult<()> {
    // An unusual MRO may have nothing behind the class itself.
    match crate::builtins::super_::lookup(py, cls, cls, &names::__init_subclass__)? {
        Some(f) => ops::call(py, &f, kwargs).map(drop),
        None => Ok(()),
    }
}

/// Replaces bases that are not classes by what their `__mro_entries__` says.
fn resolve_bases(py: &Py, bases: &[Val]) -> PyResult<Option<Vec<Obj>>> {
    let mut out: Vec<Obj> = Vec::with_capacity(bases.len());
    let mut changed = false;
    let mut original = None;
    for b in bases {
        if Type::of(b).is_none()
            && let Some(f) = ops::getattr_opt(py, b, &names::__mro_entries__)?
        {
            let all = original
                .get_or_insert_with(|| tuple::from_slice(py, bases))
                .clone();
            let r = ops::call1(py, &f, &all)?;
            let Some(t) = r.get::<TupleObj>() else {
                return Err(py.type_error("__mro_entries__ must return a tuple"));
            };
            out.extend(t.items().iter().map(Val::to_obj));
            changed = true;
            continue;
        }
        out.push(b.to_obj());
    }
    Ok(changed.then_some(out))
}

/// `builtins.__build_class__(func, name, *bases, metaclass=..., **kwds)`.
pub fn build_class(py: &Py, args: Args) -> PyResult<Obj> {
    let [func, name, given @ ..] = args.positional() else {
        return Err(py.type_error("__build_class__: not enough arguments"));
    };
    if !FUNCTION.is_exact(func) {
        return Err(py.type_error("__build_class__: func must be a function"));
    }
    if name.get::<StrObj>().is_none() {
        return Err(py.type_error("__build_class__: name is not a string"));
    }
    let resolved = resolve_bases(py, given)?;
    let orig_bases = resolved.is_some().then(|| tuple::from_slice(py, given));
    let bases = resolved.unwrap_or_else(|| given.iter().map(Val::to_obj).collect());
    let mut kw_names: SmallVec<[Word; 4]> = SmallVec::new();
    let mut kw_values: SmallVec<[Word; 4]> = SmallVec::new();
    let mut meta: Option<Obj> = None;
    for (k, v) in args.keywords() {
        if str::eq_text(k, "metaclass") {
            meta = Some(v.to_obj());
        } else {
            kw_names.push(k.word());
            kw_values.push(v.word().borrowed());
        }
    }
    let mut meta = meta.unwrap_or_else(|| {
        bases
            .first()
            .map_or_else(|| TYPE.obj(), |b| b.ty().to_obj())
    });
    if let Some(m) = Type::of(&meta) {
        meta = winner(py, m, &bases)?.to_obj();
    }
    let bases = tuple::new(py, bases);
    let with_kw = |front: &[&Val]| -> SmallVec<[Word; 8]> {
        front
            .iter()
            .map(|v| v.word().borrowed())
            .chain(kw_values.iter().copied())
            .collect()
    };
    let ns = match ops::getattr_opt(py, &meta, &names::__prepare__)? {
        None => dict::new(py),
        Some(f) => {
            let all = with_kw(&[name, &bases]);
            ops::call(
                py,
                &f,
                Args::new(Val::from_words(&all), Val::from_words(&kw_names)),
            )?
        }
    };
    if ns.ty().slots.getitem.addr() == 0 {
        let m = Type::of(&meta).map_or("<metaclass>".into(), |t| t.full_name());
        return Err(py.type_error(format!(
            "{m}.__prepare__() must return a mapping, not {}",
            ns.ty().full_name()
        )));
    }
    let cell = crate::interp::run_class_body(py, func, &ns)?;
    if let Some(o) = orig_bases {
        ops::setitem(py, &ns, &names::__orig_bases__, &o)?;
    }
    let all = with_kw(&[name, &bases, &ns]);
    let cls = ops::call(
        py,
        &meta,
        Args::new(Val::from_words(&all), Val::from_words(&kw_names)),
    )?;
    if let (Some(_), Some(c)) = (Type::of(&cls), cell.get::<CellObj>()) {
        match c.value.get() {
            Some(x) if x.is(&cls) => {}
            Some(x) => {
                return Err(py.type_error(format!(
                    "__class__ set to {} defining {} as {}",
                    ops::repr_text(py, &x)?,
                    ops::repr_text(py, name)?,
                    ops::repr_text(py, &cls)?
                )));
            }
            None => {
                return Err(py.runtime_error(format!(
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    ops::repr_text(py, name)?,
                    ops::repr_text(py, &cls)?
                )));
            }
        }
    }
    Ok(cls)
}

/// The exact dict of a namespace argument.
pub fn check_namespace<'a>(py: &Py, ns: &'a Val) -> PyResult<&'a DictObj> {
    if !DICT.check(ns) {
        return Err(py.type_error(format!(
            "type.__new__() argument 3 must be dict, not {}",
            ns.ty().full_name()
        )));
    }
    Ok(ns.cast::<DictObj>())
}

/// The `__init__` of a class whose instances `object.__new__` makes, if it is a Python function: such a call needs no
/// native frame.
pub fn plain_init(py: &Py, ty: &'static Type) -> Option<Obj> {
    use crate::object::type_::TYPE;
    let meta = ty.header().ty();
    if !ty.has(tf::HEAP)
        || ty.has(tf::ABSTRACT)
        || meta.slots.call.addr() != TYPE.ty().slots.call.addr()
    {
        return None;
    }
    let object = crate::object::base::OBJECT.ty();
    if ty.slots.new.addr() != object.slots.new.addr() || !std::ptr::eq(ty.layout, object.layout) {
        return None;
    }
    let f = ty.lookup(py, &names::__init__)?;
    let generator = crate::bytecode::code::cf::GENERATOR
        | crate::bytecode::code::cf::COROUTINE
        | crate::bytecode::code::cf::ASYNC_GENERATOR;
    let plain = crate::builtins::function::FUNCTION.is_exact(&f)
        && f.cast::<crate::builtins::function::FuncObj>().code().flags & generator == 0;
    plain.then_some(f)
}

/// An instance without attributes, of a class with the layout of `object`.
pub fn new_instance(py: &Py, ty: &'static Type) -> Obj {
    py.alloc_in(ty, crate::object::base::PlainObj)
}
