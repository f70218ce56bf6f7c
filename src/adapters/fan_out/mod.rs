//! One log, many subscribers.

mod backlog;
mod delivery;
mod handle;
mod on_gap;
mod reader;
mod replay;
mod shared;
mod subscription;
mod waiters;

pub use backlog::{Backlog, Page};
pub use delivery::Delivery;
pub use handle::FanOut;
pub use on_gap::OnGap;
pub use subscription::{NoBacklog, Subscription, WithBacklog};
