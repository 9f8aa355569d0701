//! What a configuration needs to know of the bars, looked up once for all configurations that need the same.

use super::candidates::Candidates;
use super::index::{Index, SessionExit};
use crate::base::zone::Zone;
use crate::research::run_config::RunConfig;
use crate::trading::strategy::Strategy;

/// What is looked up for a configuration instead of being walked to.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct Terms<'a> {
    pub(in crate::research) candidates: &'a Candidates,
    /// Where positions are closed before the end of each session, where they are.
    pub(super) session_exits: Option<&'a [Option<SessionExit>]>,
    /// The bars before whose open a day of the daily loss limit begins; none without one.
    pub(super) risk_days: &'a [usize],
}

/// What was looked up: the bars that pass gates, where sessions are left, when days begin.
#[derive(Debug, Default)]
pub(in crate::research) struct LookedUp {
    candidates: Option<Candidates>,
    session_exits: Option<(u32, Vec<Option<SessionExit>>)>,
    risk_days: Option<(Zone, Vec<usize>)>,
}

impl LookedUp {
    /// Looks up what a configuration needs, as far as the one before did not need the same.
    pub(in crate::research) fn look_up(&mut self, index: &Index<'_>, config: &RunConfig) {
        let (policy, strategy) = (&config.policy, &config.strategy);
        let is_known = matches!(&self.candidates, Some(known) if known.are_of(strategy));
        if strategy.predicted_move().is_some() && !is_known {
            self.candidates = Some(Candidates::new(index, config));
        }
        let lead = policy.exit_lead_s;
        let is_known = matches!(&self.session_exits, Some((known, _)) if *known == lead);
        if policy.exit_at_session_end && !is_known {
            self.session_exits = Some((lead, index.session_exits(lead)));
        }
        let zone = config.limits.day_zone;
        let is_known = matches!(&self.risk_days, Some((known, _)) if *known == zone);
        if config.limits.daily_loss.is_some() && !is_known {
            self.risk_days = Some((zone, index.risk_days(zone)));
        }
    }

    /// What was looked up for a configuration; none before it was, and where it follows signals and there are none.
    pub(in crate::research) fn terms<'a>(
        &'a self,
        index: &Index<'a>,
        config: &RunConfig,
    ) -> Option<Terms<'a>> {
        let exits = self.session_exits.as_ref();
        let exits = exits.filter(|_| config.policy.exit_at_session_end);
        let days = self.risk_days.as_ref();
        let days = days.filter(|_| config.limits.daily_loss.is_some());
        let candidates = match config.strategy {
            Strategy::PredictedMove(_) => self.candidates.as_ref(),
            Strategy::Signals(_) => index.signalled(),
        };
        Some(Terms {
            candidates: candidates?,
            session_exits: exits.map(|(_, exits)| exits.as_slice()),
            risk_days: days.map_or(&[], |(_, days)| days),
        })
    }
}
