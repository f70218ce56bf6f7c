//! How it is fast: what the decoder does with each byte, which calls to use, and how it is measured.
//!
//! # Each byte is looked at once
//!
//! The tokenizer searches for the end of a line, and recognizes field names by comparing their first bytes. What was consumed is
//! never searched again, whatever the chunks (`src/decode/next_event.rs::no_byte_is_searched_twice`). With the default feature
//! `memchr` long lines are searched with SIMD instructions, with `simd` short ones, too.
//!
//! # Two loops
//!
//! ```text
//!                     chunk
//!                       |
//!             +---------+----------+
//!             |                    |
//!    blocks that lie in      all other lines: cut by a chunk, a second
//!    the chunk, with one     one of its field, an ID with NUL, values
//!    line for each field     beyond the limits
//!             |                    |
//!      the values stay        the values are decoded into the
//!      in the chunk           decoder's buffers, within the limits
//!             |                    |
//!             +---------+----------+
//!                       |
//!                     event
//! ```
//!
//! Nearly all events of real streams have one line of data. The first loop returns them as slices of the chunk: nothing is copied,
//! and nothing is allocated (`tests/contracts.rs::a_single_line_event_is_not_copied`). It stops at the first line that is not so
//! simple, and the second loop continues the block. Both give the same events. The buffers of the second loop stay allocated up to
//! 4 KiB each, so that there is no allocation in steady state (`tests/contracts.rs::a_warm_decoder_does_not_allocate`).
//!
//! # Windows of text
//!
//! Events are `&str`, so their bytes must be valid UTF-8. For a short value most of the cost of validating is that of the call. So
//! when all events of a chunk are read, up to 8 KiB of the chunk are validated at once, and the values are slices of that text. A
//! value in a window that is not valid is validated alone, so that a byte of a valid value is validated at most twice
//! (`src/text/utf8_window.rs::each_byte_is_validated_at_most_twice`).
//!
//! # Owned events
//!
//! [`EventBytes`] is a slice of its chunk with a reference count: no allocation for an event that is whole in its chunk
//! (`tests/bytes.rs::allocations_per_event`). The price is that it keeps the chunk alive.
//!
//! # Encoding
//!
//! An event is valid by construction, so encoding searches only for line ends in the data. A `Vec` grows at most once for each
//! event. A log ([`History`]) and a fan-out ([`FanOut`]) encode an event once for all readers.
//!
//! # What you can do
//!
//! - Read all events of a chunk with `events` or `iter_events`. The adapters do.
//! - Read into large buffers, such as 16 KiB. Chunks of a few bytes cost more for each byte, but stay linear.
//! - Handle borrowed events at once instead of collecting owned ones.
//! - Set the feature `fast` in a program that decodes much. `simdutf8`, which is a part of it, is what text needs that is mostly
//!   not ASCII.
//! - Encode into one buffer that is reused:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use sse_proto::{Decoder, Event};
//!
//! let (mut decoder, mut buffer, mut events) = (Decoder::new(), Vec::new(), 0);
//! for round in 0..3 {
//!     buffer.clear();
//!     for number in 0..100 {
//!         Event::new(&format!("{round} {number}")).encode_into(&mut buffer);
//!     }
//!     let mut input = &buffer[..];
//!     let mut cursor = decoder.events(&mut input);
//!     while cursor.next()?.is_some() {
//!         events += 1;
//!     }
//! }
//! assert_eq!(events, 300);
//! # }
//! # Ok::<(), sse_proto::DecodeError>(())
//! ```
//!
//! # What is measured
//!
//! Compare the ratios and differences within a file. The absolute figures are those of one run on one machine.
//!
//! | file | what | command |
//! |---|---|---|
//! | `benches/RESULTS.md` | decoding and encoding, compared with other crates that do the same work | `cd benches/peers && cargo run --release` |
//! | `benches/INSTRUCTIONS.md` | instructions per event and per byte, which noise does not affect | `cargo bench --bench instructions` |
//! | `benches/ADAPTERS.md` | what an adapter adds to the core | `cargo bench --all-features --bench adapters` |
//! | `benches/HISTORY.md` | pushing to a log, resuming, reading | `cargo bench --bench history` |
//! | `benches/FAN_OUT.md` | one event to up to 100,000 subscribers | `cargo bench --bench fan_out --features fan-out` |
//!
//! The comparison gives each crate the same streams in the same chunks, checks that all find the same events before it is timed,
//! and lists its known biases (`benches/peers/README.md`, `benches/RESULTS.md`).
//!
//! # Where it is not faster
//!
//! In `benches/RESULTS.md`, with the default features:
//!
//! - text that is mostly not ASCII (Korean, Japanese): the standard library validates it, which is slower than `simdutf8`. Peers
//!   that use that crate by default are ahead; with `fast` this crate is;
//! - lines of hundreds of KiB: this crate is about as fast as the fastest peer, and slower where their copy dominates;
//! - a `Stream` of owned events whose chunks have one short event each: the costs are those of `Bytes`, and some peers, which copy,
//!   are about as fast;
//! - chunks of 16 bytes and of one: about as fast as the fastest peer, and slower as a stream of owned events. Such chunks are
//!   measured to show that the time stays linear.
//!
//! What the promises say of time and memory is tested by counting bytes, calls and allocations. No test measures time:
//! [`testing`](super::testing).
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
