//! The table of named cases. Each cites its basis: a section of the HTML standard, or the decisions in `CONTRIBUTING.md` where
//! the standard leaves room.
//!
//! A case lists what a receiver sees. [`super::reference`] computes the same for any stream, so a case checks both.

/// A stream and the expected events.
#[derive(Debug)]
pub struct Case {
    pub name: &'static str,
    pub stream: &'static [u8],
    /// Event type, data, last event ID.
    pub events: &'static [(&'static str, &'static str, &'static str)],
    pub last_event_id: &'static str,
    /// In milliseconds.
    pub reconnection_time: Option<u64>,
}

const fn case(
    name: &'static str,
    stream: &'static [u8],
    events: &'static [(&'static str, &'static str, &'static str)],
) -> Case {
    Case { name, stream, events, last_event_id: "", reconnection_time: None }
}

impl Case {
    const fn id(self, last_event_id: &'static str) -> Self {
        Self { last_event_id, ..self }
    }

    const fn retry(self, milliseconds: u64) -> Self {
        Self { reconnection_time: Some(milliseconds), ..self }
    }
}

pub const CASES: &[Case] = &[
    // 9.2.6, the examples.
    case(
        "stock ticker",
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        &[("message", "YHOO\n+2\n10", "")],
    ),
    case(
        "comment, id, reset of the id, two spaces",
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        &[("message", "first event", "1"), ("message", "second event", ""), ("message", " third event", "")],
    ),
    case(
        "empty data, two empty lines of data, an event that is never finished",
        b"data\n\ndata\ndata\n\ndata:",
        &[("message", "", ""), ("message", "\n", "")],
    ),
    case(
        "the space after the colon is ignored",
        b"data:test\n\ndata: test\n\n",
        &[("message", "test", ""), ("message", "test", "")],
    ),
    case(
        "event types",
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        &[("add", "73857293", ""), ("remove", "2153", ""), ("add", "113411", "")],
    ),
    // 9.2.5: line ends.
    case("LF", b"data: a\ndata: b\n\n", &[("message", "a\nb", "")]),
    case("CR", b"data: a\rdata: b\r\r", &[("message", "a\nb", "")]),
    case("CRLF", b"data: a\r\ndata: b\r\n\r\n", &[("message", "a\nb", "")]),
    case(
        "mixed line ends",
        b"data: a\rdata: b\ndata: c\r\ndata: d\n\rdata: e\r\r\ndata: f\r\n\r",
        &[("message", "a\nb\nc\nd", ""), ("message", "e", ""), ("message", "f", "")],
    ),
    case("LF CR is two line ends", b"data: a\n\rdata: b\n\r", &[("message", "a", ""), ("message", "b", "")]),
    case("CR CR LF is a line end and a blank line", b"data: a\r\r\ndata: b\r\r\n", &[
        ("message", "a", ""),
        ("message", "b", ""),
    ]),
    case("a LF after the CR of a blank line is no blank line", b"data: a\r\r\ndata: b\n\n", &[
        ("message", "a", ""),
        ("message", "b", ""),
    ]),
    case("blank lines alone", b"\n\n\r\r\r\n\r\n\n", &[]),
    case("blank lines between events", b"\n\n\ndata: a\n\n\n\n\ndata: b\n\n\n", &[
        ("message", "a", ""),
        ("message", "b", ""),
    ]),
    case(
        "other separators are content",
        "data: a\u{2028}b\u{2029}c\u{85}d\u{B}e\u{C}f\u{1C}g\0h\n\n".as_bytes(),
        &[("message", "a\u{2028}b\u{2029}c\u{85}d\u{B}e\u{C}f\u{1C}g\0h", "")],
    ),
    // 9.2.6: "one leading UTF-8 Byte Order Mark (BOM), if any".
    case("BOM", b"\xEF\xBB\xBFdata: a\n\n", &[("message", "a", "")]),
    case("BOM alone", b"\xEF\xBB\xBF", &[]),
    case("BOM before a blank line", b"\xEF\xBB\xBF\n\ndata: a\n\n", &[("message", "a", "")]),
    case("BOM before a CR", b"\xEF\xBB\xBF\r\ndata: a\n\n", &[("message", "a", "")]),
    case("BOM before a comment", b"\xEF\xBB\xBF: c\ndata: a\n\n", &[("message", "a", "")]),
    case("a second BOM is content", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[("message", "b", "")]),
    case("a BOM later is content", b"data: a\n\n\xEF\xBB\xBFdata: b\n\n", &[("message", "a", "")]),
    case("a BOM in a value is content", b"data:\xEF\xBB\xBFa\n\n", &[("message", "\u{FEFF}a", "")]),
    case("one byte of a BOM", b"\xEFdata: a\n\ndata: b\n\n", &[("message", "b", "")]),
    case("two bytes of a BOM", b"\xEF\xBBdata: a\n\ndata: b\n\n", &[("message", "b", "")]),
    case("two bytes of a BOM and a line end", b"\xEF\xBB\ndata: b\n\n", &[("message", "b", "")]),
    case("two bytes of a BOM, then a BOM", b"\xEF\xBB\xEF\xBB\xBFdata: a\n\n", &[]),
    case("UTF-16 is not detected", b"\xFF\xFEd\0a\0t\0a\0:\0a\0\n\0\n\0", &[]),
    // 9.2.6: UTF-8, with the replacement of the Encoding Standard.
    case("two, three, four bytes", "data: é 語 🦀\n\n".as_bytes(), &[("message", "é 語 🦀", "")]),
    case("invalid bytes", b"data: \xFF\xC0\x80a\n\n", &[("message", "\u{FFFD}\u{FFFD}\u{FFFD}a", "")]),
    case("truncated sequences", b"data: \xE2\x82a\xF0\x9F\xA6b\xC3\n\n", &[(
        "message",
        "\u{FFFD}a\u{FFFD}b\u{FFFD}",
        "",
    )]),
    case("a truncated sequence before a line end", b"data: \xF0\x9F\ndata: b\n\n", &[("message", "\u{FFFD}\nb", "")]),
    case("overlong, surrogate, too large", b"data: \xE0\x80\x80\xED\xA0\x80\xF4\x90\x80\x80\n\n", &[(
        "message",
        "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}",
        "",
    )]),
    case("invalid bytes in type and id", b"event: \xFFx\nid: \x80\ndata: a\n\n", &[("\u{FFFD}x", "a", "\u{FFFD}")])
        .id("\u{FFFD}"),
    case("an invalid byte in a field name", b"d\xFFata: a\ndata\xFF: b\ndata: c\n\n", &[("message", "c", "")]),
    case("a truncated sequence before the colon", b"data\xC3: a\ndata: b\n\n", &[("message", "b", "")]),
    // 9.2.6: the name, the colon, the space.
    case("no colon", b"data\ndata\n\n", &[("message", "\n", "")]),
    case("only one space is removed", b"data:  a\n\n", &[("message", " a", "")]),
    case("a space is all", b"data: \n\n", &[("message", "", "")]),
    case("a tab is no space", b"data:\ta\n\n", &[("message", "\ta", "")]),
    case("spaces at the end stay", b"data: a  \n\n", &[("message", "a  ", "")]),
    case("a colon in the value", b"data:a:b\ndata::\ndata: :\n\n", &[("message", "a:b\n:\n:", "")]),
    case("names are compared literally", b"Data: a\nDATA: b\ndata : c\n data: d\ndatax: e\ndat: f\ndat\nd\n\n", &[]),
    case(
        "names in upper case are unknown",
        b"id: 7\nretry: 8\ndata: a\n\nDATA: b\nEVENT: c\nID: 1\nRETRY: 2\ndata: d\n\nDATA:e\n\nID:3\n\nRETRY:4\n\nEVENT:f\ndata: g\n\n",
        &[("message", "a", "7"), ("message", "d", "7"), ("message", "g", "7")],
    )
    .id("7")
    .retry(8),
    case(
        "names in mixed case are unknown",
        b"id: 7\nretry: 8\ndata: a\n\nData: b\nEvent: c\nId: 1\nRetry: 2\ndata: d\n\ndAta: e\neVent: f\niD: 3\nrEtry: 4\ndata: g\n\ndatA: h\nevenT: j\nretrY: 5\ndata: k\n\n",
        &[("message", "a", "7"), ("message", "d", "7"), ("message", "g", "7"), ("message", "k", "7")],
    )
    .id("7")
    .retry(8),
    case(
        "names in upper case without a colon are unknown",
        b"id: 7\nevent: a\ndata: b\nDATA\nEVENT\nID\nRETRY\nData\nEvent\nId\nRetry\n\nDATA\n\n",
        &[("a", "b", "7")],
    )
    .id("7"),
    case("prefixes and extensions of every name", b"eventx: a\neven: b\nidx: c\ni: d\nretryx: 1\nretr: 2\nids\neventual\n\n", &[]),
    case("unknown fields", b"foo: bar\nfoo\ndata: a\nx:\n\n", &[("message", "a", "")]),
    case("a NUL in a name", b"da\0ta: a\ndata\0: b\n\0data: c\ndata: d\n\n", &[("message", "d", "")]),
    case("web platform tests: field parsing", b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n", &[
        ("message", "\0\n 2\n1\n3\n\n4", ""),
    ]),
    // 9.2.6: comments.
    case("comments", b":\n: a\n:data: b\n::\ndata: c\n:\n\n", &[("message", "c", "")]),
    case("a comment does not end an event", b"data: a\n:\r\ndata: b\n\n", &[("message", "a\nb", "")]),
    // 9.2.6: event.
    case("an empty event type is `message`", b"event:\ndata: a\n\nevent\ndata: b\n\n", &[
        ("message", "a", ""),
        ("message", "b", ""),
    ]),
    case("the last event type counts", b"event: a\nevent: b\ndata: c\n\n", &[("b", "c", "")]),
    case("an empty event type resets", b"event: a\nevent:\ndata: c\n\n", &[("message", "c", "")]),
    case("the event type follows the data", b"data: a\nevent: b\n\n", &[("b", "a", "")]),
    case("a block without data clears the event type", b"event: a\n\ndata: b\n\n", &[("message", "b", "")]),
    case("an event type between lines of data", b"data: a\nevent: b\ndata: c\nevent: d\n\n", &[("d", "a\nc", "")]),
    // 9.2.6: id, and "set the last event ID string of the event source to the value of the last event ID buffer".
    case("the id stays", b"id: 1\ndata: a\n\ndata: b\n\n", &[("message", "a", "1"), ("message", "b", "1")]).id("1"),
    case("an empty id resets", b"id: 1\ndata: a\n\nid:\ndata: b\n\n", &[("message", "a", "1"), ("message", "b", "")]),
    case("the last id counts", b"id: 1\nid: 2\ndata: a\n\n", &[("message", "a", "2")]).id("2"),
    case("an id without data", b"id: 1\n\ndata: a\n\n", &[("message", "a", "1")]).id("1"),
    case("an id without data at the end", b"id: 1\n\n", &[]).id("1"),
    case("an id in a block cut off", b"id: 1\ndata: a\n\nid: 2\ndata: b\n", &[("message", "a", "1")]).id("1"),
    case("an id with NUL is ignored", b"id: 1\n\nid: 2\0\ndata: a\n\n", &[("message", "a", "1")]).id("1"),
    case("an id with NUL leaves an earlier one", b"id: 1\nid: \x002\nid: 2\x003\ndata: a\n\n", &[("message", "a", "1")])
        .id("1"),
    case("an id after one with NUL", b"id: 2\0\nid: 3\ndata: a\n\n", &[("message", "a", "3")]).id("3"),
    case("an id after the data", b"data: a\nid: 1\n\n", &[("message", "a", "1")]).id("1"),
    case("spaces of an id", b"id:  x \ndata: a\n\n", &[("message", "a", " x ")]).id(" x "),
    // 9.2.6: retry.
    case("retry", b"retry: 1000\n\n", &[]).retry(1000),
    case("retry needs no blank line", b"retry:7\n", &[]).retry(7),
    case("retry needs a line end", b"retry: 7\n\nretry: 8", &[]).retry(7),
    case("the last valid retry counts", b"retry: 1\nretry: 2\nretry: x\ndata: a\n\n", &[("message", "a", "")]).retry(2),
    case("retry with leading zeros", b"retry: 00000000000000000000000000042\n\n", &[]).retry(42),
    case("retry zero", b"retry:0\n\n", &[]).retry(0),
    case("retry, the largest", b"retry: 18446744073709551615\n\n", &[]).retry(u64::MAX),
    case("retry, one too large", b"retry: 5\nretry: 18446744073709551616\n\n", &[]).retry(5),
    case("retry, far too large", b"retry: 5\nretry: 99999999999999999999999999999999\n\n", &[]).retry(5),
    case("no retry", b"retry\nretry:\nretry: \nretry: -1\nretry: +1\nretry:  1\nretry: 1 \nretry: 1.5\nretry: 0x1\nretry: 1_0\nretry: \xD9\xA1\nretry: 1\0\n\n", &[]),
    // 9.2.6: the end of the stream.
    case("nothing", b"", &[]),
    case("no blank line", b"data: a\n", &[]),
    case("no line end", b"data: a", &[]),
    case("a CR at the end is a blank line", b"data: a\n\r", &[("message", "a", "")]),
    case("a name at the end", b"data: a\n\ndata", &[("message", "a", "")]),
    // What services send.
    case(
        "OpenAI",
        b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n",
        &[("message", "{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}", ""), ("message", "[DONE]", "")],
    ),
    case("OpenRouter", b": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\ndata: {}\n\n", &[("message", "{}", "")]),
    case(
        "Anthropic",
        b"event: ping\ndata: {\"type\": \"ping\"}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        &[("ping", "{\"type\": \"ping\"}", ""), ("message_stop", "{\"type\":\"message_stop\"}", "")],
    ),
    case("MCP, the priming event", b"id: 1/0\r\nretry: 3000\r\ndata: \r\n\r\n", &[("message", "", "1/0")])
        .id("1/0")
        .retry(3000),
];
