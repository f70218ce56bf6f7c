//! The decoders: this crate and its peers behind one trait, so that the same code verifies and times them.

pub mod borrowed;
pub mod encode;
#[cfg(feature = "newer-rust")]
mod newer_rust;
pub mod owned;

use std::hint::black_box;
use std::vec::IntoIter;

use bytes::{Bytes, BytesMut};

use crate::baselines;
use crate::cells::Cell;
use crate::fixtures::{Chunks, Sent};
use crate::timing::{self, Pass};
use crate::verify::verify;

/// What all decoders of one table are given, and which decoders there are.
pub trait Way {
    const NAME: &'static str;
    type Chunks: Source;
    /// The number of our contenders: with default features, with `fast` in the second process, and any others.
    const OURS: usize;

    /// All contenders of this process: ours with default features, any others of ours, the peers.
    fn contenders() -> Vec<Contender<Self::Chunks>>;

    /// Returns what creates the chunks of a cell. Creating them is not timed.
    fn prepare(cell: Cell) -> Box<dyn Fn() -> Self::Chunks>;

    /// The work that every decoder does.
    fn floor(chunks: Self::Chunks);
}

/// Borrowed chunks.
pub struct Borrowed;

impl Way for Borrowed {
    const NAME: &'static str = "borrowed";
    type Chunks = Chunks<'static>;
    const OURS: usize = 2;

    fn contenders() -> Vec<Contender<Self::Chunks>> {
        borrowed::contenders()
    }

    fn prepare(cell: Cell) -> Box<dyn Fn() -> Self::Chunks> {
        Box::new(move || cell.chunks())
    }

    fn floor(chunks: Self::Chunks) {
        baselines::line_ends_and_utf8(chunks);
    }
}

/// A stream of `Bytes`, as HTTP clients return them: slices of a read buffer.
pub struct Owned;

impl Way for Owned {
    const NAME: &'static str = "owned";
    type Chunks = IntoIter<Bytes>;
    const OURS: usize = 3;

    fn contenders() -> Vec<Contender<Self::Chunks>> {
        owned::contenders()
    }

    fn prepare(cell: Cell) -> Box<dyn Fn() -> Self::Chunks> {
        let mut stream = BytesMut::from(cell.sample.stream);
        let chunks: Vec<_> = cell.chunks().map(|chunk| stream.split_to(chunk.len()).freeze()).collect();
        Box::new(move || chunks.clone().into_iter())
    }

    fn floor(chunks: Self::Chunks) {
        baselines::slices_line_ends_and_utf8(chunks);
    }
}

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

impl See for &mut dyn See {
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>) {
        (**self).event(event_type, data, id);
    }
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
    /// As [`Decode::decode`].
    pub decode: fn(I, &mut dyn See) -> Result<(), String>,
}

impl<I: Source> Contender<I> {
    pub fn new<D: Decode<I::Item>>() -> Self {
        Self {
            name: D::NAME,
            verify: verify::<I::Item, D>,
            pass: |prepare| timing::pass::<I::Item, D, I>(prepare),
            decode: |chunks, mut see| D::decode(chunks, &mut see),
        }
    }
}
