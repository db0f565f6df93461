//! Memory that an object lends to others (PEP 688): what a `buffer` slot returns.

use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::borrow::Cow;

/// A view of an exporter's memory. Dropping it ends the loan.
///
/// **Invariant:** `ptr` stays valid for `len` bytes until the view is dropped: exporters do not move or free exported memory.
pub struct Buffer {
    /// The exporter, kept alive by the view.
    pub owner: Obj,
    pub ptr: *mut u8,
    /// Bytes of the items together (product of the shape and the item size).
    pub len: usize,
    pub readonly: bool,
    pub itemsize: usize,
    /// Item format in the notation of `struct`.
    pub format: Cow<'static, str>,
    pub shape: Vec<isize>,
    /// Bytes between neighbors, by dimension.
    pub strides: Vec<isize>,
    /// Told to the exporter when the view ends.
    pub release: Option<fn(&Val)>,
}

impl Buffer {
    /// A contiguous view of bytes.
    ///
    /// # Safety
    /// `ptr` is valid for `len` bytes (writable unless `readonly`) until `release` is called or `owner` dies.
    pub unsafe fn bytes(
        owner: Obj,
        ptr: *mut u8,
        len: usize,
        readonly: bool,
        release: Option<fn(&Val)>,
    ) -> Buffer {
        Buffer {
            owner,
            ptr,
            len,
            readonly,
            itemsize: 1,
            format: Cow::Borrowed("B"),
            shape: vec![len as isize],
            strides: vec![1],
            release,
        }
    }
    /// Whether the items lie one behind the other in C order.
    pub fn is_contiguous(&self) -> bool {
        let mut want = self.itemsize as isize;
        for (n, s) in self.shape.iter().zip(&self.strides).rev() {
            if *n == 0 {
                return true;
            }
            if *n > 1 && *s != want {
                return false;
            }
            want *= n;
        }
        true
    }
    /// The bytes of a contiguous view.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the type's invariant. Concurrent writers are the program's race.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
    /// The bytes of a contiguous writable view.
    ///
    /// # Panics
    /// If the view is read-only (callers asked for a writable one).
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        assert!(!self.readonly, "a read-only buffer is not written");
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: the type's invariant.
        unsafe { std::slice::from_raw_parts_mut(self.ptr, self.len) }
    }
    /// A copy of the bytes in C order.
    pub fn to_vec(&self) -> Vec<u8> {
        if self.is_contiguous() {
            return self.as_slice().to_vec();
        }
        let mut out = Vec::with_capacity(self.len);
        self.copy_dim(0, self.ptr, &mut out);
        out
    }
    fn copy_dim(&self, dim: usize, at: *mut u8, out: &mut Vec<u8>) {
        if dim == self.shape.len() {
            // SAFETY: shape and strides stay inside the exported memory.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(at, self.itemsize) });
            return;
        }
        for i in 0..self.shape[dim] {
            // SAFETY: as above.
            self.copy_dim(dim + 1, unsafe { at.offset(i * self.strides[dim]) }, out);
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(f) = self.release {
            f(&self.owner);
        }
    }
}

/// The buffer of a bytes-like object, contiguous; for everything that takes bytes.
pub fn get(py: &Py, v: &Val, writable: bool) -> PyResult<Buffer> {
    let b = get_any(py, v, writable)?;
    if !b.is_contiguous() {
        return Err(py.buffer_error("memoryview: underlying buffer is not C-contiguous"));
    }
    Ok(b)
}

/// The buffer of a bytes-like object of any shape and strides: to be read by `to_vec` or item by item.
pub fn get_any(py: &Py, v: &Val, writable: bool) -> PyResult<Buffer> {
    match v.ty().slots.buffer.get() {
        Some(f) => f(py, v, writable),
        None => Err(py.type_error(format!(
            "a bytes-like object is required, not '{}'",
            v.ty().full_name()
        ))),
    }
}

/// Whether `v` is bytes-like.
pub fn supports(v: &Val) -> bool {
    v.ty().slots.buffer.addr() != 0
}

/// The buffer of a bytes-like object, `None` for other objects.
pub fn bytes_like(py: &Py, v: &Val) -> PyResult<Option<Buffer>> {
    if supports(v) {
        get(py, v, false).map(Some)
    } else {
        Ok(None)
    }
}
