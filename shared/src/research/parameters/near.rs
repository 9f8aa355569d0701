//! Which parameters are meant by a name that is none.

use super::all;

/// The most that are named.
const MOST: usize = 4;

/// The keys that a name which is none may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Near {
    /// Several end so.
    Several(Vec<&'static str>),
    /// These look like it; none where nothing does.
    Like(Vec<&'static str>),
}

impl Near {
    /// What to say of the name.
    pub fn said(&self, name: &str) -> String {
        match self {
            Self::Several(keys) => {
                format!("{name} is not one parameter: write {}", keys.join(" or "))
            }
            Self::Like(keys) if keys.is_empty() => format!(
                "there is no parameter {name}: write the name of a field, such as k_sigma_err"
            ),
            Self::Like(keys) => {
                format!(
                    "there is no parameter {name}; near it is {}",
                    keys.join(", ")
                )
            }
        }
    }
}

/// The keys that a name which is no parameter's comes near: those of several parameters that end so; else those that are a few
/// characters away, else those of which it is a part, else those that share words with it.
pub fn nearest(name: &str) -> Near {
    let ends = |key: &&str| {
        let before = key.strip_suffix(name);
        before.is_some_and(|before| before.ends_with('.'))
    };
    let keys = || all().map(|parameter| parameter.key);
    let several: Vec<&str> = keys().filter(|key| !name.is_empty() && ends(key)).collect();
    if several.len() > 1 {
        return Near::Several(several);
    }
    let last = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
    let far = |key| edits(name, key).min(edits(name, last(key)));
    let most = name.chars().count() / 4;
    let mut found: Vec<&str> = keys().filter(|key| far(key) <= most).collect();
    found.sort_by_key(|key| far(key));
    if found.is_empty() {
        let is_part = |key: &&str| key.split('.').any(|part| part == name);
        found = keys().filter(is_part).collect();
    }
    if found.is_empty() {
        let of = |text: &'static str| text.split(['.', '_']).filter(|word| word.len() > 1);
        let words: Vec<&str> = name
            .split(['.', '_'])
            .filter(|word| word.len() > 1)
            .collect();
        let shared = |key: &'static str| {
            words
                .iter()
                .filter(|word| of(key).any(|own| own == **word))
                .count()
        };
        found = keys().filter(|key| shared(key) > 0).collect();
        found.sort_by_key(|key| core::cmp::Reverse(shared(key)));
    }
    found.truncate(MOST);
    Near::Like(found)
}

/// How many characters have to be put in, left out or changed to make one text of another (Levenshtein 1966).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (number, own) in from.chars().enumerate() {
        let mut next = vec![number + 1];
        let mut left = number + 1;
        for ((above, diagonal), other) in row.iter().skip(1).zip(&row).zip(&to) {
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(own != *other));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!((edits(from, to), edits(to, from)), (count, count));
        }
    }

    #[test]
    fn no_name_of_a_few_is_far_away() {
        assert_eq!(nearest("levrage"), Near::Like(vec!["sizing.leverage"]));
        assert_eq!(nearest(""), Near::Like(Vec::new()));
        assert!(matches!(nearest("side"), Near::Several(keys) if keys.len() == 2));
        let Near::Like(keys) = nearest("prediction") else {
            panic!("several")
        };
        assert_eq!((keys.len(), keys[0]), (MOST, "prediction.source"));
    }
}
