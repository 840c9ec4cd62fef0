//! `Set-Cookie`, by the algorithm that RFC 6265bis, section 5.6, has for user agents. The parsers for
//! servers read another, stricter grammar.

use std::time::SystemTime;

/// A line of `Set-Cookie`, before anything about it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Without a leading dot, in lower case.
    pub(crate) domain: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) secure: bool,
    pub(crate) same_site: Option<SameSite>,
    pub(crate) expiry: Expiry,
}

/// The attribute `SameSite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SameSite {
    Strict,
    Lax,
    None,
}

/// How long a cookie lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    Session,
    /// `Max-Age`, which overrides `Expires`; 0 if it is negative.
    Seconds(u64),
    At(SystemTime),
}

impl SetCookie {
    /// `None` for a line that user agents ignore.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        const LONGEST_PAIR: usize = 4096;
        const LONGEST_ATTRIBUTE: usize = 1024;
        if line.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return None;
        }
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let (name, value) = (trim(name), trim(value));
        if name.len() + value.len() > LONGEST_PAIR || (name.is_empty() && value.is_empty()) {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: None,
            path: None,
            secure: false,
            same_site: None,
            expiry: Expiry::Session,
        };
        for attribute in attributes.split(';') {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (trim(name), trim(value));
            if value.len() <= LONGEST_ATTRIBUTE {
                cookie.set(&name.to_ascii_lowercase(), value);
            }
        }
        Some(cookie)
    }

    // The last attribute of a name counts.
    fn set(&mut self, name: &str, value: &str) {
        match name {
            "domain" => {
                let domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase();
                self.domain = Some(domain).filter(|domain| !domain.is_empty());
            }
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "secure" => self.secure = true,
            "samesite" => {
                self.same_site = match &*value.to_ascii_lowercase() {
                    "strict" => Some(SameSite::Strict),
                    "lax" => Some(SameSite::Lax),
                    "none" => Some(SameSite::None),
                    _ => None,
                };
            }
            "max-age" => {
                let digits = value.strip_prefix('-').unwrap_or(value);
                if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
                    let seconds = digits.parse().unwrap_or(u64::MAX);
                    let is_negative = value.starts_with('-');
                    self.expiry = Expiry::Seconds(if is_negative { 0 } else { seconds });
                }
            }
            "expires" if !matches!(self.expiry, Expiry::Seconds(_)) => {
                // The RFC's own grammar is looser; these are the forms that are in use.
                let date = httpdate::parse_http_date(value)
                    .or_else(|_| httpdate::parse_http_date(&value.replace('-', " ")));
                if let Ok(date) = date {
                    self.expiry = Expiry::At(date);
                }
            }
            _ => {}
        }
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(name: &str, value: &str) -> SetCookie {
        SetCookie {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: None,
            path: None,
            secure: false,
            same_site: None,
            expiry: Expiry::Session,
        }
    }

    #[test]
    fn lines_are_read_as_user_agents_do() {
        let cases = [
            ("a=1", Some(cookie("a", "1"))),
            (" a = 1 ; Path=/x; path=y", Some(cookie("a", "1"))),
            ("1", Some(cookie("", "1"))),
            ("=1", Some(cookie("", "1"))),
            ("a=", Some(cookie("a", ""))),
            ("a=b=c", Some(cookie("a", "b=c"))),
            ("a=1; HttpOnly; unknown=x;;", Some(cookie("a", "1"))),
            (
                "a=1; Domain=.Example.com; SECURE; SameSite=none; Max-Age=60; Expires=x",
                Some(SetCookie {
                    domain: Some("example.com".to_owned()),
                    secure: true,
                    same_site: Some(SameSite::None),
                    expiry: Expiry::Seconds(60),
                    ..cookie("a", "1")
                }),
            ),
            ("a=1; Max-Age=-5", Some(SetCookie { expiry: Expiry::Seconds(0), ..cookie("a", "1") })),
            ("", None),
            ("=", None),
            (" ; Path=/", None),
            ("a=1\u{7}", None),
        ];
        for (line, expected) in cases {
            assert_eq!(SetCookie::parse(line), expected, "{line:?}");
        }
        let dates = ["Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21-Oct-2015 07:28:00 GMT"];
        let [a, b] =
            dates.map(|date| SetCookie::parse(&format!("a=1; Expires={date}")).unwrap().expiry);
        assert!(matches!(a, Expiry::At(_)) && a == b);
        assert_eq!(SetCookie::parse(&format!("a={}", "1".repeat(4096))), None);
    }
}
