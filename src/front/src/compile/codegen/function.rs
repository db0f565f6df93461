//! Functions, lambdas, decorators, defaults, closures, type parameters.

use super::*;

impl<'a> Compiler<'a> {
    pub(super) fn function_def(&mut self, def: &'a ast::StmtFunctionDef) -> Result<()> {
        let Some(id) = ScopeId::of(&def.node_index) else {
            return Ok(());
        };
        let decorators = self.decorators(&def.decorator_list)?;
        let first_line = match def.decorator_list.first() {
            Some(decorator) => self.line_of(decorator.range),
            None => self.line_of(def.range),
        };
        let range = self.definition_range(def.range, &def.decorator_list);
        self.u.range = range;
        let base = self.next_temp();
        match &def.type_params {
            None => {
                self.defaults(&def.parameters)?;
                self.function_body(def, id, first_line)?;
                self.attach_defaults(base, &def.parameters);
            }
            Some(params) => self.generic_function(def, params, id, first_line)?,
        }
        self.apply_decorators(decorators, &def.decorator_list);
        self.u.range = range;
        let name = self.name(&def.name.id);
        let value = Opd::Temp(self.next_temp() - 1);
        self.store_name(name, value);
        Ok(())
    }

    /// The line of a definition is that of `def` or `class`, not that of its first decorator.
    pub(super) fn definition_range(
        &self,
        range: TextRange,
        decorators: &[ast::Decorator],
    ) -> TextRange {
        let Some(last) = decorators.last() else {
            return range;
        };
        let text = &self.source.text()[last.range.end().to_usize()..range.end().to_usize()];
        let mut skipped = 0;
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                skipped += line.len();
                continue;
            }
            skipped += line.len() - trimmed.len();
            break;
        }
        let start = last.range.end() + ruff_text_size::TextSize::from(skipped as u32);
        TextRange::new(start.min(range.end()), range.end())
    }

    /// Evaluates decorators into call windows; returns how many.
    pub(super) fn decorators(&mut self, decorators: &'a [ast::Decorator]) -> Result<usize> {
        for decorator in decorators {
            self.expr_to_temp(&decorator.expression)?;
            self.push_temp();
        }
        Ok(decorators.len())
    }

    /// Calls the decorators, innermost first, with the definition in the topmost temporary.
    pub(super) fn apply_decorators(&mut self, count: usize, decorators: &'a [ast::Decorator]) {
        for decorator in decorators.iter().rev().take(count) {
            let base = self.next_temp() - 3;
            self.at(decorator.expression.range(), |this| {
                this.call_window(base, 1, None);
            });
        }
    }

    /// Evaluates defaults: a tuple of the positional ones, then a dict of the keyword-only ones, each in a
    /// temporary if there are any.
    fn defaults(&mut self, parameters: &'a ast::Parameters) -> Result<()> {
        let positional: Vec<&'a Expr> = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .filter_map(|param| param.default.as_deref())
            .collect();
        if !positional.is_empty() {
            let constants: Option<Vec<Const>> =
                positional.iter().map(|value| self.literal(value)).collect();
            match constants {
                Some(constants) => {
                    self.to_temp(Opd::Const(Const::Tuple(constants)));
                }
                None => {
                    for value in &positional {
                        self.expr_to_temp(value)?;
                    }
                    let count = positional.len();
                    self.window_op(Opcode::BUILD_TUPLE, count as u32, count as u16, None);
                }
            }
        }
        if parameters
            .kwonlyargs
            .iter()
            .any(|param| param.default.is_some())
        {
            let dict = self.empty(Opcode::BUILD_MAP);
            for param in &parameters.kwonlyargs {
                if let Some(value) = &param.default {
                    let name = self.name(&param.parameter.name.id);
                    let key = Opd::Const(self.str_const(name));
                    let value = self.expr(value)?;
                    self.map_add(dict, key, value);
                }
            }
        }
        Ok(())
    }

    fn has_defaults(parameters: &ast::Parameters) -> (bool, bool) {
        (
            parameters
                .posonlyargs
                .iter()
                .chain(&parameters.args)
                .any(|param| param.default.is_some()),
            parameters
                .kwonlyargs
                .iter()
                .any(|param| param.default.is_some()),
        )
    }

    /// With defaults at `base..` and the function on top of them: attaches them and moves it to `base`.
    fn attach_defaults(&mut self, base: u16, parameters: &ast::Parameters) {
        let (positional, keyword) = Self::has_defaults(parameters);
        let function = self.next_temp() - 1;
        if function == base {
            return;
        }
        let mut slot = base;
        if positional {
            self.emit(Opcode::SET_FUNCTION_ATTR, x::B_TEMP, function, slot, 0);
            slot += 1;
        }
        if keyword {
            self.emit(Opcode::SET_FUNCTION_ATTR, x::B_TEMP, function, slot, 1);
        }
        self.emit(Opcode::MOVE, x::B_TEMP, base, function, 0);
        self.u.depth = u32::from(base) + 1 - self.u.first_temp;
    }

    /// Makes the function object of `def`, without its defaults, in a new temporary.
    fn function_body(
        &mut self,
        def: &'a ast::StmtFunctionDef,
        id: ScopeId,
        first_line: u32,
    ) -> Result<()> {
        let annotate = self.function_annotate(def)?;
        self.start_unit(id, first_line);
        self.parameter_counts(&def.parameters);
        let mut body: &'a [ast::Stmt] = &def.body;
        if let Some(doc) = docstring(body) {
            body = &body[1..];
            if self.options.optimize < 2 {
                let text = self.clean_docstring(doc);
                self.u.const_operand(text);
                self.u.flags |= cf::HAS_DOCSTRING;
            }
        }
        self.body(body)?;
        let code = self.finish_unit()?;
        let function = self.make_closure(id, code);
        if let Some(annotate) = annotate {
            // The annotate function was made first, below the function.
            self.emit(Opcode::SET_FUNCTION_ATTR, x::B_TEMP, function, annotate, 4);
            self.emit(Opcode::MOVE, x::B_TEMP, annotate, function, 0);
            self.pop_temps(1);
        }
        Ok(())
    }

    pub(super) fn parameter_counts(&mut self, parameters: &ast::Parameters) {
        self.u.posonly_count = parameters.posonlyargs.len() as u32;
        self.u.arg_count = (parameters.posonlyargs.len() + parameters.args.len()) as u32;
        self.u.kwonly_count = parameters.kwonlyargs.len() as u32;
        if parameters.vararg.is_some() {
            self.u.flags |= cf::VARARGS;
        }
        if parameters.kwarg.is_some() {
            self.u.flags |= cf::VARKEYWORDS;
        }
    }

    /// Makes a function of a finished code unit, with its closure, in a new temporary.
    pub(super) fn make_closure(&mut self, id: ScopeId, code: CodeUnit) -> u16 {
        let index = self.code_const(code);
        let function = self.push_temp();
        self.emit(Opcode::MAKE_FUNCTION, 0, function, index, 0);
        let free = &self.table.scope(id).free;
        if !free.is_empty() {
            for &name in free {
                let slot = self.push_temp();
                let cell = self.cell_of(name);
                self.emit(Opcode::MOVE, 0, slot, cell, 0);
            }
            let count = free.len();
            let tuple = self.window_op(Opcode::BUILD_TUPLE, count as u32, count as u16, None);
            let (slot, _) = self.consume(tuple);
            self.emit(Opcode::SET_FUNCTION_ATTR, x::B_TEMP, function, slot, 3);
        }
        function
    }

    /// Slot of the cell that an inner function captures.
    fn cell_of(&self, name: Name) -> u16 {
        let mut id = self.u.inner;
        loop {
            if let Some(slot) = self.u.cell_slot(id, name) {
                return slot;
            }
            let scope = self.table.scope(id);
            match scope.parent {
                Some(parent) if scope.inlined => id = parent,
                _ => break,
            }
        }
        self.u.free_slot(name).unwrap_or(0)
    }

    pub(super) fn lambda(&mut self, node: &'a ast::ExprLambda) -> Result<Opd> {
        let Some(id) = ScopeId::of(&node.node_index) else {
            return Ok(Opd::Const(Const::None));
        };
        let base = self.next_temp();
        if let Some(parameters) = &node.parameters {
            self.defaults(parameters)?;
        }
        let line = self.line_of(node.range);
        self.start_unit(id, line);
        if let Some(parameters) = &node.parameters {
            self.parameter_counts(parameters);
        }
        let value = self.expr(&node.body)?;
        self.u.range = node.body.range();
        self.return_value(value);
        let code = self.finish_unit()?;
        self.make_closure(id, code);
        if let Some(parameters) = &node.parameters {
            self.attach_defaults(base, parameters);
        }
        Ok(Opd::Temp(base))
    }

    // ---- Type parameters ----

    /// `def f[T](): ...`: a function that makes the type parameters and the function is called at once.
    fn generic_function(
        &mut self,
        def: &'a ast::StmtFunctionDef,
        params: &'a ast::TypeParams,
        id: ScopeId,
        first_line: u32,
    ) -> Result<()> {
        let Some(params_id) = ScopeId::of(&params.node_index) else {
            return Ok(());
        };
        let (positional, keyword) = Self::has_defaults(&def.parameters);
        let count = u16::from(positional) + u16::from(keyword);
        // callee | receiver | defaults...
        let base = self.push_temp();
        self.push_temp();
        self.defaults(&def.parameters)?;
        let range = self.u.range;
        self.start_unit(params_id, first_line);
        self.u.range = range;
        self.u.arg_count = u32::from(count);
        self.type_params(params)?;
        let tuple = self.next_temp() - 1;
        self.function_body(def, id, first_line)?;
        let function = self.next_temp() - 1;
        let mut slot = 0;
        if positional {
            self.emit(Opcode::SET_FUNCTION_ATTR, 0, function, slot, 0);
            slot += 1;
        }
        if keyword {
            self.emit(Opcode::SET_FUNCTION_ATTR, 0, function, slot, 1);
        }
        // The intrinsic takes function and parameters in this order.
        let copy = self.push_temp();
        self.emit(Opcode::MOVE, x::B_TEMP, copy, tuple, 0);
        let result = self.intrinsic_2(Intrinsic2::SetFunctionTypeParams);
        self.return_value(result);
        let code = self.finish_unit()?;
        let made = self.make_closure(params_id, code);
        self.emit(Opcode::MOVE, x::B_TEMP, base, made, 0);
        self.pop_temps(1);
        self.call_window(base, count, None);
        Ok(())
    }

    /// Makes the type parameters, stores them under their names, and leaves a tuple of them in a new temporary.
    pub(super) fn type_params(&mut self, params: &'a ast::TypeParams) -> Result<()> {
        for param in &params.type_params {
            let range = param.range();
            let before = std::mem::replace(&mut self.u.range, range);
            self.type_param(param)?;
            // The tuple gets its own reference.
            let slot = self.next_temp() - 1;
            let name = self.name(&param.name().id);
            self.store_name(name, Opd::Local(slot));
            self.u.range = before;
        }
        let count = params.type_params.len();
        self.window_op(Opcode::BUILD_TUPLE, count as u32, count as u16, None);
        Ok(())
    }

    fn type_param(&mut self, param: &'a ast::TypeParam) -> Result<()> {
        let plain = self.names.intern(&param.name().id);
        let name = Opd::Const(self.str_const(plain));
        match param {
            ast::TypeParam::TypeVar(var) => {
                let Some(bound) = &var.bound else {
                    self.intrinsic_1(Intrinsic1::TypeVar, name);
                    return self.type_param_default(param);
                };
                self.to_temp(name);
                let Some(id) = ScopeId::of(&var.node_index) else {
                    return Ok(());
                };
                self.evaluator(id, bound)?;
                let intrinsic = if matches!(**bound, Expr::Tuple(_)) {
                    Intrinsic2::TypeVarWithConstraints
                } else {
                    Intrinsic2::TypeVarWithBound
                };
                self.intrinsic_2(intrinsic);
            }
            ast::TypeParam::TypeVarTuple(_) => {
                self.intrinsic_1(Intrinsic1::TypeVarTuple, name);
            }
            ast::TypeParam::ParamSpec(_) => {
                self.intrinsic_1(Intrinsic1::ParamSpec, name);
            }
        }
        self.type_param_default(param)
    }

    /// Attaches the default to the type parameter in the topmost temporary.
    fn type_param_default(&mut self, param: &'a ast::TypeParam) -> Result<()> {
        let Some(default) = param.default() else {
            return Ok(());
        };
        let start: u32 = default.range().start().into();
        if let Some(&id) = self.table.default_scopes.get(&start) {
            self.evaluator(id, default)?;
            self.intrinsic_2(Intrinsic2::SetTypeParamDefault);
        }
        Ok(())
    }

    /// Makes the function that evaluates `value` lazily, in a new temporary.
    pub(super) fn evaluator(&mut self, id: ScopeId, value: &'a Expr) -> Result<()> {
        let line = self.line_of(value.range());
        self.start_unit(id, line);
        self.u.range = value.range();
        self.u.arg_count = 1;
        self.u.posonly_count = 1;
        self.check_format();
        let result = match value {
            Expr::Starred(star) => self.unpack_star(star)?,
            _ => self.expr(value)?,
        };
        self.return_value(result);
        let code = self.finish_unit()?;
        let function = self.make_closure(id, code);
        // Called without arguments it computes the value.
        let defaults = self.to_temp(Opd::Const(Const::Tuple(vec![Const::Int(1)])));
        self.emit(Opcode::SET_FUNCTION_ATTR, x::B_TEMP, function, defaults, 0);
        self.pop_temps(1);
        Ok(())
    }

    /// `*Ts` where one value is wanted: the only item that it unpacks to.
    pub(super) fn unpack_star(&mut self, star: &'a ast::ExprStarred) -> Result<Opd> {
        let value = self.expr(&star.value)?;
        Ok(self.unary_op(Opcode::UNPACK, value, 1, None))
    }

    /// Evaluators and `__annotate__` support the formats 1 and 2 only.
    pub(super) fn check_format(&mut self) {
        let supported = self.u.label();
        let format = self.load_name(FORMAT, None);
        let (slot, temp) = self.consume(format);
        self.emit_jump(
            Opcode::JUMP_GT_INT,
            x::OP0 | Self::flag(temp, x::A_TEMP),
            slot,
            2,
            supported,
        );
        let error = self.push_temp();
        self.emit(Opcode::LOAD_COMMON_CONST, 0, error, 1, 0);
        self.emit_end(Opcode::RAISE, x::A_TEMP, error, 0, 1);
        self.pop_temps(1);
        self.u.place(supported);
    }

    pub(super) fn type_alias(&mut self, alias: &'a ast::StmtTypeAlias) -> Result<()> {
        let Expr::Name(target) = &*alias.name else {
            return self.error(alias.name.range(), "invalid syntax");
        };
        let Some(id) = ScopeId::of(&alias.node_index) else {
            return Ok(());
        };
        let plain = self.names.intern(&target.id);
        let text = self.str_const(plain);
        match &alias.type_params {
            None => {
                self.to_temp(Opd::Const(text));
                self.to_temp(Opd::Const(Const::None));
                self.evaluator(id, &alias.value)?;
                let tuple = self.window_op(Opcode::BUILD_TUPLE, 3, 3, None);
                self.intrinsic_1(Intrinsic1::TypeAlias, tuple);
            }
            Some(params) => {
                let Some(params_id) = ScopeId::of(&params.node_index) else {
                    return Ok(());
                };
                let line = self.line_of(alias.range);
                let range = self.u.range;
                self.start_unit(params_id, line);
                self.u.range = range;
                self.to_temp(Opd::Const(text));
                self.type_params(params)?;
                self.evaluator(id, &alias.value)?;
                let tuple = self.window_op(Opcode::BUILD_TUPLE, 3, 3, None);
                let result = self.intrinsic_1(Intrinsic1::TypeAlias, tuple);
                self.return_value(result);
                let code = self.finish_unit()?;
                let base = self.make_closure(params_id, code);
                self.push_temp();
                self.call_window(base, 0, None);
            }
        }
        let name = self.name(&target.id);
        let value = Opd::Temp(self.next_temp() - 1);
        self.at(target.range, |this| this.store_name(name, value));
        Ok(())
    }
}
