//! Counters in the text format of Prometheus (exposition format 0.0.4).

use std::fmt::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Counts, Reloads, ReportOnlyCounts};

/// The counters and times of a `Cors`, as text.
pub(crate) fn exposition(
    counts: &Counts,
    reported: ReportOnlyCounts,
    reloads: &Reloads,
    profile: Option<&str>,
) -> String {
    let mut text = String::new();
    match write(&mut text, counts, reported, reloads, profile) {
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
    let profile = profile.unwrap_or_default();
    let profile = profile.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    writeln!(text, "{name}{{profile=\"{profile}\"}} 1")
}
