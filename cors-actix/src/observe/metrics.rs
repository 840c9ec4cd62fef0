//! Counters in the text format of Prometheus (exposition format 0.0.4).

use std::fmt::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Counts, FeedStatus, LiveStatus, Reloads, ReportOnlyCounts};

/// The counters and times of a `Cors`, as text.
pub(crate) fn exposition(
    counts: &Counts,
    reported: ReportOnlyCounts,
    reloads: &Reloads,
    profile: Option<&str>,
    live: &[LiveStatus],
) -> String {
    let mut text = String::new();
    let written = write(&mut text, counts, reported, reloads, profile)
        .and_then(|()| write_live(&mut text, live));
    match written {
        Ok(()) => text,
        Err(error) => unreachable!("a string takes any text: {error}"),
    }
}

fn write(
    text: &mut String,
    counts: &Counts,
    reported: ReportOnlyCounts,
    reloads: &Reloads,
    profile: Option<&str>,
) -> fmt::Result {
    let name = "cors_decisions_total";
    writeln!(text, "# HELP {name} Requests by kind and outcome of the CORS decision.")?;
    writeln!(text, "# TYPE {name} counter")?;
    for (decision, count) in counts.iter() {
        let (kind, outcome) = (decision.kind(), decision.outcome());
        writeln!(text, "{name}{{kind=\"{kind}\",outcome=\"{outcome}\"}} {count}")?;
    }
    let name = "cors_report_only_total";
    writeln!(text, "# HELP {name} Requests by what the policies under report_only would change.")?;
    writeln!(text, "# TYPE {name} counter")?;
    for (outcome, count) in [
        ("same", reported.same()),
        ("would-refuse", reported.would_refuse()),
        ("would-allow", reported.would_allow()),
    ] {
        writeln!(text, "{name}{{outcome=\"{outcome}\"}} {count}")?;
    }
    let name = "cors_reloads_total";
    writeln!(text, "# HELP {name} Attempts to replace the CORS configuration.")?;
    writeln!(text, "# TYPE {name} counter")?;
    for (outcome, count) in [("succeeded", reloads.succeeded()), ("failed", reloads.failed())] {
        writeln!(text, "{name}{{outcome=\"{outcome}\"}} {count}")?;
    }
    let name = "cors_last_reload_timestamp_seconds";
    writeln!(text, "# HELP {name} Time of the last attempt, 0 if there was none.")?;
    writeln!(text, "# TYPE {name} gauge")?;
    for (outcome, time) in
        [("succeeded", reloads.last_succeeded()), ("failed", reloads.last_failed())]
    {
        let seconds = time.and_then(|time: SystemTime| time.duration_since(UNIX_EPOCH).ok());
        let seconds = seconds.map_or(0, |since| since.as_secs());
        writeln!(text, "{name}{{outcome=\"{outcome}\"}} {seconds}")?;
    }
    let name = "cors_configuration_info";
    writeln!(text, "# HELP {name} The profile of the configuration in force.")?;
    writeln!(text, "# TYPE {name} gauge")?;
    let profile = escaped(profile.unwrap_or_default());
    writeln!(text, "{name}{{profile=\"{profile}\"}} 1")
}

/// The value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A metric of live sets: its name, meaning and type, and its value if a set has one.
type LiveMetric = (&'static str, &'static str, &'static str, fn(&LiveStatus) -> Option<u64>);

fn write_live(text: &mut String, live: &[LiveStatus]) -> fmt::Result {
    const METRICS: [LiveMetric; 8] = [
        ("cors_live_set_origins", "Origins of a live set.", "gauge", |set| {
            Some(count(set.origins()))
        }),
        ("cors_live_set_keys", "Keys of a keyed set.", "gauge", |set| set.keys().map(count)),
        ("cors_live_set_changes_total", "Changes of a live set.", "counter", |set| {
            Some(set.changes())
        }),
        (
            "cors_live_set_left_out",
            "Origins and keys that were not accepted when the set was replaced last.",
            "gauge",
            |set| Some(count(set.left_out())),
        ),
        (
            "cors_live_set_age_seconds",
            "Time since a live set was changed or confirmed by its feed.",
            "gauge",
            |set| set.age().map(|age| age.as_secs()),
        ),
        ("cors_feed_loads_total", "Loads of the feed of a live set.", "counter", |set| {
            set.feed().map(FeedStatus::loads)
        }),
        ("cors_feed_failures_total", "Failed loads of the feed of a live set.", "counter", |set| {
            set.feed().map(FeedStatus::failures)
        }),
        ("cors_feed_age_seconds", "Time since the feed of a live set succeeded.", "gauge", |set| {
            set.feed()?.age().map(|age| age.as_secs())
        }),
    ];
    for (name, meaning, kind, value) in METRICS {
        let mut values = live.iter().filter_map(|set| Some((set.name(), value(set)?))).peekable();
        if values.peek().is_none() {
            continue;
        }
        writeln!(text, "# HELP {name} {meaning}\n# TYPE {name} {kind}")?;
        for (set, value) in values {
            writeln!(text, "{name}{{set=\"{}\"}} {value}", escaped(set))?;
        }
    }
    Ok(())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
