use crate::document::At;
use crate::document::Format as Family;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::tools::report::Outcome;
use crate::tools::report::lines::cells;
use crate::tools::report::lines::headers;
use crate::tools::sheets;
use crate::tools::sheets::Dates;
use crate::tools::sheets::OfSheet;
use rust_xlsxwriter::Color;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::FormatBorder;
use rust_xlsxwriter::Note;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;
use std::collections::BTreeMap;

/// Refusals and remarks, as spreadsheet programs colour bad and neutral cells.
const REFUSED: Color = Color::RGB(0x00FF_C7CE);
const REMARK: Color = Color::RGB(0x00FF_EB9C);
/// Widest column, in characters: a sentence is read by wrapping it, not by scrolling.
const WIDTH_MAX: u32 = 480;

/// What is said of one cell: whether it refuses, and the sentences.
#[derive(Default)]
struct Mark {
    refuses: bool,
    sentences: Vec<String>,
}

/// Marks by row and column, from 0; a fault of a whole row stands at its first cell.
#[derive(Default)]
struct Marks {
    cells: BTreeMap<(u32, u16), Mark>,
    rows: BTreeMap<u32, bool>,
}

/// The faults as a workbook. Of a table: its rows, the cells that something is wrong with coloured and with a comment, and
/// a sheet with the faults; of anything else the faults alone. Always a sheet with the counts. What a cell holds is
/// written as text or number, never as a formula.
pub fn workbook(outcome: &Outcome, mapping: &Mapping, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = sheets::workbook()?;
    let mut names: Vec<String> = Vec::new();
    if let Some(document) = &outcome.document {
        let tables: Vec<(String, &[Node])> = match document.format {
            Family::Csv => vec![(word(lang, "Rijen", "Rows"), document.root.items())],
            Family::Excel => document
                .root
                .parts()
                .iter()
                .map(|(name, sheet)| (name.to_string(), sheet.items()))
                .collect(),
            _ => Vec::new(),
        };
        let dates = Dates::of(mapping, document);
        for (name, rows) in tables {
            let sheet = (document.format == Family::Excel).then_some(name.as_str());
            let marks = marks(outcome, sheet, lang);
            let worksheet = book.add_worksheet();
            worksheet.set_name(&name)?;
            copy(
                worksheet,
                rows,
                &marks,
                dates.as_ref().and_then(|dates| dates.on(sheet)),
            )?;
            names.push(name);
        }
    }
    faults(&mut book, outcome, &names, lang)?;
    counts(&mut book, outcome, &names, lang)?;
    book.save_to_buffer()
}

fn word(lang: Lang, nl: &str, en: &str) -> String {
    match lang {
        Lang::Nl => nl,
        Lang::En => en,
    }
    .to_owned()
}

fn marks(outcome: &Outcome, own: Option<&str>, lang: Lang) -> Marks {
    let mut marks = Marks::default();
    for (_, fault) in outcome.faults() {
        let Place::Cell {
            sheet, row, column, ..
        } = fault.place.innermost()
        else {
            continue;
        };
        let Some(row) = row.checked_sub(1).filter(|_| sheet.as_deref() == own) else {
            continue;
        };
        let first = u16::try_from(column.saturating_sub(1)).unwrap_or(u16::MAX);
        if *column == 0 {
            *marks.rows.entry(row).or_default() |= fault.refuses();
        }
        let mark = marks.cells.entry((row, first)).or_default();
        mark.refuses |= fault.refuses();
        mark.sentences
            .push(format!("{}: {}", fault.code, fault.sentence.get(lang)));
    }
    marks
}

/// Writes the rows of a table where they stood, with what is wrong.
fn copy(
    worksheet: &mut Worksheet,
    rows: &[Node],
    marks: &Marks,
    dates: Option<&OfSheet>,
) -> Result<(), XlsxError> {
    for (index, row) in rows.iter().enumerate() {
        let At { line, .. } = row.at;
        let number = line.checked_sub(1).or_else(|| u32::try_from(index).ok());
        let number = number.unwrap_or(u32::MAX);
        for (column, cell) in (0_u16..).zip(row.items()) {
            let whole = marks.rows.get(&number).copied();
            let own = marks.cells.get(&(number, column)).map(|mark| mark.refuses);
            let mut format = match own.or(whole) {
                Some(true) => Format::new().set_background_color(REFUSED),
                Some(false) => Format::new().set_background_color(REMARK),
                None => Format::new(),
            };
            let is_date = matches!(cell.value, Value::Number(_))
                && dates.is_some_and(|dates| dates.has(number, column));
            if is_date {
                format = format.set_num_format(sheets::DATE);
            }
            sheets::write(worksheet, (number, column), &cell.value, &format)?;
        }
    }
    for ((row, column), mark) in &marks.cells {
        let blank = rows
            .iter()
            .find(|node| node.at.line == row + 1)
            .and_then(|node| node.items().get(usize::from(*column)))
            .is_none();
        if blank {
            let colour = if mark.refuses { REFUSED } else { REMARK };
            let format = Format::new().set_background_color(colour);
            worksheet.write_blank(*row, *column, &format)?;
        }
        let text = sheets::fitting(&mark.sentences.join("\n"));
        worksheet.insert_note(*row, *column, &Note::new(text).add_author_prefix(false))?;
    }
    worksheet.set_autofit_max_width(WIDTH_MAX).autofit();
    Ok(())
}

fn faults(
    book: &mut Workbook,
    outcome: &Outcome,
    taken: &[String],
    lang: Lang,
) -> Result<(), XlsxError> {
    let worksheet = book.add_worksheet();
    worksheet.set_name(sheets::free(&word(lang, "Meldingen", "Faults"), taken))?;
    head(worksheet, &headers(lang))?;
    for (row, (element, fault)) in (1_u32..).zip(outcome.faults()) {
        let line = cells(outcome, element, fault, lang);
        for (column, text) in (0_u16..).zip(&line) {
            let number = matches!(column, 1 | 4 | 5);
            match text.parse::<u32>() {
                Ok(count) if number => worksheet.write_number(row, column, count)?,
                _ => worksheet.write_string(row, column, sheets::fitting(text))?,
            };
        }
    }
    worksheet.set_autofit_max_width(WIDTH_MAX).autofit();
    Ok(())
}

fn counts(
    book: &mut Workbook,
    outcome: &Outcome,
    taken: &[String],
    lang: Lang,
) -> Result<(), XlsxError> {
    let worksheet = book.add_worksheet();
    worksheet.set_name(sheets::free(&word(lang, "Samenvatting", "Summary"), taken))?;
    let titles = match lang {
        Lang::Nl => [
            "Bestand",
            "Totaal",
            "Opgenomen",
            "Met opmerkingen",
            "Geweigerd",
            "Niet te schrijven",
        ],
        Lang::En => [
            "File",
            "Total",
            "Taken",
            "With remarks",
            "Refused",
            "Not writable",
        ],
    };
    head(worksheet, &titles)?;
    let tally = outcome.tally();
    worksheet.write_string(1, 0, sheets::fitting(&outcome.file))?;
    let counts = [
        tally.total,
        tally.taken,
        tally.remarked,
        tally.refused,
        tally.unwritten,
    ];
    for (column, count) in (1_u16..).zip(counts) {
        worksheet.write_number(1, column, u32::try_from(count).unwrap_or(u32::MAX))?;
    }
    worksheet.autofit();
    if let Some(shortened) = outcome.shortened(lang) {
        worksheet.write_string(3, 0, shortened)?;
    }
    Ok(())
}

/// A bold header row that stays in sight.
fn head(worksheet: &mut Worksheet, titles: &[&str]) -> Result<(), XlsxError> {
    let bold = Format::new()
        .set_bold()
        .set_border_bottom(FormatBorder::Thin);
    for (column, title) in (0_u16..).zip(titles) {
        worksheet.write_string_with_format(0, column, *title, &bold)?;
    }
    worksheet.set_freeze_panes(1, 0)?;
    Ok(())
}
