//! The requests of a client.

use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderValue, Request};

use crate::headers;

/// The template of the next request, and whether it may be sent.
pub(super) struct Requests<Q> {
    template: Request<Q>,
    /// The template once a stream was opened.
    resume: Option<Request<Q>>,
    /// Whether requests are repeated that are not safe.
    repeats: bool,
    /// Whether the template was not sent yet, or may be sent again.
    may_send: bool,
    /// Whether the template resumes a stream, for which it needs a last event ID.
    resumes: bool,
}

impl<Q> Requests<Q> {
    pub(super) fn new(template: Request<Q>) -> Self {
        Self { template: with_headers(template), resume: None, repeats: false, may_send: true, resumes: false }
    }

    pub(super) fn resume_with(&mut self, template: Request<Q>) {
        self.resume = Some(with_headers(template));
    }

    pub(super) const fn repeat(&mut self) {
        self.repeats = true;
    }

    /// Takes the last event ID of the template, if it is valid.
    pub(super) fn take_last_event_id(&mut self, mut take: impl FnMut(&str) -> bool) {
        let headers = self.template.headers_mut();
        let id = headers.get(headers::LAST_EVENT_ID).and_then(|id| core::str::from_utf8(id.as_bytes()).ok());
        if id.is_some_and(&mut take) {
            headers.remove(headers::LAST_EVENT_ID);
        }
    }

    /// Allows that the next request is sent, although the same one was sent before.
    pub(super) const fn allow(&mut self) {
        self.may_send = true;
    }

    /// Whether the next request may be sent, with this last event ID.
    pub(super) fn may_send(&self, last_event_id: &str) -> bool {
        self.may_send && (!self.resumes || headers::last_event_id_value(last_event_id).is_some())
    }

    /// A stream was opened: from now on it is resumed.
    pub(super) fn handle_open(&mut self) {
        if let Some(template) = self.resume.take() {
            (self.template, self.may_send, self.resumes) = (template, true, true);
        }
    }

    /// Returns the request to send.
    pub(super) fn next(&mut self, last_event_id: &str) -> Request<Q>
    where
        Q: Clone,
    {
        let mut request = self.template.clone();
        let id = headers::last_event_id_value(last_event_id).map(|id| HeaderValue::from_bytes(id.as_bytes()));
        if let Some(Ok(id)) = id {
            // A map with tens of thousands of headers is full.
            let _ = request.headers_mut().try_insert(headers::LAST_EVENT_ID, id);
        }
        self.may_send = self.repeats || request.method().is_safe();
        request
    }
}

/// Adds the headers that a request must have and has not.
fn with_headers<Q>(mut request: Request<Q>) -> Request<Q> {
    let headers = request.headers_mut();
    for (name, value) in [(ACCEPT, headers::MIME_TYPE), (CACHE_CONTROL, headers::NO_CACHE)] {
        if !headers.contains_key(&name) {
            let _ = headers.try_insert(name, HeaderValue::from_static(value));
        }
    }
    request
}
