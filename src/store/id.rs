//! A UUID as a column: `UUID` on `PostgreSQL`, 16 bytes on `SQLite`. Hand-written, because it is all the gateway
//! would use of sqlx's `uuid` feature.

use sqlx::Decode;
use sqlx::Encode;
use sqlx::Postgres;
use sqlx::Sqlite;
use sqlx::Type;
use sqlx::ValueRef;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArgumentBuffer;
use sqlx::postgres::PgHasArrayType;
use sqlx::postgres::PgTypeInfo;
use sqlx::postgres::PgValueFormat;
use sqlx::postgres::PgValueRef;
use sqlx::postgres::types::Oid;
use sqlx::sqlite::SqliteArgumentsBuffer;
use sqlx::sqlite::SqliteTypeInfo;
use sqlx::sqlite::SqliteValueRef;
use uuid::Uuid;

/// `PostgreSQL`'s fixed type numbers of `uuid` and `uuid[]` (its `pg_type.dat`).
const UUID: Oid = Oid(2950);
const UUID_ARRAY: Oid = Oid(2951);

/// A UUID as a column or argument.
#[derive(Debug, Clone, Copy)]
pub(super) struct Id(pub(super) Uuid);

/// Ids as arguments.
pub(super) fn ids(uuids: &[Uuid]) -> Vec<Id> {
    uuids.iter().copied().map(Id).collect()
}

impl Type<Postgres> for Id {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UUID)
    }
}

impl PgHasArrayType for Id {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UUID_ARRAY)
    }
}

impl Encode<'_, Postgres> for Id {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Id {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => Ok(Self(Uuid::from_slice(value.as_bytes()?)?)),
            PgValueFormat::Text => Ok(Self(value.as_str()?.parse()?)),
        }
    }
}

impl Type<Sqlite> for Id {
    fn type_info() -> SqliteTypeInfo {
        <[u8] as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Id {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <&[u8] as Encode<'_, Sqlite>>::encode(self.0.as_bytes().as_slice(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Id {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        debug_assert!(!value.is_null());
        Ok(Self(Uuid::from_slice(
            <&[u8] as Decode<'r, Sqlite>>::decode(value)?,
        )?))
    }
}
