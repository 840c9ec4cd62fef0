//! The keys of one attribute, to find that a setting is there under two names.
//!
//! A key that another library uses is read as the setting that was meant. Beside that
//! setting it is one mistake, and not also the same setting twice.

use cors_core::{Language, Op, Problem, Setting, SettingKind};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::Lit;

use super::input::{Input, Piece};

/// The keys of one attribute.
pub(super) struct Keys(Vec<Key>);

struct Key {
    name: String,
    op: Op,
    span: Span,
}

impl Keys {
    /// The keys as they are written.
    pub(super) fn of(pieces: &[Piece]) -> Self {
        let key = |piece: &Piece| {
            let mut tokens = piece.tokens().clone().into_iter();
            match tokens.next()? {
                TokenTree::Ident(name) => Some(Key {
                    name: name.to_string(),
                    op: operator(&tokens.collect()),
                    span: name.span(),
                }),
                _ => None,
            }
        };
        Self(pieces.iter().filter_map(key).collect())
    }

    /// Adds an unknown key that is read as `name`; its value is about to be parsed.
    pub(super) fn add(&mut self, name: &str, input: &Input<'_, '_>, span: Span) {
        let op = operator(&input.stream.cursor().token_stream());
        self.0.push(Key { name: name.to_owned(), op, span });
    }

    /// The `problem` of an unknown key that means `name`, if that is a key as well; the value
    /// is about to be parsed.
    pub(super) fn set_already(
        &self,
        problem: &Problem,
        name: &str,
        input: &mut Input<'_, '_>,
    ) -> Option<Problem> {
        let value = input.stream.cursor().token_stream();
        let op = operator(&value);
        // One `+=` and one `-=` can be combined.
        let are_edits = |other: Op| op != Op::Set && other != Op::Set && op != other;
        let other = self.0.iter().find(|key| key.name == name && !are_edits(key.op))?;
        let other = input.report.place(other.span);
        let help = match Setting::from_name(name).and_then(|setting| elements(setting, value)) {
            Some(more) => format!("remove it; what may be missing in `{name}` is `{more}`"),
            None => format!("remove it: `{name}` is set already"),
        };
        let problem = problem.clone().with_help(help);
        Some(problem.with_note_at(format!("`{name}` is set here"), &other))
    }
}

/// The operator that a clause begins with, after its key.
fn operator(rest: &TokenStream) -> Op {
    match rest.clone().into_iter().next() {
        Some(TokenTree::Punct(mark)) if mark.as_char() == '+' => Op::Add,
        Some(TokenTree::Punct(mark)) if mark.as_char() == '-' => Op::Remove,
        _ => Op::Set,
    }
}

/// The texts of a list, as elements of a setting; `None` if there is anything else.
fn elements(setting: Setting, value: TokenStream) -> Option<String> {
    if setting.kind() != SettingKind::List {
        return None;
    }
    let mut texts = Vec::new();
    collect(value, &mut texts)?;
    let elements: Vec<_> =
        texts.iter().map(|text| Language::Attribute.element(setting, text)).collect();
    (!elements.is_empty()).then(|| elements.join(", "))
}

fn collect(value: TokenStream, texts: &mut Vec<String>) -> Option<()> {
    for token in value {
        match token {
            TokenTree::Group(list) if list.delimiter() == Delimiter::Bracket => {
                collect(list.stream(), texts)?;
            }
            TokenTree::Literal(literal) => match Lit::new(literal) {
                Lit::Str(text) if text.value() != "*" => texts.push(text.value()),
                _ => return None,
            },
            TokenTree::Punct(mark) if matches!(mark.as_char(), '=' | '+' | '-' | ',') => {}
            _ => return None,
        }
    }
    Some(())
}
