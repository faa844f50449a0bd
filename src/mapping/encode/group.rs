use crate::document::Fault;
use crate::document::Format;
use crate::document::Place;
use crate::mapping::encode::Here;
use crate::mapping::encode::Item;
use crate::mapping::encode::Writer;
use crate::mapping::encode::no_place;
use crate::mapping::encode::sink::Items;
use crate::mapping::encode::sink::Sink;
use crate::mapping::encode::value;
use crate::mapping::encode::value::Piece;
use crate::mapping::nested::get;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Many;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use serde_json::Map;
use serde_json::Value as Json;

impl<'v> Writer<'v> {
    /// The item that a group of one item (`source = "."`) is about: the first that has its constants.
    pub(super) fn chosen(
        group: &Group,
        here: Here<'_, 'v>,
        taken: &[(&Group, usize)],
    ) -> Option<(usize, &'v Map<String, Json>)> {
        let items = here.value(&group.target)?.as_array()?;
        items.iter().enumerate().find_map(|(index, item)| {
            let item = item.as_object()?;
            let tagged = Self::is_tagged(group, item);
            let free = !taken.iter().any(|(other, used)| {
                *used == index && other.target.pointer == group.target.pointer
            });
            (tagged && free).then_some((index, item))
        })
    }

    /// Whether an item has what the mapping sets in each item of a group.
    pub(super) fn is_tagged(group: &Group, item: &Map<String, Json>) -> bool {
        group.rules.iter().all(|rule| match &rule.act {
            Act::Set(target, value) => get(item, &target.segments) == Some(value),
            _ => true,
        })
    }

    /// Reports items that no group of one item took.
    pub(super) fn check_taken(
        rules: &[Rule],
        taken: &[(&Group, usize)],
        here: Here<'_, '_>,
        faults: &mut Vec<Fault>,
    ) {
        let mut seen: Vec<&str> = Vec::new();
        for rule in rules {
            let (Act::Group(group), Source::Here, true) = (&rule.act, &rule.source, rule.outward)
            else {
                continue;
            };
            if group.rows.is_some() || seen.contains(&&*group.target.pointer) {
                continue;
            }
            seen.push(&group.target.pointer);
            let items = here
                .value(&group.target)
                .and_then(Json::as_array)
                .map_or(0, Vec::len);
            let used = taken
                .iter()
                .filter(|(other, _)| other.target.pointer == group.target.pointer)
                .count();
            if used < items {
                faults.push(no_place(here.place(&group.target)));
            }
        }
    }

    /// Writes what the rules of a group say of an item.
    pub(super) fn fill_item(
        &self,
        group: &'v Group,
        here: Here<'_, 'v>,
        sink: &mut Sink<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) {
        self.fill(&group.rules, |_| true, here, sink, faults);
    }

    /// Whether an item is written with something by which it is recognised when it is read. What is only written needs
    /// nothing.
    pub(super) fn is_recognised(&self, group: &'v Group, here: Here<'_, 'v>) -> bool {
        let mut keys = group
            .key_rules
            .iter()
            .filter_map(|rule| group.rules.get(*rule));
        group.key_rules.is_empty()
            || keys.any(|rule| {
                let value = |target: &Target| here.value(target);
                // what the mapping sets is there whatever is written
                let set = rule.inward && matches!(rule.act, Act::Set(..));
                set || rule.outward
                    && Self::holds(rule, here)
                    && match &rule.act {
                        Act::Field(field) => value(&field.target).is_some_and(|value| {
                            field.many != Many::One || self.written(rule, field, value).is_ok()
                        }),
                        act => act
                            .targets()
                            .into_iter()
                            .any(|target| value(target).is_some()),
                    }
            })
    }

    pub(super) fn group(
        &self,
        rule: &'v Rule,
        group: &'v Group,
        here: Here<'_, 'v>,
        sink: &mut Sink<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece<'v>> {
        let items = here.value(&group.target).and_then(Json::as_array);
        let items = items.map_or(&[][..], Vec::as_slice);
        let (piece, count) = if items.is_empty() {
            (None, 0)
        } else if let Sink::Json(stream) = sink {
            let mark = stream.mark();
            let mut count = 0;
            stream.list(rule.source.split().0, |stream| {
                let mut into = Items::Json(stream, None);
                count = self.items(group, items, here, &mut into, faults);
            });
            if count == 0 {
                stream.back(mark);
            }
            (None, count)
        } else {
            let mut into = Items::Nodes(Vec::with_capacity(items.len()));
            let count = self.items(group, items, here, &mut into, faults);
            let piece = match into {
                Items::Nodes(nodes) if count > 0 => Some(Piece::Items(nodes)),
                Items::Nodes(_) | Items::Json(..) => None,
            };
            (piece, count)
        };
        if count == 0 && rule.required {
            faults.push(value::missing(here.place(&group.target)));
        }
        piece
    }

    /// Writes items, and counts those that say something.
    fn items(
        &self,
        group: &'v Group,
        items: &'v [Json],
        here: Here<'_, 'v>,
        into: &mut Items<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) -> usize {
        let Some((kind, list)) = here.pointer(&group.target) else {
            return 0;
        };
        let xml = self.plan.format == Format::Xml;
        let mut count = 0;
        let mut found = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Some(values) = item.as_object() else {
                continue;
            };
            group.slots.find_next(values, &mut found);
            let inner = here.of(Item {
                kind,
                values,
                base: (&list, Some(index)),
                found: &found,
            });
            // an item of which the format can say nothing would come back as none
            if !into.another(xml, |sink| self.fill_item(group, inner, sink, faults)) {
                continue;
            }
            if self.is_recognised(group, inner) {
                Self::check_item_set(&group.rules, inner, faults);
                count += 1;
            } else {
                into.take_back();
                let pointer = format!("{kind}{list}/{index}");
                faults.push(nameless(Place::Record {
                    pointer,
                    number: None,
                }));
            }
        }
        count
    }
}

/// An item that nobody would recognise is not sent: read again, it would refuse everything around it.
pub(super) fn nameless(place: Place) -> Fault {
    Fault::remark(
        "uit.sleutel",
        place,
        "Een onderdeel heeft niets waaraan het in dit formaat wordt herkend; het is niet geschreven.",
        "An item has nothing by which it is recognised in this format; it was not written.",
    )
}
