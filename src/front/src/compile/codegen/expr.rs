//! Expressions, except operators, calls, comprehensions and f-strings.

use super::super::const_fold;
use super::walrus::may_rebind;
use super::*;

impl<'a> Compiler<'a> {
    /// Evaluates `expr`.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Result<Opd> {
        self.expr_hint(expr, None)
    }

    /// Evaluates `expr`; its last instruction may write the local `hint` directly.
    pub(super) fn expr_hint(&mut self, expr: &'a Expr, hint: Option<u16>) -> Result<Opd> {
        let before = std::mem::replace(&mut self.u.range, range_of(expr));
        let result = self.expr_inner(expr, hint);
        self.u.range = before;
        result
    }

    /// Evaluates `expr` into a new temporary.
    pub(super) fn expr_to_temp(&mut self, expr: &'a Expr) -> Result<u16> {
        let before = std::mem::replace(&mut self.u.range, range_of(expr));
        let result = self.expr_inner(expr, None);
        let slot = result.map(|value| self.to_temp(value));
        self.u.range = before;
        slot
    }

    /// Evaluates `expr` into `slot`, which is not on the stack of temporaries.
    pub(super) fn expr_to_slot(&mut self, expr: &'a Expr, slot: u16) -> Result<()> {
        let before = std::mem::replace(&mut self.u.range, range_of(expr));
        let result = self.expr_inner(expr, Some(slot));
        let result = result.map(|value| self.move_to(slot, value));
        self.u.range = before;
        result
    }

    /// Evaluates `expr` for its effects.
    pub(super) fn expr_discard(&mut self, expr: &'a Expr) -> Result<()> {
        let value = self.expr(expr)?;
        self.at(range_of(expr), |this| this.discard(value));
        Ok(())
    }

    /// A local that was read in place is copied when one of `later` may rebind it.
    pub(super) fn protect(&mut self, opd: Opd, later: &[&Expr]) -> Opd {
        match opd {
            Opd::Local(_) if self.rebinds(later) => Opd::Temp(self.to_temp(opd)),
            _ => opd,
        }
    }

    /// True if evaluating one of `later` may rebind a local.
    pub(super) fn rebinds(&self, later: &[&Expr]) -> bool {
        self.scope().has_walrus && later.iter().any(|expr| may_rebind(expr))
    }

    fn expr_inner(&mut self, expr: &'a Expr, hint: Option<u16>) -> Result<Opd> {
        match expr {
            Expr::Name(node) => {
                let name = self.name(&node.id);
                Ok(self.load_name(name, hint))
            }
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => Ok(Opd::Const(self.literal(expr).unwrap_or(Const::None))),
            Expr::Attribute(node) => self.attribute(node, hint),
            Expr::Call(node) => self.call(node, hint),
            Expr::BinOp(node) => self.bin_op(node, hint),
            Expr::UnaryOp(node) => self.unary(node, hint),
            Expr::BoolOp(node) => self.bool_op(node),
            Expr::Compare(node) => self.compare(node, hint),
            Expr::If(node) => self.if_expr(node, hint),
            Expr::Named(node) => self.named(node),
            Expr::Subscript(node) => self.subscript(node, hint),
            Expr::Tuple(node) => self.tuple(&node.elts, hint),
            Expr::List(node) => self.list(&node.elts, hint),
            Expr::Set(node) => self.set(&node.elts, hint),
            Expr::Dict(node) => self.dict(node, hint),
            Expr::Lambda(node) => self.lambda(node),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr)
            }
            Expr::Await(node) => self.await_expr(node),
            Expr::Yield(node) => self.yield_expr(node),
            Expr::YieldFrom(node) => self.yield_from(node),
            Expr::FString(node) => self.f_string(node, hint),
            Expr::TString(node) => self.t_string(node),
            Expr::Slice(node) => self.slice(node),
            Expr::Starred(node) => self.error(node.range, "can't use starred expression here"),
            Expr::IpyEscapeCommand(node) => self.error(node.range, "invalid syntax"),
        }
    }

    /// The constant that a literal, or a tuple of literals, stands for.
    pub(super) fn literal(&self, expr: &Expr) -> Option<Const> {
        Some(match expr {
            Expr::NumberLiteral(node) => const_fold::number(&node.value),
            Expr::StringLiteral(node) => self.string_const(node),
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                Const::Bytes(bytes.into_boxed_slice())
            }
            Expr::BooleanLiteral(node) => const_fold::boolean(node.value),
            Expr::NoneLiteral(_) => Const::None,
            Expr::EllipsisLiteral(_) => Const::Ellipsis,
            Expr::UnaryOp(node) => {
                if !matches!(*node.operand, Expr::NumberLiteral(_) | Expr::UnaryOp(_)) {
                    return None;
                }
                const_fold::unary(node.op, &self.literal(&node.operand)?)?
            }
            Expr::BinOp(node) => {
                let left = self.literal(&node.left)?;
                const_fold::binary(node.op, &left, &self.literal(&node.right)?)?
            }
            Expr::Tuple(node) => Const::Tuple(self.literals(&node.elts)?),
            Expr::Name(node) if node.id.as_str() == "__debug__" => {
                const_fold::boolean(self.options.optimize == 0)
            }
            _ => return None,
        })
    }

    fn literals(&self, elts: &[Expr]) -> Option<Vec<Const>> {
        elts.iter().map(|elt| self.literal(elt)).collect()
    }

    fn attribute(&mut self, node: &'a ast::ExprAttribute, hint: Option<u16>) -> Result<Opd> {
        if let Some(result) = self.super_attribute(node, false, hint)? {
            return Ok(result);
        }
        let value = self.expr(&node.value)?;
        let name = self.name(&node.attr.id);
        let index = self.u.name_operand(name);
        let range = self.attribute_range(node);
        Ok(self.at(range, |this| {
            this.unary_op(Opcode::LOAD_ATTR, value, index, hint)
        }))
    }

    /// An attribute on another line than its object is reported where its name is.
    pub(super) fn attribute_range(&self, node: &ast::ExprAttribute) -> TextRange {
        let between = TextRange::new(node.value.end(), node.attr.start());
        if self.source.text()[between].contains('\n') {
            TextRange::new(node.attr.start(), node.range.end())
        } else {
            node.range
        }
    }

    fn subscript(&mut self, node: &'a ast::ExprSubscript, hint: Option<u16>) -> Result<Opd> {
        self.check_subscript(node);
        let value = self.expr(&node.value)?;
        let value = self.protect(value, &[&node.slice]);
        if let Expr::Slice(slice) = &*node.slice
            && slice.step.is_none()
            && self.constant_slice(slice).is_none()
        {
            // The container stays in its slot while the bounds are computed, so an uncounted copy will do.
            match value {
                Opd::Local(local) => {
                    let slot = self.push_temp();
                    self.emit(Opcode::COPY_ARG, 0, slot, local, 0);
                }
                value => {
                    self.to_temp(value);
                }
            }
            self.slice_bounds(slice, 2)?;
            return Ok(self.window_op(Opcode::GETSLICE, 3, 0, hint));
        }
        let index = self.expr(&node.slice)?;
        if let (Opd::Const(value), Opd::Const(index)) = (&value, &index)
            && let Some(folded) = const_fold::subscript(value, index)
        {
            return Ok(Opd::Const(folded));
        }
        if let Opd::Const(Const::Int(n)) = index
            && let Ok(n) = i16::try_from(n)
        {
            return Ok(self.unary_op(Opcode::GETITEM_INT, value, n as u16, hint));
        }
        Ok(self.binary_op(Opcode::GETITEM, 0, value, index, hint))
    }

    /// The slice, if its parts are constants.
    fn constant_slice(&mut self, node: &'a ast::ExprSlice) -> Option<Const> {
        let constants: Option<Vec<Const>> = [&node.lower, &node.upper, &node.step]
            .iter()
            .map(|part| match part {
                Some(part) => self.literal(part),
                None => Some(Const::None),
            })
            .collect();
        let constants = <[Const; 3]>::try_from(constants?).ok()?;
        Some(Const::Slice(Box::new(constants)))
    }

    fn slice(&mut self, node: &'a ast::ExprSlice) -> Result<Opd> {
        if let Some(constant) = self.constant_slice(node) {
            return Ok(Opd::Const(constant));
        }
        let count = if node.step.is_some() { 3 } else { 2 };
        self.slice_bounds(node, count)?;
        Ok(self.window_op(Opcode::BUILD_SLICE, count as u32, count as u16, None))
    }

    /// Evaluates the first `count` parts into temporaries.
    fn slice_bounds(&mut self, node: &'a ast::ExprSlice, count: usize) -> Result<()> {
        let parts = [&node.lower, &node.upper, &node.step];
        for part in &parts[..count] {
            match part {
                Some(part) => {
                    self.expr_to_temp(part)?;
                }
                None => {
                    self.to_temp(Opd::Const(Const::None));
                }
            }
        }
        Ok(())
    }

    fn named(&mut self, node: &'a ast::ExprNamed) -> Result<Opd> {
        let Expr::Name(target) = &*node.target else {
            return self.error(node.target.range(), "invalid syntax");
        };
        let name = self.name(&target.id);
        let value = match self.store_hint(name) {
            Some(slot) => {
                self.expr_to_slot(&node.value, slot)?;
                self.u.mark_bound(slot);
                return Ok(Opd::Local(slot));
            }
            None => self.expr_to_temp(&node.value)?,
        };
        // The value stays for the expression; what is stored is a copy.
        self.at(target.range, |this| {
            this.store_name(name, Opd::Local(value))
        });
        Ok(Opd::Temp(value))
    }

    fn if_expr(&mut self, node: &'a ast::ExprIf, hint: Option<u16>) -> Result<Opd> {
        let otherwise = self.u.label();
        let end = self.u.label();
        let depth = self.u.depth;
        self.jump_if(&node.test, otherwise, false)?;
        let result = match hint {
            Some(slot) => {
                self.expr_to_slot(&node.body, slot)?;
                Opd::Local(slot)
            }
            None => Opd::Temp(self.expr_to_temp(&node.body)?),
        };
        self.jump(end);
        self.u.place(otherwise);
        self.u.depth = depth;
        match hint {
            Some(slot) => self.expr_to_slot(&node.orelse, slot)?,
            None => {
                self.expr_to_temp(&node.orelse)?;
            }
        }
        self.u.place(end);
        Ok(result)
    }

    fn bool_op(&mut self, node: &'a ast::ExprBoolOp) -> Result<Opd> {
        let end = self.u.label();
        let jump = match node.op {
            ast::BoolOp::And => Opcode::JUMP_IF_FALSE,
            ast::BoolOp::Or => Opcode::JUMP_IF_TRUE,
        };
        let stop = matches!(node.op, ast::BoolOp::Or);
        let depth = self.u.depth;
        let slot = self.next_temp();
        let Some((last, init)) = node.values.split_last() else {
            return Ok(Opd::Const(Const::None));
        };
        for value in init {
            let value = self.expr(value)?;
            if let Opd::Const(constant) = &value {
                if const_fold::truth(constant) == stop {
                    if !self.u.is_used(end) {
                        return Ok(value);
                    }
                    self.to_temp(value);
                    self.u.place(end);
                    return Ok(Opd::Temp(slot));
                }
                continue;
            }
            match value {
                Opd::Local(local) => {
                    let next = self.u.label();
                    let inverse = if stop {
                        Opcode::JUMP_IF_FALSE
                    } else {
                        Opcode::JUMP_IF_TRUE
                    };
                    self.emit_jump(inverse, 0, local, 0, next);
                    self.emit(Opcode::MOVE, 0, slot, local, 0);
                    self.jump(end);
                    self.u.place(next);
                }
                _ => {
                    self.emit_jump(jump, 0, slot, 0, end);
                    self.emit(Opcode::CLEAR, 0, slot, 0, 0);
                }
            }
            self.u.depth = depth;
        }
        let value = self.expr(last)?;
        if !self.u.is_used(end) {
            return Ok(value);
        }
        self.to_temp(value);
        self.u.place(end);
        self.u.max_depth = self.u.max_depth.max(depth + 1);
        Ok(Opd::Temp(slot))
    }

    // ---- Displays ----

    pub(super) fn tuple(&mut self, elts: &'a [Expr], hint: Option<u16>) -> Result<Opd> {
        if let Some(items) = self.literals(elts) {
            return Ok(Opd::Const(Const::Tuple(items)));
        }
        if elts.len() <= MAX_WINDOW && !elts.iter().any(Expr::is_starred_expr) {
            for elt in elts {
                self.expr_to_temp(elt)?;
            }
            let count = elts.len();
            return Ok(self.window_op(Opcode::BUILD_TUPLE, count as u32, count as u16, hint));
        }
        let list = self.long_list(elts, None)?;
        Ok(self.unary_op(Opcode::LIST_TO_TUPLE, Opd::Temp(list), 0, hint))
    }

    fn list(&mut self, elts: &'a [Expr], hint: Option<u16>) -> Result<Opd> {
        if elts.len() >= 3
            && let Some(items) = self.literals(elts)
        {
            let list = self.empty(Opcode::BUILD_LIST);
            self.extend(Opcode::LIST_EXTEND, list, Opd::Const(Const::Tuple(items)));
            return Ok(Opd::Temp(list));
        }
        if elts.len() <= MAX_WINDOW && !elts.iter().any(Expr::is_starred_expr) {
            for elt in elts {
                self.expr_to_temp(elt)?;
            }
            let count = elts.len();
            return Ok(self.window_op(Opcode::BUILD_LIST, count as u32, count as u16, hint));
        }
        Ok(Opd::Temp(self.long_list(elts, None)?))
    }

    fn set(&mut self, elts: &'a [Expr], hint: Option<u16>) -> Result<Opd> {
        if elts.len() >= 3
            && let Some(items) = self.literals(elts)
        {
            let set = self.empty(Opcode::BUILD_SET);
            self.extend(Opcode::SET_UPDATE, set, Opd::Const(Const::FrozenSet(items)));
            return Ok(Opd::Temp(set));
        }
        if elts.len() <= MAX_WINDOW && !elts.iter().any(Expr::is_starred_expr) {
            for elt in elts {
                self.expr_to_temp(elt)?;
            }
            let count = elts.len();
            return Ok(self.window_op(Opcode::BUILD_SET, count as u32, count as u16, hint));
        }
        let set = self.empty(Opcode::BUILD_SET);
        for elt in elts {
            match elt {
                Expr::Starred(star) => {
                    let value = self.expr(&star.value)?;
                    self.extend(Opcode::SET_UPDATE, set, value);
                }
                _ => {
                    let value = self.expr(elt)?;
                    self.extend(Opcode::SET_ADD, set, value);
                }
            }
        }
        Ok(Opd::Temp(set))
    }

    /// An empty container in a new temporary.
    pub(super) fn empty(&mut self, op: Opcode) -> u16 {
        let slot = self.push_temp();
        self.emit(op, 0, slot, slot, 0);
        slot
    }

    /// `container op= value` for the operations that add to a container.
    pub(super) fn extend(&mut self, op: Opcode, container: u16, value: Opd) {
        let (slot, temp) = self.consume(value);
        self.emit(op, Self::flag(temp, x::B_TEMP), container, slot, 0);
    }

    /// A list built element by element. With `callable` the list is for call arguments.
    pub(super) fn long_list(&mut self, elts: &'a [Expr], callable: Option<u16>) -> Result<u16> {
        let plain = elts
            .iter()
            .take(MAX_WINDOW)
            .take_while(|elt| !elt.is_starred_expr())
            .count();
        for elt in &elts[..plain] {
            self.expr_to_temp(elt)?;
        }
        let list = match self.window_op(Opcode::BUILD_LIST, plain as u32, plain as u16, None) {
            Opd::Temp(slot) | Opd::Local(slot) => slot,
            Opd::Const(_) => self.next_temp(),
        };
        for elt in &elts[plain..] {
            match elt {
                Expr::Starred(star) => {
                    let value = self.expr(&star.value)?;
                    match callable {
                        Some(callable) => {
                            let (slot, temp) = self.consume(value);
                            let flags = Self::flag(temp, x::B_TEMP) | x::OP0;
                            self.emit(Opcode::LIST_EXTEND, flags, list, slot, callable);
                        }
                        None => self.extend(Opcode::LIST_EXTEND, list, value),
                    }
                }
                _ => {
                    let value = self.expr(elt)?;
                    self.extend(Opcode::LIST_APPEND, list, value);
                }
            }
        }
        Ok(list)
    }

    fn dict(&mut self, node: &'a ast::ExprDict, hint: Option<u16>) -> Result<Opd> {
        let items = &node.items;
        let plain = items
            .iter()
            .take(MAX_WINDOW / 2)
            .take_while(|item| item.key.is_some())
            .count();
        for item in &items[..plain] {
            if let Some(key) = &item.key {
                self.expr_to_temp(key)?;
            }
            self.expr_to_temp(&item.value)?;
        }
        let hint = if plain == items.len() { hint } else { None };
        let dict = self.window_op(Opcode::BUILD_MAP, plain as u32 * 2, plain as u16, hint);
        let Opd::Temp(slot) = dict else {
            return Ok(dict);
        };
        for item in &items[plain..] {
            match &item.key {
                Some(key) => {
                    let key_value = self.expr(key)?;
                    let key_value = self.protect(key_value, &[&item.value]);
                    let value = self.expr(&item.value)?;
                    self.map_add(slot, key_value, value);
                }
                None => {
                    let value = self.expr(&item.value)?;
                    self.extend(Opcode::DICT_UPDATE, slot, value);
                }
            }
        }
        Ok(dict)
    }

    pub(super) fn map_add(&mut self, dict: u16, key: Opd, value: Opd) {
        let (b, b_temp) = self.read(key);
        let (c, c_temp) = self.read(value);
        self.pop_temps(u32::from(b_temp) + u32::from(c_temp));
        let flags = Self::flag(b_temp, x::B_TEMP) | Self::flag(c_temp, x::C_TEMP);
        self.emit(Opcode::MAP_ADD, flags, dict, b, c);
    }

    // ---- await and yield ----

    /// True if the code being generated belongs to a function, `async` or not.
    fn await_context(&self) -> (bool, bool) {
        let mut scope = self.scope();
        while scope.inlined {
            match scope.parent {
                Some(parent) => scope = self.table.scope(parent),
                None => break,
            }
        }
        let top_level = self.options.top_level_await && scope.kind == ScopeKind::Module;
        (
            scope.is_function_like() || top_level,
            (scope.is_function_like() && scope.is_coroutine) || top_level,
        )
    }

    /// True if `await` is allowed here, as in the body of an `async def`.
    pub(super) fn in_async(&self) -> bool {
        self.await_context().1
    }

    fn await_expr(&mut self, node: &'a ast::ExprAwait) -> Result<Opd> {
        let (function, is_async) = self.await_context();
        if !function {
            return self.error(node.range, "'await' outside function");
        }
        if !is_async {
            return self.error(node.range, "'await' outside async function");
        }
        let value = self.expr(&node.value)?;
        Ok(Opd::Temp(self.await_value(value, 0)))
    }

    /// Awaits a value; `how` tells where it comes from for messages. The result is in the topmost temporary.
    pub(super) fn await_value(&mut self, value: Opd, how: u16) -> u16 {
        self.delegate(Opcode::GET_AWAITABLE, value, how)
    }

    /// Delegates to the iterator that `op` makes of `value`; the result replaces the value.
    pub(super) fn delegate(&mut self, op: Opcode, value: Opd, c: u16) -> u16 {
        let slot = self.to_temp(value);
        let iterator = self.push_temp();
        self.emit(op, x::B_TEMP, iterator, slot, c);
        self.load_const(slot, Const::None);
        self.send_loop(slot, iterator);
        self.pop_temps(1);
        slot
    }

    /// Sends what is in `slot` to `iterator` and yields what comes back, until it ends; its result replaces the
    /// content of `slot`, and `iterator` is emptied.
    pub(super) fn send_loop(&mut self, slot: u16, iterator: u16) {
        let again = self.u.label();
        let done = self.u.label();
        self.u.place(again);
        self.emit_jump(Opcode::SEND, 0, iterator, slot, done);
        self.emit(Opcode::YIELD, x::A_TEMP | x::OP0, slot, slot, iterator);
        self.jump(again);
        self.u.place(done);
    }

    fn yield_expr(&mut self, node: &'a ast::ExprYield) -> Result<Opd> {
        self.check_yield(node.range, "'yield' outside function")?;
        let value = match &node.value {
            Some(value) => self.expr(value)?,
            None => Opd::Const(Const::None),
        };
        let is_async = self.table.scope(self.u.scope).is_coroutine;
        Ok(self.yield_value(value, is_async))
    }

    pub(super) fn yield_value(&mut self, value: Opd, is_async: bool) -> Opd {
        let (slot, temp) = self.consume(value);
        let dst = self.push_temp();
        let flags = Self::flag(temp, x::A_TEMP) | Self::flag(is_async, x::OP1);
        self.emit(Opcode::YIELD, flags, slot, dst, 0);
        Opd::Temp(dst)
    }

    fn yield_from(&mut self, node: &'a ast::ExprYieldFrom) -> Result<Opd> {
        self.check_yield(node.range, "'yield from' outside function")?;
        if self.table.scope(self.u.scope).is_coroutine {
            return self.error(node.range, "'yield from' inside async function");
        }
        let value = self.expr(&node.value)?;
        Ok(Opd::Temp(self.delegate(
            Opcode::GET_YIELD_FROM_ITER,
            value,
            0,
        )))
    }

    fn check_yield(&self, range: TextRange, msg: &str) -> Result<()> {
        if matches!(self.u.kind, ScopeKind::Module | ScopeKind::Class) {
            return self.error(range, msg);
        }
        Ok(())
    }
}
