//! Syntax trees as Python objects: what `compile(..., PyCF_ONLY_AST)` gives.
//!
//! Every parser node becomes an instance of the class of the same name in module `_ast`, with CPython's fields. Fields left
//! out keep the class's default (None).

use crate::builtins::{bytes, complex, int, list, str};
use crate::bytecode::Const;
use crate::compile::{Mode, const_fold, strings};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::Obj;
use crate::thread::Py;
use ruff_python_ast::{
    Alias, Comprehension, ConversionFlag, ElifElseClause, ExceptHandler, Expr, ExprContext,
    FStringPart, Identifier, InterpolatedStringElement, Keyword, Parameter, ParameterWithDefault,
    Parameters, Pattern, Singleton, Stmt, TypeParam, TypeParams, WithItem,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

struct Converter<'a> {
    py: &'a Py,
    module: Obj,
    source: &'a str,
    /// Offsets at which lines start.
    lines: Vec<usize>,
}

type Fields<'f> = Vec<(&'f str, Obj)>;

/// The tree of a source text; `None` if the parser rejects it (the compiler then says why).
pub fn parse(py: &Py, source: &str, mode: Mode) -> PyResult<Option<Obj>> {
    let mut lines = vec![0];
    lines.extend(source.match_indices('\n').map(|(i, _)| i + 1));
    let c = Converter {
        py,
        module: crate::import::import(py, "_ast")?,
        source,
        lines,
    };
    if mode == Mode::Eval {
        let Ok(parsed) = ruff_python_parser::parse_expression(source) else {
            return Ok(None);
        };
        let body = c.expr(&parsed.syntax().body)?;
        return c.make("Expression", None, vec![("body", body)]).map(Some);
    }
    let Ok(parsed) = ruff_python_parser::parse_module(source) else {
        return Ok(None);
    };
    let body = c.stmts(&parsed.syntax().body)?;
    if mode == Mode::Single {
        return c.make("Interactive", None, vec![("body", body)]).map(Some);
    }
    c.make(
        "Module",
        None,
        vec![("body", body), ("type_ignores", c.list(Vec::new()))],
    )
    .map(Some)
}

impl Converter<'_> {
    fn make(&self, class: &str, range: Option<TextRange>, fields: Fields) -> PyResult<Obj> {
        let class = ops::getattr_str(self.py, &self.module, class)?;
        let node = ops::call0(self.py, &class)?;
        let set =
            |name: &str, v: &Obj| ops::setattr(self.py, &node, &str::intern(self.py, name), v);
        for (name, v) in &fields {
            set(name, v)?;
        }
        if let Some(r) = range {
            for (offset, line, col) in [
                (r.start(), "lineno", "col_offset"),
                (r.end(), "end_lineno", "end_col_offset"),
            ] {
                let (l, c) = self.place(offset);
                set(line, &self.py.int(l))?;
                set(col, &self.py.int(c))?;
            }
        }
        Ok(node)
    }
    /// Line (from 1) and byte column of an offset.
    fn place(&self, offset: TextSize) -> (i64, i64) {
        let at = offset.to_usize();
        let line = self.lines.partition_point(|&s| s <= at);
        (
            line as i64,
            (at - self.lines[line.saturating_sub(1)]) as i64,
        )
    }
    fn list(&self, v: Vec<Obj>) -> Obj {
        list::new(self.py, v)
    }
    fn each<'n, T: 'n>(
        &self,
        nodes: impl IntoIterator<Item = &'n T>,
        f: impl Fn(&T) -> PyResult<Obj>,
    ) -> PyResult<Obj> {
        let v = nodes.into_iter().map(f).collect::<PyResult<Vec<Obj>>>()?;
        Ok(self.list(v))
    }
    fn stmts(&self, body: &[Stmt]) -> PyResult<Obj> {
        self.each(body, |s| self.stmt(s))
    }
    fn exprs(&self, v: &[Expr]) -> PyResult<Obj> {
        self.each(v, |e| self.expr(e))
    }
    fn opt(&self, e: Option<&Expr>) -> PyResult<Obj> {
        e.map_or_else(|| Ok(self.py.none()), |e| self.expr(e))
    }
    fn name(&self, n: &Identifier) -> Obj {
        str::intern(self.py, n.as_str())
    }
    fn opt_name(&self, n: Option<&Identifier>) -> Obj {
        n.map_or_else(|| self.py.none(), |n| self.name(n))
    }
    fn ctx(&self, c: ExprContext) -> PyResult<Obj> {
        let class = match c {
            ExprContext::Store => "Store",
            ExprContext::Del => "Del",
            _ => "Load",
        };
        self.make(class, None, Vec::new())
    }
    fn bare(&self, class: &str) -> PyResult<Obj> {
        self.make(class, None, Vec::new())
    }
    /// The range without decorators.
    fn undecorated(&self, range: TextRange, last: Option<TextSize>) -> TextRange {
        let Some(from) = last else { return range };
        let mut at = from.to_usize();
        loop {
            let rest = &self.source[at..];
            let trimmed = rest.trim_start();
            at += rest.len() - trimmed.len();
            match trimmed.strip_prefix('#') {
                Some(c) => at += 1 + c.find('\n').unwrap_or(c.len()),
                None => break,
            }
        }
        TextRange::new(TextSize::try_from(at).unwrap_or(range.start()), range.end())
    }

    fn stmt(&self, s: &Stmt) -> PyResult<Obj> {
        self.py.check_native_stack()?;
        let flag = |b: bool| self.py.int(b as i64);
        let mut range = s.range();
        let (class, fields): (&str, Fields) = match s {
            Stmt::FunctionDef(f) => {
                range = self.undecorated(range, f.decorator_list.last().map(|d| d.range.end()));
                let fields = vec![
                    ("name", self.name(&f.name)),
                    ("args", self.parameters(Some(&f.parameters))?),
                    ("body", self.stmts(&f.body)?),
                    (
                        "decorator_list",
                        self.each(&f.decorator_list, |d| self.expr(&d.expression))?,
                    ),
                    ("returns", self.opt(f.returns.as_deref())?),
                    ("type_params", self.type_params(f.type_params.as_deref())?),
                ];
                (
                    if f.is_async {
                        "AsyncFunctionDef"
                    } else {
                        "FunctionDef"
                    },
                    fields,
                )
            }
            Stmt::ClassDef(c) => {
                range = self.undecorated(range, c.decorator_list.last().map(|d| d.range.end()));
                let args = c.arguments.as_deref();
                let fields = vec![
                    ("name", self.name(&c.name)),
                    ("bases", self.exprs(args.map_or(&[], |a| &a.args))?),
                    (
                        "keywords",
                        self.each(args.map_or(&[][..], |a| &a.keywords), |k| self.keyword(k))?,
                    ),
                    ("body", self.stmts(&c.body)?),
                    (
                        "decorator_list",
                        self.each(&c.decorator_list, |d| self.expr(&d.expression))?,
                    ),
                    ("type_params", self.type_params(c.type_params.as_deref())?),
                ];
                ("ClassDef", fields)
            }
            Stmt::Return(r) => ("Return", vec![("value", self.opt(r.value.as_deref())?)]),
            Stmt::Delete(d) => ("Delete", vec![("targets", self.exprs(&d.targets)?)]),
            Stmt::TypeAlias(t) => {
                let params = self.type_params(t.type_params.as_deref())?;
                (
                    "TypeAlias",
                    vec![
                        ("name", self.expr(&t.name)?),
                        ("type_params", params),
                        ("value", self.expr(&t.value)?),
                    ],
                )
            }
            Stmt::Assign(a) => (
                "Assign",
                vec![
                    ("targets", self.exprs(&a.targets)?),
                    ("value", self.expr(&a.value)?),
                ],
            ),
            Stmt::AugAssign(a) => {
                let op = self.bare(&format!("{:?}", a.op))?;
                (
                    "AugAssign",
                    vec![
                        ("target", self.expr(&a.target)?),
                        ("op", op),
                        ("value", self.expr(&a.value)?),
                    ],
                )
            }
            Stmt::AnnAssign(a) => {
                let (target, annotation) = (self.expr(&a.target)?, self.expr(&a.annotation)?);
                let value = self.opt(a.value.as_deref())?;
                (
                    "AnnAssign",
                    vec![
                        ("target", target),
                        ("annotation", annotation),
                        ("value", value),
                        ("simple", flag(a.simple)),
                    ],
                )
            }
            Stmt::For(f) => {
                let (target, iter) = (self.expr(&f.target)?, self.expr(&f.iter)?);
                let fields = vec![
                    ("target", target),
                    ("iter", iter),
                    ("body", self.stmts(&f.body)?),
                    ("orelse", self.stmts(&f.orelse)?),
                ];
                (if f.is_async { "AsyncFor" } else { "For" }, fields)
            }
            Stmt::While(w) => (
                "While",
                vec![
                    ("test", self.expr(&w.test)?),
                    ("body", self.stmts(&w.body)?),
                    ("orelse", self.stmts(&w.orelse)?),
                ],
            ),
            Stmt::If(i) => {
                let orelse = self.elif(&i.elif_else_clauses, range.end())?;
                (
                    "If",
                    vec![
                        ("test", self.expr(&i.test)?),
                        ("body", self.stmts(&i.body)?),
                        ("orelse", orelse),
                    ],
                )
            }
            Stmt::With(w) => {
                let fields = vec![
                    ("items", self.each(&w.items, |i| self.with_item(i))?),
                    ("body", self.stmts(&w.body)?),
                ];
                (if w.is_async { "AsyncWith" } else { "With" }, fields)
            }
            Stmt::Match(m) => {
                let cases = self.each(&m.cases, |c| {
                    let (pattern, guard) =
                        (self.pattern(&c.pattern)?, self.opt(c.guard.as_deref())?);
                    self.make(
                        "match_case",
                        None,
                        vec![
                            ("pattern", pattern),
                            ("guard", guard),
                            ("body", self.stmts(&c.body)?),
                        ],
                    )
                })?;
                (
                    "Match",
                    vec![("subject", self.expr(&m.subject)?), ("cases", cases)],
                )
            }
            Stmt::Raise(r) => (
                "Raise",
                vec![
                    ("exc", self.opt(r.exc.as_deref())?),
                    ("cause", self.opt(r.cause.as_deref())?),
                ],
            ),
            Stmt::Try(t) => {
                let handlers = self.each(&t.handlers, |h| {
                    let ExceptHandler::ExceptHandler(h) = h;
                    let (ty, name) = (
                        self.opt(h.type_.as_deref())?,
                        self.opt_name(h.name.as_ref()),
                    );
                    self.make(
                        "ExceptHandler",
                        Some(h.range),
                        vec![("type", ty), ("name", name), ("body", self.stmts(&h.body)?)],
                    )
                })?;
                let (orelse, last) = (self.stmts(&t.orelse)?, self.stmts(&t.finalbody)?);
                let fields = vec![
                    ("body", self.stmts(&t.body)?),
                    ("handlers", handlers),
                    ("orelse", orelse),
                    ("finalbody", last),
                ];
                (if t.is_star { "TryStar" } else { "Try" }, fields)
            }
            Stmt::Assert(a) => (
                "Assert",
                vec![
                    ("test", self.expr(&a.test)?),
                    ("msg", self.opt(a.msg.as_deref())?),
                ],
            ),
            Stmt::Import(i) => (
                "Import",
                vec![("names", self.each(&i.names, |a| self.alias(a))?)],
            ),
            Stmt::ImportFrom(i) => {
                let (module, level) = (
                    self.opt_name(i.module.as_ref()),
                    self.py.int(i.level as i64),
                );
                (
                    "ImportFrom",
                    vec![
                        ("module", module),
                        ("names", self.each(&i.names, |a| self.alias(a))?),
                        ("level", level),
                    ],
                )
            }
            Stmt::Global(g) => (
                "Global",
                vec![("names", self.each(&g.names, |n| Ok(self.name(n)))?)],
            ),
            Stmt::Nonlocal(g) => (
                "Nonlocal",
                vec![("names", self.each(&g.names, |n| Ok(self.name(n)))?)],
            ),
            Stmt::Expr(e) => ("Expr", vec![("value", self.expr(&e.value)?)]),
            Stmt::Pass(_) => ("Pass", Vec::new()),
            Stmt::Break(_) => ("Break", Vec::new()),
            Stmt::Continue(_) => ("Continue", Vec::new()),
            _ => {
                return Err(self
                    .py
                    .not_implemented_error("this statement has no syntax tree"));
            }
        };
        self.make(class, Some(range), fields)
    }

    /// The `orelse` of an `if`: each `elif` is an `If` in its predecessor's.
    fn elif(&self, clauses: &[ElifElseClause], end: TextSize) -> PyResult<Obj> {
        self.py.check_native_stack()?;
        let Some((first, rest)) = clauses.split_first() else {
            return Ok(self.list(Vec::new()));
        };
        let Some(test) = &first.test else {
            return self.stmts(&first.body);
        };
        let fields = vec![
            ("test", self.expr(test)?),
            ("body", self.stmts(&first.body)?),
            ("orelse", self.elif(rest, end)?),
        ];
        Ok(self.list(vec![self.make(
            "If",
            Some(TextRange::new(first.range.start(), end)),
            fields,
        )?]))
    }

    fn alias(&self, a: &Alias) -> PyResult<Obj> {
        self.make(
            "alias",
            Some(a.range),
            vec![
                ("name", self.name(&a.name)),
                ("asname", self.opt_name(a.asname.as_ref())),
            ],
        )
    }

    fn with_item(&self, i: &WithItem) -> PyResult<Obj> {
        let vars = self.opt(i.optional_vars.as_deref())?;
        self.make(
            "withitem",
            None,
            vec![
                ("context_expr", self.expr(&i.context_expr)?),
                ("optional_vars", vars),
            ],
        )
    }

    fn keyword(&self, k: &Keyword) -> PyResult<Obj> {
        self.make(
            "keyword",
            Some(k.range),
            vec![
                ("arg", self.opt_name(k.arg.as_ref())),
                ("value", self.expr(&k.value)?),
            ],
        )
    }

    fn type_params(&self, p: Option<&TypeParams>) -> PyResult<Obj> {
        self.each(p.map_or(&[][..], |p| &p.type_params), |p| match p {
            TypeParam::TypeVar(v) => {
                let (bound, default) = (
                    self.opt(v.bound.as_deref())?,
                    self.opt(v.default.as_deref())?,
                );
                self.make(
                    "TypeVar",
                    Some(v.range),
                    vec![
                        ("name", self.name(&v.name)),
                        ("bound", bound),
                        ("default_value", default),
                    ],
                )
            }
            TypeParam::ParamSpec(v) => {
                let default = self.opt(v.default.as_deref())?;
                self.make(
                    "ParamSpec",
                    Some(v.range),
                    vec![("name", self.name(&v.name)), ("default_value", default)],
                )
            }
            TypeParam::TypeVarTuple(v) => {
                let default = self.opt(v.default.as_deref())?;
                self.make(
                    "TypeVarTuple",
                    Some(v.range),
                    vec![("name", self.name(&v.name)), ("default_value", default)],
                )
            }
        })
    }

    fn arg(&self, p: &Parameter) -> PyResult<Obj> {
        // The parser counts the stars as part of the parameter.
        let range = TextRange::new(p.name.range.start(), p.range.end());
        self.make(
            "arg",
            Some(range),
            vec![
                ("arg", self.name(&p.name)),
                ("annotation", self.opt(p.annotation.as_deref())?),
            ],
        )
    }

    fn parameters(&self, p: Option<&Parameters>) -> PyResult<Obj> {
        let Some(p) = p else {
            return self.bare("arguments");
        };
        let args = |v: &[ParameterWithDefault]| self.each(v, |a| self.arg(&a.parameter));
        let star = |v: Option<&Parameter>| v.map_or_else(|| Ok(self.py.none()), |a| self.arg(a));
        let defaults = p
            .posonlyargs
            .iter()
            .chain(&p.args)
            .filter_map(|a| a.default.as_deref());
        let defaults = defaults
            .map(|e| self.expr(e))
            .collect::<PyResult<Vec<Obj>>>()?;
        let fields = vec![
            ("posonlyargs", args(&p.posonlyargs)?),
            ("args", args(&p.args)?),
            ("vararg", star(p.vararg.as_deref())?),
            ("kwonlyargs", args(&p.kwonlyargs)?),
            (
                "kw_defaults",
                self.each(&p.kwonlyargs, |a| self.opt(a.default.as_deref()))?,
            ),
            ("kwarg", star(p.kwarg.as_deref())?),
            ("defaults", self.list(defaults)),
        ];
        self.make("arguments", None, fields)
    }

    fn generators(&self, v: &[Comprehension]) -> PyResult<Obj> {
        self.each(v, |c| {
            let (target, iter, ifs) = (
                self.expr(&c.target)?,
                self.expr(&c.iter)?,
                self.exprs(&c.ifs)?,
            );
            let fields = vec![
                ("target", target),
                ("iter", iter),
                ("ifs", ifs),
                ("is_async", self.py.int(c.is_async as i64)),
            ];
            self.make("comprehension", None, fields)
        })
    }

    fn expr(&self, e: &Expr) -> PyResult<Obj> {
        self.py.check_native_stack()?;
        let py = self.py;
        let constant = |v: Obj| vec![("value", v)];
        let (class, fields): (&str, Fields) = match e {
            Expr::BoolOp(b) => (
                "BoolOp",
                vec![
                    ("op", self.bare(&format!("{:?}", b.op))?),
                    ("values", self.exprs(&b.values)?),
                ],
            ),
            Expr::Named(n) => (
                "NamedExpr",
                vec![
                    ("target", self.expr(&n.target)?),
                    ("value", self.expr(&n.value)?),
                ],
            ),
            Expr::BinOp(b) => {
                let (left, op) = (self.expr(&b.left)?, self.bare(&format!("{:?}", b.op))?);
                (
                    "BinOp",
                    vec![("left", left), ("op", op), ("right", self.expr(&b.right)?)],
                )
            }
            Expr::UnaryOp(u) => (
                "UnaryOp",
                vec![
                    ("op", self.bare(&format!("{:?}", u.op))?),
                    ("operand", self.expr(&u.operand)?),
                ],
            ),
            Expr::Lambda(l) => (
                "Lambda",
                vec![
                    ("args", self.parameters(l.parameters.as_deref())?),
                    ("body", self.expr(&l.body)?),
                ],
            ),
            Expr::If(i) => {
                let (test, body) = (self.expr(&i.test)?, self.expr(&i.body)?);
                (
                    "IfExp",
                    vec![
                        ("test", test),
                        ("body", body),
                        ("orelse", self.expr(&i.orelse)?),
                    ],
                )
            }
            Expr::Dict(d) => {
                let keys = self.each(&d.items, |i| self.opt(i.key.as_ref()))?;
                (
                    "Dict",
                    vec![
                        ("keys", keys),
                        ("values", self.each(&d.items, |i| self.expr(&i.value))?),
                    ],
                )
            }
            Expr::Set(s) => ("Set", vec![("elts", self.exprs(&s.elts)?)]),
            Expr::ListComp(c) => (
                "ListComp",
                vec![
                    ("elt", self.expr(&c.elt)?),
                    ("generators", self.generators(&c.generators)?),
                ],
            ),
            Expr::SetComp(c) => (
                "SetComp",
                vec![
                    ("elt", self.expr(&c.elt)?),
                    ("generators", self.generators(&c.generators)?),
                ],
            ),
            Expr::DictComp(c) => {
                let (key, value) = (self.opt(c.key.as_deref())?, self.expr(&c.value)?);
                (
                    "DictComp",
                    vec![
                        ("key", key),
                        ("value", value),
                        ("generators", self.generators(&c.generators)?),
                    ],
                )
            }
            Expr::Generator(c) => (
                "GeneratorExp",
                vec![
                    ("elt", self.expr(&c.elt)?),
                    ("generators", self.generators(&c.generators)?),
                ],
            ),
            Expr::Await(a) => ("Await", vec![("value", self.expr(&a.value)?)]),
            Expr::Yield(y) => ("Yield", vec![("value", self.opt(y.value.as_deref())?)]),
            Expr::YieldFrom(y) => ("YieldFrom", vec![("value", self.expr(&y.value)?)]),
            Expr::Compare(c) => {
                let ops = self.each(&c.ops, |o| self.bare(&format!("{o:?}")))?;
                (
                    "Compare",
                    vec![
                        ("left", self.expr(&c.left)?),
                        ("ops", ops),
                        ("comparators", self.exprs(&c.comparators)?),
                    ],
                )
            }
            Expr::Call(c) => {
                let keywords = self.each(&c.arguments.keywords, |k| self.keyword(k))?;
                (
                    "Call",
                    vec![
                        ("func", self.expr(&c.func)?),
                        ("args", self.exprs(&c.arguments.args)?),
                        ("keywords", keywords),
                    ],
                )
            }
            Expr::FString(f) => {
                let mut pieces = Vec::new();
                let mut text = (String::new(), None);
                for part in f.value.iter() {
                    match part {
                        FStringPart::Literal(l) => add_text(&mut text, &l.value, l.range),
                        FStringPart::FString(f) => {
                            self.elements(f.elements.iter(), &mut text, &mut pieces)?
                        }
                    }
                }
                self.flush(&mut text, &mut pieces)?;
                ("JoinedStr", vec![("values", self.list(pieces))])
            }
            Expr::StringLiteral(s) => {
                let text = s.value.to_str();
                let mut fields = constant(if text.contains('\u{fffd}') {
                    // The parser cannot represent surrogates: the source tells.
                    let units = s.value.iter();
                    let units = units.flat_map(|l| strings::literal(l, self.source));
                    str::from_code_points(py, &units.collect::<Vec<u32>>())
                } else {
                    str::new(py, text)
                });
                if s.value
                    .iter()
                    .next()
                    .is_some_and(|l| l.flags.prefix().is_unicode())
                {
                    fields.push(("kind", py.str("u")));
                }
                ("Constant", fields)
            }
            Expr::BytesLiteral(b) => (
                "Constant",
                constant(bytes::new(py, &b.value.bytes().collect::<Vec<u8>>())),
            ),
            Expr::NumberLiteral(n) => {
                let v = match const_fold::number(&n.value) {
                    Const::Int(n) => py.int(n),
                    Const::BigInt(b) => int::from_big(py, b),
                    Const::Float(d) => py.float(d),
                    Const::Complex(re, im) => complex::new(py, re, im),
                    _ => py.none(),
                };
                ("Constant", constant(v))
            }
            Expr::BooleanLiteral(b) => ("Constant", constant(py.bool(b.value))),
            Expr::NoneLiteral(_) => ("Constant", constant(py.none())),
            Expr::EllipsisLiteral(_) => ("Constant", constant(py.ellipsis())),
            Expr::Attribute(a) => (
                "Attribute",
                vec![
                    ("value", self.expr(&a.value)?),
                    ("attr", self.name(&a.attr)),
                    ("ctx", self.ctx(a.ctx)?),
                ],
            ),
            Expr::Subscript(s) => (
                "Subscript",
                vec![
                    ("value", self.expr(&s.value)?),
                    ("slice", self.expr(&s.slice)?),
                    ("ctx", self.ctx(s.ctx)?),
                ],
            ),
            Expr::Starred(s) => (
                "Starred",
                vec![("value", self.expr(&s.value)?), ("ctx", self.ctx(s.ctx)?)],
            ),
            Expr::Name(n) => (
                "Name",
                vec![
                    ("id", str::intern(py, n.id.as_str())),
                    ("ctx", self.ctx(n.ctx)?),
                ],
            ),
            Expr::List(l) => (
                "List",
                vec![("elts", self.exprs(&l.elts)?), ("ctx", self.ctx(l.ctx)?)],
            ),
            Expr::Tuple(t) => (
                "Tuple",
                vec![("elts", self.exprs(&t.elts)?), ("ctx", self.ctx(t.ctx)?)],
            ),
            Expr::Slice(s) => {
                let (lower, upper) = (self.opt(s.lower.as_deref())?, self.opt(s.upper.as_deref())?);
                (
                    "Slice",
                    vec![
                        ("lower", lower),
                        ("upper", upper),
                        ("step", self.opt(s.step.as_deref())?),
                    ],
                )
            }
            _ => return Err(py.not_implemented_error("this expression has no syntax tree")),
        };
        self.make(class, Some(e.range()), fields)
    }

    /// The collected text of an f-string becomes a constant.
    fn flush(&self, text: &mut (String, Option<TextRange>), out: &mut Vec<Obj>) -> PyResult<()> {
        let (s, range) = std::mem::take(text);
        if !s.is_empty() {
            out.push(self.make("Constant", range, vec![("value", self.py.str(&s))])?);
        }
        Ok(())
    }

    fn elements<'e>(
        &self,
        elements: impl Iterator<Item = &'e InterpolatedStringElement>,
        text: &mut (String, Option<TextRange>),
        out: &mut Vec<Obj>,
    ) -> PyResult<()> {
        for e in elements {
            let i = match e {
                InterpolatedStringElement::Literal(l) => {
                    add_text(text, &l.value, l.range);
                    continue;
                }
                InterpolatedStringElement::Interpolation(i) => i,
            };
            let mut conversion = i.conversion as i8 as i64;
            if let Some(d) = &i.debug_text {
                let source = &self.source[i.expression.range().start().to_usize()
                    ..i.expression.range().end().to_usize()];
                add_text(
                    text,
                    &format!("{}{source}{}", d.leading(), d.trailing()),
                    i.range,
                );
                if i.conversion == ConversionFlag::None && i.format_spec.is_none() {
                    conversion = b'r' as i64;
                }
            }
            self.flush(text, out)?;
            let spec = match &i.format_spec {
                None => self.py.none(),
                Some(s) => {
                    let (mut pieces, mut t) = (Vec::new(), (String::new(), None));
                    self.elements(s.elements.iter(), &mut t, &mut pieces)?;
                    self.flush(&mut t, &mut pieces)?;
                    self.make(
                        "JoinedStr",
                        Some(s.range),
                        vec![("values", self.list(pieces))],
                    )?
                }
            };
            let value = self.expr(&i.expression)?;
            let fields = vec![
                ("value", value),
                ("conversion", self.py.int(conversion)),
                ("format_spec", spec),
            ];
            out.push(self.make("FormattedValue", Some(i.range), fields)?);
        }
        Ok(())
    }

    fn pattern(&self, p: &Pattern) -> PyResult<Obj> {
        self.py.check_native_stack()?;
        let patterns = |v: &[Pattern]| self.each(v, |p| self.pattern(p));
        let (class, fields): (&str, Fields) = match p {
            Pattern::MatchValue(m) => ("MatchValue", vec![("value", self.expr(&m.value)?)]),
            Pattern::MatchSingleton(m) => {
                let v = match m.value {
                    Singleton::None => self.py.none(),
                    Singleton::True => self.py.bool(true),
                    Singleton::False => self.py.bool(false),
                };
                ("MatchSingleton", vec![("value", v)])
            }
            Pattern::MatchSequence(m) => {
                ("MatchSequence", vec![("patterns", patterns(&m.patterns)?)])
            }
            Pattern::MatchMapping(m) => {
                let (keys, rest) = (self.exprs(&m.keys)?, self.opt_name(m.rest.as_ref()));
                (
                    "MatchMapping",
                    vec![
                        ("keys", keys),
                        ("patterns", patterns(&m.patterns)?),
                        ("rest", rest),
                    ],
                )
            }
            Pattern::MatchClass(m) => {
                let attrs = self.each(&m.arguments.keywords, |k| Ok(self.name(&k.attr)))?;
                let values = self.each(&m.arguments.keywords, |k| self.pattern(&k.pattern))?;
                let cls = self.expr(&m.cls)?;
                (
                    "MatchClass",
                    vec![
                        ("cls", cls),
                        ("patterns", patterns(&m.arguments.patterns)?),
                        ("kwd_attrs", attrs),
                        ("kwd_patterns", values),
                    ],
                )
            }
            Pattern::MatchStar(m) => ("MatchStar", vec![("name", self.opt_name(m.name.as_ref()))]),
            Pattern::MatchAs(m) => {
                let inner = m
                    .pattern
                    .as_deref()
                    .map_or_else(|| Ok(self.py.none()), |p| self.pattern(p))?;
                (
                    "MatchAs",
                    vec![("pattern", inner), ("name", self.opt_name(m.name.as_ref()))],
                )
            }
            Pattern::MatchOr(m) => ("MatchOr", vec![("patterns", patterns(&m.patterns)?)]),
        };
        self.make(class, Some(p.range()), fields)
    }
}

fn add_text(text: &mut (String, Option<TextRange>), more: &str, range: TextRange) {
    text.0.push_str(more);
    text.1 = Some(text.1.map_or(range, |r| r.cover(range)));
}
