//! The `pirn` program: command line only; everything else is the library's.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The allocator's first arena. Systems that use huge pages wherever they can would give a program of a few hundred
/// kilobytes tens of megabytes; this arena has ordinary pages, later ones (programs that need more) have huge ones.
#[cfg(all(target_os = "linux", not(miri)))]
mod first_arena {
    use std::ffi::{c_int, c_void};

    const SIZE: usize = 32 << 20;

    unsafe extern "C" {
        fn mi_manage_os_memory(
            start: *mut c_void,
            size: usize,
            is_committed: bool,
            is_pinned: bool,
            is_zero: bool,
            numa_node: c_int,
        ) -> bool;
    }

    /// Runs before the first allocation.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static RUN: extern "C" fn() = reserve;

    extern "C" fn reserve() {
        // SAFETY: a new private mapping, twice as large as needed so that an aligned part can be handed to the allocator,
        // which is its only user from then on; what lies around that part is never touched.
        unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let map = libc::mmap(std::ptr::null_mut(), 2 * SIZE, access, flags, -1, 0);
            if map == libc::MAP_FAILED {
                return;
            }
            let start = (map as usize).next_multiple_of(SIZE);
            let arena = map.byte_add(start - map as usize);
            libc::madvise(arena, SIZE, libc::MADV_NOHUGEPAGE);
            mi_manage_os_memory(arena, SIZE, true, false, true, -1);
        }
    }
}

fn main() -> ExitCode {
    let code = pirn::program::main(std::env::args_os().collect());
    ExitCode::from(code)
}
