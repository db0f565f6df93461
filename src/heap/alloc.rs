//! A thread's heap: free-list pop on the current page of a size class, slow paths, large objects.

use super::page::{CLASSES, FreeCell, GRANULE, MAX_CELL, Page};
use crate::object::header::Header;
use parking_lot::Mutex;
use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;

/// The heap of one thread. All methods but the walk belong to that thread.
pub struct Heap {
    owner: u16,
    current: [[Cell<*mut Page>; CLASSES]; 2],
    listed: RefCell<[Vec<Vec<*mut Page>>; 2]>,
    pages: RefCell<Vec<*mut Page>>,
    /// Tracked objects allocated less those freed by this thread since the last collection.
    growth: Cell<isize>,
    /// Growth at which the collector is asked for.
    limit: Cell<isize>,
}

/// Tracked large objects of all threads, for the collector's walk.
static LARGE: Mutex<LargeList> = Mutex::new(LargeList(Vec::new()));

struct LargeList(Vec<*mut LargeHead>);
// SAFETY: addresses only; access under the mutex.
unsafe impl Send for LargeList {}

/// Whether the machine has that much memory at all. Allocators promise more than it has and fail when it is used.
pub fn obtainable(bytes: usize) -> bool {
    static MEMORY: OnceLock<usize> = OnceLock::new();
    let memory = *MEMORY.get_or_init(|| {
        // SAFETY: plain queries.
        let (pages, size) = unsafe {
            (
                libc::sysconf(libc::_SC_PHYS_PAGES),
                libc::sysconf(libc::_SC_PAGESIZE),
            )
        };
        match (usize::try_from(pages), usize::try_from(size)) {
            (Ok(pages), Ok(size)) if pages > 0 => pages.saturating_mul(size),
            _ => isize::MAX as usize,
        }
    });
    bytes <= memory
}

/// Stands before a large object.
#[repr(C, align(16))]
struct LargeHead {
    size: usize,
    /// Position in `LARGE`, `usize::MAX` for leaf objects.
    index: usize,
}

impl Heap {
    /// A heap whose objects are owned by thread `owner`.
    pub fn new(owner: u16) -> Heap {
        Heap {
            owner,
            current: [const { [const { Cell::new(std::ptr::null_mut()) }; CLASSES] }; 2],
            listed: RefCell::new([vec![Vec::new(); CLASSES], vec![Vec::new(); CLASSES]]),
            pages: RefCell::new(Vec::new()),
            growth: Cell::new(0),
            limit: Cell::new(crate::heap::cycle::MIN_GROWTH as isize),
        }
    }

    /// Uninitialized memory for an object of `size` bytes; the flag says whether it is a large one.
    /// `None` when memory is exhausted.
    #[inline(always)]
    pub fn alloc(&self, size: usize, leaf: bool) -> Option<(*mut Header, bool)> {
        let class = size.div_ceil(GRANULE);
        if class < CLASSES {
            let page = self.current[leaf as usize][class].get();
            if !page.is_null() {
                // SAFETY: current pages belong to this thread; cells on the free list are unused.
                unsafe {
                    let c = (*page).free;
                    if !c.is_null() {
                        (*page).free = (*c).next;
                        (*page).used += 1;
                        if !leaf {
                            self.growth.set(self.growth.get() + 1);
                        }
                        return Some((c as *mut Header, false));
                    }
                }
            }
            return self.alloc_slow(class, leaf).map(|p| (p, false));
        }
        self.alloc_large(size, leaf).map(|p| (p, true))
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&self, class: usize, leaf: bool) -> Option<*mut Header> {
        if self.growth.get() > self.limit.get() {
            self.limit.set(isize::MAX);
            crate::thread::current().set_pending(crate::thread::pending::COLLECT);
        }
        let cur = &self.current[leaf as usize][class];
        // SAFETY: all pages of this heap's lists belong to this thread.
        unsafe {
            let page = cur.get();
            if !page.is_null() {
                Page::collect_remote(page);
                if !(*page).free.is_null() || Page::carve(page) {
                    return Some(self.pop(page, leaf));
                }
            }
            let mut listed = self.listed.borrow_mut();
            while let Some(p) = listed[leaf as usize][class].pop() {
                (*p).listed = false;
                Page::collect_remote(p);
                if !(*p).free.is_null() || Page::carve(p) {
                    cur.set(p);
                    return Some(self.pop(p, leaf));
                }
            }
            let p = Page::acquire((class * GRANULE) as u32, self.owner, leaf)?;
            self.pages.borrow_mut().push(p);
            Page::carve(p);
            cur.set(p);
            Some(self.pop(p, leaf))
        }
    }

    /// # Safety
    /// `page` is ours and has a free cell.
    unsafe fn pop(&self, page: *mut Page, leaf: bool) -> *mut Header {
        // SAFETY: by the caller's promise.
        unsafe {
            let c = (*page).free;
            (*page).free = (*c).next;
            (*page).used += 1;
            if !leaf {
                self.growth.set(self.growth.get() + 1);
            }
            c as *mut Header
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_large(&self, size: usize, leaf: bool) -> Option<*mut Header> {
        let total = size.checked_add(size_of::<LargeHead>())?;
        if !obtainable(total) {
            return None;
        }
        let layout = Layout::from_size_align(total, 16).ok()?;
        // SAFETY: the size is not zero.
        let m = unsafe { std::alloc::alloc(layout) } as *mut LargeHead;
        if m.is_null() {
            return None;
        }
        let mut index = usize::MAX;
        if !leaf {
            self.growth.set(self.growth.get() + 1);
            let mut l = LARGE.lock();
            index = l.0.len();
            l.0.push(m);
        }
        // SAFETY: fresh memory with room for the head.
        unsafe {
            m.write(LargeHead { size: total, index });
            // The walk takes a zero first word for "not an object yet".
            (m.add(1) as *mut u64).write(0);
            Some(m.add(1) as *mut Header)
        }
    }

    /// Frees a cell of any thread's page.
    ///
    /// # Safety
    /// `p` came from `alloc` of some heap, is not large, and nothing refers to it any more.
    #[inline(always)]
    pub unsafe fn free(&self, p: *mut Header) {
        let page = Page::of(p);
        let c = p as *mut FreeCell;
        // SAFETY: the cell is unused; a page's non-atomic fields are touched by its owner only.
        unsafe {
            self.growth.set(self.growth.get() - !(*page).leaf as isize);
            if (*page).owner != self.owner {
                Page::push_remote(page, c);
                return;
            }
            let was_full = (*page).free.is_null();
            c.write(FreeCell {
                zero: 0,
                next: (*page).free,
            });
            (*page).free = c;
            (*page).used -= 1;
            if was_full {
                self.list_page(page);
            }
        }
    }

    #[inline(never)]
    fn list_page(&self, page: *mut Page) {
        // SAFETY: called by the owner of the page only.
        unsafe {
            let class = (*page).cell as usize / GRANULE;
            let leaf = (*page).leaf as usize;
            if !(*page).listed && self.current[leaf][class].get() != page {
                (*page).listed = true;
                self.listed.borrow_mut()[leaf][class].push(page);
            }
        }
    }

    /// Frees a large object.
    ///
    /// # Safety
    /// `p` came from `alloc` as a large object and nothing refers to it any more.
    pub unsafe fn free_large(&self, p: *mut Header) {
        // SAFETY: the head stands before every large object.
        unsafe {
            let m = (p as *mut LargeHead).sub(1);
            let index = (*m).index;
            if index != usize::MAX {
                self.growth.set(self.growth.get() - 1);
                let mut l = LARGE.lock();
                l.0.swap_remove(index);
                if let Some(&moved) = l.0.get(index) {
                    (*moved).index = index;
                }
            }
            std::alloc::dealloc(m.cast(), Layout::from_size_align_unchecked((*m).size, 16));
        }
    }

    /// Calls `f` for each tracked object of this heap's pages.
    ///
    /// # Safety
    /// The owner thread is stopped or the caller, and `f` neither allocates nor frees.
    pub unsafe fn walk(&self, f: &mut dyn FnMut(*mut Header)) {
        for &p in self.pages.borrow().iter() {
            // SAFETY: by the caller's promise.
            unsafe {
                if !(*p).leaf {
                    Page::walk(p, f);
                }
            }
        }
    }

    /// Calls `f` for each tracked large object of all threads.
    ///
    /// # Safety
    /// All threads are stopped or the caller, and `f` neither allocates nor frees.
    pub unsafe fn walk_large(f: &mut dyn FnMut(*mut Header)) {
        let l = LARGE.lock();
        for &m in &l.0 {
            // SAFETY: registered large objects are allocated; a zero first word marks one still under construction.
            unsafe {
                let p = m.add(1);
                if *(p as *const u64) != 0 {
                    f(p as *mut Header);
                }
            }
        }
    }

    /// Gives empty pages back (after a collection).
    pub fn trim(&self) {
        let mut listed = self.listed.borrow_mut();
        for (leaf, classes) in listed.iter_mut().enumerate() {
            for (class, pages) in classes.iter_mut().enumerate() {
                pages.retain(|&p| {
                    // SAFETY: listed pages are ours; an empty one that is not current is referred to by nothing else.
                    unsafe {
                        Page::collect_remote(p);
                        if (*p).used > 0 || self.current[leaf][class].get() == p {
                            return true;
                        }
                        self.pages.borrow_mut().retain(|&q| q != p);
                        Page::release(p);
                        false
                    }
                });
            }
        }
    }

    /// Tracked objects allocated less those freed since the last collection.
    pub fn growth(&self) -> isize {
        self.growth.get()
    }
    /// A collection has run; the next one is due after a growth by `limit`.
    pub fn reset_growth(&self, limit: usize) {
        self.growth.set(0);
        self.limit.set(isize::try_from(limit).unwrap_or(isize::MAX));
    }
    /// Whether the collector visits the object.
    pub fn is_tracked(h: &Header) -> bool {
        let p = h as *const Header as *mut Header;
        // SAFETY: large objects have a head before them, the others lie in a page.
        unsafe {
            if h.flags() & crate::heap::destroy::LARGE_FLAG != 0 {
                (*(p as *mut LargeHead).sub(1)).index != usize::MAX
            } else {
                !(*Page::of(p)).leaf
            }
        }
    }

    /// Whether an object of `size` bytes is a large one.
    pub const fn is_large(size: usize) -> bool {
        size > MAX_CELL
    }
}
