//! Whose bars the files hold, by their columns and by their names.

use super::*;
use crate::market::intake::guess::{may_be_symbol, symbol_of};
use crate::market::intake::guess_instrument;

/// What the names of files tell, each with the first file of it.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Symbols.
    told: Vec<(String, String)>,
    /// Words in lower case that may be symbols.
    words: Vec<(String, String)>,
}

impl Names {
    /// Whether the name of any file says a symbol, or may.
    pub(super) fn tells(&self, symbol: &str) -> bool {
        let Self { told, words } = self;
        let mut all = told.iter().chain(words);
        all.any(|(name, _)| is_same(name, symbol))
    }
}

impl Scout {
    /// The only symbol that the files name so far, as bars of it would be stored; `None` where they name none.
    ///
    /// # Errors
    /// Where they name several: which, and what to do, in words.
    pub fn symbol(&self) -> Result<Option<String>, String> {
        let Work { symbols, first, .. } = &self.work;
        let columns = first.as_ref().map(|head| head.columns.as_slice());
        match symbols.several() {
            Some(_) => Err(symbols.in_words(columns.unwrap_or_default())),
            None => Ok(symbols.only()),
        }
    }
}

impl Work {
    /// The column of symbols and the one whose rows are read, where there are several; `is_one` says that no time comes twice.
    pub(super) fn choose_symbol(
        &self,
        columns: &[String],
        is_one: bool,
        detection: &mut Detection,
    ) -> Option<(usize, String)> {
        let Some(several) = self.symbols.several() else {
            self.check_symbol(columns, detection);
            self.check_names(detection);
            if self.symbol.as_deref().unwrap_or_default().is_empty() {
                detection.symbol = self.symbols.only();
            }
            return None;
        };
        detection.symbols = several.to_vec();
        // the name of one of several files is not that of all
        let is_told = self.is_symbol_given || self.named.told.len() < 2;
        let wanted = self.symbol.as_deref().filter(|_| is_told);
        let wanted = wanted.and_then(|symbol| self.symbols.wanted(symbol));
        match &wanted {
            Some((column, symbol)) => detection.warnings.push(format!(
                "only the rows of {symbol} are read: the column {} names {} symbols",
                columns.get(*column).map(String::as_str).unwrap_or_default(),
                several.len()
            )),
            None if is_one && self.is_symbol_given && self.symbols.may_be_others() => {
                let all = self.symbols.all_read(columns);
                detection.warnings.push(all);
                detection.symbols.clear();
            }
            None => detection.refusal = Some(self.symbols.in_words(columns)),
        }
        wanted
    }

    /// Where a column names another symbol in all rows than the one that is wanted: asks, if that is only the name of the file,
    /// else says so.
    fn check_symbol(&self, columns: &[String], detection: &mut Detection) {
        let wanted = self.symbol.as_deref();
        let other = wanted.and_then(|wanted| Some((wanted, self.symbols.other(wanted, columns)?)));
        let Some((wanted, (by, named))) = other else {
            return;
        };
        let guessed = self.files.first().and_then(|file| guess_instrument(file));
        if !self.is_symbol_given && guessed.is_some_and(|guessed| guessed.symbol == wanted) {
            detection.refusal = Some(format!(
                "all rows are of {named} by {by}, but the file's name says {wanted}: give the symbol (--symbol), {named} if they are of that, or {wanted} if they are of it all the same"
            ));
        } else {
            detection.warnings.push(format!(
                "all rows are of {named} by {by}, and are taken as those of {wanted}, as given"
            ));
        }
    }

    /// Takes the symbol that the name of a file tells.
    pub(super) fn see_name(&mut self, head: &FileHead) {
        const MOST: usize = 100;
        // a market of LEAN's was chosen before
        if head.lean.is_some() {
            return;
        }
        let told = symbol_of(&head.path);
        let word = may_be_symbol(&head.path).filter(|_| told.is_none());
        let Names {
            told: symbols,
            words,
        } = &mut self.named;
        for (name, known) in [(told, symbols), (word.map(str::to_owned), words)] {
            let is_new = |name: &String| known.iter().all(|(other, _)| !is_same(other, name));
            if let Some(name) = name.filter(is_new)
                && known.len() < MOST
            {
                known.push((name, head.path.clone()));
            }
        }
    }

    /// Where names in lower case may be of several symbols: says which, for they are as often something else.
    fn note_words(&self, detection: &mut Detection) {
        let Names { told, words } = &self.named;
        let Some((one, file)) = told.iter().chain(words).next() else {
            return;
        };
        let mut others = words.iter();
        if let Some((two, other)) = others.find(|(two, _)| !is_same(one, two)) {
            detection.warnings.push(format!(
                "{file} and {other} are read as of one symbol: if {one} and {two} are two, import the files of one at a time"
            ));
        }
    }

    /// Where no column names the symbol and names of files, those in a zip among them, tell several: asks, unless another symbol was
    /// given than any of theirs.
    fn check_names(&self, detection: &mut Detection) {
        if self.symbols.only().is_some() || detection.refusal.is_some() {
            return;
        }
        let [(one, file), (two, other), ..] = self.named.told.as_slice() else {
            return self.note_words(detection);
        };
        let wanted = self.symbol.as_deref().unwrap_or_default();
        let is_one = self
            .named
            .told
            .iter()
            .any(|(symbol, _)| is_same(symbol, wanted));
        if self.is_symbol_given && !is_one {
            detection.warnings.push(format!(
                "{file} says {one} and {other} {two} by their names: all are read as {wanted}, as given"
            ));
        } else {
            detection.refusal = Some(format!(
                "{file} is of {one} by its name and {other} of {two}: import the files of one symbol at a time; if all are of one, give its symbol, where it is none of these (--symbol), or give the files names that do not say otherwise"
            ));
        }
    }
}

/// Whether symbols are the same, however they are written: `EURUSD` and `EUR-USD`.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let letters = |symbol: &str| {
        let letters = symbol.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_uppercase()
    };
    letters(one) == letters(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::calendar::Calendar;

    /// What is said of files with the same columns and other days, read as those of a symbol that a person gave or not.
    fn said(files: &[&str], column: &str, (wanted, is_given): (&str, bool)) -> Detection {
        let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        let mut scout = scout.with_symbol(wanted, is_given);
        for (day, file) in (1..).zip(files) {
            scout.open(file).unwrap();
            let mut text = format!("{column}time,open,high,low,close,volume\n");
            // each file is of its own symbol by the column of tickers, and all of one by that of symbols
            let symbol = match column {
                "" => String::new(),
                "ticker," => format!("{},", &file[file.len() - 8..file.len() - 4]),
                _ => "AAPL,".to_owned(),
            };
            for minute in 0..30 {
                text += &format!("{symbol}2024-03-{day:02}T14:{minute:02}:00Z,1,2,1,2,5\n");
            }
            scout.push(text.as_bytes()).unwrap();
            scout.close().unwrap();
        }
        scout.finish().unwrap().detection().clone()
    }

    #[test]
    fn files_that_tell_several_symbols_by_their_names_are_not_one_data_set() {
        let two = ["all.zip/AAPL.csv", "all.zip/MSFT.csv"];
        for (wanted, is_given) in [("", false), ("AAPL", false), ("AAPL", true), ("msft", true)] {
            let refusal = said(&two, "", (wanted, is_given)).refusal.unwrap();
            let words = "all.zip/AAPL.csv is of AAPL by its name and all.zip/MSFT.csv of MSFT";
            assert!(refusal.starts_with(words), "{refusal}");
        }
        let coins = [
            "BTCUSDT-1m-2024-01.csv",
            "BTCUSDT-1m-2024-02.csv",
            "ETHUSDT-1m.csv",
        ];
        let refusal = said(&coins, "", ("BTCUSDT", false)).refusal.unwrap();
        assert!(refusal.contains("ETHUSDT-1m.csv of ETHUSDT"), "{refusal}");
        for (files, words) in [
            (
                ["qqq.us.txt", "spy.us.txt"],
                "qqq.us.txt is of QQQ by its name and spy.us.txt of SPY",
            ),
            (["spy_us_d.csv", "qqq_us_d.csv"], "spy_us_d.csv is of SPY"),
            (["brk-a.us.txt", "brk-b.us.txt"], "brk-a.us.txt is of BRK-A"),
            (["bmw.de.txt", "sap.de.txt"], "bmw.de.txt is of BMW"),
            (["SPY.csv", "qqq.us.csv"], "SPY.csv is of SPY"),
        ] {
            for (wanted, is_given) in [
                ("SPY", true),
                ("SPY", false),
                ("BMW", true),
                ("BRK-B", true),
            ] {
                let found = said(&files, "", (wanted, is_given));
                let is_one = files
                    .iter()
                    .any(|file| symbol_of(file).as_deref() == Some(wanted));
                let refusal = found.refusal.filter(|_| is_one || !is_given);
                let refused = refusal.is_some_and(|it| it.starts_with(words));
                assert_eq!(refused, is_one || !is_given, "{files:?} {wanted}");
            }
        }
        // what a person gave, where it is neither
        let found = said(&two, "", ("SPX", true));
        let is_note = |it: &String| it.ends_with("all are read as SPX, as given");
        assert!(found.refusal.is_none() && found.warnings.iter().any(is_note));
        // a column says it
        assert_eq!(said(&two, "symbol,", ("AAPL", true)).refusal, None);
        // that of the first file's name is no choice among those of a column
        let found = said(&two, "ticker,", ("AAPL", false));
        assert!(found.refusal.is_some_and(|it| it.contains("MSFT")));
        assert_eq!(said(&two, "ticker,", ("AAPL", true)).refusal, None);
    }

    #[test]
    fn words_that_may_be_symbols_are_told_and_no_question() {
        for (files, one, two) in [
            (["qqq.csv", "spy.csv"], "qqq", "spy"),
            (["SPY_1min.csv", "qqq_1min.csv"], "SPY", "qqq"),
            (["spy_2023.csv", "iwm_2024.csv"], "spy", "iwm"),
        ] {
            let found = said(&files, "", ("SPY", true));
            assert_eq!(found.refusal, None, "{files:?}");
            let names = format!("{} and {} are read as of one", files[0], files[1]);
            let [note] = found.warnings.as_slice() else {
                panic!("{:?}", found.warnings)
            };
            assert!(note.starts_with(&names), "{note}");
            assert!(
                note.contains(&format!("if {one} and {two} are two")),
                "{note}"
            );
            assert_eq!(
                said(&files, "symbol,", ("AAPL", true)).warnings,
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn names_that_tell_one_symbol_or_none_are_no_question() {
        for files in [
            &["AAPL_2023.csv", "AAPL_2024.csv"][..],
            &["2023-01.csv", "2023-02.csv", "AAPL.csv"],
            &["AAPL.csv", "README.csv", "daily.csv"],
            &["EURUSD_M1.csv", "DAT_ASCII_EURUSD_M1_2024.csv"],
            &["BRK-B_2023.csv", "BRK.B_2024.csv"],
            &["EURUSD_2023.csv", "EUR-USD_2024.csv"],
            &["data.csv", "more.csv"],
            &["january.csv", "february.csv"],
            &["jan.csv", "feb.csv"],
            &["part1.csv", "part2.csv"],
            &["bars_2023.csv", "bars_2024.csv"],
            &["train.csv", "test.csv"],
            &["aapl.us.txt", "AAPL.csv"],
            &["aapl_2023.csv", "aapl_2024.csv"],
            &["data.us.csv", "prices.us.csv"],
        ] {
            for is_given in [false, true] {
                let found = said(files, "", ("AAPL", is_given));
                assert_eq!(found.refusal, None, "{files:?}");
                assert_eq!(found.warnings, Vec::<String>::new(), "{files:?}");
            }
        }
    }
}
