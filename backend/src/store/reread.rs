//! The same file again, read in the same way or with times that are read otherwise.

use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::intake::READER_VERSION;
use atrium_shared::surface::api::{ImportDone, ImportOutcome, ImportRecord};

use super::StoreError;
use super::card::Card;
use super::error::Clash;
use super::write::{Again, Incoming};

/// What to answer where the same file, read in the same way, was stored before.
pub(super) fn again(card: &Card, imports: &[ImportRecord], incoming: &Incoming) -> Option<Again> {
    let sha256 = &incoming.file.as_ref()?.sha256;
    let same_file = |import: &&ImportRecord| {
        import.sha256.as_ref() == Some(sha256)
            && import.reading == incoming.reading
            && import.reader == READER_VERSION
    };
    let import = imports.iter().rfind(same_file)?;
    let set = &card.set;
    let same_basis = set.basis == incoming.basis;
    let mut given = incoming.actions.iter();
    let same_set = if incoming.replace {
        imports.len() == 1
            && set.instrument == incoming.instrument
            && same_basis
            && given.all(|given| set.actions == *given)
    } else {
        (same_basis || incoming.basis == PriceBasis::Unstated)
            && given.all(|given| set.actions.joined(given) == set.actions)
    };
    let same_set = same_set && set.fill == incoming.fill;
    let later = imports.iter().filter(|it| it.number > import.number);
    same_set.then(|| Again {
        import: import.number,
        changed_since: later.map(|it| it.merge.changed).sum(),
        done: ImportDone {
            outcome: ImportOutcome::Unchanged,
            set: card.set.clone(),
            clean: import.clean.clone(),
            merge: Default::default(),
            fill: Default::default(),
            rebase: None,
            rejected: import.rejected,
            quarantine: Vec::new(),
            shared: Vec::new(),
            replaced: None,
            price_step: None,
        },
    })
}

/// Checks that the same file was not stored with times that were read otherwise: both readings would stay in the set.
pub(super) fn check_times(
    card: &Card,
    imports: &[ImportRecord],
    incoming: &Incoming,
) -> Result<(), StoreError> {
    let (Some(file), Some(now)) = (&incoming.file, &incoming.reading) else {
        return Ok(());
    };
    if incoming.replace || incoming.accept {
        return Ok(());
    }
    let same_rows = |import: &&ImportRecord| {
        let reading = import.reading.as_ref();
        import.sha256.as_ref() == Some(&file.sha256)
            && reading.is_some_and(|then| then.table == now.table)
    };
    let Some(before) = imports.iter().rfind(same_rows) else {
        return Ok(());
    };
    let how = before.reading.as_ref().map(|then| then.times_unlike(now));
    match how.filter(|how| !how.is_empty()) {
        None => Ok(()),
        Some(how) => Err(StoreError::OtherBasis {
            name: card.set.name.clone(),
            clash: Clash::ReadOtherwise {
                import: before.number,
                how,
            },
        }),
    }
}
