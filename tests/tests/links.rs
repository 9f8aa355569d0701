//! Links of every version that was ever released are still read, and read as what they were.
//!
//! The golden file is written natively (`ATRIUM_WRITE_GOLDEN=1 cargo test --profile lab -p atrium-tests --test links`), before a
//! version is released; afterwards lines are only added: what is in it may be in somebody's notebook.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

use atrium_shared::base::digest::{Digest, Hasher};
use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::research::backtest::Digests;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::share::{DataSetId, Link, Seal, View, Window};
use atrium_tests::generate::{Case, Shape, vary};
use serde::{Deserialize, Serialize};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A link and what it stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Golden {
    link: String,
    name: String,
    symbol: String,
    content: String,
    config: RunConfig,
    window: Window,
    engine: Option<String>,
    run: Option<Digest>,
    view: Option<(Timestamp, Timestamp)>,
}

impl Golden {
    fn of(link: &Link, text: String) -> Self {
        Self {
            link: text,
            name: link.data.name.clone(),
            symbol: link.data.symbol.clone(),
            content: link.data.content.to_string(),
            config: link.config,
            window: link.window,
            engine: link.seal.as_ref().map(|seal| seal.engine.clone()),
            run: link.seal.as_ref().map(|seal| seal.run),
            view: link.view.map(|view| (view.from, view.to)),
        }
    }
}

fn digest(text: &str, seed: u64) -> Digest {
    let mut hasher = Hasher::new(text);
    hasher.u64(seed);
    hasher.finish().expect("a number is finite")
}

/// A link for each of many configurations: the defaults, and generated ones over every option.
fn links() -> Vec<Link> {
    let generated = (0..60u64).map(|seed| {
        let shape = Shape {
            seed,
            bars: 4,
            instruments: 1,
            varied: vary::ALL & !(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32,
        };
        let case = Case::new(shape).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        case.config
    });
    let configs = std::iter::once(RunConfig::default()).chain(generated);
    (0..)
        .zip(configs)
        .map(|(seed, config)| link(seed, config))
        .collect()
}

fn link(seed: u64, config: RunConfig) -> Link {
    let digests = Digests {
        bars: digest("bars", seed),
        finer: seed.is_multiple_of(3).then(|| digest("finer", seed)),
        predictions: digest("predictions", seed),
        signals: seed.is_multiple_of(4).then(|| digest("signals", seed)),
        config: digest("config", seed),
        result: digest("result", seed),
        run: digest("run", seed),
    };
    let day = |days: i32| Some(Day(19_000 + days));
    let at = |seconds: i64| Timestamp::from_seconds(1_711_459_800 + seconds);
    Link {
        data: DataSetId {
            name: format!("SYM{seed}-1min"),
            symbol: format!("SYM{seed}"),
            content: (&digest("stored", seed)).into(),
        },
        config,
        window: Window {
            from: day(1).filter(|_| seed.is_multiple_of(2)),
            to: day(90).filter(|_| seed.is_multiple_of(5)),
        },
        seal: (!seed.is_multiple_of(7)).then(|| Seal::of("atrium-engine/4 libm/0.2.16", &digests)),
        view: seed.is_multiple_of(6).then(|| View {
            from: at(0),
            to: at(86_400),
        }),
    }
}

#[test]
fn every_link_of_version_1_is_read_as_what_it_was() {
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ATRIUM_WRITE_GOLDEN").is_some() {
        let golden = links().into_iter().map(|link| {
            let text = link.text().expect("it can be written");
            Golden::of(&link, text)
        });
        let golden: Vec<Golden> = golden.collect();
        let text = serde_json::to_string_pretty(&golden).expect("links are JSON");
        let path = atrium_tests::repository_root().join("tests/golden/links.json");
        std::fs::write(path, text + "\n").expect("the golden file can be written");
        return;
    }
    let golden: Vec<Golden> =
        serde_json::from_str(include_str!("../golden/links.json")).expect("it is JSON");
    assert!(golden.len() > 60);
    for expected in golden {
        let link =
            Link::read(&expected.link).unwrap_or_else(|error| panic!("{}: {error}", expected.link));
        let text = link.text().expect("what was read can be written");
        assert_eq!(text, expected.link);
        assert_eq!(Golden::of(&link, text), expected);
    }
}

#[test]
fn every_link_is_another_one_and_none_loses_anything() {
    let mut texts: Vec<String> = links()
        .iter()
        .map(|link| {
            let text = link.text().expect("it can be written");
            assert_eq!(Link::read(&text).as_ref(), Ok(link));
            text
        })
        .collect();
    let count = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), count);
}
