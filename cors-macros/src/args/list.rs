//! The value of a list setting: a keyword, one element, or several in brackets.

use cors_core::{Code, Element, Language, ListValue, OriginPattern, Setting, Source};
use proc_macro2::Group;
use syn::ext::IdentExt as _;
use syn::{Ident, Lit, LitStr, Path, Token, token};

use super::input::{Input, Piece};
use crate::report::Reported;

const ANY: &str = "any";
const ANY_WITH_AUTHORIZATION: &str = "any_with_authorization";

/// Parses the value of a list setting.
pub(crate) fn value(setting: Setting, input: &mut Input<'_, '_>) -> Result<ListValue, Reported> {
    let write = format!("write `{}`", example(setting));
    if input.stream.is_empty() {
        let message = format!("`{setting}` has no value");
        return Err(input.error(Code::SYNTAX, message, write));
    }
    if input.stream.peek(token::Bracket) {
        let group: Group = input.take()?;
        return elements(setting, group, input).map(ListValue::Elements);
    }
    if input.stream.peek(token::Paren) || input.stream.peek(token::Brace) {
        return Err(input.error(Code::SYNTAX, "a list must be in brackets", write));
    }
    match keyword(input).as_deref() {
        Some(ANY) => keyword_place(input).map(ListValue::Any),
        Some(ANY_WITH_AUTHORIZATION) => keyword_place(input).map(ListValue::AnyWithAuthorization),
        _ => element(setting, input).map(|element| ListValue::Elements(vec![element])),
    }
}

/// Parses the value of `host`: one host, or several in brackets.
pub(crate) fn hosts(input: &mut Input<'_, '_>) -> Result<Vec<Element>, Reported> {
    if !input.stream.peek(token::Bracket) {
        return host(input).map(|host| vec![host]);
    }
    let brackets: Group = input.take()?;
    let mut hosts = Vec::new();
    let mut wrong = None;
    for piece in Piece::split(brackets.stream()) {
        match piece.read(input.report, host) {
            Ok(host) => hosts.push(host),
            Err(reported) => wrong = Some(reported),
        }
    }
    match wrong {
        Some(reported) if hosts.is_empty() => Err(reported),
        _ => Ok(hosts),
    }
}

/// Parses text in quotes, or a constant.
fn host(input: &mut Input<'_, '_>) -> Result<Element, Reported> {
    let source = input.place();
    if input.stream.peek(LitStr) {
        return Ok(Element::plain(input.literal()?, source));
    }
    let span = input.span();
    let path = match input.stream.peek(Ident::peek_any) {
        true => input.stream.call(Path::parse_mod_style).ok(),
        false => None,
    };
    let is_name = |path: &Path| path.get_ident().is_none_or(is_constant);
    match path.filter(|path| is_name(path) && input.stream.is_empty()) {
        Some(path) => Ok(input.report.constant(source, path)),
        None => Err(input.report.error(
            Code::WRONG_TYPE,
            span,
            "`host` takes host names",
            "write `host = \"t1.example.com\"`, or several in brackets",
        )),
    }
}

/// Parses the elements in brackets. If some are invalid, the others are still parsed;
/// if all are, the list is reported, and does not count as empty.
fn elements(
    setting: Setting,
    brackets: Group,
    input: &mut Input<'_, '_>,
) -> Result<Vec<Element>, Reported> {
    let mut elements = Vec::new();
    let mut wrong = None;
    for piece in Piece::split(brackets.stream()) {
        match piece.read(input.report, |input| element(setting, input)) {
            Ok(element) => elements.push(element),
            Err(reported) => wrong = Some(reported),
        }
    }
    match wrong {
        Some(reported) if elements.is_empty() => Err(reported),
        _ => Ok(elements),
    }
}

/// Parses one element.
fn element(setting: Setting, input: &mut Input<'_, '_>) -> Result<Element, Reported> {
    if input.stream.peek(LitStr) {
        let source = input.place();
        return Ok(Element::plain(input.literal()?, source));
    }
    if input.stream.peek(Lit) {
        let help = quote(setting, &input.text());
        return Err(input.error(Code::WRONG_TYPE, "this is not text", help));
    }
    if input.stream.peek(token::Bracket) {
        let message = "a list cannot contain a list";
        return Err(input.error(Code::SYNTAX, message, "remove the inner brackets"));
    }
    match keyword(input).as_deref() {
        Some("regex") => {
            let example = r#"regex(r"https://pr-\d+\.app\.example")"#;
            call(input, Element::regex, example)
        }
        Some("set") => set(input),
        Some(any @ (ANY | ANY_WITH_AUTHORIZATION)) => Err(input.error(
            Code::MISPLACED_KEYWORD,
            format!("`{any}` is a keyword for the whole list, not an element"),
            format!("write `{}`", Language::Attribute.any(setting)),
        )),
        _ => name(setting, input),
    }
}

/// Parses `regex("…")` or `set("…")`.
fn call(
    input: &mut Input<'_, '_>,
    element: fn(String, Source) -> Element,
    example: &str,
) -> Result<Element, Reported> {
    let help = format!("write `{example}`");
    let word = input.word()?;
    if !input.stream.peek(token::Paren) {
        let message = format!("`{word}` must be followed by text in parentheses");
        return Err(input.error(Code::SYNTAX, message, help));
    }
    let group: Group = input.take()?;
    let message = format!("`{word}` takes one text in quotes");
    let mut pieces = Piece::split(group.stream()).into_iter();
    let (Some(piece), None) = (pieces.next(), pieces.next()) else {
        return Err(input.report.error(Code::WRONG_TYPE, group.span(), message, help));
    };
    piece.read(input.report, |input| {
        if !input.stream.peek(LitStr) {
            return Err(input.error(Code::WRONG_TYPE, message, help));
        }
        let source = input.place();
        Ok(element(input.literal()?, source))
    })
}

/// Parses `set("…")`, or `set("…", key = "…")` for a keyed set.
fn set(input: &mut Input<'_, '_>) -> Result<Element, Reported> {
    const EXAMPLE: &str = "set(\"partners\")";
    let ahead = input.stream.fork();
    let group = ahead.parse::<Ident>().and_then(|_| ahead.parse::<Group>());
    let pieces = group.map(|group| Piece::split(group.stream())).unwrap_or_default();
    let Ok([set, key]) = <[Piece; 2]>::try_from(pieces) else {
        return call(input, Element::set, EXAMPLE);
    };
    let help = "write `set(\"tenants\", key = \"tenant\")`";
    input.word()?;
    input.take::<Group>()?;
    let text = |input: &mut Input<'_, '_>| {
        if !input.stream.peek(LitStr) {
            return Err(input.error(Code::WRONG_TYPE, "this is not text in quotes", help));
        }
        let source = input.place();
        Ok((input.take::<LitStr>()?.value(), source))
    };
    let (name, source) = set.read(input.report, text)?;
    let (key, _) = key.read(input.report, |input| {
        if keyword(input).as_deref() != Some("key") || !input.stream.peek2(Token![=]) {
            let message = "beside its name, `set` takes only `key`";
            return Err(input.error(Code::SYNTAX, message, help));
        }
        input.word()?;
        input.take::<Token![=]>()?;
        text(input)
    })?;
    Ok(Element::set(name, source).with_key(key))
}

/// Parses a bare method, or the path of a constant.
fn name(setting: Setting, input: &mut Input<'_, '_>) -> Result<Element, Reported> {
    let text = input.text();
    let help = quote(setting, &text);
    let span = input.span();
    let source = input.place();
    let Ok(path) = input.stream.call(Path::parse_mod_style) else {
        let message = format!("this is not an element of `{setting}`");
        return Err(input.report.error(Code::SYNTAX, span, message, help));
    };
    if input.stream.peek(Token![!]) {
        let message = "macros are not expanded inside `#[cors]`";
        let help = "put the value in a `const`, and write the name of the constant";
        return Err(input.report.error(Code::SYNTAX, span, message, help));
    }
    let unfinished = input.stream.peek(Token![-]) || input.stream.peek(Token![.]);
    match path.get_ident() {
        Some(method) if setting == Setting::Methods && !unfinished => {
            Ok(Element::plain(method.unraw().to_string(), source))
        }
        Some(name) if unfinished || !is_constant(name) => {
            let message = format!("`{text}` is neither text in quotes nor a constant");
            Err(input.report.error(Code::WRONG_TYPE, span, message, help))
        }
        _ => Ok(input.report.constant(source, path)),
    }
}

/// Whether a name is written like a constant; other names are text without quotes.
fn is_constant(name: &Ident) -> bool {
    let name = name.unraw().to_string();
    name.contains(|c: char| c.is_uppercase()) && !name.contains(|c: char| c.is_lowercase())
}

/// An example of a list setting.
pub(crate) fn example(setting: Setting) -> String {
    Language::Attribute.example(setting)
}

/// Suggests the correct form of a value that was written without quotes.
fn quote(setting: Setting, text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "*" | "all" | "any" | "every" | "on" | "true" | "yes"
            if setting == Setting::Credentials =>
        {
            let all = Language::Attribute.flag(setting, true);
            return format!("write `{all}` for all of `origins`, or list them");
        }
        "no" | "nobody" | "none" | "off" if setting == Setting::Credentials => {
            return format!("write `{}`", Language::Attribute.flag(setting, false));
        }
        "*" | "all" | "any" | "every" | "true" => {
            return format!("write `{}`", Language::Attribute.any(setting));
        }
        "false" | "nobody" | "none" | "off" if setting == Setting::Origins => {
            return format!("to disable CORS here, write `{}`", Language::Attribute.keyword("off"));
        }
        _ => {}
    }
    let is_word = text.starts_with(|c: char| c.is_alphabetic()) && !text.contains(['"', '\'', '(']);
    match OriginPattern::parse(text).map_err(|issue| issue.suggestion().map(str::to_owned)) {
        _ if !is_word => format!("write `{}`", example(setting)),
        Err(Some(origin)) if matches!(setting, Setting::Origins | Setting::Credentials) => {
            format!("write `\"{origin}\"`")
        }
        _ => format!("write `\"{text}\"` in quotes"),
    }
}

/// The next identifier, unless it is part of a path.
fn keyword(input: &Input<'_, '_>) -> Option<String> {
    let stream = input.stream;
    if stream.peek2(Token![::]) {
        return None;
    }
    stream.cursor().ident().map(|(ident, _)| ident.to_string())
}

fn keyword_place(input: &mut Input<'_, '_>) -> Result<Source, Reported> {
    let source = input.place();
    input.word().map(|_| source)
}
