//! The event sources that take part, and what an application does with them.

use std::time::Duration;

#[cfg(feature = "bytes")]
use bytes::Bytes;
use sse_proto::client::{EventSource, StreamDecoder};
#[cfg(feature = "bytes")]
use sse_proto::{BytesDecoder, ItemBuf};
use sse_proto::{Decoder, FixedDecoder, Item};

/// What an application does at a moment of its choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Close,
    Reconnect,
}

impl Action {
    pub fn apply<D: StreamDecoder>(self, source: &mut EventSource<D>, now: Duration) {
        match self {
            Self::Close => source.close(),
            Self::Reconnect => source.reconnect_now(now),
        }
    }
}

/// Takes the type, the data and the last event ID of an event.
pub type Application<'a> = dyn FnMut(&str, &str, &str) + 'a;

/// A decoder whose event source can be tested.
pub trait Receive: StreamDecoder + Sized {
    fn new() -> Self;

    /// Decodes a chunk, as events or as items. The action follows the first event, and is left if there is none.
    fn receive(
        source: &mut EventSource<Self>,
        now: Duration,
        chunk: &[u8],
        as_items: bool,
        action: &mut Option<Action>,
        application: &mut Application<'_>,
    );
}

macro_rules! receive {
    ($decoder:ty, $new:expr, $input:expr, $item:ident) => {
        impl Receive for $decoder {
            fn new() -> Self {
                $new
            }

            fn receive(
                source: &mut EventSource<Self>,
                now: Duration,
                chunk: &[u8],
                as_items: bool,
                action: &mut Option<Action>,
                application: &mut Application<'_>,
            ) {
                let mut input = $input(chunk);
                loop {
                    if as_items {
                        match source.next_item(now, &mut input).expect("within the limits") {
                            Some($item::Event(event)) => {
                                application(event.event_type(), event.data(), event.last_event_id());
                            }
                            Some(_) => continue,
                            None => break,
                        }
                    } else {
                        match source.next_event(now, &mut input).expect("within the limits") {
                            Some(event) => application(event.event_type(), event.data(), event.last_event_id()),
                            None => break,
                        }
                    }
                    if let Some(action) = action.take() {
                        action.apply(source, now);
                    }
                }
                assert!(input.is_empty(), "all input is consumed");
            }
        }
    };
}

receive!(Decoder, Self::new(), |chunk| chunk, Item);
receive!(FixedDecoder<512, 64>, Self::with_fixed_buffers(), |chunk| chunk, Item);
#[cfg(feature = "bytes")]
receive!(BytesDecoder, Self::new(), Bytes::copy_from_slice, ItemBuf);
