//! The bars that a worker keeps, and what it answers of them.

use core::fmt::Write;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{
    Cleaning, Coverage, Curated, FillRule, QualityReport, QualityRule, quality, resample,
};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSet, StoredRow, StoredRows};
use atrium_shared::surface::wire;

use crate::data_protocol::Answer;

/// Bars of a file.
pub(super) struct Kept {
    pub(super) bars: Curated,
    pub(super) instrument: Instrument,
}

/// An answer with what is attached.
pub(super) type Answered = Result<(Answer, Option<Vec<u8>>), String>;

impl Kept {
    /// What is missing and odd, and how complete each day is.
    pub(super) fn judge(
        &self,
        cleaning: Option<Cleaning<'_>>,
    ) -> Result<(QualityReport, Coverage), String> {
        let schedule = Schedule::from(self.instrument.calendar);
        let judged = quality(&self.bars, &schedule, QualityRule::default(), cleaning);
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

    /// Bars for a run, in wire form: the real ones as they were traded, for a run adjusts them itself.
    pub(super) fn bars(&self, interval: BarInterval) -> Answered {
        let calendar = self.instrument.calendar;
        let real = self.bars.real();
        let cut = resample(&real, interval, calendar).map_err(|error| error.to_string())?;
        let answer = Answer::Bars {
            left_out: cut.report.left_out as u64,
            folded: cut.report.folded as u64,
        };
        Ok((answer, Some(wire::encode(cut.bars.series()))))
    }

    /// The bars from `from` on and before `to` as they are.
    pub(super) fn rows(&self, from: Timestamp, to: Timestamp) -> (Answer, Option<Vec<u8>>) {
        let series = self.bars.bars();
        let first = series.start().partition_point(|start| *start < from);
        let end = series.start().partition_point(|start| *start < to);
        let shown = end.min(first + StoredRows::MOST);
        let (actions, calendar) = (self.bars.actions(), self.instrument.calendar);
        let spread = |index| {
            self.bars
                .spread()
                .and_then(|spread| spread.get(index).copied())
        };
        let rows = series.rows().zip(self.bars.synthetic()).enumerate();
        let rows = rows.take(shown).skip(first);
        let rows = rows.map(|(index, ((start, prices, volume), &synthetic))| StoredRow {
            start,
            prices,
            volume,
            synthetic,
            spread: spread(index),
            factor: actions.factor(calendar.local_day(start)),
        });
        let rows = StoredRows {
            rows: rows.collect(),
            more: shown < end,
        };
        (Answer::Rows(rows), None)
    }

    /// All real bars, raw, as a text of comma-separated values: what the server exports, too.
    pub(super) fn csv(&self) -> (Answer, Option<Vec<u8>>) {
        let series = self.bars.real();
        let mut text = String::with_capacity(series.len() * 64 + 64);
        text += "DateTime,Open,High,Low,Close,Volume\n";
        for (start, [open, high, low, close], volume) in series.rows() {
            // a text takes everything that is written to it
            let _ = writeln!(text, "{start},{open},{high},{low},{close},{volume}");
        }
        (Answer::Bytes, Some(text.into_bytes()))
    }
}
