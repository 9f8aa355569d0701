//! The bars of a run with the corporate actions that fall between them.

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::Day;
use crate::market::actions::{Actions, BasisChange, Scale, scales};
use crate::market::bars::{BadSeries, BarColumns, BarSeries, SessionBars};

/// Real bars as they were traded, with the corporate actions of their instrument: orders fill and are paid for at raw prices,
/// signals see them on one basis.
#[derive(Debug, Clone)]
pub struct TradedBars {
    bars: SessionBars,
    actions: Actions,
}

impl From<SessionBars> for TradedBars {
    /// Bars without actions.
    fn from(bars: SessionBars) -> Self {
        Self::new(bars, Actions::default())
    }
}

impl TradedBars {
    /// Bars with the actions of their instrument, which count from the first bar of their first session, or of the next one that
    /// has a bar.
    pub fn new(bars: SessionBars, actions: Actions) -> Self {
        Self { bars, actions }
    }

    /// The bars, raw.
    pub fn bars(&self) -> &SessionBars {
        &self.bars
    }

    /// Changes of basis between bars, in order; what comes before the first bar or after the last is none.
    pub fn changes(&self) -> Vec<BasisChange> {
        self.actions.changes(self.bars.session())
    }

    /// What prices of a day are multiplied by on the basis after the last known action.
    pub(super) fn factor(&self, day: Day) -> f64 {
        self.actions.factor(day)
    }

    /// The bars on the basis of the first of them, so that no later action changes an earlier value; `None` where that is what
    /// they are.
    ///
    /// # Errors
    /// [`BadSeries`] where a price becomes too small or too large.
    pub(super) fn adjusted(&self) -> Result<Option<(BarSeries, Vec<f64>)>, BadSeries> {
        let changes = self.changes();
        if changes.is_empty() {
            return Ok(None);
        }
        let series = self.bars.series();
        let mut columns = BarColumns::default();
        let mut of_rows = Vec::with_capacity(series.len());
        for ((start, prices, volume), scale) in series.rows().zip(scales(changes)) {
            let Scale { price, shares } = scale;
            columns.push(start, prices.map(|raw| raw * price), volume / shares);
            of_rows.push(price);
        }
        let adjusted = BarSeries::new(series.interval(), columns)?;
        Ok(Some((adjusted, of_rows)))
    }

    /// The content: that of the bars alone where no action falls between them. Actions before and after are no part of it.
    pub(super) fn digest(&self) -> Result<Digest, NotFinite> {
        let bars = self.bars.series().digest()?;
        let days = self.bars.session();
        let (first, last) = (days.first(), days.last());
        let between = self.actions.filtered(|action| {
            let day = Some(&action.first_day);
            day > first && day <= last
        });
        if between.is_empty() {
            return Ok(bars);
        }
        let mut hasher = Hasher::new("atrium/traded/1");
        hasher.digest(&bars);
        between.feed(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::actions::{ActionKind, CorporateAction};
    use crate::market::calendar::Calendar;

    fn traded(actions: Vec<(i32, ActionKind)>) -> TradedBars {
        let mut columns = BarColumns::default();
        for day in [19_000, 19_001, 19_004] {
            columns.push(Timestamp::from_seconds(day * 86_400), [49.0; 4], 30.0);
        }
        let series = BarSeries::new(BarInterval::Day, columns).unwrap();
        let bars = SessionBars::new(series, Calendar::Crypto).unwrap();
        let actions = actions.into_iter().map(|(day, kind)| CorporateAction {
            first_day: Day(day),
            kind,
        });
        TradedBars::new(bars, Actions::new(actions.collect()).unwrap())
    }

    #[test]
    fn actions_between_two_bars_are_one_change_and_others_none() {
        let split = |ratio| ActionKind::Split { ratio };
        let dividend = |factor| ActionKind::Dividend { factor };
        let bars = traded(vec![
            (19_000, split(3.0)),
            (19_002, split(2.0)),
            (19_002, dividend(0.5)),
            (19_003, split(5.0)),
            (19_003, dividend(0.98)),
            (19_009, split(7.0)),
        ]);
        let change = BasisChange {
            row: 2,
            split: 10.0,
            dividend: 0.49,
        };
        assert_eq!(bars.changes(), [change]);
        let (adjusted, scales) = bars.adjusted().unwrap().unwrap();
        let close = adjusted.close();
        assert!((close[1] - 49.0).abs() < 1e-9 && (close[2] - 1_000.0).abs() < 1e-9);
        assert!(
            (adjusted.volume()[1] - 30.0).abs() < 1e-9 && (adjusted.volume()[2] - 3.0).abs() < 1e-9
        );
        assert!((scales[2] - 10.0 / 0.49).abs() < 1e-9);
        assert!(
            traded(vec![(19_000, split(3.0))])
                .adjusted()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn actions_are_part_of_the_content() {
        let split = |ratio| ActionKind::Split { ratio };
        let digest = |actions| traded(actions).digest().unwrap();
        let plain = traded(Vec::new());
        assert_eq!(digest(Vec::new()), plain.bars().series().digest().unwrap());
        assert_ne!(digest(vec![(19_001, split(2.0))]), digest(Vec::new()));
        assert_ne!(
            digest(vec![(19_001, split(2.0))]),
            digest(vec![(19_001, split(4.0))])
        );
    }
}
