//! One worker's application: its routes, and their policies as of now.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use arc_swap::ArcSwap;
use arc_swap::cache::Cache;
use cors_core::Error;

use super::Table;
use super::routes::Entries;
use crate::process::{Compiled, Shared, SharedApp};
use crate::registration::{AppRoutes, Registered};

/// The routes of one worker, and the table that joins them with the policies.
#[derive(Debug)]
pub(crate) struct Live {
    /// Kept so that a reload knows of the application.
    _app: Arc<SharedApp>,
    entries: Rc<Entries>,
    now: RefCell<Now>,
}

#[derive(Debug)]
struct Now {
    current: Cache<Arc<ArcSwap<Compiled>>, Arc<Compiled>>,
    table: Rc<Table>,
}

impl Live {
    /// Joins the routes of an application, `None` when it has no annotated ones,
    /// with what all workers share.
    ///
    /// # Errors
    ///
    /// All problems of all routes at once.
    pub(crate) fn join(shared: &Shared, routes: Option<&AppRoutes>) -> Result<Self, Error> {
        let (shape, registered) = routes.map(AppRoutes::registered).unwrap_or_default();
        Ok(Self::new(shared.join(shape)?, &registered))
    }

    /// The same with policies that allow nobody anything, until a reload has others.
    pub(crate) fn closed(shared: &Shared, routes: Option<&AppRoutes>) -> Self {
        let (shape, registered) = routes.map(AppRoutes::registered).unwrap_or_default();
        Self::new(shared.join_closed(shape), &registered)
    }

    fn new(app: Arc<SharedApp>, registered: &[Registered]) -> Self {
        let entries = Rc::new(Entries::new(registered, &app.shape().routes));
        let mut current = Cache::new(Arc::clone(app.current()));
        let table = Rc::new(Table::new(&entries, Arc::clone(current.load())));
        Self { _app: app, entries, now: RefCell::new(Now { current, table }) }
    }

    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The policies as of now; a request keeps to the ones it began with.
    pub(crate) fn table(&self) -> Rc<Table> {
        let Now { current, table } = &mut *self.now.borrow_mut();
        let compiled = current.load();
        if !Arc::ptr_eq(compiled, table.compiled()) {
            *table = Rc::new(Table::new(&self.entries, Arc::clone(compiled)));
        }
        Rc::clone(table)
    }
}
