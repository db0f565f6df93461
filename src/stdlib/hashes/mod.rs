//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`, `_hashlib`: hash objects.
//!
//! - `fixed`: digests of fixed length, one type for all algorithms of a module
//! - `shake`: digests of any length
//! - `blake`: keyed and salted digests
//! - `derive`: module `_hashlib` with the key derivation function PBKDF2

mod blake;
mod derive;
mod fixed;
mod shake;

use crate::builtins::str::StrObj;
use crate::builtins::{bytes, str};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub use blake::init as init_blake2;
pub use derive::init as init_hashlib;
pub use fixed::{init_md5, init_sha1, init_sha2, init_sha3};

/// The bytes of an argument, with the errors of hash functions.
fn with_data<R>(py: &Py, v: &Val, f: impl FnOnce(&[u8]) -> R) -> PyResult<R> {
    if let Some(b) = bytes::view(v) {
        return Ok(f(b));
    }
    if v.get::<StrObj>().is_some() {
        return Err(py.type_error("Strings must be encoded before hashing"));
    }
    match crate::object::buffer::bytes_like(py, v)? {
        Some(b) if b.is_contiguous() => Ok(f(b.as_slice())),
        Some(_) => Err(py.error(
            &crate::builtins::exceptions::BUFFER_ERROR,
            "memoryview: underlying buffer is not C-contiguous",
        )),
        None => Err(py.type_error("object supporting the buffer API required")),
    }
}

/// Digits of a digest.
fn hex(py: &Py, digest: &[u8]) -> Obj {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let text: Vec<u8> = digest
        .iter()
        .flat_map(|b| [DIGITS[(b >> 4) as usize], DIGITS[(b & 15) as usize]])
        .collect();
    str::from_latin1(py, &text)
}
