use crate::adapters::bytes_of;
use crate::adapters::first_of;
use crate::adapters::fits_a_cell;
use crate::canonical::ValueState;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Made;
use crate::document::Name;
use crate::document::Place;
use crate::document::Severity;
use crate::mapping::codec::Note;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::decode::XSI_NIL;
use crate::mapping::encode::Here;
use crate::mapping::encode::Writer;
use crate::mapping::encode::no_place;
use crate::mapping::encode::sink::TEXT;
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
use std::sync::LazyLock;

/// Most characters of a cell of a workbook, as the program counts them.
const CELL_MAX: usize = 32_767;

/// The attribute that says that an element has no value.
static NIL: LazyLock<Name> = LazyLock::new(|| Name::from(XSI_NIL));

/// What a rule has to write.
pub(crate) enum Piece<'v> {
    /// A value.
    One(Made<'v>),
    /// A value, and what stands at another place to say how it is meant.
    Both(Box<(Made<'v>, &'v Source, Made<'v>)>),
    /// A list of values or items.
    Items(Vec<Made<'v>>),
    /// The parts of a value, each at its place.
    Parts(Vec<(&'v Source, Made<'v>)>),
    /// A constant, which says nothing by itself.
    Constant(Made<'v>),
}

impl<'v> Piece<'v> {
    /// Where it goes.
    pub(super) fn sources(&self, rule: &'v Rule) -> impl Iterator<Item = &'v Source> {
        let (own, parts) = match self {
            Self::Parts(parts) => (None, parts.as_slice()),
            _ => (Some(&rule.source), &[][..]),
        };
        own.into_iter()
            .chain(parts.iter().map(|(source, _)| *source))
    }
}

impl<'v> Writer<'v> {
    /// Whether a rule's condition holds.
    pub(crate) fn holds(rule: &Rule, here: Here<'_, '_>) -> bool {
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
        rule: &'v Rule,
        field: &'v Field,
        here: Here<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece<'v>> {
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
        field: &'v Field,
        value: &'v Json,
    ) -> Result<Written<'v>, Note> {
        let written = field.codec.encode(value)?;
        if let (Format::Excel, Written::Number(text)) = (self.plan.format, &written)
            && !fits_a_cell(text)
        {
            return Err(note!(
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
            return Err(note!(
                "uit.vorm",
                "Deze waarde betekent in het formaat dat er geen waarde is; zij is niet geschreven.",
                "In this format the value means that there is no value; it was not written.",
            ));
        }
        Ok(())
    }

    /// Whether a text can stand in a file of the format. What cannot must not stop the message for ever.
    pub(crate) fn spellable(&self, text: &str) -> Result<(), Note> {
        if self.streams {
            return Ok(());
        }
        if self.plan.format == Format::Xml && clean(text).is_err() {
            return Err(note!(
                "uit.vorm",
                "De waarde bevat een stuurteken, dat XML niet kent; zij is niet geschreven.",
                "The value holds a control character, which XML does not have; it was not written.",
            ));
        }
        let foreign = |encoding| bytes_of(text, encoding).is_none();
        let nothing = first_of(text.as_bytes(), |eight| eight.same(0));
        if nothing.is_some() || self.plan.table.encoding.is_some_and(foreign) {
            return Err(note!(
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
        rule: &'v Rule,
        value: &'v Json,
        field: &'v Field,
        here: Here<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece<'v>> {
        let mut one = |value: &'v Json| match self.written(rule, field, value) {
            Ok(text) => {
                // of the message itself only what is said of records is theirs to lose
                if field.target.owner != Owner::Envelope && field.codec.may_lose() {
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
                Some(parts) => self.parts(rule, parts, &value),
                None => self.one(value, field.indicator.as_deref()),
            });
        }
        let values = value.as_array().map_or(&[][..], Vec::as_slice);
        let written: Vec<Written<'_>> = values.iter().filter_map(one).collect();
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
        written: &[Written<'_>],
        separator: &str,
        field: &Field,
        here: Here<'_, '_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece<'v>> {
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
        Some(Piece::One(Made::text(text)))
    }

    /// The parts of a value that stands at several places. What has no value is not written.
    fn parts(&self, rule: &'v Rule, parts: &Parts, written: &Written<'_>) -> Piece<'v> {
        // It was taken apart before, to see whether it can be written.
        let texts = parts.join.split(written.text(), 1 + parts.others.len());
        let kinds = parts
            .kinds
            .iter()
            .copied()
            .chain(std::iter::repeat(PartKind::Text));
        let pieces = rule.sources().zip(texts.unwrap_or_default()).zip(kinds);
        let filled = pieces.filter(|((_, text), _)| !text.is_empty());
        let node = |text: &str, kind| {
            self.node(match kind {
                PartKind::Text => Written::Text(text.to_owned().into()),
                PartKind::Number => Written::Number(text.to_owned().into()),
                PartKind::Boolean => Written::Bool(text == "true"),
            })
        };
        Piece::Parts(
            filled
                .map(|((source, text), kind)| (source, node(text, kind)))
                .collect(),
        )
    }

    /// One value, with its indicator where it has one.
    fn one(&self, written: Written<'v>, indicator: Option<&'v Beside>) -> Piece<'v> {
        match (written, indicator) {
            (Written::Beside(text, mark), Some(Beside::Attribute(name))) => {
                Piece::One(Made::Map(vec![
                    (name, Made::Text(mark)),
                    (&*TEXT, Made::Text(text)),
                ]))
            }
            (Written::Beside(text, mark), Some(Beside::Sibling(source))) => {
                Piece::Both(Box::new((Made::Text(text), source, Made::Text(mark))))
            }
            (written, _) => Piece::One(self.node(written)),
        }
    }

    fn node<'a>(&self, written: Written<'a>) -> Made<'a> {
        let typed = matches!(self.plan.format, Format::Json | Format::Excel);
        match written {
            Written::Serial(text) if self.plan.format == Format::Excel => Made::Moment(text),
            Written::Number(text) | Written::Serial(text) if typed => Made::Number(text),
            Written::Bool(value) if typed => Made::Bool(value),
            Written::Bool(value) => Made::text(if value { "true" } else { "false" }),
            Written::Text(text)
            | Written::Number(text)
            | Written::Serial(text)
            | Written::Beside(text, _) => Made::Text(text),
        }
    }

    /// No value: its state, where the format can say it.
    fn without_value(
        &self,
        rule: &'v Rule,
        field: &'v Field,
        here: Here<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece<'v>> {
        let state = here.state(&field.target)?;
        let piece = self.state(rule, field, state);
        if piece.is_none() {
            faults.push(state_lost(here.place(&field.target)));
        }
        piece
    }

    /// How the format says a state: `xsi:nil`, a placeholder, what the codec has for it, or emptiness.
    pub(crate) fn state(
        &self,
        rule: &Rule,
        field: &'v Field,
        state: ValueState,
    ) -> Option<Piece<'v>> {
        // an attribute has no attribute of its own to say it
        let in_attribute = rule
            .source
            .steps()
            .last()
            .is_some_and(|step| step.starts_with('@'));
        if let (Format::Xml, Some(name), false) = (self.plan.format, &self.plan.nil, in_attribute) {
            return Some(Piece::One(Made::Map(vec![
                (&*NIL, Made::text("true")),
                (name, Made::text(state.as_str())),
            ])));
        }
        let placeholder = field.placeholders.iter().find(|(_, known)| *known == state);
        if let Some((text, _)) = placeholder {
            return Some(Piece::One(Made::text(&**text)));
        }
        let own = field.codec.state(state).filter(|written| {
            field.many == Many::One && self.sayable(rule, field, written.text()).is_ok()
        });
        if let Some(written) = own {
            return Some(self.one(written, field.indicator.as_deref()));
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
    note.fault(Severity::Remark, place)
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
