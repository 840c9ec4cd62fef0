//! How regular expressions are read, of origins and of parameters in paths: what they are matched
//! with is ASCII.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

/// Parses an expression, to derive facts about it: without Unicode, and with it only where that
/// fails.
pub(crate) fn parse(source: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    let ascii = ParserBuilder::new().unicode(false).utf8(false).build().parse(source);
    ascii.or_else(|_| regex_syntax::parse(source)).map_err(Box::new)
}
