//! Dispatch tables, made from the opcode table. The table is the mode switch:
//! EXEC holds the handlers; RECORD holds one handler 256 times that records and then executes; TRACE one that calls trace functions; PENDING holds one that does
//! the thread's pending work and then goes on with the same instruction.

use super::abi::{Handler, Table};
use super::frame::Frame;
use super::handlers;
use crate::bytecode::ops::OPCODES;
use crate::thread::Py;

macro_rules! exec_array {
    ($($name:ident $operands:literal $words:literal $doc:literal)*) => {{
        paste_handlers!($($name)*)
    }};
}

macro_rules! paste_handlers {
    ($($name:ident)*) => {{
        let mut t = [handlers::op_bad as Handler; 256];
        let mut i = 0;
        let list: [Handler; OPCODES] = [$(handlers::op::$name,)*];
        while i < OPCODES {
            t[i] = list[i];
            i += 1;
        }
        Table(t)
    }};
}

static EXEC: Table = crate::for_each_opcode!(exec_array);
static PENDING: Table = Table([op_pending; 256]);
static TRACE: Table = Table([super::trace::op_trace; 256]);
static RECORD: Table = Table([super::record::op_record; 256]);

/// The table of the handlers.
pub fn exec_table() -> &'static Table {
    &EXEC
}
/// The table that runs pending work first.
pub fn pending_table() -> &'static Table {
    &PENDING
}
/// The table that tells listeners what happens.
pub fn trace_table() -> &'static Table {
    &TRACE
}
/// The table that records.
pub fn record_table() -> &'static Table {
    &RECORD
}

/// Does pending work before the instruction `w`, then executes it.
unsafe extern "C-unwind" fn op_pending(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    w: u64,
) -> u64 {
    // SAFETY: `frame` is the running frame.
    unsafe { (*frame).ip = ip };
    if let Err(e) = crate::thread::pending::run(py) {
        // SAFETY: the running frame's state.
        unsafe { throw!(e, ip, base, table, py, frame, w) };
    }
    // One instruction runs in any case; more work may be pending already, then this handler comes before the next one.
    let table = reload!(py);
    // SAFETY: a table's handlers take the state as it is.
    unsafe { (*py.interp.mode.get()).0[(w & 0xff) as usize](ip, base, table, py, frame, w) }
}
