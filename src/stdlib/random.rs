//! `_random`: the Mersenne Twister MT19937, with the same numbers for the same seeds as everywhere.

use super::ModuleInit;
use crate::builtins::int::{self, IntRef, from_big, from_i64, from_u64};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_bigint::{BigInt, BigUint, Sign};
use parking_lot::Mutex;

const N: usize = 624;
const M: usize = 397;

/// The generator.
struct Twister {
    state: [u32; N],
    index: usize,
}

impl Twister {
    fn from_word(seed: u32) -> Twister {
        let mut state = [0u32; N];
        state[0] = seed;
        for i in 1..N {
            let prev = state[i - 1];
            state[i] = 1_812_433_253u32
                .wrapping_mul(prev ^ prev >> 30)
                .wrapping_add(i as u32);
        }
        Twister { state, index: N }
    }
    /// Seeds with a key of at least one word.
    fn from_key(key: &[u32]) -> Twister {
        let mut t = Twister::from_word(19_650_218);
        let s = &mut t.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let prev = s[i - 1];
            s[i] = (s[i] ^ (prev ^ prev >> 30).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let prev = s[i - 1];
            s[i] = (s[i] ^ (prev ^ prev >> 30).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
        }
        s[0] = 0x8000_0000;
        t
    }
    fn refill(&mut self) {
        let s = &mut self.state;
        for k in 0..N {
            let y = s[k] & 0x8000_0000 | s[(k + 1) % N] & 0x7fff_ffff;
            s[k] = s[(k + M) % N] ^ y >> 1 ^ if y & 1 == 1 { 0x9908_b0df } else { 0 };
        }
        self.index = 0;
    }
    fn next(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }
    /// A float in [0, 1) with 53 random bits.
    fn float(&mut self) -> f64 {
        let (a, b) = (self.next() >> 5, self.next() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// Payload of `_random.Random`.
pub struct RandomObj {
    twister: Mutex<Box<Twister>>,
}

impl Trace for RandomObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `_random.Random`.
    pub RANDOM: RandomObj = "_random.Random", base crate::object::base::OBJECT, flags tf::BASETYPE, init init_type
);

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_random");
    m.doc("Module implements the Mersenne Twister random number generator.");
    m.ty(&RANDOM);
    m.finish()
}

fn init_type(t: &mut TypeInit) {
    t.doc("Random() -> create a random number generator with its own internal state.");
    t.slots().new.set(|py, ty, args| {
        let pos = args.positional();
        if std::ptr::eq(ty, RANDOM.ty()) {
            if args.has_keywords() {
                return Err(py.type_error("Random() takes no keyword arguments"));
            }
            if pos.len() > 1 {
                return Err(py.type_error(format!(
                    "Random expected at most 1 argument, got {}",
                    pos.len()
                )));
            }
        }
        let twister = seeded(py, pos.first())?;
        Ok(py.alloc_in(
            ty,
            RandomObj {
                twister: Mutex::new(twister),
            },
        ))
    });
    t.method(
        "random",
        "($self, /)",
        Bound(|py, a| {
            let d = a[0].cast::<RandomObj>().twister.lock().float();
            Ok(py.float(d))
        }),
    );
    t.method(
        "seed",
        "($self, n=None, /)",
        Bound(|py, a| {
            let t = seeded(py, a[1].given())?;
            *a[0].cast::<RandomObj>().twister.lock() = t;
            Ok(py.none())
        }),
    );
    t.method("getrandbits", "($self, k, /)", Bound(getrandbits));
    t.method(
        "getstate",
        "($self, /)",
        Bound(|py, a| {
            let t = a[0].cast::<RandomObj>().twister.lock();
            let mut items: Vec<Obj> = t
                .state
                .iter()
                .map(|&w| from_i64(py, i64::from(w)))
                .collect();
            items.push(from_i64(py, t.index as i64));
            drop(t);
            Ok(tuple::new(py, items))
        }),
    );
    t.method("setstate", "($self, state, /)", Bound(setstate));
}

/// A generator seeded as `seed(n)` does.
fn seeded(py: &Py, n: Option<&Val>) -> PyResult<Box<Twister>> {
    let Some(n) = n.and_then(Val::not_none) else {
        let mut bytes = [0u8; N * 4];
        if getrandom::fill(&mut bytes).is_err() {
            let address = (&raw const bytes as u64).to_le_bytes();
            bytes[..8].copy_from_slice(&address);
        }
        let key: Vec<u32> = bytes
            .chunks_exact(4)
            .map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]))
            .collect();
        return Ok(Box::new(Twister::from_key(&key)));
    };
    let size: BigUint = match int::view(n) {
        Some(IntRef::Small(n)) => n.unsigned_abs().into(),
        Some(IntRef::Big(b)) => b.magnitude().clone(),
        None => (ops::hash(py, n)? as u64).into(),
    };
    let mut key = size.to_u32_digits();
    if key.is_empty() {
        key.push(0);
    }
    Ok(Box::new(Twister::from_key(&key)))
}

fn getrandbits(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = ops::index(py, &a[1])?;
    let k = match int::view(&n) {
        Some(k) if k.is_negative() => {
            return Err(py.value_error("number of bits must be non-negative"));
        }
        Some(IntRef::Small(k)) => k as u64,
        _ => return Err(py.overflow_error("Python int too large to convert to C int")),
    };
    if k == 0 {
        return Ok(from_i64(py, 0));
    }
    let mut t = a[0].cast::<RandomObj>().twister.lock();
    if k <= 32 {
        return Ok(from_i64(py, i64::from(t.next() >> (32 - k))));
    }
    if k <= 64 {
        let low = u64::from(t.next());
        return Ok(from_u64(py, u64::from(t.next() >> (64 - k)) << 32 | low));
    }
    let words = k.div_ceil(32) as usize;
    let mut digits: Vec<u32> = Vec::new();
    if k > 1 << 36 || digits.try_reserve_exact(words).is_err() {
        return Err(py.memory_error());
    }
    let mut left = k;
    for _ in 0..words {
        let r = t.next();
        digits.push(if left < 32 { r >> (32 - left) } else { r });
        left = left.saturating_sub(32);
    }
    drop(t);
    Ok(from_big(
        py,
        BigInt::from_biguint(Sign::Plus, BigUint::new(digits)),
    ))
}

fn setstate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(t) = a[1].get::<TupleObj>() else {
        return Err(py.type_error("state vector must be a tuple"));
    };
    let items = t.items();
    if items.len() != N + 1 {
        return Err(py.value_error("state vector is the wrong size"));
    }
    let mut new = Box::new(Twister {
        state: [0; N],
        index: 0,
    });
    for (slot, v) in new.state.iter_mut().zip(items) {
        let n = ops::index(py, v)?;
        let word = int::view(&n).and_then(|n| n.to_i64());
        *slot = match word {
            Some(w) if w >= 0 => w as u32,
            Some(_) => {
                return Err(py.overflow_error("can't convert negative value to unsigned int"));
            }
            None => {
                return Err(py.overflow_error("Python int too large to convert to C unsigned long"));
            }
        };
    }
    let index = ops::to_i64(py, &items[N])?;
    if !(0..=N as i64).contains(&index) {
        return Err(py.value_error("invalid state"));
    }
    new.index = index as usize;
    *a[0].cast::<RandomObj>().twister.lock() = new;
    Ok(py.none())
}
