//! The event streams of all benchmarks, in shapes that real services send. They are generated, and the same in every run. Each
//! stream comes with the events that a decoder must find in it.
//!
//! `peers` includes this file with `#[path]`, so it has no dependencies.

#![allow(dead_code, unreachable_pub, reason = "each benchmark uses its part of this module")]

use std::fmt::Write as _;

/// An event stream and what is in it.
pub struct Fixture {
    pub name: &'static str,
    pub stream: Vec<u8>,
    /// The events that a decoder must find.
    pub events: Vec<Sent>,
    pub blocks: Vec<Block>,
}

/// An event, as it was sent.
pub struct Sent {
    /// `message` if the block has no `event` field.
    pub event_type: String,
    pub data: String,
    pub id: Option<String>,
    pub retry: Option<u64>,
}

/// A block, which a blank line ends: an event or a comment.
pub struct Block {
    /// The offset after the blank line.
    pub end: usize,
    /// The number of events so far, this block included.
    pub events: usize,
}

/// A part of a fixture, from its start to the end of a block.
#[derive(Clone, Copy)]
pub struct Sample<'f> {
    pub name: &'static str,
    pub stream: &'f [u8],
    pub events: &'f [Sent],
    pub blocks: &'f [Block],
}

/// Where a stream is split into chunks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// After this number of bytes.
    Bytes(usize),
    /// After each block.
    Blocks,
}

/// The measured cuts: a full read buffer, a TCP segment, a flush per event, and two very small ones.
pub const CUTS: [Cut; 5] = [Cut::Bytes(64 * 1024), Cut::Bytes(1460), Cut::Blocks, Cut::Bytes(16), Cut::Bytes(1)];

/// The names of all fixtures.
pub const NAMES: [&str; 13] = [
    "openai-chat",
    "openai-responses",
    "anthropic",
    "mcp",
    "stock-ticks",
    "korean",
    "japanese",
    "tiny",
    "eight-lines",
    "id-event-retry-data-crlf",
    "keep-alive",
    "line-256k",
    "line-4m",
];

/// All fixtures.
pub fn all() -> Vec<Fixture> {
    NAMES.into_iter().filter_map(named).collect()
}

/// The fixture with the given name.
pub fn named(name: &str) -> Option<Fixture> {
    Some(match name {
        "openai-chat" => openai_chat(),
        "openai-responses" => openai_responses(),
        "anthropic" => anthropic(),
        "mcp" => mcp(),
        "stock-ticks" => stock_ticks(),
        "korean" => text("korean", "메시지", KOREAN),
        "japanese" => text("japanese", "メッセージ", JAPANESE),
        "tiny" => tiny(),
        "eight-lines" => eight_lines(),
        "id-event-retry-data-crlf" => id_event_retry_data_crlf(),
        "keep-alive" => keep_alive(),
        "line-256k" => single_lines("line-256k", 256 * 1024, 8),
        "line-4m" => single_lines("line-4m", 4 * 1024 * 1024, 2),
        _ => return None,
    })
}

impl Fixture {
    /// The blocks within the first `max_bytes` bytes, and at least one.
    pub fn sample(&self, max_bytes: usize) -> Sample<'_> {
        let count = self.blocks.partition_point(|block| block.end <= max_bytes).max(1);
        let blocks = &self.blocks[..count];
        let last = &blocks[count - 1];
        Sample { name: self.name, stream: &self.stream[..last.end], events: &self.events[..last.events], blocks }
    }
}

impl Sent {
    /// The value of the `event` field, if there is one.
    pub fn type_field(&self) -> Option<&str> {
        Some(self.event_type.as_str()).filter(|event_type| *event_type != "message")
    }
}

impl Cut {
    pub fn name(self) -> String {
        match self {
            Self::Bytes(65536) => "64 KiB".into(),
            Self::Bytes(16384) => "16 KiB".into(),
            Self::Bytes(size) => format!("{size} B"),
            Self::Blocks => "event".into(),
        }
    }

    /// The chunks of a stream.
    pub fn chunks<'f>(self, sample: &Sample<'f>) -> Chunks<'f> {
        let blocks = if self == Self::Blocks { sample.blocks } else { &[] };
        let size = if let Self::Bytes(size) = self { size } else { usize::MAX };
        Chunks { stream: sample.stream, at: 0, size, blocks: blocks.iter() }
    }
}

/// The chunks of a stream.
#[derive(Clone)]
pub struct Chunks<'f> {
    stream: &'f [u8],
    at: usize,
    size: usize,
    /// The blocks to split after; if empty, the stream is split after every `size` bytes.
    blocks: std::slice::Iter<'f, Block>,
}

impl<'f> Iterator for Chunks<'f> {
    type Item = &'f [u8];

    #[inline]
    fn next(&mut self) -> Option<&'f [u8]> {
        let end = match self.blocks.next() {
            Some(block) => block.end,
            None => self.at.saturating_add(self.size).min(self.stream.len()),
        };
        let chunk = &self.stream[self.at..end];
        self.at = end;
        if chunk.is_empty() { None } else { Some(chunk) }
    }
}

/// The length of a stream of small events.
const STREAM_BYTES: usize = 1024 * 1024;

fn openai_chat() -> Fixture {
    let mut random = Random(1);
    let mut stream = Builder::new("openai-chat", "\n");
    while stream.len() < STREAM_BYTES {
        let id: String = random.letters(29);
        for _ in 0..200 {
            let content = random.word();
            stream.block(&[(
                "data",
                &format!(
                    "{{\"id\":\"chatcmpl-{id}\",\"object\":\"chat.completion.chunk\",\"created\":1762345678,\
                     \"model\":\"gpt-5-2025-08-07\",\"system_fingerprint\":null,\"choices\":[{{\"index\":0,\
                     \"delta\":{{\"content\":\" {content}\"}},\"finish_reason\":null}}]}}"
                ),
            )]);
        }
        stream.block(&[("data", "[DONE]")]);
    }
    stream.fixture
}

fn openai_responses() -> Fixture {
    let mut random = Random(2);
    let mut stream = Builder::new("openai-responses", "\n");
    let mut sequence = 0;
    while stream.len() < STREAM_BYTES {
        let item = random.letters(48);
        for _ in 0..200 {
            let (delta, obfuscation) = (random.word(), random.letters(9));
            sequence += 1;
            stream.block(&[
                ("event", "response.output_text.delta"),
                (
                    "data",
                    &format!(
                        "{{\"type\":\"response.output_text.delta\",\"sequence_number\":{sequence},\
                         \"item_id\":\"msg_{item}\",\"output_index\":0,\"content_index\":0,\"delta\":\" {delta}\",\
                         \"logprobs\":[],\"obfuscation\":\"{obfuscation}\"}}"
                    ),
                ),
            ]);
        }
    }
    stream.fixture
}

fn anthropic() -> Fixture {
    let mut random = Random(3);
    let mut stream = Builder::new("anthropic", "\n");
    while stream.len() < STREAM_BYTES {
        for _ in 0..100 {
            let text = random.word();
            stream.block(&[
                ("event", "content_block_delta"),
                (
                    "data",
                    &format!(
                        "{{\"type\":\"content_block_delta\",\"index\":0,\
                         \"delta\":{{\"type\":\"text_delta\",\"text\":\" {text}\"}}}}"
                    ),
                ),
            ]);
        }
        stream.block(&[("event", "ping"), ("data", "{\"type\": \"ping\"}")]);
    }
    stream.fixture
}

fn mcp() -> Fixture {
    let mut random = Random(4);
    let mut stream = Builder::new("mcp", "\n");
    let mut number = 0;
    while stream.len() < STREAM_BYTES {
        number += 1;
        let id = format!("{}_{number}", random.letters(12));
        let body = if number % 4 == 0 {
            let text = random.sentence(80);
            format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{number},\"result\":{{\"content\":[{{\"type\":\"text\",\
                 \"text\":\"{text}\"}}],\"isError\":false}}}}"
            )
        } else {
            let progress = random.below(100);
            format!(
                "{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\
                 \"params\":{{\"progressToken\":\"{number}\",\"progress\":{progress},\"total\":100}}}}"
            )
        };
        stream.block(&[("event", "message"), ("id", &id), ("data", &body)]);
    }
    stream.fixture
}

fn stock_ticks() -> Fixture {
    const SYMBOLS: [&str; 8] = ["AAPL", "MSFT", "NVDA", "AMZN", "BRK.B", "V", "JPM", "GOOGL"];
    let mut random = Random(5);
    let mut stream = Builder::new("stock-ticks", "\n");
    let mut time = 1_762_345_678_000_u64;
    while stream.len() < STREAM_BYTES {
        time += u64::from(random.below(50));
        let symbol = SYMBOLS[random.below(8) as usize];
        let (units, cents, volume) = (random.below(900), random.below(100), random.below(5000));
        let tick = format!("{{\"s\":\"{symbol}\",\"p\":{units}.{cents:02},\"v\":{volume},\"t\":{time}}}");
        stream.block(&[("data", &tick)]);
    }
    stream.fixture
}

fn text(name: &'static str, event_type: &str, words: [&str; 16]) -> Fixture {
    let mut random = Random(6);
    let mut stream = Builder::new(name, "\n");
    let mut number = 0;
    while stream.len() < STREAM_BYTES {
        number += 1;
        let mut data = String::new();
        for _ in 0..4 + random.below(24) {
            let _ = write!(data, "{} ", words[random.below(16) as usize]);
        }
        stream.block(&[("id", &number.to_string()), ("event", event_type), ("data", data.trim_end())]);
    }
    stream.fixture
}

fn tiny() -> Fixture {
    let mut stream = Builder::new("tiny", "\n");
    while stream.len() < STREAM_BYTES {
        stream.block(&[("data", "1")]);
    }
    stream.fixture
}

fn eight_lines() -> Fixture {
    let mut random = Random(7);
    let mut stream = Builder::new("eight-lines", "\n");
    while stream.len() < STREAM_BYTES {
        let lines: Vec<String> = (0..8).map(|_| random.sentence(4)).collect();
        stream.block(&lines.iter().map(|line| ("data", line.as_str())).collect::<Vec<_>>());
    }
    stream.fixture
}

fn id_event_retry_data_crlf() -> Fixture {
    let mut random = Random(8);
    let mut stream = Builder::new("id-event-retry-data-crlf", "\r\n");
    let mut number = 1_000_000;
    while stream.len() < STREAM_BYTES {
        number += 1;
        let data = format!("{{\"n\":{number},\"text\":\"{}\"}}", random.sentence(3));
        stream.block(&[("id", &number.to_string()), ("event", "update"), ("retry", "3000"), ("data", &data)]);
    }
    stream.fixture
}

fn keep_alive() -> Fixture {
    let mut stream = Builder::new("keep-alive", "\n");
    while stream.len() < STREAM_BYTES {
        for _ in 0..63 {
            stream.block(&[("", "keep-alive")]);
        }
        stream.block(&[("data", "{\"state\":\"idle\"}")]);
    }
    stream.fixture
}

/// Events with one long line each, such as an image in base64.
fn single_lines(name: &'static str, size: usize, count: usize) -> Fixture {
    let mut random = Random(9);
    let mut stream = Builder::new(name, "\n");
    for _ in 0..count {
        stream.block(&[("data", &random.letters(size))]);
    }
    stream.fixture
}

struct Builder {
    fixture: Fixture,
    line_end: &'static str,
}

impl Builder {
    fn new(name: &'static str, line_end: &'static str) -> Self {
        Self { fixture: Fixture { name, stream: Vec::new(), events: Vec::new(), blocks: Vec::new() }, line_end }
    }

    fn len(&self) -> usize {
        self.fixture.stream.len()
    }

    /// Appends a block. A field with an empty name is a comment.
    fn block(&mut self, fields: &[(&str, &str)]) {
        let Fixture { stream, events, blocks, .. } = &mut self.fixture;
        for (name, value) in fields {
            for part in [name, ": ", value, self.line_end] {
                stream.extend_from_slice(part.as_bytes());
            }
        }
        stream.extend_from_slice(self.line_end.as_bytes());
        let values = |name| fields.iter().filter(move |field| field.0 == name).map(|field| field.1);
        if values("data").next().is_some() {
            events.push(Sent {
                event_type: values("event").next().unwrap_or("message").to_owned(),
                data: values("data").collect::<Vec<_>>().join("\n"),
                id: values("id").next().map(str::to_owned),
                retry: values("retry").next().map(|retry| retry.parse().expect("digits")),
            });
        }
        blocks.push(Block { end: stream.len(), events: events.len() });
    }
}

/// A deterministic pseudo-random number generator (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ (number >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).expect("below a u32")
    }

    fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..count).map(|_| char::from(LETTERS[self.below(62) as usize])).collect()
    }

    fn word(&mut self) -> &'static str {
        ENGLISH[self.below(16) as usize]
    }

    fn sentence(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

const ENGLISH: [&str; 16] = [
    "the",
    "of",
    "a",
    "stream",
    "which",
    "ends",
    "before",
    "understanding",
    "I",
    "event",
    "to",
    "server",
    "wait",
    "is",
    "caf\u{e9}",
    "connection",
];

const KOREAN: [&str; 16] = [
    "안녕하세요",
    "오늘",
    "날씨가",
    "정말",
    "좋습니다",
    "서버에서",
    "보낸",
    "메시지를",
    "받았습니다",
    "그리고",
    "다음",
    "문장은",
    "조금",
    "더",
    "길게",
    "이어집니다",
];

const JAPANESE: [&str; 16] = [
    "こんにちは",
    "今日は",
    "とても",
    "良い天気",
    "です。",
    "サーバーから",
    "送られた",
    "文章を",
    "受け取り",
    "ました。",
    "そして",
    "次の",
    "言葉が",
    "少し",
    "長く",
    "続きます。",
];
