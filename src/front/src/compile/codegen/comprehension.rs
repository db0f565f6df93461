//! List, set and dict comprehensions, inlined where possible, and generator expressions.
//!
//! An inlined comprehension keeps its variables in slots of their own, which are emptied at its end and by a
//! handler when an exception leaves it.

use super::super::symtable::CompKind;
use super::*;
use ruff_python_ast::Comprehension;

/// The parts of a comprehension.
#[derive(Clone, Copy)]
struct Parts<'a> {
    kind: CompKind,
    generators: &'a [Comprehension],
    key: Option<&'a Expr>,
    element: &'a Expr,
    range: TextRange,
}

impl<'a> Compiler<'a> {
    pub(super) fn comprehension(&mut self, expr: &'a Expr) -> Result<Opd> {
        let (kind, generators, key, element, node) = match expr {
            Expr::ListComp(node) => (
                CompKind::List,
                &node.generators,
                None,
                &*node.elt,
                &node.node_index,
            ),
            Expr::SetComp(node) => (
                CompKind::Set,
                &node.generators,
                None,
                &*node.elt,
                &node.node_index,
            ),
            Expr::DictComp(node) => (
                CompKind::Dict,
                &node.generators,
                node.key.as_deref(),
                &*node.value,
                &node.node_index,
            ),
            Expr::Generator(node) => (
                CompKind::Generator,
                &node.generators,
                None,
                &*node.elt,
                &node.node_index,
            ),
            _ => return self.error(expr.range(), "invalid syntax"),
        };
        let parts = Parts {
            kind,
            generators,
            key,
            element,
            range: expr.range(),
        };
        let Some(id) = ScopeId::of(node) else {
            return self.error(expr.range(), "invalid syntax");
        };
        let scope = self.table.scope(id);
        let is_async = scope.is_coroutine;
        if is_async && kind != CompKind::Generator && !self.in_async_scope() {
            return self.error(
                expr.range(),
                "asynchronous comprehension outside of an asynchronous function",
            );
        }
        if scope.inlined {
            self.inlined(id, parts)
        } else {
            self.separate(id, parts, is_async)
        }
    }

    /// True if an asynchronous comprehension is allowed here: in `async def`, or in another asynchronous
    /// comprehension.
    fn in_async_scope(&self) -> bool {
        self.in_async() || (self.scope().is_comprehension() && self.scope().is_coroutine)
    }

    /// A comprehension in the frame of the code around it.
    fn inlined(&mut self, id: ScopeId, parts: Parts<'a>) -> Result<Opd> {
        let Some(first) = parts.generators.first() else {
            return Ok(Opd::Const(Const::None));
        };
        let result = self.push_temp();
        let scope = self.table.scope(id);
        let mut cells = Vec::new();
        let mut locals = Vec::new();
        for symbol in &scope.symbols {
            match symbol.binding {
                Binding::Cell => cells.extend(self.u.cell_slot(id, symbol.name)),
                Binding::Local => locals.extend(self.u.local_slot(id, symbol.name)),
                _ => {}
            }
        }
        // The first iterable is evaluated in the scope around.
        let iterable = self.expr_to_temp(&first.iter)?;
        let opcode = match parts.kind {
            CompKind::Set => Opcode::BUILD_SET,
            CompKind::Dict => Opcode::BUILD_MAP,
            _ => Opcode::BUILD_LIST,
        };
        self.emit(opcode, 0, result, result, 0);
        let cleanup = self.u.label();
        self.guard(Block::Try, cleanup);
        // The handler starts below the iterable.
        if let Some(handler) = self.u.handlers.last_mut()
            && self.u.reachable
        {
            handler.depth = result;
        }
        let guard_depth = u32::from(result) - self.u.first_temp;
        for &cell in &cells {
            self.emit(Opcode::MAKE_CELL, 0, cell, 0xffff, 0);
        }
        let outer = std::mem::replace(&mut self.u.inner, id);
        let outcome = self.generators(parts, 0, Some(iterable), Some(result));
        self.u.inner = outer;
        self.leave_block();
        outcome?;
        let end = self.u.label();
        self.clear_all(&cells, &locals);
        if self.u.is_used(cleanup) {
            self.jump(end);
            let after = self.u.depth;
            self.start_handler(cleanup, guard_depth);
            let exception = self.push_temp();
            self.clear_all(&cells, &locals);
            self.emit_end(Opcode::RERAISE, x::A_TEMP, exception, 0, 0);
            self.u.depth = after;
            self.u.place(end);
        }
        Ok(Opd::Temp(result))
    }

    fn clear_all(&mut self, cells: &[u16], locals: &[u16]) {
        for &slot in cells.iter().chain(locals) {
            self.emit(Opcode::CLEAR, 0, slot, 0, 0);
        }
        for &slot in locals {
            self.u.bound.remove(slot);
        }
    }

    /// A generator expression, or a comprehension that cannot be inlined: a function that gets the first
    /// iterator.
    fn separate(&mut self, id: ScopeId, parts: Parts<'a>, is_async: bool) -> Result<Opd> {
        let Some(first) = parts.generators.first() else {
            return Ok(Opd::Const(Const::None));
        };
        let is_generator = parts.kind == CompKind::Generator;
        let line = self.line_of(parts.range);
        self.start_unit(id, line);
        self.u.arg_count = 1;
        self.u.range = parts.range;
        let result = if is_generator {
            None
        } else {
            let opcode = match parts.kind {
                CompKind::Set => Opcode::BUILD_SET,
                CompKind::Dict => Opcode::BUILD_MAP,
                _ => Opcode::BUILD_LIST,
            };
            Some(self.empty(opcode))
        };
        // The iterator is moved out of the parameter, so that it ends with the loop.
        let iterator = self.push_temp();
        self.emit(Opcode::MOVE, x::B_TEMP, iterator, 0, 0);
        self.u.bound.remove(0);
        self.generators(parts, 0, Some(iterator), result)?;
        match result {
            Some(slot) => self.return_value(Opd::Temp(slot)),
            None => self.emit_end(Opcode::RETURN_NONE, 0, 0, 0, 0),
        }
        let code = self.finish_unit()?;
        let base = self.make_closure(id, code);
        self.push_temp();
        let iterable = self.expr(&first.iter)?;
        let opcode = if first.is_async {
            Opcode::GET_AITER
        } else {
            Opcode::GET_ITER
        };
        self.at(first.iter.range(), |this| {
            this.unary_op(opcode, iterable, 0, None);
        });
        let called = self.call_window(base, 1, None);
        if is_async && !is_generator {
            return Ok(Opd::Temp(self.await_value(called, 0)));
        }
        Ok(called)
    }

    /// One `for` clause and what is inside it. `iterable` is the slot of an iterable that is at hand.
    fn generators(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        iterable: Option<u16>,
        result: Option<u16>,
    ) -> Result<()> {
        let generator = &parts.generators[index];
        // `for x in [value]` is an assignment.
        if iterable.is_none()
            && !generator.is_async
            && let Some(value) = single(&generator.iter)
        {
            let value = self.expr(value)?;
            self.assign(&generator.target, value)?;
            let skip = self.u.label();
            self.comp_body(parts, index, skip, result)?;
            self.u.place(skip);
            return Ok(());
        }
        let is_separate_first = index == 0 && !self.table.scope(self.u.inner).inlined;
        let opcode = if generator.is_async {
            Opcode::GET_AITER
        } else {
            Opcode::GET_ITER
        };
        let iterator = match iterable {
            Some(slot) if is_separate_first => slot,
            Some(slot) => {
                let range = generator.iter.range();
                self.at(range, |this| {
                    this.emit(opcode, x::B_TEMP, slot, slot, 0);
                });
                slot
            }
            None => {
                let value = self.expr(&generator.iter)?;
                self.at(generator.iter.range(), |this| {
                    this.unary_temp(opcode, value, 0)
                })
            }
        };
        let depth = self.u.depth;
        let next = self.u.label();
        let end = self.u.label();
        if generator.is_async {
            self.async_next(iterator, next, end, &generator.target)?;
        } else {
            self.u.place_loop(next);
            self.for_iter(&generator.target, generator.iter.range(), iterator, end)?;
        }
        self.comp_body(parts, index, next, result)?;
        self.at(parts.range, |this| this.jump_back(next));
        self.u.depth = depth;
        if generator.is_async {
            self.async_end(iterator, end);
        } else {
            self.u.place(end);
        }
        self.u.depth = depth - 1;
        Ok(())
    }

    /// Conditions and inner clauses or the element; `next` is where a condition that fails jumps.
    fn comp_body(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        next: Label,
        result: Option<u16>,
    ) -> Result<()> {
        for condition in &parts.generators[index].ifs {
            self.jump_if(condition, next, false)?;
        }
        if index + 1 < parts.generators.len() {
            return self.generators(parts, index + 1, None, result);
        }
        match (parts.kind, result) {
            (CompKind::Dict, Some(dict)) => {
                if let Some(key) = parts.key {
                    let key = self.expr(key)?;
                    let key = self.protect(key, &[parts.element]);
                    let value = self.expr(parts.element)?;
                    self.at(parts.element.range(), |this| this.map_add(dict, key, value));
                }
            }
            (CompKind::Set, Some(set)) => {
                let value = self.expr(parts.element)?;
                self.at(parts.element.range(), |this| {
                    this.extend(Opcode::SET_ADD, set, value);
                });
            }
            (_, Some(list)) => {
                let value = self.expr(parts.element)?;
                self.at(parts.element.range(), |this| {
                    this.extend(Opcode::LIST_APPEND, list, value);
                });
            }
            (_, None) => {
                let value = self.expr(parts.element)?;
                let is_async = self.table.scope(self.u.scope).is_coroutine;
                self.at(parts.element.range(), |this| {
                    let sent = this.yield_value(value, is_async);
                    this.discard(sent);
                });
            }
        }
        Ok(())
    }
}

/// The element of a list or tuple display with one plain element.
fn single(expr: &Expr) -> Option<&Expr> {
    let elts = match expr {
        Expr::List(node) => &node.elts,
        Expr::Tuple(node) => &node.elts,
        _ => return None,
    };
    match &elts[..] {
        [elt] if !elt.is_starred_expr() => Some(elt),
        _ => None,
    }
}
