//! The options of `fetch()` that are chosen by name, and what the response is for.

/// Fetch "credentials mode", the option `credentials`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// Never.
    Omit,
    /// For the page's own origin only.
    #[default]
    SameOrigin,
    /// Always, like `withCredentials` of `XMLHttpRequest`.
    Include,
}

/// Fetch "mode", the option `mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Reads what the server shares.
    #[default]
    Cors,
    /// Sends what a form could send, and reads nothing.
    NoCors,
    /// Fails when the target is of another origin.
    SameOrigin,
    /// Loads a document. `fetch()` refuses it; see [`Navigation`](crate::Navigation).
    Navigate,
}

/// Fetch "redirect mode", the option `redirect`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Redirect {
    /// Follows up to 20 redirects.
    #[default]
    Follow,
    /// Fails at a redirect.
    Error,
    /// Shows the page that there was a redirect, and nothing of it.
    Manual,
}

/// Fetch "cache mode", the option `cache`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheMode {
    /// Uses what is fresh, and revalidates what is stale.
    #[default]
    Default,
    /// Neither reads nor writes the HTTP cache.
    NoStore,
    /// Does not read the HTTP cache, and replaces what is in it.
    Reload,
    /// Revalidates before it uses anything.
    NoCache,
    /// Uses what is stored, fresh or not.
    ForceCache,
    /// Uses what is stored, and fails if there is nothing. Only in mode `same-origin`.
    OnlyIfCached,
}

/// Fetch "destination": what the response is for, which `Sec-Fetch-Dest` tells the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Destination {
    /// A script: `fetch()`, `XMLHttpRequest`, `EventSource`, `sendBeacon()`.
    #[default]
    Empty,
    /// A font, which is always a CORS request.
    Font,
    /// An image.
    Image,
    /// A classic script or a module; modules are CORS requests.
    Script,
    /// A style sheet.
    Style,
    /// The script of a worker, which has to be of the page's own origin.
    Worker,
}

impl Destination {
    /// The value of `Sec-Fetch-Dest`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Font => "font",
            Self::Image => "image",
            Self::Script => "script",
            Self::Style => "style",
            Self::Worker => "worker",
        }
    }
}
