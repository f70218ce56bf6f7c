//! The server in a process of its own: commands on its standard input, answers on its standard output.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long one step may take.
const LIMIT: Duration = Duration::from_secs(20);

fn start() -> (Child, impl FnMut(&str) -> Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sse-proto-transports"))
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut commands = child.stdin.take().expect("it was not taken");
    let replies = BufReader::new(child.stdout.take().expect("it was not taken"));
    let (reply, received) = mpsc::channel();
    thread::spawn(move || replies.lines().map_while(Result::ok).try_for_each(|line| reply.send(line)));
    let send = move |command: &str| {
        writeln!(commands, "{command}").expect("the server reads");
        let reply = received.recv_timeout(LIMIT).expect("the server answers");
        serde_json::from_str(&reply).expect("JSON")
    };
    (child, send)
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a time that is not zero");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("a request");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}

#[test]
fn it_serves_and_ends_with_its_standard_input() {
    let (mut child, mut send) = start();
    let reply = send(r#"{"Listen":{"is_http2":false,"is_tls":false}}"#);
    let address = reply["Listening"]["address"].as_str().expect("an address").to_owned();
    let response = get(&address, "/api/news");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && response.ends_with("-0\"}"), "{response}");
    assert_eq!(send(r#"{"Begin":{"rate":"Steady","seed":1,"duration":{"secs":0,"nanos":300000000}}}"#), json!("Begun"));
    let begin = Instant::now();
    let figures = loop {
        let figures = send("\"Figures\"")["Figures"].take();
        if figures["feed_ended"] == json!(true) {
            break figures;
        }
        assert!(begin.elapsed() < LIMIT, "the feed does not end");
        thread::sleep(Duration::from_millis(10));
    };
    let (_, last) = figures["last_id"].as_str().expect("an ID").split_once('-').expect("a numbered ID");
    assert_eq!(json!(last.parse::<u64>().expect("a number")), figures["sent"]);
    assert_eq!((&figures["requests"], &figures["responses"]), (&json!(1), &json!(1)));
    assert!(figures["resident"].as_u64().expect("a number") > 100_000, "{figures}");
    assert!(send("nonsense")["Error"].as_str().expect("an error").starts_with("`nonsense` is not a command"));

    drop(send);
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        thread::sleep(Duration::from_millis(10));
    };
    assert!(status.success());
    TcpStream::connect(address).expect_err("it is gone");
}
