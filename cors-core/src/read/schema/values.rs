//! The values of settings and keys, as JSON Schema.

use serde_json::{Map, Value, json};

use super::Values;
use crate::config::{Overrides, Permission};
use crate::setting::{Setting, SettingKind};

/// The values of a setting.
pub(super) fn setting(setting: Setting, values: Values) -> Value {
    let words = |words: &[&str]| json!({ "enum": words });
    let schema = match (setting.kind(), values) {
        (SettingKind::Flag | SettingKind::FlagOrOrigins, Values::Limits) => {
            words(&Permission::ALL.iter().map(|word| word.name()).collect::<Vec<_>>())
        }
        (SettingKind::Flag, Values::Layer) => json!({ "type": "boolean" }),
        (SettingKind::FlagOrOrigins, Values::Layer) => json!({
            "anyOf": [{ "type": "boolean" }, reference("origins"), edits("origins")]
        }),
        (SettingKind::Duration, _) => json!({
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": 86_400 },
                { "type": "string", "pattern": "^[0-9]+[smhd]$" },
            ],
            "examples": ["10m", 600],
        }),
        (SettingKind::List, values) => {
            let (elements, keywords): (_, &[&str]) = match setting {
                Setting::Methods => ("methods", &["any"]),
                Setting::Headers => ("headers", &["any", "any_with_authorization"]),
                Setting::Expose => ("headers", &["any"]),
                _ => ("origins", &["any"]),
            };
            let list = [words(keywords), reference(elements)];
            let edits = matches!(values, Values::Layer).then(|| edits(elements));
            json!({ "anyOf": list.into_iter().chain(edits).collect::<Vec<_>>() })
        }
    };
    described(schema, &description(setting))
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = json!(description);
    schema
}

/// What editors show for a setting.
fn description(setting: Setting) -> String {
    let text = match setting {
        Setting::Origins => {
            "The pages that may read responses: `any`, or a list of origin patterns. Default: no \
             origin."
        }
        Setting::Methods => {
            "The methods that a preflight allows: `any`, or a list, in upper case. Default: what the \
             annotated handler serves; elsewhere GET, HEAD, POST."
        }
        Setting::Headers => {
            "The request headers that scripts may set: `any` (without `authorization`), \
             `any_with_authorization`, or a list. Default: the CORS-safelisted headers."
        }
        Setting::Expose => {
            "The response headers that scripts may read: `any`, or a list. Default: the \
             CORS-safelisted headers."
        }
        Setting::Credentials => {
            "Whether pages may read responses to requests with cookies: `true`, `false`, or a list of \
             the origins that may. Default: false."
        }
        Setting::MaxAge => {
            "How long browsers may cache a preflight: seconds, or text with a unit such as `10m`; at \
             most one day. Default: not sent, and browsers use 5 s."
        }
        Setting::PrivateNetwork => {
            "Whether public sites may reach this server in a private network. Default: false."
        }
        Setting::Enforce => {
            "Whether a disallowed cross-origin request is answered with 403 before the handler runs. \
             Default: false."
        }
        Setting::DangerAllowInsecureOrigins => {
            "Allows `credentials` for plain `http://` origins. Default: false."
        }
        Setting::DangerAllowPublicSuffixes => {
            "Allows `credentials` for all subdomains of a public suffix, such as `https://*.github.io`. \
             Default: false."
        }
        Setting::DangerAllowNullOrigin => {
            "Allows the origin `null`, which any sandboxed page can have. Default: false."
        }
    };
    text.to_owned()
}

/// The value of a key that is no setting.
pub(super) fn key(name: &str) -> Value {
    let named = |of: &str| json!({ "type": "object", "additionalProperties": reference(of) });
    let boolean = || json!({ "type": "boolean" });
    let text = || json!({ "type": "string" });
    let (schema, description) = match name {
        "enabled" => (boolean(), "Whether CORS is enabled. With `false`, no header is added."),
        "off" => (boolean(), "Disallows every origin."),
        "passthrough" => (
            boolean(),
            "Leaves requests and responses alone, for gateways and handlers that answer CORS \
             themselves. In limits: whether that is accepted.",
        ),
        "replace" => (boolean(), "Starts from nothing instead of the inherited rules."),
        "loopback" => (
            boolean(),
            "Also allows every port of localhost, 127.0.0.1 and [::1], for development.",
        ),
        "preflight_status" => (
            json!({ "type": "integer", "minimum": 200, "maximum": 299 }),
            "The status of a successful preflight. Default: 204.",
        ),
        "profile" => (text(), "The profile that applies, unless `CORS_PROFILE` selects another."),
        "profiles" => (named("profile"), "The global rules that differ in a profile, by its name."),
        "sets" => (
            json!({
                "type": "object",
                "additionalProperties": { "anyOf": [reference("origins"), reference("liveSet")] },
            }),
            "Lists of origins, to be used by name: `{ set = \"name\" }`, or sets that the \
             application fills while it runs.",
        ),
        "policies" => (
            named("policy"),
            "Complete policies, to be used by name: what they omit is denied, not inherited.",
        ),
        "paths" => (
            json!({ "type": "array", "items": reference("group") }),
            "Groups of paths with rules of their own. The most specific match applies.",
        ),
        "limits" => (reference("limits"), "Upper limits on what any layer may allow."),
        "allow_warnings" => {
            (one_or_several(&reference("allowedWarning")), "The warnings that are not reported.")
        }
        "report_only" => (
            reference("reportOnly"),
            "Global rules that are evaluated beside those in force, and change no answer.",
        ),
        "match" => (
            one_or_several(&json!({ "type": "string", "pattern": "^/" })),
            "The paths: `*` or `{name}` is one segment, a final `/**` the path and everything below.",
        ),
        "host" => (
            one_or_several(&text()),
            "The hosts that these rules apply to, such as `t1.example.com` or `*.example.com`.",
        ),
        "policy" => (text(), "The named policy that these rules start from."),
        "route_overrides" => (route_overrides(), "What handlers may change of the configuration."),
        // A test finds it: no key may be without a schema.
        _ => (json!({}), ""),
    };
    // Draft 7 ignores what is beside a reference.
    match schema.get("$ref") {
        Some(_) => json!({ "allOf": [schema], "description": description }),
        None => described(schema, description),
    }
}

fn route_overrides() -> Value {
    let words = |words: &[Overrides]| json!({ "enum": words.iter().map(|word| word.name()).collect::<Vec<_>>() });
    let of_setting = words(&[Overrides::Any, Overrides::Narrow]);
    let properties: Map<String, Value> = Setting::ALL
        .map(|setting| (setting.name().to_owned(), of_setting.clone()))
        .into_iter()
        .collect();
    let table =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    json!({ "anyOf": [words(Overrides::ALL), table] })
}

pub(super) fn allowed_warning() -> Value {
    json!({
        "anyOf": [
            { "type": "string", "pattern": "^cors::" },
            {
                "type": "object",
                "properties": {
                    "code": { "type": "string", "pattern": "^cors::" },
                    "path": { "type": "string" },
                },
                "required": ["code"],
                "additionalProperties": false,
            },
        ],
    })
}

/// `{ add = [...], remove = [...] }`.
fn edits(elements: &str) -> Value {
    json!({
        "type": "object",
        "properties": { "add": reference(elements), "remove": reference(elements) },
        "minProperties": 1,
        "additionalProperties": false,
    })
}

pub(super) fn origin() -> Value {
    json!({
        "anyOf": [
            // Lower case, without a path and without white space.
            { "type": "string", "pattern": "^[a-z][a-z0-9+.-]*://[^/?#A-Z\\s]+$" },
            {
                "type": "object",
                "properties": { "regex": { "type": "string" } },
                "required": ["regex"],
                "additionalProperties": false,
            },
            {
                "type": "object",
                "properties": {
                    "set": { "type": "string" },
                    "key": {
                        "type": "string",
                        "description": "The path parameter that is the key of a keyed set.",
                    },
                },
                "required": ["set"],
                "additionalProperties": false,
            },
        ],
        "examples": ["https://app.example.com", "https://*.example.com"],
    })
}

/// A set that the application fills while it runs.
pub(super) fn live_set() -> Value {
    json!({
        "type": "object",
        "properties": {
            "live": { "const": true },
            "keyed": {
                "type": "boolean",
                "description": "Whether there is one list for each key in a path.",
            },
        },
        "required": ["live"],
        "additionalProperties": false,
    })
}

pub(super) fn method() -> Value {
    json!({
        "type": "string",
        "pattern": TOKEN,
        "not": { "enum": ["*", "any", "get", "head", "post", "put", "patch", "delete", "options"] },
        "examples": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    })
}

pub(super) fn header() -> Value {
    json!({ "type": "string", "pattern": TOKEN, "not": { "enum": ["*", "any"] } })
}

/// RFC 9110, section 5.6.2, "token".
const TOKEN: &str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

pub(super) fn one_or_several(element: &Value) -> Value {
    json!({ "anyOf": [element, { "type": "array", "items": element }] })
}

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}
