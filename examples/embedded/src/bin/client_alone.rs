//! The client without anything else, for its size: the network is a black box, and nothing is printed. It is linked, not run.

#![no_std]
#![no_main]

#[path = "../client.rs"]
mod client;

use core::hint::black_box;
use core::ops::ControlFlow;
use core::panic::PanicInfo;
use core::time::Duration;

use client::{Lost, Network, Source, follow};
use cortex_m_rt::entry;
use sse_proto::FixedDecoder;
use sse_proto::client::{EventSource, Policy, Response};
use sse_proto::headers::retry_after;

struct BlackBox;

impl Network for BlackBox {
    fn now(&self) -> Duration {
        Duration::from_millis(black_box(0))
    }

    fn sleep(&mut self, time: Duration) {
        black_box(time);
    }

    fn connect<'a>(
        &mut self,
        headers: impl Iterator<Item = (&'static str, &'a [u8])>,
        timeout: Option<Duration>,
    ) -> Result<Response, Lost> {
        headers.for_each(|header| _ = black_box(header));
        black_box(timeout);
        let response = Response::new(black_box(200)).with_content_types(black_box(Some("text/event-stream")));
        let response = response.with_retry_after(retry_after(black_box("5")));
        black_box(Some(response)).ok_or(Lost::Connection)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Option<Duration>) -> Result<usize, Lost> {
        black_box((buffer, timeout));
        black_box(Some(1)).ok_or(Lost::Quiet)
    }
}

#[entry]
fn main() -> ! {
    let policy = black_box(Policy::new());
    let mut source: Source = EventSource::with_decoder(FixedDecoder::with_fixed_buffers(), policy, black_box(0));
    let cause = follow(&mut source, &mut BlackBox, |event| {
        let event = black_box(event);
        if let Ok(event) = &event {
            black_box((event.event_type(), event.data(), event.id()));
        }
        black_box(ControlFlow::Continue(()))
    });
    black_box(cause);
    stop()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    stop()
}

fn stop() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
