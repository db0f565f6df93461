//! Class definitions.

use super::*;

impl<'a> Compiler<'a> {
    pub(super) fn class_def(&mut self, def: &'a ast::StmtClassDef) -> Result<()> {
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
        match &def.type_params {
            None => {
                self.build_class(def, id, first_line)?;
            }
            Some(params) => {
                let Some(params_id) = ScopeId::of(&params.node_index) else {
                    return Ok(());
                };
                self.start_unit(params_id, first_line);
                self.u.range = range;
                self.type_params(params)?;
                let tuple = Opd::Temp(self.next_temp() - 1);
                self.store_name(known::DOT_TYPE_PARAMS, tuple);
                let tuple = self.load_name(known::DOT_TYPE_PARAMS, None);
                let base = self.intrinsic_1(Intrinsic1::SubscriptGeneric, tuple);
                self.store_name(known::DOT_GENERIC_BASE, base);
                let result = self.build_class(def, id, first_line)?;
                self.return_value(result);
                let code = self.finish_unit()?;
                let base = self.make_closure(params_id, code);
                self.push_temp();
                self.call_window(base, 0, None);
            }
        }
        self.apply_decorators(decorators, &def.decorator_list);
        self.u.range = range;
        let name = self.name(&def.name.id);
        let value = Opd::Temp(self.next_temp() - 1);
        self.store_name(name, value);
        Ok(())
    }

    /// `__build_class__(body, name, *bases, **keywords)`
    fn build_class(
        &mut self,
        def: &'a ast::StmtClassDef,
        id: ScopeId,
        first_line: u32,
    ) -> Result<Opd> {
        let range = self.u.range;
        let base = self.push_temp();
        self.emit(Opcode::LOAD_BUILD_CLASS, 0, base, 0, 0);
        self.push_temp();
        let code = self.class_body(def, id, first_line)?;
        self.u.range = range;
        self.make_closure(id, code);
        let name = self.names.intern(&def.name.id);
        let text = self.str_const(name);
        self.to_temp(Opd::Const(text));
        let generic_base = def.type_params.as_ref().map(|_| known::DOT_GENERIC_BASE);
        self.call_build_class(base, def.arguments.as_deref(), generic_base)
    }

    fn class_body(
        &mut self,
        def: &'a ast::StmtClassDef,
        id: ScopeId,
        first_line: u32,
    ) -> Result<CodeUnit> {
        let scope = self.table.scope(id);
        self.start_unit(id, first_line);
        self.u.range = self.definition_range(def.range, &def.decorator_list);
        let range = self.u.range;
        let module = self.load_name(known::NAME, None);
        self.store_name(known::MODULE, module);
        let qualname = Const::Str(self.u.qualname.as_str().into());
        self.store_name(known::QUALNAME, Opd::Const(qualname));
        self.store_name(
            known::FIRSTLINENO,
            Opd::Const(Const::Int(i64::from(first_line))),
        );
        if def.type_params.is_some() {
            let params = self.load_name(known::DOT_TYPE_PARAMS, None);
            self.store_name(known::TYPE_PARAMS, params);
        }
        if let Some(cell) = self.u.cell_slot(id, known::CLASSDICT) {
            let namespace = self.push_temp();
            self.emit(Opcode::LOAD_LOCALS, 0, namespace, 0, 0);
            self.pop_temps(1);
            self.emit(Opcode::STORE_DEREF, x::B_TEMP, cell, namespace, 0);
        }
        if let Some(cell) = self.u.cell_slot(id, known::CONDITIONAL_ANNOTATIONS) {
            let set = self.empty(Opcode::BUILD_SET);
            self.pop_temps(1);
            self.emit(Opcode::STORE_DEREF, x::B_TEMP, cell, set, 0);
        }
        let mut body: &'a [ast::Stmt] = &def.body;
        if self.future_annotations && has_annotations(body) {
            self.emit(Opcode::SETUP_ANNOTATIONS, 0, 0, 0, 0);
        }
        if let Some(doc) = docstring(body) {
            body = &body[1..];
            if self.options.optimize < 2 {
                let text = self.clean_docstring(doc);
                self.at(doc.range, |this| {
                    this.store_name(known::DOC, Opd::Const(text))
                });
            }
        }
        self.body(body)?;
        self.u.range = range;
        if scope.annotations.is_some() {
            self.namespace_annotate(first_line)?;
            let value = Opd::Temp(self.next_temp() - 1);
            self.store_name(known::ANNOTATE_FUNC, value);
        }
        let mut attributes = std::mem::take(&mut self.u.static_attributes);
        attributes.sort_by(|a, b| self.names.text(*a).cmp(self.names.text(*b)));
        attributes.dedup();
        let attributes = attributes
            .into_iter()
            .map(|name| self.str_const(name))
            .collect();
        self.store_name(
            known::STATIC_ATTRIBUTES,
            Opd::Const(Const::Tuple(attributes)),
        );
        if let Some(cell) = self.u.cell_slot(id, known::CLASSDICT) {
            self.store_name(known::CLASSDICT_CELL, Opd::Local(cell));
        }
        if let Some(cell) = self.u.cell_slot(id, known::CLASS_CELL) {
            self.store_name(known::CLASSCELL, Opd::Local(cell));
            self.emit_end(Opcode::RETURN, 0, cell, 0, 0);
        }
        self.finish_unit()
    }
}

/// True if an annotated assignment to a name is among the statements, blocks included.
pub(super) fn has_annotations(body: &[ast::Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        ast::Stmt::AnnAssign(_) => true,
        ast::Stmt::For(stmt) => has_annotations(&stmt.body) || has_annotations(&stmt.orelse),
        ast::Stmt::While(stmt) => has_annotations(&stmt.body) || has_annotations(&stmt.orelse),
        ast::Stmt::If(stmt) => {
            has_annotations(&stmt.body)
                || stmt
                    .elif_else_clauses
                    .iter()
                    .any(|clause| has_annotations(&clause.body))
        }
        ast::Stmt::With(stmt) => has_annotations(&stmt.body),
        ast::Stmt::Match(stmt) => stmt.cases.iter().any(|case| has_annotations(&case.body)),
        ast::Stmt::Try(stmt) => {
            has_annotations(&stmt.body)
                || stmt.handlers.iter().any(|handler| {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    has_annotations(&handler.body)
                })
                || has_annotations(&stmt.orelse)
                || has_annotations(&stmt.finalbody)
        }
        _ => false,
    })
}
