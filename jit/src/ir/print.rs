//! The text form, written. `parse.rs` reads it back.

use super::desc::{Env, FieldDesc, HelperDesc, Mutability};
use super::effects::AliasSet;
use super::inst::Inst;
use super::ops::Imm;
use super::snapshot::{SnapValue, Snapshot};
use super::trace::{Mode, Trace};
use super::types::Type;
use std::fmt::{self, Write};

/// The trace with the names of the environment.
pub fn trace_to_string(trace: &Trace, env: &Env) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    _ = write_trace(&mut out, trace, env);
    out
}

/// The tables.
pub fn env_to_string(env: &Env) -> String {
    let mut out = String::new();
    for field in &env.fields {
        _ = write_field(&mut out, field, env);
    }
    for helper in &env.helpers {
        _ = write_helper(&mut out, helper, env);
    }
    out
}

fn write_trace(out: &mut String, trace: &Trace, env: &Env) -> fmt::Result {
    writeln!(
        out,
        "trace {}",
        if trace.mode == Mode::Single {
            "single"
        } else {
            "multi"
        }
    )?;
    for (r, inst) in trace.iter() {
        if inst.ty != Type::Void {
            write!(out, "{r}: {} = ", inst.ty)?;
        }
        write_inst(out, trace, inst, env)?;
        out.push('\n');
    }
    for (i, snapshot) in trace.snapshots().iter().enumerate() {
        write!(out, "s{i}:")?;
        write_snapshot(out, snapshot, env)?;
        out.push('\n');
    }
    Ok(())
}

fn write_inst(out: &mut String, trace: &Trace, inst: &Inst, env: &Env) -> fmt::Result {
    let info = inst.op.info();
    out.push_str(info.name);
    let mut separator = " ";
    if info.imm != Imm::No {
        out.push(' ');
        separator = ", ";
        write_imm(out, inst, env)?;
    }
    for operand in trace.operands(inst) {
        write!(out, "{separator}{operand}")?;
        separator = ", ";
    }
    if inst.snap.is_some() {
        write!(out, " -> {}", inst.snap)?;
    }
    Ok(())
}

fn write_imm(out: &mut String, inst: &Inst, env: &Env) -> fmt::Result {
    match inst.op.info().imm {
        Imm::No => Ok(()),
        Imm::Int => write!(out, "{}", inst.int()),
        // The bits of a NaN matter and have no decimal form.
        Imm::Float if inst.float().is_nan() => write!(out, "{:#x}", inst.imm),
        Imm::Float => write!(out, "{:?}", inst.float()),
        Imm::Bool => write!(out, "{}", inst.imm != 0),
        Imm::Key => write!(out, "{:#x}", inst.imm),
        Imm::Slot => write!(out, "{}", inst.imm),
        Imm::Field => write!(
            out,
            "{}",
            env.field(inst.imm).map_or("?", |field| &field.name)
        ),
        Imm::Helper => write!(
            out,
            "{}",
            env.helper(inst.imm).map_or("?", |helper| &helper.name)
        ),
        Imm::Trace => write!(out, "T{}", inst.imm),
    }
}

fn write_snapshot(out: &mut String, snapshot: &Snapshot, env: &Env) -> fmt::Result {
    for frame in &snapshot.frames {
        write!(out, " [{}@{}:", frame.code, frame.pc)?;
        for (i, &(slot, value)) in frame.slots.iter().enumerate() {
            write!(out, "{} {slot}=", if i == 0 { "" } else { "," })?;
            write_value(out, value)?;
        }
        out.push(']');
    }
    for object in &snapshot.sunk {
        write!(out, " {{{:#x}:", object.shape)?;
        for (i, &(field, value)) in object.fields.iter().enumerate() {
            let name = env.field(u64::from(field)).map_or("?", |field| &field.name);
            write!(out, "{} {name}=", if i == 0 { "" } else { "," })?;
            write_value(out, value)?;
        }
        out.push('}');
    }
    Ok(())
}

fn write_value(out: &mut String, value: SnapValue) -> fmt::Result {
    match value {
        SnapValue::Ir(r, how) if how.name().is_empty() => write!(out, "{r}"),
        SnapValue::Ir(r, how) => write!(out, "{} {r}", how.name()),
        SnapValue::Sunk(index) => write!(out, "sunk {index}"),
        SnapValue::Unbound => write!(out, "unbound"),
    }
}

fn alias_name(env: &Env, index: u8) -> &str {
    env.aliases
        .get(usize::from(index))
        .map_or("?", String::as_str)
}

fn write_field(out: &mut String, field: &FieldDesc, env: &Env) -> fmt::Result {
    let mutability = Mutability::ALL
        .iter()
        .find(|(m, _)| *m == field.mutability)
        .map_or("", |(_, name)| name);
    writeln!(
        out,
        "field {}: {} at {} width {} alias {} {mutability}",
        field.name,
        field.ty,
        field.offset,
        field.width,
        alias_name(env, field.alias.0)
    )
}

fn write_helper(out: &mut String, helper: &HelperDesc, env: &Env) -> fmt::Result {
    write!(out, "helper {}(", helper.name)?;
    for (i, ty) in helper.params.iter().enumerate() {
        write!(out, "{}{ty}", if i == 0 { "" } else { ", " })?;
    }
    write!(out, ") -> {}:", helper.result)?;
    let effects = &helper.effects;
    let flags = [
        (effects.pure_function, "pure"),
        (effects.raises, "raises"),
        (effects.runs_python, "python"),
        (effects.allocates, "allocates"),
        (effects.safepoint, "safepoint"),
    ];
    for (_, name) in flags.iter().filter(|(set, _)| *set) {
        write!(out, " {name}")?;
    }
    for (set, name) in [(effects.reads, "reads"), (effects.writes, "writes")] {
        if set == AliasSet::ALL {
            write!(out, " {name} all")?;
        } else {
            for class in set.iter() {
                write!(out, " {name} {}", alias_name(env, class.0))?;
            }
        }
    }
    out.push('\n');
    Ok(())
}
