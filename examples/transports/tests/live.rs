//! The command that serves the page, without a browser: what it does if a port is in use.

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Long enough for a slow machine. A server that has started does not end.
const LIMIT: Duration = Duration::from_secs(20);

/// What the program prints. It must end without a signal.
fn live(arguments: &[&str]) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sse-proto-transports"))
        .arg("live")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let start = Instant::now();
    let has_ended = loop {
        if process.try_wait().expect("a status").is_some() {
            break true;
        }
        if start.elapsed() > LIMIT {
            process.kill().expect("it runs");
            break false;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let output = process.wait_with_output().expect("its output");
    assert!(has_ended, "{arguments:?}: it still runs: {}", String::from_utf8_lossy(&output.stdout));
    output
}

#[test]
fn a_port_in_use_is_an_error_that_names_the_option() {
    let used = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = used.local_addr().unwrap().port().to_string();
    for arguments in [["--port", &port, "--tls-port", "0"], ["--tls-port", &port, "--port", "0"]] {
        let output = live(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{error}");
        assert!(error.contains(&format!("choose another port with {}\n", arguments[0])), "{error}");
        assert!(output.stdout.is_empty(), "no address is printed where nothing answers");
    }
}

#[test]
fn a_port_that_is_none_is_an_error() {
    let output = live(&["--port", "65536"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("65536"));
}
