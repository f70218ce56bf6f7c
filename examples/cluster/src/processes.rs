//! Processes that are started, killed, stopped for a while, and never left behind.

use std::io::{BufRead, BufReader, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, io, thread};

use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time;

use crate::server::Report;
use crate::{Error, Result};

/// How long a process may take to start.
const START: Duration = Duration::from_secs(5);
/// How long a server may take to end.
const STOP: Duration = Duration::from_secs(5);
/// The environment variable that names the program `redis-server`, or another one that understands the same commands.
const PROGRAM: &str = "REDIS_SERVER";

/// A child process, which is killed (SIGKILL) when it is dropped.
struct Process(Child);

impl Process {
    /// Starts the program in a process group of its own, so that Ctrl-C reaches only this process, which then kills the others.
    fn start(command: &mut Command) -> io::Result<Self> {
        command.process_group(0).spawn().map(Self)
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let status =
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal, &self.0.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(format!("SIG{signal} was not sent").into()) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It fails only if the process has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Redis server on a free port of this machine, with all its data in a temporary folder.
pub(crate) struct Redis {
    process: Option<Process>,
    port: u16,
    // After the process, so that the folder is removed when nobody writes to it any more.
    folder: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sse-proto-cluster-").tempdir()?;
        // The port may be taken by somebody else before Redis binds it; Redis then ends, and this run fails.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut redis = Self { process: None, port, folder };
        redis.restart().await?;
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// SIGKILL: Redis saves and closes nothing.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Starts Redis again, on the same port and with the same data.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.kill();
        let program = env::var_os(PROGRAM).unwrap_or_else(|| "redis-server".into());
        let mut command = Command::new(&program);
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--daemonize", "no"]);
        // A write is on the disk before it is acknowledged.
        command.args(["--appendonly", "yes", "--appendfsync", "always"]);
        command.arg("--dir").arg(self.folder.path()).arg("--logfile").arg(self.log_file());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        self.process = Some(Process::start(&mut command).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!(
                "cannot find {}: install Redis (Debian: apt-get install redis-server), or set {PROGRAM} to the path of \
                 redis-server",
                program.display()
            ),
            _ => format!("cannot start {}: {error}", program.display()),
        })?);
        time::timeout(START, self.answers()).await.map_err(|_| "Redis does not answer in time")?
    }

    /// Waits until Redis answers and has loaded its data.
    async fn answers(&mut self) -> Result<()> {
        let client = redis::Client::open(self.url())?;
        loop {
            if let Some(Process(child)) = &mut self.process
                && let Some(status) = child.try_wait()?
            {
                let log = fs::read_to_string(self.log_file()).unwrap_or_default();
                return Err(format!("Redis has ended: {status}\n{log}").into());
            }
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").exec_async(&mut connection).await.is_ok()
            {
                return Ok(());
            }
            time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("redis.log")
    }
}

/// One of the servers: this program, started again with other arguments. It is killed (SIGKILL), in the middle of whatever it does,
/// when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Process,
    report: watch::Receiver<Report>,
}

impl Server {
    /// Starts the server and waits until it listens.
    pub(crate) async fn start(name: &str, redis_url: &str) -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        // It ends when its standard input does, so that it does not outlive this process in any case.
        command.args(["server", name, redis_url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let stdout = process.0.stdout.take().ok_or("no standard output")?;
        let (sender, mut report) = watch::channel(Report::default());
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(io::Result::ok) {
                sender.send_modify(|report| report.add(&line));
            }
        });
        let listening = async { Ok::<_, Error>(report.wait_for(|report| report.address.is_some()).await?.address) };
        let address = time::timeout(START, listening).await.map_err(|_| "the server does not start in time")??;
        Ok(Self { address: address.ok_or("no address")?, process, report })
    }

    /// What the server has reported.
    pub(crate) fn report(&self) -> Report {
        *self.report.borrow()
    }

    /// Asks the server to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.process.0.stdin = None;
        let ended = async {
            loop {
                match self.process.0.try_wait()? {
                    Some(status) if status.success() => return Ok::<_, Error>(()),
                    Some(status) => return Err(format!("the server has ended: {status}").into()),
                    None => time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        time::timeout(STOP, ended).await.map_err(|_| "the server does not end in time")?
    }

    /// The server does nothing until it is continued, as a machine that swaps or a virtual machine that is moved.
    pub(crate) fn pause(&self) -> Result<()> {
        self.process.signal("STOP")
    }

    pub(crate) fn resume(&self) -> Result<()> {
        self.process.signal("CONT")
    }
}
