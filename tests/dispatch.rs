//! Disassembles the instruction handlers of the built binary: a handler must reach the next one by a jump.
//!
//! On stable Rust nothing guarantees a tail call. A handler that keeps a value with a destructor alive, or whose frame the
//! compiler shares with a callee, would call the next handler instead, and a long program would run out of stack. Such a call
//! reads its target from the dispatch table, as the jump does, and is followed by nothing but the handler's epilogue.
//!
//! `PIRN_BINARY` names another binary to inspect than the one that was built with the test.

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Formatter, Instruction, IntelFormatter, Mnemonic, OpKind,
    Register,
};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

/// How a handler's symbol is recognized: `...::interp::handlers::FAMILY::op::NAME`.
const MARKS: [&str; 2] = ["interp", "handlers"];

/// A function of the binary.
struct Function {
    name: String,
    address: u64,
    size: u64,
}

/// The readable path of a symbol in either mangling: the identifiers in order.
fn parts(symbol: &str) -> Vec<String> {
    let bytes = symbol.as_bytes();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < bytes.len() {
        if !bytes[i].is_ascii_digit() {
            i += 1;
            continue;
        }
        let start = i;
        while i < bytes.len() && bytes[i].is_ascii_digit() {
            i += 1;
        }
        let Ok(n) = symbol[start..i].parse::<usize>() else {
            continue;
        };
        let from = if bytes.get(i) == Some(&b'_') {
            i + 1
        } else {
            i
        };
        match symbol.get(from..from + n) {
            Some(name)
                if n > 0
                    && name.bytes().all(|b| {
                        b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b == b'.'
                    }) =>
            {
                out.push(name.to_string());
                i = from + n;
            }
            _ => {}
        }
    }
    out
}

/// The last part of a legacy symbol.
fn is_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// The name of the function, if it is a handler or a helper that handlers end in.
fn handler_name(symbol: &str) -> Option<String> {
    let parts = parts(symbol);
    let at = parts.iter().position(|p| p == MARKS[0])?;
    if parts.get(at + 1)? != MARKS[1] {
        return None;
    }
    parts[at + 2..]
        .iter()
        .rev()
        .find(|p| {
            p.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
                && p.as_str() != "body"
                && !is_hash(p)
        })
        .cloned()
}

/// Reads the target from memory: `call [table + opcode * 8]`, or from a register that was loaded so.
fn is_dispatch(i: &Instruction, loaded: &[Register]) -> bool {
    match i.op0_kind() {
        OpKind::Memory => i.memory_index() != Register::None && i.memory_index_scale() == 8,
        OpKind::Register => loaded.contains(&i.op0_register()),
        _ => false,
    }
}

/// Whether only an epilogue stands between here and the return: stack adjustment, pops, moves between registers.
fn is_tail(code: &[Instruction]) -> bool {
    for i in code {
        match i.mnemonic() {
            Mnemonic::Ret => return true,
            Mnemonic::Pop | Mnemonic::Leave | Mnemonic::Nop => {}
            Mnemonic::Add | Mnemonic::Lea
                if i.op0_kind() == OpKind::Register && i.op0_register() == Register::RSP => {}
            Mnemonic::Mov
                if i.op0_kind() == OpKind::Register && i.op1_kind() == OpKind::Register => {}
            _ => return false,
        }
    }
    false
}

/// What is wrong with a handler: dispatching calls in tail position. The number counts dispatching jumps.
fn inspect(code: &[Instruction]) -> (Vec<String>, usize) {
    let (mut bad, mut jumps) = (Vec::new(), 0);
    let mut loaded: Vec<Register> = Vec::new();
    let mut formatter = IntelFormatter::new();
    for (n, i) in code.iter().enumerate() {
        match i.flow_control() {
            FlowControl::IndirectCall if is_dispatch(i, &loaded) && is_tail(&code[n + 1..]) => {
                let mut text = String::new();
                formatter.format(i, &mut text);
                bad.push(format!("{:#x}: {text}", i.ip()));
            }
            FlowControl::IndirectBranch => jumps += 1,
            _ => {}
        }
        let from_table = i.mnemonic() == Mnemonic::Mov
            && i.op0_kind() == OpKind::Register
            && i.op1_kind() == OpKind::Memory
            && i.memory_index() != Register::None
            && i.memory_index_scale() == 8;
        if i.op0_kind() == OpKind::Register && i.op_count() > 0 {
            let r = i.op0_register().full_register();
            loaded.retain(|&l| l != r);
            if from_table {
                loaded.push(r);
            }
        }
    }
    (bad, jumps)
}

#[test]
fn handlers_jump_to_the_next_one() {
    if cfg!(not(target_arch = "x86_64")) {
        println!("skipped: knows x86-64 only");
        return;
    }
    let other = std::env::var("PIRN_BINARY").ok();
    if other.is_none() && cfg!(any(debug_assertions, feature = "portable")) {
        println!("skipped: in this build handlers return to a loop; run with --release");
        return;
    }
    let path = other.as_deref().unwrap_or(env!("CARGO_BIN_EXE_pirn"));
    let data = std::fs::read(path).expect("the binary is readable");
    let file = object::File::parse(&*data).expect("the binary is an object file");
    let mut functions: Vec<Function> = file
        .symbols()
        .filter(|s| s.kind() == SymbolKind::Text && s.size() > 0)
        .filter_map(|s| {
            let name = handler_name(s.name().ok()?)?;
            Some(Function {
                name,
                address: s.address(),
                size: s.size(),
            })
        })
        .collect();
    functions.sort_by(|a, b| (&a.name, a.address).cmp(&(&b.name, b.address)));
    if functions.is_empty() {
        println!("skipped: the binary has no symbols of handlers (stripped)");
        return;
    }
    let (mut bad, mut jumps) = (Vec::new(), 0);
    for f in &functions {
        let Some(section) = file
            .sections()
            .find(|s| (s.address()..s.address() + s.size()).contains(&f.address))
        else {
            continue;
        };
        let Ok(Some(bytes)) = section.data_range(f.address, f.size) else {
            continue;
        };
        let code: Vec<Instruction> = Decoder::with_ip(64, bytes, f.address, DecoderOptions::NONE)
            .iter()
            .collect();
        let (wrong, n) = inspect(&code);
        jumps += n;
        bad.extend(wrong.into_iter().map(|w| format!("{}: {w}", f.name)));
    }
    println!("{} handlers, {jumps} dispatching jumps", functions.len());
    assert!(
        jumps > 0,
        "no handler jumps through a table: are these the handlers?"
    );
    assert!(
        bad.is_empty(),
        "handlers that call the next one:\n  {}",
        bad.join("\n  ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> Vec<Instruction> {
        Decoder::with_ip(64, bytes, 0x1000, DecoderOptions::NONE)
            .iter()
            .collect()
    }

    #[test]
    fn jump_is_right() {
        // jmp [rdx + rax * 8]
        assert_eq!(inspect(&code(&[0xff, 0x24, 0xc2])), (Vec::new(), 1));
    }

    #[test]
    fn call_before_return_is_wrong() {
        // push rbx; call [rdx + rax * 8]; pop rbx; ret
        assert_eq!(
            inspect(&code(&[0x53, 0xff, 0x14, 0xc2, 0x5b, 0xc3]))
                .0
                .len(),
            1
        );
        // mov rax, [rdx + rax * 8]; call rax; add rsp, 8; ret
        assert_eq!(
            inspect(&code(&[
                0x48, 0x8b, 0x04, 0xc2, 0xff, 0xd0, 0x48, 0x83, 0xc4, 0x08, 0xc3
            ]))
            .0
            .len(),
            1
        );
    }

    #[test]
    fn other_calls_are_right() {
        // call [rax + 0x18] (a slot of a type); ret
        assert!(inspect(&code(&[0xff, 0x50, 0x18, 0xc3])).0.is_empty());
        // call [rdx + rax * 8]; test eax, eax; ret
        assert!(
            inspect(&code(&[0xff, 0x14, 0xc2, 0x85, 0xc0, 0xc3]))
                .0
                .is_empty()
        );
    }

    #[test]
    fn names_of_both_manglings() {
        assert_eq!(
            handler_name("_ZN4pirn6interp8handlers5arith2op3ADD17h0123456789abcdefE").as_deref(),
            Some("ADD")
        );
        assert_eq!(
            handler_name("_RNvNtNtNtNtCs1234_4pirn6interp8handlers4attr2op9LOAD_ATTR").as_deref(),
            Some("LOAD_ATTR")
        );
        assert_eq!(
            handler_name("_ZN4pirn6interp8handlers5arith8slow_add17h0123456789abcdefE").as_deref(),
            Some("slow_add")
        );
        assert_eq!(
            handler_name("_ZN4pirn6object3ops4call17h0123456789abcdefE"),
            None
        );
    }
}
