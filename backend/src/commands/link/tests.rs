use atrium_shared::market::simulate::SAMPLE;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::share::{BadLink, Link, Verdict};
use serde_json::Value;

use crate::testing::{Sandbox, set, shell_words};

fn with_data() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.store().put(&set("SIM", 60, 1), false).unwrap();
    sandbox
}

fn printed(sandbox: &Sandbox, command: &str, words: &[&str]) -> String {
    let words = [&[command], words].concat();
    sandbox.run(&words).unwrap().trim_end().to_owned()
}

const FLAGS: [&str; 8] = [
    "--data",
    "SIM",
    "--k-atr-min-tp",
    "0.5",
    "--set",
    "costs.slippage.ticks=1",
    "--set",
    "rate.max_signals=3",
];

#[test]
fn whoever_opens_a_link_makes_the_same_run() {
    let here = with_data();
    let link = printed(&here, "link", &FLAGS);
    assert!(
        link.starts_with("http://127.0.0.1:8080/#/backtest?c=1."),
        "{link}"
    );
    // somebody else's machine, with the same bars
    let there = with_data();
    let said = printed(&there, "backtest", &["--link", &link]);
    assert!(said.contains("✓ The run of the link"), "{said}");
    // and the link to it is the very same
    assert!(said.contains(&format!("  link    {link}")), "{said}");
    let table = printed(&here, "backtest", &FLAGS);
    assert!(table.contains(&link) && !table.contains('✓'), "{table}");
    let text = printed(&there, "link", &["--link", &link, "--as", "text"]);
    assert!(link.ends_with(&text));
    let json = printed(&there, "backtest", &["--link", &text, "--json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["link"]["verdict"], "match");
}

#[test]
fn a_run_that_is_another_one_names_what_differs_and_fails() {
    let sandbox = with_data();
    let link = printed(&sandbox, "link", &FLAGS);
    let other = Sandbox::new();
    other.store().put(&set("SIM", 60, 2), false).unwrap();
    let said = other.run(&["backtest", "--link", &link]).unwrap_err();
    assert_eq!(
        said,
        "✗ Not the run of the link: the bars, the predictions, trades or equity differ."
    );
    // the same bars, but a share is sold in tens
    let set_up = ["instrument", "set", "SIM", "--lot-size", "10"];
    sandbox.run(&set_up).unwrap();
    let said = sandbox.run(&["backtest", "--link", &link]).unwrap_err();
    assert!(
        said.contains("the configuration, trades or equity differ"),
        "{said}"
    );
}

#[test]
fn the_data_set_of_a_link_is_looked_for_by_its_content_before_its_name() {
    let sandbox = with_data();
    let link = printed(&sandbox, "link", &FLAGS);
    let put = |symbol, seed| {
        let stored = sandbox.store().put(&set(symbol, 60, seed), true);
        stored.unwrap();
    };
    // the bars of that name are others now, and its own lie under another one, which comes before it in the list
    put("SIM", 2);
    put("COPY", 1);
    let said = sandbox.run(&["backtest", "--link", &link]).unwrap_err();
    assert!(
        said.contains("the configuration") && !said.contains("the bars"),
        "the bars are those of the copy, its symbol is another one: {said}"
    );
    // of two of the same content the one of that name is taken
    put("SIM", 1);
    let said = printed(&sandbox, "backtest", &["--link", &link]);
    assert!(said.contains("✓ The run of the link"), "{said}");
}

#[test]
fn windows_are_part_of_a_link() {
    let sandbox = with_data();
    let first = SAMPLE.from.to_string();
    let all = ["--data", "SIM", "--k-sigma-err", "0"];
    let from = [all.as_slice(), &["--from", "2024-01-20"]].concat();
    let part = printed(&sandbox, "link", &from);
    assert_ne!(part, printed(&sandbox, "link", &all));
    let json = printed(&sandbox, "backtest", &["--link", &part, "--json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["link"]["verdict"], "match");
    assert!(
        report["first_bar"].as_str().unwrap() >= "2024-01-20",
        "{first}"
    );
    let command = printed(&sandbox, "link", &["--link", &part, "--as", "command"]);
    assert!(command.contains(" --from 2024-01-20"), "{command}");
    let backwards = [from.as_slice(), &["--to", "2024-01-19"]].concat();
    let said = sandbox.run(&[&["backtest"], backwards.as_slice()].concat());
    assert!(said.unwrap_err().contains("--to is before --from"));
    let nothing = ["backtest", "--data", "SIM", "--to", "1999-01-01"];
    assert!(
        sandbox
            .run(&nothing)
            .unwrap_err()
            .contains("there are no bars")
    );
}

#[test]
fn the_command_line_of_a_link_makes_its_run() {
    let sandbox = with_data();
    let link = printed(&sandbox, "link", &FLAGS);
    let command = printed(&sandbox, "link", &["--link", &link, "--as", "command"]);
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[..2], ["atrium", "backtest"]);
    assert_eq!(printed(&sandbox, "link", &words[2..]), link);
    let config = printed(&sandbox, "link", &["--link", &link, "--as", "config"]);
    let file = sandbox.file("run.json", config);
    let file = file.display().to_string();
    let again = printed(&sandbox, "link", &["--data", "SIM", "--config", &file]);
    assert_eq!(again, link);
}

#[test]
fn a_link_that_cannot_be_opened_says_why() {
    let sandbox = with_data();
    let open = |link: &str, more: &[&str]| {
        sandbox
            .run(&[&["backtest", "--link", link], more].concat())
            .unwrap_err()
    };
    let link = printed(&sandbox, "link", &FLAGS);
    assert!(open(&link[..link.len() - 5], &[]).contains("was damaged on its way"));
    assert!(open("2.abc.def", &[]).contains("made by a newer one"));
    assert!(open("see my chart", &[]).contains("this is no link of Atrium"));
    for more in [
        ["--leverage", "2"],
        ["--set", "sizing.leverage=2"],
        ["--config", "x.json"],
        ["--from", "2024-01-01"],
    ] {
        let said = open(&link, &more);
        assert!(said.contains("cannot be used with"), "{said}");
    }
    let missing = open_elsewhere(&link);
    for part in [
        "SIM-1min (SIM, content ",
        "not stored here",
        "`atrium demo SIM`",
    ] {
        assert!(missing.contains(part), "{missing}");
    }
    let mut foreign = Link::read(&link).unwrap();
    foreign.data.symbol = "SPY".to_owned();
    let missing = open_elsewhere(&foreign.text().unwrap());
    assert!(
        missing.contains("atrium import FILE --symbol SPY"),
        "{missing}"
    );
    assert_eq!(Link::read("nothing"), Err(BadLink::NoLink));
}

fn open_elsewhere(link: &str) -> String {
    Sandbox::new()
        .run(&["backtest", "--link", link])
        .unwrap_err()
}

#[test]
fn a_data_set_of_another_name_is_found_by_its_content() {
    let sandbox = with_data();
    let link = Link::read(&printed(&sandbox, "link", &FLAGS)).unwrap();
    let mut elsewhere = link.clone();
    elsewhere.data.name = "my bars".to_owned();
    let said = printed(
        &sandbox,
        "backtest",
        &["--link", &elsewhere.text().unwrap()],
    );
    assert!(said.contains("✓"), "{said}");
    let unsealed = Link { seal: None, ..link };
    let text = unsealed.text().unwrap();
    let json = printed(&sandbox, "backtest", &["--link", &text, "--json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    let verdict: Verdict = serde_json::from_value(report["link"].clone()).unwrap();
    assert_eq!(verdict, Verdict::Unsealed);
    let config: RunConfig = serde_json::from_value(report["config"].clone()).unwrap();
    assert_eq!(config, unsealed.config);
}

#[test]
fn what_a_file_gives_has_to_be_given_again() {
    let sandbox = with_data();
    let signals = sandbox.file(
        "signals.csv",
        "time,side,tp,sl\n2024-01-16T15:30:00Z,long,,\n2024-01-18T15:30:00Z,flat,,\n",
    );
    let signals = signals.display().to_string();
    let of_signals = [
        "--data",
        "SIM",
        "--signals",
        &signals,
        "--set",
        "sizing.mode=all_in",
    ];
    let link = printed(&sandbox, "link", &of_signals);
    let said = sandbox.run(&["backtest", "--link", &link]).unwrap_err();
    assert!(said.contains("name it with --signals"), "{said}");
    let again = ["--link", &link, "--signals", &signals];
    assert!(printed(&sandbox, "backtest", &again).contains('✓'));
    let other = sandbox.file("other.csv", "time,side\n2024-01-17T15:30:00Z,long\n");
    let other = other.display().to_string();
    let again = ["backtest", "--link", &link, "--signals", &other];
    let said = sandbox.run(&again).unwrap_err();
    assert!(
        said.contains("the signals, trades or equity differ"),
        "{said}"
    );
}

#[test]
fn how_a_file_is_read_goes_with_the_link_and_the_command_line() {
    let sandbox = with_data();
    // ends of bars, in the exchange's time, by a column of another name
    let signals = sandbox.file(
        "my signals.csv",
        "Closed,side\n2024-01-16 11:30,long\n2024-01-18 11:30,flat\n",
    );
    let signals = signals.display().to_string();
    let of_signals = [
        "--data",
        "SIM",
        "--signals",
        &signals,
        "--row-time",
        "bar_end",
        "--time-zone",
        "exchange",
        "--column",
        "time=Closed",
        "--set",
        "sizing.mode=all_in",
    ];
    let json = printed(
        &sandbox,
        "backtest",
        &[&of_signals[..], &["--json"]].concat(),
    );
    let report: Value = serde_json::from_str(&json).unwrap();
    let read = &report["read"];
    assert_eq!(read["what"], "signals");
    assert_eq!(
        (&read["row_time"], &read["time_zone"]),
        (&"bar_end".into(), &"exchange".into())
    );
    assert_eq!((&read["rows"], &read["unmatched"]), (&2.into(), &0.into()));
    // the line that is printed makes it again
    let command = [&of_signals[..], &["--as", "command"]].concat();
    let command = printed(&sandbox, "link", &command);
    let words = shell_words(&command);
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let again = sandbox.run(&[&words[..], &["--json"]].concat()).unwrap();
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["digests"], report["digests"], "{command}");
    // so does the link, which says it behind itself; a flag says it louder
    let link = printed(&sandbox, "link", &of_signals);
    assert!(link.ends_with("&times=bar_end,exchange"), "{link}");
    let told = printed(&sandbox, "backtest", &of_signals);
    assert!(told.contains(&link), "{told}");
    let open = [
        "--link",
        &link,
        "--signals",
        &signals,
        "--column",
        "time=Closed",
    ];
    let said = printed(&sandbox, "backtest", &open);
    assert!(said.contains('✓') && said.contains(&link), "{said}");
    let other = [&["backtest"], &open[..], &["--row-time", "known_at"]].concat();
    assert!(
        sandbox.run(&other).is_ok_and(|said| said.contains('✓')),
        "the same bars decide"
    );
    let utc = [&["backtest"], &open[..], &["--time-zone", "utc"]].concat();
    assert!(sandbox.run(&utc).is_err());
    // and the best trial of a sweep
    let sweep = ["--param", "leverage=1,2", "--json", "--afresh"];
    let sweep = printed(&sandbox, "sweep", &[&of_signals[..], &sweep].concat());
    let sweep: Value = serde_json::from_str(&sweep).unwrap();
    let best = sweep["best"][0]["link"].as_str().unwrap();
    assert!(best.ends_with("&times=bar_end,exchange"), "{best}");
    // and a sweep of a run without a file, where what is varied chooses its signals
    let plain = printed(&sandbox, "link", &["--data", "SIM"]);
    let rows = ["--signals", &signals, "--column", "time=Closed", "--json"];
    let read = ["--row-time", "bar_end", "--time-zone", "exchange"];
    let varied = ["--param", "strategy=predicted_move,signals", "--afresh"];
    let open = [&["--link", &plain], &rows[..], &read, &varied].concat();
    let made: Value = serde_json::from_str(&printed(&sandbox, "sweep", &open)).unwrap();
    let link = made["link"].as_str().unwrap();
    assert!(link.ends_with("&times=bar_end,exchange"), "{link}");
    let again = printed(&sandbox, "sweep", &[&["--link", link], &rows[..]].concat());
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(
        (&again["same_as_link"], &again["link"]),
        (&true.into(), &made["link"])
    );
    // a run without a file has nothing to say of one
    let plain = printed(&sandbox, "link", &["--data", "SIM"]);
    assert!(!plain.contains("&times"), "{plain}");
}
