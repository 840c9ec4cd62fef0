//! Routes of one path that serve different methods under otherwise equal policies.
//!
//! Browsers remember the answer to a preflight by URL. Such routes can be answered with one
//! list of methods, so that the next method of the page needs no preflight of its own.

use super::{Methods, Policy};
use crate::grammar::Method;

impl Policy {
    /// Whether preflights for routes of the two policies differ in their methods only.
    #[must_use]
    pub fn answers_preflights_like(&self, other: &Self) -> bool {
        self.headers == other.headers
            && self.max_age == other.max_age
            && self.credentials == other.credentials
            && self.private_network == other.private_network
            && self.origins == other.origins
    }

    /// Whether the two decide and answer alike for a route that serves a method.
    #[must_use]
    pub fn is_alike_for(&self, other: &Self, method: &str) -> bool {
        self.answers_preflights_like(other)
            && self.expose == other.expose
            && self.enforce == other.enforce
            && self.allows_method(method) == other.allows_method(method)
    }

    /// Whether the policy allows some origin, but no page may send a method: it needs a
    /// preflight, and is not allowed.
    #[must_use]
    pub fn blocks_method(&self, method: &str) -> bool {
        let allows_origins = !self.allows_no_origin() && !self.passes_through();
        let needs_preflight = !Method::is_safelisted(method.as_bytes());
        allows_origins && needs_preflight && !self.allows_method(method)
    }

    fn allows_method(&self, method: &str) -> bool {
        match &self.methods {
            Methods::Any => true,
            Methods::Only { methods, .. } => methods.iter().any(|it| it.as_str() == method),
        }
    }

    /// This policy with the methods of others, too.
    ///
    /// ```
    /// use cors_core::{Config, Op, Route, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, ["https://a.example"], here);
    /// let resolver = Config::new(rules).resolve()?;
    /// let policy = |serves: &'static str| {
    ///     let route = Route {
    ///         pattern: "/orders",
    ///         serves: &[serves],
    ///         handler_serves: &[serves],
    ///         modules: &[],
    ///         rules: &[],
    ///     };
    ///     resolver.route(route, &mut Vec::new()).other().policies.outside().clone()
    /// };
    /// let (get, put) = (policy("GET"), policy("PUT"));
    /// assert!(get.answers_preflights_like(&put));
    /// let both = get.with_methods_of([&*put]);
    /// assert_eq!(both.effective(Setting::Methods).value().to_string(), "GET, PUT");
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_methods_of<'p>(&self, others: impl IntoIterator<Item = &'p Self>) -> Self {
        let Methods::Only { methods, .. } = &self.methods else { return self.clone() };
        let mut methods = methods.to_vec();
        for other in others {
            match &other.methods {
                Methods::Any => return Self { methods: Methods::Any, ..self.clone() },
                Methods::Only { methods: more, .. } => {
                    let new = more.iter().filter(|method| !methods.contains(method)).cloned();
                    methods.extend(new.collect::<Vec<_>>());
                }
            }
        }
        Self { methods: Methods::only(methods), ..self.clone() }
    }
}

impl Methods {
    /// These methods, with the text of the header.
    pub(crate) fn only(methods: impl Into<Box<[Method]>>) -> Self {
        let methods = methods.into();
        let value: Vec<_> = methods.iter().map(Method::as_str).collect();
        Self::Only { value: value.join(", ").into(), methods }
    }
}
