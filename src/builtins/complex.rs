//! `complex`.

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Payload.
pub struct ComplexObj {
    pub re: f64,
    pub im: f64,
}

impl Trace for ComplexObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `complex`.
    pub COMPLEX: ComplexObj = "complex", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

/// A complex number.
pub fn new(py: &Py, re: f64, im: f64) -> Obj {
    py.alloc(&COMPLEX, ComplexObj { re, im })
}

/// The parts, if `v` is a complex (or of a subclass).
pub fn view(v: &Val) -> Option<(f64, f64)> {
    v.get::<ComplexObj>().map(|c| (c.re, c.im))
}

fn init(_: &mut TypeInit) {}
