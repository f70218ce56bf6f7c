//! The live page in a real browser. What its panes show is compared with what a client of its own receives.
//!
//! Needs Chromium: Debian's package `chromium`, or the path of one in `CHROMIUM`. Run with `cargo test -- --ignored`.

mod chromium;
mod live;
mod network;
mod proxy;
mod tab;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use chromium::LIMIT;
use live::Live;
use network::Request;
use proxy::Proxy;
use tab::{Tab, WAYS, counter, events, state, streams};

#[tokio::test]
#[ignore = "needs Chromium"]
async fn all_panes_show_every_event_once_over_http1() {
    let live = Live::start().await;
    let proxy = Proxy::start(live.http1).await;
    let mut tab = Tab::open(&format!("http://{}/", proxy.address)).await;
    assert_eq!(tab.protocol().await, "http/1.1");
    assert_eq!(tab.evaluate("document.getElementById('other').href").await, format!("https://{}/", live.http2));
    shows_what_was_sent(&mut tab, &live, 40).await;

    // The counters are those of the requests on the wire.
    assert_eq!(tab.count("sse", "requests").await, 1);
    assert_eq!(proxy.requests("GET /api/events?"), 1);
    for (way, path) in [("short", "GET /api/news?after="), ("long", "GET /api/updates?after=")] {
        let (requests, answers) = (tab.count(way, "requests").await, tab.count(way, "answers").await);
        // The browser may not have written the last one when the pane was stopped.
        let sent = || proxy.requests(path) as u64;
        wait_for(|| sent() + 1 >= requests, || format!("{way}: {} of {requests} requests at the proxy", sent())).await;
        assert!(sent() <= requests, "{way}: {requests} requests, {} at the proxy", sent());
        // The last one was open when the pane was stopped, or not.
        assert!(requests == answers || requests == answers + 1, "{way}: {requests} requests, {answers} answers");
        assert!(tab.count(way, "empty").await < answers, "{way}");
        // What Chromium counts for headers, also if the pane was stopped between the headers and the body.
        let headers = format!("({} - {}) / 300", counter(way, "bytes"), counter(way, "body"));
        tab.wait_until(&format!("{headers} === {answers} || {headers} === {requests}")).await;
    }
    let polls = tab.count("short", "requests").await;
    assert!(tab.count("long", "requests").await > polls, "a long poll is answered within a second, a turn is 2 s");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn all_panes_show_every_event_once_over_http2() {
    let live = Live::start().await;
    let mut tab = Tab::open(&format!("https://{}/", live.http2)).await;
    assert_eq!(tab.protocol().await, "h2");
    assert_eq!(tab.evaluate("document.getElementById('other').href").await, format!("http://{}/", live.http1));
    shows_what_was_sent(&mut tab, &live, 40).await;
    assert_eq!(tab.count("sse", "requests").await, 1);
    let requests = tab.answered(&["Document", "Script", "Fetch", "EventSource"]).await;
    print_priorities(requests);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_stopped_pane_continues_after_its_last_event() {
    let live = Live::start().await;
    let mut tab = Tab::open(&format!("http://{}/", live.http1)).await;
    shows_what_was_sent(&mut tab, &live, 5).await;
    let mut most = 0;
    for way in WAYS {
        let received = tab.ids(way).await;
        let missed = live.sent_after(received.last().expect("at least 5"), 5).await;
        assert_eq!(tab.ids(way).await, received, "{way} is stopped");
        most = most.max(received.len() + missed.len());
        // Start, stop and start: the first of the two runs must not go on next to the second.
        tab.evaluate(&format!("for (const _ of [1, 2, 3]) document.querySelector('[data-way={way}] .toggle').click()"))
            .await;
    }
    for way in WAYS {
        tab.wait_until(&format!("{} === 'good'", state(way))).await;
    }
    shows_what_was_sent(&mut tab, &live, most + 5).await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_pane_that_cannot_show_an_answer_says_so() {
    let live = Live::start().await;
    let mut tab = Tab::open(&format!("http://{}/", live.http1)).await;
    tab.stop_panes().await;
    let broken = "void (window.fetch = async () => new Response('{}'), window.EventSource = class extends EventTarget { \
                  constructor() { super(); setTimeout(() => this.onmessage({ lastEventId: '7', data: 'no JSON' })); } \
                  close() { window.closed_source = true; } })";
    tab.evaluate(broken).await;
    for way in WAYS {
        let toggle = format!("[data-way={way}] .toggle");
        tab.click(&toggle).await;
        tab.wait_until(&format!("{} === 'failed'", state(way))).await;
        let text = tab.text(&format!("[data-way={way}] .state .text")).await;
        assert!(text.starts_with("Stopped by an error: "), "{way}: {text}");
        assert_eq!(tab.text(&toggle).await, "Start", "{way}");
    }
    assert_eq!(tab.evaluate("window.closed_source").await, true);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn all_panes_continue_after_a_cut() {
    let live = Live::start().await;
    let proxy = Proxy::start(live.http1).await;
    let mut tab = Tab::open(&format!("http://{}/", proxy.address)).await;
    for way in WAYS {
        tab.wait_until(&format!("{} >= 5", events(way))).await;
    }
    proxy.cut();
    for way in WAYS {
        tab.wait_until(&format!("{} === 'failed'", state(way))).await;
    }
    // Events that nobody receives meanwhile.
    let received = tab.ids("sse").await;
    let missed = live.sent_after(received.last().expect("at least 5"), 5).await;
    assert_eq!(tab.ids("sse").await, received, "the network is down");
    proxy.restore();
    shows_what_was_sent(&mut tab, &live, received.len() + missed.len() + 10).await;
    assert!(tab.count("sse", "requests").await > 1, "the browser has connected again");
    assert_eq!(tab.count("sse", "answers").await, 2);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_seventh_stream_waits_over_http1() {
    let live = Live::start().await;
    let mut tab = Tab::open(&format!("http://{}/", live.http1)).await;
    tab.stop_panes().await;
    tab.click("#open-streams").await;
    tab.wait_until(&format!("{} === 6 && {} === 1", streams("open"), streams("waiting"))).await;
    // It still waits when all others have received something.
    tab.wait_until("[...document.querySelectorAll('#streams [data-state=open]')].every((stream) => !stream.innerText.includes(' 0 events'))")
        .await;
    assert_eq!(tab.evaluate(&streams("open")).await, 6);
    assert_eq!(tab.evaluate("document.querySelector('#streams').lastElementChild.dataset.state").await, "waiting");
    assert!(tab.text("#streams-note").await.starts_with("6 open, 1 waiting for one of the six connections."));

    tab.click("#streams [data-state=open] button").await;
    tab.wait_until("document.querySelector('#streams').lastElementChild.dataset.state === 'open'").await;
    assert_eq!(tab.evaluate(&streams("open")).await, 6);

    // All six connections are taken: polling stops, and continues when they are free.
    tab.click("[data-way=short] .toggle").await;
    tab.wait_until(&format!("{} === 'stuck'", state("short"))).await;
    let answers = tab.count("short", "answers").await;
    tab.click("#close-streams").await;
    tab.wait_until(&format!("{} === 'good'", state("short"))).await;
    assert!(tab.count("short", "answers").await > answers);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn streams_that_have_lost_the_server_do_not_wait_for_a_connection() {
    let live = Live::start().await;
    let proxy = Proxy::start(live.http1).await;
    let mut tab = Tab::open(&format!("http://{}/", proxy.address)).await;
    tab.stop_panes().await;
    tab.click("#open-streams").await;
    tab.wait_until(&format!("{} === 6 && {} === 1", streams("open"), streams("waiting"))).await;
    proxy.cut();
    tab.wait_until(&format!("{} === 7", streams("reconnecting"))).await;
    let note = tab.text("#streams-note").await;
    assert!(note.starts_with("0 open, 0 waiting, 7 reconnecting"), "{note}");
    proxy.restore();
    tab.wait_until(&format!("{} === 6", streams("open"))).await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn all_seven_streams_are_open_over_http2_on_one_connection() {
    let live = Live::start().await;
    let proxy = Proxy::start(live.http2).await;
    let mut tab = Tab::open(&format!("https://{}/", proxy.address)).await;
    assert_eq!(tab.protocol().await, "h2");
    for way in WAYS {
        tab.wait_until(&format!("{} > 0", events(way))).await;
    }
    let opened = proxy.connections();
    tab.click("#open-streams").await;
    tab.wait_until(&format!("{} === 7", streams("open"))).await;
    assert_eq!(tab.text("#streams-note").await, "All 7 are open, on one connection.");
    // Polling continues next to eight streams.
    let before = tab.count("short", "answers").await;
    tab.wait_until(&format!("{} > {before} + 1", counter("short", "answers"))).await;
    let requests = tab.answered(&["Document", "Script", "Fetch"]).await;
    let is_stream = |request: &&Request| request.kind == "EventSource" && request.connection.is_some();
    assert_eq!(requests.iter().filter(is_stream).count(), 8, "{requests:?}");
    let connections: BTreeSet<_> = requests.iter().filter_map(|request| request.connection).collect();
    assert_eq!(connections.len(), 1, "{requests:?}");
    // Chromium has opened another one at the start, on which it sends no request. It opens no more.
    assert_eq!(proxy.connections(), opened);
    shows_what_was_sent(&mut tab, &live, 20).await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn news_are_text_and_the_page_loads_nothing_from_elsewhere() {
    let live = Live::start().await;
    let mut tab = Tab::open(&format!("http://{}/", live.http1)).await;
    tab.wait_until(&format!("{} > 0", events("sse"))).await;
    let origin = format!("http://{}/", live.http1);
    let requests = tab.answered(&["Document", "Stylesheet", "Script", "Fetch", "EventSource"]).await;
    // The icon is an empty `data:` URL.
    let is_own = |request: &&Request| request.url.starts_with(&origin) || request.url == "data:,";
    assert_eq!(requests.iter().find(|request| !is_own(request)).map(|request| &request.url), None);
    // The policy of the page forbids inline code.
    let inline = "(() => { const script = document.createElement('script'); script.textContent = 'window.inline = true'; \
                  document.body.append(script); return Boolean(window.inline); })()";
    assert_eq!(tab.evaluate(inline).await, false);
    // Every poll now answers with HTML.
    let html = "<img src=x onerror='window.inline = true'><b>bold</b>";
    let answer = json!({ "data": [{ "id": html, "news": { "sent_at": 0, "text": html } }], "last": html }).to_string();
    tab.evaluate(&format!("void (window.fetch = async () => new Response({}))", json!(answer))).await;
    for shown in ["id", "text"] {
        let newest = format!("document.querySelector('[data-way=short] .news li .{shown}')");
        tab.wait_until(&format!("{newest}.textContent === {} && {newest}.childElementCount === 0", json!(html))).await;
    }
}

/// Waits until each pane has received this many events, stops all, and compares.
async fn shows_what_was_sent(tab: &mut Tab, live: &Live, number: usize) {
    for way in WAYS {
        tab.wait_until(&format!("{} >= {number}", events(way))).await;
    }
    tab.stop_panes().await;
    let start = tab.evaluate("document.body.dataset.start").await;
    let start = start.as_str().expect("the ID after which the page starts");
    for way in WAYS {
        let shown = tab.ids(way).await;
        assert!((number..500).contains(&shown.len()), "{way}: {} events; the page shows at most 500", shown.len());
        let sent = live.sent_after(start, shown.len()).await;
        assert_eq!(shown, sent.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), "{way}");
        assert_eq!(tab.count(way, "events").await, shown.len() as u64, "{way}");
        if way == "sse" {
            let bytes: usize = sent.iter().map(|(id, data)| format!("id: {id}\ndata: {data}\n\n").len()).sum();
            assert_eq!(tab.count(way, "body").await, bytes as u64);
        }
    }
}

/// What the browser says of the urgency of its requests. It is printed with `--nocapture`; nothing depends on it.
fn print_priorities(requests: &[Request]) {
    let lines = requests.iter().filter(|request| !request.url.starts_with("data:")).map(|request| {
        let priority = request.priority.as_deref().unwrap_or("none");
        format!("{:<12} priority: {priority}", request.kind)
    });
    for line in lines.collect::<BTreeSet<_>>() {
        println!("{line}");
    }
}

/// Waits for a condition that no page knows. `shown` says what is wrong if it never holds.
async fn wait_for(condition: impl Fn() -> bool, shown: impl Fn() -> String) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "{}", shown());
        sleep(Duration::from_millis(50)).await;
    }
}
