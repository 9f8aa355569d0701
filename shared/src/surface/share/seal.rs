//! What came of a run, and whether another one is the same.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::base::digest::Digest;
use crate::research::backtest::Digests;

/// The first eight bytes of a digest: enough to say which of several things differs, not to prove that none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 8]);

impl From<&Digest> for Fingerprint {
    fn from(digest: &Digest) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *digest.bytes();
        Self([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What came of the run that a link was made of, and what it depended on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The version of the engine.
    pub engine: String,
    /// The bars.
    pub bars: Fingerprint,
    /// The finer bars, where there were any.
    pub finer: Option<Fingerprint>,
    /// The predictions.
    pub predictions: Fingerprint,
    /// The signals, where there were any.
    pub signals: Option<Fingerprint>,
    /// The configuration and the instrument.
    pub config: Fingerprint,
    /// Trades and equity.
    pub result: Fingerprint,
    /// All of it, whole: this is what proves that two runs are the same.
    pub run: Digest,
}

/// A part in which two runs differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The bars.
    Bars,
    /// The finer bars.
    Finer,
    /// The predictions.
    Predictions,
    /// The signals.
    Signals,
    /// The configuration or the instrument.
    Configuration,
    /// The version of the engine.
    Engine,
    /// Trades or equity.
    Result,
    /// None of these, and yet the whole: the link contradicts itself.
    Seal,
}

/// Whether a run is the one that a link was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "differs")]
pub enum Verdict {
    /// The link says nothing of a result.
    Unsealed,
    /// It is, to the last bit.
    Match,
    /// It is another: in these parts, what the others follow from first.
    Differs(Vec<Part>),
}

impl Seal {
    /// What came of a run by a version of the engine.
    pub fn of(engine: &str, digests: &Digests) -> Self {
        let optional = |digest: &Option<Digest>| digest.as_ref().map(Fingerprint::from);
        Self {
            engine: engine.to_owned(),
            bars: (&digests.bars).into(),
            finer: optional(&digests.finer),
            predictions: (&digests.predictions).into(),
            signals: optional(&digests.signals),
            config: (&digests.config).into(),
            result: (&digests.result).into(),
            run: digests.run,
        }
    }
}

impl Verdict {
    /// Holds a run by a version of the engine against what a link says.
    pub fn compare(seal: Option<&Seal>, engine: &str, digests: &Digests) -> Self {
        let Some(seal) = seal else {
            return Self::Unsealed;
        };
        if seal.run == digests.run {
            return Self::Match;
        }
        let here = Seal::of(engine, digests);
        let parts = [
            (Part::Bars, seal.bars != here.bars),
            (Part::Finer, seal.finer != here.finer),
            (Part::Predictions, seal.predictions != here.predictions),
            (Part::Signals, seal.signals != here.signals),
            (Part::Configuration, seal.config != here.config),
            (Part::Engine, seal.engine != here.engine),
            (Part::Result, seal.result != here.result),
        ];
        let mut differs: Vec<Part> = parts
            .into_iter()
            .filter_map(|(part, differs)| differs.then_some(part))
            .collect();
        if differs.is_empty() {
            differs.push(Part::Seal);
        }
        Self::Differs(differs)
    }

    /// Whether the run is another than the link's.
    pub const fn differs(&self) -> bool {
        matches!(self, Self::Differs(_))
    }

    /// The verdict in sentences, the first one the verdict itself.
    pub fn words(&self) -> Vec<String> {
        let parts = match self {
            Self::Unsealed => {
                return vec![
                    "The link states no result, so there is nothing to compare.".to_owned(),
                ];
            }
            Self::Match => {
                return vec![
                    "✓ The run of the link: trades and equity are the same to the last bit."
                        .to_owned(),
                ];
            }
            Self::Differs(parts) => parts,
        };
        let names: Vec<_> = parts.iter().map(|part| part.name()).collect();
        let mut words = vec![format!(
            "✗ Not the run of the link: {} {}.",
            names.join(", "),
            match parts.as_slice() {
                [part] if part.is_one() => "differs",
                _ => "differ",
            }
        )];
        words.extend(parts.iter().map(|part| part.advice(parts).to_owned()));
        if !parts.contains(&Part::Result) && !parts.contains(&Part::Seal) {
            words.push("Trades and equity are the same all the same.".to_owned());
        }
        words
    }
}

impl Part {
    /// What it is, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bars => "the bars",
            Self::Finer => "the finer bars",
            Self::Predictions => "the predictions",
            Self::Signals => "the signals",
            Self::Configuration => "the configuration",
            Self::Engine => "the engine's version",
            Self::Result => "trades or equity",
            Self::Seal => "the digests as a whole",
        }
    }

    /// Whether it is one thing.
    const fn is_one(self) -> bool {
        matches!(self, Self::Configuration | Self::Engine)
    }

    /// What follows from it, beside the other parts that differ.
    fn advice(self, among: &[Self]) -> &'static str {
        let bars = among.contains(&Self::Bars);
        match self {
            Self::Bars => {
                "Bars: the data set holds other ones over the run's sessions. Use the data that the link was made with; more bars, another source or another adjustment make another run."
            }
            Self::Finer => {
                "Finer bars: the stored bars inside those of the run are other ones; what one of them decides may change."
            }
            Self::Predictions if bars => {
                "Predictions: they follow the bars, or their file is another one."
            }
            Self::Predictions => {
                "Predictions: they are from another file, or it was read in another way."
            }
            Self::Signals => "Signals: they are from another file, or it was read in another way.",
            Self::Configuration => {
                "Configuration: the options are those of the link, so the instrument is another one or set up in another way here (tick, lot, multiplier, minimum or calendar), or an option was changed."
            }
            Self::Engine => {
                "Engine: the link was made by another version, whose rules may differ in what the release notes say."
            }
            Self::Result if among == [Self::Result] => {
                "Everything that the run depends on is the same, and yet it came out otherwise. That must not be: please report it with the link."
            }
            Self::Result => "Trades and equity follow from these.",
            Self::Seal => {
                "The link contradicts itself: each part is the same, but not the digest of them all. Atrium did not make it so."
            }
        }
    }
}
