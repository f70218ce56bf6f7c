//! The decoders: this crate and its peers behind one trait, so that the same code verifies and times them.

pub mod borrowed;
pub mod encode;
#[cfg(feature = "newer-rust")]
mod newer_rust;
pub mod owned;

use std::hint::black_box;

use crate::fixtures::Sent;
use crate::timing::{self, Pass};
use crate::verify::verify;

/// A way to decode, from chunks of type `C`.
pub trait Decode<C> {
    const NAME: &'static str;
    const IDS: Ids;

    /// Decodes a stream, and passes each event to `see` before dropping it.
    fn decode(chunks: impl Source<Item = C>, see: &mut impl See) -> Result<(), String>;
}

/// A source of chunks, with all bounds that a peer requires of a response body.
pub trait Source: Iterator + Unpin + Send + Sync + 'static {}

impl<I: Iterator + Unpin + Send + Sync + 'static> Source for I {}

/// What a contender returns as the id of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// The `id` field of its block.
    Field,
    /// The current last event ID.
    LastEventId,
}

/// A consumer of events.
pub trait See {
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>);
}

/// Passes the fields to `black_box`. Used when timing.
pub struct Look;

impl See for Look {
    #[inline]
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>) {
        black_box((event_type, data, id));
    }
}

/// A type-erased decoder, so that all fit into one list.
pub struct Contender<I> {
    pub name: &'static str,
    pub verify: fn(I, &[Sent]) -> Result<(), String>,
    pub pass: for<'a> fn(&'a dyn Fn() -> I) -> Pass<'a>,
}

impl<I: Source> Contender<I> {
    pub fn new<D: Decode<I::Item>>() -> Self {
        Self { name: D::NAME, verify: verify::<I::Item, D>, pass: |prepare| timing::pass::<I::Item, D, I>(prepare) }
    }
}
