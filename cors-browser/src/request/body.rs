//! Bodies, as pages make them: what is sent, and the `Content-Type` that comes with it.

use std::fmt::Write as _;

/// The body of a request.
///
/// Its type becomes the `Content-Type`, unless the page sets one. A type that no form can send
/// needs a preflight.
///
/// ```
/// use cors_browser::Body;
///
/// assert_eq!(Body::text("{}").content_type(), Some("text/plain;charset=UTF-8"));
/// assert_eq!(Body::bytes("{}").content_type(), None);
/// assert_eq!(Body::blob("application/json", "{}").content_type(), Some("application/json"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: Option<String>,
    pub(crate) is_stream: bool,
}

/// How a form encodes its fields, the attribute `enctype`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Enctype {
    /// `application/x-www-form-urlencoded`.
    #[default]
    UrlEncoded,
    /// `multipart/form-data`.
    Multipart,
    /// `text/plain`.
    TextPlain,
}

// Browsers make a random one; the same one each time keeps outcomes comparable.
const BOUNDARY: &str = "----cors-browser-boundary";

impl Body {
    /// A string, such as what `JSON.stringify` returns.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::of(text, Some("text/plain;charset=UTF-8"))
    }

    /// A `URLSearchParams`.
    #[must_use]
    pub fn url_encoded(fields: &[(&str, &str)]) -> Self {
        Self::of(url_encode(fields), Some("application/x-www-form-urlencoded;charset=UTF-8"))
    }

    /// A `FormData`.
    #[must_use]
    pub fn multipart(fields: &[(&str, &str)]) -> Self {
        Self::form(Enctype::Multipart, fields)
    }

    /// An `ArrayBuffer`, which has no type.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(bytes, None)
    }

    /// A `Blob` of this type; the empty text for none.
    #[must_use]
    pub fn blob(content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(bytes, Some(content_type).filter(|it| !it.is_empty()))
    }

    /// A `ReadableStream`: it forces a preflight, cannot be sent in `no-cors` mode, and cannot be
    /// sent again to where a redirect leads, except by a 303.
    ///
    /// Of the three engines only Chromium sends streams, and over HTTP/2 only.
    #[must_use]
    pub fn stream(bytes: impl Into<Vec<u8>>) -> Self {
        Self { is_stream: true, ..Self::of(bytes, None) }
    }

    /// The fields of a form, HTML "submit as entity body".
    pub(crate) fn form(enctype: Enctype, fields: &[(&str, &str)]) -> Self {
        match enctype {
            Enctype::UrlEncoded => {
                Self::of(url_encode(fields), Some("application/x-www-form-urlencoded"))
            }
            Enctype::Multipart => {
                let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
                Self::of(multipart(fields), Some(&content_type))
            }
            Enctype::TextPlain => {
                let lines = fields.iter().map(|(name, value)| format!("{name}={value}\r\n"));
                Self::of(lines.collect::<String>(), Some("text/plain"))
            }
        }
    }

    /// The type that the body brings along.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    fn of(bytes: impl Into<Vec<u8>>, content_type: Option<&str>) -> Self {
        Self {
            bytes: bytes.into(),
            content_type: content_type.map(str::to_owned),
            is_stream: false,
        }
    }
}

fn url_encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

// HTML "multipart/form-data encoding algorithm".
fn multipart(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        let name = name.replace('\n', "%0A").replace('\r', "%0D").replace('"', "%22");
        let _ = write!(
            text,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    text + &format!("--{BOUNDARY}--\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded_by_their_enctype() {
        let fields = [("a", "1 & 2"), ("b\"", "x")];
        let text = |enctype| String::from_utf8(Body::form(enctype, &fields).bytes).unwrap();
        assert_eq!(text(Enctype::UrlEncoded), "a=1+%26+2&b%22=x");
        assert_eq!(text(Enctype::TextPlain), "a=1 & 2\r\nb\"=x\r\n");
        let multipart = text(Enctype::Multipart);
        assert!(multipart.contains("name=\"b%22\"\r\n\r\nx\r\n"), "{multipart}");
        assert!(multipart.ends_with("--\r\n"));
    }
}
