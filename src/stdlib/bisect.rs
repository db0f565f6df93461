//! `_bisect`: binary search and insertion in sorted sequences.

use crate::builtins::list::{LIST, ListObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

const SIG: &str = "(a, x, lo=0, hi=None, *, key=None)";

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_bisect");
    m.doc("Bisection algorithms.");
    m.function(
        "bisect_right",
        SIG,
        Bound(|py, a| Ok(py.int(find(py, a, &a[1], true)? as i64))),
    );
    m.function(
        "bisect_left",
        SIG,
        Bound(|py, a| Ok(py.int(find(py, a, &a[1], false)? as i64))),
    );
    m.function("insort_right", SIG, Bound(|py, a| insort(py, a, true)));
    m.function("insort_left", SIG, Bound(|py, a| insort(py, a, false)));
    m.finish()
}

/// The position for `x` (which stands for a key if there is a key function): behind equal items, or before them.
fn find(py: &Py, a: &[Val], x: &Val, right: bool) -> PyResult<usize> {
    let lo = match a[2].given() {
        None => 0,
        Some(v) => ops::to_isize(py, v)?,
    };
    if lo < 0 {
        return Err(py.value_error("lo must be non-negative"));
    }
    let hi = match a[3].not_none() {
        None => ops::len(py, &a[0])?,
        Some(v) => match ops::to_isize(py, v)? {
            -1 => ops::len(py, &a[0])?,
            n => n.max(0) as usize,
        },
    };
    let key = a[4].not_none();
    let list = if LIST.is_exact(&a[0]) {
        a[0].get::<ListObj>()
    } else {
        None
    };
    let (mut lo, mut hi) = (lo as usize, hi);
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        let item = match list.and_then(|l| l.get(mid)) {
            Some(x) => x,
            None => ops::getitem(py, &a[0], &py.int(mid as i64))?,
        };
        let item = match key {
            Some(f) => ops::call1(py, f, &item)?,
            None => item,
        };
        let (p, q): (&Val, &Val) = if right { (x, &item) } else { (&item, x) };
        if ops::compare_bool(py, p, q, CmpOp::Lt)? == right {
            hi = mid
        } else {
            lo = mid + 1
        }
    }
    Ok(lo)
}

fn insort(py: &Py, a: &[Val], right: bool) -> PyResult<Obj> {
    let at = match a[4].not_none() {
        None => find(py, a, &a[1], right)?,
        Some(f) => find(py, a, &*ops::call1(py, f, &a[1])?, right)?,
    };
    if LIST.is_exact(&a[0]) {
        a[0].cast::<ListObj>().insert(py, at, a[1].to_obj())?;
    } else {
        let insert = crate::builtins::str::intern(py, "insert");
        ops::call_method(py, &a[0], &insert, &[&py.int(at as i64), &a[1]])?;
    }
    Ok(py.none())
}
