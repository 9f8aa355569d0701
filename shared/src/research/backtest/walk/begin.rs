//! What comes before a bar: corporate actions, what the night cost, timers, the open.

use super::{Cursor, Run};
use crate::base::time::{Day, Timestamp};
use crate::market::bars::Bar;
use crate::trading::engine::{EngineError, Event, TimerKind};
use crate::trading::split::Split;

impl Run<'_> {
    /// Every bar that begins at a time: what was owed for the night, timers that fall in it, its open.
    pub(super) fn begin_bars(&mut self, at: Timestamp) -> Result<(), EngineError> {
        for index in 0..self.cursors.len() {
            let begins = |cursor: &&Cursor<'_>| !cursor.begun && cursor.next_time() == Some(at);
            let Some((inst, bar)) = self
                .cursors
                .get(index)
                .filter(begins)
                .and_then(|cursor| Some((cursor.inst, cursor.bar?)))
            else {
                continue;
            };
            self.change_basis(index, &bar)?;
            self.begin_session(index, at)?;
            self.timers(index, &bar)?;
            let atr = self.engine.atr(inst);
            let held = self.engine.position(inst).is_some();
            self.broker.open(inst, &bar, atr, &mut self.events);
            let filled = self.deliver()?;
            if let Some(cursor) = self.cursors.get_mut(index) {
                cursor.begun = true;
                cursor.in_position = held || filled;
            }
        }
        Ok(())
    }

    /// Where corporate actions fall before a bar: what is held and what works goes over to the new basis, dividends are paid.
    fn change_basis(&mut self, index: usize, bar: &Bar) -> Result<(), EngineError> {
        let Some(cursor) = self.cursors.get_mut(index) else {
            return Ok(());
        };
        let Some((change, later)) = cursor.changes.split_first() else {
            return Ok(());
        };
        if change.row != cursor.index {
            return Ok(());
        }
        cursor.changes = later;
        let (inst, at, price) = (cursor.inst, bar.start(), bar.open());
        if change.split.to_bits() != 1.0f64.to_bits() {
            let ratio = change.split;
            let split = Split::new(ratio)?;
            self.broker.split(inst, split, price, &mut self.events);
            self.step(&Event::Split {
                inst,
                ratio,
                price,
                at,
            })?;
            self.deliver()?;
        }
        if change.dividend.to_bits() != 1.0f64.to_bits() {
            let factor = change.dividend;
            self.broker.dividend(inst, factor);
            self.step(&Event::Dividend { inst, factor, at })?;
        }
        Ok(())
    }

    /// Where a session begins: what positions cost that were held over since the one before, and when it will end.
    fn begin_session(&mut self, index: usize, at: Timestamp) -> Result<(), EngineError> {
        let exits = self.config.policy.exit_at_session_end;
        let Some(cursor) = self.cursors.get_mut(index) else {
            return Ok(());
        };
        let bars = cursor.prepared.bars();
        let session = bars.session().get(cursor.index).copied();
        if session == cursor.session {
            return Ok(());
        }
        let before = core::mem::replace(&mut cursor.session, session);
        let closes_at = session
            .filter(|_| exits)
            .and_then(|day| bars.calendar().session(day).ok().flatten())
            .map(|session| session.close);
        let missed = core::mem::replace(&mut cursor.closes_at, closes_at).is_some();
        let inst = cursor.inst;
        if let (Some(before), Some(session)) = (before, session) {
            let nights = f64::from(session.0 - before.0);
            self.broker.carry(inst, nights, at, &mut self.events);
            self.deliver()?;
        }
        if missed {
            self.step(&Event::Timer {
                at,
                kind: TimerKind::SessionExitMissed(inst),
            })?;
        }
        Ok(())
    }

    /// Timers that fall in a bar, which come before its open.
    fn timers(&mut self, index: usize, bar: &Bar) -> Result<(), EngineError> {
        if self.config.limits.daily_loss.is_some() {
            self.roll_risk_days(bar)?;
        }
        let lead_s = i64::from(self.config.policy.exit_lead_s);
        let Some(cursor) = self.cursors.get_mut(index) else {
            return Ok(());
        };
        let inst = cursor.inst;
        // a bar contains the time of the exit, its end included: that is when the exit is to fill
        let Some(until) = cursor
            .closes_at
            .filter(|until| bar.end() >= until.plus_seconds(-lead_s))
        else {
            return Ok(());
        };
        cursor.closes_at = None;
        self.step(&Event::Timer {
            at: bar.start(),
            kind: TimerKind::SessionExit { inst, until },
        })
    }

    fn roll_risk_days(&mut self, bar: &Bar) -> Result<(), EngineError> {
        let zone = self.config.limits.day_zone;
        let following = |at: Timestamp| zone.midnight(Day(zone.day(at).0 + 1));
        match self.next_risk_day {
            None => self.next_risk_day = Some(following(bar.start())),
            Some(midnight) if midnight < bar.end() => {
                self.step(&Event::Timer {
                    at: midnight,
                    kind: TimerKind::RiskDay,
                })?;
                // days without a bar pass unnoticed; the one that begins inside this bar has begun
                let last = Timestamp(bar.end().0 - 1);
                self.next_risk_day = Some(following(last));
            }
            Some(_) => {}
        }
        Ok(())
    }
}
