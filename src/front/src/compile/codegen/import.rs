//! Import statements.

use super::*;

impl<'a> Compiler<'a> {
    pub(super) fn import(&mut self, stmt: &'a ast::StmtImport) {
        for alias in &stmt.names {
            let text = alias.name.as_str();
            let module = self.names.intern(text);
            self.import_name(module, 0, Const::None);
            match &alias.asname {
                None => {
                    let first = text.split('.').next().unwrap_or(text);
                    let name = self.name(first);
                    let value = Opd::Temp(self.next_temp() - 1);
                    self.store_name(name, value);
                }
                Some(asname) => {
                    // `import a.b.c as d` binds the last module.
                    let slot = self.next_temp() - 1;
                    for part in text.split('.').skip(1) {
                        let name = self.names.intern(part);
                        let index = self.u.name_operand(name);
                        self.emit(Opcode::IMPORT_FROM, x::B_TEMP, slot, slot, index);
                    }
                    let name = self.name(&asname.id);
                    self.store_name(name, Opd::Temp(slot));
                }
            }
        }
    }

    fn import_name(&mut self, module: Name, level: u32, from: Const) {
        let index = self.u.name_operand(module);
        self.to_temp(Opd::Const(Const::Int(i64::from(level))));
        self.to_temp(Opd::Const(from));
        self.window_op(Opcode::IMPORT_NAME, 2, index, None);
    }

    pub(super) fn import_from(&mut self, stmt: &'a ast::StmtImportFrom) -> Result<()> {
        let text = stmt.module.as_ref().map_or("", |module| module.as_str());
        if text == "__future__" && stmt.level == 0 && !self.future_allowed(stmt.range) {
            return self.error(
                stmt.range,
                "from __future__ imports must occur at the beginning of the file",
            );
        }
        let names: Vec<Const> = stmt
            .names
            .iter()
            .map(|alias| Const::Str(alias.name.as_str().into()))
            .collect();
        let module = self.names.intern(text);
        self.import_name(module, stmt.level, Const::Tuple(names));
        let slot = self.next_temp() - 1;
        if let [alias] = &stmt.names[..]
            && alias.name.as_str() == "*"
        {
            let result = self.intrinsic_1(Intrinsic1::ImportStar, Opd::Temp(slot));
            self.discard(result);
            return Ok(());
        }
        for alias in &stmt.names {
            let attribute = self.names.intern(&alias.name.id);
            let index = self.u.name_operand(attribute);
            let target = alias.asname.as_ref().unwrap_or(&alias.name);
            let name = self.name(&target.id);
            let hint = self.store_hint(name);
            let (dst, value) = self.dest(hint);
            self.emit(Opcode::IMPORT_FROM, 0, dst, slot, index);
            self.store_name(name, value);
        }
        self.discard(Opd::Temp(slot));
        Ok(())
    }

    /// True for the statements that the scan at the start of the compilation accepted.
    fn future_allowed(&self, range: TextRange) -> bool {
        self.u.kind == ScopeKind::Module && range.start() < self.future_end
    }
}
