//! A source file as the rules see it: its text, and the same text with comments, literals and tests blanked out, so that
//! line numbers stay and a word in a comment is not taken for code.

/// A source file.
#[derive(Debug)]
pub(super) struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    /// As it is on disk.
    pub text: String,
    /// The text with comments, strings, characters and `#[cfg(test)]` items replaced by blanks; empty if it is not Rust.
    pub code: String,
}

impl Source {
    pub(super) fn new(path: String, text: String) -> Self {
        let code = if path.ends_with(".rs") {
            without_tests(&without_literals(&text))
        } else {
            String::new()
        };
        Self { path, text, code }
    }

    /// (number, line) of the code, from 1.
    pub(super) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

/// Whether a character can be part of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `line` has `word` not as a part of a longer name.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let starts_in_name = word.starts_with(is_name);
    let ends_in_name = word.ends_with(is_name);
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line
            .get(start + word.len()..)
            .and_then(|text| text.chars().next());
        let continues = starts_in_name && before.is_some_and(is_name)
            || ends_in_name && after.is_some_and(is_name);
        !continues
    })
}

/// Blanks comments, strings and characters.
fn without_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = ' ';
    while let Some(first) = rest.chars().next() {
        let length = literal_length(rest, previous);
        let taken = if length > 0 { length } else { first.len_utf8() };
        let (head, tail) = rest.split_at(taken);
        if length > 0 {
            out.extend(head.chars().map(blank))
        } else {
            out.push(first)
        }
        previous = head.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    out
}

fn blank(c: char) -> char {
    if c == '\n' { c } else { ' ' }
}

/// The length in bytes of the comment, string or character that `rest` begins with; 0 if it begins with code.
fn literal_length(rest: &str, previous: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_length(rest);
    }
    if rest.starts_with('"') {
        return quoted_length(rest, '"');
    }
    if rest.starts_with('\'') {
        let mut after = rest.chars().skip(1);
        let (second, third) = (after.next(), after.next());
        // Otherwise it is a lifetime.
        return if second == Some('\\') || third == Some('\'') {
            quoted_length(rest, '\'')
        } else {
            0
        };
    }
    if !is_name(previous) {
        raw_string_length(rest)
    } else {
        0
    }
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut position = 0;
    while let Some(text) = rest.get(position..) {
        if text.is_empty() {
            break;
        } else if text.starts_with("/*") {
            depth += 1;
            position += 2;
        } else if text.starts_with("*/") {
            depth = depth.saturating_sub(1);
            position += 2;
            if depth == 0 {
                break;
            }
        } else {
            position += text.chars().next().map_or(1, char::len_utf8);
        }
    }
    position
}

/// A literal that ends with the first `quote` that no backslash precedes.
fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return index + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`, …; 0 for anything else.
fn raw_string_length(rest: &str) -> usize {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix)
            .is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    });
    let Some(prefix) = prefix else { return 0 };
    let hashes = rest
        .chars()
        .skip(prefix.len())
        .take_while(|c| *c == '#')
        .count();
    let body = prefix.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    match rest.get(body..).and_then(|text| text.find(&end)) {
        Some(position) => body + position + end.len(),
        None => rest.len(),
    }
}

/// Blanks each item under `#[cfg(test)]`, in text whose literals are blank already.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    if code.contains("#![cfg(test)]") {
        return code.chars().map(blank).collect();
    }
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let (before, item) = rest.split_at(start);
        let (item, after) = item.split_at(item_length(item));
        out.push_str(before);
        out.extend(item.chars().map(blank));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Up to the `;`, or the `}` of the first `{`, that ends an item.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (index, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return index + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return index + 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let source = Source::new("a.rs".into(), text.into());
        assert_eq!(
            source.code.lines().count(),
            text.lines().count(),
            "lines stay where they are"
        );
        source.code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        assert_eq!(code("a // HashMap\nb /* x /* y */ z */ c"), "a b c");
        assert_eq!(
            code(r#"f("std::fs \" // no", 'x', '\'', b"q")"#),
            "f( , , , b )"
        );
        assert_eq!(code("g(r\"\\\", r##\"a \"# b\"##) // end"), "g( , )");
        assert_eq!(
            code("fn f<'a>(x: &'a str) -> &'a str { x }"),
            "fn f<'a>(x: &'a str) -> &'a str { x }"
        );
        assert_eq!(code("for r in bar { }"), "for r in bar { }");
        assert_eq!(code("let s = \"two\nlines\"; t"), "let s = ; t");
        assert_eq!(code("an open \"string"), "an open");
    }

    #[test]
    fn items_for_tests_are_blanked() {
        assert_eq!(
            code("a\n#[cfg(test)]\nmod tests {\n fn f() { x() }\n}\nb"),
            "a b"
        );
        assert_eq!(code("#[cfg(test)]\nuse x::{y, z};\nb"), "; b");
        assert_eq!(code("#[cfg(test)]\nmod tests;\nb"), "b");
        assert_eq!(code("#![cfg(test)]\nb"), "");
    }

    #[test]
    fn a_word_is_not_a_part_of_a_name() {
        assert!(has_word("use a::HashMap;", "HashMap"));
        assert!(!has_word("use a::FxHashMapLike;", "HashMap"));
        assert!(!has_word("eprintln!()", "println!"));
        assert!(has_word("x.powi(2)", ".powi("));
        assert!(has_word("f64::max(a, b)", "f64::max"));
        assert!(!has_word("f64::max_of(a, b)", "f64::max"));
    }
}
