//! A client of an event stream on a microcontroller (Cortex-M3), without `std` and without an allocator.
//!
//! ```text
//! rustup target add thumbv7m-none-eabi
//! apt install qemu-system-arm
//! cd examples/embedded && cargo run --release
//! ```
//!
//! `client.rs` and `download.rs` are what a device needs: the driver of an [`EventSource`](sse_proto::client::EventSource), and that
//! of a [`Reconnect`](sse_proto::client::Reconnect) with a [`Tokenizer`](sse_proto::Tokenizer), for values that exceed its memory.
//! `server.rs` and `network.rs` stand for the other end: a network that loses connections, with a clock of its own. A check that
//! fails panics, and the emulator exits with 1.

#![no_std]
#![no_main]

mod client;
mod download;
mod network;
mod server;
mod sessions;
mod stack;

use core::fmt::{self, Write};
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio;

#[entry]
fn main() -> ! {
    let total = sessions::run();
    print(format_args!("{total}"));
    let image = download::check();
    print(format_args!(
        "a value of {} bytes after {} cuts, in a buffer of {} bytes",
        image.bytes,
        image.cuts,
        download::BUFFER
    ));
    print(format_args!("the client has {} bytes; stack: {} bytes", size_of::<client::Source>(), stack::max_used()));
    exit(EXIT_SUCCESS)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    print(format_args!("{info}"));
    exit(EXIT_FAILURE)
}

/// Prints a line through the debugger, which is the emulator.
fn print(line: fmt::Arguments<'_>) {
    // Without one, nothing can be done about it.
    _ = hio::hstdout().map(|mut out| writeln!(out, "{line}"));
}

/// Ends the emulator. A device without a debugger stops here.
fn exit(status: debug::ExitStatus) -> ! {
    debug::exit(status);
    loop {
        core::hint::spin_loop();
    }
}
