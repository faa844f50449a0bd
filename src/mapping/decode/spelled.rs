//! How places write what repeats in XML: by its number in what it stands in, at every step that is there more than once.

use crate::document::Name;
use crate::document::Node;
use crate::mapping::decode::scope::named;
use crate::mapping::plan::Path;
use std::fmt::Write;

/// A step on the way, and how places write it.
struct Step<'p> {
    name: &'p Name,
    label: &'p str,
    /// Whether it has a number where it stands alone too.
    always: bool,
}

/// Everything at a path, in the order of the document, with how places write it; `base` is where the path starts. What the
/// path leads to always has its number with `repeats`, and what stands on the way where there are more of it.
pub(crate) fn each_at<'a>(
    from: &'a Node,
    base: &str,
    path: &Path,
    repeats: bool,
    mut visit: impl FnMut(&'a Node, &str),
) {
    let labels = path.label.split('/').skip(1);
    let last = path.steps.len();
    let steps = path.steps.iter().zip(labels).zip(1..);
    let steps: Vec<Step<'_>> = steps
        .map(|((name, label), number)| Step {
            name,
            label,
            always: repeats && number == last,
        })
        .collect();
    walk(from, &steps, &mut base.to_owned(), &mut visit);
}

fn walk<'a>(
    node: &'a Node,
    steps: &[Step<'_>],
    text: &mut String,
    visit: &mut dyn FnMut(&'a Node, &str),
) {
    let Some((step, rest)) = steps.split_first() else {
        return visit(node, text);
    };
    let length = text.len();
    text.push('/');
    text.push_str(step.label);
    let bare = text.len();
    let numbers = step.always || named(node, step.name).nth(1).is_some();
    for (part, number) in named(node, step.name).zip(1_usize..) {
        if numbers {
            let _ = write!(text, "[{number}]");
        }
        walk(part, rest, text, visit);
        text.truncate(bare);
    }
    text.truncate(length);
}
