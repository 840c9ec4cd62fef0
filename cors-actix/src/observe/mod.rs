//! Output for operators: log lines about the configuration, warnings about
//! refused requests, counts of decisions, and the table of effective policies.
//!
//! It decides how often something is logged, and how it is shown. What happened
//! is decided elsewhere. It knows policies and settings of
//! the core, but no route.
//!
//! May import: nothing.

mod counts;
mod explained;
mod live_status;
pub(crate) mod log;
mod metrics;
mod policy_table;
mod presence;
mod refusals;
mod reloads;
mod reports;
mod route_counts;
mod shards;

pub(crate) use counts::{Counters, Shard};
pub use counts::{Counts, ReportOnlyCounts};
pub use explained::ExplainedPolicy;
pub(crate) use live_status::LiveRecords;
pub use live_status::{FeedStatus, LiveStatus};
pub(crate) use metrics::exposition;
pub use policy_table::{PolicyCell, PolicyChange, PolicyDiff, PolicyRow, PolicyTable, RowChange};
pub(crate) use presence::Presence;
#[cfg(feature = "inspector")]
pub(crate) use refusals::{RecentRefusal, RefusalReport};
pub(crate) use refusals::{Refusal, Refusals};
pub(crate) use reloads::ReloadCounter;
pub use reloads::Reloads;
pub use route_counts::RouteCounts;
pub(crate) use route_counts::{RouteCounters, RouteShard};
