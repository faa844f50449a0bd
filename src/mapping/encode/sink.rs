use crate::adapters::JsonMark;
use crate::adapters::JsonStream;
use crate::document::Format;
use crate::document::Made;
use crate::document::Name;
use crate::document::Parts;
use crate::document::same_name;
use crate::mapping::encode::value::Piece;
use crate::mapping::plan::Path;
use crate::mapping::plan::Source;
use std::sync::LazyLock;

/// Room for so many parts is made at first.
const FEW: usize = 8;

/// An element's own text.
pub(super) static TEXT: LazyLock<Name> = LazyLock::new(|| Name::from("#text"));

/// Where rules write: the parts of an element, or the cells of a row.
pub(crate) enum Sink<'s, 'v> {
    Tree(&'s mut Parts<'v>),
    Row(&'s mut Vec<Option<Made<'v>>>),
    /// JSON of which the values come in the order in which they are written.
    Json(&'s mut JsonStream<'v>),
}

/// Where the items of a list are written.
pub(super) enum Items<'s, 'v> {
    Nodes(Vec<Made<'v>>),
    /// With what there was before the last one.
    Json(&'s mut JsonStream<'v>, Option<JsonMark<'v>>),
}

impl<'v> Items<'_, 'v> {
    /// Writes one more item. Whether it says anything: where it does not, there is none.
    pub(super) fn another(&mut self, xml: bool, fill: impl FnOnce(&mut Sink<'_, 'v>)) -> bool {
        match self {
            Self::Nodes(nodes) => {
                let mut parts = Vec::new();
                fill(&mut Sink::Tree(&mut parts));
                let says = !parts.is_empty();
                if says {
                    nodes.push(closed(parts, xml));
                }
                says
            }
            Self::Json(stream, before) => {
                let mark = stream.mark();
                let says = stream.object(|stream| fill(&mut Sink::Json(stream)));
                if says {
                    *before = Some(mark);
                } else {
                    stream.back(mark);
                }
                says
            }
        }
    }

    /// Takes back the last item.
    pub(super) fn take_back(&mut self) {
        match self {
            Self::Nodes(nodes) => {
                nodes.pop();
            }
            Self::Json(stream, before) => {
                if let Some(mark) = before.take() {
                    stream.back(mark);
                }
            }
        }
    }
}

impl<'v> Sink<'_, 'v> {
    pub(super) fn put(&mut self, source: &'v Source, piece: Piece<'v>, format: Format) {
        if let Piece::Parts(parts) = piece {
            for (source, node) in parts {
                self.put(source, Piece::One(node), format);
            }
            return;
        }
        if let Piece::Both(both) = piece {
            let (node, beside, mark) = *both;
            self.put(source, Piece::One(node), format);
            self.put(beside, Piece::One(mark), format);
            return;
        }
        match (self, source) {
            (Self::Json(stream), Source::Path(path) | Source::Root(path)) => match piece {
                Piece::One(node) | Piece::Constant(node) => stream.value(&path.steps, &node),
                Piece::Items(nodes) => {
                    let (to, inner) = path.split();
                    stream.list(to, |stream| {
                        for node in &nodes {
                            if inner.is_empty() {
                                stream.item(node);
                            } else {
                                stream.object(|stream| stream.value(inner, node));
                            }
                        }
                    });
                }
                Piece::Both(_) | Piece::Parts(_) => {}
            },
            (Self::Row(cells), Source::Column(index)) => {
                if let (Some(cell), Piece::One(node) | Piece::Constant(node)) =
                    (cells.get_mut(*index), piece)
                {
                    *cell = Some(node);
                }
            }
            (Self::Tree(parts), Source::Here) => {
                if let Piece::One(node) | Piece::Constant(node) = piece {
                    merge(parts, node);
                }
            }
            (Self::Tree(parts), Source::Path(path) | Source::Root(path) | Source::Around(path))
                if path.keyed.is_some() || path.chosen.is_some() =>
            {
                let (nodes, reuse) = match piece {
                    Piece::One(node) | Piece::Constant(node) => (vec![node], true),
                    Piece::Items(nodes) => (nodes, false),
                    Piece::Both(_) | Piece::Parts(_) => return,
                };
                for node in nodes {
                    keyed(parts, path, node, reuse, format);
                }
            }
            (Self::Tree(parts), Source::Path(path) | Source::Root(path) | Source::Around(path)) => {
                match piece {
                    Piece::One(node) | Piece::Constant(node) => {
                        join(parts, &path.steps, node, format);
                    }
                    Piece::Items(nodes) => {
                        let (to, inner) = path.split();
                        let nodes = match inner {
                            [] => nodes,
                            _ => nodes
                                .into_iter()
                                .map(|node| holding(node, inner, format))
                                .collect(),
                        };
                        attach(parts, to, nodes, format);
                    }
                    Piece::Both(_) | Piece::Parts(_) => {}
                }
            }
            _ => {}
        }
    }
}

/// What holds a node at some steps.
fn holding<'v>(node: Made<'v>, steps: &'v [Name], format: Format) -> Made<'v> {
    let mut parts = Vec::with_capacity(1);
    join(&mut parts, steps, node, format);
    closed(parts, format == Format::Xml)
}

/// Puts a value in an item with a key, or in the one item where a key only chooses coming in. `reuse`: in the one that
/// other rules made, if there is one.
fn keyed<'v>(parts: &mut Parts<'v>, path: &'v Path, node: Made<'v>, reuse: bool, format: Format) {
    let one = path.keyed.is_none();
    let Some(keyed) = path.keyed.as_ref().or(path.chosen.as_ref()) else {
        return;
    };
    let (lead, rest) = path.steps.split_at((keyed.at + 1).min(path.steps.len()));
    let Some((repeated, above)) = lead.split_last() else {
        return;
    };
    let mut parts = parts;
    for step in above {
        parts = opened(part(parts, step, format));
    }
    let has_key =
        |item: &Made<'_>| one || item.get(&keyed.key).and_then(Made::as_text) == Some(&*keyed.text);
    let own = |parts: &Parts<'v>| {
        let same = |(name, node): &(&Name, Made<'_>)| same_name(name, repeated) && has_key(node);
        parts.iter().position(same).filter(|_| reuse)
    };
    let fresh = || {
        let mut inner = Vec::new();
        if !one {
            leaf(&mut inner, &keyed.key, Made::text(&*keyed.text), format);
        }
        Made::Map(inner)
    };
    let item = if format == Format::Json {
        let list = part(parts, repeated, format);
        if !matches!(list, Made::List(_)) {
            *list = Made::List(Vec::new());
        }
        let Made::List(items) = list else {
            return;
        };
        let index = items.iter().position(has_key).filter(|_| reuse);
        let index = index.unwrap_or_else(|| {
            items.push(fresh());
            items.len() - 1
        });
        &mut items[index]
    } else {
        let index = own(parts).unwrap_or_else(|| {
            parts.push((repeated, fresh()));
            parts.len() - 1
        });
        &mut parts[index].1
    };
    let inner = opened(item);
    if rest.is_empty() {
        merge(inner, node);
    } else {
        join(inner, rest, node, format);
    }
}

/// The part with a name, made where it is missing.
fn part<'p, 'v>(parts: &'p mut Parts<'v>, name: &'v Name, format: Format) -> &'p mut Made<'v> {
    let has_it = |(known, _): &(&Name, Made<'_>)| same_name(known, name);
    let index = if format == Format::Json {
        // it mostly is the last one: rules that write into one part stand together
        parts.iter().rposition(has_it)
    } else {
        parts.iter().position(has_it)
    };
    let index = index.unwrap_or_else(|| {
        parts.push((name, Made::Map(Vec::with_capacity(FEW))));
        parts.len() - 1
    });
    &mut parts[index].1
}

/// Puts nodes at a path, in JSON as one list; what leads there is made where it is missing.
pub(super) fn attach<'v>(
    parts: &mut Parts<'v>,
    steps: &'v [Name],
    nodes: Vec<Made<'v>>,
    format: Format,
) {
    match steps {
        [] => {}
        [last] if format == Format::Json => parts.push((last, Made::List(nodes))),
        [last] => parts.extend(nodes.into_iter().map(|node| (last, node))),
        [first, rest @ ..] => {
            attach(opened(part(parts, first, format)), rest, nodes, format);
        }
    }
}

/// Puts one value at a path, with the attributes that other rules gave its element.
fn join<'v>(parts: &mut Parts<'v>, steps: &'v [Name], node: Made<'v>, format: Format) {
    match steps {
        [] => {}
        [last] => leaf(parts, last, node, format),
        [first, rest @ ..] => join(opened(part(parts, first, format)), rest, node, format),
    }
}

fn leaf<'v>(parts: &mut Parts<'v>, name: &'v Name, node: Made<'v>, format: Format) {
    // only an element of XML has attributes
    if format == Format::Json {
        return parts.push((name, node));
    }
    if name.starts_with('@') {
        // Attributes stand before what the element holds.
        let at = parts
            .iter()
            .position(|(name, _)| !name.starts_with('@'))
            .unwrap_or(parts.len());
        parts.insert(at, (name, node));
        return;
    }
    let opened_before = parts.iter().position(|(known, node)| {
        // An element that so far has attributes only, of rules that came before its value.
        matches!(node, Made::Map(inner) if same_name(known, name) && inner.iter().all(|(name, _)| name.starts_with('@')))
    });
    match opened_before {
        Some(index) if !is_nil(&parts[index].1) => merge(opened(&mut parts[index].1), node),
        _ => parts.push((name, node)),
    }
}

fn is_nil(node: &Made<'_>) -> bool {
    node.parts().iter().any(|(name, _)| name.ends_with("}nil"))
}

/// Makes a value the content of an element that may have attributes.
fn merge<'v>(parts: &mut Parts<'v>, node: Made<'v>) {
    match node {
        Made::Map(inner) => parts.extend(inner),
        value => parts.push((&*TEXT, value)),
    }
}

/// The parts of a node, which becomes an element with its text if it was a text.
fn opened<'p, 'v>(node: &'p mut Made<'v>) -> &'p mut Parts<'v> {
    if !matches!(node, Made::Map(_)) {
        let value = std::mem::replace(node, Made::Map(Vec::new()));
        let empty = matches!(&value, Made::Text(text) if text.is_empty());
        if let (Made::Map(parts), false) = (&mut *node, empty) {
            parts.push((&*TEXT, value));
        }
    }
    match node {
        Made::Map(parts) => parts,
        _ => unreachable!("the lines above made it a map"),
    }
}

/// An element of its parts: in XML one that only has text is a text.
pub(super) fn closed(mut parts: Parts<'_>, xml: bool) -> Made<'_> {
    if xml && parts.len() == 1 && **parts[0].0 == **TEXT {
        return parts.remove(0).1;
    }
    Made::Map(parts)
}
