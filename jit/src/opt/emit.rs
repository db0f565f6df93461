//! The emitter: every instruction of a trace passes through it, from the recorder or from a pass that copies a trace.
//!
//! Order of the steps for one instruction: operands that a guard made constant are replaced; operands of commutative
//! operations are put into canonical order (constants right); fold, until no rule fires; guard elimination; forwarding;
//! CSE; and only then is something appended.

use super::{Passes, cse, fold, guard, load_store};
use crate::ir::desc::{AliasClass, Env};
use crate::ir::effects::{AliasSet, Effect, is_pure_call, kills};
use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;
use crate::ir::snapshot::SnapId;
use crate::ir::trace::{Mode, Trace};
use std::collections::{HashMap, HashSet};

/// How often rules may rewrite one instruction. Rules terminate; this bounds a wrong one.
const FOLD_LIMIT: usize = 32;

/// Builds a trace.
pub struct Emitter<'e> {
    /// The trace so far.
    pub trace: Trace,
    /// The tables.
    pub env: &'e Env,
    passes: Passes,
    /// Values that are constant from here on, because a guard said so.
    constants: HashMap<IrRef, IrRef>,
    /// For each alias class, the newest instruction that may have written it.
    killed_by: [IrRef; 64],
    /// Phis of integers that fit a word in every round; who adds one makes sure of that when the loop is closed.
    fitting_phis: HashSet<IrRef>,
    /// The newest instruction in which an assumption may have been invalidated.
    safepoint: IrRef,
}

impl<'e> Emitter<'e> {
    /// An empty trace.
    pub fn new(mode: Mode, env: &'e Env, passes: Passes) -> Self {
        Emitter {
            trace: Trace::new(mode),
            env,
            passes,
            constants: HashMap::new(),
            killed_by: [IrRef::NONE; 64],
            fitting_phis: HashSet::new(),
            safepoint: IrRef::NONE,
        }
    }

    /// Emits an instruction with fixed operands. The result is the value to use instead of its own, or
    /// [`IrRef::NONE`] if nothing was needed.
    pub fn emit(&mut self, mut inst: Inst) -> IrRef {
        debug_assert!(!inst.op.info().variadic);
        if inst.op == Op::Phi {
            return self.append(inst);
        }
        if self.passes.guard {
            for operand in &mut inst.args {
                *operand = self.constants.get(operand).copied().unwrap_or(*operand);
            }
        }
        if inst.op.is_constant() {
            return self.trace.constant(inst.op, inst.ty, inst.imm);
        }
        for _ in 0..FOLD_LIMIT {
            self.canonicalize(&mut inst);
            if !self.passes.fold {
                break;
            }
            match fold::fold(self, &inst) {
                fold::Fold::Keep => break,
                fold::Fold::Ref(r) => return r,
                fold::Fold::Constant(bits) => return self.trace.constant_of(inst.ty, bits),
                fold::Fold::Rewrite(new) => inst = new,
                fold::Fold::Remove => return IrRef::NONE,
            }
        }
        if self.passes.guard
            && let Some(r) = guard::implied(self, &inst)
        {
            return r;
        }
        if self.passes.load_store
            && let Some(r) = load_store::forwarded(self, &inst)
        {
            return r;
        }
        if self.passes.cse
            && let Some(r) = cse::find(&self.trace, &inst)
        {
            return r;
        }
        let r = self.append(inst);
        if self.passes.guard {
            guard::learn(self, &inst);
        }
        r
    }

    /// Emits a call.
    pub fn emit_call(&mut self, inst: Inst, operands: &[IrRef]) -> IrRef {
        debug_assert!(inst.op.info().variadic);
        let operands: Vec<_> = operands
            .iter()
            .map(|r| self.constants.get(r).copied().unwrap_or(*r))
            .collect();
        if self.passes.cse
            && is_pure_call(&inst, self.env)
            && let Some(r) = cse::find_call(&self.trace, &inst, &operands)
        {
            return r;
        }
        let inst = self.trace.with_list(inst, &operands);
        self.append(inst)
    }

    /// Emits the header of a loop whose rounds write `written`.
    pub fn emit_loop(&mut self, inst: Inst, written: AliasSet) -> IrRef {
        let r = self.trace.push(inst);
        self.kill(r, written);
        self.safepoint = r;
        r
    }

    /// Appends as it is.
    fn append(&mut self, inst: Inst) -> IrRef {
        let r = self.trace.push(inst);
        let written = kills(&inst, self.env, self.trace.mode);
        self.kill(r, written);
        let safepoint = match inst.op.effect() {
            Effect::Poll | Effect::Control => true,
            Effect::Call => self
                .env
                .helper(inst.imm)
                .is_none_or(|helper| helper.effects.safepoint || helper.effects.runs_python),
            _ => false,
        };
        if safepoint {
            self.safepoint = r;
        }
        r
    }

    fn kill(&mut self, by: IrRef, written: AliasSet) {
        for class in written.iter() {
            self.killed_by[usize::from(class.0)] = by;
        }
    }

    /// Constants right, otherwise the older operand left.
    fn canonicalize(&self, inst: &mut Inst) {
        let [a, b, _] = inst.args;
        if inst.op.info().commutes {
            let (a_constant, b_constant) = (self.is_constant(a), self.is_constant(b));
            if (a_constant && !b_constant) || (a_constant == b_constant && a > b) {
                inst.args.swap(0, 1);
            }
        }
    }

    /// True if the value is a constant.
    pub fn is_constant(&self, r: IrRef) -> bool {
        self.trace.get(r).is_some_and(|inst| inst.op.is_constant())
    }

    /// The bits of a constant operand.
    pub fn bits(&self, r: IrRef) -> Option<u64> {
        self.trace.constant_bits(r)
    }

    /// The value of a constant integer operand.
    pub fn int(&self, r: IrRef) -> Option<i64> {
        self.bits(r).map(u64::cast_signed)
    }

    /// The value of a constant double operand.
    pub fn float(&self, r: IrRef) -> Option<f64> {
        self.bits(r).map(f64::from_bits)
    }

    /// The operand's instruction, if it is of this operation.
    pub fn operand(&self, r: IrRef, op: Op) -> Option<Inst> {
        self.trace.get(r).filter(|inst| inst.op == op).copied()
    }

    /// From now on `value` is known to be the constant.
    pub fn learn_constant(&mut self, value: IrRef, constant: IrRef) {
        if !self.is_constant(value) {
            self.constants.insert(value, constant);
        }
    }

    /// From now on the phi counts as one that fits a word.
    pub fn add_fitting_phi(&mut self, phi: IrRef) {
        self.fitting_phis.insert(phi);
    }

    /// True for the phis that were added so.
    pub fn is_fitting_phi(&self, phi: IrRef) -> bool {
        self.fitting_phis.contains(&phi)
    }

    /// The newest instruction that may have written the class, [`IrRef::NONE`] if there is none.
    pub fn killed_by(&self, class: AliasClass) -> IrRef {
        self.killed_by[usize::from(class.0)]
    }

    /// True if memory of the class has not been written since `r`.
    pub fn unchanged_since(&self, r: IrRef, class: AliasClass) -> bool {
        let killer = self.killed_by(class);
        !killer.is_some() || killer < r
    }

    /// True if no assumption can have been invalidated since `r`.
    pub fn no_safepoint_since(&self, r: IrRef) -> bool {
        !self.safepoint.is_some() || self.safepoint < r
    }
}

/// Copies instructions of one trace into an emitter, with the numbers that they get there.
pub struct Copier<'t> {
    source: &'t Trace,
    map: Vec<IrRef>,
    snapshots: HashMap<SnapId, SnapId>,
}

impl<'t> Copier<'t> {
    /// Nothing copied yet.
    pub fn new(source: &'t Trace) -> Self {
        Copier {
            source,
            map: vec![IrRef::NONE; source.len()],
            snapshots: HashMap::new(),
        }
    }

    /// The new number of a value.
    pub fn mapped(&self, r: IrRef) -> IrRef {
        self.map.get(r.index()).copied().unwrap_or(IrRef::NONE)
    }

    /// Says what stands for an instruction in the copy.
    pub fn set(&mut self, r: IrRef, new: IrRef) {
        self.map[r.index()] = new;
    }

    /// Copies one instruction. `adapt` may change a snapshot after its values are renamed.
    pub fn copy(
        &mut self,
        emitter: &mut Emitter<'_>,
        r: IrRef,
        inst: &Inst,
        adapt: impl Fn(&mut crate::ir::Snapshot),
    ) {
        let mut new = *inst;
        if inst.op.info().variadic {
            let operands: Vec<_> = self
                .source
                .operands(inst)
                .iter()
                .map(|&operand| self.mapped(operand))
                .collect();
            // A call's snapshot may contain its own result.
            self.set(r, emitter.trace.next_ref());
            new.snap = self.snapshot(emitter, inst.snap, &adapt);
            let emitted = emitter.emit_call(new, &operands);
            self.set(r, emitted);
        } else {
            for operand in &mut new.args[..inst.op.info().operands.len()] {
                *operand = self.mapped(*operand);
            }
            new.snap = self.snapshot(emitter, inst.snap, &adapt);
            let emitted = emitter.emit(new);
            self.set(r, emitted);
        }
    }

    fn snapshot(
        &mut self,
        emitter: &mut Emitter<'_>,
        id: SnapId,
        adapt: &impl Fn(&mut crate::ir::Snapshot),
    ) -> SnapId {
        let Some(snapshot) = self.source.snapshot(id) else {
            return SnapId::NONE;
        };
        if let Some(&known) = self.snapshots.get(&id) {
            return known;
        }
        let mut snapshot = snapshot.clone();
        snapshot.map_refs(|r| self.mapped(r));
        adapt(&mut snapshot);
        let new = emitter.trace.push_snapshot(snapshot);
        self.snapshots.insert(id, new);
        new
    }
}

/// Copies a trace through an emitter.
pub fn copy(trace: &Trace, env: &Env, passes: Passes) -> Trace {
    let mut emitter = Emitter::new(trace.mode, env, passes);
    let mut copier = Copier::new(trace);
    let mut phis = Vec::new();
    for (r, inst) in trace.iter() {
        if inst.op == Op::Nop {
            continue;
        }
        // A value that every round leaves as it was needs no phi.
        if inst.op == Op::Phi && (inst.args[1] == r || inst.args[1] == inst.args[0]) {
            copier.set(r, copier.mapped(inst.args[0]));
            continue;
        }
        copier.copy(&mut emitter, r, inst, |_| {});
        if inst.op == Op::Phi {
            phis.push((copier.mapped(r), inst.args[1]));
        }
    }
    for (phi, value) in phis {
        emitter.trace.close_phi(phi, copier.mapped(value));
    }
    emitter.trace
}
