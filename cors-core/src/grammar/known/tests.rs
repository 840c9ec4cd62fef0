use super::*;

/// Header names of real products, frameworks and public interfaces that are not registered.
const CUSTOM: &str = include_str!("custom.txt");

#[test]
fn custom_names_in_use_are_not_misspelt() {
    let names: Vec<_> = CUSTOM.split_whitespace().collect();
    assert!(names.len() >= 300, "{}", names.len());
    let wrong: Vec<_> = names
        .iter()
        .filter_map(|name| Some((*name, meant_header(&name.to_lowercase())?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn registered_names_are_not_misspelt() {
    assert_eq!(registered(true).count(), 245);
    for name in registered(true).chain(DE_FACTO).chain(IN_USE) {
        assert_eq!(meant_header(name), None, "{name}");
    }
    for method in METHODS {
        assert_eq!(meant_method(method), None, "{method}");
    }
}

#[test]
fn misspelt_headers_are_recognised() {
    let mut wrong = Vec::new();
    for (name, meant) in [
        ("authorisation", "authorization"),
        ("autorization", "authorization"),
        ("authorizaton", "authorization"),
        ("athorization", "authorization"),
        ("authorizations", "authorization"),
        ("content_type", "content-type"),
        ("contenttype", "content-type"),
        ("contentype", "content-type"),
        ("conten-type", "content-type"),
        ("content-tpye", "content-type"),
        ("content-types", "content-type"),
        ("contnet-tpye", "content-type"),
        ("content.type", "content-type"),
        ("content-lenght", "content-length"),
        ("content-disposision", "content-disposition"),
        ("accept_language", "accept-language"),
        ("acceptlanguage", "accept-language"),
        ("accept-langage", "accept-language"),
        ("accept-languages", "accept-language"),
        ("accepts", "accept"),
        ("acept", "accept"),
        ("cach-control", "cache-control"),
        ("cache-controll", "cache-control"),
        ("cachecontrol", "cache-control"),
        ("if-none-matched", "if-none-match"),
        ("if_none_match", "if-none-match"),
        ("if-none-mach", "if-none-match"),
        ("if-modified-sinse", "if-modified-since"),
        ("if-unmodifed-since", "if-unmodified-since"),
        ("etags", "etag"),
        ("e-tag", "etag"),
        ("last-modifed", "last-modified"),
        ("last_modified", "last-modified"),
        ("lasteventid", "last-event-id"),
        ("last-event_id", "last-event-id"),
        ("retry-afer", "retry-after"),
        ("retryafter", "retry-after"),
        ("user_agent", "user-agent"),
        ("user-agnet", "user-agent"),
        ("useragent", "user-agent"),
        ("referrer", "referer"),
        ("x-requested-width", "x-requested-with"),
        ("x_requested_with", "x-requested-with"),
        ("xrequestedwith", "x-requested-with"),
        ("x-request-with", "x-requested-with"),
        ("x-requestd-with", "x-requested-with"),
        ("x-forwared-for", "x-forwarded-for"),
        ("x-forward-for", "x-forwarded-for"),
        ("x-crsf-token", "x-csrf-token"),
        ("x-csrf-tokens", "x-csrf-token"),
        ("x-xsrf-tokn", "x-xsrf-token"),
        ("x-corelation-id", "x-correlation-id"),
        ("x-reqest-id", "x-request-id"),
        ("x-http-methode-override", "x-http-method-override"),
        ("idempotence-key", "idempotency-key"),
        ("idempotency_key", "idempotency-key"),
        ("trace-parent", "traceparent"),
        ("trace_state", "tracestate"),
        ("soap-action", "soapaction"),
        ("www-authentication", "www-authenticate"),
        ("server-timings", "server-timing"),
        ("strict-transport-securty", "strict-transport-security"),
        ("content-security-polcy", "content-security-policy"),
        ("expire", "expires"),
        ("ranges", "range"),
        ("x-frame-option", "x-frame-options"),
        ("locaton", "location"),
    ] {
        let found = meant_header(name);
        if found != Some(meant) {
            wrong.push((name, meant, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn misspelt_methods_are_recognised() {
    for (method, meant) in [
        ("PTACH", Some("PATCH")),
        ("PATHC", Some("PATCH")),
        ("DELET", Some("DELETE")),
        ("DELTE", Some("DELETE")),
        ("GTE", Some("GET")),
        ("PSOT", Some("POST")),
        ("PROPFND", Some("PROPFIND")),
        ("PROP-FIND", Some("PROPFIND")),
        ("propfind", Some("PROPFIND")),
        ("Purge", Some("PURGE")),
        ("OPTION", Some("OPTIONS")),
        ("UPDATE", None),
        ("BATCH", None),
        ("WATCH", None),
        ("LIST", None),
        ("PUSH", None),
        ("CUSTOM", None),
        ("X", None),
        ("PU", None),
    ] {
        assert_eq!(meant_method(method), meant, "{method}");
    }
}
