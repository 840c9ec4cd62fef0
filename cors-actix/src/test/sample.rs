//! A path that a pattern matches, for a request that is sent to it.

use actix_web::dev::ResourceDef;

use cors_core::is_in_group;

/// Values that parameters commonly accept.
const VALUES: [&str; 7] =
    ["1", "a", "a-b", "2024-01-01", "00000000-0000-0000-0000-000000000000", "a.b", "en"];

/// A path of the pattern of a route, inside of the group if there is one; `None` where no common
/// value fits the expressions of the parameters.
pub(super) fn of_route(pattern: &str, group: Option<&str>) -> Option<String> {
    let definition = ResourceDef::new(pattern);
    let segments: Vec<_> = group.into_iter().flat_map(|group| group.split('/')).collect();
    let path = |value: &str| {
        let segment = |(index, segment): (usize, &str)| {
            let of_group = segments.get(index).filter(|it| !it.contains(['*', '{']));
            match segment.contains('{') {
                true => fill(segment, of_group.copied().unwrap_or(value)),
                false => segment.to_owned(),
            }
        };
        split(pattern).into_iter().enumerate().map(segment).collect::<Vec<_>>().join("/")
    };
    let fits = |path: &String| {
        definition.is_match(path) && group.is_none_or(|group| is_in_group(path, group))
    };
    VALUES.into_iter().map(path).find(fits)
}

/// A path of the pattern of a group.
pub(super) fn of_group(pattern: &str) -> String {
    let segment = |segment: &str| match segment {
        "*" | "**" => "cors-actix-test".to_owned(),
        segment if segment.contains('{') => fill(segment, "cors-actix-test"),
        segment => segment.to_owned(),
    };
    split(pattern).into_iter().map(segment).collect::<Vec<_>>().join("/")
}

// At the slashes that are not in the expression of a parameter.
fn split(pattern: &str) -> Vec<&str> {
    let (mut depth, mut segments, mut begin) = (0_usize, Vec::new(), 0);
    for (at, c) in pattern.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                segments.push(&pattern[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    segments.push(&pattern[begin..]);
    segments
}

// Puts the value in the place of each parameter.
fn fill(segment: &str, value: &str) -> String {
    let (mut depth, mut filled) = (0_usize, String::new());
    for c in segment.chars() {
        match c {
            '{' => {
                if depth == 0 {
                    filled += value;
                }
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            // The `*` of a tail, `{tail}*`.
            '*' if depth == 0 => {}
            c if depth == 0 => filled.push(c),
            _ => {}
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_get_a_value_that_fits() {
        for (pattern, group, expected) in [
            ("/orders", None, Some("/orders")),
            ("/orders/{id}", None, Some("/orders/1")),
            (r"/orders/{id:\d{4}-\d{2}-\d{2}}", None, Some("/orders/2024-01-01")),
            ("/{a}/x-{b}.json", None, Some("/1/x-1.json")),
            ("/files/{tail:.*}", None, Some("/files/1")),
            ("/files/{tail}*", None, Some("/files/1")),
            ("/{tenant}/orders", Some("/acme/**"), Some("/acme/orders")),
            ("/{lang:[a-z]{2}}", None, Some("/en")),
            (r"/{id:x\d+}", None, None),
            ("", None, Some("")),
        ] {
            assert_eq!(of_route(pattern, group).as_deref(), expected, "{pattern}");
        }
        assert_eq!(of_group("/api/**"), "/api/cors-actix-test");
        assert_eq!(of_group("/{tenant}/*/x"), "/cors-actix-test/cors-actix-test/x");
    }
}
