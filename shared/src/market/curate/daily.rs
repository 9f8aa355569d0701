//! Daily bars by the date of their session.

use super::Curated;
use crate::base::time::Day;
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::Calendar;
use crate::market::succession::daily_bar_day;

/// Daily bars with the midnight (UTC) of their session's date as their start, which is how they are stored and written to files,
/// whatever the time of day they were stamped with.
///
/// # Errors
/// [`BadSeries`] where two bars are of one session.
pub fn by_date(bars: &BarSeries, calendar: Calendar) -> Result<BarSeries, BadSeries> {
    let mut columns = BarColumns::with_capacity(bars.len());
    for (start, prices, volume) in bars.rows() {
        let day = daily_bar_day(calendar, start);
        columns.push(day.midnight_utc(), prices, volume);
    }
    BarSeries::new(bars.interval(), columns)
}

/// The same of bars as they are stored: of two of one session the later one counts.
///
/// # Errors
/// [`BadSeries`] never occurs for bars in order of time.
pub fn keyed_by_date(bars: &Curated, calendar: Calendar) -> Result<Curated, BadSeries> {
    struct Row {
        day: Day,
        bar: ([f64; 4], f64),
        synthetic: bool,
        spread: Option<f64>,
    }
    let mut rows: Vec<Row> = Vec::with_capacity(bars.bars().len());
    for (index, (start, prices, volume)) in bars.bars().rows().enumerate() {
        let day = daily_bar_day(calendar, start);
        let day = rows.last().map_or(day, |last| day.max(last.day));
        rows.pop_if(|last| last.day == day);
        rows.push(Row {
            day,
            bar: (prices, volume),
            synthetic: bars.synthetic().get(index) == Some(&true),
            spread: bars.spread().and_then(|spread| spread.get(index).copied()),
        });
    }
    let mut columns = BarColumns::with_capacity(rows.len());
    for row in &rows {
        columns.push(row.day.midnight_utc(), row.bar.0, row.bar.1);
    }
    let series = BarSeries::new(bars.interval(), columns)?;
    let synthetic = rows.iter().map(|row| row.synthetic).collect();
    let spread = bars.spread().is_some() && !rows.is_empty();
    let spread = spread.then(|| rows.iter().filter_map(|row| row.spread).collect());
    let actions = bars.actions().clone();
    Ok(Curated::of_parts(series, synthetic, spread, actions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};

    #[test]
    fn stored_daily_bars_have_one_key_a_session_however_they_were_stamped() {
        let mut columns = BarColumns::default();
        let stamps = [
            ("2024-03-25T13:30:00Z", 10.0),
            ("2024-03-26T00:00:00Z", 11.0),
            ("2024-03-26T13:30:00Z", 12.0),
            ("2024-03-27T04:00:00Z", 13.0),
        ];
        for (stamp, price) in stamps {
            let start: Timestamp = serde_json::from_str(&format!("\"{stamp}\"")).unwrap();
            columns.push(start, [price; 4], 1.0);
        }
        let bars = Curated::plain(BarSeries::new(BarInterval::Day, columns).unwrap());
        let keyed = keyed_by_date(&bars, Calendar::Nyse).unwrap();
        let rows: Vec<(String, f64)> = keyed
            .bars()
            .rows()
            .map(|(start, prices, _)| (start.to_string(), prices[3]))
            .collect();
        let expected = [("25", 10.0), ("26", 12.0), ("27", 13.0)];
        let expected = expected.map(|(day, close)| (format!("2024-03-{day}T00:00:00Z"), close));
        assert_eq!(rows, expected);
        assert_eq!(keyed_by_date(&keyed, Calendar::Nyse).unwrap(), keyed);
    }
}
