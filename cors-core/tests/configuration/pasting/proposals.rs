//! Finds in a help what it proposes to write.

/// What a help proposes to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// The text in backticks.
    pub(crate) text: String,
    /// Whether it is to be added, rather than written in the place of something.
    pub(crate) added: bool,
    /// Whether it is written without the quotes that are there.
    pub(crate) bare: bool,
}

/// What introduces something to write.
const BEFORE: [&str; 13] = [
    "write ",
    "did you mean ",
    "such as ",
    "as in ",
    "for example",
    "of its own:",
    "here:",
    "is allowed:",
    "add ",
    "seconds:",
    "origins:",
    "are used:",
    "set `danger",
];

/// What precedes a name that is only mentioned.
const MENTIONED: [&str; 17] = [
    "to", "which", "remove", "of", "a", "an", "in", "below", "by", "the", "beside", "with", "mean",
    "it", "from", "and", "than",
];

/// The proposals of a help, in their order.
pub(crate) fn proposals(help: &str) -> Vec<Proposal> {
    let mut found = Vec::new();
    for clause in help.split("; ") {
        let parts: Vec<_> = clause.split('`').collect();
        for at in (1..parts.len()).step_by(2) {
            let before = parts[..at].join("`");
            let last = parts[at - 1].trim_end();
            let word = last.rsplit(' ').next().unwrap_or_default();
            let is_example = ["as in", "for example with", "did you mean", "allow `null`, set"]
                .iter()
                .any(|it| last.ends_with(it));
            let is_mentioned = MENTIONED.contains(&word) && !is_example;
            // It is to be added to another list, which a sentence names.
            let is_elsewhere = parts.get(at + 1).is_some_and(|it| it.starts_with(" to "));
            if is_mentioned
                || is_elsewhere
                || !BEFORE.iter().any(|it| format!("{before} ").contains(it))
            {
                continue;
            }
            found.push(Proposal {
                text: parts[at].to_owned(),
                added: last.ends_with("add")
                    || last.ends_with("to allow `null`, set")
                    || before.contains("here:")
                    || before.contains("allowed:"),
                bare: clause.contains(" without quotes") || last.ends_with("seconds, as in"),
            });
        }
    }
    found
}
