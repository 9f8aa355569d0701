//! What the parts of the page share: the sweep that is shown, what was found in it, and the passes through its trials.

use std::sync::Arc;

use atrium_shared::base::time::Day;
use atrium_shared::research::metrics::Stat;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{Measure, Results, SweepSpec};
use atrium_shared::research::window::Window;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::charts::Theme;
use atrium_shared::surface::report::{DASH, shown};
use atrium_shared::surface::share::SignalTimes;
use atrium_shared::surface::sweeps::{
    Brush, ColourScale, Found, Gather, Others, Places, Plane, PlaneOf, Ramp, Survey,
};
use atrium_shared::surface::words::value_words;
use gloo::timers::callback::Timeout;
use gloo::utils::document;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;

use super::look::{Look, SweepLook};
use super::turns::Turns;
use crate::browser;
use crate::parts::header::interval_words;
use crate::state::Lab;
use crate::state::sweep::{Stage, SweepDesk};
use crate::theme::{LookVersion, chart_theme, heat_ramp};

/// How long trials may be gone through at a stretch, in milliseconds: the page answers between two stretches.
const STRETCH_MS: f64 = 8.0;
/// Trials that are gone through before the clock is looked at again.
const BATCH: u64 = 4_096;
/// The shortest time between two passes while results come in, in milliseconds.
const REST_MS: f64 = 250.0;
/// The same between two passes for the cells alone.
const CELLS_MS: u32 = 80;
/// Measures that have an axis of their own beside the one that trials are ranked by.
pub(super) const BESIDE: [Measure; 2] = [Measure::MaxDrawdownSession, Measure::Trades];

/// The sweep that is shown, without its results.
#[derive(Debug, PartialEq)]
pub(super) struct Held {
    pub(super) spec: SweepSpec,
    pub(super) data_set: DataSet,
    pub(super) window: Window,
    pub(super) times: SignalTimes,
}

/// The same with what is derived from it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) held: Held,
    pub(super) places: Places,
    /// The places of what stood on the backtest page when it was begun.
    pub(super) base: Vec<u32>,
}

impl Shown {
    /// `now` is what stands on the backtest page: what a sweep varies is no part of its own base.
    fn new(held: Held, now: &RunConfig) -> Self {
        let spec = &held.spec;
        let base = spec.axes().iter().map(|axis| {
            let own = axis.parameter.get(now);
            let at = axis.values.iter().position(|value| Some(*value) == own);
            u32::try_from(at.unwrap_or((axis.values.len().saturating_sub(1)) / 2)).unwrap_or(0)
        });
        Self {
            places: Places::new(spec),
            base: base.collect(),
            held,
        }
    }

    pub(super) fn spec(&self) -> &SweepSpec {
        &self.held.spec
    }

    /// The number of the axis of a parameter.
    fn axis(&self, key: Option<&'static str>) -> Option<usize> {
        let key = key?;
        let mut axes = self.spec().axes().iter();
        axes.position(|axis| axis.parameter.key == key)
    }

    /// The axes from left to right and from below: those that were chosen, else those with the most values.
    pub(super) fn plane_axes(&self, look: &Look) -> (usize, Option<usize>) {
        let mut longest: Vec<usize> = (0..self.places.axes()).collect();
        longest.sort_by_key(|axis| core::cmp::Reverse(self.places.count(*axis)));
        let next = |other: Option<usize>| longest.iter().copied().find(|axis| Some(*axis) != other);
        let y = self.axis(look.y);
        let x = self.axis(look.x).filter(|x| Some(*x) != y);
        let x = x.or_else(|| next(y)).unwrap_or(0);
        (x, y.or_else(|| next(Some(x))))
    }

    /// The value at a place of an axis, in words.
    pub(super) fn words(&self, axis: usize, place: u32) -> String {
        let Some(axis) = self.spec().axes().get(axis) else {
            return DASH.to_owned();
        };
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let value = axis.values.get(place);
        value.map_or_else(
            || DASH.to_owned(),
            |value| value_words(axis.parameter, *value),
        )
    }

    /// The name of an axis.
    pub(super) fn label(&self, axis: usize) -> &'static str {
        let axis = self.spec().axes().get(axis);
        axis.map_or("", |axis| axis.parameter.label)
    }

    /// The values of a trial in words.
    pub(super) fn trial_words(&self, trial: u64) -> String {
        let places = self.places.of(self.spec(), trial);
        let words = places
            .iter()
            .enumerate()
            .map(|(axis, place)| format!("{} {}", self.label(axis), self.words(axis, *place)));
        words.collect::<Vec<_>>().join(" · ")
    }
}

/// A result as people read it.
pub(super) fn stat_words(stat: Option<Stat>, measure: Measure) -> String {
    match stat {
        Some(Stat::Value(value)) => shown(value, measure.unit()),
        _ => DASH.to_owned(),
    }
}

/// The colours and letters that pictures are made with.
#[derive(Debug, Clone)]
pub(super) struct Paint {
    pub(super) theme: Theme,
    pub(super) ramp: Ramp,
}

impl Paint {
    /// As the style sheet has them now.
    fn now() -> Option<Self> {
        let body = document().body()?;
        Some(Self {
            theme: chart_theme(&body),
            ramp: heat_ramp(&body),
        })
    }
}

/// What the parts of the page share. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    pub(super) lab: Lab,
    pub(super) desk: SweepDesk,
    pub(super) look: RwSignal<Look>,
    pub(super) shown: RwSignal<Option<Arc<Shown>>>,
    pub(super) found: RwSignal<Arc<Found>>,
    pub(super) plane: RwSignal<Option<Arc<Plane>>>,
    /// None before the page has a body.
    pub(super) paint: RwSignal<Option<Arc<Paint>>>,
    /// Whether trials are being run; a sweep that was stopped is over once its workers stand still.
    pub(super) runs: Memo<bool>,
    /// What follows from new results.
    pub(super) turns: Turns,
    /// The measure that trials are ranked and coloured by.
    pub(super) measure: Memo<Measure>,
    pub(super) scale: Memo<Option<ColourScale>>,
    /// The trial that is looked at: the chosen one, once the sweep stands the best.
    pub(super) focus: Memo<Option<u64>>,
    /// The cell that the pointer or keys are on.
    pub(super) cursor: RwSignal<Option<(u32, u32)>>,
    /// Whether the heatmap is shown as a table, too.
    pub(super) table: RwSignal<bool>,
    /// Fields of the form whose text is no number that can be.
    pub(super) unread: RwSignal<Vec<&'static str>>,
    /// Whether it is asked before a long sweep is begun.
    pub(super) asking: RwSignal<bool>,
    passes: StoredValue<Passes, Local>,
}

/// The passes through the trials: one for the cells, one for everything else.
#[derive(Default)]
struct Passes {
    gather: Option<Gather>,
    survey: Option<Survey>,
    /// What the cells are to show.
    of: Option<PlaneOf>,
    /// What the pass that is under way does not know yet.
    gather_due: bool,
    survey_due: bool,
    /// When the next survey of results that come in may begin.
    rested_at: f64,
    timer: Option<Timeout>,
}

/// What a pass goes by.
struct Question<'a> {
    spec: &'a SweepSpec,
    places: &'a Places,
    results: &'a Results,
    brush: &'a Brush,
}

impl Scene {
    pub(super) fn new(lab: Lab) -> Self {
        let desk = lab.sweep;
        let look = expect_context::<SweepLook>().0;
        let shown = RwSignal::new(None::<Arc<Shown>>);
        let found = RwSignal::new(Arc::new(Found::default()));
        let measure = Memo::new(move |_| desk.setup.with(|setup| setup.measure));
        let stands = Memo::new(move |_| {
            desk.stage
                .with(|stage| matches!(stage, Stage::Done | Stage::Cancelled))
        });
        let scale = Memo::new(move |_| {
            let spread = found.with(|found| found.spread(measure.get()))?;
            let initial = shown.with(|shown| Some(shown.as_ref()?.spec().base().initial_equity))?;
            Some(ColourScale::new(measure.get(), spread, initial))
        });
        let runs = Memo::new(move |_| {
            let is_busy = desk.progress.with(|progress| progress.busy > 0);
            desk.stage.with(|stage| match stage {
                Stage::Running | Stage::Waiting => true,
                Stage::Cancelled => is_busy,
                _ => false,
            })
        });
        let focus = Memo::new(move |_| {
            let chosen = look.with(|look| look.chosen);
            let best = || found.with(|found| found.top.first().copied());
            let trials = shown.with(|shown| Some(shown.as_ref()?.spec().trials()))?;
            // the best of those that were gone through while it ran need not be the best
            let is_whole = || {
                let count = desk.with(|sweep| sweep.map_or(0, |sweep| sweep.results.count()));
                found.with(|found| found.run == count)
            };
            let of_stand = || {
                if stands.get() && !runs.get() && is_whole() {
                    best()
                } else {
                    None
                }
            };
            chosen.or_else(of_stand).filter(|trial| *trial < trials)
        });
        let scene = Self {
            lab,
            desk,
            look,
            shown,
            found,
            plane: RwSignal::new(None),
            paint: RwSignal::new(None),
            runs,
            turns: Turns::new(),
            measure,
            scale,
            focus,
            cursor: RwSignal::new(None),
            table: RwSignal::new(false),
            unread: RwSignal::new(Vec::new()),
            asking: RwSignal::new(false),
            passes: StoredValue::new_local(Passes::default()),
        };
        scene.follow();
        scene
    }

    /// Keeps what is shown in step with what was run and what is looked at.
    fn follow(self) {
        let look = expect_context::<LookVersion>();
        Effect::new(move |_| {
            look.track();
            self.paint.set(Paint::now().map(Arc::new));
        });
        Effect::new(move |_| {
            self.desk.version.track();
            let now = self.desk.with(|sweep| {
                let sweep = sweep?;
                Some(Held {
                    spec: sweep.spec.clone(),
                    data_set: sweep.data_set.clone(),
                    window: sweep.window,
                    times: sweep.times,
                })
            });
            let before = self.shown.get_untracked();
            let same = match (&before, &now) {
                (Some(before), Some(now)) => before.held == *now,
                (None, None) => true,
                _ => false,
            };
            if !same {
                // a choice among other trials means nothing here; other dates leave it
                let spec = |shown: &Arc<Shown>| shown.spec().clone();
                if before.as_ref().map(spec).as_ref() != now.as_ref().map(|now| &now.spec) {
                    self.look.update(|look| {
                        if before.is_some() {
                            look.chosen = None;
                            look.brush = Brush::default();
                        }
                    });
                }
                self.plane.set(None);
                self.found.set(Arc::new(Found::default()));
                self.cursor.set(None);
                self.shown.set(
                    now.map(|now| Arc::new(Shown::new(now, &self.lab.committed.get_untracked()))),
                );
            }
            self.due(true, true);
        });
        let plane_of = self.plane_of();
        let brush = Memo::new(move |_| self.look.with(|look| look.brush.clone()));
        Effect::new(move |_| {
            plane_of.track();
            brush.track();
            self.again(plane_of.get_untracked());
        });
        let listed = Memo::new(move |_| self.look.with(|look| look.most));
        Effect::new(move |_| {
            self.measure.get();
            listed.get();
            brush.track();
            self.shown.track();
            self.passes.update_value(|passes| {
                passes.survey = None;
                passes.rested_at = 0.0;
            });
            self.due(false, true);
        });
        on_cleanup(move || {
            drop(self.passes.try_update_value(|passes| passes.timer.take()));
        });
    }

    /// What the plane is to show.
    fn plane_of(self) -> Memo<Option<PlaneOf>> {
        Memo::new(move |_| {
            let shown = self.shown.get()?;
            let look = self.look.get();
            let (x, y) = shown.plane_axes(&look);
            let at = match self.focus.get() {
                Some(trial) => shown.places.of(shown.spec(), trial),
                None => shown.base.clone(),
            };
            // where another trial is looked at in the same plane, that stays as it is
            let mut at = at;
            for (axis, place) in at.iter_mut().enumerate() {
                if axis == x || Some(axis) == y || look.others != Others::At {
                    *place = 0;
                }
            }
            let measure = self.measure.get();
            let others = look.others;
            Some(PlaneOf {
                x,
                y,
                measure,
                others,
                at,
            })
        })
    }

    /// Begins the cells anew, as something else is asked of them.
    fn again(self, of: Option<PlaneOf>) {
        let shown = self.shown.get_untracked();
        let gather = shown
            .zip(of.clone())
            .map(|(shown, of)| Gather::new(shown.spec(), &shown.places, of));
        self.passes.update_value(|passes| {
            passes.of = of;
            passes.gather = gather;
            passes.gather_due = false;
        });
        self.go_on(0);
    }

    /// Has results that came gone through.
    fn due(self, cells: bool, all: bool) {
        self.passes.update_value(|passes| {
            passes.gather_due |= cells;
            passes.survey_due |= all;
        });
        self.go_on(0);
    }

    /// Goes on in a moment, unless that is to happen anyway.
    fn go_on(self, wait_ms: u32) {
        let idle = self
            .passes
            .try_with_value(|passes| passes.timer.is_none())
            .unwrap_or(false);
        if idle {
            let timer = Timeout::new(wait_ms, move || self.pass());
            self.passes
                .update_value(|passes| passes.timer = Some(timer));
        }
    }

    /// Goes through trials for a stretch; what is complete is shown.
    fn pass(self) {
        let Some(Some(shown)) = self.shown.try_get_untracked() else {
            let _ = self.passes.try_update_value(|passes| passes.timer = None);
            return;
        };
        let brush = self.look.with_untracked(|look| look.brush.clone());
        let (measure, most) = (
            self.measure.get_untracked(),
            self.look.with_untracked(|look| look.most),
        );
        let done = self.passes.try_update_value(|passes| {
            passes.timer = None;
            self.desk.with(|sweep| {
                let sweep = sweep.filter(|sweep| sweep.spec == *shown.spec())?;
                let question = Question {
                    spec: shown.spec(),
                    places: &shown.places,
                    results: &sweep.results,
                    brush: &brush,
                };
                passes.begin(&question, measure, most);
                Some(passes.work(&question))
            })
        });
        let Some(Some((plane, found, wait))) = done else {
            return;
        };
        if let Some(plane) = plane {
            self.plane.set(Some(Arc::new(plane)));
        }
        if let Some(found) = found
            && self.found.with_untracked(|known| **known != found)
        {
            self.found.set(Arc::new(found));
        }
        if let Some(wait) = wait {
            self.go_on(wait);
        }
    }

    /// Reads a result.
    pub(super) fn stat(self, measure: Measure, trial: u64) -> Option<Stat> {
        self.desk.with(|sweep| sweep?.results.stat(measure, trial))
    }

    /// What the results are of: data set, interval, dates; tracked.
    pub(super) fn of_words(self) -> Option<String> {
        self.shown.with(|shown| {
            let held = &shown.as_ref()?.held;
            let (number, unit) = interval_words(held.spec.base().interval);
            let end =
                |day: Option<Day>, open: &str| day.map_or(open.to_owned(), |day| day.to_string());
            let dates = match held.window {
                window if window == Window::default() => "all dates".to_owned(),
                Window { from, to } => {
                    format!("{} to {}", end(from, "the beginning"), end(to, "the end"))
                }
            };
            let simulated = match held.data_set.simulated {
                true => " · SIMULATED, not market data",
                false => "",
            };
            Some(format!(
                "{} · {number} {unit} · {dates}{simulated}",
                held.data_set.name
            ))
        })
    }

    /// Whether some trials are picked out; tracked.
    pub(super) fn picks_some(self) -> bool {
        self.look.with(|look| !look.brush.is_open())
    }

    /// Looks at a trial.
    pub(super) fn choose(self, trial: u64) {
        self.look.update(|look| look.chosen = Some(trial));
    }

    /// Goes to the backtest page with exactly this run; where that cannot be made any more, to the banner that says so.
    pub(super) fn open(self, trial: u64) {
        self.choose(trial);
        let opened = self.desk.open_trial(self.lab, trial);
        let banner = document().get_element_by_id("sweep-stale");
        if let Some(banner) = banner.filter(|_| opened.is_err()) {
            banner.scroll_into_view();
        }
    }
}

impl Passes {
    /// Begins the passes that are due.
    fn begin(&mut self, question: &Question<'_>, measure: Measure, most: usize) {
        if self.gather_due && self.gather.is_none() {
            let of = self.of.clone();
            self.gather = of.map(|of| Gather::new(question.spec, question.places, of));
            self.gather_due = false;
        }
        if self.survey_due && self.survey.is_none() && browser::now() >= self.rested_at {
            self.survey = Some(Survey::new(question.spec, measure, &BESIDE, most));
            self.survey_due = false;
        }
    }

    /// Works for a stretch: what is complete, and in how many milliseconds there is more to do, if there is.
    fn work(&mut self, question: &Question<'_>) -> (Option<Plane>, Option<Found>, Option<u32>) {
        let Question {
            spec,
            places,
            results,
            brush,
        } = *question;
        let began = browser::now();
        let (mut plane, mut found) = (None, None);
        while browser::now() - began < STRETCH_MS {
            if let Some(gather) = &mut self.gather {
                if gather.step(spec, places, results, brush, BATCH) {
                    plane = self.gather.take().map(Gather::into_plane);
                }
            } else if let Some(survey) = &mut self.survey {
                if survey.step(spec, places, results, brush, BATCH) {
                    found = (self.survey.take()).map(|survey| survey.into_found(results));
                    self.rested_at = browser::now() + REST_MS;
                }
            } else {
                break;
            }
        }
        let wait = match () {
            () if self.gather.is_some() || self.survey.is_some() => Some(0),
            () if self.gather_due => Some(CELLS_MS),
            () if self.survey_due => Some(REST_MS as u32),
            () => None,
        };
        (plane, found, wait)
    }
}
