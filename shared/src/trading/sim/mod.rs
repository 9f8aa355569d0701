//! The simulated broker: the order book of one account against recorded bars.
//!
//! It owns price exits, as a real broker's bracket does; it never decides. A fill is stamped with the start of the bar in
//! which it happens: a bar does not tell when within it.

use super::costs::Costs;
use super::engine::{Action, Event, Venue};
use super::fills;
use super::orders::{Bracket, ExecId, Fill, InstId, Leg, LegState, OrderId, Side, When};
use crate::base::time::Timestamp;
use crate::base::units::{Lots, OutOfBounds, TickGrid, Ticks};
use crate::market::bars::{Bar, Instrument};

/// A broker that fills against bars: market entries at the next open, levels by the pessimistic rule, gaps at the open.
pub struct SimBroker {
    books: Vec<Book>,
    costs: Costs,
    next_exec: u64,
}

struct Book {
    grid: TickGrid,
    instrument: Instrument,
    working: Working,
    /// Answers to actions, given out with the next fills.
    replies: Vec<Event>,
}

#[derive(Clone, Copy)]
enum Working {
    Nothing,
    Entry(Bracket),
    Live(Live),
}

impl Working {
    /// The bracket whose entry is pending.
    fn entry(&self) -> Option<OrderId> {
        match self {
            Self::Entry(bracket) => Some(bracket.order),
            _ => None,
        }
    }
}

/// A filled bracket whose levels are live.
#[derive(Clone, Copy)]
struct Live {
    order: OrderId,
    side: Side,
    lots: Lots,
    target: Ticks,
    stop: Ticks,
    exit: Option<When>,
}

impl SimBroker {
    /// A broker for the instruments of an engine, in their order.
    ///
    /// # Errors
    /// [`OutOfBounds`] where an instrument or a cost is out of its bounds.
    pub fn new(instruments: &[Instrument], costs: Costs) -> Result<Self, OutOfBounds> {
        costs.validate()?;
        let books = instruments.iter().map(|instrument| {
            let grid = TickGrid::new(instrument.tick_size)?;
            Ok(Book {
                grid,
                instrument: instrument.clone(),
                working: Working::Nothing,
                replies: Vec::new(),
            })
        });
        Ok(Self {
            books: books.collect::<Result<_, OutOfBounds>>()?,
            costs,
            next_exec: 1,
        })
    }

    /// The open of a bar meets pending orders: entries and exits fill at it, and so does a level it gapped through.
    pub fn open(&mut self, inst: InstId, bar: &Bar, out: &mut Vec<Event>) {
        let Some(book) = self.books.get_mut(usize::from(inst.0)) else {
            return;
        };
        out.append(&mut book.replies);
        if let Working::Entry(bracket) = book.working {
            let resolve =
                |level, leg| fills::resolve(level, leg, bracket.side, bar.open(), &book.grid);
            book.working = Working::Live(Live {
                order: bracket.order,
                side: bracket.side,
                lots: bracket.lots,
                target: resolve(bracket.target, Leg::Target),
                stop: resolve(bracket.stop, Leg::Stop),
                exit: None,
            });
            self.execute(
                inst,
                bracket.order,
                Leg::Entry,
                bracket.lots,
                bar.open(),
                bar.start(),
                out,
            );
        }
        let Some((live, target, stop)) = self.live(inst) else {
            return;
        };
        let exit = match live.exit {
            Some(When::NextOpen) => Some((Leg::Exit, bar.open())),
            _ => fills::exit_at_open(live.side, bar.open(), target, stop),
        };
        self.close_out(inst, &live, exit, bar, out);
    }

    /// The range of a bar meets the levels of the open position.
    pub fn path(&mut self, inst: InstId, bar: &Bar, out: &mut Vec<Event>) {
        let Some((live, target, stop)) = self.live(inst) else {
            return;
        };
        let exit = fills::exit_in_range(live.side, bar.high(), bar.low(), target, stop);
        self.close_out(inst, &live, exit, bar, out);
    }

    /// The close of a bar meets exits that wait for it.
    pub fn close(&mut self, inst: InstId, bar: &Bar, out: &mut Vec<Event>) {
        let Some((live, _, _)) = self.live(inst) else {
            return;
        };
        let exit = matches!(live.exit, Some(When::ThisClose)).then_some((Leg::Exit, bar.close()));
        self.close_out(inst, &live, exit, bar, out);
    }

    /// The filled bracket of an instrument, with the prices of its target and stop.
    fn live(&self, inst: InstId) -> Option<(Live, f64, f64)> {
        let book = self.books.get(usize::from(inst.0))?;
        match book.working {
            Working::Live(live) => Some((
                live,
                book.grid.price(live.target),
                book.grid.price(live.stop),
            )),
            _ => None,
        }
    }

    fn close_out(
        &mut self,
        inst: InstId,
        live: &Live,
        exit: Option<(Leg, f64)>,
        bar: &Bar,
        out: &mut Vec<Event>,
    ) {
        let Some((leg, price)) = exit else { return };
        if let Some(book) = self.books.get_mut(usize::from(inst.0)) {
            book.working = Working::Nothing;
        }
        self.execute(inst, live.order, leg, live.lots, price, bar.start(), out);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one fill")]
    fn execute(
        &mut self,
        inst: InstId,
        order: OrderId,
        leg: Leg,
        lots: Lots,
        price: f64,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let Some(book) = self.books.get(usize::from(inst.0)) else {
            return;
        };
        let quantity = lots.0 as f64 * book.instrument.lot_size;
        let fee = self
            .costs
            .commission
            .charge(quantity, quantity * price * book.instrument.multiplier);
        let exec = ExecId(self.next_exec);
        self.next_exec += 1;
        out.push(Event::Fill(Fill {
            inst,
            order,
            leg,
            exec,
            lots,
            price,
            fee,
            at,
        }));
    }
}

impl Venue for SimBroker {
    fn submit(&mut self, action: &Action) {
        let inst = match action {
            Action::Open(bracket) => bracket.get().inst,
            Action::Amend { inst, .. }
            | Action::Exit { inst, .. }
            | Action::CancelEntry { inst, .. } => *inst,
        };
        let Some(book) = self.books.get_mut(usize::from(inst.0)) else {
            return;
        };
        match (action, &mut book.working) {
            (Action::Open(bracket), working @ Working::Nothing) => {
                *working = Working::Entry(*bracket.get())
            }
            (Action::Amend { order, stop, .. }, Working::Live(live)) if live.order == *order => {
                live.stop = *stop
            }
            (Action::Exit { order, when, .. }, Working::Live(live)) if live.order == *order => {
                live.exit = Some(*when)
            }
            (Action::CancelEntry { order, .. }, working @ Working::Entry(_))
                if working.entry() == Some(*order) =>
            {
                *working = Working::Nothing;
                book.replies.push(Event::Order {
                    inst,
                    order: *order,
                    leg: Leg::Entry,
                    state: LegState::Cancelled,
                });
            }
            _ => {}
        }
    }
}
