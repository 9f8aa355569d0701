//! Generated markets: sessions of a calendar, prices that walk, jump and stand still, predictions and signals.

use atrium_shared::base::math;
use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::base::units::{TickGrid, Ticks};
use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::bars::{BadSeries, BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Prepared, TradedBars};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::{
    PredictionRow, PredictionSeries, Target, TargetField, TargetKind,
};
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::fills::Intrabar;
use atrium_shared::trading::strategy::Strategy;

use super::{CaseError, GeneratedMarket, Shape, quarter, vary};
use crate::draws::Draws;

/// A market before its configuration is known.
pub(super) struct Drawn {
    pub(super) instrument: Instrument,
    pub(super) finer: BarSeries,
    pub(super) bars: SessionBars,
    pub(super) actions: Actions,
    pub(super) predictions: Option<PredictionSeries>,
    pub(super) signals: Option<SignalSeries>,
}

/// Streams of a market begin here, so many apart; the ones below belong to the configuration.
const STREAMS: u64 = 100;

/// Days near which something happens: New York and Prague change their clocks, a session is short, a week is broken by
/// holidays. Days since 1970.
const SEAMS: [i32; 8] = [
    19_790, // 2024-03-08, before the change in New York
    19_809, // 2024-03-27, before Good Friday and the change in Prague
    20_020, // 2024-10-24, before the change in Prague
    20_027, // 2024-10-31, before the change in New York
    20_053, // 2024-11-26, before Thanksgiving and a half-day
    20_079, // 2024-12-22, before a half-day and Christmas
    19_905, // 2024-07-01, before a half-day and Independence Day
    11_573, // 2001-09-08, before four days without a session
];

/// The interval of the bars of a case.
pub(super) fn interval(shape: &Shape) -> BarInterval {
    if !shape.varies(vary::CALENDAR) {
        return BarInterval::minutes(60);
    }
    let minutes = BarInterval::minutes;
    Draws::new(shape.seed, 0).pick([
        minutes(1),
        minutes(5),
        minutes(15),
        minutes(30),
        minutes(60),
        minutes(240),
        BarInterval::Day,
    ])
}

/// Draws an instrument, its bars and what may be made at their closes.
pub(super) fn draw(shape: &Shape, index: u16, interval: BarInterval) -> Result<Drawn, CaseError> {
    let stream = STREAMS * (1 + u64::from(index));
    let calendar = calendar(shape, stream);
    let instrument = instrument(shape, calendar, index);
    let starts = starts(shape, stream + 2, calendar, quarter(interval));
    let finer = prices(shape, stream + 3, &instrument, &starts, quarter(interval))?;
    let actions = actions(
        shape,
        stream + 7,
        &SessionBars::new(finer.clone(), calendar)?,
    )?;
    let finer = raw(finer, calendar, &actions)?;
    let bars = resample(&finer, interval, calendar)?.bars;
    let predictions = predictions(shape, stream + 4, &bars, &actions)?;
    let signals = signals(shape, stream + 5, &bars)?;
    let finer = with_holes(shape, stream + 6, finer)?;
    Ok(Drawn {
        instrument,
        finer,
        bars,
        actions,
        predictions: Some(predictions),
        signals: Some(signals),
    })
}

/// Makes of a drawn market what its configuration asks for.
pub(super) fn prepare(drawn: Drawn, config: &RunConfig) -> Result<GeneratedMarket, CaseError> {
    let Drawn {
        instrument,
        finer,
        bars,
        actions,
        predictions,
        signals,
    } = drawn;
    let by_series = config.prediction.source == Source::Series;
    let predictions = predictions.filter(|_| by_series);
    let traded = TradedBars::new(bars.clone(), actions.clone());
    let mut prepared = match &predictions {
        Some(series) => Prepared::with_predictions(traded, config.prediction, series)?,
        None => Prepared::new(traded, config.prediction)?,
    };
    let signals = signals.filter(|_| matches!(config.strategy, Strategy::Signals(_)));
    if let Some(series) = &signals {
        prepared = prepared.with_signals(series)?;
    }
    if config.fills.intrabar == Intrabar::Refined {
        prepared = prepared.with_finer(&finer)?;
    }
    Ok(GeneratedMarket {
        instrument,
        bars,
        actions,
        finer,
        predictions,
        signals,
        prepared,
    })
}

fn calendar(shape: &Shape, stream: u64) -> Calendar {
    if shape.varies(vary::CALENDAR) {
        Draws::new(shape.seed, stream).pick([Calendar::Nyse, Calendar::Crypto])
    } else {
        Calendar::Crypto
    }
}

/// What is traded. All instruments of a case have units of one kind, so that its account can pay for some lots of each.
fn instrument(shape: &Shape, calendar: Calendar, index: u16) -> Instrument {
    let mut draws = Draws::new(shape.seed, 3);
    let plain = Instrument {
        calendar,
        ..Instrument::us_share(&format!("GEN{index}"))
    };
    if !shape.varies(vary::UNITS) {
        return plain;
    }
    let lot_size = draws.pick([1.0, 1.0, 0.0001, 0.1, 100.0, 3.0]);
    Instrument {
        tick_size: draws.pick([0.01, 0.25, 1.0, 0.0001, 0.05, 1e-6, 0.3, 1.0 / 64.0]),
        lot_size,
        multiplier: draws.pick([1.0, 1.0, 50.0, 0.1]),
        min_quantity: draws.pick([0.0, 1.0, 3.0]) * lot_size,
        min_notional: draws.pick([0.0, 0.0, 10.0]),
        ..plain
    }
}

/// When the finer bars of a market start: whole sessions, some bars missing, as many as make up the bars of the shape.
fn starts(shape: &Shape, stream: u64, calendar: Calendar, finer: BarInterval) -> Vec<Timestamp> {
    let mut draws = Draws::new(shape.seed, stream);
    // instruments of a case trade on the same days
    let mut shared = Draws::new(shape.seed, 1);
    let seam = shared.pick(SEAMS);
    let any = shared.whole(14_610, 20_000) as i32;
    let mut day = if shape.varies(vary::CALENDAR) && shared.chance(0.7) {
        seam
    } else {
        any
    };
    let missing = if shape.varies(vary::MISSING) {
        draws.pick([0.02, 0.2, 0.6])
    } else {
        0.0
    };
    let per_bar = if finer.seconds() == 3_600 { 6 } else { 4 };
    let wanted = shape.bars.max(1) as usize * per_bar;
    let length = i64::from(finer.seconds());
    let mut starts = Vec::with_capacity(wanted);
    while starts.len() < wanted {
        if let Ok(Some(session)) = calendar.session(Day(day)) {
            let mut at = session.open;
            while at < session.close && starts.len() < wanted {
                // a market needs one bar at least
                if !draws.chance(missing) || starts.is_empty() {
                    starts.push(at);
                }
                at = at.plus_seconds(length);
            }
        }
        day += 1;
    }
    starts
}

/// How the price of a market moves.
struct Walk {
    grid: Option<TickGrid>,
    /// The least price.
    least: f64,
    /// Standard deviation of a step's log return.
    sigma: f64,
    jump: f64,
    flat: f64,
    /// Bars for which the price still stands still.
    still: i64,
    price: f64,
}

fn prices(
    shape: &Shape,
    stream: u64,
    instrument: &Instrument,
    starts: &[Timestamp],
    interval: BarInterval,
) -> Result<BarSeries, CaseError> {
    let mut draws = Draws::new(shape.seed, stream);
    let tick = instrument.tick_size;
    let ticks = draws.scaled(0.2, 5.0) * ticks(shape);
    let on_grid = !shape.varies(vary::OFF_GRID);
    let mut walk = Walk {
        grid: TickGrid::new(tick).ok().filter(|_| on_grid),
        least: tick,
        sigma: draws.scaled(1e-4, 0.02),
        jump: if shape.varies(vary::GAPS) { 0.05 } else { 0.0 },
        flat: if shape.varies(vary::FLAT) { 0.03 } else { 0.0 },
        still: 0,
        price: ticks * tick,
    };
    let volumes = draws.pick([1e3, 50.0, 1e6]);
    let mut columns = BarColumns::default();
    for &start in starts {
        let prices = walk.bar(&mut draws);
        let volume = if draws.chance(0.02) {
            0.0
        } else {
            (draws.between(0.0, volumes)).floor() * instrument.lot_size
        };
        columns.push(start, prices, volume);
    }
    Ok(BarSeries::new(interval, columns)?)
}

/// A split, a dividend or both, at the first bars of sessions.
fn actions(shape: &Shape, stream: u64, bars: &SessionBars) -> Result<Actions, CaseError> {
    if !shape.varies(vary::ACTIONS) {
        return Ok(Actions::default());
    }
    let mut draws = Draws::new(shape.seed, stream);
    let mut days = bars.session().to_vec();
    days.dedup();
    let mut day = || draws.pick_of(&days).unwrap_or(Day(0));
    let (split_day, dividend_day) = (day(), day());
    let ratio = draws.pick([10.0, 2.0, 0.1, 1.5, 1.0 / 3.0, 4.0]);
    let factor = draws.pick([0.98, 0.995, 0.6]);
    let split = CorporateAction {
        first_day: split_day,
        kind: ActionKind::Split { ratio },
    };
    let dividend = CorporateAction {
        first_day: dividend_day,
        kind: ActionKind::Dividend { factor },
    };
    Ok(Actions::new(match draws.below(3) {
        0 => vec![split],
        1 => vec![dividend],
        _ => vec![split, dividend],
    })?)
}

/// What was traded where prices without a jump are those of one basis: that of the first bar.
///
/// # Errors
/// [`BadSeries`] where prices become too small or too large.
pub(crate) fn raw(
    finer: BarSeries,
    calendar: Calendar,
    actions: &Actions,
) -> Result<BarSeries, BadSeries> {
    if actions.is_empty() {
        return Ok(finer);
    }
    let sessions = SessionBars::new(finer, calendar)?;
    let first = sessions
        .session()
        .first()
        .map_or(1.0, |day| actions.factor(*day));
    let mut columns = BarColumns::default();
    for ((start, prices, volume), day) in sessions.series().rows().zip(sessions.session()) {
        let scale = first / actions.factor(*day);
        columns.push(start, prices.map(|price| price * scale), volume);
    }
    BarSeries::new(sessions.series().interval(), columns)
}

/// The first price of a case's markets, about, in ticks.
fn ticks(shape: &Shape) -> f64 {
    let mut draws = Draws::new(shape.seed, 4);
    match draws.below(4) {
        _ if !shape.varies(vary::SCALE) => 10_000.0,
        0 => draws.scaled(1.0, 20.0),
        1 => draws.scaled(1e6, 1e10),
        _ => draws.scaled(20.0, 1e6),
    }
}

impl Walk {
    fn bar(&mut self, draws: &mut Draws) -> [f64; 4] {
        if self.still == 0 && draws.chance(self.flat) {
            self.still = draws.whole(1, 60);
        }
        if self.still > 0 {
            self.still -= 1;
            let price = self.placed(self.price);
            return [price; 4];
        }
        if draws.chance(self.jump) {
            let far = draws.pick([2.0, 10.0, 40.0]);
            self.go(far * draws.normal());
        } else if draws.chance(0.2) {
            self.go(draws.normal());
        }
        let open = self.placed(self.price);
        let (mut high, mut low, mut close) = (open, open, open);
        for _ in 0..4 {
            self.go(0.5 * draws.normal());
            close = self.placed(self.price);
            if close > high {
                high = close;
            }
            if close < low {
                low = close;
            }
        }
        [open, high, low, close]
    }

    /// Moves by so many standard deviations, and back into sight where that leads out of it.
    fn go(&mut self, deviations: f64) {
        let moved = self.price * math::exp(self.sigma * deviations);
        self.price = if moved < self.least {
            self.least
        } else if moved > 1e12 {
            1e12
        } else {
            moved
        };
    }

    fn placed(&self, price: f64) -> f64 {
        match &self.grid {
            Some(grid) => {
                let ticks = grid.floor(price);
                grid.price(if ticks < Ticks(1) { Ticks(1) } else { ticks })
            }
            None => price,
        }
    }
}

/// Predictions that a gate may pass: moves of some per cent of the price, or of a few ticks, for most bars.
fn predictions(
    shape: &Shape,
    stream: u64,
    bars: &SessionBars,
    actions: &Actions,
) -> Result<PredictionSeries, CaseError> {
    let mut draws = Draws::new(shape.seed, stream);
    // instruments of a case share one configuration, so the target is drawn for all of them
    let target = target(shape);
    let scale = draws.scaled(1e-4, 0.1);
    let mut rows = Vec::new();
    let days = bars.session();
    for ((for_bar, [_, high, low, close], _), day) in bars.series().rows().zip(days) {
        let drawn = draws.normal();
        let confidence = draws.chance(0.8).then(|| draws.between(0.0, 1.0) as f32);
        let skipped = draws.chance(0.1);
        let in_ranges = draws.chance(0.5);
        let move_by = if in_ranges {
            3.0 * drawn * (high - low)
        } else {
            drawn * scale * close
        };
        let price = if close + move_by > close / 10.0 {
            close + move_by
        } else {
            close / 10.0
        };
        let value = match target.kind {
            // prices that are given stand on the basis after the last action
            TargetKind::Price => price * actions.factor(*day),
            TargetKind::LogReturn => math::ln(price / close),
        };
        if !skipped {
            rows.push(PredictionRow {
                for_bar,
                value: value as f32,
                in_sample: false,
                confidence,
            });
        }
    }
    Ok(PredictionSeries::new(target, rows)?)
}

/// What a given series predicts.
pub(super) fn target(shape: &Shape) -> Target {
    if !shape.varies(vary::SOURCE) {
        return Target {
            field: TargetField::Open,
            kind: TargetKind::LogReturn,
            horizon_bars: 4,
        };
    }
    let mut draws = Draws::new(shape.seed, 2);
    Target {
        field: draws.pick([TargetField::Open, TargetField::Close]),
        kind: draws.pick([TargetKind::Price, TargetKind::LogReturn]),
        horizon_bars: draws.pick([2, 3, 4, 7, 25]),
    }
}

fn signals(shape: &Shape, stream: u64, bars: &SessionBars) -> Result<SignalSeries, CaseError> {
    let mut draws = Draws::new(shape.seed, stream);
    let mut rows = Vec::new();
    for (for_bar, [_, high, low, close], _) in bars.series().rows() {
        let direction = draws.pick([
            Direction::Long,
            Direction::Short,
            Direction::Flat,
            Direction::Long,
        ]);
        let range = if high > low { high - low } else { close / 50.0 };
        let sign = if direction == Direction::Long {
            1.0
        } else {
            -1.0
        };
        let entry = direction != Direction::Flat;
        let mut level = |sign: f64| {
            let price = close + sign * draws.between(0.2, 4.0) * range;
            (entry && draws.chance(0.6) && price > 0.0).then_some(price)
        };
        let (target, stop) = (level(sign), level(-sign));
        let size = (entry && draws.chance(0.2)).then(|| draws.scaled(0.1, 100.0));
        // there is always one signal, so that the series belongs to some bar
        if draws.chance(0.4) || rows.is_empty() {
            rows.push(SignalRow {
                for_bar,
                signal: Signal {
                    direction,
                    size,
                    target,
                    stop,
                },
            });
        }
    }
    Ok(SignalSeries::new(rows)?)
}

/// Leaves out some finer bars after the bars were cut from them, so that they no longer make up every bar.
fn with_holes(shape: &Shape, stream: u64, finer: BarSeries) -> Result<BarSeries, CaseError> {
    let mut draws = Draws::new(shape.seed, stream);
    if !draws.chance(0.5) {
        return Ok(finer);
    }
    let mut columns = BarColumns::default();
    for (start, prices, volume) in finer.rows() {
        if !draws.chance(0.1) {
            columns.push(start, prices, volume);
        }
    }
    Ok(BarSeries::new(finer.interval(), columns)?)
}
