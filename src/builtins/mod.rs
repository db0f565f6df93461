//! Built-in types and functions, one type per file or folder.

pub mod async_gen;
pub mod bool_;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod classmethod;
pub mod code;
pub mod complex;
pub mod descr;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod float_methods;
pub mod frame;
pub mod frame_locals;
pub mod function;
pub mod function_attrs;
pub mod generator;
pub mod generator_methods;
pub mod generic_alias;
pub mod int;
pub mod iterators;
pub mod list;
pub mod mappingproxy;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod namespace;
pub mod object_;
pub mod property;
pub mod range;
pub mod sequence;
pub mod set;
pub mod singletons;
pub mod slice;
pub mod str;
pub mod structseq;
pub mod super_;
pub mod template;
pub mod traceback;
pub mod tuple;
pub mod tuple_methods;
pub mod type_obj;
pub mod union_;

use crate::object::header::Header;

/// Bytes of payload and items of an object with trailing items (rounded up to 8).
pub(crate) fn var_payload_size(h: &Header) -> usize {
    let w = crate::object::value::Word(h as *const Header as u64).borrowed();
    let v = crate::object::value::Val::from_word_ref(&w);
    if let Some(s) = v.get::<str::StrObj>() {
        return s.payload_size();
    }
    if let Some(t) = v.get::<tuple::TupleObj>() {
        return t.payload_size();
    }
    if let Some(b) = v.get::<bytes::BytesObj>() {
        return b.payload_size();
    }
    h.shape().layout().size
}

/// A name of the module `builtins`.
pub(crate) fn builtin(
    py: &crate::thread::Py,
    name: &str,
) -> crate::error::PyResult<crate::object::Obj> {
    let m = crate::import::import_module(py, "builtins")?;
    crate::object::ops::getattr_str(py, &m, name)
}
