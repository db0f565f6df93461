//! Deferred annotations (PEP 649): `__annotate__` of functions, classes and modules; annotations as strings
//! under `from __future__ import annotations`.

use super::super::unparse::unparse;
use super::unit::Deferred;
use super::*;

impl<'a> Compiler<'a> {
    /// Makes the `__annotate__` function of `def` in a new temporary, if it has annotations.
    pub(super) fn function_annotate(
        &mut self,
        def: &'a ast::StmtFunctionDef,
    ) -> Result<Option<u16>> {
        let Some(id) = ScopeId::of(&def.parameters.node_index) else {
            return Ok(None);
        };
        let parameters = &def.parameters;
        let mut annotations: Vec<(Name, &'a Expr)> = Vec::new();
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        let params = positional
            .map(|param| &param.parameter)
            .chain(parameters.vararg.as_deref())
            .chain(parameters.kwonlyargs.iter().map(|param| &param.parameter))
            .chain(parameters.kwarg.as_deref());
        for param in params {
            if let Some(annotation) = &param.annotation {
                let name = self.name(&param.name.id);
                annotations.push((name, annotation));
            }
        }
        if let Some(annotation) = &def.returns {
            let name = self.names.intern("return");
            annotations.push((name, annotation));
        }
        let line = self.line_of(self.u.range);
        let range = self.u.range;
        self.start_unit(id, line);
        self.u.range = range;
        self.u.arg_count = 1;
        self.u.posonly_count = 1;
        self.check_format();
        let dict = self.empty(Opcode::BUILD_MAP);
        for (name, annotation) in annotations {
            let key = Opd::Const(self.str_const(name));
            let value = self.annotation(annotation)?;
            self.at(annotation.range(), |this| this.map_add(dict, key, value));
        }
        self.return_value(Opd::Temp(dict));
        let code = self.finish_unit()?;
        Ok(Some(self.make_closure(id, code)))
    }

    /// The value of an annotation, or its text under the future import.
    fn annotation(&mut self, annotation: &'a Expr) -> Result<Opd> {
        if self.future_annotations {
            return Ok(Opd::Const(Const::Str(
                unparse(annotation, self.source).into(),
            )));
        }
        match annotation {
            Expr::Starred(star) => self.at(star.range, |this| this.unpack_star(star)),
            _ => self.expr(annotation),
        }
    }

    /// Makes the `__annotate__` function of the module or class being generated, in a new temporary.
    pub(super) fn namespace_annotate(&mut self, first_line: u32) -> Result<()> {
        let Some(id) = self.table.scope(self.u.scope).annotations else {
            return Ok(());
        };
        let deferred = std::mem::take(&mut self.u.deferred);
        let range = self.u.range;
        self.start_unit(id, first_line);
        self.u.range = range;
        self.u.arg_count = 1;
        self.u.posonly_count = 1;
        self.check_format();
        let dict = self.empty(Opcode::BUILD_MAP);
        for Deferred {
            name,
            annotation,
            index,
        } in deferred
        {
            let skip = self.u.label();
            if let Some(index) = index {
                // Only annotations that were executed count.
                let set = self.load_name(known::CONDITIONAL_ANNOTATIONS, None);
                let (set, set_temp) = self.read(set);
                let number = self.to_temp(Opd::Const(Const::Int(i64::from(index))));
                self.pop_temps(1 + u32::from(set_temp));
                let flags = x::OP0 | x::A_TEMP | Self::flag(set_temp, x::B_TEMP);
                self.emit_jump(Opcode::JUMP_IN, flags, number, set, skip);
            }
            let value = self.expr(annotation)?;
            let key = Opd::Const(self.str_const(name));
            self.map_add(dict, key, value);
            self.u.place(skip);
        }
        self.return_value(Opd::Temp(dict));
        let code = self.finish_unit()?;
        self.make_closure(id, code);
        Ok(())
    }

    pub(super) fn ann_assign(&mut self, stmt: &'a ast::StmtAnnAssign) -> Result<()> {
        if let Some(value) = &stmt.value {
            match &*stmt.target {
                Expr::Name(target) => {
                    let name = self.name(&target.id);
                    let hint = self.store_hint(name);
                    let value = self.expr_hint(value, hint)?;
                    self.at(target.range, |this| this.store_name(name, value));
                }
                target => {
                    let value = self.expr(value)?;
                    self.assign(target, value)?;
                }
            }
        }
        let in_namespace = matches!(self.u.kind, ScopeKind::Module | ScopeKind::Class);
        match &*stmt.target {
            Expr::Name(target) => {
                if stmt.simple && in_namespace {
                    let name = self.name(&target.id);
                    self.name_annotation(name, stmt)?;
                }
            }
            Expr::Attribute(target) => {
                if stmt.value.is_none() {
                    self.expr_discard(&target.value)?;
                }
            }
            Expr::Subscript(target) => {
                if stmt.value.is_none() {
                    self.expr_discard(&target.value)?;
                    self.expr_discard(&target.slice)?;
                }
            }
            target => return self.error(target.range(), "invalid syntax"),
        }
        Ok(())
    }

    fn name_annotation(&mut self, name: Name, stmt: &'a ast::StmtAnnAssign) -> Result<()> {
        if self.future_annotations {
            let text = unparse(&stmt.annotation, self.source);
            let annotations = self.load_name(known::ANNOTATIONS, None);
            let (annotations, temp) = self.read(annotations);
            let key = self.to_temp(Opd::Const(self.str_const(name)));
            let value = self.to_temp(Opd::Const(Const::Str(text.into())));
            self.pop_temps(2 + u32::from(temp));
            let flags = Self::flag(temp, x::A_TEMP) | x::B_TEMP | x::C_TEMP;
            self.emit(Opcode::SETITEM, flags, annotations, key, value);
            return Ok(());
        }
        let conditional = self.u.kind == ScopeKind::Module || self.u.conditional;
        let index = if conditional {
            let index = self.u.annotation_count;
            self.u.annotation_count += 1;
            let set = match self
                .u
                .cell_slot(self.u.scope, known::CONDITIONAL_ANNOTATIONS)
            {
                Some(cell) => {
                    let slot = self.push_temp();
                    self.emit(Opcode::LOAD_DEREF, 0, slot, cell, 0);
                    slot
                }
                None => {
                    let value = self.load_name(known::CONDITIONAL_ANNOTATIONS, None);
                    self.to_temp(value)
                }
            };
            self.extend(
                Opcode::SET_ADD,
                set,
                Opd::Const(Const::Int(i64::from(index))),
            );
            self.discard(Opd::Temp(set));
            Some(index)
        } else {
            None
        };
        if self.repeated == 0 {
            self.u.deferred.push(Deferred {
                name,
                annotation: &stmt.annotation,
                index,
            });
        }
        Ok(())
    }
}
