//! The decoder with fixed buffers and nothing else, for its size: the input and the events are black boxes. It is linked, not run.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use sse_proto::FixedDecoder;

#[entry]
fn main() -> ! {
    let mut decoder = FixedDecoder::<256, 32>::with_fixed_buffers();
    loop {
        let mut chunk = black_box(&[0; 64][..]);
        while let Some(event) = decoder.next_event(&mut chunk).transpose() {
            if let Ok(event) = event {
                black_box((event.event_type(), event.data(), event.last_event_id(), event.retry()));
            }
        }
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
