//! Hashes with digests of a fixed length.

use super::{hex, shake, with_data};
use crate::builtins::bytes;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeDef, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;
use sha2::Digest;

/// An algorithm's state.
pub(super) trait State: Send {
    fn update(&mut self, data: &[u8]);
    fn digest(&self) -> Vec<u8>;
    fn copy(&self) -> Box<dyn State>;
}

impl<T: Digest + Clone + Send + 'static> State for T {
    fn update(&mut self, data: &[u8]) {
        Digest::update(self, data);
    }
    fn digest(&self) -> Vec<u8> {
        self.clone().finalize().to_vec()
    }
    fn copy(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

/// Name, block size and constructor of an algorithm.
pub(super) struct Algorithm {
    pub name: &'static str,
    pub block: usize,
    pub size: usize,
    pub new: fn() -> Box<dyn State>,
}

/// Payload of all hash objects here.
pub struct HashObj {
    algorithm: &'static Algorithm,
    state: Mutex<Box<dyn State>>,
}

impl Trace for HashObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

macro_rules! algorithms {
    ($($id:ident = $def:ident $name:literal $ty:literal $block:literal $size:literal $state:ty;)*) => { $(
        static $id: Algorithm =
            Algorithm { name: $name, block: $block, size: $size, new: || Box::new(<$state>::new()) };
        static $def: TypeDef = TypeDef::new(
            $ty,
            Some(&crate::object::base::OBJECT),
            HASH.layout,
            tf::NO_NEW | tf::IMMUTABLE,
            init_type,
        );
    )* };
}

crate::native_type!(
    HASH: HashObj = "_hashlib.HASH", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init_type
);

algorithms! {
    MD5 = MD5_TYPE "md5" "_md5.md5" 64 16 md5::Md5;
    SHA1 = SHA1_TYPE "sha1" "_sha1.sha1" 64 20 sha1::Sha1;
    SHA224 = SHA224_TYPE "sha224" "_sha2.SHA224Type" 64 28 sha2::Sha224;
    SHA256 = SHA256_TYPE "sha256" "_sha2.SHA256Type" 64 32 sha2::Sha256;
    SHA384 = SHA384_TYPE "sha384" "_sha2.SHA384Type" 128 48 sha2::Sha384;
    SHA512 = SHA512_TYPE "sha512" "_sha2.SHA512Type" 128 64 sha2::Sha512;
    SHA3_224 = SHA3_224_TYPE "sha3_224" "_sha3.sha3_224" 144 28 sha3::Sha3_224;
    SHA3_256 = SHA3_256_TYPE "sha3_256" "_sha3.sha3_256" 136 32 sha3::Sha3_256;
    SHA3_384 = SHA3_384_TYPE "sha3_384" "_sha3.sha3_384" 104 48 sha3::Sha3_384;
    SHA3_512 = SHA3_512_TYPE "sha3_512" "_sha3.sha3_512" 72 64 sha3::Sha3_512;
}

macro_rules! constructors {
    ($m:ident: $($name:literal $alg:ident $ty:ident),*) => {
        $($m.function($name, SIGNATURE, Bound(|py, a| make(py, &$ty, &$alg, a)));)*
    };
}

fn init_type(t: &mut TypeInit) {
    t.method(
        "update",
        "($self, obj, /)",
        Bound(|py, a| {
            let h = a[0].cast::<HashObj>();
            with_data(py, &a[1], |data| h.state.lock().update(data))?;
            Ok(py.none())
        }),
    );
    t.method(
        "digest",
        "($self, /)",
        Bound(|py, a| Ok(bytes::new(py, &digest(&a[0])))),
    );
    t.method(
        "hexdigest",
        "($self, /)",
        Bound(|py, a| Ok(hex(py, &digest(&a[0])))),
    );
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| {
            let h = a[0].cast::<HashObj>();
            let state = h.state.lock().copy();
            Ok(py.alloc_in(
                a[0].ty(),
                HashObj {
                    algorithm: h.algorithm,
                    state: Mutex::new(state),
                },
            ))
        }),
    );
    t.getset(
        "name",
        |py, v| Ok(py.str(v.cast::<HashObj>().algorithm.name)),
        None,
    );
    t.getset(
        "block_size",
        |py, v| Ok(py.int(v.cast::<HashObj>().algorithm.block as i64)),
        None,
    );
    t.getset(
        "digest_size",
        |py, v| Ok(py.int(v.cast::<HashObj>().algorithm.size as i64)),
        None,
    );
}

fn digest(v: &Val) -> Vec<u8> {
    v.cast::<HashObj>().state.lock().digest()
}

fn make(py: &Py, ty: &'static TypeDef, algorithm: &'static Algorithm, a: &[Val]) -> PyResult<Obj> {
    // (data, usedforsecurity, string): `string` is the old name of `data`.
    let data = match (a[0].given(), a[2].given()) {
        (Some(_), Some(_)) => {
            return Err(py.type_error("'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version."));
        }
        (d, s) => d.or(s),
    };
    let mut state = (algorithm.new)();
    if let Some(d) = data {
        with_data(py, d, |bytes| state.update(bytes))?;
    }
    Ok(py.alloc_in(
        ty.ty(),
        HashObj {
            algorithm,
            state: Mutex::new(state),
        },
    ))
}

/// The algorithms by name, with the types of their objects.
static ALL: [(&Algorithm, &TypeDef); 10] = [
    (&MD5, &MD5_TYPE),
    (&SHA1, &SHA1_TYPE),
    (&SHA224, &SHA224_TYPE),
    (&SHA256, &SHA256_TYPE),
    (&SHA384, &SHA384_TYPE),
    (&SHA512, &SHA512_TYPE),
    (&SHA3_224, &SHA3_224_TYPE),
    (&SHA3_256, &SHA3_256_TYPE),
    (&SHA3_384, &SHA3_384_TYPE),
    (&SHA3_512, &SHA3_512_TYPE),
];

/// Names of the algorithms.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(a, _)| a.name)
}

/// The algorithm of a name in any case.
pub(super) fn find(name: &str) -> Option<&'static Algorithm> {
    ALL.iter()
        .map(|(a, _)| *a)
        .find(|a| a.name.eq_ignore_ascii_case(name))
}

/// A hash object by name: arguments are (name, data, usedforsecurity, string).
pub(super) fn by_name(py: &Py, name: &str, a: &[Val]) -> PyResult<Obj> {
    match ALL.iter().find(|(x, _)| x.name.eq_ignore_ascii_case(name)) {
        Some((algorithm, ty)) => make(py, ty, algorithm, &a[1..]),
        None => Err(py.value_error(format!("unsupported hash type {name}"))),
    }
}

/// Adds the constructors under the names of module `_hashlib`.
pub(super) fn add_openssl_names(m: &mut ModuleInit) {
    constructors!(m: "openssl_md5" MD5 MD5_TYPE, "openssl_sha1" SHA1 SHA1_TYPE, "openssl_sha224" SHA224 SHA224_TYPE,
        "openssl_sha256" SHA256 SHA256_TYPE, "openssl_sha384" SHA384 SHA384_TYPE, "openssl_sha512" SHA512 SHA512_TYPE,
        "openssl_sha3_224" SHA3_224 SHA3_224_TYPE, "openssl_sha3_256" SHA3_256 SHA3_256_TYPE,
        "openssl_sha3_384" SHA3_384 SHA3_384_TYPE, "openssl_sha3_512" SHA3_512 SHA3_512_TYPE);
}

pub(super) const SIGNATURE: &str = "($module, /, data=b'', *, usedforsecurity=True, string=None)";

pub fn init_md5(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_md5");
    m.add("MD5Type", MD5_TYPE.obj());
    constructors!(m: "md5" MD5 MD5_TYPE);
    m.finish()
}

pub fn init_sha1(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_sha1");
    m.add("SHA1Type", SHA1_TYPE.obj());
    constructors!(m: "sha1" SHA1 SHA1_TYPE);
    m.finish()
}

pub fn init_sha2(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_sha2");
    m.ty(&SHA224_TYPE)
        .ty(&SHA256_TYPE)
        .ty(&SHA384_TYPE)
        .ty(&SHA512_TYPE);
    constructors!(m: "sha224" SHA224 SHA224_TYPE, "sha256" SHA256 SHA256_TYPE,
        "sha384" SHA384 SHA384_TYPE, "sha512" SHA512 SHA512_TYPE);
    m.finish()
}

pub fn init_sha3(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_sha3");
    constructors!(m: "sha3_224" SHA3_224 SHA3_224_TYPE, "sha3_256" SHA3_256 SHA3_256_TYPE,
        "sha3_384" SHA3_384 SHA3_384_TYPE, "sha3_512" SHA3_512 SHA3_512_TYPE);
    shake::add(&mut m);
    m.str("implementation", "generic");
    m.finish()
}
