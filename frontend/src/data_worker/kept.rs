//! The bars that a worker keeps, and what it answers of them.

use core::fmt::Write;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument};
use atrium_shared::market::curate::{Curated, resample};
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

    /// The bars from `from` on and before `to` as they are, in wire form.
    pub(super) fn stretch(&self, from: Timestamp, to: Timestamp) -> Answered {
        let series = self.bars.bars();
        let first = series.start().partition_point(|start| *start < from);
        let end = series.start().partition_point(|start| *start < to);
        let mut columns = BarColumns::default();
        for (start, prices, volume) in series.rows().take(end).skip(first) {
            columns.push(start, prices, volume);
        }
        let stretch = BarSeries::new(series.interval(), columns).map_err(|bad| bad.to_string())?;
        Ok((Answer::Bytes, Some(wire::encode(&stretch))))
    }

    /// All bars as a text of comma-separated values.
    pub(super) fn csv(&self) -> (Answer, Option<Vec<u8>>) {
        let series = self.bars.bars();
        let mut text = String::with_capacity(series.len() * 64 + 64);
        text += "timestamp,open,high,low,close,volume\n";
        for (start, [open, high, low, close], volume) in series.rows() {
            // a text takes everything that is written to it
            drop(writeln!(text, "{start},{open},{high},{low},{close},{volume}"));
        }
        (Answer::Bytes, Some(text.into_bytes()))
    }
}
