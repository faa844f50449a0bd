use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::document::XmlWire;
use crate::document::column_letters;
use crate::tools::outline::Part;
use crate::tools::outline::VEIL;
use crate::tools::outline::is_xml_own;
use crate::tools::propose::fixed::Layout;
use crate::tools::propose::header::Header;
use crate::tools::propose::header::header;
use crate::tools::vocabulary::Vocabulary;
use crate::tools::vocabulary::is_value;

/// Values of a field that are looked at.
const VALUES: usize = 200;
/// The share of all fields that one repeated part must hold to be what a document is a list of, in percent.
const MOST: usize = 60;

/// A field of a sample: where it stands and what stands there.
pub(super) struct Field<'d> {
    /// As a rule writes it: a header, or a path from the element; with a leading `/` from the root.
    pub source: String,
    /// The letter of a column without a header.
    pub column: Option<String>,
    /// What it is called.
    pub name: String,
    /// What it is in.
    pub above: String,
    /// Whether it stands there more than once.
    pub repeats: bool,
    pub values: Vec<&'d Node>,
    /// Of a repeated part with parts of its own.
    pub parts: Vec<Field<'d>>,
}

/// What a sample looks like.
pub(super) struct Sample<'d> {
    pub fields: Vec<Field<'d>>,
    /// XML: the root element as a mapping writes it.
    pub root: String,
    /// From the root to what repeats.
    pub element: String,
    /// Excel: the sheet; none where its name may be that of somebody.
    pub sheet: Option<String>,
    /// Whether it is a table without a header row.
    pub headless: bool,
    /// XML: prefixes and namespaces.
    pub namespaces: Vec<(String, String)>,
    /// Names that are left out, because they look like data themselves.
    pub hidden: usize,
    /// Fixed width: how its lines are made up.
    pub layout: Option<Layout>,
}

impl Field<'_> {
    /// What it is in, at once.
    pub(super) fn parent(&self) -> &str {
        self.above.rsplit('/').next().unwrap_or_default()
    }
}

impl<'d> Sample<'d> {
    /// The fields of a document; none where there is nothing to map.
    pub(super) fn of(
        document: &'d Document,
        wire: Option<&XmlWire>,
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        match document.format {
            Format::Csv => Some(Self::table(document.root.items(), vocabulary)),
            Format::Excel => {
                let filled = |(_, sheet): &&(Name, Node)| !sheet.items().is_empty();
                let (name, sheet) = document.root.parts().iter().find(filled)?;
                let mut sample = Self::table(sheet.items(), vocabulary);
                if vocabulary.is_data(name) {
                    sample.hidden += 1;
                } else {
                    sample.sheet = Some(name.to_string());
                }
                Some(sample)
            }
            Format::Xml | Format::Json => {
                let mut sample = Self::empty();
                sample.namespaces = wire.map_or_else(Vec::new, |wire| wire.namespaces.clone());
                sample.tree(document, vocabulary)?;
                Some(sample)
            }
            Format::FixedWidth => None,
        }
    }

    const fn empty() -> Self {
        Self {
            fields: Vec::new(),
            root: String::new(),
            element: String::new(),
            sheet: None,
            headless: false,
            namespaces: Vec::new(),
            hidden: 0,
            layout: None,
        }
    }

    /// Fields that only have positions; their values, as a table.
    pub(super) fn fixed(layout: Layout, table: &'d Document) -> Self {
        let rows = table.root.items();
        let field = |(index, (from, to)): (usize, &(usize, usize))| {
            let values = rows
                .iter()
                .take(VALUES)
                .filter_map(|row| row.items().get(index));
            Field {
                source: format!("[{from}, {to}]"),
                column: None,
                name: String::new(),
                above: String::new(),
                repeats: false,
                values: values.filter(|node| filled(node)).collect(),
                parts: Vec::new(),
            }
        };
        Self {
            fields: layout.slots.iter().enumerate().map(field).collect(),
            layout: Some(layout),
            ..Self::empty()
        }
    }

    /// A table. What a column is called that may be somebody's datum is left out; of one without a header row columns
    /// have their letters.
    fn table(rows: &'d [Node], vocabulary: &Vocabulary) -> Self {
        let mut sample = Self::empty();
        let (cells, header) = match header(rows, vocabulary) {
            Header::At(index) => (rows[index].items(), Some(index)),
            Header::None(longest) => (rows[longest].items(), None),
            Header::NoRows => return sample,
        };
        sample.headless = header.is_none();
        let below = header.map_or(0, |index| index + 1);
        for (column, cell) in cells.iter().enumerate() {
            let values = rows.iter().skip(below).take(VALUES);
            let values = values.filter_map(|row| row.items().get(column));
            let mut field = Field {
                source: String::new(),
                column: None,
                name: String::new(),
                above: String::new(),
                repeats: false,
                values: values.filter(|node| filled(node)).collect(),
                parts: Vec::new(),
            };
            if sample.headless {
                let letters = column_letters(u32::try_from(column + 1).unwrap_or(u32::MAX));
                field.source = format!("Kolom {letters}");
                field.column = Some(letters);
            } else {
                let name = cell.as_text().unwrap_or_default();
                let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
                if name.is_empty() || vocabulary.is_data(&name) || is_value(&name) {
                    sample.hidden += usize::from(!name.is_empty());
                    continue;
                }
                field.source.clone_from(&name);
                field.name = name;
            }
            sample.fields.push(field);
        }
        sample
    }

    fn tree(&mut self, document: &'d Document, vocabulary: &Vocabulary) -> Option<()> {
        let whole = Part::of(std::slice::from_ref(document)).veiled(vocabulary);
        let mut root = &whole;
        if document.format == Format::Xml {
            let (name, part) = whole.parts.first()?;
            self.root = self.shown(name);
            root = part;
        }
        let all = leaves(root);
        let steps = Self::repeated(root, all);
        let mut element = root;
        for step in &steps {
            element = element.get(step)?;
        }
        let names: Vec<String> = steps.iter().map(|step| self.shown(step)).collect();
        self.element = names.join("/");
        let mut outer = Vec::new();
        if !steps.is_empty() {
            let skip = steps.first().cloned();
            self.parts(root, "/", "", skip.as_ref(), &mut outer);
        }
        let mut inner = Vec::new();
        self.parts(element, "", "", None, &mut inner);
        self.fields = outer.into_iter().chain(inner).collect();
        Some(())
    }

    /// The steps to the nearest part that repeats and holds most of the document.
    fn repeated(root: &Part<'d>, all: usize) -> Vec<Name> {
        let mut level: Vec<(Vec<Name>, &Part<'d>)> = vec![(Vec::new(), root)];
        for _ in 0..4 {
            let mut next = Vec::new();
            for (steps, part) in level {
                for (name, inner) in &part.parts {
                    let mut steps = steps.clone();
                    steps.push(Name::clone(name));
                    if inner.repeats && leaves(inner) * 100 >= all * MOST {
                        return steps;
                    }
                    if !inner.repeats {
                        next.push((steps, inner));
                    }
                }
            }
            level = next;
        }
        Vec::new()
    }

    /// The fields in a part, with the paths that lead to them.
    fn parts(
        &mut self,
        part: &Part<'d>,
        base: &str,
        above: &str,
        skip: Option<&Name>,
        into: &mut Vec<Field<'d>>,
    ) {
        for (name, inner) in &part.parts {
            if Some(name) == skip || is_xml_own(name) {
                continue;
            }
            let local = crate::tools::outline::local(name);
            if local == VEIL {
                self.hidden += inner.names;
                continue;
            }
            let source = format!("{base}{}", self.shown(name));
            let own = |name: &Name| !is_xml_own(name) && !name.starts_with('@');
            let group = inner.parts.iter().any(|(name, _)| own(name));
            let mut field = Field {
                source: source.clone(),
                column: None,
                name: local.to_owned(),
                above: above.to_owned(),
                repeats: inner.repeats,
                values: inner.values.iter().copied().take(VALUES).collect(),
                parts: Vec::new(),
            };
            if group && inner.repeats {
                let mut parts = Vec::new();
                let chain = format!("{above}/{local}");
                self.parts(inner, "", &chain, None, &mut parts);
                field.parts = parts;
                into.push(field);
            } else {
                let attributes = !inner.parts.is_empty();
                if !group {
                    into.push(field);
                }
                if attributes {
                    let chain = format!("{above}/{local}");
                    self.parts(inner, &format!("{source}/"), &chain, None, into);
                }
            }
        }
    }

    /// A name as a mapping writes it, with a prefix for its namespace.
    fn shown(&mut self, name: &str) -> String {
        let (mark, bare) = name
            .strip_prefix('@')
            .map_or(("", name), |bare| ("@", bare));
        let Some((uri, local)) = bare.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        else {
            return name.to_owned();
        };
        let fits = |(prefix, known): &&(String, String)| {
            known == uri && (mark.is_empty() || !prefix.is_empty())
        };
        let found = self.namespaces.iter().find(fits);
        let prefix = if let Some((prefix, _)) = found {
            prefix.clone()
        } else {
            let prefix = format!("ns{}", self.namespaces.len() + 1);
            self.namespaces.push((prefix.clone(), uri.to_owned()));
            prefix
        };
        if prefix.is_empty() {
            format!("{mark}{local}")
        } else {
            format!("{mark}{prefix}:{local}")
        }
    }
}

pub(super) fn filled(node: &Node) -> bool {
    matches!(node.value, Value::Bool(_))
        || node.as_text().is_some_and(|text| !text.trim().is_empty())
}

fn leaves(part: &Part<'_>) -> usize {
    if part.parts.is_empty() {
        return 1;
    }
    part.parts.iter().map(|(_, inner)| leaves(inner)).sum()
}
