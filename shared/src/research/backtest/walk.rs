//! The driver: walks bars, feeds the engine, carries its actions to the simulated broker.

use super::{Prepared, RunError};
use crate::base::time::Timestamp;
use crate::market::bars::{Bar, Instrument};
use crate::research::run_config::{BadConfig, RunConfig};
use crate::trading::engine::{Action, Command, Engine, EngineError, Event, Rules, Venue};
use crate::trading::orders::{ExitReason, InstId, When};
use crate::trading::risk::Halt;
use crate::trading::sim::SimBroker;

/// What a walk leaves behind.
pub(super) struct Walked {
    pub(super) engine: Engine,
    pub(super) equity: Vec<f64>,
    pub(super) halted: Option<(Timestamp, Halt)>,
}

/// One pass over the bars: open, path, bar, prediction, decision, orders.
pub(super) fn walk(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
) -> Result<Walked, RunError> {
    const INST: InstId = InstId(0);
    let instruments = core::slice::from_ref(instrument);
    let rules = Rules {
        strategy: config.strategy,
        sizing: config.sizing,
    };
    let mut run = Run {
        engine: Engine::new(rules, instruments, config.initial_equity).map_err(BadConfig::from)?,
        broker: SimBroker::new(instruments, config.costs).map_err(BadConfig::from)?,
        events: Vec::new(),
        actions: Vec::new(),
    };
    let count = prepared.bars().series().len();
    let mut equity = Vec::with_capacity(count);
    let mut halted = None;
    for (index, (bar, prediction)) in prepared
        .bars()
        .bars()
        .zip(prepared.predictions())
        .enumerate()
    {
        run.broker.open(INST, &bar, &mut run.events);
        run.deliver()?;
        run.broker.path(INST, &bar, &mut run.events);
        run.deliver()?;
        run.step(&Event::Bar { inst: INST, bar })?;
        if index + 1 == count {
            run.close_all(INST, &bar)?;
        } else {
            if let Some(value) = *prediction {
                run.step(&Event::Prediction {
                    inst: INST,
                    for_bar: bar.start(),
                    value,
                })?;
            }
            run.step(&Event::Decide { at: bar.end() })?;
        }
        equity.push(run.engine.equity());
        if halted.is_none() {
            halted = run.engine.halted().map(|why| (bar.end(), why));
        }
    }
    Ok(Walked {
        engine: run.engine,
        equity,
        halted,
    })
}

struct Run {
    engine: Engine,
    broker: SimBroker,
    events: Vec<Event>,
    actions: Vec<Action>,
}

impl Run {
    /// One step of the engine; its actions go to the broker.
    fn step(&mut self, event: &Event) -> Result<(), EngineError> {
        self.engine.step(event, &mut self.actions)?;
        self.actions
            .drain(..)
            .for_each(|action| self.broker.submit(&action));
        Ok(())
    }

    /// What the broker reported goes to the engine.
    fn deliver(&mut self) -> Result<(), EngineError> {
        let mut events = core::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.step(&event)?;
        }
        self.events = events;
        Ok(())
    }

    /// The data ends: what is open is closed at the last close.
    fn close_all(&mut self, inst: InstId, bar: &Bar) -> Result<(), EngineError> {
        let flatten = Command::Flatten {
            why: ExitReason::EndOfData,
            when: When::ThisClose,
        };
        self.step(&Event::Command {
            at: bar.end(),
            command: flatten,
        })?;
        self.broker.close(inst, bar, &mut self.events);
        self.deliver()
    }
}
