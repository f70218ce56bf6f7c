//! Attacks on memory and time, as a table: the bytes that each makes a decoder allocate, keep and move, as counted by an
//! allocator. `cargo test --test bounds -- --nocapture` prints the table.
#![cfg(feature = "alloc")]

#[path = "support/counting.rs"]
mod counting;

use counting::{Counts, count};
use sse_proto::{Decoder, Limits};

const MIB: usize = 1 << 20;
/// The limit of an event type or an id, and the capacity that an id of 100 KiB takes.
const FIELD: usize = 128 << 10;
/// The memory allowed beyond the limit: four buffers for event types and ids, and 4 KiB for the data.
const CONSTANT: usize = 4 * FIELD + 4096;
/// The memory that may remain allocated between events: five buffers.
const IDLE: usize = 5 * 4096;

struct Attack {
    name: &'static str,
    /// The chunks of the stream, each with its number of repetitions.
    stream: Vec<(Vec<u8>, usize)>,
    limit: usize,
    events: usize,
    errors: usize,
    /// The most bytes that may be allocated at any time.
    peak: usize,
    /// The most bytes that may be allocated after the last event.
    held: usize,
    /// The length of what is buffered at most, if that is more than the stream has: U+FFFD takes three bytes.
    text: usize,
}

fn attack<const N: usize>(name: &'static str, stream: [(&str, usize); N], expected: [usize; 2]) -> Attack {
    let stream = stream.map(|(chunk, times)| (chunk.as_bytes().to_vec(), times)).to_vec();
    let [events, errors] = expected;
    Attack { name, stream, limit: 16 * MIB, events, errors, peak: 16 * MIB + CONSTANT, held: IDLE, text: 0 }
}

fn attacks() -> Vec<Attack> {
    let x = "x".repeat(65_536);
    let x1000 = &format!("data: {}\n", "x".repeat(994));
    let id = &format!("id: {}\n", "i".repeat(100 << 10));
    let long_type = &format!("event: {}\n", "e".repeat(128 << 10));
    let big = &format!("data: {}\n\n", "x".repeat(400 << 10));
    let tiny = "data: x\n\n".repeat(10_000);
    let one = &"data: hello\n\n".repeat(128_000);
    let blank_lines = &"\n".repeat(65_536);
    let names = "data\nevent\nid\nretry\n: \n".repeat(1000);
    let next = ("\n\ndata: next\n\n", 1);
    vec![
        attack("100 MB without a line end", [("data: ", 1), (&x, 1526), next], [1, 1]),
        Attack {
            limit: usize::MAX,
            peak: 2 * 1526 * 65_536,
            ..attack("the same, without a limit", [("data: ", 1), (&x, 1526), next], [2, 0])
        },
        attack("100 MB of data in lines of 1 kB", [(x1000, 100_000), next], [1, 1]),
        attack("100 MB of empty lines of data", [(&"data\n".repeat(13_107), 1526), next], [1, 1]),
        attack("100 MB of field names without a value", [(&names, 4348), next], [2, 0]),
        Attack { peak: 0, held: 0, ..attack("100 MB of a comment", [(":", 1), (&x, 1526), next], [1, 0]) },
        Attack { peak: 0, held: 0, ..attack("100 MB of an unknown field", [("Data: ", 1), (&x, 1526), next], [1, 0]) },
        Attack { peak: 0, held: 0, ..attack("100 MB of a field name that never ends", [(&x, 1526), next], [1, 0]) },
        Attack {
            peak: 0,
            held: 0,
            ..attack("100 MB of a retry", [("retry: ", 1), (&x.replace('x', "1"), 1526), next], [1, 0])
        },
        Attack { peak: 0, held: 0, ..attack("100 MB of an id with a NUL", [("id: \0", 1), (&x, 1526), next], [1, 0]) },
        attack("100 MB of an id", [("data\nid: ", 1), (&x, 1526), next], [1, 1]),
        attack("100 MB of an event type", [("event: ", 1), (&x, 1526), next], [1, 1]),
        Attack { peak: 0, held: 0, ..attack("100 MB of blank lines", [(blank_lines, 1526), next], [1, 0]) },
        Attack {
            held: FIELD + IDLE,
            ..attack("an id of 100 KiB before 10,000 events", [(id, 1), (&tiny, 1), next], [10_001, 0])
        },
        Attack {
            held: FIELD + IDLE,
            ..attack("an id of 100 KiB in each of 1,000 blocks", [(id, 1), ("data\n", 1), (id, 1), ("\n", 1)], [1, 0])
                .repeated(1000)
        },
        attack("an event type of 128 KiB, 1,000 times in a block", [(long_type, 1000), ("data\n\n", 1)], [1, 0]),
        attack("an event of 400 KiB before 10,000 small ones", [(big, 1), (&tiny, 1)], [10_001, 0]),
        attack("an event of 400 KiB in chunks of 1 byte", [(big, 1)], [1, 0]).cut(1),
        attack("an id of 100 KiB before 10,000 events, in chunks of 1 byte", [(id, 1), (&tiny, 1)], [10_000, 0])
            .cut(1)
            .holding(FIELD + IDLE),
        Attack { peak: 0, held: 0, ..attack("128,000 events in one chunk", [(one, 1)], [128_000, 0]) },
        attack("128,000 events in chunks of 1 byte", [(one, 1)], [128_000, 0]).cut(1),
        invalid("5 MiB of invalid UTF-8, 15 MiB when replaced", 5 * MIB, [1, 0]),
        invalid("6 MiB of invalid UTF-8, 18 MiB when replaced", 6 * MIB, [0, 1]),
    ]
}

fn invalid(name: &'static str, len: usize, expected: [usize; 2]) -> Attack {
    let mut attack = attack(name, [("data: ", 1), ("", 1), ("\n\n", 1)], expected);
    attack.stream[1].0 = vec![0xFF; len];
    attack.text = (3 * len).min(attack.limit);
    attack
}

impl Attack {
    fn repeated(mut self, times: usize) -> Self {
        let stream = std::mem::take(&mut self.stream);
        self.stream = (0..times).flat_map(|_| stream.clone()).collect();
        self.events *= times;
        self
    }

    fn cut(mut self, size: usize) -> Self {
        let bytes: Vec<u8> = self.chunks().flatten().copied().collect();
        self.stream = bytes.chunks(size).map(|chunk| (chunk.to_vec(), 1)).collect();
        self
    }

    fn holding(self, held: usize) -> Self {
        Self { held, ..self }
    }

    fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.stream.iter().flat_map(|(chunk, times)| std::iter::repeat_n(&chunk[..], *times))
    }

    fn run(&self) -> (usize, usize, Counts) {
        let (mut events, mut errors) = (0, 0);
        // The decoder is returned, so that its memory is still counted.
        let (_decoder, counts) = count(|| {
            let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(self.limit));
            for mut input in self.chunks() {
                loop {
                    match decoder.next_event(&mut input) {
                        Ok(None) => break,
                        Ok(Some(_)) => events += 1,
                        Err(_) => errors += 1,
                    }
                }
            }
            decoder
        });
        (events, errors, counts)
    }
}

#[test]
fn attacks_on_memory() {
    println!("| attack | bytes | events | errors | allocations | bytes moved by growing | peak bytes | bytes after |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for attack in attacks() {
        let bytes: usize = attack.chunks().map(<[u8]>::len).sum();
        let (events, errors, Counts { allocations, moved, held, peak }) = attack.run();
        let name = attack.name;
        println!("| {name} | {bytes} | {events} | {errors} | {allocations} | {moved} | {peak} | {held} |");
        assert_eq!((events, errors), (attack.events, attack.errors), "{name}");
        assert!(peak <= isize::try_from(attack.peak).unwrap(), "{name}: {peak} bytes allocated");
        assert!(held <= isize::try_from(attack.held).unwrap(), "{name}: {held} bytes allocated after the last event");
        assert!(moved <= 2 * bytes.max(attack.text), "{name}: {moved} bytes moved");
        assert!(allocations <= 64 + bytes / 50_000, "{name}: {allocations} allocations");
    }
}
