//! `bytes`: slots and registration of the methods.

use super::{BYTES, BytesObj, common, new, new_in};
use crate::builtins::str::methods::bind3;
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::buffer::Buffer;
use crate::object::names;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, TypeInit};
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::Obj;
use crate::text::escape;
use crate::thread::Py;

/// Fills the type.
pub fn init(t: &mut TypeInit) {
    common::init(t);
    let s = t.slots();
    s.hash.set(|_, v| Ok(v.cast::<BytesObj>().hash()));
    s.repr
        .set(|py, v| Ok(py.str(&escape::bytes_repr(v.cast::<BytesObj>().as_slice()))));
    s.new.set(construct);
    s.buffer.set(|py, v, writable| {
        if writable {
            return Err(py.buffer_error("Object is not writable."));
        }
        let b = v.cast::<BytesObj>().as_slice();
        // SAFETY: the bytes live as long as the object, which the view owns, and are not written.
        Ok(unsafe { Buffer::bytes(v.to_obj(), b.as_ptr() as *mut u8, b.len(), true, None) })
    });
    t.method(
        "__getnewargs__",
        "($self, /)",
        Bound(|py, a| {
            Ok(tuple::new(
                py,
                vec![new(py, a[0].cast::<BytesObj>().as_slice())],
            ))
        }),
    );
    t.method(
        "__bytes__",
        "($self, /)",
        Bound(|py, a| {
            Ok(if BYTES.is_exact(&a[0]) {
                a[0].to_obj()
            } else {
                new(py, a[0].cast::<BytesObj>().as_slice())
            })
        }),
    );
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| Ok(py.int(33 + a[0].cast::<BytesObj>().len() as i64))),
    );
    t.classmethod(
        "fromhex",
        "($type, string, /)",
        Bound(|py, a| {
            let b = new(py, &super::hex::from_hex(py, &a[1])?);
            if a[0].is(&BYTES.obj()) {
                Ok(b)
            } else {
                ops::call1(py, &a[0], &b)
            }
        }),
    );
    t.doc(
        "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n\
           bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\n\
           bytes(int) -> bytes object of size given by the parameter initialized with null bytes\n\
           bytes() -> empty bytes object",
    );
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let given = bind3(py, "bytes", ["source", "encoding", "errors"], args)?;
    let exact = std::ptr::eq(ty, BYTES.ty());
    if let [Some(v), None, None] = given {
        if exact && BYTES.is_exact(v) {
            return Ok(v.to_obj());
        }
        if let Some(r) = ops::call_special(py, v, &names::__bytes__, &[])? {
            let Some(b) = super::view(&r) else {
                return Err(py.type_error(format!(
                    "__bytes__ returned non-bytes (type {})",
                    r.ty().full_name()
                )));
            };
            return Ok(if exact { r.clone() } else { new_in(py, ty, b) });
        }
    }
    Ok(new_in(py, ty, &common::construct(py, "bytes", given)?))
}
