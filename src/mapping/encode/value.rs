use crate::adapters::bytes_of;
use crate::adapters::fits_a_cell;
use crate::canonical::ValueState;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::codec::Note;
use crate::mapping::codec::Written;
use crate::mapping::decode::XSI_NIL;
use crate::mapping::encode::Here;
use crate::mapping::encode::Writer;
use crate::mapping::encode::no_place;
use crate::mapping::letters::clean;
use crate::mapping::letters::plain;
use crate::mapping::parts::PartKind;
use crate::mapping::parts::Parts;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::TestOut;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// Most characters of a cell of a workbook, as the program counts them.
const CELL_MAX: usize = 32_767;

/// What a rule has to write.
pub(crate) enum Piece {
    /// A value.
    One(Node),
    /// A value, and what stands at another place to say how it is meant.
    Both(Box<(Node, Source, Node)>),
    /// A list of values or items.
    Items(Vec<Node>),
    /// The parts of a value, each at its place.
    Parts(Vec<(Source, Node)>),
    /// A constant, which says nothing by itself.
    Constant(Node),
}

impl Piece {
    /// Where it goes.
    pub(super) fn sources<'a>(&'a self, rule: &'a Rule) -> impl Iterator<Item = &'a Source> {
        let (own, parts) = match self {
            Self::Parts(parts) => (None, parts.as_slice()),
            _ => (Some(&rule.source), &[][..]),
        };
        own.into_iter()
            .chain(parts.iter().map(|(source, _)| source))
    }
}

impl Writer<'_> {
    /// Whether a rule's condition holds.
    pub(crate) fn holds(rule: &Rule, here: Here<'_>) -> bool {
        let Some(when) = &rule.when_out else {
            return true;
        };
        let value = here.value(&when.target);
        match &when.test {
            TestOut::Value(values) => value.is_some_and(|value| values.contains(value)),
            TestOut::Not(values) => !value.is_some_and(|value| values.contains(value)),
            TestOut::Present(present) => value.is_some() == *present,
        }
    }

    /// What a field writes. A required one that writes no value refuses the record: coming back it would be refused as
    /// well, and its reader cannot do without it.
    pub(super) fn field(
        &self,
        rule: &Rule,
        field: &Field,
        here: Here<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece> {
        let piece = match here.value(&field.target) {
            Some(value) => self.value(rule, value, field, here, faults),
            // a state is no value
            None if rule.required => None,
            None => self.without_value(rule, field, here, faults),
        };
        if rule.required && piece.is_none() {
            faults.push(missing(here.place(&field.target)));
        }
        piece
    }

    /// A value as the format writes it, if it has a way to, and one that does not say something else.
    pub(crate) fn written(
        &self,
        rule: &Rule,
        field: &Field,
        value: &Json,
    ) -> Result<Written, Note> {
        let written = field.codec.encode(value)?;
        if let (Format::Excel, Written::Number(text)) = (self.plan.format, &written)
            && !fits_a_cell(text)
        {
            return Err(Note::of(
                "uit.nietPrecies",
                "Een werkmap bewaart 15 cijfers van een getal, en dit getal heeft er meer; het is niet geschreven.",
                "A workbook keeps 15 digits of a number, and this number has more; it was not written.",
            ));
        }
        if let Some(parts) = &field.parts {
            let texts = parts.join.split(written.text(), 1 + parts.others.len())?;
            let filled = rule
                .sources()
                .zip(texts)
                .filter(|(_, text)| !text.is_empty());
            for (source, text) in filled {
                self.sayable_at(source, rule, field, text)?;
            }
        } else if !matches!(field.many, Many::Separated(_)) {
            self.sayable(rule, field, written.text())?;
        }
        Ok(written)
    }

    /// Whether a text fits where it goes, and would not be taken for a state.
    pub(crate) fn sayable(&self, rule: &Rule, field: &Field, text: &str) -> Result<(), Note> {
        self.sayable_at(&rule.source, rule, field, text)
    }

    fn sayable_at(
        &self,
        source: &Source,
        rule: &Rule,
        field: &Field,
        text: &str,
    ) -> Result<(), Note> {
        let mut shown = Cow::Borrowed(text);
        if let Some((slot, layout)) = self.plan.slot(source) {
            slot.check(text, layout, field.zeros, rule.inward)?;
            shown = Cow::Owned(slot.padded(text));
        }
        self.spellable(text)?;
        if field.words.is_empty() {
            return Ok(());
        }
        let shown = shown.trim();
        // ASCII is what it seems
        let shown = if shown.is_ascii() {
            Cow::Borrowed(shown)
        } else {
            plain(shown)
        };
        if field.words.iter().any(|word| **word == *shown) {
            return Err(Note::of(
                "uit.vorm",
                "Deze waarde betekent in het formaat dat er geen waarde is; zij is niet geschreven.",
                "In this format the value means that there is no value; it was not written.",
            ));
        }
        Ok(())
    }

    /// Whether a text can stand in a file of the format. What cannot must not stop the message for ever.
    pub(crate) fn spellable(&self, text: &str) -> Result<(), Note> {
        if self.plan.format == Format::Xml && clean(text).is_err() {
            return Err(Note::of(
                "uit.vorm",
                "De waarde bevat een stuurteken, dat XML niet kent; zij is niet geschreven.",
                "The value holds a control character, which XML does not have; it was not written.",
            ));
        }
        let foreign = |encoding| bytes_of(text, encoding).is_none();
        if text.contains('\0') || self.plan.table.encoding.is_some_and(foreign) {
            return Err(Note::of(
                "uit.vorm",
                "De waarde bevat een teken dat de tekenset van het bestand niet heeft; zij is niet geschreven.",
                "The value holds a character that the file's encoding does not have; it was not written.",
            ));
        }
        if self.plan.format == Format::Excel && text.encode_utf16().count() > CELL_MAX {
            return Err(Note::with(
                "uit.vorm",
                format!(
                    "De waarde is langer dan de {CELL_MAX} tekens van een cel; zij is niet geschreven."
                ),
                format!(
                    "The value is longer than the {CELL_MAX} characters of a cell; it was not written."
                ),
            ));
        }
        Ok(())
    }

    fn value(
        &self,
        rule: &Rule,
        value: &Json,
        field: &Field,
        here: Here<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece> {
        let mut one = |value: &Json| match self.written(rule, field, value) {
            Ok(text) => {
                // of the message itself only what is said of records is theirs to lose
                if field.target.owner != Owner::Envelope {
                    let losses = field.codec.losses(value);
                    faults.extend(losses.map(|note| remark(note, here.place(&field.target))));
                }
                Some(text)
            }
            Err(note) => {
                faults.push(remark(note, here.place(&field.target)));
                None
            }
        };
        if field.many == Many::One {
            return one(value).map(|value| match &field.parts {
                Some(parts) => self.parts(rule, parts, value.text()),
                None => self.one(value, field.indicator.as_ref()),
            });
        }
        let values = value.as_array().map_or(&[][..], Vec::as_slice);
        let written: Vec<Written> = values.iter().filter_map(one).collect();
        match &field.many {
            _ if written.is_empty() => None,
            Many::Separated(separator) => {
                self.joined(rule, &written, separator, field, here, faults)
            }
            Many::Occurrences if self.plan.format.is_table() => {
                if written.len() > 1 {
                    faults.push(no_place(here.place(&field.target)));
                }
                let first = written.into_iter().next()?;
                Some(self.one(first, None))
            }
            Many::One | Many::Occurrences => Some(Piece::Items(
                written.into_iter().map(|value| self.node(value)).collect(),
            )),
        }
    }

    /// Several items in one text; an item that holds the separator cannot be written.
    fn joined(
        &self,
        rule: &Rule,
        written: &[Written],
        separator: &str,
        field: &Field,
        here: Here<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece> {
        let mut text = String::new();
        for item in written {
            let item = item.text();
            if item.contains(separator) || item.trim().is_empty() {
                faults.push(Fault::remark(
                    "uit.vorm",
                    here.place(&field.target),
                    "Een onderdeel bevat het scheidingsteken van de lijst en is niet geschreven.",
                    "An item holds the list's separator and was not written.",
                ));
                continue;
            }
            if let Err(note) = self.spellable(item) {
                faults.push(remark(note, here.place(&field.target)));
                continue;
            }
            if !text.is_empty() {
                text.push_str(separator);
            }
            text.push_str(item);
        }
        if text.is_empty() {
            return None;
        }
        if let Err(note) = self.sayable(rule, field, &text) {
            faults.push(remark(note, here.place(&field.target)));
            return None;
        }
        Some(Piece::One(Node::text(text)))
    }

    /// The parts of a value that stands at several places. What has no value is not written.
    fn parts(&self, rule: &Rule, parts: &Parts, text: &str) -> Piece {
        // It was taken apart before, to see whether it can be written.
        let texts = parts.join.split(text, 1 + parts.others.len());
        let kinds = parts
            .kinds
            .iter()
            .copied()
            .chain(std::iter::repeat(PartKind::Text));
        let pieces = rule.sources().zip(texts.unwrap_or_default()).zip(kinds);
        let filled = pieces.filter(|((_, text), _)| !text.is_empty());
        let node = |text: &str, kind| {
            self.node(match kind {
                PartKind::Text => Written::Text(text.to_owned()),
                PartKind::Number => Written::Number(text.to_owned()),
                PartKind::Boolean => Written::Bool(text == "true"),
            })
        };
        Piece::Parts(
            filled
                .map(|((source, text), kind)| (source.clone(), node(text, kind)))
                .collect(),
        )
    }

    /// One value, with its indicator where it has one.
    fn one(&self, written: Written, indicator: Option<&Beside>) -> Piece {
        match (written, indicator) {
            (Written::Beside(text, mark), Some(Beside::Attribute(name))) => {
                Piece::One(Node::made(Value::Map(vec![
                    (Arc::clone(name), Node::text(mark.as_ref())),
                    (Arc::from("#text"), Node::text(text)),
                ])))
            }
            (Written::Beside(text, mark), Some(Beside::Sibling(source))) => {
                let mark = Node::text(mark.as_ref());
                Piece::Both(Box::new((Node::text(text), source.clone(), mark)))
            }
            (written, _) => Piece::One(self.node(written)),
        }
    }

    fn node(&self, written: Written) -> Node {
        let typed = matches!(self.plan.format, Format::Json | Format::Excel);
        match written {
            Written::Serial(text) if self.plan.format == Format::Excel => {
                Node::made(Value::Moment(text.into()))
            }
            Written::Number(text) | Written::Serial(text) if typed => {
                Node::made(Value::Number(text.into()))
            }
            Written::Bool(value) if typed => Node::made(Value::Bool(value)),
            Written::Bool(value) => Node::text(if value { "true" } else { "false" }),
            Written::Text(text)
            | Written::Number(text)
            | Written::Serial(text)
            | Written::Beside(text, _) => Node::text(text),
        }
    }

    /// No value: its state, where the format can say it.
    fn without_value(
        &self,
        rule: &Rule,
        field: &Field,
        here: Here<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece> {
        let state = here.state(&field.target)?;
        let piece = self.state(rule, field, state);
        if piece.is_none() {
            faults.push(state_lost(here.place(&field.target)));
        }
        piece
    }

    /// How the format says a state: `xsi:nil`, a placeholder, what the codec has for it, or emptiness.
    pub(crate) fn state(&self, rule: &Rule, field: &Field, state: ValueState) -> Option<Piece> {
        // an attribute has no attribute of its own to say it
        let in_attribute = rule
            .source
            .steps()
            .last()
            .is_some_and(|step| step.starts_with('@'));
        if let (Format::Xml, Some(name), false) = (self.plan.format, &self.plan.nil, in_attribute) {
            return Some(Piece::One(Node::made(Value::Map(vec![
                (Arc::from(XSI_NIL), Node::text("true")),
                (Arc::clone(name), Node::text(state.as_str())),
            ]))));
        }
        let placeholder = field.placeholders.iter().find(|(_, known)| *known == state);
        if let Some((text, _)) = placeholder {
            return Some(Piece::One(Node::text(text.clone())));
        }
        let own = field.codec.state(state).filter(|written| {
            field.many == Many::One && self.sayable(rule, field, written.text()).is_ok()
        });
        if let Some(written) = own {
            return Some(self.one(written, field.indicator.as_ref()));
        }
        (field.empty == Some(state)).then(|| Piece::One(self.blank()))
    }
}

/// The format has no way to say a state.
pub(super) fn state_lost(place: Place) -> Fault {
    Fault::remark(
        "uit.status",
        place,
        "Het formaat kan niet zeggen waarom er geen waarde is.",
        "The format cannot say why there is no value.",
    )
}

pub(super) fn remark(note: Note, place: Place) -> Fault {
    Fault::remark(note.code, place, note.nl, note.en)
}

/// A record without a value that its format cannot do without is not sent.
pub(super) fn missing(place: Place) -> Fault {
    Fault::refused(
        "uit.verplicht",
        place,
        "Het formaat verlangt hier een waarde, en die is er niet (of mag niet worden gedeeld).",
        "The format requires a value here, and there is none (or it may not be shared).",
    )
}
