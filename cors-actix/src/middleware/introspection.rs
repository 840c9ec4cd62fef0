//! What actix-web reports about everything that is registered: for the table of policies and
//! for a warning. No decision about a request depends on it.

use std::borrow::Cow;

use actix_web::dev::ServiceRequest;
use actix_web::introspection::{IntrospectionReportItem, IntrospectionTree};
use actix_web::web::Data;

use crate::lookup::WorkerState;
use crate::observe::log;
use crate::registration::ServedPath;

/// Takes note of what is registered without `#[cors]`, once for an application. An inspector has
/// no policy, so it is left out.
pub(super) fn note(
    request: &ServiceRequest,
    worker: &WorkerState,
    is_inspector: impl Fn(&str) -> bool,
) {
    let Some(tree) = request.app_data::<Data<IntrospectionTree>>() else { return };
    let items: Vec<IntrospectionReportItem> = (&tree.root).into();
    let resources =
        items.into_iter().filter(|item| item.resource_type.eq_ignore_ascii_case("resource"));
    let paths = resources.map(|item| ServedPath {
        methods: item.methods.into_iter().map(Cow::Owned).collect(),
        pattern: item.full_path,
    });
    // The anchors of annotated routes are resources, too.
    let paths = paths
        .filter(|path| !path.pattern.contains('\u{1}') && !is_inspector(&path.pattern))
        .collect();
    for blocked in worker.note_unannotated(paths) {
        log::blocked_methods(&blocked.pattern, &blocked.methods);
    }
}
