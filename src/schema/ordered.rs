use serde::Deserialize;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;

/// The member that keeps the order in which a schema names its properties.
pub(super) const ORDER: &str = "x-volgorde";

/// Reads a schema. A JSON object here has no order, and the order of the properties is that in which people
/// read them; so beside every `properties` goes its order, as [`ORDER`]. A member that stands there twice is refused.
pub(super) fn read(text: &str) -> Result<Value, serde_json::Error> {
    Ok(serde_json::from_str::<Ordered>(text)?.value)
}

/// A value, with the names of its members in the order of the text if it is an object.
struct Ordered {
    value: Value,
    names: Vec<Value>,
}

impl From<Value> for Ordered {
    fn from(value: Value) -> Self {
        Self {
            value,
            names: Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrderedVisitor)
    }
}

struct OrderedVisitor;

impl<'de> Visitor<'de> for OrderedVisitor {
    type Value = Ordered;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Value::from(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Value::from(value).into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Value::from(value).into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(Value::from(value).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Ordered, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Ordered>()? {
            list.push(item.value);
        }
        Ok(Value::Array(list).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Ordered, A::Error> {
        let mut map = Map::new();
        let mut names = Vec::new();
        while let Some((name, member)) = members.next_entry::<String, Ordered>()? {
            if name == "properties" {
                map.insert(ORDER.to_owned(), Value::Array(member.names));
            }
            names.push(Value::from(name.as_str()));
            if map.insert(name, member.value).is_some() {
                return Err(A::Error::custom("a member stands there twice"));
            }
        }
        Ok(Ordered {
            value: Value::Object(map),
            names,
        })
    }
}
