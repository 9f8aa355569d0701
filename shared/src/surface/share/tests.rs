use proptest::prelude::*;

use super::envelope::{open, seal};
use super::*;
use crate::base::digest::{Digest, Hasher};
use crate::base::time::{BarInterval, Day};
use crate::research::backtest::Digests;
use crate::research::parameters::tests::any_valid_config;
use crate::research::parameters::{self, Value};
use crate::research::run_config::BadConfig;
use crate::signal::placing::RowTime;
use crate::signal::source::Source;
use crate::trading::costs::{Commission, PriceOffset};
use crate::trading::strategy::{Signals, Strategy as Trading};

fn digest(text: &str) -> Digest {
    let mut hasher = Hasher::new("test");
    hasher.text(text);
    hasher.finish().unwrap()
}

fn digests() -> Digests {
    Digests {
        bars: digest("bars"),
        finer: None,
        predictions: digest("predictions"),
        signals: None,
        config: digest("config"),
        result: digest("result"),
        run: digest("run"),
    }
}

fn link(config: RunConfig) -> Link {
    Link {
        data: DataSetId {
            name: "SPY-1min".to_owned(),
            symbol: "SPY".to_owned(),
            content: (&digest("stored")).into(),
        },
        config,
        window: Window::default(),
        seal: None,
        view: None,
    }
}

fn sealed(config: RunConfig) -> Link {
    Link {
        seal: Some(Seal::of("atrium-engine/4 libm/0.2.16", &digests())),
        ..link(config)
    }
}

/// A link as somebody might share it.
pub(super) fn shared_link() -> Link {
    sealed(shared())
}

/// A configuration as somebody might share it.
fn shared() -> RunConfig {
    let mut config = RunConfig {
        interval: BarInterval::minutes(15),
        ..RunConfig::default()
    };
    let gates = config.strategy.predicted_move_mut().unwrap();
    gates.k_atr_min_tp = 0.75;
    gates.reward_risk_ratio = 1.5;
    config.costs.slippage = PriceOffset::Bps(1.5);
    config.policy.max_hold_bars = Some(26);
    config.policy.exit_at_session_end = true;
    config.sizing.leverage = 2.0;
    config
}

#[test]
fn what_is_not_stated_never_changes() {
    let frozen = serde_json::to_string_pretty(&defaults_v1::defaults()).unwrap();
    assert_eq!(frozen, include_str!("defaults_v1.json").trim_end());
    assert_eq!(defaults_v1::defaults().validate(), Ok(()));
}

#[test]
fn a_run_has_one_text_only() {
    let text = link(RunConfig::default()).text().unwrap();
    let (version, body) = open(&text, wire_v1::VERSION).unwrap();
    assert_eq!(Link::read(&format!("0{text}")), Err(BadLink::NoLink));
    assert_eq!(Link::read(&format!("+{text}")), Err(BadLink::NoLink));
    // behind two names and the content stands how many options there are: none, written in two bytes
    let at = 2 + "SPY-1min".len() + "SPY".len() + 8;
    assert_eq!(body[at], 0);
    let mut longer = body.clone();
    longer.splice(at..=at, [0x80, 0x00]);
    // leverage, stated although it is what it is by itself
    let mut stated = body;
    let leverage = [&[1, 37, 1][..], &1.0f64.to_le_bytes()].concat();
    stated.splice(at..=at, leverage);
    for body in [longer, stated] {
        let read = Link::read(&seal(version, &body));
        assert!(matches!(read, Err(BadLink::Malformed(_))), "{read:?}");
    }
}

#[test]
fn dates_beyond_all_calendars_are_no_link() {
    let far = Window {
        from: Some(Day(i32::MAX)),
        to: None,
    };
    let ages = View {
        from: Timestamp(i64::MIN),
        to: Timestamp(i64::MAX),
    };
    let plain = link(RunConfig::default());
    let mut far_link = plain.clone();
    far_link.window = far;
    let mut ages_link = plain;
    ages_link.view = Some(ages);
    for link in [far_link, ages_link] {
        assert!(matches!(link.text(), Err(BadLink::Malformed(_))));
    }
}

#[test]
fn a_link_is_read_wherever_it_stands() {
    let link = sealed(shared());
    let text = link.text().unwrap();
    assert_eq!(link.fragment().unwrap(), format!("#/backtest?c={text}"));
    for given in [
        text.clone(),
        format!("  {text}\n"),
        format!("c={text}"),
        format!("#/backtest?c={text}"),
        format!("http://127.0.0.1:8080/#/backtest?c={text}"),
        format!("https://lab.example/a/b?x=1#/backtest?theme=dark&c={text}&later=1"),
    ] {
        assert_eq!(Link::read(&given), Ok(link.clone()), "{given}");
    }
    // seven options, the data set and the digests that prove it
    assert!(text.len() < 300, "{} characters", text.len());
    assert!(
        super::tests::link(RunConfig::default())
            .text()
            .unwrap()
            .len()
            < 60
    );
}

#[test]
fn what_is_no_link_says_so() {
    for text in [
        "",
        " ",
        "hello",
        "http://127.0.0.1:8080/#/backtest",
        "x.y.z",
        "-1.a.b",
        "0.a.b",
        "+1.a.b",
        "1",
        "01",
    ] {
        assert_eq!(Link::read(text), Err(BadLink::NoLink), "{text:?}");
    }
    assert_eq!(
        Link::read("2.whatever-form.that-will-have"),
        Err(BadLink::Newer {
            version: 2,
            known: 1
        })
    );
    assert_eq!(Link::read("99999999999.a.b"), Err(BadLink::NoLink));
    let endless = format!("1.{}", "A".repeat(MAX_BYTES));
    assert_eq!(
        Link::read(&endless),
        Err(BadLink::TooLong {
            bytes: MAX_BYTES + 2
        })
    );
}

#[test]
fn what_was_damaged_on_its_way_says_so() {
    let text = sealed(shared()).text().unwrap();
    let half = text.len() / 2;
    for broken in [
        &text[..text.len() - 1],
        &text[..half],
        &format!("{text}."),
        &format!("{text}x"),
        &format!("{}\n{}", &text[..half], &text[half..]),
        &text.replacen("1.", "1.A", 1),
        &text.to_uppercase(),
        "1.",
        "1..",
        "1.AAAA.00000000",
    ] {
        let said = Link::read(broken);
        assert!(
            matches!(said, Err(BadLink::Damaged { .. })),
            "{broken}: {said:?}"
        );
    }
}

/// The body of a link, to be spoiled.
fn body() -> Vec<u8> {
    open(&sealed(shared()).text().unwrap(), wire_v1::VERSION)
        .unwrap()
        .1
}

#[test]
fn a_whole_link_that_nobody_could_have_made_is_refused() {
    let read = |bytes: &[u8]| Link::read(&seal(1, bytes));
    assert_eq!(read(&body()), Ok(sealed(shared())));
    assert!(matches!(read(&[]), Err(BadLink::Malformed(_))));
    let longer = [body(), vec![0]].concat();
    assert_eq!(
        read(&longer),
        Err(BadLink::Malformed("more follows behind its end"))
    );
    let short = &body()[..20];
    assert!(matches!(read(short), Err(BadLink::Malformed(_))));
    // a vector that says that it is endless
    let endless = [[3, b'S', b'P', b'Y', 0].as_slice(), &[0xff; 16]].concat();
    assert!(matches!(read(&endless), Err(BadLink::Malformed(_))));
}

#[test]
fn options_that_are_unknown_doubled_or_out_of_bounds_are_refused() {
    // name, symbol, content, options, no window, no seal, no view
    let with = |options: &[&[u8]]| {
        let head = [
            1,
            b'S',
            1,
            b'S',
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            options.len() as u8,
        ];
        let body = [&head, options.concat().as_slice(), &[0; 4]].concat();
        Link::read(&seal(1, &body))
    };
    let number = |id: u8, value: f64| [&[id, 1], value.to_le_bytes().as_slice()].concat();
    assert_eq!(with(&[]).unwrap().config, defaults_v1::defaults());
    let doubled = with(&[&number(37, 2.0)]).unwrap().config;
    assert_eq!(doubled.sizing.leverage.to_string(), "2");
    assert_eq!(with(&[&[126, 3, 1]]), Err(BadLink::NewerOption { id: 126 }));
    for (options, said) in [
        (
            vec![number(37, 0.0)],
            "the link sets sizing.leverage: is 0, but must be",
        ),
        (vec![number(37, f64::NAN)], "sizing.leverage: is NaN"),
        (
            vec![number(37, 2.0), number(37, 2.0)],
            "its options are not in order",
        ),
        (
            vec![number(37, 2.0), number(35, 0.1)],
            "its options are not in order",
        ),
        (vec![vec![37, 0]], "sizing.leverage: must be a number"),
        (vec![vec![45, 4, 9]], "policy.entry: must be one of market"),
        // ticks of a slippage that is none
        (
            vec![number(91, 1.0)],
            "is a part of costs.slippage ticks, which is not chosen",
        ),
        (vec![vec![13, 2, 1]], "target open with horizon_bars 1"),
        (
            vec![vec![64, 3, 1]],
            "fills.tool.size_at_fill means nothing",
        ),
    ] {
        let options: Vec<&[u8]> = options.iter().map(Vec::as_slice).collect();
        let error = with(&options).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn names_windows_and_views_are_checked_on_both_ways() {
    let wrong: [fn(&mut Link); 7] = [
        |link| link.data.name.clear(),
        |link| link.data.symbol = "S".repeat(121),
        |link| link.data.name = "SPY\n1min".to_owned(),
        |link| link.seal.as_mut().unwrap().engine = "\u{1b}[2J".to_owned(),
        |link| link.window.to = link.window.from.map(|day| Day(day.0 - 1)),
        |link| link.view.as_mut().unwrap().to = Timestamp(0),
        |link| link.config.sizing.leverage = f64::NAN,
    ];
    let mut good = sealed(shared());
    good.window.from = Some(Day(19_000));
    good.view = Some(View {
        from: Timestamp(1),
        to: Timestamp(2),
    });
    assert!(good.text().is_ok());
    for spoil in wrong {
        let mut link = good.clone();
        spoil(&mut link);
        assert!(link.text().is_err(), "{link:?}");
    }
}

#[test]
fn minus_nothing_is_nothing() {
    let free = |risk_free: f64| {
        let config = RunConfig {
            risk_free,
            ..RunConfig::default()
        };
        link(config).text().unwrap()
    };
    assert_eq!(free(-0.0), free(0.0));
}

#[test]
fn a_verdict_names_what_differs() {
    let seal = Seal::of("engine", &digests());
    let compare = |engine: &str, change: &dyn Fn(&mut Digests)| {
        let mut digests = digests();
        change(&mut digests);
        Verdict::compare(Some(&seal), engine, &digests)
    };
    let other = |digests: &mut Digests| digests.run = digest("other run");
    assert_eq!(compare("engine", &|_| {}), Verdict::Match);
    assert_eq!(
        Verdict::compare(None, "engine", &digests()),
        Verdict::Unsealed
    );
    let differs = |parts: &[Part]| Verdict::Differs(parts.to_vec());
    assert_eq!(
        compare("engine", &|d| {
            other(d);
            d.bars = digest("b");
            d.predictions = digest("p");
            d.result = digest("r");
        }),
        differs(&[Part::Bars, Part::Predictions, Part::Result])
    );
    assert_eq!(
        compare("engine", &|d| {
            other(d);
            d.finer = Some(digest("f"));
            d.signals = Some(digest("s"));
            d.config = digest("c");
        }),
        differs(&[Part::Finer, Part::Signals, Part::Configuration])
    );
    let newer = compare("engine 2", &other);
    assert_eq!(newer, differs(&[Part::Engine]));
    assert!(newer.words()[0].ends_with("the engine's version differs."));
    let several = differs(&[Part::Engine, Part::Configuration]);
    assert!(several.words()[0].ends_with("the configuration differ."));
    let bars = differs(&[Part::Bars]);
    assert!(bars.words()[0].ends_with("the bars differ."));
    assert!(
        newer
            .words()
            .join(" ")
            .contains("Trades and equity are the same all the same.")
    );
    assert_eq!(compare("engine", &other), differs(&[Part::Seal]));
    let defect = compare("engine", &|d| {
        other(d);
        d.result = digest("r");
    });
    assert!(defect.words().join(" ").contains("please report it"));
    for verdict in [Verdict::Match, Verdict::Unsealed, newer] {
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    }
}

#[test]
fn a_command_line_says_what_is_not_by_default() {
    let line = |config: &RunConfig| command_line("SPY-1min", Window::default(), config);
    assert_eq!(
        line(&RunConfig::default()),
        "atrium backtest --data SPY-1min"
    );
    assert_eq!(
        line(&shared()),
        "atrium backtest --data SPY-1min --set strategy.predicted_move.k_atr_min_tp=0.75 \
         --set strategy.predicted_move.reward_risk_ratio=1.5 --set sizing.leverage=2 \
         --set policy.max_hold_bars=26 --set policy.exit_at_session_end=true \
         --set costs.slippage.bps=1.5 --set interval=15min"
    );
    let mut config = RunConfig::default();
    config.costs.commission = Commission::None;
    config.prediction.source = Source::Series;
    assert_eq!(
        line(&config),
        "atrium backtest --data SPY-1min --predictions FILE --set costs.commission=none"
    );
    config.prediction.source = Source::None;
    config.strategy = Trading::Signals(Signals::default());
    let window = Window {
        from: Some(Day(19_723)),
        to: Some(Day(19_753)),
    };
    assert_eq!(
        command_line("my bars' file", window, &config),
        r"atrium backtest --data 'my bars'\'' file' --from 2024-01-01 --to 2024-01-31 --signals FILE --set costs.commission=none"
    );
    let times = SignalTimes {
        row_time: RowTime::BarEnd,
        of_exchange: true,
    };
    assert_eq!(
        command_line_of_file("SPY", Window::default(), &config, &times.into()),
        "atrium backtest --data SPY --signals FILE --row-time bar_end --time-zone exchange --set costs.commission=none"
    );
    let read = RowsRead {
        file: Some("my signals.csv".to_owned()),
        flags: vec![("--column", "side=what to do".to_owned())],
    };
    assert_eq!(
        command_line_of_file("SPY", Window::default(), &config, &read),
        "atrium backtest --data SPY --signals 'my signals.csv' --column 'side=what to do' --set costs.commission=none"
    );
}

#[test]
fn finer_bars_cost_where_they_are_walked() {
    let mut config = RunConfig::default();
    assert_eq!(bars_to_walk(&config, 10, 600), 10);
    config.fills.intrabar = Intrabar::Refined;
    assert_eq!(bars_to_walk(&config, 10, 600), 610);
    assert_eq!(bars_to_walk(&config, u64::MAX, 1), u64::MAX);
}

prop_compose! {
    fn any_link()(
        config in any_valid_config(),
        name in "[ -~äß]{1,40}",
        from in prop::option::of(-25_000..0i32),
        to in prop::option::of(0..84_000i32),
        with_seal in any::<bool>(),
        finer in any::<bool>(),
        view in prop::option::of((Timestamp::MIN.0..=0, 0..=Timestamp::MAX.0)),
    ) -> Link {
        let mut digests = digests();
        digests.finer = finer.then(|| digest("finer"));
        Link {
            window: Window { from: from.map(Day), to: to.map(Day) },
            seal: with_seal.then(|| Seal::of("engine", &digests)),
            view: view.map(|(from, to)| View { from: Timestamp(from), to: Timestamp(to) }),
            data: DataSetId { name, ..link(config).data },
            ..link(config)
        }
    }
}

/// Whatever is read can be written, and is the same again.
fn assert_usable(link: &Link) {
    assert_eq!(link.config.validate(), Ok::<(), BadConfig>(()));
    let text = link.text().unwrap();
    assert!(text.len() < 2_000);
    assert_eq!(Link::read(&text).as_ref(), Ok(link));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_link_is_what_was_shared(link in any_link()) {
        assert_usable(&link);
    }

    #[test]
    fn equal_configurations_have_equal_links_and_others_other_ones(
        one in any_valid_config(),
        two in any_valid_config(),
        steps in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let text = |config| link(config).text().unwrap();
        prop_assert_eq!(one == two, text(one) == text(two));
        // the way on which a configuration came about leaves no trace
        let parameters: Vec<_> = parameters::all().collect();
        let mut wandered = one;
        for step in steps {
            let parameter = parameters[step.index(parameters.len())];
            if let Some(value) = parameter.get(&two) {
                let _ = parameter.choose(&mut wandered, value);
            }
        }
        for (parameter, value) in parameters::changes(&wandered, &one) {
            parameter.set(&mut wandered, value).unwrap();
        }
        prop_assert_eq!(text(wandered), text(one));
    }

    #[test]
    fn a_changed_text_is_refused(
        link in any_link(),
        at in any::<prop::sample::Index>(),
        with in ".",
        kind in 0..4u8,
    ) {
        let text = link.text().unwrap();
        let mut characters: Vec<char> = text.chars().collect();
        let place = at.index(characters.len());
        match kind {
            0 => { characters.remove(place); }
            1 => { characters.truncate(place); }
            2 => { characters.splice(place..place, with.chars()); }
            _ => { characters.splice(place..=place, with.chars()); }
        }
        let changed: String = characters.into_iter().collect();
        match Link::read(&changed) {
            Ok(read) => {
                // blanks about it, or a parameter behind it, change nothing
                prop_assert!(changed == text || changed.trim() == text || changed.contains('&'));
                prop_assert_eq!(read, link);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn a_body_that_was_changed_by_somebody_who_can_count_is_read_or_refused(
        link in any_link(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let (version, mut body) = open(&link.text().unwrap(), wire_v1::VERSION).unwrap();
        for (at, byte, kind) in changes {
            let place = at.index(body.len().max(1)).min(body.len().saturating_sub(1));
            match (kind, body.is_empty()) {
                (_, true) => body.push(byte),
                (0, _) => { body.remove(place); }
                (1, _) => body.insert(place, byte),
                (2, _) => body.truncate(place),
                _ => body[place] = byte,
            }
        }
        if let Ok(read) = Link::read(&seal(version, &body)) {
            assert_usable(&read);
        }
    }

    #[test]
    fn any_text_and_any_body_is_read_or_refused(text in ".{0,80}", body in prop::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(Link::read(&text).is_err());
        if let Ok(read) = Link::read(&seal(1, &body)) {
            assert_usable(&read);
        }
    }
}

#[test]
fn values_of_links_are_values_of_parameters() {
    // an option of every kind goes through a link
    let mut config = RunConfig::default();
    for (key, text) in [
        ("policy.max_hold_bars", "7"),
        ("limits.rate.max_signals", "3"),
        ("prediction.source.noise.seed", "18446744073709551615"),
        ("limits.day_zone", "Asia/Tokyo"),
        ("interval", "1day"),
    ] {
        let parameter = parameters::named(key).unwrap();
        let value = parameter.parse(text).unwrap();
        parameter.choose(&mut config, value).unwrap();
    }
    let read = Link::read(&link(config).text().unwrap()).unwrap().config;
    assert_eq!(read, config);
    let seed = parameters::named("seed").unwrap();
    assert_eq!(seed.get(&read), Some(Value::Whole(u64::MAX)));
}
