//! The policies that may apply to a response: that of the route which it carries, or those of
//! everything that may have made it.

use actix_web::HttpRequest;
use actix_web::dev::ResourceMap;
use actix_web::http::StatusCode;
use cors_core::HostClasses;

use super::candidates::CandidatesBuilder;
use super::path_spellings::is_normal;
use super::route_table::Prediction;
use super::{Candidates, PolicyLookup, RequestHosts, Target};
use crate::registration::carried::CarriedRoutes;

/// The request that a response brings along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseRequest<'r> {
    pub(crate) request: &'r HttpRequest,
    /// Whether path, query and method are those that were received.
    pub(crate) is_unchanged: bool,
    /// Whether it knows the resources of the application.
    pub(crate) is_of_app: bool,
    /// The hosts that the request was for when it was received.
    pub(crate) hosts: HostClasses,
    pub(crate) status: StatusCode,
}

impl<'r> ResponseRequest<'r> {
    pub(crate) fn target(&self) -> Target<'r> {
        let Self { request, hosts, .. } = *self;
        let path = request.match_info().as_str();
        Target { path, method: request.method().as_str().as_bytes(), hosts }
    }

    /// Whether the whole path was routed.
    fn is_routed(&self) -> bool {
        let path = self.target().path;
        !path.is_empty() && self.routed_length() == path.len()
    }

    /// How much of the path was routed.
    fn routed_length(&self) -> usize {
        let info = self.request.match_info();
        // Where a middleware has put another path in the place of the one that was
        // routed, what is left may begin within a character, and actix would panic.
        match info.as_str().is_ascii() {
            true => info.as_str().len() - info.unprocessed().len(),
            false => 0,
        }
    }
}

impl PolicyLookup {
    /// The policy of a response that carries its route, or of one whose headers were
    /// put together from several.
    pub(crate) fn of_carried(
        &self,
        carried: &CarriedRoutes,
        hosts: HostClasses,
    ) -> Option<Candidates<'_>> {
        if carried.is_uncertain() {
            return None;
        }
        if let (Some(route), Some(host)) = (carried.only(), hosts.only())
            && let Some(index) = self.routes.index_of(route.id)
            && !self.compiled.depends_on_path(index)
        {
            let policy = self.compiled.of_route(index, host, None);
            return Some(Candidates::only(self.policy(policy), Some(index)));
        }
        let mut found = CandidatesBuilder::default();
        let known = self.add_carried(carried, hosts, &mut found);
        known.then(|| found.build(|| self.fallback()))
    }

    /// Whether a response to a preflight that was left alone comes from a route that is not
    /// `passthrough`.
    pub(crate) fn is_of_other(&self, carried: &CarriedRoutes, hosts: HostClasses) -> bool {
        let mut found = CandidatesBuilder::default();
        let all_known = self.add_carried(carried, hosts, &mut found);
        let is_carried = carried.routes().next().is_some();
        is_carried && !(all_known && found.build(|| self.fallback()).pass_through())
    }

    /// Whether some route that a response carries is one of another application: a handler
    /// has called that one, or a cache that both use has replayed its response. Which
    /// policy the response has there is not known here, so nothing is allowed.
    pub(crate) fn has_unknown(&self, carried: &CarriedRoutes) -> bool {
        carried.routes().any(|route| self.routes.index_of(route.id).is_none())
    }

    /// The policies that may apply to a response that carries no route, or not for
    /// certain: a middleware made it, a default service, or an un-annotated resource.
    ///
    /// It is judged by what applies to the request as it was received and as it is now,
    /// and, unless a middleware has certainly answered in the place of an annotated route,
    /// also by what applies to anything un-annotated that may have run.
    pub(crate) fn of_unmarked(
        &self,
        carried: &CarriedRoutes,
        received: Target<'_>,
        request: &ResponseRequest<'_>,
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let mut found = CandidatesBuilder::default();
        self.add_carried(carried, received.hosts, &mut found);
        let now = request.target();
        let is_annotated = !self.routes.is_empty()
            && (!request.is_of_app || self.routes.may_be_annotated(request.request));
        let mut is_meant = false;
        if is_annotated || !request.is_routed() {
            let prediction = self.add_predicted(received, map, &mut found);
            is_meant =
                is_annotated && request.is_unchanged && self.is_answered_for(prediction, request);
            if !request.is_unchanged {
                self.add_predicted(now, map, &mut found);
            }
        } else if !request.is_unchanged {
            self.add_predicted(received, map, &mut found);
        }
        if !request.is_unchanged {
            let regions = self.regions(received.path, received.hosts);
            self.add_fallback(regions.as_ref(), received.path, &mut found);
        }
        if !is_meant {
            let regions = self.regions(now.path, now.hosts);
            self.add_fallback(regions.as_ref(), now.path, &mut found);
        }
        found.build_for_response(self.closed(), || self.fallback())
    }

    /// The policies of the groups that the matched resource may lie in, where its pattern
    /// is not that of the path: a middleware has put another path in its place.
    pub(crate) fn of_matched(&self, request: &ResponseRequest<'_>) -> Option<Candidates<'_>> {
        if !self.compiled.has_groups() {
            return None;
        }
        let Target { path, hosts, .. } = request.target();
        let request = request.request;
        let pattern = request.match_pattern().filter(|pattern| pattern != path)?;
        // Of several patterns of a resource, actix returns the first one.
        if self.routes.is_match(&pattern, path)
            || request.resource_map().match_pattern(path).as_ref() == Some(&pattern)
        {
            return None;
        }
        let mut found = CandidatesBuilder::default();
        for host in hosts.iter() {
            for group in self.compiled.groups_of_pattern(&pattern, host) {
                // Which parameter has which value is not known: the path is another one.
                found.add(self.policy(self.compiled.fallback(host, group)), None, None);
            }
        }
        Some(found.build(|| self.fallback()))
    }

    /// Whether a response without a route was certainly made in the place of the one that was
    /// predicted: before anything was routed, or by a middleware of the scopes around it.
    ///
    /// A scope may have a guard, which cannot be seen, and a scope without annotated routes
    /// may lie between what actix meets first and the route. There another resource of the
    /// same pattern may run; or a default service, which may answer with a success or that
    /// nothing is there, but does not refuse as a middleware does.
    fn is_answered_for(&self, prediction: Prediction, request: &ResponseRequest<'_>) -> bool {
        let Some(route) = prediction.certain.filter(|_| is_normal(request.target().path)) else {
            return false;
        };
        let routed = request.routed_length();
        let is_in_scopes =
            || self.routes.scopes_length(route, request.target().path) == Some(routed);
        match (self.routes.is_root(route), request.is_routed()) {
            // A resource that has run and left no mark is not the annotated one for certain.
            (_, true) => false,
            (true, false) if prediction.is_met_first => routed == 0,
            (true, false) => is_refusal(request.status) && routed == 0,
            (false, false) => is_refusal(request.status) && (routed == 0 || is_in_scopes()),
        }
    }

    /// The policies that may apply to an error that carries no route: a middleware raised
    /// it, perhaps from the response of a default service. What became of the request
    /// is not known.
    pub(crate) fn of_unmarked_error(
        &self,
        carried: &CarriedRoutes,
        received: Target<'_>,
        status: StatusCode,
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let mut found = CandidatesBuilder::default();
        self.add_carried(carried, received.hosts, &mut found);
        let prediction = self.add_predicted(received, map, &mut found);
        let is_certain = prediction.certain.is_some() && is_normal(received.path);
        if !is_certain || !is_refusal(status) {
            let regions = self.regions(received.path, received.hosts);
            self.add_fallback(regions.as_ref(), received.path, &mut found);
        }
        found.build_for_response(self.closed(), || self.fallback())
    }

    /// Takes note that the routes which a response carries have run for a request.
    pub(crate) fn note_ran(&self, carried: &CarriedRoutes, request: &ResponseRequest<'_>) {
        // Nearly always: nothing was ever remembered of any route.
        if self.routes.learned() == 0 {
            return;
        }
        let routes = carried.routes().filter_map(|route| self.routes.index_of(route.id));
        for route in routes.filter(|route| self.routes.was_bypassed(*route)) {
            self.routes.note_ran(route, request.target());
        }
    }

    /// Takes note that an un-annotated resource has run in the place of the annotated
    /// route that was predicted, if that is so.
    pub(crate) fn note_unmarked(&self, request: &ResponseRequest<'_>, map: &ResourceMap) {
        if self.routes.is_empty() || !request.is_routed() {
            return;
        }
        let target = request.target();
        let prediction = self.routes.predict(
            target,
            map,
            &RequestHosts { lookup: self, hosts: target.hosts },
            &mut |_, _| {},
        );
        if let Some(route) = prediction.certain {
            self.routes.note_bypassed(route, target);
        }
    }
}

/// Whether a middleware may refuse like this. That a path or method is not there is
/// what a default service answers, that of a scope included.
fn is_refusal(status: StatusCode) -> bool {
    let is_absence = matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
    (status.is_client_error() || status.is_server_error()) && !is_absence
}
