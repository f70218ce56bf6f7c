//! What all owned events have in common: they compare, hash and print as the event that they own.

use core::fmt;
use core::hash::{Hash, Hasher};

use crate::event::borrowed::Event;
use crate::event::event_buf::EventBuf;
#[cfg(feature = "bytes")]
use crate::event::event_bytes::EventBytes;

macro_rules! behaves_as_event {
    ($owned:ty) => {
        /// Borrows the event, as `as_event`.
        impl<'a> From<&'a $owned> for Event<'a> {
            #[inline]
            fn from(event: &'a $owned) -> Self {
                event.as_event()
            }
        }

        impl PartialEq for $owned {
            fn eq(&self, other: &Self) -> bool {
                self.as_event() == other.as_event()
            }
        }

        impl Eq for $owned {}

        impl PartialEq<Event<'_>> for $owned {
            fn eq(&self, other: &Event<'_>) -> bool {
                self.as_event() == *other
            }
        }

        impl PartialEq<$owned> for Event<'_> {
            fn eq(&self, other: &$owned) -> bool {
                *self == other.as_event()
            }
        }

        impl Hash for $owned {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_event().hash(state);
            }
        }

        impl fmt::Debug for $owned {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.as_event().fmt(f)
            }
        }
    };
}

behaves_as_event!(EventBuf);
#[cfg(feature = "bytes")]
behaves_as_event!(EventBytes);
