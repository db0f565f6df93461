//! Checks code units by following every path through them.
//!
//! What is checked: opcodes, slots, names and constants are in range; jumps and handlers go to instructions; a temporary
//! that is read is live on every path; windows are complete; an argument is not copied over a live temporary; no temporary
//! is live at a return; a handler's temporaries below its depth are those of the instructions that it guards.

use super::code::{CodeUnit, Const, ExceptionEntry};
use super::instr::{Instr, x};
use super::ops::{OPCODES, Opcode};

/// What is known about a temporary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Empty,
    Live,
    /// Live on some paths only: may be cleared or overwritten, not read.
    Mixed,
}

type Temps = Vec<State>;

struct Verifier<'a> {
    code: &'a CodeUnit,
    first: usize,
    /// State before each instruction word that is reached.
    before: Vec<Option<Temps>>,
    work: Vec<usize>,
}

/// Checks a code unit, not those among its constants.
pub fn verify(code: &CodeUnit) -> Result<(), String> {
    let first = code.first_temp();
    let slots = code.slots as usize;
    if slots < first {
        return Err("fewer slots than variables".to_owned());
    }
    let mut v = Verifier {
        code,
        first,
        before: vec![None; code.words.len()],
        work: Vec::new(),
    };
    v.reach(0, vec![State::Empty; slots - first])?;
    while let Some(at) = v.work.pop() {
        v.step(at).map_err(|e| {
            let op = Instr(code.words[at]).opcode().name();
            format!("{} at word {at} ({op}): {e}", code.qualname)
        })?;
    }
    Ok(())
}

/// Checks a code unit and those among its constants.
pub fn verify_all(code: &CodeUnit) -> Result<(), String> {
    verify(code)?;
    code.consts.iter().try_for_each(|c| match c {
        Const::Code(inner) => verify_all(inner),
        _ => Ok(()),
    })
}

impl Verifier<'_> {
    /// Control comes to `at` with these temporaries.
    fn reach(&mut self, at: usize, temps: Temps) -> Result<(), String> {
        let Some(place) = self.before.get_mut(at) else {
            return Err(format!("control leaves the code at {at}"));
        };
        match place {
            None => {
                *place = Some(temps);
                self.work.push(at);
            }
            Some(known) => {
                let mut changed = false;
                for (k, n) in known.iter_mut().zip(&temps) {
                    if *k != *n && *k != State::Mixed {
                        *k = State::Mixed;
                        changed = true;
                    }
                }
                if changed {
                    self.work.push(at);
                }
            }
        }
        Ok(())
    }

    fn temp(&self, slot: usize) -> Result<Option<usize>, String> {
        if slot >= self.code.slots as usize {
            return Err(format!("slot {slot} is out of range"));
        }
        Ok(slot.checked_sub(self.first))
    }

    fn read(&self, temps: &Temps, slot: usize) -> Result<(), String> {
        match self.temp(slot)? {
            Some(t) if temps[t] != State::Live => {
                Err(format!("slot {slot} is read, but it is {:?}", temps[t]))
            }
            _ => Ok(()),
        }
    }

    fn set(&self, temps: &mut Temps, slot: usize, state: State) -> Result<(), String> {
        if let Some(t) = self.temp(slot)? {
            temps[t] = state;
        }
        Ok(())
    }

    /// A window: all its slots are read and emptied.
    fn window(&self, temps: &mut Temps, first: usize, n: usize) -> Result<(), String> {
        for slot in first..first + n {
            self.read(temps, slot)?;
            self.set(temps, slot, State::Empty)?;
        }
        Ok(())
    }

    fn step(&mut self, at: usize) -> Result<(), String> {
        let ins = Instr(self.code.words[at]);
        if ins.op() as usize >= OPCODES {
            return Err("no such opcode".to_owned());
        }
        let op = ins.opcode();
        let Some(before) = self.before[at].clone() else {
            return Ok(());
        };
        self.handlers(at, &before)?;
        let (a, b, c) = (ins.a() as usize, ins.b() as usize, ins.c() as usize);
        let mut temps = before;
        let next = at + 1 + op.words();
        let mut jump: Option<(usize, Temps)> = None;
        let kinds = op.operands().as_bytes();
        // Reads, then what is consumed.
        let flags = [x::A_TEMP, x::B_TEMP, x::C_TEMP];
        let fields = [a, b, c];
        for (n, kind) in kinds.iter().enumerate() {
            match kind {
                b's' | b'u' if !self.special(op, n) => self.read(&temps, fields[n])?,
                b'n' if fields[n] >= self.code.names.len() => {
                    return Err("name out of range".to_owned());
                }
                b'k' if fields[n] >= self.code.consts.len() => {
                    return Err("constant out of range".to_owned());
                }
                b'K' if ins.bc() as usize >= self.code.consts.len() => {
                    return Err("constant out of range".to_owned());
                }
                _ => {}
            }
        }
        for (n, kind) in kinds.iter().enumerate() {
            if matches!(kind, b's' | b'u') && ins.x() & flags[n] != 0 {
                self.set(&mut temps, fields[n], State::Empty)?;
            }
        }
        match op {
            Opcode::CALL | Opcode::CALL_KW => {
                self.read(&temps, a)?;
                if ins.x() & x::OP0 != 0 {
                    self.read(&temps, a + 1)?;
                }
                self.set(&mut temps, a, State::Empty)?;
                self.set(&mut temps, a + 1, State::Empty)?;
                self.window(&mut temps, a + 2, c)?;
                self.set(&mut temps, b, State::Live)?;
            }
            Opcode::CALL_EX => {
                self.read(&temps, a)?;
                self.read(&temps, a + 2)?;
                for slot in a..a + 4 {
                    self.set(&mut temps, slot, State::Empty)?;
                }
                self.set(&mut temps, b, State::Live)?;
            }
            Opcode::LOAD_METHOD | Opcode::LOAD_SPECIAL => {
                self.set(&mut temps, a, State::Live)?;
                self.set(&mut temps, a + 1, State::Live)?;
            }
            Opcode::EXC_GROUP_MATCH => {
                self.set(&mut temps, a, State::Live)?;
                self.set(&mut temps, a + 1, State::Live)?;
            }
            Opcode::LOAD_SUPER_ATTR => {
                self.window(&mut temps, b, 3)?;
                self.set(&mut temps, a, State::Live)?;
                if ins.x() & x::OP0 != 0 {
                    self.set(&mut temps, a + 1, State::Live)?;
                }
            }
            Opcode::UNPACK | Opcode::UNPACK_EX => {
                let n = if op == Opcode::UNPACK {
                    c
                } else {
                    (c & 0xff) + 1 + (c >> 8)
                };
                for slot in a..a + n {
                    self.set(&mut temps, slot, State::Live)?;
                }
            }
            Opcode::BUILD_SLICE
            | Opcode::BUILD_TUPLE
            | Opcode::BUILD_LIST
            | Opcode::BUILD_SET
            | Opcode::BUILD_STRING => self.build(&mut temps, a, b, c)?,
            Opcode::BUILD_MAP => self.build(&mut temps, a, b, 2 * c)?,
            Opcode::BUILD_INTERPOLATION => {
                self.build(&mut temps, a, b, if c & 16 != 0 { 3 } else { 2 })?
            }
            Opcode::BUILD_TEMPLATE | Opcode::IMPORT_NAME | Opcode::INTRINSIC_2 => {
                self.build(&mut temps, a, b, 2)?
            }
            Opcode::MATCH_CLASS | Opcode::GETSLICE => self.build(&mut temps, a, b, 3)?,
            Opcode::PUSH_EXC => self.set(&mut temps, a + 1, State::Live)?,
            Opcode::POP_EXC => {
                self.set(&mut temps, a, State::Empty)?;
                self.set(&mut temps, a + 1, State::Empty)?;
            }
            Opcode::CLEAR | Opcode::DELETE_LOCAL => self.set(&mut temps, a, State::Empty)?,
            Opcode::END_ASYNC_FOR => {
                self.set(&mut temps, a, State::Empty)?;
                self.set(&mut temps, b, State::Empty)?;
            }
            Opcode::COPY_ARG => {
                if let Some(t) = self.temp(a)?
                    && temps[t] != State::Empty
                {
                    return Err(format!("argument is copied over live slot {a}"));
                }
                self.set(&mut temps, a, State::Live)?;
            }
            Opcode::FOR_ITER => {
                let mut done = temps.clone();
                self.set(&mut done, b, State::Empty)?;
                jump = Some(((at as i64 + ins.sc() as i64) as usize, done));
                self.set(&mut temps, a, State::Live)?;
            }
            Opcode::SEND => {
                let mut done = temps.clone();
                self.set(&mut done, a, State::Empty)?;
                jump = Some(((at as i64 + ins.sc() as i64) as usize, done));
            }
            Opcode::YIELD => self.set(&mut temps, b, State::Live)?,
            _ => {
                if kinds[0] == b'd' {
                    self.set(&mut temps, a, State::Live)?;
                }
                match (kinds[1], kinds[2]) {
                    (b'J', _) => {
                        jump = Some(((at as i64 + ins.bc() as i64) as usize, temps.clone()))
                    }
                    (_, b'j') => {
                        jump = Some(((at as i64 + ins.sc() as i64) as usize, temps.clone()))
                    }
                    _ => {}
                }
            }
        }
        if matches!(op, Opcode::RETURN | Opcode::RETURN_NONE) {
            for (t, state) in temps.iter().enumerate() {
                let slot = t + self.first;
                if *state != State::Empty && !(op == Opcode::RETURN && slot == a) {
                    return Err(format!("slot {slot} is {state:?} at a return"));
                }
            }
        }
        if let Some((target, temps)) = jump {
            self.reach(target, temps)?;
        }
        let ends = matches!(
            op,
            Opcode::RETURN
                | Opcode::RETURN_NONE
                | Opcode::RAISE
                | Opcode::RERAISE
                | Opcode::JUMP
                | Opcode::JUMP_BACK
        );
        if !ends {
            self.reach(next, temps)?;
        }
        Ok(())
    }

    fn build(&self, temps: &mut Temps, a: usize, b: usize, n: usize) -> Result<(), String> {
        self.window(temps, b, n)?;
        self.set(temps, a, State::Live)
    }

    /// Operands that need not be live: cells and locals that an instruction clears, fields that depend on flags.
    fn special(&self, op: Opcode, operand: usize) -> bool {
        match op {
            Opcode::CLEAR | Opcode::POP_EXC | Opcode::DELETE_LOCAL => true,
            Opcode::YIELD | Opcode::LIST_EXTEND => operand == 2,
            Opcode::RAISE => true,
            Opcode::MAKE_CELL => operand == 1,
            _ => false,
        }
    }

    /// The state with which the handler of the instruction at `at` is entered.
    fn handlers(&mut self, at: usize, before: &Temps) -> Result<(), String> {
        let entry = self
            .code
            .exceptions
            .iter()
            .find(|e| (e.start as usize..e.end as usize).contains(&at))
            .copied();
        let Some(ExceptionEntry { handler, depth, .. }) = entry else {
            return Ok(());
        };
        let depth = depth as usize;
        let Some(first) = self.temp(depth)? else {
            return Err("a handler's depth is among the variables".to_owned());
        };
        let mut temps = before.clone();
        for state in &mut temps[first..] {
            *state = State::Empty;
        }
        temps[first] = State::Live;
        self.reach(handler as usize, temps)
    }
}
