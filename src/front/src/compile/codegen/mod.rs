//! Code generation: syntax tree and symbol table to code units, in one walk.
//!
//! Expressions are evaluated to an [`Opd`]: a constant that has not been loaded yet, a local that is read in
//! place, or the temporary on top of the stack of temporaries. Temporaries are allocated like a stack above
//! the variables of the frame.
//!
//! **Invariant:** a temporary is live from the instruction that writes it to the one that consumes it (flag
//! `*_TEMP`, window operand) or clears it; the number of live temporaries is the same on every path to an
//! instruction.
//! **Invariant:** a consumed temporary may be the destination of the instruction that consumes it.
//! **Invariant:** `SEND`, its `YIELD`, the `JUMP` back and the label that `SEND` jumps to are adjacent, in this
//! order: a sub-iterator that ends while an exception is thrown into it continues two words after the `YIELD`.

mod annotations;
mod assign;
mod awaits;
mod call;
mod class;
mod comprehension;
mod expr;
mod flow;
mod fstring;
mod function;
mod import;
mod names;
mod operators;
mod pattern;
mod stmt;
mod try_with;
mod unit;
mod walrus;

use super::Options;
use super::assemble;
use super::error::{CompileError, Result, SyntaxError, Warning, WarningKind};
use super::intern::{Interner, Name, known};
use super::parse::Mode;
use super::source::Source;
use super::symtable::{Binding, Scope, ScopeId, ScopeKind, SymbolTable, mangle};
use crate::bytecode::code::cf;
use crate::bytecode::instr::x;
use crate::bytecode::ops::{Intrinsic1, Intrinsic2};
use crate::bytecode::{CodeUnit, Const, Instr, Opcode};
use ruff_python_ast::{self as ast, Expr, Mod};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::sync::Arc;

use unit::{Block, Frame, Label};
pub use unit::{Handler, Ins, LabelInfo, NONE, Unit};

/// Number of elements from which displays are built one by one instead of from a window of temporaries.
const MAX_WINDOW: usize = 30;
/// Deepest nesting of loops, `with` and `try` in one code block.
const MAX_BLOCKS: usize = 20;

/// Where the value of an expression is.
#[derive(Clone, Debug)]
enum Opd {
    /// Not loaded yet.
    Const(Const),
    /// A local variable that is bound for certain.
    Local(u16),
    /// The temporary on top.
    Temp(u16),
}

/// The code generator.
pub(super) struct Compiler<'a> {
    source: &'a Source,
    table: &'a SymbolTable,
    names: &'a mut Interner,
    filename: Arc<str>,
    options: &'a Options,
    mode: Mode,
    future_annotations: bool,
    future_end: TextSize,
    /// The unit being generated.
    u: Unit<'a>,
    /// The units around it.
    outer: Vec<Unit<'a>>,
    warnings: Vec<Warning>,
    /// Statements of a `finally` block are compiled more than once; warnings only once.
    repeated: u32,
}

/// What the code generator is given.
pub(super) struct Context<'a> {
    pub(super) source: &'a Source,
    pub(super) table: &'a SymbolTable,
    pub(super) options: &'a Options,
    pub(super) mode: Mode,
    /// `from __future__ import annotations` is in force.
    pub(super) future_annotations: bool,
    /// Imports of `__future__` are allowed before this offset.
    pub(super) future_end: TextSize,
    pub(super) filename: Arc<str>,
}

/// Generates the code of a program.
pub(super) fn generate<'a>(
    module: &'a Mod,
    context: Context<'a>,
    names: &'a mut Interner,
) -> Result<(CodeUnit, Vec<Warning>)> {
    let unit = Unit::new(context.table, ScopeId::MODULE, "<module>".to_owned(), 1);
    let mut compiler = Compiler {
        source: context.source,
        table: context.table,
        names,
        filename: context.filename,
        options: context.options,
        mode: context.mode,
        future_annotations: context.future_annotations,
        future_end: context.future_end,
        u: unit,
        outer: Vec::new(),
        warnings: Vec::new(),
        repeated: 0,
    };
    compiler.u.flags = cf::USES_NAMESPACE | compiler.inherited_flags();
    let awaits = compiler.options.top_level_await && awaits::module_awaits(module);
    if awaits {
        compiler.u.flags |= cf::COROUTINE;
        compiler.emit(Opcode::RETURN_GENERATOR, 0, 0, 0, 0);
    }
    compiler.emit(Opcode::RESUME, 0, 0, 0, 0);
    if awaits {
        let label = compiler.u.label();
        compiler.u.handler = compiler.u.add_handler(label);
    }
    match module {
        Mod::Module(module) => compiler.module(&module.body)?,
        Mod::Expression(expression) => {
            let value = compiler.expr(&expression.body)?;
            compiler.return_value(value);
        }
    }
    let unit = compiler.finish_unit()?;
    Ok((unit, compiler.warnings))
}

impl<'a> Compiler<'a> {
    // ---- Errors, warnings, names ----

    fn error<T>(&self, range: TextRange, msg: impl Into<String>) -> Result<T> {
        Err(SyntaxError::at_node(self.source, range, msg).into())
    }

    fn warn(&mut self, range: TextRange, msg: impl Into<String>) {
        if self.repeated > 0 {
            return;
        }
        self.warnings.push(Warning {
            kind: WarningKind::Syntax,
            msg: msg.into(),
            range,
            lineno: self.source.line_col(range.start().into()).line,
        });
    }

    fn inherited_flags(&self) -> u32 {
        if self.future_annotations {
            cf::FUTURE_ANNOTATIONS
        } else {
            0
        }
    }

    fn scope(&self) -> &'a Scope {
        self.table.scope(self.u.inner)
    }

    /// Interns `text` and mangles it if it is private to the class around.
    fn name(&mut self, text: &str) -> Name {
        let name = self.names.intern(text);
        mangle::mangle_in(self.names, self.table.scope(self.u.inner), name)
    }

    fn line_of(&self, range: TextRange) -> u32 {
        self.source.line_col(range.start().into()).line
    }

    fn str_const(&self, name: Name) -> Const {
        Const::Str(self.names.text(name).into())
    }

    // ---- Instructions ----

    fn emit(&mut self, op: Opcode, flags: u8, a: u16, b: u16, c: u16) {
        self.push_ins(Instr::new(op, flags, a, b, c), NONE, 0);
    }

    fn push_ins(&mut self, word: Instr, target: u32, extra: u32) {
        if !self.u.reachable {
            return;
        }
        self.u.code.push(Ins {
            word,
            target,
            handler: self.u.handler,
            extra,
            range: self.u.range,
        });
    }

    /// Emits an instruction whose jump field is `label`.
    fn emit_jump(&mut self, op: Opcode, flags: u8, a: u16, b: u16, label: Label) {
        if !self.u.reachable {
            return;
        }
        self.u.note_jump(label);
        self.push_ins(Instr::new(op, flags, a, b, 0), label.0, 0);
    }

    fn jump(&mut self, label: Label) {
        self.emit_jump(Opcode::JUMP, 0, 0, 0, label);
        self.u.reachable = false;
    }

    fn jump_back(&mut self, label: Label) {
        self.emit_jump(Opcode::JUMP_BACK, 0, 0, 0, label);
        self.u.reachable = false;
    }

    /// Emits an instruction after which control does not go on.
    fn emit_end(&mut self, op: Opcode, flags: u8, a: u16, b: u16, c: u16) {
        self.emit(op, flags, a, b, c);
        self.u.reachable = false;
    }

    fn at<T>(&mut self, range: TextRange, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.u.range, range);
        let result = f(self);
        self.u.range = before;
        result
    }

    // ---- Temporaries and operands ----

    /// Slot of the next temporary.
    fn next_temp(&self) -> u16 {
        (self.u.first_temp + self.u.depth) as u16
    }

    fn push_temp(&mut self) -> u16 {
        let slot = self.u.first_temp + self.u.depth;
        if slot >= 0xfff0 {
            self.u.too_large = true;
            return 0xfff0;
        }
        self.u.depth += 1;
        self.u.max_depth = self.u.max_depth.max(self.u.depth);
        slot as u16
    }

    fn pop_temps(&mut self, count: u32) {
        self.u.depth = self.u.depth.saturating_sub(count);
    }

    /// Destination of a result: the hinted local, or a new temporary.
    fn dest(&mut self, hint: Option<u16>) -> (u16, Opd) {
        match hint {
            Some(slot) => (slot, Opd::Local(slot)),
            None => {
                let slot = self.push_temp();
                (slot, Opd::Temp(slot))
            }
        }
    }

    fn load_const(&mut self, slot: u16, value: Const) {
        if let Const::Int(n) = value
            && let Ok(n) = i32::try_from(n)
        {
            self.push_ins(
                Instr::new(Opcode::LOAD_INT, 0, slot, 0, 0).with_bc(n),
                NONE,
                0,
            );
            return;
        }
        if !self.u.reachable {
            return;
        }
        let index = self.u.const_operand(value);
        self.push_ins(
            Instr::new(Opcode::LOAD_CONST, 0, slot, 0, 0).with_bc(index as i32),
            NONE,
            0,
        );
    }

    /// Slot of an operand that an instruction reads, and whether it is a temporary; loads constants.
    fn read(&mut self, opd: Opd) -> (u16, bool) {
        match opd {
            Opd::Local(slot) => (slot, false),
            Opd::Temp(slot) => (slot, true),
            Opd::Const(value) => {
                let slot = self.push_temp();
                self.load_const(slot, value);
                (slot, true)
            }
        }
    }

    /// As [`Self::read`], and takes the temporary off: the caller emits the instruction that consumes it next.
    fn consume(&mut self, opd: Opd) -> (u16, bool) {
        let (slot, temp) = self.read(opd);
        if temp {
            self.pop_temps(1);
        }
        (slot, temp)
    }

    /// Makes sure that the value is in a temporary of its own.
    fn to_temp(&mut self, opd: Opd) -> u16 {
        match opd {
            Opd::Temp(slot) => slot,
            Opd::Local(local) => {
                let slot = self.push_temp();
                self.emit(Opcode::MOVE, 0, slot, local, 0);
                slot
            }
            Opd::Const(value) => {
                let slot = self.push_temp();
                self.load_const(slot, value);
                slot
            }
        }
    }

    /// Puts the value into a slot that is not on the stack of temporaries.
    fn move_to(&mut self, slot: u16, opd: Opd) {
        match opd {
            Opd::Local(local) if local == slot => {}
            Opd::Local(local) => self.emit(Opcode::MOVE, 0, slot, local, 0),
            Opd::Temp(temp) => {
                self.pop_temps(1);
                self.emit(Opcode::MOVE, x::B_TEMP, slot, temp, 0);
            }
            Opd::Const(value) => self.load_const(slot, value),
        }
    }

    /// Drops a value that is not used.
    fn discard(&mut self, opd: Opd) {
        if let Opd::Temp(slot) = opd {
            self.pop_temps(1);
            self.emit(Opcode::CLEAR, 0, slot, 0, 0);
        }
    }

    fn flag(temp: bool, bit: u8) -> u8 {
        if temp { bit } else { 0 }
    }

    /// `a = op b` with the result in `hint` or a new temporary.
    fn unary_op(&mut self, op: Opcode, value: Opd, c: u16, hint: Option<u16>) -> Opd {
        let (slot, temp) = self.consume(value);
        let (dst, result) = self.dest(hint);
        self.emit(op, Self::flag(temp, x::B_TEMP), dst, slot, c);
        result
    }

    /// `a = op b` with the result in a new temporary, whose slot is returned.
    fn unary_temp(&mut self, op: Opcode, value: Opd, c: u16) -> u16 {
        let (slot, temp) = self.consume(value);
        let dst = self.push_temp();
        self.emit(op, Self::flag(temp, x::B_TEMP), dst, slot, c);
        dst
    }

    /// `a = b op c` with the result in `hint` or a new temporary.
    fn binary_op(
        &mut self,
        op: Opcode,
        extra: u8,
        left: Opd,
        right: Opd,
        hint: Option<u16>,
    ) -> Opd {
        let (b, b_temp) = self.read(left);
        let (c, c_temp) = self.read(right);
        self.pop_temps(u32::from(b_temp) + u32::from(c_temp));
        let (dst, result) = self.dest(hint);
        let flags = extra | Self::flag(b_temp, x::B_TEMP) | Self::flag(c_temp, x::C_TEMP);
        self.emit(op, flags, dst, b, c);
        result
    }

    /// `a = op window` over the topmost `count` temporaries.
    fn window_op(&mut self, op: Opcode, count: u32, c: u16, hint: Option<u16>) -> Opd {
        self.pop_temps(count);
        let first = self.next_temp();
        let (dst, result) = self.dest(hint);
        self.emit(op, 0, dst, first, c);
        result
    }

    fn return_value(&mut self, value: Opd) {
        if let Opd::Const(Const::None) = value {
            self.emit_end(Opcode::RETURN_NONE, 0, 0, 0, 0);
            return;
        }
        let (slot, temp) = self.consume(value);
        self.emit_end(Opcode::RETURN, Self::flag(temp, x::A_TEMP), slot, 0, 0);
    }

    // ---- Handlers and blocks ----

    /// Opens a guarded region whose handler is at `label`, with the temporaries that are live now.
    fn guard(&mut self, block: Block<'a>, label: Label) {
        self.check_blocks();
        let outer_handler = self.u.handler;
        if self.u.reachable {
            self.u.handler = self.u.add_handler(label);
        }
        self.u.blocks.push(Frame {
            block,
            outer_handler,
        });
    }

    /// Opens a block without a handler of its own.
    fn enter_block(&mut self, block: Block<'a>) {
        self.check_blocks();
        self.u.blocks.push(Frame {
            block,
            outer_handler: self.u.handler,
        });
    }

    /// Notes where blocks are nested too deeply; the statement around reports it.
    fn check_blocks(&mut self) {
        if self.u.blocks.len() >= MAX_BLOCKS && self.u.too_nested.is_none() {
            self.u.too_nested = Some(self.u.range);
        }
    }

    fn leave_block(&mut self) {
        if let Some(frame) = self.u.blocks.pop() {
            self.u.handler = frame.outer_handler;
        }
    }

    /// Starts the code at a handler's label with `depth` live temporaries below the exception.
    fn start_handler(&mut self, label: Label, depth: u32) {
        self.u.reachable = false;
        self.u.place(label);
        self.u.depth = depth;
    }

    // ---- Units ----

    /// Starts the unit of the scope `id`; the current one is continued by [`Self::finish_unit`].
    fn start_unit(&mut self, id: ScopeId, first_line: u32) {
        let name = self.table.scope(id).name;
        let qualname = self.qualname(id, name);
        let unit = Unit::new(self.table, id, qualname, first_line);
        let outer = std::mem::replace(&mut self.u, unit);
        self.outer.push(outer);
        let scope = self.table.scope(id);
        let mut flags = self.inherited_flags();
        if scope.nested {
            flags |= cf::NESTED;
        }
        if scope.is_method {
            flags |= cf::METHOD;
        }
        if scope.is_function_like() {
            flags |= cf::OPTIMIZED | cf::NEWLOCALS;
            match (scope.is_generator, scope.is_coroutine) {
                (true, true) => flags |= cf::ASYNC_GENERATOR,
                (true, false) => flags |= cf::GENERATOR,
                (false, true) => flags |= cf::COROUTINE,
                (false, false) => {}
            }
        } else {
            flags |= cf::USES_NAMESPACE;
        }
        self.u.flags = flags;
        self.u.range = TextRange::default();
        if scope.is_function_like() && (scope.is_generator || scope.is_coroutine) {
            self.emit(Opcode::RETURN_GENERATOR, 0, 0, 0, 0);
        }
        self.emit(Opcode::RESUME, 0, 0, 0, 0);
        self.make_cells(scope);
        if scope.is_function_like() && (scope.is_generator || scope.is_coroutine) {
            // Everything that leaves a generator or coroutine passes this handler.
            let label = self.u.label();
            self.u.handler = self.u.add_handler(label);
        }
    }

    fn make_cells(&mut self, scope: &Scope) {
        let id = self.u.scope;
        for index in 0..self.u.cellvars.len() {
            let name = self.u.cellvars[index];
            let slot = (self.u.varnames.len() + index) as u16;
            if self.u.cell_slot(id, name) != Some(slot) {
                // Cells of inlined comprehensions are made where the comprehension starts.
                continue;
            }
            let from = if scope.params.contains(&name) {
                self.u.local_slot(id, name).unwrap_or(0xffff)
            } else {
                0xffff
            };
            self.emit(Opcode::MAKE_CELL, 0, slot, from, 0);
            if from != 0xffff {
                self.u.bound.remove(from);
            }
        }
    }

    /// Ends the current unit and goes back to the one around it.
    fn finish_unit(&mut self) -> Result<CodeUnit> {
        self.u.range = TextRange::default();
        if self.u.reachable {
            self.emit_end(Opcode::RETURN_NONE, 0, 0, 0, 0);
        }
        let scope = self.table.scope(self.u.scope);
        if self.u.flags & (cf::GENERATOR | cf::COROUTINE | cf::ASYNC_GENERATOR) != 0
            && let Some(handler) = self.u.handlers.first().copied()
        {
            self.u.handler = NONE;
            self.start_handler(handler.label, 0);
            let slot = self.push_temp();
            let intrinsic = if scope.is_generator && scope.is_coroutine {
                Intrinsic1::AsyncStopIterationError
            } else {
                Intrinsic1::StopIterationError
            };
            self.emit(Opcode::INTRINSIC_1, x::B_TEMP, slot, slot, intrinsic as u16);
            self.emit_end(Opcode::RERAISE, x::A_TEMP, slot, 0, 0);
            self.pop_temps(1);
        }
        if self.u.too_large {
            return Err(CompileError::Overflow("code block is too large"));
        }
        let code = assemble::assemble(&self.u, self.source, self.names, self.filename.clone())?;
        if let Some(outer) = self.outer.pop() {
            self.u = outer;
        }
        Ok(code)
    }

    /// `a.b.<locals>.c` of a scope whose unit is about to start.
    fn qualname(&self, id: ScopeId, name: Name) -> String {
        let text = self.names.text(name);
        let mut parent = &self.u;
        if parent.kind == ScopeKind::TypeParams
            && let Some(around) = self.outer.last()
        {
            parent = around;
        }
        if parent.kind == ScopeKind::Module {
            return text.to_owned();
        }
        let scope = self.table.scope(id);
        let is_definition = matches!(scope.kind, ScopeKind::Function | ScopeKind::Class);
        if is_definition {
            let parent_scope = self.table.scope(parent.scope);
            let declared_global = parent_scope
                .get(name)
                .is_some_and(|symbol| symbol.binding == Binding::GlobalExplicit);
            if declared_global {
                return text.to_owned();
            }
        }
        if parent.kind == ScopeKind::Class {
            format!("{}.{text}", parent.qualname)
        } else {
            format!("{}.<locals>.{text}", parent.qualname)
        }
    }

    fn code_const(&mut self, code: CodeUnit) -> u16 {
        let index = self.u.const_operand(Const::Code(Arc::new(code)));
        match u16::try_from(index) {
            Ok(index) => index,
            Err(_) => {
                self.u.too_large = true;
                0
            }
        }
    }

    fn intrinsic_1(&mut self, which: Intrinsic1, value: Opd) -> Opd {
        self.unary_op(Opcode::INTRINSIC_1, value, which as u16, None)
    }

    /// Applies an intrinsic to the topmost two temporaries.
    fn intrinsic_2(&mut self, which: Intrinsic2) -> Opd {
        self.window_op(Opcode::INTRINSIC_2, 2, which as u16, None)
    }
}

/// The range of an expression, with the tuple's parentheses left out as in the tree.
fn range_of(expr: &Expr) -> TextRange {
    expr.range()
}

/// True for an expression statement that is a plain string literal.
fn docstring(body: &[ast::Stmt]) -> Option<&ast::ExprStringLiteral> {
    match body.first() {
        Some(ast::Stmt::Expr(stmt)) => stmt.value.as_string_literal_expr(),
        _ => None,
    }
}

/// The name that [`known`] gives to a scope's own format parameter.
const FORMAT: Name = known::DOT_FORMAT;
