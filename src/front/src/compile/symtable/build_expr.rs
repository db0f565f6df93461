//! The walk over expressions and patterns.

use super::super::error::Result;
use super::super::intern::{Name, known};
use super::build::Builder;
use super::*;
use ruff_python_ast::{self as ast, Expr, ExprContext, Pattern};
use ruff_text_size::Ranged;

impl Builder<'_> {
    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Result<()> {
        for expr in exprs {
            self.expr(expr)?;
        }
        Ok(())
    }

    pub(super) fn optional(&mut self, expr: Option<&Expr>) -> Result<()> {
        match expr {
            Some(expr) => self.expr(expr),
            None => Ok(()),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<()> {
        self.enter_level()?;
        let result = self.expr_inner(expr);
        self.leave_level();
        result
    }

    fn expr_inner(&mut self, expr: &Expr) -> Result<()> {
        match expr {
            Expr::Name(node) => self.name(node),
            Expr::Attribute(node) => {
                if node.attr.as_str() == "__debug__" {
                    match node.ctx {
                        ExprContext::Store => {
                            return self.error(node.range, "cannot assign to __debug__");
                        }
                        ExprContext::Del => {
                            return self.error(node.range, "cannot delete __debug__");
                        }
                        _ => {}
                    }
                }
                self.expr(&node.value)
            }
            Expr::Call(node) => {
                self.expr(&node.func)?;
                self.exprs(&node.arguments.args)?;
                for keyword in &node.arguments.keywords {
                    self.keyword(keyword)?;
                }
                Ok(())
            }
            Expr::BoolOp(node) => self.exprs(&node.values),
            Expr::Named(node) => self.named(node),
            Expr::BinOp(node) => {
                self.expr(&node.left)?;
                self.expr(&node.right)
            }
            Expr::UnaryOp(node) => self.expr(&node.operand),
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.defaults(parameters)?;
                }
                let outer = self.open(ScopeKind::Lambda, known::LAMBDA);
                self.current.attach(&node.node_index);
                if let Some(parameters) = &node.parameters {
                    self.parameters(parameters)?;
                }
                self.unconditional(|builder| builder.expr(&node.body))?;
                self.close(outer);
                Ok(())
            }
            Expr::If(node) => {
                self.expr(&node.test)?;
                self.expr(&node.body)?;
                self.expr(&node.orelse)
            }
            Expr::Dict(node) => {
                for item in &node.items {
                    self.optional(item.key.as_ref())?;
                    self.expr(&item.value)?;
                }
                Ok(())
            }
            Expr::Set(node) => self.exprs(&node.elts),
            Expr::List(node) => self.exprs(&node.elts),
            Expr::Tuple(node) => self.exprs(&node.elts),
            Expr::ListComp(node) => self.comprehension(
                CompKind::List,
                known::LISTCOMP,
                &node.generators,
                &[&node.elt],
                &node.node_index,
            ),
            Expr::SetComp(node) => self.comprehension(
                CompKind::Set,
                known::SETCOMP,
                &node.generators,
                &[&node.elt],
                &node.node_index,
            ),
            Expr::Generator(node) => self.comprehension(
                CompKind::Generator,
                known::GENEXPR,
                &node.generators,
                &[&node.elt],
                &node.node_index,
            ),
            Expr::DictComp(node) => {
                let Some(key) = &node.key else {
                    return self.error(
                        node.value.range(),
                        "dict unpacking cannot be used in dict comprehension",
                    );
                };
                self.comprehension(
                    CompKind::Dict,
                    known::DICTCOMP,
                    &node.generators,
                    &[key, &node.value],
                    &node.node_index,
                )
            }
            Expr::Await(node) => {
                self.awaiting(node.range)?;
                self.expr(&node.value)
            }
            Expr::Yield(node) => {
                self.yielding(node.range)?;
                self.optional(node.value.as_deref())
            }
            Expr::YieldFrom(node) => {
                self.yielding(node.range)?;
                self.expr(&node.value)
            }
            Expr::Compare(node) => {
                self.expr(&node.left)?;
                self.exprs(&node.comparators)
            }
            Expr::FString(node) => {
                for part in &node.value {
                    if let ast::FStringPart::FString(string) = part {
                        self.interpolations(&string.elements)?;
                    }
                }
                Ok(())
            }
            Expr::TString(node) => {
                for string in &node.value {
                    self.interpolations(&string.elements)?;
                }
                Ok(())
            }
            Expr::Subscript(node) => {
                self.expr(&node.value)?;
                self.expr(&node.slice)
            }
            Expr::Starred(node) => self.expr(&node.value),
            Expr::Slice(node) => {
                self.optional(node.lower.as_deref())?;
                self.optional(node.upper.as_deref())?;
                self.optional(node.step.as_deref())
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Ok(()),
        }
    }

    fn name(&mut self, node: &ast::ExprName) -> Result<()> {
        let text = node.id.as_str();
        if text == "__debug__" {
            match node.ctx {
                ExprContext::Store => {
                    return self.error(node.range, "cannot assign to __debug__");
                }
                ExprContext::Del => return self.error(node.range, "cannot delete __debug__"),
                _ => {}
            }
        }
        let name = self.intern(text);
        let mention = match node.ctx {
            ExprContext::Store => LOCAL,
            ExprContext::Del => LOCAL | DELETED,
            _ => USE,
        };
        self.add(name, mention, node.range)?;
        if name == known::SUPER && mention == USE && self.scope().is_function_like() {
            // `super` without arguments reads the cell.
            self.add(known::CLASS_CELL, USE, node.range)?;
        }
        Ok(())
    }

    fn interpolations(&mut self, elements: &[ast::InterpolatedStringElement]) -> Result<()> {
        for element in elements {
            if let ast::InterpolatedStringElement::Interpolation(node) = element {
                self.expr(&node.expression)?;
                if let Some(spec) = &node.format_spec {
                    self.enter_level()?;
                    let result = self.interpolations(&spec.elements);
                    self.leave_level();
                    result?;
                }
            }
        }
        Ok(())
    }

    fn yielding(&mut self, range: TextRange) -> Result<()> {
        let scope = self.scope();
        match scope.kind {
            ScopeKind::Comprehension(kind) => {
                let place = match kind {
                    CompKind::List => "list comprehension",
                    CompKind::Set => "set comprehension",
                    CompKind::Dict => "dict comprehension",
                    CompKind::Generator => "generator expression",
                };
                self.error(range, format!("'yield' inside {place}"))
            }
            ScopeKind::TypeParams => self.error(
                range,
                "yield expression cannot be used within the definition of a generic",
            ),
            // Reported by the code generator, after all other errors of the symbol table.
            ScopeKind::Module | ScopeKind::Class => Ok(()),
            _ => {
                scope.is_generator = true;
                Ok(())
            }
        }
    }

    fn awaiting(&mut self, range: TextRange) -> Result<()> {
        let top_level_await = self.top_level_await;
        let scope = self.scope();
        match scope.kind {
            ScopeKind::Comprehension(_) => {
                scope.is_coroutine = true;
                Ok(())
            }
            ScopeKind::TypeParams => self.error(
                range,
                "await expression cannot be used within the definition of a generic",
            ),
            ScopeKind::Module if top_level_await => Ok(()),
            ScopeKind::Module | ScopeKind::Class => self.error(range, "'await' outside function"),
            _ => Ok(()),
        }
    }

    fn named(&mut self, node: &ast::ExprNamed) -> Result<()> {
        let scope = self.scope();
        if scope.iterable_depth > 0 {
            return self.error(
                node.range,
                "assignment expression cannot be used in a comprehension iterable expression",
            );
        }
        if scope.kind == ScopeKind::TypeParams {
            return self.error(
                node.range,
                "named expression cannot be used within the definition of a generic",
            );
        }
        let Expr::Name(target) = &*node.target else {
            return self.error(node.target.range(), "invalid syntax");
        };
        self.note_walrus();
        if self.scope().is_comprehension() {
            self.extend_walrus_scope(target)?;
        }
        self.expr(&node.value)?;
        self.expr(&node.target)
    }

    /// All scopes that share the code object with the current one may rebind locals in expressions.
    fn note_walrus(&mut self) {
        let mut id = self.current;
        loop {
            let scope = self.table.scope_mut(id);
            scope.has_walrus = true;
            match scope.parent {
                Some(parent) if scope.inlined => id = parent,
                _ => break,
            }
        }
    }

    /// `:=` in a comprehension binds in the function or module around all comprehensions.
    fn extend_walrus_scope(&mut self, target: &ast::ExprName) -> Result<()> {
        let name = self.intern(&target.id);
        let mut id = self.current;
        loop {
            let scope = self.table.scope(id);
            match scope.kind {
                ScopeKind::Comprehension(_) => {
                    if scope.mention_of(name) & COMP_ITER != 0 {
                        return self.error(
                            target.range,
                            format!(
                                "assignment expression cannot rebind comprehension iteration variable '{}'",
                                target.id.as_str()
                            ),
                        );
                    }
                }
                ScopeKind::Class
                | ScopeKind::TypeParams
                | ScopeKind::TypeAlias
                | ScopeKind::TypeVarBound
                | ScopeKind::TypeVarDefault(_) => {
                    let place = match scope.kind {
                        ScopeKind::Class => "in a class body",
                        ScopeKind::TypeParams => "within the definition of a generic",
                        ScopeKind::TypeAlias => "in a type alias",
                        ScopeKind::TypeVarBound => "in a TypeVar bound",
                        _ => "in a type parameter default",
                    };
                    return self.error(
                        target.range,
                        format!(
                            "assignment expression within a comprehension cannot be used {place}"
                        ),
                    );
                }
                ScopeKind::Module => {
                    self.declare_walrus_target(name, GLOBAL, target.range)?;
                    let module = self.table.scope_mut(id);
                    module.entry(name).mention |= GLOBAL;
                    return Ok(());
                }
                _ => {
                    let outer = scope.mention_of(name);
                    let mention = if outer & GLOBAL != 0 {
                        GLOBAL
                    } else {
                        NONLOCAL
                    };
                    self.declare_walrus_target(name, mention, target.range)?;
                    self.table.scope_mut(id).entry(name).mention |= LOCAL;
                    return Ok(());
                }
            }
            match self.table.scope(id).parent {
                Some(parent) => id = parent,
                None => return Ok(()),
            }
        }
    }

    fn declare_walrus_target(
        &mut self,
        name: Name,
        mention: Mention,
        range: TextRange,
    ) -> Result<()> {
        self.add(name, mention, range)?;
        self.scope().entry(name).directive.get_or_insert(range);
        Ok(())
    }

    fn comprehension(
        &mut self,
        kind: CompKind,
        name: Name,
        generators: &[ast::Comprehension],
        elements: &[&Expr],
        node: &ruff_python_ast::AtomicNodeIndex,
    ) -> Result<()> {
        let Some((first, rest)) = generators.split_first() else {
            return Ok(());
        };
        // The first iterable is evaluated outside.
        self.scope().iterable_depth += 1;
        // On an error the walk ends: the scope need not be put right.
        self.expr(&first.iter)?;
        self.scope().iterable_depth -= 1;
        let sees_class = self.scope().can_see_class;
        let outer = self.open(ScopeKind::Comprehension(kind), name);
        self.current.attach(node);
        if sees_class {
            self.see_class();
        }
        let scope = self.scope();
        scope.is_coroutine = first.is_async;
        scope.is_generator = kind == CompKind::Generator;
        scope.inlined = kind != CompKind::Generator && !sees_class;
        if !scope.inlined {
            self.add(known::DOT_ZERO, PARAM, TextRange::default())?;
        }
        self.comp_target(&first.target)?;
        self.exprs(&first.ifs)?;
        for generator in rest {
            self.comp_target(&generator.target)?;
            self.scope().iterable_depth += 1;
            self.expr(&generator.iter)?;
            self.scope().iterable_depth -= 1;
            self.exprs(&generator.ifs)?;
            if generator.is_async {
                self.scope().is_coroutine = true;
            }
        }
        for element in elements {
            self.expr(element)?;
        }
        let is_async = self.scope().is_coroutine && kind != CompKind::Generator;
        self.close(outer);
        if is_async && self.scope().is_comprehension() {
            self.scope().is_coroutine = true;
        }
        Ok(())
    }

    fn comp_target(&mut self, target: &Expr) -> Result<()> {
        self.scope().in_comp_target = true;
        self.expr(target)?;
        self.scope().in_comp_target = false;
        Ok(())
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Result<()> {
        self.enter_level()?;
        let result = self.pattern_inner(pattern);
        self.leave_level();
        result
    }

    fn pattern_inner(&mut self, pattern: &Pattern) -> Result<()> {
        match pattern {
            Pattern::MatchValue(node) => self.expr(&node.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(node) => self.patterns(&node.patterns),
            Pattern::MatchMapping(node) => {
                self.exprs(&node.keys)?;
                self.patterns(&node.patterns)?;
                if let Some(rest) = &node.rest {
                    self.bind(&rest.id, node.range)?;
                }
                Ok(())
            }
            Pattern::MatchClass(node) => {
                self.expr(&node.cls)?;
                self.patterns(&node.arguments.patterns)?;
                for keyword in &node.arguments.keywords {
                    if keyword.attr.as_str() == "__debug__" {
                        return self.error(keyword.range, "cannot assign to __debug__");
                    }
                    self.pattern(&keyword.pattern)?;
                }
                Ok(())
            }
            Pattern::MatchStar(node) => match &node.name {
                Some(name) => self.bind(&name.id, node.range),
                None => Ok(()),
            },
            Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    self.pattern(pattern)?;
                }
                match &node.name {
                    Some(name) => self.bind(&name.id, node.range),
                    None => Ok(()),
                }
            }
            Pattern::MatchOr(node) => self.patterns(&node.patterns),
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Result<()> {
        for pattern in patterns {
            self.pattern(pattern)?;
        }
        Ok(())
    }
}
