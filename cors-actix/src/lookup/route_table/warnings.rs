//! Log lines about annotated routes that another resource hides.

use std::collections::HashMap;

use actix_web::dev::ResourceMap;

use super::RouteTable;
use crate::lookup::route_matcher::RouteMatcher;
use crate::observe::log;
use crate::registration::{MethodName, RouteDescriptor};

impl RouteTable {
    /// Logs which routes never run, because an earlier resource of their path takes the
    /// requests of all methods.
    pub(crate) fn report_out_of_reach(&self) {
        let mut first: HashMap<&str, &RouteMatcher> = HashMap::new();
        for route in self.routes.iter().filter(|route| route.descriptor.is_root) {
            let RouteDescriptor { anonymous, resource, .. } = &*route.descriptor;
            let earlier = &first.entry(anonymous).or_insert(route).descriptor;
            let takes = |method: &MethodName| earlier.resource.takes_unserved(method.as_bytes());
            let is_out_of_reach = !earlier.resource.is_guarded()
                && !earlier.resource.is_one_with(resource)
                && resource.methods().iter().all(takes);
            if is_out_of_reach {
                let [name, other] =
                    [route, first[&**anonymous]].map(|it| it.descriptor.handler.name);
                log::out_of_reach(name, other, &route.descriptor.pattern);
            }
        }
    }

    /// Logs which routes share their path with an un-annotated resource, as far as
    /// their pattern is a path.
    ///
    /// Each look is a walk through all resources, so only so many are taken
    /// beforehand; the others when a preflight arrives.
    pub(crate) fn report_shadowed(&self, map: &ResourceMap) {
        const MOST: usize = 200;
        let literal = self.routes.iter().enumerate();
        let literal = literal.filter(|(_, route)| route.descriptor.is_literal()).take(MOST);
        for (index, route) in literal {
            let met = self.first_match(&route.descriptor.pattern, map, index);
            let mut methods = route.descriptor.methods().iter();
            if methods.any(|method| self.is_shadowed(met, method.as_bytes(), index)) {
                route.report_shadowed();
            }
        }
    }
}
