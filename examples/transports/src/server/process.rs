//! The handle of a server in a process of its own.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::commands::{Command, Reply, ServerFigures};
use crate::Result;
use crate::case::{Protocol, Version};
use crate::feed::Rate;

/// How long a command may take. A server that does not answer by then does not answer at all.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A running server. Dropping it ends the process.
pub(crate) struct Server {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    pipe: Pipe<ChildStdin, BufReader<ChildStdout>>,
    /// Killed when it is dropped.
    child: Child,
}

impl Server {
    /// Starts this program once more, as a server of this protocol on loopback.
    pub(crate) async fn start(protocol: Protocol) -> Result<Self> {
        let mut command = tokio::process::Command::new(std::env::current_exe()?);
        command.arg("serve");
        Self::run(command, protocol, TIMEOUT).await
    }

    async fn run(mut command: tokio::process::Command, protocol: Protocol, limit: Duration) -> Result<Self> {
        // A group of its own: Ctrl-C is for this process, which ends the server itself.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the server has no standard input and output".into());
        };
        let mut pipe = Pipe::new(stdin, BufReader::new(stdout), limit);
        let (address, certificate) = pipe.listen(protocol).await?;
        Ok(Self { address, certificate, pipe, child })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that clients have to trust; empty without TLS.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Starts the feed.
    pub(crate) async fn begin(&mut self, rate: Rate, seed: u64, duration: Duration) -> Result<()> {
        self.pipe.begin(rate, seed, duration).await
    }

    /// What the server counts, at this moment.
    pub(crate) async fn figures(&mut self) -> Result<ServerFigures> {
        self.pipe.figures().await
    }

    /// Ends the process, and waits until it has ended.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// The pipes to and from a server.
struct Pipe<W, R> {
    commands: W,
    replies: Lines<R>,
    limit: Duration,
}

impl<W: AsyncWrite + Unpin, R: AsyncBufRead + Unpin> Pipe<W, R> {
    fn new(commands: W, replies: R, limit: Duration) -> Self {
        Self { commands, replies: replies.lines(), limit }
    }

    async fn listen(&mut self, protocol: Protocol) -> Result<(SocketAddr, CertificateDer<'static>)> {
        let is_http2 = protocol.version == Version::Http2;
        match self.send(&Command::Listen { is_http2, is_tls: protocol.tls }).await? {
            Reply::Listening { address, certificate } => Ok((address, certificate.into())),
            other => Err(unexpected(other)),
        }
    }

    async fn begin(&mut self, rate: Rate, seed: u64, duration: Duration) -> Result<()> {
        match self.send(&Command::Begin { rate, seed, duration }).await? {
            Reply::Begun => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    async fn figures(&mut self) -> Result<ServerFigures> {
        match self.send(&Command::Figures).await? {
            Reply::Figures(figures) => Ok(figures),
            other => Err(unexpected(other)),
        }
    }

    /// Sends a command and returns the answer.
    async fn send(&mut self, command: &Command) -> Result<Reply> {
        let limit = self.limit;
        timeout(limit, self.exchange(command))
            .await
            .map_err(|_| format!("the server has not answered {command:?} within {limit:?}"))?
    }

    async fn exchange(&mut self, command: &Command) -> Result<Reply> {
        let mut line = serde_json::to_vec(command)?;
        line.push(b'\n');
        let ended = |error| format!("the server has ended: {error}");
        self.commands.write_all(&line).await.map_err(ended)?;
        self.commands.flush().await.map_err(ended)?;
        let Some(reply) = self.replies.next_line().await.map_err(|error| format!("the server's output: {error}"))?
        else {
            return Err("the server has ended".into());
        };
        Ok(serde_json::from_str(&reply).map_err(|error| format!("the server has answered `{reply}`: {error}"))?)
    }
}

fn unexpected(reply: Reply) -> crate::Error {
    match reply {
        Reply::Error(error) => format!("the server: {error}").into(),
        other => format!("the server has answered another command: {other:?}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::commands::run_commands;

    /// A server in this process, which the handle reaches by pipes all the same.
    fn pipe(limit: Duration) -> Pipe<impl AsyncWrite + Unpin, impl AsyncBufRead + Unpin> {
        let (ours, theirs) = tokio::io::duplex(1024);
        let (commands, replies) = tokio::io::split(theirs);
        tokio::spawn(async move { run_commands(BufReader::new(commands), replies).await.unwrap() });
        let (replies, commands) = tokio::io::split(ours);
        Pipe::new(commands, BufReader::new(replies), limit)
    }

    #[tokio::test]
    async fn commands_are_carried_out() {
        let mut pipe = pipe(TIMEOUT);
        let before = pipe.figures().await.unwrap();
        assert_eq!((before.sent, before.feed_ended, before.requests), (0, false, 0));
        assert!(before.last_id.ends_with("-0"), "{before:?}");
        let (address, certificate) = pipe.listen(Protocol::HTTP1_TLS).await.unwrap();
        assert!(address.ip().is_loopback() && address.port() > 0);
        assert!(!certificate.is_empty());
        pipe.begin(Rate::Steady, 1, Duration::from_millis(200)).await.unwrap();
        let error = pipe.begin(Rate::Steady, 1, Duration::ZERO).await.unwrap_err().to_string();
        assert_eq!(error, "the server: the feed has begun already");
        let after = loop {
            let figures = pipe.figures().await.unwrap();
            if figures.feed_ended {
                break figures;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let expected = crate::feed::arrivals(Rate::Steady, 1, Duration::from_millis(200)).len();
        assert_eq!(after.sent, expected as u64);
        assert!(after.last_id.ends_with(&format!("-{expected}")), "{after:?}");
        assert!(after.cpu > before.cpu && after.heap > 0);
        assert_eq!(pipe.figures().await.unwrap().sent, after.sent);
    }

    #[tokio::test]
    async fn the_heap_is_what_is_allocated_now() {
        let mut pipe = pipe(TIMEOUT);
        let before = pipe.figures().await.unwrap().heap;
        let block = vec![1_u8; 64 << 20];
        let with = pipe.figures().await.unwrap().heap;
        assert!(with > before + (32 << 20), "{before} {with}");
        drop(block);
        assert!(pipe.figures().await.unwrap().heap < with - (32 << 20));
    }

    #[cfg(unix)]
    async fn error_of(script: &str) -> String {
        let mut command = tokio::process::Command::new("sh");
        command.args(["-c", script]);
        match Server::run(command, Protocol::HTTP1, Duration::from_millis(500)).await {
            Ok(_) => panic!("`{script}` is not a server"),
            Err(error) => error.to_string(),
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_server_that_fails_is_an_error() {
        let nonsense = error_of("echo nonsense; sleep 60").await;
        assert!(nonsense.starts_with("the server has answered `nonsense`: "), "{nonsense}");
        assert_eq!(
            error_of("read line; echo '\"Begun\"'; sleep 60").await,
            "the server has answered another command: Begun"
        );
        assert_eq!(error_of(r#"read line; echo '{"Error":"no"}'; sleep 60"#).await, "the server: no");
        let ended = error_of("exit 1").await;
        assert!(ended.starts_with("the server has ended"), "{ended}");
        let silent = error_of("exec sleep 60").await;
        assert!(silent.starts_with("the server has not answered Listen"), "{silent}");
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_an_error() {
        let command = tokio::process::Command::new("/does/not/exist");
        let Err(error) = Server::run(command, Protocol::HTTP1, TIMEOUT).await else { panic!("it runs") };
        assert!(error.to_string().starts_with("cannot start the server: "), "{error}");
    }
}
