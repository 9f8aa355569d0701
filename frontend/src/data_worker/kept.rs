//! The bars that a worker keeps, and what it answers of them.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{
    Cleaning, Coverage, Curated, FillRule, QualityReport, QualityRule, quality, resample,
};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSet, StoredRows};
use atrium_shared::surface::csv::BarsAsCsv;
use atrium_shared::surface::wire;

use crate::data_protocol::Answer;

/// Bars of a file.
pub(super) struct Kept {
    pub(super) bars: Curated,
    pub(super) instrument: Instrument,
    /// When bars are expected.
    pub(super) schedule: Schedule,
}

/// An answer with what is attached.
pub(super) type Answered = Result<(Answer, Option<Vec<u8>>), String>;

impl Kept {
    /// What is missing and odd, and how complete each day is.
    pub(super) fn judge(
        &self,
        cleaning: Option<Cleaning<'_>>,
    ) -> Result<(QualityReport, Coverage), String> {
        let judged = quality(&self.bars, &self.schedule, QualityRule::default(), cleaning);
        judged.map_err(|error| error.to_string())
    }

    /// The data set as a list shows it.
    pub(super) fn card(&self, source: String) -> Result<DataSet, String> {
        let starts = self.bars.bars().start();
        let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else {
            return Err("No row of the file can be used.".to_owned());
        };
        let interval = self.bars.interval();
        Ok(DataSet {
            name: format!("{}-{interval}", self.instrument.symbol),
            instrument: self.instrument.clone(),
            interval,
            rows: starts.len() as u64,
            first,
            last,
            digest: self.bars.digest().map_err(|error| error.to_string())?,
            simulated: false,
            source,
            synthetic: self.bars.synthetic_count() as u64,
            spread: self.bars.spread().is_some(),
            basis: PriceBasis::default(),
            actions: self.bars.actions().clone(),
            fill: FillRule {
                max_fill_minutes: 0,
                ..FillRule::default()
            },
            imports: 1,
            rejected: 0,
        })
    }

    /// Bars for a run, in wire form: the real ones as they were traded, for a run adjusts them itself; all of them as they are
    /// where no interval is named.
    pub(super) fn bars(&self, interval: Option<BarInterval>) -> Answered {
        let calendar = self.instrument.calendar;
        let real = self.bars.real();
        let Some(interval) = interval else {
            let (left_out, folded) = (0, 0);
            return Ok((Answer::Bars { left_out, folded }, Some(wire::encode(&real))));
        };
        let cut = resample(&real, interval, calendar).map_err(|error| error.to_string())?;
        let answer = Answer::Bars {
            left_out: cut.report.left_out as u64,
            folded: cut.report.folded as u64,
        };
        Ok((answer, Some(wire::encode(cut.bars.series()))))
    }

    /// The bars from `from` on and before `to` as they are.
    pub(super) fn rows(&self, from: Timestamp, to: Timestamp) -> (Answer, Option<Vec<u8>>) {
        let rows = StoredRows::of(&self.bars, self.instrument.calendar, from, to);
        (Answer::Rows(rows), None)
    }

    /// All real bars, raw, as a text of comma-separated values: what the server exports, too.
    pub(super) fn csv(&self) -> (Answer, Option<Vec<u8>>) {
        let text = BarsAsCsv(&self.bars.real()).to_string();
        (Answer::Bytes, Some(text.into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use atrium_shared::base::time::Day;
    use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
    use atrium_shared::market::bars::{BarColumns, BarSeries};
    use atrium_shared::market::calendar::Calendar;

    use super::*;

    #[test]
    fn a_daily_bar_of_the_day_of_a_split_is_on_the_new_basis() {
        // the Friday before the split and its Monday, stamped with midnight in UTC, which is an evening in New York
        let days: [Day; 2] = ["2020-08-28", "2020-08-31"].map(|day| day.parse().unwrap());
        let mut columns = BarColumns::with_capacity(2);
        for (day, price) in days.iter().zip([500.0, 125.0]) {
            columns.push(day.midnight_utc(), [price; 4], 100.0);
        }
        let bars = BarSeries::new(BarInterval::Day, columns).unwrap();
        let split = Actions::new(vec![CorporateAction {
            first_day: days[1],
            kind: ActionKind::Split { ratio: 4.0 },
        }]);
        let kept = Kept {
            bars: Curated::plain(bars).with_actions(split.unwrap()),
            instrument: Instrument::us_share("AAPL"),
            schedule: Schedule::from(Calendar::Nyse),
        };
        let (Answer::Rows(found), None) = kept.rows(Timestamp::MIN, Timestamp::MAX) else {
            panic!("rows were asked for")
        };
        let factors: Vec<f64> = found.rows.iter().map(|row| row.factor).collect();
        assert_eq!((factors, found.more), (vec![0.25, 1.0], false));
    }
}
