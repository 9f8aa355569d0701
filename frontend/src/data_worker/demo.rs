//! Bars of the demo, made in the browser: the same ones that `atrium demo` stores.

use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::curate::{CleanReport, Curated, FillReport, MergeReport};
use atrium_shared::market::simulate::{DEMO, SOURCE};
use atrium_shared::surface::api::{DataSet, ImportDone, ImportOutcome};

use super::kept::Kept;
use crate::data_protocol::Taken;

/// Makes the bars of an instrument of the demo.
pub(super) fn make(symbol: &str) -> Result<(Kept, Taken), String> {
    let demo = DEMO.iter().find(|demo| demo.symbol == symbol);
    let demo = demo.ok_or_else(|| format!("The demo has no {symbol}."))?;
    let made = demo.simulate().map_err(|error| error.to_string())?;
    let kept = Kept {
        bars: Curated::plain(made.bars).with_actions(made.actions),
        instrument: demo.instrument(),
    };
    let (quality, coverage) = kept.judge(None)?;
    let set = DataSet {
        simulated: true,
        basis: PriceBasis::Raw,
        ..kept.card(SOURCE.to_owned())?
    };
    let done = ImportDone {
        outcome: ImportOutcome::Stored,
        merge: MergeReport {
            added: set.rows,
            ..MergeReport::default()
        },
        set,
        clean: CleanReport::default(),
        fill: FillReport::default(),
        rebase: None,
        rejected: 0,
        quarantine: Vec::new(),
    };
    Ok((
        kept,
        Taken {
            done,
            record: None,
            coverage,
            quality,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_called_simulated_and_has_its_faults() {
        let (_, sound) = make("SIM").unwrap();
        assert!(sound.done.set.simulated && sound.done.set.source == SOURCE);
        assert_eq!(sound.quality.gaps.missing(), 0);
        let (kept, split) = make("SIMA").unwrap();
        assert_eq!(
            (
                split.done.set.actions.list().len(),
                split.quality.bad_prints
            ),
            (1, 1)
        );
        assert!(
            kept.rows(split.done.set.first, split.done.set.last)
                .1
                .is_none()
        );
        let refused = make("SPY").map(|_| ()).unwrap_err();
        assert_eq!(refused, "The demo has no SPY.");
    }
}
