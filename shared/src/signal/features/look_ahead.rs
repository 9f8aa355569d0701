//! The proof that nothing looks ahead: hide the future or change it, and see whether the past stays the same.

use core::fmt;

use serde::Serialize;

use crate::base::time::{Day, Timestamp};
use crate::market::actions::{ActionKind, Actions, BadAction, CorporateAction};
use crate::market::bars::{BadSeries, BarColumns, BarSeries, SessionBars};

/// What was computed from bars: one value a bar, `None` where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct BarColumn {
    /// What it is called.
    pub name: String,
    /// One value for each bar.
    pub values: Vec<Option<f64>>,
}

/// What was done to the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// It was cut off.
    Cut,
    /// Its prices, volumes and corporate actions were replaced by others.
    Changed,
}

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LookAheadReport {
    /// How many bars there are.
    pub bars: usize,
    /// After how many of them the future was hidden.
    pub points: usize,
    /// How many values were compared.
    pub values: u64,
}

/// A value that knew the future.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Violation {
    /// Which column.
    pub name: String,
    /// The bar's index.
    pub bar: usize,
    /// The bar's start.
    pub start: Timestamp,
    /// Its value with all bars.
    pub with_future: Option<f64>,
    /// Its value with the future hidden.
    pub without_future: Option<f64>,
    /// How the future was hidden.
    pub hidden: Hidden,
    /// The start of the first bar that was hidden.
    pub hidden_from: Timestamp,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said =
            |value: Option<f64>| value.map_or("no value".to_owned(), |value| value.to_string());
        let done = match self.hidden {
            Hidden::Cut => "are cut off",
            Hidden::Changed => "have other prices and corporate actions",
        };
        write!(
            f,
            "{} looks ahead: at bar {} ({}) it is {} with all bars, but {} where those from {} on {done}",
            self.name,
            self.bar,
            self.start,
            said(self.with_future),
            said(self.without_future),
            self.hidden_from
        )
    }
}

/// Why a check did not pass.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LookAheadError<E> {
    /// A value knew the future: the first one found.
    #[error("{0}")]
    Violation(Violation),
    /// The columns changed their number, order, names or length with the future.
    #[error(
        "with {bars} bars there should be {expected:?}, one value a bar, as with all bars, but there are {found:?}: which columns there are looks ahead"
    )]
    OtherColumns {
        /// How many bars were shown.
        bars: usize,
        /// The columns with all bars.
        expected: Vec<String>,
        /// The columns found, with their lengths.
        found: Vec<(String, usize)>,
    },
    /// The bars could not be cut.
    #[error(transparent)]
    Bars(#[from] BadSeries),
    /// The corporate actions could not be changed.
    #[error(transparent)]
    Actions(#[from] BadAction),
    /// The values could not be computed.
    #[error("{0}")]
    Compute(E),
}

/// Checks that nothing which `compute` gives depends on bars or corporate actions to come: not on their values, and not on
/// whether there are any.
///
/// `compute` is a black box from bars and their actions to columns with one value a bar: features, predictions, decisions. It is
/// run on all of them; then, for up to `points` places, on the bars before that place and the actions known by then alone, and
/// on all bars with other prices, volumes and actions from that place on. The values of the bars before it must be the same to the last bit. Places are spread without a
/// rhythm; every other one is moved to where a session begins, and the last bar is always hidden once, since what
/// happens at the end of a day or of the data is where things look ahead most easily.
///
/// # Errors
/// [`LookAheadError::Violation`] with the first value that knew the future.
pub fn check_look_ahead<E>(
    bars: &SessionBars,
    actions: &Actions,
    points: usize,
    mut compute: impl FnMut(&SessionBars, &Actions) -> Result<Vec<BarColumn>, E>,
) -> Result<LookAheadReport, LookAheadError<E>> {
    let whole = compute(bars, actions).map_err(LookAheadError::Compute)?;
    let count = bars.series().len();
    check_shape(&whole, &whole, count)?;
    let mut report = LookAheadReport {
        bars: count,
        points: 0,
        values: 0,
    };
    for place in places(bars, points) {
        for hidden in [Hidden::Cut, Hidden::Changed] {
            let shown = with_hidden(bars, place, hidden)?;
            let known = known_actions(bars, actions, place, hidden)?;
            let columns = compute(&shown, &known).map_err(LookAheadError::Compute)?;
            check_shape(&whole, &columns, shown.series().len())?;
            for (with, without) in whole.iter().zip(&columns) {
                if let Some(violation) = first_difference(bars, with, without, place, hidden) {
                    return Err(LookAheadError::Violation(violation));
                }
                report.values += place as u64;
            }
        }
        report.points += 1;
    }
    Ok(report)
}

fn check_shape<E>(
    whole: &[BarColumn],
    columns: &[BarColumn],
    bars: usize,
) -> Result<(), LookAheadError<E>> {
    let same_names = whole
        .iter()
        .map(|column| &column.name)
        .eq(columns.iter().map(|column| &column.name));
    if same_names && columns.iter().all(|column| column.values.len() == bars) {
        return Ok(());
    }
    let found = columns
        .iter()
        .map(|column| (column.name.clone(), column.values.len()));
    Err(LookAheadError::OtherColumns {
        bars,
        expected: whole.iter().map(|column| column.name.clone()).collect(),
        found: found.collect(),
    })
}

/// The part of the golden section that spreads places evenly, however many there are, and in step with nothing.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// The places from which on the future is hidden, in increasing order: at least one bar before them and one after.
fn places(bars: &SessionBars, points: usize) -> Vec<usize> {
    let Some(last) = bars.series().len().checked_sub(1).filter(|last| *last > 0) else {
        return Vec::new();
    };
    let session = bars.session();
    let next_session = |place: usize| {
        let day = session.get(place.saturating_sub(1));
        let rest = session.iter().skip(place);
        let within = rest.take_while(|other| Some(*other) == day).count();
        (place + within).min(last)
    };
    let mut places = vec![last];
    let mut spread = 0.0;
    for number in 1..points.min(last) {
        spread = (spread + GOLDEN).fract();
        let place = 1 + (spread * last as f64) as usize;
        let place = place.min(last);
        places.push(if number % 2 == 0 {
            next_session(place)
        } else {
            place
        });
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// The bars with the future from `place` on hidden.
fn with_hidden(bars: &SessionBars, place: usize, hidden: Hidden) -> Result<SessionBars, BadSeries> {
    let series = bars.series();
    let mut columns = BarColumns::default();
    for (index, (start, prices, volume)) in series.rows().enumerate() {
        match hidden {
            _ if index < place => columns.push(start, prices, volume),
            Hidden::Cut => break,
            Hidden::Changed => {
                // up and down by turns, so that levels, moves, ranges and volumes all differ
                let factor = if (index - place).is_multiple_of(2) {
                    1.25
                } else {
                    0.625
                };
                columns.push(
                    start,
                    prices.map(|price| price * factor),
                    volume * 2.0 + 3.0,
                );
            }
        }
    }
    SessionBars::new(BarSeries::new(series.interval(), columns)?, bars.calendar())
}

/// The actions with those hidden that come into force only after the session of the last bar before `place`.
fn known_actions(
    bars: &SessionBars,
    actions: &Actions,
    place: usize,
    hidden: Hidden,
) -> Result<Actions, BadAction> {
    let last = bars.session().get(place.saturating_sub(1)).copied();
    let today = last.unwrap_or(Day(i32::MIN));
    let all = actions.list();
    let known = all.partition_point(|action| action.first_day <= today);
    let (known, later) = all.split_at_checked(known).unwrap_or((all, &[]));
    let mut shown = known.to_vec();
    if hidden == Hidden::Changed {
        let other = |value: f64| if value < 0.4 { 0.5 } else { 0.25 };
        shown.extend(later.iter().map(|action| CorporateAction {
            first_day: action.first_day,
            kind: match action.kind {
                ActionKind::Split { ratio } => ActionKind::Split {
                    ratio: other(ratio),
                },
                ActionKind::Dividend { factor } => ActionKind::Dividend {
                    factor: other(factor),
                },
            },
        }));
        let first_day = Day(today.0.saturating_add(1));
        let is_split = |action: &CorporateAction| {
            action.first_day == first_day && matches!(action.kind, ActionKind::Split { .. })
        };
        if !shown.iter().any(is_split) {
            let kind = ActionKind::Split { ratio: 3.0 };
            shown.push(CorporateAction { first_day, kind });
        }
    }
    Actions::new(shown)
}

fn first_difference(
    bars: &SessionBars,
    with: &BarColumn,
    without: &BarColumn,
    place: usize,
    hidden: Hidden,
) -> Option<Violation> {
    let bits = |value: &Option<f64>| value.map(f64::to_bits);
    let pairs = with.values.iter().zip(&without.values).take(place);
    let (bar, (with_future, without_future)) = pairs
        .enumerate()
        .find(|(_, (with, without))| bits(with) != bits(without))?;
    let start = bars.series().start();
    Some(Violation {
        name: with.name.clone(),
        bar,
        start: start.get(bar).copied()?,
        with_future: *with_future,
        without_future: *without_future,
        hidden,
        hidden_from: start.get(place).copied()?,
    })
}
