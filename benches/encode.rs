//! Measures the ways to encode with this crate. The peers are in `benches/peers`.
//!
//! ```text
//! cargo bench --features bytes --bench encode -- anthropic
//! ```

#![allow(missing_docs, reason = "`criterion_group!` generates undocumented items")]

mod fixtures;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixtures::Sent;
use sse_proto::{DataWriter, Event};

fn encode(criterion: &mut Criterion) {
    for fixture in fixtures::all() {
        let sent = fixture.sample(128 * 1024).events;
        let stream = verify(sent);
        let mut group = criterion.benchmark_group(format!("encode {}", fixture.name));
        group.throughput(Throughput::Bytes(stream.len() as u64));
        group.bench_function("reused Vec", |bencher| bencher.iter(|| into_vec(sent, see)));
        #[cfg(feature = "bytes")]
        group.bench_function("fresh Bytes", |bencher| bencher.iter(|| into_bytes(sent, see)));
        group.bench_function("1 KiB at a time", |bencher| bencher.iter(|| into_small_buffer(sent, see)));
        group.bench_function("DataWriter", |bencher| bencher.iter(|| data_writer(sent, see)));
    }
}

fn see(bytes: &[u8]) {
    black_box(bytes);
}

fn into_vec(sent: &[Sent], mut take: impl FnMut(&[u8])) {
    let mut buffer = Vec::new();
    for sent in sent {
        buffer.clear();
        event(sent, Event::new(&sent.data)).encode_into(&mut buffer);
        take(&buffer);
    }
}

#[cfg(feature = "bytes")]
fn into_bytes(sent: &[Sent], mut take: impl FnMut(&[u8])) {
    for sent in sent {
        take(&event(sent, Event::new(&sent.data)).to_bytes());
    }
}

fn into_small_buffer(sent: &[Sent], mut take: impl FnMut(&[u8])) {
    let mut buffer = [0; 1024];
    for sent in sent {
        let mut encoder = event(sent, Event::new(&sent.data)).encode();
        while encoder.remaining() > 0 {
            let n = encoder.copy_to(&mut buffer);
            take(&buffer[..n]);
        }
    }
}

fn data_writer(sent: &[Sent], mut take: impl FnMut(&[u8])) {
    let mut buffer = String::new();
    for sent in sent {
        buffer.clear();
        let head = event(sent, Event::without_data());
        let mut writer = DataWriter::new(&mut buffer, head).expect("writing to a `String` cannot fail");
        writer.write_str(&sent.data).and_then(|()| writer.finish()).expect("writing to a `String` cannot fail");
        take(buffer.as_bytes());
    }
}

/// Constructs the event, which checks its values.
fn event<'e>(sent: &'e Sent, mut event: Event<'e>) -> Event<'e> {
    if let Some(event_type) = sent.type_field() {
        event = event.with_type(event_type).expect("a valid type");
    }
    if let Some(id) = &sent.id {
        event = event.with_id(id).expect("a valid id");
    }
    if let Some(retry) = sent.retry { event.with_retry(Duration::from_millis(retry)) } else { event }
}

/// Checks that each way writes the expected bytes, before it is timed.
fn verify(sent: &[Sent]) -> Vec<u8> {
    let mut expected = String::new();
    for sent in sent {
        let retry = sent.retry.map(|retry| retry.to_string());
        let fields = [("event", sent.type_field()), ("id", sent.id.as_deref()), ("retry", retry.as_deref())];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (name, value) in fields.chain(sent.data.split('\n').map(|line| ("data", line))) {
            writeln!(expected, "{name}: {value}").expect("writing to a `String` cannot fail");
        }
        expected.push('\n');
    }
    let check = |name: &str, all: &[u8]| assert!(all == expected.as_bytes(), "{name}");
    check("reused Vec", &collect(|all| into_vec(sent, |bytes| all.extend_from_slice(bytes))));
    #[cfg(feature = "bytes")]
    check("fresh Bytes", &collect(|all| into_bytes(sent, |bytes| all.extend_from_slice(bytes))));
    check("1 KiB at a time", &collect(|all| into_small_buffer(sent, |bytes| all.extend_from_slice(bytes))));
    check("DataWriter", &collect(|all| data_writer(sent, |bytes| all.extend_from_slice(bytes))));
    expected.into_bytes()
}

fn collect(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut all = Vec::new();
    encode(&mut all);
    all
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = encode
}
criterion_main!(benches);
