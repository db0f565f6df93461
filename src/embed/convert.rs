//! Typed conversion between Rust and Python values.

use super::{Error, Handle, Object, Python, Result};
use crate::builtins::bytes::{self, BytesObj};
use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::StrObj;
use crate::builtins::tuple::TupleObj;
use crate::builtins::{float, int, list, tuple};
use crate::object::ops;
use crate::object::value::Obj;
use num_bigint::BigInt;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Values that become Python objects.
pub trait ToPy {
    /// The object.
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>>;
}

/// Values that are made from Python objects.
pub trait FromPy<'a>: Sized {
    /// The value; TypeError, OverflowError or ValueError if the object is none of this type.
    fn from_py(o: &Object<'a>) -> Result<Self>;
}

/// Positional arguments of a call: a tuple of values, or a vector of objects.
pub trait ToArgs<'a> {
    /// The objects.
    fn to_args(self, py: Python<'a>) -> Result<Vec<Object<'a>>>;
}

/// Binary data: `bytes` in Python.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bytes(pub Vec<u8>);

fn expected(what: &str, o: &Object<'_>) -> Error {
    Error::new(
        "TypeError",
        format!("expected {what}, got {}", o.type_name()),
    )
}

macro_rules! integers {
    ($($t:ident)*) => {$(
        impl ToPy for $t {
            fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
                let v = match i64::try_from(self) {
                    Ok(n) => int::from_i64(py.thread(), n),
                    Err(_) => int::from_big(py.thread(), BigInt::from(self)),
                };
                Ok(Object::new(py, v))
            }
        }
        impl<'a> FromPy<'a> for $t {
            fn from_py(o: &Object<'a>) -> Result<$t> {
                let n = ops::index(o.py().thread(), o.value()).map_err(|e| Error::of(o.py(), e))?;
                let small = int::view(&n).and_then(|v| v.to_i64());
                let value = match small {
                    Some(n) => $t::try_from(n).ok(),
                    None => int::to_big(&n).and_then(|b| $t::try_from(b.into_owned()).ok()),
                };
                value.ok_or_else(|| Error::new("OverflowError", concat!("Python int does not fit ", stringify!($t))))
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl ToPy for f64 {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, float::new(py.thread(), self)))
    }
}

impl ToPy for f32 {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        f64::from(self).to_py(py)
    }
}

impl<'a> FromPy<'a> for f64 {
    fn from_py(o: &Object<'a>) -> Result<f64> {
        ops::to_f64(o.py().thread(), o.value()).map_err(|e| Error::of(o.py(), e))
    }
}

impl<'a> FromPy<'a> for f32 {
    fn from_py(o: &Object<'a>) -> Result<f32> {
        Ok(f64::from_py(o)? as f32)
    }
}

impl ToPy for bool {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, py.thread().bool(self)))
    }
}

impl<'a> FromPy<'a> for bool {
    fn from_py(o: &Object<'a>) -> Result<bool> {
        crate::builtins::singletons::as_bool(o.value()).ok_or_else(|| expected("bool", o))
    }
}

impl ToPy for () {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, py.thread().none()))
    }
}

impl<'a> FromPy<'a> for () {
    fn from_py(o: &Object<'a>) -> Result<()> {
        if o.is_none() {
            Ok(())
        } else {
            Err(expected("None", o))
        }
    }
}

impl ToPy for &str {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, py.thread().str(self)))
    }
}

impl ToPy for String {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        self.as_str().to_py(py)
    }
}

impl ToPy for char {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        self.encode_utf8(&mut [0; 4]).to_py(py)
    }
}

impl ToPy for &mut str {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        (&*self).to_py(py)
    }
}

impl<'a> FromPy<'a> for String {
    fn from_py(o: &Object<'a>) -> Result<String> {
        let s = o
            .value()
            .get::<StrObj>()
            .ok_or_else(|| expected("str", o))?;
        match s.to_utf8() {
            Some(t) => Ok(t.into_owned()),
            None => Err(Error::new("ValueError", "str contains surrogates")),
        }
    }
}

impl ToPy for Bytes {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, bytes::new(py.thread(), &self.0)))
    }
}

impl<'a> FromPy<'a> for Bytes {
    fn from_py(o: &Object<'a>) -> Result<Bytes> {
        match o.value().get::<BytesObj>() {
            Some(b) => Ok(Bytes(b.as_slice().to_vec())),
            None => Err(expected("bytes", o)),
        }
    }
}

impl<T: ToPy> ToPy for Option<T> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        match self {
            Some(v) => v.to_py(py),
            None => ().to_py(py),
        }
    }
}

impl<'a, T: FromPy<'a>> FromPy<'a> for Option<T> {
    fn from_py(o: &Object<'a>) -> Result<Option<T>> {
        if o.is_none() {
            Ok(None)
        } else {
            T::from_py(o).map(Some)
        }
    }
}

/// The value of a success; an error is raised.
impl<T: ToPy, E: Into<Error>> ToPy for std::result::Result<T, E> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        self.map_err(Into::into)?.to_py(py)
    }
}

impl<T: ToPy> ToPy for Vec<T> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        let items = self
            .into_iter()
            .map(|v| v.to_py(py))
            .collect::<Result<Vec<_>>>()?;
        let values: Vec<Obj> = items.iter().map(|o| o.value().clone()).collect();
        Ok(Object::new(py, list::new(py.thread(), values)))
    }
}

/// From any iterable but text and binary data.
impl<'a, T: FromPy<'a>> FromPy<'a> for Vec<T> {
    fn from_py(o: &Object<'a>) -> Result<Vec<T>> {
        if o.value().get::<StrObj>().is_some() || o.value().get::<BytesObj>().is_some() {
            return Err(expected("a sequence", o));
        }
        o.items()?.iter().map(T::from_py).collect()
    }
}

fn dict_of<'a, K: ToPy, V: ToPy>(
    py: Python<'a>,
    entries: impl Iterator<Item = (K, V)>,
) -> Result<Object<'a>> {
    let d = Object::new(py, dict::new(py.thread()));
    for (k, v) in entries {
        d.set_item(k, v)?;
    }
    Ok(d)
}

impl<K: ToPy, V: ToPy, S> ToPy for HashMap<K, V, S> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        dict_of(py, self.into_iter())
    }
}

impl<K: ToPy, V: ToPy> ToPy for BTreeMap<K, V> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        dict_of(py, self.into_iter())
    }
}

fn entries<'a, K: FromPy<'a>, V: FromPy<'a>>(o: &Object<'a>) -> Result<Vec<(K, V)>> {
    let d = o
        .value()
        .get::<DictObj>()
        .ok_or_else(|| expected("dict", o))?;
    let mut out = Vec::new();
    for (k, v) in d.items() {
        out.push((
            K::from_py(&Object::new(o.py(), k))?,
            V::from_py(&Object::new(o.py(), v))?,
        ));
    }
    Ok(out)
}

impl<'a, K: FromPy<'a> + Eq + Hash, V: FromPy<'a>, S: BuildHasher + Default> FromPy<'a>
    for HashMap<K, V, S>
{
    fn from_py(o: &Object<'a>) -> Result<HashMap<K, V, S>> {
        Ok(entries(o)?.into_iter().collect())
    }
}

impl<'a, K: FromPy<'a> + Ord, V: FromPy<'a>> FromPy<'a> for BTreeMap<K, V> {
    fn from_py(o: &Object<'a>) -> Result<BTreeMap<K, V>> {
        Ok(entries(o)?.into_iter().collect())
    }
}

impl ToPy for Object<'_> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, self.into_value()))
    }
}

impl ToPy for &Object<'_> {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(Object::new(py, self.value().clone()))
    }
}

impl<'a> FromPy<'a> for Object<'a> {
    fn from_py(o: &Object<'a>) -> Result<Object<'a>> {
        Ok(o.clone())
    }
}

impl ToPy for Handle {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(self.get(py))
    }
}

impl ToPy for &Handle {
    fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
        Ok(self.get(py))
    }
}

impl<'a> FromPy<'a> for Handle {
    fn from_py(o: &Object<'a>) -> Result<Handle> {
        o.handle()
    }
}

impl<'a> ToArgs<'a> for () {
    fn to_args(self, _: Python<'a>) -> Result<Vec<Object<'a>>> {
        Ok(Vec::new())
    }
}

impl<'a> ToArgs<'a> for Vec<Object<'a>> {
    fn to_args(self, _: Python<'a>) -> Result<Vec<Object<'a>>> {
        Ok(self)
    }
}

macro_rules! tuples {
    ($($n:literal: $($t:ident $i:tt)*;)*) => {$(
        impl<$($t: ToPy),*> ToPy for ($($t,)*) {
            fn to_py(self, py: Python<'_>) -> Result<Object<'_>> {
                let items = [$(self.$i.to_py(py)?),*];
                Ok(Object::new(py, tuple::new(py.thread(), items.iter().map(|o| o.value().clone()).collect())))
            }
        }
        impl<'a, $($t: FromPy<'a>),*> FromPy<'a> for ($($t,)*) {
            fn from_py(o: &Object<'a>) -> Result<Self> {
                let t = o.value().get::<TupleObj>().ok_or_else(|| expected("tuple", o))?;
                if t.len() != $n {
                    return Err(Error::new("ValueError", format!("expected a tuple of {} items, got {}", $n, t.len())));
                }
                let items = t.items();
                Ok(($($t::from_py(&Object::new(o.py(), items[$i].to_obj()))?,)*))
            }
        }
        impl<'a, $($t: ToPy),*> ToArgs<'a> for ($($t,)*) {
            fn to_args(self, py: Python<'a>) -> Result<Vec<Object<'a>>> {
                Ok(vec![$(self.$i.to_py(py)?),*])
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
}
