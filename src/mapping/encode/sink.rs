use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::document::same_name;
use crate::mapping::encode::value::Piece;
use crate::mapping::plan::Path;
use crate::mapping::plan::Source;
use std::sync::Arc;

/// An element's own text.
const TEXT: &str = "#text";

/// Where rules write: the parts of an element, or the cells of a row.
pub(crate) enum Sink<'a> {
    Tree(&'a mut Vec<(Name, Node)>),
    Row(&'a mut Vec<Option<Node>>),
}

impl Sink<'_> {
    pub(super) fn put(&mut self, source: &Source, piece: Piece, format: Format) {
        if let Piece::Parts(parts) = piece {
            for (source, node) in parts {
                self.put(&source, Piece::One(node), format);
            }
            return;
        }
        if let Piece::Both(both) = piece {
            let (node, beside, mark) = *both;
            self.put(source, Piece::One(node), format);
            self.put(&beside, Piece::One(mark), format);
            return;
        }
        match (self, source) {
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
                    Piece::One(node) | Piece::Constant(node) => join(parts, &path.steps, node),
                    Piece::Items(nodes) => {
                        let (to, inner) = path
                            .steps
                            .split_at(path.each.map_or(path.steps.len(), |each| each.steps));
                        let nodes = match inner {
                            [] => nodes,
                            _ => nodes
                                .into_iter()
                                .map(|node| holding(node, inner, format))
                                .collect(),
                        };
                        attach(parts, to, nodes, How::of(format));
                    }
                    Piece::Both(_) | Piece::Parts(_) => {}
                }
            }
            _ => {}
        }
    }
}

/// What holds a node at some steps.
fn holding(node: Node, steps: &[Name], format: Format) -> Node {
    let mut parts = Vec::with_capacity(1);
    join(&mut parts, steps, node);
    closed(parts, format == Format::Xml)
}

/// Puts a value in an item with a key, or in the one item where a key only chooses coming in. `reuse`: in the one that
/// other rules made, if there is one.
fn keyed(parts: &mut Vec<(Name, Node)>, path: &Path, node: Node, reuse: bool, format: Format) {
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
        parts = opened(part(parts, step));
    }
    let has_key =
        |item: &Node| one || item.get(&keyed.key).and_then(Node::as_text) == Some(&*keyed.text);
    let own = |parts: &[(Name, Node)]| {
        let same = |(name, node): &(Name, Node)| same_name(name, repeated) && has_key(node);
        parts.iter().position(same).filter(|_| reuse)
    };
    let fresh = || {
        let mut inner = Vec::new();
        if !one {
            leaf(&mut inner, &keyed.key, Node::text(keyed.text.as_str()));
        }
        Node::made(Value::Map(inner))
    };
    let item = if format == Format::Json {
        let list = part(parts, repeated);
        if !matches!(list.value, Value::List(_)) {
            list.value = Value::List(Vec::new());
        }
        let Value::List(items) = &mut list.value else {
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
            parts.push((Arc::clone(repeated), fresh()));
            parts.len() - 1
        });
        &mut parts[index].1
    };
    let inner = opened(item);
    if rest.is_empty() {
        merge(inner, node);
    } else {
        join(inner, rest, node);
    }
}

/// The part with a name, made where it is missing.
fn part<'p>(parts: &'p mut Vec<(Name, Node)>, name: &Name) -> &'p mut Node {
    let index = (parts.iter()).position(|(known, _)| same_name(known, name));
    let index = index.unwrap_or_else(|| {
        parts.push((Arc::clone(name), Node::made(Value::Map(Vec::new()))));
        parts.len() - 1
    });
    &mut parts[index].1
}

/// How nodes are put at the last step of a path.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// An element for each.
    Repeated,
    /// One list.
    Listed,
}

impl How {
    /// How a format writes several values.
    pub(super) fn of(format: Format) -> Self {
        if format == Format::Json {
            Self::Listed
        } else {
            Self::Repeated
        }
    }
}

/// Puts nodes at a path; what leads there is made where it is missing.
pub(crate) fn attach(parts: &mut Vec<(Name, Node)>, steps: &[Name], nodes: Vec<Node>, how: How) {
    match (steps, how) {
        ([], _) => {}
        ([last], How::Listed) => parts.push((Arc::clone(last), Node::made(Value::List(nodes)))),
        ([last], How::Repeated) => {
            parts.extend(nodes.into_iter().map(|node| (Arc::clone(last), node)));
        }
        ([first, rest @ ..], _) => {
            attach(opened(part(parts, first)), rest, nodes, how);
        }
    }
}

/// Puts one value at a path, with the attributes that other rules gave its element.
fn join(parts: &mut Vec<(Name, Node)>, steps: &[Name], node: Node) {
    match steps {
        [] => {}
        [last] => leaf(parts, last, node),
        [first, rest @ ..] => join(opened(part(parts, first)), rest, node),
    }
}

fn leaf(parts: &mut Vec<(Name, Node)>, name: &Name, node: Node) {
    if name.starts_with('@') {
        // Attributes stand before what the element holds.
        let at = parts
            .iter()
            .position(|(name, _)| !name.starts_with('@'))
            .unwrap_or(parts.len());
        parts.insert(at, (Arc::clone(name), node));
        return;
    }
    let opened_before = parts.iter().position(|(known, node)| {
        // An element that so far has attributes only, of rules that came before its value.
        matches!(&node.value, Value::Map(inner) if same_name(known, name) && inner.iter().all(|(name, _)| name.starts_with('@')))
    });
    match opened_before {
        Some(index) if !is_nil(&parts[index].1) => merge(opened(&mut parts[index].1), node),
        _ => parts.push((Arc::clone(name), node)),
    }
}

fn is_nil(node: &Node) -> bool {
    node.parts().iter().any(|(name, _)| name.ends_with("}nil"))
}

/// Makes a value the content of an element that may have attributes.
fn merge(parts: &mut Vec<(Name, Node)>, node: Node) {
    match node.value {
        Value::Map(inner) => parts.extend(inner),
        value => parts.push((Arc::from(TEXT), Node::made(value))),
    }
}

/// The parts of a node, which becomes an element with its text if it was a text.
fn opened(node: &mut Node) -> &mut Vec<(Name, Node)> {
    if !matches!(node.value, Value::Map(_)) {
        let value = std::mem::replace(&mut node.value, Value::Map(Vec::new()));
        let empty = matches!(&value, Value::Text(text) if text.is_empty());
        if let (Value::Map(parts), false) = (&mut node.value, empty) {
            parts.push((Arc::from(TEXT), Node::made(value)));
        }
    }
    match &mut node.value {
        Value::Map(parts) => parts,
        _ => unreachable!("the lines above made it a map"),
    }
}

/// An element of its parts: in XML one that only has text is a text.
pub(super) fn closed(mut parts: Vec<(Name, Node)>, xml: bool) -> Node {
    if xml && parts.len() == 1 && &*parts[0].0 == TEXT {
        return parts.remove(0).1;
    }
    Node::made(Value::Map(parts))
}
