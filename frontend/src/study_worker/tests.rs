use super::*;
use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::actions::Actions;
use atrium_shared::market::bars::Instrument;
use atrium_shared::market::curate::resample;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::signal::placing::RowTime;
use atrium_shared::surface::sheets::Block;
use atrium_shared::trading::sizing::SizingMode;

fn desk() -> (Desk, RunConfig, BarSeries, BarSeries) {
    let market = Simulation {
        to: Day(SAMPLE.from.0 + 90),
        ..SAMPLE
    };
    let minutes = simulate(&market).unwrap();
    let instrument = Instrument::us_share("SIM");
    let mut config = RunConfig {
        interval: BarInterval::minutes(60),
        ..RunConfig::default()
    };
    config.strategy.predicted_move_mut().unwrap().k_atr_min_tp = 0.5;
    let cut = resample(&minutes, config.interval, instrument.calendar).unwrap();
    let mut desk = Desk::default();
    let load = Request::Load {
        generation: 1,
        data: DataReference {
            data_set: "SIM-1min".to_owned(),
            instrument,
            simulated: true,
            actions: Actions::default(),
        },
        window: Window::default(),
        filled: 0.0,
    };
    let bars = cut.bars.series().clone();
    let loaded = done(desk.answer(load, wire::encode(&bars)));
    assert_eq!(loaded, Answer::Loaded);
    (desk, config, bars, minutes)
}

fn done((reply, _): (Reply, Option<Vec<u8>>)) -> Answer {
    match reply {
        Reply::Done { answer, .. } => answer,
        other => panic!("{other:?}"),
    }
}

fn ask(desk: &mut Desk, config: RunConfig, question: Question) -> Reply {
    let request = Request::Ask {
        generation: 7,
        config: Box::new(config),
        question,
    };
    desk.answer(request, Vec::new()).0
}

/// The report of a run; the answer has its digest.
fn exported(desk: &mut Desk, config: RunConfig) -> RunReport {
    let Reply::Done {
        answer: Answer::Exported(text),
        run,
        ..
    } = ask(desk, config, Question::Export { read: None })
    else {
        panic!("it ran")
    };
    let report: RunReport = serde_json::from_str(&text).unwrap();
    assert_eq!(run, Some(report.digests.run));
    report
}

#[test]
fn a_message_reads_as_it_was_written() {
    let (mut desk, config, ..) = desk();
    for question in [
        Question::Sheets,
        Question::Bar { row: 90 },
        Question::Force {
            row: 90,
            long: false,
        },
        Question::Band {
            no_finer: String::new(),
        },
    ] {
        let reply = ask(&mut desk, config, question.clone());
        assert!(
            matches!(reply, Reply::Done { generation: 7, .. }),
            "{reply:?}"
        );
        let bytes = postcard::to_allocvec(&reply).unwrap();
        assert_eq!(postcard::from_bytes::<Reply>(&bytes).unwrap(), reply);
        let request = Request::Ask {
            generation: 7,
            config: Box::new(config),
            question,
        };
        let bytes = postcard::to_allocvec(&request).unwrap();
        assert_eq!(postcard::from_bytes::<Request>(&bytes).unwrap(), request);
    }
}

#[test]
fn an_export_is_the_report_of_the_run_that_was_asked_for() {
    let (mut desk, config, ..) = desk();
    let mut other = config;
    other.sizing.risk_per_trade = 0.002;
    assert!(matches!(
        ask(&mut desk, other, Question::Sheets),
        Reply::Done { .. }
    ));
    let Reply::Done {
        answer: Answer::Exported(text),
        ..
    } = ask(&mut desk, config, Question::Export { read: None })
    else {
        panic!("it was written")
    };
    let report: RunReport = serde_json::from_str(&text).unwrap();
    assert_eq!(report.config, config);
    assert!(!report.round_trips.is_empty());
}

#[test]
fn finer_bars_refine_the_band_and_change_no_run() {
    let (mut desk, config, _, minutes) = desk();
    let digest = |desk: &mut Desk| {
        let Reply::Done {
            answer: Answer::Exported(text),
            ..
        } = ask(desk, config, Question::Export { read: None })
        else {
            panic!("it was written")
        };
        serde_json::from_str::<RunReport>(&text).unwrap().digests
    };
    let heads = |desk: &mut Desk| {
        let band = Question::Band {
            no_finer: String::new(),
        };
        let Reply::Done {
            answer: Answer::Band(sheet),
            ..
        } = ask(desk, config, band)
        else {
            panic!("there is a band")
        };
        let Some(Block::Table(table)) = sheet.blocks.get(1).cloned() else {
            panic!("a table")
        };
        table.heads.len()
    };
    let before = digest(&mut desk);
    assert_eq!(heads(&mut desk), 6);
    let finer = Request::Finer { generation: 2 };
    assert_eq!(
        done(desk.answer(finer, wire::encode(&minutes))),
        Answer::Loaded
    );
    assert_eq!(heads(&mut desk), 7);
    assert_eq!(digest(&mut desk), before);
    // a run that looks inside bars is told of as it is
    let mut refined = config;
    refined.fills.intrabar = Intrabar::Refined;
    let Reply::Done {
        answer: Answer::Exported(text),
        ..
    } = ask(&mut desk, refined, Question::Export { read: None })
    else {
        panic!("it was written")
    };
    let report: RunReport = serde_json::from_str(&text).unwrap();
    assert!(report.digests.finer.is_some());
    assert_eq!(digest(&mut desk), before);
}

#[test]
fn signals_are_read_for_the_bars_and_used_by_the_strategy_that_trades_them() {
    let (mut desk, config, bars, _) = desk();
    let read = |desk: &mut Desk, file: &str, row_time| {
        let times = SignalTimes {
            row_time,
            of_exchange: false,
        };
        desk.answer(
            Request::Signals {
                generation: 3,
                times,
            },
            file.as_bytes().to_vec(),
        )
    };
    let (bad, _) = read(&mut desk, "time,side\nx,long\n", RowTime::BarStart);
    assert!(
        matches!(&bad, Reply::Failed { message, .. } if message.contains("line 2")),
        "{bad:?}"
    );
    let mut signals = config;
    signals.strategy = Strategy::Signals(Default::default());
    signals.sizing.mode = SizingMode::AllIn;
    let missing = ask(&mut desk, signals, Question::Sheets);
    assert!(
        matches!(&missing, Reply::Failed { message, .. } if message.contains("none are given"))
    );
    let mut file = "time,side\n".to_owned();
    for (index, start) in bars.start().iter().enumerate().step_by(5) {
        file += &format!(
            "{start},{}\n",
            if index % 10 == 0 { "long" } else { "flat" }
        );
    }
    file += "2031-01-01T00:00:00Z,long\n";
    let (reply, attached) = read(&mut desk, &file, RowTime::BarStart);
    let Reply::Done {
        answer: Answer::Signals(told),
        ..
    } = reply
    else {
        panic!("{reply:?}")
    };
    assert!(
        told.words.contains("1 that belong to no bar"),
        "{}",
        told.words
    );
    let attached = attached.unwrap();
    let rows: SignalRows = postcard::from_bytes(&attached).unwrap();
    assert_eq!(rows.0.len(), bars.len().div_ceil(5));
    // what was read is not traded by that
    let missing = ask(&mut desk, signals, Question::Sheets);
    assert!(matches!(missing, Reply::Failed { .. }), "{missing:?}");
    let taken = desk.answer(Request::Rows { generation: 4 }, attached);
    assert_eq!(done(taken), Answer::Loaded);
    let before = exported(&mut desk, signals);
    // how the file was read stands beside the report
    let of_file = FileRead {
        name: "mine.csv".to_owned(),
        times: SignalTimes::default(),
        report: told.report,
    };
    let question = Question::Export {
        read: Some(of_file),
    };
    let Answer::Exported(text) = done((ask(&mut desk, signals, question), None)) else {
        panic!("it ran")
    };
    let text: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows: RowsReport = serde_json::from_value(text["read"].clone()).unwrap();
    assert_eq!((rows.file.as_str(), rows.report.unmatched), ("mine.csv", 1));
    // another file is read, for which nothing that is told of the run changes
    let other = format!("time,side\n{},short\n", bars.start()[9]);
    let (reply, other) = read(&mut desk, &other, RowTime::BarStart);
    assert!(matches!(reply, Reply::Done { run: None, .. }), "{reply:?}");
    assert_eq!(exported(&mut desk, signals).digests, before.digests);
    let taken = desk.answer(Request::Rows { generation: 5 }, other.unwrap());
    assert_eq!(done(taken), Answer::Loaded);
    assert_ne!(exported(&mut desk, signals).digests, before.digests);
    assert!(!before.round_trips.is_empty() && before.digests.signals.is_some());
    // and the way back
    assert_eq!(exported(&mut desk, config).digests.signals, None);
}
