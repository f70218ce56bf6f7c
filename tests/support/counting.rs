//! An allocator that counts, separately for each thread.
#![allow(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]
#![allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocations that were counted while a function ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of allocations and reallocations.
    pub allocations: usize,
    /// The number of bytes that reallocations moved, if each moved all its bytes.
    pub moved: usize,
    /// The number of bytes allocated now, minus the number at the start.
    pub held: isize,
    /// The maximum of `held`.
    pub peak: isize,
}

/// Runs a function and counts its allocations on this thread.
pub fn count<T>(run: impl FnOnce() -> T) -> (T, Counts) {
    COUNTS.set(Counts::default());
    let value = run();
    (value, COUNTS.get())
}

/// The counts so far, within [`count`].
pub fn so_far() -> Counts {
    COUNTS.get()
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, moved: 0, held: 0, peak: 0 }) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn record(allocations: usize, moved: usize, freed: usize, taken: usize) {
    let mut counts = COUNTS.get();
    counts.allocations += allocations;
    counts.moved += moved;
    counts.held += isize::try_from(taken).unwrap() - isize::try_from(freed).unwrap();
    counts.peak = counts.peak.max(counts.held);
    COUNTS.set(counts);
}

// SAFETY: forwards all calls to the system allocator. Counting uses a thread-local without a destructor, and does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        record(1, 0, 0, layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        record(0, 0, layout.size(), 0);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        record(1, layout.size().min(size), layout.size(), size);
        unsafe { System.realloc(pointer, layout, size) }
    }
}
