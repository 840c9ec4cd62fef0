//! An annotated handler, as generated code or a [`RouteResource`](super::RouteResource)
//! describes it.

use std::borrow::Cow;
use std::sync::Arc;

use cors_core::{Rules, Source};

/// An annotated handler: its name, its resources and its rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    pub(crate) name: &'static str,
    /// One for each route attribute.
    pub(crate) resources: Vec<Resource>,
    /// The rules of the modules around it, the outermost first.
    pub(crate) modules: Vec<Rules>,
    /// Its own rules, each building on those before; none if it only inherits.
    pub(crate) rules: Vec<Rules>,
    /// The place where it is registered, if it has no attribute.
    place: Source,
}

/// One route: its local pattern and the methods it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    path: Cow<'static, str>,
    methods: Vec<MethodName>,
    name: Option<Cow<'static, str>>,
    guarded: bool,
    /// The methods of the whole resource, where it takes the requests of all others, too,
    /// and answers that they are not served.
    all_methods: Option<Arc<[MethodName]>>,
}

/// A method, as it is sent in a request.
pub(crate) type MethodName = Cow<'static, str>;

impl Handler {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(name: &'static str, resources: impl Into<Vec<Resource>>) -> Self {
        let place = Source::BASELINE;
        Self { name, resources: resources.into(), modules: Vec::new(), rules: Vec::new(), place }
    }

    /// A function without an attribute.
    pub(crate) const fn plain(name: &'static str, place: Source) -> Self {
        Self { name, resources: Vec::new(), modules: Vec::new(), rules: Vec::new(), place }
    }

    /// With the rules of a module, inside the modules that were given before.
    #[must_use]
    pub fn module(mut self, rules: Rules) -> Self {
        self.modules.push(rules);
        self
    }

    /// With rules of its own.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules.push(rules);
        self
    }

    /// Registered as this resource: with the rules of the whole resource, which apply before
    /// its own, and with those that it was given there, which apply after them.
    pub(crate) fn at(self, resource: Resource, of_resource: &[Rules], of_route: &[Rules]) -> Self {
        let Self { name, resources: _, modules, rules, place } = self;
        let modules = of_resource.iter().cloned().chain(modules).collect();
        let rules = rules.into_iter().chain(of_route.iter().cloned()).collect();
        Self { name, resources: vec![resource], modules, rules, place }
    }

    /// All rules that apply to it, the outermost module first.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &Rules> {
        self.modules.iter().chain(&self.rules)
    }

    /// The place where its rules begin: at its own attribute, or at that of its module; otherwise
    /// where it is registered.
    pub(crate) fn source(&self) -> &Source {
        let innermost = self.rules.last().or_else(|| self.modules.last());
        innermost.map_or(&self.place, Rules::source)
    }
}

impl Resource {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(path: &'static str, methods: impl Into<Vec<&'static str>>) -> Self {
        let methods = methods.into().into_iter().map(Cow::Borrowed);
        Self::of_route(Cow::Borrowed(path), methods.collect())
    }

    pub(crate) const fn of_route(path: Cow<'static, str>, methods: Vec<MethodName>) -> Self {
        Self { path, methods, name: None, guarded: false, all_methods: None }
    }

    /// As a part of a resource that takes the requests of all methods, and serves these.
    pub(crate) fn within(self, all_methods: &Arc<[MethodName]>) -> Self {
        Self { all_methods: Some(Arc::clone(all_methods)), ..self }
    }

    /// With a name other than the handler's.
    #[must_use]
    pub fn named(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// With guards of its own, so that it may not serve what it matches.
    #[must_use]
    pub fn guarded(self) -> Self {
        Self { guarded: true, ..self }
    }

    /// The pattern within the scopes around it, such as `/users/{id}`.
    pub(crate) fn local_pattern(&self) -> String {
        let Self { path, .. } = self;
        // As actix does: an empty path stays empty, and outside of scopes is no path at all.
        let slash = !path.is_empty() && !path.starts_with('/');
        format!("{}{path}", if slash { "/" } else { "" })
    }

    pub(crate) fn methods(&self) -> &[MethodName] {
        &self.methods
    }

    /// Whether it takes the requests of a method without a handler for it.
    pub(crate) fn takes_unserved(&self, method: &[u8]) -> bool {
        let all_methods = self.all_methods.as_deref();
        all_methods.is_some_and(|all| all.iter().all(|served| served.as_bytes() != method))
    }

    /// Tells resources with several routes apart; `None` for a route of its own.
    pub(crate) fn identity(&self) -> Option<*const [MethodName]> {
        self.all_methods.as_ref().map(Arc::as_ptr)
    }

    /// Whether both are routes of one resource.
    pub(crate) fn is_one_with(&self, other: &Self) -> bool {
        let all_methods = self.all_methods.as_ref().zip(other.all_methods.as_ref());
        all_methods.is_some_and(|(mine, theirs)| Arc::ptr_eq(mine, theirs))
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) const fn is_guarded(&self) -> bool {
        self.guarded
    }
}
