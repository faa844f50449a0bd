//! The steps of the schema, in the binary. A step that has been released is never edited; a change is a new step.
//! Each database applies its missing steps in one transaction under a lock, so several gateways may start at once.

use super::StoreError;
use super::StoreResult;

/// One step of the schema.
pub(super) struct Step {
    pub(super) version: i64,
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

/// Every step, in order.
pub(super) const STEPS: [Step; 4] = [
    Step {
        version: 1,
        sqlite: include_str!("migrations/0001_sqlite.sql"),
        postgres: include_str!("migrations/0001_postgres.sql"),
    },
    Step {
        version: 2,
        sqlite: include_str!("migrations/0002_sqlite.sql"),
        postgres: include_str!("migrations/0002_postgres.sql"),
    },
    Step {
        version: 3,
        sqlite: include_str!("migrations/0003_sqlite.sql"),
        postgres: include_str!("migrations/0003_postgres.sql"),
    },
    Step {
        version: 4,
        sqlite: include_str!("migrations/0004_sqlite.sql"),
        postgres: include_str!("migrations/0004_postgres.sql"),
    },
];

/// The schema version this binary works with.
pub(super) const NEWEST: i64 = STEPS[STEPS.len() - 1].version;

pub(super) const CREATE_VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)";

pub(super) const ADD_VERSION: &str = "INSERT INTO schema_versions (version) VALUES ($1)";

/// The steps a database at this version still needs.
pub(super) fn missing(found: Option<i64>) -> StoreResult<impl Iterator<Item = &'static Step>> {
    let found = found.unwrap_or(0);
    if found > NEWEST {
        return Err(newer(found));
    }
    Ok(STEPS.iter().filter(move |step| step.version > found))
}

/// Whether a database at this version fits this binary.
pub(super) fn fits(found: Option<i64>) -> StoreResult<()> {
    match found {
        Some(NEWEST) => Ok(()),
        Some(found) if found > NEWEST => Err(newer(found)),
        found => Err(StoreError::Migration(format!(
            "the database is at version {}, this binary needs {NEWEST}: run `schakel migrate`",
            found.unwrap_or(0)
        ))),
    }
}

fn newer(found: i64) -> StoreError {
    StoreError::Migration(format!(
        "the database is at version {found}, this binary knows up to {NEWEST}: use a newer one"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_gets_what_it_misses_and_a_newer_one_is_refused() {
        let versions = |found| -> Vec<i64> {
            missing(found)
                .map(|steps| steps.map(|step| step.version).collect())
                .unwrap_or_default()
        };
        assert_eq!(versions(None).last(), Some(&NEWEST));
        assert_eq!(versions(Some(NEWEST)), [0_i64; 0]);
        assert!(missing(Some(NEWEST + 1)).is_err());
        assert!(fits(Some(NEWEST)).is_ok());
        for found in [None, Some(0), Some(NEWEST + 1)] {
            assert!(matches!(fits(found), Err(StoreError::Migration(_))));
        }
    }

    #[test]
    fn the_steps_count_up_from_one() {
        assert!(
            STEPS
                .iter()
                .zip(1..)
                .all(|(step, version)| step.version == version)
        );
    }
}
