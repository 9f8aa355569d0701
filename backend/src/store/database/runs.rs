//! The statements of saved runs.

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::saved_runs::SavedRun;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

type Done<T> = Result<T, sqlx::Error>;

pub(super) async fn all(connection: &mut SqliteConnection) -> Done<Vec<SavedRun>> {
    let query = sqlx::query(
        "SELECT id, name, note, link, created_at FROM saved_run ORDER BY created_at DESC, id",
    );
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(run).collect()
}

fn run(row: &SqliteRow) -> Done<SavedRun> {
    Ok(SavedRun {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        note: row.try_get("note")?,
        link: row.try_get("link")?,
        created: Timestamp(row.try_get("created_at")?),
    })
}

pub(super) async fn put(connection: &mut SqliteConnection, run: &SavedRun) -> Done<()> {
    let query = sqlx::query(
        "INSERT INTO saved_run (id, name, note, link, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO NOTHING",
    );
    let query = query
        .bind(&run.id)
        .bind(&run.name)
        .bind(&run.note)
        .bind(&run.link)
        .bind(run.created.0);
    query.execute(connection).await.map(drop)
}

/// Removes a run; whether there was one.
pub(super) async fn remove(connection: &mut SqliteConnection, id: &str) -> Done<bool> {
    let query = sqlx::query("DELETE FROM saved_run WHERE id = $1").bind(id);
    let done = query.execute(connection).await?;
    Ok(done.rows_affected() > 0)
}
