//! Values that are computed on first use by the functions that type parameter syntax compiles to, and `NoDefault`.

use crate::error::PyResult;
use crate::object::base::OBJECT;
use crate::object::header::flags;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use std::sync::OnceLock;

/// Format of annotations that asks for the value itself, and the one that asks for its source text.
const VALUE: i64 = 1;
const STRING: i64 = 4;

/// A value, or the function that computes it.
pub struct Lazy {
    value: Slot,
    evaluate: Slot,
}

impl Lazy {
    pub fn of(value: Option<Obj>) -> Lazy {
        Lazy {
            value: value.map_or(Slot::empty(), Slot::new),
            evaluate: Slot::empty(),
        }
    }
    pub fn computed(evaluate: Obj) -> Lazy {
        Lazy {
            value: Slot::empty(),
            evaluate: Slot::new(evaluate),
        }
    }
    pub fn trace(&self, t: &mut Tracer) {
        t.slot(&self.value);
        t.slot(&self.evaluate);
    }
    pub fn clear(&self) {
        self.value.take();
        self.evaluate.take();
    }
    pub fn set_function(&self, f: Obj) {
        self.evaluate.set(f);
    }
    pub fn is_given(&self) -> bool {
        !self.value.is_empty() || !self.evaluate.is_empty()
    }
    /// The value, computed and kept on first use; `None` if there is none.
    pub fn get(&self, py: &Py) -> PyResult<Option<Obj>> {
        if let Some(v) = self.value.get() {
            return Ok(Some(v));
        }
        let Some(f) = self.evaluate.get() else {
            return Ok(None);
        };
        let v = ops::call1(py, &f, &py.int(VALUE))?;
        self.value.set(v.clone());
        Ok(Some(v))
    }
    /// The function that computes the value in a given annotation format, or None.
    pub fn evaluator(&self, py: &Py) -> Obj {
        if let Some(f) = self.evaluate.get() {
            return f;
        }
        match self.value.get() {
            Some(v) => py.alloc(
                &CONST_EVALUATOR,
                ConstEvaluator {
                    value: Slot::new(v),
                },
            ),
            None => py.none(),
        }
    }
    pub fn function(&self) -> Option<Obj> {
        self.evaluate.get()
    }
}

/// Payload: evaluates to a value that is already known.
pub struct ConstEvaluator {
    value: Slot,
}

impl Trace for ConstEvaluator {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.value);
    }
}

crate::native_type!(
    /// Type of the evaluate functions of values that were given, not computed.
    pub CONST_EVALUATOR: ConstEvaluator = "_typing._ConstEvaluator", base OBJECT, flags tf::IMMUTABLE | tf::NO_NEW,
    init |t| {
        t.slots().repr.set(|py, v| {
            let value = v.cast::<ConstEvaluator>().value.obj();
            Ok(py.str(&format!("<constevaluator {}>", ops::repr_text(py, &value)?)))
        });
        t.slots().call.set(|py, v, args| {
            if args.has_keywords() {
                return Err(py.type_error("_ConstEvaluator() takes no keyword arguments"));
            }
            let [format] = args.positional() else {
                let n = args.all().len();
                return Err(py.type_error(format!("_typing._ConstEvaluator() takes exactly 1 argument ({n} given)")));
            };
            let value = v.cast::<ConstEvaluator>().value.obj();
            if ops::to_i64(py, format)? != STRING {
                return Ok(value);
            }
            let mut text = String::new();
            super::type_text(py, &mut text, &value)?;
            Ok(py.str(&text))
        });
    }
);

/// Payload without fields.
pub struct NoDefaultObj;

impl Trace for NoDefaultObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// Type of `typing.NoDefault`.
    pub NO_DEFAULT_TYPE: NoDefaultObj = "NoDefaultType", base OBJECT, flags tf::IMMUTABLE, init init_no_default
);

fn init_no_default(t: &mut TypeInit) {
    t.doc("The type of the NoDefault singleton.");
    t.slots().repr.set(|py, _| Ok(py.str("typing.NoDefault")));
    t.slots().new.set(|py, _, args| {
        if !args.is_empty() {
            return Err(py.type_error("NoDefaultType takes no arguments"));
        }
        Ok(no_default(py))
    });
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, _| Ok(py.str("NoDefault"))),
    );
}

/// `typing.NoDefault`
pub fn no_default(py: &Py) -> Obj {
    static OBJECT: OnceLock<u64> = OnceLock::new();
    let w = *OBJECT.get_or_init(|| {
        let o = py.alloc(&NO_DEFAULT_TYPE, NoDefaultObj);
        if let Some(h) = o.header() {
            h.set_flags(flags::IMMORTAL | flags::ESCAPED);
        }
        o.into_word().borrowed().0
    });
    Val::from_word_ref(&Word(w)).to_obj()
}
