//! Pastes a proposal into the value of an environment variable.

use cors_core::{Config, Problem, Rules, Source};

use super::proposals::Proposal;

/// The variables of a process.
pub(crate) type Variables = Vec<(String, String)>;

/// Everything that is wrong with the variables, on top of an empty file.
pub(crate) fn problems(variables: &Variables) -> Vec<Problem> {
    let config = Config::new(Rules::new(Source::file("cors.toml", 1, 1)));
    match config.overlay_env(variables.clone()).resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}

/// The variables with the proposal in the place of the problem.
pub(crate) fn paste(variables: &Variables, problem: &Problem, proposal: &Proposal) -> Variables {
    let place = problem.source().to_string();
    let name = place.strip_prefix("env ").unwrap_or(&place);
    let mut variables = variables.clone();
    let at = variables.iter().position(|(known, _)| known == name);
    if let Some((name, value)) =
        proposal.text.split_once('=').filter(|(name, _)| name.starts_with("CORS_"))
    {
        let same = variables.iter().position(|(known, _)| known == name);
        match same.or(at.filter(|_| !proposal.added)) {
            Some(at) => variables[at] = (name.to_owned(), value.to_owned()),
            None => variables.push((name.to_owned(), value.to_owned())),
        }
        return variables;
    }
    let at = at.unwrap_or_else(|| panic!("{name} in {variables:?}"));
    if proposal.text.starts_with("CORS_") {
        variables[at].0.clone_from(&proposal.text);
        return variables;
    }
    // The message quotes the element.
    let value = &variables[at].1;
    let quoted = problem.message().split('`').skip(1).step_by(2);
    let wrong = quoted
        .map(str::trim)
        .find(|it| !it.is_empty() && value.split(',').any(|e| e.trim() == *it));
    variables[at].1 = match wrong {
        Some(wrong) => {
            let elements =
                value.split(',').map(|it| if it.trim() == wrong { &proposal.text } else { it });
            elements.collect::<Vec<_>>().join(",")
        }
        None => proposal.text.clone(),
    };
    variables
}
