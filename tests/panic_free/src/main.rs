//! Calls the whole core API. `black_box` hides the values and states from the compiler, so that every panic that it cannot prove
//! impossible remains in the program, which then cannot be linked.
//!
//! The program can also be run: it decodes standard input and writes each event in every possible way.
//!
//! `Debug` is not called, because the compiler cannot prove that the implementations for `str` and `char` do not panic.

#![no_std]
#![no_main]

use core::ffi::{c_char, c_int};
use core::fmt::{self, Display, Write};
use core::hash::{Hash, Hasher};
use core::hint::black_box;
use core::time::Duration;

use sse_proto::client::{EventSource, Policy, Reconnect, Response, State, Step, Verdict};
use sse_proto::headers::{is_event_stream, last_event_id_value, retry_after};
use sse_proto::{
    Comment, CutLine, DataWriter, DecodeError, EndOfStream, Error, Event, FixedDecoder, Ignored, Incomplete, Item,
    Limits, Token, Tokenizer,
};

type Decoder = FixedDecoder<1024, 64>;
type Source = EventSource<Decoder>;

fn run() -> fmt::Result {
    let (mut tokenizer, mut decoder, mut buffer) = (Tokenizer::default(), Decoder::default(), [0; 4096]);
    let mut client = Reconnect::new(policy(black_box(0)), black_box(1));
    let mut source = Source::with_decoder(decoder.clone(), policy(black_box(2)), black_box(3));
    loop {
        // SAFETY: the pointer and the length are those of a live slice.
        let len = unsafe { read(0, buffer.as_mut_ptr(), buffer.len()) };
        let chunk = usize::try_from(len).ok().and_then(|len| buffer.get(..len)).unwrap_or_default();
        #[cfg(feature = "negative_control")]
        black_box(chunk[7]);
        tokenize(&mut tokenizer, chunk);
        decode(&mut decoder, chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        let text = core::str::from_utf8(chunk).unwrap_or_default();
        make(text)?;
        end(&mut decoder, text)?;
        step(black_box(&mut client), chunk)?;
        receive(black_box(&mut source), chunk, text)?;
        black_box((is_event_stream(black_box([chunk, chunk])), last_event_id_value(text)));
    }
}

fn tokenize(tokenizer: &mut Tokenizer, chunk: &[u8]) {
    let mut input = chunk;
    while let Some(token) = black_box(&mut *tokenizer).next_token(&mut input) {
        if let Token::Value { field, .. } = token {
            black_box((field.name(), hash(&token)));
        }
        black_box(token == black_box(Token::BlankLine));
    }
    let (mut tokenizer_of_pieces, mut input) = (black_box(tokenizer.clone()), chunk);
    while let Some(piece) = black_box(&mut tokenizer_of_pieces).next_piece(&mut input) {
        let piece = black_box(piece);
        black_box((
            piece.raw(),
            piece.withheld(),
            piece.token(),
            piece.ends_at_line_start(),
            hash(&piece),
            piece == piece.clone(),
        ));
    }
    black_box((hash(tokenizer), *tokenizer == black_box(Tokenizer::new())));
}

fn decode(decoder: &mut Decoder, chunk: &[u8]) -> fmt::Result {
    decode_all(&mut black_box(decoder.clone()), chunk)?;
    decode_items(&mut black_box(decoder.clone()), chunk)?;
    let mut input = chunk;
    loop {
        match black_box(&mut *decoder).next_event(&mut input) {
            Ok(Some(event)) => encode(event)?,
            Ok(None) => break,
            Err(error) => display(Error::<DecodeError>::from(error))?,
        }
    }
    black_box((decoder.last_event_id(), decoder.reconnection_time()));
    black_box((decoder.incomplete() == Incomplete::Nothing, hash(&decoder.incomplete())));
    black_box((decoder.utf8_replacements(), ignored(decoder.ignored())));
    black_box(black_box(&*decoder) == black_box(&decoder.clone()));
    Ok(())
}

fn decode_all(decoder: &mut Decoder, chunk: &[u8]) -> fmt::Result {
    let mut input = chunk;
    let mut events = black_box(decoder).events(&mut input);
    loop {
        match black_box(&mut events).next() {
            Ok(Some(event)) => encode(event)?,
            Ok(None) => break,
            Err(error) => display(error)?,
        }
        black_box((events.rest(), events.decoder().last_event_id()));
    }
    Ok(())
}

/// The same decoder is asked for items and for events.
fn decode_items(decoder: &mut Decoder, chunk: &[u8]) -> fmt::Result {
    let mut input = chunk;
    loop {
        match black_box(&mut *decoder).next_item(&mut input) {
            Ok(Some(item)) => {
                let item = black_box(item);
                black_box((hash(&item), item == Item::Ignored(chunk)));
                match item {
                    Item::Event(event) | Item::Block(event) => encode(event)?,
                    Item::Comment(comment) => display(comment)?,
                    Item::Ignored(line) => Stdout.write(line)?,
                }
            }
            Ok(None) => {
                black_box(black_box(&mut *decoder).unfinished_item());
                return Ok(());
            }
            Err(error) => display(error)?,
        }
        match black_box(&mut *decoder).next_event(&mut input) {
            Ok(event) => event.map_or(Ok(()), encode)?,
            Err(error) => display(error)?,
        }
    }
}

fn ignored(ignored: &Ignored) -> u64 {
    let ignored = black_box(ignored);
    black_box((ignored.lines(), ignored.first_line(), *ignored == Ignored::default()));
    hash(&ignored.clone())
}

fn end(decoder: &mut Decoder, text: &str) -> fmt::Result {
    let mut decoder = black_box(decoder.clone());
    for cut_line in [CutLine::Discard, CutLine::Process] {
        black_box((hash(&cut_line), cut_line == black_box(CutLine::Process)));
        match black_box(&mut decoder.clone()).dispatch_incomplete(black_box(cut_line)) {
            Ok(event) => event.map_or(Ok(()), encode)?,
            Err(error) => display(error)?,
        }
    }
    if let Err(error) = black_box(&mut decoder).set_last_event_id(text) {
        black_box((hash(&error), error == black_box(error)));
        display(error)?;
    }
    let end = black_box(black_box(&mut decoder).end_of_stream());
    black_box((end.is_incomplete(), ignored(&end.ignored), hash(&end), end == EndOfStream::default()));
    black_box(&mut decoder).shrink_to_fit();
    black_box(decoder.limits() == Limits::default().with_max_event_bytes(text.len()));
    black_box(decoder == Decoder::with_fixed_buffers());
    Ok(())
}

/// A policy of any numbers.
fn policy(number: u32) -> Policy {
    let time = Duration::from_millis(u64::from(number));
    let policy = match number {
        0 => Policy::default(),
        1 => Policy::new(),
        2 => Policy::browser(),
        _ => Policy::once(),
    };
    policy
        .with_reconnection_time(black_box(time))
        .with_min_delay(black_box(time))
        .with_max_delay(black_box(Duration::MAX))
        .with_backoff_factor(black_box(number))
        .with_jitter_percent(black_box(number))
        .with_max_attempts(black_box(number))
        .with_idle_timeout(black_box(Some(time)))
        .with_healthy_after(black_box(time))
        .with_retry_statuses(black_box(true))
}

fn response(chunk: &[u8]) -> Response {
    let status = u16::try_from(chunk.len()).unwrap_or_default();
    black_box(Response::new(status).with_content_types([chunk, chunk]).with_retry_after(retry_after(chunk)))
}

/// Calls all functions of the state machine, each in any state and at any time.
fn step(client: &mut Reconnect, chunk: &[u8]) -> fmt::Result {
    let now = || black_box(Duration::from_millis(0));
    let response = response(chunk);
    black_box((hash(&response), hash(client.policy()), *client.policy() == policy(black_box(3))));
    verdict(black_box(&mut *client).handle_response(now(), response))?;
    black_box(&mut *client).accept(now());
    black_box(&mut *client).retry(now());
    black_box(&mut *client).handle_bytes(now());
    black_box(&mut *client).handle_event(now());
    black_box(&mut *client).handle_end(now());
    black_box(&mut *client).handle_failure(now());
    black_box(&mut *client).give_up(now());
    black_box(&mut *client).reconnect_now(now());
    black_box(&mut *client).set_reconnection_time(now());
    black_box(&mut *client).set_max_attempts(black_box(1));
    what_next(black_box(&mut *client).step(now()))?;
    black_box((client.reconnection_time(), client.attempts(), client.connections(), hash(&client.last_cause())));
    black_box((hash(&client.state()), client.state() == State::Closed, *client == black_box(client.clone())));
    black_box(client).close();
    Ok(())
}

/// Calls all functions of an event source, each in any state and at any time.
fn receive(source: &mut Source, chunk: &[u8], text: &str) -> fmt::Result {
    let now = || black_box(Duration::from_millis(0));
    verdict(black_box(&mut *source).handle_response(now(), response(chunk)))?;
    black_box(&mut *source).accept(now());
    black_box(&mut *source).retry(now());
    let mut input = chunk;
    loop {
        match black_box(&mut *source).next_event(now(), &mut input) {
            Ok(Some(event)) => encode(event)?,
            Ok(None) => break,
            Err(error) => display(error)?,
        }
        match black_box(&mut *source).next_item(now(), &mut input) {
            Ok(item) => _ = black_box(item),
            Err(error) => display(error)?,
        }
    }
    for (name, value) in black_box(&*source).request_headers() {
        Stdout.write(name.as_bytes())?;
        Stdout.write(value)?;
    }
    black_box((source.omits_last_event_id(), source.last_event_id(), hash(source.last_stream())));
    if let Err(error) = black_box(&mut *source).set_last_event_id(text) {
        display(error)?;
    }
    black_box(black_box(&mut *source).decoder_mut()).shrink_to_fit();
    black_box((source.decoder().limits(), source.reconnect().attempts(), *source == black_box(source.clone())));
    black_box((source.reconnection_time(), source.state()));
    black_box(&mut *source).handle_bytes(now());
    black_box(&mut *source).set_max_attempts(black_box(1));
    if let Ok(Some(event)) = black_box(&mut *source).dispatch_incomplete(now(), CutLine::Process) {
        encode(event)?;
    }
    black_box(&mut *source).handle_end(now());
    black_box(&mut *source).handle_failure(now());
    black_box(&mut *source).give_up(now());
    black_box(&mut *source).reconnect_now(now());
    what_next(black_box(&mut *source).step(now()))?;
    black_box(source).close();
    Ok(())
}

fn verdict(verdict: Verdict) -> fmt::Result {
    let verdict = black_box(verdict);
    black_box((hash(&verdict), verdict == black_box(Verdict::Open)));
    match verdict {
        Verdict::Open => Ok(()),
        Verdict::Retry(cause) | Verdict::Close(cause) => {
            black_box((cause.is_error(), hash(&cause)));
            display(cause)
        }
    }
}

fn what_next(step: Step) -> fmt::Result {
    let step = black_box(step);
    black_box((hash(&step), step == black_box(Step::Connect { timeout: None })));
    display(step)
}

/// Events and comments of any text.
fn make(text: &str) -> fmt::Result {
    match Event::new(text).with_type(text).and_then(|event| event.with_id(text)) {
        Ok(event) => encode(event.with_retry(Duration::from_millis(black_box(1))))?,
        Err(error) => display(error)?,
    }
    encode(Event::without_data())?;

    let (comment, mut buffer) = (black_box(Comment::new(text)), [0; 100]);
    black_box((comment.text(), comment.encoded_len(), hash(&comment), comment == Comment::KEEP_ALIVE));
    black_box(comment.encode().copy_to(black_box(&mut buffer)));
    comment.encode_to_slice(black_box(&mut buffer)).map(drop).or_else(display)?;
    display(comment)
}

/// Calls all functions of an event.
fn encode(event: Event<'_>) -> fmt::Result {
    let event = black_box(event);
    black_box((event.event_type(), event.event_field(), event.data(), event.has_data()));
    black_box((event.id(), event.last_event_id(), event.retry()));
    black_box((event.encoded_len(), hash(&event), event == black_box(Event::new(""))));

    let (mut encoder, mut buffer) = (black_box(event.encode()), [0; 100]);
    while black_box(&encoder).remaining() > 0 {
        let len = black_box(&encoder).chunk().len();
        black_box(&mut encoder).advance(black_box(len));
    }
    let mut encoder = black_box(event.encode());
    while encoder.remaining() > 0 {
        let len = black_box(&mut encoder).copy_to(black_box(&mut buffer));
        Stdout.write(buffer.get(..len).unwrap_or_default())?;
    }
    event.encode_to_slice(black_box(&mut buffer)).map(drop).or_else(display)?;
    display(event)?;

    let mut writer = black_box(DataWriter::new(Stdout, &event)?);
    writer.write_str(event.data())?;
    black_box(black_box(&writer).get_ref());
    black_box(black_box(&mut writer).get_mut());
    black_box(writer).finish()?.write_str("\n")
}

fn display(value: impl Display) -> fmt::Result {
    writeln!(Stdout, "{}", black_box(value))
}

fn hash(value: &impl Hash) -> u64 {
    let mut sum = Sum(0);
    black_box(value).hash(&mut sum);
    sum.finish()
}

struct Sum(u64);

impl Hasher for Sum {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, &byte| sum.rotate_left(5) ^ u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[link(name = "c")]
unsafe extern "C" {
    fn read(file: c_int, bytes: *mut u8, len: usize) -> isize;
    fn write(file: c_int, bytes: *const u8, len: usize) -> isize;
}

struct Stdout;

impl Stdout {
    fn write(&self, bytes: &[u8]) -> fmt::Result {
        // SAFETY: the pointer and the length are those of a live slice.
        let written = unsafe { write(1, bytes.as_ptr(), bytes.len()) };
        if usize::try_from(written) == Ok(bytes.len()) { Ok(()) } else { Err(fmt::Error) }
    }
}

impl Write for Stdout {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes())
    }
}

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    run().is_err().into()
}

/// Calls a function that does not exist, so a program that can panic cannot be linked.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn a_panic_is_left() -> !;
    }
    a_panic_is_left()
}
