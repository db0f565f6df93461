//! Size-class pages: 64 KiB, one cell size each, owned by one thread's heap.
//!
//! A free cell has word 0 (the shape pointer of an object) zero, so the collector can walk all cells of a page.
//! **Invariant:** cells at or above `bump` were never handed out and are not walked.

use crate::object::header::Header;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Size and alignment of a page.
pub const PAGE_SIZE: usize = 64 << 10;
/// Cells are multiples of this.
pub const GRANULE: usize = 16;
/// Largest cell; larger objects come from the global allocator.
pub const MAX_CELL: usize = 1024;
/// Number of size classes.
pub const CLASSES: usize = MAX_CELL / GRANULE + 1;
const PAGE_HEADER: usize = 128;
const CHUNK_PAGES: usize = 16;

/// A cell on a free list.
#[repr(C)]
pub struct FreeCell {
    pub zero: u64,
    pub next: *mut FreeCell,
}

/// Page header; the cells follow.
#[repr(C, align(64))]
pub struct Page {
    pub free: *mut FreeCell,
    pub cell: u32,
    pub used: u32,
    pub bump: u32,
    pub owner: u16,
    /// Objects here have no references to others: the collector skips the page.
    pub leaf: bool,
    /// On the heap's list of pages with free cells.
    pub listed: bool,
    /// Cells freed by other threads.
    pub remote: AtomicPtr<FreeCell>,
}

const _: () = assert!(size_of::<Page>() <= PAGE_HEADER);

static POOL: Mutex<PagePool> = Mutex::new(PagePool(Vec::new()));

struct PagePool(Vec<*mut Page>);
// SAFETY: the pool only stores addresses of unused pages; access is under its mutex.
unsafe impl Send for PagePool {}

impl Page {
    /// Takes an unused page, mapping a new chunk when the pool is empty; `None` when memory is exhausted.
    pub fn acquire(cell: u32, owner: u16, leaf: bool) -> Option<*mut Page> {
        let mut pool = POOL.lock();
        if pool.0.is_empty() {
            map_chunk(&mut pool.0)?;
        }
        let p = pool.0.pop()?;
        drop(pool);
        // SAFETY: pages of the pool are mapped, aligned and unused.
        unsafe {
            p.write(Page {
                free: std::ptr::null_mut(),
                cell,
                used: 0,
                bump: PAGE_HEADER as u32,
                owner,
                leaf,
                listed: false,
                remote: AtomicPtr::new(std::ptr::null_mut()),
            });
        }
        Some(p)
    }
    /// Returns an empty page to the pool and its memory to the system.
    ///
    /// # Safety
    /// No cell of the page is in use and no heap refers to it.
    pub unsafe fn release(p: *mut Page) {
        // SAFETY: the page is mapped and unused; dropping its content is allowed.
        unsafe { libc::madvise(p.cast(), PAGE_SIZE, libc::MADV_DONTNEED) };
        POOL.lock().0.push(p);
    }
    /// The page of a cell.
    #[inline(always)]
    pub fn of(p: *mut Header) -> *mut Page {
        (p as usize & !(PAGE_SIZE - 1)) as *mut Page
    }
    /// Adds never-used cells to the free list; false when the page is used up.
    ///
    /// # Safety
    /// `p` is a page of the calling thread.
    pub unsafe fn carve(p: *mut Page) -> bool {
        // SAFETY: `p` is ours; all cells between bump and the end of the page are unused memory of the page.
        unsafe {
            let (cell, mut at) = ((*p).cell as usize, (*p).bump as usize);
            let end = (at + cell * 32).min(PAGE_SIZE);
            let mut head = (*p).free;
            let first = at;
            while at + cell <= end {
                at += cell;
            }
            let mut c = at;
            while c > first {
                c -= cell;
                let f = (p as *mut u8).add(c) as *mut FreeCell;
                f.write(FreeCell {
                    zero: 0,
                    next: head,
                });
                head = f;
            }
            (*p).free = head;
            (*p).bump = at as u32;
            at > first
        }
    }
    /// Takes over the cells that other threads freed.
    ///
    /// # Safety
    /// `p` is a page of the calling thread.
    pub unsafe fn collect_remote(p: *mut Page) {
        // SAFETY: `p` is ours.
        unsafe {
            // Acquire: pairs with the Release in `push_remote`, so the cell's words are ours.
            let mut c = (*p).remote.swap(std::ptr::null_mut(), Ordering::Acquire);
            while !c.is_null() {
                let next = (*c).next;
                (*c).next = (*p).free;
                (*p).free = c;
                (*p).used -= 1;
                c = next;
            }
        }
    }
    /// Frees a cell from a thread that does not own the page.
    ///
    /// # Safety
    /// `c` is a cell of `p` that is no longer in use.
    pub unsafe fn push_remote(p: *mut Page, c: *mut FreeCell) {
        // SAFETY: only the atomic field of a foreign page is touched; the cell is exclusively ours until the exchange succeeds.
        unsafe {
            let remote = &(*p).remote;
            // Relaxed: the value is only compared.
            let mut head = remote.load(Ordering::Relaxed);
            loop {
                c.write(FreeCell {
                    zero: 0,
                    next: head,
                });
                // Release: pairs with the Acquire in `collect_remote`.
                match remote.compare_exchange_weak(head, c, Ordering::Release, Ordering::Relaxed) {
                    Ok(_) => return,
                    Err(h) => head = h,
                }
            }
        }
    }
    /// Calls `f` for each live object of the page.
    ///
    /// # Safety
    /// No thread allocates or frees on this page meanwhile, except `f` itself freeing nothing.
    pub unsafe fn walk(p: *mut Page, f: &mut dyn FnMut(*mut Header)) {
        // SAFETY: cells below bump are initialized: either objects (shape not null) or free cells (zero).
        unsafe {
            let (cell, end) = ((*p).cell as usize, (*p).bump as usize);
            let mut at = PAGE_HEADER;
            while at + cell <= end {
                let c = (p as *mut u8).add(at);
                if *(c as *const u64) != 0 {
                    f(c as *mut Header);
                }
                at += cell;
            }
        }
    }
}

fn map_chunk(pool: &mut Vec<*mut Page>) -> Option<()> {
    let size = PAGE_SIZE * CHUNK_PAGES;
    // SAFETY: a fresh anonymous mapping.
    let m = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            size + PAGE_SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if m == libc::MAP_FAILED {
        return None;
    }
    let start = (m as usize).next_multiple_of(PAGE_SIZE);
    for i in (0..CHUNK_PAGES).rev() {
        pool.push((start + i * PAGE_SIZE) as *mut Page);
    }
    Some(())
}
