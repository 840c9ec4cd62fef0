//! The time of one request, without the cost of making it.

use std::time::{Duration, Instant};

use actix_http::Request;

use crate::contender::Serve;
use crate::request::Template;
use crate::tower;

/// Requests in a row: few enough for actix's pools.
pub(crate) const BATCH: usize = 64;

/// One application and its request.
pub(crate) struct Subject {
    pub(crate) serve: Serve,
    pub(crate) template: Template,
}

impl Subject {
    fn batch(&self) -> Batch<'_> {
        match &self.serve {
            Serve::Actix(serve) => {
                Batch::Actix(serve, (0..BATCH).map(|_| self.template.request()).collect())
            }
            Serve::Tower(app) => Batch::Tower(app, (0..BATCH).map(|_| app.request()).collect()),
        }
    }

    /// Makes a request and serves it.
    pub(crate) fn serve_one(&self) {
        match &self.serve {
            Serve::Actix(serve) => serve(self.template.request()),
            Serve::Tower(app) => app.serve(app.request()),
        }
    }

    /// Fills pools and confirms what only a request can show.
    pub(crate) fn warm_up(&self) {
        self.batch().serve();
    }

    fn time(&self) -> Duration {
        let batch = self.batch();
        let start = Instant::now();
        batch.serve();
        start.elapsed()
    }

    /// Serves one batch to warm up, and one that callgrind counts.
    pub(crate) fn count(&self) {
        self.warm_up();
        counted_by_callgrind(self.batch());
    }
}

/// An application, and requests that were made for it.
enum Batch<'a> {
    Actix(&'a dyn Fn(Request), Vec<Request>),
    Tower(&'a tower::Application, Vec<axum::extract::Request>),
}

impl Batch<'_> {
    fn serve(self) {
        match self {
            Self::Actix(serve, requests) => requests.into_iter().for_each(serve),
            Self::Tower(app, requests) => {
                requests.into_iter().for_each(|request| app.serve(request));
            }
        }
    }
}

/// Callgrind counts only while this runs.
#[inline(never)]
fn counted_by_callgrind(batch: Batch<'_>) {
    batch.serve();
}

/// The median time of a request to each, in nanoseconds. They take turns, so
/// that whatever else the machine does meets all of them.
pub(crate) fn times(subjects: &[Subject]) -> Vec<f64> {
    const ROUNDS: usize = 400;
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(ROUNDS); subjects.len()];
    subjects.iter().for_each(Subject::warm_up);
    for _ in 0..ROUNDS {
        for (subject, times) in subjects.iter().zip(&mut times) {
            times.push(subject.time());
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[ROUNDS / 2].as_nanos() as f64 / BATCH as f64
    };
    times.into_iter().map(median).collect()
}
