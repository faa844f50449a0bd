use crate::adapters::is_ncname;
use crate::adapters::spelled;
use crate::document::Format;
use crate::document::Name;
use crate::document::Spelled;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::column_named;
use crate::mapping::decode::XSI_NIL;
use crate::mapping::finder::Number;
use crate::mapping::plan::Each;
use crate::mapping::plan::Keyed;
use crate::mapping::plan::Path;
use crate::mapping::plan::Source;
use crate::mapping::plan::folded;
use crate::mapping::plan::pointer;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use std::sync::Arc;

/// Most steps of a path: the depth of a document is limited too.
const STEPS_MAX: usize = 32;
/// Last column of a workbook.
const COLUMN_MAX: usize = 16_384;

impl Compiler<'_> {
    /// The source of a rule or condition. `within_group`: paths from the root have no meaning there.
    pub(super) fn source(&mut self, text: &str, span: &Span, within_group: bool) -> Option<Source> {
        if text == "." {
            return Some(Source::Here);
        }
        if self.format == Format::FixedWidth {
            self.bad_path(
                span,
                "Bij vaste breedte staat een waarde op een `position`.",
                "At fixed width a value stands at a `position`.",
            );
            return None;
        }
        if self.format.is_table() {
            if folded(text).is_empty() {
                self.bad_path(
                    span,
                    "Een kop kan niet leeg zijn.",
                    "A header cannot be empty.",
                );
                return None;
            }
            return Some(Source::Column(column_named(
                &mut self.columns,
                &mut self.texts,
                text,
            )));
        }
        match text.strip_prefix('/') {
            Some(_) if within_group => {
                self.bad_path(
                    span,
                    "Binnen een groep begint een pad bij het onderdeel, niet bij de wortel.",
                    "Within a group a path starts at the item, not at the root.",
                );
                None
            }
            Some(rest) => self.path(rest, span).map(Source::Root),
            None => match text.strip_prefix("../") {
                Some(_) if within_group || !self.around => {
                    self.no_around(
                        span,
                        "Een pad met `../` begint bij wat er om het element staat, en dat noemt deze mapping niet (of deze regel gaat over een onderdeel van een groep).",
                        "A path with `../` starts at what stands around the element, and this mapping does not name that (or this rule is about an item of a group).",
                    );
                    None
                }
                Some(rest) => self.path(rest, span).map(Source::Around),
                None => self.path(text, span).map(Source::Path),
            },
        }
    }

    /// What stands around the element is not named, or cannot be what is named.
    pub(super) fn no_around(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M120",
            span,
            (nl, en),
            (
                "Geef in [xml] met `around` het begin van `element` op, bijvoorbeeld het element met de persoon.",
                "Give in [xml] with `around` the beginning of `element`, for example the element with the person.",
            ),
        );
    }

    /// The path from the root to what repeats; empty is the root itself.
    pub(super) fn element_path(&mut self, text: &str, span: &Span) -> Path {
        if text.is_empty() {
            return Path::default();
        }
        let path = self.path(text, span).unwrap_or_default();
        if path.keyed.is_some() || path.chosen.is_some() {
            self.bad_keyed(span);
        }
        let source = Source::Root(path);
        self.not_each(&source, span);
        match source {
            Source::Root(path) => path,
            _ => Path::default(),
        }
    }

    fn path(&mut self, text: &str, span: &Span) -> Option<Path> {
        let marked = steps(text);
        let parts: Vec<&str> = marked.iter().map(|step| step.name).collect();
        if parts.len() > STEPS_MAX
            || parts
                .iter()
                .any(|part| part.trim().is_empty() || matches!(*part, "." | ".."))
        {
            self.bad_path(
                span,
                "Dit pad heeft een lege stap, een stap terug of te veel stappen.",
                "This path has an empty step, a step back or too many steps.",
            );
            return None;
        }
        let (parts, repeats) = self.repeating(parts, span)?;
        let each = |label: &dyn Fn(&[&str]) -> usize| {
            repeats.map(|steps| {
                let label = label(&parts[..steps]);
                Box::new(Each { steps, label })
            })
        };
        if self.format == Format::Json {
            let names = parts
                .iter()
                .map(|part| Name::clone(self.texts.of(part).name()));
            let steps: Box<[Name]> = names.collect();
            let label = pointer(parts.iter().copied());
            let each = each(&|parts| pointer(parts.iter().copied()).len());
            let (keyed, chosen) = self.keyed(&marked, &parts, span)?;
            let label = keyed.as_ref().map_or(label, |keyed| keyed.lead.clone());
            return Some(Path {
                steps,
                label: self.texts.of(&label),
                each,
                keyed,
                chosen,
                number: Number::default(),
            });
        }
        let last = parts.len() - 1;
        let mut steps = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            if part.starts_with('@') && index != last {
                self.bad_path(
                    span,
                    "Een attribuut (@) kan alleen de laatste stap zijn.",
                    "An attribute (@) can only be the last step.",
                );
                return None;
            }
            steps.push(self.xml_step(part, span)?);
        }
        let (keyed, chosen) = self.keyed(&marked, &parts, span)?;
        let mut label = String::new();
        for (step, name) in marked.iter().zip(&parts) {
            label = label + "/" + name;
            if let Some(Mark { key, text, .. }) = step.mark.filter(|mark| !mark.or_first) {
                label = format!("{label}[{key}='{text}']");
            }
        }
        Some(Path {
            steps: steps.into(),
            label: self.texts.of(&label),
            each: each(&|parts| parts.join("/").len() + 1),
            keyed,
            chosen,
            number: Number::default(),
        })
    }

    /// Which of the items that repeat at a step is meant, and which is meant rather than the first; none is a mistake.
    fn keyed(&mut self, marked: &[Step<'_>], parts: &[&str], span: &Span) -> Option<Meant> {
        let mut found = marked
            .iter()
            .enumerate()
            .filter_map(|(at, step)| Some((at, step.mark?)));
        let Some((
            at,
            Mark {
                key,
                text,
                or_first,
            },
        )) = found.next()
        else {
            return Some((None, None));
        };
        let alone = found.next().is_none() && marked.iter().all(|step| !step.name.ends_with("[]"));
        let name = key.trim_start_matches('@');
        if !alone || name.is_empty() || text.is_empty() || key.contains('/') {
            self.bad_keyed(span);
            return None;
        }
        let (lead, rest) = parts.split_at(at + 1);
        let (key, lead, rest) = if self.format == Format::Json {
            let (lead, rest) = (lead.iter().copied(), rest.iter().copied());
            (Arc::from(key), pointer(lead), pointer(rest))
        } else {
            let written = |parts: &[&str]| {
                parts
                    .iter()
                    .fold(String::new(), |text, part| text + "/" + part)
            };
            (self.xml_step(key, span)?, written(lead), written(rest))
        };
        let meant = Box::new(Keyed {
            at,
            key,
            text: text.to_owned(),
            lead,
            rest,
        });
        Some(if or_first {
            (None, Some(meant))
        } else {
            (Some(meant), None)
        })
    }

    /// A rule or condition takes a single value of what repeats: in XML an attribute can be the key of the value itself.
    pub(super) fn check_keyed(&mut self, source: &Source, span: &Span) {
        if let Some(keyed) = source.keyed().or_else(|| source.chosen())
            && keyed.rest.is_empty()
            && !keyed.key.starts_with('@')
        {
            self.bad_keyed(span);
        }
    }

    pub(super) fn bad_keyed(&mut self, span: &Span) {
        self.report.error(
            "M058",
            span,
            (
                "Hier kan geen sleutel staan, of zij is onvolledig.",
                "There can be no key here, or it is incomplete.",
            ),
            (
                "Schrijf `lijst[naam=sleutel]/waarde` of (XML) `element[@naam=sleutel]`, één keer per pad, in een gewone regel of voorwaarde.",
                "Write `list[name=key]/value` or (XML) `element[@name=key]`, once for each path, in a plain rule or condition.",
            ),
        );
    }

    /// The steps without the `[]` behind the one that repeats, and how many there are up to and including that one.
    fn repeating<'p>(
        &mut self,
        mut parts: Vec<&'p str>,
        span: &Span,
    ) -> Option<(Vec<&'p str>, Option<usize>)> {
        let mut repeats = None;
        let last = parts.len() - 1;
        for (index, part) in parts.iter_mut().enumerate() {
            let Some(name) = part.strip_suffix("[]") else {
                continue;
            };
            if index == last || repeats.is_some() || name.is_empty() || name.starts_with('@') {
                self.bad_path(
                    span,
                    "`[]` staat eenmaal, achter het onderdeel dat zich herhaalt, en er komt nog een stap na.",
                    "`[]` stands once, behind the part that repeats, and another step follows it.",
                );
                return None;
            }
            *part = name;
            repeats = Some(index + 1);
        }
        Some((parts, repeats))
    }

    /// Refuses a path with `[]` where one value is meant.
    pub(super) fn not_each(&mut self, source: &Source, span: &Span) {
        if source.each().is_some() {
            self.bad_path(
                span,
                "`[]` hoort bij een regel waarvan het doel een lijst van waarden is.",
                "`[]` belongs to a rule whose target is a list of values.",
            );
        }
    }

    /// `rei:klant` or `@StUF:x` with its prefix resolved.
    pub(super) fn xml_step(&mut self, text: &str, span: &Span) -> Option<Name> {
        let (mark, name) = text
            .strip_prefix('@')
            .map_or(("", text), |name| ("@", name));
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declares = mark == "@" && prefix.is_empty() && local == "xmlns";
        if !is_ncname(local) || declares {
            self.no_name(text, span);
            return None;
        }
        // An attribute without prefix is in no namespace, whatever the default namespace is.
        if prefix.is_empty()
            && (mark == "@" || !self.namespaces.iter().any(|(known, _)| known.is_empty()))
        {
            return Some(self.step(format!("{mark}{local}")));
        }
        let uri = self
            .namespaces
            .iter()
            .find(|(known, _)| known == prefix)
            .map(|(_, uri)| uri);
        let Some(uri) = uri else {
            self.no_prefix(prefix, span);
            return None;
        };
        let name = format!("{mark}{{{uri}}}{local}");
        Some(self.step(name))
    }

    /// A name that documents have, shared by all the paths that have it.
    fn step(&mut self, name: String) -> Name {
        if let Some(known) = self.steps.get(name.as_str()) {
            return Name::clone(known);
        }
        let name = Name::from(name);
        self.steps.insert(Name::clone(&name));
        name
    }

    /// How the names of its paths are written with some namespaces.
    pub(super) fn spelled(&self, namespaces: &[(String, String)]) -> Arc<Spelled> {
        let nil = Name::from(XSI_NIL);
        Arc::new(spelled(namespaces, self.steps.iter().chain([&nil])))
    }

    /// What cannot be called so in XML.
    pub(super) fn no_name(&mut self, text: &str, span: &Span) {
        self.report.error(
            "M084",
            span,
            (
                &format!("`{text}` kan in XML zo niet heten."),
                &format!("`{text}` cannot be called so in XML."),
            ),
            (
                "Een naam bestaat uit letters, cijfers, `_`, `-` en `.`, begint met een letter of `_`, en heeft hoogstens één voorvoegsel; `xmlns` en `xml` zijn van XML zelf.",
                "A name is made of letters, digits, `_`, `-` and `.`, begins with a letter or `_`, and has at most one prefix; `xmlns` and `xml` are XML's own.",
            ),
        );
    }

    pub(super) fn no_prefix(&mut self, prefix: &str, span: &Span) {
        self.report.error(
            "M015",
            span,
            (
                &format!("Het voorvoegsel `{prefix}` is niet opgegeven."),
                &format!("The prefix `{prefix}` is not declared."),
            ),
            (
                "Voeg het toe aan `namespaces` in [xml].",
                "Add it to `namespaces` in [xml].",
            ),
        );
    }

    /// What a rule adds to its column: other spellings, a letter, whether it must be there.
    pub(super) fn refine_column(
        &mut self,
        rule: &Table,
        source: &Source,
        ways: (bool, bool),
        required: bool,
    ) {
        let column = match source {
            Source::Column(index) if self.format != Format::FixedWidth => Some(*index),
            _ => None,
        };
        let Some(index) = column else {
            if let Source::Column(index) = source {
                self.columns[*index].inward |= ways.0;
                self.columns[*index].outward |= ways.1;
            }
            for key in ["aliases", "column"] {
                if let Some(item) = rule.get(key) {
                    let span = item.span.clone();
                    self.bad_path(
                        &span,
                        "`aliases` en `column` zijn er alleen voor tabellen met koppen.",
                        "`aliases` and `column` are for tables with headers only.",
                    );
                }
            }
            return;
        };
        let aliases = self.report.texts(rule, "aliases");
        self.no_blank(rule, "aliases", &aliases);
        let letter = self.report.text(rule, "column").map(column_number);
        if letter == Some(None) {
            let span = rule.get("column").map_or(0..0, |item| item.span.clone());
            self.bad_path(
                &span,
                "Dit is geen kolomletter.",
                "This is no column letter.",
            );
        }
        for alias in aliases {
            let name = folded(&alias);
            let taken = self
                .columns
                .iter()
                .position(|column| column.names.contains(&name));
            match taken {
                Some(other) if other != index => {
                    let span = rule.get("aliases").map_or(0..0, |item| item.span.clone());
                    self.report.error(
                        "M033",
                        &span,
                        (
                            &format!("De kop `{alias}` hoort al bij een andere kolom."),
                            &format!("The header `{alias}` already belongs to another column."),
                        ),
                        (
                            "Laat een kop bij een kolom horen.",
                            "Let a header belong to one column.",
                        ),
                    );
                }
                Some(_) => {}
                None => self.columns[index].names.push(name),
            }
        }
        if let Some(letter) = letter.flatten() {
            let span = rule.get("column").map_or(0..0, |item| item.span.clone());
            self.check_letter(index, letter, &span);
        }
        let column = &mut self.columns[index];
        column.letter = letter.flatten().or(column.letter);
        column.required |= required && ways.0;
        column.inward |= ways.0;
        column.outward |= ways.1;
    }

    /// Whether no other column has this letter, and this one no other.
    fn check_letter(&mut self, index: usize, letter: usize, span: &Span) {
        let mut columns = self.columns.iter().enumerate();
        let other = columns.find(|(at, column)| {
            let other = column.letter;
            other.is_some_and(|other| (*at == index) != (other == letter))
        });
        let Some((at, other)) = other else {
            return;
        };
        let (own, header) = (at == index, other.header.to_string());
        let (nl, en) = if own {
            (
                format!("De kolom `{header}` heeft in een andere regel een andere letter."),
                format!("The column `{header}` has another letter in another rule."),
            )
        } else {
            (
                format!("Deze kolomletter hoort al bij `{header}`."),
                format!("This column letter already belongs to `{header}`."),
            )
        };
        self.report.error(
            "M033",
            span,
            (&nl, &en),
            (
                "Geef elke kolom een eigen letter, overal dezelfde.",
                "Give each column a letter of its own, the same everywhere.",
            ),
        );
    }

    pub(super) fn bad_path(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M014",
            span,
            (nl, en),
            (
                "Paden staan in hoofdstuk 4 van mappings/README.md.",
                "Paths are in chapter 4 of mappings/README.md.",
            ),
        );
    }
}

/// What stands behind the key of an item that is meant rather than the first.
const OR_FIRST: &str = " or first";

/// The item with a key, and the item that has one rather than the first.
type Meant = (Option<Box<Keyed>>, Option<Box<Keyed>>);

/// A step as a mapping writes it: its name, and the key of the item that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step<'t> {
    name: &'t str,
    mark: Option<Mark<'t>>,
}

/// Between the brackets of a step: a key and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark<'t> {
    key: &'t str,
    text: &'t str,
    /// Without an item that has it, the first is meant.
    or_first: bool,
}

/// The steps of a path. Between brackets a slash is text.
fn steps(text: &str) -> Vec<Step<'_>> {
    let mut within = false;
    let parts = text.split(|letter| {
        within = letter == '[' || within && letter != ']';
        letter == '/' && !within
    });
    let step = |part| {
        let marked = |part: &'_ str| -> Option<(usize, usize)> {
            let open = part.find('[')?;
            let equals = part.get(open..)?.find('=')?;
            part.ends_with(']').then_some((open, open + equals))
        };
        let plain = Step {
            name: part,
            mark: None,
        };
        marked(part).map_or(plain, |(open, equals)| {
            let text = part[equals + 1..part.len() - 1].trim();
            let rather = text.strip_suffix(OR_FIRST).map(str::trim);
            let (text, or_first) = (rather.unwrap_or(text), rather.is_some());
            let bare = text
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''));
            let mark = Mark {
                key: part[open + 1..equals].trim(),
                text: bare.unwrap_or(text),
                or_first,
            };
            Step {
                name: &part[..open],
                mark: Some(mark),
            }
        })
    };
    parts.map(step).collect()
}

/// The number of a column letter, from 0.
fn column_number(letters: &str) -> Option<usize> {
    let number = letters.bytes().try_fold(0_usize, |sum, letter| {
        let digit = letter
            .is_ascii_uppercase()
            .then(|| usize::from(letter - b'A') + 1)?;
        Some(sum * 26 + digit).filter(|sum| *sum <= COLUMN_MAX)
    })?;
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::Mark;
    use super::Step;
    use super::column_number;
    use super::steps;

    #[test]
    fn a_step_may_name_the_key_of_what_is_meant() {
        let step = |name, mark: Option<(_, _)>| Step {
            name,
            mark: mark.map(|(key, text)| Mark {
                key,
                text,
                or_first: false,
            }),
        };
        for (text, expected) in [
            ("a/b", vec![step("a", None), step("b", None)]),
            (
                "a[n=x]/b",
                vec![step("a", Some(("n", "x"))), step("b", None)],
            ),
            ("a[@S:n = 'M/V']", vec![step("a", Some(("@S:n", "M/V")))]),
            ("a[n=]", vec![step("a", Some(("n", "")))]),
            ("a[n]/b", vec![step("a[n]", None), step("b", None)]),
            ("a[n", vec![step("a[n", None)]),
        ] {
            assert_eq!(steps(text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_may_be_meant_rather_than_the_first() {
        for (text, expected, or_first) in [
            ("a[n=x or first]/b", "x", true),
            ("a[n='x or first']/b", "x or first", false),
            ("a[n='x' or first]/b", "x", true),
            ("a[n=or first]/b", "or first", false),
        ] {
            let mark = steps(text)[0].mark.expect("a key");
            assert_eq!((mark.text, mark.or_first), (expected, or_first), "{text}");
        }
    }

    #[test]
    fn a_column_letter_is_a_number_from_zero() {
        assert_eq!(column_number("A"), Some(0));
        assert_eq!(column_number("AI"), Some(34));
        for bad in ["", "a", "A1", "ZZZZZZ"] {
            assert_eq!(column_number(bad), None, "{bad}");
        }
    }
}
