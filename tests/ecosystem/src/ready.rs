//! How many clients are ready.

use tokio::sync::watch;

/// A number of clients. A clone counts the same ones.
#[derive(Clone, Debug)]
pub struct Ready(watch::Sender<usize>);

impl Ready {
    /// Returns zero.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// One more is ready.
    pub fn add(&self) {
        self.0.send_modify(|ready| *ready += 1);
    }

    /// Waits until this many are ready.
    pub async fn wait_for(&self, number: usize) {
        // It cannot fail: the sender is here.
        let _ = self.0.subscribe().wait_for(|&ready| ready >= number).await;
    }
}

impl Default for Ready {
    fn default() -> Self {
        Self::new()
    }
}
