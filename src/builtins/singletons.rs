//! None, True, False, NotImplemented, Ellipsis: immortal objects made at start-up.

use crate::builtins::int::IntObj;
use crate::error::PyResult;
use crate::object::header::flags;
use crate::object::names::StaticName;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeDef, TypeInit};
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

macro_rules! singleton {
    ($payload:ident, $def:ident, $name:literal, $text:literal) => {
        /// Payload without fields.
        pub struct $payload;
        impl Trace for $payload {
            const LEAF: bool = true;
            fn trace(&self, _: &mut Tracer) {}
        }
        crate::native_type!(
            #[doc = concat!("Type of ", $text, ".")]
            pub $def: $payload = $name, base crate::object::base::OBJECT, flags crate::object::type_::tf::IMMUTABLE, init |t| {
                t.slots().repr.set(|py, _| Ok(crate::builtins::str::new(py, $text)));
                t.method("__reduce__", "($self, /)", Bound(|py, _| Ok(crate::builtins::str::new(py, $text))));
                t.slots().new.set(|py, _, args| {
                    if !args.is_empty() {
                        return Err(py.type_error(concat!($name, " takes no arguments")));
                    }
                    Ok($def.singleton())
                });
                init_more(t, $text);
            }
        );
    };
}

singleton!(NoneObj, NONE_TYPE, "NoneType", "None");
singleton!(
    NotImplementedObj,
    NOT_IMPLEMENTED_TYPE,
    "NotImplementedType",
    "NotImplemented"
);
singleton!(EllipsisObj, ELLIPSIS_TYPE, "ellipsis", "Ellipsis");

/// `None`
pub static NONE: StaticName = StaticName::unset();
/// `True`
pub static TRUE: StaticName = StaticName::unset();
/// `False`
pub static FALSE: StaticName = StaticName::unset();
/// `NotImplemented`
pub static NOT_IMPLEMENTED: StaticName = StaticName::unset();
/// `...`
pub static ELLIPSIS: StaticName = StaticName::unset();

impl TypeDef {
    fn singleton(&'static self) -> Obj {
        if std::ptr::eq(self, &NONE_TYPE) {
            NONE.to_obj()
        } else if std::ptr::eq(self, &ELLIPSIS_TYPE) {
            ELLIPSIS.to_obj()
        } else {
            NOT_IMPLEMENTED.to_obj()
        }
    }
}

fn init_more(t: &mut TypeInit, text: &str) {
    match text {
        "None" => {
            t.slots().bool.set(|_, _| Ok(false));
            t.slots().hash.set(|_, _| Ok(0xfca8_6420));
            t.slots().compare.set(|py, a, b, op| {
                Ok(match op {
                    CmpOp::Eq if a.is(b) => py.bool(true),
                    CmpOp::Ne if a.is(b) => py.bool(false),
                    _ => py.not_implemented(),
                })
            });
        }
        "NotImplemented" => {
            fn truth(py: &Py, _: &Val) -> PyResult<bool> {
                Err(py.type_error("NotImplemented should not be used in a boolean context"))
            }
            t.slots().bool.set(truth);
        }
        _ => {}
    }
}

/// Makes the objects. Called once at start-up, when `type`, `str`, `dict` and `tuple` have their memory.
pub(crate) fn init(py: &Py) {
    let immortal = |o: Obj, name: &StaticName| {
        o.header()
            .expect("heap object")
            .set_flags(flags::IMMORTAL | flags::ESCAPED);
        name.set(o.word());
    };
    immortal(py.alloc(&NONE_TYPE, NoneObj), &NONE);
    immortal(
        py.alloc(&NOT_IMPLEMENTED_TYPE, NotImplementedObj),
        &NOT_IMPLEMENTED,
    );
    immortal(py.alloc(&ELLIPSIS_TYPE, EllipsisObj), &ELLIPSIS);
    immortal(
        py.alloc(&crate::builtins::bool_::BOOL, IntObj { value: 1.into() }),
        &TRUE,
    );
    immortal(
        py.alloc(&crate::builtins::bool_::BOOL, IntObj { value: 0.into() }),
        &FALSE,
    );
}

pub fn none() -> Obj {
    NONE.to_obj()
}

/// The truth value, if `v` is True or False.
#[inline(always)]
pub fn as_bool(v: &Val) -> Option<bool> {
    if v.is(&TRUE) {
        Some(true)
    } else if v.is(&FALSE) {
        Some(false)
    } else {
        None
    }
}

impl Val {
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.word().identity() == NONE.word().identity()
    }
    #[inline(always)]
    pub fn is_not_implemented(&self) -> bool {
        self.word().identity() == NOT_IMPLEMENTED.word().identity()
    }
    /// The value, unless it is absent or None.
    pub fn not_none(&self) -> Option<&Val> {
        if self.is_unbound() || self.is_none() {
            None
        } else {
            Some(self)
        }
    }
}

impl Py {
    #[inline(always)]
    pub fn none(&self) -> Obj {
        NONE.to_obj()
    }
    #[inline(always)]
    pub fn bool(&self, b: bool) -> Obj {
        if b { TRUE.to_obj() } else { FALSE.to_obj() }
    }
    #[inline(always)]
    pub fn not_implemented(&self) -> Obj {
        NOT_IMPLEMENTED.to_obj()
    }
    pub fn ellipsis(&self) -> Obj {
        ELLIPSIS.to_obj()
    }
    pub fn int(&self, n: i64) -> Obj {
        crate::builtins::int::from_i64(self, n)
    }
    pub fn float(&self, d: f64) -> Obj {
        crate::builtins::float::new(self, d)
    }
    pub fn str(&self, s: &str) -> Obj {
        crate::builtins::str::new(self, s)
    }
}
