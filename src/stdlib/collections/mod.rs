//! `_collections`: `deque` (`deque`, `deque_iter`), `defaultdict`, and the helpers of `Counter` and `namedtuple`.

pub mod defaultdict;
pub mod deque;
pub mod deque_iter;
pub mod tuplegetter;

use crate::builtins::dict::{DICT, DictObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::slots::BinOp;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_collections");
    m.doc("High performance data structures.");
    m.ty(&deque::DEQUE)
        .ty(&deque_iter::DEQUE_ITER)
        .ty(&deque_iter::DEQUE_REVERSE_ITER);
    m.ty(&defaultdict::DEFAULTDICT)
        .ty(&tuplegetter::TUPLEGETTER);
    m.function(
        "_count_elements",
        "(mapping, iterable, /)",
        Bound(count_elements),
    );
    m.finish()
}

/// Adds the number of times each item occurs to the counts in a mapping.
fn count_elements(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let one = Obj::small(1);
    let get = crate::builtins::str::intern(py, "get");
    let same = |name: &Val| match (a[0].ty().lookup(py, name), DICT.ty().lookup(py, name)) {
        (Some(x), Some(y)) => x.is(&y),
        _ => false,
    };
    let plain = if same(&get) && same(&names::__setitem__) {
        a[0].get::<DictObj>()
    } else {
        None
    };
    if let Some(d) = plain {
        ops::for_each(py, &a[1], &mut |x| {
            let hash = ops::hash(py, &x)? as u64;
            let n = match d.get_hashed(py, &x, hash)? {
                None => one.clone(),
                Some(n) => ops::binary(py, BinOp::Add, &n, &one)?,
            };
            d.set_hashed(py, &x, hash, n)?;
            Ok(true)
        })?;
        return Ok(py.none());
    }
    let get = ops::getattr(py, &a[0], &get)?;
    let zero = Obj::small(0);
    ops::for_each(py, &a[1], &mut |x| {
        let n = ops::call2(py, &get, &x, &zero)?;
        let n = ops::binary(py, BinOp::Add, &n, &one)?;
        ops::setitem(py, &a[0], &x, &n)?;
        Ok(true)
    })?;
    Ok(py.none())
}
