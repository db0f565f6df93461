//! The walk over statements that collects bindings and uses; expressions are in `build_expr`.

use super::super::error::{CompileError, Result, SyntaxError};
use super::super::intern::{FastMap, Interner, Name, known};
use super::super::source::Source;
use super::mangle::mangle_in;
use super::*;
use ruff_python_ast::{self as ast, Expr, Mod, Stmt};
use ruff_text_size::Ranged;

/// State of the walk.
pub(super) struct Builder<'a> {
    pub(super) table: SymbolTable,
    pub(super) names: &'a mut Interner,
    pub(super) source: &'a Source,
    pub(super) current: ScopeId,
    /// Class whose private names are mangled here.
    pub(super) private: Option<Name>,
    pub(super) future_annotations: bool,
    pub(super) top_level_await: bool,
    /// Inside a statement of a class or module that may not be executed, or more than once.
    conditional: bool,
    depth: u32,
    max_depth: u32,
}

/// Walks the whole program.
pub(super) fn build(
    module: &Mod,
    source: &Source,
    names: &mut Interner,
    options: &SymtableOptions,
) -> Result<SymbolTable> {
    let mut builder = Builder {
        table: SymbolTable {
            scopes: vec![Scope::new(ScopeKind::Module, known::MODULE_SCOPE, None)],
            default_scopes: FastMap::default(),
        },
        names,
        source,
        current: ScopeId::MODULE,
        private: None,
        future_annotations: options.future_annotations,
        top_level_await: options.top_level_await,
        conditional: false,
        depth: 0,
        max_depth: options.max_depth,
    };
    match module {
        Mod::Module(module) => builder.body(&module.body)?,
        Mod::Expression(expression) => builder.expr(&expression.body)?,
    }
    Ok(builder.table)
}

impl<'a> Builder<'a> {
    pub(super) fn error<T>(&self, range: TextRange, msg: impl Into<String>) -> Result<T> {
        Err(SyntaxError::at_node(self.source, range, msg).into())
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        self.table.scope_mut(self.current)
    }

    pub(super) fn intern(&mut self, text: &str) -> Name {
        let name = self.names.intern(text);
        let scope = &self.table.scopes[self.current.0 as usize];
        mangle_in(self.names, scope, name)
    }

    /// Counts one level of nesting; the caller ends it with [`Builder::leave_level`].
    pub(super) fn enter_level(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(CompileError::Recursion(
                "Stack overflow (used 8156 kB) during compilation".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn leave_level(&mut self) {
        self.depth -= 1;
    }

    /// Opens a scope inside the current one and makes it current; returns the scope to go back to.
    pub(super) fn open(&mut self, kind: ScopeKind, name: Name) -> ScopeId {
        let outer = self.current;
        let parent = self.table.scope(outer);
        let mut scope = Scope::new(kind, name, Some(outer));
        scope.nested = parent.nested || parent.is_function_like();
        scope.private = self.private;
        scope.iterable_depth = parent.iterable_depth;
        let id = ScopeId(self.table.scopes.len() as u32);
        self.table.scopes.push(scope);
        self.table.scope_mut(outer).children.push(id);
        self.current = id;
        outer
    }

    /// Goes back to the scope that [`Builder::open`] returned.
    pub(super) fn close(&mut self, outer: ScopeId) {
        self.current = outer;
    }

    /// Marks the current annotation-like scope as one that sees the class around it.
    pub(super) fn see_class(&mut self) {
        let scope = self.scope();
        scope.can_see_class = true;
        scope.entry(known::CLASSDICT).mention |= USE;
    }

    /// Notes a mention of `name` in the current scope.
    pub(super) fn add(&mut self, name: Name, mention: Mention, range: TextRange) -> Result<()> {
        let scope = self.table.scope_mut(self.current);
        let in_comp_target = scope.in_comp_target;
        let symbol = scope.entry(name);
        if mention & PARAM != 0 && symbol.mention & PARAM != 0 {
            let text = self.names.text(name).to_owned();
            return self.error(
                range,
                format!("duplicate argument '{text}' in function definition"),
            );
        }
        if mention & TYPE_PARAM != 0 && symbol.mention & TYPE_PARAM != 0 {
            let text = self.names.text(name).to_owned();
            return self.error(range, format!("duplicate type parameter '{text}'"));
        }
        symbol.mention |= mention;
        if in_comp_target && mention & LOCAL != 0 {
            if symbol.mention & (GLOBAL | NONLOCAL) != 0 {
                let text = self.names.text(name).to_owned();
                return self.error(
                    range,
                    format!(
                        "comprehension inner loop cannot rebind assignment expression target '{text}'"
                    ),
                );
            }
            symbol.mention |= COMP_ITER;
        }
        if mention & PARAM != 0 {
            scope.params.push(name);
        }
        Ok(())
    }

    /// Binds `text` in the current scope by assignment.
    pub(super) fn bind(&mut self, text: &str, range: TextRange) -> Result<()> {
        if text == "__debug__" {
            return self.error(range, "cannot assign to __debug__");
        }
        let name = self.intern(text);
        self.add(name, LOCAL, range)
    }

    /// Walks a block of statements.
    pub(super) fn body(&mut self, body: &[Stmt]) -> Result<()> {
        for stmt in body {
            self.stmt(stmt)?;
        }
        Ok(())
    }

    fn conditional_body(&mut self, body: &[Stmt]) -> Result<()> {
        let before = std::mem::replace(&mut self.conditional, true);
        let result = self.body(body);
        self.conditional = before;
        result
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result<()> {
        self.enter_level()?;
        let result = self.stmt_inner(stmt);
        self.leave_level();
        result
    }

    fn stmt_inner(&mut self, stmt: &Stmt) -> Result<()> {
        match stmt {
            Stmt::FunctionDef(def) => self.function_def(def),
            Stmt::ClassDef(def) => self.class_def(def),
            Stmt::TypeAlias(alias) => self.type_alias(alias),
            Stmt::Return(stmt) => {
                if let Some(value) = &stmt.value {
                    self.scope().returns_value = true;
                    self.expr(value)?;
                }
                Ok(())
            }
            Stmt::Delete(stmt) => self.exprs(&stmt.targets),
            Stmt::Assign(stmt) => {
                self.exprs(&stmt.targets)?;
                self.expr(&stmt.value)
            }
            Stmt::AugAssign(stmt) => {
                self.expr(&stmt.target)?;
                self.expr(&stmt.value)
            }
            Stmt::AnnAssign(stmt) => self.ann_assign(stmt),
            Stmt::For(stmt) => {
                self.expr(&stmt.target)?;
                self.expr(&stmt.iter)?;
                self.conditional_body(&stmt.body)?;
                self.conditional_body(&stmt.orelse)
            }
            Stmt::While(stmt) => {
                self.expr(&stmt.test)?;
                self.conditional_body(&stmt.body)?;
                self.conditional_body(&stmt.orelse)
            }
            Stmt::If(stmt) => {
                self.expr(&stmt.test)?;
                self.conditional_body(&stmt.body)?;
                for clause in &stmt.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.expr(test)?;
                    }
                    self.conditional_body(&clause.body)?;
                }
                Ok(())
            }
            Stmt::With(stmt) => {
                for item in &stmt.items {
                    self.expr(&item.context_expr)?;
                    if let Some(vars) = &item.optional_vars {
                        self.expr(vars)?;
                    }
                }
                self.conditional_body(&stmt.body)
            }
            Stmt::Match(stmt) => {
                self.expr(&stmt.subject)?;
                for case in &stmt.cases {
                    self.pattern(&case.pattern)?;
                    if let Some(guard) = &case.guard {
                        self.expr(guard)?;
                    }
                    self.conditional_body(&case.body)?;
                }
                Ok(())
            }
            Stmt::Raise(stmt) => {
                self.optional(stmt.exc.as_deref())?;
                self.optional(stmt.cause.as_deref())
            }
            Stmt::Try(stmt) => {
                self.conditional_body(&stmt.body)?;
                for ast::ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                    self.optional(handler.type_.as_deref())?;
                    if let Some(name) = &handler.name {
                        self.bind(&name.id, handler.range)?;
                        let name = self.intern(&name.id);
                        self.scope().entry(name).mention |= DELETED;
                    }
                    self.conditional_body(&handler.body)?;
                }
                self.conditional_body(&stmt.orelse)?;
                self.conditional_body(&stmt.finalbody)
            }
            Stmt::Assert(stmt) => {
                self.expr(&stmt.test)?;
                self.optional(stmt.msg.as_deref())
            }
            Stmt::Import(stmt) => {
                for alias in &stmt.names {
                    self.alias(alias, true)?;
                }
                Ok(())
            }
            Stmt::ImportFrom(stmt) => {
                for alias in &stmt.names {
                    self.alias(alias, false)?;
                }
                Ok(())
            }
            Stmt::Global(stmt) => self.directive(&stmt.names, GLOBAL, stmt.range),
            Stmt::Nonlocal(stmt) => {
                if self.scope().kind == ScopeKind::Module {
                    return self.error(
                        stmt.range,
                        "nonlocal declaration not allowed at module level",
                    );
                }
                self.directive(&stmt.names, NONLOCAL, stmt.range)
            }
            Stmt::Expr(stmt) => self.expr(&stmt.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {
                Ok(())
            }
        }
    }

    fn alias(&mut self, alias: &ast::Alias, dotted: bool) -> Result<()> {
        if let Some(name) = &alias.asname {
            return self.bind(&name.id, alias.range);
        }
        let text = alias.name.as_str();
        if text == "*" {
            if self.scope().kind != ScopeKind::Module {
                return self.error(alias.range, "import * only allowed at module level");
            }
            return Ok(());
        }
        let first = if dotted {
            text.split('.').next().unwrap_or(text)
        } else {
            text
        };
        self.bind(first, alias.range)
    }

    fn directive(
        &mut self,
        names: &[ast::Identifier],
        mention: Mention,
        range: TextRange,
    ) -> Result<()> {
        let word = if mention == GLOBAL {
            "global"
        } else {
            "nonlocal"
        };
        for identifier in names {
            let name = self.intern(&identifier.id);
            let before = self.scope().mention_of(name);
            if before & (PARAM | LOCAL | USE | ANNOTATED) != 0 {
                let text = identifier.as_str();
                let msg = if before & PARAM != 0 {
                    format!("name '{text}' is parameter and {word}")
                } else if before & USE != 0 {
                    format!("name '{text}' is used prior to {word} declaration")
                } else if before & ANNOTATED != 0 {
                    format!("annotated name '{text}' can't be {word}")
                } else {
                    format!("name '{text}' is assigned to before {word} declaration")
                };
                return self.error(range, msg);
            }
            self.add(name, mention, range)?;
            let symbol = self.scope().entry(name);
            symbol.directive.get_or_insert(range);
        }
        Ok(())
    }

    fn ann_assign(&mut self, stmt: &ast::StmtAnnAssign) -> Result<()> {
        if let Expr::Name(target) = &*stmt.target {
            if target.id.as_str() == "__debug__" {
                return self.error(target.range, "cannot assign to __debug__");
            }
            let name = self.intern(&target.id);
            let before = self.scope().mention_of(name);
            if before & (GLOBAL | NONLOCAL) != 0
                && self.scope().kind != ScopeKind::Module
                && stmt.simple
            {
                let word = if before & GLOBAL != 0 {
                    "global"
                } else {
                    "nonlocal"
                };
                let text = target.id.as_str();
                return self.error(
                    stmt.range,
                    format!("annotated name '{text}' can't be {word}"),
                );
            }
            if stmt.simple {
                self.add(name, ANNOTATED | LOCAL, target.range)?;
            } else if stmt.value.is_some() {
                self.add(name, LOCAL, target.range)?;
            }
        } else {
            self.expr(&stmt.target)?;
        }
        self.variable_annotation(&stmt.annotation)?;
        self.optional(stmt.value.as_deref())
    }

    /// The annotation of a variable goes to the `__annotate__` scope of its module or class; in a function it
    /// is never evaluated.
    fn variable_annotation(&mut self, annotation: &Expr) -> Result<()> {
        self.forbid_special(annotation, "an annotation")?;
        let outer = self.current;
        let conditional = self.conditional;
        let scope = self.scope();
        let kind = scope.kind;
        if !matches!(kind, ScopeKind::Module | ScopeKind::Class) {
            return Ok(());
        }
        if kind == ScopeKind::Module || conditional {
            scope.conditional_annotations = true;
            if kind == ScopeKind::Class {
                scope.entry(known::CONDITIONAL_ANNOTATIONS);
            }
        }
        if self.future_annotations {
            return Ok(());
        }
        let existing = self.scope().annotations;
        match existing {
            Some(id) => self.current = id,
            None => {
                self.open(ScopeKind::Annotation, known::ANNOTATE);
                let id = self.current;
                self.table.scope_mut(outer).annotations = Some(id);
                self.add(known::DOT_FORMAT, PARAM, TextRange::default())?;
                if kind == ScopeKind::Class {
                    self.see_class();
                }
            }
        }
        if kind == ScopeKind::Module || conditional {
            self.scope().entry(known::CONDITIONAL_ANNOTATIONS).mention |= USE;
        }
        let result = self.unconditional(|builder| builder.expr(annotation));
        self.current = outer;
        result
    }

    /// Runs `walk` for a scope whose statements start out unconditional.
    pub(super) fn unconditional(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let before = std::mem::replace(&mut self.conditional, false);
        let result = walk(self);
        self.conditional = before;
        result
    }

    fn function_def(&mut self, def: &ast::StmtFunctionDef) -> Result<()> {
        self.bind(&def.name.id, def.range)?;
        self.defaults(&def.parameters)?;
        for decorator in &def.decorator_list {
            self.expr(&decorator.expression)?;
        }
        let generic = match &def.type_params {
            Some(params) => {
                Some(self.open_type_params(params, &def.name, Some(&def.parameters), false)?)
            }
            None => None,
        };
        let is_method = self.scope().kind == ScopeKind::Class;
        self.function_annotations(def)?;
        let name = self.names.intern(&def.name.id);
        let outer = self.open(ScopeKind::Function, name);
        self.current.attach(&def.node_index);
        let scope = self.scope();
        scope.is_coroutine = def.is_async;
        scope.is_method = is_method;
        self.parameters(&def.parameters)?;
        self.unconditional(|builder| builder.body(&def.body))?;
        self.close(outer);
        if let Some(outer) = generic {
            self.close(outer);
        }
        Ok(())
    }

    fn function_annotations(&mut self, def: &ast::StmtFunctionDef) -> Result<()> {
        let parameters = &def.parameters;
        let annotations: Vec<&Expr> = parameters
            .iter_non_variadic_params()
            .map(|param| &param.parameter)
            .chain(parameters.vararg.as_deref())
            .chain(parameters.kwarg.as_deref())
            .filter_map(|param| param.annotation.as_deref())
            .chain(def.returns.as_deref())
            .collect();
        if annotations.is_empty() {
            return Ok(());
        }
        for annotation in &annotations {
            self.forbid_special(annotation, "an annotation")?;
        }
        let in_class = self.scope().kind == ScopeKind::Class || self.scope().can_see_class;
        let outer = self.open(ScopeKind::Annotation, known::ANNOTATE);
        self.current.attach(&parameters.node_index);
        self.add(known::DOT_FORMAT, PARAM, TextRange::default())?;
        if self.future_annotations {
            // The annotations are constant strings.
            self.close(outer);
            return Ok(());
        }
        if in_class {
            self.see_class();
        }
        self.unconditional(|builder| {
            for annotation in annotations {
                // `*args: *Ts` is the one place where a star may head an annotation.
                match annotation {
                    Expr::Starred(star) => builder.expr(&star.value)?,
                    _ => builder.expr(annotation)?,
                }
            }
            Ok(())
        })?;
        self.close(outer);
        Ok(())
    }

    /// Defaults are evaluated in the scope around the function.
    pub(super) fn defaults(&mut self, parameters: &ast::Parameters) -> Result<()> {
        for param in parameters.iter_non_variadic_params() {
            self.optional(param.default.as_deref())?;
        }
        Ok(())
    }

    /// Declares parameters in slot order.
    pub(super) fn parameters(&mut self, parameters: &ast::Parameters) -> Result<()> {
        // Duplicates are reported in source order, so `*args` is declared where it stands and moved
        // behind the keyword-only parameters afterwards.
        for param in parameters.posonlyargs.iter().chain(&parameters.args) {
            self.parameter(&param.parameter)?;
        }
        for param in &parameters.kwonlyargs {
            self.parameter(&param.parameter)?;
        }
        for param in [&parameters.vararg, &parameters.kwarg]
            .into_iter()
            .flatten()
        {
            self.parameter(param)?;
        }
        Ok(())
    }

    fn parameter(&mut self, param: &ast::Parameter) -> Result<()> {
        // Without the stars.
        let range = TextRange::new(param.name.start(), param.range.end());
        if param.name.as_str() == "__debug__" {
            return self.error(range, "cannot assign to __debug__");
        }
        let name = self.intern(&param.name.id);
        self.add(name, PARAM, range)
    }

    fn class_def(&mut self, def: &ast::StmtClassDef) -> Result<()> {
        self.bind(&def.name.id, def.range)?;
        for decorator in &def.decorator_list {
            self.expr(&decorator.expression)?;
        }
        let private = self.private;
        let name = self.names.intern(&def.name.id);
        let generic = match &def.type_params {
            Some(params) => {
                self.private = Some(name);
                Some(self.open_type_params(params, &def.name, None, true)?)
            }
            None => None,
        };
        if let Some(arguments) = &def.arguments {
            self.exprs(&arguments.args)?;
            for keyword in &arguments.keywords {
                self.keyword(keyword)?;
            }
        }
        self.private = Some(name);
        let outer = self.open(ScopeKind::Class, name);
        self.current.attach(&def.node_index);
        if def.type_params.is_some() {
            self.add(known::TYPE_PARAMS, LOCAL, def.range)?;
            self.scope().entry(known::DOT_TYPE_PARAMS).mention |= USE;
        }
        self.unconditional(|builder| builder.body(&def.body))?;
        self.close(outer);
        if let Some(outer) = generic {
            self.close(outer);
        }
        self.private = private;
        Ok(())
    }

    pub(super) fn keyword(&mut self, keyword: &ast::Keyword) -> Result<()> {
        if let Some(arg) = &keyword.arg
            && arg.as_str() == "__debug__"
        {
            return self.error(keyword.range, "cannot assign to __debug__");
        }
        self.expr(&keyword.value)
    }

    fn type_alias(&mut self, alias: &ast::StmtTypeAlias) -> Result<()> {
        let Expr::Name(target) = &*alias.name else {
            return self.error(alias.name.range(), "invalid syntax");
        };
        self.bind(&target.id, target.range)?;
        let in_class = self.scope().kind == ScopeKind::Class;
        let identifier = ast::Identifier::new(target.id.clone(), target.range);
        let generic = match &alias.type_params {
            Some(params) => Some(self.open_type_params(params, &identifier, None, false)?),
            None => None,
        };
        let in_class = in_class || self.scope().can_see_class;
        self.forbid_special(&alias.value, "a type alias")?;
        let name = self.names.intern(&target.id);
        let outer = self.open(ScopeKind::TypeAlias, name);
        self.current.attach(&alias.node_index);
        self.add(known::DOT_FORMAT, PARAM, TextRange::default())?;
        if in_class {
            self.see_class();
        }
        self.unconditional(|builder| builder.expr(&alias.value))?;
        self.close(outer);
        if let Some(outer) = generic {
            self.close(outer);
        }
        Ok(())
    }

    /// Opens the scope of a type-parameter list and declares the parameters in it.
    fn open_type_params(
        &mut self,
        params: &ast::TypeParams,
        of: &ast::Identifier,
        parameters: Option<&ast::Parameters>,
        is_class: bool,
    ) -> Result<ScopeId> {
        let in_class = self.scope().kind == ScopeKind::Class;
        let text = format!("<generic parameters of {}>", of.as_str());
        let name = self.names.intern(&text);
        let outer = self.open(ScopeKind::TypeParams, name);
        self.current.attach(&params.node_index);
        if in_class {
            self.see_class();
        }
        let range = TextRange::default();
        if is_class {
            self.scope().mangled_only = Some(Vec::new());
            self.add(known::DOT_TYPE_PARAMS, LOCAL | USE, range)?;
            self.add(known::DOT_GENERIC_BASE, LOCAL | USE, range)?;
        }
        if let Some(parameters) = parameters {
            if parameters
                .posonlyargs
                .iter()
                .chain(&parameters.args)
                .any(|param| param.default.is_some())
            {
                self.add(known::DOT_DEFAULTS, PARAM, range)?;
            }
            if parameters
                .kwonlyargs
                .iter()
                .any(|param| param.default.is_some())
            {
                self.add(known::DOT_KWDEFAULTS, PARAM, range)?;
            }
        }
        let mut seen_default = false;
        for param in &params.type_params {
            if param.default().is_some() {
                seen_default = true;
            } else if seen_default {
                return self.error(
                    param.range(),
                    format!(
                        "non-default type parameter '{}' follows default type parameter",
                        param.name().as_str()
                    ),
                );
            }
            self.type_param(param)?;
        }
        Ok(outer)
    }

    fn type_param(&mut self, param: &ast::TypeParam) -> Result<()> {
        let identifier = param.name();
        if identifier.as_str() == "__debug__" {
            return self.error(param.range(), "cannot assign to __debug__");
        }
        if identifier.as_str() == "__classdict__" {
            return self.error(
                param.range(),
                "reserved name '__classdict__' cannot be used for type parameter",
            );
        }
        let plain = self.names.intern(&identifier.id);
        if let Some(only) = &mut self.scope().mangled_only {
            only.push(plain);
        }
        let name = self.intern(&identifier.id);
        self.add(name, TYPE_PARAM | LOCAL, param.range())?;
        let (bound, default, word) = match param {
            ast::TypeParam::TypeVar(var) => (
                var.bound.as_deref().map(|bound| (bound, &var.node_index)),
                var.default.as_deref(),
                "a TypeVar default",
            ),
            ast::TypeParam::TypeVarTuple(var) => {
                (None, var.default.as_deref(), "a TypeVarTuple default")
            }
            ast::TypeParam::ParamSpec(var) => (None, var.default.as_deref(), "a ParamSpec default"),
        };
        if let Some((bound, node)) = bound {
            let word = if matches!(bound, Expr::Tuple(_)) {
                "a TypeVar constraint"
            } else {
                "a TypeVar bound"
            };
            self.forbid_special(bound, word)?;
            let id = self.evaluator(ScopeKind::TypeVarBound, plain, bound)?;
            id.attach(node);
        }
        if let Some(default) = default {
            self.forbid_special(default, word)?;
            let id = self.evaluator(ScopeKind::TypeVarDefault(word), plain, default)?;
            self.table
                .default_scopes
                .insert(default.range().start().into(), id);
        }
        Ok(())
    }

    /// A scope with one lazily evaluated expression of a type parameter.
    fn evaluator(&mut self, kind: ScopeKind, name: Name, value: &Expr) -> Result<ScopeId> {
        let sees_class = self.scope().can_see_class;
        let outer = self.open(kind, name);
        let id = self.current;
        self.add(known::DOT_FORMAT, PARAM, TextRange::default())?;
        if sees_class {
            self.see_class();
        }
        self.unconditional(|builder| match value {
            Expr::Starred(star) => builder.expr(&star.value),
            _ => builder.expr(value),
        })?;
        self.close(outer);
        Ok(id)
    }
}
