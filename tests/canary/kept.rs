//! What the gateway keeps: every byte of its store, the tables that hold nothing about people, and its files.

use crate::place::Place;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;
use std::path::PathBuf;

/// Tables about messages and callers, where nothing about a person has a place. The others hold records, which is
/// their purpose, or what is sealed.
const SPEAK_OF_NOBODY: [&str; 4] = ["audit", "deliveries", "webhooks", "api_keys"];

/// Every byte the store wrote: the files of `SQLite`, every row of every table of `PostgreSQL`.
pub async fn store(place: &Place, folder: &Path) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = files(&folder.join("data"))
        .iter()
        .map(|file| std::fs::read(file).unwrap_or_default())
        .collect();
    if let Place::Postgres(_, url) = place {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let tables =
            sqlx::query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'");
        for table in tables.fetch_all(&mut connection).await.unwrap() {
            let table: String = table.get(0);
            all.push(rows(&mut connection, &table).await);
        }
        connection.close().await.unwrap();
    }
    all
}

/// The rows of the tables that speak of nobody, as text.
pub async fn tables(place: &Place, folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    match place {
        Place::Sqlite(_) => {
            let file = folder.join("data").join("schakel.db");
            let options = SqliteConnectOptions::new().filename(file);
            let mut connection = options.connect().await.unwrap();
            for table in SPEAK_OF_NOBODY {
                all.push(lines(&mut connection, table).await);
            }
            connection.close().await.unwrap();
        }
        Place::Postgres(_, url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            for table in SPEAK_OF_NOBODY {
                all.push(rows(&mut connection, table).await);
            }
            connection.close().await.unwrap();
        }
    }
    all
}

async fn rows(connection: &mut sqlx::PgConnection, table: &str) -> Vec<u8> {
    let query = format!("SELECT row_to_json(t)::text FROM \"{table}\" t");
    let rows = sqlx::query(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
        .unwrap();
    let text: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    format!("{table}\n{}", text.join("\n")).into_bytes()
}

async fn lines(connection: &mut SqliteConnection, table: &str) -> Vec<u8> {
    let query = format!(
        "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') FROM pragma_table_info('{table}')"
    );
    let columns: String = sqlx::query(AssertSqlSafe(query))
        .fetch_one(&mut *connection)
        .await
        .unwrap()
        .get(0);
    let query = format!("SELECT {columns} FROM {table}");
    let rows = sqlx::query(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
        .unwrap();
    let text: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    format!("{table}\n{}", text.join("\n")).into_bytes()
}

/// Every file in a folder and the folders in it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        }
        all.push(path);
    }
    all
}
