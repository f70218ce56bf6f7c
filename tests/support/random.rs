//! Random streams that are likely to show bugs: tokens of the grammar, whole and in part, and unusual bytes. The same seed gives
//! the same stream on every machine.

/// `SplitMix64` (Steele, Lea, Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }
}

const WORDS: &[&[u8]] = &[
    // The tokens of the grammar.
    b"data",
    b"data:",
    b"data: ",
    b"event",
    b"event:",
    b"event: ",
    b"id",
    b"id:",
    b"id: ",
    b"retry",
    b"retry:",
    b"retry: ",
    b":",
    b": ",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\r",
    b"\r\n\r\n",
    b"\n",
    b"\n\n",
    // Similar to a token of the grammar.
    b"d",
    b"da",
    b"dat",
    b"ata",
    b"datax",
    b"e",
    b"even",
    b"i",
    b"r",
    b"retr",
    // Names in the wrong case.
    b"Data",
    b"Data:",
    b"DATA: ",
    b"Event: ",
    b"EVENT:",
    b"iD",
    b"Id: ",
    b"ID",
    b"ID:",
    b"Retry: ",
    b"RETRY:",
    // Line ends and spaces that are nearly others.
    b"\t",
    b"\n\r",
    b"\r\n\n",
    // Values.
    b"a",
    b"b",
    b"1",
    b"0",
    b"42",
    b"+1",
    b"18446744073709551615",
    b"18446744073709551616",
    b"message",
    b"hello world",
    b"[DONE]",
    b"{\"x\": [1, 2, 3]}",
    b"a value that is longer than what is searched before memchr is called",
    // Unusual bytes: NUL, BOM, invalid UTF-8.
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xEF\xBB",
    b"\xBB\xBF",
    b"\xFF",
    b"\xC3",
    b"\xC3\xA9",
    b"\xE8\xAA\x9E",
    b"\xE8\xAA",
    b"\xF0\x9F\xA6\x80",
    b"\xF0\x9F\xA6",
    b"\xF0\x9F",
    b"\xED\xA0\x80",
    b"\xE2\x80\xA8",
    b"\x80",
    b"\xC0\x80",
    b"\x0B",
];

/// A stream of up to 40 words.
pub fn stream(random: &mut Random) -> Vec<u8> {
    let mut stream = if random.below(8) == 0 { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
    for _ in 0..random.below(41) {
        stream.extend_from_slice(WORDS[random.below(WORDS.len())]);
    }
    stream
}

/// The stream, split at random: often into small chunks, sometimes not at all.
pub fn cut<'a>(random: &mut Random, mut stream: &'a [u8]) -> Vec<&'a [u8]> {
    let longest = [1, 2, 4, 16, 64, 1 << 16][random.below(6)];
    let mut chunks = Vec::new();
    while !stream.is_empty() {
        let (chunk, rest) = stream.split_at((1 + random.below(longest)).min(stream.len()));
        chunks.push(chunk);
        stream = rest;
    }
    chunks
}
