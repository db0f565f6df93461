//! `binascii`: binary data as text. Base64 and uuencoding are in `base64`, quoted-printable in `quoted`.

pub mod base64;
pub mod quoted;

use crate::builtins::bytes::{self, Data, data};
use crate::builtins::exceptions as exc;
use crate::builtins::int;
use crate::builtins::str::StrObj;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

crate::native_subtype!(
    /// `binascii.Error`
    pub ERROR = "binascii.Error", base exc::VALUE_ERROR, layout exc::ExcObj,
    flags crate::object::type_::tf::BASETYPE, init |_| ()
);
crate::native_subtype!(
    /// `binascii.Incomplete`
    pub INCOMPLETE = "binascii.Incomplete", base exc::EXCEPTION, layout exc::ExcObj,
    flags crate::object::type_::tf::BASETYPE, init |_| ()
);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "binascii");
    m.doc("Conversion between binary data and ASCII");
    m.ty(&ERROR);
    m.ty(&INCOMPLETE);
    for name in ["hexlify", "b2a_hex"] {
        m.function(
            name,
            "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
            Bound(|py, a| {
                let text = bytes::hex::hex(py, &data(py, &a[0])?, &a[1], &a[2])?;
                Ok(bytes::new(py, text.cast::<StrObj>().bytes()))
            }),
        );
    }
    for name in ["unhexlify", "a2b_hex"] {
        m.function(name, "($module, hexstr, /)", Bound(unhexlify));
    }
    m.function(
        "crc32",
        "($module, data, crc=0, /)",
        Bound(|py, a| {
            let mut h = crc32fast::Hasher::new_with_initial(start(py, &a[1])? as u32);
            h.update(&data(py, &a[0])?);
            Ok(py.int(h.finalize() as i64))
        }),
    );
    m.function(
        "crc_hqx",
        "($module, data, crc, /)",
        Bound(|py, a| {
            let mut crc = start(py, &a[1])? as u32 & 0xffff;
            for &b in data(py, &a[0])?.iter() {
                crc ^= (b as u32) << 8;
                for _ in 0..8 {
                    crc = if crc & 0x8000 != 0 {
                        crc << 1 ^ 0x1021
                    } else {
                        crc << 1
                    };
                }
                crc &= 0xffff;
            }
            Ok(py.int(crc as i64))
        }),
    );
    base64::init(&mut m);
    quoted::init(&mut m);
    m.finish()
}

/// `binascii.Error` with a message.
pub(super) fn error(py: &Py, m: &str) -> Raised {
    py.error(&ERROR, m)
}

/// A start value of a checksum: any int, its low bits.
fn start(py: &Py, v: &Val) -> PyResult<u64> {
    let Some(v) = v.given() else { return Ok(0) };
    let n = ops::index(py, v)?;
    Ok(match int::view(&n) {
        Some(int::IntRef::Small(n)) => n as u64,
        Some(int::IntRef::Big(b)) => {
            let low = b & num_bigint::BigInt::from(u32::MAX);
            num_traits::ToPrimitive::to_u64(&low).unwrap_or(0)
        }
        None => 0,
    })
}

/// An argument that is bytes-like or ASCII text.
pub(super) fn ascii_data<'a>(py: &Py, v: &'a Val) -> PyResult<Data<'a>> {
    if let Some(s) = v.get::<StrObj>() {
        return match s.as_ascii() {
            Some(t) => Ok(Data::Slice(t.as_bytes())),
            None => Err(py.value_error("string argument should contain only ASCII characters")),
        };
    }
    data(py, v).map_err(|e| {
        if e.is(&exc::TYPE_ERROR) {
            let m = format!(
                "argument should be bytes, buffer or ASCII string, not '{}'",
                v.ty().full_name()
            );
            py.type_error(m)
        } else {
            e
        }
    })
}

fn unhexlify(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let text = ascii_data(py, &a[0])?;
    if text.len() % 2 != 0 {
        return Err(error(py, "Odd-length string"));
    }
    let digit = |c: u8| (c as char).to_digit(16);
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks_exact(2) {
        match (digit(pair[0]), digit(pair[1])) {
            (Some(h), Some(l)) => out.push((h << 4 | l) as u8),
            _ => return Err(error(py, "Non-hexadecimal digit found")),
        }
    }
    Ok(bytes::new(py, &out))
}

/// A keyword argument that is a truth value.
pub(super) fn flag(py: &Py, v: &Val, default: bool) -> PyResult<bool> {
    v.given().map_or(Ok(default), |v| ops::truth(py, v))
}
