use crate::canonical::Kind;
use crate::mapping::codec::is_rfc3339;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::rule::Within;
use crate::mapping::diagnostic::nearest;
use crate::mapping::intake::Shelved;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Target;
use crate::mapping::plan::pointer;
use crate::mapping::slots::UNNUMBERED;
use crate::mapping::syntax::Span;
use crate::schema::Limits;
use crate::schema::Shape;
use jiff::civil::Date;
use serde_json::Value as Json;

/// The parts of a party on the envelope.
const PARTY: [&str; 5] = ["code", "naam", "oin", "kvk", "gemeentecode"];

impl Compiler<'_> {
    /// The attribute that a path names, as it stands in the schema.
    pub(super) fn target(
        &mut self,
        text: &str,
        span: &Span,
        within: &Within,
        ways: (bool, bool),
    ) -> Option<Target> {
        match within {
            Within::Item(items) => {
                let kind = items.kind;
                self.attribute(Owner::Item(kind), kind, &items.path, text, span)
            }
            Within::Element => {
                let (first, rest) = text.split_once('.').unwrap_or((text, ""));
                if first == "bericht" {
                    return self.envelope(rest, span, ways);
                }
                let Some(kind) = Kind::parse(first) else {
                    self.unknown_kind(first, span);
                    return None;
                };
                self.attribute(Owner::Record(kind), kind, "", rest, span)
            }
        }
    }

    fn attribute(
        &mut self,
        owner: Owner,
        kind: Kind,
        base: &str,
        text: &str,
        span: &Span,
    ) -> Option<Target> {
        let path = text.replace('.', "/");
        let full = if base.is_empty() {
            path.clone()
        } else {
            format!("{base}/{path}")
        };
        let Some(attribute) = self
            .schemas
            .attribute(kind, &full)
            .filter(|_| !path.contains('*'))
        else {
            self.unknown_attribute(kind, base, &path, span);
            return None;
        };
        let mut shape = attribute.shape.clone();
        if shape == Shape::List {
            let item = self.schemas.attribute(kind, &format!("{full}/*"));
            shape = item.map_or(Shape::Object, |item| item.shape.clone());
        }
        Some(Target {
            owner,
            segments: path.split('/').map(Box::from).collect(),
            pointer: self.texts.of(&pointer(path.split('/'))),
            shape,
            slot: UNNUMBERED,
            shelved: Shelved::NOWHERE,
        })
    }

    /// Whether the target is a list.
    pub(super) fn is_list(&self, target: &Target, within: &Within) -> bool {
        let found = Self::path_of(target, within);
        found.is_some_and(|(kind, path)| self.is_list_at(kind, &path))
    }

    fn is_list_at(&self, kind: Kind, path: &str) -> bool {
        let attribute = self.schemas.attribute(kind, path);
        attribute.is_some_and(|attribute| attribute.shape == Shape::List)
    }

    /// The path of an attribute within its record; none for the envelope.
    fn path_of(target: &Target, within: &Within) -> Option<(Kind, String)> {
        let (kind, base) = match (target.owner, within) {
            (Owner::Record(kind), _) => (kind, String::new()),
            (Owner::Item(kind), Within::Item(items)) => (kind, format!("{}/", items.path)),
            _ => return None,
        };
        Some((kind, format!("{base}{}", target.segments.join("/"))))
    }

    /// What the shared model takes at a target, of a list at an item of it, beyond what its shape makes sure of.
    pub(super) fn limits(&self, target: &Target, within: &Within) -> Option<Limits> {
        let judged = matches!(
            target.shape,
            Shape::Text { .. } | Shape::Code(_) | Shape::Integer { .. }
        );
        let (kind, mut path) = Self::path_of(target, within).filter(|_| judged)?;
        if self.is_list_at(kind, &path) {
            path.push_str("/*");
        }
        self.schemas.limits(kind, &path)
    }

    pub(super) fn unknown_attribute(&mut self, kind: Kind, base: &str, path: &str, span: &Span) {
        let prefix = if base.is_empty() {
            String::new()
        } else {
            format!("{base}/")
        };
        let known: Vec<String> = self
            .schemas
            .attributes(kind)
            .iter()
            .filter_map(|attribute| attribute.path.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        let near =
            nearest(path, known.iter().map(String::as_str)).map(|near| near.replace('/', "."));
        let remedy = near.map_or_else(
            || {
                (
                    format!("Zie schemas/{kind}.json voor wat er is."),
                    format!("See schemas/{kind}.json for what there is."),
                )
            },
            |near| {
                (
                    format!("Bedoelt u `{near}`?"),
                    format!("Did you mean `{near}`?"),
                )
            },
        );
        self.report.error(
            "M012",
            span,
            (
                &format!(
                    "`{kind}` heeft geen attribuut `{}`.",
                    path.replace('/', ".")
                ),
                &format!("`{kind}` has no attribute `{}`.", path.replace('/', ".")),
            ),
            (&remedy.0, &remedy.1),
        );
    }

    /// The pseudo record `bericht`: the envelope coming in, the context going out.
    fn envelope(
        &mut self,
        path: &str,
        span: &Span,
        (inward, outward): (bool, bool),
    ) -> Option<Target> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let party = PARTY.contains(&rest);
        let (reads, writes, shape) = match (first, rest) {
            ("referentie", "") => (true, true, Shape::Text { max: 255 }),
            ("verzonden", "") => (true, true, Shape::Timestamp),
            ("aflevering" | "afzender", "") => (true, false, Shape::Text { max: 255 }),
            ("afzender", _) if party => (true, true, Shape::Text { max: 255 }),
            ("ontvanger", _) if party => (false, true, Shape::Text { max: 255 }),
            ("id" | "soort", "") => (false, true, Shape::Text { max: 255 }),
            ("aantal", "") => (
                false,
                true,
                Shape::Integer {
                    min: 0,
                    max: i64::MAX,
                    counts: None,
                },
            ),
            _ => (false, false, Shape::Object),
        };
        let tables = self.format.is_table();
        if inward && (!reads || tables) || outward && !writes {
            self.report.error(
                "M034",
                span,
                (
                    &format!("`bericht.{path}` kan in deze richting niet."),
                    &format!("`bericht.{path}` is not possible in this direction."),
                ),
                (
                    "Naar binnen: referentie, verzonden, afzender, aflevering; naar buiten ook id, soort, aantal, ontvanger. Zet zo nodig `direction` bij de regel.",
                    "Coming in: referentie, verzonden, afzender, aflevering; going out also id, soort, aantal, ontvanger. Give the rule a `direction` where needed.",
                ),
            );
            return None;
        }
        Some(Target {
            owner: Owner::Envelope,
            segments: path.split('.').map(Box::from).collect(),
            pointer: self.texts.of(&format!("/{}", path.replace('.', "/"))),
            shape,
            slot: UNNUMBERED,
            shelved: Shelved::NOWHERE,
        })
    }

    /// Whether a canonical value can stand at a target.
    pub(super) fn fits(&self, shape: &Shape, value: &Json) -> bool {
        let text = value.as_str();
        match shape {
            Shape::Text { max } => text.is_some_and(|text| text.chars().count() <= *max),
            Shape::Integer { min, max, .. } => value
                .as_i64()
                .is_some_and(|number| (*min..=*max).contains(&number)),
            Shape::Boolean => value.is_boolean(),
            Shape::Date => text.is_some_and(|text| text.parse::<Date>().is_ok()),
            Shape::Timestamp => text.is_some_and(is_rfc3339),
            Shape::Code(list) => text.is_some_and(|text| {
                self.schemas
                    .code_list(list)
                    .is_some_and(|list| list.contains(text))
            }),
            Shape::ClockTime | Shape::Uuid => text.is_some(),
            Shape::PartialDate => value.get("jaar").is_some_and(Json::is_i64),
            Shape::List | Shape::Object => false,
        }
    }
}
