//! One sequence of requests, and whether each of them went as the policies require.

mod excused;
mod learned;
mod scripted;

use std::collections::HashSet;

use cors_actix::Cors;
use cors_browser::{Browser, Engine, FetchRequest, Mode, Outcome, WireRequest, WireResponse};
use proptest::prelude::*;

use learned::Seen;

use super::description::{Application, EXPOSED, HOSTS, Kind, Plain, Service, Step};
use super::oracle::{self, Content, Policy, Wish};
use super::routes::{self, Leaf};
use super::served::{Site, ran};
use super::{Tally, core_config};

/// A browser visiting an application.
pub(crate) struct Visit<'v> {
    application: &'v Application,
    leaves: Vec<Leaf<'v>>,
    cors: Cors,
    site: &'v Site,
    /// What actix runs without CORS.
    twin: &'v Site,
    browser: Browser,
    now: u64,
    /// The number of the configuration in force, and how often it changed.
    config: usize,
    reloads: usize,
    /// What was agreed to by preflights, as the browser may remember it.
    agreed: Vec<Agreed>,
    /// Resources without an attribute that were seen to serve a method of a path, as allowed by
    /// their own policy: until the route that was meant runs again.
    seen: HashSet<Seen>,
    /// The paths and methods for which some route may be uncertain since.
    uncertain: HashSet<(String, String)>,
    /// What live sets contain.
    content: Content,
}

/// A preflight that let its request go out.
struct Agreed {
    url: cors_browser::Url,
    wish: Wish,
    at: u64,
    reloads: usize,
    /// That of the route which then ran.
    policy: Policy,
    /// Whether this is one of the known cases in which another policy had answered.
    excused: bool,
}

/// What runs for a request, told by the twin.
struct Ran<'v> {
    leaf: Option<Leaf<'v>>,
    policy: Policy,
    status: u16,
}

type Verdict = Result<(), TestCaseError>;

impl<'v> Visit<'v> {
    pub(crate) fn new(
        application: &'v Application,
        leaves: Vec<Leaf<'v>>,
        cors: Cors,
        site: &'v Site,
        twin: &'v Site,
    ) -> Self {
        Self {
            application,
            leaves,
            cors,
            site,
            twin,
            browser: browser(Engine::Standard),
            now: 0,
            config: 0,
            reloads: 0,
            agreed: Vec::new(),
            seen: HashSet::new(),
            uncertain: HashSet::new(),
            content: Content::default(),
        }
    }

    /// The visit by this engine.
    pub(crate) fn with(self, engine: Engine) -> Self {
        Self { browser: browser(engine), ..self }
    }

    pub(crate) fn make(mut self, steps: &[Step], tally: &mut Tally) -> Verdict {
        steps.iter().try_for_each(|step| self.step(step, tally))
    }

    pub(crate) fn step(&mut self, step: &Step, tally: &mut Tally) -> Verdict {
        // Another visit of the same thread may have set its own.
        oracle::set_content(&self.content);
        match step {
            Step::Wait(seconds) => {
                self.browser.advance(*seconds);
                self.now += seconds;
                Ok(())
            }
            Step::Reload(number) => self.reload(*number, tally),
            Step::Fill(origins) => {
                self.fill(origins, tally);
                Ok(())
            }
            Step::FillKey(key, origins) => {
                self.fill_key(key, origins.as_deref(), tally);
                Ok(())
            }
            Step::Fetch { page, request } => {
                *tally.entry("fetches").or_default() += 1;
                self.fetch(page, request, tally).map_err(|error| match error {
                    TestCaseError::Fail(why) => TestCaseError::fail(format!("{why}\nat {step:?}")),
                    reject => reject,
                })
            }
        }
    }

    fn config(&self) -> &'v super::description::Config {
        &self.application.configs[self.config]
    }

    /// All or nothing: a configuration that is wrong with the routes leaves everything as it is.
    fn reload(&mut self, number: usize, tally: &mut Tally) -> Verdict {
        let number = number % self.application.configs.len();
        let expected = oracle::may_start(&self.application.configs[number], &self.leaves);
        let accepted = self.cors.apply(&core_config(self.application, number)).is_ok();
        // What live sets contain has to be accepted, too, which the oracle does not know.
        let is_filled = !self.content.live.is_empty() || !self.content.keyed.is_empty();
        if let Some(expected) = expected {
            prop_assert!(accepted == expected || is_filled && !accepted, "reloading");
        }
        if accepted {
            (self.config, self.reloads) = (number, self.reloads + 1);
            *tally.entry("reloaded").or_default() += 1;
        }
        Ok(())
    }

    /// Replaces the origins of the live set by those that are accepted.
    fn fill(&mut self, origins: &[&'static str], tally: &mut Tally) {
        let live = self.cors.live("live").unwrap();
        let left_out = live.replace_valid(origins).unwrap();
        let accepted = live.origins();
        let is_accepted = |origin: &&&str| accepted.iter().any(|it| it == **origin);
        self.content.live = origins.iter().filter(is_accepted).copied().collect();
        assert_eq!(self.content.live.len(), accepted.len());
        assert_eq!(accepted.len() + left_out.len(), origins.len());
        self.changed(tally);
    }

    /// Replaces the origins of a key, if all are accepted.
    fn fill_key(&mut self, key: &'static str, origins: Option<&[&'static str]>, tally: &mut Tally) {
        let keyed = self.cors.keyed("keyed").unwrap();
        match origins {
            None => {
                keyed.remove(key).unwrap();
                self.content.keyed.remove(key);
            }
            Some(origins) => match keyed.replace(key, origins) {
                Ok(()) => drop(self.content.keyed.insert(key, origins.to_vec())),
                Err(error) => assert!(!error.rejected().is_empty()),
            },
        }
        let found = keyed.origins(key);
        let expected = self.content.keyed.get(key);
        assert_eq!(found.map(|it| it.len()), expected.map(Vec::len), "all or nothing");
        self.changed(tally);
    }

    fn changed(&mut self, tally: &mut Tally) {
        oracle::set_content(&self.content);
        // What was agreed to before is the memory of the browser.
        self.reloads += 1;
        *tally.entry("live sets changed").or_default() += 1;
    }

    fn fetch(&mut self, page: &str, request: &FetchRequest, tally: &mut Tally) -> Verdict {
        let runs = self.what_runs(page, request)?;
        let site = self.site;
        let outcome = self.browser.fetch(&mut |wire: &WireRequest| site(wire), page, request);
        let mut count = |what| *tally.entry(what).or_default() += 1;
        let path = self.path(request);
        if let Some(actual) = outcome.actual() {
            let private = actual.response.header("access-control-max-age");
            prop_assert_eq!(private, None, "nothing but a preflight has a time to be remembered");
        }
        if is_scripted(request) {
            return self.scripted(page, request, &runs, &outcome, tally);
        }
        self.corsless_twin_agrees(&outcome, &runs, request)?;
        let excused =
            self.is_excused(&runs, &path, request) || self.is_out_of_reach(&runs, &path, request);
        let was_uncertain = self.uncertain.contains(&(path.clone(), request.method.clone()));
        self.learn(&outcome, &runs, &path, request);
        if page == request.url.origin() {
            // What a site does with itself is no matter of CORS, `enforce` or not.
            prop_assert!(outcome.is_readable(), "refused itself: {:?}", outcome);
            return Ok(());
        }
        let wish = wish(page, request);
        self.nothing_runs_that_is_enforced(&outcome, &runs, &wish, request, excused)?;
        if request.mode == Mode::NoCors {
            return Ok(());
        }

        // 1. Nothing is read that the policy of what ran forbids.
        let readable = outcome.is_readable();
        let allowed = runs.policy.allows(&wish);
        let denied_inside = is_denied_inside(request);
        if readable {
            count("readable");
            let of_resource = |leaf: &Leaf<'_>| matches!(leaf.service, Service::Resource(_));
            if runs.leaf.as_ref().is_some_and(of_resource) {
                count("readable from a route of a resource");
            }
            let shares = runs.policy.shares_with(page, wish.include);
            // Nothing tells an error status of a default service, behind the guard of a scope,
            // from that of a middleware, which a page of the route that was meant may read.
            // A middleware does not answer that something is not there.
            let is_refusal = outcome
                .result
                .as_ref()
                .is_ok_and(|seen| seen.status >= 400 && !matches!(seen.status, 404 | 405));
            let unknown = excused && runs.leaf.is_none() && is_refusal || denied_inside && excused;
            // Where another policy may apply, too, that one decides.
            let passes = runs.policy.passthrough;
            prop_assert!(shares || unknown || passes, "read, though {:?}", runs.policy);
            match shares && !unknown && !passes {
                true => self.exactly_what_is_exposed_is_visible(&outcome, &runs, request)?,
                false => count("excused: an error status that may be a middleware's"),
            }
        }

        // 2. Nothing is sent that it forbids.
        if outcome.actual().is_some() && wish.needs_preflight {
            match outcome.preflight().is_some() {
                true => {
                    count("sent after a preflight of its own");
                    let excused = excused || runs.policy.passthrough;
                    prop_assert!(
                        allowed || excused,
                        "sent, though {:?}\n{:?}\n{:?}",
                        runs.policy,
                        runs.leaf,
                        outcome
                    );
                    if !allowed {
                        count("excused: what cannot be seen before routing");
                    }
                    self.agreed.push(Agreed {
                        url: request.url.clone(),
                        wish: wish.clone(),
                        at: self.now,
                        reloads: self.reloads,
                        policy: runs.policy.clone(),
                        excused,
                    });
                }
                false if runs.policy.passthrough => {}
                false => {
                    count("sent on what was remembered");
                    self.is_remembered_rightly(&runs, &wish, request, excused)?;
                }
            }
        }

        // 3. Nothing is kept from a page that every policy allows which may be meant.
        let services = &self.application.services;
        let is_normal = routes::is_normal(&self.received(request)) && routes::is_normal(&path);
        // What a middleware answers where the first resource of the path is another one may be
        // the answer of that.
        let first = self.leaves.iter().find(|leaf| leaf.matches(&path));
        let is_hidden = denied_inside && first.is_some_and(|first| first.route().is_none());
        let is_beside_other =
            is_hidden || self.is_file_beside_other(&path) || self.is_beside_part_of_scope(&path);
        if !is_normal || is_beside_other || routes::gains_by_a_slash(services, &path) {
            return Ok(());
        }
        let host = request.url.host();
        let mut may_run = routes::may_run(services, &path, &request.method, host);
        may_run.dedup_by(|a, b| a.is_none() && b.is_none());
        if may_run.len() == 1 {
            count("nothing ambiguous");
        }
        if was_uncertain {
            may_run.push(None);
        }
        let mut meant = Vec::new();
        for leaf in &may_run {
            meant.push(self.policy(leaf.as_ref(), &path, host)?);
        }
        if runs.policy.passthrough || meant.iter().any(|policy| policy.passthrough) {
            if outcome.actual().is_none_or(|actual| ran(&actual.response).is_none()) {
                // Only handlers set the header.
                return Ok(());
            }
            count("readable as a handler says");
        }
        if allowed && meant.iter().all(|policy| policy.allows(&wish)) {
            prop_assert!(readable, "blocked, though {:?}\n{:?}", runs.policy, outcome);
        } else if !readable && outcome.actual().is_none() {
            count("refused by a preflight");
        }
        Ok(())
    }

    /// The path that is routed.
    fn path(&self, request: &FetchRequest) -> String {
        routes::routed(self.application, sent_path(request))
    }

    /// The path that reaches `Cors`.
    fn received(&self, request: &FetchRequest) -> String {
        routes::received(self.application, sent_path(request))
    }

    fn policy(
        &self,
        leaf: Option<&Leaf<'_>>,
        path: &str,
        host: &str,
    ) -> Result<Policy, TestCaseError> {
        let policy = oracle::policy(self.config(), leaf, path, host);
        policy.map_err(|why| TestCaseError::fail(format!("it has started, though {why}")))
    }

    /// What the request would run, were it sent: the twin answers it whatever the page.
    fn what_runs(&self, page: &str, request: &FetchRequest) -> Result<Ran<'v>, TestCaseError> {
        let mut response = None;
        let mut network = |wire: &WireRequest| {
            if wire.header("access-control-request-method").is_some() {
                return agree_to_everything(page, wire);
            }
            response.insert((self.twin)(wire)).clone()
        };
        Browser::new().fetch(&mut network, page, request);
        let response = response.unwrap();
        let place = ran(&response);
        let leaf =
            place.map(|place| self.leaves.iter().find(|leaf| leaf.place == place).unwrap().clone());
        let path = self.path(request);
        if let Some(routed) = response.header("x-path") {
            prop_assert_eq!(&routed, &path, "the twin");
        }
        let policy = self.policy(leaf.as_ref(), &path, request.url.host())?;
        Ok(Ran { leaf, policy, status: response.status })
    }

    /// Being wrapped with CORS changes nothing about what runs.
    fn corsless_twin_agrees(
        &self,
        outcome: &Outcome,
        runs: &Ran<'_>,
        request: &FetchRequest,
    ) -> Verdict {
        let Some(actual) = outcome.actual() else { return Ok(()) };
        let place = ran(&actual.response);
        let expected = runs.leaf.as_ref().map(|leaf| leaf.place.clone());
        let refused = matches!(actual.response.status, 401 | 403 | 405);
        prop_assert!(place == expected || refused, "{place:?} ran, not {expected:?}");
        prop_assert!(place.is_none() || !is_denied_inside(request));
        Ok(())
    }

    /// `enforce`: a page of another origin that is not allowed makes nothing run.
    fn nothing_runs_that_is_enforced(
        &self,
        outcome: &Outcome,
        runs: &Ran<'_>,
        wish: &Wish,
        request: &FetchRequest,
        excused: bool,
    ) -> Verdict {
        let Some(actual) = outcome.actual() else { return Ok(()) };
        let Some(origin) = actual.request.header("origin") else { return Ok(()) };
        let ran = actual.response.header("x-ran").is_some();
        // Over plain http there is no `Sec-Fetch-Site`, and the hosts are compared.
        let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_owned());
        let is_own = request.url.scheme() == "http" && host(&origin) == host(&request.url.origin());
        let refused = runs.policy.enforce && !runs.policy.knows(&origin);
        // An annotated route decides itself, before its handler runs.
        let is_annotated = runs.leaf.as_ref().is_some_and(|leaf| leaf.route().is_some());
        prop_assert!(
            !ran || !refused || is_own || excused && !is_annotated,
            "{wish:?} ran, though {:?} is enforced",
            runs.policy
        );
        Ok(())
    }

    /// Of the headers that every handler sends, a script sees those that the policy exposes.
    fn exactly_what_is_exposed_is_visible(
        &self,
        outcome: &Outcome,
        runs: &Ran<'_>,
        request: &FetchRequest,
    ) -> Verdict {
        let (Ok(visible), Some(actual)) = (&outcome.result, outcome.actual()) else {
            return Ok(());
        };
        for name in EXPOSED {
            let sent = actual.response.header(name).is_some();
            let is_visible = visible.headers.iter().any(|(visible, _)| visible == name);
            let expected = sent && runs.policy.exposes(name);
            // Where no resource ran, or one that actix takes for another of the same pattern, or the
            // path is read in other ways, too, it is what all policies expose.
            let path = self.path(request);
            let received = self.received(request);
            let is_normal = routes::is_normal(&received) && received == path;
            let is_known = runs.leaf.as_ref().is_some_and(|leaf| !self.has_namesake(leaf));
            let is_beside_other = self.is_file_beside_other(&path);
            let may_be_less = !is_known || !is_normal || is_beside_other;
            prop_assert!(
                is_visible == expected || may_be_less && !is_visible,
                "`{name}` is visible: {is_visible}, under {:?}",
                runs.policy
            );
        }
        Ok(())
    }

    /// Whether a resource has no name, and the pattern of an annotated route, whose name actix then
    /// gives it.
    fn has_namesake(&self, ran: &Leaf<'_>) -> bool {
        let pattern = ran.pattern();
        let is_annotated = |leaf: &Leaf<'_>| leaf.route().is_some();
        !is_annotated(ran)
            && self.leaves.iter().any(|leaf| is_annotated(leaf) && leaf.has_pattern(&pattern))
    }

    /// What went out without a preflight was agreed to before, for the same page and URL, no longer
    /// ago than the policy allows.
    ///
    /// Two things are the browser's memory, and no answer can change them: what was agreed to before
    /// a reload; and headers and credentials that another method of the URL was allowed, since
    /// browsers remember them without the method (`cors::shared-preflight-cache`).
    fn is_remembered_rightly(
        &self,
        runs: &Ran<'_>,
        wish: &Wish,
        request: &FetchRequest,
        excused: bool,
    ) -> Verdict {
        let alive: Vec<_> = self
            .agreed
            .iter()
            .filter(|agreed| {
                let max_age = agreed.policy.max_age.unwrap_or(5);
                let age = i64::try_from(self.now - agreed.at).unwrap();
                let is_recent = agreed.excused || age < max_age;
                agreed.url == request.url && agreed.wish.origin == wish.origin && is_recent
            })
            .collect();
        let old = |agreed: &Agreed| agreed.excused || agreed.reloads != self.reloads;
        let Ran { policy, .. } = runs;

        // An answer for the whole path names all methods that were allowed then.
        let agreed_to = |agreed: &&Agreed| {
            let named = agreed.wish.method == wish.method;
            old(agreed) && (named || agreed.policy.allows_method(&wish.method))
        };
        prop_assert!(!alive.is_empty(), "remembered for too long, by {policy:?}");
        if excused {
            return Ok(());
        }
        let is_safelisted = matches!(&*wish.method, "GET" | "HEAD" | "POST");
        prop_assert!(
            is_safelisted || policy.allows_method(&wish.method) || alive.iter().any(agreed_to),
            "{} was remembered, though {policy:?}",
            wish.method
        );
        for name in &wish.headers {
            let allowed = |agreed: &&Agreed| {
                let named = agreed.wish.headers.contains(name);
                agreed.excused || named || agreed.policy.allows_header(name)
            };
            prop_assert!(alive.iter().any(allowed), "`{name}` was remembered, though {policy:?}");
        }
        let sharing =
            |agreed: &&Agreed| old(agreed) || agreed.policy.shares_with(&wish.origin, wish.include);
        prop_assert!(alive.iter().any(sharing), "{wish:?} was remembered, though {policy:?}");
        Ok(())
    }
}

/// A browser that has a cookie for each host.
fn browser(engine: Engine) -> Browser {
    let mut browser = Browser::with_engine(engine);
    for host in HOSTS {
        let url = cors_browser::Url::parse(&format!("https://{host}")).unwrap();
        browser.set_cookie(&url, "session=1; Secure; SameSite=None");
    }
    browser
}

fn is_files(leaf: &Leaf<'_>) -> bool {
    matches!(leaf.service, Service::Plain(Plain { kind: Kind::Files, .. }))
}

fn is_scripted(request: &FetchRequest) -> bool {
    let target = request.url.target();
    target.ends_with("?s0") || target.ends_with("?s1")
}

/// The path as it is sent.
fn sent_path(request: &FetchRequest) -> &str {
    request.url.target().split('?').next().unwrap()
}

fn is_denied_inside(request: &FetchRequest) -> bool {
    let target = request.url.target();
    target.ends_with("?early") || target.ends_with("?error")
}

fn wish(page: &str, request: &FetchRequest) -> Wish {
    // All headers of the pool are unsafe.
    let headers = request.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let is_simple = matches!(&*request.method, "GET" | "HEAD" | "POST") && headers.is_empty();
    Wish {
        origin: page.to_owned(),
        method: request.method.clone(),
        headers,
        include: request.credentials == cors_browser::Credentials::Include,
        needs_preflight: !is_simple || request.upload_listener,
    }
}

fn agree_to_everything(page: &str, wire: &WireRequest) -> WireResponse {
    let said = |name| wire.header(name).unwrap_or_default();
    WireResponse::new(
        200,
        &[
            ("Access-Control-Allow-Origin", page),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", &said("access-control-request-method")),
            ("Access-Control-Allow-Headers", &said("access-control-request-headers")),
        ],
    )
}
