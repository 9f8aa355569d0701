//! What the second pass counts and keeps to show.

use std::collections::BTreeMap;

use super::hours::Place;
use super::reader::Values;
use super::row::Row;
use super::{Detection, Reason, Rejected, SampleRow, TimeForm};
use crate::base::time::Timestamp;
use crate::market::calendar::Calendar;

/// So many rows from the beginning are shown.
const FIRST_SHOWN: usize = 3;

#[derive(Debug)]
pub(super) struct Tally {
    detection: Detection,
    forms: BTreeMap<TimeForm, u64>,
    last_form: Option<(TimeForm, u64)>,
    reasons: BTreeMap<&'static str, Reason>,
    previous: Option<Timestamp>,
    first: Timestamp,
    last: Timestamp,
    /// The last row that can be used.
    last_row: Option<SampleRow>,
    last_raw: Vec<u8>,
}

impl Tally {
    pub(super) fn new(detection: Detection) -> Self {
        Self {
            detection,
            forms: BTreeMap::new(),
            last_form: None,
            reasons: BTreeMap::new(),
            previous: None,
            first: Timestamp::MAX,
            last: Timestamp::MIN,
            last_row: None,
            last_raw: Vec::new(),
        }
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        let counts = &self.detection.counts;
        (counts.used + counts.rejected, counts.rejected)
    }

    /// Keeps a row to be shown, if it is one of the first, the first of its form, or the last.
    pub(super) fn sample(
        &mut self,
        row: &Row<'_>,
        form: TimeForm,
        start: Timestamp,
        values: Values,
    ) {
        let shown = || SampleRow {
            line: row.line,
            text: String::new(),
            start,
            prices: values.prices,
            volume: values.volume,
            spread: values.spread,
        };
        let is_new_form =
            self.last_form.is_none_or(|(last, _)| last != form) && !self.forms.contains_key(&form);
        let sample = &mut self.detection.sample;
        if sample.len() < FIRST_SHOWN || is_new_form {
            let text = row.text();
            sample.push(SampleRow { text, ..shown() });
            self.last_row = None;
        } else {
            self.last_raw.clear();
            self.last_raw.extend(row.raw());
            self.last_row = Some(shown());
        }
    }

    pub(super) fn keep(&mut self, form: TimeForm, start: Timestamp, place: Place) {
        match &mut self.last_form {
            Some((last, count)) if *last == form => *count += 1,
            _ => {
                self.flush_form();
                self.last_form = Some((form, 1));
            }
        }
        let Detection { counts, hours, .. } = &mut self.detection;
        counts.used += 1;
        counts.backwards += u64::from(self.previous.is_some_and(|previous| start <= previous));
        self.previous = Some(start);
        self.first = self.first.min(start);
        self.last = self.last.max(start);
        *(match place {
            Place::Regular => &mut hours.regular,
            Place::Extended => &mut hours.extended,
            Place::Closed => &mut hours.closed,
        }) += 1;
    }

    fn flush_form(&mut self) {
        if let Some((form, count)) = self.last_form.take() {
            *self.forms.entry(form).or_default() += count;
        }
    }

    pub(super) fn reject(&mut self, kind: &'static str, rejected: &Rejected) {
        self.detection.counts.rejected += 1;
        match self.reasons.get_mut(kind) {
            Some(reason) => reason.rows += 1,
            None => {
                let first = rejected.clone();
                self.reasons.insert(
                    kind,
                    Reason {
                        what: kind.to_owned(),
                        rows: 1,
                        first,
                    },
                );
            }
        }
    }

    pub(super) fn finish(mut self) -> Detection {
        self.flush_form();
        let mut detection = self.detection;
        if let Some(last) = self.last_row {
            let text = super::row::text_of(&self.last_raw);
            detection.sample.push(SampleRow { text, ..last });
        }
        let counts = &mut detection.counts;
        counts.rows = counts.used + counts.rejected;
        if counts.used > 0 {
            counts.first = Some(self.first);
            counts.last = Some(self.last);
        }
        detection.time_forms = self.forms.into_iter().collect();
        detection.reasons = self.reasons.into_values().collect();
        detection
            .reasons
            .sort_by_key(|reason| core::cmp::Reverse(reason.rows));
        detection.refusal = refusal(&detection);
        warn(&mut detection);
        detection
    }
}

/// Why a file is not to be used: no row, or less than half of them, can be.
fn refusal(detection: &Detection) -> Option<String> {
    let counts = &detection.counts;
    if counts.used > 0 && counts.rejected <= counts.used {
        return None;
    }
    let most = detection.reasons.iter().take(3).map(|reason| {
        let Rejected {
            file,
            line,
            reason: why,
            ..
        } = &reason.first;
        let place = if file.is_empty() {
            format!("line {line}")
        } else {
            format!("{file}, line {line}")
        };
        format!("\n  {}: {} ({place}: {why})", reason.what, reason.rows)
    });
    let most: String = most.collect();
    let how_many = if counts.used == 0 {
        "none"
    } else {
        "less than half"
    };
    Some(format!(
        "{how_many} of the {} rows can be used:{most}\ncheck how the file was understood",
        counts.rows
    ))
}

fn warn(detection: &mut Detection) {
    let calendar = detection.reading.calendar;
    let Detection {
        counts,
        hours,
        warnings,
        foreign,
        ..
    } = detection;
    if counts.backwards > 0 {
        let rows = match counts.backwards {
            1 => "1 row is not after the row before it".to_owned(),
            several => format!("{several} rows are not after the row before them"),
        };
        warnings.push(format!(
            "{rows}: rows are sorted, and of rows with the same time the last one counts"
        ));
    }
    for stretch in foreign {
        let (first, last, interval) = (&stretch.first, &stretch.last, stretch.interval);
        let rows = match stretch.rows {
            1 => format!("line {} is a {interval} bar ({first})", stretch.first_line),
            several => format!(
                "lines {} to {} are {several} rows of {interval} bars ({first} to {last})",
                stretch.first_line, stretch.last_line
            ),
        };
        warnings.push(format!(
            "{rows}: not used; to have such bars, import them from a file of their own"
        ));
    }
    if counts.used > 0 && hours.regular == 0 {
        warnings.push(format!(
            "no bar lies in a session of the {} calendar: check the zone and the calendar",
            calendar.name()
        ));
    } else if hours.closed * 20 > counts.used && calendar != Calendar::Crypto {
        let lie = if hours.closed == 1 { "lies" } else { "lie" };
        warnings.push(format!(
            "{} of {} bars {lie} on days without a session of the {} calendar: a market that trades round the clock needs the crypto calendar",
            hours.closed, counts.used, calendar.name()
        ));
    }
}
