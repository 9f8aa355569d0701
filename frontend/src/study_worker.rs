//! The study worker: what is told of a run that stands, while the engine's worker makes those of a dragged slider.

use atrium_shared::base::digest::Digest;
use atrium_shared::market::bars::{BarSeries, SessionBars};
use atrium_shared::market::intake::TimeZoneChoice;
use atrium_shared::research::backtest::{
    Backtest, ENGINE_VERSION, Prepared, RunError, TradedBars, backtest,
};
use atrium_shared::research::explain::{explain, what_if};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::study::conventions_band;
use atrium_shared::research::window::Window;
use atrium_shared::signal::placing::ImportReport;
use atrium_shared::signal::signal_file::SignalFile;
use atrium_shared::signal::signals::{SignalRow, SignalSeries};
use atrium_shared::surface::numbers::count;
use atrium_shared::surface::report::{DataReference, RowsKind, RowsReport, RunReport};
use atrium_shared::surface::share::SignalTimes;
use atrium_shared::surface::sheets::{
    Judged, band_sheet, bar_sheet, comparison_sheet, sheets, what_if_blocks,
};
use atrium_shared::surface::wire;
use atrium_shared::trading::fills::Intrabar;
use atrium_shared::trading::orders::Side;
use atrium_shared::trading::strategy::Strategy;
use js_sys::Uint8Array;
use serde::Serialize;

use crate::protocol::{SignalRows, pack, unpack};
use crate::study_protocol::{Answer, FileRead, PROTOCOL, Question, Reply, Request, SignalsRead};
use crate::worker_scope;

/// Starts the worker: says that it is ready, then answers.
pub fn start() {
    let ready = Reply::Ready {
        protocol: PROTOCOL,
        engine: ENGINE_VERSION.to_owned(),
    };
    let mut desk = Desk::default();
    worker_scope::start(
        pack(&ready, None),
        |message| pack(&Reply::Panicked { message }, None),
        move |message| {
            let (reply, attached) = match unpack::<Request>(message) {
                Ok((request, attachment)) => {
                    let bytes = attachment.map(|buffer| Uint8Array::new(&buffer).to_vec());
                    desk.answer(request, bytes.unwrap_or_default())
                }
                Err(bad) => {
                    let failed = Reply::Failed {
                        generation: 0,
                        message: bad.to_string(),
                    };
                    (failed, None)
                }
            };
            let attached = attached.map(|bytes| Uint8Array::from(bytes.as_slice()).buffer());
            worker_scope::post(pack(&reply, attached));
        },
    );
}

/// What the worker keeps between two messages.
#[derive(Default)]
struct Desk {
    loaded: Option<Loaded>,
}

struct Loaded {
    data: DataReference,
    filled: f64,
    prepared: Prepared,
    /// The same bars with signals, where some were given.
    signalled: Option<Prepared>,
    finer: Option<BarSeries>,
    /// The same with finer bars, for runs that look into them; first whether those have signals.
    refined: Option<(bool, Prepared)>,
    /// The run that was asked about last.
    last: Option<(RunConfig, Backtest, RunReport)>,
}

type Answered = (Answer, Option<Vec<u8>>);

impl Desk {
    /// Answers a request; the second part is the attachment.
    fn answer(&mut self, request: Request, attached: Vec<u8>) -> (Reply, Option<Vec<u8>>) {
        let (generation, answer) = match request {
            Request::Load {
                generation,
                data,
                window,
                filled,
            } => (generation, self.load(data, window, filled, &attached)),
            Request::Finer { generation } => (generation, self.take_finer(&attached)),
            Request::Signals { generation, times } => {
                (generation, self.read_signals(times, &attached))
            }
            Request::Rows { generation } => (generation, self.take_rows(&attached)),
            Request::Ask {
                generation,
                config,
                question,
            } => return (self.about(generation, &config, question), None),
        };
        match answer {
            Ok((answer, attached)) => {
                let done = Reply::Done {
                    generation,
                    run: None,
                    answer,
                };
                (done, attached)
            }
            Err(message) => {
                let failed = Reply::Failed {
                    generation,
                    message,
                };
                (failed, None)
            }
        }
    }

    fn loaded(&mut self) -> Result<&mut Loaded, String> {
        self.loaded
            .as_mut()
            .ok_or_else(|| RunError::NoBars.to_string())
    }

    fn load(
        &mut self,
        data: DataReference,
        window: Window,
        filled: f64,
        bytes: &[u8],
    ) -> Result<Answered, String> {
        self.loaded = None;
        let series = wire::decode(bytes).map_err(told)?;
        let sessions = SessionBars::new(series, data.instrument.calendar).map_err(told)?;
        let sessions = window.cut(sessions).map_err(told)?;
        let traded = TradedBars::new(sessions, data.actions.clone());
        let prepared = Prepared::new(traded, PredictionConfig::default()).map_err(told)?;
        self.loaded = Some(Loaded {
            data,
            filled,
            prepared,
            signalled: None,
            finer: None,
            refined: None,
            last: None,
        });
        Ok((Answer::Loaded, None))
    }

    fn take_finer(&mut self, bytes: &[u8]) -> Result<Answered, String> {
        let series = wire::decode(bytes).map_err(told)?;
        let loaded = self.loaded()?;
        loaded.finer = Some(series);
        (loaded.refined, loaded.last) = (None, None);
        Ok((Answer::Loaded, None))
    }

    /// Reads a file. Whether its signals are traded is the page's to say.
    fn read_signals(&mut self, times: SignalTimes, file: &[u8]) -> Result<Answered, String> {
        let loaded = self.loaded()?;
        let bars = loaded.prepared.bars();
        let zone = match times.of_exchange {
            true => TimeZoneChoice::Exchange(bars.calendar()),
            false => TimeZoneChoice::Utc,
        };
        let reader = SignalFile {
            row_time: times.row_time,
            zone,
            symbol: Some(loaded.data.instrument.symbol.clone()),
            ..SignalFile::default()
        };
        let read = reader.read(file, bars).map_err(told)?;
        let rows = read.series.rows().iter();
        let rows = SignalRows(rows.map(|row| (row.for_bar, row.signal)).collect());
        // what cannot be traded is refused here, where its file is named
        loaded
            .prepared
            .clone()
            .with_signals(&read.series)
            .map_err(told)?;
        let attached = postcard::to_allocvec(&rows).map_err(told)?;
        let words = signal_words(&read.report);
        let report = read.report;
        Ok((
            Answer::Signals(SignalsRead { words, report }),
            Some(attached),
        ))
    }

    fn take_rows(&mut self, bytes: &[u8]) -> Result<Answered, String> {
        let rows = postcard::from_bytes::<SignalRows>(bytes).map_err(told)?.0;
        let row = |(for_bar, signal)| SignalRow { for_bar, signal };
        let series = SignalSeries::new(rows.into_iter().map(row).collect()).map_err(told)?;
        let loaded = self.loaded()?;
        let signalled = loaded.prepared.clone().with_signals(&series);
        loaded.signalled = Some(signalled.map_err(told)?);
        (loaded.refined, loaded.last) = (None, None);
        Ok((Answer::Loaded, None))
    }

    fn about(&mut self, generation: u64, config: &RunConfig, question: Question) -> Reply {
        let answered = match question {
            Question::Compare { runs } => Ok((None, Answer::Comparison(comparison_sheet(&runs)))),
            _ => self.about_run(config, question),
        };
        match answered {
            Ok((run, answer)) => Reply::Done {
                generation,
                run,
                answer,
            },
            Err(message) => Reply::Failed {
                generation,
                message,
            },
        }
    }

    fn about_run(
        &mut self,
        config: &RunConfig,
        question: Question,
    ) -> Result<(Option<Digest>, Answer), String> {
        let loaded = self.loaded()?;
        loaded.run(config).map_err(told)?;
        let answer = loaded.tell(question)?;
        let run = loaded.last.as_ref().map(|(_, run, _)| run.digests.run);
        Ok((run, answer))
    }
}

fn told(error: impl ToString) -> String {
    error.to_string()
}

impl Loaded {
    /// Makes a run, unless it was the last one.
    fn run(&mut self, config: &RunConfig) -> Result<(), RunError> {
        if self.last.as_ref().is_some_and(|(last, ..)| last == config) {
            return Ok(());
        }
        self.last = None;
        config.validate()?;
        self.refine(config)?;
        let refines = config.fills.intrabar == Intrabar::Refined;
        let prepared = match (&config.strategy, &mut self.signalled, &mut self.refined) {
            (_, _, Some((_, refined))) if refines => refined,
            (Strategy::Signals(_), Some(signalled), _) => signalled,
            _ => &mut self.prepared,
        };
        prepared.predict_by(config.prediction)?;
        let run = backtest(prepared, &self.data.instrument, config)?;
        let report = RunReport::new(self.data.clone(), *config, prepared, &run);
        self.last = Some((*config, run, report));
        Ok(())
    }

    /// Puts finer bars to the others where a run looks into them and there are some.
    fn refine(&mut self, config: &RunConfig) -> Result<(), RunError> {
        let Some(finer) = self
            .finer
            .as_ref()
            .filter(|_| config.fills.intrabar == Intrabar::Refined)
        else {
            return Ok(());
        };
        let signalled = match &config.strategy {
            Strategy::Signals(_) => self.signalled.as_ref(),
            _ => None,
        };
        let has_signals = signalled.is_some();
        if self.refined.as_ref().map(|(has, _)| *has) != Some(has_signals) {
            let base = signalled.unwrap_or(&self.prepared).clone();
            self.refined = Some((has_signals, base.with_finer(finer)?));
        }
        Ok(())
    }

    /// Answers about the last run.
    fn tell(&self, question: Question) -> Result<Answer, String> {
        let (config, run, report) = self.last.as_ref().ok_or("there is no run")?;
        let refines = config.fills.intrabar == Intrabar::Refined;
        let prepared = match (&config.strategy, &self.signalled, &self.refined) {
            (_, _, Some((_, refined))) if refines => refined,
            (Strategy::Signals(_), Some(signalled), _) => signalled,
            _ => &self.prepared,
        };
        let judged = Judged {
            prepared,
            run,
            report,
            filled: self.filled,
        };
        let instrument = &self.data.instrument;
        Ok(match question {
            Question::Sheets => Answer::Sheets(sheets(&judged)),
            Question::Bar { row } => {
                let row = row as usize;
                let explanation = explain(prepared, instrument, config, row).map_err(told)?;
                Answer::Bar(bar_sheet(explanation.as_ref(), &judged, row))
            }
            Question::Force { row, long } => {
                let side = if long { Side::Long } else { Side::Short };
                let row = row as usize;
                let forced = what_if(prepared, instrument, config, (row, side)).map_err(told)?;
                Answer::Forced(what_if_blocks(&judged, &forced, side, row))
            }
            Question::Band { no_finer } => {
                let refined = match &self.finer {
                    Some(finer) if !prepared.has_finer() => {
                        Some(prepared.clone().with_finer(finer).map_err(told)?)
                    }
                    _ => None,
                };
                let prepared = refined.as_ref().unwrap_or(prepared);
                let band = conventions_band(prepared, instrument, config).map_err(told)?;
                let series = prepared.bars().series();
                Answer::Band(band_sheet(&band, series, &no_finer))
            }
            Question::Compare { runs } => Answer::Comparison(comparison_sheet(&runs)),
            Question::Export { read } => {
                let read = read.map(
                    |FileRead {
                         name,
                         times,
                         report,
                     }| { times.report(RowsKind::Signals, name, report) },
                );
                let exported = Exported { report, read };
                Answer::Exported(serde_json::to_string_pretty(&exported).map_err(told)?)
            }
        })
    }
}

/// A run as the command line's `--json` writes it.
#[derive(Serialize)]
struct Exported<'a> {
    #[serde(flatten)]
    report: &'a RunReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<RowsReport>,
}

/// What became of the rows of a file of signals.
fn signal_words(report: &ImportReport) -> String {
    let mut words = format!("{} signals", count(report.rows as f64));
    if report.empty > 0 {
        words += &format!(", {} rows without one", count(report.empty as f64));
    }
    if report.unmatched > 0 {
        words += &format!(
            ", {} that belong to no bar and are left out",
            count(report.unmatched as f64)
        );
        if let Some(first) = report.first_unmatched {
            words += &format!(" (the first in line {}, {})", first.line, first.time);
        }
    }
    words += ".";
    if !report.passed_over.is_empty() {
        words += &format!(" Passed over: {}.", report.passed_over.join(", "));
    }
    if report.suits_bar_ends {
        words += " Every time is the end of a bar: were ends meant?";
    }
    words
}

#[cfg(test)]
mod tests;
