//! The same file again, with times that are read otherwise.

use atrium_shared::surface::api::ImportRecord;

use super::StoreError;
use super::card::Card;
use super::error::Clash;
use super::write::Incoming;

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
