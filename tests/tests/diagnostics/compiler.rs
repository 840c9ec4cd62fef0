//! Examples from `ui/fail`: the source, and the report of the compiler about it.

use std::path::Path;

use crate::example::{Example, Instead, code, split};

/// The examples that show what to write instead; of one code, the one with the fewest mistakes
/// first, and of these one that is corrected in the attribute.
pub(super) fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|e| e == "rs")).collect();
    files.sort();
    let mut examples = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let output = std::fs::read_to_string(file.with_extension("stderr")).unwrap();
        let Some((instead, source)) = split(&source) else { continue };
        let codes: Vec<_> =
            output.split("[cors::").skip(1).filter_map(|rest| rest.split(']').next()).collect();
        for name in &codes {
            let example = Example {
                code: code(name),
                language: "rust",
                mistake: without_frame(source),
                output: output.clone(),
                instead: Instead::Code(instead.to_owned()),
            };
            examples.push((codes.len(), !instead.starts_with("#[cors"), example));
        }
    }
    examples.sort_by_key(|(mistakes, is_elsewhere, _)| (*mistakes, *is_elsewhere));
    examples.into_iter().map(|(.., example)| example).collect()
}

/// The item and its attributes: neither the imports nor an empty `main`.
fn without_frame(source: &str) -> String {
    let lines: Vec<_> = source
        .lines()
        .filter(|line| !line.starts_with("use ") && *line != "fn main() {}")
        .collect();
    lines.join("\n").trim().to_owned()
}
