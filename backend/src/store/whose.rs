//! Whose times are wrong, where the bars of a file are those stored, but at other times: its own, or those of a stored import.

use atrium_shared::market::actions::Beside;
use atrium_shared::market::intake::{Certainty, Detection, Labels, Reading, Shifted, Zone};

use super::card::ImportCard;

/// How times have to be read instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// The zone; `None` where that was right.
    pub zone: Option<Zone>,
    /// What the times stand for; `None` where that was right.
    pub labels: Option<Labels>,
}

/// Imports of the stored bars whose times may have been read wrongly, all in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFix {
    /// Their numbers, and where each came from, in words.
    pub imports: Vec<(u32, String)>,
    /// The other imports of the set, also by which zone and side they were read: without being told a file may be read like the
    /// last one.
    pub others: Vec<(u32, String)>,
    /// How their times would have to be read.
    pub fix: Fix,
    /// By which zone they were read; `None` where they were points in time.
    pub zone: Option<Zone>,
    /// Whether they were read without a doubt, or as given.
    pub is_sure: bool,
}

/// Whose times have to be read otherwise for the bars to be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Whose {
    /// Those of the file, where that makes them the same.
    pub own: Option<Fix>,
    /// By which zone they were read; `None` where they are points in time.
    pub zone: Option<Zone>,
    /// Whether they were read without a doubt, or as given.
    pub is_sure: bool,
    /// Those of stored imports, where that does.
    pub stored: Option<StoredFix>,
}

impl From<&Shifted> for Fix {
    fn from(found: &Shifted) -> Self {
        Self {
            zone: found.zone.clone(),
            labels: found.labels,
        }
    }
}

impl Fix {
    /// The other side, where times that were read by `side` have to be so for bars that are one bar off.
    fn of_side(side: Option<Labels>, (wrong, right): (Labels, Labels)) -> Option<Self> {
        (side == Some(wrong)).then_some(Self {
            zone: None,
            labels: Some(right),
        })
    }

    /// Whether what would have to be otherwise was told without a doubt, or given.
    fn is_against(&self, found: Option<&Detection>) -> bool {
        let is_sure = |certainty: Certainty| certainty != Certainty::Assumed;
        found.is_some_and(|found| {
            let zone = found.zone.as_ref().is_none_or(|it| is_sure(it.certainty));
            (self.zone.is_none() || zone)
                && (self.labels.is_none() || is_sure(found.labels.certainty))
        })
    }

    /// What it says of times.
    fn words(&self, now: Option<&Zone>) -> String {
        let zone = self.zone.as_ref().map(|zone| match now {
            Some(now) => format!("are of the zone {zone}, not {now}"),
            None => format!("were written by the clock of {zone}, not in UTC"),
        });
        let side = self.labels.map(|labels| format!("are {labels}s of bars"));
        let words: Vec<String> = zone.into_iter().chain(side).collect();
        words.join(" and ")
    }

    /// What to give for it.
    fn given(&self) -> String {
        let zone = self.zone.as_ref();
        let zone = zone.map(|zone| format!("the time zone {zone} (--time-zone)"));
        let side = self.labels;
        let side = side.map(|labels| format!("{labels} as what times stand for (--labels)"));
        let words: Vec<String> = zone.into_iter().chain(side).collect();
        words.join(" and ")
    }

    /// What to do with a file whose times it says.
    fn advice(&self, now: Option<&Zone>) -> String {
        match (&self.zone, now) {
            // points in time are in UTC, whatever is given
            (Some(zone), None) => {
                let side = self.labels;
                let side =
                    side.map(|it| format!(", and give {it} as what times stand for (--labels)"));
                format!(
                    "have the file written anew with times in UTC, or in {zone} without an offset and give that zone (--time-zone){}",
                    side.unwrap_or_default()
                )
            }
            _ => format!("give {}", self.given()),
        }
    }
}

/// Stored imports whose times were read in one way.
pub(super) struct ReadAlike<'a> {
    pub(super) reading: &'a Reading,
    /// The last ones first.
    pub(super) cards: Vec<&'a ImportCard>,
}

/// Imports by how their times were read, in the order in which the ways come; what came from no file is left out.
pub(super) fn by_reading<'a>(
    imports: impl IntoIterator<Item = &'a ImportCard>,
) -> Vec<ReadAlike<'a>> {
    let mut ways: Vec<ReadAlike<'a>> = Vec::new();
    for card in imports {
        let Some(reading) = &card.record.reading else {
            continue;
        };
        let is_like = |way: &&mut ReadAlike<'_>| {
            (&way.reading.zone, way.reading.labels) == (&reading.zone, reading.labels)
        };
        match ways.iter_mut().find(is_like) {
            Some(way) => way.cards.push(card),
            None => ways.push(ReadAlike {
                reading,
                cards: vec![card],
            }),
        }
    }
    ways
}

/// Imports by number and name, no more than a sentence can hold.
fn listed(imports: &[(u32, String)]) -> String {
    /// So many are named.
    const NAMED: usize = 4;
    let name = |(number, source): &(u32, String)| {
        let source = source.strip_prefix("imported from ").unwrap_or(source);
        format!("{number} ({source})")
    };
    let named: Vec<String> = imports.iter().take(NAMED).map(name).collect();
    match (imports.len().saturating_sub(NAMED), named.split_last()) {
        (0, Some((last, first))) if !first.is_empty() => {
            format!("{} and {last}", first.join(", "))
        }
        (0, _) => named.join(", "),
        (more, _) => format!("{} and {more} more", named.join(", ")),
    }
}

impl StoredFix {
    /// Imports that were all read in one way, which would have to be another one; `all` are those of the set.
    pub(super) fn new(way: &ReadAlike<'_>, fix: Fix, all: &[ImportCard]) -> Self {
        let named = |card: &ImportCard| (card.record.number, card.record.source.clone());
        let told = |card: &ImportCard| {
            let (number, mut source) = named(card);
            if let Some(reading) = &card.record.reading {
                let zone = reading.zone.as_ref().map(Zone::to_string);
                let side = reading.labels.map(|side| format!("{side}s"));
                for it in zone.into_iter().chain(side) {
                    source = format!("{source}, {it}");
                }
            }
            (number, source)
        };
        let is_one = |card: &&ImportCard| {
            let mut cards = way.cards.iter();
            cards.any(|it| it.record.number == card.record.number)
        };
        let (imports, others): (Vec<&ImportCard>, Vec<&ImportCard>) = all.iter().partition(is_one);
        Self {
            imports: imports.into_iter().map(named).collect(),
            others: others.into_iter().map(told).collect(),
            zone: way.reading.zone.clone(),
            is_sure: (way.cards.iter()).all(|card| fix.is_against(card.detection.as_ref())),
            fix,
        }
    }

    fn name(&self) -> String {
        let one = match self.imports.len() {
            1 => "import",
            _ => "imports",
        };
        format!("{one} {}", listed(&self.imports))
    }

    fn advice(&self) -> String {
        let (file, and) = match self.imports.len() {
            1 => ("its file", ""),
            _ => ("the first of their files", " and the others so after it"),
        };
        let again = match (&self.fix.zone, &self.zone) {
            (Some(_), None) => {
                let anew = self.fix.advice(None);
                format!("{anew}, then import {file} in place of what is stored (--replace)")
            }
            _ => format!(
                "import {file} again with {} in place of what is stored (--replace)",
                self.fix.given()
            ),
        };
        let others = match self.others.as_slice() {
            [] => String::new(),
            others => {
                format!(
                    ", then those of the other imports in their order, which that removes as well, with times read as they were: {}",
                    listed(others)
                )
            }
        };
        format!("{again}{and}{others}, then this one")
    }
}

impl Whose {
    /// Those of a file or those of stored imports: `own` is how the former would have to be read. Of several ways in which imports
    /// were read the first counts that was assumed. `None` where neither makes the bars the same.
    pub(super) fn of(
        own: Option<Fix>,
        (reading, detection): (&Reading, Option<&Detection>),
        mut stored: Vec<StoredFix>,
    ) -> Option<Self> {
        let assumed = stored.iter().position(|it| !it.is_sure);
        let first = assumed.unwrap_or_default();
        let stored = (first < stored.len()).then(|| stored.swap_remove(first));
        // without one of its own, what would have to be read otherwise of the other one's
        let doubted = own.as_ref().or(stored.as_ref().map(|it| &it.fix))?;
        Some(Self {
            is_sure: doubted.is_against(detection),
            zone: reading.zone.clone(),
            own,
            stored,
        })
    }

    /// Of bars that are those stored, but one bar off; `unlike` are the imports that those are of, the last ones first, among `all`.
    pub(super) fn one_bar_off(
        beside: Beside,
        file: (&Reading, Option<&Detection>),
        unlike: Vec<&ImportCard>,
        all: &[ImportCard],
    ) -> Option<Self> {
        let (start, end) = (Labels::Start, Labels::End);
        let (own, of_stored) = match beside {
            Beside::Before => ((start, end), (end, start)),
            Beside::After => ((end, start), (start, end)),
        };
        let own = Fix::of_side(file.0.labels, own);
        let fixed = |way: &ReadAlike<'_>| {
            let fix = Fix::of_side(way.reading.labels, of_stored)?;
            Some(StoredFix::new(way, fix, all))
        };
        let ways = by_reading(unlike);
        Self::of(own, file, ways.iter().filter_map(fixed).collect())
    }

    /// The stored import that is to be read otherwise, where the file's own times are right rather.
    fn blamed(&self) -> Option<&StoredFix> {
        let is_sooner = |it: &&StoredFix| self.own.is_none() || self.is_sure && !it.is_sure;
        self.stored.as_ref().filter(is_sooner)
    }

    /// Which times would have to be what.
    pub(super) fn words(&self) -> String {
        match (self.blamed(), &self.own) {
            (Some(stored), _) => {
                let words = stored.fix.words(stored.zone.as_ref());
                format!("the times of {} {words}", stored.name())
            }
            (None, Some(own)) => format!("the times {}", own.words(self.zone.as_ref())),
            (None, None) => "one of the two is read otherwise".to_owned(),
        }
    }

    /// What to do.
    pub(super) fn advice(&self) -> String {
        if let Some(stored) = self.blamed() {
            let doubt = match (self.is_sure, stored.is_sure) {
                (true, false) => {
                    "that was assumed then, and the times of this file leave no doubt: "
                }
                _ => "",
            };
            return format!("{doubt}{}", stored.advice());
        }
        let own = self.own.as_ref();
        let own = own.map(|own| own.advice(self.zone.as_ref()));
        let own = own.unwrap_or_else(|| "have a look at both files".to_owned());
        match &self.stored {
            None => own,
            Some(stored) if stored.is_sure && !self.is_sure => {
                format!("{own}; those of {} leave no doubt", stored.name())
            }
            Some(stored) => format!(
                "{own}, or, if it is {} that was read wrongly, {}",
                stored.name(),
                stored.advice()
            ),
        }
    }
}
