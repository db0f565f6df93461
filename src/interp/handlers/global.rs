//! Global, built-in and namespace names.

use super::Slots;
use super::load_store::name_error;
use crate::builtins::dict::DictObj;
use crate::builtins::{cell::CellObj, str};
use crate::bytecode::instr::{Instr, x};
use crate::error::{PyResult, Raised};
use crate::heap::count;
use crate::interp::cache;
use crate::interp::frame::Frame;
use crate::object::ops;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;

// Kinds in LOAD_GLOBAL's cache words, whose versions are never 0: the payload is a position; the name is not a global.
// An empty word is of neither kind.
const GLOBAL: u32 = 1;
const BUILTIN: u32 = 2;

pub mod op {
    use super::*;

    handler!(LOAD_GLOBAL(ip, base, table, py, frame, w) {
        let c = cache::read(ip);
        if cache::kind_of(c) == GLOBAL {
            if let Some(slot) = (*(*frame).globals).cached_slot(cache::version(c), cache::payload(c)) {
                if let Some(v) = count::quick_load(py, slot.word(), false) {
                    let p = base.add(Instr(w).a() as usize);
                    let old = Word(*p);
                    *p = v.0;
                    drop_next!(old, ip.add(2), base, table, py, frame)
                }
            }
        } else if cache::kind_of(c) == BUILTIN && cache::version(c) == (*(*frame).globals).keys_version() {
            // Not a global: the second word is for builtins.
            let b = cache::read(ip.add(1));
            if let Some(slot) = (*(*frame).builtins).cached_slot(cache::version(b), cache::payload(b)) {
                if let Some(v) = count::quick_load(py, slot.word(), false) {
                    let p = base.add(Instr(w).a() as usize);
                    let old = Word(*p);
                    *p = v.0;
                    drop_next!(old, ip.add(2), base, table, py, frame)
                }
            }
        }
        return global_slow(ip, base, table, py, frame, w);
    });

    plain!(STORE_GLOBAL, store_global);
    plain!(DELETE_GLOBAL, delete_global);
    plain!(LOAD_NAME, load_name);
    plain!(STORE_NAME, store_name);
    plain!(DELETE_NAME, delete_name);
    plain!(LOAD_LOCALS, load_locals);
    plain!(LOAD_FROM_DICT_OR_DEREF, from_dict_or_deref);
    plain!(LOAD_FROM_DICT_OR_GLOBALS, from_dict_or_globals);
    plain!(LOAD_BUILD_CLASS, load_build_class);
    plain!(LOAD_COMMON_CONST, common_const);
}

// SAFETY: the running instruction and its cache words.
out_of_line!(global_slow, 2, |py, s, i, frame, at| unsafe {
    load_global(py, s, i, frame, at)
});

/// # Safety
/// `frame` is the running frame, `ip` its cache words.
unsafe fn load_global(
    py: &Py,
    s: Slots,
    i: Instr,
    frame: *mut Frame,
    ip: *const u64,
) -> PyResult<()> {
    // SAFETY: the running frame.
    let (code, g, b) = unsafe { ((*frame).code(), &*(*frame).globals, &*(*frame).builtins) };
    let name = code.name(i.c() as usize);
    let mapping = Word(crate::object::native::typedef::header_of(g) as *const _ as u64).borrowed();
    let mapping = Val::from_word_ref(&mapping);
    if !crate::builtins::dict::DICT.is_exact(mapping) {
        // A subclass of dict may have `__missing__`.
        let v = match in_mapping(py, mapping, name)? {
            Some(v) => v,
            None => lookup_builtin(py, b, name)?,
        };
        s.put(i.a(), v);
        return Ok(());
    }
    let (version, at) = g.cache_position(name);
    // SAFETY: cache words of the running code.
    unsafe {
        match at {
            Some(n) if n <= cache::MAX_PAYLOAD && version != 0 => {
                cache::write(ip, cache::word(version, GLOBAL, n))
            }
            Some(_) => {}
            None => {
                let (bv, bn) = b.cache_position(name);
                if let Some(n) = bn
                    && n <= cache::MAX_PAYLOAD
                    && version != 0
                    && bv != 0
                {
                    cache::write(ip.add(1), cache::word(bv, GLOBAL, n));
                    cache::write(ip, cache::word(version, BUILTIN, 0));
                }
            }
        }
    }
    let v = match g.get_interned(py, name) {
        Some(v) => v,
        None => lookup_builtin(py, b, name)?,
    };
    s.put(i.a(), v);
    Ok(())
}

fn lookup_builtin(py: &Py, b: &DictObj, name: &Val) -> PyResult<Obj> {
    b.get_interned(py, name)
        .ok_or_else(|| not_defined(py, name))
}

fn not_defined(py: &Py, name: &Val) -> Raised {
    let n = str::lossy(name).into_owned();
    name_error(py, &format!("name '{n}' is not defined"), &n)
}

/// The running frame's code name `n` and globals.
fn parts<'a>(frame: *mut Frame, n: u16) -> (&'a Val, &'a DictObj, &'a DictObj) {
    // SAFETY: called by handlers with the running frame.
    unsafe {
        (
            (*frame).code().name(n as usize),
            &*(*frame).globals,
            &*(*frame).builtins,
        )
    }
}

fn store_global(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let (name, g, _) = parts(frame, i.c());
    g.set_interned(py, name, s.source(i, x::A_TEMP, i.a()));
    Ok(())
}

fn delete_global(py: &Py, _: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let (name, g, _) = parts(frame, i.c());
    g.remove_interned(py, name)
        .map(drop)
        .ok_or_else(|| not_defined(py, name))
}

fn namespace<'a>(py: &Py, frame: *mut Frame) -> PyResult<&'a Val> {
    // SAFETY: the running frame, whose namespace stays.
    let n: Option<&'a Val> = unsafe { (*frame).namespace() };
    n.ok_or_else(|| py.system_error("no locals"))
}

/// Looks `name` up in a mapping.
fn in_mapping(py: &Py, m: &Val, name: &Val) -> PyResult<Option<Obj>> {
    if crate::builtins::dict::DICT.is_exact(m) {
        return Ok(m.cast::<DictObj>().get_interned(py, name));
    }
    match ops::getitem(py, m, name) {
        Ok(v) => Ok(Some(v)),
        Err(e) if e.is(&crate::builtins::exceptions::KEY_ERROR) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Looks a global name up.
fn in_globals(py: &Py, g: &DictObj, name: &Val) -> PyResult<Option<Obj>> {
    let mapping = Word(crate::object::native::typedef::header_of(g) as *const _ as u64).borrowed();
    in_mapping(py, Val::from_word_ref(&mapping), name)
}

fn load_name(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let (name, g, b) = parts(frame, i.c());
    let v = match in_mapping(py, namespace(py, frame)?, name)? {
        Some(v) => v,
        None => match in_globals(py, g, name)? {
            Some(v) => v,
            None => lookup_builtin(py, b, name)?,
        },
    };
    s.put(i.a(), v);
    Ok(())
}

fn store_name(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let (name, _, _) = parts(frame, i.c());
    let ns = namespace(py, frame)?;
    if crate::builtins::dict::DICT.is_exact(ns) {
        ns.cast::<DictObj>()
            .set_interned(py, name, s.source(i, x::A_TEMP, i.a()));
        return Ok(());
    }
    ops::setitem(py, ns, name, s.val(i.a()))?;
    s.consume(i);
    Ok(())
}

fn delete_name(py: &Py, _: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let (name, _, _) = parts(frame, i.c());
    ops::delitem(py, namespace(py, frame)?, name).map_err(|e| {
        if e.is(&crate::builtins::exceptions::KEY_ERROR) {
            not_defined(py, name)
        } else {
            e
        }
    })
}

fn load_locals(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    s.put(i.a(), namespace(py, frame)?.to_obj());
    Ok(())
}

fn from_dict_or_deref(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: the running frame.
    let code = unsafe { (*frame).code() };
    let name = code.slot_name(i.c() as usize);
    let v = match in_mapping(py, s.val(i.b()), name)? {
        Some(v) => v,
        None => s.val(i.c()).cast::<CellObj>().value.get().ok_or_else(|| {
            let n = str::lossy(name).into_owned();
            let msg = format!("cannot access free variable '{n}' where it is not associated with a value in enclosing scope");
            name_error(py, &msg, &n)
        })?,
    };
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    s.put(i.a(), v);
    Ok(())
}

fn from_dict_or_globals(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let (name, g, b) = parts(frame, i.c());
    let v = match in_mapping(py, s.val(i.b()), name)? {
        Some(v) => v,
        None => match in_globals(py, g, name)? {
            Some(v) => v,
            None => lookup_builtin(py, b, name)?,
        },
    };
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    s.put(i.a(), v);
    Ok(())
}

fn load_build_class(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let b = frame_builtins(frame);
    let v = b
        .get_interned(py, &crate::object::names::__build_class__)
        .ok_or_else(|| name_error(py, "__build_class__ not found", "__build_class__"))?;
    s.put(i.a(), v);
    Ok(())
}

fn frame_builtins<'a>(frame: *mut Frame) -> &'a DictObj {
    // SAFETY: called by handlers with the running frame.
    unsafe { &*(*frame).builtins }
}

fn common_const(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    use crate::builtins::exceptions as exc;
    let b = frame_builtins(frame);
    let v = match i.b() {
        0 => exc::ASSERTION_ERROR.obj(),
        1 => exc::NOT_IMPLEMENTED_ERROR.obj(),
        2 => crate::builtins::tuple::TUPLE.obj(),
        n => {
            let name = if n == 3 { "all" } else { "any" };
            b.get_str(py, name)
                .ok_or_else(|| name_error(py, &format!("name '{name}' is not defined"), name))?
        }
    };
    s.put(i.a(), v);
    Ok(())
}
