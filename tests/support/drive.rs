//! Runs a stream, cut in any way, through every public reader, and returns what the reference returns for the whole stream.

use std::time::Duration;

use sse_proto::client::{EventSource, Policy, StreamDecoder};
use sse_proto::{DecodeError, Decoder, Event, Field, FixedDecoder, Ignored, Item, Storage, Token, Tokenizer};

use super::reference::{Outcome, Seen};

/// What the decoder says at the end of what it was given.
macro_rules! finish {
    ($seen:ident, $decoder:expr) => {{
        let decoder = $decoder;
        decoder.last_event_id().clone_into(&mut $seen.last_event_id);
        $seen.reconnection_time = decoder.reconnection_time().map(milliseconds);
        $seen.ignored = (decoder.ignored().lines(), decoder.ignored().first_line().to_vec());
        $seen.utf8_replacements = decoder.utf8_replacements();
        $seen.incomplete = decoder.incomplete();
        $seen
    }};
}

/// A blocking client that connects once, to a server that sends these chunks.
#[cfg(feature = "std")]
macro_rules! client {
    ($chunks:expr, $received:expr) => {{
        use sse_proto::client::{EventSource, Policy, Response};

        let (chunks, received) = ($chunks, $received);
        sse_proto::adapters::io::EventClient::with_source(EventSource::new(Policy::once(), 0), move |_| {
            // An empty chunk would be the end of the stream.
            let rest = chunks.iter().copied().filter(|chunk| !chunk.is_empty()).collect();
            Ok((Response::new(200).with_content_types(["text/event-stream"]), CountedChunks { rest, received }))
        })
    }};
}

/// What the client says at the end of the stream.
#[cfg(feature = "std")]
macro_rules! finish_client {
    ($seen:ident, $client:ident) => {{
        let (source, end) = ($client.source(), $client.source().last_stream());
        source.last_event_id().clone_into(&mut $seen.last_event_id);
        $seen.reconnection_time = source.decoder().reconnection_time().map(milliseconds);
        $seen.ignored = (end.ignored.lines(), end.ignored.first_line().to_vec());
        $seen.utf8_replacements = end.utf8_replacements;
        $seen.incomplete = end.incomplete;
        $seen
    }};
}

/// The same with the asynchronous client.
#[cfg(feature = "client")]
macro_rules! async_client {
    ($chunks:expr, $received:expr) => {{
        use futures_util::StreamExt;
        use sse_proto::adapters::client::EventClient;
        use sse_proto::client::{EventSource, Policy};

        let (chunks, received): (&[&[u8]], _) = ($chunks, $received);
        let connect = move |request: http::Request<()>| {
            assert!(request.headers().contains_key("accept"));
            let chunks = AsyncChunks::new(chunks, received, bytes::Bytes::copy_from_slice);
            let frames = chunks.map(|chunk| chunk.map(http_body::Frame::data));
            let response = http::Response::builder().header("content-type", "text/event-stream");
            std::future::ready(response.body(http_body_util::StreamBody::new(frames)))
        };
        let source = EventSource::with_decoder(sse_proto::BytesDecoder::new(), Policy::once(), 0);
        EventClient::new(http::Request::new(()), connect, |_| std::future::pending()).with_source(source)
    }};
}

/// A public way from bytes to events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The tokenizer, and the fields processed here as simply as can be. It has no limit.
    Tokenizer,
    #[cfg(feature = "alloc")]
    Decoder,
    Fixed,
    /// `Decoder::events` of each chunk, with the fixed decoder.
    Events,
    #[cfg(feature = "std")]
    Io,
    /// The blocking client, which connects once.
    #[cfg(feature = "std")]
    IoClient,
    /// The asynchronous client, which connects once.
    #[cfg(feature = "client")]
    AsyncClient,
    #[cfg(feature = "bytes")]
    Bytes,
    #[cfg(feature = "bytes")]
    BytesEvents,
    #[cfg(feature = "stream")]
    Stream,
    /// Each chunk is a `Buf` of two pieces.
    #[cfg(feature = "stream")]
    StreamInPieces,
    #[cfg(feature = "http-body")]
    Body,
    #[cfg(feature = "tokio-util-v0.7")]
    Codec,
    #[cfg(feature = "alloc")]
    Source,
    #[cfg(feature = "bytes")]
    BytesSource,
}

pub const READERS: &[Reader] = &[
    Reader::Tokenizer,
    #[cfg(feature = "alloc")]
    Reader::Decoder,
    Reader::Fixed,
    Reader::Events,
    #[cfg(feature = "std")]
    Reader::Io,
    #[cfg(feature = "std")]
    Reader::IoClient,
    #[cfg(feature = "client")]
    Reader::AsyncClient,
    #[cfg(feature = "bytes")]
    Reader::Bytes,
    #[cfg(feature = "bytes")]
    Reader::BytesEvents,
    #[cfg(feature = "stream")]
    Reader::Stream,
    #[cfg(feature = "stream")]
    Reader::StreamInPieces,
    #[cfg(feature = "http-body")]
    Reader::Body,
    #[cfg(feature = "tokio-util-v0.7")]
    Reader::Codec,
    #[cfg(feature = "alloc")]
    Reader::Source,
    #[cfg(feature = "bytes")]
    Reader::BytesSource,
];

impl Reader {
    pub fn run(self, chunks: &[&[u8]]) -> Seen {
        match self {
            Self::Tokenizer => tokenizer(chunks),
            #[cfg(feature = "alloc")]
            Self::Decoder => decoder(&mut Decoder::new(), chunks),
            // Sizes that hold whatever the stream does; an invalid byte becomes three.
            Self::Fixed | Self::Events => {
                let events = self == Self::Events;
                match chunks.iter().map(|chunk| chunk.len()).sum() {
                    0..256 => fixed::<768, 768>(events, chunks),
                    256..10_000 => fixed::<30_000, 30_000>(events, chunks),
                    _ => with_large_stack(|| fixed::<1_100_000, 16_384>(events, chunks)),
                }
            }
            #[cfg(feature = "std")]
            Self::Io => event_reader(Decoder::new(), chunks),
            #[cfg(feature = "std")]
            Self::IoClient => event_client(chunks),
            #[cfg(feature = "client")]
            Self::AsyncClient => async_event_client(chunks),
            #[cfg(feature = "bytes")]
            Self::Bytes => bytes_decoder(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "bytes")]
            Self::BytesEvents => bytes_events(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "stream")]
            Self::Stream => event_stream(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "stream")]
            Self::StreamInPieces => event_stream_in_pieces(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "http-body")]
            Self::Body => body_events(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "tokio-util-v0.7")]
            Self::Codec => codec_events(sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "alloc")]
            Self::Source => in_source(Decoder::new(), |source| source_events(source, Duration::ZERO, chunks)),
            #[cfg(feature = "bytes")]
            Self::BytesSource => {
                in_source(sse_proto::BytesDecoder::new(), |source| bytes_source_events(source, Duration::ZERO, chunks))
            }
        }
    }
}

/// Calls `check` with the stream cut in every way that is checked everywhere: whole, byte by byte, with empty chunks,
/// at each one place, and for streams of up to 256 bytes, which all cases are, at each two places.
pub fn every_split(stream: &[u8], mut check: impl FnMut(&[&[u8]])) {
    check(&[stream]);
    check(&stream.chunks(1).collect::<Vec<_>>());
    check(&stream.chunks(1).flat_map(|byte| [&[][..], byte]).collect::<Vec<_>>());
    for first in 0..=stream.len() {
        let (head, tail) = stream.split_at(first);
        check(&[head, tail]);
        if stream.len() <= 256 {
            for second in 0..=tail.len() {
                check(&[head, &tail[..second], &tail[second..]]);
            }
        }
    }
}

/// The events and errors alone, without the places in the stream: for readers that do not tell, and streams cut so that
/// an event comes out later than its last byte.
pub fn without_places(mut seen: Seen) -> Seen {
    for outcome in &mut seen.outcomes {
        if let Outcome::Event { after, .. } = outcome {
            *after = 0;
        }
    }
    seen
}

/// What a decoder returns. The place of an event is the end of the chunk that completes it, less what is left of the chunk.
pub fn decoder<S: Storage>(decoder: &mut Decoder<S>, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = *chunk;
        loop {
            match decoder.next_event(&mut input) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    let event = outcome(&event, end - input.len());
                    seen.outcomes.push(with_last_event_id(event, decoder.last_event_id()));
                }
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, decoder)
}

fn fixed<const DATA: usize, const NAME: usize>(by_events: bool, chunks: &[&[u8]]) -> Seen {
    let mut decoder = FixedDecoder::<DATA, NAME>::with_fixed_buffers();
    if by_events { events(&mut decoder, chunks) } else { self::decoder(&mut decoder, chunks) }
}

/// The same by `Decoder::events`, for each chunk.
pub fn events<S: Storage>(decoder: &mut Decoder<S>, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = *chunk;
        let mut events = decoder.events(&mut input);
        loop {
            let mut next = match events.next() {
                Ok(None) => break,
                Ok(Some(event)) => outcome(&event, 0),
                Err(error) => too_large(error),
            };
            if let Outcome::Event { after, .. } = &mut next {
                *after = end - events.rest().len();
            }
            seen.outcomes.push(with_last_event_id(next, events.decoder().last_event_id()));
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, decoder)
}

#[cfg(feature = "std")]
pub fn event_reader(decoder: Decoder, chunks: &[&[u8]]) -> Seen {
    use sse_proto::Error;
    use sse_proto::adapters::io::EventReader;

    // An empty chunk would be the end of the stream.
    let chunks = chunks.iter().copied().filter(|chunk| !chunk.is_empty()).collect();
    let mut reader = EventReader::with_decoder(Chunks { rest: chunks, taken: 0, total: 0 }, decoder);
    let mut seen = Seen::default();
    while let Some(event) = reader.next() {
        seen.outcomes.push(match event {
            Ok(event) => {
                let event = outcome(&event.as_event(), reader.get_ref().total);
                with_last_event_id(event, reader.decoder().last_event_id())
            }
            Err(Error::Decode(error)) => too_large(error),
            Err(error) => panic!("{error}"),
        });
    }
    finish!(seen, reader.decoder())
}

#[cfg(feature = "std")]
fn event_client(chunks: &[&[u8]]) -> Seen {
    use sse_proto::adapters::io::ClientError;

    let received = std::cell::Cell::new(0);
    let mut seen = Seen::default();
    let mut client = client!(chunks, &received);
    while let Some(event) = client.next() {
        seen.outcomes.push(match event {
            Ok(event) => {
                with_last_event_id(outcome(&event.as_event(), received.get()), client.source().last_event_id())
            }
            Err(ClientError::Decode(error)) => too_large(error),
            Err(error) => {
                assert!(seen.outcomes.is_empty(), "{error}");
                break;
            }
        });
    }
    assert!(client.next().is_none(), "fused");
    finish_client!(seen, client)
}

#[cfg(feature = "client")]
fn async_event_client(chunks: &[&[u8]]) -> Seen {
    use futures_core::Stream;
    use sse_proto::adapters::client::ClientError;

    let received = std::cell::Cell::new(0);
    let mut seen = Seen::default();
    let mut client = async_client!(chunks, &received);
    while let Some(event) = poll_until_ready(|cx| std::pin::Pin::new(&mut client).poll_next(cx)) {
        seen.outcomes.push(match event {
            Ok(event) => {
                with_last_event_id(outcome(&event.as_event(), received.get()), client.source().last_event_id())
            }
            Err(ClientError::Decode(error)) => too_large(error),
            Err(error) => {
                assert!(seen.outcomes.is_empty(), "{error}");
                break;
            }
        });
    }
    assert!(poll_until_ready(|cx| std::pin::Pin::new(&mut client).poll_next(cx)).is_none(), "fused");
    finish_client!(seen, client)
}

#[cfg(feature = "bytes")]
pub fn bytes_decoder(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = bytes::Bytes::copy_from_slice(chunk);
        loop {
            match decoder.next_event(&mut input) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    let event = outcome(&event.as_event(), end - input.len());
                    seen.outcomes.push(with_last_event_id(event, decoder.last_event_id()));
                }
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, decoder)
}

/// The same by `BytesDecoder::iter_events`, for each chunk.
#[cfg(feature = "bytes")]
pub fn bytes_events(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = sse_proto::BytesChunk::from(bytes::Bytes::copy_from_slice(chunk));
        let mut events = decoder.iter_events(&mut input);
        while let Some(event) = events.next() {
            seen.outcomes.push(match event {
                Ok(event) => {
                    let event = outcome(&event.as_event(), end - events.rest().len());
                    with_last_event_id(event, events.decoder().last_event_id())
                }
                Err(error) => too_large(error),
            });
        }
        assert!(input.rest().is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, decoder)
}

#[cfg(feature = "stream")]
pub fn event_stream(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    event_stream_of(decoder, chunks, bytes::Bytes::copy_from_slice)
}

/// Each chunk is a `Buf` of two pieces, which may be empty.
#[cfg(feature = "stream")]
pub fn event_stream_in_pieces(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    event_stream_of(decoder, chunks, two_pieces)
}

#[cfg(feature = "stream")]
fn two_pieces(chunk: &[u8]) -> bytes::buf::Chain<bytes::Bytes, std::io::Cursor<Vec<u8>>> {
    let (first, second) = chunk.split_at(chunk.len() / 2);
    bytes::Buf::chain(bytes::Bytes::copy_from_slice(first), std::io::Cursor::new(second.to_vec()))
}

#[cfg(feature = "stream")]
fn event_stream_of<B: bytes::Buf>(
    decoder: &mut sse_proto::BytesDecoder,
    chunks: &[&[u8]],
    new_chunk: fn(&[u8]) -> B,
) -> Seen {
    use sse_proto::adapters::stream::EventStreamExt;

    let received = std::cell::Cell::new(0);
    all_events(AsyncChunks::new(chunks, &received, new_chunk).event_stream_with(decoder), &received)
}

#[cfg(feature = "stream")]
pub fn stream_items<B: bytes::Buf>(
    decoder: &mut sse_proto::BytesDecoder,
    chunks: &[&[u8]],
    new_chunk: fn(&[u8]) -> B,
) -> Seen {
    use sse_proto::adapters::stream::EventStreamExt;

    let received = std::cell::Cell::new(0);
    all_items(AsyncChunks::new(chunks, &received, new_chunk).event_stream_with(decoder).items(), &received)
}

/// The events of a body whose frames are these chunks, then trailers.
#[cfg(feature = "http-body")]
pub fn body_events(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    use sse_proto::adapters::body::EventBodyExt;

    let received = std::cell::Cell::new(0);
    all_events(AsyncBody::new(chunks, &received).into_events_with(decoder), &received)
}

#[cfg(feature = "http-body")]
fn body_items(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    use sse_proto::adapters::body::EventBodyExt;

    let received = std::cell::Cell::new(0);
    all_items(AsyncBody::new(chunks, &received).into_events_with(decoder).items(), &received)
}

#[cfg(feature = "stream")]
fn all_events<S, B>(
    mut events: sse_proto::adapters::stream::EventStream<S, &mut sse_proto::BytesDecoder>,
    received: &std::cell::Cell<usize>,
) -> Seen
where
    S: futures_core::Stream<Item = Result<B, std::convert::Infallible>> + Unpin,
    B: bytes::Buf,
{
    let mut seen = Seen::default();
    while let Some(event) = next_of(&mut events) {
        seen.outcomes.push(match event {
            Ok(event) => {
                let event = outcome(&event.as_event(), received.get());
                with_last_event_id(event, events.last_event_id())
            }
            Err(error) => too_large(error),
        });
    }
    assert!(next_of(&mut events).is_none(), "fused");
    finish!(seen, events.decoder())
}

#[cfg(feature = "stream")]
fn all_items<S, B>(
    mut items: sse_proto::adapters::stream::Items<S, &mut sse_proto::BytesDecoder>,
    received: &std::cell::Cell<usize>,
) -> Seen
where
    S: futures_core::Stream<Item = Result<B, std::convert::Infallible>> + Unpin,
    B: bytes::Buf,
{
    let mut seen = Seen::default();
    while let Some(item) = next_of(&mut items) {
        seen.outcomes.push(match item {
            Ok(item) => item_buf_outcome(&item, sse_proto::EventBytes::as_event, received.get()),
            Err(error) => too_large(error),
        });
    }
    assert!(next_of(&mut items).is_none(), "fused");
    finish!(seen, items.decoder())
}

/// The events of a `FramedRead` whose reader returns one chunk for each read.
#[cfg(feature = "tokio-util-v0.7")]
pub fn codec_events(decoder: sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    use futures_util::{FutureExt, StreamExt};
    use sse_proto::adapters::codec::EventCodec;
    use tokio_util::codec::FramedRead;

    let mut seen = Seen::default();
    // An empty chunk would be the end of the stream.
    let chunks = chunks.iter().copied().filter(|chunk| !chunk.is_empty()).collect();
    let reader = Chunks { rest: chunks, taken: 0, total: 0 };
    let mut events = FramedRead::new(reader, EventCodec::with_decoder(decoder));
    while let Some(event) = events.next().now_or_never().expect("the reader is ready") {
        seen.outcomes.push(match event.expect("the reader never fails") {
            Ok(event) => {
                let event = outcome(&event.as_event(), events.get_ref().total);
                with_last_event_id(event, events.decoder().decoder().last_event_id())
            }
            Err(error) => too_large(error),
        });
    }
    assert!(events.read_buffer().is_empty(), "all bytes were taken");
    let (decoder, rest) = events.into_parts().codec.into_inner();
    assert!(rest.rest().is_empty(), "all bytes were decoded");
    finish!(seen, decoder)
}

#[cfg(feature = "tokio-util-v0.7")]
impl tokio::io::AsyncRead for Chunks<'_> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        output: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        let chunk = std::io::BufRead::fill_buf(&mut *self)?;
        let len = chunk.len().min(output.remaining());
        output.put_slice(&chunk[..len]);
        std::io::BufRead::consume(&mut *self, len);
        std::task::Poll::Ready(Ok(()))
    }
}

/// A body whose frames are chunks, each of which comes after having been waited for. Trailers are last.
#[cfg(feature = "http-body")]
struct AsyncBody<'a> {
    chunks: AsyncChunks<'a, bytes::Bytes>,
    has_ended: bool,
}

#[cfg(feature = "http-body")]
impl<'a> AsyncBody<'a> {
    fn new(chunks: &'a [&'a [u8]], received: &'a std::cell::Cell<usize>) -> Self {
        Self { chunks: AsyncChunks::new(chunks, received, bytes::Bytes::copy_from_slice), has_ended: false }
    }
}

#[cfg(feature = "http-body")]
impl http_body::Body for AsyncBody<'_> {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        use http_body::Frame;
        use std::task::ready;

        if self.has_ended {
            return std::task::Poll::Ready(None);
        }
        let chunk = ready!(futures_core::Stream::poll_next(std::pin::Pin::new(&mut self.chunks), cx));
        self.has_ended = chunk.is_none();
        let trailers = || Ok(Frame::trailers(http::HeaderMap::new()));
        std::task::Poll::Ready(Some(chunk.map_or_else(trailers, |chunk| chunk.map(Frame::data))))
    }
}

/// A stream of chunks, each of which comes after having been waited for.
#[cfg(feature = "stream")]
struct AsyncChunks<'a, B> {
    rest: std::slice::Iter<'a, &'a [u8]>,
    has_waited: bool,
    received: &'a std::cell::Cell<usize>,
    new_chunk: fn(&[u8]) -> B,
}

#[cfg(feature = "stream")]
impl<'a, B> AsyncChunks<'a, B> {
    fn new(chunks: &'a [&'a [u8]], received: &'a std::cell::Cell<usize>, new_chunk: fn(&[u8]) -> B) -> Self {
        Self { rest: chunks.iter(), has_waited: false, received, new_chunk }
    }
}

#[cfg(feature = "stream")]
impl<B> futures_core::Stream for AsyncChunks<'_, B> {
    type Item = Result<B, std::convert::Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.has_waited = !self.has_waited;
        if self.has_waited {
            cx.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        let chunk = self.rest.next();
        self.received.set(self.received.get() + chunk.map_or(0, |chunk| chunk.len()));
        std::task::Poll::Ready(chunk.map(|chunk| Ok((self.new_chunk)(chunk))))
    }
}

/// The next item, however often it must be waited for.
#[cfg(feature = "stream")]
fn next_of<T>(
    events: &mut (impl futures_core::Stream<Item = Result<T, sse_proto::Error<std::convert::Infallible>>> + Unpin),
) -> Option<Result<T, DecodeError>> {
    poll_until_ready(|cx| std::pin::Pin::new(&mut *events).poll_next(cx)).map(|item| {
        item.map_err(|error| match error {
            sse_proto::Error::Decode(error) => error,
            sse_proto::Error::Source(never) => match never {},
        })
    })
}

#[cfg(feature = "stream")]
fn poll_until_ready<T>(mut poll: impl FnMut(&mut std::task::Context<'_>) -> std::task::Poll<T>) -> T {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = poll(&mut cx) {
            return output;
        }
    }
}

/// Runs what puts more on the stack than a test has.
fn with_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, run).unwrap();
        thread.join().unwrap()
    })
}

/// A reader that returns one chunk at a time, and counts what was taken.
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct Chunks<'a> {
    pub rest: std::collections::VecDeque<&'a [u8]>,
    pub taken: usize,
    pub total: usize,
}

#[cfg(feature = "std")]
impl std::io::Read for Chunks<'_> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        unreachable!("a `BufRead` is read by `fill_buf` and `consume`")
    }
}

#[cfg(feature = "std")]
impl std::io::BufRead for Chunks<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        Ok(self.rest.front().map_or(&[], |chunk| &chunk[self.taken..]))
    }

    fn consume(&mut self, n: usize) {
        self.taken += n;
        self.total += n;
        if self.rest.front().is_some_and(|chunk| chunk.len() == self.taken) {
            self.rest.pop_front();
            self.taken = 0;
        }
    }
}

/// A reader that returns at most one chunk at a time, and counts what was read.
#[cfg(feature = "std")]
struct CountedChunks<'a> {
    rest: std::collections::VecDeque<&'a [u8]>,
    received: &'a std::cell::Cell<usize>,
}

#[cfg(feature = "std")]
impl std::io::Read for CountedChunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(chunk) = self.rest.pop_front() else { return Ok(0) };
        let (now, later) = chunk.split_at(chunk.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        if !later.is_empty() {
            self.rest.push_front(later);
        }
        self.received.set(self.received.get() + now.len());
        Ok(now.len())
    }
}

/// Runs a client whose stream is open, ends the stream, and checks what it says was left.
fn in_source<D: StreamDecoder>(decoder: D, run: impl FnOnce(&mut EventSource<D>) -> Seen) -> Seen {
    let mut source = EventSource::with_decoder(decoder, Policy::default(), 0);
    source.accept(Duration::ZERO);
    let seen = run(&mut source);
    source.handle_end(Duration::ZERO);
    let left = source.last_stream();
    assert_eq!((left.incomplete, left.utf8_replacements), (seen.incomplete, seen.utf8_replacements));
    assert_eq!((left.ignored.lines(), left.ignored.first_line()), (seen.ignored.0, &seen.ignored.1[..]));
    assert_eq!(source.last_event_id(), seen.last_event_id);
    seen
}

/// What a client whose stream is open returns.
pub fn source_events<S: Storage>(source: &mut EventSource<Decoder<S>>, now: Duration, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = *chunk;
        loop {
            match source.next_event(now, &mut input) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    let event = outcome(&event, end - input.len());
                    seen.outcomes.push(with_last_event_id(event, source.last_event_id()));
                }
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, source.decoder())
}

pub fn source_items<S: Storage>(source: &mut EventSource<Decoder<S>>, now: Duration, chunks: &[&[u8]]) -> Seen {
    let mut seen = source_items_so_far(source, now, chunks);
    seen.outcomes.extend(source.decoder_mut().unfinished_item().map(|item| item_outcome(item, 0)));
    finish!(seen, source.decoder())
}

/// The same where the stream has not ended.
pub fn source_items_so_far<S: Storage>(source: &mut EventSource<Decoder<S>>, now: Duration, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = *chunk;
        loop {
            match source.next_item(now, &mut input) {
                Ok(None) => break,
                Ok(Some(item)) => seen.outcomes.push(item_outcome(item, end - input.len())),
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, source.decoder())
}

#[cfg(feature = "bytes")]
pub fn bytes_source_events(source: &mut EventSource<sse_proto::BytesDecoder>, now: Duration, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = bytes::Bytes::copy_from_slice(chunk);
        loop {
            match source.next_event(now, &mut input) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    let event = outcome(&event.as_event(), end - input.len());
                    seen.outcomes.push(with_last_event_id(event, source.last_event_id()));
                }
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, source.decoder())
}

#[cfg(feature = "bytes")]
pub fn bytes_source_items(source: &mut EventSource<sse_proto::BytesDecoder>, now: Duration, chunks: &[&[u8]]) -> Seen {
    let mut seen = bytes_source_items_so_far(source, now, chunks);
    let unfinished = source.decoder_mut().unfinished_item();
    seen.outcomes.extend(unfinished.map(|item| item_buf_outcome(&item, sse_proto::EventBytes::as_event, 0)));
    finish!(seen, source.decoder())
}

/// The same where the stream has not ended.
#[cfg(feature = "bytes")]
pub fn bytes_source_items_so_far(
    source: &mut EventSource<sse_proto::BytesDecoder>,
    now: Duration,
    chunks: &[&[u8]],
) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = bytes::Bytes::copy_from_slice(chunk);
        loop {
            match source.next_item(now, &mut input) {
                Ok(None) => break,
                Ok(Some(item)) => {
                    seen.outcomes.push(item_buf_outcome(&item, sse_proto::EventBytes::as_event, end - input.len()));
                }
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, source.decoder())
}

fn tokenizer(chunks: &[&[u8]]) -> Seen {
    let mut tokenizer = Tokenizer::new();
    let mut seen = Seen::default();
    let (mut line, mut in_line) = (Vec::new(), false);
    let (mut data, mut event_type, mut new_id, mut new_retry) = (Vec::new(), String::new(), None, None);
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = *chunk;
        while let Some(token) = tokenizer.next_token(&mut input) {
            let Token::Value { field, bytes, ends_line } = token else {
                if let Some(id) = &new_id {
                    seen.last_event_id.clone_from(id);
                }
                if !data.is_empty() {
                    seen.outcomes.push(Outcome::Event {
                        event_type: if event_type.is_empty() { "message".to_owned() } else { event_type },
                        data: data.join("\n"),
                        id: new_id,
                        retry: new_retry,
                        last_event_id: seen.last_event_id.clone(),
                        after: end - input.len(),
                    });
                }
                (data, event_type, new_id, new_retry) = (Vec::new(), String::new(), None, None);
                continue;
            };
            line.extend_from_slice(bytes);
            if field == Field::Other {
                seen.ignored.0 += u64::from(!in_line);
                if seen.ignored.0 == 1 {
                    seen.ignored.1 = line[..line.len().min(Ignored::MAX_FIRST_LEN)].to_vec();
                }
            }
            in_line = !ends_line;
            if !ends_line {
                continue;
            }
            let value = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            match field {
                Field::Data => data.push(value),
                Field::Event => event_type = value,
                Field::Id if !value.contains('\0') => new_id = Some(value),
                Field::Retry if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    if let Ok(retry) = value.parse() {
                        (new_retry, seen.reconnection_time) = (Some(retry), Some(retry));
                    }
                }
                _ => {}
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    // It does not decode UTF-8, and does not say what is incomplete.
    let reference = super::reference::decode(&chunks.concat());
    (seen.incomplete, seen.utf8_replacements) = (reference.incomplete, reference.utf8_replacements);
    seen
}

fn outcome(event: &Event<'_>, after: usize) -> Outcome {
    Outcome::Event {
        event_type: event.event_type().to_owned(),
        data: event.data().to_owned(),
        id: event.id().map(str::to_owned),
        retry: event.retry().map(milliseconds),
        last_event_id: event.last_event_id().to_owned(),
        after,
    }
}

/// The ID on the event is that of the decoder.
fn with_last_event_id(outcome: Outcome, id: &str) -> Outcome {
    if let Outcome::Event { last_event_id, .. } = &outcome {
        assert_eq!(last_event_id, id, "on the event and on the decoder");
    }
    outcome
}

fn too_large(error: DecodeError) -> Outcome {
    match error {
        DecodeError::EventTooLarge { field, .. } => Outcome::TooLarge { field: field.name() },
        DecodeError::LineTooLarge { field: Field::Comment, .. } => Outcome::LineTooLarge { field: "comment" },
        DecodeError::LineTooLarge { field, .. } => Outcome::LineTooLarge { field: field.name() },
        error => panic!("{error}"),
    }
}

/// What a decoder returns by `next_item`, with the line in which the stream ends.
pub fn items<S: Storage>(decoder: &mut Decoder<S>, chunks: &[&[u8]]) -> Seen {
    let mut seen = items_so_far(decoder, chunks);
    seen.outcomes.extend(decoder.unfinished_item().map(|item| item_outcome(item, 0)));
    assert_eq!(decoder.unfinished_item(), None, "once");
    finish!(seen, decoder)
}

/// The same where the stream has not ended.
pub fn items_so_far<S: Storage>(decoder: &mut Decoder<S>, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = *chunk;
        loop {
            match decoder.next_item(&mut input) {
                Ok(None) => break,
                Ok(Some(item)) => seen.outcomes.push(item_outcome(item, end - input.len())),
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, decoder)
}

#[cfg(feature = "bytes")]
pub fn bytes_items(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    let mut seen = bytes_items_so_far(decoder, chunks);
    let unfinished = decoder.unfinished_item();
    seen.outcomes.extend(unfinished.map(|item| item_buf_outcome(&item, sse_proto::EventBytes::as_event, 0)));
    finish!(seen, decoder)
}

/// The same where the stream has not ended.
#[cfg(feature = "bytes")]
pub fn bytes_items_so_far(decoder: &mut sse_proto::BytesDecoder, chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::default();
    let mut end = 0;
    for chunk in chunks {
        end += chunk.len();
        let mut input = bytes::Bytes::copy_from_slice(chunk);
        loop {
            match decoder.next_item(&mut input) {
                Ok(None) => break,
                Ok(Some(item)) => {
                    seen.outcomes.push(item_buf_outcome(&item, sse_proto::EventBytes::as_event, end - input.len()));
                }
                Err(error) => seen.outcomes.push(too_large(error)),
            }
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    finish!(seen, decoder)
}

pub fn item_outcome(item: Item<'_>, after: usize) -> Outcome {
    match item {
        Item::Event(event) => outcome(&event, after),
        Item::Block(block) => {
            assert!(!block.has_data());
            Outcome::Block {
                event_type: block.event_field().unwrap_or_default().to_owned(),
                id: block.id().map(str::to_owned),
                retry: block.retry().map(milliseconds),
                last_event_id: block.last_event_id().to_owned(),
            }
        }
        Item::Comment(comment) => Outcome::Comment(comment.text().to_owned()),
        Item::Ignored(line) => Outcome::Ignored(line.to_vec()),
    }
}

#[cfg(feature = "alloc")]
pub fn item_buf_outcome<E>(item: &sse_proto::ItemBuf<E>, event: impl Fn(&E) -> Event<'_>, after: usize) -> Outcome {
    use sse_proto::{Comment, ItemBuf};

    match item {
        ItemBuf::Event(owned) => item_outcome(Item::Event(event(owned)), after),
        ItemBuf::Block(owned) => item_outcome(Item::Block(event(owned)), after),
        ItemBuf::Comment(text) => item_outcome(Item::Comment(Comment::new(text)), after),
        ItemBuf::Ignored(line) => item_outcome(Item::Ignored(line), after),
    }
}

#[cfg(feature = "std")]
pub fn io_items(decoder: &mut Decoder, chunks: &[&[u8]]) -> Seen {
    use sse_proto::Error;
    use sse_proto::adapters::io::EventReader;

    let chunks = chunks.iter().copied().filter(|chunk| !chunk.is_empty()).collect();
    let mut items = EventReader::with_decoder(Chunks { rest: chunks, taken: 0, total: 0 }, &mut *decoder).items();
    let mut seen = Seen::default();
    while let Some(item) = items.next() {
        seen.outcomes.push(match item {
            Ok(item) => item_buf_outcome(&item, sse_proto::EventBuf::as_event, items.get_ref().total),
            Err(Error::Decode(error)) => too_large(error),
            Err(error) => panic!("{error}"),
        });
    }
    finish!(seen, &*decoder)
}

#[cfg(feature = "std")]
fn client_items(chunks: &[&[u8]]) -> Seen {
    use sse_proto::adapters::io::{ClientError, Update};

    let received = std::cell::Cell::new(0);
    let mut seen = Seen::default();
    let mut client = client!(chunks, &received);
    for update in client.updates() {
        seen.outcomes.push(match update {
            Ok(Update::Item(item)) => item_buf_outcome(&item, sse_proto::EventBuf::as_event, received.get()),
            Ok(Update::Connected) => continue,
            Err(ClientError::Decode(error)) => too_large(error),
            Err(ClientError::Closed { cause: sse_proto::client::Cause::EndedEarly, .. }) => break,
            update => panic!("{update:?}"),
        });
    }
    finish_client!(seen, client)
}

#[cfg(feature = "client")]
fn async_client_items(chunks: &[&[u8]]) -> Seen {
    use sse_proto::adapters::client::{ClientError, Update};

    let received = std::cell::Cell::new(0);
    let mut seen = Seen::default();
    let mut client = async_client!(chunks, &received);
    while let Some(update) = poll_until_ready(|cx| client.poll_update(cx)) {
        seen.outcomes.push(match update {
            Ok(Update::Item(item)) => item_buf_outcome(&item, sse_proto::EventBytes::as_event, received.get()),
            Ok(Update::Connected) => continue,
            Err(ClientError::Decode(error)) => too_large(error),
            Err(ClientError::Closed { cause: sse_proto::client::Cause::EndedEarly, .. }) => break,
            update => panic!("{update:?}"),
        });
    }
    finish_client!(seen, client)
}

/// A public way from bytes to items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemReader {
    #[cfg(feature = "alloc")]
    Decoder,
    Fixed,
    #[cfg(feature = "std")]
    Io,
    #[cfg(feature = "std")]
    IoClient,
    #[cfg(feature = "client")]
    AsyncClient,
    #[cfg(feature = "bytes")]
    Bytes,
    #[cfg(feature = "stream")]
    Stream,
    #[cfg(feature = "stream")]
    StreamInPieces,
    #[cfg(feature = "http-body")]
    Body,
    #[cfg(feature = "alloc")]
    Source,
    #[cfg(feature = "bytes")]
    BytesSource,
}

pub const ITEM_READERS: &[ItemReader] = &[
    #[cfg(feature = "alloc")]
    ItemReader::Decoder,
    ItemReader::Fixed,
    #[cfg(feature = "std")]
    ItemReader::Io,
    #[cfg(feature = "std")]
    ItemReader::IoClient,
    #[cfg(feature = "client")]
    ItemReader::AsyncClient,
    #[cfg(feature = "bytes")]
    ItemReader::Bytes,
    #[cfg(feature = "stream")]
    ItemReader::Stream,
    #[cfg(feature = "stream")]
    ItemReader::StreamInPieces,
    #[cfg(feature = "http-body")]
    ItemReader::Body,
    #[cfg(feature = "alloc")]
    ItemReader::Source,
    #[cfg(feature = "bytes")]
    ItemReader::BytesSource,
];

impl ItemReader {
    pub fn run(self, chunks: &[&[u8]]) -> Seen {
        match self {
            #[cfg(feature = "alloc")]
            Self::Decoder => items(&mut Decoder::new(), chunks),
            Self::Fixed => match chunks.iter().map(|chunk| chunk.len()).sum() {
                0..256 => items(&mut FixedDecoder::<768, 768>::with_fixed_buffers(), chunks),
                256..10_000 => items(&mut FixedDecoder::<30_000, 30_000>::with_fixed_buffers(), chunks),
                _ => with_large_stack(|| items(&mut FixedDecoder::<1_100_000, 16_384>::with_fixed_buffers(), chunks)),
            },
            #[cfg(feature = "std")]
            Self::Io => io_items(&mut Decoder::new(), chunks),
            #[cfg(feature = "std")]
            Self::IoClient => client_items(chunks),
            #[cfg(feature = "client")]
            Self::AsyncClient => async_client_items(chunks),
            #[cfg(feature = "bytes")]
            Self::Bytes => bytes_items(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "stream")]
            Self::Stream => stream_items(&mut sse_proto::BytesDecoder::new(), chunks, bytes::Bytes::copy_from_slice),
            #[cfg(feature = "stream")]
            Self::StreamInPieces => stream_items(&mut sse_proto::BytesDecoder::new(), chunks, two_pieces),
            #[cfg(feature = "http-body")]
            Self::Body => body_items(&mut sse_proto::BytesDecoder::new(), chunks),
            #[cfg(feature = "alloc")]
            Self::Source => in_source(Decoder::new(), |source| source_items(source, Duration::ZERO, chunks)),
            #[cfg(feature = "bytes")]
            Self::BytesSource => {
                in_source(sse_proto::BytesDecoder::new(), |source| bytes_source_items(source, Duration::ZERO, chunks))
            }
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}
