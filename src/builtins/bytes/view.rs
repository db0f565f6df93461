//! Access to the bytes of arguments and receivers.
//!
//! A receiver that is a bytearray stays locked while it is read, so arguments are taken before the receiver, and a bytearray
//! argument is copied.

use super::BytesObj;
use crate::builtins::bytearray::{ByteArrayObj, State};
use crate::error::PyResult;
use crate::object::buffer::{self, Buffer};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use parking_lot::MutexGuard;
use std::ops::Deref;

/// The bytes of an argument.
pub enum Data<'a> {
    Slice(&'a [u8]),
    Owned(Vec<u8>),
    View(Buffer),
}

impl Deref for Data<'_> {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Data::Slice(s) => s,
            Data::Owned(v) => v,
            Data::View(b) => b.as_slice(),
        }
    }
}

/// The bytes of a bytes-like argument.
pub fn data<'a>(py: &Py, v: &'a Val) -> PyResult<Data<'a>> {
    if let Some(b) = v.get::<BytesObj>() {
        return Ok(Data::Slice(b.as_slice()));
    }
    if let Some(b) = v.get::<ByteArrayObj>() {
        return Ok(Data::Owned(b.to_vec()));
    }
    let b = buffer::get(py, v, false)?;
    Ok(Data::View(b))
}

/// The bytes of a receiver.
pub enum Recv<'a> {
    Bytes(&'a [u8]),
    Array(MutexGuard<'a, State>),
}

impl Deref for Recv<'_> {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Recv::Bytes(b) => b,
            Recv::Array(g) => &g.data,
        }
    }
}

/// The bytes of a receiver (bytes or bytearray), locked if mutable.
#[inline]
pub fn recv(v: &Val) -> Recv<'_> {
    match v.get::<BytesObj>() {
        Some(b) => Recv::Bytes(b.as_slice()),
        None => Recv::Array(v.cast::<ByteArrayObj>().state.lock()),
    }
}

/// A new object of the receiver's kind.
pub fn like(py: &Py, v: &Val, b: &[u8]) -> PyResult<Obj> {
    if v.get::<BytesObj>().is_some() {
        super::try_new(py, b)
    } else {
        Ok(crate::builtins::bytearray::new(py, b.to_vec()))
    }
}

/// As `like`, from an owned vector.
pub fn like_vec(py: &Py, v: &Val, b: Vec<u8>) -> PyResult<Obj> {
    if v.get::<BytesObj>().is_some() {
        super::try_new(py, &b)
    } else {
        Ok(crate::builtins::bytearray::new(py, b))
    }
}

/// What a method returns when nothing changed: an exact bytes object itself, a copy otherwise.
pub fn unchanged(py: &Py, v: &Val) -> PyResult<Obj> {
    if super::BYTES.is_exact(v) {
        return Ok(v.to_obj());
    }
    let copy = recv(v).to_vec();
    like_vec(py, v, copy)
}
