//! Handles of live sets: changing origins while the server runs.

mod feed;

pub use feed::{Feed, IntoLiveContent};

use std::sync::Arc;

use cors_core::{Error, IntoElements, LiveChange, LiveError, LiveSet, RejectedOrigin, Source};

use crate::api::Cors;
use crate::observe::LiveStatus;
use crate::process::ProcessState;

/// The content of a live set: see [`Cors::live`].
///
/// A change takes effect for all workers at once. Every origin is checked as one in the
/// configuration is: its grammar, the limits, and what `credentials`, `private_network` and the
/// profile require wherever the set is used. If one is not accepted, nothing is changed, and
/// the error names each by its text and index.
///
/// ```
/// use cors_actix::{Cors, set};
///
/// let cors = Cors::builder().live_set("partners").origins([set("partners")]).credentials(true).build()?;
/// let partners = cors.live("partners")?;
/// partners.replace(["https://a.example", "https://b.example"])?;
/// partners.insert("https://*.c.example")?;
/// partners.remove("https://a.example")?;
/// assert_eq!(partners.origins(), ["https://*.c.example", "https://b.example"]);
///
/// let error = partners.replace(["https://d.example", "http://e.example"]).unwrap_err();
/// let rejected = &error.rejected()[0];
/// assert_eq!((rejected.index(), rejected.text()), (Some(1), "http://e.example"));
/// assert_eq!(rejected.problem().code().as_str(), "cors::insecure-with-credentials");
/// assert_eq!(partners.origins().len(), 2, "nothing was changed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Live {
    handle: Handle,
}

/// The content of a keyed set: see [`Cors::keyed`].
///
/// A request has the origins of the key in its path, and a key that is not there has none. A
/// key is the text of one segment of the path as the handler gets it: it is not empty, neither
/// `.` nor `..`, and contains no `/` and no `%`. Changes are checked as those of [`Live`].
///
/// ```
/// use cors_actix::{Cors, rules, set};
///
/// let cors = Cors::builder()
///     .keyed_set("tenants")
///     .paths("/t/{tenant}/**", rules().origins([set("tenants").with_key("tenant")]))
///     .build()?;
/// let tenants = cors.keyed("tenants")?;
/// tenants.replace("acme", ["https://app.acme.example"])?;
/// tenants.insert("acme", "https://beta.acme.example")?;
/// assert_eq!(tenants.origins("acme").map(|list| list.len()), Some(2));
/// tenants.remove("acme")?;
/// assert_eq!(tenants.origins("acme"), None);
///
/// let error = tenants.replace("a/b", ["https://app.acme.example"]).unwrap_err();
/// assert_eq!(error.problem().unwrap().code().as_str(), "cors::bad-set-key");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keyed {
    handle: Handle,
}

/// A live set by its name: the configuration that defines it may be replaced.
#[derive(Clone, Debug)]
struct Handle {
    process: Arc<ProcessState>,
    name: Arc<str>,
}

impl Handle {
    fn change(&self, change: LiveChange, place: &Source) -> Result<Vec<RejectedOrigin>, LiveError> {
        self.process.change_live(&self.name, change, place)
    }

    fn check(&self, change: LiveChange, place: &Source) -> Result<(), LiveError> {
        self.process.check_live(&self.name, change, place)
    }

    /// The set, unless a reload has removed it.
    fn set(&self) -> Option<LiveSet> {
        self.process.live_set(&self.name, &Source::BASELINE).ok()
    }

    fn status(&self) -> Option<LiveStatus> {
        let all = self.process.live_status();
        all.into_iter().find(|status| status.name() == &*self.name)
    }
}

impl Live {
    /// Replaces all origins of the set; with an empty list, none is allowed.
    ///
    /// # Errors
    ///
    /// For every origin that is not accepted, and if a reload has removed the set. Nothing is
    /// changed then.
    #[track_caller]
    pub fn replace(&self, origins: impl IntoElements) -> Result<(), LiveError> {
        self.change(LiveChange::Replace, origins, &Source::caller()).map(drop)
    }

    /// Replaces all origins of the set by those that are accepted, and returns the others: for
    /// a list that was not checked before.
    ///
    /// ```
    /// use cors_actix::{Cors, set};
    ///
    /// let cors = Cors::builder().live_set("partners").origins([set("partners")]).build()?;
    /// let left_out = cors.live("partners")?.replace_valid(["https://a.example", "b.example"])?;
    /// assert_eq!((left_out[0].index(), left_out[0].text()), (Some(1), "b.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a reload has removed the set.
    #[track_caller]
    pub fn replace_valid(
        &self,
        origins: impl IntoElements,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        self.change(LiveChange::ReplaceValid, origins, &Source::caller())
    }

    /// Checks origins as [`Live::replace`] does, and changes nothing: before they are saved in
    /// a database.
    ///
    /// ```
    /// use cors_actix::{Cors, set};
    ///
    /// let cors = Cors::builder().live_set("partners").origins([set("partners")]).build()?;
    /// let partners = cors.live("partners")?;
    /// assert!(partners.check("https://a.example").is_ok());
    /// assert!(partners.check("a.example").is_err());
    /// assert!(partners.origins().is_empty());
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Live::replace`].
    #[track_caller]
    pub fn check(&self, origins: impl IntoElements) -> Result<(), LiveError> {
        let place = Source::caller();
        self.handle.check(LiveChange::Replace(origins.into_elements(&place)), &place)
    }

    /// Adds origins to the set.
    ///
    /// # Errors
    ///
    /// As [`Live::replace`].
    #[track_caller]
    pub fn insert(&self, origins: impl IntoElements) -> Result<(), LiveError> {
        self.change(LiveChange::Insert, origins, &Source::caller()).map(drop)
    }

    /// Removes origins from the set. They are compared as they are written: an origin is not
    /// taken out of a pattern that covers it. What is not there is ignored.
    ///
    /// # Errors
    ///
    /// For text that is no origin, and if a reload has removed the set.
    #[track_caller]
    pub fn remove(&self, origins: impl IntoElements) -> Result<(), LiveError> {
        self.change(LiveChange::Remove, origins, &Source::caller()).map(drop)
    }

    /// The origins of the set as they are written, sorted; empty if a reload has removed the
    /// set.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        self.handle.set().and_then(|set| set.elements(None)).unwrap_or_default()
    }

    /// The number of origins, their age and the feed; `None` if a reload has removed the set.
    #[must_use]
    pub fn status(&self) -> Option<LiveStatus> {
        self.handle.status()
    }

    fn change(
        &self,
        change: impl FnOnce(Vec<cors_core::Element>) -> LiveChange,
        origins: impl IntoElements,
        place: &Source,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        self.handle.change(change(origins.into_elements(place)), place)
    }
}

impl Keyed {
    /// Replaces all origins of a key; with an empty list, none is allowed.
    ///
    /// # Errors
    ///
    /// For every origin that is not accepted, for a key that cannot be a segment of a path,
    /// and if a reload has removed the set. Nothing is changed then.
    #[track_caller]
    pub fn replace(
        &self,
        key: impl Into<String>,
        origins: impl IntoElements,
    ) -> Result<(), LiveError> {
        self.change(LiveChange::ReplaceKey, key, origins, &Source::caller())
    }

    /// Checks a key and its origins as [`Keyed::replace`] does, and changes nothing: before
    /// they are saved in a database.
    ///
    /// # Errors
    ///
    /// As [`Keyed::replace`].
    #[track_caller]
    pub fn check(
        &self,
        key: impl Into<String>,
        origins: impl IntoElements,
    ) -> Result<(), LiveError> {
        let place = Source::caller();
        let change = LiveChange::ReplaceKey(key.into(), origins.into_elements(&place));
        self.handle.check(change, &place)
    }

    /// Adds origins to those of a key, which is added if it is not there.
    ///
    /// # Errors
    ///
    /// As [`Keyed::replace`].
    #[track_caller]
    pub fn insert(
        &self,
        key: impl Into<String>,
        origins: impl IntoElements,
    ) -> Result<(), LiveError> {
        self.change(LiveChange::InsertAt, key, origins, &Source::caller())
    }

    /// Removes a key with all of its origins. A key that is not there is ignored.
    ///
    /// # Errors
    ///
    /// If a reload has removed the set.
    #[track_caller]
    pub fn remove(&self, key: impl Into<String>) -> Result<(), LiveError> {
        self.handle.change(LiveChange::RemoveKey(key.into()), &Source::caller()).map(drop)
    }

    /// Removes origins from those of a key, as [`Live::remove`] does; the key stays.
    ///
    /// # Errors
    ///
    /// For text that is no origin, and if a reload has removed the set.
    #[track_caller]
    pub fn remove_origins(
        &self,
        key: impl Into<String>,
        origins: impl IntoElements,
    ) -> Result<(), LiveError> {
        self.change(LiveChange::RemoveAt, key, origins, &Source::caller())
    }

    /// Replaces the keys and their origins, all at once. Of a key that comes twice, the later
    /// list counts.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use cors_actix::{Cors, rules, set};
    ///
    /// let cors = Cors::builder()
    ///     .keyed_set("tenants")
    ///     .paths("/t/{tenant}/**", rules().origins([set("tenants").with_key("tenant")]))
    ///     .build()?;
    /// let rows = BTreeMap::from([
    ///     ("acme", vec!["https://app.acme.example"]),
    ///     ("umbra", vec!["https://umbra.example", "https://www.umbra.example"]),
    /// ]);
    /// cors.keyed("tenants")?.replace_all(rows)?;
    /// assert_eq!((cors.live_sets()[0].keys(), cors.live_sets()[0].origins()), (Some(2), 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Keyed::replace`], for all keys.
    #[track_caller]
    pub fn replace_all<K: Into<String>, L: IntoElements>(
        &self,
        keys: impl IntoIterator<Item = (K, L)>,
    ) -> Result<(), LiveError> {
        let place = Source::caller();
        self.handle.change(LiveChange::ReplaceAll(lists(keys, &place)), &place).map(drop)
    }

    /// Replaces the keys and their origins by those that are accepted, and returns the others.
    ///
    /// # Errors
    ///
    /// If a reload has removed the set.
    #[track_caller]
    pub fn replace_all_valid<K: Into<String>, L: IntoElements>(
        &self,
        keys: impl IntoIterator<Item = (K, L)>,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        let place = Source::caller();
        self.handle.change(LiveChange::ReplaceAllValid(lists(keys, &place)), &place)
    }

    /// The origins of a key as they are written, sorted; `None` if the key is not there, or if
    /// a reload has removed the set.
    #[must_use]
    pub fn origins(&self, key: &str) -> Option<Vec<String>> {
        self.handle.set().and_then(|set| set.elements(Some(key)))
    }

    /// The numbers of keys and origins, their age and the feed; `None` if a reload has removed
    /// the set.
    #[must_use]
    pub fn status(&self) -> Option<LiveStatus> {
        self.handle.status()
    }

    fn change(
        &self,
        change: impl FnOnce(String, Vec<cors_core::Element>) -> LiveChange,
        key: impl Into<String>,
        origins: impl IntoElements,
        place: &Source,
    ) -> Result<(), LiveError> {
        self.handle.change(change(key.into(), origins.into_elements(place)), place).map(drop)
    }
}

/// The lists of keys, as elements.
fn lists<K: Into<String>, L: IntoElements>(
    keys: impl IntoIterator<Item = (K, L)>,
    place: &Source,
) -> Vec<(String, Vec<cors_core::Element>)> {
    keys.into_iter().map(|(key, list)| (key.into(), list.into_elements(place))).collect()
}

impl Cors {
    /// A live set by its name, to change its origins: `[cors.sets]` `partners = { live = true }`,
    /// or [`CorsBuilder::live_set`](crate::CorsBuilder::live_set). See [`Live`].
    ///
    /// # Errors
    ///
    /// If there is no live set of this name, or if it is keyed, and if the configuration could
    /// not be read. The error names the live sets.
    #[track_caller]
    pub fn live(&self, name: &str) -> Result<Live, Error> {
        self.handle(name, false, &Source::caller()).map(|handle| Live { handle })
    }

    /// A keyed set by its name, to change the origins of its keys: `[cors.sets]`
    /// `tenants = { live = true, keyed = true }`, or
    /// [`CorsBuilder::keyed_set`](crate::CorsBuilder::keyed_set). See [`Keyed`].
    ///
    /// # Errors
    ///
    /// If there is no live set of this name, or if it is not keyed, and if the configuration
    /// could not be read. The error names the live sets.
    #[track_caller]
    pub fn keyed(&self, name: &str) -> Result<Keyed, Error> {
        self.handle(name, true, &Source::caller()).map(|handle| Keyed { handle })
    }

    /// The state of every live set: what it contains, how old that is, and its feed.
    #[must_use]
    pub fn live_sets(&self) -> Vec<LiveStatus> {
        self.process.live_status()
    }

    fn handle(&self, name: &str, is_keyed: bool, place: &Source) -> Result<Handle, Error> {
        let set = self.process.live_set(name, place)?;
        set.check_kind(is_keyed, place)?;
        Ok(Handle { process: Arc::clone(&self.process), name: name.into() })
    }
}
