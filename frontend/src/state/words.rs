//! What the server says of a trouble names the flags of the command line. Here stands where the same is said on the page.

/// A remedy on the command line, and the same on the page. The longer ones come first.
const REMEDIES: [(&str, &str); 41] = [
    (
        "import the bars with --basis splits or splits_and_dividends (and --replace, if they are stored already)",
        "import the bars with “Adjusted for splits” or the like under “Prices are” (and “Replace it”, if they are stored already)",
    ),
    (
        "use --accept to adjust them all the same",
        "say below that it is right, to adjust them all the same",
    ),
    (
        "with --basis raw, if they are that",
        "with “Raw” under “Prices are”, if they are that",
    ),
    (
        "change the instrument (`atrium instrument set`), or use --replace",
        "or choose “Replace it”",
    ),
    (
        "state it: --basis raw, splits or splits_and_dividends",
        "say it under “Prices are”",
    ),
    (
        "give others (--closures FILE) or take them away (--no-closures) with `atrium instrument set` or `atrium import`",
        "give others or take them away under “Closures”",
    ),
    (
        "state the same --basis if that was wrong",
        "say the same under “Prices are” if that was wrong",
    ),
    (
        "use --replace to have only these",
        "choose “Replace it” to have only these",
    ),
    (
        "take the file's prices as they are (--accept)",
        "take the file's prices as they are",
    ),
    (
        "have only these (--replace)",
        "have only these (“Replace it”)",
    ),
    (
        "add --replace to replace it",
        "choose “Replace it” to have only these",
    ),
    (
        "(`atrium import` with --replace, or `atrium demo` for the demo)",
        "(import its file with “Replace it”)",
    ),
    (
        "import it with `atrium import`",
        "import it on the command line: `cargo atrium import`",
    ),
    (
        "run `atrium import` on a file of bars, or `atrium demo` for simulated ones",
        "drop a file of bars on this page",
    ),
    (
        "use another folder (--base-dir)",
        "start the server on another folder",
    ),
    (
        "the stated --basis says otherwise",
        "what is said under “Prices are” says otherwise",
    ),
    ("the stated --basis", "what is said under “Prices are”"),
    (
        "state --basis",
        "say under “Prices are” what they are adjusted for",
    ),
    (
        "(`atrium factors import` with --replace)",
        "(under “Splits and dividends”, instead of those that are known)",
    ),
    (
        "(`atrium factors import`)",
        "(under “Splits and dividends”)",
    ),
    ("`atrium factors import`", "“Splits and dividends”"),
    ("(`atrium instrument set`)", "(“Edit…”)"),
    ("`atrium instrument set`", "“Edit…”"),
    ("(`atrium import` with --replace)", "(“Replace it”)"),
    ("use --replace", "choose “Replace it”"),
    ("--replace", "“Replace it”"),
    ("--basis", "“Prices are”"),
    (" (--symbol)", ""),
    ("--symbol", "the symbol"),
    ("--closures", "“Closures”"),
    (
        "take them at these times with --accept",
        "take them at these times",
    ),
    (
        "take these beside them with --accept",
        "take these beside them",
    ),
    ("take these, too, with --accept", "take these, too"),
    (" (--interval)", " under “How the file is read”"),
    (" (--time-zone)", " under “How the file is read”"),
    (" (--labels start)", " under “How the file is read”"),
    (" (--labels end)", " under “How the file is read”"),
    (" (--labels)", " under “How the file is read”"),
    (" (--accept)", ""),
    ("and run this again", "and try again"),
    ("--accept", "“Take the file's prices as they are”"),
];

/// A message as the page says it.
pub(crate) fn of_page(message: &str) -> String {
    let say = |message: String, (flag, words): &(&str, &str)| message.replace(flag, words);
    REMEDIES.iter().fold(message.to_owned(), say)
}

#[cfg(test)]
mod tests {
    use super::of_page;

    #[test]
    fn remedies_are_those_of_the_page() {
        let said = of_page(
            "SPY-1min: 2 of the 3 bars differ: these correct those stored; take the file's prices as they are (--accept) if they correct those stored, import the actions that explain it (`atrium factors import`), or have only these (--replace); nothing was changed",
        );
        assert_eq!(
            said,
            "SPY-1min: 2 of the 3 bars differ: these correct those stored; take the file's prices as they are if they correct those stored, import the actions that explain it (under “Splits and dividends”), or have only these (“Replace it”); nothing was changed"
        );
        for (message, words) in [
            (
                "no bar that both have tells; state --basis, or use --replace to have only these",
                "no bar that both have tells; say under “Prices are” what they are adjusted for, or choose “Replace it” to have only these",
            ),
            (
                "use another symbol, or --replace",
                "use another symbol, or “Replace it”",
            ),
            ("the disk is full", "the disk is full"),
        ] {
            assert_eq!(of_page(message), words);
        }
    }

    #[test]
    fn no_refusal_of_the_store_names_a_flag() {
        let refusals = [
            include_str!("../../../backend/src/store/error.rs"),
            include_str!("../../../backend/src/store/whose.rs"),
            include_str!("../../../backend/src/import/error.rs"),
            include_str!("../../../shared/src/market/curate/merge.rs"),
        ];
        let lines = refusals.iter().flat_map(|text| text.lines());
        let is_said = |line: &&str| line.contains('"') && !line.trim().starts_with("//");
        let named = |line: &str| {
            let flag = line.split("--").skip(1);
            let flag = flag.filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
            flag.count() + line.matches("`atrium").count()
        };
        let mut seen = 0;
        for line in lines.filter(is_said).filter(|line| named(line) > 0) {
            seen += 1;
            let said = of_page(line);
            assert_eq!(named(&said), 0, "{said}");
        }
        assert!(seen > 10, "only {seen} messages name a flag");
    }
}
