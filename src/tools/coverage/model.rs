use crate::canonical::Kind;
use crate::mapping::RecordRole;
use crate::mapping::plan::Act;
use crate::schema::Attribute;
use crate::schema::Owner;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::tools::Subject;
use crate::tools::coverage::Lacking;
use crate::tools::subject::Walked;
use std::collections::BTreeSet;

/// What becomes of the attributes of the kinds that a mapping touches.
#[derive(Default)]
pub(super) struct Attributes {
    pub covered: usize,
    pub unfilled: Vec<Lacking>,
    pub open: Vec<Lacking>,
}

/// An attribute that a rule fills or carries, and whether it surely has a value.
struct Filled {
    kind: Kind,
    path: String,
    surely: bool,
    group: bool,
}

/// What the schema requires of what rules fill, and that they can leave empty coming in.
pub(in crate::tools) fn open(subject: &Subject<'_>, rules: &[Walked<'_>]) -> Vec<Lacking> {
    attributes(subject, rules, true).open
}

/// The attributes of the kinds that rules of one direction touch.
pub(super) fn attributes(subject: &Subject<'_>, rules: &[Walked<'_>], inward: bool) -> Attributes {
    let filled = filled(rules, inward);
    let mut found = Attributes::default();
    let kinds: BTreeSet<Kind> = filled.iter().map(|one| one.kind).collect();
    for kind in kinds {
        if inward && subject.mapping.role(kind) == RecordRole::Reference {
            continue;
        }
        let one = Model {
            kind,
            schemas: subject.schemas,
            filled: filled.iter().filter(|one| one.kind == kind).collect(),
        };
        one.look("", &mut found);
        if inward {
            one.required(&mut found.open);
        } else {
            one.stopping(rules, &mut found.open);
        }
    }
    found
}

fn filled(rules: &[Walked<'_>], inward: bool) -> Vec<Filled> {
    let mut found = Vec::new();
    for walked in rules {
        let rule = walked.rule;
        if !(if inward { rule.inward } else { rule.outward }) {
            continue;
        }
        let given = match &rule.act {
            Act::Field(field) => rule.required || field.default.is_some(),
            Act::Set(..) => true,
            // of several attributes none is sure
            Act::Spread(_) => false,
            Act::Constant(_) | Act::Group(_) => rule.required,
        };
        for (kind, path) in walked.attributes() {
            found.push(Filled {
                kind,
                path,
                surely: given && rule.when_in.is_none(),
                group: matches!(rule.act, Act::Group(_)),
            });
        }
    }
    found
}

struct Model<'a> {
    kind: Kind,
    schemas: &'a Schemas,
    filled: Vec<&'a Filled>,
}

impl Model<'_> {
    fn parts(&self, above: &str) -> impl Iterator<Item = &Attribute> {
        self.schemas
            .attributes(self.kind)
            .iter()
            .filter(move |attribute| match attribute.path.rsplit_once('/') {
                None => above.is_empty(),
                Some((before, _)) => before == above,
            })
    }

    /// Counts what is filled below a path, and names what is not: a group of which nothing is filled once.
    fn look(&self, above: &str, found: &mut Attributes) {
        for attribute in self.parts(above) {
            let path = &attribute.path;
            if attribute.owner == [Owner::Gw] || attribute.shape == Shape::Uuid {
                continue;
            }
            let within = self.within(path);
            if self.is_filled(path) || within && self.is_party(path) {
                found.covered += 1;
            } else if !within {
                found.unfilled.push(self.lacking(attribute));
            } else if attribute.shape == Shape::List {
                self.look(&format!("{path}/*"), found);
            } else {
                self.look(path, found);
            }
        }
    }

    /// Whether a rule fills the attribute as a whole.
    fn is_filled(&self, path: &str) -> bool {
        self.filled.iter().any(|one| !one.group && one.path == path)
    }

    /// Whether a rule fills the attribute or something of it.
    fn within(&self, path: &str) -> bool {
        self.filled.iter().any(|one| {
            one.path == path
                || one
                    .path
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// Of a party any one of its marks will do.
    fn is_party(&self, path: &str) -> bool {
        self.schemas
            .attribute(self.kind, &format!("{path}/oin"))
            .is_some()
    }

    /// What the schema requires and rules can leave empty: of the record, and of the groups that rules fill.
    fn required(&self, found: &mut Vec<Lacking>) {
        for attribute in self.schemas.attributes(self.kind) {
            let path = attribute.path.as_str();
            let above = path
                .rsplit_once('/')
                .map(|(above, _)| above.trim_end_matches("/*"));
            let is_required = match above {
                None => self
                    .schemas
                    .required(self.kind)
                    .iter()
                    .any(|name| name == path),
                Some(above) => attribute.required && self.within(above),
            };
            let surely = self.filled.iter().any(|one| {
                one.surely
                    && (one.path == path
                        || one
                            .path
                            .strip_prefix(path)
                            .is_some_and(|rest| rest.starts_with('/')))
            });
            let gateway =
                attribute.owner == [Owner::Gw] || self.schemas.fills_itself(self.kind, path);
            if is_required && !surely && !gateway && !path.ends_with('*') {
                found.push(self.lacking(attribute));
            }
        }
    }

    /// Going out: rules that stop a delivery without a value, whose attribute may be empty.
    fn stopping(&self, rules: &[Walked<'_>], found: &mut Vec<Lacking>) {
        for walked in rules
            .iter()
            .filter(|walked| walked.rule.outward && walked.rule.required)
        {
            let Some((kind, path)) = walked.attributes().into_iter().next() else {
                continue;
            };
            let attribute = self
                .schemas
                .attribute(kind, &path)
                .filter(|_| kind == self.kind);
            let Some(attribute) = attribute else { continue };
            let top = path.split('/').next().unwrap_or_default();
            let always = if path.contains('/') {
                attribute.required || self.schemas.fills_itself(kind, top)
            } else {
                self.schemas.required(kind).contains(&path)
            };
            if !always {
                found.push(self.lacking(attribute));
            }
        }
    }

    fn lacking(&self, attribute: &Attribute) -> Lacking {
        Lacking {
            attribute: Lacking::name(self.kind, &attribute.path),
            title: attribute.title.clone(),
            class: attribute.klasse.as_str(),
        }
    }
}
