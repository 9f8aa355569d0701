//! What `shared` must not call: anything that sees the outside world, and anything that may give other bits on another
//! machine. clippy checks the same by type where it can (`shared/clippy.toml`); this also sees what clippy cannot name.

use super::{
    Complaint,
    code::{Source, has_word},
};

struct Rule {
    words: &'static [&'static str],
    advice: &'static str,
}

const RULES: [Rule; 9] = [
    Rule {
        words: &["std::time", "SystemTime", "Instant"],
        advice: "the core has no clock: take the time as an argument (spans: core::time::Duration)",
    },
    Rule {
        words: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::io",
        ],
        advice: "the core cannot see the outside world: take the bytes or the value as an argument",
    },
    Rule {
        words: &["println!", "print!", "eprintln!", "eprint!", "dbg!"],
        advice: "the core prints nothing: return the value or an error that carries it",
    },
    Rule {
        words: &["HashMap", "HashSet"],
        advice: "iteration order differs from run to run and can reach the output: use BTreeMap, BTreeSet or a sorted Vec",
    },
    Rule {
        words: &[
            "thread_rng",
            "rand::rng",
            "from_entropy",
            "from_os_rng",
            "getrandom",
        ],
        advice: "a run must be repeatable: take a seed as an argument",
    },
    Rule {
        words: &["static mut", "thread_local!"],
        advice: "the core has no global state: pass it as an argument",
    },
    Rule {
        words: &[
            ".exp()",
            ".exp2()",
            ".exp_m1()",
            ".ln()",
            ".ln_1p()",
            ".log(",
            ".log2()",
            ".log10()",
            ".sin()",
            ".cos()",
            ".tan()",
            ".asin()",
            ".acos()",
            ".atan()",
            ".atan2(",
            ".sin_cos()",
            ".sinh()",
            ".cosh()",
            ".tanh()",
            ".cbrt()",
            ".hypot(",
            ".powf(",
            "f64::exp",
            "f64::ln",
            "f64::powf",
            "f64::sin",
            "f64::cos",
            "f64::tan",
            "f64::tanh",
            "f64::log2",
            "f64::log10",
            "f32::exp",
            "f32::ln",
            "f32::powf",
            "f32::tanh",
        ],
        advice: "the system's function differs between machines in the last bits: use the one of libm",
    },
    Rule {
        words: &[
            ".powi(",
            ".mul_add(",
            "f64::powi",
            "f64::mul_add",
            "f32::powi",
            "f32::mul_add",
        ],
        advice: "its precision is not specified or it rounds once instead of twice: write the multiplications out",
    },
    Rule {
        words: &["f64::max", "f64::min", "f32::max", "f32::min"],
        advice: "it swallows NaN: compare with `if a < b` or total_cmp",
    },
];

/// Complains about each forbidden word in the code of `shared`.
pub(super) fn check(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with("shared/src/"))
    {
        for (line, text) in source.code_lines() {
            for rule in &RULES {
                let found = rule.words.iter().filter(|word| has_word(text, word));
                complaints.extend(found.map(|word| Complaint {
                    file: source.path.clone(),
                    line,
                    what: format!("`{word}` in the core"),
                    advice: rule.advice.to_owned(),
                }));
            }
        }
    }
    complaints
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
    fn each_word_is_found() {
        for word in RULES.iter().flat_map(|rule| rule.words) {
            // As it would stand in code: an open call is closed, a method has a receiver.
            let call = if word.ends_with('(') {
                format!("x{word}y)")
            } else {
                format!(" {word} ")
            };
            let text = format!("fn f() {{\n    {call}\n}}\n");
            let found = complaints("shared/src/base/units.rs", &text);
            let expected = format!("shared/src/base/units.rs:2: `{word}` in the core");
            assert!(
                found
                    .iter()
                    .any(|complaint| complaint.starts_with(&expected)),
                "{word}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_allowed_is_let_be() {
        let text = "// no HashMap, no x.exp()\nfn f() { libm::exp(x).sqrt().max_by(g); assert!(true, \"println!\") }\n\
                    use core::time::Duration;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert!(complaints("shared/src/base/units.rs", text).is_empty());
        assert!(
            complaints("backend/src/main.rs", "use std::fs;").is_empty(),
            "only the core is checked"
        );
    }
}
