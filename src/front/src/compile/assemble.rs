//! Labels to jump distances, ranges to positions: the last stage, which makes the [`CodeUnit`].
//!
//! A jump to an unconditional jump goes to where that one goes. Jumps with a 16-bit field that do not reach get a
//! 32-bit jump behind them, which the code in between steps over.

use super::codegen::{Handler, Ins, LabelInfo, NONE, Unit};
use super::error::{CompileError, Result};
use super::intern::{Interner, Name};
use super::source::Source;
use super::symtable::ScopeKind;
use crate::bytecode::code::{ExceptionEntry, Position};
use crate::bytecode::{CodeUnit, Instr, Opcode};
use ruff_text_size::TextRange;
use std::sync::Arc;

/// Longest chain of jumps that is followed.
const MAX_THREADING: usize = 8;
/// Words of the jump behind a short one and of the step over it.
const TRAMPOLINE: u32 = 2;

/// True if the jump field is 16 bits wide.
fn is_short(op: Opcode) -> bool {
    op.operands().ends_with('j')
}

/// Makes the code unit.
pub(super) fn assemble(
    unit: &Unit<'_>,
    source: &Source,
    names: &Interner,
    filename: Arc<str>,
) -> Result<CodeUnit> {
    let targets = resolve_targets(&unit.code, &unit.labels);
    let (offsets, long) = place(&unit.code, &targets)?;
    let total = *offsets.last().unwrap_or(&0) as usize;
    let mut words = Vec::with_capacity(total);
    let mut positions = Vec::with_capacity(total);
    let mut hint = 0;
    let mut last: Option<(TextRange, Position)> = None;
    for (index, ins) in unit.code.iter().enumerate() {
        let at = offsets[index];
        let position = match last {
            Some((range, position)) if range == ins.range => position,
            _ => {
                let position = position_of(ins.range, source, &mut hint);
                last = Some((ins.range, position));
                position
            }
        };
        let op = ins.word.opcode();
        let target = targets[index];
        let word = if target == NONE {
            ins.word
        } else {
            let distance = i64::from(offsets[target as usize]) - i64::from(at);
            if !is_short(op) {
                ins.word.with_bc(distance as i32)
            } else if long[index] {
                // The trampoline follows: step (1 word), far jump (1 word).
                let skip = 1 + op.words() as i32 + 1;
                with_c(ins.word, skip as i16)
            } else {
                with_c(ins.word, distance as i16)
            }
        };
        words.push(word.0);
        for extra in 0..op.words() {
            words.push(if extra == 0 { u64::from(ins.extra) } else { 0 });
        }
        if long[index] {
            words.push(
                Instr::new(Opcode::JUMP, 0, 0, 0, 0)
                    .with_bc(TRAMPOLINE as i32)
                    .0,
            );
            let far = i64::from(offsets[target as usize]) - words.len() as i64;
            words.push(Instr::new(Opcode::JUMP, 0, 0, 0, 0).with_bc(far as i32).0);
        }
        positions.resize(words.len(), position);
    }
    let text = |list: &[Name]| -> Vec<Box<str>> {
        list.iter().map(|&name| names.text(name).into()).collect()
    };
    let mut varnames = text(&unit.varnames);
    if unit.kind == ScopeKind::Annotation
        && let Some(first) = varnames.first_mut()
    {
        // Inside, the name cannot clash with one of the program; outside it is an ordinary parameter.
        *first = "format".into();
    }
    Ok(CodeUnit {
        name: names.text(unit.name).into(),
        qualname: unit.qualname.as_str().into(),
        filename,
        first_line: unit.first_line,
        flags: unit.flags,
        posonly_count: unit.posonly_count,
        arg_count: unit.arg_count,
        kwonly_count: unit.kwonly_count,
        varnames,
        cellvars: text(&unit.cellvars),
        freevars: text(&unit.freevars),
        names: text(&unit.names),
        consts: unit.consts.clone(),
        slots: unit.first_temp + unit.max_depth,
        words,
        exceptions: exception_table(&unit.code, &offsets, &unit.handlers, &unit.labels),
        positions,
    })
}

fn with_c(word: Instr, c: i16) -> Instr {
    Instr(word.0 & 0x0000_ffff_ffff_ffff | u64::from(c as u16) << 48)
}

/// Index of the instruction that every jump goes to, [`NONE`] for instructions that do not jump.
fn resolve_targets(code: &[Ins], labels: &[LabelInfo]) -> Vec<u32> {
    let at = |label: u32| labels.get(label as usize).and_then(|info| info.at);
    code.iter()
        .enumerate()
        .map(|(index, ins)| {
            if ins.target == NONE {
                return NONE;
            }
            let Some(mut target) = at(ins.target) else {
                return NONE;
            };
            // `SEND` needs the layout that the generator's `throw` relies on.
            if matches!(
                ins.word.opcode(),
                Opcode::SEND | Opcode::JUMP_BACK | Opcode::FOR_ITER
            ) {
                return target;
            }
            for _ in 0..MAX_THREADING {
                match code.get(target as usize) {
                    Some(next)
                        if next.word.opcode() == Opcode::JUMP
                            && next.target != NONE
                            && target as usize != index =>
                    {
                        match at(next.target) {
                            Some(further) => target = further,
                            None => break,
                        }
                    }
                    _ => break,
                }
            }
            target
        })
        .collect()
}

/// Word offset of every instruction (and of the end), and which short jumps need a long one.
fn place(code: &[Ins], targets: &[u32]) -> Result<(Vec<u32>, Vec<bool>)> {
    let mut long = vec![false; code.len()];
    loop {
        let mut offsets = Vec::with_capacity(code.len() + 1);
        let mut at = 0u32;
        for (ins, &long) in code.iter().zip(&long) {
            offsets.push(at);
            at += 1 + ins.word.opcode().words() as u32;
            if long {
                at += TRAMPOLINE;
            }
            if at > i32::MAX as u32 / 2 {
                return Err(CompileError::Overflow("code block is too large"));
            }
        }
        offsets.push(at);
        if at <= i16::MAX as u32 {
            return Ok((offsets, long));
        }
        let mut changed = false;
        for (index, ins) in code.iter().enumerate() {
            let target = targets[index];
            if target == NONE || long[index] || !is_short(ins.word.opcode()) {
                continue;
            }
            let distance = i64::from(offsets[target as usize]) - i64::from(offsets[index]);
            // Trampolines that are still to come may add to the distance.
            if distance.abs() > i64::from(i16::MAX) - 0x400 {
                long[index] = true;
                changed = true;
            }
        }
        if !changed {
            let fits = code.iter().enumerate().all(|(index, ins)| {
                targets[index] == NONE || long[index] || !is_short(ins.word.opcode()) || {
                    let distance =
                        i64::from(offsets[targets[index] as usize]) - i64::from(offsets[index]);
                    i16::try_from(distance).is_ok()
                }
            });
            if fits {
                return Ok((offsets, long));
            }
            return Err(CompileError::Overflow("code block is too large"));
        }
    }
}

fn position_of(range: TextRange, source: &Source, hint: &mut usize) -> Position {
    if range.is_empty() {
        return Position::default();
    }
    let start = source.line_col_near(range.start().into(), hint);
    let mut end_hint = *hint;
    let end = source.line_col_near(range.end().into(), &mut end_hint);
    Position {
        line: start.line,
        end_line: end.line,
        col: start.col,
        end_col: end.col,
    }
}

/// Runs of instructions with the same handler become rows.
fn exception_table(
    code: &[Ins],
    offsets: &[u32],
    handlers: &[Handler],
    labels: &[LabelInfo],
) -> Vec<ExceptionEntry> {
    let mut rows: Vec<ExceptionEntry> = Vec::new();
    let mut current = NONE;
    for (index, ins) in code.iter().enumerate() {
        if ins.handler == current {
            if current != NONE
                && let Some(row) = rows.last_mut()
            {
                row.end = offsets[index + 1];
            }
            continue;
        }
        current = ins.handler;
        let Some(handler) = handlers.get(current as usize) else {
            current = NONE;
            continue;
        };
        let Some(at) = labels
            .get(handler.label.0 as usize)
            .and_then(|info| info.at)
        else {
            current = NONE;
            continue;
        };
        rows.push(ExceptionEntry {
            start: offsets[index],
            end: offsets[index + 1],
            handler: offsets[at as usize],
            depth: handler.depth,
        });
    }
    rows
}
