//! The server in a process of its own. Commands are lines of JSON on its standard input, each is answered by one line of JSON on its
//! standard output, in order. It ends when its standard input does, so it does not outlive the process that has started it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};
use stats_alloc::INSTRUMENTED_SYSTEM;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::task::JoinHandle;

use super::{Listening, Route, Site, Timeouts, bulk_router, listen, publish, router};
use crate::Result;
use crate::case::{KEEP_ALIVE, LONG_POLL_TIMEOUT, Protocol, Version};
use crate::feed::Rate;

/// What the server is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Command {
    /// Opens a port on loopback.
    Listen {
        is_http2: bool,
        is_tls: bool,
    },
    /// Starts the feed.
    Begin {
        rate: Rate,
        seed: u64,
        duration: Duration,
    },
    Figures,
}

/// What it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The certificate is empty without TLS.
    Listening {
        address: SocketAddr,
        certificate: Vec<u8>,
    },
    Begun,
    Figures(ServerFigures),
    /// Why the command failed.
    Error(String),
}

/// What the server counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServerFigures {
    /// CPU time of the process since its start, user and system.
    pub(crate) cpu: Duration,
    /// Bytes that are allocated on the heap now.
    pub(crate) heap: u64,
    /// Resident memory in bytes; 0 where the system does not say.
    pub(crate) resident: u64,
    /// Events that were sent.
    pub(crate) sent: u64,
    pub(crate) feed_ended: bool,
    /// Clients that wait for news: open event streams and held long polls.
    pub(crate) waiting: usize,
    /// Open connections.
    pub(crate) connections: usize,
    /// The highest number of long polls that were held at the same time.
    pub(crate) most_held: usize,
    /// Requests that have arrived, and those that were answered, of all routes.
    pub(crate) requests: u64,
    pub(crate) responses: u64,
    /// The ID of a client that has received everything.
    pub(crate) last_id: String,
}

/// Runs the server, with the standard input and output of this process.
pub(crate) fn serve() -> Result<()> {
    // One thread, so that CPU time is not spent on moving work between threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(run_commands(BufReader::new(tokio::io::stdin()), tokio::io::stdout()));
    // Does not wait for the thread that reads the standard input.
    runtime.shutdown_background();
    served
}

/// Carries out commands until there are no more.
pub(super) async fn run_commands(
    commands: impl AsyncBufRead + Unpin,
    mut replies: impl AsyncWrite + Unpin,
) -> Result<()> {
    let mut running = Running {
        site: Site::new(Timeouts { long_poll: LONG_POLL_TIMEOUT, keep_alive: KEEP_ALIVE }),
        listening: None,
        feed: Feed::NotBegun,
    };
    let mut commands = commands.lines();
    while let Some(line) = commands.next_line().await? {
        let reply = match serde_json::from_str(&line) {
            Ok(command) => running.run(command).await.unwrap_or_else(|error| Reply::Error(error.to_string())),
            Err(error) => Reply::Error(format!("`{line}` is not a command: {error}")),
        };
        let mut reply = serde_json::to_vec(&reply)?;
        reply.push(b'\n');
        replies.write_all(&reply).await?;
        replies.flush().await?;
    }
    Ok(())
}

struct Running {
    site: Site,
    listening: Option<Listening>,
    feed: Feed,
}

enum Feed {
    NotBegun,
    Running(JoinHandle<Result<()>>),
    Ended,
}

impl Running {
    async fn run(&mut self, command: Command) -> Result<Reply> {
        match command {
            Command::Listen { is_http2, is_tls } => {
                let version = if is_http2 { Version::Http2 } else { Version::Http1 };
                let address = (Ipv4Addr::LOCALHOST, 0).into();
                let routes = router(self.site.clone()).merge(bulk_router(self.site.clone()));
                let listening = listen(address, Protocol { version, tls: is_tls }, routes).await?;
                let certificate = listening.certificate().map_or_else(Vec::new, |certificate| certificate.to_vec());
                let address = listening.address();
                self.listening = Some(listening);
                Ok(Reply::Listening { address, certificate })
            }
            Command::Begin { rate, seed, duration } => {
                if !matches!(self.feed, Feed::NotBegun) {
                    return Err("the feed has begun already".into());
                }
                let site = self.site.clone();
                self.feed = Feed::Running(tokio::spawn(async move { publish(&site, rate, seed, duration).await }));
                Ok(Reply::Begun)
            }
            Command::Figures => Ok(Reply::Figures(self.figures().await?)),
        }
    }

    async fn figures(&mut self) -> Result<ServerFigures> {
        if let Some(ended) = self.feed.take_ended() {
            ended.await?.map_err(|error| format!("the feed has failed: {error}"))?;
        }
        // First, as the rest takes time, too.
        let cpu = ProcessTime::try_now()?.as_duration();
        let heap = INSTRUMENTED_SYSTEM.stats();
        let resident = memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem);
        Ok(ServerFigures {
            cpu,
            heap: heap.bytes_allocated.saturating_sub(heap.bytes_deallocated) as u64,
            resident: resident as u64,
            sent: self.site.sent(),
            feed_ended: matches!(self.feed, Feed::Ended),
            waiting: self.site.waiting(),
            connections: self.listening.as_ref().map_or(0, Listening::connections),
            most_held: self.site.most_held(),
            requests: Route::ALL.map(|route| self.site.requests(route)).iter().sum(),
            responses: Route::ALL.map(|route| self.site.responses(route)).iter().sum(),
            last_id: self.site.last_id(),
        })
    }
}

impl Feed {
    /// The outcome of a feed that is over, once.
    fn take_ended(&mut self) -> Option<JoinHandle<Result<()>>> {
        match self {
            Self::Running(task) if task.is_finished() => match std::mem::replace(self, Self::Ended) {
                Self::Running(task) => Some(task),
                Self::NotBegun | Self::Ended => None,
            },
            _ => None,
        }
    }
}
