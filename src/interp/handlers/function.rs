//! Functions, classes' annotations, imports, intrinsics.

use super::Slots;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::function::{self, FuncObj};
use crate::bytecode::instr::{Instr, x};
use crate::bytecode::ops::{Intrinsic1, Intrinsic2};
use crate::error::PyResult;
use crate::interp::frame::Frame;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;

pub mod op {
    use super::*;
    plain!(MAKE_FUNCTION, make_function);
    plain!(SET_FUNCTION_ATTR, set_function_attr);
    plain!(SETUP_ANNOTATIONS, setup_annotations);
    plain!(IMPORT_NAME, import_name);
    plain!(IMPORT_FROM, import_from);
    plain!(INTRINSIC_1, intrinsic_1);
    plain!(INTRINSIC_2, intrinsic_2);
}

fn make_function(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: the running frame; its function keeps the globals.
    let (code, func) = unsafe { ((*frame).code(), Val::from_word_ref(&(*frame).func)) };
    let f = func.cast::<FuncObj>();
    let r = function::new(py, code.constant(i.b() as usize), &f.globals)?;
    s.put(i.a(), r);
    Ok(())
}

fn set_function_attr(_: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.source(i, x::B_TEMP, i.b());
    let f = s.val(i.a()).cast::<FuncObj>();
    match i.c() {
        0 => &f.defaults,
        1 => &f.kwdefaults,
        2 => &f.annotations,
        3 => &f.closure,
        4 => &f.annotate,
        _ => &f.type_params,
    }
    .set(v);
    Ok(())
}

fn namespace<'a>(py: &Py, frame: *mut Frame) -> PyResult<&'a Val> {
    // SAFETY: the running frame, whose namespace stays.
    let n: Option<&'a Val> = unsafe { (*frame).namespace() };
    n.ok_or_else(|| py.system_error("no locals found"))
}

fn setup_annotations(py: &Py, _: Slots, _: Instr, frame: *mut Frame) -> PyResult<()> {
    let ns = namespace(py, frame)?;
    if !ops::contains(py, ns, &names::__annotations__)? {
        ops::setitem(py, ns, &names::__annotations__, &dict::new(py))?;
    }
    Ok(())
}

fn import_name(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: the running frame.
    let (code, func) = unsafe { ((*frame).code(), Val::from_word_ref(&(*frame).func)) };
    let f = func.cast::<FuncObj>();
    let (level, fromlist) = (s.val(i.b()), s.val(i.b() + 1));
    // SAFETY: as above.
    let locals = unsafe { (*frame).namespace() }.map_or_else(|| py.none(), Val::to_obj);
    let r = crate::import::import_name(
        py,
        &f.builtins,
        code.name(i.c() as usize),
        &f.globals,
        &locals,
        fromlist,
        level,
    )?;
    s.clear_window(i.b(), 2);
    s.put(i.a(), r);
    Ok(())
}

fn import_from(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: the running frame.
    let code = unsafe { (*frame).code() };
    let r = crate::import::import_from(py, s.val(i.b()), code.name(i.c() as usize))?;
    s.put(i.a(), r);
    Ok(())
}

fn intrinsic_1(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    use crate::stdlib::typing;
    let v = s.val(i.b());
    let r = match Intrinsic1::from_u16(i.c()) {
        Some(Intrinsic1::Print) => {
            let hook = crate::stdlib::sys::get(py, "displayhook")
                .ok_or_else(|| py.runtime_error("lost sys.displayhook"))?;
            ops::call1(py, &hook, v)?
        }
        Some(Intrinsic1::ImportStar) => {
            crate::import::import_star(py, v, namespace(py, frame)?)?;
            py.none()
        }
        Some(Intrinsic1::StopIterationError) => stop_iteration_error(py, v, frame, false),
        Some(Intrinsic1::AsyncStopIterationError) => stop_iteration_error(py, v, frame, true),
        Some(Intrinsic1::TypeVar) => typing::type_var(py, v, None, None)?,
        Some(Intrinsic1::ParamSpec) => typing::param_spec(py, v)?,
        Some(Intrinsic1::TypeVarTuple) => typing::type_var_tuple(py, v)?,
        Some(Intrinsic1::SubscriptGeneric) => typing::subscript_generic(py, v)?,
        Some(Intrinsic1::TypeAlias) => typing::type_alias(py, v)?,
        Some(Intrinsic1::AsyncGenWrap) => v.to_obj(),
        None => return Err(py.system_error("unknown intrinsic")),
    };
    s.finish(i, r);
    Ok(())
}

/// PEP 479: StopIteration must not leave a generator's body.
fn stop_iteration_error(py: &Py, e: &Val, frame: *mut Frame, is_async: bool) -> Obj {
    use crate::builtins::exceptions as exc;
    let hit = if exc::STOP_ITERATION.check(e) {
        Some("StopIteration")
    } else if is_async && exc::STOP_ASYNC_ITERATION.check(e) {
        Some("StopAsyncIteration")
    } else {
        None
    };
    let Some(name) = hit else { return e.to_obj() };
    // SAFETY: the running frame.
    let flags = unsafe { (*frame).code() }.flags;
    let kind = if is_async {
        "async generator"
    } else if flags & crate::bytecode::code::cf::COROUTINE != 0 {
        "coroutine"
    } else {
        "generator"
    };
    let r = py.runtime_error(format!("{kind} raised {name}"));
    if let Some(x) = r.0.get::<exc::ExcObj>() {
        x.cause.set(e.to_obj());
        x.context.set(e.to_obj());
        x.suppress_context
            .store(true, std::sync::atomic::Ordering::Relaxed);
    }
    r.0
}

fn intrinsic_2(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    use crate::stdlib::typing;
    let (a, b) = (s.val(i.b()), s.val(i.b() + 1));
    let r = match Intrinsic2::from_u16(i.c()) {
        Some(Intrinsic2::PrepReraiseStar) => {
            let results = ops::collect(py, b)?;
            crate::builtins::exceptions::group::prep_reraise_star(py, a, &results)?
        }
        Some(Intrinsic2::TypeVarWithBound) => typing::type_var(py, a, Some(b), None)?,
        Some(Intrinsic2::TypeVarWithConstraints) => typing::type_var(py, a, None, Some(b))?,
        Some(Intrinsic2::SetTypeParamDefault) => typing::set_default(py, a, b)?,
        Some(Intrinsic2::SetFunctionTypeParams) => {
            a.cast::<FuncObj>().type_params.set(b.to_obj());
            a.to_obj()
        }
        Some(Intrinsic2::DictWithoutKeys) => {
            let d = dict::new(py);
            let t = d.cast::<DictObj>();
            for k in ops::collect(py, a)? {
                t.set(py, &k, ops::getitem(py, a, &k)?)?;
            }
            for k in ops::collect(py, b)? {
                t.remove(py, &k)?;
            }
            d
        }
        None => return Err(py.system_error("unknown intrinsic")),
    };
    s.clear_window(i.b(), 2);
    s.put(i.a(), r);
    Ok(())
}
