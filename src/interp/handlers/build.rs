//! Containers, strings, templates.

use super::Slots;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::list::{self, ListObj};
use crate::builtins::set::{self, SetObj};
use crate::builtins::{str, template, tuple};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::interp::frame::Frame;
use crate::object::ops;
use crate::object::value::Obj;
use crate::object::{names, value::Val};
use crate::thread::Py;

pub mod op {
    use super::*;
    plain!(BUILD_TUPLE, build_tuple);
    plain!(BUILD_LIST, build_list);
    plain!(BUILD_SET, build_set);
    plain!(BUILD_MAP, build_map);
    plain!(BUILD_STRING, crate::interp::handlers::iter::build_string);
    plain!(LIST_APPEND, list_append);
    plain!(SET_ADD, set_add);
    plain!(MAP_ADD, map_add);
    plain!(LIST_EXTEND, list_extend);
    plain!(SET_UPDATE, set_update);
    plain!(DICT_UPDATE, dict_update);
    plain!(DICT_MERGE, dict_merge);
    plain!(LIST_TO_TUPLE, list_to_tuple);
    plain!(CONVERT_VALUE, convert_value);
    plain!(FORMAT_SIMPLE, format_simple);
    plain!(FORMAT_WITH_SPEC, format_with_spec);
    plain!(BUILD_INTERPOLATION, build_interpolation);
    plain!(BUILD_TEMPLATE, build_template);
    plain!(GET_LEN, get_len);
}

fn build_tuple(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let n = i.c();
    let t = if n == 0 {
        tuple::empty(py)
    } else {
        let words = (0..n).map(|k| s.take(i.b() + k).into_word());
        tuple::from_words(py, tuple::TUPLE.ty(), words)
    };
    s.put(i.a(), t);
    Ok(())
}

fn build_list(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let l = list::build(py, i.c() as usize, |k| s.take(i.b() + k as u16).into_word())?;
    s.put(i.a(), l);
    Ok(())
}

fn build_set(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let o = set::new(py);
    let t = o.cast::<SetObj>();
    for k in 0..i.c() {
        t.add(py, s.val(i.b() + k))?;
    }
    s.clear_window(i.b(), i.c() as usize);
    s.put(i.a(), o);
    Ok(())
}

fn build_map(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let o = dict::new(py);
    let d = o.cast::<DictObj>();
    for k in 0..i.c() {
        d.set(py, s.val(i.b() + 2 * k), s.get(i.b() + 2 * k + 1))?;
    }
    s.clear_window(i.b(), 2 * i.c() as usize);
    s.put(i.a(), o);
    Ok(())
}

fn list_append(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.source(i, x::B_TEMP, i.b());
    s.val(i.a()).cast::<ListObj>().push(py, v)
}

fn set_add(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    s.val(i.a()).cast::<SetObj>().add(py, s.val(i.b()))?;
    s.consume(i);
    Ok(())
}

fn map_add(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    s.val(i.a())
        .cast::<DictObj>()
        .set(py, s.val(i.b()), s.get(i.c()))?;
    s.consume(i);
    Ok(())
}

fn list_extend(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    if list::LIST.is_exact(v) || tuple::TUPLE.is_exact(v) {
        list::methods::extend(py, s.val(i.a()).cast::<ListObj>(), v)?;
        if i.x() & x::B_TEMP != 0 {
            s.clear(i.b());
        }
        return Ok(());
    }
    let items = ops::collect(py, v).map_err(|e| {
        if !e.is(&crate::builtins::exceptions::TYPE_ERROR) || ops::is_iterable(py, v) {
            return e;
        }
        if i.x() & x::OP0 != 0 {
            let f = super::call::callable_name(py, s.val(i.c()));
            return py.type_error(format!(
                "{f}() argument after * must be an iterable, not {}",
                v.ty().name()
            ));
        }
        py.type_error(format!(
            "Value after * must be an iterable, not {}",
            v.ty().name()
        ))
    })?;
    let l = s.val(i.a()).cast::<ListObj>();
    for item in items {
        l.push(py, item)?;
    }
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    Ok(())
}

fn set_update(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let t = s.val(i.a()).cast::<SetObj>();
    ops::for_each(py, s.val(i.b()), &mut |v| {
        t.add(py, &v)?;
        Ok(true)
    })?;
    s.consume(i);
    Ok(())
}

/// Key/value pairs of a mapping: a dict, or anything with `keys()`.
fn mapping_items(py: &Py, m: &Val) -> PyResult<Option<Vec<(Obj, Obj)>>> {
    if let Some(d) = m.get::<DictObj>()
        && dict::DICT.is_exact(m)
    {
        return Ok(Some(d.items()));
    }
    let Some(keys) = ops::getattr_opt(py, m, &names::keys)? else {
        return Ok(None);
    };
    let keys = ops::call0(py, &keys)?;
    let mut out = Vec::new();
    ops::for_each(py, &keys, &mut |k| {
        let v = ops::getitem(py, m, &k)?;
        out.push((k, v));
        Ok(true)
    })?;
    Ok(Some(out))
}

fn dict_update(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let m = s.val(i.b());
    let Some(items) = mapping_items(py, m)? else {
        return Err(py.type_error(format!("'{}' object is not a mapping", m.ty().name())));
    };
    let d = s.val(i.a()).cast::<DictObj>();
    for (k, v) in items {
        d.set(py, &k, v)?;
    }
    s.consume(i);
    Ok(())
}

fn dict_merge(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let m = s.val(i.b());
    let name = || super::call::callable_name(py, s.val(i.c()));
    let Some(items) = mapping_items(py, m)? else {
        return Err(py.type_error(format!(
            "{}() argument after ** must be a mapping, not {}",
            name(),
            m.ty().name()
        )));
    };
    let d = s.val(i.a()).cast::<DictObj>();
    for (k, v) in items {
        if k.get::<str::StrObj>().is_none() {
            return Err(py.type_error("keywords must be strings"));
        }
        if d.contains(py, &k)? {
            return Err(py.type_error(format!(
                "{}() got multiple values for keyword argument '{}'",
                name(),
                str::lossy(&k)
            )));
        }
        d.set(py, &k, v)?;
    }
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    Ok(())
}

fn list_to_tuple(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let items = s.val(i.b()).cast::<ListObj>().to_vec();
    s.finish(i, tuple::new(py, items));
    Ok(())
}

fn convert_value(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let r = match i.c() {
        1 => ops::str(py, v)?,
        2 => ops::repr(py, v)?,
        _ => ops::ascii(py, v)?,
    };
    if i.x() & x::B_TEMP != 0 && i.a() != i.b() {
        s.clear(i.b());
    }
    s.put(i.a(), r);
    Ok(())
}

fn format_simple(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let r = if str::STR.is_exact(v) {
        v.to_obj()
    } else {
        ops::format(py, v, &str::new(py, ""))?
    };
    s.finish(i, r);
    Ok(())
}

fn format_with_spec(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = ops::format(py, s.val(i.b()), s.val(i.c()))?;
    s.finish(i, r);
    Ok(())
}

fn build_interpolation(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let (value, text) = (s.take(i.b()), s.take(i.b() + 1));
    let spec = if i.c() & 16 != 0 {
        Some(s.take(i.b() + 2))
    } else {
        None
    };
    s.put(
        i.a(),
        template::interpolation(py, value, text, (i.c() & 3) as u8, spec),
    );
    Ok(())
}

fn build_template(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let (strings, interpolations) = (s.take(i.b()), s.take(i.b() + 1));
    s.put(i.a(), template::new(py, strings, interpolations));
    Ok(())
}

fn get_len(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let n = ops::len(py, s.val(i.b()))?;
    s.put(i.a(), py.int(n as i64));
    Ok(())
}
