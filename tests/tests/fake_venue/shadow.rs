//! What an engine may know and do, told from nothing but the events it took and the actions it asked for.

use std::collections::{BTreeMap, BTreeSet};

use atrium_shared::base::units::Ticks;
use atrium_shared::trading::engine::{Action, Event};
use atrium_shared::trading::orders::{
    Bracket, ExecId, Fill, InstId, Leg, LegState, OrderId, Side, When,
};
use atrium_tests::fake_venue::{Session, signed_lots};

/// What is known of a bracket.
struct Known {
    bracket: Bracket,
    /// Entered less left, as reported.
    held: i64,
    entered: i64,
    entry_over: bool,
    /// Whether its stop is gone, for whatever reason, or its target was refused.
    unprotected: bool,
    /// Whether an exit was asked for and not refused since, and whether one was ever asked for.
    exit: bool,
    exit_ever: bool,
    /// When the exit under way is to fill, and whether more has been entered since it was asked for.
    exit_when: When,
    grown: bool,
    /// Bars that had ended when the exit, and when the withdrawal of the entry, were last asked for.
    exit_bars: u64,
    cancel_bars: Option<u64>,
    /// The stop asked for last, the nearest one that the venue said it works, and whether it said that it works another.
    stop: Option<Ticks>,
    confirmed: Option<Ticks>,
    amend_refused: bool,
}

impl Known {
    /// Whether its entry, or a part of it, may still fill, for all that is known.
    fn is_pending(&self) -> bool {
        self.entered < self.bracket.lots.0 && !self.entry_over
    }

    fn is_nearer(&self, stop: Ticks, than: Ticks) -> bool {
        match self.bracket.side {
            Side::Long => stop > than,
            Side::Short => stop < than,
        }
    }

    /// The venue says where it works the stop; a level that is farther than one it worked before is old news.
    fn stop_at(&mut self, stop: Ticks) {
        if self
            .confirmed
            .is_some_and(|known| self.is_nearer(known, stop))
        {
            return;
        }
        if self.stop.is_some() {
            self.confirmed = Some(stop);
        }
        self.amend_refused = self.stop.is_some_and(|asked| asked != stop);
    }
}

/// How often what a live venue may do was done: a suite in which nothing races proves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Races {
    /// Entries that filled after they were said to be over.
    late_entries: u64,
    /// Exits that were reported before their entries.
    early_exits: u64,
    /// Executions that were reported again.
    duplicates: u64,
    /// Exits that were refused, or gone, while something was held.
    refused_exits: u64,
    /// Times at which two brackets of an instrument were held at once.
    both_held: u64,
    /// Brackets that replaced another.
    reversals: u64,
    /// Stops that were moved.
    amendments: u64,
    /// Stops that were asked for again after the venue had refused them.
    amended_again: u64,
    /// Withdrawals that were asked for again.
    cancelled_again: u64,
    /// Exits that were asked for again without having been refused.
    exits_again: u64,
    /// Entries that the venue worked after it had said they were gone.
    revived: u64,
    /// Stops that were given up of positions that stayed, and of entries that had not filled.
    bare: u64,
    bare_entries: u64,
}

impl Races {
    pub(crate) fn plus(self, other: &Self) -> Self {
        Self {
            late_entries: self.late_entries + other.late_entries,
            early_exits: self.early_exits + other.early_exits,
            duplicates: self.duplicates + other.duplicates,
            refused_exits: self.refused_exits + other.refused_exits,
            both_held: self.both_held + other.both_held,
            reversals: self.reversals + other.reversals,
            amendments: self.amendments + other.amendments,
            amended_again: self.amended_again + other.amended_again,
            cancelled_again: self.cancelled_again + other.cancelled_again,
            exits_again: self.exits_again + other.exits_again,
            revived: self.revived + other.revived,
            bare: self.bare + other.bare,
            bare_entries: self.bare_entries + other.bare_entries,
        }
    }

    /// How often the rarest happened.
    pub(crate) fn least(&self) -> u64 {
        let all = [
            self.late_entries,
            self.early_exits,
            self.duplicates,
            self.refused_exits,
            self.both_held,
            self.reversals,
            self.amendments,
            self.amended_again,
            self.cancelled_again,
            self.exits_again,
            self.revived,
            self.bare,
            self.bare_entries,
        ];
        all.into_iter().min().unwrap_or(0)
    }
}

/// The events and actions of a session, checked one by one.
pub(crate) struct Shadow {
    pub(crate) races: Races,
    seed: u64,
    orders: BTreeMap<OrderId, Known>,
    seen: BTreeSet<(InstId, ExecId)>,
    /// Instruments with a bar that was not decided on.
    undecided: BTreeSet<InstId>,
    /// Bars that have ended.
    bars: BTreeMap<InstId, u64>,
}

impl Shadow {
    /// Checks a session.
    ///
    /// # Panics
    /// Where the engine did what it must not.
    pub(crate) fn check(seed: u64, session: &Session) -> Self {
        let mut shadow = Self {
            races: Races::default(),
            seed,
            orders: BTreeMap::new(),
            seen: BTreeSet::new(),
            undecided: BTreeSet::new(),
            bars: BTreeMap::new(),
        };
        for (event, actions) in &session.taken {
            shadow.hear(event);
            actions.iter().for_each(|action| shadow.see(action, event));
            shadow.after(event);
        }
        shadow
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::Fill(fill) => self.fill(fill),
            Event::Order {
                order,
                leg,
                state: state @ (LegState::Cancelled | LegState::Rejected),
                ..
            } => {
                let Some(known) = self.orders.get_mut(order) else {
                    return;
                };
                match leg {
                    Leg::Entry => known.entry_over = true,
                    Leg::Exit => {
                        self.races.refused_exits += u64::from(known.exit && known.held > 0);
                        known.exit = false;
                    }
                    Leg::Target | Leg::Stop => {
                        let refused = *state == LegState::Rejected;
                        if *leg == Leg::Stop && !refused && !known.exit {
                            self.races.bare += u64::from(known.held > 0);
                            self.races.bare_entries +=
                                u64::from(known.entered == 0 && known.is_pending());
                        }
                        known.unprotected |= refused || *leg == Leg::Stop;
                    }
                }
            }
            Event::Order {
                order,
                leg: Leg::Entry,
                state: LegState::Accepted,
                ..
            } => {
                if let Some(known) = self.orders.get_mut(order) {
                    let revived = known.entry_over && known.entered < known.bracket.lots.0;
                    self.races.revived += u64::from(revived);
                    known.entry_over &= !revived;
                    if revived {
                        known.cancel_bars = Some(u64::MAX);
                    }
                }
            }
            Event::Order {
                order,
                leg: Leg::Stop,
                state: LegState::At(stop),
                ..
            } => {
                if let Some(known) = self.orders.get_mut(order) {
                    known.stop_at(*stop);
                }
            }
            Event::Bar { inst, .. } => {
                self.undecided.insert(*inst);
                *self.bars.entry(*inst).or_default() += 1;
            }
            _ => {}
        }
    }

    fn fill(&mut self, fill: &Fill) {
        if !self.seen.insert((fill.inst, fill.exec)) {
            self.races.duplicates += 1;
            return;
        }
        let known = self.orders.get_mut(&fill.order).unwrap();
        known.held += signed_lots(fill);
        // what closes a position is done with its exit; executions that come after all need another
        known.exit &= known.held != 0;
        if known.held == 0 {
            (known.stop, known.confirmed, known.amend_refused) = (None, None, false);
        }
        self.races.early_exits += u64::from(known.held < 0);
        if fill.leg == Leg::Entry {
            known.entered += fill.lots.0;
            known.grown = true;
            self.races.late_entries += u64::from(known.entry_over);
        }
    }

    fn see(&mut self, action: &Action, event: &Event) {
        let seed = self.seed;
        let bars = |inst: &InstId| self.bars.get(inst).copied().unwrap_or(0);
        match action {
            Action::Open(bracket) => self.open(bracket.get()),
            Action::Exit {
                inst, order, when, ..
            } => {
                let bars = bars(inst);
                let known = self.orders.get_mut(order).unwrap();
                // an exit that is to fill earlier takes the place of a later one
                let earlier = match known.exit_when {
                    When::ThisClose => *when != When::ThisClose,
                    // the close of the bar in which the next open was asked for
                    When::NextOpen | When::DecidingClose => {
                        *when == When::ThisClose && known.exit_bars == bars
                    }
                };
                // one that ought to have filled is asked for again at a decision
                let overdue = matches!(event, Event::Decide { .. })
                    && self.undecided.contains(inst)
                    && known.exit_bars < bars
                    && *when == When::NextOpen;
                assert!(
                    !known.exit || earlier || known.grown || overdue,
                    "schedule {seed}: {action:?} asked twice, at {event:?}"
                );
                self.races.exits_again += u64::from(known.exit && overdue);
                (known.exit, known.exit_ever) = (true, true);
                (known.exit_when, known.grown) = (*when, false);
                known.exit_bars = bars;
            }
            Action::Amend { order, stop, .. } => {
                let known = self.orders.get_mut(order).unwrap();
                assert!(
                    known.entered > 0,
                    "schedule {seed}: {action:?} before its entry"
                );
                let moves = known.stop.is_none_or(|last| known.is_nearer(*stop, last));
                let again = known.amend_refused && known.stop == Some(*stop);
                assert!(
                    moves || again,
                    "schedule {seed}: {action:?} away from the profit"
                );
                self.races.amended_again += u64::from(again);
                (known.stop, known.amend_refused) = (Some(*stop), false);
                self.races.amendments += 1;
            }
            Action::CancelEntry { inst, order } => {
                let bars = bars(inst);
                let known = self.orders.get_mut(order).unwrap();
                assert!(
                    known.is_pending(),
                    "schedule {seed}: {action:?} of an entry that is over"
                );
                let again = known.cancel_bars.is_some_and(|asked| asked < bars);
                self.races.cancelled_again += u64::from(again);
                known.cancel_bars = Some(bars);
            }
        }
    }

    /// An instrument is free for a new bracket when nothing of an older one is held or may still come, as far as is known, or
    /// when the new one replaces the only one held, which is on its way out.
    fn open(&mut self, bracket: &Bracket) {
        let others = self.orders.values();
        for known in others.filter(|known| known.bracket.inst == bracket.inst) {
            let replaced = bracket.replaces == Some(known.bracket.order);
            assert!(
                !known.is_pending(),
                "schedule {}: {bracket:?} although {:?} may still enter",
                self.seed,
                known.bracket.order
            );
            assert!(
                known.held <= 0 || (replaced && known.exit),
                "schedule {}: {bracket:?} although {:?} is held",
                self.seed,
                known.bracket.order
            );
        }
        self.races.reversals += u64::from(bracket.replaces.is_some());
        let number = self.orders.keys().next_back().map_or(0, |last| last.0);
        assert!(bracket.order.0 == number + 1 && bracket.lots.0 > 0);
        self.orders.insert(
            bracket.order,
            Known {
                bracket: *bracket,
                held: 0,
                entered: 0,
                entry_over: false,
                unprotected: false,
                exit: false,
                exit_ever: false,
                exit_when: When::ThisClose,
                grown: false,
                exit_bars: 0,
                cancel_bars: None,
                stop: None,
                confirmed: None,
                amend_refused: false,
            },
        );
    }

    fn after(&mut self, event: &Event) {
        let seed = self.seed;
        let mut staying = BTreeMap::<InstId, u32>::new();
        let mut held = BTreeMap::<InstId, u32>::new();
        for known in self.orders.values().filter(|known| known.held > 0) {
            *held.entry(known.bracket.inst).or_default() += 1;
            assert!(
                known.exit_ever || !known.unprotected,
                "schedule {seed}: {:?} stays open without its stop or its target, after {event:?}",
                known.bracket.order
            );
            if !known.exit_ever {
                *staying.entry(known.bracket.inst).or_default() += 1;
            }
        }
        self.races.both_held += u64::from(held.values().any(|count| *count > 1));
        let twice = staying.iter().find(|(_, count)| **count > 1);
        assert!(
            twice.is_none(),
            "schedule {seed}: two positions of {twice:?} after {event:?}"
        );
        if let Event::Decide { .. } = event {
            for known in self.orders.values() {
                let inst = known.bracket.inst;
                let decided = self.undecided.contains(&inst);
                let bars = self.bars.get(&inst).copied().unwrap_or(0);
                let order = known.bracket.order;
                assert!(
                    !decided || known.held <= 0 || !known.exit || known.exit_bars + 1 >= bars,
                    "schedule {seed}: the exit of {order:?} may have got lost, and is not asked for again"
                );
                let forgotten =
                    known.is_pending() && known.cancel_bars.is_some_and(|at| at != bars);
                assert!(
                    !decided || !forgotten,
                    "schedule {seed}: the entry of {order:?} is not withdrawn again"
                );
                let leaves = known.exit && known.exit_when != When::ThisClose;
                assert!(
                    !decided || !known.amend_refused || leaves || known.held <= 0,
                    "schedule {seed}: the refused stop of {order:?} is not asked for again"
                );
                let refused = known.exit_ever && !known.exit && known.held > 0;
                assert!(
                    !(decided && refused),
                    "schedule {seed}: the refused exit of {:?} is not asked for again",
                    known.bracket.order
                );
            }
            self.undecided.clear();
        }
    }
}
