//! HTTP/2 frames, as far as they must be known to tell headers from bodies.

/// What the client sends before its first frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The length of the header of a frame.
const HEADER: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const SETTINGS: u8 = 0x4;
const CONTINUATION: u8 = 0x9;

/// `SETTINGS_ENABLE_PUSH`.
const ENABLE_PUSH: u16 = 0x2;

/// Bytes of one direction of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frames {
    /// Payloads of HEADERS and CONTINUATION.
    pub(crate) headers: u64,
    /// Payloads of DATA.
    pub(crate) data: u64,
    /// All the rest: the preface, the headers of frames, and the payloads of other frames.
    pub(crate) other: u64,
    /// The last value of `SETTINGS_ENABLE_PUSH`, if there was one.
    pub(crate) enable_push: Option<u32>,
}

/// Counts the bytes of one direction of a connection, which arrive in any chunks.
///
/// The padding and the priority of a frame count as its payload. The libraries that are measured send neither.
#[derive(Debug)]
pub(crate) struct FrameCounter {
    seen: Frames,
    preface: usize,
    /// The header of the current frame, and how much of it is there.
    header: [u8; HEADER],
    header_len: usize,
    /// How much of the payload is missing.
    payload: usize,
    /// The current setting, which has six bytes.
    setting: [u8; 6],
    setting_len: usize,
}

impl FrameCounter {
    /// For what a client sends.
    pub(crate) const fn client() -> Self {
        Self { preface: PREFACE.len(), ..Self::server() }
    }

    /// For what a server sends.
    pub(crate) const fn server() -> Self {
        let seen = Frames { headers: 0, data: 0, other: 0, enable_push: None };
        Self { seen, preface: 0, header: [0; HEADER], header_len: 0, payload: 0, setting: [0; 6], setting_len: 0 }
    }

    pub(crate) const fn seen(&self) -> Frames {
        self.seen
    }

    pub(crate) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = if self.preface > 0 {
                let taken = bytes.len().min(self.preface);
                self.preface -= taken;
                self.seen.other += taken as u64;
                taken
            } else if self.header_len < HEADER {
                self.add_header(bytes)
            } else {
                self.add_payload(bytes)
            };
            bytes = &bytes[taken..];
            // Also ends a frame that has no payload.
            if self.header_len == HEADER && self.payload == 0 {
                self.header_len = 0;
            }
        }
    }

    fn add_header(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(HEADER - self.header_len);
        self.header[self.header_len..][..taken].copy_from_slice(&bytes[..taken]);
        self.header_len += taken;
        self.seen.other += taken as u64;
        if self.header_len == HEADER {
            let [high, middle, low, ..] = self.header;
            self.payload = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            self.setting_len = 0;
        }
        taken
    }

    fn add_payload(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.payload);
        self.payload -= taken;
        let kind = self.header[3];
        *match kind {
            DATA => &mut self.seen.data,
            HEADERS | CONTINUATION => &mut self.seen.headers,
            _ => &mut self.seen.other,
        } += taken as u64;
        if kind == SETTINGS {
            bytes[..taken].iter().for_each(|byte| self.add_setting(*byte));
        }
        taken
    }

    fn add_setting(&mut self, byte: u8) {
        self.setting[self.setting_len] = byte;
        self.setting_len += 1;
        if self.setting_len == self.setting.len() {
            self.setting_len = 0;
            let [id @ .., a, b, c, d] = self.setting;
            if u16::from_be_bytes(id) == ENABLE_PUSH {
                self.seen.enable_push = Some(u32::from_be_bytes([a, b, c, d]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same with the whole input, and nothing that spans calls.
    fn slow(mut bytes: &[u8], is_client: bool) -> Frames {
        let mut seen = Frames::default();
        if is_client {
            bytes = bytes.strip_prefix(PREFACE).expect("a preface");
            seen.other += PREFACE.len() as u64;
        }
        while let Some((header, rest)) = bytes.split_first_chunk::<9>() {
            seen.other += 9;
            let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
            let (payload, rest) = rest.split_at(length);
            match header[3] {
                0 => seen.data += length as u64,
                1 | 9 => seen.headers += length as u64,
                kind => {
                    seen.other += length as u64;
                    for setting in payload.chunks_exact(6).filter(|setting| kind == 4 && setting[..2] == [0, 2]) {
                        seen.enable_push = Some(u32::from_be_bytes(setting[2..].try_into().expect("four bytes")));
                    }
                }
            }
            bytes = rest;
        }
        assert!(bytes.is_empty());
        seen
    }

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("a short payload").to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 1], payload].concat()
    }

    /// What a client and a server send: a frame of each kind, empty ones, and one that is longer than 65535 bytes.
    fn exchange() -> (Vec<u8>, Vec<u8>) {
        let settings = [[0, 3, 0, 0, 0, 9], [0, 2, 0, 0, 0, 0], [0, 4, 0, 2, 0, 0]].concat();
        let client =
            [PREFACE.to_vec(), frame(4, &settings), frame(1, b"a header block"), frame(4, b""), frame(8, &[7; 4])];
        let server = [
            frame(4, b""),
            frame(1, b"block"),
            frame(9, b"the rest"),
            frame(0, b"data: 1\n\n"),
            frame(0, b""),
            frame(6, &[1; 8]),
        ];
        (client.concat(), server.concat())
    }

    #[test]
    fn every_split_gives_the_same_counts() {
        let (client, server) = exchange();
        for (bytes, is_client) in [(client, true), (server, false)] {
            let expected = slow(&bytes, is_client);
            assert_eq!(expected.headers + expected.data + expected.other, bytes.len() as u64);
            let counter = || if is_client { FrameCounter::client() } else { FrameCounter::server() };
            for first in 0..=bytes.len() {
                for second in first..=bytes.len() {
                    let mut counter = counter();
                    for part in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
                        counter.add(part);
                    }
                    assert_eq!(counter.seen(), expected, "split at {first} and {second}");
                }
            }
            let mut counter = counter();
            bytes.chunks(1).for_each(|byte| counter.add(byte));
            assert_eq!(counter.seen(), expected);
        }
    }

    #[test]
    fn payloads_are_told_apart() {
        let (client, server) = exchange();
        assert_eq!(
            slow(&client, true),
            Frames { headers: 14, data: 0, other: 24 + 4 * 9 + 18 + 4, enable_push: Some(0) }
        );
        let mut counter = FrameCounter::server();
        counter.add(&server);
        assert_eq!(counter.seen(), Frames { headers: 13, data: 9, other: 6 * 9 + 8, enable_push: None });
        // A length of three bytes, and a payload of which a part has arrived.
        let large = frame(0, &vec![0; 70_000]);
        let mut counter = FrameCounter::server();
        counter.add(&large[..50_009]);
        assert_eq!(counter.seen(), Frames { data: 50_000, other: 9, ..Frames::default() });
        counter.add(&large[50_009..]);
        counter.add(&frame(1, b"x"));
        assert_eq!(counter.seen(), Frames { headers: 1, data: 70_000, other: 18, enable_push: None });
    }
}
