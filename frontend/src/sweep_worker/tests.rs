use super::*;
use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::actions::Actions;
use atrium_shared::market::bars::{BarSeries, Instrument};
use atrium_shared::market::curate::resample;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::research::backtest::{Prepared, TradedBars, backtest};
use atrium_shared::research::sweep::{Order, Results, identity};
use atrium_shared::research::window::Window;
use atrium_shared::signal::source::Source;
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::wire;
use std::cell::Cell;

type Said = Rc<RefCell<Vec<(Reply, Option<Vec<f64>>)>>>;

fn bars() -> BarSeries {
    let market = Simulation {
        to: Day(SAMPLE.from.0 + 60),
        ..SAMPLE
    };
    let minutes = simulate(&market).unwrap();
    let calendar = Instrument::us_share("SIM").calendar;
    let cut = resample(&minutes, BarInterval::minutes(15), calendar).unwrap();
    cut.bars.series().clone()
}

/// A worker with bars; its clock goes on by so many milliseconds with each look.
fn desk(tick_ms: f64) -> (Desk, Said) {
    let said = Said::default();
    let (saying, clock) = (said.clone(), Cell::new(0.0));
    let now = move || {
        clock.set(clock.get() + tick_ms);
        clock.get()
    };
    let mut desk = Desk::new(
        move |reply, column| saying.borrow_mut().push((reply, column)),
        now,
    );
    let load = Request::Load {
        data: DataReference {
            data_set: "SIM-1min".to_owned(),
            instrument: Instrument::us_share("SIM"),
            simulated: true,
            actions: Actions::default(),
        },
        window: Window::default(),
    };
    desk.hear(load, wire::encode(&bars()));
    (desk, said)
}

fn config() -> RunConfig {
    let mut config = RunConfig {
        interval: BarInterval::minutes(15),
        ..RunConfig::default()
    };
    config.prediction.source = Source::Noise { seed: 1 };
    config
}

fn spec(axes: &[&str]) -> SweepSpec {
    let axes = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
    SweepSpec::new(config(), axes, Method::Grid).unwrap()
}

fn begin(desk: &mut Desk, sweep: u64, spec: &SweepSpec) {
    let begin = Request::Begin {
        sweep,
        base: Box::new(*spec.base()),
        axes: spec.axes().iter().map(Axis::text).collect(),
        method: spec.method(),
    };
    let bytes = postcard::to_allocvec(&begin).unwrap();
    desk.hear(postcard::from_bytes(&bytes).unwrap(), Vec::new());
}

fn run(desk: &mut Desk, sweep: u64, trials: &[u64], budget_ms: f64) {
    let run = Request::Run {
        sweep,
        trials: trials.to_vec(),
        budget_ms,
    };
    desk.hear(run, Vec::new());
}

fn last(said: &Said) -> (Reply, Option<Vec<f64>>) {
    said.borrow_mut().pop().unwrap()
}

/// What comes of a trial that is run by itself, from scratch.
fn alone(spec: &SweepSpec, trial: u64) -> Option<atrium_shared::research::metrics::Headline> {
    let config = spec.config(trial).ok()?;
    let instrument = Instrument::us_share("SIM");
    let sessions =
        atrium_shared::market::bars::SessionBars::new(bars(), instrument.calendar).unwrap();
    let traded = TradedBars::new(sessions, Actions::default());
    let prepared = Prepared::new(traded, config.prediction).unwrap();
    Some(backtest(&prepared, &instrument, &config).unwrap().headline)
}

#[test]
fn trials_are_backtests_in_whatever_batches_and_predictions_they_come() {
    // two of the horizons make no sense for the target, or other predictions each
    let spec = spec(&["noise.seed=1:3:1", "horizon_bars=1,2", "k_sigma_err=0,0.3"]);
    let mut results = Results::new(&spec);
    let mut workers = [desk(0.1), desk(0.1)];
    for (desk, said) in &mut workers {
        begin(desk, 7, &spec);
        let (reply, _) = last(said);
        let Reply::Begun {
            sweep: 7,
            inputs,
            bars,
        } = reply
        else {
            panic!("{reply:?}")
        };
        assert!(bars > 500 && identity(&spec, &inputs).is_ok());
    }
    let all: Vec<u64> = Order::new(&spec).collect();
    for (number, batch) in all.chunks(5).enumerate() {
        let (desk, said) = &mut workers[number % 2];
        run(desk, 7, batch, 1e9);
        let (reply, _) = last(said);
        let Reply::Ran {
            sweep: 7, columns, ..
        } = reply
        else {
            panic!("{reply:?}")
        };
        assert_eq!(results.put(batch, &columns), batch.len() as u64);
    }
    let mut seen = std::collections::BTreeSet::new();
    let stretches = results.stretches();
    let columns = &stretches[0].columns;
    assert_eq!(columns.len(), 12);
    for trial in 0..12u64 {
        let place = trial as usize;
        let Some(headline) = alone(&spec, trial) else {
            assert_eq!(columns.final_equity[place].value(), None);
            continue;
        };
        assert_eq!(columns.trades[place], headline.trades);
        assert_eq!(
            columns.final_equity[place].value(),
            Some(headline.final_equity)
        );
        assert_eq!(columns.sharpe[place], headline.sharpe);
        seen.insert(headline.final_equity.to_bits());
    }
    assert!(seen.len() >= 4, "they are of different predictions");
}

#[test]
fn a_batch_ends_when_its_time_is_over_and_holds_a_trial_at_least() {
    let spec = spec(&["k_sigma_err=0:2:0.001"]);
    let all: Vec<u64> = (0..spec.trials()).collect();
    // each look at the clock takes longer than the batch may
    let (mut slow, said) = desk(30.0);
    begin(&mut slow, 1, &spec);
    run(&mut slow, 1, &all, 20.0);
    let Reply::Ran { columns, .. } = last(&said).0 else {
        panic!("it ran")
    };
    assert_eq!(columns.len(), 1);
    let (mut quick, said) = desk(0.3);
    begin(&mut quick, 1, &spec);
    run(&mut quick, 1, &all, 3.0);
    let Reply::Ran {
        columns,
        milliseconds,
        ..
    } = last(&said).0
    else {
        panic!("it ran")
    };
    assert!((100..1_000).contains(&columns.len()), "{}", columns.len());
    assert!((3.0..4.0).contains(&milliseconds), "{milliseconds}");
}

#[test]
fn a_trial_is_recorded_with_its_times() {
    let spec = spec(&["k_sigma_err=0,0.3", "noise.seed=1,2"]);
    let (mut desk, said) = desk(0.1);
    begin(&mut desk, 3, &spec);
    run(&mut desk, 3, &[0], 1e9);
    for trial in [3, 0] {
        desk.hear(Request::Record { sweep: 3, trial }, Vec::new());
        let (reply, column) = last(&said);
        let Reply::Recorded { trades, .. } = reply else {
            panic!("{reply:?}")
        };
        let headline = alone(&spec, trial).unwrap();
        assert_eq!(trades, headline.trades);
        let (column, bars) = (column.unwrap(), bars());
        let count = bars.len();
        assert_eq!(column.len(), 3 * count);
        assert_eq!(column[count - 1].to_bits(), headline.final_equity.to_bits());
        assert_eq!(column[count] as i64, bars.start()[0].0);
        assert_eq!(column[2 * count] as i32, bars.start()[0].utc_day().0);
    }
}

#[test]
fn what_cannot_be_run_is_said_and_the_worker_goes_on() {
    let refined = spec(&["intrabar=refined"]);
    let (mut desk, said) = desk(0.1);
    begin(&mut desk, 1, &refined);
    let (reply, _) = last(&said);
    assert!(
        matches!(&reply, Reply::Failed { sweep: 1, message } if message.contains("choose another convention")),
        "{reply:?}"
    );
    // nothing is said of trials of a sweep that was not begun
    run(&mut desk, 1, &[0], 1e9);
    assert!(said.borrow().is_empty());
    let good = spec(&["k_sigma_err=0,0.3"]);
    begin(&mut desk, 2, &good);
    assert!(matches!(last(&said).0, Reply::Begun { sweep: 2, .. }));
    run(&mut desk, 1, &[0], 1e9);
    assert!(said.borrow().is_empty(), "of another sweep");
    run(&mut desk, 2, &[1, 0], 1e9);
    assert!(matches!(last(&said).0, Reply::Ran { sweep: 2, .. }));
    // bytes that are no bars
    let load = Request::Load {
        data: DataReference {
            data_set: "SIM-1min".to_owned(),
            instrument: Instrument::us_share("SIM"),
            simulated: true,
            actions: Actions::default(),
        },
        window: Window::default(),
    };
    desk.hear(load, vec![1, 2, 3]);
    begin(&mut desk, 3, &good);
    assert!(matches!(last(&said).0, Reply::Failed { sweep: 3, .. }));
}

#[test]
fn a_trial_without_its_data_has_no_run_and_the_others_are_run() {
    use atrium_shared::research::metrics::{Absent, Stat};
    let lacks = Stat::Absent(Absent::NoData);
    for (axes, lacking) in [
        (
            // gates change more slowly than what is decided inside bars
            &["k_sigma_err=0,0.3", "intrabar=pessimistic,refined"][..],
            [1, 3],
        ),
        (
            &["strategy=signals,predicted_move", "entry=limit,market"],
            [0, 1],
        ),
        (
            &["prediction.source=series,drift", "k_sigma_err=0,0.3"],
            [0, 1],
        ),
        (
            &["prediction.source=drift,series", "k_sigma_err=0,0.3"],
            [2, 3],
        ),
    ] {
        let spec = spec(axes);
        for order in [[0, 1, 2, 3], [3, 0, 2, 1]] {
            let (mut desk, said) = desk(0.1);
            begin(&mut desk, 1, &spec);
            let (reply, _) = last(&said);
            assert!(matches!(reply, Reply::Begun { .. }), "{axes:?}: {reply:?}");
            run(&mut desk, 1, &order, 1e9);
            let Reply::Ran { columns, .. } = last(&said).0 else {
                panic!("{axes:?}")
            };
            assert_eq!(columns.len(), 4, "{axes:?}");
            for (place, trial) in order.into_iter().enumerate() {
                let stat = columns.final_equity[place];
                match lacking.contains(&trial) {
                    true => assert_eq!(stat, lacks, "{axes:?} {trial}"),
                    false => {
                        let equity = alone(&spec, trial).unwrap().final_equity;
                        assert_eq!(stat, Stat::Value(equity), "{axes:?} {trial}");
                    }
                }
            }
            assert!(said.borrow().is_empty());
        }
    }
}
