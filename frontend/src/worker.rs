//! The engine worker: keeps bars and predictions, runs the engine, answers.

use atrium_shared::research::backtest::{ENGINE_VERSION, Recorded, RunError};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::report::DataReference;
use atrium_shared::trading::fills::Intrabar;
use js_sys::{Float64Array, Uint8Array};

use crate::protocol::{PROTOCOL, Ran, Reply, Request, pack, unpack};
use crate::worker_bars::WorkerBars;
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
            let (reply, equity) = match unpack::<Request>(message) {
                Ok((request, attachment)) => {
                    let bytes = attachment.map(|buffer| Uint8Array::new(&buffer).to_vec());
                    match desk.answer(request, bytes.as_deref(), worker_scope::now) {
                        Some(answer) => answer,
                        None => return,
                    }
                }
                Err(bad) => (failed(0, &bad), None),
            };
            let column = equity.map(|values| Float64Array::from(values.as_slice()).buffer());
            worker_scope::post(pack(&reply, column));
        },
    );
}

fn failed(generation: u64, message: &dyn ToString) -> Reply {
    Reply::Failed {
        generation,
        message: message.to_string(),
    }
}

fn told(error: impl ToString) -> String {
    error.to_string()
}

/// Said of a run that looks inside bars where nothing finer is known.
pub(crate) const NO_FINER: &str = "Inside each bar “Finer bars decide” looks at finer ones, and the data set has none that are shorter than these: choose a longer interval, bring finer bars, or choose another convention.";

/// What the worker keeps between two messages.
#[derive(Default)]
struct Desk {
    loaded: Option<WorkerBars>,
}

impl Desk {
    /// Answers a request, if it is one to be answered; the second part is the attachment. `now` gives milliseconds.
    fn answer(
        &mut self,
        request: Request,
        attachment: Option<&[u8]>,
        now: impl Fn() -> f64,
    ) -> Option<(Reply, Option<Vec<f64>>)> {
        Some(match request {
            Request::Load {
                generation,
                data,
                window,
            } => {
                let bytes = attachment.unwrap_or_default();
                let loaded = self.load(generation, data, window, bytes);
                (
                    loaded.unwrap_or_else(|error| failed(generation, &error)),
                    None,
                )
            }
            Request::Run { generation, config } => match self.run(generation, &config, now) {
                Ok((ran, equity)) => (Reply::Ran(Box::new(ran)), Some(equity)),
                Err(error) => (failed(generation, &error), None),
            },
            Request::Signals => {
                let loaded = self.loaded.as_mut()?;
                loaded.take_signals(attachment.unwrap_or_default());
                return None;
            }
            Request::Finer => {
                let loaded = self.loaded.as_mut()?;
                loaded.take_finer(attachment.unwrap_or_default());
                return None;
            }
        })
    }

    fn load(
        &mut self,
        generation: u64,
        data: DataReference,
        window: Window,
        bytes: &[u8],
    ) -> Result<Reply, String> {
        self.loaded = None;
        let (loaded, kept) = WorkerBars::load(data, window, bytes)?;
        self.loaded = Some(loaded);
        Ok(Reply::Loaded { generation, kept })
    }

    fn run(
        &mut self,
        generation: u64,
        config: &RunConfig,
        now: impl Fn() -> f64,
    ) -> Result<(Ran, Vec<f64>), String> {
        config.validate().map_err(told)?;
        let loaded = self.loaded.as_mut().ok_or_else(|| told(RunError::NoBars))?;
        let started = now();
        let instrument = loaded.data.instrument.clone();
        let prepared = loaded.prepared_for(&config.strategy);
        if config.fills.intrabar == Intrabar::Refined && !prepared.has_finer() {
            return Err(NO_FINER.to_owned());
        }
        prepared.predict_by(config.prediction).map_err(told)?;
        // the headline and what identifies the run; the other metrics are the study worker's
        let run = Recorded::of(prepared, &instrument, config).map_err(told)?;
        let digests = run.digests(prepared, &instrument, config).map_err(told)?;
        let headline = run.headline(prepared, &instrument, config);
        let milliseconds = now() - started;
        let ran = Ran {
            generation,
            milliseconds,
            headline,
            trades_capped: run.trades_capped(),
            no_trades: run.no_trades(),
            halted_at: run.halted.map(|(at, _)| at),
            digests,
            trades: run.trades,
        };
        Ok((ran, run.equity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::SignalRows;
    use atrium_shared::base::time::{BarInterval, Day};
    use atrium_shared::market::bars::{BarSeries, Instrument};
    use atrium_shared::market::curate::resample;
    use atrium_shared::market::simulate::{SAMPLE, simulate};
    use atrium_shared::signal::signals::{Direction, Signal};
    use atrium_shared::signal::source::Source;
    use atrium_shared::surface::wire;
    use atrium_shared::trading::sizing::SizingMode;
    use atrium_shared::trading::strategy::Strategy;

    fn minutes() -> BarSeries {
        simulate(&atrium_shared::market::simulate::Simulation {
            to: Day(SAMPLE.from.0 + 90),
            ..SAMPLE
        })
        .unwrap()
    }

    fn desk() -> (Desk, RunConfig) {
        let minutes = minutes();
        let instrument = Instrument::us_share("SIM");
        let config = RunConfig {
            interval: BarInterval::minutes(15),
            ..RunConfig::default()
        };
        let bars = resample(&minutes, config.interval, instrument.calendar)
            .unwrap()
            .bars;
        let mut desk = Desk::default();
        let data = DataReference {
            data_set: "SIM-1min".to_owned(),
            instrument,
            simulated: true,
            actions: atrium_shared::market::actions::Actions::default(),
        };
        let load = Request::Load {
            generation: 1,
            data,
            window: Window::default(),
        };
        let answer = desk.answer(load, Some(&wire::encode(bars.series())), || 0.0);
        let kept = (0, bars.series().len() as u64);
        let generation = 1;
        assert_eq!(answer, Some((Reply::Loaded { generation, kept }, None)));
        (desk, config)
    }

    fn run(desk: &mut Desk, config: RunConfig) -> Reply {
        let request = Request::Run {
            generation: 7,
            config: Box::new(config),
        };
        desk.answer(request, None, || 0.0).unwrap().0
    }

    #[test]
    fn signals_are_traded_by_the_strategy_that_trades_them_and_by_no_other() {
        let (mut desk, config) = desk();
        let Reply::Ran(before) = run(&mut desk, config) else {
            panic!("it ran")
        };
        assert!(!before.trades.is_empty());
        let mut signals = config;
        signals.strategy = Strategy::Signals(Default::default());
        signals.sizing.mode = SizingMode::AllIn;
        assert!(matches!(run(&mut desk, signals), Reply::Failed { .. }));
        let starts = desk.loaded.as_ref().unwrap().bars().series().start();
        let signal = |direction| Signal {
            direction,
            size: None,
            target: None,
            stop: None,
        };
        let rows = SignalRows(vec![
            (starts[10], signal(Direction::Long)),
            (starts[20], signal(Direction::Flat)),
        ]);
        let bytes = postcard::to_allocvec(&rows).unwrap();
        assert_eq!(desk.answer(Request::Signals, Some(&bytes), || 0.0), None);
        let Reply::Ran(ran) = run(&mut desk, signals) else {
            panic!("it ran")
        };
        assert_eq!(ran.trades.len(), 1);
        assert!(ran.digests.signals.is_some());
        assert_eq!(run(&mut desk, config), Reply::Ran(before));
    }

    #[test]
    fn a_run_looks_inside_bars_where_finer_ones_were_given_and_else_is_refused() {
        let (mut desk, config) = desk();
        let mut refined = config;
        refined.fills.intrabar = Intrabar::Refined;
        let reply = run(&mut desk, refined);
        assert!(
            matches!(&reply, Reply::Failed { message, .. } if message.contains("choose another convention")),
            "{reply:?}"
        );
        let Reply::Ran(before) = run(&mut desk, config) else {
            panic!("it ran")
        };
        let finer = wire::encode(&minutes());
        assert_eq!(desk.answer(Request::Finer, Some(&finer), || 0.0), None);
        let Reply::Ran(ran) = run(&mut desk, refined) else {
            panic!("it ran")
        };
        assert!(ran.digests.finer.is_some());
        // what does not look inside bars is the same as without them
        assert_eq!(run(&mut desk, config), Reply::Ran(before));
    }

    #[test]
    fn predictions_are_made_anew_only_when_their_source_changes() {
        let (mut desk, config) = desk();
        let Reply::Ran(first) = run(&mut desk, config) else {
            panic!("it ran")
        };
        let mut other = config;
        other.prediction.source = Source::SmaCross;
        let Reply::Ran(second) = run(&mut desk, other) else {
            panic!("it ran")
        };
        assert_ne!(first.digests.predictions, second.digests.predictions);
        assert_eq!(run(&mut desk, config), Reply::Ran(first));
    }

    #[test]
    fn what_cannot_be_done_is_said_and_the_bars_stay() {
        let (mut desk, config) = desk();
        let mut wrong = config;
        wrong.prediction.horizon_bars = 1;
        let reply = run(&mut desk, wrong);
        assert!(
            matches!(&reply, Reply::Failed { generation: 7, message } if message.contains("horizon"))
        );
        assert!(matches!(run(&mut desk, config), Reply::Ran(_)));
        let mut none = Desk::default();
        assert!(matches!(run(&mut none, config), Reply::Failed { .. }));
    }
}
