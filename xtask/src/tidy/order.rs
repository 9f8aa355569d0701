//! The order of `shared`: a wing imports only from wings above it in `src/lib.rs`, a room only from rooms above it in its
//! wing's `mod.rs`. The order of the `mod` lines is the law; nothing else writes it down.

use super::{
    Complaint,
    code::{Source, is_name},
};

const ROOT: &str = "shared/src/";

/// A wing: its name and its rooms, in order.
struct Wing<'a> {
    name: &'a str,
    rooms: Vec<&'a str>,
}

/// Complains about each path that points down, and about each wing without a word on what it is for.
pub(super) fn check(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let find = |path: String| sources.iter().find(|source| source.path == path);
    let Some(library) = find(format!("{ROOT}lib.rs")) else {
        return vec![complaint(
            ROOT,
            0,
            "there is no lib.rs",
            "it lists the wings in order",
        )];
    };
    let mut wings = Vec::new();
    for name in declared_modules(&library.code) {
        match find(format!("{ROOT}{name}/mod.rs")) {
            Some(wing) => {
                if !wing.text.trim_start().starts_with("//!") {
                    let advice = "a wing begins with a `//!` paragraph: what it is for and what it never does";
                    complaints.push(complaint(&wing.path, 1, "no paragraph on the wing", advice));
                }
                wings.push(Wing {
                    name,
                    rooms: declared_modules(&wing.code),
                });
            }
            None => {
                let what = format!("the wing `{name}` has no folder with a mod.rs");
                complaints.push(complaint(
                    &library.path,
                    0,
                    &what,
                    "a wing is a folder; its rooms are the modules in it",
                ));
            }
        }
    }
    for source in sources {
        if let Some(module) = module_of(&source.path) {
            complaints.extend(check_file(source, &module, &wings));
        }
    }
    complaints
}

/// The module path of a file of `shared`, without `crate`; `None` for other files and for lib.rs, which may name anything.
fn module_of(path: &str) -> Option<Vec<&str>> {
    let below = path.strip_prefix(ROOT)?.strip_suffix(".rs")?;
    let mut module: Vec<&str> = below.split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    (module != ["lib"]).then_some(module)
}

fn check_file(source: &Source, module: &[&str], wings: &[Wing<'_>]) -> Vec<Complaint> {
    let own = module
        .first()
        .and_then(|name| wings.iter().position(|wing| wing.name == *name));
    let Some((own, wing)) = own.and_then(|index| Some((index, wings.get(index)?))) else {
        let advice = "every file of the core belongs to a wing: declare it in lib.rs, at its place in the order";
        return vec![complaint(
            &source.path,
            0,
            "in no wing that lib.rs declares",
            advice,
        )];
    };
    let room = module.get(1).copied();
    let place = room.and_then(|room| wing.rooms.iter().position(|name| *name == room));
    if let (Some(room), None) = (room, place) {
        let what = format!("the room `{room}` is not declared in {}/mod.rs", wing.name);
        return vec![complaint(
            &source.path,
            0,
            &what,
            "declare it there, at its place in the order, or delete it",
        )];
    }
    let mut complaints = Vec::new();
    for (line, path) in paths(&source.code, module) {
        let written = format!("`crate::{}`", path.join("::"));
        let Some(target) = path
            .first()
            .and_then(|name| wings.iter().position(|wing| wing.name == name))
        else {
            let advice = "the crate root hides which wing something is from: name the wing";
            complaints.push(complaint(
                &source.path,
                line,
                &format!("{written} names no wing"),
                advice,
            ));
            continue;
        };
        if target > own {
            let what = format!(
                "{written}: `{}` stands below `{}`",
                path.join("::"),
                wing.name
            );
            let advice = "a wing imports only from wings above it in lib.rs: move what both need up, or pass it as an argument";
            complaints.push(complaint(&source.path, line, &what, advice));
        } else if let (true, Some(place)) = (target == own, place) {
            let room = path.get(1);
            let target = room.and_then(|room| wing.rooms.iter().position(|name| name == room));
            let advice = match target {
                Some(target) if target <= place => continue,
                Some(_) => {
                    "a room imports only from rooms above it in mod.rs: move what both need up, or change the order"
                }
                None => "a wing's own mod.rs stands below its rooms: name the room that it is from",
            };
            let what = format!(
                "{written} points down from the room `{}`",
                module.get(1).unwrap_or(&"")
            );
            complaints.push(complaint(&source.path, line, &what, advice));
        }
    }
    complaints
}

fn complaint(file: &str, line: usize, what: &str, advice: &str) -> Complaint {
    Complaint {
        file: file.to_owned(),
        line,
        what: what.to_owned(),
        advice: advice.to_owned(),
    }
}

/// A word or a sign of the code; `::` is one sign.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    line: usize,
    text: &'a str,
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if is_name(first) {
            rest.find(|c| !is_name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (text, after) = rest.split_at(length);
        match first {
            '\n' => line += 1,
            first if first.is_whitespace() => {}
            _ => tokens.push(Token { line, text }),
        }
        rest = after;
    }
    tokens
}

/// Names in `mod name;` outside braces, in order.
fn declared_modules(code: &str) -> Vec<&str> {
    let tokens = tokens(code);
    let mut depth = 0_usize;
    let mut names = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let next = |offset: usize| tokens.get(index + offset).map_or("", |token| token.text);
        match token.text {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "mod" if depth == 0 && next(2) == ";" => names.push(next(1)),
            _ => {}
        }
    }
    names
}

/// Every path that begins with `crate`, `super` or `self`, resolved from the file's module, with its line.
fn paths(code: &str, module: &[&str]) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(code);
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
    let mut found = Vec::new();
    // One entry for each open brace: the name of the inline module that it opened.
    let mut braces: Vec<Option<&str>> = Vec::new();
    let mut in_tree_until = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => {
                let is_module = index >= 2 && text(index - 2) == "mod";
                braces.push(is_module.then(|| text(index - 1)));
            }
            "}" => drop(braces.pop()),
            "crate" | "super" | "self" if index >= in_tree_until && text(index + 1) == "::" => {
                let before = if index > 0 { text(index - 1) } else { "" };
                if before == "::" || before == "$" || before == "in" {
                    continue;
                }
                let mut base: Vec<&str> = module.to_vec();
                base.extend(braces.iter().flatten());
                let mut leaves = Vec::new();
                in_tree_until = read_tree(&tokens, index, &[], &mut leaves);
                found.extend(
                    leaves
                        .into_iter()
                        .map(|(line, path)| (line, resolve(&base, &path))),
                );
            }
            _ => {}
        }
    }
    found
}

/// Reads `a::b::{c, d::*}` from `index` on into one path for each leaf; returns the index after it.
fn read_tree<'a>(
    tokens: &[Token<'a>],
    mut index: usize,
    prefix: &[&'a str],
    leaves: &mut Vec<(usize, Vec<&'a str>)>,
) -> usize {
    let mut path = prefix.to_vec();
    let line = tokens.get(index).map_or(0, |token| token.line);
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
    loop {
        match text(index) {
            "{" => {
                index += 1;
                while !matches!(text(index), "}" | "") {
                    if text(index) == "," {
                        index += 1;
                        continue;
                    }
                    let after = read_tree(tokens, index, &path, leaves);
                    // `c as d` and what else may follow a leaf.
                    index = skip_to_comma(tokens, after.max(index + 1));
                }
                return index + 1;
            }
            name if name.starts_with(is_name) => {
                path.push(name);
                index += 1;
            }
            // `*`, or the `<` of a turbofish.
            _ => break,
        }
        if text(index) != "::" {
            break;
        }
        index += 1;
    }
    leaves.push((line, path));
    index
}

fn skip_to_comma(tokens: &[Token<'_>], mut index: usize) -> usize {
    while tokens
        .get(index)
        .is_some_and(|token| !matches!(token.text, "," | "}"))
    {
        index += 1;
    }
    index
}

/// The path from the crate's root.
fn resolve(base: &[&str], path: &[&str]) -> Vec<String> {
    let mut resolved: Vec<String> = match path.first() {
        Some(&"crate") => Vec::new(),
        _ => base.iter().map(ToString::to_string).collect(),
    };
    for segment in path {
        match *segment {
            "crate" | "self" => {}
            "super" => drop(resolved.pop()),
            name => resolved.push(name.to_owned()),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small core: `base` (units, time) above `market` (bars, curate), with `text` as the file `path`.
    fn complaints(path: &str, text: &str) -> Vec<String> {
        let house = [
            ("shared/src/lib.rs", "pub mod base;\npub mod market;\n"),
            (
                "shared/src/base/mod.rs",
                "//! Units and time.\npub mod units;\nmod time;\n",
            ),
            (
                "shared/src/market/mod.rs",
                "//! Bars.\npub mod bars;\npub mod curate;\npub use bars::Bar;\n",
            ),
            ("shared/src/base/units.rs", ""),
            ("shared/src/base/time.rs", ""),
            ("shared/src/market/bars.rs", ""),
            ("shared/src/market/curate/mod.rs", "mod clean;"),
            ("shared/src/market/curate/clean.rs", ""),
        ];
        let others = house.into_iter().filter(|(other, _)| *other != path);
        let all = others
            .chain([(path, text)])
            .map(|(path, text)| Source::new(path.into(), text.into()));
        check(&all.collect::<Vec<_>>())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn assert_complains(path: &str, text: &str, part: &str) {
        let found = complaints(path, text);
        assert!(
            found.len() == 1 && found.iter().any(|text| text.contains(part)),
            "{path}: {text}\n{found:?}"
        );
    }

    #[test]
    fn the_small_core_is_in_order() {
        assert_eq!(complaints("shared/src/base/units.rs", ""), [""; 0]);
    }

    #[test]
    fn a_wing_cannot_import_from_below() {
        let file = "shared/src/base/units.rs";
        assert_complains(
            file,
            "\nuse crate::market::bars::Bar;",
            "units.rs:2: `crate::market::bars::Bar`",
        );
        assert_complains(
            file,
            "use crate::{base::units::A, market::B};",
            "`crate::market::B`",
        );
        assert_complains(file, "use super::super::market::B;", "`crate::market::B`");
        assert_complains(
            file,
            "fn f(b: crate::market::Bar) {}",
            "`market::Bar` stands below `base`",
        );
        assert_complains(
            file,
            "mod inner { use super::super::super::market::B; }",
            "`crate::market::B`",
        );
        assert_complains(
            "shared/src/base/mod.rs",
            "//! A.\npub mod units;\nmod time;\nuse crate::market::B;",
            "mod.rs:4",
        );
    }

    #[test]
    fn a_room_cannot_import_from_below() {
        assert_complains(
            "shared/src/base/units.rs",
            "use super::time::Timestamp;",
            "points down from the room `units`",
        );
        assert_complains(
            "shared/src/base/units.rs",
            "use crate::base::{time::T as U, units::A};",
            "`crate::base::time::T`",
        );
        assert_complains(
            "shared/src/market/bars.rs",
            "use crate::market::curate;",
            "rooms above it",
        );
        assert_complains(
            "shared/src/market/bars.rs",
            "use super::Thing;",
            "name the room",
        );
        assert_complains(
            "shared/src/market/bars.rs",
            "use super::*;",
            "name the room",
        );
        assert_complains(
            "shared/src/market/curate/clean.rs",
            "use crate::market::Bar;",
            "name the room",
        );
    }

    #[test]
    fn what_points_up_or_inward_is_let_be() {
        for (file, text) in [
            (
                "shared/src/market/bars.rs",
                "use crate::base::{units::*, Price};\nuse crate::base::*;",
            ),
            (
                "shared/src/market/curate/clean.rs",
                "use super::super::bars::Bar; use super::rules; use self::x::Y;",
            ),
            (
                "shared/src/market/curate/mod.rs",
                "use super::bars::Bar; use self::clean::clean; mod clean;",
            ),
            (
                "shared/src/base/units.rs",
                "mod inner { use super::Price; } // use crate::market::Bar",
            ),
            (
                "shared/src/base/units.rs",
                "pub(crate) struct A; pub(in crate::base) fn f(&self) { self.x() }",
            ),
            (
                "shared/src/base/units.rs",
                "#[cfg(test)]\nmod tests { use crate::market::Bar; }",
            ),
            ("backend/src/lib.rs", "use crate::anything;"),
        ] {
            assert_eq!(complaints(file, text), [""; 0], "{file}: {text}");
        }
    }

    #[test]
    fn everything_has_its_place() {
        assert_complains(
            "shared/src/base/lost.rs",
            "",
            "`lost` is not declared in base/mod.rs",
        );
        assert_complains("shared/src/attic/mod.rs", "//! A.", "in no wing");
        assert_complains(
            "shared/src/base/units.rs",
            "use crate::Error;",
            "names no wing",
        );
        assert_complains(
            "shared/src/market/mod.rs",
            "pub mod bars;\npub mod curate;",
            "no paragraph on the wing",
        );
        assert!(
            complaints("shared/src/lib.rs", "mod base;\nmod market;\nmod gone;")
                .iter()
                .any(|text| text.contains("`gone`"))
        );
    }
}
