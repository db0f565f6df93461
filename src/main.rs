//! The `pirn` program: command line only; everything else is the library's.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let code = pirn::program::main(std::env::args_os().collect());
    ExitCode::from(code)
}
