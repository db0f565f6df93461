//! shake_128 and shake_256: digests of any length.

use super::fixed::SIGNATURE;
use super::{hex, with_data};
use crate::builtins::bytes;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use parking_lot::Mutex;
use sha3::digest::{ExtendableOutput, Update, XofReader};

#[derive(Clone)]
enum State {
    S128(sha3::Shake128),
    S256(sha3::Shake256),
}

impl State {
    fn update(&mut self, data: &[u8]) {
        match self {
            State::S128(s) => s.update(data),
            State::S256(s) => s.update(data),
        }
    }
    fn read(self, out: &mut [u8]) {
        match self {
            State::S128(s) => s.finalize_xof().read(out),
            State::S256(s) => s.finalize_xof().read(out),
        }
    }
    fn name(&self) -> &'static str {
        match self {
            State::S128(_) => "shake_128",
            State::S256(_) => "shake_256",
        }
    }
    fn block(&self) -> i64 {
        match self {
            State::S128(_) => 168,
            State::S256(_) => 136,
        }
    }
}

/// Payload.
struct ShakeObj {
    state: Mutex<State>,
}

impl Trace for ShakeObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    SHAKE: ShakeObj = "_sha3.shake", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init
);

pub(super) fn add(m: &mut ModuleInit) {
    m.function(
        "shake_128",
        SIGNATURE,
        Bound(|py, a| make(py, State::S128(Default::default()), a)),
    );
    m.function(
        "shake_256",
        SIGNATURE,
        Bound(|py, a| make(py, State::S256(Default::default()), a)),
    );
}

fn make(py: &Py, mut state: State, a: &[Val]) -> PyResult<Obj> {
    if let Some(d) = a[0].given().or(a[2].given()) {
        with_data(py, d, |bytes| state.update(bytes))?;
    }
    Ok(py.alloc(
        &SHAKE,
        ShakeObj {
            state: Mutex::new(state),
        },
    ))
}

fn read(py: &Py, a: &[Val]) -> PyResult<Vec<u8>> {
    let n = ops::to_isize(py, &a[1])?;
    let Ok(n) = usize::try_from(n) else {
        return Err(py.value_error("value must be positive"));
    };
    if n >= 1 << 29 {
        return Err(py.value_error("length is too large"));
    }
    let mut out = vec![0; n];
    let state = a[0].cast::<ShakeObj>().state.lock().clone();
    state.read(&mut out);
    Ok(out)
}

fn init(t: &mut TypeInit) {
    t.method(
        "update",
        "($self, obj, /)",
        Bound(|py, a| {
            let h = a[0].cast::<ShakeObj>();
            with_data(py, &a[1], |data| h.state.lock().update(data))?;
            Ok(py.none())
        }),
    );
    t.method(
        "digest",
        "($self, /, length)",
        Bound(|py, a| Ok(bytes::new(py, &read(py, a)?))),
    );
    t.method(
        "hexdigest",
        "($self, /, length)",
        Bound(|py, a| Ok(hex(py, &read(py, a)?))),
    );
    t.method(
        "copy",
        "($self, /)",
        Bound(|py, a| {
            let state = a[0].cast::<ShakeObj>().state.lock().clone();
            Ok(py.alloc(
                &SHAKE,
                ShakeObj {
                    state: Mutex::new(state),
                },
            ))
        }),
    );
    t.getset(
        "name",
        |py, v| Ok(py.str(v.cast::<ShakeObj>().state.lock().name())),
        None,
    );
    t.getset(
        "block_size",
        |py, v| Ok(py.int(v.cast::<ShakeObj>().state.lock().block())),
        None,
    );
    t.getset("digest_size", |py, _| Ok(py.int(0)), None);
}
