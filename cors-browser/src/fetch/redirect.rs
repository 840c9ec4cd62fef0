//! "HTTP-redirect fetch": what becomes of a request that is redirected. The origin of the request
//! becomes `null` where a redirect leads from a foreign origin to another one; that is read off
//! the list of URLs.

use crate::modes::Mode;
use crate::outcome::failure::Failure;
use crate::request::construct::{Request, Tainting};
use crate::request::referrer::ReferrerPolicy;
use crate::syntax::safelist::is_non_wildcard;
use crate::syntax::url::{BadLocation, Url};
use crate::wire::WireResponse;

const MAX_REDIRECTS: usize = 20;

/// Fetch "redirect status".
pub(super) fn is_redirect(response: &WireResponse) -> bool {
    matches!(response.status, 301 | 302 | 303 | 307 | 308)
}

/// Makes of the request the one that is sent to the location.
pub(super) fn follow(
    request: &mut Request,
    response: &WireResponse,
    location: &str,
) -> Result<(), Failure> {
    let from = request.url().clone();
    let to = from.location(location).map_err(|bad| match bad {
        BadLocation::Malformed => Failure::RedirectLocation(location.to_owned()),
        BadLocation::Scheme(scheme) => Failure::RedirectScheme(scheme),
    })?;
    if request.urls.len() > MAX_REDIRECTS {
        return Err(Failure::TooManyRedirects);
    }
    if to.has_credentials() {
        let is_own = to.origin() == request.page.origin();
        // The second half catches a foreign origin that redirects to the page's own.
        let is_tainted = request.tainting == Tainting::Cors;
        if (request.mode == Mode::Cors && !is_own) || is_tainted {
            return Err(Failure::RedirectCredentials);
        }
    }
    let status = response.status;
    if status != 303 && request.body.as_ref().is_some_and(|body| body.is_stream) {
        return Err(Failure::RedirectStream);
    }
    let becomes_get = match &*request.method {
        "POST" => matches!(status, 301..=303),
        "GET" | "HEAD" => false,
        _ => status == 303,
    };
    let unsafe_names = request.unsafe_names();
    let mut dropped = Vec::new();
    if becomes_get {
        request.method = "GET".to_owned();
        request.body = None;
        // "Request-body-header names".
        let of_body = ["content-encoding", "content-language", "content-location", "content-type"];
        remove(request, &mut dropped, |name| {
            of_body.iter().any(|it| it.eq_ignore_ascii_case(name))
        });
    }
    if from.origin() != to.origin() {
        remove(request, &mut dropped, is_non_wildcard);
        request.dropped.extend(dropped.into_iter().filter(|name| unsafe_names.contains(name)));
    }
    if request.engine.shortens_referrer_for_good() {
        let referrer = request.referrer.take();
        request.referrer = referrer
            .and_then(|it| request.referrer_policy.referrer(&it, &from))
            .and_then(|it| Url::parse(&it));
    }
    request.urls.push(to);
    // "Set request's referrer policy on redirect".
    if let Some(policy) = ReferrerPolicy::of_response(&response.headers) {
        request.referrer_policy = policy;
    }
    Ok(())
}

fn remove(request: &mut Request, dropped: &mut Vec<String>, is_removed: impl Fn(&str) -> bool) {
    request.headers.retain(|(name, _)| {
        let goes = is_removed(name);
        if goes {
            dropped.push(name.to_ascii_lowercase());
        }
        !goes
    });
}
