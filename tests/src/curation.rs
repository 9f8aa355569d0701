//! The corpus of intake and curation: generated rows and texts, whose bars and reports must be the same natively and in WASM.

use atrium_shared::base::digest::{Hasher, NotFinite};
use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{
    Alignment, Cleaning, Curated, FillRule, GapAnalysis, Hours, MergeError, QualityRule,
    ResampleError, Resampling, clean, cut, fill, merge, quality,
};
use atrium_shared::market::intake::{IntakeError, Kept, Limits, Reading, read_all};
use atrium_shared::market::simulate::{BadMarket, DEMO};
use serde::Serialize;

use crate::received::{Received, Source, dirt};

/// Why a step failed; none does.
#[derive(Debug, thiserror::Error)]
pub enum CurationError {
    /// Rows, filling, adjusting.
    #[error(transparent)]
    Series(#[from] BadSeries),
    /// Merging.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The calendar.
    #[error(transparent)]
    Calendar(#[from] atrium_shared::market::calendar::OutsideCalendar),
    /// Hashing.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// Writing a report.
    #[error(transparent)]
    Report(#[from] serde_json::Error),
    /// Reading a text.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] BadMarket),
}

/// How many generated sources there are.
const SOURCES: u64 = 24;

/// A line for each generated source, each text and each instrument of the demo: how many bars there are, and hashes of the
/// bars and of every report.
///
/// # Errors
/// [`CurationError`] where a step fails; none does.
pub fn curation_digests() -> Result<Vec<String>, CurationError> {
    let mut lines = Vec::new();
    for seed in 0..SOURCES {
        // every third one has all kinds of dirt
        let some = (seed.wrapping_mul(2_654_435_761) >> 7) as u32;
        let source = Source {
            seed,
            bars: 600,
            dirt: if seed % 3 == 0 {
                dirt::ALL
            } else {
                some & dirt::ALL
            },
        };
        lines.push(curated(seed, &source.received())?);
    }
    for (name, text) in TEXTS {
        lines.push(read(name, text.as_bytes())?);
    }
    for demo in &DEMO {
        let simulated = demo.simulate()?;
        let bars = Curated::plain(simulated.bars).with_actions(simulated.actions);
        let (digest, count) = (bars.digest()?, bars.bars().len());
        lines.push(format!("{} {count} {digest}", demo.symbol));
    }
    Ok(lines)
}

/// Cleaning, merging, filling, gaps, quality, cutting and adjusting, in a line.
fn curated(seed: u64, received: &Received) -> Result<String, CurationError> {
    let schedule = Schedule::from(received.calendar);
    let cleaned = clean(received.interval, &received.rows)?;
    let mut hashes = Hashes::default();
    hashes.report(&cleaned.report)?;
    hashes.report(&cleaned.rejected)?;
    let bars = cleaned.bars.with_actions(received.actions.clone());
    let cleaned_digest = bars.digest()?;

    // bars with spreads and bars without are not merged
    let quotes = if bars.spread().is_some() {
        dirt::QUOTES
    } else {
        0
    };
    let half = Source {
        seed,
        bars: 300,
        dirt: dirt::AGAIN | dirt::GAPS | quotes,
    };
    let other = clean(received.interval, &half.received().rows)?;
    let (merged, report) = merge(&bars, &other.bars)?;
    hashes.bars(&merged)?;
    hashes.report(&report)?;

    let (filled, report) = fill(&bars, &schedule, FillRule::default())?;
    hashes.bars(&filled)?;
    hashes.report(&report)?;
    let (all_filled, report) = fill(&bars, &schedule, FillRule::FORTY_EIGHT_HOURS)?;
    hashes.bars(&all_filled)?;
    hashes.report(&report)?;
    for bars in [&bars, &filled] {
        hashes.report(&GapAnalysis::of(bars, &schedule)?)?;
        let cleaning = Cleaning {
            report: &cleaned.report,
            duplicated: &cleaned.duplicated,
        };
        let rule = QualityRule::default();
        hashes.report(&quality(bars, &schedule, rule, Some(cleaning))?)?;
    }
    hashes.cuts(&filled, received.calendar)?;
    let adjusted = bars.adjusted(received.calendar)?;
    hashes.bars(&Curated::plain(adjusted.into_owned()))?;
    let (count, all) = (bars.bars().len(), hashes.0.finish()?);
    Ok(format!(
        "{seed:02} {} {} {count} {cleaned_digest} {all}",
        received.calendar.name(),
        received.interval
    ))
}

/// Bars and reports, one after the other.
struct Hashes(Hasher);

impl Default for Hashes {
    fn default() -> Self {
        Self(Hasher::new("atrium/curation-corpus/1"))
    }
}

impl Hashes {
    fn bars(&mut self, bars: &Curated) -> Result<(), CurationError> {
        self.0.digest(&bars.digest()?);
        Ok(())
    }

    fn report(&mut self, report: &impl Serialize) -> Result<(), CurationError> {
        self.0.text(&serde_json::to_string(report)?);
        Ok(())
    }

    /// Coarser bars in every way; what is refused counts by its words.
    fn cuts(&mut self, bars: &Curated, calendar: Calendar) -> Result<(), CurationError> {
        let of_three = bars.interval().seconds().saturating_mul(3);
        for interval in [BarInterval::Seconds(of_three), BarInterval::Day] {
            for align in [Alignment::Session, Alignment::Clock] {
                for hours in [Hours::Regular, Hours::All] {
                    let how = Resampling {
                        interval,
                        align,
                        hours,
                    };
                    self.cut(cut(bars, how, calendar))?;
                }
            }
        }
        Ok(())
    }

    fn cut(
        &mut self,
        cut: Result<(Curated, atrium_shared::market::curate::ResampleReport), ResampleError>,
    ) -> Result<(), CurationError> {
        match cut {
            Ok((bars, report)) => {
                self.bars(&bars)?;
                self.0.count(report.left_out);
                self.0.count(report.folded);
            }
            Err(error) => self.0.text(&error.to_string()),
        }
        Ok(())
    }
}

/// Texts as they come: other delimiters, marks, forms of time, zones, and rows that are none.
const TEXTS: [(&str, &str); 5] = [
    (
        "iso.csv",
        "timestamp,open,high,low,close,volume\n2024-03-26 13:30:00+00:00,521.23,521.44,520.88,521.36,888901\n2024-03-26 13:35:00+00:00,521.35,521.43,520.97,521.09,551002\n2024-03-26 13:40:00+00:00,521.1,521.2,520.9,521.0,1\n",
    ),
    (
        "epochs.csv",
        "ts_ms,o,h,l,c,v\n1711459800000,1.5,2,1,1.75,10\n1711459860000,1.75,2,1,1.5,0\n1711459980000,1.5,1.5,1.5,1.5,3.25\n",
    ),
    (
        "decimal commas.csv",
        "Datum;Zeit;Open;High;Low;Close;Volume\n26.03.2024;09:30;521,23;521,44;520,88;521,36;889\n26.03.2024;09:31;521,35;521,43;520,97;521,09;551\n27.03.2024;09:30;521,35;521,43;520,97;521,09;551\n",
    ),
    (
        "faults.csv",
        "date,open,high,low,close,volume\n3/26/2024 9:30,10,11,9,10.5,100\n3/26/2024 9:31,10,9,11,10.5,100\n3/26/2024 9:32,ten,11,9,10.5,100\n3/26/2024 9:33,10,11,9,10.5,100\n3/26/2024 9:33,10,11,9,10.25,100\n3/26/2024 9:34,10,11,9\n",
    ),
    (
        "equity/usa/minute/sim/20140609_trade.csv",
        "34200000,926900,927000,926800,926900,100\n34260000,926900,927000,926800,926900,100\n34320000,926900,927000,926800,926900,100\n",
    ),
];

/// What is found in a text, and its bars, in a line.
fn read(name: &str, text: &[u8]) -> Result<String, CurationError> {
    let mut hashes = Hashes::default();
    let reading = Reading::detect(Calendar::Nyse);
    let read = read_all(
        &[(name, text)],
        &reading,
        Limits::default(),
        Kept::default(),
    );
    let mut count = 0;
    match read {
        Ok((detection, kept)) => {
            // not the evidence, which is words
            hashes.report(&(&detection.counts, &detection.interval.value))?;
            hashes.report(&(
                &detection.zone.map(|zone| zone.value),
                &detection.labels.value,
            ))?;
            hashes.report(&(&detection.fields, &detection.time_forms))?;
            let refused: Vec<u64> = kept.rejected.iter().map(|row| row.line).collect();
            hashes.report(&refused)?;
            let cleaned = clean(detection.interval.value, &kept.rows)?;
            count = cleaned.bars.bars().len();
            hashes.bars(&cleaned.bars)?;
        }
        Err(error) => hashes.0.text(&error.to_string()),
    }
    Ok(format!("{name} {count} {}", hashes.0.finish()?))
}
