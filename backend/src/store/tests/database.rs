//! The metadata database: made, migrated, made again, locked, damaged. Nothing of this concerns bars.

use std::str::FromStr;

use atrium_shared::market::bars::Instrument;
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::surface::saved_runs::SaveRun;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor, Row};

use super::*;
use crate::store::database::DatabaseError;
use crate::testing::Sandbox;

/// Works with the database as another program would.
fn other<T>(sandbox: &Sandbox, work: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    let path = sandbox.base().join("data/atrium.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::from_str("sqlite:")
            .unwrap()
            .filename(path)
            .create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        let done = work(&mut connection).await;
        connection.close().await.unwrap();
        done
    })
}

/// Each row of a query, its columns in one text.
fn texts(sandbox: &Sandbox, query: &str) -> Vec<String> {
    other(sandbox, async |connection| {
        let rows = sqlx::query(query).fetch_all(connection).await.unwrap();
        rows.iter()
            .map(|row| row.try_get::<String, _>(0).unwrap())
            .collect()
    })
}

const SETS: &str =
    "SELECT name || ' ' || symbol || ' ' || row_count || ' ' || digest FROM data_set ORDER BY name";
const IMPORTS: &str =
    "SELECT data_set || ' ' || number || ' ' || added || ' ' || rejected FROM import ORDER BY 1";

fn expected(store: &Store) -> Vec<String> {
    let sets = store.list().unwrap().sets;
    let line = |set: &DataSet| {
        format!(
            "{} {} {} {}",
            set.name, set.instrument.symbol, set.rows, set.digest
        )
    };
    sets.iter().map(line).collect()
}

#[test]
fn the_index_follows_every_change_and_is_made_again_when_it_is_lost() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    store.put(&set("SPY", 3, 1), false).unwrap();
    store.put(&set("QQQ", 3, 2), false).unwrap();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
    store.put(&set("QQQ", 5, 3), true).unwrap();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
    store
        .describe("SPY", None, |it| Instrument {
            exchange: "ARCA".to_owned(),
            ..it.clone()
        })
        .unwrap();
    assert!(
        texts(
            &sandbox,
            "SELECT card FROM data_set WHERE name = 'SPY-1min'"
        )[0]
        .contains("ARCA")
    );
    assert_eq!(
        texts(&sandbox, "SELECT symbol || exchange FROM instrument"),
        ["SPYARCA"]
    );
    let rows = store.card("QQQ-1min").unwrap().rows;
    assert!(texts(&sandbox, IMPORTS).contains(&format!("QQQ-1min 1 {rows} 0")));
    store.remove("QQQ-1min").unwrap();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
    // the history of what was removed stays
    assert_eq!(
        texts(&sandbox, IMPORTS)
            .iter()
            .filter(|line| line.starts_with("QQQ"))
            .count(),
        2
    );

    fs::remove_file(sandbox.base().join("data/atrium.db")).unwrap();
    assert_eq!(store.instruments().unwrap()[0].exchange, "ARCA");
    store.reindex().unwrap();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
    assert_eq!(texts(&sandbox, IMPORTS).len(), 1);
    // and where somebody wrote to it
    other(&sandbox, async |connection| {
        connection
            .execute("UPDATE data_set SET card = '{}', row_count = 1")
            .await
            .unwrap();
        let ghost = "INSERT INTO data_set SELECT 'GHOST-1min', symbol, bar_interval, row_count, first_start, last_start, digest, simulated, card FROM data_set";
        connection.execute(ghost).await.unwrap();
    });
    store.reindex().unwrap();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
}

#[test]
fn a_database_of_the_version_before_is_migrated_and_keeps_what_it_has() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    fs::create_dir_all(store.data_dir()).unwrap();
    // what the first version wrote: its one migration, known by its checksum
    let first = include_str!("../../../migrations/0001_cards.sql");
    other(&sandbox, async |connection| {
        connection.execute(first).await.unwrap();
        connection.execute("CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)").await.unwrap();
        let checksum = <sha2::Sha384 as sha2::Digest>::digest(first).to_vec();
        let applied = sqlx::query(
            "INSERT INTO _sqlx_migrations VALUES (1, 'cards', CURRENT_TIMESTAMP, TRUE, $1, 0)",
        );
        applied
            .bind(checksum)
            .execute(&mut *connection)
            .await
            .unwrap();
        let kept = "INSERT INTO instrument VALUES ('OLD', 'USD', 0.01, 1, 1, 1, 0, 'nyse', 'stock', 'ARCA', '', 0)";
        connection.execute(kept).await.unwrap();
    });
    let known = store.instrument("OLD").unwrap().unwrap();
    assert_eq!(
        known,
        Instrument {
            exchange: "ARCA".to_owned(),
            ..Instrument::us_share("OLD")
        }
    );
    assert_eq!(
        texts(
            &sandbox,
            "SELECT description FROM _sqlx_migrations ORDER BY version"
        ),
        ["cards", "quality", "saved_runs"]
    );
    let run = SaveRun {
        name: "kept".to_owned(),
        note: String::new(),
        link: "1.A.0".to_owned(),
    };
    assert_eq!(store.saved_runs().unwrap(), []);
    let saved = store.save_run(run).unwrap();
    store.put(&set("SPY", 3, 1), false).unwrap();
    let report = store.quality("SPY-1min", None).unwrap();
    assert_eq!(
        texts(&sandbox, "SELECT digest FROM quality"),
        [report.0.digest.to_string()]
    );
    assert_eq!(texts(&sandbox, SETS), expected(&store));
    // changes of data sets leave saved runs alone
    assert_eq!(store.saved_runs().unwrap(), [saved]);
}

#[test]
fn a_quality_report_is_made_once_for_the_same_bars() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    store.put(&set("SPY", 3, 1), false).unwrap();
    let made = store.quality("SPY-1min", None).unwrap();
    assert_eq!(store.quality("SPY-1min", None).unwrap(), made);
    // what is kept is what is told: the second one was not made again
    let mut marked = made.1.clone();
    marked.rows = 77;
    let text = serde_json::to_string(&marked).unwrap();
    other(&sandbox, async |connection| {
        let mark = sqlx::query("UPDATE quality SET report = $1").bind(text);
        mark.execute(connection).await.unwrap();
    });
    assert_eq!(store.quality("SPY-1min", None).unwrap().1, marked);
    // not for other hours, not for other bars, and not where it cannot be read
    let schedule = Schedule::from(Calendar::Nyse);
    assert_eq!(store.quality("SPY-1min", Some(&schedule)).unwrap(), made);
    other(&sandbox, async |connection| {
        connection
            .execute("UPDATE quality SET report = '{}'")
            .await
            .unwrap();
    });
    assert_eq!(store.quality("SPY-1min", None).unwrap(), made);
    store.put(&set("SPY", 10, 1), true).unwrap();
    assert_ne!(store.quality("SPY-1min", None).unwrap().1.rows, made.1.rows);
    assert_eq!(texts(&sandbox, "SELECT digest FROM quality").len(), 1);
    // damage is not hidden by what is kept
    fs::write(sandbox.base().join("data/SPY-1min/bars.parquet"), "PAR1").unwrap();
    assert!(matches!(
        store.quality("SPY-1min", None),
        Err(StoreError::Damaged { .. })
    ));
}

#[test]
fn without_the_database_all_bars_are_stored_and_read() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    store.put(&set("SPY", 3, 1), false).unwrap();
    let file = sandbox.base().join("data/atrium.db");
    let usable = |symbol: &str, seed: u64| {
        let wanted = set(symbol, 3, seed);
        let (card, _) = store.put(&wanted, true).unwrap();
        assert_eq!(store.load(&card.name).unwrap().bars, wanted.bars);
        assert!(store.quality(&card.name, None).unwrap().1.score.is_some());
        assert!(!store.instruments().unwrap().is_empty());
        store
            .describe(symbol, None, |it| Instrument {
                exchange: "ARCA".to_owned(),
                ..it.clone()
            })
            .unwrap();
        store.remove(&card.name).unwrap();
    };
    let told = |part: &str| {
        let error = store.reindex().unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(part) && said.contains("no bars are concerned"),
            "{said}"
        );
        assert!(said.contains("atrium.db"), "{said}");
        error
    };
    // another program writes to it and does not end
    let (begin, begun) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let sandbox = &sandbox;
        scope.spawn(move || {
            other(sandbox, async |connection| {
                connection.execute("BEGIN EXCLUSIVE").await.unwrap();
                begin.send(()).unwrap();
                ended.recv().unwrap();
                connection.execute("ROLLBACK").await.unwrap();
            });
        });
        begun.recv().unwrap();
        assert!(matches!(
            told("is locked by another program"),
            DatabaseError::Locked(_)
        ));
        usable("LCK", 3);
        end.send(()).unwrap();
    });
    store.reindex().unwrap();
    // it is of a later version
    let later = "INSERT INTO _sqlx_migrations SELECT 99, 'later', installed_on, success, checksum, 0 FROM _sqlx_migrations LIMIT 1";
    other(&sandbox, async |connection| {
        connection.execute(later).await.unwrap();
    });
    assert!(matches!(
        told("update Atrium"),
        DatabaseError::Newer { version: 99, .. }
    ));
    usable("NEW", 4);
    // it is no database, half of one, or a folder
    let whole = fs::read(&file).unwrap();
    let mut torn = whole.clone();
    torn[100..4_096].fill(0xa5);
    for content in [
        b"no database at all, but long enough to look".repeat(100),
        torn,
    ] {
        fs::write(&file, content).unwrap();
        assert!(matches!(
            told("rename or remove that file"),
            DatabaseError::Damaged { .. }
        ));
        usable("BAD", 5);
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(
        told("cannot be used"),
        DatabaseError::Unusable { .. }
    ));
    usable("DIR", 6);
    fs::remove_dir(&file).unwrap();
    store.reindex().unwrap();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
}

#[test]
fn many_at_once_use_it_in_turn() {
    let sandbox = Sandbox::new();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let store = sandbox.store();
                store
                    .put(&set(&format!("S{number}"), 2, number), false)
                    .unwrap();
                store.reindex().unwrap();
            });
        }
    });
    let store = sandbox.store();
    assert_eq!(texts(&sandbox, SETS), expected(&store));
    assert_eq!(expected(&store).len(), 6);
}
