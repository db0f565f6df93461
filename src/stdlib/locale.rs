//! `_locale`: the C library's locale settings.

use super::ModuleInit;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::exceptions as exc;
use crate::builtins::list;
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use parking_lot::Mutex;
use std::ffi::{CStr, CString};

/// The C library's locale is one for the process.
static LOCK: Mutex<()> = Mutex::new(());

const CATEGORIES: [(&str, i32); 7] = [
    ("LC_CTYPE", libc::LC_CTYPE),
    ("LC_NUMERIC", libc::LC_NUMERIC),
    ("LC_TIME", libc::LC_TIME),
    ("LC_COLLATE", libc::LC_COLLATE),
    ("LC_MONETARY", libc::LC_MONETARY),
    ("LC_MESSAGES", libc::LC_MESSAGES),
    ("LC_ALL", libc::LC_ALL),
];

const LANGINFO: &[(&str, i32)] = &[
    ("CODESET", libc::CODESET),
    ("RADIXCHAR", libc::RADIXCHAR),
    ("THOUSEP", libc::THOUSEP),
    ("YESEXPR", libc::YESEXPR),
    ("NOEXPR", libc::NOEXPR),
    ("CRNCYSTR", libc::CRNCYSTR),
    ("D_T_FMT", libc::D_T_FMT),
    ("D_FMT", libc::D_FMT),
    ("T_FMT", libc::T_FMT),
    ("T_FMT_AMPM", libc::T_FMT_AMPM),
    ("AM_STR", libc::AM_STR),
    ("PM_STR", libc::PM_STR),
    ("ERA", libc::ERA),
    ("ERA_D_T_FMT", libc::ERA_D_T_FMT),
    ("ERA_D_FMT", libc::ERA_D_FMT),
    ("ERA_T_FMT", libc::ERA_T_FMT),
    ("ALT_DIGITS", libc::ALT_DIGITS),
    ("DAY_1", libc::DAY_1),
    ("DAY_2", libc::DAY_2),
    ("DAY_3", libc::DAY_3),
    ("DAY_4", libc::DAY_4),
    ("DAY_5", libc::DAY_5),
    ("DAY_6", libc::DAY_6),
    ("DAY_7", libc::DAY_7),
    ("ABDAY_1", libc::ABDAY_1),
    ("ABDAY_2", libc::ABDAY_2),
    ("ABDAY_3", libc::ABDAY_3),
    ("ABDAY_4", libc::ABDAY_4),
    ("ABDAY_5", libc::ABDAY_5),
    ("ABDAY_6", libc::ABDAY_6),
    ("ABDAY_7", libc::ABDAY_7),
    ("MON_1", libc::MON_1),
    ("MON_2", libc::MON_2),
    ("MON_3", libc::MON_3),
    ("MON_4", libc::MON_4),
    ("MON_5", libc::MON_5),
    ("MON_6", libc::MON_6),
    ("MON_7", libc::MON_7),
    ("MON_8", libc::MON_8),
    ("MON_9", libc::MON_9),
    ("MON_10", libc::MON_10),
    ("MON_11", libc::MON_11),
    ("MON_12", libc::MON_12),
    ("ABMON_1", libc::ABMON_1),
    ("ABMON_2", libc::ABMON_2),
    ("ABMON_3", libc::ABMON_3),
    ("ABMON_4", libc::ABMON_4),
    ("ABMON_5", libc::ABMON_5),
    ("ABMON_6", libc::ABMON_6),
    ("ABMON_7", libc::ABMON_7),
    ("ABMON_8", libc::ABMON_8),
    ("ABMON_9", libc::ABMON_9),
    ("ABMON_10", libc::ABMON_10),
    ("ABMON_11", libc::ABMON_11),
    ("ABMON_12", libc::ABMON_12),
];

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_locale");
    // Programs start with the character type of their environment and the C locale otherwise.
    static START: std::sync::Once = std::sync::Once::new();
    START.call_once(|| {
        let _guard = LOCK.lock();
        // SAFETY: an empty NUL-terminated name.
        unsafe { libc::setlocale(libc::LC_CTYPE, c"".as_ptr()) };
    });
    m.doc("Support for POSIX locales.");
    for (name, n) in CATEGORIES.iter().chain(LANGINFO) {
        m.int(name, i64::from(*n));
    }
    m.int("CHAR_MAX", 127);
    m.add("Error", locale_error(py)?);
    m.function(
        "setlocale",
        "($module, category, locale=None, /)",
        Bound(setlocale),
    );
    m.function("localeconv", "($module, /)", Bound(localeconv));
    m.function(
        "nl_langinfo",
        "($module, key, /)",
        Bound(|py, a| {
            let n = ops::to_i64(py, &a[0])?;
            if !LANGINFO.iter().any(|(_, k)| i64::from(*k) == n) {
                return Err(py.value_error("unsupported langinfo constant"));
            }
            let _guard = LOCK.lock();
            // SAFETY: a known item; the result is a NUL-terminated text that is copied under the lock.
            let s = unsafe { CStr::from_ptr(libc::nl_langinfo(n as i32)) };
            Ok(py.str(&s.to_string_lossy()))
        }),
    );
    m.function(
        "getencoding",
        "($module, /)",
        Bound(|py, _| Ok(py.str("utf-8"))),
    );
    m.function(
        "strcoll",
        "($module, os1, os2, /)",
        Bound(|py, a| {
            let (x, y) = (c_text(py, &a[0])?, c_text(py, &a[1])?);
            let _guard = LOCK.lock();
            // SAFETY: both are NUL-terminated.
            Ok(py.int(i64::from(unsafe { libc::strcoll(x.as_ptr(), y.as_ptr()) })))
        }),
    );
    m.function(
        "strxfrm",
        "($module, string, /)",
        Bound(|py, a| {
            let x = c_text(py, &a[0])?;
            let _guard = LOCK.lock();
            // SAFETY: NUL-terminated source, and a buffer of the size that the first call asked for.
            let bytes = unsafe {
                let n = libc::strxfrm(std::ptr::null_mut(), x.as_ptr(), 0);
                let mut out = vec![0u8; n + 1];
                let n = libc::strxfrm(out.as_mut_ptr().cast(), x.as_ptr(), out.len());
                out.truncate(n);
                out
            };
            Ok(crate::builtins::str::from_latin1(py, &bytes))
        }),
    );
    m.finish()
}

/// `locale.Error`, a class made on first import.
fn locale_error(py: &Py) -> PyResult<Obj> {
    let ns = dict::new(py);
    ns.cast::<DictObj>()
        .set_str(py, "__module__", py.str("locale"));
    let bases = crate::builtins::tuple::new(py, vec![exc::EXCEPTION.obj()]);
    ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str("Error"),
        &bases,
        &ns,
    )
}

fn c_text(py: &Py, v: &Val) -> PyResult<CString> {
    let Some(s) = v.get::<StrObj>() else {
        return Err(py.type_error(format!("argument must be str, not {}", v.ty().name())));
    };
    CString::new(s.lossy().into_owned()).map_err(|_| py.value_error("embedded null character"))
}

fn setlocale(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let category = i32::try_from(ops::to_i64(py, &a[0])?).unwrap_or(-1);
    let wanted = match a[1].not_none() {
        Some(v) => Some(c_text(py, v)?),
        None => None,
    };
    let result = {
        let _guard = LOCK.lock();
        // SAFETY: NUL-terminated or null; the result is copied under the lock.
        unsafe {
            let r = libc::setlocale(
                category,
                wanted.as_ref().map_or(std::ptr::null(), |w| w.as_ptr()),
            );
            if r.is_null() {
                None
            } else {
                Some(CStr::from_ptr(r).to_string_lossy().into_owned())
            }
        }
    };
    match result {
        Some(s) => Ok(py.str(&s)),
        None => {
            let what = if wanted.is_some() {
                "unsupported locale setting"
            } else {
                "locale query failed"
            };
            let error = ops::getattr_str(py, &*crate::import::import(py, "_locale")?, "Error")?;
            Err(crate::error::Raised(ops::call1(py, &error, &py.str(what))?))
        }
    }
}

fn localeconv(py: &Py, _: &[Val]) -> PyResult<Obj> {
    let d = dict::new(py);
    let t = d.cast::<DictObj>();
    let _guard = LOCK.lock();
    // SAFETY: the structure is valid until the next call, which the lock excludes.
    let c = unsafe { &*libc::localeconv() };
    let text = |p: *const libc::c_char| {
        // SAFETY: the texts of the structure are NUL-terminated.
        unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned()
    };
    let grouping = |p: *const libc::c_char| {
        // SAFETY: as above.
        let bytes = unsafe { CStr::from_ptr(p) }.to_bytes();
        let mut items: Vec<Obj> = bytes.iter().map(|&b| py.int(i64::from(b))).collect();
        if !items.is_empty() && bytes.last() != Some(&127) {
            items.push(py.int(0));
        }
        list::new(py, items)
    };
    for (name, p) in [
        ("decimal_point", c.decimal_point),
        ("thousands_sep", c.thousands_sep),
        ("int_curr_symbol", c.int_curr_symbol),
        ("currency_symbol", c.currency_symbol),
        ("mon_decimal_point", c.mon_decimal_point),
        ("mon_thousands_sep", c.mon_thousands_sep),
        ("positive_sign", c.positive_sign),
        ("negative_sign", c.negative_sign),
    ] {
        t.set_str(py, name, py.str(&text(p)));
    }
    t.set_str(py, "grouping", grouping(c.grouping));
    t.set_str(py, "mon_grouping", grouping(c.mon_grouping));
    for (name, n) in [
        ("int_frac_digits", c.int_frac_digits),
        ("frac_digits", c.frac_digits),
        ("p_cs_precedes", c.p_cs_precedes),
        ("p_sep_by_space", c.p_sep_by_space),
        ("n_cs_precedes", c.n_cs_precedes),
        ("n_sep_by_space", c.n_sep_by_space),
        ("p_sign_posn", c.p_sign_posn),
        ("n_sign_posn", c.n_sign_posn),
    ] {
        t.set_str(py, name, py.int(n as i64));
    }
    Ok(d)
}
