//! Header values: text, or a description of a long one.

use serde::Deserialize;

/// The value of a header line, or of many equal ones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// The text itself.
    Text(String),
    /// Bytes that are no text, in hexadecimal digits: `{ hex = "68c3" }`.
    Hex(Hex),
    /// A long value: `{ before = "x-a", repeat = ",x-b", times = 1000, after = "" }`.
    Repeat(Repeat),
    /// The same line many times: `{ line = "x-a", lines = 80 }`.
    Lines(Lines),
}

/// See [`Value::Hex`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hex {
    hex: String,
}

/// See [`Value::Repeat`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    #[serde(default)]
    before: String,
    repeat: String,
    times: usize,
    #[serde(default)]
    after: String,
}

/// See [`Value::Lines`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    line: String,
    lines: usize,
}

impl Value {
    /// The bytes of each line that this value describes.
    ///
    /// # Panics
    ///
    /// When `hex` does not consist of pairs of hexadecimal digits.
    #[must_use]
    pub fn lines(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Text(text) => vec![text.clone().into_bytes()],
            Self::Hex(Hex { hex }) => vec![decode(hex)],
            Self::Repeat(Repeat { before, repeat, times, after }) => {
                vec![[before, &*repeat.repeat(*times), after].concat().into_bytes()]
            }
            Self::Lines(Lines { line, lines }) => vec![line.clone().into_bytes(); *lines],
        }
    }
}

fn decode(hex: &str) -> Vec<u8> {
    assert!(
        hex.is_ascii() && hex.len().is_multiple_of(2),
        "not pairs of hexadecimal digits: {hex}"
    );
    let byte = |at| {
        let pair = &hex[at..at + 2];
        u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("not hexadecimal: {pair}"))
    };
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        #[derive(Deserialize)]
        struct Document {
            value: Value,
        }
        toml::from_str::<Document>(&format!("value = {text}")).unwrap().value
    }

    #[test]
    fn values_are_written_out_described_or_repeated() {
        let cases: [(&str, &[&[u8]]); 6] = [
            ("\"x-a\"", &[b"x-a"]),
            ("\"\"", &[b""]),
            ("{ hex = \"41ff\" }", &[b"A\xff"]),
            ("{ repeat = \"a,\", times = 3 }", &[b"a,a,a,"]),
            ("{ before = \"<\", repeat = \"-\", times = 2, after = \">\" }", &[b"<-->"]),
            ("{ line = \"x\", lines = 2 }", &[b"x", b"x"]),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text).lines(), expected, "{text}");
        }
    }
}
