//! Many clients that follow a site.

use std::io;

use sse_proto::client::Policy;
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::follow::{self, Following, follow, follow_blocking};
use crate::followed::Followed;
use crate::{BoxError, Protocol, client};

/// Clients that follow in tasks of their own, or on threads.
#[derive(Debug, Default)]
pub struct Followers {
    tasks: JoinSet<Result<Followed, BoxError>>,
}

impl Followers {
    /// Starts one of each library that speaks this protocol, and returns how many there are.
    ///
    /// # Errors
    ///
    /// If the URL is not valid.
    pub fn start_all(&mut self, protocol: Protocol, url: &str, policy: Policy) -> Result<usize, BoxError> {
        for library in client::Library::ALL {
            self.start(follow::client(&client::Client::new(library, protocol), url, policy)?);
        }
        if !protocol.is_http2() {
            self.start_blocking(url, policy);
        }
        Ok(client::Library::ALL.len() + usize::from(!protocol.is_http2()))
    }

    /// Starts a blocking one.
    pub fn start_blocking(&mut self, url: &str, policy: Policy) {
        let url = url.to_owned();
        self.tasks.spawn_blocking(move || follow_blocking(&client::ureq(), &url, policy));
    }

    /// Starts another one.
    pub fn start(&mut self, client: Following) {
        self.tasks.spawn(follow(client));
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
