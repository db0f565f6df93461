//! The cache of `functools.lru_cache`.
//!
//! A dict maps keys to the place of an entry in a ring that is ordered by use. The ring is guarded by a mutex, which is never
//! held while keys compare themselves or the function runs. **Invariant:** the dict may name an entry that was reused
//! meanwhile; its generation tells, and it is then a miss. An entry that the dict does not know is evicted in its turn.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::STR;
use crate::builtins::{int, method, sequence, tuple};
use crate::error::PyResult;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Payload of `_lru_cache_wrapper`.
pub struct LruCache {
    /// Written once.
    func: Slot,
    cache_info_type: Slot,
    /// Separates positional from keyword arguments in keys.
    mark: Slot,
    cache: Slot,
    size: Size,
    typed: bool,
    hits: AtomicU64,
    misses: AtomicU64,
    ring: Mutex<Ring>,
}

#[derive(Clone, Copy)]
enum Size {
    Nothing,
    Unbounded,
    Bounded(usize),
}

/// Entries in a circle; entry 0 is the anchor: behind it the newest, before it the oldest.
struct Ring {
    nodes: Vec<Node>,
    len: usize,
}

struct Node {
    prev: u32,
    next: u32,
    generation: u32,
    content: Option<(Obj, Obj)>,
}

/// Largest number of entries of a ring; larger caches are as good as unbounded.
const MAX_RING: usize = 1 << 30;

impl Ring {
    fn new() -> Ring {
        Ring {
            nodes: vec![Node {
                prev: 0,
                next: 0,
                generation: 0,
                content: None,
            }],
            len: 0,
        }
    }
    fn unlink(&mut self, i: u32) {
        let (p, n) = (self.nodes[i as usize].prev, self.nodes[i as usize].next);
        self.nodes[p as usize].next = n;
        self.nodes[n as usize].prev = p;
    }
    fn link_newest(&mut self, i: u32) {
        let n = self.nodes[0].next;
        (self.nodes[i as usize].prev, self.nodes[i as usize].next) = (0, n);
        self.nodes[n as usize].prev = i;
        self.nodes[0].next = i;
    }
    /// The value of an entry, which becomes the newest.
    fn touch(&mut self, place: i64) -> Option<Obj> {
        let (i, generation) = ((place & 0xffff_ffff) as u32, (place >> 32) as u32);
        let node = self.nodes.get(i as usize)?;
        if node.generation != generation {
            return None;
        }
        let value = node.content.as_ref()?.1.clone();
        self.unlink(i);
        self.link_newest(i);
        Some(value)
    }
    /// Adds an entry, in place of the oldest if there are `max`: its place, and the content that had to go.
    fn add(&mut self, max: usize, key: Obj, value: Obj) -> (i64, Option<(Obj, Obj)>) {
        let (i, old) = if self.len >= max {
            let i = self.nodes[0].prev;
            self.unlink(i);
            let node = &mut self.nodes[i as usize];
            node.generation = (node.generation + 1) & 0x3fff_ffff;
            (i, node.content.replace((key, value)))
        } else {
            self.nodes.push(Node {
                prev: 0,
                next: 0,
                generation: 0,
                content: Some((key, value)),
            });
            self.len += 1;
            (self.nodes.len() as u32 - 1, None)
        };
        self.link_newest(i);
        (
            i as i64 | (self.nodes[i as usize].generation as i64) << 32,
            old,
        )
    }
}

impl Trace for LruCache {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.func, &self.cache_info_type, &self.mark, &self.cache] {
            t.slot(s);
        }
        for (k, v) in self
            .ring
            .lock()
            .nodes
            .iter()
            .filter_map(|n| n.content.as_ref())
        {
            t.obj(k);
            t.obj(v);
        }
    }
    fn clear(&self) {
        let old = std::mem::replace(&mut *self.ring.lock(), Ring::new());
        drop(old);
    }
}

crate::native_type!(
    /// `functools._lru_cache_wrapper`
    pub LRU_CACHE: LruCache = "functools._lru_cache_wrapper", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::HAS_DICT | tf::WEAKREF | tf::METHOD_DESCRIPTOR, init init
);

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(construct);
    s.call.set(call);
    s.descr_get.set(|py, v, obj, _| match obj {
        Some(o) if !o.is_none() => Ok(method::new(py, v.to_obj(), o.to_obj())),
        _ => Ok(v.to_obj()),
    });
    t.doc("Create a cached callable that wraps another function.");
    t.method("cache_info", "($self, /)", Bound(cache_info));
    t.method("cache_clear", "($self, /)", Bound(cache_clear));
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| ops::getattr(py, &a[0], &names::__qualname__)),
    );
    t.method("__copy__", "($self, /)", Bound(|_, a| Ok(a[0].to_obj())));
    t.method(
        "__deepcopy__",
        "($self, memo, /)",
        Bound(|_, a| Ok(a[0].to_obj())),
    );
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let params = ["user_function", "maxsize", "typed", "cache_info_type"];
    let [func, maxsize, typed, info] = sequence::bind(py, "lru_cache", params, 4, args)?;
    if func.ty().slots.call.get().is_none() {
        return Err(py.type_error("the first argument must be callable"));
    }
    let size = if maxsize.is_none() {
        Size::Unbounded
    } else if int::view(&maxsize).is_some() || maxsize.ty().slots.index.get().is_some() {
        match ops::to_isize(py, &maxsize)?.max(0) as usize {
            0 => Size::Nothing,
            n => Size::Bounded(n),
        }
    } else {
        return Err(py.type_error("maxsize should be integer or None"));
    };
    let c = LruCache {
        func: Slot::new(func),
        cache_info_type: Slot::new(info),
        mark: Slot::new(py.alloc(&crate::object::base::OBJECT, crate::object::base::PlainObj)),
        cache: Slot::new(dict::new(py)),
        size,
        typed: ops::truth(py, &typed)?,
        hits: AtomicU64::new(0),
        misses: AtomicU64::new(0),
        ring: Mutex::new(Ring::new()),
    };
    Ok(py.alloc_in(ty, c))
}

impl LruCache {
    /// The key of a call's arguments: a lone int or str stands for itself.
    fn key(&self, py: &Py, args: Args) -> Obj {
        if let ([v], false, false) = (args.all(), args.has_keywords(), self.typed)
            && (v.word().is_int() || STR.is_exact(v))
        {
            return v.to_obj();
        }
        let mut parts: Vec<Obj> = args.positional().iter().map(Val::to_obj).collect();
        if args.has_keywords() {
            parts.push(self.mark.obj());
            for (k, v) in args.keywords() {
                parts.push(k.to_obj());
                parts.push(v.to_obj());
            }
        }
        if self.typed {
            parts.extend(args.all().iter().map(|v| v.ty().to_obj()));
        }
        tuple::new(py, parts)
    }
}

fn call(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let c = v.cast::<LruCache>();
    // SAFETY: both fields are written once, before the object is published.
    let (func, cache) = unsafe { (c.func.fixed(), c.cache.fixed()) };
    let max = match c.size {
        Size::Nothing => {
            c.misses.fetch_add(1, Relaxed);
            return ops::call(py, func, args);
        }
        Size::Unbounded => None,
        Size::Bounded(n) => Some(n.min(MAX_RING)),
    };
    let cache = cache.cast::<DictObj>();
    let key = c.key(py, args);
    let hash = ops::hash(py, &key)? as u64;
    let found = |place: Option<Obj>| match max {
        None => place,
        Some(_) => place.and_then(|p| c.ring.lock().touch(p.word().as_int())),
    };
    if let Some(r) = found(cache.get_hashed(py, &key, hash)?) {
        c.hits.fetch_add(1, Relaxed);
        return Ok(r);
    }
    c.misses.fetch_add(1, Relaxed);
    let result = ops::call(py, func, args)?;
    let Some(max) = max else {
        cache.set_hashed(py, &key, hash, result.clone())?;
        return Ok(result);
    };
    // A recursive call may have added the same key.
    if found(cache.get_hashed(py, &key, hash)?).is_some() {
        return Ok(result);
    }
    let (place, old) = c.ring.lock().add(max, key.clone(), result.clone());
    if let Some((old_key, _)) = &old {
        cache.remove(py, old_key)?;
    }
    cache.set_hashed(py, &key, hash, py.int(place))?;
    Ok(result)
}

fn cache_info(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let c = a[0].cast::<LruCache>();
    let (max, n) = match c.size {
        Size::Nothing => (py.int(0), 0),
        Size::Unbounded => (py.none(), c.cache.obj().cast::<DictObj>().len()),
        Size::Bounded(n) => (int::from_usize(py, n), c.ring.lock().len),
    };
    let counts = [
        int::from_u64(py, c.hits.load(Relaxed)),
        int::from_u64(py, c.misses.load(Relaxed)),
        max,
        int::from_usize(py, n),
    ];
    ops::call_objs(py, &c.cache_info_type.obj(), &counts)
}

fn cache_clear(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let c = a[0].cast::<LruCache>();
    c.hits.store(0, Relaxed);
    c.misses.store(0, Relaxed);
    let old = std::mem::replace(&mut *c.ring.lock(), Ring::new());
    c.cache.obj().cast::<DictObj>().clear_all();
    drop(old);
    Ok(py.none())
}
