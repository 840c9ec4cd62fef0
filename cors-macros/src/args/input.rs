//! Parsing tokens piece by piece, so that a mistake in one piece does not hide those in
//! others.

use cors_core::{Code, Source};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, LitStr};

use crate::report::{Report, Reported};

/// The tokens between two commas.
pub(crate) struct Piece {
    tokens: TokenStream,
    /// The last token, or the comma if there is no token before it.
    last: Span,
}

impl Piece {
    /// Splits at commas outside of brackets and of the pipes of a closure; a trailing
    /// comma is allowed.
    pub(crate) fn split(tokens: TokenStream) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut piece = TokenStream::new();
        let mut last = Span::call_site();
        let mut between_pipes = false;
        for token in without_invisible_groups(tokens) {
            if matches!(&token, TokenTree::Punct(pipe) if pipe.as_char() == '|') {
                between_pipes = !between_pipes;
            }
            match token {
                TokenTree::Punct(comma) if comma.as_char() == ',' && !between_pipes => {
                    let last = if piece.is_empty() { comma.span() } else { last };
                    pieces.push(Self { tokens: std::mem::take(&mut piece), last });
                }
                token => {
                    last = token.span();
                    piece.extend([token]);
                }
            }
        }
        if !piece.is_empty() {
            pieces.push(Self { tokens: piece, last });
        }
        pieces
    }

    pub(crate) const fn tokens(&self) -> &TokenStream {
        &self.tokens
    }

    /// Parses the whole piece. Tokens that `read` does not consume are reported.
    pub(crate) fn read<T>(
        self,
        report: &mut Report,
        read: impl FnOnce(&mut Input<'_, '_>) -> Result<T, Reported>,
    ) -> Result<T, Reported> {
        let Self { tokens, last } = self;
        if tokens.is_empty() {
            let message = "there is no setting or element before this comma";
            return Err(report.error(Code::SYNTAX, last, message, "remove the comma"));
        }
        let parser = |stream: ParseStream<'_>| {
            let mut input = Input { stream, last, report: &mut *report, is_only_piece: false };
            let result = read(&mut input).and_then(|value| input.end().map(|()| value));
            stream.parse::<TokenStream>()?;
            Ok(result)
        };
        parser.parse2(tokens).unwrap_or_else(|error| Err(unexpected(&error, report)))
    }
}

/// The tokens without the groups that the compiler puts around a fragment of a `macro_rules!`
/// macro: `$origins:expr` may stand for a list in brackets.
fn without_invisible_groups(tokens: TokenStream) -> TokenStream {
    let visible = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            without_invisible_groups(group.stream())
        }
        token => token.into(),
    };
    tokens.into_iter().map(visible).collect()
}

/// A piece that is being parsed.
pub(crate) struct Input<'s, 'r> {
    pub(crate) stream: ParseStream<'s>,
    pub(crate) report: &'r mut Report,
    last: Span,
    /// Whether there is no other piece beside this one.
    pub(crate) is_only_piece: bool,
}

impl Input<'_, '_> {
    /// Parses text in quotes.
    pub(crate) fn literal(&mut self) -> Result<String, Reported> {
        let text = self.take::<LitStr>()?;
        self.without_suffix(&text)
    }

    /// The text of a literal; reports `"https://app.example"x`.
    pub(crate) fn without_suffix(&mut self, text: &LitStr) -> Result<String, Reported> {
        if text.suffix().is_empty() {
            return Ok(text.value());
        }
        let message = format!("text has no suffix such as `{}`", text.suffix());
        let help = format!("write `{:?}`, and separate what follows with a comma", text.value());
        Err(self.report.error(Code::SYNTAX, text.span(), message, help))
    }

    /// The span of the next token, or of the last one at the end.
    pub(crate) fn span(&self) -> Span {
        if self.stream.is_empty() { self.last } else { self.stream.span() }
    }

    /// Assigns a place to the next token.
    pub(crate) fn place(&mut self) -> Source {
        let span = self.span();
        self.report.place(span)
    }

    /// Reports a mistake at the next token.
    pub(crate) fn error(
        &mut self,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Reported {
        let span = self.span();
        self.report.error(code, span, message, help)
    }

    /// Parses the token that was peeked at.
    pub(crate) fn take<T: Parse>(&mut self) -> Result<T, Reported> {
        self.stream.parse().map_err(|error| unexpected(&error, self.report))
    }

    /// Parses an identifier, which may be a Rust keyword.
    pub(crate) fn word(&mut self) -> Result<Ident, Reported> {
        self.stream.call(Ident::parse_any).map_err(|error| unexpected(&error, self.report))
    }

    /// The remaining text, as it is written: `content-type`.
    pub(crate) fn text(&self) -> String {
        let tokens = self.stream.cursor().token_stream().to_string();
        tokens.replace(" - ", "-").replace(" . ", ".")
    }

    fn end(&mut self) -> Result<(), Reported> {
        if self.stream.is_empty() {
            return Ok(());
        }
        let (message, help) = match self.stream.cursor().token_tree() {
            Some((TokenTree::Punct(mark), _)) if mark.as_char() == ';' => {
                ("settings and elements are separated by commas, not semicolons", "write `,`")
            }
            Some((TokenTree::Punct(_), _)) => NOT_COMPUTED,
            Some((TokenTree::Group(group), _)) if group.delimiter() == Delimiter::Parenthesis => {
                NOT_COMPUTED
            }
            _ => (
                "a comma is missing before this",
                "separate settings, and the elements of a list, with commas",
            ),
        };
        Err(self.error(Code::SYNTAX, message, help))
    }
}

const NOT_COMPUTED: (&str, &str) = (
    "only literals and constants are allowed here: the attribute is read at compile time",
    "write the value itself, or for an element of a list the name of a constant",
);

/// Reports an error of `syn`.
pub(crate) fn unexpected(error: &syn::Error, report: &mut Report) -> Reported {
    let help = "see the syntax in the documentation of `#[cors]`";
    report.error(Code::SYNTAX, error.span(), error.to_string(), help)
}
