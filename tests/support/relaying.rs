//! What the relay of `examples/relay` writes, against the stream as a whole: for the tests and for the fuzz target.

#[path = "../../examples/relay/relay.rs"]
pub(crate) mod relay;

use crate::support::drive::without_places;
use crate::support::pieces::bom_and_lines;
use crate::support::reference::{self, Outcome};
use relay::Relay;

/// Panics if the relay does not pass on the stream, cut like this, as its documentation says.
pub(crate) fn check(chunks: &[&[u8]], dropped_type: Option<&str>, limit: usize) {
    let stream = chunks.concat();
    let before = without_places(reference::decode(&stream));
    let types = before.outcomes.iter().map(event_type);
    let expected = Expected::new(&stream, types, dropped_type, limit);

    let mut relay = Relay::new(dropped_type.map(str::to_owned), limit);
    let (mut output, mut end) = (Vec::new(), 0);
    for chunk in chunks {
        relay.relay(chunk, &mut output).unwrap();
        end += chunk.len();
        assert!(expected.output.starts_with(&output), "{output:x?} of {:x?}, {chunks:x?}", expected.output);
        let written = expected.blocks.iter().rev().find(|(block, _)| *block <= end).map_or(0, |(_, written)| *written);
        assert!(output.len() >= written, "a block waits after its end, {chunks:x?}");
    }
    let dropped = expected.are_dropped.iter().filter(|is_dropped| **is_dropped).count();
    let counts = [relay.passed, relay.dropped].map(|count| usize::try_from(count).unwrap());
    assert_eq!(counts, [before.outcomes.len() - dropped, dropped], "passed and dropped events");

    let written = output.len();
    relay.finish(&mut output).unwrap();
    assert_eq!(output, expected.output, "{dropped_type:?}, limit {limit}, {chunks:x?}");
    // The start of a line is beyond the limit, while it is not known what line it is.
    let most = if dropped_type.is_none() { 0 } else { limit.saturating_add(b"retry: ".len()) };
    assert!(output.len() - written <= most, "{} bytes waited at the end", output.len() - written);

    // What a client sees: the same without the dropped events.
    let mut after = before;
    let mut are_dropped = expected.are_dropped.iter();
    after.outcomes.retain(|_| !are_dropped.next().unwrap());
    let seen = without_places(reference::decode(&output));
    if dropped > 0 {
        // Ignored lines and invalid UTF-8 go with their blocks.
        assert!(seen.ignored.0 <= after.ignored.0 && seen.utf8_replacements <= after.utf8_replacements);
        after.ignored.clone_from(&seen.ignored);
        after.utf8_replacements = seen.utf8_replacements;
    }
    assert_eq!(seen, after, "{output:x?} of {chunks:x?}");
}

fn event_type(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Event { event_type, .. } => event_type,
        other => unreachable!("there is no limit, and only events were asked for: {other:?}"),
    }
}

/// What must come out of a whole stream.
#[derive(Debug, Default)]
struct Expected {
    output: Vec<u8>,
    /// For each block, how many bytes of the stream complete it, and how many are written then.
    blocks: Vec<(usize, usize)>,
    /// For each event, whether it is dropped.
    are_dropped: Vec<bool>,
}

impl Expected {
    fn new<'a>(
        stream: &[u8],
        mut types: impl Iterator<Item = &'a str>,
        dropped_type: Option<&str>,
        limit: usize,
    ) -> Self {
        let units = bom_and_lines(stream);
        let mut this = Self { output: units[0].clone(), ..Self::default() };
        let (lines, unfinished) = units[1..].split_at(units.len() - 2);
        let (mut block, mut end) = (Vec::new(), units[0].len());
        for line in lines {
            end += line.len();
            if !matches!(line.as_slice(), b"\n" | b"\r" | b"\r\n") {
                block.push(line.as_slice());
                continue;
            }
            let has_data = block.iter().any(|line| name(line) == b"data");
            let is_of_type = has_data && types.next() == dropped_type;
            let waiting = block.iter().skip_while(|line| stays(line)).map(|line| line.len()).sum::<usize>();
            let is_dropped = is_of_type && waiting <= limit;
            if has_data {
                this.are_dropped.push(is_dropped);
            }
            if is_dropped {
                block.retain(|line| stays(line));
            }
            this.output.extend(block.concat());
            if is_dropped && this.output.ends_with(b"\r") && line == b"\n" {
                this.output.push(b'\n');
            }
            this.output.extend(line);
            let late = usize::from(line == b"\r\n");
            this.blocks.push((end - late, this.output.len() - late));
            block.clear();
        }
        this.output.extend(block.concat());
        this.output.extend(unfinished.concat());
        this
    }
}

/// Whether this line stays if its event is dropped.
fn stays(line: &[u8]) -> bool {
    [&b""[..], b"id", b"retry"].contains(&name(line))
}

/// The name of a field, which is empty for a comment.
fn name(line: &[u8]) -> &[u8] {
    line.split(|byte| b":\r\n".contains(byte)).next().unwrap_or_default()
}
