use crate::document::Sentence;
use crate::schema::Attribute;
use crate::schema::Counts;
use crate::schema::Klasse;
use crate::schema::Owner;
use crate::schema::Restriction;
use crate::schema::SchemaError;
use crate::schema::Shape;
use crate::schema::TextUse;
use crate::schema::ordered::ORDER;
use serde_json::Map;
use serde_json::Value;

/// Every attribute of an expanded schema, groups before their parts, in the order of the schema.
///
/// Refuses what would leave a field half said: a property or item without a Dutch and English title, a field whose
/// owner or class is neither its own nor its group's, a text, number or list without limits, an open object.
pub(super) fn attributes(file: &str, schema: &Value) -> Result<Vec<Attribute>, SchemaError> {
    let mut walk = Walk {
        file,
        attributes: Vec::new(),
    };
    let root = schema
        .as_object()
        .ok_or_else(|| walk.broken("", "a schema is an object"))?;
    walk.title("", root)?;
    walk.parts("", root, &Inherited::default())?;
    Ok(walk.attributes)
}

/// The attributes a complete record (or group) must have.
pub(super) fn required(schema: &Value) -> Vec<String> {
    texts(schema.get("required"))
}

/// What a part takes from its group.
#[derive(Default, Clone)]
struct Inherited {
    owner: Option<Vec<Owner>>,
    klasse: Option<Klasse>,
    tiles: Vec<String>,
    restricted: Restriction,
    tells_address: bool,
}

struct Walk<'a> {
    file: &'a str,
    attributes: Vec<Attribute>,
}

impl Walk<'_> {
    /// The properties of an object.
    fn parts(
        &mut self,
        path: &str,
        schema: &Map<String, Value>,
        from: &Inherited,
    ) -> Result<(), SchemaError> {
        if !matches!(
            schema.get("additionalProperties"),
            Some(Value::Bool(false) | Value::Object(_))
        ) {
            return Err(self.broken(path, "additionalProperties is false or a schema"));
        }
        let required = texts(schema.get("required"));
        for name in texts(schema.get(ORDER)) {
            let part = schema.get("properties").and_then(|parts| parts.get(&name));
            let is_required = required.contains(&name);
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            self.attribute(&path, part.unwrap_or(&Value::Null), from, is_required)?;
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        path: &str,
        schema: &Value,
        from: &Inherited,
        required: bool,
    ) -> Result<(), SchemaError> {
        let schema = schema
            .as_object()
            .ok_or_else(|| self.broken(path, "a property is described by an object"))?;
        let title = self.title(path, schema)?;
        let own = self.own(path, schema, from)?;
        let (Some(owner), Some(klasse)) = (own.owner.clone(), own.klasse) else {
            return Err(self.broken(path, "x-eigenaar and x-klasse, its own or its group's"));
        };
        let shape = shape(schema).ok_or_else(|| {
            self.broken(
                path,
                "a type with limits: maxLength, minimum and maximum, maxItems; x-eenheid is minuten, eurocent or honderdste procent",
            )
        })?;
        let text = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
        self.attributes.push(Attribute {
            path: path.to_owned(),
            shape: shape.clone(),
            title,
            description: text("description"),
            owner,
            klasse,
            restricted: own.restricted.clone(),
            tells_address: own.tells_address,
            text: self.text_use(path, schema)?,
            code_list: text("x-codelijst"),
            tiles: own.tiles.clone(),
            required,
            max_items: size(schema, "maxItems"),
        });
        match shape {
            Shape::Object => self.parts(path, schema, &own),
            Shape::List => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                self.attribute(&format!("{path}/*"), items, &own, false)
            }
            _ => Ok(()),
        }
    }

    fn title(&self, path: &str, schema: &Map<String, Value>) -> Result<Sentence, SchemaError> {
        let text = |name: &str| {
            schema
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        match (text("title"), text("x-title-en")) {
            (Some(nl), Some(en)) => Ok(Sentence::new(nl, en)),
            _ => Err(self.broken(path, "title and x-title-en")),
        }
    }

    fn own(
        &self,
        path: &str,
        schema: &Map<String, Value>,
        from: &Inherited,
    ) -> Result<Inherited, SchemaError> {
        let mut own = from.clone();
        if let Some(owners) = schema.get("x-eigenaar") {
            let names = texts(Some(owners));
            let owners: Option<Vec<Owner>> = names.iter().map(|name| Owner::parse(name)).collect();
            own.owner = owners.filter(|owners| !owners.is_empty());
            if own.owner.is_none() {
                return Err(self.broken(path, "x-eigenaar is a list of G, U, O, P, W, K or GW"));
            }
        }
        if let Some(klasse) = schema.get("x-klasse") {
            own.klasse = klasse.as_str().and_then(Klasse::parse);
            if own.klasse.is_none() {
                return Err(self.broken(path, "x-klasse is A, B, B*, C, D, F or N"));
            }
        }
        if schema.contains_key("x-tegel") {
            own.tiles = texts(schema.get("x-tegel"));
        }
        if let Some(restricted) = schema.get("x-beperkt") {
            own.restricted = restriction(restricted, schema).ok_or_else(|| {
                self.broken(
                    path,
                    "x-beperkt is true or a list of codes of its code list",
                )
            })?;
        }
        if let Some(tells) = schema.get("x-adres") {
            own.tells_address = tells
                .as_bool()
                .ok_or_else(|| self.broken(path, "x-adres is true or false"))?;
        }
        Ok(own)
    }

    /// A text that the schema does not call a name or a number is prose, so that a new one is checked by itself.
    fn text_use(&self, path: &str, schema: &Map<String, Value>) -> Result<TextUse, SchemaError> {
        match schema.get("x-tekst").map(Value::as_str) {
            None if schema.contains_key("pattern") || schema.contains_key("format") => {
                Ok(TextUse::Number)
            }
            None => Ok(TextUse::Free),
            Some(Some("naam")) => Ok(TextUse::Name),
            Some(Some("nummer")) => Ok(TextUse::Number),
            Some(_) => Err(self.broken(path, "x-tekst is naam or nummer")),
        }
    }

    fn broken(&self, path: &str, expected: &str) -> SchemaError {
        SchemaError::Rule {
            file: self.file.to_owned(),
            at: path.to_owned(),
            reason: format!("expected {expected}"),
        }
    }
}

/// The shape a part of a schema describes, if it describes one completely.
fn shape(schema: &Map<String, Value>) -> Option<Shape> {
    let text = |name: &str| schema.get(name).and_then(Value::as_str);
    let number = |name: &str| schema.get(name).and_then(Value::as_i64);
    Some(match (text("type")?, text("x-vorm")) {
        ("object", Some("onvolledigeDatum")) => Shape::PartialDate,
        ("object", None) => Shape::Object,
        ("array", None) => {
            size(schema, "maxItems")?;
            Shape::List
        }
        ("boolean", None) => Shape::Boolean,
        ("integer", None) => Shape::Integer {
            min: number("minimum")?,
            max: number("maximum")?,
            counts: match text("x-eenheid") {
                None => None,
                Some(name) => Some(Counts::parse(name)?),
            },
        },
        ("string", Some("tijdstip")) => Shape::Timestamp,
        ("string", Some("kloktijd")) => Shape::ClockTime,
        ("string", None) => match (text("x-codelijst"), text("format")) {
            (Some(list), _) => Shape::Code(list.to_owned()),
            (None, Some("date")) => Shape::Date,
            (None, Some("uuid")) => Shape::Uuid,
            (None, _) => Shape::Text {
                max: size(schema, "maxLength")?,
            },
        },
        _ => return None,
    })
}

/// What `x-beperkt` says: everything, or some codes that the attribute can have.
fn restriction(said: &Value, schema: &Map<String, Value>) -> Option<Restriction> {
    if let Value::Bool(whole) = said {
        return whole.then_some(Restriction::Whole);
    }
    let codes = texts(Some(said));
    let known = schema.get("enum").and_then(Value::as_array)?;
    let all = said.as_array()?.len() == codes.len()
        && !codes.is_empty()
        && codes.iter().all(|code| known.iter().any(|one| one == code));
    all.then_some(Restriction::Codes(codes))
}

fn size(schema: &Map<String, Value>, name: &str) -> Option<usize> {
    usize::try_from(schema.get(name)?.as_u64()?).ok()
}

fn texts(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
