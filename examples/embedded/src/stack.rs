//! How much of the stack was used: `cortex-m-rt` paints it before `main`, with its feature `paint-stack`.
#![allow(unsafe_code, reason = "reads the memory between the variables and the stack")]

use core::ptr;

unsafe extern "C" {
    // Symbols of the linker script. Only their addresses mean something.
    static mut _stack_start: u32;
    static mut _stack_end: u32;
}

/// The most bytes that the stack has had.
pub(crate) fn max_used() -> usize {
    let (top, bottom) = (&raw mut _stack_start, &raw mut _stack_end);
    let mut unused = bottom;
    // SAFETY: the words between the two addresses are memory that belongs to nothing but the stack. It ends above the loop's own
    // part, which is used, so the loop ends within it.
    while unused < top && unsafe { ptr::read_volatile(unused) } == cortex_m_rt::STACK_PAINT_VALUE {
        unused = unused.wrapping_add(1);
    }
    top.addr() - unused.addr()
}
