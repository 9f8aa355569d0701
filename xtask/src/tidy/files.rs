//! Rules for every file: how long it may be, what may not be left in it.

use super::{
    Complaint,
    code::{Source, has_word},
};

/// Longer files hold more than one thing.
const MAX_LINES: usize = 600;

/// Marks of unfinished work, spelled so that this file does not complain about itself.
const MARKERS: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("HA", "CK"),
];

/// Complains about files that are too long or have markers of unfinished work.
pub(super) fn check(sources: &[Source]) -> Vec<Complaint> {
    sources
        .iter()
        .flat_map(|source| too_long(source).into_iter().chain(markers(source)))
        .collect()
}

fn too_long(source: &Source) -> Option<Complaint> {
    let lines = source.text.lines().count();
    (source.path.ends_with(".rs") && lines > MAX_LINES).then(|| Complaint {
        file: source.path.clone(),
        line: 0,
        what: format!("{lines} lines, more than {MAX_LINES}"),
        advice:
            "a file holds one thing, so that it can be read in one go: split it along its parts"
                .to_owned(),
    })
}

fn markers(source: &Source) -> impl Iterator<Item = Complaint> {
    source.text.lines().enumerate().flat_map(move |(index, line)| {
        MARKERS.iter().filter(move |marker| has_word(line, marker)).map(move |marker| Complaint {
            file: source.path.clone(),
            line: index + 1,
            what: format!("`{marker}`"),
            advice: "unfinished work is finished or written down as an issue, not left in the code".to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        check(&[Source::new(path.into(), text.into())])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_file_over_the_limit_is_named() {
        assert!(complaints("a.rs", &"\n".repeat(MAX_LINES)).is_empty());
        assert!(
            complaints("a.rs", &"\n".repeat(MAX_LINES + 1))
                .iter()
                .any(|text| text.starts_with("a.rs: 601 lines"))
        );
        assert!(
            complaints("a.css", &"\n".repeat(MAX_LINES + 1)).is_empty(),
            "only Rust is counted"
        );
    }

    #[test]
    fn each_marker_is_found_also_in_comments() {
        for marker in MARKERS {
            let found = complaints("a/b.css", &format!("a\n/* {marker}: later */"));
            assert!(
                found
                    .iter()
                    .any(|text| text.starts_with(&format!("a/b.css:2: `{marker}`"))),
                "{found:?}"
            );
            assert!(
                complaints("a.rs", &format!("let {marker}S = 1;")).is_empty(),
                "a part of a name is none"
            );
        }
    }
}
