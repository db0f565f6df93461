//! Exceptions: the payload shared by all of them; the hierarchy is in `hierarchy`, groups in `group`.

pub mod base;
pub mod fields;
pub mod group;
pub mod hierarchy;
pub mod oserror;
pub mod syntax;
pub mod unicode;

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeDef};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
pub use base::{matches, put_cause};
pub use fields::{import_error, name_error, stop_value};
pub use group::EXCEPTION_GROUP;
pub use hierarchy::*;
pub use oserror::{io_error, os_error, os_error2};
use std::sync::atomic::{AtomicBool, Ordering};
pub use syntax::{SyntaxSpot, syntax_error};
pub use unicode::{decode_error, encode_error};

/// Payload of every exception. Further fields of some types (`OSError.errno`, `StopIteration.value` ...) are in `extra`.
pub struct ExcObj {
    /// Tuple.
    pub args: Slot,
    /// Traceback object, empty for None.
    pub traceback: Slot,
    pub cause: Slot,
    pub context: Slot,
    pub suppress_context: AtomicBool,
    /// Fields of the specific type, by position; see `hierarchy`.
    pub extra: [Slot; EXTRA],
}

/// Number of type-specific fields.
pub const EXTRA: usize = 9;

impl Trace for ExcObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.args, &self.traceback, &self.cause, &self.context] {
            t.slot(s);
        }
        self.extra.iter().for_each(|s| t.slot(s));
    }
    fn clear(&self) {
        for s in [&self.traceback, &self.cause, &self.context] {
            s.take();
        }
        self.extra.iter().for_each(|s| drop(s.take()));
        self.args
            .set(crate::builtins::tuple::empty(crate::thread::current()));
    }
}

crate::native_type!(
    /// The type `BaseException`.
    pub BASE_EXCEPTION: ExcObj = "BaseException", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::EXC | tf::HAS_DICT, init hierarchy::init_base
);

impl ExcObj {
    pub fn with_args(args: Obj) -> ExcObj {
        ExcObj {
            args: Slot::new(args),
            traceback: Slot::empty(),
            cause: Slot::empty(),
            context: Slot::empty(),
            suppress_context: AtomicBool::new(false),
            extra: [const { Slot::empty() }; EXTRA],
        }
    }
    pub fn suppresses_context(&self) -> bool {
        self.suppress_context.load(Ordering::Relaxed)
    }
}

/// A new exception of a built-in type, as if called with `args`.
#[cold]
pub fn new(py: &Py, def: &'static TypeDef, args: &[Obj]) -> Obj {
    new_of_type(py, def.ty(), args)
}

/// As `new`, for a type object whose layout is that of exceptions and whose `__init__` is built in.
pub fn new_of_type(py: &Py, ty: &'static Type, args: &[Obj]) -> Obj {
    let e = py.alloc_in(
        ty,
        ExcObj::with_args(crate::builtins::tuple::new(py, args.to_vec())),
    );
    hierarchy::fill_extra(py, &e, crate::object::native::args::objs(args));
    e
}

/// AttributeError with its `name` and `obj`.
#[cold]
pub fn new_attribute_error(py: &Py, msg: &str, obj: &Val, name: &Val) -> Obj {
    let e = new(py, &ATTRIBUTE_ERROR, &[py.str(msg)]);
    let x = e.cast::<ExcObj>();
    x.extra[0].set(name.to_obj());
    x.extra[1].set(obj.to_obj());
    e
}
