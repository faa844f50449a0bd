//! A workbook as a person sees it: what its cells hold, their colours and comments.

use crate::program::Program;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::io::Read;

/// A cell that is coloured or has a comment.
#[derive(Debug, Default, PartialEq)]
pub struct Marked {
    /// As spreadsheet programs colour: `bad`, `neutral`, or none.
    pub colour: &'static str,
    pub comment: String,
}

/// A workbook that was written.
pub struct Written(Vec<u8>);

impl Written {
    pub fn of(program: &Program, report: &str) -> Self {
        Self(std::fs::read(program.folder.join(report)).expect("read"))
    }

    /// A part of the archive that it is; nothing where there is none.
    pub fn part(&self, name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(&self.0)).expect("an archive");
        let mut text = String::new();
        if let Ok(mut entry) = archive.by_name(name) {
            entry.read_to_string(&mut text).expect("text");
        }
        text
    }

    pub fn sheets(&self) -> Vec<String> {
        let book = self.part("xl/workbook.xml");
        let names = book.split("<sheet name=\"").skip(1);
        names
            .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
            .collect()
    }

    /// The rows of a sheet as texts.
    pub fn rows(&self, name: &str) -> Vec<Vec<String>> {
        let limits = Limits::default();
        let document = adapters::decode(&self.0, &Wire::Excel, &limits).expect("a workbook");
        let sheet = document.root.get(name);
        rows(sheet.expect("the sheet is there").items())
    }

    /// The XML of a sheet.
    fn sheet(&self, name: &str) -> (usize, String) {
        let at = self.sheets().iter().position(|known| known == name);
        let number = at.expect("the sheet is there") + 1;
        (
            number,
            self.part(&format!("xl/worksheets/sheet{number}.xml")),
        )
    }

    /// Whether a formula stands in one of its sheets.
    pub fn has_formula(&self) -> bool {
        let mut names = self.sheets().into_iter();
        names.any(|name| self.sheet(&name).1.contains("<f>"))
    }

    /// The marked cells of a sheet, by their names.
    pub fn marked(&self, name: &str) -> BTreeMap<String, Marked> {
        let (number, cells) = self.sheet(name);
        let styles = self.part("xl/styles.xml");
        let fills = between(&styles, "<fills", "</fills>");
        let fills: Vec<&str> = fills.split("<fill>").skip(1).collect();
        let formats = between(&styles, "<cellXfs", "</cellXfs>");
        let formats: Vec<&str> = formats.split("<xf ").skip(1).collect();
        let mut found: BTreeMap<String, Marked> = BTreeMap::new();
        for cell in cells.split("<c r=\"").skip(1) {
            let tag = cell.split('>').next().unwrap_or_default();
            let Some(style) = attribute(tag, "s") else {
                continue;
            };
            let fill = attribute(formats[number_of(style)], "fillId").expect("a fill");
            let fill = fills[number_of(fill)];
            let colour = match fill {
                bad if bad.contains("FFFFC7CE") => "bad",
                neutral if neutral.contains("FFFFEB9C") => "neutral",
                _ => continue,
            };
            let at = tag.split('"').next().unwrap_or_default();
            found.entry(at.to_owned()).or_default().colour = colour;
        }
        let links = self.part(&format!("xl/worksheets/_rels/sheet{number}.xml.rels"));
        let target = links
            .split("Target=\"")
            .find_map(|rest| rest.split('"').next()?.strip_prefix("../comments"));
        if let Some(target) = target {
            let comments = self.part(&format!("xl/comments{target}"));
            for comment in comments.split("<comment ref=\"").skip(1) {
                let at = comment.split('"').next().unwrap_or_default();
                let comment = comment.replace("<t xml:space=\"preserve\">", "<t>");
                let texts = comment.split("<t>").skip(1);
                let text = texts.filter_map(|text| text.split("</t>").next()).collect();
                found.entry(at.to_owned()).or_default().comment = text;
            }
        }
        found
    }
}

/// Rows of cells as texts.
pub fn rows(rows: &[Node]) -> Vec<Vec<String>> {
    let text = |cell: &Node| match &cell.value {
        Value::Unreadable(error) => format!("!{error}"),
        _ => cell.as_text().unwrap_or_default().to_owned(),
    };
    let rows = rows
        .iter()
        .map(|row| row.items().iter().map(text).collect());
    rows.collect()
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).map_or("", |(_, rest)| rest);
    rest.split(to).next().unwrap_or_default()
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn number_of(text: &str) -> usize {
    text.parse().expect("a number")
}
