//! Simulated minute bars, for a first look without data of one's own. Wherever they are shown they are called simulated.

mod demo;
mod model;
mod profile;

pub use demo::{DEMO, Demo};
pub use model::{BadMarket, Market, MarketEvent, NEWS_GAP, Simulated, simulate_market};
pub use profile::Profile;

use crate::base::math;
use crate::base::random::Random;
use crate::base::time::{BarInterval, Day};
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::{Calendar, Session};

/// What to simulate. Equal values give equal bars on every machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simulation {
    /// The seed of every draw.
    pub seed: u64,
    /// The first day.
    pub from: Day,
    /// The last day, included.
    pub to: Day,
    /// The first price.
    pub first_price: f64,
    /// Volatility a year of the close-to-close log return, about which the daily volatility wanders.
    pub volatility: f64,
}

/// The share of a day's variance that falls between the close and the next open.
const OVERNIGHT_SHARE: f64 = 0.2;
/// How much of a day's excess log volatility survives to the next: volatility clusters.
const PERSISTENCE: f64 = 0.94;

/// Minute bars of the NYSE's sessions, prices in cents.
///
/// Log volatility follows a first-order autoregression over days; within a session volatility and volume follow a U; a
/// slowly changing drift makes some stretches trend; nights bring gaps. Prices come from four steps a minute, so highs
/// and lows reach beyond opens and closes.
///
/// # Errors
/// [`BadSeries::Calendar`] where the days lie beyond the calendar.
pub fn simulate(simulation: &Simulation) -> Result<BarSeries, BadSeries> {
    let calendar = Calendar::Nyse;
    let sessions = calendar.sessions(simulation.from, simulation.to)?;
    let mut random = Random::new(simulation.seed, 0);
    let mut state = State {
        log_price: math::ln(simulation.first_price),
        log_volatility: 0.0,
        trend: 0.0,
    };
    let mut columns = BarColumns::default();
    let daily = simulation.volatility / math::sqrt(calendar.sessions_per_year());
    for session in &sessions {
        state.log_volatility = PERSISTENCE * state.log_volatility + 0.12 * random.normal();
        state.trend = 0.9 * state.trend + 0.1 * random.normal();
        let sigma = daily * math::exp(state.log_volatility);
        state.log_price += sigma * math::sqrt(OVERNIGHT_SHARE) * random.normal();
        state.trade_session(
            session,
            sigma * math::sqrt(1.0 - OVERNIGHT_SHARE),
            &mut random,
            &mut columns,
        );
    }
    BarSeries::new(BarInterval::minutes(1), columns)
}

struct State {
    log_price: f64,
    log_volatility: f64,
    /// Drift of the current stretch, in standard deviations a session.
    trend: f64,
}

impl State {
    fn trade_session(
        &mut self,
        session: &Session,
        sigma: f64,
        random: &mut Random,
        columns: &mut BarColumns,
    ) {
        let minutes = session.close.micros_since(session.open) / 60_000_000;
        let step = sigma / math::sqrt(minutes as f64 * 4.0);
        let drift = self.trend * sigma / (minutes as f64 * 4.0);
        for minute in 0..minutes {
            // a U over the session whose mean square is about 1
            let position = 2.0 * (minute as f64 + 0.5) / minutes as f64 - 1.0;
            let season = 0.7 + 0.75 * position * position;
            let open = cents(self.log_price);
            let (mut high, mut low, mut close) = (open, open, open);
            for _ in 0..4 {
                self.log_price += drift + step * season * random.normal();
                close = cents(self.log_price);
                high = if close > high { close } else { high };
                low = if close < low { close } else { low };
            }
            let volume = (40_000.0 * season * season * math::exp(0.5 * random.normal())).round();
            columns.push(
                session.open.plus_seconds(minute * 60),
                [open, high, low, close],
                volume,
            );
        }
    }
}

/// The price of a log price, to the cent and never below one.
fn cents(log_price: f64) -> f64 {
    let cents = (math::exp(log_price) * 100.0).round();
    if cents < 1.0 { 0.01 } else { cents / 100.0 }
}

/// The bundled sample: a simulated share over two years.
pub const SAMPLE: Simulation = Simulation {
    seed: 20_240_102,
    from: Day(19_724),
    to: Day(20_453),
    first_price: 180.0,
    volatility: 0.24,
};

#[cfg(test)]
mod tests;
