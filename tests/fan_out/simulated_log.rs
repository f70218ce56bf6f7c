//! A log of another machine: in memory, trimmed by length, and answering when the test wants it to.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use sse_proto::EventBuf;
use sse_proto::adapters::fan_out::{Backlog, Page};

/// Clones are connections to the same log.
#[derive(Clone, Default)]
pub(crate) struct SimulatedLog(Rc<RefCell<Log>>);

#[derive(Default)]
struct Log {
    /// How many events were appended, and how many of them are not there any more.
    appended: usize,
    trimmed: usize,
    /// The requests that have no answer, or whose answer was not read.
    requests: Vec<Rc<RefCell<Request>>>,
    requested: usize,
}

struct Request {
    after: String,
    /// A page that was read, but has not arrived yet.
    read: Option<Page>,
    answer: Option<Result<Page, LogError>>,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogError;

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("of the log")
    }
}

/// The future of a page. Dropping it cancels the request.
pub(crate) struct PageFuture {
    log: SimulatedLog,
    request: Rc<RefCell<Request>>,
}

impl SimulatedLog {
    /// Appends events.
    pub(crate) fn append(&self, events: usize) {
        self.0.borrow_mut().appended += events;
    }

    /// Keeps this number of events.
    pub(crate) fn trim(&self, keep: usize) {
        let mut log = self.0.borrow_mut();
        log.trimmed = log.trimmed.max(log.appended.saturating_sub(keep));
    }

    pub(crate) fn appended(&self) -> usize {
        self.0.borrow().appended
    }

    pub(crate) fn trimmed(&self) -> usize {
        self.0.borrow().trimmed
    }

    /// The number of requests so far.
    pub(crate) fn requested(&self) -> usize {
        self.0.borrow().requested
    }

    /// The number of requests that have no answer.
    pub(crate) fn open_requests(&self) -> usize {
        self.0.borrow().requests.iter().filter(|request| request.borrow().answer.is_none()).count()
    }

    /// The ID that one of the open requests asks for.
    pub(crate) fn asked_for(&self, index: usize) -> String {
        self.open(index).borrow().after.clone()
    }

    /// The page that is read now.
    fn page(&self, after: &str, len: usize) -> Page {
        let log = self.0.borrow();
        let events = |after: usize| (after + 1..=log.appended).take(len).map(event).collect();
        match number(after).filter(|after| (log.trimmed..=log.appended).contains(after)) {
            Some(after) => Page::Events(events(after)),
            None => Page::Gone(events(log.trimmed)),
        }
    }

    /// Reads the page of one of the open requests now. It arrives later.
    pub(crate) fn read(&self, index: usize, len: usize) {
        let page = self.page(&self.asked_for(index), len);
        self.open(index).borrow_mut().read = Some(page);
    }

    /// Answers one of the open requests with the page that was read for it, or is read now.
    pub(crate) fn answer(&self, index: usize, len: usize) {
        let read = self.open(index).borrow_mut().read.take();
        let page = read.unwrap_or_else(|| self.page(&self.asked_for(index), len));
        self.answer_with(index, Ok(page));
    }

    /// Answers one of the open requests. Wakes the task outside of all borrows.
    pub(crate) fn answer_with(&self, index: usize, answer: Result<Page, LogError>) {
        let waker = {
            let request = self.open(index);
            let mut request = request.borrow_mut();
            request.answer = Some(answer);
            request.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn open(&self, index: usize) -> Rc<RefCell<Request>> {
        let log = self.0.borrow();
        let mut open = log.requests.iter().filter(|request| request.borrow().answer.is_none());
        Rc::clone(open.nth(index).expect("an open request"))
    }
}

impl Backlog for SimulatedLog {
    type Error = LogError;
    type Future = PageFuture;

    fn after(&self, last_event_id: &str) -> PageFuture {
        let request = Request { after: last_event_id.to_owned(), read: None, answer: None, waker: None };
        let request = Rc::new(RefCell::new(request));
        let mut log = self.0.borrow_mut();
        log.requests.push(Rc::clone(&request));
        log.requested += 1;
        PageFuture { log: self.clone(), request }
    }
}

impl Future for PageFuture {
    type Output = Result<Page, LogError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut request = self.request.borrow_mut();
        if let Some(answer) = request.answer.take() {
            return Poll::Ready(answer);
        }
        request.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for PageFuture {
    fn drop(&mut self) {
        let mut log = self.log.0.borrow_mut();
        log.requests.retain(|request| !Rc::ptr_eq(request, &self.request));
    }
}

/// The event with this number, counted from 1. Its data is the number.
pub(crate) fn event(number: usize) -> EventBuf {
    EventBuf::new(number.to_string()).with_id(&id(number)).unwrap()
}

/// The ID of an event. The order of its text is not that of the events. 0: before the first event.
pub(crate) fn id(number: usize) -> String {
    format!("{}-{}", 7 + number / 3, number % 3)
}

/// The number of an ID.
pub(crate) fn number(id: &str) -> Option<usize> {
    let (major, minor) = id.split_once('-')?;
    let (major, minor): (usize, usize) = (major.parse().ok()?, minor.parse().ok()?);
    major.checked_sub(7).map(|major| 3 * major + minor)
}
