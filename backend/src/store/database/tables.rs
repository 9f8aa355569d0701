//! The statements, one function each.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::instrument::{Instrument, SecurityType};
use atrium_shared::surface::api::{DataSet, ImportRecord};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

type Done<T> = Result<T, sqlx::Error>;

pub(super) async fn index(connection: &mut SqliteConnection) -> Done<Vec<(String, String)>> {
    let query = sqlx::query_as("SELECT name, card FROM data_set ORDER BY name");
    query.fetch_all(connection).await
}

pub(super) async fn put_set(
    connection: &mut SqliteConnection,
    set: &DataSet,
    card: &str,
) -> Done<()> {
    let query = sqlx::query(
        "INSERT INTO data_set (name, symbol, bar_interval, row_count, first_start, last_start, digest, simulated, card)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (name) DO UPDATE SET symbol = excluded.symbol, bar_interval = excluded.bar_interval,
        row_count = excluded.row_count, first_start = excluded.first_start, last_start = excluded.last_start,
        digest = excluded.digest, simulated = excluded.simulated, card = excluded.card",
    );
    let query = query
        .bind(&set.name)
        .bind(&set.instrument.symbol)
        .bind(set.interval.to_string())
        .bind(whole(set.rows))
        .bind(set.first.0)
        .bind(set.last.0)
        .bind(set.digest.to_string())
        .bind(set.simulated)
        .bind(card);
    query.execute(connection).await.map(drop)
}

pub(super) async fn remove_set(connection: &mut SqliteConnection, name: &str) -> Done<()> {
    let query = sqlx::query("DELETE FROM data_set WHERE name = $1").bind(name);
    query.execute(connection).await.map(drop)
}

pub(super) async fn put_import(
    connection: &mut SqliteConnection,
    data_set: &str,
    import: &ImportRecord,
) -> Done<()> {
    let query = sqlx::query(
        "INSERT INTO import (data_set, number, imported_at, source, sha256, added, changed, unchanged, rejected)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (data_set, imported_at, number) DO NOTHING",
    );
    let merge = &import.merge;
    let query = query
        .bind(data_set)
        .bind(i64::from(import.number))
        .bind(import.at.0)
        .bind(&import.source)
        .bind(&import.sha256)
        .bind(whole(merge.added))
        .bind(whole(merge.changed))
        .bind(whole(merge.unchanged))
        .bind(whole(import.rejected));
    query.execute(connection).await.map(drop)
}

pub(super) async fn put_instrument(
    connection: &mut SqliteConnection,
    instrument: &Instrument,
    at: Timestamp,
) -> Done<()> {
    let query = sqlx::query(
        "INSERT INTO instrument (symbol, currency, tick_size, lot_size, multiplier, min_quantity, min_notional, calendar,
        security_type, exchange, time_zone, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (symbol) DO UPDATE SET currency = excluded.currency, tick_size = excluded.tick_size,
        lot_size = excluded.lot_size, multiplier = excluded.multiplier, min_quantity = excluded.min_quantity,
        min_notional = excluded.min_notional, calendar = excluded.calendar, security_type = excluded.security_type,
        exchange = excluded.exchange, time_zone = excluded.time_zone, changed_at = excluded.changed_at",
    );
    let query = query
        .bind(&instrument.symbol)
        .bind(&instrument.currency)
        .bind(instrument.tick_size)
        .bind(instrument.lot_size)
        .bind(instrument.multiplier)
        .bind(instrument.min_quantity)
        .bind(instrument.min_notional)
        .bind(instrument.calendar.name())
        .bind(instrument.security_type.name())
        .bind(&instrument.exchange)
        .bind(&instrument.time_zone)
        .bind(at.0);
    query.execute(connection).await.map(drop)
}

pub(super) async fn instruments(connection: &mut SqliteConnection) -> Done<Vec<Instrument>> {
    let query = sqlx::query(
        "SELECT symbol, currency, tick_size, lot_size, multiplier, min_quantity, min_notional, calendar, security_type,
        exchange, time_zone FROM instrument ORDER BY symbol",
    );
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(instrument).collect()
}

fn instrument(row: &SqliteRow) -> Done<Instrument> {
    let unknown = |column: &str, value: &str| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{value:?} is not known").into(),
    };
    let calendar: String = row.try_get("calendar")?;
    let kind: String = row.try_get("security_type")?;
    let mut calendars = Calendar::ALL.into_iter();
    let mut kinds = SecurityType::ALL.into_iter();
    Ok(Instrument {
        symbol: row.try_get("symbol")?,
        currency: row.try_get("currency")?,
        tick_size: row.try_get("tick_size")?,
        lot_size: row.try_get("lot_size")?,
        multiplier: row.try_get("multiplier")?,
        min_quantity: row.try_get("min_quantity")?,
        min_notional: row.try_get("min_notional")?,
        calendar: calendars
            .find(|known| known.name() == calendar)
            .ok_or_else(|| unknown("calendar", &calendar))?,
        security_type: kinds
            .find(|known| known.name() == kind)
            .ok_or_else(|| unknown("security_type", &kind))?,
        exchange: row.try_get("exchange")?,
        time_zone: row.try_get("time_zone")?,
    })
}

pub(super) async fn quality(connection: &mut SqliteConnection, key: &str) -> Done<Option<String>> {
    let query = sqlx::query_scalar("SELECT report FROM quality WHERE cache_key = $1").bind(key);
    query.fetch_optional(connection).await
}

pub(super) async fn put_quality(
    connection: &mut SqliteConnection,
    key: &str,
    digest: &str,
    report: &str,
    at: Timestamp,
) -> Done<()> {
    let query = sqlx::query(
        "INSERT INTO quality (cache_key, digest, report, made_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (cache_key) DO UPDATE SET report = excluded.report, made_at = excluded.made_at",
    );
    let query = query.bind(key).bind(digest).bind(report).bind(at.0);
    query.execute(connection).await.map(drop)
}

/// Forgets the reports of bars that are no longer stored.
pub(super) async fn forget_quality(connection: &mut SqliteConnection) -> Done<()> {
    let query =
        sqlx::query("DELETE FROM quality WHERE digest NOT IN (SELECT digest FROM data_set)");
    query.execute(connection).await.map(drop)
}

/// A count as databases have them.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
