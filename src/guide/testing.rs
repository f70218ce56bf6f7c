//! How it is tested: what each kind of test shows, and how to run it.
//!
//! The paths are those of the repository. The package on crates.io has `tests` and `benches`, without the packages of their own.
//!
//! # Decoding
//!
//! - **Cases.** `tests/support/cases.rs` is a table of streams and their events, each with the section of the standard that it
//!   rests on. Each runs through every reader and at every split
//!   (`tests/conformance.rs::every_reader_at_every_split_agrees_with_the_reference_on_the_case_table`). A reader is a decoder, an
//!   adapter or a client.
//! - **A reference.** `tests/support/reference.rs` is the algorithm of the
//!   [standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation), transcribed step by
//!   step without regard to speed. Random streams must give the same events through it and through every reader
//!   (`tests/chunking.rs::random_streams`).
//! - **Browsers.** `tests/vectors` has 1,136 streams and what Chromium, Firefox and WebKit made of them
//!   (`tests/conformance.rs::every_reader_agrees_with_the_standard_on_all_recorded_vectors`). `tests/web_platform.rs` names, for
//!   each file that the web-platform-tests have about `EventSource`, the test here that demands the same, or why there is none.
//! - **Attacks.** Lines without end, invalid text, events near the limit: memory is counted by an allocator
//!   (`tests/bounds.rs::attacks_on_memory`, `tests/limits.rs::memory_never_exceeds_the_limit_and_a_constant`). `SECURITY.md` lists
//!   attacks and their tests.
//!
//! # Encoding
//!
//! Any strings in any field are refused, or give exactly one event with exactly these values
//! (`tests/roundtrip.rs::one_event_or_an_error`), through every sink and with buffers of any size
//! (`tests/encoder.rs::the_encoder_in_steps_of_any_size`).
//!
//! # Properties
//!
//! What holds for all streams, all events or all orders of calls is a property in `fuzz/`, whose README lists them. `cargo test`
//! in that folder replays known inputs; cargo-fuzz searches for new ones. CI does both.
//!
//! # Connections
//!
//! `tests/support/network` simulates a network with a clock of its own: connections are refused, cut anywhere, or silent; servers
//! restart, or answer with errors. `tests/sessions.rs::nothing_is_lost_or_doubled_under_any_cuts` runs a log and a client over it.
//! Three tests beside it make a mistake on purpose, and check that it is noticed. The asynchronous client and the fan-out over
//! several machines have tests of the same kind (`tests/async_client/sessions.rs`, `tests/fan_out/cluster.rs`).
//!
//! All transitions of the client are one table. `src/client/reconnect.rs::every_input_in_every_state_does_what_the_table_says`
//! tries all inputs in all states, and two tests compare it with the table and the picture in [`client`](crate::client#states)
//! (`src/client/reconnect.rs::the_documentation_shows_the_table`, `src/client/picture.rs::the_documentation_draws_the_table`).
//!
//! # Real servers, clients and machines
//!
//! - `tests/ecosystem`: axum, hyper and actix-web servers, reqwest, hyper and ureq clients, over HTTP/1.1, HTTP/2 and TLS, with
//!   proxies that cut connections, compression, shutdowns, slow clients, and events of 20 MiB.
//! - `examples/cluster`: servers and Redis are killed, and no event is lost.
//! - `examples/transports`: a page in Chromium, with `EventSource` of the browser.
//! - `.ci/targets`, `.ci/wasm`, `.ci/embedded`: other machines, WebAssembly, a Cortex-M3.
//!
//! # Tests of the tests
//!
//! `.ci/mutants` changes the code in every way that cargo-mutants knows, and runs the tests for each change. What no test catches
//! is listed in `tests/mutants.txt` with a reason. `.ci/sabotage` introduces mistakes that people make; at least three tests must
//! fail for each.
//!
//! # The promises that are not about results
//!
//! | promise | how it is tested |
//! |---|---|
//! | linear | bytes that are searched are counted: `src/decode/next_event.rs::no_byte_is_searched_twice`; those that are moved, too: `tests/contracts.rs::one_byte_chunks_cost_what_their_bytes_cost` |
//! | not copied | the address of the data lies in the chunk: `tests/contracts.rs::a_single_line_event_is_not_copied` |
//! | no allocation in steady state | counted: `tests/contracts.rs::a_warm_decoder_does_not_allocate` |
//! | bounded memory | counted: `tests/limits.rs::memory_never_exceeds_the_limit_and_a_constant` |
//! | no panics | the linker: `.ci/panic_free` |
//! | no allocator, no `std` | `examples/no_alloc.rs` links and runs |
//! | `Send`, `Sync`, sizes | the compiler: `tests/contracts.rs::everything_can_be_sent_shared_and_moved`, `tests/contracts.rs::sizes` |
//! | imports go down, dependencies stay where they are | `tests/contracts.rs::imports_between_folders_only_go_down` |
//!
//! # How to run it
//!
//! ```sh
//! cargo test --all-features
//! RANDOM_STREAMS=10000000 cargo test --release --test chunking
//! SESSIONS=1000000 cargo test --release --all-features --test sessions -- --nocapture
//! cargo test --manifest-path tests/ecosystem/Cargo.toml
//! cd fuzz && cargo test
//! .ci/run
//! ```
//!
//! `.ci/run` is all of CI. `CONTRIBUTING.md` says what each step checks, and how to add a case, a property or a benchmark.
//!
//! # Tests of your own program
//!
//! The core has no clock and no socket, so that a test needs neither: pass bytes and times. With the adapters, pass functions that
//! connect and that sleep. This test sends a client through an error, a cut and a second connection without waiting:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::client::{EventSource, Policy, Response, Step};
//!
//! let mut source = EventSource::new(Policy::default(), 0);
//! let (mut now, mut data) = (Duration::ZERO, Vec::new());
//! let responses = [(503, ""), (200, "id: 1\ndata: a\n\nid: 2\nda"), (200, "id: 2\ndata: b\n\n")];
//! for (status, body) in responses {
//!     while let Step::Wait { time, .. } = source.step(now) {
//!         now += time;
//!     }
//!     let response = Response::new(status).with_content_types(["text/event-stream"]);
//!     let _ = source.handle_response(now, response);
//!     let mut input = body.as_bytes();
//!     while let Some(event) = source.next_event(now, &mut input)? {
//!         data.push(event.data().to_owned());
//!     }
//!     source.handle_end(now);
//! }
//! assert_eq!(data, ["a", "b"]);
//! # }
//! # Ok::<(), sse_proto::DecodeError>(())
//! ```

#![allow(clippy::doc_markdown, reason = "names of products")]
