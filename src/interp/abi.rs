//! Handler signature and dispatch.
//!
//! A handler is `extern "C-unwind" fn(ip, base, table, py, frame, w) -> u64`: `ip` points behind the instruction word `w`, `base`
//! is slot 0 of the running frame, `table` the dispatch table of the mode. It ends by calling the next handler in tail
//! position, which LLVM turns into a jump as long as nothing with a destructor is alive and no local's address escaped.
//! With `RUSTFLAGS="--cfg pirn_become"` and a nightly compiler, the jump is guaranteed by the language (`become`).
//! In builds without optimization, and with the feature `portable`, handlers store their state and return to a loop instead.
//!
//! Rules for handlers:
//! 1. No value with a destructor is alive at a dispatch: hand words on, not `Obj`s.
//! 2. `frame.ip` is stored before anything that may raise, allocate Python frames or be looked at.
//! 3. After anything that may have dropped a reference, the table is loaded anew (`reload!`).
//! 4. The new value is in its slot before the old one is dropped.
//! 5. Sources flagged as temporaries are emptied after success only.

use super::frame::Frame;
use crate::bytecode::ops::OPCODES;
use crate::thread::Py;

/// See the module documentation.
pub type Handler = unsafe extern "C-unwind" fn(
    *const u64,
    *mut u64,
    *const Table,
    &'static Py,
    *mut Frame,
    u64,
) -> u64;

/// A dispatch table: one handler for each opcode byte.
#[repr(C, align(64))]
pub struct Table(pub [Handler; 256]);

const _: () = assert!(OPCODES <= 256);

/// A handler's answer to the portable loop: go on with the stored state.
pub const CONTINUE: u64 = 1;
/// The entry frame has returned.
pub const DONE: u64 = 0;

/// Whether handlers return to a loop.
pub const PORTABLE: bool = cfg!(any(debug_assertions, feature = "portable"));

/// Leaves a handler by calling the next one. The only place that knows how a jump is made.
#[cfg(pirn_become)]
#[macro_export]
macro_rules! tail {
    ($call:expr) => {
        become $call
    };
}

/// Leaves a handler by calling the next one. The only place that knows how a jump is made.
#[cfg(not(pirn_become))]
#[macro_export]
macro_rules! tail {
    ($call:expr) => {
        return $call
    };
}

/// Dispatches the instruction at `ip`.
#[macro_export]
macro_rules! next {
    ($ip:expr, $base:expr, $table:expr, $py:expr, $frame:expr) => {{
        #[cfg(any(debug_assertions, feature = "portable"))]
        {
            $py.interp.resume.set(($ip, $base, $table, $frame));
            return $crate::interp::abi::CONTINUE;
        }
        #[cfg(not(any(debug_assertions, feature = "portable")))]
        {
            let ip = $ip;
            let table = $table;
            let w = *ip;
            let h = (*table).0[(w & 0xff) as usize];
            $crate::tail!(h(ip.add(1), $base, table, $py, $frame, w))
        }
    }};
}

/// The table to go on with after a slow operation.
#[macro_export]
macro_rules! reload {
    ($py:expr) => {
        $py.interp
            .active
            .load(std::sync::atomic::Ordering::Relaxed)
            .cast_const()
    };
}

/// Dispatches after the word `old` was taken out of a slot: gives its count back.
#[macro_export]
macro_rules! drop_next {
    ($old:expr, $ip:expr, $base:expr, $table:expr, $py:expr, $frame:expr) => {{
        let old: $crate::object::value::Word = $old;
        if old.is_owned_ptr() && !$crate::heap::count::quick_release($py, old.ptr()) {
            return $crate::interp::handlers::load_store::drop_and_next(
                $ip, $base, $table, $py, $frame, old.0,
            );
        }
        next!($ip, $base, $table, $py, $frame)
    }};
}

/// Leaves with the exception `e`.
#[macro_export]
macro_rules! throw {
    ($e:expr, $ip:expr, $base:expr, $table:expr, $py:expr, $frame:expr, $w:expr) => {{
        $py.interp.set_raised($e);
        return $crate::interp::unwind::op_unwind($ip, $base, $table, $py, $frame, $w);
    }};
}
