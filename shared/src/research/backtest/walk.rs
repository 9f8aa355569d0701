//! The driver: walks the bars of one or several instruments, feeds the engine, carries its actions to the simulated broker.
//!
//! Time runs from event to event: where several instruments have one at the same time, bars that end come before bars that
//! begin, instruments in index order. A bar that ends meets levels, then all bars of that end are in, then predictions,
//! then the decision.

mod begin;

use super::{Prepared, RunError};
use crate::base::time::{Day, Timestamp};
use crate::market::actions::BasisChange;
use crate::market::bars::{Bar, Instrument};
use crate::research::run_config::{BadConfig, RunConfig};
use crate::trading::engine::{
    Action, Command, Engine, EngineError, Event, TimerKind, Tradable, Venue,
};
use crate::trading::fills::Intrabar;
use crate::trading::orders::{ExitReason, Fill, InstId, When};
use crate::trading::policy::EntryPolicy;
use crate::trading::risk::{Halt, Standing};
use crate::trading::sim::SimBroker;

/// An instrument with its prepared bars.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// The bars, and what is made at their closes.
    pub prepared: &'a Prepared,
    /// The instrument.
    pub instrument: &'a Instrument,
}

/// Whoever looks on at a walk: to explain a decision, or to see what would have come of another one.
pub(crate) trait Onlooker {
    /// Called before each decision. What it answers is put to the engine before and after it.
    fn decides(&mut self, engine: &Engine, at: Timestamp) -> Interference;
}

/// What an onlooker puts to the engine about a decision; most of the time nothing.
#[derive(Default)]
pub(crate) struct Interference {
    /// Before it.
    pub(crate) before: Vec<Event>,
    /// After it.
    pub(crate) after: Vec<Event>,
}

/// What a walk leaves behind.
pub struct Walked {
    /// The engine at the end.
    pub engine: Engine,
    /// When equity was marked: the end of every bar.
    pub marked_at: Vec<Timestamp>,
    /// Equity at those times, in account currency.
    pub equity: Vec<f64>,
    /// Every execution, in order.
    pub fills: Vec<Fill>,
    /// When and why trading was first halted.
    pub halted: Option<(Timestamp, Halt)>,
    /// Bars in which an instrument had a position, the bars of entry and exit included.
    pub bars_in_position: u64,
    /// The notional of all executions, in account currency.
    pub traded_notional: f64,
    /// Bars that the refined convention could not refine, because their finer bars do not add up to them.
    pub unrefined_bars: u64,
}

/// Walks several instruments on one account.
///
/// # Errors
/// [`RunError`] where configuration and bars do not fit.
pub fn walk(markets: &[Market<'_>], config: &RunConfig) -> Result<Walked, RunError> {
    walk_before(markets, config, None)
}

/// Walks before the eyes of somebody.
pub(crate) fn walk_before<'a>(
    markets: &'a [Market<'a>],
    config: &'a RunConfig,
    onlooker: Option<&'a mut (dyn Onlooker + 'a)>,
) -> Result<Walked, RunError> {
    config.validate()?;
    for market in markets {
        market.prepared.check(market.instrument, config)?;
    }
    let tradables: Vec<_> = markets
        .iter()
        .map(|market| config.tradable(market.instrument))
        .collect();
    let count = markets
        .iter()
        .map(|market| market.prepared.bars().series().len());
    let (engine, broker) = account(&tradables, config)?;
    let mut run = Run {
        engine,
        broker,
        cursors: markets.iter().enumerate().map(Cursor::new).collect(),
        config,
        onlooker,
        events: Vec::new(),
        actions: Vec::new(),
        ending: Vec::new(),
        next_risk_day: None,
        walked: Outcome {
            marked_at: Vec::with_capacity(count.clone().max().unwrap_or(0)),
            equity: Vec::with_capacity(count.max().unwrap_or(0)),
            ..Outcome::default()
        },
    };
    while let Some(at) = run.cursors.iter().filter_map(Cursor::next_time).min() {
        run.end_bars(at)?;
        run.begin_bars(at)?;
    }
    let Run { engine, walked, .. } = run;
    let Outcome {
        marked_at,
        equity,
        fills,
        halted,
        bars_in_position,
        traded_notional,
        unrefined_bars,
    } = walked;
    Ok(Walked {
        engine,
        marked_at,
        equity,
        fills,
        halted,
        bars_in_position,
        traded_notional,
        unrefined_bars,
    })
}

/// The engine of the account and its broker.
fn account(tradables: &[Tradable], config: &RunConfig) -> Result<(Engine, SimBroker), BadConfig> {
    let mut engine = Engine::new(
        config.rules(),
        tradables,
        config.initial_equity,
        Standing::CLEAR,
    )?;
    let mut broker = SimBroker::new(tradables, config.costs, config.fills)?;
    if config.fills.tool.size_at_fill {
        engine.leave_sizes_to_the_venue();
        broker = broker.with_account(config.sizing, config.initial_equity);
    }
    Ok((engine, broker))
}

/// What is gathered on the way.
#[derive(Default)]
struct Outcome {
    marked_at: Vec<Timestamp>,
    equity: Vec<f64>,
    fills: Vec<Fill>,
    halted: Option<(Timestamp, Halt)>,
    bars_in_position: u64,
    traded_notional: f64,
    unrefined_bars: u64,
}

/// Where an instrument's walk stands.
struct Cursor<'a> {
    inst: InstId,
    prepared: &'a Prepared,
    unit_value: f64,
    /// The bar that is in progress or comes next.
    index: usize,
    bar: Option<Bar>,
    /// Whether that bar has begun.
    begun: bool,
    /// Changes of basis that are still to come.
    changes: &'a [BasisChange],
    /// The session of the bar before.
    session: Option<Day>,
    /// The close of the session in progress, while positions are still to be closed for it.
    closes_at: Option<Timestamp>,
    /// Whether a position was open at some time in the bar in progress.
    in_position: bool,
}

impl<'a> Cursor<'a> {
    fn new((index, market): (usize, &Market<'a>)) -> Self {
        let instrument = market.instrument;
        Self {
            inst: InstId(index as u16),
            prepared: market.prepared,
            unit_value: instrument.multiplier * instrument.lot_size,
            index: 0,
            bar: market.prepared.bars().bar(0),
            begun: false,
            changes: market.prepared.changes(),
            session: None,
            closes_at: None,
            in_position: false,
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        let bar = self.bar?;
        Some(if self.begun { bar.end() } else { bar.start() })
    }

    fn is_last(&self) -> bool {
        self.index + 1 == self.prepared.bars().series().len()
    }
}

struct Run<'a> {
    engine: Engine,
    broker: SimBroker,
    cursors: Vec<Cursor<'a>>,
    config: &'a RunConfig,
    onlooker: Option<&'a mut (dyn Onlooker + 'a)>,
    events: Vec<Event>,
    actions: Vec<Action>,
    /// Cursors whose bars end now.
    ending: Vec<usize>,
    /// When the next day of the daily loss limit begins.
    next_risk_day: Option<Timestamp>,
    walked: Outcome,
}

impl Run<'_> {
    /// Every bar that ends at a time: levels met inside it, the bars, their closes, predictions, the decision.
    fn end_bars(&mut self, at: Timestamp) -> Result<(), EngineError> {
        let mut ending = core::mem::take(&mut self.ending);
        ending.clear();
        let ends = |cursor: &Cursor<'_>| cursor.begun && cursor.next_time() == Some(at);
        ending.extend(
            (0..)
                .zip(&self.cursors)
                .filter(|(_, c)| ends(c))
                .map(|(index, _)| index),
        );
        let done = self.end_each(&ending, at);
        self.ending = ending;
        done
    }

    fn end_each(&mut self, ending: &[usize], at: Timestamp) -> Result<(), EngineError> {
        if ending.is_empty() {
            return Ok(());
        }
        for &index in ending {
            self.path(index)?;
        }
        for &index in ending {
            self.take_bar(index)?;
        }
        for &index in ending {
            self.close(index)?;
        }
        let ends = |&index: &usize| self.cursors.get(index).is_none_or(Cursor::is_last);
        let over = ending.iter().all(ends);
        match over {
            true => self.step(&Event::Mark { at, equity: None })?,
            false => self.decide(at)?,
        }
        for &index in ending {
            self.settle(index)?;
        }
        self.walked.marked_at.push(at);
        self.walked.equity.push(self.engine.equity());
        if self.walked.halted.is_none() {
            self.walked.halted = self.engine.halted().map(|why| (at, why));
        }
        Ok(())
    }

    fn decide(&mut self, at: Timestamp) -> Result<(), EngineError> {
        let Some(onlooker) = &mut self.onlooker else {
            return self.step(&Event::Decide { at });
        };
        let Interference { before, after } = onlooker.decides(&self.engine, at);
        before.iter().try_for_each(|event| self.step(event))?;
        self.step(&Event::Decide { at })?;
        after.iter().try_for_each(|event| self.step(event))
    }

    fn at(&self, index: usize) -> Option<(InstId, Bar, usize, bool)> {
        let cursor = self.cursors.get(index)?;
        Some((cursor.inst, cursor.bar?, cursor.index, cursor.is_last()))
    }

    fn path(&mut self, index: usize) -> Result<(), EngineError> {
        let Some((inst, bar, row, _)) = self.at(index) else {
            return Ok(());
        };
        let finer = match (self.config.fills.intrabar, self.cursors.get(index)) {
            (Intrabar::Refined, Some(cursor)) => {
                let finer = cursor.prepared.finer(row);
                self.walked.unrefined_bars += u64::from(finer.is_none());
                finer
            }
            _ => None,
        };
        self.broker.path(inst, &bar, finer, &mut self.events);
        let filled = self.deliver()?;
        if let Some(cursor) = self.cursors.get_mut(index) {
            cursor.in_position |= filled;
        }
        Ok(())
    }

    fn take_bar(&mut self, index: usize) -> Result<(), EngineError> {
        let Some((inst, bar, ..)) = self.at(index) else {
            return Ok(());
        };
        self.step(&Event::Bar { inst, bar })?;
        let cursor = self.cursors.get(index);
        let in_position = cursor.is_some_and(|cursor| cursor.in_position);
        self.walked.bars_in_position += u64::from(in_position);
        Ok(())
    }

    /// The bar's close: exits that wait for it, entries that expire, and what was made of it.
    fn close(&mut self, index: usize) -> Result<(), EngineError> {
        let Some((inst, bar, row, last)) = self.at(index) else {
            return Ok(());
        };
        if last && self.config.fills.closes_at_end() {
            // the data ends: what is open is closed here, and nothing is decided any more
            let at_close = self.config.policy.entry == EntryPolicy::Close;
            let command = Command::Flatten {
                inst: Some(inst),
                why: ExitReason::EndOfData,
                when: match self.config.fills.tool.finalize_trades {
                    true if at_close => When::DecidingClose,
                    true => When::NextOpen,
                    false => When::ThisClose,
                },
            };
            self.step(&Event::Command {
                at: bar.end(),
                command,
            })?;
        } else if self.broker.has_pending_entry(inst) {
            self.step(&Event::Timer {
                at: bar.end(),
                kind: TimerKind::EntryExpiry(inst),
            })?;
        }
        self.broker.replies(inst, &mut self.events);
        let closes = last && self.config.fills.closes_at_end();
        self.broker.close(inst, &bar, closes, &mut self.events);
        self.deliver()?;
        let Some(cursor) = self.cursors.get(index).filter(|_| !last) else {
            return Ok(());
        };
        let prediction = cursor.prepared.predictions().get(row).copied().flatten();
        let signal = cursor.prepared.signals().get(row).copied().flatten();
        if let Some(value) = prediction {
            self.step(&Event::Prediction {
                inst,
                for_bar: bar.start(),
                value,
            })?;
        }
        if let Some(signal) = signal {
            self.step(&Event::Signal {
                inst,
                for_bar: bar.start(),
                signal,
            })?;
        }
        Ok(())
    }

    /// What was decided fills at this very close, and the next bar comes.
    fn settle(&mut self, index: usize) -> Result<(), EngineError> {
        let Some((inst, bar, row, _)) = self.at(index) else {
            return Ok(());
        };
        self.broker.settle(inst, &bar, &mut self.events);
        self.deliver()?;
        if let Some(cursor) = self.cursors.get_mut(index) {
            cursor.index = row + 1;
            cursor.bar = cursor.prepared.bars().bar(row + 1);
            cursor.begun = false;
        }
        Ok(())
    }

    /// One step of the engine; its actions go to the broker.
    fn step(&mut self, event: &Event) -> Result<(), EngineError> {
        self.engine.step(event, &mut self.actions)?;
        self.actions
            .drain(..)
            .for_each(|action| self.broker.submit(&action));
        Ok(())
    }

    /// What the broker reported goes to the engine; whether anything filled.
    fn deliver(&mut self) -> Result<bool, EngineError> {
        // most bars bring nothing
        if self.events.is_empty() {
            return Ok(false);
        }
        let mut filled = false;
        let mut events = core::mem::take(&mut self.events);
        for event in events.drain(..) {
            if let Event::Fill(fill) = &event {
                filled = true;
                let cursor = self.cursors.get(usize::from(fill.inst.0));
                let unit_value = cursor.map_or(0.0, |cursor| cursor.unit_value * self.config.fx);
                self.walked.traded_notional += fill.lots.0 as f64 * fill.price * unit_value;
                self.walked.fills.push(*fill);
            }
            self.step(&event)?;
        }
        self.events = events;
        Ok(filled)
    }
}
