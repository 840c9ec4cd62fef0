//! Header lists and the ways in which Fetch reads them: "get", "append", "get, decode, and
//! split", "extract header list values" and "sort and combine". The meaning of a value is
//! decided elsewhere; here is only the syntax.

use std::collections::BTreeSet;

/// Header lines in wire order; a name may repeat.
pub type HeaderLines = Vec<(String, String)>;

/// The failure of "extract header list values", as opposed to its null.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MalformedList;

/// Fetch "get": the values of all lines of that name, joined with `, `.
pub(crate) fn get(list: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<&str> = lines(list, name).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Fetch "contains".
pub(crate) fn contains(list: &[(String, String)], name: &str) -> bool {
    lines(list, name).next().is_some()
}

/// Fetch "append": reuses the spelling of the name that is already in the list.
pub(crate) fn append(list: &mut HeaderLines, name: &str, value: &str) {
    let name = list.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or(name, |(n, _)| n);
    list.push((name.to_owned(), value.to_owned()));
}

/// The lines without those that are empty beside others of the same name. Of lines that are all empty,
/// one is left.
pub(crate) fn without_empty_lines(list: HeaderLines) -> HeaderLines {
    let is_empty = |value: &str| trim_tab_or_space(value).is_empty();
    let mut kept = HeaderLines::new();
    for (name, value) in list {
        match kept.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(&name)) {
            Some(_) if is_empty(&value) => {}
            // Invariant: if the first line of a name is empty, it is the only one.
            Some((_, first)) if is_empty(first) => *first = value,
            _ => kept.push((name, value)),
        }
    }
    kept
}

/// Fetch "sort and combine": what iterating over a `Headers` object shows.
pub(crate) fn sort_and_combine(list: &[(String, String)]) -> HeaderLines {
    let names: BTreeSet<String> = list.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
    names.into_iter().filter_map(|name| get(list, &name).map(|value| (name, value))).collect()
}

/// Fetch "extract header list values" for a `#method` or `#field-name` header: `Ok(None)` is the
/// algorithm's null, `Err` its failure.
///
/// Both productions are `token`. `#` is the list rule for recipients (RFC 9110, 5.6.1.2), which
/// has them skip empty elements.
pub(crate) fn extract_tokens(
    list: &[(String, String)],
    name: &str,
) -> Result<Option<Vec<String>>, MalformedList> {
    if !contains(list, name) {
        return Ok(None);
    }
    let mut values = Vec::new();
    for element in lines(list, name).flat_map(|line| line.split(',')).map(trim_tab_or_space) {
        match element {
            "" => {}
            element if is_token(element) => values.push(element.to_owned()),
            _ => return Err(MalformedList),
        }
    }
    Ok(Some(values))
}

/// Fetch "extract header list values" for a `delta-seconds` header, of which there is at most one.
pub(crate) fn extract_seconds(
    list: &[(String, String)],
    name: &str,
) -> Result<Option<u64>, MalformedList> {
    let mut lines = lines(list, name);
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(digits), None)
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            // RFC 9111, 1.2.2: a number too large to represent counts as a very large one.
            Ok(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => Err(MalformedList),
    }
}

/// Fetch "get, decode, and split" on a single value: commas inside quoted strings do not split.
pub(crate) fn decode_and_split(value: &str) -> Vec<String> {
    let (mut values, mut current, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            ',' if !quoted => values.push(std::mem::take(&mut current)),
            '\\' if quoted => current.extend([c].into_iter().chain(chars.next())),
            '"' => {
                quoted = !quoted;
                current.push(c);
            }
            _ => current.push(c),
        }
    }
    values.push(current);
    values.iter().map(|value| trim_tab_or_space(value).to_owned()).collect()
}

/// Whether the text is a `token` (RFC 9110, 5.6.2), that is a method or a header name.
pub(crate) fn is_token(text: &str) -> bool {
    let symbols = b"!#$%&'*+-.^_`|~";
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || symbols.contains(&b))
}

// A header value has no tab or space at either end, whatever the line looked like on the wire.
fn lines<'a>(list: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    list.iter()
        .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| trim_tab_or_space(value))
}

fn trim_tab_or_space(value: &str) -> &str {
    value.trim_matches(['\t', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named_a(values: &[&str]) -> HeaderLines {
        values.iter().map(|value| ("A".to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn empty_lines_are_left_out_beside_others_of_their_name() {
        let cases: &[(&[&str], &[&str])] = &[
            (&[], &[]),
            (&[""], &[""]),
            (&["", " \t"], &[""]),
            (&["", "a"], &["a"]),
            (&["a", ""], &["a"]),
            (&["", "", "a", "", "b", ""], &["a", "b"]),
            (&[",", "a"], &[",", "a"]),
        ];
        for (lines, expected) in cases {
            let other = || ("B".to_owned(), String::new());
            let mut list = named_a(lines);
            list.push(other());
            let mut kept = without_empty_lines(list);
            assert_eq!(kept.pop(), Some(other()), "{lines:?}");
            assert_eq!(kept, named_a(expected), "{lines:?}");
        }
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let kept = without_empty_lines(vec![named("X-A", ""), named("B", "1"), named("x-a", "2")]);
        assert_eq!(kept, [named("X-A", "2"), named("B", "1")]);
    }

    // Lines of a header, and what they extract to: `None` is the algorithm's failure.
    type Case<'a, T> = (&'a [&'a str], Option<Option<T>>);

    #[test]
    fn token_lists_skip_empty_elements_and_fail_on_anything_else() {
        let cases: &[Case<'_, &[&str]>] = &[
            (&[], Some(None)),
            (&[""], Some(Some(&[]))),
            (&[" , ,\t"], Some(Some(&[]))),
            (&["PUT"], Some(Some(&["PUT"]))),
            (&[" PUT ,\t, PATCH,"], Some(Some(&["PUT", "PATCH"]))),
            (&["PUT", "", "PATCH"], Some(Some(&["PUT", "PATCH"]))),
            (&["*"], Some(Some(&["*"]))),
            (&["x-a,x-a"], Some(Some(&["x-a", "x-a"]))),
            (&["PUT PATCH"], None),
            (&["PUT; PATCH"], None),
            (&["\"PUT\""], None),
            (&["PUT", "bad value"], None),
            (&["X-\u{e9}"], None),
        ];
        for (lines, expected) in cases {
            let got = extract_tokens(&named_a(lines), "a").ok();
            let expected =
                expected.map(|list| list.map(|l| l.iter().map(|t| (*t).to_owned()).collect()));
            assert_eq!(got, expected, "{lines:?}");
        }
    }

    #[test]
    fn seconds_are_digits_on_a_single_line() {
        let cases: &[Case<'_, u64>] = &[
            (&[], Some(None)),
            (&["0"], Some(Some(0))),
            (&[" 600\t"], Some(Some(600))),
            (&["007"], Some(Some(7))),
            (&["99999999999999999999999"], Some(Some(u64::MAX))),
            (&[""], None),
            (&["-1"], None),
            (&["+1"], None),
            (&["1.5"], None),
            (&["5, 5"], None),
            (&["5", "5"], None),
        ];
        for (lines, expected) in cases {
            assert_eq!(extract_seconds(&named_a(lines), "a").ok(), *expected, "{lines:?}");
        }
    }

    /// The table under "get, decode, and split" in the standard, one line at a time.
    #[test]
    fn values_split_at_commas_outside_quotes() {
        let cases: &[(&str, &[&str])] = &[
            ("nosniff,", &["nosniff", ""]),
            ("", &[""]),
            ("text/html;\", x/x", &["text/html;\", x/x"]),
            ("x/x;test=\"hi\",y/y", &["x/x;test=\"hi\"", "y/y"]),
            ("x / x,,,1", &["x / x", "", "", "1"]),
            ("\"1,2\", 3", &["\"1,2\"", "3"]),
            ("\"\\\",2\",3", &["\"\\\",2\"", "3"]),
        ];
        for (value, expected) in cases {
            assert_eq!(decode_and_split(value), *expected, "{value}");
        }
    }

    #[test]
    fn append_reuses_the_first_spelling_and_get_joins_the_lines() {
        let mut list = named_a(&["1"]);
        append(&mut list, "a", "2");
        append(&mut list, "B", "");
        assert_eq!(list[1].0, "A");
        assert_eq!(get(&list, "a").as_deref(), Some("1, 2"));
        assert_eq!(get(&list, "b").as_deref(), Some(""));
        assert_eq!(get(&list, "c"), None);
    }
}
