//! Referrer policies, by the standard "Referrer Policy": what a request has as `Referer`. What they
//! make of `Origin` is decided where that header is added.

use crate::syntax::headers::{HeaderLines, get};
use crate::syntax::url::Url;

/// A policy of the standard "Referrer Policy".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReferrerPolicy {
    /// Sends none, and hides the origin of forms.
    NoReferrer,
    /// Sends the whole URL, but not from HTTPS to HTTP.
    NoReferrerWhenDowngrade,
    /// Sends the whole URL to the same origin only.
    SameOrigin,
    /// Sends the origin.
    Origin,
    /// Sends the origin, but not from HTTPS to HTTP.
    StrictOrigin,
    /// Sends the whole URL to the same origin, and the origin to others.
    OriginWhenCrossOrigin,
    /// Like `OriginWhenCrossOrigin`, but nothing from HTTPS to HTTP.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// Sends the whole URL everywhere.
    UnsafeUrl,
}

impl ReferrerPolicy {
    /// The keyword of a header or an attribute; `None` for other text.
    ///
    /// ```
    /// use cors_browser::ReferrerPolicy;
    ///
    /// assert_eq!(ReferrerPolicy::parse("no-referrer"), Some(ReferrerPolicy::NoReferrer));
    /// assert_eq!(ReferrerPolicy::parse("never"), None);
    /// ```
    #[must_use]
    pub fn parse(keyword: &str) -> Option<Self> {
        Some(match &*keyword.to_ascii_lowercase() {
            "no-referrer" => Self::NoReferrer,
            "no-referrer-when-downgrade" => Self::NoReferrerWhenDowngrade,
            "same-origin" => Self::SameOrigin,
            "origin" => Self::Origin,
            "strict-origin" => Self::StrictOrigin,
            "origin-when-cross-origin" => Self::OriginWhenCrossOrigin,
            "strict-origin-when-cross-origin" => Self::StrictOriginWhenCrossOrigin,
            "unsafe-url" => Self::UnsafeUrl,
            _ => return None,
        })
    }

    /// "Parse a referrer policy from a `Referrer-Policy` header": the last keyword that is known.
    pub(crate) fn of_response(headers: &HeaderLines) -> Option<Self> {
        let value = get(headers, "referrer-policy")?;
        value.split(',').rev().find_map(|keyword| Self::parse(keyword.trim()))
    }

    /// "Determine request's referrer", for a page of this URL.
    pub(crate) fn referrer(self, page: &Url, target: &Url) -> Option<String> {
        const LONGEST: usize = 4096;
        let is_same_origin = page.origin() == target.origin();
        let is_downgrade =
            page.is_potentially_trustworthy() && !target.is_potentially_trustworthy();
        let origin = || Some(format!("{}/", page.origin()));
        let url = || {
            let url = page.as_referrer();
            if url.len() > LONGEST { origin() } else { Some(url) }
        };
        match self {
            Self::NoReferrer => None,
            Self::Origin => origin(),
            Self::UnsafeUrl => url(),
            Self::StrictOrigin => origin().filter(|_| !is_downgrade),
            Self::StrictOriginWhenCrossOrigin if is_same_origin => url(),
            Self::StrictOriginWhenCrossOrigin => origin().filter(|_| !is_downgrade),
            Self::SameOrigin => url().filter(|_| is_same_origin),
            Self::OriginWhenCrossOrigin if is_same_origin => url(),
            Self::OriginWhenCrossOrigin => origin(),
            Self::NoReferrerWhenDowngrade => url().filter(|_| !is_downgrade),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_sends_what_the_standard_says() {
        use ReferrerPolicy as P;
        let page = Url::parse("https://user:pass@app.example/a?b").unwrap();
        let targets = ["https://app.example/x", "https://b.example/", "http://b.example/"]
            .map(|url| Url::parse(url).unwrap());
        let (full, origin) = (Some("https://app.example/a?b"), Some("https://app.example/"));
        for (policy, expected) in [
            (P::NoReferrer, [None, None, None]),
            (P::NoReferrerWhenDowngrade, [full, full, None]),
            (P::SameOrigin, [full, None, None]),
            (P::Origin, [origin, origin, origin]),
            (P::StrictOrigin, [origin, origin, None]),
            (P::OriginWhenCrossOrigin, [full, origin, origin]),
            (P::StrictOriginWhenCrossOrigin, [full, origin, None]),
            (P::UnsafeUrl, [full, full, full]),
        ] {
            let got = targets.clone().map(|target| policy.referrer(&page, &target));
            assert_eq!(got, expected.map(|it| it.map(str::to_owned)), "{policy:?}");
        }
        let long = Url::parse(&format!("https://app.example/{}", "a".repeat(4096))).unwrap();
        assert_eq!(P::UnsafeUrl.referrer(&long, &targets[1]).as_deref(), origin);
    }

    #[test]
    fn the_last_known_keyword_of_a_header_counts() {
        let lines = |value: &str| vec![("Referrer-Policy".to_owned(), value.to_owned())];
        let of = |value| ReferrerPolicy::of_response(&lines(value));
        assert_eq!(of("no-referrer, Origin, unknown"), Some(ReferrerPolicy::Origin));
        assert_eq!(of("unknown"), None);
    }
}
