mod lines;

use serde_json::Value;

use crate::testing::{Sandbox, set};

fn with_data() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.store().put(&set("SIM", 150, 1), false).unwrap();
    sandbox
}

const GRID: [&str; 6] = [
    "sweep",
    "--data",
    "SIM",
    "--param",
    "k_sigma_err=0:1:0.25",
    "--param=reward_risk_ratio=1,2",
];

fn json(sandbox: &Sandbox, flags: &[&str]) -> Value {
    let words = [&GRID, flags, &["--json"]].concat();
    serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap()
}

/// Every trial of a sweep is the backtest of its configuration, whatever the threads.
#[test]
fn trials_are_backtests_whoever_runs_them() {
    let sandbox = with_data();
    let one = json(&sandbox, &["--afresh", "--threads", "1", "--top", "10"]);
    let four = json(&sandbox, &["--afresh", "--threads", "4", "--top", "10"]);
    assert_eq!(one, four);
    let best = one["best"].as_array().unwrap();
    assert_eq!((best.len(), one["done"].as_u64()), (10, Some(10)));
    let mut before = f64::INFINITY;
    let mut seen = std::collections::BTreeSet::new();
    for trial in best {
        let sharpe = trial["metrics"]["sharpe"].as_f64().unwrap();
        assert!(sharpe <= before);
        before = sharpe;
        let set = |name: &str| {
            let value = &trial["parameters"][format!("strategy.predicted_move.{name}")];
            format!("{name}={value}")
        };
        let (gate, ratio) = (set("k_sigma_err"), set("reward_risk_ratio"));
        let words = [
            "backtest", "--data", "SIM", "--json", "--set", &gate, "--set", &ratio,
        ];
        let run: Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
        let headline = &run["headline"];
        assert_eq!(
            headline["sharpe"]["value"].as_f64(),
            Some(sharpe),
            "{trial}"
        );
        assert_eq!(headline["trades"], trial["metrics"]["trades"]);
        assert_eq!(headline["final_equity"], trial["metrics"]["final_equity"]);
        seen.insert(trial["metrics"]["final_equity"].to_string());
        // its link runs it, too
        let link = trial["link"].as_str().unwrap();
        let words = ["backtest", "--link", link, "--json"];
        let linked: Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
        assert_eq!(linked["headline"], *headline);
    }
    assert!(seen.len() > 3, "{seen:?}");
}

#[test]
fn what_was_run_is_kept_and_goes_on() {
    let sandbox = with_data();
    let first = sandbox.run(&GRID).unwrap();
    assert!(first.contains("10 trials on"), "{first}");
    assert!(!first.contains("kept from before"), "{first}");
    assert!(first.contains("SIMULATED"), "{first}");
    let again = sandbox.run(&GRID).unwrap();
    assert!(again.contains("10 kept from before"), "{again}");
    let digest = |said: &str| -> String {
        let line = said
            .lines()
            .find(|line| line.starts_with("Digest"))
            .unwrap();
        line.to_owned()
    };
    assert_eq!(digest(&first), digest(&again));
    let folder = sandbox.base().join("sweeps").join("SIM-1min");
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    let listed = sandbox.run(&["sweep", "--data", "SIM", "--list"]).unwrap();
    assert!(
        listed.starts_with("SIM-1min: 1 sweep kept, 10 trials run"),
        "{listed}"
    );
    assert!(listed.contains("10 of 10 trials, best Sharpe"), "{listed}");
    assert!(listed.contains("reward_risk_ratio=1,2"), "{listed}");
    assert!(
        listed.contains("      on 60min bars, all sessions\n"),
        "{listed}"
    );
    // a damaged file is not taken for results
    let mut bytes = std::fs::read(&files[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&files[0], bytes).unwrap();
    let said = sandbox.run(&GRID).unwrap_err().to_string();
    assert!(
        said.contains("cannot be used to keep the sweep") && said.contains("--afresh"),
        "{said}"
    );
    let afresh = sandbox.run(&[&GRID[..], &["--afresh"]].concat()).unwrap();
    assert_eq!(digest(&afresh), digest(&first));
}

#[test]
fn predictions_can_be_varied_and_what_makes_no_sense_is_left_out() {
    let sandbox = with_data();
    let words = [
        "sweep",
        "--data",
        "SIM",
        "--json",
        "--afresh",
        "--prediction",
        "noise",
        "--param",
        "noise.seed=1:3:1",
        "--param",
        "horizon_bars=1,2",
        "--top",
        "6",
    ];
    let said: Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
    assert_eq!(
        (said["trials"].as_u64(), said["without_run"].as_u64()),
        (Some(6), Some(3))
    );
    let best = said["best"].as_array().unwrap();
    assert_eq!(best.len(), 3);
    for trial in best {
        let seed = trial["parameters"]["prediction.source.noise.seed"].to_string();
        let words = [
            "backtest",
            "--data",
            "SIM",
            "--json",
            "--prediction",
            "noise",
            "--seed",
            &seed,
            "--horizon-bars",
            "2",
        ];
        let run: Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
        assert_eq!(
            run["headline"]["final_equity"],
            trial["metrics"]["final_equity"]
        );
    }
}

#[test]
fn a_file_has_every_trial() {
    let sandbox = with_data();
    let path = sandbox.base().join("all.csv").display().to_string();
    let flags = ["--csv", &path, "--top", "1", "--by", "trades"];
    let said = json(&sandbox, &flags);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 11);
    assert!(lines[0].starts_with("trial,strategy.predicted_move.k_sigma_err,strategy.predicted_move.reward_risk_ratio,sharpe,"));
    assert!(lines[1].starts_with("0,0,1,"), "{}", lines[1]);
    let widest = &said["best"][0]["parameters"]["strategy.predicted_move.k_sigma_err"];
    assert_eq!(widest.as_f64(), Some(0.0), "the widest gate trades most");
    let again = [&GRID[..], &flags].concat();
    let refused = sandbox.run(&again).unwrap_err().to_string();
    assert!(refused.contains("--force"), "{refused}");
    assert!(sandbox.run(&[&again[..], &["--force"]].concat()).is_ok());
}

#[test]
fn what_cannot_be_swept_is_said_with_what_to_do() {
    let sandbox = with_data();
    for (params, part) in [
        ("k_sigma_er=1", "there is no parameter k_sigma_er"),
        ("k_sigma_err=0:1", "k_sigma_err=0:1: must be a number"),
        ("interval=5min,60min", "interval is not swept"),
        ("k_sigma_err=0:90:0.0001", "that is more than 100000 values"),
        ("k_sigma_err", "--param k_sigma_err has no values"),
        ("side=both", "write strategy.predicted_move.side or"),
    ] {
        let said = sandbox.run(&["sweep", "--data", "SIM", "--param", params]);
        let said = said.unwrap_err().to_string();
        assert!(said.contains(part), "{params}: {said}");
    }
    let said = sandbox.run(&[
        "sweep",
        "--data",
        "SIM",
        "--param",
        "k_sigma_err=1",
        "--by",
        "luck",
    ]);
    assert!(
        said.unwrap_err()
            .to_string()
            .contains("sharpe, total_return")
    );
}

/// Predictions of every bar of the last month or so of the simulated bars, two of them in-sample.
fn predictions(sandbox: &Sandbox) -> String {
    let bars = crate::testing::bars(150, 1);
    let mut text = "time,log_return,in_sample\n".to_owned();
    for (number, start) in bars.start().iter().enumerate() {
        let value = [0.04, -0.03, 0.02, -0.05][number / 7 % 4];
        let sample = u8::from(number < 2);
        text += &format!("{start},{value},{sample}\n");
    }
    sandbox.file("pred.csv", text).display().to_string()
}

#[test]
fn a_file_of_predictions_is_traded_by_every_trial_that_asks_for_it() {
    let sandbox = with_data();
    let file = predictions(&sandbox);
    let given = [
        "--data",
        "SIM",
        "--json",
        "--predictions",
        &file,
        "--target",
        "close",
        "--horizon-bars",
        "4",
        "--k-sigma-err",
        "0",
        "--k-atr-min-tp",
        "0",
    ];
    let swept = |axes: &[&str], threads: &str| -> Value {
        let params = axes.iter().flat_map(|axis| ["--param", axis]);
        let words = [
            "sweep",
            "--afresh",
            "--by",
            "final_equity",
            "--top",
            "9",
            "--threads",
            threads,
        ]
        .into_iter();
        let words: Vec<&str> = words.chain(given).chain(params).collect();
        serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap()
    };
    for (axes, runs) in [
        (
            &["allow_in_sample=false,true", "intraday_only=true,false"][..],
            2,
        ),
        (
            &["prediction.source=drift,series", "allow_in_sample=true"][..],
            2,
        ),
        (
            &[
                "prediction.source=series,drift",
                "allow_in_sample=true",
                "horizon_bars=4,5",
            ][..],
            3,
        ),
    ] {
        let one = swept(axes, "1");
        assert_eq!(one, swept(axes, "2"), "{axes:?}");
        assert_eq!(one, swept(axes, "3"), "{axes:?}");
        let best = one["best"].as_array().unwrap();
        assert_eq!(best.len(), runs, "{axes:?}: {one}");
        let lacking = one["trials"].as_u64().unwrap() - runs as u64;
        assert_eq!(one["without_data"].as_u64(), Some(lacking));
        assert_eq!(one["missing"].is_string(), lacking > 0);
        for trial in best {
            let set = trial["parameters"].as_object().unwrap();
            let source = set.get("prediction.source").and_then(Value::as_str);
            if source == Some("drift") {
                continue;
            }
            let set: Vec<String> = set
                .iter()
                .map(|(key, value)| format!("{key}={}", value.to_string().replace('"', "")))
                .collect();
            let set = set.iter().flat_map(|set| ["--set", set]);
            let words: Vec<&str> = ["backtest"].into_iter().chain(given).chain(set).collect();
            let run: Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
            assert_eq!(
                run["headline"]["final_equity"],
                trial["metrics"]["final_equity"]
            );
            assert!(trial["metrics"]["trades"].as_u64() > Some(0), "{trial}");
        }
    }
}

#[test]
fn a_trial_without_its_data_ends_no_sweep() {
    let sandbox = with_data();
    let run = |params: &[&str]| {
        let params = params.iter().flat_map(|axis| ["--param", axis]);
        let words = ["sweep", "--data", "SIM", "--interval", "1min"].into_iter();
        let words: Vec<&str> = words.chain(params).collect();
        sandbox.run(&words)
    };
    let said = run(&["prediction.source=drift,series", "k_sigma_err=0,1"]).unwrap();
    assert!(said.contains("2 of them cannot be run: their data are missing (the source of predictions is a series, but no series is given"), "{said}");
    assert!(said.contains("max drawdown, sessions"), "{said}");
    let said = run(&["strategy=predicted_move,signals"]).unwrap();
    assert!(
        said.contains("1 of them cannot be run: their data are missing"),
        "{said}"
    );
    // the bars are as fine as there are
    let said = run(&["intrabar=path,refined"]).unwrap();
    assert!(
        said.contains("no bars are given that are shorter"),
        "{said}"
    );
    let said = run(&["prediction.source=drift", "noise.seed=1", "k_sigma_err=0"]);
    assert!(
        said.unwrap_err()
            .to_string()
            .contains("is a part of prediction.source noise")
    );
    let said = run(&["prediction.source=drift,noise", "noise.seed=1,2"]).unwrap();
    assert!(said.contains("2 of them cannot be run: their values contradict each other (prediction.source.noise.seed: is a part of"), "{said}");
    // none can be run
    for (params, why) in [
        (
            &["prediction.source=series"][..],
            "name its file with --predictions",
        ),
        (&["strategy=signals"], "name it with --signals"),
        (&["intrabar=refined"], "no finer than"),
        (
            &["prediction.source=series,drift", "strategy=signals"],
            "name it with --signals",
        ),
    ] {
        let said = run(params).unwrap_err().to_string();
        assert!(said.contains(why), "{params:?}: {said}");
    }
    let file = predictions(&sandbox);
    let words = [
        "sweep",
        "--data",
        "SIM",
        "--predictions",
        &file,
        "--target",
        "close",
        "--horizon-bars",
        "4",
        "--param",
        "horizon_bars=5,6",
    ];
    let said = sandbox.run(&words).unwrap_err().to_string();
    assert!(
        said.starts_with(
            "no trial can be run: the series given holds predictions of the close 4 bars ahead"
        ),
        "{said}"
    );
}

#[test]
fn what_the_base_was_where_it_is_swept_makes_no_other_sweep() {
    let sandbox = with_data();
    let first = sandbox.run(&GRID).unwrap();
    let again = [
        &GRID[..],
        &["--set", "k_sigma_err=0.75", "--reward-risk-ratio", "2"],
    ]
    .concat();
    let again = sandbox.run(&again).unwrap();
    assert!(again.contains("10 kept from before"), "{again}");
    let digest = |said: &str| {
        said.lines()
            .find(|line| line.starts_with("Digest"))
            .map(str::to_owned)
    };
    assert_eq!(digest(&first), digest(&again));
    let listed = sandbox.run(&["sweep", "--data", "SIM", "--list"]).unwrap();
    assert!(
        listed.starts_with("SIM-1min: 1 sweep kept, 10 trials run"),
        "{listed}"
    );
    // a value that is written twice is no other sweep
    let twice = [
        "sweep",
        "--data",
        "SIM",
        "--param",
        "k_sigma_err=0,-0,0.5,0.5",
    ];
    let twice = sandbox.run(&twice).unwrap();
    assert!(twice.contains("2 trials on"), "{twice}");
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_run() {
    let sandbox = with_data();
    let folder = sandbox.base().join("not/there.csv").display().to_string();
    let here = sandbox.base().display().to_string();
    for (path, what) in [
        (folder.as_str(), "cannot be written"),
        (here.as_str(), "is no file"),
        ("-", "is no name of a file"),
    ] {
        let words = [&GRID[..], &["--csv", path, "--force"]].concat();
        let said = sandbox.run(&words).unwrap_err().to_string();
        assert!(said.contains(what), "{path}: {said}");
    }
    let listed = sandbox.run(&["sweep", "--data", "SIM", "--list"]).unwrap();
    assert!(listed.starts_with("SIM-1min: 0 sweeps kept"), "{listed}");
}

#[test]
fn a_part_that_is_varied_is_chosen_unless_something_else_was() {
    let sandbox = with_data();
    let run = |more: &[&str]| {
        let words = [
            "sweep",
            "--data",
            "SIM",
            "--afresh",
            "--param",
            "max_hold_bars=none,4",
        ];
        sandbox.run(&[&words[..], more].concat())
    };
    let ticks = "costs.slippage.ticks=0:3:0.5";
    let said = run(&["--param", ticks]).unwrap();
    assert!(
        said.contains("14 trials") && !said.contains("cannot be run"),
        "{said}"
    );
    let set = ["--param", ticks, "--set", "costs.slippage=ticks"];
    assert_eq!(
        run(&set).unwrap().lines().last(),
        said.lines().last(),
        "as --set does"
    );
    // what is none is called so
    assert!(
        said.contains("policy.max_hold_bars=none,4") && !said.contains("null"),
        "{said}"
    );
    let kept = ["sweep", "--data", "SIM", "--param", "max_hold_bars=none,4"];
    sandbox.run(&kept).unwrap();
    let listed = sandbox.run(&["sweep", "--data", "SIM", "--list"]).unwrap();
    assert!(
        listed.contains("policy.max_hold_bars=none,4") && !listed.contains("null"),
        "{listed}"
    );
    for other in ["costs.slippage=bps", "costs.slippage.bps=2"] {
        let said = run(&["--param", ticks, "--set", other]).unwrap_err();
        assert!(said.contains("which is not chosen"), "{said}");
    }
    // where the choice is varied, the others have no run
    let said = run(&["--param", ticks, "--param", "costs.slippage=none,ticks"]).unwrap();
    assert!(said.contains("14 of them cannot be run"), "{said}");
}

#[test]
fn a_list_takes_no_flag_that_it_would_not_heed() {
    use clap::Parser;
    let parsed = |more: &[&str]| {
        let words = [&["atrium", "sweep", "--data", "SIM", "--list"], more].concat();
        crate::commands::Cli::try_parse_from(words)
    };
    assert!(parsed(&[]).is_ok() && parsed(&["--json"]).is_ok());
    for ignored in [
        &["--top", "3"][..],
        &["--by", "trades"],
        &["--threads", "2"],
        &["--afresh"],
        &["--from", "2024-01-02"],
        &["--leverage", "2"],
        &["--set", "leverage=2"],
        &["--param", "k_sigma_err=1"],
        &["--csv", "x.csv"],
        &["--signals", "x.csv"],
    ] {
        assert!(parsed(ignored).is_err(), "{ignored:?}");
    }
}

#[test]
fn a_sweep_that_is_stopped_ends_as_shells_have_it() {
    use crate::commands::Failure;
    let stopped = super::SweepFailure::Stopped {
        done: "1 trial".to_owned(),
        trials: "2".to_owned(),
        kept: "",
    };
    assert_eq!(Failure::from(stopped).exit_code(), 130);
    let other = super::SweepFailure::Run(super::RunError::NoBars);
    assert_eq!(Failure::from(other).exit_code(), 1);
}

#[test]
fn a_link_to_a_sweep_makes_it_again_and_says_whether_it_is_the_same() {
    let sandbox = with_data();
    let made = json(&sandbox, &["--by", "total_return"]);
    let link = made["link"].as_str().unwrap();
    assert!(link.contains("#/sweep?c="), "{link}");
    let again = |link: &str, flags: &[&str]| {
        let words = [&["sweep", "--link", link][..], flags].concat();
        sandbox.run(&words)
    };
    let told: Value = serde_json::from_str(&again(link, &["--json"]).unwrap()).unwrap();
    assert_eq!(told["same_as_link"], true);
    for same in ["digest", "by", "trials", "axes", "best", "link"] {
        assert_eq!(told[same], made[same], "{same}");
    }
    let said = again(link, &["--afresh"]).unwrap();
    assert!(
        said.contains("✓ The results are those of the link"),
        "{said}"
    );
    // ranked otherwise it is the same sweep
    let other = again(link, &["--json", "--by", "trades"]).unwrap();
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_eq!(
        (&other["by"], &other["same_as_link"]),
        (&"trades".into(), &true.into())
    );
    // what flags vary is no sweep of the link
    let varied = again(link, &["--json", "--param", "k_sigma_err=0,1"]).unwrap();
    let varied: Value = serde_json::from_str(&varied).unwrap();
    assert_eq!(
        (&varied["trials"], &varied["same_as_link"]),
        (&2.into(), &Value::Null)
    );
    // other bars under the same name
    let other = Sandbox::new();
    other.store().put(&set("SIM", 150, 2), false).unwrap();
    let (said, ended) = other.told(&["sweep", "--link", link]);
    assert!(said.contains("Best by total_return"), "{said}");
    assert!(
        ended
            .unwrap_err()
            .contains("of other bars than those that it names")
    );
    // and a link to a run varies nothing
    let run = made["best"][0]["link"].as_str().unwrap();
    let refused = again(run, &[]).unwrap_err().to_string();
    assert!(
        refused.contains("the link is to a run, not to a sweep"),
        "{refused}"
    );
    assert!(again(run, &["--param", "k_sigma_err=0,1"]).is_ok());
    let refused = again(&link.replace("&s=1.", "&s=1.x"), &[])
        .unwrap_err()
        .to_string();
    assert!(refused.contains("--link"), "{refused}");
}
