//! What the page of the inspector gets as JSON.
//!
//! `Table` changes with the configuration, `Status` with every request. Nothing here is read from
//! the environment, and of requests there is only what is logged of refusals.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::web::Query;
use cors_core::PageRequest;
use serde::{Deserialize, Serialize};

use crate::observe::{
    ExplainedPolicy, LiveStatus, PolicyDiff, PolicyTable, RecentRefusal, RefusalReport,
};
use crate::process::ProcessState;

/// The effective policies, and what `[cors.report_only]` would change.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    #[serde(flatten)]
    table: PolicyTable,
    report_only: Option<ReportOnly>,
}

#[derive(Debug, Serialize)]
struct ReportOnly {
    diff: PolicyDiff,
    /// The difference as it is logged.
    text: String,
}

impl Table {
    pub(super) fn of(process: &ProcessState) -> Self {
        let report_only = process.report_only_diff();
        let report_only = report_only.map(|diff| ReportOnly { text: diff.to_string(), diff });
        Self { table: process.describe(), report_only }
    }
}

/// What changes while the server runs. Times are milliseconds since 1970.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    now: u64,
    reloads: ReloadCounts,
    live_sets: Vec<LiveSetState>,
    refusals: NewRefusals,
    /// The counts that are not zero.
    decisions: Vec<DecisionCount>,
    /// The routes that had a request or a preflight.
    routes: Vec<RouteCount>,
    report_only: ReportOnlyCount,
}

#[derive(Debug, Serialize)]
struct ReloadCounts {
    succeeded: u64,
    failed: u64,
    last_succeeded: Option<u64>,
    last_failed: Option<u64>,
}

/// The number of origins of a live set, and never the origins: they may be customers.
#[derive(Debug, Serialize)]
struct LiveSetState {
    name: String,
    keys: Option<usize>,
    origins: usize,
    /// Milliseconds since the content was changed or confirmed.
    age: Option<u64>,
    left_out: usize,
    feed: Option<FeedState>,
}

/// The error of a failed load is in the log only: it may name a database.
#[derive(Debug, Serialize)]
struct FeedState {
    failures: u64,
    is_failing: bool,
}

#[derive(Debug, Serialize)]
struct NewRefusals {
    /// How many happened beside these, too many to be explained one by one.
    unexplained: u64,
    /// The oldest first.
    new: Vec<NumberedRefusal>,
}

#[derive(Debug, Serialize)]
struct NumberedRefusal {
    number: u64,
    count: u64,
    last: u64,
    #[serde(flatten)]
    report: RefusalReport,
}

#[derive(Debug, Serialize)]
struct DecisionCount {
    kind: &'static str,
    outcome: &'static str,
    count: u64,
}

#[derive(Debug, Serialize)]
struct RouteCount {
    path: String,
    methods: String,
    handler: Option<&'static str>,
    allowed: u64,
    refused: u64,
    preflights_allowed: u64,
    preflights_refused: u64,
}

#[derive(Debug, Serialize)]
struct ReportOnlyCount {
    same: u64,
    would_refuse: u64,
    would_allow: u64,
}

/// The number of the newest refusal that the page has.
#[derive(Debug, Deserialize)]
struct AfterQuery {
    #[serde(default)]
    after: u64,
}

impl Status {
    pub(super) fn of(process: &ProcessState, query: &str) -> Self {
        let after = Query::<AfterQuery>::from_query(query).map_or(0, |query| query.after);
        let reloads = process.reloads().read();
        let recent = process.refusals().recent();
        let counts = process.counters().read();
        let decisions = counts.iter().filter(|(_, count)| *count > 0);
        let reported = process.counters().read_reported();
        let routes = process.counts_by_route().into_iter().filter_map(|route| {
            let count = RouteCount {
                path: route.path().to_owned(),
                methods: route.serves().join(", "),
                handler: route.handler(),
                allowed: route.allowed(),
                refused: route.refused(),
                preflights_allowed: route.preflights_allowed(),
                preflights_refused: route.preflights_refused(),
            };
            let RouteCount { allowed, refused, preflights_allowed, preflights_refused, .. } = count;
            let is_used = allowed + refused + preflights_allowed + preflights_refused > 0;
            is_used.then_some(count)
        });
        Self {
            now: milliseconds(SystemTime::now()),
            reloads: ReloadCounts {
                succeeded: reloads.succeeded(),
                failed: reloads.failed(),
                last_succeeded: reloads.last_succeeded().map(milliseconds),
                last_failed: reloads.last_failed().map(milliseconds),
            },
            live_sets: process.live_status().iter().map(LiveSetState::of).collect(),
            refusals: NewRefusals {
                unexplained: recent.unexplained(),
                new: recent.since(after).into_iter().map(NumberedRefusal::of).collect(),
            },
            decisions: decisions
                .map(|(decision, count)| DecisionCount {
                    kind: decision.kind(),
                    outcome: decision.outcome(),
                    count,
                })
                .collect(),
            routes: routes.collect(),
            report_only: ReportOnlyCount {
                same: reported.same(),
                would_refuse: reported.would_refuse(),
                would_allow: reported.would_allow(),
            },
        }
    }
}

impl LiveSetState {
    fn of(status: &LiveStatus) -> Self {
        let feed = status
            .feed()
            .map(|feed| FeedState { failures: feed.failures(), is_failing: feed.is_failing() });
        let age = status.age().map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let (name, keys, origins) = (status.name().to_owned(), status.keys(), status.origins());
        Self { name, keys, origins, age, left_out: status.left_out(), feed }
    }
}

impl NumberedRefusal {
    fn of(RecentRefusal { number, count, last, report }: RecentRefusal) -> Self {
        Self { number, count, last: milliseconds(last), report }
    }
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    u64::try_from(since).unwrap_or(u64::MAX)
}

/// The request of a query to be explained.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct ExplainQuery {
    origin: String,
    method: String,
    path: String,
    /// Names, separated by commas.
    headers: String,
    host: String,
    cookies: bool,
}

/// The explanation of a request, as data and as it is logged.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedRequest {
    policies: Vec<PolicyText>,
}

#[derive(Debug, Serialize)]
struct PolicyText {
    #[serde(flatten)]
    policy: ExplainedPolicy,
    text: String,
}

impl ExplainedRequest {
    /// # Errors
    ///
    /// What is wrong with the query.
    pub(super) fn of(process: &ProcessState, query: &str) -> Result<Self, String> {
        let question = Query::<ExplainQuery>::from_query(query);
        let question = question.map_err(|error| format!("{error}\n{HELP}"))?.into_inner();
        let ExplainQuery { origin, method, path, headers, host, cookies } = question;
        if origin.is_empty() || !path.starts_with('/') {
            return Err(format!("`origin` or `path` is missing\n{HELP}"));
        }
        let method = if method.is_empty() { "GET".to_owned() } else { method };
        let mut request = PageRequest::new(origin, method).cookies(cookies);
        let names = headers.split(',').map(str::trim).filter(|name| !name.is_empty());
        for name in names {
            request = request.header(name);
        }
        if !host.is_empty() {
            request = request.host(host);
        }
        let explained = process.explain(&path, &request).into_iter();
        let policies = explained.map(|policy| PolicyText { text: policy.to_string(), policy });
        Ok(Self { policies: policies.collect() })
    }
}

const HELP: &str = "help: write `?origin=https://app.example&method=PUT&path=/orders`, and, where they \
                    matter, `headers=x-a,x-b`, `cookies=true` and `host=api.example`\n";
