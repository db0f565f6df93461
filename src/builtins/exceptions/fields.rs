//! Exceptions with fields of their own: positions in `ExcObj::extra`.
//!
//! | class | fields |
//! |---|---|
//! | StopIteration | 0 value |
//! | SystemExit | 0 code |
//! | ImportError | 0 msg, 1 name, 2 path, 3 name_from |
//! | NameError | 0 name |
//! | AttributeError | 0 name, 1 obj |

use super::{ExcObj, base};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, TypeDef, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Fills the fields of the specific class from the constructor's arguments, for exceptions made by native code.
pub fn fill_extra(py: &Py, exc: &Obj, args: &[Val]) {
    if args.is_empty() {
        return;
    }
    for t in exc.ty().mro_iter() {
        let is = |d: &'static TypeDef| std::ptr::eq(t, d.ty());
        // Classes that are raised often and have no fields end the search.
        if is(&super::VALUE_ERROR) && !super::UNICODE_ERROR.check(exc)
            || is(&super::TYPE_ERROR)
            || is(&super::LOOKUP_ERROR)
        {
            return;
        }
        let done = if is(&super::STOP_ITERATION) {
            stop_iteration_fields(exc, args);
            Ok(())
        } else if is(&super::SYSTEM_EXIT) {
            system_exit_fields(py, exc, args);
            Ok(())
        } else if is(&super::IMPORT_ERROR) {
            import_fields(exc, args);
            Ok(())
        } else if is(&super::OS_ERROR) {
            super::oserror::fill(py, exc, args)
        } else if is(&super::SYNTAX_ERROR) {
            super::syntax::fill(py, exc, args)
        } else if is(&super::UNICODE_ENCODE_ERROR)
            || is(&super::UNICODE_DECODE_ERROR)
            || is(&super::UNICODE_TRANSLATE_ERROR)
        {
            super::unicode::fill(py, exc, args)
        } else {
            continue;
        };
        // Arguments that do not fit leave the fields empty; native code passes ones that do.
        drop(done);
        return;
    }
}

/// Reads field `I`.
pub(super) fn get_field<const I: usize>(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(v.cast::<ExcObj>().extra[I]
        .get()
        .unwrap_or_else(|| py.none()))
}

/// Writes or deletes field `I`.
pub(super) fn set_field<const I: usize>(_: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let slot = &v.cast::<ExcObj>().extra[I];
    match value {
        Some(x) => slot.set(x.to_obj()),
        None => drop(slot.take()),
    }
    Ok(())
}

/// Declares field `I` as an attribute.
pub(super) fn field<const I: usize>(t: &mut TypeInit, name: &'static str) {
    t.getset(name, get_field::<I>, Some(set_field::<I>));
}

fn init_positional(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    base::no_keywords(py, v.ty(), args)?;
    base::set_init_args(py, v, args.positional());
    Ok(())
}

fn stop_iteration_fields(v: &Val, args: &[Val]) {
    let slot = &v.cast::<ExcObj>().extra[0];
    match args.first() {
        Some(x) => slot.set(x.to_obj()),
        None => drop(slot.take()),
    }
}

pub(super) fn init_stop_iteration(t: &mut TypeInit) {
    t.slots().init.set(|py, v, args| {
        init_positional(py, v, args)?;
        stop_iteration_fields(v, args.positional());
        Ok(())
    });
    field::<0>(t, "value");
}

/// The value that a StopIteration carries.
pub fn stop_value(py: &Py, exc: &Val) -> Obj {
    exc.get::<ExcObj>()
        .and_then(|e| e.extra[0].get())
        .unwrap_or_else(|| py.none())
}

fn system_exit_fields(py: &Py, v: &Val, args: &[Val]) {
    let slot = &v.cast::<ExcObj>().extra[0];
    match args {
        [] => drop(slot.take()),
        [one] => slot.set(one.to_obj()),
        more => slot.set(tuple::from_slice(py, more)),
    }
}

pub(super) fn init_system_exit(t: &mut TypeInit) {
    t.slots().init.set(|py, v, args| {
        init_positional(py, v, args)?;
        system_exit_fields(py, v, args.positional());
        Ok(())
    });
    field::<0>(t, "code");
}

/// Stores keyword arguments into fields: `names[i]` belongs to field `first + i`; absent ones are emptied.
fn keyword_fields(
    py: &Py,
    v: &Val,
    args: Args,
    function: &str,
    first: usize,
    names: &[&str],
) -> PyResult<()> {
    let mut values: [Option<Obj>; 4] = [const { None }; 4];
    for (k, x) in args.keywords() {
        match names
            .iter()
            .position(|n| crate::builtins::str::eq_text(k, n))
        {
            Some(i) => values[i] = Some(x.to_obj()),
            None => {
                let k = crate::builtins::str::lossy(k);
                return Err(py.type_error(format!(
                    "{function}() got an unexpected keyword argument '{k}'"
                )));
            }
        }
    }
    base::set_init_args(py, v, args.positional());
    let e = v.cast::<ExcObj>();
    for (i, x) in values.into_iter().take(names.len()).enumerate() {
        match x {
            Some(x) => e.extra[first + i].set(x),
            None => drop(e.extra[first + i].take()),
        }
    }
    Ok(())
}

fn import_fields(v: &Val, args: &[Val]) {
    let slot = &v.cast::<ExcObj>().extra[0];
    match args {
        [one] => slot.set(one.to_obj()),
        _ => drop(slot.take()),
    }
}

pub(super) fn init_import_error(t: &mut TypeInit) {
    t.slots().init.set(|py, v, args| {
        keyword_fields(
            py,
            v,
            args,
            "ImportError",
            1,
            &["name", "path", "name_from"],
        )?;
        import_fields(v, args.positional());
        Ok(())
    });
    t.slots()
        .str
        .set(|py, v| match v.cast::<ExcObj>().extra[0].get() {
            Some(msg) if crate::builtins::str::STR.is_exact(&msg) => Ok(msg),
            _ => base::str(py, v),
        });
    field::<0>(t, "msg");
    field::<1>(t, "name");
    field::<2>(t, "path");
    field::<3>(t, "name_from");
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let e = a[0].cast::<ExcObj>();
            let more = [
                ("name", e.extra[1].get()),
                ("path", e.extra[2].get()),
                ("name_from", e.extra[3].get()),
            ];
            let state = base::state_with(py, &a[0], &more)?;
            base::reduce_with(py, &a[0], e.args.obj(), state)
        }),
    );
}

pub(super) fn init_name_error(t: &mut TypeInit) {
    t.slots()
        .init
        .set(|py, v, args| keyword_fields(py, v, args, "NameError", 0, &["name"]));
    field::<0>(t, "name");
}

pub(super) fn init_attribute_error(t: &mut TypeInit) {
    t.slots()
        .init
        .set(|py, v, args| keyword_fields(py, v, args, "AttributeError", 0, &["name", "obj"]));
    field::<0>(t, "name");
    field::<1>(t, "obj");
    fn state(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
        let e = v.cast::<ExcObj>();
        let name = e.extra[0].get();
        // The object itself may be anything, so it is not pickled.
        let args = name.as_ref().map(|_| e.args.obj());
        base::state_with(py, v, &[("name", name), ("args", args)])
    }
    t.method(
        "__getstate__",
        "($self, /)",
        Bound(|py, a| Ok(state(py, &a[0])?.unwrap_or_else(|| py.none()))),
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            base::reduce_with(
                py,
                &a[0],
                a[0].cast::<ExcObj>().args.obj(),
                state(py, &a[0])?,
            )
        }),
    );
}

pub(super) fn init_key_error(t: &mut TypeInit) {
    // The repr of a single key tells a missing '' from a missing message.
    t.slots().str.set(|py, v| {
        let args = v.cast::<ExcObj>().args.obj();
        match args.cast::<TupleObj>().items() {
            [one] => ops::repr(py, one),
            _ => base::str(py, v),
        }
    });
}

/// NameError (or a subclass) with its `name`.
#[cold]
pub fn name_error(py: &Py, def: &'static TypeDef, msg: &str, name: &Val) -> Raised {
    let e = py.error(def, msg);
    e.0.cast::<ExcObj>().extra[0].set(name.to_obj());
    e
}

/// ImportError (or a subclass) with its `name`, `path` and `name_from`.
#[cold]
pub fn import_error(
    py: &Py,
    def: &'static TypeDef,
    msg: &str,
    name: Option<&Val>,
    path: Option<&Val>,
    name_from: Option<&Val>,
) -> Raised {
    let e = py.error(def, msg);
    let x = e.0.cast::<ExcObj>();
    for (i, v) in [name, path, name_from].into_iter().enumerate() {
        if let Some(v) = v {
            x.extra[1 + i].set(v.to_obj());
        }
    }
    e
}
