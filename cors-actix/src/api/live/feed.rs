//! Feeds: live sets that an async function of the application fills again and again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cors_core::{Element, Error, IntoElement, IntoElements, LiveChange, Source};

use super::lists;
use crate::api::Cors;
use crate::process::{FeedLoop, LoadError};

/// What a loader may return: a list of origins, or a map from keys to lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no content of a live set",
    label = "this is a `{Self}`",
    note = "a loader returns a `Vec` or a set of origins, or a map from keys to lists of origins"
)]
pub trait IntoLiveContent {
    /// The change that replaces the content; `place` is the place of the origins.
    #[doc(hidden)]
    fn into_change(self, place: &Source) -> LiveChange;
}

impl<T: IntoElement> IntoLiveContent for Vec<T> {
    fn into_change(self, place: &Source) -> LiveChange {
        one_list(self, place)
    }
}

impl<T: IntoElement> IntoLiveContent for BTreeSet<T> {
    fn into_change(self, place: &Source) -> LiveChange {
        one_list(self, place)
    }
}

impl<T: IntoElement, S> IntoLiveContent for HashSet<T, S> {
    fn into_change(self, place: &Source) -> LiveChange {
        one_list(self, place)
    }
}

fn one_list<T: IntoElement>(list: impl IntoIterator<Item = T>, place: &Source) -> LiveChange {
    let origins = list.into_iter().map(|origin| origin.into_element(place));
    LiveChange::ReplaceValid(origins.collect::<Vec<Element>>())
}

impl<K: Into<String>, L: IntoElements> IntoLiveContent for BTreeMap<K, L> {
    fn into_change(self, place: &Source) -> LiveChange {
        LiveChange::ReplaceAllValid(lists(self, place))
    }
}

impl<K: Into<String>, L: IntoElements, S> IntoLiveContent for HashMap<K, L, S> {
    fn into_change(self, place: &Source) -> LiveChange {
        LiveChange::ReplaceAllValid(lists(self, place))
    }
}

/// A feed that is running: see [`Cors::feed`].
#[derive(Clone, Debug)]
pub struct Feed {
    task: tokio::task::AbortHandle,
}

impl Feed {
    /// Stops the feed. The content of the set stays as it is.
    pub fn stop(&self) {
        self.task.abort();
    }
}

impl Cors {
    /// Fills a live set from an async function of the application: once now, and then again
    /// after each `interval`, a tenth more or less.
    ///
    /// The loader returns a list of origins, or for a keyed set a map from keys to lists, which
    /// replaces the content. Origins and keys that are not accepted are left out and logged;
    /// the others apply. No request waits for it.
    ///
    /// If the loader fails, the content stays as it is: if it returns an error, panics, or does
    /// not return within the interval (at least 1 second and at most 30). This is logged once,
    /// and once when it succeeds again; [`Cors::live_sets`] and [`Cors::metrics`] have the
    /// number of failures and the age of the content. A loader that blocks its thread cannot be
    /// stopped: use `actix_web::web::block` for a database without async functions.
    ///
    /// The feed runs until all clones of this `Cors` are gone, or until [`Feed::stop`]; dropping
    /// the [`Feed`] does not stop it. A loader that holds a `Cors`, a `Live` or a `Keyed` keeps its
    /// own feed running, so let it hold the database only.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use std::io;
    /// use std::time::Duration;
    ///
    /// use cors_actix::{Cors, rules, set};
    ///
    /// // From a database.
    /// async fn load() -> io::Result<BTreeMap<String, Vec<String>>> {
    ///     Ok([("acme".to_owned(), vec!["https://app.acme.example".to_owned()])].into())
    /// }
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cors = Cors::builder()
    ///     .keyed_set("tenants")
    ///     .paths("/t/{tenant}/**", rules().origins([set("tenants").with_key("tenant")]))
    ///     .build()?;
    /// cors.feed("tenants", Duration::from_secs(60), load).await?;
    /// assert_eq!(cors.live_sets()[0].keys(), Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no live set of this name, and if the first load fails. The set is not
    /// changed then, and nothing is loaded again.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if its timers are disabled. Those of `actix_web::main`
    /// and `tokio::main` have both.
    #[track_caller]
    pub fn feed<L, F, C, E>(
        &self,
        name: impl Into<String>,
        interval: Duration,
        loader: L,
    ) -> impl Future<Output = Result<Feed, Error>>
    where
        L: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<C, E>> + Send + 'static,
        C: IntoLiveContent,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let source = Source::caller();
        let place = source.clone();
        let load = move || {
            let (loading, place) = (loader(), place.clone());
            async move {
                let loaded = loading.await.map_err(Into::<LoadError>::into)?;
                Ok(loaded.into_change(&place))
            }
        };
        let (set, loader) = (name.into(), Arc::new(load));
        let feed = FeedLoop { set, interval, loader, source };
        async move { feed.start(&self.process).await.map(|task| Feed { task }) }
    }
}
