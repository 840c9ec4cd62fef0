//! What a page requests, by the options of `explain` and `probe`.

use cors_browser::{Browser, Credentials, FetchRequest, Page, Url};

use crate::args::PageOptions;
use crate::output::clean;

/// A request of a page, as the model of browsers takes it.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest {
    pub(crate) page: Page,
    pub(crate) fetch: FetchRequest,
    pub(crate) sends_cookies: bool,
}

/// Why there is no such request.
#[derive(Debug)]
pub(crate) struct BadRequest {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl PageRequest {
    pub(crate) fn new(options: &PageOptions, url: &str) -> Result<Self, BadRequest> {
        let PageOptions { origin, method, headers, credentials } = options;
        let page = Page::parse(origin).ok_or_else(|| BadRequest {
            message: format!("`{origin}` is no origin"),
            help: match origin.contains("://") {
                true => "write an origin such as `https://app.example.com`, or `null`".to_owned(),
                false => format!("write its scheme, too: `https://{origin}`"),
            },
        })?;
        let url = Url::parse(url).ok_or_else(|| bad_url(url))?;
        if method.is_empty() {
            let help = "write a method such as `PUT`".to_owned();
            return Err(BadRequest { message: "the method is empty".to_owned(), help });
        }
        let mut fetch = FetchRequest::new(method, url);
        for header in headers {
            let (name, value) = match header.split_once(':') {
                Some((name, value)) => (name.trim(), value.trim()),
                None if header.trim().eq_ignore_ascii_case("content-type") => {
                    ("Content-Type", "application/json")
                }
                None => (header.trim(), "1"),
            };
            fetch = fetch.header(name, value);
        }
        if *credentials {
            fetch = fetch.credentials(Credentials::Include);
        }
        Ok(Self { page, fetch, sends_cookies: *credentials })
    }

    /// Puts a cookie into the browser, if the page sends some: a server then sees a request with
    /// cookies, but without a session.
    pub(crate) fn prepare(&self, browser: &mut Browser) {
        if self.sends_cookies {
            browser.set_cookie(&self.fetch.url, "cors-probe=1; Secure; SameSite=None");
        }
    }

    /// The method as browsers send it: they write some methods in upper case.
    pub(crate) fn sent_method(&self) -> &str {
        let method = &*self.fetch.method;
        let normalized = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
        normalized.into_iter().find(|it| it.eq_ignore_ascii_case(method)).unwrap_or(method)
    }

    /// The request of this URL or path, in one line.
    pub(crate) fn describe(&self, target: &str) -> String {
        let with = if self.sends_cookies { " with credentials" } else { "" };
        let (method, origin) = (self.sent_method(), self.page.origin());
        clean(&format!("{method} {target}{with}, by a page of {origin}"))
    }
}

fn bad_url(url: &str) -> BadRequest {
    let help = match url.split_once("://") {
        Some(("http" | "https", _)) => {
            "write a URL such as `https://api.example.com/orders`".to_owned()
        }
        Some(_) => "browsers apply CORS to `http://` and `https://` only".to_owned(),
        None => format!("write the scheme, too: `https://{}`", url.trim_start_matches('/')),
    };
    BadRequest { message: format!("`{url}` is no URL of HTTP"), help }
}
