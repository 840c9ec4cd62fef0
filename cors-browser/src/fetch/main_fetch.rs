//! "Main fetch": how the response is tainted, whether there is a preflight, and what the page sees
//! in the end. Fetch calls itself for each redirect; here that is a loop.

use super::FetchParams;
use super::filter::{filter, opaque_redirect};
use super::redirect::{follow, is_redirect};
use crate::modes::{Mode, Redirect};
use crate::outcome::Response;
use crate::outcome::failure::Failure;
use crate::request::construct::{Request, Tainting};
use crate::syntax::url::BadLocation;
use crate::wire::{WireRequest, WireResponse};

impl<N: AsyncFnMut(&WireRequest) -> WireResponse> FetchParams<'_, N> {
    pub(super) async fn main_fetch(&mut self, mut request: Request) -> Result<Response, Failure> {
        let mut had_preflight = false;
        let result = self.legs(&mut request, &mut had_preflight).await;
        // Step 12: a response that fails the check clears the cache, so that the next request has
        // a preflight.
        let keeps = request.engine.keeps_preflights_after_failure();
        if had_preflight && result.is_err() && !keeps {
            self.stores.preflights.clear(&request);
        }
        result
    }

    async fn legs(
        &mut self,
        request: &mut Request,
        had_preflight: &mut bool,
    ) -> Result<Response, Failure> {
        loop {
            let make_cors_preflight = taint(request)?;
            *had_preflight |= make_cors_preflight;
            let fetched = self.http_fetch(request, make_cors_preflight).await?;
            request.had_preflight |= make_cors_preflight;
            if !is_redirect(&fetched.response) {
                return Ok(filter(request, fetched));
            }
            // "HTTP fetch", step 6: the status decides, whether or not there is a location.
            let engine = request.engine;
            let header = fetched.response.header("location");
            let is_empty = header.as_deref() == Some("");
            let location = header.filter(|_| !(is_empty && engine.takes_empty_location_for_none()));
            match request.redirect {
                Redirect::Error
                    if location.is_none() && engine.allows_redirect_without_location() =>
                {
                    return Ok(filter(request, fetched));
                }
                Redirect::Error => return Err(Failure::RedirectMode(fetched.response.status)),
                Redirect::Manual => {
                    if let Some(location) = &location
                        && engine.parses_location_in_manual_mode()
                        && let Err(BadLocation::Malformed) = request.url().location(location)
                    {
                        return Err(Failure::RedirectLocation(location.clone()));
                    }
                    let shows_body =
                        location.is_none() && engine.shows_body_of_redirect_without_location();
                    return Ok(opaque_redirect(request, fetched, shows_body));
                }
                // "HTTP-redirect fetch", step 4.
                Redirect::Follow => match location {
                    Some(location) => follow(request, &fetched.response, &location)?,
                    None if is_empty && engine.refuses_to_follow_empty_location() => {
                        return Err(Failure::RedirectLocation(String::new()));
                    }
                    None => return Ok(filter(request, fetched)),
                },
            }
        }
    }
}

// Step 12, up to the call of "HTTP fetch": whether that makes a CORS preflight.
fn taint(request: &mut Request) -> Result<bool, Failure> {
    let is_own = request.is_same_origin() && request.tainting == Tainting::Basic;
    if is_own || request.mode == Mode::Navigate {
        request.tainting = Tainting::Basic;
        return Ok(false);
    }
    match request.mode {
        Mode::SameOrigin => Err(Failure::SameOriginMode),
        Mode::NoCors if request.redirect != Redirect::Follow => Err(Failure::NoCorsRedirectMode),
        Mode::NoCors => {
            request.tainting = Tainting::Opaque;
            Ok(false)
        }
        Mode::Cors | Mode::Navigate => {
            request.tainting = Tainting::Cors;
            Ok(request.needs_preflight())
        }
    }
}
