//! `posix`: the system calls behind `os`.

pub mod path;
