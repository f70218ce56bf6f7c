//! The requests that the browser has made, as its debugging protocol tells them.

use serde_json::Value;

/// A request, and the connection on which it was answered.
#[derive(Debug)]
pub(crate) struct Request {
    id: String,
    pub(crate) url: String,
    /// `Document`, `Script`, `Fetch`, `EventSource` ...
    pub(crate) kind: String,
    /// None until the answer begins.
    pub(crate) connection: Option<u64>,
    /// The header of this name, if the browser has sent it.
    pub(crate) priority: Option<String>,
}

/// All requests so far.
#[derive(Debug, Default)]
pub(crate) struct Network {
    requests: Vec<Request>,
    /// Priorities of requests that are not known yet: the two notifications arrive in any order.
    priorities: Vec<(String, String)>,
}

impl Network {
    pub(crate) fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Takes a notification. Those of other kinds change nothing.
    pub(crate) fn notify(&mut self, method: &str, parameters: &Value) {
        let id = text(&parameters["requestId"]);
        let known = self.requests.iter_mut().find(|request| request.id == id);
        match method {
            "Network.requestWillBeSent" => {
                let position = self.priorities.iter().position(|(request, _)| *request == id);
                let priority = position.map(|position| self.priorities.swap_remove(position).1);
                let (url, kind) = (text(&parameters["request"]["url"]), text(&parameters["type"]));
                self.requests.push(Request { id, url, kind, connection: None, priority });
            }
            "Network.requestWillBeSentExtraInfo" => {
                let mut headers = parameters["headers"].as_object().into_iter().flatten();
                let priority =
                    headers.find(|(name, _)| name.eq_ignore_ascii_case("priority")).map(|(_, value)| text(value));
                match (known, priority) {
                    (Some(request), priority) => request.priority = priority,
                    (None, Some(priority)) => self.priorities.push((id, priority)),
                    (None, None) => {}
                }
            }
            "Network.responseReceived" => {
                if let Some(request) = known {
                    request.connection = parameters["response"]["connectionId"].as_u64();
                }
            }
            _ => {}
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
