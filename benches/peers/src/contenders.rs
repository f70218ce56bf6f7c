//! Who decodes: this crate and its peers, all behind one trait, so that they are verified and timed by the same code.

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

    /// Decodes a stream; each event is seen, then dropped.
    fn decode(chunks: impl Source<Item = C>, see: &mut impl See) -> Result<(), String>;
}

/// Where chunks come from; all that a peer may ask of a response body.
pub trait Source: Iterator + Unpin + Send + Sync + 'static {}

impl<I: Iterator + Unpin + Send + Sync + 'static> Source for I {}

/// What a contender calls the id of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// The `id` field of its block.
    OfBlock,
    /// The last event ID in force.
    InForce,
}

/// What is done with each event.
pub trait See {
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>);
}

/// Looks at the fields, and no more: what is timed.
pub struct Look;

impl See for Look {
    #[inline]
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>) {
        black_box((event_type, data, id));
    }
}

/// A decoder whose type is forgotten, so that all fit into one list.
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
