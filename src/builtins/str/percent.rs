//! The `%` operator of `str`, and the parts of it that `bytes` shares.

use super::find::check_size;
use super::{Builder, STR, StrObj};
use crate::builtins::exceptions::TYPE_ERROR;
use crate::builtins::int::{self, IntRef};
use crate::builtins::tuple::TupleObj;
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::on_units;
use crate::text::float_repr::{FloatCode, FloatFlags, double_to_string};
use crate::text::percent::{Amount, Directive, Piece, pieces};
use crate::text::{TextSink, int_text};
use crate::thread::Py;
use num_traits::Signed;

/// Where the directives take their values from.
pub struct Values<'a> {
    items: &'a [Val],
    at: usize,
    mapping: Option<&'a Val>,
    /// The value of a `%(key)` directive, until it is taken.
    keyed: Option<Obj>,
}

impl<'a> Values<'a> {
    /// `text` tells whether a right operand is a text and so no mapping.
    pub fn new(args: &'a Val, text: impl Fn(&Val) -> bool) -> Values<'a> {
        if let Some(t) = args.get::<TupleObj>() {
            return Values {
                items: t.items(),
                at: 0,
                mapping: None,
                keyed: None,
            };
        }
        let mapping = args.ty().slots.getitem.get().is_some() && !text(args);
        Values {
            items: std::slice::from_ref(args),
            at: 0,
            mapping: mapping.then_some(args),
            keyed: None,
        }
    }
    /// Makes the value of `key` the only one.
    pub fn select(&mut self, py: &Py, key: &Val) -> PyResult<()> {
        let Some(m) = self.mapping else {
            return Err(py.type_error("format requires a mapping"));
        };
        self.keyed = Some(ops::getitem(py, m, key)?);
        self.items = &[];
        self.at = 0;
        Ok(())
    }
    pub fn next(&mut self, py: &Py) -> PyResult<Obj> {
        if let Some(v) = self.keyed.take() {
            return Ok(v);
        }
        let v = self
            .items
            .get(self.at)
            .ok_or_else(|| py.type_error("not enough arguments for format string"))?;
        self.at += 1;
        Ok(v.to_obj())
    }
    /// To be called at the end: complains about values that were not used.
    pub fn finish(&self, py: &Py, what: &str) -> PyResult<()> {
        if self.mapping.is_none() && self.at < self.items.len() {
            return Err(py.type_error(format!(
                "not all arguments converted during {what} formatting"
            )));
        }
        Ok(())
    }
    /// Width (a negative one from an argument means left alignment) and precision.
    pub fn amounts(&mut self, py: &Py, d: &mut Directive) -> PyResult<(usize, Option<usize>)> {
        let width = match d.width {
            Amount::None => 0,
            Amount::Value(n) => n,
            Amount::Argument => {
                let v = self.next(py)?;
                if int::view(&v).is_none() {
                    return Err(py.type_error("* wants int"));
                }
                let n = int_arg(py, &v)?;
                d.left |= n < 0;
                n.unsigned_abs()
            }
        };
        let precision = match d.precision {
            Amount::None => None,
            Amount::Value(n) => Some(n),
            Amount::Argument => {
                let v = self.next(py)?;
                if int::view(&v).is_none() {
                    return Err(py.type_error("* wants int"));
                }
                let n = int_arg(py, &v)?;
                if i32::try_from(n).is_err() {
                    return Err(py.overflow_error("Python int too large to convert to C int"));
                }
                Some(n.max(0) as usize)
            }
        };
        check_size(py, Some(width.max(precision.unwrap_or(0))))?;
        Ok((width, precision))
    }
}

fn int_arg(py: &Py, v: &Val) -> PyResult<isize> {
    match int::view(v).and_then(|n| n.to_i64()) {
        Some(n) => Ok(n as isize),
        None => Err(py.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// Whether a conversion character is that of a number.
pub fn is_number(code: u32) -> bool {
    matches!(
        u8::try_from(code),
        Ok(b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G')
    )
}

/// Writes a value for one of the numeric conversions.
pub fn write_number(
    py: &Py,
    d: &Directive,
    v: &Val,
    width: usize,
    precision: Option<usize>,
    out: &mut impl TextSink,
) -> PyResult<()> {
    let code = d.code as u8;
    if matches!(code, b'e' | b'E' | b'f' | b'F' | b'g' | b'G') {
        let x = ops::to_f64(py, v)?;
        let kind = match code | 0x20 {
            b'e' => FloatCode::Exponent,
            b'f' => FloatCode::Fixed,
            _ => FloatCode::General,
        };
        let flags = FloatFlags {
            alternate: d.alternate,
            upper: code.is_ascii_uppercase(),
            ..FloatFlags::default()
        };
        let text = double_to_string(x, kind, precision.unwrap_or(6), flags);
        d.write_float(&text, width, out);
        return Ok(());
    }
    let n = to_int(py, code, v)?;
    let base = match code {
        b'o' => 8,
        b'x' | b'X' => 16,
        _ => 10,
    };
    let (negative, digits) = match int::view(&n) {
        Some(IntRef::Small(i)) => (i < 0, int_text::word_to_radix(i.unsigned_abs(), base)),
        Some(IntRef::Big(b)) if base == 10 => {
            // The limit on digits is checked by repr.
            let text = ops::repr_text(py, &int::from_big(py, b.abs()))?;
            (b.is_negative(), text)
        }
        Some(IntRef::Big(b)) => (b.is_negative(), int_text::magnitude_to_radix(b, base)),
        None => return Err(py.system_error("number conversion gave no int")),
    };
    let digits = if code == b'X' {
        digits.to_ascii_uppercase()
    } else {
        digits
    };
    d.write_int(negative, &digits, width, precision, out);
    Ok(())
}

fn to_int(py: &Py, code: u8, v: &Val) -> PyResult<Obj> {
    if int::view(v).is_some() {
        return Ok(v.to_obj());
    }
    let slots = &v.ty().slots;
    let radix = matches!(code, b'o' | b'x' | b'X');
    let wrong = || {
        let want = if radix { "an integer" } else { "a real number" };
        py.type_error(format!(
            "%{} format: {want} is required, not {}",
            code as char,
            v.ty().name()
        ))
    };
    let made = if let (Some(f), false) = (slots.int.get(), radix) {
        f(py, v)
    } else if slots.index.get().is_some() {
        ops::index(py, v)
    } else {
        return Err(wrong());
    };
    match made {
        Ok(n) if int::view(&n).is_some() => Ok(n),
        Ok(_) => Err(wrong()),
        Err(e) if e.is(&TYPE_ERROR) => Err(wrong()),
        Err(e) => Err(e),
    }
}

/// `format % args`.
pub fn format(py: &Py, fmt: &Val, args: &Val) -> PyResult<Obj> {
    let s = fmt.cast::<StrObj>();
    let mut values = Values::new(args, |v| v.get::<StrObj>().is_some());
    let mut out = Builder::new();
    on_units!(s.units(), u => {
        for piece in pieces(u) {
            match piece {
                Ok(Piece::Literal(r)) => out.push_units(s.units().slice(r.start, r.end)),
                Ok(Piece::Directive(d)) => directive(py, fmt, d, &mut values, &mut out)?,
                Err(e) => return Err(py.value_error(e.0)),
            }
        }
    });
    values.finish(py, "string")?;
    Ok(out.finish(py))
}

fn directive(
    py: &Py,
    fmt: &Val,
    mut d: Directive,
    values: &mut Values,
    out: &mut Builder,
) -> PyResult<()> {
    if let Some(key) = d.key.clone() {
        values.select(py, &super::slice(py, fmt, key.start, key.end))?;
    }
    let (width, precision) = values.amounts(py, &mut d)?;
    let code = u8::try_from(d.code).unwrap_or(0);
    if code == b'%' {
        out.push(d.code);
        return Ok(());
    }
    let v = values.next(py)?;
    let text = match code {
        b's' if STR.is_exact(&v) => v,
        b's' => ops::str(py, &v)?,
        b'r' => ops::repr(py, &v)?,
        b'a' => ops::ascii(py, &v)?,
        b'c' => super::char_obj(py, character(py, &v)?),
        _ if is_number(d.code) => return write_number(py, &d, &v, width, precision, out),
        _ => return Err(py.value_error(d.unsupported())),
    };
    let precision = if code == b'c' { None } else { precision };
    let t = text.cast::<StrObj>();
    if width == 0 && precision.is_none() {
        out.push_obj(t);
    } else {
        on_units!(t.units(), u => d.write_text(u, width, precision, out));
    }
    Ok(())
}

fn character(py: &Py, v: &Val) -> PyResult<u32> {
    if let Some(s) = v.get::<StrObj>() {
        if s.len() == 1 {
            return Ok(s.units().at(0));
        }
        return Err(py.type_error(format!(
            "%c requires an int or a unicode character, not a string of length {}",
            s.len()
        )));
    }
    let n = if int::view(v).is_some() {
        v.to_obj()
    } else if v.ty().slots.index.get().is_some() {
        ops::index(py, v)?
    } else {
        return Err(py.type_error(format!(
            "%c requires an int or a unicode character, not {}",
            v.ty().full_name()
        )));
    };
    match int::view(&n).and_then(|n| n.to_i64()) {
        Some(c @ 0..=0x10ffff) => Ok(c as u32),
        _ => Err(py.overflow_error("%c arg not in range(0x110000)")),
    }
}
