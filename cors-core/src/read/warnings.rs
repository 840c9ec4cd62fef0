//! Reading `allow_warnings`.

use super::Reader;
use super::tree::{Kind, Value};
use crate::config::{AllowedWarning, Config};

impl Reader {
    pub(super) fn allow_warnings(&mut self, mut config: Config, value: &Value) -> Config {
        let entries = match &value.kind {
            Kind::List(entries) => entries.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for entry in entries {
            config.allowed_warnings.extend(self.allowed_warning(entry));
        }
        config
    }

    /// Reads `"cors::not-present"`, or `{ code = "cors::not-present", path =
    /// "/users/{id}" }`.
    fn allowed_warning(&mut self, value: &Value) -> Option<AllowedWarning> {
        let fields = match &value.kind {
            Kind::Text(code) => {
                let source = value.source.clone();
                return Some(AllowedWarning { code: code.clone(), path: None, source });
            }
            Kind::Table(fields) => fields,
            _ => {
                self.wrong_type(
                    value,
                    "the code of a warning",
                    "write the code of a warning, for example `\"cors::not-present\"`",
                );
                return None;
            }
        };
        let (mut code, mut path) = (None, None);
        for (key, value) in fields {
            let field = match key.name.as_str() {
                "code" => &mut code,
                "path" => &mut path,
                _ => {
                    self.unknown_key(key, "allow_warnings", &["code", "path"]);
                    continue;
                }
            };
            match value.text() {
                Some(text) => *field = Some((text.to_owned(), value.source.clone())),
                None => {
                    self.wrong_type(value, "a string", "write text in quotes");
                    return None;
                }
            }
        }
        let Some((code, source)) = code else {
            self.wrong_type(
                value,
                "a `code`",
                "write the code of the warning: `{ code = \"cors::…\", path = \"/users/{id}\" }`",
            );
            return None;
        };
        Some(AllowedWarning { code, path: path.map(|(path, _)| path), source })
    }
}
