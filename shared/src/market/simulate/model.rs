//! A market with the traits of real ones: volatility that clusters and rises when prices fall, fat tails, jumps, gaps between
//! sessions, a course of the day, corporate actions, and the faults that recorded data have.

use jiff::civil::Weekday;

use super::profile::{Course, Profile};
use crate::base::math;
use crate::base::random::Random;
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::actions::{ActionKind, Actions, BadAction, CorporateAction};
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::{Calendar, OutsideCalendar, Session};

/// A market to simulate. Equal values give equal bars on every machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Market {
    /// The seed of every draw but those of the common factor.
    pub seed: u64,
    /// When it trades.
    pub calendar: Calendar,
    /// The first trade date.
    pub from: Day,
    /// The last trade date, included.
    pub to: Day,
    /// The price before the first bar.
    pub first_price: f64,
    /// Price steps in 1: 100 for cents.
    pub ticks_per_unit: f64,
    /// Volatility a year of close-to-close log returns, about which that of a session wanders.
    pub volatility: f64,
    /// Drift of the log price a year.
    pub drift: f64,
    /// The share of a session's variance that falls between a close and the next open, where there is time between them.
    pub gap_share: f64,
    /// The correlation of each step with a factor that all markets of one calendar and span share, 0 to 1.
    pub common: f64,
    /// Every so many sessions the gap is [`NEWS_GAP`] times its usual size, as after quarterly results; 0 for never.
    pub news_every: usize,
    /// The course of the day.
    pub profile: Profile,
    /// Mean volume a minute.
    pub volume: f64,
    /// Volume steps in 1: 1 for whole shares.
    pub volume_steps_per_unit: f64,
    /// What happens to it.
    pub events: &'static [MarketEvent],
}

/// What happens to a market, or to the recording of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarketEvent {
    /// A split: raw prices fall, and volumes rise, by the ratio.
    Split {
        /// The first session on the new basis.
        first_day: Day,
        /// New shares an old share.
        ratio: f64,
    },
    /// A dividend: the price opens lower by it.
    Dividend {
        /// The first session without it.
        first_day: Day,
        /// Cash a share.
        amount: f64,
    },
    /// A halt or an outage: no bars inside a session, and a price that has moved when they come again.
    Halt {
        /// The first minute without a bar.
        from: Timestamp,
        /// How many minutes.
        minutes: i64,
        /// The log return over the halt, besides the usual wandering.
        jump: f64,
    },
    /// A bad tick: one minute's low is a price at which nothing was traded.
    BadTick {
        /// The minute.
        at: Timestamp,
        /// The ratio of the bad low to the true one, below 1.
        factor: f64,
    },
}

/// Bars of a simulated market.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Minute bars, raw: as they were traded.
    pub bars: BarSeries,
    /// The splits and dividends over which to adjust them.
    pub actions: Actions,
}

/// Why a market cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadMarket {
    /// The bars are none, which a price that falls to nothing could cause.
    #[error(transparent)]
    Series(#[from] BadSeries),
    /// An action is out of bounds.
    #[error(transparent)]
    Action(#[from] BadAction),
    /// The days lie beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] OutsideCalendar),
}

/// How many times its usual size a gap with news is.
pub const NEWS_GAP: f64 = 3.5;

/// The log volatility of sessions, as in an EGARCH(1, 1) model: what survives to the next one, what the size of a return adds and
/// what its sign adds, so that falling prices raise it.
const DAILY: [f64; 3] = [0.96, 0.10, -0.07];
/// The mean of the absolute value of a standard normal draw.
const MEAN_SIZE: f64 = 0.797_884_560_802_865_4;
/// The variance of that log volatility: (0.10² (1 − 2/π) + 0.07²) / (1 − 0.96²).
const DAILY_VARIANCE: f64 = 0.108_848;
/// The log volatility of minutes: what survives, the deviation of what is added, and what a return's sign adds.
const MINUTELY: [f64; 3] = [0.985, 0.06, -0.012];
/// The variance of that: (0.06² + 0.012²) / (1 − 0.985²).
const MINUTELY_VARIANCE: f64 = 0.125_743;
/// How likely a jump is in a minute, and its least and greatest size in deviations of a minute.
const JUMP: (f64, f64, f64) = (1.0 / 1_200.0, 3.0, 9.0);
/// Price steps a minute, the first of which leads to the open.
const STEPS: usize = 5;
/// The seed of the common factor.
const COMMON_SEED: u64 = 20_240_101;

/// Minute bars of a market over the sessions of its calendar, and its corporate actions.
///
/// Log volatility is the sum of a part that changes from session to session and one that changes from minute to minute; the course
/// of the day multiplies it. Volume follows the course, the volatility and the size of each minute's return.
///
/// # Errors
/// [`BadMarket`] where the days lie beyond the calendar or an event makes no sense.
pub fn simulate_market(market: &Market) -> Result<Simulated, BadMarket> {
    let sessions = market.calendar.sessions(market.from, market.to)?;
    let mut state = State::new(market);
    let mut course = Course::default();
    let mut previous: Option<Timestamp> = None;
    for (index, session) in sessions.iter().enumerate() {
        let minutes = session.close.micros_since(session.open) / MICROS_PER_MINUTE;
        if course.volume.len() as i64 != minutes {
            course = market.profile.course(minutes);
        }
        state.begin(index, session, previous);
        state.trade(session, &course);
        state.end();
        previous = Some(session.close);
    }
    Ok(Simulated {
        bars: BarSeries::new(BarInterval::minutes(1), state.columns)?,
        actions: Actions::new(state.actions)?,
    })
}

const MICROS_PER_MINUTE: i64 = 60_000_000;

struct State<'a> {
    market: &'a Market,
    own: Random,
    common: Random,
    columns: BarColumns,
    actions: Vec<CorporateAction>,
    log_price: f64,
    /// Log volatility beyond the usual, of the session and of the minute.
    daily: f64,
    minutely: f64,
    /// The deviation of the session's log return, and of what of it falls within the session.
    deviation: f64,
    within: f64,
    /// What multiplies the session's volume.
    busy: f64,
    /// The session's log return so far, without corporate actions.
    log_return: f64,
}

impl<'a> State<'a> {
    fn new(market: &'a Market) -> Self {
        Self {
            market,
            own: Random::new(market.seed, 0),
            common: Random::new(COMMON_SEED, 0),
            columns: BarColumns::default(),
            actions: Vec::new(),
            log_price: math::ln(market.first_price),
            daily: 0.0,
            minutely: 0.0,
            deviation: 0.0,
            within: 0.0,
            busy: 1.0,
            log_return: 0.0,
        }
    }

    /// The night before a session: the gap and what corporate actions make of the price.
    fn begin(&mut self, index: usize, session: &Session, previous: Option<Timestamp>) {
        let market = self.market;
        let date = session.day.date();
        let weekend =
            date.is_some_and(|date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday));
        let (volatility, volume) = market.profile.of_day(weekend);
        let usual = market.volatility / math::sqrt(market.calendar.sessions_per_year());
        self.deviation = usual * volatility * math::exp(self.daily - DAILY_VARIANCE);
        self.busy = volume * math::exp(0.5 * self.daily);
        let drift = market.drift / market.calendar.sessions_per_year();
        self.log_return = drift;
        let gaps = previous.is_some_and(|close| close < session.open);
        let gap_share = if gaps { market.gap_share } else { 0.0 };
        self.within = self.deviation * math::sqrt(1.0 - gap_share);
        let draw = self.own.normal();
        if gaps {
            let news = market.news_every > 0 && index.is_multiple_of(market.news_every);
            let size = if news { NEWS_GAP } else { 1.0 };
            self.log_return += size * self.deviation * math::sqrt(gap_share) * draw;
        }
        let before = self.log_price;
        self.log_price += self.log_return;
        for event in market.events {
            let kind = match *event {
                MarketEvent::Split { first_day, ratio } if first_day == session.day => {
                    ActionKind::Split { ratio }
                }
                MarketEvent::Dividend { first_day, amount } if first_day == session.day => {
                    ActionKind::Dividend {
                        factor: 1.0 - amount / self.price(before),
                    }
                }
                _ => continue,
            };
            let action = CorporateAction {
                first_day: session.day,
                kind,
            };
            self.log_price += math::ln(action.price_factor());
            self.actions.push(action);
        }
    }

    fn trade(&mut self, session: &Session, course: &Course) {
        let step = self.within / math::sqrt((course.volume.len() * STEPS) as f64);
        let shares = self.shares(session.day);
        let mut start = session.open;
        for (&volatility, &volume) in course.volatility.iter().zip(&course.volume) {
            let (prices, size) = self.minute(step * volatility);
            let activity = math::exp(0.45 * self.own.normal() - 0.1 + 0.6 * self.minutely);
            let traded = self.market.volume * shares * self.busy * volume * activity;
            self.record(start, prices, traded * (0.6 + 0.5 * size));
            start = start.plus_seconds(60);
        }
    }

    /// Moves the price by a minute; its prices, and the size of its return in deviations.
    fn minute(&mut self, step: f64) -> ([f64; 4], f64) {
        let weight = self.market.common;
        let own_weight = math::sqrt(1.0 - weight * weight);
        let step = step * math::exp(self.minutely - MINUTELY_VARIANCE);
        let before = self.log_price;
        if self.own.uniform() < JUMP.0 {
            let size = JUMP.1 + (JUMP.2 - JUMP.1) * self.own.uniform();
            let sign = if self.own.uniform() < 0.5 { -1.0 } else { 1.0 };
            self.log_price += sign * size * step * math::sqrt(STEPS as f64);
        }
        let [mut open, mut high, mut low, mut close] = [0.0; 4];
        for index in 0..STEPS {
            let mut draw = self.own.normal();
            if weight > 0.0 {
                draw = own_weight * draw + weight * self.common.normal();
            }
            self.log_price += step * draw;
            close = self.price(self.log_price);
            if index == 0 {
                (open, high, low) = (close, close, close);
            }
            high = if close > high { close } else { high };
            low = if close < low { close } else { low };
        }
        let moved = self.log_price - before;
        self.log_return += moved;
        let deviations = moved / (step * math::sqrt(STEPS as f64));
        // a jump counts for no more than a great move
        let signed = deviations.clamp(-4.0, 4.0);
        let [survives, added, sign] = MINUTELY;
        self.minutely = survives * self.minutely + added * self.own.normal() + sign * signed;
        ([open, high, low, close], signed.abs())
    }

    /// Records a minute, unless trading is halted.
    fn record(&mut self, start: Timestamp, mut prices: [f64; 4], volume: f64) {
        for event in self.market.events {
            match *event {
                MarketEvent::Halt {
                    from,
                    minutes,
                    jump,
                } => {
                    let since = start.micros_since(from).div_euclid(MICROS_PER_MINUTE);
                    if (0..minutes).contains(&since) {
                        if since + 1 == minutes {
                            self.log_price += jump;
                            self.log_return += jump;
                        }
                        return;
                    }
                }
                MarketEvent::BadTick { at, factor } if at == start => {
                    let [_, _, low, _] = &mut prices;
                    *low = self.rounded(*low * factor);
                }
                _ => {}
            }
        }
        let steps = self.market.volume_steps_per_unit;
        let whole = (volume * steps).round();
        let volume = if whole < 1.0 { 1.0 } else { whole } / steps;
        self.columns.push(start, prices, volume);
    }

    /// What the session teaches the next one about volatility.
    fn end(&mut self) {
        let [survives, size, sign] = DAILY;
        let deviations = (self.log_return / self.deviation).clamp(-4.0, 4.0);
        self.daily =
            survives * self.daily + size * (deviations.abs() - MEAN_SIZE) + sign * deviations;
    }

    /// Shares of a day for each one at the start.
    fn shares(&self, day: Day) -> f64 {
        self.market
            .events
            .iter()
            .fold(1.0, |shares, event| match *event {
                MarketEvent::Split { first_day, ratio } if first_day <= day => shares * ratio,
                _ => shares,
            })
    }

    fn price(&self, log_price: f64) -> f64 {
        self.rounded(math::exp(log_price))
    }

    /// A price on the market's grid, at least one step.
    fn rounded(&self, price: f64) -> f64 {
        let ticks = (price * self.market.ticks_per_unit).round();
        let ticks = if ticks < 1.0 { 1.0 } else { ticks };
        ticks / self.market.ticks_per_unit
    }
}
