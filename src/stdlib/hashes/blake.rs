//! `_blake2`: BLAKE2b and BLAKE2s with key, salt, personalization and tree parameters (RFC 7693 and the BLAKE2 paper).

use super::{hex, with_data};
use crate::builtins::bytes;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, FnDef, Tracer, TypeDef, TypeInit};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;

/// Order of the message words in each round.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

macro_rules! blake {
    ($name:ident, $word:ty, $double:ty, $rounds:literal, $iv:expr, $rot:expr) => {
        #[derive(Clone)]
        struct $name {
            h: [$word; 8],
            /// Bytes hashed so far.
            count: $double,
            block: Vec<u8>,
            last_node: bool,
        }

        impl $name {
            const BYTES: usize = size_of::<$word>();
            const BLOCK: usize = 16 * Self::BYTES;
            const IV: [$word; 8] = $iv;

            fn new(parameters: &[u8], last_node: bool) -> $name {
                let mut h = Self::IV;
                for (i, w) in parameters.chunks_exact(Self::BYTES).enumerate() {
                    let mut b = [0u8; size_of::<$word>()];
                    b.copy_from_slice(w);
                    h[i] ^= <$word>::from_le_bytes(b);
                }
                $name {
                    h,
                    count: 0,
                    block: Vec::with_capacity(Self::BLOCK),
                    last_node,
                }
            }
            fn update(&mut self, mut data: &[u8]) {
                while !data.is_empty() {
                    // A full block is compressed only when more follows: the last one is compressed differently.
                    if self.block.len() == Self::BLOCK {
                        self.count += Self::BLOCK as $double;
                        self.compress(false);
                        self.block.clear();
                    }
                    let n = data.len().min(Self::BLOCK - self.block.len());
                    self.block.extend_from_slice(&data[..n]);
                    data = &data[n..];
                }
            }
            fn digest(mut self, size: usize) -> Vec<u8> {
                self.count += self.block.len() as $double;
                self.block.resize(Self::BLOCK, 0);
                self.compress(true);
                let mut out: Vec<u8> = self.h.iter().flat_map(|w| w.to_le_bytes()).collect();
                out.truncate(size);
                out
            }
            fn compress(&mut self, last: bool) {
                let mut m = [0 as $word; 16];
                for (w, c) in m.iter_mut().zip(self.block.chunks_exact(Self::BYTES)) {
                    let mut b = [0u8; size_of::<$word>()];
                    b.copy_from_slice(c);
                    *w = <$word>::from_le_bytes(b);
                }
                let mut v = [0 as $word; 16];
                v[..8].copy_from_slice(&self.h);
                v[8..].copy_from_slice(&Self::IV);
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> <$word>::BITS) as $word;
                if last {
                    v[14] = !v[14];
                    if self.last_node {
                        v[15] = !v[15];
                    }
                }
                let rot: [u32; 4] = $rot;
                let mut mix = |a: usize, b: usize, c: usize, d: usize, x: $word, y: $word| {
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                    v[d] = (v[d] ^ v[a]).rotate_right(rot[0]);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(rot[1]);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                    v[d] = (v[d] ^ v[a]).rotate_right(rot[2]);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(rot[3]);
                };
                for round in 0..$rounds {
                    let s = &SIGMA[round % 10];
                    for i in 0..4 {
                        mix(i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[2 * i + 1]]);
                    }
                    for i in 0..4 {
                        mix(
                            i,
                            4 + (i + 1) % 4,
                            8 + (i + 2) % 4,
                            12 + (i + 3) % 4,
                            m[s[8 + 2 * i]],
                            m[s[9 + 2 * i]],
                        );
                    }
                }
                for i in 0..8 {
                    self.h[i] ^= v[i] ^ v[i + 8];
                }
            }
        }
    };
}

blake!(
    Blake2b,
    u64,
    u128,
    12,
    [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ],
    [32, 24, 16, 63]
);
blake!(
    Blake2s,
    u32,
    u64,
    10,
    [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ],
    [16, 12, 8, 7]
);

#[derive(Clone)]
enum State {
    B(Box<Blake2b>),
    S(Blake2s),
}

impl State {
    fn update(&mut self, data: &[u8]) {
        match self {
            State::B(s) => s.update(data),
            State::S(s) => s.update(data),
        }
    }
    fn digest(self, size: usize) -> Vec<u8> {
        match self {
            State::B(s) => s.digest(size),
            State::S(s) => s.digest(size),
        }
    }
}

/// Payload.
struct BlakeObj {
    state: Mutex<State>,
    size: usize,
}

impl Trace for BlakeObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    BLAKE2B: BlakeObj = "_blake2.blake2b", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t: &mut TypeInit| init_type(t, &B)
);
static BLAKE2S: TypeDef = TypeDef::new(
    "_blake2.blake2s",
    Some(&crate::object::base::OBJECT),
    BLAKE2B.layout,
    tf::BASETYPE,
    |t| init_type(t, &S),
);

/// Sizes of a variant.
struct Variant {
    max: usize,
    salt: usize,
    block: i64,
    /// Bytes of the node offset in the parameter block.
    offset: usize,
}

static B: Variant = Variant {
    max: 64,
    salt: 16,
    block: 128,
    offset: 8,
};
static S: Variant = Variant {
    max: 32,
    salt: 8,
    block: 64,
    offset: 6,
};

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_blake2");
    m.doc("BLAKE2b and BLAKE2s hash functions");
    m.ty(&BLAKE2B).ty(&BLAKE2S);
    for (name, v) in [("BLAKE2B", &B), ("BLAKE2S", &S)] {
        for (part, n) in [
            ("SALT_SIZE", v.salt),
            ("PERSON_SIZE", v.salt),
            ("MAX_KEY_SIZE", v.max),
            ("MAX_DIGEST_SIZE", v.max),
        ] {
            m.int(&format!("{name}_{part}"), n as i64);
        }
    }
    m.finish()
}

static NEW: FnDef = FnDef::new(
    "blake2",
    "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, \
     node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    Bound(|py, _| Ok(py.none())),
);

fn new(py: &Py, ty: &'static Type, args: Args, v: &'static Variant) -> PyResult<Obj> {
    let bound = NEW.bind(py, args)?;
    let a = Val::from_words(&bound);
    let number = |i: usize, default: i64| a[i].given().map_or(Ok(default), |v| ops::to_i64(py, v));
    let size = number(1, v.max as i64)?;
    if size <= 0 || size > v.max as i64 {
        let name = if v.max == 64 { "blake2b" } else { "blake2s" };
        return Err(py.value_error(format!(
            "digest_size for {name} must be between 1 and {} bytes, here it is {size}",
            v.max
        )));
    }
    let part = |i: usize, what: &str, max: usize| -> PyResult<Vec<u8>> {
        let Some(x) = a[i].given() else {
            return Ok(Vec::new());
        };
        let b = with_data(py, x, <[u8]>::to_vec)?;
        if b.len() > max {
            return Err(py.value_error(format!("maximum {what} length is {max} bytes")));
        }
        Ok(b)
    };
    let key = part(2, "key", v.max)?;
    let mut salt = part(3, "salt", v.salt)?;
    let mut person = part(4, "person", v.salt)?;
    let (fanout, depth) = (number(5, 1)?, number(6, 1)?);
    if !(0..=255).contains(&fanout) {
        return Err(py.value_error("fanout must be between 0 and 255"));
    }
    if !(1..=255).contains(&depth) {
        return Err(py.value_error("depth must be between 1 and 255"));
    }
    let leaf =
        u32::try_from(number(7, 0)?).map_err(|_| py.overflow_error("leaf_size is too large"))?;
    let node_offset = u64::try_from(number(8, 0)?)
        .ok()
        .filter(|n| v.offset == 8 || n >> 48 == 0);
    let node_offset = node_offset.ok_or_else(|| py.overflow_error("node_offset is too large"))?;
    let node_depth = number(9, 0)?;
    if !(0..=255).contains(&node_depth) {
        return Err(py.value_error("node_depth must be between 0 and 255"));
    }
    let inner = number(10, 0)?;
    if !(0..=v.max as i64).contains(&inner) {
        return Err(py.value_error(format!("inner_size must be between 0 and is {}", v.max)));
    }
    let last_node = a[11].given().map_or(Ok(false), |x| ops::truth(py, x))?;
    let mut p = vec![size as u8, key.len() as u8, fanout as u8, depth as u8];
    p.extend(leaf.to_le_bytes());
    p.extend(&node_offset.to_le_bytes()[..v.offset]);
    p.extend([node_depth as u8, inner as u8]);
    // Reserved bytes up to the salt.
    p.resize(if v.offset == 8 { 32 } else { 16 }, 0);
    salt.resize(v.salt, 0);
    person.resize(v.salt, 0);
    p.extend(salt);
    p.extend(person);
    let mut state = if v.offset == 8 {
        State::B(Box::new(Blake2b::new(&p, last_node)))
    } else {
        State::S(Blake2s::new(&p, last_node))
    };
    if !key.is_empty() {
        let mut block = key;
        block.resize(v.block as usize, 0);
        state.update(&block);
    }
    if let Some(d) = a[0].given().or(a[13].given()) {
        with_data(py, d, |data| state.update(data))?;
    }
    Ok(py.alloc_in(
        ty,
        BlakeObj {
            state: Mutex::new(state),
            size: size as usize,
        },
    ))
}

fn digest(v: &Val) -> Vec<u8> {
    let h = v.cast::<BlakeObj>();
    let state = h.state.lock().clone();
    state.digest(h.size)
}

fn init_type(t: &mut TypeInit, v: &'static Variant) {
    let py = t.py();
    if v.max == 64 {
        t.slots().new.set(|py, ty, args| new(py, ty, args, &B));
        t.getset("name", |py, _| Ok(py.str("blake2b")), None);
        t.getset("block_size", |py, _| Ok(py.int(B.block)), None);
    } else {
        t.slots().new.set(|py, ty, args| new(py, ty, args, &S));
        t.getset("name", |py, _| Ok(py.str("blake2s")), None);
        t.getset("block_size", |py, _| Ok(py.int(S.block)), None);
    }
    for (name, n) in [
        ("SALT_SIZE", v.salt),
        ("PERSON_SIZE", v.salt),
        ("MAX_KEY_SIZE", v.max),
        ("MAX_DIGEST_SIZE", v.max),
    ] {
        t.attr(name, py.int(n as i64));
    }
    t.getset(
        "digest_size",
        |py, v| Ok(py.int(v.cast::<BlakeObj>().size as i64)),
        None,
    );
    t.method(
        "update",
        "($self, data, /)",
        Bound(|py, a| {
            let h = a[0].cast::<BlakeObj>();
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
            let h = a[0].cast::<BlakeObj>();
            let state = h.state.lock().clone();
            Ok(py.alloc_in(
                a[0].ty(),
                BlakeObj {
                    state: Mutex::new(state),
                    size: h.size,
                },
            ))
        }),
    );
}
