//! `atexit`: functions to be called when the program ends, last registered first.

use super::ModuleInit;
use crate::builtins::list::{self, ListObj};
use crate::builtins::{dict, tuple};
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::args::objs;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// The list of (function, args, kwargs).
static CALLBACKS: Slot = Slot::empty();

fn callbacks(py: &Py) -> Obj {
    CALLBACKS.get().unwrap_or_else(|| {
        CALLBACKS.set(list::new(py, Vec::new()));
        CALLBACKS.obj()
    })
}

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "atexit");
    m.doc("Functions that are called when the program ends: register() adds one, unregister() takes it back.");
    m.function(
        "register",
        "($module, func, /, *args, **kwargs)",
        Raw(register),
    );
    m.function("unregister", "($module, func, /)", Bound(unregister));
    m.function(
        "_clear",
        "($module, /)",
        Bound(|py, _| {
            callbacks(py).cast::<ListObj>().clear_all();
            Ok(py.none())
        }),
    );
    m.function(
        "_ncallbacks",
        "($module, /)",
        Bound(|py, _| Ok(py.int(callbacks(py).cast::<ListObj>().len() as i64))),
    );
    m.function(
        "_run_exitfuncs",
        "($module, /)",
        Bound(|py, _| {
            run(py);
            Ok(py.none())
        }),
    );
    m.finish()
}

fn register(py: &Py, args: Args) -> PyResult<Obj> {
    let [f, rest @ ..] = args.positional() else {
        return Err(py.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !ops::call::is_callable(f) {
        return Err(py.type_error("the first argument must be callable"));
    }
    let kwargs = dict::new(py);
    for (k, v) in args.keywords() {
        kwargs.cast::<dict::DictObj>().set(py, k, v.to_obj())?;
    }
    let entry = tuple::new(py, vec![f.to_obj(), tuple::from_slice(py, rest), kwargs]);
    let l = callbacks(py);
    let l = l.cast::<ListObj>();
    l.insert(py, l.len(), entry)?;
    Ok(f.to_obj())
}

fn unregister(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let l = callbacks(py);
    let l = l.cast::<ListObj>();
    let mut i = l.len();
    while i > 0 {
        i -= 1;
        let Some(entry) = l.get(i) else { continue };
        if ops::eq(py, &entry.cast::<tuple::TupleObj>().items()[0], &a[0])? {
            l.remove(i);
        }
    }
    Ok(py.none())
}

/// Calls and forgets the registered functions. Errors are reported, the remaining functions still run.
pub fn run(py: &Py) {
    loop {
        let l = callbacks(py);
        let l = l.cast::<ListObj>();
        let n = l.len();
        let Some(entry) = (n > 0).then(|| l.remove(n - 1)).flatten() else {
            return;
        };
        let entry = entry.cast::<tuple::TupleObj>();
        let [f, args, kwargs] = entry.items() else {
            continue;
        };
        let mut all: Vec<Obj> = args
            .cast::<tuple::TupleObj>()
            .items()
            .iter()
            .map(Val::to_obj)
            .collect();
        let mut names = Vec::new();
        for (k, v) in kwargs.cast::<dict::DictObj>().items() {
            names.push(k);
            all.push(v);
        }
        if let Err(e) = ops::call(py, f, Args::new(objs(&all), objs(&names))) {
            crate::error::unraisable::write_doing(py, e, "in atexit callback", f);
        }
    }
}
