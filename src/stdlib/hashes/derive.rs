//! `_hashlib`: hash objects by name, and PBKDF2.

use super::fixed::{self, Algorithm, State};
use super::with_data;
use crate::builtins::exceptions as exc;
use crate::builtins::str::StrObj;
use crate::builtins::{bytes, dict, set, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::{Py, pending};
use std::sync::atomic::Ordering;

static UNSUPPORTED: Slot = Slot::empty();

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_hashlib");
    m.doc("Hash functions by name, and key derivation.");
    let ns = dict::new(py);
    ns.cast::<dict::DictObj>()
        .set_str(py, "__module__", py.str("_hashlib"));
    let bases = tuple::new(py, vec![exc::VALUE_ERROR.obj()]);
    let name = py.str("UnsupportedDigestmodError");
    let error = ops::call3(py, &crate::object::type_::TYPE.obj(), &name, &bases, &ns)?;
    UNSUPPORTED.set(error.clone());
    m.add("UnsupportedDigestmodError", error);
    m.add(
        "openssl_md_meth_names",
        set::frozen_from(py, fixed::names().map(|n| py.str(n)).collect())?,
    );
    fixed::add_openssl_names(&mut m);
    m.function(
        "new",
        "($module, /, name, data=b'', *, usedforsecurity=True, string=None)",
        Bound(|py, a| fixed::by_name(py, &text(py, &a[0], "new() argument 'name'")?, a)),
    );
    m.function(
        "get_fips_mode",
        "($module, /)",
        Bound(|py, _| Ok(py.int(0))),
    );
    m.function(
        "compare_digest",
        "($module, a, b, /)",
        Bound(crate::stdlib::operator::compare_digest),
    );
    // The module hmac has its own implementation for what is refused here.
    m.function(
        "hmac_new",
        "($module, /, key, msg=b'', digestmod=None)",
        Bound(|py, _| Err(unsupported(py))),
    );
    m.function(
        "hmac_digest",
        "($module, /, key, msg, digest)",
        Bound(|py, a| {
            let Some(name) = a[2].get::<StrObj>() else {
                return Err(unsupported(py));
            };
            let Some(algorithm) = fixed::find(&name.lossy()) else {
                return Err(unsupported(py));
            };
            let keyed = with_data(py, &a[0], |key| Keyed::new(algorithm, key))?;
            let digest = with_data(py, &a[1], |message| keyed.digest(&[message]))?;
            Ok(bytes::new(py, &digest))
        }),
    );
    m.function(
        "pbkdf2_hmac",
        "($module, /, hash_name, password, salt, iterations, dklen=None)",
        Bound(pbkdf2),
    );
    m.finish()
}

#[cold]
fn unsupported(py: &Py) -> crate::error::Raised {
    match ops::call1(py, &UNSUPPORTED.obj(), &py.str("Unsupported digestmod")) {
        Ok(e) => crate::error::Raised(e),
        Err(e) => e,
    }
}

fn text(py: &Py, v: &Val, what: &str) -> PyResult<String> {
    match v.get::<StrObj>() {
        Some(s) => Ok(s.lossy().into_owned()),
        None => Err(py.type_error(format!("{what} must be str, not {}", v.ty().name()))),
    }
}

/// HMAC with a key: the states after the inner and the outer pad.
struct Keyed {
    inner: Box<dyn State>,
    outer: Box<dyn State>,
}

impl Keyed {
    fn new(algorithm: &Algorithm, key: &[u8]) -> Keyed {
        let mut block = if key.len() > algorithm.block {
            let mut h = (algorithm.new)();
            h.update(key);
            h.digest()
        } else {
            key.to_vec()
        };
        block.resize(algorithm.block, 0);
        let pad = |x: u8| {
            let mut h = (algorithm.new)();
            h.update(&block.iter().map(|b| b ^ x).collect::<Vec<u8>>());
            h
        };
        Keyed {
            inner: pad(0x36),
            outer: pad(0x5c),
        }
    }
    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut h = self.inner.copy();
        parts.iter().for_each(|p| h.update(p));
        let mut o = self.outer.copy();
        o.update(&h.digest());
        o.digest()
    }
}

fn pbkdf2(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let name = text(py, &a[0], "pbkdf2_hmac() argument 'hash_name'")?;
    let Some(algorithm) = fixed::find(&name) else {
        return Err(py.value_error(format!("unsupported hash type {name}")));
    };
    let keyed = with_data(py, &a[1], |password| Keyed::new(algorithm, password))?;
    let salt = with_data(py, &a[2], <[u8]>::to_vec)?;
    let iterations = ops::to_i64(py, &a[3])?;
    if iterations < 1 {
        return Err(py.value_error("iteration value must be greater than 0."));
    }
    let len = match a[4].not_none() {
        None => algorithm.size as i64,
        Some(v) => ops::to_i64(py, v)?,
    };
    if len < 1 {
        return Err(py.value_error("key length must be greater than 0."));
    }
    if len > i64::from(i32::MAX) {
        return Err(py.overflow_error("key length is too great."));
    }
    let len = len as usize;
    let mut out = Vec::new();
    let mut block = 1u32;
    while out.len() < len {
        let mut u = keyed.digest(&[&salt, &block.to_be_bytes()]);
        let mut t = u.clone();
        for i in 1..iterations {
            u = keyed.digest(&[&u]);
            t.iter_mut().zip(&u).for_each(|(x, y)| *x ^= y);
            // Relaxed: `pending::run` synchronizes.
            if i & 0xfff == 0 && py.poll.load(Ordering::Relaxed) != 0 {
                pending::run(py)?;
            }
        }
        out.extend(t);
        block = block.wrapping_add(1);
    }
    out.truncate(len);
    Ok(bytes::new(py, &out))
}
