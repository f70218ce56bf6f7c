//! The live page in a real browser. What its panes show is compared with what a client of its own receives.
//!
//! Needs Chromium: Debian's package `chromium`, or the path of one in `CHROMIUM`. Run with `cargo test -- --ignored`.

mod chromium;
mod live;
mod proxy;

use serde_json::{Value, json};

use chromium::{Chromium, Page};
use live::Live;
use proxy::Proxy;

const WAYS: [&str; 3] = ["short", "long", "sse"];

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
        assert_eq!(requests, proxy.requests(path) as u64, "{way}");
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

    // All six connections are taken: polling stands still, and goes on when they are free.
    tab.click("[data-way=short] .toggle").await;
    tab.wait_until(&format!("{} === 'stuck'", state("short"))).await;
    let requests = tab.count("short", "requests").await;
    let answers = tab.count("short", "answers").await;
    tab.click("#close-streams").await;
    tab.wait_until(&format!("{} === 'good'", state("short"))).await;
    assert!(tab.count("short", "answers").await > answers);
    assert!(tab.count("short", "requests").await >= requests);
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
    let connections = proxy.connections();
    tab.click("#open-streams").await;
    tab.wait_until(&format!("{} === 7", streams("open"))).await;
    assert_eq!(tab.text("#streams-note").await, "All 7 are open, on one connection.");
    // Polling goes on next to eight streams, and nothing has needed another connection.
    let before = tab.count("short", "answers").await;
    tab.wait_until(&format!("{} > {before} + 1", counter("short", "answers"))).await;
    assert_eq!(proxy.connections(), connections);
    shows_what_was_sent(&mut tab, &live, 20).await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn news_are_text_and_the_page_loads_nothing_from_elsewhere() {
    let live = Live::start().await;
    let mut tab = Tab::open(&format!("http://{}/", live.http1)).await;
    tab.wait_until(&format!("{} > 0", events("sse"))).await;
    let elsewhere =
        "performance.getEntriesByType('resource').filter(({ name }) => !name.startsWith(location.origin)).length";
    assert_eq!(tab.evaluate(elsewhere).await, 0);
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

/// The page in a browser of its own.
struct Tab {
    browser: Chromium,
    page: Page,
}

impl Tab {
    /// Opens the page, and waits until it has started.
    async fn open(url: &str) -> Self {
        let mut browser = Chromium::start();
        let page = browser.open(url).await;
        let mut tab = Self { browser, page };
        tab.wait_until("document.body.dataset.start && document.querySelectorAll('.pane').length === 3").await;
        tab
    }

    async fn evaluate(&mut self, expression: &str) -> Value {
        self.browser.evaluate(&self.page, expression).await
    }

    async fn wait_until(&mut self, condition: &str) {
        self.browser.wait_until(&self.page, condition, "document.body.innerText").await;
    }

    async fn click(&mut self, selector: &str) {
        self.evaluate(&format!("document.querySelector({}).click()", json!(selector))).await;
    }

    async fn text(&mut self, selector: &str) -> String {
        let text = self.evaluate(&format!("document.querySelector({}).textContent", json!(selector))).await;
        text.as_str().expect("text").to_owned()
    }

    async fn protocol(&mut self) -> Value {
        self.evaluate("document.getElementById('protocol').dataset.protocol").await
    }

    async fn count(&mut self, way: &str, what: &str) -> u64 {
        self.evaluate(&counter(way, what)).await.as_u64().expect("a number")
    }

    /// The IDs that a pane shows, in the order in which they have arrived.
    async fn ids(&mut self, way: &str) -> Vec<String> {
        let shown = format!(
            "[...document.querySelectorAll('[data-way={way}] .news li')].map((item) => (item.querySelector('.id') ?? item).textContent).reverse()"
        );
        serde_json::from_value(self.evaluate(&shown).await).expect("a list")
    }

    /// Stops the panes, and waits for the sizes that the browser still has to tell.
    async fn stop_panes(&mut self) {
        for way in WAYS {
            self.click(&format!("[data-way={way}] .toggle")).await;
            self.wait_until(&format!("{} === 'stopped'", state(way))).await;
        }
    }
}

fn counter(way: &str, what: &str) -> String {
    format!("Number(document.querySelector('[data-way={way}] [data-count={what}]').dataset.value ?? 0)")
}

fn events(way: &str) -> String {
    counter(way, "events")
}

fn state(way: &str) -> String {
    format!("document.querySelector('[data-way={way}] .state').dataset.state")
}

fn streams(state: &str) -> String {
    format!("document.querySelectorAll('#streams [data-state={state}]').length")
}
