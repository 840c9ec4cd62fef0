//! Which policies may apply to a given request, and what each of them decides.
//!
//! This is computed from the patterns that are registered, for any thread. Requests are
//! judged by lookup, which also knows the order of registration; where guards or that order
//! decide, both name all policies that may apply.

use actix_web::dev::ResourceDef;
use cors_core::{HostClass, PageRequest, routed_path};

use super::{AppPolicies, CompiledApp, ProcessState};
use crate::observe::ExplainedPolicy;
use crate::registration::RouteDescriptor;

impl ProcessState {
    /// The policies that may apply to a request of a page to a path, and the explanation of
    /// each.
    pub(crate) fn explain(&self, path: &str, request: &PageRequest) -> Vec<ExplainedPolicy> {
        let path = &*routed_path(path.split(['?', '#']).next().unwrap_or_default());
        let request = &request.clone().path(path);
        let state = self.state();
        let apps: Vec<_> = state.live().collect();
        let resolver = state.resolver.clone();
        drop(state);
        if let (true, Ok(resolver)) = (apps.is_empty(), &resolver) {
            let host = resolver.hosts_of(request).iter().next().unwrap_or_default();
            let policy = resolver.for_path_on(path, host);
            let why = "no application is initialised: this is the policy of the path".to_owned();
            return vec![ExplainedPolicy::new(why, None, policy.explain(request))];
        }
        let mut explained: Vec<ExplainedPolicy> = Vec::new();
        for found in apps.iter().flat_map(|app| app.explain(path, request)) {
            if !explained.contains(&found) {
                explained.push(found);
            }
        }
        explained
    }
}

impl AppPolicies {
    fn explain(&self, path: &str, request: &PageRequest) -> Vec<ExplainedPolicy> {
        let compiled = self.current.load();
        let mut explained = Vec::new();
        let mut may_be_other = true;
        for host in compiled.hosts_of(request).iter() {
            let group = compiled.group_of(path, host);
            for (index, route) in self.descriptor.routes.iter().enumerate() {
                let is_meant = route.serves(request.requested_method().as_bytes())
                    && !compiled.is_excluded(index, host)
                    && matches(&route.pattern, path);
                if !is_meant {
                    continue;
                }
                may_be_other &= route.resource.is_guarded();
                let policy = &compiled.policies()[compiled.of_route(index, host, group).get()];
                let (handler, explanation) = (route.handler.name, policy.explain(request));
                explained.push(ExplainedPolicy::new(why(route), Some(handler), explanation));
            }
            if may_be_other {
                let policy = &compiled.policies()[compiled.fallback(host, group).get()];
                let why = why_unannotated(&compiled, path, host, request.requested_method());
                explained.push(ExplainedPolicy::new(why, None, policy.explain(request)));
            }
        }
        explained
    }
}

fn why(route: &RouteDescriptor) -> String {
    let (methods, pattern) = (route.methods().join(", "), &route.pattern);
    let guarded =
        if route.resource.is_guarded() { ", if its guard lets the request in" } else { "" };
    format!("serves {methods} `{pattern}`{guarded}")
}

fn why_unannotated(compiled: &CompiledApp, path: &str, host: HostClass, method: &str) -> String {
    let group = compiled.group_of(path, host);
    let pattern = group.and_then(|group| compiled.resolver().group_pattern(group));
    let policy = match pattern {
        Some(pattern) => format!("the policy of the group `{pattern}`"),
        None => "the global policy".to_owned(),
    };
    let method = method.escape_debug();
    format!("if no annotated handler serves {method} at this path: {policy}")
}

fn matches(pattern: &str, path: &str) -> bool {
    ResourceDef::new(pattern).is_match(path)
}
