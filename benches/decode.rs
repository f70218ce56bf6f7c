//! Measures the ways to decode with this crate: borrowed events per chunk (`events`) and singly (`next_event`), owned events that
//! share their chunk (`shared`), events from fixed buffers (`fixed`), and tokens (`tokens`). The peers are in `benches/peers`.
//!
//! ```text
//! cargo bench --features bytes --bench decode -- 'tiny/events'
//! ```

#![allow(missing_docs, reason = "`criterion_group!` generates undocumented items")]

mod fixtures;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fixtures::{CUTS, Chunks, Cut, Sample, Sent};
use sse_proto::{Decoder, Event, FixedDecoder, Storage, Token, Tokenizer};

/// Sufficient for all events except those of the long lines.
const FIXED: usize = 4096;

fn decode(criterion: &mut Criterion) {
    for fixture in fixtures::all() {
        for cut in CUTS {
            // Small chunks are slow, so a part of the stream suffices.
            let sample = fixture.sample(if matches!(cut, Cut::Bytes(..=16)) { 128 * 1024 } else { usize::MAX });
            verify(&sample, cut);
            let mut group = criterion.benchmark_group(sample.name);
            group.throughput(Throughput::Bytes(sample.stream.len() as u64));
            group.bench_function(BenchmarkId::new("events", cut.name()), |bencher| {
                bencher.iter(|| events(Decoder::new(), cut.chunks(&sample), see));
            });
            group.bench_function(BenchmarkId::new("next_event", cut.name()), |bencher| {
                bencher.iter(|| one_by_one(Decoder::new(), cut.chunks(&sample), see));
            });
            #[cfg(feature = "bytes")]
            {
                let chunks = shared::chunks(&sample, cut);
                group.bench_function(BenchmarkId::new("shared", cut.name()), |bencher| {
                    bencher.iter(|| shared::events(&chunks, see));
                });
            }
            if fits(&sample) {
                group.bench_function(BenchmarkId::new("fixed", cut.name()), |bencher| {
                    bencher.iter(|| events(fixed(), cut.chunks(&sample), see));
                });
            }
            group.bench_function(BenchmarkId::new("tokens", cut.name()), |bencher| {
                bencher.iter(|| tokens(cut.chunks(&sample), see_token));
            });
        }
    }
}

fn see(event: Event<'_>) {
    let _ = black_box(event);
}

fn see_token(token: Token<'_>) {
    let _ = black_box(token);
}

fn events<S: Storage>(mut decoder: Decoder<S>, chunks: Chunks<'_>, mut see: impl FnMut(Event<'_>)) {
    for mut chunk in chunks {
        let mut events = decoder.events(&mut chunk);
        while let Some(event) = events.next().expect("events within the limits") {
            see(event);
        }
    }
}

fn one_by_one<S: Storage>(mut decoder: Decoder<S>, chunks: Chunks<'_>, mut see: impl FnMut(Event<'_>)) {
    for mut chunk in chunks {
        while let Some(event) = decoder.next_event(&mut chunk).expect("events within the limits") {
            see(event);
        }
    }
}

#[cfg(feature = "bytes")]
mod shared {
    use bytes::Bytes;
    use sse_proto::{BytesChunk, BytesDecoder, Event};

    use crate::fixtures::{Cut, Sample};

    /// The chunks of a stream, as parts of one read buffer.
    pub(crate) fn chunks(sample: &Sample<'_>, cut: Cut) -> Vec<Bytes> {
        let mut stream = Bytes::copy_from_slice(sample.stream);
        cut.chunks(sample).map(|chunk| stream.split_to(chunk.len())).collect()
    }

    pub(crate) fn events(chunks: &[Bytes], mut see: impl FnMut(Event<'_>)) {
        let mut decoder = BytesDecoder::new();
        for chunk in chunks {
            for event in decoder.iter_events(&mut BytesChunk::from(chunk.clone())) {
                see(event.expect("events within the limits").as_event());
            }
        }
    }
}

fn tokens<'f>(chunks: Chunks<'f>, mut see: impl FnMut(Token<'f>)) {
    let mut tokenizer = Tokenizer::new();
    for mut chunk in chunks {
        while let Some(token) = tokenizer.next_token(&mut chunk) {
            see(token);
        }
    }
}

fn fixed() -> FixedDecoder<FIXED, 64> {
    Decoder::with_fixed_buffers()
}

fn fits(sample: &Sample<'_>) -> bool {
    sample.events.iter().all(|sent| sent.data.len() <= FIXED)
}

/// Checks that each way finds the right events, before it is timed.
fn verify(sample: &Sample<'_>, cut: Cut) {
    let mut right = Events::new(sample);
    events(Decoder::new(), cut.chunks(sample), |event| right.next(event));
    right.end();
    let mut right = Events::new(sample);
    one_by_one(Decoder::new(), cut.chunks(sample), |event| right.next(event));
    right.end();
    #[cfg(feature = "bytes")]
    {
        let mut right = Events::new(sample);
        shared::events(&shared::chunks(sample, cut), |event| right.next(event));
        right.end();
    }
    if fits(sample) {
        let mut right = Events::new(sample);
        events(fixed(), cut.chunks(sample), |event| right.next(event));
        right.end();
    }
    let mut blank_lines = 0;
    tokens(cut.chunks(sample), |token| blank_lines += usize::from(token == Token::BlankLine));
    assert_eq!(blank_lines, sample.blocks.len(), "tokens, {}", sample.name);
}

/// The expected events.
struct Events<'f> {
    name: &'static str,
    sent: std::slice::Iter<'f, Sent>,
}

impl<'f> Events<'f> {
    fn new(sample: &Sample<'f>) -> Self {
        Self { name: sample.name, sent: sample.events.iter() }
    }

    fn next(&mut self, event: Event<'_>) {
        let fields = (event.event_type(), event.data(), event.id(), event.retry().map(|time| time.as_millis()));
        let is =
            |sent: &Sent| fields == (&*sent.event_type, &*sent.data, sent.id.as_deref(), sent.retry.map(u128::from));
        assert!(self.sent.next().is_some_and(is), "{}: a wrong event", self.name);
    }

    fn end(mut self) {
        assert!(self.sent.next().is_none(), "{}: too few events", self.name);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = decode
}
criterion_main!(benches);
