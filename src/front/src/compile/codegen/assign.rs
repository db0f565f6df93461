//! Targets: assignment, unpacking, augmented assignment, deletion.

use super::*;

impl<'a> Compiler<'a> {
    pub(super) fn assign_stmt(&mut self, stmt: &'a ast::StmtAssign) -> Result<()> {
        if let [target] = &stmt.targets[..] {
            match target {
                Expr::Name(node) => {
                    let name = self.name(&node.id);
                    let hint = self.store_hint(name);
                    let value = self.expr_hint(&stmt.value, hint)?;
                    self.at(node.range, |this| this.store_name(name, value));
                    return Ok(());
                }
                Expr::Tuple(targets) => {
                    if self.swap(&targets.elts, &stmt.value)? {
                        return Ok(());
                    }
                }
                _ => {}
            }
            let value = self.expr(&stmt.value)?;
            return self.assign(target, value);
        }
        let value = self.expr(&stmt.value)?;
        let (last, init) = match stmt.targets.split_last() {
            Some(split) => split,
            None => return Ok(()),
        };
        if let Opd::Const(_) = value {
            for target in init {
                self.assign(target, value.clone())?;
            }
            return self.assign(last, value);
        }
        // Targets may rebind the local that the value was read from.
        let slot = self.to_temp(value);
        for target in init {
            self.assign(target, Opd::Local(slot))?;
        }
        self.assign(last, Opd::Temp(slot))
    }

    /// `a, b = b, a` and the like: as many plain values as targets need no tuple.
    fn swap(&mut self, targets: &'a [Expr], value: &'a Expr) -> Result<bool> {
        let Expr::Tuple(values) = value else {
            return Ok(false);
        };
        let count = targets.len();
        if count != values.elts.len()
            || !(2..=4).contains(&count)
            || targets
                .iter()
                .chain(&values.elts)
                .any(Expr::is_starred_expr)
            || self.literal(value).is_some()
        {
            return Ok(false);
        }
        let base = self.next_temp();
        for value in &values.elts {
            self.expr_to_temp(value)?;
        }
        self.assign_window(targets, base)?;
        Ok(true)
    }

    /// Assigns the topmost temporaries, the first of which is `base`, to the targets from left to right.
    fn assign_window(&mut self, targets: &'a [Expr], base: u16) -> Result<()> {
        let count = targets.len() as u16;
        for (index, target) in targets.iter().enumerate() {
            self.assign_from(target, base + index as u16)?;
        }
        self.pop_temps(u32::from(count));
        Ok(())
    }

    /// Assigns the content of temporary `slot` and empties it, wherever it is among the live temporaries.
    fn assign_from(&mut self, target: &'a Expr, slot: u16) -> Result<()> {
        let target = match target {
            Expr::Starred(star) => &*star.value,
            target => target,
        };
        if let Expr::Name(node) = target {
            let name = self.name(&node.id);
            let before = std::mem::replace(&mut self.u.range, node.range);
            match self.access(name) {
                names::Access::Fast(local) => {
                    self.emit(Opcode::MOVE, x::B_TEMP, local, slot, 0);
                    self.u.mark_bound(local);
                }
                _ => {
                    self.store_name(name, Opd::Local(slot));
                    self.emit(Opcode::CLEAR, 0, slot, 0, 0);
                }
            }
            self.u.range = before;
            return Ok(());
        }
        self.assign(target, Opd::Local(slot))?;
        self.emit(Opcode::CLEAR, 0, slot, 0, 0);
        Ok(())
    }

    /// Assigns a value to a target.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Opd) -> Result<()> {
        let before = std::mem::replace(&mut self.u.range, target.range());
        let result = self.assign_inner(target, value);
        self.u.range = before;
        result
    }

    fn assign_inner(&mut self, target: &'a Expr, value: Opd) -> Result<()> {
        match target {
            Expr::Name(node) => {
                let name = self.name(&node.id);
                self.store_name(name, value);
                Ok(())
            }
            Expr::Attribute(node) => {
                self.note_static_attribute(node);
                let object = self.expr(&node.value)?;
                let name = self.name(&node.attr.id);
                let index = self.u.name_operand(name);
                let (a, a_temp) = self.read(object);
                let (b, b_temp) = self.read(value);
                self.pop_temps(u32::from(a_temp) + u32::from(b_temp));
                let flags = Self::flag(a_temp, x::A_TEMP) | Self::flag(b_temp, x::B_TEMP);
                let range = self.attribute_range(node);
                self.at(range, |this| {
                    this.emit(Opcode::STORE_ATTR, flags, a, b, index)
                });
                Ok(())
            }
            Expr::Subscript(node) => {
                let object = self.expr(&node.value)?;
                let object = self.protect(object, &[&node.slice]);
                let index = self.expr(&node.slice)?;
                let (a, a_temp) = self.read(object);
                let (b, b_temp) = self.read(index);
                let (c, c_temp) = self.read(value);
                self.pop_temps(u32::from(a_temp) + u32::from(b_temp) + u32::from(c_temp));
                let flags = Self::flag(a_temp, x::A_TEMP)
                    | Self::flag(b_temp, x::B_TEMP)
                    | Self::flag(c_temp, x::C_TEMP);
                self.emit(Opcode::SETITEM, flags, a, b, c);
                Ok(())
            }
            Expr::Tuple(node) => self.unpack(&node.elts, target.range(), value),
            Expr::List(node) => self.unpack(&node.elts, target.range(), value),
            Expr::Starred(node) => self.error(
                node.range,
                "starred assignment target must be in a list or tuple",
            ),
            _ => self.error(target.range(), "cannot assign to expression"),
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], range: TextRange, value: Opd) -> Result<()> {
        let stars = targets
            .iter()
            .filter(|target| target.is_starred_expr())
            .count();
        if stars > 1 {
            return self.error(range, "multiple starred expressions in assignment");
        }
        let count = targets.len();
        if stars == 0
            && let Opd::Temp(_) = value
            && let Some(first) = self.consecutive_locals(targets)
        {
            // The items go to their variables at once.
            let (slot, _) = self.consume(value);
            self.emit(Opcode::UNPACK, x::B_TEMP, first, slot, count as u16);
            for index in 0..count as u16 {
                self.u.mark_bound(first + index);
            }
            return Ok(());
        }
        let (slot, temp) = self.consume(value);
        // The items may overwrite the slot of the value: the instruction reads it first.
        let base = self.next_temp();
        for _ in 0..count {
            self.push_temp();
        }
        let flags = Self::flag(temp, x::B_TEMP);
        match targets.iter().position(Expr::is_starred_expr) {
            None => self.emit(Opcode::UNPACK, flags, base, slot, count as u16),
            Some(before) => {
                let after = count - before - 1;
                if before > 0xff || after > 0xff {
                    return self.error(range, "too many expressions in star-unpacking assignment");
                }
                let split = before as u16 | (after as u16) << 8;
                self.emit(Opcode::UNPACK_EX, flags, base, slot, split);
            }
        }
        self.assign_window(targets, base)
    }

    /// The first slot of targets that are locals with consecutive slots.
    fn consecutive_locals(&mut self, targets: &[Expr]) -> Option<u16> {
        let mut first = None;
        for (index, target) in targets.iter().enumerate() {
            let Expr::Name(node) = target else {
                return None;
            };
            let name = self.name(&node.id);
            let slot = self.store_hint(name)?;
            let first = *first.get_or_insert(slot);
            if usize::from(slot) != usize::from(first) + index {
                return None;
            }
        }
        first
    }

    /// Notes `self.name = ...` in a method for `__static_attributes__`.
    fn note_static_attribute(&mut self, node: &ast::ExprAttribute) {
        let Expr::Name(object) = &*node.value else {
            return;
        };
        if object.id.as_str() != "self" {
            return;
        }
        let name = self.names.intern(&node.attr.id);
        for unit in self.outer.iter_mut().rev() {
            if unit.kind == ScopeKind::Class {
                unit.static_attributes.push(name);
                return;
            }
        }
    }

    pub(super) fn aug_assign(&mut self, stmt: &'a ast::StmtAugAssign) -> Result<()> {
        let range = stmt.range;
        match &*stmt.target {
            Expr::Name(node) => {
                let name = self.name(&node.id);
                let hint = self.store_hint(name);
                let left = self.at(node.range, |this| this.load_name(name, None));
                let left = self.protect(left, &[&stmt.value]);
                let right = self.expr(&stmt.value)?;
                let result = self.at(range, |this| this.arith(stmt.op, true, left, right, hint));
                self.at(node.range, |this| this.store_name(name, result));
                Ok(())
            }
            Expr::Attribute(node) => {
                self.note_static_attribute(node);
                let object = self.expr(&node.value)?;
                let object = self.protect(object, &[&stmt.value]);
                let object = self.read(object);
                let name = self.name(&node.attr.id);
                let index = self.u.name_operand(name);
                let attribute_range = self.attribute_range(node);
                let left = self.at(attribute_range, |this| {
                    this.unary_op(Opcode::LOAD_ATTR, Opd::Local(object.0), index, None)
                });
                let right = self.expr(&stmt.value)?;
                let result = self.at(range, |this| this.arith(stmt.op, true, left, right, None));
                let (b, b_temp) = self.read(result);
                self.pop_temps(u32::from(object.1) + u32::from(b_temp));
                let flags = Self::flag(object.1, x::A_TEMP) | Self::flag(b_temp, x::B_TEMP);
                self.at(attribute_range, |this| {
                    this.emit(Opcode::STORE_ATTR, flags, object.0, b, index);
                });
                Ok(())
            }
            Expr::Subscript(node) => {
                let object = self.expr(&node.value)?;
                let object = self.protect(object, &[&node.slice, &stmt.value]);
                let object = self.read(object);
                let key = self.expr(&node.slice)?;
                let key = self.protect(key, &[&stmt.value]);
                let key = self.read(key);
                let left = self.at(node.range, |this| {
                    this.binary_op(
                        Opcode::GETITEM,
                        0,
                        Opd::Local(object.0),
                        Opd::Local(key.0),
                        None,
                    )
                });
                let right = self.expr(&stmt.value)?;
                let result = self.at(range, |this| this.arith(stmt.op, true, left, right, None));
                let (c, c_temp) = self.read(result);
                self.pop_temps(u32::from(object.1) + u32::from(key.1) + u32::from(c_temp));
                let flags = Self::flag(object.1, x::A_TEMP)
                    | Self::flag(key.1, x::B_TEMP)
                    | Self::flag(c_temp, x::C_TEMP);
                self.at(node.range, |this| {
                    this.emit(Opcode::SETITEM, flags, object.0, key.0, c);
                });
                Ok(())
            }
            target => self.error(target.range(), "invalid syntax"),
        }
    }

    pub(super) fn delete(&mut self, target: &'a Expr) -> Result<()> {
        let before = std::mem::replace(&mut self.u.range, target.range());
        let result = self.delete_inner(target);
        self.u.range = before;
        result
    }

    fn delete_inner(&mut self, target: &'a Expr) -> Result<()> {
        match target {
            Expr::Name(node) => {
                let name = self.name(&node.id);
                self.delete_name(name);
                Ok(())
            }
            Expr::Attribute(node) => {
                let object = self.expr(&node.value)?;
                let name = self.name(&node.attr.id);
                let index = self.u.name_operand(name);
                let (slot, temp) = self.consume(object);
                let range = self.attribute_range(node);
                self.at(range, |this| {
                    this.emit(
                        Opcode::DELETE_ATTR,
                        Self::flag(temp, x::A_TEMP),
                        slot,
                        0,
                        index,
                    );
                });
                Ok(())
            }
            Expr::Subscript(node) => {
                let object = self.expr(&node.value)?;
                let object = self.protect(object, &[&node.slice]);
                let index = self.expr(&node.slice)?;
                let (a, a_temp) = self.read(object);
                let (b, b_temp) = self.read(index);
                self.pop_temps(u32::from(a_temp) + u32::from(b_temp));
                let flags = Self::flag(a_temp, x::A_TEMP) | Self::flag(b_temp, x::B_TEMP);
                self.emit(Opcode::DELITEM, flags, a, b, 0);
                Ok(())
            }
            Expr::Tuple(node) => {
                for elt in &node.elts {
                    self.delete(elt)?;
                }
                Ok(())
            }
            Expr::List(node) => {
                for elt in &node.elts {
                    self.delete(elt)?;
                }
                Ok(())
            }
            _ => self.error(target.range(), "cannot delete expression"),
        }
    }
}
