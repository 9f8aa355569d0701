//! Decoding a table of a SQLite database, which is opened for reading only.

use std::fs::{self, File};
use std::future::poll_fn;
use std::io::Read as _;
use std::path::Path;

use atrium_shared::market::intake::{Cell, Choice, Format, names_bars};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    Column as _, Connection as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _,
};

use super::{Emit, Head, Request, Rows};
use crate::import::ImportError;

/// The byte of a database's head that says 2 where changes go to a log of their own before they go into the file.
const JOURNAL: usize = 18;

/// Decodes the table that was asked for, or the one that holds bars.
pub(super) fn decode(
    path: &Path,
    request: &Request,
    emit: &mut Emit<'_>,
) -> Result<(), ImportError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|source| ImportError::read(path, source))?;
    runtime.block_on(read(path, request, emit))
}

async fn read(path: &Path, request: &Request, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let unreadable = |error: sqlx::Error| {
        ImportError::table(
            &request.name,
            format!("is not a SQLite database that can be read: {error}; copy it again"),
        )
    };
    let unlogged = || match is_logged(path) {
        true => Err(ImportError::table(
            &request.name,
            "is in use: rows that are not in it yet stand in the file of the same name that ends in -wal; close the program that writes to it, then import it",
        )),
        false => Ok(()),
    };
    unlogged()?;
    // a lock of a database with a log would leave files beside it: what is written to the log is not read at all
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(has_log(path))
        .pragma("trusted_schema", "OFF");
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(unreadable)?;
    // nobody changes it from here on
    let mut database = connection.begin().await.map_err(unreadable)?;
    let tables = tables(&mut database).await.map_err(unreadable)?;
    let table = choose(&tables, request)?;
    let chosen = tables.into_iter().find(|it| it.name == table.value);
    let (columns, is_view) = chosen.map_or_else(Default::default, |it| (it.columns, it.is_view));
    let from = quoted(&table.value);
    let head = Head {
        format: Format::Sqlite,
        columns: columns.clone(),
        rows: None,
        table: Some(table),
    };
    let mut rows = Rows::begin(&head, emit)?;
    let way = Way::of(&from, &columns, is_view, &mut database).await;
    let first = usize::from(way.numbered);
    let mut last = i64::MIN;
    // one question for all: asked page by page, a view may order its rows anew each time
    let mut found = sqlx::query(&way.query).fetch(&mut *database);
    while let Some(row) = poll_fn(|context| found.as_mut().poll_next(context)).await {
        let row = row.map_err(unreadable)?;
        if way.numbered {
            let number: i64 = row.try_get(0).map_err(unreadable)?;
            if number < last {
                let reason = "is damaged: the numbers of its rows do not increase; copy it again";
                return Err(ImportError::table(&request.name, reason));
            }
            last = number.saturating_add(1);
        }
        for index in first..first + columns.len() {
            cell(&row, index, &mut rows).map_err(unreadable)?;
        }
        rows.end_row()?;
    }
    unlogged()?;
    rows.finish()
}

/// Whether changes go to a log of their own first; what cannot be read is said by whoever reads it.
fn has_log(path: &Path) -> bool {
    let mut head = [0; JOURNAL + 1];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.last() == Some(&2)
}

/// Whether rows wait in the log.
fn is_logged(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(&log).is_ok_and(|log| log.len() > 0)
}

/// A name as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How a table is gone through: by the numbers of its rows where it has them, else as it comes.
struct Way {
    query: String,
    numbered: bool,
}

impl Way {
    async fn of(
        table: &str,
        columns: &[String],
        is_view: bool,
        connection: &mut SqliteConnection,
    ) -> Self {
        // the rows of a view have no numbers of their own
        let is_free = !is_view
            && !columns
                .iter()
                .any(|name| name.eq_ignore_ascii_case("_rowid_"));
        let probe = format!("SELECT _rowid_ FROM {table} LIMIT 1");
        let numbered = is_free
            && sqlx::query(&probe)
                .fetch_optional(&mut *connection)
                .await
                .is_ok();
        // by name: `*` may give other columns than the list
        let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let columns = columns.join(", ");
        let query = if numbered {
            format!("SELECT _rowid_, {columns} FROM {table} ORDER BY _rowid_")
        } else {
            format!("SELECT {columns} FROM {table}")
        };
        Self { query, numbered }
    }
}

/// A table or a view.
struct Table {
    name: String,
    columns: Vec<String>,
    is_view: bool,
}

/// The tables, and after them the views. A view whose columns cannot be told is left out.
async fn tables(connection: &mut SqliteConnection) -> Result<Vec<Table>, sqlx::Error> {
    let names = "SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name LIMIT 10000";
    let mut found = Vec::new();
    for row in sqlx::query(names).fetch_all(&mut *connection).await? {
        let (name, is_view): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
        // generated columns have values, hidden ones of virtual tables are parameters
        let columns = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid";
        let columns = sqlx::query(columns).bind(&name);
        let columns = match columns.fetch_all(&mut *connection).await {
            Err(_) if is_view => continue,
            columns => columns?,
        };
        let columns = columns.iter().map(|row| row.try_get(0));
        found.push(Table {
            name,
            columns: columns.collect::<Result<_, _>>()?,
            is_view,
        });
    }
    Ok(found)
}

fn choose(tables: &[Table], request: &Request) -> Result<Choice<String>, ImportError> {
    let listed = |tables: &[&Table]| {
        let names: Vec<&str> = tables.iter().take(20).map(|it| it.name.as_str()).collect();
        names.join(", ")
    };
    let all: Vec<&Table> = tables.iter().collect();
    let wrong = |reason: String| Err(ImportError::table(&request.name, reason));
    if let Some(given) = &request.table {
        return match tables.iter().find(|it| it.name == *given) {
            Some(it) => Ok(Choice::given(it.name.clone())),
            None => wrong(format!(
                "has no table {given:?}: its tables are {}",
                listed(&all)
            )),
        };
    }
    // a view shows what tables hold, so tables come first
    for (is_view, what) in [(false, "table"), (true, "view")] {
        let of_bars = all.iter().copied();
        let of_bars: Vec<&Table> = of_bars
            .filter(|it| it.is_view == is_view && names_bars(&it.columns))
            .collect();
        match of_bars.as_slice() {
            [] => {}
            [only] if all.len() == 1 => {
                return Ok(Choice::sure(only.name.clone(), format!("the only {what}")));
            }
            [only] => {
                let why = format!("the only {what} with columns of bars");
                return Ok(Choice::sure(only.name.clone(), why));
            }
            several => {
                return wrong(format!(
                    "has several {what}s with columns of bars: say which it is of {}",
                    listed(several)
                ));
            }
        }
    }
    match all.as_slice() {
        [] => wrong("has no tables: there is nothing to read".to_owned()),
        [only] => Ok(Choice::sure(only.name.clone(), "the only table")),
        several => wrong(format!(
            "has no table with columns of bars: say which it is; its tables are {}",
            listed(several)
        )),
    }
}

/// A value by its own type, which in SQLite may differ from that of its column.
fn cell(row: &SqliteRow, index: usize, rows: &mut Rows<'_, '_>) -> Result<(), sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        rows.cell(Cell::Empty);
        return Ok(());
    }
    match value.type_info().name() {
        "INTEGER" => rows.cell(Cell::Int(row.try_get_unchecked(index)?)),
        "REAL" => rows.cell(Cell::Float(row.try_get_unchecked(index)?)),
        "TEXT" => rows.cell(Cell::Text(row.try_get_unchecked::<&[u8], _>(index)?)),
        _ => rows.cell(Cell::Text(
            format!("bytes in {}", row.column(index).name()).as_bytes(),
        )),
    }
    Ok(())
}
