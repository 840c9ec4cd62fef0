//! Where engines differ from the Fetch standard, in one place: each difference is a question that
//! the steps ask.
//!
//! Unless noted otherwise, a difference was measured with Chromium 156, Firefox 153 ESR and
//! WebKitGTK 2.50.6, and is measured in each run of the browser tests of this repository. What is not
//! listed was the same in all three, or was not measured.

use crate::modes::CacheMode;

/// Whose reading of the standards a browser follows.
///
/// ```
/// use cors_browser::{Browser, Credentials, Engine, FetchRequest, Url, WireRequest, WireResponse};
///
/// // Fetch excludes `Authorization` from `*`; engines do not.
/// let mut server = |_: &WireRequest| {
///     let lists = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*")];
///     WireResponse::new(200, &lists)
/// };
/// let url = Url::parse("https://api.example/").unwrap();
/// let request = FetchRequest::new("GET", url).header("Authorization", "Bearer a");
/// for (engine, readable) in [(Engine::Standard, false), (Engine::Chromium, true)] {
///     let outcome = Browser::with_engine(engine).fetch(&mut server, "https://app.example", &request);
///     assert_eq!(outcome.is_readable(), readable);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The Fetch standard, RFC 6265bis and RFC 9111 to the letter, without limits.
    #[default]
    Standard,
    /// Chromium, and so Chrome, Edge, Opera and others.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKit, and so Safari.
    WebKit,
}

/// What an engine does with the cookies of other sites than that of the top-level page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThirdPartyCookies {
    /// They are sent and stored, as far as `SameSite` allows.
    Allowed,
    /// Each top-level site has a store of its own for them.
    Partitioned,
    /// They are neither sent nor stored.
    Blocked,
}

/// How a `*` that was stored in the preflight cache is used for a later request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CachedWildcard {
    /// For every method, and every name but `authorization`.
    AsInFetch,
    /// For nothing.
    Unused,
    /// For every method and every name.
    CoversAll,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Chromium, Self::Firefox, Self::WebKit];

    /// The longest time in seconds for which a preflight is cached, whatever
    /// `Access-Control-Max-Age` is: 2 hours in Chromium, 24 hours in Firefox, 10 minutes in WebKit.
    ///
    /// Fetch, "CORS-preflight fetch", allows for such a limit and has none. The limit of WebKit was
    /// measured; those of Chromium and Firefox are documented (MDN, `Access-Control-Max-Age`).
    ///
    /// ```
    /// assert_eq!(cors_browser::Engine::WebKit.max_age_limit(), Some(600));
    /// assert_eq!(cors_browser::Engine::Standard.max_age_limit(), None);
    /// ```
    #[must_use]
    pub const fn max_age_limit(self) -> Option<u64> {
        match self {
            Self::Standard => None,
            Self::Chromium => Some(7200),
            Self::Firefox => Some(86400),
            Self::WebKit => Some(600),
        }
    }

    /// What the engine does by default with third-party cookies: Firefox has "Total Cookie
    /// Protection", WebKit "Intelligent Tracking Prevention". Chromium allows them in an ordinary
    /// profile; an incognito window and a headless browser block them. WebKitGTK stores none, and
    /// sends those that their own site has stored.
    #[must_use]
    pub const fn third_party_cookies(self) -> ThirdPartyCookies {
        match self {
            Self::Standard | Self::Chromium => ThirdPartyCookies::Allowed,
            Self::Firefox => ThirdPartyCookies::Partitioned,
            Self::WebKit => ThirdPartyCookies::Blocked,
        }
    }

    // --- what needs a preflight

    /// Client hints that a script sets are safelisted in Chromium, if their values are well formed.
    pub(crate) fn safelists_client_hint(self, name: &str, value: &str) -> bool {
        let is_integer = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        self == Self::Chromium
            && match name {
                "device-memory" | "downlink" | "dpr" => match value.split_once('.') {
                    Some((whole, fraction)) => is_integer(whole) && is_integer(fraction),
                    None => is_integer(value),
                },
                "rtt" | "viewport-width" | "width" => is_integer(value),
                "ect" => matches!(value, "slow-2g" | "2g" | "3g" | "4g"),
                "save-data" => value.eq_ignore_ascii_case("on"),
                _ => false,
            }
    }

    /// Firefox preflights an `Accept` with bytes beyond ASCII.
    pub(crate) fn is_strict_about_accept(self) -> bool {
        self == Self::Firefox
    }

    /// Firefox and WebKit send a preflight after a redirect if there was one before, also where the
    /// request has become a `GET` that needs none.
    pub(crate) fn repeats_preflights_after_redirects(self) -> bool {
        matches!(self, Self::Firefox | Self::WebKit)
    }

    /// WebKit preflights for `authorization` and `content-type` although a redirect dropped them.
    pub(crate) fn preflights_dropped_names(self) -> bool {
        self == Self::WebKit
    }

    // --- the answer to a preflight

    /// No engine excludes `authorization` from the `*` of the preflight's own response.
    pub(crate) fn wildcard_covers_authorization(self) -> bool {
        self != Self::Standard
    }

    /// The seconds of an `Access-Control-Max-Age` that is no number of seconds; `None` for the
    /// default. Firefox does not cache it, Chromium and WebKit take `-1` for 0.
    pub(crate) fn malformed_max_age(self, value: &str) -> Option<u64> {
        let is_negative =
            value.strip_prefix('-').is_some_and(|digits| digits.parse::<u64>().is_ok());
        match self {
            Self::Firefox => Some(0),
            Self::Chromium | Self::WebKit if is_negative => Some(0),
            Self::Standard | Self::Chromium | Self::WebKit => None,
        }
    }

    // --- the preflight cache

    /// WebKit caches the lists of a preflight that did not allow its own request.
    pub(crate) fn caches_refused_preflights(self) -> bool {
        self == Self::WebKit
    }

    /// How a stored `*` is used.
    pub(crate) fn cached_wildcard(self) -> CachedWildcard {
        match self {
            Self::Standard | Self::Chromium => CachedWildcard::AsInFetch,
            Self::Firefox => CachedWildcard::Unused,
            Self::WebKit => CachedWildcard::CoversAll,
        }
    }

    /// Firefox has separate entries for requests with and without credentials.
    pub(crate) fn separates_credentials(self) -> bool {
        self == Self::Firefox
    }

    /// Chromium and Firefox do not use the preflight cache in the cache modes `no-store` and
    /// `reload`, which Fetch knows for the HTTP cache only; Chromium neither in `no-cache`.
    pub(crate) fn ignores_preflight_cache(self, mode: CacheMode) -> bool {
        match self {
            Self::Chromium => {
                matches!(mode, CacheMode::NoStore | CacheMode::Reload | CacheMode::NoCache)
            }
            Self::Firefox => matches!(mode, CacheMode::NoStore | CacheMode::Reload),
            Self::Standard | Self::WebKit => false,
        }
    }

    /// Chromium has one entry for a URL, and drops it when it does not cover a request. Fetch drops
    /// all entries of the URL when a request fails.
    pub(crate) fn drops_insufficient_preflights(self) -> bool {
        self == Self::Chromium
    }

    /// Chromium and WebKit keep the cached preflight of a request whose response was not shared.
    pub(crate) fn keeps_preflights_after_failure(self) -> bool {
        matches!(self, Self::Chromium | Self::WebKit)
    }

    // --- redirects and origins

    /// Firefox preflights a request with a redirect-tainted origin as the page's origin, and then
    /// sends it as `null`.
    pub(crate) fn preflights_redirects_as_the_page(self) -> bool {
        self == Self::Firefox
    }

    /// Chromium sends the page's origin with a `no-cors` request under the referrer policies
    /// `no-referrer` and `same-origin`, for which Fetch has `null`.
    pub(crate) fn hides_origin_in_no_cors(self) -> bool {
        self != Self::Chromium
    }

    /// Every engine computes the `Referer` after a redirect from the one before it: what was
    /// shortened for a foreign origin stays short.
    pub(crate) fn shortens_referrer_for_good(self) -> bool {
        self != Self::Standard
    }

    /// Chromium and Firefox send `Origin` with any request that goes without its third-party cookies
    /// to the site of the top-level page, beside `Sec-Fetch-Storage-Access`. That is "Storage Access
    /// Headers", which Fetch does not have.
    pub(crate) fn sends_origin_for_storage_access(self) -> bool {
        matches!(self, Self::Chromium | Self::Firefox)
    }

    /// Firefox sends `Sec-Fetch-Site: cross-site` over http after any redirect of a request that left
    /// the page's origin, also where all URLs are of the page's site. Over https it does not.
    pub(crate) fn is_cross_site_after_redirect(self, scheme: &str) -> bool {
        self == Self::Firefox && scheme == "http"
    }

    /// From https to http, no engine sends a `Referer`. For Referrer Policy `http://localhost` is
    /// as trustworthy as https.
    pub(crate) fn compares_schemes_for_referrer(self) -> bool {
        self != Self::Standard
    }

    /// WebKit sends no `Sec-Fetch-*` with a CORS request after a redirect to another origin; those of
    /// its preflight are computed from the origin `null`.
    pub(crate) fn omits_fetch_metadata_after_redirect(self) -> bool {
        self == Self::WebKit
    }

    /// Chromium and WebKit fail in the redirect mode `error` only where there is a location to go to.
    /// In Fetch, "HTTP fetch", 6, the status decides.
    pub(crate) fn allows_redirect_without_location(self) -> bool {
        matches!(self, Self::Chromium | Self::WebKit)
    }

    /// Chromium fails in the redirect mode `manual`, too, if the location is no URL.
    pub(crate) fn parses_location_in_manual_mode(self) -> bool {
        self == Self::Chromium
    }

    /// Chromium and WebKit take an empty `Location` for none. By the URL standard it is the URL of the
    /// request.
    pub(crate) fn takes_empty_location_for_none(self) -> bool {
        matches!(self, Self::Chromium | Self::WebKit)
    }

    /// WebKit fails in the redirect mode `follow` if `Location` is empty.
    pub(crate) fn refuses_to_follow_empty_location(self) -> bool {
        self == Self::WebKit
    }

    /// In the redirect mode `manual` WebKit shows the body of a redirect without a location. The body
    /// of Fetch's "opaque-redirect filtered response" is null. Across origins the response has to pass
    /// the CORS check before, as in Fetch.
    pub(crate) fn shows_body_of_redirect_without_location(self) -> bool {
        self == Self::WebKit
    }

    // --- responses

    /// Firefox leaves empty lines out where it combines the lines of a response header, so that an
    /// empty `Access-Control-Allow-Origin` beside an allowed one changes nothing. In Fetch, "get" a
    /// header, the value is then `, *`, which allows nothing.
    pub(crate) fn leaves_out_empty_lines(self) -> bool {
        self == Self::Firefox
    }

    /// Chromium takes a 407 of a server that is no proxy for a failed connection.
    pub(crate) fn refuses_status(self, status: u16) -> bool {
        self == Self::Chromium && status == 407
    }

    // --- the HTTP cache

    /// Firefox has separate entries for requests with and without credentials.
    pub(crate) fn separates_responses_by_credentials(self) -> bool {
        self == Self::Firefox
    }

    // --- cookies

    /// A cookie without `SameSite` is `Lax` in Chromium, as RFC 6265bis has it, and `None` in
    /// Firefox and WebKit.
    pub(crate) fn defaults_to_lax(self) -> bool {
        matches!(self, Self::Standard | Self::Chromium)
    }

    /// Chromium sends a young cookie that is `Lax` by default with a top-level `POST`. Its documents
    /// call that "Lax + POST", and have the two minutes, which were not measured.
    pub(crate) fn allows_unsafe_with_default(self) -> bool {
        self == Self::Chromium
    }

    /// RFC 6265bis, 5.7, refuses `SameSite=None` without `Secure`. WebKit does not.
    pub(crate) fn requires_secure_with_none(self) -> bool {
        self != Self::WebKit
    }

    /// WebKit compares the site of a request with that of the top-level page alone. RFC 6265bis, 5.2,
    /// has all pages between, so that a frame of another site, or a sandboxed one, gets no cookies
    /// that are `Lax` or `Strict`. Of a link or form in a frame, WebKit compares both.
    pub(crate) fn ignores_frames_for_same_site(self) -> bool {
        self == Self::WebKit
    }

    /// RFC 6265bis, 5.7, refuses a `__Secure-` or `__Host-` cookie without what its name promises.
    /// WebKitGTK does not know these names; Safari, which has another network library, was not
    /// measured.
    pub(crate) fn checks_cookie_prefixes(self) -> bool {
        self != Self::WebKit
    }

    /// The cookie `a`, without `=`, has the value `a` and no name (RFC 6265bis, 5.6). Firefox takes
    /// it for a name.
    pub(crate) fn takes_a_lone_value_for_a_name(self) -> bool {
        self == Self::Firefox
    }

    /// Whether `http://localhost` may set `Secure` cookies and gets them.
    pub(crate) fn trusts_loopback(self) -> bool {
        self != Self::WebKit
    }
}
