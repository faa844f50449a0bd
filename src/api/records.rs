//! What `/v1/organisaties` and `/v1/overeenkomsten` share: records that an operator keeps, and that an organisation
//! sees when they are its own.

use crate::access::Caller;
use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::paging::next_page;
use crate::api::problem::CREATED;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::document::At;
use crate::document::Fault;
use crate::document::Place;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

const JSON: &str = "application/json";
/// Scopes that let a key read what its own organisation is and shares. `webhook` alone reads nothing.
const READ: [Scope; 4] = [
    Scope::BerichtenLezen,
    Scope::PostvakLezen,
    Scope::MappingsLezen,
    Scope::Beheer,
];
/// Longest number of an agreement, in characters.
const NUMBER_MAX: usize = 100;

/// How a kind of record is addressed.
#[derive(Clone, Copy)]
pub struct Collection {
    /// The kind.
    pub kind: Kind,
    /// The attribute that is its address.
    pub key: &'static str,
    /// Where the collection is, and the member that holds its list.
    pub name: &'static str,
}

impl Collection {
    fn path(self) -> String {
        format!("/v1/{}", self.name)
    }

    /// Whether a key can be an address: letters, digits, `.`, `_` and `-`, so that it needs no encoding.
    fn addresses(self, key: &str) -> bool {
        if self.kind == Kind::Organisatie {
            return OrgCode::parse(key).is_ok();
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        (1..=NUMBER_MAX).contains(&key.len())
            && key.bytes().all(plain)
            && key.starts_with(|c: char| c.is_ascii_alphanumeric())
    }

    /// Whether a record is the caller's to see.
    fn shows(self, record: &Record, caller: &Caller) -> bool {
        let is_caller = |attribute: &str| {
            record.get(attribute).and_then(Value::as_str) == Some(caller.org.as_str())
        };
        let own = match self.kind {
            Kind::Overeenkomst => is_caller("opdrachtgever") || is_caller("uitvoerder"),
            _ => is_caller(self.key),
        };
        own || caller.may(Scope::Beheer)
    }
}

/// A part of the list that the caller may see.
pub async fn list(api: Arc<Api>, call: Call, request: Request, of: Collection) -> Reply {
    let headers = request.headers();
    let caller = api.admit(&call, headers, &READ).await?;
    negotiate::accepts(headers, JSON)?;
    let mut input = Input::of(request.uri(), headers);
    let after = input.query_as(
        "cursor",
        |key| of.addresses(key).then(|| key.to_owned()),
        "Gebruik een cursor zoals de gateway die gaf in de header `Link`.",
        "Use a cursor as the gateway gave it in the header `Link`.",
    );
    let limit = input.limit();
    input.finish()?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(&call, async move { gateway.records(of.kind).await });
    let found = found.await??.into_iter();
    let key_of = |record: &Record| {
        record
            .get(of.key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let mut shown: Vec<(String, Record)> = found
        .filter(|record| of.shows(record, &caller))
        .filter_map(|record| Some((key_of(&record)?, record)))
        .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
        .collect();
    shown.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = shown.len() > limit as usize;
    shown.truncate(limit as usize);
    let last = shown.last().map(|(key, _)| key.clone());
    let records: Vec<Value> = shown.into_iter().map(|(_, r)| Value::Object(r)).collect();
    let mut response = reply(OK, &json!({ of.name: records }));
    if more {
        next_page(&mut response, &of.path(), last, limit, "");
    }
    Ok(response)
}

/// One record that the caller may see.
pub async fn get(
    api: Arc<Api>,
    call: Call,
    key: String,
    request: Request,
    of: Collection,
) -> Reply {
    let headers = request.headers();
    let caller = api.admit(&call, headers, &READ).await?;
    negotiate::accepts(headers, JSON)?;
    Input::of(request.uri(), headers).finish()?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(&call, async move {
        if !of.addresses(&key) {
            return Ok(None);
        }
        gateway.record(of.kind, &key).await
    });
    let found = found.await??.filter(|record| of.shows(record, &caller));
    let record = found.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    Ok(reply(OK, &record))
}

/// Adds or replaces a record; for the operator.
pub async fn put(
    api: Arc<Api>,
    call: Call,
    key: String,
    request: Request,
    of: Collection,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let caller = api.admit(&call, headers, &[Scope::Beheer]).await?;
    negotiate::accepts(headers, JSON)?;
    let mut input = Input::of(&parts.uri, headers);
    if !of.addresses(&key) {
        input.add(vec![key_fault(
            of,
            "sleutel.vorm",
            "De code of het nummer in het adres heeft niet de goede vorm: kleine letters, cijfers en `-`; bij een nummer ook hoofdletters, `.` en `_`.",
            "The code or number in the address does not have the right form: lower-case letters, digits and `-`; a number may also have capitals, `.` and `_`.",
        )]);
    }
    let mut record: Record = api.json(headers, body, None, input).await?;
    let named = record.entry(of.key).or_insert_with(|| json!(key));
    if named != key.as_str() {
        return Err(Problem::invalid(vec![key_fault(
            of,
            "sleutel.anders",
            "Dit is niet de code of het nummer in het adres.",
            "This is not the code or number in the address.",
        )]));
    }
    let location = format!("{}/{key}", of.path());
    let gateway = Arc::clone(&api.gateway);
    let kept = api.run(&call, async move {
        gateway
            .put_record(&caller.actor(), of.kind, &key, record)
            .await
    });
    let kept = kept.await??;
    let status = if kept.created { CREATED } else { OK };
    let mut response = reply(status, &kept.record);
    if kept.created
        && let Ok(location) = HeaderValue::from_str(&location)
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn key_fault(of: Collection, code: &'static str, nl: &str, en: &str) -> Fault {
    let pointer = format!("/{}", of.key);
    let at = At::default();
    Fault::refused(code, Place::Json { pointer, at }, nl, en)
}
