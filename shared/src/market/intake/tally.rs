//! What the second pass counts and keeps to show.

use std::collections::BTreeMap;

use super::book::{Book, Found};
use super::hours::{EXTENDED, Place};
use super::reader::Values;
use super::row::Row;
use super::scout::WIDE_HABIT;
use super::{Certainty, Detection, Format, Reason, Rejected, SampleRow, Stretch, TimeForm, Zone};
use crate::base::digits::brief;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::calendar::Calendar;

/// So many rows from the beginning are shown.
const FIRST_SHOWN: usize = 3;

#[derive(Debug)]
pub(super) struct Tally {
    detection: Detection,
    book: Book,
    forms: BTreeMap<TimeForm, u64>,
    last_form: Option<(TimeForm, u64)>,
    reasons: BTreeMap<&'static str, Reason>,
    previous: Option<Timestamp>,
    first: Timestamp,
    last: Timestamp,
    /// The last row that can be used.
    last_row: Option<SampleRow>,
    last_raw: Vec<u8>,
    /// Where the bars of the file at hand lie, and those of the first file of which most lie outside the sessions.
    file: FileHours,
    odd_file: Option<FileHours>,
    /// The first file of which hardly a row is of the interval, and that which it is of.
    other: Option<(u32, BarInterval)>,
}

/// How many bars of a file lie in sessions.
#[derive(Debug, Default)]
struct FileHours {
    index: Option<u32>,
    path: String,
    regular: u64,
    all: u64,
}

impl Tally {
    pub(super) fn new(detection: Detection) -> Self {
        Self {
            book: Book::new(detection.reading.calendar, detection.interval.value),
            detection,
            forms: BTreeMap::new(),
            last_form: None,
            reasons: BTreeMap::new(),
            previous: None,
            first: Timestamp::MAX,
            last: Timestamp::MIN,
            last_row: None,
            last_raw: Vec::new(),
            file: FileHours::default(),
            odd_file: None,
            other: None,
        }
    }

    /// The rows that follow are of another file.
    pub(super) fn new_file(&mut self, index: Option<u32>, path: &str) {
        let path = path.to_owned();
        let before = core::mem::replace(
            &mut self.file,
            FileHours {
                index,
                path,
                ..FileHours::default()
            },
        );
        if self.other.is_none() {
            self.other = before.of_other_interval(&self.detection.foreign);
        }
        if before.regular * 2 < before.all {
            self.odd_file.get_or_insert(before);
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

    pub(super) fn keep(
        &mut self,
        form: TimeForm,
        start: Timestamp,
        place: Place,
        (line, prices): (u64, [f64; 4]),
    ) {
        self.book.add(start, prices, line);
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
        self.file.all += 1;
        self.file.regular += u64::from(place == Place::Regular);
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
        self.new_file(None, "");
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
        let found = self.book.finish();
        detection.counts.contradicting = found.contradicting;
        detection.counts.overlapping = found.overlapping;
        let clocks = twice_an_hour(&found, &detection);
        let contradicted = contradicts(&found).map(|why| clocks.clone().unwrap_or(why));
        let apart = self.other.and_then(|other| of_intervals(other, &detection));
        let rather = |why: String| apart.clone().unwrap_or(why);
        detection.refusal = (detection.refusal.take())
            .or_else(|| too_few(&detection).map(rather))
            .or(contradicted)
            .or_else(|| overlaps(&found, &detection))
            .or_else(|| out_of_hours(&detection).map(rather));
        warn(&mut detection);
        let odd = self.odd_file.and_then(|file| file.among_others(&detection));
        detection.warnings.extend(odd);
        if detection.refusal.is_none() {
            let odd = clocks.or_else(|| far_apart(&found));
            detection.warnings.extend(odd);
        }
        detection
    }
}

impl FileHours {
    /// Which file it is and of which interval, where hardly a row is of that of the others.
    fn of_other_interval(&self, foreign: &[Stretch]) -> Option<(u32, BarInterval)> {
        let own = || foreign.iter().filter(|it| Some(it.file) == self.index);
        let rows: u64 = own().map(|stretch| stretch.rows).sum();
        let most = own().max_by_key(|stretch| stretch.rows)?;
        (self.all * 10 <= rows).then_some((most.file, most.interval))
    }

    /// What is said of a file of which most bars lie outside the sessions, where nearly all of the others lie in them.
    fn among_others(&self, detection: &Detection) -> Option<String> {
        const LEAST: u64 = 20;
        let Detection { hours, counts, .. } = detection;
        let (regular, all) = (hours.regular - self.regular, counts.used - self.all);
        let is_judged = detection.reading.calendar != Calendar::Crypto
            && detection.interval.value != BarInterval::Day
            && detection.format != Format::Lean;
        let is_odd = self.all >= LEAST && all >= LEAST && regular * 20 >= all * 19;
        (is_judged && is_odd).then(|| {
            format!(
                "{} of the {} bars of {} lie outside the sessions, of those of the other files {} of {all}: where its times are of another zone, import it by itself",
                self.all - self.regular,
                self.all,
                self.path,
                all - regular
            )
        })
    }
}

/// Why rows that contradict each other are no bars of one series.
fn contradicts(found: &Found) -> Option<String> {
    let ratio = found.ratio();
    if !found.contradicts_itself() && ratio.is_none() {
        return None;
    }
    let [one, other] = found.pairs.first()?.rows;
    let at = found.pairs.first()?.at;
    let counted = format!(
        "{} of the {} rows have the time of another row and other prices (first at {at}: close {} in line {}, {} in line {})",
        found.contradicting,
        found.rows,
        close_words(one.1),
        one.0,
        close_words(other.1),
        other.0
    );
    Some(match ratio {
        Some(ratio) => format!(
            "{counted}, most of them by the factor {}: these are prices before and after a split or another adjustment, and one series cannot hold both; import the parts one after the other, the older one first, so that the change is found and kept as an action",
            rounded(ratio)
        ),
        None => format!(
            "{counted}: this looks like several symbols, sources or intervals in one, or like times that lost their time of day; import one of them at a time, and check which column is taken for the time"
        ),
    })
}

/// A close that was kept with the digits of a short number.
fn close_words(close: f32) -> String {
    let digits = close.to_string().parse();
    brief(digits.unwrap_or_else(|_| f64::from(close)))
}

/// A factor with as many digits as a message needs.
fn rounded(ratio: f64) -> String {
    let text = format!("{ratio:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Why bars that overlap are no bars of one series.
fn overlaps(found: &Found, detection: &Detection) -> Option<String> {
    let (before, at) = found.overlap.filter(|_| found.is_two_grids())?;
    let interval = detection.interval.value;
    Some(format!(
        "{} of the {} rows begin before the {interval} bar before them has ended (first the one at {at}, after that at {before}): bars of several intervals, or cut in two ways, are in one; import one of them at a time, or give the interval if {interval} is wrong",
        found.overlapping, found.rows
    ))
}

/// Why files of several intervals are not read as one, where what they hold together makes no sense.
fn of_intervals((file, interval): (u32, BarInterval), detection: &Detection) -> Option<String> {
    let name = file_name(file, detection)?;
    let other = (0..)
        .zip(&detection.files)
        .find(|(index, _)| detection.foreign.iter().all(|it| it.file != *index));
    let (_, other) = other?;
    let own = detection.interval.value;
    Some(format!(
        "{name} holds {interval} bars and {other} {own} bars: import the files of one interval at a time"
    ))
}

/// The name of a file, where there are several.
fn file_name(file: u32, detection: &Detection) -> Option<&str> {
    let name = detection.files.get(file as usize);
    name.filter(|_| detection.file_count > 1)
        .map(String::as_str)
}

/// Why bars of which most lie outside the sessions are not taken in a zone that nobody named.
fn out_of_hours(detection: &Detection) -> Option<String> {
    let zone = detection.zone.as_ref()?;
    let calendar = detection.reading.calendar;
    let is_assumed = zone.certainty == Certainty::Assumed
        && zone.value != Zone::EXCHANGE
        && zone.evidence != WIDE_HABIT
        && zone.evidence != EXTENDED;
    let (inside, all) = (detection.hours.regular, detection.counts.used);
    // LEAN's zones are those of its markets, and its files hold extended hours
    let is_judged = is_assumed
        && detection.format != Format::Lean
        && calendar != Calendar::Crypto
        && detection.interval.value != BarInterval::Day;
    (is_judged && inside * 2 < all).then(|| {
        format!(
            "the times are written without a zone, and by {}, which nothing tells clearly, only {inside} of {all} bars lie in the sessions of the {} calendar ({}); give the zone of the times, such as exchange, America/Chicago or, if it is so, {}",
            zone.value, calendar.name(), zone.evidence, zone.value
        )
    })
}

/// What hints at another basis where only one row, or a few that do not agree, differ much.
fn far_apart(found: &Found) -> Option<String> {
    const MUCH: f32 = 1.25;
    let far = found.pairs.iter().find(|pair| {
        let [(_, one), (_, other)] = pair.rows;
        one / other >= MUCH || other / one >= MUCH
    })?;
    let [(line, close), (last_line, last)] = far.rows;
    Some(format!(
        "the rows of {} differ much: close {} in line {line}, {} in line {last_line}, which counts; if one is from before a split and the other from after it, import the parts one after the other",
        far.at,
        close_words(close),
        close_words(last)
    ))
}

/// What hints at clocks that were set back in a file whose times are taken for those of a zone without summer time.
fn twice_an_hour(found: &Found, detection: &Detection) -> Option<String> {
    let zone = detection.zone.as_ref()?;
    let first = found.pairs.first()?.at;
    if zone.certainty == Certainty::Given && zone.value != Zone::UTC {
        return None;
    }
    // clocks are set back on a Sunday before four in the morning
    let is_sunday_night = |at: Timestamp| {
        let day = at.utc_day();
        (day.0 + 3).rem_euclid(7) == 6 && at.micros_since(day.midnight_utc()) < 4 * 3_600_000_000
    };
    let all = found.pairs.iter().all(|pair| is_sunday_night(pair.at));
    all.then(|| {
        format!(
            "{} come twice with other prices, all in the night to a Sunday (first {first}), as where clocks are set back: if the times are of a zone with summer time, give it, or these rows are lost",
            match found.contradicting {
                1 => "1 row".to_owned(),
                several => format!("{several} rows"),
            }
        )
    })
}

/// Why a file is not to be used: no row, or less than half of them, can be.
fn too_few(detection: &Detection) -> Option<String> {
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
    let interval = detection.interval.value;
    let is_guessed = detection
        .zone
        .as_ref()
        .is_some_and(|zone| zone.certainty == Certainty::Assumed && interval != BarInterval::Day);
    let foreign: Vec<String> = detection
        .foreign
        .iter()
        .map(|it| set_aside(it, detection))
        .collect();
    let Detection {
        counts,
        hours,
        warnings,
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
    warnings.extend(foreign);
    if counts.used > 0 && hours.regular == 0 {
        warnings.push(format!(
            "no bar lies in a session of the {} calendar: check the zone and the calendar",
            calendar.name()
        ));
    } else if (hours.closed * 20 > counts.used || is_guessed && hours.closed > 0)
        && calendar != Calendar::Crypto
    {
        let lie = if hours.closed == 1 { "lies" } else { "lie" };
        let is_daily = interval == BarInterval::Day;
        let advice = match calendar {
            Calendar::Forex | Calendar::Metals if is_daily => {
                "days that are cut at midnight UTC leave an hour or two of each Sunday as a bar of its own, outside the trading week; days of this market end at 17:00 in New York"
            }
            _ if is_daily => {
                "look at the first dates; if they are off, give the time zone or what times stand for; an exchange elsewhere has other holidays, and a market that trades round the clock needs the crypto calendar"
            }
            _ if is_guessed => {
                "the time zone is only assumed, and may be another: give it; a market that trades round the clock needs the crypto calendar"
            }
            _ => "a market that trades round the clock needs the crypto calendar",
        };
        warnings.push(format!(
            "{} of {} bars {lie} on days without a session of the {} calendar: {advice}",
            hours.closed,
            counts.used,
            calendar.name()
        ));
    }
}

/// What is said of rows of another interval.
fn set_aside(stretch: &Stretch, detection: &Detection) -> String {
    let (first, last, interval) = (&stretch.first, &stretch.last, stretch.interval);
    let name = file_name(stretch.file, detection);
    let of = name.map_or_else(String::new, |name| format!(" of {name}"));
    let rows = match stretch.rows {
        1 => format!(
            "line {}{of} is a {interval} bar ({first})",
            stretch.first_line
        ),
        several => format!(
            "lines {} to {}{of} are {several} rows of {interval} bars ({first} to {last})",
            stretch.first_line, stretch.last_line
        ),
    };
    format!("{rows}: not used; to have such bars, import them from a file of their own")
}
