//! `method`: a function bound to its first argument.

use crate::builtins::str::lossy;
use crate::error::PyResult;
use crate::object::attr;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload. Both fields are written once.
pub struct MethodObj {
    func: Slot,
    receiver: Slot,
}

impl MethodObj {
    #[inline(always)]
    pub fn func(&self) -> &Val {
        // SAFETY: written at creation only.
        unsafe { self.func.fixed() }
    }
    #[inline(always)]
    pub fn receiver(&self) -> &Val {
        // SAFETY: written at creation only.
        unsafe { self.receiver.fixed() }
    }
}

impl Trace for MethodObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.func);
        t.slot(&self.receiver);
    }
}

crate::native_type!(
    /// The type `method`.
    pub METHOD: MethodObj = "method", base crate::object::base::OBJECT, flags tf::WEAKREF, init init
);

/// `func` bound to `receiver`.
#[inline]
pub fn new(py: &Py, func: Obj, receiver: Obj) -> Obj {
    py.alloc(
        &METHOD,
        MethodObj {
            func: Slot::new(func),
            receiver: Slot::new(receiver),
        },
    )
}

fn getattr(py: &Py, v: &Val, name: &Val) -> PyResult<Obj> {
    if let Some(d) = METHOD.ty().lookup(py, name) {
        return attr::bind(py, d, v);
    }
    ops::getattr(py, v.cast::<MethodObj>().func(), name)
}

fn init(t: &mut TypeInit) {
    t.doc("Create a bound instance method object.");
    let s = t.slots();
    s.new.set(|py, _, args| {
        if args.has_keywords() {
            return Err(py.type_error("method() takes no keyword arguments"));
        }
        let [f, recv] = args.all() else {
            return Err(py.type_error(format!(
                "method expected 2 arguments, got {}",
                args.all().len()
            )));
        };
        if !ops::call::is_callable(f) {
            return Err(py.type_error("first argument must be callable"));
        }
        if recv.is_none() {
            return Err(py.type_error("instance must not be None"));
        }
        Ok(new(py, f.to_obj(), recv.to_obj()))
    });
    s.call.set(|py, v, args| {
        let m = v.cast::<MethodObj>();
        ops::call::call_prepend(py, m.func(), m.receiver(), args)
    });
    s.getattr.set(getattr);
    s.repr.set(|py, v| {
        let m = v.cast::<MethodObj>();
        let name = match ops::getattr_opt(py, m.func(), &names::__qualname__)? {
            Some(n) => Some(n),
            None => ops::getattr_opt(py, m.func(), &names::__name__)?,
        };
        let name = name.filter(|n| n.get::<crate::builtins::str::StrObj>().is_some());
        let name = name.map_or("?".into(), |n| lossy(&n).into_owned());
        Ok(py.str(&format!(
            "<bound method {name} of {}>",
            ops::repr_text(py, m.receiver())?
        )))
    });
    s.hash.set(|py, v| {
        let m = v.cast::<MethodObj>();
        let h = ops::convert::hash_identity(m.receiver()) ^ ops::hash(py, m.func())?;
        Ok(if h == -1 { -2 } else { h })
    });
    s.compare.set(|py, a, b, op| {
        let (Some(x), Some(y)) = (a.get::<MethodObj>(), b.get::<MethodObj>()) else {
            return Ok(py.not_implemented());
        };
        let want = match op {
            CmpOp::Eq => true,
            CmpOp::Ne => false,
            _ => return Ok(py.not_implemented()),
        };
        let same = x.receiver().is(y.receiver()) && ops::eq(py, x.func(), y.func())?;
        Ok(py.bool(same == want))
    });
    s.descr_get.set(|_, v, _, _| Ok(v.to_obj()));
    t.member("__func__", |_, v| Ok(v.cast::<MethodObj>().func().to_obj()));
    t.member("__self__", |_, v| {
        Ok(v.cast::<MethodObj>().receiver().to_obj())
    });
    t.getset(
        "__doc__",
        |py, v| ops::getattr(py, v.cast::<MethodObj>().func(), &names::__doc__),
        None,
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let m = a[0].cast::<MethodObj>();
            let name = ops::getattr(py, m.func(), &names::__name__)?;
            let getattr = crate::builtins::builtin(py, "getattr")?;
            let args = crate::builtins::tuple::new(py, vec![m.receiver().to_obj(), name]);
            Ok(crate::builtins::tuple::new(py, vec![getattr, args]))
        }),
    );
}
