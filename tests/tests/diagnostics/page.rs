//! The page as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cors_core::Code;

use crate::example::{Example, Instead};

const HEAD: &str = "\
# Diagnostics

Every rule that a policy can break has a code. The same mistake has the same code and the same words whether the compiler finds it in
`#[cors(...)]`, the report about `cors.toml` shows it, or the server logs it when it starts.

Below, each code has an example, its report, and what to write instead. A test generates this page from the output of the compiler and of
the programs, and fails when the page differs.

";

pub(super) fn render(examples: &BTreeMap<&str, Example>) -> String {
    let mut page = HEAD.to_owned();
    for code in Code::ALL {
        // GitHub leaves the colons out of anchors.
        let _ = writeln!(page, "* [`{code}`](#{})", code.as_str().replace(':', ""));
    }
    for code in Code::ALL {
        let Example { code, language, mistake, output, instead } = &examples[code.as_str()];
        let (mistake, output) = (mistake.trim(), output.trim());
        let _ = write!(
            page,
            "\n## `{code}`\n\n{}\n\n```{language}\n{mistake}\n```\n\n```text\n{output}\n```\n\n",
            code.meaning(),
        );
        let _ = match instead {
            Instead::Code(text) => {
                write!(page, "Instead:\n\n```{language}\n{}\n```\n", text.trim())
            }
            Instead::Words(words) => writeln!(page, "Instead: {words}."),
        };
    }
    page
}
