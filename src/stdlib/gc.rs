//! Module `gc`: the settings of the cycle collector and a view of the heap.

use crate::builtins::dict::{self, DictObj};
use crate::builtins::list::{self, ListObj};
use crate::builtins::tuple::{self, TUPLE, TupleObj};
use crate::error::PyResult;
use crate::heap::alloc::Heap;
use crate::heap::cycle::{self, FROZEN, Outcome};
use crate::object::base::OBJECT;
use crate::object::header::{Header, flags};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val, Word};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};

const DEBUG_STATS: i64 = 1;
const DEBUG_COLLECTABLE: i64 = 2;
const DEBUG_UNCOLLECTABLE: i64 = 4;
const DEBUG_SAVEALL: i64 = 32;

static DEBUG: AtomicI64 = AtomicI64::new(0);
static THRESHOLDS: [AtomicI64; 3] = [AtomicI64::new(2000), AtomicI64::new(10), AtomicI64::new(10)];
/// The lists `gc.garbage` and `gc.callbacks`.
static GARBAGE: Slot = Slot::empty();
static CALLBACKS: Slot = Slot::empty();
/// (collections, collected, uncollectable) of each generation.
static STATS: Mutex<[[i64; 3]; 3]> = Mutex::new([[0; 3]; 3]);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "gc");
    m.doc("This module provides access to the garbage collector for reference cycles.");
    for (name, n) in [
        ("DEBUG_STATS", DEBUG_STATS),
        ("DEBUG_COLLECTABLE", DEBUG_COLLECTABLE),
        ("DEBUG_UNCOLLECTABLE", DEBUG_UNCOLLECTABLE),
        ("DEBUG_SAVEALL", DEBUG_SAVEALL),
        (
            "DEBUG_LEAK",
            DEBUG_COLLECTABLE | DEBUG_UNCOLLECTABLE | DEBUG_SAVEALL,
        ),
    ] {
        m.int(name, n);
    }
    m.add("garbage", the_list(py, &GARBAGE))
        .add("callbacks", the_list(py, &CALLBACKS));
    m.function(
        "enable",
        "()",
        Bound(|py, _| {
            cycle::set_enabled(true);
            py.heap.reset_growth(cycle::growth_limit());
            Ok(py.none())
        }),
    );
    m.function(
        "disable",
        "()",
        Bound(|py, _| {
            cycle::set_enabled(false);
            Ok(py.none())
        }),
    );
    m.function(
        "isenabled",
        "()",
        Bound(|py, _| Ok(py.bool(cycle::is_enabled()))),
    );
    m.function(
        "collect",
        "(generation=2)",
        Bound(|py, a| {
            let generation = a[0].given().map_or(Ok(2), |g| ops::to_i64(py, g))?;
            if !(0..=2).contains(&generation) {
                return Err(py.value_error("invalid generation"));
            }
            let o = collect(py, generation as usize);
            Ok(py.int((o.collected + o.uncollectable) as i64))
        }),
    );
    m.function(
        "get_debug",
        "()",
        Bound(|py, _| Ok(py.int(DEBUG.load(Ordering::Relaxed)))),
    );
    m.function(
        "set_debug",
        "(flags, /)",
        Bound(|py, a| {
            DEBUG.store(ops::to_i64(py, &a[0])?, Ordering::Relaxed);
            Ok(py.none())
        }),
    );
    m.function(
        "get_count",
        "()",
        Bound(|py, _| {
            Ok(tuple::new(
                py,
                vec![py.int(py.heap.growth().max(0) as i64), py.int(0), py.int(0)],
            ))
        }),
    );
    m.function(
        "get_threshold",
        "()",
        Bound(|py, _| {
            Ok(tuple::new(
                py,
                THRESHOLDS
                    .iter()
                    .map(|t| py.int(t.load(Ordering::Relaxed)))
                    .collect(),
            ))
        }),
    );
    m.function(
        "set_threshold",
        "(threshold0, threshold1=<unrepresentable>, threshold2=<unrepresentable>, /)",
        Bound(|py, a| {
            for (t, v) in THRESHOLDS.iter().zip(a) {
                if let Some(v) = v.given() {
                    t.store(ops::to_i64(py, v)?, Ordering::Relaxed);
                }
            }
            cycle::set_min_growth(THRESHOLDS[0].load(Ordering::Relaxed));
            py.heap.reset_growth(cycle::growth_limit());
            Ok(py.none())
        }),
    );
    m.function("get_stats", "()", Bound(get_stats));
    m.function("get_objects", "(generation=None)", Bound(get_objects));
    m.function("get_referrers", "(*objs)", Bound(get_referrers));
    m.function("get_referents", "(*objs)", Bound(get_referents));
    m.function(
        "is_tracked",
        "(obj, /)",
        Bound(|py, a| Ok(py.bool(is_tracked(&a[0])))),
    );
    m.function(
        "is_finalized",
        "(obj, /)",
        Bound(|py, a| {
            Ok(py.bool(
                a[0].header()
                    .is_some_and(|h| h.flags() & flags::FINALIZED != 0),
            ))
        }),
    );
    m.function(
        "freeze",
        "()",
        Bound(|py, _| {
            each(py, &mut |h| {
                h.gc.fetch_or(FROZEN, Ordering::Relaxed);
            });
            Ok(py.none())
        }),
    );
    m.function(
        "unfreeze",
        "()",
        Bound(|py, _| {
            each(py, &mut |h| {
                h.gc.fetch_and(!FROZEN, Ordering::Relaxed);
            });
            Ok(py.none())
        }),
    );
    m.function(
        "get_freeze_count",
        "()",
        Bound(|py, _| {
            let mut n = 0;
            each(py, &mut |h| {
                n += (h.gc.load(Ordering::Relaxed) & FROZEN != 0) as i64
            });
            Ok(py.int(n))
        }),
    );
    m.finish()
}

/// One of the module's two lists, made on first use.
fn the_list(py: &Py, slot: &Slot) -> Obj {
    slot.get().unwrap_or_else(|| {
        slot.set(list::new(py, Vec::new()));
        slot.obj()
    })
}

/// A collection because of the heap's growth, unless the first threshold is zero.
pub(crate) fn collect_automatically(py: &Py) {
    if THRESHOLDS[0].load(Ordering::Relaxed) != 0 {
        collect(py, 0);
    }
}

/// Runs a collection with callbacks, statistics and debugging output. Every collection is a full one; `generation` is what
/// it is reported as.
pub fn collect(py: &Py, generation: usize) -> Outcome {
    let debug = DEBUG.load(Ordering::Relaxed);
    if debug & DEBUG_STATS != 0 {
        eprintln!("gc: collecting generation {generation}...");
    }
    call_callbacks(py, "start", generation, Outcome::default());
    let started = std::time::Instant::now();
    let mut saved = Vec::new();
    let outcome = cycle::collect(py, (debug & DEBUG_SAVEALL != 0).then_some(&mut saved));
    if debug & DEBUG_COLLECTABLE != 0 {
        for o in &saved {
            eprintln!("gc: collectable <{} {:#x}>", o.ty().name(), o.id());
        }
    }
    if !saved.is_empty() {
        let garbage = the_list(py, &GARBAGE);
        for o in saved {
            // Without memory for the list, the garbage is left to the next collection.
            if garbage.cast::<ListObj>().push(py, o).is_err() {
                break;
            }
        }
    }
    if debug & DEBUG_STATS != 0 {
        eprintln!(
            "gc: done, {} unreachable, {} uncollectable, {:.4}s elapsed",
            outcome.collected + outcome.uncollectable,
            outcome.uncollectable,
            started.elapsed().as_secs_f64()
        );
    }
    {
        let mut stats = STATS.lock();
        stats[generation][0] += 1;
        stats[generation][1] += outcome.collected as i64;
        stats[generation][2] += outcome.uncollectable as i64;
    }
    call_callbacks(py, "stop", generation, outcome);
    py.heap.trim();
    outcome
}

fn call_callbacks(py: &Py, phase: &str, generation: usize, o: Outcome) {
    let Some(callbacks) = CALLBACKS.get() else {
        return;
    };
    let callbacks = callbacks.cast::<ListObj>().to_vec();
    if callbacks.is_empty() {
        return;
    }
    let info = dict::new(py);
    let d = info.cast::<DictObj>();
    d.set_str(py, "generation", py.int(generation as i64));
    d.set_str(py, "collected", py.int(o.collected as i64));
    d.set_str(py, "uncollectable", py.int(o.uncollectable as i64));
    for f in callbacks {
        if let Err(e) = ops::call2(py, &f, &py.str(phase), &info) {
            crate::error::unraisable::write_doing(py, e, "while calling GC callback", &f);
        }
    }
}

fn get_stats(py: &Py, _: &[Val]) -> PyResult<Obj> {
    let stats = *STATS.lock();
    let one = |s: [i64; 3]| {
        let d = dict::new(py);
        for (name, n) in ["collections", "collected", "uncollectable"].iter().zip(s) {
            d.cast::<DictObj>().set_str(py, name, py.int(n));
        }
        d
    };
    Ok(list::new(py, stats.into_iter().map(one).collect()))
}

/// Calls `f` for each tracked object.
fn each(py: &Py, f: &mut dyn FnMut(&Header)) {
    // SAFETY: the walk gives live objects.
    cycle::each_live(py, &mut |p| f(unsafe { &*p }));
}

/// Whether CPython would track the object: it is visited by the collector, and not a tuple of untracked items.
fn is_tracked(v: &Val) -> bool {
    let Some(h) = v.header() else { return false };
    if !Heap::is_tracked(h) || OBJECT.is_exact(v) || Type::of(v).is_some_and(|t| !t.has(tf::HEAP)) {
        return false;
    }
    if TUPLE.is_exact(v) {
        return v
            .get::<TupleObj>()
            .is_some_and(|t| t.items().iter().any(is_tracked_shallow));
    }
    !v.type_has(tf::STR | tf::INT | tf::BYTES | tf::FLOAT) || v.ty().has(tf::HEAP)
}

fn is_tracked_shallow(v: &Val) -> bool {
    v.header().is_some_and(|h| {
        Heap::is_tracked(h) && (!TUPLE.is_exact(v) || !v.cast::<TupleObj>().is_empty())
    })
}

/// An owned reference to an object that the walk found, unless it is about to be destroyed.
fn owned(p: *mut Header) -> Option<Obj> {
    // SAFETY: the walk gives live objects, and nothing was freed since.
    let h = unsafe { &*p };
    let alive =
        h.flags() & (flags::IMMORTAL | flags::DEFERRED) != 0 || crate::heap::count::total(h) > 0;
    alive.then(|| Obj::clone_word(Word(p as u64).borrowed()))
}

fn get_objects(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let mut generation = 2;
    if let Some(g) = a[0].not_none() {
        generation = ops::to_isize(py, g)?;
        if generation < 0 {
            return Err(py.value_error("generation parameter cannot be negative"));
        }
        if generation > 2 {
            return Err(py.value_error(
                "generation parameter must be less than the number of available generations (3)",
            ));
        }
    }
    let mut found = Vec::new();
    // All objects count as old ones.
    if generation == 2 {
        cycle::each_live(py, &mut |p| found.push(p));
    }
    let objects: Vec<Obj> = found
        .into_iter()
        .filter_map(owned)
        .filter(|o| is_tracked(o))
        .collect();
    Ok(list::new(py, objects))
}

fn get_referrers(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let wanted: HashSet<u64> = a
        .iter()
        .filter(|v| v.header().is_some())
        .map(Val::id)
        .collect();
    let mut found = Vec::new();
    cycle::each_live(py, &mut |p| {
        let mut hit = false;
        // SAFETY: the walk gives live objects.
        unsafe {
            cycle::trace(p, &mut |w| hit |= wanted.contains(&w.identity()));
            let ty = (*p).ty();
            hit |= ty.has(tf::HEAP) && wanted.contains(&ty.as_word().identity());
        }
        if hit {
            found.push(p);
        }
    });
    Ok(list::new(py, found.into_iter().filter_map(owned).collect()))
}

fn get_referents(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let mut out = Vec::new();
    for v in a {
        let Some(h) = v.header().filter(|h| Heap::is_tracked(h)) else {
            continue;
        };
        // Items that are no heap objects are not traced, but listed.
        if let Some(l) = v.get::<ListObj>() {
            out.extend(l.to_vec());
            continue;
        }
        if let Some(t) = v.get::<TupleObj>() {
            out.extend(t.items().iter().map(Val::to_obj));
            continue;
        }
        if let Some(d) = v.get::<DictObj>() {
            out.extend(d.items().into_iter().flat_map(|(k, x)| [k, x]));
            continue;
        }
        // SAFETY: the argument keeps the object alive.
        unsafe {
            cycle::trace(h as *const Header as *mut Header, &mut |w| {
                out.push(Obj::clone_word(w.borrowed()))
            });
        }
        if v.ty().has(tf::HEAP) {
            out.push(v.ty().to_obj());
        }
    }
    Ok(list::new(py, out))
}
