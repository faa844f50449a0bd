//! JSON that is written value by value, in the order in which they come: no tree is made of it first.

use super::write::Writer;
use super::write::special;
use crate::adapters::scan::first_of;
use crate::document::Name;
use crate::document::Tree;
use crate::document::shared;

/// Whether a name can stand in JSON as it is. Others are not streamed.
pub(crate) fn is_plain_json_name(name: &str) -> bool {
    first_of(name.as_bytes(), special).is_none()
}

/// A document while it is written. Values come with the steps that lead to them from the object that is written, and the
/// objects on the way are opened and closed as the steps change: so those of one object come one after the other, and no
/// two at one place.
pub(crate) struct JsonStream<'v> {
    writer: Writer,
    /// The objects that are open, within the one that is written.
    open: &'v [Name],
    /// Something came that JSON cannot say.
    bad: bool,
}

/// How far a document is written, to take back what comes behind it.
#[derive(Clone, Copy)]
pub(crate) struct JsonMark<'v> {
    length: usize,
    depth: usize,
    open: &'v [Name],
}

impl<'v> JsonStream<'v> {
    pub(crate) fn new() -> Self {
        Self {
            writer: Writer::new(true),
            open: &[],
            bad: false,
        }
    }

    /// The document; none where something came that JSON cannot say. Where that is, a tree tells.
    pub(crate) fn bytes(self) -> Option<Vec<u8>> {
        (!self.bad).then_some(self.writer.out)
    }

    pub(crate) fn mark(&self) -> JsonMark<'v> {
        JsonMark {
            length: self.writer.out.len(),
            depth: self.writer.depth,
            open: self.open,
        }
    }

    /// Takes back what was written since.
    pub(crate) fn back(&mut self, mark: JsonMark<'v>) {
        self.writer.out.truncate(mark.length);
        self.writer.depth = mark.depth;
        self.open = mark.open;
    }

    /// Writes an object: the document, or an item of the list that is written. Whether anything was written in it.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self)) -> bool {
        self.comma();
        self.begin(b'{');
        let outer = std::mem::take(&mut self.open);
        let from = self.writer.out.len();
        fill(self);
        let says = self.writer.out.len() > from;
        self.go(&[]);
        self.open = outer;
        self.end(b'}');
        says
    }

    /// Writes a list: the document, or what stands at some steps.
    pub(crate) fn list(&mut self, steps: &'v [Name], fill: impl FnOnce(&mut Self)) {
        self.member(steps);
        self.begin(b'[');
        let outer = std::mem::take(&mut self.open);
        fill(self);
        self.open = outer;
        self.end(b']');
    }

    /// Writes a value at some steps.
    pub(crate) fn value(&mut self, steps: &'v [Name], value: &impl Tree) {
        self.member(steps);
        self.bad |= self.writer.value(value).is_err();
    }

    /// Writes an item of the list that is written.
    pub(crate) fn item(&mut self, value: &impl Tree) {
        self.comma();
        self.bad |= self.writer.value(value).is_err();
    }

    /// Writes the name of what stands at some steps.
    fn member(&mut self, steps: &'v [Name]) {
        if let Some((name, above)) = steps.split_last() {
            self.go(above);
            self.name(name);
        }
    }

    /// Closes and opens objects on the way to a value.
    fn go(&mut self, above: &'v [Name]) {
        let shared = shared(self.open, above);
        for _ in shared..self.open.len() {
            self.end(b'}');
        }
        for name in above.iter().skip(shared) {
            self.name(name);
            self.begin(b'{');
        }
        self.open = above;
    }

    /// Names are [plain](is_plain_json_name).
    fn name(&mut self, name: &str) {
        debug_assert!(is_plain_json_name(name), "it can stand there as it is");
        self.comma();
        let out = &mut self.writer.out;
        out.reserve(name.len() + 3);
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
    }

    fn begin(&mut self, bracket: u8) {
        self.bad |= self.writer.open().is_err();
        self.writer.out.push(bracket);
    }

    fn end(&mut self, bracket: u8) {
        self.writer.depth = self.writer.depth.saturating_sub(1);
        self.writer.out.push(bracket);
    }

    /// Between two members or items: no value ends with a bracket that begins something.
    fn comma(&mut self) {
        if !matches!(self.writer.out.last(), None | Some(b'{' | b'[')) {
            self.writer.out.push(b',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Made;

    fn steps(path: &str) -> Vec<Name> {
        path.split('/').map(Name::from).collect()
    }

    fn written<'v>(fill: impl FnOnce(&mut JsonStream<'v>)) -> Option<String> {
        let mut stream = JsonStream::new();
        stream.object(fill);
        let bytes = stream.bytes()?;
        serde_json::from_slice::<serde_json::Value>(&bytes).expect("it is JSON");
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn objects_are_opened_and_closed_as_the_steps_change() {
        let paths = ["a", "b/c", "b/d/e", "b/d/f", "g/h/i", "g/j", "k"].map(steps);
        let text = written(|stream| {
            for path in &paths {
                stream.value(path, &Made::Null);
            }
        });
        let expected = r#"{"a":null,"b":{"c":null,"d":{"e":null,"f":null}},"g":{"h":{"i":null},"j":null},"k":null}"#;
        assert_eq!(text.as_deref(), Some(expected));
        let nothing = written(|_| ());
        assert_eq!(nothing.as_deref(), Some("{}"));
    }

    #[test]
    fn what_stands_in_a_list_has_steps_of_its_own() {
        let [a, list, b, c] = ["a/b", "a/l", "b", "c"].map(steps);
        let text = written(|stream| {
            stream.value(&a, &Made::text("{"));
            stream.list(&list, |stream| {
                for _ in 0..2 {
                    stream.object(|stream| stream.value(&a, &Made::text("[")));
                }
                stream.item(&Made::Number("1".into()));
                stream.object(|_| ());
                stream.item(&Made::text(":"));
            });
            stream.value(&b, &Made::Bool(true));
            stream.list(&c, |_| ());
        });
        let expected =
            r#"{"a":{"b":"{","l":[{"a":{"b":"["}},{"a":{"b":"["}},1,{},":"]},"b":true,"c":[]}"#;
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let [a, b, c] = ["a/b/c", "a/d", "e/f"].map(steps);
        let text = written(|stream| {
            stream.value(&a, &Made::Null);
            let mark = stream.mark();
            stream.list(&c, |stream| {
                let says = stream.object(|_| ());
                assert!(!says && stream.object(|stream| stream.value(&a, &Made::Null)));
            });
            stream.back(mark);
            stream.value(&b, &Made::Null);
        });
        assert_eq!(text.as_deref(), Some(r#"{"a":{"b":{"c":null},"d":null}}"#));
    }

    #[test]
    fn what_json_cannot_say_gives_no_document() {
        let path = steps("a");
        for value in [Made::text("\0"), Made::Number("1,5".into())] {
            assert_eq!(written(|stream| stream.value(&path, &value)), None);
        }
        let deep = steps(&"a/".repeat(130));
        assert_eq!(written(|stream| stream.value(&deep, &Made::Null)), None);
    }
}
