//! Abstract operations that interpreter handlers and native code share: one function for each thing Python can do to a value.
//!
//! - `number`: binary, in-place and unary operators, index. `convert`: hash, truth, text, machine numbers.
//! - `compare`: `==`, `<` ... `call`: calls. `iter`: iteration. `item`: subscripts, length, membership.
//! - `attr`: attribute access. `class_check`: isinstance and issubclass.
//!
//! **Invariant:** operations that may recurse through nested containers test the native stack first, so no Python program
//! can exhaust it.

pub mod attr;
pub mod call;
pub mod class_check;
pub mod compare;
pub mod convert;
pub mod item;
pub mod iter;
pub mod number;

pub use crate::object::slots::{BinOp, CmpOp};
pub use attr::{call_special, delattr, getattr, getattr_opt, getattr_str, setattr, special};
pub use call::{call, call_method, call_objs, call0, call1, call2, call3, is_callable};
pub use class_check::{is_instance, is_subclass};
pub use compare::{compare, compare_bool, eq, quick_compare};
pub use convert::{
    ascii, clamp_index, float_result, format, hash, repr, repr_enter, repr_text, str, to_f64,
    to_i64, to_isize, to_subscript, truth, warn_of_subclass,
};
pub use item::{contains, delitem, getitem, len, length_hint, setitem};
pub use iter::{collect, for_each, is_iterable, iter, next};
pub use number::{abs, binary, binary_refused, index, inplace, invert, neg, pos, pow3};
