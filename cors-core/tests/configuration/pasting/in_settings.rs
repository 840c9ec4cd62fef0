//! Pastes a proposal into settings that are written as JSON.

use cors_core::{Code, Config, Problem};
use serde_json::{Map, Value};

use super::proposals::Proposal;

/// Everything that is wrong with the value of `cors`.
pub(crate) fn problems(cors: &Value) -> Vec<Problem> {
    let config: Config = serde_json::from_value(cors.clone()).unwrap();
    match config.resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}

/// The settings with the proposal in the place of the problem; `Err` if it is not JSON.
pub(crate) fn paste(cors: &Value, problem: &Problem, proposal: &Proposal) -> Result<Value, String> {
    let mut cors = cors.clone();
    let path = steps(&problem.source().to_string());
    let Proposal { text, added, bare } = proposal;
    let not_json = |error: serde_json::Error| format!("`{text}` is not JSON: {error}");
    if text.starts_with('"') && text.contains("\": ") {
        let pairs: Map<String, Value> =
            serde_json::from_str(&format!("{{{text}}}")).map_err(not_json)?;
        let (key, value) = pairs.into_iter().next().unwrap();
        // What is added belongs where the note points to, if it is named there.
        let help = problem.help().unwrap();
        let is_beside = help.contains("next to `credentials") || help.contains("next to `private");
        let note = problem.notes().find(|(text, _)| text.contains("is set here"));
        let path = match note.and_then(|(_, place)| place) {
            Some(place) if *added && is_beside => steps(&place.to_string()),
            _ => path,
        };
        // The nearest table of settings around the place.
        let is_itself = path.last().is_some_and(|last| last.parse::<usize>().is_ok())
            && at(&mut cors, &path)
                .as_object()
                .is_some_and(|it| it.contains_key("match") || it.contains_key("origins"));
        let mut depth = path.len() + usize::from(is_itself);
        while depth > 0
            && !is_table_of_settings(&path[..depth - 1], at(&mut cors, &path[..depth - 1]))
        {
            depth -= 1;
        }
        let (table, here) = match depth {
            0 => (&path[..], None),
            _ if depth > path.len() => (&path[..], None),
            _ => (&path[..depth - 1], Some(&path[depth - 1])),
        };
        let table = at(&mut cors, table).as_object_mut().unwrap();
        if let Some(here) = here
            && !added
            && !table.contains_key(&key)
        {
            table.remove(here);
        }
        table.insert(key, value);
        return Ok(cors);
    }
    if problem.code() == Code::UNKNOWN_KEY {
        let (last, above) = path.split_last().unwrap();
        let table = at(&mut cors, above).as_object_mut().unwrap();
        let value = table.remove(last).unwrap();
        table.insert(text.clone(), value);
        return Ok(cors);
    }
    let is_json = *bare || text.starts_with(['"', '{', '[']) || !at(&mut cors, &path).is_string();
    let mut new = match is_json {
        true => serde_json::from_str::<Vec<Value>>(&format!("[{text}]")).map_err(not_json)?,
        false => vec![Value::String(text.clone())],
    };
    // An element is wrong inside `{ "regex": … }`.
    let (last, above) = path.split_last().unwrap();
    match (at(&mut cors, above), last.parse::<usize>()) {
        (Value::Array(list), Ok(index)) => drop(list.splice(index..=index, new)),
        (Value::Object(table), _) => {
            let value = if new.len() == 1 { new.remove(0) } else { Value::Array(new) };
            table.insert(last.clone(), value);
        }
        (other, _) => panic!("{path:?} is in {other}"),
    }
    Ok(cors)
}

fn is_table_of_settings(path: &[String], value: &Value) -> bool {
    let inner = ["add", "remove", "regex", "set"];
    value.as_object().is_some_and(|table| !table.keys().any(|key| inner.contains(&key.as_str())))
        && path.last().is_none_or(|name| name != "sets")
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match value {
        Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
        Value::Object(table) => table.get_mut(step).unwrap(),
        _ => panic!("{step} in {value}"),
    })
}

/// The steps of `cors.origins[1]` below `cors`.
fn steps(path: &str) -> Vec<String> {
    let path = path.strip_prefix("cors").unwrap();
    path.split(['.', '['])
        .map(|step| step.trim_end_matches(']').to_owned())
        .filter(|it| !it.is_empty())
        .collect()
}
