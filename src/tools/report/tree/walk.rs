use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::known::Known;
use crate::mapping::known::Repeats;
use crate::mapping::plan::Plan;
use crate::mapping::plan::escaped;
use crate::tools::outline::shown;
use rust_xlsxwriter::XlsxError;
use std::collections::HashMap;
use std::fmt::Write;

/// What is done on the way through a tree.
pub(super) trait Visit<'d> {
    /// A part with others in it begins, or a value.
    fn enter(&mut self, node: &'d Node);
    /// It ends.
    fn leave(&mut self, node: &'d Node);
    /// A value, or a part with nothing in it.
    fn value(&mut self, path: &str, node: &'d Node) -> Result<(), XlsxError>;
}

/// Goes through a tree in the order of the file, with the paths that faults write. The sender's own names are in them: a
/// report that copies the file is as confidential as the file.
pub(super) fn walk<'d>(
    root: &'d Node,
    format: Format,
    plan: Option<&Plan>,
    visit: &mut impl Visit<'d>,
) -> Result<(), XlsxError> {
    let mut walk = Walk {
        format,
        plan,
        path: String::new(),
        visit,
    };
    match root.parts().first() {
        // faults know the parts of the root element, which is itself named by the mapping
        Some((name, inner)) if format == Format::Xml => {
            walk.step_name(name, None);
            walk.node(inner, plan.map(|plan| &plan.known))
        }
        _ => walk.node(root, plan.map(|plan| &plan.known)),
    }
}

struct Walk<'p, 'v, V> {
    format: Format,
    plan: Option<&'p Plan>,
    path: String,
    visit: &'v mut V,
}

impl<'p, 'd, V: Visit<'d>> Walk<'p, '_, V> {
    fn node(&mut self, node: &'d Node, known: Option<&'p Known>) -> Result<(), XlsxError> {
        self.visit.enter(node);
        match &node.value {
            Value::Map(parts) if !parts.is_empty() => self.parts(parts, known)?,
            Value::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    let length = self.path.len();
                    let _ = write!(self.path, "/{index}");
                    self.node(item, known)?;
                    self.path.truncate(length);
                }
            }
            _ => self.visit.value(&self.path, node)?,
        }
        self.visit.leave(node);
        Ok(())
    }

    fn parts(
        &mut self,
        parts: &'d [(Name, Node)],
        known: Option<&'p Known>,
    ) -> Result<(), XlsxError> {
        let mut same: HashMap<&str, (usize, usize)> = HashMap::new();
        if self.format == Format::Xml {
            for (name, _) in parts {
                same.entry(name).or_default().0 += 1;
            }
        }
        let mut from = 0;
        for (name, part) in parts {
            let found = known.and_then(|known| known.part(name, &mut from));
            let mut number = None;
            if let Some((all, seen)) = same.get_mut(&**name) {
                *seen += 1;
                let repeats = found.is_some_and(|found| found.repeats > Repeats::No);
                number = (*all > 1 || repeats).then_some(*seen);
            }
            let length = self.path.len();
            // an element's own text stands where the element does
            if self.format != Format::Xml || &**name != "#text" {
                self.step_name(name, number);
            }
            self.node(part, found)?;
            self.path.truncate(length);
        }
        Ok(())
    }

    fn step_name(&mut self, name: &Name, number: Option<usize>) {
        self.path.push('/');
        match self.plan {
            Some(plan) if self.format == Format::Xml => self.path.push_str(&shown(plan, name)),
            _ => self.path.push_str(&escaped(name)),
        }
        if let Some(number) = number {
            let _ = write!(self.path, "[{number}]");
        }
    }
}
