//! A headless Chromium, driven by its debugging protocol over two pipes.
//!
//! The libraries that speak this protocol generate code for all of it, which takes longer to compile than everything else here. These
//! tests need six of its commands, as JSON that ends with a zero byte.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use super::network::Network;

/// Long enough for a slow machine. Nothing is decided by how long something takes.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
    "--remote-debugging-pipe",
];

/// Chromium takes commands from descriptor 3 and answers on descriptor 4.
const EXEC: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >&2"#;

/// How long a browser may take to end, and then its children.
const END_LIMIT: Duration = Duration::from_secs(10);

/// A browser. It ends when its pipes are closed: when this is dropped, or when the test is killed.
pub(crate) struct Chromium {
    // Dropped in this order: the pipes are closed before the process is waited for.
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    last_id: u64,
    network: Network,
    _process: Process,
}

struct Process {
    process: Child,
    profile: TempDir,
}

impl Drop for Process {
    /// Waits until the browser has ended. A child of it that lives a little longer can still write to the profile, so the profile is
    /// removed until it is gone.
    fn drop(&mut self) {
        if !within(END_LIMIT, || !matches!(self.process.try_wait(), Ok(None))) {
            let _ = self.process.start_kill();
            within(END_LIMIT, || !matches!(self.process.try_wait(), Ok(None)));
        }
        let profile = self.profile.path();
        within(END_LIMIT, || std::fs::remove_dir_all(profile).is_ok() || !profile.exists());
    }
}

/// Returns whether a condition holds within this time.
fn within(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = std::time::Instant::now() + limit;
    while !condition() {
        if std::time::Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// A page in the browser.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    session: String,
}

impl Chromium {
    pub(crate) fn start() -> Self {
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let found = std::process::Command::new(&program).arg("--version").output();
        assert!(
            found.is_ok_and(|output| output.status.success()),
            "`{program}` does not run: install Debian's package chromium, or set CHROMIUM to the path of a Chromium"
        );
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut process = Command::new("sh")
            .args(["-c", EXEC, &program])
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a shell");
        let commands = process.stdin.take().expect("piped");
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        let network = Network::default();
        Self { commands, answers, last_id: 0, network, _process: Process { process, profile } }
    }

    pub(crate) async fn open(&mut self, url: &str) -> Page {
        let target = self.command(None, "Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.command(None, "Target.attachToTarget", attach).await;
        let page = Page { session: attached["sessionId"].as_str().expect("a session").to_owned() };
        self.command(Some(&page), "Network.enable", json!({})).await;
        let navigated = self.command(Some(&page), "Page.navigate", json!({ "url": url })).await;
        assert_eq!(navigated["errorText"], Value::Null, "{url}");
        page
    }

    /// Returns the value of an expression, which must not throw.
    pub(crate) async fn evaluate(&mut self, page: &Page, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true });
        let answer = self.command(Some(page), "Runtime.evaluate", parameters).await;
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Waits until a condition holds. `shown` is an expression whose value says what is wrong if it never does.
    pub(crate) async fn wait_until(&mut self, page: &Page, condition: &str, shown: &str) {
        let start = Instant::now();
        let safe = format!("(() => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }})()");
        while self.evaluate(page, &safe).await != json!(true) {
            let is_late = start.elapsed() > LIMIT;
            assert!(!is_late, "after {LIMIT:?}, `{condition}` does not hold: {}", self.evaluate(page, shown).await);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the pages have requested, as far as the browser had told it with the last answer.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    async fn command(&mut self, page: Option<&Page>, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(page) = page {
            command["sessionId"] = json!(page.session);
        }
        let mut message = command.to_string().into_bytes();
        message.push(0);
        self.commands.write_all(&message).await.expect("the browser has ended");
        timeout(LIMIT, self.answer(method)).await.unwrap_or_else(|_| panic!("no answer to {method}"))
    }

    /// Returns the answer to the last command. What else arrives are notifications.
    async fn answer(&mut self, method: &str) -> Value {
        loop {
            let mut message = Vec::new();
            self.answers.read_until(0, &mut message).await.expect("a pipe");
            assert_eq!(message.pop(), Some(0), "the browser has ended");
            let mut message: Value = serde_json::from_slice(&message).expect("JSON");
            if message["id"] == self.last_id {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].take();
            }
            if let Some(notification) = message["method"].as_str() {
                self.network.notify(notification, &message["params"]);
            }
        }
    }
}
