//! `sys.monitoring` and `sys._jit`: the table of tools, their events and callbacks.
//!
//! The interpreter reports no events yet, so callbacks are kept and given back, never called.

use crate::builtins::code::CodeObj;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::{StrObj, intern};
use crate::builtins::namespace;
use crate::error::PyResult;
use crate::object::base::{OBJECT, PlainObj};
use crate::object::instance;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;

const TOOLS: usize = 6;
/// Events by their bits, lowest first; those from `GROUPED` on come with others and cannot be local.
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
const CALL: i64 = 1 << 4;
const C_EVENTS: i64 = 3 << 16;
const LOCAL: i64 = (1 << 11) - 1;
const BRANCH: i64 = 1 << 18;

struct Tool {
    name: Slot,
    events: i64,
    callbacks: [Slot; EVENTS.len()],
    /// Events of single code objects.
    local: Vec<(Obj, i64)>,
}

static TABLE: Mutex<[Tool; TOOLS]> = Mutex::new(
    [const {
        Tool {
            name: Slot::empty(),
            events: 0,
            callbacks: [const { Slot::empty() }; EVENTS.len()],
            local: Vec::new(),
        }
    }; TOOLS],
);

/// Adds both submodules to `sys`.
pub fn fill(py: &Py, sys: &mut ModuleInit) -> PyResult<()> {
    let mut m = ModuleInit::new(py, "sys.monitoring");
    for (name, id) in [
        ("DEBUGGER_ID", 0),
        ("COVERAGE_ID", 1),
        ("PROFILER_ID", 2),
        ("OPTIMIZER_ID", 5),
    ] {
        m.int(name, id);
    }
    m.add("DISABLE", py.alloc(&OBJECT, PlainObj));
    m.add("MISSING", py.alloc(&OBJECT, PlainObj));
    let events = namespace::new(py);
    for (bit, name) in EVENTS.iter().enumerate() {
        instance::set(py, &events, &intern(py, name), py.int(1 << bit));
    }
    instance::set(py, &events, &intern(py, "NO_EVENTS"), py.int(0));
    m.add("events", events);
    m.function(
        "use_tool_id",
        "($module, tool_id, name, /)",
        Bound(use_tool),
    );
    m.function(
        "clear_tool_id",
        "($module, tool_id, /)",
        Bound(|py, a| clear(py, &a[0], false)),
    );
    m.function(
        "free_tool_id",
        "($module, tool_id, /)",
        Bound(|py, a| clear(py, &a[0], true)),
    );
    m.function(
        "get_tool",
        "($module, tool_id, /)",
        Bound(|py, a| {
            let id = tool_id(py, &a[0])?;
            Ok(TABLE.lock()[id].name.get().unwrap_or_else(|| py.none()))
        }),
    );
    m.function(
        "register_callback",
        "($module, tool_id, event, func, /)",
        Bound(register),
    );
    m.function(
        "get_events",
        "($module, tool_id, /)",
        Bound(|py, a| {
            let id = used(py, &a[0])?;
            Ok(py.int(TABLE.lock()[id].events))
        }),
    );
    m.function(
        "set_events",
        "($module, tool_id, event_set, /)",
        Bound(|py, a| {
            let id = tool_id(py, &a[0])?;
            let events = event_set(py, &a[1], (1 << EVENTS.len()) - 1)?;
            used(py, &a[0])?;
            TABLE.lock()[id].events = events;
            Ok(py.none())
        }),
    );
    m.function(
        "get_local_events",
        "($module, tool_id, code, /)",
        Bound(|py, a| {
            code(py, &a[1])?;
            let id = used(py, &a[0])?;
            let table = TABLE.lock();
            let found = table[id].local.iter().find(|(c, _)| c.is(&a[1]));
            Ok(py.int(found.map_or(0, |(_, e)| *e)))
        }),
    );
    m.function(
        "set_local_events",
        "($module, tool_id, code, event_set, /)",
        Bound(set_local),
    );
    m.function(
        "restart_events",
        "($module, /)",
        Bound(|py, _| Ok(py.none())),
    );
    m.function("_all_events", "($module, /)", Bound(all_events));
    let m = m.finish()?;
    sys.add("monitoring", m);

    let mut jit = ModuleInit::new(py, "sys._jit");
    jit.function(
        "is_available",
        "($module, /)",
        Bound(|py, _| Ok(py.bool(false))),
    );
    jit.function(
        "is_enabled",
        "($module, /)",
        Bound(|py, _| Ok(py.bool(false))),
    );
    jit.function(
        "is_active",
        "($module, /)",
        Bound(|py, _| Ok(py.bool(false))),
    );
    let jit = jit.finish()?;
    sys.add("_jit", jit);
    Ok(())
}

fn tool_id(py: &Py, v: &Val) -> PyResult<usize> {
    let n = ops::to_i64(py, v)?;
    match usize::try_from(n) {
        Ok(n) if n < TOOLS => Ok(n),
        _ => Err(py.value_error(format!("invalid tool {n} (must be between 0 and 5)"))),
    }
}

fn used(py: &Py, v: &Val) -> PyResult<usize> {
    let id = tool_id(py, v)?;
    if TABLE.lock()[id].name.is_empty() {
        return Err(py.value_error(format!("tool {id} is not in use")));
    }
    Ok(id)
}

fn code(py: &Py, v: &Val) -> PyResult<()> {
    if v.get::<CodeObj>().is_none() {
        return Err(py.type_error("code must be a code object"));
    }
    Ok(())
}

fn event_set(py: &Py, v: &Val, allowed: i64) -> PyResult<i64> {
    let mut set = ops::to_i64(py, v)?;
    if set < 0 || set >= 1 << EVENTS.len() {
        return Err(py.value_error(format!("invalid event set 0x{:x}", set as i32)));
    }
    if set & C_EVENTS != 0 && set & CALL == 0 {
        return Err(py.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    set &= !C_EVENTS;
    if set & BRANCH != 0 {
        set = set & !BRANCH | 3 << 8;
    }
    if set & !allowed != 0 {
        return Err(py.value_error(format!("invalid local event set 0x{set:x}")));
    }
    Ok(set)
}

fn use_tool(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let id = tool_id(py, &a[0])?;
    if a[1].get::<StrObj>().is_none() {
        return Err(py.value_error("tool name must be a str"));
    }
    let table = TABLE.lock();
    if !table[id].name.is_empty() {
        return Err(py.value_error(format!("tool {id} is already in use")));
    }
    table[id].name.set(a[1].to_obj());
    Ok(py.none())
}

/// Takes everything of a tool, and its name if `free`; what was kept dies after the lock is gone.
fn clear(py: &Py, v: &Val, free: bool) -> PyResult<Obj> {
    let id = tool_id(py, v)?;
    let mut kept = Vec::new();
    {
        let tool = &mut TABLE.lock()[id];
        tool.events = 0;
        kept.extend(tool.callbacks.iter().filter_map(Slot::take));
        kept.extend(std::mem::take(&mut tool.local).into_iter().map(|(c, _)| c));
        if free {
            kept.extend(tool.name.take());
        }
    }
    drop(kept);
    Ok(py.none())
}

fn register(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let id = tool_id(py, &a[0])?;
    let event = ops::to_i64(py, &a[1])?;
    if event <= 0 || event & (event - 1) != 0 {
        return Err(py.value_error("The callback can only be set for one event at a time"));
    }
    let bit = event.trailing_zeros() as usize;
    if bit >= EVENTS.len() {
        return Err(py.value_error(format!("invalid event {event}")));
    }
    let old = {
        let table = TABLE.lock();
        let slot = &table[id].callbacks[bit];
        if a[2].is_none() {
            slot.take()
        } else {
            slot.replace(a[2].to_obj())
        }
    };
    Ok(old.unwrap_or_else(|| py.none()))
}

fn set_local(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let id = tool_id(py, &a[0])?;
    code(py, &a[1])?;
    let events = event_set(py, &a[2], LOCAL)?;
    used(py, &a[0])?;
    let gone = {
        let local = &mut TABLE.lock()[id].local;
        let at = local.iter().position(|(c, _)| c.is(&a[1]));
        match at {
            Some(at) if events == 0 => Some(local.swap_remove(at)),
            Some(at) => {
                local[at].1 = events;
                None
            }
            None => {
                if events != 0 {
                    local.push((a[1].to_obj(), events));
                }
                None
            }
        }
    };
    drop(gone);
    Ok(py.none())
}

/// Which tools want each event, as a dict from names to bit sets.
fn all_events(py: &Py, _: &[Val]) -> PyResult<Obj> {
    let sets: Vec<i64> = TABLE.lock().iter().map(|t| t.events).collect();
    let d = dict::new(py);
    for (bit, name) in EVENTS.iter().enumerate() {
        let tools = sets
            .iter()
            .enumerate()
            .filter(|(_, s)| *s >> bit & 1 != 0)
            .map(|(i, _)| 1 << i)
            .sum();
        if tools != 0 {
            d.cast::<DictObj>().set_str(py, name, py.int(tools));
        }
    }
    Ok(d)
}
