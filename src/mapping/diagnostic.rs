use crate::document::At;
use crate::document::Lang;
use crate::document::Sentence;
use crate::mapping::syntax::Span;
use serde::Serialize;
use std::fmt::Write as _;

/// Whether a mapping with this diagnostic can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It works, but somebody should look.
    #[serde(rename = "waarschuwing")]
    Warning,
    /// It cannot be used.
    #[serde(rename = "fout")]
    Error,
}

/// Something wrong with a mapping file: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, `M` and three digits; documented in `mappings/README.md`.
    #[serde(rename = "code")]
    pub code: &'static str,
    /// Whether it stops the mapping.
    #[serde(rename = "ernst")]
    pub level: Level,
    /// The file, relative to `mappings/`.
    #[serde(rename = "bestand")]
    pub file: String,
    /// Line, from 1.
    #[serde(rename = "regel")]
    pub line: u32,
    /// Column in characters, from 1.
    #[serde(rename = "kolom")]
    pub column: u32,
    /// What is wrong.
    #[serde(rename = "melding")]
    pub sentence: Sentence,
    /// What to do.
    #[serde(rename = "oplossing")]
    pub remedy: Sentence,
    /// For what a mapping takes from another file: the mapping, and the place where it takes it.
    #[serde(rename = "opgenomenDoor", skip_serializing_if = "Option::is_none")]
    pub included_by: Option<String>,
}

impl Diagnostic {
    /// One line, as compilers write them: place, code, sentence, remedy, and the mapping that takes it over.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let mut line = format!(
            "{}:{}:{}: {} {} {}",
            self.file,
            self.line,
            self.column,
            self.code,
            self.sentence.get(lang),
            self.remedy.get(lang)
        );
        if let Some(mapping) = &self.included_by {
            let words = match lang {
                Lang::Nl => "opgenomen door",
                Lang::En => "included by",
            };
            // writing to a text cannot fail
            let _ = write!(line, " ({words} {mapping})");
        }
        line
    }
}

/// A sentence in Dutch and English, as the compiler's calls write them.
pub(crate) type Pair<'a> = (&'a str, &'a str);

/// Collects the diagnostics of a file and of what it takes from other files.
///
/// Every file that is read for it has a range of offsets of its own ([`Report::open`]), so that a [`Span`] says which
/// file it is in, and a file that is taken over twice stands at two places.
pub(crate) struct Report<'t> {
    sources: Vec<Source<'t>>,
    found: Vec<(usize, Diagnostic)>,
}

/// A text and where its offsets start.
struct Source<'t> {
    file: &'t str,
    text: &'t str,
    base: usize,
    /// The offset at which it is taken over.
    via: Option<usize>,
}

impl<'t> Report<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        let own = Source {
            file,
            text,
            base: 0,
            via: None,
        };
        Self {
            sources: vec![own],
            found: Vec::new(),
        }
    }

    /// Opens another file that is taken over at a place; gives where its offsets start.
    pub(crate) fn open(&mut self, file: &'t str, text: &'t str, via: &Span) -> usize {
        let last = self.sources.last();
        let base = last.map_or(0, |last| last.base + last.text.len() + 1);
        self.sources.push(Source {
            file,
            text,
            base,
            via: Some(via.start),
        });
        base
    }

    /// The file an offset is in, and where in it.
    pub(crate) fn locate(&self, offset: usize) -> (&'t str, At) {
        let source = self.source(offset);
        (source.file, place(source.text, offset - source.base))
    }

    /// Whether an offset is in the first file, not in one that it takes over.
    pub(crate) fn is_own(&self, offset: usize) -> bool {
        self.source(offset).via.is_none()
    }

    /// The text of the file an offset is in, and the offset in that.
    pub(crate) fn text_at(&self, offset: usize) -> (&'t str, usize) {
        let source = self.source(offset);
        (source.text, offset - source.base)
    }

    /// The files that were opened beside the first, each once.
    pub(crate) fn others(&self) -> Vec<(&'t str, &'t str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for source in &self.sources[1..] {
            if !found.iter().any(|(file, _)| *file == source.file) {
                found.push((source.file, source.text));
            }
        }
        found
    }

    /// The first source starts at nothing, so there is always one.
    fn source(&self, offset: usize) -> &Source<'t> {
        let after = self.sources.partition_point(|source| source.base <= offset);
        &self.sources[after.saturating_sub(1)]
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        span: &Span,
        sentence: Pair<'_>,
        remedy: Pair<'_>,
    ) {
        self.add(code, Level::Error, span, sentence, remedy);
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        span: &Span,
        sentence: Pair<'_>,
        remedy: Pair<'_>,
    ) {
        self.add(code, Level::Warning, span, sentence, remedy);
    }

    pub(crate) fn add(
        &mut self,
        code: &'static str,
        level: Level,
        span: &Span,
        sentence: Pair<'_>,
        remedy: Pair<'_>,
    ) {
        let (file, At { line, column }) = self.locate(span.start);
        let diagnostic = Diagnostic {
            code,
            level,
            file: file.to_owned(),
            line,
            column,
            sentence: Sentence::new(sentence.0, sentence.1),
            remedy: Sentence::new(remedy.0, remedy.1),
            included_by: self.included_by(span.start),
        };
        self.found.push((span.start, diagnostic));
    }

    /// The places at which the file of an offset is taken over, the mapping's own first.
    fn included_by(&self, offset: usize) -> Option<String> {
        let mut places = Vec::new();
        let mut source = self.source(offset);
        while let Some(via) = source.via {
            let (file, at) = self.locate(via);
            places.push(format!("{file}:{}:{}", at.line, at.column));
            source = self.source(via);
        }
        places.reverse();
        (!places.is_empty()).then(|| places.join(" > "))
    }

    /// Whether the file cannot be used.
    pub(crate) fn failed(&self) -> bool {
        self.found
            .iter()
            .any(|(_, diagnostic)| diagnostic.level == Level::Error)
    }

    /// What was found, in the file's order.
    pub(crate) fn into_found(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(offset, _)| *offset);
        self.found
            .into_iter()
            .map(|(_, diagnostic)| diagnostic)
            .collect()
    }
}

fn place(text: &str, offset: usize) -> At {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
    At::new(small(line), small(column))
}

/// The nearest of some names to a mistyped one, if one is near.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Edit distance, capitals not counted.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let cost = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        assert_eq!(place("é = 1\nab", 0), At::new(1, 1));
        assert_eq!(place("é = 1\nab", 8), At::new(2, 2));
    }

    #[test]
    fn a_place_in_a_file_that_is_taken_over_names_who_takes_it() {
        let mut report = Report::new("org/a.toml", "x = 1\ny = 2");
        let base = report.open("_gedeeld/b.toml", "\nz = 3", &(6..7));
        let inner = report.open("_gedeeld/c.toml", "q", &(base + 1..base + 2));
        for offset in [0, base + 1, inner] {
            report.error("M001", &(offset..offset), ("nl", "en"), ("nl", "en"));
        }
        let lines: Vec<_> = report.into_found();
        let lines: Vec<_> = lines.iter().map(|one| one.render(Lang::En)).collect();
        assert_eq!(
            lines,
            [
                "org/a.toml:1:1: M001 en en",
                "_gedeeld/b.toml:2:1: M001 en en (included by org/a.toml:2:1)",
                "_gedeeld/c.toml:1:1: M001 en en (included by org/a.toml:2:1 > _gedeeld/b.toml:2:1)",
            ]
        );
    }

    #[test]
    fn a_mistyped_name_finds_its_neighbour() {
        assert_eq!(
            nearest("geslachtnaam", ["geslachtsnaam", "geslacht"]),
            Some("geslachtsnaam")
        );
        assert_eq!(nearest("xyz", ["geslachtsnaam", "bsn"]), None);
    }
}
