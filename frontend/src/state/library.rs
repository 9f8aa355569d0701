//! What the data page knows: which data set is looked at, what is said of it, the bars of a moment, the file coming in.

use std::sync::Arc;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Coverage, QualityReport};
use atrium_shared::surface::wire;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Entry, Lab};
use crate::api;
use crate::data_client::FileReader;
use crate::data_protocol::Taken;

/// A data set of this browser, with the worker that keeps its bars.
#[derive(Clone)]
pub(crate) struct Local {
    pub(crate) entry: Entry,
    pub(crate) reader: FileReader,
    pub(crate) taken: Arc<Taken>,
}

/// What is said of a data set.
#[derive(Debug, PartialEq)]
pub(crate) struct Reports {
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
    pub(crate) tick_size: f64,
    pub(crate) lot_size: f64,
}

/// The state of the data page. Copies are handles to the same state.
#[derive(Clone, Copy)]
pub(crate) struct Library {
    pub(crate) lab: Lab,
    /// The key that the address names.
    named: RwSignal<Option<String>>,
    /// The data set that is looked at: the one named, or the first.
    pub(crate) inspected: Memo<Option<Entry>>,
    pub(crate) reports: RwSignal<Asked<Arc<Reports>>>,
    /// The moment that was chosen.
    pub(crate) moment: RwSignal<Option<Moment>>,
    pub(crate) clip: RwSignal<Asked<Arc<Clip>>>,
    /// Counts requests, so that an old answer is known as such.
    ticket: StoredValue<[u64; 2]>,
}

/// How many bars are shown before and after a moment.
const AROUND: usize = 60;

impl Library {
    pub(crate) fn start(lab: Lab) -> Self {
        let named = RwSignal::new(None);
        let inspected = Memo::new(move |_| {
            lab.entries.with(|entries| {
                let is_named = |entry: &&Entry| named.with(|named| named.as_ref() == Some(&entry.key));
                entries.iter().find(is_named).or(entries.first()).cloned()
            })
        });
        Self {
            lab,
            named,
            inspected,
            reports: RwSignal::new(Asked::Nothing),
            moment: RwSignal::new(None),
            clip: RwSignal::new(Asked::Nothing),
            ticket: StoredValue::new([0, 0]),
        }
    }

    /// Looks at the data set that the address names.
    pub(crate) fn inspect(self, key: Option<String>) {
        if self.named.with_untracked(|named| *named != key) {
            self.named.set(key);
        }
    }

    /// Whether the address names a data set that is not there.
    pub(crate) fn is_unknown(self) -> Option<String> {
        let named = self.named.get()?;
        self.lab.entry(&named).is_none().then_some(named)
    }

    /// Asks for what is said of a data set.
    pub(crate) fn fetch_reports(self, entry: &Entry) {
        let ticket = self.next_ticket(0);
        self.moment.set(None);
        self.clip.set(Asked::Nothing);
        if let Some(local) = self.local(&entry.key) {
            self.reports.set(Asked::Known(Arc::new(Reports {
                coverage: local.taken.coverage.clone(),
                quality: local.taken.quality.clone(),
            })));
            return;
        }
        self.reports.set(Asked::Loading);
        let name = entry.set.name.clone();
        spawn_local(async move {
            let answer = async {
                let coverage = api::coverage(&name).await?;
                let quality = api::quality(&name).await?;
                Ok::<_, api::ApiError>(Reports { coverage, quality })
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

    /// Shows the bars about a moment.
    pub(crate) fn show(self, moment: Moment) {
        let Some(entry) = self.inspected.get_untracked() else {
            return;
        };
        let ticket = self.next_ticket(1);
        self.moment.set(Some(moment.clone()));
        if !self.clip.with_untracked(|clip| matches!(clip, Asked::Known(_))) {
            self.clip.set(Asked::Loading);
        }
        let stretch = wanted(&moment, entry.set.interval);
        let Entry { key, set, .. } = entry;
        let instrument = set.instrument;
        let take = move |answer: Result<Vec<u8>, String>| {
            if !self.is_current(1, ticket) {
                return;
            }
            let series = answer.and_then(|bytes| wire::decode(&bytes).map_err(|bad| bad.to_string()));
            self.clip.set(match series {
                Ok(series) => Asked::Known(Arc::new(Clip {
                    series: nearest(&series, &moment),
                    moment,
                    tick_size: instrument.tick_size,
                    lot_size: instrument.lot_size,
                })),
                Err(what) => Asked::Failed(what),
            });
        };
        match self.local(&key) {
            Some(local) => local.reader.stretch(stretch, take),
            None => spawn_local(async move {
                let answer = api::stretch(&set.name, stretch).await;
                take(answer.map_err(|error| error.to_string()));
            }),
        }
    }

    /// Takes in a data set of this browser; another of the same name gives way.
    pub(crate) fn keep(self, local: Local) {
        let key = local.entry.key.clone();
        self.lab.locals.update(|locals| {
            locals.retain(|other| other.entry.key != key);
            locals.push(local);
        });
        self.lab.settle();
    }

    /// Forgets a data set of this browser.
    pub(crate) fn forget(self, key: &str) {
        self.lab
            .locals
            .update(|locals| locals.retain(|local| local.entry.key != key));
        self.lab.settle();
    }

    /// The data set of this browser that has a key.
    pub(crate) fn local(self, key: &str) -> Option<Local> {
        self.lab
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
        self.ticket.with_value(|tickets| tickets.get(kind) == Some(&ticket))
    }
}

/// From when to when bars are asked for, so that those about the moment are among them: nights, weekends and holidays may
/// lie between.
fn wanted(moment: &Moment, interval: BarInterval) -> (Timestamp, Timestamp) {
    const NIGHTS_S: i64 = 5 * 86_400;
    let around = i64::from(interval.seconds()) * AROUND as i64;
    let margin = if interval == BarInterval::Day { around * 2 } else { around + NIGHTS_S };
    (moment.from.plus_seconds(-margin), moment.to.plus_seconds(margin))
}

/// The bars of a moment with the nearest ones before and after it.
fn nearest(series: &BarSeries, moment: &Moment) -> BarSeries {
    let first = series.start().partition_point(|start| *start < moment.from);
    let end = series.start().partition_point(|start| *start < moment.to);
    let (first, end) = (first.saturating_sub(AROUND), end.saturating_add(AROUND));
    let mut columns = BarColumns::default();
    for (start, prices, volume) in series.rows().take(end).skip(first) {
        columns.push(start, prices, volume);
    }
    // bars in a row of a valid series are one
    BarSeries::new(series.interval(), columns).unwrap_or_else(|_| series.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_with_what_lies_about_it() {
        let mut columns = BarColumns::default();
        for minute in (0..500).filter(|minute| !(200..280).contains(minute)) {
            columns.push(Timestamp::from_seconds(minute * 60), [1.0; 4], 0.0);
        }
        let series = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
        let at = |minute: i64| Timestamp::from_seconds(minute * 60);
        let moment = |from, to| Moment {
            title: String::new(),
            from: at(from),
            to: at(to),
        };
        let gap = nearest(&series, &moment(200, 280));
        assert_eq!(gap.len(), 2 * AROUND);
        assert_eq!(gap.start().first(), Some(&at(140)));
        assert_eq!(gap.start().last(), Some(&at(339)));
        let first = nearest(&series, &moment(0, 1));
        assert_eq!((first.len(), first.start().first()), (1 + AROUND, Some(&at(0))));
        let (from, to) = wanted(&moment(200, 280), BarInterval::minutes(1));
        assert!(from < at(200 - 4 * 1_440) && to > at(280 + 4 * 1_440));
    }
}
