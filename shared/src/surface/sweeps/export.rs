//! A sweep taken elsewhere: every trial as a line of a table, and the command that repeats it.

use core::fmt::Write;
use core::ops::Range;

use super::propose::axis_text;
use crate::research::sweep::{Measure, Method, Results, SweepSpec};
use crate::research::window::Window;
use crate::surface::share;

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

/// The command line that makes a sweep, ready for a shell.
pub fn command_line(data_set: &str, window: Window, spec: &SweepSpec, by: Measure) -> String {
    let base = share::command_line(data_set, window, spec.base());
    let mut line = base.replacen("atrium backtest", "atrium sweep", 1);
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
        assert_eq!(
            command_line("SPY-1min", Window::default(), &grid(&axes), Measure::Sharpe),
            "atrium sweep --data SPY-1min --param strategy.predicted_move.k_sigma_err=0:2:0.1 --param policy.entry=limit,market"
        );
        let drawn = command_line("SPY", Window::default(), &drawn(&axes, 50), Measure::Trades);
        assert!(
            drawn.ends_with(" --random 50 --draw-seed 7 --by trades"),
            "{drawn}"
        );
    }
}
