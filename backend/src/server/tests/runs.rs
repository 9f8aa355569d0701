//! Saved runs.

use atrium_shared::surface::saved_runs::{SaveRun, SavedRun, SavedRuns};
use serde_json::json;

use super::*;

/// A link to a run on the data of the house.
fn link(house: &House, leverage: &str) -> String {
    let words = ["link", "--data", "SPY", "--leverage", leverage];
    house.sandbox.run(&words).unwrap().trim_end().to_owned()
}

async fn save(house: &House, name: &str, note: &str, link: &str) -> Answer {
    let run = SaveRun {
        name: name.to_owned(),
        note: note.to_owned(),
        link: link.to_owned(),
    };
    house.send_json(Method::POST, "/api/runs", &run).await
}

#[tokio::test]
async fn runs_are_saved_listed_and_forgotten() {
    let house = House::new();
    let none: SavedRuns = house.get("/api/runs").await.json();
    assert_eq!(none, SavedRuns::default());
    let url = link(&house, "2");
    let answer = save(&house, " twice ", "two\nlines", &url).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let first: SavedRun = answer.json();
    assert_eq!(
        (first.name.as_str(), first.note.as_str()),
        ("twice", "two\nlines")
    );
    assert!(first.link.starts_with("1.") && url.ends_with(&first.link));
    let again: SavedRun = save(&house, "twice", "", &url).await.json();
    assert_ne!(again.id, first.id);
    // another program, another life of the server: they are still there
    let store = house.sandbox.store();
    let app = app(AppState::new(
        store,
        house.sandbox.base().join("dist"),
        None,
    ));
    let house = House { app, ..house };
    let listed: SavedRuns = house.get("/api/runs").await.json();
    assert_eq!(listed.runs, [again.clone(), first.clone()]);
}

#[tokio::test]
async fn a_saved_run_is_opened_by_the_command_line_and_goes_when_it_is_removed() {
    let house = House::new();
    let run: SavedRun = save(&house, "one", "", &link(&house, "3")).await.json();
    let said = house
        .sandbox
        .run(&["backtest", "--link", &run.link])
        .unwrap();
    assert!(said.contains("✓"), "{said}");
    let uri = format!("/api/runs/{}", run.id);
    let gone = house.send(Method::DELETE, &uri, &[]).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let detail = house.send(Method::DELETE, &uri, &[]).await.problem(404);
    assert!(detail.contains("no such saved run"), "{detail}");
    let left: SavedRuns = house.get("/api/runs").await.json();
    assert_eq!(left.runs, []);
}

#[tokio::test]
async fn what_is_no_run_is_not_saved() {
    let house = House::new();
    let good = link(&house, "1");
    for (name, note, link, part) in [
        ("", "", good.as_str(), "write one line"),
        ("a\nb", "", &good, "line break"),
        ("a", &"x".repeat(4_001), &good, "at most 4000"),
        ("a", "", "javascript:alert(1)", "this is no link of Atrium"),
        ("a", "", &good[..good.len() - 3], "damaged"),
        ("a", "", "9.x.y", "made by a newer one"),
    ] {
        let detail = save(&house, name, note, link).await.problem(422);
        assert!(detail.contains(part), "{detail}");
    }
    let unknown = json!({"name": "a", "link": good, "id": "mine"});
    let answer = house.send_json(Method::POST, "/api/runs", &unknown).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let left: SavedRuns = house.get("/api/runs").await.json();
    assert_eq!(left.runs, []);
    // a page of another site can neither read nor write them
    let foreign = [("origin", "http://evil.example")];
    let detail = house.send(Method::DELETE, "/api/runs/x", &foreign).await;
    detail.problem(403);
}
