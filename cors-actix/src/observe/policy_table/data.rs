//! The settings of a row as data: a map by name.

use std::collections::BTreeMap;

use cors_core::{EffectiveValue, Setting};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::PolicyCell;

/// A setting, as it is written.
#[derive(Serialize, Deserialize)]
struct Cell {
    value: Value,
    from: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Absent,
    Flag(bool),
    Seconds(u32),
    List(Vec<String>),
    Word(String),
}

pub(super) fn serialize<S: Serializer>(
    settings: &[PolicyCell],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(settings.iter().map(|PolicyCell { setting, value, places }| {
        let value = match value {
            EffectiveValue::List(elements) => Value::List(elements.clone()),
            EffectiveValue::Flag(flag) => Value::Flag(*flag),
            EffectiveValue::Seconds(seconds) => Value::Seconds(*seconds),
            EffectiveValue::Absent => Value::Absent,
            keyword => Value::Word(keyword.to_string()),
        };
        (setting.name(), Cell { value, from: places.clone() })
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PolicyCell>, D::Error> {
    let mut cells = BTreeMap::<String, Cell>::deserialize(deserializer)?;
    let settings = Setting::ALL.into_iter().map(|setting| {
        let cell = cells.remove(setting.name());
        let Cell { value, from: places } =
            cell.ok_or_else(|| D::Error::custom(format!("a policy without `{setting}`")))?;
        let value = match value {
            Value::Absent => EffectiveValue::Absent,
            Value::Flag(flag) => EffectiveValue::Flag(flag),
            Value::Seconds(seconds) => EffectiveValue::Seconds(seconds),
            Value::List(elements) => EffectiveValue::List(elements),
            Value::Word(word) => keyword(&word)
                .ok_or_else(|| D::Error::custom(format!("`{word}` is no value of `{setting}`")))?,
        };
        Ok(PolicyCell { setting, value, places })
    });
    let settings = settings.collect::<Result<_, D::Error>>()?;
    match cells.keys().next() {
        Some(unknown) => Err(D::Error::custom(format!("`{unknown}` is no setting"))),
        None => Ok(settings),
    }
}

fn keyword(word: &str) -> Option<EffectiveValue> {
    use EffectiveValue::{Any, AnyWithAuthorization, Off, Passthrough};
    [Off, Passthrough, Any, AnyWithAuthorization]
        .into_iter()
        .find(|known| known.to_string() == word)
}
