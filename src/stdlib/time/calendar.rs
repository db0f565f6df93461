//! struct_time, the local time zone, formatting.

use crate::builtins::float;
use crate::builtins::int::{self, IntRef};
use crate::builtins::str::StrObj;
use crate::builtins::structseq::SeqDef;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use std::ffi::{CStr, CString};

/// `time.struct_time`
pub static STRUCT_TIME: SeqDef = SeqDef::new(
    "time.struct_time",
    "The time value as returned by gmtime(), localtime(), and strptime(), and accepted by asctime(), mktime() and \
     strftime().",
    &[
        "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday",
        "tm_isdst",
    ],
    &["tm_zone", "tm_gmtoff"],
);

unsafe extern "C" {
    fn tzset();
}

pub fn add(m: &mut ModuleInit) {
    let py = m.py();
    m.add("struct_time", STRUCT_TIME.obj());
    m.int("_STRUCT_TM_ITEMS", 11);
    m.function(
        "gmtime",
        "(seconds=None, /)",
        Bound(|py, a| Ok(broken_down(py, &convert(py, &a[0], true)?))),
    );
    m.function(
        "localtime",
        "(seconds=None, /)",
        Bound(|py, a| Ok(broken_down(py, &convert(py, &a[0], false)?))),
    );
    m.function("mktime", "(seconds, /)", Bound(mktime));
    m.function(
        "asctime",
        "(tuple=<unrepresentable>, /)",
        Bound(|py, a| {
            let mut t = match a[0].given() {
                Some(v) => tm_argument(py, v, "asctime")?.0,
                None => local_now(py)?,
            };
            check(py, &mut t)?;
            Ok(py.str(&asctime(&t)))
        }),
    );
    m.function(
        "ctime",
        "(seconds=None, /)",
        Bound(|py, a| Ok(py.str(&asctime(&convert(py, &a[0], false)?)))),
    );
    m.function(
        "strftime",
        "(format, tuple=<unrepresentable>, /)",
        Bound(strftime),
    );
    m.function(
        "strptime",
        "(string, format='%a %b %d %H:%M:%S %Y', /)",
        Raw(|py, args| {
            let f = ops::getattr_str(
                py,
                &*crate::import::import(py, "_strptime")?,
                "_strptime_time",
            )?;
            ops::call(py, &f, args)
        }),
    );
    let module = m.module().clone();
    m.function(
        "tzset",
        "($module, /)",
        Bound(|py, _| {
            let m = crate::import::import(py, "time")?;
            zone_constants(py, &m);
            Ok(py.none())
        }),
    );
    zone_constants(py, &module);
}

/// Sets `timezone`, `altzone`, `daylight` and `tzname` of the module from the environment's time zone.
fn zone_constants(py: &Py, module: &Val) {
    // SAFETY: reads the environment variable TZ, as every conversion to local time does.
    unsafe { tzset() };
    let now = {
        // SAFETY: a null pointer is allowed.
        unsafe { libc::time(std::ptr::null_mut()) }
    };
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let start = now - now.rem_euclid(YEAR);
    let zone_of = |t: i64| {
        let tm = broken(t, false)?;
        Some((zone_name(&tm), tm.tm_gmtoff))
    };
    let (january, july) = match (zone_of(start), zone_of(start + YEAR / 2)) {
        (Some(a), Some(b)) => (a, b),
        _ => return,
    };
    // The standard offset is the western one (daylight saving time moves clocks forward).
    let (standard, daylight) = if january.1 < july.1 {
        (january.clone(), july.clone())
    } else {
        (july.clone(), january.clone())
    };
    let d = crate::builtins::module::dict(module);
    let d = d.cast::<crate::builtins::dict::DictObj>();
    d.set_str(py, "timezone", py.int(-standard.1));
    d.set_str(py, "altzone", py.int(-daylight.1));
    d.set_str(py, "daylight", py.int((january.1 != july.1) as i64));
    d.set_str(
        py,
        "tzname",
        tuple::new(py, vec![py.str(&standard.0), py.str(&daylight.0)]),
    );
}

fn zone_name(tm: &libc::tm) -> String {
    if tm.tm_zone.is_null() {
        return String::new();
    }
    // SAFETY: the C library's zone names are NUL-terminated and live as long as the process.
    unsafe { CStr::from_ptr(tm.tm_zone) }
        .to_string_lossy()
        .into_owned()
}

/// Calendar time of seconds since the epoch; `None` if the year does not fit.
fn broken(t: i64, utc: bool) -> Option<libc::tm> {
    // SAFETY: all-zero is a valid `tm`, and both pointers are valid.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        let r = if utc {
            libc::gmtime_r(&t, &mut tm)
        } else {
            libc::localtime_r(&t, &mut tm)
        };
        if r.is_null() { None } else { Some(tm) }
    }
}

fn convert(py: &Py, v: &Val, utc: bool) -> PyResult<libc::tm> {
    let t = match v.not_none() {
        // SAFETY: a null pointer is allowed.
        None => unsafe { libc::time(std::ptr::null_mut()) },
        Some(v) => time_t(py, v)?,
    };
    broken(t, utc)
        .ok_or_else(|| crate::builtins::exceptions::oserror::os_error(py, libc::EOVERFLOW, None))
}

fn local_now(py: &Py) -> PyResult<libc::tm> {
    convert(py, &py.none(), false)
}

/// Whole seconds of a number, rounded down.
fn time_t(py: &Py, v: &Val) -> PyResult<i64> {
    let out_of_range = || py.overflow_error("timestamp out of range for platform time_t");
    if let Some(d) = float::view(v) {
        if d.is_nan() {
            return Err(py.value_error("Invalid value NaN (not a number)"));
        }
        let d = d.floor();
        return if d.abs() < 9.2e18 {
            Ok(d as i64)
        } else {
            Err(out_of_range())
        };
    }
    let n = ops::index(py, v)?;
    match int::view(&n) {
        Some(IntRef::Small(n)) => Ok(n),
        _ => Err(out_of_range()),
    }
}

fn broken_down(py: &Py, tm: &libc::tm) -> Obj {
    let fields = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        tm.tm_mday.into(),
        tm.tm_hour.into(),
        tm.tm_min.into(),
        tm.tm_sec.into(),
        (i64::from(tm.tm_wday) + 6) % 7,
        i64::from(tm.tm_yday) + 1,
        tm.tm_isdst.into(),
    ];
    let mut values: Vec<Obj> = fields.iter().map(|&n| py.int(n)).collect();
    values.push(py.str(&zone_name(tm)));
    values.push(py.int(tm.tm_gmtoff));
    STRUCT_TIME.make(py, values)
}

/// A time tuple argument; the zone's name is returned for the caller to keep alive.
fn tm_argument(py: &Py, v: &Val, function: &str) -> PyResult<(libc::tm, Option<CString>)> {
    let Some(t) = v.get::<TupleObj>() else {
        return Err(py.type_error("Tuple or struct_time argument required"));
    };
    let items = t.items();
    if items.len() != 9 {
        return Err(py.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut n = [0i32; 9];
    for (slot, v) in n.iter_mut().zip(items) {
        let x = ops::to_i64(py, v)?;
        *slot = i32::try_from(x).map_err(|_| {
            py.overflow_error(if x > 0 {
                "signed integer is greater than maximum"
            } else {
                "signed integer is less than minimum"
            })
        })?;
    }
    let [year, month, mday, hour, minute, second, wday, yday, isdst] = n;
    if year < i32::MIN + 1900 {
        return Err(py.overflow_error("year out of range"));
    }
    // SAFETY: all-zero is a valid `tm`.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    tm.tm_year = year - 1900;
    tm.tm_mon = month.wrapping_sub(1);
    tm.tm_mday = mday;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    tm.tm_wday = wday.wrapping_add(1) % 7;
    tm.tm_yday = yday.wrapping_sub(1);
    tm.tm_isdst = isdst;
    let mut zone = None;
    if v.ty().is_subtype(STRUCT_TIME.ty()) {
        let z = ops::getattr_str(py, v, "tm_zone")?;
        if let Some(s) = z.get::<StrObj>() {
            zone = CString::new(s.lossy().into_owned()).ok();
        }
        let off = ops::getattr_str(py, v, "tm_gmtoff")?;
        if let Some(n) = int::view(&off).and_then(|n| n.to_i64()) {
            tm.tm_gmtoff = n;
        }
    }
    if let Some(z) = &zone {
        tm.tm_zone = z.as_ptr();
    }
    Ok((tm, zone))
}

/// Range checks before formatting; zeros of month, day and day of year mean their first.
fn check(py: &Py, t: &mut libc::tm) -> PyResult<()> {
    if t.tm_mon == -1 {
        t.tm_mon = 0;
    }
    if t.tm_mday == 0 {
        t.tm_mday = 1;
    }
    if t.tm_yday == -1 {
        t.tm_yday = 0;
    }
    let wrong = if !(0..=11).contains(&t.tm_mon) {
        "month out of range"
    } else if !(1..=31).contains(&t.tm_mday) {
        "day of month out of range"
    } else if !(0..=23).contains(&t.tm_hour) {
        "hour out of range"
    } else if !(0..=59).contains(&t.tm_min) {
        "minute out of range"
    } else if !(0..=61).contains(&t.tm_sec) {
        "seconds out of range"
    } else if t.tm_wday < 0 {
        "day of week out of range"
    } else if !(0..=365).contains(&t.tm_yday) {
        "day of year out of range"
    } else {
        return Ok(());
    };
    Err(py.value_error(wrong))
}

fn asctime(t: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        DAYS[t.tm_wday.rem_euclid(7) as usize],
        MONTHS[t.tm_mon.rem_euclid(12) as usize],
        t.tm_mday,
        t.tm_hour,
        t.tm_min,
        t.tm_sec,
        i64::from(t.tm_year) + 1900
    )
}

fn mktime(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (mut tm, _zone) = tm_argument(py, &a[0], "mktime")?;
    tm.tm_wday = -1;
    // SAFETY: `tm` is complete.
    let t = unsafe { libc::mktime(&mut tm) };
    if t == -1 && tm.tm_wday == -1 {
        return Err(py.overflow_error("mktime argument out of range"));
    }
    Ok(py.float(t as f64))
}

fn strftime(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(format) = a[0].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "strftime() argument 1 must be str, not {}",
            a[0].ty().name()
        )));
    };
    let (mut tm, _zone) = match a[1].given() {
        Some(v) => tm_argument(py, v, "strftime")?,
        None => (local_now(py)?, None),
    };
    check(py, &mut tm)?;
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    let text = format.lossy();
    let mut out = String::new();
    for (i, part) in text.split('\0').enumerate() {
        if i > 0 {
            out.push('\0');
        }
        out.push_str(&format_part(py, part, &tm)?);
    }
    Ok(py.str(&out))
}

/// Formats text without NUL.
fn format_part(py: &Py, format: &str, tm: &libc::tm) -> PyResult<String> {
    if format.is_empty() {
        return Ok(String::new());
    }
    // A space at the end tells an empty result from a buffer that is too small.
    let Ok(c) = CString::new(format!("{format} ")) else {
        return Ok(String::new());
    };
    let mut size = 256;
    loop {
        let mut buffer: Vec<u8> = vec![0; size];
        // SAFETY: the buffer has `size` bytes; format and `tm` are valid.
        let n = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), size, c.as_ptr(), tm) };
        if n > 0 {
            buffer.truncate(n - 1);
            return Ok(String::from_utf8_lossy(&buffer).into_owned());
        }
        if size > 256 * (format.len() + 1) + 65536 {
            return Err(py.memory_error());
        }
        size *= 4;
    }
}
