//! The "CORS check" of Fetch: whether a response may be shared with an origin. It looks at two
//! response headers only and is the same for preflights and for the responses that follow.

use crate::outcome::failure::CorsCheckFailure;
use crate::syntax::headers::get;

/// Fetch "CORS check".
///
/// `origin` is the serialised origin of the page, `null` for an opaque one.
///
/// # Errors
///
/// The first step at which the check fails.
///
/// ```
/// use cors_browser::{CorsCheckFailure, cors_check};
///
/// let headers = vec![("Access-Control-Allow-Origin".to_owned(), "*".to_owned())];
/// assert_eq!(cors_check("https://app.example", false, &headers), Ok(()));
/// let failure = CorsCheckFailure::WildcardWithCredentials;
/// assert_eq!(cors_check("https://app.example", true, &headers), Err(failure));
/// ```
pub fn cors_check(
    origin: &str,
    include_credentials: bool,
    response_headers: &[(String, String)],
) -> Result<(), CorsCheckFailure> {
    // Steps 1 and 2: "get" joins all lines of the name, so two lines match no origin.
    let Some(allowed) = get(response_headers, "access-control-allow-origin") else {
        return Err(CorsCheckFailure::NoAllowOrigin);
    };
    // Step 3.
    if !include_credentials && allowed == "*" {
        return Ok(());
    }
    // Step 4; the wildcard only gets a name of its own because it is the usual mistake.
    if allowed != origin {
        return Err(if allowed == "*" {
            CorsCheckFailure::WildcardWithCredentials
        } else {
            CorsCheckFailure::OtherOrigin(allowed)
        });
    }
    // Step 5.
    if !include_credentials {
        return Ok(());
    }
    // Steps 6 to 8: case-sensitive, and again a single value.
    match get(response_headers, "access-control-allow-credentials") {
        Some(allowed) if allowed == "true" => Ok(()),
        other => Err(CorsCheckFailure::CredentialsNotAllowed(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::CorsCheckFailure::{
        CredentialsNotAllowed, NoAllowOrigin, OtherOrigin, WildcardWithCredentials,
    };
    use super::*;

    const ORIGIN: &str = "https://rabbit.invalid";

    fn check(
        include: bool,
        origins: &[&str],
        credentials: &[&str],
    ) -> Result<(), CorsCheckFailure> {
        let origins = origins.iter().map(|v| ("Access-Control-Allow-Origin", *v));
        let credentials = credentials.iter().map(|v| ("access-control-allow-credentials", *v));
        let lines: Vec<_> =
            origins.chain(credentials).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        cors_check(ORIGIN, include, &lines)
    }

    /// The table in "CORS protocol and credentials", and then some.
    #[test]
    fn responses_are_shared_byte_for_byte() {
        let other = |value: &str| Err(OtherOrigin(value.to_owned()));
        let not_true = |value: &str| Err(CredentialsNotAllowed(Some(value.to_owned())));
        type Case<'a> = (bool, &'a [&'a str], &'a [&'a str], Result<(), CorsCheckFailure>);
        let cases: &[Case<'_>] = &[
            (false, &["*"], &[], Ok(())),
            (false, &["*"], &["true"], Ok(())),
            (false, &["https://rabbit.invalid/"], &[], other("https://rabbit.invalid/")),
            (false, &[ORIGIN], &[], Ok(())),
            (false, &[" https://rabbit.invalid\t"], &[], Ok(())),
            (false, &[ORIGIN], &["nonsense"], Ok(())),
            (true, &["*"], &["true"], Err(WildcardWithCredentials)),
            (true, &[ORIGIN], &["true"], Ok(())),
            (true, &[ORIGIN], &["True"], not_true("True")),
            (true, &[ORIGIN], &["true", "true"], not_true("true, true")),
            (true, &[ORIGIN], &[], Err(CredentialsNotAllowed(None))),
            (false, &[], &["true"], Err(NoAllowOrigin)),
            (false, &[""], &[], other("")),
            (false, &["null"], &[], other("null")),
            (false, &["https://RABBIT.invalid"], &[], other("https://RABBIT.invalid")),
            (false, &["https://rabbit.invalid:443"], &[], other("https://rabbit.invalid:443")),
            (
                false,
                &[ORIGIN, ORIGIN],
                &[],
                other("https://rabbit.invalid, https://rabbit.invalid"),
            ),
            (false, &["*", "*"], &[], other("*, *")),
            (false, &["*", ORIGIN], &[], other("*, https://rabbit.invalid")),
            (false, &["https://*.invalid"], &[], other("https://*.invalid")),
        ];
        for (include, origins, credentials, expected) in cases {
            let got = check(*include, origins, credentials);
            assert_eq!(&got, expected, "include={include} {origins:?} {credentials:?}");
        }
    }

    #[test]
    fn an_opaque_origin_is_the_text_null() {
        let lines =
            |value: &str| vec![("access-control-allow-origin".to_owned(), value.to_owned())];
        assert_eq!(cors_check("null", false, &lines("null")), Ok(()));
        assert_eq!(cors_check("null", false, &lines("*")), Ok(()));
        assert_eq!(cors_check("null", false, &lines("Null")), Err(OtherOrigin("Null".to_owned())));
    }
}
