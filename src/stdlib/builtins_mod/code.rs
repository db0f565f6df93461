//! Imports, namespaces, class statements, the debugger hook.

use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function("globals", "($module, /)", Bound(|py, _| globals(py)));
    m.function("locals", "($module, /)", Bound(|py, _| locals(py)));
    m.function(
        "__build_class__",
        "(func, name, /, *bases, **kwds)",
        Raw(crate::object::class::build_class),
    );
    m.function(
        "__import__",
        "($module, name, globals=None, locals=None, fromlist=(), level=0)",
        Bound(import),
    );
    m.function("breakpoint", "($module, /, *args, **kws)", Raw(breakpoint));
}

fn globals(py: &Py) -> PyResult<Obj> {
    crate::interp::current_globals(py).ok_or_else(|| py.system_error("frame does not exist"))
}

pub(super) fn locals(py: &Py) -> PyResult<Obj> {
    crate::interp::current_locals(py).ok_or_else(|| py.system_error("frame does not exist"))
}

fn import(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let level = match a[4].given() {
        Some(l) => ops::to_i64(py, l)?,
        None => 0,
    };
    crate::import::import_level(py, &a[0], &a[1], &a[3], level)
}

fn breakpoint(py: &Py, args: Args) -> PyResult<Obj> {
    match crate::stdlib::sys::get(py, "breakpointhook") {
        Some(hook) => ops::call(py, &hook, args),
        None => Err(py.runtime_error("lost sys.breakpointhook")),
    }
}
