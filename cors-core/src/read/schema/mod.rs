//! A JSON Schema of `cors.toml`, for editors: completion, documentation, and the mistakes that
//! can be seen without merging.
//!
//! It is made from the tables of settings and keys by which the reader reads, and refuses
//! nothing that the reader accepts. Draft 7, because editors support it best.

mod values;

use serde_json::{Map, Value, json};

use self::values::{
    allowed_warning, header, key, live_set, method, one_or_several, origin, reference, setting,
};
use super::groups::GROUP_KEYS;
use super::{GLOBAL_KEYS, limits, profiles};
use crate::config::Config;
use crate::setting::Setting;

impl Config {
    /// The JSON Schema (draft 7) of `cors.toml`, as indented text.
    ///
    /// A file that it refuses is refused by [`Config::resolve`], too, unless it is read as a
    /// [lenient](Config::lenient) one. It finds unknown keys, wrong types and some wrong values,
    /// and not what only merging shows.
    ///
    /// ```
    /// let schema: serde_json::Value = serde_json::from_str(&cors_core::Config::json_schema())?;
    /// let credentials = &schema["definitions"]["cors"]["properties"]["credentials"];
    /// assert!(credentials["description"].as_str().unwrap().contains("cookies"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn json_schema() -> String {
        format!("{:#}\n", root())
    }
}

fn root() -> Value {
    let definitions: Map<String, Value> = [
        ("cors", table(GLOBAL_KEYS, Values::Layer)),
        ("group", group()),
        ("policy", table([], Values::Layer)),
        ("profile", table(profiles::KEYS, Values::Layer)),
        ("reportOnly", table(["off"], Values::Layer)),
        ("limits", limits()),
        ("origin", origin()),
        ("liveSet", live_set()),
        ("origins", one_or_several(&reference("origin"))),
        ("method", method()),
        ("methods", one_or_several(&reference("method"))),
        ("header", header()),
        ("headers", one_or_several(&reference("header"))),
        ("allowedWarning", allowed_warning()),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
    .into_iter()
    .collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cors.toml",
        "description": "The CORS policies of an application that uses cors-actix.",
        "type": "object",
        "properties": { "cors": reference("cors") },
        "required": ["cors"],
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// Where a setting is written.
#[derive(Clone, Copy)]
enum Values {
    /// In a layer: lists may edit what they inherit.
    Layer,
    /// In `[cors.limits]`.
    Limits,
}

/// A table with all settings and some other keys.
fn table<const N: usize>(keys: [&str; N], values: Values) -> Value {
    let settings = Setting::ALL.into_iter().map(|it| (it.name().to_owned(), setting(it, values)));
    let keys = keys.into_iter().map(|key| (key.to_owned(), self::key(key)));
    let properties: Map<String, Value> = settings.chain(keys).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn group() -> Value {
    let mut group = table(GROUP_KEYS, Values::Layer);
    group["required"] = json!(["match"]);
    group
}

fn limits() -> Value {
    let property = |name: &str| match Setting::from_name(name) {
        Some(it) => setting(it, Values::Limits),
        None => key(name),
    };
    let properties: Map<String, Value> =
        limits::KEYS.into_iter().map(|name| (name.to_owned(), property(name))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_schema_and_a_description() {
        let keys =
            GLOBAL_KEYS.iter().chain(&GROUP_KEYS).chain(&profiles::KEYS).chain(&limits::KEYS);
        for name in keys.filter(|name| Setting::from_name(name).is_none()) {
            let schema = key(name);
            assert!(schema.as_object().is_some_and(|schema| schema.len() > 1), "{name}: {schema}");
            assert_ne!(schema["description"], "", "{name}");
        }
    }

    #[test]
    fn every_reference_is_defined() {
        let text = Config::json_schema();
        let root: Value = serde_json::from_str(&text).unwrap();
        let mut references = 0;
        for rest in text.split("\"#/definitions/").skip(1) {
            let name = rest.split('"').next().unwrap();
            assert!(root["definitions"].get(name).is_some(), "{name}");
            references += 1;
        }
        assert!(references > 20, "{references}");
    }
}
