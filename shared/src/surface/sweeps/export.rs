//! A sweep taken elsewhere: every trial as a line of a table, and the command that repeats it.

use core::fmt::Write;
use core::ops::Range;

use super::propose::axis_text;
use crate::research::parameters::Parameter;
use crate::research::sweep::{Measure, Method, Results, SweepSpec, Use};
use crate::research::window::Window;
use crate::surface::share::{RowsFile, RowsRead, Stated, opening, settings};

/// The line of names: the trial, the keys of the axes, the measures.
pub fn csv_head(spec: &SweepSpec) -> String {
    let mut line = "trial".to_owned();
    for axis in spec.axes() {
        line.push(',');
        line.push_str(axis.parameter.key);
    }
    for measure in Measure::ALL {
        line.push(',');
        line.push_str(measure.name());
    }
    line.push('\n');
    line
}

/// A line for each of some trials that was run, every number in as few digits as give it back exactly; what is absent is empty.
pub fn csv_rows(spec: &SweepSpec, results: &Results, trials: Range<u64>) -> String {
    let mut text = String::new();
    for trial in trials {
        if results.stat(Measure::FinalEquity, trial).is_none() {
            continue;
        }
        // a string takes everything that is written to it
        let _ = write!(text, "{trial}");
        for (axis, value) in spec.axes().iter().zip(spec.values(trial)) {
            text.push(',');
            text.push_str(&axis.parameter.text(value));
        }
        for measure in Measure::ALL {
            text.push(',');
            let stat = results.stat(measure, trial);
            if let Some(value) = stat.and_then(|stat| stat.value()) {
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    text
}

/// What is stated of the configuration that is varied: nothing that is swept, unless trials depend on it.
fn stated(spec: &SweepSpec, file: RowsFile) -> Vec<Stated> {
    let all = settings(&file.base(), spec.base());
    let is_swept = |parameter: &Parameter| {
        let mut axes = spec.axes().iter();
        axes.any(|axis| axis.parameter.id == parameter.id)
    };
    let mut base = file.base();
    for one in all.iter().filter(|one| !is_swept(one.parameter)) {
        if one.parameter.choose(&mut base, one.value).is_err() {
            return all;
        }
    }
    let again = SweepSpec::new(base, spec.axes().to_vec(), spec.method());
    match base.validate().is_ok() && again.as_ref() == Ok(spec) {
        true => all
            .into_iter()
            .filter(|one| !is_swept(one.parameter))
            .collect(),
        false => all,
    }
}

/// The command line that makes a sweep, ready for a shell. Where it needs a file, that is `read`.
pub fn command_line(
    data_set: &str,
    window: Window,
    (spec, by): (&SweepSpec, Measure),
    read: &RowsRead,
) -> String {
    let file = match (spec.signals(), spec.series()) {
        (Use::Never, Use::Never) => RowsFile::None,
        (Use::Never, _) => RowsFile::Predictions,
        _ => RowsFile::Signals,
    };
    let mut words = opening("sweep", data_set, window, (file, read));
    words.extend(stated(spec, file).iter().map(Stated::flag));
    let mut line = words.join(" ");
    for axis in spec.axes() {
        let param = format!("{}={}", axis.parameter.key, axis_text(axis));
        line += &format!(" --param {param}");
    }
    let drawn = match spec.method() {
        Method::Grid => None,
        Method::Random { trials, seed } => Some(("random", trials, seed)),
        Method::LatinHypercube { trials, seed } => Some(("latin", trials, seed)),
    };
    if let Some((how, trials, seed)) = drawn {
        line += &format!(" --{how} {trials}");
        if seed != 1 {
            line += &format!(" --draw-seed {seed}");
        }
    }
    if by != Measure::Sharpe {
        line += &format!(" --by {}", by.name());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, grid, results};
    use super::*;
    use crate::research::parameters::named;
    use crate::research::run_config::RunConfig;
    use crate::research::sweep::Axis;
    use crate::signal::placing::RowTime;
    use crate::surface::share::SignalTimes;

    #[test]
    fn a_line_a_trial() {
        let spec = grid(&["k_sigma_err=0,0.5", "entry=limit,market"]);
        let results = results(&spec, |trial| (trial != 1).then_some(trial as f64 / 4.0));
        assert_eq!(
            csv_head(&spec),
            "trial,strategy.predicted_move.k_sigma_err,policy.entry,sharpe,total_return,cagr,max_drawdown_session,trades,win_rate,profit_factor,final_equity\n"
        );
        assert_eq!(
            csv_rows(&spec, &results, 0..4),
            "0,0,limit,0,0,0,0,0,0,0,0\n\
             1,0,market,,,,,,,,\n\
             2,0.5,limit,0.5,0.5,0.5,0.5,2,0.5,0.5,0.5\n\
             3,0.5,market,0.75,0.75,0.75,0.75,3,0.75,0.75,0.75\n"
        );
        let none = Results::new(&spec);
        assert_eq!(csv_rows(&spec, &none, 0..4), "");
    }

    #[test]
    fn the_command_line_states_what_differs() {
        let axes = ["k_sigma_err=0:2:0.1", "entry=limit,market"];
        let none = RowsRead::default();
        let (grid, drawn) = (grid(&axes), drawn(&axes, 50));
        assert_eq!(
            command_line(
                "SPY-1min",
                Window::default(),
                (&grid, Measure::Sharpe),
                &none
            ),
            "atrium sweep --data SPY-1min --param strategy.predicted_move.k_sigma_err=0:2:0.1 --param policy.entry=limit,market"
        );
        let drawn = command_line("SPY", Window::default(), (&drawn, Measure::Trades), &none);
        assert!(
            drawn.ends_with(" --random 50 --draw-seed 7 --by trades"),
            "{drawn}"
        );
    }

    #[test]
    fn what_is_swept_is_stated_only_where_trials_depend_on_it() {
        let line = |settings: &[(&str, &str)], axes: &[&str]| {
            let mut base = RunConfig::default();
            for (name, text) in settings {
                let parameter = named(name).unwrap();
                let value = parameter.parse(text).unwrap();
                parameter.choose(&mut base, value).unwrap();
            }
            let axes = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
            let spec = SweepSpec::new(base, axes, Method::Grid).unwrap();
            let times = SignalTimes {
                row_time: RowTime::KnownAt,
                of_exchange: false,
            };
            let of = (&spec, Measure::Sharpe);
            let line = command_line("SPY", Window::default(), of, &times.into());
            let (before, _) = line.split_once(" --param").unwrap();
            before.replacen("atrium sweep --data SPY", "", 1)
        };
        let axes = ["k_sigma_err=0.5,1"];
        assert_eq!(line(&[("k_sigma_err", "7")], &axes), "");
        assert_eq!(
            line(&[("k_sigma_err", "7"), ("k_atr_min_tp", "3")], &axes),
            " --set strategy.predicted_move.k_atr_min_tp=3"
        );
        // the target at the next open is for two bars and more
        assert_eq!(line(&[("horizon_bars", "7")], &["horizon_bars=1,3"]), "");
        // a seed chooses the noise, and trials of noise have it
        let sources = ["prediction.source=drift,noise"];
        assert_eq!(
            line(&[("noise.seed", "7")], &sources),
            " --set prediction.source.noise.seed=7"
        );
        assert_eq!(line(&[("prediction.source", "noise")], &sources), "");
        // a file is named where a trial needs one
        assert_eq!(line(&[], &["strategy=predicted_move"]), "");
        let both = line(&[], &["strategy=predicted_move,signals"]);
        assert!(
            both.starts_with(" --signals FILE --row-time known_at"),
            "{both}"
        );
        let both = line(&[], &["prediction.source=drift,series"]);
        assert_eq!(both, " --predictions FILE --row-time known_at");
    }
}
