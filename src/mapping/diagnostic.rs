use crate::document::At;
use crate::document::Lang;
use crate::document::Sentence;
use crate::mapping::syntax::Span;
use serde::Serialize;

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
}

impl Diagnostic {
    /// One line, as compilers write them: place, code, sentence, remedy.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        format!(
            "{}:{}:{}: {} {} {}",
            self.file,
            self.line,
            self.column,
            self.code,
            self.sentence.get(lang),
            self.remedy.get(lang)
        )
    }
}

/// A sentence in Dutch and English, as the compiler's calls write them.
pub(crate) type Pair<'a> = (&'a str, &'a str);

/// Collects the diagnostics of one file.
pub(crate) struct Report<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<Diagnostic>,
}

impl<'t> Report<'t> {
    pub(crate) const fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
        }
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

    fn add(
        &mut self,
        code: &'static str,
        level: Level,
        span: &Span,
        sentence: Pair<'_>,
        remedy: Pair<'_>,
    ) {
        let At { line, column } = place(self.text, span.start);
        self.found.push(Diagnostic {
            code,
            level,
            file: self.file.to_owned(),
            line,
            column,
            sentence: Sentence::new(sentence.0, sentence.1),
            remedy: Sentence::new(remedy.0, remedy.1),
        });
    }

    /// Whether the file cannot be used.
    pub(crate) fn failed(&self) -> bool {
        self.found
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// What was found, in the file's order.
    pub(crate) fn into_found(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.found
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
    fn a_mistyped_name_finds_its_neighbour() {
        assert_eq!(
            nearest("geslachtnaam", ["geslachtsnaam", "geslacht"]),
            Some("geslachtsnaam")
        );
        assert_eq!(nearest("xyz", ["geslachtsnaam", "bsn"]), None);
    }
}
