//! One long line in chunks of one byte: the time per byte, which must not grow with the length of the line.

use std::time::{Duration, Instant};

use sse_proto::{Decoder, Limits};

use crate::options::Options;
use crate::table::count;
use crate::timing::{Pass, race};

const MIB: usize = 1024 * 1024;

/// Lengths of a line in MiB, with the time per byte in nanoseconds.
pub fn run(options: &Options) -> Vec<(usize, f64)> {
    let lengths = [1, 4, 16];
    let streams = lengths.map(|length| [b"data: ", vec![b'x'; length * MIB].as_slice(), b"\n\n"].concat());
    let mut passes: Vec<Pass<'_>> = streams.iter().map(|stream| Box::new(|| decode(stream)) as Pass<'_>).collect();
    let times = race(&mut passes, options.cell_time());
    let ns_per_byte = |(length, time): (usize, Duration)| (length, time.as_secs_f64() * 1e9 / count(length * MIB));
    lengths.into_iter().zip(times).map(ns_per_byte).collect()
}

fn decode(stream: &[u8]) -> Duration {
    let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(usize::MAX));
    let mut len = 0;
    let start = Instant::now();
    for mut chunk in stream.chunks(1) {
        if let Ok(Some(event)) = decoder.next_event(&mut chunk) {
            len = event.data().len();
        }
    }
    let time = start.elapsed();
    assert_eq!(len, stream.len() - b"data: \n\n".len());
    time
}
