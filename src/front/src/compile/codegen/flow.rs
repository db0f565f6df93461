//! `if`, `while`, `for`, `break` and `continue`.

use super::*;
use ruff_python_ast::Stmt;

impl<'a> Compiler<'a> {
    pub(super) fn if_stmt(&mut self, stmt: &'a ast::StmtIf) -> Result<()> {
        let end = self.u.label();
        let mut next = self.u.label();
        self.jump_if(&stmt.test, next, false)?;
        self.conditional_body(&stmt.body)?;
        for clause in &stmt.elif_else_clauses {
            // The jump over the other branches has no line of its own.
            self.jump(end);
            self.u.place(next);
            next = self.u.label();
            if let Some(test) = &clause.test {
                self.u.range = test.range();
                self.jump_if(test, next, false)?;
            }
            self.conditional_body(&clause.body)?;
        }
        self.u.place(next);
        self.u.place(end);
        Ok(())
    }

    pub(super) fn while_stmt(&mut self, stmt: &'a ast::StmtWhile) -> Result<()> {
        let next = self.u.label();
        let otherwise = self.u.label();
        let end = self.u.label();
        self.u.place_loop(next);
        self.jump_if(&stmt.test, otherwise, false)?;
        self.enter_block(Block::Loop {
            next,
            end,
            iterator: None,
        });
        self.conditional_body(&stmt.body)?;
        self.leave_block();
        self.u.range = stmt.test.range();
        self.jump_back(next);
        self.u.place(otherwise);
        self.conditional_body(&stmt.orelse)?;
        self.u.place(end);
        Ok(())
    }

    pub(super) fn for_stmt(&mut self, stmt: &'a ast::StmtFor) -> Result<()> {
        if stmt.is_async {
            return self.async_for(stmt);
        }
        let next = self.u.label();
        let exhausted = self.u.label();
        let end = self.u.label();
        let depth = self.u.depth;
        let iterator = self.iterate(&stmt.iter)?;
        self.u.place_loop(next);
        self.for_iter(&stmt.target, stmt.iter.range(), iterator, exhausted)?;
        self.enter_block(Block::Loop {
            next,
            end,
            iterator: Some(iterator),
        });
        self.conditional_body(&stmt.body)?;
        self.leave_block();
        self.u.range = stmt.iter.range();
        self.jump_back(next);
        self.u.place(exhausted);
        self.u.depth = depth;
        self.conditional_body(&stmt.orelse)?;
        self.u.place(end);
        Ok(())
    }

    /// The iterator of a `for` statement in a new temporary.
    fn iterate(&mut self, iter: &'a Expr) -> Result<u16> {
        let value = match iter {
            // A list of constants that is only iterated is as good as a tuple.
            Expr::List(node) => match self.literal_items(&node.elts) {
                Some(items) => Opd::Const(Const::Tuple(items)),
                None => self.expr(iter)?,
            },
            _ => self.expr(iter)?,
        };
        Ok(self.at(iter.range(), |this| {
            this.unary_temp(Opcode::GET_ITER, value, 0)
        }))
    }

    /// Takes the next item of the iterator of `iterable` and assigns it to the target.
    pub(super) fn for_iter(
        &mut self,
        target: &'a Expr,
        iterable: TextRange,
        iterator: u16,
        end: Label,
    ) -> Result<()> {
        if let Expr::Name(node) = target {
            let name = self.name(&node.id);
            if let Some(slot) = self.store_hint(name) {
                self.at(iterable, |this| {
                    this.emit_jump(Opcode::FOR_ITER, 0, slot, iterator, end);
                    this.u.mark_bound(slot);
                });
                return Ok(());
            }
        }
        let item = self.next_temp();
        self.at(iterable, |this| {
            this.emit_jump(Opcode::FOR_ITER, 0, item, iterator, end);
        });
        self.push_temp();
        self.assign(target, Opd::Temp(item))
    }

    fn async_for(&mut self, stmt: &'a ast::StmtFor) -> Result<()> {
        if !self.in_async() {
            return self.error(stmt.range, "'async for' outside async function");
        }
        let next = self.u.label();
        let exhausted = self.u.label();
        let end = self.u.label();
        let depth = self.u.depth;
        let value = self.expr(&stmt.iter)?;
        let iterator = self.at(stmt.iter.range(), |this| {
            this.unary_temp(Opcode::GET_AITER, value, 0)
        });
        self.async_next(iterator, next, exhausted, &stmt.target)?;
        self.enter_block(Block::Loop {
            next,
            end,
            iterator: Some(iterator),
        });
        self.conditional_body(&stmt.body)?;
        self.leave_block();
        self.u.range = stmt.iter.range();
        self.jump_back(next);
        self.u.depth = depth + 1;
        self.async_end(iterator, exhausted);
        self.u.depth = depth;
        self.conditional_body(&stmt.orelse)?;
        self.u.place(end);
        Ok(())
    }

    /// Awaits the next item of the asynchronous iterator in the topmost temporary and assigns it. What is
    /// raised by the iterator goes to `end`, see [`Self::async_end`].
    pub(super) fn async_next(
        &mut self,
        iterator: u16,
        next: Label,
        end: Label,
        target: &'a Expr,
    ) -> Result<()> {
        self.u.place_loop(next);
        self.guard(Block::Try, end);
        let slot = self.push_temp();
        let awaitable = self.push_temp();
        self.emit(Opcode::GET_ANEXT, 0, awaitable, iterator, 0);
        self.load_const(slot, Const::None);
        self.send_loop(slot, awaitable);
        self.pop_temps(1);
        self.leave_block();
        self.assign(target, Opd::Temp(slot))
    }

    /// The handler of [`Self::async_next`]: StopAsyncIteration ends the loop. The iterator stays counted as
    /// live; the caller takes it off.
    pub(super) fn async_end(&mut self, iterator: u16, end: Label) {
        let depth = self.u.depth;
        self.start_handler(end, depth);
        let exception = self.push_temp();
        self.emit(Opcode::END_ASYNC_FOR, 0, exception, iterator, 0);
        self.pop_temps(1);
    }

    pub(super) fn break_stmt(&mut self, range: TextRange) -> Result<()> {
        let found = self.u.blocks.iter().rposition(is_loop);
        let Some(index) = found else {
            return self.error(range, "'break' outside loop");
        };
        self.unwind_blocks(index + 1)?;
        let handler = self.leave_handlers(index);
        if let Block::Loop { end, iterator, .. } = self.u.blocks[index].block {
            if let Some(iterator) = iterator {
                self.emit(Opcode::CLEAR, 0, iterator, 0, 0);
            }
            self.jump(end);
        }
        self.u.handler = handler;
        Ok(())
    }

    pub(super) fn continue_stmt(&mut self, range: TextRange) -> Result<()> {
        let found = self.u.blocks.iter().rposition(is_loop);
        let Some(index) = found else {
            return self.error(range, "'continue' not properly in loop");
        };
        self.unwind_blocks(index + 1)?;
        let handler = self.leave_handlers(index);
        if let Block::Loop { next, .. } = self.u.blocks[index].block {
            self.jump_back(next);
        }
        self.u.handler = handler;
        Ok(())
    }

    /// What is emitted next belongs to block number `index`; returns the handler to go back to.
    fn leave_handlers(&mut self, index: usize) -> u32 {
        let outer = match self.u.blocks.get(index + 1) {
            Some(frame) => frame.outer_handler,
            None => self.u.handler,
        };
        std::mem::replace(&mut self.u.handler, outer)
    }

    /// Warns about statements that leave a `finally` block and so swallow an exception (PEP 765).
    pub(super) fn check_finally(&mut self, body: &[Stmt], in_loop: bool) {
        for stmt in body {
            match stmt {
                Stmt::Return(stmt) => self.warn(stmt.range, "'return' in a 'finally' block"),
                Stmt::Break(stmt) if !in_loop => {
                    self.warn(stmt.range, "'break' in a 'finally' block");
                }
                Stmt::Continue(stmt) if !in_loop => {
                    self.warn(stmt.range, "'continue' in a 'finally' block");
                }
                Stmt::For(stmt) => {
                    self.check_finally(&stmt.body, true);
                    self.check_finally(&stmt.orelse, in_loop);
                }
                Stmt::While(stmt) => {
                    self.check_finally(&stmt.body, true);
                    self.check_finally(&stmt.orelse, in_loop);
                }
                Stmt::If(stmt) => {
                    self.check_finally(&stmt.body, in_loop);
                    for clause in &stmt.elif_else_clauses {
                        self.check_finally(&clause.body, in_loop);
                    }
                }
                Stmt::With(stmt) => self.check_finally(&stmt.body, in_loop),
                Stmt::Match(stmt) => {
                    for case in &stmt.cases {
                        self.check_finally(&case.body, in_loop);
                    }
                }
                Stmt::Try(stmt) => {
                    self.check_finally(&stmt.body, in_loop);
                    for ast::ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                        self.check_finally(&handler.body, in_loop);
                    }
                    self.check_finally(&stmt.orelse, in_loop);
                    // A nested `finally` reports for itself.
                }
                _ => {}
            }
        }
    }
}

fn is_loop(frame: &Frame<'_>) -> bool {
    matches!(frame.block, Block::Loop { .. })
}
