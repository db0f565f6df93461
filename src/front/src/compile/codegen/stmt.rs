//! Statements: the dispatcher, and the simple ones.

use super::*;
use ruff_python_ast::Stmt;

impl<'a> Compiler<'a> {
    /// The code of a whole module, or of interactive statements.
    pub(super) fn module(&mut self, body: &'a [Stmt]) -> Result<()> {
        let annotate = self.table.scope(ScopeId::MODULE).annotations.is_some();
        let setup = self.u.label();
        let start = self.u.label();
        if annotate {
            // Which annotations there are is known at the end.
            self.emit_jump(Opcode::JUMP, 0, 0, 0, setup);
            self.u.reachable = false;
            self.u.note_jump(start);
            self.u.place(start);
        } else if self.future_annotations && class::has_annotations(body) {
            self.emit(Opcode::SETUP_ANNOTATIONS, 0, 0, 0, 0);
        }
        let mut rest = body;
        if self.mode == Mode::Exec
            && let Some(doc) = docstring(body)
        {
            rest = &body[1..];
            if self.options.optimize < 2 {
                let text = self.clean_docstring(doc);
                self.at(doc.range, |this| {
                    this.store_name(known::DOC, Opd::Const(text))
                });
            }
        }
        self.body(rest)?;
        self.u.range = TextRange::default();
        self.emit_end(Opcode::RETURN_NONE, 0, 0, 0, 0);
        if annotate {
            self.u.place(setup);
            self.u.range = body
                .first()
                .map_or(TextRange::default(), |stmt| stmt.range());
            let set = self.empty(Opcode::BUILD_SET);
            self.store_name(known::CONDITIONAL_ANNOTATIONS, Opd::Temp(set));
            self.namespace_annotate(1)?;
            let value = Opd::Temp(self.next_temp() - 1);
            self.store_name(known::ANNOTATE, value);
            self.jump(start);
        }
        Ok(())
    }

    pub(super) fn body(&mut self, body: &'a [Stmt]) -> Result<()> {
        for stmt in body {
            self.stmt(stmt)?;
        }
        Ok(())
    }

    /// A block whose statements may not be executed.
    pub(super) fn conditional_body(&mut self, body: &'a [Stmt]) -> Result<()> {
        let before = std::mem::replace(&mut self.u.conditional, true);
        let result = self.body(body);
        self.u.conditional = before;
        result
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Result<()> {
        self.stmt_inner(stmt)?;
        match self.u.too_nested {
            Some(range) => self.error(range, "too many statically nested blocks"),
            None => Ok(()),
        }
    }

    fn stmt_inner(&mut self, stmt: &'a Stmt) -> Result<()> {
        self.u.range = stmt.range();
        match stmt {
            Stmt::FunctionDef(def) => self.function_def(def),
            Stmt::ClassDef(def) => self.class_def(def),
            Stmt::Return(stmt) => self.return_stmt(stmt),
            Stmt::Delete(stmt) => {
                for target in &stmt.targets {
                    self.delete(target)?;
                }
                Ok(())
            }
            Stmt::TypeAlias(alias) => self.type_alias(alias),
            Stmt::Assign(stmt) => self.assign_stmt(stmt),
            Stmt::AugAssign(stmt) => self.aug_assign(stmt),
            Stmt::AnnAssign(stmt) => self.ann_assign(stmt),
            Stmt::For(stmt) => self.for_stmt(stmt),
            Stmt::While(stmt) => self.while_stmt(stmt),
            Stmt::If(stmt) => self.if_stmt(stmt),
            Stmt::With(stmt) => self.with_stmt(stmt),
            Stmt::Match(stmt) => self.match_stmt(stmt),
            Stmt::Raise(stmt) => self.raise(stmt),
            Stmt::Try(stmt) => self.try_stmt(stmt),
            Stmt::Assert(stmt) => self.assert_stmt(stmt),
            Stmt::Import(stmt) => {
                self.import(stmt);
                Ok(())
            }
            Stmt::ImportFrom(stmt) => self.import_from(stmt),
            Stmt::Global(_) | Stmt::Nonlocal(_) => Ok(()),
            Stmt::Pass(_) => {
                self.emit(Opcode::NOP, 0, 0, 0, 0);
                Ok(())
            }
            Stmt::Expr(stmt) => self.expr_stmt(stmt),
            Stmt::Break(stmt) => self.break_stmt(stmt.range),
            Stmt::Continue(stmt) => self.continue_stmt(stmt.range),
            Stmt::IpyEscapeCommand(stmt) => self.error(stmt.range, "invalid syntax"),
        }
    }

    fn expr_stmt(&mut self, stmt: &'a ast::StmtExpr) -> Result<()> {
        if self.mode == Mode::Single && self.u.kind == ScopeKind::Module {
            let value = self.expr(&stmt.value)?;
            let result = self.intrinsic_1(Intrinsic1::Print, value);
            self.discard(result);
            return Ok(());
        }
        if self.literal(&stmt.value).is_some() {
            // Keeps the line for tracing.
            self.emit(Opcode::NOP, 0, 0, 0, 0);
            return Ok(());
        }
        self.expr_discard(&stmt.value)
    }

    fn raise(&mut self, stmt: &'a ast::StmtRaise) -> Result<()> {
        let Some(exc) = &stmt.exc else {
            self.emit_end(Opcode::RAISE, 0, 0, 0, 0);
            return Ok(());
        };
        let exc_value = self.expr(exc)?;
        let Some(cause) = &stmt.cause else {
            let (slot, temp) = self.consume(exc_value);
            self.emit_end(Opcode::RAISE, Self::flag(temp, x::A_TEMP), slot, 0, 1);
            return Ok(());
        };
        let exc_value = self.protect(exc_value, &[cause]);
        let cause = self.expr(cause)?;
        let (a, a_temp) = self.read(exc_value);
        let (b, b_temp) = self.read(cause);
        self.pop_temps(u32::from(a_temp) + u32::from(b_temp));
        let flags = Self::flag(a_temp, x::A_TEMP) | Self::flag(b_temp, x::B_TEMP);
        self.emit_end(Opcode::RAISE, flags, a, b, 2);
        Ok(())
    }

    fn assert_stmt(&mut self, stmt: &'a ast::StmtAssert) -> Result<()> {
        if let Expr::Tuple(tuple) = &*stmt.test
            && !tuple.elts.is_empty()
        {
            self.warn(
                stmt.range,
                "assertion is always true, perhaps remove parentheses?",
            );
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let end = self.u.label();
        self.jump_if(&stmt.test, end, true)?;
        let base = self.push_temp();
        self.emit(Opcode::LOAD_COMMON_CONST, 0, base, 0, 0);
        if let Some(msg) = &stmt.msg {
            self.push_temp();
            self.expr_to_temp(msg)?;
            self.at(stmt.test.range(), |this| {
                this.call_window(base, 1, None);
            });
        }
        self.at(stmt.test.range(), |this| {
            this.emit_end(Opcode::RAISE, x::A_TEMP, base, 0, 1);
        });
        self.pop_temps(1);
        self.u.place(end);
        Ok(())
    }

    fn return_stmt(&mut self, stmt: &'a ast::StmtReturn) -> Result<()> {
        let scope = self.table.scope(self.u.scope);
        if !matches!(scope.kind, ScopeKind::Function | ScopeKind::Lambda) {
            return self.error(stmt.range, "'return' outside function");
        }
        if stmt.value.is_some() && scope.is_coroutine && scope.is_generator {
            return self.error(stmt.range, "'return' with value in async generator");
        }
        let depth = self.u.depth;
        let value = match &stmt.value {
            Some(value) => self.expr(value)?,
            None => Opd::Const(Const::None),
        };
        let runs_code = self
            .u
            .blocks
            .iter()
            .any(|frame| !matches!(frame.block, Block::Loop { .. } | Block::Try));
        let value = match value {
            Opd::Local(_) if runs_code => Opd::Temp(self.to_temp(value)),
            value => value,
        };
        self.u.range = stmt.range;
        self.unwind_blocks(0)?;
        // Behind the code of a `finally` clause the line is that code's.
        let after_finally = self
            .u
            .blocks
            .iter()
            .any(|b| matches!(b.block, Block::Finally(_)));
        self.u.range = if after_finally {
            TextRange::default()
        } else {
            stmt.range
        };
        // A frame ends without live temporaries; blocks have emptied theirs.
        let blocks = self.u.blocks.clone();
        let handler = self.u.handler;
        if let Some(frame) = blocks.first() {
            self.u.handler = frame.outer_handler;
        }
        for index in (0..depth).rev() {
            let slot = (self.u.first_temp + index) as u16;
            let emptied = blocks.iter().any(|frame| match frame.block {
                Block::With { exit, .. } => slot == exit || slot == exit + 1,
                Block::Handling(first) => slot == first || slot == first + 1,
                Block::Loop { iterator, .. } => iterator == Some(slot),
                _ => false,
            });
            if !emptied {
                self.emit(Opcode::CLEAR, 0, slot, 0, 0);
            }
        }
        self.return_value(value);
        self.u.handler = handler;
        self.u.depth = depth;
        Ok(())
    }

    /// Emits what leaving the blocks from the innermost down to number `down_to` takes.
    pub(super) fn unwind_blocks(&mut self, down_to: usize) -> Result<()> {
        let blocks = self.u.blocks.clone();
        let handler = self.u.handler;
        let depth = self.u.depth;
        let range = self.u.range;
        while self.u.blocks.len() > down_to {
            let Some(frame) = self.u.blocks.pop() else {
                break;
            };
            self.u.handler = frame.outer_handler;
            self.u.range = range;
            match frame.block {
                Block::Loop { iterator, .. } => {
                    if let Some(iterator) = iterator {
                        self.emit(Opcode::CLEAR, 0, iterator, 0, 0);
                    }
                }
                Block::Try => {}
                Block::Finally(body) => {
                    self.repeated += 1;
                    let result = self.body(body);
                    self.repeated -= 1;
                    result?;
                }
                Block::Handling(slot) => self.emit(Opcode::POP_EXC, 0, slot, 0, 0),
                Block::HandlerName(name) => self.unbind_handler_name(name),
                Block::With {
                    exit,
                    is_async,
                    range,
                } => {
                    self.u.range = range;
                    self.call_exit(exit, is_async);
                    self.u.depth = depth;
                }
            }
        }
        self.u.blocks = blocks;
        self.u.handler = handler;
        self.u.depth = depth;
        self.u.range = range;
        Ok(())
    }
}
