//! Kept sweeps.

use atrium_shared::research::sweep::Results;
use atrium_shared::surface::kept_sweep::{Head, KeptSummary, KeptSweep, KeptSweeps};

use super::*;

/// A sweep that the command line ran and kept, with its file.
fn swept(house: &House) -> (KeptSweep, std::path::PathBuf) {
    let words = [
        "sweep",
        "--data",
        "SPY",
        "--param",
        "k_sigma_err=0:1:0.25",
        "--json",
    ];
    house.sandbox.run(&words).unwrap();
    let folder = house.sandbox.base().join("sweeps/SPY-1min");
    let file = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let kept = KeptSweep::decode(&fs::read(&file).unwrap()).unwrap();
    (kept, file)
}

/// The same with some of its trials only.
fn part(of: &KeptSweep, trials: std::ops::Range<usize>) -> Vec<u8> {
    let mut results = Results::new(&of.spec);
    let mut stretch = of.results.stretches().remove(0);
    let columns = &mut stretch.columns;
    for stats in [
        &mut columns.final_equity,
        &mut columns.total_return,
        &mut columns.cagr,
        &mut columns.sharpe,
        &mut columns.max_drawdown_session,
        &mut columns.win_rate,
        &mut columns.profit_factor,
    ] {
        *stats = stats[trials.clone()].to_vec();
    }
    columns.trades = columns.trades[trials.clone()].to_vec();
    let numbers: Vec<u64> = trials.map(|trial| trial as u64).collect();
    assert_eq!(results.put(&numbers, columns), numbers.len() as u64);
    let head = Head::of(&of.spec, &of.link, of.head.inputs, &results).unwrap();
    head.encode(&results).unwrap()
}

async fn keep(house: &House, bytes: Vec<u8>) -> Answer {
    let kind = [("content-type", "application/octet-stream")];
    let body = Body::from(bytes);
    house
        .send_body(Method::POST, "/api/sweeps", &kind, body)
        .await
}

#[tokio::test]
async fn a_sweep_is_kept_in_parts_where_the_command_line_keeps_it() {
    let house = House::new();
    let (whole, file) = swept(&house);
    fs::remove_file(&file).unwrap();
    let none: KeptSweeps = house.get("/api/sweeps?set=SPY-1min").await.json();
    assert_eq!(none, KeptSweeps::default());
    let answer = keep(&house, part(&whole, 0..2)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let first: KeptSummary = answer.json();
    assert_eq!((first.done, first.trials), (2, 5));
    assert_eq!(first.identity, whole.head.identity);
    let all: KeptSummary = keep(&house, part(&whole, 1..5)).await.json();
    assert_eq!(all.done, 5);
    assert_eq!(
        KeptSweep::decode(&fs::read(&file).unwrap()),
        Ok(whole.clone())
    );
    let listed: KeptSweeps = house.get("/api/sweeps?set=SPY-1min").await.json();
    assert_eq!((listed.sweeps.len(), listed.damaged.len()), (1, 0));
    assert_eq!(
        listed.sweeps[0].best_sharpe,
        whole.head.best_sharpe.map(|(_, best)| best)
    );
    let (again, _) = swept(&house);
    assert_eq!(again, whole, "the command line goes on from there");
}

#[tokio::test]
async fn what_is_no_sweep_of_what_is_stored_is_refused() {
    let house = House::new();
    let (whole, file) = swept(&house);
    let before = fs::read(&file).unwrap();
    for bytes in [
        Vec::new(),
        b"ATRSWP2\n".to_vec(),
        before[..before.len() - 9].to_vec(),
    ] {
        let answer = keep(&house, bytes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let relinked = |link: atrium_shared::surface::share::Link| {
        let head = Head::of(&whole.spec, &link, whole.head.inputs, &whole.results).unwrap();
        head.encode(&whole.results).unwrap()
    };
    let mut elsewhere = whole.link.clone();
    elsewhere.data.name = "../../etc".to_owned();
    assert_eq!(
        keep(&house, relinked(elsewhere)).await.status,
        StatusCode::BAD_REQUEST
    );
    let mut unknown = whole.link.clone();
    unknown.data.name = "AAA-1min".to_owned();
    assert_eq!(
        keep(&house, relinked(unknown)).await.status,
        StatusCode::NOT_FOUND
    );
    let mut changed = whole.link.clone();
    changed.data.name = "QQQ-1min".to_owned();
    assert_eq!(
        keep(&house, relinked(changed)).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    let unnamed = house.get("/api/sweeps").await;
    assert_eq!(unnamed.status, StatusCode::BAD_REQUEST);
    let unknown = house.get("/api/sweeps?set=AAA-1min").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    // a file that is damaged is named, and what is kept anew takes its place
    fs::write(&file, b"nothing").unwrap();
    let listed: KeptSweeps = house.get("/api/sweeps?set=SPY-1min").await.json();
    assert_eq!((listed.sweeps.len(), listed.damaged.len()), (0, 1));
    assert_eq!(
        keep(&house, before.clone()).await.status,
        StatusCode::CREATED
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}
