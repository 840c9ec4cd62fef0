//! Finding the known name that a misspelt one is most similar to.

/// The known name that is most similar to `unknown`, if one is similar enough.
///
/// ```
/// let known = ["partners", "internal"];
/// assert_eq!(cors_core::nearest("parnters", known), Some("partners"));
/// assert_eq!(cors_core::nearest("x", known), None);
/// ```
pub fn nearest<'c>(unknown: &str, known: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = unknown.chars().count();
    let is_near = |distance: usize, candidate: &str| distance * 3 <= candidate.len().max(3);
    known
        .into_iter()
        // Comparing takes time proportional to the product of both lengths. The
        // distance is at least the difference of the lengths, so most names can be
        // skipped.
        .filter(|candidate| is_near(length.abs_diff(candidate.chars().count()), candidate))
        .map(|candidate| (strsim::damerau_levenshtein(unknown, candidate), candidate))
        .filter(|(distance, candidate)| is_near(*distance, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The known word that `word` is a misspelling or a prefix of.
pub(crate) fn meant_word<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_ascii_lowercase();
    let begun = || known.iter().copied().find(|known| word.len() > 2 && known.starts_with(&word));
    nearest(&word, known.iter().copied()).or_else(begun)
}
