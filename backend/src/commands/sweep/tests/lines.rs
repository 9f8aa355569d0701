//! A printed command line makes the sweep that it was printed for, whatever is varied.

use atrium_shared::research::parameters::{Kind, all};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{Axis, Measure, Method, SweepSpec, Use};
use atrium_shared::signal::placing::RowTime;
use atrium_shared::signal::source::Source;
use atrium_shared::surface::share::{SignalTimes, Window};
use atrium_shared::surface::sweeps::{command_line, proposed_values};
use atrium_shared::trading::strategy::{Signals, Strategy};
use clap::Parser;

use super::super::Args;
use super::with_data;
use crate::testing::{Sandbox, shell_words};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// The sweep that a command line makes, and what it is ranked by.
fn parsed(sandbox: &Sandbox, line: &str) -> (SweepSpec, Args) {
    let words = shell_words(line);
    assert_eq!(words[..2], ["atrium", "sweep"], "{line}");
    let parsed = Line::try_parse_from(&words[1..]);
    let args = parsed
        .unwrap_or_else(|error| panic!("{line}: {error}"))
        .args;
    let varied = args.chosen.varied(&sandbox.config());
    let varied = varied.unwrap_or_else(|error| panic!("{line}: {error}"));
    let spec = args.spec(&varied, None);
    (spec.unwrap_or_else(|bad| panic!("{line}: {bad}")), args)
}

#[test]
fn a_command_line_makes_the_sweep_that_it_was_made_of() {
    let sandbox = with_data();
    let mut signals = RunConfig {
        strategy: Strategy::Signals(Signals::default()),
        ..RunConfig::default()
    };
    signals.prediction.source = Source::None;
    let mut other = RunConfig::default();
    other.prediction.source = Source::Noise { seed: 7 };
    other.policy.max_hold_bars = Some(5);
    let methods = [
        Method::Grid,
        Method::Random {
            trials: 20,
            seed: 1,
        },
        Method::LatinHypercube {
            trials: 20,
            seed: 9,
        },
    ];
    let times = SignalTimes {
        row_time: RowTime::KnownAt,
        of_exchange: true,
    };
    let mut varied = 0;
    for base in [RunConfig::default(), other, signals] {
        let axes = all().filter(|one| !matches!(one.kind, Kind::Interval));
        for (index, parameter) in axes.enumerate() {
            let text = format!("{}={}", parameter.key, proposed_values(parameter));
            let axes = vec![Axis::read(&text).unwrap()];
            let Ok(spec) = SweepSpec::new(base, axes, methods[index % methods.len()]) else {
                continue;
            };
            let by = Measure::ALL[index % Measure::ALL.len()];
            let window = Window::default();
            let line = command_line("SIM-1min", window, (&spec, by), &times.into());
            let (again, args) = parsed(&sandbox, &line);
            assert_eq!(again, spec, "{line}");
            assert_eq!(args.by.unwrap_or(Measure::Sharpe), by, "{line}");
            let has_file = spec.signals() != Use::Never || spec.series() != Use::Never;
            assert_eq!(
                line.contains(" FILE --row-time known_at --time-zone exchange"),
                has_file,
                "{line}"
            );
            varied += 1;
        }
    }
    assert!(varied > 150, "{varied}");
}
