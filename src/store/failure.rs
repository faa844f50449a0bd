//! What a database's errors become, and how work is kept apart from the caller that may go away.

use super::StoreError;
use super::StoreResult;
use sqlx::error::DatabaseError;
use std::future::Future;
use tracing::Instrument;

/// Runs database work in a task of its own and waits for it. When the caller goes away (a client that hangs up),
/// the work still runs to its end: no sqlx future is ever dropped halfway, which is what would hand an open
/// transaction to the next user of a connection.
pub(super) async fn apart<T: Send + 'static>(
    work: impl Future<Output = StoreResult<T>> + Send + 'static,
) -> StoreResult<T> {
    tokio::spawn(work.in_current_span())
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable("a store task ended early".into())))
}

/// The store's error for one of sqlx's. A database's own message is never taken over: it may quote values. Its code
/// and the name of a constraint tell a developer enough.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    use sqlx::Error;
    match error {
        Error::Database(error) => from_database(error.as_ref()),
        Error::Io(error) => StoreError::Unavailable(format!("connection: {}", error.kind())),
        Error::Tls(_) => StoreError::Unavailable("TLS to the database fails".into()),
        Error::Configuration(_) => {
            StoreError::Unavailable("the database's settings are wrong".into())
        }
        Error::PoolTimedOut => StoreError::Unavailable("no connection came free in time".into()),
        Error::PoolClosed => StoreError::Unavailable("the store is closed".into()),
        Error::WorkerCrashed => StoreError::Unavailable("the database's thread ended".into()),
        Error::Protocol(_) => StoreError::Unavailable("the connection broke off".into()),
        Error::Encode(_) | Error::InvalidArgument(_) => {
            StoreError::Refused("a value cannot be written".into())
        }
        Error::ColumnDecode { index, .. } => StoreError::Corrupt(format!("column {index}")),
        _ => StoreError::Corrupt("an answer that does not fit the question".into()),
    }
}

fn from_database(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default().into_owned();
    let place = error
        .constraint()
        .map(|name| format!(" on {name}"))
        .unwrap_or_default();
    if error.as_error().is::<sqlx::postgres::PgDatabaseError>() {
        return from_sqlstate(&code, &place);
    }
    // The message of a missing table names the table, never a value.
    if error.message().starts_with("no such table") {
        return StoreError::Migration("a table is missing".into());
    }
    from_sqlite_code(code.parse().unwrap_or_default())
}

/// SQLSTATE classes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn from_sqlstate(code: &str, place: &str) -> StoreError {
    let text = format!("SQLSTATE {code}{place}");
    // Lock time-out, object in use, idle transaction ended, a standby.
    let busy = ["55P03", "55006", "25P03", "25006"].contains(&code);
    match (code.get(..2).unwrap_or_default(), code) {
        (_, "42P01" | "42703") => StoreError::Migration(text),
        (_, "XX001" | "XX002") => StoreError::Corrupt(text),
        // Connection, sign-in, unknown database, deadlock, resources, operator or time-out, system.
        ("08" | "28" | "3D" | "40" | "53" | "57" | "58" | "XX", _) => StoreError::Unavailable(text),
        _ if busy => StoreError::Unavailable(text),
        _ => StoreError::Refused(text),
    }
}

/// Result codes: <https://www.sqlite.org/rescode.html>; the low byte is the primary one.
fn from_sqlite_code(code: i32) -> StoreError {
    let text = format!("SQLite code {code}");
    match code & 0xff {
        // CORRUPT, NOTADB
        11 | 26 => StoreError::Corrupt(text),
        // SCHEMA
        17 => StoreError::Migration(text),
        // TOOBIG, CONSTRAINT, MISMATCH, RANGE
        18 | 19 | 20 | 25 => StoreError::Refused(text),
        // PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL, AUTH and the rest
        _ => StoreError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_whether_trying_again_helps() {
        let kind = |error: StoreError| match error {
            StoreError::Unavailable(_) => "unavailable",
            StoreError::Refused(_) => "refused",
            StoreError::Corrupt(_) => "corrupt",
            StoreError::Migration(_) => "migration",
        };
        let sqlstates = [
            ("23505", "refused"),
            ("22021", "refused"),
            ("54000", "refused"),
            ("57014", "unavailable"),
            ("57P01", "unavailable"),
            ("55P03", "unavailable"),
            ("40P01", "unavailable"),
            ("53300", "unavailable"),
            ("42P01", "migration"),
            ("XX001", "corrupt"),
            ("", "refused"),
        ];
        for (code, expected) in sqlstates {
            assert_eq!(kind(from_sqlstate(code, "")), expected, "{code}");
        }
        for (code, expected) in [
            (5, "unavailable"),
            (517, "unavailable"),
            (13, "unavailable"),
            (2067, "refused"),
            (11, "corrupt"),
        ] {
            assert_eq!(kind(from_sqlite_code(code)), expected, "{code}");
        }
    }
}
