//! An allocator that counts, for each thread by itself.
#![allow(unsafe_code, reason = "there is no other way to be an allocator")]
#![allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What was counted while something ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often memory was asked for, growing included.
    pub allocations: usize,
    /// How many bytes growing had to move, if it moved them all.
    pub moved: usize,
    /// Bytes held now that were not held at the start.
    pub held: isize,
    /// The most of them that were held at once.
    pub peak: isize,
}

/// Runs something and counts what it allocates on this thread.
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

// SAFETY: all is done by the system's allocator; counting touches a thread-local without a destructor.
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
