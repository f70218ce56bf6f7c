//! The live page in a browser of its own, and what it shows.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::chromium::{Chromium, LIMIT, Page};
use super::network::Request;

pub(crate) const WAYS: [&str; 3] = ["short", "long", "sse"];

/// The page in a browser of its own.
pub(crate) struct Tab {
    browser: Chromium,
    page: Page,
}

impl Tab {
    /// Opens the page, and waits until it has started.
    pub(crate) async fn open(url: &str) -> Self {
        let mut browser = Chromium::start();
        let page = browser.open(url).await;
        let mut tab = Self { browser, page };
        tab.wait_until("document.body.dataset.start && document.querySelectorAll('.pane').length === 3").await;
        tab
    }

    pub(crate) async fn evaluate(&mut self, expression: &str) -> Value {
        self.browser.evaluate(&self.page, expression).await
    }

    pub(crate) async fn wait_until(&mut self, condition: &str) {
        self.browser.wait_until(&self.page, condition, "document.body.innerText").await;
    }

    pub(crate) async fn click(&mut self, selector: &str) {
        self.evaluate(&format!("document.querySelector({}).click()", json!(selector))).await;
    }

    pub(crate) async fn text(&mut self, selector: &str) -> String {
        let text = self.evaluate(&format!("document.querySelector({}).textContent", json!(selector))).await;
        text.as_str().expect("text").to_owned()
    }

    /// All requests so far, as soon as one of each of these kinds is answered.
    pub(crate) async fn answered(&mut self, kinds: &[&str]) -> &[Request] {
        let start = Instant::now();
        loop {
            // With any answer, the browser tells what has happened before.
            self.evaluate("0").await;
            let requests = self.browser.network().requests();
            let is_answered =
                |kind: &&str| requests.iter().any(|request| request.kind == **kind && request.connection.is_some());
            if kinds.iter().all(is_answered) {
                break;
            }
            assert!(start.elapsed() < LIMIT, "not all of {kinds:?} were answered: {requests:?}");
            sleep(Duration::from_millis(50)).await;
        }
        self.browser.network().requests()
    }

    pub(crate) async fn protocol(&mut self) -> Value {
        self.evaluate("document.getElementById('protocol').dataset.protocol").await
    }

    pub(crate) async fn count(&mut self, way: &str, what: &str) -> u64 {
        self.evaluate(&counter(way, what)).await.as_u64().expect("a number")
    }

    /// The IDs that a pane shows, in the order in which they have arrived.
    pub(crate) async fn ids(&mut self, way: &str) -> Vec<String> {
        let shown = format!(
            "[...document.querySelectorAll('[data-way={way}] .news li')].map((item) => (item.querySelector('.id') ?? item).textContent).reverse()"
        );
        serde_json::from_value(self.evaluate(&shown).await).expect("a list")
    }

    /// Stops the panes, and waits for the sizes that the browser still has to tell.
    pub(crate) async fn stop_panes(&mut self) {
        for way in WAYS {
            self.click(&format!("[data-way={way}] .toggle")).await;
            self.wait_until(&format!("{} === 'stopped'", state(way))).await;
        }
    }
}

pub(crate) fn counter(way: &str, what: &str) -> String {
    format!("Number(document.querySelector('[data-way={way}] [data-count={what}]').dataset.value ?? 0)")
}

pub(crate) fn events(way: &str) -> String {
    counter(way, "events")
}

pub(crate) fn state(way: &str) -> String {
    format!("document.querySelector('[data-way={way}] .state').dataset.state")
}

pub(crate) fn streams(state: &str) -> String {
    format!("document.querySelectorAll('#streams [data-state={state}]').length")
}
