//! Names of types, exceptions and constants.

use crate::builtins as b;
use crate::builtins::exceptions as exc;
use crate::object::native::TypeDef;
use crate::stdlib::ModuleInit;

static TYPES: &[&TypeDef] = &[
    &b::bool_::BOOL,
    &b::bytearray::BYTEARRAY,
    &b::bytes::BYTES,
    &b::complex::COMPLEX,
    &b::classmethod::CLASSMETHOD,
    &b::classmethod::STATICMETHOD,
    &b::dict::DICT,
    &b::float::FLOAT,
    &b::int::INT,
    &b::iterators::functional::ENUMERATE,
    &b::iterators::functional::FILTER,
    &b::iterators::functional::MAP,
    &b::iterators::reverse::REVERSED,
    &b::iterators::functional::ZIP,
    &b::list::LIST,
    &b::memoryview::MEMORYVIEW,
    &b::property::PROPERTY,
    &b::range::RANGE,
    &b::set::FROZENSET,
    &b::set::SET,
    &b::slice::SLICE,
    &b::str::STR,
    &b::super_::SUPER,
    &b::tuple::TUPLE,
    &crate::object::base::OBJECT,
    &crate::object::type_::TYPE,
];

pub fn add(m: &mut ModuleInit) {
    let py = m.py();
    for t in TYPES {
        m.ty(t);
    }
    m.ty(&exc::BASE_EXCEPTION);
    m.ty(&exc::EXCEPTION_GROUP);
    for t in exc::ALL {
        m.ty(t);
    }
    for alias in ["EnvironmentError", "IOError"] {
        m.add(alias, exc::OS_ERROR.obj());
    }
    m.add("None", py.none());
    m.add("True", py.bool(true));
    m.add("False", py.bool(false));
    m.add("NotImplemented", py.not_implemented());
    m.add("Ellipsis", py.ellipsis());
    m.add("__debug__", py.bool(true));
}
