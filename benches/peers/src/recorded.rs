//! Sizes of events that real services sent, and chunks of such sizes.
//!
//! The sizes are those of consecutive events in recorded responses. The recordings do not show where their chunks ended, so this
//! is assumed: a service sends each event at once, and what arrives together is one chunk. Three of four chunks end with an
//! event. Each fourth ends at the recorded size itself, usually within an event, as where a proxy's buffer or a TLS record ends.
//! No chunk is longer than a TLS record.

use crate::fixtures::{Block, Fixture};

/// The longest chunk: the content of a TLS record.
const MAX: usize = 16 * 1024;

/// Chat completions of several services: most events carry one token, some recordings begin with keep-alives of 25 bytes, and the
/// last event is `[DONE]`.
const CHAT: [usize; 52] = [
    489, 361, 377, 361, 361, 361, 361, 377, 361, 361, 313, 505, 14, 334, 316, 317, 316, 319, 320, 320, 318, 529, 14,
    286, 242, 242, 242, 242, 242, 242, 250, 315, 14, 25, 25, 277, 25, 25, 1623, 278, 281, 282, 280, 278, 645, 14, 299,
    298, 283, 369, 14, 361,
];

/// `OpenAI` responses: the first events and the last ones carry the whole request or response, those between a token each.
const RESPONSES: [usize; 48] = [
    864, 872, 259, 274, 259, 259, 259, 259, 259, 260, 260, 260, 261, 234, 283, 329, 1225, 2797, 2805, 348, 251, 250,
    250, 252, 250, 252, 271, 396, 3226, 1011, 1019, 249, 202, 198, 1108, 1085, 2067, 345, 189, 5294, 261, 261, 261,
    938, 987, 1033, 12039, 231,
];

/// Anthropic messages: a start, a ping of 36 bytes, deltas of a few tokens, a result of a web search.
const ANTHROPIC: [usize; 47] = [
    472, 150, 36, 134, 172, 145, 138, 130, 154, 163, 141, 154, 152, 165, 143, 153, 131, 138, 132, 88, 223, 60, 452,
    202, 142, 135, 152, 139, 150, 132, 147, 74, 16384, 16384, 2403, 73, 119, 156, 188, 147, 152, 166, 176, 86, 290, 60,
    36,
];

/// Google: most events carry a sentence.
const GOOGLE: [usize; 24] = [
    692, 780, 706, 756, 6637, 441, 483, 444, 463, 445, 430, 447, 457, 456, 419, 446, 465, 452, 473, 1065, 374, 392,
    365, 852,
];

/// MCP: one response, or a few notifications before it.
const MCP: [usize; 7] = [1848, 1602, 43, 263, 9270, 1848, 1848];

/// The ends of the chunks of a fixture. One that resembles no recorded service gets the sizes of all.
pub fn chunks(fixture: &Fixture) -> Vec<Block> {
    let lists: &[&[usize]] = match fixture.name {
        "openai-chat" => &[&CHAT],
        "openai-responses" => &[&RESPONSES],
        "anthropic" => &[&ANTHROPIC],
        "mcp" => &[&MCP],
        _ => &[&CHAT, &RESPONSES, &ANTHROPIC, &GOOGLE, &MCP],
    };
    let mut sizes = lists.iter().flat_map(|list| *list).cycle();
    let (mut ends, mut end, mut blocks) = (Vec::new(), 0, fixture.blocks.as_slice());
    while end < fixture.stream.len() {
        let max = (end + MAX).min(fixture.stream.len());
        end = (end + sizes.next().copied().unwrap_or(MAX)).min(max);
        blocks = &blocks[blocks.partition_point(|block| block.end < end)..];
        if ends.len() % 4 != 3
            && let Some(block) = blocks.first()
        {
            end = block.end.min(max);
        }
        ends.push(Block { end, events: 0 });
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn chunks_cover_the_stream_and_three_of_four_end_with_an_event() {
        for fixture in fixtures::all() {
            let name = fixture.name;
            let ends: Vec<_> = chunks(&fixture).iter().map(|chunk| chunk.end).collect();
            assert_eq!(ends.last(), Some(&fixture.stream.len()), "{name}");
            let is_whole = |end: usize| fixture.blocks.binary_search_by_key(&end, |block| block.end).is_ok();
            let mut start = 0;
            for (number, end) in ends.iter().copied().enumerate() {
                assert!(start < end && end - start <= MAX, "{name}: {start}..{end}");
                assert!(number % 4 == 3 || end - start == MAX || is_whole(end), "{name}: {start}..{end}");
                start = end;
            }
            assert!(!ends.iter().copied().all(is_whole), "{name}");
        }
    }
}
