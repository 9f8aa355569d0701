//! Rows of several symbols in one file, told by a column that names them.

use std::collections::BTreeMap;

use super::columns::plain;
use super::of_symbol;
use super::row::{Cell, Row};
use crate::market::instrument::SecurityType;

/// What a column of symbols is called: lower case, letters and digits only.
/// The first ones hold nothing else.
const NAMES: [&str; 21] = [
    "symbol",
    "ticker",
    "sym",
    "pair",
    "instrument",
    "tickersymbol",
    "stocksymbol",
    "actsymbol",
    "tic",
    "scrip",
    "security",
    "asset",
    "market",
    "product",
    "code",
    "stockcode",
    "stock",
    "coin",
    "name",
    "company",
    "index",
];
/// So many of them do.
const OF_TICKERS: usize = 10;
/// So many of them hold what is traded, whatever it is called there, the others tickers or something else of a bar,
const OF_TRADED: usize = 14;
/// and up to so many also numbers of so many digits that are symbols: fewer number kinds of rows.
const OF_CODES: usize = 16;
const DIGITS: usize = 4;
/// What such columns say of bars that are of one symbol.
const OF_BARS: [&str; 34] = [
    "AFTER", "AM", "ASK", "BEAR", "BID", "BULL", "BUY", "CLOSE", "CLOSED", "DAY", "DOWN", "ETH",
    "EXTENDED", "FRI", "INTRADAY", "LONG", "MID", "MON", "NIGHT", "OPEN", "PM", "POST", "PRE",
    "REG", "REGULAR", "RTH", "SAT", "SELL", "SHORT", "SUN", "THU", "TUE", "WED", "XTH",
];
/// So many symbols are told apart; a column with more names something else.
const MOST: usize = 20_000;
/// Longer texts are no symbols.
const LONGEST: usize = 200;
/// What a column that may hold something else calls a symbol stands in so many rows at least, on average: numbers of rows do not.
const REPEATED: u64 = 2;

/// Where no column names the symbol: under the names, or above them.
const HEADING: &str = "the lines with the names of the columns";

/// What sources write before a symbol and a colon: the market, or the class of what is traded. After it they write a country
/// (`AAPL:US`) or a currency, so that any other word there leaves it open.
const MARKETS: [&str; 34] = [
    "AMEX", "ARCA", "ASX", "BATS", "BINANCE", "BITFINEX", "BITSTAMP", "BYBIT", "C", "CBOE", "CBOT",
    "CME", "COINBASE", "COMEX", "CRYPTO", "EURONEXT", "FOREXCOM", "FX", "FX_IDC", "GEMINI", "HKEX",
    "INDEX", "KRAKEN", "LSE", "NASDAQ", "NYMEX", "NYSE", "NYSEARCA", "OANDA", "OKX", "TSX", "TVC",
    "X", "XETR",
];

/// What bars are stored under whose symbol is written like this, as `X:BTCUSD`, `BTC/USD` or `^GSPC`: its letters and digits, in
/// capitals, with a dash for what else parts them; `None` where that is no symbol, or could be of two.
fn symbol_of(text: &str) -> Option<String> {
    const LONGEST: usize = 32;
    let text = text.trim();
    let own = match text.split_once(':') {
        // a contract that is settled in something else than what is traded for it is another one
        Some((pair, _)) if pair.contains('/') => text,
        Some((market, own)) => MARKETS
            .contains(&market.trim().to_ascii_uppercase().as_str())
            .then(|| own.trim())
            .filter(|own| !own.contains(':'))
            // a letter may be a share as well, and a country follow it
            .filter(|own| {
                market.len() > 1 || of_symbol(own).security_type != SecurityType::Stock
            })?,
        None => text,
    };
    let own = own.strip_prefix(['^', '$']).unwrap_or(own);
    let own = own.strip_suffix("=X").unwrap_or(own);
    let as_stored = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase()),
        '.' | '_' => Some(c),
        '-' | '/' | ' ' | ':' | '=' => Some('-'),
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
    /// Whether it holds nothing else, by its name, so that its only value says what a file is of.
    is_of_tickers: bool,
    /// Whether it holds what is traded, and whether its numbers may be symbols, by its name.
    is_of_traded: bool,
    has_codes: bool,
    /// In the order of their first rows, with how many there are.
    seen: Vec<(String, u64)>,
    /// Where each stands, as it is written.
    places: BTreeMap<Vec<u8>, usize>,
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
        let place = |name: &String| NAMES.iter().position(|known| *known == plain(name));
        let named = columns.iter().enumerate();
        let named = named.filter(|(index, _)| !is_taken(*index));
        let named = named.filter_map(|(index, name)| Some((place(name)?, index)));
        let column = named.min();
        // without one, what is said of all columns
        let heading = heading.filter(|_| column.is_none());
        Self {
            column: column.map(|(_, index)| index),
            is_of_tickers: column.is_none_or(|(place, _)| place < OF_TICKERS),
            is_of_traded: column.is_none_or(|(place, _)| place < OF_TRADED),
            has_codes: column.is_none_or(|(place, _)| place < OF_CODES),
            seen: heading.map(|symbol| (symbol, 0)).into_iter().collect(),
            ..Self::default()
        }
    }

    /// The only one, as it would be stored.
    pub(super) fn only(&self) -> Option<String> {
        let [(only, _)] = self.seen.as_slice() else {
            return None;
        };
        symbol_of(only).filter(|_| self.is_of_tickers)
    }

    /// Takes what a row says.
    pub(super) fn take(&mut self, row: &Row<'_>) {
        let Some(column) = self.column else {
            return;
        };
        let Cell::Text(text) = row.cell(column) else {
            return;
        };
        if text.len() > LONGEST {
            *self = Self::default();
            return;
        }
        if let Some((last, rows)) = self.seen.get_mut(self.last)
            && last.as_bytes() == text
        {
            *rows += 1;
            return;
        }
        self.last = match self.places.get(text) {
            Some(known) => *known,
            None => {
                self.places.insert(text.to_vec(), self.seen.len());
                self.seen.push((super::delimited::shown(text), 0));
                self.seen.len() - 1
            }
        };
        if let Some((_, rows)) = self.seen.get_mut(self.last) {
            *rows += 1;
        }
        if self.seen.len() > MOST {
            *self = Self::default();
        }
    }

    /// The symbols, where there are several.
    pub(super) fn several(&self) -> Option<&[(String, u64)]> {
        (self.seen.len() > 1 && self.are_symbols()).then_some(self.seen.as_slice())
    }

    /// Whether what was seen are symbols: where the name of the column leaves that open, words that come again and again, and
    /// look like tickers, or codes.
    fn are_symbols(&self) -> bool {
        let seen = || self.seen.iter().map(|(symbol, _)| symbol.as_str());
        let rows: u64 = self.seen.iter().map(|(_, rows)| rows).sum();
        let is_code = |symbol: &str| {
            let is_number = symbol.chars().all(|c| c.is_ascii_digit());
            self.has_codes && is_number && symbol.len() >= DIGITS
        };
        let is_of_bars = |symbol: &str| {
            symbol.len() < 2 && !self.is_of_traded
                || OF_BARS.iter().any(|of| of.eq_ignore_ascii_case(symbol))
        };
        let are_tickers = || seen().all(|it| is_ticker(it) || is_code(it));
        let is_repeated = rows >= REPEATED * self.seen.len() as u64;
        self.is_of_tickers
            || is_repeated && !seen().all(is_of_bars) && (self.is_of_traded || are_tickers())
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
        let is_other = self.is_of_tickers && is_ticker(only) && !are_one(only, wanted);
        let column = self.column.and_then(|index| columns.get(index));
        let by = column.map_or_else(|| HEADING.to_owned(), |name| format!("the column {name}"));
        is_other.then_some((by, only.as_str()))
    }

    /// Whether the column may hold something else than symbols, by its name.
    pub(super) fn may_be_others(&self) -> bool {
        !self.is_of_traded
    }

    /// What is said where all rows are read, whatever the column says.
    pub(super) fn all_read(&self, columns: &[String]) -> String {
        let column = self.column.and_then(|index| columns.get(index));
        format!(
            "the rows of all {} values of the column {} are read, as none of them is the symbol that was given and no time comes twice: where they are of several symbols, give the one whose rows are to be read",
            self.seen.len(),
            column.map(String::as_str).unwrap_or_default()
        )
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

/// Whether a column's name says that it holds symbols, or may.
pub fn names_symbols(column: &str) -> bool {
    NAMES.contains(&plain(column).as_str())
}

/// Whether a value looks like a ticker, not like a name, a class or a number: no blanks, and capitals but in pairs.
fn is_ticker(value: &str) -> bool {
    const LONGEST: usize = 24;
    let is_pair = || of_symbol(value).security_type != SecurityType::Stock;
    value.len() <= LONGEST
        && !value.contains(char::is_whitespace)
        && value.chars().any(char::is_alphabetic)
        && (!value.contains(char::is_lowercase) || is_pair())
}

/// Whether two symbols may be of one instrument: the same letters and digits, also with an exchange before or after them, as
/// AAPL.US, or a pair with something about it, as EURUSDm, or a future with its month or year, as ESZ4.
fn are_one(one: &str, other: &str) -> bool {
    let of = |text: &str| letters(text).into_iter().collect::<String>();
    let (text, short, long) = match of(one).len() <= of(other).len() {
        true => (other, of(one), of(other)),
        false => (one, of(other), of(one)),
    };
    let mut parts = text.split(|c: char| !c.is_alphanumeric());
    let is_part = parts.any(|part| of(part) == short);
    let rest = long.strip_prefix(short.as_str());
    let is_pair = of_symbol(&short).security_type != SecurityType::Stock;
    short.is_empty()
        || short == long
        || is_part
        || is_pair && long.contains(short.as_str())
        || rest.is_some_and(|rest| rest.contains(|c: char| c.is_ascii_digit()))
}

fn letters(text: &str) -> Vec<char> {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use crate::market::calendar::Calendar;
    use crate::market::intake::{Detection, Feed, Limits, Reading, Scout};

    #[test]
    fn what_stands_before_and_after_a_colon_is_no_symbol_for_long() {
        let kept = [
            ("X:BTCUSD", "BTCUSD"),
            ("Nasdaq: AAPL", "AAPL"),
            ("BTC/USD", "BTC-USD"),
            ("BTC/USDT:USDT", "BTC-USDT-USDT"),
            ("ETH/USDT:USDT-241227", "ETH-USDT-USDT-241227"),
            ("^GSPC", "GSPC"),
            ("$SPX", "SPX"),
            ("EURUSD=X", "EURUSD"),
            ("ES=F", "ES-F"),
            ("BRK.B", "BRK.B"),
        ];
        for (written, stored) in kept {
            assert_eq!(
                super::symbol_of(written).as_deref(),
                Some(stored),
                "{written}"
            );
        }
        for open in [
            "C:US",
            "AAPL:US",
            "EURUSD:CUR",
            "A:B:C",
            "NYSE:A:B",
            "",
            "12",
            "é",
        ] {
            assert_eq!(super::symbol_of(open), None, "{open}");
        }
    }

    /// What is said of a file whose rows are all of one symbol by a column.
    fn said(file: &str, named: &str, wanted: &str) -> Detection {
        told(file, ("Symbol", named), (wanted, false))
    }

    /// The same, of a column of a name, and whether a person gave the symbol.
    fn told(
        file: &str,
        (column, named): (&str, &str),
        (wanted, is_given): (&str, bool),
    ) -> Detection {
        let mut text = format!("{column},time,open,high,low,close,volume\n");
        for minute in 0..30 {
            text += &format!("{named},2024-03-26T14:{minute:02}:00Z,1,2,1,2,5\n");
        }
        let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        let mut scout = scout.with_symbol(wanted, is_given);
        scout.open(file).unwrap();
        scout.push(text.as_bytes()).unwrap();
        scout.close().unwrap();
        scout.finish().unwrap().detection().clone()
    }

    #[test]
    fn a_file_of_one_symbol_is_not_taken_for_that_of_another() {
        // the name of the file says another one
        let refusal = said("MSFT.csv", "AAPL", "MSFT").refusal.unwrap();
        let asked = "give the symbol (--symbol), AAPL if they are of that, or MSFT if";
        assert!(refusal.contains(asked), "{refusal}");
        // which is given all the same: a share that was renamed
        let found = said("data.csv", "FB", "META");
        assert_eq!(found.refusal, None);
        assert!(
            found
                .warnings
                .iter()
                .any(|it| it.contains("all rows are of FB"))
        );
        // also where it is the one of the file's name
        let found = told("META.csv", ("ticker", "FB"), ("META", true));
        assert_eq!(found.refusal, None);
        let is_note = |it: &String| it.contains("are taken as those of META, as given");
        assert!(found.warnings.iter().any(is_note), "{:?}", found.warnings);
        for (file, named) in [
            ("GOOG", "GOOGL"),
            ("C", "MSFC"),
            ("XAUUSD", "GOLD"),
            ("BTCUSD", "ethusd"),
        ] {
            let found = said(&format!("{file}.csv"), named, file);
            assert!(found.refusal.is_some(), "{file}, {named}");
        }
        // what is no ticker says nothing
        for (column, named) in [
            ("market", "NASDAQ"),
            ("asset", "EQUITY"),
            ("security", "Apple Inc."),
            ("product", "ETF"),
            ("symbol", "Apple"),
            ("instrument", "SPDR S&P 500 ETF"),
        ] {
            let found = told("AAPL.csv", (column, named), ("AAPL", false));
            assert_eq!(found.refusal, None, "{column}, {named}");
            assert_eq!(found.warnings, Vec::<String>::new(), "{column}, {named}");
        }
        // the same symbol, however it is written, and a number that is none
        for (named, wanted) in [
            ("AAPL", "AAPL"),
            ("AAPL.US", "AAPL"),
            ("btc/usd", "BTC-USD"),
            ("X:BTCUSD", "BTCUSD"),
            ("EURUSDm", "EURUSD"),
            ("ESZ4", "ES"),
            ("NASDAQ:AAPL", "AAPL"),
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

    #[test]
    fn rows_of_several_are_told_by_the_column_that_holds_nothing_but_symbols() {
        let mut text = "market,asset,symbol,time,open,high,low,close\n".to_owned();
        for minute in 0..30 {
            for symbol in ["AAPL", "MSFT"] {
                text += &format!("US,stock,{symbol},2024-03-26T14:{minute:02}:00Z,1,2,1,2\n");
            }
        }
        let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        let mut scout = scout.with_symbol("BOTH", false);
        scout.open("both.csv").unwrap();
        scout.push(text.as_bytes()).unwrap();
        scout.close().unwrap();
        let found = scout.finish().unwrap().detection().clone();
        let (aapl, msft) = (("AAPL".to_owned(), 30), ("MSFT".to_owned(), 30));
        assert_eq!(found.symbols, [aapl, msft]);
    }

    /// What is found in rows of two symbols under a column of a name, first and last, with a column of other values beside it.
    fn both(named: &str, values: [&str; 2], is_first: bool, wanted: &str) -> Detection {
        let line = |symbol: &str, rest: &str| match is_first {
            true => format!("{symbol},{rest}\n"),
            false => format!("{rest},{symbol}\n"),
        };
        let mut text = line(named, "date,open,high,low,close,volume");
        for symbol in values {
            for minute in 0..30 {
                text += &line(symbol, &format!("2024-03-26T14:{minute:02}:00Z,1,2,1,2,5"));
            }
        }
        let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        let mut scout = scout.with_symbol(wanted, true);
        scout.open("all.csv").unwrap();
        scout.push(text.as_bytes()).unwrap();
        scout.close().unwrap();
        scout.finish().unwrap().detection().clone()
    }

    #[test]
    fn columns_of_symbols_are_known_by_many_names() {
        for named in [
            "Name",
            "Stock",
            "code",
            "tic",
            "Company",
            "act_symbol",
            "Index",
            "coin",
            "Ticker Symbol",
        ] {
            for is_first in [false, true] {
                let found = both(named, ["AAPL", "MSFT"], is_first, "MSFT");
                let expected = [("AAPL".to_owned(), 30), ("MSFT".to_owned(), 30)];
                assert_eq!(found.symbols, expected, "{named} {is_first}");
                assert_eq!(found.refusal, None, "{named} {is_first}");
                let refusal = both(named, ["AAPL", "MSFT"], is_first, "SPY").refusal;
                let said = refusal.unwrap_or_default();
                assert!(said.contains(&format!("by the column {named}")), "{said}");
            }
        }
        // numbers are codes of shares, but no names
        assert_eq!(
            both("code", ["600519", "000858"], true, "600519").refusal,
            None
        );
        for (named, values) in [
            ("index", ["1", "2"]),
            ("name", ["1001", "1002"]),
            ("code", ["0", "1"]),
            ("code", ["R", "E"]),
            ("name", ["Monday", "Tuesday"]),
            ("name", ["MON", "TUE"]),
            ("stock", ["pre", "regular"]),
            ("market", ["pre", "regular"]),
        ] {
            let found = both(named, values, true, "SPY");
            assert_eq!(found.symbols, [], "{named} {values:?}");
        }
    }

    #[test]
    fn what_parts_the_rows_of_one_series_is_no_symbol_where_one_is_given() {
        let file = |is_one: bool| {
            let mut text = "name,time,open,high,low,close\n".to_owned();
            for minute in 0..60 {
                let pattern = ["DOJI", "HAMMER", "NONE"][minute % 3];
                let at = if is_one { minute } else { minute / 3 };
                text += &format!("{pattern},2024-03-26T14:{at:02}:00Z,1,2,1,2\n");
            }
            let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
            let mut scout = scout.with_symbol("SPY", true);
            scout.open("SPY.csv").unwrap();
            scout.push(text.as_bytes()).unwrap();
            scout.close().unwrap();
            scout.finish().unwrap().detection().clone()
        };
        let one = file(true);
        assert_eq!((one.refusal, one.symbols), (None, Vec::new()));
        let is_note = |it: &String| it.contains("all 3 values of the column name are read");
        assert!(one.warnings.iter().any(is_note), "{:?}", one.warnings);
        let refusal = file(false).refusal.unwrap_or_default();
        assert!(
            refusal.contains("3 symbols by the column name"),
            "{refusal}"
        );
    }

    #[test]
    fn what_never_comes_again_is_no_symbol() {
        let mut text = "name,time,open,high,low,close\n".to_owned();
        for minute in 0..60 {
            text += &format!("bar {minute},2024-03-26T14:{minute:02}:00Z,1,2,1,2\n");
        }
        let mut scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        scout.open("SPY.csv").unwrap();
        scout.push(text.as_bytes()).unwrap();
        scout.close().unwrap();
        let found = scout.finish().unwrap().detection().clone();
        assert_eq!((found.symbols, found.refusal), (Vec::new(), None));
    }
}
