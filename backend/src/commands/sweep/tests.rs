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
        ("k_sigma_err=0:90:0.0001", "is no range"),
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
