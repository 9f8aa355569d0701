//! What is drawn over bars and not part of them: indicators, and the curves of a run.

use std::sync::Arc;

use atrium_shared::base::time::Day;
use atrium_shared::market::actions::scales;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::signal::indicators::{BarIndicator, SessionBar};
use atrium_shared::surface::charts::{Envelope, Sessions, Trace, drawdowns, drawn_outputs};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::chart::Scene;
use super::chart_choices::Chosen;
use crate::browser;
use crate::state::{Run, Shown};

/// How long indicators may be computed at a stretch, in milliseconds: the page answers between two stretches.
const STRETCH_MS: f64 = 12.0;
/// Bars that are computed before the clock is looked at again.
const BATCH: usize = 4_096;

/// Values with their extremes.
pub(super) struct Curve {
    values: Vec<f64>,
    envelope: Envelope,
}

impl Curve {
    pub(super) fn new(values: Vec<f64>) -> Self {
        Self {
            envelope: Envelope::new(&values),
            values,
        }
    }

    pub(super) fn trace(&self) -> Trace<'_> {
        Trace {
            values: &self.values,
            envelope: &self.envelope,
        }
    }

    /// The value at a bar, if there is one.
    pub(super) fn at(&self, bar: usize) -> Option<f64> {
        self.values
            .get(bar)
            .copied()
            .filter(|value| !value.is_nan())
    }
}

/// The curves of a run.
#[derive(Clone)]
pub(super) struct Curves {
    pub(super) run: Arc<Run>,
    equity: Arc<Envelope>,
    pub(super) drawdown: Arc<Curve>,
    /// Buy and hold over the same bars.
    pub(super) benchmark: Arc<Curve>,
    /// What the benchmark is of.
    bars: Arc<Shown>,
}

impl Curves {
    /// Prepares a run for drawing; the benchmark is taken over where it stays the same.
    pub(super) fn new(
        run: Arc<Run>,
        shown: Arc<Shown>,
        sessions: &Sessions,
        before: Option<&Self>,
    ) -> Self {
        let initial = run.config.initial_equity;
        let same = before.filter(|before| {
            Arc::ptr_eq(&before.bars, &shown)
                && before.run.config.initial_equity.to_bits() == initial.to_bits()
        });
        let benchmark = match same {
            Some(before) => Arc::clone(&before.benchmark),
            None => Arc::new(Curve::new(buy_and_hold(&shown, sessions, initial))),
        };
        Self {
            equity: Arc::new(Envelope::new(&run.equity)),
            drawdown: Arc::new(Curve::new(drawdowns(&run.equity, initial))),
            benchmark,
            bars: shown,
            run,
        }
    }

    pub(super) fn equity(&self) -> Trace<'_> {
        Trace {
            values: &self.run.equity,
            envelope: &self.equity,
        }
    }
}

/// The benchmark of the metrics (`research::metrics::Benchmark`) at each close: the initial equity in the instrument from the
/// first open on, adjusted for corporate actions.
fn buy_and_hold(shown: &Shown, sessions: &Sessions, initial: f64) -> Vec<f64> {
    let Some(first) = shown.series.open().first() else {
        return Vec::new();
    };
    let changes = shown.data_set.actions.changes(sessions.days());
    let closes = shown.series.close().iter().zip(scales(changes));
    closes
        .map(|(close, scale)| initial * (close * scale.price / first))
        .collect()
}

/// An indicator over the bars that are shown.
pub(super) struct Computed {
    pub(super) of: Chosen,
    /// Its place among those that are chosen, by which it is coloured.
    pub(super) place: usize,
    /// Its pane from the top, where it does not stand among the candles.
    pub(super) pane: Option<usize>,
    /// The names of what is drawn, with their values.
    pub(super) lines: Vec<(&'static str, Curve)>,
    bars: Arc<Shown>,
}

/// An indicator on its way.
struct Job {
    of: Chosen,
    place: usize,
    pane: Option<usize>,
    outputs: Vec<usize>,
    indicator: Box<dyn BarIndicator>,
    columns: Vec<Vec<f64>>,
    next: usize,
    bars: Arc<Shown>,
    sessions: Arc<Sessions>,
}

impl Job {
    fn new(
        of: &Chosen,
        (place, pane): (usize, Option<usize>),
        bars: Arc<Shown>,
        sessions: Arc<Sessions>,
    ) -> Option<Self> {
        let entry = of.entry;
        let (outputs, _) = drawn_outputs(entry, of.source);
        Some(Self {
            indicator: entry.build(of.chosen_source(), &of.given()).ok()?,
            columns: vec![Vec::with_capacity(bars.series.len()); outputs.len()],
            of: of.clone(),
            place,
            pane,
            outputs,
            next: 0,
            bars,
            sessions,
        })
    }

    /// Goes on until there is no bar left or the time is over; says whether it is done.
    fn go_on(&mut self, until_ms: f64) -> bool {
        let (series, days) = (&self.bars.series, self.sessions.days());
        while self.next < series.len() {
            let end = (self.next + BATCH).min(series.len());
            for index in self.next..end {
                let Some(bar) = session_bar(series, days, index) else {
                    return true;
                };
                let values = self.indicator.update(&bar);
                for (column, output) in self.columns.iter_mut().zip(&self.outputs) {
                    let value = values.get(*output).copied().flatten();
                    column.push(value.unwrap_or(f64::NAN));
                }
            }
            self.next = end;
            if browser::now() >= until_ms {
                break;
            }
        }
        self.next >= series.len()
    }

    fn finish(self) -> Computed {
        let outputs = self.of.entry.outputs;
        let names = self.outputs.iter().filter_map(|place| outputs.get(*place));
        let curves = self.columns.into_iter().map(Curve::new);
        Computed {
            lines: names.map(|output| output.name).zip(curves).collect(),
            of: self.of,
            place: self.place,
            pane: self.pane,
            bars: self.bars,
        }
    }
}

fn session_bar(series: &BarSeries, days: &[Day], index: usize) -> Option<SessionBar> {
    Some(SessionBar {
        start: *series.start().get(index)?,
        session: *days.get(index)?,
        open: *series.open().get(index)?,
        high: *series.high().get(index)?,
        low: *series.low().get(index)?,
        close: *series.close().get(index)?,
        volume: *series.volume().get(index)?,
    })
}

/// Keeps the lines of the chosen indicators those of the bars that are shown. What is computed is drawn at once; what another
/// choice overtakes is dropped.
pub(super) fn keep_computed(scene: Scene) {
    let waiting = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let chosen = scene.choices.indicators.get();
        let (shown, axis) = (scene.lab.shown.get(), scene.axis.get());
        waiting.set_value(None);
        let bars = shown.zip(axis).filter(|(shown, axis)| {
            // the axis of bars that are not shown any more
            axis.sessions.days().len() == shown.series.len()
        });
        let Some((shown, axis)) = bars else {
            scene.lines.set(Vec::new());
            return;
        };
        let before = scene.lines.get_untracked();
        let is_kept = |line: &Arc<Computed>, of: &Chosen, at: (usize, Option<usize>)| {
            line.of == *of && (line.place, line.pane) == at && Arc::ptr_eq(&line.bars, &shown)
        };
        let mut kept = Vec::new();
        let mut jobs = Vec::new();
        let mut apart = 0;
        for (place, of) in chosen.iter().enumerate() {
            let pane = of.is_apart().then_some(apart);
            apart += usize::from(pane.is_some());
            let at = (place, pane);
            match before.iter().find(|line| is_kept(line, of, at)) {
                Some(line) => kept.push(Arc::clone(line)),
                None => {
                    let sessions = Arc::clone(&axis.sessions);
                    jobs.extend(Job::new(of, at, Arc::clone(&shown), sessions));
                }
            }
        }
        scene.lines.set(kept);
        jobs.reverse();
        if !jobs.is_empty() {
            compute_soon(scene, waiting, jobs);
        }
    });
}

/// Goes on with the last job once the page had its turn.
fn compute_soon(
    scene: Scene,
    waiting: StoredValue<Option<Timeout>, LocalStorage>,
    mut jobs: Vec<Job>,
) {
    let timeout = Timeout::new(0, move || {
        let began = browser::now();
        while let Some(mut job) = jobs.pop() {
            let done = job.go_on(began + STRETCH_MS);
            // gathering the extremes of many values takes a stretch of its own
            if !done || browser::now() >= began + STRETCH_MS {
                jobs.push(job);
                break;
            }
            let line = Arc::new(job.finish());
            scene.lines.update(|lines| {
                lines.push(line);
                lines.sort_by_key(|line| line.place);
            });
            if browser::now() >= began + STRETCH_MS {
                break;
            }
        }
        scene.longest_stretch(browser::now() - began);
        if !jobs.is_empty() {
            // the callback that is running may not be freed from within itself
            spawn_local(async move { compute_soon(scene, waiting, jobs) });
        }
    });
    // the chart may be gone by then
    drop(waiting.try_set_value(Some(timeout)));
}
