//! Many clients that follow a site.

use std::io;

use sse_proto::client::Policy;
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::follow::{self, Following, follow, follow_blocking};
use crate::followed::Followed;
use crate::ready::Ready;
use crate::{BoxError, Protocol, client};

/// Clients that follow in tasks of their own, or on threads.
#[derive(Debug, Default)]
pub struct Followers {
    tasks: JoinSet<Result<Followed, BoxError>>,
    ready: Ready,
}

impl Followers {
    /// Starts one of each library that speaks this protocol, each with an HTTP client of its own.
    ///
    /// # Errors
    ///
    /// If the URL is not valid.
    pub fn start_all(&mut self, protocol: Protocol, url: &str, policy: Policy) -> Result<(), BoxError> {
        for library in client::Library::ALL {
            self.start(follow::client(&client::Client::new(library, protocol), url, policy)?);
        }
        if !protocol.is_http2() {
            self.start_blocking(url, policy);
        }
        Ok(())
    }

    /// Starts a blocking one.
    pub fn start_blocking(&mut self, url: &str, policy: Policy) {
        let (url, ready) = (url.to_owned(), self.ready.clone());
        self.tasks.spawn_blocking(move || follow_blocking(&client::ureq(), &url, policy, &ready));
    }

    /// Starts another one.
    pub fn start(&mut self, client: Following) {
        let ready = self.ready.clone();
        self.tasks.spawn(async move { follow(client, &ready).await });
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits until all have an ID to resume from.
    pub async fn wait_until_ready(&self) {
        self.ready.wait_for(self.tasks.len()).await;
    }

    /// Waits for all, and adds them to the figures. Each must have received these numbers.
    ///
    /// # Errors
    ///
    /// The error of the first that has failed.
    pub async fn join(
        mut self,
        numbers: impl IntoIterator<Item = u64> + Clone,
        figures: &mut Figures,
    ) -> Result<Vec<Followed>, BoxError> {
        let mut all = Vec::new();
        while let Some(followed) = self.tasks.join_next().await {
            let followed = followed.map_err(io::Error::other)??;
            followed.count(numbers.clone(), figures);
            all.push(followed);
        }
        Ok(all)
    }
}
