//! What the data page knows: which data set is looked at, what is said of it, the bars of a moment, the file coming in.

use std::sync::Arc;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::bars::{BadSeries, BarColumns, BarSeries};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Coverage, QualityReport};
use atrium_shared::surface::api::{DataSet, DataSetDetail, ImportRecord, StoredRow, StoredRows};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::entries::Entry;
use super::import::Import;
use super::shell::Shell;
use super::symbol::{SymbolDesk, Target};
use crate::api;
use crate::data_client::{self, FileReader};
use crate::data_protocol::{Take, Taken};

/// A data set of this browser, with the worker that keeps its bars.
#[derive(Clone)]
pub(crate) struct Local {
    pub(crate) entry: Entry,
    pub(crate) reader: FileReader,
    pub(crate) taken: Arc<Taken>,
    /// How its file was read; none where it was made here.
    pub(crate) take: Option<Take>,
}

/// What is said of a data set.
#[derive(Debug, PartialEq)]
pub(crate) struct Reports {
    /// Its imports, oldest first.
    pub(crate) imports: Vec<ImportRecord>,
    /// How many bytes it takes on the server's disk.
    pub(crate) bytes: Option<u64>,
    /// The user's own closures over its calendar: the file, whole.
    pub(crate) closures: String,
    /// Each day of it.
    pub(crate) coverage: Coverage,
    /// What is missing and what is odd.
    pub(crate) quality: QualityReport,
}

/// Something that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked<T> {
    /// Nothing was asked for.
    Nothing,
    /// On its way.
    Loading,
    /// Here.
    Known(T),
    /// Not to be had, and why.
    Failed(String),
}

impl<T> Asked<T> {
    /// The state as one word, for the page and its tests.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Loading => "loading",
            Self::Known(_) => "done",
            Self::Failed(_) => "error",
        }
    }
}

/// A stretch of time whose bars are shown, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    /// What is to be seen there, in words.
    pub(crate) title: String,
    /// From when.
    pub(crate) from: Timestamp,
    /// Up to when.
    pub(crate) to: Timestamp,
}

impl Moment {
    /// The session of a day, or the day where there is none.
    pub(crate) fn of_day(calendar: Calendar, day: Day, title: String) -> Self {
        let session = calendar.session(day).ok().flatten();
        let (from, to) = session.map_or_else(
            || (day.midnight_utc(), Day(day.0 + 1).midnight_utc()),
            |session| (session.open, session.close),
        );
        Self { title, from, to }
    }
}

/// Bars about a moment.
#[derive(Debug, PartialEq)]
pub(crate) struct Clip {
    pub(crate) moment: Moment,
    pub(crate) series: BarSeries,
    /// Whether each bar was filled in.
    pub(crate) synthetic: Vec<bool>,
    pub(crate) tick_size: f64,
    pub(crate) lot_size: f64,
}

/// How far a file is that was dropped on another page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Onward {
    /// There is none.
    No,
    /// It was handed over, and is not looked into yet.
    Come,
    /// It is looked into, and used where nothing is to be asked.
    Reading,
    /// A person looks at how it is read.
    Asked,
}

/// The state of the data page. Copies are handles to the same state.
#[derive(Clone, Copy)]
pub(crate) struct Library {
    pub(crate) shell: Shell,
    /// The file coming in.
    pub(crate) import: Import,
    /// How far a file is that was dropped on another page.
    pub(crate) onward: RwSignal<Onward>,
    /// What is being said of an instrument.
    pub(crate) desk: SymbolDesk,
    /// The key that the address names.
    named: RwSignal<Option<String>>,
    /// The data set that is looked at: the one named, or the first.
    pub(crate) inspected: Memo<Option<Entry>>,
    pub(crate) reports: RwSignal<Asked<Arc<Reports>>>,
    /// The key of the data set that a person chose to look at, until it is there.
    pub(crate) sought: RwSignal<Option<String>>,
    /// The moment that was chosen.
    pub(crate) moment: RwSignal<Option<Moment>>,
    pub(crate) clip: RwSignal<Asked<Arc<Clip>>>,
    /// Whether simulated bars are being made here.
    pub(crate) simulating: RwSignal<Asked<()>>,
    /// Counts requests, so that an old answer is known as such.
    ticket: StoredValue<[u64; 2]>,
}

/// What is made in the browser for a first look: shares without faults, with a split and a bad tick, with a halt.
const DEMO_HERE: [&str; 3] = ["SIM", "SIMA", "SIMB"];

/// How many bars are shown before and after a moment.
const AROUND: usize = 60;

impl Library {
    pub(crate) fn start(shell: Shell) -> Self {
        let named = RwSignal::new(None);
        let inspected = Memo::new(move |_| {
            shell.entries.with(|entries| {
                let is_named =
                    |entry: &&Entry| named.with(|named| named.as_ref() == Some(&entry.key));
                entries.iter().find(is_named).or(entries.first()).cloned()
            })
        });
        // what it takes comes from the server, which may be away when a file comes
        data_client::warm();
        Self {
            shell,
            import: Import::new(shell),
            onward: RwSignal::new(Onward::No),
            desk: SymbolDesk::new(),
            named,
            inspected,
            reports: RwSignal::new(Asked::Nothing),
            sought: RwSignal::new(None),
            moment: RwSignal::new(None),
            clip: RwSignal::new(Asked::Nothing),
            simulating: RwSignal::new(Asked::Nothing),
            ticket: StoredValue::new([0, 0]),
        }
    }

    /// Looks at the data set that the address names.
    pub(crate) fn inspect(self, key: Option<String>) {
        if self.named.with_untracked(|named| *named != key) {
            self.named.set(key);
        }
    }

    /// The data set that the address names, where it is not there.
    pub(crate) fn unknown(self) -> Option<String> {
        let named = self.named.get()?;
        self.shell.entry(&named).is_none().then_some(named)
    }

    /// Asks for what is said of a data set.
    pub(crate) fn fetch_reports(self, entry: &Entry) {
        let ticket = self.next_ticket(0);
        self.moment.set(None);
        self.clip.set(Asked::Nothing);
        if let Some(local) = self.local(&entry.key) {
            self.reports.set(Asked::Known(Arc::new(Reports {
                imports: local.taken.record.iter().cloned().collect(),
                bytes: None,
                closures: local
                    .take
                    .as_ref()
                    .map_or_else(String::new, |take| take.closures.clone()),
                coverage: local.taken.coverage.clone(),
                quality: local.taken.quality.clone(),
            })));
            return;
        }
        self.reports.set(Asked::Loading);
        let name = entry.set.name.clone();
        spawn_local(async move {
            let answer = async {
                let DataSetDetail {
                    imports,
                    bytes,
                    closures,
                    ..
                } = api::detail(&name).await?;
                Ok::<_, api::ApiError>(Reports {
                    imports,
                    bytes: Some(bytes),
                    closures,
                    coverage: api::coverage(&name).await?,
                    quality: api::quality(&name).await?,
                })
            };
            let answer = answer.await;
            if self.is_current(0, ticket) {
                self.reports.set(match answer {
                    Ok(reports) => Asked::Known(Arc::new(reports)),
                    Err(error) => Asked::Failed(error.to_string()),
                });
            }
        });
    }

    /// Asks anew for what is said of the data set that is looked at, where it is one of those that were changed: its bars may
    /// be the same ones.
    pub(crate) fn fetch_again(self, changed: &Target) {
        if let Some(entry) = self.inspected.get_untracked()
            && Target::of(&entry) == *changed
        {
            self.fetch_reports(&entry);
        }
    }

    /// Reads the file of a data set of this browser again, by other choices.
    pub(crate) fn read_again(
        self,
        key: &str,
        change: impl FnOnce(&mut Take),
        then: impl FnOnce(Result<DataSet, String>) + 'static,
    ) {
        let Some(local) = self.local(key) else {
            return then(Err(
                "These bars are not in this browser any more.".to_owned()
            ));
        };
        let Some(mut take) = local.take else {
            let why = "These bars were made here and not read from a file: they stay as they are.";
            return then(Err(why.to_owned()));
        };
        change(&mut take);
        let (reader, again) = (local.reader.clone(), take.clone());
        local.reader.take(take, move |answer| {
            then(answer.map(|taken| {
                let set = taken.done.set.clone();
                self.keep(Local {
                    entry: Entry::local(set.clone()),
                    reader,
                    taken: Arc::new(*taken),
                    take: Some(again),
                });
                set
            }));
        });
    }

    /// Shows the bars about a moment.
    pub(crate) fn show(self, moment: Moment) {
        let Some(entry) = self.inspected.get_untracked() else {
            return;
        };
        let ticket = self.next_ticket(1);
        self.moment.set(Some(moment.clone()));
        if !self
            .clip
            .with_untracked(|clip| matches!(clip, Asked::Known(_)))
        {
            self.clip.set(Asked::Loading);
        }
        let Entry { key, set, .. } = entry;
        let instrument = set.instrument;
        let stretch = wanted(&moment, set.interval, instrument.calendar);
        let take = move |answer: Result<StoredRows, String>| {
            if !self.is_current(1, ticket) {
                return;
            }
            let clip = answer.and_then(|StoredRows { rows, .. }| {
                let rows = nearest(&rows, &moment);
                Ok(Arc::new(Clip {
                    series: series_of(set.interval, rows).map_err(|bad| bad.to_string())?,
                    synthetic: rows.iter().map(|row| row.synthetic).collect(),
                    moment,
                    tick_size: instrument.tick_size,
                    lot_size: instrument.lot_size,
                }))
            });
            self.clip.set(match clip {
                Ok(clip) => Asked::Known(clip),
                Err(what) => Asked::Failed(what),
            });
        };
        match self.local(&key) {
            Some(local) => local.reader.rows(stretch, take),
            None => spawn_local(async move {
                let answer = api::rows(&set.name, stretch).await;
                take(answer.map_err(|error| error.to_string()));
            }),
        }
    }

    /// Takes in a data set of this browser; another of the same name gives way.
    pub(crate) fn keep(self, local: Local) {
        let key = local.entry.key.clone();
        self.shell.change_locals(|locals| {
            let place = locals.iter().position(|other| other.entry.key == key);
            match place.and_then(|place| locals.get_mut(place)) {
                Some(before) => *before = local,
                None => locals.push(local),
            }
        });
    }

    /// Makes the shares of the demo in this browser.
    pub(crate) fn simulate(self) {
        self.simulating.set(Asked::Loading);
        self.simulate_from(0);
    }

    /// One after the other, so that they come in their order.
    fn simulate_from(self, index: usize) {
        let Some(symbol) = DEMO_HERE.get(index) else {
            return self.simulating.set(Asked::Known(()));
        };
        let reader = FileReader::start(Vec::new(), |_, _| {});
        let keeps = reader.clone();
        reader.simulate(symbol, move |answer| match answer {
            Ok(taken) => {
                let entry = Entry::local(taken.done.set.clone());
                // what was pressed is gone as soon as there are bars
                let now = document().active_element();
                let is_there =
                    now.is_none_or(|now| now.id() == "simulate-here" || now.tag_name() == "BODY");
                if index == 0 && is_there {
                    self.sought.set(Some(entry.key.clone()));
                }
                let taken = Arc::new(*taken);
                self.keep(Local {
                    entry,
                    reader: keeps,
                    taken,
                    take: None,
                });
                self.simulate_from(index + 1);
            }
            Err(what) => self.simulating.set(Asked::Failed(what)),
        });
    }

    /// Forgets a data set of this browser.
    pub(crate) fn forget(self, key: &str) {
        self.shell
            .change_locals(|locals| locals.retain(|local| local.entry.key != key));
    }

    /// The data set of this browser that has a key.
    pub(crate) fn local(self, key: &str) -> Option<Local> {
        self.shell
            .locals
            .with_untracked(|locals| locals.iter().find(|local| local.entry.key == key).cloned())
    }

    fn next_ticket(self, kind: usize) -> u64 {
        let next = |tickets: &mut [u64; 2]| {
            let ticket = tickets.get_mut(kind)?;
            *ticket += 1;
            Some(*ticket)
        };
        self.ticket.try_update_value(next).flatten().unwrap_or(0)
    }

    fn is_current(self, kind: usize, ticket: u64) -> bool {
        self.ticket
            .with_value(|tickets| tickets.get(kind) == Some(&ticket))
    }
}

/// From when to when bars are asked for, so that enough before and after the moment are among them: as much time of sessions
/// as they take, however many nights and holidays lie between.
fn wanted(moment: &Moment, interval: BarInterval, calendar: Calendar) -> (Timestamp, Timestamp) {
    /// A search goes no further than this: no market closes for longer, and daily bars reach far.
    const MOST_DAYS: i32 = 120;
    let second = |at: Timestamp| at.0.div_euclid(1_000_000);
    // of daily bars each session holds one
    let worth = |open: i64, close: i64| match interval {
        BarInterval::Day => 1,
        BarInterval::Seconds(seconds) => (close - open).max(0) / i64::from(seconds.max(1)),
    };
    let sessions = |days: &mut dyn Iterator<Item = i32>, cut: &dyn Fn(i64, i64) -> (i64, i64)| {
        let mut bars = 0;
        let mut edge = None;
        for day in days {
            let Some(session) = calendar.session(Day(day)).ok().flatten() else {
                continue;
            };
            let (open, close) = cut(second(session.open), second(session.close));
            if open < close {
                bars += worth(open, close);
                edge = Some((open, close));
            }
            if bars >= AROUND as i64 {
                break;
            }
        }
        edge
    };
    let (from, to) = (second(moment.from), second(moment.to));
    let (first, last) = (
        calendar.local_day(moment.from).0,
        calendar.local_day(moment.to).0,
    );
    let before = sessions(
        &mut (first - MOST_DAYS..=first + 1).rev(),
        &|open, close| (open, close.min(from)),
    );
    let after = sessions(&mut (last - 1..=last + MOST_DAYS), &|open, close| {
        (open.max(to), close)
    });
    // a daily bar may be stamped with the midnight of its date, hours before or after its session begins
    const DAY_S: i64 = 86_400;
    let slack = if interval == BarInterval::Day {
        DAY_S
    } else {
        0
    };
    // long sessions are cut to what is needed, with some room for bars that are missing
    let room = match interval {
        BarInterval::Day => i64::MAX,
        BarInterval::Seconds(seconds) => 4 * AROUND as i64 * i64::from(seconds),
    };
    let left = before.map_or(from, |(open, close)| open.max(close.saturating_sub(room)));
    let right = after.map_or(to, |(open, close)| close.min(open.saturating_add(room)));
    (
        Timestamp::from_seconds(left - slack),
        Timestamp::from_seconds(right + slack),
    )
}

/// The rows of a moment with the nearest ones before and after it.
fn nearest<'a>(rows: &'a [StoredRow], moment: &Moment) -> &'a [StoredRow] {
    let first = rows.partition_point(|row| row.start < moment.from);
    let end = rows.partition_point(|row| row.start < moment.to);
    let shown = first.saturating_sub(AROUND)..end.saturating_add(AROUND).min(rows.len());
    rows.get(shown).unwrap_or(rows)
}

fn series_of(interval: BarInterval, rows: &[StoredRow]) -> Result<BarSeries, BadSeries> {
    let mut columns = BarColumns::default();
    for row in rows {
        columns.push(row.start, row.prices, row.volume);
    }
    BarSeries::new(interval, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_seconds(1_711_459_800 + minute * 60)
    }

    fn moment(from: i64, to: i64) -> Moment {
        Moment {
            title: String::new(),
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn a_moment_is_shown_with_what_lies_about_it() {
        let row = |minute: i64| StoredRow {
            start: at(minute),
            prices: [1.0; 4],
            volume: 0.0,
            synthetic: false,
            spread: None,
            factor: 1.0,
        };
        let rows: Vec<StoredRow> = (0..200).chain(280..500).map(row).collect();
        let gap = nearest(&rows, &moment(200, 280));
        assert_eq!(gap.len(), 2 * AROUND);
        assert_eq!((gap[0].start, gap[119].start), (at(140), at(339)));
        let first = nearest(&rows, &moment(0, 1));
        assert_eq!((first.len(), first[0].start), (1 + AROUND, at(0)));
        assert!(nearest(&[], &moment(0, 1)).is_empty());
    }

    #[test]
    fn enough_is_asked_for_over_nights_and_weekends_and_not_too_much() {
        // the open of Tuesday 2024-03-26, so what lies before is Monday's
        let (from, to) = wanted(&moment(0, 1), BarInterval::minutes(1), Calendar::Nyse);
        assert_eq!(from, Timestamp::from_seconds(1_711_396_800 - 240 * 60));
        assert_eq!(to, at(1 + 240));
        // hourly bars need nine sessions or so
        let (from, _) = wanted(&moment(0, 60), BarInterval::minutes(60), Calendar::Nyse);
        let days = (at(0).0 - from.0) / 86_400_000_000;
        assert!((9..=16).contains(&days), "{days}");
        let (from, to) = wanted(&moment(0, 1_440), BarInterval::Day, Calendar::Nyse);
        assert!((at(0).0 - from.0) / 86_400_000_000 > 80 && to > at(80 * 1_440));
        let (from, to) = wanted(&moment(0, 80), BarInterval::minutes(1), Calendar::Crypto);
        assert!(from <= at(-60) && to >= at(140) && to.micros_since(from) < 86_400_000_000);
    }
}
