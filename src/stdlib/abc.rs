//! `_abc`: the machinery of `abc.ABCMeta`.
//!
//! Each abstract class has a registry and two caches of classes, all weak. A counter that every registration advances
//! makes the negative caches stale.

use super::ModuleInit;
use super::weakref::{self, REF};
use crate::builtins::int;
use crate::builtins::set;
use crate::builtins::str::StrObj;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::heap::weakref::WeakRefObj;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Advanced by every registration.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Classes by identity, each behind a weak reference.
#[derive(Default)]
struct WeakClasses(HashMap<u64, Obj>);

impl WeakClasses {
    fn contains(&self, class: &Val) -> bool {
        self.0
            .get(&class.id())
            .is_some_and(|w| w.cast::<WeakRefObj>().target().is_some_and(|t| t.is(class)))
    }
}

#[derive(Default)]
struct State {
    registry: WeakClasses,
    cache: WeakClasses,
    negative: WeakClasses,
    negative_version: u64,
}

/// Payload of `_abc._abc_data`.
struct AbcData {
    state: Mutex<State>,
}

impl Trace for AbcData {
    fn trace(&self, t: &mut Tracer) {
        let s = self.state.lock();
        for w in [&s.registry, &s.cache, &s.negative]
            .into_iter()
            .flat_map(|c| c.0.values())
        {
            t.obj(w);
        }
    }
    fn clear(&self) {
        let old = std::mem::take(&mut *self.state.lock());
        drop(old);
    }
}

crate::native_type!(
    ABC_DATA: AbcData = "_abc._abc_data", base crate::object::base::OBJECT, flags tf::NO_NEW, init |t: &mut TypeInit| {
        t.doc("Internal state held by ABC machinery.");
    }
);

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_abc");
    m.doc("Module contains faster C implementation of abc.ABCMeta");
    m.function(
        "get_cache_token",
        "($module, /)",
        Bound(|py, _| Ok(int::from_u64(py, counter()))),
    );
    m.function(
        "_abc_init",
        "($module, self, /)",
        Bound(|py, a| abc_init(py, &a[0])),
    );
    m.function(
        "_abc_register",
        "($module, self, subclass, /)",
        Bound(|py, a| register(py, &a[0], &a[1])),
    );
    m.function(
        "_abc_instancecheck",
        "($module, self, instance, /)",
        Bound(|py, a| instance_check(py, &a[0], &a[1])),
    );
    m.function(
        "_abc_subclasscheck",
        "($module, self, subclass, /)",
        Bound(|py, a| Ok(py.bool(subclass_check(py, &a[0], &a[1])?))),
    );
    m.function("_get_dump", "($module, self, /)", Bound(dump));
    m.function(
        "_reset_registry",
        "($module, self, /)",
        Bound(|py, a| {
            let data = data_of(py, &a[0])?;
            let old = std::mem::take(&mut data.cast::<AbcData>().state.lock().registry);
            drop(old);
            Ok(py.none())
        }),
    );
    m.function(
        "_reset_caches",
        "($module, self, /)",
        Bound(|py, a| {
            let data = data_of(py, &a[0])?;
            let mut s = data.cast::<AbcData>().state.lock();
            let old = (
                std::mem::take(&mut s.cache),
                std::mem::take(&mut s.negative),
            );
            drop(s);
            drop(old);
            Ok(py.none())
        }),
    );
    m.finish()
}

fn counter() -> u64 {
    COUNTER.load(Ordering::Acquire)
}

fn data_of(py: &Py, class: &Val) -> PyResult<Obj> {
    let found = match Type::of(class) {
        Some(t) => t.lookup(py, &names::_abc_impl),
        None => None,
    };
    match found {
        Some(d) if d.get::<AbcData>().is_some() => Ok(d),
        Some(_) => Err(py.type_error("_abc_impl is set to a wrong type")),
        None => Err(py.attribute_error("_abc_impl", class, &names::_abc_impl)),
    }
}

fn is_abstract(py: &Py, v: &Val) -> PyResult<bool> {
    // Plain functions and immediates are the common case.
    match ops::getattr_opt(py, v, &names::__isabstractmethod__)? {
        Some(flag) => ops::truth(py, &flag),
        None => Ok(false),
    }
}

fn abc_init(py: &Py, class: &Val) -> PyResult<Obj> {
    let Some(t) = Type::of(class) else {
        return Err(py.type_error("_abc_init() argument must be a type"));
    };
    let mut abstracts: Vec<Obj> = Vec::new();
    for (name, v) in t.dict().items() {
        if is_abstract(py, &v)? {
            abstracts.push(name);
        }
    }
    let bases = t.bases.obj();
    for base in bases.get::<TupleObj>().map_or(&[][..], |b| b.items()) {
        let Some(inherited) = ops::getattr_opt(py, base, &names::__abstractmethods__)? else {
            continue;
        };
        for name in ops::collect(py, &inherited)? {
            if name.get::<StrObj>().is_none() {
                continue;
            }
            if let Some(v) = ops::getattr_opt(py, class, &name)?
                && is_abstract(py, &v)?
            {
                abstracts.push(name);
            }
        }
    }
    let abstracts = set::frozen_from(py, abstracts)?;
    ops::setattr(py, class, &names::__abstractmethods__, &abstracts)?;
    let data = py.alloc(
        &ABC_DATA,
        AbcData {
            state: Mutex::new(State::default()),
        },
    );
    t.dict().set_interned(py, &names::_abc_impl, data);
    t.modified();
    // Sequence and Mapping say how `match` treats their subclasses.
    if let Some(flags) = t.dict().get_str(py, "__abc_tpflags__") {
        if let Some(n) = int::view(&flags).and_then(|n| n.to_i64()) {
            if n & 0x60 == 0x60 {
                return Err(py.type_error(
                    "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING",
                ));
            }
            set_collection_flags(
                t,
                if n & 1 << 5 != 0 { tf::SEQUENCE } else { 0 }
                    | if n & 1 << 6 != 0 { tf::MAPPING } else { 0 },
            );
        }
        let name = crate::builtins::str::intern(py, "__abc_tpflags__");
        t.dict().remove_interned(py, &name);
        t.modified();
    }
    Ok(py.none())
}

const COLLECTION: u32 = tf::SEQUENCE | tf::MAPPING;

fn set_collection_flags(t: &Type, bits: u32) {
    if bits != 0 {
        t.set_flag(COLLECTION, false);
        t.set_flag(bits, true);
    }
}

fn set_flags_recursively(t: &'static Type, bits: u32) {
    // Strings are registered as sequences, but no sequence patterns match them.
    if t.has(tf::STR | tf::BYTES) || std::ptr::eq(t, crate::builtins::bytearray::BYTEARRAY.ty()) {
        return;
    }
    if t.flags() & COLLECTION == bits
        || t.has(tf::IMMUTABLE) && !t.has(tf::HEAP) && t.flags() & COLLECTION != 0
    {
        return;
    }
    set_collection_flags(t, bits);
    let subs: Vec<*const Type> = t.subclasses.lock().clone();
    for s in subs {
        // SAFETY: dying classes leave the list first; nothing here runs the collector.
        set_flags_recursively(unsafe { &*s }, bits);
    }
}

fn add(
    py: &Py,
    data: &Val,
    which: fn(&mut State) -> &mut WeakClasses,
    class: &Val,
) -> PyResult<()> {
    let w = weakref::new(py, REF.ty(), class, None)?;
    let mut s = data.cast::<AbcData>().state.lock();
    let old = which(&mut s).0.insert(class.id(), w);
    drop(s);
    drop(old);
    Ok(())
}

fn register(py: &Py, class: &Val, sub: &Val) -> PyResult<Obj> {
    let Some(sub_type) = Type::of(sub) else {
        return Err(py.type_error("Can only register classes"));
    };
    if ops::is_subclass(py, sub, class)? {
        return Ok(sub.to_obj());
    }
    // Otherwise a cycle would make the checks run for ever.
    if ops::is_subclass(py, class, sub)? {
        return Err(py.runtime_error("Refusing to create an inheritance cycle"));
    }
    let data = data_of(py, class)?;
    add(py, &data, |s| &mut s.registry, sub)?;
    COUNTER.fetch_add(1, Ordering::AcqRel);
    if let Some(t) = Type::of(class) {
        let bits = t.flags() & COLLECTION;
        if bits != 0 {
            set_flags_recursively(sub_type, bits);
        }
    }
    Ok(sub.to_obj())
}

/// What the caches know.
fn cached(data: &Val, sub: &Val) -> Option<bool> {
    let s = data.cast::<AbcData>().state.lock();
    if s.cache.contains(sub) {
        return Some(true);
    }
    if s.negative_version == counter() && s.negative.contains(sub) {
        Some(false)
    } else {
        None
    }
}

fn instance_check(py: &Py, class: &Val, instance: &Val) -> PyResult<Obj> {
    let data = data_of(py, class)?;
    let sub = ops::getattr(py, instance, &names::__class__)?;
    let real = instance.ty().to_obj();
    let known = cached(&data, &sub);
    if known == Some(true) || known.is_some() && sub.is(&real) {
        return Ok(py.bool(known == Some(true)));
    }
    let check = |c: &Val| -> PyResult<bool> {
        let r = ops::call_method(py, class, &names::__subclasscheck__, &[c])?;
        ops::truth(py, &r)
    };
    Ok(py.bool(check(&sub)? || !sub.is(&real) && check(&real)?))
}

fn subclass_check(py: &Py, class: &Val, sub: &Val) -> PyResult<bool> {
    let Some(sub_type) = Type::of(sub) else {
        return Err(py.type_error("issubclass() arg 1 must be a class"));
    };
    let data = data_of(py, class)?;
    if let Some(known) = cached(&data, sub) {
        return Ok(known);
    }
    {
        let mut s = data.cast::<AbcData>().state.lock();
        if s.negative_version != counter() {
            let old = std::mem::take(&mut s.negative);
            s.negative_version = counter();
            drop(s);
            drop(old);
        }
    }
    let version = counter();
    let found = is_sub(py, class, sub, sub_type, &data)?;
    if found {
        add(py, &data, |s| &mut s.cache, sub)?;
    } else if version == counter() {
        add(py, &data, |s| &mut s.negative, sub)?;
    }
    Ok(found)
}

fn is_sub(py: &Py, class: &Val, sub: &Val, sub_type: &'static Type, data: &Val) -> PyResult<bool> {
    let hook = ops::call_method(py, class, &names::__subclasshook__, &[sub])?;
    if !hook.is_not_implemented() {
        return match crate::builtins::singletons::as_bool(&hook) {
            Some(b) => Ok(b),
            None => Err(py.assertion_error(
                "__subclasshook__ must return either False, True, or NotImplemented",
            )),
        };
    }
    if let Some(t) = Type::of(class)
        && sub_type.mro_iter().any(|x| std::ptr::eq(x, t))
    {
        return Ok(true);
    }
    let registered: Vec<Obj> = {
        let s = data.cast::<AbcData>().state.lock();
        s.registry
            .0
            .values()
            .filter_map(|w| w.cast::<WeakRefObj>().target())
            .collect()
    };
    for r in registered {
        if ops::is_subclass(py, sub, &r)? {
            return Ok(true);
        }
    }
    let subs = ops::getattr_str(py, class, "__subclasses__")?;
    let subs = ops::call0(py, &subs)?;
    for s in ops::collect(py, &subs)? {
        if ops::is_subclass(py, sub, &s)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn dump(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let data = data_of(py, &a[0])?;
    let (registry, cache, negative, version) = {
        let s = data.cast::<AbcData>().state.lock();
        let copy = |c: &WeakClasses| c.0.values().cloned().collect::<Vec<Obj>>();
        (
            copy(&s.registry),
            copy(&s.cache),
            copy(&s.negative),
            s.negative_version,
        )
    };
    let as_set = |items: Vec<Obj>| -> PyResult<Obj> {
        let s = set::frozen_from(py, items)?;
        ops::call1(py, &set::SET.obj(), &s)
    };
    Ok(tuple::new(
        py,
        vec![
            as_set(registry)?,
            as_set(cache)?,
            as_set(negative)?,
            int::from_u64(py, version),
        ],
    ))
}
