//! What a subscriber gets.

use alloc::string::{String, ToString};

use crate::Event;
use crate::adapters::Encoded;

/// What a [`Subscription`](super::Subscription) returns.
///
/// It converts into [`Encoded`], so that a subscription is a response body as it is. A gap then becomes an event of the type `gap`
/// without an ID, whose data is the number of events that were missed, or empty if that is not known:
///
/// ```
/// # use futures_util::{FutureExt, StreamExt};
/// use sse_proto::Event;
/// use sse_proto::adapters::Encoded;
/// use sse_proto::adapters::fan_out::FanOut;
/// use sse_proto::server::{History, Retention};
///
/// let fan_out = FanOut::new(History::numbered(7, Retention::new().with_max_events(1)));
/// let (mut slow, mut unknown) = (fan_out.subscribe(Some(b"7-0")), fan_out.subscribe(Some(b"6-5")));
/// for data in ["a", "b", "c", "d"] {
///     fan_out.send(Event::new(data))?;
/// }
/// let gap = Encoded::from(slow.next().now_or_never().flatten().expect("a gap"));
/// assert_eq!(gap.as_bytes(), &b"event: gap\ndata: 3\n\n"[..]);
/// let gap = Encoded::from(unknown.next().now_or_never().flatten().expect("a gap"));
/// assert_eq!(gap.as_bytes(), &b"event: gap\ndata: \n\n"[..]);
/// # Ok::<(), sse_proto::server::Rejected>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "the subscription has moved past it"]
#[allow(clippy::exhaustive_enums, reason = "a server must handle all: a gap that is ignored is lost data")]
pub enum Delivery {
    /// An event, or a block without data that has only an ID: see [`FanOut::subscribe`](super::FanOut::subscribe). All subscribers
    /// share the bytes.
    Event(Encoded),
    /// The client may have missed events that cannot be replayed. The oldest event that is available follows, unless
    /// [`Subscription::skip_to_live`](super::Subscription::skip_to_live) is called.
    #[non_exhaustive]
    Gap {
        /// How many; `None` if that is not known.
        missed: Option<u64>,
    },
}

impl From<Delivery> for Encoded {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Event(encoded) => encoded,
            Delivery::Gap { missed } => {
                let missed = missed.map_or_else(String::new, |missed| missed.to_string());
                let event = Event::new(&missed);
                event.with_type("gap").unwrap_or(event).into()
            }
        }
    }
}
