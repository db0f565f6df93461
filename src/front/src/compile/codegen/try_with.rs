//! `try` in all its forms, `with` and `async with`.
//!
//! A handler starts with the exception in the slot after the temporaries that are live in it (slot D).
//! `PUSH_EXC` makes it the handled exception and keeps the one before in D + 1. What leaves a handler by an
//! exception passes a cleanup that gives the handled exception back and raises again.

use super::*;
use ruff_python_ast::{ExceptHandler, ExceptHandlerExceptHandler, Stmt};

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, stmt: &'a ast::StmtTry) -> Result<()> {
        if stmt.finalbody.is_empty() {
            return self.try_handlers(stmt);
        }
        self.check_finally(&stmt.finalbody, false);
        let depth = self.u.depth;
        let handler = self.u.label();
        let end = self.u.label();
        self.guard(Block::Finally(&stmt.finalbody), handler);
        if stmt.handlers.is_empty() {
            self.conditional_body(&stmt.body)?;
            self.conditional_body(&stmt.orelse)?;
        } else {
            self.try_handlers(stmt)?;
        }
        self.leave_block();
        self.conditional_body(&stmt.finalbody)?;
        self.jump(end);
        // An exception is on its way.
        self.start_handler(handler, depth);
        let slot = self.push_exception();
        let cleanup = self.u.label();
        self.u.range = TextRange::default();
        self.guard(Block::Handling(slot), cleanup);
        self.repeated += 1;
        let result = self.conditional_body(&stmt.finalbody);
        self.repeated -= 1;
        result?;
        self.u.range = stmt
            .finalbody
            .last()
            .map_or(TextRange::default(), Ranged::range);
        self.emit_end(Opcode::RERAISE, x::A_TEMP, slot, 0, 0);
        self.leave_block();
        self.reraise_cleanup(cleanup, slot);
        self.u.depth = depth;
        self.u.place(end);
        Ok(())
    }

    /// Takes the exception at the start of a handler: it and the one handled before are live from here on.
    fn push_exception(&mut self) -> u16 {
        let slot = self.push_temp();
        self.emit(Opcode::PUSH_EXC, 0, slot, 0, 0);
        self.push_temp();
        slot
    }

    /// Where exceptions raised in a handler arrive: the handled exception is given back.
    fn reraise_cleanup(&mut self, cleanup: Label, slot: u16) {
        let depth = u32::from(slot) + 2 - self.u.first_temp;
        self.start_handler(cleanup, depth);
        self.u.range = TextRange::default();
        let raised = self.push_temp();
        self.emit(Opcode::POP_EXC, 0, slot, 0, 0);
        self.emit_end(Opcode::RERAISE, x::A_TEMP, raised, 0, 0);
    }

    fn try_handlers(&mut self, stmt: &'a ast::StmtTry) -> Result<()> {
        if stmt.is_star {
            return self.try_star(stmt);
        }
        let depth = self.u.depth;
        let handler = self.u.label();
        let end = self.u.label();
        self.guard(Block::Try, handler);
        self.conditional_body(&stmt.body)?;
        self.leave_block();
        self.conditional_body(&stmt.orelse)?;
        self.jump(end);
        self.start_handler(handler, depth);
        self.u.range = TextRange::default();
        let slot = self.push_exception();
        let cleanup = self.u.label();
        self.guard(Block::Handling(slot), cleanup);
        let inside = self.u.depth;
        let count = stmt.handlers.len();
        for (index, ExceptHandler::ExceptHandler(clause)) in stmt.handlers.iter().enumerate() {
            self.u.range = clause.range;
            let next = self.u.label();
            self.u.depth = inside;
            match &clause.type_ {
                None => {
                    if index + 1 < count {
                        return self.error(clause.range, "default 'except:' must be last");
                    }
                }
                Some(type_) => {
                    let class = self.expr(type_)?;
                    let matched =
                        self.binary_op(Opcode::EXC_MATCH, 0, Opd::Local(slot), class, None);
                    self.jump_if_value(matched, next, false);
                }
            }
            self.clause_body(clause, slot)?;
            self.u.range = TextRange::default();
            self.emit(Opcode::POP_EXC, 0, slot, 0, 0);
            self.jump(end);
            self.u.place(next);
        }
        // No clause matched.
        self.u.depth = inside;
        self.u.range = stmt.handlers.last().map_or(TextRange::default(), |h| {
            TextRange::at(h.range().start(), TextSize::from(1))
        });
        self.emit_end(Opcode::RERAISE, x::A_TEMP, slot, 0, 0);
        self.leave_block();
        self.reraise_cleanup(cleanup, slot);
        self.u.depth = depth;
        self.u.place(end);
        Ok(())
    }

    /// The body of an `except` clause; its name is bound to the content of `slot` meanwhile.
    fn clause_body(&mut self, clause: &'a ExceptHandlerExceptHandler, slot: u16) -> Result<()> {
        let Some(identifier) = &clause.name else {
            return self.conditional_body(&clause.body);
        };
        let name = self.name(&identifier.id);
        self.store_name(name, Opd::Local(slot));
        let depth = self.u.depth;
        let unbind = self.u.label();
        let end = self.u.label();
        self.guard(Block::HandlerName(name), unbind);
        self.conditional_body(&clause.body)?;
        self.leave_block();
        self.u.range = TextRange::default();
        self.unbind_handler_name(name);
        self.jump(end);
        self.start_handler(unbind, depth);
        let raised = self.push_temp();
        self.unbind_handler_name(name);
        self.emit_end(Opcode::RERAISE, x::A_TEMP, raised, 0, 0);
        self.u.depth = depth;
        self.u.place(end);
        Ok(())
    }

    /// `name = None; del name`: cannot fail even if the body has deleted the name.
    pub(super) fn unbind_handler_name(&mut self, name: Name) {
        if let names::Access::Fast(slot) = self.access(name) {
            self.emit(Opcode::CLEAR, 0, slot, 0, 0);
            self.u.bound.remove(slot);
            return;
        }
        self.store_name(name, Opd::Const(Const::None));
        self.delete_name(name);
    }

    /// `except*`: every clause gets the part of the group that it matches; what the clauses raise and what
    /// none of them matched is raised again as a group.
    fn try_star(&mut self, stmt: &'a ast::StmtTry) -> Result<()> {
        let depth = self.u.depth;
        let handler = self.u.label();
        let end = self.u.label();
        self.guard(Block::Try, handler);
        self.conditional_body(&stmt.body)?;
        self.leave_block();
        self.conditional_body(&stmt.orelse)?;
        self.jump(end);
        self.start_handler(handler, depth);
        self.u.range = TextRange::default();
        let slot = self.push_exception();
        let cleanup = self.u.label();
        self.guard(Block::Handling(slot), cleanup);
        // exception | handled before | results | rest
        let results = self.empty(Opcode::BUILD_LIST);
        let rest = self.push_temp();
        self.emit(Opcode::MOVE, 0, rest, slot, 0);
        let inside = self.u.depth;
        for ExceptHandler::ExceptHandler(clause) in &stmt.handlers {
            self.u.range = clause.range;
            self.check_star_body(&clause.body, false)?;
            let unmatched = self.u.label();
            let raised = self.u.label();
            let Some(type_) = &clause.type_ else {
                return self.error(clause.range, "expected one or more exception types");
            };
            // Match and rest come in two slots; the class is read before they are written.
            let class = self.expr_to_temp(type_)?;
            self.push_temp();
            self.emit(Opcode::EXC_GROUP_MATCH, x::C_TEMP, class, rest, class);
            let matched = class;
            self.emit(Opcode::MOVE, x::B_TEMP, rest, matched + 1, 0);
            self.pop_temps(1);
            self.emit_jump(Opcode::JUMP_IF_NONE, 0, matched, 0, unmatched);
            self.guard(Block::Try, raised);
            self.clause_body(clause, matched)?;
            self.leave_block();
            self.u.range = TextRange::default();
            self.jump(unmatched);
            self.start_handler(raised, inside + 1);
            let error = self.push_temp();
            self.emit(Opcode::LIST_APPEND, x::B_TEMP, results, error, 0);
            self.pop_temps(1);
            self.u.place(unmatched);
            self.emit(Opcode::CLEAR, 0, matched, 0, 0);
            self.pop_temps(1);
        }
        self.u.range = TextRange::default();
        self.extend(Opcode::LIST_APPEND, results, Opd::Temp(rest));
        // The list becomes the second operand, the exception the first.
        let original = self.push_temp();
        self.emit(Opcode::MOVE, 0, original, slot, 0);
        let list = self.push_temp();
        self.emit(Opcode::MOVE, x::B_TEMP, list, results, 0);
        let result = self.intrinsic_2(Intrinsic2::PrepReraiseStar);
        let (result, _) = self.read(result);
        let done = self.u.label();
        self.emit_jump(Opcode::JUMP_IF_NONE, 0, result, 0, done);
        self.leave_block();
        self.emit(Opcode::POP_EXC, 0, slot, 0, 0);
        self.emit_end(Opcode::RERAISE, x::A_TEMP, result, 0, 0);
        self.u.place(done);
        self.emit(Opcode::CLEAR, 0, result, 0, 0);
        self.emit(Opcode::POP_EXC, 0, slot, 0, 0);
        self.jump(end);
        self.reraise_cleanup(cleanup, slot);
        self.u.depth = depth;
        self.u.place(end);
        Ok(())
    }

    /// `break`, `continue` and `return` may not leave an `except*` clause.
    fn check_star_body(&self, body: &[Stmt], in_loop: bool) -> Result<()> {
        for stmt in body {
            match stmt {
                Stmt::Return(stmt) => return self.leaves_star(stmt.range),
                Stmt::Break(stmt) if !in_loop => return self.leaves_star(stmt.range),
                Stmt::Continue(stmt) if !in_loop => return self.leaves_star(stmt.range),
                Stmt::For(stmt) => {
                    self.check_star_body(&stmt.body, true)?;
                    self.check_star_body(&stmt.orelse, in_loop)?;
                }
                Stmt::While(stmt) => {
                    self.check_star_body(&stmt.body, true)?;
                    self.check_star_body(&stmt.orelse, in_loop)?;
                }
                Stmt::If(stmt) => {
                    self.check_star_body(&stmt.body, in_loop)?;
                    for clause in &stmt.elif_else_clauses {
                        self.check_star_body(&clause.body, in_loop)?;
                    }
                }
                Stmt::With(stmt) => self.check_star_body(&stmt.body, in_loop)?,
                Stmt::Match(stmt) => {
                    for case in &stmt.cases {
                        self.check_star_body(&case.body, in_loop)?;
                    }
                }
                Stmt::Try(stmt) => {
                    self.check_star_body(&stmt.body, in_loop)?;
                    for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                        self.check_star_body(&handler.body, in_loop)?;
                    }
                    self.check_star_body(&stmt.orelse, in_loop)?;
                    self.check_star_body(&stmt.finalbody, in_loop)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn leaves_star(&self, range: TextRange) -> Result<()> {
        self.error(
            range,
            "'break', 'continue' and 'return' cannot appear in an except* block",
        )
    }

    // ---- with ----

    pub(super) fn with_stmt(&mut self, stmt: &'a ast::StmtWith) -> Result<()> {
        if stmt.is_async && !self.in_async() {
            return self.error(stmt.range, "'async with' outside async function");
        }
        self.with_items(stmt, 0)
    }

    fn with_items(&mut self, stmt: &'a ast::StmtWith, index: usize) -> Result<()> {
        let Some(item) = stmt.items.get(index) else {
            return self.conditional_body(&stmt.body);
        };
        let is_async = stmt.is_async;
        let range = item.context_expr.range();
        let depth = self.u.depth;
        // exit method | its receiver | manager, then enter method and its receiver
        let exit = self.push_temp();
        self.push_temp();
        let manager = self.expr_to_temp(&item.context_expr)?;
        let before = std::mem::replace(&mut self.u.range, range);
        let (exit_kind, enter_kind) = if is_async { (3, 2) } else { (1, 0) };
        self.emit(Opcode::LOAD_SPECIAL, 0, exit, manager, exit_kind);
        self.emit(
            Opcode::LOAD_SPECIAL,
            x::B_TEMP,
            manager,
            manager,
            enter_kind,
        );
        self.push_temp();
        let mut entered = self.call_bound(manager, 0);
        if is_async {
            entered = Opd::Temp(self.await_value(entered, 1));
        }
        // From here on the exit method is called.
        self.pop_temps(1);
        let handler = self.u.label();
        let end = self.u.label();
        self.guard(
            Block::With {
                exit,
                is_async,
                range,
            },
            handler,
        );
        self.push_temp();
        match &item.optional_vars {
            Some(target) => self.assign(target, entered)?,
            None => self.discard(entered),
        }
        self.u.range = before;
        self.with_items(stmt, index + 1)?;
        self.leave_block();
        self.u.range = range;
        self.call_exit(exit, is_async);
        self.u.depth = depth;
        self.jump(end);
        // An exception is on its way: the exit method decides.
        self.start_handler(handler, depth + 2);
        let slot = self.push_exception();
        let cleanup = self.u.label();
        let swallow = self.u.label();
        self.guard(Block::Handling(slot), cleanup);
        let result = self.push_temp();
        self.emit(Opcode::WITH_EXCEPT, 0, result, exit, slot);
        let result = if is_async {
            self.await_value(Opd::Temp(result), 2)
        } else {
            result
        };
        self.emit_jump(Opcode::JUMP_IF_TRUE, x::A_TEMP, result, 0, swallow);
        self.pop_temps(1);
        let range = std::mem::take(&mut self.u.range);
        self.emit_end(Opcode::RERAISE, x::A_TEMP, slot, 0, 0);
        self.u.range = range;
        self.u.place(swallow);
        self.leave_block();
        self.emit(Opcode::POP_EXC, 0, slot, 0, 0);
        self.emit(Opcode::CLEAR, 0, exit, 0, 0);
        self.emit(Opcode::CLEAR, 0, exit + 1, 0, 0);
        self.jump(end);
        self.reraise_cleanup(cleanup, slot);
        self.u.depth = depth;
        self.u.range = before;
        self.u.place(end);
        Ok(())
    }

    /// Calls the exit method at `exit`, which is consumed, without an exception.
    pub(super) fn call_exit(&mut self, exit: u16, is_async: bool) {
        let base = if self.next_temp() == exit + 2 {
            exit
        } else {
            let base = self.push_temp();
            self.emit(Opcode::MOVE, x::B_TEMP, base, exit, 0);
            let receiver = self.push_temp();
            self.emit(Opcode::MOVE, x::B_TEMP, receiver, exit + 1, 0);
            base
        };
        for _ in 0..3 {
            self.to_temp(Opd::Const(Const::None));
        }
        let mut result = self.call_bound(base, 3);
        if is_async {
            result = Opd::Temp(self.await_value(result, 2));
        }
        self.discard(result);
    }
}
