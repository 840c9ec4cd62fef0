//! Parsing the arguments of `#[cors(...)]`.
//!
//! Tokens are converted to [`Rules`], each clause with its place. Values are not validated:
//! this module reports syntax errors only, and continues at the next comma after a
//! mistake.

mod input;
mod keys;
mod list;

use cors_core::{
    Clause, ClauseKind, Code, Element, Language, ListValue, MaxAgeValue, Op, OriginPattern,
    Problem, Rules, Setting, SettingKind, Source, Suggestion, suggest_key,
};
use proc_macro2::{Group, Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::{Ident, Lit, LitBool, LitInt, LitStr, Path, Token, parse_quote};

use self::input::{Input, Piece, unexpected};
use self::keys::Keys;
pub(crate) use self::list::example;
use crate::module_constants;
use crate::report::{Report, Reported};

/// The arguments of one attribute.
pub(crate) struct Args {
    /// The crate that the generated code uses, if it is set.
    pub(crate) adapter: Option<Path>,
    /// The layers of the surrounding modules, the outermost first.
    pub(crate) modules: Vec<Rules>,
    /// The layer of the attribute itself; `None` if a handler has no attribute of its
    /// own.
    pub(crate) own: Option<Rules>,
}

enum Argument {
    Clause(Clause),
    Adapter(Path, Span),
    Module {
        args: Args,
        inherited: bool,
    },
    Constants(Path),
    /// A key for what another key sets, which was reported.
    SetAlready,
}

/// The valid keys besides the settings.
const KEYWORDS: [&str; 6] = ["host", "off", "passthrough", "replace", "policy", "crate"];

/// The keyword with which `#[cors]` on a module passes its own arguments to a handler
/// or module in it. It is not for users.
pub(crate) const ON: &str = "__on";

/// The keyword that replaces [`ON`] on a handler without its own `#[cors]`.
pub(crate) const INHERIT: &str = "__inherit";

/// The keyword with which `#[cors]` on a module passes on where its constants are. It is
/// not for users.
pub(crate) const CONSTANTS: &str = "__constants";

impl Args {
    /// Parses the arguments of the attribute at `place`.
    pub(crate) fn parse(tokens: TokenStream, place: Span, report: &mut Report) -> Self {
        let mut rules = Rules::new(report.place(place));
        let mut adapter = None;
        let (mut modules, mut only_inherits) = (None, false);
        let (first, mut beside) = (report.constants(), None);
        let pieces = Piece::split(tokens);
        let is_only_piece = pieces.len() == 1;
        let mut keys = Keys::of(&pieces);
        for piece in pieces {
            let read = |input: &mut Input<'_, '_>| {
                input.is_only_piece = is_only_piece;
                argument(input, &mut keys)
            };
            match piece.read(report, read) {
                Ok(Argument::Clause(clause)) => rules.push(clause),
                Ok(Argument::Adapter(path, _)) if adapter.is_none() => adapter = Some(path),
                Ok(Argument::Adapter(_, key)) => {
                    let message = "`crate` is set twice, but only one value can apply";
                    report.error(Code::DUPLICATE_SETTING, key, message, "remove one of the two");
                }
                Ok(Argument::Module { args, inherited }) => {
                    modules = Some(args);
                    only_inherits = inherited;
                }
                Ok(Argument::Constants(path)) => beside = Some(path),
                Ok(Argument::SetAlready) => {}
                Err(_reported) => {}
            }
        }
        if let Some(path) = beside {
            report.rename_constants(first, |index| module_constants::of(&path, index));
        }
        let own = (!only_inherits).then_some(rules);
        match modules {
            None => Self { adapter, modules: Vec::new(), own },
            Some(Self { adapter: inherited, mut modules, own: module }) => {
                modules.extend(module);
                Self { adapter: adapter.or(inherited), modules, own }
            }
        }
    }

    /// The crate that the generated code uses.
    pub(crate) fn adapter_or_default(&self) -> Path {
        self.adapter.clone().unwrap_or_else(|| parse_quote!(::cors_actix))
    }
}

fn argument(input: &mut Input<'_, '_>, keys: &mut Keys) -> Result<Argument, Reported> {
    if !input.stream.peek(Ident::peek_any) {
        let help = without_a_name(input);
        return Err(input.error(Code::SYNTAX, "this is not a setting", help));
    }
    let source = input.place();
    let span = input.span();
    let word = input.word()?;
    let mut key = word.to_string();
    // `max-age`, as it is written in other languages.
    while input.stream.peek(Token![-]) && input.stream.peek2(Ident::peek_any) {
        input.take::<Token![-]>()?;
        key = format!("{key}-{}", input.word()?);
    }
    if !is_key(&key) || is_internal(&key) && is_written_by_user(&word) {
        key = match unknown(&key, (&source, span), input, keys)? {
            Recovered::Key(name) => name.to_owned(),
            Recovered::Clause(kind) => return Ok(Argument::Clause(Clause { kind, source })),
            Recovered::Nothing => return Ok(Argument::SetAlready),
        };
    }
    let kind = match key.as_str() {
        "off" => bare(input, "off").map(|()| ClauseKind::Off)?,
        "passthrough" => bare(input, "passthrough").map(|()| ClauseKind::Passthrough)?,
        "replace" => bare(input, "replace").map(|()| ClauseKind::Replace)?,
        "policy" => policy(input)?,
        "host" => {
            equals(input, "host", "write `host = \"t1.example.com\"`, or a list of hosts")?;
            ClauseKind::Host(list::hosts(input)?)
        }
        "crate" => return adapter(input).map(|path| Argument::Adapter(path, span)),
        ON | INHERIT => {
            let args = input.take::<Group>()?.stream();
            let args = Args::parse(args, span, input.report);
            return Ok(Argument::Module { args, inherited: key == INHERIT });
        }
        CONSTANTS => {
            let path = input.take::<Group>()?.stream();
            let path = syn::parse2(path).map_err(|error| unexpected(&error, input.report))?;
            return Ok(Argument::Constants(path));
        }
        _ => match Setting::from_name(&key).map(|setting| (setting, setting.kind())) {
            Some((setting, SettingKind::List)) => {
                let op = operator(input, setting)?;
                ClauseKind::List(setting, op, list::value(setting, input)?)
            }
            Some((setting, SettingKind::Flag)) => ClauseKind::Flag(setting, flag(input, setting)?),
            Some((setting, SettingKind::FlagOrOrigins)) => flag_or_origins(input, setting)?,
            _ => max_age(input)?,
        },
    };
    Ok(Argument::Clause(Clause { kind, source }))
}

fn is_key(word: &str) -> bool {
    Setting::from_name(word).is_some() || KEYWORDS.contains(&word) || is_internal(word)
}

/// Whether `#[cors]` on a module writes this keyword.
fn is_internal(word: &str) -> bool {
    [ON, INHERIT, CONSTANTS].contains(&word)
}

/// Whether the source has this word itself. What a module passes on has the span of the
/// attribute of the module.
fn is_written_by_user(word: &Ident) -> bool {
    // Without a compiler, as in tests of this crate, there is no text of the attribute.
    let is_compiling = Span::call_site().source_text().is_some_and(|text| !text.is_empty());
    is_compiling && word.span().source_text().is_some_and(|text| *word == text)
}

/// The help for a value without the name of its setting, such as `#[cors("*")]`.
fn without_a_name(input: &Input<'_, '_>) -> String {
    let written = Language::Attribute;
    let text = input.stream.fork().parse::<LitStr>().map(|text| text.value());
    let is_one = input.is_only_piece && input.stream.fork().parse::<LitStr>().is_ok();
    match text.as_deref() {
        Ok("*" | "any") if is_one => format!("write `{}`", written.any(Setting::Origins)),
        Ok(text) if is_one => match OriginPattern::parse(text) {
            Ok(_) => format!("write `{}`", written.list(Setting::Origins, [text])),
            Err(_) => "begin with the name of a setting, such as `origins`".to_owned(),
        },
        _ => "begin with the name of a setting; several elements are in brackets: \
              `origins = [\"https://app.example\", \"https://admin.example\"]`"
            .to_owned(),
    }
}

/// The replacement of an unknown key.
enum Recovered {
    Key(&'static str),
    Clause(ClauseKind),
    Nothing,
}

/// Reports an unknown key. If the intended key is clear, it is used instead, so that
/// its value is checked in the same compilation.
fn unknown(
    key: &str,
    (place, span): (&Source, Span),
    input: &mut Input<'_, '_>,
    keys: &mut Keys,
) -> Result<Recovered, Reported> {
    let problem = Problem::unknown_key(key, &KEYWORDS, place);
    let suggestion = suggest_key(key, &KEYWORDS);
    let name = match suggestion {
        Some(Suggestion::Key(name)) => Some(name),
        Some(Suggestion::Any(setting)) => Some(setting.name()),
        _ => None,
    };
    if let Some(name) = name {
        if let Some(problem) = keys.set_already(&problem, name, input) {
            input.report.push(problem);
            let rest = input.stream.parse::<TokenStream>();
            return rest.map(|_| Recovered::Nothing).map_err(|it| unexpected(&it, input.report));
        }
        keys.add(name, input, span);
    }
    match suggestion {
        Some(Suggestion::Key(name)) => {
            let any = Setting::from_name(name)
                .filter(|setting| setting.kind() == SettingKind::List && is_quoted_any(input));
            if let Some(setting) = any {
                let help = format!("did you mean `{}`?", Language::Attribute.any(setting));
                input.report.push(problem.with_help(help));
                input
                    .stream
                    .parse::<TokenStream>()
                    .map_err(|error| unexpected(&error, input.report))?;
                let any = ListValue::Any(place.clone());
                return Ok(Recovered::Clause(ClauseKind::List(setting, Op::Set, any)));
            }
            // The compiler cannot mark all of `max-age`, so the whole clause is written.
            let rest = input.stream.cursor().token_stream().to_string();
            input.report.push(match key.contains('-') && rest.starts_with('=') {
                true => problem.with_help(format!("did you mean `{name} {rest}`?")),
                false => problem,
            });
            Ok(Recovered::Key(name))
        }
        Some(Suggestion::Any(setting)) => {
            let is_set = |input: &mut Input<'_, '_>| {
                input.stream.is_empty() || {
                    let value = input.stream.parse::<Token![=]>();
                    value.and_then(|_| input.stream.parse::<LitBool>()).is_ok_and(|bool| bool.value)
                }
            };
            if is_set(input) {
                input.report.push(problem);
                let any = ListValue::Any(place.clone());
                return Ok(Recovered::Clause(ClauseKind::List(setting, Op::Set, any)));
            }
            Err(input.report.refuse(problem))
        }
        _ => Err(input.report.refuse(problem)),
    }
}

/// Whether the value is `= "*"` or `= ["*"]`.
fn is_quoted_any(input: &Input<'_, '_>) -> bool {
    let value = input.stream.fork();
    if value.parse::<Token![=]>().is_err() {
        return false;
    }
    let tokens = value.cursor().token_stream().to_string();
    matches!(tokens.replace(' ', "").as_str(), "\"*\"" | "[\"*\"]")
}

/// Parses `off` or `replace`, which take no value.
fn bare(input: &mut Input<'_, '_>, keyword: &str) -> Result<(), Reported> {
    if input.stream.is_empty() {
        return Ok(());
    }
    let message = format!("`{keyword}` takes no value");
    let help = format!("write `{keyword}` alone, or remove it");
    Err(input.error(Code::SYNTAX, message, help))
}

fn policy(input: &mut Input<'_, '_>) -> Result<ClauseKind, Reported> {
    let help = "write its name in quotes: `policy = \"partner\"`";
    equals(input, "policy", help)?;
    if !input.stream.peek(LitStr) {
        return Err(input.error(Code::WRONG_TYPE, "`policy` takes the name of a policy", help));
    }
    let source = input.place();
    Ok(ClauseKind::Policy(Element::plain(input.literal()?, source)))
}

fn adapter(input: &mut Input<'_, '_>) -> Result<Path, Reported> {
    let help = "write `crate = ::cors_actix`, or the path of its re-export";
    equals(input, "crate", help)?;
    let span = input.span();
    input
        .stream
        .call(Path::parse_mod_style)
        .map_err(|_| input.report.error(Code::WRONG_TYPE, span, "`crate` takes a path", help))
}

fn flag(input: &mut Input<'_, '_>, setting: Setting) -> Result<bool, Reported> {
    if input.stream.is_empty() {
        return Ok(true);
    }
    let [yes, no] = [true, false].map(|flag| Language::Attribute.flag(setting, flag));
    let help = format!("write `{yes}` or `{no}`");
    equals(input, setting.name(), &help)?;
    if !input.stream.peek(LitBool) {
        return Err(input.error(Code::WRONG_TYPE, setting.wrong_type(), help));
    }
    Ok(input.take::<LitBool>()?.value)
}

/// Parses `credentials`, `= true`, `= false`, or the operator and list of origins.
fn flag_or_origins(input: &mut Input<'_, '_>, setting: Setting) -> Result<ClauseKind, Reported> {
    if input.stream.is_empty() {
        return Ok(ClauseKind::Flag(setting, true));
    }
    let op = operator(input, setting)?;
    let [yes, no] = [true, false].map(|flag| Language::Attribute.flag(setting, flag));
    let help = format!("write `{yes}`, `{no}`, or the origins: `{}`", example(setting));
    let is_quoted_flag = |text: LitStr| matches!(text.value().as_str(), "true" | "false");
    if input.stream.fork().parse::<LitStr>().is_ok_and(is_quoted_flag) {
        return Err(input.error(Code::WRONG_TYPE, setting.wrong_type(), help));
    }
    if !input.stream.peek(LitBool) {
        return Ok(ClauseKind::List(setting, op, list::value(setting, input)?));
    }
    if op != Op::Set {
        let symbol = op.symbol();
        let message = format!("`{setting} {symbol}` takes a list of origins");
        return Err(input.error(Code::SYNTAX, message, help));
    }
    Ok(ClauseKind::Flag(setting, input.take::<LitBool>()?.value))
}

fn max_age(input: &mut Input<'_, '_>) -> Result<ClauseKind, Reported> {
    let written = Language::Attribute;
    let help =
        format!("write `{}`, or seconds: `{}`", written.max_age("10m"), written.seconds(600));
    let help = help.as_str();
    equals(input, "max_age", help)?;
    let source = input.place();
    let span = input.span();
    let negative = input.stream.peek(Token![-]);
    if negative {
        input.take::<Token![-]>()?;
    }
    let literal = if input.stream.peek(Lit) { Some(input.take::<Lit>()?) } else { None };
    let value = match literal {
        Some(Lit::Str(text)) if !negative => MaxAgeValue::Text(input.without_suffix(&text)?),
        Some(Lit::Int(seconds)) => MaxAgeValue::Seconds(whole_seconds(input, &seconds, negative)?),
        _ => {
            let message = Setting::MaxAge.wrong_type();
            return Err(input.report.error(Code::WRONG_TYPE, span, message, help));
        }
    };
    Ok(ClauseKind::MaxAge(value, source))
}

fn whole_seconds(
    input: &mut Input<'_, '_>,
    literal: &LitInt,
    negative: bool,
) -> Result<i64, Reported> {
    let suffix = literal.suffix();
    if !suffix.is_empty() {
        let message = format!("`max_age` cannot have the suffix `{suffix}`");
        let digits = literal.base10_digits();
        let help = match unit(suffix) {
            Some(unit) => {
                let age = Language::Attribute.max_age(&format!("{digits}{unit}"));
                format!("write `{age}` in quotes, or seconds as a number")
            }
            None => format!(
                "write `max_age = {digits}` for seconds, or a unit: `{}`",
                Language::Attribute.max_age("10m")
            ),
        };
        return Err(input.report.error(Code::WRONG_TYPE, literal.span(), message, help));
    }
    // A value that does not fit is replaced by the greatest one, which is rejected
    // later like everything over a day.
    let seconds = literal.base10_parse().unwrap_or(i64::MAX);
    Ok(if negative { -seconds } else { seconds })
}

/// The unit of a suffix such as `min`.
fn unit(suffix: &str) -> Option<char> {
    let unit = suffix.chars().next().filter(|unit| "smhd".contains(*unit))?;
    (suffix != "ms").then_some(unit)
}

/// Parses the operator of a list setting.
fn operator(input: &mut Input<'_, '_>, setting: Setting) -> Result<Op, Reported> {
    let help = format!("write `{}`", example(setting));
    if input.stream.is_empty() {
        return Err(input.error(Code::SYNTAX, format!("`{setting}` has no value"), help));
    }
    if input.stream.peek(Token![+=]) {
        input.take::<Token![+=]>().map(|_| Op::Add)
    } else if input.stream.peek(Token![-=]) {
        input.take::<Token![-=]>().map(|_| Op::Remove)
    } else if assigns(input) {
        input.take::<Token![=]>().map(|_| Op::Set)
    } else {
        let message = format!("`{setting}` must be followed by `=`, `+=` or `-=`");
        Err(input.error(Code::SYNTAX, message, help))
    }
}

/// Parses the `=` of a setting that is not a list.
fn equals(input: &mut Input<'_, '_>, key: &str, help: &str) -> Result<(), Reported> {
    if assigns(input) {
        return input.take::<Token![=]>().map(|_| ());
    }
    let message = if input.stream.peek(Token![+=]) || input.stream.peek(Token![-=]) {
        format!("`{key}` is not a list, so `+=` and `-=` do not apply to it")
    } else if input.stream.is_empty() {
        format!("`{key}` has no value")
    } else {
        format!("`{key}` must be followed by `=`")
    };
    Err(input.error(Code::SYNTAX, message, help))
}

fn assigns(input: &Input<'_, '_>) -> bool {
    let stream = input.stream;
    stream.peek(Token![=]) && !stream.peek(Token![==]) && !stream.peek(Token![=>])
}
