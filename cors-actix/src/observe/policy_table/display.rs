//! The table as text.
//!
//! First the file and the profile, if there are any. Rows that follow each other under one policy share its lines: first the methods and paths,
//! then what the policy allows, then where that is set.

use std::fmt;

use cors_core::{EffectiveValue, Setting};

use super::{PolicyCell, PolicyRow, PolicyTable};

/// How wide the table is, unless a word is longer.
const WIDTH: usize = 100;

/// How the lines of a policy are indented.
const INDENT: &str = "    ";

/// How many elements of a list are shown before the rest is counted.
const SHOWN: usize = 8;

/// How many methods are shown before the rest is counted.
const METHODS_SHOWN: usize = 3;

impl fmt::Display for PolicyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.disabled {
            return write!(f, "CORS is disabled: `enabled = false` is set at {place}");
        }
        let mut separator = "";
        if let Some(file) = &self.file {
            write!(f, "read from {file}")?;
            separator = "\n";
        }
        if let Some(profile) = &self.profile {
            write!(f, "{separator}profile {profile}")?;
            separator = "\n";
        }
        let methods: Vec<_> = self.rows.iter().map(PolicyRow::methods).collect();
        let width = methods.iter().map(|methods| methods.chars().count()).max().unwrap_or(0);
        for (index, (row, methods)) in self.rows.iter().zip(&methods).enumerate() {
            write!(f, "{separator}{methods:width$}  {}", row.label)?;
            separator = "\n";
            let is_shared = self.rows.get(index + 1).is_some_and(|next| next.shares_lines_of(row));
            if !is_shared {
                let settings = row.settings.iter().filter_map(PolicyCell::describe);
                write_wrapped(f, &settings.collect::<Vec<_>>(), ";")?;
                write_wrapped(f, &row.places(), ",")?;
            }
        }
        Ok(())
    }
}

impl PolicyRow {
    /// Whether the lines about the policy of another row are those of this one, too.
    fn shares_lines_of(&self, other: &Self) -> bool {
        let shown = |row: &Self| {
            let settings = row.settings.iter().filter_map(PolicyCell::describe);
            (settings.collect::<Vec<_>>(), row.places())
        };
        shown(self) == shown(other)
    }

    /// The methods that the policy allows: `-` where it does not decide.
    fn methods(&self) -> String {
        let has_no_say = |cell: &PolicyCell| cell.value == EffectiveValue::Passthrough;
        if self.settings.iter().any(has_no_say) {
            return "-".to_owned();
        }
        let methods = self.settings.iter().find(|cell| cell.setting == Setting::Methods);
        methods.map_or_else(String::new, |cell| cell.value.shortened(METHODS_SHOWN))
    }

    /// The places that set anything, those in one file together and in order; the first
    /// begins with `from`.
    fn places(&self) -> Vec<String> {
        let mut places: Vec<(String, Vec<String>)> = Vec::new();
        for place in self.settings.iter().flat_map(|cell| &cell.places) {
            let (file, line) = line_of(place);
            match places.iter_mut().find(|(known, _)| known == file) {
                Some((_, lines)) if lines.iter().any(|known| known == line) => {}
                Some((_, lines)) => lines.push(line.to_owned()),
                None => places.push((file.to_owned(), vec![line.to_owned()])),
            }
        }
        let mut shown = Vec::new();
        for (file, mut lines) in places {
            lines.sort_by_key(|line| line.parse::<u32>().unwrap_or_default());
            for (index, line) in lines.into_iter().enumerate() {
                shown.push(match (index, line.is_empty()) {
                    (_, true) => file.clone(),
                    (0, false) => format!("{file}:{line}"),
                    (_, false) => line,
                });
            }
        }
        if let Some(first) = shown.first_mut() {
            first.insert_str(0, "from ");
        }
        shown
    }
}

impl PolicyCell {
    /// The setting with its value, unless it has its own column or is what it is by default.
    fn describe(&self) -> Option<String> {
        let name = self.setting.name();
        match (self.setting, &self.value) {
            (Setting::Methods, _) | (_, EffectiveValue::Absent | EffectiveValue::Flag(false)) => {
                None
            }
            (Setting::Origins, value) => Some(format!("{name}: {}", value.shortened(SHOWN))),
            (_, EffectiveValue::List(elements)) if elements.is_empty() => None,
            (_, EffectiveValue::Flag(true)) => Some(name.to_owned()),
            (_, EffectiveValue::Seconds(seconds)) => Some(format!("{name}: {seconds} s")),
            (_, value) => Some(format!("{name}: {}", value.shortened(SHOWN))),
        }
    }
}

/// The file and the line of a place such as `cors.toml:3:1`; other places have no line.
fn line_of(place: &str) -> (&str, &str) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = place.rsplit_once(':').filter(|(_, column)| is_number(column));
    let parts = parts.and_then(|(rest, _)| rest.rsplit_once(':'));
    parts.filter(|(_, line)| is_number(line)).unwrap_or((place, ""))
}

/// Writes items on lines of their own, as many on each as fit. Only long items are broken.
fn write_wrapped(f: &mut fmt::Formatter<'_>, items: &[String], separator: &str) -> fmt::Result {
    let mut used = WIDTH;
    for (index, item) in items.iter().enumerate() {
        let end = if index + 1 < items.len() { separator } else { "" };
        let item = format!("{item}{end}");
        let breaks = if item.chars().count() > WIDTH / 2 { ' ' } else { '\0' };
        for word in item.split(breaks) {
            let length = word.chars().count();
            if used + 1 + length > WIDTH {
                write!(f, "\n{INDENT}{word}")?;
                used = INDENT.len() + length;
            } else {
                write!(f, " {word}")?;
                used += 1 + length;
            }
        }
    }
    Ok(())
}
