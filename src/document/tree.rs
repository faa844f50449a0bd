use crate::document::Fault;
use crate::document::Name;
use crate::document::same_name;
use serde::Deserialize;
use serde::Serialize;

/// The family of formats a document came from or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// XML 1.0 with namespaces, no document type definition.
    Xml,
    /// JSON (RFC 8259) under the I-JSON rules of RFC 7493: no duplicate members, no U+0000.
    Json,
    /// Delimiter-separated text.
    Csv,
    /// An Office Open XML workbook (`.xlsx`).
    Excel,
    /// Records of fixed positions, one a line.
    FixedWidth,
}

impl Format {
    /// Whether its records are rows: one value at each place, and no structure within.
    #[must_use]
    pub const fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Excel | Self::FixedWidth)
    }
}

/// Where a node starts: line and column in a text, row and column in a table. Both count from 1; 0 is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct At {
    /// Line of a text, row of a table.
    pub line: u32,
    /// Column (in characters) of a text, column of a table.
    pub column: u32,
}

impl At {
    /// A place from 1-based line (row) and column.
    #[must_use]
    pub const fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }
}

/// A decoded file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The family the tree follows.
    pub format: Format,
    /// The whole file as a tree; see the module's table for its shape. Of a file in an envelope, what the envelope holds.
    pub root: Node,
    /// The XML around it, for a file that came (or goes) in an envelope.
    #[serde(default)]
    pub envelope: Option<Box<Node>>,
    /// What a workbook holds and the sender's program does not show.
    #[serde(default)]
    pub hidden: Vec<Hidden>,
    /// What cannot be read of it where the rest can be: each refuses the element it stands in, and no other.
    #[serde(default)]
    pub broken: Vec<Fault>,
}

/// What of a sheet is hidden: from and to, both included, from 1, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The sheet.
    pub sheet: Name,
    /// The sheet itself.
    pub whole: bool,
    /// Rows.
    pub rows: Vec<(u32, u32)>,
    /// Columns.
    pub columns: Vec<(u32, u32)>,
}

impl Hidden {
    /// Whether a row is.
    #[must_use]
    pub fn has_row(&self, row: u32) -> bool {
        holds(&self.rows, row)
    }

    /// Whether a column is.
    #[must_use]
    pub fn has_column(&self, column: u32) -> bool {
        holds(&self.columns, column)
    }

    /// Whether anything is.
    #[must_use]
    pub const fn has_any(&self) -> bool {
        self.whole || !self.rows.is_empty() || !self.columns.is_empty()
    }
}

fn holds(ranges: &[(u32, u32)], number: u32) -> bool {
    let behind = ranges.partition_point(|(from, _)| *from <= number);
    behind > 0 && ranges[behind - 1].1 >= number
}

/// One value with its place.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Where it starts in the sender's file.
    pub at: At,
    /// What stands there.
    pub value: Value,
}

/// What stands at a place. Text formats give text only; a number stays in the sender's own spelling until a
/// codec converts it, so that no amount passes through a float.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// JSON `null`, an empty cell of a workbook.
    Null,
    /// JSON or workbook boolean.
    Bool(bool),
    /// A number as the sender spelled it.
    Number(Box<str>),
    /// A number that the sender's program shows as a date or a time (Excel): its serial number. It need not be what was
    /// typed: a program makes the first of February of `1-2`.
    Moment(Box<str>),
    /// A number that the sender's program shows as something else than that number (Excel): what the cell itself holds, so
    /// 0.6 where a person sees 60%.
    Measure(Measure, Box<str>),
    /// Text.
    Text(Box<str>),
    /// An ordered list.
    List(Vec<Node>),
    /// Named parts in the sender's order; a name may repeat in XML only.
    Map(Vec<(Name, Node)>),
    /// A cell or line that holds no usable value, and why: an error such as `#N/A`, a formula without result,
    /// [`NO_LETTER`], [`NO_TEXT`], [`NO_END`] or [`NO_DIGITS`].
    Unreadable(Box<str>),
}

/// What a number is shown as that is no such number to who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// A share: a hundred times the number, with a `%` behind it.
    Percent,
    /// A length of time, in hours that go on past a day (`[h]:mm`): the number is in days.
    Span,
}

impl Measure {
    /// How a workbook says that it is one, without rounding what people wrote.
    #[must_use]
    pub const fn look(self) -> &'static str {
        match self {
            Self::Percent => "0.##########%",
            Self::Span => "[h]:mm:ss",
        }
    }
}

/// Why a cell or line is unreadable that holds bytes without a meaning in the file's encoding.
pub const NO_LETTER: &str = "tekenset";
/// Why a cell or line is unreadable that holds U+0000.
pub const NO_TEXT: &str = "U+0000";
/// Why a number is unreadable of which the last digits are gone.
pub const NO_DIGITS: &str = "cijfers";
/// Why a cell is unreadable that has text behind its closing quotation mark: which cells its row has is not certain.
pub const NO_END: &str = "aanhaling";

impl Document {
    /// The document, if everything of it can be read; otherwise what cannot.
    ///
    /// # Errors
    ///
    /// What is [`Self::broken`].
    pub fn whole(self) -> Result<Self, Vec<Fault>> {
        if self.broken.is_empty() {
            Ok(self)
        } else {
            Err(self.broken)
        }
    }

    /// A document of a format around its root.
    #[must_use]
    pub const fn new(format: Format, root: Node) -> Self {
        Self {
            format,
            root,
            envelope: None,
            hidden: Vec::new(),
            broken: Vec::new(),
        }
    }
}

impl Node {
    /// A node at a place.
    #[inline]
    #[must_use]
    pub const fn new(at: At, value: Value) -> Self {
        Self { at, value }
    }

    /// A node that was made here and not read from a file.
    #[inline]
    #[must_use]
    pub const fn made(value: Value) -> Self {
        Self {
            at: At { line: 0, column: 0 },
            value,
        }
    }

    /// A text node that was made here.
    #[must_use]
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::made(Value::Text(text.into()))
    }

    /// The scalar text of this node: its text, its number's spelling, or an element's own text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text)
            | Value::Number(text)
            | Value::Moment(text)
            | Value::Measure(_, text) => Some(text),
            Value::Map(parts) => parts
                .iter()
                .find(|(name, _)| &**name == "#text")
                .and_then(|(_, node)| node.as_text()),
            _ => None,
        }
    }

    /// Whether nothing stands in a cell.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The first part with this name, if this node is a map that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.parts()
            .iter()
            .find(|(part, _)| same_name(part, name))
            .map(|(_, node)| node)
    }

    /// All parts with this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> + 'a {
        self.parts()
            .iter()
            .filter(move |(part, _)| same_name(part, name))
            .map(|(_, node)| node)
    }

    /// The named parts of a map; empty for anything else.
    #[must_use]
    pub fn parts(&self) -> &[(Name, Self)] {
        match &self.value {
            Value::Map(parts) => parts,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }
}

// A document holds personal data: what a log line may show of it is its shape, never its content.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({:?}, ..)", self.format)
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Node({}:{}, {:?})",
            self.at.line, self.at.column, self.value
        )
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool(..)",
            Self::Number(_) => "Number(..)",
            Self::Moment(_) => "Moment(..)",
            Self::Measure(..) => "Measure(..)",
            Self::Text(_) => "Text(..)",
            Self::List(_) => "List(..)",
            Self::Map(_) => "Map(..)",
            Self::Unreadable(_) => "Unreadable(..)",
        })
    }
}
