//! Every case of the corpus on every engine, judged by the expectation and by the browser model.
//!
//! A failing test lists everything that differs before it panics.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use cors_actix::Cors;
use cors_browser::{
    Browser, FetchRequest, Url, WireRequest, WireResponse, cors_check, preflight_check,
};
use cors_core::{Denial, Error, Severity};
use cors_tests::corpus::{
    At, Case, Corpus, Credentials, Deviation, Fetch, Mode, Preflight, Problem, Sequence, Text,
    Verdict, compare, load,
};
use cors_tests::engine::{Answer, Engine, Sent, engines};

#[test]
fn every_case_has_the_expected_response() {
    let cases = corpus().cases;
    assert!(cases.len() >= 730, "only {} cases", cases.len());
    let groups = by_config(&cases, |case| &case.config.text);
    let report = everywhere(&groups, |config, cases, report| {
        for engine in start(config, cases.iter().map(|case| case.id()), report) {
            for case in cases {
                run_case(case, &*engine, report);
            }
        }
    });
    report.assert_at_least([
        ("core", 730),
        ("actix over HTTP/1.1", 730),
        ("actix over HTTP/2", 720),
    ]);
}

#[test]
fn every_reason_to_deny_is_expected_by_a_case() {
    let cases = corpus().cases;
    let codes = Denial::ALL.map(Denial::code);
    for case in &cases {
        let reason = case.response.reason.as_deref();
        assert!(reason.is_none_or(|code| codes.contains(&code)), "{}: {reason:?}", case.id());
    }
    let is_preflight = |case: &&Case| {
        let asks =
            |(name, _): &(String, _)| name.eq_ignore_ascii_case("access-control-request-method");
        case.request.method == "OPTIONS" && case.request.headers.iter().any(asks)
    };
    for denial in Denial::ALL {
        let of_this = cases.iter().filter(|c| c.response.reason.as_deref() == Some(denial.code()));
        let (preflights, others): (Vec<_>, Vec<_>) = of_this.partition(is_preflight);
        // Preflights have no cookies. Nothing but these and the origin is a reason to deny
        // anything else.
        let is_about_cookies = denial == Denial::Credentials;
        assert_eq!(preflights.is_empty(), is_about_cookies, "preflights for {}", denial.code());
        let is_about_others = denial.is_about_origin() || is_about_cookies;
        assert_eq!(!others.is_empty(), is_about_others, "others for {}", denial.code());
    }
}

#[test]
fn every_sequence_ends_as_expected() {
    let sequences = corpus().sequences;
    assert!(sequences.len() >= 52, "only {} sequences", sequences.len());
    let groups = by_config(&sequences, |sequence| &sequence.config.text);
    let report = everywhere(&groups, |config, sequences, report| {
        for engine in start(config, sequences.iter().map(|sequence| sequence.id()), report) {
            for sequence in sequences {
                run_sequence(sequence, &*engine, report);
            }
        }
    });
    report.assert_at_least([("core", 52), ("actix over HTTP/1.1", 52), ("actix over HTTP/2", 52)]);
}

#[test]
fn a_browser_sends_the_requests_of_the_cases() {
    let mut report = Report::default();
    for case in corpus().cases {
        let Some(fetch) = &case.browser else { continue };
        let interesting = |(name, _): &(String, _)| {
            name == "origin" || name == "host" || name.starts_with("access-control-request-")
        };
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        let sent = sent_by_browser(fetch, &case);
        let mut sends: Vec<_> = sent.headers.into_iter().map(lower).filter(interesting).collect();
        let mut expected: Vec<_> = case
            .request
            .lines()
            .into_iter()
            .map(|(name, value)| lower((name, String::from_utf8_lossy(&value).into_owned())))
            .filter(interesting)
            .collect();
        sends.sort();
        expected.sort();
        report.ran("browser model");
        if (&sent.method, &sends) != (&case.request.method, &expected) {
            report.differs(
                &case.id(),
                "browser model",
                &format!(
                    "a browser sends  {} {sends:?}\nthe case has     {} {expected:?}\n",
                    sent.method, case.request.method
                ),
            );
        }
    }
    report.assert_at_least([("browser model", 400)]);
}

#[test]
fn every_invalid_config_is_refused_for_the_right_reasons() {
    let invalid = corpus().invalid;
    let mut report = Report::default();
    for config in &invalid {
        let expected = show(config.problems.iter().map(|p| (p.code.clone(), place(p.at))));
        for (name, error) in readings(&config.text()) {
            report.ran(name);
            let problems = error.err().map(|error| of_severity(&error, Severity::Error));
            let problems = problems.unwrap_or_default();
            if !agree(&config.problems, &problems) {
                let got = show(problems.into_iter().map(|(code, at)| (code, at.to_string())));
                let text = format!("expected  {expected}\ngot       {got}\n");
                report.differs(&config.id(), name, &text);
            }
        }
    }
    report.assert_at_least([("core", 300), ("actix", 300)]);
}

#[test]
fn every_valid_config_is_accepted_with_its_warnings() {
    let valid = corpus().valid;
    let mut report = Report::default();
    for config in &valid {
        for (name, read) in readings(&config.text()) {
            report.ran(name);
            match (read, &config.warnings) {
                (Err(error), _) => report.differs(&config.id(), name, &format!("{error}\n")),
                // `Cors` keeps its warnings for the start of the server.
                (Ok(Some(warnings)), Some(expected)) if !agree(expected, &warnings) => {
                    let expected = show(expected.iter().map(|p| (p.code.clone(), place(p.at))));
                    let got = show(warnings.into_iter().map(|(code, at)| (code, at.to_string())));
                    let text = format!("expected  {expected}\ngot       {got}\n");
                    report.differs(&config.id(), name, &text);
                }
                (Ok(_), _) => {}
            }
        }
    }
    report.assert_at_least([("core", 130), ("actix", 130)]);
}

fn run_case(case: &Case, engine: &dyn Engine, report: &mut Report) {
    let request = Sent {
        method: case.request.method.clone(),
        target: case.request.path.clone(),
        lines: case.request.lines(),
    };
    let answer = match engine.answer(&request, &case.handler) {
        Ok(answer) => answer,
        Err(reason) => return report.skipped(engine.name(), reason.0),
    };
    report.ran(engine.name());
    let expected = &case.response;
    let mut difference =
        compare(expected, answer.status, &answer.headers).err().unwrap_or_default();
    if answer.handled != expected.handled {
        let _ = writeln!(
            difference,
            "handled\n  expected  {}\n  got       {}",
            expected.handled, answer.handled
        );
    }
    if answer.reason != expected.reason.as_deref() {
        let (expected, got) = (&expected.reason, answer.reason);
        let _ = writeln!(difference, "reason\n  expected  {expected:?}\n  got       {got:?}");
    }
    if let Some(Deviation { denied, because }) = &case.deviates
        && answer.reason.is_some() == *denied
    {
        let _ = writeln!(difference, "deviation\n  is none any more; its reason was\n  {because}");
    }
    if let Some(fetch) = &case.browser
        && let Err(judgement) = judge(fetch, case, answer)
    {
        difference.push_str(&judgement);
    }
    if !difference.is_empty() {
        report.differs(&case.id(), engine.name(), &difference);
    }
}

/// What a browser makes of this one answer.
fn judge(fetch: &Fetch, case: &Case, answer: Answer) -> Result<(), String> {
    let Answer { status, headers, .. } = answer;
    let (expected, got) = match (fetch.readable, fetch.preflight) {
        (Some(readable), _) => {
            let include = fetch.credentials == Credentials::Include;
            let check = cors_check(&fetch.origin, include, &headers);
            (readable, check.map_err(|failure| format!("{failure:?}")))
        }
        (None, preflight) => {
            let response = WireResponse { status, headers, body: Vec::new() };
            let check = preflight_check(&fetch.origin, &fetch_request(fetch, case), &response);
            (preflight == Some(Verdict::Ok), check.map_err(|failure| format!("{failure:?}")))
        }
    };
    match expected == got.is_ok() {
        true => Ok(()),
        false => Err(format!("browser\n  expected  {expected}\n  got       {got:?}\n")),
    }
}

fn run_sequence(sequence: &Sequence, engine: &dyn Engine, report: &mut Report) {
    let Sequence { request, handler, .. } = sequence;
    let url = Url::parse(&format!("{}{}", sequence.target, request.path)).unwrap();
    let mut fetch = FetchRequest::new(&request.method, url)
        .credentials(credentials(request.credentials))
        .mode(match request.mode {
            Mode::Cors => cors_browser::Mode::Cors,
            Mode::NoCors => cors_browser::Mode::NoCors,
        });
    fetch.headers.clone_from(&request.headers);
    fetch.upload_listener = request.force_preflight;

    let mut handled = false;
    let mut network = |wire: &WireRequest| {
        let lines = wire.headers.iter().map(|(n, v)| (n.clone(), v.clone().into_bytes()));
        let sent = Sent {
            method: wire.method.clone(),
            target: wire.target().to_owned(),
            lines: lines.collect(),
        };
        let answer = engine.answer(&sent, handler);
        let Answer { status, headers, handled: now, .. } =
            answer.unwrap_or_else(|reason| panic!("{}: {}", sequence.id(), reason.0));
        handled |= now;
        WireResponse { status, headers, body: Vec::new() }
    };
    let outcome = Browser::new().fetch(&mut network, &sequence.page, &fetch);
    report.ran(engine.name());

    let preflight = match (outcome.preflight(), outcome.actual()) {
        (None, _) => Preflight::None,
        (Some(_), Some(_)) => Preflight::Ok,
        (Some(_), None) => Preflight::Refused,
    };
    let response = outcome.result.as_ref().ok().filter(|_| outcome.is_readable());
    let is_of_handler =
        |name: &str| handler.headers.iter().any(|(set, _)| set.eq_ignore_ascii_case(name));
    let seen = response.iter().flat_map(|response| &response.headers).map(|(name, _)| name);
    let mut exposed: Vec<_> = seen.filter(|name| is_of_handler(name)).cloned().collect();
    let mut expected = sequence.exposed.clone();
    exposed.sort();
    expected.sort();
    let got = (preflight, handled, outcome.is_readable(), response.map(|r| r.status), exposed);
    let expected =
        (sequence.preflight, sequence.handled, sequence.readable, sequence.status, expected);
    if got != expected {
        let failure = outcome.failure();
        let text = format!(
            "(preflight, handled, readable, status, exposed)\n  expected  {expected:?}\n  \
             got       {got:?}\n  because   {failure:?}\n"
        );
        report.differs(&sequence.id(), engine.name(), &text);
    }
}

/// The request of the model that belongs to the case: a preflight is answered with a yes to
/// everything where the case is what follows it.
fn sent_by_browser(fetch: &Fetch, case: &Case) -> WireRequest {
    let mut sent = None;
    let mut network = |wire: &WireRequest| {
        sent = Some(wire.clone());
        let requested = |name| wire.header(name).unwrap_or_default();
        let mut answer = WireResponse::new(
            200,
            &[
                ("Access-Control-Allow-Origin", &*fetch.origin),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Allow-Methods", &requested("access-control-request-method")),
                ("Access-Control-Allow-Headers", &requested("access-control-request-headers")),
            ],
        );
        if fetch.preflight.is_some() {
            answer.headers.clear();
        }
        answer
    };
    let _ = Browser::new().fetch(&mut network, &fetch.origin, &fetch_request(fetch, case));
    sent.unwrap_or_else(|| panic!("{}: no browser sends anything", case.id()))
}

fn fetch_request(fetch: &Fetch, case: &Case) -> FetchRequest {
    let lines = case.request.lines();
    let host = lines.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = String::from_utf8_lossy(host.map_or(b"", |(_, host)| host));
    let url = Url::parse(&format!("https://{host}{}", case.request.path)).unwrap();
    let mut request =
        FetchRequest::new(&fetch.method, url).credentials(credentials(fetch.credentials));
    request.headers.clone_from(&fetch.headers);
    request.upload_listener = fetch.force_preflight;
    request
}

const fn credentials(credentials: Credentials) -> cors_browser::Credentials {
    match credentials {
        Credentials::Omit => cors_browser::Credentials::Omit,
        Credentials::SameOrigin => cors_browser::Credentials::SameOrigin,
        Credentials::Include => cors_browser::Credentials::Include,
    }
}

/// A problem: its code, and line and column.
type Found = (String, String);

/// Both ways to read a text; the core returns its warnings as well.
#[expect(clippy::type_complexity, reason = "a table of two rows")]
fn readings(text: &Text) -> [(&'static str, Result<Option<Vec<Found>>, Error>); 2] {
    let config = text.read();
    let core = config.resolve();
    let core = core.map(|resolver| Some(resolver.warnings().iter().map(found).collect()));
    let actix = match text.lenient {
        true => Cors::new(&config),
        false => Cors::try_from_toml_str(&text.text),
    };
    [("core", core), ("actix", actix.map(|_| None))]
}

fn of_severity(error: &Error, severity: Severity) -> Vec<Found> {
    error.problems().iter().filter(|problem| problem.severity() == severity).map(found).collect()
}

fn found(problem: &cors_core::Problem) -> Found {
    let code = problem.code().as_str().trim_start_matches("cors::").to_owned();
    (code, problem.source().to_string().trim_start_matches("cors.toml:").to_owned())
}

fn agree(expected: &[Problem], found: &[Found]) -> bool {
    let same = |(expected, (code, at)): (&Problem, &Found)| {
        let at = At::try_from(at.clone()).ok();
        let is_there =
            |expected: At| at.is_some_and(|at| expected.is(at.line, at.column.unwrap_or_default()));
        expected.code == *code && expected.at.is_none_or(is_there)
    };
    expected.len() == found.len() && expected.iter().zip(found).all(same)
}

fn place(at: Option<At>) -> String {
    at.map_or_else(|| "anywhere".to_owned(), |at| at.to_string())
}

fn show(problems: impl Iterator<Item = (String, String)>) -> String {
    let problems: Vec<_> = problems.map(|(code, at)| format!("{code} at {at}")).collect();
    if problems.is_empty() { "nothing".to_owned() } else { problems.join(", ") }
}

fn corpus() -> Corpus {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"))
}

fn by_config<T>(items: &[T], config: impl Fn(&T) -> &Text) -> BTreeMap<&Text, Vec<&T>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for item in items {
        // Borrows from the slice, not from the closure's argument.
        groups.entry(config(item)).or_default().push(item);
    }
    groups
}

/// Starts every engine; a configuration that is refused fails all that needs it.
fn start(
    config: &Text,
    users: impl Iterator<Item = String>,
    report: &mut Report,
) -> Vec<Box<dyn Engine>> {
    engines(&config.read(), &config.live).unwrap_or_else(|error| {
        users.for_each(|id| report.differs(&id, "config", &format!("{error}\n")));
        Vec::new()
    })
}

/// Runs the groups on as many threads as help: servers take their time to start and to stop.
fn everywhere<T: Sync>(
    groups: &BTreeMap<&Text, Vec<&T>>,
    run: impl Fn(&Text, &[&T], &mut Report) + Sync,
) -> Report {
    const THREADS: usize = 4;
    let groups: Vec<_> = groups.iter().collect();
    let run_share = |share: usize| {
        let mut report = Report::default();
        for (config, users) in groups.iter().skip(share).step_by(THREADS) {
            run(config, users, &mut report);
        }
        report
    };
    std::thread::scope(|scope| {
        let run_share = &run_share;
        let threads: Vec<_> =
            (0..THREADS).map(|share| scope.spawn(move || run_share(share))).collect();
        let reports = threads.into_iter().map(|thread| thread.join().unwrap());
        reports.fold(Report::default(), Report::and)
    })
}

/// What ran, what the engine could not send, and what differs.
#[derive(Debug, Default)]
struct Report {
    ran: BTreeMap<&'static str, usize>,
    skipped: BTreeMap<(&'static str, &'static str), usize>,
    differences: Vec<String>,
}

impl Report {
    fn ran(&mut self, engine: &'static str) {
        *self.ran.entry(engine).or_default() += 1;
    }

    fn skipped(&mut self, engine: &'static str, reason: &'static str) {
        *self.skipped.entry((engine, reason)).or_default() += 1;
    }

    fn differs(&mut self, id: &str, engine: &str, difference: &str) {
        let difference = difference.trim_end().replace('\n', "\n    ");
        self.differences.push(format!("{id} [{engine}]\n    {difference}\n"));
    }

    fn and(mut self, other: Self) -> Self {
        let Self { ran, skipped, differences } = other;
        ran.into_iter().for_each(|(engine, n)| *self.ran.entry(engine).or_default() += n);
        skipped.into_iter().for_each(|(why, n)| *self.skipped.entry(why).or_default() += n);
        self.differences.extend(differences);
        self
    }

    /// Fails on any difference, and when less ran than there must be.
    fn assert_at_least<const N: usize>(mut self, minimum: [(&str, usize); N]) {
        for ((engine, reason), times) in &self.skipped {
            println!("{engine}: {times} skipped, {reason}");
        }
        println!("ran: {:?}", self.ran);
        self.differences.sort();
        let (count, all) = (self.differences.len(), self.differences.join("\n"));
        assert!(count == 0, "{count} differences:\n\n{all}");
        for (engine, minimum) in minimum {
            let ran = self.ran.get(engine).copied().unwrap_or_default();
            assert!(ran >= minimum, "{engine}: only {ran} ran, not {minimum}");
        }
    }
}
