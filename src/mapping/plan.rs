//! What a mapping file compiles to: every name resolved, every path split, nothing left to look up by text at run
//! time but the document's own names.

use crate::canonical::Kind;
use crate::canonical::ValueState;
use crate::document::Charset;
use crate::document::Format;
use crate::document::Name;
use crate::mapping::answers::Answers;
use crate::mapping::codec::Codec;
use crate::mapping::finder::Finder;
use crate::mapping::finder::Number;
use crate::mapping::fixed::Layout;
use crate::mapping::fixed::Slot;
use crate::mapping::intake::Intake;
use crate::mapping::intake::Shelf;
use crate::mapping::intake::Shelved;
use crate::mapping::known::Known;
use crate::mapping::letters::plain;
use crate::mapping::parts::Join;
use crate::mapping::parts::Parts;
use crate::mapping::slots::Asked;
use crate::mapping::slots::Slots;
use crate::mapping::syntax::Span;
use crate::mapping::text::Text;
use crate::schema::Limits;
use crate::schema::Shape;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::LazyLock;

/// A compiled mapping of one format.
pub(crate) struct Plan {
    pub format: Format,
    /// XML: the root element and how places write it.
    pub root: Option<(Name, Name)>,
    /// From the root to what repeats.
    pub element: Path,
    /// XML: elements of which two say one thing.
    pub pair: Option<Pair>,
    /// XML: the beginning of that path, up to what stands around several elements. Empty where nothing does.
    pub around: Path,
    /// JSON: the document is a list, of one element too.
    pub list: bool,
    /// XML: the attribute beside `xsi:nil` that names the state.
    pub nil: Option<Name>,
    /// XML: prefix and namespace, as the mapping declares them.
    pub prefixes: Vec<(String, String)>,
    pub table: Sheet,
    /// Fixed width: how lines are made up.
    pub layout: Option<Layout>,
    /// XML and JSON: what is left unread on purpose.
    pub ignore: Vec<Source>,
    /// XML and JSON: what cannot be taken, and refuses the element (from the root, the document) that has it.
    pub refuse: Vec<Source>,
    /// XML and JSON: what the rules name.
    pub known: Known,
    /// Attributes of records that only the gateway itself says.
    pub own: HashSet<(Kind, Box<str>)>,
    /// JSON: no two rules write at one place, whatever there is to write.
    pub distinct: bool,
    /// JSON: and what they write of one object they write one after the other, so that it is written at once.
    pub streams: bool,
    /// JSON: what rules read of an element, and what they read from the root.
    pub finder: Finder,
    pub root_finder: Finder,
    /// In the order of the file, which is the order of the output.
    pub rules: Vec<Rule>,
    /// What is told of values, by number.
    pub texts: Arc<[Name]>,
    /// The empty text.
    pub nothing: Text,
    /// Where the values are that rules write.
    pub slots: Slots,
    /// Where the values go that rules read.
    pub intake: Intake,
    /// What stands around the document.
    pub envelope: Option<Box<Envelope>>,
    /// The document is a retour to a delivery.
    pub answers: Option<Box<Answers>>,
}

/// The XML around a document.
pub(crate) struct Envelope {
    /// Its own rules, all of them from its root.
    pub plan: Plan,
    /// The element that holds the document: from the root, and as places write it.
    pub steps: Vec<Name>,
    pub label: String,
}

impl Plan {
    /// From what stands around elements (the root, where nothing does) to the elements.
    pub(crate) fn inner(&self) -> Path {
        let (whole, outer) = (&self.element, &self.around);
        Path {
            steps: whole.steps[outer.steps.len()..].into(),
            label: Text::loose(&whole.label[outer.label.len()..]),
            each: None,
            keyed: None,
            chosen: None,
            number: Number::default(),
        }
    }

    /// Fixed width: the positions of a source, and the lines they are in.
    pub(crate) fn slot(&self, source: &Source) -> Option<(Slot, &Layout)> {
        let Source::Column(index) = source else {
            return None;
        };
        Some((self.table.columns.get(*index)?.slot?, self.layout.as_ref()?))
    }
}

/// How elements say what they are about, where two of them can say one thing: what was, and what it becomes.
pub(crate) struct Pair {
    /// Where it stands, from the element or from the root.
    pub source: Source,
    /// What can stand there, and what it means.
    pub texts: Vec<(String, Way)>,
    /// Where two elements say the same when a removal of one thing and a later addition of it are a change.
    pub same: Vec<Source>,
}

/// What an element is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Something new.
    Added,
    /// Something that changed: what it was, and what it becomes.
    Changed,
    /// Something that is no more.
    Removed,
    /// Two things that turned out to be one: what goes, and what stays.
    Merged,
}

impl Way {
    /// Whether two elements say it.
    pub(crate) const fn takes_two(self) -> bool {
        matches!(self, Self::Changed | Self::Merged)
    }
}

impl Pair {
    /// What a text means.
    pub(crate) fn way(&self, text: &str) -> Option<Way> {
        let known = self.texts.iter().find(|(known, _)| known == text);
        known.map(|(_, way)| *way)
    }
}

/// How a table is found and read.
#[derive(Default)]
pub(crate) struct Sheet {
    /// The sheets that are read, one after the other; none named: the first. Going out the first of them.
    pub names: Vec<Name>,
    /// Every sheet is read.
    pub all: bool,
    /// Folded names of the sheets that are left unread on purpose.
    pub unread: Vec<String>,
    /// What the sender's program does not show is not read.
    pub skip_hidden: bool,
    pub header_within: usize,
    /// Folded headers left unread on purpose.
    pub ignore: Vec<String>,
    /// Folded texts with which a row that is no data begins.
    pub totals: Vec<String>,
    pub columns: Vec<Column>,
    /// By what is known that rows are one element; nothing: each row is one.
    pub together: Vec<KeyColumn>,
    /// CSV: the encoding that is written.
    pub encoding: Option<Charset>,
}

/// A column in which the rows of one element say the same, and those of others something else.
#[derive(Debug)]
pub(crate) struct KeyColumn {
    /// An index into [`Sheet::columns`].
    pub column: usize,
    /// Texts that stand for no value.
    pub placeholders: Vec<Box<str>>,
    /// Fixed width: zeros before a text are padding.
    pub zeros: bool,
}

/// The sheet of a workbook, unless the mapping names one.
static SHEET: LazyLock<Name> = LazyLock::new(|| Name::from("Blad1"));

impl Sheet {
    /// The sheet that is written.
    pub(crate) fn written(&self) -> &Name {
        self.names.first().unwrap_or(&SHEET)
    }

    /// The text with which a row that is no data begins, if its first cell does: as words of their own, because a name
    /// can begin with the same letters.
    pub(crate) fn total(&self, first: &str) -> Option<&str> {
        if self.totals.is_empty() {
            return None;
        }
        let first = folded(first);
        let begins = |total: &&String| {
            let letter = |end: Option<char>| end.is_some_and(char::is_alphanumeric);
            first.strip_prefix(total.as_str()).is_some_and(|rest| {
                !(letter(rest.chars().next()) && letter(total.chars().next_back()))
            })
        };
        self.totals.iter().find(begins).map(String::as_str)
    }

    /// Whether a row has everything else that a row needs, beside its first cell: then it can be data, however it begins.
    pub(crate) fn is_whole(&self, first: Option<usize>, filled: impl Fn(usize) -> bool) -> bool {
        let columns = self.columns.iter().enumerate();
        let needed = columns.filter(|(_, column)| column.required && column.inward);
        let needed = needed.map(|(index, _)| index);
        let mut others = needed.filter(|index| Some(*index) != first).peekable();
        others.peek().is_some() && others.all(filled)
    }
}

/// A column that some rule reads or writes.
#[derive(Debug)]
pub(crate) struct Column {
    /// As the mapping spells it; written out.
    pub header: Text,
    /// Folded header and aliases.
    pub names: Vec<String>,
    /// The last resort, from 0.
    pub letter: Option<usize>,
    /// A document without it is refused.
    pub required: bool,
    /// Whether some rule reads it, and whether some rule writes it.
    pub inward: bool,
    pub outward: bool,
    /// Fixed width: its positions.
    pub slot: Option<Slot>,
}

/// Steps in a document, and how places write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    pub steps: Box<[Name]>,
    pub label: Text,
    /// What repeats on the way, `sector[]/code`: each value of a list stands in one of its own.
    pub each: Option<Box<Each>>,
    /// Of what repeats at one of the steps, the one with this key.
    pub keyed: Option<Box<Keyed>>,
    /// Of what repeats at one of the steps, the one with this key, or else the first. Going out one is written.
    pub chosen: Option<Box<Keyed>>,
    /// JSON: where it is found.
    pub number: Number,
}

impl Path {
    /// The steps up to and including what repeats, and those in each of it; all and none where nothing does.
    pub(crate) fn split(&self) -> (&[Name], &[Name]) {
        let each = self.each.as_ref();
        let end = each.map_or(self.steps.len(), |each| each.steps);
        self.steps.split_at(end)
    }

    /// Whether it leads from part to part, whatever repeats there.
    pub(crate) const fn is_straight(&self) -> bool {
        self.each.is_none() && self.keyed.is_none() && self.chosen.is_none()
    }
}

/// Where the part that repeats ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Each {
    /// Steps up to and including it.
    pub steps: usize,
    /// Bytes of the label up to and including it.
    pub label: usize,
}

/// `element[naam=spoed]`: of the elements (items) that repeat at a step, the one whose key has a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    /// The index of the step that repeats.
    pub at: usize,
    /// The part or attribute of an item that is its key.
    pub key: Name,
    pub text: String,
    /// How places write the steps up to what repeats, and those behind it.
    pub lead: String,
    pub rest: String,
}

/// Where a rule's value stands in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nowhere: the rule only sets.
    None,
    /// The element, item or row itself.
    Here,
    /// A path from the element or item.
    Path(Path),
    /// A path from the root.
    Root(Path),
    /// A path from what stands around the element ([`Plan::around`]).
    Around(Path),
    /// An index into [`Sheet::columns`].
    Column(usize),
}

impl Source {
    pub(crate) const fn is_root(&self) -> bool {
        matches!(self, Self::Root(_))
    }

    /// What repeats on the way to each value.
    pub(crate) fn each(&self) -> Option<&Each> {
        match self {
            Self::Path(path) | Self::Root(path) | Self::Around(path) => path.each.as_deref(),
            _ => None,
        }
    }

    pub(crate) const fn is_around(&self) -> bool {
        matches!(self, Self::Around(_))
    }

    /// Which of several items a path is about, if it says so.
    pub(crate) fn keyed(&self) -> Option<&Keyed> {
        match self {
            Self::Path(path) | Self::Root(path) | Self::Around(path) => path.keyed.as_deref(),
            _ => None,
        }
    }

    /// Which of several items a path would rather have, if it says so.
    pub(crate) fn chosen(&self) -> Option<&Keyed> {
        match self {
            Self::Path(path) | Self::Root(path) | Self::Around(path) => path.chosen.as_deref(),
            _ => None,
        }
    }

    /// Whether it stands in the element that another place is a part of.
    pub(crate) fn shares_element(&self, other: &Self) -> bool {
        let container = other
            .steps()
            .split_last()
            .map_or(&[][..], |(_, container)| container);
        let keyed = other.keyed().filter(|keyed| keyed.at < container.len());
        self.steps().starts_with(container)
            && keyed.is_none_or(|keyed| {
                self.keyed()
                    .is_some_and(|own| (own.at, &own.text) == (keyed.at, &keyed.text))
            })
    }

    /// The same as of its path.
    pub(crate) fn split(&self) -> (&[Name], &[Name]) {
        match self {
            Self::Path(path) | Self::Root(path) | Self::Around(path) => path.split(),
            _ => (&[], &[]),
        }
    }

    /// The steps of a path.
    pub(crate) fn steps(&self) -> &[Name] {
        match self {
            Self::Path(path) | Self::Root(path) | Self::Around(path) => &path.steps,
            _ => &[],
        }
    }
}

/// Whose attribute a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A record.
    Record(Kind),
    /// An item of a repeated group, in a record of this kind.
    Item(Kind),
    /// The envelope (in) or the context (out).
    Envelope,
}

/// Where a rule's value stands in the shared model.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub owner: Owner,
    pub segments: Box<[Box<str>]>,
    /// The same as a JSON Pointer.
    pub pointer: Text,
    /// Of the value; of an item where the target is a list.
    pub shape: Shape,
    /// Its number in [`Plan::slots`], of an item in [`Group::slots`].
    pub slot: usize,
    /// Its number in [`Plan::intake`], of an item in [`Group::shelf`].
    pub shelved: Shelved,
}

/// One rule.
pub(crate) struct Rule {
    pub name: Text,
    /// Where its table stands in the file: the first key.
    pub span: Span,
    pub inward: bool,
    pub outward: bool,
    pub required: bool,
    pub source: Source,
    pub when_in: Option<Box<WhenIn>>,
    pub when_out: Option<Box<WhenOut>>,
    pub act: Act,
    /// What nobody takes where `when_in` does not hold.
    pub left: Vec<Left>,
}

/// A value that a rule with a condition takes, and that is left where it does not: the rule is the last to ask for it.
pub(crate) struct Left {
    pub source: Source,
    /// The other rules that take it: of each all the conditions that it stands under.
    pub unless: Vec<Vec<WhenIn>>,
}

impl Act {
    /// The attributes that it fills or carries; of a group its list.
    pub(crate) fn targets(&self) -> Vec<&Target> {
        match self {
            Self::Field(field) => vec![&field.target],
            Self::Spread(spread) => spread.targets.iter().map(|(target, _)| target).collect(),
            Self::Group(group) => vec![&group.target],
            Self::Set(target, _) => vec![target],
            Self::Constant(_) => Vec::new(),
        }
    }

    /// What it takes from a document as one value.
    pub(crate) fn field(&self) -> Option<&Field> {
        match self {
            Self::Field(field) => Some(field),
            Self::Spread(spread) => Some(&spread.whole),
            Self::Constant(_) | Self::Set(..) | Self::Group(_) => None,
        }
    }
}

impl Rule {
    /// Every place that the rule's value stands at: mostly one.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let parts = match &self.act {
            Act::Field(field) => field.parts.as_deref(),
            _ => None,
        };
        let others = parts.map_or(&[][..], |parts| &parts.others);
        std::iter::once(&self.source).chain(others)
    }

    /// Every place that it writes at: those of its value, and that of what stands beside it.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Source> {
        let field = match &self.act {
            Act::Field(field) => Some(field),
            _ => None,
        };
        let beside = match field.and_then(|field| field.indicator.as_deref()) {
            Some(Beside::Sibling(source)) => Some(source),
            _ => None,
        };
        self.sources().chain(beside)
    }
}

/// What a rule does.
pub(crate) enum Act {
    /// Pairs a value with an attribute.
    Field(Box<Field>),
    /// Pairs a value with several attributes.
    Spread(Box<Spread>),
    /// Writes a text; coming in, it must be that text.
    Constant(Box<str>),
    /// Sets an attribute coming in; tells items apart going out.
    Set(Box<Target>, Box<Json>),
    /// A repeated group.
    Group(Box<Group>),
}

/// How many values a field has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Many {
    /// One.
    One,
    /// A list: each occurrence in the document is an item.
    Occurrences,
    /// A list in one text.
    Separated(Box<str>),
}

/// A value paired with an attribute.
pub(crate) struct Field {
    pub target: Target,
    pub codec: Codec,
    pub many: Many,
    /// What the codec reads beside the value.
    pub indicator: Option<Box<Beside>>,
    pub default: Option<Box<Json>>,
    pub empty: Option<ValueState>,
    pub placeholders: Box<[(Box<str>, ValueState)]>,
    /// The same as values have their letters, without the spaces around them.
    pub words: Box<[Box<str>]>,
    /// Keep what the codec cannot read, instead of refusing the element.
    pub keep: bool,
    /// What the shared model takes: where it is kept, what does not fit is kept too.
    pub limits: Option<Box<Limits>>,
    /// A code that the code table does not know becomes the default.
    pub replace: bool,
    /// Fixed width: zeros before a text are padding.
    pub zeros: bool,
    /// What it is made of, if it stands at several places.
    pub parts: Option<Box<Parts>>,
}

/// A text that is several attributes together.
pub(crate) struct Spread {
    /// What the document says of the whole; its target is the first of the attributes.
    pub whole: Field,
    /// The attributes, each with how its part is read.
    pub targets: Vec<(Target, Codec)>,
    pub join: Join,
}

/// Where an indicator stands.
pub(crate) enum Beside {
    /// XML: an attribute of the value's own element.
    Attribute(Name),
    /// A part of what the value is a part of.
    Sibling(Source),
}

/// A repeated group.
pub(crate) struct Group {
    pub target: Target,
    /// Attributes of an item that align it.
    pub key: Vec<Box<[Box<str>]>>,
    /// Where they are on the shelf.
    pub key_at: Vec<Shelved>,
    /// Which of the rules write them; none where nothing reads them.
    pub key_rules: Vec<usize>,
    pub rules: Vec<Rule>,
    /// JSON: what the rules read of an item.
    pub finder: Finder,
    /// Where the values are that the rules write of an item.
    pub slots: Asked,
    /// Where the values go that the rules read of an item.
    pub shelf: Shelf,
    /// Where several rows are one element ([`Sheet::together`]): each of them gives an item, and these are the columns
    /// that nothing else reads or writes.
    pub rows: Option<Vec<usize>>,
}

/// A condition on the document.
#[derive(Clone)]
pub(crate) struct WhenIn {
    pub source: Source,
    pub test: TestIn,
}

#[derive(Clone)]
pub(crate) enum TestIn {
    Is(Vec<String>),
    IsNot(Vec<String>),
    Present(bool),
}

/// A condition on the record.
pub(crate) struct WhenOut {
    pub target: Target,
    pub test: TestOut,
}

pub(crate) enum TestOut {
    Value(Vec<Json>),
    Not(Vec<Json>),
    Present(bool),
}

/// Trimmed, inner white space joined, lower case, its letters as values have them: how headers are compared.
pub(crate) fn folded(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// Names as a JSON Pointer.
pub(crate) fn pointer<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.fold(String::new(), |mut text, name| {
        text.push('/');
        text.push_str(&escaped(name));
        text
    })
}

/// A name as a step of a JSON Pointer.
pub(crate) fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}
