//! `time`: clocks, sleeping, calendar time.
//!
//! - `clock`: readings of the system's clocks
//! - `calendar`: struct_time, local time zone, strftime

mod calendar;
mod clock;

use super::ModuleInit;
use crate::error::PyResult;
use crate::object::value::Obj;
use crate::thread::Py;

pub use calendar::STRUCT_TIME;
pub use clock::seconds_argument;

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "time");
    m.doc("Functions that tell and convert the time, and that wait.");
    clock::add(&mut m);
    calendar::add(&mut m);
    m.finish()
}
