//! Files as LEAN keeps them: text without a header in a zip, the symbol, the date, the resolution and the kind in its path
//! (`equity/usa/minute/aapl/20140609_trade.zip`, in it `20140609_aapl_minute_trade.csv`; `forex/oanda/hour/eurusd.zip`).
//! Prices of shares are multiplied by 10,000 and in New York time; others are plain and in UTC.

use serde::{Deserialize, Serialize};

use super::numbers::number;
use super::times::{Moment, moment};
use super::{DateOrder, Decimal};
use crate::base::time::BarInterval;

/// What kind of market a LEAN file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeanMarket {
    /// Shares: prices × 10,000, New York time.
    Equity,
    /// Forex, CFDs, crypto: plain prices, UTC.
    Other,
    /// The file is none of LEAN's.
    None,
}

impl core::str::FromStr for LeanMarket {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "equity" => Ok(Self::Equity),
            "forex" | "cfd" | "crypto" | "other" => Ok(Self::Other),
            "none" => Ok(Self::None),
            _ => Err(format!(
                "{text:?} is no market of LEAN: write equity, forex, cfd, crypto or none"
            )),
        }
    }
}

/// What the path of a LEAN file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeanPath {
    /// The kind of market, where the path names it.
    pub market: Option<LeanMarket>,
    /// In lower case.
    pub symbol: String,
    /// The resolution.
    pub interval: BarInterval,
    /// The midnight of its date in microseconds since 1970, for minutes and seconds.
    pub date: Option<i64>,
    /// Whether it holds quotes; `None` where the path does not say.
    pub is_quote: Option<bool>,
}

impl LeanPath {
    /// Reads a path: of a zip, or of the file in it.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase().replace('\\', "/");
        let segments: Vec<&str> = path.split('/').collect();
        let market = segments.iter().find_map(|segment| match *segment {
            "equity" => Some(LeanMarket::Equity),
            "forex" | "cfd" | "crypto" | "cryptofuture" => Some(LeanMarket::Other),
            _ => None,
        });
        let file = segments.last()?;
        let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
        Self::of_file(stem, market).or_else(|| Self::of_folders(&segments, market))
    }

    /// `20140609_aapl_minute_trade`
    fn of_file(stem: &str, market: Option<LeanMarket>) -> Option<Self> {
        let (date, rest) = stem.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (symbol, resolution) = rest.rsplit_once('_')?;
        Some(Self {
            market,
            symbol: symbol.to_owned(),
            interval: resolution_of(resolution)?,
            date: Some(date_of(date)?),
            is_quote: Some(is_quote(kind)?),
        })
    }

    /// `…/equity/usa/minute/aapl/20140609_trade.zip`, `…/crypto/coinbase/daily/btcusd_quote.zip`
    fn of_folders(segments: &[&str], market: Option<LeanMarket>) -> Option<Self> {
        market?;
        let at = segments
            .iter()
            .position(|segment| resolution_of(segment).is_some())?;
        let interval = resolution_of(segments.get(at)?)?;
        let next = segments.get(at + 1)?;
        let stem = |name: &str| {
            name.split_once('.')
                .map_or(name, |(stem, _)| stem)
                .to_owned()
        };
        let (symbol, date, kind) = match segments.get(at + 2) {
            Some(file) if interval < BarInterval::minutes(60) => {
                let file = stem(file);
                let (date, kind) = file.split_once('_')?;
                (
                    (*next).to_owned(),
                    Some(date_of(date)?),
                    Some(kind.to_owned()),
                )
            }
            _ => match stem(next).rsplit_once('_') {
                Some((symbol, kind)) if is_quote(kind).is_some() => {
                    (symbol.to_owned(), None, Some(kind.to_owned()))
                }
                _ => (stem(next), None, None),
            },
        };
        Some(Self {
            market,
            symbol,
            interval,
            date,
            is_quote: match kind {
                Some(kind) => Some(is_quote(&kind)?),
                None => None,
            },
        })
    }
}

fn resolution_of(name: &str) -> Option<BarInterval> {
    match name {
        "second" => Some(BarInterval::Seconds(1)),
        "minute" => Some(BarInterval::minutes(1)),
        "hour" => Some(BarInterval::minutes(60)),
        "daily" => Some(BarInterval::Day),
        _ => None,
    }
}

fn is_quote(kind: &str) -> Option<bool> {
    match kind {
        "trade" => Some(false),
        "quote" => Some(true),
        _ => None,
    }
}

fn date_of(text: &str) -> Option<i64> {
    match moment(text.as_bytes(), DateOrder::Month) {
        Ok((Moment::Date(midnight), _)) if text.len() == 8 => Some(midnight),
        _ => None,
    }
}

/// How the rows of a LEAN file are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeanLayout {
    /// Prices × 10,000 in New York time.
    pub(super) is_equity: bool,
    /// The path says so, or the values look so.
    pub(super) is_sure: bool,
    pub(super) path: Option<LeanPath>,
    /// Bid and ask rather than trades.
    pub(super) has_quotes: bool,
    /// Prices alone say that it is one of LEAN's.
    pub(super) is_by_prices: bool,
}

/// Whether a file without a header is one of LEAN's, by its path and its first rows.
pub(super) fn layout(
    path: &str,
    is_packed: bool,
    given: Option<LeanMarket>,
    sample: &[Vec<Vec<u8>>],
) -> Option<LeanLayout> {
    if given == Some(LeanMarket::None) {
        return None;
    }
    let named = LeanPath::of(path);
    let width = sample.first()?.len();
    let has_quotes = match width {
        6 => false,
        11 => true,
        _ => return None,
    };
    let is_compact = |text: &[u8]| {
        let form = text
            .iter()
            .map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte });
        form.eq(*b"00000000 00:00")
    };
    let is_millis =
        |text: &[u8]| !text.is_empty() && text.len() <= 8 && text.iter().all(u8::is_ascii_digit);
    let has_date = named.as_ref().is_some_and(|path| path.date.is_some());
    let times = || {
        sample
            .iter()
            .filter_map(|row| row.first())
            .map(Vec::as_slice)
    };
    let fits = if has_date {
        times().all(is_millis)
    } else {
        times().all(is_compact)
    };
    let prices = || {
        sample
            .iter()
            .flat_map(|row| row.get(1..5).unwrap_or_default())
    };
    let price = |text: &Vec<u8>| number(text, Decimal::Point).unwrap_or_default();
    // cents times 10,000 in a form of times that hardly anybody else writes: a file of LEAN's that was taken out of its zip
    let are_cents = |price: f64| price >= 1_000.0 && price % 100.0 == 0.0;
    let is_unpacked = || !has_quotes && prices().all(|text| are_cents(price(text)));
    let is_by_prices = named.is_none() && !is_packed && given.is_none();
    if !fits || is_by_prices && !is_unpacked() {
        return None;
    }
    let is_whole = |text: &Vec<u8>| {
        let price = price(text);
        price >= 100.0 && price.fract() == 0.0
    };
    let looks_scaled = prices().all(is_whole);
    let market = given.or(named.as_ref().and_then(|path| path.market));
    Some(LeanLayout {
        is_equity: market.map_or(looks_scaled, |market| market == LeanMarket::Equity),
        is_sure: market.is_some(),
        path: named,
        has_quotes,
        is_by_prices,
    })
}

/// Which of many paths to read for a symbol: LEAN's files of that symbol of the finest resolution there is, trades where
/// there are both, unless quotes are asked for; sorted by path.
pub fn select(paths: &[String], symbol: &str, quotes: bool) -> Vec<usize> {
    let named = paths.iter().enumerate();
    let named = named.filter_map(|(index, path)| Some((index, LeanPath::of(path)?)));
    let mut of_symbol: Vec<(usize, LeanPath)> = named
        .filter(|(_, path)| path.symbol.eq_ignore_ascii_case(symbol))
        .collect();
    if let Some(finest) = of_symbol.iter().map(|(_, path)| path.interval).min() {
        of_symbol.retain(|(_, path)| path.interval == finest);
    }
    let has = |wanted: bool| {
        of_symbol
            .iter()
            .any(|(_, path)| path.is_quote == Some(wanted))
    };
    let wanted = if has(quotes) { quotes } else { !quotes };
    of_symbol.retain(|(_, path)| path.is_quote.is_none_or(|is_quote| is_quote == wanted));
    let mut chosen: Vec<usize> = of_symbol.into_iter().map(|(index, _)| index).collect();
    chosen.sort_by_key(|&index| paths.get(index));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_taken_out_of_its_zip_is_told_by_its_prices() {
        let rows = |rows: [&str; 2]| -> Vec<Vec<Vec<u8>>> {
            let cells = |row: &str| {
                row.split(',')
                    .map(|cell| cell.as_bytes().to_vec())
                    .collect()
            };
            rows.map(cells).to_vec()
        };
        let found = |text| layout("aapl.csv", false, None, &rows(text));
        let cents = [
            "20210330 00:00,1201100,1204000,1188600,1199000,85671919",
            "20210331 00:00,1216500,1235200,1211500,1221500,118323826",
        ];
        assert!(found(cents).is_some_and(|it| it.is_equity && !it.is_sure && it.is_by_prices));
        let otherwise = cents.map(|row| row.replace("0210330 00:00", "0210330T00:00"));
        assert_eq!(found([&otherwise[0], &otherwise[1]]), None);
        for plain in [
            [
                "20210330 00:00,120.11,120.4,118.86,119.9,85671919",
                "20210331 00:00,121.65,123.52,121.15,122.15,118323826",
            ],
            // an index without decimals
            [
                "20210330 00:00,29400,29480,29310,29400,1",
                "20210331 00:00,29200,29290,29110,29178,1",
            ],
        ] {
            assert_eq!(found(plain), None);
        }
    }

    #[test]
    fn paths_say_what_is_in_them() {
        let day = 16_230 * 86_400_000_000;
        for (path, market, symbol, interval, date, is_quote) in [
            (
                "Data/equity/usa/minute/aapl/20140609_trade.zip",
                Some(LeanMarket::Equity),
                "aapl",
                "1min",
                Some(day),
                Some(false),
            ),
            (
                "20140609_quote.zip/20140609_aapl_minute_quote.csv",
                None,
                "aapl",
                "1min",
                Some(day),
                Some(true),
            ),
            (
                "x/equity/usa/second/spy/20140609_trade.zip/20140609_spy_second_trade.csv",
                Some(LeanMarket::Equity),
                "spy",
                "1s",
                Some(day),
                Some(false),
            ),
            (
                "lean\\Data\\forex\\oanda\\hour\\eurusd.zip",
                Some(LeanMarket::Other),
                "eurusd",
                "60min",
                None,
                None,
            ),
            (
                "crypto/coinbase/daily/btcusd_quote.zip/btcusd.csv",
                Some(LeanMarket::Other),
                "btcusd",
                "1day",
                None,
                Some(true),
            ),
        ] {
            let read = LeanPath::of(path).unwrap_or_else(|| panic!("{path}"));
            let interval = interval.parse().unwrap();
            let expected = LeanPath {
                market,
                symbol: symbol.to_owned(),
                interval,
                date,
                is_quote,
            };
            assert_eq!(read, expected, "{path}");
        }
        for other in [
            "aapl.zip",
            "prices/hour.csv",
            "2014_aapl_minute_trade.csv",
            "20140609_trade.zip",
        ] {
            assert_eq!(LeanPath::of(other), None, "{other}");
        }
    }

    #[test]
    fn of_a_folder_one_kind_of_one_symbol_is_read() {
        let paths: Vec<String> = [
            "equity/usa/daily/spy.zip",
            "equity/usa/minute/spy/20131008_trade.zip",
            "equity/usa/minute/spy/20131007_trade.zip",
            "equity/usa/minute/spy/20131007_quote.zip",
            "equity/usa/minute/aig/20131007_trade.zip",
        ]
        .map(str::to_owned)
        .to_vec();
        assert_eq!(select(&paths, "SPY", false), [2, 1]);
        assert_eq!(select(&paths, "SPY", true), [3]);
        assert_eq!(select(&paths, "AIG", true), [4]);
        assert!(select(&paths, "IBM", false).is_empty());
    }
}
