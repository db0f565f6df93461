//! The type `object`: layout without fields. Its methods are in `builtins::object_`.

use crate::object::native::typedef::{Trace, clear_fn, drop_fn, trace_fn};
use crate::object::native::{Layout, Native, Tracer, TypeDef};
use crate::object::type_::tf;

/// Payload of plain instances: nothing; attributes stand in slots behind it.
pub struct PlainObj;

impl Trace for PlainObj {
    fn trace(&self, _: &mut Tracer) {}
}

static LAYOUT: Layout = Layout {
    name: "object",
    size: 0,
    leaf: false,
    needs_drop: false,
    trace: trace_fn::<PlainObj>,
    drop: drop_fn::<PlainObj>,
    clear: clear_fn::<PlainObj>,
};

// SAFETY: LAYOUT describes the empty struct.
unsafe impl Native for PlainObj {
    fn layout() -> &'static Layout {
        &LAYOUT
    }
    fn def() -> &'static TypeDef {
        &OBJECT
    }
}

/// The type `object`.
pub static OBJECT: TypeDef = TypeDef::new(
    "object",
    None,
    &LAYOUT,
    tf::BASETYPE,
    crate::builtins::object_::init,
);
