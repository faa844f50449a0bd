//! Rules whose value stands at several places: `sources`, with the codecs that make one value of them.

use crate::mapping::codec::Codec;
use crate::mapping::codec::TableCodec;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::codec::Chosen;
use crate::mapping::compile::rule::Parts;
use crate::mapping::compile::rule::Within;
use crate::mapping::parts::CODES;
use crate::mapping::parts::Join;
use crate::mapping::parts::PartKind;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Source;
use crate::mapping::plan::Spread;
use crate::mapping::plan::Target;
use crate::mapping::syntax::AND;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Shape;
use serde_json::Value as Json;
use std::collections::HashSet;

/// Most places that one value stands at.
const SOURCES_MAX: usize = 16;

/// What one value is made of.
pub(super) struct Several {
    pub join: Join,
    pub kinds: Vec<PartKind>,
}

impl Compiler<'_> {
    /// Where the parts of a rule's value stand, `sources` or `positions`. The texts are how the mapping writes them.
    pub(super) fn places_of(
        &mut self,
        table: &Table,
        key: &str,
        within_group: bool,
    ) -> (Option<Vec<Source>>, Vec<String>) {
        let Some(item) = table.get(key) else {
            return (None, Vec::new());
        };
        let items: &[Item] = match &item.value {
            Toml::List(items) => items,
            _ => &[],
        };
        if table.has("source") || table.has("position") || !(2..=SOURCES_MAX).contains(&items.len())
        {
            self.not_several(
                &item.span,
                &format!("`{key}` is een lijst van 2 tot {SOURCES_MAX} plaatsen, en staat er in plaats van één."),
                &format!("`{key}` is a list of 2 to {SOURCES_MAX} places, and stands there instead of one."),
            );
            return (None, Vec::new());
        }
        let mut sources = Vec::with_capacity(items.len());
        let mut names = Vec::with_capacity(items.len());
        for one in items {
            // Each is looked at as a rule of its own would be.
            let mut alone = table.clone();
            alone
                .entries
                .retain(|entry| !matches!(entry.key.as_str(), "sources" | "positions"));
            alone.put(key.trim_end_matches('s'), one);
            let (source, name) = self.place_of(&alone, within_group);
            sources.push(source);
            names.extend(name);
        }
        let Some(sources) = sources.into_iter().collect::<Option<Vec<Source>>>() else {
            return (None, Vec::new());
        };
        let twice = (1..sources.len()).any(|at| sources[..at].contains(&sources[at]));
        let start = |source: &Source| (source.is_root(), source.is_around());
        let apart = sources
            .iter()
            .any(|source| start(source) != start(&sources[0]));
        let here = sources.contains(&Source::Here);
        let padded = |source| self.slot_of(source).map(|slot| slot.zeros);
        let uneven = sources
            .iter()
            .any(|source| padded(source) != padded(&sources[0]));
        if twice || here || uneven || apart {
            self.not_several(
                &item.span,
                "Dit zijn geen verschillende plaatsen in hetzelfde onderdeel, die op dezelfde manier zijn aangevuld.",
                "These are no different places in the same part that are padded in the same way.",
            );
            return (None, Vec::new());
        }
        (Some(sources), names)
    }

    /// The attributes of `targets`.
    pub(super) fn targets_of(
        &mut self,
        table: &Table,
        texts: &[String],
        within: &Within,
        ways: (bool, bool),
    ) -> Option<Vec<Target>> {
        let span = table.get("targets").map_or(0..0, |item| item.span.clone());
        let targets: Option<Vec<Target>> = texts
            .iter()
            .map(|text| self.target(text, &span, within, ways))
            .collect();
        let targets = targets?;
        let alike =
            |target: &Target| target.owner == targets[0].owner && target.owner != Owner::Envelope;
        let twice = (1..targets.len()).any(|at| {
            targets[..at]
                .iter()
                .any(|other| other.pointer == targets[at].pointer)
        });
        let fits = (2..=SOURCES_MAX).contains(&targets.len());
        if !fits || twice || table.has("target") || !targets.iter().all(alike) {
            self.not_several(
                &span,
                &format!("`targets` is een lijst van 2 tot {SOURCES_MAX} attributen van één record (of onderdeel), en staat er in plaats van `target`."),
                &format!("`targets` is a list of 2 to {SOURCES_MAX} attributes of one record (or item), and stands there instead of `target`."),
            );
            return None;
        }
        Some(targets)
    }

    /// A text that is several attributes together: `targets` with `compose`.
    pub(super) fn spread(
        &mut self,
        table: &Table,
        within: &Within,
        parts: &Parts,
        targets: Vec<Target>,
    ) -> Option<Spread> {
        let span = &parts.span;
        let options = match table.get("codec").map(|item| &item.value) {
            Some(Toml::Table(options)) if options.plain_text("codec") == Some("compose") => options,
            _ => {
                self.not_several(
                    span,
                    "Meer doelen worden één tekst met `compose`.",
                    "Several targets become one text with `compose`.",
                );
                return None;
            }
        };
        let join = self.join(options, &["codec", "separator", "gaps"])?;
        let lone = parts.others.is_empty() && !parts.source.is_root();
        if !lone || table.has("default") || table.has("invalid") {
            self.not_several(
                span,
                "Bij `targets` hoort één plaats in het element, zonder `default` en `invalid`.",
                "With `targets` belongs one place in the element, without `default` and `invalid`.",
            );
        }
        if parts.ways.0 && !join.comes_apart() {
            self.report.error(
                "M056",
                span,
                (
                    "Deze tekst is niet in delen te splitsen.",
                    "This text cannot be split into parts.",
                ),
                (
                    "Geef de regel `direction = \"out\"`; of een `separator` die meer is dan spaties, en geen `gaps = \"skip\"`.",
                    "Give the rule `direction = \"out\"`; or a `separator` that is more than spaces, and no `gaps = \"skip\"`.",
                ),
            );
        }
        let mut plain = table.clone();
        plain.entries.retain(|entry| entry.key != "codec");
        let whole = self.field(&plain, within, parts, targets.first()?.clone())?;
        let mut read = Vec::with_capacity(targets.len());
        for target in targets {
            let list = self.is_list(&target, within);
            let chosen = self.codec_of(None, &target.shape, span)?;
            if list || !matches!(chosen.codec, Codec::Text(_)) {
                self.mismatch("compose", span);
            }
            read.push((target, chosen.codec));
        }
        Some(Spread {
            whole,
            targets: read,
            join,
        })
    }

    /// The codecs `compose` and `choice`; none for another name.
    pub(super) fn several(
        &mut self,
        name: &str,
        options: &Table,
        shape: &Shape,
        list: bool,
        span: &Span,
        sources: usize,
    ) -> Option<Chosen> {
        if sources < 2 || list {
            self.not_several(
                span,
                &format!("`{name}` maakt één waarde van meer plaatsen."),
                &format!("`{name}` makes one value of several places."),
            );
            return None;
        }
        if name == "compose" {
            return self.compose(options, shape, span);
        }
        self.choice(options, shape, span, sources)
    }

    fn compose(&mut self, options: &Table, shape: &Shape, span: &Span) -> Option<Chosen> {
        let join = self.join(options, &["codec", "separator", "gaps", "of"])?;
        let inner = self.codec_of(options.get("of"), shape, span)?;
        if inner.many != Many::One || inner.indicator.is_some() || inner.several.is_some() {
            self.not_several(
                span,
                "Wat van delen is gemaakt is één waarde, zonder indicator.",
                "What is made of parts is one value, without an indicator.",
            );
            return None;
        }
        Some(Chosen {
            several: Some(Several {
                join,
                kinds: Vec::new(),
            }),
            ..inner
        })
    }

    /// How `compose` makes parts one text.
    fn join(&mut self, options: &Table, known: &[&str]) -> Option<Join> {
        self.report.known_keys(options, known);
        let separator = self.report.required_text(options, "separator")?.to_owned();
        let keep = self
            .report
            .word(options, "gaps", &[("keep", true), ("skip", false)], true);
        Some(if keep && !separator.trim().is_empty() {
            Join::Apart(separator)
        } else {
            Join::Run(separator)
        })
    }

    fn choice(
        &mut self,
        options: &Table,
        shape: &Shape,
        span: &Span,
        sources: usize,
    ) -> Option<Chosen> {
        self.report
            .known_keys(options, &["codec", "choices", "unknown", "fold"]);
        let unknown = self.unknown(options);
        let fold = self.report.boolean(options, "fold", false);
        if !options.has("choices") {
            self.report.missing("choices", span);
            return None;
        }
        let mut pairs = Vec::new();
        let mut shown = Vec::new();
        let mut kinds = vec![None; sources];
        let mut seen = HashSet::new();
        for row in self.report.tables(options, "choices") {
            self.report.known_keys(row, &["is", "value"]);
            let place = row.place();
            let Some(value) = row.get("value").and_then(Item::json) else {
                self.report.missing("value", &place);
                continue;
            };
            let parts = row.get("is").and_then(|item| combination(item, &mut kinds));
            let texts: Vec<&str> = parts.iter().flatten().map(|text| text.trim()).collect();
            let code = texts.join(CODES);
            let empty = texts.iter().all(|text| text.is_empty());
            let folded = if fold {
                code.to_lowercase()
            } else {
                code.clone()
            };
            if texts.len() != sources || empty || !seen.insert(folded) {
                self.bad_combination(&place, sources);
                continue;
            }
            shown.push((texts.join(AND), value.clone()));
            pairs.push((code, value));
        }
        self.check_codes(&shown, shape, span);
        let kinds = kinds.into_iter().map(|kind| kind.unwrap_or(PartKind::Text));
        Some(Chosen {
            codec: Codec::Table(Box::new(TableCodec::new(&pairs, fold, false))),
            many: Many::One,
            indicator: None,
            unknown,
            several: Some(Several {
                join: Join::Codes,
                kinds: kinds.collect(),
            }),
        })
    }

    /// Several places and a codec belong together; and what cannot be taken apart does not go out.
    pub(super) fn check_several(
        &mut self,
        span: &Span,
        sources: usize,
        several: Option<&Several>,
        outward: bool,
    ) {
        match several {
            None if sources > 1 => self.not_several(
                span,
                "Van meer plaatsen wordt één waarde gemaakt met `compose` of `choice`.",
                "One value is made of several places with `compose` or `choice`.",
            ),
            Some(several) if outward && !several.join.comes_apart() => self.report.error(
                "M056",
                span,
                (
                    "Wat hier van delen is gemaakt is niet meer in delen te splitsen.",
                    "What is made of parts here cannot be split into parts again.",
                ),
                (
                    "Geef de regel `direction = \"in\"`; of een `separator` die meer is dan spaties, en geen `gaps = \"skip\"`.",
                    "Give the rule `direction = \"in\"`; or a `separator` that is more than spaces, and no `gaps = \"skip\"`.",
                ),
            ),
            _ => {}
        }
    }

    fn not_several(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M055",
            span,
            (nl, en),
            (
                "Zie hoofdstuk 4 van mappings/README.md, meer plaatsen.",
                "See chapter 4 of mappings/README.md, several places.",
            ),
        );
    }

    fn bad_combination(&mut self, span: &Span, sources: usize) {
        self.report.error(
            "M057",
            span,
            (
                "Deze combinatie is onvolledig, leeg, of staat er al.",
                "This combination is incomplete, empty, or there already.",
            ),
            (
                &format!("Geef `is` {sources} teksten, elke combinatie één keer; \"\" is een plaats zonder waarde."),
                &format!("Give `is` {sources} texts, each combination once; \"\" is a place without a value."),
            ),
        );
    }
}

/// The texts of one combination. A column of booleans or numbers alone goes out as such.
fn combination(item: &Item, kinds: &mut [Option<PartKind>]) -> Option<Vec<String>> {
    let Toml::List(items) = &item.value else {
        return None;
    };
    let mut texts = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let (text, kind) = match item.json()? {
            Json::String(text) => (text, PartKind::Text),
            Json::Number(number) => (number.to_string(), PartKind::Number),
            Json::Bool(value) => (value.to_string(), PartKind::Boolean),
            _ => return None,
        };
        if let Some(known) = kinds.get_mut(index).filter(|_| !text.is_empty()) {
            let same = known.is_none_or(|known| known == kind);
            *known = Some(if same { kind } else { PartKind::Text });
        }
        if text.contains(CODES) {
            return None;
        }
        texts.push(text);
    }
    Some(texts)
}
