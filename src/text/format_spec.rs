//! The format mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`,
//! its parser, and `__format__` of int, float, complex and str on plain values.

use super::float_repr::{FloatCode, FloatFlags, double_to_string};
use super::int_text::{DigitLimit, print_limit_message};
use super::{CodeUnit, TextSink, from_cps};

/// Why formatting failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FormatError {
    /// Raise ValueError with this text.
    Value(String),
    /// Raise OverflowError with this text.
    Overflow(String),
}

impl FormatError {
    fn value(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

impl From<DigitLimit> for FormatError {
    fn from(_: DigitLimit) -> Self {
        Self::Value(print_limit_message(0))
    }
}

type Result<T> = std::result::Result<T, FormatError>;

/// Where padding goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    Inside,
}

/// Which sign a number shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignMode {
    /// Not given: as `-`.
    Default,
    /// `-`: only negative ones.
    Minus,
    /// `+`: always.
    Plus,
    /// ` `: a space instead of plus.
    Space,
}

/// Thousands separator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grouping {
    /// No separator.
    None,
    /// `,` each three digits.
    Comma,
    /// `_` each three digits, four for bases of powers of two.
    Underscore,
}

impl Grouping {
    fn separator(self) -> char {
        match self {
            Self::Comma => ',',
            _ => '_',
        }
    }
}

/// A parsed format specification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormatSpec {
    /// Padding character.
    pub fill: u32,
    /// Alignment, the type's default if not given.
    pub align: Align,
    /// Sign.
    pub sign: SignMode,
    /// `z`: no negative zero.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// Minimum width.
    pub width: usize,
    /// Separator of the integer part.
    pub grouping: Grouping,
    /// Precision.
    pub precision: Option<usize>,
    /// Separator of the fraction.
    pub fraction_grouping: Grouping,
    /// Presentation type, 0 if not given.
    pub code: u32,
}

fn align_of(cp: u32) -> Option<Align> {
    Some(match u8::try_from(cp).ok()? {
        b'<' => Align::Left,
        b'>' => Align::Right,
        b'^' => Align::Center,
        b'=' => Align::Inside,
        _ => return None,
    })
}

struct Reader<'a, C> {
    text: &'a [C],
    at: usize,
}

impl<C: CodeUnit> Reader<'_, C> {
    fn peek(&self, ahead: usize) -> Option<u32> {
        self.text.get(self.at + ahead).map(|c| c.cp())
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek(0) == Some(u32::from(byte));
        self.at += usize::from(found);
        found
    }

    fn integer(&mut self) -> Result<Option<usize>> {
        let mut value: Option<usize> = None;
        while let Some(digit) = self.peek(0).and_then(super::unicode::decimal) {
            let next = value
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|v| v.checked_add(usize::from(digit)));
            let next = next.filter(|v| isize::try_from(*v).is_ok());
            value =
                Some(next.ok_or_else(|| {
                    FormatError::value("Too many decimal digits in format string")
                })?);
            self.at += 1;
        }
        Ok(value)
    }

    fn grouping(&mut self) -> Result<Grouping> {
        let mut found = Grouping::None;
        if self.eat(b',') {
            found = Grouping::Comma;
        }
        if self.peek(0) == Some(u32::from(b'_')) {
            if found != Grouping::None {
                return Err(both_separators());
            }
            self.at += 1;
            found = Grouping::Underscore;
        }
        if found == Grouping::Underscore && self.peek(0) == Some(u32::from(b',')) {
            return Err(both_separators());
        }
        Ok(found)
    }
}

fn both_separators() -> FormatError {
    FormatError::value("Cannot specify both ',' and '_'.")
}

fn show_code(code: u32) -> String {
    match code {
        33..=127 => String::from(char::from(code as u8)),
        _ => format!("\\x{code:x}"),
    }
}

fn bad_separator(grouping: Grouping, code: u32) -> FormatError {
    FormatError::Value(format!(
        "Cannot specify '{}' with '{}'.",
        grouping.separator(),
        show_code(code)
    ))
}

fn unknown_code(code: u32, type_name: &str) -> FormatError {
    FormatError::Value(format!(
        "Unknown format code '{}' for object of type '{type_name}'",
        show_code(code)
    ))
}

impl FormatSpec {
    /// Parse a specification for an object of type `type_name`; numbers align right by default, and `code`
    /// is the presentation type if none is given (0, or `s` for str and `d` for int).
    pub fn parse<C: CodeUnit>(
        text: &[C],
        type_name: &str,
        default_align: Align,
        code: u8,
    ) -> Result<Self> {
        let mut reader = Reader { text, at: 0 };
        let mut spec = Self {
            fill: u32::from(b' '),
            align: default_align,
            sign: SignMode::Default,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: Grouping::None,
            precision: None,
            fraction_grouping: Grouping::None,
            code: u32::from(code),
        };
        let (mut has_fill, mut has_align) = (false, false);
        if let (Some(fill), Some(align)) = (reader.peek(0), reader.peek(1).and_then(align_of)) {
            (spec.fill, spec.align) = (fill, align);
            (has_fill, has_align) = (true, true);
            reader.at += 2;
        } else if let Some(align) = reader.peek(0).and_then(align_of) {
            spec.align = align;
            has_align = true;
            reader.at += 1;
        }
        if reader.eat(b' ') {
            spec.sign = SignMode::Space;
        } else if reader.eat(b'+') {
            spec.sign = SignMode::Plus;
        } else if reader.eat(b'-') {
            spec.sign = SignMode::Minus;
        }
        spec.no_negative_zero = reader.eat(b'z');
        spec.alternate = reader.eat(b'#');
        if !has_fill && reader.eat(b'0') {
            spec.fill = u32::from(b'0');
            if !has_align && default_align == Align::Right {
                spec.align = Align::Inside;
            }
        }
        spec.width = reader.integer()?.unwrap_or(0);
        spec.grouping = reader.grouping()?;
        if reader.eat(b'.') {
            spec.precision = reader.integer()?;
            spec.fraction_grouping = reader.grouping()?;
            if spec.precision.is_none() && spec.fraction_grouping == Grouping::None {
                return Err(FormatError::value("Format specifier missing precision"));
            }
        }
        match &text[reader.at..] {
            [] => {}
            [last] => spec.code = last.cp(),
            _ => {
                return Err(FormatError::Value(format!(
                    "Invalid format specifier '{}' for object of type '{type_name}'",
                    from_cps(text)
                )));
            }
        }
        spec.check_separators()?;
        Ok(spec)
    }

    fn check_separators(&self) -> Result<()> {
        let byte = u8::try_from(self.code).unwrap_or(0xFF);
        let float = matches!(byte, 0 | b'e' | b'f' | b'g' | b'E' | b'F' | b'G' | b'%');
        let allowed = match self.grouping {
            Grouping::None => true,
            Grouping::Comma => float || byte == b'd',
            Grouping::Underscore => float || matches!(byte, b'd' | b'b' | b'o' | b'x' | b'X'),
        };
        if !allowed {
            return Err(bad_separator(self.grouping, self.code));
        }
        if self.fraction_grouping != Grouping::None && byte == b'n' {
            return Err(bad_separator(self.fraction_grouping, self.code));
        }
        Ok(())
    }

    fn byte_code(&self) -> u8 {
        u8::try_from(self.code).unwrap_or(0xFF)
    }
}

/// `str.__format__`.
pub fn format_str<C: CodeUnit, S: CodeUnit>(
    text: &[C],
    spec: &[S],
    out: &mut impl TextSink,
) -> Result<()> {
    let spec = FormatSpec::parse(spec, "str", Align::Left, b's')?;
    if spec.code != u32::from(b's') {
        return Err(unknown_code(spec.code, "str"));
    }
    match spec.sign {
        SignMode::Default => {}
        SignMode::Space => {
            return Err(FormatError::value(
                "Space not allowed in string format specifier",
            ));
        }
        _ => {
            return Err(FormatError::value(
                "Sign not allowed in string format specifier",
            ));
        }
    }
    if spec.no_negative_zero {
        return Err(FormatError::value(
            "Negative zero coercion (z) not allowed in string format specifier",
        ));
    }
    if spec.alternate {
        return Err(FormatError::value(
            "Alternate form (#) not allowed in string format specifier",
        ));
    }
    if spec.align == Align::Inside {
        return Err(FormatError::value(
            "'=' alignment not allowed in string format specifier",
        ));
    }
    let text = &text[..spec.precision.unwrap_or(text.len()).min(text.len())];
    let (left, right) = outer_padding(&spec, text.len());
    out.push_repeated(spec.fill, left);
    for c in text {
        out.push_cp(c.cp());
    }
    out.push_repeated(spec.fill, right);
    Ok(())
}

fn outer_padding(spec: &FormatSpec, len: usize) -> (usize, usize) {
    let padding = spec.width.saturating_sub(len);
    match spec.align {
        Align::Left => (0, padding),
        Align::Center => (padding / 2, padding - padding / 2),
        Align::Right | Align::Inside => (padding, 0),
    }
}

/// What an int formats as; the caller brings the digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntKind {
    /// Digits in this base.
    Radix(u32),
    /// `c`: the character with this number.
    Character,
    /// Convert to float (OverflowError: "int too large to convert to float") and use [`format_float_spec`].
    Float,
}

/// Parse the specification of an int (or a subclass: `type_name`) and tell what is needed for it.
pub fn parse_int_spec<S: CodeUnit>(spec: &[S], type_name: &str) -> Result<(FormatSpec, IntKind)> {
    let spec = FormatSpec::parse(spec, type_name, Align::Right, b'd')?;
    let kind = match spec.byte_code() {
        b'd' | b'n' => IntKind::Radix(10),
        b'b' => IntKind::Radix(2),
        b'o' => IntKind::Radix(8),
        b'x' | b'X' => IntKind::Radix(16),
        b'c' => IntKind::Character,
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => return Ok((spec, IntKind::Float)),
        _ => return Err(unknown_code(spec.code, type_name)),
    };
    if spec.precision.is_some() {
        return Err(FormatError::value(
            "Precision not allowed in integer format specifier",
        ));
    }
    if spec.no_negative_zero {
        let text = "Negative zero coercion (z) not allowed in integer format specifier";
        return Err(FormatError::value(text));
    }
    if kind == IntKind::Character {
        if spec.sign != SignMode::Default {
            return Err(FormatError::value(
                "Sign not allowed with integer format specifier 'c'",
            ));
        }
        if spec.alternate {
            return Err(FormatError::value(
                "Alternate form (#) not allowed with integer format specifier 'c'",
            ));
        }
    }
    Ok((spec, kind))
}

/// Format an int from the digits of its size (lower case, no prefix), for [`IntKind::Radix`].
pub fn format_int_digits(spec: &FormatSpec, negative: bool, digits: &str, out: &mut impl TextSink) {
    let (prefix, group) = match spec.byte_code() {
        b'b' => ("0b", 4),
        b'o' => ("0o", 4),
        b'x' => ("0x", 4),
        b'X' => ("0X", 4),
        _ => ("", 3),
    };
    let upper;
    let digits = if spec.code == u32::from(b'X') {
        upper = digits.to_ascii_uppercase();
        &upper
    } else {
        digits
    };
    let number = Number {
        negative,
        prefix: if spec.alternate { prefix } else { "" },
        whole: digits,
        group,
        point: "",
        fraction: "",
        exponent: "",
        suffix: "",
    };
    number.write(spec, out);
}

/// Format a machine-word int.
pub fn format_i64<S: CodeUnit>(value: i64, spec: &[S], out: &mut impl TextSink) -> Result<()> {
    let (spec, kind) = parse_int_spec(spec, "int")?;
    match kind {
        IntKind::Radix(base) => {
            let digits = super::int_text::word_to_radix(value.unsigned_abs(), base);
            format_int_digits(&spec, value < 0, &digits, out);
            Ok(())
        }
        IntKind::Character => format_character(&spec, u32::try_from(value).ok(), out),
        IntKind::Float => format_float_spec(value as f64, &spec, "int", out),
    }
}

/// Format an int as a character; None when it does not even fit 32 bits.
pub fn format_character(spec: &FormatSpec, cp: Option<u32>, out: &mut impl TextSink) -> Result<()> {
    let Some(cp) = cp.filter(|cp| *cp < 0x11_0000) else {
        return Err(FormatError::Overflow(
            "%c arg not in range(0x110000)".to_owned(),
        ));
    };
    // Numbers align right also here; `=` is the same.
    let (left, right) = outer_padding(spec, 1);
    out.push_repeated(spec.fill, left);
    out.push_cp(cp);
    out.push_repeated(spec.fill, right);
    Ok(())
}

/// `float.__format__`.
pub fn format_float<S: CodeUnit>(value: f64, spec: &[S], out: &mut impl TextSink) -> Result<()> {
    let spec = FormatSpec::parse(spec, "float", Align::Right, 0)?;
    format_float_spec(value, &spec, "float", out)
}

/// Format a float with a parsed specification.
pub fn format_float_spec(
    value: f64,
    spec: &FormatSpec,
    type_name: &str,
    out: &mut impl TextSink,
) -> Result<()> {
    let plan = FloatPlan::new(spec, type_name, true)?;
    let percent = spec.code == u32::from(b'%');
    let text = plan.digits(if percent { value * 100.0 } else { value }, spec);
    split_float(&text, if percent { "%" } else { "" }).write(spec, out);
    Ok(())
}

/// How to call [`double_to_string`] for a specification.
struct FloatPlan {
    code: FloatCode,
    precision: usize,
    flags: FloatFlags,
}

impl FloatPlan {
    fn new(spec: &FormatSpec, type_name: &str, percent_allowed: bool) -> Result<Self> {
        if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
            return Err(FormatError::value("precision too big"));
        }
        let mut flags = FloatFlags {
            alternate: spec.alternate,
            ..FloatFlags::default()
        };
        let byte = spec.byte_code();
        flags.upper = byte.is_ascii_uppercase();
        let (code, default) = match byte {
            0 => (FloatCode::Repr, 0),
            b'e' | b'E' => (FloatCode::Exponent, 6),
            b'f' | b'F' => (FloatCode::Fixed, 6),
            b'g' | b'G' | b'n' => (FloatCode::General, 6),
            b'%' if percent_allowed => (FloatCode::Fixed, 6),
            _ => return Err(unknown_code(spec.code, type_name)),
        };
        let code = match (code, spec.precision) {
            (FloatCode::Repr, Some(_)) => FloatCode::General,
            _ => code,
        };
        flags.add_dot_0 = byte == 0;
        Ok(Self {
            code,
            precision: spec.precision.unwrap_or(default),
            flags,
        })
    }

    /// The number as text with at most a minus sign.
    fn digits(&self, value: f64, spec: &FormatSpec) -> String {
        let mut text = double_to_string(value, self.code, self.precision, self.flags);
        if spec.no_negative_zero && text.starts_with('-') {
            let mantissa = text[1..].split(['e', 'E']).next().unwrap_or("");
            if mantissa.bytes().all(|c| matches!(c, b'0' | b'.')) {
                text.remove(0);
            }
        }
        text
    }
}

fn split_float<'a>(text: &'a str, suffix: &'a str) -> Number<'a> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let end = body
        .bytes()
        .position(|c| !c.is_ascii_digit())
        .unwrap_or(body.len());
    let (whole, rest) = body.split_at(end);
    let (point, rest) = match rest.strip_prefix('.') {
        Some(rest) => (".", rest),
        None => ("", rest),
    };
    let end = rest
        .bytes()
        .position(|c| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (fraction, exponent) = rest.split_at(end);
    Number {
        negative,
        prefix: "",
        whole,
        group: 3,
        point,
        fraction,
        exponent,
        suffix,
    }
}

/// A number in parts; `inf` and `nan` are in place of the exponent.
struct Number<'a> {
    negative: bool,
    prefix: &'a str,
    whole: &'a str,
    /// Digits per group of the integer part.
    group: usize,
    point: &'a str,
    fraction: &'a str,
    exponent: &'a str,
    suffix: &'a str,
}

impl Number<'_> {
    fn sign(&self, mode: SignMode) -> &'static str {
        match (self.negative, mode) {
            (true, _) => "-",
            (false, SignMode::Plus) => "+",
            (false, SignMode::Space) => " ",
            _ => "",
        }
    }

    /// Sign, prefix and body with the padding of the specification.
    fn write(&self, spec: &FormatSpec, out: &mut impl TextSink) {
        let sign = self.sign(spec.sign);
        let mut fraction = String::from(self.point);
        group_fraction(self.fraction, spec.fraction_grouping, &mut fraction);
        fraction.push_str(self.exponent);
        fraction.push_str(self.suffix);
        let outside = sign.len() + self.prefix.len() + fraction.len();
        // With zeros as inner padding the separators go on through the padding.
        let zeros_inside = spec.align == Align::Inside && spec.fill == u32::from(b'0');
        let min_digits = if zeros_inside {
            spec.width.saturating_sub(outside)
        } else {
            0
        };
        if spec.grouping == Grouping::None || self.whole.is_empty() {
            let padding = spec.width.saturating_sub(outside + self.whole.len());
            self.write_parts(spec, padding, sign, self.whole, &fraction, out);
        } else {
            let whole = group_whole(
                self.whole,
                self.group,
                spec.grouping.separator(),
                min_digits,
            );
            let padding = spec.width.saturating_sub(outside + whole.len());
            self.write_parts(spec, padding, sign, &whole, &fraction, out);
        }
    }

    fn write_parts(
        &self,
        spec: &FormatSpec,
        padding: usize,
        sign: &str,
        whole: &str,
        rest: &str,
        out: &mut impl TextSink,
    ) {
        let (left, inside, right) = match spec.align {
            Align::Left => (0, 0, padding),
            Align::Right => (padding, 0, 0),
            Align::Center => (padding / 2, 0, padding - padding / 2),
            Align::Inside => (0, padding, 0),
        };
        out.push_repeated(spec.fill, left);
        out.push_ascii(sign);
        out.push_ascii(self.prefix);
        out.push_repeated(spec.fill, inside);
        out.push_ascii(whole);
        out.push_ascii(rest);
        out.push_repeated(spec.fill, right);
    }
}

/// Insert separators from the right, with leading zeros up to `min_width` characters (never a separator first).
fn group_whole(digits: &str, group: usize, separator: char, min_width: usize) -> String {
    let mut reversed = Vec::with_capacity(min_width.max(digits.len() * 4 / 3));
    let mut source = digits.bytes().rev();
    let mut count = 0;
    loop {
        let next = source.next();
        if next.is_none() && reversed.len() >= min_width {
            break;
        }
        if count > 0 && count % group == 0 {
            reversed.push(separator as u8);
        }
        reversed.push(next.unwrap_or(b'0'));
        count += 1;
    }
    reversed.iter().rev().map(|c| char::from(*c)).collect()
}

fn group_fraction(digits: &str, grouping: Grouping, out: &mut String) {
    for (at, digit) in digits.chars().enumerate() {
        if grouping != Grouping::None && at > 0 && at % 3 == 0 {
            out.push(grouping.separator());
        }
        out.push(digit);
    }
}

/// `complex.__format__`.
pub fn format_complex<S: CodeUnit>(
    real: f64,
    imag: f64,
    spec: &[S],
    out: &mut impl TextSink,
) -> Result<()> {
    let mut spec = FormatSpec::parse(spec, "complex", Align::Right, 0)?;
    let mut plan = FloatPlan::new(&spec, "complex", false)?;
    plan.flags.add_dot_0 = false;
    if spec.fill == u32::from(b'0') {
        return Err(FormatError::value(
            "Zero padding is not allowed in complex format specifier",
        ));
    }
    if spec.align == Align::Inside {
        return Err(FormatError::value(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    // Without a type the result looks like repr: in parentheses, or only the imaginary part.
    let bare = spec.code == 0;
    let skip_real = bare && real == 0.0 && real.is_sign_positive();
    let parens = bare && !skip_real;
    let (width, fill, align) = (spec.width, spec.fill, spec.align);
    spec.width = 0;
    let mut body = Vec::new();
    if parens {
        body.push(u32::from(b'('));
    }
    if !skip_real {
        split_float(&plan.digits(real, &spec), "").write(&spec, &mut body);
        spec.sign = SignMode::Plus;
    }
    split_float(&plan.digits(imag, &spec), "").write(&spec, &mut body);
    body.push(u32::from(b'j'));
    if parens {
        body.push(u32::from(b')'));
    }
    (spec.width, spec.fill, spec.align) = (width, fill, align);
    let (left, right) = outer_padding(&spec, body.len());
    out.push_repeated(fill, left);
    body.into_iter().for_each(|cp| out.push_cp(cp));
    out.push_repeated(fill, right);
    Ok(())
}
