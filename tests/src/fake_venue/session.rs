//! An engine at a fake venue, with everything that passed between them.

use std::collections::BTreeSet;

use atrium_shared::base::time::Timestamp;
use atrium_shared::base::units::OutOfBounds;
use atrium_shared::market::bars::Bar;
use atrium_shared::trading::engine::{
    Action, Command, Engine, EngineError, Event, Rules, TimerKind, Tradable, Venue,
};
use atrium_shared::trading::orders::{ExitReason, InstId, When};
use atrium_shared::trading::portfolio::{Position, Trade};
use atrium_shared::trading::risk::{Halt, Standing};
use atrium_shared::trading::strategy::NoTrade;

use super::{FakeVenue, Faults};

/// An event that the engine refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// How many events it had taken before.
    pub after: usize,
    /// The event.
    pub event: Event,
    /// What it said.
    pub error: EngineError,
    /// Whether something of it had changed, or an action came of it: it must not.
    pub left_a_trace: bool,
}

/// All that can be seen of an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The bits of its equity.
    pub equity: u64,
    /// The bits of its cash.
    pub balance: u64,
    /// How many trades it has made, and the last of them.
    pub trades: (usize, Option<Trade>),
    /// The open position of each instrument.
    pub positions: Vec<Option<Position>>,
    /// The ATR of each instrument.
    pub atr: Vec<Option<f64>>,
    /// Why it is halted.
    pub halted: Option<Halt>,
    /// How many limits were breached.
    pub breaches: usize,
    /// Why decisions did not trade.
    pub no_trades: [u64; NoTrade::COUNT],
    /// Predictions that came too late.
    pub late: u64,
}

impl Snapshot {
    /// What can be seen of an engine of so many instruments.
    pub fn of(engine: &Engine, instruments: usize) -> Self {
        let ids = || (0..instruments).map(|index| InstId(index as u16));
        Self {
            equity: engine.equity().to_bits(),
            balance: engine.balance().to_bits(),
            trades: (engine.trades().len(), engine.trades().last().copied()),
            positions: ids().map(|inst| engine.position(inst).copied()).collect(),
            atr: ids().map(|inst| engine.atr(inst)).collect(),
            halted: engine.halted(),
            breaches: engine.breaches().len(),
            no_trades: *engine.no_trades(),
            late: engine.late_predictions(),
        }
    }
}

/// An engine and the venue it trades at.
pub struct Session {
    /// The engine.
    pub engine: Engine,
    /// The venue.
    pub venue: FakeVenue,
    /// Events that the engine took, each with the actions that came of it.
    pub taken: Vec<(Event, Vec<Action>)>,
    /// Events that it refused.
    pub refused: Vec<Refusal>,
    instruments: usize,
    /// Instruments with an entry that expires at the end of the bar to come.
    expiring: BTreeSet<InstId>,
}

impl Session {
    /// A fresh engine at a fresh venue.
    ///
    /// # Errors
    /// [`OutOfBounds`] where a rule or a number of an instrument is.
    pub fn new(
        rules: Rules,
        tradables: &[Tradable],
        initial_equity: f64,
        seed: u64,
        faults: Faults,
    ) -> Result<Self, OutOfBounds> {
        Ok(Self {
            engine: Engine::new(rules, tradables, initial_equity, Standing::CLEAR)?,
            venue: FakeVenue::new(seed, tradables, faults)?,
            taken: Vec::new(),
            refused: Vec::new(),
            instruments: tradables.len(),
            expiring: BTreeSet::new(),
        })
    }

    /// What can be seen of the engine.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.engine, self.instruments)
    }

    /// One step of the engine; its actions go to the venue.
    pub fn step(&mut self, event: Event) {
        let before = self.snapshot();
        let mut actions = Vec::new();
        match self.engine.step(&event, &mut actions) {
            Ok(()) => {
                for action in &actions {
                    self.venue.submit(action);
                    if let Action::Open(bracket) = action {
                        self.expiring.insert(bracket.get().inst);
                    }
                }
                self.taken.push((event, actions));
            }
            Err(error) => {
                let left_a_trace = !actions.is_empty() || self.snapshot() != before;
                self.refused.push(Refusal {
                    after: self.taken.len(),
                    event,
                    error,
                    left_a_trace,
                });
            }
        }
    }

    /// An instrument trades at a price; what the venue has to report by then is reported.
    pub fn trade(&mut self, inst: InstId, price: f64, closes: bool, at: Timestamp) {
        self.venue.trade(inst, price, closes, at);
        let mut reports = Vec::new();
        self.venue.deliver(&mut reports);
        reports.into_iter().for_each(|event| self.step(event));
    }

    /// An instrument trades through a bar: open, the nearer extreme, the other one, close. Then the engine gets the bar, and
    /// an entry that was for this bar expires, which it is told once.
    pub fn bar(&mut self, inst: InstId, bar: Bar) {
        let up_first = bar.high() - bar.open() < bar.open() - bar.low();
        let (first, second) = if up_first {
            (bar.high(), bar.low())
        } else {
            (bar.low(), bar.high())
        };
        for price in [bar.open(), first, second] {
            self.trade(inst, price, false, bar.start());
        }
        self.trade(inst, bar.close(), true, bar.start());
        self.step(Event::Bar { inst, bar });
        if self.expiring.remove(&inst) {
            self.step(Event::Timer {
                at: bar.end(),
                kind: TimerKind::EntryExpiry(inst),
            });
        }
    }

    /// Everything is closed and told: nothing goes wrong any more, the connection is back, positions are flattened. `bars`
    /// are the bars in which that happens, for every instrument one at a time. Whether all was done before they ended.
    pub fn wind_up(&mut self, bars: impl Iterator<Item = Vec<Bar>>) -> bool {
        self.venue.set_faults(Faults::NONE);
        for round in bars {
            self.venue.recover();
            for (index, bar) in round.iter().enumerate() {
                self.bar(InstId(index as u16), *bar);
            }
            let Some(at) = round.first().map(Bar::end) else {
                return false;
            };
            self.step(Event::Command {
                at,
                command: Command::Flatten {
                    inst: None,
                    why: ExitReason::Flatten,
                    when: When::NextOpen,
                },
            });
            self.step(Event::Decide { at });
            if self.venue.is_idle() && self.venue.is_quiet() && self.is_flat() {
                return true;
            }
        }
        false
    }

    fn is_flat(&self) -> bool {
        (0..self.instruments).all(|index| self.engine.position(InstId(index as u16)).is_none())
    }
}
