//! Rows of several symbols in one file, told by a column that names them.

use super::columns::plain;
use super::row::{Cell, Row};

/// What a column of symbols is called: lower case, letters and digits only.
const NAMES: [&str; 9] = [
    "symbol",
    "ticker",
    "sym",
    "instrument",
    "security",
    "pair",
    "asset",
    "market",
    "product",
];
/// Those of them that hold nothing else, so that the only value of one says what a file is of.
const PLAIN: [&str; 5] = ["symbol", "ticker", "sym", "instrument", "pair"];
/// So many symbols are told apart; a column with more names something else.
const MOST: usize = 1_000;

/// Where no column names the symbol: under the names, or above them.
const HEADING: &str = "the lines with the names of the columns";

/// Whether what is called so are symbols.
pub(super) fn names_symbols(name: &str) -> bool {
    NAMES.contains(&plain(name).as_str())
}

/// What bars are stored under whose symbol is written like this, as `X:BTCUSD` or `BTC/USD`: its letters and digits, in capitals, with
/// a dash for what else parts them; `None` where that is no symbol.
fn symbol_of(text: &str) -> Option<String> {
    const LONGEST: usize = 32;
    let own = text.rsplit(':').next().unwrap_or(text).trim();
    let as_stored = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase()),
        '.' | '_' => Some(c),
        '-' | '/' | ' ' => Some('-'),
        _ => None,
    };
    let symbol: Option<String> = own.chars().map(as_stored).collect();
    symbol.filter(|symbol| {
        let is_word = symbol.chars().any(|c| c.is_ascii_alphabetic());
        is_word
            && symbol.len() <= LONGEST
            && symbol.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// The symbols of a file.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    column: Option<usize>,
    /// Whether what is named is surely a symbol.
    is_plain: bool,
    /// In the order of their first rows, with how many there are.
    seen: Vec<(String, u64)>,
    /// Where the last row's stands.
    last: usize,
}

impl Symbols {
    /// Looks for the column among those that are not taken for numbers or times; `heading` is the symbol of all columns.
    pub(super) fn of(
        columns: &[String],
        heading: Option<String>,
        is_taken: impl Fn(usize) -> bool,
    ) -> Self {
        let named = columns.iter().enumerate();
        let column = named
            .filter(|(index, name)| !is_taken(*index) && names_symbols(name))
            .map(|(index, _)| index)
            .next();
        // without one, what is said of all columns
        let heading = heading.filter(|_| column.is_none());
        let name = column.and_then(|index| columns.get(index));
        Self {
            column,
            is_plain: name.is_none_or(|name| PLAIN.contains(&plain(name).as_str())),
            seen: heading.map(|symbol| (symbol, 0)).into_iter().collect(),
            ..Self::default()
        }
    }

    /// The only one, as it would be stored.
    pub(super) fn only(&self) -> Option<String> {
        let [(only, _)] = self.seen.as_slice() else {
            return None;
        };
        symbol_of(only).filter(|_| self.is_plain)
    }

    /// Takes what a row says.
    pub(super) fn take(&mut self, row: &Row<'_>) {
        let Some(column) = self.column else {
            return;
        };
        let Cell::Text(text) = row.cell(column) else {
            return;
        };
        if let Some((last, rows)) = self.seen.get_mut(self.last)
            && last.as_bytes() == text
        {
            *rows += 1;
            return;
        }
        let known = self
            .seen
            .iter()
            .position(|(symbol, _)| symbol.as_bytes() == text);
        self.last = known.unwrap_or(self.seen.len());
        match self.seen.get_mut(self.last) {
            Some((_, rows)) => *rows += 1,
            None => self.seen.push((super::delimited::shown(text), 1)),
        }
        if self.seen.len() > MOST {
            *self = Self::default();
        }
    }

    /// The symbols, where there are several.
    pub(super) fn several(&self) -> Option<&[(String, u64)]> {
        (self.seen.len() > 1).then_some(self.seen.as_slice())
    }

    /// The column and the symbol whose rows are wanted, if exactly one is.
    pub(super) fn wanted(&self, symbol: &str) -> Option<(usize, String)> {
        let mut of = self.seen.iter().filter(|(seen, _)| is_of(seen, symbol));
        let (_, None) = (of.next()?, of.next()) else {
            return None;
        };
        Some((self.column?, symbol.to_owned()))
    }

    /// The only symbol that a column of symbols names, with what names it, where that is not the one wanted.
    pub(super) fn other(&self, wanted: &str, columns: &[String]) -> Option<(String, &str)> {
        let [(only, _)] = self.seen.as_slice() else {
            return None;
        };
        let of = |text: &str| letters(text).into_iter().collect::<String>();
        let (named, wanted) = (of(only), of(wanted));
        // with the exchange before or after it, as AAPL.US
        let is_other = !named.contains(&wanted) && !wanted.contains(&named);
        let is_word = named.chars().any(char::is_alphabetic);
        let column = self.column.and_then(|index| columns.get(index));
        let by = column.map_or_else(|| HEADING.to_owned(), |name| format!("the column {name}"));
        (is_other && is_word).then_some((by, only.as_str()))
    }

    /// What to do, where it is open whose rows are wanted.
    pub(super) fn in_words(&self, columns: &[String]) -> String {
        const SHOWN: usize = 10;
        let some = self.seen.iter().take(SHOWN);
        let some = some.map(|(symbol, rows)| format!("{symbol} ({rows})"));
        let some = some.collect::<Vec<_>>().join(", ");
        let more = match self.seen.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let column = self.column.and_then(|index| columns.get(index));
        format!(
            "the rows are of {} symbols by the column {}: {some}{more}; give the symbol whose rows are to be read, as it is written there",
            self.seen.len(),
            column.map(String::as_str).unwrap_or_default()
        )
    }
}

/// Whether a value names a symbol: the same letters and digits, capitals or not.
pub(super) fn is_of(value: &str, symbol: &str) -> bool {
    value == symbol || letters(value) == letters(symbol)
}

fn letters(text: &str) -> Vec<char> {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use crate::market::calendar::Calendar;
    use crate::market::intake::{Detection, Feed, Limits, Reading, Scout};

    /// What is said of a file whose rows are all of one symbol by a column.
    fn said(file: &str, named: &str, wanted: &str) -> Detection {
        let mut text = "Symbol,time,open,high,low,close,volume\n".to_owned();
        for minute in 0..30 {
            text += &format!("{named},2024-03-26T14:{minute:02}:00Z,1,2,1,2,5\n");
        }
        let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        let mut scout = scout.with_symbol(wanted);
        scout.open(file).unwrap();
        scout.push(text.as_bytes()).unwrap();
        scout.close().unwrap();
        scout.finish().unwrap().detection().clone()
    }

    #[test]
    fn a_file_of_one_symbol_is_not_taken_for_that_of_another() {
        // the name of the file says another one
        let refusal = said("MSFT.csv", "AAPL", "MSFT").refusal.unwrap();
        assert!(refusal.contains("give AAPL as the symbol"), "{refusal}");
        // which is given all the same: a share that was renamed
        let found = said("data.csv", "FB", "META");
        assert_eq!(found.refusal, None);
        assert!(
            found
                .warnings
                .iter()
                .any(|it| it.contains("all rows are of FB"))
        );
        // the same symbol, however it is written, and a number that is none
        for (named, wanted) in [
            ("AAPL", "AAPL"),
            ("AAPL.US", "AAPL"),
            ("btc/usd", "BTC-USD"),
            ("X:BTCUSD", "BTCUSD"),
            ("1042", "AAPL"),
        ] {
            let found = said(&format!("{wanted}.csv"), named, wanted);
            assert_eq!(found.refusal, None, "{named}");
            let is_said = found
                .warnings
                .iter()
                .any(|it| it.contains("all rows are of"));
            assert!(!is_said, "{named}: {:?}", found.warnings);
        }
    }
}
