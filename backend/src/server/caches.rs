//! What was read and sent last, so that the next request for the same bars need not read them again.

use std::sync::Arc;

use atrium_shared::base::digest::Digest;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::curate::Curated;
use atrium_shared::surface::api::DataSet;

use super::datasets::{Encoded, Wanted};
use super::recent::Recent;
use crate::store::{Store, StoreError};

/// Stored bars as they were read, and bars as they are sent.
#[derive(Debug)]
pub(super) struct Caches {
    /// Real bars as they were traded, by the digest of their card.
    stored: Recent<Digest, Arc<BarSeries>>,
    /// Raw bars with all that belongs to them, by the digest of their card.
    curated: Recent<Digest, Arc<Curated>>,
    pub(super) encoded: Recent<Wanted, Encoded>,
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            stored: Recent::new(4),
            curated: Recent::new(2),
            encoded: Recent::new(8),
        }
    }
}

impl Caches {
    /// The bars of a card that runs are made on, raw, with their digest.
    pub(super) fn bars(
        &self,
        store: &Store,
        card: DataSet,
    ) -> Result<(Digest, Arc<BarSeries>), StoreError> {
        if let Some(bars) = self.stored.get(&card.digest) {
            return Ok((card.digest, bars));
        }
        // the set may have been replaced since its card was read
        let loaded = store.load(&card.name)?;
        let (digest, bars) = (loaded.card.digest, Arc::new(loaded.bars));
        self.stored.insert(digest, Arc::clone(&bars));
        Ok((digest, bars))
    }

    /// A data set with its bars as they are stored.
    pub(super) fn curated(
        &self,
        store: &Store,
        name: &str,
    ) -> Result<(DataSet, Arc<Curated>), StoreError> {
        let card = store.card(name)?;
        if let Some(bars) = self.curated.get(&card.digest) {
            return Ok((card, bars));
        }
        let (card, bars) = store.load_curated(name)?;
        let bars = Arc::new(bars);
        self.curated.insert(card.digest, Arc::clone(&bars));
        Ok((card, bars))
    }
}
