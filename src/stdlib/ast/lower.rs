//! Syntax tree objects back to the parser's nodes, for `compile(tree, ...)`.
//!
//! The compiler takes positions from offsets into a source text. Here that text is made up: lines of blanks, as wide as the
//! positions of the nodes ask for, with a mark where definitions start; behind them the few literals that the compiler
//! reads from the source. Nodes may come from anywhere, so everything about them is checked.

use super::lower_expr::Lower;
use super::{AST, nodes};
use crate::builtins::list::{LIST, ListObj};
use crate::builtins::str::{self, StrObj};
use crate::compile::Mode;
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use ruff_python_ast::{
    Alias, Decorator, ElifElseClause, ExceptHandler, ExceptHandlerExceptHandler, Expr, Identifier,
    MatchCase, Mod, ModExpression, ModModule, Stmt, TypeParam, TypeParamParamSpec,
    TypeParamTypeVar, TypeParamTypeVarTuple, TypeParams, WithItem,
};
use ruff_python_ast::{
    StmtAnnAssign, StmtAssert, StmtAssign, StmtAugAssign, StmtBreak, StmtClassDef, StmtContinue,
    StmtDelete, StmtExpr, StmtFor, StmtFunctionDef, StmtGlobal, StmtIf, StmtImport, StmtImportFrom,
    StmtMatch, StmtNonlocal, StmtPass, StmtRaise, StmtReturn, StmtTry, StmtTypeAlias, StmtWhile,
    StmtWith,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Longest source text that is made up.
const MAX_TEXT: usize = 256 << 20;

/// The nodes of a tree and the text that their ranges refer to.
pub struct Lowered {
    pub tree: Mod,
    pub text: String,
    /// Nesting of the nodes.
    pub depth: usize,
}

/// Converts a tree for a mode of `compile`.
pub fn lower(py: &Py, tree: &Val, mode: Mode) -> PyResult<Lowered> {
    let wanted = match mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
    };
    let got = class_name(py, tree)?;
    if got != wanted {
        return Err(py.type_error(format!("expected {wanted} node, got {got}")));
    }
    let mut layout = Layout::default();
    layout.measure(py, tree, 1)?;
    let depth = layout.depth;
    let mut l = Lower::new(py, layout.text(py)?);
    let tree = if mode == Mode::Eval {
        Mod::Expression(ModExpression {
            node_index: Default::default(),
            range: TextRange::default(),
            body: Box::new(l.expr_field(tree, "body")?),
        })
    } else {
        Mod::Module(ModModule {
            node_index: Default::default(),
            range: TextRange::default(),
            body: l.suite(tree, "body")?.into(),
        })
    };
    Ok(Lowered {
        tree,
        text: l.into_text(),
        depth,
    })
}

/// The class of the module `ast` that `v` is an instance of.
pub(super) fn class_name(py: &Py, v: &Val) -> PyResult<String> {
    let known = |n: &str| nodes::TABLE.lines().any(|l| l.split(' ').next() == Some(n));
    if AST.check(v) {
        let name = v.ty().name().into_owned();
        if known(&name) {
            return Ok(name);
        }
        let mro = ops::getattr_str(py, &v.ty().to_obj(), "__mro__")?;
        for c in ops::collect(py, &mro)? {
            let name = ops::getattr_str(py, &c, "__name__")?;
            let name = str::lossy(&name).into_owned();
            if known(&name) {
                return Ok(name);
            }
        }
    }
    Ok(v.ty().name().into_owned())
}

fn number(py: &Py, v: &Val, name: &str) -> PyResult<Option<i64>> {
    match ops::getattr_opt(py, v, &str::intern(py, name))? {
        Some(n) if !n.is_none() => {
            if !crate::builtins::int::INT.check(&n) {
                return Err(py.value_error(format!(
                    "invalid integer value: {}",
                    ops::repr_text(py, &n)?
                )));
            }
            ops::to_i64(py, &n).map(Some)
        }
        _ => Ok(None),
    }
}

/// Line and column of both ends of a node: (line, column, end line, end column).
pub(super) fn place(py: &Py, v: &Val) -> PyResult<Option<(usize, usize, usize, usize)>> {
    let at = |n: Option<i64>, least: i64| n.unwrap_or(least).max(least) as usize;
    let Some(line) = number(py, v, "lineno")? else {
        return Ok(None);
    };
    let line = at(Some(line), 1);
    let col = at(number(py, v, "col_offset")?, 0);
    let end = at(number(py, v, "end_lineno")?, 1).max(line);
    let end_col = number(py, v, "end_col_offset")?;
    let end_col = match end_col {
        Some(c) => at(Some(c), 0),
        None => col,
    };
    let end_col = if end == line {
        end_col.max(col)
    } else {
        end_col
    };
    Ok(Some((line, col, end, end_col)))
}

/// Widths of the lines that the positions of a tree need.
#[derive(Default)]
struct Layout {
    widths: Vec<usize>,
    /// Starts of definitions.
    marks: Vec<(usize, usize)>,
    depth: usize,
}

impl Layout {
    fn measure(&mut self, py: &Py, v: &Val, depth: usize) -> PyResult<()> {
        py.check_native_stack()?;
        self.depth = self.depth.max(depth);
        if let Some(l) = v.get::<ListObj>() {
            for x in l.to_vec() {
                self.measure(py, &x, depth)?;
            }
            return Ok(());
        }
        if !AST.check(v) {
            return Ok(());
        }
        if let Some((line, col, end, end_col)) = place(py, v)? {
            if line.max(end).saturating_add(col.max(end_col)) > MAX_TEXT {
                return Err(py.value_error("line or column of a node is too large"));
            }
            if self.widths.len() < end {
                self.widths.resize(end, 0);
            }
            self.widths[line - 1] = self.widths[line - 1].max(col + 1);
            self.widths[end - 1] = self.widths[end - 1].max(end_col + 1);
            let class = class_name(py, v)?;
            if matches!(&*class, "FunctionDef" | "AsyncFunctionDef" | "ClassDef") {
                self.marks.push((line, col));
            }
        }
        for name in ops::collect(py, &*ops::getattr_str(py, v, "_fields")?)? {
            if let Some(x) = ops::getattr_opt(py, v, &name)? {
                self.measure(py, &x, depth + 1)?;
            }
        }
        Ok(())
    }

    /// The text and the offsets at which its lines start.
    fn text(&self, py: &Py) -> PyResult<(Vec<u8>, Vec<usize>)> {
        let total = self
            .widths
            .iter()
            .try_fold(0usize, |n, w| n.checked_add(w + 1));
        if total.is_none_or(|n| n > MAX_TEXT) {
            return Err(py.value_error("the positions of the nodes are too far apart"));
        }
        let (mut text, mut starts) = (Vec::new(), Vec::new());
        for w in &self.widths {
            starts.push(text.len());
            text.resize(text.len() + w, b' ');
            text.push(b'\n');
        }
        for &(line, col) in &self.marks {
            text[starts[line - 1] + col] = b'd';
        }
        Ok((text, starts))
    }
}

impl Lower<'_> {
    /// A field that is a list.
    pub(super) fn list_field(&self, v: &Val, name: &str) -> PyResult<Vec<Obj>> {
        let x = match ops::getattr_opt(self.py, v, &str::intern(self.py, name))? {
            Some(x) => x,
            None => return Ok(Vec::new()),
        };
        if !LIST.check(&x) {
            return Err(self.py.type_error(format!(
                "{} field \"{name}\" must be a list, not a {}",
                class_name(self.py, v)?,
                x.ty().name()
            )));
        }
        Ok(x.cast::<ListObj>().to_vec())
    }

    /// The statements of a field.
    pub(super) fn suite(&mut self, v: &Val, name: &str) -> PyResult<Vec<Stmt>> {
        let mut out = Vec::new();
        for s in self.list_field(v, name)? {
            out.push(self.stmt(&s)?);
        }
        Ok(out)
    }

    /// As `suite`, of a block that must not be empty.
    fn block(&mut self, v: &Val, name: &str) -> PyResult<Vec<Stmt>> {
        let body = self.suite(v, name)?;
        if body.is_empty() {
            let class = class_name(self.py, v)?;
            return Err(self.py.value_error(format!("empty {name} on {class}")));
        }
        Ok(body)
    }

    fn decorators(&mut self, v: &Val, before: TextSize) -> PyResult<Vec<Decorator>> {
        let list = self.exprs(v, "decorator_list")?;
        let clip = |r: TextRange| TextRange::new(r.start().min(before), r.end().min(before));
        Ok(list
            .into_iter()
            .map(|e| Decorator {
                range: clip(e.range()),
                node_index: Default::default(),
                expression: e,
            })
            .collect())
    }

    fn type_params(&mut self, v: &Val) -> PyResult<Option<Box<TypeParams>>> {
        let mut out = Vec::new();
        for p in self.list_field(v, "type_params")? {
            let range = self.range(&p, "type_param")?;
            let name = self.ident(&p, "name")?;
            let default = self.opt_expr(&p, "default_value")?.map(Box::new);
            let node_index = Default::default();
            out.push(match &*class_name(self.py, &p)? {
                "TypeVar" => TypeParam::TypeVar(TypeParamTypeVar {
                    node_index,
                    range,
                    name,
                    bound: self.opt_expr(&p, "bound")?.map(Box::new),
                    default,
                }),
                "ParamSpec" => TypeParam::ParamSpec(TypeParamParamSpec {
                    node_index,
                    range,
                    name,
                    default,
                }),
                "TypeVarTuple" => TypeParam::TypeVarTuple(TypeParamTypeVarTuple {
                    node_index,
                    range,
                    name,
                    default,
                }),
                _ => return Err(self.unexpected("type_param", &p)),
            });
        }
        let (Some(first), Some(last)) = (out.first(), out.last()) else {
            return Ok(None);
        };
        let range = first.range().cover(last.range());
        Ok(Some(Box::new(TypeParams {
            range,
            node_index: Default::default(),
            type_params: out,
        })))
    }

    fn names(&mut self, v: &Val) -> PyResult<Vec<Identifier>> {
        let range = self.range(v, "stmt")?;
        let names = self.list_field(v, "names")?;
        if names.is_empty() {
            let class = class_name(self.py, v)?;
            return Err(self.py.value_error(format!("empty names on {class}")));
        }
        names.iter().map(|n| self.ident_of(n, range)).collect()
    }

    fn aliases(&mut self, v: &Val) -> PyResult<Vec<Alias>> {
        let names = self.list_field(v, "names")?;
        if names.is_empty() {
            let class = class_name(self.py, v)?;
            return Err(self.py.value_error(format!("empty names on {class}")));
        }
        let mut out = Vec::new();
        for a in names {
            out.push(Alias {
                range: self.range(&a, "alias")?,
                node_index: Default::default(),
                name: self.ident(&a, "name")?,
                asname: self.opt_ident(&a, "asname")?,
            });
        }
        Ok(out)
    }

    fn with_items(&mut self, v: &Val) -> PyResult<Vec<WithItem>> {
        let items = self.list_field(v, "items")?;
        if items.is_empty() {
            let class = class_name(self.py, v)?;
            return Err(self.py.value_error(format!("empty items on {class}")));
        }
        let mut out = Vec::new();
        for i in items {
            let context_expr = self.expr_field(&i, "context_expr")?;
            let optional_vars = self.opt_expr(&i, "optional_vars")?.map(Box::new);
            let range = context_expr.range();
            let end = optional_vars.as_ref().map_or(range, |v| v.range());
            out.push(WithItem {
                range: range.cover(end),
                node_index: Default::default(),
                context_expr,
                optional_vars,
            });
        }
        Ok(out)
    }

    fn handlers(&mut self, v: &Val) -> PyResult<Vec<ExceptHandler>> {
        let mut out = Vec::new();
        for h in self.list_field(v, "handlers")? {
            let handler = ExceptHandlerExceptHandler {
                range: self.range(&h, "excepthandler")?,
                node_index: Default::default(),
                type_: self.opt_expr(&h, "type")?.map(Box::new),
                name: self.opt_ident(&h, "name")?,
                body: self.block(&h, "body")?.into(),
            };
            out.push(ExceptHandler::ExceptHandler(handler));
        }
        Ok(out)
    }

    fn cases(&mut self, v: &Val) -> PyResult<Vec<MatchCase>> {
        let mut out = Vec::new();
        for c in self.list_field(v, "cases")? {
            let p = self.field(&c, "pattern")?;
            let pattern = self.pattern(&p)?;
            out.push(MatchCase {
                range: pattern.range(),
                node_index: Default::default(),
                pattern,
                guard: self.opt_expr(&c, "guard")?.map(Box::new),
                body: self.block(&c, "body")?.into(),
            });
        }
        Ok(out)
    }

    /// One statement.
    pub(super) fn stmt(&mut self, v: &Val) -> PyResult<Stmt> {
        let py = self.py;
        py.check_native_stack()?;
        if !AST.check(v) {
            return Err(self.unexpected("stmt", v));
        }
        let class = class_name(py, v)?;
        let mut range = self.range(v, "stmt")?;
        let node_index = Default::default();
        Ok(match &*class {
            "FunctionDef" | "AsyncFunctionDef" => {
                let decorator_list = self.decorators(v, range.start())?;
                if let Some(d) = decorator_list.first() {
                    range = TextRange::new(d.range.start(), range.end());
                }
                let args = self.field(v, "args")?;
                Stmt::FunctionDef(StmtFunctionDef {
                    node_index,
                    range,
                    is_async: class == "AsyncFunctionDef",
                    decorator_list: decorator_list.into(),
                    name: self.ident(v, "name")?,
                    type_params: self.type_params(v)?,
                    parameters: Box::new(self.parameters(&args)?),
                    returns: self.opt_expr(v, "returns")?.map(Box::new),
                    body: self.block(v, "body")?.into(),
                })
            }
            "ClassDef" => {
                let decorator_list = self.decorators(v, range.start())?;
                if let Some(d) = decorator_list.first() {
                    range = TextRange::new(d.range.start(), range.end());
                }
                Stmt::ClassDef(StmtClassDef {
                    node_index,
                    range,
                    decorator_list: decorator_list.into(),
                    name: self.ident(v, "name")?,
                    type_params: self.type_params(v)?,
                    arguments: Some(Box::new(self.arguments(v, "bases", range)?)),
                    body: self.block(v, "body")?.into(),
                })
            }
            "Return" => Stmt::Return(StmtReturn {
                node_index,
                range,
                value: self.opt_expr(v, "value")?.map(Box::new),
            }),
            "Delete" => Stmt::Delete(StmtDelete {
                node_index,
                range,
                targets: self.some_exprs(v, "targets")?,
            }),
            "Assign" => Stmt::Assign(StmtAssign {
                node_index,
                range,
                targets: self.some_exprs(v, "targets")?,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "TypeAlias" => Stmt::TypeAlias(StmtTypeAlias {
                node_index,
                range,
                name: Box::new(self.expr_field(v, "name")?),
                type_params: self.type_params(v)?,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "AugAssign" => Stmt::AugAssign(StmtAugAssign {
                node_index,
                range,
                target: Box::new(self.expr_field(v, "target")?),
                op: self.operator(v)?,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "AnnAssign" => Stmt::AnnAssign(StmtAnnAssign {
                node_index,
                range,
                target: Box::new(self.expr_field(v, "target")?),
                annotation: Box::new(self.expr_field(v, "annotation")?),
                value: self.opt_expr(v, "value")?.map(Box::new),
                simple: ops::truth(py, &*self.field(v, "simple")?)?,
            }),
            "For" | "AsyncFor" => Stmt::For(StmtFor {
                node_index,
                range,
                is_async: class == "AsyncFor",
                target: Box::new(self.expr_field(v, "target")?),
                iter: Box::new(self.expr_field(v, "iter")?),
                body: self.block(v, "body")?.into(),
                orelse: self.suite(v, "orelse")?.into(),
            }),
            "While" => Stmt::While(StmtWhile {
                node_index,
                range,
                test: Box::new(self.expr_field(v, "test")?),
                body: self.block(v, "body")?.into(),
                orelse: self.suite(v, "orelse")?.into(),
            }),
            "If" => {
                let orelse = self.suite(v, "orelse")?;
                let clauses = orelse.first().map(|s| ElifElseClause {
                    range: s.range(),
                    node_index: Default::default(),
                    test: None,
                    body: Default::default(),
                });
                let clauses = clauses.map(|c| ElifElseClause {
                    body: orelse.into(),
                    ..c
                });
                Stmt::If(StmtIf {
                    node_index,
                    range,
                    test: Box::new(self.expr_field(v, "test")?),
                    body: self.block(v, "body")?.into(),
                    elif_else_clauses: clauses.into_iter().collect(),
                })
            }
            "With" | "AsyncWith" => Stmt::With(StmtWith {
                node_index,
                range,
                is_async: class == "AsyncWith",
                items: self.with_items(v)?,
                body: self.block(v, "body")?.into(),
            }),
            "Match" => Stmt::Match(StmtMatch {
                node_index,
                range,
                subject: Box::new(self.expr_field(v, "subject")?),
                cases: self.cases(v)?,
            }),
            "Raise" => {
                let exc = self.opt_expr(v, "exc")?.map(Box::new);
                let cause = self.opt_expr(v, "cause")?.map(Box::new);
                if exc.is_none() && cause.is_some() {
                    return Err(py.value_error("Raise with cause but no exception"));
                }
                Stmt::Raise(StmtRaise {
                    node_index,
                    range,
                    exc,
                    cause,
                })
            }
            "Try" | "TryStar" => {
                let handlers = self.handlers(v)?;
                let orelse = self.suite(v, "orelse")?;
                let finalbody = self.suite(v, "finalbody")?;
                if handlers.is_empty() && finalbody.is_empty() {
                    return Err(
                        py.value_error(format!("{class} has neither handlers nor finalbody"))
                    );
                }
                if handlers.is_empty() && !orelse.is_empty() {
                    return Err(
                        py.value_error(format!("{class} has orelse but no except handlers"))
                    );
                }
                Stmt::Try(StmtTry {
                    node_index,
                    range,
                    body: self.block(v, "body")?.into(),
                    handlers,
                    orelse: orelse.into(),
                    finalbody: finalbody.into(),
                    is_star: class == "TryStar",
                })
            }
            "Assert" => Stmt::Assert(StmtAssert {
                node_index,
                range,
                test: Box::new(self.expr_field(v, "test")?),
                msg: self.opt_expr(v, "msg")?.map(Box::new),
            }),
            "Import" => Stmt::Import(StmtImport {
                node_index,
                range,
                names: self.aliases(v)?,
                is_lazy: false,
            }),
            "ImportFrom" => {
                let level = number(py, v, "level")?.unwrap_or(0);
                if level < 0 {
                    return Err(py.value_error("Negative ImportFrom level"));
                }
                Stmt::ImportFrom(StmtImportFrom {
                    node_index,
                    range,
                    module: self.opt_ident(v, "module")?,
                    names: self.aliases(v)?,
                    level: level as u32,
                    is_lazy: false,
                })
            }
            "Global" => Stmt::Global(StmtGlobal {
                node_index,
                range,
                names: self.names(v)?,
            }),
            "Nonlocal" => Stmt::Nonlocal(StmtNonlocal {
                node_index,
                range,
                names: self.names(v)?,
            }),
            "Expr" => Stmt::Expr(StmtExpr {
                node_index,
                range,
                value: Box::new(self.expr_field(v, "value")?),
            }),
            "Pass" => Stmt::Pass(StmtPass { node_index, range }),
            "Break" => Stmt::Break(StmtBreak { node_index, range }),
            "Continue" => Stmt::Continue(StmtContinue { node_index, range }),
            _ => return Err(self.unexpected("stmt", v)),
        })
    }

    /// The expressions of a list that must not be empty.
    fn some_exprs(&mut self, v: &Val, name: &str) -> PyResult<Vec<Expr>> {
        let list = self.exprs(v, name)?;
        if list.is_empty() {
            let class = class_name(self.py, v)?;
            return Err(self.py.value_error(format!("empty {name} on {class}")));
        }
        Ok(list)
    }

    /// The text of a str value.
    pub(super) fn text_of(&self, v: &Val) -> PyResult<String> {
        match v.get::<StrObj>() {
            Some(s) => Ok(s.lossy().into_owned()),
            None => Err(self.py.type_error("AST identifier must be of type str")),
        }
    }
}
