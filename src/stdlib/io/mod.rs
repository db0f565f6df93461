//! `_io`: files and streams.
//!
//! - `base`: the abstract classes. `fileio`: raw files. `buffered`, `buffered_types`: buffers around raw streams.
//! - `text`, `text_read`, `text_write`, `text_seek`: `TextIOWrapper`. `newline`: line ends.
//! - `bytesio`, `stringio`: streams in memory. `open`: the function. `util`: what they share.
//!
//! Layers of native types call each other directly; anything else is called through its Python methods.

pub mod base;
pub mod buffered;
pub mod buffered_types;
pub mod bytesio;
pub mod fileio;
pub mod newline;
pub mod open;
pub mod stringio;
pub mod text;
pub mod text_read;
pub mod text_seek;
pub mod text_write;
pub mod util;

use super::ModuleInit;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::Obj;
use crate::thread::Py;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_io");
    m.doc("The io module provides the Python interfaces to stream handling.");
    m.int("DEFAULT_BUFFER_SIZE", util::DEFAULT_BUFFER_SIZE as i64);
    m.add("UnsupportedOperation", util::unsupported_class(py)?);
    m.add(
        "BlockingIOError",
        crate::builtins::exceptions::BLOCKING_IO_ERROR.obj(),
    );
    for def in base::ALL {
        m.ty(def);
    }
    m.ty(&fileio::FILE_IO)
        .ty(&bytesio::BYTES_IO)
        .ty(&bytesio::BYTES_IO_BUFFER)
        .ty(&stringio::STRING_IO)
        .ty(&buffered_types::BUFFERED_READER)
        .ty(&buffered_types::BUFFERED_WRITER)
        .ty(&buffered_types::BUFFERED_RANDOM)
        .ty(&buffered_types::BUFFERED_RW_PAIR)
        .ty(&newline::DECODER)
        .ty(&text::TEXT_IO_WRAPPER);
    m.function(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        Bound(open::open),
    );
    m.function(
        "open_code",
        "($module, /, path)",
        Bound(|py, a| {
            if a[0].get::<crate::builtins::str::StrObj>().is_none() {
                return Err(py.type_error(format!(
                    "open_code() argument 'path' must be str, not {}",
                    a[0].ty().name()
                )));
            }
            open::open_binary(py, &a[0])
        }),
    );
    m.function(
        "text_encoding",
        "($module, encoding, stacklevel=2, /)",
        Bound(|py, a| {
            Ok(match a[0].not_none() {
                None => py.str("locale"),
                Some(e) => e.to_obj(),
            })
        }),
    );
    m.finish()
}
