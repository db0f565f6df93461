//! Unary, binary and comparison operators, conditional jumps, and the warnings about literals used with them.

use super::super::const_fold;
use super::*;
use ruff_python_ast::{CmpOp, Operator, UnaryOp};

/// Opcode of a binary operator, and of its in-place form.
fn binary_opcode(op: Operator, in_place: bool) -> Opcode {
    match (op, in_place) {
        (Operator::Add, false) => Opcode::ADD,
        (Operator::Sub, false) => Opcode::SUB,
        (Operator::Mult, false) => Opcode::MUL,
        (Operator::MatMult, false) => Opcode::MATMUL,
        (Operator::Div, false) => Opcode::TRUEDIV,
        (Operator::FloorDiv, false) => Opcode::FLOORDIV,
        (Operator::Mod, false) => Opcode::MOD,
        (Operator::Pow, false) => Opcode::POW,
        (Operator::LShift, false) => Opcode::LSHIFT,
        (Operator::RShift, false) => Opcode::RSHIFT,
        (Operator::BitAnd, false) => Opcode::AND,
        (Operator::BitOr, false) => Opcode::OR,
        (Operator::BitXor, false) => Opcode::XOR,
        (Operator::Add, true) => Opcode::IADD,
        (Operator::Sub, true) => Opcode::ISUB,
        (Operator::Mult, true) => Opcode::IMUL,
        (Operator::MatMult, true) => Opcode::IMATMUL,
        (Operator::Div, true) => Opcode::ITRUEDIV,
        (Operator::FloorDiv, true) => Opcode::IFLOORDIV,
        (Operator::Mod, true) => Opcode::IMOD,
        (Operator::Pow, true) => Opcode::IPOW,
        (Operator::LShift, true) => Opcode::ILSHIFT,
        (Operator::RShift, true) => Opcode::IRSHIFT,
        (Operator::BitAnd, true) => Opcode::IAND,
        (Operator::BitOr, true) => Opcode::IOR,
        (Operator::BitXor, true) => Opcode::IXOR,
    }
}

/// Opcode that stores the result of a comparison, and its flags.
fn compare_opcode(op: CmpOp) -> (Opcode, u8) {
    match op {
        CmpOp::Lt => (Opcode::LT, 0),
        CmpOp::LtE => (Opcode::LE, 0),
        CmpOp::Eq => (Opcode::EQ, 0),
        CmpOp::NotEq => (Opcode::NE, 0),
        CmpOp::Gt => (Opcode::GT, 0),
        CmpOp::GtE => (Opcode::GE, 0),
        CmpOp::Is => (Opcode::IS, 0),
        CmpOp::IsNot => (Opcode::IS, x::OP0),
        CmpOp::In => (Opcode::IN, 0),
        CmpOp::NotIn => (Opcode::IN, x::OP0),
    }
}

/// Opcode that jumps on a comparison, its form with an int, and whether the opcode's sense is inverted.
fn jump_opcode(op: CmpOp) -> (Opcode, Option<Opcode>, bool) {
    match op {
        CmpOp::Lt => (Opcode::JUMP_LT, Some(Opcode::JUMP_LT_INT), false),
        CmpOp::LtE => (Opcode::JUMP_LE, Some(Opcode::JUMP_LE_INT), false),
        CmpOp::Eq => (Opcode::JUMP_EQ, Some(Opcode::JUMP_EQ_INT), false),
        CmpOp::NotEq => (Opcode::JUMP_NE, Some(Opcode::JUMP_NE_INT), false),
        CmpOp::Gt => (Opcode::JUMP_GT, Some(Opcode::JUMP_GT_INT), false),
        CmpOp::GtE => (Opcode::JUMP_GE, Some(Opcode::JUMP_GE_INT), false),
        CmpOp::Is => (Opcode::JUMP_IS, None, false),
        CmpOp::IsNot => (Opcode::JUMP_IS, None, true),
        CmpOp::In => (Opcode::JUMP_IN, None, false),
        CmpOp::NotIn => (Opcode::JUMP_IN, None, true),
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn bin_op(&mut self, node: &'a ast::ExprBinOp, hint: Option<u16>) -> Result<Opd> {
        let left = self.expr(&node.left)?;
        let left = self.protect(left, &[&node.right]);
        let right = self.expr(&node.right)?;
        Ok(self.arith(node.op, false, left, right, hint))
    }

    /// `left op right`, folded if both are constants.
    pub(super) fn arith(
        &mut self,
        op: Operator,
        in_place: bool,
        left: Opd,
        right: Opd,
        hint: Option<u16>,
    ) -> Opd {
        if let (Opd::Const(a), Opd::Const(b)) = (&left, &right)
            && let Some(folded) = const_fold::binary(op, a, b)
        {
            return Opd::Const(folded);
        }
        if let Opd::Const(Const::Int(n)) = right
            && let Ok(n) = i16::try_from(n)
            && let Some(op) = match op {
                Operator::Add => Some(Opcode::ADD_INT),
                Operator::Sub => Some(Opcode::SUB_INT),
                _ => None,
            }
        {
            let (slot, temp) = self.consume(left);
            let (dst, result) = self.dest(hint);
            let flags = Self::flag(temp, x::B_TEMP) | Self::flag(in_place, x::OP0);
            self.emit(op, flags, dst, slot, n as u16);
            return result;
        }
        self.binary_op(binary_opcode(op, in_place), 0, left, right, hint)
    }

    pub(super) fn unary(&mut self, node: &'a ast::ExprUnaryOp, hint: Option<u16>) -> Result<Opd> {
        let value = self.expr(&node.operand)?;
        if let Opd::Const(constant) = &value
            && let Some(folded) = const_fold::unary(node.op, constant)
        {
            return Ok(Opd::Const(folded));
        }
        let op = match node.op {
            UnaryOp::Invert => Opcode::INVERT,
            UnaryOp::Not => Opcode::NOT,
            UnaryOp::UAdd => Opcode::POS,
            UnaryOp::USub => Opcode::NEG,
        };
        Ok(self.unary_op(op, value, 0, hint))
    }

    /// The right operand of `in`: displays of constants become constant tuples and sets.
    fn container(&mut self, op: CmpOp, expr: &'a Expr) -> Result<Opd> {
        if matches!(op, CmpOp::In | CmpOp::NotIn) {
            match expr {
                Expr::List(node) => {
                    if let Some(items) = self.literal_items(&node.elts) {
                        return Ok(Opd::Const(Const::Tuple(items)));
                    }
                    if node.elts.len() <= MAX_WINDOW {
                        return self.at(node.range, |this| this.tuple(&node.elts, None));
                    }
                }
                Expr::Set(node) => {
                    if let Some(items) = self.literal_items(&node.elts) {
                        return Ok(Opd::Const(Const::FrozenSet(items)));
                    }
                }
                _ => {}
            }
        }
        self.expr(expr)
    }

    pub(super) fn literal_items(&self, elts: &[Expr]) -> Option<Vec<Const>> {
        elts.iter().map(|elt| self.literal(elt)).collect()
    }

    pub(super) fn compare(&mut self, node: &'a ast::ExprCompare, hint: Option<u16>) -> Result<Opd> {
        self.check_compare(node);
        if let ([op], [right]) = (&*node.ops, &*node.comparators) {
            let left = self.expr(&node.left)?;
            let left = self.protect(left, &[right]);
            let right = self.container(*op, right)?;
            let (opcode, flags) = compare_opcode(*op);
            return Ok(self.binary_op(opcode, flags, left, right, hint));
        }
        // result | left | right
        let depth = self.u.depth;
        let result = self.push_temp();
        let left = self.expr_to_temp(&node.left)?;
        let stop = self.u.label();
        let end = self.u.label();
        let last = node.ops.len() - 1;
        for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
            let right = if index == last {
                self.container(*op, right)?
            } else {
                self.expr(right)?
            };
            let right = self.to_temp(right);
            let (opcode, flags) = compare_opcode(*op);
            if index == last {
                self.emit(opcode, flags | x::B_TEMP | x::C_TEMP, result, left, right);
                self.pop_temps(2);
                self.jump(end);
            } else {
                self.emit(opcode, flags | x::B_TEMP, result, left, right);
                self.emit_jump(Opcode::JUMP_IF_FALSE, 0, result, 0, stop);
                self.emit(Opcode::CLEAR, 0, result, 0, 0);
                self.emit(Opcode::MOVE, x::B_TEMP, left, right, 0);
                self.pop_temps(1);
            }
        }
        self.u.place(stop);
        if self.u.reachable {
            self.emit(Opcode::CLEAR, 0, left + 1, 0, 0);
        }
        self.u.place(end);
        self.u.depth = depth + 1;
        Ok(Opd::Temp(result))
    }

    // ---- Conditional jumps ----

    /// Jumps to `target` if the truth of `expr` is `cond`; goes on otherwise.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, target: Label, cond: bool) -> Result<()> {
        let before = std::mem::replace(&mut self.u.range, expr.range());
        let result = self.jump_if_inner(expr, target, cond);
        self.u.range = before;
        result
    }

    fn jump_if_inner(&mut self, expr: &'a Expr, target: Label, cond: bool) -> Result<()> {
        match expr {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                return self.jump_if(&node.operand, target, !cond);
            }
            Expr::BoolOp(node) => {
                let stop = matches!(node.op, ast::BoolOp::Or);
                let Some((last, init)) = node.values.split_last() else {
                    return Ok(());
                };
                if stop == cond {
                    for value in init {
                        self.jump_if(value, target, cond)?;
                    }
                    return self.jump_if(last, target, cond);
                }
                let skip = self.u.label();
                for value in init {
                    self.jump_if(value, skip, stop)?;
                }
                self.jump_if(last, target, cond)?;
                self.u.place(skip);
                return Ok(());
            }
            Expr::If(node) => {
                let otherwise = self.u.label();
                let end = self.u.label();
                self.jump_if(&node.test, otherwise, false)?;
                self.jump_if(&node.body, target, cond)?;
                self.jump(end);
                self.u.place(otherwise);
                self.jump_if(&node.orelse, target, cond)?;
                self.u.place(end);
                return Ok(());
            }
            Expr::Compare(node) => {
                self.check_compare(node);
                if let ([op], [right]) = (&*node.ops, &*node.comparators) {
                    return self.jump_compare(*op, &node.left, right, target, cond);
                }
                return self.jump_chain(node, target, cond);
            }
            _ => {}
        }
        let value = self.expr(expr)?;
        self.jump_if_value(value, target, cond);
        Ok(())
    }

    /// Jumps to `target` if the truth of a value is `cond`.
    pub(super) fn jump_if_value(&mut self, value: Opd, target: Label, cond: bool) {
        if let Opd::Const(constant) = &value {
            if const_fold::truth(constant) == cond {
                self.jump(target);
            }
            return;
        }
        let (slot, temp) = self.consume(value);
        let op = if cond {
            Opcode::JUMP_IF_TRUE
        } else {
            Opcode::JUMP_IF_FALSE
        };
        self.emit_jump(op, Self::flag(temp, x::A_TEMP), slot, 0, target);
    }

    fn jump_compare(
        &mut self,
        op: CmpOp,
        left: &'a Expr,
        right: &'a Expr,
        target: Label,
        cond: bool,
    ) -> Result<()> {
        let left = self.expr(left)?;
        let left = self.protect(left, &[right]);
        let right = self.container(op, right)?;
        self.jump_operands(op, left, right, true, target, cond);
        Ok(())
    }

    /// Jumps on a comparison of two operands. The right one is consumed only with `take_right`.
    fn jump_operands(
        &mut self,
        op: CmpOp,
        left: Opd,
        right: Opd,
        take_right: bool,
        target: Label,
        cond: bool,
    ) {
        if let Opd::Const(Const::None) = right
            && matches!(op, CmpOp::Is | CmpOp::IsNot)
            && !matches!(left, Opd::Const(_))
        {
            let (slot, temp) = self.consume(left);
            let opcode = if (op == CmpOp::Is) == cond {
                Opcode::JUMP_IF_NONE
            } else {
                Opcode::JUMP_IF_NOT_NONE
            };
            self.emit_jump(opcode, Self::flag(temp, x::A_TEMP), slot, 0, target);
            return;
        }
        let (opcode, int_form, inverted) = jump_opcode(op);
        let negate = Self::flag(cond == inverted, x::OP0);
        if let Opd::Const(Const::Int(n)) = right
            && let Some(int_form) = int_form
            && let Ok(n) = i16::try_from(n)
        {
            let (slot, temp) = self.consume(left);
            let flags = negate | Self::flag(temp, x::A_TEMP);
            self.emit_jump(int_form, flags, slot, n as u16, target);
            return;
        }
        let (a, a_temp) = self.read(left);
        let (b, b_temp) = self.read(right);
        self.pop_temps(u32::from(a_temp) + u32::from(b_temp && take_right));
        let flags =
            negate | Self::flag(a_temp, x::A_TEMP) | Self::flag(b_temp && take_right, x::B_TEMP);
        self.emit_jump(opcode, flags, a, b, target);
    }

    /// `a < b < c` as a condition: an operand in the middle that is a local is read twice, any other is kept
    /// in a temporary until the next comparison.
    fn jump_chain(&mut self, node: &'a ast::ExprCompare, target: Label, cond: bool) -> Result<()> {
        let depth = self.u.depth;
        let rebinds = self.rebinds(&[&node.left])
            || self.rebinds(&node.comparators.iter().collect::<Vec<_>>());
        let middles_are_simple = !rebinds
            && node.comparators[..node.comparators.len() - 1]
                .iter()
                .all(|expr| self.is_simple(expr));
        let fail = self.u.label();
        let fail_target = if cond { fail } else { target };
        let last = node.ops.len() - 1;
        if middles_are_simple {
            let mut left = self.expr(&node.left)?;
            for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
                if index == last {
                    let right = self.container(*op, right)?;
                    self.jump_operands(*op, left, right, true, target, cond);
                    break;
                }
                let right = self.expr(right)?;
                self.jump_operands(*op, left, right.clone(), true, fail_target, false);
                left = right;
            }
            self.u.place(fail);
            self.u.depth = depth;
            return Ok(());
        }
        let drop_right = self.u.label();
        let left = self.expr_to_temp(&node.left)?;
        for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
            if index == last {
                let right = self.container(*op, right)?;
                let right = Opd::Temp(self.to_temp(right));
                self.jump_operands(*op, Opd::Temp(left), right, true, target, cond);
                break;
            }
            let right = self.expr_to_temp(right)?;
            let (opcode, _, inverted) = jump_opcode(*op);
            let flags = x::A_TEMP | Self::flag(!inverted, x::OP0);
            self.emit_jump(opcode, flags, left, right, drop_right);
            self.emit(Opcode::MOVE, x::B_TEMP, left, right, 0);
            self.pop_temps(1);
        }
        let end = self.u.label();
        self.jump(end);
        self.u.place(drop_right);
        if self.u.reachable {
            self.emit(Opcode::CLEAR, 0, left + 1, 0, 0);
            self.jump(fail_target);
        }
        self.u.place(fail);
        self.u.place(end);
        self.u.depth = depth;
        Ok(())
    }

    /// A constant or a local that is bound for certain: reading it twice is the same as reading it once.
    fn is_simple(&self, expr: &Expr) -> bool {
        match expr {
            Expr::NumberLiteral(_) | Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) => true,
            Expr::Name(node) => {
                let scope = self.scope();
                scope.private.is_none() && self.is_bound_local(node)
            }
            _ => false,
        }
    }

    fn is_bound_local(&self, node: &ast::ExprName) -> bool {
        match self.names.lookup(&node.id) {
            Some(name) => match self.access(name) {
                names::Access::Fast(slot) => self.u.bound.contains(slot),
                _ => false,
            },
            None => false,
        }
    }

    // ---- Warnings about literals ----

    fn check_compare(&mut self, node: &ast::ExprCompare) {
        let mut left: &Expr = &node.left;
        for (op, right) in node.ops.iter().zip(&node.comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let kind = literal_kind(left).or_else(|| literal_kind(right));
                if let Some(kind) = kind {
                    let (text, hint) = if *op == CmpOp::Is {
                        ("is", "==")
                    } else {
                        ("is not", "!=")
                    };
                    self.warn(
                        node.range,
                        format!("\"{text}\" with '{kind}' literal. Did you mean \"{hint}\"?"),
                    );
                }
            }
            left = right;
        }
    }

    pub(super) fn check_subscript(&mut self, node: &ast::ExprSubscript) {
        let not_subscriptable = match &*node.value {
            Expr::NoneLiteral(_) => Some("NoneType"),
            Expr::BooleanLiteral(_) => Some("bool"),
            Expr::EllipsisLiteral(_) => Some("ellipsis"),
            Expr::NumberLiteral(number) => Some(number_type(&number.value)),
            Expr::Set(_) | Expr::SetComp(_) => Some("set"),
            Expr::Generator(_) => Some("generator"),
            Expr::Lambda(_) => Some("function"),
            Expr::TString(_) => Some("string.templatelib.Template"),
            _ => None,
        };
        if let Some(kind) = not_subscriptable {
            self.warn(
                node.range,
                format!("'{kind}' object is not subscriptable; perhaps you missed a comma?"),
            );
            return;
        }
        let sequence = match &*node.value {
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            _ => return,
        };
        let index = match &*node.slice {
            Expr::NumberLiteral(number) if !matches!(number.value, ast::Number::Int(_)) => {
                number_type(&number.value)
            }
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::NoneLiteral(_) => "NoneType",
            Expr::EllipsisLiteral(_) => "ellipsis",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::Lambda(_) => "function",
            Expr::TString(_) => "string.templatelib.Template",
            _ => return,
        };
        self.warn(
            node.range,
            format!(
                "{sequence} indices must be integers or slices, not {index}; perhaps you missed a comma?"
            ),
        );
    }

    pub(super) fn check_callee(&mut self, node: &ast::ExprCall) {
        let kind = match &*node.func {
            Expr::NoneLiteral(_) => "NoneType",
            Expr::BooleanLiteral(_) => "bool",
            Expr::EllipsisLiteral(_) => "ellipsis",
            Expr::NumberLiteral(number) => number_type(&number.value),
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::TString(_) => "string.templatelib.Template",
            _ => return,
        };
        self.warn(
            node.range(),
            format!("'{kind}' object is not callable; perhaps you missed a comma?"),
        );
    }
}

fn number_type(number: &ast::Number) -> &'static str {
    match number {
        ast::Number::Int(_) => "int",
        ast::Number::Float(_) => "float",
        ast::Number::Complex { .. } => "complex",
    }
}

/// Type of a literal for which identity makes no sense.
fn literal_kind(expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::NumberLiteral(number) => Some(number_type(&number.value)),
        Expr::StringLiteral(_) => Some("str"),
        Expr::BytesLiteral(_) => Some("bytes"),
        Expr::Tuple(node) if node.elts.iter().all(|elt| elt.is_literal_expr()) => Some("tuple"),
        Expr::UnaryOp(node) if node.op == UnaryOp::USub => match &*node.operand {
            Expr::NumberLiteral(number) => Some(number_type(&number.value)),
            _ => None,
        },
        _ => None,
    }
}
