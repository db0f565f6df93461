//! The front end of pirn: source text to code units, and the bytecode catalogue that it shares with the interpreter.
//!
//! This crate knows no heap and no runtime: everything it produces is plain data. Therefore the build script of the
//! runtime uses it as well, to compile the standard library ahead of time.
//!
//! | module | content |
//! |---|---|
//! | [`bytecode`] | opcode table, instruction words, code units, disassembler, verifier |
//! | [`compile`] | source text -> ruff AST -> scopes -> register bytecode |

#[macro_use]
pub mod bytecode;
pub mod compile;
