//! The annotated routes of an application that the `Cors` around a scope or a resource does
//! not answer for: with a plain `wrap`, nothing shows which of them lie inside.

use actix_web::HttpRequest;

use super::route_table::RouteTable;
use crate::registration::AppRoutes;

/// Routes whose policies an edge does not know, so that it allows nothing on their paths.
#[derive(Debug, Default)]
pub(crate) struct UnansweredRoutes {
    tables: Vec<RouteTable>,
}

impl UnansweredRoutes {
    /// All annotated routes of the application that a request belongs to.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let tables = AppRoutes::all_for(request).into_iter().map(|routes| {
            let (descriptor, keys) = routes.describe();
            RouteTable::new(0, &keys, &descriptor)
        });
        Self { tables: tables.filter(|table| !table.is_empty()).collect() }
    }

    /// Whether one of them may run for a path, in any reading of it.
    pub(crate) fn may_run(&self, path: &str) -> bool {
        self.tables.iter().any(|table| table.may_match(path))
    }
}
