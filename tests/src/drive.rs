//! A second driver of the engine, written from the rules of time alone, that records all that passes.
//!
//! At every time at which a bar ends or begins: ends before beginnings, instruments in index order. Bars that end meet
//! levels, then all of them are in, then exits that wait for the close, expiries and predictions, then the decision, then
//! what fills at that very close, then equity is marked. A bar that begins: charges for the nights since the last
//! session, timers that fall in the bar, the open.

use std::collections::BTreeSet;

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::bars::Bar;
use atrium_shared::research::backtest::{Prepared, RunError};
use atrium_shared::research::run_config::{BadConfig, RunConfig};
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::engine::{
    Action, Command, Engine, EngineError, Event, TimerKind, Tradable, Venue,
};
use atrium_shared::trading::fills::Intrabar;
use atrium_shared::trading::orders::{ExitReason, Fill, InstId, When};
use atrium_shared::trading::policy::EntryPolicy;
use atrium_shared::trading::risk::{Halt, Standing};
use atrium_shared::trading::sim::SimBroker;
use atrium_shared::trading::split::Split;

use crate::generate::Case;

/// What was asked of the simulated broker; a bar by its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    /// Nights have passed.
    Carry(InstId, f64, Timestamp),
    /// Shares were split before a bar: the ratio, and the price at which fractions are paid.
    Split(InstId, f64, f64),
    /// Shares trade without a dividend.
    Dividend(InstId, f64),
    /// A bar opens, with the ATR known then.
    Open(InstId, usize, Option<f64>),
    /// A bar's range.
    Path(InstId, usize),
    /// Answers that are still to be given out.
    Replies(InstId),
    /// A bar closes, and whether the data ends with it.
    Close(InstId, usize, bool),
    /// What was decided at a close fills there.
    Settle(InstId, usize),
}

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// The broker was called.
    Call(Call),
    /// The engine took an event, and asked for this.
    Event(Event, Vec<Action>),
    /// Equity was marked.
    Mark(Timestamp, f64),
}

/// A run, from its first event to its last.
pub struct Recording {
    /// The engine at the end.
    pub engine: Engine,
    /// Everything in order.
    pub entries: Vec<Entry>,
    /// When and why trading was first halted.
    pub halted: Option<(Timestamp, Halt)>,
    /// Bars in which an instrument had a position.
    pub bars_in_position: u64,
    /// Bars that were to be refined and could not be.
    pub unrefined_bars: u64,
}

impl Recording {
    /// The events that the engine took, each with what it asked for.
    pub fn events(&self) -> impl Iterator<Item = (&Event, &[Action])> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Event(event, actions) => Some((event, actions.as_slice())),
            Entry::Call(_) | Entry::Mark(..) => None,
        })
    }

    /// Every execution, in order.
    pub fn fills(&self) -> Vec<Fill> {
        let fills = self.events().filter_map(|(event, _)| match event {
            Event::Fill(fill) => Some(*fill),
            _ => None,
        });
        fills.collect()
    }

    /// When equity was marked, and what it was.
    pub fn marks(&self) -> impl Iterator<Item = (Timestamp, f64)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Mark(at, equity) => Some((*at, *equity)),
            Entry::Call(_) | Entry::Event(..) => None,
        })
    }
}

/// Runs a case and records it.
///
/// # Errors
/// [`RunError`] where the engine or the broker refuses something.
pub fn record(case: &Case) -> Result<Recording, RunError> {
    let tradables = case.tradables();
    let mut engine = Engine::new(
        case.config.rules(),
        &tradables,
        case.config.initial_equity,
        Standing::CLEAR,
    )
    .map_err(BadConfig::from)?;
    if case.config.fills.tool.size_at_fill {
        engine.leave_sizes_to_the_venue();
    }
    let mut drive = Drive {
        case,
        config: &case.config,
        broker: broker(&tradables, &case.config, case.config.costs)?,
        lanes: case
            .markets
            .iter()
            .map(|market| Lane::new(&market.prepared))
            .collect(),
        next_risk_day: None,
        recording: Recording {
            engine,
            entries: Vec::new(),
            halted: None,
            bars_in_position: 0,
            unrefined_bars: 0,
        },
    };
    let bars = case.markets.iter().map(|market| &market.bars);
    let times: BTreeSet<Timestamp> = bars
        .flat_map(|bars| bars.series().start().iter().chain(bars.end()))
        .copied()
        .collect();
    for at in times {
        drive.end_bars(at)?;
        drive.begin_bars(at)?;
    }
    Ok(drive.recording)
}

/// Gives the same orders at the same times to a fresh broker that charges other costs; what it reports.
///
/// # Errors
/// [`RunError`] where the broker refuses the costs.
pub fn carry_out(case: &Case, entries: &[Entry], costs: Costs) -> Result<Vec<Event>, RunError> {
    let mut broker = broker(&case.tradables(), &case.config, costs)?;
    let mut out = Vec::new();
    for entry in entries {
        match entry {
            Entry::Call(call) => call_broker(&mut broker, case, *call, &mut out),
            Entry::Event(_, actions) => actions.iter().for_each(|action| broker.submit(action)),
            Entry::Mark(..) => {}
        }
    }
    Ok(out)
}

fn broker(tradables: &[Tradable], config: &RunConfig, costs: Costs) -> Result<SimBroker, RunError> {
    let broker = SimBroker::new(tradables, costs, config.fills).map_err(BadConfig::from)?;
    Ok(match config.fills.tool.size_at_fill {
        true => broker.with_account(config.sizing, config.initial_equity),
        false => broker,
    })
}

fn call_broker(broker: &mut SimBroker, case: &Case, call: Call, out: &mut Vec<Event>) {
    let prepared = |inst: InstId| case.markets.get(usize::from(inst.0)).map(|m| &m.prepared);
    let bar = |inst, row| prepared(inst).and_then(|prepared| prepared.bars().bar(row));
    match call {
        Call::Carry(inst, nights, at) => broker.carry(inst, nights, at, out),
        Call::Split(inst, ratio, price) => {
            if let Ok(split) = Split::new(ratio) {
                broker.split(inst, split, price, out);
            }
        }
        Call::Dividend(inst, factor) => broker.dividend(inst, factor),
        Call::Replies(inst) => broker.replies(inst, out),
        Call::Open(inst, row, atr) => {
            bar(inst, row).inspect(|bar| broker.open(inst, bar, atr, out));
        }
        Call::Path(inst, row) => {
            let refined = case.config.fills.intrabar == Intrabar::Refined;
            let finer = prepared(inst).and_then(|prepared| prepared.finer(row));
            bar(inst, row).inspect(|bar| broker.path(inst, bar, finer.filter(|_| refined), out));
        }
        Call::Close(inst, row, last) => {
            bar(inst, row).inspect(|bar| broker.close(inst, bar, last, out));
        }
        Call::Settle(inst, row) => {
            bar(inst, row).inspect(|bar| broker.settle(inst, bar, out));
        }
    }
}

/// The bars of one instrument on their way.
struct Lane<'a> {
    prepared: &'a Prepared,
    row: usize,
    begun: bool,
    session: Option<Day>,
    /// The close for which positions are still to be closed.
    exits_for: Option<Timestamp>,
    in_position: bool,
}

impl<'a> Lane<'a> {
    fn new(prepared: &'a Prepared) -> Self {
        Self {
            prepared,
            row: 0,
            begun: false,
            session: None,
            exits_for: None,
            in_position: false,
        }
    }

    fn bar(&self) -> Option<Bar> {
        self.prepared.bars().bar(self.row)
    }

    fn is_last(&self) -> bool {
        self.row + 1 == self.prepared.bars().series().len()
    }
}

struct Drive<'a> {
    case: &'a Case,
    config: &'a RunConfig,
    broker: SimBroker,
    lanes: Vec<Lane<'a>>,
    next_risk_day: Option<Timestamp>,
    recording: Recording,
}

impl Drive<'_> {
    fn end_bars(&mut self, at: Timestamp) -> Result<(), EngineError> {
        let ends = |(_, lane): &(usize, &Lane<'_>)| {
            lane.begun && lane.bar().is_some_and(|bar| bar.end() == at)
        };
        let ending: Vec<usize> = self
            .lanes
            .iter()
            .enumerate()
            .filter(ends)
            .map(|(index, _)| index)
            .collect();
        let mut goes_on = false;
        for &index in &ending {
            self.path(index)?;
        }
        for &index in &ending {
            if let Some((inst, _, bar)) = self.at(index) {
                self.step(Event::Bar { inst, bar })?;
                let held = self.lanes.get(index).is_some_and(|lane| lane.in_position);
                self.recording.bars_in_position += u64::from(held);
            }
        }
        for &index in &ending {
            goes_on |= self.close(index)?;
        }
        if goes_on {
            self.step(Event::Decide { at })?;
        } else if !ending.is_empty() {
            self.step(Event::Mark { at, equity: None })?;
        }
        for &index in &ending {
            if let Some((inst, row, _)) = self.at(index) {
                self.call(Call::Settle(inst, row))?;
            }
            if let Some(lane) = self.lanes.get_mut(index) {
                lane.row += 1;
                lane.begun = false;
            }
        }
        if !ending.is_empty() {
            let recording = &mut self.recording;
            recording
                .entries
                .push(Entry::Mark(at, recording.engine.equity()));
            let halted = recording.engine.halted().map(|why| (at, why));
            recording.halted = recording.halted.or(halted);
        }
        Ok(())
    }

    fn begin_bars(&mut self, at: Timestamp) -> Result<(), EngineError> {
        for index in 0..self.lanes.len() {
            let Some((inst, row, bar)) = self.at(index) else {
                continue;
            };
            if bar.start() != at {
                continue;
            }
            self.change_basis(index, &bar)?;
            self.begin_session(index, at)?;
            self.timers(index, &bar)?;
            let held = self.recording.engine.position(inst).is_some();
            let atr = self.recording.engine.atr(inst);
            let filled = self.call(Call::Open(inst, row, atr))?;
            if let Some(lane) = self.lanes.get_mut(index) {
                lane.begun = true;
                lane.in_position = held || filled;
            }
        }
        Ok(())
    }

    /// Actions between the bar before and this one: the broker and the engine go over to the new basis together.
    fn change_basis(&mut self, index: usize, bar: &Bar) -> Result<(), EngineError> {
        let Some(lane) = self.lanes.get(index) else {
            return Ok(());
        };
        let inst = InstId(index as u16);
        let mut changes = lane.prepared.changes().iter();
        let Some(change) = changes.find(|change| change.row == lane.row).copied() else {
            return Ok(());
        };
        let (at, price, ratio) = (bar.start(), bar.open(), change.split);
        if (ratio - 1.0).abs() > 0.0 {
            let said = self.ask(Call::Split(inst, ratio, price));
            self.step(Event::Split {
                inst,
                ratio,
                price,
                at,
            })?;
            said.into_iter().try_for_each(|event| self.step(event))?;
        }
        let factor = change.dividend;
        if (factor - 1.0).abs() > 0.0 {
            let said = self.ask(Call::Dividend(inst, factor));
            self.step(Event::Dividend { inst, factor, at })?;
            said.into_iter().try_for_each(|event| self.step(event))?;
        }
        Ok(())
    }

    fn begin_session(&mut self, index: usize, at: Timestamp) -> Result<(), EngineError> {
        let inst = InstId(index as u16);
        let Some(lane) = self.lanes.get_mut(index) else {
            return Ok(());
        };
        let bars = lane.prepared.bars();
        let today = bars.session().get(lane.row).copied();
        let before = core::mem::replace(&mut lane.session, today);
        if before == today {
            return Ok(());
        }
        let calendar = bars.calendar();
        let session = today.and_then(|day| calendar.session(day).ok().flatten());
        let exits_for = session
            .map(|session| session.close)
            .filter(|_| self.config.policy.exit_at_session_end);
        let missed = core::mem::replace(&mut lane.exits_for, exits_for).is_some();
        if let (Some(before), Some(today)) = (before, today) {
            self.call(Call::Carry(inst, f64::from(today.0 - before.0), at))?;
        }
        if missed {
            let kind = TimerKind::SessionExitMissed(inst);
            self.step(Event::Timer { at, kind })?;
        }
        Ok(())
    }

    fn timers(&mut self, index: usize, bar: &Bar) -> Result<(), EngineError> {
        let limits = self.config.limits;
        if limits.daily_loss.is_some() {
            let zone = limits.day_zone;
            let midnight_after = |at: Timestamp| zone.midnight(Day(zone.day(at).0 + 1));
            match self.next_risk_day {
                Some(at) if at < bar.end() => {
                    let kind = TimerKind::RiskDay;
                    self.step(Event::Timer { at, kind })?;
                    self.next_risk_day = Some(midnight_after(Timestamp(bar.end().0 - 1)));
                }
                Some(_) => {}
                None => self.next_risk_day = Some(midnight_after(bar.start())),
            }
        }
        let lead = i64::from(self.config.policy.exit_lead_s);
        let Some(lane) = self.lanes.get_mut(index) else {
            return Ok(());
        };
        let due = |until: &Timestamp| until.plus_seconds(-lead) <= bar.end();
        if let Some(until) = lane.exits_for.filter(due) {
            lane.exits_for = None;
            let inst = InstId(index as u16);
            let kind = TimerKind::SessionExit { inst, until };
            let at = bar.start();
            self.step(Event::Timer { at, kind })?;
        }
        Ok(())
    }

    fn path(&mut self, index: usize) -> Result<(), EngineError> {
        let Some((inst, row, _)) = self.at(index) else {
            return Ok(());
        };
        let filled = self.call(Call::Path(inst, row))?;
        let refines = self.config.fills.intrabar == Intrabar::Refined;
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.in_position |= filled;
            let unrefined = refines && lane.prepared.finer(row).is_none();
            self.recording.unrefined_bars += u64::from(unrefined);
        }
        Ok(())
    }

    /// A bar's close; whether it may be decided on.
    fn close(&mut self, index: usize) -> Result<bool, EngineError> {
        let Some((inst, row, bar)) = self.at(index) else {
            return Ok(false);
        };
        let last = self.lanes.get(index).is_some_and(Lane::is_last);
        let closes = last && self.config.fills.closes_at_end();
        let at = bar.end();
        if closes {
            let command = Command::Flatten {
                inst: Some(inst),
                why: ExitReason::EndOfData,
                when: self.last_exit(),
            };
            self.step(Event::Command { at, command })?;
        } else if self.broker.has_pending_entry(inst) {
            let kind = TimerKind::EntryExpiry(inst);
            self.step(Event::Timer { at, kind })?;
        }
        self.call(Call::Replies(inst))?;
        self.call(Call::Close(inst, row, closes))?;
        if last {
            return Ok(false);
        }
        let for_bar = bar.start();
        let prepared = self.lanes.get(index).map(|lane| lane.prepared);
        let value =
            prepared.and_then(|prepared| prepared.predictions().get(row).copied().flatten());
        if let Some(value) = value {
            self.step(Event::Prediction {
                inst,
                for_bar,
                value,
            })?;
        }
        let signal = prepared.and_then(|prepared| prepared.signals().get(row).copied().flatten());
        if let Some(signal) = signal {
            self.step(Event::Signal {
                inst,
                for_bar,
                signal,
            })?;
        }
        Ok(true)
    }

    /// Where what is open at the end of the data leaves: at the last close, or where an order could last have filled.
    fn last_exit(&self) -> When {
        match (
            self.config.fills.tool.finalize_trades,
            self.config.policy.entry,
        ) {
            (false, _) => When::ThisClose,
            (true, EntryPolicy::Close) => When::DecidingClose,
            (true, _) => When::NextOpen,
        }
    }

    fn at(&self, index: usize) -> Option<(InstId, usize, Bar)> {
        let lane = self.lanes.get(index)?;
        Some((InstId(index as u16), lane.row, lane.bar()?))
    }

    /// Calls the broker and hands what it reports to the engine; whether anything filled.
    fn call(&mut self, call: Call) -> Result<bool, EngineError> {
        let events = self.ask(call);
        let filled = events.iter().any(|event| matches!(event, Event::Fill(_)));
        events.into_iter().try_for_each(|event| self.step(event))?;
        Ok(filled)
    }

    fn ask(&mut self, call: Call) -> Vec<Event> {
        self.recording.entries.push(Entry::Call(call));
        let mut events = Vec::new();
        call_broker(&mut self.broker, self.case, call, &mut events);
        events
    }

    fn step(&mut self, event: Event) -> Result<(), EngineError> {
        let mut actions = Vec::new();
        self.recording.engine.step(&event, &mut actions)?;
        for action in &actions {
            self.broker.submit(action);
        }
        self.recording.entries.push(Entry::Event(event, actions));
        Ok(())
    }
}
