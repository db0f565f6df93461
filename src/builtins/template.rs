//! Template strings (PEP 750): `string.templatelib.Template` and `Interpolation`.

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::value::{Obj, Slot};
use crate::thread::Py;

/// Payload of `Template`.
pub struct TemplateObj {
    /// Tuple of str, one more than interpolations.
    pub strings: Slot,
    /// Tuple of `Interpolation`.
    pub interpolations: Slot,
}

impl Trace for TemplateObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.strings);
        t.slot(&self.interpolations);
    }
}

/// Payload of `Interpolation`.
pub struct InterpolationObj {
    pub value: Slot,
    pub expression: Slot,
    pub conversion: Slot,
    pub format_spec: Slot,
}

impl Trace for InterpolationObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.value, &self.expression, &self.conversion, &self.format_spec] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type `Template`.
    pub TEMPLATE: TemplateObj = "string.templatelib.Template", base crate::object::base::OBJECT, flags 0, init init_template
);
crate::native_type!(
    /// The type `Interpolation`.
    pub INTERPOLATION: InterpolationObj = "string.templatelib.Interpolation", base crate::object::base::OBJECT, flags 0,
    init init_interpolation
);

fn init_template(_: &mut TypeInit) {}
fn init_interpolation(_: &mut TypeInit) {}

/// A template of a tuple of strings and a tuple of interpolations.
pub fn new(py: &Py, strings: Obj, interpolations: Obj) -> Obj {
    py.alloc(&TEMPLATE, TemplateObj { strings: Slot::new(strings), interpolations: Slot::new(interpolations) })
}

/// An interpolation; `conversion`: 0 none, 1 `!s`, 2 `!r`, 3 `!a`.
pub fn interpolation(py: &Py, value: Obj, expr: Obj, conversion: u8, spec: Option<Obj>) -> Obj {
    let conversion = match conversion {
        1 => py.str("s"),
        2 => py.str("r"),
        3 => py.str("a"),
        _ => py.none(),
    };
    let payload = InterpolationObj {
        value: Slot::new(value),
        expression: Slot::new(expr),
        conversion: Slot::new(conversion),
        format_spec: Slot::new(spec.unwrap_or_else(|| py.str(""))),
    };
    py.alloc(&INTERPOLATION, payload)
}
