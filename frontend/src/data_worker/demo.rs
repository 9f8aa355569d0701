//! Bars of the demo, made in the browser: the same ones that `atrium demo` stores.

use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Schedule;
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
    let instrument = demo.instrument();
    let kept = Kept {
        bars: Curated::plain(made.bars).with_actions(made.actions),
        schedule: Schedule::from(instrument.calendar),
        instrument,
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
        shared: Vec::new(),
        replaced: None,
        price_step: None,
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
    use atrium_shared::base::time::BarInterval;
    use atrium_shared::market::bars::SessionBars;
    use atrium_shared::market::curate::resample;
    use atrium_shared::research::backtest::{Digests, Prepared, TradedBars, backtest};
    use atrium_shared::research::run_config::RunConfig;
    use atrium_shared::surface::wire;

    use super::*;
    use crate::data_protocol::Answer;

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

    /// A run on bars that are raw, as the engine worker makes it.
    fn digests(bars: SessionBars, kept: &Kept, config: &RunConfig) -> Digests {
        let traded = TradedBars::new(bars, kept.bars.actions().clone());
        let prepared = Prepared::new(traded, config.prediction).unwrap();
        backtest(&prepared, &kept.instrument, config)
            .unwrap()
            .digests
    }

    #[test]
    fn a_run_is_sent_raw_bars_and_adjusts_them_once() {
        let (kept, _) = make("SIMA").unwrap();
        let config = RunConfig {
            interval: BarInterval::minutes(60),
            ..RunConfig::default()
        };
        let (answer, bytes) = kept.bars(Some(config.interval)).unwrap();
        let sent = wire::decode(&bytes.unwrap()).unwrap();
        // what the command line runs on: the minutes as they were made, with the split beside them
        let demo = DEMO.iter().find(|demo| demo.symbol == "SIMA").unwrap();
        let made = demo.simulate().unwrap();
        let calendar = demo.instrument().calendar;
        let cut = resample(&made.bars, config.interval, calendar).unwrap();
        assert!(
            sent == *cut.bars.series(),
            "other bars than raw ones are sent"
        );
        assert_eq!(
            answer,
            Answer::Bars {
                left_out: cut.report.left_out as u64,
                folded: cut.report.folded as u64,
            }
        );
        let split = sent.close().windows(2).map(|pair| pair[0] / pair[1]);
        assert!(split.fold(0.0, f64::max) > 8.0, "10:1 between two bars");
        let here = SessionBars::new(sent, calendar).unwrap();
        assert_eq!(
            digests(here, &kept, &config),
            digests(cut.bars, &kept, &config)
        );
        // a text of the bars is raw, too
        let (_, text) = kept.csv();
        let text = String::from_utf8(text.unwrap()).unwrap();
        let first = text.lines().nth(1).unwrap();
        let open = made.bars.open().first().unwrap();
        assert_eq!(first.split(',').nth(1), Some(open.to_string().as_str()));
    }
}
