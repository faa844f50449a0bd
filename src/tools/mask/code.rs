//! Codes: which of them anybody may know, and what stands for those that say too much.

use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::schema::Klasse;
use crate::schema::Restriction;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::tools::mask::draw::Draw;
use crate::tools::mask::draw::MaskKey;
use crate::tools::mask::form::codec;
use crate::tools::mask::uses::Use;
use serde_json::Value as Json;

/// The code lists, and the key that other codes follow from.
pub(super) struct Codes<'m> {
    pub key: &'m MaskKey,
    pub schemas: &'m Schemas,
}

impl Codes<'_> {
    /// Whether anybody may know a value: a code that is not restricted, a small number that only counts.
    pub(super) fn is_public(&self, used: &Use<'_>, text: &str, number: bool) -> bool {
        let attribute = used.attribute;
        let cell = if number {
            Cell::Number(text)
        } else {
            Cell::Text(text)
        };
        let value = match codec(used) {
            Some(codec) => match codec.decode(cell, None) {
                Ok(taken) => taken.value.ok(),
                Err(_) => None,
            },
            None if number => text.parse::<i64>().ok().map(Json::from),
            None => Some(Json::from(text)),
        };
        let Some(value) = value else { return false };
        match (&value, &attribute.shape) {
            (Json::Bool(_), _) => !sensitive(used, ""),
            (_, Shape::Integer { .. }) => {
                let counts =
                    used.key || attribute.klasse == Klasse::A || attribute.path.ends_with("/*");
                counts && text.len() < 3
            }
            (Json::String(code), _) => {
                let listed = match &attribute.code_list {
                    Some(name) => self
                        .schemas
                        .code_list(name)
                        .is_some_and(|list| list.contains(code)),
                    None => matches!(codec(used), Some(Codec::Table(_))),
                };
                listed && !sensitive(used, code)
            }
            _ => false,
        }
    }

    /// Another code for one that says too much: the same for the same code, and never two for one.
    pub(super) fn other(&self, text: &str, used: &Use<'_>, number: bool) -> Option<String> {
        let cell = if number {
            Cell::Number(text)
        } else {
            Cell::Text(text)
        };
        let value = match codec(used) {
            Some(codec) => codec.decode(cell, None).ok()?.value.ok()?,
            None => Json::from(text),
        };
        let spelled = |value: &Json| match codec(used) {
            Some(codec) => codec
                .encode(value)
                .ok()
                .map(|written| written.text().to_owned()),
            None => value.as_str().map(str::to_owned),
        };
        if value.is_boolean() {
            return spelled(&Json::Bool(false));
        }
        let listed = used.attribute.code_list.as_deref();
        let listed = listed.and_then(|name| self.schemas.code_list(name));
        let all: Vec<Json> = match (codec(used), listed) {
            (_, Some(list)) => list
                .codes
                .iter()
                .map(|code| Json::from(code.code.as_str()))
                .collect(),
            (Some(Codec::Table(table)), None) => table.values().cloned().collect(),
            _ => return None,
        };
        let open = |value: &Json| {
            let code = value.as_str().unwrap_or_default();
            !is_restricted(used, code) && spelled(value).is_some()
        };
        let open: Vec<&Json> = all.iter().filter(|value| open(value)).collect();
        let own = all.iter().position(|known| *known == value)?;
        let mut draw = Draw::new(self.key, "code", &used.attribute.path, 0);
        let step = draw.below(open.len().saturating_sub(1)) + 1;
        let here = open.iter().position(|known| **known == value);
        let next = open.get((here.unwrap_or(own) + step) % open.len().max(1))?;
        (**next != value).then(|| spelled(next))?
    }
}

/// Whether a code of an attribute says more than its class lets be known.
fn sensitive(used: &Use<'_>, code: &str) -> bool {
    matches!(used.attribute.klasse, Klasse::D | Klasse::N | Klasse::Bsn)
        || used.attribute.restricted == Restriction::Whole
        || is_restricted(used, code)
}

/// Whether it is one of the codes that are restricted among others that are not.
fn is_restricted(used: &Use<'_>, code: &str) -> bool {
    match &used.attribute.restricted {
        Restriction::Codes(codes) => codes.iter().any(|one| one == code),
        Restriction::None | Restriction::Whole => false,
    }
}
