//! The program against servers on this machine that do not behave. Each server ends after its last response.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The longest that a server waits for its client. No test waits that long unless it fails.
const TIME_LIMIT: Duration = Duration::from_mins(1);

const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// What the server does on a connection, after the request.
enum Act {
    /// Sends this and closes the connection.
    Send(&'static str, &'static str),
    /// Sends this and keeps the connection until the client closes it.
    Hold(&'static str, &'static str),
    /// Sends this again and again until the client is gone.
    Repeat(&'static str, &'static str),
}

/// A server that accepts one connection for each act. Returns its URL and, at its end, the headers of the requests.
fn serve(acts: Vec<Act>) -> (String, JoinHandle<Vec<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut requests = Vec::new();
        for act in acts {
            let (mut connection, _) = listener.accept().unwrap();
            connection.set_read_timeout(Some(TIME_LIMIT)).unwrap();
            requests.push(read_request(&connection));
            match act {
                Act::Send(head, body) => connection.write_all([head, body].concat().as_bytes()).unwrap(),
                Act::Hold(head, body) => {
                    connection.write_all([head, body].concat().as_bytes()).unwrap();
                    let _ = connection.read(&mut [0]);
                }
                Act::Repeat(head, body) => {
                    connection.write_all(head.as_bytes()).unwrap();
                    while connection.write_all(body.as_bytes()).is_ok() {}
                }
            }
        }
        requests
    });
    (url, server)
}

fn read_request(connection: &TcpStream) -> Vec<String> {
    let lines = BufReader::new(connection).lines().map(Result::unwrap);
    lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect()
}

fn header<'a>(request: &'a [String], name: &str) -> Option<&'a str> {
    request.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sse-tail"));
    // A proxy that nobody can reach: the program must not use it for this machine.
    for name in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"] {
        command.env(name, "http://127.0.0.1:9");
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program to its end: standard output, the lines of standard error, and the status.
fn run(arguments: &[&str]) -> (String, Vec<String>, i32) {
    outcome(&command(arguments).output().unwrap())
}

fn outcome(output: &Output) -> (String, Vec<String>, i32) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let lines = text(&output.stderr).lines().map(str::to_owned).collect();
    (text(&output.stdout), lines, output.status.code().unwrap())
}

/// Asserts the lines, in which `{}` stands for a delay.
fn assert_lines(lines: &[String], expected: &[&str]) {
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        let (start, end) = expected.split_once("{}").unwrap_or((expected, ""));
        let delay = line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        let delay = delay.unwrap_or_else(|| panic!("expected {expected:?}, found {line:?}"));
        assert!(delay.chars().all(|c| c.is_ascii_digit() || c == '.'), "{line:?}");
    }
}

/// A cut in the middle of an event, a server that is overloaded, a connection that falls silent, and the end.
#[test]
fn a_misbehaving_server() {
    let (url, server) = serve(vec![
        Act::Send(STREAM, ": welcome\nretry: 20\n\nid: 1\ndata: one\n\nid: 2\nevent: note\ndata: tw"),
        Act::Send("HTTP/1.1 503 Unavailable\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\n", "busy"),
        Act::Hold(STREAM, "id: 2\nevent: note\ndata: two\ndata: lines\n\n{\"error\": \"\u{1b}[2J\"}\ndata: x"),
        Act::Send("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ]);
    let (stdout, stderr, status) = run(&["--comments", "--idle-timeout", "1", &url]);
    let requests = server.join().unwrap();

    // In the canonical order of fields.
    let events = "id: 1\ndata: one\n\nevent: note\nid: 2\ndata: two\ndata: lines\n\n";
    assert_eq!(stdout, format!(": welcome\nretry: 20\n\n{events}"));
    assert_lines(
        &stderr,
        &[
            "connected",
            "dropped an incomplete event",
            "stream ended, reconnecting in {} s, after event 1",
            "response with status 503, reconnecting in {} s, after event 1, attempt 2",
            "connected, after event 1",
            "ignored line: {\"error\": \"\\u{1b}[2J\"}",
            "dropped an incomplete event",
            "connection timed out (timeout: per read), reconnecting in {} s, after event 2",
            "response with status 204: the server asks to stop",
        ],
    );
    assert_eq!(status, 0);
    let ids: Vec<_> = requests.iter().map(|request| header(request, "last-event-id")).collect();
    assert_eq!(ids, [None, Some("1"), Some("1"), Some("2")]);
    assert_eq!(header(&requests[0], "accept"), Some("text/event-stream"));
}

#[test]
fn a_refused_stream() {
    let head = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n";
    let (url, server) = serve(vec![Act::Send(head, "{\"error\": \"no \u{1b} API key\"}")]);
    let arguments = ["--header", "Authorization: Bearer x", "--header", "accept: */*", "--last-event-id", "é", &url];
    let (stdout, stderr, status) = run(&arguments);
    assert_eq!((&*stdout, status), ("", 1));
    assert_lines(
        &stderr,
        &[
            "content type: application/json",
            "body: {\"error\": \"no \\u{1b} API key\"}",
            "event stream closed: response with status 401",
        ],
    );
    let requests = server.join().unwrap();
    assert_eq!(header(&requests[0], "authorization"), Some("bearer x"));
    assert_eq!(header(&requests[0], "accept"), Some("*/*"));
    assert_eq!(header(&requests[0], "last-event-id"), Some("é"));
}

#[test]
fn json_and_a_number_of_events() {
    let body = "retry: 5\n\nid: 7\ndata: \"a\"\ndata\n\n: c\nevent: x\ndata: b\n\ndata: no\n\n";
    let (url, server) = serve(vec![Act::Hold(STREAM, body)]);
    let (stdout, stderr, status) = run(&["--json", "--comments", "--max-events", "2", &url]);
    let expected = [
        r#"{"last_event_id":"","retry":5}"#,
        r#"{"data":"\"a\"\n","id":"7","last_event_id":"7","type":"message"}"#,
        r#"{"comment":"c"}"#,
        r#"{"data":"b","last_event_id":"7","type":"x"}"#,
    ];
    assert_eq!(stdout.lines().collect::<Vec<_>>(), expected);
    assert_lines(&stderr, &["connected"]);
    assert_eq!(status, 0);
    server.join().unwrap();
}

#[test]
fn an_id_that_cannot_be_sent_is_visible() {
    let (url, server) = serve(vec![
        Act::Send(STREAM, "id: \u{1}\ndata: \u{FFFD}\n\n"),
        Act::Send("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ]);
    let (_, stderr, status) = run(&[&url]);
    let expected = [
        "connected",
        "stream ended, reconnecting in {} s, after event \\u{1}",
        "the last event ID cannot be sent in a header: the server does not know where to resume",
        "response with status 204: the server asks to stop",
    ];
    assert_lines(&stderr, &expected);
    assert_eq!(status, 0);
    assert_eq!(header(&server.join().unwrap()[1], "last-event-id"), None);
}

#[test]
fn wrong_usage() {
    for arguments in [
        &[][..],
        &["ftp://localhost/"],
        &["--max-events", "0", "http://localhost/"],
        &["--header", "no colon", "http://localhost/"],
        &["--header", "a b: c", "http://localhost/"],
        &["--header", "Last-Event-ID: 5", "http://localhost/"],
        &["--idle-timeout", "-1", "http://localhost/"],
        &["--last-event-id", "a\nb", "http://localhost/"],
        &["--unknown", "http://localhost/"],
        &["http://localhost/", "http://localhost/"],
    ] {
        let (stdout, stderr, status) = run(arguments);
        assert_eq!((&*stdout, status), ("", 2), "{arguments:?}: {stderr:?}");
        assert_eq!(stderr.last().unwrap(), "Try --help.");
    }
    let (stdout, stderr, status) = run(&["--help"]);
    assert!(stdout.contains("Usage: sse-tail [OPTIONS] URL") && stderr.is_empty());
    assert_eq!(status, 0);
}

#[test]
fn a_last_event_id_is_no_header() {
    let (_, stderr, status) = run(&["--header", "last-event-id: 5", "http://localhost/"]);
    assert!(stderr[0].contains("--last-event-id"), "{stderr:?}");
    assert_eq!(status, 2);
}

/// The host has an address, but no certificate can have its name.
#[test]
fn what_stays_wrong_is_not_tried_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://127.1:{}/", listener.local_addr().unwrap().port());
    let (_, stderr, status) = outcome(&command(&[&url]).env("NO_PROXY", "*").output().unwrap());
    assert_lines(&stderr, &["event stream closed: connection failed: Rustls invalid dns name error"]);
    assert_eq!(status, 1);
}

/// Starts the program and waits for its first line.
fn start(url: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command(&[url]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "data: a\n");
    (child, stdout)
}

/// The server keeps the connection, so only the signal ends the read.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_read() {
    let (url, server) = serve(vec![Act::Hold(STREAM, "data: a\n\ndata: in")]);
    let (child, _stdout) = start(&url);
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let (_, stderr, status) = outcome(&child.wait_with_output().unwrap());
    // What follows depends on whether the read or the process ends first.
    assert_eq!((&*stderr[0], status), ("connected", 0));
    server.join().unwrap();
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let (url, server) = serve(vec![Act::Repeat(STREAM, "data: a\n\n")]);
    let (child, stdout) = start(&url);
    drop(stdout);
    let (_, stderr, status) = outcome(&child.wait_with_output().unwrap());
    assert_lines(&stderr, &["connected"]);
    assert_eq!(status, 0);
    server.join().unwrap();
}
