//! The page, and the code blocks on it.

use std::sync::LazyLock;

pub(crate) const PAGE: &str = include_str!("../../../../docs/migrating.md");

/// One fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The line before the fence that opens it, for messages.
    pub(crate) line: usize,
    /// `toml`, `rust` and so on.
    pub(crate) info: &'static str,
    pub(crate) text: String,
}

/// All blocks, in order.
pub(crate) static BLOCKS: LazyLock<Vec<Block>> = LazyLock::new(|| blocks(PAGE));

/// The first TOML block below a heading.
pub(crate) fn toml_after(heading: &str) -> Block {
    let block = blocks(section(heading)).into_iter().find(|block| block.info == "toml");
    block.unwrap_or_else(|| panic!("no TOML below {heading}"))
}

/// From one heading to the next of its level or above.
pub(crate) fn section(heading: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n{heading}\n")).expect(heading);
    let level = heading.split(' ').next().unwrap_or_default().len();
    let ends = (2..=level).filter_map(|level| rest.find(&format!("\n{} ", "#".repeat(level))));
    &rest[..ends.min().unwrap_or(rest.len())]
}

pub(crate) fn blocks(section: &'static str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (line, text) in section.lines().enumerate() {
        match (text.strip_prefix("```"), open) {
            (Some(info), false) => blocks.push(Block { line, info, text: String::new() }),
            (None, true) => {
                let block = blocks.last_mut().expect("a fence has opened it");
                block.text.push_str(text);
                block.text.push('\n');
            }
            (Some(_), true) | (None, false) => {}
        }
        open ^= text.starts_with("```");
    }
    assert!(!open, "a block is not closed");
    blocks
}

/// The rows of a table in a section, cell by cell, without its head.
pub(crate) fn rows(section: &'static str) -> Vec<Vec<&'static str>> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(1).map(|row| row.split(" | ").map(str::trim).collect()).collect()
}
