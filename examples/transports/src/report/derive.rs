//! Figures that follow from those of a case.

use std::time::Duration;

use super::number::share;
use crate::figures::{Figures, Shared, percentile};

impl Figures {
    pub(super) const fn wire(&self) -> u64 {
        self.up.wire + self.down.wire
    }

    pub(super) const fn headers(&self) -> u64 {
        self.up.headers + self.down.headers
    }

    /// What the headers would take without HPACK.
    pub(super) const fn plain_headers(&self) -> u64 {
        self.up.plain_headers + self.down.plain_headers
    }

    pub(super) const fn body(&self) -> u64 {
        self.up.body + self.down.body
    }

    pub(super) const fn framing(&self) -> u64 {
        self.up.framing() + self.down.framing()
    }

    /// Nothing if no event was delivered.
    pub(super) fn per_event(&self, number: u64) -> Option<f64> {
        share(number, self.delivered)
    }

    pub(super) fn cpu(&self) -> Option<f64> {
        (self.delivered > 0).then(|| self.cpu_per_event())
    }

    pub(super) fn requests_per_client(&self) -> Option<f64> {
        share(self.requests, self.case.clients as u64)
    }

    /// By how much resident memory has grown.
    pub(super) fn resident_per_client(&self) -> Option<f64> {
        share(self.resident.saturating_sub(self.resident_before), self.case.clients as u64)
    }

    pub(super) fn percentile(&self, percent: usize) -> Option<Duration> {
        percentile(&self.latencies, percent)
    }

    pub(super) fn median(&self) -> Option<Duration> {
        self.percentile(50)
    }
}

impl Shared {
    pub(super) fn percentile(&self, percent: usize) -> Option<Duration> {
        percentile(&self.latencies, percent)
    }
}
