//! Structural pattern matching.

use super::Slots;
use crate::builtins::str;
use crate::builtins::tuple::{self, TupleObj};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::interp::frame::Frame;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;

pub mod op {
    use super::*;
    plain!(MATCH_CLASS, match_class);
    plain!(MATCH_MAPPING, match_mapping);
    plain!(MATCH_SEQUENCE, match_sequence);
    plain!(MATCH_KEYS, match_keys);
}

fn match_mapping(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = s.val(i.b()).type_has(tf::MAPPING);
    s.put(i.a(), py.bool(r));
    Ok(())
}

fn match_sequence(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = s.val(i.b()).type_has(tf::SEQUENCE);
    s.put(i.a(), py.bool(r));
    Ok(())
}

fn match_keys(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let (m, keys) = (s.val(i.b()), s.val(i.c()).cast::<TupleObj>());
    let mut seen: Vec<&Val> = Vec::new();
    let mut values = Vec::new();
    let get = ops::getattr_opt(py, m, &names::get)?;
    let dummy = crate::object::class::new_instance(py, crate::object::base::OBJECT.ty());
    for k in keys.items() {
        for other in &seen {
            if ops::eq(py, other, k)? {
                return Err(py.value_error(format!(
                    "mapping pattern checks duplicate key ({})",
                    ops::repr_text(py, k)?
                )));
            }
        }
        seen.push(k);
        let v = match &get {
            Some(f) => ops::call2(py, f, k, &dummy)?,
            None => ops::getitem(py, m, k)?,
        };
        if v.is(&dummy) {
            values.clear();
            let none = py.none();
            if i.x() & x::C_TEMP != 0 {
                s.clear(i.c());
            }
            s.put(i.a(), none);
            return Ok(());
        }
        values.push(v);
    }
    if i.x() & x::C_TEMP != 0 {
        s.clear(i.c());
    }
    s.put(i.a(), tuple::new(py, values));
    Ok(())
}

fn match_class(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = attributes(
        py,
        s.val(i.b()),
        s.val(i.b() + 1),
        s.val(i.b() + 2).cast::<TupleObj>(),
        i.c() as usize,
    )?;
    s.clear_window(i.b(), 3);
    s.put(i.a(), r.map_or_else(|| py.none(), |v| tuple::new(py, v)));
    Ok(())
}

fn attributes(
    py: &Py,
    subject: &Val,
    class: &Val,
    kwnames: &TupleObj,
    npos: usize,
) -> PyResult<Option<Vec<Obj>>> {
    let Some(ty) = Type::of(class) else {
        return Err(py.type_error("called match pattern must be a class"));
    };
    if !ops::is_instance(py, subject, class)? {
        return Ok(None);
    }
    let mut out = Vec::new();
    let mut seen: Vec<Obj> = Vec::new();
    let mut attr = |name: &Val, out: &mut Vec<Obj>| -> PyResult<bool> {
        for n in &seen {
            if ops::eq(py, n, name)? {
                let text = format!(
                    "{}() got multiple sub-patterns for attribute {}",
                    ty.name(),
                    ops::repr_text(py, name)?
                );
                return Err(py.type_error(text));
            }
        }
        seen.push(name.to_obj());
        match ops::getattr_opt(py, subject, name)? {
            Some(v) => {
                out.push(v);
                Ok(true)
            }
            None => Ok(false),
        }
    };
    if npos > 0 {
        let args = ops::getattr_opt(py, class, &names::__match_args__)?;
        let mut match_self = false;
        let args = match args {
            Some(a) => {
                if !tuple::TUPLE.is_exact(&a) {
                    return Err(py.type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.name(),
                        a.ty().name()
                    )));
                }
                a
            }
            None => {
                match_self = ty.has(tf::MATCH_SELF);
                tuple::empty(py)
            }
        };
        let args = args.cast::<TupleObj>();
        let allowed = if match_self { 1 } else { args.len() };
        if npos > allowed {
            let s = if allowed == 1 { "" } else { "s" };
            return Err(py.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{s} ({npos} given)",
                ty.name()
            )));
        }
        if match_self {
            out.push(subject.to_obj());
        } else {
            for a in args.items().iter().take(npos) {
                if a.get::<str::StrObj>().is_none() {
                    return Err(py.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        a.ty().name()
                    )));
                }
                if !attr(a, &mut out)? {
                    return Ok(None);
                }
            }
        }
    }
    for k in kwnames.items() {
        if !attr(k, &mut out)? {
            return Ok(None);
        }
    }
    Ok(Some(out))
}
