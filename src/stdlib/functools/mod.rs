//! `_functools`: `reduce`, `cmp_to_key`; `partial` is in `partial`, the cache of `lru_cache` in `lru_cache`.

pub mod lru_cache;
pub mod partial;

use crate::builtins::sequence;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
pub use partial::PARTIAL;

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_functools");
    m.doc("Tools that operate on functions.");
    m.function(
        "reduce",
        "(function, iterable, /, initial=<unrepresentable>)",
        Bound(reduce),
    );
    m.function(
        "cmp_to_key",
        "(mycmp)",
        Bound(|py, a| Ok(key(py, a[0].to_obj(), None))),
    );
    m.ty(&partial::PARTIAL)
        .ty(&partial::PLACEHOLDER_TYPE)
        .ty(&lru_cache::LRU_CACHE);
    m.add("Placeholder", partial::placeholder(py));
    m.finish()
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = match ops::iter(py, &a[1]) {
        Ok(it) => it,
        Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {
            return Err(py.type_error("reduce() arg 2 must support iteration"));
        }
        Err(e) => return Err(e),
    };
    let mut total = a[2].given().map(Val::to_obj);
    while let Some(x) = ops::next(py, &it)? {
        total = Some(match total {
            None => x,
            Some(t) => ops::call2(py, &a[0], &t, &x)?,
        });
    }
    total.ok_or_else(|| py.type_error("reduce() of empty iterable with no initial value"))
}

/// What `cmp_to_key` returns, and the keys it makes: comparison function and, in a key, the object. Written once.
pub struct KeyWrapper {
    cmp: Slot,
    object: Slot,
}

impl Trace for KeyWrapper {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.cmp);
        t.slot(&self.object);
    }
}

crate::native_type!(
    /// `functools.KeyWrapper`
    pub KEY_WRAPPER: KeyWrapper = "functools.KeyWrapper", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_key
);

fn init_key(t: &mut TypeInit) {
    t.slots().call.set(call_key);
    t.slots().compare.set(compare_keys);
    t.unhashable();
    t.getset(
        "obj",
        |py, v| {
            v.cast::<KeyWrapper>()
                .object
                .get()
                .ok_or_else(|| py.attribute_error("obj", v, &crate::object::names::obj))
        },
        None,
    );
}

fn key(py: &Py, cmp: Obj, object: Option<Obj>) -> Obj {
    py.alloc(
        &KEY_WRAPPER,
        KeyWrapper {
            cmp: Slot::new(cmp),
            object: object.map_or(Slot::empty(), Slot::new),
        },
    )
}

fn call_key(py: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let [object] = sequence::bind(py, "K", ["obj"], 1, args)?;
    Ok(key(py, v.cast::<KeyWrapper>().cmp.obj(), Some(object)))
}

fn compare_keys(py: &Py, a: &Val, b: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.get::<KeyWrapper>(), b.get::<KeyWrapper>()) else {
        return Err(py.type_error("other argument must be K instance"));
    };
    let (Some(p), Some(q)) = (x.object.get(), y.object.get()) else {
        return Err(py.error(&crate::builtins::exceptions::ATTRIBUTE_ERROR, "object"));
    };
    let r = ops::call2(py, &x.cmp.obj(), &p, &q)?;
    ops::compare(py, &r, &Obj::small(0), op)
}
