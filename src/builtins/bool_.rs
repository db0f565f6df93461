//! `bool`: a subclass of int with two instances (made in `singletons`).

use crate::builtins::int::INT;
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

crate::native_subtype!(
    /// The type `bool`.
    pub BOOL = "bool", base INT, layout IntObj, flags tf::INT | tf::IMMUTABLE, init init
);

/// Both operands as bools.
fn both(a: &Val, b: &Val) -> Option<(bool, bool)> {
    use crate::builtins::singletons::as_bool;
    Some((as_bool(a)?, as_bool(b)?))
}

macro_rules! logic {
    ($f:ident $op:ident $e:expr) => {
        fn $f(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
            match both(a, b) {
                Some((x, y)) => Ok(py.bool($e(x, y))),
                None => ops::number::call_slot(py, INT.ty().slots.bin(BinOp::$op), a, b),
            }
        }
    };
}
logic!(and And |x, y| x & y);
logic!(or Or |x, y| x | y);
logic!(xor Xor |x, y| x ^ y);

fn init(t: &mut TypeInit) {
    t.doc(
        "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    );
    let s = t.slots();
    s.new.set(|py, _, args| {
        if args.has_keywords() {
            return Err(py.type_error("bool() takes no keyword arguments"));
        }
        match args.all() {
            [] => Ok(py.bool(false)),
            [v] => Ok(py.bool(ops::truth(py, v)?)),
            a => Err(py.type_error(format!("bool expected at most 1 argument, got {}", a.len()))),
        }
    });
    s.repr.set(|py, v| {
        Ok(py.str(if v.is(&py.bool(true)) {
            "True"
        } else {
            "False"
        }))
    });
    s.bin(BinOp::And).set(and);
    s.bin(BinOp::Or).set(or);
    s.bin(BinOp::Xor).set(xor);
    s.invert.set(|py, v| {
        crate::stdlib::warnings::warn(
            py,
            &crate::builtins::exceptions::DEPRECATION_WARNING,
            "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
            1,
        )?;
        Ok(py.int(if v.is(&py.bool(true)) { -2 } else { -1 }))
    });
}
