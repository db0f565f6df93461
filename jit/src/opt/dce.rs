//! Dead code: instructions whose results nobody uses and that do nothing else, and snapshots that no exit uses.
//!
//! One pass backward marks what is needed, one forward copies it. A phi is needed if something other than itself needs it;
//! what the end of a round gives it is needed then, which may be found out late: the marking repeats until nothing is added.

use crate::ir::desc::Env;
use crate::ir::effects::removable_if_unused;
use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;
use crate::ir::snapshot::SnapId;
use crate::ir::trace::Trace;
use std::collections::HashMap;

/// The trace without dead code.
pub fn remove_dead(trace: &Trace, env: &Env) -> Trace {
    let needed = needed(trace, env);
    let mut result = Trace::new(trace.mode);
    let mut map = vec![IrRef::NONE; trace.len()];
    let mut snapshots: HashMap<SnapId, SnapId> = HashMap::new();
    let mut phis = Vec::new();
    for (r, inst) in trace.iter().filter(|(r, _)| needed[r.index()]) {
        let mapped = |operand: IrRef| map.get(operand.index()).copied().unwrap_or(IrRef::NONE);
        let operands: Vec<_> = trace
            .operands(inst)
            .iter()
            .map(|&operand| mapped(operand))
            .collect();
        let mut new = Inst {
            snap: SnapId::NONE,
            ..*inst
        };
        if inst.op.info().variadic {
            new = result.with_list(new, &operands);
        } else {
            new.args[..operands.len()].copy_from_slice(&operands);
        }
        let place = result.next_ref();
        map[r.index()] = place;
        if let Some(snapshot) = trace.snapshot(inst.snap) {
            new.snap = *snapshots.entry(inst.snap).or_insert_with(|| {
                let mut snapshot = snapshot.clone();
                snapshot.map_refs(|r| map[r.index()]);
                result.push_snapshot(snapshot)
            });
        }
        result.push(new);
        if inst.op == Op::Phi {
            phis.push((place, inst.args[1]));
        }
    }
    for (phi, value) in phis {
        result.close_phi(phi, map[value.index()]);
    }
    result
}

fn needed(trace: &Trace, env: &Env) -> Vec<bool> {
    let mut needed = vec![false; trace.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for (r, inst) in trace.iter().rev() {
            let root = !removable_if_unused(inst, env);
            if !root && !needed[r.index()] {
                continue;
            }
            needed[r.index()] = inst.op != Op::Nop;
            let in_snapshot = trace
                .snapshot(inst.snap)
                .into_iter()
                .flat_map(|snapshot| snapshot.refs());
            for operand in trace.operands(inst).iter().copied().chain(in_snapshot) {
                if let Some(place) = needed.get_mut(operand.index())
                    && !*place
                {
                    *place = true;
                    // Only a phi refers forward; everything else is still ahead of this walk.
                    changed |= operand >= r;
                }
            }
        }
    }
    needed
}
