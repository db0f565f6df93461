//! The code unit that is being generated: instructions with labels, slots, constants, names.

use super::super::intern::{FastMap, Name};
use super::super::symtable::{Binding, DELETED, PARAM, Scope, ScopeId, ScopeKind, SymbolTable};
use crate::bytecode::{Const, Instr};
use ruff_python_ast::Stmt;
use ruff_text_size::TextRange;
use smallvec::{SmallVec, smallvec};

/// A place in the code that jumps name before or after it is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(pub u32);

/// "No label", "no handler" in the compact fields of [`Ins`].
pub const NONE: u32 = u32::MAX;

/// One instruction before assembly.
#[derive(Clone, Copy)]
pub struct Ins {
    /// The word; its jump field is filled in by the assembler.
    pub word: Instr,
    /// Label that the instruction jumps to, or [`NONE`].
    pub target: u32,
    /// Index of the [`Handler`] that guards the instruction, or [`NONE`].
    pub handler: u32,
    /// Content of the first following word (index of the keyword names of a call).
    pub extra: u32,
    /// Source range; empty at 0 when there is none.
    pub range: TextRange,
}

/// An exception handler.
#[derive(Clone, Copy)]
pub struct Handler {
    /// Its code.
    pub label: Label,
    /// First slot that is not live there; the exception is put there.
    pub depth: u16,
}

/// Which locals are bound for certain, one bit for a slot.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BoundSet(SmallVec<[u64; 2]>);

impl BoundSet {
    fn with_slots(slots: usize) -> Self {
        BoundSet(smallvec![0; slots.div_ceil(64)])
    }
    pub fn contains(&self, slot: u16) -> bool {
        self.0
            .get(slot as usize / 64)
            .is_some_and(|word| word >> (slot % 64) & 1 != 0)
    }
    pub fn insert(&mut self, slot: u16) {
        if let Some(word) = self.0.get_mut(slot as usize / 64) {
            *word |= 1 << (slot % 64);
        }
    }
    pub fn remove(&mut self, slot: u16) {
        if let Some(word) = self.0.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
    }
    fn subtract(&mut self, other: &BoundSet) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }
    fn intersect(&mut self, other: &BoundSet) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }
}

/// What is known about a label.
#[derive(Default)]
pub struct LabelInfo {
    /// Index of the instruction that it stands before.
    pub at: Option<u32>,
    /// Locals bound on every jump seen so far; `None` when there was none.
    bound: Option<BoundSet>,
}

/// A construct that `break`, `continue` and `return` have to leave.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    /// A loop; `iterator` is the slot to clear on `break`.
    Loop {
        next: Label,
        end: Label,
        iterator: Option<u16>,
    },
    /// The guarded part of `try` with handlers only.
    Try,
    /// The guarded part of `try ... finally`.
    Finally(&'a [Stmt]),
    /// A handler that is running; the exception is in this slot.
    Handling(u16),
    /// A handler that has to unbind its name.
    HandlerName(Name),
    /// The body of `with`; the exit method is in this slot.
    With {
        exit: u16,
        is_async: bool,
        range: TextRange,
    },
}

/// A block with the handler that was in force outside it.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub block: Block<'a>,
    pub outer_handler: u32,
}

/// The state of one code unit.
pub struct Unit<'a> {
    /// Scope of the code object.
    pub scope: ScopeId,
    /// Innermost scope: differs from `scope` inside inlined comprehensions.
    pub inner: ScopeId,
    pub kind: ScopeKind,
    pub name: Name,
    pub qualname: String,
    pub first_line: u32,
    pub flags: u32,
    pub posonly_count: u32,
    pub arg_count: u32,
    pub kwonly_count: u32,
    pub varnames: Vec<Name>,
    pub cellvars: Vec<Name>,
    pub freevars: Vec<Name>,
    local_slots: FastMap<(u32, u32), u16>,
    cell_slots: FastMap<(u32, u32), u16>,
    free_slots: FastMap<Name, u16>,
    pub names: Vec<Name>,
    name_index: FastMap<Name, u16>,
    pub consts: Vec<Const>,
    const_index: FastMap<Vec<u8>, u32>,
    pub code: Vec<Ins>,
    pub labels: Vec<LabelInfo>,
    pub handlers: Vec<Handler>,
    pub blocks: Vec<Frame<'a>>,
    /// Handler of the instructions emitted now.
    pub handler: u32,
    /// First temporary.
    pub first_temp: u32,
    /// Live temporaries.
    pub depth: u32,
    pub max_depth: u32,
    pub reachable: bool,
    pub bound: BoundSet,
    /// Locals that are deleted somewhere: nothing is certain of them at the head of a loop or handler.
    deleted: BoundSet,
    /// Position of the instructions emitted now.
    pub range: TextRange,
    /// Attributes of `self` assigned in methods; for classes.
    pub static_attributes: Vec<Name>,
    /// Annotations of a module or class that go to its `__annotate__`.
    pub deferred: Vec<Deferred<'a>>,
    /// Number of conditional annotations met so far.
    pub annotation_count: u32,
    /// Inside a statement that may not be executed.
    pub conditional: bool,
    /// Some index does not fit the instruction format.
    pub too_large: bool,
    /// Where blocks are nested too deeply.
    pub too_nested: Option<TextRange>,
}

/// An annotation of a variable, to be compiled into `__annotate__`.
#[derive(Clone, Copy)]
pub struct Deferred<'a> {
    pub name: Name,
    pub annotation: &'a ruff_python_ast::Expr,
    /// Index in the set of executed annotations, when it is conditional.
    pub index: Option<u32>,
}

impl<'a> Unit<'a> {
    pub fn new(table: &SymbolTable, id: ScopeId, qualname: String, first_line: u32) -> Self {
        let scope = table.scope(id);
        let mut unit = Unit {
            scope: id,
            inner: id,
            kind: scope.kind,
            name: scope.name,
            qualname,
            first_line,
            flags: 0,
            posonly_count: 0,
            arg_count: 0,
            kwonly_count: 0,
            varnames: Vec::new(),
            cellvars: Vec::new(),
            freevars: Vec::new(),
            local_slots: FastMap::default(),
            cell_slots: FastMap::default(),
            free_slots: FastMap::default(),
            names: Vec::new(),
            name_index: FastMap::default(),
            consts: Vec::new(),
            const_index: FastMap::default(),
            code: Vec::with_capacity(64),
            labels: Vec::new(),
            handlers: Vec::new(),
            blocks: Vec::new(),
            handler: NONE,
            first_temp: 0,
            depth: 0,
            max_depth: 0,
            reachable: true,
            bound: BoundSet::default(),
            deleted: BoundSet::default(),
            range: TextRange::default(),
            static_attributes: Vec::new(),
            deferred: Vec::new(),
            annotation_count: 0,
            conditional: false,
            too_large: false,
            too_nested: None,
        };
        unit.lay_out(table);
        unit
    }

    /// Gives every variable its slot: parameters, other locals, variables of inlined comprehensions; cells;
    /// free variables.
    fn lay_out(&mut self, table: &SymbolTable) {
        let scope = table.scope(self.scope);
        let mut deleted = Vec::new();
        if scope.is_function_like() {
            for &name in &scope.params {
                self.add_local(self.scope, name);
            }
            for symbol in &scope.symbols {
                if symbol.mention & DELETED != 0 {
                    deleted.push(symbol.name);
                }
                match symbol.binding {
                    Binding::Local if symbol.mention & PARAM == 0 => {
                        self.add_local(self.scope, symbol.name);
                    }
                    Binding::Cell => self.cellvars.push(symbol.name),
                    _ => {}
                }
            }
        } else if scope.kind == ScopeKind::Class {
            use super::super::intern::known;
            if scope.needs_class_cell {
                self.cellvars.push(known::CLASS_CELL);
            }
            if scope.needs_classdict {
                self.cellvars.push(known::CLASSDICT);
            }
            if scope.conditional_annotations {
                self.cellvars.push(known::CONDITIONAL_ANNOTATIONS);
            }
        }
        let own_cells = self.cellvars.len();
        let mut comp_cells: Vec<(u32, Name)> = Vec::new();
        self.lay_out_comprehensions(table, scope, &mut Vec::new(), &mut comp_cells);
        let mut slot = self.varnames.len();
        for &name in &self.cellvars[..own_cells] {
            self.cell_slots.insert((self.scope.0, name.0), slot as u16);
            slot += 1;
        }
        for (comp, name) in comp_cells {
            // A cell of a comprehension never shares its slot with another one.
            self.cellvars.push(name);
            self.cell_slots.insert((comp, name.0), slot as u16);
            slot += 1;
        }
        self.freevars = scope.free.clone();
        for &name in &self.freevars {
            self.free_slots.insert(name, slot as u16);
            slot += 1;
        }
        self.first_temp = slot as u32;
        self.bound = BoundSet::with_slots(self.varnames.len());
        self.deleted = BoundSet::with_slots(self.varnames.len());
        for name in deleted {
            if let Some(&slot) = self.local_slots.get(&(self.scope.0, name.0)) {
                self.deleted.insert(slot);
            }
        }
        for slot in 0..scope.params.len() {
            self.mark_bound(slot as u16);
        }
        if slot > 0x7fff {
            self.too_large = true;
        }
    }

    fn lay_out_comprehensions(
        &mut self,
        table: &SymbolTable,
        scope: &Scope,
        in_use: &mut Vec<u16>,
        cells: &mut Vec<(u32, Name)>,
    ) {
        for &child_id in &scope.children {
            let child = table.scope(child_id);
            if !child.inlined {
                continue;
            }
            let before = in_use.len();
            for symbol in &child.symbols {
                match symbol.binding {
                    Binding::Local => {
                        let slot = self.comprehension_slot(symbol.name, in_use);
                        self.local_slots.insert((child_id.0, symbol.name.0), slot);
                        in_use.push(slot);
                    }
                    Binding::Cell => cells.push((child_id.0, symbol.name)),
                    _ => {}
                }
            }
            self.lay_out_comprehensions(table, child, in_use, cells);
            in_use.truncate(before);
        }
    }

    /// Comprehensions that are not nested share the slots of equal names; the function's own variables
    /// are never shared.
    fn comprehension_slot(&mut self, name: Name, in_use: &[u16]) -> u16 {
        let own = self
            .local_slots
            .get(&(self.scope.0, name.0))
            .copied()
            .unwrap_or(u16::MAX);
        let found = self
            .varnames
            .iter()
            .enumerate()
            .map(|(slot, &candidate)| (slot as u16, candidate))
            .find(|&(slot, candidate)| candidate == name && slot != own && !in_use.contains(&slot));
        match found {
            Some((slot, _)) => slot,
            None => {
                self.varnames.push(name);
                (self.varnames.len() - 1) as u16
            }
        }
    }

    fn add_local(&mut self, scope: ScopeId, name: Name) {
        let slot = self.varnames.len() as u16;
        self.varnames.push(name);
        self.local_slots.insert((scope.0, name.0), slot);
    }

    /// Slot of a local of `scope`.
    pub fn local_slot(&self, scope: ScopeId, name: Name) -> Option<u16> {
        self.local_slots.get(&(scope.0, name.0)).copied()
    }

    /// Slot of a cell made by `scope`.
    pub fn cell_slot(&self, scope: ScopeId, name: Name) -> Option<u16> {
        self.cell_slots.get(&(scope.0, name.0)).copied()
    }

    /// Slot of a captured cell.
    pub fn free_slot(&self, name: Name) -> Option<u16> {
        self.free_slots.get(&name).copied()
    }

    /// Notes that a local was assigned.
    pub fn mark_bound(&mut self, slot: u16) {
        self.bound.insert(slot);
    }

    /// Index of a name operand.
    pub fn name_operand(&mut self, name: Name) -> u16 {
        let names = &mut self.names;
        let too_large = &mut self.too_large;
        *self.name_index.entry(name).or_insert_with(|| {
            if names.len() > 0xffff {
                *too_large = true;
                return 0;
            }
            names.push(name);
            (names.len() - 1) as u16
        })
    }

    /// Index of a constant; equal constants of equal type share one entry.
    pub fn const_operand(&mut self, value: Const) -> u32 {
        let mut key = Vec::with_capacity(16);
        if !super::super::const_fold::key(&value, &mut key) {
            self.consts.push(value);
            return (self.consts.len() - 1) as u32;
        }
        let consts = &mut self.consts;
        *self.const_index.entry(key).or_insert_with(|| {
            consts.push(value);
            (consts.len() - 1) as u32
        })
    }

    /// A fresh label.
    pub fn label(&mut self) -> Label {
        self.labels.push(LabelInfo::default());
        Label(self.labels.len() as u32 - 1)
    }

    /// True if a jump to `label` was emitted.
    pub fn is_used(&self, label: Label) -> bool {
        self.labels[label.0 as usize].bound.is_some()
    }

    /// Notes that control may come to `label` from here.
    pub fn note_jump(&mut self, label: Label) {
        let info = &mut self.labels[label.0 as usize];
        match &mut info.bound {
            Some(bound) => bound.intersect(&self.bound),
            None => info.bound = Some(self.bound.clone()),
        }
    }

    /// Puts `label` here; the code after it is reachable if the code before it or a jump reaches it.
    pub fn place(&mut self, label: Label) {
        let at = self.code.len() as u32;
        let info = &mut self.labels[label.0 as usize];
        info.at = Some(at);
        if let Some(bound) = &info.bound {
            if self.reachable {
                self.bound.intersect(bound);
            } else {
                self.bound = bound.clone();
                self.reachable = true;
            }
        }
    }

    /// As [`Unit::place`], for a label that code further on jumps back to.
    pub fn place_loop(&mut self, label: Label) {
        self.place(label);
        self.bound.subtract(&self.deleted);
    }

    /// Makes a handler whose code is at `label`, entered with the temporaries that are live now.
    pub fn add_handler(&mut self, label: Label) -> u32 {
        let depth = (self.first_temp + self.depth) as u16;
        self.handlers.push(Handler { label, depth });
        // A deletion inside the guarded code may come before the exception.
        let before = self.bound.clone();
        self.bound.subtract(&self.deleted);
        self.note_jump(label);
        self.bound = before;
        // The exception itself.
        self.max_depth = self.max_depth.max(self.depth + 1);
        self.handlers.len() as u32 - 1
    }
}
