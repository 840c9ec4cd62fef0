//! Deserializing a [`Config`] as part of an application's own settings.
//!
//! The code that reads the settings (a TOML or YAML file, figment, config) passes the
//! value of their key `cors`. Line numbers are unknown in this case, so the places in a
//! report are key paths, such as `cors.origins[1]`.

use std::cell::Cell;
use std::fmt;

use serde_core::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

use super::Reader;
use super::tree::{Key, Kind, Value};
use crate::config::Config;
use crate::problem::Source;

/// Deserializes the content of `[cors]`. Problems are reported by [`Config::resolve`],
/// with key paths that begin with `cors`.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     port: u16,
///     cors: cors_core::Config,
/// }
///
/// let settings: Settings = serde_json::from_str(
///     r#"{ "port": 8080, "cors": { "origins": ["https://a.example", "https://b.example/"] } }"#,
/// )?;
/// let error = settings.cors.resolve().unwrap_err();
/// assert_eq!(error.problems()[0].code().as_str(), "cors::trailing-slash");
/// assert_eq!(error.problems()[0].source().to_string(), "cors.origins[1]");
/// # assert_eq!(settings.port, 8080);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let count = Cell::new(0);
        let root = TreeSeed { path: "cors", count: &count };
        let source = root.place();
        let value = root.deserialize(deserializer)?;
        let mut reader = Reader::default();
        let mut config = reader.cors(source, &value);
        config.problems.extend(reader.problems);
        Ok(config)
    }
}

/// A value that is to be deserialized.
struct TreeSeed<'p> {
    path: &'p str,
    /// The number of places so far: reports follow the order of the settings.
    count: &'p Cell<u32>,
}

impl TreeSeed<'_> {
    fn place(&self) -> Source {
        let position = self.count.get();
        self.count.set(position.saturating_add(1));
        Source::key(position, self.path)
    }

    fn value(&self, kind: Kind) -> Value {
        Value { kind, source: self.place() }
    }
}

impl<'de> DeserializeSeed<'de> for TreeSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TreeSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value for `{}`", self.path)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(self.value(Kind::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(self.value(Kind::Integer(value)))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        let limit = if value < 0 { i64::MIN } else { i64::MAX };
        self.visit_i64(i64::try_from(value).unwrap_or(limit))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Ok(self.value(Kind::Other("a float")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(self.value(Kind::Text(text.to_owned())))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Value, E> {
        Ok(self.value(Kind::Other("bytes")))
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(self.value(Kind::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let source = self.place();
        let mut list = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, list.len());
            match sequence.next_element_seed(TreeSeed { path: &path, count: self.count })? {
                Some(value) => list.push(value),
                None => return Ok(Value { kind: Kind::List(list), source }),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let source = self.place();
        let mut table: Vec<(Key, Value)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let path = format!("{}.{name}", self.path);
            if table.iter().any(|(key, _)| key.name == name) {
                return Err(A::Error::custom(format_args!("`{path}` is set twice")));
            }
            let node = TreeSeed { path: &path, count: self.count };
            let key = Key { name, source: node.place() };
            table.push((key, map.next_value_seed(node)?));
        }
        Ok(Value { kind: Kind::Table(table), source })
    }
}
