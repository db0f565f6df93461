//! The awaitable that `anext(iterator, default)` returns: exhaustion becomes the default.

use crate::builtins::exceptions as exc;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload: what `__anext__` returned, and the default.
struct AnextAwaitable {
    awaitable: Slot,
    default: Slot,
}

impl Trace for AnextAwaitable {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.awaitable);
        t.slot(&self.default);
    }
}

crate::native_type!(
    ANEXT_AWAITABLE: AnextAwaitable = "anext_awaitable", base crate::object::base::OBJECT, flags tf::NO_NEW, init init
);

pub(super) fn new(py: &Py, awaitable: Obj, default: &Val) -> Obj {
    py.alloc(
        &ANEXT_AWAITABLE,
        AnextAwaitable {
            awaitable: Slot::new(awaitable),
            default: Slot::new(default.to_obj()),
        },
    )
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.iter.set(|_, v| Ok(v.to_obj()));
    s.r#await.set(|_, v| Ok(v.to_obj()));
    s.next.set(|py, v| {
        let it = iterator(py, v)?;
        // The slot itself: its StopIteration carries the value.
        let Some(next) = it.ty().slots.next.get() else {
            return Err(py.type_error(format!(
                "'{}' object is not an iterator",
                it.ty().full_name()
            )));
        };
        match next(py, &it) {
            Ok(Some(x)) => Ok(Some(x)),
            Ok(None) => Err(py.stop_iteration(None)),
            Err(e) => Err(with_default(py, v, e)),
        }
    });
    t.method(
        "send",
        "($self, value, /)",
        Bound(|py, a| forward(py, "send", Args::pos(a))),
    );
    t.method(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        Raw(|py, args| forward(py, "throw", args)),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| forward(py, "close", Args::pos(a))),
    );
}

/// The iterator of the awaitable.
fn iterator(py: &Py, v: &Val) -> PyResult<Obj> {
    let awaitable = v.cast::<AnextAwaitable>().awaitable.obj();
    match awaitable.ty().slots.r#await.get() {
        Some(f) => f(py, &awaitable),
        None if awaitable.ty().slots.next.get().is_some() => Ok(awaitable),
        None => Err(py.type_error(format!(
            "'{}' object can't be awaited",
            awaitable.ty().full_name()
        ))),
    }
}

fn with_default(py: &Py, v: &Val, e: Raised) -> Raised {
    if e.is(&exc::STOP_ASYNC_ITERATION) {
        return py.stop_iteration(Some(v.cast::<AnextAwaitable>().default.obj()));
    }
    e
}

fn forward(py: &Py, name: &str, args: Args) -> PyResult<Obj> {
    let this = &args.positional()[0];
    let it = iterator(py, this)?;
    let f = ops::getattr_str(py, &it, name)?;
    ops::call(py, &f, args.skip(1)).map_err(|e| with_default(py, this, e))
}
