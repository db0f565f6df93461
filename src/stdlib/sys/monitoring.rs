//! `sys.monitoring`: tools, the events they listen to, and the calls of their callbacks.
//!
//! The tables are shared by all threads; `WANTED` is the union of all events and tells threads whether to trace at all.

use crate::builtins::code::CODE;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::namespace;
use crate::builtins::str::{self, StrObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Slot, Val};
use crate::object::{instance, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};

/// Event bits.
pub mod ev {
    pub const PY_START: u32 = 1;
    pub const PY_RESUME: u32 = 1 << 1;
    pub const PY_RETURN: u32 = 1 << 2;
    pub const PY_YIELD: u32 = 1 << 3;
    pub const CALL: u32 = 1 << 4;
    pub const LINE: u32 = 1 << 5;
    pub const INSTRUCTION: u32 = 1 << 6;
    pub const RAISE: u32 = 1 << 11;
    pub const EXCEPTION_HANDLED: u32 = 1 << 12;
    pub const PY_UNWIND: u32 = 1 << 13;
    pub const PY_THROW: u32 = 1 << 14;
    pub const RERAISE: u32 = 1 << 15;
    pub const C_RETURN: u32 = 1 << 16;
    pub const C_RAISE: u32 = 1 << 17;
}

/// Names in the order of their bits.
const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];
/// Events that belong to a place in the code: they can be switched off for it, and on for one code object.
const LOCAL: u32 = (1 << 11) - 1;
const BRANCH: u32 = 1 << 18;
const BRANCHES: u32 = 1 << 8 | 1 << 9;
const ALL: u32 = (1 << 19) - 1;
const TOOLS: usize = 6;

#[derive(Default)]
struct Tool {
    name: Slot,
    events: u32,
    local: HashMap<u64, (Obj, u32)>,
    callbacks: [Slot; 19],
    /// Places (code, instruction, event) whose callback has answered DISABLE.
    disabled: HashSet<(u64, u32, u32)>,
}

// SAFETY: values in the table are counted; whoever takes one out holds the lock while counting.
unsafe impl Send for Tool {}

static TABLE: Mutex<Option<Box<[Tool; TOOLS]>>> = Mutex::new(None);
static WANTED: AtomicU32 = AtomicU32::new(0);
static MARKS: Mutex<(Slot, Slot)> = Mutex::new((Slot::empty(), Slot::empty()));

/// Union of all events that some tool listens to.
#[inline(always)]
pub fn wanted() -> u32 {
    // Relaxed: threads notice a change at a later instruction.
    WANTED.load(Ordering::Relaxed)
}

/// Whether threads have to trace.
pub fn is_active() -> bool {
    wanted() != 0
}

/// `sys.monitoring.MISSING`.
pub fn missing(py: &Py) -> Obj {
    MARKS.lock().1.get().unwrap_or_else(|| py.none())
}

fn with<R>(f: impl FnOnce(&mut [Tool; TOOLS]) -> R) -> R {
    f(TABLE.lock().get_or_insert_with(Default::default))
}

fn update(py: &Py) {
    let all = with(|t| {
        t.iter().fold(0, |all, t| {
            t.local.values().fold(all | t.events, |a, (_, e)| a | e)
        })
    });
    WANTED.store(all, Ordering::Relaxed);
    crate::interp::trace::refresh(py);
}

/// Calls the callbacks of `event` at instruction `index` of `code`.
pub fn fire(py: &Py, event: u32, code: &Val, index: u32, args: &[Obj]) -> PyResult<()> {
    let bit = event.trailing_zeros() as usize;
    for tool in 0..TOOLS {
        let callback = with(|t| {
            let t = &t[tool];
            let mut on = t.events | t.local.get(&code.id()).map_or(0, |l| l.1);
            // The ends of native calls are switched on together with the calls.
            if on & ev::CALL != 0 {
                on |= t.events & (ev::C_RETURN | ev::C_RAISE);
            }
            if on & event == 0 || t.disabled.contains(&(code.id(), index, event)) {
                return None;
            }
            t.callbacks[bit].get()
        });
        let Some(callback) = callback else { continue };
        let mut all = vec![code.to_obj()];
        if event != ev::LINE {
            all.push(py.int(index as i64 * 2));
        }
        all.extend(args.iter().cloned());
        let r = ops::call_objs(py, &callback, &all)?;
        let disable = MARKS.lock().0.get().is_some_and(|d| d.is(&r));
        if !disable {
            continue;
        }
        if event & LOCAL == 0 {
            let old = with(|t| t[tool].callbacks[bit].take());
            drop(old);
            return Err(py.value_error(format!(
                "Cannot disable {} events. Callback removed.",
                EVENTS[bit]
            )));
        }
        with(|t| t[tool].disabled.insert((code.id(), index, event)));
    }
    Ok(())
}

fn tool(py: &Py, v: &Val) -> PyResult<usize> {
    let n = c_int(py, v)?;
    if !(0..TOOLS as i64).contains(&n) {
        return Err(py.value_error(format!("invalid tool {n} (must be between 0 and 5)")));
    }
    Ok(n as usize)
}

fn c_int(py: &Py, v: &Val) -> PyResult<i64> {
    let n = ops::to_i64(py, v)?;
    if i32::try_from(n).is_err() {
        return Err(py.overflow_error("Python int too large to convert to C int"));
    }
    Ok(n)
}

fn used_tool(py: &Py, v: &Val) -> PyResult<usize> {
    let n = tool(py, v)?;
    if with(|t| t[n].name.is_empty()) {
        return Err(py.value_error(format!("tool {n} is not in use")));
    }
    Ok(n)
}

fn event_set(py: &Py, v: &Val) -> PyResult<u32> {
    let n = c_int(py, v)?;
    if n < 0 || n > i64::from(ALL) {
        return Err(py.value_error(format!("invalid event set 0x{:x}", n as u32)));
    }
    Ok(n as u32)
}

fn expand(mut e: u32) -> u32 {
    if e & BRANCH != 0 {
        e = e & !BRANCH | BRANCHES;
    }
    e
}

fn clear(py: &Py, n: usize, free: bool) {
    let old = with(|t| {
        let old = std::mem::take(&mut t[n]);
        if !free && let Some(name) = old.name.take() {
            t[n].name.set(name);
        }
        old
    });
    drop(old);
    update(py);
}

fn use_tool_id(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = tool(py, &a[0])?;
    if a[1].get::<StrObj>().is_none() {
        return Err(py.value_error("tool name must be a str"));
    }
    let free = with(|t| {
        let free = t[n].name.is_empty();
        if free {
            t[n].name.set(a[1].to_obj());
        }
        free
    });
    if !free {
        return Err(py.value_error(format!("tool {n} is already in use")));
    }
    Ok(py.none())
}

fn register_callback(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = tool(py, &a[0])?;
    let event = c_int(py, &a[1])? as u32;
    if event == 0 || !event.is_power_of_two() {
        return Err(py.value_error("The callback can only be set for one event at a time"));
    }
    if event > ALL {
        return Err(py.value_error(format!("invalid event {event}")));
    }
    let set = |bit: u32| {
        with(|t| {
            let slot = &t[n].callbacks[bit as usize];
            if a[2].is_none() {
                slot.take()
            } else {
                slot.replace(a[2].to_obj())
            }
        })
    };
    if event == BRANCH {
        let old = set(8);
        drop(set(9));
        return Ok(old.unwrap_or_else(|| py.none()));
    }
    Ok(set(event.trailing_zeros()).unwrap_or_else(|| py.none()))
}

fn set_events(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = tool(py, &a[0])?;
    let e = event_set(py, &a[1])?;
    used_tool(py, &a[0])?;
    let group = ev::CALL | ev::C_RETURN | ev::C_RAISE;
    if e & (ev::C_RETURN | ev::C_RAISE) != 0 && e & group != group {
        return Err(py.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    let mut e = expand(e);
    if e & ev::CALL != 0 {
        e |= group;
    }
    with(|t| t[n].events = e);
    update(py);
    Ok(py.none())
}

fn code_arg(py: &Py, v: &Val) -> PyResult<()> {
    if CODE.is_exact(v) {
        return Ok(());
    }
    Err(py.type_error("code must be a code object"))
}

fn set_local_events(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = tool(py, &a[0])?;
    code_arg(py, &a[1])?;
    let e = event_set(py, &a[2])?;
    used_tool(py, &a[0])?;
    let group = ev::CALL | ev::C_RETURN | ev::C_RAISE;
    if e & (ev::C_RETURN | ev::C_RAISE) != 0 && e & group != group {
        return Err(py.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    let e = expand(e & !(ev::C_RETURN | ev::C_RAISE));
    if e & !LOCAL != 0 {
        return Err(py.value_error(format!("invalid local event set 0x{e:x}")));
    }
    let old = with(|t| {
        if e == 0 {
            t[n].local.remove(&a[1].id())
        } else {
            t[n].local.insert(a[1].id(), (a[1].to_obj(), e))
        }
    });
    drop(old);
    update(py);
    Ok(py.none())
}

/// Events as `get_events` shows them.
fn shown(e: u32) -> u32 {
    e & !(ev::C_RETURN | ev::C_RAISE)
}

fn all_events(py: &Py, _: &[Val]) -> PyResult<Obj> {
    let d = dict::new(py);
    for (bit, name) in EVENTS.iter().enumerate().take(16) {
        let tools =
            with(|t| (0..TOOLS).fold(0i64, |m, i| m | i64::from(t[i].events >> bit & 1) << i));
        if tools != 0 {
            d.cast::<DictObj>().set_str(py, name, py.int(tools));
        }
    }
    Ok(d)
}

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "monitoring");
    m.function(
        "use_tool_id",
        "($module, tool_id, name, /)",
        Bound(use_tool_id),
    );
    m.function(
        "clear_tool_id",
        "($module, tool_id, /)",
        Bound(|py, a| {
            clear(py, tool(py, &a[0])?, false);
            Ok(py.none())
        }),
    );
    m.function(
        "free_tool_id",
        "($module, tool_id, /)",
        Bound(|py, a| {
            clear(py, tool(py, &a[0])?, true);
            Ok(py.none())
        }),
    );
    m.function(
        "get_tool",
        "($module, tool_id, /)",
        Bound(|py, a| {
            let n = tool(py, &a[0])?;
            Ok(with(|t| t[n].name.get()).unwrap_or_else(|| py.none()))
        }),
    );
    m.function(
        "register_callback",
        "($module, tool_id, event, func, /)",
        Bound(register_callback),
    );
    m.function(
        "get_events",
        "($module, tool_id, /)",
        Bound(|py, a| {
            let n = tool(py, &a[0])?;
            Ok(py.int(i64::from(shown(with(|t| t[n].events)))))
        }),
    );
    m.function(
        "set_events",
        "($module, tool_id, event_set, /)",
        Bound(set_events),
    );
    m.function(
        "get_local_events",
        "($module, tool_id, code, /)",
        Bound(|py, a| {
            let n = tool(py, &a[0])?;
            code_arg(py, &a[1])?;
            let e = with(|t| t[n].local.get(&a[1].id()).map_or(0, |l| l.1));
            Ok(py.int(i64::from(e)))
        }),
    );
    m.function(
        "set_local_events",
        "($module, tool_id, code, event_set, /)",
        Bound(set_local_events),
    );
    m.function(
        "restart_events",
        "($module, /)",
        Bound(|py, _| {
            with(|t| t.iter_mut().for_each(|t| t.disabled.clear()));
            Ok(py.none())
        }),
    );
    m.function("_all_events", "($module, /)", Bound(all_events));
    let events = namespace::new(py);
    let add = |name: &str, n: u32| {
        let k = str::intern(py, name);
        instance::set(py, &events, &k, py.int(i64::from(n)));
    };
    for (bit, name) in EVENTS.iter().enumerate() {
        add(name, 1 << bit);
    }
    add("NO_EVENTS", 0);
    m.add("events", events);
    let mark = || ops::call0(py, &crate::object::base::OBJECT.obj());
    let (disable, missing) = (mark()?, mark()?);
    m.add("DISABLE", disable.clone())
        .add("MISSING", missing.clone());
    *MARKS.lock() = (Slot::new(disable), Slot::new(missing));
    m.int("DEBUGGER_ID", 0);
    m.int("COVERAGE_ID", 1);
    m.int("PROFILER_ID", 2);
    m.int("OPTIMIZER_ID", 5);
    m.finish()
}
