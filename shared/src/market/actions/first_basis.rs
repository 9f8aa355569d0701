//! The basis of the first bar, which no later action changes.

use super::{ActionKind, Actions};
use crate::base::time::Day;

/// The change of basis before a bar: splits first, then dividends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BasisChange {
    /// The first bar on the new basis.
    pub row: usize,
    /// New shares for an old one, 1 without a split.
    pub split: f64,
    /// What prices before it are multiplied by for dividends, 1 without one.
    pub dividend: f64,
}

/// What carries raw bars to the basis of the first of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// `price on the first basis = raw price · price`.
    pub price: f64,
    /// `volume on the first basis = raw volume / shares`.
    pub shares: f64,
}

impl Actions {
    /// Changes of basis between bars, given the session of each bar, in order; what comes before the first bar or after the last
    /// is none. An action counts from the first bar of its first session, or of the next one that has a bar.
    pub fn changes(&self, sessions: &[Day]) -> Vec<BasisChange> {
        let mut changes: Vec<BasisChange> = Vec::new();
        for action in self.list() {
            let row = sessions.partition_point(|day| *day < action.first_day);
            if row == 0 || row == sessions.len() {
                continue;
            }
            let (split, dividend) = match action.kind {
                ActionKind::Split { ratio } => (ratio, 1.0),
                ActionKind::Dividend { factor } => (1.0, factor),
            };
            match changes.last_mut().filter(|last| last.row == row) {
                Some(last) => {
                    last.split *= split;
                    last.dividend *= dividend;
                }
                None => changes.push(BasisChange {
                    row,
                    split,
                    dividend,
                }),
            }
        }
        changes
    }
}

/// The scale of each bar, the first bar's being 1: a later action changes no earlier one. It does not end.
pub fn scales(changes: Vec<BasisChange>) -> impl Iterator<Item = Scale> {
    let mut changes = changes.into_iter().peekable();
    let mut scale = Scale {
        price: 1.0,
        shares: 1.0,
    };
    (0..).map(move |row: usize| {
        if let Some(change) = changes.next_if(|change| change.row == row) {
            scale.shares *= change.split;
            scale.price *= change.split / change.dividend;
        }
        scale
    })
}
