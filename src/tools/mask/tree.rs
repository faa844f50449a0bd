use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::tools::mask::spot::ENVELOPE;
use crate::tools::mask::spot::Path;
use crate::tools::mask::spot::Spot;
use crate::tools::mask::walk::Holder;
use crate::tools::mask::walk::Maker;
use crate::tools::mask::walk::Role;
use crate::tools::mask::walk::Site;

/// An element's own text.
const TEXT: &str = "#text";

/// The way through a tree.
pub(super) struct Tree<'w> {
    path: Vec<Name>,
    within: Vec<Holder>,
    /// Of an envelope: the steps to what it holds, which is the document and made by itself.
    held: Option<&'w [Name]>,
    maker: &'w mut dyn Maker,
}

impl<'w> Tree<'w> {
    pub(super) fn new(held: Option<&'w [Name]>, maker: &'w mut dyn Maker) -> Self {
        Self {
            path: Vec::new(),
            within: Vec::new(),
            held,
            maker,
        }
    }

    /// A node made anew.
    pub(super) fn node(&mut self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Map(parts) => {
                self.enter(node);
                let parts = parts.iter().filter_map(|part| self.part(part)).collect();
                self.within.pop();
                Value::Map(parts)
            }
            Value::List(items) => {
                self.enter(node);
                let items = items.iter().map(|item| self.node(item)).collect();
                self.within.pop();
                Value::List(items)
            }
            _ if self.is_held() => Value::Null,
            value => self.leaf(value, self.spot(node)),
        };
        Node::new(node.at, value)
    }

    fn part(&mut self, (name, part): &(Name, Node)) -> Option<(Name, Node)> {
        if &**name == TEXT {
            if self.is_held() {
                return None;
            }
            let value = self.leaf(&part.value, self.spot(part));
            return Some((Name::clone(name), Node::new(part.at, value)));
        }
        self.path.push(Name::clone(name));
        let made = self.node(part);
        self.path.pop();
        Some((self.maker.name(name, self.held.is_some()), made))
    }

    fn enter(&mut self, node: &Node) {
        self.within.push(Holder {
            spot: self.spot(node),
            depth: self.path.len(),
        });
    }

    fn is_held(&self) -> bool {
        self.held.is_some_and(|held| held == self.path)
    }

    fn spot(&self, node: &Node) -> Spot {
        let part = if self.held.is_some() { ENVELOPE } else { 0 };
        Spot::new(part, node.at.line, node.at.column)
    }

    fn leaf(&mut self, value: &Value, spot: Spot) -> Value {
        if *value == Value::Null {
            return Value::Null;
        }
        let path = self.path.clone();
        let site = Site {
            path: match self.held {
                Some(_) => Path::Envelope(path),
                None => Path::Tree(path),
            },
            spot,
            within: &self.within,
            role: Role::Value,
            width: None,
        };
        self.maker.value(&site, value)
    }
}
