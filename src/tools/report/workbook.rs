use crate::document::Lang;
use crate::mapping::Mapping;
use crate::tools::report::Outcome;
use crate::tools::report::content::Content;
use crate::tools::report::head;
use crate::tools::report::lines::cells;
use crate::tools::report::lines::headers;
use crate::tools::report::marks::WIDTH_MAX;
use crate::tools::report::word;
use crate::tools::sheets;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::XlsxError;

/// The faults as a workbook: what the file says, with the cells coloured that something is said of and a comment on each; a
/// sheet with the faults, and one with the counts. Of a table its rows, of fixed width its lines, of XML and JSON its
/// values. What a cell holds is written as text or number, never as a formula.
pub fn workbook(outcome: &Outcome, mapping: &Mapping, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = sheets::workbook()?;
    let (names, said) = Content::write(&mut book, outcome, mapping, lang)?;
    faults(&mut book, outcome, &names, lang)?;
    counts(&mut book, outcome, &names, &said, lang)?;
    book.save_to_buffer()
}

fn faults(
    book: &mut Workbook,
    outcome: &Outcome,
    taken: &[String],
    lang: Lang,
) -> Result<(), XlsxError> {
    let worksheet = book.add_worksheet();
    worksheet.set_name(sheets::free(word(lang, "Meldingen", "Faults"), taken))?;
    head(worksheet, &headers(lang))?;
    for (row, (element, fault)) in (1_u32..).zip(outcome.faults()) {
        let line = cells(outcome, element, fault, lang);
        for (column, text) in (0_u16..).zip(&line) {
            let number = matches!(column, 1 | 4..=6);
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
    said: &[String],
    lang: Lang,
) -> Result<(), XlsxError> {
    let worksheet = book.add_worksheet();
    worksheet.set_name(sheets::free(word(lang, "Samenvatting", "Summary"), taken))?;
    let titles = match lang {
        Lang::Nl => [
            "Bestand",
            "Totaal",
            "Opgenomen",
            "Met opmerkingen",
            "Geweigerd",
            "Niet geschreven",
            "Waarden niet te schrijven",
        ],
        Lang::En => [
            "File",
            "Total",
            "Taken",
            "With remarks",
            "Refused",
            "Not written",
            "Values not writable",
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
        tally.left_out,
        tally.unwritten,
    ];
    for (column, count) in (1_u16..).zip(counts) {
        worksheet.write_number(1, column, u32::try_from(count).unwrap_or(u32::MAX))?;
    }
    worksheet.autofit();
    let shortened = outcome.shortened(lang);
    for (row, sentence) in (3..).zip(said.iter().chain(&shortened)) {
        worksheet.write_string(row, 0, sentence)?;
    }
    Ok(())
}
