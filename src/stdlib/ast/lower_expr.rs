//! Expressions, arguments and patterns of `lower`.

use super::AST;
use super::lower::{class_name, place};
use crate::builtins::bool_::BOOL;
use crate::builtins::bytes::BytesObj;
use crate::builtins::complex::ComplexObj;
use crate::builtins::int::{self, INT};
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple::TUPLE;
use crate::builtins::tuple::TupleObj;
use crate::error::{PyResult, Raised};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use ruff_python_ast::{
    Arguments, BoolOp, BytesLiteral, BytesLiteralFlags, BytesLiteralValue, CmpOp, Comprehension,
    ConversionFlag, DictItem, Expr, ExprAttribute, ExprAwait, ExprBinOp, ExprBoolOp,
    ExprBooleanLiteral, ExprBytesLiteral, ExprCall, ExprCompare, ExprContext, ExprDict,
    ExprDictComp, ExprEllipsisLiteral, ExprFString, ExprGenerator, ExprIf, ExprLambda, ExprList,
    ExprListComp, ExprName, ExprNamed, ExprNoneLiteral, ExprNumberLiteral, ExprSet, ExprSetComp,
    ExprSlice, ExprStarred, ExprStringLiteral, ExprSubscript, ExprTString, ExprTuple, ExprUnaryOp,
    ExprYield, ExprYieldFrom, FString, FStringFlags, FStringValue, Identifier, Int,
    InterpolatedElement, InterpolatedStringElement, InterpolatedStringFormatSpec,
    InterpolatedStringLiteralElement, Keyword, Number, Operator, Parameter, ParameterWithDefault,
    Parameters, Pattern, PatternArguments, PatternKeyword, PatternMatchAs, PatternMatchClass,
    PatternMatchMapping, PatternMatchOr, PatternMatchSequence, PatternMatchSingleton,
    PatternMatchStar, PatternMatchValue, Singleton, StringLiteral, StringLiteralFlags,
    StringLiteralValue, TString, TStringFlags, TStringValue, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::fmt::Write;

/// Converts nodes; holds the text that their ranges refer to.
pub(super) struct Lower<'a> {
    pub(super) py: &'a Py,
    text: Vec<u8>,
    starts: Vec<usize>,
}

fn size(n: usize) -> TextSize {
    TextSize::try_from(n).unwrap_or_default()
}

impl<'a> Lower<'a> {
    pub(super) fn new(py: &'a Py, (text, starts): (Vec<u8>, Vec<usize>)) -> Lower<'a> {
        Lower { py, text, starts }
    }

    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.text).unwrap_or_default()
    }

    /// `v` is no node of the family `kind`.
    pub(super) fn unexpected(&self, kind: &str, v: &Val) -> Raised {
        match ops::repr_text(self.py, v) {
            Ok(shown) => self
                .py
                .type_error(format!("expected some sort of {kind}, but got {shown}")),
            Err(e) => e,
        }
    }

    /// The range of a node in the text.
    pub(super) fn range(&self, v: &Val, kind: &str) -> PyResult<TextRange> {
        let Some((line, col, end, end_col)) = place(self.py, v)? else {
            if !AST.check(v) {
                return Err(self.unexpected(kind, v));
            }
            return Err(self
                .py
                .type_error(format!("required field \"lineno\" missing from {kind}")));
        };
        let at = |line: usize, col: usize| self.starts.get(line - 1).map_or(0, |s| s + col);
        let (start, end) = (at(line, col), at(end, end_col));
        Ok(TextRange::new(size(start), size(end.max(start))))
    }

    /// Adds text that the compiler reads through a range.
    fn add_text(&mut self, text: &str) -> TextRange {
        let start = self.text.len();
        self.text.extend_from_slice(text.as_bytes());
        TextRange::new(size(start), size(self.text.len()))
    }

    pub(super) fn field(&self, v: &Val, name: &str) -> PyResult<Obj> {
        match ops::getattr_opt(self.py, v, &str::intern(self.py, name))? {
            Some(x) => Ok(x),
            None => Err(self.py.type_error(format!(
                "required field \"{name}\" missing from {}",
                class_name(self.py, v)?
            ))),
        }
    }

    pub(super) fn expr_field(&mut self, v: &Val, name: &str) -> PyResult<Expr> {
        let x = self.field(v, name)?;
        if x.is_none() {
            return Err(self.py.value_error(format!(
                "field '{name}' is required for {}",
                class_name(self.py, v)?
            )));
        }
        self.expr(&x)
    }

    pub(super) fn opt_expr(&mut self, v: &Val, name: &str) -> PyResult<Option<Expr>> {
        match ops::getattr_opt(self.py, v, &str::intern(self.py, name))? {
            Some(x) if !x.is_none() => self.expr(&x).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn exprs(&mut self, v: &Val, name: &str) -> PyResult<Vec<Expr>> {
        let list = self.list_field(v, name)?;
        let mut out = Vec::with_capacity(list.len());
        for x in list {
            if x.is_none() {
                return Err(self.py.value_error("None disallowed in expression list"));
            }
            out.push(self.expr(&x)?);
        }
        Ok(out)
    }

    pub(super) fn ident_of(&self, name: &Val, range: TextRange) -> PyResult<Identifier> {
        let text = self.text_of(name)?;
        if matches!(&*text, "None" | "True" | "False") {
            return Err(self.py.value_error(format!(
                "identifier field can't represent '{text}' constant"
            )));
        }
        Ok(Identifier {
            id: text.into(),
            range,
            node_index: Default::default(),
        })
    }

    pub(super) fn ident(&self, v: &Val, name: &str) -> PyResult<Identifier> {
        let range = place(self.py, v)?.map_or(Ok(TextRange::default()), |_| self.range(v, ""))?;
        self.ident_of(&*self.field(v, name)?, range)
    }

    pub(super) fn opt_ident(&self, v: &Val, name: &str) -> PyResult<Option<Identifier>> {
        match ops::getattr_opt(self.py, v, &str::intern(self.py, name))? {
            Some(x) if !x.is_none() => {
                let range =
                    place(self.py, v)?.map_or(Ok(TextRange::default()), |_| self.range(v, ""))?;
                self.ident_of(&x, range).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn operator(&self, v: &Val) -> PyResult<Operator> {
        let op = self.field(v, "op")?;
        Ok(match &*class_name(self.py, &op)? {
            "Add" => Operator::Add,
            "Sub" => Operator::Sub,
            "Mult" => Operator::Mult,
            "MatMult" => Operator::MatMult,
            "Div" => Operator::Div,
            "Mod" => Operator::Mod,
            "Pow" => Operator::Pow,
            "LShift" => Operator::LShift,
            "RShift" => Operator::RShift,
            "BitOr" => Operator::BitOr,
            "BitXor" => Operator::BitXor,
            "BitAnd" => Operator::BitAnd,
            "FloorDiv" => Operator::FloorDiv,
            _ => return Err(self.unexpected("operator", &op)),
        })
    }

    fn comparison(&self, op: &Val) -> PyResult<CmpOp> {
        Ok(match &*class_name(self.py, op)? {
            "Eq" => CmpOp::Eq,
            "NotEq" => CmpOp::NotEq,
            "Lt" => CmpOp::Lt,
            "LtE" => CmpOp::LtE,
            "Gt" => CmpOp::Gt,
            "GtE" => CmpOp::GtE,
            "Is" => CmpOp::Is,
            "IsNot" => CmpOp::IsNot,
            "In" => CmpOp::In,
            "NotIn" => CmpOp::NotIn,
            _ => return Err(self.unexpected("cmpop", op)),
        })
    }

    fn ctx(&self, v: &Val) -> PyResult<ExprContext> {
        let ctx = self.field(v, "ctx")?;
        Ok(match &*class_name(self.py, &ctx)? {
            "Load" => ExprContext::Load,
            "Store" => ExprContext::Store,
            "Del" => ExprContext::Del,
            _ => return Err(self.unexpected("expr_context", &ctx)),
        })
    }

    fn keywords(&mut self, v: &Val) -> PyResult<Vec<Keyword>> {
        let mut out = Vec::new();
        for k in self.list_field(v, "keywords")? {
            out.push(Keyword {
                range: self.range(&k, "keyword")?,
                node_index: Default::default(),
                arg: self.opt_ident(&k, "arg")?,
                value: self.expr_field(&k, "value")?,
            });
        }
        Ok(out)
    }

    /// The arguments of a call or class.
    pub(super) fn arguments(
        &mut self,
        v: &Val,
        field: &str,
        range: TextRange,
    ) -> PyResult<Arguments> {
        Ok(Arguments {
            range,
            node_index: Default::default(),
            args: self.exprs(v, field)?.into(),
            keywords: self.keywords(v)?.into(),
        })
    }

    fn parameter(&mut self, v: &Val) -> PyResult<Parameter> {
        Ok(Parameter {
            range: self.range(v, "arg")?,
            node_index: Default::default(),
            name: self.ident(v, "arg")?,
            annotation: self.opt_expr(v, "annotation")?.map(Box::new),
        })
    }

    fn opt_parameter(&mut self, v: &Val, name: &str) -> PyResult<Option<Box<Parameter>>> {
        match ops::getattr_opt(self.py, v, &str::intern(self.py, name))? {
            Some(x) if !x.is_none() => Ok(Some(Box::new(self.parameter(&x)?))),
            _ => Ok(None),
        }
    }

    fn parameter_list(&mut self, v: &Val, name: &str) -> PyResult<Vec<ParameterWithDefault>> {
        let mut out = Vec::new();
        for a in self.list_field(v, name)? {
            let parameter = self.parameter(&a)?;
            out.push(ParameterWithDefault {
                range: parameter.range,
                node_index: Default::default(),
                parameter,
                default: None,
            });
        }
        Ok(out)
    }

    /// The parameters of a function or lambda.
    pub(super) fn parameters(&mut self, v: &Val) -> PyResult<Parameters> {
        let mut posonlyargs = self.parameter_list(v, "posonlyargs")?;
        let mut args = self.parameter_list(v, "args")?;
        let mut kwonlyargs = self.parameter_list(v, "kwonlyargs")?;
        let defaults = self.exprs(v, "defaults")?;
        if defaults.len() > posonlyargs.len() + args.len() {
            return Err(self
                .py
                .value_error("more positional defaults than args on arguments"));
        }
        let both = posonlyargs.iter_mut().chain(args.iter_mut()).rev();
        for (a, d) in both.zip(defaults.into_iter().rev()) {
            a.default = Some(Box::new(d));
        }
        let kw_defaults = self.list_field(v, "kw_defaults")?;
        if kw_defaults.len() != kwonlyargs.len() {
            return Err(self
                .py
                .value_error("length of kwonlyargs is not the same as kw_defaults on arguments"));
        }
        for (a, d) in kwonlyargs.iter_mut().zip(kw_defaults) {
            if !d.is_none() {
                a.default = Some(Box::new(self.expr(&d)?));
            }
        }
        Ok(Parameters {
            range: TextRange::default(),
            node_index: Default::default(),
            posonlyargs: posonlyargs.into(),
            args: args.into(),
            vararg: self.opt_parameter(v, "vararg")?,
            kwonlyargs: kwonlyargs.into(),
            kwarg: self.opt_parameter(v, "kwarg")?,
        })
    }

    fn generators(&mut self, v: &Val) -> PyResult<Vec<Comprehension>> {
        let mut out = Vec::new();
        for c in self.list_field(v, "generators")? {
            let target = self.expr_field(&c, "target")?;
            let iter = self.expr_field(&c, "iter")?;
            out.push(Comprehension {
                range: target.range().cover(iter.range()),
                node_index: Default::default(),
                target,
                iter,
                ifs: self.exprs(&c, "ifs")?,
                is_async: ops::truth(self.py, &*self.field(&c, "is_async")?)?,
            });
        }
        if out.is_empty() {
            return Err(self.py.value_error("comprehension with no generators"));
        }
        Ok(out)
    }

    /// The value of a constant as a literal.
    fn constant(&mut self, v: &Val, range: TextRange) -> PyResult<Expr> {
        let py = self.py;
        let node_index = Default::default();
        if v.is_none() {
            return Ok(Expr::NoneLiteral(ExprNoneLiteral { node_index, range }));
        }
        if v.is(&py.ellipsis()) {
            return Ok(Expr::EllipsisLiteral(ExprEllipsisLiteral {
                node_index,
                range,
            }));
        }
        if BOOL.is_exact(v) {
            return Ok(Expr::BooleanLiteral(ExprBooleanLiteral {
                node_index,
                range,
                value: ops::truth(py, v)?,
            }));
        }
        let number = |value: Number| {
            Expr::NumberLiteral(ExprNumberLiteral {
                node_index: Default::default(),
                range,
                value,
            })
        };
        if INT.is_exact(v) {
            let big = int::view(v).map(|n| n.to_big()).unwrap_or_default();
            let digits = big.magnitude().to_str_radix(16);
            let text = format!("0x{digits}");
            let value = Int::from_str_radix(&digits, 16, &text)
                .map_err(|_| py.value_error("invalid int in Constant"))?;
            let positive = number(Number::Int(value));
            if big.sign() != num_bigint::Sign::Minus {
                return Ok(positive);
            }
            return Ok(Expr::UnaryOp(ExprUnaryOp {
                node_index,
                range,
                op: UnaryOp::USub,
                operand: Box::new(positive),
            }));
        }
        if crate::builtins::float::FLOAT.is_exact(v) {
            return Ok(number(Number::Float(ops::to_f64(py, v)?)));
        }
        if let Some(c) = v.get::<ComplexObj>() {
            return Ok(number(Number::Complex {
                real: c.re,
                imag: c.im,
            }));
        }
        if let Some(s) = v.get::<StrObj>() {
            let value = s.lossy().into_owned();
            let mut at = range;
            if value.contains('\u{fffd}') {
                let mut text = "'".to_string();
                escape(&mut text, s, false);
                text.push('\'');
                at = self.add_text(&text);
            }
            let literal = StringLiteral {
                range: at,
                node_index: Default::default(),
                value: value.into(),
                flags: StringLiteralFlags::empty(),
            };
            return Ok(Expr::StringLiteral(ExprStringLiteral {
                node_index,
                range,
                value: StringLiteralValue::single(literal),
            }));
        }
        if let Some(b) = v.get::<BytesObj>() {
            let literal = BytesLiteral {
                range,
                node_index: Default::default(),
                value: b.as_slice().into(),
                flags: BytesLiteralFlags::empty(),
            };
            return Ok(Expr::BytesLiteral(ExprBytesLiteral {
                node_index,
                range,
                value: BytesLiteralValue::single(literal),
            }));
        }
        if TUPLE.is_exact(v) {
            py.check_native_stack()?;
            let mut elts = Vec::new();
            for x in v.cast::<TupleObj>().items() {
                elts.push(self.constant(x, range)?);
            }
            return Ok(Expr::Tuple(ExprTuple {
                node_index,
                range,
                elts,
                ctx: ExprContext::Load,
                parenthesized: true,
            }));
        }
        Err(py.type_error(format!(
            "got an invalid type in Constant: {}",
            v.ty().name()
        )))
    }

    fn literal_element(&mut self, s: &StrObj, range: TextRange) -> InterpolatedStringElement {
        let value = s.lossy().into_owned();
        let mut at = range;
        if value.contains('\u{fffd}') {
            let mut text = String::new();
            escape(&mut text, s, true);
            at = self.add_text(&text);
        }
        InterpolatedStringElement::Literal(InterpolatedStringLiteralElement {
            range: at,
            node_index: Default::default(),
            value: value.into(),
        })
    }

    /// The parts of an f-string, t-string or format specification.
    fn elements(&mut self, v: &Val) -> PyResult<Vec<InterpolatedStringElement>> {
        let mut out = Vec::new();
        for x in self.list_field(v, "values")? {
            let range = self.range(&x, "expr")?;
            match &*class_name(self.py, &x)? {
                "Constant" => {
                    let text = self.field(&x, "value")?;
                    let Some(s) = text.get::<StrObj>() else {
                        return Err(self.py.value_error("non-string constant in an f-string"));
                    };
                    out.push(self.literal_element(s, range));
                }
                "FormattedValue" | "Interpolation" => out.push(self.interpolation(&x, range)?),
                "JoinedStr" => out.extend(self.elements(&x)?),
                _ => return Err(self.unexpected("f-string part", &x)),
            }
        }
        Ok(out)
    }

    fn interpolation(&mut self, v: &Val, range: TextRange) -> PyResult<InterpolatedStringElement> {
        let py = self.py;
        let conversion = match ops::to_i64(py, &*self.field(v, "conversion")?)? {
            115 => ConversionFlag::Str,
            97 => ConversionFlag::Ascii,
            114 => ConversionFlag::Repr,
            -1 => ConversionFlag::None,
            n => return Err(py.value_error(format!("Unrecognized conversion character {n}"))),
        };
        let spec = ops::getattr_opt(py, v, &str::intern(py, "format_spec"))?;
        let format_spec = match spec.filter(|s| !s.is_none()) {
            None => None,
            Some(s) => Some(Box::new(InterpolatedStringFormatSpec {
                range: self.range(&s, "expr")?,
                node_index: Default::default(),
                elements: self.elements(&s)?.into(),
            })),
        };
        let expression = Box::new(self.expr_field(v, "value")?);
        let mut range = range;
        if class_name(py, v)? == "Interpolation" {
            // The compiler takes the field's text from its source.
            let text = self.text_of(&*self.field(v, "str")?)?;
            range = self.add_text(&format!("{{{text}}}"));
        }
        Ok(InterpolatedStringElement::Interpolation(
            InterpolatedElement {
                range,
                node_index: Default::default(),
                expression,
                debug_text: None,
                conversion,
                format_spec,
            },
        ))
    }

    fn f_string(&mut self, elements: Vec<InterpolatedStringElement>, range: TextRange) -> Expr {
        Expr::FString(ExprFString {
            node_index: Default::default(),
            range,
            value: FStringValue::single(FString {
                range,
                node_index: Default::default(),
                elements: elements.into(),
                flags: FStringFlags::empty(),
            }),
        })
    }

    /// One expression.
    pub(super) fn expr(&mut self, v: &Val) -> PyResult<Expr> {
        let py = self.py;
        py.check_native_stack()?;
        if !AST.check(v) {
            return Err(self.unexpected("expr", v));
        }
        let class = class_name(py, v)?;
        let range = self.range(v, "expr")?;
        let node_index = Default::default();
        Ok(match &*class {
            "BoolOp" => {
                let op = self.field(v, "op")?;
                let values = self.exprs(v, "values")?;
                if values.len() < 2 {
                    return Err(py.value_error("BoolOp with less than 2 values"));
                }
                Expr::BoolOp(ExprBoolOp {
                    node_index,
                    range,
                    op: match &*class_name(py, &op)? {
                        "And" => BoolOp::And,
                        "Or" => BoolOp::Or,
                        _ => return Err(self.unexpected("boolop", &op)),
                    },
                    values,
                })
            }
            "NamedExpr" => Expr::Named(ExprNamed {
                node_index,
                range,
                target: Box::new(self.expr_field(v, "target")?),
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "BinOp" => Expr::BinOp(ExprBinOp {
                node_index,
                range,
                left: Box::new(self.expr_field(v, "left")?),
                op: self.operator(v)?,
                right: Box::new(self.expr_field(v, "right")?),
            }),
            "UnaryOp" => {
                let op = self.field(v, "op")?;
                Expr::UnaryOp(ExprUnaryOp {
                    node_index,
                    range,
                    op: match &*class_name(py, &op)? {
                        "Invert" => UnaryOp::Invert,
                        "Not" => UnaryOp::Not,
                        "UAdd" => UnaryOp::UAdd,
                        "USub" => UnaryOp::USub,
                        _ => return Err(self.unexpected("unaryop", &op)),
                    },
                    operand: Box::new(self.expr_field(v, "operand")?),
                })
            }
            "Lambda" => {
                let args = self.field(v, "args")?;
                Expr::Lambda(ExprLambda {
                    node_index,
                    range,
                    parameters: Some(Box::new(self.parameters(&args)?)),
                    body: Box::new(self.expr_field(v, "body")?),
                })
            }
            "IfExp" => Expr::If(ExprIf {
                node_index,
                range,
                test: Box::new(self.expr_field(v, "test")?),
                body: Box::new(self.expr_field(v, "body")?),
                orelse: Box::new(self.expr_field(v, "orelse")?),
            }),
            "Dict" => {
                let keys = self.list_field(v, "keys")?;
                let values = self.exprs(v, "values")?;
                if keys.len() != values.len() {
                    return Err(
                        py.value_error("Dict doesn't have the same number of keys as values")
                    );
                }
                let mut items = Vec::new();
                for (k, value) in keys.iter().zip(values) {
                    let key = if k.is_none() {
                        None
                    } else {
                        Some(self.expr(k)?)
                    };
                    items.push(DictItem { key, value });
                }
                Expr::Dict(ExprDict {
                    node_index,
                    range,
                    items,
                })
            }
            "Set" => Expr::Set(ExprSet {
                node_index,
                range,
                elts: self.exprs(v, "elts")?,
            }),
            "ListComp" => Expr::ListComp(ExprListComp {
                node_index,
                range,
                elt: Box::new(self.expr_field(v, "elt")?),
                generators: self.generators(v)?,
            }),
            "SetComp" => Expr::SetComp(ExprSetComp {
                node_index,
                range,
                elt: Box::new(self.expr_field(v, "elt")?),
                generators: self.generators(v)?,
            }),
            "DictComp" => Expr::DictComp(ExprDictComp {
                node_index,
                range,
                key: Some(Box::new(self.expr_field(v, "key")?)),
                value: Box::new(self.expr_field(v, "value")?),
                generators: self.generators(v)?,
            }),
            "GeneratorExp" => Expr::Generator(ExprGenerator {
                node_index,
                range,
                elt: Box::new(self.expr_field(v, "elt")?),
                generators: self.generators(v)?,
                parenthesized: true,
            }),
            "Await" => Expr::Await(ExprAwait {
                node_index,
                range,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "Yield" => Expr::Yield(ExprYield {
                node_index,
                range,
                value: self.opt_expr(v, "value")?.map(Box::new),
            }),
            "YieldFrom" => Expr::YieldFrom(ExprYieldFrom {
                node_index,
                range,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "Compare" => {
                let ops = self.list_field(v, "ops")?;
                let ops = ops
                    .iter()
                    .map(|o| self.comparison(o))
                    .collect::<PyResult<Vec<CmpOp>>>()?;
                let comparators = self.exprs(v, "comparators")?;
                if comparators.is_empty() {
                    return Err(py.value_error("Compare has no comparators"));
                }
                if comparators.len() != ops.len() {
                    return Err(py.value_error(
                        "Compare has a different number of comparators and operands",
                    ));
                }
                Expr::Compare(ExprCompare {
                    node_index,
                    range,
                    left: Box::new(self.expr_field(v, "left")?),
                    ops: ops.into(),
                    comparators: comparators.into(),
                })
            }
            "Call" => {
                let func = self.expr_field(v, "func")?;
                let start = func.range().end().min(range.end());
                let inner = TextRange::new(start, range.end());
                Expr::Call(ExprCall {
                    node_index,
                    range_start: range.start(),
                    func: Box::new(func),
                    arguments: self.arguments(v, "args", inner)?,
                })
            }
            "FormattedValue" => {
                let part = self.interpolation(v, range)?;
                self.f_string(vec![part], range)
            }
            "JoinedStr" => {
                let parts = self.elements(v)?;
                self.f_string(parts, range)
            }
            "TemplateStr" => {
                let elements = self.elements(v)?;
                Expr::TString(ExprTString {
                    node_index,
                    range,
                    value: TStringValue::single(TString {
                        range,
                        node_index: Default::default(),
                        elements: elements.into(),
                        flags: TStringFlags::empty(),
                    }),
                })
            }
            "Constant" => {
                let value = self.field(v, "value")?;
                self.constant(&value, range)?
            }
            "Attribute" => {
                let value = self.expr_field(v, "value")?;
                let mut attr = self.ident(v, "attr")?;
                let width = size(attr.id.len());
                let start = range.end().checked_sub(width).unwrap_or_default();
                let start = start.max(value.range().end());
                attr.range = TextRange::new(start, range.end().max(start));
                Expr::Attribute(ExprAttribute {
                    node_index,
                    range,
                    value: Box::new(value),
                    attr,
                    ctx: self.ctx(v)?,
                })
            }
            "Subscript" => Expr::Subscript(ExprSubscript {
                node_index,
                range,
                value: Box::new(self.expr_field(v, "value")?),
                slice: Box::new(self.expr_field(v, "slice")?),
                ctx: self.ctx(v)?,
            }),
            "Starred" => Expr::Starred(ExprStarred {
                node_index,
                range,
                value: Box::new(self.expr_field(v, "value")?),
                ctx: self.ctx(v)?,
            }),
            "Name" => Expr::Name(ExprName {
                node_index,
                range,
                id: self.ident(v, "id")?.id,
                ctx: self.ctx(v)?,
            }),
            "List" => Expr::List(ExprList {
                node_index,
                range,
                elts: self.exprs(v, "elts")?,
                ctx: self.ctx(v)?,
            }),
            "Tuple" => Expr::Tuple(ExprTuple {
                node_index,
                range,
                elts: self.exprs(v, "elts")?,
                ctx: self.ctx(v)?,
                parenthesized: true,
            }),
            "Slice" => Expr::Slice(ExprSlice {
                node_index,
                range,
                lower: self.opt_expr(v, "lower")?.map(Box::new),
                upper: self.opt_expr(v, "upper")?.map(Box::new),
                step: self.opt_expr(v, "step")?.map(Box::new),
            }),
            _ => return Err(self.unexpected("expr", v)),
        })
    }

    fn patterns(&mut self, v: &Val, name: &str) -> PyResult<Vec<Pattern>> {
        let list = self.list_field(v, name)?;
        list.iter().map(|p| self.pattern(p)).collect()
    }

    /// One pattern of a `match` statement.
    pub(super) fn pattern(&mut self, v: &Val) -> PyResult<Pattern> {
        let py = self.py;
        py.check_native_stack()?;
        if !AST.check(v) {
            return Err(self.unexpected("pattern", v));
        }
        let range = self.range(v, "pattern")?;
        let node_index = Default::default();
        Ok(match &*class_name(py, v)? {
            "MatchValue" => Pattern::MatchValue(PatternMatchValue {
                node_index,
                range,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "MatchSingleton" => {
                let value = self.field(v, "value")?;
                let value = if value.is_none() {
                    Singleton::None
                } else if value.is(&py.bool(true)) {
                    Singleton::True
                } else if value.is(&py.bool(false)) {
                    Singleton::False
                } else {
                    return Err(
                        py.value_error("MatchSingleton can only contain True, False and None")
                    );
                };
                Pattern::MatchSingleton(PatternMatchSingleton {
                    node_index,
                    range,
                    value,
                })
            }
            "MatchSequence" => Pattern::MatchSequence(PatternMatchSequence {
                node_index,
                range,
                patterns: self.patterns(v, "patterns")?,
            }),
            "MatchMapping" => Pattern::MatchMapping(PatternMatchMapping {
                node_index,
                range,
                keys: self.exprs(v, "keys")?.into(),
                patterns: self.patterns(v, "patterns")?.into(),
                rest: self.opt_ident(v, "rest")?,
            }),
            "MatchClass" => {
                let attrs = self.list_field(v, "kwd_attrs")?;
                let values = self.patterns(v, "kwd_patterns")?;
                if attrs.len() != values.len() {
                    return Err(py.value_error(
                        "MatchClass doesn't have the same number of keyword attributes as patterns",
                    ));
                }
                let mut keywords = Vec::new();
                for (a, pattern) in attrs.iter().zip(values) {
                    keywords.push(PatternKeyword {
                        range: pattern.range(),
                        node_index: Default::default(),
                        attr: self.ident_of(a, pattern.range())?,
                        pattern,
                    });
                }
                Pattern::MatchClass(PatternMatchClass {
                    node_index,
                    range,
                    cls: Box::new(self.expr_field(v, "cls")?),
                    arguments: PatternArguments {
                        range,
                        node_index: Default::default(),
                        patterns: self.patterns(v, "patterns")?.into(),
                        keywords,
                    },
                })
            }
            "MatchStar" => Pattern::MatchStar(PatternMatchStar {
                node_index,
                range,
                name: self.opt_ident(v, "name")?,
            }),
            "MatchAs" => {
                let inner = ops::getattr_opt(py, v, &str::intern(py, "pattern"))?;
                let pattern = match inner.filter(|p| !p.is_none()) {
                    Some(p) => Some(Box::new(self.pattern(&p)?)),
                    None => None,
                };
                Pattern::MatchAs(PatternMatchAs {
                    node_index,
                    range,
                    pattern,
                    name: self.opt_ident(v, "name")?,
                })
            }
            "MatchOr" => Pattern::MatchOr(PatternMatchOr {
                node_index,
                range,
                patterns: self.patterns(v, "patterns")?,
            }),
            _ => return Err(self.unexpected("pattern", v)),
        })
    }
}

/// The text as the inside of a literal.
fn escape(out: &mut String, s: &StrObj, braces: bool) {
    for c in s.chars() {
        let _ = match char::from_u32(c) {
            Some(c @ ('{' | '}')) if braces => write!(out, "{c}{c}"),
            Some(c) if c.is_ascii_alphanumeric() || c == ' ' => write!(out, "{c}"),
            _ => write!(out, "\\U{c:08x}"),
        };
    }
}
