//! The bars that a worker keeps, and what it answers of them.

use core::fmt::Write;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::{Curated, resample};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{StoredRow, StoredRows};
use atrium_shared::surface::wire;

use crate::data_protocol::Answer;

/// Bars of a file.
pub(super) struct Kept {
    pub(super) bars: Curated,
    pub(super) instrument: Instrument,
}

type Answered = Result<(Answer, Option<Vec<u8>>), String>;

impl Kept {
    /// Bars for a run, in wire form.
    pub(super) fn bars(&self, interval: BarInterval) -> Answered {
        let cut = resample(self.bars.bars(), interval, self.instrument.calendar)
            .map_err(|error| error.to_string())?;
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
            factor: 1.0,
        });
        let rows = StoredRows {
            rows: rows.collect(),
            more: shown < end,
        };
        (Answer::Rows(rows), None)
    }

    /// All bars as a text of comma-separated values.
    pub(super) fn csv(&self) -> (Answer, Option<Vec<u8>>) {
        let series = self.bars.bars();
        let mut text = String::with_capacity(series.len() * 64 + 64);
        text += "timestamp,open,high,low,close,volume\n";
        for (start, [open, high, low, close], volume) in series.rows() {
            // a text takes everything that is written to it
            drop(writeln!(
                text,
                "{start},{open},{high},{low},{close},{volume}"
            ));
        }
        (Answer::Bytes, Some(text.into_bytes()))
    }
}
