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

/// An import of the stored bars whose times may have been read wrongly.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFix {
    /// Its number.
    pub import: u32,
    /// Where it came from, in words.
    pub source: String,
    /// Whether the set has others.
    pub is_one_of_several: bool,
    /// How its times would have to be read.
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
    /// Those of a stored import, where that does.
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

impl StoredFix {
    /// The first that is said to have been read otherwise, by the imports of a set, the last ones first; one that was assumed before
    /// one that was sure.
    fn first_of(
        imports: &[ImportCard],
        fix: &mut dyn FnMut(&Reading) -> Option<Fix>,
    ) -> Option<Self> {
        let mut surely = None;
        for card in imports.iter().rev() {
            let Some((reading, fix)) =
                (card.record.reading.as_ref()).and_then(|reading| Some((reading, fix(reading)?)))
            else {
                continue;
            };
            let found = Self {
                import: card.record.number,
                source: card.record.source.clone(),
                is_one_of_several: imports.len() > 1,
                zone: reading.zone.clone(),
                is_sure: fix.is_against(card.detection.as_ref()),
                fix,
            };
            if !found.is_sure {
                return Some(found);
            }
            surely = surely.or(Some(found));
        }
        surely
    }

    fn name(&self) -> String {
        let source = self.source.strip_prefix("imported from ");
        format!(
            "import {} ({})",
            self.import,
            source.unwrap_or(&self.source)
        )
    }

    fn advice(&self) -> String {
        let again = match (&self.fix.zone, &self.zone) {
            (Some(_), None) => {
                let anew = self.fix.advice(None);
                format!("{anew}, then import it in place of what is stored (--replace)")
            }
            _ => format!(
                "import its file again with {} in place of what is stored (--replace)",
                self.fix.given()
            ),
        };
        let others = match self.is_one_of_several {
            true => ", and those of the other imports, which that removes",
            false => "",
        };
        format!("{again}, then this one{others}")
    }
}

impl Whose {
    /// Those of a file or those of a stored import: `own` is how the former, `fix` how the times of an import would have to be read.
    /// `None` where neither makes the bars the same.
    pub(super) fn of(
        own: Option<Fix>,
        (reading, detection): (&Reading, Option<&Detection>),
        imports: &[ImportCard],
        fix: &mut dyn FnMut(&Reading) -> Option<Fix>,
    ) -> Option<Self> {
        let stored = StoredFix::first_of(imports, fix);
        // without one of its own, what would have to be read otherwise of the other one's
        let doubted = own.as_ref().or(stored.as_ref().map(|it| &it.fix))?;
        Some(Self {
            is_sure: doubted.is_against(detection),
            zone: reading.zone.clone(),
            own,
            stored,
        })
    }

    /// Of bars that are those stored, but one bar off.
    pub(super) fn one_bar_off(
        beside: Beside,
        file: (&Reading, Option<&Detection>),
        imports: &[ImportCard],
    ) -> Option<Self> {
        let (start, end) = (Labels::Start, Labels::End);
        let (own, of_stored) = match beside {
            Beside::Before => ((start, end), (end, start)),
            Beside::After => ((end, start), (start, end)),
        };
        let own = Fix::of_side(file.0.labels, own);
        Self::of(own, file, imports, &mut |then| {
            Fix::of_side(then.labels, of_stored)
        })
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
