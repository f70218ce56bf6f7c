//! What a client that polls is answered.

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use serde_json::value::RawValue;
use sse_proto::adapters::fan_out::{Delivery, Subscription};
use sse_proto::{BytesDecoder, EventBytes};

use crate::Result;

/// Deliveries, decoded: the log has events as they are sent in an event stream.
pub(super) struct Batch {
    decoder: BytesDecoder,
    events: Vec<EventBytes>,
    gap: Option<Gap>,
    /// The ID of the last event that the client has with this batch.
    last: String,
}

/// Events that the log does not have any more. How many, if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
struct Gap(Option<u64>);

/// As JSON: `{"data":[{"id":"7-1","news":{..}}],"last":"7-1"}`, and `"missed":3` or `"missed":null` after a gap.
#[derive(Serialize)]
struct Answer<'a> {
    data: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<Gap>,
    last: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    news: &'a RawValue,
}

/// Takes all deliveries that are ready.
pub(super) fn ready(subscription: &mut Subscription) -> Vec<Delivery> {
    std::iter::from_fn(|| subscription.next().now_or_never().flatten()).collect()
}

impl Batch {
    /// Returns what a client gets that has sent `after`.
    pub(super) fn new(after: &str, deliveries: Vec<Delivery>) -> Result<Self> {
        let mut batch = Self { decoder: BytesDecoder::new(), events: Vec::new(), gap: None, last: after.to_owned() };
        for delivery in deliveries {
            match delivery {
                Delivery::Event(encoded) => batch.decode(encoded.into_bytes())?,
                Delivery::Gap { missed, .. } => {
                    let earlier = batch.gap.map_or(Some(0), |Gap(missed)| missed);
                    batch.gap = Some(Gap(earlier.zip(missed).map(|(earlier, missed)| earlier + missed)));
                }
            }
        }
        Ok(batch)
    }

    /// Decodes one block. One without data gives only an ID; a new client gets such a block first.
    fn decode(&mut self, mut block: Bytes) -> Result<()> {
        while let Some(event) = self.decoder.next_event(&mut block)? {
            self.events.push(event);
        }
        self.decoder.last_event_id().clone_into(&mut self.last);
        Ok(())
    }

    /// The ID from which a client continues that has this batch.
    pub(super) fn last(&self) -> &str {
        &self.last
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>> {
        let mut data = Vec::with_capacity(self.events.len());
        for event in &self.events {
            // The JSON of the event, as it is.
            data.push(Item { id: event.last_event_id(), news: serde_json::from_str(event.data())? });
        }
        Ok(serde_json::to_vec(&Answer { data, missed: self.gap, last: &self.last })?)
    }
}
