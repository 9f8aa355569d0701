//! Lists of features that have a name.

/// A named list of features.
#[derive(Debug)]
pub struct FeatureSet {
    /// What it is called by.
    pub name: &'static str,
    /// Its features, in the order of the matrix's columns.
    pub features: &'static [&'static str],
}

/// Every named list.
pub static SETS: [FeatureSet; 1] = [FeatureSet {
    name: "A",
    features: &[
        "open",
        "high",
        "low",
        "close",
        "sma_7",
        "sma_21",
        "rsi_14",
        "hour",
        "day_of_week",
        "log_return",
    ],
}];
