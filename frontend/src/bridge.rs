//! What the app and the data page say to each other.
//!
//! Both are programs of one document, each with a memory of its own. A message is packed as one for the engine's worker is, and
//! handed over by a call, so that what it changes has changed when the call returns. The app knows the server, what can be chosen
//! and the run; the data page keeps the bars of this browser, with the worker that reads them, and the file that comes in.

use atrium_shared::base::time::BarInterval;
use serde::{Deserialize, Serialize};

use crate::state::entries::{Catalogue, Server, Sets};

/// The version of these messages. App and data page are separate files, so a browser's cache may mix two builds.
pub(crate) const PROTOCOL: u32 = 2;

/// What the app tells the data page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum ToPage {
    /// Where the server stands.
    Server(Server),
    /// What is stored there.
    Catalogue(Catalogue),
    /// Colours or letters may have changed.
    Look,
    /// Cut bars of a data set of this browser.
    Bars {
        /// What the answer carries.
        ticket: u64,
        /// What the data set is chosen by.
        key: String,
        /// The interval of the bars; all as they are kept where there is none.
        interval: Option<BarInterval>,
    },
    /// Give up the file that was handed over.
    GiveUp,
}

/// What the data page tells the app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum ToApp {
    /// The data sets of this browser, all of them.
    Locals(Sets),
    /// Go on with a data set.
    Choose {
        /// What it is chosen by.
        key: String,
    },
    /// Ask the server anew what is stored.
    List,
    /// Bars that were asked for. Attached: the bars in wire form.
    Bars {
        /// What was asked with.
        ticket: u64,
        /// Bars left out, because they lie outside the regular hours.
        left_out: u64,
        /// Closing prints folded into the last bar of their session.
        folded: u64,
    },
    /// Bars cannot be had.
    NoBars {
        /// What they were asked for with.
        ticket: u64,
        /// Why.
        why: String,
    },
    /// How a file stands that the app handed over.
    Intake(Intake),
}

/// How a file of bars stands that was dropped on another page than the data page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Intake {
    /// It is being gone through.
    Reading {
        /// What is done, in words.
        words: String,
        /// How far that is, from 0 to 1; `None` where it is not known.
        share: Option<f64>,
    },
    /// A person has to look at how it is read, on the data page.
    Question,
    /// Its bars are in this browser.
    Taken {
        /// What they are chosen by.
        key: String,
        /// What came of its rows.
        words: String,
    },
    /// Nothing came of it here.
    GivenUp,
    /// What reads files could not be loaded.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::base::digest::Digest;
    use atrium_shared::base::time::Timestamp;
    use atrium_shared::market::instrument::Instrument;
    use atrium_shared::surface::api::DataSet;

    fn set(name: &str) -> DataSet {
        DataSet {
            name: name.to_owned(),
            instrument: Instrument::us_share("SPY"),
            interval: BarInterval::minutes(1),
            rows: 2,
            first: Timestamp(0),
            last: Timestamp(60_000_000),
            digest: serde_json::from_str::<Digest>(&format!("\"{}\"", "7".repeat(64))).unwrap(),
            simulated: false,
            source: "SPY.csv".to_owned(),
            synthetic: 0,
            spread: true,
            basis: Default::default(),
            actions: Default::default(),
            fill: Default::default(),
            imports: 1,
            rejected: 1,
        }
    }

    #[test]
    fn a_list_reads_as_it_was_written_with_every_card() {
        let sets = Sets::of(vec![set("SPY-1min"), set("QQQ-1min")]);
        let bytes = postcard::to_allocvec(&ToApp::Locals(sets.clone())).unwrap();
        let Ok(ToApp::Locals(read)) = postcard::from_bytes(&bytes) else {
            panic!("it was written")
        };
        assert_eq!(read.list, [set("SPY-1min"), set("QQQ-1min")]);
        assert_eq!(read, sets);
        for message in [
            ToPage::Server(Server::Away),
            ToPage::Catalogue(Catalogue::Known(sets)),
            ToPage::Catalogue(Catalogue::Failed("away".to_owned())),
            ToPage::Bars {
                ticket: 7,
                key: "browser:SPY-1min".to_owned(),
                interval: Some(BarInterval::Day),
            },
            ToPage::GiveUp,
        ] {
            let bytes = postcard::to_allocvec(&message).unwrap();
            assert_eq!(postcard::from_bytes::<ToPage>(&bytes), Ok(message));
        }
    }
}
